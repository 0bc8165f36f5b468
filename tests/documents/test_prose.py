"""The words of a document: what each wording says, and what says nothing."""

from __future__ import annotations

import time

import pytest

from symbptt.documents.formulas import FormulaSource, Prose
from symbptt.documents.markdown import read_markdown
from symbptt.documents.prose import Facts, facts
from symbptt.documents.prose_ranges import bounds_of
from symbptt.documents.prose_shapes import members
from symbptt.latex.parser import Words, parse, parse_condition
from symbptt.latex.printer import to_latex
from symbptt.problem import Problem
from symbptt.reading.choices import Choices
from symbptt.reading.declare import declare, parse_problem


def told(text: str) -> Facts:
    return facts(read_markdown(text).items)


SHAPES = [
    ("X_t is $m \\times n_0$ matrix", {"X_{t}": "m×n_{0}"}),
    ("β_1 is n_1 × 1 vector", {"\\beta_{1}": "n_{1}"}),
    ("W_{h1} is n_1 x n_1 matrix", {"W_{h 1}": "n_{1}×n_{1}"}),
    ("\\hat{Y}_t is a 1 x k row", {"\\hat{Y}_{t}": "1×k"}),
    ("Here $h_t \\in \\mathbb{R}^{n}$ is the state.", {"h_{t}": "n"}),
    ("where $W, U \\in \\mathbb{R}^{n \\times m}$ are learned", {"W": "n×m", "U": "n×m"}),
    ("Let $y \\in \\mathbb{R}^{1 \\times n}$ and $b \\in \\mathbb{R}$.", {"y": "1×n", "b": "scalar"}),
    ("the label $y_t \\in \\{0,1\\}^{K}$", {"y_{t}": "K"}),
    ("the score $o_t \\in \\mathbb{R}^{|V|}$", {"o_{t}": "d_{V}"}),
    ("with $W \\in \\R^{4n \\times (n + m)}$", {"W": "4 n×n + m"}),
    ("$W_{hh}$ is of size 100x50", {"W_{hh}": "100×50"}),
    ("$W_{hh}$ is of size $n$ by $m$.", {"W_{hh}": "n×m"}),
    ("Both $U$ and $V$ have shape $(n, m)$.", {"U": "n×m", "V": "n×m"}),
    ("The size of $W$ is $p \\times q$.", {"W": "p×q"}),
    ("The dimensions of the bias $b$ are $p \\times 1$.", {"b": "p"}),
    ("a $p \\times q$ weight matrix $W$", {"W": "p×q"}),
    ("the $d$-dimensional vector $x_t$ enters", {"x_{t}": "d"}),
    ("$x_t$ is a $d$-dimensional vector", {"x_{t}": "d"}),
    ("$r$ is a $d$-dimensional row vector", {"r": "1×d"}),
    ("$h_t$ and $x_t$ are $n$-vectors, $r$ is an $m$-row vector", {"h_{t}": "n", "x_{t}": "n", "r": "1×m"}),
    ("the $n$-vectors $u$ and $v$; let $y$ be a one-hot $K$-vector", {"u": "n", "v": "n", "y": "K"}),
    ("$x^{(t-1)}$, a vector of dimensions $d \\times 1$, comes first", {"x^{(t)}": "d"}),
    ("$h_t$ is a column vector of length $n$", {"h_{t}": "n"}),
    ("the vector $v$ has $k$ entries", {"v": "k"}),
    ("the hidden state $h_t$ has $n$ units", {"h_{t}": "n"}),
    ("$v$ is a vector with $k$ components", {"v": "k"}),
    ("$A$ is a square matrix of size $n$", {"A": "n×n"}),
    ("$B$ is a matrix with $n$ rows and $m$ columns", {"B": "n×m"}),
    ("The matrix $W$ ($n \\times m$) is shared.", {"W": "n×m"}),
    ("- $W$: an $n \\times m$ matrix of weights\n- $b$: bias of shape $(n, 1)$", {"W": "n×m", "b": "n"}),
    ("$W : n \\times m$", {"W": "n×m"}),
    ("$$\\begin{aligned} x_t &: m \\times 1 \\\\ W &: n \\times m \\end{aligned}$$", {"x_{t}": "m", "W": "n×m"}),
    ("$$h_t = \\tanh(W h_{t-1}), \\quad h_t \\in \\mathbb{R}^n$$", {"h_{t}": "n"}),
    ("$$g = W^T e \\in \\mathbb{R}^n$$", {"g": "n"}),
    ("x_t ∈ ℝ^m is the input", {"x_{t}": "m"}),
    ("$x$ is a vector in $\\mathbb{R}^d$", {"x": "d"}),
    ("$\\lambda$ is a scalar", {"\\lambda": "scalar"}),
    ("with learning rate $\\eta$", {"\\eta": "scalar"}),
    ("$\\alpha$ is the step size", {"\\alpha": "scalar"}),
    ("$\\alpha =$ learning rate", {"\\alpha": "scalar"}),
    ("L is the total loss", {"L": "scalar"}),
    ("the cost function $J = a^2$ is small", {"J": "scalar"}),
    ("the loss $E_t$ of a step", {"E_{t}": "scalar"}),
    ("$a(t)$ is an $n \\times 1$ vector", {"a(t)": "n"}),
    ("$W^{[l]} \\in \\mathbb{R}^{n_l \\times n_{l-1}}$", {"W^{[l]}": "n_{l}×n_{l - 1}"}),
]


