"""Functions that a document applies without a word on what they are: what their names say, and what is a guess.

A letter (`f`, `\\phi`) stands for any function entry by entry. A word names a particular one: what is true of every function of its kind is
true of it, and nothing is false of it before its equation is known. A word that names no activation need not act entry by entry at all:
LayerNorm, BN and sparsemax do not.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from symbptt.documents.equations import left_key
from symbptt.documents.item import Entry
from symbptt.documents.understanding import Model, trees_of
from symbptt.inference.cost import Degree, abbreviations
from symbptt.inference.quantities import function_key
from symbptt.latex.syntax import Call, Formula, Symbol, walk
from symbptt.problem import Problem
from symbptt.reading.calls import INDICATORS, KNOWN_NAMES, STRUCTURAL

#: Names of functions of one entry, by their first letters: act, ELU, GELU, swish, hardtanh.
ACTIVATIONS = re.compile(
    r"act|nonlin|sig|logis|swish|silu|mish|soft(?:sign|plus)|hard(?:tanh|sig|swish)|erf|step|heaviside|thresh|sqrt|square|gauss|clip"
    r"|(?:leaky|[a-z])?(?:r?elu)\d?\Z",
    re.I,
)
DRESSING = re.compile(r"\\[A-Za-z]+\{|[\\{}]|[_^].*")
BY_A_WORD = "`{}` was taken for a function entry by entry, which is a guess; declare it"
A_KNOWN_ONE = "`{}` may name a known function, and no equation says which; give its equation"
A_LOSS = 'the words speak of "{}", and no equation says that `{}` is; give its equation'


def taken_entry_by_entry(problem: Problem, entry: Entry, model: Model) -> str:
    """Why a claim about a function that is called by a word is not judged."""
    found = _applied(problem, entry, model)
    return next((BY_A_WORD.format(name) for name, kind in found.items() if kind == "elementwise" and _acts_otherwise(name)), "")


def may_be_known(problem: Problem, entry: Entry, model: Model) -> str:
    """Why a claim that is false of some function may be true of the one that is meant: a loss, or an activation called by a word."""
    assert model.names is not None
    found = _applied(problem, entry, model)
    if name := next((name for name, kind in found.items() if kind == "elementwise" and ACTIVATIONS.match(_word(name))), ""):
        return A_KNOWN_ONE.format(name)
    losses = {name for name, kind in found.items() if kind == "scalar"}
    called = {name for name in losses if len(_word(name)) > 1}
    if entry.formula is None or not losses or not (called or model.loss):
        return ""
    trees = trees_of(problem.given, model)
    for key in _costs(losses, trees, model):
        if not Degree(key, model.names, abbreviations(trees, key, model.names)).settles(entry.formula):
            return A_KNOWN_ONE.format(min(called)) if called else A_LOSS.format(model.loss, min(losses))
    return ""


def _applied(problem: Problem, entry: Entry, model: Model) -> Mapping[str, str]:
    """The functions in a claim and in what it rests on of which nobody says what they are, with the kind that was inferred; those of one
    argument of which nothing was are read as functions entry by entry."""
    trees = [*([entry.formula] if entry.formula is not None else []), *trees_of(problem.given, model)]
    calls = [node for tree in trees for node in walk(tree) if isinstance(node, Call) and node.bracket == "("]
    met = {function_key(node.function)[:-2] for node in calls if not _is_known(node.function) and not _is_no_guess(node, problem, model)}
    said = {*problem.functions, *problem.shapes, *(function.name for function in entry.own_functions)}
    inferred = {name: kind for name, kind in model.inferred.functions.items() if name in met}
    return {**dict.fromkeys(sorted(met - said), "elementwise"), **inferred}


def _is_no_guess(node: Call, problem: Problem, model: Model) -> bool:
    """`a(t)`, `out_o (1 - out_o)`, a product, and a function of numbers alone: there is no entry but the one."""
    assert model.names is not None
    factor = model.names.of(node.function)
    inside = [key for part in node.args for key in model.names.keys_in(part) if not model.names.is_index(key)]
    if inside and all(problem.shapes.get(key) == "scalar" for key in inside) and not ACTIVATIONS.match(_word(node.function.name)):
        return True
    return model.names.of(node) is not None or (factor is not None and factor.quantity.key in problem.shapes)


def _is_known(function: Symbol) -> bool:
    """Whether the reader knows a function by its name; a softmax with an index is another one."""
    if KNOWN_NAMES.get(function.name) == "softmax":
        return all(script.kind == "sup" for script in function.scripts)
    return function.name in KNOWN_NAMES or function.name in STRUCTURAL or function.name in INDICATORS


def _acts_otherwise(name: str) -> bool:
    """Whether a function is called by a word that names no activation, or has the name of one that is no function of one entry."""
    word = _word(name)
    return len(word) > 1 and (word in KNOWN_NAMES or ACTIVATIONS.match(word) is None)


def _word(name: str) -> str:
    """The letters of a name without fonts and scripts; a Greek letter is one."""
    return "" if re.match(r"\\[A-Za-z]+(?![A-Za-z{])", name) else DRESSING.sub("", name)


def _costs(losses: set[str], trees: Iterable[Formula], model: Model) -> set[str]:
    """The quantities that the functions give, and those that are made of them alone: a sum over the steps."""
    assert model.names is not None
    names, found = model.names, set[str]()
    trees = list(trees)
    size = -1
    while size != len(found):
        size = len(found)
        for tree in trees:
            calls = {function_key(node.function)[:-2] for side in tree.sides[1:] for node in walk(side) if isinstance(node, Call)}
            keys = {key for side in tree.sides[1:] for key in names.keys_in(side) if not names.is_index(key)}
            if calls & losses or (keys and keys <= found):
                found.add(left_key(tree, names))
    return found
