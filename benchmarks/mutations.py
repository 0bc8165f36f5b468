"""The mutation test: every right formula of the derivations changed in each way of the Repair list, and judged.

    python -m benchmarks.mutations [FOLDER] [--limit N] [--jobs N] [--seed N] [--only NAME]

Whether a changed formula is right is decided here, apart from the engines: both sides are evaluated as index notation in 60-digit
decimals at random points, T = 1..4, unequal sizes ≥ 2, and every derivative is a central difference of the equations themselves.
Only the reading of the LaTeX is symbptt's own. Exit status 1 where a verdict is false.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field, replace
from decimal import Context, Decimal, DecimalException, localcontext
from functools import singledispatchmethod
from itertools import product
from pathlib import Path
from random import Random
from types import MappingProxyType
from typing import Any
from zlib import crc32

from benchmarks.mutate import MISTAKES, REWRITINGS, fits, names_of
from symbptt import index as ix
from symbptt.config import find_config
from symbptt.documents.reader import read_path
from symbptt.latex.parser import ParseError, parse_expression
from symbptt.latex.printer import to_latex
from symbptt.problem import Problem, ProblemError
from symbptt.reading.choices import ReadingError, ShapeClash, readings
from symbptt.reading.claim import ReadClaim, read_claim
from symbptt.reading.declare import Parsed, parse_problem
from symbptt.verdict import Verdict
from symbptt.workers import check_all

Key = tuple[str, tuple[int, ...], tuple[int, ...]]
DIGITS = Context(prec=60)
STEP = Decimal("1e-18")
EQUAL, DIFFERENT = Decimal("1e-12"), Decimal("1e-9")
STEPS = (2, 3, 1, 4)
MOST_READINGS = 96
#: Choices that a stated `layout` leaves no room for.
GRADIENT_LAYOUTS = ("reading: layout of \\nabla", "reading: layout of a scalar")
MOST_SPELLINGS = 6


class OutOfRange(Exception):
    """A quantity above its range, or a branch that does not exist: the instance is not judged."""


class Unclear(Exception):
    """Something whose truth cannot be decided here."""


# -- values ---------------------------------------------------------------------------------------------------------------


class Sizes(dict[Any, int]):
    """Sizes, last steps and index values; the size of layer l follows from l, so that neighbours differ."""

    turn = 0

    def __missing__(self, key: object) -> int:
        if isinstance(key, tuple) and isinstance(key[1], tuple):
            return (3, 2, 4)[(sum(key[1]) + self.turn) % 3]
        raise Unclear(f"{key} has no value")

    def having(self, more: Mapping[Any, int]) -> Sizes:
        inner = Sizes(self)
        inner.turn = self.turn
        inner.update(more)
        return inner


def _tanh(x: Decimal) -> Decimal:
    return 1 - 2 / ((2 * x).exp() + 1)


NAMED: Mapping[str, Callable[[Decimal], Decimal]] = MappingProxyType(
    {
        "identity": lambda x: x,
        "tanh": _tanh,
        "sigmoid": lambda x: 1 / (1 + (-x).exp()),
        "exp": lambda x: x.exp(),
        "log": lambda x: x.ln(),
        "softplus": lambda x: (1 + x.exp()).ln(),
        "sqrt": lambda x: x.sqrt(),
        "relu": lambda x: max(x, Decimal(0)),
    }
)


def chance(*what: object) -> Decimal:
    """A number in (0.15, 0.85) that depends on nothing but its arguments."""
    return Decimal(crc32(repr(what).encode()) % 7_000_003) / Decimal(10_000_019) + Decimal("0.15")


def abstract(name: str, component: tuple[int, ...], arguments: Sequence[Decimal]) -> Decimal:
    """A fixed cubic in all arguments, without symmetry; f(x) = x + a x² − b x³ for one argument."""
    value = chance(name, component)
    for i, x in enumerate(arguments):
        value += x * (1 + x * (chance(name, component, i) - x * chance(name, component, i, 3) / 7))
        value += sum((x * y * chance(name, component, i, j) for j, y in enumerate(arguments[:i])), start=Decimal(0))
    return value


@dataclass
class World:
    """Values of all quantities where some entries are held; `steps` holds everything of other steps at the parent's values."""

    held: Mapping[Key, Decimal] = field(default_factory=dict)
    parent: World | None = None
    steps: frozenset[int] | None = None
    known: dict[Key, Decimal] = field(default_factory=dict)
    children: dict[object, World] = field(default_factory=dict)


