"""What acts only from many steps on, or for large sizes, is not shown by trying few; sizes are numbers; a number has no transpose."""

from __future__ import annotations

from typing import Any

import pytest

from symbptt import check

NET: dict[str, Any] = {
    "given": [
        "a_t = W h_{t-1} + U x_t",
        "h_t = \\tanh(a_t)",
        "y_t = V h_t + c",
        "L_t = \\frac{1}{2} \\sum_k (y_{t,k} - d_{t,k})^2",
        "L = \\sum_{t=1}^{T} L_t",
    ],
    "shapes": {
        "h_t": "n",
        "x_t": "m",
        "y_t": "q",
        "d_t": "q",
        "W": "n×n",
        "U": "n×m",
        "V": "q×n",
        "c": "q",
        "L_t": "scalar",
        "L": "scalar",
    },
    "ranges": {"t": "1..T"},
}
BATCH: dict[str, Any] = {
    "given": ["Z = X W + \\mathbf{1} c^T", "s = \\frac{1}{N} Z^T \\mathbf{1}", "L = \\ell(s)"],
    "shapes": {"X": "N×d", "W": "d×k", "c": "k", "Z": "N×k", "s": "k", "L": "scalar", "N": "scalar", "\\mathbf{1}": "N"},
    "functions": {"\\ell": "scalar"},
}


@pytest.mark.parametrize(
    ("model", "claim", "verdicts"),
    [
        (NET, "\\frac{\\partial L}{\\partial c} = \\sum_{t=1}^{T} (y_t - d_t)", {"proved"}),
        # wrong from T = 6, 8 and 9 on
        (NET, "\\frac{\\partial L}{\\partial c} = \\sum_{t=1}^{T} [t \\ne 6] (y_t - d_t)", {"refuted"}),
        (NET, "\\frac{\\partial L}{\\partial c} = \\sum_{t=1}^{T} (y_t - d_t) + \\sum_{t=7}^{T-1} (y_t - d_t)", {"refuted"}),
        (NET, "\\frac{\\partial L}{\\partial c} = \\sum_{t=1}^{T} (y_t - d_t) + \\sum_{t=9}^{T} (y_t - d_t)", {"unknown"}),
        (NET, "\\frac{\\partial L}{\\partial c} = \\sum_{t=1}^{T} [t < 9] (y_t - d_t)", {"unknown"}),
        # wrong for q ≥ 9 and n ≥ 9
        (NET, "\\frac{\\partial L}{\\partial c_i} = \\sum_{t=1}^{T} (y_{t,i} - d_{t,i}) [i < 9]", {"unknown"}),
        (
            NET,
            "\\frac{\\partial L}{\\partial V_{ij}} = \\sum_{t=1}^{T} (y_{t,i}-d_{t,i}) h_{t,j} + \\sum_{k=9}^{n} h_{T,k}",
            {"unknown"},
        ),
        # N is the number of rows, though it is said to be a scalar
        (BATCH, "\\frac{\\partial L}{\\partial c} = \\frac{\\partial L}{\\partial s}", {"proved", "verified"}),
        (BATCH, "\\frac{\\partial L}{\\partial c} = N \\frac{\\partial L}{\\partial s}", {"refuted"}),
        # the number 1 transposed is a row of ones
        (NET, "\\frac{\\partial L}{\\partial y_t} = (1^T y_t) (y_t - d_t)", {"refuted"}),
    ],
)
def test_bounds_that_few_steps_do_not_reach(model: dict[str, Any], claim: str, verdicts: set[str]) -> None:
    notation = {"layout": "gradient", "transpose": ["T"], "subscript": ["step", "component"]}
    found = check({**model, "notation": notation, "claim": claim})
    assert found.verdict in verdicts, found.message
