"""Blocks of a schedule as loops over indices, in the words of a compiled language, with products of matrices through one function.

Index notation is what loops are: an entry is an array element, a sum a loop. `c_code.py` and `numba_code.py` have the words.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from dataclasses import dataclass, field
from fractions import Fraction
from typing import ClassVar

from symbptt.index import Add, Affine, Apply, Entry, Expression, IndexValue, Multiply, Number, Power, Sum

from .contraction import Bound, Contraction, factors_of, flattened, ordered_variables, product, split
from .formula import Formulas
from .interface import Program, size_name
from .numpy_parts import complementary, exponential_of, local_quantities
from .rewrite import LOGSUMEXP
from .schedule import Schedule
from .sharing import shared
from .system import Quantity, Term
from .trees import NotExported, entries, parts


@dataclass(frozen=True)
class Operand:
    """An array element as a pointer and the stride of each index variable."""

    base: str
    offset: tuple[str, ...]
    strides: Mapping[str, str]
    order: tuple[str, ...]


@dataclass(frozen=True)
class Product:
    """A term that is `scale` times a product of matrices."""

    scale: str
    factors: Contraction
    bounds: tuple[Bound, ...]


@dataclass(frozen=True)
class Initial:
    """What a product of matrices is added to: a pointer and how far its rows are apart, "0" for nothing, or the same row for all."""

    start: str
    stride: str


@dataclass
class LoopPrinter(ABC):
    """Lines of one function over all blocks; `storage` maps each array to its number of elements, in order."""

    plan: Schedule
    names: Mapping[str, str]
    outputs: frozenset[str]
    lines: list[str] = field(default_factory=list)
    storage: dict[str, str] = field(default_factory=dict)
    packed: dict[str, str] = field(default_factory=dict)
    scalars: list[str] = field(default_factory=list)
    local: set[str] = field(default_factory=set)
    made: dict[str, Quantity] = field(default_factory=dict)
    done: set[str] = field(default_factory=set)
    _indent: int = 1
    _extents: dict[str, tuple[Affine, Affine]] = field(default_factory=dict)
    _temporaries: int = 0
    _vectors: bool = False

    # -- the words of a language ------------------------------------------------------------------------------------------

    #: Elementwise functions, with {x} for the argument.
    functions: ClassVar[Mapping[str, str]]
    both: ClassVar[str]
    lowest: ClassVar[str]
    language: ClassVar[str]

    @abstractmethod
    def statement(self, text: str) -> None:
        """A line that does something."""

    @abstractmethod
    def comment(self, text: str) -> None: ...

    @abstractmethod
    def number(self, text: str) -> str:
        """An integer expression as a number of the arrays' type."""

    @abstractmethod
    def fraction(self, value: Fraction) -> str: ...

    @abstractmethod
    def pointer(self, base: str, offset: Sequence[str]) -> str:
        """The array from an element on."""

    @abstractmethod
    def declare(self, name: str, value: str) -> None:
        """A new scalar."""

    @abstractmethod
    def larger(self, name: str, value: str) -> None:
        """name = max(name, value)"""

    @abstractmethod
    def branch(self, condition: str) -> AbstractContextManager[None]:
        """What is done under a condition, or in the other case where there is none."""

    @abstractmethod
    def each(self, variable: str, low: str, high: str, gathers: str | None = None, down: bool = False) -> AbstractContextManager[None]:
        """A loop. With `gathers` it is for vectors; it sums into a scalar (`+:name`) or finds the largest (`max:name`), or neither."""

    @abstractmethod
    def right_matrix(self, what: Contraction, b: str, bj: str, bk: str) -> tuple[str, str, str]:
        """The right factor as `multiply` wants it: pointer, and two strides."""

    @abstractmethod
    def multiply(self, sizes: Sequence[str], scale: str, a: Sequence[str], b: Sequence[str], before: Initial, onto: Sequence[str]) -> None:
        """The product of two matrices, added to `before`."""

    # -- blocks -----------------------------------------------------------------------------------------------------------

    def write(self) -> None:
        """All blocks in order. Raises `NotExported` for sizes that differ from layer to layer."""
        self.local = local_quantities(self.plan)
        formulas = Formulas(self.names)
        for block in self.plan.blocks:
            if block.quantities[0].name in self.done:
                self.comment(f"{formulas.of(block.quantities[0])}: found with the sum of its exponentials")
                continue
            for q in block.quantities:
                if q.ragged:
                    raise NotExported(
                        f"sizes that differ from layer to layer are not exported to {self.language} yet; use the numpy backend"
                    )
                self._allocate(q)
            if not block.direction:
                for q in block.quantities:
                    self.comment(f"{formulas.of(q)}")
                    self._quantity(q, "")
                continue
            letter = block.quantities[0].letter
            low = min((q.lower for q in block.quantities), key=lambda i: i.constant)
            high = max((q.upper for q in block.quantities), key=lambda i: i.constant)
            with self.each(letter, self.size(low), self.size(high), down=block.direction < 0):
                for q in block.quantities:
                    self.comment(formulas.of(q))
                    inside = [f"{letter} >= {self.size(q.lower)}"] if q.lower != low else []
                    inside += [f"{letter} <= {self.size(q.upper)}"] if q.upper != high else []
                    with self.branch(self.both.join(inside)) if inside else nullcontext():
                        self._quantity(q, letter)

    def line(self, text: str) -> None:
        self.lines.append("    " * self._indent + text)

    @contextmanager
    def indented(self, head: str, end: str = "") -> Iterator[None]:
        """Lines under a head."""
        self.line(head)
        self._indent += 1
        yield
        self._indent -= 1
        if end:
            self.line(end)

    def _allocate(self, q: Quantity) -> None:
        name = self.names[q.name]
        if q.name in self.outputs:
            return
        if not q.axes and not q.letter:
            self.scalars.append(name)
            return
        rows = [f"({self.size(q.upper - q.first + Affine.of(1))})"] if q.letter and q.name not in self.local else []
        self.storage[name] = " * ".join([*rows, *(self.size(axis) for axis in q.axes)]) or "1"

    # -- one quantity -----------------------------------------------------------------------------------------------------

    def _quantity(self, q: Quantity, letter: str) -> None:
        whole = bool(q.letter) and not letter
        out = ((q.letter,) if whole else ()) + q.components
        here = Entry(q.name, (Affine.of(q.letter),) if q.letter else (), tuple(map(Affine.of, q.components)))
        base = {c: (Affine.of(1), axis) for c, axis in zip(q.components, q.axes, strict=True)}
        certain = [t for t in q.terms if not (t.lows or t.highs)]
        special = [t for t in q.terms if t.lows or t.highs]
        if whole:
            self._extents = {**base, q.letter: (q.lower, q.upper)}
            self._terms(certain, here, out)
            for term in special:
                low = term.lows[0] if term.lows else q.lower
                high = term.highs[0] if term.highs else q.upper
                self._extents = {**base, q.letter: (low, high)}
                self._terms([term], here, out, add=True)
            return
        self._extents = dict(base)
        groups: dict[str, list[Term]] = {}
        for term in special:
            guards = [f"{letter} >= {self.size(low)}" for low in term.lows] + [f"{letter} <= {self.size(high)}" for high in term.highs]
            groups.setdefault(self.both.join(guards), []).append(term)
        if not certain and complementary(list(groups.values())):
            for condition, terms in zip((next(iter(groups)), ""), groups.values(), strict=True):
                with self.branch(condition):
                    self._terms(terms, here, out)
            return
        self._terms(certain, here, out)
        for guard, terms in groups.items():
            with self.branch(guard):
                self._terms(terms, here, out, add=True)

    def _terms(self, terms: Sequence[Term], here: Entry, out: tuple[str, ...], add: bool = False) -> None:
        """target = Σ terms or target += Σ terms: what is elementwise first, then products of matrices onto it."""
        plain: list[Expression] = []
        products: list[Product] = []
        rows: list[Expression] = []
        for term in terms:
            found = self._as_product(term.body, out)
            if found is not None and {*found.factors.rows, *found.factors.columns} == set(out):  # else it is the same along an axis
                products.append(found)
            elif self._sums_rows(term.body, out):
                rows.append(term.body)
            else:
                plain.append(self._extracted(term.body, here, out))
        before: Initial | None = Initial("0", "0")
        if len(plain) == 1 and isinstance(plain[0], Apply) and plain[0].function in ("softmax", LOGSUMEXP):
            self._along_axis(
                plain[0], here, out, exponential_of(self._find(here.family), self.plan) if here.family not in self.made else None
            )
            before = None
        elif add or plain or not products:
            before = None if add or not products else self._initial(plain, products[0], here)
            if before is None and (plain or not add):
                with self._loops(out, simd=not any(map(self._along_sum, plain))):
                    value = " + ".join(self._scalar(body) for body in plain) or "0"
                    self.statement(f"{self._element(here)} {'+=' if add else '='} {value}")
        for body in rows:
            self._sum_of_rows(body, here, out)
        for number, each in enumerate(products):
            self._matrix_product(each, here, None if number else before)

    def _initial(self, plain: Sequence[Expression], what: Product, here: Entry) -> Initial | None:
        """The matrix, or the row for all rows, that a product is added to while it is computed; None where it is no such thing."""
        if len(plain) != 1 or not isinstance(plain[0], Entry):
            return None
        rows, columns = what.factors.rows, what.factors.columns
        theirs, target = self._operand(plain[0]), self._operand(here)
        met = set(theirs.strides)
        if any(theirs.strides.get(v) != target.strides[v] for v in columns) or not met <= {*rows, *columns}:
            return None
        start = self._start(theirs, (*rows, *columns), plain[0])
        if not met & set(rows):
            return Initial(start, "0")
        if not set(rows) <= met or not _dense(theirs, rows):
            return None
        return Initial(start, theirs.strides[rows[-1]])

    def _sums_rows(self, e: Expression, out: tuple[str, ...]) -> bool:
        """Whether a term is a sum of rows that have the last index of the target as their last."""
        body = e.factors[1] if isinstance(e, Multiply) and len(e.factors) == 2 and isinstance(e.factors[0], Number) else e
        if not isinstance(body, Sum) or not out:
            return False
        inner = [x for x in entries(body) if x.components]
        return bool(inner) and all(x.components[-1].as_variable() == out[-1] for x in inner)

    def _sum_of_rows(self, e: Expression, here: Entry, out: tuple[str, ...]) -> None:
        scale, rest = (self._scalar(e.factors[0]) + " * ", e.factors[1]) if isinstance(e, Multiply) else ("", e)
        assert isinstance(rest, Sum)
        bounds, body = flattened(rest)
        before = self._extents
        self._extents = {**before, **{b.name: (b.lower, b.upper) for b in bounds}}
        order = [v for v in ordered_variables(rest, ()) if v in {b.name for b in bounds}]
        with self._loops((*out[:-1], *order, out[-1])):
            value = self._scalar(body)
            self.statement(f"{self._element(here)} += {scale}{value}")
        self._extents = before

    def _along_sum(self, e: Expression) -> bool:
        """Whether an expression has a sum along the last index of what is summed, which is then what vectors are made of."""
        return any(
            isinstance(part, Sum) and any(x.components and x.components[-1].as_variable() == part.variable for x in entries(part.body))
            for part in parts(e)
        )

    def _extracted(self, e: Expression, here: Entry, out: tuple[str, ...]) -> Expression:
        """A product with a sum in it, r ⊙ (Wᵀδ), where the sum is worked out before as a product of matrices."""
        if not isinstance(e, Multiply) or any(v not in {c.as_variable() for c in here.components} for v in out):
            return e
        factors = list(e.factors)
        for place, factor in enumerate(factors):
            found = self._as_product(factor, out) if isinstance(factor, Sum) else None
            if found is None:
                continue
            name = f"product {self._temporaries}"
            word = f"tmp{self._temporaries}"
            self._temporaries += 1
            one = Affine.of(1)
            own = tuple(v for v in out if v in (*found.factors.rows, *found.factors.columns))
            axes = tuple(self._extents[v][1] for v in own)
            self.made[name] = Quantity(name, word, "", one, one, axes, own, (), False, one)
            self.names = {**self.names, name: word}
            self.storage[word] = " * ".join(map(self.size, axes)) or "1"
            entry = Entry(name, (), tuple(map(Affine.of, own)))
            factors[place] = entry
            self._matrix_product(found, entry, Initial("0", "0"))
        return Multiply(tuple(factors))

    def _find(self, name: str) -> Quantity:
        return self.made[name] if name in self.made else self.plan.quantities[name]

    @contextmanager
    def _loops(self, axes: Sequence[str], simd: bool = True) -> Iterator[None]:
        before = self._vectors
        with ExitStack() as stack:
            for place, axis in enumerate(axes):
                low, high = self._extents[axis]
                self._vectors = simd and place == len(axes) - 1
                stack.enter_context(self.each(_word(axis), self.size(low), self.size(high), "" if self._vectors else None))
            yield
        self._vectors = before

    # -- entries ------------------------------------------------------------------------------------------------------------

    def _operand(self, e: Entry) -> Operand:
        q = self._find(e.family)
        sizes = [self.size(axis) for axis in q.axes]
        strides: dict[str, str] = {}
        offset: list[str] = []
        for place, component in enumerate(e.components):
            stride = " * ".join(sizes[place + 1 :]) or "1"
            variable = component.as_variable()
            if variable is None:
                raise NotExported(f"the component `{component}` of `{q.latex}` is not exported yet")
            strides[variable] = stride
        if e.slots and e.family not in self.local:
            stride = " * ".join(sizes) or "1"
            letter = next((a for a in e.slots[0].atoms() if isinstance(a, str) and a in self._extents), None)
            shift = e.slots[0] - q.first
            if letter is not None:
                strides[letter] = stride
                shift = shift - Affine.of(letter)
            if shift != Affine():
                offset.append(f"({self.size(shift)}) * ({stride})")
        steps = tuple(v for v in strides if e.slots and v in e.slots[0].atoms())
        order = (*steps, *(v for v in strides if v not in steps))
        return Operand(self.names[e.family], tuple(offset), strides, order)

    def _element(self, e: Entry) -> str:
        q = self._find(e.family)
        if not q.axes and not q.letter:
            in_memory = q.leaf or q.name in self.outputs or q.name in self.made
            return f"{self.names[e.family]}[0]" if in_memory else self.names[e.family]
        operand = self._operand(e)
        place = [
            f"({_word(v)} - {self.size(self._origin(v, e))}) * ({s})" if s != "1" else f"({_word(v)} - {self.size(self._origin(v, e))})"
            for v, s in operand.strides.items()
        ]
        return f"{operand.base}[{' + '.join([*operand.offset, *place]) or '0'}]"

    def _origin(self, variable: str, e: Entry) -> Affine:
        """Components count from 1; steps are taken off by the row that is stored first."""
        return Affine() if e.slots and variable in e.slots[0].atoms() else Affine.of(1)

    # -- scalars ------------------------------------------------------------------------------------------------------------

    def _scalar(self, e: Expression) -> str:
        if isinstance(e, Number):
            return self.fraction(e.value)
        if isinstance(e, IndexValue):
            return self.number(self.size(e.index))
        if isinstance(e, Entry):
            return self._element(e)
        if isinstance(e, Add):
            return f"({' + '.join(map(self._scalar, e.terms))})"
        if isinstance(e, Multiply):
            return " * ".join(map(self._scalar, e.factors))
        if isinstance(e, Power) and not e.exponent.terms and e.exponent.constant:
            base, count = f"({self._scalar(e.base)})", e.exponent.constant
            text = " * ".join([base] * abs(count))
            return f"({text})" if count > 0 else f"({self.fraction(Fraction(1))} / ({text}))"
        if isinstance(e, Apply) and e.function in self.functions:
            return self.functions[e.function].format(x=self._scalar(e.arguments[0].body))
        if isinstance(e, Sum):
            return self._scalar_sum(e)
        raise NotExported(f"{type(e).__name__} is not exported to {self.language} yet")

    def _scalar_sum(self, e: Sum) -> str:
        """The scalar that holds a sum, which is computed here."""
        bounds, body = flattened(e)
        self._temporaries += 1
        total = f"sum{self._temporaries}"
        self.declare(total, "0")
        order = ordered_variables(e, ())
        ordered = sorted(bounds, key=lambda b: order.index(b.name) if b.name in order else -1)
        with ExitStack() as stack:
            for number, bound in enumerate(ordered, 1):
                self._extents[bound.name] = (bound.lower, bound.upper)
                inner = f"+:{total}" if number == len(ordered) and not self._vectors else None
                stack.enter_context(self.each(_word(bound.name), self.size(bound.lower), self.size(bound.upper), inner))
            value = self._scalar(body)
            self.statement(f"{total} += {value}")
        return total

    def _along_axis(self, e: Apply, here: Entry, out: tuple[str, ...], other: Quantity | None) -> None:
        """softmax or its logarithm's sum; with it `other`, which is exp(s − logsumexp(s)). The largest is taken off first: no overflow."""
        argument = e.arguments[0]
        (variable,) = argument.variables
        self._extents = {**self._extents, variable: (Affine.of(1), argument.sizes[0])}
        at = e.component[0].as_variable() if e.component else None
        along = (_word(variable), "1", self.size(argument.sizes[0]))
        if other is not None:
            self._allocate(other)
            self.done.add(other.name)
            kept = self._element(Entry(other.name, here.slots, (*here.components, Affine.of(variable))))
        elif at is not None:
            kept = self._element(here).replace(f"({_word(at)} -", f"({_word(variable)} -")
        with self._loops(tuple(v for v in out if v != at), simd=False):
            x = self._scalar(argument.body)
            exponential = self.functions["exp"].format(x=f"{x} - top")
            self.declare("top", self.lowest)
            self.declare("total", "0")
            with self.each(*along, gathers="max:top"):
                self.larger("top", x)
            with self.each(*along, gathers="+:total"):
                if other is not None or at is not None:
                    self.statement(f"{kept} = {exponential}")
                    self.statement(f"total += {kept}")
                else:
                    self.statement(f"total += {exponential}")
            if other is not None or at is not None:
                with self.each(*along, gathers=""):
                    self.statement(f"{kept} /= total")
            if e.function == LOGSUMEXP:
                self.statement(f"{self._element(here)} = top + {self.functions['log'].format(x='total')}")

    # -- products of matrices ---------------------------------------------------------------------------------------------

    def _as_product(self, e: Expression, out: tuple[str, ...]) -> Product | None:
        """Scale, left and right factors and the indices of a term that is a product of matrices."""
        scale, rest = "1", e
        if isinstance(e, Multiply) and len(e.factors) == 2 and isinstance(e.factors[0], Number):
            scale, rest = self._scalar(e.factors[0]), e.factors[1]
        if not isinstance(rest, Sum) or not out:
            return None
        bounds, body = flattened(rest)
        order = ordered_variables(rest, out)
        summed = [b.name for b in bounds]
        known = tuple(v for v in order if v in (*out, *summed))
        found = split(factors_of(body), summed, known)
        if found is None:
            return None
        before = self._extents
        self._extents = {**before, **{b.name: (b.lower, b.upper) for b in bounds}}
        fits = all(
            self._groups_fit(side, found.rows if left else found.columns, found.summed)
            for side, left in ((found.left, True), (found.right, False))
        )
        self._extents = before
        return Product(scale, found, bounds) if fits else None

    def _groups_fit(self, side: Sequence[Expression], free: tuple[str, ...], summed: tuple[str, ...]) -> bool:
        if len(side) != 1 or not isinstance(side[0], Entry):
            return True  # made into an array of its own, in the right order
        operand = self._operand(side[0])
        return all(_dense(operand, group) for group in (free, summed))

    def _matrix_product(self, what: Product, here: Entry, before: Initial | None) -> None:
        """target = before + product; without `before` the product is added to the target."""
        scale, found, bounds = what.scale, what.factors, what.bounds
        outer = self._extents
        self._extents = {**outer, **{b.name: (b.lower, b.upper) for b in bounds}}
        a, ai, ak = self._matrix(found.left, found.rows, found.summed)
        right = self.right_matrix(found, *self._matrix(found.right, found.columns, found.summed))
        target = self._operand(here)
        start = self._start(target, (*found.rows, *found.columns), here)
        row = target.strides[found.rows[-1]] if found.rows else "0"
        sizes = [self.count(group) for group in (found.rows, found.columns, found.summed)]
        self.multiply(sizes, scale, (a, ai, ak), right, before or Initial(start, row), (start, row))
        self._extents = outer

    def count(self, group: Sequence[str]) -> str:
        return " * ".join(f"({self._extent(v)})" for v in group) or "1"

    def _matrix(self, side: tuple[Expression, ...], free: tuple[str, ...], summed: tuple[str, ...]) -> tuple[str, str, str]:
        """Pointer, stride of the free and of the summed index of a group of factors."""
        if len(side) == 1 and isinstance(side[0], Entry):
            operand = self._operand(side[0])
            start = self._start(operand, (*free, *summed), side[0])
            return start, operand.strides[free[-1]] if free else "0", operand.strides[summed[-1]]
        axes = (*summed, *free)
        name = self.temporary(" * ".join(f"({self._extent(v)})" for v in axes))
        with self._loops(axes):
            place = "0"
            for v in axes:
                place = f"({place}) * ({self._extent(v)}) + {_word(v)} - ({self.size(self._extents[v][0])})"
            value = self._scalar(product(side))
            self.statement(f"{name}[{place}] = {value}")
        width = " * ".join(f"({self._extent(v)})" for v in free) or "1"
        return name, "1", width

    def _start(self, operand: Operand, order: Sequence[str], e: Entry) -> str:
        """The pointer to the element where every index has its first value."""
        offset = [
            f"({self.size(self._extents[v][0] - self._origin(v, e))}) * ({operand.strides[v]})"
            for v in order
            if v in operand.strides and self._extents[v][0] != self._origin(v, e)
        ]
        return self.pointer(operand.base, (*operand.offset, *offset))

    def parameter(self, what: Contraction) -> Entry | None:
        """The right factor where it is a parameter, which is the same at all steps."""
        entry = what.right[0]
        alone = len(what.right) == 1 and isinstance(entry, Entry) and not entry.slots
        return entry if alone and isinstance(entry, Entry) and self._find(entry.family).leaf else None

    def temporary(self, size: str) -> str:
        """A new array."""
        name = f"tmp{self._temporaries}"
        self._temporaries += 1
        self.storage[name] = size
        return name

    def _extent(self, variable: str) -> str:
        low, high = self._extents[variable]
        return self.size(high - low + Affine.of(1))

    def size(self, index: Affine) -> str:
        """An integer expression."""
        parts = [
            f"{count} * {_word(atom) if str(atom).startswith('#') else size_name(atom)}"
            if count != 1
            else (_word(atom) if str(atom).startswith("#") else size_name(atom))
            for atom, count in index.terms
            if isinstance(atom, str)
        ]
        if index.constant or not parts:
            parts.append(str(index.constant))
        return f"({' + '.join(parts)})" if len(parts) > 1 else parts[0]


def shared_storage(printer: LoopPrinter, program: Program) -> dict[str, str]:
    """Arrays that take over another's memory; packed parameters and states are there from the beginning."""
    states = {program.names[q.name] for q in program.initial}
    return shared(printer.lines, printer.storage, {}, [n for n in printer.storage if n in printer.packed or n in states])


def _dense(operand: Operand, group: Sequence[str]) -> bool:
    """Whether several indices run through memory as one."""
    places = [operand.order.index(v) for v in group if v in operand.strides]
    return len(places) == len(group) and places == list(range(places[0], places[0] + len(places))) if places else not group


def _word(variable: str) -> str:
    """`#sa17` ⇒ `i_sa17`"""
    return "i_" + "".join(c for c in variable if c.isalnum()) if variable.startswith("#") else variable
