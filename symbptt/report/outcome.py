"""What a run comes to: which verdicts pass, the counts, the exit status."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from symbptt.verdict import RANK, Verdict

PASS, FAILED, UNREADABLE, INTERRUPTED = 0, 1, 2, 130


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
class Tally:
    """Counts verdicts as they pass by."""

    strict: bool = False
    counts: Counter[str] = field(default_factory=Counter)
    as_expected: Counter[str] = field(default_factory=Counter)
    failures: int = 0
    missed: int = 0
    started: float = field(default_factory=time.monotonic)

    def counting(self, verdicts: Iterator[Verdict]) -> Iterator[Verdict]:
        """The same verdicts, counted."""
        for verdict in verdicts:
            self.add(verdict)
            yield verdict

    def add(self, verdict: Verdict) -> None:
        if verdict.verdict:
            self.counts[verdict.verdict] += 1
        met = expected(verdict)
        self.as_expected[verdict.verdict] += met is True
        self.missed += met is False
        self.failures += fails(verdict, strict=self.strict)

    def status(self, *, unreadable: int = 0) -> int:
        """The exit status."""
        return UNREADABLE if unreadable else FAILED if self.failures else PASS

    def sentence(self) -> str:
        """`12 formulas: 8 verified, 1 conditional, 2 refuted (2 expected), 1 unknown in 3.1 s`"""
        total = self.counts.total()
        seconds = time.monotonic() - self.started
        parts = [self._part(word) for word in reversed(RANK) if self.counts[word]]
        parts += [f"{self.missed} not as expected"] if self.missed else []
        return f"{total} formula{'s' * (total != 1)}{': ' * bool(parts)}{', '.join(parts)} in {seconds:.1f} s"

    def _part(self, word: str) -> str:
        expected_here = self.as_expected[word] if word in ("refuted", "unknown", "conditional") else 0
        return f"{self.counts[word]} {word}" + (f" ({expected_here} expected)" if expected_here else "")
