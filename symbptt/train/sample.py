"""Text from a model's own predictions, letter by letter."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import ModuleType
from typing import Any

import numpy as np

from .data import Text

Array = np.ndarray[Any, Any]


def sampled(
    module: ModuleType, params: Mapping[str, Array], source: Text, length: int, seed: int, start: str = "", temperature: float = 1.0
) -> str:
    """`length` letters that begin with `start`, or with the first letter of the text.

    Each letter is drawn with the probabilities p^(1/temperature); temperature 0 takes the most probable one. Raises `ValueError` for a
    letter of `start` that the text does not have.
    """
    codes = source.encoded(start) if start else source.codes[:1]
    return "".join(source.characters[code] for code in _codes(module, params, source, codes, length, seed, temperature))


def _codes(
    module: ModuleType, params: Mapping[str, Array], source: Text, start: Array, length: int, seed: int, temperature: float
) -> Iterator[int]:
    roles, rng = source.roles, np.random.default_rng(seed)
    nothing = np.zeros((1, 1, len(source.characters)), source.dtype)
    states: dict[str, Array] = {}
    code = int(start[0])
    for place in range(length):
        yield code
        letter = source.one_hot(np.array([[code]]))
        found = module.forward(params, {roles.input: letter, roles.target: nothing, **states})
        states = {state: found[name][-1] for state, name in roles.states.items()}
        chances = found[roles.prediction][0, 0].astype(np.float64)
        code = int(start[place + 1]) if place + 1 < len(start) else _drawn(chances, temperature, rng)


def _drawn(chances: Array, temperature: float, rng: np.random.Generator) -> int:
    if temperature == 0.0:
        return int(chances.argmax())
    scores = np.log(np.maximum(chances, 1e-300)) / temperature
    weights = np.exp(scores - scores.max())
    return int(rng.choice(len(weights), p=weights / weights.sum()))
