"""Evaluation bars: an index with a value, and the derivative of a function at a point."""

from __future__ import annotations

from dataclasses import replace

from ..index import Apply, Argument
from ..latex import syntax as s
from ..latex.printer import to_latex
from .calls import function_of
from .choices import ReadingError, Unsupported
from .elaborate import elaborate
from .reader import Reader, located
from .scope import Scope, index_of
from .tensors import Tensor, diagonal, is_vector, map_entries

ONLY = "an evaluation bar is read only as an index with a value, or behind the derivative of a function of one argument"


@elaborate.register
def _(node: s.Evaluated, reader: Reader, scope: Scope) -> Tensor:
    """`\\left. X \\right|_{t=2}`: the index has that value in X; `\\frac{d f}{d z} |_{z_t}` is `f'(z_t)`."""
    condition = node.condition
    shown = condition.sides if isinstance(condition, s.Comparison) and condition.relations == ("=",) else ()
    letter = to_latex(shown[0]) if shown and isinstance(shown[0], s.Symbol) else ""
    try:
        if letter and scope.knows(letter):
            value = index_of(shown[1], scope)
            if value is None:
                raise Unsupported(ONLY, node.span)
            return elaborate(node.body, reader, replace(scope, bound={**scope.bound, letter: value}))
        return _at_point(node, shown[0] if letter else None, shown[1] if letter else condition, reader, scope)
    except ReadingError as error:
        raise located(error, node) from error


def _at_point(node: s.Evaluated, name: s.Node | None, point: s.Node, reader: Reader, scope: Scope) -> Tensor:
    """The derivative of a function of one argument, `\\frac{d f}{d z}` or `f'`, at a point.

    Raises `Unsupported` for anything else.
    """
    body, by = node.body, name
    if isinstance(body, s.Derivative) and body.form in ("frac", "slash") and body.order == len(body.wrt) == 1 and body.scale is None:
        by = body.wrt[0]
        body = replace(body.numerator, primes=1) if isinstance(body.numerator, s.Symbol) and not body.numerator.primes else body
    function = function_of(body, reader, scope) if isinstance(body, s.Symbol) and body.primes == 1 else None
    named = name is None or name == by
    if function is None or not named or index_of(point, scope.probe()) is not None or isinstance(point, (s.Comparison, s.Sequence)):
        raise Unsupported(ONLY, node.span)
    assert isinstance(body, s.Symbol)
    if by is not None and reader.names.find(by, scope) and not (isinstance(point, s.Symbol) and getattr(by, "name", "") == point.name):
        raise Unsupported(ONLY, node.span)
    plain = s.Call(replace(body, primes=0), (point,), span=node.span)
    if function.kind == "scalar":
        return elaborate(s.Derivative(plain, (point,), span=node.span), reader, scope)
    if function.kind != "elementwise":
        raise Unsupported(ONLY, node.span)
    value = map_entries(  # at the point that is shown, whatever a prime may mean elsewhere
        elaborate(point, reader, scope), lambda x: Apply(function.name, (Argument((), (), x),), order=1, slots=function.slots)
    )
    if is_vector(value) and isinstance(node.body, s.Derivative):
        meaning = reader.choose("the derivative of a function at a vector", ("entry by entry", "a diagonal matrix"))
        return value if meaning == "entry by entry" else diagonal(value)
    return value
