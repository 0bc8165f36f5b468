"""Relations between what a function depends on: behind `V = \\pi r^2 h / 3`, the equation `r = c h` says no more of r than of h.

By r, the total derivative of V follows h as `r / c`; the equation as it stands would hold h.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from symbptt.latex.printer import to_latex
from symbptt.latex.syntax import Call, Derivative, Formula, Number, Product, Script, Symbol, walk
from symbptt.problem import Given


def turned(formula: Formula, trees: Mapping[Given, Formula]) -> tuple[Given, Given, str] | None:
    """The equation of a claim's `d/dr` that is turned around, what it becomes, and in words how it is read; None where there is none."""
    for node in walk(*formula.sides):
        if not isinstance(node, Derivative) or node.mark != "d" or len(node.wrt) != 1 or not isinstance(node.numerator, Symbol):
            continue
        (wrt,) = node.wrt
        function, line = _arguments(node.numerator, trees)
        for given, tree in trees.items():
            if given.line <= line:  # what comes before is what the function is computed from
                continue
            other = _other(tree, wrt, function) if isinstance(wrt, Symbol) and wrt in function else None
            if other is not None:
                free, rest = other
                equation = f"{to_latex(free)} = \\frac{{{to_latex(wrt)}}}{{{to_latex(rest)}}}"
                return given, Given(equation, given.for_, given.line), f"`{to_latex(free)}` follows `{to_latex(wrt)}` by `{given.equation}`"
    return None


def _arguments(function: Symbol, trees: Mapping[Given, Formula]) -> tuple[set[Symbol], int]:
    """The names that the equation of a function mentions, and its line."""
    for given, tree in trees.items():
        head = tree.sides[0].function if isinstance(tree.sides[0], Call) else tree.sides[0]
        if len(tree.sides) == 2 and head == function:
            found = (node for node in walk(tree.sides[1]) if isinstance(node, Symbol))
            return {Symbol(node.name) if all(map(_is_power, node.scripts)) else node for node in found}, given.line
    return set(), 0


def _is_power(script: Script) -> bool:
    return script.kind == "sup" and isinstance(script.body, Number)


def _other(tree: Formula, wrt: Symbol, arguments: Iterable[Symbol]) -> tuple[Symbol, Symbol] | None:
    """h and c of `r = c h`, where h is an argument as r is, and c is none."""
    right = tree.sides[-1]
    if len(tree.sides) != 2 or tree.sides[0] != wrt or not isinstance(right, Product) or len(right.factors) != 2 or "/" in right.signs:
        return None
    first, second = right.factors
    if not isinstance(first, Symbol) or not isinstance(second, Symbol) or (first in arguments) == (second in arguments):
        return None
    return (first, second) if first in arguments else (second, first)
