"""Claims that test how a problem is read: notation, shapes, names, ranges, assumptions, and what cannot be decided."""

from __future__ import annotations

from tests.judging.rows import Row, Table

ROWS: list[Row] = []

LAYER = {
    "given": [r"z = W x + b", r"a = \tanh(z)", r"E = \frac{1}{2} \|a - y\|^2", r"e = \frac{\partial E}{\partial z}"],
    "shapes": {"W": "m×n", "x": "n", "b": "m", "z": "m", "a": "m", "y": "m", "e": "m"},
}

# -- signs and transposes ------------------------------------------------------------------------------------------------
t = Table("transposes", LAYER, ROWS)
for spelling in ("T", r"\top", r"{\top}", r"\mathsf{T}", r"\intercal", "{Tr}"):
    t.right(f"by W, {spelling}", rf"\frac{{\partial E}}{{\partial W}} = e x^{spelling}")
    t.wrong(f"by x, {spelling}", rf"\frac{{\partial E}}{{\partial x}} = -W^{spelling} e")
t.right("prime", r"\frac{\partial E}{\partial x} = W' e", notation={"transpose": ["'"]})
t.wrong("prime, minus", r"\frac{\partial E}{\partial x} = -W' e", notation={"transpose": ["'"]})
t.right("of a product", r"\left(\frac{\partial E}{\partial x}\right)^\top = e^\top W")
t.wrong("of a product, order", r"\left(\frac{\partial E}{\partial x}\right)^\top = e W", fields={"method": "shapes"})

POINTS = {"given": [r"z = W x", r"E = c^\top (u * z)"], "shapes": {"W": "n×n", "x": "n", "z": "n", "c": "n", "u": "n"}}
t = Table("signs", POINTS, ROWS)
t.right("star element-wise in both", r"\frac{\partial E}{\partial z} = c * u", notation={"star": "elementwise"})
t.wrong("star element-wise, minus", r"\frac{\partial E}{\partial z} = -c * u", notation={"star": "elementwise"})
t.right(
    "star of one meaning in each part",
    r"\frac{\partial E}{\partial x} = W^\top * (c \odot u)",
    notation={"star": {"given": "elementwise", "claim": "matrix"}},
)
t.wrong(
    "star of one meaning in each part, no transpose",
    r"\frac{\partial E}{\partial x} = W * (c \odot u)",
    notation={"star": {"given": "elementwise", "claim": "matrix"}},
)
t.right("dot as a matrix product", r"\frac{\partial E}{\partial x} = W^\top \cdot (c \odot u)", notation={"dot": "matrix"})
t.right("circ element-wise", r"\frac{\partial E}{\partial z} = c \circ u")
t.wrong("circ element-wise, sum", r"\frac{\partial E}{\partial z} = c \circ u + c")
t.right("times element-wise", r"\frac{\partial E}{\partial z} = c \times u", notation={"times": "elementwise"})
t.right("otimes outer", r"\frac{\partial E}{\partial W} = (c \odot u) \otimes x", notation={"otimes": "outer"})
EXCHANGED = r"\frac{\partial E}{\partial W} = x \otimes (c \odot u)"
t.conditional("otimes outer, exchanged", EXCHANGED, notation={"otimes": "outer"}, fields={"assumptions": "layout"})
t.wrong("otimes outer, exchanged, layout stated", EXCHANGED, notation={"otimes": "outer", "layout": "gradient"})
t.wrong("otimes outer, minus", r"\frac{\partial E}{\partial W} = -(c \odot u) \otimes x", notation={"otimes": "outer"})
t.right("two meanings in one formula", r"\frac{\partial E}{\partial x} = W^\top * (c * u)", notation={"star": ["matrix", "elementwise"]})
t.right("inner product", r"E = c \cdot (u \odot z)")
t.wrong("inner product, sign", r"E = -c \cdot (u \odot z)")

SQUARES = {"given": ["z = A B x"], "shapes": {"A": "n×n", "B": "n×n", "x": "n", "z": "n"}}
t = Table("order of square factors", SQUARES, ROWS)
t.right("as written", "z = A (B x)")
t.wrong("exchanged, stated", "z = B A x", notation={"juxtaposition": "matrix"})
t.wrong("exchanged", "z = B A x")
t.wrong("commuting", "A B = B A")
t.wrong("Jacobian exchanged", r"\frac{\partial z}{\partial x} = B A")
t.wrong("transpose of a product", r"(A B)^\top = A^\top B^\top")
t.right("transpose of a product, reversed", r"(A B)^\top = B^\top A^\top")

