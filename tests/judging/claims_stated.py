"""Claims of problems stated as documents write them: what a transpose defines, vectors of ones, marks before a name."""

from __future__ import annotations

from tests.judging.rows import Row, Table

ROWS: list[Row] = []

# -- a transpose on a left side ------------------------------------------------------------------------------------------
# dL = δᵀ dz with z = W x: ∂L/∂W = δ xᵀ, ∂L/∂x = Wᵀ δ. W is not square, so that a lost transpose fits nowhere.
TURNED = {
    "given": ["z = W x", r"L = \ell(z)", r"\delta^T = \frac{\partial L}{\partial z}"],
    "shapes": {"x": "m", "W": "n×m", "z": "n", r"\delta": "n"},
    "functions": {r"\ell": "scalar"},
}
UNDECLARED = {"shapes": {"x": "m", "W": "n×m", "z": "n"}}
ROWS_AND_GRADIENTS = {"notation": {"layout": {"vector": "numerator", "matrix": "gradient"}, "transpose": ["T"]}}
t = Table("transpose on a left side", TURNED, ROWS)
for name, extra in {"declared": {}, "undeclared": UNDECLARED, "layouts stated": ROWS_AND_GRADIENTS}.items():
    t.right(f"{name}, weights", r"\frac{\partial L}{\partial W} = \delta x^T", **extra)
    t.wrong(f"{name}, weights, twice as much", r"\frac{\partial L}{\partial W} = 2 \delta x^T", **extra)
    t.wrong(f"{name}, weights, no transpose", r"\frac{\partial L}{\partial W} = \delta x", **extra)
    t.right(f"{name}, input as a row", r"\frac{\partial L}{\partial x} = \delta^T W", **extra)
    t.wrong(f"{name}, input, the weights not turned", r"\frac{\partial L}{\partial x} = W \delta", **extra)
BRACKETS = {"given": ["z = W x", r"L = \ell(z)", r"(\delta)^\top = \frac{\partial L}{\partial z}"]}
t.right("brackets and top", r"\frac{\partial L}{\partial W} = \delta x^\top", **BRACKETS)
t.wrong("brackets and top, sign", r"\frac{\partial L}{\partial W} = -\delta x^\top", **BRACKETS)
t.unknown("a column by the stated layout", r"\frac{\partial L}{\partial W} = \delta x^T", notation={"layout": "gradient"})
TWICE = {"and_given": [r"\delta = 2 \frac{\partial L}{\partial z}"]}
t.unknown("defined twice", r"\frac{\partial L}{\partial W} = \delta x^T", **TWICE)
TURNED_STEPS = {
    "given": ["a_t = W h_{t-1} + U x_t", "h_t = f(a_t)", r"L = \ell(h_T)", r"\delta_t^T = \frac{\partial L}{\partial a_t}"],
    "shapes": {"W": "n×n", "U": "n×m", "x_t": "m", "h_t": "n", "a_t": "n", r"\delta_t": "n"},
    "ranges": {"t": "1..T"},
    "functions": {r"\ell": "scalar", "f": "elementwise"},
}
t = Table("transpose on a left side, steps", TURNED_STEPS, ROWS)
t.right("weights", r"\frac{\partial L}{\partial W} = \sum_{t=1}^T \delta_t h_{t-1}^T")
t.wrong("weights, a later state", r"\frac{\partial L}{\partial W} = \sum_{t=1}^T \delta_t h_t^T")
t.right("recursion of rows", r"\delta_t^T = \delta_{t+1}^T W \mathrm{diag}(f'(a_t))", for_=r"1 \le t < T")
t.wrong("recursion of rows, the weights turned", r"\delta_t^T = \delta_{t+1}^T W^T \mathrm{diag}(f'(a_t))", for_=r"1 \le t < T")
t.right("recursion of columns", r"\delta_t = \mathrm{diag}(f'(a_t)) W^T \delta_{t+1}", for_=r"1 \le t < T")
t.wrong("recursion of columns, the step after", r"\delta_t = \mathrm{diag}(f'(a_{t+1})) W^T \delta_{t+1}", for_=r"1 \le t < T")
LABELLED = {
    "given": [*TURNED_STEPS["given"], r"\delta_{h,t}^T = \frac{\partial L}{\partial h_t}"],
    "shapes": {**TURNED_STEPS["shapes"], r"\delta_{h,t}": "n"},
}
t.right("a label beside the step", r"\delta_t = \delta_{h,t} \odot f'(a_t)", **LABELLED)
t.wrong("a label beside the step, without the slope", r"\delta_t = \delta_{h,t}", **LABELLED)
PRODUCT = {
    "given": ["C^T = B^T A^T", r"L = \frac{1}{2} \|C\|_F^2"],
    "shapes": {"A": "n×m", "B": "m×k", "C": "n×k"},
}
t = Table("transpose of a matrix on a left side", PRODUCT, ROWS)
t.right("product", "C = A B")
t.right("gradient", r"\frac{\partial L}{\partial A} = C B^T")
t.wrong("gradient, no transpose", r"\frac{\partial L}{\partial A} = C B")
SQUARE = {
    "given": ["x_t = A x_{t-1}", "C^T = B^T A^T"],
    "shapes": {"A": "n×n", "B": "n×n", "C": "n×n", "x_t": "n"},
    "ranges": {"t": "1..T"},
}
t = Table("transpose or power on a left side", SQUARE, ROWS)
t.unknown("T is a step too", "C = A B")
t.right("stated", "C = A B", notation={"transpose": ["T"]})
t.wrong("stated, turned", "C = A^T B^T", notation={"transpose": ["T"]})
LAST = {
    "given": ["h^t = W h^{t-1}", "o^T = V h^T"],
    "shapes": {"h^t": "n", "W": "n×n", "V": "k×n"},
    "ranges": {"t": "1..T"},
}
t = Table("the last step on a left side", LAST, ROWS)
t.right("output", "o^T = V W h^{T-1}")
t.wrong("output, a step less", "o^T = V W h^T")

