"""What is rewritten before anything is read: ellipses, primes out of place, entries and aliases; and inferred names."""

from __future__ import annotations

import pytest

from symbptt.latex.printer import to_latex
from symbptt.latex.syntax import Add, BigOperator, Product, Symbol
from symbptt.reading.choices import Unsupported
from symbptt.reading.ellipsis import FALLING, RUNNING, expand_product, expand_sum
from symbptt.reading.infer import infer, preferences
from symbptt.reading.tidy import respell, tidy, with_words, words_of
from symbptt.reading.updates import increment_of
from tests.reading.support import formula, node, scope


def operators(tree: Add | Product | BigOperator) -> list[tuple[str, str, str, str]]:
    """(Σ or Π, which way it runs, from, to) of each part that runs."""
    parts = [tree] if isinstance(tree, BigOperator) else [t for _, t in tree.terms] if isinstance(tree, Add) else list(tree.factors)
    found = []
    for part in parts:
        if isinstance(part, BigOperator):
            assert part.lower is not None and part.upper is not None
            letter, low = part.lower.sides  # type: ignore[attr-defined]
            found.append((part.operator, {RUNNING: "up", FALLING: "down"}[letter], to_latex(low), to_latex(part.upper)))
    return found


@pytest.mark.parametrize(
    "text, low, high, terms",
    [
        (r"z_1 + \dots + z_T", "1", "T", 1),
        (r"z_1 + z_2 + \dots + z_T", "1", "T", 1),
        (r"z_1 + z_2 + z_3 + \cdots + z_T", "1", "T", 1),
        (r"b + z_2 + \dots + z_T", "2", "T", 2),
        (r"z_T + \dots + z_1", "1", "T", 1),
        (r"a_1 b_2 + \dots + a_{T-1} b_T", "1", "T - 1", 1),
        (r"z_1 + \dots + z_T + c", "1", "T", 2),
    ],
)
def test_sums(text: str, low: str, high: str, terms: int) -> None:
    tree = node(text)
    assert isinstance(tree, Add)
    found = expand_sum(tree, scope())
    assert operators(found) == [("\\sum", "up", low, high)] and len(found.terms) == terms


@pytest.mark.parametrize(
    "text, way, low, high",
    [
        (r"J_1 \cdots J_T", "up", "1", "T"),
        (r"J_1 J_2 \cdots J_T", "up", "1", "T"),
        (r"J_T J_{T-1} \cdots J_1", "down", "1", "T"),
        (r"J_T \cdots J_{k+1}", "down", "k + 1", "T"),
        (r"J_t \cdots J_{k+1}", "down", "k + 1", "t"),
        (r"J_{k+1} \cdots J_t", "up", "k + 1", "t"),
        pytest.param(
            r"J_t J_{t-1} \cdots J_{k+1}",
            "down",
            "k + 1",
            "t",
        ),
        pytest.param(
            r"J_{t-1} \cdots J_{k+1}",
            "down",
            "k + 1",
            "t - 1",
        ),
    ],
)
def test_products(text: str, way: str, low: str, high: str) -> None:
    here = scope()
    here.bound = {"k": here.letter("k")}  # type: ignore[dict-item]
    tree = node(text)
    assert isinstance(tree, Product)
    found = expand_product(tree, here)
    assert isinstance(found, (Product, BigOperator)) and operators(found) == [("\\prod", way, low, high)]


def test_a_period_of_two_factors() -> None:
    tree = node(r"D_T A D_{T-1} A \cdots D_1 A")
    assert isinstance(tree, Product)
    found = expand_product(tree, scope())
    assert isinstance(found, BigOperator) and operators(found) == [("\\prod", "down", "1", "T")]


@pytest.mark.parametrize(
    "text, message",
    [
        (r"\dots + z_T", "an ellipsis needs a term on both sides to be completed"),
        (r"z_1 + \dots + z_1", "the terms on both sides of the ellipsis are equal"),
        (r"z_1 + \dots + f(z_T)", "the terms on both sides of the ellipsis have different forms"),
        (r"a_1 b_1 + \dots + a_T b_3", "the terms on both sides of the ellipsis differ in more than one index"),
    ],
)
def test_sums_that_have_no_one_completion(text: str, message: str) -> None:
    tree = node(text)
    assert isinstance(tree, Add)
    with pytest.raises(Unsupported) as caught:
        expand_sum(tree, scope())
    assert caught.value.message == message


def test_elementwise_products_have_no_ellipsis() -> None:
    tree = node(r"a_1 \odot \cdots \odot a_T")
    assert isinstance(tree, Product)
    with pytest.raises(Unsupported, match=r"^an ellipsis among element-wise products$"):
        expand_product(tree, scope())


# -- primes --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", [r"(f^l)'(z)", r"f^{[l]'}(z)", "f'^l(z)", r"f'^{[l]}(z)"])
def test_primes_stand_on_the_function(text: str) -> None:
    tidied = to_latex(tidy(node(text)))
    assert tidied in (to_latex(node("f'^l(z)")), to_latex(node("f'^{[l]}(z)")))


@pytest.mark.parametrize("text", ["(a)(b)", "f(z)", r"W^\top x", "a b' c", "(a + b)'"])
def test_what_stays(text: str) -> None:
    assert tidy(node(text)) == node(text)


