"""Displays that continue one formula are one formula, and every place in it stays exact."""

from __future__ import annotations

import time

import pytest

from symbptt.documents.continued import joined
from symbptt.documents.formulas import FormulaSource, Mark, Prose
from symbptt.documents.markdown import read_markdown


def merged(text: str) -> list[str]:
    return [item.latex for item in joined(read_markdown(text).items) if isinstance(item, FormulaSource)]


@pytest.mark.parametrize(
    ("text", "formulas"),
    [
        ("$$a = b$$\n\n$$= c$$", ["a = b\n= c"]),
        ("$$a = b,$$\nwhich gives\n$$= c$$\n$$\\approx d$$", ["a = b\n= c\n\\approx d"]),
        ("$$a = b$$ (1)\n\n$$&= c$$", ["a = b\n&= c"]),
        ("$$a = b \\tag{1}$$\n$$\\quad = c$$", ["a = b\n\\quad = c"]),
        ("$$a = b$$\n\\begin{align}\n&= c \\\\\n&= d\n\\end{align}", ["a = b\n\\begin{align}\n&= c \\\\\n&= d\n\\end{align}"]),
        ("$$a = b +$$\n$$c$$", ["a = b +\nc"]),
        ("$$a = \\left($$\n$$b \\right)$$", ["a = \\left(\nb \\right)"]),
        ("$$a = b$$\n$$+ c$$\n$$\\times d$$", ["a = b\n+ c\n\\times d"]),
        ("$$a = b$$\n$$\\Rightarrow c$$", ["a = b\n\\Rightarrow c"]),
        ("- $a = b$\n- $= c$", ["a = b\n= c"]),
        ("$a = b +$\n- $c$", ["a = b +\nc"]),
    ],
)
def test_one_formula(text: str, formulas: list[str]) -> None:
    assert merged(text) == formulas


@pytest.mark.parametrize(
    "text",
    [
        "$$a = b$$\n\n$$c = d$$",
        "$$a = b$$\n\n$$\\Rightarrow c = d$$",
        "$$a = b$$\nwhere we used that it holds\n$$= c$$",
        "$$a = b$$\n# Next\n$$= c$$",
        "$$a = b$$\n<!-- symbptt: skip -->\n$$= c$$",
        "with $a$\n\n$$= c$$",
        "$a = b +$\n- $c = d$",
        "$$a = b + \\dots$$\n$$c$$",
        "$$a = b + ...$$\n$$c$$",
        "$$a$$\n$$+ b$$",
        "$$a = b$$\nso\n$$+ c$$",
        "$$a = b$$\n$$- c$$",
    ],
)
def test_formulas_of_their_own(text: str) -> None:
    items = read_markdown(text).items
    assert joined(items) == items


def test_places_stay_exact() -> None:
    (item,) = joined(read_markdown("$$ a\n= b, $$\nthus\n  $$\n  = c\n  $$").items)[:1]
    assert isinstance(item, FormulaSource)
    assert [item.place(item.latex.index(sign)) for sign in "abc"] == [(1, 4), (2, 3), (5, 5)]


def test_cells_and_files_are_not_mixed() -> None:
    first = FormulaSource("a =", 1, 1, True, cell=1)
    assert len(joined([first, FormulaSource("b", 1, 1, True, cell=2)])) == 2
    assert len(joined([first, FormulaSource("b", 2, 1, True, cell=1)])) == 1


def test_marks_and_words_keep_their_order() -> None:
    items = (Mark("refuted"), FormulaSource("a = b", 1, 1, True), Prose("so"), FormulaSource("= c", 2, 1, True), Prose("words"))
    assert [getattr(item, "latex", getattr(item, "text", "mark")) for item in joined(items)] == ["mark", "a = b\n= c", "words"]


def test_many_are_joined_in_time() -> None:
    items = [FormulaSource("= b" + " ," * 200, line, 1, True) for line in range(1, 50_000)]
    started = time.monotonic()
    assert all(len(item.latex) < 25_000 for item in joined(items) if isinstance(item, FormulaSource))
    assert time.monotonic() - started < 10
