"""Syntax to tensors: one rule for each kind of node."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from fractions import Fraction
from functools import singledispatch

from ..index import Affine, Apply, Argument, Entry, Expression, IndexValue, Number, Power, Range
from ..latex import syntax as s
from ..latex.printer import to_latex
from .blocks import below, beside, concatenated
from .choices import ReadingError, ShapeClash, UnknownName, Unsupported
from .dotted import COLUMN, ROW, Dotted, dotted
from .infer import SHAPE_CHOICE, infer, preferences
from .names import Item, Match, match, slot_indices, spelling_of, template_of
from .reader import CONSTANTS, ONES, Reader, located, use_component, use_slot
from .scope import Scope, index_of, script_items
from .tensors import (
    UNIT,
    Tensor,
    add,
    as_indices,
    diagonal,
    elementwise,
    inner,
    kronecker,
    map_entries,
    matrix_power,
    negate,
    number,
    power_entries,
    scalar,
    scale,
    total,
    transpose,
)


@singledispatch
def elaborate(node: s.Node, reader: Reader, scope: Scope) -> Tensor:
    """The meaning of a node under the reading in progress.

    Raises `ShapeClash`, `UnknownName` or `Unsupported`, each with the place in the formula.
    """
    raise Unsupported(f"{_kind(node)} is not understood here: {to_latex(node)[:60]}", node.span)


def _kind(node: s.Node) -> str:
    return {
        "Text": "text",
        "Comparison": "a condition",
        "Sequence": "a list",
        "Ellipsis": "an ellipsis",
        "Evaluated": "an evaluation bar",
    }.get(type(node).__name__, type(node).__name__.lower())


@elaborate.register
def _(node: s.Number, reader: Reader, scope: Scope) -> Tensor:
    return number(Fraction(node.text))


@elaborate.register
def _(node: s.Group, reader: Reader, scope: Scope) -> Tensor:
    if isinstance(node.body, s.Comparison):
        return elaborate(s.Call(s.Symbol("\\mathbb{1}"), (node.body,), span=node.span), reader, scope)
    if isinstance(node.body, s.Sequence) and node.bracket in ("<", "\\langle") and len(node.body.items) == 2:
        left, right = (elaborate(item, reader, scope) for item in node.body.items)
        return inner(left, right, reader.fresh)
    if isinstance(node.body, s.Sequence):
        parts = [elaborate(item, reader, scope) for item in node.body.items]
        try:
            return concatenated(parts, reader.note, reader.choose)
        except ReadingError as error:
            raise located(error, node) from error
    return elaborate(node.body, reader, scope)


@elaborate.register
def _(node: s.Symbol, reader: Reader, scope: Scope) -> Tensor:
    found = quantity(node, reader, scope)
    if found is not None:
        return found
    if node.primes == 1 and reader.names.has(node.name):
        plain = quantity(replace(node, primes=0), reader, scope)
        if plain is not None and ((plain.rows and plain.columns) or "'" in reader.notation.transpose):
            reader.note(f"`{to_latex(node)}` is a transpose")
            return transpose(plain)
    if _is_product_of_letters(node, reader, scope):
        letters = (*map(s.Symbol, node.name[:-1]), replace(node, name=node.name[-1]))
        return elaborate(s.Product(letters, ("",) * (len(letters) - 1), span=node.span), reader, scope)
    try:
        return _constant(node, reader, scope)
    except UnknownName:
        known = node.name in reader.awaited or bool(reader.names.find(node, scope))
        if reader.part != "given" or known or not infer_shape(node, reader, scope):
            raise
    inferred = quantity(node, reader, scope)
    if inferred is None:
        raise UnknownName(f"`{to_latex(node)}` is defined nowhere; add it to `shapes` or `given`", node.span)
    return inferred


def _is_product_of_letters(node: s.Symbol, reader: Reader, scope: Scope) -> bool:
    """The yz of `e^{-yz}`, one word as scripts are read, where y and z are quantities and yz is none."""
    if not 1 < len(node.name) < 4 or not node.name.isalpha() or reader.names.has(node.name) or node.name in reader.awaited:
        return False
    return all(reader.names.has(letter) or letter in scope.free or letter in scope.bound for letter in node.name)


def quantity(node: s.Node, reader: Reader, scope: Scope) -> Tensor | None:
    """A declared quantity with slots, components, transposes and powers resolved; None where nothing matches."""
    for pattern, key in reader.patterns:
        if pattern == node:
            family = reader.families[key]
            slots = tuple(Affine.of(letter) for letter in family.letters)
            return reader.family_tensor(family, slots)
    for candidate in reader.names.find(node, scope):
        if _is_kronecker(node, candidate, scope):
            return None
        if _is_power_of_e(node) and candidate.template.spelling.name != "e":  # beside a vector e in bold
            continue
        before = dict(scope.free)
        value = _resolve(node, candidate, reader, scope)
        if value is not None:
            return value
        scope.free.clear()
        scope.free.update(before)
    return None


def _is_power_of_e(node: s.Node) -> bool:
    """`e^{-t}`; in `e^{(t)}` the e may be a quantity."""
    return isinstance(node, s.Symbol) and node.name == "e" and [(x.kind, x.bracket) for x in node.scripts] == [("sup", "")]


def infer_shape(node: s.Node, reader: Reader, scope: Scope) -> bool:
    """Give a name that only given equations mention the shape its spelling suggests; False where it is none."""
    spelling = spelling_of(node)
    if spelling is None or spelling.name == "e" or spelling.name in CONSTANTS:
        return False
    options = preferences(spelling.name)
    shape = reader.choose(f"{SHAPE_CHOICE}`{to_latex(node)}`", options)
    inferred = infer(node, shape, reader.letters, reader.sizes, scope)
    if inferred is None:
        return False
    ranges = tuple(Range(*reader.letters.ranges[letter]) for letter in inferred.family.letters)
    reader.names.declare(inferred.template)
    reader.families[inferred.family.name] = replace(inferred.family, slots=ranges)
    reader.note(f"`{inferred.family.latex}` is taken for a {inferred.shape}: no shape is stated")
    return True


def _is_kronecker(node: s.Node, found: Match, scope: Scope) -> bool:
    """`\\delta_{ij}` beside a quantity δ_t: two indices, none of them a step, of which the quantity has one."""
    if not found.rest or not isinstance(node, s.Symbol) or node.name != "\\delta":
        return False
    if len(node.scripts) != 1 or node.scripts[0].kind != "sub":
        return False
    items = script_items(node.scripts[0])
    letters = [to_latex(item) for item in items]
    plain = all(isinstance(item, s.Symbol) and not item.scripts for item in items)
    steps = set(found.template.letters) | scope.letters.last_steps
    return len(items) == 2 and plain and bool(found.template.letters) and not steps & set(letters)


def _resolve(node: s.Node, found: Match, reader: Reader, scope: Scope) -> Tensor | None:
    family = reader.families.get(found.template.key)
    if family is None:
        raise UnknownName(f"`{found.template.key}` is used before its shape is known", node.span)
    if any(item.kind == "call" for item in found.rest):
        return None
    slots = slot_indices(found, scope)
    if slots is None:
        return None
    axes = reader.axes_of(family, slots)
    components = letters_apart([item for item in found.rest if item.kind in ("sub", "entry")], len(axes))
    postfix = [item for item in found.rest if item.kind == "sup"]
    if not components and superscript_components(postfix, axes, reader):
        components, postfix = postfix, []
    wanted = _component_indices(components, axes, reader, scope, node)
    if components and wanted is None:
        return None
    for position, slot in enumerate(slots):
        use_slot(slot, family, position, scope)
    if wanted is None:
        value = reader.family_tensor(family, slots)
    elif any(isinstance(item.node, s.Slice) for item in components):
        value = _slice(reader.family_tensor(family, slots), components, reader, scope, node)
    else:
        value = scalar(Entry(family.name, slots, wanted))
    for item in postfix:
        example = _example(value, item, scope, node)
        value = superscript(value, item.node, reader, scope, node, item.bracket) if example is None else example
    return value


def _example(value: Tensor, item: Item, scope: Scope, node: s.Node) -> Tensor | None:
    """`Z^{[l](i)}`: the column i of a matrix, where i is known to count the columns and not the rows; None for anything else."""
    if item.bracket != "(" or len(value.columns) != 1 or value.kind != "plain" or not isinstance(item.node, s.Symbol):
        return None
    index = index_of(item.node, scope.probe())
    variable = index.as_variable() if index is not None else None
    if index is None or variable is None:
        return None
    free = scope.free.get(variable)
    known = scope.domains.get(variable) or scope.letters.ranges.get(variable) or ((free.lower, free.upper) if free is not None else None)
    if known != (Affine.of(1), value.columns[0]) or value.rows == value.columns:
        return None
    index = use_component(index_of(item.node, scope) or index, value.columns[0], scope, node.span)
    return Tensor(value.rows, (), lambda i, j: value.entry(i, (index,)))


def superscript_components(items: Sequence[Item], axes: Sequence[Affine], reader: Reader) -> Sequence[Item]:
    """`y^j(t)`: superscripts that are components, where `notation.superscript` says that they are indices."""
    letters = all(isinstance(item.node, s.Symbol) and to_latex(item.node) not in reader.notation.transpose for item in items)
    stated = bool(set(reader.notation.superscript) & {"index", "component"})
    return items if letters and stated and len(items) == len(axes) and all(item.kind == "sup" for item in items) else ()


def letters_apart(items: list[Item], count: int) -> list[Item]:
    """`W_{ab}` read as one word is two components where W has two axes."""
    if len(items) == 1 and count > 1 and isinstance(items[0].node, s.Number) and len(items[0].node.text) == count:
        return [Item(items[0].kind, s.Number(digit)) for digit in items[0].node.text]
    if len(items) == 1 and count > 1 and isinstance(items[0].node, s.Symbol) and not items[0].node.scripts:
        word = items[0].node.name
        if len(word) == count and word.isalpha() and word.islower():
            return [Item(items[0].kind, s.Symbol(letter)) for letter in word]
    return items


def _component_indices(
    items: list[Item], axes: tuple[Affine, ...], reader: Reader, scope: Scope, node: s.Node
) -> tuple[Affine, ...] | None:
    if not items or len(items) != len(axes):
        return None
    if any(isinstance(item.node, s.Slice) for item in items):
        return ()
    indices: list[Affine] = []
    for item, size in zip(items, axes, strict=True):
        index = index_of(item.node, scope)
        if index is None:
            return None
        indices.append(use_component(index, size, scope, node.span))
    return tuple(indices)


def _slice(value: Tensor, items: list[Item], reader: Reader, scope: Scope, node: s.Node) -> Tensor:
    """`W[:, :n]` and `S[i, :]`: bounds as in NumPy, from 0, the end excluded; an index of a slice counts from 1."""
    starts: list[Affine] = []
    sizes: list[Affine | None] = []
    for item, size in zip(items, value.rows + value.columns, strict=True):
        if isinstance(item.node, s.Slice):
            start = index_of(item.node.start, scope) if item.node.start else Affine.of(0)
            stop = index_of(item.node.stop, scope) if item.node.stop else size
            if start is None or stop is None:
                raise Unsupported("the bounds of a slice are sizes or integers", node.span)
            starts.append(start)
            sizes.append(stop - start)
        else:
            index = index_of(item.node, scope)
            if index is None:
                raise Unsupported("an index of a slice is a letter or an integer", node.span)
            starts.append(use_component(index, size, scope, node.span))
            sizes.append(None)
    row_count = len(value.rows)

    def entry(i: tuple[Affine, ...], j: tuple[Affine, ...]) -> Expression:
        given = iter(i + j)
        full = tuple(start if size is None else start + next(given) for start, size in zip(starts, sizes, strict=True))
        return value.entry(full[:row_count], full[row_count:])

    rows = tuple(size for size in sizes[:row_count] if size is not None)
    columns = tuple(size for size in sizes[row_count:] if size is not None)
    return Tensor(rows, columns, entry)


def _bare_derivative(node: s.Symbol, reader: Reader, scope: Scope) -> Tensor | None:
    """`f'` without its argument: taken where the forward equation applies f."""
    if not node.primes:
        return None
    plain = s.Symbol(node.name, node.scripts)
    uses = [to_latex(a) for f, a in reader.forward if f.name == node.name]
    wanted = reader.choose(f"the argument of `{to_latex(node)}`", tuple(dict.fromkeys(uses))) if uses else ""
    for function, argument in reader.forward:
        if to_latex(argument) != wanted:
            continue
        spelling, pattern = spelling_of(plain), template_of("", function, frozenset(scope.letters.ranges))
        found = match(spelling, pattern, scope) if spelling is not None and pattern is not None else None
        slots = slot_indices(found, scope) if found is not None and not found.rest else None
        if found is None or slots is None:
            continue
        inside = replace(scope, bound={**scope.bound, **dict(zip(found.template.letters, slots, strict=True))})
        reader.note(f"`{to_latex(node)}` is taken at `{to_latex(argument)}`")
        return elaborate(s.Call(replace(function, primes=node.primes), (argument,), span=node.span), reader, inside)
    return None


def _constant(node: s.Symbol, reader: Reader, scope: Scope) -> Tensor:
    """Names known without being declared: e^x, I, vectors of ones, sizes and indices used as numbers, Kronecker deltas."""
    if node.name == "e" and len(node.scripts) == 1 and node.scripts[0].kind == "sup":
        argument = elaborate(node.scripts[0].body, reader, scope)
        return map_entries(argument, lambda x: Apply("exp", (Argument((), (), x),)))
    if node.name == "e" and not node.scripts and not node.primes:
        return scalar(Apply("exp", (Argument((), (), Number(Fraction(1))),)))
    derivative = _bare_derivative(node, reader, scope)
    if derivative is not None:
        return derivative
    bare = s.Symbol(node.name)
    sups = [script for script in node.scripts if script.kind == "sup"]
    if CONSTANTS.get(node.name) == "identity" and not node.scripts and node.name not in reader.awaited:
        value = Tensor((), (), number(1).entry, "identity")
        reader.note(f"`{node.name}` is the identity matrix")
        return value
    if node.name in ("\\mathbf{0}", "\\boldsymbol{0}", "\\vec{0}") and not node.scripts:
        return number(0)
    if node.name in ONES:
        return _ones(node, reader, scope)
    if node.name == "\\delta" and len(node.scripts) == 1 and node.scripts[0].kind == "sub":
        items = script_items(node.scripts[0])
        if len(items) == 1 and isinstance(items[0], s.Symbol) and len(items[0].name) == 2 and items[0].name.isalpha():
            items = [s.Symbol(letter) for letter in items[0].name]  # `\\delta_{jc}`
        pair = [index_of(item, scope) for item in items]
        if len(pair) == 2 and pair[0] is not None and pair[1] is not None:
            tells_entries_apart(pair, scope)
            return _kronecker(pair[0], pair[1], reader)
    index = index_of(node, scope) if _is_index_number(node, scope) else None
    if index is None and sups and not node.primes and len(sups) == len(node.scripts):
        index = index_of(bare, scope) if _is_index_number(bare, scope) else None
        if index is not None:
            value = scalar(IndexValue(index))
            for script in sups:
                value = superscript(value, script.body, reader, scope, node)
            return value
    if index is not None:
        return scalar(IndexValue(index))
    raise UnknownName(f"`{to_latex(node)}` is defined nowhere; add it to `shapes` or `given`", node.span)


def tells_entries_apart(indices: Iterable[Affine | None], scope: Scope) -> None:
    """Letters that are compared with each other choose entries, c of `\\delta_{kc}`, where they have a range."""
    for letter in (atom for index in indices if index is not None for atom in index.atoms() if atom in scope.letters.ranges):
        free = scope.free.get(letter) if isinstance(letter, str) else None
        if free is not None and not free.role:
            free.role = "component"


def _ones(node: s.Symbol, reader: Reader, scope: Scope) -> Tensor:
    """The vector of ones, as long as its neighbour needs or as the size below it says; a unit vector with an index below, an indicator
    with a condition."""
    sups = [script for script in node.scripts if script.kind == "sup"]
    subs = [script for script in node.scripts if script.kind == "sub"]
    is_row = len(sups) == 1 and to_latex(sups[0].body) in reader.notation.transpose
    if sups and not is_row:
        raise Unsupported("a power of a vector of ones", node.span)
    if subs:
        found = _with_length(node, subs, reader, scope)
        return transpose(found) if is_row else found
    if is_row:
        return Tensor((), (), number(1).entry, "ones row")
    meanings = ("ones in every entry", "the identity matrix")
    is_ones = node.name != "\\mathbb{1}" or reader.choose("`\\mathbb{1}`", meanings) == meanings[0]
    return Tensor((), (), number(1).entry, "ones" if is_ones else "identity")


def _with_length(node: s.Symbol, subs: list[s.Script], reader: Reader, scope: Scope) -> Tensor:
    """`\\mathbf{1}_n` of length n; `\\mathbf{1}_k` with an index k the unit vector, with two the Kronecker delta."""
    body = subs[0].body.body if isinstance(subs[0].body, s.Group) else subs[0].body
    if isinstance(body, s.Comparison):
        return elaborate(s.Call(s.Symbol(node.name), (body,), span=node.span), reader, scope)
    items = script_items(subs[0])
    between = isinstance(body, s.Product) and body.signs == ("\\times",)
    long = body.factors if isinstance(body, s.Product) and between else (body,)
    if all(to_latex(part) in scope.letters.sizes for part in long):
        sizes = [size for part in long if (size := index_of(part, scope.probe())) is not None]
        if len(sizes) == len(long):
            return Tensor((sizes[0],), tuple(sizes[1:]), lambda i, j: UNIT)
    indices = [index_of(item, scope) for item in items]
    if len(indices) == 2 and indices[0] is not None and indices[1] is not None:
        return _kronecker(indices[0], indices[1], reader)
    letter = to_latex(body)
    lower, upper = scope.letters.ranges.get(letter, (None, None))
    if len(indices) == 1 and indices[0] is not None and lower == Affine.of(1) and upper is not None:
        chosen = indices[0]
        tells_entries_apart(indices, scope)
        reader.note(f"`{to_latex(node)}` is the unit vector with its 1 at {letter}")
        return Tensor((upper,), (), lambda i, j: kronecker(i[0], chosen))
    what = "ones in every entry, or a unit vector? put the size below it into `shapes`, or the index below it into `ranges`"
    raise UnknownName(f"`{to_latex(node)}` is defined nowhere: {what}", node.span)


def _is_index_number(node: s.Symbol, scope: Scope) -> bool:
    text = to_latex(node)
    known = scope.letters
    return text in known.sizes or text in known.last_steps or node.name in known.indexed_sizes or scope.knows(text)


def _kronecker(a: Affine, b: Affine, reader: Reader) -> Tensor:
    reader.note("`\\delta_{ij}` with two indices is the Kronecker delta")
    return scalar(kronecker(a, b))


def superscript(value: Tensor, body: s.Node, reader: Reader, scope: Scope, node: s.Node, bracket: str = "") -> Tensor:
    """A superscript that is no index: a transpose, or a power. In brackets, or a lone index letter, it would be an index."""
    text = to_latex(body)
    if bracket:
        raise UnknownName(f"`{to_latex(node)[:60]}` is defined nowhere: nothing declares an index in its superscript", node.span)
    if text in reader.notation.transpose:
        ambiguous = powers_too(text, reader, scope)
        if ambiguous and value.rows and value.rows == value.columns and reader.choose("`^T`", ("transpose", "power")) == "power":
            return matrix_power(value, Affine.of("T"), reader.fresh)
        if value.is_scalar and ambiguous:
            if "power" not in reader.notation.superscript:
                raise Unsupported("`^T` of a scalar: a power or a transpose; state `superscript` or `transpose`", node.span)
            return power_entries(value, Affine.of("T"))
        if value.kind == "number" and isinstance(node, s.Scripted) and node.base == s.Number("1"):
            return Tensor((), (), value.entry, "ones row")
        if value.kind == "number":
            raise Unsupported(f"`{to_latex(node)}`: a number has no transpose; a vector of ones is `\\mathbf{{1}}`", node.span)
        return transpose(value)
    if text in ("\\ast", "*", "\\star"):
        raise Unsupported(f"superscript `{text}` has no known meaning", node.span)
    half = _half_integer(body)
    if half is not None:
        root = map_entries(value, lambda x: Apply("sqrt", (Argument((), (), x),)))
        return power_entries(root, Affine.of(half))
    exponent = index_of(body, scope)
    if exponent is None and isinstance(body, s.Add) and len(body.terms) == 1 and body.terms[0][0] == "-":
        inner = index_of(body.terms[0][1], scope)
        exponent = None if inner is None else Affine() - inner
    if exponent is None:
        raise UnknownName(f"superscript `{text}` is neither an index, a power nor a transpose that is declared", node.span)
    lone = isinstance(node, s.Symbol) and exponent.as_variable() is not None
    if lone and not (value.rows and value.rows == value.columns) and "power" not in reader.notation.superscript:
        raise UnknownName(f"`{to_latex(node)}` is defined nowhere: nothing declares the index `{text}`", node.span)
    return raise_to(value, exponent, reader, node)


def powers_too(mark: str, reader: Reader, scope: Scope) -> bool:
    """Whether a mark of the transpose is also the last step, which quantities are raised to."""
    return mark == "T" and "T" in scope.letters.last_steps and not reader.notation.transpose_stated


def _half_integer(node: s.Node) -> int | None:
    """Twice the exponent, of `1/2`, `-\\frac{3}{2}` and the like."""
    if isinstance(node, s.Add) and len(node.terms) == 1 and node.terms[0][0] == "-":
        twice = _half_integer(node.terms[0][1])
        return None if twice is None else -twice
    if isinstance(node, s.Group):
        return _half_integer(node.body)
    parts: tuple[s.Node, ...] = ()
    if isinstance(node, s.Fraction):
        parts = (node.numerator, node.denominator)
    elif isinstance(node, s.Product) and node.signs == ("/",):
        parts = node.factors
    if len(parts) == 2 and parts[1] == s.Number("2"):
        sign, top = (-1, parts[0].terms[0][1]) if isinstance(parts[0], s.Add) and parts[0].terms[0][0] == "-" else (1, parts[0])
        if isinstance(top, s.Number) and top.text.isdigit() and int(top.text) % 2:
            return sign * int(top.text)
    return None


def raise_to(value: Tensor, exponent: Affine, reader: Reader, node: s.Node) -> Tensor:
    if value.is_scalar:
        return map_entries(value, lambda x: Power(x, exponent), keep_kind=value.kind == "number")
    if not exponent.terms and exponent.constant < 0 and value.columns:
        raise Unsupported("the inverse of a matrix is not supported yet", node.span)
    if value.rows == value.columns:
        meaning = reader.choose("power of a square matrix", ("matrix", "elementwise"))
        if meaning == "matrix":
            return matrix_power(value, exponent, reader.fresh)
    elif exponent.terms:
        raise UnknownName(f"`{to_latex(node)[:60]}`: a power of {value.describe()}, or an index that nothing declares", node.span)
    return power_entries(value, exponent)


def subscript(value: Tensor, script: s.Script, reader: Reader, scope: Scope, node: s.Node) -> Tensor:
    """`(W h)_i`: an entry of an expression."""
    items = [index_of(item, scope) for item in script_items(script)]
    axes = value.rows + value.columns
    if len(items) != len(axes) or any(item is None for item in items):
        raise Unsupported(f"subscript of {value.describe()} is no entry of it", node.span)
    indices = tuple(use_component(i, size, scope, node.span) for i, size in zip(items, axes, strict=True) if i is not None)
    return scalar(value.entry(indices[: len(value.rows)], indices[len(value.rows) :]))


def norm(node: s.Norm, scripts: tuple[s.Script, ...], reader: Reader, scope: Scope) -> Tensor:
    """‖x‖² is the sum of squares (Euclidean, or Frobenius for a matrix), and so is |x|² of what is no square matrix."""
    sups = [script for script in scripts if script.kind == "sup"]
    subs = [to_latex(script.body) for script in scripts if script.kind == "sub"]
    single = node.bracket == "|" and not subs
    if (single and not sups) or any(sub not in ("2", "F") for sub in subs):
        raise Unsupported("only the Euclidean and the Frobenius norm are supported", node.span)
    body = elaborate(node.body, reader, scope)
    if single and body.rows and body.columns and body.rows == body.columns:
        raise Unsupported(f"`{to_latex(node)}` of a square matrix may be its determinant; write `\\|…\\|` for the norm", node.span)
    squared = total(power_entries(body, Affine.of(2)), reader.fresh)
    root = map_entries(squared, lambda x: Apply("sqrt", (Argument((), (), x),)))
    if not sups:
        return root
    exponent = index_of(sups[0].body, scope)
    if len(sups) == 1 and exponent == Affine.of(2):
        return squared
    raise Unsupported("a norm is supported as it is or squared", node.span)


@elaborate.register
def _(node: s.Norm, reader: Reader, scope: Scope) -> Tensor:
    return norm(node, (), reader, scope)


@elaborate.register
def _(node: s.Root, reader: Reader, scope: Scope) -> Tensor:
    return map_entries(elaborate(node.body, reader, scope), lambda x: Apply("sqrt", (Argument((), (), x),)))


@elaborate.register
def _(node: s.Fraction, reader: Reader, scope: Scope) -> Tensor:
    return divide(elaborate(node.numerator, reader, scope), elaborate(node.denominator, reader, scope), node, reader)


def divide(a: Tensor, b: Tensor, node: s.Node, reader: Reader) -> Tensor:
    """a / b: by a scalar, or entry by entry; every row of a matrix by one row, which is told."""
    inverse = map_entries(b, lambda x: Power(x, Affine.of(-1)), keep_kind=b.kind == "number")
    note = None if b.rows and b.columns else reader.note
    try:
        return scale(a, inverse) if a.is_scalar or inverse.is_scalar else elementwise(a, inverse, note)
    except ReadingError as error:
        raise located(error, node) from error


@elaborate.register
def _(node: s.Matrix, reader: Reader, scope: Scope) -> Tensor:
    if any(isinstance(cell, s.Ellipsis) for row in node.rows for cell in row):
        return _completed(dotted(node, scope), reader, scope, node)
    rows = [[elaborate(cell, reader, scope) for cell in row] for row in node.rows]
    try:
        return below([row[0] if len(row) == 1 else beside(row, reader.note) for row in rows], reader.note)
    except ReadingError as error:
        raise located(error, node) from error


def _completed(found: Dotted, reader: Reader, scope: Scope, node: s.Matrix) -> Tensor:
    """A matrix written out with dots, entry by entry."""

    def at(row: Affine | None, column: Affine | None) -> Expression:
        bound = {letter.name: place for letter, place in ((ROW, row), (COLUMN, column)) if place is not None}
        value = elaborate(found.entry, reader, replace(scope, bound={**scope.bound, **bound}))
        if not value.is_scalar:
            raise Unsupported("the entries of a matrix with dots must be numbers", node.span)
        return value.entry((), ())

    rows, columns = ((size,) if size is not None else () for size in (found.rows, found.columns))
    if found.diagonal:
        return diagonal(Tensor(rows, (), lambda i, j: at(i[0], None)))
    value = Tensor(rows, columns, lambda i, j: at(i[0] if i else None, j[0] if j else None))
    probe = as_indices(reader.fresh.indices(rows + columns))
    value.entry(probe[: len(rows)], probe[len(rows) :])
    return value


def signed(sign: str, value: Tensor, node: s.Node) -> Tensor:
    if sign == "+":
        return value
    if sign == "-":
        return negate(value)
    raise Unsupported(f"`{sign}` states two formulas at once", node.span)


def sum_of(terms: list[Tensor], reader: Reader, node: s.Node) -> Tensor:
    square = next((t for t in terms if t.rows and t.rows == t.columns), None)
    if square is not None and any(t.is_scalar for t in terms):
        meaning = reader.choose("a number beside a square matrix", ("in every entry", "times the identity"))
        if meaning == "times the identity":
            terms = [replace(t, kind="identity") if t.is_scalar else t for t in terms]
    try:
        return terms[0] if len(terms) == 1 else add(terms, reader.note, reader.loose_biases)
    except ShapeClash as error:
        raise located(reader.clash(error, terms), node) from error
    except ReadingError as error:
        raise located(error, node) from error
