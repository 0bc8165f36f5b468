"""Equations that stand for what a document leaves out or says in a way that cannot be read.

- A quantity whose definition cannot be read is an arbitrary function of what the definition mentions: what is true of every such
  function is true of the one that is meant.
- Copies of a parameter (`W^{(t)} = W`, Goodfellow, Bengio and Courville, Deep Learning, section 10.2.2) are what the equations of
  step t use, although they print W.
- `dW` is the derivative of the loss by W.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

from ..latex import syntax as s
from ..latex.printer import to_latex
from .quantities import Names, known_function
from .written import outside_scripts

ARBITRARY = "\\mathrm{unread}"
DIFFERENTIALS = ("d ", "\\delta ")


@dataclass(frozen=True)
class StandIn:
    """`equation` for a definition that cannot be read, with the kind of its function."""

    equation: str
    function: str
    kind: str


def stand_in(formula: s.Formula, names: Names, shapes: Mapping[str, str], number: int) -> StandIn | None:
    """An arbitrary function of what the definition mentions; None where that is not plain."""
    left = names.of(formula.sides[0])
    if left is None or len(formula.sides) != 2 or any(isinstance(node, s.Derivative) for node in outside_scripts(formula)):
        return None
    shape = shapes.get(left.quantity.key, "")
    if not shape or "×" in shape.replace("1×", "") or (left.components and shape == "scalar"):
        return None
    found: dict[str, None] = {}
    for node in outside_scripts(formula.sides[1]):
        source = names.of(node) if isinstance(node, (s.Symbol, s.Call)) else None
        if source is None or names.is_index(source.quantity.key):
            continue
        if (
            names.lacks_index(source.quantity.key)
            or source.quantity.key not in shapes
            or any(isinstance(slot, s.Ellipsis) for slot in source.slots)
        ):
            return None
        if source.quantity.key == left.quantity.key and source.slots == left.slots:
            return None
        found.setdefault(_spelled(source.quantity.key, source.quantity.letters, source.slots, names))
    met = {key for key in names.keys_in(formula.sides[1]) if not names.is_index(key)}
    if met - {names.quantity_of(text) for text in found} - {key for key in met if key.endswith("()") and known_function(key)}:
        return None
    if not found or any(isinstance(node, s.BigOperator) and names.running & _bound(node) for node in outside_scripts(formula)):
        return None
    function = f"{ARBITRARY}_{{{number}}}"
    spelled = _spelled(left.quantity.key, left.quantity.letters, left.slots, names)
    return StandIn(f"{spelled} = {function}({', '.join(found)})", function, "scalar" if shape == "scalar" else "map")


def _spelled(key: str, letters: tuple[str, ...], slots: tuple[s.Node, ...], names: Names) -> str:
    return names.spelled(key, dict(zip(letters, slots, strict=False)))


def _bound(node: s.BigOperator) -> frozenset[str]:
    lower = node.lower.sides[0] if isinstance(node.lower, s.Comparison) else node.lower
    return frozenset({to_latex(lower)} if isinstance(lower, s.Symbol) else ())


def unbound_sum(formula: s.Formula) -> str:
    """The letter of a sum that nothing in it mentions, as in `\\sum_j e^{z_i}`: a mistyped index."""
    for node in outside_scripts(formula):
        if isinstance(node, s.BigOperator) and node.operator == "\\sum" and isinstance(node.lower, (s.Comparison, s.Symbol)):
            lower = node.lower.sides[0] if isinstance(node.lower, s.Comparison) else node.lower
            letters = {inner.name for inner in s.walk(node.body) if isinstance(inner, s.Symbol)}
            scripts = any(isinstance(inner, s.Script) for inner in s.walk(node.body))
            if isinstance(lower, s.Symbol) and scripts and lower.name not in letters:
                return lower.name
    return ""


def tied_copies(definitions: Sequence[s.Formula], claims: Iterable[s.Formula], names: Names) -> dict[str, s.Symbol]:
    """Parameters of which claims differentiate by the copies: the key of W with the copy `W^{(t)}`."""
    found: dict[str, s.Symbol] = {}
    for formula in definitions:
        if len(formula.sides) != 2 or not all(isinstance(side, s.Symbol) for side in formula.sides):
            continue
        copy, own = names.of(formula.sides[0]), names.of(formula.sides[1])
        same = (
            isinstance(formula.sides[0], s.Symbol)
            and isinstance(formula.sides[1], s.Symbol)
            and formula.sides[0].name == formula.sides[1].name
        )
        if copy is None or own is None or not same or len(copy.quantity.letters) != 1 or own.quantity.letters:
            continue
        others = [key for other in definitions if other is not formula for side in other.sides for key in names.keys_in(side)]
        by = {
            key
            for claim in claims
            for node in outside_scripts(claim)
            if isinstance(node, s.Derivative)
            for w in node.wrt
            for key in names.keys_in(w)
        }
        if copy.quantity.key in by and copy.quantity.key not in others and isinstance(formula.sides[0], s.Symbol):
            found[own.quantity.key] = formula.sides[0]
    return found


def with_copies(formula: s.Formula, copies: Mapping[str, s.Symbol], names: Names) -> s.Formula:
    """An equation of a step with the copies of that step in place of the parameters."""
    left = names.of(formula.sides[0])
    if left is None or len(left.quantity.letters) != 1 or formula.sides[0] in copies.values():
        return formula
    (letter,) = left.quantity.letters

    def changed(node: Any) -> Any:
        if isinstance(node, tuple):
            return tuple(map(changed, node))
        if not isinstance(node, s.Node) or isinstance(node, s.Script):
            return node
        found = names.of(node) if isinstance(node, s.Symbol) else None
        if found is not None and found.quantity.key in copies and not found.components:
            copy = copies[found.quantity.key]
            own = names.of(copy)
            assert own is not None and isinstance(node, s.Symbol)
            scripts = tuple(_at(script, own.quantity.letters[0], own.slots[0], left.slots[0]) for script in copy.scripts)
            kept = tuple(script for script in node.scripts if script not in copy.scripts and found.transposed)
            return replace(copy, scripts=scripts + kept[-1:])
        return replace(node, **{f.name: changed(getattr(node, f.name)) for f in fields(node) if f.name not in ("span", "lower", "upper")})

    return replace(formula, sides=(formula.sides[0], *map(changed, formula.sides[1:]))) if letter else formula


def _at(script: s.Script, letter: str, own: s.Node, slot: s.Node) -> s.Script:
    return replace(script, body=slot) if script.body == own else script


def differentiated_by(name: str) -> str:
    """W of `dW` and of `\\delta W`, which stand for the derivative of the loss by it; empty for any other name, as `\\delta 4`."""
    base = next((name.removeprefix(prefix) for prefix in DIFFERENTIALS if name.startswith(prefix)), "")
    return "" if base[:1].isdigit() else base


def differentials(formulas: Iterable[s.Formula], loss_of: Callable[[str], str], names: Names) -> dict[str, str]:
    """`dW` with the equation that says what it is, for each such name whose quantity is known; `loss_of` gives the loss of a quantity."""
    found: dict[str, str] = {}
    for formula in formulas:
        for node in outside_scripts(formula):
            if isinstance(node, s.Symbol) and differentiated_by(node.name):
                base = names.of(replace(node, name=differentiated_by(node.name)))
                own = names.of(node)
                plain = own is not None and not own.components and not names.lacks_index(own.quantity.key)
                loss = loss_of(base.quantity.key) if base is not None and plain else ""
                if loss and own is not None:
                    by = _spelled(own.quantity.key, own.quantity.letters, tuple(map(s.Symbol, own.quantity.letters)), names)
                    found[own.quantity.key] = f"{by} = \\frac{{\\partial {loss}}}{{\\partial {differentiated_by(by)}}}"
    return found
