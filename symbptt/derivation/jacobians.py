"""The Jacobian of a state by an earlier one: what one step does, the product over the steps, or the recursion where several states meet.

∂h_t/∂h_k = Π_{k < m ≤ t} ∂h_m/∂h_{m-1}, what vanishes or explodes (Bengio, Simard and Frasconi 1994); where several quantities are
carried from step to step (h and c of an LSTM) their derivatives are carried together.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from ..latex import syntax as s
from ..latex.printer import to_latex
from ..repair.trees import plain, product, total
from .chains import as_factor, free_letters
from .course import Course, listed
from .errors import jacobian
from .network import Family, Network, Underivable, Use, is_identity
from .spans import End, at_step

ZERO = s.Number("0")
#: How long the engines may take for a line of a recursion of several quantities.
SECONDS = 20
NORM = (
    "The norm of a product is at most the product of the norms: where those of the factors stay below one it vanishes with the number "
    "of steps, and where they stay above one it may explode."
)


@dataclass(frozen=True)
class Asked:
    """∂(`of` at step t)/∂(`by` at step k): families, and the two steps."""

    of: str
    by: str
    later: s.Node
    earlier: s.Node


@dataclass(frozen=True)
class _Hop:
    """`value` at the step t depends on `source` at the step t − `shift` along its own equation: the derivative, and what it is.

    `entangled`: it does so in other ways within the step too, so that the derivative along the equation alone has no sign.
    """

    source: str
    value: str
    shift: int
    derivative: s.Node
    matrix: s.Node
    entangled: bool = False


def asked_of(net: Network, node: s.Derivative) -> Asked:
    """What a derivative of one column by another asks for. Raises `Underivable` where it is none of two columns at steps."""
    keys = [net.key(part) for part in (node.numerator, *node.wrt)]
    if len(keys) != 2 or not all(keys):
        raise Underivable(f"`{to_latex(node)}` is no derivative of one quantity of the model by another")
    steps: list[s.Node] = []
    for key, part in zip(keys, (node.numerator, node.wrt[0]), strict=True):
        match = net.quantity(part)
        if match is None or len(match.bindings) != 1 or not net.families[key].letter or net.kind(net.families[key].node) != "column":
            raise Underivable(f"a Jacobian is of a column at a step by a column at a step, and `{to_latex(part)}` is no such thing here")
        steps.extend(match.bindings.values())
    if keys[0] not in net.below(keys[1]):
        raise Underivable(f"`{to_latex(node.numerator)}` does not depend on `{to_latex(node.wrt[0])}`")
    return Asked(keys[0], keys[1], steps[0], steps[1])


def write(course: Course, asked: Asked, steps: int | str) -> None:
    """The local Jacobians, and what they make together."""
    hops = _hops(course)
    family = course.net.families[asked.of]
    assert family.span is not None
    letter = family.letter
    _local(course, hops, letter)
    paths = _cut(hops, asked.of) if asked.of == asked.by else None
    if paths is not None:
        _one_step(course, family, paths)
        if steps == "all":
            _product(course, family, paths, asked)
        else:
            _unrolled(course, family, paths, *_numbers(asked, family, int(steps)))
        return
    state = _only_state(hops) if steps == "all" else ""
    if not (state and _through(course, hops, asked, state)):
        _carried(course, hops, asked, steps)


def _numbers(asked: Asked, family: Family, last: int) -> tuple[int, int]:
    """The two steps as numbers: the last and the first one where they are letters."""
    assert family.span is not None
    later = int(asked.later.text) if isinstance(asked.later, s.Number) else last
    earlier = int(asked.earlier.text) if isinstance(asked.earlier, s.Number) else family.span.low.offset
    if not family.span.low.offset <= earlier <= later <= last:
        raise Underivable(f"there is no step {earlier} before step {later} among {family.span.low.offset} to {last}")
    return later, earlier


def _hops(course: Course) -> list[_Hop]:
    """What depends on what along one equation, written at the step of the later one, which is `letter`."""
    net = course.net
    found = []
    for key in reversed(course.ways):
        family = net.families[key]
        for use in course.uses(key):
            found.append(_hop(course, family, use))
    return found


def _hop(course: Course, family: Family, use: Use) -> _Hop:
    net = course.net
    back = End(family.letter, -use.shift)
    value, right, node = (_at(tree, family.letter, back.tree()) for tree in (use.value, use.right, family.node))
    tree = jacobian(right, value, node, net)
    if tree is None:
        raise Underivable(f"there is no rule for the Jacobian of `{to_latex(use.value)}` by `{to_latex(family.node)}`")
    entangled = any(_within(course, other.key, use.key) for other in course.uses(family.key) if other != use and other.shift == use.shift)
    return _Hop(family.key, use.key, use.shift, course.local(value, node), tree, entangled)


def _within(course: Course, start: str, end: str) -> bool:
    """Whether a quantity enters another within its own step."""
    found, waiting = {start}, [start]
    while waiting:
        onward = [use.key for use in course.uses(waiting.pop()) if not use.shift and use.key not in found]
        found |= set(onward)
        waiting += onward
    return end in found


def _at(tree: s.Node, letter: str, step: s.Node) -> s.Node:
    moved: s.Node = at_step(tree, letter, step)
    return moved


def _paths(hops: Sequence[_Hop], value: str, stops: Sequence[str], seen: frozenset[str] = frozenset()) -> Iterator[tuple[_Hop, ...]]:
    """The ways back from a value within its own step, each up to a stop or to the step before; the latest hop first."""
    for hop in hops:
        if hop.value != value or (not hop.shift and hop.source in seen):
            continue
        if hop.shift or hop.source in stops:
            yield (hop,)
        else:
            for rest in _paths(hops, hop.source, stops, seen | {value}):
                yield (hop, *rest)


def _cut(hops: Sequence[_Hop], key: str) -> list[tuple[_Hop, ...]] | None:
    """All ways from a quantity to itself one step later, where every way from step to step goes through it; else None."""
    found: list[tuple[_Hop, ...]] = []
    waiting: list[tuple[_Hop, ...]] = [(hop,) for hop in hops if hop.value == key]
    while waiting:
        path = waiting.pop(0)
        if path[-1].source == key:
            if sum(hop.shift for hop in path) != 1:
                return None
            found.append(path)
            continue
        if len(path) > len(hops):
            return None
        waiting += [(*path, hop) for hop in hops if hop.value == path[-1].source]
    return found


def _local(course: Course, hops: Sequence[_Hop], letter: str) -> None:
    words = "What each quantity does to the next, along its own equation:"
    if course.immediate == "\\partial^+":
        words = "What each quantity does to the next along its own equation, marked with $+$, with all else in it held fixed:"
    course.board.part("The local Jacobians", words)
    for hop in hops:
        if not hop.entangled:
            course.board.write("local derivative", hop.derivative, hop.matrix, "", _condition(course, letter) if hop.shift else "")


def _condition(course: Course, letter: str) -> str:
    """The steps that have one before them."""
    span = next(f.span for f in course.net.families.values() if f.letter == letter and f.span is not None and f.equations)
    return f"{to_latex(End('', span.low.offset + 1).tree())} \\le {letter} \\le {to_latex(span.high.tree())}"


def _moved(hop: _Hop, path: Sequence[_Hop], letter: str, matrix: bool) -> s.Node:
    """A hop of a path at its own step: those behind a step back belong to the step before."""
    before = sum(other.shift for other in path[: path.index(hop)])
    return _at(hop.matrix if matrix else hop.derivative, letter, End(letter, -before).tree())


def _along(path: Sequence[_Hop], letter: str, matrix: bool) -> s.Node:
    factors: list[s.Node] = []
    for hop in path:
        tree = _moved(hop, path, letter, matrix)
        if is_identity(tree) and len(path) > 1:
            continue
        factors += [as_factor(f) for f in tree.factors] if isinstance(tree, s.Product) and set(tree.signs) == {""} else [as_factor(tree)]
    if not factors:
        return path[0].matrix
    return product(tuple(factors), ("",) * (len(factors) - 1)) if len(factors) > 1 else factors[0]


def _sum(paths: Sequence[Sequence[_Hop]], letter: str, matrix: bool) -> s.Node:
    return total(tuple(("+", _along(path, letter, matrix)) for path in paths))


def _one_step(course: Course, family: Family, paths: Sequence[tuple[_Hop, ...]]) -> None:
    """∂h_t/∂h_{t-1}: a term for each way."""
    letter, node, board = family.letter, family.node, course.board
    before = _at(node, letter, End(letter, -1).tree())
    left = s.Derivative(node, (before,))
    condition = _condition(course, letter)
    symbols = _sum(paths, letter, matrix=False)
    if len(paths) == len(paths[0]) == 1:
        return  # that is the local Jacobian
    board.part("From one step to the next", f"${to_latex(node)}$ depends on ${to_latex(before)}$ {_ways(course, paths)}:")
    if any(hop.entangled for path in paths for hop in path):
        board.write("chain rule", left, _sum(paths, letter, matrix=True), "", condition)
        return
    board.write("chain rule", left, symbols, "", condition)
    board.write("local derivative", left, _sum(paths, letter, matrix=True), "With the local Jacobians", condition)


def _ways(course: Course, paths: Sequence[tuple[_Hop, ...]]) -> str:
    """The ways in the order of their terms: directly, through z_t, through r_t and h̃_t."""
    if len(paths) == 1:
        return "along one way only"
    told = []
    for path in paths:
        between = [course.net.families[hop.source].node for hop in reversed(path[:-1])]
        told.append(f"through {listed(between)}" if between else "directly")
    return f"along {len(paths)} ways, whose products add up: {', '.join(told[:-1])} and {told[-1]}"


def _product(course: Course, family: Family, paths: Sequence[tuple[_Hop, ...]], asked: Asked) -> None:
    board, node, letter = course.board, family.node, family.letter
    assert family.span is not None
    t = letter if not isinstance(asked.later, s.Symbol) else asked.later.name
    k = asked.earlier.name if isinstance(asked.earlier, s.Symbol) else "k"
    m = next(x for x in free_letters(course, ("m", "r", "s", "u", "i")) if x not in (t, k))
    low, high = to_latex(family.span.low.tree()), to_latex(family.span.high.tree())
    board.part("Over several steps", NORM)
    left = s.Derivative(_at(node, letter, s.Symbol(t)), (_at(node, letter, s.Symbol(k)),))
    lower = s.Comparison((s.Symbol(m), End(k, 1).tree()), ("=",))
    one = s.Derivative(_at(node, letter, s.Symbol(m)), (_at(node, letter, End(m, -1).tree()),))
    order = f"{low} \\le {k} \\le {t} \\le {high}"
    told = _multiply(node, board.side)
    board.write("product of Jacobians", left, s.BigOperator("\\prod", lower, s.Symbol(t), one), told, order)
    if len(paths) > 1:
        return  # what one step does stands above, and is long
    step = _at(_sum(paths, letter, matrix=True), letter, s.Symbol(m))
    told = f"and with what one step does (for ${k} = {t}$ the product is the identity)"
    board.write("product of Jacobians", left, s.BigOperator("\\prod", lower, s.Symbol(t), step), told, order)


def _multiply(node: s.Node, side: str) -> str:
    return f"Nothing leads from step to step but ${to_latex(node)}$, so the Jacobians of the steps multiply, the latest on the {side}:"


def _unrolled(course: Course, family: Family, paths: Sequence[tuple[_Hop, ...]], later: int, earlier: int) -> None:
    """The product for numbers of steps, factor by factor."""
    board, node, letter = course.board, family.node, family.letter

    def at(tree: s.Node, step: int) -> s.Node:
        return _at(tree, letter, s.Number(str(step)))

    board.part("Over several steps", NORM)
    left = s.Derivative(at(node, later), (at(node, earlier),))
    ones = [s.Derivative(at(node, step), (at(node, step - 1),)) for step in range(later, earlier, -1)]
    if not ones:
        board.write("product of Jacobians", left, course.net.identity, "A quantity by itself:")
        return
    if len(ones) > 1:
        told = _multiply(node, board.side)
        board.write("product of Jacobians", left, s.Product(tuple(ones), ("",) * (len(ones) - 1)), told)
    if len(paths) > 1 and len(ones) > 1:
        return  # what one step does stands above, and is long
    steps = [at(_sum(paths, letter, matrix=True), step) for step in range(later, earlier, -1)]
    whole = product(tuple(as_factor(step) for step in steps), ("",) * (len(steps) - 1)) if len(steps) > 1 else steps[0]
    board.write("product of Jacobians", left, whole, "and with what each step does" if len(ones) > 1 else "")


# -- through one state --------------------------------------------------------------------------------------------------------


def _only_state(hops: Sequence[_Hop]) -> str:
    """The one family that leads from step to step; empty where there are several."""
    carried = {hop.source for hop in hops if hop.shift}
    return carried.pop() if len(carried) == 1 else ""


def _through(course: Course, hops: Sequence[_Hop], asked: Asked, state: str) -> bool:
    """∂x_t/∂v_k = ∂x_t/∂h_{t-1} ∂h_{t-1}/∂h_k ∂h_k/∂v_k where h alone leads from step to step; whether that was written.

    It is not where x meets h at several steps.
    """
    net, board, family = course.net, course.board, course.net.families[state]
    paths = _cut(hops, state)
    onward = list(_paths(hops, asked.of, (state,))) if asked.of != state else []
    shifts = {path[-1].shift for path in onward if path[-1].source == state}
    if paths is None or len(shifts) > 1 or family.span is None:
        return False
    letter, low, high = family.letter, family.span.low, to_latex(family.span.high.tree())
    later = asked.later if isinstance(asked.later, s.Symbol) else s.Symbol(letter)
    earlier = asked.earlier if isinstance(asked.earlier, s.Symbol) else s.Symbol("k")
    _one_step(course, family, paths)
    _product(course, family, paths, Asked(state, state, later, earlier))
    by, of = (_at(net.families[key].node, letter, step) for key, step in ((asked.by, earlier), (asked.of, later)))
    (shift,) = shifts or {0}
    first, last = _at(family.node, letter, earlier), _at(family.node, letter, End(later.name, -shift).tree())
    factors = [s.Derivative(last, (first,))]
    between = [*([first] if asked.by != state else []), *([last] if onward else [])]
    count = "three" if len(between) > 1 else "two"
    board.part(
        f"The Jacobian of ${to_latex(of)}$ by ${to_latex(by)}$",
        f"Every way from the one to the other goes through {listed(between)}, so {count} Jacobians multiply:",
    )
    if onward:
        outer = s.Derivative(of, (last,))
        ways = [path for path in onward if path[-1].source == state]
        condition = f"{to_latex(low.moved(shift).tree())} \\le {later.name} \\le {high}"
        board.write("local derivative", outer, plain(_at(_sum(ways, letter, matrix=True), letter, later)), "", condition)
        factors = [outer, *factors]
    if asked.by != state:
        inner = s.Derivative(first, (by,))
        condition = f"{to_latex(low.tree())} \\le {earlier.name} \\le {high}"
        own = _from_own_step(course, hops, state, asked.by, (), letter, earlier, by)
        board.write("local derivative", inner, plain(own), "", condition)
        factors = [*factors, inner]
    relation = "\\le" if asked.of == state or (asked.by == state and not shift) else "<"
    condition = f"{to_latex(low.tree())} \\le {earlier.name} {relation} {later.name} \\le {high}"
    whole = s.Product(tuple(factors), ("",) * (len(factors) - 1))
    board.write("product of Jacobians", s.Derivative(of, (by,)), whole, "And so", condition)
    return True


# -- several states -----------------------------------------------------------------------------------------------------------


def _carried(course: Course, hops: Sequence[_Hop], asked: Asked, steps: int | str) -> None:
    """A recursion for the derivatives of all that is carried from step to step, with its beginning."""
    net, board = course.net, course.board
    inner = {hop.source for hop in hops if hop.shift and hop.value in course.ways}
    states = [key for key in reversed(course.ways) if key in inner]
    targets = [*states, *([asked.of] if asked.of not in states else [])]
    family = net.families[asked.of]
    letter = family.letter
    assert family.span is not None
    low, high = family.span.low, to_latex(family.span.high.tree())
    numbers = None if steps == "all" else _numbers(asked, family, int(steps))
    k: s.Node = s.Number(str(numbers[1])) if numbers else asked.earlier if isinstance(asked.earlier, s.Symbol) else s.Symbol("k")
    by = _at(net.families[asked.by].node, letter, k)
    names = listed([net.families[key].node for key in states])
    board.part(
        f"The Jacobians by ${to_latex(by)}$",
        f"From step to step {names} are carried, and none of them goes through another alone, so their derivatives are carried together. "
        "They begin at the step of the denominator:",
    )

    def of(key: str, step: s.Node) -> s.Node:
        return s.Derivative(_at(net.families[key].node, letter, step), (by,))

    for key in targets:
        body = net.identity if key == asked.by else _from_own_step(course, hops, key, asked.by, states, letter, k, by)
        board.write("boundary", of(key, k), body, "", "" if numbers else f"{to_latex(low.tree())} \\le {to_latex(k)} \\le {high}")
    if numbers is None:
        assert isinstance(k, s.Symbol)
        condition = f"{to_latex(low.tree())} \\le {k.name} < {letter} \\le {high}"
        told = "For every later step each way adds a term:"
        for at, key in enumerate(targets):
            left, body = of(key, s.Symbol(letter)), _from_before(hops, key, states, letter, of)
            if board.holds(left, body, condition, SECONDS).verdict == "unknown":
                raise Underivable(
                    f"the recursion of `{to_latex(left)}`, in which {len(states)} quantities are carried together, is not decided for "
                    f"every number of steps in {SECONDS} s; for a number of steps it may be: `--steps 3`"
                )
            board.write("recursion", left, body, told * (not at), condition)
        board.close(_told(states, hops, letter, net))
        return
    for step in range(numbers[1] + 1, numbers[0] + 1):
        for at, key in enumerate(targets):
            body = _at(_from_before(hops, key, states, letter, of), letter, s.Number(str(step)))
            told = f"Step {step}: each way adds a term:" if not at else ""
            board.write("recursion", of(key, s.Number(str(step))), body, told)
    board.close(_told(states, hops, letter, net))


def _told(states: Sequence[str], hops: Sequence[_Hop], letter: str, net: Network) -> str:
    """What is multiplied along each state alone."""
    alone = [hop for hop in hops if hop.shift and hop.source == hop.value and hop.source in states]
    if not alone:
        return NORM
    shown = ", ".join(f"$\\prod {to_latex(hop.matrix)}$ along ${to_latex(net.families[hop.source].node)}$" for hop in alone)
    return f"Along one state alone what is multiplied is {shown}. {NORM}"


def _from_own_step(
    course: Course, hops: Sequence[_Hop], key: str, by: str, states: Sequence[str], letter: str, k: s.Node, node: s.Node
) -> s.Node:
    """∂x_k/∂v_k: along the equations of the step k; zero where none leads from v to x."""
    terms: list[tuple[str, s.Node]] = []
    for path in _paths(hops, key, (*states, by)):
        if path[-1].shift:
            continue
        matrix = _at(_along(path, letter, matrix=True), letter, k)
        if path[-1].source == by:
            terms.append(("+", matrix))
        elif _within(course, by, path[-1].source):
            inner = s.Derivative(_at(course.net.families[path[-1].source].node, letter, k), (node,))
            terms.append(("+", product((as_factor(matrix), inner), ("",))))
    return total(tuple(terms)) if terms else ZERO


def _from_before(hops: Sequence[_Hop], key: str, states: Sequence[str], letter: str, of: Callable[[str, s.Node], s.Node]) -> s.Node:
    """∂x_t/∂v_k in the derivatives of the states of the step before, and of those of the same step that enter x; one term a state."""
    stops = [state for state in states if state != key]
    grouped: dict[tuple[str, int], list[tuple[_Hop, ...]]] = {}
    for path in _paths(hops, key, stops):
        grouped.setdefault((path[-1].source, path[-1].shift), []).append(path)
    terms: list[tuple[str, s.Node]] = []
    for (source, shift), paths in grouped.items():
        matrix = _sum(paths, letter, matrix=True)
        terms.append(("+", product((as_factor(matrix), of(source, End(letter, -shift).tree())), ("",))))
    return total(tuple(terms))
