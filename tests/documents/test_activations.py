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
    r"LSTMs usually use the logistic function, but we write $\sigma$ for tanh.",
    r"Unlike the logistic function, $\sigma$ may be anything here.",
    r"Here $\sigma$ can be chosen as tanh, ReLU or the logistic sigmoid.",
    r"Here $\sigma$ is the logistic function scaled by two.",
]


@pytest.mark.parametrize("words", OPEN)
def test_words_that_leave_it_open(words: str) -> None:
    assert judged(f"{words} {MODEL}\n\n{LOGISTIC}\n\n{ANY}\n") == ["unknown", "proved"]
    assert judged(f"{words} {MODEL}\n\n{OTHER}\n") == ["unknown"]
    assert judged(f"{MODEL}\n\n{LOGISTIC}\n\n{words}\n") == ["unknown"]


@pytest.mark.parametrize(
    "words",
    [
        "",
        r"Here $\sigma$ is the logistic function.",
        "The sigmoid saturates. Some prefer ReLU activations.",
        r"The nonlinearity $\sigma$ works on each entry.",
        r"Elsewhere, $g = \tanh(z)$ is another activation, tanh.",
    ],
)
def test_words_that_do_not(words: str) -> None:
    assert judged(f"{words} {MODEL}\n\n{LOGISTIC}\n\n{OTHER}\n") == ["proved", "refuted"]


def test_a_function_that_words_may_name_is_not_guessed() -> None:
    model = r"$z = W x$, $h = f(z)$, $L = \frac12\|h - y\|^2$."
    claim = r"$$\frac{\partial L}{\partial z} = (h - y) \odot (1 - h^2)$$"
    assert judged(f"{model}\n\n{claim}\n") == ["conditional"]
    assert judged(f"The layer uses the ReLU as its activation $f$: {model}\n\n{claim}\n") == ["unknown"]
    assert judged(f"Here $f$ is an arbitrary differentiable function. {model}\n\n{claim}\n")[0] in ("conditional", "refuted")


TARGETS = r"Let $p = \mathrm{softmax}(z)$ and $L = -\sum_k y_k \ln p_k$. "
BY_LOGITS = r"$$\frac{\partial L}{\partial z} = p - y$$"
SUMMED = r"$$\frac{\partial L}{\partial z} = p \sum_k y_k - y$$"


@pytest.mark.parametrize(
    "words",
    [r"The targets need not sum to one.", r"The vector $y$ is multi-hot.", r"The targets are not normalised.", r"Here $\sum_k y_k = 2$."],
)
def test_targets_that_words_say_add_up_to_something_else(words: str) -> None:
    assert judged(f"{TARGETS}\n\n{BY_LOGITS}\n") == ["conditional"]
    first, second = judged(f"{TARGETS}{words}\n\n{BY_LOGITS}\n\n{SUMMED}\n")
    assert first in ("unknown", "refuted") and second == "proved"
