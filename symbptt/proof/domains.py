"""Where terms hold: conjunctions of affine gaps g ≥ 0 over integer indices, steps and sizes.

Whether such a conjunction has no integer point is decided by Fourier–Motzkin elimination with the constants of each linear form
rounded to the next integer. For difference bounds x − y ≤ c, which is what sums over steps bring, that is exact (Dill 1989, section 3).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from functools import cached_property, lru_cache
from math import gcd

from ..index import Affine, Atom, Indexed, place

Gaps = tuple[Affine, ...]
#: More linear forms than this are not compared; the conjunction then counts as one that may have a point.
MOST_FORMS = 400
Form = tuple[tuple[Atom, int], ...]


class _Forms:
    """Lower bounds of linear forms: `form + constant ≥ 0`, the common factor of the counts divided out, constants rounded down."""

    def __init__(self) -> None:
        self.bounds: dict[Form, int] = {}
        self.contradiction = False

    def keep(self, terms: Form, constant: int) -> None:
        """Take in `terms + constant ≥ 0`; the integer points stay the same."""
        if not terms:
            self.contradiction |= constant < 0
            return
        factor = gcd(*[count for _, count in terms])
        if factor != 1:
            terms, constant = tuple([(atom, count // factor) for atom, count in terms]), constant // factor
        known = self.bounds.get(terms)
        if known is not None and known <= constant:
            return
        self.bounds[terms] = constant
        opposite = self.bounds.get(tuple([(atom, -count) for atom, count in terms]))
        self.contradiction |= opposite is not None and opposite + constant < 0

    def eliminate(self, atom: Atom) -> None:
        """Fourier–Motzkin: every form that bounds `atom` from below with every one that bounds it from above."""
        below: list[tuple[Form, int, int]] = []
        above: list[tuple[Form, int, int]] = []
        for form, constant in self.bounds.items():
            for other, count in form:
                if other == atom:
                    (below if count > 0 else above).append((form, constant, abs(count)))
                    break
        for form, _, _ in (*below, *above):
            del self.bounds[form]
        for low, low_constant, up in below:
            for high, high_constant, down in above:
                self.keep(_sum(low, down, high, up), low_constant * down + high_constant * up)


def _sum(first: Form, times: int, second: Form, more: int) -> Form:
    counts = {atom: count * times for atom, count in first}
    for atom, count in second:
        counts[atom] = counts.get(atom, 0) + count * more
    return tuple(sorted([item for item in counts.items() if item[1]], key=place))


@lru_cache(maxsize=200_000)
def empty(gaps: frozenset[Affine]) -> bool:
    """Whether no integers make all `gaps` ≥ 0. False where that is not seen."""
    forms = _Forms()
    for gap in gaps:
        forms.keep(gap.terms, gap.constant)
    while forms.bounds and not forms.contradiction and len(forms.bounds) <= MOST_FORMS:
        forms.eliminate(_cheapest(forms.bounds))
    return forms.contradiction


def _cheapest(forms: Mapping[Form, int]) -> Atom:
    """The index whose elimination brings the fewest new forms."""
    count: dict[Atom, list[int]] = {}
    for form in forms:
        for atom, factor in form:
            count.setdefault(atom, [0, 0])[factor > 0] += 1
    return min(count, key=lambda atom: (count[atom][0] * count[atom][1], str(atom)))


class Context:
    """What is known of free indices, steps and sizes: `gaps` ≥ 0, and the ranges of labels such as `y_i`."""

    def __init__(self, gaps: Iterable[Affine], labels: Mapping[str, tuple[Affine, Affine]] | None = None) -> None:
        self.gaps = frozenset(gaps)
        self.labels = dict(labels or {})

    def also(self, gaps: Iterable[Affine]) -> Context:
        return Context(self.gaps | set(gaps), self.labels)

    def fixed(self) -> dict[str, Affine]:
        """Free indices that two gaps make equal to something: t = 1 where t ≥ 1 and t ≤ 1."""
        found: dict[str, Affine] = {}
        for gap in sorted(self.gaps, key=str):
            now = gap.substitute(found)
            if now.terms and any(other.substitute(found) == now.scaled(-1) for other in self.gaps):
                name = max((a for a, c in now.terms if isinstance(a, str) and abs(c) == 1), default=None)
                if name is not None:
                    value = Affine.of(name) - now.scaled(dict(now.terms)[name])
                    found = {key: old.substitute({name: value}) for key, old in found.items()} | {name: value}
        return found

    def excludes(self, gaps: Iterable[Affine]) -> bool:
        """Whether the gaps cannot all be ≥ 0 here."""
        wanted = frozenset(gaps)
        if wanted not in self._excluded:
            relevant = wanted | (self.about(wanted) if wanted else self.gaps)
            self._excluded[wanted] = empty(relevant | self._of_labels(relevant))
        return self._excluded[wanted]

    @cached_property
    def _excluded(self) -> dict[frozenset[Affine], bool]:
        return {}

    @cached_property
    def _implied(self) -> dict[Affine, bool]:
        return {}

    @cached_property
    def _by_atom(self) -> Mapping[Atom, set[Affine]]:
        """The known gaps that speak, through one another, of an atom."""
        found: dict[Atom, tuple[set[Atom], set[Affine]]] = {}
        for gap in self.gaps:
            atoms, gaps = {atom for atom, _ in gap.terms}, {gap}
            for other in {id(known): known for atom in atoms if (known := found.get(atom))}.values():
                atoms |= other[0]
                gaps |= other[1]
            found.update(dict.fromkeys(atoms, (atoms, gaps)))
        return {atom: gaps for atom, (_, gaps) in found.items()}

    def about(self, indices: Iterable[Affine]) -> set[Affine]:
        """The known gaps that speak, through one another, of the atoms of some indices."""
        found = set[Affine]()
        for atom in {atom for index in indices for atom, _ in index.terms}:
            found |= self._by_atom.get(atom, set())
        return found

    def implies(self, gap: Affine, gaps: Sequence[Affine] = ()) -> bool:
        """Whether `gap` ≥ 0 wherever `gaps` are."""
        if not gap.terms:
            return gap.constant >= 0
        if gaps:
            return self.excludes([*gaps, Affine.of(-1) - gap])
        if gap not in self._implied:
            self._implied[gap] = self.excludes([Affine.of(-1) - gap])
        return self._implied[gap]

    def _of_labels(self, gaps: Iterable[Affine]) -> set[Affine]:
        found: set[Affine] = set()
        for gap in gaps if self.labels else ():
            for atom, _ in gap.terms:
                name = atom.name if isinstance(atom, Indexed) else atom
                if name in self.labels:
                    low, high = self.labels[name]
                    found |= {Affine.of(atom) - low, high - Affine.of(atom)}
        return found


def cancels(items: Sequence[tuple[Fraction, Sequence[Affine]]], context: Context) -> Gaps | None:
    """Where Σ coefficient·[all gaps ≥ 0] is not zero: None if nowhere, else the cell that was found.

    The domains split the space into cells; in each the coefficients that hold there must sum to zero.
    """
    shared = frozenset.intersection(*(frozenset(gaps) for _, gaps in items)) if items else frozenset()
    inner = context.also(shared)
    if inner.excludes([]):
        return None
    return next(_cells([(c, [gap for gap in gaps if gap not in shared]) for c, gaps in items], inner, ()), None)


def _cells(items: Sequence[tuple[Fraction, Sequence[Affine]]], context: Context, cell: Gaps) -> Iterator[Gaps]:
    left: list[tuple[Fraction, Sequence[Affine]]] = []
    for coefficient, gaps in items:
        waiting = [gap for gap in gaps if not context.implies(gap)]
        if not waiting or not context.excludes(waiting):
            left.append((coefficient, waiting))
    split = next((gaps[0] for _, gaps in left if gaps), None)
    if split is None:
        if sum(coefficient for coefficient, _ in left):
            yield cell
        return
    for side in (split, Affine.of(-1) - split):
        if not context.excludes([side]):
            yield from _cells(left, context.also([side]), (*cell, side))
