"""How wide a formula is, and where a person would break it: before a sign of its outermost sum."""

from __future__ import annotations

import re

#: Widths in letters of running text; what is not listed is one letter a sign.
_WORD = re.compile(r"\\[A-Za-z]+|\\.|[^\\]")
_NOTHING = frozenset(
    [
        r"\left",
        r"\right",
        r"\mathrm",
        r"\mathbf",
        r"\text",
        r"\hat",
        r"\tilde",
        r"\bar",
        r"\frac",
        r"\quad",
        "{",
        "}",
        "_",
        "^",
        " ",
        r"\begin",
        r"\end",
    ]
)
_WIDE = {
    r"\sum": 2.5,
    r"\prod": 2.5,
    r"\tanh": 3.0,
    r"\partial": 1.1,
    r"\odot": 2.2,
    "=": 2.2,
    "+": 2.2,
    "-": 1.8,
    r"\qquad": 4.0,
    r"\softmax": 5.0,
}


def width(latex: str) -> float:
    """The width of a formula, about, in letters: scripts count for less, of a fraction the wider half."""
    return _measured(latex, 1.0)


def _measured(latex: str, scale: float) -> float:
    total, at = 0.0, 0
    while at < len(latex):
        found = _WORD.match(latex, at)
        assert found is not None
        word = found.group()
        at = found.end()
        if word == r"\frac":
            above, at = _argument(latex, at)
            below, at = _argument(latex, at)
            total += max(_measured(above, scale * 0.9), _measured(below, scale * 0.9)) + 0.3
        elif word in ("_", "^"):
            inner, at = _argument(latex, at)
            total += _measured(inner, scale * 0.7)
        elif word not in _NOTHING:
            total += _WIDE.get(word, 1.0) * scale
    return total


def _argument(latex: str, at: int) -> tuple[str, int]:
    """The group at a place, and the place behind it."""
    while at < len(latex) and latex[at] == " ":
        at += 1
    if at >= len(latex) or latex[at] != "{":
        return latex[at : at + 1], at + 1
    depth = 0
    for end in range(at, len(latex)):
        depth += {"{": 1, "}": -1}.get(latex[end], 0)
        if not depth:
            return latex[at + 1 : end], end + 1
    return latex[at + 1 :], len(latex)


def terms(latex: str) -> list[str]:
    """The terms of the outermost sum, each with its sign: `a`, `+ b`, `- c`."""
    found, depth, start = [], 0, 0
    for at, letter in enumerate(latex):
        if letter in "{([" or latex.startswith(r"\left", at):
            depth += letter in "{(["
        elif letter in "})]":
            depth -= 1
        if depth == 0 and letter in "+-" and at > 0 and latex[at - 1] == " " and latex[:at].strip():
            found.append(latex[start:at].strip())
            start = at
    found.append(latex[start:].strip())
    return [term for term in found if term]


def _opened(term: str) -> list[str]:
    """A term with the first sum in brackets in it taken apart, the brackets of one size on both lines: `\\bigl( a`, `+ b \\bigr) c`."""
    start = term.find("\\left(")
    depth, end = 0, -1
    for found in re.finditer(r"\\left|\\right", term[start:] if start >= 0 else ""):
        depth += 1 if found.group() == "\\left" else -1
        if not depth:
            end = start + found.start()
            break
    if end < 0:
        return [term]
    first, *middle = terms(term[start + len("\\left(") : end])
    if not middle:
        return [term]
    inner = [f"{term[:start]}\\bigl( {first}", *middle]
    return [*inner[:-1], f"{inner[-1]} \\bigr){term[end + len('right)') + 1 :]}"]


def lines(before: str, relation: str, after: str, room: float) -> list[str]:
    """A formula in lines of at most `room`, with `&` where they are aligned: at the relation, further lines behind it."""
    head = f"{before} &{relation} "
    if width(before) + width(relation) + width(after) <= room:
        return [head + after]
    made: list[str] = []
    line, filled = head, width(before) + 2
    parts = [part for term in terms(after) for part in (_opened(term) if width(term) + width(before) * 0.4 + 6 > room else [term])]
    for at, term in enumerate(parts):
        if at and filled + width(term) > room:
            made.append(line)
            line, filled = "&\\qquad ", width(before) * 0.4 + 6
        line += (" " if at else "") + term
        filled += width(term)
    return [*made, line]
