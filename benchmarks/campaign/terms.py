"""Tensor expressions of the generator: shapes, printing as LaTeX, change of steps. Nothing here knows symbptt.

A shape is (rows, columns); an absent axis is `NONE`, so a column is (n, NONE), a row (NONE, n), a scalar (NONE, NONE).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields, replace
from fractions import Fraction
from typing import Any


class Clash(Exception):
    """Shapes that do not fit."""


@dataclass(frozen=True)
class Slot:
    """A step: `base` (a letter, the name of the last step, or nothing for a number) plus `shift`."""

    base: str = ""
    shift: int = 0

    def __add__(self, by: int) -> Slot:
        return replace(self, shift=self.shift + by)

    def value(self, values: Mapping[str, int]) -> int:
        return (values[self.base] if self.base else 0) + self.shift

    @property
    def latex(self) -> str:
        if not self.base:
            return str(self.shift)
        return self.base + (f"{self.shift:+d}" if self.shift else "")


@dataclass(frozen=True)
class Size:
    """A size `n`, or `n_l` of layer l."""

    name: str = ""
    slot: Slot | None = None

    @property
    def latex(self) -> str:
        return (
            f"{self.name}_{{{self.slot.latex}}}"
            if self.slot and len(self.slot.latex) > 1
            else self.name + ((self.slot and f"_{self.slot.latex}") or "")
        )


NONE = Size()
Shape = tuple[Size, Size]
SCALAR: Shape = (NONE, NONE)


@dataclass(frozen=True)
class Node:
    """An expression with the `shape` of its value; asking for the shape raises `Clash` where it has none."""

    @property
    def shape(self) -> Shape:
        raise NotImplementedError


@dataclass(frozen=True)
class Var(Node):
    """A quantity, or its member at a step."""

    name: str
    of: Shape
    slot: Slot | None = None

    @property
    def shape(self) -> Shape:
        return self.of


@dataclass(frozen=True)
class Entry(Node):
    """One component of a quantity, by component letters."""

    var: Var
    letters: tuple[str, ...]

    @property
    def shape(self) -> Shape:
        return SCALAR


@dataclass(frozen=True)
class Num(Node):
    """A number; in a sum with tensors it is added to every entry."""

    value: Fraction

    @property
    def shape(self) -> Shape:
        return SCALAR


@dataclass(frozen=True)
class Identity(Node):
    size: Size

    @property
    def shape(self) -> Shape:
        return (self.size, self.size)


@dataclass(frozen=True)
class Ones(Node):
    """A column of ones."""

    of: Shape

    @property
    def shape(self) -> Shape:
        return self.of


@dataclass(frozen=True)
class Add(Node):
    terms: tuple[tuple[int, Node], ...]

    @property
    def shape(self) -> Shape:
        shapes = {term.shape for _, term in self.terms if not isinstance(term, Num)} or {SCALAR}
        if len(shapes) > 1:
            raise Clash("a sum of different shapes")
        return shapes.pop()


@dataclass(frozen=True)
class Mul(Node):
    """A matrix product, an outer product, or a multiple."""

    left: Node
    right: Node

    @property
    def shape(self) -> Shape:
        a, b = self.left.shape, self.right.shape
        if SCALAR in (a, b):
            return b if a == SCALAR else a
        if a[1] != b[0]:
            raise Clash("a product of shapes that do not fit")
        return (a[0], b[1])


@dataclass(frozen=True)
class Had(Node):
    """An element-wise product."""

    left: Node
    right: Node

    @property
    def shape(self) -> Shape:
        if self.left.shape != self.right.shape:
            raise Clash("an element-wise product of different shapes")
        return self.left.shape


@dataclass(frozen=True)
class Transposed(Node):
    arg: Node

    @property
    def shape(self) -> Shape:
        return (self.arg.shape[1], self.arg.shape[0])


@dataclass(frozen=True)
class Diag(Node):
    arg: Node

    @property
    def shape(self) -> Shape:
        rows, columns = self.arg.shape
        if (rows == NONE) == (columns == NONE):
            raise Clash("diag of what is no vector")
        return (rows, rows) if columns == NONE else (columns, columns)


@dataclass(frozen=True)
class Fun(Node):
    """An element-wise function or its derivative of that order."""

    name: str
    order: int
    arg: Node

    @property
    def shape(self) -> Shape:
        return self.arg.shape


@dataclass(frozen=True)
class Softmax(Node):
    arg: Node

    @property
    def shape(self) -> Shape:
        return self.arg.shape


@dataclass(frozen=True)
class Square(Node):
    """Of every entry."""

    arg: Node

    @property
    def shape(self) -> Shape:
        return self.arg.shape


@dataclass(frozen=True)
class NormSquared(Node):
    arg: Node

    @property
    def shape(self) -> Shape:
        self.arg.shape  # noqa: B018 (raises `Clash`)
        return SCALAR


@dataclass(frozen=True)
class Sum(Node):
    """Over the steps from `lower` to `upper`; empty: 0."""

    letter: str
    lower: Slot
    upper: Slot
    body: Node

    @property
    def shape(self) -> Shape:
        return self.body.shape


@dataclass(frozen=True)
class SumOver(Node):
    """Over the components 1..size, of a scalar."""

    letter: str
    size: Size
    body: Node

    @property
    def shape(self) -> Shape:
        if self.body.shape != SCALAR:
            raise Clash("a sum over components of what is no scalar")
        return SCALAR


@dataclass(frozen=True)
class Prod(Node):
    """An ordered product of square matrices over steps; empty: the identity."""

    letter: str
    lower: Slot
    upper: Slot
    body: Node
    latest_first: bool = True

    @property
    def shape(self) -> Shape:
        rows, columns = self.body.shape
        if rows != columns or rows == NONE:
            raise Clash("a product of matrices that are not square")
        return (rows, columns)


@dataclass(frozen=True)
class D(Node):
    """∂numerator/∂wrt: of a scalar in the shape of `wrt`; of a vector by a vector the Jacobian, or with `turned` its transpose."""

    numerator: Var | Entry
    wrt: Var | Entry
    turned: bool = False

    @property
    def shape(self) -> Shape:
        top, below = self.numerator.shape, self.wrt.shape
        if top == SCALAR:
            return below
        if NONE not in top or NONE not in below or below == SCALAR:
            raise Clash("a derivative with more than two axes")
        long, wide = (next(size for size in shape if size != NONE) for shape in (top, below))
        return (wide, long) if self.turned else (long, wide)


# -- building -------------------------------------------------------------------------------------------------------------

ONE, TWO = Num(Fraction(1)), Num(Fraction(2))


def add(*terms: tuple[int, Node]) -> Node:
    """A sum, nested ones joined; its only term where there is one."""
    flat: list[tuple[int, Node]] = []
    for sign, term in terms:
        flat += [(sign * s, t) for s, t in term.terms] if isinstance(term, Add) else [(sign, term)]
    return flat[0][1] if len(flat) == 1 and flat[0][0] == 1 else Add(tuple(flat))


def mul(left: Node, right: Node) -> Node:
    """A product without factors 1 and identities."""
    if left == ONE or isinstance(left, Identity):
        return right
    return left if right == ONE or isinstance(right, Identity) else Mul(left, right)


def had(left: Node, right: Node) -> Node:
    """An element-wise product without factors 1."""
    if left == ONE:
        return right
    return left if right == ONE else Had(left, right)


def turned(node: Node) -> Node:
    """The transpose; of a transpose the matrix itself."""
    return node.arg if isinstance(node, Transposed) else node if isinstance(node, Identity | Diag) else Transposed(node)


# -- trees ----------------------------------------------------------------------------------------------------------------


def rebuilt(item: Any, change: Callable[[Any], Any]) -> Any:
    """An expression, slot or size with `change` applied to each direct part of it."""
    return replace(item, **{f.name: _each(getattr(item, f.name), change) for f in fields(item)})


def _each(part: Any, change: Callable[[Any], Any]) -> Any:
    if isinstance(part, tuple):
        return tuple(_each(p, change) for p in part)
    return change(part) if isinstance(part, Node | Slot | Size) else part


def moved(item: Any, letter: str, to: Slot) -> Any:
    """With the step `letter` replaced; a sum that binds the letter is left alone."""
    if isinstance(item, Slot):
        return to + item.shift if item.base == letter else item
    if isinstance(item, Sum | Prod) and item.letter == letter:
        return replace(item, lower=moved(item.lower, letter, to), upper=moved(item.upper, letter, to))
    return rebuilt(item, lambda part: moved(part, letter, to))


def walk(item: Any) -> Iterator[Node]:
    """A node and all below it."""
    if isinstance(item, Node):
        yield item
        for f in fields(item):
            yield from walk(getattr(item, f.name))
    elif isinstance(item, tuple):
        for part in item:
            yield from walk(part)


def open_letters(item: Any) -> set[str]:
    """The letters of steps and components that an expression leaves free, last steps included."""
    if isinstance(item, Slot):
        return {item.base} - {""}
    if isinstance(item, tuple):
        return set().union(*map(open_letters, item))
    if isinstance(item, Var):
        return open_letters(item.slot)
    if isinstance(item, Entry):
        return {*item.letters} | open_letters(item.var)
    if isinstance(item, Sum | Prod | SumOver):
        ends = set() if isinstance(item, SumOver) else open_letters((item.lower, item.upper))
        return ends | (open_letters(item.body) - {item.letter})
    return set().union(*(open_letters(getattr(item, f.name)) for f in fields(item))) if isinstance(item, Node) else set()


# -- LaTeX ----------------------------------------------------------------------------------------------------------------

#: How tightly a node binds: sums loosest, then big operators, products, atoms.
SUM, BIG, PRODUCT, HADAMARD, ATOM = range(5)


def level(node: Node) -> int:
    if isinstance(node, Add):
        return SUM
    if isinstance(node, Sum | SumOver | Prod):
        return BIG
    if isinstance(node, Mul):
        return PRODUCT
    return HADAMARD if isinstance(node, Had) else ATOM


def latex(node: Node) -> str:
    """The expression in LaTeX, in brackets wherever two groupings could be meant."""
    return PRINT[type(node)](node)


def _in(node: Node, *allowed: int) -> str:
    text = latex(node)
    return text if level(node) in (ATOM, *allowed) else rf"\left( {text} \right)"


def _var(v: Var) -> str:
    return v.name if v.slot is None else f"{v.name}_{{{v.slot.latex}}}"


def _entry(e: Entry) -> str:
    head, _, number = e.var.name.partition("_")
    items = [number] if number else [e.var.slot.latex] if e.var.slot else []
    return f"{head}_{{{','.join([*items, *e.letters])}}}"


def _num(e: Num) -> str:
    return str(e.value) if e.value.denominator == 1 else rf"\frac{{{e.value.numerator}}}{{{e.value.denominator}}}"


def _add(e: Add) -> str:
    text = ""
    for place, (sign, term) in enumerate(e.terms):
        text += ("-" if sign < 0 else "") if not place else (" - " if sign < 0 else " + ")
        alone = level(term) == BIG and place < len(e.terms) - 1
        text += rf"\left( {latex(term)} \right)" if alone else _in(term, BIG, PRODUCT, HADAMARD)
    return text


def _mul(e: Mul) -> str:
    return f"{_in(e.left, PRODUCT)} {_in(e.right, PRODUCT)}"


def _transposed(e: Transposed) -> str:
    return _in_power(e.arg, r"\top")


def _in_power(node: Node, power: str) -> str:
    simple = isinstance(node, Var | Entry)
    return f"{latex(node)}^{{{power}}}" if simple else rf"\left( {latex(node)} \right)^{{{power}}}"


def _fun(e: Fun) -> str:
    return rf"{e.name}{chr(39) * e.order}({latex(e.arg)})"


def _big(e: Sum | Prod) -> str:
    sign = "sum" if isinstance(e, Sum) else "prod"
    return rf"\{sign}_{{{e.letter}={e.lower.latex}}}^{{{e.upper.latex}}} {_in(e.body, BIG, PRODUCT, HADAMARD)}"


PRINT: Mapping[type[Node], Callable[[Any], str]] = {
    Var: _var,
    Entry: _entry,
    Num: _num,
    Identity: lambda e: "I",
    Ones: lambda e: r"\mathbf{1}",
    Add: _add,
    Mul: _mul,
    Had: lambda e: rf"{_in(e.left, HADAMARD)} \odot {_in(e.right, HADAMARD)}",
    Transposed: _transposed,
    Diag: lambda e: rf"\operatorname{{diag}}({latex(e.arg)})",
    Fun: _fun,
    Softmax: lambda e: rf"\operatorname{{softmax}}({latex(e.arg)})",
    Square: lambda e: _in_power(e.arg, "2"),
    NormSquared: lambda e: rf"\| {latex(e.arg)} \|^2",
    Sum: _big,
    Prod: _big,
    SumOver: lambda e: rf"\sum_{{{e.letter}=1}}^{{{e.size.latex}}} {_in(e.body, BIG, PRODUCT, HADAMARD)}",
    D: lambda e: rf"\frac{{\partial {latex(e.numerator)}}}{{\partial {latex(e.wrt)}}}",
}
