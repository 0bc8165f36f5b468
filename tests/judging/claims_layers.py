"""Claims about layers: feed-forward networks, softmax and cross-entropy, batches in rows, attention, norms."""

from __future__ import annotations

from tests.judging.rows import Row, Table

ROWS: list[Row] = []

# -- layers told apart by a superscript ----------------------------------------------------------------------------------
DEEP = {
    "given": [
        r"z^l = W^l a^{l-1} + b^l",
        r"a^l = f(z^l)",
        r"C = \frac{1}{2} \|a^L - y\|^2",
        r"\delta^l = \frac{\partial C}{\partial z^l}",
    ],
    "shapes": {"W^l": "n_l×n_{l-1}", "z^l": "n_l", "a^l": "n_l", "b^l": "n_l", "y": "n_L"},
    "functions": {"f": "elementwise"},
    "ranges": {"l": "1..L"},
}
t = Table("layers", DEEP, ROWS)
t.right("last layer", r"\delta^L = (a^L - y) \odot f'(z^L)")
t.wrong("last layer, sign", r"\delta^L = (y - a^L) \odot f'(z^L)")
t.wrong("last layer, no slope", r"\delta^L = a^L - y")
t.right("recursion", r"\delta^l = ((W^{l+1})^\top \delta^{l+1}) \odot f'(z^l)")
t.wrong("recursion, own weights", r"\delta^l = ((W^l)^\top \delta^{l+1}) \odot f'(z^l)", fields={"method": "shapes"})
t.wrong("recursion, slope after the weights", r"\delta^l = (W^{l+1})^\top (\delta^{l+1} \odot f'(z^{l+1}))")
t.wrong("recursion, doubled", r"\delta^l = 2 ((W^{l+1})^\top \delta^{l+1}) \odot f'(z^l)")
t.right("recursion, transpose beside the index", r"\delta^l = (W^{l+1,\top} \delta^{l+1}) \odot f'(z^l)")
t.right("weights", r"\frac{\partial C}{\partial W^l} = \delta^l (a^{l-1})^\top")
t.wrong("weights, own activation", r"\frac{\partial C}{\partial W^l} = \delta^l (a^l)^\top", fields={"method": "shapes"})
t.wrong("weights, net input for activation", r"\frac{\partial C}{\partial W^l} = \delta^l (z^{l-1})^\top", for_=r"2 \le l \le L")
t.right("bias", r"\frac{\partial C}{\partial b^l} = \delta^l")
t.wrong("bias, doubled", r"\frac{\partial C}{\partial b^l} = 2 \delta^l")
ENTRY = r"\frac{\partial C}{\partial W^l_{jk}}"
t.right("entry of the weights", r"\frac{\partial C}{\partial W^l_{jk}} = a^{l-1}_k \delta^l_j")
t.wrong("entry of the weights, exchanged", r"\frac{\partial C}{\partial W^l_{jk}} = a^{l-1}_j \delta^l_k")
t.wrong("entry of the weights, doubled slope", r"\frac{\partial C}{\partial W^l_{jk}} = a^{l-1}_k \delta^l_j f'(z^l_j)")
t.right("entry of delta", r"\delta^l_j = \sum_k W^{l+1}_{kj} \delta^{l+1}_k f'(z^l_j)")
t.wrong("entry of delta, exchanged", r"\delta^l_j = \sum_k W^{l+1}_{jk} \delta^{l+1}_k f'(z^l_j)")
t.right(
    "chain of equalities in components",
    rf"{ENTRY} = \frac{{\partial C}}{{\partial z^l_j}} \frac{{\partial z^l_j}}{{\partial W^l_{{jk}}}} = \delta^l_j a^{{l-1}}_k",
)
t.wrong(
    "chain of equalities, wrong middle",
    rf"{ENTRY} = \frac{{\partial C}}{{\partial a^l_j}} \frac{{\partial z^l_j}}{{\partial W^l_{{jk}}}} = \delta^l_j a^{{l-1}}_k",
    fields={"first_wrong": 0, "link_verdicts": ("refuted", "refuted")},
)
t.conditional("a named activation", r"\delta^L = (a^L - y) \odot a^L \odot (1 - a^L)", fields={"assumptions": "f is sigmoid"})

