"""The run itself: batches, gradients, updates, checkpoints; stopped at any moment it goes on as if it had not been."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from .checkpoint import load, save
from .data import Source, Text
from .optimizers import OPTIMIZERS, clipped

Array = np.ndarray[Any, Any]


class Stopped(Exception):
    """A run that cannot go on; the text says at which step and why."""


@dataclass(frozen=True)
class Plan:
    """What is trained and how; a checkpoint goes on only under the same plan."""

    model: str
    optimizer: str
    rate: float
    clip: float
    epochs: int
    seed: int
    sizes: Mapping[str, int]
    steps: int
    batch: int
    dtype: str

    def facts(self) -> dict[str, Any]:
        """All that must be the same when a run goes on; the number of epochs may grow."""
        return {name: getattr(self, name) for name in self.__dataclass_fields__ if name != "epochs"} | {"sizes": dict(self.sizes)}


@dataclass
class Run:
    """The state of a run: everything that the next step depends on."""

    plan: Plan
    module: ModuleType
    source: Source
    params: dict[str, Array]
    slots: dict[str, list[Array]]
    step: int = 0
    states: dict[str, Array] = field(default_factory=dict)
    losses: list[float] = field(default_factory=list)

    @property
    def total(self) -> int:
        return self.plan.epochs * self.source.per_epoch

    def arrays(self) -> dict[str, Array]:
        """All arrays for a checkpoint."""
        found = {f"param/{k}": v for k, v in self.params.items()} | {f"state/{k}": v for k, v in self.states.items()}
        found |= {f"slot/{k}/{n}": v for k, many in self.slots.items() for n, v in enumerate(many)}
        return found | {"losses": np.array(self.losses)}


def begin(plan: Plan, module: ModuleType, source: Source, folder: Path | None) -> Run:
    """A new run, or the one that the folder's checkpoint holds.

    Raises `Stopped` for a checkpoint of another plan.
    """
    params = module.init(dict(plan.sizes), plan.seed, np.dtype(plan.dtype))
    slots = {name: [np.zeros_like(p) for _ in range(OPTIMIZERS[plan.optimizer].slots)] for name, p in params.items()}
    run = Run(plan, module, source, params, slots)
    found = load(folder) if folder is not None else None
    if found is None:
        return run
    arrays, facts = found
    for name, value in plan.facts().items():
        if facts["plan"].get(name) != value:
            raise Stopped(f"the checkpoint in {folder} was made with {name} = {facts['plan'].get(name)}, not {value}; use another folder")
    run.params = {name: arrays[f"param/{name}"] for name in params}
    run.slots = {name: [arrays[f"slot/{name}/{n}"] for n in range(len(many))] for name, many in slots.items()}
    run.states = {name.removeprefix("state/"): a for name, a in arrays.items() if name.startswith("state/")}
    run.step, run.losses = facts["step"], list(arrays["losses"])
    return run


def keep(run: Run, folder: Path) -> None:
    """The checkpoint of a run as it is now."""
    save(folder, run.arrays(), {"plan": run.plan.facts(), "step": run.step})


def advance(run: Run) -> tuple[float, float]:
    """One batch: gradients, clipping, update. The loss for each prediction, and the norm of the gradient.

    Raises `Stopped` with the step and the parameter where a number is not finite; parameters are then those of the step before.
    """
    plan, source = run.plan, run.source
    if source.starts_anew(run.step):
        run.states = {}
    data = source.data(run.step)
    try:
        loss, gradients = run.module.loss_and_gradients(run.params, {**data, **run.states})
    except (FloatingPointError, ValueError) as error:
        raise Stopped(f"step {run.step + 1}: {error}") from None
    count = source.predictions(data)
    for name, gradient in gradients.items():
        gradient /= count
        if not np.isfinite(gradient).all():
            raise Stopped(f"step {run.step + 1}: the gradient by `{name}` is not finite; a smaller --rate or --clip may help")
    if isinstance(source, Text):
        ends = run.module.forward(run.params, {**data, **run.states})
        run.states = {state: ends[name][-1].copy() for state, name in source.roles.states.items()}
    norm = clipped(gradients, plan.clip)
    optimizer = OPTIMIZERS[plan.optimizer]
    for name, gradient in gradients.items():
        optimizer.update(run.params[name], gradient, run.slots[name], plan.rate, run.step + 1)
    run.step += 1
    run.losses.append(loss / count)
    return loss / count, norm


def train(run: Run, folder: Path | None, told: Callable[[str], None], every: float = 10.0, told_every: float = 1.0) -> None:
    """All steps that are left, with a checkpoint every so many seconds and at the end."""
    started = kept = spoken = time.monotonic()
    first = run.step
    while run.step < run.total:
        loss, norm = advance(run)
        now = time.monotonic()
        if folder is not None and now - kept >= every:
            keep(run, folder)
            kept = now
        if now - spoken >= told_every or run.step == run.total:
            spoken = now
            speed = (run.step - first) / max(1e-9, now - started)
            recent = float(np.mean(run.losses[-100:]))
            told(
                f"step {run.step}/{run.total}  loss {loss:.4f} ({recent / np.log(2):.3f} bits)  |gradient| {norm:.3g}  {speed:.0f} steps/s"
            )
    if folder is not None:
        keep(run, folder)


def letters(run: Run, length: int, seed: int, temperature: float = 1.0) -> str:
    """A sample of text, letter by letter from the model's own predictions."""
    return "".join(_letters(run, length, seed, temperature))


def _letters(run: Run, length: int, seed: int, temperature: float) -> Iterator[str]:
    source = run.source
    assert isinstance(source, Text)
    rng = np.random.default_rng(seed)
    eye = np.eye(len(source.characters), dtype=run.plan.dtype)
    code, states = int(source.codes[0]), dict[str, Array]()
    for _ in range(length):
        yield source.characters[code]
        found = run.module.forward(run.params, {source.roles.input: eye[code][None, None], source.roles.target: eye[:1][None], **states})
        states = {state: found[name][-1] for state, name in source.roles.states.items()}
        scores = np.log(np.maximum(found[source.roles.prediction][0, 0], 1e-30)) / temperature
        chances = np.exp(scores - scores.max())
        code = int(rng.choice(len(chances), p=chances / chances.sum()))


def accuracy(run: Run) -> float:
    """The share of letters of the whole text that are predicted as the most probable ones."""
    source = run.source
    assert isinstance(source, Text)
    right = wanted = 0
    states: dict[str, Array] = {}
    for number in range(source.per_epoch):
        data = source.data(number)
        found = run.module.forward(run.params, {**data, **states})
        states = {state: found[name][-1] for state, name in source.roles.states.items()}
        right += int((found[source.roles.prediction].argmax(-1) == data[source.roles.target].argmax(-1)).sum())
        wanted += source.predictions(data)
    return right / wanted
