"""What a trainer has to know of a model: which data are inputs and which are targets, what is predicted, what goes from step to step."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from symbptt.export.batch import depends_on
from symbptt.export.build import Export
from symbptt.export.interface import BATCH, Program
from symbptt.export.trees import NotExported, entries
from symbptt.index import Apply


@dataclass(frozen=True)
class Roles:
    """Names in plain spelling. `states` maps a state before the first step to the quantity that continues it.

    `prediction` is what softmax gives, empty where the loss does not compare with a softmax. `stepped` are the data with a step axis
    in front. `sequences` is the axis of independent sequences, empty where the model has none: then the data are used as a whole.
    """

    input: str
    target: str
    prediction: str
    states: Mapping[str, str]
    stepped: frozenset[str]
    sequences: str

    def place(self, name: str) -> int | None:
        """Which axis of a datum counts the sequences."""
        return None if not self.sequences else 1 if name in self.stepped else 0


def roles(exported: Export) -> Roles:
    """The target is what the loss compares with, the input the other data; the prediction is what softmax gives.

    Raises `NotExported` for a model with more than one input or target, and for layers of different sizes.
    """
    program, module = exported.program, exported.module
    if module.LISTS:
        raise NotExported("a model with layers of different sizes is not trained yet; its gradients are exported")
    compared = _in_the_loss(program)
    targets = [name for name in program.data if name in compared]
    inputs = [name for name in program.data if name not in compared]
    if len(targets) != 1 or len(inputs) != 1:
        found = ", ".join(program.plain[name] for name in program.data)
        raise NotExported(f"a trainer needs one input and one target with which the loss compares; the data are {found}")
    names = [q.name for q in program.initial]
    states = dict(zip(module.STATES, (program.plain[name] for name in names), strict=True))
    stepped = frozenset(name for name in module.DATA if program.last_step and module.SHAPES[name][0] == program.last_step)
    sequences = BATCH if module.BATCH else _rows(program, inputs[0])
    return Roles(program.plain[inputs[0]], program.plain[targets[0]], _prediction(program), states, stepped, sequences)


def _in_the_loss(program: Program) -> set[str]:
    """What the equations of scalars mention."""
    scalars = [name for name, family in program.named.families.items() if not family.axes]
    return {e.family for name in scalars for equation in program.named.equations.get(name, ()) for e in entries(equation.body)}


def _prediction(program: Program) -> str:
    compared = _in_the_loss(program)
    for name, equations in program.named.equations.items():
        if name in compared and any(isinstance(e.body, Apply) and e.body.function == "softmax" for e in equations):
            return program.plain[name]
    return ""


def _rows(program: Program, data: str) -> str:
    """The axis of rows that never meet before the loss: every array that depends on the data has it once, in front.

    A model whose rows look at each other (attention) has an array with two such axes, and one that sums over rows an array with none.
    """
    families = program.computation.families
    axis = families[data].axes[0] if families[data].axes else None
    for name in depends_on(program.computation, program.data):
        axes = families[name].axes
        if axes and (axes[0] != axis or axis in axes[1:]):
            return ""
    return str(axis) if axis is not None else ""
