r"""Words that pick one of several models by its loss, its output or a case: judged by that one, or not at all.

The gradients are those of logistic regression: p − y for the cross-entropy, (p − y) p (1 − p) for the squared loss.
"""

from __future__ import annotations

import pytest

from tests.documents.test_letters import judged

HEAD = "# Logistic regression\n$p = \\sigma(w^\\top x)$ with $y \\in \\mathbb{R}$.\n\n"
ENTROPY = "## Cross-entropy loss\n$L = -y \\ln p - (1-y)\\ln(1-p)$\n\n"
SQUARED = "## Squared loss\n$L = \\frac12 (p - y)^2$\n\n"
BY_ENTROPY = r"$$\frac{\partial L}{\partial w} = (p - y) x$$" + "\n\n"
BY_SQUARED = r"$$\frac{\partial L}{\partial w} = (p - y) p (1 - p) x$$" + "\n\n"


@pytest.mark.parametrize("models", [ENTROPY + SQUARED, SQUARED + ENTROPY])
@pytest.mark.parametrize("words", ["With the {} loss", "Under the {} loss we have", "For the {} loss it is"])
def test_losses_by_name(models: str, words: str) -> None:
    text = f"{HEAD}{models}## Discussion\n"
    for name, right, wrong in (("squared", BY_SQUARED, BY_ENTROPY), ("cross-entropy", BY_ENTROPY, BY_SQUARED)):
        text += f"{words.format(name)}\n{right}{words.format(name)}\n{wrong}"
    assert judged(text) == ["proved", "refuted", "proved", "refuted"]


DECAY = r"""
## Plain
$z = W x$, $L = \frac12\|z - y\|^2$.

## With weight decay
$z = W x$, $L = \frac12\|z - y\|^2 + \frac\lambda2\|W\|^2$.

## Summary
{} weight decay

$$\frac{{\partial L}}{{\partial W}} = {}$$
"""


@pytest.mark.parametrize(
    ("word", "side", "verdict"),
    [
        ("Without", r"(z - y) x^\top", "unknown"),
        ("Without", r"(z - y) x^\top + \lambda W", "unknown"),
        ("With", r"(z - y) x^\top + \lambda W", "proved"),
        ("With", r"(z - y) x^\top", "refuted"),
    ],
)
def test_with_and_without(word: str, side: str, verdict: str) -> None:
    assert judged(DECAY.format(word, side)) == [verdict]


def test_cases_of_a_list() -> None:
    models = "1. Regression: $o = W x$, $L = \\frac12\\|o - y\\|^2$.\n"
    models += "2. Classification: $o = \\mathrm{softmax}(W x)$, $L = -\\sum_k y_k\\ln o_k$.\n\n"
    claim = r"$$\frac{\partial L}{\partial o} = o - y$$"
    words = ["In the regression case", "In the classification case", "In classification,"]
    assert judged(models + "\n\n".join(f"{one}\n\n{claim}" for one in words)) == ["unknown"] * 3
