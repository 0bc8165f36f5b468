"""A text made ready for scanning → formulas, marks and words in order; what the readers of marked-up text share.

Read are `$…$`, `` $`…`$ ``, `$$…$$`, `\\(…\\)`, `\\[…\\]` (also with doubled backslashes), bare `\\begin{align}…` and the like,
`` {math}`…` ``, `<script type="math/tex">`, shortcodes named `katex`, and displays `[ … ]` whose backslashes a chat has lost.
Code spans and comments are not; a comment `<!-- symbptt: … -->` is a mark for the next formula.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

from symbptt.documents.formulas import FormulaSource, InputError, Lines, Mark, Prose, parse_mark

ENVIRONMENTS = "equation|align|gather|multline|alignat|flalign|eqnarray|displaymath|math"
#: Stands for a character that no formula may contain: code.
WALL = "\x00"
SHORTCODES = "katex|latex|mathjax"

#: What can open something outside a formula; the first alternative that fits at the leftmost place wins.
OPENER = re.compile(
    r"(?P<comment><!--)"
    r"|(?P<script><script\s[^>\n]{0,200}math/(?:tex|latex)[^>\n]{0,200}>)"
    r"|(?P<role>\{math\}`)"
    rf"|(?P<raw>\{{\{{[<%][ \t]*[\w-]+[ \t]*`(?=\s*\\begin\s*\{{(?:{ENVIRONMENTS})\*?\}}))"
    r"|(?P<ticks>`+)"
    r"|(?P<bracket>\\\\?[\[(])"
    rf"|(?P<begin>\\begin\s*\{{(?P<environment>(?:{ENVIRONMENTS})\*?)\}})"
    rf"|(?P<shortcode>\{{(?P<sign>[{{%])[<%-]?[ \t]*(?P<name>{SHORTCODES})\b[^\n{{}}]{{0,200}}\}}\}}?)"
    r"|(?P<escaped>\\.)"
    r"|(?P<ticked>\$`)"
    r"|(?P<dollars>\$\$)"
    r"|(?P<dollar>\$)"
    r"|(?P<lost>^[ \t]*\[(?=\s))",
    re.S | re.M,
)
CLOSING_BRACKET = {"[": "]", "(": ")"}
CLOSING_SHORTCODE = re.compile(rf"\{{(?:\{{[<%]\s*/\s*|%-?\s*end)(?:{SHORTCODES})[^\n{{}}]{{0,200}}\}}\}}?")
RAW_END = re.compile(r"`\s*[>%]\}\}")
BLANK_LINE = re.compile(r"\n[ \t]*\n")
REST_OF_LINE = re.compile(r"[ \t]*(?:\{[^}\n]*\}|\([^)\n]*\))?[ \t]*$", re.M)
LINE_START = re.compile(r"[ \t]*(?:(?:[-+*]|\d{1,9}[.)])[ \t]+)*\Z")
#: What can end `$` or `$$`; an escaped character does not.
DOLLAR_END = re.compile(r"\\.|(?P<blank>\n[ \t]*(?=\n))|(?P<dollar>\$)", re.S)
DOLLARS_END = re.compile(r"\\.|(?P<dollars>\$\$)", re.S)
LOST_END = re.compile(r"\][ \t]*$", re.M)
MATHS = re.compile(r"\$|\\\\?[\[(]")
COMMAND = re.compile(r"\\[A-Za-z]{2,}")
RELATION = re.compile(r"[=<>≈≡∝∈←≔]|\\(?:approx|equiv|propto|in|leftarrow|gets|leq?|geq?|neq?)(?![A-Za-z])")
BROKEN_ROW = re.compile(r"(?<!\\)\\\s")
#: Characters before `$$` that are looked at to see whether it opens its line.
MARGIN = 200
#: Characters of a display whose backslashes are lost.
LONGEST_LOST = 2000

WORDS_INSIDE = r"\\(?:text[a-z]*|math(?:rm|it|sf|tt)|operatorname\*?|label|tag\*?|ref|eqref|[mh]box)\s*\{[^{}]*\}"
#: Signs that a Markdown file escapes though it means them, and how HTML writes some.
ESCAPED = re.compile(rf"{WORDS_INSIDE}|\\\\|\\(?P<sign>[_*^])|&(?P<entity>lt|gt|amp|nbsp);")
ENTITIES = {"lt": "<", "gt": ">", "amp": "&", "nbsp": " "}
LONG_WORD_BEFORE = re.compile(r"(?<![\\A-Za-z])[A-Za-z]{3,}\Z")
LONG_WORD = re.compile(r"[A-Za-z]{3}")


@dataclass(frozen=True)
class Span:
    """Where the content of a formula stands in the text.

    `margins` are the lengths of the signs before and behind it. An edit is an offset of the text, how many characters go there, and
    what comes for them.
    """

    start: int
    end: int
    display: bool
    margins: tuple[int, int] = (0, 0)
    edits: tuple[tuple[int, int, str], ...] = ()


@dataclass(frozen=True)
class Page:
    """A text and what its blocks say of it; in each form of the text every character keeps its offset.

    `text` is what formulas are cut from, `masked` where they are looked for (code is walled off), `headings` are lines,
    `ranks` those of the headings where they are known, `blocks` formulas that need no looking for. `bare` finds formulas that no sign
    encloses, once the others are known.
    """

    text: str
    masked: str
    headings: tuple[int, ...] = ()
    ranks: tuple[int, ...] = ()
    blocks: tuple[Span, ...] = ()
    bare: Callable[[str, list[Span]], list[Span]] = lambda text, found: found


def read_page(page: Page, *, path: str, errors: list[InputError]) -> tuple[FormulaSource | Mark | Prose, ...]:
    """Formulas and marks in the order of the page, with the words between them; errors are added to `errors`."""
    return tuple(_Scanner(page, path, errors).items())


def _start(item: Span | tuple[int, Mark]) -> int:
    return item.start if isinstance(item, Span) else item[0]


def blanked(text: str, start: int, end: int, by: str = " ") -> str:
    """The text with a stretch of it blanked, lines kept."""
    return text[:start] + re.sub(r"[^\n]", by, text[start:end]) + text[end:]


def blocks_of(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """A stretch of formulas cut at blank lines, but not inside an environment."""
    found: list[tuple[int, int]] = []
    at, depth = start, 0
    for cut in [*(blank.start() for blank in BLANK_LINE.finditer(text, start, end)), end]:
        block = text[at:cut]
        depth += block.count("\\begin{") - block.count("\\end{")
        if found and found[-1][1] < 0:
            found[-1] = (found[-1][0], cut if depth <= 0 or cut == end else -1)
        elif block.strip():
            found.append((at, cut if depth <= 0 or cut == end else -1))
        at = cut
    return found


def repaired(latex: str) -> str:
    """The formula without what Markdown and HTML do to it; no character moves: `h\\_t &lt; 1`  ⇒  `h _t <    1`.

    An escaped `_` beside a long word (`hidden\\_size`) is part of a name.
    """
    if "\\_" not in latex and "\\*" not in latex and "\\^" not in latex and "&" not in latex:
        return latex

    def repair(match: re.Match[str]) -> str:
        if match["entity"]:
            return ENTITIES[match["entity"]].ljust(len(match[0]))
        if not match["sign"] or (match["sign"] == "_" and _named(latex, match.start(), match.end())):
            return match[0]
        return " " + match["sign"]

    return ESCAPED.sub(repair, latex)


def _named(latex: str, start: int, end: int) -> bool:
    return bool(LONG_WORD_BEFORE.search(latex[max(0, start - 40) : start]) or LONG_WORD.match(latex, end))


class _Scanner:
    def __init__(self, page: Page, path: str, errors: list[InputError]) -> None:
        self._page = page
        self._lines = Lines(page.text)
        self._path = path
        self._errors = errors
        self._text = self._words = page.masked
        self._blanks = [blank.start() for blank in BLANK_LINE.finditer(self._text)]
        self._next: dict[str, int] = {}
        self._ticks_of: dict[int, list[int]] = {}
        for run in re.finditer("`+", self._text):
            self._ticks_of.setdefault(len(run[0]), []).append(run.start())
        self._comments: list[tuple[int, int]] = []
        self._lost_ends = [end.start() for end in LOST_END.finditer(self._text)]

    def items(self) -> Iterator[FormulaSource | Mark | Prose]:
        found = [*self._page.blocks, *self._found()]
        self._words = self._without_comments()
        marks = [item for item in found if not isinstance(item, Span)]
        spans = self._page.bare(self._text, sorted((item for item in found if isinstance(item, Span)), key=_start))
        at = 0
        items: list[Span | tuple[int, Mark]] = [*marks, *spans]
        for item in sorted(items, key=_start):
            said = self._source(item) if isinstance(item, Span) else item[1]
            if said is not None:
                before, behind = item.margins if isinstance(item, Span) else (0, 0)
                yield from self._prose(at, max(at, _start(item) - before))
                yield said
                at = max(at, item.end + behind if isinstance(item, Span) else item[0])
        yield from self._prose(at, len(self._text))

    def _prose(self, start: int, end: int) -> Iterator[Prose]:
        """The words of a stretch of text, cut where a heading begins and ends."""
        headings = self._page.headings
        first, last = self._lines.place(start)[0], self._lines.place(end)[0]
        inside = headings[bisect_left(headings, first) : bisect_right(headings, last)]
        edges = [edge for line in inside for edge in (self._lines.start(line), self._lines.start(line + 1))]
        cuts = sorted({start, end, *(edge for edge in edges if start < edge < end)})
        for low, high in pairwise(cuts):
            text = self._words[low:high].replace(WALL, " ")
            if text.strip():
                line = self._lines.place(low + len(text) - len(text.lstrip()))[0]
                at = bisect_left(headings, line)
                yield Prose(text.strip(), line, at < len(headings) and headings[at] == line)

    def _without_comments(self) -> str:
        pieces, at = [], 0
        for start, end in self._comments:
            pieces += [self._text[at:start], re.sub(r"[^\n]", " ", self._text[start:end])]
            at = end
        return "".join(pieces) + self._text[at:]

    def _source(self, span: Span) -> FormulaSource | None:
        latex = self._page.text[span.start : span.end]
        if not latex.strip():
            return None
        start = span.start + len(latex) - len(latex.lstrip())
        latex = repaired(latex.strip())
        line, column = self._lines.place(start)
        section = bisect_right(self._page.headings, line)
        rank = self._page.ranks[section - 1] if section and self._page.ranks else 0
        source = FormulaSource(latex, line, column, span.display, section, rank)
        if not span.edits:
            return source
        pieces, parts, at, size = [], [(0, line, column)], 0, 0
        for offset, gone, signs in span.edits:
            pieces += [latex[at : offset - start], signs]
            size += offset - start - at + len(signs)
            at = offset - start + gone
            parts.append((size, *source.place(at)))
        return replace(source, latex="".join([*pieces, latex[at:]]), parts=tuple(parts))

    def _error(self, message: str, offset: int) -> None:
        self._errors.append(InputError(message, path=self._path, line=self._lines.place(offset)[0]))

    def _found(self) -> Iterator[Span | tuple[int, Mark]]:
        read: dict[str, Callable[[re.Match[str]], tuple[int, Span | tuple[int, Mark] | None]]] = {
            "comment": self._comment,
            "script": self._script,
            "role": lambda opener: self._until(opener, self._find("`", opener.end(), self._paragraph_end(opener.end())), "`", False),
            "raw": self._raw,
            "ticks": self._ticks,
            "bracket": self._bracket,
            "begin": self._begin,
            "shortcode": self._shortcode,
            "escaped": lambda opener: (opener.end(), None),
            "ticked": lambda opener: self._until(opener, self._find("`$", opener.end(), self._paragraph_end(opener.end())), "`$", False),
            "dollars": self._dollars,
            "dollar": self._dollar,
            "lost": self._lost,
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
        self._comments.append((opener.start(), end + 3))
        words = self._text[opener.end() : end].strip()
        if re.match(r"symbptt\s+(expect|skip|claim|definition|for|id)\b", words):
            self._error("a mark lacks its colon; write <!-- symbptt: … -->", opener.start())
        if not words.startswith("symbptt:"):
            return end + 3, None
        try:
            mark = parse_mark(words.removeprefix("symbptt:"), path=self._path, line=self._lines.place(opener.start())[0])
        except InputError as error:
            self._errors.append(error)
            return end + 3, None
        return end + 3, (opener.start(), mark)

    def _script(self, opener: re.Match[str]) -> tuple[int, Span | None]:
        return self._until(opener, self._find("</script>", opener.end(), len(self._text)), "</script>", "display" in opener[0])

    def _ticks(self, opener: re.Match[str]) -> tuple[int, None]:
        length = len(opener[0])
        runs = self._ticks_of.get(length, [])
        at = bisect_left(runs, opener.end())
        closed = at < len(runs) and runs[at] < self._paragraph_end(opener.end())
        return (runs[at] + length if closed else opener.end()), None

    def _raw(self, opener: re.Match[str]) -> tuple[int, Span | None]:
        """A shortcode whose argument is an environment in backticks: ``{{< tex `\\begin{align}…\\end{align}` >}}``."""
        end = self._find("`", opener.end(), len(self._text))
        closing = RAW_END.match(self._text, end) if end >= 0 else None
        latex = self._text[opener.end() : end].rstrip()
        if closing is None or not latex.endswith("}") or WALL in latex:
            return opener.end(), None
        return self._until(opener, end, closing[0], True)

    def _bracket(self, opener: re.Match[str]) -> tuple[int, Span | None]:
        closing = opener[0][:-1] + CLOSING_BRACKET[opener[0][-1]]
        display = opener[0].endswith("[")
        limit = len(self._text) if display and self._opens_line(opener.start()) else self._paragraph_end(opener.end())
        return self._until(opener, self._find(closing, opener.end(), limit), closing, display)

    def _begin(self, opener: re.Match[str]) -> tuple[int, Span | None]:
        closing = f"\\end{{{opener['environment']}}}"
        end, span = self._until(opener, self._find(closing, opener.end(), len(self._text)), closing, True)
        return end, span and Span(opener.start(), end, True)

    def _shortcode(self, opener: re.Match[str]) -> tuple[int, Span | None]:
        """A shortcode around a formula; where it encloses signs of its own, those count."""
        sign = opener[0][:3] if opener["sign"] == "{" else "{%"
        end = self._find(sign, opener.end(), self._paragraph_end(opener.end()))
        closing = CLOSING_SHORTCODE.match(self._text, end) if end >= 0 else None
        if closing is None or MATHS.search(self._text, opener.end(), end):
            return opener.end(), None
        return self._until(opener, end, closing[0], self._opens_line(opener.start()))

    def _dollars(self, opener: re.Match[str]) -> tuple[int, Span | None]:
        limit = len(self._text) if self._opens_line(opener.start()) else self._paragraph_end(opener.end())
        ends = DOLLARS_END.finditer(self._text, opener.end(), limit)
        at, span = self._until(opener, next((end.start() for end in ends if end["dollars"]), -1), "$$", True)
        return at, span and replace(span, display=self._opens_line(opener.start()) and REST_OF_LINE.match(self._text, at) is not None)

    def _dollar(self, opener: re.Match[str]) -> tuple[int, Span | None]:
        """An inline formula: no blank line inside, no digit behind it, spaces at both ends or at neither unless it begins with a command
        and holds a relation."""
        ends = DOLLAR_END.finditer(self._text, opener.end())
        end = next((end for end in ends if end["dollar"] or end["blank"]), None)
        if end is None or not end["dollar"]:
            return opener.end(), None
        latex = self._text[opener.end() : end.start()]
        plain = not (COMMAND.match(latex.lstrip()) and RELATION.search(latex))
        price = self._text[end.end() : end.end() + 1].isdigit() or (plain and latex[:1].isspace() != latex[-1:].isspace())
        if price or WALL in latex:
            return opener.end(), None
        return end.end(), Span(opener.end(), end.start(), False, (1, 1))

    def _lost(self, opener: re.Match[str]) -> tuple[int, Span | None]:
        """A display of a chat whose `\\[` has become `[`; its rows cannot be told from spaces any more."""
        at = bisect_left(self._lost_ends, opener.end())
        end = self._lost_ends[at] if at < len(self._lost_ends) else len(self._text)
        if end > min(self._paragraph_end(opener.end()), opener.end() + LONGEST_LOST) or self._find("\n[", opener.end(), end) >= 0:
            return opener.end(), None
        latex = self._text[opener.end() : end]
        if WALL in latex or MATHS.search(latex) or not COMMAND.search(latex) or not RELATION.search(latex):
            return opener.end(), None
        if "\\begin{" in latex and BROKEN_ROW.search(latex):
            self._error("this display has lost its backslashes, so that its rows are unclear; copy it again", opener.end())
            return end + 1, None
        return end + 1, Span(opener.end(), end, True, (len(opener[0]), 1))

    def _until(self, opener: re.Match[str], end: int, closing: str, display: bool) -> tuple[int, Span | None]:
        if end < 0 or self._find(WALL, opener.end(), end) >= 0:
            if display:
                self._error(f"`{opener[0]}` is never closed; write `{closing}` behind the formula", opener.start())
            return opener.end(), None
        return end + len(closing), Span(opener.end(), end, display, (len(opener[0]), len(closing)))

    def _find(self, sign: str, start: int, limit: int) -> int:
        """`str.find` for starts that only grow: no stretch is searched twice."""
        if self._next.get(sign, -1) < start:
            found = self._text.find(sign, start)
            self._next[sign] = found if found >= 0 else len(self._text) + len(sign)
        return self._next[sign] if self._next[sign] + len(sign) <= limit else -1

    def _paragraph_end(self, at: int) -> int:
        index = bisect_left(self._blanks, at)
        return self._blanks[index] if index < len(self._blanks) else len(self._text)

    def _opens_line(self, at: int) -> bool:
        margin = self._text[max(0, at - MARGIN) : at]
        start = margin.rfind("\n") + 1
        return (start > 0 or at <= MARGIN) and LINE_START.match(margin[start:]) is not None
