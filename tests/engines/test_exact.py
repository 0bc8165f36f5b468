"""The exact engine proves true identities and never a wrong twin (each twin's falsity is seen in plain floats)."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from fractions import Fraction
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from symbptt.engines.constraints import Constraints
from symbptt.engines.exact import Budget, Exact, OutOfBudget, identically_zero
from symbptt.engines.floats import evaluate_float
from symbptt.engines.refute import find_difference
from symbptt.engines.screen import Screen
from symbptt.graph import ONE, Application, Graph
from tests.engines.models import Gru, Lstm, Matrix, TanhRnn, Unrolled


def flat(matrix: Matrix) -> list[int]:
    return [node for row in matrix for node in row]


def abstract(what: Application, args: list[float]) -> float:
    """f(x) = x³/3 + x² − x + 1/2 and its derivatives, in floats."""
    (x,) = args
    order = dict(what.orders).get(0, 0)
    return [x**3 / 3 + x**2 - x + 0.5, x**2 + 2 * x - 1, 2 * x + 2, 2.0][order]


def gap(graph: Graph, a: int, b: int, seed: int = 1) -> float:
    random = Random(seed)
    leaves = {node: random.uniform(0.2, 0.9) for node in graph.leaves((a, b))}
    left, right = evaluate_float(graph, (a, b), leaves, abstract)
    return abs(left - right)


@pytest.mark.parametrize("steps", [1, 2, 3, 4, 5])
@pytest.mark.parametrize("named", [True, False])
@pytest.mark.parametrize("function", ["tanh", "f"])
def test_rnn_gradients(steps: int, named: bool, function: str) -> None:
    model = TanhRnn(steps, function=function)
    prime: Callable[[int], list[int]] | None = None
    if function == "f":
        prime = lambda t: [model.graph.apply("f", (z,), (), ((0, 1),)) for z in model.z[t]]  # noqa: E731
    delta = model.deltas(prime, named)
    engine = Exact(model.graph)
    steps_range = range(1, steps + 1)
    for parameter, right in (
        (model.W, model.outer_sum([(delta[t], model.h[t - 1]) for t in steps_range])),
        (model.U, model.outer_sum([(delta[t], model.x[t]) for t in steps_range])),
        (model.V, model.outer_sum([(model.error(t), model.h[t]) for t in steps_range])),
    ):
        assert all(engine.equal(a, b) for a, b in zip(flat(model.gradient(model.loss, parameter)), flat(right), strict=True))


@pytest.mark.parametrize("steps", [1, 3])
def test_lstm_gradients(steps: int) -> None:
    model = Lstm(steps)
    delta = model.deltas()
    engine = Exact(model.graph)
    for a in model.GATES:
        right = model.outer_sum([(delta[a, t], model.h[t - 1]) for t in range(1, steps + 1)])
        assert all(engine.equal(x, y) for x, y in zip(flat(model.gradient(model.loss, model.W[a])), flat(right), strict=True))


@pytest.mark.parametrize("steps", [1, 3])
def test_gru_gradients(steps: int) -> None:
    model = Gru(steps)
    delta = model.deltas()
    engine = Exact(model.graph)
    for a in model.GATES:
        inner = {t: model.reset[t] if a == "g" else model.h[t - 1] for t in range(1, steps + 1)}
        right = model.outer_sum([(delta[a, t], inner[t]) for t in range(1, steps + 1)])
        assert all(engine.equal(x, y) for x, y in zip(flat(model.gradient(model.loss, model.W[a])), flat(right), strict=True))


def test_closed_form_with_products_of_jacobians() -> None:
    """δ_1 = Σ_s (D_1 Wᵀ)…(D_{s−1} Wᵀ) D_s Vᵀ e_s, every path a product of its own."""
    model = TanhRnn(4)
    left = model.graph.gradient(model.loss, model.z[1])
    total: list[list[int]] = []
    for s in range(1, 5):
        v = model.hadamard(model.times(model.transposed(model.V), model.error(s)), model.one_minus_square(model.h[s]))
        for t in range(s - 1, 0, -1):
            v = model.hadamard(model.times(model.transposed(model.W), v), model.one_minus_square(model.h[t]))
        total.append(v)
    engine = Exact(model.graph)
    assert all(engine.equal(a, b) for a, b in zip(left, model.plus(*total), strict=True))


def wrong_twins(model: TanhRnn) -> dict[str, tuple[list[int], list[int]]]:
    """Claims with one mistake each, of the kinds that people make."""
    steps = model.steps
    delta = model.deltas()
    gradient = flat(model.gradient(model.loss, model.W))
    pairs = [(delta[t], model.h[t - 1]) for t in range(1, steps + 1)]
    untransposed: dict[int, list[int]] = {steps: delta[steps]}
    for t in range(steps - 1, 0, -1):
        back = model.times(model.transposed(model.V), model.error(t))
        back = model.plus(back, model.times(model.W, untransposed[t + 1]))
        untransposed[t] = model.hadamard(back, model.one_minus_square(model.h[t]))
    output = [model.minus(model.yhat[t], model.y[t]) for t in range(1, steps + 1)]
    return {
        "a missing term": (gradient, flat(model.outer_sum(pairs[1:]))),
        "a shifted step": (gradient, flat(model.outer_sum([(delta[t], model.h[t]) for t in range(1, steps + 1)]))),
        "W for its transpose": (gradient, flat(model.outer_sum([(untransposed[t], model.h[t - 1]) for t in range(1, steps + 1)]))),
        "a missing factor": (
            gradient,
            flat(model.outer_sum([(model.times(model.transposed(model.V), model.error(t)), h) for t, (_, h) in enumerate(pairs, 1)])),
        ),
        "the transposed gradient": (gradient, flat(model.transposed(model.outer_sum(pairs)))),
        "a sign": (gradient, [model.graph.scale(-1, node) for node in flat(model.outer_sum(pairs))]),
        "y not normalised": (
            flat(model.gradient(model.loss, model.V)),
            flat(model.outer_sum([(e, model.h[t]) for t, e in enumerate(output, 1)])),
        ),
    }


@pytest.mark.parametrize("steps", [2, 3])
@pytest.mark.parametrize("mistake", sorted(wrong_twins(TanhRnn(2))))
def test_wrong_twins_are_never_proved_and_always_refuted(steps: int, mistake: str) -> None:
    model = TanhRnn(steps)
    left, right = wrong_twins(model)[mistake]
    engine, screen = Exact(model.graph), Screen(model.graph, 7)
    wrong = [(i, a, b) for i, (a, b) in enumerate(zip(left, right, strict=True)) if gap(model.graph, a, b) > 1e-9]
    assert wrong
    for _, a, b in wrong:
        assert not engine.equal(a, b)
        assert not screen.probably_zero(model.graph.sub(a, b))
    positive = Constraints(positive=frozenset())
    found = find_difference(model.graph, wrong, positive, seed=0, tries=6)
    assert found is not None and found.entry in [i for i, _, _ in wrong]


def test_cross_entropy_needs_normalised_targets() -> None:
    """∂L/∂o = ŷ Σy − y always; ŷ − y with one-hot targets only."""
    model = TanhRnn(1)
    left = model.graph.gradient(model.loss, model.o[1])
    simple = model.minus(model.yhat[1], model.y[1])
    one_hot = Constraints(one_hot=(tuple(model.y[1]),))
    free, constrained = Exact(model.graph), Exact(model.graph, one_hot)
    assert all(free.equal(a, b) for a, b in zip(left, model.error(1), strict=True))
    assert not any(free.equal(a, b) for a, b in zip(left, simple, strict=True))
    assert all(constrained.equal(a, b) for a, b in zip(left, simple, strict=True))
    assert find_difference(model.graph, [(0, left[0], simple[0])], one_hot) is None
    assert find_difference(model.graph, [(0, left[0], simple[0])]) is not None


@pytest.mark.parametrize("function", ["sigmoid", "tanh"])
def test_rnn_with_activations_written_out(function: str) -> None:
    """σ(z) = 1/(1 + e^{−z}) or tanh(z) = (e^z − e^{−z})/(e^z + e^{−z}) in the model, σ' = h(1 − h) or 1 − h² in the claim."""

    class WrittenOut(TanhRnn):
        def apply(self, name: str, vector: Sequence[int]) -> list[int]:
            g = self.graph
            if name in ("exp", "log"):
                return super().apply(name, vector)
            up, down = super().apply("exp", vector), super().apply("exp", [g.scale(-1, z) for z in vector])
            if name == "sigmoid":
                return [g.power(g.add((ONE, e)), -1) for e in down]
            return [g.mul((g.sub(a, b), g.power(g.add((a, b)), -1))) for a, b in zip(up, down, strict=True)]

    model = WrittenOut(3, function=function)
    prime = model.one_minus_square if function == "tanh" else lambda h: model.hadamard(h, model.one_minus(h))
    delta = model.deltas(lambda t: prime(model.h[t]))
    right = model.outer_sum([(delta[t], model.h[t - 1]) for t in range(1, 4)])
    engine = Exact(model.graph)
    assert all(engine.equal(a, b) for a, b in zip(flat(model.gradient(model.loss, model.W)), flat(right), strict=True))
    assert not engine.equal(right[0][0], right[0][1])


