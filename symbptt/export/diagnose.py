"""What is wrong with a hand-written gradient: the proved equations with one mistake put in, until they give the same wrong numbers.

The mistakes are those that people make: a term left out, a factor left out, steps left out of a sum, a sign, a transpose.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from symbptt.adjoint import adjoint_name
from symbptt.index import Affine, Entry, Expression, Multiply, Number, Power, Sum
from symbptt.partial import MINUS

from .build import loaded
from .formula import Formulas, identifiers
from .interface import Program
from .numpy_file import numpy_source
from .schedule import schedule
from .system import Quantity, System, Term
from .trees import NotExported, changed, entries, tidy

Arrays = Mapping[str, Any]
#: Two gradients are the same mistake if they differ by less than this, relative to the largest entry.
SAME = 1e-6


@dataclass(frozen=True)
class Case:
    """One point with the gradients that were given there and the right ones."""

    params: Arrays
    data: Arrays
    given: Arrays
    right: Arrays


def same(a: Any, b: Any, close: float = SAME) -> bool:
    """Whether two gradients agree, lists entry by entry."""
    if isinstance(a, list) or isinstance(b, list):
        return len(a) == len(b) and all(same(x, y, close) for x, y in zip(a, b, strict=True))
    x, y = np.asarray(a, float), np.asarray(b, float)
    scale = max(1e-12, float(np.abs(y).max(initial=0.0)))
    return x.shape == y.shape and float(np.abs(x - y).max(initial=0.0)) <= close * scale


def explanation(program: Program, cases: Sequence[Case], wrong: Sequence[str]) -> str:
    """In words, why the gradients by the parameters `wrong` are what they are; empty where no single mistake gives them."""
    seen = [*_swapped(cases, wrong), *(_of_array(name, cases) for name in wrong)]
    return "; ".join(dict.fromkeys(filter(None, seen))) or _of_equations(program, cases)


def _swapped(cases: Sequence[Case], wrong: Sequence[str]) -> Iterator[str]:
    """Two gradients, each of which is the other's."""
    for place, one in enumerate(wrong):
        for two in wrong[place + 1 :]:
            if all(same(c.given[one], c.right[two]) and same(c.given[two], c.right[one]) for c in cases):
                yield f"d{one} and d{two} are swapped"


def _of_array(name: str, cases: Sequence[Case]) -> str:
    """What is seen without the equations: a transpose, a constant factor."""
    pairs = [(case.given[name], case.right[name]) for case in cases]
    if any(isinstance(right, list) for _, right in pairs):
        return ""
    if all(same(np.asarray(given).T, right) for given, right in pairs) and any(np.ndim(right) == 2 for _, right in pairs):
        return f"d{name} is transposed"
    if all(np.shape(given) == () and np.ndim(right) and same(given, np.sum(right)) for given, right in pairs):
        return f"d{name} is the sum of all its entries: the sum goes over the axis of the units, too"
    ratios = [
        float((given * right).sum() / max(1e-300, (right * right).sum())) for given, right in pairs if np.shape(given) == np.shape(right)
    ]
    if len(ratios) == len(pairs) and all(same(given, ratio * right) for (given, right), ratio in zip(pairs, ratios, strict=True)):
        if not any(ratios):
            return f"d{name} is 0"
        if max(ratios) - min(ratios) < 1e-6 * abs(ratios[0]):
            off = f"{ratios[0]:.6g}" if abs(ratios[0] - 1) > 1e-5 else f"{ratios[0]:.12g}"
            return f"d{name} has the wrong sign" if abs(ratios[0] + 1) < 1e-6 else f"d{name} is {off} times what it should be"
        return f"d{name} is a multiple of what it should be that depends on the sizes: {', '.join(f'{r:.6g}' for r in ratios)}"
    return ""


def _of_equations(program: Program, cases: Sequence[Case]) -> str:
    formulas = Formulas(program.names)
    for words, system in _mistakes(program, formulas):
        try:
            function = _function(program, system)
            if all(_gives(function, case) for case in cases):
                return words
        except (NotExported, ValueError, IndexError):
            continue
    return ""


def _gives(function: Callable[[Arrays, Arrays], tuple[float, Arrays]], case: Case) -> bool:
    """Whether all gradients come out as they were given, those that are right too."""
    _, found = function(case.params, case.data)
    return all(same(given, found[name]) for name, given in case.given.items())


def _function(program: Program, system: System) -> Callable[[Arrays, Arrays], tuple[float, Arrays]]:
    plan = schedule(system, [program.loss, *map(adjoint_name, program.parameters)])
    quantities = {q.name: q for q in (*program.forward.quantities.values(), *plan.quantities.values())}
    names = identifiers(program.named, list(quantities.values()), program.sizes_used)
    function: Callable[[Arrays, Arrays], tuple[float, Arrays]] = loaded(
        numpy_source(replace(program, gradients=plan, names=names)), "mistake"
    ).loss_and_gradients
    return function


def _mistakes(program: Program, formulas: Formulas) -> Iterator[tuple[str, System]]:
    """The equations of the adjoints with one mistake each, and how it is called."""
    needed = program.system.restricted([program.loss, *map(adjoint_name, program.parameters)])
    prefix = adjoint_name("")
    for name, quantity in needed.quantities.items():
        if not name.startswith(prefix):
            continue
        word = _word(name, program)
        if quantity.letter:
            one = Affine.of(1)
            fewer = [replace(t, highs=(*t.highs, quantity.upper - one)) for t in quantity.terms]
            yield f"{word} is left out at the last step", _with(needed, quantity, tuple(fewer))
            fewer = [replace(t, lows=(*t.lows, quantity.lower + one)) for t in quantity.terms]
            yield f"{word} is left out at the first step", _with(needed, quantity, tuple(fewer))
        for place, term in enumerate(quantity.terms):
            text = formulas.of(replace(quantity, terms=(term,))).partition(" = ")[2]
            without = quantity.terms[:place] + quantity.terms[place + 1 :]
            yield f"{word} misses the term {text}", _with(needed, quantity, without)
            for what, body in (*_changes(term.body, program, formulas, quantity), *_taken_for(term.body, needed, program)):
                changed_terms = (*quantity.terms[:place], replace(term, body=body), *quantity.terms[place + 1 :])
                yield f"{word} {what}, in the term {text}", _with(needed, quantity, changed_terms)


