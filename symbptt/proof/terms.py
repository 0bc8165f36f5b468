"""Sums of products in index notation: the normal form in which two sides are compared.

A `Term` is Σ over `bound` indices, where all gaps of `domain` are ≥ 0 and all of `equal` are 0, of coefficient · Π factors.
Bound indices have names of their own, unlike any other's. A factor is an entry of a quantity, the value of a function, a reciprocal or
symbolic power, a size or step used as a number, a total derivative between two entries, or an ordered product.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import singledispatch
from itertools import count

from ..index import Affine, Atom, Entry, Indexed
from .domains import Context, Gaps

Mapped = Mapping[str, Affine]
NOTHING: Mapped = {}


@dataclass(frozen=True)
class Term:
    """One product with its sum; see the module."""

    coefficient: Fraction
    factors: tuple[Factor, ...] = ()
    bound: tuple[str, ...] = ()
    domain: Gaps = ()
    equal: Gaps = ()


Normal = tuple[Term, ...]


@dataclass(frozen=True)
class Lambda:
    """A tensor argument: `body` for all `variables`, each from 1 to its size."""

    variables: tuple[str, ...]
    sizes: tuple[Affine, ...]
    body: Normal


@dataclass(frozen=True)
class Value:
    """A function's value, or a partial derivative of it, as `Apply` of the inner language with normal arguments."""

    function: str
    arguments: tuple[Lambda, ...]
    component: tuple[Affine, ...] = ()
    partial: tuple[tuple[int, tuple[Affine, ...]], ...] = ()
    order: int = 0
    slots: tuple[Affine, ...] = ()


@dataclass(frozen=True)
class Raised:
    """`body` to a negative or symbolic power."""

    body: Normal
    exponent: Affine


@dataclass(frozen=True)
class Count:
    """A size, step or label as a number."""

    atom: Affine


@dataclass(frozen=True)
class Total:
    """The total (ordered) derivative ∂`target`/∂`source` (Werbos 1990)."""

    target: Entry
    source: Entry


@dataclass(frozen=True)
class Ordered:
    """Entry (`row`, `column`) of the product of matrices B_upper ⋯ B_lower, latest first; the identity where upper = lower − 1.

    `body` is entry (`row_variable`, `column_variable`) of B at `variable`, which has `rows` rows and `columns` columns there.
    """

    variable: str
    row_variable: str
    column_variable: str
    body: Normal
    rows: Affine
    columns: Affine
    lower: Affine
    upper: Affine
    row: Affine
    column: Affine


class NoProof(Exception):
    """What a proof does not know: the claim keeps the verdict it has without one."""


class TooMuch(Exception):
    """A plan needs more effort than it was given."""


Factor = Entry | Value | Raised | Count | Total | Ordered

ZERO: Normal = ()
ONE: Normal = (Term(Fraction(1)),)


class Names:
    """Index variables unlike any that a reader makes, sorted as they were made."""

    def __init__(self) -> None:
        self._numbers = count(1)

    def __call__(self) -> str:
        return f"~{next(self._numbers):06}"


def is_bound(name: str) -> bool:
    """Whether an index variable is one of `Names`: summed over, not one of the claim's own."""
    return name.startswith("~")


# -- substitution ---------------------------------------------------------------------------------------------------------


def all_of(indices: Iterable[Affine], mapping: Mapped) -> tuple[Affine, ...]:
    return tuple([i.substitute(mapping) for i in indices])


def put(index: Affine, mapping: Mapped) -> Affine:
    """The index with variables replaced."""
    return index.substitute(mapping)


@singledispatch
def substituted(factor: Factor, mapping: Mapped) -> Factor:
    """The factor with index variables replaced."""
    raise TypeError(f"no factor: {factor!r}")


@substituted.register
def _(f: Entry, mapping: Mapped) -> Factor:
    return Entry(f.family, all_of(f.slots, mapping), all_of(f.components, mapping))


@substituted.register
def _(f: Value, mapping: Mapped) -> Factor:
    arguments = tuple(Lambda(a.variables, all_of(a.sizes, mapping), put_normal(a.body, mapping)) for a in f.arguments)
    partial = tuple((position, all_of(places, mapping)) for position, places in f.partial)
    return replace(f, arguments=arguments, component=all_of(f.component, mapping), partial=partial, slots=all_of(f.slots, mapping))


