"""Adjoint system, reverse mode on the graph and SymPy's own derivative agree on every built-in model."""

from __future__ import annotations

import pytest

from symbptt.adjoint import AdjointSystem, adjoint_name, adjoint_system
from symbptt.engines.exact import Exact
from symbptt.graph import Graph
from symbptt.index import Computation
from symbptt.specification import Specification
from symbptt.unroll import Setting, Unroller
from tests.gradients.support import MODELS, assert_equal, built_in, members, random_point, setting

SIZES = (2, 3, 4, 2, 3)
#: SymPy writes everything out: these are kept to fewer steps and sizes.
HEAVY = frozenset({"gru", "lstm"})
CASES = [(name, steps, turn) for name in MODELS for steps, turn in ((1, 0), (2, 1), (3, 2))]


def check(computation: Computation, target: str, here: Setting, slow: bool, seed: int) -> AdjointSystem:
    """All three ways at one setting, for every member below the target; `slow` says whether SymPy takes part."""
    system = adjoint_system(computation, target)
    graph = Graph()
    unroller = Unroller(system.computation, graph, here)
    output = unroller.entry(target, (), ())
    specification = Specification(computation, here)
    exact = Exact(graph)
    point = None
    for family, slots in members(unroller, output):
        entries = unroller.member(family, slots)
        reverse = graph.gradient(output, list(entries.values()))
        adjoints = unroller.member(adjoint_name(family), slots)
        for (key, node), other in zip(entries.items(), reverse, strict=True):
            assert exact.equal(adjoints[adjoint_name(family), slots, key[2]], other), (family, slots, key, node)
        if slow:
            point = point or random_point(unroller, seed)
            written = specification.gradient((target, (), ()), family, slots)
            assert_equal(point.of_graph(graph, reverse), point.of_sympy(list(written.values())), (family, slots))
    return system


@pytest.mark.parametrize(("name", "steps", "turn"), CASES)
def test_three_ways_agree(name: str, steps: int, turn: int) -> None:
    computation, target = built_in(name)
    sizes = (2, 3, 2) if name in HEAVY else SIZES
    check(computation, target, setting(computation, steps, sizes, turn if name not in HEAVY else 0), steps <= 2 or name not in HEAVY, seed=steps)
