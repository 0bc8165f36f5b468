"""Words that restrict a formula: what is false outside of its case is not refuted, and the same formula without them is.

That each formula holds in its case, and not beyond it, is textbook knowledge: the Jacobian of a softmax by its two cases, the gradient of
a cross-entropy by a logit, the last step and the output layer, where a recursion begins, and stationary points of a least-squares cost.
"""

from __future__ import annotations

import pytest

from tests.documents.test_raw import verdicts

SOFTMAX = "$q=\\mathrm{softmax}(s)$, $s\\in\\mathbb{R}^K$.\n\n"
EQUAL = r"\frac{\partial q_i}{\partial s_j}=q_i(1-q_i)"
UNEQUAL = r"\frac{\partial q_i}{\partial s_j}=-q_iq_j"
STEPS = (
    "For $t=1,\\dots,T$ let $a_t=\\tanh(Ra_{t-1}+Qu_t)$ with $a_t\\in\\mathbb{R}^n$, $u_t\\in\\mathbb{R}^m$, and "
    "$J=\\sum_{t=1}^T\\phi(a_t)$.\n\n"
)
AT_THE_END = r"\frac{\partial J}{\partial a_t}=\nabla\phi(a_t)"
UNITS = "$a_j=\\sum_iw_{ji}x_i$, $y_j=\\sigma(a_j)$, $E=\\frac12\\sum_j(y_j-t_j)^2$.\n\n"
TARGET_ONE = r"\frac{\partial E}{\partial a_j}=(y_j-1)y_j(1-y_j)"
CURVED = "$z=Wx$, $h=\\tanh(z)$, $L=\\ell(h)$, $x\\in\\mathbb{R}^m$, $h\\in\\mathbb{R}^n$.\n\n"
LINEAR = r"\frac{\partial L}{\partial x}=W^\top\frac{\partial L}{\partial h}"
SQUARES = (
    "Let $L=\\frac12\\|Xw-y\\|^2+\\frac{\\mu}{2}w^\\top w$ with $X\\in\\mathbb{R}^{n\\times d}$, "
    "$w\\in\\mathbb{R}^d$, $y\\in\\mathbb{R}^n$.\n\n"
)
GRADIENT = r"\frac{\partial L}{\partial w}=X^\top(Xw-y)+\mu w"


def claims(text: str) -> list[str]:
    return [one.verdict for one in verdicts(text) if one.role == "claim"]


@pytest.mark.parametrize(
    ("model", "text", "formula"),
    [
        (SOFTMAX, "On the diagonal of the Jacobian\n\n$$%s$$", EQUAL),
        (SOFTMAX, "Away from the diagonal we find $%s$.", UNEQUAL),
        (SOFTMAX, "Case A: the two indices agree.\n\n$$%s$$", EQUAL),
        (SOFTMAX, "Case 1: the two indices agree.\n\nThen the quotient rule is used, and it says\n\n$$%s$$", EQUAL),
        (SOFTMAX, "- distinct indices: $%s$", UNEQUAL),
        (SOFTMAX, "We have $%s$ off the diagonal.", UNEQUAL),
        (SOFTMAX, "We have $%s$ whenever the indices differ.", UNEQUAL),
        (SOFTMAX, "# Off-diagonal entries\n\n$$%s$$", UNEQUAL),
        (STEPS, "**Base case.**\n$$%s$$", AT_THE_END),
        (STEPS, "The recursion starts with $%s$.", AT_THE_END),
        (STEPS, "## The last step\n\n$$%s$$", AT_THE_END),
        (STEPS, "We obtain $%s$ in the final position alone.", AT_THE_END),
        (STEPS, "The equation $%s$ is what one has for $t=T$.", AT_THE_END),
        (STEPS, "Were the recurrence cut, the gradient would be $%s$.", AT_THE_END),
        (
            STEPS,
            r"$\frac{\partial J}{\partial a_T}=\nabla\phi(a_T)$, and $%s$ for one step.",
            AT_THE_END,
        ),
        (UNITS, "For a unit with target 1, $%s$.", TARGET_ONE),
        (UNITS, "The active classes have $%s$, the others $\\frac{\\partial E}{\\partial a_j}=y_j^2(1-y_j)$.", TARGET_ONE),
        (CURVED, "$%s$ near the origin, where the slope is one.", LINEAR),
        (CURVED, "The formula $%s$ would hold were the activation linear.", LINEAR),
        (CURVED, "To first order in small inputs, $%s$.", LINEAR),
    ],
)
def test_what_holds_in_its_case_is_not_refuted(model: str, text: str, formula: str) -> None:
    assert "refuted" not in claims(model + text % formula)
    assert claims(f"{model}We have\n\n$${formula}$$") == ["refuted"]


