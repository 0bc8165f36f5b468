"""Forms that posts and notes share: cases by the value of a quantity, Kronecker deltas, classes, copies of parameters, called losses.

What is right here is right by automatic differentiation, too (ReLU, hinge, softmax and copies of weights at sizes 2 to 5, T = 1..4); each
wrong claim is a right one with one thing changed.
"""

from __future__ import annotations

import pytest

from .test_public_notes import claims
from .test_raw import verdicts

RELU = "$z = W x + b$, $a = \\mathrm{ReLU}(z)$, $L = \\frac{1}{2} \\|a - y\\|^2$.\n\n"
PLAIN_CASES = (
    "$z = W x + b$, $L = \\frac{1}{2} \\|a - y\\|^2$ and\n\n$$ a_i = \\begin{cases} z_i & z_i > 0 \\\\ 0 & z_i \\le 0 \\end{cases} $$\n\n"
)
HINGE = "The hinge loss is $E = \\max(0, 1 - y s)$ with $s = w^T x$, where $y$ is a scalar.\n\n"
LEAKY = "$f(x) = \\begin{cases} x & \\text{if } x > 0 \\\\ 0.1 x & \\text{otherwise} \\end{cases}$ and $h = f(z)$, $z = W x$.\n\n"
SOFTMAX = "$$ s_i = \\frac{e^{z_i}}{\\sum_j e^{z_j}} $$\n\n"
CLASSES = "$z = W x + b$, $p = \\mathrm{softmax}(z)$, where $c$ is the correct class, and $L = -\\log p_c$.\n\n"
RNN = "$h_t = \\tanh(W h_{t-1} + U x_t)$ and $\\hat y_t = V h_t$ for $t = 1, \\dots, T$. "
CALLED = RNN + "The loss of a step is $L_t = L(\\hat y_t, y_t)$, that of all is $L = \\sum_{t=1}^T L_t$.\n\n"
COPIES = RNN + "The loss is $L = \\sum_{t=1}^T \\ell(\\hat y_t)$. There is a copy of $W$ for each step.\n\n"
DECAY = "$z = W x$, $\\hat y = \\sigma(z)$, $L = \\frac12 \\|\\hat y - y\\|^2$ and $J(W) = L + \\lambda \\|W\\|^2$.\n\n"


@pytest.mark.parametrize(
    ("model", "claim", "verdict"),
    [
        (
            RELU,
            r"\frac{\partial L}{\partial z_i} = \begin{cases} a_i - y_i & \text{if } z_i > 0 \\ 0 & \text{otherwise} \end{cases}",
            "proved",
        ),
        (
            RELU,
            r"\frac{\partial L}{\partial z_i} = \begin{cases} y_i - a_i & \text{if } z_i > 0 \\ 0 & \text{otherwise} \end{cases}",
            "refuted",
        ),
        (RELU, r"\mathrm{ReLU}'(z) = \begin{cases} 1 & z > 0 \\ 0 & z < 0 \end{cases}", "proved"),
        (RELU, r"\frac{\partial a_i}{\partial z_i} = 1 \text{ if } z_i > 0 \text{ else } 0", "proved"),
        (RELU, r"\frac{\partial a_i}{\partial z_i} = 1 \text{ if } z_i > 0, \quad 0 \text{ otherwise}", "proved"),
        (RELU, r"\frac{\partial a_i}{\partial z_i} = 2 \text{ if } z_i > 0 \text{ else } 0", "refuted"),
        (RELU, r"\frac{\partial L}{\partial z} = (a - y) \odot 1_{z > 0}", "proved"),
        (RELU, r"\frac{\partial L}{\partial z} = (a - y) \odot \mathbb{1}[0 < z]", "proved"),
        (RELU, r"\frac{\partial L}{\partial z} = (y - a) \odot 1_{z > 0}", "refuted"),
        (RELU, r"\frac{\partial L}{\partial z} = (a - y) \odot (1 - \mathbb{1}[z \le 0])", "proved"),
        (RELU, r"\frac{\partial L}{\partial z} = (a - y) \odot 1_{a \ge 0}", "unknown"),  # a is 0 wherever z is negative
        (PLAIN_CASES, r"\frac{\partial L}{\partial z_i} = (a_i - y_i) \begin{cases} 1 & z_i \ge 0 \\ 0 & z_i < 0 \end{cases}", "proved"),
        (PLAIN_CASES, r"\frac{\partial L}{\partial b_i} = \begin{cases} a_i - y_i & a_i > 0 \\ 0 & a_i \le 0 \end{cases}", "verified"),
        (PLAIN_CASES, r"\frac{\partial L}{\partial b_i} = \begin{cases} a_i - y_i & a_i \ge 0 \\ 0 & a_i < 0 \end{cases}", "unknown"),
        (HINGE, r"\frac{\partial E}{\partial s} = \begin{cases} -y & \text{if } y s < 1 \\ 0 & \text{otherwise} \end{cases}", "proved"),
        (HINGE, r"\frac{\partial E}{\partial s} = \begin{cases} y & \text{if } y s < 1 \\ 0 & \text{otherwise} \end{cases}", "refuted"),
        (LEAKY, r"f'(x) = \begin{cases} 1 & \text{if } x > 0 \\ 0.1 & \text{otherwise} \end{cases}", "proved"),
    ],
)
def test_cases_by_the_value_of_a_quantity(model: str, claim: str, verdict: str) -> None:
    assert claims(f"{model}$$ {claim} $$\n") == [verdict]