@substituted.register
def _(f: Raised, mapping: Mapped) -> Factor:
    return Raised(put_normal(f.body, mapping), put(f.exponent, mapping))


@substituted.register
def _(f: Count, mapping: Mapped) -> Factor:
    return Count(put(f.atom, mapping))


@substituted.register
def _(f: Total, mapping: Mapped) -> Factor:
    target, source = substituted(f.target, mapping), substituted(f.source, mapping)
    assert isinstance(target, Entry) and isinstance(source, Entry)
    return Total(target, source)


@substituted.register
def _(f: Ordered, mapping: Mapped) -> Factor:
    rows, columns, lower, upper, row, column = all_of((f.rows, f.columns, f.lower, f.upper, f.row, f.column), mapping)
    return replace(f, body=put_normal(f.body, mapping), rows=rows, columns=columns, lower=lower, upper=upper, row=row, column=column)


def put_term(term: Term, mapping: Mapped) -> Term:
    return Term(
        term.coefficient,
        tuple(substituted(f, mapping) for f in term.factors),
        term.bound,
        all_of(term.domain, mapping),
        all_of(term.equal, mapping),
    )


def put_normal(normal: Normal, mapping: Mapped) -> Normal:
    return tuple(put_term(term, mapping) for term in normal) if mapping else normal


def renamed(term: Term, names: Names, mapping: Mapped = NOTHING) -> Term:
    """The term with bound indices of its own, so that it can stand beside a copy of itself, and with others replaced."""
    if not term.bound and not mapping:
        return term
    own = {name: names() for name in term.bound}
    moved = put_term(term, {**mapping, **{old: Affine.of(new) for old, new in own.items()}})
    return Term(moved.coefficient, moved.factors, tuple(own.values()), moved.domain, moved.equal)


# -- what a term speaks of ------------------------------------------------------------------------------------------------


def names_in(index: Affine) -> Iterator[str]:
    return (atom for atom in index.atoms() if isinstance(atom, str))


@singledispatch
def indices_of(factor: Factor) -> Iterator[Affine]:
    """All indices in a factor, those inside arguments included."""
    raise TypeError(f"no factor: {factor!r}")


@indices_of.register
def _(f: Entry) -> Iterator[Affine]:
    yield from f.slots
    yield from f.components


@indices_of.register
def _(f: Value) -> Iterator[Affine]:
    yield from f.component
    yield from f.slots
    for _, places in f.partial:
        yield from places
    for a in f.arguments:
        yield from indices_in(a.body)


@indices_of.register
def _(f: Raised) -> Iterator[Affine]:
    yield f.exponent
    yield from indices_in(f.body)


@indices_of.register
def _(f: Count) -> Iterator[Affine]:
    yield f.atom


@indices_of.register
def _(f: Total) -> Iterator[Affine]:
    yield from indices_of(f.target)
    yield from indices_of(f.source)


@indices_of.register
def _(f: Ordered) -> Iterator[Affine]:
    yield from (f.lower, f.upper, f.row, f.column)
    yield from indices_in(f.body)


def indices_in(normal: Normal) -> Iterator[Affine]:
    for term in normal:
        yield from term.domain
        yield from term.equal
        for factor in term.factors:
            yield from indices_of(factor)


def names_of(factor: Factor) -> set[str]:
    return {name for index in indices_of(factor) for name in names_in(index)}


# -- arithmetic -----------------------------------------------------------------------------------------------------------


def number(value: Fraction | int) -> Normal:
    return (Term(Fraction(value)),) if value else ZERO


def alone(factor: Factor) -> Normal:
    """The sum that consists of one factor."""
    return (Term(Fraction(1), (factor,)),)


def without(term: Term, position: int) -> Term:
    """The term without one of its factors."""
    return replace(term, factors=term.factors[:position] + term.factors[position + 1 :])


def scaled(normal: Normal, by: Fraction | int) -> Normal:
    return tuple(replace(term, coefficient=term.coefficient * by) for term in normal) if by else ZERO


def times(normals: Iterable[Normal], names: Names) -> Normal:
    """The product, multiplied out."""
    result: Normal = ONE
    for normal in normals:
        result = tuple(_times(a, renamed(b, names)) for a in result for b in normal)
    return result


def joined(term: Term, normals: Iterable[Normal], names: Names) -> Normal:
    """The term times sums that may speak of its bound indices."""
    return tuple(_times(term, rest) for rest in times(normals, names))


