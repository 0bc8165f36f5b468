"""Markdown: which formulas are found, and exactly where."""

from __future__ import annotations

import time

import pytest

from symbptt.documents.formulas import FormulaSource, InputError, Mark, Prose, parse_mark
from symbptt.documents.markdown import read_markdown


def found(text: str) -> list[tuple[str, int, int]]:
    document = read_markdown(text, path="a.md")
    assert document.errors == ()
    return [(item.latex, item.line, item.column) for item in document.items if isinstance(item, FormulaSource)]


@pytest.mark.parametrize(
    ("text", "formulas"),
    [
        ("An $a = b$ here", [("a = b", 1, 5)]),
        ("$ a = b $ and $c$", [("a = b", 1, 3), ("c", 1, 16)]),
        ("$$a = b$$", [("a = b", 1, 3)]),
        ("$$\na = b\n$$", [("a = b", 2, 1)]),
        ("text\n\n$$\n\n    a = b\n\n$$", [("a = b", 5, 5)]),
        ("length $$T$$ and $$U$$.", [("T", 1, 10), ("U", 1, 20)]),
        (r"in \(a\) and \[b\]", [("a", 1, 6), ("b", 1, 16)]),
        (r"in \\(a\\) and \\[b\\]", [("a", 1, 7), ("b", 1, 19)]),
        ("\\begin{align}\n a &= b\n\\end{align}", [("\\begin{align}\n a &= b\n\\end{align}", 1, 1)]),
        ("\\begin{align*}a\\end{align*}", [("\\begin{align*}a\\end{align*}", 1, 1)]),
        ("```math\na = b\n```", [("a = b", 2, 1)]),
        ("- x\n\n  ~~~ math\n  a = b\n  ~~~", [("a = b", 4, 3)]),
        ("> $$\n> a = b\n>  + c\n> $$", [("a = b\n   + c", 2, 3)]),
        ("> > ```math\n> > a\n> > ```", [("a", 2, 5)]),
        ("- $$\n  a\n  $$", [("a", 2, 3)]),
        ("x\n```math a = b \\\\```\n```math c = d```\ny", [("a = b \\\\", 2, 9), ("c = d", 3, 9)]),
        ("> - ```math a = b```.", [("a = b", 1, 13)]),
        ("````math a = b````", [("a = b", 1, 10)]),
        ("```math \\begin{aligned}\n a &= b\n\\end{aligned}```\n\n$x$", [("\\begin{aligned}\n a &= b\n\\end{aligned}", 1, 9), ("x", 5, 2)]),
        ("<hr>\n```math\na = b\n\nc = d\n```\n$z$", [("a = b", 3, 1), ("c = d", 5, 1), ("z", 7, 2)]),
        ("<div>\n<p align='left'>\n```math\na = b\n```\n</p></div>", [("a = b", 4, 1)]),
        ("<hr>\n```math a = b```", [("a = b", 2, 9)]),
        ("{{< tex`\n\\begin{align}\na\n\\end{align}\n`>}}\nand `$x$`, $y$", [("\\begin{align}\na\n\\end{align}", 2, 1), ("y", 6, 13)]),
        ("| $a$ | $b$ |\n|---|---|", [("a", 1, 4), ("b", 1, 10)]),
        (r"$$a \\$$", [(r"a \\", 1, 3)]),
        (r"$$\text{a $\ne$ b} = c$$", [(r"\text{a $\ne$ b} = c", 1, 3)]),
        (r"$a\$b$", [(r"a\$b", 1, 2)]),
        ("ä ∂ $x$", [("x", 1, 6)]),
        ("x\t$x$", [("x", 1, 4)]),
    ],
)
def test_found(text: str, formulas: list[tuple[str, int, int]]) -> None:
    assert found(text) == formulas


@pytest.mark.parametrize(
    "text",
    [
        "`$a$` and ``$`a$``",
        "```\n$a$\n```",
        "```python\n$$\na\n$$\n```",
        "text\n\n    $a$\n",
        "<!-- $a$ -->",
        "<pre>\n$a$\n</pre>",
        "````md\n```math a = b```\n````",
        "~~~\n```math a\nb```\n~~~",
        "    ```math a = b```",
        "<pre>\n```math a = b```\n</pre>",
        "<pre>\n```math\na = b\n```\n</pre>",
        "```math a = b``",
        "```math {#eq}\n```",
        "so ```math a = b``` here",
        "`{{< tex` and `\\begin{align} a \\end{align}`",
        "costs $5 and $6",
        "from 5$ to 6$ or $7",
        r"\$a\$",
        "$a\n\nb$",
        "$$$$",
        "",
    ],
)
def test_not_found(text: str) -> None:
    assert found(text) == []


