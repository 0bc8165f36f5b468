"""A definition given again at a shifted index: `\\delta_{t-1} = \\frac{\\partial E}{\\partial c_{t-1}}` beside the one for t."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial

from ..index import Affine
from ..latex import syntax as s
from ..latex.printer import to_latex
from .declare import ParsedGiven
from .names import Spelling, spelling_of
from .scope import Letters, Scope, index_of

#: By how much an index may be shifted.
SHIFTS = (1, 2, -1, -2)


class _NoIndex(Exception):
    """The letter stands for something else than an index of a quantity."""


def without_repetitions(given: Sequence[ParsedGiven], letters: Letters) -> list[ParsedGiven]:
    """The given equations without those that only shift an index of another one; an abbreviation of a derivative reaches as far as both.

    `\\delta_{t-1} = \\frac{\\partial E}{\\partial c_{t-1}}` from t = 1 on says what `\\delta_0` is, too; `h_{t-1} = f(h_{t-2})` does not
    say that of the initial `h_0`.
    """
    names = [spelling_of(item.formula.sides[0]) for item in given]
    alike: dict[tuple[str, int, int], list[int]] = defaultdict(list)
    for place, name in enumerate(names):
        if name is not None:
            alike[name.name, name.primes, len(name.items)].append(place)
    kept: list[ParsedGiven] = []
    shifted = [not _is_plain(item) for item in given]
    for place, (item, name) in enumerate(zip(given, names, strict=True)):
        others = alike[name.name, name.primes, len(name.items)] if name is not None else []
        first = [at for at in others if (shifted[at], at) < (shifted[place], place)]
        found = next((pair for at in first if (pair := _shift(item, name, given[at], names[at], letters)) is not None), None)
        kept += [item] if found is None else _below(item, *found, letters)
    return kept


def _is_plain(item: ParsedGiven) -> bool:
    """Whether the left side shows its indices unshifted."""
    return not any(isinstance(node, s.Add) for node in s.walk(item.formula.sides[0]))


def _shift(
    item: ParsedGiven, name: Spelling | None, other: ParsedGiven, name_of_other: Spelling | None, letters: Letters
) -> tuple[str, int] | None:
    """The letter and the shift that make one equation of another; None where nothing does."""
    if item.condition != other.condition or len(item.formula.sides) != 2 or len(other.formula.sides) != 2:
        return None
    if item.formula.sides == other.formula.sides:
        return "", 0
    if item.condition is not None or name is None or name_of_other is None:
        return None
    for letter, by in _shifts(name, name_of_other, Scope(letters)):
        to = {letter: Affine.of(letter) + Affine.of(by)}
        try:
            if all(
                _moved(one, to, letters) == _moved(another, {}, letters)
                for one, another in zip(item.formula.sides, other.formula.sides, strict=True)
            ):
                return letter, by
        except _NoIndex:
            continue
    return None


def _shifts(one: Spelling, other: Spelling, scope: Scope) -> list[tuple[str, int]]:
    """The letters, each with its shift, that make the indices of one name those of another."""
    for own, its in zip(one.items, other.items, strict=True):
        if own.node == its.node:
            continue
        index, wanted = index_of(own.node, scope), index_of(its.node, scope)
        if index is None or wanted is None:
            return []
        gap, ranges = wanted - index, scope.letters.ranges
        if gap.terms or gap.constant not in SHIFTS:
            return []
        return [(atom, gap.constant) for atom, count in index.terms if count == 1 and isinstance(atom, str) and atom in ranges]
    return []


def _below(item: ParsedGiven, letter: str, by: int, letters: Letters) -> list[ParsedGiven]:
    """The equation at the steps that it reaches below the range of the other one."""
    if by <= 0 or not isinstance(item.formula.sides[1], s.Derivative):
        return []
    lower = letters.ranges[letter][0]
    if lower.terms:
        return []
    steps = [{letter: lower + Affine.of(at)} for at in range(by)]
    found = [tuple(_moved(side, to, letters) for side in item.formula.sides) for to in steps]
    return [replace(item, formula=replace(item.formula, sides=sides)) for sides in found]


def _moved(node: s.Node, to: Mapping[str, Affine], letters: Letters, inside: bool = False) -> s.Node:
    """A tree with the indices in it moved and written in one way.

    Raises `_NoIndex` where a letter to be moved is bound, or is no index.
    """
    if inside and isinstance(node, (s.Symbol, s.Add)):
        index = index_of(node, Scope(letters))
        if index is not None and any(atom in letters.ranges for atom in index.atoms()):
            return _written(index.substitute(dict(to)))
    if isinstance(node, s.Symbol) and not node.scripts and node.name in to:
        raise _NoIndex
    if isinstance(node, s.BigOperator) and to and any(to_latex(part) in to for part in s.walk(*filter(None, (node.lower, node.upper)))):
        raise _NoIndex
    moved = partial(_moved, to=to, letters=letters, inside=inside or isinstance(node, s.Script))
    return s.with_parts(node, moved)


def _written(index: Affine) -> s.Node:
    parts: list[tuple[str, s.Node]] = []
    for atom, count in index.terms:
        letter: s.Node = s.Symbol(str(atom))
        term = letter if abs(count) == 1 else s.Product((s.Number(str(abs(count))), letter), ("",))
        parts.append(("+" if count > 0 else "-", term))
    if index.constant or not parts:
        parts.append(("+" if index.constant >= 0 else "-", s.Number(str(abs(index.constant)))))
    return parts[0][1] if len(parts) == 1 and parts[0][0] == "+" else s.Add(tuple(parts))
