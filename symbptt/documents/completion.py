"""Claims of a document made into problems that can be judged: what nobody stated is inferred, what cannot be read is set aside.

All definitions of one model are looked at together. A definition that cannot be read is left out, and every claim that rests on it is
`unknown` with the reason; nothing else suffers from it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from symbptt.documents.item import DocumentItem, Entry
from symbptt.documents.prose import Facts
from symbptt.inference.cost import COST, TARGET, Cost, Degree, abbreviations, missing_cost
from symbptt.inference.frame import Inferred, Stated, infer_frame
from symbptt.inference.quantities import Names, known_function, outside_scripts
from symbptt.inference.substitute import differentials, stand_in, tied_copies, unbound_sum, with_copies
from symbptt.latex.parser import ParseError, parse, parse_expression, words_from
from symbptt.latex.printer import to_latex
from symbptt.latex.syntax import BigOperator, Call, Comparison, Formula, Node, Number, Symbol, walk
from symbptt.problem import Given, Problem, ProblemError
from symbptt.reading.choices import Choices, ReadingError, readings
from symbptt.reading.claim import read_model, with_sizes
from symbptt.reading.declare import Parsed, declare, parse_problem
from symbptt.reading.notation import canonical
from symbptt.reading.scope import Scope
from symbptt.verdict import Verdict
from symbptt.workers import judge_here

NOT_SAID = "no equation says what `{}` is; give one"
#: Numbers that go by a letter; what is true of any number is true of them.
CONSTANTS: Mapping[str, str] = MappingProxyType({"\\pi": "scalar"})
#: Readings of the definitions that are tried before one of them is given up.
MOST_READINGS = 6
#: Definitions of one model that are looked at.
MOST_DEFINITIONS = 400


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
    infers: bool = True  # nobody states shapes
    stated_assume: bool = False  # else the words of the document say what is assumed
    elsewhere: frozenset[str] = frozenset()  # what the whole document defines
    contradicted: Given | None = None  # the first definition that says something else than an earlier one
    errors: Mapping[str, Given] = field(default_factory=dict)  # what a δ means that nothing defines
    stand_ins: Mapping[Given, Given] = field(default_factory=dict)  # arbitrary functions for definitions that cannot be read
    differentials: Mapping[str, Given] = field(default_factory=dict)  # what `dW` means
    restated: Mapping[Given, Given] = field(default_factory=dict)  # definitions that another says as well, and that one


@dataclass(frozen=True)
class _Words:
    """Of the whole document: the names it defines, and whether it speaks of a softmax that no formula shows."""

    heads: frozenset[str]
    softmax: bool


def _heads(entries: Iterable[Entry]) -> Iterable[str]:
    """Names without scripts that some formula defines."""
    for formula in {formula for entry in entries for _, formula in entry.known}:
        left = formula.sides[0]
        if isinstance(left, Symbol) and not left.scripts:
            yield left.name


def complete(
    entries: Sequence[Entry],
    frame: Problem,
    facts: Facts,
    given: tuple[Formula, ...] = (),
    infer: bool | None = None,
    softmax: bool = False,
) -> tuple[list[DocumentItem], list[tuple[Sequence[Entry], Model]]]:
    """The items of a document with problems stated in full, and its models with their entries; `given` are the equations of the frame.

    `softmax` says whether the words speak of one; `infer` says whether the words and guesses tell what nobody states; without it, they do where no shapes are stated.
    """
    infers = not frame.shapes if infer is None else infer
    words = _Words(frozenset(_heads(entries)), softmax)
    numbers = dict.fromkeys(entry.model for entry in entries)
    parts = [part for n in numbers for part in _parts([e for e in entries if e.model == n], frame, facts, given, infers, words)]
    items = [
        replace(_completed(entry, model), model=f"{frame.path}#{part[0].model}.{number}")
        for number, (part, model) in enumerate(parts)
        for entry in part
    ]
    return items, parts


def _parts(
    entries: Sequence[Entry], frame: Problem, facts: Facts, fixed: tuple[Formula, ...], infers: bool, words: _Words
) -> list[tuple[Sequence[Entry], Model]]:
    """The entries with their model; a definition that contradicts an earlier one starts a new model."""
    model = _model(entries, frame, facts, fixed, infers, words)
    at = next((i for i, entry in enumerate(entries) if model.contradicted in [given for given, _ in entry.known]), 0)
    if model.contradicted is None or not at:
        return [(entries, model)]
    old = {given for entry in entries[:at] for given, _ in entry.known}
    rest = [_without(entry, old) for entry in entries[at:]]
    return [*_parts(entries[:at], frame, facts, fixed, infers, words), *_parts(rest, frame, facts, fixed, infers, words)]


def _without(entry: Entry, old: set[Given]) -> Entry:
    """An entry of a new model, to which the definitions of the old one say nothing."""
    known = tuple((given, formula) for given, formula in entry.known if given not in old)
    problem = entry.item.problem
    if problem is not None:
        problem = replace(problem, given=tuple(given for given in problem.given if given not in old))
    return replace(entry, known=known, item=replace(entry.item, problem=problem))


def _model(entries: Sequence[Entry], frame: Problem, facts: Facts, fixed: tuple[Formula, ...], infers: bool, words: _Words) -> Model:
    heads, softmax = words.heads, words.softmax
    definitions = {given: formula for entry in entries for given, formula in entry.known}
    claims = [entry.formula for entry in entries if entry.item.problem is not None and entry.item.role == "claim" and entry.formula]
    said = facts.at(max((entry.section for entry in entries), default=0)) if infers else Facts()
    own = {canonical(key) for key in frame.shapes}
    stated = Stated(
        {**{key: shape for key, shape in said.shapes.items() if canonical(key) not in own}, **frame.shapes},
        {key: kind for key, kind in said.kinds.items() if key not in frame.shapes},
        {**said.ranges, **frame.ranges} if infers else frame.ranges,
        {**said.functions, **frame.functions},
        all_ranges=bool(frame.ranges) and not infers,
    )
    inferred = _of_unstated(infer_frame([*fixed, *definitions.values()], claims, stated), frame)
    full = _filled(frame, stated, inferred, said, infers)
    names = Names([*fixed, *definitions.values(), *claims], full.ranges)
    definitions, restated, contradicted = _once_each(definitions, names, full)
    names = Names([*fixed, *definitions.values(), *claims], full.ranges)
    definitions, tied = _tied(definitions, claims, names) if infers else (definitions, {})
    restated = {given: tied.get(best, best) for given, best in restated.items()} | tied
    vague = _set_aside(definitions, names) if infers else {}
    given, dropped = _readable(full, tuple(given for given in definitions if given not in vague))
    model = Model(
        full,
        inferred,
        given,
        {**vague, **dropped},
        names,
        definitions,
        infers=infers,
        stated_assume=bool(frame.assume) and not infers,
        restated=restated,
        contradicted=contradicted,
        elsewhere=frozenset(heads - {_left_key(formula, names) for formula in definitions.values()}),
        softmax=softmax,
    )
    if not infers:
        return model
    return _with_errors(_with_differentials(_with_cost(_with_stand_ins(model), claims), claims), claims)


def _set_aside(definitions: Mapping[Given, Formula], names: Names) -> dict[Given, str]:
    """Definitions that cannot be taken at their word, and why."""
    clear = {_left_key(formula, names) for formula in definitions.values()}
    clear |= {_left_key(replace(f, sides=f.sides[::-1]), names) for f in definitions.values() if _is_copy(f)}
    vague = {given: why for given, formula in definitions.items() if (why := _vague(formula, names, clear))}
    entries_only = [given for given, formula in definitions.items() if _one_entry(formula, names)]
    return vague | dict.fromkeys(entries_only, "it is of one numbered entry only")


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
        own = Given(" = ".join(map(to_latex, tied.sides)), given.for_, given.line)
        found[own] = tied
        changed[given] = own
    return found, changed


def _with_stand_ins(model: Model) -> Model:
    """The model with arbitrary functions for definitions that cannot be read."""
    assert model.names is not None
    for number, given in enumerate(tuple(model.dropped), start=1):
        formula = model.definitions.get(given)
        whole = formula is not None and not _one_entry(formula, model.names)
        found = stand_in(formula, model.names, model.frame.shapes, number) if formula is not None and whole else None
        if formula is None or found is None:
            continue
        own = Given(found.equation, given.for_, given.line)
        frame = replace(model.frame, functions={**model.frame.functions, found.function: found.kind})
        if not _trouble(frame, (*frame.given, *model.given, own)):
            definitions = {**model.definitions, own: formula}
            stand_ins = {**model.stand_ins, given: own}
            model = replace(model, frame=frame, given=(*model.given, own), definitions=definitions, stand_ins=stand_ins)
    return model


def _with_differentials(model: Model, claims: Sequence[Formula]) -> Model:
    """The model with the meaning of `dW`, where one loss is there that it can be the derivative of."""
    assert model.names is not None
    loss = _loss(model)
    found = differentials(claims, loss, model.names) if loss else {}
    return replace(model, differentials={key: Given(equation) for key, equation in found.items()})


def _with_errors(model: Model, claims: Sequence[Formula]) -> Model:
    """The model with the meaning of a δ that only words define: the derivative of the loss by the z with the same indices."""
    assert model.names is not None
    loss = _loss(model)
    made = {_left_key(model.definitions.get(given), model.names) for given in model.given}
    found: dict[str, Given] = {}
    for key in dict.fromkeys(key for claim in claims for side in claim.sides for key in model.names.keys_in(side)):
        by = model.names.quantity_of("z" + key.removeprefix("\\delta"))
        if loss and key.startswith("\\delta") and key not in made and by in made:
            found[key] = Given(f"{key} = \\frac{{\\partial {loss}}}{{\\partial {by}}}")
    return replace(model, errors=found)


def _loss(model: Model) -> str:
    """The one loss of a model; empty where there are several or none."""
    assert model.names is not None
    if model.cost is not None:
        return model.cost.equation.partition(" = ")[0]
    made = (_left_key(model.definitions.get(given), model.names) for given in model.given)
    losses = [key for key in dict.fromkeys(made) if model.frame.shapes.get(key) == "scalar" and not model.names.quantity(key).letters]
    return losses[0] if len(losses) == 1 else ""


def _of_unstated(inferred: Inferred, frame: Problem) -> Inferred:
    """Without shapes for components and steps of quantities whose shape is stated."""
    if not frame.shapes:
        return inferred
    try:
        reader = declare(parse_problem(replace(frame, given=(), claim="0 = 0")), Choices())
    except (ParseError, ProblemError, ReadingError):
        return inferred
    scope = Scope(reader.letters)
    spelled = {canonical(key) for name in ("aliases", "entries") for key in frame.notation.get(name) or ()}
    shapes = {k: shape for k, shape in inferred.shapes.items() if k not in spelled and not reader.names.find(_symbol(k), scope)}
    return replace(inferred, shapes=shapes)


def _symbol(key: str) -> Node:
    try:
        return parse_expression(key)
    except ParseError:
        return Symbol(key)


def _with_cost(model: Model, claims: Sequence[Formula]) -> Model:
    """The model with an arbitrary cost where claims differentiate one that no equation gives."""
    assert model.names is not None
    definitions = model.definitions
    kept = [definitions[given] for given in model.given]
    cost = missing_cost(kept, [*definitions.values(), *claims], model.names, model.frame.ranges)
    if cost is not None and (cost.key in model.elsewhere or _says_more(cost, model)):
        return model
    if cost is None or any(name in model.frame.functions for name in cost.functions):
        return model
    shape = model.frame.shapes.get(model.names.quantity_of(cost.over), "")
    if not shape:
        return model
    for letter in model.names.quantity(model.names.quantity_of(cost.over)).letters:
        if letter not in cost.target:
            shape = shape.replace(f"{{{letter}}}", f"{{{model.frame.ranges.get(letter, '1..L').partition('..')[2]}}}")
    shapes = {**model.frame.shapes, cost.key: "scalar", cost.target: shape}
    frame = replace(model.frame, shapes=shapes, functions={**model.frame.functions, **cost.functions})
    equation = Given(cost.equation)
    given = (*model.given, equation, *map(Given, cost.more))
    if _trouble(frame, (*frame.given, *given)):
        return model
    own = abbreviations(kept, cost.key, model.names)
    dropped = {given: why for given, why in model.dropped.items() if _left_key(definitions.get(given), model.names) != cost.key}
    return replace(model, dropped=dropped, frame=frame, given=given, cost=equation, degree=Degree(cost.key, model.names, own))


def _says_more(cost: Cost, model: Model) -> bool:
    """Whether an equation of the cost that cannot be read mentions more of the model than the output: weights, for one."""
    assert model.names is not None
    output = {node.name for node in walk(parse_expression(cost.over)) if isinstance(node, Symbol)}
    met = {n.name for g, f in model.definitions.items() if g in set(model.given) for n in walk(f) if isinstance(n, Symbol)}
    unread = [model.definitions[g] for g in model.dropped if _left_key(model.definitions.get(g), model.names) == cost.key]
    said = {node.name for formula in unread for side in formula.sides[1:] for node in outside_scripts(side) if isinstance(node, Symbol)}
    return bool((said & met) - output)


def _left_key(formula: Formula | None, names: Names) -> str:
    found = names.of(formula.sides[0]) if formula is not None else None
    return found.quantity.key if found is not None else ""


def _once_each(
    definitions: Mapping[Given, Formula], names: Names, frame: Problem
) -> tuple[dict[Given, Formula], dict[Given, Given], Given | None]:
    """One definition for each quantity (and step), which stands for the others, and the first that contradicts an earlier one.

    Of several that say the same, by components, with intermediate quantities or without, the shortest is kept: `a = \\sigma(z)`.
    """
    groups: dict[tuple[object, ...], list[Given]] = {}
    for given, formula in definitions.items():
        left = names.of(formula.sides[0])
        place = (left.quantity.key, tuple(map(to_latex, left.slots)), given.for_) if left is not None else (given.equation,)
        groups.setdefault(place, []).append(given)
    made = {_left_key(formula, names) for formula in definitions.values()}
    free = {key for formula in definitions.values() for side in formula.sides[1:] for key in names.keys_in(side)} - made
    chosen: dict[Given, Given] = {}
    for group in groups.values():
        own = set(names.keys_in(definitions[group[0]].sides[-1]))
        others = [g for g in group[1:] if set(names.keys_in(definitions[g].sides[-1])) & free <= own]
        best = min([group[0], *others], key=lambda g: _length(definitions[g]))
        chosen.update(dict.fromkeys(group, best))
    firsts = tuple(group[0] for group in groups.values())
    readable: list[tuple[Given, ...]] = []
    contradicted: list[Given] = []
    for group in groups.values():
        for other in group[1:]:
            readable = readable or [_readable(frame, firsts)[0]]
            if not _agree(frame, readable[0], other):
                contradicted.append(other)
                chosen.update(dict.fromkeys(group, group[0]) if other is chosen[other] else {})
    kept = {given: formula for given, formula in definitions.items() if chosen[given] is given}
    first = next((given for given in definitions if given in contradicted), None)
    return kept, {given: best for given, best in chosen.items() if best is not given}, first


def _agree(frame: Problem, given: tuple[Given, ...], other: Given) -> bool:
    """Whether a second definition of a quantity says what the first does, with the names of intermediate quantities: this is proved."""
    problem = replace(frame, given=(*frame.given, *given), claim=other.equation, for_=other.for_, expect="", role="claim")
    return judge_here(problem).verdict in ("verified", "proved")


def _length(formula: Formula) -> int:
    return sum(1 for _ in walk(formula.sides[-1]))


def _is_copy(formula: Formula) -> bool:
    """`W^{(t)} = W`"""
    return len({side.name if isinstance(side, Symbol) else "" for side in formula.sides}) == 1


def _vague(formula: Formula, names: Names, clear: set[str]) -> str:
    """Why a definition cannot be taken at its word: it mentions an indexed quantity without its index."""
    for key in (key for side in formula.sides for key in names.keys_in(side)):
        if key not in clear and names.lacks_index(key, clear):
            return f"`{key}` stands without the index that it has elsewhere"
    letter = unbound_sum(formula)
    return f"the sum over {letter} does not mention {letter}: is an index mistyped?" if letter else ""


def _filled(frame: Problem, stated: Stated, inferred: Inferred, said: Facts, infers: bool) -> Problem:
    """The frame with what the words say and what was inferred; what it states itself wins."""
    calls = list(inferred.calls)
    notation = {**({"call": calls} if calls else {}), **said.notation, **frame.notation}
    doubtful = {key: key not in inferred.doubtful for key in inferred.shapes}
    if infers:  # what is stated beside guesses is sure, but the rest still has to fit it
        doubtful |= dict.fromkeys(frame.shapes, True)
    return replace(
        frame,
        shapes={**CONSTANTS, **inferred.shapes, **stated.shapes} if infers else {**inferred.shapes, **stated.shapes},
        ranges={**inferred.ranges, **stated.ranges},
        functions={**inferred.functions, **stated.functions},
        notation=notation,
        assume=frame.assume or said.assume,
        inferred=doubtful,
    )


def _readable(frame: Problem, definitions: tuple[Given, ...]) -> tuple[tuple[Given, ...], dict[Given, str]]:
    """The definitions that can be read together, in order, and the reason for each that cannot."""
    reasons = dict.fromkeys(definitions[MOST_DEFINITIONS:], "too many definitions in one model")
    kept = list(definitions[:MOST_DEFINITIONS])
    while kept and (reason := _trouble(frame, (*frame.given, *kept))):
        culprit = next((given for given in kept if f"`{given.equation}`" in reason), None) or _first_bad(frame, kept)
        if culprit is None:
            break
        reasons[culprit] = reason
        kept.remove(culprit)
    for given in [given for given in definitions[:MOST_DEFINITIONS] if given in reasons]:  # one may have fallen for another's fault
        again = [g for g in definitions if g in {*kept, given}]
        if not _trouble(frame, (*frame.given, *again)):
            kept = again
            del reasons[given]
    return tuple(kept), reasons


def _first_bad(frame: Problem, definitions: list[Given]) -> Given | None:
    """The first definition with which the ones before it cannot be read."""
    return next((g for at, g in enumerate(definitions) if _trouble(frame, (*frame.given, *definitions[: at + 1]))), None)


def _one_entry(formula: Formula, names: Names) -> bool:
    """`z^1_2 = …`: one numbered entry of a quantity says nothing of the others."""
    left = names.of(formula.sides[0])
    return left is not None and any(isinstance(component, Number) for component in left.components)


def _trouble(frame: Problem, given: tuple[Given, ...]) -> str:
    """Why equations cannot be read together; empty if they can."""
    try:
        parsed = parse_problem(replace(frame, given=given, claim="0 = 0"))
    except (ParseError, ProblemError) as error:
        return str(error)
    reason = ""
    for outcome in readings(lambda choices: _read(parsed, choices), MOST_READINGS):
        if outcome.error is None:
            return ""
        reason = reason or outcome.error.message
    return reason


def _read(parsed: Parsed, choices: Choices) -> bool:
    try:
        with_sizes(choices, lambda fresh, sizes: read_model(parsed, fresh, sizes))
    except ProblemError as error:
        raise ReadingError(str(error)) from error
    return True


def _completed(entry: Entry, model: Model) -> DocumentItem:
    item = entry.item
    problem = item.problem
    if problem is None or model.names is None:
        return item
    wanted = tuple(dict.fromkeys(model.restated.get(given, given) for given in problem.given))
    if model.cost is not None:  # what the text says of the cost cannot be read: an arbitrary one stands for it
        key = model.cost.equation.partition(" = ")[0]
        wanted = tuple(g for g in wanted if _left_key(model.definitions.get(g), model.names) != key)
    wanted = tuple(model.stand_ins.get(given, given) for given in _with_sources(wanted, model))
    own = {given for given in wanted if given in model.dropped}
    kept = tuple(given for given in wanted if given not in own)
    if problem.role == "definition":
        full = replace(_with_frame(problem, model), given=kept)
        return replace(item, problem=full) if not own else _silent(item, own, model)
    rests = _rests_on(entry, kept, [given for given in own if not _covered(given, kept, model)], model)
    if rests is not None:
        message = f"rests on `{rests.equation}` (line {rests.line}), which is not understood: {model.dropped[rests]}"
        return _unknown(item, problem, message)
    full = replace(_with_frame(problem, model), given=kept)
    unread = _rests_on(entry, kept, [given for given in kept if given in set(model.stand_ins.values())], model)
    if unread is not None:
        full = replace(full, doubt=NOT_SAID.format(_left_key(model.definitions.get(unread), model.names)))
    if model.cost is not None and model.degree is not None and entry.formula is not None and _speaks_of(entry, kept, model):
        doubt = "" if model.degree.settles(entry.formula) else NOT_SAID.format(model.cost.equation.partition(" = ")[0])
        extra = model.given[model.given.index(model.cost) :]
        full = replace(full, given=_closed((*kept, *extra), model), doubt=full.doubt or doubt)
    if entry.doubt and not full.doubt:
        full = replace(full, doubt=entry.doubt)
    if model.softmax and not full.doubt and _applies_unknown_functions(entry, full.given, model):
        full = replace(full, doubt="the words speak of a softmax, and a function may be meant for it; say which")
    meant = _with_meant(full, entry, model)
    if meant is None:
        return _unknown(item, problem, "the right side has a step that the left side does not show: what is accumulated is not judged")
    return replace(item, problem=_with_placeholders(_with_relevant_shapes(meant, entry, model), entry, model))


def _with_sources(wanted: tuple[Given, ...], model: Model) -> tuple[Given, ...]:
    """With the definitions of what a definition mentions that stands for another: a = σ(z) needs that of z, wherever it is."""
    if not model.restated or model.names is None:
        return wanted
    made = {_left_key(formula, model.names): given for given, formula in model.definitions.items()}
    found = dict.fromkeys(wanted)
    todo = [given for given in wanted if given in model.restated.values()]
    while todo:
        formula = model.definitions.get(todo.pop())
        for key in (key for side in (formula.sides[1:] if formula is not None else ()) for key in model.names.keys_in(side)):
            source = made.get(key)
            if source is not None and source not in found:
                found[source] = None
                todo.append(source)
    return tuple(found)


def _closed(given: tuple[Given, ...], model: Model) -> tuple[Given, ...]:
    """With the equations of all that these mention."""
    assert model.names is not None
    made = {_left_key(model.definitions.get(g), model.names): g for g in model.given if g in model.definitions}
    found = dict.fromkeys(given)
    todo = list(given)
    while todo:
        formula = _tree(todo.pop(), model)
        for key in (key for side in (formula.sides if formula is not None else ()) for key in model.names.keys_in(side)):
            source = made.get(key)
            if source is not None and source not in found:
                found[source] = None
                todo.append(source)
    return tuple(found)


def _tree(given: Given, model: Model) -> Formula | None:
    """The formula of an equation; one that was made up is parsed."""
    if given in model.definitions:
        return model.definitions[given]
    try:
        return next(iter(parse(given.equation, words_from([COST, TARGET]))), None)
    except ParseError:
        return None


def _applies_unknown_functions(entry: Entry, given: Iterable[Given], model: Model) -> bool:
    """Whether a function that nobody names is applied in a claim or in an equation that it rests on."""
    assert model.names is not None
    trees = [entry.formula, *(model.definitions.get(g) for g in given)]
    keys = {key for tree in trees if tree is not None for side in tree.sides for key in model.names.keys_in(side)}
    return any(key.endswith("()") and not known_function(key) and key[:-2] not in model.frame.functions for key in keys)


def _with_placeholders(problem: Problem, entry: Entry, model: Model) -> Problem:
    """`\\tanh'(x) = 1 - \\tanh^2(x)`: where nothing but known functions of letters stands that mean nothing else, these stand for any number."""
    if problem.given or entry.formula is None or model.names is None or not model.infers:
        return problem
    nodes = [node for side in entry.formula.sides for node in outside_scripts(side)]
    symbols = {node.name for node in nodes if isinstance(node, Symbol) and not node.scripts and not node.primes}
    calls = [node for node in nodes if isinstance(node, Call)]
    letters = {name for name in symbols if len(name) == 1 and name.islower() and name not in ("e", "d")}
    plain = all(isinstance(argument, Symbol) and argument.name in letters for call in calls for argument in call.args)
    if not calls or not plain or any(isinstance(node, Symbol) and node.scripts and node.name != "e" for node in nodes):
        return problem
    fresh = {name: "scalar" for name in letters if name not in problem.shapes}
    return replace(problem, shapes={**problem.shapes, **fresh})


def _covered(given: Given, kept: Iterable[Given], model: Model) -> bool:
    """Whether a definition that cannot be read is of steps of which another one speaks: `z^1_1 = …` beside `z^l = …`."""
    assert model.names is not None
    own = model.names.of(model.definitions[given].sides[0]) if given in model.definitions else None
    for other in kept:
        formula = model.definitions.get(other)
        general = model.names.of(formula.sides[0]) if formula is not None and own is not None else None
        if own is None or general is None or general.quantity.key != own.quantity.key:
            continue
        pairs = zip(general.slots, own.slots, strict=True)
        if all(a == b or (isinstance(a, Symbol) and _reaches(b, model.frame.ranges.get(to_latex(a), ""))) for a, b in pairs):
            return True
    return False


def _reaches(slot: Node, range_: str) -> bool:
    """Whether a number lies in a range that begins with a number: 1 in `1..L`, not 0."""
    low = range_.partition("..")[0]
    return isinstance(slot, Number) and slot.text.isdigit() and low.isdigit() and int(low) <= int(slot.text)


def _with_meant(problem: Problem, entry: Entry, model: Model) -> Problem | None:
    """The problem with what its differentials mean; None where one of them is a sum that the formula only adds to."""
    meant = {**model.errors, **model.differentials}
    if not meant or entry.formula is None or model.names is None:
        return problem
    met = dict.fromkeys(key for side in entry.formula.sides for key in model.names.keys_in(side) if key in meant)
    left = model.names.of(entry.formula.sides[0])
    if left is not None and left.quantity.key in model.differentials:
        bound = {to_latex(n.lower.sides[0]) for n in walk(entry.formula) if isinstance(n, BigOperator) and isinstance(n.lower, Comparison)}
        free = {letter for key in _keys_of(entry.formula.sides[1:], model.names) for letter in model.names.quantity(key).letters} - bound
        if not free <= set(left.quantity.letters):
            return None
    guessed = next(iter(met), "")  # what `dW` or δ stands for is a guess
    doubt = problem.doubt or (f"what `{guessed}` stands for is a guess; say it" if guessed else "")
    extra = [meant[key] for key in met]
    if extra and model.cost is not None and model.cost not in problem.given:
        extra = [*model.given[model.given.index(model.cost) :], *extra]
    given = _closed((*problem.given, *extra), model) if extra else problem.given
    return replace(problem, given=given, doubt=doubt)


def _keys_of(sides: Sequence[Node], names: Names) -> set[str]:
    return {key for side in sides for key in names.keys_in(side)}


def _speaks_of(entry: Entry, kept: Iterable[Given], model: Model) -> bool:
    """Whether a claim, or an equation it rests on, mentions the cost."""
    assert model.names is not None and model.cost is not None
    trees = [entry.formula, *(model.definitions.get(given) for given in kept)]
    key = model.cost.equation.partition(" = ")[0]
    return any(key in model.names.keys_in(side) for tree in trees if tree is not None for side in tree.sides)


def _with_relevant_shapes(problem: Problem, entry: Entry, model: Model) -> Problem:
    """Without inferred shapes of quantities that neither the claim nor its equations mention: they would only add sizes."""
    if entry.formula is None or model.names is None:
        return problem
    known = {**model.definitions, **dict(entry.known)}
    trees = [entry.formula, *(known[given] for given in problem.given if given in known)]
    met = {key for tree in trees for side in tree.sides for key in model.names.keys_in(side)}
    names = model.names
    kept = {key for key in problem.shapes if key not in problem.inferred or key in met or names.quantity_of(key) in met}
    shapes = {key: shape for key, shape in problem.shapes.items() if key in kept}
    if not model.stated_assume:
        assume = tuple(fact for fact in problem.assume if isinstance(fact, str) or {names.quantity_of(x) for x in fact.values()} <= met)
        problem = replace(problem, assume=assume)
    return replace(problem, shapes=shapes, inferred={key: sure for key, sure in problem.inferred.items() if key in met})


def _with_frame(problem: Problem, model: Model) -> Problem:
    frame = model.frame
    return replace(
        problem,
        shapes=frame.shapes,
        ranges=frame.ranges,
        functions=frame.functions,
        notation=frame.notation,
        assume=(*frame.assume, *(fact for fact in problem.assume if fact not in frame.assume)),
        inferred=frame.inferred,
    )


def _silent(item: DocumentItem, own: Iterable[Given], model: Model) -> DocumentItem:
    """A definition that cannot be read has no verdict; `--verbose` tells why."""
    assert item.problem is not None
    mine = next((given for given in own if given in item.defines), None)
    message = f"not understood: {model.dropped[mine]}" if mine is not None else ""
    return replace(item, problem=None, verdict=_verdict(item.problem, "", message))


def _unknown(item: DocumentItem, problem: Problem, message: str) -> DocumentItem:
    return replace(item, problem=None, verdict=_verdict(problem, "unknown", message))


def _verdict(problem: Problem, word: str, message: str) -> Verdict:
    return Verdict(
        id=problem.id,
        path=problem.path,
        line=problem.line,
        column=problem.column,
        cell=problem.cell,
        latex=problem.claim,
        role=problem.role,
        verdict=word,
        message=message,
        expect=problem.expect,
    )


def _rests_on(entry: Entry, kept: Iterable[Given], dropped: Iterable[Given], model: Model) -> Given | None:
    """The first definition set aside that a claim rests on, directly or through those that were kept."""
    formulas = {**model.definitions, **dict(entry.known)}
    names = model.names
    left = {given: set(_keys(formulas[given].sides[0], names)) for given in dropped if given in formulas and names is not None}
    if not left or entry.formula is None or names is None:
        return None
    met = {key for side in entry.formula.sides for key in _keys(side, names)}
    rules = [
        (set(_keys(formula.sides[0], names)), {key for side in formula.sides for key in _keys(side, names)})
        for given in kept
        if (formula := formulas.get(given)) is not None
    ]
    grown = True
    while grown:
        grown = False
        for own, mentioned in rules:
            if own & met and not mentioned <= met:
                met |= mentioned
                grown = True
    return next((given for given, keys in left.items() if keys & met), None)


def _keys(side: Node, names: Names) -> Iterable[str]:
    return names.keys_in(side)
