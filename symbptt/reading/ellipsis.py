"""Ellipses completed: `z_1 + \\dots + z_T` is a sum over an index that runs from 1 to T.

The parts before and after the dots must be equal but for one index, which tells what runs and from where to where.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields, is_dataclass, replace
from typing import Any

from ..index import Affine
from ..latex import syntax as s
from ..latex.printer import to_latex
from .choices import Unsupported
from .scope import Scope, index_of

#: The letter that stands for the running index; no document can write it.
RUNNING = s.Symbol("\\running")
#: The same where the index falls from factor to factor.
FALLING = s.Symbol("\\falling")


def expand_sum(node: s.Add, scope: Scope) -> s.Add:
    """An `Add` with its ellipses replaced by sums."""
    terms = list(node.terms)
    while (position := next((i for i, (_, t) in enumerate(terms) if isinstance(t, s.Ellipsis)), None)) is not None:
        if position == 0 or position == len(terms) - 1:
            raise Unsupported("an ellipsis needs a term on both sides to be completed", node.span)
        before, after = terms[position - 1], terms[position + 1]
        start = position - 1
        general, first, last = _generalise([before[1]], [after[1]], scope, node, sizes=True)
        while start > 0 and terms[start - 1][0] == before[0] and (previous := _shifted(general[0], first, scope, -1)) is not None:
            if previous[0] != terms[start - 1][1]:
                break
            first, start = previous[1], start - 1
        if terms[position + 1][0] != before[0]:
            raise Unsupported("the signs on both sides of the ellipsis differ", node.span)
        step = _written_step(terms, position, scope)
        if step == Affine.of(-1) or (step is None and _seems_to_fall(first, last, scope)):
            if step is not None:
                first, start = _moved(first, 1), start - 1
            first, last = last, first
        body = s.BigOperator("\\sum", s.Comparison((RUNNING, first), ("=",)), last, general[0])
        terms[start : position + 2] = [(before[0], body)]
    return replace(node, terms=tuple(terms))


def _written_step(terms: Sequence[tuple[str, s.Node]], position: int, scope: Scope) -> Affine | None:
    """How the index moves between the two terms before the dots, where two of one form are written."""
    if position < 2 or terms[position - 2][0] != terms[position - 1][0]:
        return None
    ends: list[tuple[s.Node, s.Node]] = []
    try:
        _merge(terms[position - 2][1], terms[position - 1][1], scope, ends)
    except Unsupported:
        return None
    before, after = (index_of(n, scope) for n in ends[0]) if ends else (None, None)
    return after - before if before is not None and after is not None else None


def expand_product(node: s.Product, scope: Scope) -> s.Node:
    """A `Product` with its ellipsis replaced by an ordered product over the running index."""
    position = next(i for i, f in enumerate(node.factors) if isinstance(f, s.Ellipsis))
    if not set(node.signs) <= {"", "\\cdot", "\\times", "*"}:
        raise Unsupported("an ellipsis among element-wise products", node.span)
    before, after = node.factors[:position], node.factors[position + 1 :]
    for period in range(1, min(len(before), len(after)) + 1):
        try:
            general, first, last = _generalise(before[-period:], after[:period], scope, node)
        except Unsupported:
            continue
        if _runs_down(before, period, first, last, scope):
            return _falling(before[:-period], general, first, last, after[period:], scope, node)
        body: s.Node = general[0] if period == 1 else s.Product(tuple(general), ("",) * (period - 1))
        left, start = list(before[:-period]), first
        while len(left) >= period and (earlier := _neighbour(general, start, left[-period:], scope, -1)) is not None:
            start, left = earlier, left[:-period]
        run = s.BigOperator("\\prod", s.Comparison((RUNNING, start), ("=",)), last, body)
        if left and any(_same_form(left[-1], other, scope) for other in after[period:]):
            raise Unsupported("the ellipsis begins in the middle of what repeats", node.span)
        behind = list(after[period:])
        while len(behind) >= period and (later := _step_on(general, last, behind[:period], scope)) is not None:
            last, behind = later, behind[period:]
            run = s.BigOperator("\\prod", s.Comparison((RUNNING, start), ("=",)), last, body)
        factors = (*left, run, *behind)
        return factors[0] if len(factors) == 1 else s.Product(factors, ("",) * (len(factors) - 1), span=node.span)
    raise Unsupported("the factors on both sides of the ellipsis do not show what runs", node.span)


def _runs_down(before: Sequence[s.Node], period: int, first: s.Node, last: s.Node, scope: Scope) -> bool:
    """Whether the index falls from factor to factor: two written groups show it, else its ends suggest it."""
    if len(before) >= 2 * period:
        ends: list[tuple[s.Node, s.Node]] = []
        try:
            for earlier, later in zip(before[-2 * period : -period], before[-period:], strict=True):
                _merge(earlier, later, scope, ends)
        except Unsupported:
            ends = []
        if ends:
            earlier_index, later_index = index_of(ends[0][0], scope), index_of(ends[0][1], scope)
            assert earlier_index is not None and later_index is not None
            step = later_index - earlier_index
            if step in (Affine.of(1), Affine.of(-1)):
                return step == Affine.of(-1)
    return _seems_to_fall(first, last, scope)


def falls(first: s.Node, last: s.Node, scope: Scope) -> bool:
    """Whether written bounds certainly run down: from T to 2."""
    start, end = index_of(first, scope), index_of(last, scope)
    steps = scope.letters.last_steps
    return start is not None and end is not None and bool(start.atoms() & steps) and not end.atoms() & steps


def _seems_to_fall(first: s.Node, last: s.Node, scope: Scope) -> bool:
    """Whether an ellipsis runs down: from T to 2, from n to k+1."""
    start, end = index_of(first, scope), index_of(last, scope)
    assert start is not None and end is not None
    if not (end - start).terms:
        return start.constant > end.constant
    steps = scope.letters.last_steps
    if not end.terms:
        return bool(start.atoms() & steps) or end.constant <= 2
    if start.terms and start.constant <= 0 and not start.atoms() & steps and end.constant > 0 and not end.atoms() & steps:
        return True
    return bool(start.atoms() & steps) and not end.atoms() & steps


def _falling(
    before: Sequence[s.Node],
    general: Sequence[s.Node],
    first: s.Node,
    last: s.Node,
    behind: Sequence[s.Node],
    scope: Scope,
    node: s.Product,
) -> s.Node:
    """A product whose index falls: the factors already written out in front must be the next higher ones."""
    start = index_of(first, scope)
    left = list(before)
    while len(left) >= len(general) and start is not None:
        ends: list[tuple[s.Node, s.Node]] = []
        shown = [put_for(g, {RUNNING: first}) for g in general]
        try:
            for written, later in zip(left[-len(general) :], shown, strict=True):
                _merge(written, later, scope, ends)
        except Unsupported:
            break
        higher = index_of(ends[0][0], scope) if ends else None
        if higher is None or (higher - start) != Affine.of(1):
            break
        first, start, left = ends[0][0], higher, left[: -len(general)]
    rest = list(behind)
    while len(rest) >= len(general) and (lower := _neighbour(general, last, rest[: len(general)], scope, -1)) is not None:
        last, rest = lower, rest[len(general) :]
    if (left and any(_same_form(left[-1], other, scope) for other in rest)) or (rest and _same_form(rest[0], general[0], scope)):
        raise Unsupported("the ellipsis begins in the middle of what repeats", node.span)
    named = [put_for(g, {RUNNING: FALLING}) for g in general]
    body = named[0] if len(named) == 1 else s.Product(tuple(named), ("",) * (len(named) - 1))
    run = s.BigOperator("\\prod", s.Comparison((FALLING, last), ("=",)), first, body)
    factors = (*left, run, *rest)
    return factors[0] if len(factors) == 1 else s.Product(factors, ("",) * (len(factors) - 1), span=node.span)


def _step_on(general: Sequence[s.Node], last: s.Node, candidates: Sequence[s.Node], scope: Scope) -> s.Node | None:
    """The index of the group written behind the dots, if it is the one that comes next."""
    return _neighbour(general, last, candidates, scope, 1)


def _neighbour(general: Sequence[s.Node], index: s.Node, candidates: Sequence[s.Node], scope: Scope, step: int) -> s.Node | None:
    """The index of a written group that is `step` away from the one at `index`."""
    ends: list[tuple[s.Node, s.Node]] = []
    try:
        for here, there in zip([put_for(g, {RUNNING: index}) for g in general], candidates, strict=True):
            _merge(here, there, scope, ends)
    except Unsupported:
        return None
    if not ends:
        return None
    base, other, start = index_of(ends[0][0], scope), index_of(ends[0][1], scope), index_of(index, scope)
    if base is None or other is None or start is None or (other - base) != Affine.of(step):
        return None
    return _moved(index, step)


def _moved(index: s.Node, step: int) -> s.Node:
    if isinstance(index, s.Number):
        return s.Number(str(int(index.text) + step))
    return s.Add((("+", index), ("+" if step > 0 else "-", s.Number("1"))))


def _same_form(left: s.Node, right: s.Node, scope: Scope) -> bool:
    try:
        _merge(left, right, scope, [])
    except Unsupported:
        return False
    return True


def _generalise(
    before: Sequence[s.Node], after: Sequence[s.Node], scope: Scope, node: s.Node, *, sizes: bool = False
) -> tuple[list[s.Node], s.Node, s.Node]:
    """The common form of two runs of nodes with `RUNNING` where they differ and its two ends; a size may be one if `sizes`."""
    ends: list[tuple[s.Node, s.Node]] = []
    general = [_merge(left, right, scope, ends, sizes) for left, right in zip(before, after, strict=True)]
    if not ends:
        raise Unsupported("the terms on both sides of the ellipsis are equal", node.span)
    return general, *ends[0]


def _merge(left: Any, right: Any, scope: Scope, ends: list[tuple[s.Node, s.Node]], sizes: bool = False) -> Any:
    """One tree for two, with the running index (and an offset) where they differ; the first difference fixes its ends."""
    if left == right:
        return left
    left, right = _digits_apart(left, right), _digits_apart(right, left)
    if isinstance(left, s.Node) and isinstance(right, s.Node):
        if _is_index(left, scope, sizes) and _is_index(right, scope, sizes):
            ends.append((left, right))
            low, high, base, end = (index_of(n, scope) for n in (left, right, *ends[0]))
            assert low is not None and high is not None and base is not None and end is not None
            offset = low - base
            if offset.terms or (high - end) != offset:
                raise Unsupported("the terms on both sides of the ellipsis differ in more than one index")
            return _offset(RUNNING, offset.constant)
        if type(left) is type(right):
            names = [f.name for f in fields(left) if f.name != "span"]
            return replace(left, **{name: _merge(getattr(left, name), getattr(right, name), scope, ends, sizes) for name in names})
    if isinstance(left, tuple) and isinstance(right, tuple) and len(left) == len(right):
        return tuple(_merge(a, b, scope, ends, sizes) for a, b in zip(left, right, strict=True))
    raise Unsupported("the terms on both sides of the ellipsis have different forms")


def _digits_apart(node: Any, other: Any) -> Any:
    """The 11 of `W_{11}` as two indices, beside `W_{1m}`."""
    apart = isinstance(node, s.Number) and isinstance(other, s.Product) and not any(other.signs) and node.text.isdigit()
    return s.Product(tuple(map(s.Number, node.text)), other.signs) if apart and len(node.text) == len(other.factors) else node


def _is_index(node: s.Node, scope: Scope, sizes: bool = False) -> bool:
    if not isinstance(node, (s.Number, s.Symbol, s.Add)):
        return False
    if isinstance(node, s.Symbol) and not scope.knows(to_latex(node)) and not (sizes and to_latex(node) in scope.letters.sizes):
        return False
    return index_of(node, scope) is not None


def common_form(first: s.Node, last: s.Node, scope: Scope, node: s.Node) -> tuple[s.Node, s.Node, s.Node]:
    """One tree for two with `RUNNING` where they differ, and the two ends of it.

    Raises `Unsupported` where they differ in more.
    """
    (general,), low, high = _generalise([first], [last], scope, node, sizes=True)
    return general, low, high


def put_for(node: Any, mapping: dict[s.Node, s.Node]) -> Any:
    """A tree with nodes replaced."""
    if isinstance(node, s.Node) and node in mapping:
        return mapping[node]
    if is_dataclass(node) and not isinstance(node, type):
        return replace(node, **{f.name: put_for(getattr(node, f.name), mapping) for f in fields(node) if f.name != "span"})
    if isinstance(node, tuple):
        return tuple(put_for(item, mapping) for item in node)
    return node


def _shifted(general: s.Node, first: s.Node, scope: Scope, step: int) -> tuple[s.Node, s.Node] | None:
    """The term one step before `first`, and its index."""
    if not isinstance(first, s.Number):
        return None
    moved = s.Number(str(int(first.text) + step))
    return put_for(general, {RUNNING: moved}), moved


def _offset(node: s.Node, offset: int) -> s.Node:
    if offset == 0:
        return node
    return s.Add((("+", node), ("+" if offset > 0 else "-", s.Number(str(abs(offset))))))