# -- layouts -------------------------------------------------------------------------------------------------------------
t = Table("layouts", {**LAYER, "given": LAYER["given"][:3]}, ROWS)
ROW_FORM = r"\frac{\partial E}{\partial z} = (a - y)^\top \operatorname{diag}(1 - a \odot a)"
t.right("row not stated", ROW_FORM)
t.right("row stated", ROW_FORM, notation={"layout": "numerator"})
t.wrong("row, gradient stated", ROW_FORM, notation={"layout": "gradient"})
t.right("column", r"\frac{\partial E}{\partial z} = \operatorname{diag}(1 - a \odot a) (a - y)")
t.wrong(
    "column, numerator stated", r"\frac{\partial E}{\partial z} = \operatorname{diag}(1 - a^2) (a - y)", notation={"layout": "numerator"}
)
KINDS = {"layout": {"vector": "numerator", "matrix": "gradient"}}
ERROR = r"((a - y) \odot (1 - a^2))"
t.right("by kind", rf"\frac{{\partial E}}{{\partial x}} = {ERROR}^\top W", notation=KINDS)
t.right("by kind, matrix", rf"\frac{{\partial E}}{{\partial W}} = {ERROR} x^\top", notation=KINDS)
t.wrong("by kind, minus", rf"\frac{{\partial E}}{{\partial x}} = -{ERROR}^\top W", notation=KINDS)
t.wrong("by kind, column", rf"\frac{{\partial E}}{{\partial x}} = W^\top {ERROR}", notation=KINDS, fields={"method": "shapes"})
t.right("Jacobian", r"\frac{\partial z}{\partial x} = W")
t.conditional("Jacobian, denominator not stated", r"\frac{\partial z}{\partial x} = W^\top", fields={"assumptions": "layout"})
t.right("Jacobian, denominator", r"\frac{\partial z}{\partial x} = W^\top", notation={"layout": "denominator"})
t.wrong("Jacobian, numerator stated", r"\frac{\partial z}{\partial x} = W^\top", notation={"layout": "numerator"})

t = Table("chain", {**LAYER, "functions": {"prod": "chain"}}, ROWS)
PROD = r"\operatorname{prod}\left(\frac{\partial E}{\partial z}, \frac{\partial z}{\partial %s}\right)"
t.right("by W", rf"\frac{{\partial E}}{{\partial W}} = {PROD % 'W'}")
t.right("by W, result", rf"\frac{{\partial E}}{{\partial W}} = {PROD % 'W'} = e x^\top")
t.wrong("by W, result minus", rf"\frac{{\partial E}}{{\partial W}} = {PROD % 'W'} = -e x^\top")
t.right("by x", rf"\frac{{\partial E}}{{\partial x}} = {PROD % 'x'} = W^\top e")
t.wrong("by x, doubled", rf"\frac{{\partial E}}{{\partial x}} = 2 {PROD % 'x'}")

# -- spellings -----------------------------------------------------------------------------------------------------------
t = Table("spellings", LAYER, ROWS)
t.right("entries", r"\frac{\partial E}{\partial w_{ij}} = e_i x_j", notation={"entries": {"w_{ij}": "W[i,j]"}})
t.wrong("entries, exchanged", r"\frac{\partial E}{\partial w_{ij}} = e_j x_i", notation={"entries": {"w_{ij}": "W[i,j]"}})
t.right("aliases", r"\frac{\partial E}{\partial \mathrm{net}} = e", notation={"aliases": {r"\mathrm{net}": "z"}})
t.wrong("aliases, minus", r"\frac{\partial E}{\partial \mathrm{net}} = -e", notation={"aliases": {r"\mathrm{net}": "z"}})
t.right("einstein", r"\frac{\partial E}{\partial x_j} = W_{ij} e_i", notation={"einstein": ["i"]})
t.wrong("einstein, minus", r"\frac{\partial E}{\partial x_j} = -W_{ij} e_i", notation={"einstein": ["i"]})
t.right("macros", r"\dE{x} = W^\top e", notation={"macros": {r"\dE": r"\frac{\partial E}{\partial #1}"}})
t.wrong("macros, no transpose", r"\dE{x} = W e", notation={"macros": {r"\dE": r"\frac{\partial E}{\partial #1}"}})
t.right("boxed", r"\boxed{\frac{\partial E}{\partial b} = e}.")
t.right("bold", r"\frac{\partial E}{\partial \mathbf{b}} = \mathbf{e}")
t.right("underbrace", r"\frac{\partial E}{\partial W} = \underbrace{e}_{m} x^\top \tag{3}")
t.right("sum without bounds", r"\frac{\partial E}{\partial x_j} = \sum_i W_{ij} e_i")
t.wrong("sum over the other index", r"\frac{\partial E}{\partial x_j} = \sum_i W_{ji} e_i")
t.right("name at the end", r"\frac{\partial E}{\partial b} = (a - y) \odot (1 - a^2) = \zeta")
t.wrong("name at the end, wrong before", r"\frac{\partial E}{\partial b} = (a - y) \odot (1 + a^2) = \zeta")

