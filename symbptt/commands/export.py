"""`symbptt export`."""

from __future__ import annotations

import click

from symbptt.commands.failure import Failure
from symbptt.documents.formulas import InputError
from symbptt.export.build import BACKENDS, write
from symbptt.export.build import export as exported
from symbptt.export.trees import NotExported
from symbptt.reading.choices import ReadingError


def _functions(_context: click.Context, _option: click.Parameter, values: tuple[str, ...]) -> dict[str, str]:
    """`f=tanh` ⇒ {"f": "tanh"}"""
    found = {}
    for value in values:
        name, equals, function = value.partition("=")
        if not (name and equals and function):
            raise click.BadParameter(f"`{value}` is no NAME=FUNCTION, such as f=tanh")
        found[name.strip()] = function.strip()
    return found


@click.command()
@click.argument("model")
@click.option("--backend", type=click.Choice(list(BACKENDS)), default="numpy", show_default=True, help="What the file is written for.")
@click.option("--wrt", multiple=True, metavar="NAME", help="A parameter; several, or names joined by commas.  [default: the model's]")
@click.option("--function", "functions", multiple=True, metavar="F=NAME", callback=_functions, help="What an open activation is: f=tanh.")
@click.option("--loss", default="", metavar="NAME", help="The scalar to differentiate, where there are several.")
@click.option("--output", metavar="FILE", help="The file to write.  [default: standard output]")
def export(model: str, backend: str, wrt: tuple[str, ...], functions: dict[str, str], loss: str, output: str | None) -> None:
    """Write a model's exact gradients as a source file; MODEL is a built-in name or a file.

    The file needs its backend and nothing of symbptt. It is compared with the equations before it is written, and checks itself when
    it is run. Exit status: 0, or 2 where nothing was written.
    """
    names = [name for words in wrt for name in words.split(",")]
    try:
        found = exported(model, names, backend, functions, loss)
    except (NotExported, InputError, ReadingError) as error:
        raise Failure(str(error)) from None
    if output is None:
        click.echo(found.source, nl=False)
        return
    try:
        write(found.source, output)
    except OSError as error:
        raise Failure(f"cannot write {output}: {error.strerror}") from None
    click.echo(f"wrote {output}, checked against the equations", err=True)
