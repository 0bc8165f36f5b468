"""Trees of representative formulas, errors with positions, and hostile input."""

from __future__ import annotations

import time

import pytest

from symbptt.latex.parser import ParseError, Words, parse, parse_condition, parse_expression, words_from
from symbptt.latex.printer import to_latex
from symbptt.latex.syntax import (
    Add,
    BigOperator,
    Call,
    Cases,
    Comparison,
    Derivative,
    Ellipsis,
    Evaluated,
    Formula,
    Fraction,
    Group,
    Matrix,
    Node,
    Norm,
    Number,
    Product,
    Root,
    Script,
    Scripted,
    Sequence,
    Slice,
    Symbol,
    Text,
)

ONE, TWO = Number("1"), Number("2")
a, b, c, d, h, i, j, k, s, t, w, x, y, z = map(Symbol, "abcdhijkstwxyz")
ell = Symbol("l")
C, L, T, W = map(Symbol, "CLTW")


def sub(body: Node, bracket: str = "") -> Script:
    return Script("sub", body, bracket)


def sup(body: Node, bracket: str = "") -> Script:
    return Script("sup", body, bracket)


def product(*factors: Node, sign: str = "") -> Product:
    return Product(factors, (sign,) * (len(factors) - 1))


def minus(left: Node, right: Node) -> Add:
    return Add((("+", left), ("-", right)))


def plus(left: Node, right: Node) -> Add:
    return Add((("+", left), ("+", right)))


def only(text: str, words: Words | None = None) -> Formula:
    (formula,) = parse(text, words or Words())
    return formula


H_T = Symbol("h", (sub(t),))

