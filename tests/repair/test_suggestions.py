"""A refuted claim is told the formula that was meant: the right one by mathematics, true, and no restatement of the left side."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from symbptt.judge import is_proved, judge, mended
from symbptt.latex.syntax import Formula
from symbptt.problem import Problem
from symbptt.reading.declare import parse_problem
from symbptt.repair.search import Budget, Suggestion, suggest
from tests.repair.models import CHAINS, MISTAKES, RNN, SOFTMAX, SQUARES, Mistake

#: No limit of time, so that a slow machine finds the same; the number of candidates is the limit.
UNHURRIED = Budget(seconds=60.0)


def formulas(problem: Problem, claim: str) -> tuple[Formula, ...]:
    return parse_problem(replace(problem, claim=claim)).claim


def suggested(problem: Problem) -> Suggestion:
    found = suggest(problem, is_proved, UNHURRIED)
    assert found is not None
    return found


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake.kind)
def test_a_mistake_is_mended_as_its_author_would(mistake: Mistake) -> None:
    assert judge(mistake.problem).verdict == "refuted"
    found = suggested(mistake.problem)
    assert formulas(mistake.model, found.latex) == formulas(mistake.model, mistake.right)
    assert found.row == mistake.kind
    assert judge(replace(mistake.model, claim=found.latex)).verdict in ("verified", "proved")


WORDS = (
    (RNN, r"\delta_t = (V^T \frac{\partial L}{\partial o_t} + W^T \delta_t) \odot f'(z_t)", r"step index t → t + 1 in `\delta_{t}`"),
    (SQUARES, r"C = \sum_k (y_k d_k)^2", r"difference for the product `y_{k} d_{k}`"),
    (SOFTMAX, r"\frac{\partial L}{\partial z} = y - s", "sign of the whole"),
    (RNN, r"\frac{\partial L}{\partial W} = \delta_t h_{t-1}^T", "sum over t"),
)


def test_factors_in_brackets_are_part_of_what_is_suggested() -> None:
    """U (r ⊙ h): the second factor of the gradient is (r ⊙ h)ᵀ, and no product of two rows."""
    given = (r"r_t = \sigma(R h_{t-1})", r"h_t = \tanh(U (r_t \odot h_{t-1}))", r"L = \sum_{t=1}^T \ell(h_t)")
    shapes = {"h_t": "n", "r_t": "n", "R": "n×n", "U": "n×n", "L": "scalar"}
    model = Problem(given=given, shapes=shapes, ranges={"t": "1..T"}, functions={r"\ell": "scalar"})  # type: ignore[arg-type]
    error = r"\frac{\partial L}{\partial U} = \sum_{t=1}^T (\frac{\partial L}{\partial h_t} \odot (1 - h_t^2))"
    found = suggested(replace(model, claim=error + " h_{t-1}^T"))
    assert formulas(model, found.latex) == formulas(model, error + r" \left( r_t \odot h_{t-1} \right)^T")


def test_one_entry_is_suggested_where_the_document_says_more_of_the_whole() -> None:
    """∂h_j/∂W_jk = x_k (1 − h_j²), where the notes write both the right step and x (1 − tanh²)."""
    given = (r"h = \tanh(W x)",)
    model = Problem(given=given, shapes={"h": "n", "x": "n", "W": "n×n"})  # type: ignore[arg-type]
    claim = r"\frac{\partial h}{\partial W} = x (1 - \tanh^2(W x))"
    more = (r"\frac{\partial h}{\partial W} = \frac{\partial \tanh(W x)}{\partial W}",)
    found = suggested(replace(model, claim=claim, nearby=more))
    assert formulas(model, found.latex) == formulas(model, r"\frac{\partial h_j}{\partial W_{j,k}} = x_k \left( 1 - h_j^2 \right)")


@pytest.mark.parametrize(("model", "claim", "words"), WORDS)
def test_the_edit_is_told_in_words(model: Problem, claim: str, words: str) -> None:
    assert suggested(replace(model, claim=claim)).edit == words


# -- what is never suggested ------------------------------------------------------------------------------------------------

#: Left sides with nonsense on the right, and what a true side must not consist of.
RESTATEMENTS = (
    (RNN, r"\delta_t = 2", (r"\delta_t", r"\frac{\partial L}{\partial z_t}")),
    (RNN, r"\delta_t = W^T \delta_t", (r"\delta_t", r"\frac{\partial L}{\partial z_t}")),
    (RNN, r"\frac{\partial L}{\partial z_t} = \delta_{t+1}", (r"\delta_t", r"\frac{\partial L}{\partial z_t}")),
    (RNN, r"\frac{\partial L}{\partial W} = W", (r"\frac{\partial L}{\partial W}",)),
    (SQUARES, r"\frac{\partial C}{\partial y} = \frac{\partial C}{\partial d}", (r"\frac{\partial C}{\partial y}",)),
)


@pytest.mark.parametrize(("model", "claim", "banned"), RESTATEMENTS)
def test_a_suggestion_never_restates_the_left_side(model: Problem, claim: str, banned: tuple[str, ...]) -> None:
    found = suggest(replace(model, claim=claim), is_proved, UNHURRIED)
    if found is not None:
        left, *sides = formulas(model, found.latex)[0].sides
        assert left == formulas(model, claim)[0].sides[0]
        walls = [formulas(model, f"L = {text}")[0].sides[1] for text in banned]
        assert all(side not in walls for side in sides)
        assert all(text not in found.latex.partition("=")[2] for text in banned)


@pytest.mark.parametrize(
    "claim",
    [
        r"h_t \odot \delta_t = \delta_t",
        r"\delta_t^T h_t = h_t^T h_t",
        r"\delta_t h_t^T = h_t \delta_t^T",
        r"\frac{\partial L}{\partial W} = \frac{\partial L}{\partial W} + W",
    ],
)
def test_the_left_side_in_another_order_is_no_suggestion(claim: str) -> None:
    problem = replace(RNN, claim=claim)
    assert judge(problem).verdict == "refuted"
    found = suggest(problem, is_proved, UNHURRIED)
    if found is not None:
        left, right = (re.sub(r"\^T|[^A-Za-z]", "", side) for side in found.latex.split(" = ", 1))
        assert sorted(left) != sorted(right) and left not in right


def test_what_is_true_under_an_assumption_only_is_not_suggested() -> None:
    """Without a fact about the targets, s − y is the gradient only for those that sum to one."""
    open_ = replace(SOFTMAX, assume=(), claim=r"\frac{\partial L}{\partial z} = y - s")
    found = suggest(open_, is_proved, UNHURRIED)
    assert found is None or formulas(SOFTMAX, found.latex) != formulas(SOFTMAX, r"\frac{\partial L}{\partial z} = s - y")


def test_a_derivative_that_is_zero_makes_no_repair() -> None:
    """∂u/∂w is zero: put in place of what is wrong, it would take the whole side away."""
    path = r"\frac{\partial h_t}{\partial z_t} \frac{\partial z_t}{\partial w_t} \frac{\partial u_t}{\partial U}"
    claim = rf"\frac{{\partial h_t}}{{\partial U}} = {path}"
    found = suggest(replace(CHAINS, claim=claim), is_proved, UNHURRIED)
    assert found is None or r"\frac{\partial u_t}{\partial w_t}" not in found.latex


# -- chains, spelling, limits -------------------------------------------------------------------------------------------------


def test_every_wrong_link_of_a_chain_is_mended_and_right_ones_stay() -> None:
    claim = r"\frac{\partial L}{\partial h_0} = W^T \frac{\partial L}{\partial z_1} = W \delta_1"
    found = suggested(replace(RNN, claim=claim))
    assert formulas(RNN, found.latex) == formulas(RNN, claim.replace(r"W \delta_1", r"W^T \delta_1"))


def test_what_was_not_changed_is_written_as_the_author_wrote_it() -> None:
    found = suggested(replace(RNN, claim=r"\frac{\partial L}{\partial W} = \sum_{t=2}^{T}  \delta_t\,h_{t-1}^\top"))
    assert r"\delta_t\,h_{t-1}^\top" in found.latex


def test_the_same_suggestion_is_made_each_time() -> None:
    problem = MISTAKES[0].problem
    assert len({suggested(problem) for _ in range(3)}) == 1


def test_no_candidates_no_suggestion() -> None:
    assert suggest(MISTAKES[0].problem, is_proved, Budget(seconds=60.0, candidates=0)) is None


def test_no_time_no_suggestion() -> None:
    assert suggest(MISTAKES[0].problem, is_proved, Budget(seconds=0.0)) is None


def test_a_claim_stays_refuted_with_a_suggestion() -> None:
    problem = MISTAKES[0].problem
    before = judge(problem)
    after = mended(problem, before, 60.0)
    assert after.suggestion and after.edit
    assert replace(after, suggestion="", edit="") == before


@pytest.mark.parametrize("claim", [MISTAKES[0].right, r"\delta_t = \epsilon"])
def test_only_what_is_refuted_is_mended(claim: str) -> None:
    problem = replace(RNN, claim=claim)
    verdict = judge(problem)
    assert verdict.verdict in ("proved", "unknown")
    assert mended(problem, verdict, 60.0) is verdict


def test_a_changed_left_side_is_no_given_equation() -> None:
    """∂L/∂z_t = δ_t is how δ is defined."""
    found = suggest(replace(RNN, claim=r"\frac{\partial L}{\partial o_t} = \delta_t"), is_proved, UNHURRIED)
    assert found is None or formulas(RNN, found.latex) != formulas(RNN, r"\frac{\partial L}{\partial z_t} = \delta_t")


def test_of_several_formulas_the_wrong_one_is_mended() -> None:
    first, second = r"\frac{\partial L}{\partial W} = \delta x^T", r"\frac{\partial L}{\partial x} = W \delta"
    problem = Problem.from_dict(
        {
            "given": ["z = W x", r"L = \ell(z)", r"\delta = \frac{\partial L}{\partial z}"],
            "shapes": {"z": "n", "W": "n×m", "x": "m", "L": "scalar", r"\delta": "n"},
            "functions": {r"\ell": "scalar"},
            "claim": rf"{first}, \quad {second}",
        }
    )
    assert judge(problem).verdict == "refuted"
    assert formulas(problem, suggested(problem).latex) == formulas(problem, r"\frac{\partial L}{\partial x} = W^T \delta")
