"""A small separate checker of symbptt's certificates: the standard library and nothing else.

    python recheck.py [--show] [--seed TEXT] FILE...

A certificate holds a claim in index notation and the evidence for its verdict. This file unrolls the equations itself, takes
derivatives by FORWARD mode (the engines go backwards) and computes

  refuted      both sides at the stated rational point in interval arithmetic, until the difference excludes 0;
  verified,    both sides at random points modulo a random prime, at every stated setting: what is not an identity of
  conditional  rational functions of free atoms passes with a probability below `RISK` (Schwartz 1980, Zippel 1979);
  proved       the same, and at step counts and sizes of its own choosing.

docs/certificates.md has the format, and what is not checked.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from hashlib import sha256
from itertools import product
from math import gcd, isqrt, prod
from pathlib import Path
from typing import Any, NamedTuple

FORMAT = 1
RISK = Fraction(1, 10**9)
LARGEST_FILE = 8_000_000  # bytes
LARGEST_INDEX = 64  # of a size or a last step
LARGEST_EXPONENT = 1_000
MOST_WORK = 5_000_000  # operations on numbers, a certificate
PRECISIONS = (96, 192, 384, 768, 1536)  # bits behind the point
MOST_BITS = 100_000  # of a value in interval arithmetic
LARGEST_ARGUMENT = 2_000  # of exp in interval arithmetic
LAYERS = (3, 2, 4, 5, 2, 3, 5, 4, 3, 2, 5)  # the size n_l of a layer is entry l + turn of this ring
Slots = tuple[int, ...]
Key = tuple[str, Slots, Slots]  # an entry: family, slots (steps, layers), components


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


# -- 1. Raw numbers ---------------------------------------------------------------------------------------------------------
# Three arithmetics with the same methods: `rational`, `tidy` (after + and *), `inverse`, `leaf`, `abstract`, `function`.


def random_prime(seed: str) -> int:
    """A prime of 127 bits (20 rounds of Miller and Rabin for a prime that is 3 modulo 4)."""
    small = prod((3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73))
    turn = 0
    while True:
        turn += 1
        n = digest(seed, "prime", turn) % (1 << 126) | (1 << 126) | 3
        if gcd(n, small) == 1 and all(pow(2 + digest(n, k) % (n - 3), n // 2, n) in (1, n - 1) for k in range(20)):
            return n


class Residues:
    """Integers modulo a prime. Free quantities and values of functions are random, the latter equal where the arguments are.

    tanh, sigmoid and softmax are rational in exp, which is 1/exp(-x), so their relations hold. The side of its kink that a
    ReLU is on may be any number here, and the entries of a one-hot group any numbers with sum 1: that only shows more.
    """

    def __init__(self, seed: str, prime: int) -> None:
        self.seed, self.prime = seed, prime
        self.known: dict[tuple[object, ...], int] = {("exp", 0): 1, ("log", 1): 0}

    def rational(self, value: Fraction) -> int:
        return value.numerator * pow(value.denominator, -1, self.prime) % self.prime

    def tidy(self, value: int) -> int:
        return value % self.prime

    def inverse(self, value: int) -> int:
        if not value:
            raise Undefined("a reciprocal of 0")
        return pow(value, -1, self.prime)

    def leaf(self, key: Key) -> int:
        return self.random("leaf", key)

    def random(self, *key: object) -> int:
        if key not in self.known:
            self.known[key] = digest(self.seed, key) % self.prime
        return self.known[key]

    def abstract(self, name: str, component: Slots, orders: Slots, values: Sequence[int]) -> int:
        return self.random("value", name, component, orders, *values)

    def function(self, name: str, x: int) -> int:
        negative = name == "exp" and 2 * x > self.prime
        value = self.inverse(self.random(name, self.prime - x)) if negative else self.random(name, x)
        if name == "exp":
            self.known["log", value] = x
        if name == "step":  # 1[x > 0] = 1[ReLU(x) > 0]
            self.known["step", x * value % self.prime] = value
        return value


class Degree(NamedTuple):
    """Bounds of the numerator and the denominator of a value and of all its slopes, over one denominator.

    What is bounded is the degree in the atoms + the bits of the sum of the absolute coefficients.
    """

    top: int
    bottom: int

    def __add__(self, other: Degree) -> Degree:  # type: ignore[override]
        return Degree(max(self.top + other.bottom, other.top + self.bottom) + 1, self.bottom + other.bottom)

    def __mul__(self, other: Degree) -> Degree:  # type: ignore[override]
        return Degree(self.top + other.top, self.bottom + other.bottom)


class Degrees:
    """Evaluated like any other arithmetic, it bounds the chance that `Residues` takes two different values for equal.

    Slopes up to the order `orders` are bounded along with the value, by the chain rule in each function and reciprocal.
    """

    def __init__(self, orders: int) -> None:
        self.orders = orders

    def rational(self, value: Fraction) -> Degree:
        return Degree(max(abs(value.numerator) - 1, 0).bit_length(), (value.denominator - 1).bit_length())

    def tidy(self, value: Degree) -> Degree:
        if value.top + value.bottom > 1 << 90:
            raise Stop("undecided", "the degrees are too large for random points")
        return value

    def inverse(self, x: Degree) -> Degree:
        return Degree(self.orders * x.top + x.bottom, (self.orders + 1) * x.top)

    def leaf(self, key: Key) -> Degree:
        return Degree(1, 0)

    def abstract(self, name: str, component: Slots, orders: Slots, values: Sequence[Degree]) -> Degree:
        total = sum(values, Degree(0, 0))
        return Degree(self.orders * (total.top + 1) + 1, self.orders * total.bottom)

    def function(self, name: str, x: Degree) -> Degree:
        along = self.orders * (x.top + (x.top if name in ("log", "sqrt") else 0) + 1)
        return Degree(along + 1, along if name in ("log", "sqrt") else self.orders * x.bottom + 1)


@dataclass(frozen=True, slots=True)
class Interval:
    """All reals from low/2^bits to high/2^bits; every operation rounds outwards."""

    low: int
    high: int
    bits: int

    @staticmethod
    def around(low: Fraction, high: Fraction, bits: int) -> Interval:
        return Interval((low.numerator << bits) // low.denominator, -((-high.numerator << bits) // high.denominator), bits)

    def at(self, bits: int) -> Interval:
        return Interval.around(*self.bounds(), bits)

    def bounds(self) -> tuple[Fraction, Fraction]:
        return Fraction(self.low, 1 << self.bits), Fraction(self.high, 1 << self.bits)

    def __bool__(self) -> bool:
        return self.low != 0 or self.high != 0

    def __add__(self, other: Interval) -> Interval:
        return Interval(self.low + other.low, self.high + other.high, self.bits)

    def __mul__(self, other: Interval) -> Interval:
        corners = (self.low * other.low, self.low * other.high, self.high * other.low, self.high * other.high)
        return Interval(min(corners) >> self.bits, -(-max(corners) >> self.bits), self.bits)

    def over(self, n: int) -> Interval:
        return Interval(self.low // n, -(-self.high // n), self.bits)

    def largest(self) -> int:
        return max(abs(self.low), abs(self.high))

    def widened(self, radius: int) -> Interval:
        return Interval(self.low - radius, self.high + radius, self.bits)

    def exp(self) -> Interval:
        """exp(x/2^k)^(2^k) by Taylor's series with |x/2^k| < 2^-8; what it leaves out is below its last term, one unit."""
        if self.largest() >> self.bits > LARGEST_ARGUMENT:
            raise Undefined("an argument of exp is too large")
        k = max(0, self.largest().bit_length() - self.bits + 8)
        low, high = self.bounds()
        x = Interval.around(low / 2**k, high / 2**k, self.bits + 2 * k + 32 + 3 * (self.largest() >> self.bits))
        term = total = Interval(1 << x.bits, 1 << x.bits, x.bits)
        n = 0
        while term.largest() > 1:
            n += 1
            term = (term * x).over(n)
            total = total + term
        total = total.widened(1)
        for _ in range(k):
            total = total * total
        return total.at(self.bits)

    def artanh(self) -> Interval:
        """2 artanh z = 2 Σ z^(2n+1)/(2n+1) for |z| ≤ 1/3; what it leaves out is below 9/8 · 1/9 of its last term, one unit."""
        power = total = self
        n, square = 1, self * self
        while power.largest() > 1:
            n += 2
            power = power * square
            total = total + power.over(n)
        return (total + total).widened(2)