EXPRESSIONS = {
    # products and sums
    "a b": product(a, b),
    "a * b": product(a, b, sign="*"),
    "a \\odot b \\odot c": product(a, b, c, sign="\\odot"),
    "a/b*c": Product((a, b, c), ("/", "*")),
    "a - b": minus(a, b),
    "-a b": Add((("-", product(a, b)),)),
    "a \\cdot -b": Product((a, Add((("-", b),))), ("\\cdot",)),
    "1 + \\dots + T": Add((("+", ONE), ("+", Ellipsis()), ("+", T))),
    "{a}{b}": product(a, b),
    "\\frac{1}{2}": Fraction(ONE, TWO),
    "\\tfrac12": Fraction(ONE, TWO),
    "\\frac ab": Fraction(a, b),
    "{a \\over b}": Fraction(a, b),
    "\\sqrt{x}": Root(x),
    # symbols
    "h_t": H_T,
    "z_t^1": Symbol("z", (sub(t), sup(ONE))),
    "a^{l-1}_k": Symbol("a", (sup(minus(ell, ONE)), sub(k))),
    "h^{(t)}": Symbol("h", (sup(t, "("),)),
    "h^{\\langle t \\rangle}": Symbol("h", (sup(t, "<"),)),
    "h^{<t>}": Symbol("h", (sup(t, "<"),)),
    "z_{[i]}": Symbol("z", (sub(i, "["),)),
    "x^{(i)\\langle t \\rangle}": Symbol("x", (sup(i, "("), sup(t, "<"))),
    "z_{}": z,
    "x^{l,t}": Symbol("x", (sup(Sequence((ell, t))),)),
    "w_{jk}": Symbol("w", (sub(product(j, k)),)),
    "a_{next}": Symbol("a", (sub(Symbol("next")),)),
    "w_{xh}": Symbol("w", (sub(Symbol("xh")),)),
    "w_\\textrm{h}": Symbol("w", (sub(h),)),
    "H_{1t-1}": Symbol("H", (sub(minus(product(ONE, t), ONE)),)),
    "x^*": Symbol("x", (sup(Symbol("*")),)),
    "W^\\intercal": Symbol("W", (sup(Symbol("\\top")),)),
    "W^{\\rm T}": Symbol("W", (sup(T),)),
    "W^{-1}": Symbol("W", (sup(Add((("-", ONE),))),)),
    "W_{h [i,j]}^{(k)}": Symbol("W", (sub(Call(h, (i, j), "[")), sup(k, "("))),
    "{W^{s}}^T": Scripted(Symbol("W", (sup(s),)), (sup(T),)),
    "W {\\left(x\\right)}^{T}": Scripted(Call(W, (x,)), (sup(T),)),
    "{z}_j": Symbol("z", (sub(j),)),
    "f'^{l}": Symbol("f", (sup(ell),), 1),
    "f^{\\prime\\prime}": Symbol("f", (), 2),
    "(W h)'": Scripted(Group(product(W, h)), (sup(Symbol("'")),)),
    "(W h)^T": Scripted(Group(product(W, h)), (sup(T),)),
    # fonts and accents
    "\\mathbf{h}_t": Symbol("\\mathbf{h}", (sub(t),)),
    "\\mathbf{h_t}": Symbol("\\mathbf{h}", (sub(t),)),
    "\\bm\\theta": Symbol("\\boldsymbol{\\theta}"),
    "\\hat y": Symbol("\\hat{y}"),
    "\\widehat{y}_t": Symbol("\\hat{y}", (sub(t),)),
    "\\hat{y_t}": Symbol("\\hat{y}", (sub(t),)),
    "\\hat{\\mathbf y}": Symbol("\\hat{\\mathbf{y}}"),
    "\\mathbf{\\hat y}": Symbol("\\hat{\\mathbf{y}}"),
    "\\mathrm{net}": Symbol("net"),
    "\\text{lr}": Symbol("lr"),
    "\\hat{{\\bm{y}}}_t": Symbol("\\hat{\\boldsymbol{y}}", (sub(t),)),
    "\\hat{{y}_t}": Symbol("\\hat{y}", (sub(t),)),
    "\\mathbf{{h}_t}": Symbol("\\mathbf{h}", (sub(t),)),
    "\\bm{\\mathsfit{X}}": Symbol("\\boldsymbol{X}"),
    # elementwise powers
    "h_t^{\\odot 2}": Group(product(H_T, H_T, sign="\\odot")),
    "(a+b)^{\\odot 3}": Group(product(*(Group(plus(a, b)),) * 3, sign="\\odot")),
    # calls
    "f(x)": Call(Symbol("f"), (x,)),
    "W (x + y)": Call(W, (plus(x, y),)),
    "a(t)b": product(Call(a, (t,)), b),
    "y(1-y)": Call(y, (minus(ONE, y),)),
    "(a)(b)": product(Group(a), Group(b)),
    "sigmoid(z)": Call(Symbol("sigmoid"), (z,)),
    "\\text{softmax}(z)": Call(Symbol("softmax"), (z,)),
    "\\sigma'(z)^2": Scripted(Call(Symbol("\\sigma", (), 1), (z,)), (sup(TWO),)),
    "\\tanh^2(x)": Call(Symbol("tanh", (sup(TWO),)), (x,)),
    "\\tanh'": Symbol("tanh", (), 1),
    "\\log h_t": Call(Symbol("log"), (H_T,), ""),
    "y \\log{x} (1-x)": product(y, Call(Symbol("log"), (x,), ""), Group(minus(ONE, x))),
    "\\log(a)b": product(Call(Symbol("log"), (a,)), b),
    "\\log_e a": Call(Symbol("ln"), (a,), ""),
    "\\log_2 a": Call(Symbol("log", (sub(TWO),)), (a,), ""),
    "\\ln a * b": Product((Call(Symbol("ln"), (a,), ""), b), ("*",)),
    "\\exp\\{x\\}": Call(Symbol("exp"), (x,), "\\{"),
    "e^{x}": Symbol("e", (sup(x),)),
    "S[i,k]": Call(Symbol("S"), (i, k), "["),
    "W[:n,:]": Call(W, (Slice(None, Symbol("n")), Slice(None, None)), "["),
    "W[h; x]": Call(W, (Matrix(((h,), (x,)), ""),), "["),
    "[a, b]": Group(Sequence((a, b)), "["),
    "\\mathbb{1}[i=j]": Call(Symbol("\\mathbb{1}"), (Comparison((i, j), ("=",)),), "["),
    "\\mathbf{1}\\{i=j\\}": Call(Symbol("\\mathbf{1}"), (Comparison((i, j), ("=",)),), "\\{"),
    "\\arg\\max_k y": Call(Symbol("argmax", (sub(k),)), (y,), ""),
    "\\|x\\|_2^2": Scripted(Norm(x), (sub(TWO), sup(TWO))),
    "|x| + \\lVert y \\rVert": plus(Norm(x, "|"), Norm(y)),
    # derivatives
    "\\frac{\\partial L}{\\partial W}": Derivative(L, (W,)),
    "\\partial L/\\partial W": Derivative(L, (W,), form="slash"),
    "∂C/∂z * ∂z/∂w": product(Derivative(C, (z,), form="slash"), Derivative(z, (w,), form="slash"), sign="*"),
    "∂L/∂y(t)": Derivative(L, (Call(y, (t,)),), form="slash"),
    "∂L/∂w (y - t)": product(Derivative(L, (w,), form="slash"), Group(minus(y, t))),
    "\\frac{dL}{dW}": Derivative(L, (W,), "d"),
    "\\frac{\\mathrm{d}L}{\\mathrm{d}W}": Derivative(L, (W,), "d"),
    "dL/dW": Derivative(L, (W,), "d", form="slash"),
    "\\frac{d}{dx} y": Derivative(y, (x,), "d", form="operator"),
    "\\frac{\\partial}{\\partial x} a b + c": plus(Derivative(product(a, b), (x,), form="operator"), c),
    "\\frac{\\partial}{\\partial x}(a+b) c": product(Derivative(Group(plus(a, b)), (x,), form="operator"), c),
    "\\frac{\\partial}{\\partial y} L \\frac{\\partial}{\\partial h} y": product(
        Derivative(L, (y,), form="operator"), Derivative(y, (h,), form="operator")
    ),
    "\\frac{\\partial^+ h}{\\partial W}": Derivative(h, (W,), "\\partial^+"),
    "\\frac{\\partial^2 L}{\\partial x \\partial y}": Derivative(L, (x, y), order=2),
    "\\frac{\\partial^2 L}{\\partial x^2}": Derivative(L, (x,), order=2),
    "\\frac{\\partial l}{T \\cdot \\partial y}": Derivative(ell, (y,), scale=T),
    "\\frac{\\partial (a+b)}{\\partial w}": Derivative(Group(plus(a, b)), (w,)),
    "\\frac{\\partial{\\mathcal{L}_t}}{\\partial z}": Derivative(Symbol("\\mathcal{L}", (sub(t),)), (z,)),
    "\\frac{d_t}{d_k}": Fraction(Symbol("d", (sub(t),)), Symbol("d", (sub(k),))),
    "\\nabla_W L": Derivative(L, (W,), "\\nabla", form="nabla"),
    "\\nabla_a C \\odot x": product(Derivative(C, (a,), "\\nabla", form="nabla"), x, sign="\\odot"),
    "\\nabla_a \\sum_t C": Derivative(BigOperator("\\sum", t, None, C), (a,), "\\nabla", form="nabla"),
    "\\nabla L": Derivative(L, (), "\\nabla", form="nabla"),
    "d W": product(d, W),
    "\\left. y \\right|_{t=2}": Evaluated(y, Comparison((t, TWO), ("=",))),
    "y \\Big|_{t=2}": Evaluated(y, Comparison((t, TWO), ("=",))),
    # big operators
    "\\sum_{t=1}^{T} a b + c": plus(BigOperator("\\sum", Comparison((t, ONE), ("=",)), T, product(a, b)), c),
    "\\sum\\limits_k a": BigOperator("\\sum", k, None, a),
    "\\sum^T_{t=1} a": BigOperator("\\sum", Comparison((t, ONE), ("=",)), T, a),
    "\\sum_{i \\ne k} a": BigOperator("\\sum", Comparison((i, k), ("\\ne",)), None, a),
    "\\sum_{i,j} a": BigOperator("\\sum", Sequence((i, j)), None, a),
    "\\sum_{\\substack{i \\\\ j}} a": BigOperator("\\sum", Sequence((i, j)), None, a),
    "\\sum_i \\prod_j a b": BigOperator("\\sum", i, None, BigOperator("\\prod", j, None, product(a, b))),
    "\\Sigma_{t=1}^T a": BigOperator("\\sum", Comparison((t, ONE), ("=",)), T, a),
    "\\Sigma_k a": product(Symbol("\\Sigma", (sub(k),)), a),
    "\\mathop{\\sum}_t a": BigOperator("\\sum", t, None, a),
    "c \\times -\\sum_t a": Product((c, Add((("-", BigOperator("\\sum", t, None, a)),))), ("\\times",)),
    # a dangling sign
    "\\left[ a + b + \\right]": Group(plus(a, b), "["),
    # dressing
    "\\underbrace{a}_{\\frac{b}{c}} ~ b": product(a, b),
    "\\textcolor{red}{a} \\underline{b}": product(a, b),
    "\\rlap{a} \\phantom{c} \\htmlClass{x:1}{b}": product(a, b),
    "\\textcolor[rgb]{1,0,0}{a} \\href{https://x.y/?z}{b}": product(a, b),
    "a \\hskip 1em plus 1fil \\kern-0.2em b": product(a, b),
    "\\displaystyle a \\, b \\hspace{1em}": product(a, b),
    # tables
    "\\begin{pmatrix} a \\\\ b \\end{pmatrix}^T": Scripted(Matrix(((a,), (b,)), "("), (sup(T),)),
    "\\left( \\begin{array}{cc} a & b \\end{array} \\right)": Matrix(((a, b),), "("),
    "\\begin{cases} a, & \\text{if k = j} \\\\ b, & \\text{if k $\\ne$ j} \\\\ c & \\text{otherwise} \\end{cases}": Cases(
        ((a, Comparison((k, j), ("=",))), (b, Comparison((k, j), ("\\ne",))), (c, None))
    ),
    "\\left\\{ \\begin{array}{l} a , i = k \\\\ b , i \\neq k \\end{array} \\right\\}": Cases(
        ((a, Comparison((i, k), ("=",))), (b, Comparison((i, k), ("\\ne",))))
    ),
    # Unicode
    "δₜ ⊙ xᵀ": Product((Symbol("\\delta", (sub(t),)), Symbol("x", (sup(T),))), ("\\odot",)),
    "ŷₜ W⁻¹ σ′": product(
        Symbol("\\hat{y}", (sub(t),)), Symbol("W", (sup(Add((("-", ONE),))),)), Symbol("\\sigma", (), 1)
    ),
    "Σ_{t} x": BigOperator("\\sum", t, None, x),
    "Σ x": product(Symbol("\\Sigma"), x),
    "h₁₀": Symbol("h", (sub(Number("10")),)),
    "𝐖": Symbol("\\mathbf{W}"),
}  # fmt: skip