@pytest.mark.parametrize(("text", "shapes"), SHAPES, ids=[text[:40] for text, _ in SHAPES])
def test_shapes(text: str, shapes: dict[str, str]) -> None:
    assert told(text).shapes == shapes


@pytest.mark.parametrize("text", [text for text, _ in SHAPES], ids=[text[:40] for text, _ in SHAPES])
def test_a_problem_accepts_every_shape_that_is_told(text: str) -> None:
    problem = Problem(claim="q = q", shapes=told(text).shapes, ranges={"t": "1..T", "l": "1..L"})
    declare(parse_problem(problem), Choices({}))


KINDS = [
    ("weights $U, V, W$ are matrices", {"U": "matrix", "V": "matrix", "W": "matrix"}),
    ("the bias vectors $b$ and $c$", {"b": "vector", "c": "vector"}),
    ("$x_t$ is a column vector", {"x_{t}": "vector"}),
    ("$x_t$ is a row vector", {"x_{t}": "row"}),
    ("$W$ is the recurrent weight matrix", {"W": "matrix"}),
    ("Vectors -> p, q", {"p": "vector", "q": "vector"}),
]


@pytest.mark.parametrize(("text", "kinds"), KINDS)
def test_kinds(text: str, kinds: dict[str, str]) -> None:
    assert told(text).kinds == kinds


FUNCTIONS = [
    ("$$h = f(z)$$\n\nwhere $f$ is applied elementwise", {"f": "elementwise"}),
    ("$$h = f(z)$$\n\nand $f$ acts element-wise.", {"f": "elementwise"}),
    ("$$h = \\phi(z)$$\n\nwith an activation function $\\phi$", {"\\phi": "elementwise"}),
    ("$$h = g(z)$$\n\nwhere $g(\\cdot)$ is a differentiable nonlinearity", {"g": "elementwise"}),
    ("$$h = f'(z)$$\n\n- $f$ : Non Linear Activation Function", {"f": "elementwise"}),
    ("$$h = \\phi(z)$$\n\nwhere $\\phi$ is the logistic sigmoid function.", {"\\phi": "sigmoid"}),
    ("$$h = g(z)$$\n\nHere $g$ denotes the softmax.", {"g": "softmax"}),
    ("$$h = g(z)$$\n\nHere $g$ is $\\tanh$.", {"g": "tanh"}),
    ("$$h = \\sigma(z)$$\n\nwhere $\\sigma$ is the softmax function", {"\\sigma": "softmax"}),
    ("$$L = \\sum_t \\ell(y_t)$$\n\nwith a loss function $\\ell$", {"\\ell": "scalar"}),
    ("Denote by $l(o_t, y_t)$ the loss at a step.", {"l": "scalar"}),
    ("a map $F: \\mathbb{R}^n \\to \\mathbb{R}^m$ and $c \\colon \\mathbb{R}^m \\to \\mathbb{R}$", {"F": "map", "c": "scalar"}),
]


