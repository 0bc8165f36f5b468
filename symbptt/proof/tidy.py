"""What makes terms comparable: deltas used, reciprocals cancelled, distributions summed, values written by their names."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import TYPE_CHECKING

from .. import index as ix
from ..index import Affine, Entry
from ..partial import substitute, substituted_condition
from ..reading.choices import Unsupported
from .domains import Context
from .matching import Match, unify, unify_factor
from .system import condition_gaps
from .terms import (
    Factor,
    Lambda,
    NoProof,
    Normal,
    Ordered,
    Raised,
    Term,
    Value,
    contracted,
    indices_of,
    is_bound,
    names_in,
    substituted,
)

if TYPE_CHECKING:
    from .translate import Translator

ONE_INDEX = Affine.of(1)
#: An equation is known by no more than 2 to the power of this many cases.
MOST_CASES = 3


@dataclass(frozen=True)
class Pattern:
    """An equation that gives a value of a function a name, in one case of what it names; `letters` are open."""

    equation: ix.Equation
    letters: tuple[str, ...]
    value: Value
    gaps: tuple[Affine, ...]


Patterns = dict[str, list[Pattern]]  # by function


class Tidy:
    """The rules over the equations of a translator; `patterns` are those that were made already."""

    def __init__(self, translator: Translator, patterns: Patterns) -> None:
        self.translator = translator
        self._patterns = patterns

    def tidy(self, term: Term, scope: Context) -> Term | None:
        """The term contracted, reciprocals cancelled, sums of normalised quantities taken, known values named; None if it vanishes."""
        now = contracted(term, scope)
        while now is not None:
            simpler = self._with_delta(now)
            if simpler is None:
                break
            now = contracted(simpler, scope)
        if now is None or not now.coefficient:
            return None
        named = self._named(now, scope)
        return self._normalised(replace(named, factors=cancelled(named.factors)), scope)

    def _with_delta(self, term: Term) -> Term | None:
        """A factor that is a Kronecker delta as a condition: an empty product of matrices, y_i y_j = δ_ij y_i of a one-hot y."""
        rest = list(term.factors)
        empty = next((f for f in rest if isinstance(f, Ordered) and f.upper - f.lower == Affine.of(-1)), None)
        pair = self._one_hot_pair(term.factors)
        if empty is not None:
            rest.remove(empty)
            return replace(term, factors=tuple(rest), equal=(empty.row - empty.column,))
        if pair is not None:
            rest.remove(pair[1])
            equal = tuple(a - b for a, b in zip(pair[0].components, pair[1].components, strict=True))
            return replace(term, factors=tuple(rest), equal=equal)
        return None

    def _one_hot_pair(self, factors: Sequence[Factor]) -> tuple[Entry, Entry] | None:
        """Two entries of one one-hot vector."""
        facts = self.translator.computation.assumptions
        hot = [f for f in factors if isinstance(f, Entry) and f.family in facts.one_hot]
        groups = [(f.family, f.slots, facts.group(f.family, f.components)) for f in hot]
        for a, b in combinations(range(len(hot)), 2):
            if groups[a] == groups[b]:
                return hot[a], hot[b]
        return None

    def _normalised(self, term: Term, scope: Context) -> Term:
        """Σ_i y_i = 1 for a distribution, where i occurs nowhere else and runs over its whole axis."""
        for factor in term.factors:
            size = self._distribution(factor)
            axis = self.translator.computation.assumptions.axis(factor.family) if isinstance(factor, Entry) else -1
            name = factor.components[axis].as_variable() if isinstance(factor, Entry) and factor.components else None
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
        """The size of the axis along which a quantity is known to sum to one."""
        if isinstance(factor, Value) and factor.function == "softmax" and not factor.partial and not factor.order:
            return factor.arguments[0].sizes[-1] if len(factor.arguments[0].sizes) == 1 else None
        if not isinstance(factor, Entry):
            return None
        family = self.translator.computation.families[factor.family]
        facts = self.translator.computation.assumptions
        shift = dict(zip(family.letters, factor.slots, strict=True))
        if factor.family in (*facts.normalised, *facts.one_hot) and family.axes:
            return family.axes[facts.axis(factor.family)].substitute(shift)
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
                factors.append(replace(factor, body=self.translator.settled(factor.body, inner)))
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
            arguments.append(replace(a, body=self.translator.settled(a.body, scope.also(ends))))
        return replace(value, arguments=tuple(arguments))

    def _alias_of(self, entry: Entry, scope: Context) -> Entry:
        """h_t for the quantity that h_t is given as, where it is given as no more than that."""
        for equation in self.translator.system.aliases.get(entry.family, ()):
            assert isinstance(equation.body, Entry)
            letters = [*self.translator.system.letters(equation), *equation.components]
            pattern = substituted(equation.body, {name: Affine.of(f"{name}*") for name in letters})
            match = next(unify_factor(pattern, entry, Match({}, frozenset(f"{name}*" for name in letters))), None)
            if match is None or match.open_:
                continue
            values = {name: match.values[f"{name}*"] for name in letters}
            other = Entry(
                equation.family, tuple(s.substitute(values) for s in equation.slots), tuple(values[c] for c in equation.components)
            )
            found = list(self.translator.cases(other, scope))
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
                found = list(self.translator.cases(entry, scope))
                if len(found) == 1 and found[0][2] is not None and found[0][2].latex == equation.latex:
                    return entry
        return value

    def _patterns_of(self, function: str) -> list[Pattern]:
        """The equations that define a quantity as a value of a function, with their letters open."""
        if function not in self._patterns:
            self._patterns[function] = []
            for name in self.translator.computation.families:
                for equation in self.translator.system.equations(name):
                    if isinstance(equation.body, ix.Apply) and equation.body.function == function and not equation.body.order:
                        self._patterns[function] += self._pattern(equation)
        return self._patterns[function]

    def _pattern(self, equation: ix.Equation) -> list[Pattern]:
        shift = {name: Affine.of(f"{name}*") for name in (*self.translator.system.letters(equation), *equation.components)}
        moved = replace(
            equation,
            slots=tuple(s.substitute(shift) for s in equation.slots),
            components=tuple(str(shift[c]) for c in equation.components),
        )
        family = self.translator.computation.families[equation.family]
        letters = dict(zip(family.letters, moved.slots, strict=True))
        gaps = [gap for c in equation.conditions for _, gaps in condition_gaps(substituted_condition(c, shift)) for gap in gaps]
        for c, size in zip(moved.components, family.axes, strict=True):
            gaps += [Affine.of(c) - ONE_INDEX, size.substitute(letters) - Affine.of(c)]
        ends = [g for slot, r in zip(moved.slots, family.slots, strict=True) if r is not None for g in (slot - r.lower, r.upper - slot)]
        kept = len(self.translator.needs)
        try:
            values = list(
                self._values(substitute(equation.body, shift), Context([*gaps, *ends], self.translator.computation.labels), MOST_CASES)
            )
        except (NoProof, Unsupported):
            return []
        finally:
            del self.translator.needs[kept:]
        names = tuple(map(str, shift.values()))
        return [Pattern(moved, names, value, tuple(gap for gap in known if gap not in gaps)) for value, known in values]

    def _values(self, body: ix.Expression, scope: Context, cases: int) -> Iterator[tuple[Value, frozenset[Affine]]]:
        """The value of a function that an equation states, once for each case of what it names, with the gaps of the case."""
        made = self.translator.normal(body, scope)
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
