"""Two quantities that a letter tells apart: `net_j` of the hidden units and `net_k` of the outputs, each with an equation of its own."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass
from itertools import combinations

from symbptt.documents.item import Entry
from symbptt.documents.names import COMPONENT_LETTERS
from symbptt.documents.roles import is_forward, letters_of
from symbptt.inference.letters import bound_in, shifted_letters, summed_over_time
from symbptt.latex.printer import to_latex
from symbptt.latex.syntax import Formula, Symbol
from symbptt.problem import Given
from symbptt.reading.names import Spelling, spelling_of

TWO_UNITS = "`{}` and `{}` have an equation each: they may be two quantities that the letter tells apart; give them two names"


@dataclass(frozen=True)
class Units:
    """A name that two equations of a section define with different letters; `alike` where both mention the same names."""

    name: str
    section: int
    first: str
    second: str
    alike: bool
    given: frozenset[Given]

    @property
    def message(self) -> str:
        """Why what speaks of the name is not judged."""
        return TWO_UNITS.format(self.first, self.second)

    def met_in(self, section: int, given: Iterable[Given], formulas: Iterable[Formula]) -> bool:
        """Whether formulas of the section, or ones that rest on its equations, speak of the name."""
        here = section == self.section or not self.given.isdisjoint(given)
        return here and any(self.name in letters_of(formula) for formula in formulas)


def told_by_letter(entries: Sequence[Entry]) -> tuple[Units, ...]:
    """The names of a document of which a letter may tell two quantities."""
    formulas = {given: formula for entry in entries for given, formula in entry.known}
    trees = [*formulas.values(), *(entry.formula for entry in entries if entry.formula is not None)]
    counting = (COMPONENT_LETTERS | bound_in(trees)) - shifted_letters(trees).keys() - summed_over_time(trees)
    defined: dict[tuple[str, int, int], list[tuple[Spelling, Formula, frozenset[Given]]]] = defaultdict(list)
    for entry in entries:
        own = [(formulas[given], frozenset({given})) for given in entry.item.defines if given in formulas]
        if entry.item.role == "claim" and entry.formula is not None and entry.formula.relations == ("=",) and is_forward(entry.formula):
            own.append((entry.formula, frozenset()))
        for formula, given in own:
            spelling = spelling_of(formula.sides[0])
            if spelling is not None and spelling.items:
                defined[spelling.name, spelling.primes, entry.section].append((spelling, formula, given))
    found = []
    for (name, _, section), pairs in defined.items():
        for (left, one, first), (right, other, second) in combinations(pairs, 2):
            if first and _letters_differ(left, right, counting):
                names = [letters_of(formula) - counting for formula in (one, other)]
                shown = [to_latex(formula.sides[0]) for formula in (one, other)]
                found.append(Units(name, section, shown[0], shown[1], names[0] == names[1], first | second))
    return tuple(found)


def _letters_differ(left: Spelling, right: Spelling, counting: Set[str]) -> bool:
    """Whether two spellings are the same but for letters that count entries."""
    if [item.kind for item in left.items] != [item.kind for item in right.items]:
        return False
    pairs = [(a.node, b.node) for a, b in zip(left.items, right.items, strict=True) if a.node != b.node]
    return bool(pairs) and all(isinstance(node, Symbol) and not node.scripts and node.name in counting for pair in pairs for node in pair)
