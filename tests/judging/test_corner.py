"""Claims at sizes that are too large for a general point: refuted where most entries are 0, and only where they are false there."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest

import symbptt
from symbptt.corner import corner_of
from symbptt.judge import read_anew
from symbptt.problem import Problem
from symbptt.verdict import Verdict

Arrays = dict[str, np.ndarray[Any, np.dtype[np.float64]]]
SIZES = {"x": (784,), "W_{1}": (128, 784), "b_{1}": (128,), "W_{2}": (10, 128), "b_{2}": (10,), "y": (10,)}
ENTRY = re.compile(r"(.+)\[([\d,]+)\]")


def network(claim: str, activation: str = r"\sigma", loss: str = r"L = \frac{1}{2} \|z_2 - y\|^2", **more: Any) -> dict[str, Any]:
    """A network of two layers for pictures of 28 × 28 pixels."""
    given = [r"z_1 = W_1 x + b_1", rf"a_1 = {activation}(z_1)", r"z_2 = W_2 a_1 + b_2", loss, *more.pop("given", [])]
    shapes = {"x": "784", "W_1": "128×784", "b_1": "128", "W_2": "10×128", "b_2": "10", "y": "10", **more.pop("shapes", {})}
    return {"given": given, "shapes": shapes, "claim": claim, **more}


def point(verdict: Verdict) -> Arrays:
    """The whole point of a counterexample: 0 where nothing is shown."""
    found = {name: np.zeros(size) for name, size in SIZES.items()}
    assert verdict.counterexample is not None
    for key, value in verdict.counterexample.values.items():
        entry = ENTRY.fullmatch(key)
        assert entry is not None
        top, _, below = value.partition("/")
        found[entry[1]][tuple(int(i) - 1 for i in entry[2].split(","))] = int(top) / int(below or 1)
    return found


def sigmoid(z: Any) -> Any:
    return 1 / (1 + np.exp(-z))


def forward(at: Arrays) -> tuple[Any, Any, Any]:
    z1 = at["W_{1}"] @ at["x"] + at["b_{1}"]
    z2 = at["W_{2}"] @ sigmoid(z1) + at["b_{2}"]
    return z1, z2, np.sum((z2 - at["y"]) ** 2) / 2


def slope(at: Arrays, name: str, index: tuple[int, ...], by: float = 1e-5) -> float:
    """A central difference of the loss."""
    values = []
    for step in (by, -by):
        moved = {key: array.copy() for key, array in at.items()}
        moved[name][index] += step
        values.append(forward(moved)[2])
    return float((values[0] - values[1]) / (2 * by))


def number(text: str) -> float:
    return float(text.strip("[]").split(" ")[0]) if "/" not in text or text.startswith("[") else eval_fraction(text)


def eval_fraction(text: str) -> float:
    top, below = text.split("/")
    return int(top) / int(below)


def delta(at: Arrays) -> Any:
    z1, z2, _ = forward(at)
    return at["W_{2}"].T @ (z2 - at["y"]) * sigmoid(z1) * (1 - sigmoid(z1))


WRONG: Mapping[str, tuple[str, Callable[[Arrays], Any]]] = {
    r"\frac{\partial L}{\partial W_1} = W_2^\top (z_2 - y) x^\top": (
        "W_{1}",
        lambda at: np.outer(at["W_{2}"].T @ (forward(at)[1] - at["y"]), at["x"]),
    ),
    r"\frac{\partial L}{\partial b_1} = -W_2^\top (z_2 - y) \odot \sigma'(z_1)": ("b_{1}", lambda at: -delta(at)),
    r"\frac{\partial L}{\partial W_2} = 2 (z_2 - y) a_1^\top": (
        "W_{2}",
        lambda at: 2 * np.outer(forward(at)[1] - at["y"], sigmoid(forward(at)[0])),
    ),
}


@pytest.mark.parametrize("claim", WRONG)
def test_a_false_claim_differs_at_the_point_shown_at_its_own_sizes(claim: str) -> None:
    verdict = symbptt.check(network(claim), suggest=0)
    assert verdict.verdict == "refuted", verdict
    name, right = WRONG[claim]
    at = point(verdict)
    assert verdict.counterexample is not None
    entry = re.search(r"entry \(([\d,]+)\)", verdict.counterexample.entry)
    assert entry is not None
    index = tuple(int(i) - 1 for i in entry[1].split(","))
    left, other = number(verdict.counterexample.left), number(verdict.counterexample.right)
    assert left == pytest.approx(slope(at, name, index), rel=1e-5, abs=1e-9)
    assert other == pytest.approx(float(right(at)[index]), rel=1e-9)
    assert left != pytest.approx(other, rel=1e-3)


@pytest.mark.parametrize(
    "claim",
    [
        r"\frac{\partial L}{\partial W_1} = (W_2^\top (z_2 - y) \odot \sigma'(z_1)) x^\top",
        r"\frac{\partial L}{\partial W_2} = (z_2 - y) a_1^\top",
        r"\frac{\partial L}{\partial x} = W_1^\top (W_2^\top (z_2 - y) \odot \sigma'(z_1))",
    ],
)
def test_a_true_claim_is_proved(claim: str) -> None:
    assert symbptt.check(network(claim), suggest=0).verdict == "proved"


@pytest.mark.parametrize("activation", [r"\mathrm{ReLU}", r"\tanh", "f"])
def test_a_lost_slope_at_large_sizes(activation: str) -> None:
    functions = {"functions": {"f": "elementwise"}} if activation == "f" else {}
    wrong = network(r"\frac{\partial L}{\partial z_1} = W_2^\top (z_2 - y)", activation, **functions)
    assert symbptt.check(wrong, suggest=0).verdict == "refuted"
    right = network(rf"\frac{{\partial L}}{{\partial z_1}} = W_2^\top (z_2 - y) \odot {activation}'(z_1)", activation, **functions)
    assert symbptt.check(right, suggest=0).verdict == "proved"


CROSS_ENTROPY = r"L = -\sum_{k=1}^{10} y_k \log p_k"


def test_targets_that_add_up_to_one_do_so_at_the_point_shown() -> None:
    more: dict[str, Any] = {"given": [r"p = \mathrm{softmax}(z_2)"], "shapes": {"p": "10"}, "assume": [{"one_hot": "y"}]}
    assert symbptt.check(network(r"\frac{\partial L}{\partial z_2} = p - y", loss=CROSS_ENTROPY, **more), suggest=0).verdict == "proved"
    more = {"given": [r"p = \mathrm{softmax}(z_2)"], "shapes": {"p": "10"}, "assume": [{"one_hot": "y"}]}
    verdict = symbptt.check(network(r"\frac{\partial L}{\partial z_1} = W_2^\top (p - y)", loss=CROSS_ENTROPY, **more), suggest=0)
    assert verdict.verdict == "refuted"
    at = point(verdict)
    assert sorted(set(at["y"].tolist())) == [0, 1] and at["y"].sum() == 1


def test_a_mean_over_a_stated_number_of_examples() -> None:
    """The factor 1/64 is that of the batch, and the number of classes no letter's."""
    given = [r"Z = W X", r"J = \frac{1}{64} \sum_{i=1}^{64} \sum_{k=1}^{10} (Z_{ki} - Y_{ki})^2"]
    shapes = {"X": "784×64", "W": "10×784", "Y": "10×64", "J": "scalar"}
    verdicts = {
        factor: symbptt.check(
            {"given": given, "shapes": shapes, "claim": rf"\frac{{\partial J}}{{\partial W}} = {factor} (Z - Y) X^\top"}, suggest=0
        ).verdict
        for factor in (r"\frac{2}{64}", r"\frac{1}{32}", r"\frac{1}{64}", "2")
    }
    assert verdicts[r"\frac{1}{32}"] != "refuted", "the same number, though with a letter for 64 it is another one"
    assert (verdicts[r"\frac{2}{64}"], verdicts[r"\frac{1}{64}"], verdicts["2"]) == ("proved", "refuted", "refuted")


