"""Several networks in one document: what later sections say of earlier ones, names for derivatives, remarks, letters that count members.

Which formulas are right is textbook knowledge (the chain rule by hand); each wrong one is a right one with one thing changed.
"""

from __future__ import annotations

import pytest

from symbptt.documents.check import check_items
from symbptt.documents.formulas import InputError
from symbptt.documents.reader import read_items
from symbptt.verdict import Verdict

DEEP = r"""
# Deep networks

$$ h^{(0)} = x, \qquad a^{(l)} = W^{(l)} h^{(l-1)} + b^{(l)}, \qquad h^{(l)} = f(a^{(l)}) $$
$$ \hat{y} = h^{(L)}, \qquad J = \frac{1}{2} \| \hat{y} - y \|^2, \qquad \delta^{(l)} = \frac{\partial J}{\partial a^{(l)}} $$

# Recurrent networks

$$ a^{(t)} = b + W h^{(t-1)} + U x^{(t)}, \qquad h^{(t)} = \tanh(a^{(t)}), \qquad o^{(t)} = V h^{(t)} $$
$$ \mathcal{L} = \sum_{t=1}^{T} \ell(o^{(t)}) $$
"""
WEIGHTS = r"\frac{\partial \mathcal{L}}{\partial W} = \sum_{t=1}^T \frac{\partial \mathcal{L}}{\partial a^{(t)}}"
TWO = r"""
# One

$$ z^l = w^l a^{l-1} + b^l, \qquad a^l = f(z^l), \qquad y = a^L, \qquad \delta^l = \partial C / \partial z^l $$
$$ \delta^l = (w^{l+1})^T \delta^{l+1} \odot f'(z^l) $$

# Another

$$ s_t = \tanh(R s_{t-1} + U x_t), \qquad y = V s_T $$
$$ \frac{\partial C}{\partial s_T} = V^T \frac{\partial C}{\partial y} $$
"""
GATES = r"""
$$ z_t = W x_t + U h_{t-1}, \quad o_t = \sigma(z_t), \quad c_t = V x_t + c_{t-1}, \quad h_t = o_t \odot \tanh(c_t) $$
$$ L = \sum_t \ell(h_t) $$
Here $\odot$ is the element-wise product, and $dh_t = \frac{\partial L}{\partial h_t}$.
"""
SOFTMAX = r"""
$$ h_t = \tanh(W h_{t-1} + U x_t), \quad p_t = \mathrm{softmax}(V h_t), \quad L = -\sum_t y_t^\top \log p_t $$
where $y_t$ is one-hot. We write $o_t = V h_t$.
"""
LOGISTIC = r"""
For each example: $z_i = w^\top x_i + b$, $p_i = \sigma(z_i)$, and the loss is
$$ L = -\sum_{i=1}^N \left( y_i \log p_i + (1 - y_i) \log(1 - p_i) \right) $$
"""
ATTENTION = r"""
Scores $e_i = q^\top k_i$, weights $\alpha_i = \frac{\exp(e_i)}{\sum_j \exp(e_j)}$, context $c = \sum_i \alpha_i v_i$.
The loss $L$ depends on $c$.
"""
BINARY = r"""
$$ z_1 = W_1 x + b_1, \quad a_1 = \tanh(z_1), \quad z_2 = W_2 a_1 + b_2, \quad a_2 = \sigma(z_2) $$
$$ L = -\left( y \log a_2 + (1 - y) \log(1 - a_2) \right) $$
where $y$ is a scalar.
"""
LAYERS = r"""
```
z^l = w^l a^{l-1} + b^l
a^l = σ(z^l)
C = ½ ||y - a^L||²
δ^l = ∂C/∂z^l
```
"""
CELL = r"""
```
f_t = σ(W_f · [h_{t-1}, x_t] + b_f)
i_t = σ(W_i · [h_{t-1}, x_t] + b_i)
c_t = f_t * c_{t-1} + i_t * i_t
h_t = f_t * tanh(c_t)
```
with $L = \sum_t \ell(h_t)$, $dc_t = \frac{\partial L}{\partial c_t}$ and $dh_t = \frac{\partial L}{\partial h_t}$.
"""
FUTURE = r"""
$$ h_t = \tanh(W h_{t-1} + U x_t), \quad L_t = \ell(h_t), \quad F_t = \sum_{u=t+1}^{T} L_u $$
$$ \delta_t = \frac{\partial F_t}{\partial h_t} $$
"""
NEURONS = r"""
We take one neuron per layer: $z_1 = w_1 x + b_1$, $a_1 = \sigma(z_1)$, $z_2 = w_2 a_1 + b_2$, $p = \sigma(z_2)$,
$L = \frac{1}{2}(p - y)^2$.
"""
STEP = r"""
$$ h = W x, \quad L = \ell(h), \quad \delta h = \frac{\partial L}{\partial h} $$
$$ \delta W = -\eta \frac{\partial L}{\partial W} $$
"""
TARGETS = r"""
# Model

$$ s_t = f(W s_{t-1} + U x_t), \qquad y_t = g(V s_t) $$

# Training

$$ z_t = W s_{t-1} + U x_t, \quad s_t = f(z_t), \quad o_t = V s_t, \quad p_t = g(o_t), \quad L_t = \ell(p_t, y_t) $$
"""


