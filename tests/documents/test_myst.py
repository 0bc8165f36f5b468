"""MyST, Quarto, Jupyter Book and site generators: where their formulas stand."""

from __future__ import annotations

import pytest

from symbptt.documents.formulas import FormulaSource, Prose
from symbptt.documents.markdown import read_markdown


def found(text: str) -> list[tuple[str, int, int]]:
    document = read_markdown(text, path="a.md")
    assert document.errors == ()
    return [(item.latex, item.line, item.column) for item in document.items if isinstance(item, FormulaSource)]


@pytest.mark.parametrize(
    ("text", "formulas"),
    [
        ("```{math}\na = b\n```", [("a = b", 2, 1)]),
        ("```{math}\n:label: eq-a\n:nowrap:\n\na = b\n```", [("a = b", 5, 1)]),
        ("```{math}\n---\nlabel: eq-a\n---\na = b\n```", [("a = b", 5, 1)]),
        ("```{math} a = b\n```", [("a = b", 1, 11)]),
        ("```{math}\na = b\n\nc = d\n```", [("a = b", 2, 1), ("c = d", 4, 1)]),
        (
            "```{math}\n\\begin{align}\na &= b \\\\\n\nc &= d\n\\end{align}\n```",
            [("\\begin{align}\na &= b \\\\\n\nc &= d\n\\end{align}", 2, 1)],
        ),
        (":::{math}\n:label: eq-a\na = b\n:::", [("a = b", 3, 1)]),
        ("::::{note}\n:class: wide\n\n:::{math}\na\n  = b\n:::\n\nand $c$\n::::", [("a\n  = b", 5, 1), ("c", 9, 6)]),
        ("- in a list\n\n  :::{math}\n  a = b\n  :::", [("a = b", 4, 3)]),
        ("````{note}\n```{math}\na = b\n```\n````", [("a = b", 3, 1)]),
        ("```{prf:theorem} Title\n:label: t\n$$a = b$$\n```", [("a = b", 3, 3)]),
        ("> ```{tip}\n> $a$\n> ```", [("a", 2, 4)]),
        ("with {math}`a = b` here", [("a = b", 1, 13)]),
        ("with $`a = b`$ here", [("a = b", 1, 8)]),
        ("$$ a = b $$ (eq-a)", [("a = b", 1, 4)]),
        ("$$ a = b $$ {#eq-a}", [("a = b", 1, 4)]),
        ("::: {.callout-note}\n## Title $x$\n\n$$\na = b\n$$\n:::", [("x", 2, 11), ("a = b", 5, 1)]),
        ("!!! note\n    $a$\n", [("a", 2, 6)]),
        ("{{< math >}}\n$$\na = b\n$$\n{{< /math >}}", [("a = b", 3, 1)]),
        ("{{< katex display=true >}}\na = b\n{{< /katex >}}", [("a = b", 2, 1)]),
        ("{% katex %}a = b{% endkatex %}", [("a = b", 1, 12)]),
        ("{% raw %}$$a_{{t}} = b$${% endraw %}", [("a_{{t}} = b", 1, 12)]),
        ('<span class="math">\\(a = b\\)</span>', [("a = b", 1, 22)]),
        ('<script type="math/tex; mode=display">a = b</script>', [("a = b", 1, 39)]),
        ("```latex\na = b \\\\\nc = d\n```", [("a = b \\\\\nc = d", 2, 1)]),
        ("```tex\n\\[ \\tanh(a) = b \\]\n\n$$c = d$$\n```", [("\\tanh(a) = b", 2, 4), ("c = d", 4, 3)]),
        ("```latex\n% the error\n\\delta_t = W^T \\delta_{t+1}\n```", [("\\delta_t = W^T \\delta_{t+1}", 3, 1)]),
    ],
)
def test_found(text: str, formulas: list[tuple[str, int, int]]) -> None:
    assert found(text) == formulas


@pytest.mark.parametrize(
    "text",
    [
        "```{code-cell} python\n# $a$\n```",
        "```{r, echo=FALSE}\nx <- '$a$'\n```",
        "```{python}\nx = '$a$'\n```",
        ":::{code-block} python\n$a = b$\n:::",
        "```latex\n\\section{Introduction}\nHere $a = b$ holds.\n```",
        "```tex\n\\newcommand{\\h}{h}\n```",
        "````md\n:::{math}\na = b\n:::\n````",
        "(sec-a)=\n",
        "<script>x = '$a$'</script>",
        "[ ] a task",
        "[a]: https://example.org/?x=b",
        "[ one of \\LaTeX ]",
    ],
)
def test_not_found(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize(
    ("text", "latex", "place"),
    [
        (r"$h\_t = a\_{t-1}$", r"h _t = a _{t-1}", (1, 2)),
        (r"$\delta\_t = W^\*$", r"\delta _t = W^ *", (1, 2)),
        (r"$\text{d\_k} = hidden\_size$", r"\text{d\_k} = hidden\_size", (1, 2)),
        (r"$a \\_b$", r"a \\_b", (1, 2)),
        ("$a &lt; b$", "a <    b", (1, 2)),
        ("$$a &amp;= b$$", "a &    = b", (1, 3)),
    ],
)
def test_what_markdown_does_to_a_formula_is_undone(text: str, latex: str, place: tuple[int, int]) -> None:
    assert found(text) == [(latex, *place)]


@pytest.mark.parametrize(
    ("text", "formulas"),
    [
        ("[ \\frac{a}{b} = c ]", [("\\frac{a}{b} = c", 1, 3)]),
        ("so\n[\n\\delta_t = \\tanh(a)\n]\n", [("\\delta_t = \\tanh(a)", 3, 1)]),
        ("- δₜ = Wᵀ δₜ₊₁ ⊙ (1 − hₜ²)", [("δₜ = Wᵀ δₜ₊₁ ⊙ (1 − hₜ²)", 1, 3)]),
        ("1. **∂L/∂W = δ xᵀ**", [("∂L/∂W = δ xᵀ", 1, 6)]),
        ("- a = b", []),
        ("`δ = a`", []),
        ("the δ = a is", []),
    ],
)
def test_answers_of_chats(text: str, formulas: list[tuple[str, int, int]]) -> None:
    assert found(text) == formulas


def test_lost_rows_are_told() -> None:
    document = read_markdown("[\n\\begin{aligned} a &= b \\ c &= \\tanh(d) \\end{aligned}\n]", path="a.md")
    assert not any(isinstance(item, FormulaSource) for item in document.items)
    assert [str(error) for error in document.errors] == [
        "a.md:1: this display has lost its backslashes, so that its rows are unclear; copy it again"
    ]


def test_words_between_formulas_are_without_signs() -> None:
    document = read_markdown(":::{note}\n:class: x\nHere\n$$ a $$\nand $b$.\n:::\n")
    assert [item.text for item in document.items if isinstance(item, Prose)] == ["Here", "and", "."]
