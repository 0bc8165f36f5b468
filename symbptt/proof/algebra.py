"""Arithmetic on normal forms under the names that the rows of `functions.py` use, so that one table serves graphs and proofs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from fractions import Fraction
from functools import cache

from ..functions import FUNCTIONS
from ..index import Affine, Entry
from .terms import ONE, ZERO, Factor, Lambda, Names, NoProof, Normal, Raised, Term, Value, alone, joined, number, scaled, times, without

#: Stands for the argument of an element-wise function while its derivatives are worked out.
PLACE = Entry("argument", (), ())
ARGUMENT: Normal = alone(PLACE)


class Algebra:
    """Sums, products and values of functions as normal forms."""

    def __init__(self, names: Names) -> None:
        self.names = names
        self._derived = cache(self._derivative)

    # -- as a graph has them --------------------------------------------------------------------------------------------

    def const(self, value: Fraction | int) -> Normal:
        return number(value)

    def add(self, parts: Iterable[Normal]) -> Normal:
        return tuple(term for part in parts for term in part)

    def sub(self, a: Normal, b: Normal) -> Normal:
        return (*a, *scaled(b, -1))

    def mul(self, parts: Iterable[Normal]) -> Normal:
        return self.body(times(parts, self.names))

    def scale(self, by: Fraction | int, a: Normal) -> Normal:
        return scaled(a, by)

    def power(self, base: Normal, exponent: int) -> Normal:
        """An integer power; of a sum, a negative one is a factor of its own."""
        if exponent >= 0:
            return times([base] * exponent, self.names)
        if len(base) != 1 or base[0].bound or base[0].domain or base[0].equal:
            return (Term(Fraction(1), (Raised(base, Affine.of(exponent)),)),)
        inverses = [inverse for f in base[0].factors for inverse in [self._inverse(f)] * -exponent]
        return times([number(base[0].coefficient ** exponent), *inverses], self.names)

    def _inverse(self, f: Factor) -> Normal:
        if isinstance(f, Raised) and not f.exponent.terms:
            return self.power(f.body, -f.exponent.constant)
        return (Term(Fraction(1), (Raised(alone(f), Affine.of(-1)),)),)

    def apply(self, name: str, args: Sequence[Normal], component: tuple[int, ...] = ()) -> Normal:
        return self.elementwise(name, args[0], 0)

    def body(self, a: Normal) -> Normal:
        return tuple(replace(term, factors=tuple(sorted(term.factors, key=repr))) for term in a)

    def children(self, a: Normal) -> tuple[Normal, ...]:
        """The factors of a plain product."""
        if len(a) != 1 or a[0].coefficient != 1 or a[0].bound or a[0].domain or a[0].equal:
            return ()
        return tuple(alone(f) for f in a[0].factors)

    def is_application(self, a: Normal, name: str, args: tuple[Normal, ...]) -> bool:
        found = self.children(a)
        value = found[0][0].factors[0] if len(found) == 1 else None
        return isinstance(value, Value) and value.function == name and not value.order and value.arguments[0].body == args[0]

    # -- functions of one argument ------------------------------------------------------------------------------------------

    def elementwise(self, name: str, argument: Normal, order: int, slots: tuple[Affine, ...] = ()) -> Normal:
        """The derivative of an `order` of a function, at an argument."""
        return self._at(self._derived(name, order, slots), argument)

    def _derivative(self, name: str, order: int, slots: tuple[Affine, ...]) -> Normal:
        """The derivative at `PLACE`."""
        row = FUNCTIONS.get(name)
        if row is None:
            return (Term(Fraction(1), (Value(name, (Lambda((), (), ARGUMENT),), order=order, slots=slots),)),)
        if order == 0:
            made = row.definition(self, [ARGUMENT], ()) if row.definition is not None else None  # type: ignore[arg-type, list-item]
            if made is not None:
                return made  # type: ignore[return-value]
            return (Term(Fraction(1), (Value(name, (Lambda((), (), ARGUMENT),)),)),)
        if order == 1 and row.derivative is not None:
            value = self._derived(name, 0, slots)
            return row.derivative(self, [ARGUMENT], value, (), 0)  # type: ignore[arg-type, list-item, return-value]
        return self.derived(self._derived(name, order - 1, slots))

    def derived(self, a: Normal) -> Normal:
        """∂/∂`PLACE`, by the product and chain rules."""
        found: list[Term] = []
        for term in a:
            for position, factor in enumerate(term.factors):
                rest = without(term, position)
                found += joined(rest, [self._factor(factor)], self.names)
        return tuple(found)

    def _factor(self, f: Factor) -> Normal:
        if f == PLACE:
            return ONE
        if isinstance(f, Value) and not f.partial and len(f.arguments) == 1 and not f.arguments[0].variables:
            inner = self.derived(f.arguments[0].body)
            return times([self.elementwise(f.function, f.arguments[0].body, f.order + 1, f.slots), inner], self.names) if inner else ZERO
        if isinstance(f, Raised) and not f.exponent.terms:
            k = f.exponent.constant
            return times([number(k), self.power(f.body, k - 1), self.derived(f.body)], self.names)
        raise NoProof("the derivative of a function's definition")

    def _at(self, a: Normal, argument: Normal) -> Normal:
        """`PLACE` replaced by an argument."""
        if argument == ARGUMENT:
            return a
        found: list[Term] = []
        for term in a:
            found += joined(replace(term, factors=()), [self._filled(f, argument) for f in term.factors], self.names)
        return tuple(found)

    def _filled(self, f: Factor, argument: Normal) -> Normal:
        if f == PLACE:
            return argument
        if isinstance(f, Raised) and not f.exponent.terms:
            return self.power(self._at(f.body, argument), f.exponent.constant)
        if isinstance(f, Value):
            inner = self._at(f.arguments[0].body, argument)
            row = FUNCTIONS.get(f.function)
            made = row.definition(self, [self.body(inner)], ()) if row is not None and row.definition is not None else None  # type: ignore[arg-type, list-item]
            if made is not None:
                return made  # type: ignore[return-value]
            return (Term(Fraction(1), (replace(f, arguments=(Lambda((), (), inner),)),)),)
        return alone(f)