def verdicts(text: str, suffix: str = ".md") -> list[Verdict]:
    read = read_items(text, f"notes{suffix}", suffix)
    assert not [item for item in read if isinstance(item, InputError)], read
    return list(check_items([item for item in read if not isinstance(item, InputError)], workers=0))


@pytest.mark.parametrize(
    ("document", "claim", "verdict"),
    [
        # behind the equations of another network
        (DEEP, rf"{WEIGHTS} (h^{{(t-1)}})^\top", "proved"),
        (DEEP, rf"{WEIGHTS} (h^{{(t)}})^\top", "refuted"),
        (f"{DEEP}\n# Recap\n", r"\delta^{(l)} = (W^{(l+1)})^\top \delta^{(l+1)} \odot f'(a^{(l)})", "proved"),
        (f"{DEEP}\n# Recap\n", r"\delta^{(l)} = (W^{(l)})^\top \delta^{(l+1)} \odot f'(a^{(l)})", "unknown"),
        (TWO, r"\frac{\partial C}{\partial b^l} = \delta^l", "proved"),
        (TWO, r"\frac{\partial C}{\partial b^l} = 2 \delta^l", "refuted"),
        # names of derivatives
        (GATES, r"dc_t = dh_t \odot o_t \odot (1 - \tanh^2(c_t)) + dc_{t+1}", "proved"),
        (GATES, r"dc_t = dh_t \odot o_t \odot (1 - \tanh^2(c_t)) - dc_{t+1}", "refuted"),
        (GATES, r"dV = \sum_t dc_t x_t^T", "proved"),
        (GATES, r"dU = \sum_t (do_t \odot o_t \odot (1 - o_t)) (h_{t-1})^T", "proved"),
        (GATES, r"do_t = dh_t \odot \tanh(c_t) \odot o_t \odot (1 - o_t)", "unknown"),  # some mean the derivative by z_t
        (STEP, r"\delta x = W^T \delta h", "proved"),
        (STEP, r"\delta x = W \delta h", "refuted"),
        (STEP, r"\delta W = -\eta \, \delta h x^T", "proved"),
        # names for a part of what is computed
        (SOFTMAX, r"\frac{\partial L}{\partial o_t} = p_t - y_t", "proved"),
        (SOFTMAX, r"\frac{\partial L}{\partial o_t} = y_t - p_t", "refuted"),
        (SOFTMAX.replace("o_t = V h_t", r"o_t = V \cdot h_t"), r"\frac{\partial L}{\partial o_t} = p_t - y_t", "proved"),
        # members
        (LOGISTIC, r"\frac{\partial L}{\partial w} = \sum_{i=1}^N (p_i - y_i) x_i", "verified"),
        (LOGISTIC, r"\frac{\partial L}{\partial w} = \sum_{i=1}^N (y_i - p_i) x_i", "refuted"),
        (ATTENTION, r"\frac{\partial L}{\partial q} = \sum_i \frac{\partial L}{\partial e_i} k_i", "proved"),
        (ATTENTION, r"\frac{\partial \alpha_i}{\partial e_j} = \alpha_i (\delta_{ij} - \alpha_j)", "proved"),
        (ATTENTION, r"\frac{\partial L}{\partial \alpha_i} = k_i^\top \frac{\partial L}{\partial c}", "refuted"),
        (ATTENTION, r"\frac{\partial L}{\partial v_i} = 2 \alpha_i \frac{\partial L}{\partial c}", "refuted"),
        # numbers
        (BINARY, r"\frac{\partial L}{\partial W_2} = (a_2 - y) a_1^T", "proved"),
        (BINARY, r"\frac{\partial L}{\partial z_1} = W_2^T (a_2 - y) \odot (1 - a_1^2)", "proved"),
        (BINARY, r"\frac{\partial L}{\partial z_1} = W_2^T (a_2 - y) \odot a_1 \odot (1 - a_1)", "refuted"),
        (NEURONS, r"\frac{\partial L}{\partial w_1} = (p - y) \sigma'(z_2) w_2 \sigma'(z_1) x", "proved"),
        (NEURONS, r"\frac{\partial L}{\partial w_1} = (p - y) \sigma'(z_2) w_1 \sigma'(z_1) x", "refuted"),
        # fences without a language, norms in plain signs, a star between vectors
        (LAYERS, r"\delta^L = (a^L - y) \odot \sigma'(z^L)", "proved"),
        (LAYERS, r"\delta^L = (y - a^L) \odot \sigma'(z^L)", "refuted"),
        (CELL, r"dc_t = dh_t * f_t * (1 - \tanh^2(c_t)) + dc_{t+1} * f_{t+1}", "proved"),
        # where a sum ends
        (FUTURE, r"F_T = 0", "proved"),
        (FUTURE, r"\delta_T = 0", "proved"),
        (FUTURE, r"\delta_1 = 0", "unknown"),
        # an output that a later section calls otherwise, and whose letter it gives to the target
        (TARGETS, r"\frac{\partial L_t}{\partial s_t} = V^T \frac{\partial L_t}{\partial o_t}", "conditional"),
        (TARGETS, r"\frac{\partial L_t}{\partial s_t} = 2 V^T \frac{\partial L_t}{\partial o_t}", "unknown"),
    ],
)  # fmt: skip
def test_a_claim_of_a_raw_document(document: str, claim: str, verdict: str) -> None:
    found = verdicts(f"{document}\n\n$$ {claim} $$\n")[-1]
    assert (found.role, found.verdict) == ("claim", verdict), found.message


