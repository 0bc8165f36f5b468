"""Products: what each sign means between its neighbours, and in which order a run of them is grouped."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ..latex import syntax as s
from ..latex.printer import to_latex
from .choices import ReadingError, ShapeClash, Unsupported, bare
from .elaborate import divide, elaborate
from .ellipsis import expand_product
from .infer import SizeFound
from .reader import Reader, located
from .scope import Scope
from .scripted import scripted_factors
from .tensors import (
    ENTRY_BY_ENTRY,
    Tensor,
    chain_rule,
    composed,
    elementwise,
    follow,
    inner,
    is_vector,
    is_wide,
    matrix_product,
    number,
    outer,
    scale,
    transpose,
    wide_product,
)

#: Signs that never join the factors of a product of matrices: only beside them is a row multiplied with every row of a matrix.
ENTRYWISE = frozenset({"\\odot", "\\circ", "/"})
TURNED = "a row and a column multiplied entry by entry"


@dataclass(frozen=True)
class Grouped:
    """One way to group a run of factors; equal tags are equal values (associativity)."""

    value: Tensor
    tag: tuple[object, ...]


#: Signs that authors write for what is no product of two factors.
NO_PRODUCTS = frozenset({"\\star"})


@elaborate.register
def _(node: s.Product, reader: Reader, scope: Scope) -> Tensor:
    if any(isinstance(f, s.Ellipsis) for f in node.factors):
        return elaborate(expand_product(node, scope), reader, scope)
    node = _opened(node, reader, scope)
    coefficient = number(1)
    factors: list[Tensor] = []
    signs: list[str] = []
    pending = ""
    for position, factor in enumerate(node.factors):
        sign = node.signs[position - 1] if position else ""
        if sign in NO_PRODUCTS:
            raise Unsupported(f"the sign `{sign}` is not understood here; of a correlation, write the sums", node.span)
        value = elaborate(factor, reader, scope)
        if sign == "/":
            value = divide(number(1), value, factor, reader)
            sign = "" if value.is_scalar else sign
        pending = sign or pending
        if value.is_scalar:
            coefficient = scale(coefficient, value)
            continue
        if factors:
            signs.append(pending)
        factors.append(value)
        pending = ""
    if not factors:
        return coefficient
    try:
        value = _group(factors, signs, reader, node)
    except ReadingError as error:
        raise located(error, node) from error
    return value if coefficient.kind == "number" and len(node.factors) == len(factors) else scale(coefficient, value)


def _opened(node: s.Product, reader: Reader, scope: Scope) -> s.Product:
    """`A W(x)^T` as A, W and (x)^T; a gradient of a mere number takes in what follows it."""
    factors: list[s.Node] = []
    signs: list[str] = []
    for position, factor in enumerate(node.factors):
        if position:
            signs.append(node.signs[position - 1])
        split = scripted_factors(factor, reader, scope)
        factors.extend(split or (factor,))
        signs.extend([""] if split else [])
    for position, factor in enumerate(factors[:-1]):
        if isinstance(factor, s.Derivative) and factor.form in ("nabla", "operator") and _is_literal(factor.numerator):
            whole = s.Product((factor.numerator, *factors[position + 1 :]), ("", *signs[position + 1 :]))
            factors[position:] = [replace(factor, numerator=whole)]
            signs[position:] = []
            break
    return replace(node, factors=tuple(factors), signs=tuple(signs))


def _is_literal(node: s.Node) -> bool:
    if isinstance(node, s.Fraction):
        return _is_literal(node.numerator) and _is_literal(node.denominator)
    return isinstance(node, s.Number)


def _group(factors: list[Tensor], signs: list[str], reader: Reader, node: s.Node) -> Tensor:
    """All groupings that fit, the leftmost first; a choice where they differ in value."""
    whole, clash = _groupings(factors, signs, reader, node, False)
    if not whole and ENTRYWISE.intersection(signs):
        whole, _ = _groupings(factors, signs, reader, node, True)
    if not whole:
        assert clash is not None
        raise reader.clash(ShapeClash(clash.message, node.span, clash.rule, clash.operands), factors)
    if len(whole) == 1:
        return whole[0].value
    options = tuple(f"grouping {n + 1}" for n in range(len(whole)))
    picked = reader.choose(f"grouping of {to_latex(node)}", options)
    return whole[options.index(picked)].value


def _groupings(
    factors: list[Tensor], signs: list[str], reader: Reader, node: s.Node, spread: bool
) -> tuple[list[Grouped], ShapeClash | None]:
    """All groupings that fit, else why one does not; if `spread`, a row may be multiplied with every row of a matrix."""
    count = len(factors)
    table: dict[tuple[int, int], list[Grouped]] = {(i, i): [Grouped(f, (i,))] for i, f in enumerate(factors)}
    clash: ShapeClash | None = None
    for width in range(1, count):
        for start in range(count - width):
            end = start + width
            found: dict[tuple[object, ...], Grouped] = {}
            for split in range(end - 1, start - 1, -1):
                for left in table[start, split]:
                    for right in table[split + 1, end]:
                        try:
                            grouped = _combine(left, right, signs[split], reader, node, spread)
                        except ShapeClash as error:
                            kept = bare(error)
                            clash = clash or kept
                            continue
                        found.setdefault(grouped.tag, grouped)
            table[start, end] = list(found.values())[:6]
    return table[0, count - 1], clash


def _combine(left: Grouped, right: Grouped, sign: str, reader: Reader, node: s.Node, spread: bool) -> Grouped:
    a, b = left.value, right.value
    spread = spread and sign in ENTRYWISE
    meaning = _meaning(a, b, sign, reader, node, spread)
    value = _apply(meaning, a, b, reader, spread)
    if meaning == "matrix" and value.jacobian is None:
        value = replace(value, jacobian=composed(a, b, reader.fresh))
    # a row times what is contracted with it is the same product, whatever the layout of its value
    name = "matrix" if meaning == "chain" and _is_row_by_wide(a, b) else meaning
    parts: list[object] = []
    for side in (left, right):
        parts.extend(side.tag[1:] if side.tag[0] == name and name in ("matrix", "elementwise", "chain") else (side.tag,))
    return Grouped(value, (name, *parts))


def _is_row_by_wide(a: Tensor, b: Tensor) -> bool:
    """∂L/∂z times ∂z/∂W, which is laid out as ∂L/∂W is, not as a row of n·m numbers."""
    return is_wide(b) and a.jacobian is not None and not any(a.jacobian.of_shape)


def _apply(meaning: str, a: Tensor, b: Tensor, reader: Reader, spread: bool = False) -> Tensor:
    if a.is_scalar or b.is_scalar:
        return scale(a, b)
    if meaning == "matrix":
        return matrix_product(a, b, reader.fresh)
    if meaning == "elementwise":
        return elementwise(a, _turned(a, b, reader), reader.note if spread else None)
    if meaning == "outer":
        return outer(a, b)
    if meaning == "inner":
        return inner(a, b, reader.fresh)
    if meaning == "chain":
        layout = _layout_by(b, reader)
        try:
            return chain_rule(a, b, reader.fresh, in_order=True, layout=layout)
        except ShapeClash:
            if not is_wide(b):
                raise
        return wide_product(a, b, reader.fresh, layout)
    raise ShapeClash(f"a product of scalars is stated, but {a.describe()} and {b.describe()} stand there")


def _turned(a: Tensor, b: Tensor, reader: Reader) -> Tensor:
    """A column beside a row of its length as a row: many write `\\delta^T \\odot f'(z)` who do not tell them apart, which is a reading."""
    if a.kind != "plain" or b.kind != "plain" or a.shape == b.shape or a.shape != transpose(b).shape or not is_vector(b):
        return b
    return transpose(b) if reader.choose(TURNED, ("as written", "turned")) == "turned" else b


def _layout_by(b: Tensor, reader: Reader) -> str:
    """How a scalar differentiated by what `b` is differentiated by is laid out."""
    axes = 0 if b.jacobian is None else sum(map(len, b.jacobian.by_shape))
    kind = ("scalar", "vector", "matrix")[min(axes, 2)]
    return reader.notation.layout_of("scalar", kind) or reader.choices.made.get(f"layout of a scalar by a {kind}", "gradient")


def _meaning(a: Tensor, b: Tensor, sign: str, reader: Reader, node: s.Node, spread: bool) -> str:
    """The meaning of a sign between two values: the first that fits, or a choice where several do."""
    if a.is_scalar or b.is_scalar:
        return "scalar"
    meanings, stated = reader.notation.meanings(sign, reader.part) if sign != "/" else (("elementwise",), False)
    options = list(meanings)
    if not stated and sign == "\\cdot" and is_vector(a) and is_vector(b):
        options.append("inner")
    if "matrix" in options:
        if _is_row_by_wide(a, b):
            options.insert(0, "chain")
        elif follow(a, b):  # ∂L/∂z ∂z/∂w of two columns
            options.insert(options.index("matrix") + 1, "chain")
        else:
            options.append("chain")
    fitting: list[str] = []
    clash: ShapeClash | None = None
    for option in options:
        if fitting and (option == "chain" or (fitting[0] == "matrix" and not stated)):
            continue
        try:
            _apply(option, a, b, reader, spread)
        except ShapeClash as error:
            clash = clash or bare(error)
        except SizeFound:
            if not fitting:
                raise
        else:
            fitting.append(option)
    if not fitting:
        assert clash is not None
        possible = sign == "\\times" and not stated and is_vector(a) and is_vector(b)
        if possible and reader.choose("outer product for `\\times`", ("no", "yes")) == "yes":
            return "outer"
        if sign == "\\otimes" and not stated:
            raise Unsupported(f"{clash.message}; `\\otimes` may be a Kronecker product, which is not read yet", node.span)
        raise clash
    if len(fitting) == 1:
        if fitting[0] == "elementwise" and "matrix" in options and not stated:
            shown = f"`{sign}`" if sign else "side by side"
            reader.note(f"{a.describe()} and {b.describe()} {shown}: {ENTRY_BY_ENTRY}")
        return fitting[0]
    shown = sign or "juxtaposition"
    place = f" at {node.span[0]}" if stated else ""
    answer = reader.choose(f"`{shown}` between {a.describe()} and {b.describe()} in the {reader.part}{place}", tuple(fitting))
    return answer if answer in fitting else fitting[0]
