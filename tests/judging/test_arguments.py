"""Left sides with arguments: `L(w, b) = …` beside a plain L, and functions that an equation defines for any argument."""

from __future__ import annotations

from typing import Any

import pytest

import symbptt


def verdict(given: list[str], shapes: dict[str, str], claim: str, **more: Any) -> str:
    return symbptt.check({"given": given, "shapes": shapes, "claim": claim, **more}, suggest=0).verdict


SQUARE = {"w": "n", "b": "scalar", "L": "scalar"}


@pytest.mark.parametrize("left", ["L(w, b)", "L(w)", "L", r"L(\theta)"])
@pytest.mark.parametrize("cost", ["L", "{}"])
def test_a_cost_with_its_arguments_is_the_cost(left: str, cost: str) -> None:
    given = [left + r" = w^\top w + b"]
    claim = rf"\frac{{\partial {cost.format(left)}}}{{\partial w}} = "
    assert verdict(given, SQUARE, claim + "2 w") == "proved"
    assert verdict(given, SQUARE, claim + "w") == "refuted"


def test_arguments_in_another_order_are_others() -> None:
    given, shapes = ["L(u, v) = u - v"], {"u": "scalar", "v": "scalar", "L": "scalar"}
    assert verdict(given, shapes, "L(v, u) = L(u, v)") not in ("proved", "verified", "conditional")
    assert verdict(given, shapes, "L(u, v) = u - v") == "proved"


def test_a_derivative_by_one_of_two_arguments_that_hang_together() -> None:
    given, shapes = ["L(u, v) = u v", "v = u^2"], {"u": "scalar", "v": "scalar"}
    assert verdict(given, shapes, r"\frac{\partial L(u, v)}{\partial u} = v") == "unknown"  # right where v is held, else 3 v
    assert verdict(given, shapes, r"\frac{d L(u, v)}{d u} = 3 v") == "proved"
    assert verdict(given, {**shapes, "L": "scalar"}, r"\frac{\partial L}{\partial u} = v") == "unknown"


def test_a_name_called_with_something_else_is_no_quantity() -> None:
    shapes = {"x": "scalar", "y": "scalar"}
    assert verdict(["f(x) = x^2"], shapes, "f(x) - f(y) = (x - y)(x + y)") == "proved"
    assert verdict(["f(x) = x^2"], shapes, "f(x) - f(y) = x - y") == "refuted"


@pytest.mark.parametrize(
    ("definition", "name", "slope", "wrong"),
    [
        (r"\sigma(x) = \frac{1}{1 + e^{-x}}", r"\sigma", r"\sigma(z) \odot (1 - \sigma(z))", r"\sigma(z) \odot (1 + \sigma(z))"),
        ("g(x) = x^3", "g", "3 z^2", "2 z^2"),
        (r"\mathrm{swish}(x) = x \sigma(x)", r"\mathrm{swish}", r"\sigma(z) + h \odot (1 - \sigma(z))", r"\sigma(z) + h \odot \sigma(z)"),
    ],
)
def test_an_equation_may_define_a_function(definition: str, name: str, slope: str, wrong: str) -> None:
    given = [definition, f"h = {name}(z)", r"L = \ell(h)"]
    shapes = {"z": "n", "h": "n", "L": "scalar"}
    claim = r"\frac{\partial L}{\partial z} = \frac{\partial L}{\partial h} \odot "
    assert verdict(given, shapes, claim + f"({slope})", functions={r"\ell": "scalar"}) in ("proved", "verified")
    assert verdict(given, shapes, claim + f"({wrong})", functions={r"\ell": "scalar"}) == "refuted"


def test_the_argument_of_a_defined_function_is_a_number() -> None:
    assert verdict([r"g(x) = \tanh(x)"], {"h": "n"}, "g'(x) = 1 - g(x)^2") == "proved"
    assert verdict([r"g(x) = \tanh(x)"], {"h": "n"}, "g'(x) = 1 - g(x)") == "refuted"


def test_an_argument_that_counts_steps_stays_one() -> None:
    given, shapes = ["a(t) = f(W a(t-1))"], {"a(t)": "n", "W": "n×n"}
    assert verdict(given, shapes, "a(t) = f(W a(t-1))", ranges={"t": "1..T"}, functions={"f": "elementwise"}) == "proved"
