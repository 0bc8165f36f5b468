"""A small separate checker of symbptt's certificates: the standard library and nothing else.

    python recheck.py [--seed TEXT] FILE...

A certificate holds a claim in index notation and the evidence for its verdict. This file unrolls the equations at numbers of
steps and sizes into a list of operations (`Tape`), takes derivatives on that list, and computes

  refuted      both sides at the stated rational point in interval arithmetic, until the difference excludes 0;
  verified,    both sides at random points modulo a random prime, at every stated setting: what is not an identity of
  conditional  rational functions of free atoms passes with a probability below `RISK` (Schwartz 1980, Zippel 1979);
  proved       the same, at settings of its own choosing, where it also goes through the lines of the proof.

docs/certificates.md has the format, and what is not checked.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_CEILING, ROUND_FLOOR, Context, Decimal, DecimalException, DivisionByZero, InvalidOperation, Overflow
from fractions import Fraction
from functools import cache, reduce
from hashlib import sha256
from heapq import heappop, heappush
from itertools import combinations, count, cycle, product
from math import gcd, prod
from operator import itemgetter
from pathlib import Path
from random import Random
from secrets import randbits
from typing import Any, NamedTuple

FORMAT = 3
RISK = Fraction(1, 10**9)
LARGEST_FILE = 8_000_000  # bytes
LARGEST_INDEX = 64  # of a size or a last step
LARGEST_EXPONENT = 1_000
MOST_ENTRIES = 5  # of all instances at a setting, at which the lines of a proof are evaluated
MOST_WORK = 2_000_000  # operations, a certificate
DIGITS = (30, 60, 120, 240, 480)  # of interval arithmetic
LAYERS = (3, 2, 4, 5, 2, 3, 5, 4, 3, 2, 5)  # the size n_l of a layer is entry l + turn of this ring
Slots = tuple[int, ...]
Key = tuple[str, Slots, Slots]  # an entry: family, slots (steps, layers), components
Env = dict[str, int]


class Stop(Exception):
    """Ends a check as `unreadable`, `rejected` (it says something false) or `undecided` (beyond this checker; never a pass)."""

    def __init__(self, status: str, reason: str) -> None:
        super().__init__(reason)
        self.status = status


class Undefined(Exception):
    """No value: a quantity above its range, a reciprocal of 0, a logarithm of what is not positive."""


def digest(*parts: object) -> int:
    """A number of 256 bits that looks random and depends on nothing else."""
    return int.from_bytes(sha256(repr(parts).encode()).digest(), "little")


@dataclass
class Budget:
    """How many operations are left to a certificate."""

    left: int = MOST_WORK

    def spend(self, units: int) -> None:
        self.left -= units
        if self.left < 0:
            raise Stop("undecided", "too much to compute")


# -- 1. Operations and their derivatives --------------------------------------------------------------------------------------


class Tape:
    """A list of operations, each on earlier ones, equal ones once.

    ("num", q); ("leaf", at, key), a free entry; ("rest", at, key), 1 − the entries before it on axis `at`; ("is", x, key), one that an
    equation defines; ("add", x, …); ("mul", x, y); ("inv", x); ("fun", name, x); ("abs", name, component, orders, x, …), a partial
    derivative of an abstract function; ("d", x), a derivative.
    """

    def __init__(self, budget: Budget) -> None:
        self.ops: list[tuple[Any, ...]] = []
        self.places: dict[tuple[Any, ...], int] = {}
        self.budget = budget
        self.zero, self.one, self.minus = (self.number(x) for x in (0, 1, -1))  # the operations 0, 1 and 2

    def node(self, *op: Any) -> int:
        found = self.places.get(op)
        if found is None:
            found = self.places[op] = len(self.ops)
            self.ops.append(op)
            budget = self.budget
            budget.left -= 20 if op[0] in ("fun", "abs") else 2
            if budget.left < 0:
                budget.spend(0)
        return found

    def number(self, numerator: int | Fraction, denominator: int = 1) -> int:
        return self.node("num", Fraction(numerator, denominator))

    def add(self, terms: Sequence[int]) -> int:
        kept = [x for x in terms if x]
        return self.node("add", *kept) if len(kept) > 1 else kept[0] if kept else 0

    def mul(self, a: int, b: int) -> int:
        if a < 2 or b < 2:
            return a * b  # operation 0 is the number 0, operation 1 the number 1
        found = self.places.get(("mul", a, b))
        return self.node("mul", a, b) if found is None else found

    def minus_of(self, a: int, b: int) -> int:
        return self.zero if a == b else self.add((a, self.mul(self.minus, b)))

    def product(self, factors: Sequence[int]) -> int:
        return reduce(self.mul, factors, self.one) if len(factors) != 2 else self.mul(*factors)

    def inverse(self, x: int) -> int:
        return self.node("inv", x)

    def over(self, top: int, bottom: int) -> int:
        return self.mul(top, self.inverse(bottom))

    def power(self, x: int, exponent: int) -> int:
        if abs(exponent) > LARGEST_EXPONENT:
            raise Stop("undecided", f"the exponent {exponent} is too large")
        result, base = self.one, self.inverse(x) if exponent < 0 else x
        for bit in bin(abs(exponent))[2:]:
            result = self.product((result, result, *(base,) * (bit == "1")))
        return result

    def exp(self, x: int, times: int = 1) -> int:
        return self.power(self.node("fun", "exp", x), times)

    def slopes(self, at: int) -> list[tuple[int, int]]:
        """The operands of an operation, each with the derivative by it."""
        kind, *rest = op = self.ops[at]
        if kind == "mul":
            return [(op[1], op[2]), (op[2], op[1])]
        if kind in ("is", "add", "d"):
            return [(x, self.one) for x in (rest if kind == "add" else rest[:1])]
        if kind == "inv":
            return [(op[1], self.mul(self.minus, self.mul(at, at)))]
        if kind == "fun":
            return [(op[2], SLOPES[op[1]](self, op[2], at))] if op[1] in SLOPES else []
        if kind == "abs":
            name, component, orders, *args = rest
            more = [tuple(n + (i == j) for j, n in enumerate(orders)) for i in range(len(args))]
            return [(x, self.node("abs", name, component, orders, *args)) for x, orders in zip(args, more, strict=True)]
        return []


class Sweep:
    """The derivatives of `root` by what is below it (reverse mode), not going below where it stops, and only as far as is asked."""

    def __init__(self, tape: Tape, root: int, stops: Callable[[int], bool] = lambda node: False) -> None:
        self.tape, self.stops = tape, stops
        self.waiting: dict[int, list[int]] = {root: [tape.one]}
        self.found: dict[int, int] = {}
        self.heap = [-root]

    def by(self, source: int) -> int:
        """An operation is above all that it is on: when its turn comes, all that it contributes to is done."""
        heap, waiting, tape = self.heap, self.waiting, self.tape
        ops, mul = tape.ops, tape.mul
        while heap and -heap[0] >= source:
            at = -heappop(heap)
            if not self.stops(at):
                here = self.total(at)
                for x, slope in tape.slopes(at):
                    if x in waiting:
                        waiting[x].append(mul(here, slope))
                    elif (kind := ops[x][0]) != "num":
                        waiting[x] = [mul(here, slope)]
                        if kind not in ("leaf", "rest"):
                            heappush(heap, -x)
        return self.total(source)

    def total(self, at: int) -> int:
        if at not in self.found:
            self.found[at] = self.tape.add(self.waiting.get(at, ()))
        return self.found[at]


#: f'(x) from x and f(x); a step has none but 0.
SLOPES: dict[str, Callable[[Tape, int, int], int]] = {
    "exp": lambda t, x, y: y,
    "log": lambda t, x, y: t.inverse(x),
    "sqrt": lambda t, x, y: t.inverse(t.add((y, y))),
}
#: Functions known by name, at all their arguments; what is not here is abstract, and true of every function if of an abstract one.
KNOWN: dict[str, Callable[..., list[int]]] = {
    "identity": lambda t, x: [x],
    "exp": lambda t, x: [t.exp(x)],
    "log": lambda t, x: [t.node("fun", "log", x)],
    "sqrt": lambda t, x: [t.node("fun", "sqrt", x)],
    "step": lambda t, x: [t.node("fun", "step", x)],
    "tanh": lambda t, x: [t.over(t.add((t.exp(x, 2), t.minus)), t.add((t.exp(x, 2), t.one)))],
    "sinh": lambda t, x: [t.mul(t.number(1, 2), t.minus_of(t.exp(x), t.exp(x, -1)))],
    "cosh": lambda t, x: [t.mul(t.number(1, 2), t.add((t.exp(x), t.exp(x, -1))))],
    "sigmoid": lambda t, x: [t.inverse(t.add((t.one, t.exp(x, -1))))],
    "softplus": lambda t, x: [t.node("fun", "log", t.add((t.one, t.exp(x))))],
    "relu": lambda t, x: [t.mul(x, t.node("fun", "step", x))],
    "leaky_relu": lambda t, x: [t.mul(x, t.add((t.number(1, 100), t.mul(t.number(99, 100), t.node("fun", "step", x)))))],
    "softmax": lambda t, *xs: [t.over(t.exp(x), t.add([*map(t.exp, xs)])) for x in xs],
}


# -- 2. Three arithmetics -----------------------------------------------------------------------------------------------------


@cache
def random_prime() -> int:
    """A prime of 127 bits, another one in each run, so that no certificate can be made for it (20 rounds of Miller and Rabin)."""
    small = prod((3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73))
    while True:
        n = randbits(126) | 1 << 126 | 3  # 3 modulo 4
        if gcd(n, small) == 1 and all(pow(2 + randbits(120), n // 2, n) in (1, n - 1) for _ in range(20)):
            return n


class Residues:
    """Integers modulo a prime. Free quantities and values of functions are random, the latter equal where the arguments are.

    tanh, sigmoid and softmax are rational in exp, which is 1/exp(-x), so their relations hold. The side of its kink that a
    ReLU is on may be any number here, and the entries of a one-hot group any numbers with sum 1, if `hot` does not say which
    entry is 1: that only shows more.
    """

    def __init__(self, seed: str, prime: int, hot: Mapping[object, int] | None = None) -> None:
        self.seed, self.prime, self.hot = seed, prime, hot or {}
        self.known: dict[tuple[object, ...], int] = {("exp", 0): 1, ("log", 1): 0}
        self.drawn = Random(digest(seed, "residues"))

    def with_ones(self, hot: Mapping[object, int]) -> Residues:
        """The same with the ones of one-hot groups at these places."""
        found = Residues(self.seed, self.prime, hot)
        found.known, found.drawn = self.known, self.drawn
        return found

    def values(self, tape: Tape) -> list[int]:
        v, prime = list[int](), self.prime
        for op in tape.ops:
            kind = op[0]
            if kind == "mul":
                v.append(v[op[1]] * v[op[2]] % prime)
            elif kind == "add":
                v.append(sum([v[x] for x in op[1:]]) % prime)
            elif kind in ("is", "d"):
                v.append(v[op[1]])
            elif kind == "inv":
                v.append(self.inverse(v[op[1]]))
            elif kind == "leaf":
                v.append(self.leaf(op[1], op[2]))
            elif kind == "abs":
                v.append(self.random(*op[:4], *[v[x] for x in op[4:]]))
            elif kind == "fun":
                v.append(self.function(op[1], v[op[2]]))
            elif kind == "num":
                v.append(op[1].numerator * pow(op[1].denominator, -1, prime) % prime)
            else:
                v.append((1 - sum(self.leaf(op[1], key) for key in others(op[1], op[2]))) % prime)
        return v

    def inverse(self, value: int) -> int:
        if not value:
            raise Stop("undecided", "a reciprocal of 0")
        return pow(value, -1, self.prime)

    def leaf(self, at: int, key: Key) -> int:
        place = self.hot.get(group(at, key)) if self.hot else None
        return self.random("leaf", key) if place is None else int(place == key[2][at])

    def random(self, *key: object) -> int:
        if key not in self.known:
            self.known[key] = self.drawn.getrandbits(127) % self.prime
        return self.known[key]

    def function(self, name: str, x: int) -> int:
        negative = name == "exp" and 2 * x > self.prime
        value = self.inverse(self.random(name, self.prime - x)) if negative else self.random(name, x)
        if name == "exp":
            self.known["log", value] = x
        if name == "step":  # 1[x > 0] = 1[ReLU(x) > 0]
            self.known["step", x * value % self.prime] = value
        return value


def group(at: int, key: Key) -> tuple[str, Slots, Slots]:
    """The one-hot or normalised group that an entry is in."""
    return key[0], key[1], key[2][:-1] if at == -1 else key[2][1:]


def others(at: int, key: Key) -> list[Key]:
    """The entries before the last one of a group whose sum is 1."""
    return [(key[0], key[1], (*key[2][:-1], i) if at == -1 else (i, *key[2][1:])) for i in range(1, key[2][at])]


def degree(tape: Tape) -> int:
    """A bound of all values as fractions: the degree in the atoms + the bits of the sum of the absolute coefficients."""
    top: list[int] = []
    bottom: list[int] = []
    for op in tape.ops:
        kind, a, b = op[0], 1, int(op[0] == "fun")
        if kind == "mul":
            a, b = top[op[1]] + top[op[2]], bottom[op[1]] + bottom[op[2]]
        elif kind == "add":
            b = sum([bottom[x] for x in op[1:]])
            a = max([top[x] - bottom[x] for x in op[1:]]) + b + len(op).bit_length()
        elif kind in ("is", "d"):
            a, b = top[op[1]], bottom[op[1]]
        elif kind == "inv":
            a, b = bottom[op[1]], top[op[1]]
        elif kind == "num":
            a, b = max(abs(op[1].numerator) - 1, 0).bit_length(), (op[1].denominator - 1).bit_length()
        elif kind == "rest":
            a = 1 + op[2][2][op[1]].bit_length()
        top.append(a)
        bottom.append(b)
        if a + b > 1 << 90:
            raise Stop("undecided", "the degrees are too large for random points")
    return max(top)


class Interval(NamedTuple):
    """All reals from low to high."""

    low: Decimal
    high: Decimal


class Intervals:
    """Interval arithmetic at a point: every operation rounds outwards; exp, ln and sqrt of `decimal` are correctly rounded."""

    def __init__(self, digits: int, point: Point) -> None:
        traps = [InvalidOperation, DivisionByZero, Overflow]
        self.down, self.up = (Context(digits, way, -(10**15), 10**15, traps=traps) for way in (ROUND_FLOOR, ROUND_CEILING))
        self.point = point

    def values(self, tape: Tape) -> list[Interval]:
        """The interval of each operation; one that has no value, of which nothing may be asked then, is no number."""
        v: list[Interval] = []
        for op in tape.ops:
            try:
                match op:
                    case ("mul", a, b):
                        v.append(self.product(v[a], v[b]))
                    case ("add", *terms):
                        v.append(self.sum([v[x] for x in terms]))
                    case ("is" | "d", x, *_):
                        v.append(v[x])
                    case ("inv", x):
                        v.append(self.inverse(v[x]))
                    case ("fun", name, x):
                        v.append(self.function(name, v[x]))
                    case ("abs", name, component, orders, *args):
                        v.append(self.abstract(name, component, orders, [v[x] for x in args]))
                    case ("num", value):
                        v.append(self.number(value))
                    case (kind, at, key):
                        leaf = self.point.leaf
                        v.append(self.number(leaf(key) if kind == "leaf" else 1 - sum(map(leaf, others(at, key)), Fraction(0))))
            except (Undefined, DecimalException):
                v.append(Interval(Decimal("NaN"), Decimal("NaN")))
        return v

    def number(self, value: Fraction) -> Interval:
        parts = Decimal(value.numerator), Decimal(value.denominator)
        return Interval(self.down.divide(*parts), self.up.divide(*parts))

    def sum(self, values: Sequence[Interval]) -> Interval:
        low, high = values[0]
        for x in values[1:]:
            low, high = self.down.add(low, x.low), self.up.add(high, x.high)
        return Interval(low, high)

    def product(self, a: Interval, b: Interval) -> Interval:
        return Interval(min(self.down.multiply(x, y) for x in a for y in b), max(self.up.multiply(x, y) for x in a for y in b))

    def inverse(self, x: Interval) -> Interval:
        if x.low <= 0 <= x.high:
            raise Undefined
        return Interval(self.down.divide(Decimal(1), x.high), self.up.divide(Decimal(1), x.low))

    def abstract(self, name: str, component: Slots, orders: Slots, values: Sequence[Interval]) -> Interval:
        """A partial derivative of the polynomial that stands for a function."""
        total = [self.number(Fraction(0))]
        for powers, coefficient in self.point.polynomial(name, component, len(values)):
            falling = prod(prod(range(e - order + 1, e + 1)) if e >= order else 0 for e, order in zip(powers, orders, strict=True))
            term = self.number(coefficient * falling)
            for x, e, order in zip(values, powers, orders, strict=True):
                for _ in range(e - order if falling else 0):
                    term = self.product(term, x)
            total.append(term)
        return self.sum(total)

    def function(self, name: str, x: Interval) -> Interval:
        if name != "exp" and x.low <= 0 and (name != "step" or x.high >= 0):
            raise Undefined
        if name == "step":
            return self.number(Fraction(int(x.low > 0)))
        low, high = (getattr(c, {"log": "ln"}.get(name, name))(end) for c, end in ((self.down, x.low), (self.up, x.high)))
        return Interval(low.next_minus(self.down), high.next_plus(self.up))


Polynomial = list[tuple[Slots, Fraction]]


@dataclass
class Point:
    """Values of free quantities, and polynomials for abstract functions; `seed` makes up what is not listed."""

    values: Mapping[Key, Fraction]
    functions: Mapping[tuple[str, Slots, int], Polynomial]
    seed: str = ""

    def small(self, *key: object) -> Fraction:
        number = digest(self.seed, key)
        return Fraction((-1) ** number * (1 + number // 2 % 4), 1 + number // 8 % 4)

    def leaf(self, key: Key) -> Fraction:
        if key not in self.values and not self.seed:
            raise Stop("rejected", f"the point has no value of {shown_key(key)}")
        return self.values[key] if key in self.values else self.small(key)

    def polynomial(self, name: str, component: Slots, arity: int) -> Polynomial:
        key = (name, component, arity)
        if key not in self.functions and not self.seed:
            raise Stop("rejected", f"the point has no polynomial for {name}")
        if key in self.functions:
            return self.functions[key]
        powers = [tuple((a == i) + (a == j) for a in range(arity)) for i in range(arity) for j in range(-1, i + 1)]
        return [(e, self.small(key, e)) for e in powers]


# -- 3. Index notation at one setting -----------------------------------------------------------------------------------------

RELATIONS: dict[str, Callable[[int, int], bool]] = {"=": int.__eq__, "!=": int.__ne__, "<": int.__lt__, "<=": int.__le__}
Rule = Callable[["World", Env], Any]


def words(e: Any) -> set[str]:
    """All strings in a piece of JSON, among them every name that it depends on."""
    parts = [e]
    for part in parts:
        parts += part if type(part) is list else ()
    return {part for part in parts if type(part) is str}


class World:
    """The model of one reading at one setting; `formal` takes entries, functions and derivatives as atoms without meaning."""

    def __init__(self, model: Model, setting: Mapping[str, Any], budget: Budget, formal: bool = False) -> None:
        self.model, self.setting, self.budget, self.formal = model, setting, budget, formal
        self.sizes: Env = dict(setting["values"])
        self.tape = Tape(budget)
        self.entries: dict[Key, int] = {}
        self.kept: defaultdict[object, dict[object, Any]] = defaultdict(dict)
        self.free: set[Key] = set()
        self.reached: set[Key] | None = None
        self.building: list[Key] = []

    def assignments(self, free: Sequence[Any]) -> Iterator[Env]:
        """The values of free indices [name, lower, upper, …]; a range may depend on the indices before it."""
        found: list[Env] = [dict(self.sizes)]
        for name, lower, upper, *wide in free:
            ends, reach = self.model.indices([lower, upper]), 2 * (wide[-1:] == [True])
            found = [{**env, name: k} for env in found for k in self.range(*[*ends(self, env), reach])]
        yield from found

    def range(self, lower: int, upper: int, wider: int = 0) -> range:
        found = range(lower - wider, upper + 1 + wider)
        self.budget.spend(max(0, found.stop - found.start))
        return found

    def indexed(self, name: str, indices: Slots) -> int:
        """A label y_i or a size n_l."""
        at = sum(indices) + int(self.setting["turn"])
        low, high = self.model.labels[name](self, self.sizes) if name in self.model.labels else (0, 0)
        return int(low + at % max(high - low + 1, 1)) if name in self.model.labels else LAYERS[at % len(LAYERS)]

    def entry(self, name: str, slots: Slots, components: Slots, by: bool = False) -> int:
        """One entry, made once; what is differentiated by is a variable of its own."""
        key = (name, slots, components)
        found = self.entries.get(key)
        if found is None:
            if key in self.building:
                raise Stop("rejected", f"{shown_key(key)} is defined by itself")
            self.budget.spend(5)
            found = self.entries[key] = self.tape.node("leaf", -1, key) if self.formal else self.build(key, by)
        return found

    def build(self, key: Key, by: bool) -> int:
        name, slots, components = key
        family = self.model.families[name]
        local = {**self.sizes, **dict(zip(family.letters, slots, strict=True))}
        axes = family.axes(self, local)
        for component, size in zip(components, axes, strict=True):
            if not 1 <= component <= size:
                raise Stop("rejected", f"{shown_key(key)} is outside its axis") if self.building else Undefined
        for letters, names, where, body in family.equations:
            env = {**self.sizes, **dict(zip(letters, slots, strict=True)), **dict(zip(names, components, strict=True))}
            if where(self, env):
                self.building.append(key)
                try:
                    return self.tape.node("is", body(self, env), key)
                finally:
                    self.building.pop()
        for declared, slot in zip(family.slots, slots, strict=True):
            if declared is not None and slot > declared(self, self.sizes)[1]:
                if self.model.data["above"] == "zero":
                    return self.tape.node("is", self.tape.zero, key)
                raise Undefined
        if not self.building and slots and family.equations and (by or family.derived) and key not in self.reach():
            raise Undefined
        self.free.add(key)
        at = self.model.along.get(name)
        return self.tape.node("leaf" if at is None or components[at] != axes[at] else "rest", at or -1, key)

    def reach(self) -> set[Key]:
        """The free entries that the equations use inside the declared ranges."""
        if self.reached is None:
            world = World(self.model, self.setting, self.budget)
            world.reached = set()
            for name, family in self.model.families.items():
                axes = [(f"#{i}", 1, axis) for i, axis in enumerate(family.data["axes"])]
                ranges = [(a, *(ends or (0, 0))) for a, ends in zip(family.letters, family.data["slots"], strict=True)]
                for env in world.assignments([*ranges, *axes]):
                    try:
                        world.entry(name, tuple(env[a] for a in family.letters), tuple(env[a] for a, *_ in axes))
                    except (Undefined, Stop):
                        continue
            self.reached = world.free | self.free
        return self.reached

    def keep(self, place: object, make: Callable[[], Any]) -> Any:
        known = self.kept["other"]
        if place not in known:
            known[place] = make()
        return known[place]

    def differentiated(self, root: int, by: tuple[str, Slots, Slots], kind: str, among: frozenset[Any], whole: bool) -> int:
        """The derivative by an entry, through what is not held; `whole` where an entry itself is differentiated."""
        if self.formal:
            return self.tape.node("leaf", -1, ("d", (root,), by))
        source = self.entry(*by, by=True)

        def stops(node: int) -> bool:
            op = self.tape.ops[node]
            if op[0] == "d":
                raise Stop("undecided", "a derivative inside an immediate one")
            if op[0] not in ("is", "leaf", "rest") or (whole and node == root):
                return False
            family, slots, _ = op[-1]
            return family in among if kind == "held" else not among.issuperset(slots)

        place = ("d", root, kind, among, whole)
        sweep = self.keep(place, lambda: Sweep(self.tape, root) if kind == "total" else Sweep(self.tape, root, stops))
        return self.tape.node("d", sweep.by(source))

    def applied(self, name: str, args: tuple[int, ...], at: Slots, by: Sequence[int], slots: Slots) -> int:
        """A function's value, or its derivative by the arguments at the positions `by`, which are then variables of their own."""
        known = None if self.formal else self.model.definitions.get(name) or KNOWN.get(name)
        if known is None:
            orders = tuple(by.count(i) for i in range(len(args)))
            return self.tape.node("abs", name + "".join(f"@{slot}" for slot in slots), at, orders, *args)
        if (name == "softmax") != (len(at) == 1) or (at and not 1 <= at[0] <= len(args)):
            raise Stop("rejected", f"{name} of {len(args)} entries has no component {at}")
        inner = tuple(self.tape.node("is", x, ("", (), (i,))) for i, x in enumerate(args)) if by else args
        result = self.keep((name, inner), lambda: known(self.tape if name not in self.model.definitions else self, *inner))[
            at[0] - 1 if at else 0
        ]
        for position in by:
            result = Sweep(self.tape, result, inner.__contains__).by(inner[position])
        return int(result)


