"""One letter used for two things: the k of `\\sum_{k=1}^n W_{ik}^2` counts entries, that of `\\sum_{k=1}^T` counts steps.

Which letters run is found over all formulas of a model. So that what is found holds for each place, a letter that counts entries in one
formula or sum gets another name there.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from functools import partial

from ..latex import syntax as s
from ..latex.printer import to_latex
from ..reading.scope import script_items, shape_parts
from ..reading.tidy import filled

#: Letters that end the ranges of time steps alone.
TIME_ENDS = frozenset({"T", "\\tau"})
#: Letters of steps and layers that run wherever they are shifted, though they end the ranges of others: `\\prod_{j=k+1}^t`.
ALWAYS_RUN = frozenset({"t", "l", "\\ell"})
STEP_LETTERS = ("t", "l", "\\ell", "\\tau", "k", "s")
#: Names for what counts entries.
FRESH = ("i", "j", "p", "q", "r", "m", "u", "v")


@dataclass(frozen=True)
class Axes:
    """What is known of entries: `sizes`, the lengths in stated shapes, the number of axes of each name that stands there without an index.

    `vectors` are names that stand with a step alone, `o_t`, and with a letter behind it, `o_{t,j}`.
    """

    sizes: frozenset[str]
    ranks: Mapping[str, int]
    vectors: frozenset[str] = frozenset()


def axes_of(shapes: Mapping[str, str], ends: Set[str], trees: Iterable[s.Formula] = (), running: Set[str] = frozenset()) -> Axes:
    """What stated shapes say of axes, and the spellings of some formulas; `ends` are the letters that end ranges of steps."""
    parts = {key: shape_parts(text) or () for key, text in shapes.items()}
    sizes = frozenset(part for found in parts.values() for part in found) - ends
    ranks = {key: len(found) for key, found in parts.items() if found and not set(key) & set("_^(")}
    return Axes(sizes, ranks, _vectors_of_steps(trees, running))


def _vectors_of_steps(trees: Iterable[s.Formula], running: Set[str]) -> frozenset[str]:
    listed = tuple(trees)
    alone, behind, shifted = set[str](), set[str](), set[str]()
    for name, items in (found for tree in listed for found in _subscripts(tree)):
        if len(items) == 1 and (shifted_letter(items[0]) or _is_one_of(items[0], running)):
            alone.add(name)
        elif len(items) == 2 and _is_one_of(items[1], running):
            behind.add(name)
        elif len(items) == 2 and shifted_letter(items[1]):
            shifted.add(name)
    found = (alone & behind) - shifted
    return frozenset(found | _beside(found, listed, shifted)) if found else frozenset()


def _beside(vectors: Set[str], trees: Sequence[s.Formula], shifted: Set[str]) -> set[str]:
    """Names that have the letter of an entry of a vector behind their own step: `\\hat{y}_{t,j}` beside `o_{t,j}`."""
    found = set(vectors)
    size = 0
    while size != len(found):
        size = len(found)
        for tree in trees:
            pairs = [(name, items) for name, items in _subscripts(tree) if len(items) == 2]
            letters = {items[1].name for name, items in pairs if name in found and isinstance(items[1], s.Symbol)}
            own = ((name, items) for name, items in pairs if _is_one_of(items[1], letters) and not _is_one_of(items[0], letters))
            found.update(name for name, _ in own if name not in shifted)
    return found


@s.of_node
def _subscripts(tree: s.Formula) -> tuple[tuple[str, tuple[s.Node, ...]], ...]:
    return tuple((symbol.name, tuple(items)) for symbol, items in _indexed(tree))


def apart(tree: s.Formula, running: Set[str], axes: Axes) -> s.Formula:
    """The formula with other names for letters of `running` that count entries in it."""
    if not running or not (axes.sizes or axes.vectors):
        return tree
    entries = list(dict.fromkeys(_entry_letters(tree, axes)))
    if running.isdisjoint(entries) and running.isdisjoint(bound_in((tree,))):
        return tree
    taken = {node.name for node in s.walk(tree) if isinstance(node, s.Symbol)}
    fresh = iter([letter for letter in FRESH if letter not in taken | running])
    renamed = _sums_apart(tree, running, axes, fresh)
    for letter in dict.fromkeys(_entry_letters(renamed, axes)):
        if letter in running and not _runs(renamed, letter):
            renamed = filled(renamed, {letter: s.Symbol(next(fresh, letter))})
    return renamed


def _sums_apart(node: s.Tree, running: Set[str], axes: Axes, fresh: Iterator[str]) -> s.Tree:
    node = s.with_parts(node, partial(_sums_apart, running=running, axes=axes, fresh=fresh))
    found = [x for x in bound_letters(node) if x in running and _counts_entries(node, x, axes)] if isinstance(node, s.BigOperator) else []
    for letter in found:
        node = filled(node, {letter: s.Symbol(next(fresh, letter))})
    return node


def _bound(node: s.BigOperator) -> list[s.Symbol]:
    """What a sum or product runs over."""
    lower = node.lower.sides[0] if isinstance(node.lower, s.Comparison) else node.lower
    return [n for n in (lower.items if isinstance(lower, s.Sequence) else (lower,)) if isinstance(n, s.Symbol)]


def bound_letters(node: s.BigOperator) -> list[str]:
    """The letters that a sum or product binds."""
    return [symbol.name for symbol in _bound(node) if not symbol.scripts]


def _counts_entries(node: s.BigOperator, letter: str, axes: Axes) -> bool:
    """Whether a sum goes to a length of an axis, or, where it has no range, over entries of what has no other index."""
    if node.upper is not None:
        return to_latex(node.upper) in axes.sizes
    indexed = [(symbol.name, items) for symbol, items in _indexed(node.body) if any(_is_letter(item, letter) for item in items)]
    if any(name in axes.vectors and _is_behind(letter, items) for name, items in indexed):  # and then so it does beside them
        return all(_is_behind(letter, items) or axes.ranks.get(name) == len(items) for name, items in indexed)
    return bool(indexed) and all(axes.ranks.get(name) == len(items) for name, items in indexed)


def _is_behind(letter: str, items: Sequence[s.Node]) -> bool:
    """Whether a letter is the second of two indices: j of `o_{t,j}`."""
    return len(items) == 2 and _is_letter(items[1], letter) and not _is_letter(items[0], letter)


def _entry_letters(tree: s.Formula, axes: Axes) -> Iterator[str]:
    """i and j of `W_{ij}`, where W is stated to be a matrix, and j of `o_{t,j}` beside `o_t`."""
    for name, items in _subscripts(tree):
        if len(items) == 2 and (axes.ranks.get(name) == 2 or name in axes.vectors):
            counting = items if axes.ranks.get(name) == 2 else items[1:]
            yield from (item.name for item in counting if isinstance(item, s.Symbol) and not item.scripts)


def _runs(tree: s.Formula, letter: str) -> bool:
    """Whether a letter is bound in a formula, or stands there in a sum, as in `t - 1`."""
    for node in s.walk(tree):
        if isinstance(node, s.BigOperator) and letter in bound_letters(node):
            return True
        if isinstance(node, s.Script | s.Call):
            inside = s.walk(node.body) if isinstance(node, s.Script) else s.walk(*node.args)
            if any(isinstance(part, s.Add) and any(_is_letter(term, letter) for _, term in part.terms) for part in inside):
                return True
    return False


@s.of_node
def _indexed(tree: s.Node) -> tuple[tuple[s.Symbol, list[s.Node]], ...]:
    """Names with subscripts and no other scripts."""
    return tuple(_found_indexed(tree))


def _found_indexed(tree: s.Node) -> Iterator[tuple[s.Symbol, list[s.Node]]]:
    for node in s.walk(tree):
        scripts = node.scripts if isinstance(node, s.Symbol) else ()
        powers = all(script.kind == "sup" and isinstance(script.body, s.Number) for script in scripts[1:])
        if isinstance(node, s.Symbol) and scripts and scripts[0].kind == "sub" and powers:
            yield node, list(script_items(scripts[0]))


def _is_one_of(node: s.Node, letters: Set[str]) -> bool:
    return isinstance(node, s.Symbol) and node.name in letters and not node.scripts


def _is_letter(node: s.Node, letter: str) -> bool:
    return isinstance(node, s.Symbol) and node.name == letter and not node.scripts


# -- what runs ----------------------------------------------------------------------------------------------------------------


def shifted_letters(formulas: Iterable[s.Formula]) -> Counter[str]:
    """Letters that are seen to run: shifted in a script or in the argument of an indexed call, `h_{t-1}`, `a(t-1)`."""
    found: Counter[str] = Counter()
    for formula in formulas:
        found.update(_shifted(formula))
    return found


@s.of_node
def _shifted(formula: s.Formula) -> tuple[str, ...]:
    found: list[str] = []
    for node in s.walk(formula):
        bodies = [node.body] if isinstance(node, s.Script) else list(node.args) if isinstance(node, s.Call) else []
        for body in bodies:
            for part in body.items if isinstance(body, s.Sequence) else (body,):
                letter = shifted_letter(part)
                if letter and (isinstance(node, s.Script) or letter in STEP_LETTERS):
                    found.append(letter)
    return tuple(found)


def shifted_letter(node: s.Node) -> str:
    """t of `t-1`, `1t-1` and `t + 1`, else empty."""
    if isinstance(node, s.Group):
        return shifted_letter(node.body)
    if not isinstance(node, s.Add) or len(node.terms) != 2 or not isinstance(node.terms[1][1], s.Number):
        return ""
    first = node.terms[0][1]
    last = first.factors[-1] if isinstance(first, s.Product) else first
    return to_latex(last) if isinstance(last, s.Symbol) and not last.scripts and last.name.lower() == last.name else ""


def summed_over_time(trees: Iterable[s.Formula]) -> frozenset[str]:
    """Letters that count no components, though nothing is shifted: t of `\\sum_{t=1}^T`, and i of `\\sum_{i=1}^m L^{(i)}`."""
    return frozenset().union(*map(_summed_over_time, trees))


@s.of_node
def _summed_over_time(tree: s.Formula) -> frozenset[str]:
    ended = [node for node in sums_in(tree) if isinstance(node.upper, s.Symbol) and isinstance(node.lower, s.Comparison)]
    over = [(node, node.lower.sides[0]) for node in ended if isinstance(node.lower, s.Comparison)]
    return frozenset(
        letter.name
        for node, letter in over
        if isinstance(letter, s.Symbol) and not letter.scripts and (_ends_time(node.upper) or _is_above(letter, node.body))
    )


def _ends_time(upper: s.Node | None) -> bool:
    return isinstance(upper, s.Symbol) and upper.name in TIME_ENDS


def _is_above(letter: s.Symbol, body: s.Node) -> bool:
    """Whether a letter stands above a name in brackets, `x^{(i)}`: it says which example is meant."""
    scripts = (script for node in s.walk(body) if isinstance(node, s.Symbol) for script in node.scripts)
    return any(script.kind == "sup" and script.bracket == "(" and script.body == letter for script in scripts)


def ends_of_ranges(trees: Iterable[s.Formula], shifted: Counter[str], bound: frozenset[str]) -> frozenset[str]:
    """Small letters that only end ranges: n of `\\sum_{t=1}^n`, though `s_{n-1}` shifts it."""
    found = set()
    for tree in trees:
        for node in sums_in(tree):
            if isinstance(node.upper, s.Symbol) and isinstance(node.lower, s.Comparison):
                letter, end = to_latex(node.lower.sides[0]), to_latex(node.upper)
                if end not in bound and end not in ALWAYS_RUN and shifted[end] <= shifted[letter]:
                    found.add(end)
    return frozenset(found)


def bound_in(trees: Iterable[s.Formula]) -> frozenset[str]:
    """Letters that a sum or product binds."""
    return frozenset().union(*map(_bound_by_sums, trees))


@s.of_node
def _bound_by_sums(tree: s.Formula) -> frozenset[str]:
    return frozenset(symbol.name for node in sums_in(tree) for symbol in _bound(node))


@s.of_node
def sums_in(tree: s.Formula) -> tuple[s.BigOperator, ...]:
    """The sums and products over indices in a formula."""
    return tuple(node for node in s.walk(tree) if isinstance(node, s.BigOperator))
