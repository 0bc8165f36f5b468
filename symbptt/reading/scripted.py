"""Scripts behind brackets: `(W h)^T`, `f(x)^2`, and `\\delta (a)^T`, where they belong to the brackets alone."""

from __future__ import annotations

from dataclasses import replace

from ..latex import syntax as s
from .calls import as_product
from .elaborate import elaborate, norm, quantity, subscript, superscript
from .reader import Reader
from .scope import Scope
from .tensors import Tensor


@elaborate.register
def _(node: s.Scripted, reader: Reader, scope: Scope) -> Tensor:
    found = quantity(node, reader, scope)
    if found is not None:
        return found
    if isinstance(node.base, s.Norm):
        return norm(node.base, node.scripts, reader, scope)
    if node.base == s.Number("1") and [script.kind for script in node.scripts] == ["sub"]:
        below = node.scripts[0].body.body if isinstance(node.scripts[0].body, s.Group) else node.scripts[0].body
        if isinstance(below, s.Comparison):  # 1_{z > 0}
            return elaborate(s.Call(s.Symbol("1"), (below,), span=node.span), reader, scope)
    factors = scripted_factors(node, reader, scope)
    if factors is not None:
        return elaborate(s.Product(factors, ("",), span=node.span), reader, scope)
    value = elaborate(node.base, reader, scope)
    for script in node.scripts:
        if script.kind == "sub":
            value = subscript(value, script, reader, scope, node)
        else:
            value = superscript(value, script.body, reader, scope, node, script.bracket)
    return value


def scripted_factors(node: s.Node, reader: Reader, scope: Scope) -> tuple[s.Node, s.Node] | None:
    """The two factors of `W(x)` or `W(x)^T` with a quantity W; the script belongs to the brackets."""
    if isinstance(node, s.Call):
        return as_product(node, reader, scope)
    if isinstance(node, s.Scripted) and isinstance(node.base, s.Call):
        split = as_product(node.base, reader, scope)
        return None if split is None else (split[0], replace(node, base=split[1]))
    return None
