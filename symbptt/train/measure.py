"""Loss and accuracy of a model on a text or on sequences, without learning; and what a text costs that is only counted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import numpy as np

from .data import Source, Text
from .roles import Roles

Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Measured:
    """Mean loss of a prediction (in nats for a softmax), the share of right ones (None without a softmax), and how many there were."""

    loss: float
    accuracy: float | None
    predictions: int

    @property
    def bits(self) -> float:
        return self.loss / float(np.log(2))


def predictions(data: Mapping[str, Any], roles: Roles) -> int:
    """How many predictions a batch asks for: the targets, without rows of zeros, which a cross-entropy does not see."""
    target = np.asarray(data[roles.target])
    if roles.prediction:
        return max(1, int(target.any(-1).sum()))
    return max(1, int(np.prod(target.shape[:-1])))


def measured(module: ModuleType, params: Mapping[str, Array], source: Source, most: int = 0) -> Measured:
    """All batches of a source in order, or as many as give `most` predictions; the state of a text is carried along."""
    roles = source.roles
    loss, right, count = 0.0, 0, 0
    carried: dict[str, Array] = {}
    for number in range(source.per_epoch):
        data = source.data(number)
        found = module.forward(params, {**data, **carried})
        loss += float(found[module.LOSS])
        if roles.prediction:
            wanted = data[roles.target].any(-1)
            right += int(((found[roles.prediction].argmax(-1) == data[roles.target].argmax(-1)) & wanted).sum())
        count += predictions(data, roles)
        if isinstance(source, Text):
            carried = {state: found[name][-1] for state, name in roles.states.items()}
        if most and count >= most:
            break
    return Measured(loss / count, right / count if roles.prediction else None, count)


@dataclass(frozen=True)
class Baselines:
    """Bits a letter, on what is held out, of counting letters, and pairs of letters, in what is learned."""

    unigram: float
    bigram: float


def baselines(learned: Text, held_out: Text) -> Baselines:
    """Letters by add-one counts; pairs smoothed with them by as much as a letter has different successors (Witten and Bell 1991).

    Every letter of the held-out batches is asked for once, with the letter before it, as the model is asked.
    """
    size = len(learned.characters)
    single = np.bincount(learned.codes, minlength=size) + 1.0
    single /= single.sum()
    pairs = np.zeros((size, size))
    np.add.at(pairs, (learned.codes[:-1], learned.codes[1:]), 1.0)
    followers = np.maximum(1, (pairs > 0).sum(1, keepdims=True))
    double = (pairs + followers * single) / (pairs.sum(1, keepdims=True) + followers)
    pieces = [held_out.piece(number) for number in range(held_out.per_epoch)]
    before, after = (np.concatenate([part.ravel() for part in parts]) for parts in ([p[:-1] for p in pieces], [p[1:] for p in pieces]))
    return Baselines(float(-np.log2(single[after]).mean()), float(-np.log2(double[before, after]).mean()))
