"""The mutation test on a seeded sample (`python -m benchmarks.mutations` runs it in full), and the mutators' own tests."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from random import Random

import pytest

from benchmarks.mutate import MISTAKES, REWRITINGS, Change, names_of
from benchmarks.mutations import Mutant, assumption_holds, described, is_within_reach, mutants_of, rates, right_problems, run, safe_truth
from symbptt.judge import judge
from symbptt.latex.printer import to_latex
from symbptt.problem import Problem
from symbptt.reading.declare import parse_problem

DERIVATIONS = str(Path(__file__).parent.parent / "derivations")
#: Truths whose false verdicts are known and not mended yet.
OPEN: tuple[str, ...] = ()
CELL = Problem(
    id="cell",
    given=("h = \\tanh(W x)", "L = \\sum_k h_k^2", "D = \\sum_{t=1}^{T} (c_t)^2"),
    shapes={"x": "m", "h": "n", "W": "n×m", "L": "scalar", "D": "scalar", "c_t": "scalar"},
    ranges={"t": "1..T"},
    claim="\\frac{\\partial L}{\\partial x_j} = \\sum_k 2 h_k (1 - h_k^2) W_{kj}",
)


@cache
def sources() -> tuple[Problem, ...]:
    """The right formulas of the derivations that the evaluation here knows, and one that has 1 − h²."""
    return (*filter(is_within_reach, right_problems(DERIVATIONS)), CELL)


def with_claim(problem_id: str, marker: str, claim: str) -> Problem:
    """The problem of a document whose claim holds `marker`, with another claim."""
    found = [p for p in sources() if p.id.startswith(problem_id) and marker in p.claim]
    return replace(found[0], claim=claim)


def changed(change: Change, problem: Problem) -> Iterator[str]:
    parsed = parse_problem(problem)
    for formula in parsed.claim[:1]:
        yield from map(to_latex, change(formula, names_of(parsed)))


@pytest.mark.parametrize("name", MISTAKES)
def test_every_mistake_is_made_and_changes_the_formula(name: str) -> None:
    made = [(p, text) for p in sources() for text in changed(MISTAKES[name], p)]
    assert made
    for problem, text in made:
        assert text != to_latex(parse_problem(problem).claim[0])


@pytest.mark.parametrize("name", REWRITINGS)
def test_no_rewriting_changes_the_formula(name: str) -> None:
    found = [replace(p, claim=text) for p in sources() for text in changed(REWRITINGS[name], p)]
    assert found
    for problem in Random(f"0 {name}").sample(found, min(3, len(found))):
        assert safe_truth(problem).truth in ("equal", "unclear"), problem.claim


@pytest.mark.parametrize(
    ("claim", "truth"),
    [
        ("\\frac{\\partial L}{\\partial x_j} = \\sum_k 2 h_k (1 - h_k^2) W_{kj}", "equal"),
        ("\\frac{\\partial L}{\\partial x_j} = \\sum_k 2 h_k (1 - h_k) W_{kj}", "differs"),
        ("\\frac{\\partial L}{\\partial x} = 2 W^T (h \\odot (1 - h \\odot h))", "equal"),
        ("\\frac{\\partial L}{\\partial x} = 2 W (h \\odot (1 - h \\odot h))", "clash"),
        ("\\frac{\\partial D}{\\partial c_t} = 2 c_t", "equal"),
        ("\\frac{\\partial D}{\\partial c_t} = 2 c_{t-1}", "differs"),
        ("\\frac{\\partial D}{\\partial c_t} = 2 c_{t+T}", "nothing"),
    ],
)
def test_the_truth_is_known(claim: str, truth: str) -> None:
    assert safe_truth(replace(CELL, claim=claim)).truth == truth


def test_every_right_formula_is_equal() -> None:
    assert len(sources()) >= 100
    chosen = Random(0).sample(sources(), 25)
    truths = [safe_truth(problem).truth for problem in chosen]
    assert not [problem.claim for problem, truth in zip(chosen, truths, strict=True) if truth not in ("equal", "unclear")]
    assert truths.count("equal") >= 23


def test_assumptions_are_checked() -> None:
    claim = with_claim("softmax", "V", "\\frac{\\partial L_t}{\\partial z_{t,k}} = \\hat{y}_{t,k} - y_{t,k}")
    assert safe_truth(claim).truth == "differs"
    assert assumption_holds(claim, ["\\sum_k y_t[k] = 1"])
    assert assumption_holds(claim, ["y_t is one-hot"])
    assert not assumption_holds(replace(claim, claim=claim.claim.replace("- y", "+ y")), ["y_t is one-hot"])
    assert assumption_holds(claim, ["the moon is full"]) is None


def test_a_sample_of_mutants_gets_no_false_verdict() -> None:
    chosen = Random(3).sample(sources(), 30)
    mutants: list[Mutant] = [m for problem in chosen for m in mutants_of(problem, per=1, seed=3)]
    results = run(Random(3).sample(mutants, 90), jobs=2, timeout=20)
    assert not [described(r) for r in results if r.false and r.judged.truth not in OPEN]
    found = rates(results)
    assert found.wrong >= 40
    assert found.equal >= 8
    assert found.refuted_share >= 0.9
    assert found.verified_share >= 0.9


@pytest.mark.parametrize(
    "claim",
    [
        "\\frac{\\partial C}{\\partial W} = \\frac{\\partial C}{\\partial z^{1,3}} * \\frac{\\partial z^{1,3}}{\\partial W}"
        " - \\frac{\\partial C}{\\partial z^{1,2}} * \\frac{\\partial z^{1,2}}{\\partial W}",
        "\\frac{\\partial C}{\\partial W} = \\frac{\\partial C}{\\partial z^{1,3}} * \\frac{\\partial z^{1,3}}{\\partial W}"
        " + \\frac{\\partial C}{\\partial z^{1,2}}",
    ],
)
def test_a_wrong_term_is_not_read_as_zero(claim: str) -> None:
    problem = with_claim("siso-three-steps", "partial W", claim)
    assert safe_truth(problem).truth == "hollow"
    assert judge(problem).verdict not in ("verified", "conditional")


def test_jacobians_that_do_not_fit_are_not_verified() -> None:
    claim = "\\delta^{1,3} = \\frac{\\partial z^{o,3}}{\\partial z^{1,3}} * \\frac{\\partial c^3}{\\partial z^{o,3}}"
    problem = with_claim("simo-three-steps", "\\delta^{1,3}", claim)
    assert judge(problem).verdict != "verified"


def test_a_stated_layout_is_not_departed_from() -> None:
    claim = "\\nabla_y C = \\left( \\frac{\\partial C}{\\partial y} \\right)^T"
    assert judge(with_claim("mlp.md", "nabla", claim)).verdict == "refuted"