CALLS = {
    "given": [r"a(t) = \tanh(w a(t-1) + v x(t))", r"E = \sum_{t=1}^{T} \frac{1}{2} (a(t) - y(t))^2"],
    "shapes": {"a(t)": "scalar", "x(t)": "scalar", "y(t)": "scalar", "w": "scalar", "v": "scalar"},
    "ranges": {"t": "1..T"},
    "notation": {"call": ["a", "x", "y"]},
}
t = Table("index in brackets", CALLS, ROWS)
t.right("last step", r"\frac{\partial E}{\partial a(T)} = a(T) - y(T)")
t.wrong("any step", r"\frac{\partial E}{\partial a(t)} = a(t) - y(t)")
t.right("one step", r"\frac{\partial a(t)}{\partial a(t-1)} = w (1 - a(t)^2)")
t.wrong("one step, earlier slope", r"\frac{\partial a(t)}{\partial a(t-1)} = w (1 - a(t-1)^2)")

HIDDEN = {
    "given": [r"s_t = \tanh(A s_{t-1} + B u_t)", r"E = \sum_{t=1}^{T} \frac{1}{2} \|s_t - g_t\|^2", r"e = s_t - g_t"],
    "shapes": {"A": "n×n", "B": "n×m", "s_t": "n", "u_t": "m", "g_t": "n", "e": "n"},
    "ranges": {"t": "1..T"},
    "notation": {"implicit": {"t": ["e"]}},
}
t = Table("implicit index", HIDDEN, ROWS)
t.right("last step", r"\frac{\partial E}{\partial s_t} = e", for_=r"t = T")
t.wrong("all steps", r"\frac{\partial E}{\partial s_t} = e")
t.right("through A", r"\frac{\partial E}{\partial s_t} = e + A^\top \left(\frac{\partial E}{\partial s_{t+1}} \odot (1 - s_{t+1}^2)\right)")

CHAINED = {**LAYER, "given": [r"z = W x + b", r"h = a = \tanh(z)", r"E = \frac{1}{2} \|h - y\|^2"], "shapes": {**LAYER["shapes"], "h": "m"}}
t = Table("chain in given", CHAINED, ROWS)
t.right("by z", r"\frac{\partial E}{\partial z} = (h - y) \odot (1 - a^2)")
t.wrong("by z, no slope", r"\frac{\partial E}{\partial z} = h - y")
t.right("both names", r"\frac{\partial E}{\partial a} = \frac{\partial E}{\partial h}")

BLOCKS = {
    "given": [r"v = [h; x]", r"z = W v", r"E = c^\top z"],
    "shapes": {"h": "n", "x": "m", "W": "k×n+m", "v": "n+m", "z": "k", "c": "k"},
}
t = Table("blocks", BLOCKS, ROWS)
t.right("slice", r"\frac{\partial E}{\partial h} = W[:, :n]^\top c")
t.wrong("other slice", r"\frac{\partial E}{\partial x} = -W[:, n:]^\top c")
t.right("rest of the slice", r"\frac{\partial E}{\partial x} = W[:, n:]^\top c")
t.right("concatenated", r"\frac{\partial E}{\partial W} = c [h; x]^\top")
t.wrong("concatenated the other way", r"\frac{\partial E}{\partial W} = c [x; h]^\top")

