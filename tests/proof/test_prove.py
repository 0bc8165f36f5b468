"""Proofs for all steps and sizes: of right claims one is found, of wrong ones none, and normal forms are equal to what they stand for."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice, product

import pytest

from symbptt.documents.model import load_model
from symbptt.engines.screen import Screen
from symbptt.graph import Graph
from symbptt.judge import judge
from symbptt.problem import Problem
from symbptt.proof.derivatives import Derivatives
from symbptt.proof.prove import Attempt, Search, plans, prove
from symbptt.proof.shared import Shared
from symbptt.proof.system import System
from symbptt.proof.terms import Names, NoProof, TooMuch
from symbptt.proof.translate import Translator
from symbptt.reading.choices import ReadingError, Unsupported, readings
from symbptt.reading.claim import ReadClaim, read_claim
from symbptt.reading.declare import parse_problem
from symbptt.settings import size_names
from symbptt.unroll import Unroller
from symbptt.unrolled import Meaningless, Setting, Undefined, Unrolled
from tests.judging import claims_layers, claims_recurrent
from tests.judging.rows import Row
from tests.proof.support import Enumerated

ROWS = [row for module in (claims_layers, claims_recurrent) for row in module.ROWS]
RIGHT = [row for row in ROWS if row.status == "right"]
WRONG = [row for row in ROWS if row.status == "wrong"]
#: Rows of the table that are tried; the others are like them.
EACH = 4


def read(row: Row, limit: int = 4) -> Iterator[ReadClaim]:
    """The first readings of a claim that fit."""
    parsed = parse_problem(Problem.from_dict(row.problem))
    for formula in parsed.claim:
        outcomes = readings(lambda choices: read_claim(parsed, formula, choices), 40)  # noqa: B023
        yield from islice((o.result for o in outcomes if o.result is not None), limit)


def meanings(claim: ReadClaim, side: int) -> Iterator[dict[str, str]]:
    """Total and immediate for each spelling of a derivative of a side."""
    spellings = claim.sides[side].spellings
    for choice in islice(product(("total", "immediate"), repeat=len(spellings)), 4):
        yield dict(zip(spellings, choice, strict=True))


@pytest.mark.parametrize("row", WRONG[::EACH], ids=lambda row: row.name)
def test_no_wrong_claim_is_proved(row: Row) -> None:
    """The engine alone, without the exact check that goes before it, on every reading and meaning that is refuted."""
    if len(parse_problem(Problem.from_dict(row.problem)).claim) > 1:
        return
    for claim in read(row):
        if len(claim.sides) == 2 and all(side.body is not None for side in claim.sides):
            for modes in meanings(claim, 1):
                assert prove(claim, 0, 1, ({}, modes), Search((30,))) is None, (row.problem["claim"], modes)


@pytest.mark.parametrize("row", RIGHT[::EACH], ids=lambda row: row.name)
def test_a_normal_form_is_equal_to_what_it_stands_for(row: Row) -> None:
    """Both sides under each plan, enumerated at two settings, against the unrolled computation (graph and reverse mode)."""
    claim = next(read(row), None)
    if claim is None or claim.computation.assumptions.normalised or claim.computation.assumptions.one_hot:
        return  # a normal form may have used what is assumed
    system, names = System(claim.computation), Names()
    for plan in islice(plans(system), 4):
        shared = Shared()
        for position, side in enumerate(claim.sides):
            if side.body is None or side.tensor is None:
                continue
            attempt = Attempt(claim, Translator(system, names), plan, 1000, shared)
            try:
                (context,) = attempt.contexts(side)
                Derivatives(attempt.translator, plan, {}, frozenset(), 1000, shared)
                normal = attempt.translator.normal(side.body, context)
                normal = attempt.translator.settled(normal, attempt.defined(context))
            except (NoProof, TooMuch, Unsupported, ReadingError, ValueError):
                continue
            for turn in (0, 1):
                _compare(claim, position, normal, turn)


def _compare(claim: ReadClaim, position: int, normal: object, turn: int) -> None:
    side = claim.sides[position]
    sizes: dict[object, int] = {name: 2 + (i + turn) % 2 for i, name in enumerate(size_names(claim.computation))}
    setting = Setting({**sizes, **dict.fromkeys(claim.computation.last_steps, 2 + turn)}, dict.fromkeys(claim.computation.labels, (1, 2)))
    graph = Graph()
    unroller = Unroller(Unrolled(claim.computation, setting, graph=graph))
    ends = {name: (free.lower, free.upper) for name, free in claim.free.items()}
    assert side.tensor is not None and side.body is not None
    if any(low is None or high is None for low, high in ends.values()):
        return
    ranges = [range(low.value(setting), high.value(setting) + 1) for low, high in ends.values() if low is not None and high is not None]
    for free in product(*ranges):
        local = setting.copy()
        local.update(zip(ends, free, strict=True))
        if not all(c.holds(local) for c in claim.conditions):
            continue
        axes = [range(1, n.value(local) + 1) for n in side.tensor.rows + side.tensor.columns]
        for entry in islice(product(*axes), 3):
            here = local.copy()
            here.update(zip(side.variables, entry, strict=True))
            try:
                expected = unroller.value(side.body, here.copy())
                found = Enumerated(unroller).normal(normal, here.copy())  # type: ignore[arg-type]
            except (Undefined, Meaningless):
                continue
            screen = Screen(graph, 0)
            assert screen.probably_zero(graph.sub(expected, found)), (side.latex, free, entry)


@pytest.mark.parametrize(
    "claim",
    [
        r"\frac{\partial J}{\partial A} = \sum_{t=1}^{T} \frac{\partial J}{\partial a_t} s_{t-1}^\top",
        r"\frac{\partial J}{\partial A} = \sum_{k=0}^{T-1} \frac{\partial J}{\partial a_{k+1}} s_k^\top",
        r"\frac{\partial J}{\partial a_t} = (1 - s_t^2) \odot (s_t - g_t + A^\top \frac{\partial J}{\partial a_{t+1}})",
        r"\frac{\partial s_t}{\partial s_{t-1}} = \operatorname{diag}(1 - s_t^2) A",
        r"\frac{\partial s_{t+1}}{\partial s_{t-1}} = \operatorname{diag}(1 - s_{t+1}^2) A \operatorname{diag}(1 - s_t^2) A",
        r"\frac{\partial J}{\partial s_T} = s_T - g_T",
        r"\frac{\partial s_t}{\partial d} = \operatorname{diag}(1 - s_t^2) (I + A \frac{\partial s_{t-1}}{\partial d})",
        r"\frac{\partial J}{\partial s_k} = \sum_{t=k}^{T} \left(\frac{\partial s_t}{\partial s_k}\right)^\top (s_t - g_t)",
    ],
)
def test_what_the_field_writes_is_proved(claim: str) -> None:
    found = next(read(Row("", {**claims_recurrent.TANH_NET, "claim": claim}, "right")))
    proof = prove(found, 0, 1)
    assert proof is not None and proof.steps


SECOND_ORDER = {
    "given": [r"a_t = A s_{t-1} + C s_{t-2} + B u_t", r"s_t = \tanh(a_t)", r"J = \sum_{t=1}^{T} \ell(s_t)"],
    "shapes": {"A": "n×n", "B": "n×m", "C": "n×n", "u_t": "m", "a_t": "n", "s_t": "n", "J": "scalar"},
    "ranges": {"t": "1..T"},
    "functions": {r"\ell": "scalar"},
    "notation": {"product": "left"},
}


def test_jacobians_of_one_step_multiply_only_where_nothing_goes_past() -> None:
    """∂s_t/∂s_k is no product of one-step Jacobians where s_t depends on s_{t-2} too."""
    product_of = r"\frac{\partial s_t}{\partial s_k} = \prod_{j=k+1}^{t} \frac{\partial s_j}{\partial s_{j-1}}"
    first_order = {**SECOND_ORDER, "given": [r"a_t = A s_{t-1} + B u_t", *SECOND_ORDER["given"][1:]]}
    for model, proved in ((first_order, True), (SECOND_ORDER, False)):
        problem = {**model, "claim": product_of, "for": r"1 \le k \le t \le T"}
        found = [prove(claim, 0, 1) for claim in read(Row("", problem, ""))]
        assert any(found) == proved


LINEAR = {
    "given": [r"s_t = A s_{t-1} + B u_t", r"J = \sum_{t=1}^{T} \ell(s_t)"],
    "shapes": {"A": "n×n", "B": "n×m", "u_t": "m", "s_t": "n", "J": "scalar"},
    "ranges": {"t": "1..T"},
    "functions": {r"\ell": "scalar"},
}


@pytest.mark.parametrize(
    ("claim", "proved"),
    [
        (r"\frac{\partial J}{\partial s_k} = \sum_{t=k}^{T} (A^\top)^{t-k} \frac{\partial \ell(s_t)}{\partial s_t}", True),
        (r"\frac{\partial J}{\partial s_k} = \sum_{t=k}^{T} A^{t-k} \frac{\partial \ell(s_t)}{\partial s_t}", False),
        (r"\frac{\partial J}{\partial s_k} = \sum_{t=k+1}^{T} (A^\top)^{t-k} \frac{\partial \ell(s_t)}{\partial s_t}", False),
        (r"\frac{\partial J}{\partial s_k} = \sum_{t=k}^{T} (A^\top)^{t-k+1} \frac{\partial \ell(s_t)}{\partial s_t}", False),
    ],
)
def test_powers_of_a_linear_recurrence(claim: str, proved: bool) -> None:
    problem = {**LINEAR, "claim": claim, "for": r"1 \le k \le T"}
    found = [prove(each, 0, 1, ({}, {r"\frac{\partial \ell(s_{t})}{\partial s_{t}}": "total"})) for each in read(Row("", problem, ""))]
    assert any(found) == proved


@pytest.mark.parametrize(("weight", "verdict"), [("R_{if}", "proved"), ("R_{fi}", "refuted")])
def test_a_gate_that_enters_the_cell_of_its_step_and_all_gates_of_the_next(weight: str, verdict: str) -> None:
    """∂L/∂f_t unfolds into ∂L/∂c_t, which stays: by hand from the equations of the model, with R_{if} from the gate f to the gate i."""
    later = [
        rf"{matrix}^T ({gate}_{{t+1}} \odot (1 - {gate}_{{t+1}}) \odot \frac{{\partial L}}{{\partial {gate}_{{t+1}}}})"
        for matrix, gate in ((weight, "i"), ("R_{ff}", "f"), ("R_{of}", "o"))
    ]
    claim = rf"\frac{{\partial L}}{{\partial f_t}} = c_{{t-1}} \odot \frac{{\partial L}}{{\partial c_t}} + {' + '.join(later)}"
    assert judge(load_model("lstm-full-gates").problem(claim)).verdict == verdict
