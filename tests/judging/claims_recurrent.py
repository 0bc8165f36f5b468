"""Claims about recurrences: plain recurrent networks, gated cells, closed forms, paths through time.

Signals are u_t (inputs), a_t (net inputs), s_t (states), g_t (goals); A, B, d the parameters, J the loss.
"""

from __future__ import annotations

from tests.judging.rows import Row, Table

ROWS: list[Row] = []

STATES = {"A": "n×n", "B": "n×m", "d": "n", "u_t": "m", "a_t": "n", "s_t": "n", "g_t": "n"}
FORWARD = [r"a_t = A s_{t-1} + B u_t + d", r"s_t = \tanh(a_t)"]
LOSS = r"J = \sum_{t=1}^{T} \frac{1}{2} \|s_t - g_t\|^2"
DELTA = r"\delta_t = \frac{\partial J}{\partial a_t}"
TANH_NET = {"given": [*FORWARD, LOSS], "shapes": STATES, "ranges": {"t": "1..T"}}
F_NET = {"given": [FORWARD[0], r"s_t = f(a_t)", LOSS], "shapes": STATES, "ranges": {"t": "1..T"}, "functions": {"f": "elementwise"}}
INSIDE = r"1 \le t < T"

# -- the recursion of δ --------------------------------------------------------------------------------------------------
t = Table("tanh net", {**TANH_NET, "given": [*TANH_NET["given"], DELTA]}, ROWS)
SLOPE = r"(1 - s_t \odot s_t)"
t.right("delta recursion", rf"\delta_t = {SLOPE} \odot (s_t - g_t + A^\top \delta_{{t+1}})", for_=INSIDE)
t.wrong("delta recursion without the transpose", rf"\delta_t = {SLOPE} \odot (s_t - g_t + A \delta_{{t+1}})", for_=INSIDE)
t.wrong("delta recursion with the earlier delta", rf"\delta_t = {SLOPE} \odot (s_t - g_t + A^\top \delta_{{t-1}})", for_=r"2 \le t \le T")
t.wrong("delta recursion, error's sign", rf"\delta_t = {SLOPE} \odot (g_t - s_t + A^\top \delta_{{t+1}})", for_=INSIDE)
t.wrong("delta recursion, slope on one term", rf"\delta_t = {SLOPE} \odot (s_t - g_t) + A^\top \delta_{{t+1}}", for_=INSIDE)
t.wrong(
    "delta recursion, slope of the next step",
    r"\delta_t = (1 - s_{t+1} \odot s_{t+1}) \odot (s_t - g_t + A^\top \delta_{t+1})",
    for_=INSIDE,
)
t.right("delta at the end", r"\delta_T = (1 - s_T \odot s_T) \odot (s_T - g_T)")
t.wrong("delta at the end without the slope", r"\delta_T = s_T - g_T")
t.right("above the range without `for`", rf"\delta_t = {SLOPE} \odot (s_t - g_t + A^\top \delta_{{t+1}})")
t.wrong("above the range without `for`, wrong", rf"\delta_t = {SLOPE} \odot (s_t - g_t - A^\top \delta_{{t+1}})")
t.conditional("above the range with `for`", rf"\delta_t = {SLOPE} \odot (s_t - g_t + A^\top \delta_{{t+1}})", for_=r"1 \le t \le T")
t.wrong("above the range with `for`, wrong", rf"\delta_t = {SLOPE} \odot (s_t - g_t + 2 A^\top \delta_{{t+1}})", for_=r"1 \le t \le T")
t.right(
    "boundary given",
    rf"\delta_t = {SLOPE} \odot (s_t - g_t + A^\top \delta_{{t+1}})",
    for_=r"1 \le t \le T",
    and_given=[r"\delta_{T+1} = 0"],
)
t.wrong(
    "boundary given, not zero",
    rf"\delta_t = {SLOPE} \odot (s_t - g_t + A^\top \delta_{{t+1}})",
    for_=r"1 \le t \le T",
    and_given=[r"\delta_{T+1} = d"],
)
t.right("slope as tanh'", r"\delta_t = \tanh'(a_t) \odot (s_t - g_t + A^\top \delta_{t+1})", for_=INSIDE)
t.right("slope as 1 - tanh squared", r"\delta_T = (1 - \tanh^2(a_T)) \odot (s_T - g_T)")
t.wrong("slope as 1 - tanh", r"\delta_T = (1 - \tanh(a_T)) \odot (s_T - g_T)")
t.right("slope as a diagonal", r"\delta_T = \operatorname{diag}(1 - s_T^2) (s_T - g_T)")
t.wrong("slope as a diagonal, no square", r"\delta_T = \operatorname{diag}(1 - s_T) (s_T - g_T)")
t.conditional("tanh' of the output", r"\delta_T = \tanh'(s_T) \odot (s_T - g_T)")
t.wrong("tanh' of the argument stated", r"\delta_T = \tanh'(s_T) \odot (s_T - g_T)", notation={"prime": "of argument"})
t.right("tanh' of the output stated", r"\delta_T = \tanh'(s_T) \odot (s_T - g_T)", notation={"prime": "of output"})

