"""Derivations made once for all tests."""

from __future__ import annotations

from functools import cache

import symbptt
from symbptt.derivation.derivation import Derivation


def derived(name: str, wrt: tuple[str, ...] = (), depth: str | int = "all", notation: str = "") -> Derivation:
    return _derived(name, wrt, depth, notation)


@cache
def _derived(name: str, wrt: tuple[str, ...], depth: str | int, notation: str) -> Derivation:
    return symbptt.derive(name, wrt=wrt, steps=depth, notation=notation)
