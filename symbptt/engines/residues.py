"""Arrays of residues modulo several primes at once, as float64: products are exact, matrix products are BLAS.

Axis 0 of every array counts the primes p < 2²⁴. Residues are symmetric, |r| ≤ p/2 + 1, so that 64 products sum to less than 2⁵³.
"""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache
from math import prod
from random import Random

import flint
import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
Names = tuple[str, ...]
#: Products that are summed before the remainder is taken.
BLOCK = 64
LARGEST = 1 << 24
_MIX = (np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB))
_SHIFT = (np.uint64(30), np.uint64(27), np.uint64(31), np.uint64(11))


class Residues:
    """Arithmetic modulo `count` random primes between 2²³ and 2²⁴."""

    def __init__(self, count: int, seed: int) -> None:
        chance = Random(seed)
        primes: list[int] = []
        while len(primes) < count:
            candidate = chance.randrange(LARGEST // 2 + 1, LARGEST, 2)
            if flint.fmpz(candidate).is_prime() and candidate not in primes:
                primes.append(candidate)
        self.primes = tuple(primes)
        self._p = np.array(primes, dtype=np.float64)
        self._shaped = {k: (self._p.reshape(-1, *[1] * k), 1 / self._p.reshape(-1, *[1] * k)) for k in range(8)}
        self._random = np.random.default_rng(seed)
        keys = np.array([chance.getrandbits(64) | 1 for _ in range(2 * count)], dtype=np.uint64)
        self._keys = {k: tuple(part.reshape(-1, *[1] * k) for part in (keys[:count], keys[count:])) for k in range(8)}

    def reduced(self, x: Array) -> Array:
        """The symmetric residues of exact integers below 2⁵³; changes `x`, which must not be in use elsewhere."""
        p, inverse = self._shaped[x.ndim - 1]
        quotient = x * inverse
        np.rint(quotient, out=quotient)
        quotient *= p
        x -= quotient
        return x

    def number(self, value: Fraction) -> Array:
        """A rational number as an array without axes. Raises `ZeroDivisionError` where a prime divides its denominator."""
        residues = [value.numerator * pow(value.denominator, -1, p) % p for p in self.primes]
        return self.reduced(np.array(residues, dtype=np.float64))

    def random(self, shape: tuple[int, ...]) -> Array:
        """Independent uniform residues."""
        return self.reduced(np.floor(self._random.random((len(self.primes), *shape)) * self._shaped[len(shape)][0]))

    def hashed(self, x: Array, key: int) -> Array:
        """A random function of all residues of each entry: entries that agree modulo every prime get the same value."""
        p, _ = self._shaped[x.ndim - 1]
        keys, others = self._keys[x.ndim - 1]
        whole = (x + (x < 0) * p).astype(np.uint64)
        whole *= keys
        mixed = np.add.reduce(whole, axis=0)
        mixed += np.uint64(key)
        each = mixed + others
        each ^= each >> _SHIFT[0]
        each *= _MIX[0]
        each ^= each >> _SHIFT[1]
        each *= _MIX[1]
        each ^= each >> _SHIFT[2]
        each >>= _SHIFT[3]
        return self.reduced(each.astype(np.float64))

    def times(self, a: Array, a_names: Names, b: Array, b_names: Names, out: Names) -> Array:
        """Σ a·b over the names that `out` lacks; these must be axes of both."""
        plan = _plan(a_names, b_names, out)
        a = a.transpose(plan.a_order) if plan.a_moves else a
        b = b.transpose(plan.b_order) if plan.b_moves else b
        found = self._matmul(a, b, plan) if plan.summed else self.reduced(a[plan.a_index] * b[plan.b_index])
        return found.transpose(plan.out_order) if plan.out_moves else found

    def _matmul(self, a: Array, b: Array, plan: _Plan) -> Array:
        shape = a.shape[: 1 + plan.batch + plan.left] + b.shape[1 + plan.batch + plan.summed :]
        k = prod(b.shape[1 + plan.batch : 1 + plan.batch + plan.summed])
        lead = a.shape[: 1 + plan.batch]
        left = a.reshape(*lead, -1, k)
        right = b.reshape(*lead, k, -1)
        if k <= BLOCK:
            return self.reduced(left @ right).reshape(shape)
        total: Array | None = None
        for start in range(0, k, BLOCK):
            part = self.reduced(left[..., start : start + BLOCK] @ right[..., start : start + BLOCK, :])
            total = part if total is None else total + part
        assert total is not None
        return self.reduced(total).reshape(shape)

    def total(self, x: Array, axes: tuple[int, ...]) -> Array:
        """The sum over axes."""
        return self.reduced(x.sum(axis=axes))


class _Plan:
    """How two arrays with named axes are brought into the form (prime, common, own, summed)."""

    def __init__(self, a: Names, b: Names, out: Names) -> None:
        batch = [n for n in a if n in b and n in out]
        summed = [n for n in a if n in b and n not in out]
        left, right = [n for n in a if n not in b], [n for n in b if n not in a]
        if not set(left + right) <= set(out):
            raise ValueError("a name of one factor only is not summed here")
        self.batch, self.left, self.summed = len(batch), len(left), len(summed)
        a_order, b_order = [*batch, *left, *summed], [*batch, *summed, *right]
        self.a_order = (0, *(1 + a.index(n) for n in a_order))
        self.b_order = (0, *(1 + b.index(n) for n in b_order))
        self.a_moves, self.b_moves = a_order != list(a), b_order != list(b)
        found = [*batch, *left, *right]
        self.out_order = (0, *(1 + found.index(n) for n in out))
        self.out_moves = found != list(out)
        everything = slice(None)
        self.a_index = (everything, *[everything] * (len(batch) + len(left)), *[np.newaxis] * len(right))
        self.b_index = (everything, *[everything] * len(batch), *[np.newaxis] * len(left), *[everything] * len(right))


@lru_cache(maxsize=4096)
def _plan(a: Names, b: Names, out: Names) -> _Plan:
    return _Plan(a, b, out)
