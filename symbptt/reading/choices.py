"""What LaTeX leaves open, as recorded choices that can be replayed and varied.

A reading of a problem is a deterministic run over its formulas in which each ambiguity asks
`choose(key, options)`. The same key always gets the same answer within a run, so that a sign means
one thing in the whole problem. `readings` runs again and again until every combination has been met.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

Result = TypeVar("Result")
Failure = TypeVar("Failure", bound=Exception)


class ReadingError(Exception):
    """A formula that has no meaning under this reading; `span` locates it in the formula."""

    def __init__(self, message: str, span: tuple[int, int] = (0, 0)) -> None:
        super().__init__(message)
        self.message = message
        self.span = span
        self.in_model = False


class ShapeClash(ReadingError):
    """The shapes do not fit under this reading (another one may fit).

    `rule` names the operation, where a certificate knows it, and `operands` are rows and columns of what it was applied to.
    """

    def __init__(self, message: str, span: tuple[int, int] = (0, 0), rule: str = "", operands: tuple[Any, ...] = ()) -> None:
        super().__init__(message, span)
        self.rule = rule
        self.operands = operands


class UnknownName(ReadingError):
    """A name that nothing declares."""


class Unsupported(ReadingError):
    """A construct that is understood by nobody here yet."""


class LayoutOpen(Unsupported):
    """Shapes that do not fit, where nothing states how the indices of a derivative lie: what does not fit refutes nothing."""


def bare(error: Failure) -> Failure:
    """An error that is kept, without what it was raised through: its frames hold everything that was read, and often the error."""
    raised: BaseException | None = error
    while raised is not None:
        before = raised.__cause__ or raised.__context__
        raised.__traceback__ = raised.__cause__ = raised.__context__ = None
        raised = before
    return error


@dataclass
class Choices:
    """Answers given so far in one run; unseen keys take their first option, and are remembered in order."""

    preset: Mapping[str, str] = field(default_factory=dict)
    made: dict[str, str] = field(default_factory=dict)
    open: list[tuple[str, tuple[str, ...]]] = field(default_factory=list)

    def choose(self, key: str, options: tuple[str, ...]) -> str:
        """The option taken for `key` in this run; the first is the default. Other options under one name are another choice."""
        named, count = key, 1
        while self.made.get(key, options[0]) not in options:
            count += 1
            key = f"{named} ({count})"
        if key in self.made:
            return self.made[key]
        answer = self.preset.get(key, options[0])
        if answer not in options:
            answer = options[0]
        self.made[key] = answer
        if len(options) > 1:
            self.open.append((key, options))
        return answer


@dataclass(frozen=True)
class Outcome(Generic[Result]):
    """One reading: what was chosen, and its result or the reason it has none."""

    made: Mapping[str, str]
    departures: tuple[str, ...]
    result: Result | None
    error: ReadingError | None


def readings(run: Callable[[Choices], Result], limit: int, start: Mapping[str, str] | None = None) -> Iterator[Outcome[Result]]:
    """All runs, the default one first, then those with the fewest departures from it.

    Stops after `limit` runs; the caller compares the count with the limit to know whether all were tried.
    """
    queue: deque[tuple[dict[str, str], frozenset[str]]] = deque([(dict(start or {}), frozenset(start or {}))])
    count = 0
    while queue and count < limit:
        preset, decided = queue.popleft()
        choices = Choices(preset=preset)
        count += 1
        result: Result | None = None
        error: ReadingError | None = None
        try:
            result = run(choices)
        except ReadingError as caught:
            error = bare(caught)
        defaults = dict(choices.open)
        departures = tuple(k for k, v in choices.made.items() if k in defaults and v != defaults[k][0])
        yield Outcome(dict(choices.made), departures, result, error)
        fresh = [(key, options) for key, options in choices.open if key not in decided]
        fixed = dict(preset)
        known = set(decided)
        for key, options in fresh:
            known.add(key)
            queue.extend(({**fixed, key: option}, frozenset(known)) for option in options[1:])
            fixed[key] = options[0]