# -- entries and aliases -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "pattern, text, value, expected",
    [
        ("w_{jk}", "w_{ik} + w_{jj}", "W[j,k]", "W[i,k] + W[j,j]"),
        ("w_{jk}", "w_{13}", "W[j,k]", "w_{13}"),
        pytest.param(
            "w_{ojk}",
            "w_{oik}",
            "W_o[j,k]",
            "W_o[i,k]",
        ),
    ],
)
def test_entries_stand_for_any_index(pattern: str, text: str, value: str, expected: str) -> None:
    assert to_latex(respell(node(text), [(node(pattern), node(value), True)])) == to_latex(node(expected))


def test_entries_do_not_reach_other_names() -> None:
    rule = (node("w_{ojk}"), node("W_o[j,k]"), True)
    assert respell(node("v_{ojk} + w_{jk}"), [rule]) == node("v_{ojk} + w_{jk}")


def test_aliases_keep_the_scripts() -> None:
    rule = (node(r"\mathrm{net}"), node("z"), False)
    assert respell(node(r"\mathrm{net}_t + f(\mathrm{net})"), [rule]) == node("z_t + f(z)")


# -- inferred names ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name, first",
    [
        ("W", "matrix"),
        ("x", "vector"),
        ("L", "scalar"),
        (r"\alpha", "scalar"),
        (r"\delta", "vector"),
        (r"\mathbf{W}", "matrix"),
        ("J", "scalar"),
    ],
)
def test_what_a_name_is_taken_for_first(name: str, first: str) -> None:
    options = preferences(name)
    assert options[0] == first and sorted(options) == ["matrix", "scalar", "vector"]


@pytest.mark.parametrize(
    "text, shape, key, slots, axes",
    [
        ("W", "matrix", "W", (), (1, 1)),
        ("x", "vector", "x", (), (1, 0)),
        ("h_{t-1}", "vector", "h_{t}", ("t",), (1, 0)),
        ("W_{ij}", "vector", "W", (), (1, 1)),
        ("h_{t,i}", "matrix", "h_{t}", ("t",), (1, 0)),
        ("W_f", "matrix", "W_{f}", (), (1, 1)),
        ("L", "scalar", "L", (), (0, 0)),
    ],
)
def test_infer(text: str, shape: str, key: str, slots: tuple[str, ...], axes: tuple[int, int]) -> None:
    here = scope().bind("i", "#1").bind("j", "#2")
    found = infer(node(text), shape, here.letters, {}, here)
    assert found is not None and found.family.name == key and found.template.letters == slots
    assert (len(found.family.rows), len(found.family.columns)) == axes


def test_nothing_is_inferred_for_functions_and_primes() -> None:
    here = scope()
    assert infer(node("f(x)"), "vector", here.letters, {}, here) is None
    assert infer(Symbol("h", primes=1), "vector", here.letters, {}, here) is None


@pytest.mark.parametrize(
    "text, expected",
    [("b", "b^l"), ("b^l", "b^l"), ("b^{l+1}", "b^{l+1}"), ("b^L", "b^L"), ("b^1", "b^1"), ("b_j", "b^l_j"), ("c", "c")],
)
def test_an_alias_of_its_own_name(text: str, expected: str) -> None:
    assert respell(node(text), [(node("b"), node("b^l"), False)]) == node(expected)


def test_an_alias_with_scripts_may_have_more_behind_it() -> None:
    rules = [(node("H_{12}"), node("G_{1,2}"), False)]
    assert respell(node("H_{12}^T"), rules) == node("G_{1,2}^T")
    assert respell(node("H_{13}^T"), rules) == node("H_{13}^T")


@pytest.mark.parametrize(
    "key, letters, expected",
    [
        ("H_{null}", "t", {"null"}),
        ("H_{null,t}", "t", {"null"}),
        ("w_{ijt}", "t", set()),
        ("w_{ojk}", "jk", set()),
        ("W_{it}", "t", set()),
        ("h_{1t}", "t", set()),
    ],
)
def test_words_that_scripts_spell(key: str, letters: str, expected: set[str]) -> None:
    assert words_of([node(key)], frozenset(letters)) == expected


def test_a_declared_word_is_one_symbol() -> None:
    read = with_words(node("H_{null} + n u l l"), frozenset({"null"}))
    assert read == node(r"H_{\text{null}} + n u l l")


@pytest.mark.parametrize("text", [r"\log_e x", r"\log_{e}(x)"])
def test_the_natural_logarithm(text: str) -> None:
    assert tidy(node(text)).function == Symbol("ln")  # type: ignore[attr-defined]


def test_other_logarithms_stay() -> None:
    assert tidy(node(r"\log_2 x")) == node(r"\log_2 x")


@pytest.mark.parametrize(
    "text, expected",
    [
        ("g = g + a b", "a b"),
        ("g = a b + g", "a b"),
        ("g += a b", "a b"),
        ("g -= a", "- a"),
        ("g = g - a", "- a"),
        (r"g \leftarrow g + a + b", "a + b"),
        ("g = a + b", None),
        ("g = g", None),
        ("g = g + g", None),
        ("g = 2 g + a", None),
        ("g = g + a = b", None),
    ],
)
def test_increments(text: str, expected: str | None) -> None:
    found = increment_of(formula(text))
    assert (None if found is None else to_latex(found)) == (None if expected is None else to_latex(node(expected)))


def test_an_alias_of_the_whole_goes_before_one_of_its_letter() -> None:
    rules = [(node("d"), node("d^l"), False), (node("d_{out}"), node("d^l_j"), False)]
    assert respell(node("d_{out} + d"), rules) == node("d^l_j + d^l")
