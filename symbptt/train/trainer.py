"""A model that learns: what the command and a notebook use alike."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from html import escape
from pathlib import Path
from typing import Any

import numpy as np

from symbptt.documents.model import Model, load_model
from symbptt.export.build import export
from symbptt.export.trees import NotExported

from .checkpoint import NotKept
from .data import Array, Sequences, Text, read_sequences, read_text
from .files import read_arrays, read_characters
from .flow import Flow, flows
from .loop import Plan, Progress, Run, begin, train
from .measure import Baselines, Measured, baselines, measured
from .optimizers import OPTIMIZERS
from .pictures import draw_flows, draw_loss, needs_matplotlib, svg_loss
from .roles import Roles, roles
from .sample import sampled

BACKENDS = ("numpy", "c", "numba")
SHOWN = 20_000  # letters on which the accuracy is measured where nothing is held out


class Trainer:
    """A run of a model on a text (character by character) or on sequences, with exact gradients.

        trainer = symbptt.Trainer("lstm", text=text, hidden=128, steps=50, batch=32, held_out=0.1)
        trainer.train(epochs=3)
        trainer                                    # in a notebook: the loss as a curve, and a sample
        trainer.sample(200, begin="The ")

    `data` is a text file, an `.npz` file with the model's data by name, or such arrays. `hidden` is every size that the data do not
    give. With `folder` the run is kept there and goes on from there. Raises `ValueError` (or `OSError`, `NotExported`, `InputError`,
    `Stopped`) with what is wrong, before anything is learned.
    """

    def __init__(
        self,
        model: str | Model,
        *,
        text: str | None = None,
        data: str | Path | Mapping[str, Any] | None = None,
        backend: str = "numpy",
        functions: Mapping[str, str] | None = None,
        hidden: int = 64,
        optimizer: str = "adam",
        rate: float | None = None,
        clip: float = 5.0,
        steps: int | None = None,
        batch: int = 1,
        seed: int = 0,
        dtype: str = "float64",
        held_out: float = 0.0,
        folder: str | Path | None = None,
    ) -> None:
        if (text is None) == (data is None):
            raise ValueError("give a text or data, one of them")
        if optimizer not in OPTIMIZERS:
            raise ValueError(f"no optimizer is called `{optimizer}`; there are {', '.join(OPTIMIZERS)}")
        if backend not in BACKENDS:
            raise ValueError(f"a trainer runs with {', '.join(BACKENDS)}, not with `{backend}`")
        if not 0 <= held_out < 1:
            raise ValueError(f"what is held out is a share from 0 to less than 1, not {held_out}")
        if rate is not None and not 0 < rate < np.inf:
            raise ValueError(f"a learning rate is a finite number above 0, not {rate}")
        if not clip >= 0:
            raise ValueError(f"the largest norm of a gradient is 0 (any) or more, not {clip}")
        for name, number in (("hidden", hidden), ("steps", steps), ("batch", batch)):
            if number is not None and number < 1:
                raise ValueError(f"{name} is 1 or more, not {number}")
        self.model = load_model(model) if isinstance(model, str) else model
        self.functions = dict(functions or {})
        self.folder = Path(folder) if folder is not None else None
        self._exported = export(self.model, (), backend, self.functions)
        self._roles = roles(self._exported)
        learned, held = self._sources(text, data, steps, batch, seed, dtype, held_out)
        plan = Plan(
            model=self.model.name,
            equations=_fingerprint(self.model, self.functions),
            data=learned.fingerprint() + (held.fingerprint() if held is not None else ""),
            backend=backend,
            optimizer=optimizer,
            rate=rate if rate is not None else OPTIMIZERS[optimizer].rate,
            clip=clip,
            seed=seed,
            sizes=_sizes(self._exported.module, self._roles, learned, hidden),
            steps=learned.steps,
            batch=learned.batch,
            dtype=str(np.dtype(dtype)),
            held_out=held_out,
        )
        self.run: Run = begin(plan, self._exported.module, learned, held, self.folder)

    def _sources(
        self,
        text: str | None,
        data: str | Path | Mapping[str, Any] | None,
        steps: int | None,
        batch: int,
        seed: int,
        dtype: str,
        held_out: float,
    ) -> tuple[Text | Sequences, Text | Sequences | None]:
        module, found = self._exported.module, self._roles
        if text is not None or (not isinstance(data, Mapping) and not str(data).endswith(".npz")):
            _for_text(self.model.name, found)
            where = "the text" if text is not None else str(data)
            return read_text(read_characters(Path(str(data))) if text is None else text, steps, batch, found, dtype, held_out, where)
        given = data if isinstance(data, Mapping) else read_arrays(Path(str(data)))
        where = "the data" if isinstance(data, Mapping) else str(data)
        alone = (steps or int(given.get("T", 0))) if module.STEPS_ALONE else 0
        if module.STEPS_ALONE and alone < 1:
            raise ValueError("no array of this model tells how many steps there are; give steps, or `T` with the data")
        return read_sequences(given, module.SHAPES, found, batch, seed, dtype, held_out, where, alone)

    # -- learning -------------------------------------------------------------------------------------------------------------

    def train(
        self, epochs: int = 1, told: Callable[[Progress], None] | None = None, every: float = 10.0, told_every: float = 1.0
    ) -> Trainer:
        """Learn until so many epochs are done, counted from the first; `told` hears how it goes, else a line is printed.

        Raises `Stopped` where a number is not finite and `NotKept` where a checkpoint cannot be written.
        """
        train(self.run, epochs, self.folder, told or (lambda progress: print(self.line(progress))), every, told_every)
        return self

    @property
    def params(self) -> dict[str, Array]:
        """What was learned, by plain name."""
        return dict(self.run.state.params)

    @property
    def losses(self) -> list[float]:
        """The mean loss of a prediction, step by step."""
        return list(self.run.losses)

    def measure(self) -> Measured:
        """Loss and accuracy on what is held out; without it on what is learned, of a long text on its beginning."""
        run = self.run
        most = SHOWN if run.held_out is None and isinstance(run.source, Text) else 0
        return measured(run.module, run.state.params, run.held_out or run.source, most)

    def baselines(self) -> Baselines | None:
        """What counting letters and pairs of letters costs on the text held out; None where there is none."""
        learned, held = self.run.source, self.run.held_out
        return baselines(learned, held) if isinstance(learned, Text) and isinstance(held, Text) else None

    def sample(self, length: int = 200, begin: str = "", seed: int | None = None, temperature: float = 1.0) -> str:
        """Text of the model's own, beginning with `begin`. Raises `ValueError` for a letter that it does not know, and without a text."""
        if not isinstance(self.run.source, Text):
            raise ValueError("letters are drawn from a model that learned a text")
        if temperature < 0:
            raise ValueError(f"a temperature is 0 or more, not {temperature}")
        number = self.run.plan.seed if seed is None else seed
        return sampled(self.run.module, self.run.state.params, self.run.source, length, number, begin, temperature)

    def flow(self, params: Mapping[str, Array] | None = None) -> tuple[Flow, ...]:
        """Norms of ∂L/∂h_t by step, for each state, now or with other parameters. Raises `NotExported` where no state goes on."""
        given = params if params is not None else self.run.state.params
        return flows(self.model, self.functions, self._exported.program, given, self.run.source)

    # -- showing --------------------------------------------------------------------------------------------------------------

    def draw(self, folder: str | Path) -> list[Path]:
        """`loss.png`, and `flow.png` where a state goes on: errors by step at the beginning of the run and now.

        Raises `NoPictures` without matplotlib, `OSError` where the folder cannot be written.
        """
        needs_matplotlib()
        target = Path(folder)
        target.mkdir(parents=True, exist_ok=True)
        made = [target / "loss.png"]
        draw_loss(made[0], self.run.losses, self.run.held, f"loss, {self.unit}", self.scale)
        start = self.run.module.init(dict(self.run.plan.sizes), self.run.plan.seed, np.dtype(self.run.plan.dtype))
        try:
            found = [("at the start", self.flow(start)), (f"step {self.run.step}", self.flow())]
        except NotExported:
            return made
        made.append(target / "flow.png")
        draw_flows(made[1], found)
        return made

    @property
    def scale(self) -> float:
        """What a loss is multiplied with to be shown: a cross-entropy in bits."""
        return 1 / float(np.log(2)) if self._roles.prediction else 1.0

    @property
    def unit(self) -> str:
        if not self._roles.prediction:
            return "each prediction"
        return "bits a letter" if isinstance(self.run.source, Text) else "bits a prediction"

    def line(self, progress: Progress) -> str:
        """How far a run is, in a line."""
        held = f"  held out {self.scale * progress.held_out.loss:z.3f}" if progress.held_out is not None else ""
        what = "letters" if isinstance(self.run.source, Text) else "predictions"
        return (
            f"epoch {progress.epoch}  step {progress.step}/{progress.total}  {self.scale * progress.loss:z.3f} {self.unit}{held}"
            f"  |gradient| {progress.norm:.3g}  {progress.steps_per_second:.0f} steps/s  {progress.per_second:,.0f} {what}/s"
        )

    def truncation(self) -> str:
        """What the gradients leave out, where a text has more than one piece; empty where they leave out nothing."""
        source = self.run.source
        if not isinstance(source, Text) or source.per_epoch == 1:
            return ""
        return (
            f"truncated backpropagation through time: gradients go back to the beginning of a piece of {source.steps} letters, at most. "
            "Left out are all terms ∂L_t/∂h_s · ∂h_s/∂W where a piece begins between s and t, so the gradient is biased towards "
            "dependencies shorter than a piece; the state itself is carried on."
        )

    def __str__(self) -> str:
        run = self.run
        total = len(run.losses)
        loss = f", {self.scale * float(np.mean(run.losses[-100:])):z.3f} {self.unit}" if total else ""
        held = f", held out {self.scale * run.held[-1][1]:z.3f}" if run.held else ""
        return f"{self.model.name} on {run.source}: step {run.step} ({run.step / run.source.per_epoch:.3g} epochs){loss}{held}"

    def __repr__(self) -> str:
        return f"<Trainer: {self}>"

    def _repr_html_(self) -> str:
        curve = svg_loss([float(x) for x in self.run.losses], self.run.held, self.scale)
        sample = f"<pre>{escape(self.sample(200))}</pre>" if isinstance(self.run.source, Text) and self.run.step else ""
        return f"<div><p>{escape(str(self))}</p>{curve}{sample}</div>"


