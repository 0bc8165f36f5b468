"""The errors in closed form where a state depends on the one before along one way: products of Jacobians over the steps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..latex import syntax as s
from ..latex.printer import to_latex
from ..repair.trees import total
from .costs import direct
from .course import Course, summed
from .errors import back, jacobian, through
from .network import Family, Use
from .spans import End, Span, at_step

#: Letters for steps, in the order in which they are taken.
LETTERS = ("k", "r", "s", "u", "v", "i")


@dataclass(frozen=True)
class Chain:
    """A state and the one way from it to itself one step later, as the uses along it."""

    state: Family
    way: tuple[Use, ...]


def chain_of(course: Course, kinds: Sequence[str] = ("column",)) -> Chain | None:
    """The state whose errors are followed back through time along one way; None where there are several ways, or none.

    `kinds` are the shapes that a state may have: products of Jacobians are matrices for columns alone.
    """
    net = course.net
    cyclic = [key for key in course.ways if any(key in net.below(use.key) for use in course.uses(key))]
    for key in cyclic:
        family = net.families[key]
        if family.letter and net.kind(family.node) in kinds and any(use.key not in cyclic for use in course.uses(key)):
            way = _way(course, key, cyclic)
            if way is not None:
                return Chain(family, way)
    return None


def _way(course: Course, key: str, cyclic: Sequence[str]) -> tuple[Use, ...] | None:
    found: list[Use] = []
    at = key
    while True:
        onward = [use for use in course.uses(at) if use.key in cyclic]
        if len(onward) != 1 or len(found) > len(cyclic):
            return None
        found.append(onward[0])
        at = onward[0].key
        if at == key:
            return tuple(found) if sum(use.shift for use in found) == 1 and len(found) == len(cyclic) else None


def write(course: Course) -> Chain | None:
    """The recursion unrolled for every step: Jacobians multiply, and the errors are sums over what comes later.

    The chain where that was written.
    """
    chain = chain_of(course)
    step = one_step(course, chain) if chain is not None else None
    if chain is None or step is None:
        _in_words(course)
        return None
    state, board, net = chain.state, course.board, course.net
    assert state.span is not None
    t = state.letter
    k, m = free_letters(course, LETTERS)[:2]
    word = _word(state.letter)
    board.part(f"All {word}s at once", _induction(course, word))
    later, before = at_step(state.node, t, s.Symbol(k)), at_step(state.node, t, End(m, -1).tree())
    middle = at_step(state.node, t, s.Symbol(m))
    reach = f"{to_latex(End('', state.span.low.offset + 1).tree())} \\le {m} \\le {to_latex(state.span.high.tree())}"
    told = f"From one {word} to the next, ${to_latex(middle)}$ depends on ${to_latex(before)}$ along one way only:"
    board.write("local derivative", s.Derivative(middle, (before,)), at_step(step, t, s.Symbol(m)), told, reach)
    lower = s.Comparison((s.Symbol(m), End(t, 1).tree()), ("=",))
    folded = s.BigOperator("\\prod", lower, s.Symbol(k), at_step(step, t, s.Symbol(m)))
    order = f"{to_latex(state.span.low.tree())} \\le {t} \\le {k} \\le {to_latex(state.span.high.tree())}"
    jacobian_ = s.Derivative(later, (state.node,))
    told = f"Over several {word}s these Jacobians multiply, the latest on the {board.side}; for ${k} = {t}$ the product is the identity:"
    board.write("product of Jacobians", jacobian_, folded, told, order)
    source = sources(course, chain, k)
    if source is None:
        return chain
    body = through(net.transposed(jacobian_), source.tree, net)
    closed: s.Node = body if source.span is None else summed(Span(End(t, 0), state.span.high), k, body)
    if source.span is None:
        at_last = s.Derivative(at_step(state.node, t, state.span.high.tree()), (state.node,))
        closed = through(net.transposed(at_last), source.tree, net)
    told = f"What {word} ${k}$ adds to the loss reaches {word} ${t}$ through that product:" if source.span else "And so, from the end:"
    board.write("sum over steps", course.total(state.node), closed, told)
    return chain


def _word(letter: str) -> str:
    return "layer" if letter in ("l", "\\ell") else "step"


def _closed(course: Course, word: str) -> str:
    """The induction, and the order in which the errors of a step are found."""
    order: dict[str, list[s.Node]] = {}
    for key in course.ways:
        if (name := course.names.get(key)) is not None and course.net.families[key].letter:
            order.setdefault(course.net.families[key].letter, []).append(name.node)
    told = ""
    if len(order) > 1:
        first, *then = ([f"${letter}$", *(f"${to_latex(node)}$" for node in nodes)] for letter, nodes in order.items())
        told = f" Those of the {word}s {first[0]} come first, {_in_order(first[1:])}; then "
        told += " and ".join(f"those of the {word}s {letter}, {_in_order(nodes)}" for letter, *nodes in then) + "."
    elif any(len(nodes) > 2 for nodes in order.values()):
        told = f" Within a {word} they are found {_in_order([f'${to_latex(node)}$' for nodes in order.values() for node in nodes])}."
    return (
        f"The boundary gives the errors of the last {word}, and the recursion those of each {word} from those of the next one. So by "
        f"induction, from the last {word} down to the first, the formulas above give all of them.{told}"
    )


def _in_order(shown: Sequence[str]) -> str:
    return f"in the order {', '.join(shown)}" if len(shown) > 1 else "".join(shown)


def _induction(course: Course, word: str) -> str:
    return (
        f"{_closed(course, word)} Written out, they are as follows. The product of Jacobians is what vanishes or explodes: "
        "its norm is at most the product of the norms of its factors."
    )


def _in_words(course: Course) -> None:
    shifted = [key for key in course.ways for use in course.uses(key) if use.shift]
    if shifted:
        word = _word(course.net.families[shifted[0]].letter)
        course.board.part(f"All {word}s at once", _closed(course, word))


@dataclass(frozen=True)
class _Source:
    tree: s.Node
    span: Span | None


def sources(course: Course, chain: Chain, k: str) -> _Source | None:
    """What a state's errors are fed with at step k besides the next state: for all steps, or at the last one alone."""
    state = chain.state
    assert state.span is not None
    parts: list[tuple[str, s.Node]] = []
    points = []
    for use in course.uses(state.key):
        if use == chain.way[0] or use.span is None:
            continue
        if use.shift or (not use.span.is_point and use.span != state.span):
            return None
        points.append(use.span.is_point)
        place = state.node if not use.span.is_point else at_step(state.node, state.letter, use.span.low.tree())
        if course.net.is_cost(use.key):
            parts.append(("+", direct(course, use, place)))
            continue
        error = course.error(use.key, use.value)
        name, tree = course.names.get(use.key), use.right
        if name is not None and name.argument is not None and isinstance(tree, s.Call):
            error, tree = course.as_step_of(use.key, name.node, use.value), tree.args[0]
        parts += back(error, tree, place, course.net)
    if len(set(points)) != 1:
        return None
    body = total(tuple(parts))
    return _Source(body, None) if points[0] else _Source(at_step(body, state.letter, s.Symbol(k)), state.span)


