"""`symbptt train`."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from symbptt.commands.export import _functions
from symbptt.commands.failure import Failure
from symbptt.documents.formulas import InputError
from symbptt.export.trees import NotExported
from symbptt.reading.choices import ReadingError
from symbptt.train.checkpoint import NotKept
from symbptt.train.data import Text
from symbptt.train.loop import Progress as Report
from symbptt.train.loop import Stopped
from symbptt.train.optimizers import OPTIMIZERS
from symbptt.train.pictures import NoPictures, needs_matplotlib
from symbptt.train.trainer import BACKENDS, SHOWN, Trainer


@click.command()
@click.argument("model")
@click.option("--data", metavar="FILE", help="A text file, or an .npz file with the model's data by name.")
@click.option("--text", metavar="TEXT", help="The text itself, such as HELLO.")
@click.option("--backend", type=click.Choice(BACKENDS), default="numpy", show_default=True)
@click.option("--function", "functions", multiple=True, metavar="F=NAME", callback=_functions, help="What an open activation is: f=tanh.")
@click.option("--hidden", type=click.IntRange(min=1), default=64, show_default=True, help="Every size that the data do not give.")
@click.option("--optimizer", type=click.Choice(list(OPTIMIZERS)), default="adam", show_default=True)
@click.option("--rate", type=click.FloatRange(min=0, min_open=True), help="The learning rate.  [default: the optimizer's]")
@click.option("--clip", type=click.FloatRange(min=0), default=5.0, show_default=True, help="The largest norm of a gradient; 0 is any.")
@click.option("--steps", type=click.IntRange(min=1), help="Letters through which gradients go back.  [default: 50, or all there are]")
@click.option("--batch", type=click.IntRange(min=1), default=1, show_default=True, help="Sequences side by side.")
@click.option("--epochs", type=click.IntRange(min=1), default=1, show_default=True)
@click.option(
    "--held-out", type=click.FloatRange(min=0, max=1, max_open=True), default=0.0, help="The share not learned from, but measured."
)
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True)
@click.option("--float32", is_flag=True, help="Numbers of 32 bits.")
@click.option("--sample", type=click.IntRange(min=0), default=200, show_default=True, help="Letters of text to write at the end.")
@click.option("--begin", default="", metavar="TEXT", help="What the sample begins with.  [default: the first letter of the text]")
@click.option("--temperature", type=click.FloatRange(min=0), default=1.0, show_default=True, help="0 takes the most probable letter.")
@click.option("--show-every", type=click.FloatRange(min=0), metavar="SECONDS", help="Write samples as it learns, too.")
@click.option("--output", metavar="FOLDER", help="Where the run is kept; one that was stopped goes on from there.")
@click.option("--save-every", type=click.FloatRange(min=0), default=10.0, show_default=True, metavar="SECONDS")
@click.option("--plot", metavar="FOLDER", help="Draw the loss, and the norm of the error at each step, into this folder (matplotlib).")
def train(
    model: str,
    epochs: int,
    float32: bool,
    sample: int,
    begin: str,
    temperature: float,
    show_every: float | None,
    output: str | None,
    save_every: float,
    plot: str | None,
    **how: Any,
) -> None:
    """Train a model with its exact gradients; MODEL is a built-in name or a file.

    On a text the model learns each letter from those before it. Exit status: 0, or 2 where the run could not begin or go on.
    """
    if (how["data"] is None) == (how["text"] is None):
        raise click.UsageError("give --data FILE or --text TEXT, one of them")
    try:
        if plot is not None:
            needs_matplotlib()
            Path(plot).mkdir(parents=True, exist_ok=True)
        trainer = Trainer(model, dtype="float32" if float32 else "float64", folder=output, **how)
        source = trainer.run.source
        if isinstance(source, Text):
            source.encoded(begin)
        _begins(trainer, epochs)
        _runs(trainer, epochs, save_every, _Shown(trainer, show_every, sample))
        _ends(trainer, sample, begin, temperature)
        for path in trainer.draw(plot) if plot is not None else ():
            click.echo(f"wrote {path}", err=True)
    except NotKept as error:
        raise Failure(error.strerror or str(error)) from None
    except OSError as error:
        raise Failure(f"{error.filename}: {error.strerror}" if error.filename else str(error)) from None
    except (NotExported, InputError, ReadingError, Stopped, NoPictures, ValueError, RuntimeError) as error:  # the last: no compiler
        raise Failure(str(error)) from None


def _begins(trainer: Trainer, epochs: int) -> None:
    run, total = trainer.run, epochs * trainer.run.source.per_epoch
    if run.step:
        click.echo(f"goes on at step {run.step} of {total}" if run.step < total else f"{run.step} steps are done", err=True)
    if trainer.truncation():
        click.echo(trainer.truncation(), err=True)


def _runs(trainer: Trainer, epochs: int, save_every: float, shown: _Shown) -> None:
    try:
        with shown:
            trainer.train(epochs, shown, save_every)
    except KeyboardInterrupt:
        where = "; the same command goes on from here" if trainer.folder is not None else ""
        raise Failure(f"stopped at step {trainer.run.step}{where}") from None


def _ends(trainer: Trainer, sample: int, begin: str, temperature: float) -> None:
    run = trainer.run
    unit = trainer.unit
    if not run.losses:
        click.echo("nothing to do")
        return
    click.echo(f"{run.step} steps, {trainer.scale * run.losses[-1]:z.6f} {unit} at the last")
    found = trainer.measure()
    what = "held out: " if run.held_out is not None else f"of the first {found.predictions:,}: " if found.predictions >= SHOWN else ""
    if run.held_out is not None:
        click.echo(f"held out: {trainer.scale * found.loss:z.4f} {unit}")
    if found.accuracy is not None:
        many = "letters" if isinstance(run.source, Text) else "classes"
        click.echo(f"{what}{100 * found.accuracy:.1f} % of the {many} predicted")
    counted = trainer.baselines()
    if counted is not None:
        click.echo(f"counting letters costs {counted.unigram:z.4f} bits a letter there, counting pairs {counted.bigram:z.4f}")
    if isinstance(run.source, Text) and sample:
        click.echo(trainer.sample(min(sample, max(len(run.source.codes), len(begin), 1)), begin, temperature=temperature))


@dataclass
class _Shown:
    """How a run goes, on standard error: a bar where someone watches, else lines; samples every so many seconds."""

    trainer: Trainer
    every: float | None
    length: int
    bar: Progress | None = None
    spoken: float = 0.0

    def __enter__(self) -> _Shown:
        if sys.stderr.isatty():
            columns = (BarColumn(bar_width=10), TextColumn("{task.description}"), TimeRemainingColumn())
            self.bar = Progress(*columns, console=Console(stderr=True), transient=True, redirect_stdout=False, redirect_stderr=False)
            self.bar.add_task("")
            self.bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self.bar is not None:
            self.bar.stop()

    def __call__(self, report: Report) -> None:
        line = self.trainer.line(report)
        if self.bar is None:
            click.echo(line, err=True)
        else:
            self.bar.update(self.bar.task_ids[0], total=report.total, completed=report.step, description=line)
            if report.held_out is not None:
                self.bar.console.print(line, markup=False, highlight=False)
        passed = report.seconds - self.spoken
        if self.every is not None and passed >= self.every and isinstance(self.trainer.run.source, Text) and self.length:
            self.spoken = report.seconds
            self._say(self.trainer.sample(self.length, seed=report.step))

    def _say(self, text: str) -> None:
        if self.bar is not None:
            self.bar.console.print(text, markup=False, highlight=False)
        else:
            click.echo(text, err=True)
