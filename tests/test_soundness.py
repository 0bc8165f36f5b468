"""The soundness campaign on a seeded sample, and the tests of its own truth: three ways to compute it, right claims and twins."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest
import sympy

from benchmarks.campaign import terms as tm
from benchmarks.campaign.changes import RULES, everywhere
from benchmarks.campaign.claims import problem_of
from benchmarks.campaign.nets import feed_forward, layered, recurrent
from benchmarks.campaign.numbers import Array, Forward, Smooth
from benchmarks.campaign.truth import Point, truth
from benchmarks.soundness import Case, assessed, claims_of, decided_loosely, holds_if, main
from symbptt.judge import judge
from symbptt.problem import Problem

FORWARD = (Forward,)


class Symbolic:
    """SymPy: derivatives by `sympy.diff` at symbols that are then replaced by numbers."""

    def __init__(self, smooth: dict[str, Smooth]) -> None:
        self.smooth = smooth

    def const(self, value: Array) -> sympy.Matrix:
        return sympy.Matrix(value.tolist())

    def number(self, x: sympy.Matrix) -> Array:
        return np.array(x.evalf(30).tolist(), dtype=float)

    def _one(self, a: Any, b: Any) -> tuple[Any, Any]:
        wide = lambda x, y: x[0, 0] * sympy.ones(*y.shape) if x.shape == (1, 1) else x  # noqa: E731
        return wide(a, b), wide(b, a)

    def add(self, a: Any, b: Any) -> Any:
        a, b = self._one(a, b)
        return a + b

    def times(self, a: Any, b: Any) -> Any:
        return sympy.matrix_multiply_elementwise(*self._one(a, b))

    def matmul(self, a: Any, b: Any) -> Any:
        return a * b

    def transpose(self, a: Any) -> Any:
        return a.T

    def diag(self, a: Any) -> Any:
        return sympy.diag(*a)

    def total(self, a: Any) -> Any:
        return sympy.Matrix([[sum(a)]])

    def pick(self, a: Any, i: int, j: int) -> Any:
        return a[i : i + 1, j : j + 1]

    def softmax(self, a: Any) -> Any:
        e = a.applyfunc(sympy.exp)
        return e / sum(e)

    def apply(self, name: str, order: int, a: Any) -> Any:
        u = sympy.Symbol("u")
        known = {r"\tanh": sympy.tanh(u), r"\sigma": 1 / (1 + sympy.exp(-u)), r"\exp": sympy.exp(u), r"\ln": sympy.log(u)}
        if name in self.smooth:
            c = self.smooth[name]
            known[name] = c[0] * sympy.sin(c[1] * u + c[2]) + c[3] * sympy.exp(-(u**2) / 4) + c[4] * sympy.tanh(2 * u) + u / 3
        rule = sympy.diff(known[name], u, order) if order else known[name]
        return a.applyfunc(lambda x: rule.subs(u, x))

    def jacobian(self, run: Callable[[Any], Any], at: Array) -> Array:
        symbols = sympy.Matrix(*at.shape, lambda i, j: sympy.Symbol(f"x{i}_{j}"))
        value = run(symbols)
        here = dict(zip(symbols, at.ravel(), strict=True))
        found = [[sympy.diff(y, s).subs(here).evalf(30) for s in symbols] for y in value]
        return np.array(found, dtype=float).reshape(*value.shape, *at.shape)


def sample(seed: int, count: int) -> Iterator[tuple[Any, str, str, Any]]:
    for number in range(count):
        yield from claims_of(seed, number)


def test_a_seeded_sample_has_no_false_verdict() -> None:
    counts: Counter[tuple[str, str]] = Counter()
    for place, (net, kind, change, made) in enumerate(sample(2, 15)):
        problem = problem_of(net, made)
        case = Case(place, kind, change, problem, decided_loosely(net, made, FORWARD, place))
        verdict = judge(Problem.from_dict(dict(problem)))
        counts[verdict.verdict, case.truth] += 1
        if verdict.verdict != "conditional":
            assert assessed(case, verdict, 2, "forward").startswith("(") or not assessed(case, verdict, 2, "forward"), problem
    assert counts["proved", "true"] >= 10 and counts["proved", "true"] + counts["verified", "true"] >= 12
    assert counts["refuted", "false"] >= 12
    assert not counts["verified", "false"] and not counts["refuted", "true"]


def test_what_the_chain_rule_gives_is_true() -> None:
    found = Counter(truth(net.model, made[0], Forward, k) for k, (net, _, change, made) in enumerate(sample(3, 60)) if not change)
    assert found["true"] >= 55
    assert found["clash"] == found["unbound"] == 0


def test_sympy_agrees_at_small_sizes() -> None:
    compared: Counter[str] = Counter()
    for net, _, _, made in sample(4, 40):
        functions = {e.name for _, body in net.model.equations.values() for e in tm.walk(body) if isinstance(e, tm.Fun)}
        long = len(net.model.equations) > 4 or len(tm.latex(made[0].right)) > 90
        if long or r"\operatorname{ReLU}" in functions or (compared["true"] >= 2 and compared["false"] >= 2):
            continue
        answers = {truth(net.model, made[0], way, 1, (1,), sizes=(1, 2, 3)) for way in (Forward, Symbolic)}
        assert len(answers) == 1, (answers, problem_of(net, made)["claim"])
        compared[answers.pop()] += 1
    assert compared["true"] >= 2 and compared["false"] >= 2, compared


@pytest.mark.parametrize("make", [recurrent, layered, feed_forward])
def test_forward_derivatives_are_those_of_differences(make: Any) -> None:
    """∂loss/∂(every parameter) against central differences of the loss itself."""
    step = 1e-6
    for seed in range(4):
        net = make(Random(seed))
        if any(v.slot for v in net.parameters):
            net = replace(net, parameters=())
        smooth = dict.fromkeys(net.model.smooth, (0.5, 1.1, 0.3, 0.7, 0.9))
        sizes = {s.name: k for k, s in enumerate(dict.fromkeys(s for v in (*net.free, *net.states) for s in v.shape if s.name), 2)}
        for wrt in net.parameters[:3]:
            point = Point(net.model, Forward(smooth), 3, sizes, seed)
            found = point.derivative(tm.D(net.loss, wrt), {}, False)
            value = point.free(wrt, None, {})
            for place in np.ndindex(*value.shape):
                ends = []
                for h in (step, -step):
                    moved = Point(net.model, Forward(smooth), 3, sizes, seed)
                    moved._free = {k: v.copy() for k, v in point._free.items()}
                    moved._free[wrt.name, None][place] += h
                    moved.base._known.clear()
                    ends.append(float(moved.base.value(net.loss, moved.steps).value[0, 0]))
                assert found[place] == pytest.approx((ends[0] - ends[1]) / (2 * step), rel=1e-4, abs=1e-6)


def test_every_change_is_made_somewhere() -> None:
    missing = set(RULES)
    for net, _, change, made in sample(5, 40):
        if not change:
            missing -= {name for name in missing if any(True for _ in everywhere(made[0].right, RULES[name], net))}
    assert not missing


def test_an_assumption_is_checked() -> None:
    for number in range(1000):
        for net, kind, change, made in claims_of(6, number):
            claim = made[0]
            shown = isinstance(claim.right, tm.Add) and len(claim.right.terms) == 2 and not claim.components
            shown = shown and not any(isinstance(node, tm.SumOver) for node in tm.walk(claim.right))
            plain = not (change or net.model.targets or net.model.ends)
            if kind == "softmax" and plain and shown and truth(net.model, claim, Forward, 1) == "false":
                target = net.softmax[2].name if net.softmax else ""
                case = Case(number, kind, change, problem_of(net, made), "false")
                assert holds_if(case, [rf"\sum_k {target}[k] = 1"], 6, "forward")
                assert holds_if(case, [rf"\sum_k {target}[k] = 1; f is tanh"], 6, "forward")
                assert holds_if(case, ["f is tanh"], 6, "forward") is False
                assert holds_if(case, ["the moon is full"], 6, "forward") is None
                return
    pytest.fail("no such claim")


def test_a_kink_is_asked_at_many_points() -> None:
    """With all ReLUs on, as at most points of a residual net, Jacobians commute: the wrong order is not seen at a few points."""
    for net, kind, change, made in claims_of(101, 65):
        if (kind, change) == ("product", "order"):
            assert truth(net.model, made[0], Forward, 101 * 1000 + 65) == "false"
            return
    pytest.fail("no such claim")


def test_what_cannot_be_told_of_another_reading_is_no_clash() -> None:
    """The loss overflows where a state grows: ∂L/∂u as a row may make the claim true, so it is not said that its shapes do not fit."""
    answers = {
        change: decided_loosely(net, made, FORWARD, 103 * 1000 + 788)
        for net, kind, change, made in claims_of(103, 788)
        if kind == "recursion" and change in ("", "transpose")
    }
    assert answers == {"": "between", "transpose": "between"}


def test_letters_that_a_sum_binds_are_not_open() -> None:
    x = tm.Var("x", tm.SCALAR, tm.Slot("t"))
    assert tm.open_letters(tm.Sum("t", tm.Slot("", 1), tm.Slot("T"), x)) == {"T"}
    assert tm.open_letters(x) == {"t"}


def test_the_table_of_several_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    row = {"verdict": "proved", "truth": "true", "false": "", "message": "equal", "kind": "", "change": ""}
    bad = {**row, "truth": "false", "false": "proved, although it is `false`"}
    files = [tmp_path / "a.jsonl", tmp_path / "b.jsonl"]
    for file, seed, rows in zip(files, (1, 2), ([row, row], [row, bad]), strict=True):
        file.write_text(json.dumps({"seed": seed, "case": 0, "rows": rows}) + "\n", encoding="utf-8")
    assert main(["--table", str(files[0])]) == 0
    assert "2 claims, 0 unknown" in capsys.readouterr().out
    assert main(["--table", *map(str, files), "--false", str(tmp_path / "false")]) == 1
    assert "| proved | 1 | 3 | 4 |" in capsys.readouterr().out
    assert [file.name for file in (tmp_path / "false").iterdir()] == ["2-0.json"]
