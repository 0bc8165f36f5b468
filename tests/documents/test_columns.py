"""Equations side by side in the rows of a display, and rows in which each of them goes on."""

from __future__ import annotations

import pytest

from tests.documents.test_raw import words

MODEL = "Let $z = W x + b$, $a = \\sigma(z)$, $L = \\frac12 \\|a - y\\|^2$ and $\\delta = \\frac{\\partial L}{\\partial z}$.\n\n"
BY_B, BY_X = r"\frac{\partial L}{\partial b}", r"\frac{\partial L}{\partial x}"
SLOPE = r"(a - y) \odot a \odot (1 - a)"


def display(*rows: str) -> str:
    return MODEL + "\\begin{align}\n" + " \\\\\n".join(rows) + "\n\\end{align}\n"


@pytest.mark.parametrize(
    ("rows", "verdicts"),
    [
        ((rf"{BY_X} &= W^\top \delta & {BY_B} &= \delta",), ["proved", "proved"]),
        ((rf"{BY_X} &= W \delta & {BY_B} &= \delta",), ["unknown", "proved"]),
        ((rf"& {BY_X} = W^\top \delta & & {BY_B} = \delta \odot \delta",), ["proved", "refuted"]),
        ((rf"{BY_B} &= \delta, & {BY_X} &= W^\top \delta, ", rf"&= {SLOPE}, & &= W^\top ({SLOPE})."), ["proved", "proved"]),
        ((rf"{BY_B} &= \delta, & {BY_X} &= W^\top \delta, ", rf"& & &= W^\top ({SLOPE})."), ["proved", "proved"]),
        ((rf"{BY_B} &= \delta, & {BY_X} &= W^\top \delta, ", rf"&= (a - y) \odot a, & &= W^\top ({SLOPE})."), ["refuted", "proved"]),
        ((rf"{BY_B} &= \delta & {BY_X} &= W^\top \delta ", rf"&= {SLOPE} & &= W^\top (a - y)"), ["proved", "refuted"]),
        ((rf"{BY_B} &= \delta && \text{{by the chain rule}} ", rf"&= {SLOPE}"), ["proved"]),
    ],
)
def test_columns(rows: tuple[str, ...], verdicts: list[str]) -> None:
    assert words(display(*rows)) == verdicts


def test_definitions_side_by_side_with_their_range() -> None:
    model = (
        "\\begin{align}\nh_t &= \\tanh(W h_{t-1} + U x_t) & t &= 1, \\dots, T \\\\\n"
        "o_t &= V h_t & L &= \\sum_{t=1}^T \\frac12 \\|o_t - y_t\\|^2\n\\end{align}\n"
    )
    claims = r"\begin{align} \frac{\partial L}{\partial o_t} &= o_t - y_t & \frac{\partial L}{\partial h_T} &= V (o_T - y_T) \end{align}"
    assert words(model + claims) == ["proved", "refuted"]
