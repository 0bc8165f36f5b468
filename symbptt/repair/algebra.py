"""Mistakes of algebra: signs, brackets, squares, products for sums, transposes, the order of factors, what was dropped or doubled."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from ..latex import syntax as s
from ..latex.printer import to_latex
from .trees import (
    TWO,
    Change,
    as_factor,
    bracketed,
    is_transposed,
    negation,
    parts_of,
    plain,
    product,
    terms_of,
    total,
    transposed,
    without_factor,
)
from .vocabulary import ELEMENTWISE, Vocabulary

E = s.Symbol("e")
#: The longest product whose factors are put in every order.
LONGEST_ORDER = 4


def sign(node: s.Node, _: Vocabulary) -> Iterator[Change]:
    """`+` for `−` in front of one term; a sign for a whole product stands in front of it."""
    if isinstance(node, s.Add):
        for i, (mark, term) in enumerate(node.terms):
            if mark in ("+", "-"):
                turned = "-" if mark == "+" else "+"
                new = total((*node.terms[:i], (turned, s.Group(term) if isinstance(term, s.Add) else term), *node.terms[i + 1 :]))
                yield Change(new, f"sign of `{to_latex(term)}`", 1.0)


def negated(node: s.Node, _: Vocabulary) -> Iterator[Change]:
    """The sign of a whole side; a difference is turned round."""
    terms = terms_of(node)
    if len(terms) > 1:
        turned = negation(node)
        yield Change(turned, "sign of the whole", 1.0)
        yield Change(s.Add((("-", s.Group(node)),)), "sign of the whole", 1.1)
    elif terms[0][0] == "+":
        yield Change(negation(node), "sign of the whole", 1.0)


def turned_difference(node: s.Node, words: Vocabulary) -> Iterator[Change]:
    """b − a for a − b inside brackets."""
    if isinstance(node, s.Group) and isinstance(node.body, s.Add) and [m for m, _ in node.body.terms] == ["+", "-"]:
        first, second = (term for _mark, term in node.body.terms)
        yield Change(replace(node, body=s.Add((("+", second), ("-", first)))), f"sign of `{to_latex(node.body)}`", 1.0)


def transpose(node: s.Node, words: Vocabulary) -> Iterator[Change]:
    if is_transposed(node, words.mark):
        yield Change(transposed(node, words.mark), f"transpose taken from `{to_latex(node)}`", 1.0)
    elif isinstance(node, s.Symbol | s.Call | s.Group) and not (isinstance(node, s.Call) and words.quantity(node) is None):
        if (not isinstance(node, s.Group) and words.quantity(node) is None) or words.shape(node) == ((), ()):
            return
        yield Change(transposed(node, words.mark), f"transpose of `{to_latex(node)}`", 1.0)


def transposed_side(node: s.Node, words: Vocabulary) -> Iterator[Change]:
    if words.shape(node) == ((), ()):
        return
    yield Change(transposed(node, words.mark), "transpose of the whole (layout)", 1.3)
    if isinstance(node, s.Product) and len(node.factors) == 2:
        a, b = node.factors
        yield Change(replace(node, factors=(transposed(b, words.mark), transposed(a, words.mark))), "transpose of the whole (layout)", 1.2)
    if isinstance(node, s.BigOperator) and isinstance(node.body, s.Product):
        for change in transposed_side(node.body, words):
            yield replace(change, tree=replace(node, body=change.tree))


def outer(node: s.Node, words: Vocabulary) -> Iterator[Change]:
    """Both factors in a row transposed and swapped, as in the other layout; or a factor moved to the end and transposed."""
    if not isinstance(node, s.Product):
        return
    for i in range(len(node.factors) - 1):
        a, b = node.factors[i : i + 2]
        new = (*node.factors[:i], transposed(b, words.mark), transposed(a, words.mark), *node.factors[i + 2 :])
        yield Change(product(new, node.signs), f"`{to_latex(a)}` and `{to_latex(b)}` in the other layout", 1.4)
        new = (*node.factors[:i], b, transposed(a, words.mark), *node.factors[i + 2 :])
        yield Change(product(new, node.signs), f"order of `{to_latex(a)}` and `{to_latex(b)}`, with a transpose", 1.4)
        new = (*node.factors[:i], transposed(b, words.mark), a, *node.factors[i + 2 :])
        yield Change(product(new, node.signs), f"order of `{to_latex(a)}` and `{to_latex(b)}`, with a transpose", 1.4)


def order(node: s.Node, _: Vocabulary) -> Iterator[Change]:
    """One factor moved to another place; the whole product turned round."""
    if not isinstance(node, s.Product):
        return
    n = len(node.factors)
    for i in range(n - 1):
        a, b = node.factors[i : i + 2]
        new = replace(node, factors=(*node.factors[:i], b, a, *node.factors[i + 2 :]))
        yield Change(new, f"order of `{to_latex(a)}` and `{to_latex(b)}`", 1.0)
        signs = list(node.signs)
        if i + 1 < n - 1 and signs[i] != signs[i + 1]:
            signs[i], signs[i + 1] = signs[i + 1], signs[i]
            yield Change(replace(new, signs=tuple(signs)), f"order of `{to_latex(a)}` and `{to_latex(b)}`", 1.1)
    for i in range(n):
        for j in range(n):
            if abs(i - j) > 1:
                rest = [f for k, f in enumerate(node.factors) if k != i]
                rest.insert(j, node.factors[i])
                yield Change(replace(node, factors=tuple(rest)), f"place of the factor `{to_latex(node.factors[i])}`", 1.2)
    if n > 2:
        yield Change(s.Product(node.factors[::-1], node.signs[::-1]), "order of the factors", 1.2)


def kind_of_product(node: s.Node, words: Vocabulary) -> Iterator[Change]:
    if not isinstance(node, s.Product):
        return
    for i, mark in enumerate(node.signs):
        others = (words.joint,) if mark in ELEMENTWISE else (words.entrywise,)
        for other in others:
            what = "a matrix product for `⊙`" if mark in ELEMENTWISE else "`⊙` for a matrix product"
            if mark in ELEMENTWISE and len({words.shape(f) for f in node.factors[i : i + 2]}) == 1 and _is_vector(node.factors[i], words):
                continue  # a column by a column is none
            new = replace(node, signs=(*node.signs[:i], other, *node.signs[i + 1 :]))
            yield Change(new, f"{what} before `{to_latex(node.factors[i + 1])}`", 1.0)


def _is_vector(node: s.Node, words: Vocabulary) -> bool:
    shape = words.shape(node)
    return shape is not None and bool(shape[0]) != bool(shape[1])


def brackets(node: s.Node, words: Vocabulary) -> Iterator[Change]:
    """What a factor, a sum or a function reaches."""
    terms = terms_of(node)
    if len(terms) > 1:
        yield from _taken_in(terms)
        yield from _taken_into_sums(terms)
    if isinstance(node, s.Product):
        for i, factor in enumerate(node.factors):
            inner = factor.body if isinstance(factor, s.Group) else None
            if isinstance(inner, s.Add) and len(inner.terms) > 1:
                for new in _let_out(node, i, inner):
                    yield Change(new, f"brackets around `{to_latex(inner)}`", 1.2)
    body = plain(node.body) if isinstance(node, s.BigOperator) else None
    if isinstance(node, s.BigOperator) and isinstance(body, s.Add) and len(body.terms) > 1:
        new = total((("+", replace(node, body=total(body.terms[:1]))), *body.terms[1:]))
        yield Change(new, f"brackets behind `{_head(node)}`", 1.2)


def _taken_in(terms: tuple[tuple[str, s.Node], ...]) -> Iterator[Change]:
    """a + b c ⇒ (a + b) c, with all terms before and with the last one only; c a + b ⇒ c (a + b)."""
    mark, last = terms[-1]
    factors, signs = parts_of(last)
    for k in range(1, len(factors)):
        tail = product(factors[k:], signs[k:])
        for start in range(len(terms) - 1):
            inside = s.Group(total((*terms[start:-1], (mark, product(factors[:k], signs[: k - 1])))))
            new = product((inside, *parts_of(tail)[0]), (signs[k - 1], *parts_of(tail)[1]))
            yield Change(total((*terms[:start], ("+", new))), f"brackets: `{to_latex(tail)}` multiplies the sum", 1.1 + 0.1 * start)
    mark, first = terms[0]
    factors, signs = parts_of(first)
    for k in range(1, len(factors)):
        head = product(factors[:k], signs[: k - 1])
        inside = s.Group(total((("+", product(factors[k:], signs[k:])), *_turned(terms[1:], mark))))
        new = product((*factors[:k], inside), signs[:k])
        yield Change(total(((mark, new),)), f"brackets: `{to_latex(head)}` multiplies the sum", 1.1)


def _turned(terms: tuple[tuple[str, s.Node], ...], mark: str) -> tuple[tuple[str, s.Node], ...]:
    return terms if mark == "+" else tuple(("-" if sign == "+" else "+", term) for sign, term in terms)


def _taken_into_sums(terms: tuple[tuple[str, s.Node], ...]) -> Iterator[Change]:
    """Σ a + b ⇒ Σ (a + b); −a + b ⇒ −(a + b)."""
    for i, (mark, term) in enumerate(terms[:-1]):
        if isinstance(term, s.BigOperator):
            rest = _turned(terms[i + 1 :], mark)
            new = replace(term, body=s.Group(total((("+", plain(term.body)), *rest))))
            yield Change(total((*terms[:i], (mark, new))), f"brackets behind `{_head(term)}`", 1.1)
    if terms[0][0] == "-":
        yield Change(s.Add((("-", s.Group(total((("+", terms[0][1]), *terms[1:])))),)), "brackets behind the minus sign", 1.2)


def _let_out(node: s.Product, i: int, inner: s.Add) -> Iterator[s.Node]:
    """c (a + b) d ⇒ c a + b d, c a d + b, a + c b d …: brackets dropped, or around one term only."""
    before, after = node.factors[:i], node.factors[i + 1 :]
    head, tail = node.signs[:i], node.signs[i:]
    terms = list(inner.terms)
    yield total(
        (
            (terms[0][0], product((*before, terms[0][1]), head)),
            *terms[1:-1],
            (terms[-1][0], product((terms[-1][1], *after), tail)),
        )
    )
    for at in (0, len(terms) - 1):
        changed = [*terms]
        changed[at] = (terms[at][0], product((*before, terms[at][1], *after), node.signs))
        yield total(tuple(changed))


def _head(node: s.BigOperator) -> str:
    return to_latex(replace(node, body=s.Symbol("x"))).removesuffix(" x")


def sum_for_product(node: s.Node, words: Vocabulary) -> Iterator[Change]:
    """a + b or a − b for a b, and the other way round."""
    if isinstance(node, s.Product) and node.signs.count("/") == 0:
        for i in range(len(node.factors) - 1):
            a, b = node.factors[i : i + 2]
            for mark, what in (("-", "difference"), ("+", "sum")):
                both: s.Node = total((("+", a), (mark, as_factor(b))))
                if len(node.factors) > 2:
                    both = s.Group(both)
                new = product((*node.factors[:i], both, *node.factors[i + 2 :]), (*node.signs[:i], *node.signs[i + 1 :]))
                yield Change(new, f"{what} for the product `{to_latex(s.Product((a, b), (node.signs[i],)))}`", 1.1)
            if i > 0:
                left, right = product(node.factors[: i + 1], node.signs[:i]), product(node.factors[i + 1 :], node.signs[i + 1 :])
                for mark in ("-", "+"):
                    yield Change(total((("+", left), (mark, as_factor(right)))), f"`{mark}` before `{to_latex(right)}`", 1.3)
    if isinstance(node, s.Add) and len(node.terms) > 1:
        for i in range(len(node.terms) - 1):
            (mark, a), (_, b) = node.terms[i : i + 2]
            if isinstance(a, s.Number) or isinstance(b, s.Number):
                continue
            for joint in (words.joint, words.entrywise):
                new = total((*node.terms[:i], (mark, product((as_factor(a), as_factor(b)), (joint,))), *node.terms[i + 2 :]))
                yield Change(new, f"product for the sum of `{to_latex(a)}` and `{to_latex(b)}`", 1.2)


def superfluous(node: s.Node, words: Vocabulary) -> Iterator[Change]:
    """A term, factor or denominator too many."""
    if isinstance(node, s.Add) and len(node.terms) > 1:
        for i, (_, term) in enumerate(node.terms):
            yield Change(total((*node.terms[:i], *node.terms[i + 1 :])), f"without the term `{to_latex(term)}`", 1.3)
    if isinstance(node, s.Product):
        for i, factor in enumerate(node.factors):
            doubled = any(n == factor for other in (*node.factors[:i], *node.factors[i + 1 :]) for n in s.walk(other))
            yield Change(without_factor(node, i), f"without the factor `{to_latex(factor)}`", 0.9 if doubled else 1.3)
    if isinstance(node, s.Fraction):
        yield Change(bracketed(node.numerator), f"without the denominator `{to_latex(node.denominator)}`", 1.3)
    if isinstance(node, s.BigOperator):
        yield Change(plain(node.body), f"without `{_head(node)}`", 1.3)
    if isinstance(node, s.Call) and len(node.args) == 1 and words.quantity(node) is None and words.is_function(node.function):
        powers = tuple(script for script in node.function.scripts if script == TWO)
        inner: s.Node = s.Scripted(bracketed(node.args[0]), powers) if powers else bracketed(node.args[0])
        if powers and isinstance(node.args[0], s.Symbol) and all(x.kind == "sub" for x in node.args[0].scripts):
            inner = replace(node.args[0], scripts=(*node.args[0].scripts, *powers))
        yield Change(inner, f"without `{to_latex(node.function)}` around `{to_latex(node.args[0])}`", 1.2)


def square(node: s.Node, words: Vocabulary) -> Iterator[Change]:
    """A square inside or outside a sum, missing or too many."""
    if isinstance(node, s.Scripted) and node.scripts == (TWO,):
        inner = plain(node.base)
        yield Change(node.base, f"without the square of `{to_latex(node.base)}`", 1.1)
        if isinstance(inner, s.BigOperator):
            yield Change(replace(inner, body=_squared(inner.body)), "the square inside the sum", 1.0)
        if isinstance(inner, s.Add):
            new = s.Add(tuple((mark, _squared(term)) for mark, term in inner.terms))
            yield Change(s.Group(new), "the square of each term", 1.2)
    if isinstance(node, s.Symbol) and TWO in node.scripts:
        yield Change(replace(node, scripts=tuple(x for x in node.scripts if x != TWO)), f"without the exponent of `{to_latex(node)}`", 1.1)
    if isinstance(node, s.BigOperator):
        body = plain(node.body)
        outside = _root(body)
        if outside is not None:
            yield Change(s.Scripted(s.Group(replace(node, body=outside)), (TWO,)), "the square outside the sum", 1.0)
    if isinstance(node, s.Symbol | s.Call | s.Group) and (isinstance(node, s.Group) or words.quantity(node) is not None):
        yield Change(_squared(node), f"the square of `{to_latex(node)}`", 1.2)


def _root(node: s.Node) -> s.Node | None:
    """What is squared in x²; None for anything else."""
    if isinstance(node, s.Scripted) and node.scripts == (TWO,):
        return node.base
    if isinstance(node, s.Symbol) and TWO in node.scripts:
        return replace(node, scripts=tuple(x for x in node.scripts if x != TWO))
    return None


def _squared(node: s.Node) -> s.Node:
    if isinstance(node, s.Symbol) and all(script.kind == "sub" for script in node.scripts):
        return replace(node, scripts=(*node.scripts, TWO))
    return s.Scripted(node if isinstance(node, s.Group | s.Call) else s.Group(node), (TWO,))


def power_of_e(node: s.Node, _: Vocabulary) -> Iterator[Change]:
    """e^x written as x / e, as scans do."""
    if isinstance(node, s.Fraction) and node.denominator == E:
        yield Change(s.Symbol("e", (s.Script("sup", node.numerator),)), f"a power of e for `{to_latex(node)}`", 0.8)


def coefficient(node: s.Node, _: Vocabulary) -> Iterator[Change]:
    """A factor 2 or ½ that was lost, before a whole side."""
    half = s.Fraction(s.Number("1"), s.Number("2"))
    for number in (s.Number("2"), half):
        yield Change(product((number, as_factor(node)), ("",)), f"the factor `{to_latex(number)}`", 1.3)