@dataclass(frozen=True)
class Supposition:
    """A fact that a verdict adds: targets that sum to one or are one-hot, an abstract function's name, zeros above a range."""

    normalised: str = ""
    one_hot: str = ""
    function: tuple[str, str] = ("", "")
    zero_above: bool = False


class Evaluator:
    """Values of index notation at one point of a model, by its equations alone."""

    def __init__(self, computation: ix.Computation, sizes: Sizes, seed: int, supposed: Supposition) -> None:
        self.model = computation
        self.sizes = sizes
        self.seed = seed
        self.supposed = supposed
        self.base = World()
        self.modes: Mapping[str, str] = {}
        self.nonzero: set[tuple[str, str]] = set()
        self.met_below = False
        self._below: set[Key] = set()
        self._busy: set[Key] = set()
        facts = computation.assumptions
        if facts.equations:
            raise Unclear("assumed equations")
        self._normalised = {*facts.normalised, supposed.normalised}
        self._one_hot = {*facts.one_hot, supposed.one_hot}
        self._natural: frozenset[Key] = frozenset()
        for family in computation.families.values():
            ends = [range(r.lower.value(sizes), r.upper.value(sizes) + 1) if r else range(1, 2) for r in family.slots]
            for slots in product(*ends):
                self._warm(family.name, slots)
        self._natural = frozenset(self._below)

    def _warm(self, family: str, slots: tuple[int, ...]) -> None:
        try:
            for components in product(*self.axes(family, slots)):
                self.entry((family, slots, components), self.base)
        except OutOfRange:
            return

    def axes(self, family: str, slots: tuple[int, ...]) -> list[range]:
        declared = self.model.families[family]
        local = self.sizes.having(dict(zip(declared.letters, slots, strict=True)))
        return [range(1, size.value(local) + 1) for size in declared.axes]

    def entry(self, key: Key, world: World) -> Decimal:
        """One entry: held, of another step, by its equation, or free."""
        if key in world.held:
            return world.held[key]
        if key not in world.known:
            if world.parent is not None and world.steps is not None and key[1] and not set(key[1]) <= world.steps:
                world.known[key] = self.entry(key, world.parent)
            else:
                world.known[key] = self._computed(key, world)
        self.met_below |= key in self._below and key not in self._natural
        return world.known[key]

    def _computed(self, key: Key, world: World) -> Decimal:
        family, slots, components = key
        if any(c not in axis for c, axis in zip(components, self.axes(family, slots), strict=True)):
            raise OutOfRange("outside its axis")
        for equation in sorted(self.model.equations.get(family, ()), key=lambda e: sum(bool(x.terms) for x in e.slots)):
            values = self._matched(equation, slots)
            if values is not None:
                values.update(zip(equation.components, components, strict=True))
                if key in self._busy:
                    raise Unclear(f"{key} is defined by itself")
                self._busy.add(key)
                try:
                    return self.value(equation.body, values, world)
                finally:
                    self._busy.discard(key)
        for declared, slot in zip(self.model.families[family].slots, slots, strict=True):
            if declared is not None and slot > declared.upper.value(self.sizes):
                if self.supposed.zero_above:
                    return Decimal(0)
                raise OutOfRange(f"{family} above its range")
            if declared is not None and slot < declared.lower.value(self.sizes) and self.model.equations.get(family):
                self._below.add(key)
        return self._free(key)

    def _free(self, key: Key) -> Decimal:
        family, slots, components = key
        value = chance(self.seed, key)
        if family in self._normalised:
            return value / sum(chance(self.seed, (family, slots, (*components[:-1], k))) for k in self.axes(family, slots)[-1])
        if family in self._one_hot:
            return Decimal(int(components[-1] == 1 + (sum(slots) + self.seed) % len(self.axes(family, slots)[-1])))
        return value

    def _matched(self, equation: ix.Equation, slots: tuple[int, ...]) -> Sizes | None:
        values = self.sizes.having({})
        for written, actual in zip(equation.slots, slots, strict=True):
            for atom in written.atoms():
                if isinstance(atom, str) and atom not in values:
                    values[atom] = actual - (written - ix.Affine.of(atom)).value(values)
            if written.value(values) != actual:
                return None
        return values if all(c.holds(values) for c in equation.conditions) else None

    # -- expressions ----------------------------------------------------------------------------------------------------

    @singledispatchmethod
    def value(self, e: Any, values: Sizes, world: World) -> Decimal:
        """The value of an expression of index notation."""
        raise Unclear(type(e).__name__)

    @value.register
    def _(self, e: ix.Number, values: Sizes, world: World) -> Decimal:
        return Decimal(e.value.numerator) / Decimal(e.value.denominator)

    @value.register
    def _(self, e: ix.IndexValue, values: Sizes, world: World) -> Decimal:
        return Decimal(e.index.value(values))

    @value.register
    def _(self, e: ix.Entry, values: Sizes, world: World) -> Decimal:
        return self.entry((e.family, _at(e.slots, values), _at(e.components, values)), world)

    @value.register
    def _(self, e: ix.Add, values: Sizes, world: World) -> Decimal:
        return sum((self.value(t, values, world) for t in e.terms), start=Decimal(0))

    @value.register
    def _(self, e: ix.Multiply, values: Sizes, world: World) -> Decimal:
        result = Decimal(1)
        for factor in e.factors:
            result *= self.value(factor, values, world)
        return result

    @value.register
    def _(self, e: ix.Power, values: Sizes, world: World) -> Decimal:
        return self.value(e.base, values, world) ** e.exponent.value(values)

    def _bodies(self, e: ix.Sum | ix.ScalarProduct, values: Sizes, world: World) -> Iterator[Decimal]:
        for k in range(e.lower.value(values), e.upper.value(values) + 1):
            inner = values.having({e.variable: k})
            if all(c.holds(inner) for c in e.conditions):
                yield self.value(e.body, inner, world)

    @value.register
    def _(self, e: ix.Sum, values: Sizes, world: World) -> Decimal:
        return sum(self._bodies(e, values, world), start=Decimal(0))

    @value.register
    def _(self, e: ix.ScalarProduct, values: Sizes, world: World) -> Decimal:
        result = Decimal(1)
        for factor in self._bodies(e, values, world):
            result *= factor
        return result

    @value.register
    def _(self, e: ix.Branches, values: Sizes, world: World) -> Decimal:
        for conditions, body in e.branches:
            if all(c.holds(values) for c in conditions):
                return self.value(body, values, world)
        if e.otherwise is None:
            raise OutOfRange("no case applies")
        return self.value(e.otherwise, values, world)

    @value.register
    def _(self, e: ix.Apply, values: Sizes, world: World) -> Decimal:
        if e.of_output:
            return self._through_output(e, values, world)
        flat: list[Decimal] = []
        places: dict[tuple[int, tuple[int, ...]], int] = {}
        for position, argument in enumerate(e.arguments):
            for indices in product(*(range(1, size.value(values) + 1) for size in argument.sizes)):
                places[position, indices] = len(flat)
                flat.append(self.value(argument.body, values.having(dict(zip(argument.variables, indices, strict=True))), world))
        by = [0] * e.order + [places[position, _at(indices, values)] for position, indices in e.partial]
        name = "@".join(map(str, (e.function, *_at(e.slots, values))))
        return self._slope(name, _at(e.component, values), flat, by)

    def _through_output(self, e: ix.Apply, values: Sizes, world: World) -> Decimal:
        """f' where the value h = f(z) is written for its argument: the equation of h tells z."""
        output = e.arguments[0].body
        for equation in self.model.equations.get(output.family, ()) if isinstance(output, ix.Entry) else ():
            local = self._matched(equation, _at(output.slots, values))
            if local is not None and isinstance(equation.body, ix.Apply) and equation.body.function == e.function:
                local.update(zip(equation.components, _at(output.components, values), strict=True))
                return self.value(replace(equation.body, order=e.order), local, world)
        raise Unclear("f' of what is no value of f")

    def _slope(self, name: str, component: tuple[int, ...], at: list[Decimal], by: list[int]) -> Decimal:
        """A function, or its derivative by the arguments `by`, as a central difference."""
        if by:
            ends = [[*at[: by[0]], at[by[0]] + h, *at[by[0] + 1 :]] for h in (STEP, -STEP)]
            return (self._slope(name, component, ends[0], by[1:]) - self._slope(name, component, ends[1], by[1:])) / (2 * STEP)
        name = self.supposed.function[1] if name == self.supposed.function[0] else name
        if name in self.model.definitions:
            raise Unclear("a defined function")
        if name == "softmax":
            return at[component[0] - 1].exp() / sum(x.exp() for x in at)
        return NAMED[name](at[0]) if name in NAMED else abstract(name, component, at)

    @value.register
    def _(self, e: ix.Differentiate, values: Sizes, world: World) -> Decimal:
        """∂numerator/∂wrt: the member of `wrt` held, and one entry of it moved."""
        family, slots, moved = e.wrt.family, _at(e.wrt.slots, values), _at(e.wrt.components, values)
        mode = e.mode if e.mode != "auto" else self.modes.get(e.spelling, "total")
        steps = self._own_steps(e, values) if mode == "immediate" else None
        ends: list[Decimal] = []
        for h in (STEP, -STEP):
            place = (family, slots, moved, h, steps)
            if place not in world.children:
                member = {(family, slots, c): self.entry((family, slots, c), world) for c in product(*self.axes(family, slots))}
                if (family, slots, moved) not in member:
                    raise OutOfRange("outside its axis")
                member[family, slots, moved] += h
                world.children[place] = World({**world.held, **member}, world, steps)
            ends.append(self.value(e.numerator, values, world.children[place]))
        slope = (ends[0] - ends[1]) / (2 * STEP)
        if abs(slope) > EQUAL:
            self.nonzero.add((e.spelling, mode))
        return slope

    def _own_steps(self, e: ix.Differentiate, values: Sizes) -> frozenset[int] | None:
        """The steps of the numerator, else of the denominator: what an immediate derivative passes through."""
        if not isinstance(e.numerator, ix.Entry):
            raise Unclear("an immediate derivative of an expression")
        found = _at(e.numerator.slots, values) or _at(e.wrt.slots, values)
        return frozenset(found) if found else None


