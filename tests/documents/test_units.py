"""Names that a letter tells apart: units j of a hidden layer and units k of the outputs."""

from __future__ import annotations

import pytest

from tests.documents.test_raw import words

FEEDFORWARD = (
    "Let $a_j = \\sum_i v_{ji} x_i$, $z_j = \\tanh(a_j)$, $a_k = \\sum_j w_{kj} z_j$, $y_k = \\sigma(a_k)$ "
    "and $E = \\frac12 \\sum_k (y_k - t_k)^2$.\n\n"
)
RECURRENT = (
    "Let $s_j(t) = f(net_j(t))$, $net_j(t) = \\sum_i v_{ji} x_i(t) + \\sum_h u_{jh} s_h(t-1)$, $y_k(t) = g(net_k(t))$, "
    "$net_k(t) = \\sum_j w_{kj} s_j(t)$. The error is $C = \\frac12 \\sum_t \\sum_k (d_k(t) - y_k(t))^2$.\n\n"
)
ONE = "Let $z_j = \\sum_i W_{ji} x_i$, $h_i = \\tanh(z_i)$ and $L = \\frac12 \\sum_i (h_i - y_i)^2$.\n\n"


@pytest.mark.parametrize(
    ("model", "claim", "verdict"),
    [
        (FEEDFORWARD, r"\frac{\partial E}{\partial w_{kj}} = (y_k - t_k) y_k (1 - y_k) z_j", "unknown"),
        (FEEDFORWARD, r"\frac{\partial E}{\partial a_j} = \sum_k w_{kj} (y_k - t_k) y_k (1 - y_k)", "unknown"),
        (RECURRENT, r"\frac{\partial C}{\partial w_{kj}} = \sum_t (y_k(t) - d_k(t)) g'(net_k(t)) s_j(t)", "unknown"),
        (RECURRENT, r"\frac{\partial C}{\partial w_{kj}} = \sum_t (y_k(t) - d_k(t)) s_j(t)", "unknown"),
        (ONE, r"\frac{\partial L}{\partial W_{ji}} = (h_j - y_j) (1 - h_j^2) x_i", "proved"),
        (ONE, r"\frac{\partial L}{\partial W_{ji}} = (h_j - y_j) (1 - h_j) x_i", "refuted"),
    ],
)
def test_units(model: str, claim: str, verdict: str) -> None:
    assert words(f"{model}$${claim}$$\n") == [verdict]


def test_what_is_defined_by_itself_is_still_circular() -> None:
    assert "refuted" in words("Let $h = \\tanh(W h + U x)$ and $L = \\frac12 \\|h - y\\|^2$.\n")
