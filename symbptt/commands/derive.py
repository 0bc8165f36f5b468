"""`symbptt derive`."""

from __future__ import annotations

from pathlib import PurePath

import click

from symbptt.commands.failure import Failure
from symbptt.derivation.api import ALL
from symbptt.derivation.api import derive as derived
from symbptt.derivation.board import DerivationError
from symbptt.derivation.forms import FORMS, NoForm, form_of
from symbptt.derivation.network import Underivable
from symbptt.derivation.notation import NotationError
from symbptt.documents.formulas import InputError
from symbptt.latex.parser import ParseError
from symbptt.problem import ProblemError
from symbptt.reading.choices import ReadingError


class _Steps(click.ParamType[int | str]):
    name = "T|all"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> int | str:
        if value == ALL or (value.isdigit() and int(value) > 0):
            return value if value == ALL else int(value)
        self.fail(f"`{value}` is neither a number of steps nor `{ALL}`", param, ctx)


@click.command()
@click.argument("model")
@click.option(
    "--wrt",
    multiple=True,
    metavar="NAME",
    help="By this quantity, as the model spells it, or a derivative such as ∂h_t/∂h_k; several times for several. Default: all parameters.",
)
@click.option("--steps", type=_Steps(), default=ALL, show_default=True, help="For every number of steps, or unrolled term by term for T.")
@click.option("--notation", default="", metavar="NAME", help="A notation that comes with symbptt, or a .yaml file. Default: the model's.")
@click.option("--format", "form", type=click.Choice(sorted(FORMS)), help="Default: by the ending of --output, else md.")
@click.option("--output", metavar="FILE", help="Write to FILE, not to standard output.")
def derive(model: str, wrt: tuple[str, ...], steps: int | str, notation: str, form: str | None, output: str | None) -> None:
    """Write the derivation of the gradients of MODEL, every line checked.

    MODEL is a built-in name (`symbptt models`) or a file that holds a model. A line is judged by the engines before it is written;
    where one is not found true, nothing is written.

    Exit status: 0, or 1 where a line was not found true, 2 for a model that cannot be read or is beyond the rules.
    """
    try:
        chosen = form_of(form, output)
        content = FORMS[chosen](derived(model, wrt, steps, notation))
        if output is None or output == "-":
            click.echo(content, nl=False)
        else:
            _write(content, output)
            click.echo(f"wrote {PurePath(output).name}", err=True)
    except DerivationError as error:
        click.echo(str(error), err=True)
        raise SystemExit(1) from None
    except (InputError, NoForm, NotationError, ParseError, ProblemError, ReadingError, Underivable) as error:
        raise Failure(str(error)) from None


def _write(content: str | bytes, target: str) -> None:
    try:
        with open(target, "wb") as file:
            file.write(content if isinstance(content, bytes) else content.encode())
    except OSError as error:
        raise InputError(f"cannot be written: {error.strerror}", path=target) from None
