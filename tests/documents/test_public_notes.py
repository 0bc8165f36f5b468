"""What lecture notes and posts do that nobody announces: other index letters, suppositions, losses with arguments, lists behind headings.

The formulas are those of textbooks (Goodfellow et al., sections 6.5 and 10.2.2); each wrong one is a right one with one thing changed.
"""

from __future__ import annotations

import pytest

from .test_raw import verdicts

RNN = r"""
# Networks

## Recurrent network

The forward pass is
$$ a_t = W h_{t-1} + U x_t + b, \qquad h_t = \phi(a_t), \qquad o_t = V h_t. $$
"""
LINEAR = r"""
{rank} Linear case

To isolate the role of $W$, suppose there is no non-linearity:
$$ h_t = W h_{{t-1}} + U x_t. $$
"""
JACOBIAN = r"$$ \frac{\partial h_t}{\partial h_{t-1}} = \operatorname{diag}(\phi'(a_t)) W $$"
JACOBIAN_OF_J = r"$$ \frac{\partial h_j}{\partial h_{j-1}} = \operatorname{diag}(\phi'(a_j)) W $$"
PLAIN_JACOBIAN = r"$$ \frac{\partial h_t}{\partial h_{t-1}} = W $$"
SOFTMAX = r"""
With a softmax and the cross-entropy,
$$
\begin{aligned}
\hat{y}_{t,i} &= \frac{\exp(o_{t,i})}{\sum_j \exp(o_{t,j})}, \\
L_t &= -\sum_i y_{t,i} \log \hat{y}_{t,i},
\end{aligned}
$$
where $y_t$ is one-hot.
"""


def claims(text: str, suffix: str = ".md") -> list[str]:
    return [found.verdict for found in verdicts(text, suffix) if found.role == "claim"]


@pytest.mark.parametrize(
    ("again", "claim", "verdict"),
    [
        (r"$$ h_j = \phi(a_j), \qquad a_j = W h_{j-1} + U x_j + b $$", JACOBIAN_OF_J, "proved"),
        (r"$$ a_k = W h_{k-1} + U x_k + b $$", JACOBIAN, "proved"),
        (r"$$ a_k = W h_{k-1} + U x_k + b $$", PLAIN_JACOBIAN, "refuted"),
    ],
)
def test_an_equation_said_again_in_other_index_letters_is_the_same(again: str, claim: str, verdict: str) -> None:
    assert claims(f"{RNN}\n## Again\n\nRecall\n{again}\n{claim}") == [verdict]


def test_a_letter_that_runs_elsewhere_counts_the_entries_of_what_has_steps_already() -> None:
    product = r"\frac{\partial h_t}{\partial h_k} = \prod_{j=k+1}^t \frac{\partial h_j}{\partial h_{j-1}}"
    text = f"{RNN}{SOFTMAX}\n$$ {product} $$\n"
    right = r"$$ \frac{\partial L_t}{\partial o_t} = \hat{y}_t - y_t $$"
    assert claims(f"{text}\n{right}")[-1] in ("proved", "verified")
    assert claims(f"{text}\n{right.replace('- y_t', '+ y_t')}")[-1] == "refuted"


@pytest.mark.parametrize(
    ("behind", "claim", "verdict"),
    [
        ("", PLAIN_JACOBIAN, "conditional"),
        ("", JACOBIAN, "unknown"),
        ("### Its gradient\n", PLAIN_JACOBIAN, "conditional"),
        ("## The gradient\n", JACOBIAN, "proved"),
        ("## The gradient\n", PLAIN_JACOBIAN, "conditional"),
    ],
)
def test_what_is_supposed_holds_in_its_section(behind: str, claim: str, verdict: str) -> None:
    assert claims(f"{RNN}{LINEAR.format(rank='##')}\n{behind}\n{claim}") == [verdict]


def test_behind_a_supposition_in_text_without_ranks_nothing_is_refuted() -> None:
    heading = "The gradient\n============\n\n.. math::\n\n   "
    text = RNN.replace("# Networks\n\n## Recurrent network", "Networks\n========") + LINEAR.format(rank="").replace(
        " Linear case", "Linear case\n-----------"
    )
    text = "\n".join(line if "$$" not in line else f"\n.. math::\n\n   {line.strip('$ ')}\n" for line in text.splitlines())
    assert claims(f"{text}\n{heading}{PLAIN_JACOBIAN.strip('$ ')}\n".replace("$W$", ":math:`W`"), ".rst") == ["conditional"]


@pytest.mark.parametrize(
    ("total", "verdict"),
    [
        (r"E(\theta) = \sum_{t=1}^T L(y_t, \hat{y}_t)", "proved"),
        (r"E = \sum_{t=1}^T L_t(\hat{y}_t, y_t)", "proved"),
    ],
)
def test_a_loss_with_its_arguments_is_the_loss(total: str, verdict: str) -> None:
    text = f"{RNN}\nThe total is\n$$ {total} $$\nwhere $\\theta = \\{{W, U, V\\}}$.\n{SOFTMAX}"
    claim = r"$$ \frac{\partial E}{\partial V} = \sum_{t=1}^T \frac{\partial L_t}{\partial o_t} h_t^T $$"
    assert claims(f"{text}\n{claim}") == [verdict]
    assert claims(f"{text}\n{claim.replace('h_t^T', 'h_{t-1}^T')}") == ["refuted"]


