"""Bounds of sums that are written without: in `\\sum_t L_t = L_1 + L_2 + L_3` the letter t runs from 1 to 3.

And beside the values `x_1, \\dots, x_m` that of `\\sum_i x_i` runs from 1 to m.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from functools import partial

from symbptt.documents.roles import Context
from symbptt.latex.syntax import (
    Add,
    BigOperator,
    Call,
    Comparison,
    Ellipsis,
    Formula,
    Fraction,
    Group,
    Node,
    Number,
    Product,
    Script,
    Sequence,
    Symbol,
    inner_fields,
    walk,
    with_parts,
)

#: Letters of steps and layers with what their last one usually goes by; other letters may count entries, of which a vector may have more.
COUNT = re.compile(r"[mnpqdkNMKDB]")
LAST = {"t": "T", "\\tau": "T", "l": "L", "\\ell": "L"}


def with_listed_bounds(formula: Formula, ranges: Collection[str] = ()) -> Formula:
    """The formula with bounds for a sum that makes up a side, where another side is a sum of as many terms alike but for their number.

    Letters with `ranges` of their own are left alone, and so is a formula that writes different numbers of terms out.
    """
    if set(formula.relations) != {"="}:
        return formula
    found = {count for side in formula.sides for count in _counted(side)}
    if len(found) != 1:
        return formula
    (count,) = found
    sides = tuple(_bounded(side, count, ranges) for side in formula.sides)
    return formula if sides == formula.sides else replace(formula, sides=sides)


def listed_up_to(formulas: Iterable[Formula]) -> dict[str, Node]:
    """Names of lists with what counts their members; one that ends in two ways is left out.

    A list is `x_1, \\dots, x_m`, or what has a mean: `\\frac{1}{m} \\sum_i x_i`.
    """
    formulas = tuple(formulas)
    ends: dict[str, set[Node]] = {}
    for formula in formulas:
        listed = _listed(formula)
        for name, end in [*([listed] if listed is not None else []), *_averaged(formula)]:
            ends.setdefault(name, set()).add(end)
    for name, end in (pair for formula in formulas if ends for pair in _ended(formula)):
        if name in ends:
            ends[name].add(end)
    return {name: found.pop() for name, found in ends.items() if len(found) == 1}


def _listed(formula: Formula) -> tuple[str, Node] | None:
    """The name and the end of a list that is a formula by itself, or what is said to be a set."""
    inner = formula.sides[-1]
    while isinstance(inner, Group):
        inner = inner.body
    items = inner.items if isinstance(inner, Sequence) and len(formula.sides) <= 2 else ()
    named = [item for item in items if isinstance(item, Symbol)]
    if len(named) < 2 or len(named) + 1 != len(items) or not isinstance(items[-2], Ellipsis) or len({item.name for item in named}) > 1:
        return None
    indices = [item.scripts[0].body if len(item.scripts) == 1 and item.scripts[0].kind == "sub" else None for item in named]
    counted = indices[:-1] == [Number(str(at)) for at in range(1, len(named))]
    end = indices[-1]
    return (named[0].name, end) if counted and isinstance(end, Symbol) and not end.scripts else None


def _averaged(formula: Formula) -> Iterator[tuple[str, Node]]:
    """What a formula takes a mean of, `\\frac{1}{m} \\sum_i x_i`, and how many there are."""
    for node in walk(*formula.sides[1:]):
        factors = node.factors if isinstance(node, Product) else (node,)
        for factor, other in zip(factors, (*factors[1:], None), strict=True):
            if not isinstance(factor, Fraction) or not isinstance(factor.denominator, Symbol) or factor.denominator.scripts:
                continue
            total = other if factor.numerator == Number("1") else factor.numerator
            if isinstance(total, BigOperator) and total.upper is None and COUNT.fullmatch(factor.denominator.name):
                yield from ((name, factor.denominator) for name in _members(total))


def _ended(formula: Formula) -> Iterator[tuple[str, Node]]:
    """What a formula sums with bounds, and where they end."""
    for node in walk(*formula.sides):
        if isinstance(node, BigOperator) and node.upper is not None:
            yield from ((name, node.upper) for name in _members(node))


def _members(total: BigOperator) -> set[str]:
    """The names in a sum whose only script is what it runs over."""
    letter = total.lower.sides[0] if isinstance(total.lower, Comparison) else total.lower
    met = (inner for inner in walk(total.body) if isinstance(inner, Symbol))
    return {inner.name for inner in met if [script.body for script in inner.scripts] == [letter]}


def with_list_bounds(formula: Formula, ends: Mapping[str, Node], ranges: Collection[str] = ()) -> Formula:
    """The formula with bounds for sums over the index of a list; letters with `ranges` of their own are left alone."""
    return with_parts(formula, partial(_with_ends, ends=ends, ranges=ranges))


def _with_ends(node: Node, ends: Mapping[str, Node], ranges: Collection[str]) -> Node:
    node = with_parts(node, partial(_with_ends, ends=ends, ranges=ranges))
    found = {ends[name] for name in _members(node) & ends.keys()} if isinstance(node, BigOperator) else set()
    return _from_one(node, found.pop(), ranges) if len(found) == 1 else node


def _from_one(node: Node, end: Node, ranges: Collection[str]) -> Node:
    """A sum without bounds over a letter that has no range, from 1 to this end."""
    if not isinstance(node, BigOperator) or node.upper is not None or not isinstance(node.lower, Symbol):
        return node
    if node.lower.scripts or node.lower.name in ranges:
        return node
    return replace(node, lower=Comparison((node.lower, Number("1")), ("=",)), upper=end)


def bounded(formulas: Iterable[Formula]) -> set[str]:
    """The letters of sums that end with a name, `\\sum_{t=1}^{T}`, and those whose last step has a name elsewhere, `h_T`."""
    formulas = tuple(formulas)
    sums = (node for formula in formulas for node in walk(formula) if isinstance(node, BigOperator))
    lower = (node.lower.sides[0] for node in sums if isinstance(node.lower, Comparison) and isinstance(node.upper, Symbol))
    named = {letter for letter, end in LAST.items() if any(_is_named(end, formula) for formula in formulas)}
    return named | {letter.name for letter in lower if isinstance(letter, Symbol)}


def _is_named(end: str, formula: Formula) -> bool:
    """Whether the letter of a last step stands in an index or a range, not only where a sum ends or for a transpose."""
    ranges = (formula, formula.condition) if not formula.relations or formula.condition is not None else ()
    if end == LAST["t"] and any(isinstance(node, Symbol) and node == Symbol(end) for node in walk(*ranges)):
        return True
    scripts = (node for node in walk(formula) if isinstance(node, Script) and (node.kind == "sub" or node.body != Symbol(end)))
    return any(node == Symbol(end) for script in scripts for node in walk(script.body))


def counted_otherwise(claim: Formula, given: Iterable[Formula]) -> str:
    """The end T of a sum of a claim over what a sum of the given equations has so many terms of as a number says; else empty."""
    numbered = [node for tree in given for node in walk(tree) if isinstance(node, BigOperator) and isinstance(node.upper, Number)]
    counted = {name for node in numbered if isinstance(node.lower, Comparison) for name in _indexed(node)}
    ends = [node for node in walk(claim) if isinstance(node, BigOperator) and isinstance(node.upper, Symbol)]
    return next((node.upper.name for node in ends if isinstance(node.upper, Symbol) and counted & _indexed(node)), "")


def _indexed(node: BigOperator) -> set[str]:
    """The names in a sum that show an index."""
    inner = list(walk(node.body))
    called = {item.function.name for item in inner if isinstance(item, Call)}
    return called | {item.name for item in inner if isinstance(item, Symbol) and item.scripts}


def writes_out(formula: Formula, context: Context) -> bool:
    """Whether an equation for what is defined by a sum over so many terms has as many terms, written one by one: no second definition."""
    name = context.name(formula.sides[0])
    earlier = context.definition_of(name) if name is not None else None
    if earlier is None or len(formula.sides) != 2:
        return False
    ends = {node.upper for node in walk(earlier.formula) if isinstance(node, BigOperator)}
    return bool(ends) and ends == {Number(str(count)) for count in _counted(formula.sides[1])}


def written_out(formula: Formula) -> dict[str, int]:
    """The letters of sums to a number, or without bounds, in a formula that has as many terms written out, with that number."""
    counts = {count for side in formula.sides for count in _counted(side)}
    found: dict[str, int] = {}
    for node in (node for node in walk(*formula.sides) if isinstance(node, BigOperator) and len(counts) == 1):
        letter = node.lower.sides[0] if isinstance(node.lower, Comparison) else node.lower
        if isinstance(letter, Symbol) and (node.upper is None or node.upper in {Number(str(count)) for count in counts}):
            found[letter.name] = max(counts)
    return found


def _counted(side: Node) -> Iterator[int]:
    """How many terms a sum has that are alike but for a number, which counts 1, 2, 3, …"""
    if not isinstance(side, Add):
        return
    signs, terms = zip(*side.terms, strict=True)
    numbered = [_numbers_apart(terms[0], term) for term in terms[1:]]
    if len(set(signs)) == 1 and numbered and numbered == [{(1, number)} for number in range(2, len(terms) + 1)]:
        yield len(terms)


def _numbers_apart(first: object, other: object) -> set[tuple[int, int]]:
    """The pairs of numbers in which two trees differ; (0, 0) where they differ in anything else."""
    if first == other:
        return set()
    if isinstance(first, Number) and isinstance(other, Number):
        whole = first.text.isdigit() and other.text.isdigit()
        return {(int(first.text), int(other.text)) if whole else (0, 0)}
    if isinstance(first, tuple) and isinstance(other, tuple) and len(first) == len(other):
        return set().union(*(_numbers_apart(a, b) for a, b in zip(first, other, strict=True)))
    if not isinstance(first, Node) or not isinstance(other, Node) or type(first) is not type(other):
        return {(0, 0)}
    inner = inner_fields(first)
    parts = set().union(*(_numbers_apart(getattr(first, name), getattr(other, name)) for name in inner))
    return parts if parts and replace(first, **{name: getattr(other, name) for name in inner}) == other else {(0, 0)}


def _bounded(side: Node, count: int, ranges: Collection[str]) -> Node:
    """A side that is a sum without bounds, or a multiple of one, with the bounds 1 and `count`."""
    if isinstance(side, Add) and len(side.terms) == 1:
        return replace(side, terms=((side.terms[0][0], _bounded(side.terms[0][1], count, ranges)),))
    if isinstance(side, Product):
        return replace(side, factors=(*side.factors[:-1], _bounded(side.factors[-1], count, ranges)))
    steps = isinstance(side, BigOperator) and side.operator == "\\sum" and {*map(Symbol, LAST)} & {side.lower} & {*walk(side.body)}
    return _from_one(side, Number(str(count)), ranges) if steps else side
