"""What goes wrong gets one clear error, in every backend that is installed; numbers that are large do not go wrong."""

from __future__ import annotations

import errno
import os
import tempfile
from contextlib import nullcontext
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

from symbptt.commands.export import export as command
from symbptt.documents.model import load_model
from symbptt.export import build
from symbptt.export.build import BACKENDS, LIBRARIES, loaded
from symbptt.export.interface import read_program

INSTALLED = [backend for backend in BACKENDS if find_spec(LIBRARIES.get(backend, "numpy"))]
SIZES = {"n": 3, "m": 2, "q": 2, "T": 3, "B": 2}


@pytest.fixture(autouse=True, scope="module")
def own_cache(tmp_path_factory: pytest.TempPathFactory) -> Any:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SYMBPTT_CACHE", str(tmp_path_factory.mktemp("compiled")))
        yield


@cache
def module(name: str, backend: str, function: str = "tanh") -> ModuleType:
    return loaded(BACKENDS[backend](read_program(load_model(name), functions={"f": function})), backend)


def _broken(params: dict[str, Any], data: dict[str, Any], how: str) -> None:
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
    elif how == "nan in parameter":
        params["w_ya"][0, 0] = np.nan
    elif how == "overflow":
        params["b_y"][:] = (1e308, -1e308)


@pytest.mark.parametrize("backend", INSTALLED)
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
        ("nan in parameter", ValueError, "`w_ya` in params holds a value that is no finite number"),
        ("overflow", FloatingPointError, "the loss is no finite number: a value in the forward pass overflowed"),
    ],
)
def test_wrong_arguments_get_one_clear_error(backend: str, how: str, error: type[Exception], words: str) -> None:
    m = module("hello", backend)
    params, data = m.init(SIZES, 0), m.example(SIZES, 0)
    with getattr(m, "_in_double", nullcontext)(), np.errstate(all="ignore"):
        value, _ = m.loss_and_gradients(params, data)  # after a call that is right, too
        assert np.isfinite(float(value))
        _broken(params, data, how)
        with pytest.raises(error) as raised:
            m.loss_and_gradients(params, data)
    assert words in str(raised.value)


@pytest.mark.parametrize("backend", INSTALLED)
@pytest.mark.parametrize("scale", [1e3, -1e3, 1e5])
@pytest.mark.parametrize("name", ["hello", "lstm", "rnn-seq2vec"])
def test_large_scores_do_not_overflow(name: str, scale: float, backend: str) -> None:
    """softmax, log-sum-exp, σ, and the cross-entropy of either, where exp itself would overflow."""
    m = module(name, backend)
    sizes = dict.fromkeys(m.SIZES, 3) | {"T": 3, "B": 2}
    params, data = m.init(sizes, 0), m.example(sizes, 1)
    last = {"hello": "w_ya", "lstm": "V", "rnn-seq2vec": "W_2"}[name]
    params[last] = params[last] * scale
    params |= {k: v * scale for k, v in params.items() if k.startswith(("W_i", "U_f"))}
    with getattr(m, "_in_double", nullcontext)():
        value, gradients = m.loss_and_gradients(params, data)
        assert np.isfinite(float(value)) and all(np.isfinite(np.asarray(g)).all() for g in gradients.values())
        reference, wanted = module(name, "numpy").loss_and_gradients(params, data)
    assert abs(float(value) - reference) <= 1e-12 * abs(reference)
    assert all(np.allclose(np.asarray(g), wanted[k], rtol=1e-9, atol=1e-12 * abs(scale)) for k, g in gradients.items())


@pytest.mark.parametrize("backend", INSTALLED)
@pytest.mark.parametrize(("function", "slope"), [("relu", 0.0), ("leaky_relu", 0.01)])
def test_what_a_rectifier_does_at_zero_is_stated_and_done(function: str, slope: float, backend: str) -> None:
    """All sums are 0, so that ∂c/∂U = f'(0) V f'(0) (y − d) x."""
    source = BACKENDS[backend](read_program(load_model("rnn-mimo"), functions={"f": function}))
    assert f"At 0 itself the slope of the rectifier is taken as {slope:g}" in " ".join(source.split())
    m = module("rnn-mimo", backend, function)
    params = {"U": np.zeros((1, 1)), "W": np.ones((1, 1)), "V": np.ones((1, 1))}
    data = {"x": np.full((1, 1, 1), 2.0), "d": np.full((1, 1, 1), -3.0)}
    with getattr(m, "_in_double", nullcontext)():
        _, gradients = m.loss_and_gradients(params, data)
    assert abs(float(np.asarray(gradients["U"])[0, 0]) - slope * slope * 3.0 * 2.0) <= 1e-18


def test_a_full_disk_leaves_no_part_of_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "gradients.py"
    target.write_text("before")

    class Full:
        def __enter__(self) -> Any:
            return self

        def __exit__(self, *_: object) -> None: ...

        def write(self, _text: str) -> None:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(build.os, "fdopen", lambda handle, *_args, **_kw: (os.close(handle), Full())[1])
    done = CliRunner().invoke(command, ["hello", "--output", str(target)])
    assert done.exit_code == 2 and f"cannot write {target}: No space left on device" in done.output
    assert target.read_text() == "before" and os.listdir(tmp_path) == ["gradients.py"]


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EROFS, errno.EACCES])
def test_a_cache_that_takes_nothing_is_one_error(number: int, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def refused(*_args: object, **_kw: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setenv("SYMBPTT_CACHE", str(tmp_path))
    monkeypatch.setattr(tempfile, "TemporaryDirectory", refused)
    m = loaded(BACKENDS["c"](read_program(load_model("hello"))), "c")
    with pytest.raises(OSError, match="the compiled function cannot be kept anywhere") as raised:
        m.loss_and_gradients(m.init(SIZES, 0), m.example(SIZES, 0))
    assert os.strerror(number) in str(raised.value) and "set SYMBPTT_CACHE" in str(raised.value)


def test_a_compiled_function_in_a_cache_that_cannot_be_written_is_used(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SYMBPTT_CACHE", str(tmp_path))
    source = BACKENDS["c"](read_program(load_model("hello")))
    first = loaded(source, "c")
    params, data = first.init(SIZES, 0), first.example(SIZES, 0)
    value, _ = first.loss_and_gradients(params, data)
    monkeypatch.setattr(tempfile, "TemporaryDirectory", None)  # nothing is to be written
    assert loaded(source, "c").loss_and_gradients(params, data)[0] == value
