"""Letters that count members, not entries: the i of `x_i^T w`, for no entry is turned, and nothing is to be multiplied by one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ..latex import syntax as s
from ..latex.printer import to_latex
from .letters import STEP_LETTERS
from .outside import outside_scripts

#: Letters that count the entries of a quantity, unless something else is seen of them.
COMPONENT_LETTERS = frozenset("ijkmnpqr")
#: Formulas among which letters of members are looked for.
MOST_TREES = 400


def members(trees: Iterable[s.Formula]) -> frozenset[tuple[str, str]]:
    """Names, each with a letter that counts members, not entries: x of `w^T x_i` and `x_i^T w`, and what shares the letter with one."""
    listed = tuple(trees)
    symbols = [node for tree in listed for node in outside_scripts(tree) if isinstance(node, s.Symbol)]
    labelled = {node.name for node in symbols if _has_a_label(node)}
    found = {pair for tree in listed for node in s.walk(tree) for pair in _turned_beside(node) if pair[0] not in labelled}
    letters: set[str] = {letter for _, letter in found}
    names = {name for name, _ in found}
    size = -1
    while size != len(names) and len(listed) <= MOST_TREES:
        size = len(names)
        for tree in listed:
            pairs = {pair for node in outside_scripts(tree) if (pair := lettered(node))}
            letters |= {letter for name, letter in pairs if name in names}
            if any(name in names for name, _ in pairs):
                names |= {name for name, letter in pairs if letter in letters and name not in labelled}
    return frozenset((name, letter) for name in names for letter in letters)


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
