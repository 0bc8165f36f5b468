"""Where a model ends since words say anew what a name is: "let y ∈ ℝᵐ be the output", and in a later section "let y ∈ ℝⁿ"."""

from __future__ import annotations

from collections.abc import Sequence

from symbptt.documents.item import Entry
from symbptt.documents.prose import Facts
from symbptt.documents.roles import letters_of
from symbptt.documents.understanding import without
from symbptt.latex.parser import ParseError, parse_expression
from symbptt.latex.syntax import Derivative, Formula, walk


def at_new_shapes(run: Sequence[Entry], facts: Facts) -> list[Sequence[Entry]]:
    """The entries of a model, cut where a section states another shape for what equations before it and formulas in it mention.

    Behind the cut, the equations before it that mention the name are known no longer; what is named after a derivative still is.
    """
    for section, key in facts.new_shapes:
        at = next((at for at, entry in enumerate(run) if entry.section >= section), 0)
        letters = _letters(key)
        known = dict(pair for entry in run[:at] for pair in entry.known)
        old = {given for given, formula in known.items() if letters & letters_of(formula) and not _names_a_derivative(formula)}
        if old and any(entry.formula is not None and letters & letters_of(entry.formula) for entry in run[at:]):
            return [run[:at], *at_new_shapes([without(entry, old) for entry in run[at:]], facts)]
    return [run]


def _names_a_derivative(formula: Formula) -> bool:
    return any(isinstance(node, Derivative) for node in walk(*formula.sides[1:]))


def _letters(key: str) -> frozenset[str]:
    """The letter of a name without its scripts."""
    try:
        tree = parse_expression(key)
    except ParseError:
        return frozenset()
    return frozenset({getattr(tree, "name", "")}) - {""}
