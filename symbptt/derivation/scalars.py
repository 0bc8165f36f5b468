"""Derivatives of scalar expressions by one entry of a quantity: losses, term by term, with SymPy for the algebra of what comes out.

Σ_k g(y_k) by y_j keeps the summand k = j; the summand is differentiated with every quantity in it a number.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import sympy

from ..latex import syntax as s
from ..latex.printer import to_latex
from ..latex.syntax import Node
from ..reading.calls import KNOWN_NAMES
from ..reading.scope import script_items
from ..repair.trees import plain, product, substituted, terms_of
from .network import Network, bound

#: Known function → its value in SymPy.
VALUES = {
    "log": sympy.log,
    "exp": sympy.exp,
    "tanh": sympy.tanh,
    "sin": sympy.sin,
    "cos": sympy.cos,
    "sigmoid": lambda x: 1 / (1 + sympy.exp(-x)),
}


@dataclass(frozen=True)
class Picked:
    """The one summand of a scalar that an entry stands in, with its letters; `by` is the entry."""

    summand: Node
    by: Node


def picked(tree: Node, place: Node, letters: Sequence[str], net: Network) -> Picked | None:
    """The part of a scalar in which the entry `letters` of `place` stands, without sums over entries; None where it is no one summand."""
    if isinstance(tree, s.Group):
        return picked(tree.body, place, letters, net)
    if isinstance(tree, s.Add):
        parts = [(mark, picked(term, place, letters, net)) for mark, term in tree.terms if _speaks(term, place, net)]
        found = [(mark, p) for mark, p in parts if p is not None]
        if not found or len(found) != len(parts):
            return None
        summand = s.Add(tuple((mark, p.summand) for mark, p in found))
        return Picked(summand if len(found) > 1 or found[0][0] == "-" else found[0][1].summand, found[0][1].by)
    if isinstance(tree, s.Product) and not set(tree.signs) - {"", "\\cdot", "*", "\\times"}:
        at = [i for i, f in enumerate(tree.factors) if _speaks(f, place, net)]
        if len(at) == 1 and any(isinstance(n, s.BigOperator) for n in s.walk(tree.factors[at[0]])):
            inner = picked(tree.factors[at[0]], place, letters, net)
            if inner is None:
                return None
            factors = (*tree.factors[: at[0]], _as_factor(inner.summand), *tree.factors[at[0] + 1 :])
            return Picked(product(factors, tree.signs), inner.by)
    if isinstance(tree, s.BigOperator) and tree.operator == "\\sum":
        return _under_sums(tree, place, letters, net)
    found_entry = _entries(tree, place, net)
    if not letters and place in list(s.walk(tree)):
        return Picked(tree, place)
    return Picked(tree, found_entry[0]) if len(set(found_entry)) == 1 and len(letters) == 0 else None


def _under_sums(tree: s.BigOperator, place: Node, letters: Sequence[str], net: Network) -> Picked | None:
    """Below Σ over entries: the summand of the entry asked for."""
    inner: Node = tree
    taken: list[str] = []
    weights: list[Node] = []
    while True:
        if isinstance(inner, s.BigOperator | s.Group):
            taken += bound(inner) if isinstance(inner, s.BigOperator) else []
            inner = inner.body
            continue
        sums = [f for f in inner.factors if any(isinstance(n, s.BigOperator) for n in s.walk(f))] if isinstance(inner, s.Product) else []
        if not isinstance(inner, s.Product) or len(sums) != 1 or not set(inner.signs) <= {"", "\\cdot"}:
            break
        if any(_speaks(f, place, net) for f in inner.factors if f is not sums[0]):
            break
        weights += [f for f in inner.factors if f is not sums[0]]
        inner = sums[0]
    if weights:
        inner = product((*weights, _as_factor(inner)), ("",) * len(weights))
    entries = set(_entries(inner, place, net))
    if len(entries) != 1 and not (not letters and place in list(s.walk(inner))):
        return None
    if not letters:
        return Picked(inner, place)
    (entry,) = entries
    own = [to_latex(item) for item in _items(entry, net)]
    if len(own) != len(letters) or not set(own) <= set(taken):
        return None
    summand, by = inner, entry
    for old, new in zip(own, letters, strict=True):
        summand, by = substituted(summand, old, s.Symbol(new)), substituted(by, old, s.Symbol(new))
    return Picked(summand, by)


def _as_factor(node: Node) -> Node:
    return s.Group(node) if isinstance(node, s.Add) else node


def _speaks(tree: Node, place: Node, net: Network) -> bool:
    return place in list(s.walk(tree)) or bool(_entries(tree, place, net))


def _entries(tree: Node, place: Node, net: Network) -> list[Node]:
    """The entries of a quantity, at its own step, in a tree."""
    own = net.quantity(place)
    found = []
    for node in s.walk(tree):
        match = net.quantity(node) if isinstance(node, s.Symbol | s.Call) else None
        if match is None or own is None or match.template.key != own.template.key or not any(item.kind == "sub" for item in match.rest):
            continue
        if dict(match.bindings) == dict(own.bindings):
            found.append(node)
    return found


def has_entries(tree: Node, place: Node, net: Network) -> bool:
    """Whether entries of a quantity, at its own step, stand in a tree."""
    return bool(_entries(tree, place, net))


def letters_of(tree: Node, place: Node, net: Network) -> tuple[str, ...]:
    """The letters of the first entry of a quantity that stands in a tree."""
    return next((tuple(to_latex(item) for item in _items(entry, net)) for entry in _entries(tree, place, net)), ())


def has_quantity(tree: Node, net: Network) -> bool:
    """Whether an entry of a quantity stands in a tree."""
    return any(net.is_entry(node) for node in s.walk(tree) if isinstance(node, s.Symbol | s.Call))


def _items(entry: Node, net: Network) -> list[Node]:
    match = net.quantity(entry)
    return [item.node for item in match.rest] if match is not None else []


# -- algebra ------------------------------------------------------------------------------------------------------------------


class Opaque(ValueError):
    """An expression that is no arithmetic of entries."""


def to_sympy(tree: Node, atoms: dict[Node, sympy.Symbol], net: Network) -> sympy.Expr:
    """A scalar tree with its quantities as symbols, which `atoms` collects. Raises `Opaque`."""
    counted = isinstance(tree, s.Symbol) and (to_latex(tree) in net.words.reader.letters.last_steps or to_latex(tree) in net.sizes)
    if net.quantity(tree) is not None or counted:
        return atoms.setdefault(tree, sympy.Symbol(f"x{len(atoms):03d}"))
    if isinstance(tree, s.Number):
        return sympy.Rational(tree.text)
    if isinstance(tree, s.Group):
        return to_sympy(tree.body, atoms, net)
    if isinstance(tree, s.Add):
        return sympy.Add(*(to_sympy(t, atoms, net) * (1 if mark == "+" else -1) for mark, t in tree.terms))
    if isinstance(tree, s.Product):
        value = to_sympy(tree.factors[0], atoms, net)
        for sign, factor in zip(tree.signs, tree.factors[1:], strict=True):
            other = to_sympy(factor, atoms, net)
            value = value / other if sign == "/" else value * other
        return value
    if isinstance(tree, s.Fraction):
        return to_sympy(tree.numerator, atoms, net) / to_sympy(tree.denominator, atoms, net)
    if isinstance(tree, s.Scripted) and len(tree.scripts) == 1 and isinstance(tree.scripts[0].body, s.Number):
        return to_sympy(tree.base, atoms, net) ** sympy.Rational(tree.scripts[0].body.text)
    if isinstance(tree, s.Symbol) and tree.scripts and isinstance(tree.scripts[-1].body, s.Number) and tree.scripts[-1].kind == "sup":
        base = replace(tree, scripts=tree.scripts[:-1])
        if net.quantity(base) is not None:
            return to_sympy(base, atoms, net) ** sympy.Rational(tree.scripts[-1].body.text)
    if isinstance(tree, s.Call) and len(tree.args) == 1 and not tree.function.primes and not tree.function.scripts:
        name = KNOWN_NAMES.get(tree.function.name, "")
        if name in VALUES:
            return VALUES[name](to_sympy(tree.args[0], atoms, net))
    raise Opaque(to_latex(tree))


def from_sympy(value: sympy.Expr, trees: Mapping[sympy.Symbol, Node]) -> Node:
    """A rational expression of symbols as a tree: plain terms before negative ones, one fraction a term."""
    terms = sympy.Add.make_args(value)
    rank = {symbol: at for at, symbol in enumerate(trees)}
    signed = []
    for term in terms:
        coefficient, rest = term.as_coeff_Mul()
        signed.append((bool(coefficient < 0), min((rank[x] for x in rest.free_symbols), default=-1), abs(coefficient) * rest))
    signed.sort(key=lambda item: item[:2])
    made = tuple(("-" if negative else "+", _term(size, trees)) for negative, _, size in signed)
    return made[0][1] if len(made) == 1 and made[0][0] == "+" else s.Add(made)


def _term(value: sympy.Expr, trees: Mapping[sympy.Symbol, Node]) -> Node:
    above, below = value.as_numer_denom()
    if below != 1:
        return s.Fraction(_flat(above, trees), _flat(below, trees))
    return _flat(above, trees)


def _flat(value: sympy.Expr, trees: Mapping[sympy.Symbol, Node]) -> Node:
    if isinstance(value, sympy.Symbol):
        return trees[value]
    if value.is_Integer:
        return s.Number(str(value)) if value >= 0 else s.Add((("-", s.Number(str(-value))),))
    if isinstance(value, sympy.Add):
        return from_sympy(value, trees)
    if isinstance(value, sympy.Pow) and value.exp.is_Integer and value.exp > 0:
        base = _flat(value.base, trees)
        return s.Scripted(s.Group(base), (s.Script("sup", s.Number(str(value.exp))),))
    if isinstance(value, sympy.Mul):
        rank = {symbol: at for at, symbol in enumerate(trees)}
        factors = sorted(value.args, key=lambda f: (not f.is_Number, min((rank[x] for x in f.free_symbols), default=-1)))
        return product(tuple(_as_factor(_flat(f, trees)) for f in factors), ("",) * (len(factors) - 1))
    raise Opaque(str(value))


def derivative(found: Picked, net: Network) -> Node | None:
    """The derivative of the summand by its entry, tidied; None where the summand is no arithmetic of entries."""
    atoms: dict[Node, sympy.Symbol] = {}
    if net.axes(found.by) and not net.is_entry(found.by):
        return None
    by = to_sympy(found.by, atoms, net)
    try:
        value = sympy.diff(to_sympy(found.summand, atoms, net), by)
        return _factored(value, {symbol: tree for tree, symbol in atoms.items()}, net)
    except Opaque:
        return None


def _factored(value: sympy.Expr, trees: Mapping[sympy.Symbol, Node], net: Network) -> Node:
    """An expression as a tree, the constants that all its terms have in front of a bracket: 2 (y − d), 1/q (y − d)."""
    constants = {symbol for symbol, tree in trees.items() if not net.is_entry(tree)}
    parts = sympy.Mul.make_args(sympy.factor_terms(value, sign=False))
    sums = [part for part in parts if part.is_Add]
    front = sympy.Mul(*(part for part in parts if not part.is_Add))
    if len(sums) != 1 or not front.free_symbols <= constants or front.could_extract_minus_sign():
        return from_sympy(value, trees)
    inner = from_sympy(sums[0], trees)
    return inner if front == 1 else product((_term(front, trees), s.Group(inner)), ("",))


def simplified(tree: Node, net: Network) -> Node | None:
    """The same scalar with common factors cancelled; None for what is no arithmetic of entries."""
    atoms: dict[Node, sympy.Symbol] = {}
    try:
        value = sympy.expand(sympy.cancel(to_sympy(tree, atoms, net)))
        return from_sympy(value, {symbol: tree for tree, symbol in atoms.items()})
    except Opaque:
        return None


def whole(tree: Node, letters: Sequence[str], net: Network) -> Node | None:
    """A linear expression of entries `letters` as the same one of whole quantities: y_j − d_j is y − d, 2 y_j is 2 y."""
    found = []
    if isinstance(tree, s.Product) and not set(tree.signs) - {""} and not any(has_quantity(f, net) for f in tree.factors[:-1]):
        inner = whole(tree.factors[-1], letters, net)
        return None if inner is None else product((*tree.factors[:-1], _as_factor(inner)), tree.signs)
    for mark, term in terms_of(plain(tree)):
        bare = _whole_term(term, letters, net)
        if bare is None:
            return None
        found.append((mark, bare))
    return found[0][1] if len(found) == 1 and found[0][0] == "+" else s.Add(tuple(found))


def _whole_term(term: Node, letters: Sequence[str], net: Network) -> Node | None:
    """y of y_j, 2 x ⊙ y of 2 x_j y_j."""
    if net.quantity(term) is not None:
        return without_entry(term, letters, net)
    if not isinstance(term, s.Product) or set(term.signs) - {""}:
        return None
    front = [factor for factor in term.factors if not has_quantity(factor, net)]
    entries = [without_entry(factor, letters, net) for factor in term.factors if factor not in front]
    known = tuple(entry for entry in entries if entry is not None)
    if not known or len(known) < len(entries) or any(net.quantity(entry) is None for entry in known):
        return None
    joint = known[0] if len(known) == 1 else s.Product(known, ("\\odot",) * (len(known) - 1))
    factor = s.Group(joint) if front and len(known) > 1 else joint
    return product((*front, factor), ("",) * len(front)) if front else joint


def without_entry(node: Node, letters: Sequence[str], net: Network) -> Node | None:
    """`y^t_j` without its entry."""
    if isinstance(node, s.Call):
        inner = without_entry(node.function, letters, net)
        return replace(node, function=inner) if isinstance(inner, s.Symbol) else None
    if not isinstance(node, s.Symbol):
        return None
    for at, script in enumerate(node.scripts):
        items = script_items(script)
        if script.kind != "sub" or items[-len(letters) :] != [s.Symbol(x) for x in letters]:
            continue
        rest = items[: -len(letters)]
        kept = (replace(script, body=_joined(script.body, rest)),) if rest else ()
        return replace(node, scripts=(*node.scripts[:at], *kept, *node.scripts[at + 1 :]))
    return None


def _joined(body: Node, items: list[Node]) -> Node:
    """The script without its last items: what stood before the comma is kept as it was."""
    if isinstance(body, s.Sequence) and len(body.items) > 1:
        first = body.items[: len(items)] if len(body.items) > len(items) else body.items[:-1]
        return first[0] if len(first) == 1 else s.Sequence(first)
    return items[0] if len(items) == 1 else s.Product(tuple(items), ("",) * (len(items) - 1))
