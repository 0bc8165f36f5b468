"""How the error of each step goes back in time: the norm of ∂L/∂h_t, which shows gradients that vanish or explode.

A disturbance e_t is added to the equation of a state, h_t = … + e_t. Then ∂L/∂e_t at e = 0 is ∂L/∂h_t, so that the exported gradients by e
are the errors; they are checked against the equations like any others.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from symbptt.documents.model import Model
from symbptt.export.build import loaded
from symbptt.export.interface import BATCH, Program, read_program
from symbptt.export.numpy_file import numpy_source
from symbptt.export.trees import NotExported, entries
from symbptt.export.verify import disagreement
from symbptt.index import Add, Affine, Computation, Entry

from .data import Source, Text

Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Flow:
    """Norms by step, of one state: `whole` of ∂L/∂h_t, `last` of ∂L_T/∂h_t, the loss of the last step alone (None where it has none)."""

    state: str
    whole: tuple[float, ...]
    last: tuple[float, ...] | None


def recurrent(computation: Computation) -> tuple[str, ...]:
    """Quantities with an equation that are met one step before: what goes from step to step."""
    found: dict[str, None] = {}
    for name, equations in computation.equations.items():
        family = computation.families[name]
        for equation in equations:
            for e in entries(equation.body):
                earlier = len(e.slots) == 1 and len(family.slots) == 1 and equation.slots[0].as_variable() is not None
                if earlier and e.slots[0] == equation.slots[0] - Affine.of(1) and e.family in computation.equations:
                    found.setdefault(e.family)
    return tuple(found)


def disturbed(computation: Computation, state: str) -> tuple[Computation, str]:
    """The computation with e_t added to each equation of a state, and the name of e."""
    family = computation.families[state]
    name = f"disturbance of {state}"
    extra = replace(family, name=name, latex=f"\\varepsilon_{{{family.latex}}}")
    equations = tuple(
        replace(e, body=Add((e.body, Entry(name, e.slots, tuple(map(Affine.of, e.components)))))) for e in computation.equations[state]
    )
    families = {**computation.families, name: extra}
    return replace(computation, families=families, equations={**computation.equations, state: equations}), name


def flows(model: Model, functions: Mapping[str, str], program: Program, params: Mapping[str, Array], source: Source) -> tuple[Flow, ...]:
    """The flow through every state, for the first piece of a text or the first sequence, with these parameters.

    Raises `NotExported` for a model without a recursion over steps.
    """
    states = recurrent(program.computation)
    if not states:
        raise NotExported("no quantity of the model goes from step to step, so that no error goes back in time")
    data, last = _one(source)
    return tuple(_flow(model, functions, program, params, state, data, last) for state in states)


def _one(source: Source) -> tuple[dict[str, Any], dict[str, Any] | None]:
    """Data of one sequence, and the same with a target at the last step alone."""
    roles = source.roles
    if isinstance(source, Text):
        first = slice(0, 1) if roles.sequences != BATCH else 0
        whole = {name: array[:, first] for name, array in source.data(0).items()}
    elif roles.sequences == BATCH:
        chosen = source.arrays
        whole = {name: array[:, 0] if name in roles.stepped else array[0] for name, array in chosen.items()}
    else:
        whole = dict(source.arrays if not roles.sequences else source.chosen(np.array([0])).arrays)
    more = {"T": source.steps} if source.steps and not roles.stepped else {}
    if not (roles.prediction and roles.target in roles.stepped):
        return {**whole, **more}, None
    target = np.zeros_like(whole[roles.target])
    target[-1] = whole[roles.target][-1]
    return {**whole, **more}, {**whole, **more, roles.target: target}


def _flow(
    model: Model,
    functions: Mapping[str, str],
    program: Program,
    params: Mapping[str, Array],
    state: str,
    data: Mapping[str, Any],
    last: Mapping[str, Any] | None,
) -> Flow:
    name = f"disturbance of {state}"
    changed = read_program(model, (*model.parameters, name), functions, change=lambda computation: disturbed(computation, state)[0])
    module = loaded(numpy_source(changed), "numpy")
    problem = disagreement(changed, module)
    if problem:
        raise NotExported(f"the errors of `{program.plain[state]}` failed their check: {problem}; this is a defect of symbptt")
    plain = changed.plain[name]
    sizes = {axis: size for p in params for axis, size in zip(module.SHAPES[p], params[p].shape, strict=True)}
    steps = data["T"] if "T" in data else next(len(data[k]) for k in module.DATA if module.SHAPES[k][0] == program.last_step)
    rows = {axis: size for k in module.DATA for axis, size in _axes(module.SHAPES[k], np.shape(data[k]))}
    shape = tuple((sizes | rows | {program.last_step: steps})[axis] for axis in module.SHAPES[plain])
    still = {**params, plain: np.zeros(shape, next(iter(params.values())).dtype)}

    def norms(given: Mapping[str, Any]) -> tuple[float, ...]:
        gradient = module.loss_and_gradients(still, given)[1][plain]
        return tuple(float(np.linalg.norm(step)) for step in gradient)

    return Flow(program.plain[state], norms(data), norms(last) if last is not None else None)


def _axes(axes: tuple[str, ...], shape: tuple[int, ...]) -> list[tuple[str, int]]:
    """Axes of data with their sizes; data of one sequence have no axis of sequences."""
    kept = axes if len(axes) == len(shape) else tuple(axis for axis in axes if axis != BATCH)
    return list(zip(kept, shape, strict=True))
