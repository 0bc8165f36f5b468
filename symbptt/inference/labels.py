"""The class of an example, c of `L = -\\ln p_c`: a letter that chooses an entry, met once in a loss and summed nowhere."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from ..latex import syntax as s
from ..reading.scope import shape_parts

#: Names of losses, which have no index of their own here.
LOSSES = frozenset({"L", "J", "E", "C", "\\mathcal{L}", "\\mathcal{J}", "\\ell", "\\mathrm{loss}", "\\mathrm{cost}"})
LOGARITHMS = frozenset({"log", "\\log", "ln", "\\ln"})


def labels_in(trees: Iterable[s.Formula]) -> dict[str, s.Symbol]:
    """The letters of labels, each with the quantity that it chooses from."""
    found: dict[str, s.Symbol] = {}
    for tree in trees:
        found.update(_labels_of(tree))
    return found


@s.of_node
def _labels_of(tree: s.Formula) -> dict[str, s.Symbol]:
    left = tree.sides[0]
    if len(tree.sides) != 2 or tree.relations != ("=",) or not isinstance(left, s.Symbol) or left.scripts or left.name not in LOSSES:
        return {}
    nodes = list(s.walk(tree.sides[1]))
    if not any(isinstance(node, s.Call) and node.function.name in LOGARITHMS for node in nodes):
        return {}
    letters = Counter(node.name for node in nodes if isinstance(node, s.Symbol) and not node.scripts)
    chosen = [
        (script.body.name, s.Symbol(node.name))
        for node in nodes
        if isinstance(node, s.Symbol) and [script.kind for script in node.scripts] == ["sub"]
        for script in node.scripts
        if isinstance(script.body, s.Symbol) and not script.body.scripts and not script.bracket
    ]
    return {letter: own for letter, own in chosen if len(letter) == 1 and letter.islower() and letters[letter] == 1}


def ranges_of_labels(trees: Iterable[s.Formula], shapes: Mapping[str, str], known: Iterable[str]) -> dict[str, str]:
    """`1..n` for each label of a vector of n entries; none of the letters that are `known`."""
    taken = set(known)
    found: dict[str, str] = {}
    for letter, own in labels_in(trees).items():
        parts = shape_parts(shapes.get(own.name, ""))
        if letter not in taken and letter not in shapes and parts is not None and len(parts) == 1:
            found[letter] = f"1..{parts[0]}"
    return found
