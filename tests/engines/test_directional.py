"""The screen on whole arrays against the scalar screen, claims of known truth, and its own arithmetic."""

from __future__ import annotations

from collections import Counter
from random import Random
from typing import Any

import numpy as np
import pytest

from benchmarks.campaign.numbers import Forward
from benchmarks.campaign.truth import truth
from benchmarks.checking import asked, first_reading
from benchmarks.soundness import claims_of, problem_of
from symbptt.engines.directional import ERROR, NoArrays, Run, screen
from symbptt.engines.residues import Array, Residues
from symbptt.trial import Trial
from symbptt.unrolled import Meaningless, Setting, TooLarge, Undefined

SHAPES = {
    "z_t": "n",
    "h_t": "n",
    "x_t": "m",
    "o_t": "q",
    "p_t": "q",
    "y_t": "q",
    "W": "n×n",
    "U": "n×m",
    "V": "q×n",
    "b": "n",
    "L": "scalar",
}
NET: dict[str, Any] = {
    "given": [
        "z_t = W h_{t-1} + U x_t + b",
        r"h_t = \tanh(z_t)",
        "o_t = V h_t",
        r"p_t = \operatorname{softmax}(o_t)",
        r"L = -\sum_{t=1}^{T} \sum_k y_{t,k} \ln p_{t,k}",
        r"\delta_t = \frac{\partial L}{\partial z_t}",
    ],
    "shapes": SHAPES,
    "ranges": {"t": "1..T"},
    "assume": [r"\sum_k y_{t,k} = 1"],
    "notation": {"product": "left"},
}
INSIDE, BEFORE = r"1 \le t < T", r"1 \le k < t, t \le T"
#: Claim, range, whether it is right.
ROWS = [
    (r"\frac{\partial L}{\partial W} = \sum_{t=1}^{T} \delta_t h_{t-1}^\top", "", True),
    (r"\frac{\partial L}{\partial W} = \sum_{t=1}^{T} \delta_t h_t^\top", "", False),
    (r"\frac{\partial L}{\partial W} = \sum_{t=2}^{T} \delta_t h_{t-1}^\top", "", False),
    (r"\frac{\partial L}{\partial W} = \sum_{t=1}^{T} h_{t-1} \delta_t^\top", "", False),
    (r"\frac{\partial L}{\partial U} = \sum_{t=1}^{T} (\frac{\partial L}{\partial h_t} \odot (1 - h_t^2)) x_t^\top", "", True),
    (r"\frac{\partial L}{\partial U} = \sum_{t=1}^{T} (\frac{\partial L}{\partial h_t} \odot (1 - h_t)) x_t^\top", "", False),
    (r"\frac{\partial L}{\partial V} = \sum_{t=1}^{T} (p_t - y_t) h_t^\top", "", True),
    (r"\frac{\partial L}{\partial V} = \sum_{t=1}^{T} (y_t - p_t) h_t^\top", "", False),
    (r"\frac{\partial L}{\partial b} = \sum_{t=1}^{T} \delta_t", "", True),
    (r"\frac{\partial L}{\partial b} = \sum_{t=1}^{T} \frac{1}{2} \delta_t", "", False),
    (r"\frac{\partial L}{\partial o_t} = p_t - y_t", r"1 \le t \le T", True),
    (r"\frac{\partial L}{\partial o_t} = p_t - 2 y_t", r"1 \le t \le T", False),
    (r"\delta_t = (W^\top \delta_{t+1} + V^\top (p_t - y_t)) \odot (1 - h_t^2)", INSIDE, True),
    (r"\delta_t = (W \delta_{t+1} + V^\top (p_t - y_t)) \odot (1 - h_t^2)", INSIDE, False),
    (r"\delta_t = (W^\top \delta_{t+1} + V^\top (p_t - y_t)) \odot (1 - h_{t+1}^2)", INSIDE, False),
    (r"\delta_T = (V^\top (p_T - y_T)) \odot \tanh'(z_T)", "", True),
    (r"\delta_T = V^\top (p_T - y_T)", "", False),
    (r"\frac{\partial h_t}{\partial h_{t-1}} = \operatorname{diag}(1 - h_t^2) W", r"1 \le t \le T", True),
    (r"\frac{\partial h_t}{\partial h_{t-1}} = \operatorname{diag}(1 - h_t^2) W^\top", r"1 \le t \le T", False),
    (r"\frac{\partial h_t}{\partial h_k} = \prod_{j=k+1}^{t} \operatorname{diag}(1 - h_j^2) W", BEFORE, True),
    (r"\frac{\partial h_t}{\partial h_k} = \prod_{j=k}^{t} \operatorname{diag}(1 - h_j^2) W", BEFORE, False),
    (r"\frac{\partial L}{\partial h_0} = W^\top \delta_1", "", True),
    (r"\frac{\partial L}{\partial h_0} = W^\top \delta_2", "", False),
]


