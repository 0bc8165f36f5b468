"""Partial derivatives in index notation, contraction of Kronecker deltas, and the equations of adjoints, against known answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

import pytest
import sympy

from symbptt.adjoint import adjoint_name, adjoint_system, is_zero
from symbptt.engines.exact import Exact
from symbptt.graph import Graph
from symbptt.index import (
    ONE,
    Add,
    Affine,
    Apply,
    Argument,
    Branches,
    Computation,
    Condition,
    Differentiate,
    Entry,
    Equation,
    Expression,
    Family,
    IndexValue,
    MatrixProduct,
    Multiply,
    Number,
    Power,
    Range,
    ScalarProduct,
    Sum,
)
from symbptt.inequalities import contradicts, implied, solve
from symbptt.partial import NOTHING, UNIT, partial
from symbptt.problem import Given, Problem
from symbptt.reading.choices import Unsupported
from symbptt.specification import Specification, symbol
from symbptt.unroll import Unroller
from symbptt.unrolled import Setting, Undefined, Unrolled
from tests.gradients.support import read

i, j, k, s, t, n, T = map(Affine.of, ["i", "j", "k", "s", "t", "n", "T"])


def a(*components: Affine, slots: Sequence[Affine] = ()) -> Entry:
    return Entry("a", tuple(slots), components)


def w(*components: Affine) -> Entry:
    return Entry("w", (), components)


def le(x: Affine, y: Affine) -> Condition:
    return Condition(x, "\\le", y)


INSIDE = (le(ONE, j), le(j, n))
STEP = Affine.of(1)


# -- partial --------------------------------------------------------------------------------------------------------------


def test_a_sum_is_contracted_by_the_delta() -> None:
    """∂/∂a_j Σ_i w_i a_i = w_j."""
    assert partial(Sum("i", ONE, n, Multiply((w(i), a(i)))), a(j), INSIDE) == w(j)


def test_the_range_of_a_contracted_index_stays_as_a_condition() -> None:
    """∂/∂a_s Σ_{t=2}^{T} a_{t-1} b_t = b_{s+1} where 2 ≤ s+1 ≤ T."""
    b = Entry("b", (s + STEP,), ())
    body = Sum("t", ONE + ONE, T, Multiply((a(slots=[t - STEP]), Entry("b", (t,), ()))))
    conditions = (le(ONE + ONE, s + STEP), le(s + STEP, T))
    assert partial(body, a(slots=[s])) == Branches(((conditions, b),), NOTHING)
    assert partial(body, a(slots=[s]), facts=conditions) == b


def test_a_dependent_range_keeps_the_outer_sum() -> None:
    """∂/∂a_s Σ_{t=1}^{T} Σ_{k=1}^{t} a_k w_t = Σ_t w_t over the t ≥ s."""
    body = Sum("t", ONE, T, Sum("k", ONE, t, Multiply((a(slots=[k]), Entry("w", (t,), ())))))
    found = partial(body, a(slots=[s]), (le(ONE, s),))
    assert isinstance(found, Sum) and found.body == Entry("w", (Affine.of(found.variable),), ())
    assert found.conditions == (le(s, Affine.of(found.variable)),)


def test_an_index_is_not_solved_for_where_its_range_depends_on_the_other() -> None:
    """Σ_{t=1}^{T} Σ_{k=1}^{t} a_{t-k}: k = t − s, never t = s + k with k ≤ t."""
    found = partial(Sum("t", ONE, T, Sum("k", ONE, t, a(slots=[t - k]))), a(slots=[s]))
    assert isinstance(found, Sum) and (found.lower, found.upper) == (ONE, T) and found.body == UNIT


def test_powers_products_and_functions() -> None:
    x = a()
    assert partial(Power(x, Affine.of(2)), x) == Multiply((Number(Fraction(2)), x))
    assert partial(Power(x, Affine()), x) == NOTHING
    assert partial(Power(x, n), x) == Branches(
        (((Condition(n, "\\ne", Affine()),), Multiply((IndexValue(n), Power(x, n - ONE)))),), NOTHING
    )
    f = Apply("f", (Argument((), (), Multiply((w(), x))),))
    assert partial(f, x) == Multiply((replace(f, order=1), w()))
    assert partial(Add((x, f, UNIT)), w()) == Multiply((replace(f, order=1), x))


def test_softmax_has_its_rank_one_term() -> None:
    """∂/∂z_j softmax_i(z) = y_i δ_ij − y_i y_j."""
    y = Apply("softmax", (Argument(("k",), (n,), a(k)),), (i,))
    other = replace(y, component=(j,))
    delta = Branches((((Condition(j, "=", i),), y),), NOTHING)
    found = partial(y, a(j), INSIDE)
    assert found == Add((delta, Multiply((Number(Fraction(-1)), y, other))))


def test_a_map_is_differentiated_in_the_slot_of_the_entry() -> None:
    g = Apply("g", (Argument(("k",), (n,), a(k)), Argument((), (), w())), (i,))
    assert partial(g, a(j), INSIDE) == replace(g, partial=((0, (j,)),))
    assert partial(g, w()) == replace(g, partial=((1, ()),))


def test_cases_hold_where_no_earlier_case_does() -> None:
    first = Condition(t, "=", ONE)
    body = Branches((((first,), w()), ((le(t, T),), a())), Multiply((a(), a())))
    found = partial(body, a())
    assert isinstance(found, Add) and len(found.terms) == 3
    assert found.terms[0] == Branches((((le(t, T),), Branches((((first,), NOTHING),), UNIT)),), NOTHING)


def test_what_is_not_supported_says_so() -> None:
    product = MatrixProduct("t", ONE, T, "r", "c", n, n, w(Affine.of("r"), Affine.of("c")), i, j)
    with pytest.raises(Unsupported, match="a derivative of MatrixProduct in index notation is not supported"):
        partial(product, w(i, j))
    with pytest.raises(Unsupported, match="Differentiate"):
        partial(Differentiate(a(), w(), "d"), w())
    with pytest.raises(Unsupported, match="through the function's own value"):
        partial(Apply("f", (Argument((), (), a()),), order=1, of_output=True), a())


# -- conditions -----------------------------------------------------------------------------------------------------------


def test_conditions_are_compared_by_their_gaps() -> None:
    assert implied(le(ONE, s + STEP), [le(ONE, s)]) and not implied(le(ONE + ONE, s + STEP), [le(ONE - ONE, s)])
    assert implied(Condition(t, "\\ne", s), [Condition(s, "<", t)]) and not implied(Condition(t, "\\ne", s), [le(s, t)])
    assert contradicts(le(s + STEP, T), [Condition(s, "=", T)]) and not contradicts(le(s, T), [Condition(s, "=", T)])
    assert contradicts(Condition(t, "=", ONE), [le(ONE + ONE, t)])
    assert contradicts(Condition(t, "=", s), [Condition(s, "\\ne", t)])
    assert implied(le(i, Affine.of("m")), [Condition(Affine.of("m"), "=", n), le(i, n)])


def test_solving_for_an_index() -> None:
    assert solve(Condition(t - STEP, "=", s), "t") == s + STEP
    assert solve(Condition(s, "=", t.scaled(2)), "t") is None


# -- systems --------------------------------------------------------------------------------------------------------------


def scalar_computation(equations: dict[str, tuple[Equation, ...]], stepped: str = "") -> Computation:
    names = {*equations, "x", "w", "h"}
    families = {
        name: Family(name, name, (Range(ONE, T),) if name in stepped else (), ("t",) if name in stepped else (), (), ()) for name in names
    }
    return Computation(families, equations, {}, ("T",), {})


def equation(family: str, slots: Sequence[Affine], body: Expression, *conditions: Condition) -> Equation:
    return Equation(family, tuple(slots), (), body, conditions, family)


def h(at: Affine) -> Entry:
    return Entry("h", (at,), ())


def test_a_recursion_runs_backwards() -> None:
    """h_t = w h_{t-1}, L = h_T: h̄_s = L̄ [s = T] + h̄_{s+1} w [s+1 ≤ T], and w̄ = Σ_t h̄_t h_{t-1}."""
    computation = scalar_computation(
        {"h": (equation("h", [t], Multiply((w(), h(t - STEP))), le(ONE, t), le(t, T)),), "L": (equation("L", [], h(T)),)}, stepped="h"
    )
    system = adjoint_system(computation, "L")
    one = Entry(adjoint_name("L"), (), ())
    back = Multiply((Entry(adjoint_name("h"), (t + STEP,), ()), w()))
    later = Branches((((le(t + STEP, T),), back),), NOTHING)
    last = Branches((((Condition(T, "=", t),), one),), NOTHING)
    gradient = system.gradient("h")
    assert isinstance(gradient.body, Add) and set(gradient.body.terms) == {last, later}
    assert gradient.conditions == (le(ONE, t), le(t, T))
    by_weight = system.gradient("w").body
    assert isinstance(by_weight, Sum) and (by_weight.lower, by_weight.upper) == (ONE, T)
    assert is_zero(system.gradient("x")) and system.gradient("L").body == UNIT


@pytest.mark.parametrize("steps", [1, 2, 3, 5])
def test_equations_for_one_step_win_over_those_for_all(steps: int) -> None:
    """h_2 = x cuts h_t = w h_{t-1} (1 ≤ t ≤ T), whichever is given first: L = h_T = x w^{T-2} from T = 2 on."""
    cut = equation("h", [Affine.of(2)], Entry("x", (), ()))
    general = equation("h", [t], Multiply((w(), h(t - STEP))), le(ONE, t), le(t, T))
    for equations in ((cut, general), (general, cut)):
        computation = scalar_computation({"h": equations, "L": (equation("L", [], h(T)),)}, stepped="h")
        system, graph = adjoint_system(computation, "L"), Graph()
        unroller = Unroller(Unrolled(system.computation, Setting({"T": steps}), graph=graph))
        output = unroller.entry("L", (), ())
        for name in ("x", "w"):
            key = unroller.entry(name, (), ())
            assert equal(graph, unroller.entry(adjoint_name(name), (), ()), graph.gradient(output, [key])[0]), (steps, name)


def test_a_target_with_steps_of_its_own() -> None:
    """∂L_k/∂h_t for a symbol k: 0 behind k, w^{k-t} before it."""
    computation = scalar_computation(
        {
            "h": (equation("h", [t], Multiply((w(), h(t - STEP))), le(ONE, t), le(t, T)),),
            "L": (equation("L", [t], h(t), le(ONE, t), le(t, T)),),
        },
        stepped="hL",
    )
    system, graph = adjoint_system(computation, "L", [k]), Graph()
    unroller = Unroller(Unrolled(system.computation, Setting({"T": 4, "k": 3}), graph=graph))
    weight = unroller.entry("w", (), ())
    for step, expected in enumerate((graph.power(weight, 3), graph.power(weight, 2), weight, graph.const(1), graph.const(0))):
        assert equal(graph, unroller.entry(adjoint_name("h"), (step,), ()), expected), step
    with pytest.raises(ValueError, match="the slots of the target use `t`, which is an index of the model; use another letter"):
        adjoint_system(computation, "L", [t - STEP])


def equal(graph: Graph, a: int, b: int) -> bool:
    return Exact(graph).equal(a, b)


def test_named_copies_are_distinct_and_the_tied_weight_gets_their_sum() -> None:
    problem = Problem(
        "x = x",
        given=(Given("W_t = W"), Given("h_t = W_t h_{t-1}"), Given("L = h_T")),
        shapes={"W": "scalar", "W_t": "scalar", "h_t": "scalar", "L": "scalar"},
        ranges={"t": "1..T"},
    )
    computation = read(problem)
    copy = next(name for name in computation.families if name.startswith("W_"))
    system, graph = adjoint_system(computation, "L"), Graph()
    unroller = Unroller(Unrolled(system.computation, Setting({"T": 3}), graph=graph))
    output = unroller.entry("L", (), ())
    weight = unroller.entry("W", (), ())
    copies = [unroller.entry(copy, (step,), ()) for step in (1, 2, 3)]
    for step, by in enumerate(graph.gradient(output, copies), 1):
        assert equal(graph, unroller.entry(adjoint_name(copy), (step,), ()), by)
    state = unroller.entry("h_{t}", (0,), ())
    assert equal(graph, unroller.entry(adjoint_name("W"), (), ()), graph.mul([graph.const(3), graph.power(weight, 2), state]))


def test_a_target_that_is_no_scalar_is_refused() -> None:
    computation = scalar_computation({"L": (equation("L", [t], UNIT),)}, stepped="L")
    with pytest.raises(ValueError, match="the target of an adjoint system is one scalar"):
        adjoint_system(computation, "L")


def test_an_index_without_a_range_is_named() -> None:
    computation = scalar_computation({"h": (equation("h", [t], w()),), "L": (equation("L", [], h(T)),)}, stepped="h")
    families = {**computation.families, "h": replace(computation.families["h"], slots=(None,))}
    with pytest.raises(Unsupported, match="the range of an index of an equation is stated nowhere"):
        adjoint_system(replace(computation, families=families), "L")


# -- specification --------------------------------------------------------------------------------------------------------


def test_the_specification_cuts_the_quantity_it_differentiates_by() -> None:
    """∂L/∂h_1 with h_2 = w h_1 + h_1², L = h_2: w + 2 h_1, and then h_1 = w x put in."""
    body = Add((Multiply((w(), h(t - STEP))), Power(h(t - STEP), Affine.of(2))))
    first = equation("h", [ONE], Multiply((w(), Entry("x", (), ()))))
    computation = scalar_computation(
        {"h": (first, equation("h", [t], body, le(ONE + ONE, t), le(t, T))), "L": (equation("L", [], h(T)),)}, stepped="h"
    )
    specification = Specification(computation, Setting({"T": 2}))
    weight, x = symbol(("w", (), ())), symbol(("x", (), ()))
    assert specification.gradient(("L", (), ()), "h", (1,)) == {(): weight + 2 * weight * x}
    by_weight = specification.gradient(("L", (), ()), "w")[()]
    assert sympy.expand(by_weight - sympy.diff(weight * (weight * x) + (weight * x) ** 2, weight)) == 0
    with pytest.raises(Undefined):
        specification.entry("h", (3,))


def test_empty_ranges_in_the_specification() -> None:
    specification = Specification(scalar_computation({}), Setting({"T": 0}))
    value = specification.value
    assert value(Sum("t", ONE, T, w()), Setting({"T": 0})) == 0
    assert value(Sum("t", Affine.of(3), ONE, w()), Setting({})) == 0
    assert value(ScalarProduct("t", ONE, T, w()), Setting({"T": 0})) == 1


def test_ordered_products_in_the_specification() -> None:
    """Entry (1, 2) of A_2 A_1 with the latest factor leftmost."""
    families = {"A": Family("A", "A", (None,), ("t",), (Affine.of(2),), (Affine.of(2),))}
    specification = Specification(Computation(families, {}, {}, (), {}), Setting({}))
    r, c = Affine.of("r"), Affine.of("c")
    product = MatrixProduct("t", ONE, Affine.of(2), "r", "c", Affine.of(2), Affine.of(2), Entry("A", (t,), (r, c)), ONE, Affine.of(2), True)

    def at(step: int, row: int, column: int) -> sympy.Symbol:
        return symbol(("A", (step,), (row, column)))

    assert specification.value(product, Setting({})) == at(2, 1, 1) * at(1, 1, 2) + at(2, 1, 2) * at(1, 2, 2)
    turned = replace(product, latest_first=False)
    assert specification.value(turned, Setting({})) == at(1, 1, 1) * at(2, 1, 2) + at(1, 1, 2) * at(2, 2, 2)
