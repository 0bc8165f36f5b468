"""Matrices, and cases in their many spellings."""

from __future__ import annotations

from symbptt.latex import tables
from symbptt.latex.conditions import Prose, condition_tokens
from symbptt.latex.cursor import Range
from symbptt.latex.derivatives import Derivatives
from symbptt.latex.syntax import Cases, Matrix, Node, Text
from symbptt.latex.tokens import ParseError, Token


class Arrays(Derivatives):
    """The part of the parser that reads tables."""

    def _table(self) -> Node:
        start = self.peek()
        opening, closing = self.at, self.match[self.at]
        rows = self._rows(opening + 1, closing)
        if start.text in tables.CASES:
            node: Node = self._cases(rows, start)
        else:
            node = Matrix(tuple(tuple(self._cell(cell, start) for cell in row) for row in rows), tables.MATRICES[start.text])
        self.at = closing + 1
        return _placed(node, (start.start, self.tokens[closing].end))

    def _rows(self, start: int, stop: int) -> list[list[Range]]:
        """The ranges of the cells, row by row; an empty last row is dropped."""
        rows: list[list[Range]] = [[]]
        first = start
        for index in self._top_level((start, stop)):
            if self.tokens[index].kind in ("row", "&"):
                rows[-1].append((first, index))
                first = index + 1
                if self.tokens[index].kind == "row":
                    rows.append([])
        rows[-1].append((first, stop))
        return [row for row in rows if row != [(stop, stop)] and any(low < high for low, high in row)]

    def _cell(self, bounds: Range, table: Token) -> Node:
        if bounds[0] == bounds[1]:
            raise ParseError("an empty entry in a matrix; write 0 or \\dots there", table.start)
        return self._read_between(*bounds)

    def _cases(self, rows: list[list[Range]], start: Token) -> Cases:
        branches = []
        for row in rows:
            split = self._branch(row)
            if split is None:
                raise ParseError("a branch of cases lacks its condition; separate it with `&`", start.start)
            value, condition = split
            branches.append((self._read_between(*value), self._condition(condition)))
        if not branches:
            raise ParseError("cases without a branch", start.start)
        return Cases(tuple(branches))

    def _branch(self, row: list[Range]) -> tuple[Range, Range] | None:
        """The ranges of value and condition of one branch."""
        cells = [self._trimmed(cell) for cell in row]
        cells = [cell for cell in cells if cell[0] < cell[1]]
        if len(cells) == 2:
            return cells[0], cells[1]
        if len(cells) != 1:
            return None
        low, high = cells[0]
        breaks = [index for index in self._top_level((low, high)) if self.tokens[index].kind in (",", "quad", "text")]
        if not breaks or breaks[0] == low:
            return None
        condition = self._trimmed((breaks[0], high))
        return ((low, breaks[0]), condition) if condition[0] < condition[1] else None

    def _trimmed(self, bounds: Range) -> Range:
        low, high = bounds
        idle = (",", "quad", ";", ".")
        while low < high and self.tokens[low].kind in idle:
            low += 1
        while low < high and self.tokens[high - 1].kind in idle:
            high -= 1
        return low, high

    def _condition(self, bounds: Range) -> Node | None:
        read = condition_tokens(self.tokens[bounds[0] : bounds[1]], self.words)
        if read is None:
            return None
        if isinstance(read, Prose):
            return Text(read.text, span=read.span)
        return type(self)(read, self.words).whole(type(self).sequence)

    def _array_cases(self, start: Token, closing: int) -> Node | None:
        """`\\left\\{ \\begin{array}…` whose rows all end in a condition."""
        rows = self._rows(self.at + 2, closing - 1)
        branches = [self._branch(row) for row in rows]
        conditions = [branch[1] for branch in branches if branch is not None]
        if not branches or len(conditions) < len(branches) or not all(self._is_condition(bounds) for bounds in conditions):
            if self.tokens[closing].text == ".":
                raise ParseError("a brace with rows was expected to hold cases: value and condition in each row", start.start)
            return None
        node = self._cases(rows, start)
        self.at = closing + 1
        return _placed(node, self.span(start))

    def _is_condition(self, bounds: Range) -> bool:
        return any(token.kind in ("relation", "text") for token in self.tokens[bounds[0] : bounds[1]])


def _placed(node: Node, span: tuple[int, int]) -> Node:
    object.__setattr__(node, "span", span)  # the node was just made here and nobody else holds it
    return node
