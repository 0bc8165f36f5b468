"""Derivatives by an expression and second derivatives by a vector."""

from __future__ import annotations

from typing import Any

import pytest

import symbptt

QUADRATIC: dict[str, Any] = {"given": [r"L = \frac{1}{2} w^T A w"], "shapes": {"w": "n", "A": "n×n", "L": "scalar"}}
DIAGONAL: dict[str, Any] = {"given": [r"L = \frac{1}{2} \sum_i a_i w_i^2"], "shapes": {"w": "n", "a": "n", "L": "scalar"}}
GAUSS: dict[str, Any] = {
    "given": [r"D = \frac{1}{2} \sum_i (\mu_i^2 + \sigma_i^2 - \log \sigma_i^2 - 1)"],
    "shapes": {r"\mu": "n", r"\sigma": "n", "D": "scalar"},
}


def verdict(problem: dict[str, Any], claim: str) -> str:
    return symbptt.check({**problem, "claim": claim}, suggest=0).verdict


@pytest.mark.parametrize(
    ("by", "right", "wrong"),
    [
        (r"\sigma_i^2", r"\frac{1}{2} (1 - \frac{1}{\sigma_i^2})", r"\sigma_i - \frac{1}{\sigma_i}"),
        (r"\log \sigma_i^2", r"\frac{1}{2} (\sigma_i^2 - 1)", r"\sigma_i^2 - 1"),
        (r"(\log \sigma_i)", r"\sigma_i^2 - 1", r"\frac{1}{2} (\sigma_i^2 - 1)"),
        (r"(2 \mu_i)", r"\frac{\mu_i}{2}", r"2 \mu_i"),
    ],
)
def test_by_a_function_of_one_quantity(by: str, right: str, wrong: str) -> None:
    # by the chain rule: dD/du = (dD/dσ) / (du/dσ), dD/dσ = σ - 1/σ
    assert verdict(GAUSS, rf"\frac{{\partial D}}{{\partial {by}}} = {right}") == "proved"
    assert verdict(GAUSS, rf"\frac{{\partial D}}{{\partial {by}}} = {wrong}") == "refuted"


def test_by_an_expression_of_several_quantities_is_not_read() -> None:
    assert verdict(GAUSS, r"\frac{\partial D}{\partial (\mu_i + \sigma_i)} = \mu_i") == "unknown"


@pytest.mark.parametrize("left", [r"\nabla^2_w L", r"\frac{\partial^2 L}{\partial w \partial w^T}", r"\frac{\partial^2 L}{\partial w^2}"])
def test_a_matrix_of_second_derivatives(left: str) -> None:
    assert verdict(QUADRATIC, rf"{left} = \frac{{1}}{{2}} (A + A^T)") == "verified"
    assert verdict(QUADRATIC, f"{left} = A") == "refuted"


def test_the_shapes_tell_a_trace_and_a_diagonal() -> None:
    assert verdict(QUADRATIC, r"\nabla^2_w L = \mathrm{tr}(A)") == "verified"
    assert verdict(DIAGONAL, r"\frac{\partial^2 L}{\partial w^2} = a") == "verified"
    assert verdict(DIAGONAL, r"\frac{\partial^2 L}{\partial w^2} = \mathrm{diag}(a)") == "verified"
    assert verdict(DIAGONAL, r"\frac{\partial^2 L}{\partial w^2} = a \odot w") == "refuted"


@pytest.mark.parametrize(
    ("left", "right", "wrong"),
    [
        (r"\log p", r"-\log(1 + e^{-z})", r"-\log(1 + e^{z})"),
        (r"\log(1 - p)", r"-z - \log(1 + e^{-z})", r"z - \log(1 + e^{-z})"),
        (r"\log \frac{p}{1 - p}", "z", "-z"),
        (r"\log(1 - p)", r"-\log(1 + e^z)", r"-\log(1 - e^z)"),
    ],
)
def test_logarithms_of_quotients(left: str, right: str, wrong: str) -> None:
    problem = {"given": [r"p = \frac{1}{1 + e^{-z}}"], "shapes": {"z": "scalar", "p": "scalar"}}
    assert verdict(problem, f"{left} = {right}") == "verified"
    assert verdict(problem, f"{left} = {wrong}") not in ("proved", "verified", "conditional")


def test_the_logarithm_of_a_softmax() -> None:
    problem = {"given": [r"p_i = \frac{e^{z_i}}{\sum_j e^{z_j}}"], "shapes": {"z": "n", "p": "n"}}
    assert verdict(problem, r"\log p_i = z_i - \log \sum_j e^{z_j}") == "verified"
    assert verdict(problem, r"\log p_i = z_i - \sum_j z_j") == "refuted"


SOFTMAX: dict[str, Any] = {
    "given": [r"p = \mathrm{softmax}(z)", r"L = -\sum_k y_k \log p_k"],
    "shapes": {"z": "n", "p": "n", "y": "n", "L": "scalar"},
}


@pytest.mark.parametrize(
    ("assume", "claim"),
    [
        ([{"one_hot": "y"}, "y_k = 1"], r"\frac{\partial L}{\partial z_i} = n p_i - 1"),
        ([r"\sum_k y_k = 1", "y_k = 1"], r"\frac{\partial L}{\partial z_i} = n p_i - 1"),
        ([{"positive": "y"}, "y_k = -1"], r"\frac{\partial L}{\partial z_i} = 1 - n p_i"),
        ([{"nonzero": "y"}, "y_k = 0"], r"\frac{\partial L}{\partial z_i} = 0"),
        (["y_1 = y_2", "y_2 = y_1 + 1"], "y_1 - y_2 = 0"),
    ],
)
def test_what_holds_at_no_point_makes_nothing_true(assume: list[Any], claim: str) -> None:
    assert symbptt.check({**SOFTMAX, "assume": assume, "claim": claim}, suggest=0).verdict == "unknown"


def test_an_abstract_function_whose_square_is_negative() -> None:
    problem = {"given": ["y = f(x)"], "shapes": {"x": "scalar", "y": "scalar"}, "functions": {"f": "elementwise"}}
    assert symbptt.check({**problem, "assume": ["f(x) f(x) = -1"], "claim": "y y = -1"}, suggest=0).verdict == "unknown"
    assert symbptt.check({**problem, "assume": ["2 f(x) = 1"], "claim": r"y = \frac{1}{2}"}, suggest=0).verdict in ("verified", "unknown")


def test_a_proof_that_could_match_in_too_many_ways_is_given_up() -> None:
    problem = {
        "given": [
            r"\mu = \frac{1}{D} \sum_{i=1}^D x_i",
            r"\sigma^2 = \frac{1}{D} \sum_{i=1}^D (x_i - \mu)^2",
            r"\hat{x}_i = \frac{x_i - \mu}{\sqrt{\sigma^2 + \epsilon}}",
            r"y_i = \gamma_i \hat{x}_i + \beta_i",
            r"L = \ell(y)",
        ],
        "shapes": {
            "x": "D",
            r"\hat{x}": "D",
            "y": "D",
            r"\gamma": "D",
            r"\beta": "D",
            r"\sigma^2": "scalar",
            r"\epsilon": "scalar",
            "L": "scalar",
        },
        "functions": {r"\ell": "scalar"},
    }
    assert verdict(problem, r"\frac{\partial L}{\partial \sigma^2} \frac{\partial \sigma^2}{\partial \mu} = 0") == "verified"
