"""What is known of the free quantities at every point where two sides are compared."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Constraints:
    """Facts about leaf nodes: `positive` and `nonzero` ones, and `one_hot` groups (exactly one entry is 1, the others 0)."""

    positive: frozenset[int] = frozenset()
    one_hot: tuple[tuple[int, ...], ...] = ()
    nonzero: frozenset[int] = frozenset()
