"""A model at a number of steps: T becomes 3 in its equations, ranges and names."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ..latex import syntax as s
from ..latex.parser import ParseError, parse_expression
from ..latex.printer import to_latex
from ..problem import Given, Problem
from ..reading.scope import script_items
from ..repair.trees import with_item
from .network import Network


def at_last(net: Network, number: int) -> Problem:
    """The problem of a network with every last step (`T`, or `L` of layers) equal to `number`."""
    problem = net.problem
    lasts = {high for _, high in net.parsed.ranges.values() if not high.isdigit()}
    mark = net.words.mark

    def placed(node: Any) -> Any:
        if isinstance(node, tuple):
            return tuple(map(placed, node))
        if node == mark or not isinstance(node, s.Node | s.Formula):
            return node
        if isinstance(node, s.Symbol) and not node.scripts and not node.primes and node.name in lasts:
            return s.Number(str(number))
        if isinstance(node, s.Symbol):
            for item in [item for script in node.scripts if script != mark for item in script_items(script)]:
                node = with_item(node, item, placed(item))
            return node
        return replace(node, **{name: placed(getattr(node, name)) for name in s.inner_fields(node)})

    def text(latex: str) -> str:
        try:
            return to_latex(placed(net.parsed.expression(latex)))
        except ParseError:
            return latex

    def condition(latex: str) -> str:
        return latex if not latex else to_latex(placed(parse_expression(latex)))

    given = []
    for item, parsed in zip(problem.given, net.parsed.given, strict=True):
        left, right = map(to_latex, placed(parsed.formula.sides))
        held = item.for_
        if parsed.condition is not None and item.for_:
            held = to_latex(placed(parsed.condition))
        given.append(Given(f"{left} = {right}", held))
    ranges = {
        letter: "..".join(str(number) if end in lasts else end for end in net.parsed.ranges[to_latex(parse_expression(letter))])
        for letter in problem.ranges or net.parsed.ranges
    }
    shapes = {text(key): _size(str(value), lasts, number) for key, value in problem.shapes.items()}
    assume = tuple(text_of_fact(fact, text) for fact in problem.assume)
    return replace(problem, given=tuple(given), ranges=ranges, shapes=shapes, assume=assume)


def text_of_fact(fact: Any, text: Any) -> Any:
    """A stated fact about a quantity, the quantity at its new step."""
    if isinstance(fact, str):
        return fact
    return {key: text(value) for key, value in fact.items()}


def _size(shape: str, lasts: set[str], number: int) -> str:
    """`n_L` becomes `n_3`."""
    for last in lasts:
        shape = shape.replace(f"_{last}", f"_{number}").replace(f"_{{{last}}}", f"_{number}")
    return shape
