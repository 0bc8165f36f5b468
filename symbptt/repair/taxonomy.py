"""The table of real mistakes: each row a name and a rule that mends it, tried at every place or on a whole side."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from types import MappingProxyType

from ..latex import syntax as s
from . import algebra, indices, names
from .trees import Change, Way, everywhere, mapped, placed, total
from .vocabulary import Vocabulary

Row = Callable[[s.Node, Vocabulary], Iterator[Change]]

#: Tried at every node of a side.
PLACES: Mapping[str, Row] = MappingProxyType(
    {
        "step index": indices.step,
        "label": indices.label,
        "transpose": algebra.transpose,
        "sign": algebra.sign,
        "difference": algebra.turned_difference,
        "factor order": algebra.order,
        "kind of product": algebra.kind_of_product,
        "slope": names.slope,
        "diag": names.diag,
        "bounds": indices.bounds,
        "brackets": algebra.brackets,
        "summand index": indices.component,
        "square": algebra.square,
        "power of e": algebra.power_of_e,
        "product for sum": algebra.sum_for_product,
        "sibling": names.sibling,
        "slice": indices.slices,
        "block": indices.new_slices,
        "superfluous": algebra.superfluous,
        "layout": algebra.outer,
        "Jacobian": names.diag_minus_outer,
        "slope before a matrix": names.diag_before,
        "path": names.path,
        "missing link": names.link,
        "missing sum": indices.component_sum,
        "immediate": names.derivative,
        "number": names.other_term,
    }
)
#: Tried at every node, after all others: what was left out, and derivatives in the place of a δ.
INSERTED: Mapping[str, Row] = MappingProxyType(
    {"missing factor": names.missing_factor, "missing term": names.missing_term, "derivative": names.as_derivative}
)
#: Tried on a whole side.
SIDES: Mapping[str, Row] = MappingProxyType(
    {
        "sign": algebra.negated,
        "missing sum": indices.missing_sum,
        "step index": indices.all_steps,
        "diag": names.diag_side,
        "layout": algebra.transposed_side,
        "coefficient": algebra.coefficient,
        "average": indices.averaged,
    }
)
#: Tried on all terms of a sum, or all places of one kind, at once.
UNIFORM = (
    "transpose",
    "sign",
    "kind of product",
    "slope",
    "power of e",
    "square",
    "superfluous",
    "factor order",
    "slice",
    "block",
    "layout",
)


@dataclass(frozen=True)
class Tables:
    """Rows that are tried together: on whole sides, at places, and at several places at once."""

    sides: Mapping[str, Row]
    places: Mapping[str, Row]
    uniform: tuple[str, ...] = ()


#: What is near, and what brings something in that stood nowhere.
NEAR = Tables(SIDES, PLACES, UNIFORM)
FAR = Tables({}, INSERTED)


def changes(side: s.Node, words: Vocabulary, tables: Tables) -> Iterator[Change]:
    """Every side that one edit makes of `side`, with repetitions, in the order of the tables."""
    for name, row in tables.sides.items():
        for change in row(side, words):
            yield replace(change, row=name)
    for name, row in tables.places.items():
        for change in everywhere(side, partial(_applied, row, words)):
            yield replace(change, row=name)
    if tables.uniform:
        yield from _uniform(side, words)


def _uniform(side: s.Node, words: Vocabulary) -> Iterator[Change]:
    """The same edit in every term of a sum, and everywhere that it can be made."""
    for name in UNIFORM:
        row = PLACES[name]
        for choice in range(2):
            count, tree = _all_places(side, row, words, choice)
            if count > 1:
                yield Change(tree, f"{name} at {count} places", 1.0 + 0.15 * count, name)
        if isinstance(side, s.Add) and len(side.terms) > 1:
            yield from _in_every_term(side, name, row, words)


def _in_every_term(side: s.Add, name: str, row: Row, words: Vocabulary) -> Iterator[Change]:
    found = [{(way, i): change for i, (change, way) in enumerate(_numbered(term, row, words))} for _, term in side.terms]
    for key in found[0]:
        if all(key in others for others in found[1:]):
            terms = tuple((mark, others[key].tree) for (mark, _), others in zip(side.terms, found, strict=True))
            first = found[0][key]
            yield Change(total(terms), f"{first.words}, and so in every term", first.cost + 0.2, name)


def _numbered(term: s.Node, row: Row, words: Vocabulary) -> list[tuple[Change, Way]]:
    return list(placed(term, partial(_applied, row, words)))


def _applied(row: Row, words: Vocabulary, node: s.Node) -> Iterator[Change]:
    return row(node, words)


def _all_places(node: s.Node, row: Row, words: Vocabulary, choice: int) -> tuple[int, s.Node]:
    """The edit number `choice` of each node that has one, outermost first and not inside one another; and how many there were."""
    places = 0

    def edited(inner: s.Node) -> s.Node | None:
        nonlocal places
        found = list(row(inner, words))
        if len(found) <= choice:
            return None
        places += 1
        tree: s.Node = found[choice].tree
        return tree

    tree = mapped(node, edited)
    return places, tree
