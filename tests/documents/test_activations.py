r"""What words leave open of σ: it is the logistic function only where nothing else is said."""

from __future__ import annotations

import pytest

from tests.documents.test_letters import judged

MODEL = r"$z = W x$, $a = \sigma(z)$, $L = \frac12\|a - y\|^2$."
LOGISTIC = r"$$\frac{\partial L}{\partial z} = (a - y) \odot a \odot (1 - a)$$"
ANY = r"$$\frac{\partial L}{\partial z} = (a - y) \odot \sigma'(z)$$"
OTHER = r"$$\frac{\partial L}{\partial z} = (a - y) \odot (2 - a)$$"
OPEN = [
    r"Here $\sigma$ is an activation function such as tanh.",
    r"Here $\sigma$ is a nonlinearity such as ReLU.",
    "All units use ReLU activations.",
    "The activation function is the arctangent.",
    r"Here $\sigma$ is the softsign function.",
    r"Here $\sigma$ is linear.",
    r"We use the bipolar sigmoid $\sigma$ with values in $(-1, 1)$.",
    r"We use the logistic function $\sigma$ with slope 2.",
    r"Here $\sigma$ is a hard sigmoid.",
]


@pytest.mark.parametrize("words", OPEN)
def test_words_that_leave_it_open(words: str) -> None:
    assert judged(f"{words} {MODEL}\n\n{LOGISTIC}\n\n{ANY}\n") == ["conditional", "proved"]
    assert judged(f"{words} {MODEL}\n\n{OTHER}\n") == ["unknown"]
    assert judged(f"{MODEL}\n\n{LOGISTIC}\n\n{words}\n") == ["conditional"]


@pytest.mark.parametrize(
    "words",
    [
        "",
        r"Here $\sigma$ is the logistic function.",
        "The sigmoid saturates, unlike ReLU activations.",
        r"The nonlinearity $\sigma$ works on each entry.",
        r"Elsewhere, $g = \tanh(z)$ is another activation, tanh.",
    ],
)
def test_words_that_do_not(words: str) -> None:
    assert judged(f"{words} {MODEL}\n\n{LOGISTIC}\n\n{OTHER}\n") == ["proved", "refuted"]
