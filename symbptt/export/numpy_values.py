"""Expressions as lines of NumPy that write into buffers.

A value is code with the index variables of its axes. Products over summed indices become `dot`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from symbptt.index import Add, Affine, Apply, Entry, Expression, IndexValue, Multiply, Number, Power, Sum

from .contraction import Bound, factors_of, flattened, product, split, variables
from .interface import size_name
from .numpy_parts import ELEMENTWISE, Buffer, Value, factored, literal, mentions, signed
from .rewrite import LOGSUMEXP
from .schedule import Schedule
from .system import Quantity
from .trees import NotExported, entries


@dataclass
class ValuePrinter:
    """Lines of one function, and the buffers it needs."""

    plan: Schedule
    names: Mapping[str, str]
    lines: list[str] = field(default_factory=list)
    buffers: dict[str, Buffer] = field(default_factory=dict)
    row_lists: dict[str, None] = field(default_factory=dict)
    transposed: dict[str, bool] = field(default_factory=dict)  # whether it is used at every step
    local: set[str] = field(default_factory=set)
    done: set[str] = field(default_factory=set)
    views: dict[str, str] = field(default_factory=dict)
    shared: dict[str, str] = field(default_factory=dict)
    _indent: int = 1
    _ranges: dict[str, tuple[Affine, Affine]] = field(default_factory=dict)
    _sizes: dict[str, Affine] = field(default_factory=dict)
    _loop: str = ""
    _busy: set[str] = field(default_factory=set)
    _order: tuple[str, ...] = ()

    def line(self, text: str) -> None:
        self.lines.append("    " * self._indent + text)

    # -- values ---------------------------------------------------------------------------------------------------------

    def _value(self, e: Expression, out: tuple[str, ...], target: str = "") -> Value:
        """Code that has the value of an expression; where a `target` with axes `out` is given it may be computed into that."""
        if isinstance(e, Number):
            return Value(literal(e.value), ())
        if isinstance(e, IndexValue):
            return Value(f"({self.size(e.index)})", ())
        if isinstance(e, Entry):
            return self._entry(e)
        if isinstance(e, Add):
            return self._sum_of_terms(e, out, target)
        if isinstance(e, (Multiply, Power)):
            return self._product(e, out, target)
        if isinstance(e, Sum):
            return self._contraction(e, out, target)
        if isinstance(e, Apply):
            return self._application(e, out, target)
        raise NotExported(f"{type(e).__name__} is not exported yet")

    def _axes(self, e: Expression) -> tuple[str, ...]:
        return variables(e, self._order)

    def _place(self, axes: tuple[str, ...], out: tuple[str, ...], target: str) -> tuple[str, str]:
        """Where a result with these axes goes: the target, or a temporary buffer."""
        if target and axes == out:
            return target, ""
        if not axes:
            return "", ""
        name = self._temporary(axes)
        return name, name

    def _temporary(self, axes: tuple[str, ...]) -> str:
        sizes = []
        for axis in axes:
            if axis in self._ranges:
                low, high = self._ranges[axis]
                sizes.append(self.size(high - low + Affine.of(1)))
            else:
                sizes.append(self.size(self._sizes[axis]))
        for buffer in self.buffers.values():
            if buffer.name.startswith("u") and buffer.name[1:].isdigit() and buffer.sizes == tuple(sizes) and buffer.name not in self._busy:
                self._busy.add(buffer.name)
                return buffer.name
        if self._loop and any(mentions(size, self._loop) for size in sizes):  # a size of its own at every step
            name = "tmp"
            self.line(f"{name} = np.empty(({', '.join(sizes)},), dtype)")
            return name
        name = f"u{sum(1 for b in self.buffers if b.startswith('u') and b[1:].isdigit())}"
        self.buffers[name] = Buffer(name, tuple(sizes))
        self._busy.add(name)
        return name

    def _free(self, value: Value) -> None:
        self._busy.discard(value.owned)

    def _aligned(self, value: Value, out: tuple[str, ...]) -> str:
        """Code that broadcasts against an array with axes `out`."""
        if not value.axes or value.axes == out[len(out) - len(value.axes) :]:
            return value.code
        order = [axis for axis in out if axis in value.axes]
        code = value.code
        if tuple(order) != value.axes:
            code = f"{code}.transpose({', '.join(str(value.axes.index(axis)) for axis in order)})"
        start = out.index(order[0])
        places = [":" if axis in order else "None" for axis in out[start:]]
        return f"{code}[{', '.join(places)}]" if "None" in places else code

    def _entry(self, e: Entry) -> Value:
        quantity = self.plan.quantities[e.family]
        name = self.names[e.family]
        axes: list[str] = []
        picks: list[str] = []
        if e.slots and e.family not in self.local:
            slot = e.slots[0]
            letter = next((a for a in slot.atoms() if isinstance(a, str) and a in self._ranges), None)
            if letter is not None and not quantity.ragged:
                low, high = self._ranges[letter]
                shift = slot - Affine.of(letter) - quantity.first
                start, stop = low + shift, high + shift + Affine.of(1)
                whole = start == Affine() and stop == quantity.upper - quantity.first + Affine.of(1)
                picks.append(":" if whole else f"{self.size(start)}:{self.size(stop)}")
                axes.append(letter)
            elif not quantity.axes or (quantity.leaf and not quantity.ragged and not quantity.initial):  # no list of numbers: a copy
                picks.append(self.row(slot, quantity))
            else:
                self.row_lists[name] = None
                name = f"{name}_[{self.row(slot, quantity)}]"
        for component, size in zip(e.components, quantity.axes, strict=True):
            variable = component.as_variable()
            if variable is not None and variable in self._sizes and variable not in axes:
                picks.append(":")
                axes.append(variable)
                continue
            raise NotExported(f"the component `{component}` of `{quantity.latex}` (size {size}) is not exported yet")
        if all(pick == ":" for pick in picks):
            return Value(name, tuple(axes))
        while picks[-1] == ":":
            picks.pop()
        return Value(f"{name}[{', '.join(picks)}]", tuple(axes))

    def _sum_of_terms(self, e: Add, out: tuple[str, ...], target: str) -> Value:
        axes = self._axes(e)
        terms = sorted(e.terms, key=lambda t: (isinstance(t, Number), signed(t)[0] < 0))
        first, *rest = terms
        place, owned = self._place(axes, out, target)
        if not axes:
            parts = [self._value(t, ()).code for t in terms]
            return Value(f"({' + '.join(parts)})", ())
        if isinstance(terms[-1], Number):  # 1 − x in one operation
            first, rest = terms[-1], terms[:-1]
        # the first operand may use the target, the others must not
        values = [self._value(first, axes, place if not isinstance(first, Entry) else "")]
        so_far = values[0]
        for term in rest:
            sign, inner = signed(term)
            value = self._value(inner, axes)
            operation = "np.add" if sign > 0 else "np.subtract"
            self.line(f"{operation}({self._aligned(so_far, axes)}, {self._aligned(value, axes)}, {place})")
            self._free(value)
            if so_far.owned != owned:
                self._free(so_far)
            so_far = Value(place, axes, owned)
        return so_far

    def _product(self, e: Multiply | Power, out: tuple[str, ...], target: str) -> Value:
        axes = self._axes(e)
        number, above, below = factored(e)
        if not axes:
            codes = [self._value(f, ()).code for f in above]
            text = " * ".join([*([] if number == 1 and codes else [literal(number)]), *codes])
            return Value(f"({text}{''.join(' / ' + self._value(f, ()).code for f in below)})", ())
        place, owned = self._place(axes, out, target)
        so_far: Value | None = None
        computed: dict[Expression, Value] = {}
        for factor in sorted(above, key=lambda f: isinstance(f, Entry)):
            value = computed.get(factor)
            if value is None:
                again = above.count(factor)  # what is needed later must not lie where the product goes
                free = so_far is None and not isinstance(factor, Entry) and (again == 1 or again == len(above) == 2)
                value = self._value(factor, axes, place if free else "")
                if again > 1:
                    computed[factor] = value
            if so_far is None:
                so_far = value
                continue
            self.line(f"np.multiply({self._aligned(so_far, axes)}, {self._aligned(value, axes)}, {place})")
            if value.owned != owned and factor not in computed:
                self._free(value)
            so_far = Value(place, axes, owned)
        for factor in below:
            value = self._value(factor, axes)
            self.line(f"np.divide({'1.0' if so_far is None else self._aligned(so_far, axes)}, {self._aligned(value, axes)}, {place})")
            self._free(value)
            so_far = Value(place, axes, owned)
        assert so_far is not None
        if number != 1:
            operation = f"np.negative({self._aligned(so_far, axes)}, {place})"
            if number != -1:
                operation = f"np.multiply({self._aligned(so_far, axes)}, {literal(number)}, {place})"
            self.line(operation)
            so_far = Value(place, axes, owned)
        for value in computed.values():
            if value.owned and value.owned != so_far.owned:
                self._free(value)
        return so_far

    def _application(self, e: Apply, out: tuple[str, ...], target: str) -> Value:
        argument = e.arguments[0]
        if e.function in ("softmax", LOGSUMEXP):
            return self._along_axis(e, out, target)
        axes = self._axes(e)
        place, owned = self._place(axes, out, target)
        value = self._value(argument.body, axes, place)
        if not axes:
            return Value(f"np.{e.function}({value.code})", ())
        for template in ELEMENTWISE[e.function]:
            self.line(template.format(x=self._aligned(value, axes) if template is ELEMENTWISE[e.function][0] else place, o=place))
        if value.owned != owned:
            self._free(value)
        return Value(place, axes, owned)

    def _along_axis(self, e: Apply, out: tuple[str, ...], target: str) -> Value:
        argument = e.arguments[0]
        (variable,) = argument.variables
        at = e.component[0].as_variable() if e.component else variable
        assert at is not None
        self._sizes = {**self._sizes, variable: argument.sizes[0]}
        self._order = (*self._order, *(v for v in [variable] if v not in self._order))
        value = self._value(argument.body, ())
        if value.axes[-1] != variable:
            raise NotExported("softmax along another axis than the last is not exported yet")
        inner = value.axes
        temporary = self._temporary(inner)
        self.line(f"top = {value.code}.max(-1, keepdims=True)")
        self.line(f"np.subtract({value.code}, top, {temporary})  # the largest is taken off first: no overflow")
        self.line(f"np.exp({temporary}, {temporary})")
        self._busy.discard(temporary)
        if e.function == LOGSUMEXP:
            axes = inner[:-1]
            place, owned = self._place(axes, out, target)
            if not axes:
                return Value(f"(np.log({temporary}.sum()) + top[0])", ())
            self.line(f"np.add.reduce({temporary}, -1, None, {place})")
            self.line(f"np.log({place}, {place})")
            self.line(f"np.add({place}, top[..., 0], {place})")
            return Value(place, axes, owned)
        axes = tuple(at if axis == variable else axis for axis in inner)
        place, owned = self._place(axes, out, target)
        self.line(f"np.divide({temporary}, {temporary}.sum(-1, keepdims=True), {place})")
        return Value(place, axes, owned)

    # -- sums -----------------------------------------------------------------------------------------------------------

    def _contraction(self, e: Sum, out: tuple[str, ...], target: str) -> Value:
        bounds, body = flattened(e)
        outer, sizes = dict(self._ranges), dict(self._sizes)
        for bound in bounds:
            if self._counts_steps(bound, body):
                if self._loop and self._touches_ragged(body):
                    raise NotExported("a sum over layers of different sizes is not exported yet")
                self._ranges[bound.name] = (bound.lower, bound.upper)
            else:
                self._sizes[bound.name] = bound.upper - bound.lower + Affine.of(1)
                if bound.lower != Affine.of(1):
                    raise NotExported("a sum over part of an axis is not exported yet")
        summed = tuple(bound.name for bound in bounds)
        value = self._summed(body, summed, out, target)
        self._ranges, self._sizes = outer, sizes
        return value

    def _touches_ragged(self, body: Expression) -> bool:
        return any(self.plan.quantities[x.family].ragged for x in entries(body))

    def _counts_steps(self, bound: Bound, body: Expression) -> bool:
        return any(bound.name in slot.atoms() for x in entries(body) for slot in x.slots)

    def _summed(self, body: Expression, summed: tuple[str, ...], out: tuple[str, ...], target: str) -> Value:
        if isinstance(body, Multiply) and isinstance(body.factors[0], Number):
            scale = body.factors[0].value
            inner = self._summed(product(body.factors[1:]), summed, out, target)
            if not inner.axes:
                return Value(f"({literal(scale)} * {inner.code})", ())
            place, owned = (inner.code, inner.owned) if inner.owned or inner.code == target else self._place(inner.axes, out, target)
            self.line(f"np.multiply({inner.code}, {literal(scale)}, {place})")
            return Value(place, inner.axes, owned)
        factors = factors_of(body)
        outputs = tuple(v for v in self._axes(body) if v not in summed)
        missing = [v for v in summed if v not in self._axes(body)]
        if missing:
            times = " * ".join(self._extent(v) for v in missing)
            inner = self._summed(body, tuple(v for v in summed if v not in missing), out, "")
            place, owned = self._place(inner.axes, out, target)
            if not inner.axes:
                return Value(f"({times} * {inner.code})", ())
            self.line(f"np.multiply({inner.code}, {times}, {place})")
            return Value(place, inner.axes, owned)
        if not summed:
            return self._value(body, out, target)
        if not outputs:
            return self._inner_product(factors, summed)
        found = split(factors, summed, self._order)
        if found is not None:
            return self._matrix_product(found.left, found.right, found.rows, found.columns, found.summed, out, target)
        return self._reduced(body, summed, out, target)

    def _extent(self, variable: str) -> str:
        if variable in self._ranges:
            low, high = self._ranges[variable]
            return f"({self.size(high - low + Affine.of(1))})"
        return self.size(self._sizes[variable])

    def _inner_product(self, factors: Sequence[Expression], summed: tuple[str, ...]) -> Value:
        """A sum over everything: one `vdot`."""
        full = [f for f in factors if set(self._axes(f)) == set(summed)]
        if len(factors) == 2 and len(full) == 2:
            left = self._value(factors[0], ())
            right = left if factors[1] == factors[0] else self._value(factors[1], ())
            if left.axes == right.axes:
                self._free(left)
                self._free(right)
                return Value(f"np.vdot({left.code}, {right.code})", ())
        value = self._value(product(factors), ())
        self._free(value)
        return Value(f"{value.code}.sum()", ())

    def _flat(self, value: Value, rows: tuple[str, ...], columns: tuple[str, ...]) -> str:
        """A matrix with these index variables down and across."""
        wanted = (*rows, *columns)
        code = value.code
        if value.axes == (*columns, *rows) and rows and columns:
            return self._transposed(self._flat(value, columns, rows), code, len(wanted))
        if value.axes != wanted:
            code = f"{code}.transpose({', '.join(str(value.axes.index(v)) for v in wanted)})"
        if len(rows) <= 1 and len(columns) <= 1:
            return code
        down = self._extent(rows[0]) if len(rows) == 1 else "-1"
        across = self._extent(columns[0]) if len(columns) == 1 else "-1"
        if len(rows) > 1 and len(columns) > 1:
            across = " * ".join(self._extent(v) for v in columns)
        if len(rows) > 1:
            return f"{code}.reshape({down}, {across})" if columns else f"{code}.reshape({down})"
        return f"{code}.reshape({down}, {across})" if rows else f"{code}.reshape({across})"

    def _transposed(self, flat: str, code: str, axes: int) -> str:
        if axes == 2 and flat == code and code.isidentifier() and any(self.names[q.name] == code for q in self.plan.leaves):
            self.transposed[code] = self.transposed.get(code, False) or bool(self._loop)
            return f"{code}_T"
        return f"{flat}.T"

    def _matrix_product(
        self,
        left: Sequence[Expression],
        right: Sequence[Expression],
        rows: tuple[str, ...],
        columns: tuple[str, ...],
        summed: tuple[str, ...],
        out: tuple[str, ...],
        target: str,
    ) -> Value:
        a, b = self._value(product(left), ()), self._value(product(right), ())
        axes = (*rows, *columns)
        place, owned = self._place(axes, out, target)
        x = self._flat(a, rows, summed)
        y = self._flat(b, summed, columns)
        shape = place
        if len(rows) > 1 or len(columns) > 1:
            down = "-1" if len(rows) > 1 else "".join(self._extent(v) for v in rows)
            across = " * ".join(self._extent(v) for v in columns)
            shape = f"{place}.reshape({', '.join(part for part in (down, across) if part)})"
        self.line(f"{x}.dot({y}, {shape})")
        self._free(a)
        self._free(b)
        return Value(place, axes, owned)

    def _reduced(self, body: Expression, summed: tuple[str, ...], out: tuple[str, ...], target: str) -> Value:
        """The product entry by entry, and then the sum; a product with ones where that is all."""
        value = self._value(body, ())
        axes = tuple(v for v in value.axes if v not in summed)
        place, owned = self._place(axes, out, target)
        if value.axes == (*summed, *axes) and len(axes) == 1:
            self.line(f"{self._ones(summed)}.dot({self._flat(value, summed, axes)}, {place})")
            self._free(value)
            return Value(place, axes, owned)
        if value.axes == (*axes, *summed) and len(summed) == 1 and axes:
            flat = f"{place}.reshape(-1)" if len(axes) > 1 else place
            self.line(f"{self._flat(value, axes, summed)}.dot({self._ones(summed)}, {flat})")
            self._free(value)
            return Value(place, axes, owned)
        if value.axes == (*summed, *axes) and len(summed) > 1:
            across = [self._extent(v) for v in axes]
            flat = f"{value.code}.reshape({' * '.join(self._extent(v) for v in summed)}, {', '.join(across)})"
            self.line(f"np.add.reduce({flat}, 0, None, {place})")
        else:
            along = [value.axes.index(v) for v in summed]
            self.line(f"np.add.reduce({value.code}, {along[0] if len(along) == 1 else tuple(along)}, None, {place})")
        self._free(value)
        return Value(place, axes, owned)

    def _ones(self, axes: tuple[str, ...]) -> str:
        """A vector of ones as long as these axes together."""
        size = " * ".join(f"({self._extent(v)})" if len(axes) > 1 else self._extent(v) for v in axes)
        known = next((b for b in self.buffers.values() if b.ones and b.sizes == (size,)), None)
        if known is None:
            known = Buffer(f"ones_{sum(b.ones for b in self.buffers.values())}", (size,), ones=True)
            self.buffers[known.name] = known
        return known.name

    # -- sizes ----------------------------------------------------------------------------------------------------------

    def row(self, slot: Affine, quantity: Quantity) -> str:
        return self.size(slot - quantity.first)

    def size(self, index: Affine) -> str:
        """A size, step or number as code."""
        parts: list[str] = []
        for atom, count in index.terms:
            text = size_name(atom) if isinstance(atom, str) else f"{size_name(atom.name)}[{', '.join(map(self.size, atom.indices))}]"
            parts.append(("-" if count < 0 else "+" if parts else "") + (text if abs(count) == 1 else f"{abs(count)} * {text}"))
        if index.constant or not parts:
            parts.append(f"{'-' if index.constant < 0 else '+' if parts else ''}{abs(index.constant)}")
        text = parts[0]
        for part in parts[1:]:
            text += f" {part[0]} {part[1:]}"
        return text