def test_display_or_inline() -> None:
    document = read_markdown("$$a$$\n\nin $$b$$ text\n\n$$c$$ (1.2)\n\n$d$\n\n\\[e\\]")
    assert [item.display for item in document.items if isinstance(item, FormulaSource)] == [True, False, True, False, True]


def test_lines_behind_front_matter() -> None:
    assert found("---\ntitle: $x$\n---\n$a$") == [("a", 4, 2)]


def test_place_inside_a_formula() -> None:
    (item,) = (item for item in read_markdown("  $$ a\n b = c$$").items if isinstance(item, FormulaSource))
    assert isinstance(item, FormulaSource)
    assert item.place(0) == (1, 6)
    assert item.place(item.latex.index("b")) == (2, 2)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x\n\n$$ a = b\n", "a.md:3: `$$` is never closed; write `$$` behind the formula"),
        ("\\[ a", "a.md:1: `\\[` is never closed; write `\\]` behind the formula"),
        ("\\begin{align} a", "a.md:1: `\\begin{align}` is never closed; write `\\end{align}` behind the formula"),
        ("one $$ here\n\ntwo $$ there", "a.md:1: `$$` is never closed; write `$$` behind the formula"),
        (
            "\n<!-- symbptt: wrong -->",
            "a.md:2: unknown mark `wrong`; the marks are "
            "`expect VERDICT`, `for RANGE`, `id NAME`, `claim`, `definition`, `skip`, separated by `;`",
        ),
    ],
)
def test_errors(text: str, message: str) -> None:
    assert str(read_markdown(text, path="a.md").errors[0]) == message


def test_marks_stand_where_they_are() -> None:
    document = read_markdown("$a$ <!-- symbptt: skip -->\n$b$\n")
    assert [item.line if isinstance(item, Mark) else item.latex for item in document.items if not isinstance(item, Prose)] == ["a", 1, "b"]


def test_parts_of_a_mark() -> None:
    mark = parse_mark(r" expect refuted; for 2 \le t \le T; id siso-w; claim", path="a.md", line=3)
    assert mark == Mark("refuted", r"2 \le t \le T", "siso-w", "claim", 3)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("expect", "a.md:3: mark `expect` says nothing; write `expect refuted`"),
        ("expect bad", "a.md:3: cannot expect `bad`; expect one of proved, verified, conditional, unknown, refuted"),
        ("id a; id b", "a.md:3: mark `id` is given twice; keep one"),
        (
            "",
            "a.md:3: the mark is empty; the marks are "
            "`expect VERDICT`, `for RANGE`, `id NAME`, `claim`, `definition`, `skip`, separated by `;`",
        ),
    ],
)
def test_wrong_marks(text: str, message: str) -> None:
    with pytest.raises(InputError) as caught:
        parse_mark(text, path="a.md", line=3)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    "text",
    [
        "$x$ " * 250_000,
        "a" * 5_000_000,
        "$$" * 100_000,
        "`" * 100_000,
        "$" * 100_001,
        r"\[" * 100_000,
        "<!--" * 100_000,
        "> " * 20_000,
        r"\(" * 100_000 + "\n\n\\)",
        "\\begin{align}" * 50_000 + "\n\n    code\n\n\\end{align}",
        "".join("`" * (number % 500 + 1) + " " for number in range(6_000)),
        "[ \\alpha = \n" * 50_000 + "]",
        "{{< katex >}}" * 50_000,
        "```{note}\nx\n```\n" * 10_000,
        "".join(f"# {number}\n\n$a$\n\n" for number in range(20_000)),
        "# a" + " " * 500_000 + "b",
        "$" + "h\\_" * 100_000 + "$",
    ],
    ids=lambda text: text[:12],
)
def test_long_lines_are_read_in_time(text: str) -> None:
    started = time.monotonic()
    read_markdown(text)
    assert time.monotonic() - started < 20


def test_comments_are_no_words() -> None:
    document = read_markdown("one <!-- two $x$ --> three\n<!-- symbptt: skip -->\n")
    assert [" ".join(item.text.split()) for item in document.items if isinstance(item, Prose)] == ["one three"]


def test_the_title_is_the_first_heading_of_the_first_rank() -> None:
    assert read_markdown("## a\n# b c ##\n# d").about == {"title": "b c"}


def test_a_mark_without_its_colon_is_told() -> None:
    document = read_markdown("<!-- symbptt expect refuted -->\n$$a = b$$", path="a.md")
    assert [str(error) for error in document.errors] == ["a.md:1: a mark lacks its colon; write <!-- symbptt: … -->"]
