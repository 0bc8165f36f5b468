"""Equations side by side in the rows of a display: `a &= b & c &= d`, of which each column goes on in the rows below."""

from __future__ import annotations

from symbptt.latex.cursor import matches
from symbptt.latex.tokens import Token

#: What stands before a range, as `t` and `1` do in `t = 1, \\dots, T` and `1 \\le t \\le T`.
_RANGED = frozenset({"name", "number"})
_BLANK = frozenset({"quad", ",", ";", ".", "text"})
#: Letters that a range behind an equation may be of.
RANGE_LETTERS = frozenset("ijklmnpqrtuTLK")
Cell = list[Token]


def columns(rows: list[list[Token]]) -> list[list[list[Token]]]:
    """The rows of each column of equations; one column, unless some row holds several."""
    starts = sorted({start for row in rows for start in _starts(_cells(row))})
    if len(starts) < 2:
        return [rows]
    found: list[list[list[Token]]] = [[] for _ in starts]
    for row in rows:
        cells = _cells(row)
        last = 0
        for number, start in enumerate(starts):
            here = cells[start : starts[number + 1] if number + 1 < len(starts) else len(cells)]
            joined = [token for at, cell in enumerate(here) for token in (*([_sign(cells, start + at)] if start + at else []), *cell)]
            if number and found[last] and _is_remark(here):
                found[last][-1] = [*found[last][-1], *joined]
            elif any(here):
                found[number].append(joined)
                last = number
    return [column for column in found if column]


def _cells(row: list[Token]) -> list[Cell]:
    """The row, cut at the `&` that lie in no bracket or environment; each `&` begins its cell."""
    inner = inside(row)
    cells: list[Cell] = [[]]
    for index, token in enumerate(row):
        if token.kind == "&" and index not in inner:
            cells.append([])
        else:
            cells[-1].append(token)
    return cells


def _sign(cells: list[Cell], number: int) -> Token:
    """The `&` before a cell."""
    before = next((cell[-1].end for cell in reversed(cells[:number]) if cell), 0)
    at = cells[number][0].start if cells[number] else before
    return Token("&", "&", at, at)


def _starts(cells: list[Cell]) -> list[int]:
    """The numbers of the cells with which equations begin; empty cells before one belong to it."""
    found = [0]
    stated = False
    for number, cell in enumerate(cells):
        led = _is_led(cell)
        follows = number + 1 < len(cells) and _is_led(cells[number + 1])
        rest = [*cell, *(cells[number + 1] if follows else [])]
        if stated and not led and (follows or _has_relation(cell)) and not states_a_range(rest):
            start = number
            while start - 1 > found[-1] and not _content(cells[start - 1]):
                start -= 1
            found.append(start)
            stated = False
        worded = bool(_content(cell)) and _content(cell)[0].kind == "text"
        stated = stated or (_has_relation(cell) and not worded)
    return found if len(found) > 1 else []


def _content(cell: Cell) -> Cell:
    return [token for token in cell if token.kind != "quad"]


def _is_led(cell: Cell) -> bool:
    """Whether a cell begins with a relation."""
    return bool(_content(cell)) and _content(cell)[0].kind == "relation"


def _has_relation(cell: Cell) -> bool:
    inner = inside(cell)
    return any(token.kind == "relation" and index not in inner for index, token in enumerate(cell))


def _is_remark(cells: list[Cell]) -> bool:
    """Words, or a range, beside an equation."""
    tokens = [token for cell in cells for token in cell]
    return any(token.kind == "text" for token in tokens[:1]) or all(token.kind in _BLANK for token in tokens) or states_a_range(tokens)


def states_a_range(cell: Cell) -> bool:
    """`t = 1, \\dots, T`, `t < T`, `i = k`: what holds for the equation before it."""
    tokens = [token for token in cell if token.kind not in ("quad", "&")]
    while tokens and tokens[-1].kind in (",", ".", ";"):
        tokens.pop()
    if len(tokens) < 3 or tokens[0].kind not in _RANGED or tokens[1].kind != "relation":
        return False
    if tokens[1].text != "=":
        return True
    return tokens[0].text in RANGE_LETTERS and (
        any(token.kind == "dots" for token in tokens) or (len(tokens) == 3 and tokens[2].kind in _RANGED)
    )


def next_cell(row: list[Token], index: int) -> Cell:
    """What stands behind the `&` at a place, up to the next one before which there is no relation."""
    inner = inside(row)
    signs = [at for at in range(index + 1, len(row)) if row[at].kind == "&" and at not in inner]
    ends = (at for at in signs if at + 1 == len(row) or row[at + 1].kind != "relation")
    return row[index + 1 : next(ends, len(row))]


def inside(tokens: list[Token]) -> set[int]:
    """The indices inside brackets, groups and environments."""
    found: set[int] = set()
    reach = -1
    pairs = matches(tokens)
    for index in range(len(tokens)):
        if index < reach:
            found.add(index)
        elif index in pairs:
            reach = pairs[index]
    return found
