"""The screen: values of every node at random points modulo primes, "certainly not identical over the atoms" or "probably equal".

A polynomial identity of degree d survives at a random point of F_p with probability 1, a false one with at most d/p (Schwartz
1980, Zippel 1979). Abstract functions are keyed hashes of their arguments' values, so congruent applications agree. exp is a
true homomorphism: with q a prime dividing p − 1 and g of order q in F_p, exp(x) = g^{x mod q}; so every node carries a second
value, its shadow modulo q, where transcendental functions are hashes.

What the screen does not see: log(ab) = log a + log b, √x² = x, x·step(x) ≥ 0. Where these may matter
(`Screen.blind`) a nonzero value means nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import blake2b

from symbptt.engines.constraints import Constraints
from symbptt.functions import FUNCTIONS, Coefficient, Function
from symbptt.graph import Application, Graph, Kind

_BLIND = frozenset({"log", "softplus", "sqrt"})
_GENERIC = 2  # points where steps are any numbers and one-hot groups any numbers with sum 1
_CHOICES = 8  # points where steps are 0 or 1 and one entry of each one-hot group is 1


@dataclass(frozen=True)
class Field:
    """Primes with `small` dividing `large` − 1."""

    small: int
    large: int

    def generator(self, salt: int) -> int:
        """An element of order `small` modulo `large`."""
        while True:
            candidate = pow(2 + salt, (self.large - 1) // self.small, self.large)
            if candidate != 1:
                return candidate
            salt += 1


FIELDS = (
    Field(small=2305843009213693951, large=119903836479112085453),
    Field(small=1481045195438273123, large=35545084690518554953),
)


def _hash(key: bytes, *parts: object) -> int:
    return int.from_bytes(blake2b(repr(parts).encode(), key=key, digest_size=16).digest(), "little")


class _Round:
    """One random point: `large[node]` modulo p and `small[node]` modulo q, None where undefined (a reciprocal of 0)."""

    def __init__(self, graph: Graph, seed: int, number: int, constraints: Constraints) -> None:
        self.graph = graph
        self.number = number
        self.field = FIELDS[number % len(FIELDS)]
        self.key = blake2b(f"{seed}:{number}".encode(), digest_size=32).digest()
        self.generator = self.field.generator(_hash(self.key, "generator") % (1 << 32))
        self.large: list[int | None] = []
        self.small: list[int | None] = []
        self.exponentials: dict[int, int] = {}
        self.chosen: dict[int, int] = {}
        for place, group in enumerate(constraints.one_hot):
            hot = (_hash(b"hot", seed, place) + number) % len(group)
            values = [int(i == hot) for i in range(len(group))]
            if number < _GENERIC:
                values = [_hash(self.key, graph.data[leaf]) for leaf in group[:-1]]
                values.append(1 - sum(values))
            self.chosen.update(zip(group, values, strict=True))

    def extend(self, size: int) -> None:
        """Values for all nodes below `size`."""
        kinds, data, large, small = self.graph.kinds, self.graph.data, self.large, self.small
        p, q = self.field.large, self.field.small
        for node in range(len(large), size):
            kind, what = kinds[node], data[node]
            if kind == Kind.ADD:
                large.append(_sum(what, large, p))
                small.append(_sum(what, small, q))
            elif kind == Kind.MUL:
                large.append(_product(what, large, p))
                small.append(_product(what, small, q))
            elif kind == Kind.NAME:
                large.append(large[what[1]])
                small.append(small[what[1]])
            elif kind == Kind.APPLY:
                self._apply(what)
            elif kind == Kind.LEAF:
                value = self.chosen.get(node, _hash(self.key, what))
                large.append(value % p)
                small.append(value % q)
            else:
                large.append(_residue(what, p))
                small.append(_residue(what, q))

    def _apply(self, what: Application) -> None:
        large, small = [self.large[a] for a in what.args], [self.small[a] for a in what.args]
        row = FUNCTIONS.get(what.function)
        p = self.field.large
        self.small.append(None if None in small else self._opaque(what, small, self.field.small))
        if row is not None and row.through_exp is not None:
            self.large.append(None if None in small else self._through_exp(row, what, small))
        elif row is not None and row.through_half_angle is not None:
            tangent = None if None in large else _hash(self.key, "half angle", large) % p
            self.large.append(None if tangent is None else _quotient(*row.through_half_angle(tangent), p))
        else:
            self.large.append(None if None in large else self._opaque(what, large, p))

    def _opaque(self, what: Application, values: list[int | None], modulus: int) -> int:
        value = _hash(self.key, what.function, what.component, what.orders, values)
        if what.function == "step" and self.number >= _GENERIC:
            return int(value & 15 != 0) if self.number % 2 else value & 1  # nearly all 1, so that long products survive
        return value % modulus

    def _through_exp(self, row: Function, what: Application, small: list[int | None]) -> int | None:
        p = self.field.large
        assert row.through_exp is not None
        top, bottom = row.through_exp([self._exp(x) for x in small if x is not None], what.component)
        quotient = _quotient(top, bottom, p)
        return _hash(self.key, "log", (), (), [quotient]) % p if row.logarithm and quotient is not None else quotient

    def _exp(self, x: int) -> int:
        value = self.exponentials.get(x)
        if value is None:
            value = self.exponentials[x] = pow(self.generator, x, self.field.large)
        return value


def _quotient(top: int, bottom: int, modulus: int) -> int | None:
    return top * pow(bottom, -1, modulus) % modulus if bottom % modulus else None


def _residue(value: Coefficient, modulus: int) -> int:
    if isinstance(value, int):
        return value % modulus
    return value.numerator * pow(value.denominator, -1, modulus) % modulus


def _sum(terms: tuple[tuple[int, Coefficient], ...], values: list[int | None], modulus: int) -> int | None:
    total = 0
    for node, c in terms:
        value = values[node]
        if value is None:
            return None
        total += value * (c if isinstance(c, int) else _residue(c, modulus))
    return total % modulus


def _product(factors: tuple[tuple[int, int], ...], values: list[int | None], modulus: int) -> int | None:
    total = 1
    for node, exponent in factors:
        value = values[node]
        if value is None or (exponent < 0 and value == 0):
            return None
        total = total * (value if exponent == 1 else pow(value, exponent, modulus)) % modulus
    return total


class Screen:
    """Random values of all nodes of a graph that may go on growing; deterministic in `seed`."""

    def __init__(self, graph: Graph, seed: int = 0, constraints: Constraints | None = None) -> None:
        self.graph = graph
        self.constraints = constraints or Constraints()
        self._rounds = [_Round(graph, seed, number, self.constraints) for number in range(_GENERIC + _CHOICES)]

    def value(self, node: int, number: int = 0) -> int | None:
        """The value modulo the large prime at point `number`; None where it is undefined there."""
        point = self._rounds[number]
        if len(point.large) <= node:
            point.extend(len(self.graph))
        return point.large[node]

    def modulus(self, number: int = 0) -> int:
        """The prime that `value` at point `number` is taken by."""
        return self._rounds[number].field.large

    def generic(self) -> range:
        """The points that know nothing of step² = step and of one-hot groups but their sum; error below 2^-100."""
        return range(_GENERIC)

    def faithful(self) -> range:
        """The points that obey all that is known; where there are steps or one-hot groups each sees one choice only."""
        choices = bool(self.constraints.one_hot) or "step" in self.graph.functions
        return range(_GENERIC, _GENERIC + _CHOICES) if choices else self.generic()

    def fingerprint(self, node: int) -> tuple[int, ...] | None:
        """The values at the generic points: equal ones make nodes candidates for being equal. None where undefined."""
        values = tuple(value for number in self.generic() if (value := self.value(node, number)) is not None)
        return values if len(values) == _GENERIC else None

    def probably_zero(self, node: int) -> bool:
        """False: not identically zero over its atoms, or nowhere defined. True: zero at every point where it is defined."""
        if self.fingerprint(node) == (0,) * _GENERIC:
            return self.somewhere_defined(node)
        defined = 0
        for number in self.faithful():
            value = self.value(node, number)
            if value:
                return False
            defined += value is not None
        return defined > 0

    def somewhere_defined(self, node: int) -> bool:
        """Whether `node` has a value at a point that obeys all that is known."""
        return any(self.value(node, number) is not None for number in self.faithful())

    def somewhere_nonzero(self, node: int) -> bool:
        """Whether `node` is defined and not 0 at a point that obeys all that is known."""
        return any(self.value(node, number) for number in self.faithful())

    def blind(self, nodes: Iterable[int]) -> bool:
        """Whether `nodes` contain functions with relations that the screen does not see."""
        return not self.graph.functions.isdisjoint(_BLIND) and any(
            self.graph.kinds[node] == Kind.APPLY and self.graph.data[node].function in _BLIND for node in nodes
        )