for name, last in (("a^L", {"equation": "a^L = z^L"}), ("a^l for l = L", {"equation": "a^l = z^l", "for": "l = L"})):
    LINEAR = {**DEEP, "given": [*DEEP["given"], last]}
    t = Table(f"a linear last layer, {name}", LINEAR, ROWS)
    t.right("last layer", r"\delta^L = a^L - y")
    t.wrong("last layer, slope", r"\delta^L = (a^L - y) \odot f'(z^L)")
    t.right("recursion", r"\delta^l = ((W^{l+1})^\top \delta^{l+1}) \odot f'(z^l)")
    t.wrong("every layer", r"\delta^l = \frac{\partial C}{\partial a^l} \odot f'(z^l)", for_=r"1 \le l \le L")
    t.right("weights", r"\frac{\partial C}{\partial W^l} = \delta^l (a^{l-1})^\top")

FAMILY = {**DEEP, "given": [r"z^l = W^l a^{l-1} + b^l", r"a^l = f^l(z^l)", *DEEP["given"][2:]], "functions": {"f^l": "elementwise"}}
t = Table("family of functions", FAMILY, ROWS)
t.right("recursion", r"\delta^l = ((W^{l+1})^\top \delta^{l+1}) \odot (f^l)'(z^l)")
t.right("recursion, prime before the index", r"\delta^l = ((W^{l+1})^\top \delta^{l+1}) \odot f'^l(z^l)")
t.wrong("recursion, function of the next layer", r"\delta^l = ((W^{l+1})^\top \delta^{l+1}) \odot (f^{l+1})'(z^l)")
t.right("last layer", r"\delta^L = (a^L - y) \odot (f^L)'(z^L)")
t.wrong("last layer, the layer below", r"\delta^L = (a^L - y) \odot (f^{L-1})'(z^L)")

