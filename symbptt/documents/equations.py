"""Which definitions of a model can be used: each quantity once, in words that can be read, and what contradicts them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from functools import cache, lru_cache

from symbptt.documents.names import relettered
from symbptt.documents.piecewise import HELD, in_words
from symbptt.inference.quantities import Names
from symbptt.inference.substitute import unbound_sum
from symbptt.inference.written import outside_scripts
from symbptt.latex.parser import ParseError
from symbptt.latex.printer import to_latex
from symbptt.latex.syntax import Add, BigOperator, Call, Comparison, Ellipsis, Formula, Number, Symbol, walk
from symbptt.problem import Alike, Given, Problem, ProblemError
from symbptt.reading.choices import Choices, ReadingError, readings
from symbptt.reading.claim import read_model, with_sizes
from symbptt.reading.declare import Parsed, parse_problem
from symbptt.workers import AS_STATED, judge_here

CHOSEN = "`{}` may be an entry that a quantity chooses, which is not supported; write the sum over the targets"
#: Readings of the definitions that are tried before one of them is given up.
MOST_READINGS = 6
#: Definitions of one model that are looked at.
MOST_DEFINITIONS = 400
#: A condition that is met at one step, and what one has that is met at several.
ONE_STEP = re.compile(r"\s*(?P<letter>[A-Za-z])\s*=\s*(?P<step>\d+|[A-Za-z])\s*")
LETTER = re.compile(r"(?<![\\A-Za-z])[A-Za-z](?![A-Za-z])")
RANGE = re.compile(r"[<>≤≥]|\\(?:leq?|geq?|lt|gt|l?dots|in|ne)(?![A-Za-z])")


def once_each(
    definitions: Mapping[Given, Formula], names: Names, frame: Problem, vague: Mapping[Given, str]
) -> tuple[dict[Given, Formula], dict[Given, Given], Given | None]:
    """One definition for each quantity (and step), which stands for the others, and the first that contradicts an earlier one.

    Of several that say the same, by components, with intermediate quantities or without, the shortest is kept: `a = \\sigma(z)`.
    What is `vague` stays beside the others, and contradicts nothing; a clear one behind it replaces it.
    """
    own_letters = {given: in_own_letters(given, formula, names) for given, formula in definitions.items()}
    groups = _groups(own_letters, names)
    made = {left_key(formula, names) for formula in definitions.values()}
    free = {key for formula in definitions.values() for side in formula.sides[1:] for key in names.keys_in(side)} - made
    chosen = {given: given for given in vague}
    clear = [found for group in groups if (found := [given for given in group if given not in vague])]
    for group in clear:
        own = set(names.keys_in(definitions[group[0]].sides[-1]))
        others = [g for g in group[1:] if set(names.keys_in(definitions[g].sides[-1])) & free <= own]
        best = min([group[0], *others], key=lambda g: _length(definitions[g]))
        chosen.update(dict.fromkeys(group, best))
    replaced = {found for group in groups if group[0] in vague for found in group if found not in vague}
    differing = {other for group in clear for other in group[1:] if own_letters[other][1] != own_letters[group[0]][1]}
    firsts = {group[0]: definitions[group[0]] for group in clear}
    contradicted = next(
        (g for g in definitions if g in replaced or (g in differing and not _says_the_same(*own_letters[g], firsts, frame, names))), None
    )
    for given, general in _instances(firsts, names):
        rest = {other: formula for other, formula in firsts.items() if other is not given}
        if _says_the_same(*own_letters[given], rest, frame, names):
            chosen.update({other: chosen[general] for other, best in chosen.items() if best is chosen[given]})
    kept = {given: formula for given, formula in definitions.items() if chosen[given] is given}
    return kept, {given: best for given, best in chosen.items() if best is not given}, contradicted


def _instances(firsts: Mapping[Given, Formula], names: Names) -> Iterator[tuple[Given, Given]]:
    """Definitions of one step or layer, `a^L = \\sigma(W^L a^{L-1})`, and that of all which rests on the same: it may be said again."""
    places = {given: found for given, formula in firsts.items() if (found := names.of(formula.sides[0])) is not None and found.slots}
    general = {own.quantity.key: given for given, own in places.items() if tuple(map(to_latex, own.slots)) == own.quantity.letters}
    for given, own in places.items():
        whole = general.get(own.quantity.key)
        if whole is not None and given is not whole and all(isinstance(slot, Number) or to_latex(slot) in names.ends for slot in own.slots):
            _, rested_on = alone([firsts[whole]], firsts, Problem(), names)
            met = {key for other in rested_on if other is not given for side in firsts[other].sides for key in names.keys_in(side)}
            right = {key for key in names.keys_in(firsts[given].sides[-1]) if not key.endswith("()")}
            if own.quantity.key in right and right <= met:
                yield given, whole


def said_otherwise(definitions: Mapping[Given, Formula], names: Names) -> frozenset[Given]:
    """The definitions of what several say, not all in the same words."""
    own_letters = {given: in_own_letters(given, formula, names) for given, formula in definitions.items()}
    groups = _groups(own_letters, names)
    return frozenset(g for group in groups if len({own_letters[one][1] for one in group}) > 1 for g in group)


def _groups(own_letters: Mapping[Given, tuple[Given, Formula]], names: Names) -> list[list[Given]]:
    """The definitions of the same thing together; `own_letters` has each in the letters of its quantity."""
    groups: dict[tuple[object, ...], list[Given]] = {}
    for given, own in own_letters.items():
        groups.setdefault(_place_of(*own, names), []).append(given)
    return [part for group in groups.values() for part in _by_condition(group)]


def _by_condition(group: list[Given]) -> list[list[Given]]:
    """Definitions of one place, those together that speak of the same steps."""
    parts: list[list[Given]] = []
    for given in group:
        part = next((part for part in parts if any(share_steps(given, other) for other in part)), None)
        if part is None:
            parts.append([given])
        else:
            part.append(given)
    return parts


def place_of(given: Given, formula: Formula, names: Names) -> tuple[object, ...]:
    """What a definition is of: a quantity, and its step or layer; `h_t` for t = 1 is `h_1`, and `h_j` for any j is `h_t`."""
    return _place_of(*in_own_letters(given, formula, names), names)


def _place_of(given: Given, formula: Formula, names: Names) -> tuple[object, ...]:
    left, one = names.of(formula.sides[0]), ONE_STEP.fullmatch(given.for_)
    if left is None:
        return (given.equation,)
    steps = tuple(map(to_latex, left.slots))
    return left.quantity.key, tuple(one["step"] if one is not None and step == one["letter"] else step for step in steps)


def in_own_letters(given: Given, formula: Formula, names: Names) -> tuple[Given, Formula]:
    """A definition with the letters that its quantity has elsewhere: `h_j = \\phi(a_j)` is `h_t = \\phi(a_t)`."""
    left = names.of(formula.sides[0])
    if left is None or len(left.slots) != len(left.quantity.letters):
        return given, formula
    pairs = [(to_latex(step), letter) for step, letter in zip(left.slots, left.quantity.letters, strict=True)]
    others = {step: letter for step, letter in pairs if step != letter and step in names.running}
    renamed = relettered(formula, others)
    if renamed is formula:
        return given, formula
    condition = LETTER.sub(lambda match: others.get(match[0], match[0]), given.for_)
    return replace(given, equation=to_latex(renamed), for_=condition), renamed


def share_steps(first: Given, second: Given) -> bool:
    """Whether two definitions of one place speak of the same steps, as far as their conditions tell."""
    one, other = ("" if ONE_STEP.fullmatch(given.for_) else given.for_ for given in (first, second))
    return one == other or (not (one and other) and RANGE.search(one or other) is not None)


def _says_the_same(other: Given, formula: Formula, definitions: Mapping[Given, Formula], frame: Problem, names: Names) -> bool:
    """Whether a second definition agrees with those it rests on, of what can be read."""
    frame, rested_on = alone([formula], definitions, frame, names)
    return agree(frame, readable(frame, rested_on)[0], other)


def alone(
    formulas: Iterable[Formula], definitions: Mapping[Given, Formula], frame: Problem, names: Names
) -> tuple[Problem, tuple[Given, ...]]:
    """The definitions that some formulas rest on, with what a frame says of the quantities there: parts of a document share these."""
    if frame.given or frame.notation.get("aliases") or frame.notation.get("entries"):
        return frame, tuple(definitions)
    made: dict[str, list[Given]] = {}
    for given, tree in definitions.items():
        for key in {key for side in tree.sides[:-1] for key in names.keys_in(side)}:
            made.setdefault(key, []).append(given)
    met, found, todo = set[str](), set[Given](), list(formulas)
    while todo:
        new = {key for side in todo.pop().sides for key in names.keys_in(side)} - met
        met |= new
        sources = {given for key in new for given in made.get(key, ())} - found
        found |= sources
        todo += [definitions[given] for given in sources]
    shapes = {key: text for key, text in frame.shapes.items() if key not in frame.inferred or {key, names.quantity_of(key)} & met}
    inferred = {key: sure for key, sure in frame.inferred.items() if key in shapes}
    return replace(frame, shapes=shapes, inferred=inferred), tuple(given for given in definitions if given in found)


def agree(frame: Problem, given: tuple[Given, ...], other: Given) -> bool:
    """Whether a second definition of a quantity says what the first does, with the names of intermediate quantities: this is proved.

    Derivatives in definitions are total.
    """
    notation = {"derivative": "total", **frame.notation}
    problem = replace(
        frame, given=(*frame.given, *given), claim=other.equation, for_=other.for_, notation=notation, expect="", role="claim"
    )
    return _is_true(Alike(problem))


@lru_cache(maxsize=256)  # parts of a document are looked at again where it is read a second time
def _is_true(claim: Alike) -> bool:
    return judge_here(claim.problem, judge=AS_STATED, suggest=0).verdict in ("verified", "proved")


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
    if any(isinstance(node, Add) and isinstance(node.terms[-1][1], Ellipsis) for node in walk(formula)):
        return "it does not say where its sum ends"
    if entry := chosen_entry(formula, names):
        return CHOSEN.format(entry)
    letter = unbound_sum(formula)
    return f"the sum over {letter} does not mention {letter}: is an index mistyped?" if letter else ""


def chosen_entry(formula: Formula, names: Names) -> str:
    """`p_t[c_t]`: an entry of one quantity at the place that another one says, or else a product."""
    for node in outside_scripts(formula):
        if isinstance(node, Call) and node.bracket == "[" and len(node.args) == 1 and names.is_quantity(node.function.name):
            place = node.args[0]
            scripts = [script.body for script in place.scripts if script.kind == "sub"] if isinstance(place, Symbol) else []
            if any(inner.name in names.running for inner in walk(*scripts) if isinstance(inner, Symbol)):
                return to_latex(node)
    return ""


def set_aside(definitions: Mapping[Given, Formula], names: Names, ranges: Mapping[str, str]) -> dict[Given, str]:
    """Definitions that cannot be taken at their word, and why."""
    clear = {left_key(formula, names) for formula in definitions.values()}
    clear |= {left_key(replace(f, sides=f.sides[::-1]), names) for f in definitions.values() if _is_copy(f)}
    vague = {given: why for given, formula in definitions.items() if (why := _vague(formula, names, clear))}
    vague |= {given: why for given, formula in definitions.items() if (why := _begins_early(formula, ranges))}
    vague |= {given: HELD.format(words) for given in definitions if (words := in_words(given))}
    entries_only = [given for given, formula in definitions.items() if one_entry(formula, names)]
    return vague | dict.fromkeys(entries_only, "it is of one numbered entry only")


def _begins_early(formula: Formula, ranges: Mapping[str, str]) -> str:
    """Why a sum over members cannot be taken at its word: `\\sum_{i=0}^5 L_i` where they are counted from 1."""
    for node in walk(formula):
        if isinstance(node, BigOperator) and isinstance(node.lower, Comparison) and len(node.lower.sides) == 2:
            letter, start = to_latex(node.lower.sides[0]), node.lower.sides[1]
            low = ranges.get(letter, "").partition("..")[0]
            numbers = isinstance(start, Number) and low.isdigit() and start.text.isdigit()
            if numbers and isinstance(start, Number) and int(start.text) < int(low):
                return f"the sum over {letter} begins at {start.text}, and {letter} counts from {low}"
    return ""


def one_entry(formula: Formula, names: Names) -> bool:
    """`z^1_2 = …`: one numbered entry of a quantity says nothing of the others."""
    left = names.of(formula.sides[0])
    return left is not None and any(isinstance(component, Number) for component in left.components)


def readable(frame: Problem, definitions: tuple[Given, ...]) -> tuple[tuple[Given, ...], dict[Given, str]]:
    """The definitions that can be read together, in order, and the reason for each that cannot."""
    reasons = dict.fromkeys(definitions[MOST_DEFINITIONS:], "too many definitions in one model")
    read = cache(lambda given: trouble(frame, (*frame.given, *given)))  # some are looked at again
    kept = list(definitions[:MOST_DEFINITIONS])
    while kept and (reason := read(tuple(kept))):
        culprit = next((given for given in kept if f"`{given.equation}`" in reason), None) or _first_bad(kept, read)
        if culprit is None:
            break
        reasons[culprit] = reason
        kept.remove(culprit)
    for given in [given for given in definitions[:MOST_DEFINITIONS] if given in reasons]:  # one may have fallen for another's fault
        again = [g for g in definitions if g in {*kept, given}]
        if not read(tuple(again)):
            kept = again
            del reasons[given]
    return tuple(kept), reasons


def _first_bad(definitions: list[Given], read: Callable[[tuple[Given, ...]], str]) -> Given | None:
    """The first definition with which the ones before it cannot be read."""
    return next((g for at, g in enumerate(definitions) if read(tuple(definitions[: at + 1]))), None)


def trouble(frame: Problem, given: tuple[Given, ...]) -> str:
    """Why equations cannot be read together; empty if they can."""
    # what is assumed may be of names in claims alone
    return _trouble(Alike(replace(frame, given=given, claim="0 = 0", assume=())))


@lru_cache(maxsize=512)
def _trouble(model: Alike) -> str:
    try:
        parsed = parse_problem(model.problem)
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


def left_key(formula: Formula | None, names: Names) -> str:
    found = names.of(formula.sides[0]) if formula is not None else None
    return found.quantity.key if found is not None else ""
