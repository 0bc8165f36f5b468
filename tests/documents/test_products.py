"""How far a product over steps reaches, and in which order it is taken: the Jacobians of an Elman network."""

from __future__ import annotations

import pytest

from tests.documents.test_raw import words

MODEL = "$h_t = \\tanh(W h_{t-1} + U x_t)$, $y = V h_T$, $L = \\frac12 \\|y - d\\|^2$.\n\n"
UNNAMED = "The state is $s_t = f(W s_{t-1} + U x_t)$. The activation function is tanh.\n\n"
BY_STATE = r"\frac{\partial L}{\partial h_t} = "
STEPS = r"\prod_{k=t+1}^T "


@pytest.mark.parametrize(
    ("claim", "verdict"),
    [
        (BY_STATE + STEPS + r"\left( W^\top \mathrm{diag}(1 - h_k^2) \right) V^\top (y - d)", "proved"),
        (BY_STATE + STEPS + r"\left[ W^\top \mathrm{diag}(1 - h_k^2) \right] V^\top (y - d)", "proved"),
        (BY_STATE + STEPS + r"W^\top \mathrm{diag}(1 - h_k^2) V^\top (y - d)", "conditional"),
        (BY_STATE + STEPS + r"\left( W \mathrm{diag}(1 - h_k^2) \right) V^\top (y - d)", "refuted"),
        (BY_STATE + STEPS + r"\left( W^\top \mathrm{diag}(1 - h_k) \right) V^\top (y - d)", "refuted"),
        (r"\frac{\partial h_T}{\partial h_t} = " + STEPS + r"\mathrm{diag}(1 - h_k^2) W", "conditional"),
        (r"\frac{\partial h_T}{\partial h_t} = " + STEPS + r"\left( \mathrm{diag}(1 - h_k^2) \right) W", "conditional"),
        (r"\frac{\partial h_T}{\partial h_t} = \prod_{k=t}^T \mathrm{diag}(1 - h_k^2) W", "refuted"),
    ],
)
def test_reach(claim: str, verdict: str) -> None:
    assert words(f"{MODEL}$${claim}$$\n") == [verdict]


def test_a_named_activation_and_the_order_of_a_product_together() -> None:
    jacobian = r"\frac{\partial s_t}{\partial s_k} = \prod_{i=k+1}^t "
    claims = [jacobian + factor for factor in (r"\mathrm{diag}(1 - s_i^2) W", r"\mathrm{diag}(s_i^2) W")]
    assert words(UNNAMED + "\n\n".join(f"$${claim}$$" for claim in claims)) == ["conditional", "refuted"]
