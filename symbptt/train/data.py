"""Batches by number: the same number always gives the same batch, so that a run can go on where it was stopped."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from .roles import Roles

Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Text:
    """A text at character level, cut into `batch` streams that run side by side, `steps` characters at a time.

    The state is carried from one piece to the next; gradients are not (truncated backpropagation through time, Williams and Peng
    1990), so that what goes further back than `steps` is left out of them: a bias towards short dependencies.
    """

    characters: str
    codes: Array
    steps: int
    batch: int
    roles: Roles
    dtype: Any

    @property
    def per_epoch(self) -> int:
        return max(1, (self._stream - 1) // self.steps)

    @property
    def _stream(self) -> int:
        return len(self.codes) // self.batch

    def starts_anew(self, number: int) -> bool:
        """Whether the state before this batch is 0."""
        return number % self.per_epoch == 0

    def data(self, number: int) -> dict[str, Array]:
        """Letters and the letters after them, both one-hot."""
        start = (number % self.per_epoch) * self.steps
        length = min(self.steps, self._stream - 1 - start)
        streams = self.codes[: self._stream * self.batch].reshape(self.batch, self._stream)
        piece = streams[:, start : start + length + 1].T
        eye = np.eye(len(self.characters), dtype=self.dtype)
        return {self.roles.input: eye[piece[:-1]], self.roles.target: eye[piece[1:]]}

    def predictions(self, data: Mapping[str, Array]) -> int:
        """How many letters a batch asks for."""
        return int(np.prod(data[self.roles.input].shape[:2]))


def read_text(text: str, steps: int, batch: int, roles: Roles, dtype: Any) -> Text:
    """A text with its own alphabet, in order of code points.

    Raises `ValueError` for a text that is shorter than two letters for each stream.
    """
    if len(text) < 2 * batch:
        raise ValueError(f"a text of {len(text)} characters is too short for {batch} streams of at least two")
    characters = "".join(sorted(set(text)))
    place = {c: k for k, c in enumerate(characters)}
    return Text(characters, np.array([place[c] for c in text]), steps, batch, roles, dtype)


@dataclass(frozen=True)
class Sequences:
    """Arrays of many sequences, in an order that the seed and the number of the epoch give."""

    arrays: Mapping[str, Array]
    stepped: frozenset[str]
    count: int
    batch: int
    seed: int
    roles: Roles

    @property
    def per_epoch(self) -> int:
        return max(1, self.count // self.batch)

    def starts_anew(self, number: int) -> bool:
        return True

    def data(self, number: int) -> dict[str, Array]:
        epoch, place = divmod(number, self.per_epoch)
        order = np.random.default_rng((self.seed, epoch)).permutation(self.count)
        chosen = order[place * self.batch : (place + 1) * self.batch]
        return {name: a[:, chosen] if name in self.stepped else a[chosen] for name, a in self.arrays.items()}

    def predictions(self, data: Mapping[str, Array]) -> int:
        return self.batch


Source = Text | Sequences