BATCH = r"""
## Dimensions

* $X_i$ has dimensions $(784, m)$
* $Y$ has dimensions $(10, m)$

## Layer

$$ Z_h = W_h X_i + b_h, \qquad A_h = ReLU(Z_h) $$

## Dimensions

* $W_h$ has dimensions $(10, 784)$
* $b_h$ has dimensions $(10, 1)$
"""


@pytest.mark.parametrize(
    ("claim", "verdict"),
    [
        (r"\frac{\partial L}{\partial A_h} = 2 (A_h - Y)", "proved"),
        (r"\frac{\partial L}{\partial W_h} = \frac{\partial L}{\partial Z_h} X_i^T", "proved"),
        (r"\frac{\partial L}{\partial A_h} = A_h - Y", "refuted"),
    ],
)
def test_lists_behind_headings_and_entries_of_brackets(claim: str, verdict: str) -> None:
    assert claims(f"{BATCH}\n$$ L = \\sum_{{j,k}} (A_h - Y)_{{jk}}^2 $$\n\nso\n$$ {claim} $$") == [verdict]


@pytest.mark.parametrize(
    ("claim", "verdict"),
    [
        (r"\frac{\partial L}{\partial W_h} = \frac{\partial L}{\partial Z_h} X_i^T", "proved"),
        (r"\frac{\partial L}{\partial W_h} = X_i \frac{\partial L}{\partial Z_h}^T", "unknown"),
        (r"\frac{\partial L}{\partial A_h} = - Y \oslash A_h", "unknown"),
    ],
)
def test_a_cost_of_names_of_its_own_is_an_arbitrary_one(claim: str, verdict: str) -> None:
    """`a` and `y` of one sample are not said to be columns of A and Y: what is true of any cost of the output is proved."""
    text = BATCH.replace("ReLU", "Softmax")
    assert claims(f"{text}\nFor each class,\n$$ L = - \\sum_k \\sum_i y_i^{{(k)}} \\log a_i^{{(k)}} $$\n\nso\n$$ {claim} $$") == [verdict]


def test_division_entry_by_entry_and_capitals() -> None:
    text = r"""
$$ z = W x, \qquad p = Softmax(z), \qquad L = - y^T \log(p) $$
$$ \frac{\partial L}{\partial p} = - y \oslash p $$
$$ \frac{\partial L}{\partial p} = - p \oslash y $$
"""
    assert claims(text) == ["proved", "refuted"]


def test_units_that_a_letter_tells_apart_are_not_confused() -> None:
    """Graves, Supervised Sequence Labelling (2012), section 3.2: a_h are the inputs of hidden units, a_k those of outputs."""
    text = r"""
\begin{align}
a_h^{t} &= \sum_{i=1}^{I} w_{ih} x_i^{t} + \sum_{h'=1}^{H} w_{h'h} b_{h'}^{t-1} \\
b_h^{t} &= \theta(a_h^{t}) \\
a_k^{t} &= \sum_{h=1}^{H} w_{hk} b_h^{t}
\end{align}
"""
    assert "refuted" not in claims(text)


def test_an_e_with_its_step_in_brackets_is_a_quantity() -> None:
    text = r"""
$$ e^{(t)} = \sigma(U x^{(t)} + W s^{(t-1)}), \qquad s^{(t)} = s^{(t-1)} + e^{(t)} $$
$$ \frac{\partial s^{(t)}}{\partial s^{(t-1)}} = I + \operatorname{diag}(\sigma'(U x^{(t)} + W s^{(t-1)})) W $$
"""
    assert claims(text) == ["proved"]


def test_what_a_claim_names_holds_behind_equations_said_again() -> None:
    text = f"""{RNN}
## Again

$$ a_t = W h_{{t-1}} + U x_t + b, \\qquad h_t = \\phi(a_t), \\qquad o_t = V h_t. $$

$$ L = \\sum_{{t=1}}^T \\ell(o_t, y_t) $$

$$ \\delta_h^t = \\frac{{\\partial L}}{{\\partial a_t}} = \\operatorname{{diag}}(\\phi'(a_t)) \\frac{{\\partial L}}{{\\partial h_t}} $$

$$ \\frac{{\\partial L}}{{\\partial W}} = \\sum_{{t=1}}^T \\delta_h^t h_{{t-1}}^T $$
"""
    assert claims(text) == ["proved", "proved"]


@pytest.mark.parametrize(
    ("claim", "verdict"),
    [
        (r"\frac{\partial h_t}{\partial h_{t-1}} = \operatorname{diag}(\tanh'(z_t)) W", "conditional"),
        (r"\frac{\partial h_t}{\partial h_{t-1}} = \operatorname{diag}(\tanh'(z_{t-1})) W", "unknown"),
        (r"\frac{\partial h_t}{\partial h_{t-1}} = \operatorname{diag}(\sigma'(z_t)) W", "unknown"),
    ],
)
def test_what_only_a_derivative_is_applied_to_is_what_its_function_is_applied_to(claim: str, verdict: str) -> None:
    assert claims(rf"$$ h_t = \tanh(W h_{{t-1}} + U x_t) $$ so that $$ {claim} $$") == [verdict]