@pytest.mark.parametrize("text", EXPRESSIONS)
def test_expression(text: str) -> None:
    assert parse_expression(text) == EXPRESSIONS[text]


CONDITIONS = {
    "1 \\le t < T": Comparison((ONE, t, T), ("\\le", "<")),
    "t ≥ 1": Comparison((t, ONE), ("\\ge",)),
    "t = 2, \\dots, T": Comparison((t, Sequence((TWO, Ellipsis(), T))), ("=",)),
    "1..T-1": Sequence((ONE, Ellipsis(), minus(T, ONE))),
    "i,k": Sequence((i, k)),
    "i = 1, j \\ne k": Sequence((Comparison((i, ONE), ("=",)), Comparison((j, k), ("\\ne",)))),
    "\\text{for all } t \\ne s": Comparison((t, s), ("\\ne",)),
    "\\forall t": t,
}


@pytest.mark.parametrize("text", CONDITIONS)
def test_condition(text: str) -> None:
    assert parse_condition(text) == CONDITIONS[text]


AB = Formula((a, b), ("=",))
FROM_ONE = Comparison((t, ONE), ("\\ge",))

FORMULAS = {
    "a = b = c": (Formula((a, b, c), ("=", "=")),),
    "a &= b \\\\ &= c": (Formula((a, b, c), ("=", "=")),),
    "\\begin{align} a &= b \\\\ x &= y \\end{align}": (AB, Formula((x, y), ("=",))),
    "a = b + \\\\ & c": (Formula((a, plus(b, c)), ("=",)),),
    "a = b \\\\ & - c": (Formula((a, minus(b, c)), ("=",)),),
    "a = \\left[ b \\right. \\\\ \\left. + c \\right]": (Formula((a, Group(plus(b, c), "[")), ("=",)),),
    "= b": (Formula((Text(""), b), ("=",)),),
    "a = b +": (AB,),
    "a = b)": (AB,),
    "\\Rightarrow a = b": (AB,),
    "c \\Rightarrow a = b": (Formula((c,), ()), AB),
    "\\boxed{a = b}": (AB,),
    "$$a = b.$$": (AB,),
    "a = b, \\quad x = y": (AB, Formula((x, y), ("=",))),
    "a = b \\text{ where } x = y": (AB, Formula((x, y), ("=",))),
    "a = b \\tag{1}": (AB,),
    "a = b \\qquad (1)": (AB,),
    "a = b \\quad \\text{--- (2)}": (AB,),
    "a = b \\longrightarrow \\textcircled{A}": (AB,),
    "a = b \\quad \\text{(chain rule)}": (AB,),
    "a = b, \\quad t \\ge 1": (Formula((a, b), ("=",), None, FROM_ONE),),
    "a = b \\quad \\text{for } t \\ge 1": (Formula((a, b), ("=",), None, FROM_ONE),),
    "a = b \\text{ if $t \\ge 1$}": (Formula((a, b), ("=",), None, FROM_ONE),),
    "\\forall t: a = b": (Formula((a, b), ("=",), None, t),),
    "a = b (t = 1, \\dots, T)": (
        Formula((a, b), ("=",), None, Comparison((t, Sequence((ONE, Ellipsis(), T))), ("=",))),
    ),
    "x \\in \\mathbb{R}^{m}": (Formula((x,), (), Symbol("\\mathbb{R}", (sup(Symbol("m")),))),),
    "a = b \\in \\mathbb{R}^{m}": (Formula((a, b), ("=",), Symbol("\\mathbb{R}", (sup(Symbol("m")),))),),
    "a \\mathrel{+}= b": (Formula((a, b), ("+=",)),),
    "a \\gets b": (Formula((a, b), ("\\leftarrow",)),),
    "a \\stackrel{def}{=} b": (Formula((a, b), (":=",)),),
    "a \\overset{\\Delta}{=} b": (Formula((a, b), (":=",)),),
    "a \\overset{!}{=} b": (AB,),
    "a \\overset{(1)}{=} b": (AB,),
    "a \\eqdef b": (Formula((a, b), (":=",)),),
    "a = b \\eqno(1)": (AB,),
    "\\require{color} \\color{red}{a} = b \\notag": (AB,),
    "\\colorbox{yellow}{$a = b$}": (AB,),
    "\\bbox[yellow,5px]{a = b}": (AB,),
    "a = b \\\\[2ex] x = y": (AB, Formula((x, y), ("=",))),
    "a = b \\\\* x = y": (AB, Formula((x, y), ("=",))),
}  # fmt: skip