def _times(a: Term, b: Term) -> Term:
    return Term(a.coefficient * b.coefficient, a.factors + b.factors, a.bound + b.bound, a.domain + b.domain, a.equal + b.equal)


def within(term: Term, bound: Sequence[str] = (), domain: Sequence[Affine] = (), equal: Sequence[Affine] = ()) -> Term:
    """The term under a sum or a condition."""
    return Term(term.coefficient, term.factors, (*bound, *term.bound), (*domain, *term.domain), (*equal, *term.equal))


# -- contraction ----------------------------------------------------------------------------------------------------------


def contracted(term: Term, context: Context) -> Term | None:
    """The term with every Kronecker delta used: Σ_i δ_ij a_i = a_j; None where it vanishes.

    A delta between free indices stays as a condition, and one of the two names stands for both.
    """
    domain: list[Affine] = []
    term = _with_equalities(term)
    while term.equal:
        first, rest = term.equal[0], term.equal[1:]
        if not first.terms:
            if first.constant:
                return None
            term = replace(term, equal=rest)
            continue
        variable = _solvable(first, term.bound)
        if variable is None:
            domain += [first, first.scaled(-1)]
            variable = _solvable(first, sorted((a for a, _ in first.terms if isinstance(a, str)), reverse=True))
            if variable is None:
                term = replace(term, equal=rest)
                continue
        value = _solution(first, variable)
        term = put_term(replace(term, equal=rest), {variable: value})
        term = replace(term, bound=tuple(name for name in term.bound if name != variable))
    gaps = tuple(gap for gap in dict.fromkeys((*domain, *term.domain)) if not context.implies(gap))
    if context.excludes(gaps):
        return None
    return replace(term, domain=gaps)


def _with_equalities(term: Term) -> Term:
    """Pairs of gaps g ≥ 0 and −g ≥ 0 that fix a summed index as equations."""
    gaps = set(term.domain)
    found = [
        g for g in gaps if g.terms and g.scaled(-1) in gaps and str(g.terms[0]) < str(g.scaled(-1).terms[0]) and _solvable(g, term.bound)
    ]
    if not found:
        return term
    used = {gap for g in found for gap in (g, g.scaled(-1))}
    return replace(term, domain=tuple(g for g in term.domain if g not in used), equal=(*term.equal, *sorted(found, key=str)))


def _solvable(equation: Affine, among: Iterable[Atom]) -> str | None:
    inside = {atom for a, _ in equation.terms if isinstance(a, Indexed) for atom in a.indices[0].atoms()}
    counts = dict(equation.terms)
    return next((a for a in among if isinstance(a, str) and abs(counts.get(a, 0)) == 1 and a not in inside), None)


def _solution(equation: Affine, variable: str) -> Affine:
    factor = dict(equation.terms)[variable]
    return Affine.of(variable) - equation.scaled(factor)


#: A sum over no more than this many indices, both ends being numbers, is written out.
MOST_WRITTEN_OUT = 8


def written_out(term: Term, context: Context) -> Iterator[Term]:
    """The term contracted, with sums over a few numbers written out."""
    now = contracted(term, context)
    for name in now.bound if now is not None else ():
        assert now is not None
        low = max((-g.constant for g in now.domain if g.terms == ((name, 1),)), default=None)
        high = min((g.constant for g in now.domain if g.terms == ((name, -1),)), default=None)
        if low is not None and high is not None and high - low < MOST_WRITTEN_OUT:
            rest = replace(now, bound=tuple(b for b in now.bound if b != name))
            for value in range(low, high + 1):
                yield from written_out(put_term(rest, {name: Affine.of(value)}), context)
            return
    if now is not None:
        yield now


def free_names(factor: Factor) -> set[str]:
    """Index variables that a factor mentions and does not sum over itself."""
    inside: list[Normal] = []
    if isinstance(factor, Value):
        inside = [a.body for a in factor.arguments]
    elif isinstance(factor, (Raised, Ordered)):
        inside = [factor.body]
    own = {name for normal in inside for term in normal for name in term.bound}
    own |= {name for normal in inside for term in normal for f in term.factors for name in names_of(f) - free_names(f)}
    if isinstance(factor, Value):
        own |= {name for a in factor.arguments for name in a.variables}
    if isinstance(factor, Ordered):
        own |= {factor.variable, factor.row_variable, factor.column_variable}
    return names_of(factor) - own
