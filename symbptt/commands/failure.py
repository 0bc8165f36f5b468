"""A mistake in what a command was given, told in one line."""

from __future__ import annotations

from typing import IO, Any

import click

from symbptt.report.outcome import UNREADABLE


class Failure(click.ClickException):
    """Ends a command with its message alone."""

    exit_code = UNREADABLE

    def show(self, file: IO[Any] | None = None) -> None:
        click.echo(self.message, err=True, file=file)