@pytest.mark.parametrize(
    "remark",
    [
        r"\quad (\text{since } b \text{ is fixed})",
        r"\; [\text{by the chain rule}]",
        r"+ \boxed{\text{Chain rule. } h \text{ depends on } x}",
        r"[As h = Wx + b]",
        r"\quad \textcolor{red}{\text{chain rule again}}",
    ],
)
def test_a_remark_is_no_part_of_a_formula(remark: str) -> None:
    claims = (r"\frac{\partial h}{\partial x} = W", r"\frac{\partial h}{\partial x} = 2 W")
    text = "\n\n".join(["$$ h = W x + b $$", *(f"$$ {claim} {remark} $$" for claim in claims), r"$$ \frac{\partial h}{\partial b} = I $$"])
    found = [verdict for verdict in verdicts(text) if verdict.role == "claim"]
    assert [verdict.verdict for verdict in found] == ["proved", "refuted", "proved"], [verdict.message for verdict in found]


def test_a_term_goes_on_behind_a_remark() -> None:
    text = r"""
$$ a = W x, \qquad h = V a + U x $$

$$ \frac{\partial h}{\partial x} = V \frac{\partial a}{\partial x} + \boxed{\text{Chain rule. } a \text{ depends on } x} $$

$$ U $$
"""
    (found,) = (verdict for verdict in verdicts(text) if verdict.role == "claim")
    assert found.verdict == "proved", found.message


def test_the_star_of_a_weight_stays_a_product_of_matrices() -> None:
    text = r"""
$$ z = W * x + b, \qquad a = \sigma(z), \qquad L = \ell(a) $$
$$ \frac{\partial L}{\partial x} = W^T * \frac{\partial L}{\partial z} $$
"""
    assert verdicts(text)[-1].verdict == "proved"


def test_a_power_behind_a_bracket_is_of_the_bracket() -> None:
    text = r"""
$W \in \mathbb{R}^{m \times n}$, and $x, y \in \mathbb{R}^{1 \times n}$.
$$ h = W (x + y)^T, \qquad k = W x^T $$
$$ h = W x^T + W y^T $$
$$ \frac{\partial h}{\partial x} = W $$
"""
    assert verdicts(text)[-1].verdict != "refuted"


@pytest.mark.parametrize("fence", ["", "text"])
def test_code_in_a_fence_is_no_formula(fence: str) -> None:
    text = f"```{fence}\nfor t in range(T):\n    h = tanh(W_hh h + b)\n    loss = loss + 1\nprint(loss)\n```\n"
    assert not [verdict for verdict in verdicts(text) if verdict.role != "text"]


def test_a_section_without_equations_may_speak_of_an_earlier_network() -> None:
    """diag(1 − h²) W is ∂h_t/∂h_{t-1} of the first one alone, diag(1 − h²)(W + 1) of none."""
    plain = "# Plain\n\n$h_t = \\tanh(W h_{t-1} + U x_t)$ for $t = 1, \\dots, T$.\n\n"
    other = "# Residual\n\n$h_t = h_{t-1} + \\tanh(W h_{t-1} + U x_t)$.\n\n"
    claim = "$$\\frac{\\partial h_t}{\\partial h_{t-1}} = \\mathrm{diag}(1 - h_t^2) W$$\n\n"
    false = claim.replace(" W$$", " 2 W$$")
    found = [one for one in verdicts(f"{plain}{claim}{other}{claim}# Vanishing gradients\n\n{claim}{false}") if one.role == "claim"]
    assert [one.verdict for one in found] == ["proved", "refuted", "conditional", "refuted"]
    assert "equations" in found[2].assumptions[0]
