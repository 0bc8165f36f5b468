"""Claims that recapitulate: "from earlier we have ∂C/∂w^3 = …", behind the equations of another network.

What a later section defines anew may take a claim's quantities apart: the cost no longer rests on the weights of the first network. Where
all that the claim mentions is defined as before, the model in which it hangs together is the one that is meant.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from symbptt.documents.equations import left_key
from symbptt.documents.item import Entry
from symbptt.documents.understanding import Model, reached
from symbptt.inference.quantities import outside_scripts
from symbptt.latex.syntax import Derivative, Formula
from symbptt.problem import Given

RECALLED = "it was read with the equations above line {}, of which a later one takes something back; write them again before it"


def taken_apart(formula: Formula, given: Iterable[Given], model: Model) -> bool:
    """Whether a derivative in a claim, or one that a name in it stands for, is of something that does not rest on what it is taken by."""
    if model.names is None:
        return False
    names = model.names
    trees = [tree for one in given if (tree := model.definitions.get(one)) is not None]
    trees += [tree for one, tree in model.all_definitions.items() if one in model.stand_ins]
    met = {key for side in formula.sides for key in names.keys_in(side)}
    meant = [tree for tree in trees if left_key(tree, names) in met and isinstance(tree.sides[-1], Derivative)]
    nodes = [node for tree in (formula, *meant) for node in outside_scripts(tree) if isinstance(node, Derivative)]
    return any(not _rests(node, trees, model) for node in nodes)


def _rests(node: Derivative, trees: Sequence[Formula], model: Model) -> bool:
    assert model.names is not None
    above = {key for top in model.names.keys_in(node.numerator) for key in reached(top, trees, model.names)}
    return all(key in above for by in node.wrt for key in model.names.keys_in(by))


def earlier(entry: Entry, model: Model, parts: Sequence[tuple[Sequence[Entry], Model]]) -> Iterator[tuple[Entry, Model]]:
    """A claim as it stands in earlier models that say the same of all it mentions, the last one first."""
    problem, formula = entry.item.problem, entry.formula
    if problem is None or formula is None or model.names is None:
        return
    for part, other in reversed(parts):
        known = part[-1].known
        if other.names is None or not known or any(_said(key, model) != _said(key, other) for key in _keys(formula, model)):
            continue
        if not _keys(formula, other) <= {key for tree in other.definitions.values() for key in _keys(tree, other)}:
            continue
        moved = replace(problem, given=tuple(given for given, _ in known))
        yield replace(entry, known=known, item=replace(entry.item, problem=moved)), other


def _keys(formula: Formula, model: Model) -> set[str]:
    assert model.names is not None
    return {key for side in formula.sides for key in model.names.keys_in(side)}


def _said(key: str, model: Model) -> set[Formula]:
    """What a model says of a quantity."""
    assert model.names is not None
    return {formula for formula in model.all_definitions.values() if left_key(formula, model.names) == key}