@pytest.mark.parametrize(
    "said",
    [
        r"Let $\delta_{ij} = 1 \text{ if } i = j \text{ and } 0 \text{ otherwise}$.",
        r"Here $\delta_{ij} = 1$ if $i=j$, else $\delta_{ij} = 0$.",
        r"$$ \delta_{ij} = \begin{cases} 1 & \text{if } i = j \\ 0 & \text{if } i \neq j \end{cases} $$",
    ],
)
def test_a_kronecker_delta_that_is_said_to_be_one(said: str) -> None:
    right, wrong = (rf"$$ \frac{{\partial s_i}}{{\partial z_j}} = s_i (\delta_{{ij}} - s_{letter}) $$" for letter in "ji")
    assert claims(f"{SOFTMAX}{said}\n\n{right}\n\n{wrong}\n") == ["proved", "refuted"]


def test_what_is_no_kronecker_delta_is_not_taken_for_one() -> None:
    said = r"$$ \delta_{ij} = \begin{cases} 1 & \text{if } i \neq j \\ 0 & \text{if } i = j \end{cases} $$"
    right = r"$$ \frac{\partial s_i}{\partial z_j} = s_i (\delta_{ij} - s_j) $$"
    assert "proved" not in claims(f"{SOFTMAX}{said}\n\n{right}\n")


@pytest.mark.parametrize(
    ("claim", "verdict"),
    [
        (r"\frac{\partial L}{\partial z_j} = p_j - \delta_{jc}", "proved"),
        (r"\frac{\partial L}{\partial z_j} = p_j - \mathbb{1}[j = c]", "proved"),
        (r"\frac{\partial L}{\partial z_j} = \begin{cases} p_j - 1 & j = c \\ p_j & j \neq c \end{cases}", "proved"),
        (r"\frac{\partial L}{\partial z_c} = p_c - 1", "proved"),
        (r"\frac{\partial L}{\partial z_c} = 1 - p_c", "refuted"),
        (r"\frac{\partial L}{\partial z_j} = \delta_{jc} - p_j", "refuted"),
        (r"\frac{\partial L}{\partial W_{jk}} = (p_j - \delta_{jc}) x_k", "proved"),
        (r"\frac{\partial L}{\partial W_{jk}} = (p_j - \delta_{jc}) x_j", "unknown"),  # its shapes do not fit, and nobody states them
        (r"\frac{\partial L}{\partial z_j} = p_j - 1", "unknown"),  # of the correct class, perhaps
    ],
)
def test_the_class_of_an_example(claim: str, verdict: str) -> None:
    assert claims(f"{CLASSES}$$ {claim} $$\n") == [verdict]


