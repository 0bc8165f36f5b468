"""The equations of a part of a document with what is inferred for them, before those that cannot be read are set aside."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, replace
from types import MappingProxyType

from symbptt.documents.arguments import INITIALS
from symbptt.documents.changes import head_of
from symbptt.documents.equations import once_each, said_otherwise, set_aside
from symbptt.documents.functions import OwnFunction
from symbptt.documents.item import Entry
from symbptt.documents.prose import Facts
from symbptt.documents.roles import letters_of
from symbptt.inference.frame import Inferred, Stated, infer_frame
from symbptt.inference.quantities import Names
from symbptt.inference.written import COMPONENT_LETTERS, outside_scripts
from symbptt.latex.parser import ParseError, parse_expression, words_from
from symbptt.latex.syntax import Formula, Node, Symbol, of_node, walk
from symbptt.problem import Given, Problem, ProblemError
from symbptt.reading.choices import Choices, ReadingError
from symbptt.reading.declare import declare, parse_problem
from symbptt.reading.infer import SCALARS
from symbptt.reading.notation import canonical, read_notation
from symbptt.reading.scope import Scope

#: Numbers that go by a letter; what is true of any number is true of them.
CONSTANTS: Mapping[str, str] = MappingProxyType({"\\pi": "scalar"})

ALTERNATIVE = "another equation says something else, and nothing says which of the two holds"
#: What words say of all members: `for i = 1, …, n`.
FROM_ONE = re.compile(r"1 \\le (?P<letter>[a-z]) \\le (?P<end>[A-Za-z])")
#: Names that are written as matrices are; a scalar of that kind is a guess.
CAPITAL = re.compile(r"(?:\\[a-z]+\{)?[A-Z](?![a-z])")


@dataclass(frozen=True)
class Told:
    """What holds for all models of a part: its frame, the facts in words, the equations of the frame, and whether guesses are made.

    `heads` are the names that some formula defines; `softmax`: whether the words speak of one that no formula shows.
    """

    frame: Problem
    facts: Facts
    fixed: tuple[Formula, ...]
    infers: bool
    heads: frozenset[str]
    softmax: bool
    functions: Mapping[str, str]  # that words name anywhere
    drafts: dict[tuple[object, ...], Draft]  # by what they are of: a document is read again with one spelling for two


@dataclass(frozen=True)
class Draft:
    """The equations of a part with what was inferred for them, before those that cannot be read are set aside."""

    frame: Problem
    inferred: Inferred
    names: Names
    claims: Sequence[Formula]
    definitions: Mapping[Given, Formula]
    chosen: Mapping[Given, Formula]  # one for each quantity
    restated: Mapping[Given, Given]
    vague: Mapping[Given, str]
    contradicted: Given | None  # the first definition that says something else than an earlier one
    stated_assume: bool


def spoken_of(entries: Sequence[Entry]) -> dict[Given, Formula]:
    """The definitions of which the formulas of a model speak, directly or through others, and those that its claims rest on."""
    known = {given: formula for entry in entries for given, formula in entry.known}
    letters = {given: letters_of(formula) for given, formula in known.items()}
    heads = {given: head_of(formula) for given, formula in known.items()}
    wanted = set().union(*(letters_of(entry.formula) for entry in entries if entry.formula is not None))
    claims = [entry.item.problem for entry in entries if entry.item.problem is not None and entry.item.role == "claim"]
    rested_on = {given for problem in claims for given in problem.given}
    found = {given: formula for given, formula in known.items() if given in rested_on}
    size = -1
    while size != len(found):
        size = len(found)
        for given, formula in known.items():
            if given not in found and heads[given] in wanted:
                found[given] = formula
                wanted |= letters[given]
    return {given: formula for given, formula in known.items() if given in found}


def drafted(entries: Sequence[Entry], told: Told, open_: frozenset[Given], *, decides: bool) -> Draft:
    """What the equations of some entries say; unless it `decides` which of several definitions holds, none of them does."""
    definitions = spoken_of(entries)
    claims = [entry.formula for entry in entries if entry.item.problem is not None and entry.item.role == "claim" and entry.formula]
    stating = [entry for entry in entries if entry.item.problem is not None] or entries
    section = max((entry.section for entry in stating), default=0)
    sections = frozenset(entry.section for entry in stating if entry.item.defines)
    own = tuple([function for entry in entries for function in entry.own_functions])
    key = (tuple(definitions.items()), tuple(claims), section, sections, own, open_, decides)
    found = told.drafts.get(key)
    if found is None:
        found = told.drafts[key] = _draft(definitions, claims, section, sections, own, told, open_, decides)
    return found


def _draft(
    definitions: Mapping[Given, Formula],
    claims: Sequence[Formula],
    section: int,
    sections: Set[int],
    own: Sequence[OwnFunction],
    told: Told,
    open_: frozenset[Given],
    decides: bool,
) -> Draft:
    """The same, from what the entries hold; `sections` are those that state equations, `section` is the last one."""
    frame, infers = told.frame, told.infers
    words = told.facts.at(section)
    said = words if infers else Facts()
    if along := words.notation.get("softmax"):  # nothing but words can say it, whatever front matter states
        frame = replace(frame, notation={"softmax": along, **frame.notation})
    stated = _stated(frame, said, infers, sections, definitions, claims)
    written = [*told.fixed, *definitions.values()]
    inferred = _of_unstated(infer_frame(written, claims, _with_functions(stated, own)), frame)
    full = _filled(frame, stated, inferred, said, infers)
    names = Names([*written, *claims], full.ranges, shapes=full.shapes)
    if infers and not frame.assume:  # words may speak of quantities of other models
        met = set(names.letters)
        known = tuple(f for f in full.assume if isinstance(f, str) or all(names.quantity_of(name) in met for name in f.values()))
        full = replace(full, assume=known)
    vague = set_aside(definitions, names, full.ranges) if infers else {}
    open_ |= frozenset() if decides else said_otherwise(definitions, names)
    vague |= {given: ALTERNATIVE for given in definitions if given in open_}
    chosen, restated, contradicted = once_each(definitions, names, full, vague)
    if len(chosen) < len(definitions):
        names = Names([*told.fixed, *chosen.values(), *claims], full.ranges, shapes=full.shapes)
    return Draft(
        full, inferred, names, claims, definitions, chosen, restated, vague, contradicted, stated_assume=bool(frame.assume) and not infers
    )


def _stated(
    frame: Problem, said: Facts, infers: bool, sections: Set[int], definitions: Mapping[Given, Formula], claims: Sequence[Formula]
) -> Stated:
    """What front matter and words say of the quantities of a model."""
    shapes, kinds = said.shapes, said.kinds
    ranges = {key: text for key, text in said.ranges.items() if not _is_plain(key, [*definitions.values(), *claims])}
    counted = (match for given in definitions if (match := FROM_ONE.fullmatch(given.for_)))
    ranges = {**{match["letter"]: f"1..{match['end']}" for match in counted if match["letter"] in COMPONENT_LETTERS}, **ranges}
    own = {canonical(key) for key in frame.shapes}
    return Stated(
        {**{key: shape for key, shape in shapes.items() if canonical(key) not in own}, **frame.shapes},
        {key: kind for key, kind in kinds.items() if key not in frame.shapes},
        {**ranges, **frame.ranges} if infers else frame.ranges,
        {**said.functions, **frame.functions},
        _signs(frame),
        scalars=bool(sections) and sections <= said.scalars,
        lying=frozenset(key for key in said.lying & shapes.keys() if canonical(key) not in own),
        all_ranges=bool(frame.ranges) and not infers,
    )


def _with_functions(stated: Stated, own: Sequence[OwnFunction]) -> Stated:
    """With what is known of the functions that the document defines: they are of one entry, and so are their parameters."""
    functions = {function.name: function.kind for function in own if function.kind}
    numbers = {name: "scalar" for function in own for name in function.numbers}
    return replace(stated, functions={**stated.functions, **functions}, kinds={**numbers, **stated.kinds})


def _is_plain(letter: str, formulas: Sequence[Formula]) -> bool:
    """Whether what counts elsewhere in the document is a quantity here: the target t, where no quantity has steps."""
    plain, everywhere = (sum(found[at][letter] for found in map(_alone, formulas)) for at in (0, 1))
    return bool(plain) and plain == everywhere


@of_node
def _alone(formula: Formula) -> tuple[Counter[str], Counter[str]]:
    """How often each name stands in a formula without scripts: what is multiplied or added, and anywhere."""
    sides = (node for side in formula.sides for node in outside_scripts(side))
    outside, everywhere = (
        Counter(node.name for node in nodes if isinstance(node, Symbol) and not node.scripts and not node.primes)
        for nodes in (sides, walk(formula))
    )
    return outside, everywhere


def _signs(frame: Problem) -> dict[str, tuple[str, ...]]:
    """What the notation says of the signs in equations; nothing where it cannot be read (the judge says so with each claim)."""
    try:
        signs = read_notation(frame.notation).signs
    except ProblemError:
        return {}
    return {sign: meanings for (part, sign), meanings in signs.items() if part == "given"}


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
        return parse_expression(key, words_from([key]))
    except ParseError:
        return Symbol(key)


def is_cost_by_name(key: str) -> bool:
    """A cost, as its letter says."""
    return re.split(r"[_^(]", key)[0] in SCALARS or INITIALS.fullmatch(key) is not None


def _filled(frame: Problem, stated: Stated, inferred: Inferred, said: Facts, infers: bool) -> Problem:
    """The frame with what the words say and what was inferred; what it states itself wins."""
    calls = list(inferred.calls)
    notation = {**({"call": calls} if calls else {}), **said.notation, **frame.notation}
    doubtful = {key: key not in inferred.doubtful for key in inferred.shapes}
    unstated = {key for key, shape in inferred.shapes.items() if shape == "scalar" and key not in stated.shapes}
    doubtful |= {key: False for key in unstated if CAPITAL.match(key) and not is_cost_by_name(key)}
    if infers:  # what is stated beside guesses is sure, but the rest still has to fit it
        doubtful |= dict.fromkeys(frame.shapes, True)
    rows = {key: shape for key in stated.lying if (shape := inferred.shapes.get(key, "")).startswith("1×")}
    return replace(
        frame,
        shapes={**CONSTANTS, **inferred.shapes, **stated.shapes, **rows} if infers else {**inferred.shapes, **stated.shapes},
        ranges={**inferred.ranges, **stated.ranges},
        functions={**inferred.functions, **stated.functions},
        notation=notation,
        assume=frame.assume or said.assume,
        inferred=doubtful,
    )
