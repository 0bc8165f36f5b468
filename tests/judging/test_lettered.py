"""Large numbers as sizes: what holds for every size is proved of them, what is only seen at small sizes is no verdict."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

import symbptt
from symbptt.lettered import LETTERS, lettered
from symbptt.problem import Problem
from symbptt.verdict import Verdict

CELL: Mapping[str, Any] = {
    "given": [
        r"z_t = W h_{t-1} + U x_t",
        r"h_t = \tanh(z_t)",
        r"L = \sum_{t=1}^{T} \ell(h_t)",
        r"\delta_t = \frac{\partial L}{\partial z_t}",
    ],
    "ranges": {"t": "1..T"},
    "functions": {r"\ell": "scalar"},
}
RIGHT = r"\frac{\partial L}{\partial W} = \sum_{t=1}^{T} \delta_t h_{t-1}^\top"
WRONG = r"\frac{\partial L}{\partial W} = \sum_{t=1}^{T} h_{t-1} \delta_t^\top"
CLASH = r"\frac{\partial L}{\partial U} = \sum_{t=1}^{T} x_t \delta_t^\top"


def cell(n: int, m: int, claim: str) -> dict[str, Any]:
    shapes = {"z_t": f"{n}", "h_t": f"{n}", "x_t": f"{m}", "W": f"{n}×{n}", "U": f"{n}×{m}", "L": "scalar"}
    return {**CELL, "shapes": shapes, "claim": claim}


@pytest.mark.parametrize(
    ("n", "m", "claim", "expected", "message"),
    [
        (256, 784, RIGHT, "proved", "equal for every number of steps and every size"),
        (256, 784, WRONG, "refuted", "with 0 for all entries beyond the first 3 along an axis"),
        (256, 784, CLASH, "refuted", "no reading has consistent shapes"),
        (9, 2, RIGHT, "proved", "equal for every number of steps and every size"),
        (9, 2, WRONG, "refuted", "the sides differ"),
        (3, 2, RIGHT, "proved", "equal for every number of steps and every size"),
        (3, 2, WRONG, "refuted", "the sides differ"),
    ],
)
def test_sizes_that_are_numbers(n: int, m: int, claim: str, expected: str, message: str) -> None:
    verdict = symbptt.check(cell(n, m, claim), suggest=0)
    assert (verdict.verdict, message in verdict.message) == (expected, True), verdict
    assert any(note.startswith("sizes: ") for note in verdict.reading) is (expected == "proved" and n > 8)
    if verdict.counterexample and n < 10:
        assert len([name for name in verdict.counterexample.values if name.startswith("W")]) == n * n


def mean(size: int, factor: str) -> Verdict:
    """A mean over a stated number of components, which are no letter's."""
    given = [rf"L = \frac{{1}}{{{size}}} \sum_{{k=1}}^{{{size}}} x_k^2"]
    return symbptt.check(
        {"given": given, "shapes": {"x": f"{size}"}, "claim": rf"\frac{{\partial L}}{{\partial x}} = {factor} x"}, suggest=0
    )


def test_a_number_that_the_equations_speak_of() -> None:
    assert mean(16, r"\frac{1}{8}").verdict in ("verified", "proved")
    assert mean(16, r"\frac{1}{16}").verdict == "refuted"


def test_sizes_that_add_up() -> None:
    given = [r"z = W \begin{bmatrix} a \\ b \end{bmatrix}", r"L = \frac{1}{2} \|z\|^2"]
    shapes = {"a": "8", "b": "9", "W": "2×17", "z": "2"}
    right = {"given": given, "shapes": shapes, "claim": r"\frac{\partial L}{\partial W} = z \begin{bmatrix} a \\ b \end{bmatrix}^\top"}
    assert symbptt.check(right, suggest=0).verdict in ("verified", "proved")
    wrong = {**right, "claim": r"\frac{\partial L}{\partial W} = z \begin{bmatrix} b \\ a \end{bmatrix}^\top"}
    assert symbptt.check(wrong, suggest=0).verdict == "refuted"


def test_the_same_number_is_the_same_letter_and_no_letter_of_the_problem() -> None:
    found = lettered(Problem.from_dict(cell(64, 32, RIGHT)))
    assert found is not None
    shapes = found.problem.shapes
    n, m = shapes["h_t"], shapes["x_t"]
    assert n != m and shapes["W"] == f"{n}×{n}" and shapes["U"] == f"{n}×{m}" and shapes["L"] == "scalar"
    assert not {n, m} & set(RIGHT) and found.too_large is True
    assert lettered(Problem.from_dict(cell(3, 2, RIGHT))) is None
    assert lettered(Problem.from_dict({**cell(64, 32, RIGHT), "assume": [f"{LETTERS} = 0"]})) is None
