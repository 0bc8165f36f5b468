"""Conditions on values: `1[z > 0]`, and cases by them, as the slope of ReLU and its multiples; like ReLU they are judged away from 0."""

from __future__ import annotations

from collections.abc import Sequence

from ..index import Add, Apply, Argument, Branches, Entry, Expression, Multiply, Number, ScalarProduct, Sum
from ..latex import syntax as s
from ..latex.printer import to_latex
from .choices import ShapeClash, Unsupported
from .elaborate import elaborate, quantity
from .reader import Reader
from .scope import Scope
from .tensors import MINUS_ONE, UNIT, Tensor, add, as_indices, broadcast, map_entries, negate

#: Functions that are 0 at single points at most, and those that are so unless what they are applied to is 0.
NEVER_FLAT = frozenset({"sigmoid", "exp", "log", "softplus", "softmax", "cos", "cosh"})
ZERO_AT_ZERO = frozenset({"identity", "tanh", "leaky_relu", "sqrt", "sin", "sinh"})
TURNED = {"<": ">", "\\le": "\\ge", ">": "<", "\\ge": "\\le"}
NEGATED = {"<": "\\ge", "\\le": ">", ">": "\\le", "\\ge": "<"}


def on_values(condition: s.Node, reader: Reader, scope: Scope) -> bool:
    """Whether a comparison is between values of quantities, not between indices."""
    if not isinstance(condition, s.Comparison):
        return False
    counting = {*scope.bound, *scope.letters.ranges}
    inner = [node for node in s.walk(*condition.sides) if isinstance(node, (s.Symbol, s.Call, s.Scripted))]
    return any(quantity(node, reader, scope.probe()) is not None for node in inner if to_latex(node) not in counting)


def indicator(condition: s.Comparison, reader: Reader, scope: Scope) -> Tensor:
    """1 where `z > 0` holds and 0 elsewhere, entry by entry.

    Raises `Unsupported` for equations, chains, and `z \\ge 0` of a z that is 0 at more than single points.
    """
    relation = condition.relations[0]
    if len(condition.sides) != 2 or relation not in TURNED:
        raise Unsupported("a condition on a value is read only as `z > 0` or the like", condition.span)
    left, right = condition.sides
    if right != s.Number("0") and (left == s.Number("0") or relation in ("<", "\\ge")):
        left, relation, right = right, TURNED[relation], left
    value = elaborate(left, reader, scope)
    if right != s.Number("0"):
        value = add([value, negate(elaborate(right, reader, scope))], reader.note)
    if relation in ("<", "\\ge") and _may_be_zero(_entry(value), reader, frozenset()):
        raise Unsupported(f"`{to_latex(left)}` may be 0 where it is not above it; write `> 0`", condition.span)
    above = map_entries(value, lambda x: Apply("step", (Argument((), (), x),)))
    return above if relation in (">", "\\ge") else map_entries(above, _complement)


def _complement(entry: Expression) -> Expression:
    return Add((UNIT, Multiply((MINUS_ONE, entry))))


def by_cases(values: Sequence[Tensor], conditions: Sequence[s.Node | None], node: s.Node, reader: Reader, scope: Scope) -> Tensor:
    """Two cases by a condition on a value, the second one for all else.

    Raises `Unsupported` where the conditions leave something open or overlap, `ShapeClash` for branches of different shapes.
    """
    kept = [(value, condition) for value, condition in zip(values, conditions, strict=True) if not _is_point(condition, reader, scope)]
    holding, otherwise = (kept[0][1], kept[1][1]) if len(kept) == 2 else (None, None)
    if not isinstance(holding, s.Comparison) or not _leaves(holding, otherwise, reader, scope):
        raise Unsupported("cases by the value of a quantity are read only as two, the second for all else", node.span)
    (first, _), (second, _) = kept
    holds = indicator(holding, reader, scope)
    parts = (first, second, holds)
    plain = [part for part in parts[:2] if part.kind == "plain"]
    if not holds.is_scalar and any(part.is_scalar for part in plain):
        raise Unsupported(f"`{to_latex(holding)}` of each entry of a vector is read only with cases that are vectors, too", node.span)
    shape = (plain[0] if plain else holds).shape
    spread = [broadcast(part, *shape) for part in parts]
    one, other, where = spread
    if one is None or other is None or where is None:
        raise ShapeClash("the branches of a case distinction have different shapes", node.span)
    return Tensor(
        *shape,
        lambda i, j: Add(
            (Multiply((where.entry(i, j), one.entry(i, j))), Multiply((_complement(where.entry(i, j)), other.entry(i, j)))),
        ),
    )


def _is_point(condition: s.Node | None, reader: Reader, scope: Scope) -> bool:
    """`z = 0`, which is nothing beside `z > 0` and `z < 0`."""
    return isinstance(condition, s.Comparison) and condition.relations == ("=",) and not _flat(condition, reader, scope)


def _flat(condition: s.Comparison, reader: Reader, scope: Scope) -> bool:
    """Whether both sides may be the same at more than single points, or nothing shows that they are not."""
    if len(condition.sides) != 2 or condition.sides[1] != s.Number("0"):
        return True
    return _may_be_zero(_entry(elaborate(condition.sides[0], reader, scope)), reader, frozenset())


def _entry(value: Tensor) -> Expression:
    return value.entry(as_indices(tuple("ij"[: len(value.rows)])), as_indices(tuple("kl"[: len(value.columns)])))


def _leaves(first: s.Comparison, second: s.Node | None, reader: Reader, scope: Scope) -> bool:
    """Whether the second case is all that the first leaves: z ≤ 0 beside z > 0; z < 0, too, of a z that is 0 at single points alone."""
    if second is None:
        return True
    if not isinstance(second, s.Comparison) or len(second.sides) != 2 or len(first.sides) != 2:
        return False
    own, other = first.relations[0], second.relations[0]
    if first.sides == second.sides[::-1]:
        other = TURNED.get(other, "")
    elif first.sides != second.sides:
        return False
    if own not in TURNED or other not in TURNED or _upwards(own) == _upwards(other):
        return False
    return NEGATED[own] == other or not _flat(first, reader, scope)


def _upwards(relation: str) -> bool:
    return relation in (">", "\\ge")


def _may_be_zero(expression: Expression, reader: Reader, seen: frozenset[str]) -> bool:
    """Whether an expression can be 0 for more than single values of its quantities, as far as its form shows: ReLU(z)."""
    if isinstance(expression, Entry):
        own = reader.equations.get(expression.family, ()) if expression.family not in seen else ()
        return any(_may_be_zero(equation.body, reader, seen | {expression.family}) for equation in own)
    if isinstance(expression, Apply):
        if expression.function in ZERO_AT_ZERO:
            return any(_may_be_zero(argument.body, reader, seen) for argument in expression.arguments)
        return expression.function not in NEVER_FLAT
    if isinstance(expression, Add):
        return all(_may_be_zero(term, reader, seen) for term in expression.terms)
    if isinstance(expression, Multiply):
        return any(_may_be_zero(factor, reader, seen) for factor in expression.factors)
    if isinstance(expression, (Sum, ScalarProduct)):
        return _may_be_zero(expression.body, reader, seen)
    if isinstance(expression, Number):
        return expression.value == 0
    return isinstance(expression, Branches)