# -- softmax -------------------------------------------------------------------------------------------------------------
CLASSIFIER = {
    "given": [r"o = V x + c", r"p = \operatorname{softmax}(o)", r"E = -\sum_{k} y_k \log p_k"],
    "shapes": {"V": "q×m", "x": "m", "c": "q", "o": "q", "p": "q", "y": "q"},
}
t = Table("softmax and cross-entropy", CLASSIFIER, ROWS)
t.conditional("error, nothing assumed", r"\frac{\partial E}{\partial o} = p - y", fields={"assumptions": "y"})
t.right("error, normalised", r"\frac{\partial E}{\partial o} = p - y", assume=[r"\sum_k y_k = 1"])
t.right("error, one-hot", r"\frac{\partial E}{\partial o} = p - y", assume=[{"one_hot": "y"}])
t.wrong("error, sign", r"\frac{\partial E}{\partial o} = y - p", assume=[r"\sum_k y_k = 1"])
t.wrong("error, sign, nothing assumed", r"\frac{\partial E}{\partial o} = y - p")
t.right("error, in general", r"\frac{\partial E}{\partial o_j} = p_j \sum_k y_k - y_j")
t.wrong("error, in general, doubled", r"\frac{\partial E}{\partial o_j} = 2 p_j \sum_k y_k - y_j")
t.right("log derivative", r"\frac{\partial E}{\partial p_k} = -\frac{y_k}{p_k}")
t.wrong("log derivative, sign", r"\frac{\partial E}{\partial p_k} = \frac{y_k}{p_k}")
t.conditional("weights", r"\frac{\partial E}{\partial V} = (p - y) x^\top")
t.right("weights, one-hot", r"\frac{\partial E}{\partial V} = (p - y) x^\top", assume=[{"one_hot": "y"}])
REVERSED = r"\frac{\partial E}{\partial V} = x (p - y)^\top"
t.conditional("weights, reversed", REVERSED, assume=[{"one_hot": "y"}], fields={"assumptions": "layout"})
t.wrong("weights, reversed, layout stated", REVERSED, assume=[{"one_hot": "y"}], notation={"layout": "gradient"})
t.wrong("weights, sign", r"\frac{\partial E}{\partial V} = (y - p) x^\top", assume=[{"one_hot": "y"}])
t.right("Jacobian, Kronecker", r"\frac{\partial p_i}{\partial o_j} = p_i (\delta_{ij} - p_j)")
t.wrong("Jacobian, Kronecker, plus", r"\frac{\partial p_i}{\partial o_j} = p_i (\delta_{ij} + p_j)")
t.wrong("Jacobian, own component", r"\frac{\partial p_i}{\partial o_j} = p_i (\delta_{ij} - p_i)")
t.right("Jacobian, indicator by subscript", r"\frac{\partial p_i}{\partial o_j} = p_i (\mathbb{1}_{i=j} - p_j)")
t.wrong("Jacobian, indicator by subscript, unequal", r"\frac{\partial p_i}{\partial o_j} = p_i (\mathbb{1}_{i \ne j} - p_j)")
t.right("Jacobian, indicator with brackets", r"\frac{\partial p_i}{\partial o_j} = p_i (\mathbb{1}[i = j] - p_j)")
CASES = r"\frac{\partial p_i}{\partial o_j} = \begin{cases} %s & \text{if } i = j \\ %s & \text{if } i \ne j \end{cases}"
t.right("Jacobian, cases", CASES % ("p_i (1 - p_i)", "-p_i p_j"))
t.wrong("Jacobian, cases, exchanged", CASES % ("-p_i p_j", "p_i (1 - p_i)"))
t.wrong("Jacobian, cases, sign of one", CASES % ("p_i (1 - p_i)", "p_i p_j"))
t.right("Jacobian, matrix", r"\frac{\partial p}{\partial o} = \operatorname{diag}(p) - p p^\top")
t.wrong("Jacobian, matrix, plus", r"\frac{\partial p}{\partial o} = \operatorname{diag}(p) + p p^\top")
t.wrong("Jacobian, matrix, product turned", r"\frac{\partial p}{\partial o} = \operatorname{diag}(p) - p^\top p")
t.right("shift", r"p_i = \frac{\exp(o_i + \|x\|)}{\sum_j \exp(o_j + \|x\|)}")
t.wrong("shift on one side", r"p_i = \frac{\exp(o_i + \|x\|)}{\sum_j \exp(o_j)}")
t.wrong("true for two classes only", r"\frac{\partial p_1}{\partial o_1} = p_1 p_2")
ONE_SIZE = {"given": [r"p = \operatorname{softmax}(o)"], "shapes": {"p": "n", "o": "n"}}
t = Table("one size only", ONE_SIZE, ROWS)
t.right("sum of all", r"\sum_i p_i = 1")
t.wrong("sum of two", r"p_1 + p_2 = 1")
t.wrong("derivative with two", r"\frac{\partial p_1}{\partial o_1} = p_1 p_2")
t.wrong("characteristic polynomial of two rows", r"A^2 = \operatorname{tr}(A) A - p_1 I", shapes={**ONE_SIZE["shapes"], "A": "n×n"})

IN_TIME = {
    "given": [
        r"s_t = \tanh(A s_{t-1} + B x_t)",
        r"o_t = V s_t",
        r"p_t = \operatorname{softmax}(o_t)",
        r"E = -\sum_{t=1}^{T} y_t^\top \log p_t",
    ],
    "shapes": {"A": "n×n", "B": "n×m", "V": "q×n", "s_t": "n", "x_t": "m", "o_t": "q", "p_t": "q", "y_t": "q"},
    "ranges": {"t": "1..T"},
}
t = Table("softmax in time", IN_TIME, ROWS)
t.conditional("error", r"\frac{\partial E}{\partial o_t} = p_t - y_t")
t.right("error, assumed", r"\frac{\partial E}{\partial o_t} = p_t - y_t", assume=[r"\sum_k y_{t,k} = 1"])
t.wrong("error, last step's target", r"\frac{\partial E}{\partial o_t} = p_t - y_{t-1}", for_=r"2 \le t \le T")
t.right("read-out", r"\frac{\partial E}{\partial V} = \sum_{t=1}^{T} (p_t - y_t) s_t^\top", assume=[{"one_hot": "y_t"}])
t.wrong("read-out, earlier state", r"\frac{\partial E}{\partial V} = \sum_{t=1}^{T} (p_t - y_t) s_{t-1}^\top", assume=[{"one_hot": "y_t"}])

