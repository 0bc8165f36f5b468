"""`symbptt train`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
import numpy as np

from symbptt.commands.export import _functions
from symbptt.commands.failure import Failure
from symbptt.documents.formulas import InputError
from symbptt.export.build import Export, export
from symbptt.export.trees import NotExported
from symbptt.train.data import Sequences, Source, Text, read_text
from symbptt.train.loop import Plan, Stopped, accuracy, begin, letters
from symbptt.train.loop import train as run_all
from symbptt.train.optimizers import OPTIMIZERS
from symbptt.train.roles import Roles, roles


@click.command()
@click.argument("model")
@click.option("--data", "file", metavar="FILE", help="A text file, or an .npz file with the model's data by name.")
@click.option("--text", metavar="TEXT", help="The text itself, such as HELLO.")
@click.option("--backend", type=click.Choice(["numpy", "c"]), default="numpy", show_default=True)
@click.option("--function", "functions", multiple=True, metavar="F=NAME", callback=_functions, help="What an open activation is: f=tanh.")
@click.option("--hidden", type=click.IntRange(min=1), default=64, show_default=True, help="Every size that the data do not give.")
@click.option("--optimizer", type=click.Choice(list(OPTIMIZERS)), default="adam", show_default=True)
@click.option("--rate", type=click.FloatRange(min=0, min_open=True), help="The learning rate.  [default: the optimizer's]")
@click.option("--clip", type=click.FloatRange(min=0), default=5.0, show_default=True, help="The largest norm of a gradient; 0 is any.")
@click.option("--steps", type=click.IntRange(min=1), default=50, show_default=True, help="Letters through which gradients go back.")
@click.option("--batch", type=click.IntRange(min=1), default=1, show_default=True, help="Sequences side by side.")
@click.option("--epochs", type=click.IntRange(min=1), default=1, show_default=True)
@click.option("--seed", type=int, default=0, show_default=True)
@click.option("--float32", is_flag=True, help="Numbers of 32 bits.")
@click.option("--sample", type=click.IntRange(min=0), default=200, show_default=True, help="Letters of text to write at the end.")
@click.option("--output", metavar="FOLDER", help="Where checkpoints are kept; a run that was stopped goes on from there.")
@click.option("--save-every", type=click.FloatRange(min=0), default=10.0, show_default=True, metavar="SECONDS")
def train(
    model: str,
    file: str | None,
    text: str | None,
    backend: str,
    functions: dict[str, str],
    hidden: int,
    steps: int,
    batch: int,
    seed: int,
    float32: bool,
    sample: int,
    output: str | None,
    save_every: float,
    **how: Any,
) -> None:
    """Train a model with its exact gradients; MODEL is a built-in name or a file.

    On a text the model learns each letter from those before it. Exit status: 0, or 2 where the run could not begin or go on.
    """
    if (file is None) == (text is None):
        raise click.UsageError("give --data FILE or --text TEXT")
    dtype = "float32" if float32 else "float64"
    folder = Path(output) if output is not None else None
    try:
        exported = export(model, (), backend, functions)
        found = roles(exported)
        source = _source(exported, found, file, text, steps, batch, seed, dtype)
        plan = Plan(
            model=model,
            optimizer=how["optimizer"],
            rate=how["rate"] or OPTIMIZERS[how["optimizer"]].rate,
            clip=how["clip"],
            epochs=how["epochs"],
            seed=seed,
            sizes=_sizes(exported, found, source, hidden),
            steps=steps,
            batch=batch,
            dtype=dtype,
        )
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)
        run = begin(plan, exported.module, source, folder)
        if run.step:
            click.echo(f"goes on at step {run.step} of {run.total}", err=True)
        run_all(run, folder, lambda line: click.echo(line, err=True), save_every)
    except (NotExported, InputError, Stopped, ValueError) as error:
        raise Failure(str(error)) from None
    except OSError as error:
        raise Failure(f"{error.filename or output}: {error.strerror}; the last checkpoint is as it was") from None
    click.echo(f"{run.step} steps, loss {run.losses[-1]:.6f} for each prediction" if run.losses else "nothing to do")
    if isinstance(source, Text) and found.prediction:
        click.echo(f"{100 * accuracy(run):.1f} % of the letters predicted")
        if sample:
            click.echo(letters(run, min(sample, max(len(source.codes), 1)), seed))


def _source(exported: Export, found: Roles, file: str | None, text: str | None, steps: int, batch: int, seed: int, dtype: str) -> Source:
    if file is not None and file.endswith(".npz"):
        return _sequences(exported, found, file, batch, seed, dtype)
    if file is not None:
        text = Path(file).read_text(encoding="utf-8")
    assert text is not None
    return read_text(text, steps, batch, found, np.dtype(dtype))


def _sequences(exported: Export, found: Roles, file: str, batch: int, seed: int, dtype: str) -> Sequences:
    module = exported.module
    with np.load(file, allow_pickle=False) as content:
        missing = [name for name in module.DATA if name not in content.files]
        if missing:
            raise ValueError(f"{file} has no array `{missing[0]}`; it needs {', '.join(module.DATA)}")
        arrays = {name: content[name].astype(dtype) for name in module.DATA}
    stepped = frozenset(name for name in module.DATA if module.SHAPES[name][0] == exported.program.last_step)
    counts = {arrays[name].shape[1 if name in stepped else 0] for name in module.DATA}
    if len(counts) != 1:
        raise ValueError(f"the arrays of {file} hold different numbers of sequences: {', '.join(map(str, sorted(counts)))}")
    (count,) = counts
    return Sequences(arrays, stepped, count, min(batch, count), seed, found)


def _sizes(exported: Export, found: Roles, source: Source, hidden: int) -> dict[str, int]:
    """The sizes that the data have, and `hidden` for the others."""
    shapes = exported.module.SHAPES
    sizes = dict.fromkeys(exported.module.SIZES, hidden)
    for name in (found.input, found.target):
        sizes[shapes[name][-1]] = len(source.characters) if isinstance(source, Text) else source.arrays[name].shape[-1]
    return sizes
