"""What is supposed for a while: under "Linear case: suppose $h_t = W h_{t-1}$" another recursion holds, and behind that section the first.

What rests on a supposition is true on that condition alone, for words, or bold ones at the beginning of a paragraph, may end it before.
A section ends at the next heading of its rank or above, or at any heading where ranks are not known. What stands behind it is read with
the first equation, and what is false then is not called refuted: the author may go on with what was supposed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from symbptt.documents.formulas import FormulaSource
from symbptt.documents.parsing import Parsed
from symbptt.documents.roles import Context, Defined, letters_of
from symbptt.latex.syntax import Formula
from symbptt.problem import Given

#: Words that let an equation hold for a while.
SUPPOSED = re.compile(
    r"\b(?:suppos(?:e|ing)|imagine|consider(?:ing)?\s+(?:first\s+|only\s+|now\s+)?(?:the|an?)\s+(?:special|simpl\w+|linear|scalar|toy)"
    r"|for (?:the moment|simplicity|now|illustration|intuition)|ignor(?:e|ing)|neglect(?:ing)?"
    r"|(?:special|simplest|simplified|linear|scalar) case|to isolate|what if)\b",
    re.I,
)
AS_SUPPOSED = "`{}`, as supposed in line {}"
STILL = "`{}` (line {}) was supposed under another heading, and nothing says whether it still holds; write again what does"


@dataclass(frozen=True)
class _Supposed:
    """An equation that is supposed, the one in its place before, and the heading under which it stands."""

    equation: Defined
    instead_of: Defined
    section: int
    rank: int


class Suppositions:
    """The suppositions that hold at some place of a document."""

    def __init__(self) -> None:
        self._held: list[_Supposed] = []
        self._ended: list[_Supposed] = []

    def note(self, before: Context, new: Sequence[Defined], parsed: Parsed) -> None:
        """Note what words let hold in place of an earlier equation."""
        source, said = parsed.source, parsed.around
        earlier = before.definition_of(new[0].name) if len(new) == 1 else None
        if earlier is None or not 0 <= earlier.section <= source.section or earlier.formula == new[0].formula:
            return
        if SUPPOSED.search(f"{said.sentence} {said.setting}"):
            self._held.append(_Supposed(new[0], earlier, source.section, source.rank))

    def leave(self, source: FormulaSource, context: Context) -> Context:
        """The context at a formula, with the equations back for which another one was supposed above."""
        for held in [held for held in self._held if held.section < source.section]:
            if 0 < held.rank < source.rank:
                continue
            self._held.remove(held)
            if held.equation in context.defined:
                kept = tuple(entry for entry in context.defined if entry not in (held.equation, held.instead_of))
                context = replace(context, defined=(*kept, held.instead_of), model=context.model + 1)
                self._ended.append(held)
        return context

    def readings(self, given: Iterable[Given]) -> tuple[str, ...]:
        """How a claim that rests on these equations is read: what is supposed may have been meant for a sentence or a page."""
        used = set(given)
        found = (held.equation.equation for held in self._held if held.equation.equation in used)
        return tuple(AS_SUPPOSED.format(one.equation, one.line) for one in found)

    def doubt(self, formula: Formula, context: Context) -> str:
        """Why a formula behind the section of a supposition may rest on it; empty where it speaks of nothing that was supposed."""
        used = set(context.given_for(formula)) if self._ended else set()
        names = letters_of(formula)
        found = (held.equation for held in self._ended if held.instead_of.equation in used or held.equation.name.letter in names)
        return next((STILL.format(one.equation.equation, one.equation.line) for one in found), "")
