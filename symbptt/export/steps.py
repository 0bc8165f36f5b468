"""The number of a step inside a formula as a quantity: t ℓ_t or x_t / t.

    L = Σ_t t ℓ_t   ⇒   n_1 = 1, n_t = n_{t-1} + 1,  L = Σ_t n_t ℓ_t

Every backend then treats it as any other quantity that goes from step to step.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction

from symbptt.index import (
    ONE,
    Add,
    Affine,
    Computation,
    Condition,
    Entry,
    Equation,
    Expression,
    Family,
    IndexValue,
    Multiply,
    Number,
    Power,
    Range,
    Sum,
)

from .trees import NotExported, changed, tidy

COUNTED = "number of the step"


def steps_counted(computation: Computation) -> Computation:
    """The computation without numbers of steps in its formulas. Raises `NotExported` for those in exponents and those of components."""
    last = computation.last_steps[0] if len(computation.last_steps) == 1 else ""
    lowest: list[int] = []

    def change(e: Expression, ranges: Mapping[str, Range | None]) -> Expression:
        if isinstance(e, Sum):
            ranges = {**ranges, e.variable: Range(e.lower, e.upper) if last and last in (e.lower.atoms() | e.upper.atoms()) else None}
        if isinstance(e, Power) and set(e.exponent.atoms()) & set(ranges):
            raise NotExported(
                "a power with the number of a step in its exponent is not exported yet; "
                "a factor that goes from step to step, g_t = \\gamma g_{t-1}, says the same"
            )
        if not isinstance(e, IndexValue):
            return changed(e, lambda part: change(part, ranges))
        letters = [a for a in e.index.atoms() if isinstance(a, str) and a in ranges]
        if not letters:
            return e
        found = [ranges[letter] for letter in letters]
        if len(found) > 1 or found[0] is None or found[0].lower.terms:
            raise NotExported(f"the number `{e.index}` in a formula is not exported; the number of one step is")
        lowest.append(found[0].lower.constant)
        letter = Affine.of(letters[0])
        times = dict(e.index.terms)[letters[0]]
        rest = IndexValue(e.index - letter.scaled(times))
        return Add((Multiply((Number(Fraction(times)), Entry(COUNTED, (letter,), ()))), rest))

    equations = {}
    for name, found in computation.equations.items():
        family = computation.families[name]
        ranges = {letter: steps for letter, steps in zip(family.letters, family.slots, strict=False) if steps is not None}
        own: list[Equation] = []
        for equation in found:
            scope: dict[str, Range | None] = {**ranges, **dict.fromkeys(equation.components)}
            letters = [slot.as_variable() for slot in equation.slots]
            scope |= {letter: steps for letter, steps in zip(letters, family.slots, strict=True) if letter is not None and letter != last}
            body = change(equation.body, scope)
            own.append(equation if body is equation.body else replace(equation, body=tidy(body)))
        equations[name] = tuple(own)
    if not lowest:
        return computation
    letter = next(f.letters[0] for f in computation.families.values() if f.letters)
    first = Affine.of(min(lowest))
    family = Family(COUNTED, "\\mathrm{number}", (Range(first, Affine.of(last)),), (letter,), (), ())
    before = Entry(COUNTED, (Affine.of(letter) - ONE,), ())
    equations[COUNTED] = (
        Equation(COUNTED, (first,), (), Number(Fraction(min(lowest))), (), COUNTED),
        Equation(COUNTED, (Affine.of(letter),), (), Add((before, Number(Fraction(1)))), (), COUNTED),
    )
    return replace(computation, families={**computation.families, COUNTED: family}, equations=equations)


def beginnings_included(computation: Computation) -> Computation:
    """Ranges that begin where an equation gives a quantity: h_0 = k beside h_t, t = 1..T, is one family over 0..T.

    So the adjoint of h_0 is one of its steps, and what holds at all steps holds from the declared first one on.
    """
    families, equations = dict(computation.families), dict(computation.equations)
    for name, found in computation.equations.items():
        family = computation.families[name]
        steps = family.slots[0] if len(family.slots) == 1 else None
        if steps is None or steps.lower.terms:
            continue
        given = [e.slots[0].constant for e in found if not e.slots[0].terms]
        first = min((at for at in given if at < steps.lower.constant), default=None)
        if first is None:
            continue
        families[name] = replace(family, slots=(Range(Affine.of(first), steps.upper),))
        equations[name] = tuple(_from(e, steps.lower) for e in found)
    return replace(computation, families=families, equations=equations)


def _from(equation: Equation, lowest: Affine) -> Equation:
    """An equation for all steps from the lowest one on."""
    slot = equation.slots[0]
    return replace(equation, conditions=(*equation.conditions, Condition(slot, "\\ge", lowest))) if slot.terms else equation


__all__ = ["beginnings_included", "steps_counted"]