def _at(indices: Sequence[ix.Affine], values: Sizes) -> tuple[int, ...]:
    return tuple(i.value(values) for i in indices)


# -- truth ----------------------------------------------------------------------------------------------------------------

Modes = tuple[tuple[str, str], ...]


def settings(model: ix.Computation) -> Iterator[Sizes]:
    """T = 2, 3, 1, 4 with unequal sizes ≥ 2 that change places; two settings where there are no steps."""
    names: dict[str, None] = {}
    for family in model.families.values():
        for atom in (a for axis in family.axes for a in axis.atoms()):
            if isinstance(atom, str) and atom not in model.last_steps and atom not in family.letters:
                names.setdefault(atom)
    for turn, last in enumerate(STEPS if model.last_steps else STEPS[:2]):
        order = list(range(2, 2 + max(len(names), 1)))
        order = order[turn % len(order) :] + order[: turn % len(order)]
        sizes = Sizes(dict(zip(names, order, strict=False)) | dict.fromkeys(model.last_steps, last))
        sizes.turn = turn
        yield sizes


class Truth:
    """One reading of a claim at all settings: which meanings of its derivatives (total or immediate) make it true."""

    def __init__(self, claim: ReadClaim, supposed: Supposition = Supposition(), seed: int = 1) -> None:
        self.claim = claim
        self.instances = 0
        self.inside = 0
        self.nonzero: set[tuple[str, str]] = set()
        self.alive: list[set[tuple[bool, Modes]]] = []
        for side in claim.sides[1:]:
            if len(side.spellings) > MOST_SPELLINGS:
                raise Unclear("too many derivatives of open meaning")
            combinations = product(*([(x, "total"), (x, "immediate")] for x in side.spellings))
            self.alive.append({(below, modes) for modes in combinations for below in (True, False)})
        for sizes in settings(claim.computation):
            self._evaluator = Evaluator(claim.computation, sizes, seed, supposed)
            self.inside = 0  # of the longest sequence, which comes last: an empty sum at T = 1 says nothing
            for values in self._candidates(sizes):
                self._compare(sizes.having(values))
            self.nonzero |= self._evaluator.nonzero
            if not all(self.alive):
                break

    @property
    def answer(self) -> str:
        """What the instances say of the claim.

        `equal`; `inside` where only instances below a range differ and no range is stated; `hollow` where it is equal only if
        a derivative is read as an immediate one that is zero throughout; `differs`; `nothing` to compare.
        """
        if not self.instances:
            return "nothing"
        if all(any(below for below, _ in alive) for alive in self.alive) and any(all(map(self._is_hollow, alive)) for alive in self.alive):
            return "hollow"
        if all(any(below for below, _ in alive) for alive in self.alive):
            return "equal"
        if all(self.alive) and self.inside and not self.claim.stated:
            return "inside"
        return "differs"

    def _is_hollow(self, meaning: tuple[bool, Modes]) -> bool:
        return any(mode == "immediate" and (spelling, mode) not in self.nonzero for spelling, mode in meaning[1])

    def _candidates(self, sizes: Sizes) -> Iterator[dict[str, int]]:
        found: list[dict[str, int]] = [{}]
        for name, free in sorted(self.claim.free.items(), key=lambda item: item[1].role == "component"):
            if free.lower is None or free.upper is None:
                raise Unclear(f"the range of {name} is stated nowhere")
            more = 2 if free.role == "slot" and self.claim.stated else 0
            ends = [(free.lower.value(local) - more, free.upper.value(local) + more + 1) for local in map(sizes.having, found)]
            found = [{**values, name: v} for values, (low, high) in zip(found, ends, strict=True) for v in range(low, high)]
        return (values for values in found if all(c.holds(sizes.having(values)) for c in self.claim.conditions))

    def _compare(self, values: Sizes) -> None:
        """One instance: drop the meanings under which a side differs from the first."""
        self._evaluator.met_below = False
        try:
            left = self._side(0, values, ())
            sides = [self._side(place, values, ()) for place in range(1, len(self.claim.sides))]
        except OutOfRange:
            return
        below = self._evaluator.met_below
        self.instances += 1
        self.inside += not below
        for place, alive in enumerate(self.alive, 1):
            for counts_below, modes in list(alive):
                if below and not counts_below:
                    continue
                all_total = all(mode == "total" for _, mode in modes)
                right = sides[place - 1] if all_total else self._side(place, values, modes)
                if not all(map(same, left, right)):
                    alive.discard((counts_below, modes))

    def _side(self, place: int, values: Sizes, modes: Modes) -> list[Decimal]:
        side = self.claim.sides[place]
        assert side.tensor is not None
        self._evaluator.modes = dict(modes)
        axes = [range(1, n.value(values) + 1) for n in side.tensor.rows + side.tensor.columns]
        return [
            self._evaluator.value(side.body, values.having(dict(zip(side.variables, entry, strict=True))), self._evaluator.base)
            for entry in product(*axes)
        ]