def one_step(course: Course, chain: Chain) -> s.Node | None:
    """∂state_t/∂state_{t-1} as a product of local Jacobians, at the step t of the later one."""
    net, state = course.net, chain.state
    factors: list[s.Node] = []
    node, offset = state.node, 0
    for use in chain.way:
        moved = at_step(use.value, state.letter, End(state.letter, offset).tree()) if use.letter else use.value
        right = at_step(use.right, state.letter, End(state.letter, offset).tree()) if use.letter else use.right
        tree = jacobian(right, moved, node, net)
        if tree is None:
            return None
        factors = [*(tree.factors if isinstance(tree, s.Product) else (tree,)), *factors]
        node, offset = moved, offset + use.shift
    whole = s.Product(tuple(as_factor(f) for f in factors), ("",) * (len(factors) - 1)) if len(factors) > 1 else factors[0]
    back_by_one: s.Node = at_step(whole, state.letter, End(state.letter, -1).tree())
    return back_by_one


def as_factor(node: s.Node) -> s.Node:
    plain_product = isinstance(node, s.Product) and set(node.signs) == {""}
    return s.Group(node) if isinstance(node, s.Add) or (isinstance(node, s.Product) and not plain_product) else node


def free_letters(course: Course, letters: Sequence[str]) -> list[str]:
    """Those that are neither steps nor labels nor sizes."""
    return [x for x in letters if x not in course.net.parsed.ranges and x not in _taken(course)]


def _taken(course: Course) -> set[str]:
    """Letters in scripts: labels, which an index must not take."""
    nodes = [f.node for f in course.net.families.values()]
    scripts = [script.body for node in s.walk(*nodes) if isinstance(node, s.Symbol) for script in node.scripts]
    sizes = {x for text in course.net.problem.shapes.values() if text != "scalar" for x in str(text)}
    return {n.name for n in s.walk(*scripts, *nodes) if isinstance(n, s.Symbol)} | sizes