def test_relu_network_with_its_derivative_written_through_the_output() -> None:
    model = TanhRnn(3, n=4, m=3, k=2, function="relu")
    delta = model.deltas(lambda t: model.apply("step", model.h[t]))
    right = model.outer_sum([(delta[t], model.h[t - 1]) for t in range(1, 4)])
    engine = Exact(model.graph)
    assert all(engine.equal(a, b) for a, b in zip(flat(model.gradient(model.loss, model.W)), flat(right), strict=True))


def test_nothing_follows_from_a_denominator_that_the_constraints_make_zero() -> None:
    """With y one-hot, 1/(y_1 y_2) is defined nowhere."""
    g = Graph()
    y = tuple(g.leaf(("y", (i,))) for i in range(3))
    x = g.leaf(("x", ()))
    product = g.add((g.mul((y[0], g.add((y[1], y[2])))), g.mul((y[0], y[1]))))
    engine = Exact(g, Constraints(one_hot=(y,)))
    assert engine.is_zero(product)
    assert not engine.equal(g.mul((x, g.power(product, -1))), g.power(product, -1))


def test_one_hot_groups() -> None:
    g = Graph()
    y = tuple(g.leaf(("y", (i,))) for i in range(3))
    a, b = g.leaf(("a", ())), g.leaf(("b", ()))
    engine = Exact(g, Constraints(one_hot=(y,)))
    assert engine.equal(g.add(y), ONE)
    assert engine.equal(g.power(y[1], 3), y[1]) and engine.is_zero(g.mul((y[0], y[2])))
    mixed = g.add((g.mul((a, y[0])), g.mul((b, y[2]))))
    assert engine.equal(g.power(mixed, 2), g.add((g.mul((g.power(a, 2), y[0])), g.mul((g.power(b, 2), y[2])))))
    assert not engine.equal(g.mul((a, y[0])), y[0]) and not engine.equal(y[0], y[1])


