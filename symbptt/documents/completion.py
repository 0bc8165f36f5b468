"""Claims of a document made into problems that can be judged: what nobody stated is inferred, what cannot be read is set aside.

All definitions of one model are looked at together. A definition that cannot be read is left out, and every claim that rests on it is
`unknown` with the reason; nothing else suffers from it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import replace
from functools import cache

from symbptt.documents.applied import with_arguments
from symbptt.documents.changes import OVERRULED, Changes, apart, stale
from symbptt.documents.constraints import turned
from symbptt.documents.doubts import is_strong
from symbptt.documents.drafted import Draft, Told
from symbptt.documents.equations import left_key
from symbptt.documents.functions import judged_with
from symbptt.documents.guesses import applies_unknown_functions, counts_units, doubt_of, guess_of, keys_of, partly
from symbptt.documents.item import DocumentItem, Entry
from symbptt.documents.laws import law, with_examples
from symbptt.documents.loose import loose_names, unsaid
from symbptt.documents.networks import CANNOT, SPOKEN_OF, WHICH, Meant, Network, Networks
from symbptt.documents.new_shapes import at_new_shapes
from symbptt.documents.otherwise import judged_otherwise
from symbptt.documents.parsing import parsed_or_none
from symbptt.documents.piecewise import in_words
from symbptt.documents.prose import Facts
from symbptt.documents.prose_ranges import free_letters
from symbptt.documents.recalled import RECALLED, earlier, in_network, is_left_behind, replaced, taken_apart, with_recaps
from symbptt.documents.roles import letters_of
from symbptt.documents.so_far import with_said_so_far
from symbptt.documents.targets import with_target
from symbptt.documents.totals import speaks_of
from symbptt.documents.understanding import Model, heads_of, parts, tree_of, trees_of
from symbptt.documents.units import Units, told_by_letter
from symbptt.inference.labels import ranges_of_labels
from symbptt.inference.quantities import known_function
from symbptt.inference.substitute import differentiated_by
from symbptt.inference.written import outside_scripts
from symbptt.latex.parser import words_from
from symbptt.latex.printer import to_latex
from symbptt.latex.syntax import BigOperator, Call, Comparison, Formula, Node, Number, Symbol, walk
from symbptt.problem import Given, Problem
from symbptt.reading.calls import function_text
from symbptt.verdict import verdict_of

#: What words say of layers that are counted from an input: `for l = 2, …, L`.
FROM_SECOND = re.compile(r"(?P<low>[2-9]) \\le (?P<letter>\\?[a-z]+) \\le (?P<end>[A-Z])")
NOT_SAID = "no equation says what `{}` is; give one"


def complete(
    entries: Sequence[Entry],
    frame: Problem,
    facts: Facts,
    given: tuple[Formula, ...] = (),
    infer: bool | None = None,
    softmax: bool = False,
    drafts: dict[tuple[object, ...], Draft] | None = None,
) -> tuple[list[DocumentItem], list[tuple[Sequence[Entry], Model]]]:
    """The items of a document with problems stated in full, and its models with their entries; `given` are the equations of the frame.

    `softmax` says whether the words speak of one, `infer` whether words and guesses tell what nobody states: without it, they do so
    where no shapes are stated. `drafts` are those of another reading of the same document.
    """
    infers = not frame.shapes if infer is None else infer
    told = Told(frame, facts, given, infers, frozenset(heads_of(entries)), softmax, facts.functions, {} if drafts is None else drafts)
    runs = with_recaps([part for run in _runs(entries) for part in at_new_shapes(run, facts)]) if infers else _runs(entries)
    found = [part for run in runs for part in parts(run, told)]
    changes = Changes(entries, loose_names(entries) if infers else {})
    units = told_by_letter(entries) if infers else ()
    named = cache(lambda section: facts.at(section).functions)
    stating = {entry.section for entry in entries if entry.item.defines}
    networks = Networks(found, stating)

    def item(number: int, entry: Entry, model: Model) -> DocumentItem:
        meant = networks.meant(entry, number) if entry.item.role == "claim" else None
        if meant is not None and len(meant.networks) == 1:
            number = meant.networks[0].at
            moved = in_network(entry, meant.networks[0], found, told) if found[number][1] is not model else (entry, model)
            if moved is None and entry.item.problem is not None:
                return _unknown(entry.item, entry.item.problem, meant.said_of(meant.networks[0], CANNOT))
            entry, model = moved or (entry, model)
        here = networks.picked(entry, number) if meant is None and entry.item.role == "claim" else None
        if here is False and entry.item.problem is not None:
            return _unknown(entry.item, entry.item.problem, WHICH.format(" ".join(entry.spoken.picked.split())))
        made = _apart(entry, model, units)
        if made is None and meant is not None:
            made = _of_network(entry, model, meant, changes, lambda network: in_network(entry, network, found, told))
        made = made or _recalled(entry, model, [] if here else found[:number], changes, stating)
        return replace(
            _named_by_then(made, entry, model, named(entry.section), told), model=f"{frame.path}#{found[number][0][0].model}.{number}"
        )

    items: list[DocumentItem] = []
    for number, (part, model) in enumerate(found):
        made = [item(number, entry, model) for entry in part]
        items += with_said_so_far(made, part, model, told, lambda entry, other: _completed(entry, other, changes))
    places = {_id(entry.item): at for at, entry in enumerate(entries)}
    return sorted(items, key=lambda item: places[_id(item)]), found


def _named_by_then(item: DocumentItem, entry: Entry, model: Model, now: Mapping[str, str], told: Told) -> DocumentItem:
    """An item with the functions that words have named up to its section, `now`; what a later one says of them does not hold in it.

    A function of several arguments is what it is everywhere: a number or a vector.
    """
    problem = item.problem
    if not told.infers or problem is None or not told.functions:
        return item
    calls = (
        node for tree in (entry.formula, *model.definitions.values()) if tree is not None for node in walk(tree) if isinstance(node, Call)
    )
    several = {function_text(call.function) for call in calls if len(call.args) > 1}
    lasting = {name for name in several if told.functions.get(name) in ("scalar", "map")} | told.frame.functions.keys()
    kept = {name: kind for name, kind in problem.functions.items() if name not in told.functions or name in lasting}
    functions = {**kept, **{name: now[name] for name in problem.functions if name in now and name not in kept}}
    return item if functions == problem.functions else replace(item, problem=replace(problem, functions=functions))


def _apart(entry: Entry, model: Model, units: Sequence[Units]) -> DocumentItem | None:
    """An entry that speaks of what a letter may tell apart: a definition says nothing wrong then, and a claim is not judged."""
    problem = entry.item.problem
    if problem is None or entry.formula is None or not units:
        return None
    known = dict(entry.known)
    trees = [entry.formula, *(known[given] for given in problem.given if given in known)]
    own = [one for one in units if one.met_in(entry.section, problem.given, trees)]
    if problem.role == "definition":
        return replace(entry.item, problem=None, verdict=verdict_of(problem, "", "")) if own else None
    told = next((one for one in own if not one.alike), None)
    return _unknown(entry.item, problem, told.message) if told is not None else None


def _id(item: DocumentItem) -> str:
    """The name of a formula, with what two files of one name may share."""
    said = item.problem or item.verdict
    return f"{said.id if said is not None else ''} {item.line}:{item.column} {item.latex}"


def _of_network(
    entry: Entry, model: Model, meant: Meant, changes: Changes, in_: Callable[[Network], tuple[Entry, Model] | None]
) -> DocumentItem:
    """A claim of the one network that words name, or, where they may name several, as it is in each of them: true there on condition."""
    item = _completed(entry, model, changes)
    if item.problem is None:
        return item
    *others, own = meant.networks
    if not others:
        return replace(item, problem=replace(item.problem, noted=(*item.problem.noted, meant.said_of(own, SPOKEN_OF))))
    found = [(network, _completed(*moved, changes).problem) for network in others if (moved := in_(network)) is not None]
    problems = [(network, problem, "") for network, problem in found if problem is not None]
    asked = WHICH.format(meant.words)
    here, *rest = (
        replace(problem, doubt=problem.doubt or doubt, readings=(*problem.readings, meant.said_of(network, SPOKEN_OF)))
        for network, problem, doubt in ((own, item.problem, asked), *problems)
    )
    return replace(item, problem=here, meant=(*item.meant, *rest))


def _recalled(
    entry: Entry, model: Model, before: Sequence[tuple[Sequence[Entry], Model]], changes: Changes, stating: Set[int]
) -> DocumentItem:
    """An entry with its problem stated in full, with the equations of an earlier model where those at hand take it apart.

    A claim of a section that is not among those `stating` equations may mean earlier ones in any case.
    """
    item = _completed(entry, model, changes)
    if not model.infers or entry.formula is None or item.role != "claim" or item.problem is None:
        return item
    if not taken_apart(entry.formula, item.problem.given, model):
        others = replaced(entry, model, before, changes) if entry.section not in stating else ()
        meant = [(_completed(moved, other, changes).problem, said) for moved, other, said in others]
        read = (replace(problem, doubt="", readings=(*problem.readings, said)) for problem, said in meant if problem is not None)
        return replace(item, meant=(*item.meant, *read))
    for moved, other in earlier(entry, model, before):
        found = _completed(moved, other, changes)
        if found.problem is not None and not taken_apart(entry.formula, found.problem.given, other):
            line = moved.known[-1][0].line + 1
            return replace(found, problem=replace(found.problem, doubt=RECALLED.format(line)))
    return item


def _runs(entries: Sequence[Entry]) -> list[list[Entry]]:
    """The entries of each model; where one begins within a section, what that section says before of nothing earlier is part of it."""
    runs: list[list[Entry]] = []
    for number in dict.fromkeys(entry.model for entry in entries):
        own = [entry for entry in entries if entry.model == number]
        if len(runs) > 1 and runs[-1][0].section == own[0].section:
            known = {given for given, _ in own[-1].known}
            if known.issuperset(given for entry in runs[-1] for given in entry.item.defines):
                own = [*_with_known(runs.pop(), known), *own]
        runs.extend(apart(own))
    return runs


def _with_known(entries: Sequence[Entry], known: Set[Given]) -> list[Entry]:
    """The equations with which a section begins, without what the rest of it has replaced; claims among them speak of what was there."""
    if any(entry.item.role == "claim" for entry in entries):
        return list(entries)
    return [replace(entry, known=tuple(pair for pair in entry.known if pair[0] in known)) for entry in entries]


def _completed(entry: Entry, model: Model, changes: Changes) -> DocumentItem:
    """An entry with its problem stated in full, or with why it is not judged."""
    item = entry.item
    problem = item.problem
    if problem is None or model.names is None:
        return item
    if entry.letters and entry.formula is not None and item.role == "claim" and model.infers:
        found = law(replace(problem, notation=model.frame.notation), entry.formula, entry.letters)
        if found is not None:
            return replace(item, problem=found)
    if is_strong(entry.doubt) and model.infers and problem.given and problem.role != "definition":
        return _unknown(item, problem, entry.doubt)
    wanted = _wanted(problem, model)
    own = tuple(given for given in wanted if given in model.dropped)
    kept = tuple(given for given in wanted if given not in model.dropped)
    if problem.role == "definition":
        return _definition(entry, problem, own, kept, model, changes)
    full = _claim(entry, problem, own, kept, model, changes)
    return _unknown(item, problem, full) if isinstance(full, str) else replace(item, problem=full)


def _wanted(problem: Problem, model: Model) -> tuple[Given, ...]:
    """The equations of a problem, each as the model has it."""
    known = dict.fromkeys(problem.given)
    wanted = tuple(dict.fromkeys(_said_shortest(given, known, model) for given in problem.given))
    if model.cost is not None and model.names is not None:  # what the text says of the cost cannot be read: an arbitrary one stands for it
        wanted = tuple(g for g in wanted if left_key(model.definitions.get(g), model.names) != model.cost_key)
    return tuple(dict.fromkeys(model.stand_ins.get(given, given) for given in _with_sources(wanted, known, model)))


def _definition(
    entry: Entry, problem: Problem, own: tuple[Given, ...], kept: tuple[Given, ...], model: Model, changes: Changes
) -> DocumentItem:
    """A definition with the equations that may make it circular."""
    if model.infers:  # what an earlier section says makes no circle
        kept = tuple(given for given in kept if changes.section(given) in (None, entry.section))
        if counts_units(entry, kept, model):
            return replace(entry.item, problem=None, verdict=verdict_of(problem, "", ""))
    return replace(entry.item, problem=replace(_with_frame(problem, model), given=kept)) if not own else _silent(entry.item, own, model)


def _claim(
    entry: Entry, problem: Problem, own: tuple[Given, ...], kept: tuple[Given, ...], model: Model, changes: Changes
) -> Problem | str:
    """A claim stated in full with the equations that are `kept`, or why it is not judged; its `own` are those that cannot be read."""
    left = [given for given in own if is_left_behind(given, kept, entry, model, changes)]
    rests = _rests_on(entry, kept, [given for given in own if given not in left and not _covered(given, kept, model)], model)
    if rests is not None:
        return f"rests on `{rests.equation}` (line {rests.line}), which is not understood: {model.dropped[rests]}"
    framed = _with_frame(_without_the_unrelated(problem, entry), model)
    full = replace(framed, given=kept, doubt=stale(left[0]) if left else "", denied=model.denied)
    if entry.functions and entry.formula is not None and model.infers:
        full = with_examples(full, entry.formula, entry.functions)
    full = _with_cost(full, entry, problem.given, model)
    if entry.doubt and not is_strong(entry.doubt) and not full.doubt:
        full = replace(full, doubt=entry.doubt)
    if model.softmax and not full.doubt and applies_unknown_functions(entry, full.given, model):
        full = replace(full, doubt="the words speak of a softmax, and a function may be meant for it; say which")
    meant = _with_meant(full, entry, model)
    if meant is None:
        return "the right side has a step that the left side does not show: what is accumulated is not judged"
    if name := _differential_of_nothing(meant, entry, model):
        one = model.step.problem(entry.formula, _with_frame(problem, model)) if model.step is not None and entry.formula else None
        return one or f"nothing says what `{name}` is: no equation of one cost rests on `{differentiated_by(name)}`"
    full = _with_doubts(_with_relevant_shapes(meant, entry, model), entry, problem.given, model, changes)
    if model.infers and entry.formula is not None and model.names is not None:
        trees = trees_of(full.given, model)
        full = with_target(with_arguments(full, entry.formula, trees, model.names), entry.formula, trees)
    if model.infers and (guess := guess_of(full, entry, model) or unsaid(full, entry, model, trees_of(full.given, model), changes.loose)):
        return guess
    return _as_said(_where_it_holds(full, entry, model), entry, model)


def _with_cost(full: Problem, entry: Entry, stated: tuple[Given, ...], model: Model) -> Problem:
    """A claim with what stands for equations that nobody gives or that cannot be read: of the cost first of all."""
    assert model.names is not None
    kept = full.given
    unread = _rests_on(entry, kept, [given for given in kept if given in set(model.stand_ins.values())], model)
    if unread is not None and not full.doubt:
        full = replace(full, doubt=NOT_SAID.format(left_key(model.definitions.get(unread), model.names)))
    if entry.formula is None:
        return full
    total = next((key for key in model.totals if speaks_of(entry.formula, key, key == model.cost_key)), "")
    if total:
        equation = model.totals[total].equation
        reading = f"`{total}` is `{equation.partition(' = ')[2]}`"
        return replace(full, given=_closed((*kept, model.totals[total]), model), readings=(*full.readings, reading))
    if model.cost is None or model.degree is None or not _speaks_of(entry, kept, model):
        return full
    settled = model.degree.settles(entry.formula) and model.cost_key not in model.unconnected
    doubt = "" if settled else NOT_SAID.format(model.cost_key)
    extra = model.given[model.given.index(model.cost) :]
    special = model.particular
    if special is not None and special.source in stated and special.keys & keys_of(entry.formula.sides, model.names):
        shapes = {**{key: shape for key, shape in full.shapes.items() if key not in special.without}, **special.shapes}
        inferred = {key: sure for key, sure in full.inferred.items() if key not in special.without}
        full = replace(full, shapes=shapes, inferred=inferred, readings=(*full.readings, special.reading))
        extra, doubt = (*special.given, *extra[1:]), ""
    return replace(full, given=_closed((*kept, *extra), model), doubt=full.doubt or doubt)


def _with_doubts(full: Problem, entry: Entry, stated: tuple[Given, ...], model: Model, changes: Changes) -> Problem:
    """A claim with the first reason not to call it refuted."""
    overruled = changes.overruled(stated, entry.section, model.restated)
    replaced = overruled or changes.stale(stated)
    if replaced is not None and not full.doubt:
        said = stale(replaced, OVERRULED) if overruled is not None else stale(replaced)
        full = replace(full, doubt=said, stale=(replaced,) if replaced in full.given else ())
    full = replace(full, doubt=full.doubt or partly(full, model))
    return replace(full, doubt=full.doubt or doubt_of(full, entry, model, changes)) if model.infers else full


def _where_it_holds(full: Problem, entry: Entry, model: Model) -> Problem:
    """A claim with the steps and letters of which it speaks."""
    assert model.names is not None
    if entry.formula is None:
        return full
    if model.infers and all(full.shapes.get(key, "") == "scalar" for key in keys_of(entry.formula.sides, model.names)):
        other = turned(entry.formula, _trees(full.given, model))
        if other is not None:
            given = tuple(other[1] if one == other[0] else one for one in full.given)
            full = replace(full, given=given, readings=(*full.readings, other[2]))
    if model.infers and not full.for_:
        full = replace(full, for_=_beginning(full.given, entry, model))
    if model.orders and not full.for_:
        full = replace(full, order=_order(entry.formula, full, model))
    return _with_placeholders(full, entry, model)


def _as_said(full: Problem, entry: Entry, model: Model) -> Problem | str:
    """A claim with the functions that its document defines, and without what words took back; or why it is not judged."""
    if entry.own_functions and entry.formula is not None:
        declared = judged_with(full, entry.formula, entry.own_functions, trees_of(full.given, model))
        if isinstance(declared, str):
            return declared
        full = declared
    if entry.otherwise and entry.formula is not None:
        return judged_otherwise(full, entry.formula, entry.otherwise, _trees(full.given, model))
    return full


def _trees(given: Iterable[Given], model: Model) -> dict[Given, Formula]:
    """Equations with their formulas."""
    return {one: tree for one in given if (tree := tree_of(one, model)) is not None}


def _without_the_unrelated(problem: Problem, entry: Entry) -> Problem:
    """Without what words suppose of names that neither the claim nor any equation so far speaks of: it says nothing of the claim."""
    trees = [entry.formula, *(formula for _, formula in entry.known)]
    met = set().union(*(letters_of(tree) for tree in trees if tree is not None))
    facts = {fact: set().union(*map(letters_of, parsed_or_none(fact, words_from([])))) for fact in problem.supposed}
    aside = {fact for fact, names in facts.items() if names and not any(name in other for name in names for other in met)}
    assume = tuple(fact for fact in problem.assume if not isinstance(fact, str) or fact not in aside)
    return replace(problem, assume=assume, supposed=tuple(fact for fact in problem.supposed if fact not in aside))


def _beginning(given: Iterable[Given], entry: Entry, model: Model) -> str:
    """`L \\ge 2` of a claim at L, where all that the model says of a quantity holds `for 2 \\le l \\le L`: fewer layers are none."""
    assert model.names is not None
    found: dict[str, set[str]] = {}
    for one in given:
        key = left_key(model.definitions.get(one), model.names)
        found.setdefault(key, set()).add(one.for_)
    letters = {node.name for node in walk(*entry.formula.sides) if isinstance(node, Symbol)} if entry.formula is not None else set()
    stated = {one for conditions in found.values() if len(conditions) == 1 for one in conditions}
    ranges = [match for one in sorted(stated) if (match := FROM_SECOND.fullmatch(one)) is not None and match["end"] in letters]
    return next((f"{match['end']} \\ge {match['low']}" for match in ranges), "")


def _order(formula: Formula, problem: Problem, model: Model) -> tuple[str, str]:
    """The one order that words state of two steps of a claim, and where."""
    free = free_letters((formula,)) & problem.ranges.keys()
    found = [(order, f"line {line}") for order, line in model.orders.items() if set(order.split(" \\le ")) <= free]
    return found[0] if len(found) == 1 else ("", "")


def _said_shortest(given: Given, known: Mapping[Given, None], model: Model) -> Given:
    """The definition that stands for another one; the other itself where what it mentions is defined only behind the claim: V = W^T."""
    best = model.restated.get(given, given)
    if best in known or model.names is None or given not in model.all_definitions:
        return best
    here = {left_key(model.all_definitions.get(one), model.names) for one in known}
    made = {left_key(formula, model.names) for formula in model.definitions.values()} - here
    mentioned = {key for side in model.all_definitions[given].sides[1:] for key in model.names.keys_in(side)}
    return given if mentioned & made else best


def _with_sources(wanted: tuple[Given, ...], known: Mapping[Given, None], model: Model) -> tuple[Given, ...]:
    """With the definitions of what a definition mentions that stands for another: a = σ(z) needs that of z, wherever it is."""
    if not model.restated or model.names is None:
        return wanted
    by_use = sorted(model.definitions.items(), key=lambda item: item[0] not in model.dropped)  # what can be read comes last, and wins
    made = {left_key(formula, model.names): given for given, formula in by_use}
    found = dict.fromkeys(wanted)
    best = frozenset(model.restated.values())
    todo = [given for given in wanted if given in best and given not in known]
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
    made = {left_key(model.definitions.get(g), model.names): g for g in model.given if g in model.definitions}
    found = dict.fromkeys(given)
    todo = list(given)
    while todo:
        formula = tree_of(todo.pop(), model)
        for key in (key for side in (formula.sides if formula is not None else ()) for key in model.names.keys_in(side)):
            source = made.get(key)
            if source is not None and source not in found:
                found[source] = None
                todo.append(source)
    return tuple(found)


def _with_placeholders(problem: Problem, entry: Entry, model: Model) -> Problem:
    """`\\tanh'(x) = 1 - \\tanh^2(x)`: letters that mean nothing else stand for any number, where nothing but functions of them is met."""
    if entry.formula is None or model.names is None or not model.infers:
        return problem
    names = model.names
    functional = tuple(given for given in problem.given if _says_what_a_function_is(given, model))
    others = (given for given in problem.given if given not in functional)
    mentioned = {key for tree in trees_of(others, model) for key in keys_of(tree.sides, names)}
    if any(key in mentioned and not known_function(key) for key in keys_of(entry.formula.sides, names)):
        return problem
    nodes = [node for side in entry.formula.sides for node in outside_scripts(side)]
    symbols = {node.name for node in nodes if isinstance(node, Symbol) and not node.scripts and not node.primes}
    calls = [node for node in nodes if isinstance(node, Call)]
    letters = {name for name in symbols if len(name) == 1 and name.islower() and name not in ("e", "d")}
    plain = all(isinstance(argument, Symbol) and argument.name in letters for call in calls for argument in call.args)
    if not calls or not plain or any(isinstance(node, Symbol) and node.scripts and node.name != "e" for node in nodes):
        return problem
    fresh = {name: "scalar" for name in letters if name not in problem.shapes or name in problem.inferred}
    return replace(problem, given=functional, shapes={**problem.shapes, **fresh})


def _says_what_a_function_is(given: Given, model: Model) -> bool:
    """`\\sigma(x) = …`: its letter stands for anything."""
    tree = tree_of(given, model)
    left = tree.sides[0] if tree is not None else None
    return isinstance(left, Call) and len(left.args) == 1 and isinstance(left.args[0], Symbol) and not left.args[0].scripts


def _covered(given: Given, kept: Iterable[Given], model: Model) -> bool:
    """Whether a definition that cannot be read is of steps or entries of which another one speaks: `z^1_1 = …` beside `z^l = …`.

    One of the very same thing replaces the other.
    """
    assert model.names is not None
    if in_words(given):
        return False
    own = model.names.of(model.definitions[given].sides[0]) if given in model.definitions else None
    for other in kept:
        formula = model.definitions.get(other)
        general = model.names.of(formula.sides[0]) if formula is not None and own is not None else None
        if own is None or general is None or general.quantity.key != own.quantity.key:
            continue
        pairs = list(zip(general.slots, own.slots, strict=True))
        among = all(a in walk(b) or (isinstance(a, Symbol) and _reaches(b, model.frame.ranges.get(to_latex(a), ""))) for a, b in pairs)
        parts = bool(own.components) and not general.components
        if among and (parts or general.slots != own.slots or other not in model.all_definitions):
            return True
    return False


def _reaches(slot: Node, range_: str) -> bool:
    """Whether a number lies in a range that begins with a number: 1 in `1..L`, not 0."""
    low = range_.partition("..")[0]
    return isinstance(slot, Number) and slot.text.isdigit() and low.isdigit() and int(low) <= int(slot.text)


def _with_meant(problem: Problem, entry: Entry, model: Model) -> Problem | None:
    """The problem with what its differentials mean; None where one of them is a sum that the formula only adds to."""
    own = {left_key(tree, model.names) for tree in trees_of(problem.given, model)} if model.names is not None else set()
    meant = {key: given for key, given in {**model.errors, **model.differentials, **model.accents}.items() if key not in own}
    if not meant or entry.formula is None or model.names is None:
        return problem
    met = dict.fromkeys(key for side in entry.formula.sides for key in model.names.keys_in(side) if key in meant)
    left = model.names.of(entry.formula.sides[0])
    if left is not None and left.quantity.key in model.differentials:
        sums = [node.lower for node in walk(entry.formula) if isinstance(node, BigOperator)]
        bound = {to_latex(lower.sides[0] if isinstance(lower, Comparison) else lower) for lower in sums if lower is not None}
        free = {letter for key in keys_of(entry.formula.sides[1:], model.names) for letter in model.names.quantity(key).letters} - bound
        if not free <= set(left.quantity.letters):
            return None
    guessed = next((key for key in met if key not in model.accents), "")  # what `dW` or δ stands for is a guess
    doubt = problem.doubt or (f"what `{guessed}` stands for is a guess; say it" if guessed else "")
    extra = [meant[key] for key in met]
    if extra and model.cost is not None and model.cost not in problem.given:
        extra = [*model.given[model.given.index(model.cost) :], *extra]
    given = _closed((*problem.given, *extra), model) if extra else problem.given
    return replace(problem, given=given, doubt=doubt)


def _differential_of_nothing(problem: Problem, entry: Entry, model: Model) -> str:
    """A `dW` that no equation of the problem says anything of: it must not be read as d times W."""
    if entry.formula is None or model.names is None:
        return ""
    made = {given.equation.partition(" = ")[0] for given in problem.given}
    made |= {left_key(tree, model.names) for tree in trees_of(problem.given, model)} | set(problem.shapes) - set(problem.inferred)
    keys = (key for side in entry.formula.sides for key in model.names.keys_in(side) if differentiated_by(key))
    return next((key for key in keys if key not in made and not model.names.lacks_index(key, made)), "")


def _speaks_of(entry: Entry, kept: Iterable[Given], model: Model) -> bool:
    """Whether a claim, or an equation it rests on, mentions the cost."""
    assert model.names is not None and model.cost is not None
    if model.label and entry.formula is not None and Symbol(model.label) not in walk(*entry.formula.sides):
        return False
    trees = [entry.formula, *(model.definitions.get(given) for given in kept)]
    return any(model.cost_key in model.names.keys_in(side) for tree in trees if tree is not None for side in tree.sides)


def _with_relevant_shapes(problem: Problem, entry: Entry, model: Model) -> Problem:
    """Without inferred shapes of quantities that neither the claim nor its equations mention: they would only add sizes."""
    if entry.formula is None or model.names is None:
        return problem
    known = {**model.definitions, **dict(entry.known)}
    trees = [entry.formula, *model.fixed, *(known[given] for given in problem.given if given in known)]
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
    labels = ranges_of_labels(trees_of(problem.given, model), frame.shapes, frame.ranges) if model.infers else {}
    return replace(
        problem,
        shapes=frame.shapes,
        ranges={**frame.ranges, **labels},
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
    return replace(item, problem=None, verdict=verdict_of(item.problem, "", message))


def _unknown(item: DocumentItem, problem: Problem, message: str) -> DocumentItem:
    return replace(item, problem=None, verdict=verdict_of(problem, "unknown", message))


def _rests_on(entry: Entry, kept: Iterable[Given], dropped: Iterable[Given], model: Model) -> Given | None:
    """The first definition set aside that a claim rests on, directly or through those that were kept."""
    formulas = {**model.definitions, **dict(entry.known)}
    names = model.names
    left = {given: set(names.keys_in(formulas[given].sides[0])) for given in dropped if given in formulas and names is not None}
    if not left or entry.formula is None or names is None:
        return None
    met = {key for side in entry.formula.sides for key in names.keys_in(side)}
    rules = [
        (set(names.keys_in(formula.sides[0])), {key for side in formula.sides for key in names.keys_in(side)})
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
