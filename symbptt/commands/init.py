"""`symbptt init`."""

from __future__ import annotations

import os
import sys
from pathlib import PurePath

import click

from symbptt.documents.draft import draft
from symbptt.documents.formulas import InputError
from symbptt.documents.reader import DOCUMENTS, without_sidecar
from symbptt.documents.sidecar import sidecar_paths
from symbptt.report.outcome import UNREADABLE


@click.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option("--force", is_flag=True, help="Write over a sidecar that is there.")
@click.option("--stdout", "to_stdout", is_flag=True, help="Write to standard output, and no file.")
def init(files: tuple[str, ...], force: bool, to_stdout: bool) -> None:
    """Write what is inferred of FILE... into a sidecar NAME.symbptt.yaml, for you to correct.

    A sidecar that is there is not read. Exit status: 0, or 2 where one was not written.
    """
    failed = False
    for path in dict.fromkeys(files):
        try:
            text = draft(without_sidecar(path), path, PurePath(path).name)
            if to_stdout:
                click.echo(text, nl=False)
            else:
                click.echo(f"wrote {_write(text, _target(path), force=force)}", err=True)
        except InputError as error:
            failed = True
            click.echo(str(error), err=True)
    sys.exit(UNREADABLE if failed else 0)


def _target(path: str) -> str:
    """The sidecar that is there, or the short name; the long one where another document has the same name but for its end."""
    long, short = sidecar_paths(path)
    stem = str(PurePath(path).with_suffix(""))
    shared = any(os.path.isfile(stem + suffix) for suffix in DOCUMENTS if not path.endswith(suffix))
    return long if os.path.exists(long) or (shared and not os.path.exists(short)) else short


def _write(text: str, target: str, *, force: bool) -> str:
    if os.path.islink(target):
        raise InputError("a link is not written through; remove it", path=target)
    try:
        with open(target, "w" if force else "x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise InputError("is there already; --force writes over it, --stdout shows what would be written", path=target) from None
    except OSError as error:
        raise InputError(f"cannot be written: {error.strerror}", path=target) from None
    return target