class Scalars:
    """A graph with a few leaves, for identities."""

    def __init__(self) -> None:
        self.g = Graph()
        self.x, self.y, self.z = (self.g.leaf((name, ())) for name in "xyz")

    def exp(self, node: int) -> int:
        return self.g.apply("exp", (node,))

    def log(self, node: int) -> int:
        return self.g.apply("log", (node,))

    def f(self, name: str, node: int) -> int:
        return self.g.apply(name, (node,))


def identities() -> dict[str, tuple[Graph, int, int]]:
    s = Scalars()
    g, x, y, z = s.g, s.x, s.y, s.z
    one, minus_x = g.const(1), g.scale(-1, x)
    softmax = [g.apply("softmax", (x, y, z), (i,)) for i in range(3)]
    exps = [s.exp(v) for v in (x, y, z)]
    log_sum = s.log(g.add(exps))
    summed, named = g.add((x, y)), g.name(("n", ()), g.add((y, x)))
    half = Fraction(1, 2)
    pairs = {
        "sigmoid through exp": (s.f("sigmoid", x), g.power(g.add((one, s.exp(minus_x))), -1)),
        "sigmoid(-x)": (s.f("sigmoid", minus_x), g.sub(one, s.f("sigmoid", x))),
        "tanh through sigmoid": (s.f("tanh", x), g.sub(g.scale(2, s.f("sigmoid", g.scale(2, x))), one)),
        "tanh is odd": (s.f("tanh", minus_x), g.scale(-1, s.f("tanh", x))),
        "tanh' twice": (
            g.gradient(g.gradient(s.f("tanh", x), (x,))[0], (x,))[0],
            g.sub(g.scale(2, g.power(s.f("tanh", x), 3)), g.scale(2, s.f("tanh", x))),
        ),
        "sech": (g.sub(one, g.power(s.f("tanh", x), 2)), g.power(s.f("cosh", x), -2)),
        "cosh² − sinh²": (g.sub(g.power(s.f("cosh", x), 2), g.power(s.f("sinh", x), 2)), one),
        "sin² + cos²": (g.add((g.power(s.f("sin", x), 2), g.power(s.f("cos", x), 2))), one),
        "exp(x + y)": (s.exp(g.add((x, y))), g.mul((s.exp(x), s.exp(y)))),
        "exp(x/2)²": (g.power(s.exp(g.scale(half, x)), 2), s.exp(x)),
        "exp(x(y+z))": (s.exp(g.mul((x, g.add((y, z))))), g.mul((s.exp(g.mul((x, y))), s.exp(g.mul((x, z)))))),
        "softmax sums to 1": (g.add(softmax), one),
        "softmax written out": (softmax[1], g.mul((exps[1], g.power(g.add(exps), -1)))),
        "log softmax": (s.log(softmax[1]), g.sub(y, log_sum)),
        "log sigmoid": (s.log(s.f("sigmoid", x)), g.scale(-1, s.f("softplus", minus_x))),
        "softplus": (s.f("softplus", x), s.log(g.add((one, s.exp(x))))),
        "congruence": (g.apply("f", (summed,)), g.apply("f", (named,))),
        "congruence of nested": (
            g.apply("f", (g.mul((x, g.add((y, z)))),)),
            g.apply("f", (g.add((g.mul((x, y)), g.mul((x, z)))),)),
        ),
        "congruence twice": (
            g.apply("f", (g.apply("h", (g.power(g.add((x, y)), 2),)),)),
            g.apply("f", (g.apply("h", (g.add((g.power(x, 2), g.scale(2, g.mul((x, y))), g.power(y, 2))),)),)),
        ),
        "partial fractions": (
            g.sub(g.power(x, -1), g.power(g.add((x, one)), -1)),
            g.power(g.mul((x, g.add((x, one)))), -1),
        ),
        "sqrt": (g.mul((s.f("sqrt", summed), s.f("sqrt", named))), summed),
        "relu' ": (g.mul((s.f("relu", x), s.f("step", x))), s.f("relu", x)),
        "leaky relu": (s.f("leaky_relu", x), g.add((g.scale(Fraction(99, 100), s.f("relu", x)), g.scale(Fraction(1, 100), x)))),
    }
    return {name: (g, a, b) for name, (a, b) in pairs.items()}


