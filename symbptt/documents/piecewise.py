"""One quantity in two equations, each under a condition: `A_{ij} = e^{S_{ij}} (j ≤ i)` and `A_{ij} = 0 (j > i)` define it by cases."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from symbptt.documents.doubts import SENTENCE_END
from symbptt.documents.formulas import FormulaSource, Mark, Prose
from symbptt.documents.item import Entry
from symbptt.documents.roles import EQUATIONS, Context, Defined
from symbptt.latex.printer import to_latex
from symbptt.latex.syntax import Cases, Comparison, Formula, Node, Symbol, Text, walk
from symbptt.problem import Given

#: The signs of a difference that a relation allows.
SIGNS = {"<": "<", "\\le": "<=", "\\leq": "<=", "=": "=", "\\ge": ">=", "\\geq": ">=", ">": ">", "\\ne": "<>", "\\neq": "<>"}
TURNED = {"<": ">", "=": "=", ">": "<"}
OTHERWISE = ("otherwise", "else")
#: A property that words give a number, and a comparison among the formulas `⟨…⟩` of a sentence.
SORT = r"(?:even|odd|positive|negative|non-?negative|non-?positive|zero|non-?zero|active|inactive)\b"
COMPARED = r"⟨[^⟩]*(?:[<>]|\\(?:leq?|geq?|neq?|lt|gt)(?![A-Za-z]))[^⟩]*⟩"
#: Words behind an equation, and before one, by which it holds for a part of what it speaks of.
HELD_BEHIND = re.compile(
    r"\s*[,(]?\s*(?:(?:if|unless|whenever|provided|as long as|in case)\b|otherwise\b|else(?:where)?\b"
    rf"|when\s+(?:⟨[^⟩]*⟩\s*(?:is\s+)?{SORT}|{COMPARED})"
    rf"|(?:for|at|on|in|where)\s+(?:all\s+|every\s+|each\s+)?(?:the\s+)?(?:⟨[^⟩]*⟩\s*(?:is\s+)?)?{SORT}|(?:for|where)\s+{COMPARED})"
)
HELD_BEFORE = re.compile(
    r"(?P<behind>⟩[\s,]*)?\b(?:(?:if|unless|whenever|when|for|where|as long as)\b[^.;⟨⟩]{0,30}"
    rf"(?:{COMPARED}|⟨[^⟩]*⟩\s*(?:is\s+)?{SORT}|{SORT}[^.;⟨⟩]{{0,30}}(?:⟨[^⟩]*⟩)?)|(?:otherwise|else)\b)[^.;⟨⟩]{{0,30}}\Z",
    re.I,
)
#: Words beside which a condition on letters that count is a range.
RANGING = re.compile(r"[\s,(]*(?:for|where|when)\b", re.I)
FORMULA = re.compile(r"⟨([^⟩]*)⟩")
LETTER = re.compile(r"(?<![\\A-Za-z])[A-Za-z]")
#: How many pieces of a sentence behind a formula are looked at.
PIECES = 3
#: How a condition in words begins that was not understood.
WORDS = "\\text{held }\\text{"
HELD = "the words beside it say where it holds (`{}`); write all cases as one equation"
PARTLY = "`{}` is defined where {} alone; say what it is elsewhere"


def other_case(formula: Formula, condition: Node | None, context: Context) -> tuple[Defined, Defined] | None:
    """The definition that an equation goes on with under another condition, and both as one definition by cases."""
    if len(formula.sides) != 2 or not set(formula.relations) <= EQUATIONS or condition is None:
        return None
    earlier = next((entry for entry in reversed(context.defined) if entry.formula.sides[0] == formula.sides[0]), None)
    if earlier is None or earlier.section < 0 or len(earlier.formula.sides) != 2 or isinstance(earlier.formula.sides[1], Cases):
        return None
    first, second = _plain(earlier.formula.condition), _plain(condition)
    if first is None or second is None or not is_partial(earlier.formula) or not (_is_otherwise(second) or _exclude(first, second)):
        return None
    whole = Cases(((earlier.formula.sides[1], first), (formula.sides[1], second)))
    both = replace(earlier.formula, sides=(formula.sides[0], whole), condition=None)
    equation = Given(" = ".join(map(to_latex, both.sides)), "", earlier.equation.line)
    return earlier, replace(earlier, formula=both, equation=equation, low=None)


def _plain(condition: Node | None) -> Node | None:
    """A condition as it stands behind a case."""
    if isinstance(condition, Formula) and len(condition.sides) > 1:
        return Comparison(condition.sides, condition.relations)
    return condition


def _is_otherwise(condition: Node) -> bool:
    return isinstance(condition, Text) and to_latex(condition).removeprefix("\\text{").rstrip("}. ").strip() in OTHERWISE


def signs_of(condition: Node | None) -> tuple[tuple[str, str], frozenset[str]] | None:
    """What a comparison of two letters is between, in alphabetical order, and the signs of their difference that it allows."""
    plain = _plain(condition)
    if not isinstance(plain, Comparison) or len(plain.sides) != 2 or plain.relations[0] not in SIGNS:
        return None
    left, right = map(to_latex, plain.sides)
    signs = frozenset(SIGNS[plain.relations[0]])
    return ((left, right), signs) if left <= right else ((right, left), frozenset(map(TURNED.__getitem__, signs)))


def _exclude(first: Node, second: Node) -> bool:
    """Whether two conditions never hold together: j ≤ i and j > i."""
    one, other = signs_of(first), signs_of(second)
    return one is not None and other is not None and one[0] == other[0] and not one[1] & other[1]


def is_partial(formula: Formula) -> bool:
    """Whether a definition holds for some of its entries alone: those with j ≤ i, say; not from a step on."""
    condition = _plain(formula.condition)
    if signs_of(condition) is None or not isinstance(condition, Comparison):
        return False
    own = {node for node in walk(formula.sides[0]) if isinstance(node, Symbol) and not node.scripts}
    return all(side in own for side in condition.sides)


def with_definition(entries: Iterable[Entry], old: Defined, new: Defined) -> list[Entry]:
    """The entries with another definition in the place of one."""

    def swap(given: Given) -> Given:
        return new.equation if given == old.equation else given

    found: list[Entry] = []
    for entry in entries:
        known = tuple((new.equation, new.formula) if given == old.equation else (given, formula) for given, formula in entry.known)
        problem = entry.item.problem
        if problem is not None:
            problem = replace(problem, given=tuple(map(swap, problem.given)))
        item = replace(entry.item, problem=problem, defines=tuple(map(swap, entry.item.defines)))
        found.append(replace(entry, known=known, item=item))
    return found


def behind(items: Sequence[FormulaSource | Mark | Prose], at: int) -> str:
    """How the sentence goes on behind a formula, up to a display; a formula in it is `⟨…⟩`."""
    pieces: list[str] = []
    first = items[at]
    line, display = _last_line(first), isinstance(first, FormulaSource) and first.display  # its end may stand on a line of its own
    for item in items[at + 1 : at + 1 + PIECES]:
        if not isinstance(item, Mark) and item.line > line + 1 + display:
            break
        line = _last_line(item)
        if isinstance(item, Prose):
            parts = SENTENCE_END.split(item.text, maxsplit=1)
            pieces.append(parts[0])
            if len(parts) > 1 or item.heading:
                break
        elif isinstance(item, FormulaSource):
            pieces.append(f"⟨{item.latex}⟩")
            if item.display:
                break
    return " ".join(pieces)


def _last_line(item: FormulaSource | Mark | Prose) -> int:
    text = item.text if isinstance(item, Prose) else item.latex if isinstance(item, FormulaSource) else ""
    return item.line + text.count("\n")


def held(before: str, after: str, counting: frozenset[str]) -> str:
    """The words beside an equation by which it holds for a part of what it speaks of; empty where there are none.

    A range of letters that count, `for ⟨t > 1⟩`, is none of these words.
    """
    found = HELD_BEHIND.match(after) or next((m for m in HELD_BEFORE.finditer(before) if not m["behind"]), None)
    if found is None:
        return ""
    formula = FORMULA.search(found[0])
    compared = RANGING.match(found[0]) is not None and re.search(COMPARED, found[0]) is not None
    if compared and formula is not None and set(LETTER.findall(formula[1])) <= counting:
        return ""
    return " ".join(re.sub(r"[{}⟨⟩\\]", " ", found[0]).split()).strip("(, ")


def in_words(given: Given) -> str:
    """The words that say where an equation holds, and were not understood."""
    return given.for_.removeprefix(WORDS).rstrip("}") if given.for_.startswith(WORDS) else ""
