"""Text to tokens with positions: LaTeX, ASCII and Unicode spellings of the same sign give the same token."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from symbptt.latex import tables

MAX_LENGTH = 100_000


class ParseError(ValueError):
    """A formula that cannot be read: `message` says what was met, what was expected and what to do, `position` where (from 0)."""

    def __init__(self, message: str, position: int = 0) -> None:
        super().__init__(f"{message} (at character {position})")
        self.message = message
        self.position = position


class Token(NamedTuple):
    """A piece of the text: `glued` where no space stands before it; `kind` is a word of `lex` or, later, of `normalise`."""

    kind: str
    text: str
    start: int
    end: int
    glued: bool = False


@dataclass(frozen=True)
class _Place:
    """Where the next token comes from: its text and how far a nested text lies inside the whole."""

    text: str
    offset: int = 0


_LEXEMES = re.compile(
    r"(?P<space>[ \t\r\n\f\v\u00a0\u2000-\u200b\u202f~]+|(?<!\\)%[^\n]*)"
    r"|(?P<macro>\\(?:[A-Za-z]+|.))"
    r"|(?P<number>\d+(?:\.\d+)?|\.\d+)"
    r"|(?P<letter>[A-Za-z])"
    r"|(?P<sign>\.{2,3}|:=|==|<=|>=|!=|\+=|-=|->|=>|\|\||[-+*/=<>()\[\]{}|,;:.&^_'$])"
    r"|(?P<argument>\#\d)"
    r"|(?P<other>.)",
    re.DOTALL,
)
_STAR = re.compile(r"\*?")
_GAP = re.compile(r"\s*")
_UPRIGHT_WORD = re.compile(r"\s*\{((?:\s|\\[,;! ])*[A-Za-z](?:[A-Za-z0-9\s-]|\\[,;! ])*)\}|\s*([A-Za-z])")
_SWITCHED_WORD = re.compile(r"\s*([A-Za-z]+)")
_ENVIRONMENT = re.compile(r"\s*\{\s*([A-Za-z]+\*?)\s*\}")
_ROW_SPACING = re.compile(r"\s*\[\s*-?[\d.]+\s*(?:pt|em|ex|cm|mm|in)\s*\]")
_SUM_BOUND = re.compile(r"\s*[_₀-₉ₐ-ₜᵢⱼ]")
_SWITCHES = frozenset({"\\rm", "\\it", "\\sf", "\\tt"})


def lex(text: str, offset: int = 0) -> list[Token]:
    """The tokens of `text`, positions counted from `offset`. Kinds: macro, number, letter, word, text, begin, end, or the sign itself."""
    if len(text) > MAX_LENGTH:
        raise ParseError(f"the formula has {len(text):,} characters; at most {MAX_LENGTH:,} are read: split it", offset)
    place = _Place(text, offset)
    found: list[Token] = []
    position, glued = 0, False
    while position < len(text):
        match = _LEXEMES.match(text, position)
        assert match is not None  # the last alternative takes any character
        kind, piece, end = str(match.lastgroup), match.group(), match.end()
        if kind == "space":
            # A row that starts with `&` on a new line counts as a row; `normalise` decides whether it may.
            if "\n" in piece and text.startswith("&", end):
                found.append(Token("newline", "\n", offset + position, offset + end))
            position, glued = end, False
            continue
        start = position
        if kind == "macro":
            end = _macro(place, piece, start, end, glued, found)
        elif kind == "sign":
            found.append(Token(piece, piece, offset + start, offset + end, glued))
        elif kind == "other":
            end = _unicode(place, start, glued, found)
        else:
            end = _combined(place, kind, piece, start, end, glued, found)
        position, glued = end, True
    return found


def _macro(place: _Place, macro: str, start: int, end: int, glued: bool, found: list[Token]) -> int:
    """Add the tokens of a control sequence; return where the text goes on."""
    text, offset = place.text, place.offset

    def add(kind: str, content: str, until: int) -> int:
        found.append(Token(kind, content, offset + start, offset + until, glued))
        return until

    if macro in tables.TEXTUAL:
        opening = _after_gap(text, end)
        if not text.startswith("{", opening):
            return add("text", text[opening : opening + 1], opening + 1)
        closing = _closing(place, opening)
        return add("text", text[opening + 1 : closing - 1], closing)
    if macro in tables.UPRIGHT:
        end = _skip_star(text, end)
        word = (_SWITCHED_WORD if macro in _SWITCHES else _UPRIGHT_WORD).match(text, end)
        if word is None:
            return end
        content = re.sub(r"\\.|[\s-]", "", next(group for group in word.groups() if group))
        return add("word", content, word.end())
    if macro in ("\\begin", "\\end"):
        name = _ENVIRONMENT.match(text, end)
        if name is None:
            raise ParseError(f"{macro} must be followed by the name of an environment in braces", offset + start)
        until = name.end()
        if macro == "\\begin" and name.group(1) in tables.WITH_COLUMNS:
            until = _skip_groups(place, until)
        return add(macro[1:], name.group(1), until)
    if macro in tables.DROPPED:
        return _skip_groups(place, _skip_star(text, end))
    if macro == "\\textcircled":
        return add("text", "(1)", _skip_groups(place, end))
    if macro == "\\\\":
        until = _skip_star(text, end)
        spacing = _ROW_SPACING.match(text, until)
        return add("\\\\", macro, spacing.end() if spacing else until)
    return add("macro", macro, end)


def _combined(place: _Place, kind: str, piece: str, start: int, end: int, glued: bool, found: list[Token]) -> int:
    """A letter or number, with the accents that follow it as combining characters."""
    token = Token(kind, piece, place.offset + start, place.offset + end, glued)
    accents: list[str] = []
    while end < len(place.text) and place.text[end] in tables.COMBINING:
        accents.append(tables.COMBINING[place.text[end]])
        end += 1
    found.extend(_accented([token], accents, place.offset + end))
    return end


def _accented(tokens: list[Token], accents: list[str], end: int) -> list[Token]:
    for accent in accents:
        first = tokens[0]
        tokens = [
            Token("macro", accent, first.start, end, first.glued),
            Token("{", "{", first.start, end),
            *tokens,
            Token("}", "}", end, end),
        ]
    return tokens


def _unicode(place: _Place, start: int, glued: bool, found: list[Token]) -> int:
    text, offset = place.text, place.offset
    character = text[start]
    for table, sign in ((tables.SUPERSCRIPTS, "^"), (tables.SUBSCRIPTS, "_")):
        if character in table:
            return _script_run(place, table, sign, start, found)
    end = start + 1
    if character == "Σ" and _SUM_BOUND.match(text, end):
        found.append(Token("macro", "\\sum", offset + start, offset + end, glued))
        return end
    if character == "⊤" and found and found[-1].text not in ("^", "{"):
        found.append(Token("^", "^", offset + start, offset + end, glued))
    accents: list[str] = []
    plain = character
    if character not in tables.UNICODE and character not in tables.UNICODE_FONTS:
        decomposed = unicodedata.normalize("NFD", character)
        if len(decomposed) > 1 and all(mark in tables.COMBINING for mark in decomposed[1:]):
            plain, accents = decomposed[0], [tables.COMBINING[mark] for mark in decomposed[1:]]
    while end < len(text) and text[end] in tables.COMBINING:
        accents.append(tables.COMBINING[text[end]])
        end += 1
    tokens = _character(plain, offset + start, offset + end, glued)
    if tokens is None:
        name = unicodedata.name(character, "unnamed character")
        raise ParseError(f"unknown character {character!r} ({name.lower()}); write it as a LaTeX macro", offset + start)
    found.extend(_accented(tokens, accents, offset + end))
    return end


def _character(character: str, start: int, end: int, glued: bool) -> list[Token] | None:
    """The tokens of one Unicode character, or None where it is unknown."""
    if re.fullmatch("[A-Za-z]", character):
        return [Token("letter", character, start, end, glued)]
    if character in tables.UNICODE:
        spelling = tables.UNICODE[character]
        return [Token("macro" if spelling.startswith("\\") else spelling, spelling, start, end, glued)]
    font, plain = tables.UNICODE_FONTS.get(character) or _alphabet(character)
    if not plain:
        return None
    kind = "number" if plain.isdigit() else "macro" if plain.startswith("\\") else "letter"
    token = Token(kind, plain, start, end, glued)
    return _accented([token], [font] if font else [], end)


def _alphabet(character: str) -> tuple[str, str]:
    """Font and letter of a character of the mathematical alphabets (`𝐖` is bold W), else two empty texts."""
    match = re.fullmatch(r"MATHEMATICAL ([A-Z -]+?) (?:CAPITAL|SMALL|DIGIT)(?: [A-Z]+)*", unicodedata.name(character, ""))
    plain = unicodedata.normalize("NFKD", character)
    if match is None or match.group(1) not in tables.ALPHABETS or len(plain) != 1:
        return "", ""
    return tables.ALPHABETS[match.group(1)], tables.UNICODE.get(plain, plain)


def _script_run(place: _Place, table: dict[str, str], sign: str, start: int, found: list[Token]) -> int:
    """A run of Unicode superscripts or subscripts as a script group."""
    end = start
    while end < len(place.text) and place.text[end] in table:
        end += 1
    at, until = place.offset + start, place.offset + end
    found.append(Token(sign, sign, at, at, True))
    found.append(Token("{", "{", at, at, True))
    plain = "".join(table[character] for character in place.text[start:end])
    for token in lex(plain):
        found.append(token._replace(start=at + token.start, end=at + token.end))
    found.append(Token("}", "}", until, until, True))
    return end


def _after_gap(text: str, position: int) -> int:
    match = _GAP.match(text, position)
    return match.end() if match else position


def _skip_star(text: str, position: int) -> int:
    match = _STAR.match(text, position)
    return match.end() if match else position


def _skip_groups(place: _Place, position: int) -> int:
    """Past an optional `[…]` and one `{…}`."""
    text = place.text
    opening = _after_gap(text, position)
    if text.startswith("[", opening):
        closing = text.find("]", opening)
        if closing < 0:
            raise ParseError("missing `]`", place.offset + opening)
        opening = _after_gap(text, closing + 1)
        position = closing + 1
    return _closing(place, opening) if text.startswith("{", opening) else position


def _closing(place: _Place, opening: int) -> int:
    """The position behind the brace that closes the one at `opening`."""
    depth = 0
    for match in _BRACES.finditer(place.text, opening):
        depth += {"{": 1, "}": -1}.get(match.group(), 0)
        if depth == 0:
            return match.end()
    raise ParseError("a `{` is never closed; add the missing `}`", place.offset + opening)


_BRACES = re.compile(r"\\.|[{}]", re.DOTALL)


def text_tokens(token: Token) -> Iterator[Token]:
    """The content of a `text` token read as mathematics: `if k $\\ne$ y_i`."""
    opening = token.end - len(token.text) - 1
    for inner in lex(token.text, max(opening, token.start)):
        if inner.kind != "$":
            yield inner