# -- batches in rows -----------------------------------------------------------------------------------------------------
BATCH = {
    "given": [
        r"Z_t = X_t W + H_{t-1} R + b",
        r"H_t = \tanh(Z_t)",
        r"E = \frac{1}{2 k} \sum_{t=1}^{T} \|H_t - Y_t\|_F^2",
        r"D_t = \frac{\partial E}{\partial Z_t}",
    ],
    "shapes": {"X_t": "k×m", "W": "m×n", "R": "n×n", "b": "1×n", "H_t": "k×n", "Z_t": "k×n", "Y_t": "k×n", "D_t": "k×n"},
    "ranges": {"t": "1..T"},
}
t = Table("rows and batches", BATCH, ROWS)
t.right("last step", r"D_T = \frac{1}{k} (H_T - Y_T) \odot (1 - H_T \odot H_T)")
t.wrong("last step, not averaged", r"D_T = (H_T - Y_T) \odot (1 - H_T \odot H_T)")
t.wrong("last step, other average", r"D_T = \frac{1}{n} (H_T - Y_T) \odot (1 - H_T \odot H_T)")
t.right(
    "recursion",
    r"D_t = \left(\frac{1}{k} (H_t - Y_t) + D_{t+1} R^\top\right) \odot (1 - H_t \odot H_t)",
    for_=r"1 \le t < T",
)
t.wrong(
    "recursion, no transpose",
    r"D_t = \left(\frac{1}{k} (H_t - Y_t) + D_{t+1} R\right) \odot (1 - H_t \odot H_t)",
    for_=r"1 \le t < T",
)
t.right("recurrent weights", r"\frac{\partial E}{\partial R} = \sum_{t=1}^{T} H_{t-1}^\top D_t")
t.wrong("recurrent weights, same step", r"\frac{\partial E}{\partial R} = \sum_{t=1}^{T} H_t^\top D_t")
t.wrong("recurrent weights, reversed", r"\frac{\partial E}{\partial R} = \sum_{t=1}^{T} D_t^\top H_{t-1}")
t.right("input weights", r"\frac{\partial E}{\partial W} = \sum_{t=1}^{T} X_t^\top D_t")
t.wrong("input weights, column convention", r"\frac{\partial E}{\partial W} = \sum_{t=1}^{T} D_t X_t^\top", fields={"method": "shapes"})
t.right("bias, ones", r"\frac{\partial E}{\partial b} = \sum_{t=1}^{T} \mathbf{1}^\top D_t")
t.right("bias, entry", r"\frac{\partial E}{\partial b_j} = \sum_{t=1}^{T} \sum_{i} D_{t,ij}")
t.wrong("bias, one row", r"\frac{\partial E}{\partial b_j} = \sum_{t=1}^{T} D_{t,1j}")

