"""The step counts and sizes at which a claim is tried: T = 1, 2, …; sizes at least 2 and pairwise different."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import islice

from .index import Affine, Computation
from .reading.infer import size_label
from .unrolled import Setting

#: More settings than this are not tried to find instances of a claim.
MOST_SETTINGS = 9
#: How much further the second, third and fourth last step are than the first, from one setting to the next: all differences differ.
SHIFTS = ((0, 0, 0, 0), (1, 2, -2, -1), (2, -1, 1, -2), (3, 1, -1, -3))
#: Up to so many sizes vary in their sum too, which only makes small settings a little larger.
FEW_SIZES = 3
#: As many different sizes as there are.
MANY = 1_000


def settings(
    computation: Computation,
    sizes: tuple[str, ...],
    ranges: Mapping[str, tuple[Affine, Affine]],
    different: Callable[[], int] = lambda: MANY,
) -> Iterator[Setting]:
    """Settings with last steps growing by one from where their ranges begin; sizes change places from one to the next.

    Several last steps, of steps and of layers or examples, are pairwise different, now this one larger and now that one.

    `different` says before each how many different sizes there are to be: `MANY`, two (2 and 3 in turn, so that more steps stay cheap),
    or one: every size is 1, and what fails there fails whatever is a row, a column or a matrix.
    """
    first: dict[str, int] = dict.fromkeys(computation.last_steps, 1)
    for lower, upper in ranges.values():
        name = upper.as_variable()
        if name in first and not lower.terms:
            first[name] = max(first[name], lower.constant)
    count = MOST_SETTINGS if first else 2
    for turn in islice(range(MOST_SETTINGS), count):
        values: dict[object, int] = {name: start + turn + _shift(place, turn) for place, (name, start) in enumerate(first.items())}
        values.update(zip(sizes, _sizes(len(sizes), turn, different()), strict=True))
        labels = {name: (low.value(values), high.value(values)) for name, (low, high) in computation.labels.items()}
        yield Setting(values, labels, turn)


def _shift(place: int, turn: int) -> int:
    """How much further than the first last step another one is."""
    return SHIFTS[place % len(SHIFTS)][turn % len(SHIFTS[0])]


def _sizes(count: int, turn: int, different: int) -> list[int]:
    if different == 1:
        return [1] * count
    if different == 2 and count > 2:
        return [2 + (turn + place) % 2 for place in range(count)]
    chosen = list(range(2, 2 + max(2, count)))
    chosen = [*chosen[turn % len(chosen) :], *chosen[: turn % len(chosen)]]
    if turn % 2 and 1 < count <= FEW_SIZES:
        chosen[chosen.index(max(chosen))] += 1
    return chosen[:count]


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
