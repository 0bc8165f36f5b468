"""Tensors as functions from indices to scalar expressions, and the ways LaTeX combines them.

`rows` and `columns` hold the sizes of the component axes on either side, so that a column vector is
((n), ()), a row vector ((), (n)), a matrix ((m), (n)) and the derivative of a vector by a matrix
((k), (m, n)): a product contracts all columns of its left factor with all rows of its right one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from ..index import Add, Affine, Argument, Branches, Condition, Expression, MatrixProduct, Multiply, Number, Power, Sum
from ..unroll import WideProduct
from .choices import ShapeClash, Unsupported
from .infer import agree, alike

Sizes = tuple[Affine, ...]
Indices = tuple[Affine, ...]
Entry = Callable[[Indices, Indices], Expression]

MINUS_ONE = Number(Fraction(-1))
UNIT = Number(Fraction(1))
NOTHING = Number(Fraction(0))


#: Kinds whose size the neighbours decide: vectors of ones, and their products v1ᵀ, 1vᵀ and 11ᵀ.
LOOSE = frozenset({"ones", "ones row"})
SPREAD = frozenset({"columns", "rows", "ones matrix"})
OPEN = LOOSE | SPREAD
SIZELESS = OPEN | {"identity"}
WITH_ROW = frozenset({"ones row", "columns", "ones matrix"})
TURNED = {"ones": "ones row", "ones row": "ones", "columns": "rows", "rows": "columns", "ones matrix": "ones matrix"}
NO_LENGTH = "the length of a vector of ones follows from nothing here"


@dataclass(frozen=True)
class Jacobian:
    """A derivative seen apart from its layout: what of, what by, and the entry for (indices of, indices by).

    `turned` says that the tensor which it belongs to has the indices by before the indices of.
    """

    of: str
    by: str
    of_shape: tuple[Sizes, Sizes]
    by_shape: tuple[Sizes, Sizes]
    pair: Entry
    turned: bool = False


@dataclass(frozen=True)
class Tensor:
    """A value with shape; `kind` is `plain`, `number` (a literal, fits any shape), `identity` (of any size) or one of `OPEN`.

    `columns` has the column v of v1ᵀ, `rows` the row vᵀ of 1vᵀ; their entries have two indices.
    """

    rows: Sizes
    columns: Sizes
    entry: Entry
    kind: str = "plain"
    jacobian: Jacobian | None = None

    @property
    def is_scalar(self) -> bool:
        return not self.rows and not self.columns and self.kind not in SIZELESS

    @property
    def shape(self) -> tuple[Sizes, Sizes]:
        return (self.rows, self.columns)

    def describe(self) -> str:
        if self.kind in SPREAD:
            return "×".join("".join(map(str, sizes)) or "?" for sizes in self.shape)
        return describe(self.rows, self.columns)


def describe(rows: Sizes, columns: Sizes) -> str:
    """A shape in words: `n×m`, `n (column)`, `1×n (row)`, `scalar`."""
    if not rows and not columns:
        return "scalar"
    left = "·".join(map(str, rows)) or "1"
    right = "·".join(map(str, columns)) or "1"
    return f"{left}×{right}"


class Names:
    """Fresh index variables, unlike any name a document can write."""

    def __init__(self, used: int = 0) -> None:
        self._used = used

    def fresh(self) -> str:
        self._used += 1
        return f"#{self._used}"

    def copy(self) -> Names:
        return Names(self._used)

    def indices(self, sizes: Sizes) -> tuple[str, ...]:
        return tuple(self.fresh() for _ in sizes)


def as_indices(variables: Sequence[str]) -> Indices:
    return tuple(Affine.of(v) for v in variables)


def scalar(expression: Expression, kind: str = "plain") -> Tensor:
    return Tensor((), (), lambda i, j: expression, kind)


def number(value: int | Fraction | str) -> Tensor:
    return scalar(Number(Fraction(value)), "number")


def scalar_of(tensor: Tensor) -> Expression:
    """The expression of a scalar.

    Raises `ShapeClash` for anything else.
    """
    if not tensor.is_scalar:
        raise ShapeClash(f"a scalar is needed where {tensor.describe()} stands")
    return tensor.entry((), ())


def transpose(a: Tensor) -> Tensor:
    if a.kind in OPEN:
        return Tensor(a.columns, a.rows, lambda i, j: a.entry(j, i), TURNED[a.kind])
    if a.kind != "plain":
        return a
    if len(a.rows) == 2 and not a.columns:  # the shape of a matrix, as three-index products leave it
        return Tensor(a.rows[1:], a.rows[:1], lambda i, j: a.entry(j + i, ()))
    if len(a.columns) == 2 and not a.rows:
        return Tensor(a.columns[1:], a.columns[:1], lambda i, j: a.entry((), j + i))
    return Tensor(a.columns, a.rows, lambda i, j: a.entry(j, i))


def negate(a: Tensor) -> Tensor:
    return map_entries(a, lambda e: Multiply((MINUS_ONE, e)), keep_kind=True)


def map_entries(a: Tensor, function: Callable[[Expression], Expression], keep_kind: bool = False) -> Tensor:
    if a.kind in SIZELESS and not keep_kind:
        raise Unsupported(f"a function of a {_unsized(a)} of unknown size")
    jacobian = None
    if a.jacobian is not None and keep_kind:
        inner = a.jacobian
        jacobian = replace(inner, pair=lambda i, j: function(inner.pair(i, j)))
    return Tensor(a.rows, a.columns, lambda i, j: function(a.entry(i, j)), a.kind if keep_kind else "plain", jacobian)


def _unsized(a: Tensor) -> str:
    return "vector of ones" if a.kind in LOOSE else "product with ones" if a.kind in SPREAD else "matrix I"


def identity_like(a: Tensor, shape: tuple[Sizes, Sizes]) -> Tensor:
    """The identity `a` (times its factor) given the shape it must have."""
    if len(shape[0]) != len(shape[1]) or shape[0] != shape[1]:
        message = f"an identity matrix is square, but {describe(*shape)} is needed"
        raise ShapeClash(message, rule="identity", operands=(shape, ((), ())))
    return Tensor(
        shape[0],
        shape[1],
        lambda i, j: Branches(((tuple(Condition(x, "=", y) for x, y in zip(i, j, strict=True)), a.entry((), ())),), NOTHING),
    )


def broadcast(a: Tensor, rows: Sizes, columns: Sizes) -> Tensor | None:
    """`a` spread over the given shape, if that is how biases and constants are added."""
    if a.kind not in SIZELESS and alike(a.shape, (rows, columns)):
        return a
    if a.kind in LOOSE:
        fits = len(rows) == 1 and not columns if a.kind == "ones" else len(columns) == 1 and not rows
        return Tensor(rows, columns, lambda i, j: a.entry((), ())) if fits else None
    if a.kind in SPREAD:
        fits = len(rows) == len(columns) == 1 and (not a.rows or agree(a.rows, rows)) and (not a.columns or agree(a.columns, columns))
        return Tensor(rows, columns, a.entry) if fits else None
    if a.kind == "identity":
        return identity_like(a, (rows, columns))
    if a.is_scalar:
        return Tensor(rows, columns, lambda i, j: a.entry((), ()))
    if not a.columns and agree(a.rows, rows):
        return Tensor(rows, columns, lambda i, j: a.entry(i, ()))
    if not a.rows and agree(a.columns, columns):
        return Tensor(rows, columns, lambda i, j: a.entry((), j))
    return None


def add(terms: Sequence[Tensor], note: Callable[[str], None], loose: bool = False) -> Tensor:
    """The sum; a column (row) of biases is added to every column (row) of a matrix, a scalar to every entry.

    If `loose`, a column of biases is added to every row where it does not fit a column: authors write n×1 beside a batch m×n.
    """
    shaped = [t for t in terms if not t.is_scalar and t.kind not in SIZELESS]
    if not shaped:
        if any(t.kind in OPEN for t in terms):
            raise Unsupported(NO_LENGTH)
        if any(t.kind == "identity" for t in terms):
            if all(t.kind == "identity" for t in terms):
                return Tensor((), (), lambda i, j: Add(tuple(t.entry((), ()) for t in terms)), "identity")
            raise ShapeClash("an identity matrix is added to a scalar")
        kind = "number" if all(t.kind == "number" for t in terms) else "plain"
        return scalar(Add(tuple(t.entry((), ()) for t in terms)), kind)
    widest = max(shaped, key=lambda t: len(t.rows) + len(t.columns))
    spread: list[Tensor] = []
    for term in terms:
        wide = broadcast(term, widest.rows, widest.columns)
        wide = _along_rows(term, widest) if wide is None and loose else wide
        if wide is None:
            raise ShapeClash(f"{widest.describe()} and {term.describe()} cannot be added", rule="sum", operands=(widest.shape, term.shape))
        if term.kind == "plain" and term.shape != widest.shape:
            note(f"{term.describe()} is added to every entry, row or column of {widest.describe()}")
        spread.append(wide)
    jacobian = _sum_of([t.jacobian for t in terms])
    return Tensor(widest.rows, widest.columns, lambda i, j: Add(tuple(t.entry(i, j) for t in spread)), jacobian=jacobian)


def _along_rows(term: Tensor, matrix: Tensor) -> Tensor | None:
    """A column that is the bias of the columns of a matrix, spread over its rows: n×1 beside a batch m×n, where m is another size."""
    if term.kind != "plain" or term.columns or len(matrix.columns) != 1 or not term.rows == matrix.columns != matrix.rows:
        return None
    return Tensor(matrix.rows, matrix.columns, lambda i, j: term.entry(j, ()))


def _sum_of(infos: Sequence[Jacobian | None]) -> Jacobian | None:
    """The sum of derivatives of one shape, nameless where they are of or by different quantities."""
    known = [x for x in infos if x is not None]
    if len(known) < len(infos) or len({(x.of_shape, x.by_shape) for x in known}) > 1:
        return None
    of, by = ({getattr(x, name) for x in known} for name in ("of", "by"))

    def pair(i: Indices, j: Indices) -> Expression:
        return Add(tuple(x.pair(i, j) for x in known))

    return replace(known[0], of=of.pop() if len(of) == 1 else "", by=by.pop() if len(by) == 1 else "", pair=pair)


def scale(a: Tensor, b: Tensor) -> Tensor:
    """A product in which at least one factor is a scalar."""
    if not a.is_scalar:
        a, b = b, a
    factor = a.entry((), ())
    if b.is_scalar:
        kind = "number" if a.kind == b.kind == "number" else "plain"
        return scalar(Multiply((factor, b.entry((), ()))), kind)
    return map_entries(b, lambda e: Multiply((factor, e)), keep_kind=True)


def matrix_product(a: Tensor, b: Tensor, names: Names) -> Tensor:
    """Σₖ a[i,k] b[k,j]; a column by a row is their outer product."""
    if a.kind == "identity":
        factor = a.entry((), ())
        return map_entries(b, lambda e: Multiply((factor, e)), keep_kind=True)
    if b.kind == "identity":
        return matrix_product(b, a, names)
    if a.kind in OPEN or b.kind in OPEN:
        return _with_ones(a, b, names)
    if not agree(a.columns, b.rows):
        raise ShapeClash(
            f"the matrix product of {a.describe()} and {b.describe()} does not fit", rule="matrix product", operands=(a.shape, b.shape)
        )
    inner = names.indices(a.columns)

    def entry(i: Indices, j: Indices) -> Expression:
        k = as_indices(inner)
        return contract(inner, a.columns, Multiply((a.entry(i, k), b.entry(k, j))))

    return Tensor(a.rows, b.columns, entry)


def _with_ones(a: Tensor, b: Tensor, names: Names) -> Tensor:
    """1ᵀb sums the rows of b, a1 the columns of a, v1ᵀ has v in every column; a factor of the ones goes with them.

    Raises `Unsupported` where the length of the ones tells in the product.
    """
    if (a.kind, b.kind) == ("ones", "ones row"):
        return Tensor((), (), lambda i, j: Multiply((a.entry((), ()), b.entry((), ()))), "ones matrix")
    value = _with_row_of_ones(a, b, names)
    if value is None:
        turned = _with_row_of_ones(transpose(b), transpose(a), names)
        value = None if turned is None else transpose(turned)
    if value is None:
        raise Unsupported(NO_LENGTH)
    return value


def _with_row_of_ones(a: Tensor, b: Tensor, names: Names) -> Tensor | None:
    """x1ᵀ times b, or a times x1ᵀ, where x is a number, a column or a column of ones."""
    if a.kind in WITH_ROW and b.kind == "plain" and b.rows:
        k = names.indices(b.rows)
        sums = Tensor((), b.columns, lambda i, j: contract(k, b.rows, b.entry(as_indices(k), j)))
        if a.kind == "ones row":
            return _times_ones(a, sums)
        return scale(_head(a), sums) if sums.is_scalar else matrix_product(_head(a), sums, names)
    if b.kind == "ones row" and a.kind == "plain" and len(a.rows) == 1 and not a.columns:
        return _spread(_times_ones(b, a))
    if b.kind in WITH_ROW and b.kind != "ones row" and a.kind == "plain" and a.columns:
        return _spread(matrix_product(a, _head(b), names))
    return None


def _head(a: Tensor) -> Tensor:
    """The column x of x1ᵀ."""
    return Tensor(a.rows, (), lambda i, j: a.entry(i, (Affine.of(1),) * len(i)), "plain" if a.kind == "columns" else "ones")


def _spread(value: Tensor) -> Tensor:
    """x1ᵀ of a number or a column x."""

    def entry(i: Indices, j: Indices) -> Expression:
        if len(i) != len(j):
            raise Unsupported(NO_LENGTH)
        return value.entry(i, ())

    return Tensor(value.rows, (), entry, "columns" if value.rows else "ones row")


def _times_ones(ones: Tensor, other: Tensor) -> Tensor:
    """`other` times the factor of a vector of ones: `2·1`, `-1`."""
    factor = ones.entry((), ())
    return other if factor == Number(Fraction(1)) else map_entries(other, lambda e: Multiply((factor, e)), keep_kind=True)


def contract(variables: Sequence[str], sizes: Sizes, body: Expression) -> Expression:
    for variable, size in zip(reversed(variables), reversed(sizes), strict=True):
        body = Sum(variable, Affine.of(1), size, body)
    return body


#: How a note ends that tells of a product of two that fit no product of matrices.
ENTRY_BY_ENTRY = "multiplied entry by entry"


def elementwise(a: Tensor, b: Tensor, note: Callable[[str], None] | None = None) -> Tensor:
    """The product entry by entry; with `note`, also of every row (column) of a matrix by one row (column), which is told."""
    if a.kind in LOOSE and b.kind == "plain" and broadcast(a, b.rows, b.columns) is not None:
        return _times_ones(a, b)
    if b.kind in LOOSE and a.kind == "plain" and broadcast(b, a.rows, a.columns) is not None:
        return _times_ones(b, a)
    for one, other in ((a, b), (b, a)):
        if one.kind in SPREAD and other.kind == "plain" and (wide := broadcast(one, other.rows, other.columns)) is not None:
            return elementwise(wide, other)
    if a.kind in SPREAD and b.kind in SPREAD:
        raise Unsupported(NO_LENGTH)
    if a.kind == b.kind and a.kind in SIZELESS:
        return Tensor((), (), lambda i, j: Multiply((a.entry((), ()), b.entry((), ()))), a.kind)
    if "identity" in (a.kind, b.kind) and "plain" in (a.kind, b.kind) and not (a.is_scalar or b.is_scalar):
        one, other = (a, b) if a.kind == "identity" else (b, a)
        return elementwise(identity_like(one, other.shape), other)
    if a.kind in SIZELESS or b.kind in SIZELESS or not alike(a.shape, b.shape):
        for one, other in ((a, b), (b, a)):
            if note is not None and (wide := _along(one, other)) is not None:
                note(f"every {'row' if one.columns else 'column'} of {other.describe()} and {one.describe()}: {ENTRY_BY_ENTRY}")
                return elementwise(wide, other)
        raise ShapeClash(
            f"the element-wise product of {a.describe()} and {b.describe()} does not fit",
            rule="element-wise product",
            operands=(a.shape, b.shape),
        )
    return Tensor(a.rows, a.columns, lambda i, j: Multiply((a.entry(i, j), b.entry(i, j))))


def _along(vector: Tensor, matrix: Tensor) -> Tensor | None:
    """A row for every row of a matrix, or a column for every column, of sizes that are equal by name.

    A column beside a square matrix may stand for either, and is none.
    """
    if not is_vector(vector) or matrix.kind != "plain" or not len(matrix.rows) == len(matrix.columns) == 1:
        return None
    if vector.columns:
        return broadcast(vector, *matrix.shape) if vector.columns == matrix.columns else None
    return broadcast(vector, *matrix.shape) if vector.rows == matrix.rows != matrix.columns else None


def outer(a: Tensor, b: Tensor) -> Tensor:
    """a bᵀ of two vectors, whatever way they lie."""
    if (a.kind in LOOSE and (is_vector(b) or b.kind in LOOSE)) or (b.kind in LOOSE and is_vector(a)):
        raise Unsupported(NO_LENGTH)
    if not is_vector(a) or not is_vector(b):
        raise ShapeClash(f"the outer product is of two vectors, not {a.describe()} and {b.describe()}")
    left, right = as_column(a), as_column(b)
    return Tensor(left.rows, right.rows, lambda i, j: Multiply((left.entry(i, ()), right.entry(j, ()))))


def inner(a: Tensor, b: Tensor, names: Names) -> Tensor:
    """Σₖ a[k] b[k] of two vectors or of two matrices of one shape."""
    if a.kind in SIZELESS and b.kind in SIZELESS:
        raise Unsupported(NO_LENGTH)
    if a.kind not in SIZELESS and b.kind not in SIZELESS and a.shape != b.shape:
        raise ShapeClash(
            f"the inner product of {a.describe()} and {b.describe()} does not fit", rule="inner product", operands=(a.shape, b.shape)
        )
    return total(elementwise(a, b), names)


def total(a: Tensor, names: Names) -> Tensor:
    """The sum of all entries."""
    if a.kind in SIZELESS:
        raise Unsupported(f"a sum over a {_unsized(a)} of unknown size")
    i, j = names.indices(a.rows), names.indices(a.columns)
    return scalar(contract(i + j, a.rows + a.columns, a.entry(as_indices(i), as_indices(j))))


def is_vector(a: Tensor) -> bool:
    return a.kind == "plain" and len(a.rows) + len(a.columns) == 1


def as_column(a: Tensor) -> Tensor:
    return a if a.rows else transpose(a)


def diagonal(a: Tensor) -> Tensor:
    """diag(v): the matrix with v on its diagonal."""
    if a.kind in LOOSE:
        return replace(a, kind="identity")
    if a.kind in SPREAD:
        raise Unsupported(NO_LENGTH)
    if not is_vector(a):
        raise ShapeClash(f"diag needs a vector, not {a.describe()}")
    v = as_column(a)
    return Tensor(v.rows, v.rows, lambda i, j: Branches((((Condition(i[0], "=", j[0]),), v.entry(i, ())),), NOTHING))


def kronecker(a: Affine, b: Affine) -> Expression:
    return Branches((((Condition(a, "=", b),), UNIT),), NOTHING)


def trace(a: Tensor, names: Names) -> Tensor:
    if a.kind in SIZELESS:
        raise Unsupported("a trace of a matrix of unknown size")
    if a.rows != a.columns:
        raise ShapeClash(f"a trace needs a square matrix, not {a.describe()}")
    i = names.indices(a.rows)
    return scalar(contract(i, a.rows, a.entry(as_indices(i), as_indices(i))))


def power_entries(a: Tensor, exponent: Affine) -> Tensor:
    return map_entries(a, lambda e: Power(e, exponent), keep_kind=a.kind == "number")


def matrix_power(a: Tensor, exponent: Affine, names: Names) -> Tensor:
    """A^k as an ordered product of k equal factors (k = 0: identity)."""
    return ordered_product(a, names.fresh(), Affine.of(1), exponent, False, names)


def ordered_product(a: Tensor, variable: str, lower: Affine, upper: Affine, latest_first: bool, names: Names) -> Tensor:
    """Π over `variable` of matrices that may depend on it, each fitting the next."""
    if a.kind in SIZELESS:
        raise Unsupported(f"a product over a range of a {_unsized(a)} of unknown size")
    wide = len(a.rows) == len(a.columns) == 2 and a.jacobian is not None
    if not wide and (len(a.rows) != 1 or len(a.columns) != 1):
        raise ShapeClash(f"a product over a range needs matrices, not {a.describe()}")
    step = Affine.of(variable) + Affine.of(-1 if latest_first else 1)
    if a.columns != tuple(size.substitute({variable: step}) for size in a.rows):
        raise ShapeClash(f"the factors of a product over a range do not fit: {a.describe()}")
    first, last = (upper, lower) if latest_first else (lower, upper)
    rows = tuple(size.substitute({variable: first}) for size in a.rows)
    columns = tuple(size.substitute({variable: last}) for size in a.columns)
    row, column = names.indices(a.rows), names.indices(a.columns)
    body = a.entry(as_indices(row), as_indices(column))

    def entry(i: Indices, j: Indices) -> Expression:
        if wide:
            return WideProduct(variable, lower, upper, row, column, a.columns, body, i, j, latest_first)
        return MatrixProduct(variable, lower, upper, row[0], column[0], a.rows[0], a.columns[0], body, i[0], j[0], latest_first)

    straight = wide and a.jacobian is not None and not a.jacobian.turned
    jacobian = Jacobian("", "", (rows[:1], rows[1:]), (columns[:1], columns[1:]), entry) if straight else None
    return Tensor(rows, columns, entry, jacobian=jacobian)


def as_argument(a: Tensor, names: Names) -> Argument:
    """A tensor as the argument of an abstract function."""
    if a.kind in SIZELESS:
        raise Unsupported(f"a function of a {_unsized(a)} of unknown size")
    i, j = names.indices(a.rows), names.indices(a.columns)
    return Argument(i + j, a.rows + a.columns, a.entry(as_indices(i), as_indices(j)))


def chain_rule(a: Tensor, b: Tensor, names: Names, in_order: bool = False, layout: str = "gradient") -> Tensor:
    """∂x/∂y · ∂y/∂w (in either order, or as written) contracted over y, whatever the layouts: the chain rule itself.

    The result has the shape of ∂x/∂w in `layout` if x is a scalar, else numerator layout.
    """
    if a.jacobian is None or b.jacobian is None:
        raise ShapeClash(f"the product of {a.describe()} and {b.describe()} does not fit")
    first, second = a.jacobian, b.jacobian
    if not in_order and not _follow(first, second):
        first, second = second, first
    if not _follow(first, second):
        raise ShapeClash(f"the product of {a.describe()} and {b.describe()} does not fit, and they share no quantity")
    return _contracted(first, second, names, layout)


def _follow(first: Jacobian, second: Jacobian) -> bool:
    return bool(first.by) and first.by == second.of and first.by_shape == second.of_shape


def _contracted(first: Jacobian, second: Jacobian, names: Names, layout: str) -> Tensor:
    shared_rows, shared_columns = second.of_shape
    k, m = names.indices(shared_rows), names.indices(shared_columns)
    of_count = len(first.of_shape[0]) + len(first.of_shape[1])
    middle = as_indices(k + m)

    def pair(i: Indices, j: Indices) -> Expression:
        return contract(k + m, shared_rows + shared_columns, Multiply((first.pair(i, middle), second.pair(middle, j))))

    return lay_out(Jacobian(first.of, second.by, first.of_shape, second.by_shape, pair), layout if of_count == 0 else "numerator")


def follow(a: Tensor, b: Tensor) -> bool:
    """Whether two derivatives are ∂x/∂y and ∂y/∂w."""
    return a.jacobian is not None and b.jacobian is not None and _follow(a.jacobian, b.jacobian)


def is_wide(a: Tensor) -> bool:
    """Whether this is a derivative with more than two indices, for which no layout is agreed on."""
    return a.jacobian is not None and sum(map(len, (*a.jacobian.of_shape, *a.jacobian.by_shape))) > 2


def composed(a: Tensor, b: Tensor, names: Names) -> Jacobian | None:
    """The matrix product of two derivatives as one, None where it is none."""
    if a.jacobian is None or b.jacobian is None:
        return None
    if a.jacobian.by and b.jacobian.of and (_follow(a.jacobian, b.jacobian) or _follow(b.jacobian, a.jacobian)):
        return chain_rule(a, b, names).jacobian
    straight = not a.jacobian.turned and not b.jacobian.turned and a.jacobian.by_shape == b.jacobian.of_shape
    return _contracted(a.jacobian, b.jacobian, names, "numerator").jacobian if straight and (is_wide(a) or is_wide(b)) else None


def wide_product(a: Tensor, b: Tensor, names: Names, layout: str = "gradient") -> Tensor:
    """A ∂Y/∂W with A of the shape of Y (or ∂X/∂Z ∂Y/∂W with Z of that shape): contracted over all indices of Y.

    Raises `ShapeClash` where the shapes do not fit in this way.
    """
    second = b.jacobian
    if second is None or not is_wide(b):
        raise ShapeClash(f"the product of {a.describe()} and {b.describe()} does not fit")
    if a.jacobian is not None and a.jacobian.by_shape == second.of_shape:
        return _contracted(a.jacobian, second, names, layout)
    as_gradient = a.shape == second.of_shape
    if a.kind != "plain" or (not as_gradient and (layout != "numerator" or transpose(a).shape != second.of_shape)):
        raise ShapeClash(f"the product of {a.describe()} and {b.describe()} does not fit")
    whole = a if as_gradient and (layout != "numerator" or len(a.rows) + len(a.columns) < 2 or a.rows != a.columns) else transpose(a)
    rows = len(second.of_shape[0])
    factor = Jacobian("", "", ((), ()), second.of_shape, lambda i, j: whole.entry(j[:rows], j[rows:]))
    return replace(_contracted(factor, second, names, layout), jacobian=None)


def lay_out(jacobian: Jacobian, layout: str) -> Tensor:
    """A derivative in a layout: `gradient`, `numerator` or `denominator`."""
    of_rows, of_columns = jacobian.of_shape
    by_rows, by_columns = jacobian.by_shape
    of_axes, by_axes = of_rows + of_columns, by_rows + by_columns
    if not of_axes:
        gradient = Tensor(by_rows, by_columns, lambda i, j: jacobian.pair((), i + j), jacobian=jacobian)
        if layout == "numerator":
            return replace(transpose(gradient), jacobian=jacobian)
        return gradient
    if not by_axes:
        value = Tensor(of_rows, of_columns, lambda i, j: jacobian.pair(i + j, ()), jacobian=jacobian)
        return replace(transpose(value), jacobian=jacobian) if layout == "denominator" else value
    if layout == "denominator":
        return Tensor(by_axes, of_axes, lambda i, j: jacobian.pair(j, i), jacobian=replace(jacobian, turned=True))
    return Tensor(of_axes, by_axes, lambda i, j: jacobian.pair(i, j), jacobian=jacobian)