def same(a: Decimal, b: Decimal) -> bool:
    """Whether two numbers agree; raises `Unclear` in the gap between equal and different."""
    distance = abs(a - b) / max(abs(a), abs(b), Decimal("1e-6"))
    if EQUAL < distance < DIFFERENT:
        raise Unclear(f"a distance of {distance:.1e}")
    return distance <= EQUAL


@dataclass(frozen=True)
class Reading:
    """One reading of a claim that fits its shapes: how it departs from the first, and whether it makes the claim true."""

    made: Mapping[str, str]
    answer: str
    claim: ReadClaim


@dataclass(frozen=True)
class Judged:
    """What is true of a changed formula; see `truth_of` for the classes."""

    truth: str
    readings: tuple[Reading, ...] = ()
    detail: str = ""


def answer_of(claim: ReadClaim, supposed: Supposition = Supposition()) -> tuple[str, str]:
    """`equal`, `inside`, `differs`, `nothing` or `unclear`, with the reason."""
    with localcontext(DIGITS):
        try:
            return Truth(claim, supposed).answer, ""
        except (Unclear, ReadingError, DecimalException, RecursionError) as error:
            return "unclear", str(error)[:100]


def truth_of(problem: Problem) -> Judged:
    """The truth of a claim.

    `equal` or `inside` under its first reading that fits; `reading` where only a later one makes it true; `differs` under all;
    `hollow` as `Truth.answer` says; `loose` where it is equal, but its shapes do not fit as they are written;
    `clash` where no reading has shapes that fit; `unread` where a name or construct has no meaning; `nothing` where no instance
    is defined; `unclear` where the evaluation here cannot tell.
    """
    parsed = parse_problem(problem)
    formula = next(f for f in parsed.claim if f.relations)
    outcomes = list(readings(lambda choices: read_claim(parsed, formula, choices), MOST_READINGS))
    found: list[Reading] = []
    seen: dict[str, str] = {}
    for outcome in outcomes:
        if outcome.result is None:
            continue
        if any(side.body is None for side in outcome.result.sides):
            return Judged("unread", detail=next(side.error for side in outcome.result.sides if side.body is None))
        body = repr([side.body for side in outcome.result.sides])
        if body not in seen:
            answer, reason = answer_of(outcome.result)
            seen[body] = answer
            if not found and answer in ("unclear", "nothing"):
                return Judged(answer, detail=reason)
        found.append(Reading(outcome.made, seen[body], outcome.result))
        if seen[body] in ("equal", "inside"):
            break
    if not found:
        errors = [o.error for o in outcomes if o.error is not None]
        clash = all(isinstance(e, ShapeClash) for e in errors)
        return Judged("clash" if clash else "unread", detail=str(next((e for e in errors if not isinstance(e, ShapeClash)), errors[0])))
    if found[0].answer in ("equal", "inside"):
        return Judged(found[0].answer if fits(formula, names_of(parsed)) else "loose", tuple(found))
    if found[0].answer == "hollow":
        return Judged("hollow", tuple(found))
    return Judged("reading" if found[-1].answer in ("equal", "inside") else "differs", tuple(found))


