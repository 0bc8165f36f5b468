"""The graph and its reverse mode, against SymPy's derivative, HIPS autograd and finite differences."""

from __future__ import annotations

from fractions import Fraction
from random import Random

import autograd
import autograd.numpy as anp
import flint
import pytest
import sympy

from symbptt.engines.floats import evaluate_float
from symbptt.engines.screen import FIELDS, Field
from symbptt.engines.sympy_bridge import symbol, to_sympy
from symbptt.functions import FUNCTIONS, LATEX_NAMES
from symbptt.graph import ONE, ZERO, Graph, Kind
from tests.engines.models import TanhRnn


def leaves(graph: Graph, *names: str) -> list[int]:
    return [graph.leaf((name, ())) for name in names]


def test_hash_consing_and_light_canonical_forms() -> None:
    g = Graph()
    x, y = leaves(g, "x", "y")
    assert g.add((x, y)) == g.add((y, x)) and g.mul((x, y, x)) == g.mul((g.power(x, 2), y))
    assert g.sub(x, x) == ZERO and g.mul((x, g.power(x, -1))) == ONE and g.power(x, 0) == ONE
    assert g.scale(Fraction(1, 2), g.scale(2, x)) == x and g.mul((ZERO, y)) == ZERO
    assert g.mul((g.const(2), x, g.const(Fraction(1, 2)))) == x
    assert g.apply("exp", (g.apply("log", (x,)),)) == x and g.apply("tanh", (ZERO,)) == ZERO
    with pytest.raises(ZeroDivisionError):
        g.power(ZERO, -1)


def test_ids_are_a_topological_order() -> None:
    model = TanhRnn(3)
    model.gradient(model.loss, model.W)
    assert all(child < node for node in range(len(model.graph)) for child in model.graph.children(node))


def test_names_are_variables_of_their_own() -> None:
    """L = W_1 x + W_2 x with W_t = W: ∂L/∂W_1 = x, ∂L/∂W = 2x."""
    g = Graph()
    w, x = leaves(g, "w", "x")
    first, second = g.name(("w", (1,)), w), g.name(("w", (2,)), w)
    assert first != second
    loss = g.add((g.mul((first, x)), g.mul((second, x))))
    assert g.gradient(loss, (first, second, w)) == [x, x, g.scale(2, x)]
    assert g.gradient(loss, (w,), enter=lambda key: key != ("w", (2,))) == [x]
    assert g.gradient(first, (w, first), enter=lambda key: False) == [ONE, ONE]


def test_adjoints_of_names_are_named_and_kept() -> None:
    model = TanhRnn(3)
    g = model.graph
    adjoint = g.gradient(model.loss, [model.h[1][0]])[0]
    assert g.kinds[adjoint] == Kind.NAME and g.data[adjoint][0] == ("adjoint", model.loss, model.h[1][0])
    size = len(g)
    assert g.gradient(model.loss, [model.h[1][0], model.z[2][0]])[0] == adjoint and len(g) == size


def test_second_derivatives_pass_through_adjoint_names() -> None:
    g = Graph()
    (x,) = leaves(g, "x")
    h = g.name(("h", ()), g.apply("tanh", (x,)))
    out = g.mul((h, h, x))
    first = g.gradient(out, (x,))[0]
    second = g.gradient(first, (x,))[0]
    point = symbol(("x", ()))
    expression = sympy.diff(to_sympy(g, (out,))[0], point, 2)
    assert evaluate_float(g, (second,), {x: 0.3})[0] == pytest.approx(float(expression.subs(point, 0.3)))


@pytest.mark.parametrize("name", sorted(name for name, row in FUNCTIONS.items() if row.derivative and name != "step"))
def test_every_row_of_the_table_agrees_with_itself(name: str) -> None:
    """Derivative against central differences of `real`, `arb` against `real`, the form through exp against `real`."""
    row = FUNCTIONS[name]
    g = Graph()
    args = leaves(g, "a", "b", "c") if row.many_arguments else leaves(g, "a")
    component = (1,) if row.many_arguments else ()
    point = [0.7, 0.4, 1.1][: len(args)]
    node = g.apply(name, tuple(args), component)
    assert float(row.arb([flint.arb(v) for v in point], component)) == pytest.approx(row.real(point, component), rel=1e-12)
    if row.through_exp is not None:
        top, bottom = row.through_exp([sympy.exp(v) for v in point], component)
        value = float(sympy.log(top / bottom) if row.logarithm else top / bottom)
        assert value == pytest.approx(row.real(point, component), rel=1e-12)
    for position, derivative in enumerate(g.gradient(node, args)):
        step = 1e-6
        up, down = ([v + s * (i == position) for i, v in enumerate(point)] for s in (step, -step))
        slope = (row.real(up, component) - row.real(down, component)) / (2 * step)
        assert evaluate_float(g, (derivative,), dict(zip(args, point, strict=True)))[0] == pytest.approx(slope, rel=1e-6)
        assert g.apply(name, tuple(args), component, ((position, 1),)) == derivative


