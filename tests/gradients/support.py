"""Models to differentiate, and evaluation of graphs and SymPy expressions at one point, exactly or to 50 digits."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from random import Random
from typing import Any

import mpmath  # type: ignore[import-untyped]
import sympy

from symbptt.documents.model import list_models, load_model
from symbptt.graph import Graph, Kind
from symbptt.index import Computation
from symbptt.problem import Problem
from symbptt.reading.choices import Choices
from symbptt.reading.claim import read_model
from symbptt.reading.declare import parse_problem
from symbptt.settings import size_names
from symbptt.specification import Step
from symbptt.unroll import Unroller, display
from symbptt.unrolled import Key, Setting

MP = mpmath.mp.clone()
MP.dps = 50
MODELS = list_models()
TARGETS = {"mlp": "C", "rnn-siso": "C", "rnn-miso": "C", "rnn-simo": "c", "rnn-mimo": "c"}
EXACT = frozenset({"step"})  # functions of the table with rational values at rational points


@cache
def built_in(name: str) -> tuple[Computation, str]:
    """A built-in model as read under its own notation, and the name of its loss."""
    return read(load_model(name).problem("x = x")), TARGETS.get(name, "L")


def read(problem: Problem) -> Computation:
    return read_model(parse_problem(problem), Choices())[1]


def setting(computation: Computation, steps: int, sizes: Sequence[int], turn: int = 0) -> Setting:
    """Unequal sizes in the order in which the model names them."""
    names = size_names(computation)
    values: dict[Any, int] = dict(zip(names, (*sizes[turn:], *sizes[:turn]), strict=False))
    values.update(dict.fromkeys(computation.last_steps, steps))
    return Setting(values, turn=turn)


def members(unroller: Unroller, target: int) -> list[tuple[str, tuple[int, ...]]]:
    """All members of families that are free or named below a node."""
    graph = unroller.graph
    keys = set()
    for node in graph.support((target,)):
        if graph.kinds[node] == Kind.LEAF:
            keys.add(graph.data[node])
        elif graph.kinds[node] == Kind.NAME:
            keys.add(graph.data[node][0])
    return sorted({(key[0], key[1]) for key in keys})


# -- abstract functions as polynomials ------------------------------------------------------------------------------------

_CUBIC = (Fraction(1, 5), Fraction(-1, 2), Fraction(1, 7), Fraction(1, 3))


def polynomial(x: Any, order: int) -> Any:
    """The derivative of that order of 1/5 − x/2 + x²/7 + x³/3."""
    return sum((math.perm(k, order) * c * x ** (k - order) for k, c in enumerate(_CUBIC) if k >= order), start=Fraction(0))


def abstract_value(arguments: Sequence[Any], component: tuple[int, ...], orders: Mapping[int, int]) -> Any:
    """f_i(u) = p(i + Σ_k (k+1) u_k), one polynomial function of any number of arguments, and its partial derivatives."""
    shift = sum(i * 10**k for k, i in enumerate(component))
    inner = sum(((k + 1) * u for k, u in enumerate(arguments)), start=Fraction(shift, 7))
    weight = math.prod((k + 1) ** n for k, n in orders.items())
    return weight * polynomial(inner, sum(orders.values()))


# -- evaluation -------------------------------------------------------------------------------------------------------------


def _softmax(a: Sequence[Any], component: tuple[int, ...]) -> Any:
    return MP.exp(a[component[0]]) / sum(map(MP.exp, a))


TABLE: Mapping[str, Callable[[Sequence[Any], tuple[int, ...]], Any]] = {
    "tanh": lambda a, _: MP.tanh(a[0]),
    "sigmoid": lambda a, _: 1 / (1 + MP.exp(-a[0])),
    "exp": lambda a, _: MP.exp(a[0]),
    "log": lambda a, _: MP.log(a[0]),
    "softplus": lambda a, _: MP.log(1 + MP.exp(a[0])),
    "step": lambda a, _: Fraction(int(a[0] > 0)),
    "softmax": _softmax,
    "sqrt": lambda a, _: MP.sqrt(a[0]),
    "sin": lambda a, _: MP.sin(a[0]),
    "cos": lambda a, _: MP.cos(a[0]),
    "sinh": lambda a, _: MP.sinh(a[0]),
    "cosh": lambda a, _: MP.cosh(a[0]),
}


@dataclass(frozen=True)
class Point:
    """Values of the free entries: rational, or 50-digit numbers where the model is transcendental."""

    values: Mapping[Key, Any]
    number: Callable[[Fraction], Any]

    def of_graph(self, graph: Graph, nodes: Sequence[int]) -> list[Any]:
        value: dict[int, Any] = {}
        for node in sorted(graph.support(nodes)):
            kind, data = graph.kinds[node], graph.data[node]
            if kind == Kind.ADD:
                value[node] = sum((self.number(Fraction(c)) * value[x] for x, c in data), start=self.number(Fraction(0)))
            elif kind == Kind.MUL:
                value[node] = math.prod((value[x] ** n for x, n in data), start=self.number(Fraction(1)))
            elif kind == Kind.NAME:
                value[node] = value[data[1]]
            elif kind == Kind.APPLY:
                arguments = [value[x] for x in data.args]
                known = TABLE.get(data.function)
                found = known(arguments, data.component) if known else abstract_value(arguments, data.component, dict(data.orders))
                value[node] = self.number(found) if isinstance(found, Fraction) else found
            else:
                value[node] = self.values[data] if kind == Kind.LEAF else self.number(Fraction(data))
        return [value[node] for node in nodes]

    def of_sympy(self, expressions: Sequence[sympy.Expr]) -> list[Any]:
        symbols = {display(key): value for key, value in self.values.items()}
        memo: dict[sympy.Expr, Any] = {}

        def value(e: sympy.Expr) -> Any:
            if e not in memo:
                memo[e] = self._sympy_value(e, value, symbols)
            return memo[e]

        return [value(e) for e in expressions]

    def _sympy_value(self, e: sympy.Expr, value: Callable[[sympy.Expr], Any], symbols: Mapping[str, Any]) -> Any:
        if e.is_Rational:
            return self.number(Fraction(int(e.p), int(e.q)))
        if e.is_Symbol:
            return symbols[e.name]
        if isinstance(e, Step):
            return self.number(Fraction(int(value(e.args[0]) > 0)))
        if e.is_Add:
            return sum(map(value, e.args), start=self.number(Fraction(0)))
        if e.is_Mul:
            return math.prod(map(value, e.args), start=self.number(Fraction(1)))
        if e.is_Pow and e.exp.is_Integer:
            return value(e.base) ** int(e.exp)
        if e.is_Pow:
            return MP.power(value(e.base), value(e.exp))  # the root of a size
        description = getattr(type(e), "description", None)
        if description is not None:
            _, component, orders = description
            return abstract_value([value(a) for a in e.args], component, dict(enumerate(orders)))
        return getattr(MP, type(e).__name__)(*map(value, e.args))


def random_point(unroller: Unroller, seed: int) -> Point:
    """A seeded point at which all leaves met so far have a value; positive, so that logarithms of inputs exist."""
    number: Callable[[Fraction], Any] = (lambda x: x) if unroller.graph.functions - _abstract(unroller.graph) <= EXACT else _decimal
    chance = Random(seed)
    leaves = sorted(key for found in unroller.leaves.values() for key in found)
    return Point({key: number(Fraction(chance.randint(-40, 40) * 2 + 1, 41)) for key in leaves}, number)


def _abstract(graph: Graph) -> set[str]:
    return {name for name in graph.functions if name not in TABLE}


def _decimal(x: Fraction) -> Any:
    return MP.mpf(x.numerator) / x.denominator


def assert_equal(a: Sequence[Any], b: Sequence[Any], what: object) -> None:
    """Exactly equal where both are rational, else to 40 of 50 digits."""
    for left, right in zip(a, b, strict=True):
        if isinstance(left, Fraction) and isinstance(right, Fraction):
            assert left == right, what
        else:
            assert abs(left - right) <= MP.mpf(10) ** -40 * (1 + abs(left)), (what, left, right)
