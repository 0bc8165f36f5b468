"""The rows of a text to statements: rows that go on with one another joined, implications split."""

from __future__ import annotations

from symbptt.latex.columns import columns, inside, next_cell, states_a_range
from symbptt.latex.tokens import ParseError, Token

IDLE = frozenset({".", ",", ";", "quad", "&", "row"})
OPERATORS = frozenset({"sign", "times", "relation"})
_QUANTITIES = frozenset({"name", "number", "open", "bar", "command", "{", "begin"})
_STATING = frozenset({"relation", "implies", "text", ":"})
_DEPTH = {"open": 1, "close": -1}
_JOINTS = OPERATORS | {",", ";"}


def statements(tokens: list[Token]) -> list[list[Token]]:
    """The rows, joined where one continues another, and split at implications."""
    kinds = {token.kind for token in tokens}
    if kinds.isdisjoint(("row", "&", "implies", "quad")):
        return [tokens] if tokens else []
    found = [statement for column in columns(_split_rows(tokens)) for statement in _joined(column)]
    found.sort(key=lambda statement: statement[0].start)
    return [part for statement in found for part in _split_implications(statement)]


def _joined(rows: list[list[Token]]) -> list[list[Token]]:
    """The rows of one column, joined where one continues another."""
    found: list[list[Token]] = []
    unclosed = 0
    for cells in rows:
        row, led = _without_cells(cells)
        if not row:
            continue
        row = _as_consequence(row)
        if found and _continues(row, found[-1], led, unclosed > 0):
            found[-1], ranged = _without_range(found[-1]) if row[0].kind == "relation" else (found[-1], [])
            _trim(found[-1])
            found[-1] += [*row, *ranged]
        elif found and led and _hangs(row, found[-1]):
            raise ParseError("a row goes on with a quantity and no sign; begin it with one, such as \\cdot", row[0].start)
        else:
            found.append(row)
            unclosed = 0
        unclosed += sum(_DEPTH[token.kind] for token in row if token.kind in _DEPTH)
    return found


def _as_consequence(row: list[Token]) -> list[Token]:
    """A row that an arrow begins and that states an equation: what follows from the one before."""
    arrow = row[0]
    outside = (row[index] for index in top_level(row)[1:]) if (arrow.kind, arrow.text) == ("relation", "\\to") else ()
    return (
        [arrow._replace(kind="implies"), *row[1:]] if any(token.kind == "relation" and token.text != "\\to" for token in outside) else row
    )


def _without_cells(row: list[Token]) -> tuple[list[Token], bool]:
    """The row without the `&` of its cells and the space in front, and whether cells stood in front."""
    first = next((index for index, token in enumerate(row) if token.kind not in ("&", "quad")), len(row))
    led = any(token.kind == "&" for token in row[:first])
    row = row[first:] if first else row
    if any(token.kind == "&" for token in row):
        inner = inside(row)
        row = [_cell_end(row, index) if token.kind == "&" and index not in inner else token for index, token in enumerate(row)]
    return [token for token in row if token.kind != "&" or token.text], led


def _cell_end(row: list[Token], index: int) -> Token:
    """A `&` beside words sets them apart as a space does; any other is dropped, and marked so by an empty text."""
    worded = any(token.kind == "text" for token in row[index - 1 : index + 2]) or states_a_range(next_cell(row, index))
    return row[index]._replace(kind="quad", text="\\quad") if worded else row[index]._replace(text="")


def top_level(tokens: list[Token]) -> list[int]:
    inner = inside(tokens)
    return [index for index in range(len(tokens)) if index not in inner]


def _split_rows(tokens: list[Token]) -> list[list[Token]]:
    if not any(token.kind == "row" for token in tokens):
        return [tokens] if tokens else []
    rows: list[list[Token]] = [[]]
    outside = set(top_level(tokens))
    for index, token in enumerate(tokens):
        if token.kind == "row" and index in outside:
            rows.append([])
        else:
            rows[-1].append(token)
    return [row for row in rows if row]


def _continues(row: list[Token], before: list[Token], led: bool, unclosed: bool) -> bool:
    """Whether a row goes on with the statement before it."""
    last = next((token for token in reversed(before) if token.kind not in IDLE), None)
    if unclosed or (last is not None and last.kind in OPERATORS):
        return True
    first = row[0].kind
    if first in ("relation", "times", "close"):
        return True
    if first != "sign":
        return False
    return led or row[0].text == "+" or not any(row[index].kind == "relation" for index in top_level(row))


def _hangs(row: list[Token], before: list[Token]) -> bool:
    """Whether a row states nothing by itself and may go on with the formula before it, as a product or as a remark."""
    if before[-1].kind in (",", ";", ".") or not any(token.kind == "relation" for token in before):
        return False
    return row[0].kind in _QUANTITIES and row[0].text != "\\forall" and not any(token.kind in _STATING for token in row)


def _without_range(tokens: list[Token]) -> tuple[list[Token], list[Token]]:
    """`a = b`, and apart from it the `\\quad t < T` behind it, which holds for what goes on in the next row as well."""
    last = next((index for index in reversed(top_level(tokens)) if tokens[index].kind == "quad"), 0)
    return (tokens[:last], tokens[last:]) if last and states_a_range(tokens[last:]) else (tokens, [])


def _trim(tokens: list[Token]) -> None:
    """Drop spacing and punctuation at the end of a row that goes on."""
    while tokens and tokens[-1].kind in IDLE:
        tokens.pop()


def _split_implications(tokens: list[Token]) -> list[list[Token]]:
    if not any(token.kind == "implies" for token in tokens):
        return [tokens]
    parts: list[list[Token]] = [[]]
    outside = set(top_level(tokens))
    for index, token in enumerate(tokens):
        if token.kind == "implies" and index in outside:
            parts.append([])
        else:
            parts[-1].append(token)
    return [part for part in parts if part]


def with_commas(tokens: list[Token]) -> list[Token]:
    """`1..T` (no commas) is 1, …, T."""
    done: list[Token] = []
    outside = set(top_level(tokens))
    for index, token in enumerate(tokens):
        comma = Token(",", ",", token.start, token.start)
        before = done[-1] if done else None
        if index in outside and before is not None and "dots" in (token.kind, before.kind):
            listed = token.kind not in _JOINTS and before.kind not in _JOINTS
            done += [comma] if listed else []
        done.append(token)
    return done