@dataclass
class Family:
    """A quantity, its equations compiled: letters of the slots, names of the components, where it holds, what it is equal to."""

    data: Mapping[str, Any]
    letters: Sequence[str]
    slots: Sequence[Rule | None]
    axes: Rule
    derived: bool
    equations: list[tuple[Sequence[str], Sequence[str], Rule, Rule]] = field(default_factory=list)


class Model:
    """The model of a certificate with all its expressions made into functions of a world and the values of their indices."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        self.data, self.numbers = data, count()
        self.families, facts = dict[str, Family](), data["facts"]
        self.along = {name: -2 if name in facts["columnwise"] else -1 for name in (*facts["one_hot"], *facts["normalised"])}
        for name, family in data["families"].items():
            slots = [None if ends is None else self.indices(ends) for ends in family["slots"]]
            if len(slots) != len(family["letters"]):
                raise Stop("unreadable", f"{name} has another number of slots than letters")
            found = data["equations"].get(name, ())
            if any((len(q["letters"]), len(q["components"])) != (len(slots), len(family["axes"])) for q in found):
                raise Stop("unreadable", f"an equation of {name} has another number of indices")
            derived = any(q["body"][0] == "d" for q in found)
            made = self.families[name] = Family(family, family["letters"], slots, self.indices(family["axes"]), derived)
            made.equations += [(q["letters"], q["components"], self.where(q["where"]), self.value(q["body"])) for q in found]
        self.labels = {name: self.indices(ends) for name, ends in data["labels"].items()}
        self.definitions: dict[str, Callable[..., list[int]]] = {
            name: self.defined(d["variable"], self.value(d["body"], d["variable"])) for name, d in data["definitions"].items()
        }

    def defined(self, variable: str, body: Rule) -> Callable[..., list[int]]:
        return lambda world, x: [body(world, {**world.sizes, "=" + variable: x})]

    def index(self, e: Any) -> Rule:
        """A number, a name, or ["lin", constant, [[name or [name, [index, …]], factor], …]]."""
        if type(e) is int:
            return lambda w, env: e
        if type(e) is str:
            return lambda w, env: env[e]
        _, constant, terms = e
        if all(type(atom) is str for atom, _ in terms):
            if len(terms) == 1 and terms[0][1] == 1:
                name = terms[0][0]
                return lambda w, env: env[name] + constant
            return lambda w, env: sum([factor * env[atom] for atom, factor in terms], constant)
        parts = [(self.index(a) if type(a) is str else self.looked_up(a[0], self.indices(a[1])), factor) for a, factor in terms]
        return lambda w, env: sum([factor * atom(w, env) for atom, factor in parts], constant)

    def looked_up(self, name: str, indices: Rule) -> Rule:
        return lambda w, env: w.indexed(name, indices(w, env))

    def indices(self, found: Sequence[Any]) -> Rule:
        rules = [self.index(e) for e in found]
        if not rules:
            return lambda w, env: ()
        if len(rules) == 1:
            only = rules[0]
            return lambda w, env: (only(w, env),)
        if len(rules) == 2:
            first, second = rules
            return lambda w, env: (first(w, env), second(w, env))
        return lambda w, env: tuple([rule(w, env) for rule in rules])

    def where(self, conditions: Sequence[Any]) -> Rule:
        rules = [(self.index(a), RELATIONS[relation], self.index(b)) for a, relation, b in conditions]
        if not rules:
            return lambda w, env: True
        return lambda w, env: all(holds(a(w, env), b(w, env)) for a, holds, b in rules)

    def once(self, e: Any, rule: Rule) -> Rule:
        """Computed once for each value of the indices that it names; in one place the same names have values every time."""
        place = next(self.numbers)
        values: list[Callable[[Env], Any]] = []

        def kept(w: World, env: Env) -> Any:
            if not values:
                names = [*(words(e) & env.keys()), *(x for x in env if x[0] == "=")]
                values.append(itemgetter(*names) if names else lambda env: ())
            known, at = w.kept[place], values[0](env)
            found = known.get(at)
            if found is None:
                found = known[at] = rule(w, env)
            return found

        return kept

    def value(self, e: Any, variable: str = "") -> Rule:
        """An expression; `variable` is the argument of the function whose definition it stands in."""
        return RULES[e[0]](self, variable, *e[1:])

    def number(self, variable: str, text: str) -> Rule:
        value = Fraction(text)
        return lambda w, env: w.tape.node("num", value)

    def counted(self, variable: str, e: Any) -> Rule:
        index = self.index(e)
        return lambda w, env: w.tape.number(index(w, env))

    def at(self, variable: str, name: str, slots: Any, components: Any) -> Rule:
        if name == variable:
            return lambda w, env: env["=" + name]
        at, of = self.indices(slots), self.indices(components)
        return lambda w, env: w.entry(name, at(w, env), of(w, env))

    def add(self, variable: str, terms: Any) -> Rule:
        rules = [self.value(term, variable) for term in terms]
        return lambda w, env: w.tape.add([rule(w, env) for rule in rules])

    def mul(self, variable: str, factors: Any) -> Rule:
        rules = [self.value(factor, variable) for factor in factors]
        if len(rules) == 2:
            first, second = rules
            return lambda w, env: w.tape.mul(first(w, env), second(w, env))
        return lambda w, env: w.tape.product([rule(w, env) for rule in rules])

    def power(self, variable: str, base: Any, exponent: Any) -> Rule:
        body, power = self.value(base, variable), self.index(exponent)
        return lambda w, env: w.tape.power(body(w, env), power(w, env))

    def folded(self, kind: str, variable: str, letter: str, lower: Any, upper: Any, where: Any, body: Any) -> Rule:
        ends, holds, inner = self.indices([lower, upper]), self.where(where), self.value(body, variable)

        def rule(w: World, env: Env) -> int:
            found = w.range(*ends(w, env))
            if kind == "prod" and found.stop < found.start:
                raise Undefined
            local = dict(env)
            values: list[int] = []
            for local[letter] in found:
                if not where or holds(w, local):
                    values.append(inner(w, local))
            return w.tape.add(values) if kind == "sum" else w.tape.product(values)

        return self.once([lower, upper, where, body], rule)

    def chain(self, variable: str, letter: str, lower: Any, upper: Any, rows: Any, columns: Any, sizes: Any, body: Any, *ends: Any) -> Rule:
        """An entry of an ordered product of matrices, factor by factor; empty, it is the identity."""
        limits, row_of, column_of, inner = self.indices([lower, upper]), *map(self.indices, ends[:2]), self.value(body, variable)
        axes = self.indices(sizes)

        def multiplied(w: World, env: Env) -> tuple[range, dict[Slots, int]]:
            steps, current = w.range(*limits(w, env)), {row_of(w, env): w.tape.one}
            if steps.stop < steps.start:
                raise Undefined
            for k in reversed(steps) if ends[2] else steps:
                local = {**env, letter: k}
                found: dict[Slots, int] = {}
                for j in product(*(w.range(1, size) for size in axes(w, local))):
                    at = [({**local, **dict(zip(rows + columns, i + j, strict=True))}, x) for i, x in current.items()]
                    found[j] = w.tape.add([w.tape.mul(x, inner(w, there)) for there, x in at])
                current = found
            return steps, current

        whole = self.once([lower, upper, sizes, body, ends[0]], multiplied)

        def rule(w: World, env: Env) -> int:
            (steps, found), column = whole(w, env), column_of(w, env)
            return int(found[column] if steps else found.get(column, w.tape.zero))

        return rule

    def cases(self, variable: str, branches: Any, otherwise: Any) -> Rule:
        rules = [(self.where(where), self.value(body, variable)) for where, body in branches]
        last = None if otherwise is None else self.value(otherwise, variable)

        def rule(w: World, env: Env) -> int:
            body = next((body for holds, body in rules if holds(w, env)), last)
            if body is None:
                raise Undefined
            return int(body(w, env))

        return rule

    def apply(self, variable: str, name: str, arguments: Any, component: Any, partial: Any, order: int, slots: Any) -> Rule:
        given = [(letters, self.indices(sizes), self.value(body, variable)) for letters, sizes, body in arguments]
        at, which, by = self.indices(component), self.indices(slots), [(i, self.indices(place)) for i, place in partial]

        def entries(w: World, env: Env) -> tuple[tuple[int, ...], list[dict[Slots, int]]]:
            """The entries of all arguments in one list, and where in it each entry of each argument is."""
            args: list[int] = []
            places: list[dict[Slots, int]] = []
            for letters, sizes, body in given:
                places.append({})
                for i in product(*(w.range(1, size) for size in sizes(w, env))):
                    places[-1][i] = len(args)
                    args.append(body(w, {**env, **dict(zip(letters, i, strict=True))}))
            return tuple(args), places

        whole = self.once(arguments, entries)

        def rule(w: World, env: Env) -> int:
            args, places = whole(w, env)
            positions = [0] * order + [places[i][place(w, env)] for i, place in by]
            return w.applied(name, args, at(w, env), positions, which(w, env))

        return self.once([arguments, component, partial, slots], rule)

    def derivative(self, variable: str, numerator: Any, by: Any, held: Any) -> Rule:
        top, family, slots, components = self.value(numerator, variable), by[1], self.indices(by[2]), self.indices(by[3])
        kind, whole = "steps" if held[0] == "latest" else held[0], numerator[0] == "at"
        steps = self.indices(held[1] if kind == "steps" else [])

        def rule(w: World, env: Env) -> int:
            among = frozenset(steps(w, env)) if kind == "steps" else frozenset(held[1] if kind == "held" else ())
            among = frozenset({max(among or {0})}) if held[0] == "latest" else among
            wanted = family, slots(w, env), components(w, env)
            return w.differentiated(top(w, env), wanted, kind, among, whole)

        return self.once([numerator, by, held], rule)


RULES: dict[str, Callable[..., Rule]] = {
    "num": Model.number,
    "index": Model.counted,
    "at": Model.at,
    "add": Model.add,
    "mul": Model.mul,
    "pow": Model.power,
    "sum": lambda m, *parts: m.folded("sum", *parts),
    "prod": lambda m, *parts: m.folded("prod", *parts),
    "chain": Model.chain,
    "cases": Model.cases,
    "apply": Model.apply,
    "d": Model.derivative,
}


# -- 4. The form of a certificate ---------------------------------------------------------------------------------------------


class Table(NamedTuple):
    """An object of things of one form, by name."""

    form: Any


def fits(e: Any, form: Any) -> bool:
    """A form is a name of `FORMS`, [form] for a list, (form, …) for a row, a table, or an object with at least these fields."""
    if type(form) is str:
        return FORMS[form](e) or fail(e)
    if type(form) is list:
        return (type(e) is list and all(fits(x, form[0]) for x in e)) or fail(e)
    if type(form) is tuple:
        return (type(e) is list and len(e) == len(form) and all(map(fits, e, form))) or fail(e)
    if type(e) is not dict:
        return fail(e)
    return all(fits(x, form.form) for x in e.values()) if type(form) is Table else all(fits(e.get(key), f) for key, f in form.items())


def fail(e: Any) -> bool:
    raise Stop("unreadable", f"not in the form of a certificate: {json.dumps(e)[:80]}")


def is_held(e: Any) -> bool:
    return e == ["total"] or (fits(e[:1], ["s"]) and e[0] in ("steps", "latest", "held") and fits(e[1:], (["si"[e[0] != "held"]],)))


def is_index(e: Any) -> bool:
    return type(e) in (int, str) or (fits(e, ("s", "k", ["m"])) and e[0] == "lin")


#: Texts, integers, small numbers, truths, rationals, relations, indices, terms of indices, expressions, what a derivative holds; or null.
FORMS: dict[str, Callable[[Any], bool]] = {
    "s": lambda e: type(e) is str,
    "k": lambda e: type(e) is int,
    "n": lambda e: type(e) is int and 0 <= e <= LARGEST_INDEX,
    "b": lambda e: type(e) is bool,
    "q": lambda e: type(e) is str and re.fullmatch(r"-?\d{1,2000}(/[1-9]\d{0,1999})?", e) is not None,
    "r": lambda e: type(e) is str and e in RELATIONS,
    "i": is_index,
    "m": lambda e: type(e) is list and len(e) == 2 and fits(e[0], "s" if type(e[0]) is str else ("s", ["i"])) and fits(e[1], "k"),
    "e": lambda e: type(e) is list and len(e) > 0 and type(e[0]) is str and e[0] in PARTS and fits(e[1:], PARTS[e[0]]),
    "@": lambda e: fits(e, "e") and e[0] == "at",
    "h": lambda e: type(e) is list and is_held(e),
    "e?": lambda e: e is None or fits(e, "e"),
    "ii?": lambda e: e is None or fits(e, ("i", "i")),
    "evidence": lambda e: fits(e, CLAIM) and (fits(e["point"], POINT) if "point" in e else fits(e, EQUAL)),
}
WHERE = [("i", "r", "i")]
#: The parts of each kind of expression.
PARTS: dict[str, tuple[Any, ...]] = {
    "num": ("q",),
    "index": ("i",),
    "at": ("s", ["i"], ["i"]),
    "add": (["e"],),
    "mul": (["e"],),
    "pow": ("e", "i"),
    "sum": ("s", "i", "i", WHERE, "e"),
    "prod": ("s", "i", "i", WHERE, "e"),
    "chain": ("s", "i", "i", ["s"], ["s"], ["i"], "e", ["i"], ["i"], "b"),
    "cases": ([(WHERE, "e")], "e?"),
    "apply": ("s", [(["s"], ["i"], "e")], ["i"], [("n", ["i"])], "n", ["i"]),
    "d": ("e", "@", "h"),
}
SETTING = {"values": Table("n"), "turn": "n"}
SIDE = {"variables": ["s"], "axes": ["i"], "body": "e"}
LINE = {"rule": "s", "from": "k", "where": WHERE, "times": "e?", "terms": "e"}
CLAIM: dict[str, Any] = {"model": "n", "free": [("s", "i", "i", "s", "b")], "where": WHERE, "sides": [SIDE]}
EQUAL: dict[str, Any] = {
    "settings": [{**SETTING, "instances": "k", "undefined": "k"}],
    "proofs": [{"left": "n", "right": "n", "variables": ["s"], "lines": [LINE]}],
}
POINT: dict[str, Any] = {"setting": SETTING, "indices": Table("k"), "entry": ["k"], "values": [("s", ["k"], ["k"], "q")]} | {
    "functions": [("s", ["k"], "n", [(["n"], "q")])],
    **dict.fromkeys(("left", "right", "difference"), ("q", "q")),
}
ASSUMED = {"free": [("s", "i", "i")], "left": "e", "right": "e"}
MODEL = {
    "families": Table({"letters": ["s"], "slots": ["ii?"], "axes": ["i"]}),
    "equations": Table([{"letters": ["s"], "components": ["s"], "where": WHERE, "body": "e"}]),
    "definitions": Table({"variable": "s", "body": "e"}),
    "last_steps": ["s"],
    "labels": Table(("i", "i")),
    "facts": {"normalised": ["s"], "one_hot": ["s"], "columnwise": ["s"], "positive": ["s"], "nonzero": ["s"], "equations": [ASSUMED]},
    "above": "s",
}
CERTIFICATE = {"verdict": "s", "method": "s", "assumptions": ["s"], "readings": "k", "models": [MODEL], "evidence": ["evidence"]} | {
    "clashes": [("s", (["i"], ["i"]), (["i"], ["i"]))],  # an operation and two shapes, rows and columns
}


# -- 5. What is accepted ------------------------------------------------------------------------------------------------------


def shown_key(key: Any) -> str:
    return str(key[0]) + "".join(f"{a}{','.join(map(str, part))}{b}" for part, a, b in ((key[1], "_{", "}"), (key[2], "[", "]")) if part)


class Claim:
    """A part of the evidence, its sides and the lines of its proofs made into functions."""

    def __init__(self, model: Model, data: Mapping[str, Any]) -> None:
        self.model, self.data, self.where = model, data, model.where(data["where"])
        self.sides = [(s["variables"], model.indices(s["axes"]), model.value(s["body"])) for s in data["sides"]]
        self.proofs = [Proof(model, proof) for proof in data.get("proofs", ())]

    def entries(self, world: World, env: Env, entry: Sequence[int] | None = None) -> list[dict[Slots, int]]:
        """For each side all its entries, or one."""
        found: list[dict[Slots, int]] = []
        for variables, axes, body in self.sides:
            places = [world.range(1, axis) for axis in axes(world, env)]
            if entry is not None and not all(i in axis for i, axis in zip(entry, places, strict=True)):
                raise Stop("rejected", "the claim has no such entry")
            wanted = product(*places) if entry is None else [tuple(entry)]
            found.append({at: body(world, {**env, **dict(zip(variables, at, strict=True))}) for at in wanted})
        return found

    def instances(self, world: World) -> Iterator[tuple[Env, list[dict[Slots, int]] | None]]:
        """The values of the free indices for which it is made, with all entries of its sides, if they have values."""
        for env in world.assignments(self.data["free"]):
            if self.where(world, env):
                try:
                    yield env, self.entries(world, env)
                except Undefined:
                    yield env, None


class Proof:
    """Lines, each a sum of terms that equals an earlier one (times a factor that is not 0) where its conditions hold; ends are 0."""

    def __init__(self, model: Model, data: Mapping[str, Any]) -> None:
        self.left, self.right, self.variables = data["left"], data["right"], data["variables"]
        self.lines = [
            (model.where(line["where"]), None if line["times"] is None else model.value(line["times"]), model.value(line["terms"]))
            for line in data["lines"]
        ]
        self.after: dict[int, list[int]] = {}
        for number, line in enumerate(data["lines"]):
            if not -1 <= line["from"] < number:
                raise Stop("rejected", "a line of a proof comes from no earlier one")
            self.after.setdefault(line["from"], []).append(number)

    def obligations(self, world: World, formal: World, env: Env, goal: int, at: int = -1) -> Iterator[tuple[World, int, bool]]:
        """In which world which number must be 0 (or not, if told) for the lines after one to show that `goal` is 0."""
        after = [number for number in self.after.get(at, ()) if self.lines[number][0](world, env)]
        if not after:
            raise Stop("rejected", "its proof leaves out a case")
        for number in after:
            _, times, terms = self.lines[number]
            here, before = terms(world, env), goal
            if times is not None:
                yield world, (factor := times(world, env)), False
                before = world.tape.mul(factor, goal)
            yield world, world.tape.minus_of(here, before), True
            if number in self.after:
                yield from self.obligations(world, formal, env, here, number)
            else:
                yield formal, terms(formal, env), True


class Outcome(NamedTuple):
    """What became of a claim at one setting."""

    instances: list[Env]
    undefined: int
    risk: Fraction
    alive: bool  # whether anything that was compared is not 0


def equal_at(claim: Claim, setting: Any, seed: str, prime: int, budget: Budget, entries: int) -> Outcome:
    """All sides are equal at one setting, for every entry of every instance, and the lines of its proofs for so many of these."""
    world, formal = (World(claim.model, setting, budget, formal) for formal in (False, True))
    same, compared, found = list[int](), set[int](), list[Env]()
    told: list[tuple[World, int, bool]] = []
    met: list[tuple[int, Env, list[dict[Slots, int]], Slots]] = []
    undefined = 0
    for env, sides in claim.instances(world):
        if sides is None:
            undefined += 1
            continue
        found.append(env)
        if len({frozenset(side) for side in sides}) > 1:
            raise Stop("rejected", "the sides have different shapes")
        compared.update(x for side in sides for x in side.values())
        same += [world.tape.minus_of(side[at], first) for side in sides[1:] for at, first in sides[0].items()]
        if entries:
            met += [(len(found), env, sides, at) for at in sides[0]]
    free = [name for name, *_ in claim.data["free"]]
    kinds: Counter[Slots] = Counter()  # conditions compare indices, so places where these stand in another order come first
    drawn = []
    Random(digest(seed, "entries")).shuffle(met)
    for place in met:
        indices = (*(place[1][name] for name in free), *place[3])
        kind = tuple((a > b) - (a < b) for a, b in combinations(indices, 2))
        drawn.append((kinds[kind], place))
        kinds[kind] += 1
    for proof in claim.proofs:
        for _, (_, env, sides, at) in sorted(drawn, key=itemgetter(0))[:entries]:
            inner = {**env, **dict(zip(proof.variables, at, strict=True))}
            try:
                told += proof.obligations(world, formal, inner, world.tape.minus_of(sides[proof.left][at], sides[proof.right][at]))
            except Undefined:
                raise Stop("undecided", "a line of its proof has no value") from None
    arithmetic = Residues(seed, prime)
    value = arithmetic.values(world.tape)
    wrong = [x for x in same if value[x]]
    if wrong and not one_hot_zero(world, wrong, arithmetic):
        if not any(claim.model.data["facts"].values()) and differs_at(claim, setting, seed, budget):
            raise Stop("rejected", f"the sides differ at {setting['values']}")
        raise Stop("undecided", f"the sides differ at {setting['values']} for all that free residues show")
    wrong = [x for w, x, zero in told if zero and w is world and value[x]]
    ends = Residues(seed, prime).values(formal.tape)
    failed = any(ends[x] if w is formal else not zero and not value[x] for w, x, zero in told)
    if failed or (wrong and not one_hot_zero(world, wrong, arithmetic)):
        raise Stop("rejected", f"a line of its proof is wrong at {setting['values']}")
    largest = max(degree(world.tape), degree(formal.tape))
    chance = Fraction(largest * (1 + len(arithmetic.known)) ** 2, 1 << 118)
    return Outcome(found, undefined, chance, any(value[x] for x in compared))


def one_hot_zero(world: World, nodes: Sequence[int], arithmetic: Residues) -> bool:
    """Whether nodes are 0 wherever the ones of the one-hot groups below them stand: points decide what obeys y² = y."""
    tape, hot = world.tape, world.model.data["facts"]["one_hot"]
    by_groups: dict[tuple[Any, ...], list[int]] = {}
    for node in nodes if hot else ():
        sweep = Sweep(tape, node)
        sweep.by(0)
        below = [tape.ops[x] for x in sweep.waiting]
        met = {group(op[1], op[2]) for op in below if op[0] in ("leaf", "rest") and op[2][0] in hot}
        by_groups.setdefault(tuple(sorted(met)), []).append(node)
    for groups, found in by_groups.items():
        families = [(world.model.families[name], slots, world.model.along[name]) for name, slots, _ in groups]
        sizes = [f.axes(world, {**world.sizes, **dict(zip(f.letters, slots, strict=True))})[at] for f, slots, at in families]
        world.budget.spend(prod(sizes) * len(tape.ops))
        for ones in product(*(range(1, size + 1) for size in sizes)):
            value = arithmetic.with_ones(dict(zip(groups, ones, strict=True))).values(tape)
            if any(value[x] for x in found):
                return False
    return bool(hot)


def differs_at(claim: Claim, setting: Any, seed: str, budget: Budget) -> bool:
    """Whether the sides certainly differ at a real point of the checker's own."""
    world = World(claim.model, setting, budget)
    found = [sides for _, sides in claim.instances(world) if sides is not None]
    nodes = [world.tape.minus_of(side[at], first) for sides in found for side in sides[1:] for at, first in sides[0].items()]
    for k in range(6):
        try:
            value = Intervals(60, Point({}, {}, f"{seed} {k}")).values(world.tape)
            if any(not value[x].low <= 0 <= value[x].high for x in nodes):
                return True
        except (Undefined, DecimalException):
            continue
    return False


