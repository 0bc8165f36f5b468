"""Brackets behind a symbol: a function's argument, an index, an entry, or a product."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from ..functions import LATEX_NAMES
from ..index import Affine, Apply, Argument, Branches, Expression, Power
from ..latex import syntax as s
from ..latex.printer import to_latex
from .choices import ShapeClash, UnknownName, Unsupported
from .conditions import indicator, on_values
from .elaborate import elaborate, quantity, superscript
from .names import match, slot_indices, spelling_of, template_of
from .reader import CONSTANTS, Function, Reader
from .scope import FreeIndex, Scope, index_of
from .sums import comparison_conditions
from .tensors import (
    NOTHING,
    SIZELESS,
    UNIT,
    Indices,
    Tensor,
    as_argument,
    chain_rule,
    diagonal,
    is_vector,
    map_entries,
    matrix_product,
    scalar,
    scale,
    trace,
    transpose,
)

INDICATORS = frozenset({"\\mathbb{1}", "\\mathbf{1}", "\\mathbb{I}", "I", "\\mathbf{I}", "1"})


#: Function names as the parser spells them; sigma is the logistic function unless declared otherwise.
KNOWN_NAMES = {**LATEX_NAMES, **{name.removeprefix("\\"): row for name, row in LATEX_NAMES.items()}}


@elaborate.register
def _(node: s.Call, reader: Reader, scope: Scope) -> Tensor:
    found = quantity(node, reader, scope)
    if found is not None:
        return found
    comparisons = [part for part in node.args if isinstance(part, s.Comparison)]
    if node.function.name in INDICATORS and comparisons and len(comparisons) == len(node.args):
        if len(comparisons) == 1 and on_values(comparisons[0], reader, scope):
            return indicator(comparisons[0], reader, scope)
        conditions = tuple(condition for part in comparisons for condition in comparison_conditions(part, scope, node))
        return scalar(Branches(((conditions, UNIT),), NOTHING))
    structural = STRUCTURAL.get(node.function.name)
    if structural is not None and not reader.names.has(node.function.name) and node.function.name not in reader.functions:
        return structural(node, reader, scope)
    split = as_product(node, reader, scope)
    if split is not None:
        return elaborate(s.Product(split, ("",), span=node.span), reader, scope)
    function = function_of(node.function, reader, scope) or _implicit(node, reader, scope)
    if not function.known and any(isinstance(part, s.Norm) and part.bracket == "|" for part in s.walk(*node.args)):
        raise Unsupported(f"`|…|` below `{to_latex(node.function)}` may be taken entry by entry; write the function out", node.span)
    value = application(node, function, reader, scope)
    for script in powers_of(node.function):
        value = superscript(value, script.body, reader, scope, node)
    return value


def as_product(node: s.Call, reader: Reader, scope: Scope) -> tuple[s.Node, s.Node] | None:
    """`W(x + y)` where W is a quantity and no function: its two factors; `W[h, x]` is W by what is stacked."""
    stacked = len(node.args) > 1 and node.bracket == "[" and not any(isinstance(argument, s.Slice) for argument in node.args)
    if stacked and all(index_of(argument, scope.probe()) is None for argument in node.args):
        node = replace(node, args=(s.Sequence(node.args),))
    if len(node.args) != 1 or not node.bracket or isinstance(node.args[0], s.Comparison):
        return None
    if node.function.name in STRUCTURAL and not reader.names.has(node.function.name):
        return None
    if function_of(node.function, reader, scope) is not None:
        return None
    if _is_row_of_ones(node.function, reader):
        return node.function, s.Group(node.args[0], node.bracket, span=node.span)
    if _counts_steps(node, reader) or _is_size(node, reader):
        return node.function, s.Group(node.args[0], node.bracket, span=node.span)
    if not reader.names.has(node.function.name):
        return None
    plain = replace(node.function, primes=0)
    if quantity(node, reader, scope.probe()) is not None or quantity(plain, reader, scope.probe()) is None:
        return None
    return node.function, s.Group(node.args[0], node.bracket, span=node.span)


def _counts_steps(node: s.Call, reader: Reader) -> bool:
    r"""`T (W^\top)^{T-1}` in a claim: the last step is a number, where no equation has a function of its name; L may be a cost."""
    name, symbol = node.function.name, node.function
    plain = node.bracket == "(" and not (symbol.scripts or symbol.primes or reader.names.has(name) or name in reader.implicit)
    return plain and reader.part == "claim" and name in reader.letters.last_steps and name != "L"


def _is_size(node: s.Call, reader: Reader) -> bool:
    r"""`H (\sigma^2 + \epsilon)` where H is a size and no quantity: the number of entries; f, g and h are functions all the same."""
    symbol = node.function
    plain = node.bracket == "(" and not (symbol.scripts or symbol.primes or reader.names.has(symbol.name))
    return plain and symbol.name in reader.letters.sizes and symbol.name not in ("f", "g", "h")


def _is_row_of_ones(symbol: s.Symbol, reader: Reader) -> bool:
    """`\\mathbf{1}^T` before a bracket: the sum of its rows. Without the transpose it may be an indicator."""
    marks = [to_latex(script.body) for script in symbol.scripts if script.kind == "sup"]
    known = CONSTANTS.get(symbol.name) == "ones" and not reader.names.has(symbol.name)
    return known and len(symbol.scripts) == len(marks) == 1 and marks[0] in reader.notation.transpose


def _implicit(node: s.Call, reader: Reader, scope: Scope) -> Function:
    """An undeclared function of one argument is abstract and element-wise; index letters in its name tell its members apart."""
    name = function_text(node.function)
    if len(node.args) != 1:
        raise UnknownName(f"`{name}` is a function of several arguments; declare it under `functions` as scalar or map", node.span)
    if node.bracket == "" or reader.names.has(node.function.name):
        raise UnknownName(f"`{to_latex(node.function)}` is defined nowhere; add it to `shapes`, `given` or `functions`", node.span)
    if reader.part == "claim" and name not in reader.implicit:
        raise UnknownName(f"the function `{name}` is used by no given equation; declare it under `functions`", node.span)
    reader.implicit.add(name)
    reader.note(f"`{name}` is an abstract element-wise function")
    template = template_of(name, s.Symbol(node.function.name, _without_powers(node.function)), frozenset(reader.letters.ranges))
    if template is None or not template.letters:
        return Function(name, "elementwise")
    reader.indexed_functions.append((template, Function(name, "elementwise")))
    found = function_of(node.function, reader, scope)
    assert found is not None
    return found


def powers_of(function: s.Symbol) -> list[s.Script]:
    """Superscript numbers on a function name are powers of its value: `\\tanh^2(x)`."""
    return [x for x in function.scripts if x.kind == "sup" and isinstance(x.body, s.Number)]


def _without_powers(function: s.Symbol) -> tuple[s.Script, ...]:
    return tuple(x for x in function.scripts if not (x.kind == "sup" and isinstance(x.body, s.Number)))


@s.of_node
def function_text(function: s.Symbol) -> str:
    """The name under which a function is declared: without primes and powers."""
    return to_latex(s.Symbol(function.name, _without_powers(function)))


def function_of(function: s.Symbol, reader: Reader, scope: Scope) -> Function | None:
    """The declared or known function that a symbol names; a declared one overrides what a name is known for."""
    text = function_text(function)
    for template, indexed in reader.indexed_functions:
        spelling = spelling_of(replace(function, primes=0))
        found = match(spelling, template, scope) if spelling is not None else None
        slots = slot_indices(found, scope) if found is not None and not found.rest else None
        if slots is not None:
            return replace(indexed, slots=slots)
    if text in reader.functions:
        return reader.functions[text]
    if reader.names.has(function.name):
        return None
    known = KNOWN_NAMES.get(text)
    if known is None:
        return None
    return Function(known, "vector" if known == "softmax" else "elementwise", known=True)


def application(node: s.Call, function: Function, reader: Reader, scope: Scope) -> Tensor:
    """The value of a function at its arguments."""
    if function.kind == "chain":
        return _chain(node, reader, scope)
    values = [elaborate(a, reader, scope) for a in node.args]
    order = node.function.primes
    if function.kind == "elementwise":
        return _elementwise(node, function, values, order, reader, scope)
    if order == 1 and function.kind == "scalar" and len(values) == 1 and values[0].is_scalar:
        argument = as_argument(values[0], reader.fresh)
        return scalar(Apply(function.name, (argument,), (), ((0, ()),), slots=function.slots))
    if order:
        raise Unsupported(f"a prime on `{function.name}`, which is no element-wise function", node.span)
    if function.kind == "vector":
        return _softmax(values, node, reader)
    arguments = tuple(as_argument(v, reader.fresh) for v in values)
    if function.kind == "scalar":
        return scalar(Apply(function.name, arguments, slots=function.slots))
    shape = reader.map_shapes.get(function.name)
    if shape is None:
        message = f"the shape of `{function.name}(…)` is stated nowhere; give an equation `y = {function.name}(…)` with y's shape"
        raise (UnknownName if reader.part == "given" else Unsupported)(message, node.span)  # a given equation waits for the others
    return Tensor(shape[0], shape[1], lambda i, j: Apply(function.name, arguments, i + j, slots=function.slots))


def _elementwise(node: s.Call, function: Function, values: list[Tensor], order: int, reader: Reader, scope: Scope) -> Tensor:
    if len(values) != 1:
        raise Unsupported(f"`{function.name}` is element-wise and takes one argument", node.span)
    value = values[0]
    if value.kind in SIZELESS:
        raise Unsupported("a function of a matrix of unknown size", node.span)
    of_output = bool(order) and _is_output(node.args[0], function, reader, scope) and _prime(node, function, reader) == "of output"
    return map_entries(
        value, lambda x: Apply(function.name, (Argument((), (), x),), order=order, of_output=of_output, slots=function.slots)
    )


def _is_output(argument: s.Node, function: Function, reader: Reader, scope: Scope) -> bool:
    """Whether the model says `h = f(z)` of the h in `f'(h)`, or the argument is written as `f(z)` itself."""
    while isinstance(argument, s.Group):
        argument = argument.body
    if isinstance(argument, s.Call) and not argument.function.primes and not powers_of(argument.function):
        inner = function_of(argument.function, reader, scope)
        if (inner.name, inner.slots) == (function.name, function.slots) if inner else function_text(argument.function) == function.name:
            return True
    return any((found.template.key, function.name) in reader.outputs for found in reader.names.find(argument, scope))


def _prime(node: s.Call, function: Function, reader: Reader) -> str:
    stated = reader.notation.prime
    options = (stated,) if stated else ("of argument", "of output")
    return reader.choose(f"`{to_latex(node.function)}` of a value of `{function.name}` (`prime`)", options)


def _softmax(values: list[Tensor], node: s.Node, reader: Reader) -> Tensor:
    """softmax of a vector; of a matrix, of each row (or each column)."""
    if len(values) != 1 or values[0].is_scalar:
        raise ShapeClash("softmax needs a vector", node.span)
    value = values[0]
    if value.rows and value.columns:
        stated = reader.notation.softmax
        along = reader.choose("softmax of a matrix", (f"of each {stated}",) if stated else ("of each row", "of each column"))
        if along == "of each column":
            return transpose(_softmax_rows(transpose(value), reader))
        return _softmax_rows(value, reader)
    return _softmax_rows(value, reader) if value.columns else transpose(_softmax_rows(transpose(value), reader))


def _softmax_rows(value: Tensor, reader: Reader) -> Tensor:
    def entry(i: Indices, j: Indices) -> Expression:
        k = reader.fresh.fresh()
        return Apply("softmax", (Argument((k,), value.columns, value.entry(i, (Affine.of(k),))),), (j[0],))

    return Tensor(value.rows, value.columns, entry)


def _chain(node: s.Call, reader: Reader, scope: Scope) -> Tensor:
    """d2l's prod(…): derivatives multiplied in the order and with the transposes that fit."""
    values = [elaborate(a, reader, scope) for a in node.args]
    result = values[0]
    for value in values[1:]:
        result = _chain_pair(result, value, node, reader)
    return result


