"""The screen on whole arrays: an index-notation claim at hundreds of steps and sizes, modulo several primes at once.

Every member of a quantity is one array, every derivative of a scalar one sweep of reverse mode over these arrays, so that a claim costs
T·n² operations of BLAS and a fixed number of calls a step. What it answers is what the scalar screen answers:
"certainly not identical over the free residues" or "probably equal", with a bound on the probability of the latter being wrong
(Schwartz 1980, Zippel 1979): the degree of the sides over each prime. What it does not know raises `NoArrays`.

Functions at different arguments are independent here: exp(a + b) = exp(a) exp(b) or σ'(−x) = σ'(x) is not seen, so what this screen
rejects is still to be asked of the others.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from math import ceil, log

import numpy as np

from .. import index as ix
from .arrays import Arrays, Values
from .facts import axis_of
from .residues import LARGEST
from .tape import NoArrays, Node

#: Bound of the probability that a true `equal` is wrong.
ERROR = 1e-9
#: Degree that the sides of a claim are expected to have for each step; the primes are chosen for it, and more are taken where it is larger.
DEGREE = 4
LEAST_PRIMES, MOST_PRIMES = 3, 8


@dataclass(frozen=True)
class Side:
    """One side of a claim: its entry `body` at the component variables."""

    variables: tuple[str, ...]
    body: ix.Expression


@dataclass(frozen=True)
class Question:
    """`left` = `right` of the same sizes, for the free letters in their ranges where the conditions hold.

    `values` are the sizes and last steps. Letters of components count as axes of both sides, not as free.
    """

    computation: ix.Computation
    left: Side
    right: Side
    axes: tuple[ix.Affine, ...]
    free: tuple[tuple[str, ix.Affine, ix.Affine], ...]
    conditions: tuple[ix.Condition, ...]
    values: Mapping[str, int]


@dataclass(frozen=True)
class Answer:
    """`equal` False: not identical over the free residues, for certain. `error` bounds the probability that a true `equal` is wrong."""

    equal: bool
    error: float
    instances: int


def screen(question: Question, seed: int = 0, primes: int | None = None) -> Answer:
    """Compare the sides at random residues, modulo as many primes as it takes for an error below `ERROR`. Raises `NoArrays`."""
    count = primes or _enough(max(question.values.values(), default=1))
    answer = _screened(question, seed, count)
    while answer.equal and answer.error >= ERROR and count < MOST_PRIMES:
        count += 1
        answer = _screened(question, seed, count)
    return answer


def _enough(steps: int) -> int:
    """Primes above 2²³ for so many steps."""
    each = log(min(DEGREE * steps, LARGEST // 4) / (LARGEST // 2))
    return min(MOST_PRIMES, max(LEAST_PRIMES, ceil(log(ERROR) / each)))


def _screened(question: Question, seed: int, primes: int) -> Answer:
    run = Run(question.computation, question.values, seed, primes)
    try:
        with _uncollected():
            return run.compare(question)
    except RecursionError as error:
        raise NoArrays("equations that do not run from earlier to later steps") from error
    except KeyError as error:
        raise NoArrays(f"{error} has no value: a size that depends on a step, or an index") from error


@contextmanager
def _uncollected() -> Iterator[None]:
    """All that a run makes lives to its end: looking through it for garbage again and again costs more with every step."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


class Run(Arrays):
    """The arrays of one computation, and the comparison of a claim's sides."""

    def compare(self, question: Question) -> Answer:
        """The sides at every instance, until one differs; all at once where one letter of steps is free."""
        found = list(self._instances(question))
        letters = {name for name, _, _ in question.free}
        if len(letters) == 1 and len(found) > 1:
            (letter,) = letters
            steps = [v[letter] for v in found]
            if steps == list(range(steps[0], steps[-1] + 1)):
                sides = [self._side(s, question, found[0], (letter, steps[0], steps[-1])) for s in (question.left, question.right)]
                if all(sides):
                    return self._answer([s for s in sides if s is not None], len(found))
        instances, degree = 0, 0
        for values in found:
            both = [side for s in (question.left, question.right) if (side := self._side(s, question, values, None)) is not None]
            answer = self._answer(both, instances + 1)
            if not answer.equal:
                return answer
            instances, degree = instances + 1, max(degree, *(node.degree for node in both))
        return Answer(True, self._error(degree), instances)

    def _side(self, side: Side, question: Question, values: Values, over: tuple[str, int, int] | None) -> Node | None:
        """One side at an instance, or at a whole range of them; None where that cannot be."""
        for variable, size in zip(side.variables, question.axes, strict=True):
            self.sizes[variable] = size.value(values)
        if over is None:
            return self._repeated(self.value(side.body, values), side.variables)
        node = self._over(*over, side.body, values)
        self.sizes[axis_of(*over[1:])] = over[2] - over[1] + 1
        return node and self._repeated(node, (axis_of(*over[1:]), *side.variables))

    def _answer(self, sides: list[Node], instances: int) -> Answer:
        if np.any(self.residues.reduced(sides[0].value - sides[1].value)):
            return Answer(False, 0.0, instances)
        return Answer(True, self._error(max(node.degree for node in sides)), instances)

    def _error(self, degree: int) -> float:
        bound = 1.0
        for p in self.residues.primes:
            bound *= min(1.0, degree / p)
        return bound

    def _instances(self, question: Question) -> Iterator[Values]:
        found: list[Values] = [dict(self.values)]
        for name, lower, upper in question.free:
            found = [{**v, name: k} for v in found for k in range(lower.value(v), upper.value(v) + 1)]
            self.sizes.pop(name, None)
        return (v for v in found if all(c.holds(v) for c in question.conditions))


__all__ = ["Answer", "NoArrays", "Question", "Run", "Side", "screen"]
