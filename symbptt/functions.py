"""The named functions of the field, one row each: derivative, real evaluation, spellings, form through exp.

Every derivative is written through the function's own value where that is possible (`tanh' = 1 - tanh²`), as backpropagation
texts do (Rumelhart, Hinton, Williams 1986), so that a derivation and the graph share their nodes. Adding an activation is
adding one row to `ROWS`; nothing else in the package knows a function by name.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal

import flint

if TYPE_CHECKING:
    from symbptt.graph import Graph

Coefficient = int | Fraction
Domain = Literal["all", "positive", "nonzero"]
Derivative = Callable[["Graph", Sequence[int], int, tuple[int, ...], int], int]
Definition = Callable[["Graph", Sequence[int], tuple[int, ...]], int | None]
ThroughExp = Callable[[Sequence[Any], tuple[int, ...]], tuple[Any, Any]]


@dataclass(frozen=True)
class Function:
    """One named function.

    `derivative(graph, args, value, component, position)` builds the node of the partial by `args[position]`; `value` is the
    function's own node. `definition` rewrites the function into others as it is built, or declines. `through_exp(E, component)` gives
    numerator and denominator as polynomials in `E[k] = exp(args[k])`, for any ring of values; with `logarithm` the function
    is the logarithm of that quotient. `through_half_angle(t)` is the same for t = tan(argument/2). `fold` gives the value at
    a rational, where that is rational. `undoes` names the function it is the inverse of. `domain` says where the argument
    must lie. `always_positive` says that every value is > 0. `sympy` is SymPy's name of it.
    """

    name: str
    latex: tuple[str, ...]
    real: Callable[[Sequence[float], tuple[int, ...]], float]
    arb: Callable[[Sequence[flint.arb], tuple[int, ...]], flint.arb]
    derivative: Derivative | None = None
    definition: Definition | None = None
    through_exp: ThroughExp | None = None
    logarithm: bool = False
    through_half_angle: Callable[[Any], tuple[Any, Any]] | None = None
    fold: Callable[[Coefficient], Coefficient | None] = lambda _: None
    undoes: str = ""
    domain: Domain = "all"
    always_positive: bool = False
    many_arguments: bool = False
    sympy: str = ""


def _at(point: int, value: int) -> Callable[[Coefficient], Coefficient | None]:
    return lambda x: value if x == point else None


def _real_sigmoid(x: float) -> float:
    return 1 / (1 + math.exp(-x)) if x >= 0 else math.exp(x) / (1 + math.exp(x))


def _real_softmax(args: Sequence[float], component: tuple[int, ...]) -> float:
    top = max(args)
    return math.exp(args[component[0]] - top) / math.fsum(math.exp(x - top) for x in args)


def _arb_softmax(args: Sequence[flint.arb], component: tuple[int, ...]) -> flint.arb:
    mine = args[component[0]]
    return 1 / sum(((x - mine).exp() for x in args), flint.arb(0))


def _arb_step(args: Sequence[flint.arb], _: tuple[int, ...]) -> flint.arb:
    if args[0] > 0:
        return flint.arb(1)
    return flint.arb(0) if args[0] < 0 else flint.arb("nan")


def _softmax_derivative(graph: Graph, args: Sequence[int], value: int, component: tuple[int, ...], position: int) -> int:
    """∂softmax_i/∂z_j = y_i (δ_ij − y_j)."""
    other = graph.apply("softmax", tuple(args), (position,))
    delta = graph.const(1 if component[0] == position else 0)
    return graph.mul((value, graph.sub(delta, other)))


def _leaky(graph: Graph, args: Sequence[int], _: tuple[int, ...]) -> int:
    """max(x, x/100) = x (1/100 + 99/100 step(x)): the slope of PyTorch and TensorFlow.js is 0.01."""
    step = graph.apply("step", (args[0],))
    slope = Fraction(1, 100)
    return graph.mul((args[0], graph.add((graph.const(slope), graph.scale(1 - slope, step)))))


def _step_of_relu(graph: Graph, args: Sequence[int], _: tuple[int, ...]) -> int | None:
    """step(x · step(x)) = step(x) where both are defined: texts write ReLU' through the output, 1[h > 0]."""
    factors = graph.children(graph.body(args[0]))
    for x, other in (factors, factors[::-1]) if len(factors) == 2 else ():
        if graph.is_application(other, "step", (x,)) and graph.mul((x, other)) == graph.body(args[0]):
            return other
    return None


