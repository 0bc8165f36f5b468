"""A run killed with SIGKILL at random moments goes on each time, and ends equal to an unbroken one, byte for byte of every array.

    python -m benchmarks.kills                # twenty kills for each of three models
    python -m benchmarks.kills --kills 100 --seed 7 --save-every 0.05

Each moment is drawn anew, from before the first batch of a process to some time after it, so that kills fall into reading, learning
and writing alike. What counts as progress is a later step in the checkpoint.
"""

from __future__ import annotations

import argparse
import json
import signal
import subprocess
import sys
import tempfile
import time
from itertools import pairwise
from pathlib import Path
from random import Random

from symbptt.train.checkpoint import NAME, load

TEXT = "it was the age of wisdom, it was the age of foolishness, it was the epoch of belief, " * 6
#: Model → its options.
MODELS = {
    "hello": ["--epochs", "1500", "--optimizer", "sgd", "--rate", "0.1"],
    "gru": ["--epochs", "400", "--optimizer", "momentum", "--float32"],
    "lstm": ["--epochs", "400", "--optimizer", "adam", "--held-out", "0.1"],
}


def command(model: str, folder: Path, arguments: argparse.Namespace) -> list[str]:
    options = ["--text", TEXT, "--hidden", "8", "--steps", "9", "--sample", "0"]
    every = ["--save-every", str(arguments.save_every), "--output", str(folder)]
    return [sys.executable, "-m", "symbptt", "train", model, *options, *MODELS[model], *every]


def step(folder: Path) -> int:
    """The step of the checkpoint, 0 where there is none."""
    found = load(folder)
    return int(found[1]["step"]) if found is not None else 0


def equal(one: Path, two: Path) -> bool:
    first, second = load(one), load(two)
    assert first is not None and second is not None
    names = set(first[0]) == set(second[0]) and json.dumps(first[1]) == json.dumps(second[1])
    return names and all(first[0][name].tobytes() == second[0][name].tobytes() for name in first[0])


def broken(model: str, folder: Path, arguments: argparse.Namespace, chosen: Random, start: float) -> str:
    """Kill a run so many times and let it end; what happened, in words. `start` is about how long a process takes to its first batch."""
    call, kills, steps = command(model, folder / "broken", arguments), 0, [0]
    while kills < arguments.kills:
        with subprocess.Popen(call, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
            try:
                process.wait(chosen.uniform(0.7 * start, start + arguments.longest))
            except subprocess.TimeoutExpired:
                process.send_signal(signal.SIGKILL)
        if process.returncode == 0:
            return f"ended by itself after {kills} kills; it needs more epochs"
        if process.returncode != -signal.SIGKILL:
            return f"WRONG: did not go on after {kills} kills at step {steps[-1]} (exit status {process.returncode})"
        kills += 1
        steps.append(step(folder / "broken"))
        if steps[-1] < steps[-2]:
            return f"WRONG: the checkpoint went back from step {steps[-2]} to {steps[-1]}"
    moved = sum(b > a for a, b in pairwise(steps))
    subprocess.run(call, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    left = [path.name for path in (folder / "broken").iterdir() if path.name != NAME]
    verdict = "WRONG: not equal" if not equal(folder / "whole", folder / "broken") else f"WRONG: left {left}" if left else "equal"
    return f"{verdict} after {kills} kills, {moved} of them with progress, at steps {', '.join(map(str, steps[1:]))}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--model", choices=list(MODELS), action="append", help="several; all without it")
    parser.add_argument("--save-every", type=float, default=0.02)
    parser.add_argument("--longest", type=float, default=1.0, help="seconds of learning before a kill at most")
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    chosen = Random(arguments.seed)
    results = []
    for model in arguments.model or MODELS:
        with tempfile.TemporaryDirectory() as name:
            started = time.perf_counter()
            subprocess.run(
                command(model, Path(name) / "whole", arguments), check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
            )
            again = time.perf_counter()  # there is nothing left to do: how long a process takes to begin
            subprocess.run(
                command(model, Path(name) / "whole", arguments), check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
            )
            start = time.perf_counter() - again
            results.append(broken(model, Path(name), arguments, chosen, start))
            print(f"{model}: {results[-1]} ({step(Path(name) / 'whole')} steps, {time.perf_counter() - started:.0f} s)", flush=True)
    sys.exit(any(not result.startswith("equal") for result in results))


if __name__ == "__main__":
    main()
