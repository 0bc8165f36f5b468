"""Random recurrent models: adjoint system, reverse mode on the graph and SymPy agree."""

from __future__ import annotations

from random import Random

import pytest

from symbptt.problem import Given, Problem
from tests.gradients.support import read, setting
from tests.gradients.test_adjoint import check

COLUMN = {"W": "n×n", "U": "n×m", "V": "q×n", "b": "n", "x_t": "m", "h_t": "n", "g_t": "n", "o_t": "q", "y_t": "q"}
ROW = {"W": "n×n", "U": "m×n", "V": "n×q", "b": "1×n", "x_t": "1×m", "h_t": "1×n", "g_t": "1×n", "o_t": "1×q", "y_t": "1×q"}
ACTIVATIONS = (r"\tanh", r"\sigma", r"\operatorname{ReLU}", "f", r"\operatorname{LeakyReLU}", "s")
OUTPUTS = ("h_t", r"\sum_{k=1}^{t} h_k", r"(h_t + h_{t-1})", r"(h_t \odot h_t)", r"(\sum_{k=1}^{T} h_k \odot h_t)")
LOSSES = (
    r"\frac{1}{2} \sum_{t=1}^{T} \sum_k (o_{t,k} - y_{t,k})^2",
    r"\frac{1}{T} \sum_{t=1}^{T} \sum_k (o_{t,k} - y_{t,k})^3",
    r"\sum_k o_{T,k} y_{T,k}",
    r"\prod_{t=1}^{T} \sum_k o_{t,k} y_{t,k}",
    r"\sum_{t=1}^{T} \sum_{j=1}^{t} \sum_k o_{t,k} y_{j,k}",
)


def random_problem(chance: Random) -> Problem:
    """A cell with gates, skips, shared weights and an output, drawn at random, in columns or in rows."""
    row = chance.random() < 0.5

    def times(weight: str, vector: str) -> str:
        return f"{vector} {weight}" if row else f"{weight} {vector}"

    def pre(state: str) -> str:
        terms = [times("W", state), times("U", "x_t")]
        terms += chance.sample(["b", "h_{t-2}", times("W", times("W", "h_{t-1}")), r"h_{t-1} \odot h_{t-2}"], chance.randint(0, 2))
        return " + ".join(terms)

    act, other = chance.choice(ACTIVATIONS), chance.choice(ACTIVATIONS)
    cell, gated = f"{act}({pre('h_{t-1}')})", chance.random() < 0.4
    given = []
    if gated:
        given.append(f"g_t = {other}({pre('h_{t-1}')})")
        cell = rf"g_t \odot h_{{t-1}} + (1 - g_t) \odot {cell}"
    tied = chance.random() < 0.3
    out = times(r"W^T" if tied else "V", chance.choice(OUTPUTS))
    given += [f"h_t = {cell}", f"o_t = {chance.choice((out, f'{other}({out})'))}", f"L = {chance.choice(LOSSES)}"]
    size = ROW if row else COLUMN
    shapes = dict(size) | ({"o_t": size["h_t"], "y_t": size["h_t"]} if tied else {}) | {"L": "scalar"}
    return Problem(
        "x = x",
        given=tuple(map(Given, given)),
        shapes=shapes if gated else {k: v for k, v in shapes.items() if k != "g_t"},
        ranges={"t": "1..T"},
        functions={"f": "elementwise", "s": r"s(u) = u^2 - \frac{u}{1 + e^{-u}}"},
        notation={"juxtaposition": "matrix", "transpose": ["T"], "subscript": ["step", "component"]},
    )


@pytest.mark.parametrize("seed", range(40))
def test_three_ways_agree_on_a_random_model(seed: int) -> None:
    chance = Random(seed)
    problem = random_problem(chance)
    computation = read(problem)
    steps = chance.randint(1, 3)
    check(computation, "L", setting(computation, steps, (2, 3, 4) if steps == 1 else (2, 3, 2)), (6, 3, 0)[steps - 1], seed)
