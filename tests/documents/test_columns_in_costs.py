"""`-y \\log p` of two columns: in the definition of a cost the sum over the classes, where more of the document fits then.

∂L/∂p = -y/p entry by entry, and ∂L/∂z = p Σy - y for p = softmax(z), which is p - y for targets that add up to one.
"""

from __future__ import annotations

import pytest

from tests.documents.test_raw import last

CLASSES = r"""
$$ p = \mathrm{softmax}(W x + b) $$
$$ L = -y \log p $$

where $y - p$ is the error. Then
"""
STEPS = r"""
$$ h_t = \tanh(A h_{t-1} + B x_t) $$
$$ z_t = D h_t $$
$$ p_t = \mathrm{softmax}(z_t) $$
$$ L_t = -y_t \log p_t $$
$$ L = \sum_{t=1}^{T} L_t $$

Then
"""
BINARY = r"""
$$ p = \sigma(w^T x + b) $$
$$ L = -y \log p - (1 - y) \log(1 - p) $$

Then
"""


@pytest.mark.parametrize(
    ("document", "claim", "verdict"),
    [
        (CLASSES, r"\frac{\partial L}{\partial p} = -\frac{y}{p}", "proved"),
        (CLASSES, r"\frac{\partial L}{\partial p} = \frac{y}{p}", "refuted"),
        (CLASSES, r"\frac{\partial L}{\partial b} = p - y", "conditional"),
        (CLASSES, r"\frac{\partial L}{\partial b} = y - p", "refuted"),
        (CLASSES, r"\frac{\partial L}{\partial W} = (p - y) x^T", "conditional"),
        (CLASSES, r"\frac{\partial L}{\partial W} = x (p - y)^T", "unknown"),  # the shapes are inferred
        (STEPS, r"\frac{\partial L}{\partial z_t} = p_t - y_t", "conditional"),
        (STEPS, r"\frac{\partial L}{\partial D} = \sum_{t=1}^{T} (p_t - y_t) h_t^T", "conditional"),
        (STEPS, r"\frac{\partial L}{\partial D} = \sum_{t=1}^{T} (y_t - p_t) h_t^T", "refuted"),
        (BINARY, r"\frac{\partial L}{\partial b} = p - y", "proved"),
        (BINARY, r"\frac{\partial L}{\partial w} = (p - y) x", "proved"),
        (BINARY, r"\frac{\partial L}{\partial w} = (y - p) x", "refuted"),
    ],
)
def test_a_product_in_a_cost_may_be_of_two_columns(document: str, claim: str, verdict: str) -> None:
    assert last(f"{document}$$ {claim} $$").verdict == verdict
