"""The rules that a step names, with the words for a reader and who states them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True)
class Rule:
    name: str
    source: str


WERBOS = "Werbos (1990), Backpropagation through time: what it does and how to do it, eq. 5"
MAGNUS = "Magnus and Neudecker, Matrix Differential Calculus, ch. 9"
RUMELHART = "Rumelhart, Hinton and Williams (1986), Learning representations by back-propagating errors"
BRIDLE = "Bridle (1990), Probabilistic interpretation of feedforward classification network outputs"
CALCULUS = "differential calculus"
GIVEN = "the model"

_ROWS = (
    Rule("model", GIVEN),
    Rule("definition", RUMELHART),
    Rule("assumption", BRIDLE),
    Rule("chain rule", WERBOS),
    Rule("local derivative", MAGNUS),
    Rule("derivative of the loss", CALCULUS),
    Rule("softmax", BRIDLE),
    Rule("collect", WERBOS),
    Rule("recursion", WERBOS),
    Rule("boundary", WERBOS),
    Rule("sum over steps", WERBOS),
    Rule("entries", CALCULUS),
    Rule("product of Jacobians", "Bengio, Simard and Frasconi (1994), Learning long-term dependencies with gradient descent is difficult"),
    Rule("unrolled", WERBOS),
    Rule("gradient descent", RUMELHART),
)

RULES: Mapping[str, Rule] = MappingProxyType({row.name: row for row in _ROWS})
