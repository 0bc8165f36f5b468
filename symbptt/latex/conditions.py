"""Conditions written in words: `\\text{if k = y_i}`, `\\text{for } t \\ge 1`."""

from __future__ import annotations

import re
from dataclasses import dataclass

from symbptt.latex import tables
from symbptt.latex.normalise import normalised
from symbptt.latex.syntax import Span
from symbptt.latex.tokens import Token, text_tokens
from symbptt.latex.words import Words

_WORD = re.compile(r"[A-Za-z]+")
_MATHEMATICS = re.compile(r"\$[^$]*\$")


@dataclass(frozen=True)
class Prose:
    """A condition that is not mathematics."""

    text: str
    span: Span


def condition_tokens(tokens: list[Token], words: Words) -> list[Token] | Prose | None:
    """The mathematics of a condition; `Prose` where its words say something else; None for `otherwise`."""
    found: list[Token] = []
    for token in tokens:
        if token.text == "\\forall" or token.kind in ("quad", "&"):
            continue
        if token.kind != "text":
            found.append(token)
            continue
        content = token.text.replace("~", " ")
        plain = [word for word in _WORD.findall(_MATHEMATICS.sub(" ", content)) if word.lower() not in tables.FILLER_WORDS]
        if any(word.lower() in tables.OTHERWISE_WORDS for word in plain):
            return None
        if any(len(word) > 1 and word not in words.names and not _is_index_run(word, content) for word in plain):
            return Prose(" ".join(piece.text.strip() for piece in tokens), (tokens[0].start, tokens[-1].end))
        blanked = _WORD.sub(_blank_filler, content)
        found += normalised(text_tokens(token._replace(text=blanked)), words)
    while found and found[-1].kind in (",", ".", ";", "quad"):
        found.pop()
    while found and found[0].kind in (",", ":", "quad"):
        found.pop(0)
    return found


def _is_index_run(word: str, content: str) -> bool:
    """A macro name (`\\ne`) or index letters (`jk`) rather than a word."""
    return f"\\{word}" in content or (len(word) == 2 and tables.INDEX_LETTERS.issuperset(word) and word not in ("is", "in"))


def _blank_filler(match: re.Match[str]) -> str:
    """Filler words give way to spaces of the same length, so that positions stay true."""
    return " " * len(match.group()) if match.group().lower() in tables.FILLER_WORDS else match.group()
