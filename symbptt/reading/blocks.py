"""Blocks one below or beside the other, with the row or column of ones that biases are multiplied with."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ..index import Affine, Branches, Condition, Expression
from .choices import ShapeClash, Unsupported
from .tensors import LOOSE, NO_LENGTH, OPEN, UNIT, Indices, Tensor, transpose

#: How a choice is called where matrices in brackets fit both ways.
DIRECTION = "matrices in brackets"


def stack(blocks: Sequence[Tensor]) -> Tensor:
    """Blocks one below the other."""
    columns = blocks[0].columns
    if any(b.kind in OPEN for b in blocks):
        raise Unsupported(NO_LENGTH)
    if any(b.columns != columns or len(b.rows) > 1 for b in blocks):
        raise ShapeClash("stacked blocks differ in width: " + ", ".join(b.describe() for b in blocks))
    heights = [b.rows[0] if b.rows else Affine.of(1) for b in blocks]
    height = heights[0]
    for h in heights[1:]:
        height = height + h

    def entry(i: Indices, j: Indices) -> Expression:
        branches: list[tuple[tuple[Condition, ...], Expression]] = []
        start = Affine.of(0)
        for block, h in zip(blocks, heights, strict=True):
            inside = (i[0] - start,) if block.rows else ()
            start = start + h
            branches.append(((Condition(i[0], "\\le", start),), block.entry(inside, j)))
        return Branches(tuple(branches[:-1]), branches[-1][1])

    return Tensor((height,), columns, entry)


def below(blocks: Sequence[Tensor], note: Callable[[str], None]) -> Tensor:
    """Blocks one below the other; a block of ones is one row, as wide as the others."""
    return stack(_filled(blocks, "row", note))


def beside(blocks: Sequence[Tensor], note: Callable[[str], None]) -> Tensor:
    """Blocks one beside the other; a block of ones is one column, as high as the others."""
    return transpose(stack(_filled([transpose(b) for b in blocks], "column", note)))


def _filled(blocks: Sequence[Tensor], line: str, note: Callable[[str], None]) -> Sequence[Tensor]:
    """Blocks to be stacked, those of ones as one line each; of vectors, as one number each."""
    other = next((b for b in blocks if not _is_ones(b)), None)
    if other is None or other.kind != "plain" or not other.rows or len(other.columns) > 1 or not any(map(_is_ones, blocks)):
        return blocks
    if other.columns or any(b.kind in LOOSE for b in blocks):
        note(f"the block of ones is a {line}" if other.columns else "the block of ones is one number")
    return [Tensor((), other.columns, lambda i, j: UNIT) if _is_ones(b) else b for b in blocks]


def _is_ones(block: Tensor) -> bool:
    """A block `1` or `\\mathbf{1}`."""
    return (block.kind in LOOSE or block.kind == "number") and not block.rows and not block.columns and block.entry((), ()) == UNIT


def concatenated(parts: Sequence[Tensor], note: Callable[[str], None], choose: Callable[[str, tuple[str, ...]], str]) -> Tensor:
    """`[a, b]`: columns one below the other, rows one beside the other; matrices as they fit."""
    sized = [part for part in parts if not _is_ones(part)] if any(part.rows and part.columns for part in parts) else parts
    is_below = len({part.columns for part in sized}) == 1
    if is_below and sized[0].columns and len({part.rows for part in sized}) == 1:
        is_below = all(len(part.rows) == 1 for part in sized) and choose(DIRECTION, ("beside", "below")) == "below"
    return below(parts, note) if is_below else beside(parts, note)
