r"""Words that change a model without an equation: what rests on the equations before them is not judged.

The right formulas follow by hand from the chain rule for the model that the words of each document mean.
"""

from __future__ import annotations

import pytest

from tests.documents.test_letters import judged

LAYER = r"Let $z = W x + b$, $a = \sigma(z)$ with the logistic function, and $L = \frac12\|a - y\|^2$."
BY_W = r"$$\frac{\partial L}{\partial W} = ((a - y) \odot a \odot (1 - a)) x^\top$$"
RNN = r"Let $h_t = \tanh(W h_{t-1} + U x_t)$, $o_t = V h_t$ and $L = \sum_{t=1}^T \frac12\|o_t - y_t\|^2$."
BY_V = r"$$\frac{\partial L}{\partial V} = \sum_{t=1}^T (o_t - y_t) h_t^\top$$"
SOFTMAX = r"Let $p = \mathrm{softmax}(z)$, $z = W h$ and $L = -\sum_k y_k \ln p_k$ with one-hot $y$."
BY_Z = r"$$\frac{\partial L}{\partial z} = p - y$$"
CHANGES = [
    (LAYER, BY_W, r"We drop the factor one half."),
    (LAYER, BY_W, r"The factor $\frac12$ is omitted."),
    (LAYER, BY_W, r"Here $\|\cdot\|$ is the $L_1$ norm."),
    (LAYER, BY_W, r"Here $y$ depends on $W$, too."),
    (LAYER, BY_W, r"Now suppose that the unit is linear."),
    (LAYER, BY_W, r"We use a linear output unit."),
    (LAYER, BY_W, r"There is no nonlinearity in the last layer."),
    (LAYER, BY_W, r"The loss is multiplied by $\lambda$."),
    (LAYER, BY_W, r"The pre-activations are divided by $\sqrt{d}$."),
    (LAYER, BY_W, r"We also use weight decay, i.e. $\frac\lambda2\|W\|^2$ is added to $L$."),
    (LAYER, BY_W, r"$W$ is the transpose of $U$."),
    (RNN, BY_V, r"The loss ignores padded steps."),
    (RNN, BY_V, r"The next input is the last output."),
    (RNN, BY_V, r"The loss is only counted at $t = T$."),
    (RNN, BY_V, r"The loss of step $t$ is discounted by $\gamma^{T-t}$."),
    (RNN, BY_V, r"Each step has a weight $w_t$ in the loss."),
    (RNN, BY_V, r"A residual connection adds $h_{t-1}$ to $h_t$."),
    (RNN, BY_V, r"The first $k$ steps are a burn-in."),
    (SOFTMAX, BY_Z, r"The softmax has the temperature 2."),
    (SOFTMAX, BY_Z, r"The loss is measured in bits."),
    (SOFTMAX, BY_Z, r"The logits are divided by $\tau$."),
    (SOFTMAX, BY_Z, r"The loss is averaged over the $K$ classes."),
    (SOFTMAX, BY_Z, r"We use the focal loss."),
]


@pytest.mark.parametrize(("model", "claim", "words"), CHANGES)
def test_words_behind_the_equations(model: str, claim: str, words: str) -> None:
    assert judged(f"{model}\n\n{claim}\n") == ["proved"]
    assert judged(f"{model} {words}\n\n{claim}\n") == ["unknown"]
    assert judged(f"{model} {words}\n\n# Another section\n\n{claim}\n") == ["proved"]


@pytest.mark.parametrize(
    ("model", "claim"),
    [
        (
            r"Let $o = W x$. The loss is averaged over the $n$ outputs, $o \in \mathbb{R}^n$: $L = \frac{1}{2n} \|o - y\|^2$.",
            r"\frac1n (o - y)",
        ),
        (r"Let $o = W x$ and $L = \frac\lambda2 \|o - y\|^2$. The loss is multiplied by $\lambda$.", r"\lambda (o - y)"),
        (r"Let $h = \tanh(U x)$ and $o = W h$: the output unit is linear. Let $L = \frac12\|o - y\|^2$.", "o - y"),
        (r"Let $a = x$ and $L = \frac12\|o - y\|^2$. The logits are divided by $s$: $o = \frac{1}{s} a$ with a scalar $s$.", "o - y"),
    ],
)
def test_words_that_equations_show(model: str, claim: str) -> None:
    assert judged(f"{model}\n\n$$\\frac{{\\partial L}}{{\\partial o}} = {claim}$$\n") == ["proved"]


