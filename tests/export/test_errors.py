"""What goes wrong gets one clear error, in every backend that is installed; numbers that are large do not go wrong."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import tempfile
import warnings
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
    elif how in ("x", "y_hat", "a_0"):  # without the axis of sequences
        data[how] = data[how][:, 0] if how != "a_0" else data[how][0]
    elif how == "all but a_0":
        data |= {"x": data["x"][:, 0], "y_hat": data["y_hat"][:, 0]}
    elif how == "strings":
        params["b_a"] = ["a"] * 3
    elif how == "none":
        params["b_a"] = None
    elif how == "complex":
        params["b_a"] = params["b_a"] + 0j
    elif how == "complex data":
        data["x"] = data["x"] + 0j
    elif how == "object":
        data["x"] = data["x"].astype(object)
    elif how == "ragged":
        params["b_a"] = [[1.0, 2.0], [3.0]]
    elif how == "masked":
        data["x"] = np.ma.array(data["x"], mask=data["x"] > 0.5)
    elif how == "two arrays":
        params["w_ya"] = params["w_ya"][:, :-1]


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
        ("x", ValueError, "`y_hat` has an axis of sequences (B) and other data have none: `x` has the shape (3, 2)"),
        ("y_hat", ValueError, "`x` has an axis of sequences (B) and other data have none: `y_hat` has the shape (3, 2)"),
        ("a_0", ValueError, "`x` has an axis of sequences (B) and other data have none: `a_0` has the shape (3,)"),
        ("all but a_0", ValueError, "`a_0` has an axis of sequences (B) and other data have none"),
        ("strings", TypeError, "`b_a` must be an array of real numbers, not of the type str"),
        ("none", TypeError, "`b_a` must be an array of real numbers, not None"),
        ("complex", TypeError, "`b_a` must be an array of real numbers, not of the type complex128"),
        ("complex data", TypeError, "`x` must be an array of real numbers, not of the type complex128"),
        ("object", TypeError, "`x` must be an array of real numbers, not of the type object"),
        ("ragged", ValueError, "`b_a` cannot be made an array"),
        ("masked", ValueError, "`x` has masked entries"),
        ("two arrays", ValueError, "`w_ya` (q, n) has the shape (2, 2), but n = 3 in `w_ax`, of the shape (3, 2)"),
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
    assert raised.value.__context__ is None or raised.value.__suppress_context__  # one error, not two


@pytest.mark.parametrize("backend", INSTALLED)
def test_no_sequences_have_the_loss_0(backend: str) -> None:
    m = module("hello", backend)
    with getattr(m, "_in_double", nullcontext)():
        value, gradients = m.loss_and_gradients(m.init(SIZES, 0), m.example(SIZES | {"B": 0}, 0))
    assert float(value) == 0.0
    assert all(tuple(g.shape) == m.init(SIZES, 0)[k].shape and not np.asarray(g).any() for k, g in gradients.items())


@pytest.mark.parametrize("backend", INSTALLED)
@pytest.mark.parametrize(
    ("change", "kind"),
    [
        (lambda a: a.view(np.matrix) if a.ndim == 2 else a, np.float64),
        (np.ma.array, np.float64),
        (lambda a: a.astype(np.longdouble), np.float64),
        (lambda a: a.astype(">f8"), np.float64),
        (lambda a: a[::-1].copy()[::-1], np.float64),
        (lambda a: a.tolist(), np.float64),
        (lambda a: a.astype(np.float16), np.float32),
        (lambda a: np.ones(a.shape, int), np.float64),
        (lambda a: np.ones(a.shape, np.int8), np.float32),
    ],
    ids=["matrix", "nothing masked", "longdouble", "other byte order", "backwards", "lists", "float16", "integers", "short integers"],
)
def test_arrays_of_any_class_are_read(change: Any, kind: type, backend: str) -> None:
    """Whatever holds real numbers gives what plain arrays of the same numbers give."""
    m = module("hello", backend)
    params, data = m.init(SIZES, 0), m.example(SIZES, 0)
    with getattr(m, "_in_double", nullcontext)():
        m.loss_and_gradients(params, data)  # a call with the same shapes before
        value, gradients = m.loss_and_gradients({k: change(v) for k, v in params.items()}, {k: change(v) for k, v in data.items()})
    plain = [{k: np.array(change(v), kind) for k, v in given.items()} for given in (params, data)]
    want, right = module("hello", "numpy").loss_and_gradients(*plain)
    close = 1e-12 if kind is np.float64 else 1e-5
    assert abs(float(value) - want) <= close * abs(want)
    assert all(np.allclose(np.asarray(g, float), right[k], rtol=close, atol=close) for k, g in gradients.items())
    assert all(np.asarray(g).dtype in (kind, np.longdouble) for g in gradients.values())


@pytest.mark.parametrize("backend", INSTALLED)
def test_an_infinite_weight_is_named_without_warnings(backend: str) -> None:
    m = module("hello", backend)
    params, data = m.init(SIZES, 0), m.example(SIZES, 0)
    params["w_ya"][0, 0] = np.inf
    with warnings.catch_warnings(), pytest.raises(ValueError, match="`w_ya` in params holds a value that is no finite number"):
        warnings.simplefilter("error")
        m.loss_and_gradients(params, data)


def test_numba_keeps_code_for_every_name_of_a_file(tmp_path: Path) -> None:
    """A file that was loaded without being imported, then under another name, then imported."""
    if find_spec("numba") is None:
        return
    (tmp_path / "gradients.py").write_text(BACKENDS["numba"](read_program(load_model("rnn-siso"), functions={"f": "tanh"})))
    values = [
        subprocess.run(
            [sys.executable, "-c", _LOADED, how, "other", str(tmp_path / "gradients.py")],
            capture_output=True,
            text=True,
            check=False,
            cwd=tmp_path if how == "import" else "/",
        )
        for how in ("alone", "registered", "import")
    ]
    assert [v.returncode for v in values] == [0, 0, 0], [v.stderr for v in values]
    assert len({v.stdout.split()[0] for v in values}) == 1 and [v.stdout.split()[1] for v in values] == ["0", "1", "1"]


#: A file loaded in one of three ways; its loss, and how often kept code was found.
_LOADED = """
import importlib.util, sys
how, name, path = sys.argv[1:]
if how == "import":
    sys.path.insert(0, ".")
    import gradients as m
