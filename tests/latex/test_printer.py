"""Trees print to LaTeX that parses back to an equal tree."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from symbptt.latex.parser import Words, parse, parse_expression
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
    Symbol,
)

NAMES = ["a", "h", "W", "x", "\\delta", "\\hat{y}", "\\mathbf{h}", "\\hat{\\mathbf{y}}", "net", "\\mathcal{L}", "\\ell"]
FUNCTIONS = ["tanh", "softmax", "log"]
SIGNS = ["", "*", "\\cdot", "\\odot", "\\times"]
RELATIONS = ["=", "<", "\\le", "\\ne", "\\in"]

indices = st.sampled_from([Symbol("t"), Symbol("k"), Number("1"), Add((("+", Symbol("t")), ("-", Number("1")))), Symbol("next")])
scripts = st.builds(Script, st.sampled_from(["sub", "sup"]), indices, st.sampled_from(["", "(", "[", "<"]))
symbols = st.builds(
    Symbol, st.sampled_from(NAMES), st.lists(scripts, max_size=2, unique_by=lambda script: script.kind).map(tuple), st.integers(0, 1)
)
comparisons = st.builds(
    lambda left, right, relation: Comparison((left, right), (relation,)),
    st.sampled_from([Symbol("i"), Symbol("t")]),
    indices,
    st.sampled_from(RELATIONS),
)


def _sums(terms: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    signed = st.tuples(st.sampled_from("+-"), terms)
    return st.lists(signed, min_size=2, max_size=3).map(lambda found: Add(tuple(found)))


def _products(factors: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    """Products as the parser makes them: no symbol beside a bracket (a call), no bare numbers side by side."""

    def joined(pairs: list[tuple[Node, str]]) -> Product:
        signs = []
        for (left, _), (right, sign) in pairwise(pairs):
            beside = isinstance(left, Symbol | Derivative) or isinstance(right, Number)
            signs.append("\\cdot" if beside and sign == "" else sign)
        return Product(tuple(factor for factor, _ in pairs), tuple(signs))

    return st.lists(st.tuples(factors, st.sampled_from(SIGNS)), min_size=2, max_size=4).map(joined)


def _is_braced_cases(group: Group) -> bool:
    """A brace around cases is theirs; the parser makes no group of it."""
    return group.bracket == "\\{" and isinstance(group.body, Cases)


def _extend(nodes: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    groups = st.builds(Group, nodes, st.sampled_from(["(", "[", "\\{"])).filter(lambda group: not _is_braced_cases(group))
    functions = st.sampled_from(FUNCTIONS).map(Symbol)
    calls = st.builds(Call, functions | symbols, st.lists(nodes, min_size=1, max_size=2).map(tuple), st.sampled_from(["(", "["]))
    factors = st.one_of(
        symbols,
        groups,
        calls,
        st.builds(Fraction, nodes, nodes),
        st.builds(Root, nodes),
        st.builds(Norm, nodes, st.sampled_from(["|", "\\|"])),
        st.builds(Scripted, groups | calls, scripts.map(lambda script: (script,))),
        st.builds(lambda f, by: Derivative(f, (by,)), symbols | calls | groups, symbols),
        st.builds(lambda f, by: Derivative(f, (by,), form="slash"), symbols | groups, symbols),
        st.builds(lambda f, by: Derivative(f, (by,), "\\nabla", form="nabla"), symbols, symbols),
        st.builds(Call, functions, symbols.map(lambda symbol: (symbol,)), st.just("")),
        st.builds(Evaluated, nodes, comparisons),
        st.lists(st.tuples(nodes, nodes), min_size=1, max_size=2).map(lambda rows: Matrix(tuple(rows), "(")),
        st.lists(st.tuples(nodes, comparisons | st.none()), min_size=1, max_size=2).map(lambda rows: Cases(tuple(rows))),
    )
    sums = st.builds(BigOperator, st.sampled_from(["\\sum", "\\prod"]), comparisons | st.just(Symbol("t")) | st.none(), symbols, factors)
    terms = factors | sums | _products(factors)
    return st.one_of(terms, _sums(terms), terms.map(lambda term: Add((("-", term),))))


trees = st.recursive(symbols | st.sampled_from([Number("2"), Number("0.5"), Ellipsis()]), _extend, max_leaves=12)
WORDS = Words(names=frozenset({"net"}))


@settings(max_examples=400, deadline=None, derandomize=True)
@given(trees)
def test_random_trees_print_back(tree: Node) -> None:
    assert parse_expression(to_latex(tree), WORDS) == tree


@settings(max_examples=100, deadline=None, derandomize=True)
@given(st.lists(trees, min_size=2, max_size=3), st.none() | comparisons)
def test_random_formulas_print_back(sides: list[Node], condition: Node | None) -> None:
    formula = Formula(tuple(sides), ("=",) * (len(sides) - 1), None, condition)
    assert parse(to_latex(formula), WORDS) == (formula,)


def test_trees_of_other_makers_get_brackets() -> None:
    a, b, c = map(Symbol, "abc")
    total = Add((("+", a), ("+", b)))
    assert to_latex(Product((total, c), ("",))) == "(a + b) c"
    assert to_latex(Add((("+", c), ("-", total)))) == "c - (a + b)"
    assert to_latex(Scripted(Product((a, b), ("",)), (Script("sup", Symbol("T")),))) == "(a b)^{T}"
    assert to_latex(Product((BigOperator("\\sum", a, None, b), c), ("",))) == "(\\sum_{a} b) c"
    assert to_latex(Product((Number("2"), Number("3")), ("",))) == "2 (3)"
    assert to_latex(Sequence((a, b))) == "a, b"


def test_canonical_spelling() -> None:
    (formula,) = parse("\\frac{\\partial L}{\\partial W_h}=∑_{t=1}^T δ_t h_{t-1}^⊤, t≥1")
    assert to_latex(formula) == (
        "\\frac{\\partial L}{\\partial W_{h}} = \\sum_{t = 1}^{T} \\delta_{t} h_{t - 1}^{\\top}, \\quad \\text{for } t \\ge 1"
    )
