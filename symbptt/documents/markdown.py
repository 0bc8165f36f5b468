"""Markdown → formulas with their exact places.

Read are `$…$`, `$$…$$`, `\\(…\\)`, `\\[…\\]`, bare `\\begin{align}…` and the like, and fences marked `math`.
Code blocks, code spans and comments are not; a comment `<!-- symbptt: … -->` is a mark for the next formula.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

from markdown_it import MarkdownIt
from markdown_it.token import Token
from mdit_py_plugins.dollarmath import dollarmath_plugin

from symbptt.documents.formulas import Document, FormulaSource, InputError, Lines, Mark, Prose, parse_mark
from symbptt.documents.front_matter import read_front_matter

ENVIRONMENTS = "equation|align|gather|multline|alignat|flalign|eqnarray|displaymath|math"
#: Stands for a character that no formula may contain: code.
WALL = "\x00"
QUOTE = re.compile(r" {0,3}>")
HIDDEN_HTML = re.compile(r"\s*<(?:script|style|pre|textarea)\b", re.I)

#: What can open something outside a formula; the first alternative that fits at the leftmost place wins.
OPENER = re.compile(
    r"(?P<comment><!--)"
    r"|(?P<ticks>`+)"
    r"|(?P<bracket>\\\\?[\[(])"
    rf"|(?P<begin>\\begin\s*\{{(?P<environment>(?:{ENVIRONMENTS})\*?)\}})"
    r"|(?P<escaped>\\.)"
    r"|(?P<dollars>\$\$)"
    r"|(?P<dollar>\$)",
    re.S,
)
CLOSING_BRACKET = {"[": "]", "(": ")"}
BLANK_LINE = re.compile(r"\n[ \t]*\n")
REST_OF_LINE = re.compile(r"[ \t]*(?:\{[^}\n]*\}|\([^)\n]*\))?[ \t]*$", re.M)
LINE_START = re.compile(r"[ \t]*(?:(?:[-+*]|\d{1,9}[.)])[ \t]+)*\Z")
#: What can end `$` or `$$`; an escaped character does not.
DOLLAR_END = re.compile(r"\\.|(?P<blank>\n[ \t]*(?=\n))|(?P<dollar>\$)", re.S)
DOLLARS_END = re.compile(r"\\.|(?P<dollars>\$\$)", re.S)
HEADING = re.compile(r"^#\s+(?P<title>.*?)\s*#*\s*$", re.M)
#: Characters before `$$` that are looked at to see whether it opens its line.
MARGIN = 200


def read_markdown(text: str, *, path: str = "") -> Document:
    """Find the formulas of a Markdown text, and the words between them.

    Raises `InputError` where the front matter cannot be read; other errors are kept in the result.
    """
    front = read_front_matter(text, path=path)
    errors: list[InputError] = []
    blank = _hide(text, 0, front.end)
    items = tuple(_Scanner(blank, path, errors).items())
    heading = HEADING.search(text, front.end)
    about = {"title": heading["title"] if heading else ""} | dict(front.about)
    return Document(items, front.problem, about, errors=tuple(errors))


def _hide(text: str, start: int, end: int, by: str = " ") -> str:
    return text[:start] + re.sub(r"[^\n]", by, text[start:end]) + text[end:]


@dataclass(frozen=True)
class _Span:
    """Where the content of a formula stands in the text."""

    start: int
    end: int
    display: bool


class _Scanner:
    def __init__(self, text: str, path: str, errors: list[InputError]) -> None:
        self._lines = Lines(text)
        self._path = path
        self._errors = errors
        tokens = MarkdownIt("commonmark").use(dollarmath_plugin).disable("inline").parse(text)
        self._headings = [token.map[0] + 1 for token in tokens if token.type == "heading_open" and token.map]
        text = self._without_quote_signs(text, tokens)
        self._fences = [self._content(token) for token in tokens if token.type == "fence" and token.info.strip() == "math"]
        self._text = self._without_code(text, tokens)
        self._plain = text
        self._blanks = [blank.start() for blank in BLANK_LINE.finditer(self._text)]
        self._last: dict[str, int] = {}

    def _content(self, token: Token) -> tuple[int, int]:
        """Offsets of the lines between the two fences (the closing one may be missing)."""
        assert token.map is not None
        first = self._lines.start(token.map[0] + 2)
        return first, first + self._length(token.map[0] + 2, token.content.count("\n"))

    def _length(self, line: int, count: int) -> int:
        return self._lines.start(line + count) - self._lines.start(line)

    def _without_quote_signs(self, text: str, tokens: Iterable[Token]) -> str:
        """`> $$` is `  $$`: the signs of a block quote are no part of a formula."""
        if not any(token.type == "blockquote_open" for token in tokens):
            return text
        lines = text.split("\n")
        for token in tokens:
            if token.type == "blockquote_open" and token.map:
                for at in range(*token.map):
                    lines[at] = QUOTE.sub(lambda sign: " " * len(sign[0]), lines[at], count=1)
        return "\n".join(lines)

    def _without_code(self, text: str, tokens: Iterable[Token]) -> str:
        pieces, at = [], 0
        for token in tokens:
            hidden = token.type in ("fence", "code_block") or (token.type == "html_block" and HIDDEN_HTML.match(token.content))
            if hidden and token.map:
                start, end = self._lines.start(token.map[0] + 1), self._lines.start(token.map[1] + 1)
                end = len(text) if token.map[1] > text.count("\n") else end
                pieces += [text[at:start], re.sub(r"[^\n]", WALL, text[start:end])]
                at = end
        return "".join(pieces) + text[at:]

    def items(self) -> Iterator[FormulaSource | Mark | Prose]:
        """Formulas and marks in the order of the document, with the words between them."""
        at = 0
        for found in sorted(self._found(), key=lambda item: item.start if isinstance(item, _Span) else item[0]):
            item = self._source(found) if isinstance(found, _Span) else found[1]
            if item is not None:
                start = found.start if isinstance(found, _Span) else found[0]
                yield from self._prose(at, start)
                yield item
                at = max(at, found.end if isinstance(found, _Span) else start)
        yield from self._prose(at, len(self._text))

    def _prose(self, start: int, end: int) -> Iterator[Prose]:
        """The words of a stretch of text, cut where a heading begins and ends."""
        first, last = self._lines.place(start)[0], self._lines.place(end)[0]
        edges = [
            edge for line in self._headings if first <= line <= last for edge in (self._lines.start(line), self._lines.start(line + 1))
        ]
        cuts = sorted({start, end, *(edge for edge in edges if start < edge < end)})
        for low, high in pairwise(cuts):
            text = self._text[low:high].replace(WALL, " ")
            if text.strip():
                line = self._lines.place(low + len(text) - len(text.lstrip()))[0]
                yield Prose(text.strip(), line, line in self._headings)

    def _source(self, span: _Span) -> FormulaSource | None:
        latex = self._plain[span.start : span.end]
        stripped = latex.strip()
        if not stripped:
            return None
        line, column = self._lines.place(span.start + len(latex) - len(latex.lstrip()))
        return FormulaSource(stripped, line, column, span.display, section=bisect_right(self._headings, line))

    def _error(self, message: str, offset: int) -> None:
        self._errors.append(InputError(message, path=self._path, line=self._lines.place(offset)[0]))

    def _found(self) -> Iterator[_Span | tuple[int, Mark]]:
        yield from (_Span(start, end, True) for start, end in self._fences)
        read: dict[str, Callable[[re.Match[str]], tuple[int, _Span | tuple[int, Mark] | None]]] = {
            "comment": self._comment,
            "ticks": self._ticks,
            "bracket": self._bracket,
            "begin": self._begin,
            "escaped": lambda opener: (opener.end(), None),
            "dollars": self._dollars,
            "dollar": self._dollar,
        }
        at = 0
        while opener := OPENER.search(self._text, at):
            (kind,) = (name for name in read if opener[name] is not None)
            at, found = read[kind](opener)
            if found is not None:
                yield found

    def _comment(self, opener: re.Match[str]) -> tuple[int, tuple[int, Mark] | None]:
        end = self._find("-->", opener.end(), len(self._text))
        if end < 0:
            return opener.end(), None
        words = self._text[opener.end() : end].strip()
        if re.match(r"symbptt\s+(expect|skip|claim|definition|for|id)\b", words):
            line = self._lines.place(opener.start())[0]
            self._errors.append(InputError("a mark lacks its colon; write <!-- symbptt: … -->", path=self._path, line=line))
        if not words.startswith("symbptt:"):
            return end + 3, None
        try:
            mark = parse_mark(words.removeprefix("symbptt:"), path=self._path, line=self._lines.place(opener.start())[0])
        except InputError as error:
            self._errors.append(error)
            return end + 3, None
        return end + 3, (opener.start(), mark)

    def _ticks(self, opener: re.Match[str]) -> tuple[int, None]:
        closing = re.compile(rf"(?<!`){opener[0]}(?!`)").search(self._text, opener.end(), self._paragraph_end(opener.end()))
        return (closing.end() if closing else opener.end()), None

    def _bracket(self, opener: re.Match[str]) -> tuple[int, _Span | None]:
        closing = opener[0][:-1] + CLOSING_BRACKET[opener[0][-1]]
        display = opener[0].endswith("[")
        limit = len(self._text) if display and self._opens_line(opener.start()) else self._paragraph_end(opener.end())
        return self._until(opener, self._find(closing, opener.end(), limit), closing, display)

    def _begin(self, opener: re.Match[str]) -> tuple[int, _Span | None]:
        closing = f"\\end{{{opener['environment']}}}"
        end, span = self._until(opener, self._find(closing, opener.end(), len(self._text)), closing, True)
        return end, span and _Span(opener.start(), end, True)

    def _dollars(self, opener: re.Match[str]) -> tuple[int, _Span | None]:
        limit = len(self._text) if self._opens_line(opener.start()) else self._paragraph_end(opener.end())
        ends = DOLLARS_END.finditer(self._text, opener.end(), limit)
        at, span = self._until(opener, next((end.start() for end in ends if end["dollars"]), -1), "$$", True)
        return at, span and replace(span, display=self._opens_line(opener.start()) and REST_OF_LINE.match(self._text, at) is not None)

    def _dollar(self, opener: re.Match[str]) -> tuple[int, _Span | None]:
        """An inline formula: no blank line inside, spaces at both ends or at neither, no digit behind it."""
        ends = DOLLAR_END.finditer(self._text, opener.end())
        end = next((end for end in ends if end["dollar"] or end["blank"]), None)
        if end is None or not end["dollar"]:
            return opener.end(), None
        latex = self._text[opener.end() : end.start()]
        price = self._text[end.end() : end.end() + 1].isdigit() or latex[:1].isspace() != latex[-1:].isspace()
        if price or WALL in latex:
            return opener.end(), None
        return end.end(), _Span(opener.end(), end.start(), False)

    def _until(self, opener: re.Match[str], end: int, closing: str, display: bool) -> tuple[int, _Span | None]:
        if end < 0 or WALL in self._text[opener.end() : end]:
            if display:
                self._error(f"`{opener[0]}` is never closed; write `{closing}` behind the formula", opener.start())
            return opener.end(), None
        return end + len(closing), _Span(opener.end(), end, display)

    def _find(self, closing: str, start: int, limit: int) -> int:
        """`str.find` that looks for a closing sign that does not exist only once."""
        if closing not in self._last:
            self._last[closing] = self._text.rfind(closing)
        return self._text.find(closing, start, limit) if start <= self._last[closing] else -1

    def _paragraph_end(self, at: int) -> int:
        index = bisect_left(self._blanks, at)
        return self._blanks[index] if index < len(self._blanks) else len(self._text)

    def _opens_line(self, at: int) -> bool:
        margin = self._text[max(0, at - MARGIN) : at]
        start = margin.rfind("\n") + 1
        return (start > 0 or at <= MARGIN) and LINE_START.match(margin[start:]) is not None
