"""Every built-in model in every notation, derived and read back: `python -m benchmarks.derivations [--steps all|T]… [MODEL]…`.

A row for each: seconds of processor time, lines that were judged, lines of the Markdown page that its reader found true again.
Ends with status 1 where a derivation stopped, took longer than it may, or a line was not found true.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

import symbptt
from symbptt.derivation.board import DerivationError
from symbptt.derivation.network import Underivable
from symbptt.derivation.notation import list_notations

#: Seconds of processor time that a derivation may take; those of the LSTM and its variants have many gates.
LIMIT, LIMIT_OF_GATES = 5.0, 15.0
TRUE = ("proved", "verified")


def row(model: str, notation: str, steps: str | int, folder: Path, read_back: bool, one: bool) -> tuple[str, bool]:
    """What is printed of one derivation, and whether all of it is true; `one`: by the first parameter alone."""
    begin = time.process_time()
    wrt = symbptt.load_model(model).parameters[:1] if one else ()
    try:
        derivation = symbptt.derive(model, wrt=wrt, steps=steps, notation=notation)
    except (DerivationError, Underivable) as error:
        return str(error), False
    seconds = time.process_time() - begin
    in_time = seconds < (LIMIT_OF_GATES if model.startswith("lstm") else LIMIT)
    told = f"{seconds:6.1f} s{' ' if in_time else '!'} {derivation.checked:3} lines"
    if not read_back:
        return told, in_time
    page = folder / "page.md"
    page.write_text(derivation.to_markdown(), encoding="utf-8")
    verdicts = [verdict for verdict in symbptt.check_document(str(page)) if verdict.verdict]
    found = sum(verdict.verdict in TRUE for verdict in verdicts)
    return f"{told}  {found:3} read back", in_time and found == len(verdicts) == derivation.checked


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("models", nargs="*", default=[])
    parser.add_argument("--steps", action="append", default=[])
    parser.add_argument("--no-read-back", action="store_true")
    parser.add_argument("--one", action="store_true", help="by the first parameter alone")
    chosen = parser.parse_args()
    wrong = 0
    with tempfile.TemporaryDirectory() as folder:
        for model in chosen.models or symbptt.list_models():
            for notation in ("", *list_notations()):
                for steps in chosen.steps or ("all", "3"):
                    depth = steps if steps == "all" else int(steps)
                    told, right = row(model, notation, depth, Path(folder), not chosen.no_read_back, chosen.one)
                    wrong += not right
                    print(f"{model:26} {notation or 'its own':11} {steps:3}  {told}", flush=True)
    return 1 if wrong else 0


if __name__ == "__main__":
    raise SystemExit(main())
