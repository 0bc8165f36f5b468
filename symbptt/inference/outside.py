"""What is multiplied in a tree, and what only counts: scripts, ranges and conditions stand aside."""

from __future__ import annotations

from functools import cache
from typing import Any, TypeGuard

from ..latex import syntax as s

#: Fields of nodes that count, and are not multiplied.
OUTSIDE = ("condition", "membership", "lower", "upper")


@s.of_node
def outside_scripts(node: s.Node) -> tuple[s.Node, ...]:
    """The nodes of a tree, not those inside scripts, ranges and conditions: what is multiplied, not what counts."""
    found: list[s.Node] = []
    stack: list[object] = [node]
    while stack:
        item = stack.pop()
        if isinstance(item, tuple):
            stack += item
        elif isinstance(item, s.Node) and not isinstance(item, (s.Script, s.Comparison)):
            found.append(item)
            is_entry = isinstance(item, s.Call) and item.bracket == "[" and all(map(_is_place, item.args))
            kind: object = type(item)
            stack += [getattr(item, name) for name in _multiplied(kind, is_entry)]
            if is_exponential(item):
                stack += [script.body for script in item.scripts if script.kind == "sup"]
    return tuple(found)


@cache
def _multiplied(kind: Any, is_entry: bool) -> tuple[str, ...]:
    """The fields of a kind of node that hold what is multiplied; the arguments of an entry do not."""
    skipped = {*OUTSIDE, *(("function",) if kind is s.Call else ()), *(("args",) if is_entry else ())}
    return tuple(name for name in s.inner_fields_of(kind) if name not in skipped)


def _is_place(node: s.Node) -> bool:
    """What stands in the brackets of an entry: a letter, a number, a label such as `y_i`."""
    if isinstance(node, s.Symbol):
        plain = [
            script for script in node.scripts if script.kind == "sub" and isinstance(script.body, s.Symbol) and not script.body.scripts
        ]
        return len(plain) == len(node.scripts) <= 1
    return isinstance(node, (s.Number, s.Slice))


def is_exponential(node: s.Node) -> TypeGuard[s.Symbol]:
    """`e^{…}`"""
    return isinstance(node, s.Symbol) and node.name == "e" and len(node.scripts) == 1 and node.scripts[0].kind == "sup"
