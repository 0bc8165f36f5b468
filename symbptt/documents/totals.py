"""Totals that no equation gives, as what is claimed of their derivatives shows them: `\\frac{dL}{dW} = \\sum_t \\frac{dL_t}{dW}` is
written of an L that is the sum of the L_t."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator
from dataclasses import replace
from itertools import pairwise

from symbptt.inference.quantities import Names
from symbptt.latex.printer import to_latex
from symbptt.latex.syntax import BigOperator, Derivative, Formula, Fraction, Group, Node, Number, Product, Symbol, walk


def implied_totals(claims: Iterable[Formula], names: Names, made: Container[str]) -> dict[str, list[str]]:
    """What is differentiated and not defined, with the equations that claims of it imply; the first that a claim shows stands first."""
    found: dict[str, list[str]] = {}
    for formula in claims:
        for left, right in pairwise(formula.sides):
            total = _total(left, right)
            if total is None or not isinstance(left, Derivative):
                continue
            own = names.of(left.numerator)
            labelled = own is not None and own.slots and all(isinstance(slot, Symbol) and len(slot.name) > 1 for slot in own.slots)
            key = to_latex(left.numerator)
            if own is None or (own.quantity.letters and not labelled) or own.components or key in made or _mentions(total, left.numerator):
                continue
            equation = f"{key} = {to_latex(total)}"
            equations = found.setdefault(key, [])
            if equation not in equations:
                equations.append(equation)
    return found


def speaks_of(formula: Formula, key: str, only_beside: bool) -> bool:
    """Whether a formula differentiates a total; `only_beside` what it is the sum of: a derivative of it is a sum of derivatives there."""
    if not only_beside:
        return any(isinstance(node, Derivative) and to_latex(node.numerator) == key for node in walk(*formula.sides))
    return any(
        _total(left, right) is not None and to_latex(left.numerator) == key
        for left, right in pairwise(formula.sides)
        if isinstance(left, Derivative)
    )


def _total(left: Node, right: Node) -> Node | None:
    """`\\frac{1}{T} \\sum_t L_t` of `\\frac{dL}{dW} = \\frac{1}{T} \\sum_t \\frac{dL_t}{dW}`."""
    if not isinstance(left, Derivative) or not isinstance(left.numerator, Symbol) or left.order != 1 or left.scale is not None:
        return None
    if isinstance(right, Product) and isinstance(right.factors[-1], BigOperator) and all(map(_is_number, right.factors[:-1])):
        inner = _total(left, right.factors[-1])
        return replace(right, factors=(*right.factors[:-1], inner)) if inner is not None else None
    if not isinstance(right, BigOperator) or right.operator != "\\sum" or right.lower is None or right.upper is None:
        return None
    body = right.body.body if isinstance(right.body, Group) else right.body
    alike = isinstance(body, Derivative) and body.wrt == left.wrt and body.order == 1 and body.scale is None
    running = set(_symbols(right.lower)) & set(_symbols(body))
    return replace(right, body=body.numerator) if alike and running and isinstance(body, Derivative) else None


def _is_number(node: Node) -> bool:
    """`\\frac{1}{T}`, `2`."""
    plain = (Number, Fraction, Symbol)
    return isinstance(node, (Number, Fraction)) and all(isinstance(inner, plain) for inner in walk(node))


def _symbols(node: Node) -> Iterator[Symbol]:
    return (inner for inner in walk(node) if isinstance(inner, Symbol) and not inner.scripts)


def _mentions(node: Node, name: Node) -> bool:
    return any(inner == name for inner in walk(node))
