"""Notations of courses and textbooks, read with nothing added; each right formula has a wrong twin.

The right ones are textbook knowledge: Goodfellow et al., Deep Learning, 10.2.2; Bishop, Pattern Recognition, 5.3; the softmax with the
cross-entropy of a one-hot target; the chain rule for affine layers in rows and in columns.
"""

from __future__ import annotations

import pytest

from tests.documents.test_raw import last, verdicts

#: Rows of a batch, biases as columns, two indices run together.
BATCH = r"""
X_t is $m \times n_0$ matrix, W_1 is $n_0 \times n_1$ matrix, W_h is $n_1 \times n_1$ matrix, b is $n_1 \times 1$ vector
and V is $n_1 \times n_2$ matrix.

$$ H_{1t} = f_1(X_t W_1 + H_{1t-1} W_h + b) $$
$$ H_{10} = f_1(X_0 W_1 + H_{init} W_h + b) $$
$$ H_{11} = f_1(X_1 W_1 + H_{10} W_h + b) $$
$$ O_t = H_{1t} V $$
$$ L = g(O_1) $$
"""
TOTAL = r"\frac{\partial L}{\partial b} = \frac{\partial L}{\partial O_1} \frac{\partial O_1}{\partial H_{11}} \left["
PATHS = r"\frac{\partial H_{11}}{\partial b} + \frac{\partial H_{11}}{\partial H_{10}} \frac{\partial H_{10}}{\partial b}"
#: Layers in brackets above, differentials, and a second cost that has nothing to do with them.
BRACKETS = r"""
Let $x \in \mathbb{R}^{d}$ and $y \in \mathbb{R}^{K}$.
$$ z^{[1]} = W^{[1]} x + b^{[1]} $$
$$ a^{[1]} = g(z^{[1]}) $$
$$ z^{[2]} = W^{[2]} a^{[1]} + b^{[2]} $$
$$ \mathcal{L} = \frac{1}{2} \| z^{[2]} - y \|^2 $$
$$ J = \|u\|^2 $$
"""
#: Vectors of which the length alone is said, rows by the equations; a cost by its initials.
LENGTHS = r"""
Let $x \in \mathbb{R}^{d}$ and $s \in \mathbb{R}^{K}$.
$$ z = x W_1 + b_1, \quad h = \tanh(z), \quad \theta = h W_2 + b_2 $$
$$ s = \mathrm{softmax}(\theta), \quad J = CE(y, s) $$
where $CE(y, s) = -\sum_i y_i \log s_i$ and $y$ is one-hot.
"""
#: Vectors in bold, their entries in italics, and steps that end at tau.
BOLD = r"""
$$ \mathbf{h}^{(t)} = \tanh(\mathbf{b} + \mathbf{W} \mathbf{h}^{(t-1)} + \mathbf{U} \mathbf{x}^{(t)}) $$
$$ \mathbf{o}^{(t)} = \mathbf{c} + \mathbf{V} \mathbf{h}^{(t)} $$
$$ \hat{\mathbf{y}}^{(t)} = \mathrm{softmax}(\mathbf{o}^{(t)}) $$
$$ L = \sum_{t=1}^{\tau} L^{(t)}, \quad L^{(t)} = -\sum_i y_i^{(t)} \log \hat{y}_i^{(t)} $$
The targets $\mathbf{y}^{(t)}$ are one-hot. We go back from $t = \tau - 1$ to $t = 1$.
"""
#: Accents that mark derivatives, of numbers.
ACCENTS = r"""
Consider a univariate RNN with $z^{(t)} = u x^{(t)} + w h^{(t-1)}$ and $h^{(t)} = \phi(z^{(t)})$.
The loss is $\mathcal{L} = \sum_{t=1}^T \frac{1}{2} (h^{(t)} - s^{(t)})^2$.
We write $\overline{h^{(t)}} = \frac{\partial \mathcal{L}}{\partial h^{(t)}}$, and so on.
"""
#: Words without a font, and a factor before a bracket.
SPELLED = r"""
$$ out_t = \tanh(W x_t + U \cdot out_{t-1}) $$
$$ E = \sum_{t=1}^T \frac{1}{2} \sum_j (out_{t,j} - y_{t,j})^2 $$
"""
#: Two networks, each under its heading, with letters in common.
NETWORKS = r"""
# A layer of rows

$$ z = x W, \quad h = \tanh(z) $$

# A recurrent network

$$ h_t = \tanh(U h_{t-1} + V x_t) $$
$$ L = \sum_{t=1}^T \frac{1}{2} \|h_t - y_t\|^2 $$
"""
#: A weight before a bracket, and what is said of targets.
GATED = r"""
$$ r_t = \sigma(U_r h_{t-1} + W_r x_t) $$
$$ h_t = \tanh(U_h (r_t \odot h_{t-1}) + W_h x_t) $$
$$ s_t = \mathrm{softmax}(V h_t), \quad L = -\sum_{t=1}^T \sum_k y_{t,k} \ln s_{t,k} $$
with $\sum_k y_{t,k} = 1$.
"""
GATES = r"\frac{\partial L}{\partial U_h} = \sum_t (\frac{\partial L}{\partial h_t} \odot (1 - h_t^2)) "
#: Vectors of ones, and a size that is a number.
ONES = r"""
Let $x \in \mathbb{R}^n$ and
$$ z = x - \frac{1}{n} 1 1^T x $$
"""
AT_THE_END = r"\frac{\partial L}{\partial h_T} = h_T - y_T"
INPUTS = r"\frac{\partial L}{\partial V} = \sum_{t=1}^T \left(\frac{\partial L}{\partial h_t} \odot (1 - h_t^2)\right) "

