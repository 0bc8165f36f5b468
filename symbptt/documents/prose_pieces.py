"""What a formula among the words is: a name, sizes, a range, a sign.

One letter says it: `s` a symbol, `l` a list of symbols, `m` names in a set, `d` sizes of an array, `z` a size, `r` a range,
`f` a function with its argument, `o` a sign such as `\\odot`, `u` a bare superscript, `i` a letter in brackets, `q` an equation,
`e` anything else. In the flattened text a display is `D`, whatever it is.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from symbptt.documents.prose_ranges import Bounds, bounds_of
from symbptt.documents.prose_shapes import LAST_STEPS, REALS, STEPS, axes, members, set_shape, size_text
from symbptt.latex import syntax as s
from symbptt.latex.parser import ParseError, Words, parse

#: Characters of a formula and of the words between two formulas; longer ones are not read.
LONGEST = 20_000
SIGNS: Mapping[str, str] = {
    "\\odot": "odot", "⊙": "odot", "\\bigodot": "odot", "⨀": "odot", "\\circ": "circ", "∘": "circ", "◦": "circ", "○": "circ",
    "*": "star", "∗": "star", "\\ast": "star", "\\cdot": "dot", "·": "dot", "⋅": "dot", "\\times": "times", "×": "times",
    "\\otimes": "otimes", "⊗": "otimes",
}  # fmt: skip
#: `\\rightarrow x` on a slide lists a name.
LEADING_ARROW = re.compile(r"\A\\(?:rightarrow|to|longrightarrow|Rightarrow)(?![A-Za-z])\s*")
FUNCTION = re.compile(r"(?P<name>.{1,60}?)\s*\(\s*(?:\\cdot|\.|·|\\,|\\bullet)?\s*\)", re.S)
MAPPING = re.compile(
    r"(?P<name>.{1,60}?)\s*(?::|\\colon)\s*(?P<left>.{1,120}?)\s*(?:\\to|\\rightarrow|\\longrightarrow|\\mapsto|→)(?![A-Za-z])\s*(?P<right>.{1,120})",
    re.S,
)
POWER = re.compile(r"(?:\{\}|\\cdot|\\bullet|·)?\s*\^\s*\{?\s*(\\?[A-Za-z]+|\\mathsf\{T\}|\\mathrm\{T\}|⊤)\s*\}?|[⊤]")


@dataclass(frozen=True)
class Piece:
    """A formula among the words."""

    kind: str
    latex: str
    nodes: tuple[s.Node, ...] = ()  # names, or sizes
    formulas: tuple[s.Formula, ...] = ()
    bounds: Bounds | None = None
    item: int = -1  # its place among the items of the document; -1 for mathematics in plain words
    display: bool = False
    word: str = ""  # the key of a sign, the script of a transpose


def piece_of(latex: str, words: Words) -> Piece:
    """What a formula is."""
    text = LEADING_ARROW.sub("", latex.strip().rstrip(",.;: ").removesuffix("\\").strip())
    if text in SIGNS:
        return Piece("o", latex, word=SIGNS[text])
    if power := POWER.fullmatch(text):
        return Piece("u", latex, word=power[1] or "\\top")
    if len(text) > LONGEST:
        return Piece("e", latex)
    special = _function(text, words) or _mapping(text, words)
    if special:
        return special
    try:
        formulas = parse(text.rstrip("=: "), words)
    except ParseError:
        return Piece("e", latex)
    return replace(_parsed(formulas), latex=latex, formulas=formulas)


def _function(text: str, words: Words) -> Piece | None:
    """`f(\\cdot)` and `\\sigma()`."""
    found = FUNCTION.fullmatch(text)
    name = _symbol(found["name"], words) if found else None
    return Piece("f", text, (name,)) if name else None


def _mapping(text: str, words: Words) -> Piece | None:
    """`f : \\mathbb{R}^n \\to \\mathbb{R}^m`; `word` says which kind of function that is."""
    found = MAPPING.fullmatch(text)
    name = _symbol(found["name"], words) if found else None
    if found is None or name is None:
        return None
    shapes = []
    for side in ("left", "right"):
        try:
            (formula,) = parse(f"x \\in {found[side]}", words)
        except (ParseError, ValueError):
            return None
        shapes.append(set_shape(formula.membership) if formula.membership is not None else None)
    if None in shapes:
        return None
    kind = "elementwise" if shapes == ["scalar", "scalar"] else "scalar" if shapes[1] == "scalar" else "map"
    return Piece("f", text, (name,), word=kind)


def _symbol(text: str, words: Words) -> s.Symbol | None:
    try:
        (formula,) = parse(text, words)
    except (ParseError, ValueError):
        return None
    lone = len(formula.sides) == 1 and formula.membership is None and formula.condition is None
    return formula.sides[0] if lone and isinstance(formula.sides[0], s.Symbol) else None


def _parsed(formulas: tuple[s.Formula, ...]) -> Piece:
    if len(formulas) != 1:
        names = [found[0] for formula in formulas if (found := members(formula))]
        return Piece("m", "", names[0]) if len(names) == 1 else Piece("q" if any(f.relations for f in formulas) else "e", "")
    (formula,) = formulas
    if (found := members(formula)) is not None:
        return Piece("m", "", found[0])
    if (bounds := bounds_of(formula)) is not None:
        return Piece("r", "", bounds=bounds)
    if formula.relations:
        return Piece("q", "", (formula.sides[0],) if formula.relations in (("=",), (":=",)) else ())
    if formula.membership is not None or formula.condition is not None:
        return Piece("e", "")
    return _expression(formula.sides[0])


def _expression(node: s.Node) -> Piece:
    if isinstance(node, s.Symbol):
        if node.name in REALS - {"R"} and node.scripts:
            sizes = _sizes_of_set(node)
            return Piece("d", "", sizes) if sizes else Piece("e", "")
        return Piece("s", "", (node,))
    if isinstance(node, s.Number):
        return Piece("z", "", (node,)) if size_text(node) else Piece("e", "")
    if isinstance(node, s.Sequence) and all(isinstance(item, s.Symbol) for item in node.items):
        return Piece("l", "", node.items)
    if isinstance(node, s.Call) and node.bracket == "(":
        index = len(node.args) == 1 and all(isinstance(a, s.Symbol) and a.name in STEPS | LAST_STEPS for a in node.args)
        return Piece("s", "", (node,)) if index else Piece("f", "", (node.function,))
    sizes = axes(node)
    if sizes and len(sizes) > 1:
        return Piece("d", "", sizes)
    if isinstance(node, s.Group) and isinstance(node.body, (s.Symbol, s.Sequence)):
        return Piece("i", "", (node.body,))
    return Piece("z", "", (node,)) if size_text(node) else Piece("e", "")


def _sizes_of_set(node: s.Symbol) -> tuple[s.Node, ...] | None:
    powers = [script.body for script in node.scripts if script.kind == "sup"]
    if len(powers) != 1 or set_shape(node) is None:
        return None
    return axes(powers[0]) or (powers[0],)