@pytest.mark.parametrize("name", sorted(identities()))
def test_identities_of_functions(name: str) -> None:
    graph, a, b = identities()[name]
    assert a != b and gap(graph, a, b) < 1e-9
    assert Exact(graph).equal(a, b)
    assert find_difference(graph, [(0, a, b)], tries=4) is None


@pytest.mark.parametrize("name", sorted(identities()))
def test_identities_of_functions_with_a_mistake(name: str) -> None:
    """The same identity with x added on one side, or its left side doubled."""
    graph, a, b = identities()[name]
    x = graph.leaf(("x", ()))
    for left, right in ((graph.add((a, x)), b), (graph.scale(2, a), b), (a, graph.mul((b, x)))):
        assert gap(graph, left, right) > 1e-6
        assert not Exact(graph).equal(left, right)
        assert find_difference(graph, [(0, left, right)]) is not None


def test_log_of_a_product_needs_positive_factors() -> None:
    s = Scalars()
    left, right = s.log(s.g.mul((s.x, s.y))), s.g.add((s.log(s.x), s.log(s.y)))
    assert not Exact(s.g).equal(left, right)
    assert Exact(s.g, Constraints(positive=frozenset((s.x, s.y)))).equal(left, right)


def test_a_denominator_that_is_zero_everywhere_proves_nothing() -> None:
    s = Scalars()
    g = s.g
    nothing = g.sub(g.power(g.add((s.x, s.y)), 2), g.add((g.power(s.x, 2), g.scale(2, g.mul((s.x, s.y))), g.power(s.y, 2))))
    broken = g.add((g.power(nothing, -1), s.x))
    assert not Exact(g).is_zero(broken)


