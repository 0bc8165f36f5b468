"""Refutation: a real point of the model at which two sides certainly differ.

Leaves take small rationals, abstract functions random polynomials with rational coefficients (their derivatives come from
the same polynomial), known functions Arb balls (Johansson 2017). Where nothing transcendental is met the evaluation is exact.
The enclosure of left − right excludes 0, so the point is a proof that the two sides are not identical.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from hashlib import blake2b
from random import Random
from typing import Any

import flint

from symbptt.engines.constraints import Constraints
from symbptt.functions import FUNCTIONS, Coefficient
from symbptt.graph import Application, Graph, Kind

#: Beyond this a value, and below its reciprocal a difference, is nothing to show to anybody: e^{10000}.
EXTREME = flint.fmpq(10**300)
#: What is between this and its reciprocal is written in a few digits; and by how much of them two numbers differ at first sight.
USUAL = flint.fmpq(10**6)
DIGITS = flint.fmpq(1000)
#: Bits to which a difference is known where it is reported.
SHARP = 16
PRECISIONS = (64, 128, 256, 512, 1024)
_EXACT_POWER = 1000  # higher powers are enclosed, not written out
_DOUBLED = 2  # so many points are tried again at higher precision
_SIMPLE = (Fraction(1), Fraction(2), Fraction(-1), Fraction(1, 2), Fraction(-2), Fraction(-1, 2))
_QUARTERS = tuple(Fraction(n, d) for d in (1, 2, 3, 4) for n in range(-2 * d, 2 * d + 1) if n and (d == 1 or n % d))
_SMALL = tuple(Fraction(n, d) for d in (1, 2, 3, 4) for n in (1, -1))


_SIMPLE_POINTS = 4  # the first points take small round values
_TAME = 12  # from this one on, abstract functions take values between 0 and 1, so that logarithms are defined

Entry = tuple[Hashable, int, int]
Exponents = tuple[int, ...]


@dataclass(frozen=True)
class Difference:
    """An entry of a claim with its values at a point where they differ; numbers as text, exact or with a radius.

    `values` holds the leaves that the two sides of this entry depend on, `functions` the polynomial taken for each abstract one;
    both are of `point`. `hollow`: one side is 0, and not since a step, ReLU', is.
    """

    entry: Hashable
    left: str
    right: str
    difference: str
    values: Mapping[Hashable, Fraction]
    functions: Mapping[str, str]
    point: Point
    hollow: bool = False


@dataclass(frozen=True)
class Stand:
    """The polynomial that stands for an abstract function of `arity` arguments: exponents to coefficient."""

    arity: int
    terms: Mapping[Exponents, Fraction]

    def derivative(self, position: int) -> Stand:
        """The partial derivative by one argument."""
        terms: dict[Exponents, Fraction] = {}
        for exponents, c in self.terms.items():
            power = exponents[position]
            if power:
                terms[(*exponents[:position], power - 1, *exponents[position + 1 :])] = c * power
        return Stand(self.arity, terms)

    def at(self, args: Sequence[Any]) -> Any:
        """The value; any numbers that fmpq mixes with."""
        total: Any = flint.fmpq(0)
        for exponents, c in self.terms.items():
            term: Any = flint.fmpq(c.numerator, c.denominator)
            for arg, power in zip(args, exponents, strict=True):
                if power:
                    term = term * arg**power
            total = total + term
        return total

    def text(self, function: str, component: tuple[int, ...]) -> str:
        """As `f(x) = 1/2 + x - x^3/3`."""
        names = ("x",) if self.arity == 1 else tuple(f"x{i + 1}" for i in range(self.arity))
        shown = [_term(c, exponents, names) for exponents, c in self.terms.items() if c]
        body = " ".join(("+ " if not term.startswith("-") else "- ") + term.lstrip("-") for term in shown) or "0"
        label = function + (f"[{','.join(str(i) for i in component)}]" if component else "")
        return f"{label}({', '.join(names)}) = {body.removeprefix('+ ')}"


def _term(c: Fraction, exponents: Exponents, names: tuple[str, ...]) -> str:
    factors = "*".join(name if e == 1 else f"{name}^{e}" for name, e in zip(names, exponents, strict=True) if e)
    if not factors:
        return str(c)
    top = {1: factors, -1: f"-{factors}"}.get(c.numerator, f"{c.numerator}*{factors}")
    return top if c.denominator == 1 else f"{top}/{c.denominator}"


def random_stand(arity: int, random: Random, kind: str = "") -> Stand:
    """A polynomial of degree 3 none of whose derivatives up to the second vanishes: all linear terms, squares, cross terms.

    `simple` ones of one variable have degree 2; `tame` ones stay between 0 and 1 near 0, as probabilities do.
    """
    zero = (0,) * arity
    if kind == "tame":
        terms = {_powers(arity, (i,)): Fraction(random.choice((1, -1)), 8 * arity) for i in range(arity)}
        squares = {_powers(arity, (i, (i + 1) % arity)): Fraction(1, 16 * arity) for i in range(arity)}
        return Stand(arity, {zero: Fraction(1, 2), **terms, **squares, _powers(arity, (0, 0, 0)): Fraction(1, 32)})
    if kind == "simple" and arity == 1:
        return Stand(1, {zero: random.choice(_SMALL), (1,): random.choice(_SMALL), (2,): random.choice(_SMALL)})
    if kind == "simple":
        squares = {_powers(arity, (i, i)): Fraction(random.choice((1, -1)), 2) for i in range(arity)}
        cross = {_powers(arity, (i, i + 1)): Fraction(random.choice((1, -1))) for i in range(arity - 1)}
        return Stand(arity, {_powers(arity, (i,)): Fraction(random.choice((1, -1))) for i in range(arity)} | squares | cross)
    terms = {zero: random.choice(_SMALL)}
    for i in range(arity):
        terms[_powers(arity, (i,))] = random.choice(_SMALL)
    if arity == 1:
        terms[2,], terms[3,] = random.choice(_SMALL), random.choice(_SMALL)
        return Stand(1, terms)
    for i in range(arity):
        terms[_powers(arity, (i, i))] = random.choice(_SMALL)
        terms[_powers(arity, (i, (i + 1) % arity))] = random.choice(_SMALL)
        if i + 2 < arity:
            terms[_powers(arity, (i, random.randrange(i + 1, arity)))] = random.choice(_SMALL)
    for i in range(min(arity, 4)):
        other = random.randrange(arity)
        terms[_powers(arity, (i, i, other))] = random.choice(_SMALL)
    return Stand(arity, terms)


def _powers(arity: int, positions: Iterable[int]) -> Exponents:
    exponents = [0] * arity
    for position in positions:
        exponents[position] += 1
    return tuple(exponents)


@dataclass
class Point:
    """Values for leaves and stands for abstract functions, and the evaluation of a graph there."""

    values: Mapping[int, Fraction]
    seed: str
    kind: str = ""
    stands: dict[tuple[str, tuple[int, ...], int], Stand] = field(default_factory=dict)
    derived: dict[tuple[str, tuple[int, ...], int, tuple[tuple[int, int], ...]], Stand] = field(default_factory=dict)

    def stand(self, what: Application) -> Stand:
        """The polynomial for an abstract function, with the partial derivatives asked for."""
        key = (what.function, what.component, len(what.args))
        asked = (*key, what.orders)
        if asked not in self.derived:
            if key not in self.stands:
                digest = blake2b(f"{self.seed}:{key}".encode(), digest_size=8).digest()
                self.stands[key] = random_stand(len(what.args), Random(int.from_bytes(digest, "little")), self.kind)
            stand = self.stands[key]
            for position, count in what.orders:
                for _ in range(count):
                    stand = stand.derivative(position)
            self.derived[asked] = stand
        return self.derived[asked]

    def evaluate(self, graph: Graph, nodes: Sequence[int]) -> dict[int, Any]:
        """Values of `nodes` (sorted, closed under children) as `fmpq`, or `arb` at the precision in force.

        None where a value is not certainly defined: a reciprocal of 0, a logarithm of a negative number, ReLU' at 0.
        """
        value: dict[int, Any] = {}
        for node in nodes:
            kind, data = graph.kinds[node], graph.data[node]
            if kind == Kind.ADD:
                value[node] = _sum(data, value)
            elif kind == Kind.MUL:
                value[node] = _product(data, value)
            elif kind == Kind.NAME:
                value[node] = value[data[1]]
            elif kind == Kind.APPLY:
                args = [value[arg] for arg in data.args]
                value[node] = None if None in args else self._apply(data, args)
            else:
                value[node] = rational(self.values[node] if kind == Kind.LEAF else data)
        return value

    def _apply(self, what: Application, args: list[Any]) -> Any:
        row = FUNCTIONS.get(what.function)
        if row is None:
            return self.stand(what).at(args)
        if row.name == "step" and isinstance(args[0], flint.fmpq):
            return flint.fmpq(int(args[0] > 0)) if args[0] else None
        result = row.arb([flint.arb(arg) for arg in args], what.component)
        return result if result.is_finite() else None


def rational(value: Coefficient) -> Any:
    """As `fmpq`."""
    return flint.fmpq(value) if isinstance(value, int) else flint.fmpq(value.numerator, value.denominator)


def _sum(terms: tuple[tuple[int, Coefficient], ...], value: Mapping[int, Any]) -> Any:
    total: Any = flint.fmpq(0)
    for child, c in terms:
        if value[child] is None:
            return None
        total = total + value[child] * rational(c)
    return total


def _product(factors: tuple[tuple[int, int], ...], value: Mapping[int, Any]) -> Any:
    total: Any = flint.fmpq(1)
    for child, exponent in factors:
        base = value[child]
        if base is None or (exponent < 0 and not certainly_nonzero(base)):
            return None
        if abs(exponent) > _EXACT_POWER:
            base = flint.arb(base)
        total = total * (base if exponent == 1 else base**exponent)
    return total


def certainly_nonzero(value: Any) -> bool:
    """Whether an exact number is not 0, or a ball excludes 0."""
    return bool(value != 0) if isinstance(value, flint.fmpq) else not value.contains(0)


def choose_point(graph: Graph, leaves: Sequence[int], constraints: Constraints, seed: int, number: int) -> Point:
    """Point `number`: the first ones are simple; every other one has positive entries only."""
    digest = blake2b(f"{seed}:{number}".encode(), digest_size=8).digest()
    random = Random(int.from_bytes(digest, "little"))
    tame = number >= _TAME
    pool = _SIMPLE if number < _SIMPLE_POINTS else _SMALL if tame else _QUARTERS
    values = {}
    for leaf in leaves:
        value = random.choice(pool)
        values[leaf] = abs(value) if leaf in constraints.positive or number % 2 else value
    for group in constraints.one_hot:
        hot = random.randrange(len(group))
        values.update({leaf: Fraction(int(i == hot)) for i, leaf in enumerate(group) if leaf in values})
    return Point(values, f"{seed}:{number}", "tame" if tame else "simple" if number < _SIMPLE_POINTS else "")


def find_difference(
    graph: Graph,
    entries: Sequence[Entry],
    constraints: Constraints | None = None,
    seed: int = 0,
    tries: int = 18,
) -> Difference | None:
    """A point where the left and right node of one of `entries` (key, left, right) certainly differ; None if none was found.

    Preferred is one where that shows at first sight: no side is 0, and the first digits differ of numbers of a usual size.
    """
    entries = [(key, left, right) for key, left, right in entries if left != right]
    support = sorted(graph.support(node for _, *sides in entries for node in sides))
    leaves = [node for node in support if graph.kinds[node] == Kind.LEAF]
    constraints = constraints or Constraints()
    points = [choose_point(graph, leaves, constraints, seed, number) for number in range(tries)]
    unclear = [(point, entries) for point in points]
    for precision in PRECISIONS:
        still_unclear = []
        certain: Difference | None = None
        for point, undecided in unclear:
            found, wide, plain = _compare(graph, point, support, undecided, precision)
            if found is not None and plain:
                return found
            certain = certain or found
            if wide:
                still_unclear.append((point, wide))
        if certain is not None:
            return certain
        unclear = still_unclear[:_DOUBLED]
    return None


def _compare(
    graph: Graph, point: Point, support: Sequence[int], entries: Sequence[Entry], precision: int
) -> tuple[Difference | None, list[Entry], bool]:
    """The first entry that differs at `point`, or the entries whose ball contains 0 without being 0; and whether it differs plainly.

    One that does so goes before others.
    """
    with flint.ctx.workprec(precision):
        value = point.evaluate(graph, support)
        wide: list[Entry] = []
        certain: Entry | None = None
        for entry in entries:
            left, right = value[entry[1]], value[entry[2]]
            if left is None or right is None:
                continue
            difference = left - right
            if _is_sharp(difference) and abs(difference) > 1 / EXTREME and max(abs(left), abs(right)) < EXTREME:
                if _is_plain(left, right, difference):
                    return _report(graph, point, entry, value), [], True
                certain = certain or entry
            elif not isinstance(difference, flint.fmpq):
                wide.append(entry)
        if certain is not None:
            return _report(graph, point, certain, value), [], False
    return None, wide, False


def _is_plain(left: Any, right: Any, difference: Any) -> bool:
    """Whether two numbers differ at first sight: neither is 0, both are of a usual size, and they differ in their first digits."""
    sides = [abs(left), abs(right)]
    if not all(map(certainly_nonzero, sides)):
        return False
    return bool(all(1 / USUAL < side < USUAL for side in sides) and abs(difference) * DIGITS > max(sides))


def _is_sharp(value: Any) -> bool:
    """Whether a number is not 0, and a ball so small that it excludes 0 in decimal digits, too."""
    return certainly_nonzero(value) and (isinstance(value, flint.fmpq) or value.rel_accuracy_bits() > SHARP)


def _report(graph: Graph, point: Point, entry: tuple[Hashable, int, int], value: Mapping[int, Any]) -> Difference:
    key, left, right = entry
    below = graph.support((left, right))
    values = {graph.data[node]: point.values[node] for node in sorted(below) if graph.kinds[node] == Kind.LEAF}
    functions = {}
    for node in sorted(below):
        data = graph.data[node]
        if graph.kinds[node] == Kind.APPLY and data.function not in FUNCTIONS:
            plain = data._replace(orders=())
            text = point.stand(plain).text(data.function, data.component)
            functions[text.partition("(")[0]] = text
    a, b = value[left], value[right]
    texts = (number_text(a), number_text(b))
    hollow = any(text == "0" and not _has_a_step(graph, node) for node, text in zip((left, right), texts, strict=True))
    return Difference(key, *texts, number_text(a - b), values, functions, point, hollow)


def _has_a_step(graph: Graph, node: int) -> bool:
    return any(graph.kinds[inner] == Kind.APPLY and graph.data[inner].function == "step" for inner in graph.support([node]))


def number_text(value: Any) -> str:
    """An exact rational as `-3/4`, a ball as Arb prints it: `[0.1234567890123 +/- 4.1e-16]`."""
    return str(value) if isinstance(value, flint.fmpq) else str(value.str(20))
