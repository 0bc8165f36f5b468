"""Proofs: two sides of a claim are equal for every number of steps and every size."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache

from ..index import Affine, Entry
from ..partial import substitute
from ..reading.choices import Unsupported
from ..reading.claim import ReadClaim, Side
from ..trial import held_by
from ..unrolled import Model
from .derivatives import Derivatives, Plan
from .domains import Context, Gaps
from .matching import Residual, count_tries_anew, residual
from .shared import Shared
from .system import System, disjoint
from .terms import (
    Names,
    NoProof,
    Normal,
    Ordered,
    Raised,
    Term,
    TooMuch,
    Total,
    Value,
    alone,
    free_names,
    is_bound,
    joined,
    names_in,
    put_normal,
    without,
    written_out,
)
from .tidy import Patterns
from .translate import Translator

#: Plans that are tried.
MOST_PLANS = 6
#: Terms that one plan may look at, all moves together: little for each plan first, then more.
EFFORTS = (30, 150)
ONE = Affine.of(1)


@dataclass(frozen=True)
class Step:
    """One step of a proof: a named rule and what it was applied to."""

    rule: str
    detail: str


@dataclass(frozen=True)
class Line:
    """A sum of terms that a step made of the line `before` it (-1: of left side − right side), where `gaps` are ≥ 0.

    It is what was before, times a factor where `times` has one. A line that no other comes from cancels.
    """

    step: Step
    before: int
    gaps: Gaps
    terms: Normal
    times: Normal | None = None


@dataclass(frozen=True)
class Proof:
    """Why two sides are equal for all steps and sizes."""

    steps: tuple[Step, ...]
    limits: tuple[str, ...] = ()  # of the number of steps, below which the claim speaks of something that does not exist
    lines: tuple[Line, ...] = ()


@dataclass(frozen=True)
class Search:
    """How long a proof is looked for: with these efforts of each plan, and no further plan once `is_late`."""

    efforts: Sequence[int] = EFFORTS
    is_late: Callable[[], bool] = bool


USUAL = Search()


def prove(
    claim: ReadClaim,
    left: int,
    right: int,
    modes: tuple[Mapping[str, str], Mapping[str, str]] = ({}, {}),
    search: Search = USUAL,
) -> Proof | None:
    """A proof that two sides are equal, the open derivatives of each having these meanings; None if none is found."""
    bench = workspace(Model(claim.computation))
    waiting = list(bench.order)
    for effort in search.efforts:
        later: list[Plan] = []
        for plan in waiting:
            if search.is_late():
                return None
            count_tries_anew()
            try:
                found = Attempt(claim, bench.translator(), plan, effort, bench.shared[plan]).prove(left, right, modes)
            except TooMuch:
                later.append(plan)
                continue
            except (NoProof, Unsupported, RecursionError):
                continue
            if found is not None:
                bench.order.sort(key=lambda other: other != plan)
                return found
        waiting = sorted(later, key=lambda plan: not plan.paths)  # what is hard is a sum over paths more often than not
    return None


@dataclass(frozen=True)
class Workspace:
    """What all proofs about one computation share; `order` has the plan in front that found the last one.

    Each plan has its own effort, so that it is the time alone that depends on the order.
    """

    system: System
    shared: Mapping[Plan, Shared]
    order: list[Plan]
    names: Names = field(default_factory=Names)
    patterns: Patterns = field(default_factory=dict)

    def translator(self) -> Translator:
        return Translator(self.system, self.names, self.patterns)


@lru_cache(maxsize=4)
def workspace(model: Model) -> Workspace:
    """The claims of a document speak of few models."""
    system = System(model.computation)
    order = list(plans(system))
    return Workspace(system, {plan: Shared() for plan in order}, order)


def plans(system: System) -> Iterator[Plan]:
    cuts = list(system.cuts())[: MOST_PLANS // 2]
    for paths in (False, True):
        for cut in cuts:
            yield Plan(cut, paths)
        if not system.cycles:
            return


class Attempt:
    """One plan tried on two sides of a claim."""

    def __init__(self, claim: ReadClaim, translator: Translator, plan: Plan, effort: int, shared: Shared) -> None:
        self.claim = claim
        self.system = translator.system
        self.plan = plan
        self.names = translator.names
        self.translator = translator
        self.shared = shared
        self.steps: list[Step] = []
        self.lines: list[Line] = []
        self.limits: list[str] = []
        self.effort = effort

    def prove(self, left: int, right: int, modes: tuple[Mapping[str, str], Mapping[str, str]]) -> Proof | None:
        for context in self.contexts(self.claim.sides[left]):
            first = self._side(left, self.claim.sides[left], modes[0], context)
            second = self._side(right, self.claim.sides[left], modes[1], context)
            self.step("unfold", f"derivatives along the equations, up to {', '.join(sorted(self.plan.cut)) or 'their ends'}")
            derivatives = Derivatives(self.translator, self.plan, {}, frozenset(), self.effort, self.shared)
            goal = Goal(self.translator.difference(first, second), self.defined(context))
            if not self._is_zero(goal, derivatives, -1):
                return None
            self.translator.needs.clear()
        return Proof(tuple(self.steps), tuple(dict.fromkeys(self.limits)), tuple(self.lines))

    def step(self, rule: str, detail: str) -> None:
        self.steps.append(Step(rule, detail))

    def _is_zero(self, goal: Goal, derivatives: Derivatives, before: int) -> bool:
        """Whether the sum of terms is seen to be zero, after as many moves as the goal has left; `before` is the line it was made of."""
        self.effort -= len(goal.terms)
        if self.effort < 0:
            raise TooMuch
        terms = tidied(goal.terms, goal.context, self.translator)
        line = len(self.lines)
        self.lines.append(Line(goal.step or self.steps[-1], before, tuple(sorted(goal.context.gaps, key=str)), terms, goal.times))
        left = residual(terms, goal.context)
        if left is None:
            self.step("cancel", f"{len(terms)} terms, in every cell of their domains")
            return True
        for move in MOVES:
            if goal.left(move) <= 0:
                continue
            kept = len(self.steps)
            goals = move(replace(goal, terms=left.terms, times=None, spent=(*goal.spent, move)), left, derivatives, self)
            if goals is not None:
                made = self.steps[-1]
                if all(self._is_zero(replace(part, step=made), derivatives, line) for part in goals):
                    return True
                del self.steps[kept:]
                return False
            del self.steps[kept:]
        return False

    # -- the claim ------------------------------------------------------------------------------------------------------

    def contexts(self, side: Side) -> list[Context]:
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
        assert side.tensor is not None
        for name, size in zip(side.variables, side.tensor.rows + side.tensor.columns, strict=True):
            gaps += [Affine.of(name) - ONE, size - Affine.of(name)]
        context = Context(gaps, computation.labels)
        found = [context.also(more) for more in disjoint(self.claim.conditions)]
        return [c for c in found if not c.excludes([])]

    def _side(self, position: int, names: Side, modes: Mapping[str, str], context: Context) -> Normal:
        side = self.claim.sides[position]
        if side.body is None:
            raise NoProof("a side without meaning")
        body = substitute(side.body, dict(zip(side.variables, map(Affine.of, names.variables), strict=True)))
        Derivatives(self.translator, self.plan, modes, held_by(side), self.effort, self.shared)
        return self.translator.normal(body, context)

    def defined(self, context: Context) -> Context:
        """The context where all that the claim names is defined."""
        known = set(self.claim.free) | {atom for gap in context.gaps for atom in gap.atoms()}
        for gap, scope in self.translator.needs:
            if scope.implies(gap) or context.also(scope.gaps).implies(gap):
                continue
            if not gap.atoms() <= known:
                raise NoProof("a quantity above its range inside a sum")
            context = context.also([gap])
            if gap.atoms() <= set(self.claim.computation.last_steps):
                self.limits.append(_limit(gap))
        if context.excludes([]):
            raise NoProof("nowhere is all defined that the claim names")
        return context


# -- moves ----------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Goal:
    """A sum of terms that is to be zero in its context, and the moves made on the way to it."""

    terms: Normal
    context: Context
    spent: tuple[Move, ...] = ()
    step: Step | None = None  # that made it
    times: Normal | None = None  # the factor that the step put in

    def left(self, move: Move) -> int:
        return ALLOWED[move] - self.spent.count(move)


Move = Callable[[Goal, Residual, Derivatives, Attempt], "list[Goal] | None"]


def split_cases(goal: Goal, left: Residual, derivatives: Derivatives, attempt: Attempt) -> list[Goal] | None:
    """Apart where a condition on the claim's own indices holds and where it does not: the first step, the last step."""
    for term in left.terms:
        for gap in term.domain:
            if any(map(is_bound, names_in(gap))) or goal.context.implies(gap):
                continue
            attempt.step("cases", f"{gap} ≥ 0")
            return [replace(goal, context=goal.context.also([side])) for side in (gap, Affine.of(-1) - gap)]
    return None


