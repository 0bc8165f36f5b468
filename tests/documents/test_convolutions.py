"""Convolutions as sums over entries `x_{i+k-1}`, whose axes nobody gives a size.

The right claims agree with central differences in NumPy (`np.correlate`); each wrong one is one with a thing changed.
"""

from __future__ import annotations

import pytest

from symbptt import check

from .test_raw import verdicts

FROM_ONE = r"""
A convolution of the input $x$ with the kernel $w$ is
$$ z_i = \sum_{k=1}^{K} w_k x_{i+k-1} + b $$
with $z \in \mathbb{R}^H$. The loss $L$ is a scalar function of $z$.
"""
FROM_ZERO = FROM_ONE.replace("k=1}^{K}", "k=0}^{K-1}").replace("i+k-1", "i+k")
OPEN = r"""
$$ Z_{i,j} = \sum_m \sum_n W_{m,n} X_{i+m, j+n} + b $$
The loss $L$ is a scalar function of $Z$.
"""
BY_W = r"\frac{\partial L}{\partial w_k} = "
ERROR = r"\frac{\partial L}{\partial z_i}"
ERRORS = r"\frac{\partial L}{\partial Z_{i,j}}"


@pytest.mark.parametrize(
    ("model", "claim", "verdict"),
    [
        (FROM_ONE, rf"{BY_W} \sum_{{i=1}}^{{H}} {ERROR} x_{{i+k-1}}", "proved"),
        (FROM_ONE, rf"{BY_W} \sum_{{i=1}}^{{H}} {ERROR} x_{{i+k}}", "refuted"),
        (FROM_ONE, rf"{BY_W} 2 \sum_{{i=1}}^{{H}} {ERROR} x_{{i+k-1}}", "refuted"),
        (FROM_ONE, rf"\frac{{\partial L}}{{\partial b}} = \sum_{{i=1}}^{{H}} {ERROR}", "proved"),
        (FROM_ONE, r"\frac{\partial L}{\partial x_1} = w_1 \frac{\partial L}{\partial z_1}", "proved"),
        (FROM_ONE, r"\frac{\partial L}{\partial x_1} = w_2 \frac{\partial L}{\partial z_1}", "refuted"),
        (FROM_ONE, r"\frac{\partial L}{\partial x_j} = \sum_{k=1}^{K} w_k \frac{\partial L}{\partial z_{j-k+1}}", "unknown"),
        (FROM_ZERO, rf"{BY_W} \sum_{{i=0}}^{{H-1}} {ERROR} x_{{i+k}}", "proved"),
        (FROM_ZERO, rf"{BY_W} \sum_{{i=0}}^{{H-1}} {ERROR} x_{{i+k+1}}", "refuted"),
        (FROM_ZERO, rf"{BY_W} \sum_{{i=1}}^{{H}} {ERROR} x_{{i+k}}", "unknown"),
        (OPEN, rf"\frac{{\partial L}}{{\partial W_{{m,n}}}} = \sum_i \sum_j {ERRORS} X_{{i+m,j+n}}", "proved"),
        (OPEN, rf"\frac{{\partial L}}{{\partial W_{{m,n}}}} = \sum_i \sum_j {ERRORS} X_{{i,j}}", "unknown"),
        (OPEN, rf"\frac{{\partial L}}{{\partial b}} = \sum_i \sum_j {ERRORS}", "proved"),
    ],
)
def test_an_axis_is_as_long_as_the_largest_index(model: str, claim: str, verdict: str) -> None:
    found = verdicts(f"{model}$$ {claim} $$\n")
    assert found[-1].verdict == verdict, found[-1]


@pytest.mark.parametrize(
    ("claim", "verdict"),
    [
        (r"y_i = \sum_{k=0}^{K-1} w_k x_{i+k}", "proved"),
        (r"\frac{\partial y_i}{\partial w_k} = x_{i+k}", "proved"),
        (r"\frac{\partial y_i}{\partial w_k} = x_{i+k+1}", "refuted"),
        (r"\sum_{i=0}^{H-1} \frac{\partial y_i}{\partial w_k} = \sum_{i=0}^{H-1} x_{i+k}", "proved"),
        (r"\sum_{i=1}^{H} \frac{\partial y_i}{\partial w_k} = \sum_{i=1}^{H} x_{i+k}", "unknown"),
    ],
)
def test_letters_from_zero_in_one_index(claim: str, verdict: str) -> None:
    model = {"given": [r"y_i = \sum_{k=0}^{K-1} w_k x_{i+k}"], "shapes": {"y": "H", "w": "K", "x": "H+K-1"}}
    found = check({**model, "claim": claim})
    assert found.verdict == verdict, found
