"""Reverse mode on whole arrays of residues: one node for a member of a quantity, not one for each of its entries.

A node has named axes. Activations are consistent free residues: tanh(z) is a hash of z, tanh' = 1 − h², f and f' of an abstract f are
independent hashes. `degree` bounds the degree of every entry as a polynomial in the free residues.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from zlib import crc32

import numpy as np

from .residues import Array, Names, Residues

ONE = Fraction(1)


class NoArrays(Exception):
    """Something that this screen does not know; the text says what."""


@dataclass(eq=False, slots=True)
class Node:
    """A value with axes `names` after that of the primes.

    `back` are the ways its adjoint flows to earlier nodes, each with the names that their axes have in it. A node with an `origin` is
    that node under other names and nothing more.
    """

    number: int
    names: Names
    value: Array
    degree: int
    back: tuple[Way, ...] = ()
    opaque: bool = False  # a derivative, which is not differentiated again
    softmax: Node | None = None  # the node whose softmax this is, along `axis`
    axis: str | None = None
    passed_by: bool = False  # a logarithm reaches through it to its argument
    origin: Node | None = None

    @property
    def own(self) -> Node:
        """The node itself, by its first names."""
        return self if self.origin is None else self.origin


@dataclass(frozen=True, slots=True)
class Adjoint:
    """∂(output)/∂(node): axes `names`, those of the output's own entry among them."""

    names: Names
    value: Array
    degree: int


@dataclass(frozen=True, slots=True)
class Times:
    """Adjoint · other, summed over the names that neither the node nor the output has."""

    other: Node


@dataclass(frozen=True, slots=True)
class Spread:
    """Adjoint · number, of a node that was summed over, repeated along axes or taken over."""

    factor: Fraction


@dataclass(frozen=True, slots=True)
class Scaled:
    """Adjoint ⊙ a value that the node's own axes have."""

    slope: Array
    degree: int


@dataclass(frozen=True, slots=True)
class ThroughSoftmax:
    """p ⊙ (g − Σ g p) along `axis`; of a logarithm g − p Σ g."""

    value: Node
    axis: str
    logarithm: bool


@dataclass(frozen=True, slots=True)
class Stacked:
    """The node is entry `index` along `axis`."""

    axis: str
    index: int


@dataclass(frozen=True, slots=True)
class Sliced:
    """Entries `start` to `stop` of the node along its `axis`, which is called `shown`; the one entry `start` where that is empty."""

    axis: str
    start: int
    stop: int
    shown: str


Back = Times | Spread | Scaled | ThroughSoftmax | Stacked | Sliced
#: An earlier node, the names of its axes as they are used, and how an adjoint flows to it.
Way = tuple[Node, Names, Back]
#: What of the adjoint of a node comes from one later node.
Flow = tuple[Back, Names, Adjoint]
Slope = Callable[["Tape", Array, Array, str, int], tuple[Array, int]]


def _tanh(tape: Tape, z: Array, h: Array, name: str, order: int) -> tuple[Array, int]:
    return tape.residues.reduced(1 - h * h), 2


def _sigmoid(tape: Tape, z: Array, h: Array, name: str, order: int) -> tuple[Array, int]:
    return tape.residues.reduced(h * (1 - h)), 2


def _exp(tape: Tape, z: Array, h: Array, name: str, order: int) -> tuple[Array, int]:
    return h, 1


def _abstract(tape: Tape, z: Array, h: Array, name: str, order: int) -> tuple[Array, int]:
    return tape.residues.hashed(z, tape.key(name, order + 1)), 1


#: First derivatives of the known functions through their values (Rumelhart, Hinton and Williams 1986); an abstract f has `_abstract`.
SLOPES: Mapping[str, Slope] = {"tanh": _tanh, "sigmoid": _sigmoid, "exp": _exp}


