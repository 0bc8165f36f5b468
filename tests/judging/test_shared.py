"""What claims about one model share changes no verdict: each is judged as if it were the only one, whatever came before it."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest

from symbptt.index import Computation
from symbptt.judge import judge
from symbptt.problem import Problem
from symbptt.unrolled import Model, Setting, shelf

NET: dict[str, Any] = {
    "given": (
        "a_t = W h_{t-1} + U x_t",
        "h_t = \\tanh(a_t)",
        "s_t = V h_t",
        "E_t = \\ell(s_t, d_t)",
        "L = \\sum_{t=1}^{T} E_t",
        "\\delta_t = \\frac{\\partial L}{\\partial a_t}",
        "r_t = h_t \\odot r_{t+1}",
    ),
    "shapes": {"h_t": "n", "x_t": "m", "s_t": "q", "d_t": "q", "W": "n×n", "U": "n×m", "V": "q×n", "r_t": "n"},
    "ranges": {"t": "1..T"},
    "functions": {"\\ell": "scalar"},
}
#: Claims that meet what is no part of the model (steps below and above the range, immediate derivatives), and what could profit from it.
OF_NET = (
    "\\delta_t = W^T \\delta_{t+1} \\odot (1 - h_{t+1}^2) + V^T \\frac{\\partial E_t}{\\partial s_t}",
    "\\frac{\\partial L}{\\partial h_{-1}} = W^T \\delta_0",
    "h_{-1} = h_{-1} + \\frac{\\partial L}{\\partial h_0} - W^T \\delta_1",
    "\\frac{\\partial L}{\\partial h_{-1}} = 0",
    "\\frac{\\partial L}{\\partial h_0} = W^T \\delta_1",
    "\\frac{\\partial h_t}{\\partial h_{t-1}} = \\mathrm{diag}(1 - h_t^2) W",
    "\\frac{\\partial h_t}{\\partial W} = \\frac{\\partial h_t}{\\partial a_t} \\frac{\\partial a_t}{\\partial W}",
    "\\frac{\\partial L}{\\partial W} = \\sum_{t=1}^{T} \\delta_t h_{t-1}^T",
    "\\frac{\\partial L}{\\partial W} = \\sum_{t=1}^{T} \\delta_t h_t^T",
    "\\frac{\\partial L}{\\partial r_{T+1}} = 0",
    "r_T = h_T \\odot r_{T+1}",
    "\\frac{\\partial r_t}{\\partial r_{t+1}} = \\mathrm{diag}(h_t)",
    "\\delta_{t} = \\frac{\\partial E_t}{\\partial a_t}",
    "\\frac{\\partial L}{\\partial x_t} = U^T \\delta_t",
    "\\frac{\\partial L}{\\partial x_0} = U^T \\delta_0",
)
HELD: dict[str, Any] = {
    "given": ("z_1 = W x", "h_1 = f(z_1)", "z_2 = W h_1", "h_2 = f(z_2)", "L = g(h_2)", "p = \\frac{\\partial^+ z_2}{\\partial W}"),
    "shapes": {"x": "scalar", "W": "scalar", "L": "scalar"},
    "functions": {"f": "elementwise", "g": "scalar"},
}
OF_HELD = (
    "p = h_1",
    "\\frac{\\partial L}{\\partial W} = \\frac{\\partial L}{\\partial z_2} h_1 + \\frac{\\partial L}{\\partial z_1} x",
    "\\frac{\\partial L}{\\partial W} = \\frac{\\partial L}{\\partial z_2} p + \\frac{\\partial L}{\\partial z_1} x",
    "\\frac{\\partial L}{\\partial W} = \\frac{\\partial L}{\\partial z_2} p",
)


def problems(model: Mapping[str, Any], claims: Sequence[str]) -> list[Problem]:
    return [Problem(claim=claim, **model) for claim in claims]


def told(problem: Problem) -> object:
    return replace(judge(problem), seconds=0.0)


@pytest.mark.parametrize(("model", "claims"), [(NET, OF_NET), (HELD, OF_HELD)], ids=["net", "held"])
def test_a_claim_is_judged_as_if_it_were_the_only_one(model: Mapping[str, Any], claims: Sequence[str]) -> None:
    alone = {}
    for problem in problems(model, claims):
        shelf.cache_clear()
        alone[problem.claim] = told(problem)
    for seed in (1, 2, 3):
        order = problems(model, claims)
        random.Random(seed).shuffle(order)
        shelf.cache_clear()
        for problem in order:
            assert told(problem) == alone[problem.claim], (seed, problem.claim)


def test_what_is_kept_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    computation = Computation({}, {}, {}, ("T",), {})
    kept = shelf(Model(computation))
    first = kept.take(Setting({"T": 1}))
    assert kept.take(Setting({"T": 1})) is first and kept.take(Setting({"T": 2})) is not first
    monkeypatch.setattr("symbptt.unrolled.MOST_KEPT", 1)
    assert kept.take(Setting({"T": 1})) is not first
