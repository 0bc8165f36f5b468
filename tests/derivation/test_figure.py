"""The figure of a computation: what enters what at each step, what the gradient flows along, both forms of it."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import pytest

from symbptt.derivation.drawing import svg, tikz
from symbptt.derivation.figure import HALF_HIGH, HALF_WIDE, Edge, Figure, Node, on_curve
from symbptt.derivation.labels import labels_of, place_of

from .derived import derived

SISO = {
    ("x", "a^{i, 1}", "", False),
    ("a^{i, 1}", "z^{1, 1}", "U", False),
    ("z^{1, 1}", "a^{1, 1}", "", True),
    ("z^{1, 2}", "a^{1, 2}", "", True),
    ("z^{1, 3}", "a^{1, 3}", "", True),
    ("a^{1, 1}", "z^{1, 2}", "W", True),
    ("a^{1, 2}", "z^{1, 3}", "W", True),
    ("a^{1, 3}", "z^{o, 3}", "V", True),
    ("z^{o, 3}", "a^{o, 3}", "", True),
    ("a^{o, 3}", "y", "", True),
    ("y", "C", "", True),
}


def test_three_steps_of_a_network_drawn_by_hand() -> None:
    figure = derived("rnn-siso", ("W",), 3).figure
    names = [node.latex for node in figure.nodes]
    assert {(names[e.start], names[e.end], e.weight, e.marked) for e in figure.edges} == SISO
    assert {node.latex: node.error for node in figure.nodes if node.error}["z^{1, 2}"] == "\\delta^{1, 2}"
    place = {node.latex: (node.x, node.y) for node in figure.nodes}
    assert place["a^{i, 1}"][0] == place["z^{1, 1}"][0] < place["z^{1, 2}"][0] < place["z^{1, 3}"][0] == place["z^{o, 3}"][0]
    assert place["x"][1] < place["a^{i, 1}"][1] < place["z^{1, 1}"][1] < place["a^{1, 1}"][1]
    assert not any(node.is_dots for node in figure.nodes)


DRAWN = [("rnn-siso", ("W",), 3), ("rnn-mimo", (), "all"), ("mlp", (), "all"), ("gru", ("U_r", "b_z"), "all")]


def crossed(figure: Figure) -> list[tuple[str, str, str]]:
    """Arrows that run through the middle of a node that they do not touch."""
    found = []
    for edge in figure.edges:
        start, end = figure.nodes[edge.start], figure.nodes[edge.end]
        via = edge.via or ((start.x + end.x) / 2, (start.y + end.y) / 2)
        points = [on_curve((start.x, start.y), via, (end.x, end.y), at / 60) for at in range(61)]
        for node in figure.nodes:
            if node not in (start, end) and any(abs(x - node.x) < HALF_WIDE / 2 and abs(y - node.y) < HALF_HIGH / 2 for x, y in points):
                found.append((start.latex, node.latex, end.latex))
    return found


@pytest.mark.parametrize("name, wrt, depth", DRAWN)
def test_no_arrow_runs_through_a_name(name: str, wrt: tuple[str, ...], depth: str | int) -> None:
    assert crossed(derived(name, wrt, depth).figure) == []


@pytest.mark.parametrize("name, wrt, depth", DRAWN)
def test_both_forms_hold_every_node_and_arrow(name: str, wrt: tuple[str, ...], depth: str | int) -> None:
    figure = derived(name, wrt, depth).figure
    drawing = ET.fromstring(svg(figure).replace("&#x2061;", ""))
    assert len([path for path in drawing.findall("path") if "edge" in path.get("class", "")]) == len(figure.edges)
    assert len(drawing.findall("rect")) == sum(not node.is_dots for node in figure.nodes)
    assert len({(node.x, node.y) for node in figure.nodes}) == len(figure.nodes)
    text = tikz(figure)
    assert text.count("\\draw[") == len(figure.edges) and all(f"${node.latex}$" in text for node in figure.nodes)
    assert ("\\cdots" in text) == (depth == "all")


def node(x: float, y: float, error: str = "") -> Node:
    return Node("u", error, x, y, True)


def test_the_name_of_an_error_goes_out_of_the_way_of_an_arrow() -> None:
    alone = Figure((node(0, 0, "\\delta"), node(2, 0.8)), ())
    assert labels_of(alone).corners == {0: (1, 1)}
    assert labels_of(Figure(alone.nodes, (Edge(0, 1, "", True),))).corners == {0: (1, -1)}


@pytest.mark.parametrize("name, wrt, depth", [*DRAWN, ("lstm", ("U_f",), "all")])
def test_weights_stand_apart(name: str, wrt: tuple[str, ...], depth: str | int) -> None:
    figure = derived(name, wrt, depth).figure
    places = [place_of(figure.edges[at], figure.nodes, along) for at, along in labels_of(figure).weights.items()]
    close = [(a, b) for at, a in enumerate(places) for b in places[:at] if abs(a[0] - b[0]) < 0.2 and abs(a[1] - b[1]) < 0.2]
    hidden = [(a, n) for a in places for n in figure.nodes if abs(a[0] - n.x) < HALF_WIDE and abs(a[1] - n.y) < HALF_HIGH]
    assert not close and not hidden and len(places) == sum(bool(edge.weight) for edge in figure.edges)


def test_the_pages_have_it() -> None:
    assert "<svg" in derived("rnn-siso", ("W",)).to_html()
    assert "\\begin{tikzpicture}" in derived("rnn-siso", ("W",)).to_latex()
