"""Windows over an array, as words state it: `u_{i+j-1}` is an entry of u, never a constant of that name.

v_i = f_1 u_i + … + f_q u_{i+q-1}: the derivative by f_j is u_{i+j-1}, another one for each j.
No false claim passes, no true one is refuted.
"""

from __future__ import annotations

import pytest

from tests.documents.test_standing_names import words

PASSES = {"proved", "verified", "conditional"}
WINDOW = (
    r"Let $u \in \mathbb{R}^m$ and $f \in \mathbb{R}^q$ with $$v_i = \sum_{j=1}^{q} f_j u_{i+j-1}, \qquad J = \sum_{i=1}^{m-q+1} v_i^2.$$ "
)
PAST = r"Let $u \in \mathbb{R}^m$ and $f \in \mathbb{R}^q$ with $$v_i = \sum_{j=1}^{q} f_j u_{i-j}, \qquad J = \sum_{i=1}^{m} v_i^2.$$ "
STRIDE = r"Let $u \in \mathbb{R}^m$ and $f \in \mathbb{R}^q$ with $$v_i = \sum_{a=1}^{q} f_a u_{2i+a}, \qquad J = \sum_{i=1}^{p} v_i^2.$$ "
PLANE = r"""Let $U \in \mathbb{R}^{H \times B}$ and $F \in \mathbb{R}^{r \times s}$ with
$$V_{ij} = \sum_{a=1}^{r} \sum_{b=1}^{s} F_{ab} U_{i+a-1, j+b-1}, \qquad J = \sum_{i} \sum_{j} V_{ij}^2.$$
"""
PAIRS = r"Let $u \in \mathbb{R}^{2m}$ with $v_i = u_{2i-1} + u_{2i}$ and $$J = \sum_{i=1}^{m} v_i^2.$$ "


@pytest.mark.parametrize(
    ("document", "claim"),
    [
        (WINDOW, r"\frac{\partial v_i}{\partial f_j} = \frac{\partial v_i}{\partial f_1}"),
        (WINDOW, r"\frac{\partial v_i}{\partial f_j} = u_{i+j}"),
        (WINDOW, r"\frac{\partial J}{\partial f_j} = \frac{\partial J}{\partial f_1}"),
        (PAST, r"\frac{\partial v_i}{\partial f_j} = \frac{\partial v_i}{\partial f_1}"),
        (PAST, r"\frac{\partial J}{\partial f_j} = \frac{\partial J}{\partial f_1}"),
        (STRIDE, r"\frac{\partial v_i}{\partial f_a} = \frac{\partial v_i}{\partial f_1}"),
        (PLANE, r"\frac{\partial V_{ij}}{\partial F_{ab}} = \frac{\partial V_{ij}}{\partial F_{11}}"),
        (PLANE, r"\frac{\partial J}{\partial F_{ab}} = \frac{\partial J}{\partial F_{11}}"),
        (PAIRS, r"\frac{\partial J}{\partial u_{2i}} = 2 v_1"),
        (PAIRS, r"\frac{\partial v_i}{\partial u_{2i}} = m"),
    ],
)
def test_entries_of_a_window_are_not_all_the_same(document: str, claim: str) -> None:
    assert words(f"{document} $${claim}$$")[-1] not in PASSES


@pytest.mark.parametrize(
    ("document", "claim"),
    [
        (WINDOW, r"\frac{\partial v_i}{\partial f_j} = u_{i+j-1}"),
        (WINDOW, r"\frac{\partial v_i}{\partial u_{i+j-1}} = f_j"),
        (PAST, r"\frac{\partial v_i}{\partial u_{i-j}} = f_j"),
        (STRIDE, r"\frac{\partial J}{\partial f_a} = 2 \sum_{i=1}^{p} v_i u_{2i+a}"),
        (PLANE, r"\frac{\partial V_{ij}}{\partial F_{ab}} = U_{i+a-1, j+b-1}"),
        (PLANE, r"\frac{\partial J}{\partial F_{ab}} = 2 \sum_i \sum_j V_{ij} U_{i+a-1, j+b-1}"),
        (PAIRS, r"\frac{\partial J}{\partial u_{2i}} = 2 v_i"),
        (PAIRS, r"\frac{\partial v_i}{\partial u_{2i}} = 1"),
    ],
)
def test_what_is_true_of_a_window_is_not_refuted(document: str, claim: str) -> None:
    assert words(f"{document} $${claim}$$")[-1] != "refuted"


def test_a_window_of_two_letters_is_an_entry() -> None:
    claims = r"$$\frac{\partial v_i}{\partial f_j} = u_{i+j}$$ $$\frac{\partial v_i}{\partial f_j} = u_{i+j-1}$$"
    text = WINDOW.replace("m-q+1", "p") + claims
    assert words(text)[0] != words(text)[1] or set(words(text)) == {"unknown"}