def _chain_pair(a: Tensor, b: Tensor, node: s.Node, reader: Reader) -> Tensor:
    try:
        return chain_rule(a, b, reader.fresh)
    except ShapeClash:
        pass
    if a.is_scalar or b.is_scalar:
        return scale(a, b)
    candidates: dict[str, Callable[[], Tensor]] = {
        "a b": lambda: matrix_product(a, b, reader.fresh),
        "bᵀ a": lambda: matrix_product(transpose(b), a, reader.fresh),
        "a bᵀ": lambda: matrix_product(a, transpose(b), reader.fresh),
        "b a": lambda: matrix_product(b, a, reader.fresh),
        "aᵀ b": lambda: matrix_product(transpose(a), b, reader.fresh),
        "b aᵀ": lambda: matrix_product(b, transpose(a), reader.fresh),
    }
    fitting: dict[str, Tensor] = {}
    for name, build in candidates.items():
        try:
            fitting[name] = build()
        except ShapeClash:
            continue
    if not fitting:
        raise ShapeClash(f"no order of {a.describe()} and {b.describe()} fits", node.span)
    picked = reader.choose(f"order in `{to_latex(node)[:40]}`", tuple(fitting))
    return fitting.get(picked) or next(iter(fitting.values()))


def _diag(node: s.Call, reader: Reader, scope: Scope) -> Tensor:
    if len(node.args) > 2 and isinstance(node.args[-2], s.Ellipsis):
        return diagonal(elaborate(s.Matrix((node.args,), span=node.span), reader, scope))
    before = dict(scope.free)
    value = elaborate(node.args[0], reader, scope)
    if len(node.args) == 1 and value.is_scalar and (found := _running_entry(before, scope)) is not None:
        return diagonal(_entries(node.args[0], *found, reader, scope))
    if len(node.args) > 1 or value.is_scalar:
        raise Unsupported("diag of a list of entries is not read yet; write the vector that they make up", node.span)
    if value.rows and value.columns and value.rows == value.columns:
        raise Unsupported("diag of a matrix (its diagonal) is not supported yet", node.span)
    if value.kind == "identity":
        raise Unsupported("diag of an identity matrix is not supported yet", node.span)
    if not is_vector(value) and value.kind not in SIZELESS:
        raise ShapeClash(f"diag needs a vector, not {value.describe()}", node.span)
    return diagonal(value)


