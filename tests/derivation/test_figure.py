"""The figure of a computation: what enters what at each step, what the gradient flows along, both forms of it."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import pytest

from symbptt.derivation.figure import svg, tikz

from .derived import derived

SISO = {
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
    assert {(n.latex, n.column) for n in figure.nodes} >= {("z^{1, 1}", 0), ("z^{1, 3}", 2), ("z^{o, 3}", 2)}
    assert not figure.open_ended


@pytest.mark.parametrize("name, wrt, depth", [("rnn-siso", ("W",), 3), ("rnn-mimo", (), "all"), ("mlp", (), "all")])
def test_both_forms_hold_every_node_and_arrow(name: str, wrt: tuple[str, ...], depth: str | int) -> None:
    figure = derived(name, wrt, depth).figure
    drawing = ET.fromstring(svg(figure).replace("&#x2061;", ""))
    assert len(drawing.findall("line")) == len(figure.edges)
    assert len(drawing.findall("rect")) == len(figure.nodes)
    assert len({(node.column, node.row) for node in figure.nodes}) == len(figure.nodes)
    text = tikz(figure)
    assert text.count("\\draw[") == len(figure.edges) and all(f"${node.latex}$" in text for node in figure.nodes)
    assert ("\\cdots" in text) == figure.open_ended == (depth == "all")


def test_the_pages_have_it() -> None:
    assert "<svg" in derived("rnn-siso", ("W",)).to_html()
    assert "\\begin{tikzpicture}" in derived("rnn-siso", ("W",)).to_latex()
