"""A figure drawn: TikZ for TeX, SVG for a page or as a file of its own."""

from __future__ import annotations

from collections.abc import Callable

from .figure import HALF_HIGH, HALF_WIDE, Edge, Figure, Node, on_curve
from .labels import labels_of, place_of
from .mathml import mathml

#: A lane and a row: in centimetres for TeX, in pixels for SVG.
LANE_CM, ROW_CM = 1.7, 1.3
LANE, ROW, MARGIN = 112, 78, 34
ERROR_WIDE = 64
#: A page shows a figure no smaller than this share of its size; what is wider then is moved sideways.
LEAST = 0.7
ABOUT = "The computation; marked is what the derivatives run along, with the names of the errors"

_XHTML, _MATHML = 'xmlns="http://www.w3.org/1999/xhtml"', 'xmlns="http://www.w3.org/1998/Math/MathML"'

Point = tuple[float, float]


# -- TikZ -----------------------------------------------------------------------------------------------------------------------


def tikz(figure: Figure) -> str:
    """A picture for a TeX document with the package tikz; scaled down to the width of a line where it is wider."""
    if not figure.nodes:
        return ""
    lines = []
    labels = labels_of(figure)
    for at, node in enumerate(figure.nodes):
        style = "dots" if node.is_dots else "q, back" if node.marked else "q"
        lines.append(f"\\node[{style}] (n{at}) at {_cm((node.x, node.y))} {{${node.latex}$}};")
    lines += [_tikz_edge(edge, figure.nodes) for edge in figure.edges]
    for at, node in enumerate(figure.nodes):
        if node.error:
            side, level = labels.corners[at]
            own, corner = ("west", "east") if side > 0 else ("east", "west")
            height = "north" if level > 0 else "south"
            lines.append(f"\\node[err, anchor={height} {own}] at (n{at}.{height} {corner}) {{${node.error}$}};")
    for at, edge in enumerate(figure.edges):
        if edge.weight:
            lines.append(f"\\node[w] at {_cm(place_of(edge, figure.nodes, labels.weights[at]))} {{${edge.weight}$}};")
    body = "\n".join(lines)
    return (
        "\\begin{center}\\resizebox{\\ifdim\\width>\\linewidth\\linewidth\\else\\width\\fi}{!}{%\n\\begin{tikzpicture}["
        "q/.style={draw, rounded corners, inner sep=3.5pt, gray, minimum height=6.2mm, minimum width=11mm}, "
        "back/.style={draw=black, text=black}, "
        "dots/.style={inner sep=2pt}, err/.style={blue!60!black, font=\\footnotesize, inner sep=1.5pt}, plain/.style={->, gray}, "
        f"flow/.style={{->, thick, blue!60!black}}, w/.style={{fill=white, font=\\footnotesize, inner sep=1pt}}]\n{body}\n"
        f"\\end{{tikzpicture}}}}\n\n{{\\small {ABOUT}.}}\\end{{center}}"
    )


def _tikz_edge(edge: Edge, nodes: tuple[Node, ...]) -> str:
    style = "flow" if edge.marked else "plain"
    if edge.via is None:
        return f"\\draw[{style}] (n{edge.start}) -- (n{edge.end});"
    start, end = nodes[edge.start], nodes[edge.end]
    first, second = _third((start.x, start.y), edge.via), _third((end.x, end.y), edge.via)
    return f"\\draw[{style}] (n{edge.start}) .. controls {_cm(first)} and {_cm(second)} .. (n{edge.end});"


def _third(end: Point, via: Point) -> Point:
    """The control point of third degree next to an end, of a curve of second degree."""
    return end[0] + 2 / 3 * (via[0] - end[0]), end[1] + 2 / 3 * (via[1] - end[1])


def _cm(point: Point) -> str:
    return f"({point[0] * LANE_CM:.2f}, {point[1] * ROW_CM:.2f})"


# -- SVG ------------------------------------------------------------------------------------------------------------------------

#: Colours of a file of its own, on light and on dark ground; a page has them in its own style sheet.
STYLE = """
.net { --ink: #1b1b1f; --paper: #fdfdfb; --soft: #6a6a72; --line: #b9b9b2; --mark: #0a6b3d; color: var(--ink); }
@media (prefers-color-scheme: dark) {
  .net { --ink: #e6e6ea; --paper: #17171a; --soft: #9a9aa4; --line: #55555e; --mark: #6fd39f; }
}
"""
SHAPES = """
.net rect { fill: var(--paper); stroke: var(--line); } .net rect.back { stroke: var(--ink); }
.net path.edge { fill: none; stroke: var(--soft); opacity: .55; }
.net path.edge.back { stroke: var(--mark); stroke-width: 1.8; opacity: 1; }
.net .tip { fill: var(--soft); } .net .tip.back { fill: var(--mark); }
.net foreignObject > div { display: flex; height: 100%; align-items: center; justify-content: center; line-height: 1; white-space: nowrap; }
.net foreignObject > .err { color: var(--mark); font-size: 13px; justify-content: flex-start; }
.net foreignObject > .left { justify-content: flex-end; }
.net foreignObject > .name { font-size: 15px; } .net foreignObject > .faint { color: var(--soft); font-size: 15px; }
.net .weight > span { background: var(--paper); color: var(--soft); font-size: 13px; padding: 1px 2px; }
"""


