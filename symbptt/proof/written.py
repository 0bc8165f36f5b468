"""Normal forms as expressions of the inner language, so that a proof can be evaluated by what knows nothing of proofs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from functools import singledispatch

from .. import index as ix
from ..index import Affine, Condition
from .terms import Count, Factor, Normal, Ordered, Raised, Term, Total, Value, names_of

ZERO = ix.Number(Fraction(0))


class Unwritten(Exception):
    """A sum whose range is not between two ends."""


def expression(normal: Normal) -> ix.Expression:
    """The sum of products as an expression."""
    return ix.Add(tuple(map(_term, normal)))


def conditions(gaps: Iterable[Affine]) -> tuple[Condition, ...]:
    """0 ≤ gap for all."""
    return tuple(Condition(ix.ZERO, "\\le", gap) for gap in gaps)


def _term(term: Term) -> ix.Expression:
    """Each factor and condition stands outside the sums that it does not speak of."""
    ranges, gaps = _ranges(term.bound, term.domain)
    where = [*conditions(gaps), *(Condition(gap, "=", ix.ZERO) for gap in term.equal)]

    def level(names: set[str]) -> int:
        return max((k + 1 for k, (name, *_) in enumerate(ranges) if name in names), default=0)

    factors = [(level(names_of(f)), written(f)) for f in term.factors]
    known = [(level({a for a in c.left.atoms() | c.right.atoms() if isinstance(a, str)}), c) for c in where]
    inner: tuple[ix.Expression, ...] = ()
    for k in range(len(ranges), 0, -1):
        name, lower, upper = ranges[k - 1]
        body = ix.Multiply((*(f for at, f in factors if at == k), *inner))
        inner = (ix.Sum(name, lower, upper, body, tuple(c for at, c in known if at == k)),)
    whole = ix.Multiply((ix.Number(term.coefficient), *(f for at, f in factors if at == 0), *inner))
    outside = tuple(c for at, c in known if at == 0)
    return ix.Branches(((outside, whole),), ZERO) if outside else whole


def _ranges(bound: Sequence[str], domain: Sequence[Affine]) -> tuple[list[tuple[str, Affine, Affine]], list[Affine]]:
    """The summed indices, each between ends that speak of those before it, and the gaps that are no such end."""
    ranges: list[tuple[str, Affine, Affine]] = []
    waiting, left = list(bound), list(domain)
    while waiting:
        for name in waiting:
            known = [gap for gap in left if not (gap.atoms() & set(waiting)) - {name} and not _inside(gap, name)]
            lower = next((gap for gap in known if dict(gap.terms).get(name) == 1), None)
            upper = next((gap for gap in known if dict(gap.terms).get(name) == -1), None)
            if lower is not None and upper is not None:
                break
        else:
            raise Unwritten(f"a sum over {', '.join(waiting)} without ends")
        assert lower is not None and upper is not None
        ranges.append((name, Affine.of(name) - lower, upper + Affine.of(name)))
        waiting.remove(name)
        left = [gap for gap in left if gap not in (lower, upper)]
    return ranges, left


def _inside(gap: Affine, name: str) -> bool:
    """Whether a name stands inside the index of a size, n_l."""
    return any(name in i.atoms() for atom, _ in gap.terms if isinstance(atom, ix.Indexed) for i in atom.indices)


@singledispatch
def written(factor: Factor) -> ix.Expression:
    """A factor as an expression."""
    raise TypeError(f"no factor: {factor!r}")


@written.register
def _(f: ix.Entry) -> ix.Expression:
    return f


@written.register
def _(f: Value) -> ix.Expression:
    arguments = tuple(ix.Argument(a.variables, a.sizes, expression(a.body)) for a in f.arguments)
    return ix.Apply(f.function, arguments, f.component, f.partial, f.order, False, f.slots)


@written.register
def _(f: Raised) -> ix.Expression:
    return ix.Power(expression(f.body), f.exponent)


@written.register
def _(f: Count) -> ix.Expression:
    return ix.IndexValue(f.atom)


@written.register
def _(f: Total) -> ix.Expression:
    return ix.Differentiate(f.target, f.source, "", "total")


@written.register
def _(f: Ordered) -> ix.Expression:
    if not f.variable:  # a number to a symbolic power
        return ix.Power(expression(f.body), f.upper - f.lower + ix.ONE)
    names = f.variable, f.lower, f.upper, f.row_variable, f.column_variable
    return ix.MatrixProduct(*names, f.rows, f.columns, expression(f.body), f.row, f.column, True)
