"""Proofs: two sides of a claim are equal for every number of steps and every size."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from ..index import Affine, Differentiate, Expression
from ..partial import substitute
from ..reading.choices import Unsupported
from ..reading.claim import ReadClaim, Side
from ..unroll import parts_of
from .derivatives import Derivatives, Plan
from .domains import Context
from .matching import Residual, residual
from .system import System, condition_gaps
from .terms import Names, Normal, Term, Total, is_bound, joined, names_in
from .translate import Translator

#: Plans that are tried, and how often what is left is unfolded by one more step.
MOST_PLANS = 6
MOST_LAPS = 2
ONE = Affine.of(1)


@dataclass(frozen=True)
class Step:
    """One step of a proof: a named rule and what it was applied to."""

    rule: str
    detail: str


@dataclass(frozen=True)
class Proof:
    """Why two sides are equal for all steps and sizes."""

    steps: tuple[Step, ...]


def prove(claim: ReadClaim, left: int, right: int, modes: tuple[Mapping[str, str], Mapping[str, str]]) -> Proof | None:
    """A proof that two sides are equal, the open derivatives of each having these meanings; None if none is found."""
    system = System(claim.computation)
    for plan in _plans(claim, system):
        try:
            found = _Attempt(claim, system, plan).prove(left, right, modes)
        except (Unsupported, RecursionError):
            continue
        if found is not None:
            return found
    return None


def _plans(claim: ReadClaim, system: System) -> Iterator[Plan]:
    cuts = list(system.cuts())[: MOST_PLANS // 2]
    for paths in (False, True):
        for cut in cuts:
            yield Plan(cut, paths)
        if not system.cycles:
            return


class _Attempt:
    """One plan tried on two sides of a claim."""

    def __init__(self, claim: ReadClaim, system: System, plan: Plan) -> None:
        self.claim = claim
        self.system = system
        self.plan = plan
        self.names = Names()
        self.translator = Translator(system, self.names)
        self.steps: list[Step] = []

    def prove(self, left: int, right: int, modes: tuple[Mapping[str, str], Mapping[str, str]]) -> Proof | None:
        context = self._context(self.claim.sides[left])
        first = self._side(left, self.claim.sides[left], modes[0], context)
        second = self._side(right, self.claim.sides[left], modes[1], context)
        context = self._defined(context)
        self.steps.append(Step("unfold", f"derivatives along the equations, up to {', '.join(sorted(self.plan.cut)) or 'their ends'}"))
        difference = self.translator.difference(first, second)
        derivatives = Derivatives(self.translator, self.plan, {}, frozenset())
        for lap in range(MOST_LAPS + 1):
            terms = self._tidy(difference, context)
            left_over = residual(terms, context)
            if left_over is None:
                self.steps.append(Step("cancel", f"{len(terms)} terms, in every cell of their domains"))
                return Proof(tuple(self.steps))
            if lap < MOST_LAPS:
                unfolded = self._unfolded(left_over, terms, derivatives, context)
                if unfolded is None:
                    return None
                difference = unfolded
        return None

    def _tidy(self, normal: Normal, context: Context) -> Normal:
        found = (self.translator.tidy(term, context) for term in normal)
        return tuple(term for term in found if term is not None)

    # -- the claim ------------------------------------------------------------------------------------------------------

    def _context(self, side: Side) -> Context:
        """What is known where the claim is made: its ranges, one step and one component at least."""
        computation = self.claim.computation
        gaps = [Affine.of(name) - Affine.of(first) for name, first in _first_steps(self.claim).items()]
        sizes = {a for f in computation.families.values() for axis in f.axes for a in axis.atoms()}
        gaps += [Affine.of(a) - ONE for a in sizes if isinstance(a, str) and not any(a in f.letters for f in computation.families.values())]
        for name, free in self.claim.free.items():
            index = Affine.of(name)
            stated = free.role == "slot" and any(name in c.left.atoms() | c.right.atoms() for c in self.claim.stated)
            if not stated and free.lower is not None and free.upper is not None:
                gaps += [index - free.lower, free.upper - index]
        for condition in self.claim.conditions:
            found = condition_gaps(condition)
            if len(found) > 1:
                raise Unsupported("a claim for all indices but one")
            gaps += found[0]
        assert side.tensor is not None
        for name, size in zip(side.variables, side.tensor.rows + side.tensor.columns, strict=True):
            gaps += [Affine.of(name) - ONE, size - Affine.of(name)]
        return Context(gaps, dict(computation.labels))

    def _side(self, position: int, names: Side, modes: Mapping[str, str], context: Context) -> Normal:
        side = self.claim.sides[position]
        if side.body is None:
            raise Unsupported("a side without meaning")
        body = substitute(side.body, dict(zip(side.variables, map(Affine.of, names.variables), strict=True)))
        Derivatives(self.translator, self.plan, modes, _held(side.body))
        return self.translator.normal(body, context)

    def _defined(self, context: Context) -> Context:
        """The context where all that the claim names is defined."""
        known = set(self.claim.free) | {atom for gap in context.gaps for atom in gap.atoms()}
        for gap, scope in self.translator.needs:
            if scope.implies(gap) or context.also(scope.gaps).implies(gap):
                continue
            if not gap.atoms() <= known:
                raise Unsupported("a quantity above its range inside a sum")
            context = context.also([gap])
        return context

    # -- one more step ----------------------------------------------------------------------------------------------------

    def _unfolded(self, left: Residual, terms: Normal, derivatives: Derivatives, context: Context) -> Normal | None:
        """The terms with the derivatives by the earliest free step unfolded once."""
        totals = {f for term in left.terms for f in term.factors if isinstance(f, Total)}
        early = _earliest(totals)
        if not early:
            return None
        self.steps.append(Step("one step", "; ".join(sorted({f.source.family for f in early}))))
        found: list[Term] = []
        for term in terms:
            position = next((i for i, f in enumerate(term.factors) if f in early), None)
            if position is None:
                found.append(term)
                continue
            factor = term.factors[position]
            assert isinstance(factor, Total)
            rest = replace(term, factors=term.factors[:position] + term.factors[position + 1 :])
            inner = context.also(term.domain)
            made = derivatives.backward(factor.target, factor.source, inner)
            found += joined(rest, [made], self.names)
        return tuple(found)


def _earliest(totals: set[Total]) -> set[Total]:
    """Those whose source is at a step outside all sums, and the earliest of its kind: t and not t + 1."""
    least: dict[tuple[object, ...], int] = {}
    outside = [t for t in totals if t.source.slots and not any(is_bound(name) for slot in t.source.slots for name in names_in(slot))]
    for t in outside:
        key = tuple(slot.terms for slot in t.source.slots)
        least[key] = min(least.get(key, t.source.slots[0].constant), t.source.slots[0].constant)
    return {t for t in outside if t.source.slots[0].constant == least[tuple(slot.terms for slot in t.source.slots)]}


def _first_steps(claim: ReadClaim) -> dict[str, int]:
    """The least number of steps: where the declared ranges begin."""
    computation = claim.computation
    first = dict.fromkeys(computation.last_steps, 1)
    ranges = [r for f in computation.families.values() for r in f.slots if r is not None]
    for r in ranges:
        name = r.upper.as_variable()
        if name in first and not r.lower.terms:
            first[name] = max(first[name], r.lower.constant)
    return first


def _held(body: Expression) -> frozenset[str]:
    return frozenset(e.wrt.family for e in parts_of(body) if isinstance(e, Differentiate) and not e.wrt.slots)


