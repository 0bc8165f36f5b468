"""latex2sympy2 as a witness: a second reading, by an independent parser, of what our own front end has read.

The one adapter around latex2sympy2 1.9.1 (https://github.com/OrangeX4/latex2sympy). It is given LaTeX printed here from a syntax
tree, in the part of the language that it reads rightly: symbols are `x_{100}`, `x_{101}`, … (a token d+letter would be a
differential, `e`, `i`, `I` constants), every argument and every base of a power stands in brackets, the logarithm is always `\\ln`
(`\\log` has base 10), and there is no `=`, `^T` or prime. Its module globals are emptied before each call. Where it is not
installed (Python 3.13 and later) everything here raises `WitnessUnavailable`.
"""

from __future__ import annotations

import importlib
import warnings
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache, lru_cache, singledispatch
from random import Random
from threading import Lock
from types import MappingProxyType, ModuleType
from typing import Any

import sympy

from . import index as ix
from .functions import LATEX_NAMES
from .latex import syntax as s
from .latex.printer import to_latex
from .partial import Fresh, paths
from .reading.choices import Unsupported
from .specification import Specification, symbol
from .unrolled import Setting

VERSION = "1.9.1"
_FIRST_NAME = 100
_LOCK = Lock()
_POINTS = 4
_DIGITS = 40


class WitnessUnavailable(RuntimeError):
    """latex2sympy2 is not installed, so there is no second reading."""


class Unreadable(ValueError):
    """A formula outside the part of LaTeX that latex2sympy2 reads rightly."""


@dataclass(frozen=True)
class ShapeAnswer:
    """Whether a product or sum of matrices fits, and the (rows, columns) of its value."""

    fits: bool
    shape: tuple[int, int] | None = None


# -- calling it -----------------------------------------------------------------------------------------------------------


@cache
def _module() -> ModuleType:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            return importlib.import_module("latex2sympy2")
    except ImportError as error:
        raise WitnessUnavailable(
            f"latex2sympy2 {VERSION} is not installed (it does not work on Python 3.13 and later): no second reading"
        ) from error


def available() -> bool:
    """Whether there is a second reading at all."""
    try:
        _module()
    except WitnessUnavailable:
        return False
    return True


@lru_cache(maxsize=4096)
def _read(latex: str) -> Any:
    """What latex2sympy2 makes of LaTeX printed by this module, evaluated.

    Raises `Unreadable` where it reports an error.
    """
    module = _module()
    with _LOCK, warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        module.set_variances({})
        module.set_real(None)
        try:
            return module.latex2sympy(latex).doit()
        except Exception as error:  # its errors are bare `Exception`s, and SymPy's for matrices that do not fit
            raise Unreadable(f"latex2sympy2 does not read `{latex}`: {str(error).splitlines()[0]}") from error


# -- (a) scalars and (d) matrices of scalars ------------------------------------------------------------------------------


def read_scalar(node: s.Node, variables: Mapping[str, sympy.Symbol]) -> sympy.Expr:
    """latex2sympy2's reading of a scalar formula; `variables` maps the names in it (in canonical LaTeX) to symbols.

    Raises `WitnessUnavailable`, or `Unreadable` for a construct or a name outside its reach.
    """
    names, back = _renaming(variables)
    return _read(latex_of(node, names)).xreplace(back)


def read_matrix(node: s.Matrix, variables: Mapping[str, sympy.Symbol]) -> sympy.ImmutableMatrix:
    """latex2sympy2's reading of a matrix of scalars; errors as for `read_scalar`."""
    names, back = _renaming(variables)
    return sympy.ImmutableMatrix(_read(latex_of(node, names))).xreplace(back)


def _renaming(variables: Mapping[str, sympy.Symbol]) -> tuple[dict[str, str], dict[sympy.Symbol, sympy.Symbol]]:
    """Names that latex2sympy2 reads as names, and the way back."""
    numbered = {name: f"x_{{{_FIRST_NAME + k}}}" for k, name in enumerate(sorted(variables))}
    return numbered, {sympy.Symbol(numbered[name]): variables[name] for name in variables}


def _absolute(x: str) -> str:
    """|x| of a real number: `|…|` does not nest, and `\\max` splits its text at commas."""
    return rf"\sqrt{{({x})^{{2}}}}"