else:
    spec = importlib.util.spec_from_file_location(name, path)
    m = importlib.util.module_from_spec(spec)
    if how == "registered":
        sys.modules[name] = m
    spec.loader.exec_module(m)
sizes = {"n": 2, "m": 2, "p": 2, "q": 2, "T": 2, "B": 2}
sizes |= {name: 2 for name in m.SIZES}
print(m.loss_and_gradients(m.init(sizes, 0), m.example(sizes, 0))[0], sum(m._loops.stats.cache_hits.values()))
"""


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
    assert raised.value.__context__ is None or raised.value.__suppress_context__
    assert os.strerror(number) in str(raised.value) and "set SYMBPTT_CACHE" in str(raised.value)


def test_a_compiled_function_in_a_cache_that_cannot_be_written_is_used(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SYMBPTT_CACHE", str(tmp_path))
    source = BACKENDS["c"](read_program(load_model("hello")))
    first = loaded(source, "c")
    params, data = first.init(SIZES, 0), first.example(SIZES, 0)
    value, _ = first.loss_and_gradients(params, data)
    monkeypatch.setattr(tempfile, "TemporaryDirectory", None)  # nothing is to be written
    assert loaded(source, "c").loss_and_gradients(params, data)[0] == value


@pytest.mark.parametrize("backend", [backend for backend in ("numpy", "c", "numba") if backend in INSTALLED])
def test_what_is_no_dictionary_is_named(backend: str) -> None:
    m = module("hello", backend)
    for arguments, words in (((None, {}), "`params` must be a dictionary"), ((m.init(SIZES, 0), None), "`data` must be a dictionary")):
        with pytest.raises(TypeError, match=words):
            m.loss_and_gradients(*arguments)


def test_sizes_of_0_make_empty_parameters() -> None:
    assert module("hello", "numpy").init({**SIZES, "m": 0}, 0)["w_ax"].shape == (3, 0)
