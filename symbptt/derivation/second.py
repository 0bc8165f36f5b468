"""The second reading of scalar lines: what was printed is read back with latex2sympy2 and compared (`witness.py`)."""

from __future__ import annotations

from typing import Any

import sympy

from ..latex import syntax as s
from ..latex.printer import to_latex
from ..witness import Unreadable, WitnessUnavailable, agrees, read_scalar
from .board import DerivationError
from .network import Network

WITNESS = "latex2sympy2"


def confirmed_derivative(summand: s.Node, by: s.Node, value: s.Node, net: Network) -> str:
    """The witness's name where its own reading of `summand`, differentiated by `by`, is its reading of `value`.

    Empty where it is not installed or does not read one of them. Raises `DerivationError` where it disagrees.
    """
    table: dict[s.Node, s.Symbol] = {}
    try:
        whole, slope = (_read(_plain(tree, table, net), table) for tree in (summand, value))
        variable = _symbols(table)[to_latex(_plain(by, table, net))]
    except (Unreadable, WitnessUnavailable, KeyError):
        return ""
    return _compared(sympy.diff(whole, variable), slope, f"the derivative of `{to_latex(summand)}` by `{to_latex(by)}`", value)


def confirmed_equal(left: s.Node, right: s.Node, net: Network) -> str:
    """The same for two scalars that must be equal."""
    table: dict[s.Node, s.Symbol] = {}
    try:
        first, second = (_read(_plain(tree, table, net), table) for tree in (left, right))
    except (Unreadable, WitnessUnavailable):
        return ""
    return _compared(first, second, f"`{to_latex(left)}`", right)


def _compared(first: sympy.Expr, second: sympy.Expr, what: str, printed: s.Node) -> str:
    if agrees(first, second):
        return WITNESS
    raise DerivationError(f"{what} is not `{to_latex(printed)}` as {WITNESS} reads them, so no derivation is written")


def _plain(node: Any, table: dict[s.Node, s.Symbol], net: Network) -> Any:
    """A tree with a plain name for each quantity, the same one in all trees of a table."""
    if isinstance(node, tuple):
        return tuple(_plain(item, table, net) for item in node)
    if isinstance(node, s.Symbol | s.Call) and net.quantity(node) is not None:
        sub = s.Script("sub", s.Number(str(len(table) + 1)))
        return table.setdefault(node, s.Symbol("v", (sub,)))
    if isinstance(node, s.Symbol) and node.scripts and net.quantity(node) is None:
        return node
    if not isinstance(node, s.Node) or isinstance(node, s.Script):
        return node
    return type(node)(**{name: _plain(getattr(node, name), table, net) for name in _fields(node)})


def _fields(node: s.Node) -> list[str]:
    return [name for name in node.__dataclass_fields__ if name != "span"]


def _symbols(table: dict[s.Node, s.Symbol]) -> dict[str, sympy.Symbol]:
    return {to_latex(name): sympy.Symbol(f"w{at}") for at, name in enumerate(table.values())}


def _read(tree: s.Node, table: dict[s.Node, s.Symbol]) -> sympy.Expr:
    return read_scalar(tree, _symbols(table))
