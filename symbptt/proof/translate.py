"""Expressions of the inner language in normal form, derivatives included.

What holds where is carried along as a `Context`: the free indices of the claim, and the ranges of the sums around an expression.
Quantities that only stand for an expression at their own step are replaced by it; the others stay as they are, and the value of
a function that equals one of them is written as that one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

from .. import index as ix
from ..functions import FUNCTIONS
from ..index import Affine, Condition, Entry
from ..partial import Path, substitute, substituted_condition
from ..partial import partial as partial_derivative
from .algebra import Algebra
from .domains import Context
from .system import System, alternatives, guards, matched
from .terms import (
    Count,
    Lambda,
    Names,
    NoProof,
    Normal,
    Ordered,
    Term,
    Value,
    alone,
    indices_in,
    joined,
    names_in,
    number,
    put_normal,
    put_term,
    scaled,
    times,
    within,
    written_out,
)
from .tidy import Patterns, Tidy

#: A normal form of more terms than this is given up.
MOST_TERMS = 4000
ONE_INDEX = Affine.of(1)


class Translator:
    """Normal forms over one computation, with given meanings of the open derivatives.

    `needs` collects, with the context of the place, gaps that must be ≥ 0 for the claim to be defined there.
    """

    def __init__(self, system: System, names: Names, patterns: Patterns | None = None) -> None:
        self.system = system
        self.computation = system.computation
        self.names = names
        self.algebra = Algebra(names)
        self.needs: list[tuple[Affine, Context]] = []
        self.bindings: Mapping[str, Normal] = {}
        self.derivative: Callable[[ix.Differentiate, Context], Normal] = _no_derivatives
        self.chain: Callable[[Ordered, Affine, Context, Context], Normal | None] = lambda *_: None
        self.tidy = Tidy(self, {} if patterns is None else patterns).tidy

    # -- expressions ----------------------------------------------------------------------------------------------------

    def normal(self, e: ix.Expression, scope: Context) -> Normal:
        """The expression as a sum of products, in its context."""
        rule = RULES.get(type(e))
        if rule is None:
            raise NoProof(f"{type(e).__name__} in a proof")
        found = rule(self, e, scope)
        if len(found) > MOST_TERMS:
            raise NoProof("the normal form grows too large")
        return found

    def closed(self, e: ix.Expression, scope: Context) -> Normal:
        """As `normal`, for use inside a factor: contracted, and without conditions that the context implies."""
        return self.settled(self.normal(e, scope), scope)

    def settled(self, normal: Normal, scope: Context) -> Normal:
        found = [self.tidy(part, scope) for term in normal for part in written_out(term, scope)]
        return tuple(
            replace(term, domain=tuple(gap for gap in term.domain if not scope.implies(gap))) for term in found if term is not None
        )

    def _number(self, e: ix.Number, scope: Context) -> Normal:
        return number(e.value)

    def _index_value(self, e: ix.IndexValue, scope: Context) -> Normal:
        parts = [(Term(Fraction(k), (Count(Affine.of(atom)),))) for atom, k in e.index.terms]
        return (*parts, *number(e.index.constant))

    def _add(self, e: ix.Add, scope: Context) -> Normal:
        return tuple(term for part in e.terms for term in self.normal(part, scope))

    def _multiply(self, e: ix.Multiply, scope: Context) -> Normal:
        return times([self.normal(factor, scope) for factor in e.factors], self.names)

    def _power(self, e: ix.Power, scope: Context) -> Normal:
        base = self.normal(e.base, scope)
        if not e.exponent.terms:
            return self.algebra.power(base if e.exponent.constant >= 0 else self.settled(base, scope), e.exponent.constant)
        self.needs.append((e.exponent, scope))
        one = ONE_INDEX
        body = self.settled(base, scope)
        return (Term(Fraction(1), (Ordered("", "", "", body, one, one, one, e.exponent, one, one),)),)

    def _sum(self, e: ix.Sum, scope: Context) -> Normal:
        name = self.names()
        shift = {e.variable: Affine.of(name)}
        ends = (Affine.of(name) - e.lower, e.upper - Affine.of(name))
        body = substitute(e.body, shift)
        found: list[Term] = []
        for sign, gaps in alternatives([substituted_condition(c, shift) for c in e.conditions]):
            inner = scope.also((*ends, *gaps))
            if not inner.excludes(ends):
                found += [within(term, (name,), (*ends, *gaps)) for term in scaled(self.normal(body, inner), sign)]
        return tuple(found)

    def _scalar_product(self, e: ix.ScalarProduct, scope: Context) -> Normal:
        if e.conditions:
            raise NoProof("a product with conditions in a proof")
        return self._ordered(e.variable, ("", ""), e.body, (ONE_INDEX, ONE_INDEX), (e.lower, e.upper, ONE_INDEX, ONE_INDEX), scope)

    def _matrix_product(self, e: ix.MatrixProduct, scope: Context) -> Normal:
        names, sizes = (e.row_variable, e.column_variable), (e.rows, e.columns)
        ends = (e.lower, e.upper, e.row, e.column)
        if not e.latest_first:
            names, sizes, ends = names[::-1], sizes[::-1], (e.lower, e.upper, e.column, e.row)
        return self._ordered(e.variable, names, e.body, sizes, ends, scope)

    def _ordered(
        self,
        variable: str,
        names: tuple[str, str],
        body: ix.Expression,
        sizes: tuple[Affine, Affine],
        ends: tuple[Affine, Affine, Affine, Affine],
        scope: Context,
    ) -> Normal:
        """The ordered product, its steps counted so that the last one has no constant."""
        lower, upper, *place = ends
        self.needs.append((upper - lower + ONE_INDEX, scope))
        shift = Affine.of(upper.constant)
        step, r, c = (Affine.of(self.names()) for _ in range(3))
        mapping = {variable: step + shift, names[0]: r, names[1]: c}
        rows, columns = (size.substitute(mapping) for size in sizes)
        inner = [step + shift - lower, upper - shift - step, r - ONE_INDEX, rows - r, c - ONE_INDEX, columns - c]
        known = scope.also(inner)
        made = self.closed(substitute(body, mapping), known)
        letters = [str(index) for index in (step, r, c)]
        ordered = Ordered(letters[0], letters[1], letters[2], made, rows, columns, lower - shift, upper - shift, place[0], place[1])
        power = as_power(ordered)
        chained = self.chain(ordered, step + shift, scope, known) if power is ordered else None
        return chained or alone(power)

    def _branches(self, e: ix.Branches, scope: Context) -> Normal:
        found: list[Term] = []
        before: list[Sequence[Condition]] = []
        for conditions, body in (*e.branches, ((), e.otherwise)):
            for guard in guards(conditions, before, scope) if body is not None else ():
                found += [within(term, (), guard) for term in self.normal(body, scope.also(guard))]  # type: ignore[arg-type]
            before.append(conditions)
        if e.otherwise is None and not self._covered(before, scope):
            raise NoProof("a value defined by cases that leave some out")
        return tuple(found)

    def _covered(self, cases: Sequence[Sequence[Condition]], scope: Context) -> bool:
        """Whether one of the cases always holds."""
        return not guards((), cases, scope)

    def _differentiate(self, e: ix.Differentiate, scope: Context) -> Normal:
        return self.derivative(e, scope)

    # -- quantities -----------------------------------------------------------------------------------------------------

    def _entry(self, e: Entry, scope: Context) -> Normal:
        if e.family in self.bindings:
            return self.bindings[e.family]
        self.require(e, scope)
        if e.family in self.system.inlined or self.system.is_abbreviation(e.family):
            return self.expanded(e, scope)
        return alone(e)

    def require(self, e: Entry, scope: Context) -> None:
        """Above its range a quantity is undefined but for what an equation fixes, and so is the instance of the claim that needs it."""
        ends = [declared.upper - s for declared, s in zip(self.computation.families[e.family].slots, e.slots, strict=True) if declared]
        scopes = [scope]
        if ends and self.system.has_fixed_steps(e.family):
            scopes = [scope.also(guard) for guard, _, equation in self.cases(e, scope) if equation is None]
        self.needs += [(gap, inner) for inner in scopes for gap in ends]

    def expanded(self, e: Entry, scope: Context) -> Normal:
        """The entry replaced by the right side of its equation, and by itself where it has none."""
        found: list[Term] = []
        for guard, mapping, equation in self.cases(e, scope):
            inner = scope.also(guard)
            if equation is None:
                made: Normal = alone(e)
            else:
                made = self.normal(substitute(equation.body, mapping), inner)
            found += [within(term, (), guard) for term in made]
        return tuple(found)

    def cases(self, e: Entry, scope: Context) -> Iterator[tuple[tuple[Affine, ...], Mapping[str, Affine], ix.Equation | None]]:
        """Where which equation defines an entry: gaps, the values of its letters and components; without one where it is free."""
        before: list[Sequence[Condition]] = []
        for equation in self.system.equations(e.family):
            mapping, conditions = matched(equation, e.slots, self.system.letters(equation))
            mapping = {**mapping, **dict(zip(equation.components, e.components, strict=True))}
            for guard in guards(conditions, before, scope):
                yield guard, mapping, equation
            before.append(conditions)
        for guard in guards((), before, scope):
            yield guard, {}, None

    # -- functions ------------------------------------------------------------------------------------------------------

    def _apply(self, e: ix.Apply, scope: Context) -> Normal:
        if e.of_output:
            e = self._through_output(e, scope)
        if e.function in self.computation.definitions:
            return self._defined(e, scope)
        arguments: list[Lambda] = []
        for a in e.arguments:
            names = tuple(self.names() for _ in a.variables)
            shift = dict(zip(a.variables, map(Affine.of, names), strict=True))
            ends = [gap for i, size in zip(names, a.sizes, strict=True) for gap in (Affine.of(i) - ONE_INDEX, size - Affine.of(i))]
            arguments.append(Lambda(names, a.sizes, self.closed(substitute(a.body, shift), scope.also(ends))))
        row = FUNCTIONS.get(e.function)
        scalar = len(arguments) == 1 and not arguments[0].variables and not e.component and not e.partial
        if row.many_arguments if row is not None else not scalar:
            if row is not None and (e.partial or e.order):
                raise NoProof(f"a higher derivative of {e.function}")
            partials = tuple(sorted(e.partial, key=lambda p: (p[0], tuple(map(str, p[1])))))
            return self.value(Value(e.function, tuple(arguments), e.component, partials, e.order, e.slots))
        return self.algebra.elementwise(e.function, arguments[0].body, e.order, e.slots)

    def value(self, value: Value) -> Normal:
        return alone(value)

    def exponentials(self, normal: Normal) -> Normal:
        """softmax(z)_i as e^{z_i} / Σ_j e^{z_j}."""
        found: list[Term] = []
        for term in normal:
            parts = [self._exponential(f) if isinstance(f, Value) else alone(f) for f in term.factors]
            found += joined(replace(term, factors=()), parts, self.names)
        return tuple(found)

    def _exponential(self, value: Value) -> Normal:
        argument = value.arguments[0]
        if value.function != "softmax" or value.partial or len(argument.variables) != 1:
            return self.value(value)
        name = self.names()
        top = put_normal(argument.body, {argument.variables[0]: value.component[0]})
        other = put_normal(argument.body, {argument.variables[0]: Affine.of(name)})
        ends = (Affine.of(name) - ONE_INDEX, argument.sizes[0] - Affine.of(name))
        total = tuple(within(term, (name,), ends) for term in self.algebra.elementwise("exp", other, 0))
        return times([self.algebra.elementwise("exp", top, 0), self.algebra.power(total, -1)], self.names)

    def _through_output(self, e: ix.Apply, scope: Context) -> ix.Apply:
        """f' written through f's own value z = f(a): f'(a)."""
        body = e.arguments[0].body
        if isinstance(body, Entry):
            found = list(self.cases(body, scope))
            if len(found) == 1 and found[0][2] is not None:
                inner = substitute(found[0][2].body, found[0][1])
                if isinstance(inner, ix.Apply) and inner.function == e.function and not inner.order and not inner.partial:
                    return replace(e, arguments=inner.arguments, of_output=False)
        raise NoProof(f"`{e.function}'` of its own output, whose argument is not seen")

    def _defined(self, e: ix.Apply, scope: Context) -> Normal:
        """A function that the document defines by a formula of one variable."""
        definition = self.computation.definitions[e.function]
        body, variable = definition.body, Entry(definition.variable, (), ())
        for _ in range(e.order):
            body = partial_derivative(body, variable)
        argument = self.closed(e.arguments[0].body, scope)
        outer, self.bindings = self.bindings, {**self.bindings, definition.variable: argument}
        try:
            return tuple(put_term(term, {}) for term in self.normal(body, scope))
        finally:
            self.bindings = outer

    # -- terms ----------------------------------------------------------------------------------------------------------

    def path_terms(self, path: Path, scope: Context, rest: Callable[[Entry, Context], Normal]) -> Normal:
        """Σ over a path's indices of its factors times what `rest` makes of its occurrence."""
        shift = {b.variable: Affine.of(self.names()) for b in path.bound}
        ends: list[Affine] = []
        for b in path.bound:
            index = shift[b.variable]
            if b.lower is not None:
                ends.append(index - b.lower.substitute(shift))
            if b.upper is not None:
                ends.append(b.upper.substitute(shift) - index)
        conditions = [substituted_condition(c, shift) for c in path.conditions]
        unless = [[substituted_condition(c, shift) for c in conjunction] for conjunction in path.unless]
        occurrence = substitute(path.occurrence, shift)
        assert isinstance(occurrence, Entry)
        found: list[Term] = []
        inside = scope.also(ends)
        for guard in [] if inside.excludes([]) else guards(conditions, unless, inside):
            gaps = (*ends, *guard)
            inner = inside.also(guard)
            last = rest(occurrence, inner)
            if not last:
                continue
            factors = [self.normal(substitute(f, shift), inner) for f in path.factors]
            names = tuple(map(str, shift.values()))
            found += [within(term, names, gaps) for term in times([*factors, last], self.names)]
        return tuple(found)

    def difference(self, left: Normal, right: Normal) -> Normal:
        return (*left, *scaled(right, -1))


