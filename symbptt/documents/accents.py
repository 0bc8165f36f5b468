"""Accents and prefixes that stand for derivatives: `\\bar{h} = \\partial L / \\partial h`, `\\delta h = …`, and so for all names."""

from __future__ import annotations

import re
from collections.abc import Iterable

from symbptt.latex.printer import to_latex
from symbptt.latex.syntax import Derivative, Formula, Symbol

ACCENT = re.compile(r"(?P<accent>\\(?:bar|tilde|hat|dot|check))\{(?P<name>[^{}]+|\\[a-z]+\{[^{}]*\})\}")
#: A name that begins as a differential does: `d h`, `\\delta h`; a number behind it is a label.
PREFIX = re.compile(r"(?P<accent>d|\\delta|\\Delta) (?P<name>\\?[A-Za-z]+(?:\{[^{}]*\})?)")


def accents_of_derivatives(formulas: Iterable[Formula]) -> dict[str, str]:
    """The accents and prefixes that some formula puts on what it differentiates by, each with what is differentiated; not where two are."""
    found: dict[str, set[str]] = {}
    for formula in formulas:
        left, right = formula.sides[0], formula.sides[1] if len(formula.sides) > 1 else None
        if not isinstance(left, Symbol) or not isinstance(right, Derivative) or len(right.wrt) != 1 or set(formula.relations) - {"=", ":="}:
            continue
        match, by = ACCENT.fullmatch(left.name) or PREFIX.fullmatch(left.name), right.wrt[0]
        if match and isinstance(by, Symbol) and by.name == match["name"] and by.scripts == left.scripts:
            found.setdefault(match["accent"], set()).add(to_latex(right.numerator))
    return {accent: losses.pop() for accent, losses in found.items() if len(losses) == 1}


def without_accent(name: str, accent: str) -> str:
    """`\\bar{h}_{t}`  ⇒  `h_{t}`, `\\delta h_{t}`  ⇒  `h_{t}`; empty where it has another accent or none."""
    match = ACCENT.match(name) or PREFIX.match(name)
    return match["name"] + name[match.end() :] if match and match["accent"] == accent else ""
