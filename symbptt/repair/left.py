"""Mistakes of the left side, looked for when no edit of the right side works: another quantity, a path too long, whole for one entry."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from itertools import product as combinations

from ..index import Affine
from ..latex import syntax as s
from ..latex.printer import to_latex
from .algebra import power_of_e
from .indices import label, step
from .names import path, sibling
from .trees import TWO, Change, everywhere, index_items, mapped, outside_scripts, substituted
from .vocabulary import Vocabulary

ROWS = (("path", path), ("step index", step), ("label", label), ("sibling", sibling), ("power of e", power_of_e))
LETTERS = ("j", "k", "i", "p", "l")
MOST_PLACES = 4


def left_changes(words: Vocabulary) -> list[Change]:
    """Changed pairs (left, right) as `Change.tree`, the nearest first; `words.right` is the left side here, `words.left` the right one."""
    found = list(components(words.right, words.unfolded(words.left), words))
    for name, row in ROWS:
        for change in everywhere(words.right, partial(_applied, row, words)):
            cost = 0.9 if name == "path" else change.cost  # one term of the chain rule on the left is more likely than a wrong letter
            found.append(Change((change.tree, words.left), f"{change.words}, on the left side", cost, name))
    return sorted(found, key=lambda change: change.cost)


def _applied(row: object, words: Vocabulary, node: s.Node) -> Iterator[Change]:
    return row(node, words)  # type: ignore[operator,no-any-return]


def components(left: s.Node, right: s.Node, words: Vocabulary) -> Iterator[Change]:
    """∂v_j/∂W_{j,k} for ∂v/∂W: what is right for one row of a matrix was written for the whole."""
    if not isinstance(left, s.Derivative) or len(left.wrt) != 1:
        return
    of, by = words.shape(left.numerator), words.shape(left.wrt[0])
    if of is None or by is None or len(of[0]) != 1 or of[1] or len(by[0]) != 1 or len(by[1]) != 1:
        return
    used = {n.name for n in s.walk(left, right) if isinstance(n, s.Symbol)}
    row = _letter(of[0][0], used, words)
    column = _letter(by[1][0], used | {row.name}, words)
    entry = replace(left, numerator=at(left.numerator, (row,)), wrt=(at(left.wrt[0], (row, column)),))
    right = mapped(right, partial(_named, words))
    vectors = [n for n in dict.fromkeys(outside_scripts(right)) if words.quantity(n) is not None and words.shape(n) not in (None, ((), ()))]
    sizes = [words.shape(n) for n in vectors]
    if any(shape is None or len(shape[0]) != 1 or shape[1] for shape in sizes) or len(vectors) > MOST_PLACES:
        return
    options = [[x for x, size in ((row, of[0]), (column, by[1])) if shape is not None and shape[0] == size] for shape in sizes]
    for chosen in combinations(*options):
        entries: dict[s.Node, s.Node] = {node: at(node, (letter,)) for node, letter in zip(vectors, chosen, strict=True)}
        text = f"one entry, `{to_latex(entry)}`, for the whole derivative"
        yield Change((entry, mapped(right, entries.get)), text, 1.0, "components")


def _letter(size: Affine, used: set[str], words: Vocabulary) -> s.Symbol:
    """An index for an axis of this size: a declared letter that runs over it, else one that is free."""
    ranges = words.reader.letters.ranges
    declared = [x for x, (_, upper) in ranges.items() if upper == size and x not in used]
    return s.Symbol(next(iter([*declared, *(x for x in LETTERS if x not in used and x not in ranges), "r"])))


def at(node: s.Node, letters: tuple[s.Node, ...]) -> s.Node:
    """An entry of a quantity: its components behind its other subscripts."""
    if isinstance(node, s.Call):
        function = at(node.function, letters)
        return replace(node, function=function) if isinstance(function, s.Symbol) else node
    if not isinstance(node, s.Symbol):
        return node
    below = [script for script in node.scripts if script.kind == "sub"]
    squares = tuple(script for script in node.scripts if script.kind == "sup")
    items = (*(item for script in below for item in index_items(s.Symbol("x", (script,)))), *letters)
    body = items[0] if len(items) == 1 else s.Sequence(items)
    return replace(node, scripts=(s.Script("sub", body), *squares))


def _named(words: Vocabulary, node: s.Node) -> s.Node | None:
    """The name of a value that a given equation has: h_1 for tanh(W x_1), with its square."""
    if not isinstance(node, s.Call) or words.quantity(node) is not None:
        return None
    squared = TWO in node.function.scripts
    bare = replace(node, function=replace(node.function, scripts=tuple(x for x in node.function.scripts if x != TWO)))
    for given in words.parsed.given:
        value, right = given.formula.sides[0], given.formula.sides[-1]
        for letter in (*words.parsed.ranges, ""):
            for index in words.steps if letter else (s.Symbol(""),):
                here = (value, right) if not letter else (substituted(value, letter, index), substituted(right, letter, index))
                if here[1] == bare and isinstance(here[0], s.Symbol):
                    return replace(here[0], scripts=(*here[0].scripts, TWO)) if squared else here[0]
    return None
