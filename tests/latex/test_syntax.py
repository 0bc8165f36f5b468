"""Trees: equality, hashes, the order in which they are walked, and what is kept with them."""

import pickle
from collections.abc import Iterator

import pytest

from symbptt.latex.parser import Words, parse, words_from
from symbptt.latex.syntax import Formula, Node, Number, Symbol, inner_fields, of_node, walk

TEXTS = (
    r"h_t = \tanh(W h_{t-1} + U x_t + b), \quad t \ge 1",
    r"\frac{\partial L}{\partial W} = \sum_{t=1}^{T} \delta_t h_{t-1}^\top",
    r"f(x) = \begin{cases} x & x > 0 \\ \frac{x}{10} & \text{otherwise} \end{cases}",
    r"A = \begin{pmatrix} a & b \\ c & d \end{pmatrix}^{-1} \in \mathbb{R}^{2 \times 2}",
)


def formula(text: str) -> Formula:
    (found,) = parse(text)
    return found


def walked(value: object) -> Iterator[Node]:
    """The specification: a node, and then what it holds, last first."""
    if isinstance(value, tuple):
        for item in reversed(value):
            yield from walked(item)
    elif isinstance(value, Node):
        yield value
        for name in reversed(inner_fields(value)):
            yield from walked(getattr(value, name))


@pytest.mark.parametrize("text", TEXTS)
def test_walk(text: str) -> None:
    tree = formula(text)
    assert [*map(id, walk(tree))] == [*map(id, walked(tree))]
    assert [*map(id, walk(*tree.sides))] == [*map(id, walked(tree.sides))]


@pytest.mark.parametrize("text", TEXTS)
def test_equal_trees_have_one_hash(text: str) -> None:
    one, other = formula(text), formula(f"\\, {text}")
    assert one.span != other.span or one.sides[0].span != other.sides[0].span
    assert one == other
    assert hash(one) == hash(other)
    assert len({*walk(one), *walk(other)}) == len(set(walk(one)))


def test_trees_of_two_kinds_are_not_equal() -> None:
    assert Number("1") != Symbol("1")


@pytest.mark.parametrize("text", TEXTS)
def test_another_process_gets_the_fields_alone(text: str) -> None:
    tree = formula(text)
    hash(tree)
    list(walk(tree))
    again = pickle.loads(pickle.dumps(tree))
    assert again == tree
    assert set(vars(again)) == {"span", "sides", "relations", "membership", "condition"}


def test_a_function_of_a_node_is_worked_out_once() -> None:
    asked: list[Node] = []

    @of_node
    def letters(node: Node) -> int:
        asked.append(node)
        return sum(isinstance(part, Symbol) for part in walk(node))

    tree = formula("a = b + c")
    assert [letters(tree), letters(tree), letters(tree.sides[1])] == [3, 3, 2]
    assert asked == [tree, tree.sides[1]]


@pytest.mark.parametrize(
    ("text", "kept"),
    [(r"x + 1", False), (r"\alpha + 1", False), (r"\vv x", True), (r"x \in \R", True), ("é", True)],
)
def test_macros_are_kept_where_a_text_may_call_them(text: str, kept: bool) -> None:
    words = words_from(["net"], {"\\vv": "\\mathbf{v}"})
    assert words.for_text(text) == (words if kept else Words(words.names, words.compounds))