# -- parameters ----------------------------------------------------------------------------------------------------------
t.right("sum over time, A", r"\frac{\partial J}{\partial A} = \sum_{t=1}^{T} \delta_t s_{t-1}^\top")
t.wrong("sum over time, A, same step", r"\frac{\partial J}{\partial A} = \sum_{t=1}^{T} \delta_t s_t^\top")
t.wrong("sum over time, A, transposed", r"\frac{\partial J}{\partial A} = \sum_{t=1}^{T} s_{t-1} \delta_t^\top")
t.wrong("sum over time, A, first step left out", r"\frac{\partial J}{\partial A} = \sum_{t=2}^{T} \delta_t s_{t-1}^\top")
t.right(
    "sum over time, A, zero start", r"\frac{\partial J}{\partial A} = \sum_{t=2}^{T} \delta_t s_{t-1}^\top", and_given=[r"s_0 = \mathbf{0}"]
)
t.right("sum over time, B", r"\frac{\partial J}{\partial B} = \sum_{t=1}^{T} \delta_t u_t^\top")
t.wrong("sum over time, B, last step left out", r"\frac{\partial J}{\partial B} = \sum_{t=1}^{T-1} \delta_t u_t^\top")
t.wrong("sum over time, B, shapes", r"\frac{\partial J}{\partial B} = \sum_{t=1}^{T} u_t^\top \delta_t")
t.right("sum over time, bias", r"\frac{\partial J}{\partial d} = \sum_{t=1}^{T} \delta_t")
HALF = r"\frac{1}{2} \delta_t"
t.right("sum of two terms in brackets", rf"\frac{{\partial J}}{{\partial d}} = \sum_{{t=1}}^{{T}} \left( {HALF} + {HALF} \right)")
t.unknown(
    "sum of two terms, brackets left out",
    rf"\frac{{\partial J}}{{\partial d}} = \sum_{{t=1}}^{{T}} {HALF} + {HALF}",
    fields={"message": "put them in brackets", "suggestion": r"\sum_{t = 1}^{T} ("},
)
t.wrong("sum of two terms, false with brackets too", r"\frac{\partial J}{\partial d} = \sum_{t=1}^{T} \delta_t + \delta_t")
t.wrong("bias of the last step only", r"\frac{\partial J}{\partial d} = \delta_T")
t.right("initial state", r"\frac{\partial J}{\partial s_0} = A^\top \delta_1")
t.wrong("initial state, no transpose", r"\frac{\partial J}{\partial s_0} = A \delta_1")
t.wrong("initial state, second delta", r"\frac{\partial J}{\partial s_0} = A^\top \delta_2")
t.right("input", r"\frac{\partial J}{\partial u_t} = B^\top \delta_t")
t.wrong("input through A", r"\frac{\partial J}{\partial u_t} = B^\top \delta_{t+1}")
t.right("one entry", r"\frac{\partial J}{\partial A_{ij}} = \sum_{t=1}^{T} \delta_{t,i} s_{t-1,j}")
t.wrong("one entry, indices exchanged", r"\frac{\partial J}{\partial A_{ij}} = \sum_{t=1}^{T} \delta_{t,j} s_{t-1,i}")
t.right("no `for`, letter at a value", r"\left. \frac{\partial J}{\partial u_t} \right|_{t=2} = B^\top \delta_2")
t.wrong("no `for`, letter at another value", r"\left. \frac{\partial J}{\partial u_t} \right|_{t=2} = B^\top \delta_1")
t.right("falling ends coincide once", r"\frac{\partial J}{\partial d} = \delta_1 + \delta_2 + \dots + \delta_T")
t.wrong("ellipsis from the second", r"\frac{\partial J}{\partial d} = \delta_2 + \dots + \delta_T")
t.right("falling ellipsis of a sum", r"\frac{\partial J}{\partial d} = \delta_T + \delta_{T-1} + \dots + \delta_1")
t.right(
    "chain",
    r"\frac{\partial J}{\partial d} = \sum_{t=1}^{T} \frac{\partial J}{\partial a_t} = \sum_{t=1}^{T} \delta_t",
)
t.wrong(
    "chain with a wrong middle",
    r"\frac{\partial J}{\partial d} = \sum_{t=1}^{T} \delta_t = \sum_{t=1}^{T} 2 \delta_t = \sum_{k=1}^{T} \delta_k",
    fields={"first_wrong": 1, "link_verdicts": (None, "refuted", "refuted")},
)
t.right("align", r"\begin{align} \frac{\partial J}{\partial d} &= \sum_{t=1}^{T} \delta_t \\ &= \delta_1 + \dots + \delta_T \end{align}")
t.wrong(
    "align, second line", r"\begin{align} \frac{\partial J}{\partial d} &= \sum_{t=1}^{T} \delta_t \\ &= \delta_1 + \delta_T \end{align}"
)
t.right("nabla", r"\nabla_{d} J = \sum_{t=1}^{T} \delta_t")
t.wrong("nabla, minus", r"\nabla_{d} J = -\sum_{t=1}^{T} \delta_t")

