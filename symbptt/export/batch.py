"""A batch of sequences for a model of one: every quantity that depends on the data gets an axis, and the loss is the sum over it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from symbptt.index import ONE, Affine, Computation, Entry, Equation, Expression, Family, Sum

from .trees import changed, entries

TOTAL = "total of "


def depends_on(computation: Computation, leaves: Iterable[str]) -> set[str]:
    """The leaves and all quantities that depend on them."""
    found = set(leaves)
    while True:
        more = {
            name
            for name, equations in computation.equations.items()
            if name not in found and any(entry.family in found for e in equations for entry in entries(e.body))
        }
        if not more:
            return found
        found |= more


def recursions(computation: Computation) -> list[str]:
    """Quantities that go from step to step: they depend on themselves."""
    return [
        name
        for name, equations in computation.equations.items()
        if computation.families[name].slots
        and any(e.family in depends_on(computation, [name]) for equation in equations for e in entries(equation.body))
    ]


def with_batch(computation: Computation, data: Iterable[str], target: str, size: str) -> tuple[Computation, str]:
    """The computation with an axis of `size` sequences in front of all that depends on `data`, and its new target.

    So have recursions of parameters alone, g_t = γ g_{t-1}: each sequence can begin with a g_0 of its own. L becomes L[b], and the
    target Σ_b L[b]; parameters are shared by all sequences.
    """
    batched = depends_on(computation, [*data, *recursions(computation)])
    axis = Affine.of(size)

    def change(e: Expression, letter: str) -> Expression:
        e = changed(e, lambda part: change(part, letter))
        if isinstance(e, Entry) and e.family in batched:
            return replace(e, components=(Affine.of(letter), *e.components))
        return e

    families: dict[str, Family] = {}
    equations: dict[str, tuple[Equation, ...]] = {}
    for number, (name, family) in enumerate(computation.families.items()):
        letter = f"b{number}"
        families[name] = replace(family, rows=(axis, *family.rows)) if name in batched else family
        found = computation.equations.get(name)
        if found is not None:
            inner = [replace(e, body=change(e.body, letter)) for e in found]
            equations[name] = tuple(replace(e, components=(letter, *e.components)) if name in batched else e for e in inner)
    goal = TOTAL + target
    families[goal] = Family(goal, computation.families[target].latex, (), (), (), ())
    body = Sum("b", ONE, axis, Entry(target, (), (Affine.of("b"),)))
    equations[goal] = (Equation(goal, (), (), body, (), families[goal].latex),)
    return replace(computation, families=families, equations=equations), goal