@pytest.mark.parametrize(("text", "functions"), FUNCTIONS)
def test_functions(text: str, functions: dict[str, str]) -> None:
    assert told(text).functions == functions


NOTATION = [
    ("$\\odot$ denotes the Hadamard product", {"odot": "elementwise"}),
    ("where ∘ stands for element wise product", {"circ": "elementwise"}),
    ('Here "$*$" is element-wise multiplication', {"star": "elementwise"}),
    ("$*$ is a convolution and $\\odot$ is the elementwise product", {"odot": "elementwise"}),
    ("$\\star$ is elementwise multiplication, $*$ is another thing", {}),
    ("the Hadamard product ($\\circ$)", {"circ": "elementwise"}),
    ("elementwise multiplication is denoted by $\\cdot$", {"dot": "elementwise"}),
    ("Here $*$ means matrix multiplication, and $\\otimes$ is the outer product.", {"star": "matrix", "otimes": "outer"}),
    (
        "The signs $*$ and $\\circ$ stand for matrix and pointwise multiplication respectively.",
        {"star": "matrix", "circ": "elementwise"},
    ),
    ("Only total derivatives are used here.", {"derivative": "total"}),
    ("All derivatives below are total.", {"derivative": "total"}),
    ("We use the denominator layout.", {"layout": "denominator"}),
    ("Throughout, numerator layout is used.", {"layout": "numerator"}),
    ("Superscript $Tr$ denotes the transpose.", {"transpose": ["Tr", "\\top"]}),
    ("$A^{\\top}$ is the transpose of $A$", {"transpose": ["\\top"]}),
    ("Superscripts denote the time step.", {"superscript": "index"}),
]


@pytest.mark.parametrize(("text", "notation"), NOTATION)
def test_notation(text: str, notation: dict[str, object]) -> None:
    assert told(text).notation == notation


def test_assumptions_sizes_and_vectors() -> None:
    assert told("The target $y_t$ is a one-hot vector.").assume == ({"one_hot": "y_{t}"},)
    assert told("with one-hot targets $y$").assume == ({"one_hot": "y"},)
    assert told("where $\\epsilon$ is positive.").assume == ({"positive": "\\epsilon"},)
    assert told("n_1 is the number of neurons and $T$ is the number of time steps.").sizes == {"n_{1}": "size", "T": "step"}
    assert told("a sequence of length $T$ and hidden size $n$").sizes == {"T": "step", "n": "size"}
    assert told("We use row vectors throughout.").vectors == "row"
    assert told("All vectors are column vectors.").vectors == "column"


SILENT = [
    "If $W$ is an $n \\times m$ matrix, this is clear.",
    "The transpose of $W$ is $m \\times n$.",
    "The gradient with respect to $W$ is an $n \\times m$ matrix.",
    "$W^T \\in \\mathbb{R}^{m \\times n}$",
    "Is $x$ a vector of size $n$?",
    "$W$ and $U$ are $n \\times n$ and $n \\times m$ matrices.",
    "$W$ and $U$ have sizes $n \\times n$ and $n \\times m$ respectively.",
    "each row of $X$ is a $d$-dimensional vector",
    "the columns of $X$ are $d$-vectors",
    "multiply $h$ with an $n \\times m$ matrix",
    "the matrices and vectors $W, b$",
    "where $I$ is the $n \\times n$ identity matrix",
    "$W$ is not a matrix",
    "$A \\in \\mathbb{R}^{b \\times m \\times n}$",
    "$t \\in [1, T]$ and $n \\in \\mathbb{N}$",
    "a layer $l$ has $n_l$ neurons",
    "$$h = f(z)$$\n\nwhere $f$ is typically $\\tanh$ or a sigmoid",
    "$$h = f(z)$$\n\nwhere $f$ is the output activation function, such as the softmax",
    "$$h = \\sigma(z)$$\n\nwhere $\\sigma$ is the activation function",
    "the gate $r_t$ is applied element-wise to $h_t$",
    "unlike those who use numerator layout",
    "where $*$ denotes convolution",
    "$W_1, \\dots, W_K$ are matrices",
    "$W$ has size $n$",
    "$$y = \\sum_i x_i$$\n\nwith scalars $x_i$",
    "z = W h is n × 1",
]


