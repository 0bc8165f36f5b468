"""Names that a document defines twice under different headings: δ as ∂L/∂h in one section, and as ∂L/∂z in the next.

The second equation is false of the first meaning. Whether it is a new meaning or a mistake, what speaks of the name from there on is not
judged by the first one.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from symbptt.documents.changes import OTHERWISE
from symbptt.documents.item import DocumentItem
from symbptt.problem import Problem
from symbptt.verdict import Verdict

TOKEN = re.compile(r"\\[A-Za-z]+|[A-Za-z]")
DECIDED = ("refuted", "proved", "verified", "conditional")
TWICE = "`{}` is defined anew in line {}, or wrongly there, and nothing says which; give each meaning a name of its own"


def defined_twice(items: Sequence[DocumentItem], verdicts: Sequence[Verdict]) -> list[Verdict]:
    """The verdicts; `unknown` for what speaks of a name behind a second definition of it that is false of the first."""
    found: list[Verdict] = []
    anew: dict[str, int] = {}
    for item, verdict in zip(items, verdicts, strict=True):
        for given in item.defines:
            anew.pop(next(iter(TOKEN.findall(given.equation)), ""), None)
        if item.anew and not _is_sure(verdict):
            anew.setdefault(item.anew, item.line)
        name = _spoken_of(item.problem, anew) if anew and item.problem is not None and verdict.verdict in DECIDED else ""
        said = TWICE.format(name, anew[name]) if name else _overruled(item.problem, verdict)
        found.append(replace(Verdict(role=verdict.role, verdict="unknown", message=said), **_place(verdict)) if said else verdict)
    return found


def _is_sure(verdict: Verdict) -> bool:
    """Whether a second equation is true of the first meaning; one with a derivative that was read as immediate is so of much else."""
    return verdict.verdict in ("proved", "verified", "conditional") and not any("is immediate" in line for line in verdict.reading)


def _overruled(problem: Problem | None, verdict: Verdict) -> str:
    """Why what is true of an equation that stands otherwise in the same section is no less doubtful than what is false of it."""
    doubtful = problem is not None and OTHERWISE in problem.doubt and verdict.verdict in ("proved", "verified")
    return f"true as it was read, but {problem.doubt}" if problem is not None and doubtful else ""


def _place(verdict: Verdict) -> dict[str, Any]:
    return {name: getattr(verdict, name) for name in ("id", "path", "line", "column", "cell", "latex", "expect", "seconds")}


def _spoken_of(problem: Problem, anew: dict[str, int]) -> str:
    """The first of the names that a claim mentions, itself or by what defines the names in it."""
    met = set(TOKEN.findall(problem.claim))
    size = 0
    while size != len(met):
        size = len(met)
        for given in problem.given:
            tokens = TOKEN.findall(given.equation)
            if tokens and tokens[0] in met:
                met.update(tokens)
    return next((name for name in anew if set(TOKEN.findall(name)) <= met), "")
