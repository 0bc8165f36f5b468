"""Sizes of vectors and matrices from the equations: axes that must agree share a name.

Axes are joined by a union-find with offsets, so that from `z^l = w^l a^{l-1}` the columns of `w^l` get the length of
`a^{l-1}`: `w^l` is n_l × n_{l-1}. A size that would have to equal its own neighbour (n_l = n_{l-1}) is the same in all layers.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from ..latex import syntax as s
from ..latex.parser import ParseError, parse_expression
from ..latex.printer import to_latex
from ..reading.notation import TRANSPOSES
from ..reading.scope import script_items, shape_parts
from .kinds import COLUMN, MATRIX, MEANINGS, ROW, SCALAR, Rules
from .quantities import Names, Occurrence, stacked_behind
from .written import is_exponential

#: Names of parameters that are written as matrices are.
WEIGHTS = re.compile(r"(?:\\[a-z]+\{)?[WUVR](?![a-z])|\\Theta")
#: Names for sizes that the document does not name, in the order they are taken.
FRESH = ("n", "m", "q", "p", "r", "d", "b", "v", "e", "g")


@dataclass(frozen=True)
class Axis:
    """An axis of a quantity; `base` and `shift` say in which layer: `l-1` is base l, shift -1; a size that does not run has base ''."""

    key: str
    number: int
    base: str = ""
    shift: int = 0


Shape = tuple[Axis | None, Axis | None]  # rows and columns; None where there is one, or where it is not known
NO_SHAPE: Shape = (None, None)
#: A block of ones.
ONE = s.Number("1")


class Sizes:
    """The sizes of quantities of known kinds, joined by every formula that is told to `join`."""

    def __init__(
        self,
        names: Names,
        kinds: Mapping[str, int],
        layers: Iterable[str],
        lengths: Mapping[str, str],
        signs: Mapping[str, tuple[str, ...]] = MEANINGS,
        stated: Mapping[str, int] | None = None,
    ) -> None:
        self._lengths = lengths  # of the ranges of letters that count
        self._entrywise = {sign for sign, meanings in signs.items() if meanings == ("elementwise",)}
        self._names = names
        self._kinds = kinds
        self._layers = frozenset(layers)
        self._rules = Rules(names, True, stated=stated)
        self._found: dict[s.Node, int] = {}
        self._parent: dict[tuple[str, int], tuple[tuple[str, int], int]] = {}
        self._constant: set[tuple[str, int]] = set()
        self._named: dict[tuple[str, int], tuple[str, int]] = {}
        self._instances: dict[tuple[str, int], Axis] = {}  # sizes that are those of one layer: y is as long as a^L
        self._added: list[tuple[Shape, Axis | None, int]] = []  # vectors added to matrices, and the axis they are probably as long as
        self._stacks: list[tuple[Axis, list[Axis], int]] = []  # what is stacked, what it is stacked of, and how many single lines more
        self._components: dict[str, Axis] = {}
        self._shifted: list[tuple[Axis, s.Add]] = []  # axes whose index is a sum of letters, in one formula
        self._windows: list[tuple[Axis, list[Axis], int]] = []  # those of `x_{i+k-1}`, what i and k count, and what is to be added

    # -- joining

    def join(self, formula: s.Formula) -> None:
        """Learn from a formula that its sides have one shape, its products fit, and a letter counts one axis."""
        self._components, self._shifted = {}, []
        shapes = [self._shape(side) for side in formula.sides]
        sums = (node.lower for node in s.walk(*formula.sides) if isinstance(node, s.BigOperator))
        from_zero = {lower.sides[0] for lower in sums if isinstance(lower, s.Comparison) and lower.sides[1:] == (s.Number("0"),)}
        for axis, index in self._shifted:
            letters = [term for _, term in index.terms if isinstance(term, s.Symbol)]
            counted = [self._components[letter.name] for letter in letters if letter.name in self._components]
            first = any(letter in from_zero for letter in letters)
            if len(counted) == len(letters) > 1 and not any(known.base for known in (axis, *counted)):
                self._windows.append((axis, counted, _constant_of(index) - first))
        for one, other in pairwise(shapes):
            self._same(one, other)

    def state(self, key: str, text: str) -> None:
        """Take over a stated shape."""
        long = [part for part in shape_parts(text) or () if part != "1"]
        for number, part in enumerate(long):  # a row has one axis, as a column has
            name, base, shift = _taken_apart(part, self._layers)
            axis = Axis(key, number, base, 0)
            root, offset = self._find((key, number))
            self._named.setdefault(root, (name, shift - offset if base else 0))
            if not base and axis.base == "":
                self._constant.add(root)

    def _find(self, item: tuple[str, int]) -> tuple[tuple[str, int], int]:
        """The root of an axis, and the offset o with size(axis, l) = size(root, l + o)."""
        total = 0
        while item in self._parent:
            item, offset = self._parent[item]
            total += offset
        return item, total

    def _agree(self, a: Axis | None, b: Axis | None) -> None:
        if a is None or b is None:
            return
        (one, first), (other, second) = self._find((a.key, a.number)), self._find((b.key, b.number))
        if a.base and b.base and a.base != b.base:
            return
        for here, there in ((a, b), (b, a)):
            if not here.base and there.base and there.base not in self._layers:
                self._instances.setdefault(self._find((here.key, here.number))[0], there)
                return
        both = bool(a.base and b.base)
        offset = (first + a.shift) - (second + b.shift) if both else 0
        if one == other:
            if not both or offset:
                self._constant.add(one)
            return
        name, layer = self._named.pop(other, None), self._instances.pop(other, None)
        self._parent[other] = (one, offset)
        if layer is not None:
            self._instances.setdefault(one, layer)
        if name is not None:
            self._named.setdefault(one, (name[0], name[1] - offset))
        if other in self._constant or one in self._constant or not both:
            self._constant.add(one)

    def _same(self, a: Shape, b: Shape) -> None:
        for one, other in zip(a, b, strict=True):
            self._agree(one, other)

    # -- shapes of expressions

    def _shape(self, node: s.Node) -> Shape:
        shape = SHAPES.get(type(node), Sizes._other)
        return shape(self, node)

    def _other(self, node: s.Node) -> Shape:
        for child in _children(node):
            self._shape(child)
        return NO_SHAPE

    def _symbol(self, node: s.Symbol) -> Shape:
        if is_exponential(node):
            return self._shape(node.scripts[0].body)
        return self._name(node)

    def _name(self, node: s.Node) -> Shape:
        found = self._names.of(node)
        if found is None:
            return NO_SHAPE
        rows, columns = self._axes(found)
        axes = [axis for axis in (rows, columns) if axis is not None]
        for component, axis in zip(found.components, axes, strict=False):
            self._count(component, axis)
        if len(found.components) == len(axes):
            return NO_SHAPE
        if found.components:
            return (axes[-1], None) if axes else NO_SHAPE
        return (columns, rows) if found.transposed else (rows, columns)

    def _axes(self, found: Occurrence) -> Shape:
        kind = self._kinds.get(found.quantity.key, SCALAR)
        base, shift = self._layer(found)
        rows = Axis(found.quantity.key, 0, base, shift) if kind in (COLUMN, MATRIX) else None
        columns = Axis(found.quantity.key, 1 if kind == MATRIX else 0, base, shift) if kind in (ROW, MATRIX) else None
        return rows, columns

    def _layer(self, found: Occurrence) -> tuple[str, int]:
        letters = [letter for letter in found.quantity.letters if letter in self._layers]
        if not letters:
            return "", 0
        node = found.slots[found.quantity.letters.index(letters[0])]
        return _base_and_shift(node)

    def _count(self, component: s.Node, axis: Axis) -> None:
        if isinstance(component, s.Add) and _is_a_window(component):
            self._shifted.append((axis, component))
        if not isinstance(component, s.Symbol) or component.scripts:
            return
        if component.name in self._lengths:
            root, _ = self._find((axis.key, axis.number))
            self._named.setdefault(root, (self._lengths[component.name], 0))
            self._constant.add(root)
        known = self._components.setdefault(component.name, axis)
        self._agree(known, axis)

    def _scripted(self, node: s.Scripted) -> Shape:
        rows, columns = self._shape(node.base)
        axes = [axis for axis in (rows, columns) if axis is not None]
        below = [list(script_items(script)) for script in node.scripts if script.kind == "sub"]
        if len(below) == 1 and len(below[0]) == len(axes) and not isinstance(node.base, s.Norm):
            for component, axis in zip(below[0], axes, strict=True):
                self._count(component, axis)
            return NO_SHAPE
        return (columns, rows) if any(to_latex(script.body) in TRANSPOSES for script in node.scripts) else (rows, columns)

    def _group(self, node: s.Group) -> Shape:
        if not isinstance(node.body, s.Sequence):
            return self._shape(node.body)
        parts = node.body.items
        beside = self._kind(node) == ROW or (ONE in parts and self._has_matrix(parts))
        return self._beside(parts) if beside else self._stacked(parts)

    def _stacked(self, parts: tuple[s.Node, ...]) -> Shape:
        """Columns (or matrices) on top of one another: as long as all of them together."""
        return self._together([self._shape(part) for part in parts], parts)

    def _beside(self, parts: tuple[s.Node, ...]) -> Shape:
        rows, columns = self._together([self._shape(part)[::-1] for part in parts], parts)
        return columns, rows

    def _together(self, shapes: list[Shape], parts: tuple[s.Node, ...]) -> Shape:
        """The axis that parts make together, where each has one or is a single line, and the other axis."""
        lengths = [shape[0] for shape in shapes if shape[0] is not None]
        singles = parts.count(ONE)
        if len(lengths) + singles != len(parts) or not lengths:
            return NO_SHAPE
        layer = lengths[0] if singles and len(lengths) == 1 else Axis("", 0)
        whole = Axis(f"[{', '.join(map(to_latex, parts))}]", 0, layer.base, layer.shift)
        self._stacks.append((whole, lengths, singles))
        return whole, next((shape[1] for shape in shapes if shape[1] is not None), None)

    def _has_matrix(self, parts: tuple[s.Node, ...]) -> bool:
        return any(self._kind(part) == MATRIX for part in parts)

    def _matrix(self, node: s.Matrix) -> Shape:
        if len(node.rows) == 1 and ONE in node.rows[0] and self._has_matrix(node.rows[0]):
            return self._beside(node.rows[0])
        single = all(len(row) == 1 for row in node.rows) and len(node.rows) > 1
        return self._stacked(tuple(row[0] for row in node.rows)) if single else NO_SHAPE

    def _add(self, node: s.Add) -> Shape:
        shapes = [self._shape(term) for _, term in node.terms]
        total = max(shapes, key=lambda shape: sum(axis is not None for axis in shape))
        rank = sum(axis is not None for axis in total)
        if rank == 2:
            along = 0 if any(self._weights_first(term) for _, term in node.terms) else 1
            self._added += [(total, (shape[0] or shape[1]), along) for shape in shapes if sum(axis is not None for axis in shape) == 1]
        for shape in shapes:
            if sum(axis is not None for axis in shape) == rank:  # a row or column added to a matrix says nothing of which it is
                self._same(total, shape)
        return total

    def _weights_first(self, node: s.Node) -> bool:
        """`W X_t`, where what runs stands behind, or what is not named as weights are: its columns are examples, and a bias is a column."""
        factors: tuple[s.Node, ...] = node.factors if isinstance(node, s.Product) else ()
        if isinstance(node, s.Call):
            factors = (node.function, *node.args)
        found = [self._names.of(factor) for factor in factors]
        runs = [occurrence is not None and bool(occurrence.quantity.letters) for occurrence in found]
        if len(found) < 2 or found[0] is None or found[-1] is None:
            return False
        named = [WEIGHTS.match(occurrence.quantity.key) is not None for occurrence in (found[0], found[-1])]
        return (not runs[0] and runs[-1]) or (runs[0] == runs[-1] and named == [True, False])

    def _product(self, node: s.Product) -> Shape:
        total, kinds = self._shape(node.factors[0]), self._kind(node.factors[0])
        for at, (sign, factor) in enumerate(zip(node.signs, node.factors[1:], strict=True)):
            shape, kind = self._shape(factor), self._kind(factor)
            if kinds == SCALAR:
                total, kinds = shape, kind
            elif kind == SCALAR or sign == "/":
                continue
            elif {kinds, kind} == {ROW, MATRIX} and sign in self._entrywise and any(map(self._rules.is_stated_row, node.factors)):
                self._agree(total[1], shape[1])
                total, kinds = (total, kinds) if kinds == MATRIX else (shape, kind)
            elif kinds == kind and (sign in self._entrywise or kind != MATRIX):
                self._same(total, shape)
            elif sign not in self._entrywise:
                self._agree(total[1], shape[0])
                total = (total[0], shape[1])
                kinds = self._kind(s.Product(node.factors[: at + 2], node.signs[: at + 1]))
        return total

    def _kind(self, node: s.Node) -> int:
        kind = self._found.get(node)
        if kind is None:
            found = self._rules.of(node)(self._kinds)
            kind = self._found[node] = SCALAR if found is None else found
        return kind

    def _fraction(self, node: s.Fraction) -> Shape:
        above, below = self._shape(node.numerator), self._shape(node.denominator)
        self._same(above, below)
        return above if above != NO_SHAPE else below

    def _derivative(self, node: s.Derivative) -> Shape:
        if len(node.wrt) != 1:
            return NO_SHAPE
        above, below = self._shape(node.numerator), self._shape(node.wrt[0])
        if self._kind(node.numerator) == SCALAR:
            return below
        return NO_SHAPE if MATRIX in (self._kind(node.numerator), self._kind(node.wrt[0])) else (above[0] or above[1], below[0] or below[1])

    def _big_operator(self, node: s.BigOperator) -> Shape:
        shape = self._shape(node.body)
        letter = node.lower.sides[0] if isinstance(node.lower, s.Comparison) else node.lower
        axis = self._components.get(letter.name) if isinstance(letter, s.Symbol) else None
        text = _upper_size(node)
        if axis is not None and text:
            root, _ = self._find((axis.key, axis.number))
            self._named.setdefault(root, (text, 0))
            self._constant.add(root)
        return shape

    def _call(self, node: s.Call) -> Shape:
        if self._names.of(node) is not None:
            return self._name(node)
        if inputs := stacked_behind(node):
            whole, stacked = self._name(node.function), self._stacked(inputs)
            self._agree(whole[1], stacked[0])
            return whole[0], stacked[1]
        shapes = [self._shape(argument) for argument in node.args]
        same = len(shapes) == 1 and self._kind(node) == self._kind(node.args[0])
        return shapes[0] if same else NO_SHAPE

    # -- what was learnt

    def shapes(self, keys: Iterable[str], letters: Mapping[str, tuple[str, ...]], taken: Iterable[str]) -> dict[str, str]:
        """The shape of each quantity as text; sizes without a name get one that nothing else has."""
        turned = self._biases()
        fresh = _fresh(frozenset(taken) | {name for name, _ in self._named.values()})
        for whole, stacked, singles in self._stacks:
            if singles and len(stacked) == 1:
                self._one_more(whole, stacked[0], f"+{singles}", fresh)
                continue
            root, _ = self._find((whole.key, whole.number))
            if root not in self._named:
                sizes = [self._size((part.key, part.number), [], fresh) for part in stacked]
                self._named[root] = ("+".join(sizes) + (f"+{singles}" if singles else ""), 0)
        for axis, counted, more in self._windows:
            root, roots = self._find((axis.key, axis.number))[0], [self._find((known.key, known.number))[0] for known in counted]
            if root not in self._named and root not in roots and root not in self._instances:
                sizes = [self._size((known.key, known.number), [], fresh) for known in counted]
                self._named[root] = ("+".join(sizes) + (f"{more:+d}" if more else ""), 0)
                self._constant.add(root)
        found: dict[str, str] = {}
        for key in keys:
            kind = self._kinds[key]
            layers = [letter for letter in letters.get(key, ()) if letter in self._layers]
            parts = [self._size((key, number), layers, fresh) for number in range({MATRIX: 2}.get(kind, 1))]
            kind = turned.get(key, kind)
            found[key] = {SCALAR: "scalar", COLUMN: parts[0], ROW: f"1×{parts[0]}"}.get(kind, "×".join(parts))
        return found

    def _one_more(self, whole: Axis, part: Axis, more: str, fresh: Iterator[str]) -> None:
        """Name the size of `[h; 1]` by that of h, or that of h by it: n+1 and n, in each layer."""
        (one, first), (other, second) = self._find((whole.key, whole.number)), self._find((part.key, part.number))
        there = self._instances.get(one)
        if there is not None and one not in self._named and other not in self._named:
            text = self._at(there, fresh)
            if text.endswith(more):
                self._named[other] = (text.removesuffix(more), 0)
                self._constant.add(other)
        elif one in self._named and other not in self._named and self._named[one][0].endswith(more):
            name, shift = self._named[one]
            self._named[other] = (_plain(name).removesuffix(more), first + shift - second)
            self._constant |= {other} if one in self._constant or not whole.base else set()
        if one not in self._named and there is None:
            if other not in self._named:
                self._named[other] = (next(fresh), -second)
            name, shift = self._named[other]
            runs = other not in self._constant and whole.base != ""
            self._named[one] = (f"{name}_{{#}}{more}" if runs and "#" not in name else name + more, second + shift - first)
            self._constant |= set() if runs else {one}

    def _biases(self) -> dict[str, int]:
        """Vectors that are added to every row or column of a matrix, with the kind that they must have; their lengths are those of what
        they are added to."""
        found: dict[str, int] = {}
        for matrix, vector, along in self._added:
            kind = self._kinds.get(vector.key) if vector is not None else None
            if vector is None or matrix[0] is None or matrix[1] is None or kind not in (COLUMN, ROW):
                continue
            own = self._find((vector.key, vector.number))[0]
            fits = matrix[0] if kind == COLUMN else matrix[1]
            along_rows = self._find((fits.key, fits.number))[0]
            named = self._named.get(own)
            if own != along_rows and (named is None or named != self._named.get(along_rows)):
                self._agree(vector, matrix[along])
                found[vector.key] = ROW if along else COLUMN
        return found

    def _size(self, axis: tuple[str, int], layers: list[str], fresh: Iterator[str]) -> str:
        root, offset = self._find(axis)
        there = self._instances.get(root)
        if there is not None and root not in self._named:
            return self._at(there, fresh)
        if root not in self._named:
            self._named[root] = (next(fresh), -offset)
        name, shift = self._named[root]
        if root in self._constant or not layers:
            return _plain(name)
        total = offset + shift
        return _indexed(name, layers[0] if not total else f"{layers[0]}{total:+d}")

    def _at(self, axis: Axis, fresh: Iterator[str]) -> str:
        """The size of an axis at one layer: `n_{L}`, or n if all layers have one size."""
        root, offset = self._find((axis.key, axis.number))
        if root not in self._named:
            self._named[root] = (next(fresh), -offset)
        name, shift = self._named[root]
        if root in self._constant:
            return _plain(name)
        total = offset + shift + axis.shift
        if axis.base == "#":
            return _indexed(name, str(total))
        return _indexed(name, f"{axis.base}{total:+d}" if total else axis.base)


#: How each kind of expression gets its shape.
SHAPES: Mapping[type[s.Node], Callable[[Sizes, Any], Shape]] = {
    s.Symbol: Sizes._symbol,
    s.Scripted: Sizes._scripted,
    s.Group: Sizes._group,
    s.Matrix: Sizes._matrix,
    s.Add: Sizes._add,
    s.Product: Sizes._product,
    s.Fraction: Sizes._fraction,
    s.Derivative: Sizes._derivative,
    s.BigOperator: Sizes._big_operator,
    s.Call: Sizes._call,
}


def _children(node: s.Node) -> Iterator[s.Node]:
    for name in s.inner_fields(node):
        stack = [getattr(node, name)]
        while stack:
            item = stack.pop()
            if isinstance(item, s.Node) and not isinstance(item, s.Script):
                yield item
            elif isinstance(item, tuple):
                stack.extend(item)


def _base_and_shift(node: s.Node) -> tuple[str, int]:
    """`l-1` ⇒ ("l", -1); `3` ⇒ ("#", 3)."""
    if isinstance(node, s.Group):
        return _base_and_shift(node.body)
    if isinstance(node, s.Number):
        return "#", int(node.text) if node.text.isdigit() else 0
    if isinstance(node, s.Add) and len(node.terms) == 2 and isinstance(node.terms[1][1], s.Number) and node.terms[1][1].text.isdigit():
        number = int(node.terms[1][1].text)
        return to_latex(node.terms[0][1]), number if node.terms[1][0] == "+" else -number
    return to_latex(node), 0


def _is_a_window(index: s.Add) -> bool:
    """`i+k`, `i+k-1`: letters that are added, and a number."""
    letters = [sign == "+" for sign, term in index.terms if isinstance(term, s.Symbol) and not term.scripts]
    numbers = [term for _, term in index.terms if isinstance(term, s.Number) and term.text.isdigit()]
    return len(letters) > 1 and all(letters) and len(letters) + len(numbers) == len(index.terms)


def _constant_of(index: s.Add) -> int:
    """-1 of `i+k-1`."""
    return sum(int(f"{sign}{term.text}") for sign, term in index.terms if isinstance(term, s.Number))


def _indexed(name: str, index: str) -> str:
    """n of layer l-1 ⇒ `n_{l-1}`; `n_{#}+1` ⇒ `n_{l-1}+1`."""
    return name.replace("#", index) if "#" in name else f"{name}_{{{index}}}"


def _plain(name: str) -> str:
    """A size that is the same in all layers: `n_{#}+1` ⇒ `n+1`."""
    return name.replace("_{#}", "")


def _taken_apart(text: str, layers: frozenset[str]) -> tuple[str, str, int]:
    """`n_{l-1}` ⇒ ("n", "l", -1); `n_{l-1} + 1` ⇒ ("n_{#}+1", "l", -1); `n_1` ⇒ ("n_1", "", 0)."""
    try:
        node = parse_expression(text)
    except ParseError:
        return text, "", 0
    more = node.terms[1][1] if isinstance(node, s.Add) and len(node.terms) == 2 and node.terms[1][0] == "+" else None
    if isinstance(node, s.Add) and isinstance(more, s.Number):
        name, base, shift = _taken_apart(to_latex(node.terms[0][1]), layers)
        return (f"{name}_{{#}}+{more.text}", base, shift) if base else (text, "", 0)
    if isinstance(node, s.Symbol) and len(node.scripts) == 1:
        base, shift = _base_and_shift(node.scripts[0].body)
        if base in layers:
            return node.name, base, shift
    return text, "", 0


def _upper_size(node: s.BigOperator) -> str:
    """n of `\\sum_{i=1}^{n}` and of `\\sum_{i=0}^{n-1}`; empty where the end is no size."""
    upper, lower = node.upper, node.lower
    if upper is None or not isinstance(lower, s.Comparison) or lower.relations != ("=",):
        return ""
    start = to_latex(lower.sides[1])
    if start == "1" and isinstance(upper, (s.Symbol, s.Number)):
        return to_latex(upper)
    if start == "0" and isinstance(upper, s.Add) and len(upper.terms) == 2 and upper.terms[1] == ("-", s.Number("1")):
        return to_latex(upper.terms[0][1])
    return ""


def _fresh(taken: frozenset[str]) -> Iterator[str]:
    yield from (name for name in FRESH if name not in taken)
    number = 1
    while True:
        if f"n_{{{number}}}" not in taken:
            yield f"n_{{{number}}}"
        number += 1
