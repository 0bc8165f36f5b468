"""LSTM cells as notebooks write them: `*` between gates, what is concatenated in brackets, batches in columns.

∂L/∂o_t and its kin are textbook knowledge (Hochreiter and Schmidhuber 1997; Goodfellow et al. section 10.10.1).
"""

from __future__ import annotations

import pytest

from tests.documents.test_raw import last

BATCH = "The input $x_t$ has dimension $(n_x, m)$, and $a_t$ has dimension $(n_a, m)$."
CELL = r"""
$$ f_t = \sigma(W_f[a_{t-1}, x_t] + b_f) $$
$$ u_t = \sigma(W_u[a_{t-1}, x_t] + b_u) $$
$$ \tilde{c}_t = \tanh(W_c[a_{t-1}, x_t] + b_c) $$
$$ c_t = f_t * c_{t-1} + u_t * \tilde{c}_t $$
$$ o_t = \sigma(W_o[a_{t-1}, x_t] + b_o) $$
$$ a_t = o_t * \tanh(c_t) $$
$$ L = \sum_{t=1}^T \ell(a_t) $$
"""
TWO = CELL.replace("[a_{t-1}, x_t]", " a_{t-1} + V x_t")


@pytest.mark.parametrize("words", ["", BATCH])
@pytest.mark.parametrize("cell", [CELL, TWO])
@pytest.mark.parametrize(
    ("claim", "verdict"),
    [
        (r"\frac{\partial L}{\partial o_t} = \frac{\partial L}{\partial a_t} * \tanh(c_t)", "proved"),
        (r"\frac{\partial L}{\partial o_t} = \frac{\partial L}{\partial a_t} * c_t", "refuted"),
        (r"\frac{\partial L}{\partial f_t} = \frac{\partial L}{\partial c_t} * c_{t-1}", "proved"),
        (r"\frac{\partial L}{\partial f_t} = \frac{\partial L}{\partial c_t} * c_t", "refuted"),
    ],
)
def test_gates_are_multiplied_entry_by_entry(words: str, cell: str, claim: str, verdict: str) -> None:
    found = last(f"{words}\n{cell}\nBackwards,\n$$ {claim} $$\n")
    # That a batch is in the columns of all gates is a guess.
    assert found.verdict == ("unknown" if words and verdict == "refuted" else verdict), found.message


@pytest.mark.parametrize(
    ("claim", "verdict"),
    [
        (r"\frac{\partial L}{\partial W} = \sum_{t=1}^T \delta_t * h_{t-1}^T", "proved"),
        (r"\delta_t = (W^T * \delta_{t+1} + V^T * \frac{\partial L}{\partial o_t}) * f'(z_t)", "proved"),
        (r"\delta_t = (W * \delta_{t+1} + V^T * \frac{\partial L}{\partial o_t}) * f'(z_t)", "refuted"),
    ],
)
def test_weights_are_multiplied_as_matrices(claim: str, verdict: str) -> None:
    model = r"$$ z_t = W * h_{t-1} + U * x_t, \quad h_t = f(z_t), \quad o_t = V * h_t, \quad L = \sum_{t=1}^T \ell(o_t) $$"
    found = last(f"{model}\nwith $\\delta_t = \\frac{{\\partial L}}{{\\partial z_t}}$. Then\n$$ {claim} $$\n")
    assert found.verdict == verdict, found.message


NAMED = r"""
The input $x_t$ has dimension $(n_x, m)$, and $a_t$ has dimension $(n_a, m)$. The forget gate
results in a vector $f_t$ with values between 0 and 1.
"""


@pytest.mark.parametrize(
    ("claim", "verdict"),
    [
        (r"\frac{\partial L}{\partial o_t} = \frac{\partial L}{\partial a_t} * \tanh(c_t)", "proved"),
        (r"\frac{\partial L}{\partial o_t} = \frac{\partial L}{\partial a_t} * c_t", "unknown"),
    ],
)
def test_the_vector_of_a_batch_is_a_matrix(claim: str, verdict: str) -> None:
    found = last(f"{NAMED}{CELL}\nBackwards,\n$$ {claim} $$\n")
    assert found.verdict == verdict, found.message


def test_a_vector_in_words_stays_one_where_it_fits() -> None:
    model = r"The matrix $W$ is $n \times m$. With the vector $x$, $$ y = W x, \qquad L = \ell(y). $$"
    assert (
        last(f"{model}\nThen $$ \\frac{{\\partial L}}{{\\partial W}} = \\frac{{\\partial L}}{{\\partial y}} x^T $$\n").verdict == "proved"
    )


@pytest.mark.parametrize("star", ["*", r"\odot"])
@pytest.mark.parametrize(
    ("claim", "verdict"),
    [
        (r"\frac{\partial L}{\partial i_t} = \frac{\partial L}{\partial c_t} STAR \tilde{c}_t", "proved"),
        (r"\frac{\partial L}{\partial i_t} = \frac{\partial L}{\partial c_t} STAR c_{t-1}", "refuted"),
    ],
)
def test_the_gate_i_is_no_index_of_weights(star: str, claim: str, verdict: str) -> None:
    cell = CELL.replace("u_t", "i_t").replace("W_u", "W_i").replace("b_u", "b_i").replace("*", star)
    found = last(f"{cell}\nBackwards,\n$$ {claim.replace('STAR', star)} $$\n")
    assert found.verdict == verdict, found.message