@pytest.mark.parametrize(
    "words",
    ["All logarithms are base 2.", r"Here $\log$ is the logarithm to base 2.", r"$\log$ denotes $\log_{10}$.", "We use binary logarithms."],
)
def test_the_base_of_logarithms(words: str) -> None:
    model = r"Let $p = \sigma(w^\top x)$ and $L = -y \log p - (1-y)\log(1-p)$."
    claim = r"$$\frac{\partial L}{\partial w} = (p - y) x$$"
    assert judged(f"{model}\n\n{claim}\n") == ["proved"]
    assert judged(f"{words}\n\n# A unit\n\n{model}\n\n{claim}\n") == ["unknown"]
    assert judged(f"{model} {words}\n\n{claim}\n") == ["unknown"]
    assert judged(f"{words} Let $o = W x$, $L = \\frac12\\|o - y\\|^2$.\n\n$$\\frac{{\\partial L}}{{\\partial o}} = o - y$$\n") == [
        "proved"
    ]


LINEAR_OUTPUT = [
    r"We use a linear output unit.",
    r"There is no nonlinearity in the last layer.",
    r"The activation of the output layer is the identity.",
    r"The output layer is linear.",
]


@pytest.mark.parametrize("words", LINEAR_OUTPUT)
def test_an_output_without_activation_in_words(words: str) -> None:
    model = r"Let $z^l = W^l a^{l-1} + b^l$, $a^l = \sigma(z^l)$ for $l = 1, \dots, L$."
    loss = r"Let $E = \frac12\|a^L - t\|^2$ and $\delta^l = \partial E/\partial z^l$."
    claim = r"$$\delta^L = (a^L - t) \odot \sigma'(z^L)$$"
    assert judged(f"{model} {loss}\n\n{claim}\n") == ["proved"]
    assert judged(f"{model} {words} {loss}\n\n{claim}\n\n$$\\delta^L = a^L - t$$\n") == ["unknown", "unknown"]


@pytest.mark.parametrize(
    "words",
    [r"The previous state $h_{t-1}$ is treated as a constant.", r"No gradient flows through $h_{t-1}$.", r"Here $h_{t-1}$ is kept fixed."],
)
def test_what_words_hold_constant_before_the_equations(words: str) -> None:
    model = r"$h_t = \tanh(W h_{t-1} + U x_t)$, $L = \ell(h_T)$."
    claim = r"$$\frac{\partial L}{\partial W} = \left((1 - h_T^2) \odot \frac{\partial L}{\partial h_T}\right) h_{T-1}^\top$$"
    assert judged(f"{words} {model}\n\n{claim}\n") == ["unknown"]
    assert judged(f"{model}\n\n{claim}\n") == ["refuted"]


ASIDES = [
    r"Had we used $a = \sigma(z)$, the slope would be different.",
    r"Some books write $a = z$ here, which we do not.",
    r"Exercise: repeat this with $a = \sigma(z)$.",
    r"(In the last lecture we had $a = \sigma(z)$.)",
]


@pytest.mark.parametrize("words", ASIDES)
def test_an_aside_defines_nothing(words: str) -> None:
    model = r"Let $a = \tanh(z)$, $z = w x$, $E = \frac12(a - y)^2$."
    claims = [r"$$\frac{\partial E}{\partial z} = (a - y)(1 - a^2)$$", r"$$\frac{\partial E}{\partial z} = (a - y) a (1 - a)$$"]
    assert judged("\n\n".join([model, *claims])) == ["proved", "refuted"]
    assert judged("\n\n".join([f"{model} {words}", *claims])) in (["proved", "refuted"], ["unknown", "unknown"])


@pytest.mark.parametrize(
    "words",
    ["The skip connection lets the gradient flow.", "Dropout is not used here.", "Instead of writing out all entries, we use matrices."],
)
def test_words_that_change_nothing(words: str) -> None:
    model = r"Let $y = x + W v$, $v = \tanh(U x)$ and $L = \ell(y)$."
    claim = r"$$\frac{\partial L}{\partial W} = \frac{\partial L}{\partial y} v^\top$$"
    assert judged(f"{model} {words}\n\n{claim}\n") == ["proved"]


def test_words_that_an_earlier_sentence_had_as_well() -> None:
    """Behind equations they are said of these, wherever else they stand."""
    assert judged(f"The unit is linear.\n\n{LAYER} The unit is linear.\n\n{BY_W}\n") == ["unknown"]


@pytest.mark.parametrize(
    "words", ["where $*$ denotes the convolution", "a cross-correlation with the kernel $W$", "of a convolutional layer"]
)
def test_a_star_is_no_product_where_words_speak_of_a_convolution(words: str) -> None:
    model = f"The forward pass is $Z = W * X + b$, {words}, and $L$ is the loss."
    assert judged(f"{model}\n\n$$\\frac{{\\partial L}}{{\\partial W}} = \\frac{{\\partial L}}{{\\partial Z}} X^T$$\n") == ["unknown"]
    plain = model.replace("*", "").replace("$$", "it")
    assert judged(f"{plain}\n\n$$\\frac{{\\partial L}}{{\\partial W}} = \\frac{{\\partial L}}{{\\partial Z}} X^T$$\n") == ["proved"]
