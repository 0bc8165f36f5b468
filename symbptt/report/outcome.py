"""What a run comes to: which verdicts pass, the counts, the exit status."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import Enum

from symbptt.verdict import RANK, Verdict

PASS, FAILED, UNREADABLE = 0, 1, 2
#: What decides a claim.
DECIDED = frozenset(RANK) - {"unknown"}


class Detail(Enum):
    """How much a report for a person lists."""

    QUIET = "what fails"
    NORMAL = "what has a verdict"
    VERBOSE = "every role"
    STATISTICS = "only counts"


def expected(verdict: Verdict) -> bool | None:
    """Whether the verdict is the one the document expects (`proved` meets an expected `verified`); None if it expects none."""
    if not verdict.expect:
        return None
    return verdict.verdict == verdict.expect or (verdict.expect, verdict.verdict) == ("verified", "proved")


def fails(verdict: Verdict, *, strict: bool) -> bool:
    """Whether the verdict makes the run fail."""
    met = expected(verdict)
    if met is not None:
        return not met
    return verdict.verdict == "refuted" or (strict and verdict.verdict == "unknown")


@dataclass
class Counts:
    """The counts of one file."""

    formulas: int = 0
    definitions: int = 0
    decided: int = 0
    refuted: int = 0
    unknown: int = 0
    failures: int = 0

    def __add__(self, other: Counts) -> Counts:
        return Counts(*(getattr(self, name) + getattr(other, name) for name in self.__dataclass_fields__))


@dataclass
class Tally:
    """Counts verdicts as they pass by; `listed` says which of those that report something are not ignored."""

    strict: bool = False
    listed: Callable[[Verdict], bool] = lambda _: True
    counts: Counter[str] = field(default_factory=Counter)
    as_expected: Counter[str] = field(default_factory=Counter)
    codes: Counter[str] = field(default_factory=Counter)
    files: dict[str, Counts] = field(default_factory=dict)
    definitions: int = 0
    ignored: int = 0
    failures: int = 0
    missed: int = 0
    started: float = field(default_factory=time.monotonic)

    def counting(self, verdicts: Iterator[Verdict]) -> Iterator[Verdict]:
        """The same verdicts, counted; without those that are ignored."""
        for verdict in verdicts:
            if self.add(verdict):
                yield verdict

    def add(self, verdict: Verdict) -> bool:
        """Count a verdict; false if it is ignored, which no verdict is of which something was expected."""
        if not verdict.expect and not self.listed(verdict):
            self.ignored += 1
            return False
        word, met, failing = verdict.verdict, expected(verdict), fails(verdict, strict=self.strict)
        definition = verdict.role == "definition" and not word
        self.definitions += definition
        self.counts.update([word] * bool(word))
        self.codes.update([verdict.code] * bool(verdict.code))
        self.as_expected[word] += met is True
        self.missed += met is False
        self.failures += failing
        seen = Counts(bool(word) + definition, definition, word in DECIDED, word == "refuted", word == "unknown", failing)
        self.files[verdict.path] = self.files.get(verdict.path, Counts()) + seen
        return True

    def status(self, *, unreadable: int = 0) -> int:
        """The exit status."""
        return UNREADABLE if unreadable else FAILED if self.failures else PASS

    def sentence(self) -> str:
        """`17 formulas: 8 verified, 1 conditional, 1 unknown, 2 refuted (2 expected), 5 definitions in 3.1 s`"""
        total = self.counts.total() + self.definitions
        seconds = time.monotonic() - self.started
        parts = [self._part(word) for word in reversed(RANK) if self.counts[word]]
        parts += [_counted(self.definitions, "definition")] if self.definitions else []
        parts += [f"{self.missed} not as expected"] if self.missed else []
        parts += [f"{self.ignored} ignored"] if self.ignored else []
        return f"{_counted(total, 'formula')}{': ' * bool(parts)}{', '.join(parts)} in {seconds:.1f} s"

    def _part(self, word: str) -> str:
        expected_here = self.as_expected[word] if word in ("refuted", "unknown", "conditional") else 0
        return f"{self.counts[word]} {word}" + (f" ({expected_here} expected)" if expected_here else "")


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'s' * (number != 1)}"
