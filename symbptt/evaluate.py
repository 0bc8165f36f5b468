"""What the engines say of a claim under one reading, at growing step counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import Any

from .graph import ZERO
from .index import Affine, Differentiate
from .reading.claim import ReadClaim
from .settings import describe_scope, settings, size_names
from .show import counterexample, instance_text, short_number
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
    sides, links = _judge_links(claim, trials)
    assumptions: list[str] = []
    if all(link.verdict == "verified" for link in links) and _reaches_above(claim, trials):
        zeros, _ = _trials(claim, zero_above=True)
        sides, links = _judge_links(claim, zeros)
        assumptions.append("quantities above their range are 0")
        if any(link.verdict == "refuted" for link in links):
            links = [LinkResult("unknown", "the stated range reaches quantities that are not defined, and taking them for 0 does not make it true")]
    if claim.computation.assumptions.equations:
        doubt = "not true by the assumed equations as far as they could be used"
        links = [LinkResult("unknown", doubt) if link.verdict == "refuted" else link for link in links]
    cut_off = _cut_off(claim, trials)
    if cut_off:
        links = [LinkResult("unknown", cut_off) for _ in links]
    used = [t.setting for t in trials]
    scope = describe_scope(used, claim.computation, size_names(claim.computation), set())
    notes = [n for side in sides for n in side.notes()]
    return Evaluation(tuple(links), scope, tuple(assumptions), tuple(notes))


def _cut_off(claim: ReadClaim, trials: Sequence[Trial]) -> str:
    """A derivative that is zero throughout tells of a missing equation rather than of the claim."""
    side = claim.sides[0]
    if side.body is None or not isinstance(side.body, Differentiate):
        return ""
    if any(node != ZERO for trial in trials for node in trial.side(0).values()):
        return ""
    if all(node == ZERO for trial in trials for p in range(1, len(claim.sides)) if claim.sides[p].tensor for node in trial.side(p).values()) and claim.sides[-1].latex == "0":
        return ""
    return f"`{side.latex}` is zero throughout: in the given equations the one does not depend on the other; is an equation missing?"


def _judge_links(claim: ReadClaim, trials: Sequence[Trial]) -> tuple[list[_Side], list[LinkResult]]:
    """Every side against the first; once one fails, each later link on its own."""
    sides: list[_Side] = []
    links: list[LinkResult] = []
    for position in range(1, len(claim.sides)):
        broken = any(link.verdict != "verified" for link in links)
        side = _Side(claim, position, position - 1 if broken else 0)
        for trial in trials:
            side.screen(trial)
        sides.append(side)
        links.append(side.decide(trials))
    return sides, links


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


def _meanings(spellings: Sequence[str]) -> list[Modes]:
    """Every way to take each spelling of a derivative as total or immediate, all total first."""
    return [tuple(zip(spellings, combo, strict=True)) for combo in product(("total", "immediate"), repeat=len(spellings))]


class _Side:
    """A side compared with an earlier one: which meanings of its derivatives survive the screen, and where the others fail."""

    def __init__(self, claim: ReadClaim, position: int, against: int) -> None:
        self.claim = claim
        self.position = position
        self.against = against
        own, other = claim.sides[position].spellings, claim.sides[against].spellings if against else ()
        self.too_many = len(own) + len(other) > MOST_SPELLINGS
        self.alive: list[tuple[Modes, Modes]] = [] if self.too_many else [(a, b) for a in _meanings(other) for b in _meanings(own)]
        self.failed: list[tuple[Trial, tuple[Modes, Modes]]] = []
        self.missing = claim.sides[against].tensor is None or claim.sides[position].tensor is None

    def screen(self, trial: Trial) -> None:
        if self.missing:
            return
        survivors: list[tuple[Modes, Modes]] = []
        judged: dict[tuple[tuple[int, ...], tuple[int, ...]], bool] = {}
        for modes in self.alive:
            left, right = trial.side(self.against, modes[0]), trial.side(self.position, modes[1])
            key = (tuple(left.values()), tuple(right.values()))
            if key not in judged:
                judged[key] = trial.probably_equal(left, right)
                if not judged[key]:
                    self.failed.append((trial, modes))
            if judged[key]:
                survivors.append(modes)
        self.alive = survivors

    def decide(self, trials: Sequence[Trial]) -> LinkResult:
        side = self.claim.sides[self.position]
        if self.missing:
            return LinkResult("unknown", side.error or self.claim.sides[self.against].error)
        for modes in self.alive:
            answers = [t.exactly_equal(t.side(self.against, modes[0]), t.side(self.position, modes[1])) for t in trials]
            if all(answers):
                return LinkResult("verified", "equal by exact algebra")
            if None in answers:
                return LinkResult("unknown", "exact algebra ran out of its budget")
            return LinkResult("unknown", "equal by the screen, but exact algebra could not show it")
        if self.too_many:
            return LinkResult("unknown", "too many derivatives whose meaning is open to try all readings")
        return self._refute()

    def _refute(self) -> LinkResult:
        shown: LinkResult | None = None
        for trial, modes in self.failed:
            difference = trial.difference(trial.side(self.against, modes[0]), trial.side(self.position, modes[1]))
            if difference is None:
                return LinkResult("unknown", "the sides differ as expressions, but no real point was found where they differ for certain")
            if shown is None or all(mode == "total" for pair in modes for _, mode in pair):
                example = counterexample(self.claim, trial.setting, difference)
                shown = LinkResult("refuted", _message(self.claim, trial.setting, example, difference.entry), example)
        assert shown is not None
        if any(trial.unroller.unsure and trial.differs_by_mode(self.position, modes[1]) for trial, modes in self.failed):
            return LinkResult("unknown", "an immediate derivative of quantities whose step is not shown; declare the step index under `ranges`")
        return shown

    def notes(self) -> list[str]:
        """Which derivatives are immediate in the reading that survived."""
        if not self.alive:
            return []
        immediate = [spelling for spelling, mode in self.alive[0][1] if mode == "immediate"]
        return [f"`{spelling}` is immediate: the quantities of other steps are held" for spelling in immediate]


def _message(claim: ReadClaim, setting: Setting, example: Counterexample, entry: Any) -> str:
    where = instance_text(claim, setting, entry)
    return f"the sides differ{where}: {short_number(example.left)} against {short_number(example.right)}"
