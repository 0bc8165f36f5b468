"""The C printer: the blocks of a schedule as loops over indices, products of matrices through one register-blocked kernel.

Index notation is what C loops are: an entry is an array element, a sum a loop. Sizes are constants of the compiled function, T is not.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from symbptt.index import Add, Affine, Apply, Entry, Expression, IndexValue, Multiply, Number, Power, Sum

from .contraction import Bound, Contraction, factors_of, flattened, ordered_variables, product, split
from .formula import Formulas
from .interface import size_name
from .numpy_parts import complementary, exponential_of, local_quantities
from .rewrite import LOGSUMEXP
from .schedule import Schedule
from .system import Quantity, Term
from .trees import NotExported, entries, parts

#: Elementwise functions in C; those that are called so are in `c_kernel.py`. NaN stays NaN in all of them.
ELEMENTWISE: Mapping[str, str] = {
    "tanh": "hyperbolic_tangent({x})",
    "sigmoid": "sigmoid({x})",
    "exp": "exponential({x})",
    "log": "(real)log({x})",
    "softplus": "softplus({x})",
    "relu": "(({x}) < 0 ? (real)0 : ({x}))",
    "leaky_relu": "(({x}) < 0 ? (real)0.01 * ({x}) : ({x}))",
    "step": "(({x}) > 0 ? (real)1 : (real)0)",
    "sqrt": "(real)sqrt({x})",
    "sin": "(real)sin({x})",
    "cos": "(real)cos({x})",
    "sinh": "(real)sinh({x})",
    "cosh": "(real)cosh({x})",
}


@dataclass(frozen=True)
class Operand:
    """An array element as a pointer and the stride of each index variable."""

    base: str
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
class CPrinter:
    """Lines of one C function over all blocks; `storage` maps each array to its number of elements, in order."""

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

    def write(self) -> None:
        """All blocks in order. Raises `NotExported` for sizes that differ from layer to layer."""
        self.local = local_quantities(self.plan)
        formulas = Formulas(self.names)
        for block in self.plan.blocks:
            if block.quantities[0].name in self.done:
                self.line(f"// {formulas.of(block.quantities[0])}: found with the sum of its exponentials")
                continue
            for q in block.quantities:
                if q.ragged:
                    raise NotExported("sizes that differ from layer to layer are not exported to C yet; use the numpy backend")
                self._allocate(q)
            if not block.direction:
                for q in block.quantities:
                    self.line(f"// {formulas.of(q)}")
                    self._quantity(q, "")
                continue
            letter = block.quantities[0].letter
            low = min((q.lower for q in block.quantities), key=lambda i: i.constant)
            high = max((q.upper for q in block.quantities), key=lambda i: i.constant)
            up = f"long {letter} = {self.size(low)}; {letter} <= {self.size(high)}; {letter}++"
            down = f"long {letter} = {self.size(high)}; {letter} >= {self.size(low)}; {letter}--"
            with self._braces(f"for ({up if block.direction > 0 else down})"):
                for q in block.quantities:
                    self.line(f"// {formulas.of(q)}")
                    inside = [f"{letter} >= {self.size(q.lower)}"] if q.lower != low else []
                    inside += [f"{letter} <= {self.size(q.upper)}"] if q.upper != high else []
                    with self._braces(f"if ({' && '.join(inside)})" if inside else ""):
                        self._quantity(q, letter)

    def line(self, text: str) -> None:
        self.lines.append("    " * self._indent + text)

    @contextmanager
    def _braces(self, head: str) -> Iterator[None]:
        self.line(f"{head} {{".strip())
        self._indent += 1
        yield
        self._indent -= 1
        self.line("}")

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
            groups.setdefault(" && ".join(guards), []).append(term)
        if not certain and complementary(list(groups.values())):
            for head, terms in zip((f"if ({next(iter(groups))})", "else"), groups.values(), strict=True):
                with self._braces(head):
                    self._terms(terms, here, out)
            return
        self._terms(certain, here, out)
        for guard, terms in groups.items():
            with self._braces(f"if ({guard})"):
                self._terms(terms, here, out, add=True)

    def _terms(self, terms: Sequence[Term], here: Entry, out: tuple[str, ...], add: bool = False) -> None:
        """target = Σ terms or target += Σ terms: what is elementwise first, then products of matrices onto it."""
        plain: list[Expression] = []
        products: list[Product] = []
        rows: list[Expression] = []
        for term in terms:
            found = self._as_product(term.body, out)
            if found is not None:
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
                    self.line(f"{self._element(here)} {'+=' if add else '='} {value};")
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
            self.line(f"{self._element(here)} += {scale}{self._scalar(body)};")
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
            axes = tuple(self._extents[v][1] for v in out)
            self.made[name] = Quantity(name, word, "", one, one, axes, out, (), False, one)
            self.names = {**self.names, name: word}
            self.storage[word] = " * ".join(map(self.size, axes))
            entry = Entry(name, (), tuple(map(Affine.of, out)))
            factors[place] = entry
            self._matrix_product(found, entry, Initial("0", "0"))
        return Multiply(tuple(factors))

    def _find(self, name: str) -> Quantity:
        return self.made[name] if name in self.made else self.plan.quantities[name]

    @contextmanager
    def _loops(self, axes: Sequence[str], simd: bool = True) -> Iterator[None]:
        for place, axis in enumerate(axes):
            low, high = self._extents[axis]
            if simd and place == len(axes) - 1:
                self.line("#pragma omp simd")
            self.line(f"for (long {_c(axis)} = {self.size(low)}; {_c(axis)} <= {self.size(high)}; {_c(axis)}++)" + " {")
            self._indent += 1
        if not axes:
            self.line("{")
            self._indent += 1
        yield
        for _ in axes or [""]:
            self._indent -= 1
            self.line("}")

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
        return Operand(f"{self.names[e.family]}{''.join(f' + {o}' for o in offset)}", strides, order)

    def _element(self, e: Entry) -> str:
        q = self._find(e.family)
        if not q.axes and not q.letter:
            return f"{self.names[e.family]}[0]" if q.leaf or q.name in self.outputs else self.names[e.family]
        operand = self._operand(e)
        place = [
            f"({_c(v)} - {self.size(self._origin(v, e))}) * ({s})" if s != "1" else f"({_c(v)} - {self.size(self._origin(v, e))})"
            for v, s in operand.strides.items()
        ]
        return f"({operand.base})[{' + '.join(place) or '0'}]"

    def _origin(self, variable: str, e: Entry) -> Affine:
        """Components count from 1; steps are taken off by the row that is stored first."""
        return Affine() if e.slots and variable in e.slots[0].atoms() else Affine.of(1)

    # -- scalars ------------------------------------------------------------------------------------------------------------

    def _scalar(self, e: Expression) -> str:
        if isinstance(e, Number):
            return (
                f"(real)({e.value.numerator}.0 / {e.value.denominator}.0)" if e.value.denominator != 1 else f"(real)({e.value.numerator})"
            )
        if isinstance(e, IndexValue):
            return f"(real)({self.size(e.index)})"
        if isinstance(e, Entry):
            return self._element(e)
        if isinstance(e, Add):
            return f"({' + '.join(map(self._scalar, e.terms))})"
        if isinstance(e, Multiply):
            return " * ".join(map(self._scalar, e.factors))
        if isinstance(e, Power) and not e.exponent.terms and e.exponent.constant:
            base, count = f"({self._scalar(e.base)})", e.exponent.constant
            text = " * ".join([base] * abs(count))
            return f"({text})" if count > 0 else f"((real)1 / ({text}))"
        if isinstance(e, Apply) and e.function in ELEMENTWISE:
            return ELEMENTWISE[e.function].format(x=self._scalar(e.arguments[0].body))
        if isinstance(e, Sum):
            return self._scalar_sum(e)
        raise NotExported(f"{type(e).__name__} is not exported to C yet")

    def _scalar_sum(self, e: Sum) -> str:
        bounds, body = flattened(e)
        head = ""
        self._temporaries += 1
        total = f"sum{self._temporaries}"
        order = ordered_variables(e, ())
        for number, bound in enumerate(sorted(bounds, key=lambda b: order.index(b.name) if b.name in order else -1)):
            self._extents[bound.name] = (bound.lower, bound.upper)
            simd = f'_Pragma("omp simd reduction(+:{total})") ' if number == len(bounds) - 1 else ""
            over = _c(bound.name)
            head += f"{simd}for (long {over} = {self.size(bound.lower)}; {over} <= {self.size(bound.upper)}; {over}++) "
        return f"({{ real {total} = 0; {head}{total} += {self._scalar(body)}; {total}; }})"

    def _along_axis(self, e: Apply, here: Entry, out: tuple[str, ...], other: Quantity | None) -> None:
        """softmax or its logarithm's sum; with it `other`, which is exp(s − logsumexp(s))."""
        argument = e.arguments[0]
        (variable,) = argument.variables
        self._extents = {**self._extents, variable: (Affine.of(1), argument.sizes[0])}
        at = e.component[0].as_variable() if e.component else None
        with self._loops(tuple(v for v in out if v != at), simd=False):
            x, over = self._scalar(argument.body), _c(variable)
            loop = f"for (long {over} = 1; {over} <= {self.size(argument.sizes[0])}; {over}++)"
            self.line("real top = -INFINITY, total = 0;  // the largest is taken off first: no overflow")
            self.line(f"{loop} top = {x} > top ? {x} : top;")
            if other is not None and e.function == LOGSUMEXP:
                self._allocate(other)
                self.done.add(other.name)
                theirs = self._element(Entry(other.name, here.slots, (*here.components, Affine.of(variable))))
                self.line(f'_Pragma("omp simd reduction(+:total)") {loop} total += {theirs} = exponential({x} - top);')
                self.line(f'_Pragma("omp simd") {loop} {theirs} /= total;')
            else:
                self.line(f'_Pragma("omp simd reduction(+:total)") {loop} total += exponential({x} - top);')
            if e.function == LOGSUMEXP:
                self.line(f"{self._element(here)} = top + (real)log(total);")
            else:
                assert at is not None
                element = self._element(here).replace(f"({_c(at)} -", f"({over} -")
                self.line(f'_Pragma("omp simd") {loop} {element} = exponential({x} - top) / total;')

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
        with self._braces(""):
            a, ai, ak = self._matrix(found.left, found.rows, found.summed)
            b, bj, bk = self._matrix(found.right, found.columns, found.summed)
            b, bk, strip = self._in_strips(found, b, bj, bk)
            target = self._operand(here)
            start = self._start(target, (*found.rows, *found.columns), here)
            row = target.strides[found.rows[-1]] if found.rows else "0"
            first = before or Initial(start, row)
            m, n, k = (self._count(group) for group in (found.rows, found.columns, found.summed))
            self.line(f"gemm({m}, {n}, {k}, {scale}, {a}, {ai}, {ak}, {b}, {bk}, {strip}, {first.start}, {first.stride}, {start}, {row});")
        self._extents = outer

    def _count(self, group: Sequence[str]) -> str:
        return " * ".join(f"({self._extent(v)})" for v in group) or "1"

    def _matrix(self, side: tuple[Expression, ...], free: tuple[str, ...], summed: tuple[str, ...]) -> tuple[str, str, str]:
        """Pointer, stride of the free and of the summed index of a group of factors."""
        if len(side) == 1 and isinstance(side[0], Entry):
            operand = self._operand(side[0])
            start = self._start(operand, (*free, *summed), side[0])
            return start, operand.strides[free[-1]] if free else "0", operand.strides[summed[-1]]
        axes = (*summed, *free)
        name = f"tmp{self._temporaries}"
        self._temporaries += 1
        self.storage[name] = " * ".join(f"({self._extent(v)})" for v in axes)
        with self._loops(axes):
            place = "0"
            for v in axes:
                place = f"({place}) * ({self._extent(v)}) + {_c(v)} - ({self.size(self._extents[v][0])})"
            self.line(f"{name}[{place}] = {self._scalar(product(side))};")
        width = " * ".join(f"({self._extent(v)})" for v in free) or "1"
        return name, "1", width

    def _start(self, operand: Operand, order: Sequence[str], e: Entry) -> str:
        """The pointer to the element where every index has its first value."""
        offset = [
            f"({self.size(self._extents[v][0] - self._origin(v, e))}) * ({operand.strides[v]})"
            for v in order
            if v in operand.strides and self._extents[v][0] != self._origin(v, e)
        ]
        return " + ".join([operand.base, *offset])

    def _in_strips(self, what: Contraction, b: str, bj: str, bk: str) -> tuple[str, str, str]:
        """The right matrix as `gemm` wants it: pointer, stride of the rows and of the strips of columns.

        A parameter is packed once for all steps; what has its columns next to each other stays where it is.
        """
        entry, width, rows = what.right[0], self._count(what.columns), self._count(what.summed)
        if len(what.right) == 1 and isinstance(entry, Entry) and self._find(entry.family).leaf and not entry.slots:
            name = f"{self.names[entry.family]}_packed{'_T' if bj != '1' else ''}"
            line = f"pack({b}, {bk}, {bj}, {rows}, {width}, {name});"
            if self.packed.setdefault(name, line) == line:
                self.storage[name] = f"(({width}) + LANES - 1) / LANES * LANES * {rows}"
                return name, "LANES", f"{rows} * LANES"
        elif bj == "1":
            return b, bk, "LANES"
        name = f"tmp{self._temporaries}"
        self._temporaries += 1
        self.storage[name] = f"(({width}) + LANES - 1) / LANES * LANES * {rows}"
        self.line(f"pack({b}, {bk}, {bj}, {rows}, {width}, {name});")
        return name, "LANES", f"{rows} * LANES"

    def _extent(self, variable: str) -> str:
        low, high = self._extents[variable]
        return self.size(high - low + Affine.of(1))

    def size(self, index: Affine) -> str:
        """An integer expression in C."""
        parts = [
            f"{count} * {_c(atom) if str(atom).startswith('#') else size_name(atom)}"
            if count != 1
            else (_c(atom) if str(atom).startswith("#") else size_name(atom))
            for atom, count in index.terms
            if isinstance(atom, str)
        ]
        if index.constant or not parts:
            parts.append(str(index.constant))
        return f"({' + '.join(parts)})" if len(parts) > 1 else parts[0]


def _dense(operand: Operand, group: Sequence[str]) -> bool:
    """Whether several indices run through memory as one."""
    places = [operand.order.index(v) for v in group if v in operand.strides]
    return len(places) == len(group) and places == list(range(places[0], places[0] + len(places))) if places else not group


def _c(variable: str) -> str:
    """`#sa17` ⇒ `i_sa17`"""
    return "i_" + "".join(c for c in variable if c.isalnum()) if variable.startswith("#") else variable
