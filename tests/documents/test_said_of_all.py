"""What words say of a whole document: which way a softmax goes, that everything is a number."""

from __future__ import annotations

import pytest

from tests.documents.test_raw import verdicts

HEAD = "---\nsymbptt:\n  shapes: {Z: r×c, P: r×c, G: r×c, L: scalar}\n  functions: {g: scalar}\n---\n"
MODEL = r"$$ P = \mathrm{softmax}(Z), \qquad L = g(P) $$"
BY_ROW = r"$$ \sum_{j} \frac{\partial L}{\partial Z_{ij}} = 0 $$"
BY_COLUMN = r"$$ \sum_{i} \frac{\partial L}{\partial Z_{ij}} = 0 $$"


@pytest.mark.parametrize(
    ("words", "row", "column"),
    [
        ("where the softmax is taken over each row.", "proved", "refuted"),
        ("with a row-wise softmax.", "proved", "refuted"),
        ("where the softmax normalises every column.", "refuted", "proved"),
        ("", "proved", "conditional"),
        ("Each row of the table is an example.", "proved", "conditional"),
        ("If the softmax were taken of each column, the sums would differ.", "proved", "conditional"),
    ],
)
def test_the_way_of_a_softmax(words: str, row: str, column: str) -> None:
    """What a softmax normalises sums to 1, and so the derivatives by its argument sum to 0 along it, and along nothing else."""
    found = [said.verdict for said in verdicts(f"{HEAD}{MODEL}\n{words}\n\n{BY_ROW}\n\n{BY_COLUMN}\n") if said.role == "claim"]
    assert found == [row, column]


SCALARS = r"$$ s_t = \tanh(a s_{t-1} + b x_t), \qquad J = \sum_{t=1}^{T} \frac12 (s_t - y_t)^2 $$"
GRADIENT = r"$$ \frac{\partial J}{\partial a} = \sum_{t=1}^{T} \frac{\partial J}{\partial s_t} (1 - s_t^2) s_{t-1} $$"


@pytest.mark.parametrize(
    ("words", "verdict"),
    [
        ("All quantities are real numbers.", "proved"),
        ("All quantities ($a$, $b$, $s_t$, $x_t$, $y_t$) are scalars.", "proved"),
        ("Every quantity here is a scalar.", "proved"),
        ("All quantities are vectors.", "unknown"),
    ],
)
def test_everything_is_a_number(words: str, verdict: str) -> None:
    assert verdicts(f"{words}\n\n{SCALARS}\n\n{GRADIENT}\n")[-1].verdict == verdict


def test_of_numbers_a_wrong_formula_is_refuted() -> None:
    wrong = GRADIENT.replace("(1 - s_t^2) ", "")
    assert verdicts(f"All quantities are real numbers.\n\n{SCALARS}\n\n{wrong}\n")[-1].verdict == "refuted"


LETTERS = r"$$ s_t = \tanh(A s_{t-1} + x_t), \qquad J = \sum_{t=1}^{T} g(s_t) $$"
STATED = "---\nsymbptt:\n  shapes: {s_t: n, x_t: n, A: n×n, J: scalar}\n  ranges: {t: 1..T}\n  functions: {g: scalar}\n---\n"


@pytest.mark.parametrize(
    ("right", "verdict"),
    [(r"(ds_t \odot (1 - s_t^2)) s_{t-1}^\top", "proved"), (r"ds_t s_{t-1}^\top", "refuted")],
)
def test_a_name_that_is_set_to_a_derivative_stands_for_it(right: str, verdict: str) -> None:
    said = r"Write $ds_t := \frac{\partial J}{\partial s_t}$ for short."
    found = verdicts(f"{STATED}{LETTERS}\n{said}\n$$ \\frac{{\\partial J}}{{\\partial A}} = \\sum_{{t=1}}^{{T}} {right} $$\n")[-1]
    assert found.verdict == verdict, found.message