def _for_text(name: str, found: Roles) -> None:
    if not found.prediction:
        raise NotExported(f"letters are predicted by a softmax, and the loss of `{name}` compares with none; it learns from an .npz file")
    if not {found.input, found.target} <= found.stepped:
        raise NotExported(
            f"a text has a letter to read and one to predict at every step, and `{name}` has not; it learns from an .npz file"
        )


def _sizes(module: Any, found: Roles, source: Text | Sequences, hidden: int) -> dict[str, int]:
    """The sizes that the data have, and `hidden` for the others."""
    sizes: dict[str, int] = dict.fromkeys(module.SIZES, hidden)
    for name in (found.input, found.target):
        shape = (len(source.characters),) if isinstance(source, Text) else source.arrays[name].shape
        axes = module.SHAPES[name][-1:] if isinstance(source, Text) else module.SHAPES[name]
        sizes |= {axis: size for axis, size in zip(axes, shape, strict=True) if axis in sizes}
    return sizes


def _fingerprint(model: Model, functions: Mapping[str, str]) -> str:
    """The equations, shapes and notation of a model, and what its open functions are."""
    facts = [model.given, sorted(model.shapes.items()), sorted(model.functions.items()), sorted(model.ranges.items())]
    facts += [sorted(map(str, model.notation.items())), model.parameters, sorted(functions.items())]
    return hashlib.sha256(repr(facts).encode()).hexdigest()


__all__ = ["NotKept", "Trainer"]