@pytest.mark.parametrize("text", FORMULAS)
def test_formula(text: str) -> None:
    assert parse(text) == FORMULAS[text]


def test_declared_words_win() -> None:
    words = words_from(["d\\Gamma_o^{\\langle t \\rangle}", "da_{next}", "\\delta 12", "net_y", "\\mathrm{cell}", "w^l", "h_t", "a(t)"])
    assert words.names == {"net", "cell"}
    assert words.compounds == {("d", "\\Gamma"), ("d", "a"), ("\\delta", "12")}
    assert parse_expression("\\delta 12", words) == Symbol("\\delta 12")
    assert parse_expression("d \\Gamma_o", words) == Symbol("d \\Gamma", (sub(Symbol("o")),))
    assert parse_expression("\\frac{\\partial net_y}{\\partial a}", words) == Derivative(Symbol("net", (sub(y),)), (a,))
    assert parse_expression("\\frac{da}{dx}", words) == Derivative(a, (x,), "d")
    assert parse_expression("\\delta 12") == product(Symbol("\\delta"), Number("12"))


def test_private_macros() -> None:
    words = Words(macros={"\\vh": "\\mathbf{h}", "\\pd": "\\frac{\\partial #1}{\\partial #2}"})
    assert parse_expression("\\vh_t", words) == Symbol("\\mathbf{h}", (sub(t),))
    assert parse_expression("\\pd{L}{W}", words) == Derivative(L, (W,))