def _word(name: str, program: Program) -> str:
    """What a quantity is called; an adjoint is dh."""
    prefix = adjoint_name("")
    if not name.startswith(prefix):
        return program.plain.get(name, program.names.get(name, name))
    return "d" + program.plain.get(name.removeprefix(prefix), program.names.get(name, name).removeprefix("d_"))


def _taken_for(e: Expression, system: System, program: Program) -> Iterator[tuple[str, Expression]]:
    """One quantity taken for another: h_t for h_{t-1} and the other way round, an error before it went through the slope for one after."""
    prefix = adjoint_name("")
    for family in dict.fromkeys(entry.family for entry in entries(e) if entry.slots):
        quantity = system.quantities[family]
        if family.startswith(prefix):
            before = _before_slope(quantity)
            if before:
                words = f"has {_word(before, program)} for {_word(family, program)}"
                yield words, _renamed(e, family, lambda entry, to=before: replace(entry, family=to))  # type: ignore[misc]
        elif quantity.initial:
            for words, by in (("of the step before", -1), ("of the step after", 1)):
                shift = Affine.of(by)
                moved = _renamed(e, family, lambda entry, by=shift: replace(entry, slots=tuple(x + by for x in entry.slots)))  # type: ignore[misc]
                yield f"has {_word(family, program)} {words}", moved


def _before_slope(quantity: Quantity) -> str:
    """The adjoint that this one is a multiple of, entry by entry; empty where it is not."""
    if len(quantity.terms) != 1 or not isinstance(quantity.terms[0].body, Multiply):
        return ""
    slots, components = (Affine.of(quantity.letter),), tuple(map(Affine.of, quantity.components))
    return next(
        (
            factor.family
            for factor in quantity.terms[0].body.factors
            if isinstance(factor, Entry)
            and factor.family.startswith(adjoint_name(""))
            and (factor.slots, factor.components) == (slots, components)
        ),
        "",
    )


def _renamed(e: Expression, family: str, change: Callable[[Entry], Entry]) -> Expression:
    e = changed(e, lambda part: _renamed(part, family, change))
    return change(e) if isinstance(e, Entry) and e.family == family else e


def _with(system: System, quantity: Quantity, terms: tuple[Term, ...]) -> System:
    return replace(system, quantities={**system.quantities, quantity.name: replace(quantity, terms=terms)})


def _changes(e: Expression, program: Program, formulas: Formulas, quantity: Quantity) -> Iterator[tuple[str, Expression]]:
    yield "has the wrong sign", tidy(Multiply((MINUS, e)))
    for path in _places(e):
        part = _part(e, path)
        if isinstance(part, Sum) and any(part.variable in slot.atoms() for x in entries(part.body) for slot in x.slots):
            one = Affine.of(1)
            for words, lower, upper in (
                ("misses the steps before the last", part.upper, part.upper),
                ("misses the steps after the first", part.lower, part.lower),
                ("misses the first step", part.lower + one, part.upper),
                ("misses the last step", part.lower, part.upper - one),
            ):
                yield words, _put(e, path, replace(part, lower=lower, upper=upper))
        if isinstance(part, Multiply):
            for place, factor in enumerate(part.factors):
                rest = part.factors[:place] + part.factors[place + 1 :]
                text = formulas.of(replace(quantity, terms=(Term(factor),))).partition(" = ")[2]
                if not isinstance(factor, Sum) and (not isinstance(factor, Entry) or program.quantity_or(factor.family, quantity).letter):
                    yield f"misses the factor {text}", tidy(_put(e, path, Multiply(rest) if len(rest) > 1 else rest[0]))
        if isinstance(part, Entry) and len(part.components) == 2 and not part.slots:
            swapped = replace(part, components=part.components[::-1])
            axes = program.quantity_or(part.family, quantity).axes
            if len(axes) == 2 and axes[0] == axes[1]:
                yield f"has {program.plain.get(part.family, part.family)} transposed", _put(e, path, swapped)
        if isinstance(part, Power) and part.exponent == Affine.of(2):
            yield "misses a square", _put(e, path, part.base)
        if isinstance(part, Number) and part.value < 0:
            yield "has a wrong sign", tidy(_put(e, path, Number(-part.value)))


def _places(e: Expression) -> list[tuple[int, ...]]:
    """The ways to all parts, by number."""
    found: list[tuple[int, ...]] = [()]
    number = 0

    def child(part: Expression) -> Expression:
        nonlocal number
        found.extend((number, *path) for path in _places(part))
        number += 1
        return part

    changed(e, child)
    return found


def _part(e: Expression, path: tuple[int, ...]) -> Expression:
    for step in path:
        children: list[Expression] = []

        def child(part: Expression, into: list[Expression] = children) -> Expression:
            into.append(part)
            return part

        changed(e, child)
        e = children[step]
    return e


def _put(e: Expression, path: tuple[int, ...], new: Expression) -> Expression:
    if not path:
        return new
    number = -1

    def child(part: Expression) -> Expression:
        nonlocal number
        number += 1
        return _put(part, path[1:], new) if number == path[0] else part

    return changed(e, child)