CLAIMS = [
    (BATCH, TOTAL + PATHS + r"\right]", "proved"),
    (BATCH, r"\frac{\partial L}{\partial V} = H_{11}^T \frac{\partial L}{\partial O_1}", "proved"),
    (BATCH, r"\frac{\partial L}{\partial V} = H_{10}^T \frac{\partial L}{\partial O_1}", "refuted"),
    (BRACKETS, r"dW^{[2]} = dz^{[2]} a^{[1]T}", "proved"),
    (BRACKETS, r"dW^{[2]} = dz^{[2]} (a^{[1]} + a^{[1]})^T", "unknown"),  # what `dW` stands for is a guess: never refuted
    (BRACKETS, r"\frac{\partial \mathcal{L}}{\partial z^{[1]}} = W^{[2]T} (z^{[2]} - y) * g'(z^{[1]})", "proved"),
    (BRACKETS, r"\frac{\partial \mathcal{L}}{\partial z^{[1]}} = W^{[2]T} (z^{[2]} + y) * g'(z^{[1]})", "refuted"),
    (LENGTHS, r"\frac{\partial J}{\partial \theta} = s - y", "proved"),
    (LENGTHS, r"\frac{\partial J}{\partial \theta} = y - s", "refuted"),
    (LENGTHS, r"\frac{\partial J}{\partial W_2} = h^T (s - y)", "proved"),
    (BOLD, r"\nabla_{\mathbf{o}^{(t)}} L = \hat{\mathbf{y}}^{(t)} - \mathbf{y}^{(t)}", "proved"),
    (BOLD, r"(\nabla_{\mathbf{o}^{(t)}} L)_i = \hat{y}_i^{(t)} - y_i^{(t)}", "proved"),
    (BOLD, r"(\nabla_{\mathbf{o}^{(t)}} L)_i = \hat{y}_i^{(t)} + y_i^{(t)}", "refuted"),
    (BOLD, r"\nabla_{\mathbf{h}^{(\tau)}} L = \mathbf{V}^\top \nabla_{\mathbf{o}^{(\tau)}} L", "proved"),
    (
        BOLD,
        r"\nabla_{\mathbf{W}} L = \sum_t \mathrm{diag}(1 - (\mathbf{h}^{(t)})^2) (\nabla_{\mathbf{h}^{(t)}} L) \mathbf{h}^{(t-1)\top}",
        "proved",
    ),
    (
        BOLD,
        r"\nabla_{\mathbf{W}} L = \sum_t \mathrm{diag}(1 - (\mathbf{h}^{(t)})^2) (\nabla_{\mathbf{h}^{(t)}} L) \mathbf{h}^{(t)\top}",
        "refuted",
    ),
    (ACCENTS, r"\overline{z^{(t)}} = \overline{h^{(t)}} \phi'(z^{(t)})", "proved"),
    (ACCENTS, r"\overline{z^{(t)}} = \overline{h^{(t)}} \phi'(z^{(t-1)})", "refuted"),
    (ACCENTS, r"\overline{u} = \sum_{t=1}^T \overline{z^{(t)}} x^{(t)}", "proved"),
    (SPELLED, r"\frac{\partial E}{\partial out_T} = out_T - y_T", "proved"),
    (SPELLED, r"\frac{\partial E}{\partial out_T} = y_T - out_T", "refuted"),
    (SPELLED, r"\frac{\partial E}{\partial x_T} = W^T ((out_T - y_T) \odot (1 - out_T^2))", "proved"),
    (SPELLED, r"\frac{\partial E}{\partial x_T} = W^T (out_T + y_T)", "refuted"),
    (NETWORKS, AT_THE_END, "proved"),
    (NETWORKS, AT_THE_END.replace("- y", "+ y"), "refuted"),
    (NETWORKS, INPUTS + "x_t^T", "proved"),
    (NETWORKS, INPUTS + "x_{t-1}^T", "refuted"),
    (
        GATED,
        r"\frac{\partial L}{\partial U_h} = \sum_t (\frac{\partial L}{\partial h_t} \odot (1 - h_t^2)) (r_t \odot h_{t-1})^\top",
        "proved",
    ),
    (
        GATED,
        r"\frac{\partial L}{\partial U_h} = \sum_t (\frac{\partial L}{\partial h_t} \odot (1 - h_t^2)) (r_t \odot h_t)^\top",
        "refuted",
    ),
    (GATED, r"\frac{\partial L}{\partial h_T} = V^\top (s_T - y_T)", "conditional"),
    (GATED, r"\frac{\partial L}{\partial h_T} = V^\top (s_T + y_T)", "refuted"),
    (ONES, r"\frac{\partial z}{\partial x} = I - \frac{1}{n} 1 1^T", "proved"),
    (ONES, r"\frac{\partial z}{\partial x} = I + \frac{1}{n} 1 1^T", "refuted"),
    ("$$ a = Wx $$\n$$ \\frac{\\partial a}{\\partial x} = W $$\n", r"\frac{\partial a}{\partial x} = W^T", "conditional"),
    ("Let $\\sigma(x) = \\frac{1}{1 + e^{-x}}$.", r"\frac{d\sigma(x)}{dx} = (1 - \sigma(x)) \sigma(x)", "proved"),
    ("Let $\\sigma(x) = \\frac{1}{1 + e^{-x}}$.", r"\frac{d\sigma(x)}{dx} = (1 + \sigma(x)) \sigma(x)", "refuted"),
]


