"""Every backend that is installed gives the gradients of automatic differentiation, by PyTorch where it is installed, else by autograd."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from functools import cache
from importlib import import_module
from importlib.util import find_spec, module_from_spec, spec_from_file_location
from random import Random
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from autograd import value_and_grad

from symbptt.documents.model import load_model
from symbptt.export.build import BACKENDS, LIBRARIES, export, loaded
from symbptt.export.interface import read_program
from symbptt.export.trees import NotExported

from . import reference
from .test_numpy import CLOSE, _shifted, worst

#: Backends that have no sizes which differ from layer to layer.
REFUSED = {("mlp", "c"), ("mlp", "numba")}


@pytest.fixture(autouse=True, scope="module")
def own_cache(tmp_path_factory: pytest.TempPathFactory) -> Any:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SYMBPTT_CACHE", str(tmp_path_factory.mktemp("compiled")))
        yield


class _Torch:
    """The names of NumPy that the reference uses, for tensors."""

    def __init__(self) -> None:
        self.torch: Any = import_module("torch")

    def __getattr__(self, name: str) -> Any:
        return getattr(self.torch, name)

    def max(self, a: Any, axis: int, keepdims: bool = False) -> Any:
        return self.torch.amax(a, axis, keepdim=keepdims)

    def sqrt(self, a: Any) -> Any:
        return self.torch.sqrt(self.torch.as_tensor(a, dtype=self.torch.float64))

    def sum(self, a: Any, axis: Any = None, keepdims: bool = False) -> Any:
        return self.torch.sum(a, axis, keepdim=keepdims) if axis is not None else self.torch.sum(a)


@cache
def torch_losses() -> Any:
    """The hand-written models again, on tensors."""
    assert reference.__file__
    spec = spec_from_file_location("torch_reference", reference.__file__)
    assert spec is not None and spec.loader is not None
    module: Any = module_from_spec(spec)
    spec.loader.exec_module(module)
    module.anp = _Torch()
    return module.LOSSES


def automatic(name: str, params: Any, data: Any) -> tuple[float, Any]:
    """The loss and gradients in float64."""
    if not find_spec("torch"):
        value, gradients = value_and_grad(reference.LOSSES[name])(_each(params, np.float64), _each(data, np.float64))
        return float(value), gradients
    torch: Any = import_module("torch")

    def tensor(a: Any, wanted: bool) -> Any:
        return [tensor(x, wanted) for x in a] if isinstance(a, list) else torch.tensor(a, dtype=torch.float64, requires_grad=wanted)

    leaves = {k: tensor(v, True) for k, v in params.items()}
    loss = torch_losses()[name](leaves, {k: v if isinstance(v, int) else tensor(v, False) for k, v in data.items()})
    loss.backward()

    def gradient(a: Any) -> Any:  # none where the loss does not depend on it, as on W at T = 1
        return [gradient(x) for x in a] if isinstance(a, list) else np.zeros(a.shape) if a.grad is None else a.grad.numpy()

    return loss.item(), {k: gradient(v) for k, v in leaves.items()}


def _each(values: Any, dtype: Any) -> Any:
    def changed(v: Any) -> Any:
        return [changed(a) for a in v] if isinstance(v, list) else v if isinstance(v, int) else np.asarray(v, dtype)

    return {k: changed(v) for k, v in values.items()}


def points(m: ModuleType, name: str, dtype: Any) -> list[tuple[Any, Any]]:
    """Parameters and data at random sizes; T = 1 and several, one sequence and several."""
    chosen = Random(name)
    sizes: dict[str, Any] = {size: chosen.randint(1, 19) for size in m.SIZES}
    found = []
    for steps, batch in ((1, 1), (chosen.randint(2, 4), 5), (chosen.randint(5, 9), chosen.randint(1, 9))):
        sizes |= {layers: tuple(chosen.randint(1, 5) for _ in range(steps + 1)) for layers in m.LISTS} | {"T": steps, "B": batch}
        params, data = m.init(sizes, steps, dtype), m.example(sizes, steps + 1, dtype)
        found.append(({k: _shifted(v, dtype) for k, v in params.items()}, data))
    return found


def arrays(gradients: Any) -> Any:
    return {k: [np.asarray(a) for a in v] if isinstance(v, list) else np.asarray(v) for k, v in gradients.items()}


#: A compilation takes seconds: of the variants of the LSTM, those with the most and with shared gates.
PAIRS = [
    (name, backend)
    for name in sorted(reference.LOSSES)
    for backend in sorted(BACKENDS)
    if backend != "c" or not name.startswith("lstm-") or name in ("lstm-full-gates", "lstm-coupled")
]


@pytest.mark.parametrize(("name", "backend"), PAIRS)
def test_a_backend_gives_the_gradients_of_automatic_differentiation(name: str, backend: str) -> None:
    library = LIBRARIES.get(backend, "numpy")
    if find_spec(library) is None:
        with pytest.raises(NotExported, match=f"{library} is not installed here"):
            export(name, backend=backend, functions={"f": "tanh"})
        if (name, backend) not in REFUSED:
            compile(BACKENDS[backend](read_program(load_model(name), functions={"f": "tanh"})), name, "exec")
        return
    if (name, backend) in REFUSED:
        with pytest.raises(NotExported, match="use the numpy backend"):
            export(name, backend=backend, functions={"f": "tanh"})
        return
    m = loaded(BACKENDS[backend](read_program(load_model(name), functions={"f": "tanh"})), backend)
    for dtype in (np.float64, np.float32):
        double: Callable[[], Any] = getattr(m, "_in_double", nullcontext) if dtype == np.float64 else nullcontext
        for params, data in points(m, name, dtype):
            with double():
                value, given = m.loss_and_gradients(params, data)
                gradients = arrays(given)
            want, theirs = automatic(name, params, data)
            assert abs(float(value) - want) <= CLOSE[dtype] * max(1.0, abs(want))
            assert worst(gradients, theirs) <= CLOSE[dtype]
            assert all(np.asarray(a).dtype == dtype for v in gradients.values() for a in (v if isinstance(v, list) else [v]))


def test_a_wrong_gradient_would_be_seen() -> None:
    """The twin that must fail: one term left out is far outside the bound."""
    m = export("lstm").module
    params, data = points(m, "lstm", np.float64)[1]
    _, gradients = m.loss_and_gradients(params, data)
    _, theirs = automatic("lstm", params, {**data, "x": data["x"] * (1 + 1e-9)})
    assert worst(gradients, theirs) > CLOSE[np.float64]
