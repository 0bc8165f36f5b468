"""Exported NumPy modules against automatic differentiation of the same models written by hand."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from random import Random
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from autograd import value_and_grad

from symbptt.documents.model import list_models
from symbptt.export.build import export
from symbptt.export.runtime import CHECK
from symbptt.export.trees import NotExported

from .reference import LOSSES, NOT_EXPORTED

CLOSE = {np.float64: 1e-12, np.float32: 1e-5}


@cache
def module(name: str) -> ModuleType:
    return export(name, functions={"f": "tanh"}).module


def point(m: ModuleType, steps: int, batch: int, seed: int, dtype: Any = np.float64) -> tuple[dict[str, Any], dict[str, Any]]:
    """Parameters and data at random sizes."""
    chosen = Random(seed)
    sizes: dict[str, Any] = {name: chosen.randint(1, 6) for name in m.SIZES} | {"T": steps, "B": batch}
    sizes |= {name: tuple(chosen.randint(1, 5) for _ in range(steps + 1)) for name in m.LISTS}
    params, data = m.init(sizes, seed, dtype), m.example(sizes, seed + 1, dtype)
    return {name: _shifted(value, dtype) for name, value in params.items()}, data


def _shifted(value: Any, dtype: Any) -> Any:
    """Biases away from 0."""
    return [_shifted(a, dtype) for a in value] if isinstance(value, list) else (value + 0.1).astype(dtype)


def worst(mine: Mapping[str, Any], theirs: Mapping[str, Any]) -> float:
    """The largest relative error over all gradients; one that nearly cancels is measured by the others."""
    pairs = [pair for name, value in mine.items() for pair in zip(_listed(value), _listed(theirs[name]), strict=True)]
    largest = max(_size(b) for _, b in pairs)
    return max(_size(a - b) / max(1e-300, _size(b), 0.1 * largest) for a, b in pairs)


def _size(array: Any) -> float:
    return float(np.abs(array).max(initial=0.0))


def _listed(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list) else [value]


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("steps", [1, 2, 7])
@pytest.mark.parametrize("name", sorted(LOSSES))
def test_gradients_are_those_of_automatic_differentiation(name: str, steps: int, dtype: Any) -> None:
    m = module(name)
    for batch, seed in ((1, steps), (4, 10 + steps)):
        params, data = point(m, steps, batch, seed, dtype)
        value, gradients = m.loss_and_gradients(params, data)
        exact = {k: v if isinstance(v, int) else np.asarray(v, np.float64) for k, v in data.items()}
        wide = {k: [a.astype(np.float64) for a in v] if isinstance(v, list) else v.astype(np.float64) for k, v in params.items()}
        want, theirs = value_and_grad(LOSSES[name])(wide, exact)
        assert abs(value - want) <= CLOSE[dtype] * max(1.0, abs(want))
        assert worst(gradients, theirs) <= CLOSE[dtype]
        for k, array in gradients.items():
            for a, p in zip(*(v if isinstance(v, list) else [v] for v in (array, params[k])), strict=True):
                assert a.dtype == dtype and a.shape == p.shape
        assert np.isclose(m.loss(params, data), value, rtol=CLOSE[dtype])


def test_every_built_in_model_has_a_reference() -> None:
    assert set(list_models()) == set(LOSSES) | set(NOT_EXPORTED)


@pytest.mark.parametrize(("name", "words"), NOT_EXPORTED.items())
def test_what_is_not_exported_is_said(name: str, words: str) -> None:
    with pytest.raises(NotExported, match=words):
        export(name)


@pytest.mark.parametrize("name", ["hello", "lstm", "rnn-mimo", "mlp"])
def test_data_without_an_axis_of_sequences_are_one_sequence(name: str) -> None:
    m = module(name)
    params, data = point(m, 3, 1, 5)
    stepped = {k for k in m.DATA if m.SHAPES[k][0] == "T"}
    one = {k: v[:, 0] if k in stepped else v[0] for k, v in data.items()}
    value, gradients = m.loss_and_gradients(params, one)
    want, theirs = m.loss_and_gradients(params, data)
    assert value == want and worst(gradients, theirs) == 0.0
    quantities = m.forward(params, one)
    assert all(np.ndim(v) < np.ndim(m.forward(params, data)[k]) for k, v in quantities.items() if isinstance(v, np.ndarray))


@pytest.mark.parametrize("scale", [1e3, 1e5])
def test_large_scores_do_not_overflow(scale: float) -> None:
    m = module("hello")
    params, data = point(m, 4, 2, 3)
    params["w_ya"] = params["w_ya"] * scale
    value, gradients = m.loss_and_gradients(params, data)
    assert np.isfinite(value) and all(np.isfinite(g).all() for g in gradients.values())


def _broken(m: ModuleType, params: dict[str, Any], data: dict[str, Any], how: str) -> None:
    if how == "missing":
        del params["w_aa"]
    elif how == "missing data":
        del data["x"]
    elif how == "shape":
        params["w_aa"] = params["w_aa"][:, :-1]
    elif how == "axes":
        params["w_aa"] = params["w_aa"][0]
    elif how == "steps":
        data["x"] = data["x"][:-1]
    elif how == "no steps":
        data |= {"x": data["x"][:0], "y_hat": data["y_hat"][:0]}
    elif how == "nan":
        data["x"][1, 0, 0] = np.nan


@pytest.mark.parametrize(
    ("how", "error", "words"),
    [
        ("missing", KeyError, "`w_aa` is missing in params"),
        ("missing data", KeyError, "`x` is missing in data"),
        ("shape", ValueError, "`w_aa` (n, n) has the shape"),
        ("axes", ValueError, "`w_aa` must have the axes (n, n)"),
        ("steps", ValueError, "T = "),
        ("no steps", ValueError, "the data have no steps (T = 0)"),
        ("nan", ValueError, "`x` in data holds a value that is no finite number"),
    ],
)
def test_wrong_arguments_get_one_clear_error(how: str, error: type[Exception], words: str) -> None:
    m = module("hello")
    params, data = point(m, 3, 2, 11)
    params["w_aa"] = np.tile(params["w_aa"], (3, 3))[:3, :3]
    sizes = {"n": 3, "m": 2, "q": 2, "T": 3, "B": 2}
    params, data = m.init(sizes, 0), m.example(sizes, 0)
    _broken(m, params, data, how)
    with pytest.raises(error) as raised:
        m.loss_and_gradients(params, data)
    assert words in str(raised.value)


def test_a_file_checks_itself_and_finds_a_wrong_gradient(tmp_path: Path) -> None:
    source = export("rnn-mimo", functions={"f": "tanh"}).source
    right, wrong = tmp_path / "right.py", tmp_path / "wrong.py"
    right.write_text(source)
    changed = source.replace("d_z_1_flat_T.dot(x.reshape(-1, m), d_U)", "d_z_1_flat_T[:, B:].dot(x[1:].reshape(-1, m), d_U)")
    assert changed != source
    wrong.write_text(changed)
    assert "symbptt" not in source.replace("`symbptt export`", "")
    done = subprocess.run([sys.executable, "-I", str(right)], capture_output=True, text=True, check=False)
    assert done.returncode == 0 and "WRONG" not in done.stdout, done.stdout + done.stderr
    done = subprocess.run([sys.executable, "-I", str(wrong)], capture_output=True, text=True, check=False)
    assert done.returncode == 1 and "dc/dU" in next(line for line in done.stdout.splitlines() if "WRONG" in line)


def test_gradients_of_one_call_are_not_changed_by_the_next() -> None:
    m = module("lstm")
    params, data = point(m, 3, 2, 1)
    _, first = m.loss_and_gradients(params, data)
    kept = {k: v.copy() for k, v in first.items()}
    m.loss_and_gradients({k: v * 2 for k, v in params.items()}, data)
    assert worst(first, kept) == 0.0


class _Cubic:
    """L(p) = a p² + b p³ for the check of an exported file, with a gradient that is right or not."""

    def __init__(self, a: float, b: float, wrong: float) -> None:
        self.a, self.b, self.wrong = a, b, wrong

    def loss(self, params: dict[str, Any], _: Any) -> float:
        p = float(params["p"][0])
        return self.a * p**2 + self.b * p**3

    def order(self) -> float:
        names: dict[str, Any] = {"loss": self.loss, "np": np, "sys": sys, "__name__": "checked"}
        exec(CHECK, names)
        gradients = {"p": np.array([self.wrong])}
        found: float = names["_order"]({"p": np.zeros(1)}, {}, 0.0, gradients, "p", np.random.default_rng(0))
        return found


@pytest.mark.parametrize("hidden_at", [2.0**-6, 2.0**-8, 2.0**-8.5, 2.0**-9.1])
def test_a_small_curvature_is_no_wrong_gradient(hidden_at: float) -> None:
    """The remainder a h² + b h³ passes 0 among the moves that are tried first; with a wrong slope it is of first order all the same."""
    direction = abs(float(np.random.default_rng(0).uniform(-1.0, 1.0, 1)[0]))
    for sign in (1, -1):
        right = _Cubic(1e-3, sign * 1e-3 / hidden_at / direction, 0.0)
        assert right.order() > 1.8
        wrong = _Cubic(1e-3, sign * 1e-3 / hidden_at / direction, 1e-3)
        assert wrong.order() < 1.8