ZERO_BASED = {
    "given": [r"z = \sum_{i=0}^{n-1} w_i x_i", r"E = \frac{1}{2} (z - y)^2"],
    "shapes": {"w": "n", "x": "n", "y": "scalar", "z": "scalar"},
    "ranges": {"i": "0..n-1"},
}
t = Table("zero-based", ZERO_BASED, ROWS)
t.right("entry", r"\frac{\partial E}{\partial w_i} = (z - y) x_i")
t.wrong("entry, own weight", r"\frac{\partial E}{\partial w_i} = (z - y) w_i")
t.right("sum as a product", r"z = w^\top x")
t.wrong("sum without the first", r"z = \sum_{i=1}^{n-1} w_i x_i")

LABELS = {
    "given": [r"P = \operatorname{softmax}(S)", r"E = -\frac{1}{N} \sum_{i=1}^{N} \log P_{i, y_i}"],
    "shapes": {"S": "N×K", "P": "N×K"},
    "ranges": {"i": "1..N", "k": "1..K", "y_i": "1..K"},
}
t = Table("labels", LABELS, ROWS)
t.right("error", r"\frac{\partial E}{\partial S_{ik}} = \frac{1}{N} (P_{ik} - \mathbb{1}[k = y_i])")
t.wrong("error, sign", r"\frac{\partial E}{\partial S_{ik}} = \frac{1}{N} (\mathbb{1}[k = y_i] - P_{ik})")
t.wrong("error, not averaged", r"\frac{\partial E}{\partial S_{ik}} = P_{ik} - \mathbb{1}[k = y_i]")

# -- shapes that are not stated ------------------------------------------------------------------------------------------
BARE = {"given": [r"z = W x + b", r"a = \tanh(z)", r"E = \frac{1}{2} \|a - y\|^2"]}
t = Table("inferred shapes", BARE, ROWS)
t.right("weights", r"\frac{\partial E}{\partial W} = ((a - y) \odot (1 - a \odot a)) x^\top")
t.wrong("weights, minus", r"\frac{\partial E}{\partial W} = -((a - y) \odot (1 - a \odot a)) x^\top")
t.right("input", r"\frac{\partial E}{\partial x} = W^\top ((a - y) \odot (1 - a \odot a))")
t.add("never true", "clash", r"\frac{\partial E}{\partial x} = W ((a - y) \odot (1 - a \odot a))")
t.unknown("clash is no refutation", r"\frac{\partial E}{\partial W} = x a")

t = Table("stated shapes", LAYER, ROWS)
t.wrong("clash", r"\frac{\partial E}{\partial x} = W e", fields={"method": "shapes"})
t.wrong("sum of different shapes", r"\frac{\partial E}{\partial x} = e + x", fields={"method": "shapes"})
t.wrong("sides of different shapes", r"\frac{\partial E}{\partial W} = W^\top", fields={"method": "shapes"})
t.right("no clash", r"\frac{\partial E}{\partial x} = W^\top e")
t.wrong(
    "true for square weights that are symmetric",
    r"\frac{\partial E}{\partial x} = W e",
    shapes={**LAYER["shapes"], "W": "n×n", "x": "n", **dict.fromkeys("bzaye", "n")},
)