t = Table("abstract f", {**F_NET, "given": [*F_NET["given"], DELTA]}, ROWS)
t.right("delta recursion", r"\delta_t = f'(a_t) \odot (s_t - g_t + A^\top \delta_{t+1})", for_=INSIDE)
t.wrong("delta recursion without f'", r"\delta_t = s_t - g_t + A^\top \delta_{t+1}", for_=INSIDE)
t.wrong("delta recursion, f' doubled", r"\delta_t = f'(a_t) \odot f'(a_t) \odot (s_t - g_t + A^\top \delta_{t+1})", for_=INSIDE)
t.wrong("delta recursion, f for f'", r"\delta_t = f(a_t) \odot (s_t - g_t + A^\top \delta_{t+1})", for_=INSIDE)
t.wrong("delta recursion, f' of the next step", r"\delta_t = f'(a_{t+1}) \odot (s_t - g_t + A^\top \delta_{t+1})", for_=INSIDE)
t.conditional("a named activation", r"\delta_T = (1 - s_T \odot s_T) \odot (s_T - g_T)", fields={"assumptions": "f is tanh"})
t.conditional("the logistic function", r"\delta_T = s_T \odot (1 - s_T) \odot (s_T - g_T)", fields={"assumptions": "f is sigmoid"})
t.wrong("no known activation", r"\delta_T = (1 + s_T \odot s_T) \odot (s_T - g_T)")
t.conditional("f' of the output", r"\delta_T = f'(s_T) \odot (s_T - g_T)", fields={"assumptions": "prime"})
t.right("argument left out", r"\delta_t = f' \odot (s_t - g_t + A^\top \delta_{t+1})", for_=INSIDE)
t.wrong("argument left out, f for f'", r"\delta_t = f'' \odot (s_t - g_t + A^\top \delta_{t+1})", for_=INSIDE)
t.right("argument written out", r"\delta_T = f'(A s_{T-1} + B u_T + d) \odot (s_T - g_T)")

