"""Whether a claim about a model is true: both sides as float64 numbers at random points, T = 1..5, derivatives by automatic
differentiation of the model's equations in their structured form."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import singledispatchmethod
from itertools import product
from random import Random
from typing import Any
from zlib import crc32

import numpy as np

from benchmarks.campaign import terms as tm
from benchmarks.campaign.numbers import Array, Numbers
from benchmarks.campaign.terms import Node, Size, Slot, Var

EQUAL, DIFFERENT = 1e-9, 1e-6
STEPS = (2, 3, 1, 4, 5)
SIZES = (2, 3, 4, 5)
#: ReLU is judged away from 0.
KINK = 1e-3
#: Its slope is the same at most points of a model, all units being on or off: so many times more of them are asked.
KINKED = 4
RELU = r"\operatorname{ReLU}"
MOST_SPELLINGS = 3


class Above(Exception):
    """A quantity above its range, or one that the model does not have: the instance is not judged."""


class NearKink(Exception):
    """A ReLU too near to its kink: another point is taken."""


@dataclass(frozen=True)
class Model:
    """Equations by name, as (left side in the letter of steps, right side); `letter` is empty where there are no steps.

    `ends` are equations of one step, which go before those of all. `abbreviations` are names of derivatives; `smooth` the abstract
    functions; `targets` those that are assumed to sum to one or be one-hot ("normalised", "one_hot"); `numerator`
    layout of vectors is the default, `turned` says denominator.
    """

    equations: Mapping[str, tuple[Var, Node]]
    letter: str = "t"
    last: str = "T"
    abbreviations: Mapping[str, tuple[Var, tm.D]] = field(default_factory=dict)
    smooth: tuple[str, ...] = ()
    named: Mapping[str, str] = field(default_factory=dict)  # abstract functions that are supposed to be known ones
    targets: Mapping[str, str] = field(default_factory=dict)
    ends: Mapping[str, tuple[Var, Node]] = field(default_factory=dict)


@dataclass(frozen=True)
class Free:
    """A letter that a claim leaves free, with its range; `stated` where the problem says it under `for`."""

    letter: str
    lower: Slot
    upper: Slot
    stated: bool = True


@dataclass(frozen=True)
class Statement:
    """left = right for all steps `free` and all `components` (letter, size)."""

    left: Node
    right: Node
    free: tuple[Free, ...] = ()
    components: tuple[tuple[str, Size], ...] = ()


Place = tuple[str, int | None]
Modes = frozenset[str]


def smooth_of(names: tuple[str, ...], seed: int) -> dict[str, tuple[float, float, float, float, float]]:
    """The concrete functions that stand for abstract ones at a point."""
    found = {}
    for name in names:
        chance = Random(f"{seed} {name}")
        found[name] = tuple(chance.uniform(0.4, 1.3) * chance.choice((-1, 1)) for _ in range(5))
    return found  # type: ignore[return-value]


class Point:
    """One model at concrete last step, sizes and values."""

    def __init__(self, model: Model, numbers: Numbers, last: int, sizes: Mapping[str, int], seed: int, zero_above: bool = False) -> None:
        self.model = model
        self.numbers = numbers
        self.last = last
        self.sizes = sizes
        self.seed = seed
        self.zero_above = zero_above
        self.steps: dict[str, int] = {model.last: last} if model.letter else {}
        self.met_below = False
        self.immediate: Modes = frozenset()
        self.depth = 0
        self._free: dict[Place, Array] = {}
        self._derivatives: dict[object, Array] = {}
        self.base = World(self)
        self._reached: set[Place] = set()
        for name, (var, _) in model.equations.items():
            for step in range(1, last + 1) if var.slot else (None,):
                self.base.member(name, step)
        self._reached = set(self._free)

    def length(self, size: Size, values: Mapping[str, int]) -> int:
        if size == tm.NONE:
            return 1
        if size.slot is None:
            return self.sizes[size.name]
        return SIZES[(size.slot.value(values) + self.seed) % len(SIZES)]

    def shape(self, var: Var, values: Mapping[str, int]) -> tuple[int, int]:
        rows, columns = var.shape
        return self.length(rows, values), self.length(columns, values)

    def free(self, var: Var, step: int | None, values: Mapping[str, int]) -> Array:
        """The value of a quantity without an equation; depends on nothing but its name, its step and the seed."""
        place = (var.name, step)
        if place not in self._free:
            random = np.random.default_rng([crc32(repr(place).encode()), self.seed])
            shape = self.shape(var, values)
            value = random.uniform(0.2, 0.9, shape) * random.choice((-1.0, 1.0), shape)
            kind = self.model.targets.get(var.name)
            if kind == "normalised":
                value = np.abs(value) / np.abs(value).sum()
            elif kind == "one_hot":
                value = np.zeros(shape)
                value.flat[int(random.integers(value.size))] = 1.0
            self._free[place] = value
        return self._free[place]

    def is_reached(self, place: Place) -> bool:
        return place in self._reached or place[1] is None or 1 <= place[1] <= self.last

    def derivative(self, d: tm.D, values: Mapping[str, int], immediate: bool) -> Array:
        """∂numerator/∂wrt as a matrix; `immediate` holds the quantities of all other steps."""
        top, below = (x.var if isinstance(x, tm.Entry) else x for x in (d.numerator, d.wrt))
        steps = [x.slot.value(values) if x.slot else None for x in (top, below)]
        place = (below.name, steps[1])
        if not self.is_reached(place):
            raise Above(below.name)
        hold = frozenset(s for s in (steps[:1] if steps[0] is not None else steps[1:]) if s is not None) if immediate else None
        key = (top.name, steps[0], place, hold)
        if key not in self._derivatives:
            at = self.numbers.number(self.base.value(below, values))

            def run(x: Any) -> Any:
                return World(self, {place: x}, hold or None).value(top, values)

            self.depth += 1
            try:
                self._derivatives[key] = self.numbers.jacobian(run, at)
            finally:
                self.depth -= 1
        return self._shown(self._derivatives[key], d, values)

    def _shown(self, found: Array, d: tm.D, values: Mapping[str, int]) -> Array:
        """A derivative (r, c, r', c') as the matrix it is written for."""
        places: list[Any] = []
        for item in (d.numerator, d.wrt):
            letters = list(item.letters) if isinstance(item, tm.Entry) else []
            axes = [size != tm.NONE for size in (item.var.shape if isinstance(item, tm.Entry) else item.shape)]
            places += [(values[letters.pop(0)] - 1 if letters else slice(None)) if axis else 0 for axis in axes]
        if any(isinstance(p, int) and p >= length for p, length in zip(places, found.shape, strict=True)):
            raise tm.Clash("a component outside its axis")
        shown = found[tuple(places)]
        if shown.ndim == 0:
            return shown.reshape(1, 1)
        if shown.ndim == 1:
            return shown.reshape(tuple(self.length(s, values) for s in d.shape))
        return shown.T if d.turned else shown


class Points:
    """The points of one model, each with the values and derivatives that its claims have asked for."""

    def __init__(self, model: Model, numbers: Any, sizes: tuple[int, ...] = SIZES) -> None:
        self.model = model
        self.numbers = numbers
        self.sizes = sizes
        self.kinked = any(isinstance(n, tm.Fun) and n.name == RELU for _, e in model.equations.values() for n in tm.walk(e))
        self._found: dict[tuple[int, int, bool], Point | None] = {}

    def at(self, last: int, seed: int, zero_above: bool) -> Point:
        """A point where no ReLU is near to its kink; raises `NearKink` where none of 50 is."""
        key = (last, seed, zero_above)
        if key not in self._found:
            self._found[key] = self._made(*key)
        point = self._found[key]
        if point is None:
            raise NearKink
        return point

    def _made(self, last: int, seed: int, zero_above: bool) -> Point | None:
        used = (n for v, e in self.model.equations.values() for n in tm.walk((v, e)) if isinstance(n, Var))
        names = sorted({size.name for n in used for size in n.shape if size.name})
        for attempt in range(50):
            here = seed * 100 + attempt
            many = len(names) <= len(self.sizes)
            order = Random(here).sample(self.sizes, len(names)) if many else [2 + i for i in range(len(names))]
            smooth = smooth_of(self.model.smooth, here)
            try:
                return Point(self.model, self.numbers(smooth), last, dict(zip(names, order, strict=True)), here, zero_above)
            except NearKink:
                continue
        return None


class World:
    """Values of all quantities where some members are held; with `steps` those of other steps have their values at the point."""

    def __init__(self, point: Point, held: Mapping[Place, Any] | None = None, steps: frozenset[int] | None = None) -> None:
        self.point = point
        self.held = held or {}
        self.steps = steps
        self._known: dict[Place, Any] = {}

    def member(self, name: str, step: int | None) -> Any:
        var, _ = self.point.model.equations[name]
        return self.value(tm.moved(var, self.point.model.letter, Slot("", step)) if step is not None else var, self.point.steps)

    @singledispatchmethod
    def value(self, e: Any, values: Mapping[str, int]) -> Any:
        """The matrix of an expression where its letters have these values."""
        raise NotImplementedError(type(e).__name__)

    @value.register
    def _(self, e: Var, values: Mapping[str, int]) -> Any:
        point = self.point
        step = e.slot.value(values) if e.slot else None
        place = (e.name, step)
        if not point.depth and step is not None and step < 1 and e.name in point.model.equations:
            point.met_below = True
        if place in self.held:
            return self.held[place]
        if place in self._known:
            return self._known[place]
        if self.steps is not None and step is not None and step not in self.steps:
            return point.numbers.const(point.numbers.number(point.base.value(e, values)))
        self._known[place] = self._computed(e, place, values)
        return self._known[place]

    def _computed(self, e: Var, place: Place, values: Mapping[str, int]) -> Any:
        point, model = self.point, self.point.model
        name, step = place
        inside = step is None or 1 <= step <= point.last
        known = model.equations.get(name) or model.abbreviations.get(name)
        left, _ = end = model.ends.get(name, (e, e))
        if end != (e, e) and left.slot is not None and left.slot.value(point.steps) == step:
            known, inside = end, True
        if known is not None and inside:
            values = {**point.steps, **({model.letter: step} if step is not None else {})}
            point.depth += 1
            try:
                return self.value(known[1], values)
            finally:
                point.depth -= 1
        if step is not None and step > point.last:
            if point.zero_above:
                return point.numbers.const(np.zeros(point.shape(e, values)))
            raise Above(name)
        if name in model.abbreviations:
            raise Above(name)
        return point.numbers.const(point.free(e, step, values))

    @value.register
    def _(self, e: tm.Entry, values: Mapping[str, int]) -> Any:
        letters = [values[x] - 1 for x in e.letters]
        i, j = [letters.pop(0) if size != tm.NONE else 0 for size in e.var.shape]
        rows, columns = self.point.shape(e.var, values)
        if i >= rows or j >= columns:
            raise tm.Clash("a component outside its axis")
        return self.point.numbers.pick(self.value(e.var, values), i, j)

    @value.register
    def _(self, e: tm.Num, values: Mapping[str, int]) -> Any:
        return self.point.numbers.const(np.array([[float(e.value)]]))

    @value.register
    def _(self, e: tm.Identity, values: Mapping[str, int]) -> Any:
        return self.point.numbers.const(np.eye(self.point.length(e.size, values)))

    @value.register
    def _(self, e: tm.Ones, values: Mapping[str, int]) -> Any:
        return self.point.numbers.const(np.ones(self._shape(e, values)))

    @value.register
    def _(self, e: tm.Add, values: Mapping[str, int]) -> Any:
        total: Any = None
        for sign, term in e.terms:
            value = self.value(term, values)
            if sign < 0:
                value = self.point.numbers.times(self.point.numbers.const(-np.ones((1, 1))), value)
            total = value if total is None else self.point.numbers.add(total, value)
        return total

    @value.register
    def _(self, e: tm.Mul, values: Mapping[str, int]) -> Any:
        left, right = self.value(e.left, values), self.value(e.right, values)
        scalar = tm.SCALAR in (e.left.shape, e.right.shape)
        return self.point.numbers.times(left, right) if scalar else self.point.numbers.matmul(left, right)

    @value.register
    def _(self, e: tm.Had, values: Mapping[str, int]) -> Any:
        return self.point.numbers.times(self.value(e.left, values), self.value(e.right, values))

    @value.register
    def _(self, e: tm.Transposed, values: Mapping[str, int]) -> Any:
        return self.point.numbers.transpose(self.value(e.arg, values))

    @value.register
    def _(self, e: tm.Diag, values: Mapping[str, int]) -> Any:
        return self.point.numbers.diag(self.value(e.arg, values))

    @value.register
    def _(self, e: tm.Fun, values: Mapping[str, int]) -> Any:
        x = self.value(e.arg, values)
        if e.name == RELU and np.abs(self.point.numbers.number(x)).min() < KINK:
            raise NearKink
        return self.point.numbers.apply(self.point.model.named.get(e.name, e.name), e.order, x)

    @value.register
    def _(self, e: tm.Softmax, values: Mapping[str, int]) -> Any:
        return self.point.numbers.softmax(self.value(e.arg, values))

    @value.register
    def _(self, e: tm.Square, values: Mapping[str, int]) -> Any:
        x = self.value(e.arg, values)
        return self.point.numbers.times(x, x)

    @value.register
    def _(self, e: tm.NormSquared, values: Mapping[str, int]) -> Any:
        x = self.value(e.arg, values)
        return self.point.numbers.total(self.point.numbers.times(x, x))

    def _shape(self, e: Node, values: Mapping[str, int]) -> tuple[int, int]:
        return tuple(self.point.length(size, values) for size in e.shape)  # type: ignore[return-value]

    @value.register
    def _(self, e: tm.Sum, values: Mapping[str, int]) -> Any:
        steps = range(e.lower.value(values), e.upper.value(values) + 1)
        total = self.point.numbers.const(np.zeros(self._shape(e.body, {**values, e.letter: 1})))
        for step in steps:
            total = self.point.numbers.add(total, self.value(e.body, {**values, e.letter: step}))
        return total

    @value.register
    def _(self, e: tm.SumOver, values: Mapping[str, int]) -> Any:
        total = self.point.numbers.const(np.zeros((1, 1)))
        for k in range(1, self.point.length(e.size, values) + 1):
            total = self.point.numbers.add(total, self.value(e.body, {**values, e.letter: k}))
        return total

    @value.register
    def _(self, e: tm.Prod, values: Mapping[str, int]) -> Any:
        low, high = e.lower.value(values), e.upper.value(values)
        if high < low - 1:
            raise Above("a product of negative length")
        result = self.point.numbers.const(np.eye(self._shape(e.body, {**values, e.letter: low})[0]))
        for step in range(low, high + 1):
            factor = self.value(e.body, {**values, e.letter: step})
            result = self.point.numbers.matmul(*((factor, result) if e.latest_first else (result, factor)))
        return result

    @value.register
    def _(self, e: tm.D, values: Mapping[str, int]) -> Any:
        immediate = not self.point.depth and tm.latex(e) in self.point.immediate  # what the model defines is total
        return self.point.numbers.const(self.point.derivative(e, values, immediate))


# -- truth ----------------------------------------------------------------------------------------------------------------


def fitted(e: Any) -> Any:
    """The expression with element-wise products where matrix products do not fit, and multiples where element-wise ones do not."""
    if not isinstance(e, Node):
        return e
    e = tm.rebuilt(e, fitted)
    if isinstance(e, tm.Mul) and _does_not_fit(e):
        return tm.Had(e.left, e.right)
    return multiples(e)


def multiples(e: Any) -> Any:
    """The expression with multiples for element-wise products with a scalar."""
    e = tm.rebuilt(e, multiples) if isinstance(e, Node) else e
    return tm.Mul(e.left, e.right) if isinstance(e, tm.Had) and tm.SCALAR in (e.left.shape, e.right.shape) else e


def _does_not_fit(e: Node) -> bool:
    try:
        return e.shape is None
    except tm.Clash:
        return True


def in_rows(e: Any) -> Any:
    """The expression with the derivatives of scalars by columns as rows."""
    if isinstance(e, tm.D):
        return tm.Transposed(e) if e.numerator.shape == tm.SCALAR and e.wrt.shape[1] == tm.NONE != e.wrt.shape[0] else e
    return tm.rebuilt(e, in_rows) if isinstance(e, Node) else e


@dataclass
class _Tally:
    """What the instances say under one set of meanings: the largest distance, also of those inside the range alone."""

    distance: float = 0.0
    inside: float = 0.0
    instances: int = 0
    largest: float = 0.0


def truth(
    model: Model,
    claim: Statement,
    numbers: Any,
    seed: int,
    last_steps: tuple[int, ...] = STEPS,
    zero_above: bool = False,
    sizes: tuple[int, ...] = SIZES,
    points: Points | None = None,
) -> str:
    """`true`, `false`, `clash` (shapes do not fit), `between` (too near to tell), `nothing` (no instance is defined).

    `unbound` where a letter stands for nothing;
    `above` where it is true of all instances that are defined, but the stated range has others, which a quantity above its range
    decides; `inside` where only instances below a range differ and no range is stated. Derivatives on the right are total or
    immediate, the same spelling the same throughout. `points` keeps what is computed of the model for its other claims.
    """
    points = points if points is not None else Points(model, numbers, sizes)
    try:
        if claim.left.shape != claim.right.shape:
            return "clash"
    except tm.Clash:
        return "clash"
    bound = {f.letter for f in claim.free} | {letter for letter, _ in claim.components} | {model.last}
    if not tm.open_letters((claim.left, claim.right)) <= bound:
        return "unbound"
    spellings = sorted({tm.latex(e) for e in tm.walk(claim.right) if isinstance(e, tm.D)})
    chosen = spellings[:MOST_SPELLINGS]
    answers: list[str] = []
    for open_ in product(*([False, True] for _ in chosen)):
        immediate = frozenset(s for s, flag in zip(chosen, open_, strict=True) if flag)
        try:
            with np.errstate(all="ignore"):  # what is not finite is too near to tell
                answers.append(_answer(claim, points, seed, last_steps, immediate, zero_above))
        except tm.Clash:
            return "clash"
        if answers[-1] == "true" or not model.letter:
            break
    order = ("true", "between", "above", "inside", "false", "nothing")
    return min(answers, key=order.index)


def _answer(claim: Statement, points: Points, seed: int, last_steps: tuple[int, ...], immediate: Modes, zero_above: bool) -> str:
    tally = _Tally()
    cut = False
    turns = (last_steps if points.model.letter else last_steps[:3]) * (KINKED if points.kinked else 1)
    for turn, last in enumerate(turns):
        point = points.at(last, seed * 20 + turn, zero_above)
        for values in _instances(claim, point):
            point.met_below = False
            try:
                left, right = (_value(point, *side, values) for side in ((claim.left, frozenset()), (claim.right, immediate)))
            except Above:
                cut = True
                continue
            scale = max(np.abs(left).max(), np.abs(right).max(), 1e-6)
            distance = float(np.abs(left - right).max() / scale) if np.isfinite(scale) else 0.5e-6
            tally.instances += 1
            tally.largest = max(tally.largest, float(scale))
            tally.distance = max(tally.distance, distance)
            if not point.met_below:
                tally.inside = max(tally.inside, distance)
        if tally.inside > DIFFERENT:
            break
    stated = all(f.stated for f in claim.free)
    if not tally.instances:
        return "nothing"
    if tally.distance > DIFFERENT:
        return "inside" if not stated and tally.inside <= EQUAL else "false"
    if tally.distance > EQUAL or tally.largest <= DIFFERENT:  # zero throughout, as behind dead ReLUs, tells nothing
        return "between"
    return "above" if cut and claim.free and stated else "true"


def _value(point: Point, side: Node, immediate: Modes, values: Mapping[str, int]) -> Array:
    point.immediate = immediate
    return point.numbers.number(point.base.value(side, values))


def _instances(claim: Statement, point: Point) -> Iterator[dict[str, int]]:
    found = [dict(point.steps)]
    for free in claim.free:
        found = [{**v, free.letter: k} for v in found for k in range(free.lower.value(v), free.upper.value(v) + 1)]
    for letter, size in claim.components:
        found = [{**v, letter: k} for v in found for k in range(1, point.length(size, v) + 1)]
    return iter(found)
