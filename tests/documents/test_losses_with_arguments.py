"""Losses with arguments: which of them are one quantity, and where nothing tells whether one is a function.

The truth of each row is by hand: with L_t = ½‖o_t − y_t‖² and o_t = V h_t, ∂L_t/∂o_t = o_t − y_t, and so for the total of all steps.
"""

from __future__ import annotations

import pytest

from .test_raw import verdicts

FORWARD = r"$$ h_t = \tanh(W h_{t-1} + U x_t), \qquad o_t = V h_t $$"
HALF = r"\frac12 \|o_t - y_t\|^2"


@pytest.mark.parametrize(
    ("loss", "total", "claim", "verdict"),
    [
        ("L_t(y_t, o_t)", r"J = \sum_{t=1}^T L_t(y_t, o_t)", r"\frac{\partial J}{\partial o_t} = o_t - y_t", "proved"),
        ("L_t(y_t, o_t)", r"J = \sum_{t=1}^T L_t(y_t, o_t)", r"\frac{\partial J}{\partial o_t} = y_t - o_t", "refuted"),
        (
            "L(y_t, o_t)",
            r"E(\theta) = \sum_{t=1}^T L(y_t, o_t)",
            r"\frac{\partial E}{\partial V} = \sum_{t=1}^T (o_t - y_t) h_t^T",
            "proved",
        ),
        (
            "L(y_t, o_t)",
            r"E(\theta) = \sum_{t=1}^T L(y_t, o_t)",
            r"\frac{\partial E}{\partial V} = \sum_{t=1}^T (o_t - y_t) h_{t-1}^T",
            "refuted",
        ),
    ],
)
def test_a_loss_that_is_always_called_alike_is_a_quantity(loss: str, total: str, claim: str, verdict: str) -> None:
    text = f"{FORWARD}\n$$ {loss} = {HALF} $$\n$$ {total} $$\n$$ {claim} $$\n$$ \\frac{{\\partial L_t}}{{\\partial o_t}} = o_t - y_t $$"
    assert [found.verdict for found in verdicts(text) if found.role == "claim"] == [verdict, "proved"]


@pytest.mark.parametrize(
    "claim",
    [r"\frac{\partial J}{\partial o_t} = 2 (2 o_t - y_t)", r"\frac{\partial J}{\partial o_t} = o_t - 2 y_t"],
)
def test_a_loss_with_its_arguments_exchanged_is_not_the_same(claim: str) -> None:
    """With L(a, b) = ½‖a − 2b‖², J = Σ L(o_t, y_t) has the derivative o_t − 2 y_t; nothing is said of it either way."""
    text = rf"""{FORWARD}
$$ L_t = L(y_t, o_t) = \frac12 \|y_t - 2 o_t\|^2 $$
$$ J = \sum_{{t=1}}^T L(o_t, y_t) $$
$$ {claim} $$"""
    assert verdicts(text)[-1].verdict == "unknown"


def test_a_loss_of_two_pairs_is_a_function_that_cannot_stand_alone() -> None:
    """J = ½‖x̂ − x‖² + ½‖z‖² has ∂J/∂x̂ = x̂ − x, which is right and was read with an arbitrary L."""
    text = r"""
$$ z = \tanh(E x), \qquad \hat x = D z $$
$$ L(\hat x, x) = \frac12 \|\hat x - x\|^2 $$
$$ J = L(\hat x, x) + L(z, 0) $$
$$ \frac{\partial J}{\partial \hat x} = \hat x - x $$
$$ \frac{\partial L}{\partial z} = D^T (\hat x - x) $$
"""
    assert verdicts(text)[-2].verdict == "unknown"


def test_powers_of_e_beside_a_vector_e() -> None:
    text = r"""
$$ h_t = \tanh(W h_{t-1} + U x_t) $$
$$ e^{(t)} = V h_t - y_t $$
$$ L = \sum_{t=1}^T e^{-t} \frac12 \|e^{(t)}\|^2 $$
$$ \frac{\partial L}{\partial V} = \sum_{t=1}^T e^{-t} e^{(t)} h_t^T $$
$$ \frac{\partial L}{\partial V} = \sum_{t=1}^T e^{(t)} h_t^T $$
"""
    assert [found.verdict for found in verdicts(text) if found.role == "claim"] == ["proved", "refuted"]


@pytest.mark.parametrize(
    ("between", "verdict"),
    [
        ("Then", "conditional"),
        ("**Nonlinear case.** Here", "conditional"),
        ("### Full case\n\nIn general, with the non-linearity,", "conditional"),
        ("## The network again\n\nSo", "unknown"),
    ],
)
def test_what_rests_on_a_supposition_is_never_proved(between: str, verdict: str) -> None:
    text = rf"""
# RNN

$$ h_t = \tanh(W h_{{t-1}} + U x_t) $$

## Linear networks

Suppose there is no non-linearity: $h_t = W h_{{t-1}} + U x_t$.

{between}

$$ \frac{{\partial h_t}}{{\partial h_{{t-1}}}} = W $$
"""
    found = verdicts(text)[-1].verdict
    assert found == verdict or (verdict == "unknown" and found == "conditional")


def test_an_entry_of_a_step_beside_gates_named_by_the_same_letter() -> None:
    """∂L/∂W_f of an LSTM, each row of which is an entry of the chain rule over all steps."""
    text = r"""
$$ i_t = \sigma(W_i x_t + U_i h_{t-1}), \qquad f_t = \sigma(W_f x_t + U_f h_{t-1}), \qquad c_t = f_t \odot c_{t-1} + i_t \odot x_t $$
$$ h_t = \tanh(c_t), \qquad L = \sum_{t=1}^T \sum_i \frac12 (h_{t,i} - y_{t,i})^2 $$
$$ \frac{\partial L}{\partial W_f} = \sum_{i=1}^T (\frac{\partial L}{\partial c_i} \odot c_{i-1} \odot f_i \odot (1 - f_i)) x_i^T $$
$$ \frac{\partial L}{\partial W_f} = \sum_{i=1}^T (\frac{\partial L}{\partial c_i} \odot c_i \odot f_i \odot (1 - f_i)) x_i^T $$
"""
    assert [found.verdict for found in verdicts(text) if found.role == "claim"] == ["proved", "refuted"]
