"""The nearest true formula: edits of a refuted claim in order of nearness, screened, and the first that is judged true suggested."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from ..latex import syntax as s
from ..latex.parser import ParseError, parse
from ..latex.printer import to_latex
from ..problem import Problem, ProblemError
from ..reading.choices import ReadingError
from ..reading.declare import Parsed, parse_problem
from ..unroll import Meaningless, TooLarge, Undefined
from ..verdict import Verdict
from .bench import Bench, Full
from .taxonomy import changes
from .trees import Change, outside_scripts, plain, size
from .vocabulary import Vocabulary, vocabulary_of

Confirm = Callable[[Problem], Verdict]
TRUE = ("verified", "proved")
#: Screened candidates that are judged in full, at most.
MOST_JUDGED = 6


@dataclass(frozen=True)
class Budget:
    """What a repair may cost: seconds, and candidates that are read; the second is the same on every machine."""

    seconds: float = 2.0
    candidates: int = 1500


@dataclass(frozen=True)
class Suggestion:
    """The formula that was meant, as LaTeX, and what to change in words; `row` names the kind of mistake."""

    latex: str
    edit: str
    row: str = ""
    candidates: int = 0


@dataclass
class Search:
    """One side of a claim under repair: what may be written, what it is compared with, and what is left to spend."""

    problem: Problem
    parsed: Parsed
    formula: s.Formula
    confirm: Confirm
    budget: Budget
    deadline: float
    read: int = 0
    judged: int = 0

    def side(self, position: int) -> Suggestion | None:
        """A repair of one side of a chain; the links behind it stay where they are true with it."""
        left, wrong = self.formula.sides[0], self.formula.sides[position]
        link = s.Formula((left, wrong), ("=",), condition=self.formula.condition)
        words = vocabulary_of(self.parsed, link)
        bench = Bench(self.parsed, link)
        asked = bench.read(wrong)
        if asked is not None and bench.passes(asked):
            return None  # this link is right, or no edit of the side mends it
        for change in self._screened(bench, words, self._nearest(words)):
            if restates(change.tree, words, bench):
                continue
            self.judged += 1
            suggestion = self._confirmed(position, change)
            if suggestion is not None:
                return suggestion
            if self.judged >= MOST_JUDGED:
                return None
        return None

    def _nearest(self, words: Vocabulary) -> Iterator[Change]:
        """All single edits, the nearest first."""
        found: dict[s.Node, tuple[float, int, int, Change]] = {}
        before = size(words.right)
        for order, change in enumerate(changes(words.right, words)):
            if change.tree == words.right:
                continue
            key = (change.cost, abs(size(change.tree) - before), order, change)
            known = found.get(change.tree)
            if known is None or key[:3] < known[:3]:
                found[change.tree] = key
        for *_, change in sorted(found.values(), key=lambda item: item[:3]):
            yield change

    def _screened(self, bench: Bench, words: Vocabulary, todo: Iterator[Change]) -> Iterator[Change]:
        for change in todo:
            if self.read >= self.budget.candidates or time.perf_counter() > self.deadline:
                return
            self.read += 1
            claim = bench.read(change.tree)
            try:
                if claim is not None and bench.passes(claim):
                    yield change
            except Full:
                return

    def _confirmed(self, position: int, change: Change) -> Suggestion | None:
        """The claim with the side changed, if it is true as it stands; the longest chain that is."""
        sides = self.formula.sides
        for rest in dict.fromkeys((sides[position + 1 :], ())):
            formula = replace(
                self.formula,
                sides=(*sides[:position], change.tree, *rest),
                relations=self.formula.relations[: position + len(rest)],
            )
            if not all(relation in ("=", ":=", "\\equiv") for relation in formula.relations):
                return None
            text = to_latex(formula)
            if not _prints_back(text, self.parsed):
                return None
            verdict = self.confirm(replace(self.problem, claim=text, expect=""))
            if verdict.verdict in TRUE and not verdict.assumptions:
                return Suggestion(text, change.words, change.row, self.read)
        return None


def _prints_back(text: str, parsed: Parsed) -> bool:
    try:
        return len(parse(text, parsed.words)) == 1
    except ParseError:
        return False


def restates(side: s.Node, words: Vocabulary, bench: Bench) -> bool:
    """Whether a side only says the left side over again: it, its definition, or another name for it stands there anew."""
    old = set(outside_scripts(words.right))
    for node in outside_scripts(side):
        if node in old and plain(side) != node:
            continue
        if node == words.left:
            return True
        if isinstance(node, s.Symbol | s.Call | s.Derivative):
            claim = bench.read(node)
            if claim is not None and bench.passes(claim):
                return not isinstance(node, s.Call) or words.quantity(node) is not None
    return False


def suggest(problem: Problem, verdict: Verdict, confirm: Confirm, budget: Budget = Budget()) -> Suggestion | None:
    """The nearest formula that is true, for a claim that is refuted; None where none was found within the budget.

    `confirm` judges a problem in full; what is not true under the default reading, without assumptions, is not suggested.
    """
    started = time.perf_counter()
    try:
        parsed = parse_problem(problem)
        formulas = [f for f in parsed.claim if f.relations]
        if len(formulas) != 1:
            return None
        formula = formulas[0]
        search = Search(problem, parsed, formula, confirm, budget, started + budget.seconds)
        first = verdict.first_wrong + 1 if verdict.first_wrong is not None else 1
        for position in range(min(first, len(formula.sides) - 1), len(formula.sides)):
            found = search.side(position)
            if found is not None:
                return found
    except (ParseError, ProblemError, ReadingError, Meaningless, TooLarge, Undefined, RecursionError, Full):
        return None
    return None
