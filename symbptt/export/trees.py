"""Walks over expressions in index notation that every stage of an export shares."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields, replace
from fractions import Fraction
from itertools import count
from typing import Any

from symbptt.index import Add, Affine, Apply, Argument, Branches, Entry, Expression, IndexValue, Multiply, Number, Power, Sum
from symbptt.partial import substitute, substituted_condition


class NotExported(Exception):
    """A construct for which no array program is made; the text says which and what to do."""


def names_of(stage: str) -> Callable[[], str]:
    """Index variables of one stage, unlike those of every other."""
    numbers = count(1)
    return lambda: f"#{stage}{next(numbers)}"


ZERO = Number(Fraction(0))
UNIT = Number(Fraction(1))


def changed(expression: Expression, change: Callable[[Expression], Expression]) -> Expression:
    """The expression with `change` applied to its direct parts."""
    found = {}
    for field in fields(expression):  # type: ignore[arg-type]
        old = getattr(expression, field.name)
        new = _changed(old, change)
        if new is not old:
            found[field.name] = new
    return replace(expression, **found) if found else expression  # type: ignore[type-var]


def _changed(value: Any, change: Callable[[Expression], Expression]) -> Any:
    if isinstance(value, Expression):
        return change(value)
    if isinstance(value, Argument):
        body = change(value.body)
        return value if body is value.body else replace(value, body=body)
    if isinstance(value, tuple) and not isinstance(value, Affine):
        new = tuple(_changed(item, change) for item in value)
        return value if all(a is b for a, b in zip(new, value, strict=True)) else new
    return value


def parts(expression: Expression) -> Iterator[Expression]:
    """The expression and all that it is built from."""
    yield expression
    for field in fields(expression):  # type: ignore[arg-type]
        yield from _parts(getattr(expression, field.name))


def _parts(value: Any) -> Iterator[Expression]:
    if isinstance(value, Expression):
        yield from parts(value)
    elif isinstance(value, Argument):
        yield from parts(value.body)
    elif isinstance(value, tuple) and not isinstance(value, Affine):
        for item in value:
            yield from _parts(item)


def entries(expression: Expression) -> list[Entry]:
    """All entries of quantities in an expression."""
    return [part for part in parts(expression) if isinstance(part, Entry)]


def atoms(expression: Expression) -> set[str]:
    """The index variables and sizes that the entries and numbers of an expression mention."""
    found: set[str] = set()
    for part in parts(expression):
        indices: tuple[Affine, ...] = ()
        if isinstance(part, Entry):
            indices = part.slots + part.components
        elif isinstance(part, IndexValue):
            indices = (part.index,)
        elif isinstance(part, Apply):
            indices = part.component + part.slots + tuple(i for _, places in part.partial for i in places)
        elif isinstance(part, Power):
            indices = (part.exponent,)
        elif isinstance(part, Branches):
            indices = tuple(side for conditions, _ in part.branches for c in conditions for side in (c.left, c.right))
        found |= {atom for index in indices for atom in index.atoms() if isinstance(atom, str)}
    return found


def renamed(expression: Expression, mapping: Mapping[str, Affine], fresh: Callable[[], str]) -> Expression:
    """The expression with index variables replaced and every bound variable given a name of its own."""
    return substitute(apart(expression, fresh), mapping)


def apart(expression: Expression, fresh: Callable[[], str]) -> Expression:
    """Every bound variable renamed."""
    expression = changed(expression, lambda part: apart(part, fresh))
    if isinstance(expression, Sum):
        name = fresh()
        shift = {expression.variable: Affine.of(name)}
        conditions = tuple(substituted_condition(c, shift) for c in expression.conditions)
        return replace(expression, variable=name, body=substitute(expression.body, shift), conditions=conditions)
    if isinstance(expression, Apply):
        arguments = []
        for argument in expression.arguments:
            names = tuple(fresh() for _ in argument.variables)
            shift = {old: Affine.of(new) for old, new in zip(argument.variables, names, strict=True)}
            arguments.append(Argument(names, argument.sizes, substitute(argument.body, shift)))
        return replace(expression, arguments=tuple(arguments))
    return expression


def canonical(expression: Expression) -> Expression:
    """The expression with bound variables numbered in order, so that equal ones are equal as data."""
    counter = names_of("k")
    outer = names_of("K")
    return apart(apart(expression, counter), outer)


def tidy(expression: Expression) -> Expression:
    """Nested sums and products opened, numbers multiplied out, zeros and ones left out."""
    expression = changed(expression, tidy)
    if isinstance(expression, Add):
        return _added(expression)
    if isinstance(expression, Multiply):
        return _multiplied(expression)
    if isinstance(expression, Power):
        return _raised(expression)
    if isinstance(expression, IndexValue) and not expression.index.terms:
        return Number(Fraction(expression.index.constant))
    if isinstance(expression, Sum):
        return _summed(expression)
    return expression


def _added(e: Add) -> Expression:
    number, kept = Fraction(0), []
    for term in e.terms:
        for part in term.terms if isinstance(term, Add) else (term,):
            if isinstance(part, Number):
                number += part.value
            else:
                kept.append(part)
    if number:
        kept.insert(0, Number(number))
    return Add(tuple(kept)) if len(kept) > 1 else kept[0] if kept else ZERO


def _multiplied(e: Multiply) -> Expression:
    number, kept = Fraction(1), []
    for factor in e.factors:
        for part in factor.factors if isinstance(factor, Multiply) else (factor,):
            if isinstance(part, Number):
                number *= part.value
            else:
                kept.append(part)
    if number == 0:
        return ZERO
    if number != 1 or not kept:
        kept.insert(0, Number(number))
    return Multiply(tuple(kept)) if len(kept) > 1 else kept[0]


def _raised(e: Power) -> Expression:
    if e.exponent.terms:
        return e
    exponent = e.exponent.constant
    if exponent == 1:
        return e.base
    if isinstance(e.base, Number) and (e.base.value or exponent > 0):
        return Number(e.base.value**exponent)
    if isinstance(e.base, IndexValue) and not e.base.index.terms:
        return Number(Fraction(e.base.index.constant) ** exponent)
    return e


def _summed(e: Sum) -> Expression:
    """A number in front of the sum; the sum of nothing is nothing."""
    if isinstance(e.body, Number) and e.body.value == 0:
        return ZERO
    if isinstance(e.body, Multiply) and isinstance(e.body.factors[0], Number):
        rest = e.body.factors[1:]
        return _multiplied(Multiply((e.body.factors[0], _summed(replace(e, body=rest[0] if len(rest) == 1 else Multiply(rest))))))
    if isinstance(e.body, Multiply):  # what does not depend on the summed index
        free = tuple(f for f in e.body.factors if e.variable not in atoms(f))
        rest = tuple(f for f in e.body.factors if e.variable in atoms(f))
        if free and rest and not e.conditions:
            return _multiplied(Multiply((*free, _summed(replace(e, body=rest[0] if len(rest) == 1 else Multiply(rest))))))
    return e
