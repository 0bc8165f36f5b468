"""From a model to a checked source file or a function in memory."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.abc import SourceLoader
from importlib.util import find_spec, module_from_spec, spec_from_loader
from pathlib import Path
from types import MappingProxyType, ModuleType
from typing import Any

from symbptt.documents.model import Model, load_model

from .c_file import c_source
from .functional_file import jax_source, torch_source
from .interface import Program, read_program
from .numba_file import numba_source
from .numpy_file import numpy_source
from .trees import NotExported
from .verify import disagreement

#: Backend → the printer of a whole module.
BACKENDS: Mapping[str, Callable[[Program], str]] = MappingProxyType(
    {"numpy": numpy_source, "c": c_source, "numba": numba_source, "jax": jax_source, "torch": torch_source}
)

#: What a backend needs to be checked, besides NumPy.
LIBRARIES: Mapping[str, str] = MappingProxyType({"numba": "numba", "jax": "jax", "torch": "torch"})


@dataclass(frozen=True)
class Export:
    """A module that was checked: its source, and the same module loaded."""

    backend: str
    source: str
    module: ModuleType
    program: Program


def export(
    model: Model | str,
    wrt: Sequence[str] = (),
    backend: str = "numpy",
    functions: Mapping[str, str] | None = None,
    loss: str = "",
) -> Export:
    """The module with the loss and the exact gradients of a model, checked before it is given.

    `wrt` names the parameters, `functions` the activations that the model leaves open (`{"f": "tanh"}`), `loss` the scalar where there
    are several. Raises `NotExported` for what cannot be exported, with what to do; and where the check fails, with where.
    """
    if backend not in BACKENDS:
        raise NotExported(f"no backend is called `{backend}`; there are {', '.join(BACKENDS)}")
    library = LIBRARIES.get(backend, "numpy")
    if find_spec(library) is None:
        raise NotExported(
            f"what the {backend} backend writes is checked first, and {library} is not installed here; `pip install {library}`"
        )
    program = read_program(load_model(model) if isinstance(model, str) else model, wrt, functions, loss)
    source = BACKENDS[backend](program)
    module = loaded(source, backend)
    problem = disagreement(program, module)
    if problem:
        raise NotExported(f"the exported gradients failed their check, so nothing is given: {problem}; this is a defect of symbptt")
    return Export(backend, source, module, program)


def lambdify(
    model: Model | str,
    wrt: Sequence[str] = (),
    backend: str = "numpy",
    functions: Mapping[str, str] | None = None,
    loss: str = "",
) -> Callable[[Mapping[str, Any], Mapping[str, Any]], tuple[float, dict[str, Any]]]:
    """`f(params, data) -> (loss, {name: gradient})`; `f.module` has `forward`, `init`, `SHAPES` and the rest.

    Arguments and errors as in `export`.
    """
    module = export(model, wrt, backend, functions, loss).module

    def loss_and_gradients(params: Mapping[str, Any], data: Mapping[str, Any]) -> tuple[float, dict[str, Any]]:
        found: tuple[float, dict[str, Any]] = module.loss_and_gradients(params, data)
        return found

    loss_and_gradients.module = module  # type: ignore[attr-defined]
    return loss_and_gradients


class _Loader(SourceLoader):
    """Source text as the file of a module."""

    def __init__(self, source: str, name: str) -> None:
        self.source = source
        self.name = name

    def get_filename(self, fullname: str) -> str:
        return f"<{self.name}>"

    def get_data(self, path: str | bytes) -> bytes:
        return self.source.encode()


def loaded(source: str, backend: str) -> ModuleType:
    """The module that a source file would be."""
    name = f"symbptt_export_{backend}"
    loader = _Loader(source, name)
    spec = spec_from_loader(name, loader)
    assert spec is not None
    module = module_from_spec(spec)
    loader.exec_module(module)
    return module


def write(source: str, path: str) -> None:
    """The source in a file, which is there as a whole or as it was before.

    Raises `OSError` where it cannot be written.
    """
    target = Path(path)
    handle, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent or Path("."))
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(source)
        os.chmod(name, 0o644)
        os.replace(name, target)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(name)
        raise
