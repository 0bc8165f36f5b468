"""Forms that leave something open: numbers beside matrices, gradients without a subscript, powers by a difference of steps.

Which formulas are right follows by hand from the chain rule; each wrong one is a right one with one thing changed.
"""

from __future__ import annotations

import pytest

from tests.documents.test_recalled import verdicts

LEAKY = r"""
Let $\alpha$ be a real number, $h_t = (1-\alpha) h_{t-1} + \alpha \tanh(W h_{t-1} + U x_t)$ for $t = 1, \dots, T$,
with $h_t \in \mathbb{R}^n$ and $x_t \in \mathbb{R}^m$. Let $s_t = \tanh(W h_{t-1} + U x_t)$.
"""
SLOPE = r"\frac{\partial h_t}{\partial h_{t-1}} ="
PLAIN = r"""
For $t = 1, \dots, T$ let $h_t = \tanh(W h_{t-1} + U x_t)$ with $h_t \in \mathbb{R}^n$ and $L = \sum_{t=1}^T \ell(h_t)$.
"""
LINEAR = r"""
A linear system $h_t = W h_{t-1}$, $t = 1, \dots, T$, with $h_t \in \mathbb{R}^n$ and loss $J = c^\top h_T$.
"""
STACKED = r"""
Let $h \in \mathbb{R}^n$, $x \in \mathbb{R}^m$, $[h; x] \in \mathbb{R}^{n+m}$, $W \in \mathbb{R}^{n \times (n+m)}$.
Let $z = W [h; x]$, $L = \ell(z)$.
"""
BACK = r"\frac{\partial L}{\partial h_t} = \nabla \ell(h_t) + W^\top \left((1 - h_{t+1}^2) \odot \frac{\partial L}{\partial h_{t+1}}\right)"


@pytest.mark.parametrize(
    ("model", "claim", "verdict"),
    [
        # weights before what is stacked
        (STACKED, r"\frac{\partial L}{\partial W} = \frac{\partial L}{\partial z} [h; x]^\top", "proved"),
        (STACKED, r"\frac{\partial L}{\partial W} = \frac{\partial L}{\partial z} [x; h]^\top", "refuted"),
        # a number beside a matrix, whatever stands for the number: times the identity, on that condition
        (LEAKY, rf"{SLOPE} (1-\alpha) I + \alpha \, \mathrm{{diag}}(1-s_t^2) W", "proved"),
        (LEAKY, rf"{SLOPE} (1-\alpha) + \alpha \, \mathrm{{diag}}(1-s_t^2) W", "conditional"),
        (LEAKY, rf"{SLOPE} 1 - \alpha + \alpha \, \mathrm{{diag}}(1-s_t^2) W", "conditional"),
        (LEAKY, rf"{SLOPE} 1 - \alpha \, \mathrm{{diag}}(1-s_t^2) W", "refuted"),
        (LEAKY, rf"{SLOPE} (1+\alpha) + \alpha \, \mathrm{{diag}}(1-s_t^2) W", "refuted"),
        # the gradient of a scalar function at its argument
        (PLAIN, r"\frac{\partial L}{\partial h_T} = \nabla \ell(h_T)", "proved"),
        (PLAIN, BACK, "proved"),
        (PLAIN, BACK.replace("h_{t+1}^2", "h_t^2"), "refuted"),
        (PLAIN, r"\frac{\partial L}{\partial h_T} = \nabla L", "unknown"),
        # a letter that is taken from a step is a step
        (LINEAR, r"\frac{\partial h_t}{\partial h_k} = W^{t-k}", "proved"),
        (LINEAR, r"\frac{\partial h_t}{\partial h_k} = W^{t-k-1}", "refuted"),
        (LINEAR, r"\frac{\partial h_t}{\partial h_k} = W^{t-k+1}", "refuted"),
        # the last step as a factor before a bracket; ∂J/∂W sums T different products
        (LINEAR, r"\frac{\partial J}{\partial W} = T (W^\top)^{T-1} c h_0^\top", "refuted"),
        (LINEAR, r"T \frac{\partial J}{\partial h_0} = T (W^\top \frac{\partial J}{\partial h_1})", "proved"),
    ],
)  # fmt: skip
def test_a_form_that_leaves_something_open(model: str, claim: str, verdict: str) -> None:
    found = verdicts(f"{model}\n$$ {claim} $$\n")[-1]
    assert (found.role, found.verdict) == ("claim", verdict), found.message


