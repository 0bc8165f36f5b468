"""`|v|^2` of a vector is its norm; a bar in `P(a|b)` is a condition, and what has one is not read."""

from __future__ import annotations

import pytest

from .test_raw import verdicts

VECTORS = r"$$ z = W x, \quad h = \tanh(z), \quad L = \frac{1}{2} |h - y|^2 $$"
STEPS = r"$$ h_t = \tanh(W h_{t-1} + U x_t), \quad L = \sum_{t=1}^T L_t, \quad L_t = \frac{1}{2} \left| V h_t - y_t \right|^2 $$"
NUMBERS = r"With scalars $w$, $x$, $b$, $y$: $$ p = w x + b, \quad L = \frac{1}{2} |p - y|^2 $$"
BATCH = r"$$ P = X W, \quad L = \frac{1}{2} |P - Y|^2 $$ Here $X$ is $N \times D$, $W$ is $D \times M$, $Y$ is $N \times M$."
SQUARE = r"$$ P = X W, \quad L = \frac{1}{2} |P - Y|^2 $$ Here $X$ is $N \times D$, $W$ is $D \times N$, $Y$ is $N \times N$."


@pytest.mark.parametrize(
    ("model", "claim", "verdict"),
    [
        (VECTORS, r"\frac{\partial L}{\partial W} = ((h - y) \odot (1 - h^2)) x^T", "proved"),
        (VECTORS, r"\frac{\partial L}{\partial W} = 2 ((h - y) \odot (1 - h^2)) x^T", "refuted"),
        (VECTORS.replace("|^2", "|_2^2"), r"\frac{\partial L}{\partial W} = ((h - y) \odot (1 - h^2)) x^T", "proved"),
        (STEPS, r"\frac{\partial L}{\partial V} = \sum_{t=1}^T (V h_t - y_t) h_t^T", "proved"),
        (STEPS, r"\frac{\partial L}{\partial V} = \sum_{t=1}^T (V h_t - y_t) h_{t-1}^T", "refuted"),
        (NUMBERS, r"\frac{\partial L}{\partial w} = (p - y) x", "proved"),
        (NUMBERS, r"\frac{\partial L}{\partial w} = 2 (p - y) x", "refuted"),
        (BATCH, r"\frac{\partial L}{\partial W} = X^T (P - Y)", "proved"),
        (BATCH, r"\frac{\partial L}{\partial W} = 2 X^T (P - Y)", "refuted"),
        (SQUARE, r"\frac{\partial L}{\partial W} = X^T (P - Y)", "unknown"),  # it may be the determinant
        (SQUARE, r"\frac{\partial L}{\partial W} = 2 X^T (P - Y)", "unknown"),
        (VECTORS.replace("|^2", "|"), r"\frac{\partial L}{\partial W} = ((h - y) \odot (1 - h^2)) x^T", "unknown"),
        (r"$$ p = W x, \quad L = \mathrm{mean}(|p - y|^2) $$", r"\frac{\partial L}{\partial p} = 2 (p - y)", "unknown"),
        (r"$$ p = W x, \quad L = \mathbb{E}[|p - y|^2] $$", r"\frac{\partial L}{\partial p} = 2 (p - y)", "unknown"),
    ],
)
def test_the_square_of_a_norm(model: str, claim: str, verdict: str) -> None:
    found = verdicts(f"{model}\n\n$$ {claim} $$\n")[-1]
    assert found.verdict == verdict, found.message


@pytest.mark.parametrize("condition", [r"P(w|c)", r"p(y \mid x)", r"P(w|c) P(c|w)"])
def test_a_condition_is_no_norm(condition: str) -> None:
    text = rf"{VECTORS} $$ q = {condition} $$ $$ \frac{{\partial L}}{{\partial z}} = {condition} $$"
    text += r" $$ \frac{\partial L}{\partial h} = h - y $$"
    found = [one.verdict for one in verdicts(text) if one.verdict]
    assert found[-2:] == ["unknown", "proved"]
