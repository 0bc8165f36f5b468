"""Vectors of ones with their length below, and unit vectors spelled the same way, in raw documents.

The right claims are so by elementwise differentiation; each wrong one is a right one with one thing changed.
"""

from __future__ import annotations

import pytest

from .test_raw import verdicts

SUMS = "Let $X \\in \\mathbb{R}^{n \\times m}$ and $y = X \\mathbf{1}_m$, with $L = \\frac12 \\|y\\|^2$.\n\n"
BIAS = (
    "$X \\in \\mathbb{R}^{N \\times d}$ and $W \\in \\mathbb{R}^{d \\times k}$, $b \\in \\mathbb{R}^{k}$.\n\n"
    "$$Z = X W + \\mathbf{1}_N b^T$$\n\n"
    "The loss $L$ is a scalar function of $Z$.\n\n"
)
CLASS = "Let $p = \\mathrm{softmax}(z)$ with $z \\in \\mathbb{R}^K$ and $L = -\\log p_y$, where $y$ is the correct class.\n\n"


@pytest.mark.parametrize(
    ("model", "claim", "verdict"),
    [
        (SUMS, r"\frac{\partial L}{\partial X} = \frac{\partial L}{\partial y} \mathbf{1}_m^T", "proved"),
        (SUMS, r"\frac{\partial L}{\partial X} = 2 \frac{\partial L}{\partial y} \mathbf{1}_m^T", "refuted"),
        (BIAS, r"\frac{\partial L}{\partial b} = \left(\frac{\partial L}{\partial Z}\right)^T \mathbf{1}_N", "proved"),
        (BIAS, r"\frac{\partial L}{\partial b} = \left(\frac{\partial L}{\partial Z}\right)^T Z \mathbf{1}_k", "refuted"),
        (CLASS, r"\frac{\partial L}{\partial z} = p - \mathbf{1}_y", "proved"),
        (CLASS, r"\frac{\partial L}{\partial z} = \mathbf{1}_y - p", "refuted"),
    ],
)
def test_what_stands_below_ones_in_a_document(model: str, claim: str, verdict: str) -> None:
    found = verdicts(f"{model}$$ {claim} $$\n")
    assert found[-1].verdict == verdict, found[-1]
