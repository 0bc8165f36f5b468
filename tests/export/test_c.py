"""The C backend: the same numbers as NumPy, in several threads too, and what happens without a compiler or a cache."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from symbptt.documents.model import load_model
from symbptt.export.build import export, loaded
from symbptt.export.c_file import c_source
from symbptt.export.interface import read_program
from symbptt.export.trees import NotExported

from .test_numpy import module, point, worst

#: What is compiled to begin with in a test; the README asks for a C compiler.
HAS_COMPILER = bool(shutil.which("cc") or shutil.which("gcc"))


@cache
def source(name: str) -> str:
    return c_source(read_program(load_model(name), functions={"f": "tanh"}))


def compiled(name: str) -> ModuleType:
    return loaded(source(name), "c")


@pytest.fixture(autouse=True, scope="module")
def own_cache(tmp_path_factory: pytest.TempPathFactory) -> Any:
    assert HAS_COMPILER, "the tests need a C compiler (cc or gcc)"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SYMBPTT_CACHE", str(tmp_path_factory.mktemp("compiled")))
        patch.delenv("CC", raising=False)
        yield


def test_sizes_beside_those_of_registers() -> None:
    """Matrix products have panels of several widths, and what is left over."""
    ours, reference = compiled("hello"), module("hello")
    for n, m, q, batch in ((8, 16, 17, 8), (33, 7, 64, 1), (71, 40, 9, 19), (301, 5, 3, 70)):  # the last has more blocks than one
        sizes = {"n": n, "m": m, "q": q, "T": 4, "B": batch}
        params, data = reference.init(sizes, 0), reference.example(sizes, 1)
        assert worst(ours.loss_and_gradients(params, data)[1], reference.loss_and_gradients(params, data)[1]) <= 1e-12


def test_calls_in_several_threads_do_not_disturb_each_other() -> None:
    ours = compiled("lstm")
    points = [ours.example({"n": 4, "m": 3, "q": 2, "T": t, "B": 2}, t) for t in (2, 9, 40, 3)]
    params = ours.init({"n": 4, "m": 3, "q": 2}, 0)
    alone = [ours.loss_and_gradients(params, data) for data in points]
    with ThreadPoolExecutor(4) as pool:
        for _ in range(20):
            together = list(pool.map(lambda data: ours.loss_and_gradients(params, data), points))
            for (one, first), (two, second) in zip(alone, together, strict=True):
                assert one == two and worst(second, first) == 0.0


@pytest.mark.parametrize("hold", [lambda a: a, lambda a: a[..., 1:].T, memoryview, lambda a: a.reshape(-1)])
def test_gradients_that_somebody_holds_are_not_written_again(hold: Callable[[Any], Any]) -> None:
    """Memory of small gradients is taken again for those of a later call, when nobody has them any more."""
    ours, reference = compiled("hello"), module("hello")
    rng = np.random.default_rng(5)
    kept = []
    for number in range(40):
        sizes = {"n": 3, "m": 4, "q": 2, "T": 1 + number % 4, "B": 2}
        params, data = reference.init(sizes, number), reference.example(sizes, number)
        gradients = ours.loss_and_gradients(params, data)[1]
        if rng.random() < 0.4:
            wanted = reference.loss_and_gradients(params, data)[1]
            kept += [(hold(gradients[name]), np.asarray(hold(wanted[name]))) for name in gradients if rng.random() < 0.6]
        elif rng.random() < 0.2:  # what is changed in place before it is dropped is taken for nothing
            for array in gradients.values():
                array.shape = (array.size,)
                array.flags.writeable = False
    assert len(kept) > 20
    assert all(np.allclose(np.asarray(held), wanted, rtol=1e-12, atol=1e-13) for held, wanted in kept)


@pytest.mark.parametrize("threads", [2, 3])
def test_sequences_are_split_among_threads(threads: int, monkeypatch: pytest.MonkeyPatch) -> None:
    ours, reference = compiled("lstm"), module("lstm")
    monkeypatch.setattr(ours, "THREADS", threads)
    for batch in (1, 2, 7):
        params, data = point(reference, 4, batch, batch)
        value, gradients = ours.loss_and_gradients(params, data)
        want, theirs = reference.loss_and_gradients(params, data)
        assert abs(value - want) <= 1e-12 * abs(want) and worst(gradients, theirs) <= 1e-12


def test_without_a_compiler_numpy_is_used_and_said_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    params, data = point(module("hello"), 3, 2, 1)
    with pytest.warns(RuntimeWarning, match="no C compiler was found"):
        value, _ = compiled("hello").loss_and_gradients(params, data)
    assert value == module("hello").loss_and_gradients(params, data)[0]


@pytest.mark.parametrize(
    ("compiler", "words"), [("/no/such/cc", "was not found; set CC"), ("false", "the C compiler failed"), ("/", "cannot be run")]
)
def test_a_compiler_that_fails_is_named(compiler: str, words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CC", compiler)
    params, data = point(module("hello"), 3, 2, 1)
    with pytest.raises(RuntimeError, match=words) as raised:
        compiled("hello").loss_and_gradients(params, data)
    assert raised.value.__context__ is None or raised.value.__suppress_context__


def test_a_cache_that_cannot_be_written_is_one_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("SYMBPTT_CACHE", str(tmp_path / "file" / "cache"))
    params, data = point(module("hello"), 3, 2, 1)
    with pytest.raises(OSError, match="cannot be kept anywhere"):
        compiled("hello").loss_and_gradients(params, data)
    assert os.listdir(tmp_path) == ["file"]


def test_a_cache_that_is_a_file_is_one_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("SYMBPTT_CACHE", str(tmp_path / "file"))
    params, data = point(module("hello"), 3, 2, 1)
    with pytest.raises(OSError, match=r"cannot be kept anywhere .*file: it is no folder") as raised:
        compiled("hello").loss_and_gradients(params, data)
    assert raised.value.__context__ is None


@pytest.mark.parametrize("left", [0, 1000, -1])
def test_an_extension_that_was_cut_off_is_compiled_again(left: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """To load it would end Python with a bus error. Cut in a copy: this process has the whole one in its memory."""
    params, data = point(module("hello"), 3, 2, 1)
    monkeypatch.setenv("SYMBPTT_CACHE", str(tmp_path / "whole"))
    value, _ = compiled("hello").loss_and_gradients(params, data)
    (whole,) = (tmp_path / "whole").iterdir()
    (tmp_path / "cut").mkdir()
    cut = tmp_path / "cut" / whole.name
    cut.write_bytes(whole.read_bytes()[:left] if left >= 0 else whole.read_bytes()[:-1] + b"?")
    monkeypatch.setenv("SYMBPTT_CACHE", str(tmp_path / "cut"))
    assert compiled("hello").loss_and_gradients(params, data)[0] == value
    (again,) = (tmp_path / "cut").iterdir()
    assert again.stat().st_size == whole.stat().st_size
    monkeypatch.setattr(subprocess, "run", None)  # what is whole is taken as it is
    assert compiled("hello").loss_and_gradients(params, data)[0] == value


def test_layers_of_different_sizes_are_not_compiled() -> None:
    with pytest.raises(NotExported, match="use the numpy backend"):
        export("mlp", backend="c", functions={"f": "tanh"})


@pytest.mark.parametrize(
    "change",
    [np.asfortranarray, lambda a: a.tolist(), lambda a: a.astype(">f8"), lambda a: np.repeat(a, 2, 0)[::2]],
    ids=["columns first", "lists", "other byte order", "strided"],
)
def test_arrays_of_any_kind_are_read(change: Any) -> None:
    """The extension itself reads contiguous arrays of its own number type; others are made such."""
    ours = compiled("lstm")
    params, data = point(module("lstm"), 4, 3, 2)
    value, gradients = ours.loss_and_gradients(params, data)
    for some in (({k: change(v) for k, v in params.items()}, data), (params, {k: change(v) for k, v in data.items()})):
        again, others = ours.loss_and_gradients(*some)
        assert again == value and worst(others, gradients) == 0.0


def test_a_forked_process_has_threads_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    ours = compiled("lstm")
    monkeypatch.setattr(ours, "THREADS", 2)
    sizes = {"n": 33, "m": 9, "q": 7, "T": 20, "B": 16}
    params, data = ours.init(sizes), ours.example(sizes)
    value, _ = ours.loss_and_gradients(params, data)
    child = os.fork()
    if child == 0:
        os._exit(0 if ours.loss_and_gradients(params, data)[0] == value else 1)
    assert os.waitpid(child, 0)[1] == 0
