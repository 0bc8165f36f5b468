"""The usual spellings of activations: each is the function itself, never one that could be any."""

from __future__ import annotations

import pytest

from .test_raw import verdicts

SLOPES = {
    r"h \odot (1 - h)": (
        *("sigm", "sigmoid", "logistic", "expit", r"\mathrm{sigm}", r"\text{sigm}", r"\operatorname{sigm}", r"\mathrm{sig}", r"\text{sig}"),
        *(r"\operatorname{sig}", r"\mathrm{logistic}", r"\text{Logistic}", r"\mathrm{Sigmoid}", r"\text{Sigm}", r"\mathrm{expit}"),
    ),
    "(1 - h^2)": ("tanh", "Tanh", r"\text{tanh}", r"\mathrm{Tanh}", r"\text{TanH}", r"\operatorname{TANH}"),
    r"\mathbb{1}[z > 0]": ("ReLU", r"\mathrm{ReLU}", r"\text{relu}", r"\operatorname{Relu}", r"\mathrm{RELU}"),
}
MODEL = r"$$ z = W x, \quad h = {}(z), \quad L = \|h - y\|^2 $$" + "\n\n"
SOFTMAX = r"$$ z = W x, \quad p = {}(z), \quad L = -\sum_k y_k \log p_k $$ where y is one-hot." + "\n\n"


@pytest.mark.parametrize(("slope", "name"), [(slope, name) for slope, names in SLOPES.items() for name in names])
def test_the_slope_of_an_activation(slope: str, name: str) -> None:
    text = MODEL.replace("{}", name)
    right, wrong = (verdicts(rf"{text}$$ \frac{{\partial L}}{{\partial z}} = {factor} (h - y) \odot {slope} $$")[-1] for factor in (2, 3))
    assert (right.verdict, wrong.verdict) == ("proved", "refuted"), (right.message, wrong.message)


@pytest.mark.parametrize("name", ["softmax", r"\text{softmax}", r"\operatorname{softmax}", r"\mathrm{Softmax}", r"\text{SoftMax}"])
def test_softmax(name: str) -> None:
    text = SOFTMAX.replace("{}", name)
    right, wrong = (verdicts(rf"{text}$$ \frac{{\partial L}}{{\partial z}} = {gradient} $$")[-1] for gradient in ("p - y", "y - p"))
    assert (right.verdict, wrong.verdict) == ("proved", "refuted"), (right.message, wrong.message)


@pytest.mark.parametrize("name", ["sigm", r"\mathrm{sig}"])
def test_what_a_document_says_of_it_itself_goes_before(name: str) -> None:
    text = rf"Let $${name}(u) = \frac{{e^u - e^{{-u}}}}{{e^u + e^{{-u}}}}.$$" + "\n\n" + MODEL.replace("{}", name)
    found = [verdicts(rf"{text}$$ \frac{{\partial L}}{{\partial z}} = 2 (h - y) \odot {slope} $$")[-1] for slope in SLOPES]
    assert found[0].verdict == "refuted" and found[1].verdict == "proved", found[1].message


def test_a_label_is_no_function() -> None:
    found = verdicts(
        r"$$ z = W_{\mathrm{sig}} x, \quad L = \|z - y\|^2 $$ $$ \frac{\partial L}{\partial W_{\mathrm{sig}}} = 2 (z - y) x^T $$"
    )
    assert found[-1].verdict == "proved", found[-1].message
