"""A page on several layers: what each section says holds there, and a loss that nobody defines is one of the outputs of each.

The right claims are the chain rule at an element-wise function and the backward pass of an LSTM cell; each wrong one is a right one with
one thing changed.
"""

from __future__ import annotations

import pytest

from .test_raw import verdicts

DENSE = r"""
## Dense layer

Let $x \in \mathbb{R}^n$ be the input, $y \in \mathbb{R}^m$ the output, $W \in \mathbb{R}^{m \times n}$ and $b \in \mathbb{R}^m$.

$$ z = W x + b, \qquad y = \tanh(z) $$

$$ CLAIM $$

"""
GATE = r"""
## Memory cell

$$ c_t = f_t \odot c_{t-1} + i_t \odot g_t, \qquad h_t = o_t \odot \tanh(c_t) $$

$$ CLAIM $$

"""
SCALES = r"""
## Scales

Let $x \in \mathbb{R}^n$ and $y \in \mathbb{R}^n$.

$$ y = \gamma \odot x $$

$$ CLAIM $$
"""


@pytest.mark.parametrize(
    ("dense", "cell", "scales", "wanted"),
    [
        (
            r"\frac{\partial L}{\partial z} = \frac{\partial L}{\partial y} \odot (1 - y \odot y)",
            r"\frac{\partial L}{\partial o_t} = \frac{\partial L}{\partial h_t} \odot \tanh(c_t)",
            r"\frac{\partial L}{\partial \gamma} = \frac{\partial L}{\partial y} \odot x",
            ["proved", "proved", "proved"],
        ),
        (
            r"\frac{\partial L}{\partial z} = \frac{\partial L}{\partial y} \odot (1 + y \odot y)",
            r"\frac{\partial L}{\partial o_t} = \frac{\partial L}{\partial h_t} \odot c_t",
            r"\frac{\partial L}{\partial \gamma} = \frac{\partial L}{\partial y} \odot y",
            ["refuted", "refuted", "refuted"],
        ),
    ],
)
def test_each_section_has_its_layer(dense: str, cell: str, scales: str, wanted: list[str]) -> None:
    text = DENSE.replace("CLAIM", dense) + GATE.replace("CLAIM", cell) + SCALES.replace("CLAIM", scales)
    assert [found.verdict for found in verdicts(text) if found.verdict] == wanted


def test_outputs_that_share_what_they_are_computed_from_have_no_cost_of_their_own() -> None:
    """Of two heads on one body the derivative by the body is a sum, whatever the loss is."""
    text = "$h = \\tanh(W x)$, $y = U h$, $z = V h$, and $L$ is the loss.\n\n"
    claim = "$$ \\frac{\\partial L}{\\partial h} = U^T \\frac{\\partial L}{\\partial y} $$\n"
    assert verdicts(text + claim)[-1].verdict == "unknown"


@pytest.mark.parametrize("claim", [r"X W = Z", r"\frac{\partial L}{\partial W} = X^T \frac{\partial L}{\partial Z}"])
def test_a_correlation_is_no_matrix_product(claim: str) -> None:
    text = f"$Z = X \\star W$, where $L$ is the loss.\n\n$$ {claim} $$\n"
    assert verdicts(text)[-1].verdict == "unknown"


LAYERS = r"""
For $m = 1, \dots, L$ let $z^m = W^m a^{m-1} + b^m$ and $a^m = \sigma^m(z^m)$, where $\sigma^m$ acts entry by entry.

Of the outputs this says

$$ a^L = \sigma^L(W^L a^{L-1} + b^L) $$

and the cost is $C$.

"""


@pytest.mark.parametrize(
    ("claim", "verdict"),
    [
        (r"\frac{\partial C}{\partial b^m} = \frac{\partial C}{\partial z^m}", "proved"),
        (r"\frac{\partial C}{\partial z^L} = \frac{\partial C}{\partial a^L} \odot {\sigma^L}'(z^L)", "proved"),
        (r"\frac{\partial C}{\partial W^m} = \frac{\partial C}{\partial z^m} a^{m-1\top}", "proved"),
        (r"\frac{\partial C}{\partial W^m} = 2 \frac{\partial C}{\partial z^m} a^{m-1\top}", "refuted"),
        (r"\frac{\partial C}{\partial a^m} = (W^{m+1})^T \frac{\partial C}{\partial z^{m+1}}", "proved"),
    ],
)
def test_the_last_layer_said_again_is_one_of_all(claim: str, verdict: str) -> None:
    found = verdicts(f"{LAYERS}$$ {claim} $$\n")[-1]
    assert found.verdict == verdict, found


@pytest.mark.parametrize(("said", "verdict"), [("W_2 \\tanh(z_1) + b_2", "proved"), ("W_2 \\tanh(z_1) - b_2", "unknown")])
def test_an_equation_said_again_under_another_heading(said: str, verdict: str) -> None:
    """The same without the name in between changes nothing; what differs keeps claims before it from being judged."""
    text = (
        "# The network\n\n$$z_1 = W_1 x + b_1, \\quad a_1 = \\tanh(z_1), \\quad z_2 = W_2 a_1 + b_2$$\n\n"
        "with $L = \\tfrac12 \\|z_2 - y\\|^2$.\n\n"
        "# The gradients\n\n$$\\frac{\\partial L}{\\partial W_2} = (z_2 - y) a_1^\\top$$\n\n"
        "For this, write $z_2 = SAID$ and differentiate.\n"
    )
    assert [found.verdict for found in verdicts(text.replace("SAID", said)) if found.verdict] == [verdict]
