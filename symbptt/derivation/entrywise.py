"""Numbers that are written with whole quantities, entry by entry: ‖o − y‖² is Σ_k (o_k − y_k)², yᵀ ln p is Σ_k y_k ln p_k."""

from __future__ import annotations

from ..latex import syntax as s
from ..repair.trees import TWO, mapped, plain
from .course import Course
from .errors import entry_of, holds
from .factors import PLAIN, squared_norm, with_norms
from .network import Network

ONES = "\\mathbf{1}"


def in_entries(tree: s.Node, place: s.Node, course: Course) -> s.Node | None:
    """A number with the norms and products that hold `place` written entry by entry; None where it has none, or one has no entries."""
    net = course.net
    letters = list(course.letters(1 + max(1, net.axes(place)))[1:])  # the first one is for the entry that is asked for
    failed: list[s.Node] = []
    found: list[s.Node] = []

    def rule(node: s.Node) -> s.Node | None:
        inner = squared_norm(node)
        if inner is None and not isinstance(node, s.Product):
            return None
        if not holds(node, place, net):
            return node
        body = _norm(inner, letters, net) if inner is not None else None
        if isinstance(node, s.Product):
            with_norm = with_norms(node, net)
            if with_norm != node:
                return mapped(with_norm, rule)
            body = _inner(node, letters, net)
            if (body is None and not net.is_scalar(node)) or all(net.is_scalar(f) for f in node.factors):
                return None
        if body is None:
            failed.append(node)
            return node
        found.append(node)
        return body

    changed = mapped(tree, rule)
    return changed if found and not failed else None


def _norm(inner: s.Node, letters: list[str], net: Network) -> s.Node | None:
    own = letters[: 2 if net.kind(inner) == "matrix" else 1]
    if len(own) < (2 if net.kind(inner) == "matrix" else 1):
        return None
    entry = entry_of(inner, own, net)
    return None if entry is None else _over(s.Scripted(s.Group(plain(entry)), (TWO,)), own)


def _inner(tree: s.Product, letters: list[str], net: Network) -> s.Node | None:
    """a uᵀ v of a number a and columns u and v."""
    if not set(tree.signs) <= PLAIN or not net.is_scalar(tree):
        return None
    numbers = [factor for factor in tree.factors if net.is_scalar(factor)]
    others = [factor for factor in tree.factors if factor not in numbers]
    if len(others) != 2:
        return None
    sides = [plain(net.transposed(f)) if net.is_transposed(f) else plain(f) for f in others]
    if any(not _is_ones(side) and net.axes(side) != 1 for side in sides):
        return None
    entries = [entry_of(side, letters[:1], net) for side in sides if not _is_ones(side)]
    if any(entry is None for entry in entries):
        return None
    known = tuple(s.Group(entry) if isinstance(entry, s.Add) else entry for entry in entries if entry is not None)
    body = known[0] if len(known) == 1 else s.Product(known, ("",))
    whole = _over(body, letters[:1])
    return s.Product((*numbers, whole), ("",) * len(numbers)) if numbers else whole


def _is_ones(node: s.Node) -> bool:
    return isinstance(node, s.Symbol) and node.name == ONES and not node.scripts


def _over(body: s.Node, letters: list[str]) -> s.Node:
    for letter in reversed(letters):
        body = s.BigOperator("\\sum", s.Symbol(letter), None, body)
    return body