def split_sums(goal: Goal, left: Residual, derivatives: Derivatives, attempt: Attempt) -> list[Goal] | None:
    """Sums apart at the end of a shorter one: Σ_{t=1}^{T} as the term at t = 1 and Σ_{t=2}^{T}."""
    for gap in left.cell:
        names = {name for name in names_in(gap) if is_bound(name)}
        if not names or Affine.of(-1) - gap not in {other for term in left.same for other in term.domain} | set(left.cell):
            continue
        attempt.step("split", f"{gap} ≥ 0")
        found: list[Term] = []
        for term in goal.terms:
            if term in left.same and names <= set(term.bound):
                found += [replace(term, domain=(*term.domain, side)) for side in (gap, Affine.of(-1) - gap)]
            else:
                found.append(term)
        return [replace(goal, terms=tuple(found))]
    return None


def unfold_once(goal: Goal, left: Residual, derivatives: Derivatives, attempt: Attempt) -> list[Goal] | None:
    """The derivatives by the earliest free step unfolded by one step, those first whose unfolding leads to the others."""
    early = _earliest({f for term in left.terms for f in term.factors if isinstance(f, Total)}, attempt.system)
    if not early:
        return None
    attempt.step("one step", "; ".join(sorted({f.source.family for f in early})))
    return [replace(goal, terms=_unfolded(goal, early, derivatives.backward, attempt))]


