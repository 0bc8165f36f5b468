r"""Models one after another: equations said once more, replaced, or changed in words alone.

The right formulas follow by hand from the chain rule for the model that the words of each document mean.
"""

from __future__ import annotations

import pytest

from symbptt.judge import judge
from symbptt.problem import Given, Problem
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


RNN = r"$h_t = \tanh(W h_{t-1} + U x_t)$, $o_t = V h_t$, $L = \frac12\sum_{t=1}^T \|o_t - y_t\|^2$."
BY_V = r"$$\frac{\partial L}{\partial V} = \sum_{t=1}^T (o_t - y_t) h_t^\top$$"
BY_O = r"$$\frac{\partial L}{\partial o_t} = o_t - y_t$$"


@pytest.mark.parametrize(
    "words",
    [
        "Only the last step contributes to the loss.",
        "The padded steps are masked out.",
        "Dropout multiplies the state by a mask before the readout.",
        "The norm of the states is penalised, too.",
        "The targets are divided by their norm.",
        "We cut the gradient here, treating $o_t$ as a constant.",
        "The error is not propagated through $h_t$ (stop-gradient).",
        "The matrix $V$ is the transpose of $U$.",
    ],
)
def test_what_words_alone_change_is_not_judged(words: str) -> None:
    first, *others = judged(f"{RNN}\n\n{BY_V}\n\n## A change\n\n{words}\n\n{BY_V}\n\n{BY_O}\n")
    assert first == "proved" and set(others) == {"unknown"}


@pytest.mark.parametrize("words", ["The weights are shared by all steps.", "The error is multiplied by the state.", "The same holds here."])
def test_words_that_change_nothing(words: str) -> None:
    assert judged(f"{RNN}\n\n{BY_V}\n\n## More\n\n{words}\n\n{BY_O}\n") == ["proved", "proved"]


def test_words_behind_which_an_equation_says_what_changes() -> None:
    mask = r"The padded steps are masked out. Let $L = \frac12\sum_{t=1}^T m_t \|o_t - y_t\|^2$."
    right = r"$$\frac{\partial L}{\partial o_t} = m_t (o_t - y_t)$$"
    assert judged(f"{RNN}\n\n{BY_V}\n\n## Masks\n\nLet $m_t$ be a scalar. {mask}\n\n{right}\n") == ["proved", "proved"]


@pytest.mark.parametrize(
    "words", [r"All partial derivatives below are immediate ones.", r"We write $\frac{\partial}{\partial h_t}$ for the direct derivative."]
)
def test_derivatives_that_words_call_immediate_are_not_read_as_total(words: str) -> None:
    model = r"The model: $h_t = \tanh(Wh_{t-1}+Ux_t)$, $L = \sum_{t=1}^T\ell(h_t)$."
    claim = r"$$\frac{\partial L}{\partial h_t} = \frac{\partial\ell(h_t)}{\partial h_t}$$"
    assert judged(f"{words} {model}\n\n{claim}\n") == ["unknown"]
    assert judged(f"{model}\n\n{claim}\n") == ["refuted"]


@pytest.mark.parametrize(
    ("words", "verdicts"),
    [
        (r"Here $\sigma$ is any differentiable activation function.", ["unknown", "conditional", "refuted"]),
        (r"The nonlinearity $\sigma$ is the rectifier.", ["unknown", "refuted"]),
        (r"We take $\sigma$ to be the hyperbolic tangent.", ["unknown", "refuted"]),
        (r"The nonlinearity $\sigma$ works on each entry.", ["proved"]),
    ],
)
def test_a_function_that_words_call_something_else_than_its_name(words: str, verdicts: list[str]) -> None:
    model = rf"A layer computes $a = \sigma(z)$, $z = Wx+b$; $C = \frac12\|a-y\|^2$. {words}"
    assert judged(f"{model}\n\n" + r"$$\frac{\partial C}{\partial z} = (a-y)\odot a\odot(1-a)$$")[0] in verdicts


@pytest.mark.parametrize(
    ("mask", "verdicts"),
    [
        (r"\mathbf{1}[h > 0]", {"proved", "verified"}),
        (r"\mathbf{1}[z \ge 0]", {"proved", "verified"}),
        (r"\mathbf{1}[h \ge 0]", {"unknown", "refuted"}),
        (r"\mathbf{1}[\tanh(h) \ge 0]", {"unknown", "refuted"}),
    ],
)
def test_where_an_output_of_relu_is_not_negative_it_need_not_be_positive(mask: str, verdicts: set[str]) -> None:
    """h = 0 wherever z < 0, and there 1[h ≥ 0] is 1, and the derivative 0."""
    claim = rf"\frac{{\partial L}}{{\partial z}} = \frac{{\partial L}}{{\partial h}} \odot {mask}"
    given = tuple(map(Given, (r"z = W x", r"h = \operatorname{ReLU}(z)", r"L = \frac12 \|h - y\|^2")))
    shapes = {"z": "n", "h": "n", "x": "m", "W": "n×m", "y": "n", "L": "scalar"}
    assert judge(Problem(given=given, shapes=shapes, claim=claim)).verdict in verdicts


@pytest.mark.parametrize(
    ("words", "verdicts"),
    [
        ("applied column-wise", ["refuted", "proved"]),
        ("over the columns", ["refuted", "proved"]),
        ("along axis 0", ["refuted", "proved"]),
        ("taken row by row", ["proved", "refuted"]),
    ],
)
def test_words_for_the_axis_of_a_softmax_that_a_formula_shows(words: str, verdicts: list[str]) -> None:
    model = rf"$Q, K \in \mathbb{{R}}^{{d\times n}}$, $S = K^T Q$, $A = \mathrm{{softmax}}(S)$ {words}, $L = \ell(A)$."
    assert judged(f"{model}\n\n" + r"$$\sum_j A_{ij} = 1$$" + "\n\n" + r"$$\sum_i A_{ij} = 1$$") == verdicts
