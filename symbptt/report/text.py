"""The report for a person: `path:line:column  VERDICT  formula`, then why."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePath
from typing import TextIO

from rich.console import Console
from rich.text import Text

from symbptt.report.outcome import Detail, Tally, expected, fails
from symbptt.report.summary import statistics, summary
from symbptt.verdict import Counterexample, Verdict

STYLES = {"proved": "bold green", "verified": "green", "conditional": "yellow", "refuted": "bold red", "unknown": "magenta"}
LONGEST_FORMULA = 160
MOST_VALUES = 12
#: How a reading ends that is no news to anybody.
DEFAULT = "(default)"
INDENT = "    "


def write_text(verdicts: Iterator[Verdict], out: TextIO, tally: Tally, detail: Detail) -> None:
    """Each claim with its reasons, as far as `detail` asks for it, what many files come to, and a line that sums up."""
    console = Console(file=out, highlight=False, soft_wrap=True)
    for verdict in verdicts:
        if _is_listed(verdict, tally, detail):
            console.print(_headline(verdict))
            for style, line in _reasons(verdict):
                console.print(Text(INDENT + _printable(line), style=style))
    for line in _sums(tally, detail):
        console.print(Text(_printable(line)))
    console.print(Text(tally.sentence(), style="bold"))


def _is_listed(verdict: Verdict, tally: Tally, detail: Detail) -> bool:
    if detail is Detail.QUIET:
        return fails(verdict, strict=tally.strict)
    if detail is Detail.STATISTICS:
        return False
    return detail is Detail.VERBOSE or bool(verdict.verdict) or expected(verdict) is False


def _sums(tally: Tally, detail: Detail) -> Iterator[str]:
    if detail is Detail.STATISTICS:
        return statistics(tally.codes)
    return iter(()) if detail is Detail.QUIET else summary(tally)


def _printable(text: str) -> str:
    """On one line, and without characters that would command the terminal."""
    return "".join(letter if letter.isprintable() else " " for letter in text)


def _headline(verdict: Verdict) -> Text:
    met = expected(verdict)
    word = verdict.verdict.upper() or verdict.role
    note = {True: " (expected)", False: f" (expected {verdict.expect})", None: ""}[met]
    style = "green" if met else STYLES.get(verdict.verdict, "dim")
    latex = _printable(" ".join(verdict.latex[: 4 * LONGEST_FORMULA].split()))
    latex = latex if len(latex) <= LONGEST_FORMULA else f"{latex[: LONGEST_FORMULA - 1]}…"
    name = f" ({_printable(verdict.id)})" if _is_named(verdict) else ""
    return Text.assemble((_printable(place(verdict)), "bold"), name, "  ", (f"{word}{note}", style), "  ", latex)


def _is_named(verdict: Verdict) -> bool:
    """Whether the document gives it a name; one that was made from file and line says nothing new."""
    return bool(verdict.path and verdict.id) and not verdict.id.startswith(f"{PurePath(verdict.path).name}:")


def place(verdict: Verdict) -> str:
    """`path:line:column`, as far as they are known (`path:cell 3:line:column` in a notebook); the name of a problem from no file."""
    if not verdict.path:
        return verdict.id or "problem"
    known = [str(number) for number in (verdict.line, verdict.column) if number]
    cell = [f"cell {verdict.cell}"] if verdict.cell else []
    return ":".join([verdict.path, *cell, *known])


def _reasons(verdict: Verdict) -> Iterator[tuple[str, str]]:
    """Lines with their styles."""
    if verdict.message or verdict.code:
        yield "", f"{verdict.message}{f' [{verdict.code}]' if verdict.code else ''}".strip()
    if verdict.first_wrong is not None and 0 <= verdict.first_wrong < len(verdict.links):
        yield "", f"first wrong link: {verdict.links[verdict.first_wrong].latex}"
    for fact in verdict.assumptions:
        yield "", f"holds if {fact}"
    if verdict.counterexample is not None:
        yield from (("", line) for line in _point(verdict.counterexample))
    for reading in verdict.reading:
        if not reading.endswith(DEFAULT):
            yield "dim", f"read as: {reading}"
    if verdict.suggestion:
        edit = f"  ({verdict.edit})" if verdict.edit else ""
        yield "cyan", f"you may have meant {verdict.suggestion}{edit}"


def _point(found: Counterexample) -> Iterator[str]:
    where = ", ".join(f"{name} = {value}" for name, value in (found.sizes | found.steps).items())
    functions = ", ".join(f"{name}: {text}" for name, text in found.functions.items())
    values = [f"{name} = {value}" for name, value in found.values.items()]
    more = f", … ({len(values) - MOST_VALUES} more)" if len(values) > MOST_VALUES else ""
    yield "counterexample" + (f" with {where}" if where else "") + ":"
    if functions:
        yield f"  {functions}"
    if values:
        yield f"  {', '.join(values[:MOST_VALUES])}{more}"
    at = f" at {found.entry}" if found.entry else ""
    yield f"  left side{at} = {found.left}, right side = {found.right}, difference {found.difference}"
