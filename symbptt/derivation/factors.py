"""Numbers as factors: the rational ones of a product taken together, products of scalars without ⊙, squared norms."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from ..latex import syntax as s
from ..repair.trees import ONE, TWO, mapped, plain, product
from ..repair.vocabulary import ELEMENTWISE
from .network import Network

#: Signs between the factors of a plain product.
PLAIN = frozenset({"", "\\cdot", "*", "\\times"})
#: What may stand below the norm of a column or, entry by entry, of a matrix.
BELOW = ("2", "F")


def folded(tree: s.Node) -> s.Node:
    """A product with its rational factors as one in front: 2 · ½ (o − y) is o − y, 2 · λ/2 W is λ W."""
    if isinstance(tree, s.Add) and len(tree.terms) == 1:
        return s.Add(((tree.terms[0][0], folded(tree.terms[0][1])),))
    if not isinstance(tree, s.Product) or not set(tree.signs) <= PLAIN:
        return tree
    value, rest = _apart(tree.factors)
    if value == Fraction(1):
        return tree if rest == list(tree.factors) else _times(rest)
    for at, factor in enumerate(rest):
        if isinstance(factor, s.Fraction):
            rest[at] = _fraction(factor, value)
            return _times(rest)
    front: s.Node = s.Number(str(value.numerator))
    if value.denominator != 1:
        front = s.Fraction(front, s.Number(str(value.denominator)))
    return _times([front, *rest])


def _apart(factors: Sequence[s.Node]) -> tuple[Fraction, list[s.Node]]:
    """The product of the rational factors, and the others without them."""
    value, rest = Fraction(1), []
    for factor in factors:
        if isinstance(factor, s.Number):
            value *= Fraction(factor.text)
            continue
        if not isinstance(factor, s.Fraction):
            rest.append(factor)
            continue
        (above, top), (below, bottom) = (_apart(_factors(part)) for part in (factor.numerator, factor.denominator))
        if above == below == 1:
            rest.append(factor)
            continue
        value *= above / below
        if bottom:
            rest.append(s.Fraction(_times(top), _times(bottom)))
        else:
            rest += top
    return value, rest


def _factors(tree: s.Node) -> tuple[s.Node, ...]:
    return tree.factors if isinstance(tree, s.Product) and set(tree.signs) <= PLAIN else (tree,)


def _times(factors: Sequence[s.Node]) -> s.Node:
    return product(tuple(factors), ("",) * (len(factors) - 1)) if factors else ONE


def _fraction(tree: s.Fraction, value: Fraction) -> s.Node:
    above, below = ([s.Number(str(part))] if part != 1 else [] for part in (value.numerator, value.denominator))
    top = [*above, *(factor for factor in _factors(tree.numerator) if factor != ONE)]
    return s.Fraction(_times(top), _times([*below, *_factors(tree.denominator)]))


def as_number(tree: s.Node, net: Network) -> s.Node:
    """A product of scalars without ⊙; what is no scalar stays as it is."""

    def rule(node: s.Node) -> s.Node | None:
        if not isinstance(node, s.Product) or not set(node.signs) & set(ELEMENTWISE):
            return None
        return product(tuple(mapped(factor, rule) for factor in node.factors), tuple("" if x in ELEMENTWISE else x for x in node.signs))

    return mapped(tree, rule)


def squared_norm(tree: s.Node) -> s.Node | None:
    """v of ‖v‖², with 2 or F below or nothing; None of another tree."""
    if not isinstance(tree, s.Scripted) or not isinstance(tree.base, s.Norm):
        return None
    below = [script.body for script in tree.scripts if script.kind == "sub"]
    known = all(getattr(body, "text", getattr(body, "name", "")) in BELOW for body in below)
    return plain(tree.base.body) if TWO in tree.scripts and len(tree.scripts) == len(below) + 1 and known else None


def with_norms(tree: s.Product, net: Network) -> s.Node:
    """A product in which uᵀ u is written ‖u‖²."""
    for at, (first, second) in enumerate(zip(tree.factors, tree.factors[1:], strict=False)):
        column = net.is_transposed(first) and net.transposed(first) == plain(second) and net.kind(second) == "column"
        row = net.is_transposed(second) and net.transposed(second) == plain(first) and net.kind(first) == "row"
        if (column or row) and tree.signs[at] in PLAIN:
            norm = s.Scripted(s.Norm(plain(second if column else first)), (TWO,))
            return product((*tree.factors[:at], norm, *tree.factors[at + 2 :]), (*tree.signs[:at], *tree.signs[at + 1 :]))
    return tree
