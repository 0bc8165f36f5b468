"""Networks written for one example x of many, `a^{x,l}` beside `a^l`, and layers that are counted from an input.

Nielsen, Neural Networks and Deep Learning, chapter 2: the algorithm for a mini-batch.
"""

from __future__ import annotations

import pytest

from tests.documents.test_raw import LAYERS, last

EXAMPLES = (
    LAYERS
    + r"""
# Batches
The algorithm computes the gradient for one example, $C = C_x$. For each example $x$ set the input $a^{x,1}$ and do:

- forward: for each $l = 2, 3, \ldots, L$ compute $z^{x,l} = w^l a^{x,l-1} + b^l$ and $a^{x,l} = \sigma(z^{x,l})$.
- output error: find $\nabla_a C_x$ and $\nabla_a C_x \odot \sigma'(z^{x,L})$.
"""
)
FROM_TWO = r"""
For $l = 2, 3, \ldots, L$ compute $z^l = w^l a^{l-1} + b^l$ and $a^l = \sigma(z^l)$. The cost is
$$ C = \frac{1}{2} \sum_j (a^L_j - y_j)^2 $$
and the error
$$ \delta^l = \frac{\partial C}{\partial z^l}. $$
At the end
"""


@pytest.mark.parametrize(
    ("claim", "verdict"),
    [
        (r"\delta^{x,L} = \nabla_a C_x \odot \sigma'(z^{x,L})", "proved"),
        (r"\delta^{x,l} = ((w^{l+1})^T \delta^{x,l+1}) \odot \sigma'(z^{x,l})", "proved"),
        (r"\delta^{x,l} = ((w^{l+1})^T \delta^{x,l+1}) \odot \sigma'(z^{x,l+1})", "unknown"),
        # What has no x is of another network, with which C_x has nothing to do.
        (r"\delta^L = \nabla_a C \odot \sigma'(z^L)", "unknown"),
        (r"\frac{\partial C}{\partial b^l} = 2 \delta^l", "unknown"),
    ],
)
def test_one_example_of_many(claim: str, verdict: str) -> None:
    said = r"\delta^{x,L} = \nabla_a C_x \odot \sigma'(z^{x,L})"
    found = last(f"{EXAMPLES}- errors: ${said}$.\n- backwards: for each $l = L-1, L-2, \\ldots, 2$ compute ${claim}$.\n")
    assert found.verdict == verdict, found.message


@pytest.mark.parametrize(
    ("claim", "verdict"),
    [
        (r"\delta^L = (a^L - y) \odot \sigma'(z^L)", "proved"),
        (r"\delta^L = (y - a^L) \odot \sigma'(z^L)", "refuted"),
    ],
)
def test_a_network_whose_layers_begin_at_two_has_two(claim: str, verdict: str) -> None:
    found = last(f"{FROM_TWO}$$ {claim} $$\n")
    assert found.verdict == verdict, found.message


STEPS = r"""
For every time step $k = 1, \ldots, T$ there is an input $x_k$, and
$$ z_t = W h_{t-1} + U x_t, \qquad h_t = \sigma(z_t), \qquad J_t = \ell(h_t) $$
We write $\gamma_{t,k} = \frac{\partial J_t}{\partial h_k}$ and are asked for it for all $ORDER$.

Then
"""
BACK = r"\gamma_{t,k-1} = W^T (\gamma_{t,k} \odot \sigma'(z_k))"


@pytest.mark.parametrize(
    ("order", "claim", "verdict"),
    [
        (r"k \in \{1, \ldots, t\}", BACK, "conditional"),
        (r"t \in \{k, \ldots, T\}", BACK, "conditional"),
        (r"k \in \{1, \ldots, t\}", BACK.replace("W^T", "W"), "refuted"),
        (r"k \in \{1, \ldots, t\}", r"\frac{\partial J_t}{\partial z_k} = \gamma_{t,k} \odot \sigma'(z_k)", "proved"),
        (r"k \in \{1, \ldots, T\}", BACK, "unknown"),
        (r"k \in \{1, \ldots, t\}$ and $t \in \{1, \ldots, k\}", BACK, "unknown"),
    ],
)
def test_the_order_of_two_steps_in_words(order: str, claim: str, verdict: str) -> None:
    found = last(f"{STEPS.replace('ORDER', order)}$$ {claim} $$\n")
    assert found.verdict == verdict, found.message
