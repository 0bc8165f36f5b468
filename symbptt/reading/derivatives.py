"""Derivatives: what is differentiated by what, which paths count, and how the result is laid out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ..index import (
    Affine,
    Apply,
    Branches,
    Differentiate,
    Entry,
    Expression,
    MatrixProduct,
    Multiply,
    Power,
    ScalarProduct,
    Sum,
    parts_of,
)
from ..latex import syntax as s
from ..latex.printer import to_latex
from .calls import application, function_of
from .choices import Unsupported
from .elaborate import divide, elaborate, quantity
from .reader import Reader
from .scope import Scope
from .tensors import NO_LENGTH, SPREAD, Indices, Jacobian, Tensor, as_argument, is_vector, lay_out, number, scale, total


@elaborate.register
def _(node: s.Derivative, reader: Reader, scope: Scope) -> Tensor:
    known = quantity(node, reader, scope)
    if known is not None:
        return known
    if not node.wrt:
        node = _by_its_argument(node, reader, scope)
    if len(node.wrt) > 1 or node.order > 1:
        return _second(node, reader, scope)
    value = _first(node, node.numerator, node.wrt[0], reader, scope)
    if node.scale is not None:
        value = scale(divide(number(1), elaborate(node.scale, reader, scope), node, reader), value)
    return value


def _by_its_argument(node: s.Derivative, reader: Reader, scope: Scope) -> s.Derivative:
    r"""`\\nabla \\ell(h_t)` of a scalar function of one argument, which is what it is taken by: the gradient of \\ell at h_t."""
    call = node.numerator
    if isinstance(call, s.Call) and len(call.args) == 1 and node.order == 1 and function_of(call.function, reader, scope) is not None:
        found = replace(node, wrt=call.args)
        by = elaborate(call.args[0], reader, scope)
        if elaborate(call, reader, scope).is_scalar and _partial_in_slot(call, call.args[0], by, reader, scope) is not None:
            return found
    raise Unsupported("a gradient without the quantity it is taken by", node.span)


def _first(node: s.Derivative, numerator: s.Node, wrt: s.Node, reader: Reader, scope: Scope) -> Tensor:
    by = elaborate(wrt, reader, scope)
    slot = _partial_in_slot(numerator, wrt, by, reader, scope)
    if slot is not None:
        jacobian = slot
    else:
        _not_among_dependent(node, numerator, wrt, reader, scope)
        of = elaborate(numerator, reader, scope)
        if of.kind in SPREAD:
            raise Unsupported(NO_LENGTH, node.span)
        spelling = to_latex(node)
        mode = _mode(node, spelling, reader)
        jacobian = _jacobian(of, by, to_latex(numerator), wrt, spelling, mode, scope)
    return _laid_out(jacobian, node, reader)


def _not_among_dependent(node: s.Derivative, numerator: s.Node, wrt: s.Node, reader: Reader, scope: Scope) -> None:
    r"""`\\frac{\\partial L(u, v)}{\\partial u}` of a defined L, where v depends on u, may hold v or not.

    Raises `Unsupported`.
    """
    if not isinstance(numerator, s.Call) or wrt not in numerator.args or node.mark != "\\partial":
        return
    for other in numerator.args:
        if other != wrt and _families(other, reader, scope) & _families(wrt, reader, scope, below=False):
            message = (
                f"`{to_latex(other)}` depends on `{to_latex(wrt)}`: whether the derivative holds it cannot be told; write d for a total one"
            )
            raise Unsupported(message, node.span)


def _families(node: s.Node, reader: Reader, scope: Scope, below: bool = True) -> set[str]:
    """The quantities that an argument names, and all that they come from."""
    value = elaborate(node, reader, scope.probe())
    found: set[str] = set()
    waiting: list[object] = [value.entry(value.rows, value.columns)]
    while waiting:
        names = {part.family for part in parts_of(waiting.pop()) if isinstance(part, Entry)} - found
        found |= names
        waiting += [equation.body for name in names if below for equation in reader.equations.get(name, ())]
    return found


def _jacobian(of: Tensor, by: Tensor, of_name: str, wrt: s.Node, spelling: str, mode: str, scope: Scope) -> Jacobian:
    split_of, split_by = len(of.rows), len(by.rows)

    def pair(i: Indices, j: Indices) -> Expression:
        target = by.entry(j[:split_by], j[split_by:])
        numerator = of.entry(i[:split_of], i[split_of:])
        inner = _only_entry(target, wrt)
        outer = Differentiate(numerator, inner, spelling, mode)
        if target == inner:
            return outer
        slope = Differentiate(target, inner, f"\\frac{{d {to_latex(wrt)}}}{{d \\cdot}}", "total")
        return Multiply((outer, Power(slope, Affine.of(-1))))

    _only_entry(by.entry(by.rows, by.columns), wrt)
    return Jacobian(of_name, to_latex(wrt), of.shape, by.shape, pair)


def _only_entry(expression: Expression, wrt: s.Node) -> Entry:
    r"""What a derivative is taken by: x itself, or the one x of an invertible function of it, σ of `\log \sigma^2`.

    Raises `Unsupported` for an expression in several quantities.
    """
    entries = {part for part in parts_of(expression) if isinstance(part, Entry)}
    if len(entries) != 1 or any(isinstance(part, (Sum, ScalarProduct, MatrixProduct, Branches)) for part in parts_of(expression)):
        raise Unsupported(f"a derivative is taken by a quantity, and `{to_latex(wrt)}` is an expression", wrt.span)
    return entries.pop()


def _second(node: s.Derivative, reader: Reader, scope: Scope) -> Tensor:
    """Higher derivatives, of scalars by scalars (entries)."""
    targets: Sequence[s.Node] = node.wrt if len(node.wrt) > 1 else node.wrt * node.order
    value = elaborate(node.numerator, reader, scope)
    if not value.is_scalar:
        raise Unsupported("a higher derivative is read only for scalars", node.span)
    expression = value.entry((), ())
    taken = [elaborate(target, reader, scope) for target in targets]
    if len(taken) == 2 and is_vector(taken[0]) and taken[0].shape in (taken[1].shape, taken[1].shape[::-1]):
        return _of_a_vector(node, expression, taken[0], taken[1], reader)
    for by in reversed(taken):
        entry = by.entry((), ()) if by.is_scalar else None
        if not isinstance(entry, Entry):
            raise Unsupported("a higher derivative is read only by entries", node.span)
        expression = Differentiate(expression, entry, to_latex(node), "total")
    return Tensor((), (), lambda i, j, e=expression: e)  # type: ignore[misc]


def _of_a_vector(node: s.Derivative, of: Expression, first: Tensor, second: Tensor, reader: Reader) -> Tensor:
    r"""`\nabla^2_w L`, `\frac{\partial^2 L}{\partial w \partial w^T}`: all second derivatives, or those by one entry twice and their sum.

    Raises `Unsupported` where the two are not one vector: nothing states which of them counts the rows.
    """

    def entry_of(by: Tensor, index: Indices) -> Entry:
        found = by.entry(index[: len(by.rows)], index[len(by.rows) :])
        if not isinstance(found, Entry):
            raise Unsupported("a higher derivative is read only by entries", node.span)
        return found

    axis = first.rows + first.columns
    if entry_of(first, axis) != entry_of(second, axis):
        raise Unsupported("a second derivative is read only by one vector, or by entries", node.span)

    def twice(i: Indices, j: Indices) -> Expression:
        inner = Differentiate(of, entry_of(first, i), to_latex(node), "total")
        return Differentiate(inner, entry_of(first, j), to_latex(node), "total")

    other = "the sum of its diagonal" if node.mark == "\\nabla" else "its diagonal"
    meaning = reader.choose(f"a second derivative by `{to_latex(node.wrt[0])}`", ("a matrix", other))
    if meaning == "a matrix":
        return Tensor(axis, axis, twice)
    diagonal = Tensor(axis, (), lambda i, j: twice(i, i))
    return total(diagonal, reader.fresh) if node.mark == "\\nabla" else diagonal


def _mode(node: s.Derivative, spelling: str, reader: Reader) -> str:
    """Total or immediate as stated; left sides and given equations are total unless stated."""
    stated = reader.notation.derivative
    if spelling in stated:
        return stated[spelling]
    if reader.part == "given":
        return "total"
    if reader.side == 0 and "lhs" in stated:
        return stated["lhs"]
    mark = "\\partial" if node.mark.startswith("\\partial") else node.mark
    if node.mark == "\\partial^+":
        return "immediate"
    mode = stated.get(mark, stated.get("*", "auto"))
    if mode != "auto":
        return mode
    if reader.side == 0 or node.mark == "\\nabla":
        return "total"
    reader.spellings.setdefault(reader.side, [])
    if spelling not in reader.spellings[reader.side]:
        reader.spellings[reader.side].append(spelling)
    return "auto"


def _laid_out(jacobian: Jacobian, node: s.Derivative, reader: Reader) -> Tensor:
    of_axes = jacobian.of_shape[0] + jacobian.of_shape[1]
    by_axes = jacobian.by_shape[0] + jacobian.by_shape[1]
    if not of_axes and not by_axes:
        return lay_out(jacobian, "gradient")
    if node.mark == "\\nabla":
        open_ = not reader.notation.layout or "numerator" in reader.notation.layout.values()
        free = reader.part == "claim" and not of_axes and len(by_axes) == 1 and open_
        layout = reader.choose("layout of \\nabla", ("gradient", "numerator")) if free else "gradient"
        return lay_out(jacobian, layout)
    kind = "scalar" if not of_axes else "vector" if len(of_axes) == 1 else "matrix"
    by_kind = ("scalar", "vector", "matrix")[min(len(by_axes), 2)]
    layout = reader.notation.layout_of(kind, by_kind)
    if layout == "gradient" and of_axes:
        layout = ""
    if not layout:
        options: tuple[str, ...] = ("gradient", "numerator") if not of_axes else ("numerator", "denominator")
        if kind == "scalar" and by_kind == "matrix" and reader.part == "claim" and reader.gradient_shown:
            options = ("gradient",)
        if kind == "scalar" and reader.part == "given":
            return _given_layout(jacobian, reader)
        layout = reader.choose(f"layout of a {kind} by a {by_kind}", options)
    return lay_out(jacobian, layout)


def _given_layout(jacobian: Jacobian, reader: Reader) -> Tensor:
    """In a given equation the stated shape of the left side tells the layout; else it is the gradient's."""
    gradient = lay_out(jacobian, "gradient")
    turned = lay_out(jacobian, "numerator")
    if reader.given_shape == turned.shape != gradient.shape:
        return turned
    reader.gradient_shown = True
    return gradient


def _partial_in_slot(numerator: s.Node, wrt: s.Node, by: Tensor, reader: Reader, scope: Scope) -> Jacobian | None:
    """∂f(u, v)/∂u of a declared abstract function is its partial in that slot, whatever u depends on."""
    if not isinstance(numerator, s.Call) or wrt not in numerator.args:
        return None
    function = function_of(numerator.function, reader, scope)
    if function is None or function.kind not in ("map", "scalar"):
        return None
    position = numerator.args.index(wrt)
    value = application(numerator, function, reader, scope)
    arguments = tuple(as_argument(elaborate(a, reader, scope), reader.fresh) for a in numerator.args)
    split = len(value.rows)

    def pair(i: Indices, j: Indices) -> Expression:
        inner = value.entry(i[:split], i[split:])
        component: tuple[Affine, ...] = inner.component if isinstance(inner, Apply) else ()
        return Apply(function.name, arguments, component, ((position, j),), slots=function.slots)

    return Jacobian(to_latex(numerator), to_latex(wrt), value.shape, by.shape, pair)
