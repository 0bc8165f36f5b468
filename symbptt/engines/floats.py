"""Plain double-precision evaluation of a graph: no cleverness, for tests and for drawing."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

from symbptt.functions import FUNCTIONS
from symbptt.graph import Application, Graph, Kind

Abstract = Callable[[Application, Sequence[float]], float]


def evaluate_float(graph: Graph, nodes: Sequence[int], leaves: Mapping[int, float], abstract: Abstract | None = None) -> list[float]:
    """Values of `nodes` in float64; `leaves` by leaf node, `abstract(application, arguments)` for unknown functions."""
    value: dict[int, float] = {}
    for node in sorted(graph.support(nodes)):
        kind, data = graph.kinds[node], graph.data[node]
        if kind == Kind.ADD:
            value[node] = math.fsum(float(c) * value[child] for child, c in data)
        elif kind == Kind.MUL:
            value[node] = math.prod(value[child] ** e for child, e in data)
        elif kind == Kind.NAME:
            value[node] = value[data[1]]
        elif kind == Kind.APPLY:
            args = [value[arg] for arg in data.args]
            row = FUNCTIONS.get(data.function)
            if row is not None:
                value[node] = row.real(args, data.component)
            elif abstract is not None:
                value[node] = abstract(data, args)
            else:
                raise ValueError(f"`{data.function}` is abstract: give `abstract` to evaluate it")
        else:
            value[node] = float(data) if kind == Kind.CONST else leaves[node]
    return [value[node] for node in nodes]
