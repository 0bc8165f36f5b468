"""The models of a document: their equations, with what nobody stated inferred and what cannot be read replaced or set aside."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from itertools import takewhile

from symbptt.documents.accents import PREFIX, accents_of_derivatives, without_accent
from symbptt.documents.changes import head_of
from symbptt.documents.drafted import Draft, Told, drafted, is_cost_by_name, spoken_of
from symbptt.documents.equations import (
    agree,
    alone,
    left_key,
    one_entry,
    place_of,
    readable,
    share_steps,
    trouble,
)
from symbptt.documents.item import Entry
from symbptt.documents.onestep import OneStep, one_step
from symbptt.documents.roles import letters_of
from symbptt.documents.totals import implied_totals
from symbptt.inference.abbreviate import abbreviated
from symbptt.inference.cost import COST, TARGET, Cost, Degree, abbreviations, is_connected, missing_cost, unconnected
from symbptt.inference.frame import Inferred
from symbptt.inference.quantities import Names
from symbptt.inference.substitute import differentials, stand_in, tied_copies, with_copies
from symbptt.inference.written import outside_scripts
from symbptt.latex.parser import ParseError, parse, parse_expression, words_from
from symbptt.latex.printer import to_latex
from symbptt.latex.syntax import Call, Formula, Symbol, walk
from symbptt.problem import Given, Problem

#: Definitions that are looked at again because one of them starts a new model; behind that, none of those that differ is taken.
MOST_LOOKS = 1000
#: Other ways of writing a sum that are compared with the first.
MOST_TOTALS = 4
ANEW = "`{}` (line {}) says something else than an equation before it under this heading, and nothing says whether that changes the model"
UNCONNECTED = "it mentions nothing of what the claims differentiate it by; write it with the names of the other equations"


@dataclass(frozen=True)
class Particular:
    """A cost written with the output without its layer, `C = \\sum_j (y_j - a_j)^2`: the last layer is meant.

    `source` is its definition, `given` that and what the bare name stands for, `keys` what only it speaks of.
    """

    source: Given
    given: tuple[Given, ...]
    shapes: Mapping[str, str]
    without: frozenset[str]
    keys: frozenset[str]
    reading: str


@dataclass(frozen=True)
class Model:
    """The equations of a part of a document, with what was inferred for them."""

    frame: Problem
    inferred: Inferred = field(default_factory=Inferred)
    given: tuple[Given, ...] = ()
    dropped: Mapping[Given, str] = field(default_factory=dict)  # definitions that cannot be read, and why
    names: Names | None = None
    definitions: Mapping[Given, Formula] = field(default_factory=dict)
    cost: Given | None = None
    degree: Degree | None = None
    softmax: bool = False  # whether the words speak of a softmax that no formula shows
    one_hot: bool = False  # whether the words speak of anything that is one-hot
    loss: str = ""  # the words that name a particular one
    units: bool = False  # as of the facts
    convolves: bool = False
    gradients: bool = False
    open_functions: Mapping[str, str] = field(default_factory=dict)  # activations that words leave open, with the words
    denied: tuple[str, ...] = ()  # what words say is not so, as in a problem
    infers: bool = True  # nobody states shapes
    stated_assume: bool = False  # else the words of the document say what is assumed
    elsewhere: frozenset[str] = frozenset()  # what the whole document defines
    all_definitions: Mapping[Given, Formula] = field(default_factory=dict)  # those that say something again included
    errors: Mapping[str, Given] = field(default_factory=dict)  # what a δ means that nothing defines
    accents: Mapping[str, Given] = field(default_factory=dict)  # what `\\bar{h}` means, where another such name is said to be ∂L/∂h
    stand_ins: Mapping[Given, Given] = field(default_factory=dict)  # arbitrary functions for definitions that cannot be read
    differentials: Mapping[str, Given] = field(default_factory=dict)  # what `dW` means
    restated: Mapping[Given, Given] = field(default_factory=dict)  # definitions that another says as well, and that one
    particular: Particular | None = None
    totals: Mapping[str, Given] = field(default_factory=dict)  # what claims imply of sums that no equation gives
    unconnected: frozenset[str] = frozenset()  # costs whose equations mention nothing of what claims differentiate them by
    orders: Mapping[str, int] = field(default_factory=dict)  # of two steps, as words state them, with their lines
    step: OneStep | None = None  # where claims go backwards by one step of a cell without a cost
    label: str = ""  # x of a cost C_x, which is that of one example
    fixed: tuple[Formula, ...] = ()  # the equations of the frame, on which every claim rests

    @property
    def cost_key(self) -> str:
        """The name of the cost that stands for one that no equation gives; empty where there is none."""
        return self.cost.equation.partition(" = ")[0] if self.cost is not None else ""


def trees_of(given: Iterable[Given], model: Model) -> list[Formula]:
    """The formulas of equations, without those that cannot be read."""
    return [tree for one in given if (tree := tree_of(one, model)) is not None]


def tree_of(given: Given, model: Model) -> Formula | None:
    """The formula of an equation; one that was made up is parsed."""
    known = model.definitions.get(given)
    if known is not None:
        return known
    try:
        return next(iter(parse(given.equation, words_from([COST, TARGET]))), None)
    except ParseError:
        return None


def parts(
    entries: Sequence[Entry], told: Told, open_: frozenset[Given] = frozenset(), left: int = MOST_LOOKS
) -> list[tuple[Sequence[Entry], Model]]:
    """The entries with their model; a definition that contradicts an earlier one starts a new model.

    Two that stand under one heading, with no claim between them, are alternatives, and neither is taken: `open_`.
    `left`: how many definitions may still be looked at.
    """
    draft = drafted(entries, told, open_, decides=left > 0)
    left -= len(draft.definitions)
    new = draft.contradicted
    if new is None:
        return [(entries, _model(draft, told))]
    at = _first_with({new}, entries)
    place = place_of(new, draft.definitions[new], draft.names)
    known = dict(pair for entry in entries[: at + 1] for pair in entry.known)
    older = tuple(takewhile(lambda pair: pair[0] != new, known.items()))
    old = {one for one, formula in older if share_steps(one, new) and place_of(one, formula, draft.names) == place}
    firsts = [_first_with({one}, entries) for one in old]
    places = {first for first in firsts if 0 < first < at and _are_alternatives(entries[first : at + 1])}
    if told.infers and places and _first_with(old - _left_out(old, draft, told), entries) in places:
        return parts(entries, told, open_ | old | {new}, left)
    second = [without(entry, old) for entry in entries[at:]]
    if told.infers and any(entries[first].section == entries[at].section for first in firsts):
        second = _mistakable(second, new, draft.definitions[new], older)
    halves = [entries[:at], second]
    return [part for half in halves if half for part in parts(half, told, open_, left)]


def _mistakable(entries: Sequence[Entry], new: Given, formula: Formula, older: Iterable[tuple[Given, Formula]]) -> list[Entry]:
    """The entries behind a second equation of a section for what others rest on: given without a word, it may be a mistake.

    Nobody gives a loss twice by mistake.
    """
    head = head_of(formula)
    is_used = any(head_of(tree) != head and head in letters_of(tree) for _, tree in older)
    if not entries[0].bare or not is_used:
        return list(entries)
    said = ANEW.format(new.equation, new.line)
    here = (entry.section == entries[0].section and new in spoken_of([entry]) for entry in entries)
    return [replace(entry, doubt=entry.doubt or said) if doubtful else entry for entry, doubtful in zip(entries, here, strict=True)]


def _first_with(wanted: Set[Given | None], entries: Sequence[Entry]) -> int:
    """The place of the first entry that knows a definition, 0 if there is none."""
    return next((at for at, entry in enumerate(entries) if any(given in wanted for given, _ in entry.known)), 0)


def _are_alternatives(entries: Sequence[Entry]) -> bool:
    """Whether between two equations of one section there are words alone, or, where the last one stands without words, no claim."""
    between = entries[1:-1]
    return entries[0].section == entries[-1].section and not any(
        entry.item.role == "claim" if entries[-1].bare else entry.item.problem is not None for entry in between
    )


def without(entry: Entry, old: set[Given]) -> Entry:
    """An entry of a new model, without the definitions that another one has replaced there."""
    item = entry.item
    if item.problem is not None and not old.isdisjoint(item.problem.given):
        given = tuple(given for given in item.problem.given if given not in old)
        item = replace(item, problem=replace(item.problem, given=given))
    known = tuple([pair for pair in entry.known if pair[0] not in old])
    return replace(entry, known=known, item=item) if item is not entry.item or len(known) < len(entry.known) else entry


def _left_out(equations: Set[Given], draft: Draft, told: Told) -> Set[Given]:
    """Those of some equations that a model is without.

    What cannot be read is left out, and nothing else, unless it may be of a cost: of that the whole model tells.
    """
    names = draft.names
    own = {given: draft.definitions[given] for given in equations if given in draft.definitions}
    clear = {given: formula for given, formula in draft.chosen.items() if given not in draft.vague}
    frame, rested_on = alone(own.values(), clear, draft.frame, names)
    kept, unread = readable(frame, rested_on)
    found = {given for given in own if given in draft.vague or given in unread}
    for given, formula in own.items():
        key = left_key(formula, names)
        plain = names.quantity(key).letters or not (given in found or is_cost_by_name(key))
        if not plain and (given in found or not is_connected(key, [clear[one] for one in kept], draft.claims, names)):
            return equations & _model(draft, told).dropped.keys()
    return found


def _model(draft: Draft, told: Told) -> Model:
    """The model that can be made of a draft."""
    plain, claims, names = _read_together(draft, told), draft.claims, draft.names
    if not told.infers:
        return plain
    model = _with_accents(
        _with_errors(_with_differentials(_with_cost(_with_totals(_with_stand_ins(plain), claims), claims), claims), claims), claims
    )
    if model.cost is None and not _loss(model):
        unread = {left_key(plain.definitions.get(given), names) for given in model.dropped}
        known = [f for g, f in plain.definitions.items() if g in model.given]
        model = replace(model, step=one_step(known, claims, names, draft.frame.shapes, unread))
    return model


def _read_together(draft: Draft, told: Told) -> Model:
    """The equations of a draft that can be read together."""
    infers, claims, names = told.infers, draft.claims, draft.names
    definitions, tied = _tied(draft.chosen, claims, names) if infers else (dict(draft.chosen), {})
    restated = {given: tied.get(best, best) for given, best in draft.restated.items()} | tied
    definitions, shorter = _abbreviated(definitions, draft.vague, names) if infers else (definitions, {})
    restated = {given: shorter.get(best, best) for given, best in restated.items()} | shorter
    given, dropped = readable(draft.frame, tuple(given for given in definitions if given not in draft.vague))
    return Model(
        draft.frame,
        draft.inferred,
        given,
        {**draft.vague, **dropped},
        names,
        definitions,
        infers=infers,
        stated_assume=draft.stated_assume,
        restated=restated,
        all_definitions=draft.definitions,
        elsewhere=frozenset(told.heads - {left_key(formula, names) for formula in definitions.values()}),
        softmax=told.softmax,
        orders=told.facts.orders if infers else {},
        fixed=told.fixed,
        one_hot=told.facts.one_hot,
        loss=told.facts.loss,
        units=told.facts.units,
        convolves=told.facts.convolves,
        gradients=told.facts.gradients,
        open_functions={} if not infers else told.facts.open_functions,
        denied=() if not infers else told.facts.denied,
    )


def _tied(definitions: Mapping[Given, Formula], claims: Sequence[Formula], names: Names) -> tuple[dict[Given, Formula], dict[Given, Given]]:
    """The definitions with the copies of parameters that claims differentiate by, and which stands for which."""
    copies = tied_copies(list(definitions.values()), claims, names)
    found: dict[Given, Formula] = {}
    changed: dict[Given, Given] = {}
    for given, formula in definitions.items():
        tied = with_copies(formula, copies, names) if copies else formula
        if tied is formula or tied == formula:
            found[given] = formula
            continue
        own = Given(_equation(tied), given.for_, given.line)
        found[own] = tied
        changed[given] = own
    return found, changed


def _abbreviated(
    definitions: Mapping[Given, Formula], vague: Mapping[Given, str], names: Names
) -> tuple[dict[Given, Formula], dict[Given, Given]]:
    """The definitions with names in place of what others spell out, and which stands for which; a name of some steps stands for nothing."""
    clear = {given: formula for given, formula in definitions.items() if given not in vague and not given.for_}
    changed = {given: (Given(_equation(formula), line=given.line), formula) for given, formula in abbreviated(clear, names).items()}
    found = dict(changed.get(given, (given, formula)) for given, formula in definitions.items())
    return found, {given: own for given, (own, _) in changed.items()}


def _equation(formula: Formula) -> str:
    return " = ".join(map(to_latex, formula.sides))


def _with_stand_ins(model: Model) -> Model:
    """The model with arbitrary functions for definitions that cannot be read."""
    assert model.names is not None
    for number, given in enumerate(tuple(model.dropped), start=1):
        formula = model.definitions.get(given)
        whole = formula is not None and not one_entry(formula, model.names)
        found = stand_in(formula, model.names, model.frame.shapes, number) if formula is not None and whole else None
        if formula is None or found is None:
            continue
        own = Given(found.equation, given.for_, given.line)
        frame = replace(model.frame, functions={**model.frame.functions, found.function: found.kind})
        if not trouble(frame, (*frame.given, *model.given, own)):
            definitions = {**model.definitions, own: formula}
            stand_ins = {**model.stand_ins, given: own}
            model = replace(model, frame=frame, given=(*model.given, own), definitions=definitions, stand_ins=stand_ins)
    return model


def _with_differentials(model: Model, claims: Sequence[Formula]) -> Model:
    """The model with the meaning of `dW`, where one loss is there that it can be the derivative of."""
    assert model.names is not None
    names = model.names
    found = differentials(claims, lambda key: _loss(model, key), names)
    if not model.gradients:
        found = {key: equation for key, equation in found.items() if not key.startswith("\\delta ")}
    return replace(model, differentials={key: Given(equation) for key, equation in found.items()})


def _with_errors(model: Model, claims: Sequence[Formula]) -> Model:
    """The model with the meaning of a δ that only words define: the derivative of the loss by the z with the same indices."""
    assert model.names is not None
    loss = _loss(model)
    made = {left_key(model.definitions.get(given), model.names) for given in model.given}
    found: dict[str, Given] = {}
    for key in dict.fromkeys(key for claim in claims for side in claim.sides for key in model.names.keys_in(side)):
        by = "z" + key.removeprefix("\\delta")
        if loss and key.startswith("\\delta") and key not in made and model.names.quantity_of(by) in made:
            found[key] = Given(f"{key} = \\frac{{\\partial {loss}}}{{\\partial {by}}}")
    return replace(model, errors=found)


def _with_totals(model: Model, claims: Sequence[Formula]) -> Model:
    """The model with the sums that claims imply of what no equation gives, where all of them imply the same."""
    assert model.names is not None
    made = {left_key(formula, model.names) for formula in model.definitions.values()} | model.elsewhere
    for key, equations in implied_totals(claims, model.names, made).items():
        frame = replace(model.frame, shapes={**model.frame.shapes, key: "scalar"})
        own, *others = map(Given, equations)
        usable = (*frame.given, *model.given, own)
        stated = key in model.frame.shapes and model.frame.shapes[key] != "scalar"
        if not stated and not trouble(frame, usable) and all(agree(frame, usable, other) for other in others[:MOST_TOTALS]):
            model = replace(model, frame=frame, totals={**model.totals, key: own})
    return model


def _with_accents(model: Model, claims: Sequence[Formula]) -> Model:
    """The model with the meaning of accented names, where an equation `\\bar{h} = ∂L/∂h` shows what the accent says.

    Beside the cost of one step, `∂L_t/∂y_t`, the derivative of all costs may be meant for other names: a guess, as an error is. So is `do`
    of `o = \\sigma(z)`, by which some mean the derivative by z.
    """
    assert model.names is not None
    names = model.names
    trees = [tree for given in model.given if (tree := model.definitions.get(given)) is not None]
    made = {left_key(tree, names) for tree in trees}
    activations = {left_key(tree, names) for tree in trees if isinstance(tree.sides[-1], Call)}
    known = {key for tree in trees for side in tree.sides for key in names.keys_in(side)}
    found: dict[str, Given] = {}
    guesses: dict[str, Given] = {}
    for accent, loss in accents_of_derivatives([*trees, *claims]).items():
        of_a_step = bool(names.quantity(names.quantity_of(loss)).letters)
        for key in dict.fromkeys(key for claim in claims for side in claim.sides for key in names.keys_in(side)):
            base = without_accent(key, accent)
            if base and names.quantity_of(base) in known and key not in made:
                guess = of_a_step or (PREFIX.match(key) is not None and names.quantity_of(base) in activations)
                meant = guesses if guess else found
                meant[key] = Given(f"{key} = \\frac{{\\partial {loss}}}{{\\partial {base}}}")
    return replace(model, accents=found, errors={**model.errors, **guesses})


def _loss(model: Model, of: str = "") -> str:
    """The one loss of a model; empty where there are several or none. Of several, the one that depends on the quantity `of`."""
    assert model.names is not None
    if model.cost is not None:
        return model.cost_key
    trees = [tree for given in model.given if (tree := model.definitions.get(given)) is not None]
    made = dict.fromkeys(left_key(tree, model.names) for tree in trees)
    losses = [key for key in made if model.frame.shapes.get(key) == "scalar" and not model.names.quantity(key).letters]
    if len(losses) > 1 and of:
        rests = {key: reached(key, trees, model.names) for key in losses}
        losses = [key for key in losses if of in rests[key] and not any(key in rests[other] for other in losses if other != key)]
    return losses[0] if len(losses) == 1 else ""


def reached(key: str, trees: Sequence[Formula], names: Names) -> set[str]:
    """The quantities that the equations of a quantity mention, directly or through others."""
    made: dict[str, list[str]] = {}
    for tree in trees:
        made.setdefault(left_key(tree, names), []).extend(other for side in tree.sides[1:] for other in names.keys_in(side))
    found, todo = {key}, [key]
    while todo:
        new = {other for other in made.get(todo.pop(), ()) if other not in found}
        found |= new
        todo += new
    return found


def _with_cost(model: Model, claims: Sequence[Formula]) -> Model:
    """The model with an arbitrary cost where claims differentiate one that no equation gives."""
    model = _without_unconnected(model, claims)
    assert model.names is not None
    definitions = model.definitions
    kept = [definitions[given] for given in model.given]
    cost = missing_cost(kept, [*definitions.values(), *claims], model.names, model.frame.ranges)
    if cost is not None and (cost.key in model.elsewhere or (cost.key not in model.unconnected and _says_more(cost, model))):
        return model
    if cost is None or any(name in model.frame.functions for name in cost.functions):
        return model
    shapes = {**model.frame.shapes, cost.key: "scalar"}
    for over, target in cost.over.items():
        shape = model.frame.shapes.get(model.names.quantity_of(over), "")
        if not shape:
            return model
        for letter in model.names.quantity(model.names.quantity_of(over)).letters:
            if not target.endswith((f"_{{{letter}}}", f", {letter}}}")):
                shape = shape.replace(f"{{{letter}}}", f"{{{model.frame.ranges.get(letter, '1..L').partition('..')[2]}}}")
        shapes[target] = shape
    frame = replace(model.frame, shapes=shapes, functions={**model.frame.functions, **cost.functions})
    equation = Given(cost.equation)
    given = (*model.given, equation, *map(Given, cost.more))
    if trouble(frame, (*frame.given, *given)):
        return model
    own = abbreviations(kept, cost.key, model.names)
    particular = _particular(model, cost, frame)
    dropped = {given: why for given, why in model.dropped.items() if left_key(definitions.get(given), model.names) != cost.key}
    degree = Degree(cost.key, model.names, own)
    found = replace(model, dropped=dropped, frame=frame, given=given, cost=equation)
    return replace(found, degree=degree, label=cost.label, particular=particular)


def _without_unconnected(model: Model, claims: Sequence[Formula]) -> Model:
    """The model without equations of costs that mention nothing of what the claims differentiate them by."""
    assert model.names is not None
    known = {given: formula for given in model.given if (formula := tree_of(given, model)) is not None}
    found = unconnected([*known.values()], claims, model.names)
    gone = {given: UNCONNECTED for given, formula in known.items() if left_key(formula, model.names) in found}
    given = tuple(one for one in model.given if one not in gone)
    return replace(model, given=given, dropped={**model.dropped, **gone}, unconnected=found) if gone else model


def _particular(model: Model, cost: Cost, frame: Problem) -> Particular | None:
    """The one equation of the cost that cannot be read since its output stands there without a layer, as one of the last layer."""
    assert model.names is not None
    names = model.names
    (over, target), *others = cost.over.items()
    output = parse_expression(over)
    sources = [given for given in model.dropped if left_key(model.definitions.get(given), names) == cost.key]
    if others or len(sources) != 1 or not isinstance(output, Symbol) or output == Symbol(output.name):
        return None
    formula = model.definitions[sources[0]]
    met = {key for side in formula.sides[1:] for key in names.keys_in(side)}
    bare = {key for key in met if names.lacks_index(key) and isinstance(parse_expression(key), Symbol)}
    if not bare or {getattr(parse_expression(key), "name", "") for key in bare} != {output.name}:
        return None
    known = {
        key for given in model.given if (tree := tree_of(given, model)) is not None for side in tree.sides for key in names.keys_in(side)
    }
    own = met - known - bare
    shape = frame.shapes[target]
    if any(key in known for key in bare) or any("×" in frame.shapes.get(key, "") or frame.shapes.get(key) == "scalar" for key in own):
        return None
    given = (sources[0], Given(f"{output.name} = {over}"))
    shapes = {output.name: shape, **dict.fromkeys(own, shape)}
    fitting = {**{key: text for key, text in frame.shapes.items() if key not in bare}, **shapes, cost.key: "scalar"}
    if trouble(replace(frame, shapes=fitting), (*frame.given, *model.given, *given)):
        return None
    return Particular(sources[0], given, shapes, frozenset(bare), frozenset(own | bare), f"`{output.name}` is `{over}`")


def _says_more(cost: Cost, model: Model) -> bool:
    """Whether an equation of the cost that cannot be read mentions more of the model than the output: weights, for one."""
    assert model.names is not None
    output = {node.name for over in cost.over for node in walk(parse_expression(over)) if isinstance(node, Symbol)}
    met = {n.name for g, f in model.definitions.items() if g in set(model.given) for n in walk(f) if isinstance(n, Symbol)}
    unread = [model.definitions[g] for g in model.dropped if left_key(model.definitions.get(g), model.names) == cost.key]
    said = {node.name for formula in unread for side in formula.sides[1:] for node in outside_scripts(side) if isinstance(node, Symbol)}
    return bool((said & met) - output)


def heads_of(entries: Iterable[Entry]) -> Iterable[str]:
    """Names without scripts that some formula defines."""
    for formula in {formula for entry in entries for _, formula in entry.known}:
        left = formula.sides[0]
        if isinstance(left, Symbol) and not left.scripts:
            yield left.name
