"""Updates of parameters from gradients, one row each: how many running arrays it keeps, and the step.

Sources: momentum, Polyak (1964); Adagrad, Duchi, Hazan, Singer (2011); Adam, Kingma and Ba (2015, algorithm 1). All work in place.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]
#: (parameter, gradient, running arrays, rate, number of the step from 1)
Update = Callable[[Array, Array, Sequence[Array], float, int], None]
TINY = 1e-8


@dataclass(frozen=True)
class Optimizer:
    """`slots` running arrays of the parameter's shape, `rate` used where none is given, and the update."""

    slots: int
    rate: float
    update: Update


def _sgd(p: Array, g: Array, slots: Sequence[Array], rate: float, step: int) -> None:
    """W ← W − α ∂L/∂W, as in the sources."""
    p -= rate * g


def _momentum(p: Array, g: Array, slots: Sequence[Array], rate: float, step: int) -> None:
    velocity = slots[0]
    velocity *= 0.9
    velocity += g
    p -= rate * velocity


def _adagrad(p: Array, g: Array, slots: Sequence[Array], rate: float, step: int) -> None:
    squares = slots[0]
    squares += g * g
    p -= rate * g / (np.sqrt(squares) + TINY)


def _adam(p: Array, g: Array, slots: Sequence[Array], rate: float, step: int) -> None:
    mean, squares = slots
    mean += 0.1 * (g - mean)
    squares += 0.001 * (g * g - squares)
    p -= rate * (mean / (1 - 0.9**step)) / (np.sqrt(squares / (1 - 0.999**step)) + TINY)


OPTIMIZERS: Mapping[str, Optimizer] = MappingProxyType(
    {
        "sgd": Optimizer(0, 0.1, _sgd),
        "momentum": Optimizer(1, 0.01, _momentum),
        "adagrad": Optimizer(1, 0.1, _adagrad),
        "adam": Optimizer(2, 0.002, _adam),
    }
)


def clipped(gradients: Mapping[str, Array], limit: float) -> float:
    """Scale all gradients, in place, so that their common norm is at most `limit` (Pascanu, Mikolov, Bengio 2013); the norm before."""
    norm = float(np.sqrt(sum(float(np.vdot(g, g)) for g in gradients.values())))
    if limit and norm > limit:
        for gradient in gradients.values():
            gradient *= limit / norm
    return norm
