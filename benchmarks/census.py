"""What is said of documents, compared with a census of them made by hand.

    python benchmarks/census.py derivations/census.csv FILE-OR-FOLDER... [--details] [--stated] [--timeout SECONDS] [--workers N]

A census has a row for each formula: `source` (or `document`, the beginning of the file's name), `line`, `column`, `role`, and for a
claim its `truth`: `right`, `wrong`, `right-under-assumption` or `undecidable`. Other columns are not looked at.
With `--stated` the documents have sidecars that state what their claims assume: what is right under an assumption may then be proved.
"""

from __future__ import annotations

import argparse
import csv
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType

from symbptt.documents.check import check_items
from symbptt.documents.reader import SUFFIXES, read_path
from symbptt.verdict import Verdict

ROLES = ("claim", "definition", "update", "text")
#: The verdicts that agree with a truth; any other but `unknown` is false.
AGREEING: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "": ("proved", "verified", "conditional"),
        "right": ("proved", "verified", "conditional"),
        "right-under-assumption": ("conditional",),
        "wrong": ("refuted",),
        "undecidable": (),
    }
)
#: Where a sidecar states the assumption.
STATED: Mapping[str, tuple[str, ...]] = MappingProxyType({"right-under-assumption": ("proved", "verified", "conditional")})
UNDECIDED = ("", "unknown")
LINES_APART = 3  # a display may be placed at its `$$`, at its `\begin` or at what it contains
COLUMNS_APART = 30
REASONS = 10


@dataclass(frozen=True)
class Row:
    """One formula of the census."""

    source: str
    line: int
    column: int
    role: str
    truth: str


@dataclass(frozen=True)
class Pair:
    """A formula of the census and what was said of it; one of the two may be missing."""

    row: Row | None
    verdict: Verdict | None
    stated: bool = False

    @property
    def role_right(self) -> bool:
        """Whether the roles agree; a `text` that the checker passes over is as good as one that it lists."""
        said = self.verdict.role if self.verdict else "text"
        return said == (self.row.role if self.row else "text")

    @property
    def decided(self) -> bool:
        return self.verdict is not None and self.verdict.verdict not in UNDECIDED

    @property
    def agrees(self) -> bool:
        truth = self.row.truth if self.row else ""
        agreeing = (STATED if self.stated else AGREEING).get(truth, AGREEING[truth])
        return self.decided and self.verdict is not None and self.verdict.verdict in agreeing

    @property
    def claim(self) -> bool:
        return self.row is not None and self.row.role == "claim"


def read_census(path: Path) -> list[Row]:
    """The rows of a census.

    Raises `ValueError` for a role or truth that is none, naming the line.
    """
    rows = []
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        for entry in reader:
            row = Row(
                entry.get("source") or entry.get("document") or "",
                int(entry["line"]),
                int(entry["column"]),
                entry["role"],
                entry["truth"].strip(),
            )
            if row.role not in ROLES or row.truth not in AGREEING:
                raise ValueError(f"{path}:{reader.line_num}: role `{row.role}`, truth `{row.truth}`; see the head of {Path(__file__).name}")
            rows.append(row)
    return rows


def paired(rows: Sequence[Row], verdicts: Sequence[Verdict]) -> list[Pair]:
    """Each row with the verdict nearest to it, then what is left over on either side; the nearest pairs are made first."""
    near: dict[int, list[int]] = defaultdict(list)
    for index, verdict in enumerate(verdicts):
        near[verdict.line].append(index)
    candidates = sorted(
        (distance, r, v)
        for r, row in enumerate(rows)
        for line in range(row.line - LINES_APART, row.line + LINES_APART + 1)
        for v in near[line]
        if (distance := _distance(row, verdicts[v])) is not None
    )
    of_row: dict[int, int] = {}
    taken: set[int] = set()
    for _, r, v in candidates:
        if r not in of_row and v not in taken:
            of_row[r] = v
            taken.add(v)
    pairs = [Pair(row, verdicts[of_row[r]] if r in of_row else None) for r, row in enumerate(rows)]
    return pairs + [Pair(None, verdict) for v, verdict in enumerate(verdicts) if v not in taken]


def _distance(row: Row, verdict: Verdict) -> tuple[int, int] | None:
    """How far apart the two stand, if they may be the same formula."""
    lines, columns = abs(row.line - verdict.line), abs(row.column - verdict.column)
    if lines == 0:
        return (0, columns) if columns <= COLUMNS_APART else None
    return None if "text" in (row.role, verdict.role) else (lines, columns)


