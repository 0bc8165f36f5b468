"""Sums written out term by term, and what is true of derivatives by anything: neither needs to be told how many, or of what.

Which formulas are right follows from the linearity of the derivative; the wrong ones lack a term or have a factor too many.
"""

from __future__ import annotations

import pytest

from symbptt.documents.listed import with_listed_bounds
from symbptt.latex.parser import parse
from symbptt.latex.printer import to_latex
from tests.documents.test_raw import last, verdicts

CELL = r"""
A cell has the state and the cost
$$ s_t = \tanh(A s_{t-1} + B u_t) $$
$$ E_t = \ell(s_t) $$
"""
TOTAL = r"$$ E = \sum_t E_t $$"
OF_THREE = r"$$ E = \sum_t E_t = E_1 + E_2 + E_3 $$"


def by(name: str, steps: int, end: str = "") -> str:
    """∂E/∂θ, term by term, and as a sum."""
    terms = " + ".join(rf"\frac{{\partial E_{t}}}{{\partial {name}}}" for t in range(1, steps + 1))
    return rf"$$ \frac{{\partial E}}{{\partial {name}}} = {terms} {end} $$"


def whole(name: str) -> str:
    return rf"= \sum_t \frac{{\partial E_t}}{{\partial {name}}}"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("E = \\sum_t E_t = E_1 + E_2 + E_3", "E = \\sum_{t = 1}^{3} E_{t} = E_{1} + E_{2} + E_{3}"),
        ("E = -\\sum_t p(t) q(t) = -p(1) q(1) - p(2) q(2)", "E = -\\sum_{t = 1}^{2} p(t) q(t) = -p(1) q(1) - p(2) q(2)"),
        ("E_1 + E_2 = 2 \\sum_t F_t", "E_{1} + E_{2} = 2 \\sum_{t = 1}^{2} F_{t}"),
    ],
)
def test_a_sum_without_bounds_ends_where_it_is_written_out_to(before: str, after: str) -> None:
    (formula,) = parse(before)
    assert " = ".join(map(to_latex, with_listed_bounds(formula).sides)) == after


@pytest.mark.parametrize(
    "formula",
    [
        "E = \\sum_{t=1}^{T} E_t = E_1 + E_2 + E_3",
        "E = \\sum_t E_t = E_1 + E_3",
        "E = \\sum_t E_t = E_1 - E_2",
        "E = \\sum_t E_t = E_1 + F_2",
        "z = \\sum_j w_j x_j = w_1 x_1 + w_2 x_2",  # of entries there may be more
        "E = \\sum_t E_t = E_1 + E_2 = E_1 + E_2 + E_3",
    ],
)
def test_other_sums_are_left_alone(formula: str) -> None:
    (tree,) = parse(formula)
    assert with_listed_bounds(tree) is tree


def test_a_total_written_out_again_is_a_claim() -> None:
    found = verdicts(CELL + OF_THREE + "\nwhich is\n" + "$$ E = E_1 + E_2 + E_3 $$")[-2:]
    assert [(v.role, v.verdict) for v in found] == [("claim", "proved"), ("claim", "proved")]


@pytest.mark.parametrize(
    ("total", "claim", "verdict"),
    [
        (OF_THREE, by("A", 3), "proved"),
        (OF_THREE, by("A", 2), "refuted"),
        (OF_THREE, by("A", 3, whole("A")), "proved"),
        (TOTAL, by("A", 3, whole("A")), "proved"),
        (r"$$ E = \sum_{t=1}^{T} E_t $$", by("A", 3, whole("A")), "unknown"),  # three of T steps, for show
        ("for $t = 1, \\dots, T$\n" + OF_THREE, r"$$ \frac{\partial E}{\partial s_T} = \frac{\partial E_T}{\partial s_T} $$", "proved"),
        (OF_THREE, r"$$ \frac{\partial E}{\partial A} = \sum_{k=1}^{T} \frac{\partial E_k}{\partial A} $$", "unknown"),  # T may be 3
        (OF_THREE, r"$$ \frac{\partial E}{\partial A} = \sum_{k=1}^{2} \frac{\partial E_k}{\partial A} $$", "refuted"),
    ],
)
def test_how_many_steps_there_are_is_what_is_written_out(total: str, claim: str, verdict: str) -> None:
    assert last(CELL + total + "\nHence\n" + claim).verdict == verdict


@pytest.mark.parametrize(
    ("claim", "verdict"),
    [
        (by(r"\theta", 3, whole(r"\theta")), "proved"),
        (by(r"\Theta_{ab}", 3), "proved"),
        (r"$$ \frac{d E}{d \theta} = \sum_t \frac{d E_t}{d \theta} $$", "proved"),
        (r"$$ \frac{1}{2} \frac{\partial E}{\partial \theta} = \sum_t \frac{1}{2} \frac{\partial E_t}{\partial \theta} $$", "proved"),
        (by(r"\theta", 2), "unknown"),
        (r"$$ \frac{\partial E}{\partial \theta} = 2 \sum_t \frac{\partial E_t}{\partial \theta} $$", "unknown"),
        (r"$$ \frac{\partial E}{\partial \theta} = \sum_t \frac{\partial E_t}{\partial \theta_t} $$", "unknown"),
        (
            r"$$ \frac{\partial E}{\partial \theta} = \frac{\partial E_1}{\partial \theta} \frac{\partial E_2}{\partial \theta} $$",
            "unknown",
        ),
    ],
)
def test_what_is_equal_has_equal_derivatives_by_anything(claim: str, verdict: str) -> None:
    assert last(CELL + OF_THREE + "\nHence\n" + claim).verdict == verdict


def test_a_derivative_by_what_an_equation_defines_cuts_it() -> None:
    text = r"$$ z = 2 x $$ $$ a = z $$ $$ b = 2 x $$ Hence $$ \frac{\partial a}{\partial z} = \frac{\partial b}{\partial z} $$"
    assert last(text).verdict in ("refuted", "unknown")


def test_what_rests_on_nothing_circular_is_decided() -> None:
    """The state is defined by itself; that the cost is a sum does not rest on it."""
    circular = CELL.replace("s_{t-1}", "s_t")
    assert last(circular + OF_THREE + "\nHence\n" + by("C", 3)).verdict == "proved"
    assert last(circular + OF_THREE + "\nHence\n" + by("C", 2)).verdict == "unknown"


def test_the_reading_says_what_was_differentiated() -> None:
    verdict = last(CELL + OF_THREE + "\nHence\n" + by(r"\theta", 3, whole(r"\theta")))
    reading = r"`E = E_{1} + E_{2} + E_{3} = \sum_{t = 1}^{3} E_{t}` before both sides are differentiated"
    assert verdict.reading[-1] == rf"by `\theta`, whatever depends on it: {reading}"
    assert next(link.latex.split(" = ")[0] for link in verdict.links) == r"\frac{\partial E}{\partial \theta}"
