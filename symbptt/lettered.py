"""Stated sizes that are large numbers, as letters: what holds for every size holds for these.

At 128 × 784 a computation is too large to be unrolled into scalars, but the argument of a proof does not ask how large it is. The same
number becomes the same letter and only whole sizes are replaced, so the problem as stated is the problem in letters at these values.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from math import prod

from .problem import Problem
from .reading.scope import shape_parts

#: Sizes from here on become letters; below, the problem is soon judged as it stands.
LARGE = 8
#: With more entries than this in one member of each quantity, the problem is not unrolled at its own sizes.
MOST_ENTRIES = 4000
#: Tried in this order; one that occurs anywhere in the problem is left out.
LETTERS = "nmpqdNMPQDRSKHABC"


@dataclass(frozen=True)
class Lettered:
    """A problem with letters for large sizes; `too_large` where it cannot be unrolled at the sizes stated."""

    problem: Problem
    letters: Mapping[str, str]
    too_large: bool

    @property
    def note(self) -> str:
        return f"sizes: {', '.join(f'{number} as {letter}' for number, letter in self.letters.items())}"


def lettered(problem: Problem) -> Lettered | None:
    """The problem with a letter for each large number among its sizes; None where there is none to replace."""
    shapes = [parts for shape in problem.shapes.values() if (parts := shape_parts(str(shape))) is not None]
    numbers = list(dict.fromkeys(part for parts in shapes for part in parts if _is_large(part)))
    text = " ".join(_texts(problem))
    letters = dict(zip(numbers, (letter for letter in LETTERS if letter not in text), strict=False))
    if not numbers or len(letters) < len(numbers):
        return None
    replaced = {key: _replaced(str(shape), letters) for key, shape in problem.shapes.items()}
    entries = sum(prod(int(part) if _is_number(part) else 2 for part in parts) for parts in shapes)
    return Lettered(replace(problem, shapes=replaced), letters, entries > MOST_ENTRIES)


def _is_number(part: str) -> bool:
    return part.isascii() and part.isdigit()


def _is_large(part: str) -> bool:
    return _is_number(part) and int(part) >= LARGE


def _replaced(shape: str, letters: Mapping[str, str]) -> str:
    parts = shape_parts(shape)
    return shape if parts is None else "×".join(letters.get(part, part) for part in parts)


def _texts(problem: Problem) -> Iterator[str]:
    """All that is written in a problem."""
    yield from (problem.claim, problem.for_, *map(str, problem.assume), repr(problem.notation))
    for given in problem.given:
        yield from (given.equation, given.for_)
    for table in (problem.shapes, problem.ranges, problem.functions):
        yield from (text for item in table.items() for text in map(str, item))
