"""Partial derivatives in index notation: how an expression depends on each occurrence of a quantity.

By the product and chain rules an expression E depends on an occurrence x[u] (slots and components u) through terms

    ∂E/∂x[s] = Σ over bound indices, where conditions hold, of Π factors · δ_{u,s} ,

one `Path` an occurrence (Baydin, Pearlmutter, Radul, Siskind 2018, section 3.2: reverse accumulation sums over them).
A Kronecker delta is a condition `u = s`; where it fixes a bound index the sum is contracted, Σ_i δ_ij a_i = a_j, and the
range of the contracted index stays behind as a condition: Σ_{t=2}^{T} δ_{t-1,s} a_t = a_{s+1} where 2 ≤ s+1 ≤ T.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import singledispatch
from itertools import count

from .index import (
    ONE,
    Add,
    Affine,
    Apply,
    Argument,
    Branches,
    Condition,
    Differentiate,
    Entry,
    Expression,
    IndexValue,
    MatrixProduct,
    Multiply,
    Number,
    Power,
    ScalarProduct,
    Sum,
)
from .inequalities import contradicts, implied, solve
from .reading.choices import Unsupported

NOTHING = Number(Fraction(0))
UNIT = Number(Fraction(1))
MINUS = Number(Fraction(-1))


class Fresh:
    """Index variables unlike any that a reader makes (`#1`, `#2`, …)."""

    def __init__(self) -> None:
        self._numbers = count(1)

    def __call__(self) -> str:
        return f"#_{next(self._numbers)}"


@dataclass(frozen=True)
class Bound:
    """A summed index; ends of None are to be found among the conditions of its path."""

    variable: str
    lower: Affine | None
    upper: Affine | None


@dataclass(frozen=True)
class Path:
    """One occurrence and its factor: Σ over `bound` of Π `factors`, where all `conditions` hold and no conjunction of `unless` does."""

    occurrence: Entry
    bound: tuple[Bound, ...] = ()
    conditions: tuple[Condition, ...] = ()
    unless: tuple[tuple[Condition, ...], ...] = ()
    factors: tuple[Expression, ...] = ()

    def within(
        self,
        bound: Sequence[Bound] = (),
        conditions: Sequence[Condition] = (),
        unless: Sequence[tuple[Condition, ...]] = (),
        factors: Sequence[Expression] = (),
    ) -> Path:
        """The same path seen from an enclosing expression."""
        return Path(
            self.occurrence,
            (*bound, *self.bound),
            (*conditions, *self.conditions),
            (*unless, *self.unless),
            (*factors, *self.factors),
        )


def partial(expression: Expression, wrt: Entry, facts: Sequence[Condition] = ()) -> Expression:
    """∂`expression`/∂`wrt`, all other entries held; `wrt` may have free indices, about which `facts` are known.

    Raises `Unsupported` for products of matrices over a range and for derivatives inside `expression`.
    """
    found = [path for path in paths(expression, Fresh()) if path.occurrence.family == wrt.family]
    return total([contracted(path, wrt, facts) for path in found])


def contracted(path: Path, wrt: Entry, facts: Sequence[Condition] = ()) -> Path | None:
    """The path with its occurrence set equal to `wrt`, Kronecker deltas contracted; None where they never meet."""
    have = path.occurrence.slots + path.occurrence.components
    want = wrt.slots + wrt.components
    return simplified(path.within(conditions=[Condition(a, "=", b) for a, b in zip(have, want, strict=True)]), facts)


def total(found: Sequence[Path | None]) -> Expression:
    """The sum over paths."""
    terms = tuple(as_expression(path) for path in found if path is not None)
    if not terms:
        return NOTHING
    return terms[0] if len(terms) == 1 else Add(terms)


# -- the rules ------------------------------------------------------------------------------------------------------------


@singledispatch
def paths(expression: Expression, fresh: Fresh) -> Iterator[Path]:
    """All paths from an expression to the entries in it, bound indices renamed apart."""
    raise Unsupported(f"a derivative of {type(expression).__name__} in index notation is not supported")


@paths.register
def _(e: Number, fresh: Fresh) -> Iterator[Path]:
    yield from ()


@paths.register
def _(e: IndexValue, fresh: Fresh) -> Iterator[Path]:
    yield from ()


@paths.register
def _(e: Entry, fresh: Fresh) -> Iterator[Path]:
    yield Path(e)


@paths.register
def _(e: Add, fresh: Fresh) -> Iterator[Path]:
    for term in e.terms:
        yield from paths(term, fresh)


@paths.register
def _(e: Multiply, fresh: Fresh) -> Iterator[Path]:
    """The product rule."""
    for position, factor in enumerate(e.factors):
        others = e.factors[:position] + e.factors[position + 1 :]
        for path in paths(factor, fresh):
            yield path.within(factors=others)


@paths.register
def _(e: Power, fresh: Fresh) -> Iterator[Path]:
    """∂bᵏ = k bᵏ⁻¹ ∂b, for k ≠ 0."""
    nonzero = () if not e.exponent.terms else (Condition(e.exponent, "\\ne", Affine()),)
    if e.exponent == Affine():
        return
    lower = e.base if e.exponent == ONE + ONE else Power(e.base, e.exponent - ONE)
    for path in paths(e.base, fresh):
        yield path.within(conditions=nonzero, factors=(IndexValue(e.exponent), lower))


@paths.register
def _(e: Sum, fresh: Fresh) -> Iterator[Path]:
    name = fresh()
    shift = {e.variable: Affine.of(name)}
    conditions = tuple(substituted_condition(c, shift) for c in e.conditions)
    for path in paths(substitute(e.body, shift), fresh):
        yield path.within((Bound(name, e.lower, e.upper),), conditions)


@paths.register
def _(e: ScalarProduct, fresh: Fresh) -> Iterator[Path]:
    """∂Π_v b_v = Σ_v ∂b_v Π_{u≠v} b_u."""
    name, other = fresh(), fresh()
    shift, apart = {e.variable: Affine.of(name)}, {e.variable: Affine.of(other)}
    conditions = tuple(substituted_condition(c, shift) for c in e.conditions)
    kept = (*(substituted_condition(c, apart) for c in e.conditions), Condition(Affine.of(other), "\\ne", Affine.of(name)))
    rest = ScalarProduct(other, e.lower, e.upper, substitute(e.body, apart), kept)
    for path in paths(substitute(e.body, shift), fresh):
        yield path.within((Bound(name, e.lower, e.upper),), conditions, factors=(rest,))


@paths.register
def _(e: Branches, fresh: Fresh) -> Iterator[Path]:
    before: list[tuple[Condition, ...]] = []
    last = () if e.otherwise is None else (((), e.otherwise),)
    for conditions, body in (*e.branches, *last):
        for path in paths(body, fresh):
            yield path.within(conditions=conditions, unless=before)
        before.append(conditions)


@paths.register
def _(e: Apply, fresh: Fresh) -> Iterator[Path]:
    """The chain rule, in every slot."""
    if e.of_output:
        raise Unsupported(f"the derivative of `{e.function}'` written through the function's own value is not supported")
    for position, argument in enumerate(e.arguments):
        names = tuple(fresh() for _ in argument.variables)
        body = substitute(argument.body, dict(zip(argument.variables, map(Affine.of, names), strict=True)))
        bound = tuple(Bound(name, ONE, size) for name, size in zip(names, argument.sizes, strict=True))
        for path in paths(body, fresh):
            for conditions, factors in _outer(e, position, tuple(map(Affine.of, names))):
                yield path.within(bound, conditions, factors=factors)


def _outer(e: Apply, position: int, indices: tuple[Affine, ...]) -> list[tuple[tuple[Condition, ...], tuple[Expression, ...]]]:
    """∂e/∂(entry `indices` of argument `position`), as terms of conditions and factors."""
    if e.function == "softmax" and not e.partial and not e.order:
        other = replace(e, component=indices)  # ∂y_i/∂z_j = y_i (δ_ij − y_j)
        return [((Condition(indices[0], "=", e.component[0]),), (e,)), ((), (MINUS, e, other))]
    if len(e.arguments) == 1 and not indices and not e.partial:
        return [((), (replace(e, order=e.order + 1),))]
    return [((), (replace(e, partial=(*e.partial, (position, indices))),))]


# -- contraction ----------------------------------------------------------------------------------------------------------


def simplified(path: Path, facts: Sequence[Condition] = ()) -> Path | None:
    """The path with every equality used that fixes a bound index, and what `facts` imply left out; None if it is empty."""
    while True:
        step = next(_contractions(path), None)
        if step is None:
            break
        path = step
    path = _closed(path)
    facts = [*facts, *(c for b in path.bound for c in _range(b, Affine.of(b.variable)))]
    kept = _independent(path.conditions, facts)
    if kept is None:
        return None
    known = [*facts, *kept]
    unless = []
    for conjunction in dict.fromkeys(path.unless):
        undecided = tuple(c for c in conjunction if not implied(c, known))
        if not undecided:
            return None
        if not any(contradicts(c, [*known, *(other for other in undecided if other != c)]) for c in undecided):
            unless.append(undecided)
    return replace(path, conditions=kept, unless=tuple(unless))


def _independent(conditions: Sequence[Condition], facts: Sequence[Condition]) -> tuple[Condition, ...] | None:
    """The conditions without those that the facts and the others imply; None if they cannot all hold."""
    waiting = list(dict.fromkeys(conditions))
    kept: list[Condition] = []
    while waiting:
        condition = waiting.pop(0)
        known = [*facts, *kept, *waiting]
        if contradicts(condition, known):
            return None
        if not implied(condition, known):
            kept.append(condition)
    return tuple(kept)


def _contractions(path: Path) -> Iterator[Path]:
    """The path with one equality used to replace a bound index; innermost indices first."""
    for condition in path.conditions:
        if condition.relation != "=":
            continue
        for bound in reversed(path.bound):
            value = solve(condition, bound.variable)
            if value is None:
                continue
            rest = replace(
                path,
                bound=tuple(b for b in path.bound if b != bound),
                conditions=tuple(c for c in path.conditions if c != condition),
            )
            result = substituted_path(rest, {bound.variable: value})
            ordered = _ordered(result.bound)
            if ordered is not None:
                yield replace(result, bound=ordered, conditions=(*_range(bound, value), *result.conditions))


def _range(bound: Bound, value: Affine) -> list[Condition]:
    below = [] if bound.lower is None else [Condition(bound.lower, "\\le", value)]
    return below if bound.upper is None else [*below, Condition(value, "\\le", bound.upper)]


def _ordered(bounds: Sequence[Bound]) -> tuple[Bound, ...] | None:
    """The indices so that each range speaks of earlier ones only; None if there is no such order."""
    waiting, placed = list(bounds), list[Bound]()
    while waiting:
        names = {b.variable for b in waiting}
        ready = next((b for b in waiting if not (_ends(b) & (names - {b.variable})) and b.variable not in _ends(b)), None)
        if ready is None:
            return None
        waiting.remove(ready)
        placed.append(ready)
    return tuple(placed)


def _ends(bound: Bound) -> set[object]:
    return {atom for end in (bound.lower, bound.upper) if end is not None for atom in end.atoms()}


def _closed(path: Path) -> Path:
    """The path with the open ends of its indices taken from its conditions."""
    for bound in path.bound:
        if bound.lower is not None and bound.upper is not None:
            continue
        lower, upper, conditions = bound.lower, bound.upper, list(path.conditions)
        for condition in path.conditions:
            below, above = _end_of(condition, bound.variable)
            if below is not None and lower is None:
                lower = below
                conditions.remove(condition)
            elif above is not None and upper is None:
                upper = above
                conditions.remove(condition)
        path = replace(
            path, bound=tuple(replace(b, lower=lower, upper=upper) if b == bound else b for b in path.bound), conditions=tuple(conditions)
        )
    ordered = _ordered(path.bound)
    if ordered is None or any(b.lower is None or b.upper is None for b in path.bound):
        raise Unsupported("the range of an index of an equation is stated nowhere; add it to `ranges` or as `for`")
    return replace(path, bound=ordered)


def _end_of(condition: Condition, variable: str) -> tuple[Affine | None, Affine | None]:
    """The lower or the upper end that a condition states for an index."""
    value = solve(condition, variable)
    if value is None or condition.relation in ("=", "\\ne"):
        return None, None
    on_left = dict((condition.left - condition.right).terms)[variable] > 0
    greater = condition.relation in (">", "\\ge")
    strict = condition.relation in ("<", ">")
    if on_left == greater:
        return (value + ONE if strict else value), None
    return None, (value - ONE if strict else value)


def as_expression(path: Path) -> Expression:
    """The path as one expression: conditions sit at the innermost sum whose index they mention."""
    body = product(path.factors)
    for conjunction in path.unless:
        body = Branches(((conjunction, NOTHING),), body)
    at: dict[str | None, list[Condition]] = {}
    for condition in path.conditions:
        atoms = condition.left.atoms() | condition.right.atoms()
        deepest = next((b.variable for b in reversed(path.bound) if b.variable in atoms), None)
        at.setdefault(deepest, []).append(condition)
    for b in reversed(path.bound):
        assert b.lower is not None and b.upper is not None
        body = Sum(b.variable, b.lower, b.upper, body, tuple(at.get(b.variable, ())))
    return Branches(((tuple(at[None]), body),), NOTHING) if None in at else body


def product(factors: Sequence[Expression]) -> Expression:
    """The product with nested products opened and numbers multiplied out in front."""
    number = Fraction(1)
    kept: list[Expression] = []
    stack = list(reversed(factors))
    while stack:
        factor = stack.pop()
        if isinstance(factor, Multiply):
            stack.extend(reversed(factor.factors))
            continue
        value = _number(factor)
        if value is None:
            kept.append(factor)
        else:
            number *= value
    if number == 0:
        return NOTHING
    if number != 1 or not kept:
        kept.insert(0, Number(number))
    return kept[0] if len(kept) == 1 else Multiply(tuple(kept))


def _number(factor: Expression) -> Fraction | None:
    if isinstance(factor, Number):
        return factor.value
    if isinstance(factor, IndexValue) and not factor.index.terms:
        return Fraction(factor.index.constant)
    if isinstance(factor, Power) and isinstance(factor.base, Number) and not factor.exponent.terms and factor.base.value:
        return factor.base.value**factor.exponent.constant
    return None


# -- substitution ---------------------------------------------------------------------------------------------------------

Mapped = Mapping[str, Affine]


def substituted_path(path: Path, mapping: Mapped) -> Path:
    """The path with index variables replaced."""
    occurrence = substitute(path.occurrence, mapping)
    assert isinstance(occurrence, Entry)
    return Path(
        occurrence,
        tuple(Bound(b.variable, b.lower and b.lower.substitute(mapping), b.upper and b.upper.substitute(mapping)) for b in path.bound),
        tuple(substituted_condition(c, mapping) for c in path.conditions),
        tuple(tuple(substituted_condition(c, mapping) for c in conjunction) for conjunction in path.unless),
        tuple(substitute(f, mapping) for f in path.factors),
    )


def substituted_condition(c: Condition, mapping: Mapped) -> Condition:
    return Condition(c.left.substitute(mapping), c.relation, c.right.substitute(mapping))


def _all(indices: Sequence[Affine], mapping: Mapped) -> tuple[Affine, ...]:
    return tuple(i.substitute(mapping) for i in indices)


@singledispatch
def substitute(expression: Expression, mapping: Mapped) -> Expression:
    """The expression with index variables replaced; bound ones must be unlike all that `mapping` brings in."""
    return expression


@substitute.register
def _(e: IndexValue, mapping: Mapped) -> Expression:
    return IndexValue(e.index.substitute(mapping))


@substitute.register
def _(e: Entry, mapping: Mapped) -> Expression:
    return Entry(e.family, _all(e.slots, mapping), _all(e.components, mapping))


@substitute.register
def _(e: Add, mapping: Mapped) -> Expression:
    return Add(tuple(substitute(x, mapping) for x in e.terms))


@substitute.register
def _(e: Multiply, mapping: Mapped) -> Expression:
    return Multiply(tuple(substitute(x, mapping) for x in e.factors))


@substitute.register
def _(e: Power, mapping: Mapped) -> Expression:
    return Power(substitute(e.base, mapping), e.exponent.substitute(mapping))


@substitute.register(Sum)
@substitute.register(ScalarProduct)
def _(e: Sum | ScalarProduct, mapping: Mapped) -> Expression:
    inner = {k: v for k, v in mapping.items() if k != e.variable}
    conditions = tuple(substituted_condition(c, inner) for c in e.conditions)
    return replace(
        e, lower=e.lower.substitute(mapping), upper=e.upper.substitute(mapping), body=substitute(e.body, inner), conditions=conditions
    )


@substitute.register
def _(e: MatrixProduct, mapping: Mapped) -> Expression:
    inner = {k: v for k, v in mapping.items() if k not in (e.variable, e.row_variable, e.column_variable)}
    changed = {name: getattr(e, name).substitute(mapping) for name in ("lower", "upper", "row", "column")}
    return replace(e, rows=e.rows.substitute(inner), columns=e.columns.substitute(inner), body=substitute(e.body, inner), **changed)


@substitute.register
def _(e: Branches, mapping: Mapped) -> Expression:
    branches = tuple((tuple(substituted_condition(c, mapping) for c in conditions), substitute(x, mapping)) for conditions, x in e.branches)
    return Branches(branches, None if e.otherwise is None else substitute(e.otherwise, mapping))


@substitute.register
def _(e: Apply, mapping: Mapped) -> Expression:
    arguments = []
    for a in e.arguments:
        inner = {k: v for k, v in mapping.items() if k not in a.variables}
        arguments.append(Argument(a.variables, _all(a.sizes, mapping), substitute(a.body, inner)))
    partials = tuple((position, _all(indices, mapping)) for position, indices in e.partial)
    return replace(e, arguments=tuple(arguments), component=_all(e.component, mapping), partial=partials, slots=_all(e.slots, mapping))


@substitute.register
def _(e: Differentiate, mapping: Mapped) -> Expression:
    wrt = substitute(e.wrt, mapping)
    assert isinstance(wrt, Entry)
    return replace(e, numerator=substitute(e.numerator, mapping), wrt=wrt)
