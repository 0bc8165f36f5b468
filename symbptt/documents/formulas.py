"""A formula as it stands in a document: its LaTeX, where it is, and what the document says of it."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field

from symbptt.problem import Given, Problem
from symbptt.verdict import RANK


class InputError(Exception):
    """Input that cannot be read: `path:line: what; what to do`."""

    def __init__(self, message: str, *, path: str = "", line: int = 0) -> None:
        super().__init__(message)
        self.message = message
        self.path = path
        self.line = line

    def __str__(self) -> str:
        place = f"{self.path}:{self.line}" if self.line else self.path
        return f"{place}: {self.message}" if place else self.message


@dataclass(frozen=True)
class Mark:
    """What `<!-- symbptt: … -->` says of the next formula; `role` is `claim`, `definition`, `skip` or empty.

    One that a sidecar places is for the formula of the next display that stands at `at`, a line and a column (or 0), alone; its
    `role` may also be `update` or `text`.
    """

    expect: str = ""
    for_: str = ""
    id: str = ""
    role: str = ""
    line: int = 0
    at: tuple[int, int] = (0, 0)
    given: tuple[Given, ...] = ()  # what holds for this formula alone, in place of what else is said of the same names


@dataclass(frozen=True)
class FormulaSource:
    """One formula of a document; `line` and `column` (from 1) are those of the first character of `latex`."""

    latex: str
    line: int
    column: int
    display: bool
    section: int = 0  # how many headings stand before it
    rank: int = 0  # that of the last one of them, from 1; 0 where it is not known
    path: str = ""  # the file it stands in, where that is another one than the document (`\\input`)
    cell: int = 0  # of a notebook, from 1; lines then count within the cell
    parts: tuple[tuple[int, int, int], ...] = ()  # offset, line, column: where each part stands, if `latex` is put together from several

    def place(self, offset: int) -> tuple[int, int]:
        """Line and column in the document of the character `offset` of `latex`."""
        start, line, column = 0, self.line, self.column
        if self.parts:
            start, line, column = self.parts[max(bisect_right(self.parts, offset, key=lambda part: part[0]) - 1, 0)]
        before = self.latex[start:offset]
        breaks = before.count("\n")
        return line + breaks, len(before) - before.rfind("\n") if breaks else column + len(before)


@dataclass(frozen=True)
class Prose:
    """The words between two formulas or marks, code left out; `line` is that of the first character.

    `rank` is that of a heading where its command tells it: the smaller, the more stands under it.
    """

    text: str
    line: int = 0
    heading: bool = False
    rank: int = field(default=0, compare=False)


@dataclass(frozen=True)
class Part:
    """From the item `start` on `frame` holds, and a model begins. `infer` says whether what nobody states is taken from the words and
    guessed; without it, this is done where no shapes are stated. `keep`: the equations of the part before still hold, but for what the
    frame says anew."""

    start: int
    frame: Problem
    infer: bool | None = None
    keep: bool = False


@dataclass(frozen=True)
class Document:
    """What a reader finds in a file: formulas, marks and words in order, and what is said of the document as a whole.

    `frame` holds the fields of a problem that front matter states, `about` its title and the like, `macros` the private macros
    of a preamble; what could not be read is in `errors`. `parts` are there where a sidecar or `sections:` say more than `frame`.
    """

    items: tuple[FormulaSource | Mark | Prose, ...]
    frame: Problem = field(default_factory=Problem)
    about: Mapping[str, str] = field(default_factory=dict)
    macros: Mapping[str, str] = field(default_factory=dict)
    errors: tuple[InputError, ...] = ()
    parts: tuple[Part, ...] = ()


class Lines:
    """Offsets of a text as lines and columns, both from 1."""

    def __init__(self, text: str) -> None:
        self._starts = [0, *(newline.end() for newline in re.finditer("\n", text))]

    def place(self, offset: int) -> tuple[int, int]:
        line = bisect_right(self._starts, offset)
        return line, offset - self._starts[line - 1] + 1

    def start(self, line: int) -> int:
        """Offset of the first character of a line; the last line may be followed by one more, empty."""
        return self._starts[min(line, len(self._starts)) - 1]


def expectation(word: str, *, path: str, line: int) -> str:
    """The word if it is a verdict.

    Raises `InputError` for any other.
    """
    if word in RANK:
        return word
    raise InputError(f"cannot expect `{word}`; expect one of {', '.join(reversed(RANK))}", path=path, line=line)


def parse_mark(text: str, *, path: str, line: int) -> Mark:
    """Read what stands behind `symbptt:` in a comment: parts separated by `;`.

    `expect refuted; for 2 \\le t \\le T; id siso-w`  ⇒  Mark("refuted", "2 \\le t \\le T", "siso-w")
    """
    values: dict[str, str] = {}
    for part in filter(None, (piece.strip() for piece in text.split(";"))):
        word, _, rest = part.partition(" ")
        rest = rest.strip()
        if word in ROLE_MARKS and not rest:
            word, rest = "role", word
        elif word not in VALUE_MARKS:
            raise InputError(f"unknown mark `{part}`; the marks are {MARKS_IN_WORDS}", path=path, line=line)
        elif not rest:
            raise InputError(f"mark `{word}` says nothing; write {VALUE_MARKS[word]}", path=path, line=line)
        if word in values:
            raise InputError(f"mark `{word}` is given twice; keep one", path=path, line=line)
        values[word] = expectation(rest, path=path, line=line) if word == "expect" else rest
    if not values:
        raise InputError(f"the mark is empty; the marks are {MARKS_IN_WORDS}", path=path, line=line)
    return Mark(values.get("expect", ""), values.get("for", ""), values.get("id", ""), values.get("role", ""), line)


ROLE_MARKS = ("claim", "definition", "skip")
VALUE_MARKS = {"expect": "`expect refuted`", "for": "`for 1 \\le t < T`", "id": "`id NAME`"}
MARKS_IN_WORDS = "`expect VERDICT`, `for RANGE`, `id NAME`, `claim`, `definition`, `skip`, separated by `;`"