@pytest.mark.parametrize(("claim", "when", "right"), ROWS)
def test_claims_about_a_recurrent_net(claim: str, when: str, right: bool) -> None:
    problem = {**NET, "claim": claim, **({"for": when} if when else {})}
    for seed, (last, n) in enumerate([(2, 3), (5, 2)]):
        answer = screen(asked(first_reading(problem), {"n": n, "m": n + 1, "q": n + 2, "T": last}), seed)
        assert answer.equal is right
        assert answer.instances >= 1
        assert answer.error < 1e-15


def test_many_steps_and_large_sizes() -> None:
    for claim, when, right in (ROWS[0], ROWS[1], ROWS[12], ROWS[13]):
        problem = {**NET, "claim": claim, **({"for": when} if when else {})}
        answer = screen(asked(first_reading(problem), {"n": 70, "m": 20, "q": 10, "T": 200}))
        assert answer.equal is right
        assert answer.error < 1e-9


class Counted(Residues):
    """Residues that count how many of them are reduced."""

    entries = 0

    def reduced(self, x: Array) -> Array:
        self.entries += x.size
        return super().reduced(x)


@pytest.mark.parametrize(("claim", "when"), [ROWS[0][:2], ROWS[6][:2], ROWS[12][:2]])
def test_ten_times_the_steps_are_at_most_eleven_times_the_work(claim: str, when: str) -> None:
    found: list[tuple[int, int]] = []
    for last in (20, 200):
        question = asked(first_reading({**NET, "claim": claim, **({"for": when} if when else {})}), {"n": 5, "m": 3, "q": 4, "T": last})
        run = Run(question.computation, question.values, 0, 3)
        run.residues = run.tape.residues = Counted(3, 0)
        assert run.compare(question).equal
        found.append((run.tape.count, run.residues.entries))
    (nodes, entries), (more_nodes, more_entries) = found
    assert nodes < more_nodes <= 11 * nodes
    assert entries < more_entries <= 11 * entries


@pytest.mark.parametrize(
    ("first", "slope", "recorded", "right"),
    [
        ("W h_{t-1} + U x_t + b", "", True, True),
        ("2 W h_{t-1} + U x_t + b", "2", True, True),
        ("2 W h_{t-1} + U x_t + b", "3", True, False),
        ("t W h_{t-1} + U x_t + b", "t", False, True),
        ("t W h_{t-1} + U x_t + b", "", False, False),
    ],
)
def test_a_step_is_made_again_only_where_all_steps_are_alike(first: str, slope: str, recorded: bool, right: bool) -> None:
    given = [f"z_t = {first}", *NET["given"][1:]]
    claim = rf"\frac{{\partial h_t}}{{\partial h_{{t-1}}}} = {slope} \operatorname{{diag}}(1 - h_t^2) W"
    question = asked(first_reading({**NET, "given": given, "claim": claim, "for": r"1 \le t \le T"}), {"n": 3, "m": 2, "q": 4, "T": 7})
    run = Run(question.computation, question.values, 0, 3)
    assert run.compare(question).equal is right
    run.member("h_{t}", (7,))
    assert ("z_{t}" in run._plans) is recorded


def test_more_steps_are_asked_of_more_primes() -> None:
    question = asked(first_reading({**NET, "claim": ROWS[8][0]}), {"n": 2, "m": 1, "q": 2, "T": 60})
    assert screen(question, primes=1).error < ERROR
    assert Run(question.computation, question.values, 0, 1).compare(question).error > ERROR


