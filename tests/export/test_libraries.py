"""What PyTorch and JAX do with an export, where they are installed; `test_agreement.py` says what happens where they are not."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from symbptt.export.build import export

from .test_numpy import module, worst


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


def _unlike(m: ModuleType, steps: int) -> tuple[dict[str, Any], dict[str, Any]]:
    """A point with sizes 2, 3, …: with one letter alone the gradients of a softmax are 0."""
    sizes = {"T": steps, "B": 2, **{name: 2 + place for place, name in enumerate(m.SIZES)}}
    return m.init(sizes, 0), m.example(sizes, 1)


@pytest.mark.parametrize("name", ["gru", "hello", "rnn-mimo", "rnn-miso", "rnn-simo", "rnn-seq2seq", "rnn-seq2vec"])
def test_jax_transforms_work(name: str) -> None:
    """jit, grad and vmap of `loss`, jit and vmap of the gradients; the loops are scans, so that the program does not grow with T."""
    if find_spec("jax") is None:
        return
    jax: Any = import_module("jax")
    ours, reference = export(name, backend="jax", functions={"f": "tanh"}).module, module(name)
    params, data = _unlike(reference, 4)
    with ours._in_double():
        gradients = jax.jit(jax.grad(ours.loss))(params, data)
        stacked = jax.tree_util.tree_map(lambda a: np.stack([a, 2 * a]), params)
        many = jax.vmap(jax.grad(ours.loss), in_axes=(0, None))(stacked, data)
        losses, both = jax.jit(jax.vmap(ours.loss_and_gradients, in_axes=(0, None)))(stacked, data)
        longer = _unlike(reference, 9)
        lines = [len(str(jax.make_jaxpr(ours.loss_and_gradients)(*p)).splitlines()) for p in ((params, data), longer)]
    value, right = reference.loss_and_gradients(params, data)
    _, doubled = reference.loss_and_gradients({k: 2 * v for k, v in params.items()}, data)
    assert worst({k: np.asarray(v) for k, v in gradients.items()}, right) <= 1e-12
    assert worst({k: np.asarray(v)[1] for k, v in many.items()}, doubled) <= 1e-12
    assert abs(float(losses[0]) - value) <= 1e-12 * max(1.0, abs(value))
    assert worst({k: np.asarray(v)[1] for k, v in both.items()}, doubled) <= 1e-12
    assert lines[0] == lines[1]


#: Two processes, each with half of the sequences, and DistributedDataParallel between them.
_PROCESS = """
import sys
import numpy as np, torch
from torch.nn.parallel import DistributedDataParallel
sys.path.insert(0, sys.argv[1])
import gradients as ours

class Network(torch.nn.Module):
    def __init__(self, params):
        super().__init__()
        self.params = torch.nn.ParameterDict({k: torch.nn.Parameter(torch.from_numpy(v)) for k, v in params.items()})

    def forward(self, data):
        return ours.loss(dict(self.params), data)

torch.distributed.init_process_group("gloo")
rank = torch.distributed.get_rank()
sizes = {"n": 5, "m": 3, "q": 4, "T": 6, "B": 4}
network = DistributedDataParallel(Network(ours.init(sizes, 0)))
data = {k: v[2 * rank : 2 * rank + 2] if k in ours.STATES else v[:, 2 * rank : 2 * rank + 2] for k, v in ours.example(sizes, 1).items()}
optimizer = torch.optim.Adam(network.parameters(), lr=0.01)
for step in range(3):
    optimizer.zero_grad()
    network(data).backward()
    if step == 0:
        np.savez(f"{sys.argv[1]}/{rank}.npz", **{k: p.grad.numpy() for k, p in network.module.params.items()})
    optimizer.step()
np.savez(f"{sys.argv[1]}/after{rank}.npz", **{k: p.detach().numpy() for k, p in network.module.params.items()})
torch.distributed.destroy_process_group()
"""


def test_torch_processes_share_their_gradients(tmp_path: Path) -> None:
    """The mean over two processes is half the gradient of all sequences, and the parameters stay the same in both."""
    if find_spec("torch") is None:
        return
    (tmp_path / "gradients.py").write_text(export("lstm", backend="torch").source)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    running = [
        subprocess.Popen(
            [sys.executable, "-c", _PROCESS, str(tmp_path)],
            env={**os.environ, "RANK": str(rank), "WORLD_SIZE": "2", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port)},
            stderr=subprocess.PIPE,
            text=True,
        )
        for rank in (0, 1)
    ]
    for process in running:
        _, told = process.communicate(timeout=120)
        assert process.returncode == 0, told
    reference = module("lstm")
    sizes = {"n": 5, "m": 3, "q": 4, "T": 6, "B": 4}
    _, right = reference.loss_and_gradients(reference.init(sizes, 0), reference.example(sizes, 1))
    found = [dict(np.load(tmp_path / f"{rank}.npz")) for rank in (0, 1)]
    assert all(worst(gradients, {k: v / 2 for k, v in right.items()}) <= 1e-12 for gradients in found)
    after = [dict(np.load(tmp_path / f"after{rank}.npz")) for rank in (0, 1)]
    assert worst(after[0], after[1]) == 0.0