# -- the test -------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Mutant:
    """A right claim changed: by which row of which table, and the changed problem."""

    kind: str  # "mistake" or "rewriting"
    name: str
    problem: Problem
    original: str


@dataclass(frozen=True)
class Result:
    """A mutant with its verdict, its truth, and what is wrong with the verdict (`false`) or to be looked at (`note`)."""

    mutant: Mutant
    verdict: Verdict
    judged: Judged
    false: str = ""
    note: str = ""


def right_problems(folder: str) -> list[Problem]:
    """The unmarked claims of all documents of a folder."""
    reading = read_path(folder, walk=find_config((folder,)).walk)
    return [item.problem for item in reading.items if item.role == "claim" and item.problem is not None and not item.problem.expect]


def is_within_reach(problem: Problem) -> bool:
    """Whether the changes and the evaluation here know a formula as printed.

    That is: vectors in columns, steps in subscripts, no product over an index, few derivatives, shapes that fit as written.
    """
    if "call" in problem.notation or any(shape.startswith("1×") for shape in problem.shapes.values()):
        return False
    parsed = parse_problem(problem)
    formulas = [f for f in parsed.claim if f.relations]
    few = problem.claim.count("\\partial") <= 2 * MOST_SPELLINGS and "\\prod" not in problem.claim
    return few and len(formulas) == 1 and fits(formulas[0], names_of(parsed))


