"""Derivations made once for all tests."""

from __future__ import annotations

from functools import cache

import symbptt
from symbptt.derivation.derivation import Derivation


@cache
def derived(name: str, wrt: tuple[str, ...] = (), depth: str | int = "all", notation: str = "") -> Derivation:
    return symbptt.derive(name, wrt=wrt, steps=depth, notation=notation)