def test_out_of_budget_is_quick() -> None:
    """(Σ x)^24 over ten variables against its double has 10^8 terms; and equal powers written two ways."""
    g = Graph()
    xs = [g.leaf(("x", (i,))) for i in range(10)]
    left = g.power(g.add(xs), 24)
    right = g.power(g.add((g.add(xs[:5]), g.add(xs[5:]), g.mul(xs), g.scale(-1, g.mul(xs)))), 24)
    shifted = g.mul((g.power(g.add((*xs[:5], g.add(xs[5:]))), 12), g.power(g.add((g.add(xs[:5]), *xs[5:])), 12)))
    assert identically_zero(g, g.sub(left, right))
    hostile = g.sub(g.mul([g.add((x, y)) for x in xs for y in xs]), g.mul([g.add((y, x, g.const(1))) for x in xs for y in xs]))
    assert not identically_zero(g, hostile)
    started = time.monotonic()
    vandermonde = g.mul([g.add((x, g.scale(i + 1, y))) for i, x in enumerate(xs) for y in xs])
    expanded = g.mul([g.add((g.scale(2, x), g.scale(2 * i + 2, y))) for i, x in enumerate(xs) for y in xs])
    with pytest.raises(OutOfBudget):
        identically_zero(
            g, g.sub(g.scale(2**100, g.add((vandermonde, shifted))), g.add((expanded, g.scale(2**100, left)))), budget=Budget(20_000)
        )
    assert time.monotonic() - started < 10


@st.composite
def expressions(draw: st.DrawFn) -> tuple[Graph, int, int]:
    """Two random expressions of a few operations over the same leaves."""
    g = Graph()
    pool = [g.leaf(("x", (i,))) for i in range(3)] + [g.const(2), g.const(Fraction(-1, 2))]
    for step in range(draw(st.integers(3, 12))):
        a, b = draw(st.sampled_from(pool)), draw(st.sampled_from(pool))
        kind = draw(st.sampled_from(("add", "mul", "sub", "square", "function", "name", "softmax", "abstract")))
        if kind == "function":
            node = g.apply(draw(st.sampled_from(("tanh", "sigmoid", "exp", "relu", "softplus", "sin"))), (a,))
        elif kind == "softmax":
            node = g.apply("softmax", (a, b), (draw(st.integers(0, 1)),))
        else:
            node = {
                "add": lambda a=a, b=b: g.add((a, b)),
                "mul": lambda a=a, b=b: g.mul((a, b)),
                "sub": lambda a=a, b=b: g.sub(a, b),
                "square": lambda a=a: g.power(a, 2),
                "name": lambda a=a, step=step: g.name(("n", (step,)), a),
                "abstract": lambda a=a: g.apply("f", (a,)),
            }[kind]()
        pool.append(node)
    return g, pool[-1], draw(st.sampled_from(pool[:-1]))


@settings(max_examples=150, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(expressions())
def test_nothing_that_arb_separates_is_proved(case: tuple[Graph, int, int]) -> None:
    graph, a, b = case
    found = find_difference(graph, [(0, a, b)], tries=3)
    try:
        proved = Exact(graph, terms=200_000).equal(a, b)
    except OutOfBudget:
        return
    assert not (proved and found is not None)


@settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(expressions(), st.integers(0, 2))
def test_product_rule_of_random_expressions(case: tuple[Graph, int, int], which: int) -> None:
    """∂(ab)/∂x = a ∂b/∂x + b ∂a/∂x, each gradient taken by its own reverse pass."""
    graph, a, b = case
    x = graph.leaf(("x", (which,)))
    left = graph.gradient(graph.mul((a, b)), (x,))[0]
    da, db = graph.gradient(a, (x,))[0], graph.gradient(b, (x,))[0]
    # a name that is an output of its own or a factor is passed through alike, so the rule holds entry by entry
    assert Exact(graph, terms=1_000_000).equal(left, graph.add((graph.mul((a, db)), graph.mul((b, da)))))


def test_helper_multiplies_matrices() -> None:
    u = Unrolled()
    matrix, vector = u.matrix("A", 2, 3), u.vector("v", 3)
    assert u.times(matrix, vector)[1] == u.graph.add([u.graph.mul((matrix[1][j], vector[j])) for j in range(3)])
