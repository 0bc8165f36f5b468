r"""The number of what is averaged or listed: in `\mu = \frac1m \sum_i x_i` the letter i runs from 1 to m.

The gradients are those of normalisation, as in Ioffe and Szegedy (2015): with m components, v + ε under the root.
"""

from __future__ import annotations

import pytest

from tests.documents.test_letters import judged

NORMALISED = (
    r"$\mu = \frac1m \sum_i x_i$, $v = \frac1m\sum_i (x_i - \mu)^2$, $\hat x_i = \frac{x_i - \mu}{\sqrt{v + \epsilon}}$, $L = \ell(\hat x)$"
)
BY_INPUT = (
    r"\frac{\partial L}{\partial x_i} = \frac{1}{m\sqrt{v + \epsilon}}\left(m \frac{\partial L}{\partial \hat x_i}"
    r" - \sum_j \frac{\partial L}{\partial \hat x_j} - \hat x_i \sum_j \frac{\partial L}{\partial \hat x_j}\hat x_j\right)"
)


@pytest.mark.parametrize(
    "words", ["", r"Values $x_1, \dots, x_m$: ", r"Over a batch $\{x_1, x_2, \ldots, x_m\}$ let ", "With $m$ the size of the batch, "]
)
def test_a_mean(words: str) -> None:
    wrong = BY_INPUT.replace(r" - \sum_j \frac{\partial L}{\partial \hat x_j} ", " ")
    found = judged(
        f"{words}{NORMALISED}.\n\n$$ {BY_INPUT} $$\n\n$$ {wrong} $$\n\n$$ \\frac{{\\partial \\mu}}{{\\partial x_i}} = \\frac1m $$\n"
    )
    assert found == ["verified", "refuted", "proved"]


def test_a_list_beside_a_sum_of_its_members() -> None:
    text = r"For $x_1, \dots, x_n$ let $s = \sum_i x_i^2$ and $L = \frac{s}{n}$."
    right, wrong = (rf"$$\frac{{\partial L}}{{\partial x_i}} = {factor} x_i$$" for factor in (r"\frac{2}{n}", "2"))
    assert judged(f"{text}\n\n{right}\n\n{wrong}\n") == ["proved", "refuted"]


WEIGHTED = r"$p_n = \sigma(w^\top x_n)$, $L = -\sum_{n=1}^N c_n y_n \ln p_n + c_n (1 - y_n) \ln (1 - p_n)$ with weights $c_n$."


def test_a_bracket_behind_what_is_a_factor_beside() -> None:
    right, wrong = r"\sum_{n=1}^N c_n (p_n - y_n) x_n", r"\sum_{n=1}^N (p_n - y_n) x_n"
    claims = "\n\n".join(f"$$\\frac{{\\partial L}}{{\\partial w}} = {side}$$" for side in (right, wrong))
    assert judged(f"{WEIGHTED}\n\n{claims}\n") == ["verified", "refuted"]


@pytest.mark.parametrize(("letter", "end"), [("i", "m"), ("n", "N"), ("i", "N")])
def test_examples_above_a_name(letter: str, end: str) -> None:
    """J = -1/m Σ (y ln ŷ + (1 - y) ln(1 - ŷ)) of a logistic unit has the gradient 1/m Σ (ŷ - y) x."""
    total = rf"\sum_{{{letter}=1}}^{end}"
    model = (
        r"$\hat y^{(i)} = \sigma(w^\top x^{(i)} + b)$, $\mathcal{L}^{(i)} = -y^{(i)}\log\hat y^{(i)} - (1 - y^{(i)})\log(1-\hat y^{(i)})$,"
    )
    model = model.replace("^{(i)}", f"^{{({letter})}}") + rf" $J = \frac{{1}}{{{end}}} {total} \mathcal L^{{({letter})}}$."
    error = r"(\hat y^{(i)} - y^{(i)}) x^{(i)}".replace("(i)", f"({letter})")
    right, wrong = (rf"$$\frac{{\partial J}}{{\partial w}} = {factor}{total} {error}$$" for factor in (rf"\frac{{1}}{{{end}}} ", ""))
    assert judged(f"{model}\n\n{right}\n\n{wrong}\n") == ["verified", "refuted"]