def agreement(number: int) -> Counter[str]:
    """Both screens on the claims of one random model: what the chain rule gives is equal for both, what differs for one for the other.

    Only where it takes more than the chain rule, σ'(−x) = σ'(x), the scalar screen sees more.
    """
    found: Counter[str] = Counter()
    for net, _, change, made in claims_of(5, number):
        problem = problem_of(net, made)
        try:
            claim = first_reading(problem)
            letters = {a for f in claim.computation.families.values() for axis in f.axes for a in axis.atoms() if isinstance(a, str)}
            sizes = dict(zip(sorted(letters - set(claim.computation.last_steps)), (2, 3, 4), strict=False))
            values = {**sizes, **dict.fromkeys(claim.computation.last_steps, 3)}
            answer = screen(asked(claim, values), number)
        except (NoArrays, StopIteration):
            found["unsupported"] += 1
            continue
        try:
            trial = Trial(claim, Setting(values))
            scalar = trial.probably_equal(trial.side(0), trial.side(1)) if trial.instances and not trial.skipped else None
        except (Meaningless, TooLarge, Undefined):
            scalar = None
        if scalar is not None:
            assert scalar or not answer.equal, problem
            found["equal" if answer.equal else "only scalar" if scalar else "different"] += 1
        if not change and truth(net.model, made[0], Forward, number) == "true":
            assert answer.equal, problem
    return found


def test_it_agrees_with_the_scalar_screen_on_random_models() -> None:
    found = sum((agreement(number) for number in range(45)), Counter())
    assert found["equal"] >= 20
    assert found["different"] >= 20
    assert found["only scalar"] <= 2


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ([r"h_t = \operatorname{softplus}(W h_{t-1})", "L = \\sum_{t=1}^{T} \\sum_k h_{t,k}"], "softplus"),
        (["h_t = W h_{t-1}", "L = \\sum_{t=1}^{T} \\sum_k \\frac{1}{h_{t,k}}"], "power"),
        ([r"h_t = \tanh(W h_{t-1})", "L = \\sum_{t=1}^{T} \\sum_k \\ln h_{t,k}"], "logarithm"),
    ],
)
def test_what_it_does_not_know_it_says(given: list[str], reason: str) -> None:
    problem = {"given": given, "shapes": {"h_t": "n", "W": "n×n", "L": "scalar"}, "ranges": {"t": "1..T"}}
    claim = first_reading(
        {**problem, "claim": r"\frac{\partial L}{\partial W} = \sum_{t=1}^{T} \frac{\partial L}{\partial h_t} h_{t-1}^\top"}
    )
    with pytest.raises(NoArrays, match=reason):
        screen(asked(claim, {"n": 2, "T": 2}))


def test_products_of_residues_are_exact() -> None:
    residues = Residues(3, 1)
    random = np.random.default_rng(2)
    chance = Random(3)
    for _ in range(5):
        i, j, k = (chance.randint(1, 200) for _ in range(3))
        a, b = (np.floor(random.uniform(-(2**23), 2**23, (3, *shape))) for shape in ((i, j), (j, k)))
        found = residues.times(a.copy(), ("i", "j"), b.copy(), ("j", "k"), ("k", "i"))
        for p, left, right, got in zip(residues.primes, a, b, found, strict=True):
            exact = (left.astype(int).astype(object) @ right.astype(int).astype(object)) % p
            assert (got.T.astype(int) % p == exact).all()


def test_equal_arguments_get_equal_values_and_others_do_not() -> None:
    residues = Residues(3, 1)
    x = residues.random((4, 5))
    moved = np.where(x < 0, x + np.array(residues.primes).reshape(-1, 1, 1), x)
    assert (residues.hashed(x, 7) == residues.hashed(moved, 7)).all()
    assert not (residues.hashed(x, 7) == residues.hashed(x, 8)).any()
    x[0, 0, 0] += 1
    assert (residues.hashed(x, 7) == residues.hashed(moved, 7)).sum() == 3 * 19
