r"""What stands for a derivative in products: `\frac{\partial z}{\partial W} = x^T` of z = W x, and `\frac{\partial h}{\partial z} = f'(z)`.

Of an array by an array there are more entries than such a side shows. It is what the gradient by z is multiplied with: the entries
that it shows are ∂z_i/∂W_ij = x_j, and all others are zero. Beside stated shapes such a side is wrong; where shapes are guessed, this is a
reading.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..index import Affine, Expression, Multiply
from .tensors import Tensor, kronecker

#: What is read into a side with fewer entries than the derivative beside it, and the two ways to read it.
UNSHOWN = "the entries of a derivative that the other side does not show"
READINGS = ("there are none", "zero")


def spread(value: Tensor, target: Tensor) -> Tensor | None:
    """A side with the shape of a derivative of an array by an array, zero where it shows nothing; None where it may show several things."""
    found = target.jacobian
    own = (*value.rows, *value.columns)
    if found is None or value.kind != "plain" or not own or len(own) != len(set(own)):
        return None
    of, by = found.of_shape[0] + found.of_shape[1], found.by_shape[0] + found.by_shape[1]
    ways = [way for way in _ways(of, by) if sorted(map(str, way[1])) == sorted(map(str, own))]
    if len(ways) != 1:
        return None
    pairs, sizes, places = ways[0]
    order = [places[sizes.index(size)] for size in own]

    def entry(rows: tuple[Affine, ...], columns: tuple[Affine, ...]) -> Expression:
        index = (*columns, *rows) if found.turned else (*rows, *columns)
        shown = tuple(index[place] for place in order)
        same = tuple(kronecker(index[one], index[len(of) + other]) for one, other in pairs)
        return Multiply((*same, value.entry(shown[: len(value.rows)], shown[len(value.rows) :])))

    return Tensor(target.rows, target.columns, entry)


def _ways(of: Sequence[Affine], by: Sequence[Affine]) -> Iterator[tuple[list[tuple[int, int]], list[Affine], list[int]]]:
    """Axes of the one that go with axes of the other, with the sizes and places of those that are shown; all entry by entry last."""
    for one, size in enumerate(of):
        for other in (other for other, length in enumerate(by) if length == size and len(of) + len(by) > 2):
            places = [place for place in range(len(of) + len(by)) if place not in (one, len(of) + other)]
            yield [(one, other)], [(*of, *by)[place] for place in places], places
    if of and list(of) == list(by):
        yield [(place, place) for place in range(len(of))], list(of), list(range(len(of)))