def check_equal(certificate: Mapping[str, Any], seed: str, budget: Budget) -> str:
    """`verified`, `conditional`, `proved`."""
    if (certificate["verdict"] == "conditional") != bool(certificate["assumptions"]):
        raise Stop("rejected", "`conditional` needs assumptions, `verified` and `proved` have none")
    parts = enumerate(certificate["evidence"])
    told = [check_sides(certificate, claim, number == 0, f"{seed} {number}", budget) for number, claim in parts]
    if not told:
        raise Stop("undecided", "it has no evidence")
    return "; ".join(told)


def check_sides(certificate: Mapping[str, Any], data: Mapping[str, Any], first: bool, seed: str, budget: Budget) -> str:
    """All sides of one formula, at all its settings; the scope is that of the first formula."""
    model = Model(certificate["models"][data["model"]])
    facts = sum(len(found) for kind, found in model.data["facts"].items() if kind != "columnwise")
    if len(data["sides"]) < 2 or (facts > len(certificate["problem"].get("assume", ())) and certificate["verdict"] != "conditional"):
        raise Stop("rejected", "a claim has two sides and uses no more facts than its problem assumes")
    settings, last_steps = data["settings"], set(model.data["last_steps"])
    claim = Claim(model, data)
    least = -1 if claim.proofs else 0  # what is proved may be tried with sizes of 1 as well
    for kind, names in (("steps", last_steps), ("sizes", settings[0]["values"].keys() - last_steps)):
        covered = sorted(sorted({s["values"][name] for s in settings}) for name in names)
        if (first and covered != sorted(certificate["scope"][kind].values())) or (kind == "sizes" and [x for x in covered if x[least] < 2]):
            raise Stop("rejected", f"the {kind} in its scope are not those of its settings, or less than 2")
    seen: list[Env] = []
    proved, prime = certificate["verdict"] == "proved", random_prime()
    compared: list[Outcome] = []
    for number, setting in enumerate(settings):
        wide = [x for name, x in setting["values"].items() if name not in last_steps and x > 1]
        if proved and wide and not setting["undefined"]:  # what is proved is for any setting, so for those of the checker too
            world = World(model, setting, budget)
            found = Outcome([env for env in world.assignments(data["free"]) if claim.where(world, env)], 0, Fraction(0), False)
        else:
            compared.append(found := equal_at(claim, setting, f"{seed} {number}", prime, budget, 0))
        if (len(found.instances), found.undefined) != (setting["instances"], setting["undefined"]) or not found.instances:
            raise Stop("rejected", f"{len(found.instances)} instances and {found.undefined} without value are not as stated")
        seen += found.instances
    for number, (setting, entries) in enumerate(own_settings(settings, last_steps, seed) if proved or claim.proofs else []):
        compared.append(found := equal_at(claim, setting, f"{seed} own {number}", prime, budget, max(entries, 0)))
        if found.undefined and entries >= 0 and not any(s["undefined"] for s in settings):
            raise Stop("rejected", f"an instance has no value at {setting['values']}")
    if not any(found.alive for found in compared) and ["num", "0"] not in [side["body"] for side in data["sides"]]:
        raise Stop("rejected", "both sides are 0 throughout: nothing connects what is compared")
    for name, lower, upper, role, _ in data["free"]:
        free = words([lower, upper]) & last_steps
        fixed = not free or any(relation == "=" and name in (a, b) for a, relation, b in data["where"])
        if role == "slot" and not fixed and len({env[name] for env in seen}) < 3:
            raise Stop("rejected", f"the index {name} takes fewer than 3 values")
    shown = {0}
    for proof in claim.proofs:
        shown |= {proof.right} if proof.left in shown else set()
    if proved and len(shown) < len(claim.sides):
        raise Stop("rejected", "`proved` needs a proof for each side")
    lines = sum(len(proof.lines) for proof in claim.proofs)
    risk, instances = sum(found.risk for found in compared), sum(len(found.instances) for found in compared)
    if risk > RISK:
        raise Stop("undecided", "the degrees are too large for random points")
    steps = f"; proof of {lines} line{'s' * (lines != 1)} gone through" * bool(lines)
    return f"equal at {len(compared)} settings, {instances} instances; chance of an error below {max(float(risk), 1e-30):.0e}{steps}"


