"""Matrices and columns written out with dots: the entry at any place, from those at the corners."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..index import Affine
from ..latex import syntax as s
from .choices import Unsupported
from .ellipsis import RUNNING, common_form, put_for
from .scope import Scope, index_of

#: The letters that stand for the place of an entry; no document can write them.
ROW, COLUMN = s.Symbol("\\row"), s.Symbol("\\column")
ZERO = s.Number("0")


@dataclass(frozen=True)
class Dotted:
    """An entry in the letters `ROW` and `COLUMN`, and how many there are of each; None where there are no dots that way.

    `diagonal` says that entries off the diagonal are 0; then the letter is `ROW`.
    """

    entry: s.Node
    rows: Affine | None
    columns: Affine | None
    diagonal: bool = False


def dotted(node: s.Matrix, scope: Scope) -> Dotted:
    """The one completion of a matrix with dots.

    Raises `Unsupported` where the entries that are written do not show one.
    """
    grid = [list(row) for row in node.rows]
    if len({len(row) for row in grid}) != 1:
        raise Unsupported("the rows of a matrix with dots differ in length", node.span)
    across = [at for at, column in enumerate(zip(*grid, strict=True)) if _is_dots(column)]
    down = [at for at, row in enumerate(grid) if _is_dots(row)]
    kept = [[cell for at, cell in enumerate(row) if at not in across] for number, row in enumerate(grid) if number not in down]
    plain = not any(isinstance(cell, s.Ellipsis) for row in kept for cell in row)
    if not plain or not _stand_before_the_last(across, len(grid[0])) or not _stand_before_the_last(down, len(grid)):
        raise Unsupported("the dots of a matrix stand before its last row and its last column", node.span)
    if across and down and len(kept) == len(kept[0]) and _is_diagonal(kept):
        entry, size = _general([row[at] for at, row in enumerate(kept)], ROW, scope, node)
        return Dotted(entry, size, size, diagonal=True)
    rows = columns = None
    if across:
        found = [_general(row, COLUMN, scope, node) for row in kept]
        columns = found[0][1]
        if any(size != columns for _, size in found):
            raise Unsupported("the rows of a matrix with dots have different ends", node.span)
        kept = [[entry] for entry, _ in found]
    if any(len(row) > 1 for row in kept) or (not down and len(kept) > 1):
        raise Unsupported("a matrix with dots in one direction is a row or a column", node.span)
    entry = kept[0][0]
    if down:
        entry, rows = _general([row[0] for row in kept], ROW, scope, node)
    return Dotted(entry, rows, columns)


def _is_dots(cells: Sequence[s.Node]) -> bool:
    """Whether a row or column stands for all that are left out; that it crosses others shows in dots at its ends."""
    return isinstance(cells[0], s.Ellipsis) and isinstance(cells[-1], s.Ellipsis)


def _stand_before_the_last(places: Sequence[int], count: int) -> bool:
    return not places or (len(places) == 1 and places[0] == count - 2 and count > 2)


def _is_diagonal(cells: Sequence[Sequence[s.Node]]) -> bool:
    return all((cell == ZERO) == (i != j) for i, row in enumerate(cells) for j, cell in enumerate(row))


def _general(cells: Sequence[s.Node], letter: s.Symbol, scope: Scope, node: s.Node) -> tuple[s.Node, Affine]:
    """The cell at any place of a row, and how many there are, from the first cells (1, 2, …) and the last one."""
    general, first, last = common_form(cells[0], cells[-1], scope, node)
    size = index_of(last, scope)
    if first != s.Number("1") or size is None or not size.atoms() <= scope.letters.sizes:
        raise Unsupported("a row or column with dots runs from 1 to a size", node.span)
    if any(_joined(put_for(general, {RUNNING: s.Number(str(at + 1))})) != _joined(cell) for at, cell in enumerate(cells[:-1])):
        raise Unsupported("the entries in front of the dots are of different forms", node.span)
    return put_for(general, {RUNNING: letter}), size


def _joined(node: s.Node) -> s.Node:
    """A cell with the digits of `W_{1 2}` as one number, as `W_{12}` is read."""
    node = s.with_parts(node, _joined)
    if isinstance(node, s.Product) and not any(node.signs) and all(isinstance(factor, s.Number) for factor in node.factors):
        return s.Number("".join(factor.text for factor in node.factors if isinstance(factor, s.Number)))
    return node
