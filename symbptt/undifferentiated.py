"""Claims that are the derivative of both sides of another: what is equal has equal derivatives, whatever it depends on, and how.

`\\partial L/\\partial w = \\sum_t \\partial L_t/\\partial w` holds where `L = \\sum_t L_t` does, for every w, however it enters.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from .latex.printer import to_latex
from .latex.syntax import Add, BigOperator, Call, Derivative, Ellipsis, Formula, Fraction, Group, Node, Number, Product, Symbol, walk
from .problem import Problem
from .reading.declare import parsed_alone

#: Signs between a number and what it multiplies.
MULTIPLIES = ("", "*", "\\cdot", "\\times")


@dataclass(frozen=True)
class Undifferentiated:
    """A problem whose claim has the sides that the claim differentiates by `by`; `links` are the equations of the claim itself."""

    problem: Problem
    by: str
    links: tuple[str, ...]


def undifferentiated(problem: Problem) -> Undifferentiated | None:
    """The problem without the derivatives, where every side is a sum of multiples of derivatives by one and the same quantity.

    Only the equations of what is differentiated are kept: the rest may be anything. Facts that are assumed may not hold on the way from
    one value to the next, and are left out; so is every claim by a quantity that these equations define.
    """
    parsed = parsed_alone(problem)
    if parsed is None:
        return None
    formula = parsed.claim[0]
    derivatives = [node for node in walk(formula) if isinstance(node, Derivative)]
    by = {node.wrt for node in derivatives}
    if len(by) != 1 or set(formula.relations) != {"="} or formula.condition is not None:
        return None
    (wrt,) = by
    sides = [_without(side) for side in formula.sides]
    heads = {node.name for each in derivatives for node in walk(each.numerator) if isinstance(node, Symbol)}
    names = {node.name for node in walk(wrt) if isinstance(node, Symbol)}
    if len(wrt) != 1 or not isinstance(wrt[0], Symbol) or None in sides or names & _bound(formula):
        return None
    made = {read.latex for read in parsed.given if _head(read.formula) in heads - {wrt[0].name}}
    kept = tuple(given for given in problem.given if given.equation in made)
    if set(kept) & set(problem.stale):
        return None
    claim = " = ".join(to_latex(side) for side in sides if side is not None)
    links = tuple(f"{to_latex(a)} = {to_latex(b)}" for a, b in zip(formula.sides, formula.sides[1:], strict=False))
    return Undifferentiated(replace(problem, claim=claim, given=kept, assume=(), supposed=(), doubt=""), to_latex(wrt[0]), links)


def _head(formula: Formula) -> str:
    """The name on the left side, without its scripts and arguments."""
    left = formula.sides[0]
    name = left.function if isinstance(left, Call) else left
    return name.name if isinstance(name, Symbol) else ""


def _bound(formula: Formula) -> set[str]:
    """The letters over which sums run."""
    lower = [node.lower for node in walk(formula) if isinstance(node, BigOperator)]
    return {node.name for node in walk(*lower) if isinstance(node, Symbol)}


def _without(side: Node) -> Node | None:
    """A sum of multiples of derivatives without the derivatives; None for anything else."""
    if isinstance(side, Derivative):
        return side.numerator if side.order == 1 and side.scale is None and side.mark in ("d", "\\partial") else None
    if isinstance(side, Ellipsis):
        return side
    if isinstance(side, Group) or (isinstance(side, BigOperator) and side.operator == "\\sum"):
        body = _without(side.body)
        return replace(side, body=body) if body is not None else None
    if isinstance(side, Fraction):
        top = _without(side.numerator) if isinstance(side.denominator, Number) else None
        return replace(side, numerator=top) if top is not None else None
    if isinstance(side, Add):
        terms = [(sign, _without(term)) for sign, term in side.terms]
        plain = tuple((sign, term) for sign, term in terms if term is not None)
        return replace(side, terms=plain) if len(plain) == len(terms) else None
    if isinstance(side, Product):
        last = _without(side.factors[-1])
        constant = all(_is_number(factor) for factor in side.factors[:-1]) and set(side.signs) <= set(MULTIPLIES)
        return replace(side, factors=(*side.factors[:-1], last)) if constant and last is not None else None
    return None


def _is_number(node: Node) -> bool:
    if isinstance(node, Fraction):
        return _is_number(node.numerator) and _is_number(node.denominator)
    return isinstance(node, Number)