# -- vectors of ones whose length the neighbours tell ----------------------------------------------------------------------
# X is n×m, s_i = Σ_k X_ik, c_k = Σ_i X_ik: (X 1 1ᵀ)_ik = s_i, (1 1ᵀ X)_ik = c_k, (1 1ᵀ X 1 1ᵀ)_ik = Σ X.
ONES = {
    "given": [
        r"s_i = \sum_{k=1}^m X_{ik}",
        r"c_k = \sum_{i=1}^n X_{ik}",
        r"\tau = \sum_{i=1}^n \sum_{k=1}^m X_{ik}",
        r"R_{ik} = s_i",
        r"C_{ik} = c_k",
    ],
    "shapes": {"X": "n×m", "Y": "n×m", "s": "n", "c": "m", "R": "n×m", "C": "n×m", "u": "n", "v": "m", r"\tau": "scalar"},
}
t = Table("products with vectors of ones", ONES, ROWS)
t.right("sums of rows, spread", r"Y \odot (X \mathbf{1} \mathbf{1}^T) = Y \odot R")
t.right("sums of rows, spread and added", r"Y - X \mathbf{1} \mathbf{1}^T = Y - R")
t.right("sums of columns, spread", r"Y - \mathbf{1} \mathbf{1}^T X = Y - C")
t.wrong("sums of rows for those of columns", r"Y - \mathbf{1} \mathbf{1}^T X = Y - R")
t.wrong("sums of columns for those of rows", r"Y - X \mathbf{1} \mathbf{1}^T = Y - C")
t.right("a column spread, to the right", r"(u \mathbf{1}^T) v = u \sum_{k=1}^m v_k")
t.wrong("a column spread, to the right, without the sum", r"(u \mathbf{1}^T) v = u \odot u")
t.right("a row spread, from the left", r"u^T (\mathbf{1} v^T) = \sum_{i=1}^n u_i v^T")
t.wrong("a row spread, from the left, twice", r"u^T (\mathbf{1} v^T) = 2 \sum_{i=1}^n u_i v^T")
t.right("transposed", r"(X \mathbf{1} \mathbf{1}^T + Y)^T = \mathbf{1} \mathbf{1}^T X^T + Y^T")
t.wrong("transposed, only one of the two", r"(X \mathbf{1} \mathbf{1}^T + Y)^T = X \mathbf{1} \mathbf{1}^T + Y")
t.right("on both sides", r"\mathbf{1}^T X \mathbf{1} = \tau")
t.right("factors", r"Y + (-2 u) (3 \cdot \mathbf{1})^T = Y - 6 u \mathbf{1}^T")
t.wrong("factors, one lost", r"Y + (-2 u) (3 \cdot \mathbf{1})^T = Y - 2 u \mathbf{1}^T")
t.right("a number transposed", r"Y - u 1^T = Y - u \mathbf{1}^T")
t.wrong("a number transposed, sign", r"Y - u 1^T = Y + u \mathbf{1}^T")
t.right("with a length", r"X \mathbf{1}_m = s")
t.wrong("with the length of the other side", r"X \mathbf{1}_n = s")
t.right("with lengths", r"\mathbf{1}_n^T X \mathbf{1}_m = \tau")
t.right("of a number of entries", r"\mathbf{1}_n^T \mathbf{1}_n \tau = n \tau")
t.wrong("of another number of entries", r"\mathbf{1}_n^T \mathbf{1}_n \tau = m \tau")
t.right("with a length, spread", r"u \mathbf{1}_m^T + v^T = u \mathbf{1}_m^T + \mathbf{1}_n v^T")
t.unknown("no length", r"\mathbf{1}^T \mathbf{1} \tau = n \tau")
t.unknown("no length, between two", r"(u \mathbf{1}^T) (\mathbf{1} v^T) = m u v^T")
t.unknown("no length, within brackets", r"\tau + u^T [\mathbf{1} \mathbf{1}^T] = \tau")
t = Table(
    "fonts", {"given": [r"\bold{z} = W \bold{x}", r"L = \frac{1}{2} \bold{z}^T \bold{z}"], "shapes": {r"\bold{x}": "m", "W": "n×m"}}, ROWS
)
t.right("bold", r"\frac{\partial L}{\partial W} = \mathbf{z} {\bf x}^T")
t.wrong("bold, no transpose", r"\frac{\partial L}{\partial W} = \mathbf{z} {\bf x}")
t.right("other names", r"\frac{\partial L}{\partial W} = \symbf{z} \mathbf{x}^T")

