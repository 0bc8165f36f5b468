"""`symbptt check`."""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, TextIO

import click

from symbptt.cache import SECRET, Cache, cache_of
from symbptt.commands.certificates import written
from symbptt.commands.failure import Failure
from symbptt.commands.progress import Bar
from symbptt.config import Config, find_config, find_root, read_config
from symbptt.documents.check import check_items
from symbptt.documents.explain import explain as explanation
from symbptt.documents.formulas import InputError
from symbptt.documents.item import DocumentItem
from symbptt.documents.reader import STDIN, Listener, found_in
from symbptt.documents.walk import globs
from symbptt.report.formats import WRITERS
from symbptt.report.outcome import Detail, Tally
from symbptt.rules import codes
from symbptt.verdict import Verdict


def _codes(_context: click.Context, _option: click.Parameter, value: str | None) -> tuple[str, ...] | None:
    """`S101,S2` ⇒ ("S101", "S2")"""
    if value is None:
        return None
    try:
        return codes(word.strip() for word in value.split(","))
    except ValueError as error:
        raise click.BadParameter(str(error)) from None


@click.command()
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@click.option("--format", "form", type=click.Choice(list(WRITERS)), help="How verdicts are written.  [default: text]")
@click.option("--output", metavar="FILE", help="Write the verdicts to FILE instead of standard output.")
@click.option("--strict/--no-strict", default=None, help="Let `unknown` fail too.")
@click.option("--timeout", type=click.FloatRange(min=0, min_open=True), help="Seconds a claim.  [default: 20]")
@click.option("--workers", type=click.IntRange(min=1), metavar="N", help="Processes.  [default: one a core]")
@click.option("--verbose", "detail", flag_value=Detail.VERBOSE, type=Detail, help="List definitions, updates and text too.")
@click.option("--quiet", "detail", flag_value=Detail.QUIET, type=Detail, help="List only what fails.")
@click.option("--statistics", "detail", flag_value=Detail.STATISTICS, type=Detail, help="Count the codes; list nothing.")
@click.option("--explain", is_flag=True, help="Tell first what was read: models, shapes, where they come from, roles.")
@click.option("--select", metavar="CODES", callback=_codes, help="Report only these codes: S101,S3; the longest that fits decides.")
@click.option("--ignore", metavar="CODES", callback=_codes, help="Do not report these codes; `symbptt rule --all` lists them.")
@click.option("--exclude", metavar="GLOB", multiple=True, help="Leave out files and folders, as a line of .gitignore does.")
@click.option("--stdin-filename", metavar="NAME", default="", help="The file that standard input (-) stands for.")
@click.option("--config", "config_file", metavar="FILE", help="Take the settings of FILE.")
@click.option("--isolated", is_flag=True, help="Take the settings of no file.")
@click.option("--no-cache", is_flag=True, help="Judge everything, and keep nothing.")
@click.option("--certificates", metavar="FOLDER", help="Write a certificate of each decided claim, for `symbptt recheck`.")
@click.option("--cache-dir", metavar="DIR", help="Keep verdicts in DIR, which is trusted.")
def check(
    paths: tuple[str, ...],
    output: str | None,
    detail: Detail | None,
    explain: bool,
    stdin_filename: str,
    config_file: str | None,
    isolated: bool,
    no_cache: bool,
    cache_dir: str | None,
    certificates: str | None,
    **options: Any,
) -> None:
    """Check every formula of PATH...: documents, files of problems, folders; - reads standard input.

    What a document leaves open its front matter states, or NAME.symbptt.yaml beside it; `symbptt init` writes one.
    Settings come from `symbptt.toml` or `[tool.symbptt]` in `pyproject.toml`; options go before them.

    Exit status: 0 nothing refuted, 1 something refuted or not as expected (or unknown, with --strict),
    2 wrong usage or unreadable input.
    """
    places = tuple(stdin_filename if path == STDIN else path for path in paths)
    config = _with_options(_config(places, config_file, isolated), **options)
    tally = Tally(config.strict, config.counts)
    bar = Bar(time.monotonic())
    explained: list[str] = []
    told = (lambda read: explained.extend(explanation(read))) if explain else None
    unreadable: list[InputError] = []
    items: Iterable[DocumentItem] = _read(paths, config, stdin_filename, told, unreadable)
    if explain:
        items = tuple(items)
    with _opened(output) as out, contextlib.closing(bar), _cache(config, places, no_cache, cache_dir) as cache:
        for line in explained:  # a list of verdicts has no place for words
            click.echo(line, file=out if config.format == "text" else sys.stderr)
        progress = bar if sys.stderr.isatty() else None
        limits: dict[str, Any] = {"timeout": config.timeout, "workers": config.workers}
        verdicts = check_items(items, **limits, progress=progress, cache=cache, certificates=certificates is not None)
        counted = tally.counting(verdicts if certificates is None else written(verdicts, Path(certificates)))
        if out.isatty() and sys.stderr.isatty():  # the report and the bar would share a screen: first the one, then the other
            counted = iter(_finished(counted, bar))
        with contextlib.closing(verdicts):
            WRITERS[config.format](counted, out, tally, detail or Detail.NORMAL)
    sys.exit(tally.status(unreadable=len(unreadable)))


def _config(places: tuple[str, ...], file: str | None, isolated: bool) -> Config:
    if isolated and file is not None:
        raise click.UsageError("--config and --isolated exclude each other")
    try:
        if isolated:
            return Config()
        return find_config(places) if file is None else read_config(file) or Config()
    except InputError as error:
        raise Failure(str(error)) from None


def _with_options(config: Config, form: str | None, exclude: tuple[str, ...], **options: Any) -> Config:
    """The settings as the command line changes them; its globs start from where it runs, and what it selects the file cannot ignore."""
    given = {name: value for name, value in (options | {"format": form}).items() if value is not None}
    if "select" in given:
        given = {"ignore": (), **given}
    return replace(config, **given, exclude=(*config.exclude, *globs(exclude, ".")))


def _cache(config: Config, places: tuple[str, ...], no_cache: bool, folder: str | None) -> contextlib.AbstractContextManager[Cache | None]:
    if folder is not None and no_cache:
        raise click.UsageError("--cache-dir and --no-cache exclude each other")
    if folder is not None:
        return Cache(Path(folder), Path(folder) / SECRET)
    if no_cache or not config.cache:
        return contextlib.nullcontext()
    return cache_of(config.root or find_root(places)) or contextlib.nullcontext()


def _read(
    paths: tuple[str, ...], config: Config, stdin_filename: str, told: Listener | None, errors: list[InputError]
) -> Iterator[DocumentItem]:
    """The items of all paths; each error is told at once, and kept."""
    for path in dict.fromkeys(paths):
        for found in found_in(path, walk=config.walk, stdin_name=stdin_filename, told=told):
            if isinstance(found, InputError):
                errors.append(found)
                click.echo(str(found), err=True)
            else:
                yield found


def _finished(verdicts: Iterator[Verdict], bar: Bar) -> list[Verdict]:
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