def corner(given: list[str], shapes: dict[str, str], claim: str) -> set[str]:
    """The quantities that may be 0 beyond their first entries."""
    (readings,) = read_anew(Problem.from_dict({"given": given, "shapes": shapes, "claim": claim}))
    bodies = [side.body for side in readings[0].sides if side.body is not None]
    return set(corner_of(readings[0].computation, bodies).families)


@pytest.mark.parametrize(
    ("given", "held"),
    [
        (["z = W x", r"L = \sum_{k} y_k z_k"], {"W", "x", "y"}),
        (["z = W x", r"L = \sum_{k} y_k \log z_k"], {"y"}),  # log 0
        (["z = W x", r"L = \sum_{k} y_k \log \sigma(z_k)"], {"W", "x", "y"}),
        (["z = W x", r"L = \sum_{k} y_k \log (1 - \sigma(z_k))"], {"W", "x", "y"}),
        (["z = W x", r"L = \sum_{k} \frac{y_k}{x_k}"], {"W", "y"}),  # z depends on x, but not the other way round
        (["z = W x", r"L = \sum_{k} \frac{e^{z_k}}{\sum_j e^{z_j}} y_k"], {"W", "x", "y"}),
        (["z = W x", r"L = y^\top \frac{z}{\|z\|}"], {"y"}),
        (["z = W x", "u = \\frac{1}{z_1}", "L = u y^\\top z"], {"y"}),
    ],
)
def test_what_has_to_have_a_value_is_not_held_at_zero(given: list[str], held: set[str]) -> None:
    shapes = {"W": "n×n", "x": "n", "y": "n"}
    assert corner(given, shapes, r"\frac{\partial L}{\partial y} = z") == held
