"""`\\sum_{mn\\ldots q} \\partial a^L_m / \\partial a^{L-1}_n \\ldots \\partial a^{l+1}_q / \\partial a^l_j`: a sum over all paths.

Each letter of the sum joins two neighbours, so the sum is an entry of the product of their Jacobian matrices, and is read as that.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from .latex.printer import to_latex
from .latex.syntax import BigOperator, Derivative, Ellipsis, Group, Node, Product, Script, Scripted, Symbol, walk, with_parts
from .latex.syntax import Sequence as Items
from .problem import Problem
from .reading.declare import parsed_alone

NOTE = "the sum over all paths: an entry of the product of the Jacobian matrices"
DOTS = ("dots", "...", "…")
#: Letters that a sum must show, apart from its dots.
FEWEST = 2


def over_paths(problem: Problem) -> Problem | None:
    """The problem with a product of matrices for each sum over paths; None where there is none, or the layout of a Jacobian is stated."""
    if "\\sum" not in problem.claim or not any(dots in problem.claim for dots in DOTS) or "layout" in problem.notation:
        return None
    parsed = parsed_alone(problem)
    if parsed is None:
        return None
    formula = _changed(parsed.claim[0])
    if formula == parsed.claim[0]:
        return None
    pairs = zip(formula.sides[1:], formula.relations, strict=True)
    claim = to_latex(formula.sides[0]) + "".join(f" {relation} {to_latex(side)}" for side, relation in pairs)
    condition = problem.for_ or (to_latex(formula.condition) if formula.condition is not None else "")
    notation = {**problem.notation, "layout": {"vector": "numerator"}}
    return replace(problem, claim=claim, for_=condition, notation=notation)


def _changed(node: Any) -> Any:
    node = with_parts(node, _changed)
    return _as_matrices(node) or node if isinstance(node, BigOperator) else node


def _as_matrices(node: BigOperator) -> Node | None:
    """A sum over paths with the product of matrices that it is; None for any other."""
    letters = _letters(node)
    body = node.body
    if len(letters) < FEWEST or not isinstance(body, Product) or not set(body.signs) <= {"", "\\cdot"}:
        return None
    dots = [at for at, factor in enumerate(body.factors) if isinstance(factor, Ellipsis)]
    if len(dots) != 1 or not 0 < dots[0] < len(body.factors) - 1:
        return None
    start, end = dots[0] - 1, dots[0] + 1
    factors = body.factors
    while start > 0 and _joined(factors[start - 1], factors[start], letters):
        start -= 1
    while end < len(factors) - 1 and _joined(factors[end], factors[end + 1], letters):
        end += 1
    run = [factor for factor in factors[start : end + 1] if isinstance(factor, Derivative)]
    ends = [pair for factor in run if (pair := _ends(factor)) is not None]
    if len(run) != end - start or len(ends) < len(run):
        return None
    first, *inner, last = [letter for pair in ends for letter in pair]
    outside = {symbol.name for symbol in walk(*factors[:start], *factors[end + 1 :]) if isinstance(symbol, Symbol)}
    if first == last or set(inner) & {first, last} or set(inner) & outside or set(letters) - {first, last} != set(inner):
        return None
    plain = tuple(_without(factor) if isinstance(factor, Derivative) else factor for factor in factors[start : end + 1])
    product = Product(plain, ("",) * (len(plain) - 1))
    entry = Scripted(Group(product), (Script("sub", Product((Symbol(first), Symbol(last)), ("",))),))
    whole: Node = entry
    if len(factors) > len(plain):
        whole = Product((*factors[:start], entry, *factors[end + 1 :]), body.signs[:start] + body.signs[end:])
    for letter in (one for one in (first, last) if one in letters):
        whole = BigOperator("\\sum", Symbol(letter), None, whole)
    return whole


def _letters(node: BigOperator) -> list[str]:
    """The letters of a sum over letters with dots among them; none for any other."""
    lower = node.lower
    items: Sequence[Node] = lower.factors if isinstance(lower, Product) else lower.items if isinstance(lower, Items) else ()
    names = [item.name for item in items if isinstance(item, Symbol) and not item.scripts]
    shown = node.operator == "\\sum" and node.upper is None and sum(isinstance(item, Ellipsis) for item in items) == 1
    return names if shown and len(set(names)) == len(items) - 1 else []


def _joined(left: Node, right: Node, letters: Sequence[str]) -> bool:
    """Whether two derivatives of entries meet in one quantity, over whose entries the sum runs."""
    if not isinstance(left, Derivative) or not isinstance(right, Derivative) or left.wrt != (right.numerator,):
        return False
    here, there = _ends(left), _ends(right)
    return here is not None and there is not None and here[1] in letters


def _ends(node: Derivative) -> tuple[str, str] | None:
    """The letters of the entries that a derivative is of and by."""
    if len(node.wrt) != 1 or node.order != 1 or node.scale is not None or node.mark not in ("d", "\\partial"):
        return None
    above, below = _entry(node.numerator), _entry(node.wrt[0])
    return (above, below) if above and below else None


def _entry(node: Node) -> str:
    """j of `a^l_j`."""
    found = [script.body for script in node.scripts if script.kind == "sub"] if isinstance(node, Symbol) else []
    return found[0].name if len(found) == 1 and isinstance(found[0], Symbol) and not found[0].scripts else ""


def _without(node: Derivative) -> Derivative:
    """A derivative of and by whole vectors."""
    return replace(node, numerator=_whole(node.numerator), wrt=tuple(map(_whole, node.wrt)))


def _whole(node: Node) -> Node:
    return replace(node, scripts=tuple(script for script in node.scripts if script.kind != "sub")) if isinstance(node, Symbol) else node