@pytest.mark.parametrize(("side", "verdict"), [("p - y", "conditional"), ("y - p", "unknown")])
def test_a_target_that_only_claims_mention_is_1_at_the_class(side: str, verdict: str) -> None:
    text = rf"{CLASSES}$y$ is the one-hot vector of the class $c$. $$ \frac{{\partial L}}{{\partial z}} = {side} $$"
    found = [found for found in verdicts(text) if found.role == "claim"]
    assert [one.verdict for one in found] == [verdict]
    assert verdict != "conditional" or found[0].assumptions == ("reading: `y` is 1 at `c` and 0 elsewhere",)


def test_one_hot_targets_that_no_equation_knows_do_not_stop_claims_about_others() -> None:
    text = CLASSES + "The labels $Y$ are one-hot.\n\n$$ \\frac{\\partial L}{\\partial z_c} = p_c - 1 $$"
    assert claims(text) == ["proved"]


@pytest.mark.parametrize(
    ("claim", "verdict"),
    [
        (r"\frac{\partial L}{\partial V} = \sum_{t=1}^T \frac{\partial L_t}{\partial \hat y_t} h_t^T", "proved"),
        (r"\frac{\partial L}{\partial V} = \sum_{t=1}^T \frac{\partial L_t}{\partial \hat y_t} h_{t-1}^T", "refuted"),
        (r"\frac{\partial L}{\partial h_T} = V^T \frac{\partial L(\hat y_T, y_T)}{\partial \hat y_T}", "proved"),
        (r"\frac{\partial L}{\partial h_t} = V^T \frac{\partial L_t}{\partial \hat y_t}", "refuted"),
    ],
)
def test_the_loss_of_a_step_is_the_value_of_a_function(claim: str, verdict: str) -> None:
    found = verdicts(f"{CALLED}$$ {claim} $$\n")
    assert [one.verdict for one in found if one.role == "claim"] == [verdict]
    assert not any(one.verdict for one in found if one.role == "definition")


@pytest.mark.parametrize(
    ("claim", "verdict"),
    [
        (r"\sum_{t=1}^T \frac{\partial L}{\partial W^{(t)}}", "conditional"),
        (r"\sum_{k=1}^T \frac{\partial L}{\partial W^{(k)}}", "conditional"),
        (r"\frac{1}{T} \sum_{t=1}^T \frac{\partial L}{\partial W^{(t)}}", "unknown"),
        (r"\sum_{t=2}^T \frac{\partial L}{\partial W^{(t)}}", "unknown"),
    ],
)
def test_copies_of_a_parameter_that_no_equation_introduces(claim: str, verdict: str) -> None:
    assert claims(rf"{COPIES}$$ \frac{{\partial L}}{{\partial W}} = {claim} $$") == [verdict]


@pytest.mark.parametrize(("factor", "verdict"), [("2 ", "proved"), ("", "refuted")])
def test_a_loss_of_parameters_that_it_mentions(factor: str, verdict: str) -> None:
    assert claims(rf"{DECAY}$$ \frac{{\partial J}}{{\partial W}} = \frac{{\partial L}}{{\partial W}} + {factor}\lambda W $$") == [verdict]


def test_a_step_of_gradient_descent_that_counts_iterations_is_an_update() -> None:
    text = "$\\hat y = w^T x + b$, $L = \\frac12 (\\hat y - y)^2$.\n\n$$ \\frac{\\partial L}{\\partial w} = (\\hat y - y) x $$\n\n"
    found = verdicts(text + "$$ w_{t+1} = w_t - \\eta \\frac{\\partial L}{\\partial w} $$\n\n$$ h_{t+1} = h_t - \\eta g_t $$\n")
    assert [(one.role, one.verdict) for one in found[2:4]] == [("claim", "proved"), ("update", "")]
    assert found[4].role != "update"


