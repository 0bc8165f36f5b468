"""Fences of formulas that Markdown takes for something else, written so that they are read; every character keeps its offset.

```` ```math a = b``` ```` on one line is code to Markdown, and of a fence whose formula begins behind `math` the first line is lost:
both are `$$ a = b $$`. Directly under a tag such as `<hr>` a fence is raw HTML: the tag is blanked.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence

from markdown_it.token import Token

from symbptt.documents.formulas import Lines
from symbptt.documents.scanner import BLANK_LINE

GLUED = re.compile(
    r"^(?:[ \t>]|[-+*][ \t]|\d{1,9}[.)][ \t])*(?P<opening>(?P<ticks>`{3,})math)(?=[ \t]+[^\s`{])[^`$]*(?P<closing>(?P=ticks))(?!`)"
    r"[ \t]*[.,;]?[ \t]*$",
    re.M,
)
#: HTML whose content is no text of the page.
HIDDEN_HTML = re.compile(r"\s*<(?:script(?![^>]{0,200}math/)|style|pre|textarea)\b", re.I)
MATH_FENCE = re.compile(r"[ \t]{0,3}(?:`{3,}|~{3,})[ \t]*math[ \t]*$")
#: A line of tags alone, none of which begins a stretch of raw text.
TAGS = re.compile(r"[ \t]*(?:</?(?!(?:script|style|pre|textarea)\b)[A-Za-z][^<>\n]*>[ \t]*)+$", re.I)


def is_hidden(token: Token) -> bool:
    """Whether a block is code, or HTML whose content is no text of the page."""
    return token.type in ("fence", "code_block") or (token.type == "html_block" and HIDDEN_HTML.match(token.content) is not None)


def with_glued_maths(text: str, parse: Callable[[str], Sequence[Token]]) -> str:
    """The text with ```` ```math a = b``` ```` as `$$     a = b  $$`, unless it is shown in a block of code."""
    places = [found.span() for found in GLUED.finditer(text) if not BLANK_LINE.search(found[0])]
    if not places:
        return text
    changed = GLUED.sub(_in_dollars, text)
    hidden = {line for token in parse(changed) if is_hidden(token) and token.map for line in range(*token.map)}
    lines = Lines(text)
    pieces, at = [], 0
    for start, end in places:
        if lines.place(start)[0] - 1 not in hidden:
            pieces += [text[at:start], changed[start:end]]
            at = end
    return "".join([*pieces, text[at:]])


def _in_dollars(found: re.Match[str]) -> str:
    if BLANK_LINE.search(found[0]):
        return found[0]
    start, opening, closing = found.start(), found.span("opening"), found.span("closing")
    latex = found[0][opening[1] - start : closing[0] - start]
    before, behind = found[0][: opening[0] - start], found[0][closing[1] - start :]
    return before + "$$".ljust(opening[1] - opening[0]) + latex + "$$".rjust(closing[1] - closing[0]) + behind


def without_tags_above_maths(text: str, tokens: Iterable[Token]) -> str:
    """The text with the tags blanked that make raw HTML of a fence of formulas below them."""
    blocks = [token.map for token in tokens if token.type == "html_block" and token.map]
    if not blocks:
        return text
    lines = text.split("\n")
    for start, end in blocks:
        fence = next((at for at in range(start, end) if MATH_FENCE.match(lines[at])), start)
        if all(TAGS.match(line) for line in lines[start:fence]):
            lines[start:fence] = [" " * len(line) for line in lines[start:fence]]
    return "\n".join(lines)
