"""A repaired formula in the author's own spelling: what was not changed is written as the document has it."""

from __future__ import annotations

from collections.abc import Iterator

from ..latex import syntax as s
from ..latex.parser import ParseError
from ..latex.printer import to_latex
from ..reading.declare import Parsed

#: An accent stands so many characters before the letter that a span begins with, at most.
ACCENT = 14


def respelled(text: str, parsed: Parsed) -> str:
    """`text`, canonical LaTeX, with every part that the claim or a given equation writes in its own way put as it is there."""
    meaning = _said(text, parsed)
    if not meaning:
        return text
    for canonical, source in _sources(text, parsed):
        if canonical in text:
            changed = text.replace(canonical, source)
            if _said(changed, parsed) == meaning:
                text = changed
    return text


def _sources(written: str, parsed: Parsed) -> list[tuple[str, str]]:
    """Parts of formulas that stand in what is written, canonical and as their author has them where these differ, the longest first."""
    found: dict[str, str] = {}
    tried: set[tuple[str, str]] = set()
    nearby = [(text, f) for text in parsed.problem.nearby for f in _said(text, parsed)]
    for text, formula in [*((parsed.problem.claim, f) for f in parsed.claim), *((g.latex, g.formula) for g in parsed.given), *nearby]:
        for node in s.walk(formula):
            canonical = to_latex(node) if not isinstance(node, s.Script | s.Formula) else ""
            here = (canonical, text[slice(*node.span)])
            if canonical and canonical in written and canonical not in found and here not in tried:
                tried.add(here)
                source = next(_written(node, text, parsed), canonical)
                if source != canonical:
                    found[canonical] = source
    return sorted(found.items(), key=lambda pair: -len(pair[0]))


def _said(text: str, parsed: Parsed) -> tuple[s.Formula, ...]:
    try:
        return parsed.formulas(text)
    except (ParseError, RecursionError):
        return ()


def _written(node: s.Node, text: str, parsed: Parsed) -> Iterator[str]:
    """The text that a node was read from, if reading it again gives the node."""
    start, end = node.span
    if not start < end <= len(text):
        return
    if text[start:end].strip() == to_latex(node):
        return
    for begin in range(start, max(start - ACCENT, -1), -1):
        if begin < start and text[begin] != "\\":
            continue
        source = text[begin:end].strip()
        if any(formula.sides == (node,) for formula in _said(source, parsed)):
            yield source
            return
