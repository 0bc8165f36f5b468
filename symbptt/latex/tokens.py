"""Text to tokens with positions: LaTeX, ASCII and Unicode spellings of the same sign give the same token."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from string import ascii_letters
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
    r"(?P<letter>[A-Za-z])"
    r"|(?P<space>[ \t\r\n\f\v\u00a0\u2000-\u200f\u202f\u205f-\u2064\u3000\ufe0e\ufe0f\ufeff~]+|(?<!\\)%[^\n]*)"
    r"|(?P<macro>\\(?:[A-Za-z]+|.))"
    r"|(?P<number>[0-9]+(?:\.[0-9]+)?|\.[0-9]+)"
    r"|(?P<sign>\.{2,3}|\.\*|:=|==|<=|>=|!=|\+=|-=|->|=>|\|\||[-+*/=<>()\[\]{}|,;:.&^_'$@])"
    r"|(?P<argument>\#[0-9])"
    r"|(?P<other>.)",
    re.DOTALL,
)
# Characters that are a token by themselves whatever follows, but for combining accents (which come after U+02FF): the short way.
_SINGLE = {**dict.fromkeys(ascii_letters, "letter"), **{sign: sign for sign in "{}()[]^_&',;/"}}
_STAR = re.compile(r"\*?")
_GAP = re.compile(r"\s*")
_UPRIGHT_WORD = re.compile(r"\s*\{((?:\s|\\[,;! ])*[A-Za-z](?:[A-Za-z0-9\s-]|\\[,;! ])*)\}|\s*\{\s*(#[0-9])\s*\}|\s*([A-Za-z])")
_SWITCHED_WORD = re.compile(r"\s*([A-Za-z]+)")
_ENVIRONMENT = re.compile(r"\s*\{\s*([A-Za-z]+\*?)\s*\}")
_POSITION = re.compile(r"\s*\[[tbc]\]")
_LENGTH = r"-?[\d.]+\s*(?:pt|em|ex|mu|cm|mm|in|fil{1,3}|\\(?:baselineskip|jot)(?![A-Za-z]))"
_ROW_SPACING = re.compile(rf"\s*\[\s*{_LENGTH}\s*\]")
_DIMENSION = re.compile(rf"\s*{_LENGTH}(?:\s*(?:plus|minus)\s*{_LENGTH}){{0,2}}")
_SYMBOLIC = re.compile(r"[_^=<>]|\b[b-zB-HJ-Z]\b")
_SUM_BOUND = re.compile(r"\s*[_₀-₉ₐ-ₜᵢⱼ]")
_SWITCHES = frozenset({"\\rm", "\\it", "\\sf", "\\tt"})


def lex(text: str, offset: int = 0) -> list[Token]:
    """The tokens of `text`, positions counted from `offset`.

    Kinds: macro, number, letter, word, text, begin, end, argument, unknown, or the sign itself.
    """
    if len(text) > MAX_LENGTH:
        raise ParseError(f"the formula has {len(text):,} characters; at most {MAX_LENGTH:,} are read: split it", offset)
    place = _Place(text, offset)
    found: list[Token] = []
    position, glued, size = 0, False, len(text)
    while position < size:
        character = text[position]
        if character in _SINGLE and (position + 1 == size or text[position + 1] < "\u0300"):
            found.append(Token(_SINGLE[character], character, offset + position, offset + position + 1, glued))
            position, glued = position + 1, True
            continue
        match = _LEXEMES.match(text, position)
        assert match is not None  # the last alternative takes any character
        kind, piece, end = match.lastgroup, match.group(), match.end()
        if kind == "sign":
            found.append(Token(piece, piece, offset + position, offset + end, glued))
        elif kind == "space":
            # A row that starts with `&` on a new line counts as a row; `normalise` decides whether it may.
            if "\n" in piece and text.startswith("&", end):
                found.append(Token("newline", "\n", offset + position, offset + end))
            position, glued = end, False
            continue
        elif kind == "macro":
            special = _SPECIAL.get(piece)
            if special is None:
                found.append(Token("macro", piece, offset + position, offset + end, glued))
            else:
                end = special(place, piece, position, end, glued, found)
        elif kind == "other":
            end = _unicode(place, position, glued, found)
        elif end < size and text[end] in tables.COMBINING:
            end = _combined(place, str(kind), piece, position, end, glued, found)
        else:
            found.append(Token(str(kind), piece, offset + position, offset + end, glued))
        position, glued = end, True
    return found


def _words(place: _Place, macro: str, start: int, end: int, glued: bool, found: list[Token]) -> int:
    """`\\text{…}`: words, and the mathematics between dollars in them; all stays together where some is written without dollars."""
    text, offset = place.text, place.offset
    opening = _after_gap(text, end)
    if text[opening : opening + 1] in ("", "\\", "}", "$", "&"):
        raise ParseError(f"{macro} lacks its argument; write it in braces", offset + start)
    if not text.startswith("{", opening):
        found.append(Token("text", text[opening : opening + 1], offset + start, offset + opening + 1, glued))
        return opening + 1
    closing = _closing(place, opening)
    parts = text[opening + 1 : closing - 1].split("$")
    if len(parts) % 2 == 0 or len(parts) == 1 or any(map(_SYMBOLIC.search, parts[::2])):
        found.append(Token("text", "$".join(parts), offset + start, offset + closing, glued))
        return closing
    at = opening + 1
    for index, part in enumerate(parts):
        if index % 2:
            found += lex(part, offset + at)
        elif part:
            found.append(Token("text", part, offset + at, offset + at + len(part)))
        at += len(part) + 1
    if parts[0] and not parts[-1]:
        # What stands behind the words is apart from the mathematics at their end.
        found.append(Token("macro", "\\quad", offset + closing - 1, offset + closing))
    return closing


def _upright(place: _Place, macro: str, start: int, end: int, glued: bool, found: list[Token]) -> int:
    """`\\mathrm{net}`: one word; anything else stays as it is, without its font."""
    end = _skip_star(place.text, end)
    word = (_SWITCHED_WORD if macro in _SWITCHES else _UPRIGHT_WORD).match(place.text, end)
    if word is None:
        return end
    content = re.sub(r"\\.|[\s-]", "", next(group for group in word.groups() if group))
    found.append(Token("word", content, place.offset + start, place.offset + word.end(), glued))
    return word.end()


def _edge(place: _Place, macro: str, start: int, end: int, glued: bool, found: list[Token]) -> int:
    """`\\begin{…}` with its options, or `\\end{…}`."""
    name = _ENVIRONMENT.match(place.text, end)
    if name is None:
        raise ParseError(f"{macro} must be followed by the name of an environment in braces", place.offset + start)
    until = name.end()
    if macro == "\\begin":
        option = _POSITION.match(place.text, until)
        until = option.end() if option else until
        if name.group(1) in tables.WITH_COLUMNS:
            until = _skip_groups(place, until)
    found.append(Token(macro[1:], name.group(1), place.offset + start, place.offset + until, glued))
    return until


def _dropped(place: _Place, macro: str, start: int, end: int, glued: bool, found: list[Token]) -> int:
    return _skip_groups(place, _skip_star(place.text, end))


def _dimension(place: _Place, macro: str, start: int, end: int, glued: bool, found: list[Token]) -> int:
    """`\\hskip 1em plus 1fil`."""
    length = _DIMENSION.match(place.text, end)
    return length.end() if length else _dropped(place, macro, start, end, glued, found)


def _circled(place: _Place, macro: str, start: int, end: int, glued: bool, found: list[Token]) -> int:
    until = _skip_groups(place, end)
    found.append(Token("text", "(1)", place.offset + start, place.offset + until, glued))
    return until


def _row_end(place: _Place, macro: str, start: int, end: int, glued: bool, found: list[Token]) -> int:
    until = _skip_star(place.text, end)
    spacing = _ROW_SPACING.match(place.text, until)
    until = spacing.end() if spacing else until
    found.append(Token("\\\\", macro, place.offset + start, place.offset + until, glued))
    return until


# Control sequences that take more of the text than themselves.
_SPECIAL: dict[str, Callable[[_Place, str, int, int, bool, list[Token]], int]] = {
    **dict.fromkeys(tables.TEXTUAL, _words),
    **dict.fromkeys(tables.UPRIGHT, _upright),
    **dict.fromkeys(tables.DROPPED, _dropped),
    **dict.fromkeys(tables.DIMENSIONS, _dimension),
    "\\begin": _edge,
    "\\end": _edge,
    "\\textcircled": _circled,
    "\\\\": _row_end,
}


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
    if character in tables.UNICODE_RUNS and glued and found and found[-1].kind == "number":
        tokens = [Token("unknown", character, offset + start, offset + end, glued)]  # `2½` is a sum, not a product
    found.extend(_accented(tokens, accents, offset + end))
    return end


def _character(character: str, start: int, end: int, glued: bool) -> list[Token]:
    """The tokens of one Unicode character; one `unknown` token where it has no meaning."""
    if re.fullmatch("[A-Za-z]", character):
        return [Token("letter", character, start, end, glued)]
    if character in tables.UNICODE_RUNS:
        return [token._replace(start=start, end=end) for token in lex(tables.UNICODE_RUNS[character])]
    if character in tables.UNICODE:
        spelling = tables.UNICODE[character]
        return [Token("macro" if spelling.startswith("\\") else spelling, spelling, start, end, glued)]
    if "\uff01" <= character <= "\uff5e":  # the full width forms stand in the order of ASCII
        return [token._replace(start=start, end=end, glued=glued) for token in lex(chr(ord(character) - 0xFEE0))]
    font, plain = tables.UNICODE_FONTS.get(character) or _alphabet(character)
    if not plain:
        return [Token("unknown", character, start, end, glued)]
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
