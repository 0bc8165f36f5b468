"""Shapes of products, sums, blocks and layouts, and the words of a clash."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from symbptt.index import Affine, Entry, Multiply
from symbptt.reading import blocks, tensors
from symbptt.reading.choices import ReadingError, ShapeClash, Unsupported
from symbptt.reading.infer import SizeFound, agree, resolved
from symbptt.reading.tensors import Jacobian, Names, Tensor, describe, lay_out, number

M, N, K = (Affine.of(size) for size in "mnk")


def tensor(name: str, rows: str = "", columns: str = "") -> Tensor:
    return Tensor(tuple(map(Affine.of, rows)), tuple(map(Affine.of, columns)), lambda i, j: Entry(name, (), i + j))


W, V, x, y, row, s = tensor("W", "m", "n"), tensor("V", "n", "k"), tensor("x", "n"), tensor("y", "m"), tensor("r", "", "n"), tensor("s")
NAMES = Names()


def shape(a: Tensor) -> str:
    return a.describe()


@pytest.mark.parametrize(
    "made, expected",
    [
        (lambda: tensors.matrix_product(W, V, NAMES), "m×k"),
        (lambda: tensors.matrix_product(W, x, NAMES), "m×1"),
        (lambda: tensors.matrix_product(row, x, NAMES), "scalar"),
        (lambda: tensors.matrix_product(y, row, NAMES), "m×n"),
        (lambda: tensors.matrix_product(row, V, NAMES), "1×k"),
        (lambda: tensors.elementwise(x, x), "n×1"),
        (lambda: tensors.outer(x, y), "n×m"),
        (lambda: tensors.outer(y, row), "m×n"),
        (lambda: tensors.inner(x, x, NAMES), "scalar"),
        (lambda: tensors.inner(W, W, NAMES), "scalar"),
        (lambda: tensors.transpose(W), "n×m"),
        (lambda: tensors.transpose(x), "1×n"),
        (lambda: tensors.diagonal(row), "n×n"),
        (lambda: tensors.scale(s, W), "m×n"),
        (lambda: tensors.scale(W, number(2)), "m×n"),
        (lambda: blocks.stack([x, y]), "m+n×1"),
        (lambda: blocks.stack([W, row]), "m+1×n"),
        (lambda: blocks.beside([W, y], print), "m×n+1"),
        (lambda: tensors.add([W, y], lambda _: None), "m×n"),
        (lambda: tensors.add([row, W, s], lambda _: None), "m×n"),
        (lambda: tensors.total(W, NAMES), "scalar"),
        (lambda: tensors.matrix_power(tensor("A", "n", "n"), Affine.of("t"), NAMES), "n×n"),
    ],
)
def test_shapes(made: Callable[[], Tensor], expected: str) -> None:
    assert shape(made()) == expected


@pytest.mark.parametrize(
    "made, message",
    [
        (lambda: tensors.matrix_product(V, W, NAMES), "the matrix product of n×k and m×n does not fit"),
        (lambda: tensors.matrix_product(W, y, NAMES), "the matrix product of m×n and m×1 does not fit"),
        (lambda: tensors.elementwise(x, row), "the element-wise product of n×1 and 1×n does not fit"),
        (lambda: tensors.outer(W, x), "the outer product is of two vectors, not m×n and n×1"),
        (lambda: tensors.inner(x, y, NAMES), "the inner product of n×1 and m×1 does not fit"),
        (lambda: tensors.diagonal(W), "diag needs a vector, not m×n"),
        (lambda: tensors.trace(W, NAMES), "a trace needs a square matrix, not m×n"),
        (lambda: tensors.add([x, y], lambda _: None), "n×1 and m×1 cannot be added"),
        (lambda: tensors.add([W, x], lambda _: None), "m×n and n×1 cannot be added"),
        (lambda: blocks.stack([W, tensors.transpose(y)]), "stacked blocks differ in width: m×n, 1×m"),
        (lambda: tensors.scalar_of(x), "a scalar is needed where n×1 stands"),
        (lambda: tensors.matrix_power(W, Affine.of(2), NAMES), "the factors of a product over a range do not fit: m×n"),
        (lambda: tensors.ordered_product(x, "t", M, N, True, NAMES), "a product over a range needs matrices, not n×1"),
        (lambda: tensors.chain_rule(x, y, NAMES), "the product of n×1 and m×1 does not fit"),
    ],
)
def test_clashes(made: Callable[[], Tensor], message: str) -> None:
    with pytest.raises(ShapeClash) as caught:
        made()
    assert caught.value.message == message


def test_the_length_of_ones_must_follow_from_something() -> None:
    ones = Tensor((), (), number(1).entry, "ones")
    with pytest.raises(Unsupported, match="the length of a vector of ones follows from nothing here"):
        tensors.add([ones, s], lambda _: None)
    assert shape(tensors.matrix_product(tensors.transpose(ones), W, NAMES)) == "1×n"
    assert shape(tensors.matrix_product(W, ones, NAMES)) == "m×1"


def test_identity_takes_the_size_of_its_neighbour() -> None:
    identity = Tensor((), (), number(1).entry, "identity")
    square = tensor("A", "n", "n")
    assert shape(tensors.matrix_product(identity, W, NAMES)) == shape(tensors.matrix_product(W, identity, NAMES)) == "m×n"
    assert shape(tensors.add([square, identity], lambda _: None)) == "n×n"
    with pytest.raises(ShapeClash, match=r"^an identity matrix is square, but m×n is needed$"):
        tensors.add([W, identity], lambda _: None)
    with pytest.raises(ReadingError, match="an identity matrix is added to a scalar"):
        tensors.add([identity, s], lambda _: None)


def test_ones_and_identities_keep_their_factor() -> None:
    two = Tensor((), (), number(2).entry, "ones")
    i = (Affine.of("i"),)
    assert tensors.elementwise(two, y).entry(i, ()) == Multiply((number(2).entry((), ()), y.entry(i, ())))
    assert tensors.elementwise(two, two).kind == "ones"
    assert tensors.diagonal(two).kind == "identity"
    identity = Tensor((), (), number(1).entry, "identity")
    assert shape(tensors.elementwise(tensor("A", "n", "n"), identity)) == "n×n"
    with pytest.raises(ShapeClash, match="an identity matrix is square"):
        tensors.elementwise(identity, x)
    with pytest.raises(Unsupported, match="ones"):
        tensors.outer(two, x)


def test_broadcast_is_noted() -> None:
    notes: list[str] = []
    tensors.add([W, tensors.transpose(x)], notes.append)
    assert notes == ["1×n is added to every entry, row or column of m×n"]


def jacobian(of: Tensor, by: Tensor) -> Jacobian:
    return Jacobian("of", "by", of.shape, by.shape, lambda i, j: Entry("J", (), i + j))


@pytest.mark.parametrize(
    "of, by, layout, expected",
    [
        (s, x, "gradient", "n×1"),
        (s, x, "numerator", "1×n"),
        (s, x, "denominator", "n×1"),
        (s, W, "gradient", "m×n"),
        (s, W, "numerator", "n×m"),
        (s, row, "gradient", "1×n"),
        (y, x, "numerator", "m×n"),
        (y, x, "denominator", "n×m"),
        (y, s, "numerator", "m×1"),
        (y, s, "denominator", "1×m"),
        (y, W, "numerator", "m×m·n"),
        (y, W, "denominator", "m·n×m"),
    ],
)
def test_layouts(of: Tensor, by: Tensor, layout: str, expected: str) -> None:
    assert shape(lay_out(jacobian(of, by), layout)) == expected


def test_the_chain_rule_contracts_the_shared_quantity() -> None:
    first = lay_out(Jacobian("E", "z", s.shape, y.shape, lambda i, j: Entry("e", (), i + j)), "gradient")
    second = lay_out(Jacobian("z", "W", y.shape, W.shape, lambda i, j: Entry("g", (), i + j)), "numerator")
    assert shape(tensors.chain_rule(first, second, NAMES)) == shape(tensors.chain_rule(second, first, NAMES)) == "m×n"


def test_describe() -> None:
    assert [describe((), ()), describe((N,), ()), describe((), (N,)), describe((M,), (N, K))] == ["scalar", "n×1", "1×n", "m×n·k"]


# -- sizes that are not stated -------------------------------------------------------------------------------------------


def test_agree() -> None:
    unknown = Affine.of("?W.0")
    assert agree((M, N), (M, N)) and not agree((M,), (N,)) and not agree((M,), (M, N))
    for a, b in (((unknown,), (N,)), ((N,), (unknown,))):
        with pytest.raises(SizeFound) as caught:
            agree(a, b)
        assert (caught.value.name, caught.value.value) == ("?W.0", N)


def test_an_unknown_size_is_never_part_of_itself() -> None:
    unknown = Affine.of("?W.0")
    assert not agree((unknown,), (unknown + Affine.of(1),))


def test_resolved_sizes_reach_the_earlier_ones() -> None:
    found = resolved({"?a.0": Affine.of("?b.0") + Affine.of(1)}, "?b.0", N)
    assert found == {"?a.0": N + Affine.of(1), "?b.0": N}


def derivative(of: str, by: str, of_shape: str, by_shape: str, layout: str = "numerator") -> Tensor:
    sides = tuple((tuple(map(Affine.of, part[:1])), tuple(map(Affine.of, part[1:]))) for part in (of_shape, by_shape))
    return lay_out(Jacobian(of, by, *sides, lambda i, j: Entry(f"{of}{by}", (), i + j)), layout)


H_BY_W, Z_BY_W = derivative("H", "W", "mn", "kn"), derivative("Z", "W", "mn", "kn")
L_BY_H = derivative("L", "H", "", "mn", "gradient")


def test_products_with_a_derivative_of_a_matrix_by_a_matrix() -> None:
    plain = tensor("D", "m", "n")
    assert shape(tensors.wide_product(plain, H_BY_W, NAMES)) == "k×n"
    assert shape(tensors.wide_product(plain, H_BY_W, NAMES, "numerator")) == "n×k"
    assert shape(tensors.wide_product(L_BY_H, Z_BY_W, NAMES)) == "k×n"
    assert shape(tensors.chain_rule(L_BY_H, H_BY_W, NAMES, in_order=True)) == "k×n"
    with pytest.raises(ShapeClash, match="does not fit"):
        tensors.wide_product(tensor("D", "k", "n"), H_BY_W, NAMES)
    with pytest.raises(ShapeClash, match="does not fit"):
        tensors.wide_product(plain, L_BY_H, NAMES)


def test_sums_of_derivatives_are_derivatives() -> None:
    total = tensors.add([H_BY_W, Z_BY_W], lambda _: None).jacobian
    assert total is not None and (total.of, total.by) == ("", "W")
    assert tensors.add([H_BY_W, tensor("D", "mn", "kn")], lambda _: None).jacobian is None


def test_a_product_of_derivatives_in_the_other_layout_is_no_derivative() -> None:
    turned = derivative("H", "H", "mn", "mn", "denominator")
    straight = derivative("H", "H", "mn", "mn")
    made = [tensors.ordered_product(a, "j", Affine.of(1), Affine.of("T"), True, Names()) for a in (straight, turned)]
    assert [shape(a) for a in made] == ["m·n×m·n"] * 2 and [a.jacobian is None for a in made] == [False, True]
