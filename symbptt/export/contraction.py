"""Sums of products as matrix products: which factors go left and which right."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations

from symbptt.index import Affine, Apply, Expression, Multiply, Power, Sum

from .trees import NotExported, atoms, entries, parts, tidy

#: A product with more factors than this is not split in two in every way.
MOST_FACTORS = 6


@dataclass(frozen=True)
class Contraction:
    """Σ over `summed` of Π `left` · Π `right`: `rows` only left has, `columns` only right has; no other index is shared."""

    left: tuple[Expression, ...]
    right: tuple[Expression, ...]
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    summed: tuple[str, ...]


@dataclass(frozen=True)
class Bound:
    """A summed index with its range."""

    name: str
    lower: Affine
    upper: Affine


def flattened(e: Sum) -> tuple[tuple[Bound, ...], Expression]:
    """Nested sums as one: their indices, outermost first, and the body."""
    bounds = []
    body: Expression = e
    while isinstance(body, Sum):
        if body.conditions:
            raise NotExported("a sum under conditions is not exported yet")
        bounds.append(Bound(body.variable, body.lower, body.upper))
        body = body.body
    return tuple(bounds), body


def factors_of(body: Expression) -> list[Expression]:
    """The factors of a product, a square as two."""
    found: list[Expression] = []
    for factor in body.factors if isinstance(body, Multiply) else (body,):
        if isinstance(factor, Power) and factor.exponent == Affine.of(2):
            found += [factor.base, factor.base]
        else:
            found.append(factor)
    return found


def variables(e: Expression, known: Iterable[str]) -> tuple[str, ...]:
    """Those of the index variables that an expression depends on."""
    used = atoms(e)
    bound = _bound(e)
    return tuple(v for v in known if v in used - bound)


def _bound(e: Expression) -> set[str]:
    found: set[str] = set()
    for part in parts(e):
        if isinstance(part, Sum):
            found.add(part.variable)
        elif isinstance(part, Apply):
            found |= {name for argument in part.arguments for name in argument.variables}
    return found


def split(factors: Sequence[Expression], summed: Sequence[str], known: Sequence[str]) -> Contraction | None:
    """The product of two groups that share exactly the summed indices, if there is one.

    The left group has the first output index.
    """
    if not 2 <= len(factors) <= MOST_FACTORS:
        return None
    axes = [set(variables(f, known)) for f in factors]
    best: tuple[int, Contraction] | None = None
    for size in range(1, len(factors)):
        for chosen in combinations(range(len(factors)), size):
            left = set().union(*(axes[i] for i in chosen))
            right = set().union(*(axes[i] for i in range(len(factors)) if i not in chosen))
            if left & right != set(summed):
                continue
            rows = tuple(v for v in known if v in left - set(summed))
            columns = tuple(v for v in known if v in right - set(summed))
            outputs = [v for v in known if v in (left | right) - set(summed)]
            if outputs and outputs[0] not in rows:
                continue
            # a group must not become larger than its largest member
            grown = sum(
                len(group) > max(len(axes[i]) for i in members)
                for group, members in ((left, chosen), (right, [i for i in range(len(factors)) if i not in chosen]))
            )
            found = Contraction(
                tuple(factors[i] for i in chosen),
                tuple(factors[i] for i in range(len(factors)) if i not in chosen),
                rows,
                columns,
                tuple(v for v in known if v in summed),
            )
            if best is None or grown < best[0]:
                best = (grown, found)
    return best[1] if best is not None and best[0] == 0 else None


def product(factors: Sequence[Expression]) -> Expression:
    """The product of factors, tidied."""
    return tidy(Multiply(tuple(factors))) if len(factors) > 1 else factors[0]


def ordered_variables(e: Expression, first: Sequence[str]) -> tuple[str, ...]:
    """All index variables of the entries of an expression: `first`, then steps, then the others as the largest entries have them."""
    found = dict.fromkeys(first)
    everything = sorted(entries(e), key=lambda x: -len(x.components) - len(x.slots))
    for entry in everything:
        for index in (*entry.slots, *entry.components):
            for atom in index.atoms():
                if isinstance(atom, str) and atom.startswith("#"):
                    found.setdefault(atom)
    return tuple(found)