@pytest.mark.parametrize(("document", "claim", "verdict"), CLAIMS)
def test_claims(document: str, claim: str, verdict: str) -> None:
    found = last(f"{document}\n$$ {claim} $$\n")
    assert (found.verdict or found.role) == verdict, found


def test_what_is_said_of_targets_is_no_claim() -> None:
    found = verdicts(GATED)
    assert "refuted" not in [verdict.verdict for verdict in found]
    assert verdicts("$$ s = \\mathrm{softmax}(z) $$\nwith $\\sum_k s_k = 2$.")[-1].verdict == "refuted"


def test_the_missing_value_is_named() -> None:
    document = "$$ g_t = \\tanh(V g_{t+1} + R x_t) $$\n$$ L = \\sum_{t=1}^T \\ell(g_t, y_t) $$\n"
    message = last(document + r"$$ \frac{\partial L}{\partial R} = \sum_{t=1}^T \frac{\partial L}{\partial g_t} x_t^T $$").message
    assert "no equation gives g_{t} at 2" in message


def test_a_column_of_another_length_is_no_bias() -> None:
    document = BATCH.replace(r"b is $n_1 \times 1$", r"b is $n_2 \times 1$")
    assert last(f"{document}\n$$ {TOTAL}{PATHS}\\right] $$\n").verdict == "unknown"