def unfold_further(goal: Goal, left: Residual, derivatives: Derivatives, attempt: Attempt) -> list[Goal] | None:
    """As `unfold_once`, where nothing else is left to do: gates that enter the cell of their step and all gates of the next."""
    return unfold_once(goal, left, derivatives, attempt)


def unfold_target(goal: Goal, left: Residual, derivatives: Derivatives, attempt: Attempt) -> list[Goal] | None:
    """The derivatives of what stands at the latest free step unfolded by one step, from the other end."""
    totals = {f for term in left.terms for f in term.factors if isinstance(f, Total)}
    late = _latest(totals)
    if not late:
        return None
    attempt.step("one step back", "; ".join(sorted({f.target.family for f in late})))
    return [replace(goal, terms=_unfolded(goal, late, derivatives.forward, attempt))]


def _unfolded(goal: Goal, chosen: set[Total], rule: Callable[[Entry, Entry, Context], Normal], attempt: Attempt) -> Normal:
    """The terms with the first chosen derivative of each unfolded, what is the same at both ends apart."""
    found: list[Term] = []
    for term in goal.terms:
        position = next((i for i, f in enumerate(term.factors) if f in chosen), None)
        if position is None:
            found.append(term)
            continue
        factor = term.factors[position]
        assert isinstance(factor, Total)
        rest = without(term, position)
        found += joined(rest, [rule(factor.target, factor.source, goal.context.also(term.domain))], attempt.names)
    return tuple(found)


def as_powers(goal: Goal, left: Residual, derivatives: Derivatives, attempt: Attempt) -> list[Goal] | None:
    """Derivatives between two steps as powers of a matrix, where the recurrence is linear: W^{t-k}."""
    if not any(isinstance(f, Ordered) for term in left.terms for f in term.factors):
        return None
    changed: set[str] = set()
    found: list[Term] = []
    for term in goal.terms:
        parts: list[Normal] = []
        for f in term.factors:
            power = derivatives.power(f, goal.context.also(term.domain)) if isinstance(f, Total) else None
            parts.append(alone(f) if power is None else power)
            changed |= {f.source.family} if isinstance(f, Total) and power is not None else set()
        found += joined(replace(term, factors=()), parts, attempt.names)
    attempt.step("powers", ", ".join(sorted(changed)))
    return [replace(goal, terms=tuple(found))] if changed else None


def clear_denominators(goal: Goal, left: Residual, derivatives: Derivatives, attempt: Attempt) -> list[Goal] | None:
    """All terms multiplied by a denominator that is the same for all of them."""
    raised = [f for term in left.terms for f in term.factors if isinstance(f, Raised) and not f.exponent.terms]
    free = [f for f in raised if not any(map(is_bound, free_names(f)))]
    if not free:
        return None
    bodies = {f.body for f in free}
    body = min(bodies, key=lambda b: (len(b) == 1, repr(b)))
    power = max(-f.exponent.constant for f in free if f.body == body)
    attempt.step("multiply", "by a denominator that all terms may have")
    found: list[Term] = []
    for term in goal.terms:
        position = next((i for i, f in enumerate(term.factors) if isinstance(f, Raised) and f.body == body and not f.exponent.terms), None)
        missing, rest = power, term
        if position is not None:
            factor = term.factors[position]
            assert isinstance(factor, Raised)
            missing = power + factor.exponent.constant
            rest = without(term, position)
        found += joined(rest, [body] * missing, attempt.names)
    return [replace(goal, terms=tuple(found), times=alone(Raised(body, Affine.of(power))))]


