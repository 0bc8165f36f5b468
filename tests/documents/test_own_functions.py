r"""Functions that a document defines by an equation of its own, cases and one-hot targets in words.

By hand, for a = f(z) and J = ½‖a - y‖²: ∂J/∂z = (a - y) ⊙ f'(z), with f' = β f (1 - f) for the logistic function of slope β,
½ (1 - f²) for 2σ - 1 = tanh(x/2), 2 f (1 - f) for ½ (1 + tanh x) = σ(2x), σ for ln(1 + eˣ), σ + f (1 - σ) for x σ(x), 3x² for x³.
"""

from __future__ import annotations

import pytest

from tests.documents.test_raw import verdicts

UNIT = r"A layer computes $z = Wx$, $a = f(z)$ and $J = \frac12\|a-y\|^2$. "
NAMED = r"A layer computes $z = Wx$, $a = \sigma(z)$ and $J = \frac12\|a-y\|^2$. "
BY_Z = r"$$ \frac{{\partial J}}{{\partial z}} = {} $$"
LOGISTIC = r"(a-y)\odot a\odot(1-a)"
TANH = r"(a-y)\odot(1-a^2)"


def found(text: str) -> list[str]:
    return [item.verdict for item in verdicts(text) if item.verdict]


@pytest.mark.parametrize(
    ("model", "definition", "right", "wrong"),
    [
        (UNIT, r"where $f(u) = \frac12u^2$", r"(a-y)\odot z", LOGISTIC),
        (UNIT, r"where $f(z) = \frac12z^2$", r"(a-y)\odot z", LOGISTIC),
        (UNIT, r"where $f(u) = \ln(1+e^u)$", r"(a-y)\odot\sigma(z)", TANH),
        (UNIT, r"where $f(u) = u\sigma(u)$", r"(a-y)\odot(\sigma(z)+a\odot(1-\sigma(z)))", r"(a-y)\odot\sigma(z)\odot(1-\sigma(z))"),
        (UNIT, r"where $f(u) = \max(0,u)$", r"(a-y)\odot\mathbb{1}[z>0]", TANH),
        (UNIT, r"where $f(u) = u^3$", r"3(a-y)\odot z^2", TANH),
        (UNIT, r"where $f(u) = u^3$", r"(a-y)\odot f'(z)", LOGISTIC),
        (
            UNIT,
            r"where $$ f(u) = \begin{cases} u & u > 0 \\ e^u-1 & \text{else} \end{cases} $$",
            r"(a-y)\odot f'(z)",
            r"(a-y)\odot(a+1)",
        ),
        (NAMED, r"with $\sigma(x) = \frac{1}{1+e^{-\beta x}}$", rf"\beta{LOGISTIC}", LOGISTIC),
        (NAMED, r"with the bipolar $\sigma(x) = \frac{2}{1+e^{-x}}-1$", r"\frac12(a-y)\odot(1-a^2)", LOGISTIC),
        (NAMED, r"with $\sigma(x) = \frac12(1+\tanh x)$", r"2(a-y)\odot a\odot(1-a)", LOGISTIC),
        (NAMED, r"with $\sigma(x) = \frac12(1+\tanh\frac x2)$", LOGISTIC, TANH),
        (NAMED, r"with $\sigma(x) = (1+e^{-x})^{-1}$", LOGISTIC, TANH),
        (NAMED, r"with $\sigma(u) = \tanh(u)$", TANH, LOGISTIC),
    ],
)
def test_the_definition_of_the_document_goes_before_the_name(model: str, definition: str, right: str, wrong: str) -> None:
    told = f"{model}{definition}.\n\n"
    assert found(told + BY_Z.format(right))[-1] in ("proved", "verified")
    assert found(told + BY_Z.format(wrong))[-1] == "refuted"


def test_a_definition_behind_a_formula_is_meant_there() -> None:
    text = f"{NAMED}\n\n{BY_Z.format(TANH)}\n\n{BY_Z.format(LOGISTIC)}\n\nwhere $\\sigma(u) = \\tanh(u)$."
    assert found(text) == ["proved", "refuted"]


def test_a_later_section_changes_no_earlier_one() -> None:
    claims = f"\n\n{BY_Z.format(LOGISTIC)}\n\n{BY_Z.format(TANH)}\n\n"
    assert found(f"# One\n{NAMED}{claims}# Two\nLet $\\sigma(x) = \\tanh(x)$.{claims}") == ["proved", "refuted", "refuted", "proved"]


def test_of_several_definitions_none_is_chosen() -> None:
    several = r"First $f(x) = \frac{1}{1+e^{-x}}$, then $f(x) = \tanh x$."
    assert found(f"{UNIT}{several}\n\n{BY_Z.format(TANH)}") == ["unknown"]
    apart = "# Sigmoid\n$f(x) = \\frac{1}{1+e^{-x}}$\n\n# Tanh\n$f(x) = \\tanh(x)$\n\n# Gradient\n\n"
    assert found(f"{apart}{UNIT}\n\n{BY_Z.format(r'(a-y)⊙f' + chr(39) + '(z)')}\n\n{BY_Z.format('a-y')}") == ["proved", "unknown"]