def test_spans_are_those_of_the_text() -> None:
    text = "a = \\frac{\\partial L}{\\partial W_h} + b"
    right = only(text).sides[1]
    assert isinstance(right, Add)
    first, last = right.terms[0][1], right.terms[1][1]
    assert text[slice(*first.span)] == "\\frac{\\partial L}{\\partial W_h}"
    assert text[slice(*last.span)] == "b"


ERRORS = {
    "a = \\foo b": ("unknown macro \\foo; define it under notation.macros", 4),
    "a = (b": ("`(` is never closed; add the bracket", 4),
    "a = b \\cdot": ("met the end where a quantity was expected", 11),
    "x_12": ("`_12` sets only its first digit as a script; write _{12}", 2),
    "{a+b}^2": ("braces do not show on the page; put brackets around what the script belongs to", 0),
    "\\log -x": ("met `-` where the argument of log was expected; put it in brackets", 5),
    "\\frac{a}{b": ("a `{` is never closed; add the missing `}`", 8),
    "\\begin{tikzpicture}": ("unknown environment tikzpicture; write the formula without it", 0),
    "\\hat{a b}": ("\\hat over an expression is not understood; put it on one letter", 5),
    "a \\text{depends on} b": ("words inside a formula: 'depends on'; put them outside or behind \\quad", 2),
    "\\cancel{a} b": ("unknown macro \\cancel; define it under notation.macros", 0),
    "\\tanh^{\\odot 2}(x)": ("an elementwise power of tanh is not understood; write it on the value", 0),
    "\\odot a": ("met `\\odot` where a quantity was expected", 0),
    "x^{t+}": ("met `}` where a quantity was expected", 5),
    "a_\\text": ("\\text lacks its argument; write it in braces", 2),
    "2½": ("unknown character '½' (vulgar fraction one half); write it as a LaTeX macro", 1),
    "\\partial L": ("met the end where `/∂…` was expected; write ∂L/∂W or \\frac{\\partial L}{\\partial W}", 10),
    "2 3": ("met `3` where an operator was expected between two numbers; braces hold a script of several digits, as in x_{12}", 2),
    "为": ("unknown character '为' (cjk unified ideograph-4e3a); write it as a LaTeX macro", 0),
    "": ("nothing to read: the formula is empty", 0),
}  # fmt: skip


