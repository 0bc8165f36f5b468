"""Claims about quantities whose steps are written as digits or words, derivatives of matrices by matrices, and updates."""

from __future__ import annotations

from tests.judging.rows import Row, Table

ROWS: list[Row] = []

# -- steps written as digits ---------------------------------------------------------------------------------------------
DIGITS = {
    "given": ["G_{10} = X_0 A", "G_{11} = G_{10} B + X_1 A", "G_{12} = G_{11} B + X_2 A"],
    "shapes": {"X_t": "m×p", "G_{1t}": "m×n", "A": "p×n", "B": "n×n"},
    "ranges": {"t": "0..2"},
    "notation": {"subscript": ["layer", "step"]},
}
t = Table("steps as digits", DIGITS, ROWS)
t.right("recursion", "G_{1t} = G_{1t-1} B + X_t A", for_=r"1 \le t \le 2")
t.wrong("recursion, own input before", "G_{1t} = G_{1t-1} B + X_{t-1} A", for_=r"1 \le t \le 2")
t.right("unfolded", "G_{12} = (G_{10} B + X_1 A) B + X_2 A")
t.wrong("unfolded, one factor short", "G_{12} = G_{10} B + X_1 A B + X_2 A")
t.right("with and without a comma", "G_{1,2} = G_{12}")
GENERAL = {"given": ["G_{1t} = G_{1t-1} B + X_t A"], "ranges": {"t": "1..T"}}
t.right("one step of the family", "G_{12} = G_{11} B + X_2 A", **GENERAL)
t.wrong("one step of the family, the step before", "G_{12} = G_{11} B + X_1 A", **GENERAL)
t.right("beyond nine", "G_{112} = G_{111} B + X_{12} A", **{**GENERAL, "ranges": {"t": "1..12"}})
LAYERS = {"given": ["z_{lt} = v_l u_t"], "shapes": {"z_{lt}": "n", "v_l": "n", "u_t": "scalar"}, "ranges": {"l": "1..L", "t": "1..T"}}
t.right("a digit for each index", "z_{12} = v_1 u_2", **LAYERS)
t.wrong("a digit for each index, exchanged", "z_{12} = v_2 u_1", **LAYERS)
OWN = {"given": ["G_{1t} = X_t A", "G_{12} = 2 X_2 A"], "shapes": {**DIGITS["shapes"], "G_{12}": "m×n"}, "ranges": {"t": "1..T"}}
t.right("a declared spelling is not a member", "G_{12} = 2 X_2 A", **OWN)

# -- words and ends in scripts -------------------------------------------------------------------------------------------
START = {
    "given": ["G_0 = X_0 A + G_{init}", {"equation": "G_t = X_t A + G_{t-1}", "for": r"1 \le t \le T"}],
    "shapes": {"X_t": "m×p", "G_{init}": "m×n", "G_t": "m×n", "A": "p×n"},
    "ranges": {"t": "0..T"},
}
t = Table("words in scripts", START, ROWS)
t.right("start", "G_0 - G_{init} = X_0 A")
t.wrong("start, sign", "G_0 + G_{init} = X_0 A")
t.right("the same word as text", r"G_0 - G_{\text{init}} = X_0 A")
t.right(
    "by the start",
    r"\frac{\partial L}{\partial G_{init}} = \frac{\partial L}{\partial G_0}",
    and_given=[r"L = \ell(G_T)"],
    functions={r"\ell": "scalar"},
)
ENDS = {
    "given": ["Z_{1t} = X_t A", "Z_{2T} = Z_{1T} V"],
    "shapes": {"X_t": "m×p", "Z_{1t}": "m×n", "Z_{2T}": "m×q", "A": "p×n", "V": "n×q"},
    "ranges": {"t": "1..T"},
    "notation": {"subscript": ["layer", "step"]},
}
t.right("last step in a name", "Z_{2T} = X_T A V", **ENDS)
t.wrong("last step in a name, first input", "Z_{2T} = X_1 A V", **ENDS)
SIZED = {
    "given": [r"Q = \sum_{j=1}^{K} p_j", r"Q_m = \sum_{i=1}^{m} \sum_{j=1}^{K} Y_{ij}"],
    "shapes": {"Y": "m×K", "Q": "scalar", "p": "K", "Q_m": "scalar"},
    "ranges": {},
}
t.right("a size in a name", r"\frac{\partial Q_m}{\partial Y_{ij}} = 1", **SIZED)
t.wrong("a size in a name, the other name", r"\frac{\partial Q_m}{\partial Y_{ij}} = Q", **SIZED)

