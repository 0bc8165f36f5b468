"""Scopes and nodes for the tests of the reader."""

from __future__ import annotations

from symbptt.index import Affine
from symbptt.latex.parser import parse, parse_expression
from symbptt.latex.syntax import Formula, Node
from symbptt.reading.names import Spelling, Template, spelling_of, template_of
from symbptt.reading.scope import Letters, Scope

ONE = Affine.of(1)


def scope(*steps: str) -> Scope:
    """Index letters with the range 1..T (by default t), sizes n and m, indexed sizes q_l, labels y_i."""
    ranges = {letter: (ONE, Affine.of("T")) for letter in steps or ("t",)}
    return Scope(Letters(ranges, frozenset({"T"}), frozenset({"n", "m"}), frozenset({"q"}), frozenset({"y"})))


def node(text: str) -> Node:
    return parse_expression(text)


def formula(text: str) -> Formula:
    (found,) = parse(text)
    return found


def spelling(text: str) -> Spelling:
    found = spelling_of(node(text))
    assert found is not None
    return found


def template(text: str, *letters: str, hidden: tuple[str, ...] = ()) -> Template:
    found = template_of(text, node(text), frozenset(letters), hidden)
    assert found is not None
    return found