@pytest.mark.parametrize("text", ERRORS)
def test_error(text: str) -> None:
    with pytest.raises(ParseError) as caught:
        parse(text)
    assert (caught.value.message, caught.value.position) == ERRORS[text]


HOSTILE = [
    "(" * 5000,
    "(" * 150 + "x" + ")" * 150,
    "{" * 5000 + "x" + "}" * 5000,
    "x" + "^{x" * 300 + "}" * 300,
    "-" * 5000 + "x",
    "\\sum" * 5000,
    "\\log" * 5000 + " x",
    "\\nabla" * 5000 + " x",
    "\\partial" * 5000,
    "\\hat" * 5000 + " x",
    "\\frac{" * 400 + "x" + "}{y}" * 400,
    "\\frac{\\partial}{\\partial x}" * 3000,
    "|" * 5001,
    "\\left." * 3000,
    "\\begin{pmatrix}" * 500,
    "_" * 1000,
    "\\" * 1001,
    "a" * 200_000,
]


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_input_is_an_error_and_quick(text: str) -> None:
    start = time.perf_counter()
    with pytest.raises(ParseError):
        parse(text)
    assert time.perf_counter() - start < 5


@pytest.mark.parametrize("piece", ["a = ", "+ a ", "a, ", "(a) ", "a_{t} ", "\\\\ = a ", "\\frac{a}{b} ", "\\Rightarrow a "])
def test_long_input_takes_linear_time(piece: str) -> None:
    start = time.perf_counter()
    parse("a " + piece * (20_000 // len(piece)) + " a")
    assert time.perf_counter() - start < 5


@pytest.mark.parametrize("macros", [{"\\a": "\\a"}, {"\\a": "\\b \\b", "\\b": "\\a \\a"}, {"\\a": "#1 #1 #1"}])
def test_macro_bombs_are_errors(macros: dict[str, str]) -> None:
    with pytest.raises(ParseError):
        parse("\\a" + "{\\a" * 50 + "}" * 50, Words(macros=macros))


def test_nesting_of_fifty_levels_is_read() -> None:
    assert to_latex(parse_expression("(" * 50 + "x" + ")" * 50)).count("\\left(") == 50


@pytest.mark.parametrize("text", [r"E = 1/2N \sum_n e_n", r"E = \sum_n e_n^2/2N", r"p = 1/2\sigma"])
def test_a_slash_before_a_number_and_a_name(text: str) -> None:
    with pytest.raises(ParseError, match=r"1/2N"):
        parse(text)


@pytest.mark.parametrize("text", [r"E = 1/2 \|e\|^2", r"E = 1/2(a - y)^2", r"E = 1/(2N) \sum_n e_n", r"E = x / 2 N", r"E = 1/N \sum_n e_n"])
def test_a_slash_that_is_clear(text: str) -> None:
    assert parse(text)
