"""The gradient of a parameter as one formula over all paths: a sum over the steps of the loss and over those where the parameter acts.

∂L/∂θ = Σ_i Σ_{k ≤ i} ∂L_i/∂h_i (Π_{k < m ≤ i} ∂h_m/∂h_{m-1}) ∂⁺h_k/∂θ (Bengio, Simard and Frasconi 1994, eq. 13 with every step's loss).
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

from ..latex import syntax as s
from ..latex.printer import to_latex
from ..repair.trees import product, total
from .arrangement import GRADIENT
from .chains import Chain, as_factor, free_letters, one_step, sources
from .course import Course, summed
from .errors import back, hadamard, slope
from .naming import applied
from .network import Equation, Family, Use
from .spans import End, Span, at_step

Moved = Callable[[s.Node, s.Node], s.Node]


def write(course: Course, chain: Chain, family: Family) -> None:
    """Both forms, with derivatives and with matrices, for a parameter that acts on the state of a chain."""
    net, board, state = course.net, course.board, chain.state
    step = one_step(course, chain)
    way = _way(course, chain, family)
    if way is None or step is None or state.span is None or family.letter:
        return
    low, hops = way
    t = state.letter
    i, k, m = free_letters(course, ("i", "k", "m", "r", "u", "v"))[:3]
    fed = sources(course, chain, i)
    if fed is None:
        return
    end: s.Node = s.Symbol(i) if fed.span is not None else state.span.high.tree()

    def at(tree: s.Node, index: s.Node) -> s.Node:
        moved: s.Node = at_step(tree, t, index)
        return moved

    cost = _cost(course, chain) if fed.span is not None else course.loss
    if cost is None:
        return
    last, here = at(state.node, end), s.Symbol(k)
    lower = s.Comparison((s.Symbol(m), End(k, 1).tree()), ("=",))
    between = s.Derivative(at(state.node, s.Symbol(m)), (at(state.node, End(m, -1).tree()),))
    values = [use.value for use in hops]
    local = [s.Derivative(at(a, here), (at(b, here),)) for a, b in pairwise(values)]
    direct = s.Derivative(at(values[-1], here), (family.node,), mark="\\partial^+")
    outer = s.Derivative(at(cost, end) if fed.span is not None else cost, (last,))
    folds: list[s.Node] = [s.Group(s.BigOperator("\\prod", lower, end, between)), *local, direct]
    as_column = [*map(net.transposed, reversed(folds)), outer]
    factors = [net.transposed(outer), *folds] if net.kind(family.node) == "matrix" else as_column
    chained = s.Product(tuple(factors), ("",) * (len(factors) - 1))
    left = course.total(family.node)
    word = "step" if t not in ("l", "\\ell") else "layer"
    told = (
        f"All paths in one formula: from the loss of {word} ${i}$ back to {word} ${k}$, where ${to_latex(family.node)}$ acts:"
        if fed.span is not None
        else f"All paths in one formula: from the end back to each {word} ${k}$, where ${to_latex(family.node)}$ acts:"
    )
    if board.layout == GRADIENT:  # derivatives of columns by matrices, with three indices, have one form
        board.write("product of Jacobians", left, _over(chained, i, k, low, state.span, fed.span), told)
        told = "and with the Jacobians written out:"
    folded = s.BigOperator("\\prod", lower, end, at(step, s.Symbol(m)))
    error: s.Node = product((net.transposed(s.Group(folded)), as_factor(fed.tree)), ("",))
    for use, inner in pairwise(hops):
        error = _through(course, use, inner.value, error, at, here)
    use = hops[-1]
    call = applied(Equation(use.key, use.value, use.right), net)
    if call is not None:
        error = hadamard(error, at(slope(call, use.value, net), here))
    body = total(tuple(back(error, at(use.right if call is None else call.args[0], here), family.node, net)))
    board.write("product of Jacobians", left, _over(body, i, k, low, state.span, fed.span), told)


def _way(course: Course, chain: Chain, family: Family) -> tuple[End, list[Use]] | None:
    """The first step at which a parameter acts, and its use followed back from the state; None where it acts elsewhere too."""
    uses = course.uses(family.key)
    inner = {chain.state.key, *(use.key for use in chain.way)}
    spans = [use.summed for use in uses]
    if len(uses) != 1 or spans[0] is None or uses[0].key not in inner:
        return None
    hops: list[Use] = [uses[0]]
    while hops[0].key != chain.state.key:
        onward = [use for use in chain.way if use in course.uses(hops[0].key) and not use.shift]
        if len(onward) != 1:
            return None
        hops.insert(0, onward[0])
    return spans[0].low, hops


def _cost(course: Course, chain: Chain) -> s.Node | None:
    """The loss of one step, where the loss is their sum."""
    net = course.net
    found = [key for key in course.ways if key != net.loss and net.kind(net.families[key].node) == "scalar" and net.families[key].letter]
    return net.families[found[0]].node if len(found) == 1 and net.families[found[0]].letter == chain.state.letter else None


def _through(course: Course, use: Use, place: s.Node, error: s.Node, at: Moved, here: s.Node) -> s.Node:
    """An error at a value taken back to a quantity that it is made of."""
    call = applied(Equation(use.key, use.value, use.right), course.net)
    if call is not None and call.args[0] == place:
        return hadamard(error, at(slope(call, use.value, course.net), here))
    return total(tuple(back(error, at(use.right, here), at(place, here), course.net)))


def _over(body: s.Node, i: str, k: str, low: End, whole: Span, fed: Span | None) -> s.Node:
    """Σ over i and k ≤ i; over k alone where only the last step is fed."""
    if fed is None:
        return summed(Span(low, whole.high), k, body)
    inner = summed(Span(low, End(i, 0)), k, body)
    return s.BigOperator("\\sum", s.Comparison((s.Symbol(i), low.tree()), ("=",)), whole.high.tree(), inner)
