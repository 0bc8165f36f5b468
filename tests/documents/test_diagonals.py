"""Matrices that words call diagonal, and costs written without the layer of their output.

The claims are Nielsen's (Neural Networks and Deep Learning, chapter 2, equations 30, 33 to 35) and their twins with one thing changed.
"""

from __future__ import annotations

import pytest

from tests.documents.test_raw import LAYERS, last, verdicts

OTHERS = ", and whose off-diagonal entries are zero"
SQUARE = r"is a square matrix whose diagonal entries are the values $\sigma'(z^L_j)$"
COST = r"""
The error is
$$ \delta^L = \frac{\partial C}{\partial a^L} \odot \sigma'(z^L). $$
If the cost is quadratic, $C = \frac{1}{2} \sum_j (y_j - a_j)^2$, it becomes
"""


@pytest.mark.parametrize(
    ("words", "claim", "verdict"),
    [
        (SQUARE + OTHERS, r"\delta^L = \Sigma'(z^L) \nabla_a C", "proved"),
        (SQUARE + OTHERS, r"\delta^l = \Sigma'(z^l) (w^{l+1})^T \delta^{l+1}", "proved"),
        (SQUARE + OTHERS, r"\delta^l = (w^{l+1})^T \Sigma'(z^l) \delta^{l+1}", "refuted"),
        (SQUARE + OTHERS, r"\delta^l = \Sigma'(z^{l+1}) (w^{l+1})^T \delta^{l+1}", "refuted"),
        (r"is a diagonal matrix with $\sigma'(z^L)$ on its diagonal", r"\delta^L = \Sigma'(z^L) \nabla_a C", "proved"),
        (r"是一个方阵，其对角线的元素是 $\sigma'(z_j^L)$，其他的元素均是 $0$", r"\delta^L = \Sigma'(z^L) \nabla_a C", "proved"),
        # Without a word on the other entries, or with another one, nothing is known.
        (SQUARE, r"\delta^L = \Sigma'(z^L) \nabla_a C", "unknown"),
        (SQUARE + " and whose other entries are one", r"\delta^L = \Sigma'(z^L) \nabla_a C", "unknown"),
        (r"is a matrix with the entries $\sigma'(z^L_j)$", r"\delta^L = \Sigma'(z^L) \nabla_a C", "unknown"),
    ],
)
def test_diagonal_in_words(words: str, claim: str, verdict: str) -> None:
    found = [v for v in verdicts(f"{LAYERS}\nWe may write\n$$ {claim} $$\nwhere $\\Sigma'(z^L)$ {words}.\n") if v.role == "claim"]
    assert [v.verdict for v in found] == [verdict], found[0].message


def test_diagonal_of_a_step() -> None:
    text = r"""
    $$ a_t = W h_{t-1} + U x_t, \qquad h_t = f(a_t), \qquad L = \sum_{t=1}^T \ell(h_t), \qquad \delta_t = \frac{\partial L}{\partial h_t} $$

    The gradient is
    $$ \frac{\partial L}{\partial a_t} = D_t \delta_t $$
    where $D_t$ is the diagonal matrix with $f'(a_t)$ on its diagonal, and
    $$ \delta_{t-1} = W^T \delta_t + \frac{\partial \ell(h_{t-1})}{\partial h_{t-1}} $$
    """
    found = [v for v in verdicts(text.replace("\n    ", "\n")) if v.role == "claim"]
    assert [v.verdict for v in found] == ["proved", "refuted"], [v.message for v in found]


@pytest.mark.parametrize(
    ("claim", "verdict"),
    [
        (r"\delta^l = D^l (w^{l+1})^T \delta^{l+1}", "proved"),
        (r"\delta^l = (D^l w^{l+1})^T \delta^{l+1}", "refuted"),
        (r"\delta^l = D^l (w^{l+1}) \delta^{l+1}", "refuted"),
    ],
)
def test_a_diagonal_matrix_before_a_bracket(claim: str, verdict: str) -> None:
    found = last(f"{LAYERS}\nHere $D^l$ is a diagonal matrix with $\\sigma'(z^l)$ on its diagonal.\n$$ {claim} $$\n")
    assert found.verdict == verdict, found.message


@pytest.mark.parametrize(
    ("claim", "verdict"),
    [
        (r"\partial C/\partial a_j^L = (a_j - y_j)", "conditional"),
        (r"\delta^L = (a^L - y) \odot \sigma'(z^L)", "conditional"),
        # What is false may be true of what the author means by a.
        (r"\partial C/\partial a_j^L = (y_j - a_j)", "unknown"),
        # A general claim is judged for every cost.
        (r"\delta^l = ((w^{l+1})^T \delta^{l+1}) \odot \sigma'(z^l)", "proved"),
    ],
)
def test_costs_without_the_layer_of_the_output(claim: str, verdict: str) -> None:
    found = last(f"{LAYERS}{COST}\n$$ {claim} $$\n")
    assert found.verdict == verdict, found.message
    if verdict == "conditional":
        assert found.assumptions == ("reading: `a` is `a^{L}`",)
