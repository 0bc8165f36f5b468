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
from symbptt.inference.cost import Degree, abbreviations, missing_cost
from symbptt.inference.frame import Inferred, Stated, infer_frame
from symbptt.inference.quantities import Names, outside_scripts
from symbptt.inference.substitute import differentials, stand_in, tied_copies, unbound_sum, with_copies
from symbptt.latex.parser import ParseError, parse_expression
from symbptt.latex.printer import to_latex
from symbptt.latex.syntax import BigOperator, Call, Comparison, Formula, Node, Symbol, walk
from symbptt.problem import Given, Problem, ProblemError
from symbptt.reading.choices import Choices, ReadingError, readings
from symbptt.reading.claim import read_model, with_sizes
from symbptt.reading.declare import Parsed, declare, parse_problem
from symbptt.reading.notation import canonical
from symbptt.reading.scope import Scope
from symbptt.verdict import Verdict
from symbptt.workers import judge_here

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
    infers: bool = True  # nobody states shapes
    stated_assume: bool = False  # else the words of the document say what is assumed
    stand_ins: Mapping[Given, Given] = field(default_factory=dict)  # arbitrary functions for definitions that cannot be read
    differentials: Mapping[str, Given] = field(default_factory=dict)  # what `dW` means
    restated: Mapping[Given, Given] = field(default_factory=dict)  # definitions that another says as well, and that one


def complete(
    entries: Sequence[Entry], frame: Problem, facts: Facts, given: tuple[Formula, ...] = (), infer: bool | None = None
) -> tuple[list[DocumentItem], list[Model]]:
    """The items of a document with problems stated in full, and the models they belong to; `given` are the equations of the frame.

    `infer` says whether the words and guesses tell what nobody states; without it, they do where no shapes are stated.
    """
    infers = not frame.shapes if infer is None else infer
    numbers = dict.fromkeys(entry.model for entry in entries)
    models = {number: _model([e for e in entries if e.model == number], frame, facts, given, infers) for number in numbers}
    items = [replace(_completed(entry, models[entry.model]), model=f"{frame.path}#{entry.model}") for entry in entries]
    return items, list(models.values())


def _model(entries: Sequence[Entry], frame: Problem, facts: Facts, fixed: tuple[Formula, ...], infers: bool) -> Model:
    definitions = {given: formula for entry in entries for given, formula in entry.known}
    claims = [entry.formula for entry in entries if entry.item.problem is not None and entry.item.role == "claim" and entry.formula]
    said = facts.at(max((entry.section for entry in entries), default=0)) if infers else Facts()
    own = {canonical(key) for key in frame.shapes}
    stated = Stated(
        {**{key: shape for key, shape in said.shapes.items() if canonical(key) not in own}, **frame.shapes},
        {key: kind for key, kind in said.kinds.items() if key not in frame.shapes},
        dict(frame.ranges) or said.ranges,
        {**said.functions, **frame.functions},
    )
    inferred = _of_unstated(infer_frame([*fixed, *definitions.values()], claims, stated), frame)
    full = _filled(frame, stated, inferred, said, infers)
    names = Names([*fixed, *definitions.values(), *claims], full.ranges)
    definitions, restated = _once_each(definitions, names, full)
    names = Names([*fixed, *definitions.values(), *claims], full.ranges)
    definitions, tied = _tied(definitions, claims, names) if infers else (definitions, {})
    restated = {given: tied.get(best, best) for given, best in restated.items()} | tied
    clear = {_left_key(formula, names) for formula in definitions.values()}
    clear |= {_left_key(replace(f, sides=f.sides[::-1]), names) for f in definitions.values() if _is_copy(f)}
    vague = {given: why for given, formula in definitions.items() if infers and (why := _vague(formula, names, clear))}
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
    )
    if not infers:
        return model
    return _with_differentials(_with_cost(_with_stand_ins(model), claims), claims)


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
        found = stand_in(formula, model.names, model.frame.shapes, number) if formula is not None else None
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
    if model.cost is not None:
        losses = [model.cost.equation.partition(" = ")[0]]
    else:
        made = (_left_key(model.definitions.get(given), model.names) for given in model.given)
        losses = [key for key in dict.fromkeys(made) if model.frame.shapes.get(key) == "scalar" and not model.names.quantity(key).letters]
    found = differentials(claims, losses[0], model.names) if len(losses) == 1 else {}
    return replace(model, differentials={key: Given(equation) for key, equation in found.items()})


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


def _left_key(formula: Formula | None, names: Names) -> str:
    found = names.of(formula.sides[0]) if formula is not None else None
    return found.quantity.key if found is not None else ""


def _once_each(definitions: Mapping[Given, Formula], names: Names, frame: Problem) -> tuple[dict[Given, Formula], dict[Given, Given]]:
    """One definition for each quantity (and step), and which stands for the others.

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
    for group in groups.values():
        best = chosen[group[0]]
        if best is not group[0] and not _agree(frame, firsts, best):
            chosen.update(dict.fromkeys(group, group[0]))
    kept = {given: formula for given, formula in definitions.items() if chosen[given] is given}
    return kept, {given: best for given, best in chosen.items() if best is not given}


def _agree(frame: Problem, firsts: tuple[Given, ...], other: Given) -> bool:
    """Whether a second definition of a quantity says what the first does, with the names of intermediate quantities: this is proved."""
    given = _readable(frame, firsts)[0]
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
        if names.lacks_index(key) and key not in clear:
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
    rests = _rests_on(entry, kept, own, model)
    if rests is not None and problem.role == "restated":
        return replace(item, problem=None, verdict=_verdict(replace(problem, role="definition"), "", ""))
    if rests is not None:
        message = f"rests on `{rests.equation}` (line {rests.line}), which is not understood: {model.dropped[rests]}"
        return _unknown(item, problem, message)
    full = replace(_with_frame(problem, model), given=kept)
    unread = _rests_on(entry, kept, [given for given in kept if given in set(model.stand_ins.values())], model)
    if unread is not None:
        full = replace(full, arbitrary=_left_key(model.definitions.get(unread), model.names))
    if model.cost is not None and model.degree is not None and entry.formula is not None and _speaks_of(entry, kept, model):
        arbitrary = "" if model.degree.settles(entry.formula) else model.cost.equation.partition(" = ")[0]
        extra = model.given[model.given.index(model.cost) :]
        full = replace(full, given=(*kept, *extra), arbitrary=full.arbitrary or arbitrary)
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


def _with_meant(problem: Problem, entry: Entry, model: Model) -> Problem | None:
    """The problem with what its differentials mean; None where one of them is a sum that the formula only adds to."""
    if not model.differentials or entry.formula is None or model.names is None:
        return problem
    met = dict.fromkeys(key for side in entry.formula.sides for key in model.names.keys_in(side) if key in model.differentials)
    left = model.names.of(entry.formula.sides[0])
    if left is not None and left.quantity.key in met:
        bound = {to_latex(n.lower.sides[0]) for n in walk(entry.formula) if isinstance(n, BigOperator) and isinstance(n.lower, Comparison)}
        free = {letter for key in _keys_of(entry.formula.sides[1:], model.names) for letter in model.names.quantity(key).letters} - bound
        if not free <= set(left.quantity.letters):
            return None
    arbitrary = problem.arbitrary or next(iter(met), "")  # what `dW` stands for is a guess
    return replace(problem, given=(*problem.given, *(model.differentials[key] for key in met)), arbitrary=arbitrary)


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
    shapes = {key: shape for key, shape in problem.shapes.items() if key in met or key not in problem.inferred}
    if not model.stated_assume:
        names = model.names
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
