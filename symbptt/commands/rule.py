"""`symbptt rule`."""

from __future__ import annotations

from textwrap import fill

import click

from symbptt.commands.failure import Failure
from symbptt.rules import RULES, codes

WIDTH = 100


@click.command()
@click.argument("wanted", nargs=-1, metavar="[CODE]...")
@click.option("--all", "everything", is_flag=True, help="List all codes, one a line.")
def rule(wanted: tuple[str, ...], everything: bool) -> None:
    """Explain the code of what is reported, such as S101, or each that begins so (S1)."""
    if everything == bool(wanted):
        raise click.UsageError("give a code such as S101, or --all")
    try:
        starts = codes(wanted)
    except ValueError as error:
        raise Failure(str(error)) from None
    found = [known for code, known in RULES.items() if everything or code.startswith(starts)]
    width = max(len(known.name) for known in found)
    for at, known in enumerate(found):
        if everything:
            click.echo(f"{known.code}  {known.name:<{width}}  {known.sentence}")
        else:
            click.echo("\n" * (at > 0) + f"{known.code} {known.name}\n\n{known.sentence}\n\n{fill(known.remedy, WIDTH)}")
