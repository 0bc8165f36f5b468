"""The derivation for every number of steps: the chain rule for each quantity, the recursion of errors with its boundary, the sums."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ..latex import syntax as s
from ..latex.printer import to_latex
from ..repair.trees import ONE, plain, terms_of, total
from . import chains, costs, paths, weights
from .course import Course, Piece, listed
from .errors import HADAMARD, back, hadamard, jacobian, slope, times
from .naming import Name, applied, is_softmax
from .network import Equation, Family, Use, at_end
from .spans import Span, pieces

ZERO = s.Number("0")
#: The terms of a sum that is written again with a slope; a longer one stands above under its name.
REPEATED = 3


def write(course: Course) -> None:
    """The derivation of ∂L/∂(each of `course.wrt`)."""
    net = course.net
    for key in course.ways:
        family = net.families[key]
        if key == net.loss or not family.equations:
            continue
        of_family(course, family)
    chain = chains.write(course)
    in_full = True
    for group in weights.together(course, [net.families[key] for key in course.wrt]):
        weights.heading(course, group)
        for family in group:
            starts = starts_of(course, family)
            in_full = not weights.of_parameter(course, family, starts, in_full, group) and in_full
        for family in group if chain is not None else ():
            assert chain is not None
            paths.write(course, chain, family)


def starts_of(course: Course, family: Family) -> list[tuple[s.Node, s.Node]]:
    """For each equation a parameter is in: the error that is taken back, and the tree it is the error of."""
    return [_start(course, use, family, None)[:2] for use in course.uses(family.key)]


def of_family(course: Course, family: Family) -> None:
    """The error of a family at all its steps."""
    net, name = course.net, course.names.get(family.key)
    if net.is_cost(family.key):
        costs.of_term(course, family)
        return
    shown = to_latex(name.node if name is not None else course.total(family.node))
    course.board.part(f"The error ${shown}$" if name is not None else f"The derivative ${shown}$")
    uses = course.uses(family.key)
    by_entries = [use for use in uses if use.key in course.entries and use.key not in course.names]
    if len(uses) == 1 and costs.is_compared(course, uses[0], family):
        (costs.of_cost if net.axes(family.node) else costs.of_number)(course, family)
    elif by_entries and len(uses) == 1 and name is not None and _is_argument(course, uses[0], family.node):
        call = applied(Equation(uses[0].key, uses[0].value, uses[0].right), net)
        assert call is not None
        (costs.of_softmax if is_softmax(call, net) else costs.of_activation)(course, family, uses[0], name)
    elif len(uses) == 1 and name is not None and _is_argument_of_softmax(course, uses[0], family.node):
        costs.of_softmax_within(course, family, uses[0], name)
    else:
        _collected(course, family, uses)
    if name is not None and name.argument is not None:
        _at_argument(course, family, name, name.argument, course.found[family.key])


def of_point(course: Course, family: Family, point: Span) -> None:
    """The error of a family at one step."""
    name = course.names.get(family.key)
    active = [use for use in course.uses(family.key) if use.span is not None and not use.span.common(point).is_empty]
    if family.span is None or family.span.common(point).is_empty:
        return
    _at_span(course, family, point, active, first=False, chained=False)
    if name is not None and name.argument is not None:
        _at_argument(course, family, name, name.argument, course.found[family.key][-1:])


def chain_rule(course: Course, family: Family) -> None:
    """The chain rule over all that a quantity enters, with the local derivatives, at the steps that are not the last."""
    span, active = _pieces(course, family, course.uses(family.key))[0]
    if active:
        _chain(course, _at(family.node, family, span), active, family, span, course.condition(family, span))


def _is_argument(course: Course, use: Use, node: s.Node) -> bool:
    call = applied(Equation(use.key, use.value, use.right), course.net)
    return call is not None and call.args[0] == node


def _is_argument_of_softmax(course: Course, use: Use, node: s.Node) -> bool:
    call = applied(Equation(use.key, use.value, use.right), course.net)
    return call is not None and is_softmax(call, course.net) and call.args[0] == node


def _pieces(course: Course, family: Family, uses: Sequence[Use]) -> list[tuple[Span | None, list[Use]]]:
    """The steps of a family in parts, with what it enters in each; the general part first."""
    if family.span is None:
        return [(None, list(uses))]
    spans = [use.span for use in uses if use.span is not None]
    inlined = [piece.span for use in uses if use.key not in course.names for piece in course.found.get(use.key, ())]
    spans += [span for span in inlined if span is not None]
    found: list[tuple[Span | None, list[Use]]] = [
        (span, [use for use in uses if use.span is not None and not use.span.common(span).is_empty]) for span in pieces(family.span, spans)
    ]
    return sorted(found, key=lambda item: item[0] is not None and item[0].is_point)


def _at(tree: s.Node, family: Family, span: Span | None) -> s.Node:
    return at_end(tree, family.letter, span.low) if span is not None and span.is_point and family.letter else tree


def _start(course: Course, use: Use, family: Family, span: Span | None) -> tuple[s.Node, s.Node, s.Node]:
    """What is taken back through a use: the error, the tree it is the error of, and the value."""
    value, right = _at(use.value, family, span), _at(use.right, family, span)
    name = course.names.get(use.key)
    if use.key == course.net.loss:
        return ONE, right, value
    if name is not None and name.argument is not None:
        assert isinstance(right, s.Call)
        return course.as_step_of(use.key, name.node, value), right.args[0], value
    known = course.found.get(use.key)
    if name is not None or not known:
        return course.error(use.key, value), right, value
    for piece in known:
        if piece.span is None or span is None or not piece.span.common(span).is_empty:
            return course.as_step_of(use.key, piece.tree, value), right, value
    return ZERO, right, value


def _collected(course: Course, family: Family, uses: Sequence[Use]) -> None:
    """The chain rule over all that a quantity enters, the local derivatives, and the sum."""
    for at, (span, active) in enumerate(_pieces(course, family, uses)):
        node, condition = _at(family.node, family, span), course.condition(family, span)
        chained = bool(active) and not at and _chain(course, node, active, family, span, condition)
        _at_span(course, family, span, active, first=not at, chained=chained, alike=bool(at) and len(uses) == len(active))


def _at_span(
    course: Course, family: Family, span: Span | None, active: Sequence[Use], *, first: bool, chained: bool, alike: bool = False
) -> None:
    """The error of a family over a range of steps in the errors of what it enters there; `alike`: as at the other steps."""
    name, board = course.names.get(family.key), course.board
    node, condition = _at(family.node, family, span), course.condition(family, span)
    left = _at(name.node, family, span) if name is not None and name.argument is None else course.total(node)
    if not active:
        board.write("boundary", left, ZERO, f"${to_latex(node)}$ enters nothing that the loss depends on:", condition)
        course.found.setdefault(family.key, []).append(Piece(span, ZERO))
        return
    body = total_of([part for use in active for part in parts(course, use, node, family, span)])
    last = span is not None and span.is_point and family.span is not None and span.high == family.span.high
    rule = "recursion" if any(use.shift for use in active) else "boundary" if last else "collect"
    told = "Together:" if chained else f"${to_latex(node)}$ enters {listed([_at(use.value, family, span) for use in active])}"
    if not chained:
        told += _why(course, node, active, family, span) if first else " only:" if len(active) == 1 else ":"
    if alike:
        told = f"In the same way for ${to_latex(node)}$:"
    board.write(rule, left, body, told, condition)
    course.found.setdefault(family.key, []).append(Piece(span, body))


def _why(course: Course, node: s.Node, active: Sequence[Use], family: Family, span: Span | None) -> str:
    if all(_at(use.right, family, span) == node for use in active):
        return " as it is:"
    if len(active) > 1:
        return "; each gives its error back through its own equation, and the parts add up:"
    return ", which gives its error back through its equation:"


def parts(course: Course, use: Use, node: s.Node, family: Family, span: Span | None) -> list[tuple[str, s.Node]]:
    """What a quantity, at the steps of `span`, gets back through one of the equations that it is in: signed terms."""
    error, tree, value = _start(course, use, family, span)
    if course.net.is_cost(use.key):
        at_point = replace(use, value=value, right=tree)
        return [("+", costs.direct(course, at_point, node))]
    call = applied(Equation(use.key, value, tree), course.net)
    if call is not None and call.args[0] == node:
        softmax = is_softmax(call, course.net)
        if softmax:
            return [("+", costs.through_softmax(error, value, course.net))]
        return [("+", times(error, slope(call, value, course.net), value, course.net))]
    return back(error, tree, node, course.net)


def total_of(terms: Sequence[tuple[str, s.Node]]) -> s.Node:
    """The sum, plain terms first; a first factor that all have entry by entry stands before a bracket."""
    ordered = tuple(sorted(terms, key=lambda term: term[0] == "-")) if len(terms) == 2 else tuple(terms)
    products = [body for _, body in ordered if isinstance(body, s.Product) and set(body.signs) == {HADAMARD}]
    if len(ordered) > 1 and len(products) == len(ordered) and len({body.factors[0] for body in products}) == 1:
        inner = [(sign, _product(body.factors[1:])) for (sign, _), body in zip(ordered, products, strict=True)]
        return hadamard(products[0].factors[0], total(tuple(inner)))
    return total(ordered)


def _product(factors: tuple[s.Node, ...]) -> s.Node:
    return factors[0] if len(factors) == 1 else s.Product(factors, (HADAMARD,) * (len(factors) - 1))


def _chain(course: Course, node: s.Node, active: Sequence[Use], family: Family, span: Span | None, condition: str) -> bool:
    """∂L/∂v = Σ (∂u/∂v)ᵀ ∂L/∂u and each ∂u/∂v, for columns; whether that was written.

    Left out where v is only another name of u, and where a derivative along one equation has no sign.
    """
    net, board = course.net, course.board
    if net.is_entangled(family.key, course.ways):
        return False
    found: list[tuple[s.Node, s.Node]] = []
    for use in active:
        value, right = _at(use.value, family, span), _at(use.right, family, span)
        columns = net.kind(value) == "column" == net.kind(node)
        tree = jacobian(right, value, node, net) if columns and right != node else None
        if tree is None:
            return False
        found.append((value, tree))
    told = f"${to_latex(node)}$ enters {listed([value for value, _ in found])}. By the chain rule"
    terms = [
        ("+", s.Product((net.transposed(course.local(value, node)), course.error(use.key, value)), ("",)))
        for use, (value, _) in zip(active, found, strict=True)
    ]
    board.write("chain rule", course.error(family.key, node), total(tuple(terms)), told, condition)
    for at, (value, tree) in enumerate(found):
        board.write("local derivative", course.local(value, node), tree, "" if at else "with", condition)
    return True


def _at_argument(course: Course, family: Family, name: Name, call: s.Call, found: Sequence[Piece]) -> None:
    """δ = ∂L/∂u ⊙ f′(…) with ∂L/∂u as found."""
    steep = slope(call, family.node, course.net)
    if family.key in course.entries:
        costs.at_argument(course, family, name, steep)
        return
    for at, piece in enumerate(found):
        error = piece.tree if len(terms_of(plain(piece.tree))) <= REPEATED else course.total(_at(family.node, family, piece.span))
        left, body = _at(name.node, family, piece.span), times(error, _at(steep, family, piece.span), family.node, course.net)
        told = "Times the slope:" if not at else ""
        rule = "boundary" if at else "collect"
        course.board.write(rule, left, body, told, course.condition(family, piece.span))