# -- Jacobians through time ----------------------------------------------------------------------------------------------
t = Table("Jacobians", TANH_NET, ROWS)
FACTOR = r"\operatorname{diag}(1 - s_j^2) A"
PATH = r"\frac{\partial s_t}{\partial s_k}"
BEFORE = r"1 \le k < t, t \le T"
t.right("product, latest first", rf"{PATH} = \prod_{{j=k+1}}^{{t}} {FACTOR}", for_=BEFORE, notation={"product": "left"})
t.wrong("product, earliest first", rf"{PATH} = \prod_{{j=k+1}}^{{t}} {FACTOR}", for_=BEFORE, notation={"product": "right"})
t.conditional("product, order not said", rf"{PATH} = \prod_{{j=k+1}}^{{t}} {FACTOR}", for_=BEFORE, fields={"assumptions": "product"})
t.wrong("product, one factor more", rf"{PATH} = \prod_{{j=k}}^{{t}} {FACTOR}", for_=BEFORE)
t.wrong("product, one factor less", rf"{PATH} = \prod_{{j=k+2}}^{{t}} {FACTOR}", for_=BEFORE)
t.wrong("product, transposed weights", rf"{PATH} = \prod_{{j=k+1}}^{{t}} \operatorname{{diag}}(1 - s_j^2) A^\top", for_=BEFORE)
t.conditional("falling product", rf"{PATH} = \prod_{{j=t}}^{{k+1}} {FACTOR}", for_=BEFORE)
t.wrong("falling product to k", rf"{PATH} = \prod_{{j=t}}^{{k}} {FACTOR}", for_=BEFORE)
t.right(
    "transposed product, as written",
    rf"\left({PATH}\right)^\top = \prod_{{j=k+1}}^{{t}} A^\top \operatorname{{diag}}(1 - s_j^2)",
    for_=BEFORE,
)
t.wrong(
    "transposed product, other order",
    rf"\left({PATH}\right)^\top = \prod_{{j=k+1}}^{{t}} A^\top \operatorname{{diag}}(1 - s_j^2)",
    for_=BEFORE,
    notation={"product": "left"},
)
t.right(
    "product of Jacobians",
    rf"{PATH} = \prod_{{j=k+1}}^{{t}} \frac{{\partial s_j}}{{\partial s_{{j-1}}}}",
    for_=BEFORE,
    notation={"product": "left"},
)
t.right("empty product", rf"{PATH} = \prod_{{j=k+1}}^{{t}} {FACTOR}", for_=r"1 \le k \le t, t \le T", notation={"product": "left"})
t.right("one factor", r"\frac{\partial s_t}{\partial s_{t-1}} = \operatorname{diag}(1 - s_t^2) A")
TURNED = r"\frac{\partial s_t}{\partial s_{t-1}} = A^\top \operatorname{diag}(1 - s_t^2)"
t.conditional("one factor, transposed", TURNED, fields={"assumptions": "layout"})
t.wrong("one factor, transposed, layout stated", TURNED, notation={"layout": "numerator"})
t.wrong("one factor, transposed weights only", r"\frac{\partial s_t}{\partial s_{t-1}} = \operatorname{diag}(1 - s_t^2) A^\top")
t.right("one factor, denominator layout", TURNED, notation={"layout": "denominator"})
t.right("one entry", r"\frac{\partial s_{t,i}}{\partial s_{t-1,j}} = (1 - s_{t,i}^2) A_{ij}")
t.wrong("one entry, exchanged", r"\frac{\partial s_{t,i}}{\partial s_{t-1,j}} = (1 - s_{t,i}^2) A_{ji}")
t.wrong("one entry, other slope", r"\frac{\partial s_{t,i}}{\partial s_{t-1,j}} = (1 - s_{t,j}^2) A_{ij}")
STEP = r"\frac{\partial s_{%s}}{\partial s_{%s}}"
FALLING = rf"{STEP % ('t', 't-1')} {STEP % ('t-1', 't-2')} \cdots {STEP % ('k+1', 'k')}"
t.right("falling ellipsis", rf"{PATH} = {STEP % ('t', 't-1')} \cdots {STEP % ('k+1', 'k')}", for_=BEFORE)
t.right(
    "falling ellipsis, two factors first",
    rf"{PATH} = {FALLING}",
    for_=r"1 \le k, k \le t - 2, t \le T",
)
SHORT = rf"{STEP % ('t', 't-1')} {STEP % ('t-1', 't-2')} \cdots {STEP % ('k+2', 'k+1')}"
t.wrong("falling ellipsis, too short", rf"{PATH} = {SHORT}", for_=r"1 \le k, k \le t - 3, t \le T")
RISING = rf"\left({STEP % ('k+1', 'k')}\right)^\top \cdots \left({STEP % ('t', 't-1')}\right)^\top"
t.right("rising ellipsis of transposes", rf"\left({PATH}\right)^\top = {RISING}", for_=BEFORE)
UNTURNED = rf"{STEP % ('k+1', 'k')} \cdots {STEP % ('t', 't-1')}"
t.conditional("rising ellipsis without transposes", rf"{PATH} = {UNTURNED}", for_=BEFORE, fields={"assumptions": "layout"})
t.wrong("rising ellipsis, layout stated", rf"{PATH} = {UNTURNED}", for_=BEFORE, notation={"layout": "numerator"})
t.right(
    "loss through a path",
    r"\frac{\partial J}{\partial s_k} = \sum_{t=k}^{T} \left(\frac{\partial s_t}{\partial s_k}\right)^\top (s_t - g_t)",
    for_=r"1 \le k \le T",
)
t.wrong(
    "loss through a path, itself left out",
    r"\frac{\partial J}{\partial s_k} = \sum_{t=k+1}^{T} \left(\frac{\partial s_t}{\partial s_k}\right)^\top (s_t - g_t)",
    for_=r"1 \le k \le T",
)

