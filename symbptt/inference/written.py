"""What is plain from one formula alone, whatever else the document says: worked out once for each formula."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache, lru_cache
from typing import Any, TypeGuard

from ..latex import syntax as s
from ..latex.printer import to_latex
from ..reading.names import Spelling
from ..reading.scope import script_items
from .letters import STEP_LETTERS

#: Letters that count the entries of a quantity, unless something else is seen of them.
COMPONENT_LETTERS = frozenset("ijkmnpqr")
#: Formulas among which letters of members are looked for.
MOST_TREES = 400

#: Fields of nodes that count, and are not multiplied.
OUTSIDE = ("condition", "membership", "lower", "upper")


@s.of_node
def outside_scripts(node: s.Node) -> tuple[s.Node, ...]:
    """The nodes of a tree, not those inside scripts, ranges and conditions: what is multiplied, not what counts."""
    found: list[s.Node] = []
    stack: list[object] = [node]
    while stack:
        item = stack.pop()
        if isinstance(item, tuple):
            stack += item
        elif isinstance(item, s.Node) and not isinstance(item, (s.Script, s.Comparison)):
            found.append(item)
            is_entry = isinstance(item, s.Call) and item.bracket == "[" and all(map(_is_place, item.args))
            kind: object = type(item)
            stack += [getattr(item, name) for name in _multiplied(kind, is_entry)]
            if is_exponential(item):
                stack += [script.body for script in item.scripts if script.kind == "sup"]
    return tuple(found)


@cache
def _multiplied(kind: Any, is_entry: bool) -> tuple[str, ...]:
    """The fields of a kind of node that hold what is multiplied; the arguments of an entry do not."""
    skipped = {*OUTSIDE, *(("function",) if kind is s.Call else ()), *(("args",) if is_entry else ())}
    return tuple(name for name in s.inner_fields_of(kind) if name not in skipped)


def _is_place(node: s.Node) -> bool:
    """What stands in the brackets of an entry: a letter, a number, a label such as `y_i`."""
    if isinstance(node, s.Symbol):
        plain = [
            script for script in node.scripts if script.kind == "sub" and isinstance(script.body, s.Symbol) and not script.body.scripts
        ]
        return len(plain) == len(node.scripts) <= 1
    return isinstance(node, (s.Number, s.Slice))


def is_exponential(node: s.Node) -> TypeGuard[s.Symbol]:
    """`e^{…}`"""
    return isinstance(node, s.Symbol) and node.name == "e" and len(node.scripts) == 1 and node.scripts[0].kind == "sup"


@s.of_node
def below(tree: s.Formula) -> tuple[tuple[str, str, s.Node], ...]:
    """Names with nothing but one or two indices below: the number that goes first, if there is one, and the last index."""
    names = (node for node in outside_scripts(tree) if isinstance(node, s.Symbol) and len(node.scripts) == 1)
    indices = ((node.name, list(script_items(node.scripts[0]))) for node in names if node.scripts[0].kind == "sub")
    found = ((name, [item.text if isinstance(item, s.Number) else "" for item in items[:-1]], items) for name, items in indices)
    return tuple(dict.fromkeys((name, "".join(head), items[-1]) for name, head, items in found if 0 < len(items) <= 2))


@s.of_node
def calls_in(tree: s.Formula) -> tuple[s.Call, ...]:
    return tuple(node for node in outside_scripts(tree) if isinstance(node, s.Call))


@s.of_node
def symbol_names(tree: s.Formula) -> frozenset[str]:
    """The names of all symbols in a formula, those in scripts too."""
    return frozenset(node.name for node in s.walk(tree) if isinstance(node, s.Symbol))


@lru_cache(maxsize=8192)
def same(spelling: Spelling) -> Spelling:
    """One object for equal spellings, which is compared with itself alone."""
    return spelling


def split_names(trees: Iterable[s.Formula]) -> frozenset[str]:
    """Names of which a sum over all has the same letter: L of `L = \\sum_i L_i`, so that L_i is no component of L."""
    return frozenset(tree.sides[0].name for tree in trees if isinstance(tree.sides[0], s.Symbol) and _is_split(tree))


@s.of_node
def _is_split(tree: s.Formula) -> bool:
    head = tree.sides[0]
    if not isinstance(head, s.Symbol) or head.scripts or not any(isinstance(n, s.BigOperator) for n in s.walk(*tree.sides[1:])):
        return False
    inner = (node for side in tree.sides[1:] for node in outside_scripts(side))
    return any(isinstance(n, s.Symbol) and n.name == head.name and n.scripts for n in inner)


def members(trees: Iterable[s.Formula]) -> frozenset[tuple[str, str]]:
    """Names, each with a letter that counts members, not entries: x of `w^T x_i` and `x_i^T w`, and what shares the letter with one."""
    listed = tuple(trees)
    labelled = frozenset().union(*map(_labelled, listed))
    found = {pair for tree in listed for pair in _turned(tree) if pair[0] not in labelled}
    letters: set[str] = {letter for _, letter in found}
    names = {name for name, _ in found}
    size = -1
    while size != len(names) and len(listed) <= MOST_TREES:
        size = len(names)
        for pairs in map(_pairs, listed):
            letters |= {letter for name, letter in pairs if name in names}
            if any(name in names for name, _ in pairs):
                names |= {name for name, letter in pairs if letter in letters and name not in labelled}
    return frozenset((name, letter) for name in names for letter in letters)


@s.of_node
def _labelled(tree: s.Formula) -> frozenset[str]:
    """The names in a formula that have a label."""
    return frozenset(node.name for node in outside_scripts(tree) if isinstance(node, s.Symbol) and _has_a_label(node))


@s.of_node
def _turned(tree: s.Formula) -> frozenset[tuple[str, str]]:
    """The names in a formula that are turned, or beside what is, each with its letter."""
    return frozenset(pair for node in s.walk(tree) for pair in _turned_beside(node))


@s.of_node
def _pairs(tree: s.Formula) -> frozenset[tuple[str, str]]:
    """The names in a formula that have one letter below."""
    return frozenset(pair for node in outside_scripts(tree) if (pair := lettered(node)))


def lettered(node: s.Node) -> tuple[str, str] | None:
    """The name and the letter of `x_i`, which has nothing else below it."""
    if not isinstance(node, s.Symbol):
        return None
    below = [script.body for script in node.scripts if script.kind == "sub" and not script.bracket]
    letter = below[0] if len(below) == 1 else None
    counts = isinstance(letter, s.Symbol) and not letter.scripts and letter.name in COMPONENT_LETTERS
    return (node.name, letter.name) if counts and isinstance(letter, s.Symbol) else None


def _has_a_label(node: s.Symbol) -> bool:
    """`W_f`: beside it, the i of `W_i` counts nothing."""
    below = [script.body for script in node.scripts if script.kind == "sub"]
    return (
        len(below) == 1
        and isinstance(below[0], s.Symbol)
        and not below[0].scripts
        and below[0].name not in {*COMPONENT_LETTERS, *STEP_LETTERS}
    )


def _turned_beside(node: s.Node) -> Iterator[tuple[str, str]]:
    """`x_i` of `x_i^T` and of `w^T x_i`: an entry is not turned, and nothing is turned to be multiplied by one."""
    if isinstance(node, s.Symbol) and _is_turned(node) and _is_small(node) and (pair := lettered(node)):
        yield pair
    if isinstance(node, s.Product):
        for first, sign, second in zip(node.factors, node.signs, node.factors[1:], strict=False):
            vector = isinstance(first, s.Symbol) and _is_small(first) and _is_turned(first)
            if vector and sign in ("", "\\cdot") and (pair := lettered(second)) and _is_small(second):
                yield pair


def _is_small(node: s.Node) -> bool:
    """Whether a name is written as vectors are."""
    plain = node.name.split("{")[-1].strip("\\}") if isinstance(node, s.Symbol) else ""
    return plain[:1].islower()


def _is_turned(node: s.Symbol) -> bool:
    return any(sc.kind == "sup" and not sc.bracket and to_latex(sc.body) in ("T", "\\top", "\\intercal") for sc in node.scripts)


def valued(trees: Iterable[s.Formula]) -> frozenset[str]:
    """Letters that have a value: defined, or in a derivative. L may be a loss and the last layer in one document."""
    return frozenset().union(*map(_valued, trees))


@s.of_node
def _valued(tree: s.Formula) -> frozenset[str]:
    heads = [tree.sides[0], *(part for node in s.walk(tree) if isinstance(node, s.Derivative) for part in (node.numerator, *node.wrt))]
    return frozenset(head.name for head in heads if isinstance(head, s.Symbol) and not head.scripts)
