"""Derivatives that differ only in the names of their indices, worked out once.

∂z_t/∂W_{ab} for one pair of components is that for any other: components become names of their own, and summed indices of steps are
numbered in order of appearance. What is kept of the context are the gaps that speak of the steps, and the ranges of the components.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from ..index import Affine, Entry, Family
from .domains import Context
from .terms import Names, Normal, all_of, is_bound, names_in, put, renamed

Needs = tuple[tuple[Affine, Context], ...]


@dataclass(frozen=True)
class Generic:
    """A derivative in names of its own, its context, and what these names stand for."""

    target: Entry
    source: Entry
    context: Context
    names: Mapping[str, Affine]

    @property
    def key(self) -> tuple[Entry, Entry, frozenset[Affine]]:
        return self.target, self.source, self.context.gaps


@dataclass(frozen=True)
class Known:
    """A derivative in names of its own, what it needs to be defined, and how many derivatives were unfolded for it."""

    normal: Normal
    needs: Needs
    unfolded: int


@dataclass(frozen=True)
class Shared:
    """What was found for derivatives in names of their own."""

    known: dict[tuple[Entry, Entry, frozenset[Affine]], Known] = field(default_factory=dict)

    def recall(self, generic: Generic, scope: Context, names: Names) -> tuple[Normal, Needs]:
        """What is known, in the names and the context of the place that asks."""
        found = self.known[generic.key]
        normal, needs = found.normal, found.needs
        places = ((put(gap, generic.names), scope.also(all_of(inner.gaps, generic.names))) for gap, inner in needs)
        return tuple(renamed(term, names, generic.names) for term in normal), tuple(places)


def generic(target: Entry, source: Entry, scope: Context, families: Mapping[str, Family]) -> Generic:
    """∂target/∂source in names of its own."""
    steps = _names((*target.slots, *source.slots))
    gaps = scope.about((*target.slots, *source.slots))
    more = sorted({name for gap in gaps for name in names_in(gap) if is_bound(name)} - set(steps))
    own = {name: f"~?{i}" for i, name in enumerate((*steps, *more))}
    there = {name: Affine.of(new) for name, new in own.items()}
    back = {new: Affine.of(name) for name, new in own.items()}
    kept = set(all_of(gaps, there))
    entries: list[Entry] = []
    for entry in (target, source):
        slots = all_of(entry.slots, there)
        family = families[entry.family]
        letters = dict(zip(family.letters, entry.slots, strict=True))
        components: list[Affine] = []
        for index, axis in zip(entry.components, family.axes, strict=True):
            name = Affine.of(f"~?{len(back)}")
            back[str(name)] = index
            components.append(name)
            end = axis.substitute(letters)
            if scope.implies(index - Affine.of(1)) and scope.implies(end - index):
                kept |= {name - Affine.of(1), put(end, there) - name}
            kept |= {gap for gap in scope.about([end]) if not any(map(is_bound, names_in(gap)))}
        entries.append(replace(entry, slots=slots, components=tuple(components)))
    return Generic(entries[0], entries[1], Context(kept, scope.labels), back)


def _names(indices: Iterable[Affine]) -> list[str]:
    return list(dict.fromkeys(name for index in indices for name in sorted(names_in(index)) if is_bound(name)))