def logarithm(x: Fraction, bits: int) -> Interval:
    """log x = 2 artanh((m − 1)/(m + 1)) + e log 2 for x = m 2^e, where 1/2 ≤ m ≤ 2, and log 2 = 2 artanh(1/3)."""
    e = x.numerator.bit_length() - x.denominator.bit_length()
    m = x / Fraction(2) ** e
    z, third = (m - 1) / (m + 1), Fraction(1, 3)
    fine = bits + 32 + abs(e).bit_length()
    return (Interval.around(z, z, fine).artanh() + Interval.around(third, third, fine).artanh() * Interval(e << fine, e << fine, fine)).at(
        bits
    )


class Intervals:
    """Interval arithmetic at a point."""

    def __init__(self, bits: int, point: Point) -> None:
        self.bits, self.point = bits, point

    def rational(self, value: Fraction) -> Interval:
        return Interval.around(value, value, self.bits)

    def tidy(self, value: Interval) -> Interval:
        if value.largest().bit_length() > MOST_BITS:
            raise Stop("undecided", "the values are too large")
        return value

    def inverse(self, x: Interval) -> Interval:
        if x.low <= 0 <= x.high:
            raise Undefined("a reciprocal of 0")
        return Interval((1 << 2 * x.bits) // x.high, -((-1 << 2 * x.bits) // x.low), x.bits)

    def leaf(self, key: Key) -> Interval:
        return self.rational(self.point.leaf(key))

    def abstract(self, name: str, component: Slots, orders: Slots, values: Sequence[Interval]) -> Interval:
        total = self.rational(Fraction(0))
        for powers, coefficient in self.point.polynomial(name, component, len(values)):
            falling = prod(prod(range(e - order + 1, e + 1)) if e >= order else 0 for e, order in zip(powers, orders, strict=True))
            term = self.rational(coefficient * falling)
            for x, e, order in zip(values, powers, orders, strict=True):
                for _ in range(e - order if falling else 0):
                    term = term * x
            total = total + term
        return total

    def function(self, name: str, x: Interval) -> Interval:
        if name == "exp":
            return x.exp()
        if name == "step" and not x.low <= 0 <= x.high:
            return self.rational(Fraction(int(x.low > 0)))
        if x.low <= 0:
            raise Undefined(f"{name} of what may be 0 or less")
        if name == "sqrt":
            return Interval(isqrt(x.low << x.bits), isqrt(x.high << x.bits) + 1, x.bits)
        low, high = x.bounds()
        return Interval(logarithm(low, x.bits).low, logarithm(high, x.bits).high, x.bits)


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


# -- 2. Numbers with slopes: forward-mode derivatives -------------------------------------------------------------------------


@dataclass(slots=True)
class Jet:
    """value + Σ_k slopes[k] ε_{level,k}, where ε_{level,j} ε_{level,k} = 0; value and slopes are raw or of a lower level.

    The slopes are the derivatives by the entries k of one quantity; a derivative inside another has the next level.
    """

    level: int
    value: Any
    slopes: dict[Slots, Any]


def level_of(x: Any) -> int:
    return x.level if type(x) is Jet else 0


@dataclass
class Budget:
    """How many operations are left to a certificate."""

    left: int = MOST_WORK


class Numbers:
    """Raw numbers and jets over them."""

    def __init__(self, raw: Any, budget: Budget) -> None:
        self.raw = raw
        self.zero, self.one, self.minus = (raw.rational(Fraction(x)) for x in (0, 1, -1))
        self.work, self.budget = 0, budget

    def spend(self, units: int) -> None:
        """Count what was done; asked for often enough that little can be done in between."""
        self.budget.left -= self.work + units
        self.work = 0
        if self.budget.left < 0:
            raise Stop("undecided", "too much to compute")

    def add(self, *terms: Any) -> Any:
        self.work += len(terms) + 1
        level = max([x.level for x in terms if type(x) is Jet], default=0)
        if not level:
            return self.raw.tidy(sum(terms, self.zero)) if len(terms) != 1 else terms[0]
        slopes: dict[Slots, list[Any]] = {}
        for x in terms:
            for key, slope in x.slopes.items() if level_of(x) == level else ():
                slopes.setdefault(key, []).append(slope)
        value = self.add(*[x.value if level_of(x) == level else x for x in terms])
        return Jet(level, value, {key: self.add(*found) for key, found in slopes.items()})

    def mul(self, a: Any, b: Any) -> Any:
        self.work += 1
        if type(a) is not Jet and type(b) is not Jet:
            return self.raw.tidy(a * b)
        if level_of(a) < level_of(b):
            a, b = b, a
        if a.level > level_of(b):
            return self.chained(a, self.mul(a.value, b), b)
        value = self.mul(a.value, b.value)
        return self.add(self.chained(a, value, b.value), self.chained(b, self.zero, a.value))

    def chained(self, x: Jet, value: Any, slope: Any) -> Jet:
        """The chain rule: what has this value and this derivative at x.value."""
        return Jet(x.level, value, {k: self.mul(slope, s) for k, s in x.slopes.items()})

    def inverse(self, x: Any) -> Any:
        self.work += 4
        if type(x) is not Jet:
            return self.raw.inverse(x)
        value = self.inverse(x.value)
        return self.chained(x, value, self.mul(self.minus, self.mul(value, value)))

    def power(self, x: Any, exponent: int) -> Any:
        if abs(exponent) > LARGEST_EXPONENT:
            raise Stop("undecided", f"the exponent {exponent} is too large")
        result, base = self.one, self.inverse(x) if exponent < 0 else x
        for bit in bin(abs(exponent))[2:]:
            result = self.mul(result, result)
            result = self.mul(result, base) if bit == "1" else result
        return result

    def function(self, name: str, x: Any) -> Any:
        """exp, log, sqrt or step."""
        self.work += 20
        if type(x) is not Jet:
            return self.raw.function(name, x)
        value = self.function(name, x.value)
        return self.chained(x, value, SLOPES[name](self, x.value, value))

    def abstract(self, name: str, component: Slots, orders: Slots, args: Sequence[Any]) -> Any:
        """A partial derivative of an abstract function; `orders` counts how often by each argument."""
        self.work += 20
        level = max(map(level_of, args), default=0)
        if not level:
            return self.raw.abstract(name, component, orders, args)
        inner = [x.value if level_of(x) == level else x for x in args]
        parts = [Jet(level, self.abstract(name, component, orders, inner), {})]
        for i, x in enumerate(args):
            if level_of(x) == level:
                more = (*orders[:i], orders[i] + 1, *orders[i + 1 :])
                parts.append(self.chained(x, self.zero, self.abstract(name, component, more, inner)))
        return self.add(*parts)

    def seeded(self, x: Any, level: int, key: Slots) -> Any:
        """x + ε_{level,key}."""
        if level_of(x) > level:
            return Jet(x.level, self.seeded(x.value, level, key), x.slopes)
        return self.add(x, Jet(level, self.zero, {key: self.one}))

    def slope(self, x: Any, level: int, key: Slots) -> Any:
        """The coefficient of ε_{level,key}, where no level is higher."""
        return x.slopes.get(key, self.zero) if level_of(x) == level else self.zero

    def number(self, numerator: int, denominator: int = 1) -> Any:
        return self.raw.rational(Fraction(numerator, denominator))

    def over(self, top: Any, bottom: Any) -> Any:
        return self.mul(top, self.inverse(bottom))

    def exp(self, x: Any, times: int = 1) -> Any:
        return self.power(self.function("exp", x), times)


#: f'(x) from x and f(x).
SLOPES: dict[str, Callable[[Numbers, Any, Any], Any]] = {
    "exp": lambda n, x, y: y,
    "log": lambda n, x, y: n.inverse(x),
    "sqrt": lambda n, x, y: n.inverse(n.add(y, y)),
    "step": lambda n, x, y: n.zero,
}
#: Functions known by name, at all their arguments; what is not here is abstract, and true of every function if of an abstract one.
KNOWN: dict[str, Callable[[Numbers, Any], list[Any]]] = {
    "identity": lambda n, x: [x],
    "exp": lambda n, x: [n.exp(x)],
    "log": lambda n, x: [n.function("log", x)],
    "sqrt": lambda n, x: [n.function("sqrt", x)],
    "step": lambda n, x: [n.function("step", x)],
    "tanh": lambda n, x: [n.over(n.add(n.exp(x, 2), n.minus), n.add(n.exp(x, 2), n.one))],
    "sinh": lambda n, x: [n.mul(n.number(1, 2), n.add(n.exp(x), n.mul(n.minus, n.exp(x, -1))))],
    "cosh": lambda n, x: [n.mul(n.number(1, 2), n.add(n.exp(x), n.exp(x, -1)))],
    "sigmoid": lambda n, x: [n.inverse(n.add(n.one, n.exp(x, -1)))],
    "softplus": lambda n, x: [n.function("log", n.add(n.one, n.exp(x)))],
    "relu": lambda n, x: [n.mul(x, n.function("step", x))],
    "leaky_relu": lambda n, x: [n.mul(x, n.add(n.number(1, 100), n.mul(n.number(99, 100), n.function("step", x))))],
    "softmax": lambda n, *xs: [n.over(n.exp(x), n.add(*map(n.exp, xs))) for x in xs],
}


# -- 3. Index notation at one setting ------------------------------------------------------------------------------------------

Env = dict[str, int]
RELATIONS: dict[str, Callable[[int, int], bool]] = {"=": int.__eq__, "!=": int.__ne__, "<": int.__lt__, "<=": int.__le__}


def words(e: Any) -> set[str]:
    """All strings in a piece of JSON, among them every name that it depends on."""
    return {e} if isinstance(e, str) else set().union(*map(words, e)) if isinstance(e, list) else set()


class Seed(NamedTuple):
    """A differentiation by all entries of a member. An immediate one does not pass through what is `held` or of other `steps`."""

    level: int
    family: str
    slots: Slots
    held: frozenset[str] = frozenset()
    steps: frozenset[int] | None = None

    def passes(self, family: str, slots: Slots) -> bool:
        return family not in self.held and (self.steps is None or self.steps.issuperset(slots))


class World:
    """The model of one reading at one setting in one arithmetic."""

    def __init__(self, model: Mapping[str, Any], budget: Budget, setting: Mapping[str, Any], raw: Any) -> None:
        self.model, self.raw, self.n = model, raw, Numbers(raw, budget)
        self.sizes, self.labels, self.turn = setting["values"], setting["labels"], setting["turn"]
        self.families, self.equations = self.model["families"], self.model["equations"]
        self.depends: dict[Key, set[tuple[str, Slots]]] = {}
        self.direct: dict[Key, set[Key]] = {}
        self.below: set[Key] = set()
        self.numbers: dict[str, Any] = {}
        self.seeds: tuple[Seed, ...] = ()
        self.bound: dict[str, Any] = {}
        self.entries: dict[object, Any] = {}
        self.busy: set[object] = set()
        self.kept: dict[object, Any] = {}
        self.names: dict[tuple[int, int], list[str]] = {}
        self.free: set[Key] = set()
        self.reached: set[Key] | None = None
        self.building = self.orders = 0
        self.alive = False  # whether anything that was compared is not 0

    def assignments(self, free: Sequence[Any]) -> Iterator[Env]:
        """The values of free indices [name, lower, upper, …]; a range may depend on the indices before it."""
        found: list[Env] = [dict(self.sizes)]
        for name, lower, upper, *wide in free:
            reach = 2 if wide[-1:] == [True] else 0
            ends = [(env, self.range(lower, upper, env, reach)) for env in found]
            self.n.spend(20 * sum(max(0, inside.stop - inside.start) for _, inside in ends))
            found = [{**env, name: k} for env, inside in ends for k in inside]
        yield from found

    # indices

    def index(self, e: Any, env: Env) -> int:
        """A number, a name, or ["lin", constant, [[name or [name, [index, …]], factor], …]]."""
        if type(e) is int:
            return e
        if type(e) is str:
            return env[e]
        _, total, terms = e
        for atom, factor in terms:
            total += factor * (env[atom] if type(atom) is str else self.indexed(atom[0], self.all(atom[1], env)))
        if type(total) is not int:
            raise Stop("unreadable", "an index is no integer")
        return total

    def indexed(self, name: str, indices: Slots) -> int:
        """A label y_i or a size n_l."""
        at = sum(indices) + self.turn
        low, high = self.labels.get(name, (0, 0))
        return int(low + at % (high - low + 1)) if name in self.labels else LAYERS[at % len(LAYERS)]

    def all(self, indices: Sequence[Any], env: Env) -> Slots:
        return tuple([self.index(i, env) for i in indices])

    def range(self, lower: Any, upper: Any, env: Env, wider: int = 0) -> range:
        found = range(self.index(lower, env) - wider, self.index(upper, env) + 1 + wider)
        self.n.spend(max(0, found.stop - found.start))
        return found

    def hold(self, where: Sequence[Any], env: Env) -> bool:
        return all(RELATIONS[relation](self.index(a, env), self.index(b, env)) for a, relation, b in where)

    def keep(self, place: object, make: Callable[[], Any]) -> Any:
        """What `make` gives, made once; what it depends on is noted each time."""
        if self.bound:  # inside a definition: its argument is no index
            return make()
        if place not in self.kept:
            below, self.below = self.below, set()
            try:
                self.kept[place] = make(), self.below
            finally:
                self.below = below
        value, depends = self.kept[place]
        self.below |= depends
        return value

    def known(self, e: Any, env: Env) -> list[int]:
        """The values of all indices in an expression; in one place the same names have values every time."""
        place = (id(e), len(env))  # more names are bound inside an expression than around it
        names = self.names.get(place)
        if names is None:
            names = self.names[place] = [name for name in words(e) if name in env]
        return [env[name] for name in names]

    # quantities

    def entry(self, name: str, slots: Slots, components: Slots, output: bool = False, by: bool = False) -> Any:
        """One entry with its slopes along the seeds that it depends on; what is differentiated by is a variable of its own."""
        if name in self.bound:
            return self.bound[name]
        key = (name, slots, components)
        along: list[Seed] = []
        if self.seeds:
            if key not in self.direct:
                self.made(key, (), by)
            below = self.beneath(key)
            along = [s for s in self.seeds if (s.family, s.slots) in below and (output or s.passes(name, slots))]
        x = self.made(key, tuple(along), by)
        for seed in self.seeds:
            if (seed.family, seed.slots) == (name, slots):
                x = self.n.seeded(x, seed.level, components)
        return x

    def made(self, key: Key, along: tuple[Seed, ...], by: bool) -> Any:
        """An entry with its slopes along some seeds, made once; what it depends on is noted."""
        place = (key, along)
        if place not in self.entries:
            self.n.spend(10)
            if place in self.busy:
                raise Stop("rejected", f"{shown_key(key)} is defined by itself")
            self.busy.add(place)
            seeds, below, self.seeds, self.below = self.seeds, self.below, along, set()
            try:
                self.entries[place] = self.build(key, by)
                self.direct[key] = self.direct.get(key, set()) | self.below
            finally:
                self.seeds, self.below = seeds, below
                self.busy.discard(place)
        self.below.add(key)
        return self.entries[place]

    def beneath(self, key: Key) -> set[tuple[str, Slots]]:
        """The members that an entry depends on, directly or not."""
        if key not in self.depends:
            self.depends[key] = {other[:2] for other in self.direct[key]}.union(*map(self.beneath, self.direct[key]))
        return self.depends[key]

    def build(self, key: Key, by: bool) -> Any:
        name, slots, components = key
        family, equations = self.families[name], self.equations.get(name, ())
        local = {**self.sizes, **dict(zip(family["letters"], slots, strict=True))}
        for component, size in zip(components, family["axes"], strict=True):
            if component not in self.range(1, size, local):
                raise Stop("rejected", f"{shown_key(key)} is outside its axis") if self.building else Undefined()
        for equation in sorted(equations, key=lambda e: sum(type(slot) is not int for slot in e["slots"])):
            env = self.match(equation, slots, components)
            if env is not None:
                self.building += 1
                try:
                    return self.value(equation["body"], env)
                finally:
                    self.building -= 1
        for declared, slot in zip(family["slots"], slots, strict=True):
            if declared is not None and slot > self.index(declared[1], self.sizes):
                if self.model["above"] == "zero":
                    return self.n.zero
                raise Undefined(f"{shown_key(key)} is above its range")
        if not self.building and slots and equations and (by or any(e["body"][0] == "d" for e in equations)) and key not in self.reach():
            raise Undefined(f"{shown_key(key)} is below its range, and nothing uses it")
        self.free.add(key)
        facts = self.model["facts"]
        if name in facts["one_hot"] + facts["normalised"] and components[-1] == self.index(family["axes"][-1], local):
            others = [self.raw.leaf((name, slots, (*components[:-1], i))) for i in range(1, components[-1])]
            return self.n.add(self.n.one, *(self.n.mul(self.n.minus, x) for x in others))
        return self.raw.leaf(key)

    def match(self, equation: Mapping[str, Any], slots: Slots, components: Slots) -> Env | None:
        """The indices for which an equation defines an entry, if it does."""
        env = dict(self.sizes)
        for written, slot in zip(equation["slots"], slots, strict=True):
            if not words(written) - self.sizes.keys() - {"lin"}:
                if self.index(written, env) != slot:
                    return None
                continue
            (name, factor), shift = (written[2][0], written[1]) if type(written) is list else ((written, 1), 0)
            if (type(written) is list and len(written[2]) > 1) or factor != 1 or env.setdefault(name, slot - shift) != slot - shift:
                return None
        env.update(zip(equation["components"], components, strict=True))
        return env if self.hold(equation["where"], env) else None

    def reach(self) -> set[Key]:
        """The free entries that the equations use inside the declared ranges."""
        if self.reached is None:
            self.reached, outer = set(), (self.busy, self.seeds, self.below)
            self.busy, self.seeds, self.below = set(), (), set()
            for name, family in self.families.items():
                axes = [(f"#{i}", 1, axis) for i, axis in enumerate(family["axes"])]
                ranges = [(a, *(ends or (0, 0))) for a, ends in zip(family["letters"], family["slots"], strict=True)]
                for env in self.assignments([*ranges, *axes]):
                    try:
                        self.entry(name, self.all(family["letters"], env), self.all([a for a, *_ in axes], env))
                    except (Undefined, Stop):
                        continue
            self.busy, self.seeds, self.below = outer
            self.reached = set(self.free)
        return self.reached

    # expressions

    def value(self, e: Any, env: Env) -> Any:
        rule = RULES[e[0]]
        if e[0] not in REPEATED:
            return rule(self, e, env, *e[1:])
        return self.keep((id(e), self.seeds, *self.known(e, env)), lambda: rule(self, e, env, *e[1:]))

    def number(self, e: Any, env: Env, text: str) -> Any:
        if text not in self.numbers:
            self.numbers[text] = self.raw.rational(Fraction(text))
        return self.numbers[text]

    def folded(self, e: Any, env: Env, letter: str, lower: Any, upper: Any, where: Sequence[Any], body: Any) -> Any:
        found = self.range(lower, upper, env)
        if e[0] == "prod" and found.stop < found.start:
            raise Undefined("a product over a range of negative length")
        inner = ({**env, letter: k} for k in found)
        values = [self.value(body, local) for local in inner if self.hold(where, local)]
        return self.n.add(self.n.zero, *values) if e[0] == "sum" else self.product(values)

    def entries_of(self, side: Mapping[str, Any], env: Env, entry: Sequence[int] | None = None) -> list[Any]:
        """All entries of a side of the claim, or one."""
        axes = [self.range(1, axis, env) for axis in side["axes"]]
        places = product(*axes) if entry is None else [tuple(entry)]
        if entry is not None and not all(i in axis for i, axis in zip(entry, axes, strict=True)):
            raise Stop("rejected", "the claim has no such entry")
        return [self.value(side["body"], {**env, **dict(zip(side["variables"], at, strict=True))}) for at in places]

    def product(self, factors: Sequence[Any]) -> Any:
        result = self.n.one
        for factor in factors:
            result = self.n.mul(result, factor)
        return result

    def chain(
        self, e: Any, env: Env, letter: str, lower: Any, upper: Any, rows: Any, columns: Any, sizes: Any, body: Any, *ends: Any
    ) -> Any:
        """An entry of an ordered product of matrices, factor by factor; empty, it is the identity."""
        row, column, latest_first = self.all(ends[0], env), self.all(ends[1], env), ends[2]
        steps = self.range(lower, upper, env)
        if steps.stop < steps.start:
            raise Undefined("a product over a range of negative length")
        if not steps:
            return self.n.one if row == column else self.n.zero
        place = (id(body), row, steps, self.seeds, *self.known(body, env))
        factors = [{**env, letter: k} for k in (reversed(steps) if latest_first else steps)]
        return self.keep(place, lambda: self.multiplied(row, factors, rows, columns, sizes, body))[column]

    def multiplied(self, row: Slots, factors: Sequence[Env], rows: Any, columns: Any, sizes: Any, body: Any) -> dict[Slots, Any]:
        current: dict[Slots, Any] = {row: self.n.one}
        for env in factors:
            found: dict[Slots, Any] = {}
            for j in product(*(self.range(1, size, env) for size in sizes)):
                at = {i: {**env, **dict(zip(rows + columns, i + j, strict=True))} for i in current}
                found[j] = self.n.add(*[self.n.mul(x, self.value(body, at[i])) for i, x in current.items()])
            current = found
        return current

    def cases(self, e: Any, env: Env, branches: Sequence[Any], otherwise: Any) -> Any:
        body = next((body for where, body in branches if self.hold(where, env)), otherwise)
        if body is None:
            raise Undefined("no case applies")
        return self.value(body, env)

    def applied(self, e: Any, env: Env, name: str, given: Any, component: Any, partial: Any, order: int, slots: Any) -> Any:
        args, places = self.keep((id(given), self.seeds, *self.known(given, env)), lambda: self.arguments(given, env))
        by = [0] * order + [places[position][self.all(at, env)] for position, at in partial]
        known: Callable[..., list[Any]] | None = KNOWN.get(name)
        if name in self.model["definitions"]:
            known = self.defined(self.model["definitions"][name])
        at = self.all(component, env)
        if known is not None:
            if (name == "softmax") != (len(at) == 1) or (at and not 1 <= at[0] <= len(args)):
                raise Stop("rejected", f"{name} of {len(args)} entries has no component {at}")
            return self.derived(known, at[0] - 1 if at else 0, args, by)
        orders = tuple(by.count(i) for i in range(len(args)))
        return self.n.abstract(name + "".join(f"@{slot}" for slot in self.all(slots, env)), at, orders, args)

    def arguments(self, given: Any, env: Env) -> tuple[list[Any], list[dict[Slots, int]]]:
        """The entries of all arguments in one list, and where in it each entry of each argument is."""
        args: list[Any] = []
        places: list[dict[Slots, int]] = []
        for letters, sizes, body in given:
            places.append({})
            for at in product(*(self.range(1, size, env) for size in sizes)):
                places[-1][at] = len(args)
                args.append(self.value(body, {**env, **dict(zip(letters, at, strict=True))}))
        return args, places

    def derived(self, known: Callable[..., list[Any]], component: int, args: list[Any], by: list[int]) -> Any:
        """A known function, differentiated by the arguments at the positions `by`."""
        if not by:
            return known(self.n, *args)[component]
        level = 1 + max(map(level_of, args))
        varied = [Jet(level, x, {(): self.n.one}) if i == by[0] else x for i, x in enumerate(args)]
        return self.n.slope(self.derived(known, component, varied, by[1:]), level, ())

    def defined(self, definition: Mapping[str, Any]) -> Callable[..., list[Any]]:
        def known(_: Numbers, x: Any) -> list[Any]:
            outer, self.bound = self.bound, {definition["variable"]: x}
            try:
                return [self.value(definition["body"], dict(self.sizes))]
            finally:
                self.bound = outer

        return known

    def differentiated(self, e: Any, env: Env, numerator: Any, by: Any, held: Any) -> Any:
        family, slots, components = by[1], self.all(by[2], env), self.all(by[3], env)
        self.entry(family, slots, components, by=True)
        if isinstance(self.raw, Degrees):
            return self.value(numerator, env)
        if any(s.held or s.steps is not None for s in self.seeds):
            raise Stop("undecided", "a derivative inside an immediate one")
        level = 1 + max((s.level for s in self.seeds), default=0)
        self.orders = max(self.orders, level)
        steps = frozenset(self.all(held[1], env)) if held[0] in ("steps", "latest") else None
        if held[0] == "latest":
            steps = frozenset({max(steps or {0})})
        seed = Seed(level, family, slots, frozenset(held[1]) if held[0] == "held" else frozenset(), steps)
        place = (id(numerator), seed, self.seeds, *self.known(numerator, env))
        return self.n.slope(self.keep(place, lambda: self.along(seed, numerator, env)), level, components)

    def along(self, seed: Seed, numerator: Any, env: Env) -> Any:
        """What is differentiated, with its slopes along one more seed."""
        outer, self.seeds = self.seeds, (*self.seeds, seed)
        try:
            if numerator[0] == "at":
                return self.entry(numerator[1], self.all(numerator[2], env), self.all(numerator[3], env), output=True)
            return self.value(numerator, env)
        finally:
            self.seeds = outer


#: What is worth being computed once for each value of its indices.
REPEATED = frozenset({"sum", "prod", "apply", "d"})
RULES: dict[str, Callable[..., Any]] = {
    "num": World.number,
    "index": lambda w, e, env, i: w.raw.rational(Fraction(w.index(i, env))),
    "at": lambda w, e, env, name, slots, components: w.entry(name, w.all(slots, env), w.all(components, env)),
    "add": lambda w, e, env, terms: w.n.add(w.n.zero, *(w.value(t, env) for t in terms)),
    "mul": lambda w, e, env, factors: w.product([w.value(f, env) for f in factors]),
    "pow": lambda w, e, env, base, exponent: w.n.power(w.value(base, env), w.index(exponent, env)),
    "sum": World.folded,
    "prod": World.folded,
    "chain": World.chain,
    "cases": World.cases,
    "apply": World.applied,
    "d": World.differentiated,
}


# -- 4. The form of a certificate ---------------------------------------------------------------------------------------------


def fail(e: Any) -> bool:
    raise Stop("unreadable", f"not in the form of a certificate: {json.dumps(e)[:80]}")


def each(letter: str) -> Callable[[Any], bool]:
    """A list of things of one form."""
    return lambda e: type(e) is list and all(FORM[letter](x) or fail(x) for x in e)


def row(letters: str) -> Callable[[Any], bool]:
    """A list with one thing of each of these forms."""
    return lambda e: type(e) is list and len(e) == len(letters) and all(FORM[c](x) or fail(x) for c, x in zip(letters, e, strict=True))


def record(**letters: str) -> Callable[[Any], bool]:
    """An object with these fields, of these forms; others are not read."""
    return lambda e: type(e) is dict and all(key in e and (FORM[c](e[key]) or fail(e[key])) for key, c in letters.items())


def table(letter: str) -> Callable[[Any], bool]:
    """An object of things of one form, by name."""
    return lambda e: type(e) is dict and all(FORM[letter](x) or fail(x) for x in e.values())


def optional(letter: str) -> Callable[[Any], bool]:
    return lambda e: e is None or FORM[letter](e)


def is_index(e: Any) -> bool:
    return type(e) in (int, str) or (type(e) is list and len(e) == 3 and e[0] == "lin" and type(e[1]) is int and FORM["l"](e[2]))


def is_expression(e: Any) -> bool:
    return type(e) is list and len(e) > 0 and type(e[0]) is str and e[0] in PARTS and row(PARTS[e[0]])(e[1:])


HELD = ("steps", "latest", "held")
#: Forms by letter: of texts, numbers, indices, expressions, and of all that a certificate is made of.
FORM: dict[str, Callable[[Any], bool]] = {
    "s": lambda e: type(e) is str,
    "k": lambda e: type(e) is int,
    "n": lambda e: type(e) is int and 0 <= e <= LARGEST_INDEX,
    "b": lambda e: type(e) is bool,
    "q": lambda e: type(e) is str and re.fullmatch(r"-?\d{1,2000}(/[1-9]\d{0,1999})?", e) is not None,
    "R": lambda e: type(e) is str and e in RELATIONS,
    "S": each("s"),
    "N": each("n"),
    "K": each("k"),
    "i": is_index,
    "I": each("i"),
    "l": each("m"),
    "m": lambda e: row("sk")(e) if type(e) is list and e and type(e[0]) is str else row("wk")(e),
    "w": row("sI"),
    "e": is_expression,
    "E": each("e"),
    "o": optional("e"),
    "c": row("iRi"),
    "C": each("c"),
    "r": row("Ce"),
    "B": each("r"),
    "a": row("SIe"),
    "A": each("a"),
    "p": row("nI"),
    "P": each("p"),
    "@": lambda e: is_expression(e) and e[0] == "at",
    "h": lambda e: e == ["total"] or (type(e) is list and len(e) == 2 and FORM["S" if e[0] == "held" else "I"](e[1]) and e[0] in HELD),
    "t": row("ii"),
    "T": each("u"),
    "u": optional("t"),
    "f": record(letters="S", slots="T", axes="I"),
    "x": record(slots="I", components="S", where="C", body="e"),
    "X": each("x"),
    "D": record(variable="s", body="e"),
    "v": row("sii"),
    "V": each("v"),
    "z": record(free="V", left="e", right="e"),
    "Z": each("z"),
    "F": record(normalised="S", one_hot="S", positive="S", nonzero="S", equations="Z"),
    "1": table("f"),
    "2": table("X"),
    "3": table("D"),
    "4": record(families="1", equations="2", definitions="3", last_steps="S", facts="F", above="s"),
    "M": each("4"),
    "y": record(variables="S", axes="I", body="e"),
    "Y": each("y"),
    "g": row("siisb"),
    "G": each("g"),
    "5": table("n"),
    "6": table("K"),
    "7": record(values="5", labels="6", turn="n"),
    "8": record(values="5", labels="6", turn="n", instances="k", undefined="k"),
    "L": each("8"),
    "9": row("sKKq"),
    "0": each("9"),
    "j": row("Nq"),
    "J": each("j"),
    "d": row("sKnJ"),
    "H": each("d"),
    "O": row("qq"),
    "Q": record(setting="7", indices="W", entry="K", values="0", functions="H", left="O", right="O", difference="O"),
    "W": table("k"),
    "U": record(model="n", free="G", where="C", sides="Y"),
    "+": lambda e: FORM["U"](e) and (FORM["Q"](e["point"]) if "point" in e else FORM["L"](e.get("settings"))),
    "-": each("+"),
    "!": record(verdict="s", method="s", assumptions="S", readings="k", models="M", evidence="-"),
}
#: The parts of each kind of expression.
PARTS = {
    "num": "q",
    "index": "i",
    "at": "sII",
    "add": "E",
    "mul": "E",
    "pow": "ei",
    "sum": "siiCe",
    "prod": "siiCe",
    "chain": "siiSSIeIIb",
    "cases": "Bo",
    "apply": "sAIPnI",
    "d": "e@h",
}


# -- 5. What is accepted -------------------------------------------------------------------------------------------------------


def shown_key(key: Any) -> str:
    return str(key[0]) + "".join(f"{a}{','.join(map(str, part))}{b}" for part, a, b in ((key[1], "_{", "}"), (key[2], "[", "]")) if part)


def differences(world: World, claim: Mapping[str, Any]) -> tuple[list[Any], list[Env], int]:
    """Side − first side for every entry and instance, the instances, and how many others have no value."""
    found: list[Any] = []
    instances: list[Env] = []
    undefined = 0
    for env in world.assignments(claim["free"]):
        if not world.hold(claim["where"], env):
            continue
        try:
            first, *others = [world.entries_of(side, env) for side in claim["sides"]]
        except Undefined:
            undefined += 1
            continue
        for here in others:
            if len(here) != len(first):
                raise Stop("rejected", "the sides have different shapes")
            found += [world.n.add(x, world.n.mul(world.n.minus, y)) for x, y in zip(here, first, strict=True)]
            world.alive = world.alive or any(here) or any(first)
        instances.append(env)
    return found, instances, undefined


def check_setting(setting: Any) -> Mapping[str, Any]:
    numbers = [*setting["values"].values(), setting["turn"], *(end for ends in setting["labels"].values() for end in ends)]
    if not all(type(x) is int and 0 <= x <= LARGEST_INDEX for x in numbers):
        raise Stop("undecided", f"a size or last step is not from 0 to {LARGEST_INDEX}")
    return dict(setting)


Make = Callable[[Any, Any], World]  # from a setting and an arithmetic


def equal_at(make: Make, claim: Mapping[str, Any], setting: Any, seed: str, prime: int) -> tuple[list[Env], int, Fraction, bool]:
    """The instances, the number without value, the chance that a difference was overlooked, and whether anything is not 0."""
    world = make(setting, Residues(seed, prime))
    found, instances, undefined = differences(world, claim)
    if any(found):
        if not any(world.model["facts"].values()) and differs_at(make, claim, setting, seed):
            raise Stop("rejected", f"the sides differ at {setting['values']}")
        raise Stop("undecided", f"the sides differ at {setting['values']} for all that free residues show")
    degrees = differences(make(setting, Degrees(world.orders)), claim)[0]
    largest = max((d.top for d in degrees), default=0)
    return instances, undefined, Fraction(largest * (1 + len(world.raw.known)) ** 2, 1 << 118), world.alive


def differs_at(make: Make, claim: Mapping[str, Any], setting: Any, seed: str) -> bool:
    """Whether the sides certainly differ at a real point of the checker's own."""
    worlds = (make(setting, Intervals(192, Point({}, {}, f"{seed} {k}"))) for k in range(6))
    return any(not x.low <= 0 <= x.high for world in worlds for x in differences(world, claim)[0])


def check_equal(certificate: Mapping[str, Any], seed: str, budget: Budget) -> str:
    """`verified`, `conditional`, `proved`."""
    if (certificate["verdict"] == "conditional") != bool(certificate["assumptions"]):
        raise Stop("rejected", "`conditional` needs assumptions, `verified` and `proved` have none")
    parts = enumerate(certificate["evidence"])
    told = [check_sides(certificate, claim, number == 0, f"{seed} {number}", budget) for number, claim in parts]
    if not told:
        raise Stop("undecided", "it has no evidence")
    beyond = "; the argument for all steps and sizes is not repeated" if certificate["verdict"] == "proved" else ""
    return "; ".join(told) + beyond


def check_sides(certificate: Mapping[str, Any], claim: Mapping[str, Any], first: bool, seed: str, budget: Budget) -> str:
    """All sides of one formula, at all its settings; the scope is that of the first formula."""
    model = certificate["models"][claim["model"]]
    make = partial(World, model, budget)
    facts = sum(map(len, model["facts"].values()))
    if len(claim["sides"]) < 2 or (facts > len(certificate["problem"].get("assume", ())) and certificate["verdict"] != "conditional"):
        raise Stop("rejected", "a claim has two sides and uses no more facts than its problem assumes")
    settings = [check_setting(setting) for setting in claim["settings"]]
    for kind, names in (("steps", model["last_steps"]), ("sizes", settings[0]["values"].keys() - set(model["last_steps"]))):
        covered = sorted(sorted({s["values"][name] for s in settings}) for name in names)
        if (first and covered != sorted(certificate["scope"][kind].values())) or (kind == "sizes" and [x for x in covered if x[0] < 2]):
            raise Stop("rejected", f"the {kind} in its scope are not those of its settings, or less than 2")
    seen: list[Env] = []
    prime, risk, alive = random_prime(seed), Fraction(0), ["num", "0"] in [side["body"] for side in claim["sides"]]
    for number, setting in enumerate(settings):
        instances, undefined, chance, something = equal_at(make, claim, setting, f"{seed} {number}", prime)
        if (len(instances), undefined) != (setting["instances"], setting["undefined"]) or not instances:
            raise Stop("rejected", f"{len(instances)} instances at {setting['values']} and {undefined} without value, not as stated")
        seen += instances
        risk, alive = risk + chance, alive or something
    if not alive:
        raise Stop("rejected", "both sides are 0 throughout: nothing connects what is compared")
    for name, lower, upper, role, _ in claim["free"]:
        free = words([lower, upper]) & set(model["last_steps"])
        fixed = not free or any(relation == "=" and name in (a, b) for a, relation, b in claim["where"])
        if role == "slot" and not fixed and len({env[name] for env in seen}) < 3:
            raise Stop("rejected", f"the index {name} takes fewer than 3 values")
    if certificate["verdict"] == "proved":
        for setting in own_settings(settings, seed):
            equal_at(make, claim, setting, f"{seed} {setting['turn']}", prime)
    if risk > RISK:
        raise Stop("undecided", "the degrees are too large for random points")
    return f"equal at {len(settings)} settings, {len(seen)} instances; chance of an error below {max(float(risk), 1e-30):.0e}"


def own_settings(stated: Sequence[Any], seed: str) -> Iterator[dict[str, Any]]:
    """Three settings of the checker's own: last steps up to two more than stated, sizes from 2 to 5."""
    steps = set(stated[0]["values"])
    for turn in range(3):
        largest = {name: max(s["values"][name] for s in stated) for name in steps}
        chosen = {name: 2 + digest(seed, turn, name) % (largest[name] + 1) for name in sorted(steps)}
        yield {"values": chosen, "labels": stated[0]["labels"], "turn": turn}


def check_refuted(certificate: Mapping[str, Any], budget: Budget) -> str:
    for claim in certificate["evidence"]:
        check_point(certificate["models"][claim["model"]], claim, claim["point"], budget)
    readings = len({claim["reading"] for claim in certificate["evidence"]})
    if certificate["assumptions"] or not 1 <= readings <= certificate["readings"]:
        raise Stop("rejected", "a refutation assumes nothing and has a point for the default reading")
    return f"the sides differ at {len(certificate['evidence'])} points, for {readings} of {certificate['readings']} readings"


def check_point(model: Mapping[str, Any], claim: Mapping[str, Any], stated: Mapping[str, Any], budget: Budget) -> None:
    setting = check_setting(stated["setting"])
    values = {(name, tuple(slots), tuple(components)): Fraction(x) for name, slots, components, x in stated["values"]}
    functions = {(f, tuple(c), arity): [(tuple(e), Fraction(x)) for e, x in terms] for f, c, arity, terms in stated["functions"]}
    check_facts(model["facts"], values)
    low, high = map(Fraction, stated["difference"])
    for bits in PRECISIONS:
        world = World(model, budget, setting, Intervals(bits, Point(values, functions)))
        places = [env for env in world.assignments(claim["free"]) if all(env[k] == v for k, v in stated["indices"].items())]
        named = stated["indices"].keys() == {name for name, *_ in claim["free"]}
        if not named or len(places) != 1 or not world.hold(claim["where"], places[0]) or len(claim["sides"]) != 2 or low <= 0 <= high:
            raise Stop("rejected", "it names no instance of the claim, or its enclosure of the difference does not exclude 0")
        try:
            left, right = (world.entries_of(side, places[0], stated["entry"])[0] for side in claim["sides"])
        except Undefined as error:
            problem = f"no value at the point: {error}"
            continue
        found = (left, right, world.n.add(left, world.n.mul(world.n.minus, right)))
        ends = [tuple(map(Fraction, stated[name])) for name in ("left", "right", "difference")]
        if all(a <= x.bounds()[0] and x.bounds()[1] <= b for x, (a, b) in zip(found, ends, strict=True)):
            return
        problem = "the sides are not in their stated enclosures"
    raise Stop("rejected", problem)


def check_facts(facts: Mapping[str, Any], values: Mapping[Key, Fraction]) -> None:
    """The point must obey what is assumed (the last entry of a normalised or one-hot group is 1 − the others)."""
    hot: dict[object, Fraction] = {}
    for key, x in values.items():
        if (key[0] in facts["positive"] and x <= 0) or (key[0] in facts["nonzero"] and not x):
            raise Stop("rejected", f"the point is against an assumption about {key[0]}")
        if key[0] in facts["one_hot"]:
            group = (key[0], key[1], key[2][:-1])
            hot[group] = hot.get(group, Fraction(0)) + x
            if x not in (0, 1) or hot[group] > 1:
                raise Stop("rejected", f"{key[0]} is not one-hot at the point")
    if facts["equations"]:
        raise Stop("undecided", "whether the point obeys the assumed equations is not checked")


def check(certificate: Any, seed: str = "") -> tuple[str, str]:
    """`accepted`, `rejected`, `undecided` or `unreadable`, and why."""
    try:
        if type(certificate) is not dict or certificate.get("format") != FORMAT or not FORM["!"](certificate):
            return "unreadable", f"not a certificate of format {FORMAT}"
        if certificate["verdict"] == "refuted" and certificate["method"] == "enclosure":
            return "accepted", check_refuted(certificate, Budget())
        if certificate["verdict"] in ("verified", "conditional", "proved"):
            own = str(digest(json.dumps(certificate, sort_keys=True), seed))
            return "accepted", check_equal(certificate, own, Budget())
        return (
            "undecided",
            f"`{str(certificate['verdict'])[:20]}` by `{str(certificate['method'])[:20]}` has no evidence that this checker reads",
        )
    except Stop as stop:
        return stop.status, str(stop)
    except Undefined as error:
        return "rejected", f"no value: {error}"
    except RecursionError:
        return "undecided", "nested too deeply"
    except (KeyError, ValueError, TypeError, IndexError, AttributeError, ZeroDivisionError, OverflowError) as error:
        return "unreadable", f"malformed: {type(error).__name__} {str(error)[:80]}"


# -- 6. Text and command -------------------------------------------------------------------------------------------------------


def read(path: Path) -> Any:
    if path.stat().st_size > LARGEST_FILE:
        raise ValueError("the file is too large")
    return json.loads(path.read_text(encoding="utf-8"))


def files(paths: Sequence[str]) -> Iterator[Path]:
    for path in map(Path, paths):
        yield from sorted(path.glob("**/*.json")) if path.is_dir() else (path,)


def report(paths: Sequence[str], seed: str, show: bool, write: Callable[[str], None], further: Callable[[Any], str] | None = None) -> int:
    """A line for each file; 0 if all are accepted, 1 if one is rejected or undecided, 2 if one is unreadable.

    `further` says what else is wrong with a certificate that is accepted; empty if nothing is.
    """
    status = 0
    for path in files(paths):
        try:
            certificate = read(path)
            result, reason = check(certificate, seed)
            if show and result != "unreadable":
                write("\n".join(shown(certificate)))
            if further is not None and result in ("accepted", "undecided") and (wrong := further(certificate)):
                result, reason = "rejected", wrong
        except (OSError, ValueError, RecursionError, KeyError, TypeError, IndexError, AttributeError) as error:
            result, reason = "unreadable", f"{type(error).__name__}: {str(error)[:100]}"
        write(f"{path}: {result}: {' '.join(reason.split())}")
        status = max(status, {"accepted": 0, "rejected": 1, "undecided": 1}.get(result, 2))
    return status


def shown(certificate: Mapping[str, Any]) -> Iterator[str]:
    """The claim as it is checked."""
    yield f"{certificate['verdict']}: {certificate['problem']['claim']}"
    for number, model in enumerate(certificate["models"]):
        yield f"model {number}"
        for name, family in model["families"].items():
            ranges = ", ".join("any" if r is None else f"{text(r[0])}..{text(r[1])}" for r in family["slots"])
            yield f"  {name}: {' × '.join(map(text, family['axes'])) or 'scalar'}{' for ' + ranges if ranges else ''}"
            for q in model["equations"].get(name, ()):
                left = text(["at", name, q["slots"], q["components"]])
                yield f"    {left} = {text(q['body'])}{where(q['where'])}"
        yield from (f"  {name}({d['variable']}) = {text(d['body'])}" for name, d in model["definitions"].items())
        yield from (f"  assumed {kind}: {json.dumps(facts)}" for kind, facts in model["facts"].items() if facts)
    for claim in certificate["evidence"]:
        free = ", ".join(f"{name} = {text(low)}..{text(high)}" for name, low, high, *_ in claim["free"])
        at = ",".join(claim["sides"][0]["variables"])
        yield f"claim in model {claim['model']} for {free or 'all'}{where(claim['where'])}, entry [{at}]"
        yield from (f"  {'=' if number else ' '} {text(side['body'])}" for number, side in enumerate(claim["sides"]))


def where(conditions: Any) -> str:
    return f" where {', '.join(f'{text(a)} {relation} {text(b)}' for a, relation, b in conditions)}" if conditions else ""


def text(e: Any) -> str:
    """An index or an expression for a person."""
    if not isinstance(e, list):
        return str(e)
    parts = [text(x) if isinstance(x, (list, str, int)) and e[0] in FORMS else "" for x in e[1:]]
    if e[0] in FORMS:
        return FORMS[e[0]].format(*parts)
    joined = {"add": " + ", "mul": " · "}
    if e[0] in joined:
        return f"({joined[e[0]].join(map(text, e[1]))})"
    if e[0] == "lin":
        terms = "".join(f"{'+' * (k > 0)}{'' if k == 1 else k}{a if isinstance(a, str) else text(['at', *a, []])}" for a, k in e[2])
        return terms.removeprefix("+") + (f"{e[1]:+d}" if e[1] else "")
    if e[0] == "at":
        return str(e[1]) + "".join(f"{a}{','.join(map(text, part))}{b}" for part, a, b in ((e[2], "_{", "}"), (e[3], "[", "]")) if part)
    if e[0] in ("sum", "prod"):
        return f"{e[0]}({text(e[5])} for {e[1]} = {text(e[2])}..{text(e[3])}{where(e[4])})"
    if e[0] == "cases":
        return f"{{{'; '.join(text(body) + where(c) for c, body in e[1])}; else {'nothing' if e[2] is None else text(e[2])}}}"
    if e[0] == "apply":
        name = text(["at", e[1], e[6], e[3]]) + "'" * e[5] + "".join(f" by {i}:[{','.join(map(text, at))}]" for i, at in e[4])
        return f"{name}({', '.join(text(a[2]) + ' over ' * bool(a[0]) + ','.join(a[0]) for a in e[2])})"
    return json.dumps(e)


#: Forms whose parts are told one after the other.
FORMS = {"num": "{0}", "index": "{0}", "pow": "({0})^({1})", "d": "∂({0})/∂({1}) {2}"}


def main() -> int:
    parser = argparse.ArgumentParser(description="Check certificates of symbptt.")
    parser.add_argument("files", nargs="+", metavar="FILE")
    parser.add_argument("--show", action="store_true", help="print the claim as it is checked")
    parser.add_argument("--seed", default="", help="take other random points")
    given = parser.parse_args()
    return report(given.files, given.seed, given.show, print)


if __name__ == "__main__":
    sys.exit(main())
