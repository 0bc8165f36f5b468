"""The nearest true formula: edits of a refuted claim in order of nearness, screened, and the first that is judged true suggested."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice

from ..latex import syntax as s
from ..latex.parser import ParseError, parse
from ..latex.printer import to_latex
from ..problem import Problem, ProblemError
from ..reading.choices import ReadingError
from ..reading.declare import Parsed, parse_problem
from ..reading.notation import TRANSPOSES
from ..unrolled import Meaningless, TooLarge, Undefined
from .bench import Bench, Full
from .derived import DERIVED, derived
from .difference import signs_of
from .left import left_changes
from .neighbours import ROW as NEARBY
from .neighbours import SAME_SIDE, neighbours, others, sayings
from .spelling import respelled
from .taxonomy import FAR, NEAR, Tables, changes
from .trees import Change, breaks, outside_scripts, plain, substituted, tidied, total
from .vocabulary import Vocabulary, vocabulary_of

#: Whether a claim is proved, with these efforts of the prover and within about so many seconds.
Confirm = Callable[[Problem, Sequence[int], float], bool]
#: Efforts of the prover for the nearest candidate, and for all others; the first round is short, for what it leaves is a sum over paths.
HARD = (8, 60, 100)
EASY = (8, 30)
#: What proofs may take, as a share of the budget: all together, that of the nearest candidate, that of another one.
PROOFS = 3.0
HARD_SHARE = 2.0
EASY_SHARE = 0.6
#: Screened candidates that are judged in full, at most.
MOST_JUDGED = 6
#: Shares of the budget after which no more single edits, and no more pairs, are read.
ONE_EDIT = 0.55
TWO_EDITS = 0.7
ZERO = s.Number("0")
#: What a usual edit costs.
AN_EDIT = 1.2
#: What a form from the document costs at most that may be one edit of the claim.
AS_AN_EDIT = 0.8
#: Signs of a formula of which not all edits are made for that.
LONG = 40
#: Edits that may break a chain of derivatives, or join a broken one.
IN_CHAINS = frozenset({"sibling", "missing link", "superfluous"})
#: Changed left sides; first edits of a pair, and second ones for each; those that change how a formula hangs together go first.
MOST_LEFT = 40
MOST_FIRST = 12
MOST_SECOND = 60
STRUCTURAL = frozenset(
    {"missing sum", "brackets", "transpose", "layout", "factor order", "product for sum", "slope before a matrix", "diag"}
)


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
    """A claim under repair: what its sides are compared with, and what is left to spend."""

    problem: Problem
    parsed: Parsed
    formula: s.Formula
    confirm: Confirm
    budget: Budget
    deadline: float
    read: int = 0
    proving: float = 0.0

    def run(self) -> Suggestion | None:
        """Each side that is wrong repaired, or left out of the chain where it cannot be."""
        left = self.formula.sides[0]
        if self.formula.sides[1:] == (ZERO,) and not isinstance(left, s.Symbol | s.Call | s.Derivative):
            return self._of_zero(left)
        if isinstance(left, s.Product | s.Add):
            found = self._elsewhere(lambda change: change.row == SAME_SIDE)  # no quantity: the other side says what is meant
            if found is not None:
                return found
        kept: list[s.Node] = [left]
        right: list[s.Node] = []
        made: list[Change] = []
        for side in self.formula.sides[1:]:
            link = self._link(side)
            bench = self._bench(link)
            if bench is None:
                continue
            asked = bench.read(side)
            if asked is not None and bench.passes(asked):
                kept.append(side)
                right.append(side)
                continue
            change = self._repaired(link, bench, kept)
            if change is not None and not (change.row == DERIVED and any(one.row == DERIVED for one in made)):
                kept.append(change.tree)
                made.append(change)
        if not made:
            return self._left() if len(self.formula.sides) == 2 and self.formula.sides[1] != ZERO else None
        words = "; ".join(dict.fromkeys(change.words for change in made))
        if right and not self._is_true(self._text((left, *right))):
            kept, words = [left, made[0].tree], made[0].words
        for sides in dict.fromkeys((tuple(kept), (left, made[0].tree))):
            text = self._text(sides)
            if text:
                return Suggestion(respelled(text, self.parsed), words, made[0].row, self.read)
        return None

    def _of_zero(self, left: s.Node) -> Suggestion | None:
        """a − b′ = 0 for a − b = 0: what is no quantity by itself was not meant to be something else than zero."""
        if not isinstance(left, s.Add) or len(left.terms) < 2 or left.terms[0][0] != "+":
            return None
        first = left.terms[0][1]
        rest = total(tuple(("-" if mark == "+" else "+", term) for mark, term in left.terms[1:]))
        link = s.Formula((first, rest), ("=",), condition=self.formula.condition)
        bench = self._bench(link)
        change = self._repaired(link, bench, ()) if bench is not None else None
        if change is None:
            return None
        text = self._text((total((("+", first), ("-", s.Group(change.tree) if isinstance(change.tree, s.Add) else change.tree))), ZERO))
        return Suggestion(respelled(text, self.parsed), change.words, change.row, self.read) if self._is_true(text) else None

    def _elsewhere(self, wanted: Callable[[Change], bool]) -> Suggestion | None:
        """What the document says of something else, where that is what the claim must have been about."""
        for change in islice(filter(wanted, others(self.parsed, self.formula)), MOST_JUDGED):
            self.read += 1
            text = self._text(change.tree)
            if self._is_true(text):
                return Suggestion(respelled(text, self.parsed), change.words, change.row, self.read)
        return None

    def _left(self) -> Suggestion | None:
        """A repair of the left side, where none of the right one was found."""
        found = self._elsewhere(bool)
        if found is not None:
            return found
        left, right = self.formula.sides
        is_meant = any(side == left and other != right for side, other in sayings(self.parsed))
        words = vocabulary_of(self.parsed, s.Formula((right, left), ("=",), condition=self.formula.condition))
        for change in left_changes(words)[:MOST_LEFT]:
            if is_meant and change.row != "components":
                continue
            if self._is_spent(1.0):
                return None
            self.read += 1
            link = replace(self.formula, sides=change.tree, relations=("=",))
            bench = self._bench(link)
            claim = bench.read(link.sides[1]) if bench is not None else None
            if bench is None or claim is None or not bench.passes(claim):
                continue
            text = self._text(link.sides)
            if not is_given(link, words) and self._is_true(text):
                return Suggestion(respelled(text, self.parsed), change.words, change.row, self.read)
        return None

    def _bench(self, link: s.Formula) -> Bench | None:
        try:
            return Bench(self.parsed, link)
        except (ReadingError, Meaningless, TooLarge, Undefined, ProblemError):
            return None

    def _link(self, side: s.Node) -> s.Formula:
        return s.Formula((self.formula.sides[0], side), ("=",), condition=self.formula.condition)

    def _repaired(self, link: s.Formula, bench: Bench, kept: Sequence[s.Node]) -> Change | None:
        """The nearest side that is proved equal to the left one, and is none of those that are kept."""
        words = vocabulary_of(self.parsed, link)
        judged = 0
        for change in self._screened(bench, words):
            if (
                plain(change.tree) in kept
                or restates(change, words, bench, len(self.formula.sides) > 2)
                or is_hollow(change.tree, words, bench)
            ):
                continue
            text = self._text((link.sides[0], change.tree))
            if self._is_true(text) if judged else self._is_true(text, HARD, HARD_SHARE):
                return as_an_edit(change, words)
            judged += 1
            if judged >= MOST_JUDGED:
                break
        return None

    def _screened(self, bench: Bench, words: Vocabulary) -> Iterator[Change]:
        """What passes the screen: one edit, two edits, and what is derived from the given equations, each within its share."""
        readable: list[Change] = []
        near, far = split(neighbours(words), [form for side, form in sayings(self.parsed) if side == words.left])
        stages = (
            (1.0, iter(near)),
            (ONE_EDIT, nearest(words, NEAR)),
            (1.0, iter(far)),
            (ONE_EDIT, nearest(words, FAR)),
            (1.0, derived(words)),
            (TWO_EDITS, pairs(readable, words)),
        )
        for share, todo in stages:
            for change in todo:
                if self._is_spent(share):
                    break
                self.read += 1
                claim = bench.read(change.tree)
                if claim is not None and share == ONE_EDIT:
                    readable.append(change)
                try:
                    if claim is not None and bench.passes(claim):
                        yield change
                except Full:
                    return

    def _is_spent(self, share: float) -> bool:
        """Whether a share of the budget is used up, all stages before counted."""
        left = self.deadline - time.thread_time()
        return self.read >= share * self.budget.candidates or left < (1 - share) * self.budget.seconds

    def _text(self, sides: tuple[s.Node, ...]) -> str:
        """A chain as LaTeX; empty if it would be read as something else."""
        text = to_latex(s.Formula(sides, ("=",) * (len(sides) - 1), condition=self.formula.condition))
        return text if _prints_back(text, self.parsed) else ""

    def _is_true(self, text: str, efforts: Sequence[int] = EASY, share: float = EASY_SHARE) -> bool:
        """Whether the claim is proved as it stands; what that takes has a budget of its own."""
        left = PROOFS * self.budget.seconds - self.proving
        if not text or left <= 0:
            return False
        started = time.thread_time()
        proved = self.confirm(replace(self.problem, claim=text, expect=""), efforts, min(left, share * self.budget.seconds))
        spent = time.thread_time() - started
        self.proving += spent
        self.deadline += spent
        return proved


def split(forms: list[Change], said: list[s.Node]) -> tuple[list[Change], list[Change]]:
    """Forms that are nearer than an edit, or that the document says of the very left side, and the others."""
    near = [change for change in forms if change.cost < AN_EDIT or change.tree in said]
    return near, [change for change in forms if change not in near]


def as_an_edit(change: Change, words: Vocabulary) -> Change:
    """A form from the document as the edit that it is, where it is one."""
    if change.row != NEARBY or change.cost > AS_AN_EDIT or signs_of(words.right).total() > LONG:
        return change
    same = (edit for edit in nearest(words, NEAR) if plain(edit.tree) == plain(change.tree))
    return next((replace(edit, tree=change.tree) for edit in same), change)


def nearest(words: Vocabulary, *kinds: Tables) -> Iterator[Change]:
    """All single edits of a side, the nearest first, no two alike."""
    seen = {words.right}
    broken = breaks(words.right)
    for tables in kinds:
        for change in sorted(changes(words.right, words, tables), key=partial(_distance, broken)):
            tree = tidied(change.tree, words.used)
            if tree not in seen:
                seen.add(tree)
                yield replace(change, tree=tree)


def _distance(broken: int | None, change: Change) -> float:
    """The cost of an edit; one that joins a chain of derivatives is nearer, one that breaks it farther."""
    if broken is None or change.row not in IN_CHAINS:
        return change.cost
    now = breaks(change.tree) or 0
    return change.cost + (0.5 * (now - broken) if now > broken else -0.3 * (broken > now))


def pairs(readable: list[Change], words: Vocabulary) -> Iterator[Change]:
    """Two edits, of which the first can be read; one that changes how the formula hangs together goes first.

    `readable` is looked at when the first pair is asked for.
    """
    seen = {words.right}
    for first in sorted(readable, key=lambda change: (change.row not in STRUCTURAL, change.cost))[:MOST_FIRST]:
        for change in islice(nearest(replace(words, right=first.tree), NEAR, FAR), MOST_SECOND):
            if change.tree not in seen:
                seen.add(change.tree)
                yield replace(change, words=f"{first.words}, and {change.words}", cost=first.cost + change.cost)


def _prints_back(text: str, parsed: Parsed) -> bool:
    try:
        return len(parse(text, parsed.words)) == 1
    except ParseError:
        return False


def restates(change: Change, words: Vocabulary, bench: Bench, in_chain: bool = False) -> bool:
    """Whether a side only says the left side over again: it, its definition, or another name for it stands there anew.

    Another name for it may stand there alone where nothing but its sign was wrong, or as one link of a longer chain.
    """
    side = words.unfolded(change.tree)
    old = set(outside_scripts(words.right))
    if plain(side) == words.left or (not in_chain and words.left in set(outside_scripts(side))):
        return True
    if isinstance(words.left, s.Product | s.Add | s.Scripted | s.Group) and _letters(side) == _letters(words.left):
        return True  # the same letters in another order
    for node in outside_scripts(side):
        as_before = in_chain and type(plain(side)) is type(plain(words.right))
        if (node in old and (plain(side) != node or change.row == "sign")) or (as_before and plain(side) == node):
            continue
        if node == words.left:
            return True
        if isinstance(node, s.Symbol | s.Call | s.Derivative):
            claim = bench.read(node)
            if claim is not None and bench.passes(claim):
                return not isinstance(node, s.Call) or words.quantity(node) is not None
    return False


def _letters(side: s.Node) -> Counter[s.Node]:
    """What stands in a side, transposes aside."""
    atoms = (node for node in outside_scripts(side) if isinstance(node, s.Symbol | s.Number | s.Derivative | s.Call))
    return Counter(
        replace(node, scripts=tuple(x for x in node.scripts if to_latex(x.body) not in TRANSPOSES)) if isinstance(node, s.Symbol) else node
        for node in atoms
    )


def is_given(link: s.Formula, words: Vocabulary) -> bool:
    """Whether a claim is one of the given equations, at whatever step, or says nothing."""
    left, right = (_form(side, words) for side in link.sides)
    said = [tuple(_form(side, words) for side in g.formula.sides) for g in words.parsed.given]
    return left == right or (left, right) in said or (right, left) in said


def _form(node: s.Node, words: Vocabulary) -> s.Node:
    """A tree with all steps alike."""
    for letter in words.parsed.ranges:
        node = substituted(node, letter, s.Symbol("#"))
    return node


def is_hollow(side: s.Node, words: Vocabulary, bench: Bench) -> bool:
    """Whether something that is new in a side is zero throughout: the rest is then right by accident."""
    old = set(outside_scripts(words.right))
    for node in outside_scripts(side):
        terms = [term for _, term in node.terms] if isinstance(node, s.Add) else []
        for part in [*terms, *([node] if isinstance(node, s.Derivative) else [])]:
            if part not in old and bench.vanishes(part):
                return True
    return False


def suggest(problem: Problem, confirm: Confirm, budget: Budget = Budget()) -> Suggestion | None:
    """The nearest formula that is true, for a claim that is refuted; None where none was found within the budget.

    `confirm` judges a problem in full; what is not true under the default reading, without assumptions, is not suggested.
    """
    started = time.thread_time()
    try:
        parsed = parse_problem(problem)
        formulas = [f for f in parsed.claim if f.relations]
        if len(formulas) > 1 and not any(f.condition or f.membership for f in formulas):
            rows = [replace(problem, claim=to_latex(formula)) for formula in formulas]
            wrong = (row for row in rows if not confirm(row, EASY, EASY_SHARE * budget.seconds))
            return next((found for row in wrong if (found := suggest(row, confirm, budget)) is not None), None)
        if len(formulas) != 1:
            return None
        return Search(problem, parsed, formulas[0], confirm, budget, started + budget.seconds).run()
    except (ParseError, ProblemError, ReadingError, Meaningless, TooLarge, Undefined, RecursionError, Full):
        return None
