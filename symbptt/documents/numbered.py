r"""A name for derivatives in general, `\delta^{(\ell)} = \frac{\partial L}{\partial z^{(\ell)}}`, where all else has numbers: `z^{(2)}`.

The letter runs nowhere then; the definition is one for each number that stands in its place.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from symbptt.latex.syntax import Add, Derivative, Formula, Group, Node, Number, Script, Symbol, walk, with_parts

Numbered = Mapping[Formula, tuple[Formula, ...]]


def by_number(formulas: Sequence[Formula]) -> Numbered:
    """The definitions of that form, each with those that it stands for."""
    found = {formula: letter for formula in formulas if (letter := _letter(formula))}
    if not found:
        return {}
    runs = {name for formula in formulas if formula not in found for name in _running(formula)}
    return {formula: made for formula, letter in found.items() if letter not in runs and (made := _instances(formula, letter, formulas))}


def _running(formula: Formula) -> Iterator[str]:
    """The letters that a formula shifts, `a^{l-1}`, and those that what it defines shows."""
    scripts = [node for node in walk(formula) if isinstance(node, Script)]
    left = formula.sides[0]
    sums = [inner for script in scripts for inner in walk(script) if isinstance(inner, Add)]
    for node in (*sums, *(left.scripts if isinstance(left, Symbol) and len(formula.sides) > 1 else ())):
        yield from (inner.name for inner in walk(node) if isinstance(inner, Symbol))


def _letter(formula: Formula) -> str:
    """The letter of what a formula names so; empty where it is none."""
    left = formula.sides[0]
    if len(formula.sides) != 2 or not isinstance(left, Symbol) or len(left.scripts) != 1 or not isinstance(formula.sides[1], Derivative):
        return ""
    body = _bare(left.scripts[0])
    letter = body.name if isinstance(body, Symbol) and not body.scripts else ""
    by = (_bare(script) for one in formula.sides[1].wrt for node in walk(one) if isinstance(node, Symbol) for script in node.scripts)
    return letter if Symbol(letter) in by else ""


def _instances(formula: Formula, letter: str, formulas: Sequence[Formula]) -> tuple[Formula, ...]:
    """The definition with each number that the name has elsewhere."""
    left = formula.sides[0]
    assert isinstance(left, Symbol)
    met = (node for other in formulas for node in walk(other) if isinstance(node, Symbol) and node.name == left.name)
    scripts = (script for node in met for script in node.scripts if script.kind == left.scripts[0].kind)
    numbers = dict.fromkeys(body for script in scripts if isinstance(body := _bare(script), Number))
    return tuple(replace(formula, sides=tuple(_with(side, letter, number) for side in formula.sides)) for number in numbers)


def _bare(script: Script) -> Node:
    return script.body.body if isinstance(script.body, Group) else script.body


def _with(node: Node, letter: str, number: Number) -> Node:
    if node == Symbol(letter):
        return number
    return with_parts(node, lambda part: _with(part, letter, number))
