"""Expressions of the inner language in normal form, derivatives included.

What holds where is carried along as a `Context`: the free indices of the claim, and the ranges of the sums around an expression.
Quantities that only stand for an expression at their own step are replaced by it; the others stay as they are, and the value of
a function that equals one of them is written as that one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import combinations, product
from math import prod
from typing import Any

from .. import index as ix
from ..functions import FUNCTIONS
from ..index import Affine, Condition, Entry
from ..partial import Path, substitute, substituted_condition
from ..partial import partial as partial_derivative
from ..reading.choices import Unsupported
from .algebra import Algebra
from .domains import Context
from .matching import Match, unify, unify_factor
from .system import System, condition_gaps, negated
from .terms import (
    Count,
    Factor,
    Lambda,
    Names,
    NoProof,
    Normal,
    Ordered,
    Raised,
    Term,
    Value,
    contracted,
    indices_in,
    indices_of,
    is_bound,
    joined,
    names_in,
    number,
    put_normal,
    put_term,
    scaled,
    substituted,
    times,
    within,
    written_out,
)

#: A normal form of more terms than this is given up.
MOST_TERMS = 4000
#: An equation is known by no more than 2 to the power of this many cases.
MOST_CASES = 3
ONE_INDEX = Affine.of(1)


@dataclass(frozen=True)
class Pattern:
    """An equation that gives a value of a function a name, in one case of what it names; `letters` are open."""

    equation: ix.Equation
    letters: tuple[str, ...]
    value: Value
    gaps: tuple[Affine, ...]


class Translator:
    """Normal forms over one computation, with given meanings of the open derivatives.

    `needs` collects, with the context of the place, gaps that must be ≥ 0 for the claim to be defined there.
    """

    def __init__(self, system: System, names: Names) -> None:
        self.system = system
        self.computation = system.computation
        self.names = names
        self.algebra = Algebra(names)
        self.needs: list[tuple[Affine, Context]] = []
        self.bindings: Mapping[str, Normal] = {}
        self.derivative: Callable[[ix.Differentiate, Context], Normal] = _no_derivatives
        self.chain: Callable[[Ordered, Affine, Context, Context], Normal | None] = lambda *_: None
        self._patterns: dict[str, list[Pattern]] = {}

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
        return chained or (Term(Fraction(1), (power,)),)

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
        return (Term(Fraction(1), (e,)),)

    def require(self, e: Entry, scope: Context) -> None:
        """Above its range a quantity is undefined, and so is the instance of the claim that needs it."""
        for declared, slot in zip(self.computation.families[e.family].slots, e.slots, strict=True):
            if declared is not None:
                self.needs.append((declared.upper - slot, scope))

    def expanded(self, e: Entry, scope: Context) -> Normal:
        """The entry replaced by the right side of its equation, and by itself where it has none."""
        found: list[Term] = []
        for guard, mapping, equation in self.cases(e, scope):
            inner = scope.also(guard)
            if equation is None:
                made: Normal = (Term(Fraction(1), (e,)),)
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
        return (Term(Fraction(1), (value,)),)

    def exponentials(self, normal: Normal) -> Normal:
        """softmax(z)_i as e^{z_i} / Σ_j e^{z_j}."""
        found: list[Term] = []
        for term in normal:
            parts = [self._exponential(f) if isinstance(f, Value) else (Term(Fraction(1), (f,)),) for f in term.factors]
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

    def tidy(self, term: Term, scope: Context) -> Term | None:
        """The term contracted, reciprocals cancelled, sums of normalised quantities taken, known values named; None if it vanishes."""
        now = contracted(term, scope)
        empty = next((f for f in now.factors if isinstance(f, Ordered) and f.upper - f.lower == Affine.of(-1)), None) if now else None
        if now is not None and empty is not None:  # the identity
            rest = list(now.factors)
            rest.remove(empty)
            return self.tidy(replace(now, factors=tuple(rest), equal=(empty.row - empty.column,)), scope)
        pair = self._one_hot_pair(now.factors) if now is not None else None
        while now is not None and pair is not None:  # y_i y_j = δ_ij y_i
            rest = list(now.factors)
            rest.remove(pair[1])
            equal = tuple(a - b for a, b in zip(pair[0].components, pair[1].components, strict=True))
            now = contracted(replace(now, factors=tuple(rest), equal=equal), scope)
            empty = next((f for f in now.factors if isinstance(f, Ordered) and f.upper - f.lower == Affine.of(-1)), None) if now else None
        if now is not None and empty is not None:  # the identity
            rest = list(now.factors)
            rest.remove(empty)
            return self.tidy(replace(now, factors=tuple(rest), equal=(empty.row - empty.column,)), scope)
        pair = self._one_hot_pair(now.factors) if now is not None else None
        if now is None or not now.coefficient:
            return None
        named = self._named(now, scope)
        return self._normalised(replace(named, factors=cancelled(named.factors)), scope)

    def _one_hot_pair(self, factors: Sequence[Factor]) -> tuple[Entry, Entry] | None:
        """Two entries of one one-hot vector."""
        hot = [f for f in factors if isinstance(f, Entry) and f.family in self.computation.assumptions.one_hot]
        for a, b in combinations(hot, 2):
            if (a.family, a.slots, a.components[:-1]) == (b.family, b.slots, b.components[:-1]):
                return a, b
        return None

    def _normalised(self, term: Term, scope: Context) -> Term:
        """Σ_i y_i = 1 for a distribution, where i occurs nowhere else and runs over its whole axis."""
        for factor in term.factors:
            size = self._distribution(factor)
            name = factor.components[-1].as_variable() if isinstance(factor, Entry) and factor.components else None
            if isinstance(factor, Value) and factor.component:
                name = factor.component[-1].as_variable()
            if size is None or name is None or name not in term.bound:
                continue
            others = list(term.factors)
            others.remove(factor)
            ends = {Affine.of(name) - ONE_INDEX, size - Affine.of(name)}
            mine = {gap for gap in term.domain if name in gap.atoms()}
            if mine == ends and not any(name in names for names in map(_names, others)) and _occurs_once(factor, name):
                kept = tuple(gap for gap in term.domain if gap not in ends)
                rest = replace(term, factors=tuple(others), bound=tuple(b for b in term.bound if b != name), domain=kept)
                return self._normalised(rest, scope)
        return term

    def _distribution(self, factor: Factor) -> Affine | None:
        """The size of the last axis of a quantity that is known to sum to one along it."""
        if isinstance(factor, Value) and factor.function == "softmax" and not factor.partial and not factor.order:
            return factor.arguments[0].sizes[-1] if len(factor.arguments[0].sizes) == 1 else None
        if not isinstance(factor, Entry):
            return None
        family = self.computation.families[factor.family]
        facts = self.computation.assumptions
        shift = dict(zip(family.letters, factor.slots, strict=True))
        if factor.family in (*facts.normalised, *facts.one_hot) and family.axes:
            return family.axes[-1].substitute(shift)
        return None

    def _named(self, term: Term, scope: Context) -> Term:
        """Values that an equation gives a name: tanh(a_t) as h_t; arguments anew under what is known by now."""
        inner = scope.also(term.domain)
        factors: list[Factor] = []
        for factor in term.factors:
            if isinstance(factor, Value):
                factor = self._renewed(factor, inner)
                factors.append(factor if factor.order else self._name_of(factor, inner))
            elif isinstance(factor, Raised) and _is_open(factor.body):
                factors.append(replace(factor, body=self.settled(factor.body, inner)))
            elif isinstance(factor, Entry):
                factors.append(self._alias_of(factor, inner))
            else:
                factors.append(factor)
        return replace(term, factors=tuple(factors))

    def _renewed(self, value: Value, scope: Context) -> Value:
        """The value with conditions in its arguments dropped that have been decided since."""
        if not any(_is_open(a.body) for a in value.arguments):
            return value
        arguments: list[Lambda] = []
        for a in value.arguments:
            ends = [gap for i, size in zip(a.variables, a.sizes, strict=True) for gap in (Affine.of(i) - ONE_INDEX, size - Affine.of(i))]
            arguments.append(replace(a, body=self.settled(a.body, scope.also(ends))))
        return replace(value, arguments=tuple(arguments))

    def _alias_of(self, entry: Entry, scope: Context) -> Entry:
        """h_t for the quantity that h_t is given as, where it is given as no more than that."""
        for equation in self.system.aliases.get(entry.family, ()):
            assert isinstance(equation.body, Entry)
            letters = [*self.system.letters(equation), *equation.components]
            pattern = substituted(equation.body, {name: Affine.of(f"{name}*") for name in letters})
            match = next(unify_factor(pattern, entry, Match({}, frozenset(f"{name}*" for name in letters))), None)
            if match is None or match.open_:
                continue
            values = {name: match.values[f"{name}*"] for name in letters}
            other = Entry(
                equation.family, tuple(s.substitute(values) for s in equation.slots), tuple(values[c] for c in equation.components)
            )
            found = list(self.cases(other, scope))
            if len(found) == 1 and found[0][2] == equation:
                return other
        return entry

    def _name_of(self, value: Value, scope: Context) -> Factor:
        if value.partial:
            return value
        for pattern in self._patterns_of(value.function):
            for match in unify_factor(pattern.value, value, Match({}, frozenset(pattern.letters))):
                whole = _with_fixed(match, pattern.gaps)
                if whole.open_ or not all(scope.implies(whole.of(gap)) for gap in pattern.gaps):
                    continue
                equation = pattern.equation
                slots, components = ([whole.of(i) for i in indices] for indices in (equation.slots, map(Affine.of, equation.components)))
                entry = Entry(equation.family, tuple(slots), tuple(components))
                found = list(self.cases(entry, scope))
                if len(found) == 1 and found[0][2] is not None and found[0][2].latex == equation.latex:
                    return entry
        return value

    def _patterns_of(self, function: str) -> list[Pattern]:
        """The equations that define a quantity as a value of a function, with their letters open."""
        if function not in self._patterns:
            self._patterns[function] = []
            for name in self.computation.families:
                for equation in self.system.equations(name):
                    if isinstance(equation.body, ix.Apply) and equation.body.function == function and not equation.body.order:
                        self._patterns[function] += self._pattern(equation)
        return self._patterns[function]

    def _pattern(self, equation: ix.Equation) -> list[Pattern]:
        shift = {name: Affine.of(f"{name}*") for name in (*self.system.letters(equation), *equation.components)}
        moved = replace(
            equation,
            slots=tuple(s.substitute(shift) for s in equation.slots),
            components=tuple(str(shift[c]) for c in equation.components),
        )
        family = self.computation.families[equation.family]
        letters = dict(zip(family.letters, moved.slots, strict=True))
        gaps = [gap for c in equation.conditions for _, gaps in condition_gaps(substituted_condition(c, shift)) for gap in gaps]
        for c, size in zip(moved.components, family.axes, strict=True):
            gaps += [Affine.of(c) - ONE_INDEX, size.substitute(letters) - Affine.of(c)]
        ends = [g for slot, r in zip(moved.slots, family.slots, strict=True) if r is not None for g in (slot - r.lower, r.upper - slot)]
        kept = len(self.needs)
        try:
            values = list(self._values(substitute(equation.body, shift), Context([*gaps, *ends], self.computation.labels), MOST_CASES))
        except (NoProof, Unsupported):
            return []
        finally:
            del self.needs[kept:]
        names = tuple(map(str, shift.values()))
        return [Pattern(moved, names, value, tuple(gap for gap in known if gap not in gaps)) for value, known in values]

    def _values(self, body: ix.Expression, scope: Context, cases: int) -> Iterator[tuple[Value, frozenset[Affine]]]:
        """The value of a function that an equation states, once for each case of what it names, with the gaps of the case."""
        made = self.normal(body, scope)
        if len(made) != 1 or made[0].coefficient != 1 or len(made[0].factors) != 1 or not isinstance(made[0].factors[0], Value):
            return
        value = made[0].factors[0]
        inside = [gap for a in value.arguments for term in a.body for gap in term.domain]
        split = next((gap for gap in inside if not any(map(is_bound, names_in(gap)))), None)
        if split is None:
            yield value, scope.gaps
        elif cases:
            for side in (split, Affine.of(-1) - split):
                inner = scope.also([side])
                if not inner.excludes([side]):
                    yield from self._values(body, inner, cases - 1)

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


def _is_open(normal: Normal) -> bool:
    """Whether a sum inside a factor has conditions on indices that it does not sum over."""
    return any(not set(names_in(gap)) & set(term.bound) for term in normal for gap in term.domain)


def _with_fixed(match: Match, gaps: Sequence[Affine]) -> Match:
    """The match with open letters that a case fixes: t = 0 where −t ≥ 0 and t ≥ 0."""
    for gap in gaps:
        name = next((n for n in names_in(gap) if n in match.open_), None)
        if name is not None and gap.scaled(-1) in gaps:
            found = unify(gap, Affine(), match)
            match = found or match
    return match


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


def cancelled(factors: Sequence[Factor]) -> tuple[Factor, ...]:
    """The factors without those that stand beside their own reciprocal."""
    kept = list(factors)
    for power in [f for f in factors if isinstance(f, Raised) and not f.exponent.terms]:
        base = power.body[0].factors[0] if len(power.body) == 1 and len(power.body[0].factors) == 1 else None
        times_ = -power.exponent.constant
        while base in kept and times_ > 0:
            kept.remove(base)
            times_ -= 1
        if times_ != -power.exponent.constant:
            kept.remove(power)
            if times_:
                kept.append(replace(power, exponent=Affine.of(-times_)))
    return tuple(kept)


def _names(factor: Factor) -> set[str]:
    return {str(name) for index in indices_of(factor) for name in index.atoms()}


def _occurs_once(factor: Factor, name: str) -> bool:
    return sum(name in index.atoms() for index in indices_of(factor)) == 1


def alternatives(conditions: Sequence[Condition]) -> list[tuple[int, tuple[Affine, ...]]]:
    """A conjunction of conditions as a signed sum of conjunctions of gaps: `i ≠ k` is everything less `i = k`."""
    found: list[tuple[int, tuple[Affine, ...]]] = []
    for choice in product(*(condition_gaps(c) for c in conditions)):
        found.append((prod(sign for sign, _ in choice), tuple(gap for _, gaps in choice for gap in gaps)))
    return found


def disjoint(conditions: Sequence[Condition]) -> list[tuple[Affine, ...]]:
    """A conjunction of conditions as disjoint conjunctions of gaps: `i ≠ k` is `i < k` or `i > k`."""
    parts = [[Condition(c.left, "<", c.right), Condition(c.left, ">", c.right)] if c.relation == "\\ne" else [c] for c in conditions]
    return [tuple(gap for _, gaps in alternatives(choice) for gap in gaps) for choice in product(*parts)]


def guards(conditions: Sequence[Condition], unless: Sequence[Sequence[Condition]], scope: Context) -> list[tuple[Affine, ...]]:
    """Where in a context all conditions hold and none of the conjunctions does, as disjoint conjunctions of gaps."""
    found: list[tuple[Affine, ...]] = []
    for choice in product(*(negated(conjunction) for conjunction in unless)):
        for gaps in disjoint([*conditions, *(c for part in choice for c in part)]):
            kept = tuple(dict.fromkeys(gap for gap in gaps if not scope.implies(gap)))
            if not scope.excludes(kept):
                found.append(kept)
    return found


def matched(equation: ix.Equation, slots: Sequence[Affine], letters: Sequence[str]) -> tuple[dict[str, Affine], list[Condition]]:
    """The letters of an equation where its left side has these slots, and the conditions under which it has."""
    mapping: dict[str, Affine] = {}
    conditions: list[Condition] = []
    for written, slot in zip(equation.slots, slots, strict=True):
        letter = next((a for a, k in written.terms if a in letters and k == 1 and a not in mapping and len(written.terms) == 1), None)
        if isinstance(letter, str):
            mapping[letter] = slot - Affine.of(written.constant)
        else:
            conditions.append(Condition(written.substitute(mapping), "=", slot))
    if set(letters) - set(mapping):
        raise NoProof(f"the letters of `{equation.latex}` are not seen from its left side")
    return mapping, conditions + [substituted_condition(c, mapping) for c in equation.conditions]


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