# -- linear recurrences and closed forms ---------------------------------------------------------------------------------
LINEAR = {"given": [r"s_t = A s_{t-1} + B u_t", r"J = c^\top s_T"], "shapes": {**STATES, "c": "n"}, "ranges": {"t": "1..T", "k": "1..T"}}
t = Table("closed forms", LINEAR, ROWS)
t.right("state", r"s_t = A^t s_0 + \sum_{j=1}^{t} A^{t-j} B u_j")
t.wrong("state, exponent", r"s_t = A^t s_0 + \sum_{j=1}^{t} A^{t-j+1} B u_j")
t.wrong("state, start left out", r"s_t = \sum_{j=1}^{t} A^{t-j} B u_j")
POWER = {"superscript": "power"}
t.right("state, power stated", r"s_t = A^t s_0 + \sum_{j=1}^{t} A^{t-j} B u_j", notation=POWER)
t.wrong("state, power stated, exponent", r"s_t = A^t s_0 + \sum_{j=1}^{t} A^{t-j+1} B u_j", notation=POWER)
t.right("state, zero start", r"s_t = \sum_{j=1}^{t} A^{t-j} B u_j", and_given=[r"s_0 = \mathbf{0}"])
t.right("power of a Jacobian", r"\frac{\partial s_T}{\partial s_k} = A^{T-k}")
t.right("power of a Jacobian, two letters", r"\frac{\partial s_t}{\partial s_k} = A^{t-k}", for_=r"1 \le k \le t \le T")
t.add(
    "never true",
    "power of a Jacobian, later by earlier and earlier by later",
    r"\frac{\partial s_t}{\partial s_k} = A^{t-k}",
    for_=r"1 \le k \le T, 1 \le t \le T",
)
t.add(
    "never true",
    "empty product for earlier by later",
    r"\frac{\partial s_t}{\partial s_k} = \prod_{j=k+1}^{t} A",
    for_=r"1 \le k \le T, 1 \le t \le T",
)
t.wrong("matrices commute", r"A s_t c^\top = s_t c^\top A", notation={"juxtaposition": "matrix"})
t.wrong("power of a Jacobian, one more", r"\frac{\partial s_T}{\partial s_k} = A^{T-k+1}")
t.right("loss by state", r"\frac{\partial J}{\partial s_k} = (A^\top)^{T-k} c")
t.wrong("loss by state, no transpose", r"\frac{\partial J}{\partial s_k} = A^{T-k} c")
t.right("loss by A", r"\frac{\partial J}{\partial A} = \sum_{t=1}^{T} (A^\top)^{T-t} c\, s_{t-1}^\top")
t.wrong("loss by A, exponent", r"\frac{\partial J}{\partial A} = \sum_{t=1}^{T} (A^\top)^{t-1} c\, s_{t-1}^\top")
t.right("loss by B", r"\frac{\partial J}{\partial B} = \sum_{t=1}^{T} (A^\top)^{T-t} c\, u_t^\top")
t.right("falling written out", r"\frac{\partial s_T}{\partial s_0} = \prod_{t=T}^{1} A")
t.wrong("falling written out, short", r"\frac{\partial s_T}{\partial s_0} = \prod_{t=T}^{2} A")

