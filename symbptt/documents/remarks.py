"""Remarks in words at the end of a formula, which are no part of it: `… + \\boxed{\\text{Chain rule}}`, `= w_{kj} [As z_k = …]`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from symbptt.documents.formulas import FormulaSource, Mark, Prose

Item = FormulaSource | Mark | Prose

#: Words that begin a remark.
REASON = r"(?:[Aa]s|[Ss]ince|[Bb]ecause|[Bb]y|[Uu]sing|[Ff]rom|[Nn]ote|[Rr]ecall|[Ss]ee|[Aa]pplying|[Dd]ue|[Cc]hain|[Pp]roduct)"
#: Where a remark may begin: a box or a coloured group of words, words in brackets, and bare words in square brackets.
BEGINS = re.compile(
    r"\\(?:boxed|fbox|textcolor\s*\{[a-z]+\}|color\s*\{[a-z]+\})\s*(?P<group>\{)\s*\\(?:text|mbox|mathrm)\s*\{\s*[A-Za-z]+[^{}]*\s[^{}]*\}"
    rf"|(?:\\left\s*)?(?P<bracket>[(\[])\s*\\(?:text|mbox)\s*\{{\s*{REASON}\b"
    r"|(?P<bare>\[)(?:As|[Ss]ince|[Bb]ecause)\s+(?=[A-Za-z\\])"
)
CLOSING = {"{": "}", "(": ")", "[": "]"}
#: What may stand behind a remark.
END = re.compile(r"(?:\s|[.,;+]|\\(?:quad|qquad|,|;|!|right)(?![A-Za-z]))*\Z")
RELATION = re.compile(r"[=<>≈≤≥]|\\(?:approx|leq?|geq?|to)(?![A-Za-z])")
BRACKET = re.compile(r"\\.|[{}()\[\]]", re.S)


def without_remarks(items: Sequence[Item]) -> list[Item]:
    """The items with space in place of remarks at the end of formulas: every place stays exact.

    A sign before a remark goes with it, unless the next formula goes on with a term.
    """
    found: list[Item] = []
    for at, item in enumerate(items):
        if isinstance(item, FormulaSource) and BEGINS.search(item.latex):
            following = next((other for other in items[at + 1 :] if not isinstance(other, Prose) or other.text.strip()), None)
            goes_on = isinstance(following, FormulaSource) and RELATION.search(following.latex) is None
            item = replace(item, latex=_blanked(item.latex, goes_on))
        found.append(item)
    return found


def _blanked(latex: str, goes_on: bool) -> str:
    for match in BEGINS.finditer(latex):
        closed = _closing(latex, match.start(match.lastgroup or 0))
        start = match.start() if goes_on else len(latex[: match.start()].rstrip().removesuffix("+"))
        if start and END.fullmatch(latex, closed):
            return latex[:start] + re.sub(r"[^\n]", " ", latex[start:closed]) + latex[closed:].replace("\\right", " " * 6)
    return latex


def _closing(latex: str, opened: int) -> int:
    """Behind the bracket that closes the one at a place; the end, where a bracket of words is never closed."""
    own, depth = latex[opened], 0
    for found in BRACKET.finditer(latex, opened):
        depth += (found[0] == own) - (found[0] == CLOSING[own])
        if depth == 0:
            return found.end()
    return len(latex) if own == "[" else opened