def test_a_small_greek_letter_beside_a_number_is_no_matrix() -> None:
    """Both claims together would fit a matrix for it, in whose every entry 1 is added."""
    text = LEAKY.replace(r"Let $\alpha$ be a real number, ", "")
    claims = [rf"$$ {SLOPE} {weight} + \alpha \, \mathrm{{diag}}(1-s_t^2) W $$" for weight in (r"(1-\alpha)", r"1-\alpha")]
    found = [one.verdict for one in verdicts("\n\n".join([text, *claims])) if one.role == "claim"]
    assert found == ["conditional", "conditional"]


@pytest.mark.parametrize(
    ("claim", "different"),
    [
        (r"\frac{\partial J}{\partial h_0} = W^T c", "0"),
        (r"\frac{\partial J}{\partial W} = \sum_{t=0}^{T-1} (W^\top)^{t} c h_0^\top W^{T-1-t}", "0"),
    ],
)
def test_a_counterexample_shows_no_zero_where_it_can(claim: str, different: str) -> None:
    found = verdicts(f"{LINEAR}\n$$ {claim} $$\n")[-1]
    assert found.verdict == "refuted", found.message
    assert found.counterexample is not None
    assert different not in (found.counterexample.left, found.counterexample.right)


PAIR = r"""
For $t = 1, \dots, T$ let $a_t = W h_{t-1} + U x_t$, $h_t = \tanh(a_t)$, $L = \sum_{t=1}^T \ell(h_t)$ with $h_t \in \mathbb{R}^n$.

"""
TOTAL = r"$\frac{d L}{d a_t} = (1-h_t^2) \odot \left( \frac{\partial L}{\partial h_t} + W^\top \frac{d L}{d a_{t+1}} \right)$"


@pytest.mark.parametrize(
    "words", ["is the direct contribution", "is just the immediate gradient", "(the explicit part)", "denotes its local effect"]
)
def test_words_behind_a_formula_that_make_its_derivative_immediate(words: str) -> None:
    """∇ℓ(h_t) is the immediate derivative of L by h_t; the total one has a second term."""
    of_cost = r"$\frac{\partial L}{\partial h_t} = \nabla \ell(h_t)$"
    assert [one.verdict for one in verdicts(f"{PAIR}{TOTAL} where {of_cost} {words}.")][-2:] == ["proved", "unknown"]
    assert verdicts(f"{PAIR}We have {of_cost}.")[-1].verdict == "refuted"


@pytest.mark.parametrize(
    ("claim", "verdict"),
    [
        (r"\frac{\partial L}{\partial h_T} = \nabla \ell(h_T)", "proved"),
        (r"\frac{\partial L}{\partial U} = \sum_{t=1}^T ((1-h_t^2) \odot \frac{\partial L}{\partial h_t}) x_t^\top", "proved"),
        (r"\frac{\partial L}{\partial U} = \sum_{t=1}^T ((1-h_t^2) \odot \frac{\partial L}{\partial h_t}) x_{t-1}^\top", "unknown"),
        (r"\frac{d L}{d U} = \sum_{t=1}^T ((1-h_t^2) \odot \frac{d L}{d h_t}) x_t^\top", "proved"),
        (r"\frac{d L}{d U} = \sum_{t=1}^T ((1-h_t^2) \odot \frac{d L}{d h_t}) x_{t-1}^\top", "refuted"),
        (r"\frac{\partial h_t}{\partial U} = 3", "unknown"),
    ],
)
def test_one_derivative_that_is_called_immediate_leaves_the_others(claim: str, verdict: str) -> None:
    words = r"Below $\frac{\partial h_t}{\partial U}$ is the immediate derivative."
    found = verdicts(f"{PAIR}{words}\n\n$$ {claim} $$\n")[-1]
    assert found.verdict == verdict, found.message
    every = verdicts(f"{PAIR}All partial derivatives below are immediate.\n\n$$ {claim} $$\n")[-1]
    assert every.verdict == "unknown" or "partial" not in claim