def as_power(f: Ordered) -> Ordered:
    """A product whose factor is the same at every step, as a power: from 1 to its length.

    Of a matrix and its transpose the one that sorts first is taken.
    """
    if any(f.variable in names_in(index) for index in (*indices_in(f.body), f.rows, f.columns)):
        return f
    places = {name: Affine.of(name) for name in (f.row_variable, f.column_variable)}
    turned = put_normal(f.body, dict(zip(places, reversed(places.values()), strict=True)))
    length = replace(f, lower=ONE_INDEX, upper=f.upper - f.lower + ONE_INDEX)
    if repr(_anonymous(turned, f)) < repr(_anonymous(f.body, f)):
        return replace(length, body=turned, rows=f.columns, columns=f.rows, row=f.column, column=f.row)
    return length


def _anonymous(body: Normal, f: Ordered) -> Normal:
    return put_normal(body, {f.row_variable: Affine.of("row"), f.column_variable: Affine.of("column")})


def _no_derivatives(e: ix.Differentiate, scope: Context) -> Normal:
    raise NoProof("a derivative inside an equation")


RULES: Mapping[type[ix.Expression], Callable[[Translator, Any, Context], Normal]] = {
    ix.Number: Translator._number,
    ix.IndexValue: Translator._index_value,
    ix.Entry: Translator._entry,
    ix.Add: Translator._add,
    ix.Multiply: Translator._multiply,
    ix.Power: Translator._power,
    ix.Sum: Translator._sum,
    ix.ScalarProduct: Translator._scalar_product,
    ix.MatrixProduct: Translator._matrix_product,
    ix.Branches: Translator._branches,
    ix.Apply: Translator._apply,
    ix.Differentiate: Translator._differentiate,
}
