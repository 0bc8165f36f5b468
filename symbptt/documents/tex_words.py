"""TeX as plain words: `the \\emph{error} of a~step` ⇒ `the error of a step`."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

#: Every branch begins with a sign of its own and has bounded repeats or none that overlap, so that the time is linear.
PIECE: Final = re.compile(
    r"(?P<comment>%[^\n]*(?:\n[ \t]*)?)"
    r"|(?P<edge>\\(?:begin|end)\s*\{[^{}\n]{0,60}\}(?:\[[^\]\n]{0,200}\])?(?:<[^<>\n]{0,60}>)?)"
    r"|(?P<break>\\\\\*?(?:\[[^\]\n]{0,60}\])?)"
    r"|\\(?P<accent>['`^\"~=.])\s*\{?\\?(?P<letter>[A-Za-z])\}?"
    r"|\\(?P<hook>[cvuHkr])\{\\?(?P<hooked>[A-Za-z])\}"
    r"|\\(?P<symbol>[%$&_#{}])"
    r"|\\(?P<name>[A-Za-z@]+)\*?(?:<[^<>\n]{0,60}>)?(?P<gap>[ \t]*)"
    r"|(?P<space>\\.|~)"
    r"|(?P<quote>``|'')"
    r"|(?P<brace>[{}])",
    re.S,
)
ACCENTS: Final = MappingProxyType(
    {
        "'": "\u0301", "`": "\u0300", "^": "\u0302", '"': "\u0308", "~": "\u0303", "=": "\u0304", ".": "\u0307",
        "c": "\u0327", "v": "\u030c", "u": "\u0306", "H": "\u030b", "k": "\u0328", "r": "\u030a",
    }
)  # fmt: skip
#: Control words that stand for words or space of their own; all others are dropped.
SPOKEN: Final = MappingProxyType(
    {
        "LaTeX": "LaTeX", "TeX": "TeX", "ldots": "…", "dots": "…", "par": "\n\n", "newline": "\n", "linebreak": "\n", "item": "\n",
        "quad": " ", "qquad": " ", "ss": "ß", "ae": "æ", "oe": "œ", "aa": "å", "o": "ø", "l": "ł", "textendash": "–", "textemdash": "—",
        "textbackslash": "\\", "textunderscore": "_", "slash": "/", "footnote": " ", "space": " ",
    }
)  # fmt: skip
PLAIN: Final = re.compile(r"[^\\{}$%#~]+")


def spoken(text: str, macros: Mapping[str, str]) -> str:
    """The words of a stretch of TeX without its formulas; `macros` are private ones by name, of which the plainly worded are read."""
    return PIECE.sub(lambda piece: _WORDS[piece.lastgroup or ""](piece, macros), text)


def _named(piece: re.Match[str], macros: Mapping[str, str]) -> str:
    body = macros.get("\\" + piece["name"], "").removesuffix("\\xspace")
    if PLAIN.fullmatch(body):
        return body + (" " if piece["gap"] else "")
    return SPOKEN.get(piece["name"], "")


def _accented(letter: str, accent: str) -> str:
    return unicodedata.normalize("NFC", letter + ACCENTS[accent])


_WORDS: Final[Mapping[str, Callable[[re.Match[str], Mapping[str, str]], str]]] = MappingProxyType(
    {
        "comment": lambda piece, _: "",
        "edge": lambda piece, _: "\n",
        "break": lambda piece, _: "\n",
        "letter": lambda piece, _: _accented(piece["letter"], piece["accent"]),
        "hooked": lambda piece, _: _accented(piece["hooked"], piece["hook"]),
        "symbol": lambda piece, _: piece["symbol"],
        "gap": _named,
        "space": lambda piece, _: "" if piece[0] in ("\\-", "\\/") else " ",
        "quote": lambda piece, _: "“" if piece[0] == "``" else "”",
        "brace": lambda piece, _: "",
    }
)
