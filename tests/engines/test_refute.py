"""Counterexamples: real points, exact where they can be, whose enclosure excludes 0."""

from __future__ import annotations

from fractions import Fraction
from random import Random

import flint
import pytest
import sympy

from symbptt.engines.constraints import Constraints
from symbptt.engines.refute import PRECISIONS, choose_point, find_difference, random_stand, rational
from symbptt.graph import Graph
from tests.engines.models import TanhRnn


def test_a_polynomial_difference_is_exact_and_names_only_what_matters() -> None:
    g = Graph()
    x, y, unused = (g.leaf((name, ())) for name in ("x", "y", "z"))
    found = find_difference(g, [("first", g.add((x, y)), g.mul((x, y))), ("second", unused, unused)])
    assert found is not None and found.entry == "first" and set(found.values) == {("x", ()), ("y", ())}
    a, b = found.values["x", ()], found.values["y", ()]
    assert (Fraction(found.left), Fraction(found.right)) == (a + b, a * b)
    assert Fraction(found.difference) == a + b - a * b != 0


def test_a_ball_that_excludes_zero() -> None:
    model = TanhRnn(3)
    (left,) = model.graph.gradient(model.loss, [model.W[0][0]])
    found = find_difference(model.graph, [("W", left, model.graph.scale(2, left))])
    assert found is not None and "+/-" in found.difference
    assert not flint.arb(found.difference).contains(0)


def test_the_point_can_be_checked_by_hand() -> None:
    """f(x) as printed, put into the claim f(2x) = 2 f(x) at the printed x, gives the printed difference."""
    g = Graph()
    x = g.leaf(("x", ()))
    found = find_difference(g, [(0, g.apply("f", (g.scale(2, x),)), g.scale(2, g.apply("f", (x,))))])
    assert found is not None
    body = found.functions["f"].partition(" = ")[2]
    point = found.values["x", ()]

    def f(value: Fraction) -> Fraction:
        total = Fraction(0)
        for sign, term in zip(["+", *[s for s in body.split() if s in "+-"]], [t for t in body.split() if t not in "+-"], strict=False):
            top, _, bottom = term.partition("/")
            number, _, power = top.lstrip("-").rpartition("*")
            power = power or number
            c = Fraction(number or 1) if "x" in power else Fraction(power)
            degree = 0 if "x" not in power else int(power.partition("^")[2] or 1)
            total += (-1 if sign == "-" or term.startswith("-") else 1) * c / Fraction(bottom or 1) * value**degree
        return total

    assert Fraction(found.difference) == f(2 * point) - 2 * f(point)


def test_constraints_hold_at_every_point() -> None:
    g = Graph()
    y = tuple(g.leaf(("y", (i,))) for i in range(3))
    p = g.leaf(("p", ()))
    constraints = Constraints(positive=frozenset((p,)), one_hot=(y,))
    for number in range(12):
        values = choose_point(g, (*y, p), constraints, 5, number).values
        assert values[p] > 0 and sorted(values[leaf] for leaf in y) == [0, 0, 1]
    assert find_difference(g, [(0, g.add(y), g.const(1))], constraints) is None
    assert find_difference(g, [(0, g.mul((y[0], y[1])), g.const(0))], constraints) is None


@pytest.mark.parametrize("name", ["log", "sqrt"])
def test_points_outside_the_domain_are_passed_over(name: str) -> None:
    g = Graph()
    x = g.leaf(("x", ()))
    found = find_difference(g, [(0, g.apply(name, (x,)), x)])
    assert found is not None and found.values["x", ()] > 0


def test_undefined_everywhere_is_no_counterexample() -> None:
    g = Graph()
    x = g.leaf(("x", ()))
    nothing = g.sub(g.mul((x, g.add((x, g.const(1))))), g.add((g.power(x, 2), x)))
    assert find_difference(g, [(0, g.power(nothing, -1), x)]) is None
    assert find_difference(g, [(0, g.apply("log", (g.scale(-1, g.power(x, 2)),)), x)]) is None


def test_precision_is_doubled_until_it_decides() -> None:
    """exp(x) against itself plus 10^-60."""
    g = Graph()
    e = g.apply("exp", (g.leaf(("x", ())),))
    tiny = g.const(Fraction(1, 10**60))
    found = find_difference(g, [(0, g.mul((e, g.add((e, tiny)))), g.power(e, 2))])
    assert found is not None and len(PRECISIONS) > 2 and not flint.arb(found.difference).contains(0)


def test_polynomials_that_stand_for_functions() -> None:
    """Derivatives agree with SymPy's; no second derivative vanishes, mixed ones of neighbours included."""
    random = Random(3)
    for arity in (1, 2, 3, 5):
        stand = random_stand(arity, random)
        xs = sympy.symbols(f"x:{arity}")
        expression = sum(sympy.Rational(c) * sympy.prod(x**e for x, e in zip(xs, es, strict=True)) for es, c in stand.terms.items())
        point = [Fraction(i + 2, 3) for i in range(arity)]
        for i in range(arity):
            second = stand.derivative(i).derivative(i)
            value = second.at([rational(v) for v in point])
            expected = sympy.diff(expression, xs[i], 2).subs({x: sympy.Rational(v) for x, v in zip(xs, point, strict=True)})
            assert Fraction(int(value.p), int(value.q)) == Fraction(int(expected.p), int(expected.q))
            assert second.terms and stand.derivative(i).derivative((i + 1) % arity).terms


def test_the_same_seed_gives_the_same_point() -> None:
    model = TanhRnn(2)
    entries = [(0, model.loss, model.h[1][0])]
    assert find_difference(model.graph, entries, seed=4) == find_difference(model.graph, entries, seed=4)


def test_an_entry_that_differs_at_first_sight_goes_before_others() -> None:
    g = Graph()
    x, one = g.leaf(("x", ())), g.const(1)
    huge = g.scale(10**9, x)
    close = ("first digits alike", huge, g.add((huge, one)))
    found = find_difference(g, [("a side is 0", g.const(0), x), close, ("plain", x, g.scale(2, x))])
    assert found is not None and found.entry == "plain"
    found = find_difference(g, [close])
    assert found is not None and Fraction(found.difference) == -1
