"""Ranges of a step whose last value is a symbol: 1..T, 2..T, 1..T-1, taken apart where other equations hold."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from ..latex import syntax as s
from ..latex.printer import to_latex
from ..reading.scope import script_items
from ..repair.trees import shifted, substituted, with_item


@dataclass(frozen=True, order=True)
class End:
    """`last` + `offset`, or a number where `last` is empty; a number comes before any last step, which is taken to be large."""

    last: str
    offset: int

    def tree(self) -> s.Node:
        return shifted(s.Symbol(self.last), self.offset) if self.last else s.Number(str(self.offset))

    def moved(self, by: int) -> End:
        return End(self.last, self.offset + by)


@dataclass(frozen=True)
class Span:
    """low..high, both included."""

    low: End
    high: End

    @property
    def is_point(self) -> bool:
        return self.low == self.high

    @property
    def is_empty(self) -> bool:
        return self.high < self.low

    def moved(self, by: int) -> Span:
        return Span(self.low.moved(by), self.high.moved(by))

    def common(self, other: Span) -> Span:
        return Span(max(self.low, other.low), min(self.high, other.high))

    def condition(self, letter: str) -> str:
        """`1 \\le t \\le T - 1`."""
        return f"{to_latex(self.low.tree())} \\le {letter} \\le {to_latex(self.high.tree())}"


def end_of(tree: s.Node) -> End | None:
    """The end that an index expression is: `2`, `T`, `T - 1`; None for another."""
    terms = tree.terms if isinstance(tree, s.Add) else (("+", tree),)
    last, offset = "", 0
    for sign, term in terms:
        if isinstance(term, s.Number) and term.text.isdigit():
            offset += int(term.text) if sign == "+" else -int(term.text)
        elif isinstance(term, s.Symbol) and not term.scripts and not term.primes and not last and sign == "+":
            last = term.name
        else:
            return None
    return End(last, offset)


def pieces(whole: Span, parts: Iterable[Span]) -> list[Span]:
    """The range cut so that each part covers a piece or misses it, the latest piece last."""
    cuts = {whole.low}
    for part in parts:
        inside = whole.common(part)
        if not inside.is_empty:
            cuts |= {inside.low, inside.high.moved(1)}
    starts = sorted(cut for cut in cuts if whole.low <= cut <= whole.high)
    return [Span(low, high.moved(-1)) for low, high in zip(starts, [*starts[1:], whole.high.moved(1)], strict=True)]


def at_step(node: Any, letter: str, new: s.Node) -> Any:
    """A tree at another step; `H_{1t-1}`, whose script has two items in one word, too."""
    if isinstance(node, tuple):
        return tuple(at_step(item, letter, new) for item in node)
    if isinstance(node, s.Symbol) and any(_is_run(script.body) for script in node.scripts):
        for item in [item for script in node.scripts for item in script_items(script)]:
            node = with_item(node, item, substituted(item, letter, new))
        return replace(node, scripts=tuple(map(_apart, node.scripts)))
    if isinstance(node, s.Symbol | s.Add) or not isinstance(node, s.Node) or not _has_run(node):
        if isinstance(node, s.Add) and _has_run(node):
            return s.Add(tuple((sign, at_step(term, letter, new)) for sign, term in node.terms))
        return substituted(node, letter, new)
    return replace(node, **{name: at_step(getattr(node, name), letter, new) for name in s.inner_fields(node)})


def _apart(script: s.Script) -> s.Script:
    """`_{1 3}` would be thirteen: `_{1, 3}`."""
    body = script.body
    if isinstance(body, s.Product) and sum(isinstance(factor, s.Number) for factor in body.factors) > 1:
        return replace(script, body=s.Sequence(body.factors))
    return script


def _is_run(body: s.Node) -> bool:
    return isinstance(body, s.Product) or (isinstance(body, s.Add) and any(isinstance(term, s.Product) for _, term in body.terms))


def _has_run(node: s.Node) -> bool:
    return any(isinstance(n, s.Script) and _is_run(n.body) for n in s.walk(node))
