"""Many verdicts at a glance: a line for each file, and which kinds of report are the commonest."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from functools import reduce
from operator import add
from typing import Final

from symbptt.report.outcome import Counts, Tally
from symbptt.rules import RULES

#: Files that get a line; of more, those with the most to look at.
MOST_FILES: Final = 40
MOST_REASONS: Final = 10
COLUMNS: Final[tuple[tuple[str, Callable[[Counts], int]], ...]] = (
    ("formulas", lambda counts: counts.formulas),
    ("definitions", lambda counts: counts.definitions),
    ("decided", lambda counts: counts.decided),
    ("refuted", lambda counts: counts.refuted),
    ("unknown", lambda counts: counts.unknown),
)


def summary(tally: Tally) -> Iterator[str]:
    """The table of files, if there are several, and the commonest reasons for `unknown`."""
    if len(tally.files) < 2:
        return
    yield from table(tally.files)
    unknown = Counter({code: count for code, count in tally.codes.items() if code[:2] in ("S3", "S4", "S5")})
    if unknown:
        yield "unknown for:"
        yield from statistics(unknown, MOST_REASONS)


def table(files: dict[str, Counts]) -> Iterator[str]:
    """A line for each file, the worst first, and their sums."""
    rows = sorted(files.items(), key=lambda row: (-row[1].failures, -row[1].unknown, row[0]))
    shown, hidden = rows[:MOST_FILES], rows[MOST_FILES:]
    if hidden:
        shown = [*shown, (f"{len(hidden)} more", reduce(add, (counts for _, counts in hidden)))]
    shown = [*shown, (f"{len(rows)} files", reduce(add, (counts for _, counts in rows)))]
    width = max(len(name) for name, _ in shown)
    yield _line("", width, (title for title, _ in COLUMNS))
    for name, counts in shown:
        yield _line(name, width, (str(value(counts)) for _, value in COLUMNS))


def statistics(codes: Counter[str], most: int | None = None) -> Iterator[str]:
    """`   12  S301  unknown-name  A name is defined nowhere.`"""
    ordered = sorted(codes.items(), key=lambda row: (-row[1], row[0]))[:most]
    width = max((len(RULES[code].name) for code, _ in ordered), default=0)
    for code, count in ordered:
        yield f"{count:>5}  {code}  {RULES[code].name:<{width}}  {RULES[code].sentence}"


def _line(name: str, width: int, values: Iterable[str]) -> str:
    cells = "".join(f"  {value:>{len(title)}}" for value, (title, _) in zip(values, COLUMNS, strict=True))
    return f"{name:<{width}}{cells}"