def test_a_second_equation_of_a_known_function_is_a_claim() -> None:
    equations = [rf"$$ \sigma(z) = {right} $$" for right in (r"\frac{1}{1+e^{-z}}", r"\frac{1}{1-e^{-z}}")]
    first, second, third = found(f"{NAMED}\n\n{equations[0]}\n\n{equations[1]}\n\n{BY_Z.format(LOGISTIC)}")
    assert first in ("proved", "verified") and (second, third) == ("refuted", "proved")


def test_an_example_is_no_definition() -> None:
    assert found(rf"{UNIT}Here $f$ is arbitrary, for example $f(u) = \tanh(u)$." + f"\n\n{BY_Z.format(TANH)}")[-1] == "conditional"


def test_what_cannot_be_used_is_not_judged() -> None:
    slope = rf"{NAMED}Here $\sigma(x) = \frac{{1}}{{1+e^{{-\beta x}}}}$." + "\n\n"
    assert found(slope + BY_Z.format(r"(a-y)\odot\sigma'(z)")) == ["unknown"]
    unread = rf"{NAMED}Here $\sigma(\cdot) = \tanh(\cdot)$." + "\n\n"
    assert found(unread + BY_Z.format(LOGISTIC))[-1] == found(unread + BY_Z.format(TANH))[-1] == "unknown"
    partly = f"{UNIT}Here $f(u) = u$ if $u>0$ and $f(u) = 0$ otherwise.\n\n"
    assert found(partly + BY_Z.format("a-y")) == ["unknown"]


def test_an_entry_of_the_softmax() -> None:
    told = (
        r"$z = Wx$, $p = \sigma(z)$ with $\sigma(z)_j = \frac{e^{z_j}}{\sum_k e^{z_k}}$, $J = -\sum_k y_k\log p_k$, $y$ is one-hot."
        + "\n\n"
    )
    assert found(told + f" Here $y$ is one-hot.\n\n{BY_Z.format('p-y')}\n\n{BY_Z.format('y-p')}") == ["proved", "refuted"]


RNN = r"$s_t = \tanh(As_{t-1}+Bx_t)$, $o_t = Cs_t$, "
BY_O = r"$$ \frac{{\partial J}}{{\partial o_t}} = {} $$"


@pytest.mark.parametrize(
    ("cost", "right", "wrong"),
    [
        (r"$J = \sum_{t=1}^T\ell(o_t,d_t)$ where $\ell(a,b) = \frac12\|a-b\|^2$", "o_t-d_t", "d_t-o_t"),
        (r"$J = \sum_{t=1}^T\ell(o_t,d_t)$ where $\ell(u,v) = (u-v)^\top(u-v)$", "2(o_t-d_t)", "o_t-d_t"),
        (r"$J = \sum_{t=1}^T\ell(o_t-d_t)$ where $\ell(r) = \frac12\|r\|^2$", "o_t-d_t", "2(o_t-d_t)"),
        (r"$J = \sum_{t=1}^T\ell(o_t,d_t)$, $\ell(o_t,d_t) = \frac12\|o_t-d_t\|^2$", "o_t-d_t", "d_t-o_t"),
        (
            r"$q_t = \mathrm{softmax}(o_t)$, $J = \sum_{t=1}^T\ell(d_t,q_t)$, $\ell(d,q) = -\sum_id_i\log q_i$; $d_t$ is one-hot",
            "q_t-d_t",
            "d_t-q_t",
        ),
    ],
)
def test_costs_of_several_arguments(cost: str, right: str, wrong: str) -> None:
    told = f"{RNN}{cost}.\n\n"
    assert found(told + BY_O.format(right) + "\n\n" + BY_O.format(wrong)) == ["proved", "refuted"]


def test_sums_within_a_definition_count_for_themselves() -> None:
    told = r"$p = \sigma(z)$, $J = \sum_i \ell(p_i, y_i)$ with $\ell(p, y) = -y\log p-(1-y)\log(1-p)$." + "\n\n"
    assert found(told + BY_Z.format("p-y") + "\n\n" + BY_Z.format(r"(p-y)\odot p\odot(1-p)")) == ["proved", "refuted"]


def test_a_map_of_vectors_with_weights() -> None:
    told = r"$y = x + F(x)$ with $F(v) = W\tanh(Mv)$, $J = \frac12\|y-d\|^2$." + "\n\n"
    inner = r"M^\top((1-\tanh(Mx)^2)\odot W^\top(y-d))"
    claims = [rf"$$ \frac{{\partial J}}{{\partial x}} = {right} $$" for right in (f"(y-d) + {inner}", inner)]
    assert found(told + "\n\n".join(claims)) == ["proved", "refuted"]