@pytest.mark.parametrize("name", ["relu", "leaky_relu"])
@pytest.mark.parametrize("x", [-0.8, 0.6])
def test_piecewise_functions(name: str, x: float) -> None:
    g = Graph()
    (leaf,) = leaves(g, "x")
    node = g.apply(name, (leaf,))
    (slope,) = g.gradient(node, (leaf,))
    assert evaluate_float(g, (node,), {leaf: x})[0] == pytest.approx(FUNCTIONS[name].real([x], ()))
    assert evaluate_float(g, (slope,), {leaf: x})[0] == pytest.approx(1.0 if x > 0 else {"relu": 0.0, "leaky_relu": 0.01}[name])


def test_higher_derivatives_of_known_functions() -> None:
    g = Graph()
    (x,) = leaves(g, "x")
    third = g.apply("tanh", (x,), (), ((0, 3),))
    s = symbol(("x", ()))
    assert sympy.simplify(to_sympy(g, (third,))[0] - sympy.diff(sympy.tanh(s), s, 3)) == 0


def test_abstract_functions_count_their_derivatives() -> None:
    g = Graph()
    x, y = leaves(g, "x", "y")
    value = g.apply("F", (x, g.mul((x, y))), (0,))
    dx, dy = g.gradient(value, (x, y))
    slot = [g.apply("F", (x, g.mul((x, y))), (0,), ((i, 1),)) for i in range(2)]
    assert dx == g.add((slot[0], g.mul((slot[1], y)))) and dy == g.mul((slot[1], x))


def test_gradient_of_a_network_against_sympy() -> None:
    model = TanhRnn(2, n=2, m=1, k=2)
    g = model.graph
    nodes = [model.W[0][1], model.U[1][0], model.b[0]]
    (loss,) = to_sympy(g, (model.loss,))
    ours = to_sympy(g, g.gradient(model.loss, nodes))
    random = Random(3)
    values = {s: random.uniform(-1, 1) for s in sorted(loss.free_symbols, key=str)}
    for node, mine in zip(nodes, ours, strict=True):
        theirs = sympy.diff(loss, symbol(g.data[node]))
        assert float(mine.subs(values)) == pytest.approx(float(theirs.subs(values)), rel=1e-9)


def test_gradient_of_a_network_against_autograd() -> None:
    model = TanhRnn(4)
    g = model.graph
    random = Random(5)
    value = {node: random.uniform(-1, 1) for node in g.leaves((model.loss,))}

    def array(matrix: list[list[int]]) -> anp.ndarray:
        return anp.array([[value[node] for node in row] for row in matrix])

    def loss(W: anp.ndarray) -> float:
        U, V, b, c = array(model.U), array(model.V), array([model.b])[0], array([model.c])[0]
        h, total = array([model.h[0]])[0], 0.0
        for t in range(1, 5):
            h = anp.tanh(W @ h + U @ array([model.x[t]])[0] + b)
            o = V @ h + c
            total = total - anp.dot(array([model.y[t]])[0], o - anp.log(anp.sum(anp.exp(o))))
        return total

    ours = [evaluate_float(g, row, value) for row in model.gradient(model.loss, model.W)]
    assert anp.allclose(ours, autograd.grad(loss)(array(model.W)), rtol=1e-10)


def test_substitution_at_any_depth() -> None:
    g = Graph()
    x, y = leaves(g, "x", "y")
    inner = g.add((x, y))
    node = g.name(("h", ()), g.mul((g.apply("tanh", (inner,)), g.power(x, -1))))
    (image,) = g.substitute((node,), {inner: y, x: g.const(2)})
    assert image == g.name(("h", ()), g.scale(Fraction(1, 2), g.apply("tanh", (y,))))


def test_long_chains_do_not_recurse() -> None:
    g = Graph()
    (x,) = leaves(g, "x")
    node = x
    for t in range(20_000):
        node = g.name(("h", (t,)), g.apply("tanh", (g.add((node, x)),)))
    (slope,) = g.gradient(node, (x,))
    assert len(g.support((slope,))) > 60_000


def test_wrong_use_of_a_known_function_is_said() -> None:
    g = Graph()
    x, y = leaves(g, "x", "y")
    with pytest.raises(ValueError, match=r"`tanh` takes one argument, not 2"):
        g.apply("tanh", (x, y))
    with pytest.raises(ValueError, match=r"components 0 to 1, not \(2,\)"):
        g.apply("softmax", (x, y), (2,))


def test_spellings_are_unique() -> None:
    assert len(LATEX_NAMES) == sum(len(row.latex) for row in FUNCTIONS.values())


@pytest.mark.parametrize("field", FIELDS)
def test_primes_of_the_screen(field: Field) -> None:
    small, large = field.small, field.large
    assert flint.fmpz(small).is_prime() and flint.fmpz(large).is_prime() and (large - 1) % small == 0
    generator = field.generator(7)
    assert generator != 1 and pow(generator, small, large) == 1
