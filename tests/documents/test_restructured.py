"""reStructuredText: roles and directives, and exactly where their formulas stand."""

from __future__ import annotations

import time

import pytest

from symbptt.documents.formulas import FormulaSource, Mark, Prose
from symbptt.documents.restructured import read_restructured


def found(text: str) -> list[tuple[str, int, int]]:
    document = read_restructured(text, path="a.rst")
    assert document.errors == ()
    return [(item.latex, item.line, item.column) for item in document.items if isinstance(item, FormulaSource)]


@pytest.mark.parametrize(
    ("text", "formulas"),
    [
        ("with :math:`a = b` and :math:` c `", [("a = b", 1, 13), ("c", 1, 32)]),
        ("over :math:`a\n  = b`", [("a\n  = b", 1, 13)]),
        ("with `a = b`:math: here", [("a = b", 1, 7)]),
        (".. role:: m(math)\n\nwith :m:`a`", [("a", 3, 10)]),
        (".. default-role:: math\n\nwith `a` and `b`_", [("a", 3, 7)]),
        (".. math:: a = b", [("a = b", 1, 11)]),
        (".. math ::\n\n   a = b", [("a = b", 3, 4)]),
        (".. math::\n   :label: x\n\n   a = b\n\n   c\n     = d\n\nwords", [("a = b", 4, 4), ("c\n= d", 6, 4)]),
        (".. math:: a\n   = b\n   :label: x\n\n   c = d", [("a\n= b", 1, 11), ("c = d", 5, 4)]),
        (
            ".. math::\n   :nowrap:\n\n   \\begin{align}\n   a &= b\n\n   \\end{align}",
            [("\\begin{align}\na &= b\n\\end{align}", 4, 4)],
        ),
        (
            ".. math::\n\n   \\begin{aligned}\n   a &= b \\\\\n\n   c &= d\n   \\end{aligned}",
            [("\\begin{aligned}\na &= b \\\\\nc &= d\n\\end{aligned}", 3, 4)],
        ),
        (".. note::\n   :class: x\n\n   With :math:`a`.\n\n   .. math::\n\n      b", [("a", 4, 16), ("b", 8, 7)]),
        (".. note:: With :math:`a`\n   and :math:`b`.", [("a", 1, 23), ("b", 2, 15)]),
        ("- .. math::\n\n     a", [("a", 3, 6)]),
        ("    .. math::\n\n        a = b\n\n    :param x: the :math:`x`", [("a = b", 3, 9), ("x", 5, 26)]),
        ("::\n\n   :math:`a`\n\nbut :math:`b`", [("b", 5, 12)]),
        ("..\n\n   :math:`a`", [("a", 3, 11)]),
    ],
)
def test_found(text: str, formulas: list[tuple[str, int, int]]) -> None:
    assert found(text) == formulas


@pytest.mark.parametrize(
    "text",
    [
        "``:math:`a```",
        "code::\n\n    :math:`a`\n",
        ".. code:: python\n\n   :math:`a`",
        ".. code-block::\n\n   .. math:: a",
        ".. raw:: html\n\n   :math:`a`",
        ".. a comment :math:`a`\n   .. math:: a",
        ".. _target: :math:",
        "`a` and :ref:`b` and $c$",
        ".. math::\n\nwords",
        "",
    ],
)
def test_not_found(text: str) -> None:
    assert found(text) == []


def test_places_inside_an_indented_formula() -> None:
    (item,) = (item for item in read_restructured(".. math::\n\n     a\n   + bc").items if isinstance(item, FormulaSource))
    assert item.latex == "a\n+ bc"
    assert [item.place(item.latex.index(sign)) for sign in "a+bc"] == [(3, 6), (4, 4), (4, 6), (4, 7)]


def test_headings_words_and_marks() -> None:
    text = (
        "=====\nTitle\n=====\n\nSome words,\nand :math:`a`.\n\nNext :math:`x`\n--------------\n\n.. symbptt: expect refuted\n.. math:: b\n"
    )
    document = read_restructured(text, path="a.rst")
    assert [(item.text, item.line, item.heading) for item in document.items if isinstance(item, Prose)] == [
        ("Title", 2, True),
        ("Some words,\nand", 5, False),
        (".", 6, False),
        ("Next", 8, True),
    ]
    assert [(item.latex, item.section, item.display) for item in document.items if isinstance(item, FormulaSource)] == [
        ("a", 1, False),
        ("x", 2, False),
        ("b", 2, True),
    ]
    assert [(item.expect, item.line) for item in document.items if isinstance(item, Mark)] == [("refuted", 11)]
    assert document.about == {"title": "Title"}


def test_a_wrong_mark_is_told() -> None:
    (error,) = read_restructured("\n.. symbptt: wrong", path="a.rst").errors
    assert str(error).startswith("a.rst:2: unknown mark `wrong`; the marks are ")


@pytest.mark.parametrize(
    "text", [":math:`" * 100_000, ".. math::\n" * 100_000, "`" * 100_000, "::\n\n" * 100_000, "a\n====\n" * 50_000, ":a" * 500_000]
)
def test_long_texts_are_read_in_time(text: str) -> None:
    started = time.monotonic()
    read_restructured(text)
    assert time.monotonic() - started < 20
