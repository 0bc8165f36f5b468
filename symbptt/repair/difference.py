"""How far one formula is from another, and where they differ: counted on what is written, not on what it means."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import fields

from ..latex import syntax as s
from ..latex.printer import to_latex
from .trees import plain

#: Places at which two formulas may differ for the difference to be told place by place.
MOST_PLACES = 2
#: Of a formula, so much may stand at these places.
SHARE = 0.6
#: So many signs does a derivative count for: what is worked out and what is not are far apart.
DERIVATIVE = 3


def signs_of(node: s.Node) -> Counter[str]:
    """The letters, numbers and signs of a formula, each as often as it is written."""
    found: Counter[str] = Counter()
    for part in s.walk(node):
        if isinstance(part, s.Symbol):
            found[part.name + "'" * part.primes] += 1
        elif isinstance(part, s.Number):
            found[part.text] += 1
        elif isinstance(part, s.BigOperator):
            found[part.operator] += 1
        elif isinstance(part, s.Add):
            found.update(mark for i, (mark, _) in enumerate(part.terms) if i or mark != "+")
        elif isinstance(part, s.Product):
            found.update(mark for mark in part.signs if mark)
        elif isinstance(part, s.Derivative):
            found["Derivative"] += DERIVATIVE
        elif not isinstance(part, s.Group | s.Script | s.Scripted | s.Sequence | s.Comparison):
            found[type(part).__name__] += 1
    return found


def distance(old: s.Node, new: s.Node) -> float:
    """0 for the same letters and signs, 1 for none in common."""
    a, b = signs_of(old), signs_of(new)
    size = a.total() + b.total()
    return ((a - b).total() + (b - a).total()) / size if size else 0.0


def described(old: s.Node, new: s.Node) -> str:
    """What was replaced by what, where that is little; else nothing."""
    places = list(dict.fromkeys(_places(plain(old), plain(new))))
    size = signs_of(old).total()
    if not places or len(places) > MOST_PLACES or sum(signs_of(a).total() for a, _ in places) > SHARE * size:
        return ""
    return ", and ".join(f"`{to_latex(b)}` for `{to_latex(a)}`" for a, b in places)


def _places(old: s.Node, new: s.Node) -> Iterator[tuple[s.Node, s.Node]]:
    if old == new:
        return
    whole = isinstance(old, s.Symbol | s.Call | s.Derivative | s.Number) or type(old) is not type(new)
    parts = [] if whole else list(_aligned(old, new))
    if not parts:
        yield old, new
    for a, b in parts:
        yield from _places(a, b)


def _aligned(old: s.Node, new: s.Node) -> Iterator[tuple[s.Node, s.Node]]:
    """The parts of two nodes of one kind, side by side; nothing where they differ in more than their parts."""
    pairs: list[tuple[s.Node, s.Node]] = []
    for field in fields(old):
        if field.name != "span" and not _pair(getattr(old, field.name), getattr(new, field.name), pairs):
            return
    yield from pairs


def _pair(a: object, b: object, pairs: list[tuple[s.Node, s.Node]]) -> bool:
    if isinstance(a, s.Node) and isinstance(b, s.Node):
        pairs.append((a, b))
        return True
    if isinstance(a, tuple) and isinstance(b, tuple):
        return len(a) == len(b) and all(_pair(x, y, pairs) for x, y in zip(a, b, strict=True))
    return a == b