def reason(message: str) -> str:
    """A message without the formulas and places in it, so that like ones can be counted."""
    return re.sub(r"\d+", "…", re.sub(r"`[^`]*`", "`…`", message))[:100]


def table(pairs: Mapping[str, Sequence[Pair]]) -> Iterator[str]:
    """A line a document, then one for all."""
    yield "| document | formulas | roles right | claims | decided | right | false |"
    yield "| --- | --- | --- | --- | --- | --- | --- |"
    everything = [pair for each in pairs.values() for pair in each]
    for name, found in (*pairs.items(), ("all", everything)):
        counted = [pair for pair in found if pair.row or not pair.role_right]
        claims = [pair for pair in found if pair.claim]
        decided = sum(pair.decided for pair in claims)
        yield (
            f"| {name} | {len(counted)} | {_percent(sum(pair.role_right for pair in counted), len(counted))} | {len(claims)} "
            f"| {decided} ({_percent(decided, len(claims))}) | {sum(pair.agrees for pair in claims)} | {len(list(falsely(found)))} |"
        )


def falsely(pairs: Iterable[Pair]) -> Iterator[Pair]:
    """What is decided against the truth, claims or not."""
    return (pair for pair in pairs if pair.decided and not pair.agrees)


def details(pairs: Iterable[Pair]) -> Iterator[str]:
    """Every false verdict, every role that differs, every claim left open."""
    for pair in pairs:
        row, verdict = pair.row, pair.verdict
        kind = _remark(pair)
        if not kind:
            continue
        line, column = (verdict.line, verdict.column) if verdict else (row.line, row.column) if row else (0, 0)
        census = f"{row.role} {row.truth}".strip() if row else "not in the census"
        said = f"{verdict.role} {verdict.verdict}".strip() if verdict else "not listed"
        text = " ".join(verdict.latex.split())[:90] if verdict else ""
        yield f"  {kind} {line}:{column}  census: {census}; said: {said}  {text}  {verdict.message[:160] if verdict else ''}".rstrip()


def _remark(pair: Pair) -> str:
    """What is to be told of a pair, if anything."""
    if pair.decided and not pair.agrees:
        return "FALSE"
    if not pair.role_right:
        return "role"
    return "unknown" if pair.claim and not pair.decided else ""


def _left_open(pair: Pair) -> str:
    """Why a claim has no verdict."""
    if pair.verdict is None:
        return "not found"
    return reason(pair.verdict.message) if pair.verdict.role == "claim" else f"taken for {pair.verdict.role}"


def _percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:.0f} %" if whole else "-"


def _files(paths: Iterable[str]) -> Iterator[Path]:
    for path in map(Path, paths):
        yield from sorted(file for file in path.iterdir() if file.suffix in SUFFIXES) if path.is_dir() else [path]


def main(arguments: Sequence[str] | None = None) -> None:
    """Compare and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("census", type=Path)
    parser.add_argument("documents", nargs="+")
    parser.add_argument("--details", action="store_true", help="list false verdicts, roles that differ and claims left open")
    parser.add_argument("--stated", action="store_true", help="sidecars state what claims assume, which may then be proved")
    parser.add_argument("--timeout", type=float, default=20.0)
    parser.add_argument("--workers", type=int, default=None)
    options = parser.parse_args(arguments)
    rows: dict[str, list[Row]] = defaultdict(list)
    for row in read_census(options.census):
        rows[row.source].append(row)
    pairs: dict[str, list[Pair]] = {}
    for file in _files(options.documents):
        source = max((name for name in rows if file.name.startswith(name)), key=len, default="")
        if source:
            verdicts = list(check_items(read_path(str(file)).items, timeout=options.timeout, workers=options.workers))
            pairs[file.name] = [replace(pair, stated=options.stated) for pair in paired(rows[source], verdicts)]
    print(*table(pairs), sep="\n")
    everything = [pair for found in pairs.values() for pair in found]
    reasons = Counter(_left_open(pair) for pair in everything if pair.claim and not pair.decided)
    print("\nClaims left open, the commonest reasons:")
    print(*(f"{count:4d}  {text}" for text, count in reasons.most_common(REASONS)), sep="\n")
    if options.details:
        for name, found in pairs.items():
            print(f"\n{name}", *details(found), sep="\n")


if __name__ == "__main__":
    main()
