"""Data points as columns, as rows, or as the rows of a batch: the equations of a model in another convention.

What was u = W v with columns is u = v W with rows, W the transposed matrix; a batch holds a row for each data point.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from ..latex import syntax as s
from ..latex.printer import to_latex
from ..problem import Given, Problem
from ..repair.trees import TWO, mapped, outside_scripts, product
from ..repair.vocabulary import ELEMENTWISE
from .course import listed
from .errors import entry, grouped, hadamard
from .factors import squared_norm, with_norms
from .network import Network, Underivable, bound, network_of
from .spans import at_step
from .turning import diagonal, diagonal_of, turned, turned_product

CONVENTIONS = ("column", "row", "batch")
#: Letters for the number of data points and for one of them.
SIZES, POINTS = ("B", "N", "M", "S"), ("b", "p", "r", "u")


def convention_of(net: Network) -> str:
    """How the data points of a model are written: by the shapes of what its equations define.

    Empty where the rows of a matrix meet, as the positions of a sequence do in attention: these are no data points.
    """
    kinds = {net.kind(family.node) for family in net.families.values() if family.equations}
    if "matrix" in kinds:
        return "" if any(_meet(equation.right, net) for f in net.families.values() for equation in f.equations) else "batch"
    return "row" if "row" in kinds else "column"


def _meet(tree: s.Node, net: Network) -> bool:
    """Whether two computed matrices are multiplied as matrices in it."""
    products = [n for n in s.walk(tree) if isinstance(n, s.Product) and not set(n.signs) & set(ELEMENTWISE)]
    return any(sum(any(_is_computed_matrix(n, net) for n in outside_scripts(f)) for f in node.factors) > 1 for node in products)


def _is_computed_matrix(node: s.Node, net: Network) -> bool:
    bare = net.transposed(node) if net.is_transposed(node) else node
    family = net.families.get(net.key(bare)) if isinstance(bare, s.Symbol | s.Call) else None
    return family is not None and bool(family.equations) and not net.is_entry(bare) and net.kind(bare) == "matrix"


def converted(problem: Problem, wanted: str, parameters: Sequence[str] = ()) -> Problem:
    """The problem with its data points in another convention; `parameters` are what is learned, where that is known.

    Raises `Underivable` for what has no such form.
    """
    net = network_of(problem, parameters)
    has = convention_of(net)
    if has == wanted or not has:
        return problem
    if has == "batch":
        return _turned(_of_one_point(net)) if wanted == "column" else _of_one_point(net)
    if wanted == "batch":
        rows = problem if has == "row" else _turned(problem)
        return _of_many_points(network_of(rows), net.parameters)
    return _turned(problem)


def _turned(problem: Problem) -> Problem:
    """Every column a row and every row a column, every matrix transposed; the names stay."""
    net = network_of(problem)

    def leaf(node: s.Node) -> s.Node | None:
        if net.is_transposed(node):
            base = net.transposed(node)
            return node if net.key(base) else net.transposed(s.Group(turned(base, net, leaf)))
        if isinstance(node, s.Symbol | s.Call) and net.key(node):
            return node
        if isinstance(node, s.Symbol) and node.scripts and net.key(replace(node, scripts=node.scripts[:-1])):
            return node  # a square, entry by entry
        return mapped(node, within) if net.is_scalar(node) else None

    def within(node: s.Node) -> s.Node | None:
        """What a number is made of: uᵀ v is u vᵀ with rows."""
        if isinstance(node, s.Norm):
            return replace(node, body=turned(node.body, net, leaf))
        if not isinstance(node, s.Product) or all(net.is_scalar(factor) for factor in node.factors):
            return None
        with_norm = with_norms(node, net)
        return mapped(with_norm, within) if with_norm != node else turned_product(node, net, lambda factor: turned(factor, net, leaf))

    given = []
    for item, parsed in zip(problem.given, net.parsed.given, strict=True):
        left, right = parsed.formula.sides
        given.append(Given(f"{to_latex(left)} = {to_latex(turned(net.words.unfolded(right), net, leaf))}", item.for_))
    shapes = {key: _flipped(str(shape)) for key, shape in problem.shapes.items()}
    return replace(problem, given=tuple(given), shapes=shapes)


def _flipped(shape: str) -> str:
    parts = shape.replace("x", "×").split("×")
    if shape == "scalar":
        return shape
    if len(parts) == 1:
        return f"1×{parts[0]}"
    return parts[1] if parts[0] == "1" else f"{parts[1]}×{parts[0]}"


# -- batches --------------------------------------------------------------------------------------------------------------------


def _is_data(net: Network, key: str) -> bool:
    return key not in net.parameters and net.kind(net.families[key].node) in ("matrix", "row")


def _of_one_point(net: Network) -> Problem:
    """A batch of one data point, as a row: sums over the points and the letters for them go away."""
    problem = net.problem
    sizes = {str(shape).replace("x", "×").split("×")[0] for key, shape in _shapes(net).items() if _is_data(net, key)}
    if len(sizes) != 1:
        raise Underivable("the data points of this batch are not told: its matrices have several numbers of rows")
    (size,) = sizes
    points = {x for f in net.families.values() for e in f.equations for x in _point_letters(e.right, size)}

    def single(node: Any) -> Any:
        if isinstance(node, tuple):
            return tuple(map(single, node))
        common = diagonal_of(node.factors[-1]) if isinstance(node, s.Product) else None
        if isinstance(node, s.Product) and common is not None:
            return single(hadamard(common, product(node.factors[:-1], node.signs[:-1])))
        if isinstance(node, s.BigOperator) and set(bound(node)) & points:
            return single(node.body)
        if isinstance(node, s.Symbol | s.Call) and net.quantity(node) is not None:
            match = net.quantity(node)
            items = [to_latex(item.node) for item in match.rest] if match is not None else []
            kept = [item for item in items if item not in points]
            return _with_entries(net, node, kept) if kept != items else node
        if not isinstance(node, s.Node) or isinstance(node, s.Script):
            return node
        return replace(node, **{name: single(getattr(node, name)) for name in s.inner_fields(node)})

    given = []
    for item, parsed in zip(problem.given, net.parsed.given, strict=True):
        left, right = parsed.formula.sides
        given.append(Given(f"{to_latex(left)} = {to_latex(single(right))}", item.for_))
    shapes = {}
    for spelled, shape in problem.shapes.items():
        data = _is_data(net, net.key(net.parsed.expression(spelled)))
        shapes[spelled] = f"1×{str(shape).replace('x', '×').split('×')[1]}" if data else shape
    return replace(problem, given=tuple(given), shapes=shapes)


def _point_letters(tree: s.Node, size: str) -> set[str]:
    sums = [n for n in s.walk(tree) if isinstance(n, s.BigOperator) and n.upper is not None and to_latex(n.upper) == size]
    return {letter for node in sums for letter in bound(node)}


def _shapes(net: Network) -> dict[str, str]:
    return {net.key(net.parsed.expression(spelled)): str(shape) for spelled, shape in net.problem.shapes.items()}


def _with_entries(net: Network, node: s.Node, new: list[str]) -> s.Node:
    """A name with other entries: `Y_{t,b,j}` as `Y_{t,j}`, and back."""
    match = net.quantity(node)
    assert match is not None
    family = net.families[match.template.key]
    whole = family.node
    for index in match.bindings.values():
        whole = at_step(whole, family.letter, index)
    return entry(whole, new, net.is_stepped(whole)) if new else whole


def _of_many_points(net: Network, parameters: tuple[str, ...]) -> Problem:
    """Rows as the rows of a batch: numbers are summed over the points."""
    problem = net.problem
    single = [f.node for key, f in net.families.items() if f.equations and net.kind(f.node) == "scalar" and not net.is_cost(key)]
    if single:
        told = listed(single).replace("$", "`")
        raise Underivable(f"{told} {'are numbers' if len(single) > 1 else 'is a number'} of each data point, which has no form for a batch")
    taken = set(net.letters_used) | {x for shape in problem.shapes.values() for x in str(shape)}
    size = next(x for x in SIZES if x not in taken)
    point = next(x for x in POINTS if x not in taken)

    def many(node: Any) -> Any:
        if isinstance(node, tuple):
            return tuple(map(many, node))
        if isinstance(node, s.Symbol | s.Call) and net.quantity(node) is not None:
            match = net.quantity(node)
            assert match is not None
            if match.template.key in parameters or net.kind(net.families[match.template.key].node) == "scalar":
                return node
            items = [to_latex(item.node) for item in match.rest]
            if not items:
                raise Underivable(f"`{to_latex(node)}` in a number is not written entry by entry, so it has no form for a batch")
            return _with_entries(net, node, [point, *items])
        if not isinstance(node, s.Node) or isinstance(node, s.Script):
            return node
        return replace(node, **{name: many(getattr(node, name)) for name in s.inner_fields(node)})

    given = []
    for item, parsed in zip(problem.given, net.parsed.given, strict=True):
        left, right = parsed.formula.sides
        if net.kind(left) == "scalar" and any(net.quantity(n) is not None and net.is_entry(n) for n in s.walk(right)):
            right = _over_points(many(right), point, size)
        elif net.kind(left) == "scalar":
            right = _of_matrices(right, net)
        right = _for_each_point(right, net, parameters)
        given.append(Given(f"{to_latex(left)} = {to_latex(right)}", item.for_))
    shapes = {}
    for spelled, shape in problem.shapes.items():
        key = net.key(net.parsed.expression(spelled))
        data = key not in parameters and net.kind(net.families[key].node) == "row"
        shapes[spelled] = f"{size}×{str(shape).replace('x', '×').split('×')[1]}" if data else shape
    return replace(problem, given=tuple(given), shapes=shapes)


def _of_matrices(tree: s.Node, net: Network) -> s.Node:
    """A number that is written with rows, for the rows of a batch: a squared norm is that of all entries."""

    def rule(node: s.Node) -> s.Node | None:
        inner = squared_norm(node)
        if inner is not None and net.kind(inner) == "row":
            return s.Scripted(s.Norm(inner), (s.Script("sub", s.Symbol("F")), TWO))
        if isinstance(node, s.Product) and any(not net.is_scalar(factor) for factor in node.factors):
            raise Underivable(f"`{to_latex(node)}` in a number is not written entry by entry, so it has no form for a batch")
        return None

    return mapped(tree, rule)


def _for_each_point(tree: Any, net: Network, parameters: tuple[str, ...]) -> Any:
    """A row that all points have in common, where it is multiplied with theirs entry by entry: w ⊙ c is C diag(w)."""
    if isinstance(tree, tuple):
        return tuple(_for_each_point(item, net, parameters) for item in tree)
    if not isinstance(tree, s.Node) or isinstance(tree, s.Script):
        return tree
    if isinstance(tree, s.Product) and tree.signs and set(tree.signs) <= set(ELEMENTWISE):
        common = [factor for factor in tree.factors if net.key(factor) in parameters]
        points = [factor for factor in tree.factors if factor not in common]
        if common and points:
            joint = grouped(product(tuple(points), tree.signs[: len(points) - 1]))
            return s.Product((joint, *map(diagonal, common)), ("",) * len(common))
    return replace(tree, **{name: _for_each_point(getattr(tree, name), net, parameters) for name in s.inner_fields(tree)})


def _over_points(tree: s.Node, point: str, size: str) -> s.Node:
    """The sum over the points, next to the sums over entries: ½ Σ_k … is ½ Σ_b Σ_k …."""
    over = s.Comparison((s.Symbol(point), s.Number("1")), ("=",))
    if isinstance(tree, s.Add) and len(tree.terms) == 1:
        ((sign, term),) = tree.terms
        return s.Add(((sign, _over_points(term, point, size)),))
    if isinstance(tree, s.Product):
        sums = [factor for factor in tree.factors if any(isinstance(n, s.BigOperator) for n in s.walk(factor))]
        if len(sums) == 1:
            return replace(tree, factors=tuple(_over_points(f, point, size) if f is sums[0] else f for f in tree.factors))
    body = s.Group(tree) if isinstance(tree, s.Add) else tree
    return s.BigOperator("\\sum", over, s.Symbol(size), body)