ROWS: tuple[Function, ...] = (
    Function(
        name="identity",
        latex=(r"\mathrm{id}", r"\operatorname{id}", "id", "identity"),
        real=lambda a, _: a[0],
        arb=lambda a, _: a[0],
        definition=lambda g, a, _: a[0],
    ),
    Function(
        name="tanh",
        latex=(r"\tanh", r"\mathrm{tanh}", r"\operatorname{tanh}", "tanh"),
        real=lambda a, _: math.tanh(a[0]),
        arb=lambda a, _: a[0].tanh(),
        derivative=lambda g, a, v, c, p: g.sub(g.const(1), g.power(v, 2)),
        through_exp=lambda e, _: (e[0] * e[0] - 1, e[0] * e[0] + 1),
        fold=_at(0, 0),
        sympy="tanh",
    ),
    Function(
        name="sigmoid",
        latex=(
            *(r"\sigma", r"\operatorname{sigmoid}", r"\mathrm{sigmoid}", "sigmoid", "logistic"),
            *(r"\mathrm{logistic}", r"\mathrm{sigm}", r"\mathrm{sig}", r"\mathrm{expit}", "sigm", "sig", "expit"),
        ),
        real=lambda a, _: _real_sigmoid(a[0]),
        arb=lambda a, _: 1 / (1 + (-a[0]).exp()),
        derivative=lambda g, a, v, c, p: g.mul((v, g.sub(g.const(1), v))),
        through_exp=lambda e, _: (e[0], e[0] + 1),
        fold=lambda x: Fraction(1, 2) if x == 0 else None,
        always_positive=True,
    ),
    Function(
        name="exp",
        latex=(r"\exp", r"\operatorname{exp}", "exp"),
        real=lambda a, _: math.exp(a[0]),
        arb=lambda a, _: a[0].exp(),
        derivative=lambda g, a, v, c, p: v,
        through_exp=lambda e, _: (e[0], 1),
        fold=_at(0, 1),
        undoes="log",
        always_positive=True,
        sympy="exp",
    ),
    Function(
        name="log",
        latex=(r"\log", r"\ln", r"\operatorname{log}", r"\operatorname{ln}", "log", "ln"),
        real=lambda a, _: math.log(a[0]),
        arb=lambda a, _: a[0].log(),
        derivative=lambda g, a, v, c, p: g.power(a[0], -1),
        fold=_at(1, 0),
        undoes="exp",
        domain="positive",
        sympy="log",
    ),
    Function(
        name="softplus",
        latex=(r"\operatorname{softplus}", r"\mathrm{softplus}", "softplus"),
        real=lambda a, _: max(a[0], 0.0) + math.log1p(math.exp(-abs(a[0]))),
        arb=lambda a, _: a[0].exp().log1p(),
        derivative=lambda g, a, v, c, p: g.apply("sigmoid", (a[0],)),
        through_exp=lambda e, _: (e[0] + 1, 1),
        logarithm=True,
        always_positive=True,
    ),
    Function(
        name="relu",
        latex=(r"\operatorname{ReLU}", r"\mathrm{ReLU}", r"\operatorname{relu}", r"\mathrm{relu}", "ReLU", "relu"),
        real=lambda a, _: max(a[0], 0.0),
        arb=lambda a, _: a[0] * _arb_step(a, ()),
        definition=lambda g, a, _: g.mul((a[0], g.apply("step", (a[0],)))),
        domain="nonzero",
    ),
    Function(
        name="leaky_relu",
        latex=(r"\operatorname{LeakyReLU}", r"\mathrm{LeakyReLU}", "LeakyReLU", "leaky_relu"),
        real=lambda a, _: a[0] if a[0] > 0 else a[0] / 100,
        arb=lambda a, _: a[0] * (1 + 99 * _arb_step(a, ())) / 100,
        definition=_leaky,
        domain="nonzero",
    ),
    Function(
        name="step",
        latex=(),
        definition=_step_of_relu,
        real=lambda a, _: 1.0 if a[0] > 0 else 0.0,
        arb=_arb_step,
        derivative=lambda g, a, v, c, p: g.const(0),
        fold=lambda x: None if x == 0 else int(x > 0),
        domain="nonzero",
        sympy="Heaviside",
    ),
    Function(
        name="softmax",
        latex=(r"\operatorname{softmax}", r"\mathrm{softmax}", r"\text{softmax}", "softmax"),
        real=_real_softmax,
        arb=_arb_softmax,
        derivative=_softmax_derivative,
        through_exp=lambda e, c: (e[c[0]], sum(e[1:], start=e[0])),
        always_positive=True,
        many_arguments=True,
    ),
    Function(
        name="sqrt",
        latex=(r"\sqrt", r"\operatorname{sqrt}", "sqrt"),
        real=lambda a, _: math.sqrt(a[0]),
        arb=lambda a, _: a[0].sqrt(),
        derivative=lambda g, a, v, c, p: g.scale(Fraction(1, 2), g.power(v, -1)),
        fold=lambda x: x if x in (0, 1) else None,
        domain="positive",
        always_positive=True,
        sympy="sqrt",
    ),
    Function(
        name="sin",
        latex=(r"\sin", "sin"),
        real=lambda a, _: math.sin(a[0]),
        arb=lambda a, _: a[0].sin(),
        derivative=lambda g, a, v, c, p: g.apply("cos", (a[0],)),
        fold=_at(0, 0),
        through_half_angle=lambda t: (2 * t, t * t + 1),
        sympy="sin",
    ),
    Function(
        name="cos",
        latex=(r"\cos", "cos"),
        real=lambda a, _: math.cos(a[0]),
        arb=lambda a, _: a[0].cos(),
        derivative=lambda g, a, v, c, p: g.scale(-1, g.apply("sin", (a[0],))),
        fold=_at(0, 1),
        through_half_angle=lambda t: (1 - t * t, t * t + 1),
        sympy="cos",
    ),
    Function(
        name="sinh",
        latex=(r"\sinh", "sinh"),
        real=lambda a, _: math.sinh(a[0]),
        arb=lambda a, _: a[0].sinh(),
        derivative=lambda g, a, v, c, p: g.apply("cosh", (a[0],)),
        through_exp=lambda e, _: (e[0] * e[0] - 1, 2 * e[0]),
        fold=_at(0, 0),
        sympy="sinh",
    ),
    Function(
        name="cosh",
        latex=(r"\cosh", "cosh"),
        real=lambda a, _: math.cosh(a[0]),
        arb=lambda a, _: a[0].cosh(),
        derivative=lambda g, a, v, c, p: g.apply("sinh", (a[0],)),
        through_exp=lambda e, _: (e[0] * e[0] + 1, 2 * e[0]),
        fold=_at(0, 1),
        always_positive=True,
        sympy="cosh",
    ),
)

FUNCTIONS: Mapping[str, Function] = MappingProxyType({row.name: row for row in ROWS})
"""Row by name: the name is what `Graph.apply` takes."""

LATEX_NAMES: Mapping[str, str] = MappingProxyType({spelling: row.name for row in ROWS for spelling in row.latex})
"""Function name by LaTeX spelling."""