def mutants_of(problem: Problem, per: int, seed: int) -> Iterator[Mutant]:
    """Up to `per` changed versions of a claim for every row of both tables, no two alike."""
    parsed = parse_problem(problem)
    formulas = [f for f in parsed.claim if f.relations]
    if len(formulas) != 1:
        return
    seen = {to_latex(formulas[0])}
    names = names_of(parsed)
    for kind, table in (("rewriting", REWRITINGS), ("mistake", MISTAKES)):
        for name, change in table.items():
            found = [text for text in dict.fromkeys(map(to_latex, change(formulas[0], names))) if text not in seen]
            for number, text in enumerate(Random(f"{seed} {problem.id} {name}").sample(found, min(per, len(found)))):
                changed = replace(problem, claim=text, id=f"{problem.id} {name} {number + 1}")
                if _is_read(changed):
                    seen.add(text)
                    yield Mutant(kind, name, changed, problem.claim)


def _is_read(problem: Problem) -> bool:
    """Whether the printed formula is one formula again."""
    try:
        return len([f for f in parse_problem(problem).claim if f.relations]) == 1
    except (ParseError, ProblemError):
        return False


def safe_truth(problem: Problem) -> Judged:
    """`truth_of`, with a defect of the reader as `unclear`."""
    try:
        return replace_claims(truth_of(problem))
    except Exception as error:  # a crash of the reading is no answer; the judge reports it for its part
        return Judged("unclear", detail=f"{type(error).__name__}: {error}"[:200])