# -- not to be decided ---------------------------------------------------------------------------------------------------
t = Table("undecided", LAYER, ROWS)
t.unknown("undeclared name", r"\frac{\partial E}{\partial x} = Q e", fields={"message": "Q"})
t.unknown("undeclared function", r"\frac{\partial E}{\partial z} = \phi(z)", fields={"message": "phi"})
t.unknown("approximately", r"\frac{\partial E}{\partial x} \approx W^\top e", fields={"message": "approx"})
t.unknown("proportional", r"\frac{\partial E}{\partial x} \propto W^\top e")
t.unknown("no relation", r"\frac{\partial E}{\partial x}")
t.unknown("broken LaTeX", r"\frac{\partial E}{\partial x = W^\top e")
t.add("never true", "a false inequality", r"E \le -1")
t.add("never refuted", "a true inequality", r"E \ge 0")
t.unknown(
    "disconnected model", r"\frac{\partial E}{\partial V} = e x^\top", shapes={**LAYER["shapes"], "V": "m×n"}, fields={"message": "zero"}
)
t.unknown("contradictory facts", r"\frac{\partial E}{\partial x} = W^\top e", assume=[r"\sum_k y_k = 1", r"\sum_k y_k = 2"])
t.unknown("facts of no real point", r"\|y\|^2 = -1", assume=[r"\|y\|^2 = -1"])
t.unknown(
    "circular", r"\frac{\partial u}{\partial w} = 1", given=["u = v + w", "v = u - w"], shapes={"u": "scalar", "v": "scalar", "w": "scalar"}
)
t.unknown(
    "vacuous range", r"s_t = s_t + 1", for_=r"t < 1", given=["s_t = A s_{t-1}"], shapes={"s_t": "n", "A": "n×n"}, ranges={"t": "1..T"}
)
t.unknown(
    "contradictory range",
    r"s_t = 2 s_{t-1}",
    for_=r"t > T, t < 2",
    given=["s_t = A s_{t-1}"],
    shapes={"s_t": "n", "A": "n×n"},
    ranges={"t": "1..T"},
)

# -- facts that may be used ----------------------------------------------------------------------------------------------
t = Table("assumptions", {**LAYER, "assume": ["y = 2 z"]}, ROWS)
t.right("used", r"a - y = \tanh(z) - 2 z")
t.right("used below a function", r"\tanh(y) = \tanh(2 z)")
t.wrong("not used for another name", "b = 2 x", assume=[{"positive": "b"}], fields={"method": "shapes"})
t.add("never true", "misused", r"a - y = \tanh(z) - z")
t.right("facts that only zero meets", "y = 3 z", assume=["y = z", "y = 2 z"], xfail="unknown: assumed equations are used one by one")
t.right(
    "root of a square, positive", r"\sqrt{y_i^2} = y_i", assume=[{"positive": "y"}], xfail="unknown: the exact engine has no rule for it"
)
t.wrong("root of a square", r"\sqrt{y_i^2} = y_i", assume=[])
t.right("quotient, nonzero", r"\frac{y_i}{y_i} = 1", assume=[{"nonzero": "y"}])
t.right("one-hot is idempotent", "y_i^2 = y_i", assume=[{"one_hot": "y"}])
t.wrong("normalised is not one-hot", "y_i^2 = y_i", assume=[{"normalised": "y"}])
ONE_HOT_COLUMNS = {
    "given": ["Z = W X", r"P = \mathrm{softmax}(Z)", r"C = -\sum_{i,j} Y_{ij} \ln P_{ij}"],
    "shapes": {"X": "d×N", "W": "K×d", "Z": "K×N", "P": "K×N", "Y": "K×N", "C": "scalar"},
    "notation": {"softmax": "column"},
    "assume": [{"one_hot_columns": "Y"}],
}
t = Table("one-hot columns", ONE_HOT_COLUMNS, ROWS)
t.right("squares", r"Y \odot Y = Y")
t.right("sums of columns", r"\sum_i Y_{ij} = 1")
t.wrong("sums of rows", r"\sum_j Y_{ij} = 1")
t.right("two entries of a column", r"Y_{1j} Y_{2j} = 0")
t.add("never true", "two entries of a row", r"Y_{i1} Y_{i2} = 0")
t.right("columns by an equation", r"\sum_i Y_{i1} = 1", assume=[r"\sum_k Y_{kj} = 1"])
t.right("cross-entropy", r"\frac{\partial C}{\partial Z} = P - Y")
t.right("cross-entropy by an equation", r"\frac{\partial C}{\partial Z} = P - Y", assume=[r"\sum_k Y_{kj} = 1"])
t.wrong("cross-entropy, sign", r"\frac{\partial C}{\partial Z} = Y - P")
t.conditional("cross-entropy, nothing assumed", r"\frac{\partial C}{\partial Z} = P - Y", assume=[])
t.conditional("cross-entropy, rows or columns", r"\frac{\partial C}{\partial Z} = P - Y", assume=[{"one_hot": "Y"}])
t.unknown("rows and columns", r"Y \odot Y = Y", assume=[{"one_hot_columns": "Y"}, {"normalised": "Y"}])
t.unknown("columns of a vector", r"z = z", shapes={"z": "n"}, given=[], assume=[{"one_hot_columns": "z"}])
