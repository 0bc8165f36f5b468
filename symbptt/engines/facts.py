"""What the array screen asks of an expression before it is evaluated."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from fractions import Fraction
from typing import Any

from .. import index as ix
from .residues import Names
from .tape import NoArrays

#: The axis that counts the steps of a quantity; other ranges have names that begin with it.
STEPS = "#t"


def axes(count: int) -> Names:
    return tuple(map(str, range(count)))


def axis_of(low: int, high: int) -> str:
    return f"{STEPS}{low}:{high}"


def component_names(e: ix.Entry) -> Names:
    names = tuple(c.as_variable() or "" for c in e.components)
    if "" in names or len(set(names)) < len(names):
        raise NoArrays("components that are no different letters")
    return names


def families(e: object) -> set[str]:
    """The quantities that an expression names."""
    found: set[str] = set()
    stack: list[object] = [e]
    while stack:
        item = stack.pop()
        if isinstance(item, tuple):
            stack.extend(item)
        elif isinstance(item, (ix.Expression, ix.Argument)):
            if isinstance(item, ix.Entry):
                found.add(item.family)
            stack.extend(getattr(item, f.name) for f in fields(item))  # type: ignore[arg-type]
    return found


def reach(computation: ix.Computation) -> dict[str, set[str]]:
    """For every quantity all that its equations need, directly or not; itself only where a recurrence leads through it."""
    reach = {name: set().union(*(families(e.body) for e in equations)) for name, equations in computation.equations.items()}
    for middle in reach:
        for name in reach:
            if middle in reach[name]:
                reach[name] |= reach[middle]
    return reach


def written(equation: ix.Equation, values: Mapping[Any, int]) -> list[tuple[str, int]]:
    """Each step that an equation is written for, as a letter and what is added to it; a number without a letter."""
    found: list[tuple[str, int]] = []
    for slot in equation.slots:
        letters = [a for a in slot.atoms() if a not in values]
        if not letters:
            found.append(("", slot.value(values)))
        elif len(slot.terms) == 1 and slot.terms[0][1] == 1 and isinstance(letters[0], str):
            found.append((letters[0], slot.constant))
        else:
            raise NoArrays("an equation whose step is no shifted letter")
    return found


def split(e: ix.Expression) -> tuple[Fraction, ix.Expression]:
    """An expression as a number times the rest, nested products joined."""
    if not isinstance(e, ix.Multiply):
        return Fraction(1), e
    factor = Fraction(1)
    rest: list[ix.Expression] = []
    for part in e.factors:
        if isinstance(part, ix.Number):
            factor *= part.value
        else:
            more, inner = split(part)
            factor *= more
            rest += inner.factors if isinstance(inner, ix.Multiply) else [inner]
    if not rest:
        return factor, ix.Number(Fraction(1))
    return factor, rest[0] if len(rest) == 1 else ix.Multiply(tuple(rest))


def counts_steps(e: ix.Sum) -> bool:
    """Whether a sum runs over steps: its variable stands where steps stand, or in a range."""
    stack: list[object] = [e.body]
    while stack:
        item = stack.pop()
        if isinstance(item, tuple):
            stack.extend(item)
        elif isinstance(item, ix.Entry):
            if any(e.variable in slot.atoms() for slot in item.slots):
                return True
        elif isinstance(item, (ix.Sum, ix.ScalarProduct, ix.MatrixProduct)):
            if any(e.variable in end.atoms() for end in (item.lower, item.upper)):
                return True
            stack.append(item.body)
        elif isinstance(item, ix.Differentiate):
            stack += [item.numerator, item.wrt]
        elif isinstance(item, (ix.Add, ix.Multiply)):
            stack.append(item.terms if isinstance(item, ix.Add) else item.factors)
        elif isinstance(item, ix.Power):
            stack.append(item.base)
        elif isinstance(item, ix.Apply):
            stack += [argument.body for argument in item.arguments]
        elif isinstance(item, ix.Branches):
            stack += [body for _, body in item.branches]
            if item.otherwise is not None:
                stack.append(item.otherwise)
    return False