# -- a function under its own name that is only declared to be element-wise ------------------------------------------------
t = Table(
    "declared under its own name",
    {"given": ["B = exp(W)", r"L = \ell(B)"], "shapes": {"W": "n×m", "B": "n×m"}, "functions": {r"\ell": "scalar", "exp": "elementwise"}},
    ROWS,
)
t.conditional("exponential", r"\frac{\partial L}{\partial W} = B \odot \frac{\partial L}{\partial B}")
t.wrong("exponential, twice", r"\frac{\partial L}{\partial W} = 2 B \odot \frac{\partial L}{\partial B}")
t.right("exponential, any function", r"\frac{\partial L}{\partial W} = exp'(W) \odot \frac{\partial L}{\partial B}")

# -- scripts in front of a name --------------------------------------------------------------------------------------------
LEFT = {
    "given": [
        r"z_t = {}_SW x_t + {}_TW h_{t-1}",
        "h_t = f(z_t)",
        r"C = \sum_{t=1}^T \ell(h_t)",
        r"\delta_t = \frac{\partial C}{\partial z_t}",
    ],
    "shapes": {"x_t": "m", "h_t": "n", "z_t": "n", "{}_SW": "n×m", "{}_TW": "n×n"},
    "ranges": {"t": "1..T"},
    "functions": {"f": "elementwise", r"\ell": "scalar"},
}
t = Table("left scripts", LEFT, ROWS)
t.right("one", r"\frac{\partial C}{\partial{}_SW} = \sum_{t=1}^T \delta_t x_t^T")
t.right("the other", r"\frac{\partial C}{\partial {}_{T}W} = \sum_{t=1}^T \delta_t h_{t-1}^T")
t.wrong("the other for one", r"\frac{\partial C}{\partial{}_SW} = \sum_{t=1}^T \delta_t h_{t-1}^T")
t.right(
    "transposed",
    r"\frac{\partial C}{\partial h_{t-1}} = {}_TW^T \delta_t + \frac{\partial \ell(h_{t-1})}{\partial h_{t-1}}",
    for_=r"2 \le t \le T",
)
t.wrong(
    "not transposed",
    r"\frac{\partial C}{\partial h_{t-1}} = {}_TW \delta_t + \frac{\partial \ell(h_{t-1})}{\partial h_{t-1}}",
    for_=r"2 \le t \le T",
)
t.right("a product", r"2 {}_SW x_t = z_t + {}_SW x_t - {}_TW h_{t-1}")
t.wrong("a product, sign", r"2 {}_SW x_t = z_t + {}_SW x_t + {}_TW h_{t-1}")
t.unknown("a transpose for some", r"z_t = {}^tW x_t")

