"""Ranges of index letters as documents state them: `t = 2, \\dots, T`, `1 \\le t < T`, `t \\in \\{1, \\dots, T\\}`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from symbptt.latex.printer import to_latex
from symbptt.latex.syntax import Add, BigOperator, Comparison, Ellipsis, Formula, Group, Node, Number, Product, Sequence, Symbol, walk

#: Letters that count; others (`x > 0`, `\\eta > 0`) are compared without being a range. `I` is a scanned `l`.
COUNTING = frozenset("ijklmnpqrstu") | {"\\tau", "\\ell", "I"}
TURNED = {">": "<", "\\ge": "\\le"}
UPWARD = frozenset({"<", "\\le"})
LESS = {True: "<", False: "\\le"}
MORE = {True: ">", False: "\\ge"}


@dataclass(frozen=True)
class End:
    """An end of a range: `T - 1` is End("T", -1), a number has no name."""

    name: str
    offset: int = 0
    strict: bool = False

    def __str__(self) -> str:
        if not self.name:
            return str(self.offset)
        return self.name + (f" {'+' if self.offset > 0 else '-'} {abs(self.offset)}" if self.offset else "")

    @property
    def inclusive(self) -> End:
        """The same end as the last value below it."""
        return replace(self, offset=self.offset - 1, strict=False) if self.strict else self


@dataclass(frozen=True)
class Bounds:
    """The range of one letter; an end of None is not stated. `apart` is what it differs from."""

    letter: str
    low: End | None = None
    high: End | None = None
    apart: End | None = None

    def __str__(self) -> str:
        """LaTeX as the `for` of a problem takes it."""
        if self.apart is not None:
            return f"{self.letter} \\ne {self.apart}"
        if self.low is not None and self.low == self.high:
            return f"{self.letter} = {self.low}"
        left = f"{self.low} {LESS[self.low.strict]} " if self.low and self.high else ""
        right = f" {LESS[self.high.strict]} {self.high}" if self.high else ""
        only = f" {MORE[self.low.strict]} {self.low}" if self.low and not self.high else ""
        return f"{left}{self.letter}{right}{only}"


def bounds_of(formula: Formula) -> Bounds | None:
    """The range that a formula states of one letter; None where it states something else."""
    if formula.membership is not None and not formula.relations and len(formula.sides) == 1:
        return _listed(formula.sides[0], formula.membership)
    if formula.relations == ("=",) and formula.membership is not None:  # t = 1:T
        low, high = end_of(formula.sides[1]), end_of(formula.membership)
        return _bounds(formula.sides[0], low, high) if low and high else None
    if formula.membership is not None or formula.condition is not None:
        return None
    if formula.relations == ("=",):
        return _listed(formula.sides[0], formula.sides[1])
    return _compared(formula.sides, formula.relations)


def _listed(letter: Node, values: Node) -> Bounds | None:
    """`t = 2, 3, \\dots, T`, and what a set or an interval lists."""
    interval = isinstance(values, Group) and values.bracket == "["
    if isinstance(values, Group):
        values = values.body
    items = values.items if isinstance(values, Sequence) else values.factors if isinstance(values, Product) else (values,)
    ends = [None if isinstance(item, Ellipsis) else end_of(item) for item in items]
    dots = sum(isinstance(item, Ellipsis) for item in items)
    if dots > 1 or ends.count(None) != dots or not ends or ends[0] is None:
        return None
    if not dots:
        if len(ends) == 2 and interval:
            return _bounds(letter, ends[0], ends[1])
        return _bounds(letter, ends[0], ends[0]) if len(ends) == 1 else _run(letter, ends)
    if ends[-1] is None:
        return _bounds(letter, ends[0], None) if not ends[0].name else None
    first, last = ends[0], ends[-1]
    falling = (first.name and not last.name) or (first.name == last.name and first.offset > last.offset)
    return _bounds(letter, last, first) if falling else _bounds(letter, first, last)


def _run(letter: Node, ends: list[End | None]) -> Bounds | None:
    """`t = 1, 2, 3` without dots: numbers one after another."""
    values = [end.offset for end in ends if end is not None and not end.name]
    consecutive = len(values) == len(ends) and values == list(range(values[0], values[0] + len(values)))
    return _bounds(letter, End("", values[0]), End("", values[-1])) if consecutive else None


def _compared(sides: tuple[Node, ...], relations: tuple[str, ...]) -> Bounds | None:
    if relations == ("\\ne",):
        differs, bounds = end_of(sides[1]), _bounds(sides[0], None, None)
        return replace(bounds, apart=differs) if bounds and differs else None
    if relations and all(relation in TURNED for relation in relations):
        sides, relations = sides[::-1], tuple(TURNED[relation] for relation in relations[::-1])
    if not relations or not set(relations) <= UPWARD or len(sides) > 3:
        return None
    if len(sides) == 3:
        low, high = end_of(sides[0]), end_of(sides[2])
        pair = (replace(low, strict=relations[0] == "<"), replace(high, strict=relations[1] == "<")) if low and high else None
        return _bounds(sides[1], *pair) if pair else None
    strict = relations[0] == "<"
    left, right = end_of(sides[0]), end_of(sides[1])
    if left is None or right is None or (left.name in COUNTING and right.name in COUNTING):
        return None
    if left.name in COUNTING and not left.offset:
        return _bounds(sides[0], None, replace(right, strict=strict))
    return _bounds(sides[1], replace(left, strict=strict), None)


def _bounds(letter: Node, low: End | None, high: End | None) -> Bounds | None:
    if not isinstance(letter, Symbol) or letter.scripts or letter.primes or letter.name not in COUNTING:
        return None
    if low and high and not low.name and not high.name and low.offset > high.offset:
        low, high = high, low
    return Bounds(letter.name, low, high)


def end_of(node: Node) -> End | None:
    """`1`, `T`, `T_x`, `T - 1`; None for anything else."""
    if isinstance(node, Number):
        return End("", int(node.text)) if node.text.isdigit() and len(node.text) < 7 else None
    if isinstance(node, Symbol):
        return End(to_latex(node)) if not node.primes else None
    if isinstance(node, Add) and len(node.terms) == 2:
        (sign, first), (second_sign, second) = node.terms
        if sign == "+" and isinstance(first, Symbol) and isinstance(second, Number) and second.text.isdigit() and len(second.text) < 7:
            return End(to_latex(first), int(second.text) * (1 if second_sign == "+" else -1)) if second_sign in "+-" else None
    return None


def letters_of(node: BigOperator) -> Iterator[str]:
    """The letters that a sum or product runs over."""
    for item in node.lower.items if isinstance(node.lower, Sequence) else (node.lower,):
        running = item.sides[len(item.sides) // 3] if isinstance(item, Comparison) else item  # the middle of `1 \le t \le T`
        if isinstance(running, Symbol) and not running.scripts:
            yield running.name


def begins_at_one(node: BigOperator) -> bool:
    return isinstance(node.lower, Comparison) and node.lower.sides[1:] == (Number("1"),)


def free_letters(formulas: tuple[Formula, ...]) -> frozenset[str]:
    """Letters without scripts that no sum or product runs over."""
    letters: set[str] = set()
    bound: set[str] = set()
    for node in walk(formulas):
        if isinstance(node, Symbol) and not node.scripts:
            letters.add(node.name)
        elif isinstance(node, BigOperator):
            bound.update(letters_of(node))
    return frozenset(letters - bound)


def hull(ranges: list[Bounds]) -> str | None:
    """`1..T` where the ranges of a letter together begin at 0 or 1 and end at one named last step."""
    lows = {
        bounds.low.offset + bounds.low.strict
        for bounds in ranges
        if bounds.low is not None and bounds.low != bounds.high and not bounds.low.name
    }
    highs = {bounds.high.inclusive for bounds in ranges if bounds.high is not None and bounds.low != bounds.high}
    names = {high.name for high in highs}
    if not lows or len(names) != 1 or "" in names or min(lows) not in (0, 1):
        return None
    return f"{min(lows)}..{names.pop()}" if max(high.offset for high in highs) == 0 else None
