"""One step of a cell backwards without a cost, in the names of notebooks.

An LSTM (Hochreiter and Schmidhuber 1997 with forget gates): with J(h_next, c_next), dc_prev = (dc_next + dh_next ⊙ o ⊙ (1 − tanh² c)) ⊙ f,
and the derivative by the argument of the sigmoid of o is dh_next ⊙ tanh(c) ⊙ o ⊙ (1 − o).
"""

from __future__ import annotations

import pytest

from tests.documents.test_raw import last

CELL = r"""
$$ f_t = \sigma(W_f [h_{t-1}, x_t] + b_f), \qquad i_t = \sigma(W_i [h_{t-1}, x_t] + b_i) $$
$$ g_t = \tanh(W_g [h_{t-1}, x_t] + b_g), \qquad o_t = \sigma(W_o [h_{t-1}, x_t] + b_o) $$
$$ c_t = f_t * c_{t-1} + i_t * g_t, \qquad h_t = o_t * \tanh(c_t) $$

# One step backwards
Derivatives of the cost, such as $\frac{\partial J}{\partial W_f}$, are written $dW_f$.
"""
OUTPUT = r"do_t = dh_{next} * \tanh(c_{next}) * o_t * (1 - o_t)"
STACKED = r"\begin{pmatrix} h_{prev} \\ x_t \end{pmatrix}^T"


@pytest.mark.parametrize(
    ("claim", "verdict"),
    [
        (OUTPUT, "conditional"),
        (r"do_t = dh_{next} * \tanh(c_{next})", "conditional"),
        (r"do_t = dh_{next} * c_{next} * o_t * (1 - o_t)", "unknown"),
        (r"do_t = dh_{next} * \tanh(c_{prev}) * o_t * (1 - o_t)", "unknown"),
        (rf"dW_o = do_t * {STACKED}", "conditional"),
        (rf"dW_o = di_t * {STACKED}", "unknown"),
        (r"dc_{prev} = dc_{next} * f_t + o_t * (1 - \tanh(c_{next})^2) * f_t * dh_{next}", "conditional"),
        (r"dc_{prev} = dc_{next} * f_t", "unknown"),
        (r"db_o = do_t", "conditional"),
        # What nothing says anything of stays so.
        (r"do_t = dh_{next} * \tanh(c_{next}) * s_t", "unknown"),
    ],
)
def test_one_step_of_an_lstm(claim: str, verdict: str) -> None:
    before = "" if claim.startswith("do_t") else f"$$ {OUTPUT} $$\n"
    found = last(f"{CELL}{before}$$ {claim} $$\n")
    assert found.verdict == verdict, found.message
    if verdict == "conditional":
        assert "one step" in found.assumptions[0]


def test_two_spellings_of_a_step_are_told() -> None:
    cell = CELL.replace(r"W_o [h_{t-1}, x_t]", r"W_o [h_{t-1}, x^{\{t\}}]").replace("x_t", r"x^{\langle t \rangle}")
    found = last(f"{cell}$$ {OUTPUT} $$\n")
    assert found.verdict == "conditional"
    assert r"reading: `x^{\{ t \}}` is `x^{\langle t \rangle}`" in found.assumptions


def test_a_cost_says_what_differentials_are() -> None:
    found = last(f"{CELL}The cost is $J = \\sum_{{t=1}}^T \\ell(h_t)$.\n$$ {OUTPUT} $$\n")
    assert found.verdict == "unknown"