SCALAR = {
    "given": [r"h_t = \tanh(w h_{t-1} + v x_t)", r"\ell_t = \frac{1}{2} (h_t - y_t)^2", r"E = \sum_{t=1}^{T} \ell_t"],
    "shapes": {"w": "scalar", "v": "scalar", "h_t": "scalar", "x_t": "scalar", "y_t": "scalar", r"\ell_t": "scalar", "E": "scalar"},
    "ranges": {"t": "1..T"},
}
t = Table("total and immediate", SCALAR, ROWS)
DH = r"\frac{\partial h_t}{\partial w}"
t.right("one formula", rf"{DH} = {DH} + \frac{{\partial h_t}}{{\partial h_{{t-1}}}} \frac{{\partial h_{{t-1}}}}{{\partial w}}")
t.wrong("one formula, minus", rf"{DH} = {DH} - \frac{{\partial h_t}}{{\partial h_{{t-1}}}} \frac{{\partial h_{{t-1}}}}{{\partial w}}")
t.right("d and ∂", r"\frac{d h_t}{d w} = \frac{\partial h_t}{\partial w} + \frac{\partial h_t}{\partial h_{t-1}} \frac{d h_{t-1}}{d w}")
t.wrong(
    "stated total",
    r"\frac{d h_t}{d w} = \frac{\partial h_t}{\partial w} + \frac{\partial h_t}{\partial h_{t-1}} \frac{d h_{t-1}}{d w}",
    notation={"derivative": "total"},
)
PATHS = r"\frac{\partial \ell_t}{\partial h_t} \frac{\partial h_t}{\partial h_k} \frac{\partial h_k}{\partial w}"
t.right("sum over paths", rf"\frac{{\partial E}}{{\partial w}} = \sum_{{t=1}}^{{T}} \sum_{{k=1}}^{{t}} {PATHS}")
t.wrong("sum over paths, own step left out", rf"\frac{{\partial E}}{{\partial w}} = \sum_{{t=1}}^{{T}} \sum_{{k=1}}^{{t-1}} {PATHS}")
t.wrong("sum over paths, only the own step", r"\frac{\partial E}{\partial w} = \sum_{t=1}^{T} (h_t - y_t)(1 - h_t^2) h_{t-1}")
t.right("immediate written out", r"\frac{\partial^+ h_t}{\partial w} = (1 - h_t^2) h_{t-1}")
t.wrong("immediate written out, one side total", r"\frac{\partial h_t}{\partial w} = (1 - h_t^2) h_{t-1}")
t.right(
    "empty sum at the first step",
    rf"{DH} = (1 - h_t^2) h_{{t-1}} + \sum_{{k=1}}^{{t-1}} \left(\prod_{{j=k+1}}^{{t}} w (1 - h_j^2)\right) (1 - h_k^2) h_{{k-1}}",
)
t.wrong(
    "empty sum at the first step, wrong later",
    rf"{DH} = (1 - h_t^2) h_{{t-1}} + \sum_{{k=1}}^{{t-1}} \left(\prod_{{j=k}}^{{t}} w (1 - h_j^2)\right) (1 - h_k^2) h_{{k-1}}",
)
t.wrong("true at T = 1 only", r"\frac{\partial E}{\partial w} = (h_1 - y_1)(1 - h_1^2) h_0")
t.wrong("true for zero start only", r"\frac{\partial E}{\partial w} = \sum_{t=2}^{T} (1 - h_t^2) h_{t-1} \frac{\partial E}{\partial h_t}")
t.right("all steps", r"\frac{\partial E}{\partial w} = \sum_{t=1}^{T} (1 - h_t^2) h_{t-1} \frac{\partial E}{\partial h_t}")

MAP = {
    "given": [r"h_t = f(x_t, h_{t-1}, w)", r"E = \sum_{t=1}^{T} \frac{1}{2} (h_t - y_t)^2"],
    "shapes": {"h_t": "scalar", "x_t": "scalar", "y_t": "scalar", "w": "scalar"},
    "functions": {"f": "map"},
    "ranges": {"t": "1..T"},
}
t = Table("partial in a slot", MAP, ROWS)
SLOT = r"\frac{\partial f(x_t, h_{t-1}, w)}{\partial w}"
THROUGH = r"\frac{\partial f(x_t, h_{t-1}, w)}{\partial h_{t-1}} \frac{\partial h_{t-1}}{\partial w}"
t.right("sum of slots", rf"{DH} = {SLOT} + {THROUGH}")
t.wrong("one slot only", rf"{DH} = {SLOT}")
t.wrong("the other slot only", rf"{DH} = {THROUGH}")
UNROLLED = r"\sum_{i=1}^{t-1} \left(\prod_{j=i+1}^{t} \frac{\partial f(x_j, h_{j-1}, w)}{\partial h_{j-1}}\right)"
LAST = r"\frac{\partial f(x_i, h_{i-1}, w)}{\partial w}"
t.right("unrolled", rf"{DH} = {SLOT} + {UNROLLED} {LAST}")
t.wrong("unrolled, shifted", rf"{DH} = {SLOT} + {UNROLLED} \frac{{\partial f(x_{{i+1}}, h_i, w)}}{{\partial w}}")

