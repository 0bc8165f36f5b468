"""Vectors in bold and their entries in italics, `\\mathbf{y}` and `y_i`, are one quantity."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from symbptt.documents.names import COMPONENT_LETTERS
from symbptt.latex.syntax import Formula, Node, Number, Symbol, inner_fields, walk
from symbptt.reading.scope import script_items

E = "e"
#: A font of vectors and matrices, as it stands in names; accents may stand around it.
BOLD = re.compile(r"\\(?:mathbf|boldsymbol|vec)\{([^{}]*)\}")


def entries_in_italics(formulas: Iterable[Formula]) -> dict[str, str]:
    """The plain names that stand for entries of bold ones, with these: `\\hat{y}` of `\\hat{\\mathbf{y}}`.

    Only where each plain one has an index of entries more than the bold ones have at most. So for an e that some formula defines.
    """
    trees = list(formulas)
    most: dict[str, int] = {}
    least: dict[str, int] = {}
    others: set[str] = set()
    of_plain: dict[str, set[str]] = defaultdict(set)
    for symbol in (node for formula in trees for node in walk(formula) if isinstance(node, Symbol)):
        items = [item for script in symbol.scripts for item in script_items(script)]
        plain = BOLD.sub(r"\1", symbol.name)
        if plain != symbol.name:
            of_plain[plain].add(symbol.name)
            most[plain] = max(most.get(plain, 0), len(items))
            continue
        least[plain] = min(least.get(plain, len(items)), len(items))
        if not any(_counts_entries(item) for item in items):
            others.add(plain)
    found = {
        plain: next(iter(bold))
        for plain, bold in of_plain.items()
        if len(bold) == 1 and plain in least and plain not in others and least[plain] > most[plain]
    }
    return found | ({E: f"\\mathbf{{{E}}}"} if any(_is_a_name(formula.sides[0]) for formula in trees if formula.relations) else {})


def _is_a_name(node: Node) -> bool:
    """Whether an e is no base of powers: `e^{(t)}` with its step in brackets, `e_t`."""
    return isinstance(node, Symbol) and node.name == E and any(script.kind == "sub" or script.bracket == "(" for script in node.scripts)


def _counts_entries(item: Node) -> bool:
    return isinstance(item, Number) or (isinstance(item, Symbol) and not item.scripts and item.name in COMPONENT_LETTERS)


def in_bold(formula: Formula, names: Mapping[str, str]) -> Formula:
    """A formula with these names in bold."""
    if not any(isinstance(node, Symbol) and node.name in names for node in walk(formula)):
        return formula
    changed: Formula = _changed(formula, names)
    return changed


def _changed(node: Any, names: Mapping[str, str]) -> Any:
    if isinstance(node, tuple):
        return tuple(_changed(item, names) for item in node)
    if not isinstance(node, Node):
        return node
    if isinstance(node, Symbol) and node.name in names and (node.name != E or _is_a_name(node)):
        node = replace(node, name=names[node.name])
    return replace(node, **{name: _changed(getattr(node, name), names) for name in inner_fields(node)})
