"""`symbptt clean`."""

from __future__ import annotations

from pathlib import Path

import click

from symbptt.cache import clean as remove
from symbptt.cache import folder_of, user_folder
from symbptt.config import find_root


@click.command()
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@click.option("--cache-dir", metavar="DIR", help="The cache in DIR.")
def clean(paths: tuple[str, ...], cache_dir: str | None) -> None:
    """Remove the cache of verdicts that a check of PATH... (this folder, if none is given) would use."""
    folder = Path(cache_dir) if cache_dir else folder_of(find_root(paths or (".",)), user_folder())
    click.echo(f"removed {folder}" if remove(folder) else f"no cache in {folder}")
