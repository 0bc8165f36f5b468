"""Tokens to the few kinds the parser knows: private macros expanded, fonts and accents folded into names, layout dropped.

Kinds after this stage: name, number, sign, times, relation, open, close, bar, dots, text, command, begin, end, quad, implies, row,
and `^ _ ' { } , ; : . &` as themselves.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field

from symbptt.latex import tables
from symbptt.latex.fonts import bare, with_accent, with_font
from symbptt.latex.left_scripts import takes_argument, with_left_scripts
from symbptt.latex.macros import expanded
from symbptt.latex.systems import unwrapped
from symbptt.latex.tokens import ParseError, Token, lex
from symbptt.latex.words import Words

MAX_DEPTH = 100


@dataclass
class _Frame:
    """An open brace, bracket or environment."""

    kind: str  # "{", "(" for any bracket, "table" or "display"
    start: int  # where its content begins in the output
    script: bool = False
    waiting: list[str] = field(default_factory=list)  # fonts, accents and dressings that take the group as their argument


_PLAIN_KINDS = {
    **dict.fromkeys(tables.SIGNS, "sign"),
    **dict.fromkeys(tables.PRODUCTS, "times"),
    **dict.fromkeys(tables.RELATIONS, "relation"),
    **dict.fromkeys(tables.OPENERS, "open"),
    **dict.fromkeys(tables.CLOSERS, "close"),
    **dict.fromkeys(tables.BARS, "bar"),
    **dict.fromkeys(tables.IMPLICATIONS, "implies"),
    **dict.fromkeys(tables.ELLIPSES, "dots"),
    **dict.fromkeys(tables.QUADS, "quad"),
    **dict.fromkeys(tables.STRUCTURE | tables.FRACTIONS, "command"),
    **dict.fromkeys(tables.LETTERS, "name"),
    **dict.fromkeys(",;:.^_'", ""),
    "\\prime": "'", "\\mid": "bar", "\\colon": ":", "\\intercal": "name",
}  # fmt: skip
_SPELLINGS = {
    **tables.SIGNS, **tables.PRODUCTS, **tables.RELATIONS, **tables.OPENERS, **tables.CLOSERS, **tables.BARS,
    **dict.fromkeys(tables.ELLIPSES, "\\dots"), **dict.fromkeys(tables.FRACTIONS, "\\frac"),
    "\\prime": "'", "\\mid": "|", "\\colon": ":", "\\intercal": "\\top",
}  # fmt: skip
# A control sequence to (kind, canonical text).
_SIMPLE = {spelling: (kind or spelling, _SPELLINGS.get(spelling, spelling)) for spelling, kind in _PLAIN_KINDS.items()}
_WRAPPERS = {**tables.FONTS, **tables.ACCENTS}
_MARKS = frozenset({"$", "\\(", "\\)", "\\[", "\\]"})
_TEXT_WORD = re.compile(r"\s*([A-Za-z][A-Za-z0-9]*(?:(?:\\?_|-)[A-Za-z0-9]+)*)\s*")
_SENTENCE_WORDS = tables.CONDITION_WORDS | tables.LINKING_WORDS | tables.FILLER_WORDS | tables.OTHERWISE_WORDS
# Words that stand in formulas without \\text, as in `a = b for t = 1`.
_PLAIN_SENTENCE_WORDS = frozenset({"for", "when", "where", "otherwise", "forall"})
# What stands in front of the beginning of a statement, and at the end of a quantity.
_BEGINNINGS = frozenset({"row", "&", "quad", "implies", "text"})
_ENDINGS = frozenset({"name", "number", "close", "}", "'", "bar", "end", "dots"})
_ENDS = frozenset({"\\\\", "newline", "end", "}"})
_CLINGING = frozenset({"_", "^", "'", "("})
_QUANTITIES = frozenset({"letter", "macro", "number", "word", "text", "begin", "{"})
# Control sequences that go on with a name in front of them: relations, signs, brackets.
_NO_QUANTITY = (
    frozenset(
        spelling for spelling, (kind, _) in _SIMPLE.items() if kind in ("relation", "sign", "times", "close", "implies", "quad", "'", ":")
    )
    | {"\\left", "\\right"}
    | tables.SIZES
)
_LONGEST_FUNCTION = max(map(len, tables.FUNCTIONS))


def normalise(text: str, words: Words) -> list[Token]:
    """The tokens of a whole text, ready for the parser."""
    return normalised(lex(text), words)


def normalised(raw: Iterable[Token], words: Words) -> list[Token]:
    """Raw tokens, ready for the parser."""
    tokens = _Normaliser(unwrapped(_without_marks(expanded(list(raw), words.meanings))), words).run()
    return _without_placeholders(with_left_scripts(tokens, words.names))


def _without_placeholders(tokens: list[Token]) -> list[Token]:
    """`f'(\\cdot)` ⇒ `f'`, whose argument is left out; a dot alone in brackets multiplies nothing."""
    done: list[Token] = []
    at = 0
    while at < len(tokens):
        dot = [token.text for token in tokens[at + 1 : at + 2]] == ["\\cdot"] and [token.kind for token in tokens[at + 2 : at + 3]] == [
            "close"
        ]
        if dot and tokens[at].text == "(" and done and done[-1].kind in ("name", "'", "}"):
            at += 3
            continue
        done.append(tokens[at])
        at += 1
    return done


def _without_marks(tokens: list[Token]) -> list[Token]:
    """Without the `$` or `\\[` around the whole and the mark at the end of a proof."""
    first, last = 0, len(tokens)
    while first < last and tokens[first].text in _MARKS:
        first += 1
    while last > first and (tokens[last - 1].text in _MARKS or tokens[last - 1].text in tables.END_OF_PROOF):
        last -= 1
    return tokens[first:last]


class _Normaliser:
    """One pass over the raw tokens with a stack of open groups; no recursion, so that no input can exhaust it."""

    def __init__(self, raw: list[Token], words: Words) -> None:
        self.raw = raw
        self.words = words
        self.at = 0
        self.out: list[Token] = []
        self.frames: list[_Frame] = []
        self.waiting: list[str] = []
        self.longest = max(words.longest, _LONGEST_FUNCTION)
        self.newlines_are_rows = {token.kind for token in raw}.isdisjoint(("\\\\", "begin"))

    def run(self) -> list[Token]:
        while self.at < len(self.raw):
            token = self.raw[self.at]
            self.at += 1
            if token.kind == "letter":
                self._letters(token)
            elif token.kind == "macro":
                self._macro(token)
            elif token.kind in _SIMPLE:
                self._simple(token, *_SIMPLE[token.kind])
            else:
                self._other(token)
        if self.waiting:
            raise ParseError(f"{self.waiting[-1]} lacks its argument; write it in braces", self.raw[-1].start)
        for frame in self.frames:
            if frame.kind in ("{", "table"):
                what = (
                    "a `{` is never closed; add the missing `}`" if frame.kind == "{" else "an environment is never closed; add its \\end"
                )
                raise ParseError(what, self.out[max(frame.start - 1, 0)].start if self.out else 0)
        return self.out

    # --- tokens by kind

    def _emit(self, kind: str, text: str, token: Token) -> None:
        text = tables.CAPITALISED.get(text, text) if kind == "name" else text
        same = kind == token.kind and text == token.text
        self.out.append(token if same else Token(kind, text, token.start, token.end, token.glued))
        if self.waiting:
            self._wrap(len(self.out) - 1, token)

    def _simple(self, token: Token, kind: str, text: str) -> None:
        if self.waiting and kind != "name":
            raise ParseError(f"{self.waiting[-1]} stands before {token.text!r}; it needs a letter", token.start)
        if kind == "open" or kind == "close":
            self._bracket(token, kind, text)
        elif text == "=" and self.out and self.out[-1].kind == "sign" and self.out[-1].text in "+-":
            sign = self.out.pop()  # from `\mathrel{+}=`
            self.out.append(Token("relation", sign.text + "=", sign.start, token.end, sign.glued))
        else:
            self._emit(kind, text, token)

    def _bracket(self, token: Token, kind: str, text: str) -> None:
        self.out.append(Token(kind, text, token.start, token.end, token.glued))
        if kind == "open":
            self._push("(")
        elif self.frames and self.frames[-1].kind == "(":
            self.frames.pop()

    def _push(self, kind: str, script: bool = False) -> None:
        if len(self.frames) >= 2 * MAX_DEPTH:
            raise ParseError(f"nested too deeply (over {MAX_DEPTH} levels); split the formula", self.out[-1].start)
        inherited = bool(self.frames) and self.frames[-1].script
        self.frames.append(_Frame(kind, len(self.out), script or inherited, self.waiting))
        self.waiting = []

    def _other(self, token: Token) -> None:
        kind = token.kind
        if kind == "number":
            self._emit("number", token.text, token)
        elif kind == "word":
            self._text(token)
        elif kind == "{":
            before = self.out[-1].kind if self.out and not self.waiting else ""
            self.out.append(token)
            self._push("{", before in ("^", "_"))
        elif kind == "}":
            self._close_brace(token)
        elif kind == "text":
            self._text(token)
        elif kind in ("begin", "end"):
            self._environment(token)
        elif kind in ("\\\\", "&", "newline"):
            self._row(token)
        elif kind == "$":
            if not any(not tables.TEXT_BOXES.isdisjoint(frame.waiting) for frame in self.frames):
                raise ParseError("a `$` inside a formula; give each formula by itself", token.start)
        elif kind == "unknown":
            name = unicodedata.name(token.text, "unnamed character").lower()
            raise ParseError(f"unknown character {token.text!r} ({name}); write it as a LaTeX macro", token.start)
        else:
            raise ParseError(f"unexpected {token.text!r}", token.start)

    def _text(self, token: Token) -> None:
        word = _TEXT_WORD.fullmatch(token.text)
        if word and self._is_name(word.group(1).replace("\\_", "_"), token):
            self._emit("name", word.group(1).replace("\\_", "_"), token)
        elif token.text.strip():
            self._emit("text", token.text, token)

    def _is_name(self, word: str, token: Token) -> bool:
        """Whether one word is the name of a quantity rather than a remark, which may stand in front of a formula or behind it."""
        before = self.out[-1].kind if self.out else "row"
        if before in ("^", "_") or (self.frames and self.frames[-1].script) or word in self.words.names or len(word) == 1:
            return True
        if word.lower() in _SENTENCE_WORDS:
            return False
        if token.kind == "word" or not word.isalpha() or word in tables.FUNCTIONS:
            return True
        in_table = bool(self.frames) and self.frames[-1].kind == "table"
        after = self._following(past_cells=not in_table)
        ends = after is None or after.kind in _ENDS or after.text in tables.QUADS
        if before in _BEGINNINGS or (before == "{" and self.frames[-1].waiting):
            if ends or in_table:
                return in_table or before not in ("&", "quad", "text")
            return after is None or after.kind not in _QUANTITIES or after.text in _NO_QUANTITY
        apart = token.text[0].isspace() or (token.text[-1].isspace() and not ends)
        return before not in _ENDINGS or not apart or (after is not None and (after.kind in _CLINGING or after.text == "\\left"))

    def _following(self, past_cells: bool) -> Token | None:
        """The raw token behind the present one, spaces left out."""
        at = self.at
        while at < len(self.raw) and (self.raw[at].text in tables.SPACES or (past_cells and self.raw[at].kind == "&")):
            at += 1
        return self.raw[at] if at < len(self.raw) else None

    def _row(self, token: Token) -> None:
        """A row counts at top level, inside boxes there, and inside tables; in other brackets it is only a line break."""
        for frame in reversed(self.frames):
            if frame.kind == "table":
                break
            if "\\substack" in frame.waiting:
                if token.kind == "\\\\":
                    self.out.append(Token(",", ",", token.start, token.end))
                return
            if not frame.waiting:
                return
        if token.kind == "&":
            self.out.append(token)
        elif token.kind == "\\\\" or self.newlines_are_rows:
            self.out.append(Token("row", token.text, token.start, token.end))

    def _environment(self, token: Token) -> None:
        name = token.text
        if name in tables.DISPLAYS:
            self._row(Token("\\\\", "\\\\", token.start, token.end)) if not name.rstrip("*").endswith(("ed", "split")) else None
        elif name not in tables.MATRICES and name not in tables.CASES:
            raise ParseError(f"unknown environment {name}; write the formula without it", token.start)
        elif token.kind == "begin":
            self.out.append(token)
            self._push("table")
        else:
            while self.frames and self.frames[-1].kind == "(":
                self.frames.pop()
            if not self.frames or self.frames[-1].kind != "table":
                raise ParseError(f"\\end{{{name}}} without its \\begin", token.start)
            self.frames.pop()
            self.out.append(token)

    def _close_brace(self, token: Token) -> None:
        while self.frames and self.frames[-1].kind == "(":
            self.frames.pop()
        if not self.frames or self.frames[-1].kind != "{":
            raise ParseError("a `}` without its `{`", token.start)
        frame = self.frames.pop()
        scripted = self.at < len(self.raw) and self.raw[self.at].kind in ("_", "^")  # `{}_S W`, see `with_left_scripts`
        kept = scripted or takes_argument(self.out[-2].kind if frame.start > 1 else "")
        if len(self.out) == frame.start and not frame.waiting and not kept:
            self.out.pop()  # `{}` only spaces a sign
            return
        self.out.append(token)
        if frame.waiting:
            self.waiting = frame.waiting
            self._wrap(frame.start - 1, token)

    # --- macros

    def _macro(self, token: Token) -> None:
        name = token.text
        if name in _SIMPLE:
            self._simple(token, *_SIMPLE[name])
        elif name in tables.SPACES or name in tables.SIZES:
            return
        elif name in _WRAPPERS or name in tables.DRESSING or name == "\\substack":
            if name == "\\bbox":
                self._skip_bracket()
            self.waiting.append(name)
        elif name in tables.COLOURED:
            self._skip_bracket()
            self._skip_argument(token)
            self.waiting.append(name)
        elif name in tables.NUMBERS:
            while self.at < len(self.raw) and self.raw[self.at].kind not in ("\\\\", "newline", "end", "}"):
                self._skip_argument(token)
        elif name in tables.BRACED_OVER:
            if not tables.BRACED_OVER[name]:
                above = "".join(piece.text for piece in self._skip_argument(token)).strip("{}")
                definition = "def" in above or above in tables.DEFINING
                if definition and "=" in [piece.text for piece in self.raw[self.at : self.at + 2]]:
                    self._skip_argument(token)
                    self._emit("relation", ":=", token)
                    return
            self.waiting.append(name)
        elif name in ("\\left", "\\right"):
            self._delimiter(token, "open" if name == "\\left" else "close")
        elif name == "\\arg":
            self._arg(token)
        elif name[1:] in tables.FUNCTIONS or name[1:] in self.words.names:
            self._emit("name", name[1:], token)
        else:
            raise ParseError(f"unknown macro {name}; define it under notation.macros", token.start)

    def _arg(self, token: Token) -> None:
        following = self.raw[self.at].text if self.at < len(self.raw) else ""
        if following not in ("\\max", "\\min"):
            raise ParseError("unknown macro \\arg; only \\arg\\max and \\arg\\min are known", token.start)
        self.at += 1
        self._emit("name", "arg" + following[1:], token)

    def _delimiter(self, token: Token, kind: str) -> None:
        """`\\left` or `\\right` with its delimiter; `\\right. \\\\ \\left.` only breaks a line and is dropped."""
        if self.at >= len(self.raw):
            raise ParseError(f"{token.text} needs a delimiter such as ( or .", token.start)
        delimiter = self.raw[self.at]
        self.at += 1
        if delimiter.text == "." and kind == "close" and self._skip_line_break():
            return
        known = {"open": tables.OPENERS, "close": tables.CLOSERS}[kind]
        text = known.get(delimiter.text) or {**tables.BARS, "<": "<", ">": "<", ".": "."}.get(delimiter.text)
        if text is None:
            raise ParseError(f"{token.text}{delimiter.text} is not understood; use a bracket after {token.text}", token.start)
        self._bracket(Token(kind, text, token.start, delimiter.end, token.glued), kind, text)

    def _skip_line_break(self) -> bool:
        look, broken = self.at, False
        while look < len(self.raw) and self.raw[look].kind in ("\\\\", "&", "newline"):
            broken, look = True, look + 1
        while look < len(self.raw) and self.raw[look].text in tables.SPACES | tables.QUADS:
            look += 1
        following = [piece.text for piece in self.raw[look : look + 2]]
        if broken and following == ["\\left", "."]:
            self.at = look + 2
            return True
        return False

    def _skip_bracket(self) -> None:
        """Past an optional `[…]` of raw tokens."""
        if self.at < len(self.raw) and self.raw[self.at].text == "[":
            while self.at < len(self.raw) and self.raw[self.at].text != "]":
                self.at += 1
            self.at += 1

    def _skip_argument(self, token: Token) -> list[Token]:
        """Past one raw argument, which is returned."""
        rest = self.raw[self.at : self.at + 1]
        if not rest:
            raise ParseError(f"{token.text} lacks an argument; write it in braces", token.start)
        start, depth = self.at, 0
        while self.at < len(self.raw):
            depth += {"{": 1, "}": -1}.get(self.raw[self.at].kind, 0)
            self.at += 1
            if depth == 0:
                return self.raw[start : self.at]
        raise ParseError(f"the argument of {token.text} is never closed; add the missing `}}`", token.start)

    # --- fonts, accents and dressings

    def _wrap(self, start: int, token: Token) -> None:
        """Apply the waiting macros, innermost first, to the output from `start` on (with its braces, where it has any)."""
        waiting, self.waiting = self.waiting, []
        piece = self.out[start:]
        del self.out[start:]
        for macro in reversed(waiting):
            content = bare(piece)
            if macro in tables.FONTS:
                piece = with_font(tables.FONTS[macro], content, self.words)
            elif macro in tables.ACCENTS:
                piece = with_accent(tables.ACCENTS[macro], content, token)
            elif macro == "\\substack" or (macro in tables.CLASSES and len(content) < 2) or _holds_relation(content):
                piece = content
            script = tables.BRACED_OVER.get(macro)
            if script and self.at < len(self.raw) and self.raw[self.at].kind == script:
                self.at += 1
                self._skip_argument(token)
        before = self.out[-1].kind if self.out else ""
        if before in ("^", "_") and len(piece) != 1 and not (piece and piece[0].kind == "{"):
            piece = [Token("{", "{", token.start, token.start), *piece, Token("}", "}", token.end, token.end)]
        if piece and piece[-1].kind == "relation" and piece[-1].text in "+-":
            piece = piece[:-1]
        self.out += piece

    # --- letters

    def _letters(self, token: Token) -> None:
        """A run of letters: one declared or known word, a word in a script, or single letters (see `_split`)."""
        after_script = bool(self.out) and self.out[-1].kind in ("^", "_")
        if self.waiting or after_script or self.at >= len(self.raw) or not self._continues_run():
            self._emit("name", token.text, token)
            return
        first = self.at - 1
        while self.at < len(self.raw) and self._continues_run():
            self.at += 1
        pieces = self.raw[first : self.at]
        run = "".join(piece.text for piece in pieces)
        script = bool(self.frames) and self.frames[-1].script
        scripted = self.at < len(self.raw) and self.raw[self.at].kind in ("_", "^", "'")
        worded = run in _PLAIN_SENTENCE_WORDS or (run == "all" and bool(self.out) and self.out[-1].kind == "text")
        if worded and not script and run not in self.words.names:
            self.out.append(Token("text", run, pieces[0].start, pieces[-1].end, pieces[0].glued))
            return
        start = 0
        for size in self._split(run, script and not scripted):
            name = run[start : start + size]
            self.out.append(
                Token("name", tables.CAPITALISED.get(name, name), pieces[start].start, pieces[start + size - 1].end, pieces[start].glued)
            )
            start += size

    def _continues_run(self) -> bool:
        following = self.raw[self.at]
        return following.kind == "letter" and following.glued

    def _split(self, run: str, as_label: bool) -> list[int]:
        """The lengths of the names in a run of letters."""
        if run in self.words.names or run in tables.FUNCTIONS:
            return [len(run)]
        if as_label and (run in tables.LABELS or not tables.INDEX_LETTERS.issuperset(run)):
            return [len(run)]
        sizes: list[int] = []
        start = 0
        while start < len(run):
            size = min(len(run) - start, self.longest)
            while size > 1 and not self._is_word(run[start : start + size]):
                size -= 1
            sizes.append(size)
            start += size
        return sizes

    def _is_word(self, piece: str) -> bool:
        return piece in self.words.names or (piece in tables.FUNCTIONS and piece not in tables.SHORT_FUNCTIONS)


def _holds_relation(content: list[Token]) -> bool:
    return any(token.kind in ("relation", "row", "implies") for token in content)