@pytest.mark.parametrize("text", SILENT)
def test_what_is_not_understood_says_nothing(text: str) -> None:
    found = told(text)
    assert [fact for fact in found.facts if fact.field not in ("sizes", "ranges", "kinds") and fact.value != "open"] == []
    assert found.kinds == {} or "W" not in found.kinds


def test_a_member_of_a_family_has_no_shape_of_its_own() -> None:
    assert told("$h_0 \\in \\mathbb{R}^n$, and $$h_t = f(h_{t-1})$$").shapes == {}
    assert told("$h \\in \\mathbb{R}^n$, and $$h_t = f(h_{t-1})$$").shapes == {}
    assert told("$x_i \\in \\mathbb{R}^n$, and $$y = \\sum_i x_i$$").shapes == {}
    assert told("$W_1 \\in \\mathbb{R}^{n \\times m}$, and $$h = W_1 x$$").shapes == {"W_{1}": "n×m"}


CONDITIONS = [
    ("For $t = 2, \\dots, T$:\n\n$$h_t = W h_{t-1}$$", ["2 \\le t \\le T"]),
    ("for t = 2, ..., T\n\n- $h_t = W h_{t-1}$\n- $y_t = V h_t$\n\nOutput\n\n- $o_t = y_t$", ["2 \\le t \\le T", "2 \\le t \\le T", ""]),
    ("$$h_t = W h_{t-1}$$\nfor $t = T-1, \\dots, 1$.", ["1 \\le t \\le T - 1"]),
    ("$$h_t = W h_{t-1},$$\n\nwhere $2 \\le t \\le T$.", ["2 \\le t \\le T"]),
    ("$$h_t = W h_{t-1},$$\n\nfor all $1 \\le t < T$, and so on.", ["1 \\le t < T"]),
    ("$h_t = W h_{t-1}$ for $t > 1$", ["t > 1"]),
    ("$h_1 = x$, and $h_t = W h_{t-1}$ for $t \\ge 2$", ["", "t \\ge 2"]),
    ("at any time step $t < T$ it is computed as:\n\n$$h_t = W h_{t-1}$$", ["t < T"]),
    ("for $t$ from $T$ down to $1$:\n\n$$h_t = W h_{t-1}$$", ["1 \\le t \\le T"]),
    ("for $t=1$ to $T$:\n\n$$h_t = W h_{t-1}$$", ["1 \\le t \\le T"]),
    ("Hidden [for all t = 1, ..., T-1]\n\n• $h_t = W h_{t+1}$", ["1 \\le t \\le T - 1"]),
    ("For $l = 1, \\dots, L$ and $t = 1, \\dots, T$:\n\n$$h^l_t = h^{l-1}_t$$", ["1 \\le l \\le L, 1 \\le t \\le T"]),
    ("If $i \\ne j$,\n\n$$\\frac{\\partial s_i}{\\partial z_j} = - s_i s_j$$", ["i \\ne j"]),
    # nothing certain
    ("We looked at $t < T$. Now\n\n$$h_t = W h_{t-1}$$", [""]),
    ("$$h_t = W h_{t-1}.$$\n\nfor $t < T$ we get\n\n$$x = y$$", ["", ""]),
    ("For $t = 2, \\dots, T$:\n\n$$h_T = W$$", [""]),
    ("For $t = 2, \\dots, T$:\n\n$$L = \\sum_t h_t$$", [""]),
    ("For $t = 2, \\dots, T$:\n\n$$h_t = W h_{t-1}, \\quad t \\ge 1$$", [""]),
    ("For $t < T$ and for $t = T$:\n\n$$h_t = W h_{t-1}$$", [""]),
]


