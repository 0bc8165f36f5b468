"""Functions that a document applies without saying what they are, and names that say only what they depend on.

LayerNorm, BN and a softmax over an index are functions of all entries, so that the chain rule entry by entry is false of them; the
derivative of swish and that of a cross-entropy by the logits are right as they stand (checked by finite differences at sizes 2 and 3).
"""

from __future__ import annotations

import pytest

from .test_raw import verdicts

ENTRY = r"\frac{\partial L}{\partial x_i} = \frac{\partial L}{\partial h_i} \frac{\partial h_i}{\partial x_i}"


@pytest.mark.parametrize(
    "function",
    [r"\mathrm{LayerNorm}", r"\mathrm{BN}", r"\mathrm{softmax}_j", r"\mathrm{sparsemax}", r"\operatorname{normalize}", r"\mathrm{RMSNorm}"],
)
def test_a_word_is_no_function_entry_by_entry(function: str) -> None:
    found = verdicts(f"$$h = {function}(x), \\quad y = W h$$\n\n$${ENTRY}$$\n")[-1]
    assert found.verdict == "unknown", found


@pytest.mark.parametrize("function", ["f", r"\phi", r"\mathrm{act}", r"\mathrm{GELU}", r"\mathrm{ReLU}"])
def test_a_letter_and_an_activation_are(function: str) -> None:
    found = verdicts(f"$$h = {function}(x), \\quad y = W h$$\n\n$${ENTRY}$$\n")[-1]
    assert found.verdict == "proved", found


@pytest.mark.parametrize(
    "loss",
    [
        r"the cross entropy $J = CE(y, \hat{y})$",
        r"the cross-entropy $J = \ell(y, \hat{y})$",
        r"$J = \mathrm{NLL}(\hat{y}, y)$",
        r"$J = \mathrm{CrossEntropyLoss}(\hat{y}, y)$",
    ],
)
def test_what_is_true_of_a_named_loss_is_not_refuted(loss: str) -> None:
    text = f"The loss is {loss} with $\\hat{{y}} = \\mathrm{{softmax}}(z)$, $y$ one-hot.\n\n"
    assert verdicts(text + "$$\\frac{\\partial J}{\\partial z} = \\hat{y} - y$$\n")[-1].verdict == "unknown"


def test_what_is_false_of_every_loss_is() -> None:
    text = "The loss is the cross entropy $J = CE(y, \\hat{y})$ with $\\hat{y} = \\tanh(z)$.\n\n"
    claim = "$$\\frac{\\partial J}{\\partial z} = \\frac{\\partial J}{\\partial \\hat{y}} \\odot (1 + \\hat{y}^2)$$\n"
    assert verdicts(text + claim)[-1].verdict == "refuted"


def test_the_slope_of_a_named_activation_is_not_refuted() -> None:
    claim = r"$$\frac{\partial o_i}{\partial h_i} = \sigma(h_i) + h_i \sigma(h_i)(1 - \sigma(h_i))$$"
    assert verdicts(f"$$o = \\mathrm{{swish}}(h)$$\n\n{claim}\n")[-1].verdict == "unknown"


def test_what_a_name_depends_on_defines_nothing() -> None:
    found = verdicts(
        "If $z = W u$ where $u = u(x)$ and $L = L(z)$.\n\n$$\\frac{\\partial L}{\\partial u} = W^T \\frac{\\partial L}{\\partial z}$$\n"
    )
    assert [item.verdict for item in found if item.verdict] == ["proved"]


def test_a_misprinted_name_refutes_nothing() -> None:
    text = "For $m = 1, \\dots, L$: $z^m = W^m a^{m-1} + b^m$ and $a^m = \\sigma^m(h^m) = \\sigma^m(W^m a^{m-1} + b^m)$.\n"
    assert verdicts(text)[-1].verdict == "unknown"
