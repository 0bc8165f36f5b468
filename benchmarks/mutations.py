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
from itertools import islice, product
from pathlib import Path
from random import Random
from types import MappingProxyType
from typing import Any
from zlib import crc32

from benchmarks.mutate import MISTAKES, REWRITINGS, names_of
from symbptt import index as ix
from symbptt.documents.reader import read_path
from symbptt.latex import syntax as s
from symbptt.latex.parser import ParseError
from symbptt.latex.printer import to_latex
from symbptt.problem import Problem, ProblemError
from symbptt.reading.choices import Choices, ReadingError, ShapeClash, UnknownName, readings
from symbptt.reading.claim import ReadClaim, read_claim
from symbptt.reading.declare import Parsed, parse_problem, walk
from symbptt.verdict import Verdict
from symbptt.workers import check_all

Key = tuple[str, tuple[int, ...], tuple[int, ...]]
DIGITS = Context(prec=60)
STEP = Decimal("1e-18")
EQUAL, DIFFERENT = Decimal("1e-12"), Decimal("1e-9")
STEPS = (2, 3, 1, 4)
MOST_READINGS = 96
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
        self.below: set[Key] = set()
        self._busy: set[Key] = set()
        self.natural: set[Key] | None = None
        for family in computation.families.values():
            ends = [range(r.lower.value(sizes), r.upper.value(sizes) + 1) if r else range(1, 2) for r in family.slots]
            for slots in product(*ends):
                self._warm(family.name, slots)
        self.natural, self.below = self.below, set()

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
                self.below.add(key)
        return self._free(key)

    def _free(self, key: Key) -> Decimal:
        family, slots, components = key
        value = chance(self.seed, key)
        if family == self.supposed.normalised:
            return value / sum(chance(self.seed, (family, slots, (*components[:-1], k))) for k in self.axes(family, slots)[-1])
        if family == self.supposed.one_hot:
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
            raise Unclear("f' through the value of f")
        flat: list[Decimal] = []
        places: dict[tuple[int, tuple[int, ...]], int] = {}
        for position, argument in enumerate(e.arguments):
            for indices in product(*(range(1, size.value(values) + 1) for size in argument.sizes)):
                places[position, indices] = len(flat)
                flat.append(self.value(argument.body, values.having(dict(zip(argument.variables, indices, strict=True))), world))
        by = [0] * e.order + [places[position, _at(indices, values)] for position, indices in e.partial]
        name = "@".join(map(str, (e.function, *_at(e.slots, values))))
        return self._slope(name, _at(e.component, values), flat, by)

    def _slope(self, name: str, component: tuple[int, ...], at: list[Decimal], by: list[int]) -> Decimal:
        """A function, or its derivative by the arguments `by`, as a central difference."""
        if by:
            ends = [at[: by[0]] + [at[by[0]] + h] + at[by[0] + 1 :] for h in (STEP, -STEP)]
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
        return (ends[0] - ends[1]) / (2 * STEP)

    def _own_steps(self, e: ix.Differentiate, values: Sizes) -> frozenset[int] | None:
        """The steps of the numerator, else of the denominator: what an immediate derivative passes through."""
        if not isinstance(e.numerator, ix.Entry):
            raise Unclear("an immediate derivative of an expression")
        found = _at(e.numerator.slots, values) or _at(e.wrt.slots, values)
        return frozenset(found) if found else None


def _at(indices: Sequence[ix.Affine], values: Sizes) -> tuple[int, ...]:
    return tuple(i.value(values) for i in indices)
