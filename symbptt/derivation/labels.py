"""Where the names of weights and errors stand in a figure, so that they hide as little as can be.

Each has a few places to choose from: a weight along its arrow, an error at a corner of its node. The first of those with the least in
the way is taken, one name after the other. All measures are in lanes and rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from .figure import HALF_HIGH, HALF_WIDE, Edge, Figure, Node, on_curve

Point = tuple[float, float]
T = TypeVar("T")

#: Half the width and the height of a weight, and of the name of an error.
WEIGHT, ERROR = (0.14, 0.14), (0.2, 0.13)
#: How far along its arrow a weight may stand: the middle, or nearer to the end where the arrow comes from another step.
ALONG = (0.5, 0.45, 0.55, 0.4, 0.6, 0.35, 0.65, 0.3, 0.7, 0.25, 0.75)
ACROSS = (0.62, 0.58, 0.66, 0.54, 0.7, 0.5, 0.74, 0.46, 0.78, 0.42, 0.38, 0.34, 0.3)
#: Corners of a node, right or left, above or below.
CORNERS = ((1, 1), (1, -1), (-1, 1), (-1, -1))
#: What it costs to stand on a node, on another name, on an arrow.
ON_NODE, ON_NAME, ON_ARROW = 8, 6, 1
SAMPLES = 40


@dataclass(frozen=True)
class Labels:
    """For each arrow with a weight how far along it stands, for each node with an error the corner it stands at."""

    weights: dict[int, float]
    corners: dict[int, tuple[int, int]]


@dataclass(frozen=True)
class _Box:
    x: float
    y: float
    wide: float
    high: float

    def holds(self, point: Point) -> bool:
        return abs(point[0] - self.x) < self.wide and abs(point[1] - self.y) < self.high

    def meets(self, other: _Box) -> bool:
        return abs(self.x - other.x) < self.wide + other.wide and abs(self.y - other.y) < self.high + other.high


def labels_of(figure: Figure) -> Labels:
    """The places of all names of a figure."""
    boxes = [_Box(node.x, node.y, HALF_WIDE, HALF_HIGH) for node in figure.nodes]
    curves = [_points(edge, figure.nodes) for edge in figure.edges]
    names: list[_Box] = []
    corners: dict[int, tuple[int, int]] = {}
    for at, node in enumerate(figure.nodes):
        if node.error:
            others = [*boxes[:at], *boxes[at + 1 :]]
            corner = _cheapest(CORNERS, [_cost(_at_corner(node, corner), others, names, curves) for corner in CORNERS])
            corners[at] = corner
            names.append(_at_corner(node, corner))
    weights: dict[int, float] = {}
    for at, edge in enumerate(figure.edges):
        if edge.weight:
            start, end = figure.nodes[edge.start], figure.nodes[edge.end]
            places = ACROSS if abs(start.x - end.x) > 1.2 else ALONG
            elsewhere = [*curves[:at], *curves[at + 1 :]]
            found = [_on_arrow(edge, figure.nodes, place) for place in places]
            chosen = _cheapest(range(len(places)), [_cost(box, boxes, names, elsewhere) for box in found])
            weights[at] = places[chosen]
            names.append(found[chosen])
    return Labels(weights, corners)


def place_of(edge: Edge, nodes: Sequence[Node], along: float) -> Point:
    """A point of an arrow between the middles of its nodes."""
    start, end = nodes[edge.start], nodes[edge.end]
    via = edge.via or ((start.x + end.x) / 2, (start.y + end.y) / 2)
    return on_curve((start.x, start.y), via, (end.x, end.y), along)


def _points(edge: Edge, nodes: Sequence[Node]) -> list[Point]:
    return [place_of(edge, nodes, at / SAMPLES) for at in range(SAMPLES + 1)]


def _at_corner(node: Node, corner: tuple[int, int]) -> _Box:
    return _Box(node.x + corner[0] * (HALF_WIDE + ERROR[0]), node.y + corner[1] * (HALF_HIGH - 0.05), *ERROR)


def _on_arrow(edge: Edge, nodes: Sequence[Node], along: float) -> _Box:
    return _Box(*place_of(edge, nodes, along), *WEIGHT)


def _cost(box: _Box, nodes: Sequence[_Box], names: Sequence[_Box], curves: Sequence[Sequence[Point]]) -> int:
    on_nodes, on_names = (sum(box.meets(other) for other in others) for others in (nodes, names))
    return ON_NODE * on_nodes + ON_NAME * on_names + ON_ARROW * sum(any(map(box.holds, curve)) for curve in curves)


def _cheapest(places: Iterable[T], costs: Sequence[int]) -> T:
    """The first of those that cost least."""
    return min(zip(places, costs, strict=True), key=lambda pair: pair[1])[0]
