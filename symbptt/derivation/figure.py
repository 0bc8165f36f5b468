"""The unrolled computation as a figure, as data: nodes with their places, arrows with the weights on them.

A node stands in the column of its step, below what it enters at the same step (longest path to the loss); nodes of one row stand side
by side. An arrow that would run through a node is bent around it. What the gradient flows back along is marked.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from ..latex import syntax as s
from ..latex.printer import to_latex
from ..repair.trees import outside_scripts
from .naming import Name
from .network import Family, Network, Use
from .spans import End, at_step

#: Half the width and the height of a node, in lanes and rows.
HALF_WIDE, HALF_HIGH = 0.36, 0.24
#: Free room between two columns, in lanes; the room of dots.
BETWEEN, DOTS = 1.4, 0.9
#: From this many lanes on a step is wide, and fewer steps are drawn.
WIDE = 1
#: How far an arrow is bent aside, in lanes, the first that clears all nodes.
BENDS = (0.0, 0.5, -0.5, 0.8, -0.8, 1.2, -1.2)
DOTS_SIGN = "\\cdots"


@dataclass(frozen=True)
class Node:
    """A quantity at a step: its name, the name of its error where it has one, and its place, x in lanes and y in rows from below left."""

    latex: str
    error: str
    x: float
    y: float
    marked: bool

    @property
    def is_dots(self) -> bool:
        return self.latex == DOTS_SIGN


@dataclass(frozen=True)
class Edge:
    """An arrow from one node to another, by their numbers, with the weight on it; marked where the gradient flows back along it.

    `via` is the middle control point of a curve of second degree, None for a straight arrow.
    """

    start: int
    end: int
    weight: str
    marked: bool
    via: tuple[float, float] | None = None


@dataclass(frozen=True)
class Figure:
    nodes: tuple[Node, ...] = ()
    edges: tuple[Edge, ...] = ()


@dataclass(frozen=True)
class _Column:
    """A step that is drawn; dots where `end` is None; `carried` holds the state before the first step alone."""

    end: End | None
    carried: bool = False


def figure_of(net: Network, ways: Sequence[str], named: Mapping[str, Name], depth: int | str) -> Figure:
    """Steps 1, 2, 3 of a model with that many; else the first, dots, t and t + 1, dots, and the last."""
    drawn = _drawn(net)
    lanes, rows = _places(net, drawn)
    left, right = min(lanes.values()), max(lanes.values())
    columns = _columns(net, drawn, depth, right - left >= WIDE)
    middles, x = [], 0.0
    for column in columns:
        wide = DOTS if column.end is None else (1.0 if column.carried else right - left + BETWEEN)
        middles.append(x + wide / 2 - (0.0 if column.end is None or column.carried else (left + right) / 2))
        x += wide
    nodes: dict[tuple[str, int], Node] = {}
    for at, column in enumerate(columns):
        for key in drawn:
            node = _node_of(net, net.families[key], column, columns)
            if node is None:
                continue
            family, name = net.families[key], named.get(key)
            error = (
                to_latex(_moved(name.node, family, column.end))
                if name is not None and column.end is not None and not column.carried
                else ""
            )
            lane = 0.0 if column.end is None or column.carried else lanes[key]
            place = (x / 2 if _is_last(net, key) else middles[at] + lane), float(rows[key])
            known = key in ways and not column.carried
            nodes[key, at] = Node(to_latex(node) if column.end is not None else DOTS_SIGN, error, *place, known)
    order = list(nodes)
    edges: dict[tuple[int, int], Edge] = {}
    for key, at in order:
        for use in net.uses.get(key, ()):
            for to, right_side in _ends(net, use, columns, at, nodes):
                pair = order.index((key, at)), order.index(to)
                place_of = _node_of(net, net.families[key], columns[at], columns)
                weight = _weight(right_side, place_of, net) if place_of is not None else ""
                marked = key in ways and use.key in ways and not columns[at].carried
                edges[pair] = Edge(*pair, weight, marked)
    return _tidied(Figure(tuple(nodes.values()), tuple(edges.values())))


def _drawn(net: Network) -> list[str]:
    """What equations define, and what enters these from outside: inputs, neither weights nor targets."""
    inner = [key for key, family in net.families.items() if family.equations]
    outer = [
        key
        for key, family in net.families.items()
        if not family.equations
        and key not in net.parameters
        and net.uses.get(key)
        and all(net.kind(use.value) != "scalar" for use in net.uses[key])
        and not all(_is_before(net, use) for use in net.uses[key])
    ]
    return [*outer, *inner]


def _is_before(net: Network, use: Use) -> bool:
    """Whether what is entered stands before the first step: a⁰ = x."""
    family, match = net.families[use.key], net.quantity(use.value)
    steps = [int(index.text) for index in match.bindings.values() if isinstance(index, s.Number)] if match is not None else []
    return bool(steps) and family.span is not None and not family.span.low.last and steps[0] < family.span.low.offset


def _columns(net: Network, drawn: Sequence[str], depth: int | str, wide: bool) -> list[_Column]:
    family = next((net.families[key] for key in drawn if net.families[key].letter and net.families[key].equations), None)
    if family is None or family.span is None:
        return [_Column(End("", 1))]
    low = family.span.low
    before = [use for key in drawn for use in net.uses.get(key, ()) if use.span is not None and use.span.low == low.moved(-1) and use.shift]
    first = [_Column(low.moved(-1), carried=True)] if before else []
    if depth != "all":
        return [*first, *(_Column(End("", step)) for step in range(low.offset, int(depth) + 1))]
    here = End(family.letter, 0)
    dots = _Column(None)
    if wide:
        return [dots, _Column(here), _Column(here.moved(1)), dots]
    return [*first, _Column(low), dots, _Column(here), _Column(here.moved(1)), dots, _Column(family.span.high)]


def _is_last(net: Network, key: str) -> bool:
    """Whether it is a sum over the steps, which stands above all of them."""
    family = net.families[key]
    match = net.quantity(family.node)
    sums = any(isinstance(n, s.BigOperator) and n.operator == "\\sum" for e in family.equations for n in s.walk(e.right))
    spread = any(net.families[other].letter for other in net.families for use in net.uses.get(other, ()) if use.key == key)
    return not family.letter and sums and spread and match is not None and not match.bindings


def _node_of(net: Network, family: Family, column: _Column, columns: Sequence[_Column]) -> s.Node | None:
    """The name of a family in a column, None where it does not stand there."""
    crossing = any(use.shift for use in net.uses.get(family.key, ()))
    if column.end is None:
        return family.node if crossing and family.letter else None
    if family.letter:
        inside = column.end.last == family.letter or (family.span is not None and family.span.low <= column.end <= family.span.high)
        if column.carried:
            known = any(use.span is not None and use.span.low <= column.end and use.shift for use in net.uses.get(family.key, ()))
            return _moved(family.node, family, column.end) if known else None
        return _moved(family.node, family, column.end) if inside else None
    if column.carried:
        return None
    return family.node if column == _column_of(net, family, columns) else None


def _column_of(net: Network, family: Family, columns: Sequence[_Column]) -> _Column:
    """The column of a quantity with no running step: that of the step which is its last script, else the last one."""
    scripts = [n for n in s.walk(family.node) if isinstance(n, s.Script)]
    items = [item for script in scripts for item in (script.body.items if isinstance(script.body, s.Sequence) else (script.body,))]
    for column in columns:
        if column.end is not None and column.end.last in ("", "T", "L") and column.end.tree() in items[-1:]:
            return column
    users = [use for use in net.uses.get(family.key, ()) if not use.shift]
    for use in users:
        value = net.families.get(use.key)
        if value is not None and value.key != family.key:
            if not value.letter:
                return _column_of(net, value, columns)
            match = net.quantity(use.value)
            indices = list(match.bindings.values()) if match else []
            found = [c for c in columns if c.end is not None and c.end.tree() in indices and not c.carried]
            if found:
                return found[0]
    return [column for column in columns if column.end is not None][-1]


def _moved(node: s.Node, family: Family, end: End | None) -> s.Node:
    moved: s.Node = at_step(node, family.letter, end.tree()) if family.letter and end is not None else node
    return moved


def _places(net: Network, drawn: Sequence[str]) -> tuple[dict[str, float], dict[str, int]]:
    """For each family its lane beside the middle of its column, and its row: below all that it enters at its own step."""
    users = {key: [u.key for u in net.uses.get(key, ()) if not u.shift and u.key in drawn and u.key != key] for key in drawn}
    depths: dict[str, int] = {}

    def depth(key: str) -> int:
        if key not in depths:
            depths[key] = 0
            depths[key] = 1 + max((depth(user) for user in users[key]), default=-1)
        return depths[key]

    for key in drawn:
        depth(key)
    lanes: dict[str, float] = {}
    for level in range(max(depths.values()) + 1):
        here = [key for key in drawn if depths[key] == level]
        wanted = {key: (sum(lanes[u] for u in users[key]) / len(users[key]) if users[key] else 0.0) for key in here}
        here.sort(key=lambda key: (wanted[key], -_inputs(net, key, drawn)))
        middle = sum(wanted.values()) / len(here)
        for at, key in enumerate(here):
            lanes[key] = middle + at - (len(here) - 1) / 2
    deepest = max(depths.values())
    return lanes, {key: deepest - level for key, level in depths.items()}


def _inputs(net: Network, key: str, drawn: Sequence[str]) -> int:
    """How many drawn quantities of the same step enter one."""
    return sum(use.key == key and not use.shift for other in drawn for use in net.uses.get(other, ()))


def _ends(
    net: Network, use: Use, columns: Sequence[_Column], at: int, nodes: Mapping[tuple[str, int], Node]
) -> list[tuple[tuple[str, int], s.Node]]:
    """The nodes that a family in a column enters by a use, each with the right side there."""
    column, family = columns[at], net.families[use.key]
    if column.end is None:  # dots: on to the next column
        onward = columns[at + 1].end if at + 1 < len(columns) else None
        known = onward is not None and use.shift and (use.key, at + 1) in nodes
        return [((use.key, at + 1), _at(use, onward.moved(-use.shift)))] if known and onward is not None else []
    if use.span is not None and use.letter:
        if not column.end.last or column.end.last in ("T", "L"):
            inside = use.span.low <= column.end <= use.span.high
        else:
            inside = use.span.high != use.span.low
        if not inside:
            return []
    if not family.letter:
        return [((key, c), use.right) for key, c in nodes if key == use.key]
    target = column.end.moved(use.shift) if use.letter else None
    for other, place in enumerate(columns):
        if (use.key, other) in nodes and place.end is not None and place.end == target:
            return [((use.key, other), _at(use, column.end))]
    if use.letter and use.shift and at + 1 < len(columns) and columns[at + 1].end is None:
        key = next((key for key, c in nodes if c == at + 1 and key in net.families and _carries(net, key, use)), "")
        return [((key, at + 1), s.Number("0"))] if key else []
    if not use.letter:
        match = net.quantity(use.value)
        indices = list(match.bindings.values()) if match is not None else []
        return [
            ((use.key, other), use.right)
            for other, place in enumerate(columns)
            if (use.key, other) in nodes and place.end is not None and place.end.tree() in indices
        ]
    return []


def _carries(net: Network, key: str, use: Use) -> bool:
    """Whether dots of a family stand for what a use of it goes on to."""
    return use in net.uses.get(key, ())


def _at(use: Use, end: End | None) -> s.Node:
    moved: s.Node = at_step(use.right, use.letter, end.tree()) if use.letter and end is not None else use.right
    return moved


def _weight(right: s.Node, place: s.Node, net: Network) -> str:
    """The parameter that multiplies a quantity, if one does."""
    for node in outside_scripts(right):
        if isinstance(node, s.Product) and any(net.key(n) == net.key(place) for f in node.factors for n in outside_scripts(f)):
            found = [f for f in node.factors if net.key(f) in net.parameters]
            if found:
                return to_latex(found[0])
    return ""


# -- tidying --------------------------------------------------------------------------------------------------------------------


def _tidied(figure: Figure) -> Figure:
    """Without nodes that no arrow touches; arrows bent around nodes."""
    touched = sorted({e.start for e in figure.edges} | {e.end for e in figure.edges}) or list(range(len(figure.nodes)))
    nodes = tuple(figure.nodes[at] for at in touched)
    rows = sorted({node.y for node in nodes})
    nodes = tuple(replace(node, y=float(rows.index(node.y))) for node in nodes)
    edges = tuple(replace(e, start=touched.index(e.start), end=touched.index(e.end)) for e in figure.edges)
    return Figure(nodes, tuple(_bent(edge, nodes) for edge in edges))


def _bent(edge: Edge, nodes: Sequence[Node]) -> Edge:
    start, end = nodes[edge.start], nodes[edge.end]
    others = [node for at, node in enumerate(nodes) if at not in (edge.start, edge.end)]
    middle = (start.x + end.x) / 2, (start.y + end.y) / 2
    flat = abs(start.y - end.y) < 0.5
    for bend in BENDS:
        via = (middle[0], middle[1] + 2 * bend) if flat else (middle[0] + 2 * bend, middle[1])
        if not any(_touches(start, via, end, node) for node in others):
            return edge if not bend else replace(edge, via=via)
    return edge


def _touches(start: Node, via: tuple[float, float], end: Node, node: Node) -> bool:
    points = [on_curve((start.x, start.y), via, (end.x, end.y), at / 24) for at in range(25)]
    room = 1.15
    return any(
        abs((a[0] + b[0]) / 2 - node.x) < HALF_WIDE * room and abs((a[1] + b[1]) / 2 - node.y) < HALF_HIGH * room
        for a, b in pairwise(points)
    )


def on_curve(start: tuple[float, float], via: tuple[float, float], end: tuple[float, float], at: float) -> tuple[float, float]:
    """A point of the curve of second degree, `at` from 0 to 1."""
    a, b, c = (1 - at) ** 2, 2 * at * (1 - at), at * at
    return a * start[0] + b * via[0] + c * end[0], a * start[1] + b * via[1] + c * end[1]
