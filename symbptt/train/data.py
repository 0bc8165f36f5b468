"""Batches by number: the same number always gives the same batch, so that a run can go on where it was stopped."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from .roles import Roles

Array = np.ndarray[Any, Any]
MOST_ENTRIES = 2**31  # of an array of targets: 16 GiB
STEPS = 50  # letters through which gradients go back, where nothing else is said and the text is as long


@dataclass(frozen=True)
class Text:
    """A text at character level, cut into `batch` streams that run side by side, `steps` characters at a time.

    The state is carried from one piece to the next; gradients are not (truncated backpropagation through time, Williams and Peng
    1990), so that what goes further back than the beginning of a piece is left out of them: a bias towards short dependencies.
    """

    characters: str
    codes: Array
    steps: int
    batch: int
    roles: Roles
    dtype: Any

    @property
    def per_epoch(self) -> int:
        """Whole pieces of a stream; what is left at its end is not learned from."""
        return max(1, (self._stream - 1) // self.steps)

    @property
    def _stream(self) -> int:
        return len(self.codes) // self.batch

    def starts_anew(self, number: int) -> bool:
        """Whether the state before this batch is 0."""
        return number % self.per_epoch == 0

    def piece(self, number: int) -> Array:
        """Codes of letters, one more than steps: (steps + 1, batch)."""
        start = (number % self.per_epoch) * self.steps
        length = min(self.steps, self._stream - 1 - start)
        streams = self.codes[: self._stream * self.batch].reshape(self.batch, self._stream)
        return streams[:, start : start + length + 1].T

    def data(self, number: int) -> dict[str, Array]:
        """Letters and the letters after them, both one-hot."""
        piece = self.piece(number)
        return {self.roles.input: self.one_hot(piece[:-1]), self.roles.target: self.one_hot(piece[1:])}

    def one_hot(self, codes: Array) -> Array:
        return _one_hot(codes, len(self.characters), self.dtype)

    def encoded(self, text: str) -> Array:
        """Codes of a text in this alphabet. Raises `ValueError` for a letter that is not in it."""
        place = {c: k for k, c in enumerate(self.characters)}
        unknown = next((c for c in text if c not in place), None)
        if unknown is not None:
            raise ValueError(f"{unknown!r} is not among the {_many(len(place), 'character')} of the text that is learned")
        return np.array([place[c] for c in text], np.int64)

    def fingerprint(self) -> str:
        return _digest(self.characters.encode(), self.codes.tobytes())

    def __str__(self) -> str:
        return f"{len(self.codes):,} letters, {len(self.characters)} different ones"


def read_text(
    text: str, steps: int | None, batch: int, roles: Roles, dtype: Any, held_out: float = 0.0, where: str = "the text"
) -> tuple[Text, Text | None]:
    """What is learned of a text, and what is held out: its last part. The alphabet is that of both, in order of code points.

    Without `steps` they are as many as the text has, at most 50. Raises `ValueError` for a text that is shorter than that asks for.
    """
    characters = "".join(sorted(set(text)))
    place = {c: k for k, c in enumerate(characters)}
    codes = np.array([place[c] for c in text], np.int64)
    cut = len(text) - round(held_out * len(text))
    stream = cut // batch
    if stream < 2:
        raise ValueError(f"{where} has {_many(cut, 'character')} to learn from; {_many(batch, 'stream')} of at least two need {2 * batch}")
    if steps is not None and stream <= steps:
        streams = f"each of {batch} streams has {stream}" if batch > 1 else f"there are {stream}"
        raise ValueError(
            f"{where} is too short: a window of {_many(steps, 'letter')} and the one after them need {steps + 1}, and {streams}"
        )
    if held_out and len(text) - cut < 2:
        raise ValueError(f"{where} is too short: what is held out has {_many(len(text) - cut, 'letter')}, and two are needed")
    learned = Text(characters, codes[:cut], steps or min(STEPS, stream - 1), batch, roles, np.dtype(dtype))
    if not held_out:
        return learned, None
    streams_held = max(1, min(batch, (len(text) - cut) // (learned.steps + 1)))
    return learned, replace(learned, codes=codes[cut:], batch=streams_held)


@dataclass(frozen=True)
class Sequences:
    """Arrays of many sequences, in an order that the seed and the number of the epoch give.

    A model whose rows are not independent takes them as one, `count` is then 1.
    """

    arrays: Mapping[str, Array]
    count: int
    batch: int
    seed: int
    roles: Roles
    steps: int = 0  # for a model whose arrays do not tell how many steps there are

    @property
    def per_epoch(self) -> int:
        return max(1, self.count // self.batch)

    def starts_anew(self, number: int) -> bool:
        return True

    def data(self, number: int) -> dict[str, Array]:
        more = {"T": self.steps} if self.steps else {}
        if not self.roles.sequences:
            return {**self.arrays, **more}  # type: ignore[dict-item]
        epoch, place = divmod(number, self.per_epoch)
        order = np.random.default_rng((self.seed, epoch)).permutation(self.count)
        return {**self.chosen(order[place * self.batch : (place + 1) * self.batch]).arrays, **more}  # type: ignore[dict-item]

    def chosen(self, numbers: Array) -> Sequences:
        """Some of the sequences."""
        taken = {name: a[:, numbers] if name in self.roles.stepped else a[numbers] for name, a in self.arrays.items()}
        return replace(self, arrays=taken, count=len(numbers), batch=min(self.batch, len(numbers)))

    def fingerprint(self) -> str:
        parts = [part for name in sorted(self.arrays) for part in (name.encode(), repr(self.arrays[name].shape).encode())]
        return _digest(*parts, *(np.ascontiguousarray(self.arrays[name]).tobytes() for name in sorted(self.arrays)))

    def __str__(self) -> str:
        return _many(self.count, "sequence") if self.roles.sequences else "one set of rows"


def read_sequences(
    given: Mapping[str, Array],
    shapes: Mapping[str, tuple[Any, ...]],
    roles: Roles,
    batch: int,
    seed: int,
    dtype: Any,
    held_out: float = 0.0,
    where: str = "the data",
    steps: int = 0,
) -> tuple[Sequences, Sequences | None]:
    """Arrays by the model's names; whole numbers as targets of a softmax are classes (below 0: no target there).

    Targets without a step axis, for a model that has one, are those of the last step. Raises `ValueError` for a missing array, for
    shapes that do not fit, for values that are not finite.
    """
    names = (roles.input, roles.target)
    missing = [name for name in names if name not in given]
    if missing:
        raise ValueError(f"{where} has no array `{missing[0]}`; the model needs {' and '.join(names)}, and there is {_listed(given)}")
    arrays = {name: np.asarray(given[name]) for name in names}
    for name, array in arrays.items():
        if array.dtype.kind not in "fiub":
            raise ValueError(f"`{name}` in {where} holds no numbers ({array.dtype})")
        if not np.isfinite(array).all():
            raise ValueError(f"`{name}` in {where} holds a value that is no finite number")
        if not array.size:
            raise ValueError(f"`{name}` in {where} has the shape {array.shape}: there is nothing to learn from")
    if roles.prediction and arrays[roles.target].ndim < len(shapes[roles.target]):
        if arrays[roles.target].dtype.kind not in "iu":
            kind = arrays[roles.target].dtype
            raise ValueError(f"`{roles.target}` in {where} is {kind}, without an axis of classes; classes are whole numbers")
        _refuse_classes(arrays[roles.target], roles.target, where)
        arrays[roles.target] = _classes(arrays[roles.target], len(shapes[roles.target]), arrays[roles.input].shape, roles)
    with np.errstate(over="ignore"):
        arrays = {name: array.astype(dtype) for name, array in arrays.items()}
    for name in names:
        if not np.isfinite(arrays[name]).all():
            raise ValueError(f"`{name}` in {where} holds a value that is too large for {np.dtype(dtype)}")
        if arrays[name].ndim != len(shapes[name]):
            raise ValueError(f"`{name}` in {where} has the shape {arrays[name].shape}; its axes are ({', '.join(shapes[name])})")
    both = names if set(names) <= roles.stepped else ()
    if len({arrays[name].shape[0] for name in both}) > 1:
        raise ValueError(f"the arrays of {where} have different numbers of steps: {_sizes(arrays, 0)}")
    if not roles.sequences:
        if held_out:
            raise ValueError("the rows of this model are not independent, so that none can be held out")
        return Sequences(arrays, 1, 1, seed, roles, steps), None
    counts = {name: array.shape[roles.place(name) or 0] for name, array in arrays.items()}
    if len(set(counts.values())) != 1:
        raise ValueError(f"the arrays of {where} hold different numbers of sequences: {', '.join(f'{k} {n}' for k, n in counts.items())}")
    count = counts[roles.input]
    kept = count - round(held_out * count)
    if kept < 1 or (held_out and kept == count):
        raise ValueError(f"{where} has {_many(count, 'sequence')}, too few to learn from some and hold out others")
    whole = Sequences(arrays, count, min(batch, kept), seed, roles, steps)
    if not held_out:
        return whole, None
    order = np.random.default_rng((seed, 2**31)).permutation(count)  # another than that of any epoch
    return whole.chosen(np.sort(order[:kept])), whole.chosen(np.sort(order[kept:]))


def _refuse_classes(codes: Array, name: str, where: str) -> None:
    """Classes that are no targets, or more than memory holds one-hot. Raises `ValueError`."""
    most = int(codes.max(initial=-1))
    if most < 0:
        raise ValueError(f"`{name}` in {where} has no class: all are below 0, and below 0 there is no target")
    if (most + 1) * codes.size > MOST_ENTRIES:
        raise ValueError(f"`{name}` in {where} has the class {most}: as many classes for {codes.size:,} targets do not fit into memory")


def _one_hot(codes: Array, size: int, dtype: Any) -> Array:
    """A row of zeros with a 1 at each code; below 0 zeros alone."""
    found = np.zeros((*codes.shape, size), dtype)
    np.put_along_axis(found, np.maximum(codes, 0)[..., None], (codes >= 0).astype(dtype)[..., None], -1)
    return found


def _classes(codes: Array, axes: int, inputs: tuple[int, ...], roles: Roles) -> Array:
    """Classes one-hot, those below 0 as zeros; for a model with targets at every step, at the last one where there is one a sequence."""
    found = _one_hot(codes, int(codes.max(initial=0)) + 1, float)
    if roles.target in roles.stepped and found.ndim == axes - 1:
        spread = np.zeros((inputs[0], *found.shape))
        spread[-1] = found
        return spread
    return found


def _many(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"


def _listed(given: Mapping[str, Array]) -> str:
    return ", ".join(given) or "none"


def _sizes(arrays: Mapping[str, Array], axis: int) -> str:
    return ", ".join(f"{name} {a.shape[axis]}" for name, a in arrays.items())


def _digest(*parts: bytes) -> str:
    found = hashlib.sha256()
    for part in parts:
        found.update(part)
    return found.hexdigest()


Source = Text | Sequences
