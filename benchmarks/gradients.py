"""Loss and all gradients of recurrent networks: our backends against other ways to them, those that are installed.

    python -m benchmarks.gradients [--models rnn lstm gru] [--sizes S1 S2 S3 S4] [--dtype float64] [--threads 1] [--processor]
    python -m benchmarks.gradients --growth
    python -m benchmarks.gradients --build

Everything gets the same threads and the same numbers. The ways take turns, round after round, so that other work on the machine meets
all of them; printed are the medians in µs, the median of the ratios of each round to our C and NumPy backends, and the share of NumPy's
own rate of matrix products in the same run. With `--processor` it is processor time, which other work disturbs less (one thread only).
`--growth` doubles the steps and the sequences, and tells times and memory; `--build` how long exports take.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from importlib.util import find_spec
from statistics import median

from benchmarks.gradient_peers import PEERS, Absent, Call, Problem

#: Steps, hidden size, letters, sequences side by side.
SIZES = {"S1": (3, 2, 2, 1), "S2": (25, 32, 27, 1), "S3": (25, 100, 65, 1), "S4": (100, 128, 64, 32)}
MODELS = {"rnn": "hello", "lstm": "lstm", "gru": "gru"}
BACKENDS = ("c", "numpy", "numba", "torch", "jax")
ROUNDS, SECONDS = 9, 0.05

Clock = Callable[[], float]


def seconds_each(calls: Mapping[str, Call], clock: Clock, rounds: int = ROUNDS) -> dict[str, list[float]]:
    """Seconds of a call in each round, the calls taking turns."""
    counts = {}
    for name, call in calls.items():
        call()
        call()
        start = clock()
        call()
        counts[name] = max(1, int(SECONDS / max(1e-7, clock() - start)))
    found: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(rounds):
        for name, call in calls.items():
            start = clock()
            for _ in range(counts[name]):
                call()
            found[name].append((clock() - start) / counts[name])
    return found


def problem(model: str, size: Sequence[int], dtype: str) -> Problem:
    """One point, the same for all."""
    np = import_module("numpy")
    steps, n, k, batch = size
    module = import_module("symbptt").lambdify(MODELS[model]).module
    sizes = {"n": n, "m": k, "q": k, "T": steps, "B": batch}
    data = {k: v for k, v in module.example(sizes, 1, np.dtype(dtype)).items() if k not in module.STATES}
    labels = np.random.default_rng(0).integers(0, k, (steps, batch))
    data["y_hat" if "y_hat" in data else "y"] = np.eye(k, dtype=dtype)[labels]
    return Problem(model, steps, n, k, batch, dtype, module.init(sizes, 0, np.dtype(dtype)), data)


def ours(backend: str, given: Problem) -> Call:
    """An export's gradients at a point; raises `Absent` where its library is not there."""
    library = {"c": "numpy"}.get(backend, backend)
    if find_spec(library) is None:
        raise Absent(f"{library} is not installed")
    module = import_module("symbptt").lambdify(MODELS[given.model], backend=backend).module
    params, data = dict(given.params), dict(given.data)
    if backend == "torch":
        torch = import_module("torch")
        params, data = ({k: torch.from_numpy(v) for k, v in values.items()} for values in (params, data))
    if backend == "jax":
        jax = import_module("jax")
        jax.config.update("jax_enable_x64", True)
        params, data = ({k: jax.numpy.asarray(v) for k, v in values.items()} for values in (params, data))
        return lambda: jax.block_until_ready(module.loss_and_gradients(params, data))
    return lambda: module.loss_and_gradients(params, data)


def ways(given: Problem, backends: Sequence[str], peers: Sequence[str]) -> dict[str, Call]:
    """Every way that can be taken here; why not, printed for the others."""
    makers: dict[str, Callable[[Problem], Call]] = {f"our {b}": lambda p, b=b: ours(b, p) for b in backends}  # type: ignore[misc]
    found = {}
    for name, make in {**makers, **{name: PEERS[name] for name in peers}}.items():
        try:
            found[name] = make(given)
        except Absent as why:
            print(f"    {name}: {why}")
    return found


def rate(dtype: str, clock: Clock) -> float:
    """The best of NumPy's products of 1024² and 2048² matrices, in operations a second."""
    np = import_module("numpy")
    best = 0.0
    for n in (1024, 2048):
        a = np.random.default_rng(0).normal(size=(n, n)).astype(dtype)
        for _ in range(4):
            start = clock()
            a @ a
            best = max(best, 2 * n**3 / (clock() - start))
    return best


