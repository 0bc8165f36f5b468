"""Equations of an earlier section that rest on what a later section defines anew: whether they still hold is not said."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from symbptt.documents.item import Entry
from symbptt.documents.roles import letters_of
from symbptt.latex.syntax import Formula, Symbol, walk
from symbptt.problem import Given

STALE = "`{}` (line {}) stands before what it rests on was changed under another heading; write it again behind the change"


def head_of(formula: Formula) -> str:
    """The letter of what a definition defines."""
    return next((node.name for node in walk(formula.sides[0]) if isinstance(node, Symbol)), "")


class Changes:
    """The definitions of a part of a document with their sections, and which of them replaced one of an earlier section."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        self._formulas = {given: formula for entry in entries for given, formula in entry.known}
        self._sections = {given: entry.section for entry in entries for given in entry.item.defines if given in self._formulas}
        self._new = tuple(given for given in self._sections if self._replaces(given))

    def _replaces(self, given: Given) -> bool:
        own = self._formulas[given]
        return any(
            section < self._sections[given] and self._formulas[other].sides[0] == own.sides[0] and self._formulas[other] != own
            for other, section in self._sections.items()
        )

    def section(self, given: Given) -> int | None:
        """The section that a definition stands in; None for what no entry defines."""
        return self._sections.get(given)

    def stale(self, given: Iterable[Given], section: int) -> str:
        """Why what rests on these equations in a section may be meant otherwise; empty where nothing was changed from outside."""
        used = [one for one in given if one in self._sections]
        here = [self._formulas[one].sides[0] for one, own in self._sections.items() if own == section and one not in used]
        for one in used:
            if self._sections[one] < section and self._formulas[one].sides[0] in here:
                return STALE.format(one.equation, one.line)
        for new in (one for one in used if one in self._new):
            met = {head_of(self._formulas[new])}
            older = [one for one in used if self._sections[one] < self._sections[new]]
            found = next((one for one in older if letters_of(self._formulas[one].sides[-1]) & met), None)
            if found is not None:
                return STALE.format(found.equation, found.line)
        return ""
