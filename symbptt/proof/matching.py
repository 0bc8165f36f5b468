"""When two terms are the same up to the names of their summed indices, and when a sum of terms is zero.

Summed indices are matched by unification: `t` with `s + 1`, so that Σ_{t=2}^{T} a_t and Σ_{t=1}^{T-1} a_{t+1} are one term with one domain.
Terms with equal factors are gathered; they cancel where, in every cell of their domains, the coefficients sum to zero.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache, singledispatch
from itertools import permutations
from typing import Any

from ..index import Affine, Entry
from .domains import Context, Gaps, cancels
from .terms import Count, Factor, Lambda, NoProof, Normal, Ordered, Raised, Term, Total, Value, all_of, names_in, substituted

#: Ways to match two terms that are tried.
MOST_MATCHES = 64
#: Pairs of factors that are tried for one sum: products of like factors could be matched in more orders than there is time for.
MOST_TRIES = 20_000


class _Tries(threading.local):
    left: int = MOST_TRIES


_tries = _Tries()


def count_tries_anew() -> None:
    """What is tried from here on does not hang on what was tried before."""
    _tries.left = MOST_TRIES


Signature = tuple[Any, ...]


@singledispatch
def _signature(factor: Factor) -> Signature:
    """What of a factor does not depend on the names of indices."""
    raise TypeError(f"no factor: {factor!r}")


@_signature.register
def _(f: Entry) -> Signature:
    return ("entry", f.family)


@_signature.register
def _(f: Value) -> Signature:
    return ("value", f.function, f.order, tuple(position for position, _ in f.partial), tuple(of_normal(a.body) for a in f.arguments))


@_signature.register
def _(f: Raised) -> Signature:
    return ("power", f.exponent.constant, len(f.exponent.terms), of_normal(f.body))


@_signature.register
def _(f: Count) -> Signature:
    return ("count",)


@_signature.register
def _(f: Total) -> Signature:
    return ("total", f.target.family, f.source.family)


@_signature.register
def _(f: Ordered) -> Signature:
    return ("ordered", of_normal(f.body))


@lru_cache(maxsize=100_000)
def signature(factor: Factor) -> Signature:
    """What of a factor does not depend on the names of indices."""
    return _signature(factor)


@lru_cache(maxsize=100_000)
def of_term(term: Term) -> Signature:
    return (len(term.bound), tuple(sorted(map(signature, term.factors), key=repr)))


def of_normal(normal: Normal) -> Signature:
    return tuple(sorted(((str(term.coefficient), of_term(term)) for term in normal), key=repr))


@dataclass(frozen=True)
class Match:
    """What the open indices of a pattern stand for; `open_` have no value yet."""

    values: dict[str, Affine]
    open_: frozenset[str]

    def of(self, index: Affine) -> Affine:
        return index.substitute(self.values) if self.values else index

    def opened(self, names: Sequence[str]) -> Match:
        return Match({k: v for k, v in self.values.items() if k not in names}, self.open_ | set(names))


def unify(pattern: Affine, index: Affine, match: Match) -> Match | None:
    """The match under which an index of the pattern is `index`."""
    have = match.of(pattern)
    if have == index:
        return match
    waiting = [name for name in names_in(have) if name in match.open_]
    counts = dict(have.terms)
    if len(waiting) != 1 or abs(counts.get(waiting[0], 0)) != 1:
        return None
    name = waiting[0]
    factor = counts[name]
    value = (index - (have - Affine(((name, factor),)))).scaled(factor)
    if name in value.atoms():
        return None
    return Match({**match.values, name: value}, match.open_ - {name})


def unify_all(patterns: Sequence[Affine], indices: Sequence[Affine], match: Match | None) -> Match | None:
    if len(patterns) != len(indices):
        return None
    for a, b in zip(patterns, indices, strict=True):
        if match is None:
            return None
        match = unify(a, b, match)
    return match


@singledispatch
def unify_factor(pattern: Factor, factor: Factor, match: Match) -> Iterator[Match]:
    raise TypeError(f"no factor: {pattern!r}")


@unify_factor.register
def _(a: Entry, b: Entry, match: Match) -> Iterator[Match]:
    found = unify_all(a.slots + a.components, b.slots + b.components, match)
    if found is not None:
        yield found


@unify_factor.register
def _(a: Count, b: Count, match: Match) -> Iterator[Match]:
    found = unify(a.atom, b.atom, match)
    if found is not None:
        yield found


@unify_factor.register
def _(a: Total, b: Total, match: Match) -> Iterator[Match]:
    for found in unify_factor(a.source, b.source, match):
        yield from unify_factor(a.target, b.target, found)


@unify_factor.register
def _(a: Raised, b: Raised, match: Match) -> Iterator[Match]:
    found = unify(a.exponent, b.exponent, match)
    if found is not None:
        yield from unify_normal(a.body, b.body, found)


@unify_factor.register
def _(a: Value, b: Value, match: Match) -> Iterator[Match]:
    places = [(*a.component, *a.slots), (*b.component, *b.slots)]
    for x, y in zip(a.partial, b.partial, strict=True):
        if x[0] != y[0]:
            return
        places[0], places[1] = places[0] + x[1], places[1] + y[1]
    found = unify_all(places[0], places[1], match)
    if found is not None:
        yield from _unify_lambdas(a.arguments, b.arguments, found)


@unify_factor.register
def _(a: Ordered, b: Ordered, match: Match) -> Iterator[Match]:
    found = unify_all((a.lower, a.upper, a.row, a.column), (b.lower, b.upper, b.row, b.column), match)
    if found is None:
        return
    inner = (a.variable, a.row_variable, a.column_variable), (b.variable, b.row_variable, b.column_variable)
    yield from unify_normal(a.body, b.body, _bound_as(found, *inner))


def _bound_as(match: Match, mine: Sequence[str], theirs: Sequence[str]) -> Match:
    return Match({**match.values, **{a: Affine.of(b) for a, b in zip(mine, theirs, strict=True)}}, match.open_ - set(mine))


def _unify_lambdas(mine: Sequence[Lambda], theirs: Sequence[Lambda], match: Match) -> Iterator[Match]:
    if not mine:
        yield match
        return
    a, b = mine[0], theirs[0]
    found = unify_all(a.sizes, b.sizes, match) if len(a.variables) == len(b.variables) else None
    if found is not None:
        for inner in unify_normal(a.body, b.body, _bound_as(found, a.variables, b.variables)):
            yield from _unify_lambdas(mine[1:], theirs[1:], inner)


def unify_normal(pattern: Normal, normal: Normal, match: Match) -> Iterator[Match]:
    """Ways in which two sums are equal term by term, domains included."""
    if len(pattern) != len(normal):
        return
    if not pattern:
        yield match
        return
    first, kind = pattern[0], of_term(pattern[0])
    for position, term in enumerate(normal):
        if term.coefficient != first.coefficient or of_term(term) != kind:
            continue
        rest = normal[:position] + normal[position + 1 :]
        for found in unify_term(first, term, match):
            if _same_domain(found, first, term):
                yield from unify_normal(pattern[1:], rest, found)


def _same_domain(match: Match, pattern: Term, term: Term) -> bool:
    mine = set(all_of(pattern.domain, match.values)), set(all_of(pattern.equal, match.values))
    return mine == (set(term.domain), set(term.equal))


def unify_term(pattern: Term, term: Term, match: Match) -> Iterator[Match]:
    """Ways to name the summed indices of the pattern, one to one, so that its factors are those of the term; domains are not compared."""
    if len(pattern.bound) != len(term.bound) or len(pattern.factors) != len(term.factors):
        return
    mine = [f"{name}?" for name in pattern.bound]  # so that no open index is taken for one of the term
    factors = [substituted(f, dict(zip(pattern.bound, map(Affine.of, mine), strict=True))) for f in pattern.factors]
    for found in _unify_factors(_rarest_first(factors), term.factors, match.opened(mine)):
        for whole in _complete(found, mine, term.bound):
            yield Match({**whole.values, **{a: whole.values[b] for a, b in zip(pattern.bound, mine, strict=True)}}, whole.open_)


def _rarest_first(factors: Sequence[Factor]) -> list[Factor]:
    kinds = [signature(f) for f in factors]
    return [f for _, f in sorted(zip(kinds, factors, strict=True), key=lambda pair: (kinds.count(pair[0]), repr(pair[0])))]


def _unify_factors(mine: Sequence[Factor], theirs: Sequence[Factor], match: Match) -> Iterator[Match]:
    if not mine:
        yield match
        return
    kind = signature(mine[0])
    for position, factor in enumerate(theirs):
        if signature(factor) == kind and factor not in theirs[:position]:
            _tries.left -= 1
            if _tries.left < 0:
                raise NoProof
            for found in unify_factor(mine[0], factor, match):
                yield from _unify_factors(mine[1:], (*theirs[:position], *theirs[position + 1 :]), found)


def _complete(match: Match, mine: Sequence[str], theirs: Sequence[str]) -> Iterator[Match]:
    """The matches that are one to one on the integers: each index of mine is ± one of theirs and a shift."""
    taken: list[str] = []
    for name in mine:
        if name in match.open_:
            continue
        used = [(a, c) for a, c in match.values[name].terms if a in theirs]
        if len(used) != 1 or abs(used[0][1]) != 1 or used[0][0] in taken:
            return
        taken.append(str(used[0][0]))
    waiting = [name for name in mine if name in match.open_]
    for order in permutations([name for name in theirs if name not in taken]):
        yield Match({**match.values, **{a: Affine.of(b) for a, b in zip(waiting, order, strict=True)}}, match.open_ - set(waiting))


# -- zero -----------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Residual:
    """Terms that do not cancel, those of one form in the same names, and for the last form a cell where they do not."""

    terms: Normal
    cell: Gaps = ()
    same: Normal = ()


def residual(normal: Normal, context: Context) -> Residual | None:
    """None if the sum is seen to be zero; else what is left of it.

    Raises `NoProof` where its terms could match in too many ways.
    """
    count_tries_anew()
    groups: dict[Signature, list[Term]] = {}
    for term in normal:
        groups.setdefault(of_term(term), []).append(term)
    left: list[Term] = []
    cell: Gaps = ()
    last: Normal = ()
    for group in groups.values():
        while group:
            same, group = _gathered(group)
            found = cancels([(term.coefficient, term.domain) for term in same], context)
            if found is not None:
                left += same
                if not last or len(same) > len(last):
                    cell, last = found, tuple(same)
    return Residual(tuple(left), cell, last) if left else None


def _gathered(group: list[Term]) -> tuple[list[Term], list[Term]]:
    """The terms that match the first one, in its names, and the others.

    Where the first term matches itself in several ways (a_s a_t summed over both), each term is spread evenly over all of them.
    """
    first = group[0]
    same: list[Term] = []
    others: list[Term] = []
    for term in group:
        ways: list[Gaps] = []
        for match in unify_term(term, first, Match({}, frozenset())):
            ways.append(all_of(term.domain, match.values))
            if len(ways) == MOST_MATCHES:
                break
        if ways:
            same += [Term(term.coefficient / len(ways), first.factors, first.bound, gaps) for gaps in ways]
        else:
            others.append(term)
    return _collected(same), others


def _collected(terms: Sequence[Term]) -> list[Term]:
    """Terms of one form and one domain as one."""
    found: dict[frozenset[Affine], Term] = {}
    for term in terms:
        key = frozenset(term.domain)
        known = found.get(key)
        found[key] = term if known is None else replace(term, coefficient=known.coefficient + term.coefficient)
    return [term for term in found.values() if term.coefficient]