def _running_entry(before: Mapping[str, FreeIndex], scope: Scope) -> tuple[str, Affine] | None:
    r"""The i of `\\mathrm{diag}(p_i (1 - p_i))`, which nothing outside speaks of, and how many entries it counts; the scope forgets it."""
    new = [letter for letter in scope.free if letter not in before]
    free = scope.free[new[0]] if len(new) == 1 else None
    if free is None or free.role != "component" or free.upper is None or free.lower != Affine.of(1):
        return None
    del scope.free[new[0]]
    return new[0], free.upper


def _entries(node: s.Node, letter: str, size: Affine, reader: Reader, scope: Scope) -> Tensor:
    """The column of the values of an entry."""

    def entry(i: Indices, j: Indices) -> Expression:
        return elaborate(node, reader, replace(scope, bound={**scope.bound, letter: i[0]})).entry((), ())

    return Tensor((size,), (), entry)


def _trace(node: s.Call, reader: Reader, scope: Scope) -> Tensor:
    return trace(elaborate(node.args[0], reader, scope), reader.fresh)


def _max(node: s.Call, reader: Reader, scope: Scope) -> Tensor:
    """`max(0, z)` is ReLU."""
    others = [arg for arg in node.args if arg != s.Number("0")]
    if len(node.args) != 2 or len(others) != 1:
        raise Unsupported("`max` is read only as max(0, z)", node.span)
    return map_entries(elaborate(others[0], reader, scope), lambda x: Apply("relu", (Argument((), (), x),)))


def _sech(node: s.Call, reader: Reader, scope: Scope) -> Tensor:
    """`sech` is 1/cosh, which is never 0."""
    if len(node.args) != 1:
        raise Unsupported("`sech` is element-wise and takes one argument", node.span)
    if node.function.primes:
        raise Unsupported("a prime on `sech` is not supported yet", node.span)
    value = elaborate(node.args[0], reader, scope)
    if value.kind in SIZELESS:
        raise Unsupported("a function of a matrix of unknown size", node.span)
    value = map_entries(value, lambda x: Power(Apply("cosh", (Argument((), (), x),)), Affine.of(-1)))
    for script in powers_of(node.function):
        value = superscript(value, script.body, reader, scope, node)
    return value


#: Names that build tensors rather than map entries.
STRUCTURAL: dict[str, Callable[[s.Call, Reader, Scope], Tensor]] = {
    "diag": _diag,
    "max": _max,
    "sech": _sech,
    "tr": _trace,
    "Tr": _trace,
}