def use_definitions(goal: Goal, left: Residual, derivatives: Derivatives, attempt: Attempt) -> list[Goal] | None:
    """What an equation gives a name is replaced by its right side once."""
    translator = attempt.translator
    named = {f for term in left.terms for f in term.factors if isinstance(f, Entry) and attempt.system.equations(f.family)}
    softmax = {f for term in left.terms for f in term.factors if isinstance(f, Value) and f.function == "softmax" and not f.partial}
    if not named and not softmax:
        return None
    attempt.step("definitions", ", ".join(sorted({f.family for f in named})))
    found: list[Term] = []
    for term in goal.terms:
        inner = goal.context.also(term.domain)
        parts: list[Normal] = []
        for factor in term.factors:
            if factor in named and isinstance(factor, Entry):
                parts.append(translator.exponentials(translator.expanded(factor, inner)))
            elif factor in softmax:
                parts.append(translator.exponentials(alone(factor)))
            else:
                parts.append(alone(factor))
        found += joined(replace(term, factors=()), parts, attempt.names)
    return [replace(goal, terms=tuple(found))]


#: Moves in the order in which they are tried, and how often each is made on one way.
ALLOWED: dict[Move, int] = {
    split_cases: 6,
    split_sums: 3,
    as_powers: 1,
    unfold_once: 2,
    unfold_target: 1,
    clear_denominators: 6,
    use_definitions: 1,
    unfold_further: 2,
}
MOVES: tuple[Move, ...] = tuple(ALLOWED)


def tidied(normal: Normal, context: Context, translator: Translator) -> Normal:
    """The terms contracted under what is known, indices that are known to be equal being one."""
    fixed = context.fixed()
    found: list[Term] = []
    for term in put_normal(normal, fixed) if fixed else normal:
        for part in written_out(term, context):
            now = translator.tidy(part, context)
            if now is not None:
                found.append(now)
    return tuple(found)


def _earliest(totals: set[Total], system: System) -> set[Total]:
    """Those whose source is at a step outside all sums, and the earliest of its kind: t and not t + 1.

    Of several sources at that step, those that are computed from none of the others there: where f_t enters c_t, a derivative by f_t
    unfolds into one by c_t, which other terms may hold as it is.
    """
    least: dict[tuple[object, ...], int] = {}
    outside = [t for t in totals if t.source.slots and not any(is_bound(name) for slot in t.source.slots for name in names_in(slot))]
    for t in outside:
        key = tuple(slot.terms for slot in t.source.slots)
        least[key] = min(least.get(key, t.source.slots[0].constant), t.source.slots[0].constant)
    found = {t for t in outside if t.source.slots[0].constant == least[tuple(slot.terms for slot in t.source.slots)]}
    return {t for t in found if not any(_enters_at_once(other.source, t.source, system) for other in found)}


def _enters_at_once(source: Entry, target: Entry, system: System) -> bool:
    """Whether the target is computed from the source within one step, the step of both."""
    if source.family == target.family or len(source.slots) != 1 or source.slots != target.slots:
        return False
    (letter,) = system.computation.families[source.family].letters
    return system.delay(target.family, source.family, letter) == 0


def _latest(totals: set[Total]) -> set[Total]:
    """Those whose target is at a step outside all sums, the latest of its kind, where another target is earlier."""
    steps: dict[tuple[object, ...], set[int]] = {}
    outside = [t for t in totals if len(t.target.slots) == 1 and not any(map(is_bound, names_in(t.target.slots[0])))]
    for t in outside:
        steps.setdefault((t.target.family, t.target.slots[0].terms), set()).add(t.target.slots[0].constant)
    several = {key: max(found) for key, found in steps.items() if len(found) > 1}
    return {t for t in outside if several.get((t.target.family, t.target.slots[0].terms)) == t.target.slots[0].constant}


def _limit(gap: Affine) -> str:
    """`T ≥ 2` for T − 2 ≥ 0."""
    return f"{gap - Affine.of(gap.constant)} ≥ {-gap.constant}"


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
