"""The rows of a text to statements: rows that go on with one another joined, implications split."""

from __future__ import annotations

from symbptt.latex.cursor import matches
from symbptt.latex.tokens import ParseError, Token

IDLE = frozenset({".", ",", ";", "quad", "&", "row"})
OPERATORS = frozenset({"sign", "times", "relation"})
_JOINTS = OPERATORS | {",", ";"}


def statements(tokens: list[Token]) -> list[list[Token]]:
    """The rows, joined where one continues another, and split at implications."""
    statements: list[list[Token]] = []
    unclosed = 0
    for row in _split_rows(tokens):
        led = row[0].kind == "&"
        if any(token.kind == "&" for token in row):
            inside = inside(row)
            row = [token for index, token in enumerate(row) if token.kind != "&" or index in inside]
        start = next((index for index, token in enumerate(row) if token.kind != "quad"), len(row))
        row = row[start:]
        if not row:
            continue
        if statements and _continues(row, statements[-1], led, unclosed > 0):
            _trim(statements[-1])
            statements[-1] += row
        else:
            statements.append(row)
            unclosed = 0
        unclosed += sum({"open": 1, "close": -1}.get(token.kind, 0) for token in row)
    return [part for statement in statements for part in _split_implications(statement)]


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


def top_level(tokens: list[Token]) -> list[int]:
    inside = inside(tokens)
    return [index for index in range(len(tokens)) if index not in inside]


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
