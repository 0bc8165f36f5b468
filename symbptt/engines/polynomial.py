"""Sparse Laurent polynomials with packed monomials, made for eliminating one atom after another.

A monomial is one Python integer: the exponent of the atom in slot s sits in bits 16 s and up, in balanced form, so multiplying
monomials is adding integers and negative exponents need nothing special. Coefficients are `int`, or `flint.fmpq` once a
fraction has come in.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from fractions import Fraction
from typing import Any

import flint

from symbptt.functions import Coefficient
from symbptt.graph import tidy

DEFAULT_TERMS = 1_200_000  # about 5 s at worst on one slow core
_WIDTH = 16
_HALF = 1 << (_WIDTH - 1)
_MASK = (1 << _WIDTH) - 1
_LARGEST = _HALF // 2  # exponents stay below this, so that no field ever overflows into its neighbour

Terms = dict[int, Any]
Factors = tuple[tuple[int, int], ...]


class OutOfBudget(Exception):
    """The exact engine stopped at its limit of work: nothing is decided."""


class Budget:
    """A deterministic allowance of work, counted in polynomial terms handled (250,000 to 10^6 a second)."""

    def __init__(self, terms: int = DEFAULT_TERMS) -> None:
        self.left = terms

    def spend(self, terms: int) -> None:
        """Take `terms` off; `OutOfBudget` when nothing is left."""
        self.left -= terms
        if self.left < 0:
            raise OutOfBudget("the exact engine handled as many polynomial terms as it may")


def exact(value: Coefficient) -> Any:
    """A coefficient in the fastest exact type."""
    return value if isinstance(value, int) else flint.fmpq(value.numerator, value.denominator)


def fraction(value: Any) -> Coefficient:
    """The coefficient as the graph keeps it."""
    return value if isinstance(value, int) else tidy(Fraction(int(value.p), int(value.q)))


def residue(value: Any, modulus: int) -> int:
    """The coefficient modulo a prime."""
    return value % modulus if isinstance(value, int) else int(value.p) * pow(int(value.q), -1, modulus) % modulus


class Polynomial:
    """A polynomial in atoms (any integers), changed in place by `replace`."""

    def __init__(self, budget: Budget) -> None:
        self.budget = budget
        self.terms: Terms = {}
        self.slots: dict[int, int] = {}
        self.atoms: list[int] = []
        self._bias = 0
        self._packed = 1  # the largest exponent packed so far
        self._degree = 1  # no exponent in `terms` is larger

    def pack(self, factors: Factors) -> int:
        """The monomial Π atom^exponent. Every monomial given to `insert` or `replace` is the result of one call."""
        packed = 0
        for atom, exponent in factors:
            slot = self.slots.get(atom)
            if slot is None:
                slot = self.slots[atom] = len(self.atoms)
                self.atoms.append(atom)
                self._bias += _HALF << (_WIDTH * slot)
            packed += exponent << (_WIDTH * slot)
            if abs(exponent) > self._packed:
                self._packed = abs(exponent)
                self._degree += abs(exponent)
                if self._degree >= _LARGEST:
                    raise OutOfBudget("an exponent is too large for the exact engine")
        return packed

    def unpack(self, monomial: int) -> Factors:
        """The factors of a monomial."""
        biased = monomial + self._bias
        fields = biased ^ self._bias
        factors = []
        while fields:
            slot = ((fields & -fields).bit_length() - 1) // _WIDTH
            shift = _WIDTH * slot
            factors.append((self.atoms[slot], ((biased >> shift) & _MASK) - _HALF))
            fields &= ~(_MASK << shift)
        return tuple(factors)

    def parts(self, atom: int, found: dict[int, int]) -> list[Polynomial]:
        """The coefficients of the powers of `atom`, which occurs with exponents `found`: independent copies without it."""
        unit = 1 << (_WIDTH * self.slots[atom])
        groups: dict[int, Terms] = {}
        for monomial, c in self.terms.items():
            exponent = found.get(monomial, 0)
            groups.setdefault(exponent, {})[monomial - exponent * unit] = c
        return [self._copy(terms) for _, terms in sorted(groups.items())]

    def _copy(self, terms: Terms) -> Polynomial:
        copy = Polynomial(self.budget)
        copy.terms, copy.slots, copy.atoms = terms, dict(self.slots), list(self.atoms)
        copy._bias, copy._packed, copy._degree = self._bias, self._packed, self._degree
        return copy

    def insert(self, coefficient: Any, monomial: int) -> None:
        """Add one term."""
        total = self.terms.get(monomial, 0) + coefficient
        if total:
            self.terms[monomial] = total
        else:
            self.terms.pop(monomial, None)

    def exponents(self, atom: int) -> dict[int, int]:
        """The exponent of `atom` in each monomial where it is not 0."""
        slot = self.slots.get(atom)
        if slot is None:
            return {}
        shift, bias = _WIDTH * slot, self._bias
        self.budget.spend(1 + len(self.terms) // 8)
        return {m: e for m in self.terms if (e := (((m + bias) >> shift) & _MASK) - _HALF)}

    def replace(self, atom: int, found: dict[int, int], body: Terms, *, clear: bool) -> None:
        """Put the polynomial `body` in place of `atom`, which occurs with exponents `found`.

        Where `atom` has a negative exponent, a body of one term is inverted; with a longer one the whole polynomial is first
        multiplied by a power of `atom` (`clear`, which keeps zero zero), or such monomials are left as they are.
        """
        unit = 1 << (_WIDTH * self.slots[atom])
        lowest = min(found.values())
        if lowest < 0 and len(body) != 1:
            if clear:
                self._guard(-lowest)
                found = {m - lowest * unit: found.get(m, 0) - lowest for m in self.terms}
                self.terms = {m - lowest * unit: c for m, c in self.terms.items()}
            else:
                found = {m: e for m, e in found.items() if e > 0}
        groups: dict[int, list[tuple[int, Any]]] = {}
        for monomial, exponent in found.items():
            if exponent:
                groups.setdefault(exponent, []).append((monomial - exponent * unit, self.terms.pop(monomial)))
        powers = self._powers(body, groups)
        for exponent in sorted(groups):
            self._add_product(groups[exponent], powers[exponent])

    def fold_square(self, atom: int, found: dict[int, int], coefficient: Any, square: int) -> None:
        """Use atom² = coefficient · square (a packed monomial): exponents of `atom` become 0 or 1."""
        self._guard(max(abs(e) for e in found.values()))
        unit = 1 << (_WIDTH * self.slots[atom])
        for monomial, exponent in found.items():
            half = exponent // 2
            if half:
                c = self.terms.pop(monomial) * integer_power(coefficient, half)
                self.insert(c, monomial - 2 * half * unit + half * square)

    def filter(self, image: Callable[[Factors], Factors | None]) -> None:
        """Put `image` of each monomial in its place; None drops the term."""
        self.budget.spend(len(self.terms))
        old, self.terms = self.terms, {}
        for monomial, c in old.items():
            factors = self.unpack(monomial)
            kept = image(factors)
            if kept is not None:
                self.insert(c, monomial if kept == factors else self.pack(kept))

    def _powers(self, body: Terms, wanted: Iterable[int]) -> dict[int, Terms]:
        powers: dict[int, Terms] = {0: {0: 1}, 1: body}
        largest = max(wanted, default=0)
        self._guard(max((abs(e) for e in wanted), default=0))
        if len(body) == 1:
            ((monomial, c),) = body.items()
            return {e: {monomial * e: integer_power(c, e)} for e in wanted}
        for exponent in range(2, largest + 1):
            powers[exponent] = self._product(powers[exponent - 1], body)
        return powers

    def _guard(self, exponent: int) -> None:
        """Bound every exponent that can arise when monomials as packed are put in place of a power `exponent` or less."""
        growth = exponent * (1 + self._packed)
        self._degree += growth
        if self._degree >= _LARGEST:
            self._degree = max((abs(e) for m in self.terms for _, e in self.unpack(m)), default=0) + self._packed + growth
            if self._degree >= _LARGEST:
                raise OutOfBudget("an exponent of the exact engine has grown too large")

    def _product(self, a: Terms, b: Terms) -> Terms:
        result: Terms = {}
        for x, c in a.items():
            self.budget.spend(len(b))
            for y, d in b.items():
                result[x + y] = result.get(x + y, 0) + c * d
        return {m: c for m, c in result.items() if c}

    def _add_product(self, group: list[tuple[int, Any]], body: Terms) -> None:
        terms = self.terms
        items = list(body.items())
        for x, c in group:
            self.budget.spend(len(items))
            for y, d in items:
                monomial = x + y
                old = terms.get(monomial)
                if old is None:
                    terms[monomial] = c * d
                    continue
                total = old + c * d
                if total:
                    terms[monomial] = total
                else:
                    del terms[monomial]


def integer_power(c: Any, exponent: int) -> Any:
    """`c ** exponent` of a nonzero coefficient, exact also where the exponent is negative."""
    if exponent >= 0:
        return c**exponent
    return (flint.fmpq(c) if isinstance(c, int) else c) ** exponent
