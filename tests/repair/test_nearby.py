"""The right form from the document itself: the mathematics says which form is right, the document how it is written.

Right forms are those of textbooks (see `models.py`); with L = Σ_t ℓ(o_t) each step's loss has its own gradient, and sums of those are
the whole one. Wrong twins: what stands nearby and is false, restates the left side or is not proved must never be suggested.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from symbptt import check_document
from symbptt.documents.reader import read_path
from symbptt.judge import is_proved, judge
from symbptt.latex.parser import parse_expression
from symbptt.latex.syntax import Formula
from symbptt.problem import Problem
from symbptt.reading.declare import parse_problem
from symbptt.repair.difference import described, distance
from symbptt.repair.neighbours import unified
from symbptt.repair.search import Budget, suggest
from tests.repair.models import RNN, SOFTMAX, SQUARES

UNHURRIED = Budget(seconds=60.0)
LOSSES = Problem(
    given=(
        r"z_t = W h_{t-1} + U x_t",
        r"h_t = f(z_t)",
        r"o_t = V h_t",
        r"c_t = \ell(o_t)",
        r"L = \sum_{t=1}^T c_t",
        r"\Delta V = -\eta \frac{\partial L}{\partial V}",
    ),  # type: ignore[arg-type]
    shapes={
        **{"x_t": "m", "h_t": "n", "z_t": "n", "o_t": "q", "W": "n×n", "U": "n×m", "V": "q×n", "L": "scalar", "c_t": "scalar"},
        **{r"\Delta V": "q×n", r"\eta": "scalar"},
    },
    ranges={"t": "1..T"},
    functions={"f": "elementwise", r"\ell": "scalar"},
)
OF_A_STEP = r"\frac{\partial c_t}{\partial V} = \frac{\partial c_t}{\partial o_t} h_t^T"
OF_ALL = r"\frac{\partial L}{\partial V} = \sum_{k=1}^T \frac{\partial c_k}{\partial o_k} h_k^T"

#: A model, what stands nearby, a wrong claim, and what was meant.
FORMS = (
    # the same left side
    (
        RNN,
        [r"\delta_t = (V^T \frac{\partial L}{\partial o_t} + W^T \delta_{t+1}) \odot f'(z_t)"],
        r"\delta_t = V^T \frac{\partial L}{\partial o_t} + W \delta_t",
        r"\delta_t = (V^T \frac{\partial L}{\partial o_t} + W^T \delta_{t+1}) \odot f'(z_t)",
    ),
    # at another step
    (
        RNN,
        [r"\delta_s = (V^T \frac{\partial L}{\partial o_s} + W^T \delta_{s+1}) \odot f'(z_s)"],
        r"\delta_1 = V^T \frac{\partial L}{\partial o_1} + W \delta_1",
        r"\delta_1 = (V^T \frac{\partial L}{\partial o_1} + W^T \delta_{2}) \odot f'(z_1)",
    ),
    # the sum of what is said of each step, a summand of what is said of all, and a name made out of the derivative
    (LOSSES, [OF_A_STEP], r"\frac{\partial L}{\partial V} = h_t", OF_ALL.replace("k", "t")),
    (LOSSES, [OF_ALL], r"\frac{\partial c_t}{\partial V} = V h_t", OF_A_STEP),
    (LOSSES, [OF_ALL], r"\Delta V = \eta V", r"\Delta V = -\eta \sum_{k=1}^T \frac{\partial c_k}{\partial o_k} h_k^T"),
    # one entry for the whole, and another left side for what is right about it
    (
        SQUARES,
        [r"\frac{\partial y_i}{\partial A_{i,l}} = x_l"],
        r"\frac{\partial y}{\partial A} = x x",
        r"\frac{\partial y_i}{\partial A_{i,l}} = x_l",
    ),
    (
        SOFTMAX,
        [r"\frac{\partial s_i}{\partial z_i} = s_i (1 - s_i)"],
        r"z_i \cdot s_i = s_i (1 - s_i)",
        r"\frac{\partial s_i}{\partial z_i} = s_i (1 - s_i)",
    ),
    # a definition at its step, and the nearest of several true forms
    (SQUARES, [], r"C = \sum_k (y_k - d_k)^2 y_k x_k", r"C = \sum_k (y_k - d_k)^2"),
    (
        SOFTMAX,
        [
            r"\frac{\partial L}{\partial z} = -y + s",
            r"\frac{\partial L}{\partial z} = \left(\frac{\partial s}{\partial z}\right)^T \frac{\partial L}{\partial s}",
        ],
        r"\frac{\partial L}{\partial z} = -y + y s^T s",
        r"\frac{\partial L}{\partial z} = -y + s",
    ),
)


@pytest.mark.parametrize(("model", "nearby", "wrong", "right"), FORMS)
def test_the_form_of_the_document_is_suggested(model: Problem, nearby: Sequence[str], wrong: str, right: str) -> None:
    problem = replace(model, claim=wrong, nearby=tuple(nearby))
    assert judge(problem).verdict == "refuted"
    found = suggest(problem, is_proved, UNHURRIED)
    assert found is not None
    assert trees(model, found.latex) == trees(model, right)
    assert judge(replace(model, claim=found.latex)).verdict == "proved"


def trees(model: Problem, text: str) -> tuple[Formula, ...]:
    return parse_problem(replace(model, claim=text)).claim


#: Nearby formulas that are no help: false ones, one that only restates the left side, one that holds under an assumption only.
NO_HELP = (
    (RNN, r"\delta_t = V \frac{\partial L}{\partial o_t} + W \delta_{t+1}"),
    (RNN, r"\delta_t = W^T \delta_{t+1} \odot f'(z_t)"),
    (RNN, r"\delta_t = \frac{\partial L}{\partial z_t}"),
    (RNN, r"\delta_t = \delta_t"),
    (RNN, r"\delta_t = ("),
)


@pytest.mark.parametrize(("model", "nearby"), NO_HELP)
def test_what_is_no_help_is_never_suggested(model: Problem, nearby: str) -> None:
    problem = replace(model, claim=r"\delta_t = W^T \delta_t", nearby=(nearby,))
    found = suggest(problem, is_proved, UNHURRIED)
    assert found is not None
    assert found.latex != nearby
    assert judge(replace(model, claim=found.latex)).verdict == "proved"
    assert r"\partial z_t}" not in found.latex.partition("=")[2] and r"\delta_t" not in found.latex.partition("=")[2]


def test_what_holds_under_an_assumption_only_is_not_taken_from_nearby() -> None:
    right = r"\frac{\partial L}{\partial z} = s - y"
    open_ = replace(SOFTMAX, assume=(), claim=r"\frac{\partial L}{\partial z} = s + y", nearby=(right,))
    found = suggest(open_, is_proved, UNHURRIED)
    assert judge(replace(open_, claim=right)).verdict == "conditional"
    assert found is None or trees(SOFTMAX, found.latex) != trees(SOFTMAX, right)


#: Claims that something is zero, and what is meant; nothing where only the left side could be changed to something that vanishes.
ZEROS = (
    (SQUARES, r"\frac{\partial C}{\partial y} - (y - d) = 0", r"\frac{\partial C}{\partial y} - 2 (y - d) = 0"),
    (SQUARES, r"\frac{\partial C}{\partial x} = 0", r"\frac{\partial C}{\partial x} = A^T \frac{\partial C}{\partial y}"),
    (RNN, r"\frac{\partial L}{\partial W} = 0", r"\frac{\partial L}{\partial W} = \sum_{t=1}^T \delta_t h_{t-1}^T"),
    (RNN, r"\frac{\partial h_t}{\partial z_t} = 0", None),
)


@pytest.mark.parametrize(("model", "claim", "right"), ZEROS)
def test_what_is_claimed_to_be_zero(model: Problem, claim: str, right: str | None) -> None:
    found = suggest(replace(model, claim=claim), is_proved, UNHURRIED)
    if right is None:
        assert found is None
    else:
        assert found is not None
        assert judge(replace(model, claim=found.latex)).verdict == "proved"
        assert trees(model, found.latex) == trees(model, right)


# -- proofs ---------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("claim", "proved"),
    [
        (r"\frac{\partial L}{\partial W} = \sum_{t=1}^T \delta_t h_{t-1}^T", True),
        (r"\frac{\partial L}{\partial W} = \sum_{t=1}^T \delta_t h_t^T", False),
        (r"\delta_T = (V^T \frac{\partial L}{\partial o_T}) \odot f'(z_T)", True),
        (r"\delta_t = (V^T \frac{\partial L}{\partial o_t}) \odot f'(z_t)", False),
        (r"\frac{\partial L}{\partial h_0} = W^T \delta_1 = W^T \frac{\partial L}{\partial z_1}", True),
        (r"\frac{\partial L}{\partial h_0} = W^T \delta_1 = W \delta_1", False),
        (r"\frac{\partial x_t}{\partial h_t} = 0 \cdot U", False),
        (r"\delta_t = q_t", False),
        (r"\delta_t", False),
        (r"\delta_t = (", False),
    ],
)
def test_a_proof_is_what_the_judge_calls_one(claim: str, proved: bool) -> None:
    problem = replace(RNN, claim=claim)
    assert is_proved(problem) is proved
    assert (judge(problem).verdict == "proved") is proved


def test_no_proof_is_begun_after_the_time() -> None:
    claim = r"\frac{\partial L}{\partial W} = \sum_{t=1}^T \delta_t h_{t-1}^T"
    assert not is_proved(replace(RNN, claim=claim), seconds=-1.0)


# -- what is near -----------------------------------------------------------------------------------------------------------------


def test_the_distance_of_formulas() -> None:
    a, b, c = (parse_expression(text) for text in (r"W^T \delta_t", r"W^T \delta_{t+1}", r"\frac{\partial L}{\partial o_t}"))
    assert distance(a, a) == 0
    assert 0 < distance(a, b) < distance(a, c) <= 1
    assert distance(a, c) == distance(c, a)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        (r"W^T \delta_t", r"V^T \delta_t", r"`V^{T}` for `W^{T}`"),
        (r"(1 - y) a + b", r"(c - y) d + b", r"`c` for `1`, and `d` for `a`"),
        (r"a + b", r"b a", ""),
        (r"a", r"b", ""),
    ],
)
def test_a_small_difference_is_told_place_by_place(old: str, new: str, words: str) -> None:
    assert described(parse_expression(old), parse_expression(new)) == words


@pytest.mark.parametrize(
    ("pattern", "node", "bound"),
    [
        (r"\delta_t", r"\delta_{s+1}", {"t": "s+1"}),
        (r"\frac{\partial L_t}{\partial h_t}", r"\frac{\partial L_2}{\partial h_2}", {"t": "2"}),
        (r"\frac{\partial L_t}{\partial h_t}", r"\frac{\partial L_2}{\partial h_1}", None),
        (r"\delta_t", r"\epsilon_t", None),
        (r"\delta_t", r"\delta^t", None),
    ],
)
def test_what_a_letter_stands_for(pattern: str, node: str, bound: dict[str, str] | None) -> None:
    found = unified(parse_expression(pattern), parse_expression(node), frozenset({"t"}))
    assert found == (None if bound is None else {letter: parse_expression(text) for letter, text in bound.items()})


# -- in a document ------------------------------------------------------------------------------------------------------------------

DOCUMENT = r"""
---
symbptt:
  shapes: {x: m, y: n, A: n×m, C: scalar, d: n}
