"""`\\Delta C \\approx \\frac{\\partial C}{\\partial w} \\Delta w`: what an approximation of a small change says exactly.

What is linear in the changes on the right of the sign is the linear part of the change on its left: the sum of the derivatives by what
changes, times the changes. That is an equation, and it is judged as one. Where it does not hold, something rougher may be meant.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from .inference.quantities import Names
from .latex.printer import to_latex
from .latex.syntax import Add, BigOperator, Call, Comparison, Derivative, Formula, Node, Number, Product, Symbol, walk, with_parts
from .problem import Problem
from .reading.declare import parsed_alone
from .reading.scope import shape_parts

SIGN = "\\approx"
CHANGE = "\\Delta"
#: Letters for the entries of what changes as a whole.
ENTRIES = "ijkpq"
BY_DEFINITION = "equal for every number of steps and every size: the derivatives by what changes, times the changes"
ROUGHER = "not equal to first order as it was read, and a rougher approximation is not judged"


@dataclass(frozen=True)
class Change:
    """`\\Delta w_{jk}` with the `w_{jk}` that changes and the sums over its letters."""

    name: Symbol
    by: Symbol
    sums: tuple[BigOperator, ...]


@dataclass(frozen=True)
class FirstOrder:
    """The equation between what is linear on both sides, as a problem; `note` tells what was compared."""

    problem: Problem
    note: str
    by_definition: bool  # the right side is the sum of derivatives times changes itself, which is what linear means


def to_first_order(problem: Problem) -> FirstOrder | None:
    """The problem of the linear parts; None where the claim is no approximation of the change of a number by those of others.

    What changes are entries, numbers, or vectors and matrices as a whole: then the sum goes over their entries.
    """
    if SIGN not in problem.claim and "≈" not in problem.claim:
        return None
    parsed = parsed_alone(problem)
    if parsed is None:
        return None
    formula = with_parts(parsed.claim[0], _joined)
    if formula.relations[:1] != (SIGN,) or not set(formula.relations) <= {SIGN, "="}:
        return None
    names = Names([*(given.formula for given in parsed.given), formula], problem.ranges, shapes=problem.shapes)
    shapes = {names.quantity_of(key): (key, shape) for key, shape in problem.shapes.items()}
    changed = _plain(formula.sides[0])
    changes = list(dict.fromkeys(change for side in formula.sides[1:] for change in _changes(side)))
    if changed is None or not changes or _rank(changed, names, shapes) != 0:
        return None
    if _depend(changes, {_key(given.formula.sides[0], names) for given in parsed.given}, names):
        return None
    used = {node.name for node in walk(formula) if isinstance(node, Symbol)}
    terms = [_term(changed, change, names, shapes, used) for change in changes]
    if None in terms or any(isinstance(n, Symbol) and n.name.startswith(CHANGE) and _plain(n) is None for n in walk(*formula.sides[1:])):
        return None
    own = {_key(change.by, names) for change in changes}
    left = Add(tuple(("+", term) for term in terms if term is not None)) if len(terms) > 1 else terms[0]
    assert left is not None
    sides = (left, *formula.sides[1:])
    declared = {f"{CHANGE} {shapes[key][0]}": shapes[key][1] for key in own}
    guessed = {f"{CHANGE} {shapes[key][0]}": problem.inferred[shapes[key][0]] for key in own if shapes[key][0] in problem.inferred}
    claim = " = ".join(map(to_latex, sides))
    told = ", ".join(dict.fromkeys(f"`{to_latex(change.name)}`" for change in changes))
    note = f"`{SIGN}` to first order: what is linear in {told} is the same on both sides"
    return FirstOrder(
        replace(
            problem,
            claim=claim,
            shapes={**declared, **problem.shapes},
            inferred={**guessed, **problem.inferred},
            for_=_condition(problem, formula),
        ),
        note,
        all(side == left for side in formula.sides[1:]),
    )


def _depend(changes: Sequence[Change], made: Container[str], names: Names) -> bool:
    """Whether one of several changes may be what another one causes, and would be counted twice: only parameters change on their own."""
    places = [(change, found) for change in changes if (found := names.of(change.by)) is not None]
    letters = {letter for change, place in places for letter in _running(change) if Symbol(letter) in walk(*place.slots)}
    return (len(changes) > 1 or bool(letters)) and any(place.quantity.key in made for _, place in places)


def _running(change: Change) -> set[str]:
    return {node.name for each in change.sums for node in walk(each.lower) if isinstance(node, Symbol)}


def _condition(problem: Problem, formula: Formula) -> str:
    return problem.for_ or (to_latex(formula.condition) if formula.condition is not None else "")


def _joined(node: Any) -> Any:
    """`\\Delta w` as one name, also where nothing declares it."""
    node = with_parts(node, _joined)
    if not isinstance(node, Product):
        return node
    factors: list[Node] = []
    signs: list[str] = []
    for sign, factor in zip(("", *node.signs), node.factors, strict=True):
        last = factors[-1] if factors else None
        if sign == "" and isinstance(factor, Symbol) and last == Symbol(CHANGE):
            factors[-1] = replace(factor, name=f"{CHANGE} {factor.name}")
            continue
        if factors:
            signs.append(sign)
        factors.append(factor)
    return factors[0] if len(factors) == 1 else replace(node, factors=tuple(factors), signs=tuple(signs))


def _plain(change: Node) -> Symbol | None:
    """What changes; None for anything but a change."""
    if not isinstance(change, Symbol) or not change.name.startswith(f"{CHANGE} ") or change.primes:
        return None
    return replace(change, name=change.name.removeprefix(f"{CHANGE} "))


def _changes(node: object, around: tuple[BigOperator, ...] = ()) -> Iterator[Change]:
    """The changes in a side, each with the sums around it that run over letters of its scripts."""
    if isinstance(node, BigOperator):
        yield from _changes(node.body, (*around, node))
    elif isinstance(node, Symbol):
        if (by := _plain(node)) is not None:
            met = {inner.name for inner in walk(*node.scripts) if isinstance(inner, Symbol)}
            yield Change(node, by, tuple(own for each in around for own in _over(each, met)))
    elif isinstance(node, tuple):
        for item in node:
            yield from _changes(item, around)
    elif isinstance(node, Node):
        parts: list[object] = []
        with_parts(node, partial(_kept, parts=parts))
        for part in parts:
            yield from _changes(part, around)


def _over(operator: BigOperator, letters: Container[str]) -> Iterator[BigOperator]:
    """A sum as one over each of these letters, without what is summed; bounds stay with the one letter that has them."""
    lower = operator.lower.sides[:1] if isinstance(operator.lower, Comparison) else (operator.lower,)
    for letter in (node for node in walk(*lower) if isinstance(node, Symbol) and node.name in letters):
        yield BigOperator("\\sum", operator.lower if isinstance(operator.lower, Comparison) else letter, operator.upper, Number("0"))


def _kept(node: Any, parts: list[object]) -> Any:
    parts.append(node)
    return node


def _key(node: Node, names: Names) -> str:
    found = names.of(node)
    return found.quantity.key if found is not None else ""


def _rank(node: Node, names: Names, shapes: Mapping[str, tuple[str, str]]) -> int | None:
    """How many indices of a quantity a spelling leaves open: 0 for a number; None where nothing tells."""
    found = names.of(node)
    if found is None or found.transposed or found.quantity.key not in shapes:
        return None
    shape = shapes[found.quantity.key][1]
    parts: tuple[str, ...] | None = () if shape == "scalar" else shape_parts(shape)
    if parts is None:
        return None
    axes = len([part for part in parts if part != "1"])
    return axes - len(found.components) if len(found.components) in (0, axes) else None


def _term(changed: Symbol, change: Change, names: Names, shapes: Mapping[str, tuple[str, str]], used: Container[str]) -> Node | None:
    """The derivative by what changes times its change, summed as the claim sums it, or over all entries of what changes as a whole."""
    rank = _rank(change.by, names, shapes)
    if rank is None:
        return None
    fresh = tuple(Symbol(letter) for letter in ENTRIES if letter not in used)[:rank]
    if len(fresh) < rank:
        return None
    place, moved = (Call(change.by, fresh, "["), Call(change.name, fresh, "[")) if fresh else (change.by, change.name)
    term: Node = Product((Derivative(changed, (place,)), moved), ("",))
    for each in (*(BigOperator("\\sum", letter, None, term) for letter in fresh), *reversed(change.sums)):
        term = replace(each, body=term)
    return term
