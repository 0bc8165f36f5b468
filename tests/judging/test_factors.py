r"""A derivative of an array by an array that the other side shows in part: `\frac{\partial z}{\partial W} = x^T`.

z = W x gives ∂z_i/∂W_jk = [i = j] x_k, h = tanh(z) gives ∂h_i/∂z_j = [i = j] (1 - h_i²), Z = X V gives ∂Z_ij/∂V_kl = [j = l] X_ik (by
hand, and by automatic differentiation at sizes 2, 3 and 4).
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from symbptt.judge import judge
from symbptt.problem import Given, Problem

MODEL = {
    "shapes": {"x": "m", "W": "n×m", "z": "n", "h": "n", "X": "b×m", "V": "m×k", "Z": "b×k", "S": "n×n", "s": "n"},
    "given": tuple(map(Given, ("z = W x", r"h = \tanh(z)", "Z = X V", "s = S z"))),
}


@pytest.mark.parametrize(
    ("claim", "true"),
    [
        (r"\frac{\partial z}{\partial W} = x^T", True),
        (r"\frac{\partial z}{\partial W} = x", True),
        (r"\frac{\partial z}{\partial W} = 2 x^T", False),
        (r"\frac{\partial h}{\partial z} = 1 - h \odot h", True),
        (r"\frac{\partial h}{\partial z} = 1 + h \odot h", False),
        (r"\frac{\partial z}{\partial x} = z", False),
        (r"\frac{\partial h}{\partial W} = x^T", False),
        (r"\frac{\partial Z}{\partial V} = X^T", True),
        (r"\frac{\partial Z}{\partial X} = V^T", True),
        (r"\frac{\partial Z}{\partial X} = Z", False),
        (r"\frac{\partial s}{\partial S} = z^T", False),  # of a square matrix it may be either index
    ],
)
def test_the_entries_that_a_side_shows(claim: str, true: bool) -> None:
    found = judge(replace(Problem(claim, **MODEL), inferred=dict.fromkeys(MODEL["shapes"], True)))
    assert found.verdict == "unknown", found
    assert ("true of the entries that it shows" in found.message) == true, found
