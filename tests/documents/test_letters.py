"""One letter for two things, a quantity said twice, words that bound the entries of a quantity.

The right formulas follow by hand from the chain rule; each wrong one is a right one with one thing changed.
"""

from __future__ import annotations

import pytest

from symbptt.documents.check import check_items
from symbptt.documents.formulas import InputError
from symbptt.documents.reader import read_items
from symbptt.judge import judge
from symbptt.problem import Given, Problem

from .test_raw import verdicts

RECURRENT = r"""
$W$ is an $n\times n$ matrix, $b$, $h_t$ and $x_t$ are $n$-vectors, $t=1,\dots,T$.

$$a_t = W h_{t-1} + x_t + b$$
$$h_t = f(a_t)$$
$$L = \sum_{t=1}^T \ell(h_t) + PENALTY$$
"""
BY_W = r"\frac{\partial L}{\partial W} = \sum_{k=1}^T \frac{\partial L}{\partial a_k} h_{k-1}^T"
BY_B = r"\frac{\partial L}{\partial b} = \sum_{k=1}^T \frac{\partial L}{\partial a_k}"
OF_W = r"\frac\lambda2\sum_{i=1}^n\sum_{k=1}^n W_{ik}^2"
OF_B = r"\frac\lambda2\sum_{k=1}^n b_k^2"
SUMS = r"""
$x_t\in\mathbb{R}^m$, $h_t \in \mathbb{R}^n$, $A$ is $n\times n$, $B$ is $n\times m$, $t=1,\dots,T$, and $h_0 = 0$.

$$h_t = A h_{t-1} + B x_t$$
"""
SQUARE = r"""
$W$ is $n\times m$, $x$ an $m$-vector, $y$ and $o$ are $n$-vectors.

$$o = Wx$$
$$E = \frac12\|o-y\|^2$$
$$\frac{\partial E}{\partial o} = o-y$$
"""
BY_WEIGHT = r"\frac{\partial E}{\partial W}"
MASK = r"""
The mask $m_t$ has entries 0 or 1; $h_t$, $m_t$ and $g_t$ are $n$-vectors, $t=1,\dots,T$.

$$g_t = m_t \odot h_t$$
"""


def judged(text: str) -> list[str]:
    items = [item for item in read_items(text, "a.md", ".md") if not isinstance(item, InputError)]
    return [verdict.verdict for verdict in check_items(items, workers=0, suggest=0) if verdict.role == "claim"]


@pytest.mark.parametrize(
    ("penalty", "right", "wrong"),
    [
        (OF_W, f"{BY_W} + \\lambda W", BY_W),
        (OF_W, BY_B, f"{BY_B} + \\lambda b"),
        (OF_B, f"{BY_B} + \\lambda b", BY_B),
        (OF_B, BY_W, f"{BY_W} + \\lambda W"),
        (OF_W.replace("k", "t"), f"{BY_W} + \\lambda W", f"{BY_W} + 2\\lambda W"),
    ],
)
def test_a_letter_that_counts_entries_in_one_sum_and_steps_in_another(penalty: str, right: str, wrong: str) -> None:
    model = RECURRENT.replace("PENALTY", penalty)
    assert judged(f"{model}\n$${right}$$\n") == ["proved"]
    assert judged(f"{model}\n$${right}$$\n\n$${wrong}$$\n") == ["proved", "refuted"]
    assert judged(f"{model}\n$${wrong}$$\n")[-1] in ("refuted", "unknown")


@pytest.mark.parametrize("wrong", [r"\sum_{k=0}^{t-1} A^{t-k-1} B x_k", r"\sum_{k=1}^t A^{t-k} B x_{k-1}", r"\sum_{k=2}^t A^{t-k} B x_k"])
def test_what_a_sum_runs_over_is_a_member_whatever_stands_beside_it(wrong: str) -> None:
    right = r"$$h_t = \sum_{k=1}^t A^{t-k} B x_k$$"
    found = judged(f"{SUMS}\n{right}\n\n$$h_t = {wrong}$$\n")
    assert found[-2] in ("proved", "verified") and found[-1] in ("refuted", "unknown")


