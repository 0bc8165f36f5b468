"""Plain text: signs as in Markdown, and lines that are a formula and nothing else."""

from __future__ import annotations

import time

import pytest

from symbptt.documents.formulas import FormulaSource, Mark, Prose
from symbptt.documents.plain import read_plain


def found(text: str) -> list[tuple[str, int, int]]:
    document = read_plain(text, path="a.txt")
    assert document.errors == ()
    return [(item.latex, item.line, item.column) for item in document.items if isinstance(item, FormulaSource)]


@pytest.mark.parametrize(
    ("text", "formulas"),
    [
        ("Words $a = b$\n\n        $$c$$ (1)", [("a = b", 1, 8), ("c", 3, 11)]),
        ("•\n$$a = b$$\n", [("a = b", 2, 3)]),
        ("\\begin{align}\na &= b\n\\end{align}", [("\\begin{align}\na &= b\n\\end{align}", 1, 1)]),
        ("```math\na = b\n\nc = d\n```", [("a = b", 2, 1), ("c = d", 4, 1)]),
        ("```latex\n\\delta = a\n```", [("\\delta = a", 2, 1)]),
        ("```\n\\delta = a\nis what we want\n```", [("\\delta = a", 2, 1)]),
    ],
)
def test_found(text: str, formulas: list[tuple[str, int, int]]) -> None:
    assert found(text) == formulas


@pytest.mark.parametrize(
    ("line", "latex", "column"),
    [
        ("δₜ = Wᵀ δₜ₊₁ ⊙ (1 − hₜ²)", "δₜ = Wᵀ δₜ₊₁ ⊙ (1 − hₜ²)", 1),
        ("  • ∂L/∂W = Σₜ δₜ hₜ₋₁ᵀ", "∂L/∂W = Σₜ δₜ hₜ₋₁ᵀ", 5),
        ("dW = x^T * dz", "dW = x^T * dz", 1),
        ("2) h = tanh(W x + b)", "h = tanh(W x + b)", 4),
        ("- Half the square: C = 1/2 * (y - t)^2", "C = 1/2 * (y - t)^2", 20),
        ("**Error:** δ = ŷ − y", "δ = ŷ − y", 12),
        ("δ = a ⊙ b   (3)", "δ = a ⊙ b", 1),
        ("δ = a ⊙ b --- (2.1)", "δ = a ⊙ b", 1),
        ("δ = a ⊙ b (chain rule)", "δ = a ⊙ b", 1),
        ("δ = a ⊙ b [as the chain rule says]", "δ = a ⊙ b", 1),
        ("- `δ = a ⊙ b`", "δ = a ⊙ b", 4),
        ("⇒ a = f'(z)", "⇒ a = f'(z)", 1),
        ("W := W − η ∂L/∂W", "W := W − η ∂L/∂W", 1),
        ("x ∈ ℝ^{n×m}", "x ∈ ℝ^{n×m}", 1),
        ("a_t = b_t for t = 2, ..., T", "a_t = b_t for t = 2, ..., T", 1),
        ("= (\\sum_k a_k) * f'(z)", "= (\\sum_k a_k) * f'(z)", 1),
        ("dL/dW_hh = δ h_(t-1)^T", "dL/dW_{hh} = δ h_{(t-1)}^T", 1),
        ("= W^T $\\delta$ + ($b$) c", "= W^T  \\delta  + ( b ) c", 1),
    ],
)
def test_lines_that_are_a_formula(line: str, latex: str, column: int) -> None:
    assert found(f"Some words.\n{line}\nMore words.") == [(latex, 2, column)]


@pytest.mark.parametrize(
    "line",
    [
        "x = y is what we want",
        "Loss = a + b",
        "x = np.dot(a, b)",
        "h = tanh(W @ x)",
        "x == y ** 2",
        "for t = 2, ..., T",
        "t = 2, ..., T",
        "- If x > 0: y = x",
        "y = x (if z holds)",
        "a = b - (3)",
        "h_t-1 = x",
        "\\delta_hh = x",
        "https://example.org/?a=b",
        "<a href=b>",
        "====",
        "a =",
        "x -> y",
        "| a = b | c |",
        "f: x",
        "in it we",
        "т = б",
    ],
)
def test_lines_that_are_words(line: str) -> None:
    assert found(f"Some words.\n{line}\nMore words.") == []


@pytest.mark.parametrize("text", ["```python\na = b\n$c$\n```", "```\nx = y\n```", "`$a$` and", "<!-- $a$ -->", "costs $5 and $6"])
def test_not_found(text: str) -> None:
    assert found(text) == []


def test_places_inside_a_line_with_added_braces() -> None:
    (item,) = (item for item in read_plain("dL/dW_hh = δ\n").items if isinstance(item, FormulaSource))
    assert item.latex == "dL/dW_{hh} = δ"
    assert [item.place(item.latex.index(sign)) for sign in ("W", "hh", "=", "δ")] == [(1, 5), (1, 7), (1, 10), (1, 12)]


def test_headings_words_and_marks() -> None:
    document = read_plain(
        "---\nsymbptt:\n  shapes: {x: n}\n---\n# One\n\nwords\n\nTwo\n===\n\nThree\n=====\n<!-- symbptt: skip -->\n$a$ more\n"
    )
    assert [(item.text, item.line, item.heading) for item in document.items if isinstance(item, Prose)] == [
        ("# One", 5, True),
        ("words\n\nTwo\n===", 7, False),
        ("Three", 12, True),
        ("more", 15, False),
    ]
    assert [item.section for item in document.items if isinstance(item, FormulaSource)] == [2]
    assert [item.role for item in document.items if isinstance(item, Mark)] == ["skip"]
    assert document.about == {"title": "One"}
    assert document.frame.shapes == {"x": "n"}


@pytest.mark.parametrize(
    "text", ["a = b\n" * 100_000, "$a$ = " * 100_000, "[ \\alpha = \n" * 100_000, "a = " + "(" * 100_000, "(" * 300 + "= a\n"]
)
def test_long_texts_are_read_in_time(text: str) -> None:
    started = time.monotonic()
    read_plain(text)
    assert time.monotonic() - started < 20
