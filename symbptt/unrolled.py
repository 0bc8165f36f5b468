"""A computation at one setting, and what all claims about it share there: its graph, its entries, its derivatives."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from . import index as ix
from .engines.constraints import Constraints
from .engines.screen import Screen
from .graph import Graph
from .index import Computation, Differentiate, Expression, parts_of

#: Sizes given to indexed sizes (`n_l`) in turn, so that neighbouring layers differ.
LAYER_SIZES = (3, 2, 4, 5, 2, 3, 5, 4, 3, 2, 5)

Key = tuple[str, tuple[int, ...], tuple[int, ...]]


#: So many entries along each axis are not 0 in a corner.
FIRST = 3
#: Nodes that are kept of one computation, at all settings together.
MOST_KEPT = 150_000


class Undefined(Exception):
    """A quantity above its range (`\\delta_{T+1}`): the instance that needs it is not judged."""


class NegativeLength(Undefined):
    """A product over a range that ends more than one step before it begins."""


class TooLarge(Exception):
    """The unrolled computation outgrows its bound."""


class Meaningless(Exception):
    """An expression that has no value at these sizes (an index outside an axis)."""


class OutsideAxis(Meaningless):
    """A claim names a component that a quantity does not have at these sizes: the instance that needs it is not judged."""


class Circular(Meaningless):
    """A quantity that is defined by itself."""


class Setting(dict[object, int]):
    """Concrete values of sizes, last steps and labels; indexed sizes follow from `LAYER_SIZES`."""

    def __init__(self, values: Mapping[Any, int], labels: Mapping[str, tuple[int, int]] | None = None, turn: int = 0) -> None:
        super().__init__(values)
        self.labels = dict(labels or {})
        self.turn = turn

    def __missing__(self, key: object) -> int:
        if isinstance(key, tuple) and len(key) == 2 and isinstance(key[1], tuple):
            name, indices = key
            if name in self.labels:
                low, high = self.labels[name]
                return low + (sum(indices) + self.turn) % (high - low + 1)
            return LAYER_SIZES[(sum(indices) + self.turn) % len(LAYER_SIZES)]
        raise Meaningless(f"`{key}` has no value here")

    def copy(self) -> Setting:
        return Setting(self, self.labels, self.turn)


@dataclass(frozen=True)
class Corner:
    """Points where free quantities are 0 beyond their first entries: `families` tells along which axes, `corner.py` which may be."""

    families: Mapping[str, tuple[bool, ...]]
    first: int = FIRST
    _vanishing: dict[int, tuple[Expression, frozenset[str]]] = field(default_factory=dict)

    def is_zero(self, family: str, components: tuple[int, ...]) -> bool:
        """Whether an entry is held at 0."""
        return any(c > self.first and cut for c, cut in zip(components, self.families.get(family, ()), strict=False))

    def lengths(self, family: str, sizes: Sequence[int]) -> list[int]:
        """How many entries of a member along each axis need to be looked at."""
        cut = self.families.get(family, (False,) * len(sizes))
        return [min(size, self.first) if short else size for size, short in zip(sizes, cut, strict=True)]

    def vanishing(self, expression: Expression) -> frozenset[str]:
        """The index variables beyond whose first values an expression is 0."""
        known = self._vanishing.get(id(expression))
        if known is None:
            known = self._vanishing[id(expression)] = expression, self._zero_beyond(expression)
        return known[1]

    def _zero_beyond(self, e: Expression) -> frozenset[str]:
        if isinstance(e, ix.Entry) and e.family in self.families:
            cut = zip(e.components, self.families[e.family], strict=True)
            return frozenset(name for c, short in cut if short and (name := c.as_variable()) is not None)
        if isinstance(e, ix.Multiply):
            return frozenset().union(*map(self.vanishing, e.factors))
        if isinstance(e, ix.Add) and e.terms:
            return frozenset.intersection(*map(self.vanishing, e.terms))
        if isinstance(e, ix.Sum):
            return self.vanishing(e.body) - {e.variable}
        if isinstance(e, ix.Power) and not e.exponent.terms and e.exponent.constant > 0:
            return self.vanishing(e.base)
        return frozenset()


@dataclass
class Unrolled:
    """A computation at a setting, as far as it has been unrolled.

    `zero_above` takes quantities above their range for 0, `corner` what is beyond the first entries. Nothing here depends on a claim
    but how much there is of it: the numbers of the nodes, so that what depends on these is done with one of its own.
    """

    computation: Computation
    setting: Setting
    zero_above: bool = False
    corner: Corner | None = None
    graph: Graph = field(default_factory=Graph)
    entries: dict[Key, int] = field(default_factory=dict)
    leaves: dict[str, dict[Key, int]] = field(default_factory=dict)
    reached: frozenset[Key] | None = None  # the free entries that the equations use
    gradients: dict[tuple[object, ...], dict[int, int]] = field(default_factory=dict)
    passing: dict[frozenset[object], Callable[[Hashable], bool]] = field(default_factory=dict)  # which names a derivative enters
    _screen: Screen | None = None
    _images: tuple[dict[int, int], dict[int, int]] = field(default_factory=lambda: ({}, {}))

    def substituted(self, nodes: list[int], mapping: dict[int, int]) -> list[int]:
        """`nodes` with others in place of the keys of `mapping`; claims about one computation mostly share it, and most of their nodes."""
        if self._images[0] != mapping:
            self._images = dict(mapping), {}
        return self.graph.substitute(nodes, mapping, self._images[1])

    def screen(self, constraints: Constraints) -> Screen:
        """Random values of the graph's nodes, under these constraints."""
        if self._screen is None or self._screen.constraints != constraints:
            self._screen = Screen(self.graph, 0, constraints)
        return self._screen


@dataclass(frozen=True)
class Model:
    """A computation that is the same as another where its parts are."""

    computation: Computation

    def __hash__(self) -> int:
        return hash((tuple(self.computation.families), self.computation.last_steps))


class Shelf:
    """A computation at the settings it was unrolled at last, which hold together not many more than `MOST_KEPT` nodes."""

    def __init__(self, computation: Computation) -> None:
        self.computation = computation
        bodies = [equation.body for found in computation.equations.values() for equation in found]
        # What an immediate derivative holds is a matter of the claim that asks; so the value of such a quantity is not shared.
        self._is_shared = not any(isinstance(p, Differentiate) and p.mode == "immediate" for body in bodies for p in parts_of(body))
        self._kept: dict[object, Unrolled] = {}

    def take(self, setting: Setting, zero_above: bool = False) -> Unrolled:
        """The computation at this setting, with what earlier claims have left."""
        key = (frozenset(setting.items()), tuple(setting.labels.items()), setting.turn, zero_above)
        if not self._is_shared or sum(len(found.graph) for found in self._kept.values()) > MOST_KEPT:
            self._kept.clear()
        if key not in self._kept:
            self._kept[key] = Unrolled(self.computation, setting, zero_above)
        return self._kept[key]


@lru_cache(maxsize=2)
def shelf(model: Model) -> Shelf:
    """What is shared of a model; claims of one document come one after another."""
    return Shelf(model.computation)
