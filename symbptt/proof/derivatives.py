"""Total and immediate derivatives in normal form: unfolded along the equations up to the cut families.

Total: what is not a cut family is unfolded backward (at the source), by `Plan.paths` also forward (at the target), so that
all that stays are derivatives between cut quantities. Immediate: the chain rule goes on inside the step of the numerator,
quantities of other steps are held.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction

from .. import index as ix
from ..index import Affine, Condition, Entry
from ..partial import Fresh, paths, substituted_condition, substituted_path
from .domains import Context
from .matching import Match, unify_normal
from .shared import Known, Shared, generic
from .system import Local, matched
from .terms import ZERO, NoProof, Normal, Ordered, Term, TooMuch, Total, alone, contracted, indices_in, joined, names_in, within, without
from .translate import Translator, as_power

#: Derivatives that may be unfolded for each term that a plan may look at.
UNFOLDED = 2


@dataclass(frozen=True)
class Plan:
    """How far derivatives are unfolded: `cut` families are where it stops; `paths` also unfolds at the target."""

    cut: frozenset[str]
    paths: bool = False


class Derivatives:
    """Derivatives over the equations of a translator's computation."""

    def __init__(
        self, translator: Translator, plan: Plan, modes: Mapping[str, str], held: frozenset[str], effort: int, shared: Shared
    ) -> None:
        self.translator = translator
        self.system = translator.system
        self.plan = plan
        self.modes = modes
        self.held = held
        self.shared = shared
        self._left = UNFOLDED * effort
        translator.derivative = self.of
        translator.chain = self.chain

    def of(self, e: ix.Differentiate, scope: Context) -> Normal:
        """The normal form of a derivative as written."""
        self.translator.require(e.wrt, scope)
        for position, slot in enumerate(e.wrt.slots):
            first = self.system.first(e.wrt.family, position)
            if first is not None:  # by what nothing uses there is no derivative
                self.translator.needs.append((slot - first, scope))
        mode = e.mode if e.mode != "auto" else self.modes.get(e.spelling, "total")
        if mode == "immediate":
            return self._immediate_of(e, scope)
        return self._along(e.numerator, scope, lambda entry, inner: self.total(entry, e.wrt, inner))

    def _along(self, numerator: ix.Expression, scope: Context, rest: Callable[[Entry, Context], Normal]) -> Normal:
        if isinstance(numerator, Entry):
            self.translator.require(numerator, scope)
            return rest(numerator, scope)
        found: list[Term] = []
        for path in paths(numerator, Fresh()):
            found += self.translator.path_terms(path, scope, rest)
        return tuple(found)

    # -- total ----------------------------------------------------------------------------------------------------------

    def total(self, target: Entry, source: Entry, scope: Context) -> Normal:
        """∂target/∂source, worked out once for all components."""
        place = generic(target, source, scope, self.system.computation.families)
        found = self.shared.known.get(place.key)
        if found is None:
            needs, left = len(self.translator.needs), self._left
            normal = self._total(place.target, place.source, place.context)
            self.shared.known[place.key] = Known(normal, tuple(self.translator.needs[needs:]), left - self._left)
            del self.translator.needs[needs:]
        else:
            self._spend(found.unfolded)  # as if it were the first time: what is proved does not depend on what was proved before
        normal, more = self.shared.recall(place, scope, self.translator.names)
        self.translator.needs += more
        return normal

    def _total(self, target: Entry, source: Entry, scope: Context) -> Normal:
        if self.system.is_abbreviation(target.family) or self.system.is_abbreviation(source.family):
            raise NoProof("a derivative by or of an abbreviation")
        if not self.system.reaches(target.family, source.family):
            return ZERO
        found: list[Term] = []
        if target.family == source.family:
            same = _same(target, source)
            if not any(not gap.terms and gap.constant for gap in same):
                found.append(Term(Fraction(1), (), (), (), same))
        for gaps in self._apart(target, source):
            inner = scope.also(gaps)
            if not inner.excludes(gaps):
                found += [within(term, (), gaps) for term in self._strict(target, source, inner)]
        return tuple(found)

    def _apart(self, target: Entry, source: Entry) -> list[tuple[Affine, ...]]:
        """Where the target can depend on the source through equations: at later steps only, where the equations go forward."""
        families = self.system.computation.families
        mine, other = families[target.family], families[source.family]
        same = target.family == source.family
        gaps: list[Affine] = []
        certain = False
        for letter, slot in zip(mine.letters, target.slots, strict=True):
            if letter not in other.letters:
                continue
            delay = self.system.round_trip(target.family, letter) if same else self.system.delay(target.family, source.family, letter)
            if delay is not None:
                gaps.append(slot - source.slots[other.letters.index(letter)] - Affine.of(delay))
                certain = certain or delay > 0
        if not same or certain:
            return [tuple(gaps)]
        if not target.slots or not any(family == target.family for cycle in self.system.cycles for family in cycle):
            return []
        raise NoProof("a quantity that depends on itself at no later step")

    def _strict(self, target: Entry, source: Entry, scope: Context) -> Normal:
        """The derivative where target and source are not the same entry."""
        if source.family not in self.plan.cut or self._near(target, source):
            return self.backward(target, source, scope)
        if self.plan.paths and target.family not in self.plan.cut:
            return self.forward(target, source, scope)
        return (Term(Fraction(1), (Total(target, source),)),)

    def _near(self, target: Entry, source: Entry) -> bool:
        """Whether a known number of steps lies between the two, and nothing later than the target can matter."""
        families = self.system.computation.families
        letters = families[target.family].letters
        if not letters or letters != families[source.family].letters:
            return False
        if any((a - b).terms for a, b in zip(target.slots, source.slots, strict=True)):
            return False
        return all(self.system.delay(target.family, source.family, letter) is not None for letter in letters)

    def backward(self, target: Entry, source: Entry, scope: Context) -> Normal:
        """Σ D(target, w) ∂w/∂source over the equations w that name the source."""
        found: list[Term] = []
        for user in self.system.users[source.family]:
            if not self.system.reaches(target.family, user):
                continue
            for local in self.system.locals_of(user):
                if local.path.occurrence.family == source.family:
                    found += self._use(local, target, source, scope)
        return tuple(found)

    def _use(self, local: Local, target: Entry, source: Entry, scope: Context) -> Normal:
        self._spend()
        names = self.translator.names
        equation = local.equation
        letters = {letter: Affine.of(names()) for letter in local.letters}
        components = {c: Affine.of(names()) for c in equation.components}
        shift = {**letters, **components}
        family = self.system.computation.families[equation.family]
        user = Entry(family.name, tuple(s.substitute(letters) for s in equation.slots), tuple(components.values()))
        axes = dict(zip(family.letters, user.slots, strict=True))
        ends = [g for i, n in zip(components.values(), family.axes, strict=True) for g in (i - Affine.of(1), n.substitute(axes) - i)]
        conditions = [substituted_condition(c, shift) for c in equation.conditions]
        unless = [tuple(self._match_of(other, user)) for other in local.unless]
        path = substituted_path(local.path, shift).within(conditions=conditions, unless=unless)
        bound = tuple(map(str, shift.values()))

        def rest(occurrence: Entry, inner: Context) -> Normal:
            equal = _same(occurrence, source)
            place = Term(Fraction(1), (Total(user, user),), (), (), equal)  # the user, to be found again after contraction
            return (place,)

        made = self.translator.path_terms(path, scope.also(ends), rest)
        found: list[Term] = []
        for term in made:
            whole = contracted(within(term, bound, ends), scope)
            if whole is None:
                continue
            position = next(i for i, f in enumerate(whole.factors) if isinstance(f, Total))
            factor = whole.factors[position]
            assert isinstance(factor, Total)
            others = without(whole, position)
            after = self.total(target, factor.target, scope.also(whole.domain))
            found += joined(others, [after], names)
        return tuple(found)

    def _match_of(self, other: ix.Equation, user: Entry) -> list[Condition]:
        return matched(other, user.slots, self.system.letters(other))[1]

    def forward(self, target: Entry, source: Entry, scope: Context) -> Normal:
        """Σ ∂target/∂w · D(w, source) over what the target's equation names."""
        return self._through(target, scope, lambda entry, inner: self.total(entry, source, inner))

    def _through(self, target: Entry, scope: Context, rest: Callable[[Entry, Context], Normal]) -> Normal:
        """Σ over the occurrences w in the target's equation of ∂target/∂w times what `rest` makes of w."""
        found: list[Term] = []
        for guard, mapping, equation in self.translator.cases(target, scope):
            if equation is None:
                continue
            inner = scope.also(guard)
            for local in self.system.locals_of(target.family):
                if local.equation == equation:
                    self._spend()
                    made = self.translator.path_terms(substituted_path(local.path, mapping), inner, rest)
                    found += [within(term, (), guard) for term in made]
        return tuple(found)

    def _spend(self, unfolded: int = 1) -> None:
        self._left -= unfolded
        if self._left < 0:
            raise TooMuch

    def chain(self, made: Ordered, step: Affine, scope: Context, inner: Context) -> Normal | None:
        """A product of one-step Jacobians of a cut family as the derivative from its last to its first step.

        `step` is the step of the factor at `made.variable`, and `inner` what is known there.
        """
        row, column = Affine.of(made.row_variable), Affine.of(made.column_variable)
        for name in sorted(self.plan.cut) if self.plan.paths else ():
            family = self.system.computation.families[name]
            if len(family.slots) != 1 or len(family.axes) != 1 or not self.system.is_chain(name, family.letters[0], self.plan.cut):
                continue
            axes = tuple(family.axes[0].substitute({family.letters[0]: at}) for at in (step, step - Affine.of(1)))
            if axes != (made.rows, made.columns):
                continue
            lap = self.total(Entry(name, (step,), (row,)), Entry(name, (step - Affine.of(1),), (column,)), inner)
            if next(unify_normal(self.translator.settled(lap, inner), made.body, Match({}, frozenset())), None) is None:
                continue
            offset = step - Affine.of(made.variable)
            last, first = made.upper + offset, made.lower + offset - Affine.of(1)
            return self.total(Entry(name, (last,), (made.row,)), Entry(name, (first,), (made.column,)), scope)
        return None

    def power(self, total: Total, context: Context) -> Normal | None:
        """D(h_t, h_k) as a power of the one-step Jacobian, where that is the same matrix at every step between."""
        family = self.system.computation.families[total.source.family]
        if total.target.family != family.name or len(family.slots) != 1 or len(family.axes) != 1:
            return None
        if not self.system.is_chain(family.name, family.letters[0], self.plan.cut):
            return None
        names = [self.translator.names() for _ in range(3)]
        step, row, column = map(Affine.of, names)
        axis = family.axes[0]
        inner = context.also([step - total.source.slots[0] - Affine.of(1), total.target.slots[0] - step])
        inner = inner.also([row - Affine.of(1), axis - row, column - Affine.of(1), axis - column])
        lap = self.total(Entry(family.name, (step,), (row,)), Entry(family.name, (step - Affine.of(1),), (column,)), inner)
        body = self.translator.settled(lap, inner)
        length = total.target.slots[0] - total.source.slots[0]
        ends = (Affine.of(1), length, total.target.components[0], total.source.components[0])
        made = Ordered(names[0], names[1], names[2], body, axis, axis, *ends)
        power = as_power(made)
        if any(names[0] in names_in(index) for index in indices_in(body)) or family.letters[0] in axis.atoms():
            return None
        return alone(power)

    # -- immediate ------------------------------------------------------------------------------------------------------

    def _immediate_of(self, e: ix.Differentiate, scope: Context) -> Normal:
        if not isinstance(e.numerator, Entry) or len(e.numerator.slots) > 1:
            raise NoProof("an immediate derivative of an expression, or of a quantity with several indices")
        step = e.numerator.slots or e.wrt.slots
        if len(step) > 1:
            raise NoProof("an immediate derivative by a quantity with several indices")
        self.translator.require(e.numerator, scope)
        held = self.held - {e.wrt.family}
        return self._immediate(e.numerator, e.wrt, Held(step[0] if step else None, held), scope)

    def _immediate(self, target: Entry, source: Entry, held: Held, scope: Context) -> Normal:
        """The derivative through quantities of one step, or through those that are not held."""

        def rest(entry: Entry, inner: Context) -> Normal:
            found: list[Term] = []
            if entry.family == source.family:
                same = _same(entry, source)
                if not any(not gap.terms and gap.constant for gap in same):
                    found.append(Term(Fraction(1), (), (), (), same))
                if not any(gap.terms for gap in same[: len(entry.slots)]) and not any(g.constant for g in same[: len(entry.slots)]):
                    return tuple(found)
            equal = held.enters(entry)
            gaps = [gap for e in equal or () for gap in (e, e.scaled(-1))]
            if equal is None or inner.excludes(gaps) or not self.system.reaches(entry.family, source.family):
                return tuple(found)
            inner = inner.also(gaps)
            if entry.family == source.family:
                if source.slots and all(slot == held.step for slot in source.slots):
                    return tuple(found)  # at this step it is the source itself
                raise NoProof("an immediate derivative through another member of what it is by")
            return (*found, *(within(term, (), (), equal) for term in self._immediate(entry, source, held.through(entry.family), inner)))

        if target.family == source.family and all(not gap.terms and not gap.constant for gap in _same(target, source)[: len(target.slots)]):
            return (Term(Fraction(1), (), (), (), _same(target, source)),)
        return self._through(target, scope, rest)


@dataclass(frozen=True)
class Held:
    """What an immediate derivative holds: the quantities of all steps but one, or without steps those of some families."""

    step: Affine | None
    families: frozenset[str]
    passed: frozenset[str] = frozenset()

    def enters(self, entry: Entry) -> tuple[Affine, ...] | None:
        """What must be zero for the chain rule to go on through a quantity; None where it never does."""
        if self.step is None:
            return None if entry.family in self.families else ()
        differences = [slot - self.step for slot in entry.slots]
        if any(not d.terms and d.constant for d in differences):
            return None
        return tuple(d for d in differences if d.terms)

    def through(self, family: str) -> Held:
        """The same further on; without a step, no family is passed through twice."""
        if self.step is None and family in self.passed:
            raise NoProof("an immediate derivative through many steps")
        return replace(self, passed=self.passed | {family})


def _same(a: Entry, b: Entry) -> tuple[Affine, ...]:
    """What must be zero where two entries of one family are the same."""
    return tuple(x - y for x, y in zip(a.slots + a.components, b.slots + b.components, strict=True))
