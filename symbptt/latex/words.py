"""The words that a text uses beyond single letters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType

from symbptt.latex import tables


@dataclass(frozen=True)
class Words:
    """The names a text uses beyond single letters: multi-letter words, sequences that form one name, and private macros."""

    names: frozenset[str] = frozenset()
    compounds: frozenset[tuple[str, ...]] = frozenset()
    macros: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    def __hash__(self) -> int:
        return self._hash

    # Every formula of a document asks for it, and a preamble may hold thousands of macros.
    @cached_property
    def _hash(self) -> int:
        return hash((self.names, self.compounds, frozenset(self.macros.items())))

    @cached_property
    def meanings(self) -> Mapping[str, str]:
        """What macros stand for, those that are known everywhere included; a private one wins."""
        return {**tables.PREDEFINED, **{"\\" + name.removeprefix("\\"): body for name, body in self.macros.items()}}

    @cached_property
    def longest(self) -> int:
        """The letters of the longest name."""
        return max(map(len, self.names), default=0)

    @cached_property
    def by_first(self) -> Mapping[str, tuple[tuple[str, ...], ...]]:
        """The compounds by their first piece."""
        found: dict[str, tuple[tuple[str, ...], ...]] = {}
        for compound in sorted(self.compounds):
            found[compound[0]] = (*found.get(compound[0], ()), compound)
        return found

    def for_text(self, text: str) -> Words:
        """Without private macros where a text calls none: what is read of it is then the same in every document with these names."""
        if not self.macros:
            return self
        called = not text.isascii() or ("\\" in text and any(name in text for name in self.meanings))
        return self if called else self.without_macros

    @cached_property
    def without_macros(self) -> Words:
        """The same names without private macros."""
        return Words(self.names, self.compounds) if self.macros else self
