"""A repaired formula in the author's own spelling: what was not changed is written as the document has it."""

from __future__ import annotations

from collections.abc import Iterator

from ..latex import syntax as s
from ..latex.parser import ParseError, parse, parse_expression
from ..latex.printer import to_latex
from ..reading.declare import Parsed
from ..reading.tidy import tidy, with_words

#: An accent stands so many characters before the letter that a span begins with, at most.
ACCENT = 14


def respelled(text: str, parsed: Parsed) -> str:
    """`text`, canonical LaTeX, with every part that the claim or a given equation writes in its own way put as it is there."""
    meaning = _formulas(text, parsed)
    if not meaning:
        return text
    for canonical, source in _sources(parsed):
        if canonical in text:
            changed = text.replace(canonical, source)
            if _formulas(changed, parsed) == meaning:
                text = changed
    return text


def _formulas(text: str, parsed: Parsed) -> tuple[s.Formula, ...]:
    try:
        return tuple(tidy(parse(text, parsed.words)))
    except ParseError:
        return ()


def _sources(parsed: Parsed) -> list[tuple[str, str]]:
    """Parts of formulas, canonical and as written where these differ, the longest first."""
    found: dict[str, str] = {}
    nearby = [(text, f) for text in parsed.problem.nearby for f in _said(text, parsed)]
    for text, formula in [*((parsed.problem.claim, f) for f in parsed.claim), *((g.latex, g.formula) for g in parsed.given), *nearby]:
        for node in s.walk(formula):
            canonical = to_latex(node) if not isinstance(node, s.Script | s.Formula) else ""
            for source in _written(node, text, parsed) if canonical and canonical not in found else ():
                if source != canonical:
                    found[canonical] = source
                break
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
    for begin in range(start, max(start - ACCENT, -1), -1):
        if begin < start and text[begin] != "\\":
            continue
        source = text[begin:end].strip()
        try:
            if with_words(tidy(parse_expression(source, parsed.words)), parsed.in_scripts) == node:
                yield source
                return
        except ParseError:
            pass
