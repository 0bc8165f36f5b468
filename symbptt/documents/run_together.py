"""`\\nabla_{yt} c^t`: a derivative is by a quantity, never by a product; where the document writes `y^t`, that is meant."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from symbptt.latex.syntax import Derivative, Formula, Node, Number, Product, Script, Symbol, walk, with_parts
from symbptt.reading.scope import script_items


def indexed(formulas: Iterable[Formula]) -> dict[str, str]:
    """The names by which something is differentiated as if they were multiplied by an index, with the place of their index elsewhere."""
    trees = tuple(formulas)
    by = [each for node in walk(*trees) if isinstance(node, Derivative) for each in node.wrt]
    wanted = {pair[0] for each in by if (pair := _pair(each)) is not None}
    places: dict[str, set[tuple[str, int]]] = defaultdict(set)
    for node in walk(*trees) if wanted else ():
        if isinstance(node, Symbol) and node.name in wanted and node.scripts:
            places[node.name] |= {(script.kind, len(list(script_items(script))) * len(node.scripts)) for script in node.scripts}
    return {name: kind for name, found in places.items() if len(found) == 1 for kind, count in found if count == 1}


def _pair(node: Node) -> tuple[str, Node] | None:
    """`y t`, `y 3`, or `yt` as one name: a letter and what may count, side by side."""
    if isinstance(node, Symbol) and not node.scripts and not node.primes:
        font = re.fullmatch(r"(?:\\math(?:rm|it)\{)?([A-Za-z])([A-Za-z0-9])\}?", node.name)
        return (font[1], Number(font[2]) if font[2].isdigit() else Symbol(font[2])) if font else None
    if not isinstance(node, Product) or node.signs != ("",):
        return None
    name, index = node.factors
    counts = isinstance(index, Number) or (isinstance(index, Symbol) and not index.scripts and not index.primes)
    return (name.name, index) if counts and isinstance(name, Symbol) and not name.scripts and not name.primes else None


def with_indices(node: Any, names: Mapping[str, str]) -> Any:
    """A formula whose derivatives are by quantities with their index."""
    node = with_parts(node, partial(with_indices, names=names))
    if not isinstance(node, Derivative):
        return node
    by = tuple(_with_index(each, names) for each in node.wrt)
    return node if by == node.wrt else replace(node, wrt=by)


def _with_index(node: Node, names: Mapping[str, str]) -> Node:
    pair = _pair(node)
    return Symbol(pair[0], (Script(names[pair[0]], pair[1]),)) if pair is not None and pair[0] in names else node
