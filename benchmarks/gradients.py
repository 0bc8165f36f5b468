"""Loss and all gradients of recurrent networks: our backends against textbook NumPy, HIPS autograd, PyTorch and JAX, where installed.

    python -m benchmarks.gradients [--models rnn lstm gru] [--sizes S1 S2 S3 S4] [--threads 1]

Every peer gets the same threads and the same numbers. It prints medians in µs, how many times longer than our C backend each takes, and the
matrix-product rate of NumPy in the same run. The setting of OPENBLAS_CORETYPE is told, since it may halve NumPy's products.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable, Iterator
from importlib import import_module
from importlib.util import find_spec
from typing import Any

#: Steps, hidden size, letters, sequences side by side.
SIZES = {"S1": (3, 2, 2, 1), "S2": (25, 32, 27, 1), "S3": (25, 100, 65, 1), "S4": (100, 128, 64, 32)}
MODELS = {"rnn": "hello", "lstm": "lstm", "gru": "gru"}
REPEATS, SECONDS = 7, 0.15


def median(call: Callable[[], Any]) -> float:
    """Seconds of a call, the median of several rounds."""
    call()
    start = time.perf_counter()
    call()
    times = max(1, int(SECONDS / max(1e-7, time.perf_counter() - start)))
    found = []
    for _ in range(REPEATS):
        start = time.perf_counter()
        for _ in range(times):
            call()
        found.append((time.perf_counter() - start) / times)
    return sorted(found)[len(found) // 2]


def textbook(p: Any, d: Any) -> Any:
    """The tanh–softmax network as it is usually written: one sequence at a time, outer products at each step."""
    np = import_module("numpy")
    g, loss = {k: np.zeros_like(v) for k, v in p.items()}, 0.0
    for b in range(d["x"].shape[1]):
        h, probabilities = [np.zeros(len(p["b_a"]))], []
        for x, want in zip(d["x"][:, b], d["y_hat"][:, b], strict=True):
            h.append(np.tanh(p["w_ax"] @ x + p["w_aa"] @ h[-1] + p["b_a"]))
            s = p["w_ya"] @ h[-1] + p["b_y"]
            e = np.exp(s - s.max())
            probabilities.append(e / e.sum())
            loss -= want @ np.log(probabilities[-1])
        carried = np.zeros_like(h[0])
        for t in reversed(range(len(d["x"]))):
            ds = probabilities[t] - d["y_hat"][t, b]
            g["w_ya"] += np.outer(ds, h[t + 1])
            g["b_y"] += ds
            dz = (p["w_ya"].T @ ds + carried) * (1 - h[t + 1] ** 2)
            g["w_ax"] += np.outer(dz, d["x"][t, b])
            g["w_aa"] += np.outer(dz, h[t])
            g["b_a"] += dz
            carried = p["w_aa"].T @ dz
    return loss, g


def _torch(model: str, size: tuple[int, int, int, int], p: Any, d: Any, dtype: str) -> Callable[[], Any]:
    torch: Any = import_module("torch")
    _, n, k, _ = size
    kind = {"rnn": torch.nn.RNN, "lstm": torch.nn.LSTM, "gru": torch.nn.GRU}[model]
    cell, out = kind(k, n).to(getattr(torch, dtype)), torch.nn.Linear(n, k).to(getattr(torch, dtype))
    x, labels = torch.from_numpy(d["x"]), torch.from_numpy(d[_target(d)]).argmax(-1).reshape(-1)
    parameters = [*cell.parameters(), *out.parameters()]

    def call() -> Any:
        h, _ = cell(x)
        loss = torch.nn.functional.cross_entropy(out(h).reshape(-1, k), labels, reduction="sum")
        return torch.autograd.grad(loss, parameters)

    return call


def _jax(model: str, p: Any, d: Any) -> Callable[[], Any]:
    jax: Any = import_module("jax")
    jax.config.update("jax_enable_x64", True)
    xp, nn = jax.numpy, jax.nn

    def step(p: Any, state: Any, x: Any) -> Any:
        h, c = state
        if model == "rnn":
            h = xp.tanh(x @ p["w_ax"].T + h @ p["w_aa"].T + p["b_a"])
        elif model == "lstm":
            i, f, o = (nn.sigmoid(x @ p[f"W_{k}"].T + h @ p[f"U_{k}"].T + p[f"b_{k}"]) for k in "ifo")
            c = f * c + i * xp.tanh(x @ p["W_g"].T + h @ p["U_g"].T + p["b_g"])
            h = o * xp.tanh(c)
        else:
            z, r = (nn.sigmoid(x @ p[f"W_{k}"].T + h @ p[f"U_{k}"].T + p[f"b_{k}"]) for k in "zr")
            h = (1 - z) * h + z * xp.tanh(x @ p["W_h"].T + (r * h) @ p["U_h"].T + p["b_h"])
        return (h, c), h

    def loss(p: Any, x: Any, y: Any) -> Any:
        n = p["w_aa" if model == "rnn" else "U_h" if model == "gru" else "U_i"].shape[0]
        zero = xp.zeros((x.shape[1], n), x.dtype)
        _, h = jax.lax.scan(lambda s, x: step(p, s, x), (zero, zero), x)
        s = h @ p["w_ya" if model == "rnn" else "V"].T + p["b_y" if model == "rnn" else "b_s"]
        return -xp.sum(y * nn.log_softmax(s))

    function = jax.jit(jax.value_and_grad(loss))
    params, x, y = jax.tree_util.tree_map(xp.asarray, (p, d["x"], d[_target(d)]))
    return lambda: jax.block_until_ready(function(params, x, y))


def _autograd(p: Any, d: Any) -> Callable[[], Any]:
    autograd, anp = import_module("autograd"), import_module("autograd.numpy")

    def loss(p: Any) -> Any:
        h, total = 0.0, 0.0
        for x, want in zip(d["x"], d["y_hat"], strict=True):
            h = anp.tanh(x @ p["w_ax"].T + (h @ p["w_aa"].T if not isinstance(h, float) else 0.0) + p["b_a"])
            s = h @ p["w_ya"].T + p["b_y"]
            total = total - anp.sum(want * (s - anp.log(anp.sum(anp.exp(s), -1, keepdims=True))))
        return total

    function = autograd.value_and_grad(loss)
    return lambda: function(p)


def _target(d: Any) -> str:
    return "y_hat" if "y_hat" in d else "y"


def ways(model: str, size: tuple[int, int, int, int], dtype: str) -> Iterator[tuple[str, Callable[[], Any]]]:
    """Every way to the gradients that is installed here, ready to be called."""
    np = import_module("numpy")
    lambdify = import_module("symbptt").lambdify
    steps, n, k, batch = size
    for backend in ("c", "numpy"):
        function = lambdify(MODELS[model], backend=backend)
        sizes = {"n": n, "m": k, "q": k, "T": steps, "B": batch}
        p, d = function.module.init(sizes, 0, np.dtype(dtype)), function.module.example(sizes, 1, np.dtype(dtype))
        d = {name: value for name, value in d.items() if name not in function.module.STATES}
        labels = np.random.default_rng(0).integers(0, k, (steps, batch))
        d[_target(d)] = np.eye(k, dtype=dtype)[labels]
        yield f"symbptt {backend}", lambda f=function.module.loss_and_gradients, p=p, d=d: f(p, d)
    if model == "rnn":
        yield "textbook NumPy", lambda: textbook(p, d)
        if find_spec("autograd"):
            yield "HIPS autograd", _autograd(p, d)
    if find_spec("torch"):
        yield "PyTorch nn + autograd", _torch(model, size, p, d, dtype)
    if find_spec("jax"):
        yield "JAX jit(grad(scan))", _jax(model, p, d)


def rate() -> float:
    """The best of NumPy's own matrix products, in GFLOP/s."""
    np = import_module("numpy")
    best = 0.0
    for n in (1024, 2048):
        a = np.random.default_rng(0).normal(size=(n, n))
        for _ in range(3):
            start = time.perf_counter()
            a @ a
            best = max(best, 2 * n**3 / (time.perf_counter() - start) / 1e9)
    return best


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--models", nargs="+", choices=MODELS, default=list(MODELS))
    parser.add_argument("--sizes", nargs="+", choices=SIZES, default=list(SIZES))
    parser.add_argument("--dtype", choices=("float64", "float32"), default="float64")
    parser.add_argument("--threads", type=int, default=1)
    given = parser.parse_args()
    for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ[name] = str(given.threads)
    if given.threads == 1:
        os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
    if find_spec("torch"):
        import_module("torch").set_num_threads(given.threads)
    print(
        f"{given.dtype}, {given.threads} thread(s), OPENBLAS_CORETYPE={os.environ.get('OPENBLAS_CORETYPE', 'unset')}, {rate():.0f} GFLOP/s"
    )
    for model in given.models:
        for label in given.sizes:
            ours = None
            for name, call in ways(model, SIZES[label], given.dtype):
                seconds = median(call)
                ours = ours or seconds
                print(f"{model:5} {label}  {name:22} {seconds * 1e6:12.1f} µs  {seconds / ours:8.2f} × C", flush=True)


if __name__ == "__main__":
    main()