@pytest.mark.parametrize(("text", "expected"), CONDITIONS)
def test_conditions(text: str, expected: list[str]) -> None:
    items = read_markdown(text).items
    found = facts(items).conditions
    equations = [i for i, item in enumerate(items) if isinstance(item, FormulaSource) and bounds_of(parse(item.latex)[0]) is None]
    equations = [i for i in equations if parse(items[i].latex)[0].relations]  # type: ignore[union-attr]
    assert [found.get(i, "") for i in equations] == expected


RANGES = [
    ("t = 1, \\dots, T", "1 \\le t \\le T"),
    ("t = T-1, T-2, \\dots, 1", "1 \\le t \\le T - 1"),
    ("t = 1, 2, \\dots", "t \\ge 1"),
    ("t \\in \\{2, \\dots, T\\}", "2 \\le t \\le T"),
    ("T > t \\ge 1", "1 \\le t < T"),
    ("t = 1, 2, 3", "1 \\le t \\le 3"),
    ("t = 1:T", "1 \\le t \\le T"),
    ("x > 0", "None"),
    ("k \\le t", "None"),
    ("h_t = 1", "None"),
]


@pytest.mark.parametrize(("latex", "expected"), RANGES)
def test_ranges_of_one_letter(latex: str, expected: str) -> None:
    bounds = bounds_of(parse(latex)[0])
    assert str(bounds) == expected
    if bounds is not None:
        assert to_latex(parse_condition(str(bounds))) == expected


def test_ranges_are_put_together() -> None:
    assert told("For $t = 2, \\dots, T$ and later for $t = 1, \\dots, T-1$ it holds.").ranges == {"t": "1..T"}
    assert told("For $t = 2, \\dots, T$ it holds.").ranges == {}
    assert told("for $i = 1, \\dots, n$").ranges == {}
    assert told("For $t = 0, \\dots, T$ we have $L = \\sum_{t=1}^T L_t$.").ranges == {}


def test_facts_hold_from_their_section_on() -> None:
    found = told("# A\n\n$x \\in \\mathbb{R}^n$\n\n# B\n\n$y \\in \\mathbb{R}^k$\n\n# C\n\n$x \\in \\mathbb{R}^m$")
    assert found.at(1).shapes == {"x": "n"}
    assert found.at(2).shapes == {"x": "n", "y": "k"}
    assert found.at(3).shapes == found.shapes == {"x": "m", "y": "k"}


def test_facts_that_contradict_each_other_do_not_count() -> None:
    assert told("$x \\in \\mathbb{R}^n$ and $x \\in \\mathbb{R}^m$ and $y \\in \\mathbb{R}^k$").shapes == {"y": "k"}


def test_a_fact_tells_its_line_and_words() -> None:
    fact, *_ = told("Text.\n\nMore text,\nwhere $x \\in \\mathbb{R}^n$ is given.").facts
    assert (fact.field, fact.key, fact.value, fact.line) == ("shapes", "x", "n", 4)
    (kind,) = told("One.\n\nTwo, and\n$W$ is a matrix.").facts
    assert (kind.line, kind.words) == (4, "W is a matrix")


def test_private_macros_are_known() -> None:
    items = (Prose("where", 1), FormulaSource("\\vh \\in \\Rn", 1, 7, False))
    words = Words(macros={"\\vh": "\\mathbf{h}", "\\Rn": "\\mathbb{R}^n"})
    assert facts(items, words).shapes == {"\\mathbf{h}": "n"}


def test_members_reads_sets_of_arrays_only() -> None:
    assert members(parse("x \\in [0, 1]^n")[0]) is not None
    assert members(parse("t \\in [1, T]")[0]) is None
    assert members(parse("n \\in \\mathbb{N}")[0]) is None


@pytest.mark.parametrize("text", ["W, ", "is a matrix of ", "x_{", "for all ", "[x](", "a. ", "<a", "\\emph{", "n x n x ", "⟨s1⟩ is "])
def test_hostile_words_take_bounded_time(text: str) -> None:
    symbol, prose = FormulaSource("W", 1, 1, False), Prose(text, 1)
    start = time.process_time()
    facts([Prose(text * 100_000, 1), *([symbol, prose] * 2_000)])
    assert time.process_time() - start < 10
