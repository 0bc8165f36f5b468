"""What is spelled in two ways is true on the condition that they mean one thing, and never false on it."""

from __future__ import annotations

import pytest

from symbptt.certificate import certificate
from symbptt.documents.respelled import respellings
from symbptt.judge import judged
from symbptt.latex.parser import parse
from symbptt.problem import Problem
from tests.documents.test_raw import last, verdicts

CELL = r"""
$$ s_t = \tanh(\check{A} s_{t-1} + B u_t) $$
$$ E_t = \ell(s_t) $$
$$ E = \sum_{t=1}^{T} E_t $$

Hence
"""
LAYERS = r"""
The network has four layers, $y = a^4$.

$$ z^l = W^l a^{l-1}, \qquad a^l = \phi(z^l), \qquad l = 1, \dots, L $$
$$ y = a^L $$
$$ C = \ell(y) $$
$$ \delta^l = \frac{\partial C}{\partial z^l} $$

Hence
"""


OUTPUTS = r"""
For $t = 2, \dots, T$ the hidden layer, and for the output $y = a^{0,T}$:

$$ z^{1,t} = W a^{1,t-1} + U x^t, \qquad a^{1,t} = f(z^{1,t}) $$
$$ z^{0,T} = V a^{1,T}, \qquad a^{o,T} = f(z^{o,T}), \qquad C = \ell(y) $$

Then
"""


def by(name: str, factor: str = "") -> str:
    slope = r"\left( (1 - s_t^2) \odot \frac{\partial E}{\partial s_t} \right)"
    return rf"$$ \frac{{\partial E}}{{\partial {name}}} = {factor}\sum_{{t=1}}^{{T}} {slope} s_{{t-1}}^T $$"


@pytest.mark.parametrize(
    ("document", "verdict"),
    [
        (CELL + by("A"), "conditional"),
        (CELL + by("A", "2 "), "unknown"),
        (CELL + by(r"\check{A}") + "\nwith the weights $A$", "proved"),
        (CELL.replace(r"\check{A} s_{t-1}", r"(\check{A} + A) s_{t-1}") + by("A"), "proved"),  # both in one equation: two things
        (r"$$ \check{A} = A + D $$" + CELL + by("A"), "proved"),
    ],
)
def test_a_mark_over_a_letter_may_mean_nothing(document: str, verdict: str) -> None:
    assert [v.verdict for v in verdicts(document) if v.role == "claim"] == [verdict]


@pytest.mark.parametrize(
    ("claim", "verdict"),
    [
        (r"\delta^4 = \nabla_y C \odot \phi'(z^4)", "conditional"),
        (r"\delta^4 = 2 \nabla_y C \odot \phi'(z^4)", "refuted"),
        (r"\delta^3 = \nabla_y C \odot \phi'(z^3)", "refuted"),
        (r"\delta^L = \nabla_y C \odot \phi'(z^L)", "proved"),
        (r"\delta^L = \nabla_y C \odot \phi'(z^{L-1})", "refuted"),
    ],
)
def test_the_last_layer_may_have_the_number_that_an_equation_shows(claim: str, verdict: str) -> None:
    assert last(f"{LAYERS}$$ {claim} $$").verdict == verdict


def test_the_condition_is_told() -> None:
    verdict = last(CELL + by("A"))
    assert verdict.assumptions == (r"reading: `\check{A}` is `A`",)
    assert verdict.message == r"true for every number of steps and every size if reading: `\check{A}` is `A`"


@pytest.mark.parametrize(
    "formulas",
    [
        [r"h = \check{w} x", r"\check{w} = w + 1"],
        [r"h = \check{w} x + w z"],
        [r"h = \check{w} x", r"g = \check{v} x", "f = w x"],  # \check{v} is another thing than anything plain
        ["y = a^4", "x = a^L"],
        ["y = a^4", "y = b^L"],
    ],
)
def test_what_shows_that_two_spellings_are_two_things(formulas: list[str]) -> None:
    assert not list(respellings([tree for text in formulas for tree in parse(text)]))


def test_a_certificate_holds_the_condition() -> None:
    problem = Problem(claim="b = 2 a", given=("b = a + a",), shapes={"a": "n", "b": "n"}, respelled=r"reading: `\check{a}` is `a`")
    verdict = judged(problem)
    found = certificate(problem, verdict)
    assert found is not None
    assert (found["verdict"], found["assumptions"]) == ("conditional", [r"reading: `\check{a}` is `a`"])
    assert judged(Problem(claim="b = 3 a", given=problem.given, shapes=problem.shapes, respelled="reading: x")).verdict == "unknown"


@pytest.mark.parametrize(
    ("document", "claim", "verdict"),
    [
        (OUTPUTS, r"\frac{\partial C}{\partial V} = \frac{\partial C}{\partial z^{o,T}} (a^{1,T})^T", "conditional"),
        (OUTPUTS, r"\frac{\partial C}{\partial V} = \frac{\partial C}{\partial z^{o,T}} (a^{1,T-1})^T", "unknown"),
        (OUTPUTS, r"\frac{\partial C}{\partial z^{o,T}} = \frac{\partial C}{\partial y}", "unknown"),
        (OUTPUTS.replace("o,", "0,"), r"\frac{\partial C}{\partial V} = \frac{\partial C}{\partial z^{0,T}} (a^{1,T})^T", "proved"),
        (OUTPUTS.replace("0,", "o,"), r"\frac{\partial C}{\partial V} = \frac{\partial C}{\partial z^{o,T}} (a^{1,T})^T", "proved"),
    ],
)
def test_the_letter_o_may_be_a_zero(document: str, claim: str, verdict: str) -> None:
    assert [v.verdict for v in verdicts(f"{document}$$ {claim} $$") if v.role == "claim"] == [verdict]
