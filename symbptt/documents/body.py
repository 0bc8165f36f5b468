"""The formulas of a document, one after another, into items: a claim gets the problem that states it in full."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from itertools import chain, pairwise
from pathlib import PurePath
from typing import Any

from symbptt.documents.abbreviations import DENOTED, DENOTES, IS_DERIVATIVE, has_a_meaning, named, names_in
from symbptt.documents.completion import complete
from symbptt.documents.continued import joined
from symbptt.documents.copies import with_copies_supposed
from symbptt.documents.deltas import compares_letters, is_kronecker
from symbptt.documents.diagonals import diagonals, with_diagonals
from symbptt.documents.doubts import (
    ASSUMING,
    EXAMPLES,
    HEDGED,
    RECALLING,
    SAYING_AGAIN,
    SENTENCE_END,
    Doubts,
    Said,
    is_supposed,
    words_around,
)
from symbptt.documents.drafted import Draft
from symbptt.documents.formulas import Document, FormulaSource, InputError, Mark, Part, Prose
from symbptt.documents.functions import OwnFunction
from symbptt.documents.item import DocumentItem, Entry
from symbptt.documents.laws import exemplified, quantified
from symbptt.documents.listed import writes_out
from symbptt.documents.names import COMPONENT_LETTERS, without_list
from symbptt.documents.numbered import Numbered, by_number
from symbptt.documents.otherwise import CONCLUDING, INITIAL, PROPERTY_SAID, Change, Otherwise, is_of_data, is_property, is_stated
from symbptt.documents.parsing import (
    Parsed,
    aliases_in,
    formulas_in,
    in_one_spelling,
    latex_of,
    mapped,
    outside_of,
    parsed_or_none,
    pieces_of,
    rules_of,
    text_of,
    with_functions,
    with_macros,
    words_of,
)
from symbptt.documents.piecewise import WORDS, behind, held, other_case, with_definition
from symbptt.documents.prose import Facts, facts
from symbptt.documents.recursions import BARE, LETTING, below, by_its_names, defined_anew, follows, is_a_step, redefines
from symbptt.documents.references import NOTHING_SPOKEN
from symbptt.documents.remarks import without_remarks
from symbptt.documents.respelled import respellings, with_meant
from symbptt.documents.restricting import Restriction, exponentiated, is_solved, restricted, restrictions
from symbptt.documents.roles import Context, Defined, add_definition, begin, letters_of, only_shows_a_shape, opening_definition, role_of
from symbptt.documents.row_by_row import parse_each
from symbptt.documents.summands import BESIDE, HIDDEN, among_dots
from symbptt.documents.supposed import Suppositions
from symbptt.documents.understanding import Model
from symbptt.inference.quantities import known_function
from symbptt.latex.parser import ParseError, Words
from symbptt.latex.printer import to_latex
from symbptt.latex.syntax import BigOperator, Call, Formula, Number, Symbol, walk
from symbptt.problem import Given, Problem
from symbptt.reading.tidy import Rule, respell
from symbptt.verdict import Verdict

#: What a formula that states something contains, as far as one can tell without reading it.
RELATION = re.compile(r"[=<>]|\\(?:leftarrow|gets|approx|propto|equiv|leq?|geq?|neq?|sim|simeq|to|Rightarrow|implies)(?![A-Za-z])")
#: Signs in front of an equation by which it follows from what was said.
IMPLIED = re.compile(r"\s*(?:\\(?:Rightarrow|implies|Longrightarrow|therefore)(?![A-Za-z])|=>|⇒|∴)")
#: Words before an equation that call what it defines a constant.
CONSTANT = re.compile(r"\bconstants?\s*\Z", re.I)
NO_MARK = Mark()
#: Roles of a mark that keep a formula out of everything.
SILENT = ("skip", "text")


@dataclass(frozen=True)
class ModelRead:
    """A model of a document: what was made of it, what was stated for it, what the words say, and its formulas."""

    model: Model
    stated: Problem
    facts: Facts
    entries: tuple[Entry, ...]


def read_body(document: Document, errors: list[InputError]) -> list[DocumentItem]:
    """The items of a document in order; its frame holds what front matter says of all of them."""
    return understand(document, errors)[0]


def understand(document: Document, errors: list[InputError]) -> tuple[list[DocumentItem], list[ModelRead]]:
    """The items of a document in order, and its models."""
    parts = document.parts or (Part(0, document.frame),)
    pieces = [
        joined(without_remarks(document.items[low:high])) for low, high in pairwise([*(part.start for part in parts), len(document.items)])
    ]
    whole = tuple(chain.from_iterable(pieces))
    told = facts(whole, words_of(with_macros(document.frame, document.macros), latex_of(whole)))
    words = any(isinstance(item, Prose) and "softmax" in item.text.lower() for item in whole)
    softmax = words and not any(isinstance(item, FormulaSource) and "softmax" in item.latex.lower() for item in whole)
    items: list[DocumentItem] = []
    models: list[ModelRead] = []
    ids: set[str] = set()
    start = number = 0
    kept: tuple[Defined, ...] = ()
    for part, piece in zip(parts, pieces, strict=True):
        frame = with_macros(part.frame, document.macros)
        infer = not frame.shapes if part.infer is None else part.infer
        conditions, taken, before = told.conditions if infer else {}, set(ids), kept if part.keep else ()
        reader, given = _read(piece, frame, conditions, start, number, ids, before)
        kept = reader.made
        if reader.mark is not NO_MARK:
            message = "the mark has no formula behind it; put it directly before one"
            errors.append(InputError(message, path=frame.path, line=reader.mark.line))
        drafts: dict[tuple[object, ...], Draft] = {}
        completed = partial(complete, frame=frame, facts=told, given=given, infer=infer, softmax=softmax, drafts=drafts)
        found, made = completed(with_copies_supposed(reader.entries))
        for respelling in respellings(reader.formulas) if infer else ():
            again, _ = _read(piece, frame, conditions, start, number, set(taken), before, respelling.changed)
            found = with_meant(found, completed(with_copies_supposed(again.entries))[0], respelling)
        items += found
        models += [ModelRead(model, frame, told, tuple(entries)) for entries, model in made]
        start, number = start + len(piece), reader.last_model + 1
    return items, models


def _read(
    whole: tuple[FormulaSource | Mark | Prose, ...],
    frame: Problem,
    said: Mapping[int, str],
    start: int,
    number: int,
    ids: set[str],
    kept: tuple[Defined, ...],
    respelled: Callable[[Formula], Formula] | None = None,
) -> tuple[_Body, tuple[Formula, ...]]:
    """The formulas of a part, read, and the equations of its frame.

    `start` is the place of its first item, `number` of its first model; `kept` are equations of the part before.
    """
    words = words_of(frame, latex_of(whole))
    around, behind_it, limits = _surroundings(whole)
    parsed = [
        item
        if isinstance(item, Mark)
        else Parsed(item, around=around[at], said=said.get(start + at, ""), behind=behind_it[at], restriction=limits[at])
        for at, item in enumerate(whole)
        if not isinstance(item, Prose)
    ]
    parsed = parse_each(parsed, words)
    rules = rules_of(frame, words)
    if rules:
        parsed = mapped(parsed, partial(respell, rules=rules))
    if told := diagonals(whole, words):
        parsed = mapped(parsed, partial(with_diagonals, known=told))
    if respelled is not None:
        parsed = mapped(parsed, respelled)
    parsed, unclear = in_one_spelling(parsed, frame)
    given = [(equation, formula) for equation in frame.given for formula in respell(parsed_or_none(equation.equation, words), rules)]
    parsed = with_functions(parsed, begin(given, formulas_in(parsed), frame.ranges, frame.notation), frame)
    formulas = formulas_in(parsed)
    known = [*formulas, *(entry.formula for entry in kept)]
    context = replace(begin(given, known, frame.ranges, frame.notation), functions=frozenset(frame.functions), model=number)
    still = tuple(entry for entry in kept if context.definition_of(entry.name) is None)
    context = replace(context, defined=(*context.defined, *still))
    for entry in still:
        context = context.meet(entry.formula)
    numbered = any(name[-1:].isdigit() and " " in name for name in words.names | {" ".join(name) for name in words.compounds})
    labelled = any(name.isdigit() for name in aliases_in(frame))
    reader = _Body(frame, words, context, ids, Doubts(whole, formulas, numbered and not labelled, unclear), rules)
    reader.formulas, reader.numbered = formulas, {} if frame.ranges else by_number(formulas)
    for item in parsed:
        if not isinstance(item, Mark):
            reader.read(item)
        elif item.at != (0, 0):
            reader.placed.append(item)
        else:
            reader.mark = _joined(reader.mark, item)
    return reader, tuple(formula for _, formula in given)


@lru_cache(maxsize=2)  # a document may be read a second time
def _surroundings(items: tuple[FormulaSource | Mark | Prose, ...]) -> tuple[Sequence[Said], Sequence[str], Sequence[Restriction]]:
    """The words around each item, how its sentence goes on behind it, and what restricts it."""
    around = words_around(items)
    behind_it = [behind(items, at) for at in range(len(items))]
    return around, behind_it, restrictions(items, around, behind_it)


def _joined(first: Mark, second: Mark) -> Mark:
    """Two marks before one formula say both."""
    if first is NO_MARK:
        return second
    said = (first.expect or second.expect, first.for_ or second.for_, first.id or second.id, first.role or second.role)
    return Mark(*said, first.line, second.at, (*first.given, *second.given))


def _marks(mark: Mark, placed: Iterable[Mark], places: list[tuple[int, int]]) -> list[Mark]:
    """The mark of each formula of a display: what a comment says, and then what is said of its place.

    A line is that of all formulas that begin on it, or else of the last one before.
    """
    marks = [mark] * len(places)
    for own in placed:
        line, column = own.at
        before = [at for at, place in enumerate(places) if place <= (line, column or place[1])]
        first = [at for at in before if not column and places[at][0] == line] or before[-1:] or [0]
        for at in first:
            marks[at] = _joined(marks[at], own)
    return marks


class _Body:
    """Reads one document: `context` and `mark` are what has been said before the next formula."""

    def __init__(self, frame: Problem, words: Words, context: Context, ids: set[str], doubts: Doubts, rules: list[Rule]) -> None:
        self._frame = frame
        self._words = words
        self._rules = rules
        self._context = context
        self._ids = ids
        self.placed: list[Mark] = []  # for formulas of the next display
        self._assumed: list[str] = []
        self._doubts, self._suppositions = doubts, Suppositions()
        self._doubt = ""
        self._noted: tuple[str, ...] = ()  # how the next claim was read
        self._otherwise: tuple[Otherwise, ...] = ()
        self._letters: dict[str, str] = {}
        self._functions: dict[str, str] = {}
        self._bare, self._spoken = False, NOTHING_SPOKEN
        self._set_anew: set[Change] = set()  # that an equation behind the words takes back
        self._shown = ""  # the last formula that states nothing, and the one before it with the words between them
        self._shown_before = ("", "")
        self._own_functions: tuple[OwnFunction, ...] = ()
        self.mark = NO_MARK
        self.formulas: list[Formula] = []  # all of the part
        self.numbered: Numbered = {}
        self.entries: list[Entry] = []

    def read(self, parsed: Parsed) -> None:
        """Add the items of one display; its mark holds for each formula in it that states something."""
        mark, placed, self.placed = self.mark, self.placed, []
        self._own_functions = parsed.functions
        if parsed.error:
            self._add_unread(parsed, _joined(mark, placed[0]) if placed else mark)
            return
        pieces = pieces_of(parsed)
        marks = _marks(mark, placed, [parsed.source.place(span[0]) for _, span, _ in pieces])
        roles = [
            self._add(parsed, formula, span, latex, own, first=at == 0 or own is not mark, defining=at in parsed.defining)
            for at, ((formula, span, latex), own) in enumerate(zip(pieces, marks, strict=True))
        ]
        if any(role != "text" for role in roles):
            self.mark = NO_MARK

    def _add(self, parsed: Parsed, formula: Formula, span: tuple[int, int], latex: str, mark: Mark, *, first: bool, defining: bool) -> str:
        """Add one formula; returns its role, `skipped` where the mark says so."""
        source = parsed.source
        line, column = source.place(span[0])
        self._context = self._suppositions.leave(source, self._context)
        unmarked = not mark.role and not mark.expect
        if unmarked and (defining or is_kronecker(formula, parsed.around.before, parsed.behind)):
            self._add_silent(source, Verdict(role="definition", id=mark.id), latex, line, column)
            self._context = self._context.meet(formula)
            return "definition"
        letting = LETTING.search(parsed.around.before) is not None
        self._spoken = parsed.around.spoken
        self._bare = BARE.search(parsed.around.before) is not None
        self._hear(parsed, formula, letting, ranged=bool(parsed.said or mark.for_))
        if (summand := among_dots(formula, self._context)) is not None and mark.role not in ("definition", *SILENT):
            formula, by = summand
            self._doubt, self._noted = self._doubt or HIDDEN, (BESIDE.format(to_latex(by)),)
        logarithm, formula = formula, exponentiated(formula, self._context)
        role = self._role(parsed, formula, latex, mark, letting=letting, first=first)
        if role == "text" or mark.role in SILENT or (unmarked and compares_letters(formula, parsed.around.before)):
            return self._add_text(parsed, formula, latex, mark, line, column, skipped=mark.role in SILENT and role != "text")
        self._shown, self._shown_before = "", ("", "")
        role = mark.role or ("claim" if role == "restated" and mark.expect else role)
        condition = mark.for_ or outside_of(formula.condition, span) or ("" if formula.condition is not None else parsed.said)
        wanted = mark.id if first else ""
        stated = next(iter(parsed_or_none(condition, self._words)), None) if condition else formula.condition
        part = "" if stated is not None or mark.role else self._held(parsed)
        if part and role == "claim":
            self._doubt = self._doubt or HEDGED.format(part)
        case = other_case(formula, stated, self._context) if not mark.role and not mark.expect else None
        if case is not None:
            self.entries = with_definition(self.entries, *case)
            self._context = replace(self._context, defined=tuple(case[1] if e is case[0] else e for e in self._context.defined))
            self._add_definition(source, formula, latex, (case[1].equation,), mark.expect, self._place(source, wanted, line, column))
            role = "definition"
        elif role == "claim":
            place = self._place(source, wanted, line, column)
            if opening := opening_definition(formula, self._context):
                self._define(source, opening, condition, line)
            anew = defined_anew(formula, self._context, source.section, letting) if not mark.role and not mark.expect else ""
            self._add_claim(source, formula, latex, condition, mark, place, anew)
            self._name_at_the_end(source, formula, line)
            self._name_on_the_spot(source, latex, line)
        else:
            listed = not self._context.is_new(formula.sides[0]) and EXAMPLES.search(parsed.around.before) is not None
            constant = CONSTANT.search(parsed.around.before) is not None and _applies_unknown(formula, self._frame.functions)
            role = "definition" if role == "restated" else role
            defined = self.numbered.get(formula, (formula,)) if role == "definition" and not listed and not constant else ()
            new = tuple(given for one in defined for given in self._defined(parsed, one, condition, line, part))
            if new:
                place = self._place(source, wanted, line, column)
                place |= {"claim": to_latex(formula)} if formula is not logarithm else {}
                self._add_definition(source, formula, latex, new, mark.expect, place)
            else:
                role = "definition" if role == "assumed" else role
                self._add_silent(source, Verdict(role=role, id=wanted, expect=mark.expect), latex, line, column)
        self._context = self._context.meet(formula)
        return role

    def _hear(self, parsed: Parsed, formula: Formula, letting: bool, ranged: bool) -> None:
        """Take down what the words around a formula say of it, and what is defined below its range."""
        source = parsed.source
        self._doubts.meet(formula, parsed.around, source, self._context)
        doubt = self._doubts.about(formula, parsed.around, source, self._context, ranged=ranged)
        words = restricted(parsed.restriction, formula, self._context, ranged=ranged)
        self._doubt = doubt or (HEDGED.format(words) if words else self._suppositions.doubt(formula, self._context))
        self._otherwise = tuple(self._resolved(change) for change in parsed.around.otherwise if change not in self._set_anew)
        self._letters, self._functions = quantified(parsed.around.sentence), exemplified(parsed.around.sentence)
        self._noted = ()
        for pair, equation in () if letting else below(formula, self._context):
            self._context = add_definition(pair, equation, self._context, source.section, None)

    def _role(self, parsed: Parsed, formula: Formula, latex: str, mark: Mark, *, letting: bool, first: bool) -> str:
        """The role of a formula by what it says and by the words around it, as far as its mark leaves that open."""
        role = role_of(formula, self._context, parsed.source.section, parsed.source.display)
        unmarked = not mark.role and not mark.expect
        if role == "restated" and not letting:
            member = follows(formula, self._context) or is_a_step(formula, self._context) or writes_out(formula, self._context)
            member = member or (IMPLIED.match(latex) is not None and by_its_names(formula, self._context))
            role = "claim" if member or SAYING_AGAIN.search(parsed.around.before) else role
        if role == "claim" and unmarked and redefines(formula, self._context, parsed.around.sentence):
            role = "definition"
        if role in ("definition", "restated") and unmarked and is_solved(parsed.restriction, formula, self._context):
            role = "text"
        if role == "definition" and unmarked and is_property(formula):
            self._assumed.append(latex)
            role = "assumed"
        if role in ("claim", "restated", "definition") and unmarked and first:
            role = self._supposed(role, parsed, formula, latex)
        if role == "claim" and unmarked and self._is_stated(formula, parsed):
            self._assumed.append(latex)
            role = "assumed"
        return mark.role if role == "text" and mark.role in ("claim", "definition", "update") else role

    def _add_text(self, parsed: Parsed, formula: Formula, latex: str, mark: Mark, line: int, column: int, *, skipped: bool) -> str:
        """Add a formula that states nothing, or that its mark skips; words before it may say what it names."""
        source = parsed.source
        said = Verdict(role="text", message="skipped, as its mark says" if skipped else "", expect=mark.expect if mark.at[0] else "")
        self._add_silent(source, said, latex, line, column)
        if not skipped and DENOTED.match(parsed.around.before):
            self._name_on_the_spot(source, f"\\underbrace{{{self._shown}}}_{{{latex}}}", line)
        elif not skipped and self._shown:
            self._denote(source, parsed.around.before, latex, line)
        self._shown_before, self._shown = (self._shown, parsed.around.before), latex
        self._context = self._context.meet(formula)
        return "skipped" if skipped else "text"

    def _held(self, parsed: Parsed) -> str:
        """The words by which a formula holds in part."""
        return held(parsed.around.sentence, parsed.behind, self._context.indices.letters | self._context.indices.ends)

    def _supposed(self, role: str, parsed: Parsed, formula: Formula, latex: str) -> str:
        """What a claim is behind "if" or "assuming": a condition of what follows, or something that is taken for granted."""
        name = self._context.name(formula.sides[0])
        changes = name is not None and self._context.definition_of(name) is not None and not isinstance(formula.sides[-1], Number)
        if role == "definition" and not (changes and is_supposed(parsed.around, replaces=True)):
            return role
        made = {entry.name.letter for entry in self._context.defined}
        words = f"{parsed.around.before[-60:]} {parsed.around.sentence}"
        if is_property(formula) and not made & letters_of(formula) and PROPERTY_SAID.search(words):
            self._assumed.append(latex)
            return "assumed"
        if ASSUMING.search(parsed.around.before) or (RECALLING.search(parsed.around.before) and is_of_data(formula, made)):
            self._assumed.append(latex)
            return "assumed"
        if not is_supposed(parsed.around, replaces=changes) or parsed.source.display:
            return role
        if role == "restated" or changes:
            self._doubts.suppose(formula, parsed.source.section)
        return "text"

    def _is_stated(self, formula: Formula, parsed: Parsed) -> bool:
        """Whether a formula states a property of data or parameters, and the words do not say that it follows from anything.

        One that stands alone, where shapes are stated, is a claim.
        """
        alone = parsed.source.display or not parsed.around.sentence.strip()
        if alone and (self._frame.shapes or not (is_property(formula) or isinstance(formula.sides[0], BigOperator))):
            return False
        made = {entry.name.letter for entry in self._context.defined}
        counting = {*COMPONENT_LETTERS, *self._context.indices.letters, *self._context.indices.ends}
        said = f"{parsed.around.sentence} {SENTENCE_END.split(parsed.around.before)[-1]}"
        return is_stated(formula, made, counting) and CONCLUDING.search(said) is None

    def _resolved(self, change: Change) -> Otherwise:
        """A change with the quantity it speaks of."""
        if change.kind in ("function", "cost") or change.subject == INITIAL:
            return Otherwise(change)
        return Otherwise(change, next((formula.sides[0] for formula in parsed_or_none(change.subject, self._words)), Symbol("")))

    @property
    def made(self) -> tuple[Defined, ...]:
        """The definitions of the body, without those of the frame."""
        return tuple(entry for entry in self._context.defined if entry.section >= 0)

    @property
    def last_model(self) -> int:
        return self._context.model

    def _append(self, item: DocumentItem, formula: Formula | None, source: FormulaSource) -> None:
        known = tuple((entry.equation, entry.formula) for entry in self._context.defined if entry.section >= 0)
        self.entries.append(
            Entry(
                item,
                formula,
                self._context.model,
                source.section,
                known,
                self._doubt,
                self._otherwise,
                self._letters,
                self._functions,
                self._own_functions,
                self._bare,
                self._spoken,
            )
        )

    def _add_claim(
        self, source: FormulaSource, formula: Formula, latex: str, condition: str, mark: Mark, place: dict[str, Any], anew: str = ""
    ) -> None:
        given = (*self._frame.given, *self._context.given_for(formula))
        if mark.given:
            own = set(map(self._left, mark.given))
            given = (*mark.given, *(equation for equation in given if self._left(equation) not in own))
        claim = latex if respell(parsed_or_none(latex, self._words), self._rules) == (formula,) else to_latex(formula)
        supposed = tuple(self._assumed)
        assume = (*self._frame.assume, *supposed)
        problem = replace(self._frame, claim=claim, given=given, assume=assume, supposed=supposed, expect=mark.expect, **place)
        problem = replace(problem, noted=self._noted, for_=condition or self._frame.for_, readings=self._suppositions.readings(given))
        self._append(DocumentItem("claim", problem, None, latex, problem.line, problem.column, anew=anew), formula, source)

    def _left(self, given: Given) -> str:
        """The name that an equation defines, however it is spelled."""
        formula = next(iter(parsed_or_none(given.equation, self._words)), None)
        return to_latex(formula.sides[0]) if formula is not None else given.equation

    def _add_definition(
        self, source: FormulaSource, formula: Formula, latex: str, new: tuple[Given, ...], expect: str, place: dict[str, Any]
    ) -> None:
        """Add a definition; it is looked at with all that is defined so far, for it may define nothing (circular)."""
        given = (*self._frame.given, *(entry.equation for entry in self._context.defined if entry.equation not in self._frame.given))
        problem = replace(self._frame, given=given, expect=expect, role="definition", **{"claim": latex, **place})
        self._append(DocumentItem("definition", problem, None, latex, problem.line, problem.column, new), formula, source)

    def _add_silent(self, source: FormulaSource, said: Verdict, latex: str, line: int, column: int) -> None:
        """Add what gets no verdict of its own."""
        verdict = replace(said, latex=latex, **self._place(source, said.id, line, column))
        self._append(DocumentItem(said.role, None, verdict, latex, line, column), None, source)

    def _add_unread(self, parsed: Parsed, mark: Mark) -> None:
        """Add a formula that cannot be read: `unknown`, or text where it stands in a line and states nothing."""
        source = parsed.source
        line, column = source.place(parsed.at)
        message = f"cannot be read at line {line}, column {column}: {parsed.error}"
        if not source.display and not RELATION.search(source.latex):
            self._add_silent(source, Verdict(role="text", message=message), source.latex, source.line, source.column)
            return
        self.mark = NO_MARK
        if mark.role in SILENT:
            self._add_silent(source, Verdict(role="text", message="skipped, as its mark says"), source.latex, source.line, source.column)
            return
        said = Verdict(role="claim", verdict="unknown", id=mark.id, message=message, expect=mark.expect)
        self._add_silent(source, said, source.latex, source.line, source.column)

    def _place(self, source: FormulaSource, wanted: str, line: int, column: int) -> dict[str, Any]:
        """The name of a formula and where it stands, as fields of a problem or a verdict."""
        path = source.path or self._frame.path
        return {"id": self._id(wanted, path, source.cell, line, column), "path": path, "line": line, "column": column, "cell": source.cell}

    def _id(self, wanted: str, path: str, cell: int, line: int, column: int) -> str:
        name = wanted or f"{PurePath(path).name}{f':cell {cell}' if cell else ''}:{line}"
        if not wanted and name in self._ids:
            name = f"{name}:{column}"
        self._ids.add(name)
        return name

    def _define(self, source: FormulaSource, formula: Formula, condition: str, line: int, part: str = "") -> None:
        """`a = b = c`: a is b, and b is c; `part` are words by which that holds in part, and which were not understood."""
        stated = next(iter(parsed_or_none(condition, self._words)), None) if condition else formula.condition
        if only_shows_a_shape(formula.sides[-1]):
            return
        self._doubts.define(formula, source.section)
        self._set_anew.update(one.change for one in self._otherwise if one.change.kind == "free" and one.speaks_of(formula.sides[0]))
        for left, right in zip(formula.sides, formula.sides[1:], strict=False):
            left = without_list(left, self._context.indices.plain)
            whole = len(formula.sides) == 2 and left is formula.sides[0]
            pair = formula if whole else replace(formula, sides=(left, right), relations=formula.relations[:1])
            pair = pair if condition or stated is not None or part else self._context.in_known_letters(pair)
            equation = Given(
                " = ".join(map(to_latex, pair.sides)), condition or text_of(formula.condition) or (part and f"{WORDS}{part}}}"), line
            )
            self._context = add_definition(pair, equation, self._context, source.section, stated)

    def _defined(self, parsed: Parsed, formula: Formula, condition: str, line: int, part: str) -> tuple[Given, ...]:
        """Define what a formula defines; the equations that are new."""
        before = self._context
        self._define(parsed.source, formula, condition, line, part)
        same = set(map(id, before.defined))
        new = [entry for entry in self._context.defined if id(entry) not in same and entry not in before.defined]
        self._suppositions.note(before, new, parsed)
        return tuple(entry.equation for entry in new)

    def _name_at_the_end(self, source: FormulaSource, formula: Formula, line: int) -> None:
        """`… = \\zeta_1`: a name first met at the end of a claim is defined there."""
        last = formula.sides[-1]
        if not isinstance(last, Symbol) or last.name in self._context.letters or any(last in walk(side) for side in formula.sides[:-1]):
            return
        if len(formula.sides) < 2 or has_a_meaning(last, formula, self._frame.shapes):
            return
        pair = replace(formula, sides=(last, formula.sides[-2]), relations=("=",))
        equation = Given(f"{to_latex(last)} = {to_latex(formula.sides[-2])}", text_of(formula.condition), line)
        self._context = add_definition(pair, equation, self._context, source.section, formula.condition)

    def _name_on_the_spot(self, source: FormulaSource, latex: str, line: int) -> None:
        """Names under the braces of a formula, where they are new."""
        try:
            named = names_in(latex, self._words)
            new = [formula for formula in named if self._context.is_new(formula.sides[0])]
            found = [formula for formula in new if not has_a_meaning(formula.sides[0], formula, self._frame.shapes)]
        except (ParseError, RecursionError):
            return
        for formula in found:
            self._define(source, formula, "", line)

    def _denote(self, source: FormulaSource, words: str, latex: str, line: int) -> None:
        """`δ … denotes ∂L/∂z`, `δ … is the derivative of the loss L with respect to z`: a name of a derivative, new or from here on."""
        name, expression = self._shown, latex
        first, between = self._shown_before
        if first and IS_DERIVATIVE.match(f"{between} ⟨⟩ {words}"):
            name, expression = first, f"\\frac{{\\partial {self._shown}}}{{\\partial {latex}}}"
        elif IS_DERIVATIVE.match(words) and (loss := self._context.loss):
            expression = f"\\frac{{\\partial {loss}}}{{\\partial {latex}}}"
        elif not DENOTES.match(words):
            return
        try:
            found = next(named(name, expression, self._words), None)
        except (ParseError, RecursionError):
            return
        if found is None or has_a_meaning(found.sides[0], found, self._frame.shapes):
            return
        if self._context.is_new(found.sides[0]) or redefines(found, self._context, "denotes"):
            self._define(source, found, "", line)


def _applies_unknown(formula: Formula, functions: Mapping[str, str]) -> bool:
    """Whether a formula applies a function of which nothing is known: of a constant, it says nothing that could be used."""
    called = (node.function.name for node in walk(*formula.sides[1:]) if isinstance(node, Call))
    return any(not known_function(name) and name not in functions for name in called)
