"""Hand-written backward passes of a tanh–softmax network: the right one passes, each usual mistake is named."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from symbptt.testing import assert_gradients

NAMES = {"w_ax": "Wx", "w_aa": "Wh", "b_a": "bh", "w_ya": "Wy", "b_y": "by", "y_hat": "targets"}


def backward(p: Mapping[str, Any], d: Mapping[str, Any], mistake: str = "") -> tuple[float, dict[str, Any]]:
    """Textbook backpropagation through time, one sequence, with a mistake put in where one is named."""
    x, targets, h = d["x"], d["targets"], [d["a_0"]]
    probabilities, loss = [], 0.0
    for t in range(len(x)):
        h.append(np.tanh(p["Wx"] @ x[t] + p["Wh"] @ h[-1] + p["bh"]))
        s = p["Wy"] @ h[-1] + p["by"]
        e = np.exp(s - s.max())
        probabilities.append(e / e.sum())
        loss -= float(targets[t] @ np.log(probabilities[-1]))
    g = {name: np.zeros_like(value) for name, value in p.items()}
    carried = np.zeros_like(h[0])
    for t in reversed(range(len(x))):
        ds = probabilities[t] * targets[t].sum() - targets[t]
        g["Wy"] += np.outer(ds, h[t + 1])
        g["by"] += ds
        dh = p["Wy"].T @ ds + (0 if mistake == "recursion" else carried)
        dz = dh if mistake == "slope" else dh * (1 - h[t + 1] ** 2)
        if mistake != "last step" or t == len(x) - 1:
            g["Wh"] += np.outer(dz, h[t])
        g["Wx"] += np.outer(dz, x[t])
        g["bh"] += dz
        carried = p["Wh"] @ dz if mistake == "weight" else p["Wh"].T @ dz
    if mistake == "transposed":
        g["Wh"] = g["Wh"].T
    if mistake == "sign":
        g["by"] = -g["by"]
    if mistake == "twice":
        g["bh"] = 2 * g["bh"]
    return loss, g


def test_the_right_one_passes() -> None:
    assert_gradients(backward, "hello", names=NAMES)


@pytest.mark.parametrize(
    ("mistake", "words"),
    [
        ("transposed", "dw_aa is transposed"),
        ("sign", "db_y has the wrong sign"),
        ("twice", "db_a is 2 times what it should be"),
        ("last step", "dw_aa misses the steps before the last"),
        ("slope", "misses the factor (1 - a_t[b,i]^2)"),
        ("recursion", "da misses the term [t ≤ T-1] Σ_j d_z_a_{t+1}[b,j] w_aa[j,i]"),
        ("weight", "da has w_aa transposed"),
    ],
)
def test_a_mistake_is_named(mistake: str, words: str) -> None:
    with pytest.raises(AssertionError) as raised:
        assert_gradients(lambda p, d: backward(p, d, mistake), "hello", names=NAMES)
    assert words in str(raised.value), str(raised.value)


def test_a_missing_gradient_is_named() -> None:
    with pytest.raises(AssertionError, match="gives no gradient by `Wy`"):
        assert_gradients(lambda p, d: {k: v for k, v in backward(p, d)[1].items() if k != "Wy"}, "hello", names=NAMES)


def test_a_wrong_shape_is_named() -> None:
    def flat(p: Mapping[str, Any], d: Mapping[str, Any]) -> dict[str, Any]:
        return {k: v.ravel() for k, v in backward(p, d)[1].items()}

    with pytest.raises(AssertionError, match="its shape is"):
        assert_gradients(flat, "hello", names=NAMES)
