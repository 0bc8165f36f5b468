"""Why a claim of a raw document is not judged, or not refuted: what was guessed of it, and what its equations leave open."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from symbptt.conjecture import targets
from symbptt.documents.activations import SAID_OPEN
from symbptt.documents.changes import Changes
from symbptt.documents.drafted import CAPITAL, is_cost_by_name
from symbptt.documents.equations import CHOSEN, chosen_entry, left_key
from symbptt.documents.item import Entry
from symbptt.documents.listed import counted_otherwise, written_out
from symbptt.documents.piecewise import PARTLY, is_partial
from symbptt.documents.understanding import Model, trees_of
from symbptt.documents.unnamed import may_be_known, taken_entry_by_entry
from symbptt.functions import LATEX_NAMES
from symbptt.inference.quantities import Names, known_function
from symbptt.inference.sizes import WEIGHTS
from symbptt.inference.substitute import differentiated_by
from symbptt.latex.parser import ParseError, parse_expression
from symbptt.latex.printer import to_latex
from symbptt.latex.syntax import Add, BigOperator, Call, Derivative, Formula, Node, Number, Product, Symbol, walk
from symbptt.problem import Given, Problem
from symbptt.reading.declare import parse_problem
from symbptt.reading.reader import ONES
from symbptt.reading.scope import script_items

#: Names that are written as vectors and scalars are; w, u and v may be weights.
VECTOR = re.compile(r"[a-tx-z](?![a-zA-Z])")


SCRIPTS = re.compile(r"(?:[_^]\{.*)?\(\)\Z")


ONE_HOT = "the words speak of what is one-hot, and nothing says which quantity that is; state it under `assume`"


def partly(problem: Problem, model: Model) -> str:
    """Why what rests on an equation of some entries alone may be meant otherwise: nothing says what the others are."""
    trees = [tree for given in problem.given if (tree := model.definitions.get(given)) is not None and is_partial(tree)]
    conditions = (tree.condition for tree in trees if tree.condition is not None)
    return next((PARTLY.format(to_latex(t.sides[0]), to_latex(c)) for t, c in zip(trees, conditions, strict=True)), "")


def doubt_of(problem: Problem, entry: Entry, model: Model, changes: Changes) -> str:
    """Why a claim that is false as it was read may be true as it is meant."""
    if name := _taken_for_a_matrix(problem):
        return f"`{name}` was taken for a matrix, which is a guess; state its shape"
    if name := _defined_ahead(problem, entry, model, changes):
        return f"`{name}` is defined only further down; move its equation before it"
    if end := counted_otherwise(entry.formula, trees_of(problem.given, model)) if entry.formula is not None else "":
        return f"it counts to `{end}` what the equations count to a number; say whether they are the same"
    if name := _size_or_derivative(entry.formula):
        return f"`{name}` was read as the size `d` times a quantity, and may be a derivative; write it as one"
    for letter, count in written_out(entry.formula).items() if entry.formula is not None else ():
        if problem.ranges.get(letter, "").partition("..")[2] != str(count):
            return f"it writes out {count} terms of a sum over `{letter}`, and may be meant for as many; state the range"
    if power := _power_or_index(problem, entry, model, alone=False):
        return power
    if name := _only_claimed(problem, entry, model):
        return f"no equation mentions `{name}`: words may say what it stands for; give its equation"
    trees = trees_of(problem.given, model) if model.open_functions else []
    calls = {node.function.name for tree in trees for node in walk(tree) if isinstance(node, Call)}
    if name := next((name for name in model.open_functions if name in calls), ""):
        return SAID_OPEN.format(model.open_functions[name], name)
    if model.infers and (said := may_be_known(problem, entry, model)):
        return said
    return ONE_HOT if model.one_hot and _has_no_targets(problem, model) else ""


def _size_or_derivative(formula: Formula | None) -> str:
    """`dO` beside `dV` where d is a size as well: read as a product, and meant as ∂L/∂O."""
    nodes = list(walk(formula)) if formula is not None else []
    if not any(isinstance(node, Symbol) and differentiated_by(node.name) for node in nodes):
        return ""
    pairs = (pair for node in nodes if isinstance(node, Product) for pair in zip(node.factors, node.signs, node.factors[1:], strict=False))
    return next((f"d{to_latex(b)}" for a, sign, b in pairs if a == Symbol("d") and not sign and isinstance(b, Symbol)), "")


def _has_no_targets(problem: Problem, model: Model) -> bool:
    """Whether an equation has a logarithm, and nothing shows which quantity in it is one-hot."""
    trees = trees_of(problem.given, model)
    if not any(isinstance(node, Symbol) and node.name.strip("\\") in ("log", "ln") for tree in trees for node in walk(tree)):
        return False
    return not any("one_hot" in fact for fact in problem.assume if not isinstance(fact, str)) and not targets(parse_problem(problem))


def guess_of(problem: Problem, entry: Entry, model: Model) -> str:
    """Why a claim is not judged: it was read with a guess that makes much true, or much false."""
    if name := _taken_for_a_scalar(problem, model):
        return f"`{name}` was taken for a scalar beside vectors, which is a guess; state its shape"
    if name := _weight_times_entries(problem, model):
        return f"`{name}` was taken for a vector that is multiplied entry by entry, which is a guess; state its shape"
    if said := taken_entry_by_entry(problem, entry, model) or _ones_or_star(problem, entry, model):
        return said
    if name := _function_without_brackets(problem, model):
        return f"`{name}` was taken for a quantity, which is a guess; write the argument of a function in brackets"
    if name := _cost_that_is_no_scalar(problem, entry, model):
        return f"`{name}` was read as a vector or matrix, and a cost is a scalar; declare the functions in it"
    if name := _taken_for_a_name(problem, model):
        return f"`{name}` was taken for a name of its own, and an entry may be meant; state its shape"
    if entry.formula is not None and model.names is not None and (chosen := chosen_entry(entry.formula, model.names)):
        return CHOSEN.format(chosen)
    if name := _taken_for_a_function(problem, entry, model):
        return f"`{name}(…)` was taken for a function, which is a guess; declare it"
    return _power_or_index(problem, entry, model, alone=True)


def _power_or_index(problem: Problem, entry: Entry, model: Model, *, alone: bool) -> str:
    """Why it is a guess that a number above a name says which one is meant; `alone` where the name is met without a number as well."""
    assert model.names is not None
    if problem.notation.get("superscript") is not None:
        return ""
    trees = trees_of(problem.given, model) if entry.formula is None else [entry.formula, *trees_of(problem.given, model)]
    symbols = [
        node for tree in trees for node in walk(tree) if isinstance(node, Symbol) and (node.name, node.primes) in model.names.unsettled
    ]
    above = [node for node in symbols if any(script.kind == "sup" and isinstance(script.body, Number) for script in node.scripts)]
    plain = {(node.name, node.primes) for node in symbols if not node.scripts}
    found = next((node for node in above if ((node.name, node.primes) in plain) is alone), None)
    return f"`{to_latex(found)}` may be a power or a name of its own; state `superscript`" if found is not None else ""


def _only_claimed(problem: Problem, entry: Entry, model: Model) -> str:
    """A name on one side of a claim that no equation mentions: as a free quantity it could make nothing true.

    What has a stated shape is free indeed where no derivative is taken.
    """
    if entry.formula is None or model.names is None:
        return ""
    names = model.names
    met = [keys_of((side,), names) for side in entry.formula.sides]
    mentioned = {key for tree in trees_of(problem.given, model) for key in keys_of(tree.sides, names)}
    alone = {key for key in set().union(*met) - mentioned if not all(key in side for side in met)}
    if not any(isinstance(node, Derivative) for node in walk(entry.formula)):
        others = (tree for given, tree in model.definitions.items() if given.line != entry.item.line)  # a chain may open with one
        alone &= problem.inferred.keys() - {key for tree in others for key in keys_of(tree.sides, names)}
    return min((key for key in alone if problem.shapes.get(key, "scalar") != "scalar"), default="")


def counts_units(entry: Entry, kept: Iterable[Given], model: Model) -> bool:
    """Whether an entry is defined beside sums over entries, `a_j = \\sum_i w_{ji} z_i`, `z_j = h(a_j)`: i may count units before j."""
    assert model.names is not None
    left = model.names.of(entry.formula.sides[0]) if entry.formula is not None else None
    if left is None or not left.components or left.slots:
        return False
    return any(isinstance(node, BigOperator) for tree in trees_of(kept, model) for node in walk(tree))


def _ones_or_star(problem: Problem, entry: Entry, model: Model) -> str:
    """Ones with a length below of which words say something else, or that stand before a column, and `*` beside words of a convolution."""
    assert model.names is not None
    trees = [*([entry.formula] if entry.formula is not None else []), *trees_of(problem.given, model)]
    nodes = [node for tree in trees for node in walk(tree)]
    ones = [node for node in nodes if isinstance(node, Symbol) and node.name in ONES and any(s.kind == "sub" for s in node.scripts)]
    if ones and model.units:
        return f"`{to_latex(ones[0])}` is read as ones in every entry, and the words may say otherwise; write what it is as an equation"
    products = [node for node in nodes if isinstance(node, Product)]
    if model.convolves and any("*" in node.signs for node in products):
        return "the words speak of a convolution, and `*` may be one; write `\\odot`, or the sums"
    pairs = (pair for node in products for pair in zip(node.factors, node.signs, node.factors[1:], strict=False))
    columns = {key for key in problem.inferred if problem.shapes.get(key, "scalar") != "scalar" and "×" not in problem.shapes[key]}
    for first, sign, second in pairs:
        found = model.names.of(second)
        plain = isinstance(first, Symbol) and first.name in ONES and all(script.kind == "sub" for script in first.scripts)
        if plain and not sign and found is not None and found.quantity.key in columns and not (found.transposed or found.components):
            return f"`{found.quantity.key}` was taken for a column behind a column of ones, which is a guess; state its shape"
    return ""


def _function_without_brackets(problem: Problem, model: Model) -> str:
    """The name of a known function that stands before a product: `\\sigma\\, w^\\top h`."""
    nodes = [node for tree in trees_of(problem.given, model) for node in walk(tree) if isinstance(node, Product)]
    pairs = (pair for node in nodes for pair in zip(node.factors, node.signs, strict=False))
    before = {factor.name for factor, sign in pairs if not sign and isinstance(factor, Symbol) and not factor.scripts}
    return next(
        (name for name in sorted(before & LATEX_NAMES.keys() & problem.inferred.keys()) if problem.shapes.get(name) != "scalar"), ""
    )


def _weight_times_entries(problem: Problem, model: Model) -> str:
    """A name of weights that was taken for a vector, and multiplied with another one entry by entry: `W x` of two vectors."""
    assert model.names is not None
    names = model.names
    columns = {key for key, shape in problem.shapes.items() if shape != "scalar" and "×" not in shape}
    for node in (node for tree in trees_of(problem.given, model) for node in walk(tree) if isinstance(node, Product)):
        for first, sign, second in zip(node.factors, node.signs, node.factors[1:], strict=False):
            left, right = names.of(first), names.of(second)
            if left is None or right is None or sign not in ("", "*", "\\cdot") or left.transposed or right.transposed:
                continue
            key, other = left.quantity.key, right.quantity.key
            if key in columns and other in columns and key in problem.inferred and WEIGHTS.match(key) and not left.components:
                return key
    return ""


def _defined_ahead(problem: Problem, entry: Entry, model: Model, changes: Changes) -> str:
    """A name that is free in a claim, and that the document defines in another place.

    What the equations of a claim mention as well, a parameter, may be free here and defined under another heading.
    """
    assert model.names is not None
    names = model.names
    trees = trees_of(problem.given, model)
    here = {given.equation.partition(" = ")[0] for given in problem.given} | {left_key(tree, names) for tree in trees}
    mentioned = {key for tree in trees for key in keys_of(tree.sides, names)}
    near = {left_key(formula, names) for given, formula in model.definitions.items() if changes.section(given) == entry.section}
    made = {left_key(formula, names) for formula in model.definitions.values()} | model.elsewhere
    claimed = keys_of(entry.formula.sides, names) if entry.formula is not None else set()
    ahead = ((mentioned | claimed) & near) | ((claimed - mentioned) & made)
    return min(ahead - here, default="")


def _taken_for_a_name(problem: Problem, model: Model) -> str:
    """A name with an index in it that nothing shows to count steps: `x_{si+a}`, and `K_{ab}`, `x_{2i}` of what is stated whole."""
    assert model.names is not None
    stated = {key for key, shape in problem.shapes.items() if key not in problem.inferred and shape != "scalar"}
    for key in problem.inferred:
        try:
            found = parse_expression(key)
        except ParseError:
            continue
        items = [item for script in getattr(found, "scripts", ()) if script.kind == "sub" for item in script_items(script)]
        if any(isinstance(item, Add) for item in items):
            return key
        if isinstance(found, Symbol) and found.name in stated and _has_places(items, model.names.bound, model.names.running):
            return key
    return ""


def _has_places(items: Sequence[Node], bound: frozenset[str], running: frozenset[str]) -> bool:
    """Whether a subscript may say which entry is meant: letters of sums, alone or run together, and a number before one."""
    letters = [item.name for item in items if isinstance(item, Symbol)]
    counted = any(set(name) <= bound and name not in running for name in letters)
    return counted or (len(items) > 1 and isinstance(items[0], Number) and any(name in bound | running for name in letters))


def _taken_for_a_function(problem: Problem, entry: Entry, model: Model) -> str:
    """A name of a matrix that stands before a sum in brackets: `W (h + x)` may be a product; not `S(t - 1)`, a step of S."""
    known = {**model.definitions, **dict(entry.known)}
    trees = [entry.formula, *(known[given] for given in problem.given if given in known)]
    calls = (node for tree in trees if tree is not None for node in walk(*tree.sides) if isinstance(node, Call))
    sums = (call for call in calls if call.bracket == "(" and len(call.args) == 1 and isinstance(call.args[0], Add))
    steps = model.names.of if model.names is not None else lambda call: None
    names = (call.function.name for call in sums if not _is_factor(call.function, problem, model) and steps(call) is None)
    guesses = (name for name in names if CAPITAL.match(name) and not is_cost_by_name(name) and name not in problem.shapes)
    return next((name for name in guesses if not known_function(name) and name not in model.frame.functions), "")


def _is_factor(function: Symbol, problem: Problem, model: Model) -> bool:
    """Whether what stands before a bracket is no function: a quantity with a shape, a transpose."""
    found = model.names.of(function) if model.names is not None else None
    return found is not None and (found.transposed or found.quantity.key in problem.shapes)


def _cost_that_is_no_scalar(problem: Problem, entry: Entry, model: Model) -> str:
    """A plain L or J that is differentiated, and for which a shape was inferred that no cost has."""
    trees = trees_of(problem.given, model)
    heads = [node.numerator for node in walk(entry.formula, *trees) if isinstance(node, Derivative)]
    names = {head.name for head in heads if isinstance(head, Symbol) and not head.scripts}
    keys = (key for key in problem.inferred if key in names and is_cost_by_name(key))
    return next((key for key in keys if problem.shapes.get(key, "scalar") != "scalar"), "")


def _taken_for_a_matrix(problem: Problem) -> str:
    """A name that is written as vectors are, and for which the shape of a matrix was inferred."""
    guesses = (key for key in problem.inferred if VECTOR.match(key))
    return next((key for key in guesses if "×" in (shape := problem.shapes.get(key, "")) and "1" not in shape.split("×")), "")


def _taken_for_a_scalar(problem: Problem, model: Model) -> str:
    """A parameter with the name of a matrix that only a scalar fits, where there are vectors: much is true of scalars alone."""
    if all(problem.shapes[key] == "scalar" for key in problem.inferred if key in problem.shapes):
        return ""
    made = {left_key(model.definitions.get(given), model.names) for given in problem.given} if model.names is not None else set()
    made |= {given.equation.partition(" = ")[0] for given in problem.given}
    guesses = (key for key, sure in problem.inferred.items() if not sure and problem.shapes.get(key) == "scalar")
    return next((key for key in guesses if CAPITAL.match(key) and not is_cost_by_name(key) and key not in made), "")


def keys_of(sides: Sequence[Node], names: Names) -> set[str]:
    return {key for side in sides for key in names.keys_in(side)}


def applies_unknown_functions(entry: Entry, given: Iterable[Given], model: Model) -> bool:
    """Whether a function that nobody names is applied in a claim or in an equation that it rests on; `s_i (1 - s_i)` of an s that an
    equation gives is a product."""
    assert model.names is not None
    trees = [entry.formula, *_between(entry.formula, given, model)]
    made = {tree.sides[0].name for tree in trees_of(given, model) if isinstance(tree.sides[0], Symbol)}
    keys = {key for tree in trees if tree is not None for side in tree.sides for key in model.names.keys_in(side)}
    return any(
        key.endswith("()") and not known_function(key) and key[:-2] not in model.frame.functions and SCRIPTS.sub("", key) not in made
        for key in keys
    )


def _between(formula: Formula | None, given: Iterable[Given], model: Model) -> list[Formula]:
    """The equations through which what a formula differentiates rests on what it is differentiated by; all, where it has names for
    derivatives or none at all."""
    assert model.names is not None
    trees = trees_of(given, model)
    derivatives = [node for node in walk(*formula.sides) if isinstance(node, Derivative)] if formula is not None else []
    if not derivatives or any(isinstance(node, Derivative) for tree in trees for node in walk(tree)):
        return trees
    met = {key for node in derivatives for by in node.wrt for key in model.names.keys_in(by)}
    size = -1
    while size != len(met):
        size = len(met)
        met |= {left_key(tree, model.names) for tree in trees if met & keys_of(tree.sides[1:], model.names)}
    return [tree for tree in trees if met & keys_of(tree.sides[1:], model.names)]
