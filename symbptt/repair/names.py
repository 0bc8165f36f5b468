"""Mistakes of names: a sibling symbol, a wrong δ, a missing slope, factor or term, diag, a derivative of another kind."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from ..latex import syntax as s
from ..latex.printer import to_latex
from .trees import Change, as_factor, index_items, is_transposed, parts_of, product, terms_of, total, transposed
from .vocabulary import Atom, Vocabulary

DIAG = s.Symbol("diag")
#: Nodes beside which a factor may be missing.
FACTORS = (s.Product, s.Call, s.Derivative, s.Group, s.Scripted, s.Fraction)


def likeness(node: s.Node, other: s.Node) -> float:
    """How far a name is from another: 0 for other scripts on the same letter, more for another letter, most for another kind of thing."""
    a, b = _head(node), _head(other)
    if a is None or b is None:
        return 0.8
    same = a.name == b.name
    scripts = [to_latex(x) for x in index_items(node)], [to_latex(x) for x in index_items(other)]
    differing = sum(x != y for x, y in zip(*scripts, strict=False)) + abs(len(scripts[0]) - len(scripts[1]))
    related = same or a.name[0] == b.name[0] == "\\" or (a.name.isalpha() and b.name.isalpha() and a.name.isupper() == b.name.isupper())
    return (0.0 if same else 0.2 if related else 0.4) + 0.1 * min(differing, 4)


def _head(node: s.Node) -> s.Symbol | None:
    if isinstance(node, s.Call):
        return node.function
    return node if isinstance(node, s.Symbol) else None


def sibling(node: s.Node, words: Vocabulary) -> Iterator[Change]:
    """Another quantity for one; its transpose is kept."""
    if not isinstance(node, s.Symbol | s.Call) or words.quantity(node) is None:
        return
    turned = is_transposed(node, words.mark)
    bare = transposed(node, words.mark) if turned else node
    for atom in words.atoms:
        if atom.kind == "quantity" and atom.node != bare:
            new = transposed(atom.node, words.mark) if turned else atom.node
            yield Change(new, f"`{to_latex(new)}` for `{to_latex(node)}`", 1.1 + likeness(bare, atom.node))


def slope(node: s.Node, words: Vocabulary) -> Iterator[Change]:
    """f for f′, f′ for f, f′ at another argument."""
    if not isinstance(node, s.Call) or words.quantity(node) is not None or not words.is_function(node.function):
        return
    function = node.function
    primes = function.primes - 1 if function.primes else 1
    new = replace(node, function=replace(function, primes=primes), bracket=node.bracket or "(")
    yield Change(new, f"`{to_latex(new)}` for `{to_latex(node)}`", 1.0)
    if len(node.args) == 1:
        for atom in words.atoms:
            if atom.kind == "quantity" and atom.node != node.args[0]:
                new = replace(node, args=(atom.node,))
                yield Change(new, f"the argument `{atom.latex}` in `{to_latex(node)}`", 1.0 + likeness(node.args[0], atom.node))


def diag(node: s.Node, words: Vocabulary) -> Iterator[Change]:
    """diag of a slope or a value, or none."""
    if isinstance(node, s.Call) and node.function.name == "diag" and len(node.args) == 1:
        yield Change(as_factor(node.args[0]), "without diag", 1.0)
    elif isinstance(node, s.Group) or (isinstance(node, s.Call) and node.function.name != "diag"):
        inner = node.body if isinstance(node, s.Group) else node
        yield Change(s.Call(DIAG, (inner,)), f"diag of `{to_latex(inner)}`", 1.1)


def diag_side(node: s.Node, _: Vocabulary) -> Iterator[Change]:
    """A column that was written for the diagonal matrix of its entries."""
    yield Change(s.Call(DIAG, (node,)), "diag of the whole", 1.1)


def diag_minus_outer(node: s.Node, words: Vocabulary) -> Iterator[Change]:
    """diag(s) − s sᵀ for s(1 − s): the whole Jacobian of the softmax for its diagonal."""
    if isinstance(node, s.Product) and len(node.factors) == 2:
        value, rest = node.factors
        inner = rest.body if isinstance(rest, s.Group) else rest
        if isinstance(inner, s.Add) and inner.terms == (("+", s.Number("1")), ("-", value)):
            whole = total((("+", s.Call(DIAG, (value,))), ("-", product((value, transposed(value, words.mark)), ("",)))))
            yield Change(whole, f"the whole Jacobian for its diagonal `{to_latex(node)}`", 1.1)


def diag_before(node: s.Node, _: Vocabulary) -> Iterator[Change]:
    """diag(s) W for W s and s W: the slope belongs before the matrix, as a diagonal."""
    if isinstance(node, s.Product):
        for i in range(len(node.factors) - 1):
            a, b = node.factors[i : i + 2]
            for slope_, other in ((b, a), (a, b)):
                inner = slope_.body if isinstance(slope_, s.Group) else slope_
                if isinstance(slope_, s.Group | s.Call):
                    pair = (s.Call(DIAG, (inner,)), other)
                    new = product((*node.factors[:i], *pair, *node.factors[i + 2 :]), (*node.signs[:i], "", *node.signs[i + 1 :]))
                    yield Change(new, f"`{to_latex(inner)}` as a diagonal matrix before `{to_latex(other)}`", 1.2)


def path(node: s.Node, _: Vocabulary) -> Iterator[Change]:
    """∂a/∂c for ∂a/∂b ∂b/∂c: a step too many in a chain of derivatives."""
    if isinstance(node, s.Product):
        for i in range(len(node.factors) - 1):
            a, b = node.factors[i : i + 2]
            if isinstance(a, s.Derivative) and isinstance(b, s.Derivative) and len(a.wrt) == len(b.wrt) == 1:
                new = product((*node.factors[:i], replace(a, wrt=b.wrt), *node.factors[i + 2 :]), (*node.signs[:i], *node.signs[i + 1 :]))
                yield Change(new, f"`{to_latex(replace(a, wrt=b.wrt))}` for `{to_latex(a)}` and `{to_latex(b)}`", 1.4)


def link(node: s.Node, words: Vocabulary) -> Iterator[Change]:
    """∂a/∂b put between what a chain is about and its next derivative."""
    factors, signs = parts_of(node)
    if not all(isinstance(f, s.Derivative) and len(f.wrt) == 1 for f in factors) or not isinstance(words.left, s.Derivative):
        return
    chain = [f for f in factors if isinstance(f, s.Derivative)]
    ends = [words.left.numerator, *(f.wrt[0] for f in chain)]
    starts = [*(f.numerator for f in chain), words.left.wrt[0]]
    for i, (end, start) in enumerate(zip(ends, starts, strict=True)):
        if end != start:
            new = s.Derivative(end, (start,))
            joint = signs[0] if signs else words.joint
            tree = product((*factors[:i], new, *factors[i:]), (joint,) * len(factors))
            yield Change(tree, f"the factor `{to_latex(new)}`", 1.2)


def derivative(node: s.Node, words: Vocabulary) -> Iterator[Change]:
    """Immediate for total, and the other way round."""
    if isinstance(node, s.Derivative) and node.form == "frac" and node.mark in ("\\partial", "\\partial^+", "d"):
        new = replace(node, mark="\\partial" if node.mark == "\\partial^+" else "\\partial^+")
        what = "the immediate derivative" if new.mark == "\\partial^+" else "the total derivative"
        yield Change(new, f"{what} in `{to_latex(node)}`", 1.1)


def as_derivative(node: s.Node, words: Vocabulary) -> Iterator[Change]:
    """∂J/∂x of another quantity for a δ."""
    if not isinstance(node, s.Symbol | s.Call) or words.quantity(node) is None:
        return
    costs = _costs(words)
    for cost in costs:
        for atom in words.atoms:
            if atom.kind == "quantity" and atom.node not in costs and atom.shape != ((), ()):
                new = s.Derivative(cost, (atom.node,))
                yield Change(new, f"`{to_latex(new)}` for `{to_latex(node)}`", 2.0)


def _costs(words: Vocabulary) -> list[s.Node]:
    """What the problem differentiates."""
    trees = [words.left, words.right, *(g.formula for g in words.parsed.given)]
    found = [n.numerator for n in s.walk(*trees) if isinstance(n, s.Derivative) and n.mark != "\\nabla"]
    return [node for node in dict.fromkeys(found) if words.shape(node) == ((), ())]


def missing_factor(node: s.Node, words: Vocabulary) -> Iterator[Change]:
    """A slope, weight or state put into a product, or behind a term."""
    whole = node == words.right and isinstance(node, s.Add)
    if not whole and not isinstance(node, FACTORS) and words.quantity(node) is None:
        return
    factors, signs = ((s.Group(node),), ()) if whole else parts_of(node)
    for atom in words.atoms:
        for factor, joint in _factor_forms(atom, words):
            cost = 1.5 if atom.kind == "slope" else 1.7
            text = f"the factor `{to_latex(factor)}`"
            for i in range(len(factors), -1, -1):
                if joint == words.entrywise and i not in (0, len(factors)):
                    continue
                before = (*signs[: max(i - 1, 0)], *((joint,) if i else ()))
                after = (*(() if i == len(factors) else (joint,)), *signs[i:])
                yield Change(product((*factors[:i], factor, *factors[i:]), (*before, *after)), text, cost)


def _factor_forms(atom: Atom, words: Vocabulary) -> Iterator[tuple[s.Node, str]]:
    rows, columns = atom.shape
    if atom.kind == "slope":
        yield atom.node, words.entrywise
        inner = atom.node.body if isinstance(atom.node, s.Group) else atom.node
        yield s.Call(DIAG, (inner,)), ""
    if atom.kind == "quantity" and not rows and not columns and atom.node in words.used:
        yield s.Group(total((("+", s.Number("1")), ("-", atom.node)))), ""
    if atom.kind in ("quantity", "derivative"):
        yield atom.node, words.joint
        if rows or columns:
            yield transposed(atom.node, words.mark), words.joint
        if rows and not columns:
            yield atom.node, words.entrywise


def missing_term(node: s.Node, words: Vocabulary) -> Iterator[Change]:
    """A name as one more term of a sum."""
    if isinstance(node, s.Add) or node == words.right:
        shape = words.shape(node)
        for atom in words.atoms:
            if atom.kind == "quantity" and shape is not None and atom.shape == shape:
                for mark in ("+", "-"):
                    new = total((*terms_of(node), (mark, atom.node)))
                    yield Change(new, f"the term `{mark} {atom.latex}`", 1.6)


def other_term(node: s.Node, words: Vocabulary) -> Iterator[Change]:
    """A name for a number: 1 for the target of the class that is meant."""
    if isinstance(node, s.Number) and node.text in ("0", "1"):
        for atom in words.atoms:
            if atom.kind == "quantity":
                yield Change(atom.node, f"`{atom.latex}` for `{node.text}`", 1.4)