@pytest.mark.parametrize(
    ("model", "text", "formula"),
    [
        (STEPS, "# A loss at each step\n\n$$%s$$", AT_THE_END),
        (STEPS, "With respect to the hidden state, $%s$.", AT_THE_END),
        (STEPS, "The last step is the easiest.\n\nFor every $t$ it holds that\n\n$$%s$$", AT_THE_END),
        (CURVED, "By the chain rule, the input of the layer gets $%s$.", LINEAR),
        (CURVED, "The output unit is not linear.\n\n$$%s$$", LINEAR),
        (SOFTMAX, "Case 1: the indices agree.\n\n$$" + EQUAL + "$$\n\nPutting both cases together,\n\n$$%s$$", UNEQUAL),
        (SOFTMAX, "Both cases are the same:\n\n$$%s$$", UNEQUAL),
    ],
)
def test_other_words_restrict_nothing(model: str, text: str, formula: str) -> None:
    assert claims(model + text % formula)[-1] == "refuted"


@pytest.mark.parametrize(
    "text",
    [
        "Setting the gradient to zero gives $(X^\\top X+\\mu I)w=X^\\top y$.",
        "At the optimum, $\\mu w=X^\\top(y-Xw)$.",
        "The first-order condition is\n\n$$X^\\top(Xw-y)+\\mu w=0$$",
        "The minimizer satisfies $\\frac{\\partial L}{\\partial w}=0$.",
        "Solving the normal equations for $w$ yields $w=(X^\\top X+\\mu I)^{-1}X^\\top y$.",
        "The stationary point is found at once.\n\nIt is where\n\n$$X^\\top(Xw-y)=-\\mu w.$$",
    ],
)
def test_what_holds_at_a_stationary_point_is_no_claim_about_all_points(text: str) -> None:
    found = claims(f"{SQUARES}{text}\n\nThe gradient is\n\n$${GRADIENT}$$\n\n$${GRADIENT.replace('+', '-')}$$")
    assert "refuted" not in found[:-2] and found[-2:] == ["proved", "refuted"]


@pytest.mark.parametrize("head", ["\\log p=z-\\log\\sum_je^{z_j}", "\\ln p_k=z_k-\\ln\\sum_{j=1}^Ke^{z_j}"])
def test_a_logarithm_may_define_its_argument(head: str) -> None:
    text = f"Let $z=Wx$ with $W\\in\\mathbb{{R}}^{{K\\times d}}$, and let ${head}$. The loss is $L=-\\sum_{{k=1}}^Ky_k\\log p_k$.\n\n"
    right, wrong = "p\\sum_{k=1}^Ky_k-y", "p-\\sum_{k=1}^Ky_k"
    found = verdicts(f"{text}$$\\frac{{\\partial L}}{{\\partial z}}={right}$$\n\n$$\\frac{{\\partial L}}{{\\partial z}}={wrong}$$")
    assert [one.verdict for one in found if one.role == "claim"] in (["proved", "refuted"], ["verified", "refuted"])
    assert next(one for one in found if one.latex == head).role == "definition"


SUMS = "$z_i=w^\\top x_i$ with $x_i\\in\\mathbb{R}^d$, $L=\\frac12\\sum_{i=1}^N(z_i-y_i)^2$.\n\n"
SUM = r"\frac{\partial L}{\partial w}=\sum_{i=1}^N(z_i-y_i)x_i"


@pytest.mark.parametrize(
    ("words", "cost", "gradient"),
    [
        ("In practice the mean is taken,", r"L=\frac1{2N}\sum_{i=1}^N(z_i-y_i)^2", r"\frac1N\sum_{i=1}^N(z_i-y_i)x_i"),
        ("With a penalty,", r"L=\frac12\sum_{i=1}^N(z_i-y_i)^2+\frac\mu2\|w\|^2", r"\sum_{i=1}^N(z_i-y_i)x_i+\mu w"),
        ("With weights $c_i\\in\\mathbb{R}$,", r"L=\frac12\sum_{i=1}^Nc_i(z_i-y_i)^2", r"\sum_{i=1}^Nc_i(z_i-y_i)x_i"),
    ],
)
def test_a_cost_stated_anew_is_the_cost_from_there_on(words: str, cost: str, gradient: str) -> None:
    found = verdicts(f"{SUMS}$${SUM}$$\n\n{words} ${cost}$.\n\n$$\\frac{{\\partial L}}{{\\partial w}}={gradient}$$\n\n$${SUM}$$")
    assert [one.verdict for one in found if one.role == "claim"] == ["proved", "proved", "refuted"]
    assert next(one for one in found if one.latex == cost).role == "definition"


def test_a_cost_said_again_stays_what_it_is() -> None:
    expanded = r"L=\frac12\sum_{i=1}^N(z_i^2-y_iz_i+y_i^2)"
    found = verdicts(f"{SUMS}Expanding the square, ${expanded}$.\n\n$${SUM}$$")
    assert [one.verdict for one in found if one.role == "claim"] == ["refuted", "proved"]
    found = verdicts(f"{SUMS}Write $L=\\sum_{{i=1}}^NL_i$.\n\n$${SUM}$$")
    assert [one.verdict for one in found if one.role == "claim"] == ["unknown", "proved"]
