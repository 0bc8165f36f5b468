"""The command line. Nothing is imported here before it is known which command runs: `symbptt --help` must answer at once."""

from __future__ import annotations

import contextlib
import gc
import os
import sys
from collections.abc import Mapping
from importlib import import_module
from types import MappingProxyType
from typing import Final

import click

INTERRUPTED: Final = 130
#: New objects after which Python looks for cycles: what is built here are trees and graphs with few of them.
COLLECT_AFTER: Final = 500_000
#: Name → where the command is, and the line that `--help` has for it.
COMMANDS: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {
        "check": ("symbptt.commands.check:check", "Check every formula of PATH..."),
        "clean": ("symbptt.commands.clean:clean", "Remove the cache of verdicts."),
        "derive": ("symbptt.commands.derive:derive", "Write the derivation of the gradients of MODEL, every line checked."),
        "export": ("symbptt.commands.export:export", "Write a model's exact gradients as a source file."),
        "init": ("symbptt.commands.init:init", "Write what is inferred of FILE... into a sidecar."),
        "models": ("symbptt.commands.models:models", "List the built-in models, one a line."),
        "recheck": ("symbptt.commands.recheck:recheck", "Verify certificates without the engines."),
        "rule": ("symbptt.commands.rule:rule", "Explain the code of what is reported."),
        "train": ("symbptt.commands.train:train", "Train a model with its exact gradients."),
    }
)


class _Commands(click.Group):
    """A group that imports a command when it is wanted."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name][0].partition(":")
        command: click.Command = getattr(import_module(module), name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, COMMANDS[name][1]) for name in self.list_commands(ctx)])


def _show_version(context: click.Context, _option: click.Parameter, wanted: bool) -> None:
    if not wanted:
        return
    metadata = import_module("importlib.metadata")
    try:
        version = metadata.version("symbptt")
    except metadata.PackageNotFoundError:
        version = "(not installed)"
    click.echo(f"symbptt {version}")
    context.exit()


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--version", is_flag=True, is_eager=True, expose_value=False, callback=_show_version, help="Show the version and exit.")
def app() -> None:
    """A proof checker for the mathematics of backpropagation."""


def main() -> None:
    """Run the command line; a closed pipe and Ctrl-C end it quietly."""
    gc.set_threshold(COLLECT_AFTER, 20, 20)
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