def compare(given: argparse.Namespace, clock: Clock) -> None:
    """The table."""
    fastest = rate(given.dtype, clock)
    print(f"NumPy multiplies matrices at {fastest / 1e9:.0f} GFLOP/s\n")
    kind = "best" if given.best else "median"
    print(f"| model | size | way | {kind} µs | × our C | × our NumPy | share of the rate |\n| --- | --- | --- | --- | --- | --- | --- |")
    for model in given.models:
        for label in given.sizes:
            point = problem(model, SIZES[label], given.dtype)
            found = seconds_each(ways(point, given.backends, given.peers), clock, given.rounds)
            typical = min if given.best else median
            for name, seconds in found.items():
                ratios = [
                    ""
                    if base not in found
                    else f"{min(seconds) / min(found[base]):.2f}"
                    if given.best
                    else f"{median(a / b for a, b in zip(seconds, found[base], strict=True)):.2f}"
                    for base in ("our c", "our numpy")
                ]
                share = point.operations / typical(seconds) / fastest
                cells = [model, label, name, f"{typical(seconds) * 1e6:.1f}", *ratios, f"{share:.0%}"]
                print(f"| {' | '.join(cells)} |", flush=True)


def growth(given: argparse.Namespace, clock: Clock) -> None:
    """Time and memory of a call as steps and sequences grow; the memory is what the process grew by in the first call."""
    print("| model | backend | T | B | ms | MB | MB of one stored quantity |\n| --- | --- | --- | --- | --- | --- | --- |")
    for model in given.models:
        for steps, batch in ((50, 8), (100, 8), (200, 8), (400, 8), (800, 8), (100, 16), (100, 32), (100, 64)):
            point = problem(model, (steps, 64, 32, batch), given.dtype)
            for backend in [b for b in given.backends if b in ("c", "numpy", "numba")]:
                call = ours(backend, point)
                before = _resident()
                call()
                memory = _resident() - before
                seconds = median(seconds_each({"it": call}, clock, 5)["it"])
                one = steps * batch * 64 * (8 if given.dtype == "float64" else 4)
                print(
                    f"| {model} | {backend} | {steps} | {batch} | {seconds * 1e3:.2f} | {memory / 1e6:.1f} | {one / 1e6:.1f} |", flush=True
                )


def _resident() -> int:
    """Bytes that the process has in memory (Linux)."""
    with open("/proc/self/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def build(given: argparse.Namespace) -> None:
    """How long an export takes, checks included; for C the compiler too, into an empty cache."""
    symbptt = import_module("symbptt")
    models, refused = symbptt.list_models(), import_module("symbptt.export.trees").NotExported
    print("| model | backend | seconds |\n| --- | --- | --- |")
    for name in models:
        for backend in given.backends:
            start = time.perf_counter()
            try:
                symbptt.lambdify(name, backend=backend, functions={"f": "tanh"})
                told = f"{time.perf_counter() - start:.2f}"
            except refused as why:
                told = str(why)
            print(f"| {name} | {backend} | {told} |", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--models", nargs="+", choices=MODELS, default=list(MODELS))
    parser.add_argument("--sizes", nargs="+", choices=SIZES, default=list(SIZES))
    parser.add_argument("--backends", nargs="+", choices=BACKENDS, default=list(BACKENDS))
    parser.add_argument("--peers", nargs="*", choices=PEERS, default=list(PEERS))
    parser.add_argument("--dtype", choices=("float64", "float32"), default="float64")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--processor", action="store_true", help="processor time instead of the clock on the wall")
    parser.add_argument(
        "--best", action="store_true", help="the best round instead of the median, for threads on a machine with other work"
    )
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--growth", action="store_true", help="time and memory over steps and sequences")
    parser.add_argument("--build", action="store_true", help="how long exports take")
    given = parser.parse_args()
    if given.processor and given.threads > 1:
        parser.error("--processor adds the time of all threads; it is for one")
    for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "SYMBPTT_THREADS"):
        os.environ[name] = str(given.threads)
    if given.threads == 1:
        os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
    if find_spec("torch"):
        import_module("torch").set_num_threads(given.threads)
    kind = "processor time" if given.processor else "wall time"
    print(f"{given.dtype}, {given.threads} thread(s), {kind}, OPENBLAS_CORETYPE {os.environ.get('OPENBLAS_CORETYPE', 'unset')}")
    clock = time.process_time if given.processor else time.perf_counter
    if given.build:
        build(given)
    elif given.growth:
        growth(given, clock)
    else:
        compare(given, clock)


if __name__ == "__main__":
    main()
