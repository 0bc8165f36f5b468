"""A step of a recurrence, recorded as calls of the tape and made again for other steps without reading its equation anew."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from .. import index as ix
from .facts import STEPS, counts_steps
from .residues import Names
from .tape import Node, Tape

#: A node of a step: the result of an earlier call, a quantity so many steps from here, or a node that is the same at every step.
Reference = int | tuple[str, int] | Node
#: Functions whose arrays need more than calls of the tape.
MORE_THAN_CALLS = ("log", "softmax")


@dataclass(frozen=True)
class Call:
    """A method of the tape, the nodes it is given, and what else."""

    method: str
    nodes: tuple[Reference, ...]
    rest: tuple[Any, ...]


@dataclass(frozen=True)
class Plan:
    """The calls that make a quantity at a step."""

    calls: tuple[Call, ...]
    result: Reference

    def made(self, tape: Tape, member: Callable[[str, tuple[int, ...]], Node], step: int) -> Node:
        """The node of that step."""
        found: list[Node] = []

        def node(x: Reference) -> Node:
            if isinstance(x, int):
                return found[x]
            return member(x[0], (step + x[1],)) if isinstance(x, tuple) else x

        for call in self.calls:
            nodes = [node(x) for x in call.nodes]
            found.append(AGAIN[call.method](tape, nodes, step, *call.rest))
        return node(self.result)


def _slice(tape: Tape, nodes: list[Node], step: int, axis: str, start: int, stop: int, shown: str) -> Node:
    return tape.slice(nodes[0], axis, start + step, stop + step, shown)


#: How a call is made again.
AGAIN: dict[str, Callable[..., Node]] = {
    "times": lambda tape, nodes, step, out: tape.times(nodes[0], nodes[1], out),
    "total": lambda tape, nodes, step, out: tape.total(nodes[0], out),
    "add": lambda tape, nodes, step, factors, out: tape.add(list(zip(factors, nodes, strict=True)), out),
    "power": lambda tape, nodes, step, exponent: tape.power(nodes[0], exponent),
    "apply": lambda tape, nodes, step, name, order: tape.apply(name, order, nodes[0]),
    "renamed": lambda tape, nodes, step, names: tape.renamed(nodes[0], names),
    "slice": _slice,
}


class Recorder(Tape):
    """A tape that does what another does and keeps the calls."""

    def __init__(self, tape: Tape, step: int) -> None:
        super().__init__(tape.residues)
        self.inner = tape
        self.step = step
        self.whole = True
        self.calls: list[Call] = []
        self._places: dict[int, tuple[Node, Reference]] = {}

    def noted(self, node: Node, family: str, slots: tuple[int, ...]) -> None:
        """A quantity that the step needs."""
        if len(slots) == 1:
            self._places[id(node)] = (node, (family, slots[0] - self.step))
        elif slots:
            self.whole = False

    def plan(self, result: Node) -> Plan | None:
        """What was recorded; None where something cannot be made again."""
        return Plan(tuple(self.calls), self._reference(result)) if self.whole else None

    def _reference(self, node: Node) -> Reference:
        known = self._places.get(id(node))
        return node if known is None else known[1]

    def _kept(self, method: str, nodes: Sequence[Node], rest: tuple[Any, ...], found: Node) -> Node:
        self.calls.append(Call(method, tuple(map(self._reference, nodes)), rest))
        self._places[id(found)] = (found, len(self.calls) - 1)
        return found

    def node(self, *arguments: Any) -> Node:
        return self.inner.node(*arguments)

    def renamed(self, x: Node, names: Names) -> Node:
        return self._kept("renamed", [x], (names,), self.inner.renamed(x, names))

    def times(self, a: Node, b: Node, out: Names) -> Node:
        return self._kept("times", [a, b], (out,), self.inner.times(a, b, out))

    def total(self, x: Node, out: Names) -> Node:
        return self._kept("total", [x], (out,), self.inner.total(x, out))

    def add(self, terms: Sequence[tuple[Fraction, Node]], out: Names) -> Node:
        factors = tuple(factor for factor, _ in terms)
        return self._kept("add", [x for _, x in terms], (factors, out), self.inner.add(terms, out))

    def power(self, x: Node, exponent: int) -> Node:
        return self._kept("power", [x], (exponent,), self.inner.power(x, exponent))

    def apply(self, name: str, order: int, x: Node) -> Node:
        return self._kept("apply", [x], (name, order), self.inner.apply(name, order, x))

    def slice(self, x: Node, axis: str, start: int, stop: int, shown: str) -> Node:
        self.whole = self.whole and axis == STEPS
        rest = (axis, start - self.step, stop - self.step, shown)
        return self._kept("slice", [x], rest, self.inner.slice(x, axis, start, stop, shown))


def same(a: Node, b: Node) -> bool:
    """Whether two nodes have the same axes and residues."""
    return a.names == b.names and bool(np.array_equal(a.value, b.value))


def repeats(e: ix.Expression, letter: str) -> bool:
    """Whether the calls that make an expression are the same for every value of a letter of steps, this shifting the steps in it alone."""
    if isinstance(e, ix.Number):
        return True
    if isinstance(e, ix.Entry):
        return not e.slots or (len(e.slots) == 1 and (e.slots[0] - ix.Affine.of(letter)).terms == ())
    if isinstance(e, ix.Add):
        return all(repeats(term, letter) for term in e.terms)
    if isinstance(e, ix.Multiply):
        return all(repeats(factor, letter) for factor in e.factors)
    if isinstance(e, ix.Power):
        return letter not in e.exponent.atoms() and repeats(e.base, letter)
    if isinstance(e, ix.Sum):
        plain = not e.conditions and not counts_steps(e) and letter not in e.lower.atoms() | e.upper.atoms()
        return plain and repeats(e.body, letter)
    if isinstance(e, ix.Apply):
        return e.function not in MORE_THAN_CALLS and all(repeats(argument.body, letter) for argument in e.arguments)
    return False
