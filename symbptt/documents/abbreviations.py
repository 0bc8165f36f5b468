"""Names that are given to a derivative on the spot: `\\underbrace{…}_{\\delta_t}`, "… (denoted by …)"."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from symbptt.latex.parser import Words, parse
from symbptt.latex.printer import to_latex
from symbptt.latex.syntax import Derivative, Formula, Node, Symbol, walk
from symbptt.reading.reader import CONSTANTS

BRACE = re.compile(r"\\(?:underbrace|overbrace)\s*(?=\{)")
LABEL = re.compile(r"\s*[_^]\s*(?=\{)")
DENOTED = re.compile(
    r"\s*,?\s*\(?\s*(?:which\s+(?:is|we|I)\s+(?:will\s+)?)?(?:denoted?|abbreviated?|called|written)\s*(?:by|as|with)?\s*:?\s*\Z", re.I
)
#: Words between a name and the derivative that it stands for, whatever it meant before.
DENOTES = re.compile(
    r"\s*(?:(?:now|here|will|shall|simply|instead)\s+)*(?:denotes?|stands?\s+for|represents?|means?|is\s+short\s+for|is|be|for)"
    r"(?:\s+now)?(?:\s+the\s+(?:\w+\s+){0,2}(?:derivative|gradient|error|sensitivity))?\s*:?\s*\Z",
    re.I,
)
#: Words between a name and what the loss, `⟨⟩` where it is shown, is differentiated by.
IS_DERIVATIVE = re.compile(
    r"\s*,?\s*(?:(?:is|denotes?|be|means?|as)\s+)?(?:now\s+|here\s+)?(?:defined\s+(?:as|to\s+be)\s+)?(?:the\s+|a\s+)?(?:\w+\s+){0,2}?"
    r"(?:derivative|gradient|sensitivity)\s+of\s+(?:the\s+|our\s+)?(?:\w+\s+){0,2}?(?:(?:loss|cost|error|objective)(?:\s+function)?)?\s*(?:⟨⟩)?"
    r"\s*,?\s*(?:with\s+respect\s+to|w\.\s?r\.\s?t\.?|wrt|by)(?:\s+(?:the|our|its))?(?:\s+[\w-]+){0,3}\s*\Z",
    re.I,
)
#: Names that stand for the identity matrix in some texts, and for something else in others.
IDENTITY_TO_SOME = frozenset({Symbol("E"), Symbol("\\mathbf{E}")})


def names_in(latex: str, words: Words) -> Iterator[Formula]:
    r"""The equations `name = derivative` of braces over and under derivatives; labels that are no names with scripts say nothing.

    >>> [len(found.sides) for found in names_in(r"\underbrace{\frac{\partial L}{\partial z_t}}_{\delta_t} x_t", Words())]
    [2]
    """
    for brace in BRACE.finditer(latex):
        end = _closed(latex, brace.end())
        label = LABEL.match(latex, end)
        if label is None:
            continue
        found = named(latex[label.end() : _closed(latex, label.end())], latex[brace.end() : end], words)
        yield from (formula for formula in found if isinstance(formula.sides[0], Symbol) and formula.sides[0].scripts)


def named(name: str, expression: str, words: Words) -> Iterator[Formula]:
    """`name = expression`, where the one is a name and the other a derivative."""
    found = parse(f"{name} = {expression}", words)
    if len(found) == 1 and len(found[0].sides) == 2 and found[0].condition is None:
        left, right = found[0].sides
        if isinstance(left, Symbol) and isinstance(right, Derivative):
            yield found[0]


def _closed(latex: str, start: int) -> int:
    """Where the brace that opens at `start` has closed."""
    depth = 0
    for sign in re.finditer(r"\\.|[{}]", latex[start:], re.S):
        depth += {"{": 1, "}": -1}.get(sign[0], 0)
        if depth == 0:
            return start + sign.end()
    return len(latex)


def has_a_meaning(name: Node, formula: Formula, shapes: Mapping[str, str]) -> bool:
    """Whether a name on the right of a formula means something of its own: `Q^T Q = I` speaks of Q and says nothing of I.

    One with another shape than the identity, a current I, may be named there. E is the identity to some authors; beside a derivative
    nothing shows that it is meant as a new name.
    """
    if not isinstance(name, Symbol):
        return False
    rows, by, columns = shapes.get(to_latex(name), "×").replace("x", "×").partition("×")
    if (rows, by) != (columns, "×"):
        return False
    return name.name in CONSTANTS or (name in IDENTITY_TO_SOME and any(isinstance(node, Derivative) for node in walk(formula)))
