"""What the engines say of a claim under one reading, at growing step counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import Any

from .index import Affine
from .reading.claim import ReadClaim
from .settings import describe_scope, settings, size_names
from .show import counterexample, instance_text
from .trial import Modes, Trial
from .unroll import Setting
from .verdict import Counterexample

#: Settings with instances that a claim must pass; and values that each step index must have taken.
ENOUGH_SETTINGS = 4
ENOUGH_VALUES = 3
MOST_SPELLINGS = 6


@dataclass(frozen=True)
class LinkResult:
    """One link of a chain under one reading."""

    verdict: str
    message: str = ""
    counterexample: Counterexample | None = None


@dataclass(frozen=True)
class Evaluation:
    """All links under one reading; `trouble` is why it could not be evaluated at all."""

    links: tuple[LinkResult, ...] = ()
    scope: dict[str, Any] = field(default_factory=dict)
    assumptions: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    trouble: str = ""

    @property
    def holds(self) -> bool:
        return bool(self.links) and all(link.verdict == "verified" for link in self.links)

    @property
    def refuted(self) -> bool:
        return any(link.verdict == "refuted" for link in self.links)

    def reason(self) -> str:
        return self.trouble or next((x.message for x in self.links if x.verdict == "unknown"), "")

    def scope_text(self) -> str:
        """`at T = 1, 2, 3, 4 and n = 2, 3`."""
        parts = [f"{name} = {', '.join(map(str, values))}" for kind in ("steps", "sizes") for name, values in self.scope.get(kind, {}).items()]
        return f"at {'; '.join(parts)}" if parts else "at the sizes stated"


def evaluate(claim: ReadClaim) -> Evaluation:
    """Try a reading at T = 1, 2, …: the first side against each of the others.

    All sides of a chain must equal the first, so that each side chooses its total and immediate derivatives on its own.
    """
    trials, complaint = _trials(claim, zero_above=False)
    if complaint:
        return Evaluation(trouble=complaint)
    sides = [_Side(claim, position) for position in range(1, len(claim.sides))]
    for trial in trials:
        for side in sides:
            side.screen(trial)
    links: list[LinkResult] = []
    left_holds = True
    for side in sides:
        links.append(side.decide(trials, left_holds))
        left_holds = left_holds and links[-1].verdict == "verified"
    assumptions: list[str] = []
    if all(link.verdict == "verified" for link in links) and _reaches_above(claim, trials):
        zeros, complaint = _trials(claim, zero_above=True)
        again = [_Side(claim, position) for position in range(1, len(claim.sides))]
        for trial in zeros:
            for side in again:
                side.screen(trial)
        links = [side.decide(zeros, True) for side in again]
        assumptions.append("quantities above their range are 0")
        if any(link.verdict == "refuted" for link in links):
            links = [LinkResult("unknown", "the stated range reaches quantities that are not defined, and taking them for 0 does not make it true")]
    used = [t.setting for t in trials]
    scope = describe_scope(used, claim.computation, size_names(claim.computation), set())
    notes = [n for side in sides for n in side.notes()]
    return Evaluation(tuple(links), scope, tuple(assumptions), tuple(notes))


def _reaches_above(claim: ReadClaim, trials: Sequence[Trial]) -> bool:
    """Whether a stated range asks for instances that need a quantity above its range."""
    return bool(claim.stated) and any(t.skipped and t.unroller.met_above for t in trials)


def _trials(claim: ReadClaim, zero_above: bool) -> tuple[list[Trial], str]:
    """Settings at which the claim has instances: enough of them, with enough values of every step index."""
    found: list[Trial] = []
    seen: dict[str, set[int]] = {name: set() for name, free in claim.free.items() if free.role == "slot"}
    sizes = size_names(claim.computation)
    ranges = {name: (f.lower, f.upper) for name, f in claim.free.items() if f.lower is not None and f.upper is not None}
    declared = {letter: (r.lower, r.upper) for fam in claim.computation.families.values() for letter, r in zip(fam.letters, fam.slots, strict=True) if r}
    steps = bool(claim.computation.last_steps)
    for setting in settings(claim.computation, sizes, {**declared, **ranges}):
        trial = Trial(claim, setting, zero_above)
        if not trial.instances:
            continue
        found.append(trial)
        for instance in trial.instances:
            for name in seen:
                seen[name].add(instance[name])
        if len(found) >= ENOUGH_SETTINGS and all(len(v) >= ENOUGH_VALUES for v in seen.values()):
            break
    if not found:
        return [], "the claim has no instance in which both sides are defined"
    poor = [name for name, values in seen.items() if len(values) < ENOUGH_VALUES and not _fixed(name, claim)]
    if poor and steps:
        return [], f"the range of {poor[0]} has fewer than {ENOUGH_VALUES} values: nothing would be shown"
    return found, ""


def _fixed(name: str, claim: ReadClaim) -> bool:
    """Whether the range of an index does not grow with the number of steps."""
    free = claim.free[name]
    steps = set(claim.computation.last_steps)
    ends = [free.lower, free.upper]
    if any(c.relation == "=" and Affine.of(name) in (c.left, c.right) for c in claim.conditions):
        return True
    return not any(end is not None and end.atoms() & steps for end in ends)


class _Side:
    """A side compared with the first one: which meanings of its derivatives survive the screen, and where the others fail."""

    def __init__(self, claim: ReadClaim, position: int) -> None:
        self.claim = claim
        self.position = position
        spellings = claim.sides[position].spellings
        self.too_many = len(spellings) > MOST_SPELLINGS
        kept = spellings[:MOST_SPELLINGS]
        self.alive: list[Modes] = [tuple(zip(kept, combo, strict=True)) for combo in product(("total", "immediate"), repeat=len(kept))]
        self.failed: list[tuple[Trial, Modes]] = []
        self.missing = claim.sides[0].tensor is None or claim.sides[position].tensor is None

    def screen(self, trial: Trial) -> None:
        if self.missing:
            return
        left = trial.side(0)
        survivors: list[Modes] = []
        judged: dict[tuple[int, ...], bool] = {}
        for modes in self.alive:
            right = trial.side(self.position, modes)
            key = tuple(right.values())
            if key not in judged:
                judged[key] = trial.probably_equal(left, right)
                if not judged[key]:
                    self.failed.append((trial, modes))
            if judged[key]:
                survivors.append(modes)
        self.alive = survivors

    def decide(self, trials: Sequence[Trial], left_holds: bool) -> LinkResult:
        """`left_holds`: all earlier sides equal the first, so that this link is the first that can be wrong."""
        side = self.claim.sides[self.position]
        if self.missing:
            return LinkResult("unknown", side.error or self.claim.sides[0].error)
        for modes in self.alive:
            answers = [t.exactly_equal(t.side(0), t.side(self.position, modes)) for t in trials]
            if all(answers):
                return LinkResult("verified", "equal by exact algebra")
            if None in answers:
                return LinkResult("unknown", "exact algebra ran out of its budget")
            return LinkResult("unknown", "equal by the screen, but exact algebra could not show it")
        if self.too_many:
            return LinkResult("unknown", "too many derivatives whose meaning is open to try all readings")
        return self._refute(left_holds)

    def _refute(self, left_holds: bool) -> LinkResult:
        shown: LinkResult | None = None
        for trial, modes in self.failed:
            difference = trial.difference(trial.side(0), trial.side(self.position, modes))
            if difference is None:
                return LinkResult("unknown", "the sides differ as expressions, but no real point was found where they differ for certain")
            if shown is None or not modes or all(m == "total" for _, m in modes):
                example = counterexample(self.claim, trial.setting, difference)
                shown = LinkResult("refuted", _message(self.claim, trial.setting, example, left_holds, difference.entry), example)
        assert shown is not None
        return shown

    def notes(self) -> list[str]:
        """Which derivatives are immediate in the reading that survived."""
        if not self.alive:
            return []
        immediate = [spelling for spelling, mode in self.alive[0] if mode == "immediate"]
        return [f"`{spelling}` is immediate: the quantities of other steps are held" for spelling in immediate]


def _message(claim: ReadClaim, setting: Setting, example: Counterexample, left_holds: bool, entry: Any) -> str:
    where = instance_text(claim, setting, entry)
    return f"the sides differ{where}: {example.left} against {example.right}"
