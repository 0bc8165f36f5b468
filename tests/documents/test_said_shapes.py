r"""Numbers, biases of a batch and the layout of gradients, as words have them; the gradients follow from the chain rule."""

from __future__ import annotations

import pytest

from tests.documents.test_letters import judged
from tests.documents.test_recalled import verdicts


@pytest.mark.parametrize(
    "words",
    [
        r"with temperature $\tau$",
        r"with a scalar temperature $\tau > 0$",
        r"where $\tau$ is a positive real number",
        r"where $\tau$ is a temperature shared by all components",
    ],
)
@pytest.mark.parametrize("letter", [r"\tau", r"\kappa"])
def test_a_temperature(words: str, letter: str) -> None:
    model = rf"Let $a = \tanh(z/\tau)$ {words}, $L = \frac12\|a - y\|^2$."
    claim = r"$$\frac{\partial L}{\partial \tau} = -\frac{1}{\tau^2} \sum_k (a_k - y_k)(1 - a_k^2) z_k$$"
    text = f"{model}\n\n{claim}\n\n{claim.replace('-', '', 1)}\n".replace(r"\tau", letter)
    assert judged(text) == ["proved", "refuted"]


@pytest.mark.parametrize(
    "words", [r"The bias $c$ is the same for all units", r"Let $c$ be a bias common to all neurons", r"Here $c$ is the intercept"]
)
def test_a_number_for_all_units(words: str) -> None:
    text = rf"{words}: $y = W x + c$, $L = \frac12\|y - t\|^2$."
    claims = r"$$\frac{\partial L}{\partial c} = \sum_i (y_i - t_i)$$" + "\n\n" + r"$$\frac{\partial L}{\partial c} = y - t$$"
    assert judged(f"{text}\n\n{claims}\n") == ["proved", "unknown"]


def test_the_bias_of_a_batch_is_no_matrix() -> None:
    columns = (
        r"Let $X \in \mathbb{R}^{d\times N}$, $Z = W X + b$, $A = \tanh(Z)$, $L = \frac12 \|A - Y\|_F^2$ and $D = (A - Y) \odot (1 - A^2)$."
    )
    by = r"\frac{\partial L}{\partial b} = "
    assert judged(f"{columns}\n\n$${by}D$$\n\n$${by}D \\mathbf{{1}}$$\n") == ["unknown", "proved"]
    rows = r"Let $H = \phi(X W + b)$ with $X \in \mathbb{R}^{n\times d}$, $L = \ell(H)$, $Z = X W + b$"
    rows += r" and $D = \frac{\partial L}{\partial H} \odot \phi'(Z)$."
    assert judged(f"{rows}\n\n$${by}D$$\n\n$${by}\\mathbf{{1}}^\\top D$$\n") == ["unknown", "proved"]


MODEL = r"$z = W x$, $L = \frac12 \|z - y\|^2$."
COLUMN, ROW = r"$$\frac{\partial L}{\partial x} = W^\top (z - y)$$", r"$$\frac{\partial L}{\partial x} = (z - y)^\top W$$"


@pytest.mark.parametrize(
    ("words", "column", "row"),
    [
        ("", "proved", "proved"),
        ("All gradients are column vectors.", "proved", "unknown"),
        ("Gradients are row vectors.", "unknown", "proved"),
        ("A gradient has the same shape as the variable.", "proved", "unknown"),
        ("The derivatives are written as row vectors.", "unknown", "proved"),
    ],
)
def test_layouts(words: str, column: str, row: str) -> None:
    assert judged(f"{words} {MODEL}\n\n{COLUMN}\n\n{ROW}\n") == [column, row]


def test_the_gradient_of_a_matrix_in_its_shape() -> None:
    claims = r"$$\frac{\partial L}{\partial W} = x (z - y)^\top$$" + "\n\n" + r"$$\frac{\partial L}{\partial W} = (z - y) x^\top$$"
    words = "The gradient with respect to a matrix has the shape of the matrix."
    assert judged(f"{MODEL}\n\n{claims}\n") == ["conditional", "proved"]
    assert judged(f"{words} {MODEL}\n\n{claims}\n") == ["refuted", "proved"]


def test_a_known_function_before_a_product() -> None:
    text = r"$h = \tanh(W x)$, $s = \sigma\, w^\top h$, $L = -\ln s$. Let $\sigma$ be the logistic function."
    assert judged(f"{text}\n\n$$\\frac{{\\partial L}}{{\\partial w}} = (s - 1) h$$\n") == ["unknown"]


BATCH = r"""
Logits $Z = X W$ with $X \in \mathbb{{R}}^{{N \times d}}$, $W \in \mathbb{{R}}^{{d \times K}}$,
$P = \mathrm{{softmax}}(Z)$ along each row, {}. The loss is $L = -\sum_{{n=1}}^N \sum_{{k=1}}^K Y_{{nk}} \log P_{{nk}}$.

$$\frac{{\partial L}}{{\partial Z}} = P - Y$$

$$\frac{{\partial L}}{{\partial W}} = (P - Y)^\top X$$
"""


@pytest.mark.parametrize(
    "targets", ["targets $Y$ one-hot rows", "targets $Y$ (one-hot rows)", "the rows of $Y$ are one-hot", "$Y$ has one-hot rows"]
)
def test_one_hot_rows(targets: str) -> None:
    assert judged(BATCH.format(targets)) == ["proved", "conditional"]


def test_a_turned_layout_is_named_beside_another_assumption() -> None:
    *_, turned = verdicts(BATCH.format("targets $Y$"))
    assert turned.verdict == "conditional"
    assert any("Y" in one for one in turned.assumptions) and any("layout of a scalar by a matrix" in one for one in turned.assumptions)
