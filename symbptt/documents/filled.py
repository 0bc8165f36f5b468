"""What a model is judged with: what front matter and words state, and what was inferred beside it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from symbptt.documents.arguments import INITIALS
from symbptt.documents.prose import Facts
from symbptt.inference.frame import Inferred, Stated
from symbptt.latex.parser import ParseError, parse_expression, words_from
from symbptt.latex.syntax import Node, Symbol
from symbptt.problem import Problem, ProblemError
from symbptt.reading.choices import Choices, ReadingError
from symbptt.reading.declare import declare, parse_problem
from symbptt.reading.infer import SCALARS
from symbptt.reading.notation import canonical
from symbptt.reading.scope import Scope

#: Numbers that go by a letter; what is true of any number is true of them.
CONSTANTS: Mapping[str, str] = MappingProxyType({"\\pi": "scalar"})
#: Names that are written as matrices are; a scalar of that kind is a guess.
CAPITAL = re.compile(r"(?:\\[a-z]+\{)?[A-Z](?![a-z])")


def of_unstated(inferred: Inferred, frame: Problem) -> Inferred:
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


def filled(frame: Problem, stated: Stated, inferred: Inferred, said: Facts, infers: bool) -> Problem:
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
