"""A display of which one side cannot be read, without that side: `\\frac{\\partial L}{W}` in one row loses no other rows.

Left out is one side of a chain that begins with a derivative, from its `=` to the next one or to the end of its row. What is left is a
display of its own, at the same places; what is left out stays a formula that cannot be read. A side in which a condition or words stand,
or which goes on in the next row, may say something of the others: then all of the display stays unread.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from symbptt.documents.formulas import FormulaSource, Mark
from symbptt.documents.parsing import Parsed, parse_source
from symbptt.latex.parser import Words
from symbptt.latex.tables import DISPLAYS

#: Sides of a display that can be left out.
MOST_SIDES = 8
SIGN = re.compile(
    r"\\(?P<edge>begin|end)\s*\{(?P<name>[a-z]+\*?)\}|(?P<row>\\\\)(?:\s*\[[^\]\n]*\])?|\\(?:left|right)\s*\.|\\."
    r"|(?P<open>[{(\[])|(?P<close>[})\]])|(?P<equals>=)",
    re.S,
)
DERIVATIVE = re.compile(r"\\(?:partial|nabla)(?![A-Za-z])|∂|∇")
#: Words, conditions and what else may speak of the sides beside it.
SAYS_MORE = re.compile(
    r"\\(?:text[a-z]*|mathrm|mbox|q?quad|forall|tag|label|because|therefore|implies|iff|Rightarrow|[hm]space|[hm]skip|hfill?)(?![A-Za-z])"
    r"|\\ |[;:~]|,\s*(?!\s*\Z)"
)
#: What a row begins with that goes on with the row before it, and ends with that goes on in the next.
GOES_ON = re.compile(
    r"[\s&]*(?:[-+*/·⊙∘×,.)\]}|]|\\(?:cdot|times|odot|circ|otimes|right|pm|mp|le|ge|ne|approx|propto|quad|text)(?![A-Za-z]))"
)
ENDS_OPEN = re.compile(r"(?:[-+*/·⊙∘×=]|\\(?:cdot|times|odot|circ|otimes))[\s&]*\Z")
SPACE = re.compile(r"[\s&]*")


@dataclass(frozen=True)
class _Row:
    """Where a row of a display stands, and its `=` outside of brackets."""

    start: int
    end: int
    equals: tuple[int, ...]


def parse_each(items: Iterable[Mark | Parsed], words: Words) -> list[Mark | Parsed]:
    """The items with their formulas, with two and more in place of a display of which only some sides can be read."""
    found: list[Mark | Parsed] = []
    for item in items:
        if isinstance(item, Mark):
            found.append(item)
            continue
        read = parse_source(item.source, words)
        whole = replace(item, formulas=read.formulas, error=read.error, at=read.at)
        found += _apart(whole, words) if whole.error and item.source.display else [whole]
    return found


def _apart(item: Parsed, words: Words) -> list[Parsed]:
    source, left = item.source, item
    out: list[FormulaSource] = []
    blanked: list[int] = []  # where sides stood that are left out
    while left.error and len(out) < MOST_SIDES:
        side = _unread_side(left.source.latex, left.at, blanked)
        if side is None:
            return [item]
        row, start, end = side
        latex = left.source.latex
        shown = latex[row:end].strip(" \t\n&,.")
        line, column = source.place(row + len(latex[row:end]) - len(latex[row:end].lstrip(" \t\n&")))
        out.append(replace(source, latex=shown, line=line, column=column, parts=()))
        blanked.append(start)
        blank = re.sub(r"[^\n]", " ", latex[start:end])
        left = parse_source(replace(source, latex=latex[:start] + blank + latex[end:]), words)
    unread = [parse_source(one, words) for one in out]
    if left.error or not any(formula.relations for formula in left.formulas) or not all(one.error for one in unread):
        return [item]
    kept = replace(item, source=left.source, formulas=tuple(f for f in left.formulas if f.relations), error="", at=0)
    return [kept, *(replace(item, source=one.source, error=one.error, at=one.at) for one in unread)]


def _unread_side(latex: str, at: int, blanked: Sequence[int]) -> tuple[int, int, int] | None:
    """Where the row stands in which something cannot be read, and the side with its `=`; None where it cannot be left out."""
    rows = list(_rows(latex))
    number = next((number for number, row in enumerate(rows) if row.start <= at <= row.end), -1)
    if number < 0 or (number and ENDS_OPEN.search(latex, rows[number - 1].start, rows[number - 1].end)):
        return None
    row = rows[number]
    start = max((place for place in row.equals if place <= at), default=-1)
    end = min((place for place in row.equals if place > at), default=row.end)
    side = latex[max(start, 0) + 1 : end].strip(" \t\n&")
    if start < 0 or SAYS_MORE.search(_outside(side)) or ENDS_OPEN.search(side) or "&" in side:  # another column has another formula
        return None
    following = rows[number + 1] if number + 1 < len(rows) and end == row.end else None
    if following is not None and (GOES_ON.match(latex, following.start, following.end) or not following.equals):
        return None
    firsts = (min((place for place in (*one.equals, *blanked) if one.start <= place < one.end), default=-1) for one in rows[: number + 1])
    pairs = reversed(list(zip(rows, firsts, strict=False)))
    heads = (latex[one.start : first] if first >= 0 else None for one, first in pairs)
    head = next((text for text in heads if text is None or SPACE.fullmatch(text) is None), None)
    if head is None or not DERIVATIVE.search(head):
        return None
    return row.start if SPACE.fullmatch(latex[row.start : row.equals[0]]) is None and start == row.equals[0] else start, start, end


def _outside(latex: str) -> str:
    """The side with what stands in brackets left out, though words in it stay."""
    pieces, depth, at = [], 0, 0
    for sign in SIGN.finditer(latex):
        if sign["open"] and not depth:
            pieces.append(latex[at : sign.start()])
        depth += bool(sign["open"]) - bool(sign["close"])
        if sign["close"] and not depth:
            at = sign.end()
    return "".join([*pieces, latex[at:]]) + " ".join(re.findall(r"\\(?:text[a-z]*|mbox|forall)(?![A-Za-z])", latex))


def _rows(latex: str) -> Iterator[_Row]:
    """The rows of a display; none where brackets reach from one into another."""
    found: list[_Row] = []
    start = depth = inside = 0
    equals: list[int] = []
    for sign in SIGN.finditer(latex):
        inner = sign["edge"] and sign["name"] not in DISPLAYS
        if inner:
            inside += 1 if sign["edge"] == "begin" else -1
        elif sign["edge"] or sign["row"]:
            if sign["row"] and inside:
                continue
            if depth or inside:
                return
            found.append(_Row(start, sign.start(), tuple(equals)))
            start, equals = sign.end(), []
        elif not inside and (sign["open"] or sign["close"]):
            depth += 1 if sign["open"] else -1
        elif sign["equals"] and not depth and not inside:
            equals.append(sign.start())
    if not depth and not inside:
        found.append(_Row(start, len(latex), tuple(equals)))
        yield from (row for row in found if SPACE.fullmatch(latex[row.start : row.end]) is None)
