"""Verdicts as JSON: one list, or one verdict a line; written as they come."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TextIO

from symbptt.report.outcome import Detail, Tally
from symbptt.verdict import Verdict


def write_json(verdicts: Iterator[Verdict], out: TextIO, _tally: Tally, _detail: Detail) -> None:
    """One list."""
    separator = "[\n"
    for verdict in verdicts:
        out.write(f"{separator}  {_dump(verdict)}")
        out.flush()
        separator = ",\n"
    out.write("[]\n" if separator == "[\n" else "\n]\n")


def write_jsonl(verdicts: Iterator[Verdict], out: TextIO, _tally: Tally, _detail: Detail) -> None:
    """One verdict a line."""
    for verdict in verdicts:
        out.write(f"{_dump(verdict)}\n")
        out.flush()


def _dump(verdict: Verdict) -> str:
    return json.dumps(verdict.to_dict(), ensure_ascii=False)