def own_settings(stated: Sequence[Any], last_steps: set[str], seed: str) -> list[tuple[dict[str, Any], int]]:
    """Settings of the checker's own, and at how many entries of them it goes through the lines of a proof.

    All last steps that are stated and at most 4, and more of them than stated, each of several now the larger one (−1 entries: something
    may have no value there); without last steps two settings. The lines are gone through at up to 2 steps, and at the 3 or the 4; there
    sizes are 2, 3 and 4 in an order that is drawn, so up to three are pairwise different, else 3 and 2.
    """
    steps = [{name: s["values"][name] for name in sorted(last_steps)} for s in stated]
    few = [given for given in steps if max(given.values(), default=0) <= 4] or steps[:1]
    names = sorted(stated[0]["values"].keys() - last_steps)
    found, drawn = list[tuple[dict[str, int], int]](), 2 - digest(seed) % 2
    for number, given in enumerate(few):
        lines = number == 0 if not given else max(given.values()) <= 2 or number == max(len(few) - drawn, 0)
        sizes = dict(zip(sorted(names, key=lambda name: digest(seed, name, number)), cycle((2, 3, 4) if lines else (3, 2)), strict=False))
        found.append(({**sizes, **given}, MOST_ENTRIES * lines))
    ranked = sorted(last_steps, key=lambda name: digest(seed, name))
    for order in (ranked, ranked[::-1])[: len(ranked)]:
        far = {name: 5 + digest(seed) % 3 if name == order[0] else 2 + place for place, name in enumerate(order)}
        found.append(({**dict(zip(names, cycle((2, 1)), strict=False)), **far}, -1))
    if names and 0 < max(few[0].values(), default=0) < 3:
        found.append(({**dict.fromkeys(names, 1), names[digest(seed) % len(names)]: 5 + digest(seed) % 3, **few[0]}, 0))
    return [({"values": values, "turn": digest(seed, "turn") % len(LAYERS)}, entries) for values, entries in found]


