"""What sections of a document have to do with each other: models of their own, and equations that rest on what a later section changes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import replace
from itertools import pairwise
from types import MappingProxyType

from symbptt.documents.item import Entry
from symbptt.documents.roles import letters_of
from symbptt.latex.syntax import Formula, Node, Number, Symbol, of_node, walk
from symbptt.problem import Given

#: Formulas of a document that are looked at for networks of their own.
MOST_ENTRIES = 1000
STALE = "`{}` (line {}) stands before what it rests on was changed under another heading; write it again behind the change"
OTHERWISE = "is said otherwise under this heading"
OVERRULED = f"`{{}}` (line {{}}) {OTHERWISE}; write what is meant before it"


@of_node
def head_of(formula: Formula) -> str:
    """The letter of what a definition defines."""
    return next((node.name for node in walk(formula.sides[0]) if isinstance(node, Symbol)), "")


def stale(given: Given, said: str = STALE) -> str:
    """Why what rests on an equation may be meant otherwise."""
    return said.format(given.equation, given.line)


class Changes:
    """The definitions of a part of a document with their sections: what was replaced, and what rests on it."""

    def __init__(self, entries: Sequence[Entry], loose: Mapping[str, str] = MappingProxyType({})) -> None:
        self.loose = loose  # names of which formulas that are no equations say something
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

    def overruled(self, given: Iterable[Given], section: int, restated: Mapping[Given, Given]) -> Given | None:
        """The first of these equations of an earlier section for which this one has another, which is not among them; None if none has.

        What is `restated` says what the equation that it stands for says.
        """
        used = dict.fromkeys(one for one in given if one in self._sections)
        meant = {restated.get(one, one) for one in used}
        said = {self._formulas[one] for one in (*used, *(one for one in self._in[section] if restated.get(one, one) in meant))}
        new = [self._formulas[one].sides[0] for one in self._in[section]]
        here = {self._formulas[one].sides[0] for one in self._in[section] if self._formulas[one] not in said}
        earlier = [(one, self._formulas[one].sides[0]) for one in used if self._sections[one] < section]
        return next((one for one, left in earlier if left in here or any(_is_member(left, general) for general in new)), None)

    def stale(self, given: Iterable[Given]) -> Given | None:
        """The first of these equations that speaks of what another one of them, of a later section, replaced; None if none does."""
        used = [one for one in given if one in self._sections]
        for new in filter(self._replaces, used):
            name = head_of(self._formulas[new])
            for one in used:
                if self._sections[one] < self._sections[new] and name in letters_of(self._formulas[one].sides[-1]):
                    return one
        return None


def _is_member(left: Node, general: Node) -> bool:
    """Whether a left side is a member, counted from 1, of the family of another one: `h_1` of `h_t`."""
    if (
        not isinstance(left, Symbol)
        or not isinstance(general, Symbol)
        or left.name != general.name
        or len(left.scripts) != len(general.scripts)
    ):
        return False
    pairs = [(a.body, b.body) for a, b in zip(left.scripts, general.scripts, strict=True) if a.body != b.body]
    return bool(pairs) and all(isinstance(a, Number) and a.text not in ("0", "") and isinstance(b, Symbol) for a, b in pairs)


def apart(entries: Sequence[Entry]) -> list[list[Entry]]:
    """The sections that speak of nothing that earlier ones define, each with those that go on with it: networks of their own.

    Definitions of the others are taken from them.
    """
    formulas = {given: formula for entry in entries for given, formula in entry.known}
    sections = {given: entry.section for entry in entries for given in entry.item.defines if given in formulas}
    if len(set(sections.values())) < 2 or len(entries) > MOST_ENTRIES:
        return [list(entries)]
    rested: list[set[Given]] = [set()]  # from the end: what an entry and all behind it rest on
    for entry in reversed(entries):
        rested.append(rested[-1] | _rested_on(entry, formulas, sections))
    starts, defined = [0], set[Given]()
    for at, (entry, needed) in enumerate(zip(entries, rested[:0:-1], strict=True)):
        new = at > 0 and entry.section != entries[at - 1].section and entry.section in sections.values()
        if new and defined and not needed & defined:
            starts.append(at)
            defined = set()
        defined.update(given for given in entry.item.defines if given in formulas)
    runs = [list(entries[low:high]) for low, high in pairwise([*starts, len(entries)])]
    if len(runs) == 1:
        return runs
    met = set[Given]()
    own = [{given for entry in run for given, _ in entry.known} for run in runs]
    for given in own:  # what an earlier run knew is its own
        given -= met
        met |= given
    return [[_only(entry, given) for entry in run] for run, given in zip(runs, own, strict=True)]


def _rested_on(entry: Entry, formulas: Mapping[Given, Formula], sections: Mapping[Given, int]) -> set[Given]:
    """The definitions that a formula speaks of, directly or through others; its own section says whether h or h_t is meant."""
    if entry.formula is None or entry.item.problem is None:
        return set()
    here = {(head_of(formulas[g]), _has_index(formulas[g])) for g, section in sections.items() if section == entry.section}
    wanted, found, size = set(letters_of(entry.formula)), set[Given](), -1
    while size != len(found):
        size = len(found)
        for given, _ in entry.known:
            head = head_of(formulas[given])
            other = sections.get(given) != entry.section and (head, not _has_index(formulas[given])) in here
            if given not in found and head in wanted and not other:
                found.add(given)
                wanted |= letters_of(formulas[given])
    return found


def _has_index(formula: Formula) -> bool:
    left = formula.sides[0]
    return not isinstance(left, Symbol) or bool(left.scripts)


def _only(entry: Entry, own: Set[Given]) -> Entry:
    """An entry with the definitions of its run alone, those within claims among them: `\\delta = \\partial C/\\partial z = …`."""
    known = tuple((given, formula) for given, formula in entry.known if given in own)
    problem = entry.item.problem
    if problem is not None:
        outside = {given for given, _ in entry.known} - own
        problem = replace(problem, given=tuple(given for given in problem.given if given not in outside))
    return replace(entry, known=known, item=replace(entry.item, problem=problem))
