"""Adjoint system, reverse mode on the graph and SymPy's own derivative agree on every built-in model."""

from __future__ import annotations

from random import Random

import pytest
import sympy

from symbptt.adjoint import AdjointSystem, adjoint_name, adjoint_system
from symbptt.engines.exact import Exact
from symbptt.graph import Graph
from symbptt.index import Computation
from symbptt.specification import Specification
from symbptt.unroll import Unroller
from symbptt.unrolled import Key, Setting, Unrolled
from tests.gradients.support import MODELS, assert_equal, built_in, members, random_point, setting

SIZES = (2, 3, 4, 2, 3)
#: SymPy writes everything out, at a cost that grows tenfold a step: it takes part where what it differentiates is no larger than this.
LARGEST_WRITTEN = 4000
#: Variants of the LSTM are compared with autograd, which is quick; here they are stood for by one, at one step.
CASES = [(name, steps, turn) for name in MODELS if not name.startswith("lstm-") for steps, turn in ((1, 0), (2, 1), (3, 2))]
CASES += [("lstm-peephole", 1, 0)]


def check(computation: Computation, target: str, here: Setting, samples: int, seed: int) -> AdjointSystem:
    """All three ways at one setting: two for every entry below the target, SymPy for one entry of each of `samples` members."""
    system = adjoint_system(computation, target)
    graph = Graph()
    unroller = Unroller(Unrolled(system.computation, here, graph=graph))
    output = unroller.entry(target, (), ())
    found = members(unroller, output)
    exact = Exact(graph)
    by: dict[Key, int] = {}
    for family, slots in found:
        entries = unroller.member(family, slots)
        by |= dict(zip(entries, graph.gradient(output, list(entries.values())), strict=True))
        adjoints = unroller.member(adjoint_name(family), slots)
        for key in entries:
            assert exact.equal(adjoints[adjoint_name(family), slots, key[2]], by[key]), key
    chance = Random(seed)
    specification = Specification(computation, here)
    point = random_point(unroller, seed)
    chosen = [chance.choice(list(unroller.member(*member))) for member in chance.sample(found, min(len(found), 2 * samples))]
    by_size = sorted(chosen, key=lambda key: written_size(specification.cut((target, (), ()), key)))
    small = [key for key in by_size if written_size(specification.cut((target, (), ()), key)) <= LARGEST_WRITTEN]
    for key in (small or by_size[:1])[-samples:] if samples else ():
        written = specification.derivative((target, (), ()), key)
        assert_equal(point.of_graph(graph, [by[key]]), point.of_sympy([written]), key)
    return system


def written_size(expression: sympy.Expr) -> int:
    """The number of symbols, numbers and operations of an expression when written out, without writing it out."""
    sizes: dict[sympy.Expr, int] = {}

    def size(e: sympy.Expr) -> int:
        if e not in sizes:
            sizes[e] = 1 + sum(map(size, e.args))
        return sizes[e]

    return size(expression)


@pytest.mark.parametrize(("name", "steps", "turn"), CASES)
def test_three_ways_agree(name: str, steps: int, turn: int) -> None:
    computation, target = built_in(name)
    sizes = (2, 3, 2, 2) if steps == 3 else SIZES
    check(computation, target, setting(computation, steps, sizes, turn), 24 // steps, steps)