# -- a derivative at a point -----------------------------------------------------------------------------------------------
BAR = {
    "given": ["z_t = W h_{t-1} + x_t", "h_t = f(z_t)", r"L = \sum_{t=1}^T C(h_t)"],
    "shapes": {"x_t": "n", "h_t": "n", "z_t": "n", "W": "n×n"},
    "ranges": {"t": "1..T"},
    "functions": {"f": "elementwise", "C": "scalar"},
}
t = Table("derivative at a point", BAR, ROWS)
for name, bar in {
    "bar": r"\frac{d f}{d z} \Big|_{z_T}",
    "left and right": r"\left. \frac{\partial f}{\partial u} \right|_{u = z_T}",
    "prime": r"\left. f' \right|_{z_T}",
    "any letter": r"\frac{d f}{d u} \bigg|_{u = z_T}",
}.items():
    t.right(name, rf"\frac{{\partial L}}{{\partial z_T}} = {bar} \odot \frac{{\partial L}}{{\partial h_T}}")
    wrong = bar.replace("z_T", "h_T") if "=" in bar else bar.replace("d z", "d h").replace("z_T", "h_T")
    t.wrong(f"{name}, at the output", rf"\frac{{\partial L}}{{\partial z_T}} = {wrong} \odot \frac{{\partial L}}{{\partial h_T}}")
t.wrong(
    "at another step",
    r"\frac{\partial L}{\partial z_T} = \frac{d f}{d z} \Big|_{z_{T-1}} \odot \frac{\partial L}{\partial h_T}",
    for_="T \\ge 2",
)
t.right("a cost", r"\frac{\partial L}{\partial h_T} = \frac{\partial C}{\partial h} \Big|_{h_T}")
t.wrong("a cost at another step", r"\frac{\partial L}{\partial h_T} = \frac{\partial C}{\partial h} \Big|_{h_{T-1}}")
t.right("a Jacobian", r"\frac{\partial h_t}{\partial z_t} = \mathrm{diag}\left( \frac{d f}{d z} \Big|_{z_t} \right)")
t.add("never refuted", "a Jacobian without its diag", r"\frac{\partial h_t}{\partial z_t} = \frac{d f}{d z} \Big|_{z_t}")
t.unknown("of a quantity", r"\frac{\partial L}{\partial z_T} = \frac{\partial L}{\partial h} \Big|_{h_T} \odot f'(z_T)")
t.unknown("by something else", r"\frac{\partial L}{\partial z_T} = \frac{d f}{d W} \Big|_{z_T} \odot \frac{\partial L}{\partial h_T}")
t.unknown("at an index", r"\frac{\partial L}{\partial z_T} = \frac{d f}{d z} \Big|_{t} \odot \frac{\partial L}{\partial h_T}")
NUMBERS = {
    **BAR,
    "shapes": {"x_t": "scalar", "h_t": "scalar", "z_t": "scalar", "w": "scalar"},
    "given": ["z_t = w h_{t-1} + x_t", *BAR["given"][1:]],
}
t = Table("derivative of a function of a number", NUMBERS, ROWS)
t.right("prime", r"\frac{\partial L}{\partial z_T} = C'(h_T) f'(z_T)")
t.wrong("prime, at the argument", r"\frac{\partial L}{\partial z_T} = C'(z_T) f'(z_T)")
t.right("bars", r"\frac{\partial L}{\partial z_T} = \frac{dC}{dh} \Big|_{h_T} \frac{df}{dz} \Big|_{z_T}")
t.wrong("bars exchanged", r"\frac{\partial L}{\partial z_T} = \frac{dC}{dh} \Big|_{h_T} \frac{df}{dh} \Big|_{h_T}")

