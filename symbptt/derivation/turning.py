"""Transposition of whole expressions: (A B)ᵀ = Bᵀ Aᵀ, entry by entry products and functions as they are, down to the names."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from ..latex import syntax as s
from ..repair.trees import ONE, plain
from ..repair.vocabulary import ELEMENTWISE
from .network import Network, Underivable

DIAG = s.Symbol("diag")

Leaf = Callable[[s.Node], s.Node | None]


def turned(tree: s.Node, net: Network, leaf: Leaf) -> s.Node:
    """The transpose of an expression; `leaf` gives that of a name or derivative, None where ᵀ is put on what it is asked about.

    Scalars stay as they are.
    """

    def turn(node: s.Node) -> s.Node:
        return turned(node, net, leaf)

    if isinstance(tree, s.Group):
        inner = turn(tree.body)
        return s.Group(inner, tree.bracket) if isinstance(inner, s.Add | s.Product | s.BigOperator) else inner
    own = leaf(tree)
    if own is not None:
        return own
    if isinstance(tree, s.Number) or net.is_scalar(tree):
        return tree
    if net.is_transposed(tree):
        return net.transposed(tree)
    if isinstance(tree, s.Add):
        terms = tuple((sign, turn(term)) for sign, term in tree.terms)
        marked = [net.is_transposed(term) for _, term in terms]
        if all(mark or isinstance(term, s.Number) for mark, (_, term) in zip(marked, terms, strict=True)) and len(terms) > 1:
            return net.transposed(s.Group(tree))
        return s.Add(terms)
    if isinstance(tree, s.BigOperator):
        return replace(tree, body=turn(tree.body))
    if isinstance(tree, s.Product):
        return turned_product(tree, net, turn)
    if isinstance(tree, s.Call) and net.key(tree) == "":
        if diagonal_of(tree) is not None:
            return tree
        inner = turn(tree.args[0])
        return replace(tree, args=(inner,)) if not net.is_transposed(inner) else net.transposed(tree)
    if tree == net.identity:
        return tree
    return net.transposed(tree)


def turned_product(tree: s.Product, net: Network, turn: Callable[[s.Node], s.Node]) -> s.Node:
    """The factors turned, those that are multiplied as matrices in the other order, numbers first."""
    if set(tree.signs) <= set(ELEMENTWISE):
        factors = tuple(turn(factor) for factor in tree.factors)
        marked = [net.is_transposed(factor) or plain(factor) == ONE for factor in factors]
        return net.transposed(s.Group(tree)) if all(marked) else s.Product(factors, tree.signs)
    if set(tree.signs) & {*ELEMENTWISE, "/"}:
        raise Underivable("a mixed product is not turned")
    numbers = [factor for factor in tree.factors if net.is_scalar(factor)]
    others = [turn(factor) for factor in reversed(tree.factors) if factor not in numbers]
    factors = (*map(turn, numbers), *others)
    return s.Product(tuple(map(_as_factor, factors)), ("",) * (len(factors) - 1)) if len(factors) > 1 else factors[0]


def diagonal(entries: s.Node) -> s.Node:
    return s.Call(DIAG, (plain(entries),))


def diagonal_of(tree: s.Node) -> s.Node | None:
    """v of diag(v); None of another tree."""
    return tree.args[0] if isinstance(tree, s.Call) and tree.function == DIAG and len(tree.args) == 1 else None


def _as_factor(node: s.Node) -> s.Node:
    return s.Group(node) if isinstance(node, s.Add) or (isinstance(node, s.Product) and set(node.signs) & set(ELEMENTWISE)) else node
