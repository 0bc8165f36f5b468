"""One step of a recurrent cell backwards, in the names of notebooks: `da_next` is given, `da_prev`, `dW` and the rest are asked for.

Without a cost, what comes back from all later steps is an arbitrary function of the states that the cell gives, of which `da_next` and
`dc_next` are the derivatives by the one and the other. The states before, a_prev and c_prev, are held. Where the right side for `dΓ` of
a gate `Γ = σ(z)` holds the slope of σ, the derivative by z is meant. All of this is a reading: nothing is refuted by it.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from symbptt.inference.cost import COST, LOSS
from symbptt.inference.quantities import Names, known_function
from symbptt.inference.substitute import differentiated_by
from symbptt.latex.printer import to_latex
from symbptt.latex.syntax import (
    Add,
    BigOperator,
    Call,
    Derivative,
    Formula,
    Matrix,
    Node,
    Number,
    Product,
    Script,
    Symbol,
    inner_fields,
    walk,
    with_parts,
)
from symbptt.problem import Given, Problem

NEXT, PREVIOUS = Script("sub", Symbol("next")), Script("sub", Symbol("prev"))
TRANSPOSES = (Symbol("T"), Symbol("\\top"))
STEP = "one step: `{0}` is the last state, `{1}` the one before, and `d` the derivative of a function of the last states"


class _OtherSteps(Exception):
    """A formula speaks of more than one step."""


@dataclass(frozen=True)
class OneStep:
    """A cell at one step: its equations without the step, and what the differentials in claims of it mean."""

    letter: str
    states: tuple[Symbol, ...]  # without scripts for the step
    given: tuple[Given, ...]
    shapes: Mapping[str, str]
    inner: Mapping[str, str]  # what an activation is applied to, by what it gives
    claims: tuple[Formula, ...]
    spelled: Mapping[str, Symbol]  # each name without its step, as the equations write it with one
    mixed: tuple[str, ...]  # what they write in two ways

    def problem(self, formula: Formula, problem: Problem) -> Problem | None:
        """The problem of a claim at one step; None where it speaks of others, or of names that nothing says anything of."""
        try:
            claim = _at_one_step(formula, self.letter, self.states)
        except _OtherSteps:
            return None
        met = {_not_turned(symbol) for symbol in _quantities(*claim.sides)}
        bases = {symbol: _base(symbol) for symbol in met if differentiated_by(symbol.name)}
        if not all(to_latex(bases.get(symbol, symbol)) in self.shapes for symbol in met):
            return None
        outputs = [to_latex(_with(state, NEXT)) for state in self.states]
        later = f"{COST}({', '.join(outputs)})"
        readings = [STEP.format(outputs[0], to_latex(_with(self.states[0], PREVIOUS)))]
        meant = []
        for symbol, base in sorted(bases.items(), key=lambda item: to_latex(item[0])):
            by = to_latex(base)
            if by not in outputs and by in self.inner and self._holds_the_slope(symbol):
                readings.append(f"`{to_latex(symbol)}` is the derivative by what the activation in `{by}` is applied to")
                by = self.inner[by]
            meant.append(Given(f"{to_latex(symbol)} = \\frac{{\\partial {later if by in outputs else LOSS}}}{{\\partial {by}}}"))
        readings += dict.fromkeys([*self.mixed, *self._otherwise(formula)])
        text = f" {formula.relations[0]} ".join(map(to_latex, claim.sides))
        notation = {key: value for key, value in problem.notation.items() if key != "call"}
        full = replace(problem, claim=text, given=(*self.given, Given(f"{LOSS} = {later}"), *meant), ranges={}, notation=notation)
        full = replace(full, shapes={**self.shapes, LOSS: "scalar"}, functions={**problem.functions, COST: "scalar"}, assume=())
        return replace(full, inferred={}, doubt="", readings=tuple(readings))

    def _holds_the_slope(self, symbol: Symbol) -> bool:
        """Whether the right side for `dΓ` holds `1 - Γ` or `1 - Γ^2`; without one, an error of a gate is taken for that of its argument."""
        own = [claim for claim in self.claims if claim.sides[0] == symbol]
        sums = [node for claim in own for node in walk(*claim.sides[1:]) if isinstance(node, Add) and node.terms[0] == ("+", Number("1"))]
        return not own or any(part == _base(symbol) for one in sums for part in _quantities(one))

    def _otherwise(self, formula: Formula) -> Iterator[str]:
        """Names whose step is written otherwise than in the equations: `x_t` beside `x^{\\langle t \\rangle}`."""
        for symbol in sorted(set(_quantities(*formula.sides)), key=to_latex):
            before = self.spelled.get(to_latex(_without_step(symbol, self.letter)))
            if before is not None and symbol != before and any(script.body == Symbol(self.letter) for script in symbol.scripts):
                yield f"`{to_latex(symbol)}` is `{to_latex(before)}`"


def one_step(
    definitions: list[Formula], claims: Iterable[Formula], names: Names, shapes: Mapping[str, str], unread: Container[str]
) -> OneStep | None:
    """The cell that equations describe and claims differentiate backwards by one step; None where they do nothing of the kind, or where
    the equation of a quantity in it is `unread`."""
    named = {_base(symbol) for claim in claims for symbol in _quantities(*claim.sides) if differentiated_by(symbol.name)}
    wanted = [replace(symbol, scripts=symbol.scripts[:-1]) for symbol in named if symbol.scripts and symbol.scripts[-1] == NEXT]
    heads = [tree.sides[0] for tree in definitions if len(tree.sides) == 2 and isinstance(tree.sides[0], Symbol)]
    letters = {
        script.body.name
        for head in heads
        for script in head.scripts
        if isinstance(head, Symbol) and isinstance(script.body, Symbol) and _without_step(head, script.body.name) in wanted
    }
    if len(letters) != 1:
        return None
    (letter,) = letters
    forward = [tree for tree in definitions if Symbol(letter) in walk(tree.sides[0])]
    carried = {_without_step(head, letter) for head in heads} & {
        replace(symbol, scripts=tuple(script for script in symbol.scripts if not _is_before(script.body, letter)))
        for tree in forward
        for symbol in _quantities(*tree.sides)
        if any(_is_before(script.body, letter) for script in symbol.scripts)
    }
    states = tuple(sorted(carried, key=to_latex))
    if not set(wanted) <= carried or any(isinstance(node, (Derivative, BigOperator)) for tree in forward for node in walk(tree)):
        return None
    try:
        trees = [_at_one_step(tree, letter, states) for tree in forward]
        backward = tuple(found for claim in claims if (found := _tried(claim, letter, states)) is not None)
    except _OtherSteps:
        return None
    known: dict[str, str] = {}
    spelled: dict[str, Symbol] = {}
    mixed: dict[str, None] = {}
    for tree, new in zip(forward, trees, strict=True):
        for old, symbol in zip(_quantities(*tree.sides), _quantities(*new.sides), strict=True):
            name = names.of(old)
            shape = shapes.get(name.quantity.key, "") if name is not None else ""
            if not shape or name is None or name.quantity.key in unread or known.setdefault(to_latex(_not_turned(symbol)), shape) != shape:
                return None
            if any(script.body == Symbol(letter) for script in old.scripts):
                first = spelled.setdefault(to_latex(_without_step(old, letter)), old)
                mixed |= {f"`{to_latex(old)}` is `{to_latex(first)}`": None} if old != first else {}
    given, inner = _with_arguments(trees)
    return OneStep(letter, states, given, {**known, **{inner[key]: known[key] for key in inner}}, inner, backward, spelled, tuple(mixed))


def _with_arguments(trees: Iterable[Formula]) -> tuple[tuple[Given, ...], dict[str, str]]:
    """The equations, with a name for what the activation of each gate is applied to, and these names."""
    given: list[Given] = []
    inner: dict[str, str] = {}
    for number, tree in enumerate(trees, start=1):
        left, right = to_latex(tree.sides[0]), tree.sides[1]
        gate = isinstance(right, Call) and len(right.args) == 1 and known_function(right.function.name) and right.function.name != "softmax"
        if gate and isinstance(right, Call):
            inner[left] = f"\\mathrm{{net}}_{{{number}}}"
            given.append(Given(f"{inner[left]} = {to_latex(right.args[0])}"))
            right = replace(right, args=(Symbol("\\mathrm{net}", (Script("sub", Number(str(number))),)),))
        given.append(Given(f"{left} = {to_latex(right)}"))
    return tuple(given), inner


def _at_one_step(formula: Formula, letter: str, states: tuple[Symbol, ...]) -> Formula:
    """A formula with the states of the step as `a_next`, those of the step before as `a_prev`, and all else without the step.

    Raises `_OtherSteps` where it speaks of anything else.
    """

    def changed(node: Any) -> Any:
        if isinstance(node, (BigOperator, Derivative)) or node == Symbol(letter):
            raise _OtherSteps
        if isinstance(node, Symbol):
            return _symbol(node, letter, states)
        node = with_parts(node, changed)
        if isinstance(node, Call) and node.bracket == "[" and len(node.args) > 1:  # `W[a, x]`: x alone would be taken for an index
            return Product((node.function, Matrix(tuple((part,) for part in node.args))), ("",))
        return node

    return replace(formula, sides=tuple(changed(side) for side in formula.sides))


def _tried(formula: Formula, letter: str, states: tuple[Symbol, ...]) -> Formula | None:
    try:
        return _at_one_step(formula, letter, states)
    except _OtherSteps:
        return None


def _symbol(symbol: Symbol, letter: str, states: tuple[Symbol, ...]) -> Symbol:
    base = _without_step(symbol, letter)
    own = _base(base) if differentiated_by(base.name) else base
    before = [script for script in base.scripts if _is_before(script.body, letter)]
    if before:
        base = replace(base, scripts=tuple(script for script in base.scripts if script not in before))
        own = replace(own, scripts=base.scripts)
        if own not in states or base.scripts != symbol.scripts[: len(base.scripts)] or len(base.scripts) + 1 != len(symbol.scripts):
            raise _OtherSteps
        return _with(base, PREVIOUS)
    if any(Symbol(letter) in walk(script.body) for script in base.scripts):
        raise _OtherSteps
    return _with(base, NEXT) if own in states and base != symbol else base


def _is_before(body: Node, letter: str) -> bool:
    return isinstance(body, Add) and body.terms == (("+", Symbol(letter)), ("-", Number("1")))


def _without_step(node: Node, letter: str) -> Symbol:
    if not isinstance(node, Symbol):
        raise _OtherSteps
    return replace(node, scripts=tuple(script for script in node.scripts if script.body != Symbol(letter)))


def _base(symbol: Symbol) -> Symbol:
    return replace(symbol, name=differentiated_by(symbol.name) or symbol.name)


def _with(symbol: Symbol, script: Script) -> Symbol:
    return replace(symbol, scripts=(*symbol.scripts, script))


def _not_turned(symbol: Symbol) -> Symbol:
    return replace(symbol, scripts=tuple(script for script in symbol.scripts if script.kind == "sub" or script.body not in TRANSPOSES))


def _quantities(*parts: Any) -> Iterator[Symbol]:
    """The names outside scripts, without those of known functions."""
    for part in parts:
        if isinstance(part, Symbol):
            yield part
        elif isinstance(part, tuple):
            yield from _quantities(*part)
        elif isinstance(part, Call) and known_function(part.function.name):
            yield from _quantities(*part.args)
        elif isinstance(part, Node) and not isinstance(part, Script):
            yield from _quantities(*(getattr(part, name) for name in inner_fields(part)))