@pytest.mark.parametrize(
    "told",
    [
        r"$z = Wx$, $h = \tanh(z)$, $J = \ell(h)$. For other units $h = z$ if $z>0$ and $h = e^z-1$ otherwise, and",
        r"$z = Wx$, $J = \ell(h)$. If $z > 0$, then $h = z$; otherwise $h = e^z-1$. Hence",
        "$z = Wx$, $J = \\ell(h)$. The unit gives\n\n$$ h = z $$\n\nif $z>0$ and\n\n$$ h = e^z-1 $$\n\notherwise. Hence",
    ],
)
def test_cases_in_words_are_not_taken_for_the_whole(told: str) -> None:
    for right in ("(h+1)", ""):
        assert found(rf"{told} $$ \frac{{\partial J}}{{\partial z}} = {right}\frac{{\partial J}}{{\partial h}} $$")[-1] == "unknown"


@pytest.mark.parametrize(
    ("told", "verdict"),
    [
        (r"$s_t = \tanh(As_{t-1}+Bx_t)$ for $t$ even and $s_t = s_{t-1}$ for $t$ odd; $J = \ell(s_T)$.", "unknown"),
        (r"For even $t$, $s_t = \tanh(As_{t-1}+Bx_t)$. For odd $t$, $s_t = s_{t-1}$. $J = \ell(s_T)$.", "unknown"),
        (r"$s_t = s_{t-1} + Bx_t$ for $t \ge 1$ and $s_0 = 0$; $J = \ell(s_T)$ for a cost $\ell$.", "proved"),
    ],
)
def test_steps_that_words_choose(told: str, verdict: str) -> None:
    claim = r"$$ \frac{\partial J}{\partial s_{t-1}} = \frac{\partial J}{\partial s_t} $$"
    assert found(f"{told}\n\n{claim}")[-1] == verdict


@pytest.mark.parametrize("right", [r"p_t - \mathbf{1}_{c_t}", "p_t-c_t", r"p_t - \mathrm{onehot}(c_t)", "p_t"])
def test_an_entry_that_a_quantity_chooses_is_no_product(right: str) -> None:
    told = r"$z_t = Cs_t$, $p_t = \mathrm{softmax}(z_t)$, $J = \sum_{t=1}^T J_t$, $J_t = -\log p_t[c_t]$, $c_t$ is the class."
    assert found(rf"{told} $$ \frac{{\partial J}}{{\partial z_t}} = {right} $$") == ["unknown"]


@pytest.mark.parametrize(
    ("words", "verdicts_"),
    [
        ("one-hot $y$,", ["proved", "refuted"]),
        ("a one-hot vector $y$,", ["proved", "refuted"]),
        ("where the labels are one-hot,", ["unknown", "unknown"]),
        ("where $y$ is not one-hot,", ["unknown", "unknown"]),
        ("", ["refuted", "refuted"]),
    ],
)
def test_one_hot_in_words(words: str, verdicts_: list[str]) -> None:
    """-log(yᵀp) = -Σ y log p for a one-hot y alone: ∂/∂z = p - y ⊙ p / yᵀp."""
    told = rf"$p = \mathrm{{softmax}}(z)$, {words} $J = -\log(y^\top p)$." + "\n\n"
    assert found(told + BY_Z.format("p-y") + "\n\n" + BY_Z.format("y-p")) == verdicts_


def test_smoothed_labels_have_a_name_of_their_own() -> None:
    told = (
        "# Label smoothing\n\n$p = \\mathrm{softmax}(z)$ over $K$ classes, where $y$ is one-hot. With "
        r"$q_k = (1-\epsilon)y_k+\frac\epsilon K$ and $J = -\sum_{k=1}^Kq_k\log p_k$"
    )
    claims = [rf"$$ \frac{{\partial J}}{{\partial z_k}} = {right} $$" for right in ("p_k-q_k", "p_k-y_k")]
    assert [v in ("proved", "verified") for v in found(f"{told}\n\n{claims[0]}\n\n{claims[1]}")] == [True, False]


@pytest.mark.parametrize(
    "words",
    [
        r"Suppose we replace the usual $\sigma$ function with $\sigma(z) = z$ throughout. Rewrite the algorithm.",
        r"假设我们将 $\sigma$ 函数替换为 $\sigma(z) = z$。重写算法。",
    ],
)
@pytest.mark.parametrize(
    ("claim", "later"),
    [
        (r"(a-y)\odot\sigma'(z)", "proved"),
        (r"a-y", "unknown"),  # in the exercise alone
        (r"2(a-y)\odot\sigma'(z)", "unknown"),
    ],
)
def test_what_an_exercise_supposes_of_a_function_ends_with_it(words: str, claim: str, later: str) -> None:
    layer = r"A layer computes $z = Wx$, $a = \sigma(z)$ and $J = \frac12\|a-y\|^2$. "
    assert found(f"{layer}{words}\n\n{BY_Z.format(claim)}")[-1] in (later, "unknown")
    assert found(f"{layer}{words}\n\n## Next\n\n{BY_Z.format(claim)}")[-1] == later