# -- a definition at t and again at t-1 ------------------------------------------------------------------------------------
AGAIN = {
    "given": [
        "c_t = a_t + f_t \\odot c_{t-1}",
        r"E = \sum_{t=1}^T \ell_t(c_t)",
        r"\delta_{t-1} = \frac{\partial E}{\partial c_{t-1}}",
        r"\delta_t = \frac{\partial E}{\partial c_t}",
    ],
    "shapes": {"a_t": "n", "f_t": "n", "c_t": "n"},
    "ranges": {"t": "1..T"},
    "functions": {r"\ell_t": "scalar"},
}
t = Table("defined at a shifted index again", AGAIN, ROWS)
SLOPE = r"\frac{\partial \ell_{t-1}(c_{t-1})}{\partial c_{t-1}}"
t.right("recursion", rf"\delta_{{t-1}} = f_t \odot \delta_t + {SLOPE}", for_=r"2 \le t \le T")
t.wrong("recursion, the factor of the step before", rf"\delta_{{t-1}} = f_{{t-1}} \odot \delta_t + {SLOPE}", for_=r"2 \le t \le T")
t.right("the initial state", r"\delta_0 = f_1 \odot \delta_1")
t.wrong("the initial state, without the factor", r"\delta_0 = \delta_1")
t.right("the order does not tell", r"\delta_0 = f_1 \odot \delta_1", given=[*AGAIN["given"][:2], *AGAIN["given"][:1:-1]])
t.right(
    "the step after",
    r"\delta_T = \frac{\partial \ell_T(c_T)}{\partial c_T}",
    and_given=[r"\delta_{t+1} = \frac{\partial E}{\partial c_{t+1}}"],
)
t.right("the same again", r"\delta_0 = f_1 \odot \delta_1", and_given=[r"\delta_t = \frac{\partial E}{\partial c_t}"])
t.unknown("another definition", r"\delta_0 = f_1 \odot \delta_1", and_given=[r"\delta_{t+1} = 2 \frac{\partial E}{\partial c_{t+1}}"])
t.unknown("another index", r"\delta_0 = f_1 \odot \delta_1", and_given=[r"\delta_{t+1} = \frac{\partial E}{\partial c_t}"])
t.unknown(
    "another range",
    r"\delta_0 = f_1 \odot \delta_1",
    and_given=[{"equation": r"\delta_{t+1} = \frac{\partial E}{\partial c_{t+1}}", "for": r"1 \le t < T"}],
)
STATES = {"given": ["h_t = W h_{t-1}", "h_{t-1} = W h_{t-2}"], "shapes": {"h_t": "n", "W": "n×n"}, "ranges": {"t": "1..T"}}
t = Table("recursion at a shifted index again", STATES, ROWS)
t.right("last state", "h_2 = W W h_0")
t.wrong("last state, one factor less", "h_2 = W h_0")
t.wrong("the initial state is free", "h_0 = W h_0")

# -- one example of a batch, and an argument that is left out ---------------------------------------------------------------
BATCH = {
    "given": ["Z^{[l]} = W^{[l]} A^{[l-1]} + b^{[l]}", "A^{[l]} = g(Z^{[l]})", r"J = \ell(A^{[L]})"],
    "shapes": {"W^{[l]}": "n_l×n_{l-1}", "A^{[l]}": "n_l×m", "Z^{[l]}": "n_l×m", "b^{[l]}": "n_l"},
    "ranges": {"l": "1..L"},
    "functions": {"g": "elementwise", r"\ell": "scalar"},
    "notation": {"superscript": ["layer"], "transpose": ["T"]},
}
t = Table("column of a batch", BATCH, ROWS)
t.right("sum", r"\frac{\partial J}{\partial b^{[l]}} = \sum_{i=1}^m \frac{\partial J}{\partial Z^{[l](i)}}")
t.wrong("mean", r"\frac{\partial J}{\partial b^{[l]}} = \frac{1}{m} \sum_{i=1}^m \frac{\partial J}{\partial Z^{[l](i)}}")
t.right(
    "weights", r"\frac{\partial J}{\partial W^{[l]}} = \sum_{i=1}^m \frac{\partial J}{\partial Z^{[l](i)}} \left( A^{[l-1](i)} \right)^T"
)
t.wrong(
    "weights, the layer above",
    r"\frac{\partial J}{\partial W^{[l]}} = \sum_{i=1}^m \frac{\partial J}{\partial Z^{[l](i)}} \left( A^{[l](i)} \right)^T",
)
t.unknown(
    "another range",
    r"\frac{\partial J}{\partial b^{[l]}} = \sum_{i=1}^k \frac{\partial J}{\partial Z^{[l](i)}}",
    ranges={"l": "1..L", "k": "1..m"},
)
DOT = {"given": ["z = W x", "h = f(z)"], "shapes": {"x": "m", "W": "n×m", "z": "n", "h": "n"}, "functions": {"f": "elementwise"}}
t = Table("argument left out", DOT, ROWS)
t.right("prime", r"\frac{\partial h}{\partial x} = \mathrm{diag}(f'(\cdot)) W")
t.wrong("prime, without the weights", r"\frac{\partial h}{\partial z} = \mathrm{diag}(f'(\cdot)) \mathrm{diag}(f'(\cdot))")