---

$$
y = A x
$$

$$
C = \sum_k (y_k - d_k)^2
$$

<!-- symbptt: expect refuted -->
$$
\frac{\partial C}{\partial y} = y - d - A x
$$

$$
\frac{\partial C}{\partial y} = 2 (y - d)
$$

# Another

$$
\frac{\partial C}{\partial x} = 2 A^T (y - d)
$$
"""


def test_a_claim_knows_what_its_document_claims_besides(tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    path.write_text(DOCUMENT.lstrip(), encoding="utf-8")
    problems = [item.problem for item in read_path(str(path)).items if item.problem is not None and item.role == "claim"]
    wrong, right, last = (r"\frac{\partial C}{\partial y} = y - d - A x", r"\frac{\partial C}{\partial y} = 2 (y - d)", problems[-1].claim)
    assert [problem.nearby for problem in problems] == [(right, last), (last,), (right,)]
    assert problems[0].claim == wrong


SKIPGRAM = r"$J = -\log \sigma(u^\top v) - \sum_{k=1}^K \log \sigma(-u_k^\top v)$."
ELMAN = r"$h_t = \tanh(W h_{t-1} + U x_t)$, $y = V h_T$, $L = \frac12 \|y - d\|^2$."
CLASSES = r"$z = W x$, $p = \sigma(z)$, $E = -\sum_k (y_k \log p_k + (1 - y_k) \log(1 - p_k))$."


@pytest.mark.parametrize(
    ("model", "claims", "never"),
    [
        (
            SKIPGRAM,
            (
                r"\frac{\partial J}{\partial u} = (\sigma(u^\top v) - 1) v",
                r"\frac{\partial J}{\partial u_k} = \sigma(u_k^\top v) v",
                r"\frac{\partial J}{\partial u_k} = (\sigma(u_k^\top v) - 1) v",
            ),
            r"\frac{\partial J}{\partial u} =",
        ),
        (
            ELMAN,
            (
                r"\frac{\partial L}{\partial h_{T-1}} = W^\top \mathrm{diag}(1 - h_T^2) V^\top (y - d)",
                r"\frac{\partial L}{\partial h_{T-2}} = (W^\top)^2 \mathrm{diag}(1 - h_{T-1}^2) \mathrm{diag}(1 - h_T^2) V^\top (y - d)",
            ),
            r"\frac{\partial L}{\partial h_{T-1}} =",
        ),
        (
            CLASSES,
            (r"\frac{\partial E}{\partial x} = W^\top (p - y)", r"\frac{\partial E}{\partial x} = W (p - y)"),
            r"\frac{\partial E}{\partial z} W",
        ),
    ],
)
def test_what_was_not_meant_is_never_suggested(model: str, claims: Sequence[str], never: str, tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    path.write_text("\n\n".join([model, *(f"$${claim}$$" for claim in claims)]), encoding="utf-8")
    last = check_document(str(path))[-1]
    assert last.verdict == "refuted" and never not in last.suggestion


def test_what_the_document_says_of_the_same_quantity_goes_before_an_edit(tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    claims = (r"\frac{\partial E}{\partial z} = p - y", r"\frac{\partial E}{\partial z} = (p - y) \odot p \odot (1 - p)")
    path.write_text("\n\n".join([CLASSES, *(f"$${claim}$$" for claim in claims)]), encoding="utf-8")
    assert check_document(str(path))[-1].suggestion == claims[0]