def replace_claims(judged: Judged) -> Judged:
    """Without what cannot travel between processes."""
    return replace(judged, readings=tuple(replace(r, claim=None) for r in judged.readings))  # type: ignore[arg-type]


def assumption_holds(problem: Problem, assumptions: Sequence[str]) -> bool | None:
    """Whether a claim is true once the named assumptions are added; None where they are not understood here."""
    parsed = parse_problem(problem)
    formula = next(f for f in parsed.claim if f.relations)
    supposed, wanted = Supposition(), {}
    for text in assumptions:
        if text.startswith("reading: "):
            key, _, value = text.removeprefix("reading: ").rpartition(": ")
            wanted[key] = value
        elif text.startswith("\\sum_k ") and text.endswith("[k] = 1"):
            supposed = replace(supposed, normalised=text.removeprefix("\\sum_k ").removesuffix("[k] = 1"))
        elif text.endswith(" is one-hot"):
            supposed = replace(supposed, one_hot=text.removesuffix(" is one-hot"))
        elif text.endswith(("is tanh", "is sigmoid")):
            supposed = replace(supposed, function=(text.split(" is ")[0], text.split(" is ")[1]))
        elif text == "quantities above their range are 0":
            supposed = replace(supposed, zero_above=True)
        else:
            return None
    supposed = replace(supposed, normalised=_key(parsed, supposed.normalised), one_hot=_key(parsed, supposed.one_hot))
    for outcome in readings(lambda choices: read_claim(parsed, formula, choices), MOST_READINGS):
        if outcome.result is None or any(outcome.made.get(k) != v for k, v in wanted.items()):
            continue
        answer, _ = answer_of(outcome.result, supposed)
        if answer in ("equal", "inside"):
            return True
        if answer == "unclear":
            return None
        if not wanted:
            return False
    return False


def _key(parsed: Parsed, name: str) -> str:
    """A family by the spelling of its declaration."""
    return to_latex(parse_expression(name, parsed.words)) if name else ""


def assess(mutant: Mutant, verdict: Verdict, judged: Judged) -> Result:
    """What is wrong with a verdict, if anything."""
    true = judged.truth in ("equal", "inside")
    said = verdict.verdict
    false = note = ""
    if said in ("verified", "proved"):
        if judged.truth == "unclear":
            note = "verified, and the truth is unclear"
        elif not true:
            false = f"{said}, although the truth is `{judged.truth}`"
    elif said == "conditional" and not true:
        holds = assumption_holds(mutant.problem, verdict.assumptions)
        note = f"conditional on {'; '.join(verdict.assumptions)}"
        if "layout" in mutant.problem.notation and any(text.startswith(GRADIENT_LAYOUTS) for text in verdict.assumptions):
            false = "conditional on a layout, although `notation` states another"
        elif holds is False:
            false = "conditional on what does not make it true"
        elif holds is None:
            note += " (not checked)"
    elif said == "refuted":
        if true or judged.truth == "reading":
            false = f"refuted, although the truth is `{judged.truth}`"
        elif mutant.kind == "rewriting":
            false = "refuted, although it is an equal rewriting"
        elif judged.truth in ("nothing", "unread", "unclear"):
            note = f"refuted, and the truth is `{judged.truth}`"
    return Result(mutant, verdict, judged, false, note)


def run(mutants: Sequence[Mutant], jobs: int, timeout: float) -> list[Result]:
    """The verdict and the truth of every mutant."""
    problems = [m.problem for m in mutants]
    verdicts = list(check_all(problems, timeout=timeout, workers=jobs, suggest=0))
    if jobs == 1:
        truths = list(map(safe_truth, problems))
    else:
        with ProcessPoolExecutor(jobs) as pool:
            truths = list(pool.map(safe_truth, problems, chunksize=4))
    return [assess(m, v, t) for m, v, t in zip(mutants, verdicts, truths, strict=True)]


@dataclass(frozen=True)
class Rates:
    """The figures that are asked for: wrong formulas refuted, equal ones verified."""

    wrong: int
    refuted: int
    equal: int
    verified: int

    @property
    def refuted_share(self) -> float:
        return self.refuted / self.wrong if self.wrong else 1.0

    @property
    def verified_share(self) -> float:
        return self.verified / self.equal if self.equal else 1.0


