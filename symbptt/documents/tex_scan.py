"""One pass over the text of a TeX file: what stands in formulas, what is words, and what is neither."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from symbptt.documents.formulas import FormulaSource, InputError, Lines, Mark, Prose, parse_mark
from symbptt.documents.tex_files import Files
from symbptt.documents.tex_macros import INNER, WHOLE, Groups, Macro, Macros, Structure
from symbptt.documents.tex_tables import (
    BEGIN_DOCUMENT,
    BLANKABLE,
    BLANKED,
    COLUMNED,
    CONDITIONS,
    HEADINGS,
    HIDDEN,
    MARK,
    MARK_WORD,
    MOST_ERRORS,
    NOTHING,
    PLAIN,
    SHOWN_ON,
    SILENT,
    TOKEN,
    TOKEN_AT,
)
from symbptt.documents.tex_words import spoken


@dataclass
class Reading:
    """What all files of a document share."""

    files: Files
    commands: Mapping[str, Callable[[Scan, re.Match[str]], int]]  # those that are read in a way of their own
    items: list[FormulaSource | Mark | Prose] = field(default_factory=list)
    errors: list[InputError] = field(default_factory=list)
    macros: Macros = field(default_factory=Macros)
    conditions: dict[str, bool | None] = field(default_factory=lambda: {**dict.fromkeys(CONDITIONS), "iftrue": True, "iffalse": False})
    switches: dict[str, tuple[str, bool]] = field(default_factory=dict)
    section: int = 0
    rank: int = 0
    title: str = ""

    def error(self, error: InputError) -> None:
        if len(self.errors) < MOST_ERRORS:
            self.errors.append(error)
        elif len(self.errors) == MOST_ERRORS:
            self.errors.append(InputError(f"more than {MOST_ERRORS} errors; the others are not listed", path=self.files.path))


@dataclass(slots=True)
class Frame:
    """An open group, environment or formula; `closing` is what ends it."""

    closing: str
    start: int
    content: int
    math: bool = False
    display: bool = False
    whole: bool = False
    heading: int = 0  # its rank
    seen: int = 0  # up to where nothing but comments and labels stands in a formula
    marks: tuple[Mark, ...] = ()
    hidden: list[tuple[int, int]] | None = None
    saved: dict[str, Macro | None] | None = None  # the macros that its end gives their meaning back
    resumes: Frame | None = None  # the display that goes on behind these words


class Scan:
    """One pass over the text of one file."""

    def __init__(self, reading: Reading, text: str, path: str, shown: str, *, quiet: bool = False) -> None:
        self.all = reading
        self.text = text
        self.path = path
        self.shown = shown
        self.lines = Lines(text)
        self.groups = Groups(text)
        self._only_macros = quiet
        self.quiet = quiet or BEGIN_DOCUMENT.search(text) is not None
        self.frames: list[Frame] = []
        self._open: Counter[str] = Counter()
        self.math: Frame | None = None
        self.branches: list[bool | None] = []
        self.jumps: dict[int, int] = {}
        self._words: list[str] = []
        self._words_line = 0
        self.words_at = 0
        self._titles = 0
        self._last: dict[str, int] = {}

    def run(self) -> None:
        """Add what the file holds to what is read."""
        read: Mapping[str, Callable[[re.Match[str]], int]] = {
            "comment": self._comment,
            "environment": self._environment,
            "command": self._command,
            "dollars": self._dollars,
            "dollar": self._dollar,
            "open": self._group,
            "close": self._end_of_group,
            "blank": self._blank,
        }
        at = 0
        while True:
            while at < len(self.text):
                plain = PLAIN.match(self.text, at)
                at = plain.end() if plain else at
                token = (TOKEN_AT if self.quiet else TOKEN).match(self.text, at)
                at = read[token.lastgroup or ""](token) if token else at + 1
            if self.math is None:
                break
            at = self.abandon(self.math, len(self.text))
        self.flush(len(self.text))

    # --- comments and words

    def _comment(self, token: re.Match[str]) -> int:
        mark = MARK.match(token[0]) if "symbptt" in token[0] else None
        if mark is None:
            return token.end()
        line = self.lines.place(token.start())[0]
        if not mark["colon"]:
            if MARK_WORD.match(mark["words"]):
                self.error("a mark lacks its colon; write % symbptt: …", token.start())
            return token.end()
        try:
            found = parse_mark(mark["words"], path=self.path, line=line)
        except InputError as error:
            self.all.error(error)
            return token.end()
        math = self.math
        if math is None:
            self.flush(token.start())
            self.all.items.append(found)
        else:
            nothing = NOTHING.match(self.text, math.seen, token.end())
            if nothing is None or nothing.end() < token.end():
                self.error("the mark stands inside a formula; put it before the formula", token.start())
            else:
                math.seen = token.end()
                math.marks += (found,)
        return token.end()

    def flush(self, at: int) -> None:
        """Give out the words up to `at`."""
        self._cut(at)
        text = "".join(self._words).strip()
        if text:
            self.all.items.append(Prose(text, self._words_line, self._titles > 0, self._titles))
        self._words, self._words_line = [], 0

    def _cut(self, at: int) -> None:
        """End a stretch of words at `at`."""
        start, self.words_at = self.words_at, max(at, self.words_at)
        if self.quiet or start >= at:
            return
        words = spoken(self.text[start:at], self.all.macros.words)
        if not self._words_line and words.strip():
            self._words_line = self.lines.place(min(self.groups.gap(start), at))[0]
        self._words.append(words)

    def hide(self, start: int, end: int) -> int:
        """Leave a stretch out of words and formulas; returns where it ends."""
        if self.math is not None:
            self.math.hidden = self.math.hidden or []
            self.math.hidden.append((start, end))
        else:
            self._cut(start)
            self.words_at = max(end, self.words_at)
        return end

    def error(self, message: str, offset: int) -> None:
        self.all.error(InputError(message, path=self.path, line=self.lines.place(offset)[0]))

    # --- groups and environments

    def _group(self, token: re.Match[str]) -> int:
        if token.start() in self.jumps:
            return self.hide(token.start(), self.jumps.pop(token.start()))
        self.push(Frame("}", token.start(), token.end()))
        return token.end()

    def _end_of_group(self, token: re.Match[str]) -> int:
        if self.frames and self.frames[-1].closing == "}":
            frame = self.frames[-1]
            if frame.heading or frame.resumes:
                self.flush(token.start())
            self.pop()
            if frame.resumes:
                self.push(
                    replace(frame.resumes, start=token.end(), content=token.end(), whole=False, seen=token.end(), marks=(), hidden=None)
                )
        return token.end()

    def push(self, frame: Frame) -> None:
        self.frames.append(frame)
        self._open[frame.closing] += 1
        self._titles += frame.heading
        if frame.math:
            self.math = frame

    def pop(self) -> None:
        frame = self.frames.pop()
        self._open[frame.closing] -= 1
        self._titles -= frame.heading
        if frame is self.math:
            self.math = None
        for name, macro in (frame.saved or {}).items():
            self.all.macros.define(name, macro, len(self.all.items))

    def _environment(self, token: re.Match[str]) -> int:
        name = token["environment"].strip()
        closing = f"\\end{{{name}}}"
        if token["edge"] == "end":
            return self._end_of_environment(token, closing)
        if name in HIDDEN:
            return self._hidden(token, closing)
        if name == "document" and not self._only_macros and self.quiet:
            self.quiet, self.words_at = False, token.end()
            return token.end()
        if self.quiet:
            return token.end()
        private = self.all.macros.environments.get(name)
        if private is not None:
            return self.formula_opens(token, closing, self._behind(token.end(), private.arguments), private.display)
        if name in WHOLE:
            content = self.groups.behind(token.end(), 1) if name.startswith("alignat") else token.end()
            return self.formula_opens(token, closing, content, name != "math", whole=True)
        if name in INNER:
            return self.formula_opens(token, closing, self.groups.behind(token.end(), INNER[name]), True)
        if self.math is not None:
            return token.end()
        self.push(Frame(closing, token.start(), token.end()))
        if name in COLUMNED:
            return self.hide(token.end(), self.groups.behind(token.end(), COLUMNED[name]))
        return self._frame_title(token) if name == "frame" else token.end()

    def _end_of_environment(self, token: re.Match[str], closing: str) -> int:
        if closing == "\\end{document}" and not self._only_macros:
            return self.end_of_input(token)
        if self.math is not None:
            return self.formula_ends(closing, token.start(), token.end())
        if self._open[closing] > 0:
            while self.frames[-1].closing != closing:
                self.pop()
            self.pop()
        return token.end()

    def _hidden(self, token: re.Match[str], closing: str) -> int:
        if closing not in self._last:
            self._last[closing] = self.text.rfind(closing)
        if token.end() > self._last[closing]:
            self.error(f"`{token[0]}` is never closed; write `{closing}` behind it", token.start())
            return token.end()
        return self.hide(token.start(), self.text.index(closing, token.end()) + len(closing))

    def _frame_title(self, token: re.Match[str]) -> int:
        """`\\begin{frame}<2->[t]{Title}`."""
        shown = SHOWN_ON.match(self.text, token.end())
        return self.heading_at(token.start(), self.groups.behind(shown.end() if shown else token.end(), 0), len(HEADINGS))

    def heading_at(self, start: int, at: int, rank: int) -> int:
        title = self.groups.group(at)
        if title is None or self.quiet or self.math is not None:
            return at
        self.flush(start)
        self.all.section, self.all.rank = self.all.section + 1, rank
        self.words_at = title[0]
        self.push(Frame("}", title[0] - 1, title[0], heading=rank))
        return title[0]

    # --- formulas

    def _dollar(self, token: re.Match[str]) -> int:
        if self.math is None:
            return self.formula_opens(token, "$", token.end(), False)
        return self.formula_ends("$", token.start(), token.end()) if self.frames[-1] is self.math else token.end()

    def _dollars(self, token: re.Match[str]) -> int:
        if self.math is None:
            return self.formula_opens(token, "$$", token.end(), True)
        if self.frames[-1] is not self.math:
            return token.end()
        single = self.math.closing == "$"  # `$a$$b$`
        return self.formula_ends("$" if single else "$$", token.start(), token.start() + 1 if single else token.end())

    def formula_opens(self, token: re.Match[str], closing: str, content: int, display: bool, *, whole: bool = False) -> int:
        if self.quiet:
            return content
        math = self.math
        if math is not None:
            # A display right behind the sign of another is its content; further on, the other was never closed.
            if not display or NOTHING.fullmatch(self.text, max(math.content, math.seen), token.start()):
                return content
            return self.abandon(math, token.start())
        self.push(Frame(closing, token.start(), content, math=True, display=display, whole=whole, seen=content))
        return content

    def _behind(self, at: int, arguments: int) -> int:
        """The offset behind the arguments of a private macro; without any, a bracket is the formula's own."""
        return self.groups.behind(at, arguments) if arguments else at

    def formula_ends(self, closing: str, start: int, end: int) -> int:
        math = self.math
        if math is None or math.closing != closing:
            return end
        self.flush(math.start)
        self.all.items += math.marks
        self.add(*((math.start, end) if math.whole else (math.content, start)), math.display, math.hidden or ())
        self.words_at = end
        while self.math is not None:
            self.pop()
        return end

    def add(self, start: int, end: int, display: bool, hidden: Sequence[tuple[int, int]]) -> None:
        latex = self.text[start:end]
        if hidden:
            edges = [start, *(edge for pair in hidden for edge in pair), end]
            stretches = [self.text[low:high] for low, high in pairwise(edges)]
            latex = "".join(re.sub(r"[^\n]", " ", stretch) if at % 2 else stretch for at, stretch in enumerate(stretches))
        if BLANKABLE.search(latex):
            latex = BLANKED.sub(_blank, latex)
        stripped = latex.strip()
        if stripped:
            line, column = self.lines.place(start + len(latex) - len(latex.lstrip()))
            self.all.items.append(FormulaSource(stripped, line, column, display, self.all.section, self.all.rank, self.shown))

    def _blank(self, token: re.Match[str]) -> int:
        """A paragraph ends: no formula between dollars goes on."""
        if self.math is not None and self.math.closing in ("$", "$$", "\\)"):
            self.abandon(self.math, token.end())
        return token.end()

    def abandon(self, math: Frame, at: int) -> int:
        """Give up a formula that is never closed; what followed it is read again where one look more suffices."""
        opener = self.text[math.start : min(math.content, math.start + 80)].split("\n")[0]
        self.error(f"`{opener}` is never closed; write `{math.closing}` behind the formula", math.start)
        while self.math is not None:
            self.pop()
        return math.content if math.display and math.closing != "$$" else at

    # --- commands

    def _command(self, token: re.Match[str]) -> int:
        name = token[0]
        structure = self.all.macros.structures.get(name)
        if structure is not None and not self.quiet:
            return self._structure(token, structure)
        known = self.all.commands.get("\\if" if name[1:] in self.all.conditions else self.all.macros.definers.get(name, name))
        if known is not None:
            return known(self, token)
        if name in self.all.switches:
            condition, holds = self.all.switches[name]
            self.all.conditions[condition] = holds
        if self.math is not None:
            return self.formula_ends(name, token.start(), token.end()) if self.math.closing == name else token.end()
        if name[1:] in SILENT:
            return self.hide(token.start(), self.groups.behind(token.end(), SILENT[name[1:]]))
        return token.end()

    def _structure(self, token: re.Match[str], structure: Structure) -> int:
        """A private macro that opens, closes or holds a formula."""
        end = self._behind(token.end(), structure.arguments)
        if structure.kind == "formula":
            if self.math is None:
                self.flush(token.start())
                self.add(token.start(), end, structure.display, ())
                self.words_at = end
            return end if self.math is None else token.end()
        math = self.math
        closes = structure.kind == "close" or (structure.kind == "toggle" and math is not None and math.closing == structure.sign)
        if closes:
            return self.formula_ends(structure.sign, token.start(), end)
        return self.formula_opens(token, structure.sign, end, structure.display)

    # --- what is read otherwise

    def end_of_input(self, token: re.Match[str]) -> int:
        if self.math is not None:
            return self.abandon(self.math, token.start())
        self.flush(token.start())
        self.words_at = len(self.text)
        return len(self.text) + 1


def _blank(found: re.Match[str]) -> str:
    return found[0] if found[0].startswith("\\") and len(found[0]) == 2 else " " * len(found[0])
