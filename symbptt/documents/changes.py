"""Equations of an earlier section that rest on what a later section defines anew: whether they still hold is not said."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from symbptt.documents.item import Entry
from symbptt.documents.roles import letters_of
from symbptt.latex.syntax import Formula, Node, Symbol, walk
from symbptt.problem import Given

STALE = "`{}` (line {}) stands before what it rests on was changed under another heading; write it again behind the change"


def head_of(formula: Formula) -> str:
    """The letter of what a definition defines."""
    return next((node.name for node in walk(formula.sides[0]) if isinstance(node, Symbol)), "")


class Changes:
    """The definitions of a part of a document with their sections: what was replaced, and what rests on it."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        self._formulas = {given: formula for entry in entries for given, formula in entry.known}
        self._sections = {given: entry.section for entry in entries for given in entry.item.defines if given in self._formulas}
        self._of: dict[Node, list[Given]] = defaultdict(list)  # the definitions of each left side
        self._in: dict[int, list[Given]] = defaultdict(list)  # and those of each section
        for given, section in self._sections.items():
            self._of[self._formulas[given].sides[0]].append(given)
            self._in[section].append(given)

    def _replaces(self, given: Given) -> bool:
        own = self._formulas[given]
        others = (one for one in self._of[own.sides[0]] if self._sections[one] < self._sections[given])
        return any(self._formulas[one] != own for one in others)

    def section(self, given: Given) -> int | None:
        """The section that a definition stands in; None for what no entry defines."""
        return self._sections.get(given)

    def stale(self, given: Iterable[Given], section: int) -> str:
        """Why what rests on these equations in a section may be meant otherwise; empty where nothing was changed from outside."""
        used = [one for one in given if one in self._sections]
        here = {self._formulas[one].sides[0] for one in self._in[section] if one not in used}
        for one in used:
            if self._sections[one] < section and self._formulas[one].sides[0] in here:
                return STALE.format(one.equation, one.line)
        for new in filter(self._replaces, used):
            name = head_of(self._formulas[new])
            for one in used:
                if self._sections[one] < self._sections[new] and name in letters_of(self._formulas[one].sides[-1]):
                    return STALE.format(one.equation, one.line)
        return ""