def check_refuted(certificate: Mapping[str, Any], budget: Budget) -> str:
    for claim in certificate["evidence"]:
        check_point(Claim(Model(certificate["models"][claim["model"]]), claim), claim["point"], budget)
    readings = len({claim["reading"] for claim in certificate["evidence"]})
    if certificate["assumptions"] or not 1 <= readings <= certificate["readings"]:
        raise Stop("rejected", "a refutation assumes nothing and has a point for the default reading")
    return f"the sides differ at {len(certificate['evidence'])} points, for {readings} of {certificate['readings']} readings"


def check_clashes(certificate: Mapping[str, Any]) -> str:
    """An operation for each reading whose operands, as [rows, columns], do not fit whatever their sizes are in general."""
    clashes, readings = certificate["clashes"], certificate["readings"]
    if not clashes or len(clashes) != readings or certificate["assumptions"]:
        raise Stop("undecided", "it has not one clash for each reading")
    for rule, left, right in clashes:
        if rule not in CLASHES or not CLASHES[rule](left, right):
            raise Stop("rejected", f"a {rule[:20]} of these shapes is none that clashes")
    return f"the shapes clash in {readings} readings"


#: Whether an operation does not fit: sizes of other names are other sizes.
CLASHES: dict[str, Callable[[Any, Any], bool]] = {
    "sides": lambda a, b: a != b and not (len(a[0] + a[1]) == 2 and a[0] + a[1] == b[0] + b[1] and [] in a + b),
    "sum": lambda a, b: a != b and b != [[], []] and not (b[1] == [] and a[0] == b[0]) and not (b[0] == [] and a[1] == b[1]),
    "matrix product": lambda a, b: a[1] != b[0] and [[], []] not in (a, b),
    "identity": lambda a, b: a[0] != a[1] and b == [[], []],
    **dict.fromkeys(("element-wise product", "inner product", "one index"), lambda a, b: a != b),
}


