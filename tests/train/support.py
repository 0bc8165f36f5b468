"""Small runs for the tests of training."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from symbptt.train.loop import Run
from symbptt.train.trainer import Trainer

TEXT = "it was the best of times, it was the worst of times, " * 4


def trainer(model: str, folder: Path | None = None, **more: Any) -> Trainer:
    how: dict[str, Any] = {"hidden": 5, "steps": 7, "batch": 3, "seed": 3, "rate": 0.01, "clip": 1.0, "folder": folder}
    return Trainer(model, **({"text": TEXT} if "data" not in more else {}) | how | more)


def same(one: Run, two: Run) -> bool:
    a, b = one.state.arrays(), two.state.arrays()
    equal = set(a) == set(b) and all(np.array_equal(a[name], b[name]) for name in a)
    return equal and (one.step, one.losses, one.held) == (two.step, two.losses, two.held)
