"""Hand-written backward passes of a tanh–softmax network: the right one passes, each usual mistake is named."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from symbptt.documents.model import load_model
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
        ds = probabilities[t] * (1 if mistake == "one-hot" else targets[t].sum()) - targets[t]
        g["Wy"] += np.outer(ds, h[t] if mistake == "state before" else h[t + 1])
        g["by"] += ds
        if mistake == "no last step" and t == len(x) - 1:
            continue
        dh = p["Wy"].T @ ds + (0 if mistake == "recursion" else carried)
        dz = dh if mistake == "slope" else dh * (1 - h[t if mistake == "slope before" else t + 1] ** 2)
        if mistake != "last step" or t == len(x) - 1:
            g["Wh"] += np.outer(dz, h[t + 1] if mistake == "state after" else h[t])
        g["Wx"] += np.outer(dz, x[t])
        g["bh"] += dz
        carried = p["Wh"] @ dz if mistake == "weight" else p["Wh"].T @ (dh if mistake == "no slope back" else dz)
    if mistake == "transposed":
        g["Wh"] = g["Wh"].T
    if mistake == "sign":
        g["by"] = -g["by"]
    if mistake == "swapped":
        g["bh"], g["by"] = g["by"], g["bh"]
    if mistake == "summed":
        g["bh"] = g["bh"].sum()
    if mistake == "nan":
        g["bh"][0] = np.nan
    if mistake == "none":
        g["bh"] = None  # type: ignore[assignment]
    if mistake == "word":
        g["bh"] = "bh"  # type: ignore[assignment]
    if mistake == "two":  # one that is known in each of two equations is none
        g["Wh"], g["Wy"] = 2 * g["Wh"] + 1, g["Wy"] - 1
    if mistake in ("twice", "zero", "a little"):
        g["bh"] = {"twice": 2, "zero": 0, "a little": 1 + 5e-7}[mistake] * g["bh"]
    if mistake == "mean":
        loss /= len(x)
    return loss, g


def test_the_right_one_passes() -> None:
    assert_gradients(backward, "hello", names=NAMES)


@pytest.mark.parametrize(
    ("mistake", "words"),
    [
        ("transposed", "dw_aa is transposed"),
        ("sign", "db_y has the wrong sign"),
        ("twice", "db_a is 2 times what it should be"),
        ("a little", "db_a is 1.0000005 times what it should be"),
        ("zero", "db_a is 0"),
        ("last step", "dw_aa misses the steps before the last"),
        ("slope", "misses the factor (1 - a_t[b,i]^2)"),
        ("recursion", "da misses the term [t ≤ T-1] Σ_j d_z_a_{t+1}[b,j] w_aa[j,i]"),
        ("weight", "da has w_aa transposed"),
        ("state after", "dw_aa has a of the step after"),
        ("state before", "dw_ya has a of the step before"),
        ("slope before", "dz_a has a of the step before"),
        ("no slope back", "da has da for dz_a"),
        ("no last step", "dz_a is left out at the last step"),
        ("swapped", "db_a and db_y are swapped"),
        ("summed", "db_a is the sum of all its entries"),
        ("nan", "the gradient by `bh` holds a value that is no finite number, at 1 step"),
        ("none", "the gradient by `bh` is None"),
        ("word", "the gradient by `bh` is no array of numbers"),
        ("two", "no single mistake that is known gives them"),
    ],
)
def test_a_mistake_is_named(mistake: str, words: str) -> None:
    with pytest.raises(AssertionError) as raised:
        assert_gradients(lambda p, d: backward(p, d, mistake), "hello", names=NAMES)
    assert words in str(raised.value), str(raised.value)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda _: None, "the function gives None"),
        (lambda answer: list(answer[1].values()), "the function gives a list of 5"),
        (lambda answer: (*answer, 1), "the function gives a tuple of 3"),
        (lambda answer: answer[0], "the function gives a float"),
    ],
)
def test_what_is_no_mapping_of_gradients_is_said(change: Any, words: str) -> None:
    with pytest.raises(AssertionError, match=f"{words}.*; it should give"):
        assert_gradients(lambda p, d: change(backward(p, d)), "hello", names=NAMES)


def test_a_missing_gradient_is_named() -> None:
    with pytest.raises(AssertionError, match="gives no gradient by `Wy`"):
        assert_gradients(lambda p, d: {k: v for k, v in backward(p, d)[1].items() if k != "Wy"}, "hello", names=NAMES)


def test_a_wrong_shape_is_named() -> None:
    def flat(p: Mapping[str, Any], d: Mapping[str, Any]) -> dict[str, Any]:
        return {k: v.ravel() for k, v in backward(p, d)[1].items()}

    with pytest.raises(AssertionError, match="its shape is"):
        assert_gradients(flat, "hello", names=NAMES)


def test_data_are_as_the_model_assumes_them() -> None:
    def textbook(p: Mapping[str, Any], d: Mapping[str, Any]) -> tuple[float, dict[str, Any]]:
        return backward(p, d, "one-hot")  # ŷ − y, which needs targets with the sum 1

    model = load_model("hello")
    assert_gradients(textbook, model, names=NAMES)
    with pytest.raises(AssertionError, match="misses the factor d_logsumexp"):
        assert_gradients(textbook, replace(model, assume=()), names=NAMES)


def test_a_wrong_loss_beside_right_gradients_is_told() -> None:
    with pytest.raises(AssertionError, match=r"the gradients are right, but the loss is not:\n  the loss is .* at 2 steps"):
        assert_gradients(lambda p, d: backward(p, d, "mean"), "hello", names=NAMES)
    assert_gradients(lambda p, d: (None, backward(p, d, "mean")[1]), "hello", names=NAMES)


@pytest.mark.parametrize("loss", ["many", [1.0, 2.0], float("nan")])
def test_a_loss_that_is_no_number_is_told(loss: Any) -> None:
    with pytest.raises(AssertionError, match="the loss that is given is no"):
        assert_gradients(lambda p, d: (loss, backward(p, d)[1]), "hello", names=NAMES)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"steps": ()}, "nothing is compared"),
        ({"steps": (0,)}, "nothing is compared"),
        ({"batch": 0}, "nothing is compared"),
        ({"names": {**NAMES, "W": "Wh"}}, "`names` has `W`, which the model has not"),
    ],
)
def test_arguments_that_compare_nothing_are_refused(arguments: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        assert_gradients(backward, "hello", **{"names": NAMES, **arguments})
