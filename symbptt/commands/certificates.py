"""Certificates as files: one for each decided claim, named after where the claim stands."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import click

from symbptt.verdict import Verdict

_LONGEST_NAME = 120


def written(verdicts: Iterator[Verdict], folder: Path) -> Iterator[Verdict]:
    """The same verdicts, each certificate written into `folder`, which is made if there is none."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise click.UsageError(f"cannot write certificates into {folder}: {error.strerror}") from None
    taken: set[str] = set()
    for verdict in verdicts:
        if verdict.evidence is not None:
            name = _name(verdict, taken)
            text = json.dumps(verdict.evidence, ensure_ascii=False, indent=None, separators=(", ", ": "))
            (folder / f"{name}.json").write_text(f"{text}\n", encoding="utf-8")
        yield verdict


def _name(verdict: Verdict, taken: set[str]) -> str:
    """`docs_notes.md-16-3`, or the name of a problem; made unlike those taken, and added to them."""
    place = "-".join(str(part) for part in (verdict.path, verdict.cell, verdict.line, verdict.column) if part)
    plain = re.sub(r"[^\w.-]+", "_", place or verdict.id or "claim").strip("._-")[-_LONGEST_NAME:] or "claim"
    name, count = plain, 1
    while name.lower() in taken:
        count += 1
        name = f"{plain}-{count}"
    taken.add(name.lower())
    return name
