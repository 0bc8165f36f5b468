"""The computation unrolled over three steps as a figure: data first, then TikZ or SVG. What the gradient flows back along is marked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from ..latex import syntax as s
from ..latex.printer import to_latex
from ..repair.trees import outside_scripts
from .mathml import mathml
from .naming import Name
from .network import Family, Network, Use
from .spans import End, Span, at_step

#: Distances between columns and rows, and the half-sizes of a node, in pixels.
WIDE, HIGH, HALF_WIDE, HALF_HIGH = 190, 92, 44, 22


@dataclass(frozen=True)
class Node:
    """A quantity at a step: its name, the name of its error where it has one, and its place counted from below left."""

    latex: str
    error: str
    column: int
    row: int
    marked: bool


@dataclass(frozen=True)
class Edge:
    """An arrow from one node to another, by their numbers, with the weight on it; marked where the gradient flows back along it."""

    start: int
    end: int
    weight: str
    marked: bool


@dataclass(frozen=True)
class Figure:
    nodes: tuple[Node, ...] = ()
    edges: tuple[Edge, ...] = ()
    open_ended: bool = False


def figure_of(net: Network, ways: Sequence[str], named: Mapping[str, Name], depth: int | str) -> Figure:
    """The nodes of each step and what enters what: steps 1, 2, 3 of a model with that many, else t - 1, t, t + 1."""
    letter = next((f.letter for f in net.families.values() if f.letter and f.equations), "")
    general = depth == "all" and bool(letter)
    ends = (
        [End(letter, offset) for offset in (-1, 0, 1)]
        if general
        else [End("", step) for step in range(1, (int(depth) if depth != "all" else 1) + 1)]
    )
    order = _rows(net, ways)
    nodes: list[Node] = []
    numbers: dict[str, int] = {}
    for row, key in enumerate(order):
        family = net.families[key]
        name = named.get(key)
        for column, node in _places(family, ends, net):
            if to_latex(node) not in numbers:
                numbers[to_latex(node)] = len(nodes)
                error = to_latex(_moved(name.node, family, ends[column])) if name is not None else ""
                nodes.append(Node(to_latex(node), error, column, row, key in ways))
    edges: dict[tuple[int, int], Edge] = {}
    for key in order:
        family = net.families[key]
        for column, node in _places(family, ends, net):
            for use in net.uses.get(key, ()):
                found = _end_of_use(use, family, ends[column], net, general)
                if found is not None and to_latex(found[0]) in numbers:
                    pair = numbers[to_latex(node)], numbers[to_latex(found[0])]
                    edges[pair] = Edge(*pair, _weight(found[1], node, net), key in ways and use.key in ways)
    return _connected(Figure(tuple(nodes), tuple(edges.values()), general)) if general else Figure(tuple(nodes), tuple(edges.values()))


def _connected(figure: Figure) -> Figure:
    """Without nodes that no arrow touches, such as an output at the last step alone, and what only they lead to."""
    kept = {0}
    while True:
        more = kept | {e.end for e in figure.edges if e.start in kept} | {e.start for e in figure.edges if e.end in kept}
        if more == kept:
            break
        kept = more
    order = sorted(kept)
    edges = tuple(replace(e, start=order.index(e.start), end=order.index(e.end)) for e in figure.edges if e.start in kept)
    rows = sorted({figure.nodes[at].row for at in order})
    return Figure(tuple(replace(figure.nodes[at], row=rows.index(figure.nodes[at].row)) for at in order), edges, True)


def _rows(net: Network, ways: Sequence[str]) -> list[str]:
    """Families that equations define, the loss last: a family comes after those of its own step that it uses."""
    inner = [key for key, family in net.families.items() if family.equations]
    order: list[str] = []
    while len(order) < len(inner):
        ready = [key for key in inner if key not in order and all(o in order for o in inner if o != key and _uses_now(net, o, key))]
        if not ready:
            return [key for key in reversed(ways) if key in inner]
        order += ready[:1]
    return order


def _uses_now(net: Network, key: str, user: str) -> bool:
    return any(use.key == user and not use.shift for use in net.uses.get(key, ()))


def _moved(node: s.Node, family: Family, end: End) -> s.Node:
    moved: s.Node = at_step(node, family.letter, end.tree()) if family.letter else node
    return moved


def _places(family: Family, ends: Sequence[End], net: Network) -> list[tuple[int, s.Node]]:
    """The columns in which a family stands; one without steps in the column of the step it names, else in the last one."""
    if family.letter:
        within = [(at, end) for at, end in enumerate(ends) if end.last or family.span is None or family.span.low <= end <= family.span.high]
        return [(at, _moved(family.node, family, end)) for at, end in within]
    match = net.quantity(family.node)
    numbers = [int(n.text) for index in (match.bindings.values() if match else ()) for n in s.walk(index) if isinstance(n, s.Number)]
    column = min(numbers[0], len(ends)) - 1 if numbers and not ends[0].last else len(ends) - 1
    return [(column, family.node)]


def _end_of_use(use: Use, family: Family, end: End, net: Network, general: bool) -> tuple[s.Node, s.Node] | None:
    """The value that a family at a step enters, and the right side there."""
    if not use.letter or not family.letter or use.span is None:
        return use.value, use.right
    inside = use.span.high != use.span.low if general else not use.span.common(Span(end, end)).is_empty
    return (at_step(use.value, use.letter, end.tree()), at_step(use.right, use.letter, end.tree())) if inside else None


def _weight(right: s.Node, place: s.Node, net: Network) -> str:
    """The parameter that multiplies a quantity, if one does."""
    for node in outside_scripts(right):
        if isinstance(node, s.Product) and any(place in list(outside_scripts(f)) for f in node.factors):
            found = [f for f in node.factors if net.key(f) in net.parameters]
            if found:
                return to_latex(found[0])
    return ""


# -- TikZ -----------------------------------------------------------------------------------------------------------------------


def tikz(figure: Figure) -> str:
    """A picture for a TeX document with the package tikz; scaled down to the width of a line where it is wider."""
    if not figure.nodes:
        return ""
    lines = []
    for at, node in enumerate(figure.nodes):
        style = "q, back" if node.marked else "q"
        lines.append(f"\\node[{style}] (n{at}) at ({node.column * 4.2:.1f}, {node.row * 1.7:.1f}) {{${node.latex}$}};")
        if node.error:
            lines.append(f"\\node[err, anchor=west] at (n{at}.east) {{${node.error}$}};")
    for edge in figure.edges:
        label = f" node[w] {{${edge.weight}$}}" if edge.weight else ""
        lines.append(f"\\draw[{'flow' if edge.marked else 'plain'}] (n{edge.start}) --{label} (n{edge.end});")
    if figure.open_ended:
        last, middle = max(n.column for n in figure.nodes), max(n.row for n in figure.nodes) * 0.85
        lines += [f"\\node at ({x:.1f}, {middle:.1f}) {{$\\cdots$}};" for x in (-1.9, last * 4.2 + 1.9)]
    body = "\n".join(lines)
    return (
        "\\begin{center}\\resizebox{\\ifdim\\width>\\linewidth\\linewidth\\else\\width\\fi}{!}{%\n\\begin{tikzpicture}["
        "q/.style={draw, rounded corners, inner sep=4pt, gray}, back/.style={draw=black, text=black}, "
        "err/.style={blue!60!black, font=\\footnotesize}, plain/.style={->, gray}, flow/.style={->, thick, blue!60!black}, "
        f"w/.style={{fill=white, font=\\footnotesize, inner sep=1pt}}]\n{body}\n\\end{{tikzpicture}}}}\\end{{center}}"
    )


# -- SVG ------------------------------------------------------------------------------------------------------------------------


def svg(figure: Figure) -> str:
    """An inline picture for a page; names are MathML."""
    if not figure.nodes:
        return ""
    rows, columns = max(n.row for n in figure.nodes) + 1, max(n.column for n in figure.nodes) + 1
    width, height = columns * WIDE + 40, rows * HIGH + 20
    at = [(n.column * WIDE + 20 + WIDE // 2, (rows - 1 - n.row) * HIGH + 10 + HIGH // 2) for n in figure.nodes]
    lines = [_line(at[e.start], at[e.end], e) for e in figure.edges]
    boxes = []
    for (x, y), node in zip(at, figure.nodes, strict=True):
        mark = ' class="back"' if node.marked else ""
        boxes.append(f'<rect{mark} x="{x - HALF_WIDE}" y="{y - HALF_HIGH}" width="{2 * HALF_WIDE}" height="{2 * HALF_HIGH}" rx="8"/>')
        boxes.append(_label(x - HALF_WIDE, y - HALF_HIGH + 7, 2 * HALF_WIDE, node.latex))
        if node.error:
            boxes.append(_label(x + HALF_WIDE, y - HALF_HIGH - 4, 72, node.error, "err"))
    if figure.open_ended:
        boxes += [f'<text x="{x}" y="{height // 2}">⋯</text>' for x in (4, width - 18)]
    marker = (
        '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto-start-reverse">'
        '<path d="M0 0 L8 4 L0 8 z"/></marker></defs>'
    )
    drawn = "\n".join([*lines, *boxes])
    return (
        f'<svg class="net" viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img" '
        f'aria-label="The computation, unrolled; marked is what the gradient flows back along">{marker}\n{drawn}\n</svg>'
    )


def _line(start: tuple[int, int], end: tuple[int, int], edge: Edge) -> str:
    """A line from border to border, its weight in the middle."""
    (x1, y1), (x2, y2) = start, end
    dx, dy = x2 - x1, y2 - y1
    reach = min(HALF_WIDE / abs(dx) if dx else 9.0, HALF_HIGH / abs(dy) if dy else 9.0, 0.5)
    ends = x1 + dx * reach, y1 + dy * reach, x2 - dx * reach, y2 - dy * reach
    mark = ' class="back"' if edge.marked else ""
    line = f'<line{mark} x1="{ends[0]:.0f}" y1="{ends[1]:.0f}" x2="{ends[2]:.0f}" y2="{ends[3]:.0f}" marker-end="url(#tip)"/>'
    return line + (_label((x1 + x2) // 2 + 4, (y1 + y2) // 2 - 14, 60, edge.weight, "weight") if edge.weight else "")


def _label(x: int, y: int, width: int, latex: str, kind: str = "name") -> str:
    return f'<foreignObject x="{x}" y="{y}" width="{width}" height="34"><div class="{kind}">{mathml(latex)}</div></foreignObject>'
