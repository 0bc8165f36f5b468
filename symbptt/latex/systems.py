"""Environments that hold formulas of their own, as the rows they are.

`\\left\\{ \\begin{array}{rcl} a &=& b \\\\ c &=& d \\end{array} \\right.` ⇒ two rows;
`\\left\\{ \\begin{aligned} a & \\text{ if } x > 0 \\\\ … \\end{aligned} \\right.` ⇒ an array, which the parser reads as cases.
"""

from __future__ import annotations

from collections.abc import Iterator

from symbptt.latex import tables
from symbptt.latex.tokens import Token

_ENVIRONMENTS = tables.CASES | tables.DISPLAYS | {name for name, bracket in tables.MATRICES.items() if not bracket}
_CANONICAL = frozenset({"=", ":=", "\\leftarrow", "+=", "-=", "\\approx", "\\equiv", "\\propto"})
_EQUALITIES = frozenset(sign for sign, canonical in tables.RELATIONS.items() if canonical in _CANONICAL)
_OPERATORS = frozenset(tables.SIGNS) | frozenset(tables.PRODUCTS)
_DEPTH = {
    **dict.fromkeys(("{", "(", "[", "\\{", "\\lbrace"), 1),
    **dict.fromkeys(("}", ")", "]", "\\}", "\\rbrace"), -1),
}  # fmt: skip
_IDLE_KINDS = frozenset({"newline", "&", ".", ",", ";", "{", "}", "$", "begin", "end"})
_IDLE_TEXTS = tables.SPACES | tables.QUADS | tables.DRESSING | tables.IMPLICATIONS
_BREAK = "\\\\"


def unwrapped(raw: list[Token]) -> list[Token]:
    """The raw tokens with systems of formulas as rows."""
    if "begin" not in {token.kind for token in raw}:
        return raw
    done = list(raw)
    for start, end in _environments(raw):
        first, last = _braced(raw, start, end)
        bare = (first, last) == (start, end)
        if bare and raw[start].text in tables.DISPLAYS:
            continue
        rows = [row for row in _rows(raw[start + 1 : end]) if any(row)]
        if _is_system(rows) and _stands_alone(raw, first, last):
            for index in (*range(first, start + 1), *range(end, last + 1)):
                done[index] = raw[index]._replace(kind=_BREAK, text=_BREAK)
        elif not bare and raw[start].text in tables.DISPLAYS:
            done[start], done[end] = (raw[index]._replace(text="array") for index in (start, end))
    return done


def _environments(raw: list[Token]) -> Iterator[tuple[int, int]]:
    """Where environments begin and end."""
    stack: list[int] = []
    for index, token in enumerate(raw):
        if token.kind == "begin":
            stack.append(index)
        elif token.kind == "end" and stack and raw[stack[-1]].text == token.text:
            start = stack.pop()
            if token.text in _ENVIRONMENTS:
                yield start, index


def _braced(raw: list[Token], start: int, end: int) -> tuple[int, int]:
    """From the `\\left\\{` in front to the `\\right.` behind, where both stand there."""
    before, after = start - 1, end + 1
    while before >= 0 and raw[before].text in tables.SPACES:
        before -= 1
    while after < len(raw) and (raw[after].text in tables.SPACES or (raw[after].kind in (".", ",") and raw[after - 1].text != "\\right")):
        after += 1
    opened = before > 0 and raw[before].text in ("\\{", "\\lbrace") and raw[before - 1].text == "\\left"
    closed = after + 1 < len(raw) and raw[after].text == "\\right" and raw[after + 1].text in (".", "\\}", "\\rbrace")
    return (before - 1, after + 1) if opened and closed else (start, end)


def _rows(tokens: list[Token]) -> Iterator[list[list[Token]]]:
    """The rows as lists of cells, without what lies inside brackets and inner environments."""
    row: list[list[Token]] = [[]]
    depth = 0
    for token in tokens:
        depth += {"begin": 1, "end": -1}.get(token.kind, _DEPTH.get(token.text, 0))
        if depth > 0 or token.text in tables.SPACES or token.kind == "newline":
            continue
        if token.kind == _BREAK:
            yield row
            row = [[]]
        elif token.kind == "&":
            row.append([])
        else:
            row[-1].append(token)
    yield row


def _is_system(rows: list[list[list[Token]]]) -> bool:
    """Whether every row is a formula or goes on with one, and at least one is a formula."""
    found = [_is_formula(row) for row in rows]
    return any(found) and all(formula or _goes_on(row) for formula, row in zip(found, rows, strict=True))


def _is_formula(row: list[list[Token]]) -> bool:
    """Whether the row equates something: in its first cell that is not empty, or at the beginning of a later one."""
    filled = [cell for cell in row if cell]
    for number, cell in enumerate(filled):
        for index, token in enumerate(cell):
            if token.kind in (",", "text") or token.text in tables.QUADS:
                return False
            if token.text in _EQUALITIES:
                return number == 0 or index == 0
    return False


def _goes_on(row: list[list[Token]]) -> bool:
    first = next((cell[0] for cell in row if cell), None)
    return first is not None and first.text in _OPERATORS


def _stands_alone(raw: list[Token], first: int, last: int) -> bool:
    """Whether nothing else stands on the row of a system."""
    for step, index in ((-1, first - 1), (1, last + 1)):
        while 0 <= index < len(raw) and raw[index].kind != _BREAK:
            if raw[index].kind not in _IDLE_KINDS and raw[index].text not in _IDLE_TEXTS:
                return False
            index += step
    return True
