"""A row multiplied with every row of a matrix, a column with every column, and fractions of a matrix by one.

The right claims agree with central differences of the loss in NumPy, whose broadcasting is the meaning; each wrong one is one with a
thing changed.
"""

from __future__ import annotations

from tests.judging.rows import Row, Table

ROWS: list[Row] = []

NORMALISED = {
    "given": [r"\hat X = \frac{X - \mu}{s}", r"Y = \gamma \odot \hat X + \beta", r"J = \ell(Y)"],
    "shapes": {"X": "N×D", r"\hat X": "N×D", "Y": "N×D", r"\mu": "1×D", "s": "1×D", r"\gamma": "1×D", r"\beta": "1×D"},
    "functions": {r"\ell": "scalar"},
}
t = Table("rows of a batch", NORMALISED, ROWS)
BY_X, BY_HAT, BY_Y = (rf"\frac{{\partial J}}{{\partial {name}}}" for name in ("X", r"\hat X", "Y"))
TOLD = {"reading": "every row of N×D and 1×D: multiplied entry by entry"}
t.right("times a row", rf"{BY_HAT} = \gamma \odot {BY_Y}", fields=TOLD)
t.right("a row behind", rf"{BY_HAT} = {BY_Y} \odot \gamma")
t.wrong("times a row, minus", rf"{BY_HAT} = -\gamma \odot {BY_Y}")
t.wrong("times another row", rf"{BY_HAT} = \beta \odot {BY_Y}")
t.right("a fraction of rows", rf"{BY_X} = \frac{{\gamma}}{{s}} \odot {BY_Y}")
t.right("a fraction by a row", rf"{BY_X} = \frac{{\gamma \odot {BY_Y}}}{{s}}")
t.right("divided by a row", rf"{BY_X} = \gamma \odot {BY_Y} / s")
t.wrong("times what it is divided by", rf"{BY_X} = \gamma \odot {BY_Y} \odot s")
t.right("by the row", rf"\frac{{\partial J}}{{\partial \gamma}} = \mathbf{{1}}^T ({BY_Y} \odot \hat X)")
t.wrong("by the row, no sum", rf"\frac{{\partial J}}{{\partial \gamma}} = {BY_Y} \odot \hat X", fields={"method": "shapes"})
t.right("by the divisor", rf"\frac{{\partial J}}{{\partial s}} = -\mathbf{{1}}^T (\frac{{\gamma}}{{s}} \odot {BY_Y} \odot \hat X)")
t.wrong(
    "by the divisor, squared", rf"\frac{{\partial J}}{{\partial s}} = -\mathbf{{1}}^T (\frac{{\gamma}}{{s^2}} \odot {BY_Y} \odot \hat X)"
)
t.wrong("side by side", rf"{BY_HAT} = \gamma {BY_Y}", fields={"method": "shapes"})
t.wrong("a dot", rf"{BY_HAT} = \gamma \cdot {BY_Y}", fields={"method": "shapes"})
t.wrong(
    "two rows of other lengths", r"Y = u \odot \hat X + \beta", shapes={**NORMALISED["shapes"], "u": "1×N"}, fields={"method": "shapes"}
)

LAYER = {
    "given": ["z = W x", r"h = \tanh(z)", "Q = W / r", "C = P / A"],
    "shapes": {"W": "m×n", "x": "n", "z": "m", "h": "m", "r": "m", "Q": "m×n", "q": "n", "A": "n×n", "P": "n×n", "C": "n×n"},
}
t = Table("columns of a matrix", LAYER, ROWS)
SLOPE = r"\frac{\partial h}{\partial x} = "
t.right(
    "slopes before a matrix", rf"{SLOPE}(1 - h^2) \odot W", fields={"reading": "every column of m×n and m×1: multiplied entry by entry"}
)
t.right("slopes behind a matrix", rf"{SLOPE}W \odot (1 - h^2)")
t.wrong("slopes, plus", rf"{SLOPE}(1 + h^2) \odot W")
t.wrong("along the other axis", rf"{SLOPE}W \odot q", fields={"method": "shapes"})
t.right("divided by a column", "Q_{ij} = W_{ij} / r_i")
t.wrong("divided by a column, times", "Q_{ij} = W_{ij} r_i")
t.right("square matrices by one another", "C_{ij} = P_{ij} / A_{ij}")
t.wrong("a matrix divided is no product", r"C_{ij} = \sum_{k=1}^n P_{ik} / A_{kj}")

SQUARE = {"given": ["z = W x", r"h = \tanh(z)"], "shapes": {"W": "n×n", "x": "n", "z": "n", "h": "n"}}
t = Table("a vector beside a square matrix", SQUARE, ROWS)
t.wrong("is for no axis", rf"{SLOPE}(1 - h^2) \odot W", fields={"method": "shapes"})
t.right("as a diagonal matrix", rf"{SLOPE}\mathrm{{diag}}(1 - h^2) W")
