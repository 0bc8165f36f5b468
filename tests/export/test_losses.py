"""Exports of losses as notes write them, of weights that are used twice and of powers, against automatic differentiation."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import autograd.numpy as np
import numpy
import pytest
from autograd import value_and_grad

from symbptt.export.build import export
from symbptt.export.trees import NotExported

from .test_numpy import worst

Arrays = dict[str, Any]
MODEL = """---
title: A small network
parameters: '{parameters}'
symbptt:
  shapes: {{x_t: m, h_t: n, s_t: q, p_t: q, y_t: q, U: n×m, W: n×n, V: q×n, L: scalar, R: scalar, J: scalar}}
  ranges: {{t: 1..T}}
---
{equations}
"""
STATE = r"h_t = \tanh(W h_{t-1} + U x_t)"
OUTPUT = r"s_t = V h_t"
SOFTMAX = r"p_t = \mathrm{softmax}(s_t)"
SQUARES = r"L = \frac{1}{2} \sum_{t=1}^{T} \sum_k (s_{t,k} - y_{t,k})^2"


def states(p: Arrays, x: Any) -> list[Any]:
    found = [np.zeros(p["W"].shape[0])]
    for one in x:
        found.append(np.tanh(p["W"] @ found[-1] + p["U"] @ one))
    return found


def outputs(p: Arrays, x: Any) -> Any:
    return np.array([p["V"] @ h for h in states(p, x)[1:]])


def cross_entropy(p: Arrays, d: Arrays) -> Any:
    s = outputs(p, d["x"])
    return -np.sum(d["y"] * (s - np.log(np.sum(np.exp(s), 1, keepdims=True))))


def squares(p: Arrays, d: Arrays) -> Any:
    return np.sum((outputs(p, d["x"]) - d["y"]) ** 2) / 2


def tied(p: Arrays, d: Arrays) -> Any:
    h, total = np.zeros(p["W"].shape[0]), 0.0
    for x, y in zip(d["x"], d["y"], strict=True):
        h = np.tanh(p["W"] @ h + p["W"].T @ x)
        total = total + np.sum((p["W"].T @ h - y) ** 2) / 2
    return total


def power(p: Arrays, d: Arrays) -> Any:
    return sum(np.sum((p["V"] @ h**3 - y) ** 2) / 2 for h, y in zip(states(p, d["x"])[1:], d["y"], strict=True))


#: Name → the equations, and the same written by hand.
CASES: dict[str, tuple[tuple[str, ...], Callable[..., Any]]] = {
    "one line": ((STATE, OUTPUT, SOFTMAX, r"L = -\sum_{t=1}^{T} \sum_k y_{t,k} \ln p_{t,k}"), cross_entropy),
    "as a product": ((STATE, OUTPUT, SOFTMAX, r"L = -\sum_{t=1}^{T} y_t^T \ln p_t"), cross_entropy),
    "mean": (
        (STATE, OUTPUT, SOFTMAX, r"L = -\frac{1}{T} \sum_{t=1}^{T} \sum_k y_{t,k} \ln p_{t,k}"),
        lambda p, d: cross_entropy(p, d) / len(d["x"]),
    ),
    "regularised": (
        (STATE, OUTPUT, SQUARES, r"R = \frac{1}{2} \sum_i \sum_j W_{i,j}^2", "J = L + R"),
        lambda p, d: squares(p, d) + np.sum(p["W"] ** 2) / 2,
    ),
    "third power": ((STATE, "s_t = V (h_t \\odot h_t \\odot h_t)", SQUARES), power),
}
SIZES = {"T": 4, "m": 3, "n": 5, "q": 2}


def written(folder: Path, equations: tuple[str, ...], parameters: str = "U; W; V") -> str:
    path = folder / "model.md"
    text = "\n\n".join(f"$${equation}$$" for equation in equations)
    path.write_text(MODEL.format(parameters=parameters, equations=text), encoding="utf-8")
    return str(path)


def compared(module: Any, loss: Callable[[Arrays, Arrays], Any], sizes: dict[str, int]) -> None:
    params, example = module.init(sizes, 3), module.example({**sizes, "B": 1}, 4)
    data = {name: example[name][:, 0] for name in ("x", "y")}
    value, gradients = module.loss_and_gradients(params, data)
    want, theirs = value_and_grad(loss)(params, data)
    assert abs(value - want) <= 1e-12 * max(1.0, abs(want))
    assert worst(gradients, theirs) <= 1e-12


@pytest.mark.parametrize("name", CASES)
def test_losses_as_notes_write_them(name: str, tmp_path: Path) -> None:
    equations, loss = CASES[name]
    compared(export(written(tmp_path, equations)).module, loss, SIZES)


def test_a_matrix_and_its_transpose(tmp_path: Path) -> None:
    text = written(tmp_path, (r"h_t = \tanh(W h_{t-1} + W^T x_t)", "s_t = W^T h_t", SQUARES), "W")
    (tmp_path / "model.md").write_text(Path(text).read_text("utf-8").replace(": m,", ": n,").replace(": q,", ": n,"), "utf-8")
    compared(export(text).module, tied, {"T": 4, "n": 3})


def test_what_is_shared_by_sequences_is_no_array_of_them_in_c(tmp_path: Path) -> None:
    equations, loss = CASES["regularised"]
    compared(export(written(tmp_path, equations), backend="c").module, loss, SIZES)


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (r"h_t = \tanh(W h_{t+1} + U x_t)", "at a step after its last one, which no equation gives"),
        (r"h_t = \tanh(W h_{t-2} + U x_t)", "2 steps before its first one, which no equation gives"),
    ],
)
def test_steps_that_nothing_gives(state: str, words: str, tmp_path: Path) -> None:
    with pytest.raises(NotExported, match=words):
        export(written(tmp_path, (state, OUTPUT, SQUARES)))


def test_a_size_called_as_the_axis_of_sequences(tmp_path: Path) -> None:
    path = tmp_path / "rows.md"
    path.write_text(
        "---\ntitle: Rows\nparameters: 'W; U'\nsymbptt:\n  shapes: {X_t: B×m, H_t: B×n, Y_t: B×n, W: m×n, U: n×n, L: scalar}\n"
        "  ranges: {t: 1..T}\n---\n$$H_t = \\tanh(X_t W + H_{t-1} U)$$\n\n"
        "$$L = \\frac{1}{2} \\sum_{t=1}^{T} \\sum_{i=1}^{B} \\sum_{j=1}^{n} (H_{t,i,j} - Y_{t,i,j})^2$$\n",
        encoding="utf-8",
    )

    def loss(p: Arrays, d: Arrays) -> Any:
        h, total = np.zeros(d["Y"][0].shape), 0.0
        for x, y in zip(d["X"], d["Y"], strict=True):
            h = np.tanh(x @ p["W"] + h @ p["U"])
            total = total + np.sum((h - y) ** 2) / 2
        return total

    rng = numpy.random.default_rng(5)
    data = {"X": rng.normal(size=(3, 4, 2)), "Y": rng.normal(size=(3, 4, 5))}
    params = {"W": rng.normal(size=(2, 5)), "U": rng.normal(size=(5, 5))}
    for backend in ("numpy", "c"):
        value, gradients = export(str(path), backend=backend).module.loss_and_gradients(params, data)
        want, theirs = value_and_grad(loss)(params, data)
        assert abs(value - want) <= 1e-12 * want and worst(gradients, theirs) <= 1e-12
