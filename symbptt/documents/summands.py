"""Summands shown among dots: `z_k = ... + w_{kj} a_j + ...` says of a z that is defined that this is one of its summands.

It is, where z_k and the summand have the same derivative by the parameter w_{kj}: the rest, for which the dots stand, is then free of it.
Where they have not, the dots may hide more of the same, and nothing is refuted.
"""

from __future__ import annotations

from dataclasses import replace

from symbptt.documents.names import Name
from symbptt.documents.roles import EQUATIONS, Context
from symbptt.latex.syntax import Add, Derivative, Ellipsis, Formula, Node, Number, Product, Symbol

HIDDEN = "the dots may stand for more of the same"
BESIDE = "the dots stand for what does not depend on `{}`"


def among_dots(formula: Formula, context: Context) -> tuple[Formula, Node] | None:
    """The formula as one about a derivative, and the parameter by which; None where it is no summand of what an equation defines."""
    left, right = formula.sides[0], formula.sides[-1]
    if len(formula.sides) != 2 or not set(formula.relations) <= EQUATIONS or not isinstance(right, Add):
        return None
    terms = [(sign, term) for sign, term in right.terms if not isinstance(term, Ellipsis)]
    name = context.name(left)
    if len(terms) != 1 or len(right.terms) == 1 or terms[0][0] != "+" or name is None or not _is_defined(name, context):
        return None
    shown = terms[0][1]
    first = shown.factors[0] if isinstance(shown, Product) else shown
    parameter = context.name(first) if isinstance(first, Symbol) else None
    if parameter is None or context.definition_of(parameter) is not None or parameter.letter == name.letter:
        return None
    return replace(formula, sides=(Derivative(left, (first,)), Derivative(shown, (first,)))), first


def _is_defined(name: Name, context: Context) -> bool:
    """Whether an equation says what a name is, or that of which it is a numbered entry: z_1^4 where z^l is defined."""
    whole = replace(name, items=tuple((kind, item) for kind, item in name.items if kind != "sub" or not isinstance(item, Number)))
    return any(context.definition_of(one) is not None for one in ([name, whole] if whole.items else [name]))