# -- aliases -------------------------------------------------------------------------------------------------------------
DEEP = {
    "given": ["z^l = W^l a^{l-1} + b^l", "a^l = f(z^l)", "C = c(a^L)"],
    "shapes": {"W^l": "n_l×n_{l-1}", "b^l": "n_l", "z^l": "n_l", "a^l": "n_l"},
    "ranges": {"l": "1..L"},
    "functions": {"c": "scalar", "f": "elementwise"},
    "notation": {"aliases": {"b": "b^l", "G": "W^l"}},
}
t = Table("aliases", DEEP, ROWS)
t.right("of its own name", r"\frac{\partial C}{\partial b} = \frac{\partial C}{\partial z^l}")
t.right("of its own name, entry", r"\frac{\partial C}{\partial b_j} = \frac{\partial C}{\partial z^l_j}")
t.right("of its own name, written out", r"\frac{\partial C}{\partial b^L} = \frac{\partial C}{\partial z^L}")
t.wrong("of its own name, no slope", r"\frac{\partial C}{\partial b} = \frac{\partial C}{\partial a^l}")
t.right("transposed", r"G^T \frac{\partial C}{\partial z^l} = \frac{\partial C}{\partial a^{l-1}}")
PAIR = {**DIGITS, "notation": {"subscript": ["layer", "step"], "aliases": {"P_{12}": "G_{1,2}"}}}
t.right("with scripts, transposed", r"P_{12}^T = B^T G_{11}^T + A^T X_2^T", **PAIR)
t.wrong("with scripts, not transposed", r"P_{12}^T = B G_{11}^T + A^T X_2^T", **PAIR, functions={})

# -- derivatives of matrices by matrices ---------------------------------------------------------------------------------
BATCH = {
    "given": ["Z = X W", "H = f(Z)", "G = H", "F = g(H)", r"L = \ell(F)", r"D = \frac{\partial L}{\partial H}"],
    "shapes": {"X": "m×p", "W": "p×n", "Z": "m×n", "H": "m×n", "G": "m×n", "F": "m×n", "D": "m×n"},
    "functions": {r"\ell": "scalar"},
}
TURNED = {"shapes": {**BATCH["shapes"], "D": "n×m"}, "notation": {"layout": "numerator"}}
BY_W = r"\frac{\partial L}{\partial W} = "
t = Table("matrix by matrix", BATCH, ROWS)
t.right("an abbreviation before it", rf"{BY_W} D \frac{{\partial H}}{{\partial W}}")
t.right("an abbreviation before a chain", rf"{BY_W} D \frac{{\partial H}}{{\partial Z}} \frac{{\partial Z}}{{\partial W}}")
t.wrong("an abbreviation before it, the wrong one", rf"{BY_W} D \frac{{\partial Z}}{{\partial W}}")
t.right("a copy", rf"{BY_W} D \frac{{\partial G}}{{\partial W}}")
t.right("an element-wise product before it", rf"{BY_W} (D \odot f'(Z)) \frac{{\partial Z}}{{\partial W}}")
t.wrong("an element-wise product before it, no slope", rf"{BY_W} (D \odot H) \frac{{\partial Z}}{{\partial W}}")
t.wrong("a derivative by another quantity", rf"{BY_W} D \frac{{\partial F}}{{\partial W}}")
t.right("numerator layout", rf"{BY_W} \frac{{\partial L}}{{\partial H}} \frac{{\partial H}}{{\partial W}}", **TURNED)
t.wrong("numerator layout, doubled", rf"{BY_W} 2 \frac{{\partial L}}{{\partial H}} \frac{{\partial H}}{{\partial W}}", **TURNED)
t.right("numerator layout, an abbreviation", rf"{BY_W} D \frac{{\partial H}}{{\partial W}}", **TURNED)
t.add("never refuted", "in the other order", rf"{BY_W} \frac{{\partial H}}{{\partial W}} D")
t.add("never refuted", "beside a matrix that fits nowhere", rf"{BY_W} X \frac{{\partial H}}{{\partial W}}")
STEPS = {
    "given": ["H_t = f(H_{t-1} W)", r"L = \ell(H_T)"],
    "shapes": {"H_t": "m×n", "W": "n×n"},
    "functions": {r"\ell": "scalar"},
    "ranges": {"t": "1..T"},
    "notation": {"product": "left"},
}
FACTOR = r"\frac{\partial H_j}{\partial H_{j-1}}"
PATHS = (
    rf"{BY_W} \frac{{\partial L}}{{\partial H_T}} \sum_{{k=1}}^T \left(\prod_{{j=%s}}^T {FACTOR}\right) \frac{{\partial H_k}}{{\partial W}}"
)
t.right("product over steps", rf"\frac{{\partial H_T}}{{\partial H_1}} = \prod_{{j=2}}^T {FACTOR}", **STEPS)
t.right("sum over paths", PATHS % "k+1", **STEPS)
t.wrong("sum over paths, one factor more", PATHS % "k", **STEPS)
t.conditional("sum over paths, order not stated", PATHS % "k+1", **{**STEPS, "notation": {}}, fields={"assumptions": "order"})