def rates(results: Sequence[Result]) -> Rates:
    """Over all formulas that are wrong under every reading or fit no shapes, and over all equal rewritings."""
    wrong = [r for r in results if r.judged.truth in ("differs", "clash")]
    equal = [r for r in results if r.mutant.kind == "rewriting" and r.judged.truth == "equal"]
    return Rates(
        len(wrong),
        sum(r.verdict.verdict == "refuted" for r in wrong),
        len(equal),
        sum(r.verdict.verdict in ("verified", "proved") for r in equal),
    )


def table(results: Sequence[Result]) -> str:
    """A line for each row of the tables: how many of each truth got which verdict."""
    lines: list[str] = []
    for kind in ("rewriting", "mistake"):
        for name in REWRITINGS if kind == "rewriting" else MISTAKES:
            found = Counter((r.judged.truth, r.verdict.verdict) for r in results if (r.mutant.kind, r.mutant.name) == (kind, name))
            cells = ", ".join(f"{truth}→{verdict} {count}" for (truth, verdict), count in sorted(found.items()))
            lines.append(f"{kind:9} {name:23} {found.total():5}  {cells}")
    everything = Counter((r.judged.truth, r.verdict.verdict) for r in results)
    lines += [
        f"{'all':33} {len(results):5}",
        *(f"{'':33} {count:5}  {truth}→{said}" for (truth, said), count in sorted(everything.items())),
    ]
    return "\n".join(lines)


def described(result: Result) -> str:
    """One result in full."""
    said = result.verdict
    return (
        f"{said.id} [{result.mutant.kind}]: {result.false or result.note}\n    was  {result.mutant.original}\n    is   {said.latex}"
        f"\n    for {result.mutant.problem.for_ or '-'}; truth {result.judged.truth} {result.judged.detail}"
        f"\n    {said.verdict}: {said.message} {'; '.join(said.reading)}"
    )


def report(results: Sequence[Result], seconds: float) -> str:
    """The table, every false verdict, what to look at, why verdicts stay open, and the rates."""
    found = rates(results)
    open_ = [r for r in results if r.verdict.verdict == "unknown" and r.judged.truth not in ("unread", "nothing", "unclear")]
    reasons = Counter(f"{r.judged.truth}: {r.verdict.message[:110]}" for r in open_)
    false = [r for r in results if r.false]
    parts = [
        table(results),
        *(f"FALSE {described(r)}" for r in false),
        *(f"note {described(r)}" for r in results if r.note and not r.false),
    ]
    parts += ["unknown, by reason:", *(f"{count:5}  {reason}" for reason, count in reasons.most_common(40))]
    parts.append(f"wrong formulas refuted: {found.refuted} of {found.wrong}, {found.refuted_share:.1%}")
    parts.append(f"equal rewritings verified: {found.verified} of {found.equal}, {found.verified_share:.1%}")
    parts.append(f"false verdicts: {len(false)} of {len(results)}; {seconds:.0f} s")
    return "\n".join(parts)


def collect(folder: str, per: int, seed: int, only: str = "", jobs: int = 2, timeout: float = 20.0) -> list[Mutant]:
    """All mutants of the unmarked claims within reach that are verified as they stand."""
    problems = list(filter(is_within_reach, right_problems(folder)))
    verdicts = check_all(problems, timeout=timeout, workers=jobs, suggest=0)
    right = [p for p, v in zip(problems, verdicts, strict=True) if v.verdict in ("verified", "proved")]
    return [m for problem in right for m in mutants_of(problem, per, seed) if only in m.name]


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("folder", nargs="?", default=str(Path(__file__).parent.parent / "derivations"))
    parser.add_argument("--limit", type=int, default=0, help="judge no more than this many mutants, drawn at random")
    parser.add_argument("--per", type=int, default=3, help="mutants of one formula for each row of the tables")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", default="", help="only rows whose name contains this")
    parser.add_argument("--timeout", type=float, default=20.0, help="seconds for a verdict")
    options = parser.parse_args(arguments)
    started = time.perf_counter()
    mutants = collect(options.folder, options.per, options.seed, options.only, options.jobs, options.timeout)
    if options.limit and options.limit < len(mutants):
        mutants = Random(options.seed).sample(mutants, options.limit)
    results = run(mutants, options.jobs, options.timeout)
    print(report(results, time.perf_counter() - started))
    return 1 if any(r.false for r in results) else 0


if __name__ == "__main__":
    sys.exit(main())
