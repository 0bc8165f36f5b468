"""The step counts and sizes at which a claim is tried: T = 1, 2, …; sizes at least 2 and pairwise different."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import islice

from .index import Affine, Computation
from .reading.infer import size_label
from .unroll import Setting

#: More settings than this are not tried to find instances of a claim.
MOST_SETTINGS = 9
#: Up to so many sizes vary in their sum too, which only makes small settings a little larger.
FEW_SIZES = 3


def settings(
    computation: Computation,
    sizes: tuple[str, ...],
    ranges: Mapping[str, tuple[Affine, Affine]],
    single: bool = False,
    small: Callable[[], bool] = lambda: False,
) -> Iterator[Setting]:
    """Settings with last steps growing by one from where their ranges begin; sizes change places from one to the next.

    With `single` every size is 1: what fails there fails whatever is a row, a column or a matrix. Sizes are pairwise different until
    `small` says that this has been tried; then they are 2 and 3 in turn, so that more steps stay cheap.
    """
    first: dict[str, int] = dict.fromkeys(computation.last_steps, 1)
    for lower, upper in ranges.values():
        name = upper.as_variable()
        if name in first and not lower.terms:
            first[name] = max(first[name], lower.constant)
    count = MOST_SETTINGS if first else 2
    for turn in islice(range(MOST_SETTINGS), count):
        values: dict[object, int] = {name: start + turn for name, start in first.items()}
        chosen = [1] * len(sizes) if single else list(range(2, 2 + max(2, len(sizes))))
        chosen = [*chosen[turn % max(len(chosen), 1) :], *chosen[: turn % max(len(chosen), 1)]]
        if not single and turn % 2 and 1 < len(sizes) <= FEW_SIZES:
            chosen[chosen.index(max(chosen))] += 1
        if not single and len(sizes) > 2 and small():
            chosen = [2 + (turn + place) % 2 for place in range(len(sizes))]
        values.update(zip(sizes, chosen, strict=False))
        labels = {name: (low.value(values), high.value(values)) for name, (low, high) in computation.labels.items()}
        yield Setting(values, labels, turn)


def describe_scope(used: list[Setting], computation: Computation, sizes: tuple[str, ...]) -> dict[str, object]:
    """The `scope` of a verdict: step counts and sizes that were covered."""
    steps = {name: sorted({s[name] for s in used}) for name in computation.last_steps}
    named = {size_label(name): sorted({s[name] for s in used}) for name in sizes}
    return {"steps": steps, "sizes": named}


def size_names(computation: Computation) -> tuple[str, ...]:
    """The plain sizes of a computation in order of first use."""
    found: dict[str, None] = {}
    for family in computation.families.values():
        for axis in family.axes:
            for atom in axis.atoms():
                if isinstance(atom, str) and atom not in computation.last_steps and atom not in family.letters:
                    found.setdefault(atom)
    return tuple(found)
