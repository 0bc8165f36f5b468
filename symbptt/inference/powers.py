"""Whether a number above a name is a power or says which one is meant: `x^3 + x^2 + x`, and `z^3 = W^3 a^2` of the third layer."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping

from ..latex import syntax as s
from ..latex.printer import to_latex
from ..reading.names import Item, Spelling, spelling_of
from ..reading.notation import TRANSPOSES

#: A name, and how many primes it has.
Named = tuple[str, int]
#: What is never raised to: a number that counts.
FIRST = frozenset({"0", "1"})


def powers(
    seen: Mapping[Named, Collection[Spelling]], trees: Iterable[s.Formula]
) -> tuple[frozenset[Named], frozenset[Named], frozenset[Named]]:
    """Names of which numbers above are powers, names of which nothing shows it, and names that are raised to more than squares.

    A number counts above a name that has a letter there, a 0 or a 1, or that is defined or differentiated by with a number above.
    Otherwise it is a power, if it is a square or if the name stands somewhere without it.
    """
    own = {name: _numbers(spellings) for name, spellings in seen.items()}
    chosen = _defined_with_numbers(trees)
    count = {name for name, numbers in own.items() if numbers & FIRST or (name in chosen and numbers - {"2"}) or _lettered(seen[name])}
    higher = {name for name, numbers in own.items() if numbers - {"2"}} - count
    plain = {name for name in higher if any(not any(map(_is_number, x.items)) for x in seen[name])}
    unsettled = higher if count else higher - plain
    return frozenset(own) - count - unsettled, frozenset(unsettled), frozenset(higher - unsettled)


def _is_number(item: Item) -> bool:
    return item.kind == "sup" and isinstance(item.node, s.Number)


def _numbers(spellings: Iterable[Spelling]) -> frozenset[str]:
    return frozenset(to_latex(item.node) for spelling in spellings for item in spelling.items if _is_number(item))


def _lettered(spellings: Iterable[Spelling]) -> bool:
    """Whether something other than a number stands above a name, or a number in brackets: `a^l`, `a^{[2]}`."""
    above = (item for spelling in spellings for item in spelling.items if item.kind == "sup")
    return any(item.bracket if _is_number(item) else to_latex(item.node) not in TRANSPOSES for item in above)


def _defined_with_numbers(trees: Iterable[s.Formula]) -> frozenset[Named]:
    """Names that an equation defines, or by which one differentiates, with a number above: `z^3 = …`, `\\partial / \\partial W^3`."""
    found: set[Named] = set()
    for node in (node for tree in trees for node in _chosen(tree)):
        spelling = spelling_of(node)
        if spelling is not None and any(map(_is_number, spelling.items)):
            found.add((spelling.name, spelling.primes))
    return frozenset(found)


def _chosen(tree: s.Formula) -> Iterator[s.Node]:
    yield tree.sides[0]
    for node in s.walk(tree):
        if isinstance(node, s.Derivative):
            yield from node.wrt
