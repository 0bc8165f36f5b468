"""What a trainer has to know of a model: which data are inputs and which are targets, what is predicted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from symbptt.export.build import Export
from symbptt.export.interface import Program
from symbptt.export.trees import NotExported, entries
from symbptt.index import Apply


@dataclass(frozen=True)
class Roles:
    """Names in plain spelling: `states` maps a state before the first step to the quantity that continues it."""

    input: str
    target: str
    prediction: str
    states: Mapping[str, str]


def roles(exported: Export) -> Roles:
    """The target is what the loss compares with, the input the other data; the prediction is what softmax gives.

    Raises `NotExported` for a model with more than one input or target.
    """
    program = exported.program
    compared = _in_the_loss(program)
    targets = [name for name in program.data if name in compared]
    inputs = [name for name in program.data if name not in compared]
    if len(targets) != 1 or len(inputs) != 1:
        found = ", ".join(program.plain[name] for name in program.data)
        raise NotExported(f"a trainer needs one input and one target with which the loss compares; the data are {found}")
    names = [q.name for q in program.initial]
    states = dict(zip(exported.module.STATES, (program.plain[name] for name in names), strict=True))
    return Roles(program.plain[inputs[0]], program.plain[targets[0]], _prediction(program), states)


def _in_the_loss(program: Program) -> set[str]:
    """What the equations of scalars mention."""
    scalars = [name for name, family in program.named.families.items() if not family.axes]
    return {e.family for name in scalars for equation in program.named.equations.get(name, ()) for e in entries(equation.body)}


def _prediction(program: Program) -> str:
    for name, equations in program.named.equations.items():
        if any(isinstance(e.body, Apply) and e.body.function == "softmax" for e in equations):
            return program.plain[name]
    return ""
