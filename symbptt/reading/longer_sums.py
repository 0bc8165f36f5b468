"""`\\sum_t a_t + b_t`: where the letter of a sum stands behind it as well, the sum may be meant to go on to the end."""

from __future__ import annotations

from dataclasses import replace

from ..latex import syntax as s


def with_longer_sums(formula: s.Formula) -> tuple[s.Formula, str]:
    """The formula with sums that take in the terms behind them, and the letter they run over; the letter is empty if there are none.

    Only where the first side does not mention the letter: else the terms behind the sum are those of one step.
    """
    first, letters = _letters(formula.sides[0]), ""
    sides = [formula.sides[0]]
    for side in formula.sides[1:]:
        longer, letter = _longer(side)
        found = bool(letter) and letter not in first
        sides.append(longer if found else side)
        letters = letters or (letter if found else "")
    return replace(formula, sides=tuple(sides)), letters


def _longer(side: s.Node) -> tuple[s.Node, str]:
    if not isinstance(side, s.Add):
        return side, ""
    for at, (sign, term) in enumerate(side.terms[:-1]):
        last = term.factors[-1] if isinstance(term, s.Product) else term
        letter = _runs_over(last)
        behind = side.terms[at + 1 :]
        if not isinstance(last, s.BigOperator) or not letter or not any(letter in _free_letters(other) for _, other in behind):
            continue
        longer: s.Node = replace(last, body=s.Add((("+", last.body), *_signed(sign, behind))))
        if isinstance(term, s.Product):
            longer = replace(term, factors=(*term.factors[:-1], longer))
        return (s.Add((*side.terms[:at], (sign, longer))) if at or sign != "+" else longer), letter
    return side, ""


def _signed(sign: str, terms: tuple[tuple[str, s.Node], ...]) -> tuple[tuple[str, s.Node], ...]:
    """The terms behind a sum, inside it: behind `-\\sum` their signs turn."""
    return terms if sign == "+" else tuple(("-" if own == "+" else "+", term) for own, term in terms)


def _runs_over(node: s.Node) -> str:
    """The letter of a sum over one letter."""
    if not isinstance(node, s.BigOperator) or node.operator != "\\sum":
        return ""
    lower = node.lower.sides[0] if isinstance(node.lower, s.Comparison) else node.lower
    return lower.name if isinstance(lower, s.Symbol) and not lower.scripts else ""


def _letters(node: s.Node) -> set[str]:
    return {inner.name for inner in s.walk(node) if isinstance(inner, s.Symbol)}


def _free_letters(term: s.Node) -> set[str]:
    """The letters of a term, without those its own sums bind."""
    return _letters(term) - {_runs_over(node) for node in s.walk(term)}