# -- immediate derivatives where no step is shown ------------------------------------------------------------------------
NAMED = {
    "given": ["h_1 = f(w x_1)", "h_2 = f(w h_1 + x_2)", "h_3 = f(w h_2 + x_3)", r"L = \ell(h_3)"],
    "shapes": {**dict.fromkeys(("h_1", "h_2", "h_3", "x_1", "x_2", "x_3"), "n"), "w": "scalar", "L": "scalar"},
    "functions": {r"\ell": "scalar"},
    "notation": {"layout": "numerator"},
}
H = {(i, j): rf"\frac{{\partial h_{i}}}{{\partial {j}}}" for i in (1, 2, 3) for j in ("w", "h_1", "h_2")}
LAST = r"\frac{\partial L}{\partial w} = \frac{\partial L}{\partial h_3}"
t = Table("named steps", NAMED, ROWS)
t.right("bracket", rf"{LAST} \left({H[3, 'w']} + {H[3, 'h_2']} {H[2, 'w']} + {H[3, 'h_2']} {H[2, 'h_1']} {H[1, 'w']}\right)")
t.wrong("bracket, last path without a factor", rf"{LAST} \left({H[3, 'w']} + {H[3, 'h_2']} {H[2, 'w']} + {H[2, 'h_1']} {H[1, 'w']}\right)")
t.wrong("bracket, sign", rf"{LAST} \left({H[3, 'w']} - {H[3, 'h_2']} {H[2, 'w']} + {H[3, 'h_2']} {H[2, 'h_1']} {H[1, 'w']}\right)")
t.right("total", rf"{LAST} {H[3, 'w']}")
WITHIN = {
    "given": ["z_1 = w x", "h_1 = f(z_1)", "z_2 = w h_1", "h_2 = f(z_2)", r"L = \ell(h_2)"],
    "shapes": dict.fromkeys(("z_1", "h_1", "z_2", "h_2", "x", "w", "L"), "scalar"),
}
SECOND = r"\frac{\partial L}{\partial w} = \frac{\partial L}{\partial h_2}"
t.right("through a quantity between", rf"{SECOND} \left({H[2, 'w']} + {H[2, 'h_1']} {H[1, 'w']}\right)", **WITHIN)
t.wrong("through a quantity between, minus", rf"{SECOND} \left({H[2, 'w']} - {H[2, 'h_1']} {H[1, 'w']}\right)", **WITHIN)
PARTIAL = {"given": ["s = f(w)", "u = g(s, w)"], "shapes": dict.fromkeys("swu", "scalar"), "functions": {"g": "scalar", "f": "elementwise"}}
SUM = r"\frac{\partial u}{\partial w} + \frac{\partial u}{\partial s} \frac{d s}{d w}"
t.right("total and partial", rf"\frac{{d u}}{{d w}} = {SUM}", **PARTIAL)
t.wrong("total and partial, difference", rf"\frac{{d u}}{{d w}} = {SUM.replace('+', '-')}", **PARTIAL)