_FORMS: Mapping[str, Callable[[str], str]] = MappingProxyType(
    {
        "tanh": lambda x: rf"\tanh({x})",
        "sinh": lambda x: rf"\sinh({x})",
        "cosh": lambda x: rf"\cosh({x})",
        "sin": lambda x: rf"\sin({x})",
        "cos": lambda x: rf"\cos({x})",
        "exp": lambda x: rf"\exp({x})",
        "log": lambda x: rf"\ln({x})",
        "sqrt": lambda x: rf"\sqrt{{{x}}}",
        "identity": lambda x: x,
        "sigmoid": lambda x: rf"\frac{{1}}{{1+\exp(-({x}))}}",
        "softplus": lambda x: rf"\ln(1+\exp({x}))",
        "relu": lambda x: rf"\frac{{({x})+({_absolute(x)})}}{{2}}",
        "leaky_relu": lambda x: rf"\frac{{101\cdot ({x})+99\cdot ({_absolute(x)})}}{{200}}",
    }
)
_SIGNS: Mapping[str, str] = MappingProxyType(
    {"": r"\cdot ", "*": r"\cdot ", r"\cdot": r"\cdot ", r"\times": r"\cdot ", r"\odot": r"\cdot ", r"\circ": r"\cdot ", "/": "/"}
)


@singledispatch
def latex_of(node: s.Node, names: Mapping[str, str]) -> str:
    """LaTeX that latex2sympy2 reads rightly, symbols renamed by `names`.

    Raises `Unreadable` for everything else.
    """
    raise Unreadable(f"{type(node).__name__} is not given to latex2sympy2")


@latex_of.register
def _(node: s.Number, names: Mapping[str, str]) -> str:
    return node.text


@latex_of.register
def _(node: s.Symbol, names: Mapping[str, str]) -> str:
    for count in range(len(node.scripts), -1, -1):
        name = to_latex(s.Symbol(node.name, node.scripts[:count], node.primes))
        if name in names:
            return _powers(names[name], node.scripts[count:], names)
    if node.name == "e" and not node.primes:
        return _powers(r"(\exp(1))", node.scripts, names)
    raise Unreadable(f"`{to_latex(node)}` is not among the variables")


def _powers(base: str, scripts: Sequence[s.Script], names: Mapping[str, str]) -> str:
    for script in scripts:
        if script.kind != "sup" or script.bracket:
            raise Unreadable("an index is not given to latex2sympy2")
        base = f"({base})^{{{latex_of(script.body, names)}}}"
    return base


@latex_of.register
def _(node: s.Scripted, names: Mapping[str, str]) -> str:
    return _powers(latex_of(node.base, names), node.scripts, names)


@latex_of.register
def _(node: s.Group, names: Mapping[str, str]) -> str:
    return f"({latex_of(node.body, names)})"


@latex_of.register
def _(node: s.Call, names: Mapping[str, str]) -> str:
    function = s.Symbol(node.function.name, tuple(x for x in node.function.scripts if x.kind == "sub"))
    form = _FORMS.get(LATEX_NAMES.get(to_latex(function), ""))
    if form is None or len(node.args) != 1 or node.function.primes:
        raise Unreadable(f"the function `{node.function.name}` is not given to latex2sympy2")
    value = f"({form(latex_of(node.args[0], names))})"
    return _powers(value, [x for x in node.function.scripts if x.kind == "sup"], names)


@latex_of.register
def _(node: s.Product, names: Mapping[str, str]) -> str:
    text = f"({latex_of(node.factors[0], names)})"
    for sign, factor in zip(node.signs, node.factors[1:], strict=True):
        if sign not in _SIGNS:
            raise Unreadable(f"the sign `{sign}` is not given to latex2sympy2")
        text += f"{_SIGNS[sign]}({latex_of(factor, names)})"
    return text


@latex_of.register
def _(node: s.Add, names: Mapping[str, str]) -> str:
    if any(sign not in "+-" for sign, _ in node.terms):
        raise Unreadable("a sum with `\\pm` is not given to latex2sympy2")
    terms = [f"{sign}({latex_of(term, names)})" for sign, term in node.terms]
    return "0" + "".join(terms)


@latex_of.register
def _(node: s.Fraction, names: Mapping[str, str]) -> str:
    return f"(\\frac{{{latex_of(node.numerator, names)}}}{{{latex_of(node.denominator, names)}}})"


@latex_of.register
def _(node: s.Root, names: Mapping[str, str]) -> str:
    return f"(\\sqrt{{{latex_of(node.body, names)}}})"


@latex_of.register
def _(node: s.Norm, names: Mapping[str, str]) -> str:
    if node.bracket != "|":
        raise Unreadable("a norm is not given to latex2sympy2")
    return f"({_absolute(latex_of(node.body, names))})"