@pytest.mark.parametrize(
    "again", ["Expanding the square,\n$$FORM$$", "Written out, this is\n$$FORM$$", "Equivalently,\n<!-- symbptt: id form -->\n$$FORM$$"]
)
def test_what_is_said_again_is_a_claim_and_changes_nothing(again: str) -> None:
    for form, verdict in ((r"\frac12 o^T o - y^T o + \frac12 y^T y", "proved"), (r"o^T o - 2 y^T o + y^T y", "refuted")):
        said = again.replace("FORM", f"E = {form}")
        text = (
            f"{SQUARE}\n{said}\n\n"
            + r"$$\frac{\partial E}{\partial W} = (o-y)x^T$$"
            + "\n\n"
            + r"$$\frac{\partial E}{\partial W} = 2(o-y)x^T$$"
        )
        assert judged(text) == ["proved", verdict, "proved", "refuted"]


def test_entries_that_words_bound_refute_nothing() -> None:
    assert judged(f"{MASK}\n$$m_t \\odot g_t = g_t$$\n")[-1] == "unknown"
    assert judged(MASK.replace("has entries 0 or 1", "is a vector") + "\n$$m_t \\odot g_t = g_t$$\n")[-1] == "refuted"


def test_a_step_of_a_recursion_that_has_begun_is_a_claim() -> None:
    model = r"""
$W$ is an $n\times n$ matrix, $h_t$, $x_t$ are $n$-vectors, $t=1,\dots,T$.

$$h_0 = 0$$
$$h_t = \tanh(W h_{t-1} + x_t)$$
$$L = \sum_{t=1}^T \ell(h_t)$$

At the first step

"""
    claims = r"""
$$\frac{\partial L}{\partial x_1} = (1-h_1^2)\odot\frac{\partial L}{\partial h_1}$$

$$\frac{\partial L}{\partial x_1} = W^T\left((1-h_1^2)\odot\frac{\partial L}{\partial h_1}\right)$$
"""
    assert judged(f"{model}$$h_1 = \\tanh(x_1)$$\n{claims}") == ["verified", "proved", "refuted"]
    assert judged(f"{model}$$h_1 = \\tanh(W x_1)$$\n{claims}") == ["refuted", "proved", "refuted"]


TWICE = r"""
$$z_t = U x_t + W h_{t-1}, \qquad h_t = \tanh(z_t), \qquad h_0 = 0, \qquad L = \frac12 \sum_{t=1}^T \| h_t - y_t \|^2$$

# By states

With $\delta_t = \frac{\partial L}{\partial h_t}$ we obtain

$$\delta_t = h_t - y_t + W^T ((1 - h_{t+1}^2) \odot \delta_{t+1})$$

# By their arguments

With $\delta_t = \frac{\partial L}{\partial z_t}$ we obtain

$$\delta_t = (1 - h_t^2) \odot (h_t - y_t + W^T \delta_{t+1})$$

$$\frac{\partial L}{\partial W} = \sum_{t=1}^T ((1-h_t^2) \odot \delta_t) h_{t-1}^T$$
"""
LOSSES = r"""
# Sum of losses

$h_t = \tanh(W h_{t-1} + U x_t)$, $t = 1, \dots, T$, with the loss $L = \frac12\sum_{t=1}^T \|h_t - y_t\|^2$.

$$\frac{\partial L}{\partial h_T} = h_T - y_T$$

# Mean loss

Let $L = \frac{1}{T} \sum_{t=1}^T \frac12 \|h_t - y_t\|^2$.

$$\frac{\partial L}{\partial h_T} = \frac1T (h_T - y_T)$$

$$\frac{\partial L}{\partial h_T} = h_T - y_T$$
"""
RESIDUAL = r"""
$$h_t = \tanh(W h_{t-1} + U x_t), \qquad L = \ell(h_T), \qquad \delta_t = \frac{\partial L}{\partial h_t}$$

$$\delta_t = W^T ((1 - h_{t+1}^2) \odot \delta_{t+1})$$

# Residual network

$$h_t = h_{t-1} + \tanh(W h_{t-1} + U x_t)$$

$$\delta_t = W^T ((1 - h_{t+1}^2) \odot \delta_{t+1})$$
"""