# -- f' written through the output ---------------------------------------------------------------------------------------
SLOPE = {
    "given": [r"h = \tanh(z)", r"a = f(z)", r"L = \ell(h)"],
    "shapes": dict.fromkeys("zha", "n"),
    "functions": {r"\ell": "scalar"},
    "notation": {"prime": "of output"},
}
t = Table("slope of a value", SLOPE, ROWS)
t.right("nested", r"\frac{\partial L}{\partial z} = \frac{\partial L}{\partial h} \odot \tanh'(\tanh(z))")
t.wrong("nested once more", r"\frac{\partial L}{\partial z} = \frac{\partial L}{\partial h} \odot \tanh'(\tanh(h))")
t.right("as a polynomial", r"\tanh'(\tanh(z)) = 1 - \tanh(z)^2")
t.right("of an abstract function", r"\frac{\partial a_i}{\partial z_i} = f'(f(z_i))")
t.wrong("of the argument, stated", r"\tanh'(\tanh(z)) = 1 - \tanh(z)^2", notation={"prime": "of argument"})
t.right("of the argument, nested", r"\tanh'(\tanh(z)) = 1 - \tanh(\tanh(z))^2", notation={})
t.conditional("nested, nothing stated", r"\tanh'(\tanh(z)) = 1 - \tanh(z)^2", notation={}, fields={"assumptions": "of output"})

# -- names that only a claim speaks of -----------------------------------------------------------------------------------
LINKS = {
    "given": [r"s_t = \tanh(A s_{t-1})", "h_t = B s_t"],
    "shapes": {"s_t": "n", "h_t": "m", "A": "n×n", "B": "m×n", "y_t": "m"},
    "ranges": {"t": "1..T"},
}
t = Table("names without an equation", LINKS, ROWS)
t.unknown("in the middle", "h_t = y_t = B s_t", fields={"link_verdicts": ("unknown", "unknown")})
t.unknown("at the end", "h_t = B s_t = y_t", fields={"link_verdicts": ("verified", "unknown")})
t.unknown("alone", "h_t = y_t", fields={"message": "y"})
t.right("defined", "h_t = y_t = B s_t", and_given=["y_t = h_t"])
t.wrong("defined otherwise", "h_t = y_t = B s_t", and_given=["y_t = 2 h_t"], fields={"first_wrong": 0})
t.wrong("in another given equation", "h_t = y_t", and_given=[r"L = \sum_{t=1}^T y_t^\top h_t"])

# -- accumulators --------------------------------------------------------------------------------------------------------
LOOP = {
    "given": [
        "z_t = k_t V_t + x_t U",
        "k_t = h_{t-1}",
        "V_t = V",
        r"h_t = \sigma(z_t)",
        r"J = \sum_{t=1}^T \ell(h_t)",
        r"\epsilon = \frac{\partial J}{\partial z_t}",
    ],
    "shapes": {
        "x_t": "1×m",
        "h_t": "1×n",
        "k_t": "1×n",
        "z_t": "1×n",
        "V": "n×n",
        "V_t": "n×n",
        "U": "m×n",
        r"\epsilon": "1×n",
        "g": "n×n",
    },
    "ranges": {"t": "1..T"},
    "functions": {r"\ell": "scalar"},
    "notation": {"layout": "gradient", "implicit": {"t": [r"\epsilon"]}, "update": "accumulate"},
}
SHARES = [r"g = \sum_{t=1}^T \frac{\partial J}{\partial V_t}"]
WHOLE = [r"g = \frac{\partial J}{\partial V}"]
t = Table("accumulators", LOOP, ROWS)
t.right("share of a step", r"g = g + h_{t-1}^T \epsilon", and_given=SHARES)
t.wrong("share of a step, own state", r"g = g + h_t^T \epsilon", and_given=SHARES)
t.right("plus-equals", r"g += h_{t-1}^T \epsilon", and_given=SHARES)
t.wrong("minus-equals", r"g -= h_{t-1}^T \epsilon", and_given=SHARES)
t.right("arrow", r"g \leftarrow g + h_{t-1}^T \epsilon", and_given=SHARES)
t.right("added up", r"g = g + h_{t-1}^T \epsilon", and_given=WHOLE)
t.unknown("added up, another update may follow", r"g = g + h_t^T \epsilon", and_given=WHOLE, fields={"message": "another update"})
t.unknown("of what is defined nowhere", r"g = g + h_{t-1}^T \epsilon", fields={"message": "accumulates"})
t.unknown("without a step", r"g = g + V", and_given=SHARES, fields={"message": "step"})

