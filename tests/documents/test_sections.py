r"""Models one after another: equations said once more, replaced, or changed in words alone.

The right formulas follow by hand from the chain rule for the model that the words of each document mean.
"""

from __future__ import annotations

import pytest

from tests.documents.test_letters import judged

TANH, SIGMOID = r"(1-h^2)\odot\frac{\partial L}{\partial h}", r"h\odot(1-h)\odot\frac{\partial L}{\partial h}"


def of_input(error: str) -> str:
    return rf"$$\frac{{\partial L}}{{\partial x}} = W^\top\left({error}\right)$$"


@pytest.mark.parametrize("between", ["\n**Third.** Let ", "\n- ", "\nFor the first network, "])
def test_an_equation_said_once_more_holds_again(between: str) -> None:
    first = f"Let $h = \\tanh(Wx)$, $L = \\ell(h)$.\n\n{of_input(TANH)}\n"
    second = f"\n**Second.** Let $h = \\sigma(Wx)$, $L = \\ell(h)$.\n\n{of_input(SIGMOID)}\n"
    third = f"{between}$h = \\tanh(Wx)$, $L = \\ell(h)$:\n\n{of_input(TANH)}\n\n{of_input(SIGMOID)}\n"
    assert judged(first + second + third) == ["proved", "proved", "proved", "refuted"]


@pytest.mark.parametrize(
    ("loss", "verdicts"),
    [(r"\|r\|_2", ["refuted", "proved"]), (r"\frac12 \|r\|_2^2", ["refuted", "refuted"]), (r"\|r\|_1", ["unknown"] * 2)],
)
def test_a_second_loss_replaces_the_first_whether_it_can_be_read_or_not(loss: str, verdicts: list[str]) -> None:
    head = "Let $r = Xw-y$.\n\n- $L = \\|r\\|^2$: $\\frac{\\partial L}{\\partial r} = 2r$\n"
    again = r"$\frac{\partial L}{\partial r} = 2r$ and $\frac{\partial L}{\partial r} = \frac{r}{\|r\|_2}$"
    assert judged(f"{head}- $L = {loss}$: {again}\n") == ["proved", *verdicts]


TIED = r"""
The encoder computes $h = \sigma(W x + b)$ and the decoder $\hat x = V h + c$. The loss is $L = \frac12 \|\hat x - x\|^2$.

$$\frac{\partial L}{\partial W} = \big( V^\top(\hat x - x) \odot h \odot (1-h)\big) x^\top$$

## Tied weights

Often one ties the weights, $V = W^\top$, and the reconstruction is $\hat x = W^\top h + c$.

$$\frac{\partial L}{\partial W} = \big( W(\hat x - x) \odot h \odot (1-h)\big) x^\top + h (\hat x - x)^\top$$
"""


def test_what_a_later_section_ties_is_not_tied_before() -> None:
    assert judged(TIED)[0] == "proved"


@pytest.mark.parametrize(
    ("first", "verdicts"), [("", ["proved", "refuted"]), (r" Here $\sigma$ is the hyperbolic tangent.", ["refuted", "proved"])]
)
def test_a_function_is_what_the_words_up_to_a_section_call_it(first: str, verdicts: list[str]) -> None:
    text = rf"""
The network is $a = \sigma(z)$, $z = Wx+b$, $C = \frac12\|a-y\|^2$.{first}

$$\frac{{\partial C}}{{\partial z}} = (a-y)\odot a\odot(1-a)$$

$$\frac{{\partial C}}{{\partial z}} = (a-y)\odot(1-a^2)$$

## Rectifiers

Let $\sigma$ be the rectifier.

$$\frac{{\partial C}}{{\partial z}} = (a-y)\odot\mathbb 1[z>0]$$
"""
    assert judged(text) == [*verdicts, "proved"]
