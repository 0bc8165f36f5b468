"""Index and size expressions, declared shapes, and the items of a script."""

from __future__ import annotations

import pytest

from symbptt.index import Affine, Indexed
from symbptt.latex.printer import to_latex
from symbptt.reading.choices import ReadingError, Unsupported
from symbptt.reading.names import spelling_of
from symbptt.reading.scope import index_of, range_parts, shape_of
from tests.reading.support import node, scope

T, N, M, t = (Affine.of(name) for name in ("T", "n", "m", "t"))


@pytest.mark.parametrize(
    "text, value",
    [
        ("3", Affine.of(3)),
        ("t", t),
        ("{t}", t),
        ("t-1", t - Affine.of(1)),
        ("t + 1 - t", Affine.of(1)),
        ("2t", t.scaled(2)),
        (r"2 \cdot t - 1", t.scaled(2) - Affine.of(1)),
        ("T", T),
        ("n+m", N + M),
        ("m+n", N + M),
        ("q_{l-1}", Affine.of(Indexed("q", (Affine.of("l") - Affine.of(1),)))),
        ("y_i", Affine.of(Indexed("y", (Affine.of("i"),)))),
    ],
)
def test_index_of(text: str, value: Affine) -> None:
    assert index_of(node(text), scope()) == value


@pytest.mark.parametrize("text", ["K", "x t", "0.5", "foo", "t'", r"\frac{t}{2}", "f(t)", "h_k", r"t \pm 1"])
def test_no_index(text: str) -> None:
    assert index_of(node(text), scope()) is None


def test_a_small_letter_becomes_free_and_a_bound_one_does_not() -> None:
    here = scope()
    index_of(node("j + 1"), here)
    assert list(here.free) == ["j"] and here.free["j"].upper is None
    inside = here.bind("k", "#1")
    assert index_of(node("k - 1"), inside) == Affine.of("#1") - Affine.of(1) and list(inside.free) == ["j"]


def test_a_declared_letter_brings_its_range_and_a_probe_leaves_no_trace() -> None:
    here = scope()
    index_of(node("t"), here.probe())
    assert here.free == {}
    index_of(node("t"), here)
    assert (here.free["t"].lower, here.free["t"].upper) == (Affine.of(1), T)


@pytest.mark.parametrize(
    "text, items",
    [
        ("h_t", ["t"]),
        ("h_{t,k}", ["t", "k"]),
        ("W_{jk}", ["j", "k"]),
        ("W_{j+1,k}", ["j + 1", "k"]),
        ("z_{1t-1}", ["1", "t - 1"]),
        ("w^{2T-t}", ["2 T - t"]),
        ("z^{(1,t)}", ["1", "t"]),
        ("z^{1,t}", ["1", "t"]),
        ("W_{h[i,j]}", ["h", "i", "j"]),
        ("H_{12}", ["12"]),
        ("w^{(l)}_{jk}", ["l", "j", "k"]),
        ("a_{t-1}", ["t - 1"]),
    ],
)
def test_script_items(text: str, items: list[str]) -> None:
    found = spelling_of(node(text))
    assert found is not None and [to_latex(item.node) for item in found.items] == items


@pytest.mark.parametrize(
    "text, rows, columns",
    [
        ("scalar", [], []),
        ("1", [], []),
        ("n", ["n"], []),
        ("n×1", ["n"], []),
        ("1×n", [], ["n"]),
        ("m×n", ["m"], ["n"]),
        ("n x m", ["n"], ["m"]),
        ("nxm", ["n"], ["m"]),
        (r"m \times n", ["m"], ["n"]),
        ("q_l×q_{l-1}", ["q_{l}"], ["q_{l-1}"]),
        ("n+m", ["m+n"], []),
        ("2×3", ["2"], ["3"]),
        ("$n$", ["n"], []),
    ],
)
def test_shape_of(text: str, rows: list[str], columns: list[str]) -> None:
    found = shape_of(text, scope())
    assert ([str(r) for r in found[0]], [str(c) for c in found[1]]) == (rows, columns)


def test_shapes_that_cannot_be_read() -> None:
    with pytest.raises(ReadingError, match=r"shape `n\+` cannot be read"):
        shape_of("n+", scope())
    with pytest.raises(ReadingError, match=r"^shape `Q×n` cannot be read: write sizes as names or integers, e.g. `m×n`$"):
        shape_of("Q×n", scope())
    with pytest.raises(Unsupported, match=r"^shape `b×m×n`: arrays of more than two axes are not supported yet$"):
        shape_of("b×m×n", scope())


@pytest.mark.parametrize(
    "text, ends",
    [("1..T", ("1", "T")), (r"1 \dots T", ("1", "T")), (r"0, \ldots, n-1", ("0", "n-1")), ("2…T", ("2", "T")), ("T", None), ("..T", None)],
)
def test_range_parts(text: str, ends: tuple[str, str] | None) -> None:
    assert range_parts(text) == ends