# -- entries outside an axis, other spellings ----------------------------------------------------------------------------
ENTRIES = {"given": ["y = W x", r"L = -\sum_{j} c_j \log_e p_j"], "shapes": {"x": "n", "y": "k", "W": "k×n", "c": "r", "p": "r"}}
t = Table("entries", ENTRIES, ROWS)
t.right("next entry", "y_{i} y_{i+1} = y_{i+1} y_{i}")
t.wrong("next entry, the same", "y_{i} y_{i+1} = y_i^2")
t.unknown("a size for an index", r"\frac{\partial y_i}{\partial W_{jk}} = \delta_{ij} x_2", fields={"message": "outside"})
t.unknown("a range of its own", r"\frac{\partial y_i}{\partial x_j} = W_{ij}", ranges={"i": "1..N"})
t.right("natural logarithm", r"\frac{\partial L}{\partial p_j} = -\frac{c_j}{p_j}")
t.wrong("natural logarithm, sign", r"\frac{\partial L}{\partial p_j} = \frac{c_j}{p_j}")

# -- ones and identities with a factor -----------------------------------------------------------------------------------
ONES = {"given": [r"E = \sum_k v_k z_k", r"s = \sigma(z)"], "shapes": {"z": "n", "v": "n", "s": "n", "E": "scalar"}}
t = Table("ones and identities", ONES, ROWS)
INNER = r"\frac{\partial E}{\partial z}"
t.right("ones", rf"{INNER} = \mathbf{{1}} \odot v")
t.wrong("ones, twice", rf"{INNER} = (2 \mathbf{{1}}) \odot v")
t.wrong("ones, minus", rf"{INNER} = v \odot (-\mathbf{{1}})")
t.right("ones, half of twice", rf"{INNER} = (2 \mathbf{{1}}) \odot (\frac{{1}}{{2}} v)")
t.right("a sum by ones", r"E = (2 \mathbf{1})^\top (\frac{1}{2} v \odot z)")
t.wrong("a sum by ones, three times", r"E = (3 \mathbf{1})^\top (v \odot z)")
JACOBIAN, SIGMOID_SLOPE = r"\frac{\partial s}{\partial z}", r"\operatorname{diag}(s \odot (1 - s))"
t.right("identity, element-wise", rf"{JACOBIAN} = I \odot {SIGMOID_SLOPE}")
t.right("identity, element-wise from the right", rf"{JACOBIAN} = {SIGMOID_SLOPE} \odot I")
t.right("minus the identity, element-wise", rf"{JACOBIAN} = (-I) \odot (-{SIGMOID_SLOPE})")
t.wrong("minus the identity, element-wise, once", rf"{JACOBIAN} = (-I) \odot {SIGMOID_SLOPE}")
t.right("identity, element-wise with an outer product", rf"{JACOBIAN} = I \odot (s (1 - s)^\top)")
t.wrong("no identity", rf"{JACOBIAN} = s (1 - s)^\top")
t.right("diagonal of ones", rf"{JACOBIAN} = \operatorname{{diag}}(\mathbf{{1}}) {SIGMOID_SLOPE}")
t.wrong("diagonal of ones, twice", rf"{JACOBIAN} = \operatorname{{diag}}(2 \mathbf{{1}}) {SIGMOID_SLOPE}")
t.wrong("identity with a vector", r"s = I \odot s")
t.unknown("trace of an identity", r"E \operatorname{tr}(I) = E", fields={"message": "unknown size"})
t.unknown("norm of ones", r"\|\mathbf{1}\|^2 E = E", fields={"message": "unknown size"})
t.unknown("a function of ones", r"s \odot \sigma(\mathbf{1}) = \sigma(1) s", fields={"message": "unknown size"})