@pytest.mark.parametrize(
    ("claim", "verdict"),
    [(r"\frac{\partial p_i}{\partial x_i} = p_i (1 - p_i)", "proved"), (r"\frac{\partial p_i}{\partial x_i} = p_i", "refuted")],
)
def test_a_sum_without_an_index_runs_over_the_one_letter_that_is_open(claim: str, verdict: str) -> None:
    found = verdicts(f"$p_i = \\frac{{e^{{x_i}}}}{{\\sum e^{{x_j}}}}$.\n\n$$ {claim} $$\n")[-1]
    assert found.verdict == verdict
    assert "`\\sum` without an index runs over `j`" in found.reading


def test_a_sum_without_an_index_over_what_is_given_already_is_not_read() -> None:
    assert claims("$p_i = \\frac{e^{x_i}}{\\sum e^{x_i}}$.\n\n$$ \\frac{\\partial p_i}{\\partial x_i} = p_i (1 - p_i) $$\n") == ["unknown"]


def test_what_an_implication_says_again_replaces_nothing() -> None:
    model = "$h_t = \\tanh(U x_t + W h_{t-1})$, $\\hat{y}_t = \\mathrm{softmax}(V h_t)$, $L = \\sum_{t=1}^T \\ell(\\hat{y}_t)$.\n\n"
    again = "Let $Z_t = V h_t$. $$ \\Rightarrow \\hat{y}_t = \\mathrm{softmax}(Z_t) $$\n\n"
    right = "$$ \\frac{\\partial L}{\\partial V} = \\sum_{t=1}^T \\frac{\\partial L}{\\partial Z_t} h_t^T $$"
    assert claims(f"{model}{again}{right}") == ["proved", "proved"]


def test_what_an_implication_says_otherwise_is_no_claim() -> None:
    model = "$h_t = \\tanh(U x_t + W h_{t-1})$, $L = \\sum_{t=1}^T \\ell(h_t)$.\n\nWithout a non-linearity\n\n"
    linear = "$$ \\Rightarrow h_t = U x_t + W h_{t-1} $$\n\n$$ \\frac{\\partial h_t}{\\partial h_{t-1}} = W $$"
    assert "refuted" not in claims(f"{model}{linear}")


@pytest.mark.parametrize(("side", "verdict"), [("y_j - t_j", "proved"), ("t_j - y_j", "unknown")])
def test_a_target_that_cases_of_the_class_define(side: str, verdict: str) -> None:
    model = "$y_j = \\frac{\\exp(u_j)}{\\sum_{k} \\exp(u_k)}$ and $E = -\\log y_{o}$ where $o$ is the output word. Let\n\n"
    target = "$$ t_j = 1 \\text{ if } j = o \\text{ and } 0 \\text{ otherwise} $$\n\n"
    assert claims(rf"{model}{target}$$ \frac{{\partial E}}{{\partial u_j}} = {side} $$") == [verdict]


def test_the_loss_of_a_step_in_brackets_is_no_loss_of_parameters() -> None:
    model = "$a(t) = \\tanh(W a(t-1) + U x(t))$, $L(t) = \\ell(a(t))$, $L = \\sum_{t=1}^T L(t)$.\n\n"
    assert claims(rf"{model}$$ \frac{{\partial L}}{{\partial W}} = \sum_{{t=1}}^T \frac{{\partial L(t)}}{{\partial W}} $$") == ["proved"]


def test_a_sum_without_a_derivative_may_be_zero() -> None:
    """Deviations from a mean add up to nothing; a derivative that is zero may lack an equation."""
    text = "$$ \\mu = \\frac{1}{N} \\sum_{i=1}^N x_i $$\n\n$$ \\sum_{i=1}^N (x_i - \\mu) = 0 $$\n\n$$ \\sum_{i=1}^N (x_i + \\mu) = 0 $$\n"
    true, false = [found.verdict for found in verdicts(text) if found.verdict]
    assert true == "verified" and false in ("refuted", "unknown")
