"""Names for a part of what an equation computes: with `z_t = V h_t` beside `p_t = \\mathrm{softmax}(V h_t)`, p_t rests on z_t."""

from __future__ import annotations

import re
from collections.abc import Hashable, Mapping
from dataclasses import fields, replace
from typing import Any, TypeVar

from ..latex import syntax as s
from ..latex.printer import to_latex
from .quantities import Names

Key = TypeVar("Key", bound=Hashable)
#: What is long enough to be given a name.
LONG = (s.Add, s.Product)
PLAIN_PRODUCT = re.compile(r"\\cdot(?![A-Za-z])|[*\s]")


def abbreviated(definitions: Mapping[Key, s.Formula], names: Names) -> dict[Key, s.Formula]:
    """Those definitions that spell out what another one gives a name that no equation uses, with that name; the others are left out."""
    used = {key for formula in definitions.values() for side in formula.sides[1:] for key in names.keys_in(side)}
    named: dict[str, s.Symbol] = {}
    for formula in definitions.values():
        left, right = formula.sides[0], _bare(formula.sides[-1])
        own = names.of(left)
        plain = len(formula.sides) == 2 and isinstance(left, s.Symbol) and own is not None and not own.components
        if not plain or not isinstance(left, s.Symbol) or own is None or not isinstance(right, LONG):
            continue
        if own.quantity.key not in used and _running(right, names) <= _running(left, names):
            named.setdefault(_spelled(right), left)
    if not named:
        return {}
    found = {key: replace(formula, sides=(formula.sides[0], _inside(formula.sides[1], named))) for key, formula in _two_sided(definitions)}
    return {key: formula for key, formula in found.items() if formula != definitions[key]}


def _running(node: s.Node, names: Names) -> set[str]:
    """The letters of steps and layers that something shows."""
    return {inner.name for inner in s.walk(node) if isinstance(inner, s.Symbol)} & names.running


def _two_sided(definitions: Mapping[Key, s.Formula]) -> list[tuple[Key, s.Formula]]:
    return [(key, formula) for key, formula in definitions.items() if len(formula.sides) == 2]


def _spelled(node: s.Node) -> str:
    """A sum or product, whatever the order of its terms and the sign of a product."""
    if isinstance(node, s.Add):
        return " ".join(sorted(f"{sign}{_spelled(term)}" for sign, term in node.terms))
    return PLAIN_PRODUCT.sub("", to_latex(node))


def _bare(node: s.Node) -> s.Node:
    return _bare(node.body) if isinstance(node, s.Group) else node


def _inside(node: Any, named: Mapping[str, s.Symbol], *, whole: bool = False) -> Any:
    """A tree with the names in place of what they stand for; the tree as a whole stays, for it may be the definition of the name."""
    if isinstance(node, tuple):
        return tuple(_inside(item, named, whole=True) for item in node)
    if not isinstance(node, s.Node) or isinstance(node, s.Script):
        return node
    if whole and isinstance(bare := _bare(node), LONG) and (name := named.get(_spelled(bare))) is not None:
        return name
    kept = ("span", "lower", "upper", "base" if isinstance(node, s.Scripted) else "span")
    return replace(node, **{f.name: _inside(getattr(node, f.name), named, whole=True) for f in fields(node) if f.name not in kept})
