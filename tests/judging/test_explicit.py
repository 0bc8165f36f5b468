"""∂⁺ where some hold the other quantities of the step too: by hand, from the two equations of the gate."""

from __future__ import annotations

import pytest

import symbptt

GATE = {
    "given": (r"z_t = \sigma(U h_{t-1} + x_t)", r"h_t = (1 - z_t) \odot h_{t-1}"),
    "shapes": {"x_t": "n", "h_t": "n", "z_t": "n", "U": "n×n"},
    "ranges": {"t": "1..T"},
}


@pytest.mark.parametrize(
    ("claim", "verdict"),
    [
        (r"\frac{\partial^+ z_t}{\partial h_{t-1}} = \mathrm{diag}(z_t \odot (1 - z_t)) U", "proved"),  # one meaning alone
        (r"\frac{\partial^+ z_t}{\partial h_{t-1}} = \mathrm{diag}(z_t) U", "refuted"),
        (r"\frac{\partial^+ h_t}{\partial h_{t-1}} = \mathrm{diag}(1 - z_t)", "unknown"),  # true along its own equation
        (
            r"\frac{\partial^+ h_t}{\partial h_{t-1}} = \mathrm{diag}(1 - z_t) - \mathrm{diag}(h_{t-1} \odot z_t \odot (1 - z_t)) U",
            "proved",  # true along both
        ),
    ],
)
def test_what_is_true_along_one_equation_is_not_refuted(claim: str, verdict: str) -> None:
    assert symbptt.check({**GATE, "claim": claim}).verdict == verdict
