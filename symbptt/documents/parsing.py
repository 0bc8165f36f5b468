"""The formulas of a part of a document, parsed: its words, its functions, what it spells in several ways, and the pieces of a display."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain

from symbptt.documents.arguments import spelled_out, weights_before_brackets, with_fixed_arguments, with_products, without_arguments
from symbptt.documents.doubts import (
    NOTHING_SAID,
    Said,
)
from symbptt.documents.fonts import entries_in_italics, in_bold
from symbptt.documents.formulas import FormulaSource, Mark, Prose
from symbptt.documents.functions import OwnFunction, OwnFunctions, Place, unread
from symbptt.documents.listed import bounded, listed_up_to, with_list_bounds, with_listed_bounds
from symbptt.documents.restricting import NOT_RESTRICTED, Restriction
from symbptt.documents.roles import Context, letters_of
from symbptt.documents.run_together import indexed, with_indices
from symbptt.latex.parser import ParseError, Words, parse, parse_expression, words_from
from symbptt.latex.printer import to_latex
from symbptt.latex.syntax import NOWHERE, Formula, Node
from symbptt.problem import Problem, ProblemError
from symbptt.reading.declare import spelling_rules
from symbptt.reading.notation import aliases_of, read_notation
from symbptt.reading.tidy import Rule

#: Characters of a formula; a longer one is not read.
LONGEST = 50_000


#: A left side such as `dW_{ax}` or `\delta 4`: one name, not a product.
DIFFERENTIAL = re.compile(
    r"(?:^|\\\\|[\n&,;]|\\q?quad|\\begin\{[a-z]+\*?\})(?:\s|\\(?:displaystyle|small|[lL]arge|LARGE|[hH]uge)(?![a-z]))*(?P<name>(?P<prefix>d|\\delta|\\Delta)\s*(?:\\(?:tilde|hat|bar)\s*(?:\{[A-Za-z]\}|[A-Za-z])|\\[A-Za-z]+|[A-Za-z]|\d+))"
    r"(?:[_^](?:\{[^{}]*(?:\{[^{}]*\}[^{}]*)*\}|[A-Za-z0-9]))*\s*&?\s*(?:[-+:]?=|\\leftarrow)"
)


#: `\\delta 4`, wherever it stands.
NUMBERED = re.compile(r"(?P<prefix>\\delta|\\Delta)\s+\d+")


#: `da_{next}` within a formula; behind a brace it may be half of a derivative. `\\delta h_t`, where δ is nowhere an error or an index.
PRINTED_ON = re.compile(r"(?<![A-Za-z\\{])d(?:\\(?:tilde|hat|bar)\s*(?:\{[A-Za-z]\}|[A-Za-z])|\\[A-Z][a-z]+|[a-zA-Z])(?=[_^])")
ERROR_OF = re.compile(r"\\delta\s*(?:\\(?:tilde|hat|bar|mathbf)\s*(?:\{[A-Za-z]\}|[A-Za-z])|\\[A-Z][a-z]+|[a-zA-Z])(?![A-Za-z{])")
ERROR = re.compile(r"\\delta(?![A-Za-z])")


BRACE = re.compile(r"\\.|[{}]", re.S)


COMMAND_BEFORE = re.compile(r"(?:\\[A-Za-z]+\s*)?\{\s*\Z")


@dataclass(frozen=True)
class Parsed:
    source: FormulaSource
    formulas: tuple[Formula, ...] = ()
    error: str = ""
    at: int = 0
    around: Said = NOTHING_SAID
    said: str = ""  # the range that the words beside it state
    behind: str = ""  # how the sentence goes on behind it
    restriction: Restriction = NOT_RESTRICTED
    functions: tuple[OwnFunction, ...] = ()  # those that the document defines
    defining: frozenset[int] = frozenset()  # the formulas that define one, by number


def latex_of(items: Iterable[FormulaSource | Mark | Prose]) -> list[str]:
    return [item.latex for item in items if isinstance(item, FormulaSource)]


def with_macros(frame: Problem, macros: Mapping[str, str]) -> Problem:
    """The frame with the macros of a preamble; those it states itself win."""
    if not macros:
        return frame
    own = frame.notation.get("macros")
    return replace(frame, notation={**frame.notation, "macros": {**macros, **(own if isinstance(own, dict) else {})}})


def aliases_in(frame: Problem) -> Mapping[str, str]:
    """The other spellings that a frame states; none where they cannot be read (the judge says so with each claim)."""
    try:
        return aliases_of(frame.notation)
    except ProblemError:
        return {}


def rules_of(frame: Problem, words: Words) -> list[Rule]:
    """What is written in another way than a frame states; as with `aliases_in`."""
    try:
        return spelling_rules(read_notation(frame.notation), lambda text: parse_expression(text, words))
    except (ParseError, ProblemError, RecursionError):
        return []


def words_of(frame: Problem, formulas: Iterable[str]) -> Words:
    """The words of a document: those its front matter declares, and the differentials (`dW`, `\\delta 4`) it gives values to."""
    macros = frame.notation.get("macros")
    declared = [*frame.shapes, *frame.functions, *aliases_in(frame)]
    declared += [
        left for left in (given.equation.partition("=")[0] for given in frame.given) if "frac" not in left and "partial" not in left
    ]
    own = {prefix for prefix in ("d", "\\delta", "\\Delta") if prefix in declared}
    texts = [latex for latex in formulas if len(latex) <= LONGEST]
    found = [match for latex in texts for match in DIFFERENTIAL.finditer(latex)]
    named = dict.fromkeys(match["name"] for match in found if match["prefix"] not in own)
    numbered = {match["prefix"] for match in found if match["prefix"] not in own and match["name"][-1].isdigit()}
    if any(match["prefix"] == "d" for match in found) and "d" not in own:
        named.update(dict.fromkeys(match[0] for latex in texts for match in PRINTED_ON.finditer(latex)))
    prefixed = any(match["prefix"] == "\\delta" for match in found) and "\\delta" not in own
    if prefixed and not any(ERROR.search(ERROR_OF.sub("", latex)) for latex in texts):
        named.update(dict.fromkeys(match[0] for latex in texts for match in ERROR_OF.finditer(latex)))
    more = (match for latex in texts for match in NUMBERED.finditer(latex) if match["prefix"] in numbered)
    named.update(dict.fromkeys(match[0] for match in more))
    named.update(dict.fromkeys(spelled_out(texts)))
    return words_from([*declared, *named], macros if isinstance(macros, dict) else {})


def parse_source(source: FormulaSource, words: Words) -> Parsed:
    if len(source.latex) > LONGEST:
        return Parsed(source, error=f"the formula is {len(source.latex):,} characters long; the limit is {LONGEST:,}")
    try:
        return Parsed(source, parse(source.latex, words))
    except ParseError as error:
        return Parsed(source, error=error.message, at=min(error.position, len(source.latex)))
    except RecursionError:
        return Parsed(source, error="the formula is nested too deeply")
    except Exception as error:  # as with the judge: a defect of the parser costs its formula a verdict, never the run
        return Parsed(source, error=f"internal error: {type(error).__name__}: {' '.join(str(error).split())[:200]}")


def formulas_in(parsed: Iterable[Mark | Parsed]) -> list[Formula]:
    return [formula for item in parsed if isinstance(item, Parsed) for formula in item.formulas]


def mapped(parsed: Iterable[Mark | Parsed], change: Callable[[Formula], Formula]) -> list[Mark | Parsed]:
    """The displays and marks of a part, each formula changed."""
    return [item if isinstance(item, Mark) else replace(item, formulas=tuple(map(change, item.formulas))) for item in parsed]


def in_one_spelling(parsed: list[Mark | Parsed], frame: Problem) -> tuple[list[Mark | Parsed], frozenset[str]]:
    """A part with bounds for its sums and one spelling for each quantity, and the losses of which nothing tells if they are functions."""
    if names := indexed(formulas_in(parsed)):
        parsed = mapped(parsed, partial(with_indices, names=names))
    formulas = formulas_in(parsed)
    if any(with_listed_bounds(formula, frame.ranges.keys()) is not formula for formula in formulas):
        parsed = mapped(parsed, partial(with_listed_bounds, ranges={*frame.ranges, *bounded(formulas)}))
    if ends := listed_up_to(formulas_in(parsed)):
        parsed = mapped(parsed, partial(with_list_bounds, ends=ends, ranges=frame.ranges.keys()))
    formulas = formulas_in(parsed)
    fixed, unclear = with_fixed_arguments(formulas, frame.functions.keys())
    bold = entries_in_italics(formulas) if not frame.shapes else {}
    weights = weights_before_brackets(formulas) - set(frame.functions)
    if fixed or bold or weights:
        parsed = mapped(parsed, lambda formula: in_bold(with_products(without_arguments(formula, fixed), weights), bold))
    return parsed, unclear


def _beside(item: Parsed) -> tuple[str, str, str]:
    return item.around.before, item.around.after, item.around.sentence


def with_functions(parsed: list[Mark | Parsed], context: Context, frame: Problem) -> list[Mark | Parsed]:
    """The formulas of a part with the functions that it defines; those of whole vectors are written out."""
    places = [
        Place(at, number, item.source.section, item.source.line, *_beside(item), formula)
        for at, item in enumerate(parsed)
        if isinstance(item, Parsed)
        for number, formula in enumerate(item.formulas)
    ]
    places += [
        Place(at, -1, item.source.section, item.source.line, *_beside(item), formula)
        for at, item in enumerate(parsed)
        if isinstance(item, Parsed) and item.error and (formula := unread(item.source.latex)) is not None
    ]
    declared = {*frame.functions, *context.calls, *frame.shapes}
    functions = OwnFunctions(places, declared, context.indices.letters | context.indices.ends)
    if not functions:
        return parsed
    taken = frozenset(chain.from_iterable(letters_of(place.formula) for place in places))
    found: list[Mark | Parsed] = []
    for at, item in enumerate(parsed):
        if isinstance(item, Mark):
            found.append(item)
            continue
        section, defining = item.source.section, functions.defines(at)
        formulas = (
            formula if number in defining else functions.written_out(formula, section, taken)
            for number, formula in enumerate(item.formulas)
        )
        found.append(replace(item, formulas=tuple(formulas), functions=functions.at(at, section), defining=defining))
    return found


def parsed_or_none(latex: str, words: Words) -> tuple[Formula, ...]:
    """The formulas of a given equation; none where it cannot be read (the judge says so with each claim)."""
    return parse_source(FormulaSource(latex, 0, 0, True), words).formulas


def pieces_of(parsed: Parsed) -> list[tuple[Formula, tuple[int, int], str]]:
    """Each formula with its characters; a display that holds one is taken whole, and one that others cut, printed anew."""
    latex = parsed.source.latex
    if len(parsed.formulas) == 1:
        return [(parsed.formulas[0], (0, len(latex)), latex)]
    spans = [_trimmed(latex, *formula.span) for formula in parsed.formulas]
    mixed = [any(start < high and low < end for low, high in spans if low != start) for start, end in spans]
    shown = [to_latex(f) if own else latex[slice(*span)] for f, span, own in zip(parsed.formulas, spans, mixed, strict=True)]
    return list(zip(parsed.formulas, spans, shown, strict=True))


def _trimmed(latex: str, start: int, end: int) -> tuple[int, int]:
    """The range without the space and the alignment signs around it, and with the braces that it cuts: `h}_t` ⇒ `\\mathbf{h}_t`."""
    start, end = _balanced(latex, start, end)
    text = latex[start:end]
    left = re.match(r"[\s&]*", text)
    right = re.search(r"[\s&,;.]*\Z", text)
    return start + (left.end() if left else 0), start + (right.start() if right else len(text))


def _balanced(latex: str, start: int, end: int) -> tuple[int, int]:
    depth = lowest = 0
    for sign in BRACE.findall(latex, start, end):
        depth += {"{": 1, "}": -1}.get(sign, 0)
        lowest = min(lowest, depth)
    for _ in range(-lowest):
        opening = COMMAND_BEFORE.search(latex, 0, start)
        start = opening.start() if opening else start
    for _ in range(depth - lowest):
        closing = re.compile(r"\s*\}").match(latex, end)
        end = closing.end() if closing else end
    return start, end


def outside_of(condition: Node | None, span: tuple[int, int]) -> str:
    """The LaTeX of a condition that stands outside the formula's own characters (shared by several), else empty."""
    if condition is None or condition.span == NOWHERE or span[0] <= condition.span[0] < span[1]:
        return ""
    return text_of(condition)


def text_of(node: Node | None) -> str:
    """The LaTeX of a node without what only sets it: alignment signs, line breaks, private macros."""
    return "" if node is None else to_latex(node)
