"""What is said of data and parameters that no equation defines, and updates: no claims."""

from __future__ import annotations

import pytest

from tests.documents.test_raw import words

LINEAR = "$z = W x$, $L = \\frac12 \\|z - y\\|^2$, $W^\\top W = I$.\n\n"
SOFTMAX = "$p = \\mathrm{softmax}(z)$, $L = -\\sum_i y_i \\log p_i$, $\\sum_i y_i = 1$.\n\n"


@pytest.mark.parametrize(
    ("text", "verdicts"),
    [
        (LINEAR + r"$$\frac{\partial L}{\partial x} = W^\top (z - y)$$", ["proved"]),
        (SOFTMAX + r"$$\frac{\partial L}{\partial z} = p - y$$", ["conditional"]),
        (SOFTMAX + "Hence $\\sum_i p_i = 1$. We get $\\sum_i p_i = 2$.\n", ["proved", "refuted"]),
        ("$z = W x$, $L = \\frac12 \\|z - y\\|^2$.\n\nThen $W^\\top W = I$.\n", ["refuted"]),
        ("$z = W x$, $g = \\frac{\\partial L}{\\partial W}$.\n\nMomentum: $v = \\beta v - \\eta g$, $W = W + v$.\n", []),
        ("$z = W x$.\n\nAdam: $m = \\beta_1 m + (1 - \\beta_1) g$, $s = \\beta_2 s + (1 - \\beta_2) g^2$.\n", []),
        ("$z = W x$.\n\nWeight decay: $W = (1 - \\eta \\lambda) W - \\eta g$.\n", []),
    ],
)
def test_stated(text: str, verdicts: list[str]) -> None:
    assert words(text) == verdicts


@pytest.mark.parametrize("claim", [r"\frac{\partial L}{\partial x} = x - W^\top y", r"\frac{\partial L}{\partial x} = W^\top z"])
def test_what_may_rest_on_a_stated_property_is_not_refuted_without_it(claim: str) -> None:
    assert words(f"{LINEAR}$${claim}$$") == ["unknown"]
