"""Models whose gradients are known in closed form, and right formulas of theirs with one mistake put in.

The right formulas are those of textbooks: δ_t = (Vᵀ ∂L/∂o_t + Wᵀ δ_{t+1}) ⊙ f′(z_t) and ∂L/∂W = Σ δ_t h_{t-1}ᵀ (Werbos 1990;
Goodfellow, Bengio, Courville, Deep Learning, 10.2.2), ∂L/∂z = s − y for softmax with cross-entropy and targets that sum to 1.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from symbptt.problem import Problem

RNN = Problem(
    given=(
        r"z_t = W h_{t-1} + U x_t",
        r"h_t = f(z_t)",
        r"o_t = V h_t",
        r"L = \sum_{t=1}^T \ell(o_t)",
        r"\delta_t = \frac{\partial L}{\partial z_t}",
    ),  # type: ignore[arg-type]
    shapes={
        "x_t": "m",
        "h_t": "n",
        "z_t": "n",
        "o_t": "q",
        "W": "n×n",
        "U": "n×m",
        "V": "q×n",
        "L": "scalar",
        r"\delta_t": "n",
    },
    ranges={"t": "1..T"},
    functions={"f": "elementwise", r"\ell": "scalar"},
)
SOFTMAX = Problem(
    given=(r"s = \mathrm{softmax}(z)", r"L = -\sum_k y_k \ln s_k"),  # type: ignore[arg-type]
    shapes={"z": "n", "s": "n", "y": "n", "L": "scalar"},
    assume=({"one_hot": "y"},),
)
SQUARES = Problem(
    given=(r"y = A x", r"C = \sum_k (y_k - d_k)^2"),  # type: ignore[arg-type]
    shapes={"x": "m", "y": "n", "d": "n", "A": "n×m", "C": "scalar"},
)
STACKED = Problem(
    given=(r"z = W \begin{pmatrix} h \\ x \end{pmatrix}", r"J = \ell(z)", r"\delta = \frac{\partial J}{\partial z}"),  # type: ignore[arg-type]
    shapes={"h": "n", "x": "m", "z": "p", "W": "p×(n+m)", "J": "scalar", r"\delta": "p"},
    functions={r"\ell": "scalar"},
)
MEAN = Problem(
    given=(r"o_t = V h_t", r"L = \frac{1}{T} \sum_{t=1}^T \ell(o_t)"),  # type: ignore[arg-type]
    shapes={"h_t": "n", "o_t": "q", "V": "q×n", "L": "scalar"},
    ranges={"t": "1..T"},
    functions={r"\ell": "scalar"},
)
CHAINS = Problem(
    given=(
        r"u_t = U x_t",
        r"w_t = W h_{t-1}",
        r"z_t = u_t + w_t",
        r"h_t = \tanh(z_t)",
        r"L = \sum_{t=1}^T \ell(h_t)",
    ),  # type: ignore[arg-type]
    shapes={"x_t": "m", "h_t": "n", "u_t": "n", "w_t": "n", "z_t": "n", "W": "n×n", "U": "n×m", "L": "scalar"},
    ranges={"t": "1..T"},
    functions={r"\ell": "scalar"},
    notation={"derivative": "total", "layout": {"vector": "numerator", "matrix": "gradient"}},
)


EARLIER = r"\frac{\partial h_t}{\partial h_{t-1}} \frac{\partial h_{t-1}}{\partial W}"
OF_THE_STEP = r"\frac{\partial z_t}{\partial x_t}"
OF_THE_INPUT = r"\frac{\partial u_t}{\partial U}"


@dataclass(frozen=True)
class Mistake:
    """A wrong claim about a model, the right one by mathematics, and the row of the table that mends it."""

    kind: str
    model: Problem
    wrong: str
    right: str

    @property
    def problem(self) -> Problem:
        return replace(self.model, claim=self.wrong, id=self.kind)


MISTAKES = (
    Mistake(
        "step index",
        RNN,
        r"\delta_t = (V^T \frac{\partial L}{\partial o_t} + W^T \delta_t) \odot f'(z_t)",
        r"\delta_t = (V^T \frac{\partial L}{\partial o_t} + W^T \delta_{t+1}) \odot f'(z_t)",
    ),
    Mistake(
        "step index",
        RNN,
        r"\frac{\partial L}{\partial W} = \sum_{t=1}^T \delta_t h_t^T",
        r"\frac{\partial L}{\partial W} = \sum_{t=1}^T \delta_t h_{t-1}^T",
    ),
    Mistake(
        "transpose",
        RNN,
        r"\delta_t = (V^T \frac{\partial L}{\partial o_t} + W \delta_{t+1}) \odot f'(z_t)",
        r"\delta_t = (V^T \frac{\partial L}{\partial o_t} + W^T \delta_{t+1}) \odot f'(z_t)",
    ),
    Mistake("factor order", RNN, r"\frac{\partial L}{\partial h_0} = \delta_1 W^T", r"\frac{\partial L}{\partial h_0} = W^T \delta_1"),
    Mistake(
        "layout",
        RNN,
        r"\frac{\partial L}{\partial W} = \sum_{t=1}^T h_{t-1} \delta_t^T",
        r"\frac{\partial L}{\partial W} = \sum_{t=1}^T \delta_t h_{t-1}^T",
    ),
    Mistake(
        "missing factor",
        RNN,
        r"\delta_t = V^T \frac{\partial L}{\partial o_t} + W^T \delta_{t+1}",
        r"\delta_t = (V^T \frac{\partial L}{\partial o_t} + W^T \delta_{t+1}) \odot f'(z_t)",
    ),
    Mistake(
        "slope",
        RNN,
        r"\delta_t = (V^T \frac{\partial L}{\partial o_t} + W^T \delta_{t+1}) \odot f(z_t)",
        r"\delta_t = (V^T \frac{\partial L}{\partial o_t} + W^T \delta_{t+1}) \odot f'(z_t)",
    ),
    Mistake(
        "slope",  # at a wrong argument
        RNN,
        r"\delta_t = (V^T \frac{\partial L}{\partial o_t} + W^T \delta_{t+1}) \odot f'(x_t)",
        r"\delta_t = (V^T \frac{\partial L}{\partial o_t} + W^T \delta_{t+1}) \odot f'(z_t)",
    ),
    Mistake(
        "missing sum",
        RNN,
        r"\frac{\partial L}{\partial W} = \delta_t h_{t-1}^T",
        r"\frac{\partial L}{\partial W} = \sum_{t=1}^T \delta_t h_{t-1}^T",
    ),
    Mistake(
        "bounds",
        RNN,
        r"\frac{\partial L}{\partial W} = \sum_{t=2}^T \delta_t h_{t-1}^T",
        r"\frac{\partial L}{\partial W} = \sum_{t=1}^T \delta_t h_{t-1}^T",
    ),
    Mistake(
        "bounds",
        RNN,
        r"\frac{\partial L}{\partial U} = \sum_{t=1}^{T-1} \delta_t x_t^T",
        r"\frac{\partial L}{\partial U} = \sum_{t=1}^{T} \delta_t x_t^T",
    ),
    Mistake(
        "brackets",
        RNN,
        r"\delta_t = V^T \frac{\partial L}{\partial o_t} + W^T \delta_{t+1} \odot f'(z_t)",
        r"\delta_t = (V^T \frac{\partial L}{\partial o_t} + W^T \delta_{t+1}) \odot f'(z_t)",
    ),
    Mistake("sibling", RNN, r"\frac{\partial L}{\partial x_t} = V^T \delta_t", r"\frac{\partial L}{\partial x_t} = U^T \delta_t"),
    Mistake(
        "superfluous",
        RNN,
        r"\delta_T = V^T \frac{\partial L}{\partial o_T} \odot f'(z_T) \odot f'(z_T)",
        r"\delta_T = V^T \frac{\partial L}{\partial o_T} \odot f'(z_T)",
    ),
    Mistake(
        "derivative",  # a δ for the error of another node
        RNN,
        r"\frac{\partial L}{\partial V} = \sum_{t=1}^T \delta_t h_t^T",
        r"\frac{\partial L}{\partial V} = \sum_{t=1}^T \frac{\partial L}{\partial o_t} h_t^T",
    ),
    Mistake(
        "immediate",
        CHAINS,
        r"\frac{\partial h_t}{\partial W} = \frac{\partial h_t}{\partial W} + " + EARLIER,
        r"\frac{\partial h_t}{\partial W} = \frac{\partial^+ h_t}{\partial W} + " + EARLIER,
    ),
    Mistake("sign", SOFTMAX, r"\frac{\partial L}{\partial z} = y - s", r"\frac{\partial L}{\partial z} = s - y"),
    Mistake("sign", SOFTMAX, r"\frac{\partial L}{\partial z_i} = s_i + y_i", r"\frac{\partial L}{\partial z_i} = s_i - y_i"),
    Mistake("summand index", SOFTMAX, r"s_i = \frac{e^{z_i}}{\sum_{j=1}^n e^{z_i}}", r"s_i = \frac{e^{z_i}}{\sum_{j=1}^n e^{z_j}}"),
    Mistake("Jacobian", SOFTMAX, r"\frac{\partial s}{\partial z} = s (1 - s)", r"\frac{\partial s}{\partial z} = \mathrm{diag}(s) - s s^T"),
    Mistake("coefficient", SQUARES, r"\frac{\partial C}{\partial y} = y - d", r"\frac{\partial C}{\partial y} = 2 (y - d)"),
    Mistake("product for sum", SQUARES, r"C = \sum_k (y_k d_k)^2", r"C = \sum_k (y_k - d_k)^2"),
    Mistake("square", SQUARES, r"C = (\sum_k (y_k - d_k))^2", r"C = \sum_k (y_k - d_k)^2"),
    Mistake(
        "kind of product",
        SQUARES,
        r"\frac{\partial C}{\partial x} = 2 A^T \odot (y - d)",
        r"\frac{\partial C}{\partial x} = 2 A^T (y - d)",
    ),
    Mistake("slice", STACKED, r"\frac{\partial J}{\partial h} = W[:n,:]^T \delta", r"\frac{\partial J}{\partial h} = W[:,:n]^T \delta"),
    Mistake("block", STACKED, r"\frac{\partial J}{\partial h} = W^T \delta", r"\frac{\partial J}{\partial h} = W[:,:n]^T \delta"),
    Mistake(
        "average",
        MEAN,
        r"\frac{\partial L}{\partial o_t} = \frac{\partial \ell(o_t)}{\partial o_t}",
        r"\frac{\partial L}{\partial o_t} = \frac{1}{T} \frac{\partial \ell(o_t)}{\partial o_t}",
    ),
    Mistake("diag", RNN, r"\frac{\partial h_t}{\partial z_t} = f'(z_t)", r"\frac{\partial h_t}{\partial z_t} = \mathrm{diag}(f'(z_t))"),
    Mistake(
        "slope before a matrix",
        RNN,
        r"\frac{\partial h_t}{\partial h_{t-1}} = W f'(z_t)",
        r"\frac{\partial h_t}{\partial h_{t-1}} = \mathrm{diag}(f'(z_t)) W",
    ),
    Mistake(
        "path",  # the one by the state before is left out
        CHAINS,
        r"\frac{\partial h_t}{\partial U} = \frac{\partial h_t}{\partial z_t} \frac{\partial z_t}{\partial u_t} " + OF_THE_INPUT,
        r"\frac{\partial h_t}{\partial U} = \frac{\partial h_t}{\partial z_t} \frac{\partial z_t}{\partial U}",
    ),
    Mistake(
        "missing link",
        CHAINS,
        r"\frac{\partial L}{\partial x_t} = \frac{\partial L}{\partial h_t} \frac{\partial z_t}{\partial x_t}",
        r"\frac{\partial L}{\partial x_t} = \frac{\partial L}{\partial h_t} \frac{\partial h_t}{\partial z_t} " + OF_THE_STEP,
    ),
    Mistake("missing sum", SQUARES, r"C = (y_k - d_k)^2", r"C = \sum_k (y_k - d_k)^2"),
    Mistake(
        "path",  # of the left side: one term of the chain rule for all of them
        SOFTMAX,
        r"\frac{\partial L}{\partial s_i} \frac{\partial s_i}{\partial z_k} = s_k - y_k",
        r"\frac{\partial L}{\partial z_k} = s_k - y_k",
    ),
    Mistake(
        "components",  # right for one row of the matrix
        SQUARES,
        r"\frac{\partial y}{\partial A} = x",
        r"\frac{\partial y_j}{\partial A_{j,k}} = x_k",
    ),
    Mistake(
        "derived",  # two mistakes and more: the gradient is written anew
        RNN,
        r"\frac{\partial L}{\partial U} = x_t f(\delta_t) V",
        r"\frac{\partial L}{\partial U} = \sum_{t=1}^T \delta_t x_t^T",
    ),
)
