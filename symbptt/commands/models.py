"""`symbptt models`."""

from __future__ import annotations

import click

from symbptt.commands.failure import Failure
from symbptt.documents.formulas import InputError
from symbptt.documents.model import list_models, load_model


@click.command()
def models() -> None:
    """List the built-in models, one a line."""
    for name in list_models():
        try:
            title = load_model(name).title
        except InputError as error:
            raise Failure(str(error)) from None
        click.echo(f"{name}  {title}" if title else name)
