"""The graph as SymPy expressions: the slow specification that the fast ways are tested against."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import sympy

from symbptt.functions import FUNCTIONS
from symbptt.graph import Application, Graph, Kind


def to_sympy(graph: Graph, nodes: Sequence[int]) -> list[sympy.Expr]:
    """`nodes` as SymPy expressions; a leaf is the real symbol `symbol(key)`, names are looked through."""
    image: dict[int, sympy.Expr] = {}
    for node in sorted(graph.support(nodes)):
        kind, data = graph.kinds[node], graph.data[node]
        if kind == Kind.ADD:
            image[node] = sympy.Add(*(sympy.Rational(c) * image[child] for child, c in data))
        elif kind == Kind.MUL:
            image[node] = sympy.Mul(*(image[child] ** e for child, e in data))
        elif kind == Kind.NAME:
            image[node] = image[data[1]]
        elif kind == Kind.APPLY:
            image[node] = _apply(data, [image[arg] for arg in data.args])
        else:
            image[node] = sympy.Rational(data) if kind == Kind.CONST else symbol(data)
    return [image[node] for node in nodes]


def symbol(key: Hashable) -> sympy.Symbol:
    """A symbol with a readable name: `("W", (1, 2))` is `W_1_2`."""
    if isinstance(key, tuple) and len(key) == 2 and isinstance(key[1], tuple):
        return sympy.Symbol("_".join(str(part) for part in (key[0], *key[1])), real=True)
    return sympy.Symbol(str(key), real=True)


def _apply(what: Application, args: Sequence[sympy.Expr]) -> sympy.Expr:
    row = FUNCTIONS.get(what.function)
    if row is None:
        return _abstract(what, args)
    if row.sympy:
        return getattr(sympy, row.sympy)(*args)
    if row.through_exp is None:
        raise ValueError(f"`{row.name}` has no SymPy spelling: give its row `sympy` or `through_exp`")
    top, bottom = row.through_exp([sympy.exp(arg) for arg in args], what.component)
    return sympy.log(top / bottom) if row.logarithm else top / bottom


def _abstract(what: Application, args: Sequence[sympy.Expr]) -> sympy.Expr:
    label = "_".join(str(part) for part in (what.function, *what.component))
    free = [sympy.Dummy(f"u{i}") for i in range(len(args))]
    value = sympy.Function(label)(*free)
    for position, count in what.orders:
        value = sympy.diff(value, free[position], count)
    return value.subs(dict(zip(free, args, strict=True)), simultaneous=True)
