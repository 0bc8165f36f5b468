"""What a document says of a quantity and no equation gives: nothing that takes it for free is proved or refuted."""

from __future__ import annotations

import pytest

from symbptt.documents.check import check_items
from symbptt.documents.formulas import InputError
from symbptt.documents.reader import read_items

SHAPES = r"with $h_t\in\mathbb{R}^n$, $x_t\in\mathbb{R}^m$, $W\in\mathbb{R}^{n\times n}$, $U\in\mathbb{R}^{n\times m}$"
WITH = rf"{SHAPES} and $L=\sum_{{t=1}}^T\ell(h_t)$."
FALSE = r"\frac{\partial L}{\partial h_t} = \nabla\ell(h_t)"
TRUE = r"\frac{\partial L}{\partial h_t} = \nabla\ell(h_t) + W^\top\left((1-h_{t+1}^2)\odot\frac{\partial L}{\partial h_{t+1}}\right)"


def verdicts(text: str) -> list[str]:
    """The verdicts of the claims in displays."""
    items = [item for item in read_items(text, "text.md", ".md") if not isinstance(item, InputError)]
    return [v.verdict for v in check_items(items, workers=0, suggest=0) if v.role == "claim" and "partial" in v.latex]


@pytest.mark.parametrize(
    "recurrence",
    [
        r"$h_t\leftarrow\tanh(Wh_{t-1}+Ux_t)$",
        r"$h_t\gets\tanh(Wh_{t-1}+Ux_t)$",
        r"$\tanh(Wh_{t-1}+Ux_t)=:h_t$",
        r"$h_t-h_{t-1}=\tanh(Wh_{t-1}+Ux_t)$",
        r"$h_{t-1}\mapsto h_t=\tanh(Wh_{t-1}+Ux_t)$",
        r"$h_t\sim\mathcal{N}(Wh_{t-1},I)$",
        r"$h_t^\top=\tanh(h_{t-1}^\top W^\top+x_t^\top U^\top)$",
        "`h[t] = tanh(W @ h[t-1] + U @ x[t])`",
        "the tanh of $W$ times the old state plus $U$ times the input",
    ],
)
def test_a_recurrence_that_is_not_understood(recurrence: str) -> None:
    text = f"For $t=1,\\dots,T$ the state is {recurrence} {WITH}\n\n$$ {FALSE} $$\n\n$$ {TRUE}, \\quad t < T $$\n"
    assert not {"proved", "verified", "conditional"} & set(verdicts(text)[:1])
    assert "refuted" not in verdicts(text)[1:]


def test_one_that_is_understood() -> None:
    text = f"For $t=1,\\dots,T$ the state is $h_t = \\tanh(Wh_{{t-1}}+Ux_t)$ {WITH}\n\n$$ {FALSE} $$\n\n$$ {TRUE}, \\quad t < T $$\n"
    assert verdicts(text) == ["refuted", "proved"]


def test_gates_that_only_one_formula_gives_together() -> None:
    text = r"""
$$\begin{pmatrix}i_t\\f_t\\o_t\\g_t\end{pmatrix}=\begin{pmatrix}\sigma\\\sigma\\\sigma\\\tanh\end{pmatrix}W\begin{pmatrix}x_t\\h_{t-1}\end{pmatrix}$$
$$c_t=f_t\odot c_{t-1}+i_t\odot g_t$$
$$h_t=o_t\odot\tanh(c_t)$$
$$L=\sum_{t=1}^T\ell(h_t)$$

All gates are vectors of length $n$.

$$\frac{\partial L}{\partial h_t}=\nabla\ell(h_t)$$
$$\frac{\partial c_t}{\partial c_{t-1}}=\mathrm{diag}(f_t)$$
"""
    assert set(verdicts(text)) == {"unknown"}


def test_a_name_of_which_only_the_square_is_given() -> None:
    text = r"""
The vector $x\in\mathbb{R}^d$ is normalized to $y=x/r$ with $r^2=x^\top x$, and $L=\ell(y)$, $g=\frac{\partial L}{\partial y}$.

$$\frac{\partial L}{\partial x}=\frac{1}{r}\left(g-(g^\top y)y\right)$$
$$\frac{\partial L}{\partial x}=\frac{1}{r}g$$
"""
    assert set(verdicts(text)) == {"unknown"}


def test_inputs_are_free_at_every_step() -> None:
    text = r"""
For $t=1,\dots,T$ we have $y_t = w_0 x_t + w_1 x_{t-1}$ with scalars, and $L=\frac12\sum_{t=1}^T (y_t - d_t)^2$.

$$\frac{\partial L}{\partial w_0}=\sum_{t=1}^T (y_t-d_t)x_t$$
"""
    assert verdicts(text) == ["proved"]
