"""The chain rule on tensor expressions: reverse mode (Werbos 1990, eq. 5) and Jacobians, and entries of a tensor.

This is what right claims are made of; whether they are right is decided by numbers, in `truth`.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from benchmarks.campaign import terms as tm
from benchmarks.campaign.terms import (
    NONE,
    Add,
    Diag,
    Entry,
    Fun,
    Had,
    Identity,
    Mul,
    Node,
    Num,
    Size,
    Square,
    Sum,
    SumOver,
    Transposed,
    Var,
)


class NoRule(Exception):
    """An expression that the rules here do not know."""


def pull(e: Node, adjoint: Node) -> Iterator[tuple[Var, Node]]:
    """For every occurrence of a quantity in `e` what it contributes to that quantity's adjoint."""
    if isinstance(e, Var):
        yield e, adjoint
    elif isinstance(e, Add):
        for sign, term in e.terms:
            for var, part in pull(term, adjoint):
                yield var, part if sign > 0 else tm.add((-1, part))
    elif isinstance(e, Mul) and isinstance(e.left, Num):
        yield from ((var, tm.mul(e.left, part)) for var, part in pull(e.right, adjoint))
    elif isinstance(e, Mul):
        yield from pull(e.left, tm.mul(adjoint, tm.turned(e.right)))
        yield from pull(e.right, tm.mul(tm.turned(e.left), adjoint))
    elif isinstance(e, Had):
        yield from pull(e.left, tm.had(adjoint, e.right))
        yield from pull(e.right, tm.had(adjoint, e.left))
    elif isinstance(e, Fun):
        yield from pull(e.arg, tm.had(adjoint, Fun(e.name, e.order + 1, e.arg)))
    elif isinstance(e, Square):
        yield from pull(e.arg, tm.mul(tm.TWO, tm.had(adjoint, e.arg)))
    elif isinstance(e, Transposed):
        yield from pull(e.arg, tm.turned(adjoint))
    elif not isinstance(e, Num):
        raise NoRule(type(e).__name__)


def push(e: Node, wrt: Var, equations: dict[tuple[str, int], Node], row: bool) -> Node | None:
    """∂e/∂wrt of vectors: the Jacobian where they are columns, its transpose where they are rows; None where it is 0.

    `equations` are the quantities that paths go through, by name and shift.
    """
    if e == wrt:
        return Identity(next(s for s in e.shape if s != NONE))
    if isinstance(e, Var):
        inner = equations.get((e.name, e.slot.shift if e.slot else 0))
        return None if inner is None else push(inner, wrt, equations, row)
    parts: list[tuple[int, Node]] = []
    if isinstance(e, Add):
        parts = [(sign, found) for sign, term in e.terms if (found := push(term, wrt, equations, row)) is not None]
    elif isinstance(e, Mul):
        for weight, vector, is_left in ((e.left, e.right, True), (e.right, e.left, False)):
            if (found := push(vector, wrt, equations, row)) is not None:
                if is_left == row and not isinstance(weight, Num):
                    raise NoRule("a product on the other side")
                parts.append((1, _composed(weight, found, row)))
    elif isinstance(e, Had):
        for scale, vector in ((e.right, e.left), (e.left, e.right)):
            if (found := push(vector, wrt, equations, row)) is not None:
                parts.append((1, _composed(Diag(scale), found, row)))
    elif isinstance(e, Fun):
        if (found := push(e.arg, wrt, equations, row)) is not None:
            parts.append((1, _composed(Diag(Fun(e.name, e.order + 1, e.arg)), found, row)))
    elif not isinstance(e, Num):
        raise NoRule(type(e).__name__)
    return tm.add(*parts) if parts else None


def _composed(outer: Node, inner: Node, row: bool) -> Node:
    if isinstance(outer, Num):
        return Mul(outer, inner)
    return tm.mul(inner, outer) if row else tm.mul(outer, inner)


def entry(e: Node, row: str, column: str, fresh: list[str]) -> Node:
    """The component of an expression at the letters `row` and `column`, as far as it has these axes."""
    letters = tuple(x for x, size in zip((row, column), e.shape, strict=True) if size != NONE)
    if isinstance(e, Var):
        return Entry(e, letters) if letters else e
    if isinstance(e, tm.D) and isinstance(e.wrt, Var) and e.numerator.shape == tm.SCALAR:
        return tm.D(e.numerator, Entry(e.wrt, letters)) if letters else e
    if isinstance(e, Num):
        return e
    if isinstance(e, Add):
        return Add(tuple((sign, entry(term, row, column, fresh)) for sign, term in e.terms))
    if isinstance(e, Mul):
        if tm.SCALAR in (e.left.shape, e.right.shape) or e.left.shape[1] == NONE:
            return Mul(entry(e.left, row, column, fresh), entry(e.right, row, column, fresh))
        if not fresh:
            raise NoRule("too many sums")
        k, size = fresh.pop(), e.left.shape[1]
        return SumOver(k, size, Mul(entry(e.left, row, k, fresh), entry(e.right, k, column, fresh)))
    if isinstance(e, Had):
        return Mul(entry(e.left, row, column, fresh), entry(e.right, row, column, fresh))
    if isinstance(e, Fun):
        return Fun(e.name, e.order, entry(e.arg, row, column, fresh))
    if isinstance(e, Square):
        return Square(entry(e.arg, row, column, fresh))
    if isinstance(e, Transposed):
        return entry(e.arg, column, row, fresh)
    if isinstance(e, Sum):
        return Sum(e.letter, e.lower, e.upper, entry(e.body, row, column, fresh))
    raise NoRule(type(e).__name__)


def slope(f: Fun, output: Var | None, spelling: int) -> Node:
    """f'(z) in one of its spellings; `output` is the quantity that is f(z) and nothing else."""
    value: Node = output if output is not None and spelling % 2 else Fun(f.name, 0, f.arg)
    if f.name == r"\tanh" and spelling > 0:
        return Add(((1, tm.ONE), (-1, Square(value) if spelling < 3 else Had(value, value))))
    if f.name == r"\sigma" and spelling > 0:
        return Had(value, Add(((1, tm.ONE), (-1, value))))
    return f


def half(e: Node) -> Node:
    """e/2."""
    return Mul(Num(Fraction(1, 2)), e)


def sizes_of(var: Var) -> list[Size]:
    """The axes that a quantity has."""
    return [size for size in var.shape if size != NONE]
