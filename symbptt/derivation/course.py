"""What all parts of a derivation share: the model, the board, the names, and what was found so far."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ..latex import syntax as s
from ..latex.printer import to_latex
from .board import Board
from .errors import entry
from .naming import Name
from .network import Family, Network, Use, bound
from .spans import Span, at_step

COMPONENTS = ("j", "k", "i", "p", "r", "u", "v", "w")


@dataclass(frozen=True)
class Piece:
    """∂L/∂v at the steps of `span` (None: it has no step)."""

    span: Span | None
    tree: s.Node


@dataclass(frozen=True)
class Entries:
    """∂L/∂v entry by entry: `tree` at the entry `letters`."""

    letters: tuple[str, ...]
    tree: s.Node


@dataclass
class Course:
    """`ways` are the families between the loss and those of `wrt`, `immediate` the sign of a derivative along one equation."""

    net: Network
    board: Board
    ways: Sequence[str]
    wrt: Sequence[str]
    names: Mapping[str, Name]
    immediate: str = "\\partial"
    found: dict[str, list[Piece]] = field(default_factory=dict)
    entries: dict[str, Entries] = field(default_factory=dict)

    @property
    def loss(self) -> s.Node:
        return self.net.families[self.net.loss].node

    def total(self, by: s.Node) -> s.Node:
        """∂L/∂v."""
        return s.Derivative(self.loss, (by,))

    def local(self, of: s.Node, by: s.Node) -> s.Node:
        """The derivative along one equation."""
        return s.Derivative(of, (by,), mark=self.immediate)

    def error(self, key: str, node: s.Node) -> s.Node:
        """∂L/∂v as it is written where it is used: its δ if that is ∂L/∂v, else the derivative."""
        name = self.names.get(key)
        if name is not None and name.argument is None:
            return self.as_step_of(key, name.node, node)
        return self.total(node)

    def as_step_of(self, key: str, tree: s.Node, node: s.Node) -> s.Node:
        """A tree of a family at its general step, at the step that `node` has."""
        family, match = self.net.families[key], self.net.quantity(node)
        if not family.letter or match is None:
            return tree
        (index,) = match.bindings.values()
        moved: s.Node = at_step(tree, family.letter, index)
        return moved

    def uses(self, key: str) -> list[Use]:
        """What a family enters on the ways, the same step first."""
        return sorted((use for use in self.net.uses.get(key, ()) if use.key in self.ways), key=lambda use: use.shift)

    def condition(self, family: Family, span: Span | None) -> str:
        """The range that has to be said: none for all steps, or for one step."""
        if span is None or span == family.span or span.is_point:
            return ""
        return span.condition(family.letter)

    def letters(self, number: int) -> tuple[str, ...]:
        """Free letters for entries."""
        equations = [e for f in self.net.families.values() for e in f.equations]
        summed = {x for e in equations for n in s.walk(e.right) if isinstance(n, s.BigOperator) for x in bound(n)}
        free = [
            x
            for x in COMPONENTS
            if x not in self.net.parsed.ranges and (x not in self.net.letters_used or (x in summed and x not in self.net.sizes))
        ]
        return tuple(free[:number])

    def entry(self, node: s.Node, letters: Sequence[str]) -> s.Node:
        return entry(node, letters, self.net.is_stepped(node))


def listed(nodes: Sequence[s.Node]) -> str:
    """`$a$, $b$ and $c$`."""
    shown = [f"${text}$" for text in dict.fromkeys(map(to_latex, nodes))]
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}"


def summed(span: Span | None, letter: str, body: s.Node) -> s.Node:
    """Σ over the steps of a span; the body alone without one."""
    if span is None:
        return body
    inner = s.Group(body) if isinstance(body, s.Add) else body
    return s.BigOperator("\\sum", s.Comparison((s.Symbol(letter), span.low.tree()), ("=",)), span.high.tree(), inner)