def check_point(claim: Claim, stated: Mapping[str, Any], budget: Budget) -> None:
    values = {(name, tuple(slots), tuple(components)): Fraction(x) for name, slots, components, x in stated["values"]}
    functions = {(f, tuple(c), arity): [(tuple(e), Fraction(x)) for e, x in terms] for f, c, arity, terms in stated["functions"]}
    check_facts(claim.model, values)
    world = World(claim.model, stated["setting"], budget)
    ends = [tuple(map(Fraction, stated[name])) for name in ("left", "right", "difference")]
    places = [env for env in world.assignments(claim.data["free"]) if all(env[k] == v for k, v in stated["indices"].items())]
    named = stated["indices"].keys() == {name for name, *_ in claim.data["free"]}
    if not named or len(places) != 1 or not claim.where(world, places[0]) or len(claim.sides) != 2 or ends[2][0] <= 0 <= ends[2][1]:
        raise Stop("rejected", "it names no instance of the claim, or its enclosure of the difference does not exclude 0")
    left, right = (side[tuple(stated["entry"])] for side in claim.entries(world, places[0], stated["entry"]))
    nodes = (left, right, world.tape.minus_of(left, right))
    for digits in DIGITS:
        try:
            value = Intervals(digits, Point(values, functions)).values(world.tape)
            if all(a <= Fraction(value[x].low) and Fraction(value[x].high) <= b for x, (a, b) in zip(nodes, ends, strict=True)):
                return
        except (Undefined, DecimalException, ValueError):
            continue
    raise Stop("rejected", "the sides have no value at the point, or are not in their stated enclosures")


