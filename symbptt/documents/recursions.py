"""Members of a family that a document defines for every index: what is said of one of them is a claim, no second definition."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from symbptt.documents.names import Name, covers
from symbptt.documents.roles import Context, Defined, letters_of
from symbptt.latex.printer import to_latex
from symbptt.latex.syntax import Add, BigOperator, Call, Comparison, Derivative, Formula, Node, Number, Symbol, walk, with_parts
from symbptt.problem import Given
from symbptt.reading.reader import CONSTANTS

#: Words before an equation that make it a definition, whatever was said before.
LETTING = re.compile(
    r"\b(?:let(?!\s+us\b|\s+me\b|'s\b|’s\b)|(?:re)?defin(?:e|ing)|set|setting|put|putting|choose|instead|initiali[sz]\w*)\b[^.;]{0,40}\Z",
    re.I,
)
#: No word before a formula: the end of a sentence, or another formula.
BARE = re.compile(r"(?:\A|[.!?])\s*\Z")
#: A sentence up to a derivative or a total by which it is meant, whatever the name meant before: "let $a = …$ and".
DEFINING = re.compile(
    r"\b(?:let(?!\s+us\b|\s+me\b|'s\b|’s\b)|(?:re)?defin(?:e|es|ing)|denotes?|introduce)\b[^.;⟨]{0,40}(?:⟨[^⟩]*⟩[\s,]*(?:and\b)?\s*)*\Z",
    re.I,
)
#: Names in a closed form that say nothing of the model.
NO_QUANTITIES = frozenset({"\\top", "e", "\\pi", *CONSTANTS})


def follows(formula: Formula, context: Context) -> bool:
    """Whether an equation for a member of a family speaks of other members alone, as `h_t = W^t h_0` behind `h_t = W h_{t-1}` does.

    Nothing in it is new, and the members are others than those that the equations before mention: a closed form, or one step of many,
    and no new model. A step that applies a function is rather the recursion said again, in letters that may have changed.
    """
    if any(isinstance(node, Call) for node in walk(*formula.sides[1:])):
        return False
    name = context.name(formula.sides[0])
    earlier = context.definition_of(name) if name is not None else None
    if name is None or earlier is None or len(formula.sides) != 2:
        return False
    rested = set(context.given_for(earlier.formula)) | {earlier.equation}
    before = [entry.formula for entry in context.defined if entry.equation in rested]
    counting = context.indices.letters | context.indices.ends
    own = set(_members(formula.sides[1], name.letter, context))
    met = {member for tree in before for side in tree.sides[1:] for member in _members(side, name.letter, context)}
    known = set().union(*map(letters_of, before))
    return bool(own and met) and not own & met and letters_of(formula) - counting - NO_QUANTITIES <= known


def by_its_names(formula: Formula, context: Context) -> bool:
    """Whether an equation says an earlier one with names for parts of it: `y = f(Z)` behind `Z = V h` and `y = f(V h)`, marks aside."""
    name = context.name(formula.sides[0])
    earlier = context.definition_of(name) if name is not None else None
    if earlier is None or len(formula.sides) != 2 or len(earlier.formula.sides) != 2:
        return False
    parts = {entry.formula.sides[0]: entry.formula.sides[1] for entry in context.defined if len(entry.formula.sides) == 2}
    return _unmarked(_written_out(formula.sides[1], parts)) == _unmarked(earlier.formula.sides[1])


def _written_out(node: Node, parts: Mapping[Node, Node]) -> Node:
    """A tree with what names stand for, once."""
    if isinstance(node, Symbol):
        return parts.get(node, node)
    changed: Node = with_parts(node, partial(_written_out, parts=parts))
    return changed


def _unmarked(node: Node) -> str:
    """A tree as text, without brackets, signs of products and the marks that hands put over letters."""
    return re.sub(r"\\(?:check|cdot|left|right)(?![A-Za-z])|[{}()\s]", "", to_latex(node))


def defined_anew(formula: Formula, context: Context, section: int, letting: bool) -> str:
    """The letter of what has a definition, where a second equation is for a derivative or a total under another heading, or is let hold."""
    name = context.name(formula.sides[0])
    earlier = context.definition_of(name) if name is not None else None
    if name is None or earlier is None or earlier.section < 0 or len(formula.sides) < 2:
        return ""
    total = (
        len(formula.sides) == 2
        and not name.items
        and earlier.forward
        and not any(isinstance(node, Derivative) for node in walk(formula.sides[1]))
    )
    other = earlier.section != section and (total or isinstance(formula.sides[1], Derivative))
    return name.letter if letting or other else ""


def redefines(formula: Formula, context: Context, sentence: str) -> bool:
    """Whether words let a name that has a meaning stand for another derivative, or another total: a new model begins there."""
    name = context.name(formula.sides[0])
    earlier = context.definition_of(name) if name is not None else None
    if name is None or earlier is None or earlier.section < 0 or len(formula.sides) != 2 or DEFINING.search(sentence) is None:
        return False
    if isinstance(formula.sides[1], Derivative):
        return not earlier.forward and covers(name, earlier.name, context.indices, earlier.low)
    return not name.items and earlier.forward and Defined(name, earlier.equation, formula).forward


def is_a_step(formula: Formula, context: Context) -> bool:
    """`h_1 = …` behind a recursion for h_t that begins with an equation for h_0, in its letters: one step of it, and no other beginning."""
    name = context.name(formula.sides[0])
    earlier = context.definition_of(name) if name is not None else None
    steps = [int(node.text) for _, node in name.items if isinstance(node, Number) and node.text.isdigit()] if name is not None else []
    if name is None or earlier is None or earlier.name == name or len(steps) != 1:
        return False
    if not letters_of(formula) <= letters_of(earlier.formula):
        return False
    return any(_is_before(entry.name, name, steps[0]) for entry in context.defined)


def _is_before(other: Name, name: Name, step: int) -> bool:
    """Whether a name is that of an earlier member of the same family, told by its number."""
    numbers = [int(node.text) for _, node in other.items if isinstance(node, Number) and node.text.isdigit()]
    alike = [kind for kind, _ in other.items] == [kind for kind, _ in name.items]
    return other.letter == name.letter and alike and len(numbers) == 1 and numbers[0] < step


def below(formula: Formula, context: Context) -> list[tuple[Formula, Given]]:
    """What members below the range of a formula's errors are: e_0 = ∂C/∂x_0 where e_l = ∂C/∂x_l is said and x_{l-1} is met.

    A derivative by what the equations start from is defined as any other. One that is set to a number is where a recursion begins.
    """
    if isinstance(formula.sides[-1], Number):
        return []
    found: list[tuple[Formula, Given]] = []
    for entry in context.defined:
        found += _sums_below(entry, formula, context)
        letter = _letter(entry, context)
        if not letter:
            continue
        low = (context.indices.lows or {}).get(letter, 1)
        left, derivative = entry.formula.sides
        assert isinstance(derivative, Derivative)
        met = {
            low + place for side in formula.sides for member in _members(side, entry.name.letter, context) for place in _below(member, low)
        }
        early = sorted(place for place in met if 0 <= place < low)
        reached = low - max(_steps_back(derivative.wrt[0], context), default=0) if early else low
        for number in (place for place in early if place >= reached):
            sides = (_at(left, number), replace(derivative, wrt=(_at(derivative.wrt[0], number),)))
            if context.is_new(sides[0]):
                equation = Given(" = ".join(map(to_latex, sides)), "", entry.equation.line)
                found.append((replace(entry.formula, sides=sides), equation))
    return found


def _sums_below(entry: Defined, formula: Formula, context: Context) -> Iterator[tuple[Formula, Given]]:
    """What a sum over later steps is one step below its range: F_0 where `F_t = \\sum_{u=t+1}^n L_u` is said and F_{t-1} is met."""
    left, total = entry.formula.sides[0], entry.formula.sides[-1]
    letter = _only_index(left)
    if (
        len(entry.formula.sides) != 2
        or letter not in context.indices.letters
        or entry.low is not None
        or entry.formula.condition is not None
    ):
        return
    index = Symbol(letter)
    if not isinstance(total, BigOperator) or not isinstance(total.lower, Comparison) or index not in walk(total.lower):
        return
    low = (context.indices.lows or {}).get(letter, 1)
    met = {low + place for side in formula.sides for member in _members(side, entry.name.letter, context) for place in _below(member, low)}
    if low != 1 or 0 not in met or index in walk(total.body) or any(node == index for node in walk(total.upper)):
        return
    sides = (_at(left, 0), replace(total, lower=_counted(total.lower, index, Number("0"))))
    if context.is_new(sides[0]):
        yield replace(entry.formula, sides=sides), Given(" = ".join(map(to_latex, sides)), "", entry.equation.line)


def _counted(node: Any, index: Symbol, number: Number) -> Any:
    """A node with a number for a letter, and `0 + 1` as 1."""
    if node == index:
        return number
    new = with_parts(node, lambda inner: _counted(inner, index, number))
    if isinstance(new, Add) and all(isinstance(term, Number) and term.text.isdigit() for _, term in new.terms):
        value = sum((1 if sign == "+" else -1) * int(term.text) for sign, term in new.terms if isinstance(term, Number))
        return Number(str(value)) if value >= 0 else new
    return new


def _letter(entry: Defined, context: Context) -> str:
    """l of `e_l = ∂C/∂x_l`, said of every l; empty for other definitions."""
    if len(entry.formula.sides) != 2 or entry.low is not None or entry.equation.for_ or entry.formula.condition is not None:
        return ""
    left, derivative = entry.formula.sides
    if not isinstance(derivative, Derivative) or len(derivative.wrt) != 1 or derivative.order != 1 or derivative.scale is not None:
        return ""
    cost = context.name(derivative.numerator)
    letters = {_only_index(left), _only_index(derivative.wrt[0])}
    (letter,) = letters if len(letters) == 1 else ("",)
    return letter if letter in context.indices.letters and cost is not None and not cost.items else ""


def _only_index(node: Node) -> str:
    """The letter of a name with this index alone."""
    body = node.scripts[0].body if isinstance(node, Symbol) and len(node.scripts) == 1 else None
    return body.name if isinstance(body, Symbol) and not body.scripts else ""


def _at(node: Node, number: int) -> Node:
    assert isinstance(node, Symbol)
    return replace(node, scripts=(replace(node.scripts[0], body=Number(str(number))),))


def _members(node: Node, letter: str, context: Context) -> Iterator[Name]:
    """The members of a family that a tree mentions."""
    return (name for name in context.names_in(node) if name.letter == letter and name.items)


def _below(member: Name, low: int) -> Iterator[int]:
    """How far below its range a member stands, at the first value of its letter: -1 for `e_{l-1}` and for `e_0` of e_1, e_2, …"""
    for _, item in member.items:
        if isinstance(item, Number) and item.text.isdigit():
            yield int(item.text) - low
        elif back := _back(item):
            yield -back


def _steps_back(node: Node, context: Context) -> Iterator[int]:
    """How far back the equations of the forward pass reach for members of a family: 1 for `h_t = f(h_{t-1})`."""
    assert isinstance(node, Symbol)
    for entry in context.defined:
        if entry.forward:
            members = (member for side in entry.formula.sides[1:] for member in _members(side, node.name, context))
            yield from (_back(item) for member in members for _, item in member.items)


def _back(item: Node) -> int:
    """1 of `t - 1`, 0 of anything else."""
    if not isinstance(item, Add) or len(item.terms) != 2:
        return 0
    (_, first), (sign, last) = item.terms
    back = isinstance(first, Symbol) and isinstance(last, Number) and last.text.isdigit() and sign == "-"
    return int(last.text) if back and isinstance(last, Number) else 0