def svg(figure: Figure, alone: bool = False) -> str:
    """A picture for a page; names are MathML. With `alone` a file of its own, its colours with it."""
    if not figure.nodes:
        return ""
    points = [(n.x + side * HALF_WIDE, n.y + side * HALF_HIGH) for n in figure.nodes for side in (-1, 1)]
    points += [on_curve(*_ends(e, figure.nodes), step / 8) for e in figure.edges if e.via for step in range(9)]
    left, top = min(x for x, _ in points), max(y for _, y in points)
    width = (max(x for x, _ in points) - left) * LANE + 2 * MARGIN
    height = (top - min(y for _, y in points)) * ROW + MARGIN

    def at(point: Point) -> Point:
        return (point[0] - left) * LANE + MARGIN, (top - point[1]) * ROW + MARGIN / 2

    lines = [_curve(edge, figure.nodes, at) for edge in figure.edges]
    boxes = []
    half_wide, half_high = HALF_WIDE * LANE, HALF_HIGH * ROW
    labels = labels_of(figure)
    for number, node in enumerate(figure.nodes):
        x, y = at((node.x, node.y))
        if not node.is_dots:
            mark = ' class="back"' if node.marked else ""
            box = f'x="{x - half_wide:.0f}" y="{y - half_high:.0f}" width="{2 * half_wide:.0f}" height="{2 * half_high:.0f}"'
            boxes.append(f'<rect{mark} {box} rx="8"/>')
        kind = "name" if node.marked or node.is_dots else "faint"
        boxes.append(_label(x - half_wide, y - half_high, 2 * half_wide, 2 * half_high, node.latex, kind))
        if node.error:
            side, level = labels.corners[number]
            begin = x + half_wide + 3 if side > 0 else x - half_wide - 3 - ERROR_WIDE
            kind = "err" if side > 0 else "err left"
            boxes.append(_label(begin, y - level * (half_high - 4) - 11, ERROR_WIDE, 22, node.error, kind))
    weights = [_weight(edge, figure.nodes, at, labels.weights[n]) for n, edge in enumerate(figure.edges) if edge.weight]
    tips = "".join(
        f'<marker id="tip{kind}" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" markerUnits="userSpaceOnUse" '
        f'orient="auto"><path class="tip {kind}" d="M0 0.5 L8 4 L0 7.5 z"/></marker>'
        for kind in ("", "back")
    )
    style = f"<style>{STYLE}{SHAPES}</style>" if alone else ""
    space = ' xmlns="http://www.w3.org/2000/svg"' if alone else f' style="max-width: max(100%, {LEAST * width:.0f}px)"'
    drawn = "\n".join([*lines, *boxes, *weights])
    if alone:
        drawn = drawn.replace("<div ", f"<div {_XHTML} ").replace("<math>", f"<math {_MATHML}>").replace("&#x2061;", "\u2061")
    return (
        f'<svg{space} class="net" viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}" height="{height:.0f}" role="img" '
        f'aria-label="{ABOUT}">{style}<defs>{tips}</defs>\n{drawn}\n</svg>' + ("\n" if alone else "")
    )


def _ends(edge: Edge, nodes: tuple[Node, ...]) -> tuple[Point, Point, Point]:
    """Beginning, control point and end of an arrow, in the middles of its nodes."""
    start, end = nodes[edge.start], nodes[edge.end]
    return (start.x, start.y), edge.via or ((start.x + end.x) / 2, (start.y + end.y) / 2), (end.x, end.y)


def _curve(edge: Edge, nodes: tuple[Node, ...], at: Callable[[Point], Point]) -> str:
    """An arrow from border to border."""
    _, via, _ = _ends(edge, nodes)
    start, end = nodes[edge.start], nodes[edge.end]
    begin, finish = at(_border(start, via)), at(_border(end, via))
    kind = " back" if edge.marked else ""
    middle = at(via)
    path = f"M{begin[0]:.0f} {begin[1]:.0f} "
    path += f"L{finish[0]:.0f} {finish[1]:.0f}" if edge.via is None else f"Q{middle[0]:.0f} {middle[1]:.0f} {finish[0]:.0f} {finish[1]:.0f}"
    return f'<path class="edge{kind}" d="{path}" marker-end="url(#tip{kind.strip()})"/>'


def _border(node: Node, towards: Point) -> Point:
    """Where a line from the middle of a node leaves its box."""
    dx, dy = towards[0] - node.x, towards[1] - node.y
    wide, high = (0.15, 0.1) if node.is_dots else (HALF_WIDE, HALF_HIGH)
    reach = min(wide / abs(dx) if dx else 9.0, high / abs(dy) if dy else 9.0, 1.0)
    return node.x + dx * reach, node.y + dy * reach


def _weight(edge: Edge, nodes: tuple[Node, ...], at: Callable[[Point], Point], along: float) -> str:
    x, y = at(place_of(edge, nodes, along))
    return _label(x - 30, y - 12, 60, 24, edge.weight, "weight")


def _label(x: float, y: float, width: float, height: float, latex: str, kind: str) -> str:
    place = f'x="{x:.0f}" y="{y:.0f}" width="{width:.0f}" height="{height:.0f}"'
    inner = f'<div class="{kind}"><span>{mathml(latex)}</span></div>'
    return f"<foreignObject {place}>{inner}</foreignObject>"
