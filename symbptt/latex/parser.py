"""LaTeX and Unicode mathematics to syntax trees: `parse`, `parse_expression`, `parse_condition`.

Every tree is printed and read again before it is given out; a tree that does not print back is an error, never a guess.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import pairwise
from types import MappingProxyType
from typing import Any, TypeVar

from symbptt.latex import tables
from symbptt.latex.expressions import Expressions
from symbptt.latex.formulas import read_condition, read_formulas
from symbptt.latex.normalise import normalise
from symbptt.latex.printer import to_latex
from symbptt.latex.syntax import Formula, Node
from symbptt.latex.tokens import ParseError, Token
from symbptt.latex.words import Words

__all__ = ["ParseError", "Words", "parse", "parse_condition", "parse_expression", "words_from"]

Result = TypeVar("Result")
NO_WORDS = Words()
# What may begin a name of several tokens: `d W`, `\delta 4`, `\Delta w`.
_FONTS = frozenset(tables.FONTS.values())
_PREFIXES = frozenset({"d", "\\delta", "\\Delta"})


def parse(text: str, words: Words = NO_WORDS) -> tuple[Formula, ...]:
    """All formulas of a text. Raises `ParseError` with the position of what is not understood."""
    return _guarded(_parse, text, words)


def parse_expression(text: str, words: Words = NO_WORDS) -> Node:
    """A single expression without relations."""
    return _guarded(_parse_expression, text, words)


def parse_condition(text: str, words: Words = NO_WORDS) -> Node:
    """A range such as `1 \\le t < T`, `t = 2, \\dots, T`, `i, k` or `1..T`."""
    return _guarded(_parse_condition, text, words)


def _guarded(read: Callable[[str, Words], Result], text: str, words: Words) -> Result:
    try:
        found: Result | ParseError = _outcome(read, text, words.for_text(text))
    except RecursionError:
        raise ParseError("nested too deeply; split the formula", 0) from None
    if isinstance(found, ParseError):
        raise ParseError(found.message, found.position)
    return found


@lru_cache(maxsize=16384)
def _outcome(read: Callable[[str, Words], Any], text: str, words: Words) -> Any:
    """What is read, or the error, which a reference such as `Eq. 5.2` is met with each time."""
    try:
        return read(text, words)
    except ParseError as error:
        return ParseError(error.message, error.position)


def _parse(text: str, words: Words) -> tuple[Formula, ...]:
    formulas = _formulas(text, words)
    plain = words.without_macros
    for formula in formulas:
        if _again(_formulas, to_latex(formula), plain) != (formula,):
            raise _does_not_print_back(formula)
    return formulas


def _parse_expression(text: str, words: Words) -> Node:
    node = _expression(text, words)
    if _again(_expression, to_latex(node), words.without_macros) != node:
        raise _does_not_print_back(node)
    return node


def _parse_condition(text: str, words: Words) -> Node:
    node = _condition(text, words)
    if _again(_condition, to_latex(node), words.without_macros) != node:
        raise _does_not_print_back(node)
    return node


def _again(read: Callable[[str, Words], Result], text: str, words: Words) -> Result | None:
    try:
        return read(text, words)
    except ParseError:
        return None


def _does_not_print_back(node: Node) -> ParseError:
    return ParseError(f"internal: does not print back: {to_latex(node)[:200]}; write it another way and report it", node.span[0])


@lru_cache(maxsize=8192)
def _formulas(text: str, words: Words) -> tuple[Formula, ...]:
    formulas = read_formulas(normalise(text, words), words)
    if not formulas:
        raise ParseError("nothing to read: the formula is empty", 0)
    return formulas


def _expression(text: str, words: Words) -> Node:
    return Expressions(normalise(text, words), words).whole(Expressions.expression)


def _condition(text: str, words: Words) -> Node:
    return read_condition(normalise(text, words), words)


# --- declared words


def words_from(spellings: Iterable[str], macros: Mapping[str, str] = MappingProxyType({})) -> Words:
    """The words that declared spellings introduce: what stands in front of their scripts, where it is more than one letter.

    `net_y` gives the name `net`; `d\\Gamma_o` and `\\delta 12` give compounds; `w^l`, `h_t` and `a(t)` give nothing.
    """
    names: set[str] = set()
    compounds: set[tuple[str, ...]] = set()
    bare = Words(macros=dict(macros)) if macros else NO_WORDS
    for spelling in spellings:
        head = _head(spelling, bare.for_text(spelling))
        run = _run(head)
        if _fonted_run(head):
            names.add(_fonted_run(head))
        elif len(head) == 1:
            if head[0].text.startswith("{}"):
                names.add(head[0].text)
            if len(run) > 1 and run not in tables.FUNCTIONS:
                names.add(run)
        elif run and not (len(run) == 2 and run[0] == "d"):
            names.add(run)
        elif len(head) > 2 and head[0].text in _PREFIXES and _run(head[1:]):
            names.add(_run(head[1:]))
            compounds.add((head[0].text, _run(head[1:])))
        elif len(head) == 2 and (head[0].text in _PREFIXES or head[1].kind == "number"):
            compounds.add((head[0].text, head[1].text))
        elif len(head) > 2 and head[-1].kind == "number" and _run(head[:-1]):
            names.add(_run(head[:-1]))
            compounds.add((_run(head[:-1]), head[-1].text))
    return Words(frozenset(names), frozenset(compounds), dict(macros)) if names or compounds else bare


@lru_cache(maxsize=8192)
def _head(spelling: str, bare: Words) -> tuple[Token, ...]:
    """The names and numbers in front of scripts, brackets or a relation; nothing where that cannot be read."""
    head: list[Token] = []
    try:
        for token in normalise(spelling, bare):
            if token.kind not in ("name", "number"):
                return tuple(head) if token.kind in ("_", "^", "'", "open", "relation") else ()
            head.append(token)
    except ParseError:
        return ()
    return tuple(head)


def _run(head: Sequence[Token]) -> str:
    """The letters of a run without spaces, else an empty text."""
    letters = all(token.kind == "name" and token.text.isalpha() for token in head)
    return "".join(token.text for token in head) if letters and head and all(token.glued for token in head[1:]) else ""


def _fonted_run(head: Sequence[Token]) -> str:
    """`\\mathbf{dr}`: letters under one font, without space between them; else an empty text."""
    fonts = {token.text.partition("{")[0] for token in head}
    letters = [token.text.partition("{")[2][:-1] for token in head]
    together = all(left.end == right.start for left, right in pairwise(head))
    if len(head) < 2 or len(fonts) > 1 or not fonts <= _FONTS or not together or not all(len(letter) == 1 for letter in letters):
        return ""
    return f"{fonts.pop()}{{{''.join(letters)}}}"
