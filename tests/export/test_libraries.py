"""The PyTorch and JAX backends where they are installed; where they are not, that this is said and nothing unchecked is written."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from typing import Any

import numpy as np
import pytest

from symbptt.documents.model import load_model
from symbptt.export.build import export
from symbptt.export.functional_file import jax_source, torch_source
from symbptt.export.interface import read_program
from symbptt.export.trees import NotExported

from .reference import LOSSES
from .test_numpy import module, point, worst

BACKENDS = {"torch": torch_source, "jax": jax_source}


@pytest.mark.parametrize("backend", sorted(BACKENDS))
@pytest.mark.parametrize("name", sorted(LOSSES))
def test_the_same_numbers_as_numpy(name: str, backend: str) -> None:
    if find_spec(backend) is None:
        with pytest.raises(NotExported, match=f"{backend} is not installed here"):
            export(name, backend=backend, functions={"f": "tanh"})
        compile(BACKENDS[backend](read_program(load_model(name), functions={"f": "tanh"})), name, "exec")
        return
    ours, reference = export(name, backend=backend, functions={"f": "tanh"}).module, module(name)
    for steps, batch in ((1, 1), (5, 3)):
        params, data = point(reference, steps, batch, steps)
        with getattr(ours, "_in_double", _nothing)():
            value, given = ours.loss_and_gradients(params, data)
            gradients = {k: [np.asarray(a) for a in v] if isinstance(v, list) else np.asarray(v) for k, v in given.items()}
        want, theirs = reference.loss_and_gradients(params, data)
        assert abs(float(value) - want) <= 1e-12 * max(1.0, abs(want))
        assert worst(gradients, theirs) <= 1e-12


class _nothing:
    def __enter__(self) -> None: ...

    def __exit__(self, *_: object) -> None: ...


def test_torch_autograd_goes_through_the_exact_gradients() -> None:
    """`loss` inside a larger computation, with a module's parameters and an optimizer, against PyTorch's own differentiation."""
    if find_spec("torch") is None:
        return
    torch: Any = import_module("torch")
    ours, reference = export("hello", backend="torch").module, module("hello")
    sizes = {"n": 5, "m": 3, "q": 4, "T": 6, "B": 3}
    params, data = reference.init(sizes, 0), reference.example(sizes, 1)
    tensors = {k: torch.nn.Parameter(torch.from_numpy(v)) for k, v in params.items()}
    (3.0 * ours.loss(tensors, data) ** 2).backward()
    own = {k: torch.nn.Parameter(torch.from_numpy(v)) for k, v in params.items()}
    h, total = torch.from_numpy(data["a_0"]), 0.0
    for x, want in zip(data["x"], data["y_hat"], strict=True):
        h = torch.tanh(torch.from_numpy(x) @ own["w_ax"].T + h @ own["w_aa"].T + own["b_a"])
        total = total - (torch.from_numpy(want) * torch.log_softmax(h @ own["w_ya"].T + own["b_y"], -1)).sum()
    (3.0 * total**2).backward()
    assert worst({k: t.grad.numpy() for k, t in tensors.items()}, {k: t.grad.numpy() for k, t in own.items()}) <= 1e-12
    optimizer = torch.optim.SGD(tensors.values(), lr=1e-5)
    before = ours.loss(tensors, data).item()
    optimizer.step()
    assert ours.loss(tensors, data).item() < before


def test_jax_transforms_work() -> None:
    """jit, grad and vmap of `loss`."""
    if find_spec("jax") is None:
        return
    jax: Any = import_module("jax")
    ours, reference = export("gru", backend="jax").module, module("gru")
    params, data = point(reference, 4, 2, 2)
    with ours._in_double():
        gradients = jax.jit(jax.grad(ours.loss))(params, data)
        stacked = jax.tree_util.tree_map(lambda a: np.stack([a, 2 * a]), params)
        many = jax.vmap(jax.grad(ours.loss), in_axes=(0, None))(stacked, data)
    _, right = reference.loss_and_gradients(params, data)
    _, doubled = reference.loss_and_gradients({k: 2 * v for k, v in params.items()}, data)
    assert worst({k: np.asarray(v) for k, v in gradients.items()}, right) <= 1e-12
    assert worst({k: np.asarray(v)[1] for k, v in many.items()}, doubled) <= 1e-12
