"""Last resorts of the exact engine: known functions written through exp, half angles and sums of logarithms.

Elimination treats a function application as an atom. When it leaves a remainder, its atoms are rewritten here (tanh x as
(E² − 1)/(E² + 1) with E = eˣ, and so on) and the remainder is eliminated anew. Each rewriting is an identity wherever both
of its sides are defined.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import lcm

from symbptt.engines.constraints import Constraints
from symbptt.functions import FUNCTIONS, Coefficient, Function
from symbptt.graph import ONE, Application, Graph, Kind

Expand = Callable[[int], list[tuple[Coefficient, int]]]
"""A node as a linear combination of nodes that are products of atoms."""
Rewriting = Callable[[list[int]], dict[int, int]]
"""From function applications to the nodes to put in their place (only for those it rewrites)."""

_HALF_ANGLE = "tangent of half of"


@dataclass(frozen=True)
class Value:
    """A node with the arithmetic operators, so that the formulas of the function table can build nodes."""

    graph: Graph
    node: int

    def _other(self, other: Value | int) -> int:
        return other.node if isinstance(other, Value) else self.graph.const(other)

    def __add__(self, other: Value | int) -> Value:
        return Value(self.graph, self.graph.add((self.node, self._other(other))))

    def __sub__(self, other: Value | int) -> Value:
        return Value(self.graph, self.graph.sub(self.node, self._other(other)))

    def __mul__(self, other: Value | int) -> Value:
        return Value(self.graph, self.graph.mul((self.node, self._other(other))))

    __radd__ = __add__
    __rmul__ = __mul__

    def __rsub__(self, other: Value | int) -> Value:
        return Value(self.graph, self.graph.sub(self._other(other), self.node))

    def __truediv__(self, other: Value | int) -> Value:
        return Value(self.graph, self.graph.mul((self.node, self.graph.power(self._other(other), -1))))


class Rewriter:
    """The rewritings of one graph, from cheap to dear."""

    def __init__(self, graph: Graph, constraints: Constraints, expand: Expand) -> None:
        self.graph = graph
        self.constraints = constraints
        self.expand = expand

    def rewritings(self) -> tuple[Rewriting, ...]:
        """In the order in which to try them; each is applied to the same remainder."""
        return self._whole, self._split

    # -- through exp ----------------------------------------------------------------------------------------------------

    def _whole(self, applications: list[int]) -> dict[int, int]:
        """Through exp(argument), arguments kept whole."""
        return self._through(applications, lambda arg: Value(self.graph, self.graph.apply("exp", (arg,))))

    def _split(self, applications: list[int]) -> dict[int, int]:
        """Through exp of single products: exp(2a + b) = exp(a)² exp(b); fractions by exp of a common part."""
        linear = {arg: self._combination(arg) for node in applications for arg in self._exponents(node)}
        parts: dict[int, int] = {}
        for combination in linear.values():
            for unit, coefficient in combination.items():
                parts[unit] = lcm(parts.get(unit, 1), Fraction(coefficient).denominator)

        def exponential(arg: int) -> Value:
            combination = linear[arg] if arg in linear else self._combination(arg)
            powers = []
            for unit, coefficient in combination.items():
                part = lcm(parts.get(unit, 1), Fraction(coefficient).denominator)
                base = self.graph.apply("exp", (self.graph.scale(Fraction(1, part), unit),))
                powers.append(self.graph.power(base, int(coefficient * part)))
            return Value(self.graph, self.graph.mul(powers))

        return self._through(applications, exponential)

    def _exponents(self, node: int) -> tuple[int, ...]:
        """The arguments whose exponentials stand for this application."""
        what: Application = self.graph.data[node]
        row = FUNCTIONS.get(what.function)
        if row is None:
            return ()
        if row.undoes == "exp":
            inner = [self.graph.data[n].args for n in self._inside(what.args[0])]
            return tuple(arg for args in inner for arg in args)
        return what.args if row.through_exp is not None else ()

    def _inside(self, node: int) -> list[int]:
        """Applications with a form through exp among the factors and terms of the argument of a logarithm."""
        graph = self.graph
        found, stack = [], [node]
        while stack:
            top = stack.pop()
            if graph.kinds[top] == Kind.APPLY:
                row = FUNCTIONS.get(graph.data[top].function)
                if row is not None and row.through_exp is not None:
                    found.append(top)
            else:
                stack.extend(graph.children(top))
        return found

    def _combination(self, node: int) -> dict[int, Coefficient]:
        combination: dict[int, Coefficient] = {}
        for coefficient, unit in self.expand(node):
            combination[unit] = combination.get(unit, 0) + coefficient
        return combination

    def _through(self, applications: list[int], exponential: Callable[[int], Value]) -> dict[int, int]:
        images: dict[int, int] = {}
        for node in applications:
            what: Application = self.graph.data[node]
            row = FUNCTIONS.get(what.function)
            if row is not None:
                image = self._image(row, what, exponential)
                if image is not None and image != node:
                    images[node] = image
        return images

    def _image(self, row: Function, what: Application, exponential: Callable[[int], Value]) -> int | None:
        graph = self.graph
        if row.through_half_angle is not None:
            tangent = Value(graph, graph.apply(_HALF_ANGLE, what.args))
            top, bottom = row.through_half_angle(tangent)
            return int((top / bottom).node)
        if row.through_exp is not None:
            quotient = self._quotient(row, what, exponential)
            return self._logarithm(quotient) if row.logarithm else quotient
        if row.undoes == "exp":
            inner = self._inside(what.args[0])
            images = {node: self._quotient(FUNCTIONS[graph.data[node].function], graph.data[node], exponential) for node in inner}
            return self._logarithm(graph.substitute(what.args, images)[0])
        return None

    def _quotient(self, row: Function, what: Application, exponential: Callable[[int], Value]) -> int:
        if row.through_exp is None:
            raise ValueError(f"`{row.name}` has no form through exp")
        top, bottom = row.through_exp([exponential(arg) for arg in what.args], what.component)
        return int((top if isinstance(bottom, int) and bottom == 1 else top / bottom).node)

    # -- logarithms -----------------------------------------------------------------------------------------------------

    def _logarithm(self, node: int) -> int:
        """log of a product as a sum over those factors that are certainly positive; log exp x = x."""
        graph = self.graph
        terms, rest, stack = [], [], [(node, 1, False)]
        while stack:
            factor, exponent, reduced = stack.pop()
            kind, data = graph.kinds[factor], graph.data[factor]
            if kind == Kind.NAME:
                stack.append((data[1], exponent, False))
            elif kind == Kind.MUL:
                stack.extend((base, e * exponent, False) for base, e in data)
            elif kind == Kind.ADD and len(data) == 1 and data[0][1] > 0:
                terms.append(graph.scale(exponent, graph.apply("log", (graph.const(data[0][1]),))))
                stack.append((data[0][0], exponent, False))
            elif kind == Kind.ADD and not reduced and (common := self._common(data)):
                stack.extend((base, e * exponent, False) for base, e in common)
                inverse = graph.mul(graph.power(base, -e) for base, e in common)
                rest_of_sum = graph.add(graph.scale(c, graph.mul((child, inverse))) for child, c in data)
                rest_of_sum = graph.add(graph.scale(c, unit) for c, unit in self.expand(rest_of_sum))  # 1 − E/(E + 1) = (E + 1 − E)/(E + 1)
                stack.append((rest_of_sum, exponent, True))
            elif self.positive(factor):
                terms.append(graph.scale(exponent, graph.apply("log", (factor,))))
            else:
                rest.append(graph.power(factor, exponent))
        remaining = graph.mul(rest)
        return graph.add([*terms, graph.apply("log", (remaining,)) if remaining != ONE else graph.const(0)])

    def _common(self, terms: tuple[tuple[int, Coefficient], ...]) -> list[tuple[int, int]]:
        """Certainly positive factors of every term of a sum: 1 + 1/E = (E + 1)/E."""
        powers = [self._powers(child) for child, _ in terms]
        bases = sorted({base for each in powers for base in each if self.positive(base)})
        least = ((base, min(each.get(base, 0) for each in powers)) for base in bases)
        return [(base, e) for base, e in least if e]

    def _powers(self, node: int) -> dict[int, int]:
        while self.graph.kinds[node] == Kind.NAME:
            node = self.graph.data[node][1]
        if node == ONE:
            return {}
        return dict(self.graph.data[node]) if self.graph.kinds[node] == Kind.MUL else {node: 1}

    def positive(self, node: int) -> bool:
        """Whether `node` is certainly > 0 wherever it is defined; False says nothing."""
        graph = self.graph
        certain: dict[int, bool] = {}
        for part in sorted(graph.support((node,))):
            kind, data = graph.kinds[part], graph.data[part]
            if kind == Kind.CONST:
                certain[part] = data > 0
            elif kind == Kind.LEAF:
                certain[part] = part in self.constraints.positive
            elif kind == Kind.ADD:
                certain[part] = all(certain[child] and c > 0 for child, c in data)
            elif kind == Kind.MUL:
                certain[part] = all(certain[child] or e % 2 == 0 for child, e in data) and not _may_vanish(data, certain)
            elif kind == Kind.NAME:
                certain[part] = certain[data[1]]
            else:
                certain[part] = data.function in FUNCTIONS and FUNCTIONS[data.function].always_positive
        return certain[node]


def _may_vanish(factors: Sequence[tuple[int, int]], certain: dict[int, bool]) -> bool:
    """A square is only ≥ 0 unless its base is known to be positive."""
    return any(e > 0 and not certain[child] for child, e in factors)
