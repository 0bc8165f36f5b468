"""What the engines say of a claim under one reading, at growing step counts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from .corner import corner_of
from .engines.refute import Difference
from .graph import ZERO
from .index import Affine, Branches, Differentiate, Entry, Expression, ScalarProduct, Sum, indices_of, parts_of
from .proof.prove import USUAL, Proof, Search, prove
from .reading.claim import ReadClaim
from .settings import MANY, describe_scope, settings, size_names
from .show import counterexample, instance_text, short_number
from .trial import Modes, Trial
from .unrolled import FIRST, Model, Setting, shelf
from .verdict import Counterexample

#: Said of a claim that does not hold where nobody asks why.
FALSE = "it does not hold"
#: Settings with instances that a claim must pass; and values that each step index must have taken.
ENOUGH_SETTINGS = 4
ENOUGH_VALUES = 3
#: Settings with instances in which all sizes are different: what is wrong with a size does not wait for more steps to show.
ENOUGH_DIFFERENT = 2
MOST_MEANINGS = 128
#: Said of a point at large sizes.
BEYOND = f" (with 0 for all entries beyond the first {FIRST} along an axis)"
#: A claim is not tried at more steps than this for the sake of a long delay.
MOST_STEPS = 8
#: Every size is at least so large in some setting.
LEAST_LARGEST = 3


@dataclass(frozen=True)
class LinkResult:
    """One link of a chain under one reading; `modes` are those under which it holds, `failures` where it fails under each.

    `proof` shows a verified one for all steps and sizes, where one was found. `hollow`: a side is 0 at it (see `Difference`).
    """

    verdict: str
    message: str = ""
    counterexample: Counterexample | None = None
    compared: tuple[int, int] = (0, 0)  # the sides
    modes: tuple[Modes, Modes] = ((), ())  # what the derivatives of each mean where it is verified
    failures: tuple[Failure, ...] = ()
    proof: Proof | None = None
    hollow: bool = False


@dataclass(frozen=True)
class Failure:
    """Where two sides, under one meaning of their derivatives, differ for certain."""

    setting: Setting
    against: int
    position: int
    modes: tuple[Modes, Modes]
    difference: Difference


@dataclass(frozen=True)
class Tried:
    """One setting at which a claim was tried: how many instances have a value, and how many have none."""

    setting: Setting
    instances: int
    undefined: int


@dataclass(frozen=True)
class Evaluation:
    """All links under one reading; `trouble` is why it could not be evaluated at all.

    `tried` are the settings, `zero_above` whether quantities above their range were taken for 0.
    """

    links: tuple[LinkResult, ...] = ()
    scope: dict[str, Any] = field(default_factory=dict)
    assumptions: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    trouble: str = ""
    tried: tuple[Tried, ...] = ()
    zero_above: bool = False

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
        parts = [
            f"{name} = {', '.join(map(str, values))}" for kind in ("steps", "sizes") for name, values in self.scope.get(kind, {}).items()
        ]
        return f"at {'; '.join(parts)}" if parts else "at the sizes stated"


def evaluate(claim: ReadClaim, exact: bool = True, search: Search = USUAL, refutes: bool = True) -> Evaluation:
    """Try a reading at T = 1, 2, …: the first side against each of the others.

    Without `exact` only what is proved holds, and nothing is refuted. Unless it `refutes`, nothing is said of what does not hold.

    All sides of a chain must equal the first, so that each side chooses its total and immediate derivatives on its own.
    Where no range is stated and the claim fails, it is tried again without the instances that meet a quantity below its range.
    """
    run = _Run(claim, exact=exact, search=search, refutes=refutes)
    if run.complaint:
        return Evaluation(trouble=run.complaint)
    if not refutes and not run.holds:
        return Evaluation(trouble=FALSE)
    links, notes = run.links, list(run.notes())
    assumptions: list[str] = []
    shown = run
    if run.holds and _reaches_above(claim, run.trials):
        zeros = _Run(claim, zero_above=True)
        assumptions.append("quantities above their range are 0")
        links, shown = zeros.links, zeros
        if not zeros.holds:
            links = [
                LinkResult(
                    "unknown", "the stated range reaches quantities that are not defined, and taking them for 0 does not make it true"
                )
            ]
    elif any(link.verdict == "refuted" for link in links) and not claim.stated:
        inside = _Run(claim, inside=True)
        if inside.holds and not inside.complaint:
            doubt = "the sides differ only where a quantity below its range is met; state the range with `for`"
            links = [LinkResult("unknown", doubt) if link.verdict == "refuted" else link for link in links]
    if claim.stated and any(t.unsettled for t in run.trials):
        doubt = "the stated range asks for a product over a range of negative length"
        links = [LinkResult("unknown", doubt) if link.verdict == "verified" else link for link in links]
    if claim.computation.assumptions.equations or _assumed_of_defined(claim):
        doubt = "not true by the assumptions as far as they could be used"
        links = [LinkResult("unknown", doubt) if link.verdict == "refuted" else link for link in links]
    missing = next((t.missing for t in run.trials if t.skipped), "") if claim.stated else ""
    if missing and not assumptions:
        notes.append(f"not judged where it needs {missing}, which has no value")
    cut_off = _cut_off(claim, run.trials)
    if cut_off:
        links = [LinkResult("unknown", cut_off) for _ in links]
    scope = describe_scope([t.setting for t in shown.trials], claim.computation, size_names(claim.computation))
    tried = tuple(Tried(t.setting, len(t.instances), t.skipped + t.outside) for t in shown.trials)
    return Evaluation(tuple(links), scope, tuple(assumptions), tuple(notes), tried=tried, zero_above=bool(assumptions))


def fails_for_scalars(claim: ReadClaim) -> bool:
    """Whether a reading is refuted with every size 1, where it does not matter what is a row, a column or a matrix."""
    run = _Run(claim, single=True)
    return not run.complaint and any(link.verdict == "refuted" for link in run.links)


def special_case(claim: ReadClaim, evaluation: Evaluation) -> str:
    """Where a refuted claim of two sides holds all the same: for scalars, or for few steps. Empty where there is nothing to say."""
    if len(evaluation.links) != 1 or not evaluation.links[0].failures:
        return ""
    if size_names(claim.computation):
        run = _Run(claim, single=True)
        if run.holds and not run.complaint:
            return "it holds only for scalars, with every size 1"
    if len(claim.computation.last_steps) != 1:
        return ""
    (last,) = claim.computation.last_steps
    first = max(failure.setting[last] for failure in evaluation.links[0].failures)
    before = sorted({t.setting[last] for t in evaluation.tried if t.instances and t.setting[last] < first})
    return f"the sides agree at {last} = {', '.join(map(str, before))}" if before else ""


class _Run:
    """A claim at growing step counts, until it has passed enough of them or a link has failed for certain."""

    def __init__(
        self,
        claim: ReadClaim,
        zero_above: bool = False,
        inside: bool = False,
        single: bool = False,
        exact: bool = True,
        search: Search = USUAL,
        refutes: bool = True,
    ) -> None:
        self.claim = claim
        self.refutes = refutes
        self.exact = exact
        self.search = search if not (zero_above or inside or single) else None  # what is shown at these settings is claimed of all
        self.trials: list[Trial] = []
        self.sides = [_Side(claim, position, 0) for position in range(1, len(claim.sides))]
        self.missing = ""  # what has no value where no instance is defined
        self.seen: dict[str, set[int]] = {name: set() for name, free in claim.free.items() if free.role == "slot"}
        self.needed = _reach(claim) if claim.computation.last_steps else 0
        self.reach = min(self.needed, MOST_STEPS)
        ranges = claim_ranges(claim)
        # Assumed equations are looked for among all nodes, so there should be no others.
        bodies = [side.body for side in claim.sides if side.body is not None]
        corner = corner_of(claim.computation, bodies) if claim.corner else None
        kept = shelf(Model(claim.computation)) if corner is None and not claim.computation.assumptions.equations else None
        for setting in settings(claim.computation, size_names(claim.computation), ranges, (lambda: 1) if single else self._different):
            trial = Trial(claim, setting, zero_above, inside, kept.take(setting, zero_above) if kept else None, corner)
            if trial.instances:
                self._take(trial)
                if self._done():
                    break
            else:
                at = ", ".join(f"{name} = {setting[name]}" for name in claim.computation.last_steps)
                self.missing = self.missing or (trial.missing and f"{trial.missing}{f' where {at}' if at else ''}")
        self.complaint = self._vacuous()
        self.links = [] if self.complaint else self._links()

    @property
    def holds(self) -> bool:
        return bool(self.links) and all(link.verdict == "verified" for link in self.links)

    def notes(self) -> list[str]:
        return [note for side in self.sides for note in side.notes()]

    def _different(self) -> int:
        """What is wrong with a size does not wait for more steps to show; and of what is proved only the number of steps is tried."""
        if len(self.trials) < ENOUGH_DIFFERENT:
            return MANY
        early = self.search is not None and all(side.is_proved(self.search) for side in self.sides)
        return 1 if early and not _names_components(self.claim) else 2

    def _take(self, trial: Trial) -> None:
        self.trials.append(trial)
        for instance in trial.instances:
            for name in self.seen:
                self.seen[name].add(instance[name])
        for side in self.sides:
            side.screen(trial)

    def _done(self) -> bool:
        if any(side.dead for side in self.sides) and not _cut_off(self.claim, self.trials):
            return True
        far = max((self.trials[-1].setting[name] for name in self.claim.computation.last_steps), default=self.reach) >= self.reach
        return (
            far
            and len(self.trials) >= (ENOUGH_SETTINGS if self.exact else ENOUGH_VALUES)
            and all(len(v) >= ENOUGH_VALUES for v in self.seen.values())
        )

    def _vacuous(self) -> str:
        if not self.trials:
            nothing = "the claim has no instance in which both sides are defined"
            return f"{nothing}: no equation gives {self.missing}; state where it ends or begins" if self.missing else nothing
        if any(side.dead for side in self.sides) or not self.claim.computation.last_steps:
            return ""
        if len(self.trials) < ENOUGH_VALUES and not self.claim.stated:
            return f"fewer than {ENOUGH_VALUES} step counts have an instance in which both sides are defined"
        poor = [name for name, values in self.seen.items() if len(values) < ENOUGH_VALUES and not _fixed(name, self.claim)]
        return f"the range of {poor[0]} has fewer than {ENOUGH_VALUES} values: nothing would be shown" if poor else ""

    def _links(self) -> list[LinkResult]:
        """Every side against the first; once one fails, each later link on its own."""
        links: list[LinkResult] = []
        for side in self.sides:
            if any(link.verdict != "verified" for link in links):
                if not self.refutes:
                    break
                side = _Side(self.claim, side.position, side.position - 1)
                for trial in self.trials:
                    side.screen(trial)
            link = side.decide(self.trials, self.exact, self.search) if self.refutes or not side.dead else LinkResult("unknown", FALSE)
            untried = _untried(self.claim, self.needed) if link.verdict == "verified" and link.proof is None else ""
            links.append(LinkResult("unknown", untried) if untried else link)
        return links


def claim_ranges(claim: ReadClaim) -> dict[str, tuple[Affine, Affine]]:
    """The ranges of all slots and free indices, which tell where last steps begin."""
    found = {
        letter: (r.lower, r.upper) for f in claim.computation.families.values() for letter, r in zip(f.letters, f.slots, strict=True) if r
    }
    found.update({name: (f.lower, f.upper) for name, f in claim.free.items() if f.lower is not None and f.upper is not None})
    return found


def _names_components(claim: ReadClaim) -> bool:
    """Whether a formula speaks of components, which have none of their cases where a size is 1: `W_{12}`, `i \\ne j`."""
    if any(free.role == "component" for free in claim.free.values()):
        return True
    bodies = [e.body for equations in claim.computation.equations.values() for e in equations] + [side.body for side in claim.sides]
    entries = (part for body in bodies for part in parts_of(body) if isinstance(part, Entry))
    return any(index.constant != 0 and not index.terms for entry in entries for index in entry.components)


def _reach(claim: ReadClaim) -> int:
    """So many steps a claim needs to be tried at that every delay, `h_{t-6}`, and every bound, `t \\ge 9`, matters."""
    bodies = _bodies(claim)
    found = [abs(index.constant) for body in bodies for index in indices_of(body) if index.terms]
    sizes = set(size_names(claim.computation))
    found += [abs(gap.constant) for gap in _bounds(claim) if gap.terms and not gap.atoms() & sizes]
    return max(found, default=0) + 2


def _untried(claim: ReadClaim, reach: int) -> str:
    """Why trying cannot show the claim: a bound that no number of steps or size reaches that is tried."""
    if claim.computation.last_steps and reach > MOST_STEPS:
        return f"a part of it acts from {reach - 2} steps on only, and no proof was found; more than {MOST_STEPS} steps are not tried"
    sizes = set(size_names(claim.computation))
    counts = {name for name, free in claim.free.items() if free.role == "component"}
    sums = [part for body in _bodies(claim) for part in parts_of(body) if isinstance(part, Sum) and part.upper.atoms() & sizes]
    counts |= {part.variable for part in sums}
    starts = [part.lower for part in sums if not part.lower.terms]
    numbers = [gap.constant for gap in (*starts, *(g for g in _bounds(claim) if g.terms and g.atoms() <= counts))]
    if max(map(abs, numbers), default=0) > LEAST_LARGEST:
        return "a part of it acts for large sizes only, and no proof was found; state the size as a number"
    return ""


def _bodies(claim: ReadClaim) -> list[Expression | None]:
    return [e.body for equations in claim.computation.equations.values() for e in equations] + [side.body for side in claim.sides]


def _bounds(claim: ReadClaim) -> Iterator[Affine]:
    """What conditions compare, as differences, and where sums begin."""
    conditions = list(claim.conditions)
    for part in (part for body in _bodies(claim) for part in parts_of(body)):
        if isinstance(part, Sum | ScalarProduct):
            conditions += part.conditions
            yield Affine.of(part.variable) - part.lower
        elif isinstance(part, Branches):
            conditions += [c for met, _ in part.branches for c in met]
    for c in conditions:
        yield c.left - c.right


def _assumed_of_defined(claim: ReadClaim) -> bool:
    """Whether something is assumed of a quantity that has equations: points that obey it are not chosen."""
    facts = claim.computation.assumptions
    return any(claim.computation.equations.get(f) for f in (*facts.normalised, *facts.one_hot, *facts.positive, *facts.nonzero))


def _cut_off(claim: ReadClaim, trials: Sequence[Trial]) -> str:
    """A derivative that is zero throughout tells of a missing equation rather than of the claim."""
    side = claim.sides[0]
    meaningful = claim.sides[-1].latex != "0" and all(s.tensor is not None for s in claim.sides)
    if meaningful and trials and all(_vanishes(trial, position) for trial in trials for position in range(len(claim.sides))):
        return "both sides are zero throughout: in the given equations nothing depends on anything here; is an equation missing?"
    if not isinstance(side.body, (Differentiate, Entry)) or claim.sides[-1].latex == "0":
        return ""
    if any(trial.graph.body(node) != ZERO for trial in trials for node in trial.side(0).values()):
        return ""
    return f"`{side.latex}` is zero throughout: in the given equations the one does not depend on the other; is an equation missing?"


def _vanishes(trial: Trial, position: int) -> bool:
    nodes = trial.side(position)
    return all(trial.graph.body(node) == ZERO for node in nodes.values()) or trial.probably_equal(nodes, dict.fromkeys(nodes, ZERO))


def _reaches_above(claim: ReadClaim, trials: Sequence[Trial]) -> bool:
    """Whether a stated range asks for instances that need a quantity above its range."""
    return bool(claim.stated) and any(t.skipped and t.unroller.met_above for t in trials)


def _fixed(name: str, claim: ReadClaim) -> bool:
    """Whether the range of an index does not grow with the number of steps."""
    free = claim.free[name]
    steps = set(claim.computation.last_steps)
    ends = [free.lower, free.upper]
    if any(c.relation == "=" and Affine.of(name) in (c.left, c.right) for c in claim.conditions):
        return True
    return not any(end is not None and end.atoms() & steps for end in ends)


def _with_mode(modes: tuple[Modes, Modes], slot: int, mode: tuple[str, str]) -> tuple[Modes, Modes]:
    changed = (*modes[slot], mode)
    return (changed, modes[1]) if slot == 0 else (modes[0], changed)


class _Side:
    """A side compared with an earlier one: which meanings of its derivatives survive the screen, and where the others fail.

    All are total until that fails. A spelling becomes `open` at the first setting where total and immediate differ; until then both
    meanings are one.
    """

    def __init__(self, claim: ReadClaim, position: int, against: int) -> None:
        self.claim = claim
        self.position = position
        self.against = against
        self.open: dict[int, set[str]] = {position: set(), against: set()}
        self.alive: list[tuple[Modes, Modes]] = [((), ())]
        self.failed: list[tuple[Trial, tuple[Modes, Modes]]] = []
        self.missing = claim.sides[against].tensor is None or claim.sides[position].tensor is None
        self.too_many = False
        self.passed: list[Trial] = []  # by total derivatives alone
        self.total = True
        self.proof: Proof | None = None
        self.tried = False

    def is_proved(self, search: Search) -> bool:
        """Whether a proof is found, all derivatives total."""
        if not self.tried and self.total and not self.missing:
            self.tried = True
            self.proof = prove(self.claim, self.against, self.position, search=search)
        return self.total and self.proof is not None

    @property
    def dead(self) -> bool:
        return not self.missing and not self.too_many and not self.alive

    def screen(self, trial: Trial) -> None:
        if self.missing or self.too_many:
            return
        if self.total and trial.probably_equal(trial.side(self.against), trial.side(self.position)):
            self.passed.append(trial)
            return
        for earlier in self.passed if self.total else ():
            self._screen(earlier)
        self.total = False
        self._screen(trial)

    def _screen(self, trial: Trial) -> None:
        self._open(trial)
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

    def _open(self, trial: Trial) -> None:
        """Split the meanings at spellings whose total and immediate values differ at this setting."""
        for slot, position in enumerate((self.against, self.position)):
            if position == 0:
                continue
            for spelling in self.claim.sides[position].spellings:
                if spelling in self.open[position]:
                    continue
                immediate: Modes = ((spelling, "immediate"),)
                if trial.side(position, immediate) != trial.side(position):
                    self.open[position].add(spelling)
                    self.alive += [_with_mode(modes, slot, immediate[0]) for modes in self.alive]
        self.too_many = len(self.alive) > MOST_MEANINGS

    def decide(self, trials: Sequence[Trial], exact: bool, search: Search | None) -> LinkResult:
        """What survived the screen is proved if it can be, by a `search`, and else shown at the settings that were tried, if `exact`."""
        side = self.claim.sides[self.position]
        if self.missing:
            return LinkResult("unknown", side.error or self.claim.sides[self.against].error)
        if self.proof is not None and self.total:
            return LinkResult("verified", "equal everywhere", compared=(self.against, self.position), proof=self.proof)
        for modes in self.alive:
            if self._hollow(modes, trials):
                continue
            if search is not None and not (self.tried and self.total):
                proof = prove(self.claim, self.against, self.position, (dict(modes[0]), dict(modes[1])), search)
                if proof is not None:
                    return LinkResult("verified", "equal everywhere", compared=(self.against, self.position), modes=modes, proof=proof)
            if not exact:
                return LinkResult("unknown", "equal by the screen, but no proof was found")
            alone = [t.alone() for t in trials]
            answers = [t.exactly_equal(t.side(self.against, modes[0]), t.side(self.position, modes[1])) for t in alone]
            if all(answers):
                return LinkResult("verified", "equal by exact algebra", compared=(self.against, self.position), modes=modes)
            if None in answers:
                return LinkResult("unknown", "exact algebra ran out of its budget")
            return LinkResult("unknown", "equal by the screen, but exact algebra could not show it")
        if self.alive or not exact:
            return LinkResult("unknown", "it holds only if a derivative is taken as an immediate one that is zero throughout")
        if self.too_many:
            return LinkResult("unknown", "too many derivatives whose meaning is open to try all readings")
        return self._refute()

    def _hollow(self, modes: tuple[Modes, Modes], trials: Sequence[Trial]) -> bool:
        """Whether a term vanishes only because its derivative is read as an immediate one that is zero throughout."""
        immediate = [spelling for pair in modes for spelling, mode in pair if mode == "immediate"]
        return any(not any(spelling in trial.unroller.live for trial in trials) for spelling in immediate)

    def _refute(self) -> LinkResult:
        shown: LinkResult | None = None
        failures: list[Failure] = []
        for trial, modes in self.failed:
            alone = trial.alone()
            difference = alone.difference(alone.side(self.against, modes[0]), alone.side(self.position, modes[1]))
            if difference is None:
                return LinkResult("unknown", "the sides differ as expressions, but no real point was found where they differ for certain")
            failures.append(Failure(trial.setting, self.against, self.position, modes, difference))
            if shown is None or all(mode == "total" for pair in modes for _, mode in pair):
                example = counterexample(self.claim, trial.setting, difference)
                message = _message(self.claim, trial.setting, example, difference.entry)
                shown = LinkResult("refuted", message, example, hollow=difference.hollow)
        assert shown is not None
        if any(trial.unroller.unsure and trial.differs_by_mode(self.position, modes[1]) for trial, modes in self.failed):
            return LinkResult(
                "unknown", "an immediate derivative of quantities whose step is not shown; declare the step index under `ranges`"
            )
        if any(trial.unroller.narrower for trial, _ in self.failed):
            return LinkResult(
                "unknown",
                "false if `\\partial^+` goes on through other quantities of the same step; it may hold these too, which is not judged yet",
            )
        return replace(shown, failures=tuple(failures))

    def notes(self) -> list[str]:
        """Which derivatives are immediate in the reading that survived."""
        if not self.alive:
            return []
        immediate = [spelling for spelling, mode in self.alive[0][1] if mode == "immediate"]
        return [f"`{spelling}` is immediate: the quantities of other steps are held" for spelling in immediate]


def _message(claim: ReadClaim, setting: Setting, example: Counterexample, entry: Any) -> str:
    where = instance_text(claim, setting, entry)
    beyond = BEYOND if claim.corner else ""
    return f"the sides differ{where}: {short_number(example.left)} against {short_number(example.right)}{beyond}"