def test_a_differential_that_nothing_defines_is_no_product() -> None:
    """d may be a size, and `dW` would be read as d times W."""
    document = "Let $x \\in \\mathbb{R}^d$ and\n$$ h = W x $$\n$$ L = \\|h\\|^2 $$\n$$ R = \\|h\\|^2 + 1 $$\n"
    assert last(f"{document}$$ dW = 2 h x^T $$").verdict == "unknown"


LINEAR = r"""
$$ \mathbf{z} = \mathbf{W} \mathbf{x} + \mathbf{b}, \quad \mathbf{h} = \sigma(\mathbf{z}) $$
$$ L = \frac{1}{2} \| \mathbf{t} - \mathbf{h} \|^2 $$
"""


@pytest.mark.parametrize(
    ("claim", "expected"),
    [
        (r"\frac{\partial L}{\partial \mathbf{z}} \mathbf{x}^\top", ("proved",)),
        (r"\mathbf{x}^\top \frac{\partial L}{\partial \mathbf{z}}", ("unknown", "refuted")),
    ],
)
def test_a_wrong_claim_makes_no_vector_of_a_matrix(claim: str, expected: tuple[str, ...]) -> None:
    assert last(f"{LINEAR}\n$$ \\frac{{\\partial L}}{{\\partial \\mathbf{{W}}}} = {claim} $$").verdict in expected


def test_units_of_layers_that_letters_tell_apart_are_no_circle() -> None:
    document = "$$ a_j = \\sum_i w_{ji} z_i $$\n\n$$ z_j = h(a_j) $$\n\n$$ a_k = \\sum_j w_{kj} z_j $$\n"
    assert "refuted" not in [verdict.verdict for verdict in verdicts(document)]
    assert verdicts("$$ a_t = \\tanh(w a_t + x_t) $$")[-1].verdict == "refuted"


@pytest.mark.parametrize(
    ("words", "verdict"),
    [("Then $z = W x$ and so", "proved"), ("If $z = x W$, then", "unknown"), ("If $z = W x + W x$, then", "unknown")],
)
def test_what_an_equation_is_replaced_by_under_a_condition(words: str, verdict: str) -> None:
    document = f"Suppose $W \\in \\mathbb{{R}}^{{n \\times m}}$, $x \\in \\mathbb{{R}}^m$ and $z = W x$.\n\n{words}\n"
    assert last(f"{document}$$ \\frac{{\\partial z}}{{\\partial x}} = W $$").verdict == verdict


def test_a_list_of_examples_replaces_nothing() -> None:
    model = "$$ h = W x $$\n$$ C = g(h) $$\n$$ L = C $$\n"
    claim = r"$$ \frac{\partial L}{\partial W} = \frac{\partial C}{\partial W} $$"
    assert last(f"{model}\nExample loss functions\n\n$$ L = -y \\ln s $$\n\nBinary\n\n{claim}").verdict == "proved"
    assert last(f"{model}\nNow the loss is\n\n$$ L = -y \\ln s $$\n\nThen\n\n{claim}").verdict != "proved"


def test_the_end_of_a_sum_is_no_example() -> None:
    model = "$$ h_t = \\tanh(W h_{t-1} + U x_t) $$\n$$ F_t = \\sum_{u=t+1}^{n} \\mathcal{L}(h_u, y_u) $$\n"
    model += "$$ \\delta_t = \\frac{\\partial F_t}{\\partial h_t} $$\n"
    here = r"\frac{\partial \mathcal{L}(h_t, y_t)}{\partial h_t}"
    claim = rf"$$ \delta_{{t-1}} = \frac{{\partial h_t}}{{\partial h_{{t-1}}}}^T \left({here} - \delta_t\right) $$"
    assert last(f"{model}\nAt the end $F_n = 0$.\n\n{claim}").verdict == "refuted"
    assert last(f"{model}\nLet $W = 0$.\n\n{claim}").verdict == "unknown"
