"""The run itself: batches, gradients, updates, checkpoints; stopped at any moment it goes on as if it had not been."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from .checkpoint import NoCheckpoint, alone, load, save, swept
from .data import Array, Source, Text
from .measure import Measured, measured, predictions
from .optimizers import OPTIMIZERS, clipped


class Stopped(Exception):
    """A run that cannot go on; the text says at which step and why."""


@dataclass(frozen=True)
class Plan:
    """What is trained and how; a checkpoint goes on only under the same plan.

    `equations` and `data` are fingerprints of the model's equations and of what is learned.
    """

    model: str
    equations: str
    data: str
    backend: str
    optimizer: str
    rate: float
    clip: float
    seed: int
    sizes: Mapping[str, int]
    steps: int
    batch: int
    dtype: str
    held_out: float

    def facts(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.__dataclass_fields__} | {"sizes": dict(self.sizes)}


@dataclass(frozen=True)
class State:
    """Everything that the next step depends on: parameters, running arrays of the optimizer, states at the end of the last piece."""

    params: Mapping[str, Array]
    slots: Mapping[str, tuple[Array, ...]]
    step: int = 0
    carried: Mapping[str, Array] = field(default_factory=dict)

    def arrays(self) -> dict[str, Array]:
        """All arrays for a checkpoint."""
        found = {f"param/{k}": v for k, v in self.params.items()} | {f"state/{k}": v for k, v in self.carried.items()}
        return found | {f"slot/{k}/{n}": v for k, many in self.slots.items() for n, v in enumerate(many)}


@dataclass
class Run:
    """A run: what stays the same, the state that is replaced as a whole at each step, and its history.

    `losses` has the mean loss of a prediction at each step, `held` a row (step, the same on what is held out) for each epoch.
    """

    plan: Plan
    module: ModuleType
    source: Source
    held_out: Source | None
    state: State
    losses: list[float] = field(default_factory=list)
    held: list[tuple[int, float]] = field(default_factory=list)

    @property
    def step(self) -> int:
        return self.state.step


def begin(plan: Plan, module: ModuleType, source: Source, held_out: Source | None = None, folder: Path | None = None) -> Run:
    """A new run, or the one that the folder's checkpoint holds.

    Raises `Stopped` for a checkpoint of another plan, `NoCheckpoint` for one that is damaged.
    """
    params: dict[str, Array] = module.init(dict(plan.sizes), plan.seed, np.dtype(plan.dtype))
    slots = {name: tuple(np.zeros_like(p) for _ in range(OPTIMIZERS[plan.optimizer].slots)) for name, p in params.items()}
    run = Run(plan, module, source, held_out, State(params, slots))
    found = load(folder) if folder is not None else None
    if found is None:
        return run
    arrays, facts = found
    _same_plan(plan, facts, folder)
    try:
        wanted = run.state.arrays()
        for name, like in wanted.items():
            if arrays[name].shape != like.shape or arrays[name].dtype != like.dtype:
                raise NoCheckpoint(f"the checkpoint in {folder} has `{name}` in another shape or number type")
        kept = {name: arrays[f"param/{name}"] for name in params}
        running = {name: tuple(arrays[f"slot/{name}/{n}"] for n in range(len(many))) for name, many in slots.items()}
        carried = {name.removeprefix("state/"): a for name, a in arrays.items() if name.startswith("state/")}
        run.state = State(kept, running, int(facts["step"]), carried)
        run.losses = [float(x) for x in arrays["losses"]]
        run.held = [(int(step), float(loss)) for step, loss in arrays["held"]]
    except (KeyError, TypeError, ValueError) as error:
        raise NoCheckpoint(f"the checkpoint in {folder} is not whole: {error}") from None
    return run


#: Fields of a plan that are fingerprints → what is said where they differ.
FINGERPRINTS: Mapping[str, str] = {"equations": "other equations", "data": "other data"}


def _same_plan(plan: Plan, facts: Mapping[str, Any], folder: Path | None) -> None:
    known = facts.get("plan", {})
    for name, value in plan.facts().items():
        if known.get(name) != value:
            what = FINGERPRINTS.get(name, f"{name} = {known.get(name)}, not {value}")
            raise Stopped(f"the checkpoint in {folder} was made with {what}; use another folder")


def keep(run: Run, folder: Path) -> None:
    """The checkpoint of a run as it is now. Raises `NotKept` where it cannot be written."""
    held = np.array(run.held, np.float64).reshape(-1, 2)
    save(
        folder,
        run.state.arrays() | {"losses": np.array(run.losses[: run.step]), "held": held},
        {"plan": run.plan.facts(), "step": run.step},
    )


@dataclass(frozen=True)
class Step:
    """The mean loss of a prediction, the norm of the gradient before it was clipped, and how many predictions there were."""

    loss: float
    norm: float
    predictions: int


def advance(run: Run) -> Step:
    """One batch: gradients, clipping, update.

    Raises `Stopped` with the step and the parameter where a number is not finite; the run is then as it was before the step.
    """
    with np.errstate(all="ignore"):  # what overflows is found, and said with its name
        state, done = _next(run)
    run.losses[run.step :] = [done.loss]
    run.state = state  # the one moment at which the run is another: an interruption finds it before the step or after it
    return done


def _next(run: Run) -> tuple[State, Step]:
    plan, source, before = run.plan, run.source, run.state
    number = before.step + 1
    carried = {} if source.starts_anew(before.step) else before.carried
    data = source.data(before.step)
    try:
        loss, gradients = run.module.loss_and_gradients(before.params, {**data, **carried})
    except FloatingPointError as error:
        name = _largest(before.params)
        size = float(np.abs(before.params[name]).max())
        raise Stopped(f"step {number}: {error}; the largest parameter is `{name}` ({size:.3g}); {_remedy(plan)}") from None
    except ValueError as error:
        raise Stopped(f"step {number}: {error}; {_remedy(plan)}") from None
    count = predictions(data, source.roles)
    for name, gradient in gradients.items():
        gradient /= count
        if not np.isfinite(gradient).all():
            raise Stopped(f"step {number}: the gradient by `{name}` is not finite; {_remedy(plan)}")
    norm = clipped(gradients, plan.clip)
    if not np.isfinite(norm):
        raise Stopped(f"step {number}: the norm of the gradient is not finite, `{_largest(gradients)}` has the largest; {_remedy(plan)}")
    params = {name: p.copy() for name, p in before.params.items()}
    slots = {name: tuple(a.copy() for a in many) for name, many in before.slots.items()}
    for name, gradient in gradients.items():
        OPTIMIZERS[plan.optimizer].update(params[name], gradient, slots[name], plan.rate, number)
        if not all(np.isfinite(a).all() for a in (params[name], *slots[name])):
            raise Stopped(f"step {number}: the update of `{name}` is not finite; {_remedy(plan)}")
    if isinstance(source, Text):
        ends = run.module.forward(before.params, {**data, **carried})
        carried = {state: ends[name][-1].copy() for state, name in source.roles.states.items()}
    return State(params, slots, number, carried), Step(loss / count, norm, count)


def _largest(arrays: Mapping[str, Array]) -> str:
    return max(arrays, key=lambda name: float(np.abs(arrays[name]).max(initial=0.0)))


def _remedy(plan: Plan) -> str:
    """What to do about numbers that overflow."""
    return "a smaller rate" + (" may help" if plan.clip else " or a bound on the gradient (clip) may help")


@dataclass(frozen=True)
class Progress:
    """How far a run is: the mean loss of the last hundred steps; seconds since `train` began, steps and predictions in one of them."""

    step: int
    total: int
    epoch: int
    loss: float
    norm: float
    seconds: float
    steps_per_second: float
    per_second: float
    held_out: Measured | None = None


def train(
    run: Run,
    epochs: int,
    folder: Path | None = None,
    told: Callable[[Progress], None] = lambda _: None,
    every: float = 10.0,
    told_every: float = 1.0,
) -> None:
    """All steps that are left of so many epochs, with a checkpoint every so many seconds and at the end.

    `told` hears of the run about every `told_every` seconds, at the end of each epoch whose held-out loss is measured, and at the end.
    Raises as `advance` and `keep`; a run that is interrupted (`KeyboardInterrupt`) keeps its state first.
    """
    with nullcontext() if folder is None else alone(folder):
        _train(run, epochs, folder, told, every, told_every)


def _train(run: Run, epochs: int, folder: Path | None, told: Callable[[Progress], None], every: float, told_every: float) -> None:
    total = epochs * run.source.per_epoch
    if folder is not None:
        swept(folder)
    if folder is not None and not run.step:
        keep(run, folder)  # a folder that cannot be written is found before anything is learned
    started = spoken = kept = time.monotonic()
    first, done = run.step, 0
    try:
        _measure(run)
        while run.step < total:
            step = advance(run)
            done += step.predictions
            held = _measure(run)
            now = time.monotonic()
            if folder is not None and now - kept >= every:
                keep(run, folder)
                kept = now
            if held is not None or now - spoken >= told_every or run.step == total:
                spoken = now
                seconds = max(1e-9, now - started)
                epoch = -(-run.step // run.source.per_epoch)
                recent = float(np.mean(run.losses[-100:]))
                speeds = (run.step - first) / seconds, done / seconds
                told(Progress(run.step, total, epoch, recent, step.norm, seconds, *speeds, held))
    except KeyboardInterrupt:
        if folder is not None:
            keep(run, folder)
        raise
    if folder is not None and run.step > first:
        keep(run, folder)


def _measure(run: Run) -> Measured | None:
    """What is held out, at the end of an epoch, once."""
    due = run.held_out is not None and run.step and run.step % run.source.per_epoch == 0 and run.step not in dict(run.held)
    if not due or run.held_out is None:
        return None
    found = measured(run.module, run.state.params, run.held_out)
    run.held.append((run.step, found.loss))
    return found