def check_facts(model: Model, values: Mapping[Key, Fraction]) -> None:
    """The point must obey what is assumed (the last entry of a normalised or one-hot group is 1 − the others)."""
    hot, facts = dict[object, Fraction](), model.data["facts"]
    for key, x in values.items():
        if (key[0] in facts["positive"] and x <= 0) or (key[0] in facts["nonzero"] and not x):
            raise Stop("rejected", f"the point is against an assumption about {key[0]}")
        if key[0] in facts["one_hot"]:
            place = group(model.along[key[0]], key)
            hot[place] = hot.get(place, Fraction(0)) + x
            if x not in (0, 1) or hot[place] > 1:
                raise Stop("rejected", f"{key[0]} is not one-hot at the point")
    if facts["equations"]:
        raise Stop("undecided", "whether the point obeys the assumed equations is not checked")


def check(certificate: Any, seed: str = "") -> tuple[str, str]:
    """`accepted`, `rejected`, `undecided` or `unreadable`, and why."""
    try:
        if type(certificate) is not dict or certificate.get("format") != FORMAT or not fits(certificate, CERTIFICATE):
            return "unreadable", f"not a certificate of format {FORMAT}"
        verdict, method = certificate["verdict"], certificate["method"]
        if verdict == "refuted" and method == "enclosure":
            return "accepted", check_refuted(certificate, Budget())
        if verdict == "refuted" and method == "shapes":
            return "accepted", check_clashes(certificate)
        if verdict in ("verified", "conditional", "proved"):
            own = str(digest(json.dumps(certificate, sort_keys=True), seed))
            return "accepted", check_equal(certificate, own, Budget())
        return "undecided", f"`{verdict[:20]}` by `{method[:20]}` has no evidence that this checker reads"
    except Stop as stop:
        return stop.status, str(stop)
    except Undefined as error:
        return "rejected", f"no value: {error}"
    except RecursionError:
        return "undecided", "nested too deeply"
    except (KeyError, ValueError, TypeError, IndexError, AttributeError, ZeroDivisionError, OverflowError) as error:
        return "unreadable", f"malformed: {type(error).__name__} {str(error)[:80]}"