# -- matrices written out with dots ------------------------------------------------------------------------------------------
DOTS = {
    "given": ["z = W x", "h = f(z)", r"L = \ell(h)", r"\delta = \frac{\partial L}{\partial z}"],
    "shapes": {"W": "n×m", "z": "n", "x": "m", "h": "n"},
    "functions": {r"\ell": "scalar", "f": "elementwise"},
    "notation": {"transpose": ["T"]},
}


def _written(first: str, right: str, below: str, last: str, kind: str = "bmatrix") -> str:
    return rf"\begin{{{kind}}} {first} & \cdots & {right} \\ \vdots & \ddots & \vdots \\ {below} & \cdots & {last} \end{{{kind}}}"


t = Table("matrix with dots", DOTS, ROWS)
GRADIENT = r"\frac{\partial L}{\partial W} = "
t.right("gradient", GRADIENT + _written(r"\delta_1 x_1", r"\delta_1 x_m", r"\delta_n x_1", r"\delta_n x_m"))
t.wrong("gradient, twice", GRADIENT + "2" + _written(r"\delta_1 x_1", r"\delta_1 x_m", r"\delta_n x_1", r"\delta_n x_m"))
t.wrong("gradient, turned", GRADIENT + _written(r"\delta_1 x_1", r"\delta_n x_1", r"\delta_1 x_m", r"\delta_n x_m"))
t.unknown("rows with different ends", GRADIENT + _written(r"\delta_1 x_1", r"\delta_1 x_m", r"\delta_n x_1", r"\delta_n x_n"))
JACOBIAN = r"\frac{\partial h}{\partial x} = "
t.right("Jacobian", JACOBIAN + _written("f'(z_1) W_{11}", "f'(z_1) W_{1m}", "f'(z_n) W_{n1}", "f'(z_n) W_{nm}", "pmatrix"))
t.add(
    "never true",
    "Jacobian, slopes along the rows",
    JACOBIAN + _written("f'(z_1) W_{11}", "f'(z_m) W_{1m}", "f'(z_1) W_{n1}", "f'(z_m) W_{nm}"),
)
PARTIALS = [rf"\frac{{\partial h_{i}}}{{\partial x_{j}}}" for i, j in ("11", "1m", "n1", "nm")]
t.right("by its entries", JACOBIAN + _written(*PARTIALS))
SLOPES = r"\frac{\partial h}{\partial z} = "
t.right("diagonal", SLOPES + _written("f'(z_1)", "0", "0", "f'(z_n)"))
t.wrong("diagonal, no prime", SLOPES + _written("f(z_1)", "0", "0", "f(z_n)"))
t.unknown("triangular", SLOPES + _written("f'(z_1)", "0", "f'(z_1)", "f'(z_n)"))
t.right("column", r"\delta = \begin{bmatrix} \frac{\partial L}{\partial z_1} \\ \vdots \\ \frac{\partial L}{\partial z_n} \end{bmatrix}")
t.wrong(
    "column, of the output",
    r"\delta = \begin{bmatrix} \frac{\partial L}{\partial h_1} \\ \vdots \\ \frac{\partial L}{\partial h_n} \end{bmatrix}",
)
t.right("row", r"z^T = \begin{bmatrix} z_1 & z_2 & \cdots & z_n \end{bmatrix}")
t.unknown("column, one more behind it", r"z = \begin{bmatrix} z_1 \\ \vdots \\ z_n \\ z_n \end{bmatrix}")
t.unknown("column, one left out", r"z = \begin{bmatrix} z_1 \\ z_3 \\ \vdots \\ z_n \end{bmatrix}")
t.right("sums in it", r"z = \begin{bmatrix} W_{11} x_1 + \dots + W_{1m} x_m \\ \vdots \\ W_{n1} x_1 + \dots + W_{nm} x_m \end{bmatrix}")
t.right("sum up to a size", r"z_i = W_{i1} x_1 + W_{i2} x_2 + \dots + W_{im} x_m")
t.wrong("sum up to a size, turned", r"z_i = W_{1i} x_1 + W_{2i} x_2 + \dots + W_{mi} x_m")
t.right("digits in a sum", r"z_1 = W_{11} x_1 + W_{12} x_2 + \dots + W_{1m} x_m")
t.wrong("digits in a sum, the first left out", r"z_1 = W_{12} x_2 + \dots + W_{1m} x_m")