STATES = r"""
# By states

DEFINITION

$$\delta_t = h_t - y_t + W^T ((1 - h_{t+1}^2) \odot \delta_{t+1})$$
"""
ARGUMENTS = r"""
# By their arguments

DEFINITION

$$\delta_t = (1 - h_t^2) \odot (h_t - y_t + W^T \delta_{t+1})$$

$$\frac{\partial L}{\partial W} = \sum_{t=1}^T \delta_t h_{t-1}^T$$

$$\frac{\partial L}{\partial W} = \sum_{t=1}^T ((1-h_t^2) \odot \delta_t) h_{t-1}^T$$
"""
LOCAL = r"""
For $t = 1,\dots,T$ let $h_t = \tanh(W h_{t-1} + U x_t)$, $o_t = V h_t$, $L_t = \frac12\|o_t - y_t\|^2$, $L = \sum_{t=1}^T L_t$.

# Of a step

Let $dh_t = \frac{\partial L_t}{\partial h_t}$.

$$dh_t = V^T (o_t - y_t)$$

# Of all steps

SECOND $dh_t = \frac{\partial L}{\partial h_t}$.

$$dh_t = V^T (o_t - y_t) + W^T ((1 - h_{t+1}^2) \odot dh_{t+1})$$

$$dh_t = V^T (o_t - y_t)$$
"""
LAYERS = r"""
$h^{(l)} = \tanh(W^{(l)} h^{(l-1)})$ for $l = 1, \dots, L$ and $E = \frac12\|h^{(L)} - y\|^2$.
Let $\delta^{(l)} = \frac{\partial E}{\partial h^{(l)}}$.

$$\delta^{(l)} = (W^{(l+1)})^T ((1 - (h^{(l+1)})^2) \odot \delta^{(l+1)})$$

# Residual layers

$h^{(l)} = h^{(l-1)} + \tanh(W^{(l)} h^{(l-1)})$.

$$\delta^{(l)} = \delta^{(l+1)} + (W^{(l+1)})^T ((1 - \tanh^2(W^{(l+1)} h^{(l)})) \odot \delta^{(l+1)})$$

$$\delta^{(l)} = (W^{(l+1)})^T ((1 - (h^{(l+1)})^2) \odot \delta^{(l+1)})$$
"""


def test_a_cost_given_again_under_another_heading_is_the_one_from_there_on() -> None:
    assert judged(LOSSES.replace("Let ", "")) == judged(LOSSES) == ["proved", "proved", "refuted"]


@pytest.mark.parametrize("text", [TWICE])
def test_what_another_section_may_have_changed_is_not_judged_by_the_first(text: str) -> None:
    """True of the second meaning or of the first: nothing says which is meant."""
    first, *others = judged(text)
    assert first == "proved" and set(others) == {"unknown"}


def test_what_is_let_stand_for_another_loss_has_the_new_meaning() -> None:
    assert judged(LOSSES) == ["proved", "proved", "refuted"]


@pytest.mark.parametrize(
    "second",
    [
        r"Let $\delta_t = \frac{\partial L}{\partial z_t}$.",
        r"Let $g_t = \frac{\partial L}{\partial h_t}$ and $\delta_t = \frac{\partial L}{\partial z_t}$.",
        r"Here $\delta_t$ denotes $\partial L/\partial z_t$.",
        r"From here on, $\delta_t$ stands for the gradient $\partial L/\partial z_t$.",
        "We now define\n\n$$\\delta_t = \\frac{\\partial L}{\\partial z_t}$$",
    ],
)
def test_what_is_let_stand_for_another_derivative_has_the_new_meaning(second: str) -> None:
    model = TWICE.partition("# By states")[0]
    first = r"Let $\delta_t = \frac{\partial L}{\partial h_t}$."
    found = judged(model + STATES.replace("DEFINITION", first) + ARGUMENTS.replace("DEFINITION", second))
    assert found[:3] == ["proved"] * 3 and found[3] in ("refuted", "unknown")


def test_a_derivative_of_a_step_and_one_of_all_steps_under_one_name() -> None:
    """The second definition is true of the first name, if its derivative is taken for an immediate one: nothing is decided by that."""
    assert judged(LOCAL.replace("SECOND", "Let")) == ["proved", "proved", "refuted"]
    assert judged(LOCAL.replace("SECOND", "With")) == ["proved", *["unknown"] * 3]


@pytest.mark.parametrize(("text", "right"), [(RESIDUAL, 1), (LAYERS, 2)])
def test_what_was_true_before_a_change_is_not_proved_behind_it(text: str, right: int) -> None:
    *proved, last = judged(text)
    assert proved == ["proved"] * right and last in ("refuted", "unknown")


STEPS = r"""
# First

$$h_1 = \tanh(U x_1)$$

$$h_t = \tanh(W h_{t-1} + U x_t)$$

$$\frac{\partial h_2}{\partial x_1} = \mathrm{diag}(1 - h_2^2) W \mathrm{diag}(1 - h_1^2) U$$

# Second

SECOND
"""


