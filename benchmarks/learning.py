"""Character models on a real text against counting: bits a letter on what is held out, epoch by epoch.

    python -m benchmarks.learning                              # lstm, two minutes
    python -m benchmarks.learning --model gru --model hello --minutes 5 --float64

The text is what every Python brings along: docstrings of its standard library, then the pages of `help()`, whose last tenth is held
out. It is the same for one version of Python, so figures are compared with the baselines of the same run.
"""

from __future__ import annotations

import argparse
import ast
import hashlib
import shutil
import sysconfig
import time
from collections.abc import Iterator
from pathlib import Path
from pydoc_data.topics import topics

from symbptt.train.measure import Measured
from symbptt.train.trainer import Trainer

DOCSTRINGS = 400_000  # letters of docstrings, before the pages of help()


def docstrings() -> Iterator[str]:
    """Docstrings of the modules of the standard library, in order of their names."""
    for path in sorted(Path(sysconfig.get_paths()["stdlib"]).glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef):
                yield ast.get_docstring(node) or ""


def real_text() -> str:
    """At least 800,000 letters of English about Python, with its code and tables."""
    found, length = [], 0
    for text in docstrings():
        if text and length < DOCSTRINGS:
            found.append(text)
            length += len(text) + 2
    return "\n\n".join([*found, *(topics[name] for name in sorted(topics))])


def learned(model: str, text: str, arguments: argparse.Namespace) -> None:
    """Epochs until the minutes are over, one line each."""
    trainer = Trainer(
        model,
        text=text,
        hidden=arguments.hidden,
        steps=50,
        batch=32,
        backend="c" if shutil.which("cc") else "numpy",
        dtype="float64" if arguments.float64 else "float32",
        rate=arguments.rate,
        held_out=0.1,
        seed=arguments.seed,
    )
    counted = trainer.baselines()
    assert counted is not None
    plan = trainer.run.plan
    print(f"\n{model}: {trainer.run.source}, hidden {arguments.hidden}, {plan.backend} {plan.dtype}, adam {plan.rate}, seed {plan.seed}")
    print(f"counting letters {counted.unigram:.4f} bits a letter on what is held out, counting pairs {counted.bigram:.4f}")
    print("epoch  seconds  learned  held out")
    started, passed, epoch = time.perf_counter(), 0.0, 0
    while passed < 60 * arguments.minutes and epoch < arguments.epochs:
        epoch += 1
        done = len(trainer.run.losses)
        trainer.train(epoch, told=lambda _: None)
        passed = time.perf_counter() - started
        bits = [Measured(loss, None, 0).bits for loss in (sum(trainer.losses[done:]) / (trainer.run.step - done), trainer.run.held[-1][1])]
        print(f"{epoch:5}  {passed:7.0f}  {bits[0]:7.4f}  {bits[1]:8.4f}", flush=True)
    final = trainer.measure()
    print(f"below both: {final.bits < min(counted.unigram, counted.bigram)}; {100 * (final.accuracy or 0):.1f} % of the letters predicted")
    print(f"sample: {trainer.sample(200, temperature=0.7)!r}")
    if arguments.plot:
        print("wrote", *trainer.draw(Path(arguments.plot) / model))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", action="append", help="hello (a tanh network), gru, lstm, lstm-…; several")
    parser.add_argument("--minutes", type=float, default=2.0, help="for each model")
    parser.add_argument("--epochs", type=int, default=1000)
    parser.add_argument("--hidden", type=int, default=128)
    parser.add_argument("--rate", type=float, default=0.005)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--float64", action="store_true")
    parser.add_argument("--plot", metavar="FOLDER", help="draw the curves there")
    arguments = parser.parse_args()
    text = real_text()
    print(f"text: {len(text):,} letters, {len(text.encode()):,} bytes, sha256 {hashlib.sha256(text.encode()).hexdigest()[:16]}")
    for model in arguments.model or ["lstm"]:
        learned(model, text, arguments)


if __name__ == "__main__":
    main()
