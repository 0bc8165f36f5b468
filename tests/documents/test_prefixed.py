"""`\\delta h_t` as a name for the gradient by h_t, macros defined in formulas, `l-1\\top`, and reasons in brackets, in raw documents.

The backward pass of the LSTM is that of Greff et al. (2017), without peepholes; each wrong claim is a right one with one thing changed.
"""

from __future__ import annotations

import pytest

from .test_raw import verdicts

LSTM = r"""
$$\large f_t = \sigma(W_f x_t + U_f h_{t-1} + b_f)$$
$$\large i_t = \sigma(W_i x_t + U_i h_{t-1} + b_i)$$
$$\large o_t = \sigma(W_o x_t + U_o h_{t-1} + b_o)$$
$$\large g_t = \tanh(W_g x_t + U_g h_{t-1} + b_g)$$
$$\large c_t = f_t \odot c_{t-1} + i_t \odot g_t$$
$$\large h_t = o_t \odot \tanh(c_t)$$

Let $\delta h_t$ be the gradient of the loss by $h_t$, and so for the others.

"""
LAYERS = r"""
$$\newcommand{\pd}[2]{\frac{\partial #1}{\partial #2}} \DeclareMathOperator{\act}{tanh}$$

$$ z^l = W^l a^{l-1} + b^l, \quad a^l = \act(z^l) \quad (\because \text{fully connected}) $$

$$ C = \frac12 \|a^L - y\|^2$$

"""


@pytest.mark.parametrize(
    ("model", "claim", "verdict"),
    [
        (LSTM, r"\large\delta o_t = \delta h_t \odot \tanh(c_t)", "proved"),
        (LSTM, r"\delta i_t = \delta c_t \odot g_t", "proved"),
        (LSTM, r"\delta g_t = \delta c_t \odot i_t", "proved"),
        (LSTM, r"\delta f_t = \delta c_t \odot c_{t-1}", "proved"),
        (LSTM, r"\delta f_t = \delta c_t \odot c_t", "unknown"),  # what `\delta` means is a guess, so nothing is refuted
        (LSTM, r"\delta o_t = \delta h_t \odot c_t", "unknown"),
        (LAYERS, r"\pd{C}{W^l} = \pd{C}{z^l} a^{l - 1 \top}", "proved"),
        (LAYERS, r"\pd{C}{W^l} = \pd{C}{z^l} a^{l \top}", "refuted"),
        (LAYERS, r"\pd{C}{a^l} = W^{l+1\top} \pd{C}{z^{l+1}}", "proved"),
        (LAYERS, r"\pd{C}{a^l} = 2 W^{l+1\top} \pd{C}{z^{l+1}}", "refuted"),
    ],
)
def test_names_with_a_prefix_and_private_macros(model: str, claim: str, verdict: str) -> None:
    found = verdicts(f"{model}$$ {claim} $$\n")
    assert found[-1].verdict == verdict, found[-1]


def test_the_macro_of_a_document_wins_over_a_known_one() -> None:
    text = r"$\newcommand{\pd}[2]{\frac{\partial #2}{\partial #1}}$ Let $L = \frac12 x^T x$." + "\n\n$$ \\pd{x}{L} = x $$\n"
    assert verdicts(text)[-1].verdict == "proved"


def test_a_definition_of_macros_is_no_formula() -> None:
    found = verdicts("$$\\newcommand{\\W}{W}$$\n\n$$ y = \\W x $$\n")
    assert [item.latex for item in found] == [r"y = \W x"]


def test_a_reason_in_brackets_is_a_formula_of_its_own() -> None:
    found = verdicts(
        "$$ \\frac{\\partial E}{\\partial w} = \\sum_n e_n x_n \\quad (\\because \\; E = \\frac12 \\sum_n e_n^2, e_n = w x_n) $$\n"
    )
    assert [item.latex for item in found][1:] == [r"E = \frac12 \sum_n e_n^2", "e_n = w x_n"]


def test_an_arrow_that_begins_a_row_draws_a_consequence() -> None:
    rows = r"\frac{\partial z_i}{\partial W_{ij}} &= x_j \\ \rightarrow \frac{\partial L}{\partial W_{ij}} &= "
    rows += r"\frac{\partial L}{\partial z_i} x_j"
    found = verdicts(f"$z = W x$ and $L$ is the loss.\n\n$$\\begin{{align*}} {rows} \\end{{align*}}$$\n")
    assert [item.verdict for item in found if item.verdict] == ["proved", "proved"]


@pytest.mark.parametrize(
    "words",
    [
        r"$\delta c_t$ is a small variation of $c_t$.",
        r"$\delta c_t$ is minus the gradient by $c_t$.",
        r"$\delta c_t$ is the gradient by the pre-activation.",
        r"$\delta c_t$ is a step of gradient descent.",
        "",
    ],
)
def test_a_prefix_of_which_words_say_otherwise_or_nothing(words: str) -> None:
    model = LSTM[: LSTM.index("Let ")] + words
    assert verdicts(f"{model}\n\n$$ \\delta i_t = \\delta c_t \\odot g_t $$\n")[-1].verdict == "unknown"


@pytest.mark.parametrize(
    "words",
    [
        r"At each time step $t$, let $\delta c_t$ denote the gradient of the loss by $c_t$.",
        r"At each step let $\delta c_t$ be the derivative of the loss by $c_t$, and so for the gates.",
    ],
)
def test_a_time_step_is_no_step_of_descent(words: str) -> None:
    model = LSTM[: LSTM.index("Let ")] + words
    assert verdicts(f"{model}\n\n$$ \\delta i_t = \\delta c_t \\odot g_t $$\n")[-1].verdict == "proved"