@dataclass
class Tape:
    """Builds nodes and takes adjoints. Numbers of nodes are a topological order."""

    residues: Residues
    count: int = 0
    keys: dict[tuple[str, int], int] = field(default_factory=dict)
    adjoints: dict[int, dict[int, Adjoint]] = field(default_factory=dict)
    quantities: set[int] = field(default_factory=set)  # numbers of the nodes that adjoints are asked of; others are not kept
    _renamed: dict[tuple[int, Names], Node] = field(default_factory=dict)

    def key(self, name: str, order: int) -> int:
        """The key of the hash that stands for the derivative of that order of a function."""
        return (crc32(name.encode()) << 16) + order

    def node(self, names: Names, value: Array, degree: int, back: tuple[Way, ...] = ()) -> Node:
        self.count += 1
        return Node(self.count, names, value, degree, back)

    def number(self, value: Fraction) -> Node:
        return self.node((), self.residues.number(value), 0)

    def renamed(self, x: Node, names: Names) -> Node:
        """The same node under other names of its axes."""
        if names == x.names:
            return x
        own = x.own
        known = self._renamed.get((own.number, names))
        if known is None:
            known = Node(own.number, names, own.value, own.degree, opaque=own.opaque, origin=own)
            self._renamed[own.number, names] = known
        return known

    def named(self, x: Node, names: Names) -> Node:
        """A node of its own with the value of another: its adjoint is not that of the other."""
        return self._like([x], self.node(names, x.value, x.degree, ((x.own, names, Spread(ONE)),)))

    def stack(self, nodes: Sequence[Node], axis: str) -> Node:
        """Nodes of the same axes as one, with a further axis before these."""
        value = np.stack([x.value for x in nodes], axis=1)
        back = tuple((x.own, x.names, Stacked(axis, k)) for k, x in enumerate(nodes))
        return self._like(nodes, self.node((axis, *nodes[0].names), value, max(x.degree for x in nodes), back))

    def slice(self, x: Node, axis: str, start: int, stop: int, shown: str) -> Node:
        """Entries `start` to `stop` along an axis, which is then called `shown`; entry `start` without the axis where that is empty."""
        place = 1 + x.names.index(axis)
        index: tuple[slice | int, ...] = (*[slice(None)] * place, slice(start, stop) if shown else start)
        names = tuple(shown if n == axis else n for n in x.names if shown or n != axis)
        return self._like([x], self.node(names, x.value[index], x.degree, ((x.own, x.names, Sliced(axis, start, stop, shown)),)))

    def _like(self, parents: Sequence[Node], node: Node) -> Node:
        node.passed_by = any(x.own.passed_by for x in parents)
        return node

    def times(self, a: Node, b: Node, out: Names) -> Node:
        value = self.residues.times(a.value, a.names, b.value, b.names, out)
        return self.node(out, value, a.degree + b.degree, ((a.own, a.names, Times(b)), (b.own, b.names, Times(a))))

    def total(self, x: Node, out: Names) -> Node:
        """Summed over the axes that `out` lacks."""
        if out == x.names:
            return x
        axes = tuple(1 + k for k, name in enumerate(x.names) if name not in out)
        kept = tuple(name for name in x.names if name in out)
        return self.node(kept, self.residues.total(x.value, axes), x.degree, ((x.own, x.names, Spread(ONE)),))

    def add(self, terms: Sequence[tuple[Fraction, Node]], out: Names) -> Node:
        """Σ c·x, repeated along the axes that a term lacks."""
        value: Array | None = None
        for factor, x in terms:
            shown = _spread(x.value, x.names, out)
            scaled = shown if factor == 1 else -shown if factor == -1 else self.residues.reduced(shown * _shaped(self, factor, len(out)))
            value = scaled if value is None else value + scaled
        if value is None:
            return self.number(Fraction(0))
        back = tuple((x.own, x.names, Spread(factor)) for factor, x in terms)
        return self.node(out, self.residues.reduced(value + 0.0), max(x.degree for _, x in terms), back)

    def power(self, x: Node, exponent: int) -> Node:
        if exponent < 1:
            raise NoArrays("a power that is no positive number")
        value, before = x.value, x.value
        for _ in range(exponent - 1):
            before, value = value, self.residues.reduced(value * x.value)
        if exponent == 1:
            return x
        slope = self.residues.reduced(before * float(exponent))
        return self.node(x.names, value, exponent * x.degree, ((x.own, x.names, Scaled(slope, (exponent - 1) * x.degree)),))

    def apply(self, name: str, order: int, x: Node) -> Node:
        """A function of every entry, or its derivative of that order."""
        if name == "relu":
            return self._relu(order, x)
        h = self.residues.hashed(x.value, self.key(name, 0))
        rule = SLOPES.get(name)
        if rule is None:
            value, degree = (h, 1) if order == 0 else _abstract(self, x.value, h, name, order - 1)
            slope = _abstract(self, x.value, value, name, order)
        elif order == 0:
            value, degree, slope = h, 1, rule(self, x.value, h, name, 0)
        elif order == 1:
            value, degree = rule(self, x.value, h, name, 0)
            node = self.node(x.names, value, degree)
            node.opaque = True
            return node
        else:
            raise NoArrays(f"a higher derivative of {name}")
        return self.node(x.names, value, degree, ((x.own, x.names, Scaled(*slope)),))

    def _relu(self, order: int, x: Node) -> Node:
        """x · step(x) with step(x) a free residue: that step² = step is not seen."""
        step = self.residues.hashed(x.value, self.key("step", 0))
        if order > 1:
            raise NoArrays("a higher derivative of relu")
        if order == 1:
            return self.node(x.names, step, 1)
        return self.node(x.names, self.residues.reduced(x.value * step), x.degree + 1, ((x.own, x.names, Scaled(step, 1)),))

    def softmax(self, x: Node, axis: str) -> Node:
        """Free residues with sum 1 along `axis`, the same for the same arguments."""
        place = 1 + x.names.index(axis)
        whole = np.moveaxis(x.value, place, 1)
        # A component depends on all arguments: each line is hashed as one weighted sum of them and its own place.
        weights = self.residues.hashed(_places(self, whole.shape), self.key("softmax weights", 0))
        mixed = self.residues.reduced(whole * weights)
        line = self.residues.reduced(mixed.sum(axis=1, keepdims=True))
        p = self.residues.hashed(self.residues.reduced(line + weights * 1.0), self.key("softmax", 0))
        last = p.shape[1] - 1
        p[:, last] = self.residues.reduced(1 - p[:, :last].sum(axis=1))
        node = self.node(x.names, np.moveaxis(p, 1, place), 1)
        node.back = ((x.own, x.names, ThroughSoftmax(node, axis, False)),)
        node.softmax, node.axis = x, axis
        return node

    def log_softmax(self, p: Node, axis: str) -> Node:
        """ln p of p = softmax(o), whose derivative by o needs no division: g − p Σ g."""
        assert p.softmax is not None
        p.passed_by = True
        value = self.residues.hashed(p.value, self.key("log", 0))
        return self.node(p.names, value, 1, ((p.softmax.own, p.names, ThroughSoftmax(p, axis, True)),))

    # -- reverse mode -----------------------------------------------------------------------------------------------------

    def adjoint(self, output: Node, wrt: Node, letters: Names, seed: Callable[[], Array]) -> Adjoint | None:
        """∂output/∂wrt; the entry of the output is shown by `letters`, one for each of its axes. None where it is 0."""
        if wrt.number not in self.quantities:
            raise NoArrays("a derivative by what is no quantity")
        output = output.own
        known = self.adjoints.get(output.number)
        if known is None or letters:
            known = self._sweep(output, wrt.number if letters else 0, letters, seed())
            if not letters:
                self.adjoints[output.number] = known
        if wrt.own.passed_by:
            raise NoArrays("a derivative by a softmax whose logarithm is taken")
        found = known.get(wrt.number)
        return found and Adjoint((*letters, *wrt.names), found.value, found.degree)

    def _sweep(self, output: Node, lowest: int, letters: Names, seed: Array) -> dict[int, Adjoint]:
        """Adjoints of all nodes down to the number `lowest`, whose own parents are not entered (Werbos 1990, eq. 5)."""
        waiting: dict[int, list[Flow]] = {}
        found: dict[int, Adjoint] = {}
        for node in sorted(_below(output, lowest), key=lambda x: -x.number):
            if node is output:
                here = Adjoint((*letters, *output.names), seed, 0)
            elif node.number in waiting:
                here = self._gathered(node, waiting.pop(node.number), letters)
            else:
                continue
            if node.number in self.quantities:
                found[node.number] = here
            if node.opaque:
                raise NoArrays("a second derivative")
            for parent, shown, back in node.back:
                if parent.number >= lowest:
                    waiting.setdefault(parent.number, []).append((back, shown, here))
        return found

    def _gathered(self, node: Node, flows: list[Flow], letters: Names) -> Adjoint:
        """The sum of all that flows into a node; equal products are one product over a further axis."""
        values: list[Array] = []
        degree = 0
        products: dict[tuple[Names, Names, Names], list[tuple[Array, Array]]] = {}
        whole: Array | None = None
        for back, shown, g in flows:
            if isinstance(back, Times):
                products.setdefault((g.names, back.other.names, shown), []).append((g.value, back.other.value))
                added = back.other.degree
            elif isinstance(back, Sliced):
                if whole is None:
                    whole = np.zeros((len(g.value), *g.value.shape[1 : 1 + len(letters)], *node.value.shape[1:]))
                    values.append(whole)
                self._put(whole, back, g, (*letters, *shown))
                added = 0
            else:
                value, added = self._flow(back, g, node, (*letters, *shown))
                values.append(value)
            degree = max(degree, g.degree + added)
        for (g_names, b_names, shown), pairs in products.items():
            values.append(self._product(pairs, g_names, b_names, node, (*letters, *shown)))
        total = values[0] if len(values) == 1 and values[0] is not whole else self.residues.reduced(sum(values[1:], start=values[0] + 0.0))
        return Adjoint((*letters, *node.names), total, degree)

    def _put(self, whole: Array, back: Sliced, g: Adjoint, out: Names) -> None:
        """Add an adjoint to the entries that its node is a slice of."""
        place = out.index(back.axis)
        index: tuple[slice | int, ...] = (*(slice(None),) * (1 + place), slice(back.start, back.stop) if back.shown else back.start)
        names = (*out[:place], *((back.shown,) if back.shown else ()), *out[1 + place :])
        whole[index] += _ordered(g.value, g.names, names)

    def _product(self, pairs: list[tuple[Array, Array]], g_names: Names, b_names: Names, node: Node, out: Names) -> Array:
        wanted = tuple(n for n in out if n in g_names or n in b_names)
        if len(pairs) == 1:
            value = self._times(pairs[0][0], g_names, pairs[0][1], b_names, wanted)
        else:
            g, b = (np.stack(parts, axis=1) for parts in zip(*pairs, strict=True))
            value = self._times(g, ("#all", *g_names), b, ("#all", *b_names), wanted)
        return _spread_to(value, wanted, out, node)

    def _times(self, a: Array, a_names: Names, b: Array, b_names: Names, out: Names) -> Array:
        """As `Residues.times`, axes that one factor alone has and `out` lacks being summed first."""
        for own, other in ((0, b_names), (1, a_names)):
            names = (a_names, b_names)[own]
            lone = tuple(1 + k for k, n in enumerate(names) if n not in other and n not in out)
            if lone:
                kept = tuple(n for n in names if n in other or n in out)
                if own == 0:
                    a, a_names = self.residues.total(a, lone), kept
                else:
                    b, b_names = self.residues.total(b, lone), kept
        return self.residues.times(a, a_names, b, b_names, out)

    def _flow(self, back: Back, g: Adjoint, node: Node, out: Names) -> tuple[Array, int]:
        residues = self.residues
        if isinstance(back, Stacked):
            place = g.names.index(back.axis)
            names = (*g.names[:place], *g.names[1 + place :])
            index: tuple[slice | int, ...] = (*(slice(None),) * (1 + place), back.index)
            return _ordered(g.value[index], names, out), 0
        if isinstance(back, Spread):
            if g.names == out and back.factor == 1:
                return g.value, 0
            lone = tuple(1 + k for k, n in enumerate(g.names) if n not in out)
            value = residues.total(g.value, lone) if lone else g.value
            kept = tuple(n for n in g.names if n in out)
            shown = _spread_to(value, kept, out, node)
            if back.factor == 1:
                return shown, 0
            return residues.reduced(shown * _shaped(self, back.factor, len(out))), 0
        if isinstance(back, Scaled):
            return residues.times(g.value, g.names, back.slope, out[len(out) - len(node.names) :], out), back.degree
        if isinstance(back, ThroughSoftmax):
            p = back.value
            line = tuple(n for n in out if n != back.axis)
            if back.logarithm:
                total = residues.total(g.value, (1 + g.names.index(back.axis),))
                kept = tuple(n for n in g.names if n != back.axis)
                spread = residues.times(total, kept, p.value, p.names, g.names)
                return residues.reduced(g.value - spread).transpose((0, *(1 + g.names.index(n) for n in out))), 1
            inner = residues.times(g.value, g.names, p.value, p.names, line)
            shown = _spread(inner, line, g.names)
            return residues.times(residues.reduced(g.value - shown), g.names, p.value, p.names, out), 2
        raise NoArrays(type(back).__name__)


