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


@pytest.mark.parametrize("factor", ["c_n", "r_n", "w_n", r"\alpha_n", "c^{(n)}"])
def test_a_factor_with_an_index_before_a_bracket(factor: str) -> None:
    model = rf"$p_n = \theta^\top x_n$, $L = \frac12\sum_{{n=1}}^N {factor} (p_n - y_n)^2$ with $\theta, x_n \in \mathbb{{R}}^d$."
    if "(" in factor:
        model = model.replace("p_n", "p^{(n)}").replace("x_n", "x^{(n)}").replace("y_n", "y^{(n)}")
    p, y, x = ("p^{(n)}", "y^{(n)}", "x^{(n)}") if "(" in factor else ("p_n", "y_n", "x_n")
    right, wrong = (rf"$$\frac{{\partial L}}{{\partial \theta}} = \sum_{{n=1}}^N {one} ({p} - {y}) {x}$$" for one in (factor, ""))
    first, second = judged(f"{model}\n\n{right}\n\n{wrong}\n")
    assert first in ("proved", "verified") and second == "refuted"


def test_what_stands_beside_a_sign_for_entries_is_no_number() -> None:
    model = r"Let $x \in \mathbb{R}^n$, $y = \gamma \odot x$, $L = \frac12\|y - t\|^2$."
    right, wrong = r"(y - t) \odot x", r"\sum_i (y_i - t_i) x_i"
    claims = "\n\n".join(rf"$$\frac{{\partial L}}{{\partial \gamma}} = {side}$$" for side in (right, wrong))
    first, second = judged(f"{model}\n\n{claims}\n")
    assert first == "proved" and second in ("unknown", "refuted")


def test_a_function_beside_a_sign_for_entries_gives_no_number() -> None:
    model = (
        r"$x_{l+1} = x_l + \alpha_l \odot F(x_l)$ with $x_l \in \mathbb{R}^n$ and $L = \ell(x_3)$, $g_l = \frac{\partial L}{\partial x_l}$."
    )
    assert judged(f"{model}\n\n$$\\frac{{\\partial L}}{{\\partial \\alpha_l}} = g_{{l+1}}^\\top F(x_l)$$\n")[0] in ("unknown", "refuted")


def test_a_penalty_of_a_name_without_a_shape() -> None:
    """The gradient of -Σ (y ln h + (1 - y) ln(1 - h)) + λ/2 ‖θ‖² of a logistic unit is Σ (h - y) x + λθ."""
    entropy = r"\left[ y_i \log h_i + (1-y_i) \log(1-h_i) \right]"
    model = rf"$h_i = \sigma(\theta^\top x_i)$, $J = -\sum_{{i=1}}^m {entropy} + \frac{{\lambda}}{{2}}\|\theta\|^2$"
    claim = r"$$\frac{\partial J}{\partial \theta} = \sum_{i=1}^m (h_i - y_i) x_i + \lambda \theta$$"
    assert judged(f"{model}\n\n{claim}\n")[0] != "refuted"