# -- attention -----------------------------------------------------------------------------------------------------------
ATTENTION = {
    "given": [
        r"S = \frac{Q K^\top}{\sqrt{d}}",
        r"P = \operatorname{softmax}(S)",
        r"O = P V",
        r"E = \sum_{i,j} G_{ij} O_{ij}",
        r"M = \frac{\partial E}{\partial P}",
        r"N = \frac{\partial E}{\partial S}",
    ],
    "shapes": {"Q": "a×d", "K": "b×d", "V": "b×v", "S": "a×b", "P": "a×b", "O": "a×v", "G": "a×v", "M": "a×b", "N": "a×b"},
}
t = Table("attention", ATTENTION, ROWS)
t.right("values", r"\frac{\partial E}{\partial V} = P^\top G")
t.wrong("values, transposed", r"\frac{\partial E}{\partial V} = G^\top P", fields={"method": "shapes"})
t.wrong("values, doubled", r"\frac{\partial E}{\partial V} = 2 P^\top G")
t.right("weights", r"\frac{\partial E}{\partial P} = G V^\top")
t.right("scores", r"N_{ij} = P_{ij} \left(M_{ij} - \sum_k P_{ik} M_{ik}\right)")
t.conditional("scores of columns", r"N_{ij} = P_{ij} \left(M_{ij} - \sum_k P_{kj} M_{kj}\right)", fields={"assumptions": "each column"})
t.wrong("scores, mixed", r"N_{ij} = P_{ij} \left(M_{ij} - \sum_k P_{ik} M_{kj}\right)")
t.wrong("scores, plus", r"N_{ij} = P_{ij} \left(M_{ij} + \sum_k P_{ik} M_{ik}\right)")
t.wrong("scores, no sum", r"N_{ij} = P_{ij} M_{ij}")
t.right("queries", r"\frac{\partial E}{\partial Q} = \frac{1}{\sqrt{d}} N K")
t.wrong("queries, not scaled", r"\frac{\partial E}{\partial Q} = N K")
t.right("keys", r"\frac{\partial E}{\partial K} = \frac{1}{\sqrt{d}} N^\top Q")
t.wrong("keys, scaled twice", r"\frac{\partial E}{\partial K} = \frac{1}{d} N^\top Q")
t.right("rows of weights sum to one", r"\sum_{j} P_{ij} = 1")
t.conditional("columns of weights", r"\sum_{i} P_{ij} = 1", fields={"assumptions": "each column"})
t.wrong("all weights", r"\sum_{i,j} P_{ij} = 1")

# -- norms and penalties -------------------------------------------------------------------------------------------------
SQUARES = {
    "given": [r"e = W x - y", r"F = \frac{1}{2} \|e\|^2", r"E = F + \frac{\lambda}{2} \|W\|_F^2", r"r = \|x\|"],
    "shapes": {"W": "m×n", "x": "n", "y": "m", "e": "m", r"\lambda": "scalar"},
}
t = Table("norms", SQUARES, ROWS)
t.right("least squares by x", r"\frac{\partial F}{\partial x} = W^\top (W x - y)")
t.wrong("least squares by x, doubled", r"\frac{\partial F}{\partial x} = 2 W^\top (W x - y)")
t.right("least squares by W", r"\frac{\partial F}{\partial W} = e x^\top")
t.right("one factor in brackets with a transpose", r"\frac{\partial F}{\partial W} = e (x)^T")
t.wrong("one factor in brackets with a transpose, minus", r"\frac{\partial F}{\partial W} = -e (x)^T")
t.wrong("one factor in brackets, no transpose", r"\frac{\partial F}{\partial W} = e (x)", fields={"method": "shapes"})
t.right("penalty", r"\frac{\partial E}{\partial W} = \frac{\partial F}{\partial W} + \lambda W")
t.wrong("penalty, doubled", r"\frac{\partial E}{\partial W} = \frac{\partial F}{\partial W} + 2 \lambda W")
t.wrong("penalty, halved", r"\frac{\partial E}{\partial W} = e x^\top + \frac{\lambda}{2} W")
t.right("norm", r"\frac{\partial r}{\partial x} = \frac{x}{\|x\|}")
t.wrong("norm, squared", r"\frac{\partial r}{\partial x} = \frac{x}{\|x\|^2}")
t.right("half-integer power", r"\frac{\partial r}{\partial x} = (x^\top x)^{-1/2} x")
t.wrong("half-integer power, other", r"\frac{\partial r}{\partial x} = (x^\top x)^{-3/2} x")
t.right("norm as a power", r"r = (x^\top x)^{\frac{1}{2}}")
t.right("trace", r"\operatorname{tr}(W W^\top) = \|W\|_F^2")
t.wrong("trace, of a sum", r"\operatorname{tr}(W W^\top) = \sum_{i,j} W_{ij}")
