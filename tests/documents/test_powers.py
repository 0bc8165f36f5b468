"""Numbers above a name: powers of it, or which one is meant. The derivatives are those of polynomials and of a normal density."""

from __future__ import annotations

import pytest

from tests.documents.test_raw import words

POLYNOMIAL = "$y = x^3 + x^2 + x$:\n\n"
NORMAL = "The mean is $\\mu = w^\\top h$, and $L = \\frac{(y - \\mu)^2}{2 \\sigma^2} + \\log \\sigma$.\n\n"
LAYERS = "$z^1 = W^1 x$, $a^1 = \\tanh(z^1)$, $z^2 = W^2 a^1$, $a^2 = \\tanh(z^2)$, $z^3 = W^3 a^2$, $L = \\frac12 \\|z^3 - y\\|^2$.\n\n"
BY_SIGMA, BY_W, BY_THIRD = (rf"\frac{{\partial L}}{{\partial {name}}} = " for name in (r"\sigma", "w", "W^3"))
BY_SECOND = r"\frac{{\partial L}}{{\partial W^2}} = ((W^{})^\top (z^3 - y) \odot (1 - (a^2)^2)) (a^1)^\top"


@pytest.mark.parametrize(
    ("model", "right", "wrong"),
    [
        (POLYNOMIAL, r"\frac{dy}{dx} = 3 x^2 + 2 x + 1", r"\frac{dy}{dx} = 1"),
        ("$y = x^3$.\n\n", r"\frac{dy}{dx} = 3 x^2", r"\frac{dy}{dx} = 2 x^2"),
        (
            "$u = \\frac{a}{r^3}$, $E = u^2$.\n\n",
            r"\frac{\partial E}{\partial r} = -\frac{6 a^2}{r^7}",
            r"\frac{\partial E}{\partial r} = 0",
        ),
        (
            "$u = \\frac{a}{r^3}$, $E = u^2$.\n\n",
            r"\frac{\partial E}{\partial a} = \frac{2 a}{r^6}",
            r"\frac{\partial E}{\partial a} = \frac{2 u}{r^2}",
        ),
        ("$L = s^2 + \\log s$.\n\n", r"\frac{dL}{ds} = 2 s + \frac{1}{s}", r"\frac{dL}{ds} = \frac{1}{s}"),
        (NORMAL, BY_SIGMA + r"\frac{1}{\sigma} - \frac{(y - \mu)^2}{\sigma^3}", BY_SIGMA + r"\frac{1}{\sigma}"),
        (NORMAL, BY_W + r"\frac{\mu - y}{\sigma^2} h", BY_W + r"\frac{\mu - y}{\sigma^3} h"),
        (LAYERS, BY_THIRD + r"(z^3 - y) (a^2)^\top", BY_THIRD + r"(z^3 - y) (a^1)^\top"),
        (LAYERS, BY_SECOND.format("3"), BY_SECOND.format("2")),
    ],
)
def test_powers_and_layers(model: str, right: str, wrong: str) -> None:
    found = words(f"{model}$${right}$$\n\n$${wrong}$$\n")
    assert found[0] in ("proved", "unknown") and found[1] in ("refuted", "unknown")
    if model in (POLYNOMIAL, NORMAL, LAYERS):
        assert found == ["proved", "refuted"]


@pytest.mark.parametrize("cost", ["L", "E"])
def test_a_cubic_is_of_numbers(cost: str) -> None:
    model = f"$y = a x^3 + b x^2 + c x + d$ and ${cost} = \\frac12 (y - t)^2$:\n\n"
    rest = ("(3 a x^2 + 2 b x + c)", "(3 a x^2 + 2 b x)", "c")
    claims = [rf"$$\frac{{d{cost}}}{{dx}} = (y - t) {slope}$$" for slope in rest]
    assert words(model + "\n\n".join(claims)) == ["proved", "refuted", "refuted"]


def test_a_power_beside_numbered_layers_is_not_settled() -> None:
    model = "$z^2 = w^2 x$, $a^2 = \\tanh(z^2)$, $z^3 = w^3 a^2$, $L = \\frac12 (z^3 - y)^2 + u^3 + u$.\n\n"
    assert words(f"{model}$$\\frac{{\\partial L}}{{\\partial u}} = 1$$\n") == ["unknown"]