def _places(tape: Tape, shape: tuple[int, ...]) -> Array:
    """1, 2, … along axis 1, for any other axes."""
    count = np.arange(1, shape[1] + 1, dtype=np.float64).reshape(1, -1, *[1] * (len(shape) - 2))
    return np.broadcast_to(count, (shape[0], shape[1], *[1] * (len(shape) - 2))).copy()


def _shaped(tape: Tape, factor: Fraction, axes: int) -> Array:
    return tape.residues.number(factor).reshape(-1, *[1] * axes)


def _ordered(value: Array, names: Names, out: Names) -> Array:
    """Axes in the order of `out`."""
    return value if names == out else value.transpose((0, *(1 + names.index(n) for n in out)))


def _spread(value: Array, names: Names, out: Names) -> Array:
    """Axes in the order of `out`, with length 1 for those that are missing."""
    if names == out:
        return value
    kept = [n for n in out if n in names]
    moved = value.transpose((0, *(1 + names.index(n) for n in kept)))
    return moved[(slice(None), *(slice(None) if n in names else np.newaxis for n in out))]


def _spread_to(value: Array, names: Names, out: Names, node: Node) -> Array:
    """As `_spread`, at the full lengths of the node's own axes."""
    shown = _spread(value, names, out)
    own = len(node.names)
    lead = shown.shape[: shown.ndim - own]
    wanted = (*lead, *node.value.shape[1:])
    return shown if shown.shape == wanted else np.broadcast_to(shown, wanted)


def _below(output: Node, lowest: int) -> list[Node]:
    """All nodes that an output is made from, from the number `lowest` on."""
    seen = {output.number}
    stack, found = [output], [output]
    while stack:
        for parent, _, _ in stack.pop().back:
            if parent.number >= lowest and parent.number not in seen:
                seen.add(parent.number)
                found.append(parent)
                stack.append(parent)
    return found