TIED = {
    "given": [r"A_t = A", r"s_t = \tanh(A_t s_{t-1} + B u_t)", LOSS],
    "shapes": {**STATES, "A_t": "n×n"},
    "ranges": {"t": "1..T"},
}
t = Table("tied copies", TIED, ROWS)
t.right("sum over the copies", r"\frac{\partial J}{\partial A} = \sum_{t=1}^{T} \frac{\partial J}{\partial A_t}")
t.wrong("the last copy", r"\frac{\partial J}{\partial A} = \frac{\partial J}{\partial A_T}")
t.wrong("sum without the first", r"\frac{\partial J}{\partial A} = \sum_{t=2}^{T} \frac{\partial J}{\partial A_t}")
t.right(
    "one copy",
    r"\frac{\partial J}{\partial A_t} = \left( \frac{\partial J}{\partial s_t} \odot (1 - s_t^2) \right) s_{t-1}^\top",
)
t.wrong(
    "one copy for all",
    r"\frac{\partial J}{\partial A} = \left( \frac{\partial J}{\partial s_t} \odot (1 - s_t^2) \right) s_{t-1}^\top",
)

# -- gated cells ---------------------------------------------------------------------------------------------------------
CELL = {
    "given": [
        r"f_t = \sigma(W_f h_{t-1} + U_f x_t)",
        r"i_t = \sigma(W_i h_{t-1} + U_i x_t)",
        r"o_t = \sigma(W_o h_{t-1} + U_o x_t)",
        r"q_t = \tanh(W_q h_{t-1} + U_q x_t)",
        r"c_t = f_t \odot c_{t-1} + i_t \odot q_t",
        r"h_t = o_t \odot \tanh(c_t)",
        r"E = \sum_{t=1}^{T} y_t^\top h_t",
        r"\epsilon_t = \frac{\partial E}{\partial h_t}",
        r"\gamma_t = \frac{\partial E}{\partial c_t}",
    ],
    "shapes": {
        **{f"W_{a}": "n×n" for a in "fioq"},
        **{f"U_{a}": "n×m" for a in "fioq"},
        **{f"{a}_t": "n" for a in "fioqchy"},
        "x_t": "m",
    },
    "ranges": {"t": "1..T"},
}
t = Table("LSTM", CELL, ROWS)
t.right("output gate", r"\frac{\partial E}{\partial o_t} = \epsilon_t \odot \tanh(c_t)")
t.wrong("output gate, cell without tanh", r"\frac{\partial E}{\partial o_t} = \epsilon_t \odot c_t")
t.right("forget gate", r"\frac{\partial E}{\partial f_t} = \gamma_t \odot c_{t-1}")
t.wrong("forget gate, same step", r"\frac{\partial E}{\partial f_t} = \gamma_t \odot c_t")
t.right("input gate", r"\frac{\partial E}{\partial i_t} = \gamma_t \odot q_t")
t.wrong("input gate, own value", r"\frac{\partial E}{\partial i_t} = \gamma_t \odot i_t")
NEXT = r"\epsilon_t \odot o_t \odot (1 - \tanh^2(c_t))"
t.right("cell", rf"\gamma_t = {NEXT} + \gamma_{{t+1}} \odot f_{{t+1}}", for_=INSIDE)
t.wrong("cell, gate of the same step", rf"\gamma_t = {NEXT} + \gamma_{{t+1}} \odot f_t", for_=INSIDE)
t.wrong("cell, no carry", rf"\gamma_t = {NEXT}")
GATE = r"\gamma_t \odot c_{t-1} \odot f_t \odot (1 - f_t)"
t.right("weights", rf"\frac{{\partial E}}{{\partial W_f}} = \sum_{{t=1}}^{{T}} ({GATE}) h_{{t-1}}^\top")
t.wrong("weights, no slope", r"\frac{\partial E}{\partial W_f} = \sum_{t=1}^{T} (\gamma_t \odot c_{t-1}) h_{t-1}^\top")

