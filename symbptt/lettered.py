"""Stated sizes that are large numbers, as letters: what holds for every size holds for these.

At 128 × 784 a computation is too large to be unrolled into scalars, but the argument of a proof does not ask how large it is. The same
number becomes the same letter, among the shapes and where equations speak of it (`\\frac{1}{64} \\sum_{i=1}^{64}`), so the problem as
stated is the problem in letters at these values. Where it is false in letters, it is refuted at the sizes stated, at a point of `corner`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from math import prod

from .problem import Alike, Problem
from .reading.scope import shape_parts
from .verdict import Verdict, verdict_of

#: Sizes from here on become letters; below, the problem is soon judged as it stands.
LARGE = 8
#: With more entries than this a problem is unrolled at its own sizes after all other ways have been tried, or not at all.
MOST_ENTRIES, HOPELESS = 4000, 40_000
NUMBER = re.compile(r"(?<![0-9.])[0-9]+(?![0-9.])")
LETTER = re.compile(r"(?<![\\A-Za-z])[A-Za-z](?![A-Za-z])")
#: Tried in this order; one that occurs anywhere in the problem is left out.
LETTERS = "nmpqdNMPQDRSKHABC"


@dataclass(frozen=True)
class Lettered:
    """A problem with letters for large sizes; `by_shape` has them among the shapes alone, for a number in an equation may be that of a size
    by chance. `entries` are those of one member of each quantity.
    """

    problem: Problem
    by_shape: Problem
    letters: Mapping[str, str]
    entries: int

    @property
    def too_large(self) -> bool:
        """Whether the problem is not unrolled at the sizes stated before other ways are tried."""
        return self.entries > MOST_ENTRIES

    @property
    def hopeless(self) -> bool:
        """Whether it is not unrolled at them at all."""
        return self.entries > HOPELESS

    @property
    def note(self) -> str:
        return f"sizes: {', '.join(f'{number} as {letter}' for number, letter in self.letters.items())}"

    def with_numbers(self, latex: str) -> str:
        """A formula with the numbers back."""
        numbers = {letter: number for number, letter in self.letters.items()}
        return LETTER.sub(lambda match: numbers.get(match[0], match[0]), latex)


def lettered(problem: Problem) -> Lettered | None:
    """The problem with a letter for each large number among its sizes; None where there is none to replace."""
    shapes = [parts for shape in problem.shapes.values() if (parts := shape_parts(str(shape))) is not None]
    numbers = list(dict.fromkeys(part for parts in shapes for part in parts if _is_large(part)))
    text = " ".join(_texts(problem))
    letters = dict(zip(numbers, (letter for letter in LETTERS if letter not in text), strict=False))
    if not numbers or len(letters) < len(numbers):
        return None
    by_shape = replace(problem, shapes={key: _replaced(str(shape), letters) for key, shape in problem.shapes.items()})
    entries = sum(prod(int(part) if _is_number(part) else 2 for part in parts) for parts in shapes)
    return Lettered(_throughout(by_shape, letters), by_shape, letters, entries)


def for_every_size(problem: Problem, judge: Callable[[Problem], Verdict]) -> Verdict | None:
    """Where large numbers are stated for sizes: what is proved with letters in their place is proved for them.

    What is only found at small sizes says nothing of the sizes stated, true or false. Where these are too large a claim is refuted at
    a point with few entries that are not 0, or it is told, not judged.
    """
    found = lettered(problem)
    if found is None or (problem.role == "definition" and not found.too_large):
        return None
    verdicts = []
    for tried in dict.fromkeys(map(Alike, (found.problem, found.by_shape))):
        verdict = _with_numbers(judge(tried.problem), found, problem)
        verdicts.append(verdict)
        if verdict.verdict == "proved" or (found.too_large and verdict.verdict == "conditional" and verdict.method == "proof"):
            return replace(verdict, reading=(*verdict.reading, found.note))
    verdict = verdicts[0]
    if problem.role == "definition":
        return verdict
    if not found.too_large or "shapes" in {one.method for one in verdicts}:
        return None
    if any(one.verdict == "refuted" for one in verdicts):
        at_size = judge(replace(problem, corner=True))
        if at_size.verdict == "refuted":
            return at_size
    if not found.hopeless and (len(verdicts) > 1 or verdict.verdict == "unknown"):
        return None
    if verdict.verdict == "unknown":
        return verdict
    shown = "false" if verdict.verdict == "refuted" else "true"
    message = f"{shown} with letters for the sizes ({verdict.message}); at the sizes stated the computation is too large: state letters"
    return verdict_of(problem, "unknown", message)


def _with_numbers(verdict: Verdict, found: Lettered, problem: Problem) -> Verdict:
    """The verdict with the claim as it was written."""
    links = tuple(replace(link, latex=found.with_numbers(link.latex)) for link in verdict.links)
    message = found.with_numbers(verdict.message) if verdict.verdict == "unknown" else verdict.message
    return replace(verdict, latex=problem.claim, links=links, message=message)


def _throughout(problem: Problem, letters: Mapping[str, str]) -> Problem:
    """The problem with letters for these numbers in its equations too."""

    def changed(text: str) -> str:
        return NUMBER.sub(lambda match: letters.get(match[0], match[0]), text)

    given = tuple(replace(one, equation=changed(one.equation), for_=changed(one.for_)) for one in problem.given)
    ranges = {key: changed(text) for key, text in problem.ranges.items()}
    return replace(problem, given=given, ranges=ranges, claim=changed(problem.claim), for_=changed(problem.for_))


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
