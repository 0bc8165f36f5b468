"""`\\sum_t a_t + b_t`: where the letter of a sum stands behind it as well, the sum is meant to go on to the end."""

from __future__ import annotations

from dataclasses import replace

from ..latex import syntax as s

#: What a sum with a sign or a factor before it does with the terms behind it, in the order of `with_longer_sums`.
REACHES = ("in its brackets", "each with a sum of its own")


def with_longer_sums(formula: s.Formula) -> tuple[tuple[s.Formula, ...], str]:
    """The formula with sums that take in the terms behind them up to the last one with their letter, and that letter; none, and an empty
    one, if there are none.

    `-\\sum_t a_t + b_t` may be `-\\sum_t (a_t + b_t)` or `-\\sum_t a_t + \\sum_t b_t`: there are two where these differ. Only where the
    first side does not mention the letter: else the terms behind the sum are those of one step.
    """
    first = _letters(formula.sides[0])
    found = [_longer(side) for side in formula.sides[1:]]
    letter = next((letter for _, letter in found if letter and letter not in first), "")
    if not letter:
        return (), ""
    sides = [(side, side) if its != letter else both for side, (both, its) in zip(formula.sides[1:], found, strict=True)]
    formulas = (replace(formula, sides=(formula.sides[0], *one)) for one in zip(*sides, strict=True))
    return tuple(dict.fromkeys(formulas)), letter


def _longer(side: s.Node) -> tuple[tuple[s.Node, s.Node], str]:
    """A side with the first such sum in its two ways, which may be one, and its letter."""
    terms = side.terms if isinstance(side, s.Add) else ()
    for at, (sign, term) in enumerate(terms[:-1]):
        last = term.factors[-1] if isinstance(term, s.Product) else term
        letter = _runs_over(last)
        end = max((n for n, (_, other) in enumerate(terms) if n > at and letter in _free_letters(other)), default=at) + 1 if letter else 0
        behind, rest = terms[at + 1 : end], terms[max(end, at + 1) :]
        if not isinstance(last, s.BigOperator) or not behind:
            continue
        whole: s.Node = replace(last, body=s.Add((("+", last.body), *behind)))
        if isinstance(term, s.Product):
            whole = replace(term, factors=(*term.factors[:-1], whole))
        inside = s.Add((*terms[:at], (sign, whole), *rest)) if at or rest or sign != "+" else whole
        if sign == "+" and term is last:
            return (inside, inside), letter
        own = [(its, replace(last, body=other) if letter in _free_letters(other) else other) for its, other in behind]
        return (inside, s.Add((*terms[: at + 1], *own, *rest))), letter
    return (side, side), ""


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
