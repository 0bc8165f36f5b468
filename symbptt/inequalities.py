"""What linear conditions on indices say of each other, one pair at a time.

A condition is a conjunction of gaps g ≥ 0 with g affine. f ≥ 0 implies g ≥ 0 where g − f is a constant ≥ 0, and excludes it
where f + g is a constant < 0: difference bounds (Dill 1989) without their closure; equalities among the facts are put in first.
Sound, not complete: what is not shown stays.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from types import MappingProxyType

from .index import ONE, Affine, Condition

_GAPS: Mapping[str, Callable[[Affine, Affine], tuple[Affine, ...]]] = MappingProxyType(
    {
        "=": lambda a, b: (a - b, b - a),
        "\\ne": lambda a, b: (),
        "<": lambda a, b: (b - a - ONE,),
        "\\le": lambda a, b: (b - a,),
        ">": lambda a, b: (a - b - ONE,),
        "\\ge": lambda a, b: (a - b,),
    }
)


def gaps(condition: Condition) -> tuple[Affine, ...]:
    """Affine expressions that are all ≥ 0 where the condition holds (and only there, except for `\\ne`)."""
    return _GAPS[condition.relation](condition.left, condition.right)


def implied(condition: Condition, facts: Sequence[Condition]) -> bool:
    """Whether the condition is seen to hold wherever `facts` do."""
    condition, facts = _with_equalities(condition, facts)
    if condition.relation == "\\ne":
        apart = (Condition(condition.left, relation, condition.right) for relation in ("<", ">"))
        return any(implied(c, facts) for c in apart) or _differ(condition)
    return all(any(_at_least(g - f, 0) for f in _known(facts)) for g in gaps(condition))


def contradicts(condition: Condition, facts: Sequence[Condition]) -> bool:
    """Whether the condition is seen to hold nowhere that `facts` do."""
    condition, facts = _with_equalities(condition, facts)
    if condition.relation == "\\ne":
        return implied(Condition(condition.left, "=", condition.right), facts)
    if condition.relation == "=" and any(f.relation == "\\ne" and _same(f, condition) for f in facts):
        return True
    return any(_at_least(Affine.of(-1) - g - f, 0) for g in gaps(condition) for f in _known(facts))


def solve(condition: Condition, variable: str) -> Affine | None:
    """The value of an index at which both sides are equal, if the index stands there once and with factor ±1."""
    difference = condition.left - condition.right
    factor = next((k for atom, k in difference.terms if atom == variable), 0)
    if abs(factor) != 1:
        return None
    value = Affine.of(variable) - difference.scaled(factor)
    return None if variable in value.atoms() else value


def _with_equalities(condition: Condition, facts: Sequence[Condition]) -> tuple[Condition, Sequence[Condition]]:
    """Condition and facts with one index replaced for each equality among the facts."""
    waiting = [fact for fact in facts if fact.relation == "="]
    while waiting:
        fact = waiting.pop()
        names = [atom for atom, _ in (fact.left - fact.right).terms if isinstance(atom, str)]
        for name in names:
            value = solve(fact, name)
            if value is not None:
                shift = {name: value}
                condition = _put(condition, shift)
                facts = [_put(f, shift) for f in facts]
                waiting = [_put(f, shift) for f in waiting]
                break
    return condition, facts


def _put(condition: Condition, shift: Mapping[str, Affine]) -> Condition:
    return Condition(condition.left.substitute(shift), condition.relation, condition.right.substitute(shift))


def _known(facts: Sequence[Condition]) -> Iterator[Affine]:
    yield Affine()
    for fact in facts:
        yield from gaps(fact)


def _at_least(value: Affine, bound: int) -> bool:
    return not value.terms and value.constant >= bound


def _differ(condition: Condition) -> bool:
    difference = condition.left - condition.right
    return not difference.terms and difference.constant != 0


def _same(a: Condition, b: Condition) -> bool:
    return a.left - a.right in (b.left - b.right, b.right - b.left)