@latex_of.register
def _(node: s.Matrix, names: Mapping[str, str]) -> str:
    rows = r" \\ ".join(" & ".join(latex_of(entry, names) for entry in row) for row in node.rows)
    return rf"\begin{{bmatrix}} {rows} \end{{bmatrix}}"


# -- (b) comparison -------------------------------------------------------------------------------------------------------


def agrees(expression: ix.Expression | sympy.Expr, other: sympy.Expr | ix.Expression) -> bool:
    """Whether two scalars without index variables are equal: exactly where SymPy sees it, else at random rational points to 40 digits.

    Entries of quantities are the symbols of `specification.symbol`. Points where either side is undefined are passed over; False
    if none is left.
    """
    left, right = _as_sympy(expression), _as_sympy(other)
    if left == right:
        return True
    compared = 0
    for point in _points(sorted(left.free_symbols | right.free_symbols, key=str)):
        a, b = (side.xreplace(point).evalf(_DIGITS + 10) for side in (left, right))
        if not (a.is_finite and b.is_finite):
            continue
        compared += 1
        if abs(a - b) > sympy.Float(10, _DIGITS) ** -_DIGITS * (1 + abs(a)):
            return False
    return compared > 0


def _points(symbols: Sequence[sympy.Symbol]) -> Iterator[dict[sympy.Symbol, sympy.Rational]]:
    """Seeded rational points, positive and negative, near and far from 0."""
    chance = Random(2024)
    for turn in range(2 * _POINTS):
        low = 1 if turn % 2 else -300
        yield {x: sympy.Rational(2 * chance.randint(low, 300) + 1, 97) for x in symbols}


def _as_sympy(expression: ix.Expression | sympy.Expr) -> sympy.Expr:
    if not isinstance(expression, ix.Expression):
        return expression
    return _written_out(expression, {path.occurrence.family for path in paths(expression, Fresh())})


def _written_out(expression: ix.Expression, names: Collection[str]) -> sympy.Expr:
    """An expression of scalar quantities in SymPy's terms."""
    families = {name: ix.Family(name, name, (), (), (), ()) for name in names}
    return Specification(ix.Computation(families, {}, {}, (), {}), Setting({})).value(expression, Setting({}))


def confirm_definition(definition: ix.Definition, tree: s.Node) -> str:
    """ "" where latex2sympy2 reads the body `tree` of a function definition as `definition` does, else what it read.

    Also "" where there is no second reading: latex2sympy2 is not installed, the formula is outside its reach, or it uses functions
    that the document defines.
    """
    name = definition.variable.removeprefix("#")
    ours = symbol((definition.variable, (), ()))
    try:
        witnessed = read_scalar(tree, {name: ours})
        mine = _written_out(definition.body, (definition.variable,))
    except (WitnessUnavailable, Unreadable, Unsupported):
        return ""
    if any(hasattr(type(f), "description") for f in mine.atoms(sympy.Function)) or agrees(mine, witnessed):
        return ""
    shown = sympy.Symbol(name)
    return f"`{definition.latex}` was read as {mine.xreplace({ours: shown})}, but latex2sympy2 reads {witnessed.xreplace({ours: shown})}"


# -- (c) shapes -----------------------------------------------------------------------------------------------------------

Shape = tuple[int, int]


def check_shapes(*shapes: Shape, operation: str = "product") -> ShapeAnswer:
    """Whether the `product` or `sum` of matrices of these (rows, columns) fits, found by letting latex2sympy2 compute it with numbers.

    A 1×1 matrix is a matrix here: it multiplies nothing but rows from the left and columns from the right.
    """
    if operation not in _OPERATIONS:
        raise ValueError(f"`{operation}` is no operation on matrices; use {' or '.join(_OPERATIONS)}")
    try:
        value = _read(_OPERATIONS[operation].join(_numbers(shape, k) for k, shape in enumerate(shapes)))
    except Unreadable:
        return ShapeAnswer(False)
    return ShapeAnswer(True, (int(value.shape[0]), int(value.shape[1])))


_OPERATIONS: Mapping[str, str] = MappingProxyType({"product": r"\cdot ", "sum": "+"})


def _numbers(shape: Shape, position: int) -> str:
    """A matrix of that shape with entries that differ."""
    rows, columns = shape
    entries = [[str(Fraction(1 + position + i * columns + j)) for j in range(columns)] for i in range(rows)]
    return r"\begin{bmatrix} " + r" \\ ".join(" & ".join(row) for row in entries) + r" \end{bmatrix}"
