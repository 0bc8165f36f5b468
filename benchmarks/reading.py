"""Formulas a second that are read, of each document: what `symbptt check` does before it judges.

    python -m benchmarks.reading FILE-OR-FOLDER... [--repeat N]

Reading is everything from the text to problems stated in full: the formulas found, parsed, told apart by role, and what nobody states
inferred. `parsing` finds and parses alone. Each time is of a process that has read another text before (so that imports and tables are
there, and nothing of this document is), with Python's collector of cycles as `symbptt check` sets it, the best of N; `cold` is a fresh
interpreter from its start to the last item. Processor time.
"""

from __future__ import annotations

import argparse
import gc
import multiprocessing
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from symbptt.cli import COLLECT_AFTER
from symbptt.documents.files import read_text
from symbptt.documents.formulas import FormulaSource
from symbptt.documents.parsing import latex_of, parse_source, with_macros, words_of
from symbptt.documents.reader import DOCUMENTS, read_items, read_path
from symbptt.documents.walk import Walk

#: What is read first: a model with words around it, a function and an equation in two forms, for which the judge is asked.
OTHER = r"""
The activation is $\sigma(x) = \frac{x}{1 + x^2}$, entry by entry, and $x$ is a vector of length $m$.

$$ z^l = W^l a^{l-1} + b^l, \qquad a^l = \sigma(z^l) \quad \text{for } l = 1, \dots, L $$

In one line:

$$ a^l = \sigma(W^l a^{l-1} + b^l) $$

$$ C = \frac{1}{2} \sum_j (y_j - a^L_j)^2 $$

so that $\delta^L = \frac{\partial C}{\partial z^L} = (a^L - y) \odot \sigma'(z^L)$.
"""
COLD = "import sys, time; from symbptt.documents.reader import read_path; read_path(sys.argv[1]); print(time.process_time())"
#: Formulas a second that reading is meant to reach, over all documents and for each.
WANTED, EACH = 2000, 1000


@dataclass(frozen=True)
class Row:
    """Formulas of a document, and seconds."""

    path: Path
    formulas: int
    parsing: float
    reading: float
    cold: float

    def __str__(self) -> str:
        rates = (self.formulas / seconds if seconds else 0 for seconds in (self.parsing, self.reading))
        return f"| {self.path.name[:40]} | {self.formulas} | {' | '.join(f'{rate:,.0f}' for rate in rates)} | {self.cold * 1000:,.0f} ms |"


def read(path: Path) -> int:
    """All of reading; the number of formulas."""
    return len(read_path(str(path)).items)


def parse(path: Path) -> int:
    """Finding and parsing alone; the number of formulas and displays."""
    document = DOCUMENTS[path.suffix](read_text(str(path)), path=str(path))
    words = words_of(with_macros(document.frame, document.macros), latex_of(document.items))
    return sum(len(parse_source(item, words).formulas) for item in document.items if isinstance(item, FormulaSource))


def timed(work: Callable[[Path], int], path: Path) -> tuple[int, float]:
    """What work finds, and seconds of processor time."""
    gc.set_threshold(COLLECT_AFTER, 20, 20)
    read_items(OTHER, "other.md", ".md")
    started = time.process_time()
    found = work(path)
    return found, time.process_time() - started


def cold(path: Path) -> float:
    """Seconds of processor time from the start of an interpreter."""
    return float(subprocess.run([sys.executable, "-c", COLD, str(path)], capture_output=True, text=True, check=True).stdout)


def row(path: Path, repeat: int) -> Row:
    """Each measurement in a process of its own."""
    context = multiprocessing.get_context("spawn")
    found: dict[str, list[tuple[int, float]]] = {}
    for work in (parse, read):
        for _ in range(repeat):
            with context.Pool(1) as pool:
                found.setdefault(work.__name__, []).append(pool.apply(timed, (work, path)))
    seconds = {name: min(time for _, time in times) for name, times in found.items()}
    return Row(path, found["read"][0][0], seconds["parse"], seconds["read"], min(cold(path) for _ in range(repeat)))


def main(arguments: Sequence[str] | None = None) -> int:
    """0 where reading is as fast as it is meant to be."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("paths", nargs="+")
    parser.add_argument("--repeat", type=int, default=3)
    options = parser.parse_args(arguments)
    files = [Path(name) for path in options.paths for name in (Walk().files(path, tuple(DOCUMENTS)) if Path(path).is_dir() else [path])]
    print("| document | formulas | parsing, a second | reading, a second | cold |\n| --- | --- | --- | --- | --- |", flush=True)
    rows = []
    for path in files:
        rows.append(row(path, options.repeat))
        print(rows[-1], flush=True)
    formulas = sum(row.formulas for row in rows)
    rate = formulas / sum(row.reading for row in rows)
    parsing = formulas / sum(row.parsing for row in rows)
    print(f"| all | {formulas} | {parsing:,.0f} | {rate:,.0f} | |")
    return 0 if rate >= WANTED and all(row.formulas >= EACH * row.reading for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
