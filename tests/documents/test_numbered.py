r"""An error defined for any layer, δ^{(ℓ)} = ∂L/∂z^{(ℓ)}, where the layers are written out with numbers.

The right claims are the backward pass of two layers with a squared error (elementwise differentiation by hand); each wrong one is a right
one with one thing changed.
"""

from __future__ import annotations

import pytest

from .test_raw import verdicts

NET = r"""
$$z^{(1)} = W^{(1)} x + b^{(1)}, \quad a^{(1)} = \tanh(z^{(1)}), \quad z^{(2)} = W^{(2)} a^{(1)} + b^{(2)}$$

with $L = \tfrac12 \|z^{(2)} - y\|^2$. Define $\delta^{(\ell)} = \frac{\partial L}{\partial z^{(\ell)}}$.

"""
CLAIMS = [
    (r"\delta^{(2)} = z^{(2)} - y", "proved"),
    (r"\delta^{(2)} = y - z^{(2)}", "refuted"),
    (r"\delta^{(1)} = (W^{(2)T} \delta^{(2)}) \odot (1 - a^{(1)} \odot a^{(1)})", "proved"),
    (r"\delta^{(1)} = (W^{(2)T} \delta^{(2)}) \odot (1 + a^{(1)} \odot a^{(1)})", "refuted"),
    (r"\frac{\partial L}{\partial W^{(1)}} = \delta^{(1)} x^T", "proved"),
    (r"\frac{\partial L}{\partial b^{(1)}} = 2 \delta^{(1)}", "refuted"),
]


@pytest.mark.parametrize(("claim", "verdict"), CLAIMS)
@pytest.mark.parametrize("letter", [r"\ell", "l", "k"])
def test_an_error_of_any_layer(letter: str, claim: str, verdict: str) -> None:
    found = verdicts(f"{NET}$$ {claim} $$\n".replace(r"\ell", letter))
    assert found[-1].verdict == verdict, found[-1]


@pytest.mark.parametrize(("claim", "verdict"), CLAIMS)
def test_numbers_below(claim: str, verdict: str) -> None:
    text = f"{NET}$$ {claim} $$\n".replace(r"^{(\ell)}", "_l")
    for number in "12":
        text = text.replace(f"^{{({number})T}}", f"_{number}^T").replace(f"^{{({number})}}", f"_{number}")
    found = verdicts(text)
    assert found[-1].verdict == verdict, found[-1]


def test_a_letter_that_runs_is_no_number() -> None:
    """Of z^l = W^l a^{l-1} + b^l the error is one family."""
    text = "$$z^l = W^l a^{l-1} + b^l, \\quad a^l = \\tanh(z^l)$$\n\n$C = \\frac12 \\|a^L - y\\|^2$ and "
    text += "$\\delta^l = \\frac{\\partial C}{\\partial z^l}$.\n\n$$\\delta^2 = (W^3)^T \\delta^3 \\odot (1 - a^2 \\odot a^2)$$\n"
    assert verdicts(text)[-1].verdict in ("proved", "verified", "unknown")
