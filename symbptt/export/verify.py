"""An exported module compared with the specification before anyone gets it.

At small sizes the equations are written out entry by entry and differentiated exactly (the graph, whose derivatives are tested equal to
`sympy.diff`), and evaluated at the point of the module's own example; besides, the module checks the order of its Taylor remainder.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from itertools import product
from types import ModuleType
from typing import Any

import numpy as np

from symbptt.engines.floats import evaluate_float
from symbptt.graph import Graph
from symbptt.unroll import Unroller
from symbptt.unrolled import Key, Setting, Unrolled

from .interface import Program, is_list, size_name, sizes_of
from .system import Quantity
from .trees import NotExported

#: Numbers of steps at which a module is compared with the unrolled equations; sizes are 2, 3, … in order.
STEPS = (1, 2, 3)
#: How far floating-point gradients may be from the exact ones, relative to the largest; a wrong term is off by its own size.
CLOSE = 1e-9


#: How far from 0 parameters are; nearer to it where the loss overflows.
SPREADS = (0.8, 0.05)


def disagreement(program: Program, module: ModuleType) -> str:
    """Where the module is not what the equations say; empty if it is.

    Raises `NotExported` where the loss is no finite number at the points that are tried.
    """
    with getattr(module, "_in_double", nullcontext)(), np.errstate(all="ignore"):
        try:
            return _disagreement(program, module)
        except (FloatingPointError, ZeroDivisionError):
            raise NotExported(
                "the loss overflows, or is not defined, at the points where the gradients are checked "
                f"({', '.join(map(str, STEPS))} and 5 steps, data between 0.1 and 0.9, parameters near 0), so nothing is given"
            ) from None


def _disagreement(program: Program, module: ModuleType) -> str:
    for steps in STEPS if program.last_step else (1,):
        for batch in (1, 2) if program.batch else (1,):
            found = _compared(program, module, steps, batch)
            if found:
                return f"{found} at {steps} steps"
    told: list[str] = []
    if not module.check(write=told.append):
        return "; ".join(line for line in told if "WRONG" in line)
    return ""


def _compared(program: Program, module: ModuleType, steps: int, batch: int) -> str:
    names = sizes_of(program)
    sizes: dict[str, Any] = {size_name(name): 2 + place for place, name in enumerate(names)}
    layers = {name: tuple(2 + k % 3 for k in range(steps + 1)) for name in names if is_list(program, name)}
    sizes |= {size_name(name): value for name, value in layers.items()} | {"T": steps, "B": batch}
    data = module.example(sizes, seed=steps)
    rng = np.random.default_rng(7 + steps)
    params, value, given = _at_a_point(module, sizes, data, rng)
    gradients = {k: [np.asarray(a) for a in v] if isinstance(v, list) else np.asarray(v) for k, v in given.items()}
    want, exact = 0.0, {name: _zeros(params[name]) for name in module.PARAMETERS}
    for number in range(batch):
        point = _Point(program, {**params, **(_one(program, data, number) if program.batch else data)}, sizes, layers, steps)
        one, more = point.loss_and_gradients()
        want += one
        for name, array in more.items():
            exact[name] = _plus(exact[name], array)
    if not math.isclose(float(value), want, rel_tol=CLOSE, abs_tol=CLOSE):
        return f"the loss is {value} and not {want}"
    for name in module.PARAMETERS:
        for mine, theirs in zip(_listed(gradients[name]), _listed(exact[name]), strict=True):
            scale = max(1.0, float(np.abs(theirs).max(initial=0.0)))
            if mine.shape != theirs.shape or float(np.abs(mine - theirs).max(initial=0.0)) > CLOSE * scale:
                return f"the gradient by `{name}` differs"
    return ""


def _at_a_point(module: ModuleType, sizes: Mapping[str, Any], data: Mapping[str, Any], rng: np.random.Generator) -> tuple[Any, Any, Any]:
    """Parameters, and the loss and the gradients there. Raises `FloatingPointError` where the loss is finite nowhere near."""
    for spread in SPREADS:
        params = module._arrays(module.PARAMETERS, sizes, lambda shape, spread=spread: rng.uniform(-spread, spread, shape))
        try:
            return params, *module.loss_and_gradients(params, data)
        except FloatingPointError as error:
            problem = error
    raise problem


def _listed(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list) else [value]


def _zeros(value: Any) -> Any:
    return [np.zeros_like(a) for a in value] if isinstance(value, list) else np.zeros_like(value)


def _plus(a: Any, b: Any) -> Any:
    return [x + y for x, y in zip(a, b, strict=True)] if isinstance(a, list) else a + b


def _one(program: Program, data: Mapping[str, Any], number: int) -> dict[str, Any]:
    """One sequence of a batch."""
    stepped = {program.plain[name] for name in program.data if program.quantity(name).letter}
    return {
        name: value if np.ndim(value) == 0 and name == program.last_step else value[:, number] if name in stepped else value[number]
        for name, value in data.items()
    }


class _Point:
    """The unrolled equations of one sequence at one point."""

    def __init__(
        self, program: Program, arrays: Mapping[str, Any], sizes: Mapping[str, Any], layers: Mapping[str, Any], steps: int
    ) -> None:
        self.program = program
        self.arrays = arrays
        values: dict[Any, int] = {name: sizes[size_name(name)] for name in sizes_of(program) if name not in layers}
        for name, counts in layers.items():
            values |= {(name, (place,)): count for place, count in enumerate(counts)}
        values |= {program.last_step: steps} if program.last_step else {}
        self.setting = Setting(values)
        self.unroller = Unroller(Unrolled(program.named, self.setting))

    def loss_and_gradients(self) -> tuple[float, dict[str, Any]]:
        graph, program = self.unroller.graph, self.program
        loss = self.unroller.entry(program.target, (), ())
        keys = {name: self._keys(name) for name in program.parameters}
        flat = [self.unroller.entry(*key) for found in keys.values() for key in found]
        nodes = graph.gradient(loss, flat)
        values = self._evaluated(graph, [loss, *nodes])
        numbers = iter(values[1:])
        gradients: dict[str, Any] = {}
        for name, found in keys.items():
            array = _zeros(self.arrays[program.plain[name]])
            for key in found:
                _place(array, key, self.program.quantity(name))[...] = next(numbers)
            gradients[program.plain[name]] = array
        return values[0], gradients

    def _keys(self, name: str) -> list[Key]:
        quantity = self.program.quantity(name)
        array = self.arrays[self.program.plain[name]]
        if not quantity.letter:
            return [(name, (), tuple(c + 1 for c in at)) for at in product(*map(range, np.shape(array)))]
        found: list[Key] = []
        for step, row in enumerate(array, _first(quantity)):
            found += [(name, (step,), tuple(c + 1 for c in at)) for at in product(*map(range, np.shape(row)))]
        return found

    def _leaf(self, key: Key) -> float:
        family, slots, components = key
        plain = self.program.plain[family]
        if family not in (*self.program.parameters, *self.program.data):  # a state before the first step
            plain = f"{plain}_{slots[0]}"
            return float(self.arrays[plain][tuple(c - 1 for c in components)])
        return float(np.asarray(_place(self.arrays[plain], key, self.program.quantity(family))).reshape(-1)[0])

    def _evaluated(self, graph: Graph, nodes: Sequence[int]) -> list[float]:
        return evaluate_float(graph, nodes, {leaf: self._leaf(graph.data[leaf]) for leaf in graph.leaves(nodes)})


def _place(array: Any, key: Key, quantity: Quantity) -> Any:
    """The view of one entry."""
    _, slots, components = key
    row = array[slots[0] - _first(quantity)] if quantity.letter else array
    return row[tuple(slice(c - 1, c) for c in components)] if np.ndim(row) and isinstance(row, np.ndarray) else row[...]


def _first(quantity: Quantity) -> int:
    """The step of the first row of an array that is given."""
    return quantity.lower.constant