UNIT = {
    "given": [
        r"z_t = \sigma(W_z h_{t-1} + U_z x_t)",
        r"r_t = \sigma(W_r h_{t-1} + U_r x_t)",
        r"\tilde{h}_t = \tanh(W (r_t \odot h_{t-1}) + U x_t)",
        r"h_t = (1 - z_t) \odot h_{t-1} + z_t \odot \tilde{h}_t",
        r"E = \sum_{t=1}^{T} y_t^\top h_t",
        r"\epsilon_t = \frac{\partial E}{\partial h_t}",
    ],
    "shapes": {
        **dict.fromkeys(("W_z", "W_r", "W"), "n×n"),
        **dict.fromkeys(("U_z", "U_r", "U"), "n×m"),
        **dict.fromkeys(("z_t", "r_t", r"\tilde{h}_t", "h_t", "y_t"), "n"),
        "x_t": "m",
    },
    "ranges": {"t": "1..T"},
}
t = Table("GRU", UNIT, ROWS)
t.right("update gate", r"\frac{\partial E}{\partial z_t} = \epsilon_t \odot (\tilde{h}_t - h_{t-1})")
t.wrong("update gate, reversed", r"\frac{\partial E}{\partial z_t} = \epsilon_t \odot (h_{t-1} - \tilde{h}_t)")
t.right("candidate", r"\frac{\partial E}{\partial \tilde{h}_t} = \epsilon_t \odot z_t")
t.wrong("candidate, other gate", r"\frac{\partial E}{\partial \tilde{h}_t} = \epsilon_t \odot (1 - z_t)")
BACK = r"W^\top (\epsilon_t \odot z_t \odot (1 - \tilde{h}_t \odot \tilde{h}_t))"
t.right("reset gate", rf"\frac{{\partial E}}{{\partial r_t}} = ({BACK}) \odot h_{{t-1}}")
t.wrong("reset gate, own value", rf"\frac{{\partial E}}{{\partial r_t}} = ({BACK}) \odot r_t")

# -- two lengths: a mistake of one for the other shows only where they differ ----------------------------------------------
BATCH = {
    "given": [r"h_{i,t} = \tanh(W h_{i,t-1} + U x_{i,t})", r"J = \frac{1}{N} \sum_{i=1}^N \sum_{t=1}^T \ell(h_{i,t})"],
    "shapes": {"h_{i,t}": "n", "x_{i,t}": "m", "W": "n×n", "U": "n×m", "J": "scalar"},
    "ranges": {"i": "1..N", "t": "1..T"},
    "functions": {r"\ell": "scalar"},
}
ERROR = r"\left( (1 - h_{i,t}^2) \odot \frac{\partial J}{\partial h_{i,t}} \right) h_{i,t-1}^\top"
t = Table("examples and steps", BATCH, ROWS)
t.right("last step", r"\frac{\partial J}{\partial h_{i,T}} = \frac{1}{N} \nabla_{h_{i,T}} \ell(h_{i,T})")
t.wrong("last step, mean over steps", r"\frac{\partial J}{\partial h_{i,T}} = \frac{1}{T} \nabla_{h_{i,T}} \ell(h_{i,T})")
t.right("weights", rf"\frac{{\partial J}}{{\partial W}} = \sum_{{i=1}}^N \sum_{{t=1}}^T {ERROR}")
t.add("never true", "weights, ends exchanged", rf"\frac{{\partial J}}{{\partial W}} = \sum_{{i=1}}^T \sum_{{t=1}}^N {ERROR}")
ENCODER = {
    "given": [
        r"e_s = \tanh(A e_{s-1} + B x_s)",
        "d_0 = e_S",
        r"d_t = \tanh(C d_{t-1} + D y_t)",
        r"L = \sum_{t=1}^T \ell(d_t)",
    ],
    "shapes": {"e_s": "n", "d_t": "n", "x_s": "m", "y_t": "k", "A": "n×n", "B": "n×m", "C": "n×n", "D": "n×k", "L": "scalar"},
    "ranges": {"s": "1..S", "t": "1..T"},
    "functions": {r"\ell": "scalar"},
}
t = Table("encoder and decoder", ENCODER, ROWS)
OUTER = r"\mathrm{diag}(1 - e_s^2) \frac{\partial L}{\partial e_s} e_{s-1}^\top"
t.right("encoder", rf"\frac{{\partial L}}{{\partial A}} = \sum_{{s=1}}^S {OUTER}")
t.wrong("encoder, steps of the decoder", rf"\frac{{\partial L}}{{\partial A}} = \sum_{{s=1}}^T {OUTER}")
t.right("bridge", r"\frac{\partial L}{\partial e_S} = C^\top \mathrm{diag}(1 - d_1^2) \frac{\partial L}{\partial d_1}")
t.wrong("bridge at another step", r"\frac{\partial L}{\partial e_T} = C^\top \mathrm{diag}(1 - d_1^2) \frac{\partial L}{\partial d_1}")
t.wrong("loss of other steps", r"L = \sum_{t=1}^S \ell(d_t)")
