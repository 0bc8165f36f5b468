"""An error taken back through an equation, and local Jacobians: the rules of reverse mode on matrices, on syntax trees.

For a scalar L and u = F(… v …), ∂L/∂u is taken back through F to its part of ∂L/∂v: through A v B it becomes Aᵀ E Bᵀ, through f(·)
it is multiplied by the slope entry by entry (Magnus and Neudecker, Matrix Differential Calculus, ch. 9; Werbos 1990, eq. 5).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from ..latex import syntax as s
from ..latex.printer import to_latex
from ..reading.scope import script_items
from ..repair.trees import ONE, TWO, outside_scripts, plain, product, total
from ..repair.vocabulary import ELEMENTWISE
from .factors import PLAIN, as_number, folded, squared_norm, with_norms
from .network import Network, Underivable, bound
from .turning import diagonal, diagonal_of, turned

HADAMARD = "\\odot"


def contains(tree: s.Node, place: s.Node) -> bool:
    return any(node == place for node in outside_scripts(tree))


def holds(tree: s.Node, place: s.Node, net: Network) -> bool:
    """Whether a tree holds a quantity, transposed or not."""
    return any(node == place or (net.is_transposed(node) and net.transposed(node) == place) for node in outside_scripts(tree))


# -- slopes -------------------------------------------------------------------------------------------------------------------


def slope(call: s.Call, value: s.Node, net: Network) -> s.Node:
    """The derivative of f(x), entry by entry: by its value where there is a usual form, else f′(x)."""
    function = net.function(call.function)
    name = function.name if function is not None and function.known else ""
    if name in SLOPES:
        return as_number(SLOPES[name](value), net) if net.kind(value) == "scalar" else SLOPES[name](value)
    if name == "log" and net.kind(value) == "scalar":
        return s.Fraction(ONE, plain(call.args[0]))
    return replace(call, function=replace(call.function, primes=1), bracket=call.bracket or "(")


def _one_less_square(value: s.Node) -> s.Node:
    return s.Group(s.Add((("+", ONE), ("-", squared(value)))))


def _times_one_less(value: s.Node) -> s.Node:
    return s.Product((value, s.Group(s.Add((("+", ONE), ("-", value))))), (HADAMARD,))


#: Function → its slope, written by its value (`functions.py`): tanh' = 1 − tanh², σ' = σ(1 − σ), exp' = exp.
SLOPES: Mapping[str, Callable[[s.Node], s.Node]] = {"tanh": _one_less_square, "sigmoid": _times_one_less, "exp": lambda value: value}


def squared(node: s.Node) -> s.Node:
    """x² as it is read: `\\tanh^2(c)`, `h_t^2`, `a(t)^2`, `(a^{1,t})^2`."""
    if isinstance(node, s.Call) and not node.function.scripts and node.function.name.startswith("\\"):
        return replace(node, function=replace(node.function, scripts=(TWO,)))
    if isinstance(node, s.Symbol) and all(script.kind == "sub" for script in node.scripts):
        return replace(node, scripts=(*node.scripts, TWO))
    return s.Scripted(node if isinstance(node, s.Call) else s.Group(node), (TWO,))


# -- back -----------------------------------------------------------------------------------------------------------------


def back(error: s.Node, tree: s.Node, place: s.Node, net: Network) -> list[tuple[str, s.Node]]:
    """The signed parts of ∂L/∂`place` that `error` = ∂L/∂`tree` gives, one an occurrence.

    Raises `Underivable` where a rule is missing.
    """
    if tree == place:
        return [("+", error)]
    if net.is_transposed(tree) and net.transposed(tree) == place:
        return [("+", turned(error, net, lambda node: None))]
    if isinstance(tree, s.Group):
        return back(error, tree.body, place, net)
    if net.is_transposed(tree):
        return back(turned(error, net, lambda node: None), net.transposed(tree), place, net)
    if (inner := squared_norm(tree)) is not None:
        return back(folded(product((s.Number("2"), error, grouped(inner)), ("", ""))), inner, place, net)
    if isinstance(tree, s.Symbol | s.Scripted) and tree.scripts[-1:] == (TWO,) and net.is_scalar(tree):
        base = plain(tree.base) if isinstance(tree, s.Scripted) else replace(tree, scripts=tree.scripts[:-1])
        return back(folded(product((s.Number("2"), error, grouped(base)), ("", ""))), base, place, net)
    if isinstance(tree, s.BigOperator):
        return _through_sum(error, tree, place, net)
    if isinstance(tree, s.Add):
        return [
            (_sign(mark, inner), body)
            for mark, term in tree.terms
            if holds(term, place, net)
            for inner, body in back(_gathered(error, tree, term, net), term, place, net)
        ]
    if isinstance(tree, s.Call) and len(tree.args) == 1:
        function = net.function(tree.function)
        if function is not None and function.kind == "elementwise" and not tree.function.primes:
            return back(times(error, slope(tree, tree, net), tree, net), tree.args[0], place, net)
    if isinstance(tree, s.Product):
        with_norm = with_norms(tree, net)
        return back(error, with_norm, place, net) if with_norm != tree else _through_product(error, tree, place, net)
    if isinstance(tree, s.Fraction) and net.kind(tree.denominator) == "scalar" and not holds(tree.denominator, place, net):
        weight = replace(tree, numerator=ONE)
        return [(sign, folded(product((weight, grouped(body)), ("",)))) for sign, body in back(error, tree.numerator, place, net)]
    raise Underivable(f"there is no rule for `{to_latex(tree)}`")


def _through_sum(error: s.Node, tree: s.BigOperator, place: s.Node, net: Network) -> list[tuple[str, s.Node]]:
    """Through Σ over steps: of a quantity at the step of the sum the one summand it is in, of any other the sum."""
    if tree.operator != "\\sum" or len(bound(tree)) > 1:
        raise Underivable(f"there is no rule for `{to_latex(tree)}`")
    parts = back(error, tree.body, place, net)
    if _is_summand(tree, place):
        return parts
    return [(sign, replace(tree, body=s.Group(body) if isinstance(body, s.Add) else body)) for sign, body in parts]


def _is_summand(tree: s.BigOperator, place: s.Node) -> bool:
    """Whether the step of a sum is that of `place`, or stands already at it."""
    letters = bound(tree)
    return not letters or any(isinstance(n, s.Symbol) and n.name == letters[0] for n in s.walk(place))


def times(error: s.Node, steep: s.Node, value: s.Node, net: Network) -> s.Node:
    """An error times a slope: entry by entry, of scalars as numbers."""
    if net.kind(value) != "scalar":
        return hadamard(error, steep)
    return folded(product((grouped(error), grouped(steep)), ("",)))


def _sign(outer: str, inner: str) -> str:
    return "+" if outer == inner else "-"


def _gathered(error: s.Node, whole: s.Node, term: s.Node, net: Network) -> s.Node:
    """A row that is added to each row of a matrix gathers the errors of all; a column those of all columns."""
    rows = (net.kind(whole), net.kind(term))
    if rows == ("matrix", "row"):
        return s.Product((s.Symbol("\\mathbf{1}", (net.words.mark,)), grouped(error)), ("",))
    if rows == ("matrix", "column"):
        return s.Product((grouped(error), s.Symbol("\\mathbf{1}")), ("",))
    return error


def _through_product(error: s.Node, tree: s.Product, place: s.Node, net: Network) -> list[tuple[str, s.Node]]:
    found: list[tuple[str, s.Node]] = []
    if "/" in tree.signs:
        return back(error, _as_fraction(tree), place, net)
    of_scalar = net.is_scalar(tree)
    for at, factor in enumerate(tree.factors):
        if not holds(factor, place, net):
            continue
        rest = (*tree.factors[:at], *tree.factors[at + 1 :])
        entries = diagonal_of(factor)
        if tree.signs and all(sign in ELEMENTWISE for sign in tree.signs):
            body = error
            for other in rest:
                body = hadamard(body, other)
        elif entries is not None and rest and at == len(rest) and net.kind(entries) == "row":
            # every row of the matrix before it is multiplied by the same entries
            ones = s.Symbol("\\mathbf{1}", (net.words.mark,))
            body, factor = s.Product((ones, grouped(hadamard(error, product(rest, tree.signs[:-1])))), ("",)), entries
        elif all(net.kind(f) == "scalar" for f in rest):
            body = folded(product((*map(plain, rest), grouped(error)), ("",) * len(rest)))
        elif of_scalar and not set(tree.signs) - PLAIN and net.is_transposed(factor):
            # by v of uᵀ A v and of vᵀ A u: what stands on the other side
            factor = net.transposed(factor)
            body = _weighed_by(error, (*tree.factors[at + 1 :], *tree.factors[:at]), net)
        elif of_scalar and not set(tree.signs) - PLAIN:
            others = (*reversed(tree.factors[:at]), *reversed(tree.factors[at + 1 :]))
            body = _weighed_by(error, [_turned(f, net) if net.kind(f) != "scalar" else f for f in others], net)
        elif not set(tree.signs) & {*ELEMENTWISE, "/"}:
            before = tuple(_turned(f, net) for f in reversed(tree.factors[:at]))
            behind = tuple(_turned(f, net) for f in reversed(tree.factors[at + 1 :]))
            weight, bare = weighed(error, net)
            body = product((*weight, *before, grouped(bare), *behind), ("",) * (len(weight) + len(before) + len(behind)))
        else:
            raise Underivable(f"there is no rule for the mixed product `{to_latex(tree)}`")
        found += back(body, factor, place, net)
    return found


def _weighed_by(error: s.Node, factors: Sequence[s.Node], net: Network) -> s.Node:
    """A number times a product: numbers first."""
    numbers = [factor for factor in factors if net.kind(factor) == "scalar"]
    others = [factor for factor in factors if factor not in numbers]
    return folded(product((*numbers, grouped(error), *map(grouped, map(plain, others))), ("",) * (len(numbers) + len(others))))


def _as_fraction(tree: s.Product) -> s.Node:
    """A product with a division in it as a fraction, or with one among its factors: a b / c d is (a b / c) d."""
    at = tree.signs.index("/")
    whole = s.Fraction(product(tree.factors[: at + 1], tree.signs[:at]), plain(tree.factors[at + 1]))
    rest = tree.factors[at + 2 :]
    return s.Product((whole, *rest), tree.signs[at + 1 :]) if rest else whole


def weighed(error: s.Node, net: Network) -> tuple[tuple[s.Node, ...], s.Node]:
    """The number in front of an error, and the error without it."""
    if not isinstance(error, s.Product) or set(error.signs) != {""} or not isinstance(error.factors[0], s.Fraction):
        return (), error
    if net.kind(error.factors[0]) != "scalar":
        return (), error
    return error.factors[:1], product(error.factors[1:], error.signs[1:])


def through(matrix: s.Node, error: s.Node, net: Network) -> s.Node:
    """A matrix times an error, the number of the error in front."""
    weight, bare = weighed(error, net)
    factor = s.Group(bare) if isinstance(bare, s.Add) or (isinstance(bare, s.Product) and set(bare.signs) != {""}) else bare
    return product((*weight, matrix, factor), ("",) * (len(weight) + 1))


def _turned(factor: s.Node, net: Network) -> s.Node:
    return factor if diagonal_of(factor) is not None else net.transposed(factor)


def grouped(error: s.Node) -> s.Node:
    """An error as a factor of a matrix product."""
    if isinstance(error, s.Add | s.BigOperator) or (isinstance(error, s.Product) and set(error.signs) & set(ELEMENTWISE)):
        return s.Group(error)
    return error


def hadamard(left: s.Node, right: s.Node) -> s.Node:
    """The product entry by entry, matrix products in brackets."""
    parts: list[s.Node] = []
    for node in (left, right):
        factors = node.factors if isinstance(node, s.Product) and set(node.signs) <= set(ELEMENTWISE) else (node,)
        parts += [s.Group(f) if isinstance(f, s.Product | s.Add | s.BigOperator) else f for f in factors]
    parts = [part for part in parts if plain(part) != ONE]
    return s.Product(tuple(parts), (HADAMARD,) * (len(parts) - 1)) if len(parts) > 1 else parts[0] if parts else ONE


# -- local Jacobians ------------------------------------------------------------------------------------------------------------


def jacobian(tree: s.Node, value: s.Node, place: s.Node, net: Network) -> s.Node | None:
    """∂`tree`/∂`place` of columns as a matrix; None where the rules for it are missing. `value` is another name of `tree`."""
    found = _jacobians(tree, value, place, net)
    if not found:
        return None
    found.sort(key=lambda term: term[0] == "-")
    return total(tuple((sign, _matrix(factors, net)) for sign, factors in found))


def _matrix(factors: tuple[s.Node, ...], net: Network) -> s.Node:
    if all(net.is_scalar(factor) for factor in factors):
        factors = (*factors, net.identity)
    return product(factors, ("",) * (len(factors) - 1))


def _jacobians(tree: s.Node, value: s.Node, place: s.Node, net: Network) -> list[tuple[str, tuple[s.Node, ...]]] | None:
    if tree == place:
        return [("+", ())]
    if isinstance(tree, s.Group):
        return _jacobians(tree.body, value, place, net)
    if isinstance(tree, s.Add):
        found: list[tuple[str, tuple[s.Node, ...]]] = []
        for mark, term in tree.terms:
            if contains(term, place):
                inner = _jacobians(term, term, place, net)
                if inner is None:
                    return None
                found += [(_sign(mark, sign), factors) for sign, factors in inner]
        return found
    if isinstance(tree, s.BigOperator):
        one = tree.operator == "\\sum" and len(bound(tree)) < 2 and _is_summand(tree, place)
        return _jacobians(tree.body, tree.body, place, net) if one else None
    if isinstance(tree, s.Call) and len(tree.args) == 1:
        function = net.function(tree.function)
        if function is None or function.kind != "elementwise":
            return None
        inner = _jacobians(tree.args[0], tree.args[0], place, net)
        return None if inner is None else [(sign, _behind_diagonal(slope(tree, value, net), factors)) for sign, factors in inner]
    if isinstance(tree, s.Product):
        return _jacobians_of_product(tree, place, net)
    return None


def _jacobians_of_product(tree: s.Product, place: s.Node, net: Network) -> list[tuple[str, tuple[s.Node, ...]]] | None:
    found: list[tuple[str, tuple[s.Node, ...]]] = []
    for at, factor in enumerate(tree.factors):
        if not contains(factor, place):
            continue
        inner = _jacobians(factor, factor, place, net)
        rest = (*tree.factors[:at], *tree.factors[at + 1 :])
        if inner is None:
            return None
        if tree.signs and all(sign in ELEMENTWISE for sign in tree.signs):
            joint = rest[0]
            for other in rest[1:]:
                joint = hadamard(joint, other)
            found += [(sign, _behind_diagonal(joint, factors)) for sign, factors in inner]
        elif not set(tree.signs) & {*ELEMENTWISE, "/"} and at == len(tree.factors) - 1:
            found += [(sign, (*tree.factors[:at], *factors)) for sign, factors in inner]
        else:
            return None
    return found


def _behind_diagonal(entries: s.Node, factors: Sequence[s.Node]) -> tuple[s.Node, ...]:
    return (diagonal(entries), *factors)


# -- entries ----------------------------------------------------------------------------------------------------------------


def entry(node: s.Node, letters: Sequence[str], stepped: bool = True) -> s.Node:
    """One entry of a quantity: `h_{t,j}`, `y^t_j`, `a_j(t)`; of a computed matrix `Y_{t,b,j}`, `A_{i,j}`, of a weight `W_{jk}`."""
    if not letters:
        return node
    indices = tuple(map(s.Symbol, letters))
    if isinstance(node, s.Call):
        inner = entry(node.function, letters, stepped)
        assert isinstance(inner, s.Symbol)
        return replace(node, function=inner)
    if not isinstance(node, s.Symbol):
        raise Underivable(f"the entries of `{to_latex(node)}` have no spelling")
    for at, script in enumerate(node.scripts):
        if script.kind == "sub":
            items = tuple(script_items(script)) if isinstance(script.body, s.Sequence) else (script.body,)
            body: s.Node = s.Sequence((*items, *(indices if stepped else (run(indices),))))
            return replace(node, scripts=(*node.scripts[:at], replace(script, body=body), *node.scripts[at + 1 :]))
    inside = s.Sequence(indices) if stepped and len(indices) > 1 else run(indices)
    return replace(node, scripts=(*node.scripts, s.Script("sub", inside)))


def run(indices: tuple[s.Node, ...]) -> s.Node:
    return s.Product(indices, ("",) * (len(indices) - 1)) if len(indices) > 1 else indices[0]


def entry_of(tree: s.Node, letters: Sequence[str], net: Network) -> s.Node | None:
    """One entry of an expression that is worked out entry by entry; None for another."""
    if isinstance(tree, s.Number) or (not letters and net.is_scalar(tree)):
        return tree
    if net.quantity(tree) is not None:
        return entry(tree, letters, net.is_stepped(tree)) if net.axes(tree) == len(letters) else None
    if isinstance(tree, s.Group):
        inner = entry_of(tree.body, letters, net)
        return None if inner is None else s.Group(inner)
    if isinstance(tree, s.Add):
        terms = [(mark, entry_of(term, letters, net)) for mark, term in tree.terms]
        return None if any(t is None for _, t in terms) else s.Add(tuple((m, t) for m, t in terms if t is not None))
    if isinstance(tree, s.Product) and set(tree.signs) <= set(ELEMENTWISE):
        factors = [entry_of(f, letters, net) for f in tree.factors]
        known = tuple(f for f in factors if f is not None)
        return s.Product(known, ("",) * (len(known) - 1)) if len(known) == len(factors) else None
    if isinstance(tree, s.Scripted) and tree.scripts == (TWO,):
        inner = entry_of(plain(tree.base), letters, net)
        return None if inner is None else squared(inner)
    if isinstance(tree, s.Symbol) and TWO in tree.scripts:
        bare = replace(tree, scripts=tuple(x for x in tree.scripts if x != TWO))
        inner = entry_of(bare, letters, net)
        return None if inner is None else squared(inner)
    if isinstance(tree, s.Call) and len(tree.args) == 1 and net.function(tree.function) is not None:
        inner = entry_of(tree.args[0], letters, net)
        return None if inner is None else replace(tree, args=(inner,))
    return None
