"""What an earlier section says, beside what a later one defines anew.

Claims that recapitulate: "from earlier we have ∂C/∂w^3 = …", behind the equations of another network.

What a later section defines anew may take a claim's quantities apart: the cost no longer rests on the weights of the first network. Where
all that the claim mentions is defined as before, the model in which it hangs together is the one that is meant.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import replace

from symbptt.documents.changes import Changes
from symbptt.documents.drafted import Told
from symbptt.documents.equations import left_key
from symbptt.documents.item import Entry
from symbptt.documents.networks import Network, known_in, rested_on
from symbptt.documents.understanding import Model, parts, reached, tree_of
from symbptt.inference.written import outside_scripts
from symbptt.latex.printer import to_latex
from symbptt.latex.syntax import Derivative, Formula, Number, Symbol
from symbptt.problem import Given
from symbptt.reading.notation import TRANSPOSES
from symbptt.reading.reader import CONSTANTS

#: How a claim is read with the equations of an earlier model.
READ_WITH = "with the equations from line {} on, before those from line {} on took their place"
RECALLED = "it was read with the equations above line {}, of which later ones take something back; write them again before it"


def with_recaps(runs: Sequence[Sequence[Entry]]) -> list[list[Entry]]:
    """The entries of each model, with a section of claims alone moved to the earlier model that it speaks of.

    It speaks of that one where all its names stand there as they do in it, and some do not in the model that it follows: `W^{(l+1)}` behind
    the equations of a network with one W.
    """
    found = [list(run) for run in runs]
    for at in range(1, len(found)):
        if not any(entry.item.defines for entry in found[at]):  # behind a supposition, what held before holds again
            continue
        for section in dict.fromkeys(entry.section for entry in found[at]):
            part = [entry for entry in found[at] if entry.section == section]
            claims = [entry.formula for entry in part if entry.item.role == "claim" and entry.formula is not None]
            met = _forms(claims)
            spoken = any(entry.spoken.picked or entry.spoken.mention is not None for entry in part)
            if not claims or spoken or any(entry.item.defines for entry in part) or met <= _forms_of(found[at]):
                continue
            to = next((run for run in reversed(found[:at]) if met <= _forms_of(run)), None)
            if to is not None and to[-1].known:
                found[at] = [entry for entry in found[at] if entry.section != section]
                to += [_moved(entry, to[-1].known, part[0].item.line) for entry in part]
    return [run for run in found if run]


def _moved(entry: Entry, known: tuple[tuple[Given, Formula], ...], line: int = 0) -> Entry:
    """A claim behind the equations of an earlier model."""
    problem = entry.item.problem
    if problem is not None:
        problem = replace(problem, given=tuple(given for given, _ in known))
    doubt = entry.doubt or (RECALLED.format(line) if line else "")
    return replace(entry, known=known, doubt=doubt, item=replace(entry.item, problem=problem))


def _forms_of(run: Iterable[Entry]) -> set[tuple[str, frozenset[str]]]:
    return _forms(entry.formula for entry in run if entry.formula is not None and entry.item.defines)


def _forms(formulas: Iterable[Formula]) -> set[tuple[str, frozenset[str]]]:
    """The names of formulas, each with the kinds of its scripts; a transpose is none."""
    symbols = (node for formula in formulas for node in outside_scripts(formula) if isinstance(node, Symbol))
    return {
        (node.name, frozenset(script.kind for script in node.scripts if to_latex(script.body) not in TRANSPOSES))
        for node in symbols
        if not node.name.startswith("\\partial")
    }


def taken_apart(formula: Formula, given: Iterable[Given], model: Model) -> bool:
    """Whether a derivative in a claim, or one that a name in it stands for, is of something that does not rest on what it is taken by."""
    if model.names is None:
        return False
    names = model.names
    trees = [tree for one in given if (tree := tree_of(one, model)) is not None]
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
        if _knows(other, formula):
            yield _moved(entry, known), other


def replaced(
    entry: Entry, model: Model, parts: Sequence[tuple[Sequence[Entry], Model]], changes: Changes
) -> Iterator[tuple[Entry, Model, str]]:
    """A claim of a section without equations as it stands in earlier models that say otherwise of what it mentions, and how it is read.

    "In the plain network we had …", behind the equations of another one: words and headings may name the one that is meant.
    """
    formula = entry.formula
    if formula is None or model.names is None:
        return
    mentioned = _keys(formula, model)
    for part, other in reversed(parts):
        known = part[-1].known
        if other.names is None or not known or not _knows(other, formula):
            continue
        own = [given for given, tree in model.all_definitions.items() if _is_of(tree, mentioned, model)]
        old = [given for given, tree in other.all_definitions.items() if _is_of(tree, mentioned, model) and given not in own]
        new = [given for given in own if given not in other.all_definitions]
        if old and new and not any(changes.section(given) in (None, entry.section) for given in new):
            yield _moved(entry, known), other, READ_WITH.format(old[0].line, new[0].line)


def in_network(entry: Entry, network: Network, found: Sequence[tuple[Sequence[Entry], Model]], told: Told) -> tuple[Entry, Model] | None:
    """A claim as it stands in an earlier model, with what it has of its own beside that; None where the model does not say all of it."""
    part, other = found[network.at]
    known = known_in(entry, network)
    if entry.formula is None or entry.item.problem is None or other.names is None or network.mixed:
        return None
    rests = rested_on(entry.formula, known)
    problem = replace(entry.item.problem, given=tuple(given for given, tree in known if (given, tree) in rests))
    stating = [one.section for one in part if not rests.isdisjoint((given, dict(one.known).get(given)) for given in one.item.defines)]
    section = max(stating, default=part[-1].section)
    moved = replace(entry, known=known, section=section, item=replace(entry.item, problem=problem))
    if known == network.known and _knows(other, entry.formula):
        return moved, other
    made = parts([*part, moved], told)
    fits = len(made) == 1 and made[0][1].names is not None and _knows(made[0][1], entry.formula)
    return (moved, made[0][1]) if fits else None


def _is_of(tree: Formula, keys: Set[str], model: Model) -> bool:
    return model.names is not None and left_key(tree, model.names) in keys


def _keys(formula: Formula, model: Model) -> set[str]:
    """The quantities that a formula mentions, without its functions."""
    assert model.names is not None
    return {key for side in formula.sides for key in model.names.keys_in(side) if not key.endswith("()")}


def _knows(model: Model, formula: Formula) -> bool:
    """Whether the equations of a model mention all quantities of a formula."""
    return _keys(formula, model) - CONSTANTS.keys() <= {key for tree in model.definitions.values() for key in _keys(tree, model)}


def _said(key: str, model: Model) -> set[Formula]:
    """What a model says of a quantity, which may have another letter for its index there."""
    assert model.names is not None
    key = model.names.quantity_of(key)
    return {formula for formula in model.all_definitions.values() if left_key(formula, model.names) == key}


def is_left_behind(given: Given, kept: Iterable[Given], entry: Entry, model: Model, changes: Changes) -> bool:
    """Whether a recursion of an earlier network begins with a name of its own, `h^{(0)} = x`, and a later section says what h^{(t)} is.

    The h^{(0)} of the later recursion is then free, which is what it is with any such name.
    """
    formula, section = model.definitions.get(given), changes.section(given)
    own = model.names.of(formula.sides[0]) if formula is not None and model.names is not None else None
    if formula is None or own is None or section is None or model.names is None or entry.formula is None:
        return False
    names = model.names
    start, right = [slot for slot in own.slots if isinstance(slot, Number)], names.of(formula.sides[-1])
    if not start or right is None or given.for_:
        return False
    others = [tree for one in kept if (tree := model.definitions.get(one)) is not None]
    free = right.quantity.key not in {key for tree in (*others, entry.formula) for key in _keys(tree, model)}
    general = [one for one in kept if left_key(model.definitions.get(one), names) == own.quantity.key]
    return free and bool(general) and all((changes.section(one) or 0) > section for one in general)
