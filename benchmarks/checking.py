"""What checking a claim costs, side by side in one run: computer algebra, a symbolic peer, the engines here.

    python -m benchmarks.checking [--timeout SECONDS] [--repeat N] [--tensorgrad PYTHON] [--only NAME ...] [--processor]
        [--claims NAME ...] [--steps T ...] [--sizes N ...]

Two claims about a tanh–softmax recurrent net: ∂L/∂W as a sum over time (all entries), and the recursion of δ (all steps). Every cell
runs in a process of its own that is killed when its time is over; the figure is the median of the runs in it, without start-up and
reading. A row ends at the first cell that is over the limit, and where that is its first one, larger n are not tried. `growth` is the
factor a step between the two largest T that were reached, `ten times` what ten times the steps cost there, the last column the ratio to
the peer (tensorgrad, else SymPy).
tensorgrad is under the AGPL and only ever run by the Python of another environment.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sympy

from symbptt.engines.directional import NoArrays, Question, Side, screen
from symbptt.problem import Problem
from symbptt.proof.prove import prove
from symbptt.reading.choices import readings
from symbptt.reading.claim import ReadClaim, read_claim
from symbptt.reading.declare import parse_problem
from symbptt.trial import Trial
from symbptt.unrolled import Setting, TooLarge

STEPS = (1, 2, 3, 4, 10, 100, 1000)
SIZES = (1, 2, 3, 8, 64)
#: Seconds that a process takes before its cell begins, and after which a cell is not repeated.
START_UP, ENOUGH = 5.0, 2.0
NET: Mapping[str, Any] = {
    "given": [
        r"z_t = W h_{t-1} + U x_t",
        r"h_t = \tanh(z_t)",
        r"o_t = V h_t",
        r"p_t = \operatorname{softmax}(o_t)",
        r"L = -\sum_{t=1}^{T} \sum_k y_{t,k} \ln p_{t,k}",
        r"\delta_t = \frac{\partial L}{\partial z_t}",
    ],
    "shapes": {"z_t": "n", "h_t": "n", "x_t": "m", "o_t": "q", "p_t": "q", "y_t": "q", "W": "n×n", "U": "n×m", "V": "q×n", "L": "scalar"},
    "ranges": {"t": "1..T"},
    "assume": [r"\sum_k y_{t,k} = 1"],
}
CLAIMS: Mapping[str, Mapping[str, str]] = {
    "weights": {"claim": r"\frac{\partial L}{\partial W} = \sum_{t=1}^{T} \delta_t h_{t-1}^\top"},
    "recursion": {"claim": r"\delta_t = (W^\top \delta_{t+1} + V^\top (p_t - y_t)) \odot (1 - h_t^2)", "for": r"1 \le t < T"},
}


class NotDone(Exception):
    """The contender cannot do this cell; the text says why."""


# -- symbptt --------------------------------------------------------------------------------------------------------------


def first_reading(problem: Mapping[str, Any]) -> ReadClaim:
    """The claim of a problem under its first reading that fits."""
    parsed = parse_problem(Problem.from_dict(dict(problem)))
    return next(o.result for o in readings(lambda choices: read_claim(parsed, parsed.claim[0], choices), 8) if o.result)


def asked(claim: ReadClaim, values: Mapping[str, int]) -> Question:
    """A claim of two sides at sizes and last steps, for the screen on whole arrays."""
    tensor = claim.sides[0].tensor
    assert tensor is not None
    free = [(name, f.role, f.lower, f.upper) for name, f in claim.free.items() if f.lower is not None and f.upper is not None]
    letters = tuple((name, upper) for name, role, _, upper in free if role == "component")
    left, right = (Side((*side.variables, *(name for name, _ in letters)), side.body) for side in claim.sides if side.body is not None)
    axes = (*tensor.rows, *tensor.columns, *(upper for _, upper in letters))
    slots = tuple((name, lower, upper) for name, role, lower, upper in free if role != "component")
    return Question(claim.computation, left, right, axes, slots, claim.conditions, values)


def _sizes(n: int) -> dict[str, int]:
    return {"n": n, "m": max(1, n // 2), "q": max(2, n // 2)}


def exact_engine(name: str, last: int, n: int) -> Callable[[], bool]:
    """Unrolled into scalars, polynomial identity over the rationals."""
    claim = first_reading({**NET, **CLAIMS[name]})

    def run() -> bool:
        trial = Trial(claim, Setting({**_sizes(n), "T": last}))
        if not trial.instances:
            raise NotDone("no instance")
        found = trial.exactly_equal(trial.side(0), trial.side(1))
        if found is None:
            raise NotDone("out of budget")
        return found

    return run


def scalar_screen(name: str, last: int, n: int) -> Callable[[], bool]:
    """Unrolled into scalars, random residues modulo 61-bit primes."""
    claim = first_reading({**NET, **CLAIMS[name]})

    def run() -> bool:
        trial = Trial(claim, Setting({**_sizes(n), "T": last}))
        if not trial.instances:
            raise NotDone("no instance")
        return trial.probably_equal(trial.side(0), trial.side(1))

    return run


def array_screen(name: str, last: int, n: int) -> Callable[[], bool]:
    """Whole arrays modulo three or four 24-bit primes."""
    question = asked(first_reading({**NET, **CLAIMS[name]}), {**_sizes(n), "T": last})

    def run() -> bool:
        answer = screen(question)
        if not answer.instances:
            raise NotDone("no instance")
        return answer.equal and answer.error < 1e-9

    return run


def proof_engine(name: str, last: int, n: int) -> Callable[[], bool]:
    """For all T and sizes at once, from normal forms in index notation."""
    claim = first_reading({**NET, **CLAIMS[name]})
    return lambda: prove(claim, 0, 1) is not None


# -- SymPy ----------------------------------------------------------------------------------------------------------------


def _sympy_difference(name: str, last: int, n: int) -> list[sympy.Expr]:
    """All entries of left − right, inlined; derivatives by `sympy.diff` through shifts of the pre-activations."""
    sizes = _sizes(n)
    m, q = sizes["m"], sizes["q"]
    w, u, v = (sympy.Matrix(r, c, sympy.symbols(f"{x}:{r}:{c}")) for x, r, c in (("W", n, n), ("U", n, m), ("V", q, n)))
    shift = [sympy.Matrix(sympy.symbols(f"e{t}_:{n}")) for t in range(last + 1)]
    h = [sympy.Matrix(sympy.symbols(f"h0_:{n}"))]
    loss, errors = sympy.Integer(0), [sympy.zeros(q, 1)]
    for t in range(1, last + 1):
        x, y = (sympy.Matrix(sympy.symbols(f"{a}{t}_:{k}")) for a, k in (("x", m), ("y", q)))
        y[q - 1] = 1 - sum(y[: q - 1])
        h.append((w * h[-1] + u * x + shift[t]).applyfunc(sympy.tanh))
        e = (v * h[-1]).applyfunc(sympy.exp)
        p = e / sum(e)
        loss -= sum(y[k] * sympy.log(p[k]) for k in range(q))
        errors.append(p - y)
    here = {s: 0 for column in shift for s in column}
    delta = [sympy.Matrix([sympy.diff(loss, s) for s in column]).subs(here) for column in shift]
    h = [column.subs(here) for column in h]
    if name == "weights":
        right = sum((delta[t] * h[t - 1].T for t in range(1, last + 1)), sympy.zeros(n, n))
        plain = loss.subs(here)
        return [sympy.diff(plain, w[i, j]) - right[i, j] for i in range(n) for j in range(n)]
    if last == 1:
        raise NotDone("no instance")
    found: list[sympy.Expr] = []
    for t in range(1, last):
        inner = w.T * delta[t + 1] + v.T * errors[t].subs(here)
        found += [delta[t][i] - inner[i] * (1 - h[t][i] ** 2) for i in range(n)]
    return found


def sympy_simplify(name: str, last: int, n: int) -> Callable[[], bool]:
    """`simplify(left - right) == 0`, entry by entry."""
    return lambda: all(sympy.simplify(e) == 0 for e in _sympy_difference(name, last, n))


def sympy_expand(name: str, last: int, n: int) -> Callable[[], bool]:
    """`expand(numer(together(left - right))) == 0`, entry by entry."""
    return lambda: all(sympy.expand(sympy.numer(sympy.together(e))) == 0 for e in _sympy_difference(name, last, n))


CONTENDERS: Mapping[str, Callable[[str, int, int], Callable[[], bool]]] = {
    "sympy-simplify": sympy_simplify,
    "sympy-expand": sympy_expand,
    "exact": exact_engine,
    "scalar-screen": scalar_screen,
    "array-screen": array_screen,
    "proof": proof_engine,
}
PEER = "tensorgrad"
#: Contenders that know nothing of sizes: one column is enough.
SIZE_FREE = (PEER, "proof")


# -- cells ----------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Cell:
    """Median seconds, or why there are none."""

    seconds: float | None
    note: str = ""

    @property
    def text(self) -> str:
        if self.seconds is None:
            return self.note
        return f"{self.seconds * 1000:.3g} ms" if self.seconds < 1 else f"{self.seconds:.3g} s"


def work(name: str, claim: str, last: int, n: int, repeat: int, clock: Callable[[], float] = time.perf_counter) -> dict[str, Any]:
    """One cell, in this process: the median time, and what was found."""
    try:
        run = CONTENDERS[name](claim, last, n)
        seconds: list[float] = []
        for _ in range(repeat):
            started = clock()
            if not run():
                return {"note": "not shown"}
            seconds.append(clock() - started)
            if sum(seconds) > ENOUGH:
                break
        return {"seconds": statistics.median(seconds)}
    except (NotDone, NoArrays, TooLarge) as error:
        return {"note": str(error)[:40]}


def cell(command: Sequence[str], timeout: float, start_up: float = 0.0) -> Cell:
    """A process with a limit; what it says on its last line."""
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=timeout + start_up, env=environment, check=False)
    except subprocess.TimeoutExpired:
        return Cell(None, f"> {timeout:g} s")
    lines = done.stdout.strip().splitlines()
    if done.returncode or not lines:
        return Cell(None, "memory" if "MemoryError" in done.stderr or done.returncode < 0 else "failed")
    found = json.loads(lines[-1])
    if found.get("seconds", 0) > timeout:
        return Cell(None, f"> {timeout:g} s")
    return Cell(found.get("seconds"), found.get("note", ""))


def command_of(name: str, claim: str, last: int, n: int, options: argparse.Namespace) -> list[str]:
    """How a cell is run."""
    if name == PEER:
        return [options.tensorgrad, str(Path(__file__).with_name("peer_tensorgrad.py")), claim, str(last), str(options.repeat)]
    clock = ["--processor"] if options.processor else []
    return [sys.executable, "-m", "benchmarks.checking", *clock, "--cell", name, claim, str(last), str(n), str(options.repeat)]


def row(name: str, claim: str, n: int, options: argparse.Namespace) -> dict[int, Cell]:
    """Growing T until a cell is not reached."""
    found: dict[int, Cell] = {}
    for last in options.steps:
        found[last] = cell(command_of(name, claim, last, n, options), options.timeout, START_UP)
        if found[last].seconds is None and found[last].note != "no instance":
            break
    return found


def growth(cells: Mapping[int, Cell]) -> str:
    """The factor a step between the two largest T that were reached."""
    reached = [(last, c.seconds) for last, c in cells.items() if c.seconds]
    if len(reached) < 2:
        return ""
    (a, before), (b, after) = reached[-2:]
    return f"×{(after / before) ** (1 / (b - a)):.3g}"


def tenfold(cells: Mapping[int, Cell]) -> str:
    """What ten times the steps cost, at the largest T that were reached."""
    reached = {last: c.seconds for last, c in cells.items() if c.seconds}
    found = [seconds / reached[last // 10] for last, seconds in reached.items() if last % 10 == 0 and last // 10 in reached and last > 10]
    return f"×{found[-1]:.3g}" if found else ""


def ratio(cells: Mapping[int, Cell], peer: Mapping[int, Cell]) -> str:
    """How many times faster than the peer at the largest T that both reached."""
    both = [last for last, c in cells.items() if c.seconds and last in peer and peer[last].seconds]
    if not both:
        return ""
    mine, theirs = cells[both[-1]].seconds, peer[both[-1]].seconds
    assert mine and theirs
    return f"{theirs / mine:.3g} (T={both[-1]})"


def report(claim: str, options: argparse.Namespace) -> None:
    """The table of one claim."""
    print(f"\n## {claim}: {CLAIMS[claim]['claim']}\n")
    heads = ["contender", "n", *(f"T={last}" for last in options.steps), "growth a step", "ten times the steps", "times the peer"]
    print(f"| {' | '.join(heads)} |\n|{' --- |' * len(heads)}", flush=True)
    peer_name = PEER if options.tensorgrad else "sympy-expand"
    names = [PEER, *CONTENDERS] if options.tensorgrad else list(CONTENDERS)
    names = [name for name in names if not options.only or name in options.only or name == peer_name]
    names.sort(key=lambda name: name != peer_name)
    peers: dict[int, dict[int, Cell]] = {}
    for name in names:
        for n in options.sizes[:1] if name in SIZE_FREE else options.sizes:
            cells = row(name, claim, n, options)
            if name == peer_name:
                peers[n] = cells
            against = peers.get(n) or peers.get(options.sizes[0], {})
            texts = [cells[last].text if last in cells else "" for last in options.steps]
            shown = "any" if name in SIZE_FREE else str(n)
            print(f"| {' | '.join([name, shown, *texts, growth(cells), tenfold(cells), ratio(cells, against)])} |", flush=True)
            if not any(c.seconds for c in cells.values()):
                break


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("--timeout", type=float, default=10.0, help="seconds a cell")
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--tensorgrad", default="", help="the Python of an environment that has tensorgrad 0.3.0")
    parser.add_argument("--only", nargs="*", default=[], choices=[*CONTENDERS, PEER])
    parser.add_argument("--claims", nargs="*", default=list(CLAIMS), choices=list(CLAIMS))
    parser.add_argument("--steps", type=int, nargs="*", default=list(STEPS))
    parser.add_argument("--sizes", type=int, nargs="*", default=list(SIZES))
    parser.add_argument("--processor", action="store_true", help="processor time, which what else runs lengthens less; not of tensorgrad")
    parser.add_argument("--cell", nargs=5, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.cell:
        name, claim, last, n, repeat = options.cell
        clock = time.process_time if options.processor else time.perf_counter
        print(json.dumps(work(name, claim, int(last), int(n), int(repeat), clock)))
        return 0
    if not options.tensorgrad:
        print("tensorgrad is skipped: name the Python of an environment that has it with --tensorgrad")
    for claim in options.claims:
        report(claim, options)
    return 0


if __name__ == "__main__":
    sys.exit(main())