@pytest.mark.parametrize(
    ("second", "verdicts"),
    [
        (
            r"$$h_t = x_1 \quad \text{for } t = 1$$" + "\n\n" + r"$$\frac{\partial h_2}{\partial x_1} = \mathrm{diag}(1 - h_2^2) W$$",
            ("proved",),
        ),
        ("$$h_t = W h_{t-1} + U x_t$$\n\n" + r"$$\frac{\partial h_1}{\partial x_1} = \mathrm{diag}(1 - h_1^2) U$$", ("unknown",)),
        ("$$h_t = W h_{t-1} + U x_t$$\n\n" + r"$$\frac{\partial h_2}{\partial x_1} = W U$$", ("unknown", "conditional", "proved")),
    ],
)
def test_a_member_of_a_family_that_a_later_section_changes(second: str, verdicts: tuple[str, ...]) -> None:
    """`h_t` at t = 1 is h_1; what a first section says of h_1 alone may not hold of another recursion."""
    first, last = judged(STEPS.replace("SECOND", second))
    assert first == "proved" and last in verdicts


@pytest.mark.parametrize("first", [r"$$h_1 = x_1$$", r"$$h_t = x_1 \quad \text{for } t = 1$$"])
def test_one_step_has_an_equation_of_its_own_however_it_is_said(first: str) -> None:
    claims = r"""
$$\frac{\partial h_2}{\partial x_1} = \mathrm{diag}(1 - h_2^2) W$$

$$\frac{\partial h_2}{\partial x_1} = \mathrm{diag}(1 - h_2^2) W \mathrm{diag}(1 - h_1^2) U$$

$$\frac{\partial h_1}{\partial x_1} = I$$
"""
    assert judged(f"$h_t$, $x_t$ are $n$-vectors.\n\n$$h_t = \\tanh(W h_{{t-1}} + U x_t)$$\n\n{first}\n{claims}") == [
        "proved",
        "refuted",
        "proved",
    ]


def test_two_equations_for_some_of_the_steps_are_not_taken_for_one() -> None:
    given = ({"equation": "h_t = W h_{t-1}", "for": "1 \\le t \\le T"}, {"equation": "h_t = U h_{t-1}", "for": "LOW \\le t"})
    shapes = {"h_t": "n", "W": "n×n", "U": "n×n"}
    for low, high, wanted in (("3", "T", ("unknown",)), ("3", "2", ("proved", "verified"))):
        parts = tuple(Given(g["equation"], g["for"].replace("LOW", low).replace("T", high)) for g in given)
        problem = Problem(given=parts, shapes=shapes, ranges={"t": "1..T"}, claim="h_3 = U h_2")
        assert judge(problem).verdict in wanted


def test_entries_of_steps_in_letters_that_run_elsewhere() -> None:
    """The softmax with the cross-entropy by entries, beside a product over steps in the letter of the entries."""
    text = r"""
$$ h_t = \tanh(W h_{t-1} + U x_t), \qquad z_t = V h_t $$
$$ \hat y_{t,j} = \frac{e^{z_{t,j}}}{\sum_k e^{z_{t,k}}}, \qquad L_t = -\sum_j y_{t,j} \log \hat y_{t,j}, \qquad L = \sum_t L_t $$
where $y_t$ is one-hot.
$$ \frac{\partial L_t}{\partial z_{t,j}} = \hat y_{t,j} - y_{t,j} $$
$$ \frac{\partial L_t}{\partial z_{t,k}} = \hat y_{t,k} + y_{t,k} $$
$$ \frac{\partial \hat y_{t,j}}{\partial z_{t,j}} = \hat y_{t,j} (1 - \hat y_{t,j}) $$
$$ \frac{\partial L}{\partial V_{jk}} = \sum_t (\hat y_{t,j} - y_{t,j}) h_{t,k} $$
$$ \frac{\partial h_t}{\partial h_k} = \prod_{j=k+1}^t \frac{\partial h_j}{\partial h_{j-1}} $$
"""
    claims = [found.verdict for found in verdicts(text) if found.role == "claim"]
    assert claims[0] in ("proved", "verified") and claims[1] == "refuted"
    assert claims[2] in ("proved", "verified") and claims[3] in ("proved", "verified")
    assert claims[4] in ("proved", "conditional")
