"""The model of a claim unrolled once, on which changed right sides are screened one after another.

A candidate costs the reading of its formula and the nodes that are new in it: the model, its reading and the values of the
left side are there already. The screen only rejects; what passes is judged in full.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import combinations, islice, product

from ..engines.screen import Screen
from ..evaluate import claim_ranges
from ..graph import ZERO
from ..latex.syntax import Formula, Node
from ..problem import ProblemError
from ..reading.choices import ReadingError, readings
from ..reading.claim import ReadClaim, Side, read_claim
from ..reading.declare import Parsed
from ..reading.tensors import ENTRY_BY_ENTRY
from ..settings import settings, size_names
from ..trial import Modes, Trial, held_by
from ..unroll import Unroller
from ..unrolled import Meaningless, Setting, TooLarge, Undefined

#: So many settings are screened, from T = 2 on, where a recursion has begun and has an end; no later ones are tried than this.
FLOORS = 2
MOST_SETTINGS = 6
#: Readings of a candidate that are tried for one whose shapes fit.
MOST_READINGS = 4
#: Meanings (total, immediate) of the derivatives of a candidate that are tried.
MOST_MODES = 31
#: Nodes of the graphs together, after which nothing more is screened.
MOST_NODES = 600_000


class Full(Exception):
    """The graph has grown to its bound."""


@dataclass
class Floor:
    """One setting: the unrolled model, the instances of the claim and a screen over all nodes so far."""

    setting: Setting
    unroller: Unroller
    instances: list[dict[str, int]]
    screen: Screen
    mapping: dict[int, int] = field(default_factory=dict)
    choices: bool = False


def read_first(parsed: Parsed, formula: Formula) -> ReadClaim | None:
    """The first reading whose shapes fit; None where there is none among the first few."""
    for outcome in readings(lambda choices: read_claim(parsed, formula, choices), MOST_READINGS):
        if outcome.result is not None:
            return outcome.result if all(side.body is not None for side in outcome.result.sides) else None
    return None


class Bench:
    """What candidates for one side of a claim are compared with: the left side `left`, under the model of the problem.

    Raises `ReadingError`, `Meaningless` or `TooLarge` where the left side by itself cannot be read or unrolled.
    """

    def __init__(self, parsed: Parsed, formula: Formula) -> None:
        self.parsed = parsed
        self.formula = formula
        left = formula.sides[0]
        same = Formula((left, left), ("=",), condition=formula.condition)
        claim = read_first(parsed, same)
        if claim is None:
            raise ReadingError("the left side has no reading")
        self.claim = claim
        self._open: dict[str, bool] = {}
        whole = read_first(parsed, formula)
        self._notes = frozenset((*claim.notes, *(whole.notes if whole is not None else ())))
        self.floors = self._floors(claim)
        if not self.floors:
            raise Meaningless("no instance of the left side is defined")

    def _floors(self, claim: ReadClaim) -> list[Floor]:
        found: list[Floor] = []
        first = 1 if claim.computation.last_steps else 0
        for setting in islice(settings(claim.computation, size_names(claim.computation), claim_ranges(claim)), first, MOST_SETTINGS):
            trial = Trial(claim, setting)
            if trial.instances:
                found.append(_floor(trial, claim))
            if len(found) == FLOORS:
                break
        return found

    # -- candidates ---------------------------------------------------------------------------------------------------

    def read(self, side: Node) -> ReadClaim | None:
        """The claim `left = side`, under its first reading that fits; None where there is none.

        Nor where it multiplies entry by entry what fits no product of matrices, if the author does not: nobody would write that.
        """
        formula = Formula((self.formula.sides[0], side), ("=",), condition=self.formula.condition)
        try:
            claim = read_first(self.parsed, formula)
        except (ReadingError, ProblemError, RecursionError):
            return None
        if claim is None or not set(claim.free) <= set(self.claim.free):
            return None
        return None if any(note.endswith(ENTRY_BY_ENTRY) and note not in self._notes for note in claim.notes) else claim

    def passes(self, claim: ReadClaim) -> bool:
        """Whether the two sides of a claim look equal at every setting that is screened.

        Raises `Full` when the graphs have grown too large.
        """
        try:
            return any(all(self._same(floor, claim, modes) for floor in self.floors) for modes in self._meanings(claim))
        except (Meaningless, TooLarge, ReadingError, RecursionError):
            return False

    def _meanings(self, claim: ReadClaim) -> Iterator[Modes]:
        """All derivatives total, then one, two, … of those immediate for which it makes a difference, as far as there is room."""
        yield ()
        spellings = [one for one in dict.fromkeys(claim.sides[1].spellings) if self._is_open(one, claim)]
        groups = (group for count in range(1, len(spellings) + 1) for group in combinations(spellings, count))
        for group in islice(groups, MOST_MODES):
            yield tuple((spelling, "immediate") for spelling in group)

    def _is_open(self, spelling: str, claim: ReadClaim) -> bool:
        """Whether total and immediate differ for a spelling, as far as the first entry of a side that has it shows."""
        if spelling not in self._open:
            floor = self.floors[0]
            local = floor.setting.copy()
            local.update(floor.instances[0])
            try:
                nodes = [next(_entries(floor.unroller, claim.sides[1], modes, local)) for modes in ((), ((spelling, "immediate"),))]
            except Undefined:
                return True
            self._open[spelling] = nodes[0] != nodes[1]
        return self._open[spelling]

    def vanishes(self, node: Node) -> bool:
        """Whether an expression is zero throughout; False where it cannot be read alone."""
        try:
            claim = read_first(self.parsed, Formula((node, node), ("=",), condition=self.formula.condition))
            if claim is None:
                return False
            trials = [Trial(claim, floor.setting) for floor in self.floors]
            nodes = [(trial, entry) for trial in trials for entry in trial.side(0).values()]
            return bool(nodes) and all(entry == ZERO for _, entry in nodes)
        except (ReadingError, Meaningless, TooLarge, Undefined, ProblemError, RecursionError):
            return False

    def _same(self, floor: Floor, claim: ReadClaim, modes: Modes) -> bool:
        if sum(len(f.unroller.graph) for f in self.floors) > MOST_NODES:
            raise Full
        met = 0
        for values in floor.instances:
            local = floor.setting.copy()
            local.update(values)
            if not all(c.holds(local) for c in claim.conditions):
                continue
            try:
                same = all(
                    self._equal(floor, left, right)
                    for left, right in zip(
                        _entries(floor.unroller, claim.sides[0], (), local),
                        _entries(floor.unroller, claim.sides[1], modes, local),
                        strict=True,
                    )
                )
            except Undefined:
                continue
            if not same:
                return False
            met += 1
        return met > 0

    def _equal(self, floor: Floor, left: int, right: int) -> bool:
        if left == right:
            return True
        graph = floor.unroller.graph
        if floor.mapping:
            left, right = graph.substitute([left, right], floor.mapping)
        if floor.choices:
            return floor.screen.probably_zero(graph.sub(left, right))
        value = floor.screen.value(right)
        return value is not None and value == floor.screen.value(left)


def _floor(trial: Trial, claim: ReadClaim) -> Floor:
    trial.unroller.meet_all()  # so that all leaves are there which the facts speak of
    constraints = trial.constraints()
    instances = sorted(trial.instances, key=lambda values: tuple(-v for v in values.values()))
    choices = bool(constraints.one_hot) or "step" in trial.graph.functions
    mapping = trial.substitutions(list(trial.side(0).values()))
    return Floor(trial.setting, trial.unroller, instances, Screen(trial.graph, 0, constraints), mapping, choices)


def _entries(unroller: Unroller, side: Side, modes: Modes, local: Setting) -> Iterator[int]:
    """The nodes of one side, entry by entry."""
    assert side.tensor is not None and side.body is not None
    axes = [range(1, n.value(local) + 1) for n in side.tensor.rows + side.tensor.columns]
    held = held_by(side)
    for entry in product(*axes):
        unroller.modes, unroller.held = dict(modes), held
        here = local.copy()
        here.update(zip(side.variables, entry, strict=True))
        yield unroller.value(side.body, here)
