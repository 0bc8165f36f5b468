"""The layout of derivatives: the lines of a derivation in gradient layout, rewritten for numerator or denominator layout.

Gradient layout: ∂L/∂W has the shape of W and ∂u/∂v is the Jacobian. Numerator layout: ∂L/∂v too is the Jacobian, a row. Denominator
layout: ∂u/∂v too has the shape of v first, the transposed Jacobian (Magnus and Neudecker, Matrix Differential Calculus, ch. 9).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from types import MappingProxyType

from ..latex import syntax as s
from ..problem import Problem
from ..repair.trees import mapped
from .network import Network, network_of
from .turning import turned

GRADIENT, NUMERATOR, DENOMINATOR = LAYOUTS = ("gradient", "numerator", "denominator")

#: Layout → what is said of it.
TOLD: Mapping[str, str] = MappingProxyType(
    {
        GRADIENT: "A derivative of a number by a matrix or column has the shape of that matrix or column; "
        "the derivative of a column by a column is the Jacobian, with a row for each entry of what is differentiated.",
        NUMERATOR: "Derivatives are in numerator layout: that of a number by a column is a row, that of a number by a matrix has the "
        "shape of the transposed matrix, and that of a column by a column is the Jacobian, with a row for each entry of what is "
        "differentiated.",
        DENOMINATOR: "Derivatives are in denominator layout: that of a number by a matrix or column has the shape of that matrix or "
        "column, and that of a column by a column is the transposed Jacobian, with a column for each entry of what is differentiated.",
    }
)


@dataclass
class Arrangement:
    """`problem` is the model with all names so far, in gradient layout; `errors` are the families of the names for errors."""

    layout: str
    problem: Problem
    errors: frozenset[str] = frozenset()

    @cached_property
    def net(self) -> Network:
        return network_of(self.problem)

    def line(self, before: s.Node, after: s.Node) -> tuple[s.Node, s.Node]:
        """A line of gradient layout in this one."""
        if self.layout == GRADIENT:
            return before, after
        if self._differs(before):
            return before, turned(after, self.net, self._leaf)
        return self._kept(before), self._kept(after)

    def update(self, gradient: s.Node) -> s.Node:
        """A gradient as it is taken from a parameter."""
        return self._kept(gradient)

    def shape(self, shape: str) -> str:
        """The shape of a name for an error."""
        if self.layout != NUMERATOR or shape == "scalar":
            return shape
        parts = shape.split("×")
        return f"1×{shape}" if len(parts) == 1 else parts[1] if parts[0] == "1" else f"{parts[1]}×{parts[0]}"

    def _differs(self, node: s.Node) -> bool:
        """Whether a name or derivative is the transposed one of that in gradient layout."""
        net = self.net
        if isinstance(node, s.Derivative) and len(node.wrt) == 1:
            if net.axes(node.wrt[0]) == 0:
                return False
            of_number = net.axes(node.numerator) == 0
            return of_number if self.layout == NUMERATOR else not of_number and net.axes(node.wrt[0]) == 1
        if self.layout == NUMERATOR and isinstance(node, s.Symbol | s.Call):
            return net.key(node) in self.errors and net.axes(node) > 0
        return False

    def _leaf(self, node: s.Node) -> s.Node | None:
        """The transpose of what is laid out otherwise, or of a product over steps whose order turns."""
        if self._differs(node) or (self.net.is_transposed(node) and self._differs(self.net.transposed(node))):
            return node
        if self.layout == DENOMINATOR:
            if self._is_fold(node):
                return self._turned_fold(node)
            if self.net.is_transposed(node) and self._is_fold(self.net.transposed(node)):
                return self.net.transposed(s.Group(self._turned_fold(self.net.transposed(node))))
        return None

    def _is_fold(self, node: s.Node) -> bool:
        return isinstance(node, s.BigOperator) and node.operator == "\\prod"

    def _turned_fold(self, node: s.Node) -> s.Node:
        assert isinstance(node, s.BigOperator)
        return replace(node, body=turned(node.body, self.net, self._leaf))

    def _kept(self, tree: s.Node) -> s.Node:
        """The same value, with what is laid out otherwise transposed."""
        net = self.net

        def rule(node: s.Node) -> s.Node | None:
            if net.is_transposed(node):
                base = net.transposed(node)
                if self._differs(base):
                    return base
                if self.layout == DENOMINATOR and self._is_fold(base):
                    return s.Group(self._turned_fold(base))
            if self._differs(node):
                return net.transposed(node)
            if self.layout == DENOMINATOR and self._is_fold(node):
                return net.transposed(s.Group(self._turned_fold(node)))
            return node if isinstance(node, s.Symbol | s.Derivative) else None

        return mapped(tree, rule)


def stated(problem: Problem, layout: str) -> Problem:
    """The problem with the layout in its notation; products over steps have the latest factor where that layout puts it."""
    if layout == GRADIENT:
        return problem
    return replace(problem, notation={**problem.notation, "layout": layout, "product": "right" if layout == DENOMINATOR else "left"})
