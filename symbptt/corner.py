"""Points at which all but the first entries of free quantities are 0: a computation of any size is soon unrolled there.

A claim that is false at one point is false, and at 128 × 784 most of a general point plays no part: where `W` and `x` are 0 beyond their
first entries, `W x` has few terms. Sides are compared at their first entries, so nothing is differentiated by what is held at 0. What a
factor 0 leaves out has to have a value there: a quantity on which a reciprocal, a logarithm or a root rests keeps all its entries, unless
what stands there is positive whatever the point (`1 / \\sum_k e^{z_k}`). A kink, ReLU'(0), is no obstacle: it is bounded beside it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction

from . import index as ix
from .functions import FUNCTIONS
from .index import Assumptions, Computation, Expression
from .unrolled import Corner, TooLarge

#: Functions whose values are also below 1.
BELOW_ONE = frozenset({"sigmoid", "softmax"})
ONE, MINUS_ONE = ix.Number(Fraction(1)), ix.Number(Fraction(-1))


def corner_of(model: Computation, bodies: Sequence[Expression]) -> Corner:
    """The corner at which a claim with these sides may be refuted.

    Raises `TooLarge` where values are assumed, of which nothing says that such a point has them.
    """
    facts = model.assumptions
    if facts.equations:
        raise TooLarge("with values that are assumed, a computation as large as this is not unrolled")
    kept = _Domain(model).needed(bodies) | {*facts.positive, *facts.nonzero}
    free = {name: len(f.axes) for name, f in model.families.items() if name not in kept and not model.equations.get(name)}
    return Corner({name: _cut(name, count, facts) for name, count in free.items()})


def _cut(family: str, axes: int, facts: Assumptions) -> tuple[bool, ...]:
    """Along which axes a quantity may be 0 beyond its first entries: what adds up to 1 does so with them, but for each example."""
    if family in facts.normalised or family in facts.one_hot:
        return tuple(axis - axes == facts.axis(family) for axis in range(axes))
    return (True,) * axes


class _Domain:
    """Where the expressions of a model have no value."""

    def __init__(self, model: Computation) -> None:
        self._model = model
        self._signs: dict[tuple[str, str], bool] = {}

    def needed(self, sides: Sequence[Expression]) -> set[str]:
        """The quantities on which something rests, directly or through others, that has a value at some points only."""
        bodies = [*sides, *(e.body for found in self._model.equations.values() for e in found)]
        bodies += [d.body for d in self._model.definitions.values()]
        todo = [family for argument in self._partial(bodies) for family in _mentioned(argument)]
        found: set[str] = set()
        while todo:
            if (name := todo.pop()) not in found:
                found.add(name)
                todo += [family for e in self._model.equations.get(name, ()) for family in _mentioned(e.body)]
        return found

    def _partial(self, bodies: Sequence[Expression]) -> Iterator[object]:
        """The expressions of which a reciprocal, a root or a logarithm is taken and that may be 0 or below."""
        broken = {n for n, d in self._model.definitions.items() if any(True for p in ix.parts_of(d.body) for _ in self._bounded(p))}
        for part in (part for body in bodies for part in ix.parts_of(body)):
            yield from self._bounded(part)
            if isinstance(part, ix.Apply) and part.function in broken:
                yield part.arguments

    def _bounded(self, e: object) -> Iterator[Expression]:
        """What must not be 0 or below, so that an expression has a value where its parts do."""
        if isinstance(e, ix.Power) and (e.exponent.terms or e.exponent.constant < 0) and not self._is_positive(e.base):
            yield e.base
        if isinstance(e, ix.Apply) and (row := FUNCTIONS.get(e.function)) is not None and row.domain == "positive":
            yield from (a.body for a in e.arguments if not self._is_positive(a.body))

    def _is_positive(self, e: Expression) -> bool:
        """Whether an expression is above 0 at every point."""
        if isinstance(e, ix.Number):
            return e.value > 0
        if isinstance(e, ix.IndexValue):
            return not e.index.terms and e.index.constant > 0
        if isinstance(e, ix.Apply):
            row = FUNCTIONS.get(e.function)
            return row is not None and row.always_positive and not e.order and not e.partial
        if isinstance(e, ix.Entry):
            return e.family in self._model.assumptions.positive or self._of_all("positive", e.family)
        if isinstance(e, ix.Multiply):
            return all(map(self._is_positive, e.factors))
        if isinstance(e, ix.Add):
            return bool(e.terms) and (all(map(self._is_positive, e.terms)) or self._is_complement(e))
        if isinstance(e, ix.Power):
            return self._is_positive(e.base)
        return isinstance(e, ix.Sum) and not e.conditions and e.lower == ix.Affine.of(1) and self._is_positive(e.body)

    def _is_complement(self, e: ix.Add) -> bool:
        """`1 - a` of an `a` between 0 and 1."""
        if len(e.terms) != 2:
            return False
        pairs = (e.terms, e.terms[::-1])
        return any(one == ONE and self._is_below_one(_opposite(other)) for one, other in pairs)

    def _is_below_one(self, e: Expression | None) -> bool:
        if isinstance(e, ix.Apply):
            return e.function in BELOW_ONE and not e.order and not e.partial
        return isinstance(e, ix.Entry) and self._of_all("below one", e.family)

    def _of_all(self, sign: str, family: str) -> bool:
        """Whether all equations of a quantity give it such values, and there is one; not where it rests on itself."""
        key = (sign, family)
        if key not in self._signs:
            self._signs[key] = False
            test = self._is_positive if sign == "positive" else self._is_below_one
            found = self._model.equations.get(family, ())
            self._signs[key] = bool(found) and all(test(e.body) for e in found)
        return self._signs[key]


def _mentioned(expression: object) -> set[str]:
    return {part.family for part in ix.parts_of(expression) if isinstance(part, ix.Entry)}


def _opposite(e: Expression) -> Expression | None:
    """a of `-a`."""
    if not isinstance(e, ix.Multiply) or MINUS_ONE not in e.factors:
        return None
    rest = [factor for factor in e.factors if factor != MINUS_ONE]
    return rest[0] if len(rest) == 1 and len(e.factors) == 2 else None
