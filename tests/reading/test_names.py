"""Spellings explained by templates: literal items, slots, components, what is left over."""

from __future__ import annotations

from dataclasses import replace

import pytest

from symbptt.index import Affine
from symbptt.latex.printer import to_latex
from symbptt.reading.names import Match, NameTable, match, slot_indices
from tests.reading.support import node, scope, spelling, template


def explained(text: str, key: str, *letters: str) -> Match | None:
    return match(spelling(text), template(key, *letters), scope(*letters))


def slots(found: Match | None) -> dict[str, str]:
    assert found is not None
    return {letter: to_latex(value) for letter, value in found.bindings.items()}


def rest(found: Match | None) -> list[tuple[str, str]]:
    assert found is not None
    return [(item.kind, to_latex(item.node)) for item in found.rest]


@pytest.mark.parametrize(
    "text, key, bound, left",
    [
        ("h_t", "h_t", {"t": "t"}, []),
        ("h_{t-1}", "h_t", {"t": "t - 1"}, []),
        ("h_3", "h_t", {"t": "3"}, []),
        ("h_{t,k}", "h_t", {"t": "t"}, [("sub", "k")]),
        ("y_{k,t}", "y_t", {"t": "t"}, [("sub", "k")]),
        ("y_{k,t-1}", "y_t", {"t": "t - 1"}, [("sub", "k")]),
        ("z^1_t", "z_t^1", {"t": "t"}, []),
        ("z_{t,j}^1", "z_t^1", {"t": "t"}, [("sub", "j")]),
        ("h_t^T", "h_t", {"t": "t"}, [("sup", "T")]),
        ("W_{ij}", "W", {}, [("sub", "i"), ("sub", "j")]),
        ("a(t-1)", "a(t)", {"t": "t - 1"}, []),
        ("a_i(t)", "a(t)", {"t": "t"}, [("sub", "i")]),
        ("W_{h[i,j]}", "W_h", {}, [("sub", "i"), ("sub", "j")]),
    ],
)
def test_match(text: str, key: str, bound: dict[str, str], left: list[tuple[str, str]]) -> None:
    found = explained(text, key, "t")
    assert slots(found) == bound and rest(found) == left


@pytest.mark.parametrize(
    "text, key",
    [("g_t", "h_t"), ("h'_t", "h_t"), ("z_t^2", "z_t^1"), ("h^t", "h_t"), ("h_K", "h_t"), ("h", "h_t"), ("a_t", "a(t)"), ("W_x", "W_h")],
)
def test_no_match(text: str, key: str) -> None:
    assert explained(text, key, "t") is None


def test_order_of_two_slots() -> None:
    """Items are taken in the order in which the template has them, letters that say what they are first."""
    assert slots(explained("z^{l,t}", "z^{l,t}", "l", "t")) == {"l": "l", "t": "t"}
    assert slots(explained("z^{2,3}", "z^{l,t}", "l", "t")) == {"l": "2", "t": "3"}
    assert slots(explained("z^{2}_{3}", "z^{l}_{t}", "l", "t")) == {"l": "2", "t": "3"}


@pytest.mark.parametrize(
    "text, key, bound",
    [
        ("H_{12}", "H_{1t}", {"t": "2"}),
        ("H_{10}", "H_{1t}", {"t": "0"}),
        ("H_{112}", "H_{1t}", {"t": "12"}),
        ("H_{112}", "H_{11t}", {"t": "2"}),
        ("z_{12}", "z_{lt}", {"l": "1", "t": "2"}),
        ("z_{123}", "z_{1lt}", {"l": "2", "t": "3"}),
        ("H_{1,2}", "H_{1t}", {"t": "2"}),
    ],
)
def test_digits_in_a_row_are_items_of_their_own(text: str, key: str, bound: dict[str, str]) -> None:
    assert slots(explained(text, key, "l", "t")) == bound


@pytest.mark.parametrize("text, key", [("H_{22}", "H_{1t}"), ("H_{1}", "H_{1t}"), ("z_{123}", "z_{lt}"), ("h_1^2", "h_{1t}")])
def test_digits_that_are_not_told_apart(text: str, key: str) -> None:
    assert explained(text, key, "l", "t") is None


def test_the_declared_spelling_itself_goes_first() -> None:
    names = NameTable()
    for key in ("H_{1t}", "H_{12}"):
        names.declare(template(key, "t"))
    assert [m.template.key for m in names.find(node("H_{12}"), scope())] == ["H_{12}", "H_{1t}"]
    assert names.find(node("H_{13}"), scope())[0].template.key == "H_{1t}"


def test_a_literal_goes_before_a_slot() -> None:
    names = NameTable()
    for key in ("b_t", "b_y"):
        names.declare(template(key, "t"))
    assert names.find(node("b_y"), scope())[0].template.key == "b_y"
    assert [m.template.key for m in names.find(node("b_2"), scope())] == ["b_t"]


def test_more_items_explained_go_first() -> None:
    names = NameTable()
    for key in ("z", "z_t", "z_t^1"):
        names.declare(template(key, "t"))
    assert [m.template.key for m in names.find(node("z_t^1"), scope())] == ["z_t^1", "z_t", "z"]


def test_hidden_letters_are_those_in_scope() -> None:
    found = match(spelling("e"), template("e", "t", hidden=("t",)), scope())
    assert found is not None and slot_indices(found, scope()) == (Affine.of("t"),)
    bound = scope().bind("t", "#1")
    assert slot_indices(found, bound) == (Affine.of("#1"),)


def test_hidden_letters_added_later() -> None:
    names = NameTable()
    names.declare(template("e", "t"))
    names.hide("e", ("t",))
    assert names.templates["e"][0].hidden == ("t",)


def test_letters_that_tell_families_apart() -> None:
    """δ_j and δ_k of two layers: the letter is the name."""
    by_letter = replace(template(r"\delta_j", "j", "k"), by_letter=True)
    here = scope("j", "k")
    assert match(spelling(r"\delta_j"), by_letter, here) is not None
    assert match(spelling(r"\delta_k"), by_letter, here) is None
    assert match(spelling(r"\delta_k"), replace(by_letter, by_letter=False), here) is not None


@pytest.mark.parametrize("text", [r"\mathbf{h}_t", r"\boldsymbol{h}_t", "h_t"])
def test_fonts_may_be_left_away(text: str) -> None:
    names = NameTable()
    names.declare(template("h_t", "t"))
    assert [m.template.key for m in names.find(node(text), scope())] == ["h_t"]


def test_a_font_that_makes_another_name() -> None:
    names = NameTable()
    for key in ("h_t", r"\mathbf{h}_t"):
        names.declare(template(key, "t"))
    assert names.find(node(r"\mathbf{h}_t"), scope())[0].template.spelling.name == r"\mathbf{h}"
    assert names.find(node("h_t"), scope())[0].template.spelling.name == "h"