# -- 6. Text and command -------------------------------------------------------------------------------------------------------


def files(paths: Sequence[str]) -> Iterator[Path]:
    for path in map(Path, paths):
        yield from sorted(path.glob("**/*.json")) if path.is_dir() else (path,)


def report(
    paths: Sequence[str],
    seed: str,
    write: Callable[[str], None],
    tell: Callable[[Any], Iterator[str]] | None = None,
    further: Callable[[Any], str] | None = None,
) -> int:
    """A line for each file; 0 if all are accepted, 1 if one is rejected or undecided, 2 if one is unreadable.

    `tell` prints a certificate, `further` says what else is wrong with one that is accepted; empty if nothing is.
    """
    status = 0
    for path in files(paths):
        try:
            if path.stat().st_size > LARGEST_FILE:
                raise ValueError("the file is too large")
            certificate = json.loads(path.read_text(encoding="utf-8"))
            result, reason = check(certificate, seed)
            if tell is not None and result != "unreadable":
                write("\n".join(tell(certificate)))
            if further is not None and result in ("accepted", "undecided") and (wrong := further(certificate)):
                result, reason = "rejected", wrong
        except (OSError, ValueError, RecursionError, KeyError, TypeError, IndexError, AttributeError) as error:
            result, reason = "unreadable", f"{type(error).__name__}: {str(error)[:100]}"
        write(f"{path}: {result}: {' '.join(reason.split())}")
        status = max(status, {"accepted": 0, "rejected": 1, "undecided": 1}.get(result, 2))
    return status


def main() -> int:
    parser = argparse.ArgumentParser(description="Check certificates of symbptt.")
    parser.add_argument("files", nargs="+", metavar="FILE")
    parser.add_argument("--seed", default="", help="take other random points")
    given = parser.parse_args()
    return report(given.files, given.seed, print)


if __name__ == "__main__":
    sys.exit(main())
