"""The command line. Nothing heavy is imported here: `symbptt --help` must answer at once."""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import metadata
from typing import TextIO

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from symbptt.documents.body import DocumentItem
from symbptt.documents.check import check_items
from symbptt.documents.formulas import InputError
from symbptt.documents.model import list_models, load_model
from symbptt.documents.reader import read_path
from symbptt.report.formats import WRITERS
from symbptt.report.outcome import INTERRUPTED, UNREADABLE, Tally
from symbptt.verdict import Verdict

PATIENCE = 2.0  # seconds before a progress bar is shown


@dataclass
class _Bar:
    """A progress bar on a terminal's standard error, once a run takes longer than one cares to wait."""

    started: float
    bar: Progress | None = None
    task: int = 0

    def __call__(self, done: int, total: int) -> None:
        if self.bar is None and time.monotonic() - self.started > PATIENCE:
            columns = (TextColumn("checking"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
            self.bar = Progress(*columns, console=Console(stderr=True), transient=True, redirect_stdout=False, redirect_stderr=False)
            self.task = self.bar.add_task("checking", total=total)
            self.bar.start()
        if self.bar is not None:
            self.bar.update(self.bar.task_ids[0], completed=done)

    def close(self) -> None:
        if self.bar is not None:
            self.bar.stop()


def _show_version(context: click.Context, _option: click.Parameter, wanted: bool) -> None:
    if not wanted:
        return
    try:
        version = metadata.version("symbptt")
    except metadata.PackageNotFoundError:
        version = "(not installed)"
    click.echo(f"symbptt {version}")
    context.exit()


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--version", is_flag=True, is_eager=True, expose_value=False, callback=_show_version, help="Show the version and exit.")
def app() -> None:
    """A proof checker for the mathematics of backpropagation."""


@app.command()
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@click.option("--format", "form", type=click.Choice(list(WRITERS)), default="text", show_default=True, help="How verdicts are written.")
@click.option("--output", metavar="FILE", help="Write the verdicts to FILE instead of standard output.")
@click.option("--strict", is_flag=True, help="Let `unknown` fail too.")
@click.option("--timeout", type=click.FloatRange(min=0, min_open=True), default=20.0, show_default=True, help="Seconds a claim.")
@click.option("--workers", type=click.IntRange(min=1), default=None, metavar="N", help="Processes.  [default: one a core]")
@click.option("--verbose", is_flag=True, help="List definitions, updates and text too.")
def check(paths: tuple[str, ...], form: str, output: str | None, strict: bool, timeout: float, workers: int | None, verbose: bool) -> None:
    """Check every formula of PATH...: .md, .json, .jsonl, folders; - reads standard input.

    Exit status: 0 nothing refuted, 1 something refuted or not as expected (or unknown, with --strict),
    2 wrong usage or unreadable input.
    """
    items, unreadable = _read(paths)
    tally = Tally(strict)
    bar = _Bar(time.monotonic())
    with _opened(output) as out, contextlib.closing(bar):
        verdicts = check_items(items, timeout=timeout, workers=workers, progress=bar if sys.stderr.isatty() else None)
        counted = tally.counting(verdicts)
        if out.isatty() and sys.stderr.isatty():  # the report and the bar would share a screen: first the one, then the other
            counted = iter(_finished(counted, bar))
        with contextlib.closing(verdicts):
            WRITERS[form](counted, out, tally, verbose)
    sys.exit(tally.status(unreadable=unreadable))


def _read(paths: tuple[str, ...]) -> tuple[list[DocumentItem], int]:
    """The items of all paths, and how many errors there were; each is told at once."""
    items: list[DocumentItem] = []
    unreadable = 0
    for path in dict.fromkeys(paths):
        reading = read_path(path)
        items += reading.items
        unreadable += len(reading.errors)
        for error in reading.errors:
            click.echo(str(error), err=True)
    return items, unreadable


def _finished(verdicts: Iterator[Verdict], bar: _Bar) -> list[Verdict]:
    everything = list(verdicts)
    bar.close()
    return everything


@contextlib.contextmanager
def _opened(output: str | None) -> Iterator[TextIO]:
    if output is None:
        yield sys.stdout
        return
    try:
        file = open(output, "w", encoding="utf-8", errors="backslashreplace")  # noqa: SIM115 (closed below)
    except OSError as error:
        raise click.UsageError(f"cannot write {output}: {error.strerror}") from None
    with file:
        yield file


@app.command()
def models() -> None:
    """List the built-in models, one a line."""
    for name in list_models():
        title = load_model(name).title
        click.echo(f"{name}  {title}" if title else name)


def main() -> None:
    """Run the command line; a closed pipe and Ctrl-C end it quietly."""
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(AttributeError):  # a test or a notebook may put something else there
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")  # type: ignore[union-attr]
    try:
        with app.make_context("symbptt", sys.argv[1:]) as context:
            app.invoke(context)
    except click.exceptions.Exit as error:
        sys.exit(error.exit_code)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (KeyboardInterrupt, click.Abort):
        click.echo("interrupted", err=True)
        sys.exit(INTERRUPTED)
    except BrokenPipeError:  # nobody reads on
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # what is still buffered must not raise again
        sys.exit(INTERRUPTED)
    except InputError as error:
        click.echo(str(error), err=True)
        sys.exit(UNREADABLE)
