"""Arguments that a document names in derivatives alone: the z of `f'(z^l)` beside `h^l = f(W^l h^{l-1} + b^l)` is what f is applied to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from symbptt.inference.quantities import Names
from symbptt.inference.written import outside_scripts
from symbptt.latex.printer import to_latex
from symbptt.latex.syntax import Call, Formula, Symbol
from symbptt.problem import Given, Problem
from symbptt.reading.tidy import filled

READ_AS = "`{}` is the argument of `{}`: `{}`"


@dataclass(frozen=True)
class Argument:
    """A name for what a function is applied to: its equation, key and shape, and how a claim is read with it."""

    equation: Given
    key: str
    shape: str
    reading: str


def with_arguments(problem: Problem, formula: Formula, definitions: Sequence[Formula], names: Names) -> Problem:
    """A claim with equations for what only derivatives of functions are applied to."""
    found = list(_implied(formula, definitions, names, problem.shapes))
    given, shapes = (one.equation for one in found), {one.key: one.shape for one in found}
    readings = (*problem.readings, *(one.reading for one in found))
    return replace(problem, given=(*problem.given, *given), shapes={**problem.shapes, **shapes}, readings=readings) if found else problem


def _implied(formula: Formula, definitions: Sequence[Formula], names: Names, shapes: Mapping[str, str]) -> Iterator[Argument]:
    """The names in a claim that no equation mentions, and that stand behind the derivative of a function which one equation applies."""
    known = {key for tree in definitions for side in tree.sides for key in names.keys_in(side)}
    met: dict[str, set[Symbol]] = {}
    elsewhere: set[str] = set()
    inside: set[int] = set()
    nodes = [node for side in formula.sides for node in outside_scripts(side)]
    for call in (node for node in nodes if isinstance(node, Call) and node.function.primes == 1 and len(node.args) == 1):
        found = names.of(call.args[0]) if isinstance(call.args[0], Symbol) else None
        if found is not None and found.quantity.key not in known and not found.components:
            met.setdefault(found.quantity.key, set()).add(replace(call.function, primes=0))
            inside.add(id(call.args[0]))
    for node in nodes:
        found = names.of(node) if isinstance(node, (Symbol, Call)) and id(node) not in inside else None
        if found is not None:
            elsewhere.add(found.quantity.key)
    for key, functions in met.items():
        if key not in elsewhere and len(functions) == 1:
            yield from _of(key, next(iter(functions)), definitions, names, shapes)


def _of(key: str, function: Symbol, definitions: Sequence[Formula], names: Names, shapes: Mapping[str, str]) -> Iterator[Argument]:
    applied = [(tree.sides[0], call) for tree in definitions for call in _calls(tree) if call.function == function]
    if len(applied) != 1:
        return
    (left, call) = applied[0]
    made, letters = names.of(left), names.quantity(key).letters
    if made is None or len(made.slots) != len(letters) or any(not isinstance(slot, Symbol) or slot.scripts for slot in made.slots):
        return
    shape = shapes.get(made.quantity.key, "")
    own = {slot.name: Symbol(letter) for slot, letter in zip(made.slots, letters, strict=True) if isinstance(slot, Symbol)}
    if shape:
        argument = to_latex(filled(call.args[0], own))
        yield Argument(Given(f"{key} = {argument}"), key, shape, READ_AS.format(key, to_latex(function), argument))


def _calls(tree: Formula) -> Iterator[Call]:
    """The calls of one argument on the right of an equation."""
    for side in tree.sides[1:]:
        yield from (node for node in outside_scripts(side) if isinstance(node, Call) and len(node.args) == 1)
