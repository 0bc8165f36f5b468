"""reStructuredText → formulas with their exact places: `:math:` roles and `.. math::` directives.

Literal blocks, code, raw text and comments are passed over; a comment `.. symbptt: …` is a mark for the next formula.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate

from symbptt.documents.formulas import Document, FormulaSource, InputError, Mark, Prose, parse_mark
from symbptt.documents.front_matter import read_front_matter
from symbptt.documents.own_macros import with_own_macros
from symbptt.documents.scanner import blanked

EXPLICIT = re.compile(r"(?P<indent>[ \t]*)(?:(?:[-*+]|#\.|\d{1,3}[.)])[ \t]+)*\.\.(?:[ \t]+(?P<rest>.*))?$")
DIRECTIVE = re.compile(r"(?:\|[^|\n]{1,100}\|[ \t]+)?(?P<name>[A-Za-z][\w:.+-]*?)[ \t]?::(?:[ \t]+(?P<argument>.*)|[ \t]*)$")
OPTION = re.compile(r"[ \t]*:[\w-]+:(?:[ \t].*)?$")
#: Directives whose content is no text of the document.
VERBATIM = re.compile(
    r"(?:code|code-block|sourcecode|highlight|parsed-literal|raw|literalinclude|include|image|toctree|index|prompt|doctest|testcode|testsetup"
    r"|testoutput|ipython|jupyter-execute|jupyter-input|jupyter-output|plot|graphviz|mermaid|tikz|bibliography|highlightlang|csv-table"
    r"|math-macros|only-raw|automodule|autoclass|autofunction|autosummary|replace|unicode|date|role|default-role|meta|program-output)"
)
#: What `..` may begin besides a directive and a comment: a footnote, a citation, a target.
TARGET = re.compile(r"\[[^\]\n]{1,100}\](?:[ \t]|$)|_[^\n]*:|__[ \t:]")
MARK = re.compile(r"symbptt:(?P<words>.*)")
ROLE = re.compile(r"\.\.[ \t]+role::[ \t]*(?P<name>[\w.+-]{1,60})[ \t]*\([ \t]*math[ \t]*\)")
DEFAULT_ROLE = re.compile(r"\.\.[ \t]+default-role::[ \t]*math[ \t]*$", re.M)
UNDERLINE = re.compile(r"([!-/:-@\[-`{-~])\1*[ \t]*$")
INLINE = re.compile(
    r"(?P<literal>``)|(?P<escaped>\\.)|:(?P<role>[\w.+-]{1,60}):`(?P<before>[^`]{1,5000})`"
    r"|(?<![\w:`])`(?P<plain>[^`]{1,5000})`(?::(?P<after>[\w.+-]{1,60}):)?(?P<link>_?)",
    re.S,
)
NOWRAP = re.compile(r"[ \t]*:(?:nowrap|no-wrap):")
#: The shortest underline; docutils wants one as long as its title, and takes four with a warning.
SHORTEST_LINE = 4


@dataclass(frozen=True)
class _Line:
    """Text of the document; `number` and `column` are from 1."""

    text: str
    number: int
    column: int = 1


def read_restructured(text: str, *, path: str = "") -> Document:
    """Find the formulas of a reStructuredText, and the words between them.

    Raises `InputError` where the front matter cannot be read; other errors are kept in the result.
    """
    front = read_front_matter(text, path=path)
    reader = _Reader(blanked(text, 0, front.end), path)
    reader.read()
    return with_own_macros(
        Document(tuple(reader.items), front.problem, {"title": reader.title} | dict(front.about), errors=tuple(reader.errors))
    )


class _Reader:
    """Goes from line to line; `_paragraph` holds the text lines met since the last blank one."""

    def __init__(self, text: str, path: str) -> None:
        self.items: list[FormulaSource | Mark | Prose] = []
        self.errors: list[InputError] = []
        self.title = ""
        self._lines = text.split("\n")
        self._path = path
        self._roles = frozenset({"math", *(role["name"] for role in ROLE.finditer(text))})
        self._default = "math" if DEFAULT_ROLE.search(text) else ""
        self._headings: list[int] = []
        self._paragraph: list[_Line] = []

    def read(self) -> None:
        at = 0
        while at < len(self._lines):
            line = self._lines[at]
            explicit = EXPLICIT.match(line)
            if explicit:
                self._flush()
                at = self._explicit(at, explicit)
            elif self._is_title(at):
                self._flush()
                self._headings.append(at + 1)
                self.title = self.title or line.strip()
                self.items += self._words([_Line(line, at + 1)], heading=True)
                at += 2
            elif not line.strip() or self._is_rule(at):
                self._flush()
                at += 1
            else:
                self._paragraph.append(_Line(line, at + 1))
                at += 1
                if line.rstrip().endswith("::") and at < len(self._lines) and not self._lines[at].strip():
                    self._flush()
                    at = self._end_of_block(at, _indent(line))
        self._flush()

    def _end_of_block(self, at: int, indent: int) -> int:
        """The first line from `at` on that is not blank and not indented further."""
        while at < len(self._lines) and (not self._lines[at].strip() or _indent(self._lines[at]) > indent):
            at += 1
        return at

    def _is_rule(self, at: int) -> bool:
        """Whether a line only rules: a transition, or the line above or below a title."""
        return len(self._lines[at].strip()) >= SHORTEST_LINE and UNDERLINE.match(self._lines[at]) is not None

    def _is_title(self, at: int) -> bool:
        """Whether a line is underlined: by one sign, as far as it goes."""
        line = self._lines[at].rstrip()
        if not line or at + 1 >= len(self._lines) or UNDERLINE.match(line):
            return False
        under = self._lines[at + 1].rstrip()
        alone = at == 0 or not self._lines[at - 1].strip() or self._is_rule(at - 1)
        return alone and UNDERLINE.match(under) is not None and len(under) >= min(len(line), SHORTEST_LINE)

    def _explicit(self, at: int, explicit: re.Match[str]) -> int:
        """Read what `..` begins; returns the line behind it."""
        rest = explicit["rest"] or ""
        directive = DIRECTIVE.match(rest)
        empty = not rest and not "".join(self._lines[at + 1 : at + 2]).strip()
        end = at + 1 if empty else self._end_of_block(at + 1, len(explicit["indent"]))
        if directive is None:
            mark = MARK.match(rest)
            if mark:
                self._mark(mark["words"], at + 1)
            return at + 1 if mark or TARGET.match(rest) else end
        argument = self._argument(at, explicit.start("rest") + directive.start("argument") if directive["argument"] else -1)
        if directive["name"] == "math":
            self._math(at, end, argument)
        elif not VERBATIM.fullmatch(directive["name"]):
            self._paragraph += argument
            end = self._behind_options(at + 1, end)
        return end

    def _argument(self, at: int, column: int) -> list[_Line]:
        return [_Line(self._lines[at][column:], at + 1, column + 1)] if column >= 0 and self._lines[at][column:].strip() else []

    def _behind_options(self, at: int, end: int) -> int:
        while at < end and OPTION.match(self._lines[at]):
            at += 1
        return at

    def _math(self, at: int, end: int, argument: list[_Line]) -> None:
        """The formulas of a directive: its blocks, or with `:nowrap:` all of it."""
        whole = any(NOWRAP.match(line) for line in self._lines[at + 1 : end])
        body = range(at + 1 if argument else self._behind_options(at + 1, end), end)
        lines = [_Line(self._lines[number].strip(), number + 1, _indent(self._lines[number]) + 1) for number in body]
        block: list[_Line] = []
        depth = 0
        for line in [*argument, *(line for line in lines if not argument or not OPTION.match(line.text)), _Line("", end)]:
            if line.text.strip():
                block.append(line)
                depth += line.text.count("\\begin{") - line.text.count("\\end{")
            elif block and not whole and depth <= 0:
                self._display(block)
                block, depth = [], 0
        self._display(block)

    def _display(self, lines: list[_Line]) -> None:
        """One formula of several lines without their indentation."""
        if not lines:
            return
        parts: list[tuple[int, int, int]] = []
        size = 0
        for line in lines:
            parts.append((size, line.number, line.column + _indent(line.text)))
            size += len(line.text.strip()) + 1
        latex = "\n".join(line.text.strip() for line in lines)
        _, number, column = parts[0]
        section = len(self._headings)
        self.items.append(FormulaSource(latex, number, column, True, section, parts=tuple(parts) if len(parts) > 1 else ()))

    def _mark(self, words: str, number: int) -> None:
        try:
            self.items.append(parse_mark(words, path=self._path, line=number))
        except InputError as error:
            self.errors.append(error)

    def _flush(self) -> None:
        """Read the paragraph met so far."""
        if self._paragraph:
            self.items += self._words(self._paragraph)
            self._paragraph = []

    def _words(self, lines: list[_Line], *, heading: bool = False) -> Iterator[FormulaSource | Prose]:
        """The roles of a paragraph and the words between them."""
        text = "\n".join(line.text for line in lines)
        starts = [0, *accumulate(len(line.text) + 1 for line in lines[:-1])]

        def place(offset: int) -> tuple[int, int]:
            at = bisect_right(starts, offset) - 1
            return lines[at].number, lines[at].column + offset - starts[at]

        def prose(low: int, high: int) -> Iterator[Prose]:
            words = text[low:high].strip()
            if words:
                yield Prose(words, place(low + _indent(text[low:high]))[0], heading)

        at = low = 0
        while found := INLINE.search(text, at):
            at = found.end()
            if found["literal"]:
                closing = text.find("``", at)
                at = closing + 2 if closing >= 0 else len(text)
                continue
            name = "before" if found["role"] else "plain"
            role = found["role"] or found["after"] or ("" if found["link"] else self._default)
            if role not in self._roles or not found[name].strip():
                continue
            yield from prose(low, found.start())
            line, column = place(found.start(name) + _indent(found[name]))
            yield FormulaSource(found[name].strip(), line, column, False, len(self._headings))
            low = at
        yield from prose(low, len(text))


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())
