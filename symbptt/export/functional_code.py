"""A printer for array libraries without writes in place: PyTorch, and JAX with `lax.scan` for the loops over steps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from symbptt.index import Add, Affine, Apply, Entry, Expression, IndexValue, Multiply, Number, Power, Sum

from .contraction import factors_of, flattened, ordered_variables, product, split, variables
from .formula import Formulas
from .interface import size_name
from .numpy_parts import factored, literal, local_quantities, signed
from .rewrite import LOGSUMEXP
from .schedule import Block, Schedule
from .system import Quantity, Term
from .trees import NotExported, entries, tidy

_EINSUM = "abcdefghijklmnopqrstuvw"


@dataclass(frozen=True)
class Library:
    """How a library spells things: `functions` are templates of {x}, along an axis also of {axis}; `scan` says that loops are scans."""

    name: str
    functions: Mapping[str, str]
    scan: bool


@dataclass(frozen=True)
class Value:
    code: str
    axes: tuple[str, ...]


@dataclass
class FunctionalPrinter:
    """Lines of one function."""

    plan: Schedule
    names: Mapping[str, str]
    library: Library
    lines: list[str] = field(default_factory=list)
    lists: set[str] = field(default_factory=set)
    _indent: int = 1
    _ranges: dict[str, tuple[Affine, Affine]] = field(default_factory=dict)
    _order: tuple[str, ...] = ()
    _loop: str = ""
    _inside: frozenset[str] = frozenset()
    _met: dict[tuple[str, Affine], str] = field(default_factory=dict)

    def write(self) -> None:
        """All blocks in order."""
        formulas = Formulas(self.names)
        for block in self.plan.blocks:
            ragged = any(self._ragged(q) for q in block.quantities)
            if block.direction == 0:
                for q in block.quantities:
                    self.line(f"# {formulas.of(q)}")
                    self.line(f"{self.names[q.name]} = {self._whole(q)}")
            elif self.library.scan and not ragged:
                self._scan(block, formulas)
            else:
                self._rows(block, formulas, ragged)

    def line(self, text: str) -> None:
        self.lines.append("    " * self._indent + text)

    def _ragged(self, q: Quantity) -> bool:
        return q.ragged or any(self.plan.quantities[e.family].ragged for t in q.terms for e in entries(t.body))

    # -- all steps at once ------------------------------------------------------------------------------------------------

    def _whole(self, q: Quantity) -> str:
        self._loop = ""
        out = ((q.letter,) if q.letter else ()) + q.components
        parts = []
        for term in q.terms:
            low = term.lows[0] if term.lows else q.lower
            high = term.highs[0] if term.highs else q.upper
            self._ranges = {q.letter: (low, high)} if q.letter else {}
            text = self._broadcast(self._term(term, out), out, q, low, high)
            if term.lows or term.highs:
                before, after = self.size(low - q.lower), self.size(q.upper - high)
                text = f"_padded({text}, {before}, {after})"
            parts.append(text)
        if not parts:
            shape = [self.size(q.upper - q.lower + Affine.of(1))] if q.letter else []
            return f"_zeros(({', '.join([*shape, *map(self.size, q.axes)])},), like)"
        if not out and not any(entries(term.body) for term in q.terms):  # a size: a number that no library's function takes
            return f"_array({' + '.join(parts)}, like)"
        return " + ".join(parts)

    def _broadcast(self, value: Value, out: tuple[str, ...], q: Quantity, low: Affine, high: Affine) -> str:
        if value.axes == out:
            return value.code
        shape = [self.size(high - low + Affine.of(1))] if q.letter else []
        whole = ", ".join([*shape, *map(self.size, q.axes)])
        code = self._aligned(value, out) if value.axes else f"_array({value.code}, like)"  # a number that no library's function takes
        return f"xp.broadcast_to({code}, ({whole},))" if out else value.code

    def _term(self, term: Term, out: tuple[str, ...]) -> Value:
        self._order = ordered_variables(term.body, out)
        return self._value(term.body)

    # -- step by step -----------------------------------------------------------------------------------------------------

    def _span(self, block: Block) -> tuple[Affine, Affine]:
        low = min((q.lower for q in block.quantities), key=lambda i: i.constant)
        return low, max((q.upper for q in block.quantities), key=lambda i: i.constant)

    def _rows(self, block: Block, formulas: Formulas, ragged: bool) -> None:
        """A loop that fills lists of rows."""
        letter = block.quantities[0].letter
        low, high = self._span(block)
        for q in block.quantities:
            name = self.names[q.name]
            self.line(f"{name}_ = [None] * ({self.size(q.upper - q.first + Affine.of(1))})")
            if q.initial:
                self.line(f"{name}_[0] = {name}_initial")
        span = f"range({self.size(low)}, {self.size(high)} + 1)"
        self.line(f"for {letter} in {span if block.direction > 0 else f'reversed({span})'}:")
        self._indent += 1
        self._loop, self._inside = letter, frozenset(q.name for q in block.quantities)
        for q in block.quantities:
            self._ranges = {}
            self.line(f"# {formulas.of(q)}")
            if q.lower != low or q.upper != high:
                self.line(f"if {self.size(q.lower)} <= {letter} <= {self.size(q.upper)}:")
                self._indent += 1
            place = f"{self.names[q.name]}_[{self.size(Affine.of(letter) - q.first)}]"
            certain = [t for t in q.terms if not (t.lows or t.highs)]
            codes = [self._aligned(self._term(t, q.components), q.components) for t in certain]
            zeros = "0.0" if q.ragged or not q.axes else f"_zeros(({', '.join(map(self.size, q.axes))},), like)"
            plain = not q.ragged and not any(variables(t.body, q.components) for t in certain)  # a number, the same for all entries
            self.line(f"{place} = {' + '.join([*([zeros] if plain and q.axes else []), *codes]) or zeros}")
            for term in q.terms:
                guards = [f"{letter} >= {self.size(b)}" for b in term.lows] + [f"{letter} <= {self.size(b)}" for b in term.highs]
                if guards:
                    self.line(f"if {' and '.join(guards)}:")
                    self.line(f"    {place} = {place} + {self._aligned(self._term(term, q.components), q.components)}")
            if q.lower != low or q.upper != high:
                self._indent -= 1
        self._indent -= 1
        self._inside, local = frozenset(), local_quantities(self.plan)
        for q in block.quantities:
            name = self.names[q.name]
            self.lists.add(q.name)
            if q.name not in local:
                self.line(f"{name} = {name}_" if ragged else f"{name} = xp.stack({name}_)")

    def _scan(self, block: Block, formulas: Formulas) -> None:
        """A `lax.scan`: what is met of other quantities goes in, the rows come out, one step back is carried."""
        letter = block.quantities[0].letter
        low, high = self._span(block)
        self._loop, self._inside, self._met = letter, frozenset(q.name for q in block.quantities), {}
        shift = Affine.of(letter) - Affine.of(block.direction)
        body: list[str] = []
        for q in block.quantities:
            if (q.lower, q.upper) != (low, high):
                raise NotExported(f"`{q.latex}` has another range than the loop it is in; that is not exported to JAX yet")
            parts = []
            for term in q.terms:
                self._ranges = {}
                text = self._aligned(self._term(term, q.components), q.components)
                guards = [f"({letter} >= {self.size(b)})" for b in term.lows] + [f"({letter} <= {self.size(b)})" for b in term.highs]
                parts.append(f"xp.where({' & '.join(guards)}, {text}, 0.0)" if guards else text)
            shape = ", ".join(map(self.size, q.axes))
            body += [
                f"    # {formulas.of(q)}",
                f"    {self.names[q.name]}_now = xp.broadcast_to({' + '.join(parts)}, ({shape}{',' if shape else ''}))",
            ]
        carried = [q for q in block.quantities if (q.name, shift) in self._met]
        given = [(key, name) for key, name in self._met.items() if key[0] not in self._inside]
        if any(key[0] in self._inside and key[1] != shift for key in self._met):
            raise NotExported("a recursion over more than one step is not exported to JAX yet")
        function = f"step_{self.names[block.quantities[0].name]}"
        self.line(f"def {function}(carried, given):")
        for names, source in (([self._met[q.name, shift] for q in carried], "carried"), ([letter, *(n for _, n in given)], "given")):
            self.line(f"    ({''.join(n + ', ' for n in names)}) = {source}")
        for text in body:
            self.line(text)
        now = [f"{self.names[q.name]}_now" for q in block.quantities]
        self.line(f"    return ({''.join(f'{self.names[q.name]}_now, ' for q in carried)}), ({''.join(n + ', ' for n in now)})")
        starts = [
            f"{self.names[q.name]}_initial" if q.initial else f"_zeros(({', '.join(map(self.size, q.axes))},), like)" for q in carried
        ]
        rows = []
        for (family, slot), _ in given:
            q = self.plan.quantities[family]
            offset = slot - Affine.of(letter) - q.first
            first = self.size(low + offset)
            rows.append(f"_rows({self.names[family]}, {first}, {self.size(high - low + Affine.of(1))})")
        steps = f"xp.arange({self.size(low)}, {self.size(high)} + 1)"
        results = "".join(f"{self.names[q.name]}, " for q in block.quantities)
        reverse = "True" if block.direction < 0 else "False"
        inputs = "".join(r + ", " for r in [steps, *rows])
        self.line(f"_, ({results}) = lax.scan({function}, ({''.join(s + ', ' for s in starts)}), ({inputs}), reverse={reverse})")
        for q in block.quantities:
            if q.initial:
                name = self.names[q.name]
                self.line(f"{name} = xp.concatenate([{name}_initial[None], {name}])")
        self._inside, self._loop = frozenset(), ""

    # -- values -------------------------------------------------------------------------------------------------------------

    def _axes(self, e: Expression) -> tuple[str, ...]:
        return variables(e, self._order)

    def _aligned(self, value: Value, out: tuple[str, ...]) -> str:
        if not value.axes or value.axes == out[len(out) - len(value.axes) :]:
            return value.code
        order = tuple(axis for axis in out if axis in value.axes)
        code = value.code
        if order != value.axes:
            code = f"xp.einsum('{self._subscripts(value.axes)}->{self._subscripts(order)}', {code})"
        places = [":" if axis in order else "None" for axis in out[out.index(order[0]) :]]
        return f"{code}[{', '.join(places)}]" if "None" in places else code

    def _subscripts(self, axes: Sequence[str]) -> str:
        return "".join(_EINSUM[self._order.index(axis)] for axis in axes)

    def _value(self, e: Expression) -> Value:
        if isinstance(e, Number):
            return Value(literal(e.value), ())
        if isinstance(e, IndexValue):
            return Value(f"({self.size(e.index)})", ())
        if isinstance(e, Entry):
            return self._entry(e)
        axes = self._axes(e)
        if isinstance(e, Add):
            parts = [(sign, self._aligned(self._value(t), axes)) for sign, t in sorted(map(signed, e.terms), key=lambda pair: -pair[0])]
            text = "".join(f" {'+' if sign > 0 else '-'} {code}" for sign, code in parts)
            return Value(f"({text.removeprefix(' + ').removeprefix(' ')})", axes)
        if isinstance(e, (Multiply, Power)):
            number, above, below = factored(e)
            codes = [] if number == 1 and above else [literal(number)]
            codes += [self._aligned(self._value(f), axes) for f in above]
            return Value(f"({' * '.join(codes)}{''.join(' / ' + self._aligned(self._value(f), axes) for f in below)})", axes)
        if isinstance(e, Sum):
            return self._contraction(e)
        if isinstance(e, Apply):
            return self._application(e)
        raise NotExported(f"{type(e).__name__} is not exported yet")

    def _application(self, e: Apply) -> Value:
        argument = e.arguments[0]
        if e.function not in ("softmax", LOGSUMEXP):
            value = self._value(argument.body)
            return Value(self.library.functions[e.function].format(x=value.code), value.axes)
        (variable,) = argument.variables
        self._order = (*self._order, *(v for v in [variable] if v not in self._order))
        value = self._value(argument.body)
        axis = value.axes.index(variable)
        code = self.library.functions[e.function].format(x=value.code, axis=axis)
        if e.function == LOGSUMEXP:
            return Value(code, tuple(v for v in value.axes if v != variable))
        at = e.component[0].as_variable()
        assert at is not None
        return Value(code, tuple(at if v == variable else v for v in value.axes))

    def _entry(self, e: Entry) -> Value:
        q = self.plan.quantities[e.family]
        name = self.names[e.family]
        axes: list[str] = []
        for component in e.components:
            variable = component.as_variable()
            if variable is None:
                raise NotExported(f"the component `{component}` of `{q.latex}` is not exported yet")
            axes.append(variable)
        if not e.slots:
            return Value(name, tuple(axes))
        slot = e.slots[0]
        letter = next((a for a in slot.atoms() if isinstance(a, str) and a in self._ranges), None)
        if letter is not None:
            low, high = self._ranges[letter]
            shift = slot - Affine.of(letter) - q.first
            start, stop = low + shift, high + shift + Affine.of(1)
            if start == Affine() and stop == q.upper - q.first + Affine.of(1) and not q.ragged:
                return Value(name, (letter, *axes))
            return Value(f"{name}[{self.size(start)}:{self.size(stop)}]", (letter, *axes))
        if self._loop and self.library.scan and not q.ragged and not self._list_loop(e):
            if self._loop not in slot.atoms():
                return Value(f"{name}[{self.size(slot - q.first)}]", tuple(axes))
            if e.family in self._inside and slot == Affine.of(self._loop):
                return Value(f"{name}_now", tuple(axes))
            known = self._met.setdefault((e.family, slot), f"{name}_at_{len(self._met)}")
            return Value(known, tuple(axes))
        rows = f"{name}_" if e.family in self._inside else name
        return Value(f"{rows}[{self.size(slot - q.first)}]", tuple(axes))

    def _list_loop(self, e: Entry) -> bool:
        return any(self._ragged(self.plan.quantities[name]) for name in self._inside)

    def _contraction(self, e: Sum) -> Value:
        bounds, body = flattened(e)
        outer = dict(self._ranges)
        for bound in bounds:
            if any(bound.name in slot.atoms() for x in entries(body) for slot in x.slots):
                self._ranges[bound.name] = (bound.lower, bound.upper)
        summed = {b.name for b in bounds}
        number = "1.0"
        if isinstance(body, Multiply) and isinstance(body.factors[0], Number):
            number, body = literal(body.factors[0].value), tidy(Multiply(body.factors[1:]))
        factors = factors_of(body)
        groups = split(factors, list(summed), self._order) if len(factors) > 2 and not self.library.scan else None
        values = [self._value(f) for f in (factors if groups is None else (product(groups.left), product(groups.right)))]
        met = {axis for v in values for axis in v.axes}
        scales = [number] if number != "1.0" else []
        scales += [self.size(b.upper - b.lower + Affine.of(1)) for b in bounds if b.name not in met]
        axes = tuple(v for v in self._order if v in met and v not in summed)
        plain = [v.code for v in values if not v.axes]
        arrays = [v for v in values if v.axes]
        subscripts = ",".join(self._subscripts(v.axes) for v in arrays)
        text = self._as_matrices(arrays, summed, axes) if arrays and not self.library.scan else ""
        text = text or f"xp.einsum('{subscripts}->{self._subscripts(axes)}', {', '.join(v.code for v in arrays)})"
        self._ranges = outer
        parts = [*scales, *plain, *([text] if arrays else [])]
        return Value(f"({' * '.join(parts)})" if len(parts) != 1 or not arrays else text, axes)

    def _as_matrices(self, arrays: Sequence[Value], summed: set[str], out: tuple[str, ...]) -> str:
        """A product of two matrices, or a sum over axes, where a contraction is one; that costs less than finding it out at each call."""
        if len(arrays) == 1:
            along = ", ".join(str(place) for place, axis in enumerate(arrays[0].axes) if axis in summed)
            kept = tuple(axis for axis in arrays[0].axes if axis not in summed)
            return f"{arrays[0].code}.sum(({along},))" if kept == out else ""
        if len(arrays) != 2:
            return ""
        left, right = arrays if set(out[:1]) <= set(arrays[0].axes) else (arrays[1], arrays[0])
        rows, columns = (tuple(axis for axis in v.axes if axis not in summed) for v in (left, right))
        shared = tuple(axis for axis in left.axes if axis in summed)
        if rows + columns != out or len(columns) != 1 or len(shared) != len(summed) or not rows:
            return ""
        last = len(shared) - 1
        flat = f".flatten(0, {last})" if last else ""
        forms = {(*shared, *columns): f"{right.code}{flat}", (*columns, *shared): f"{right.code}{'.flatten(1)' if last else ''}.T"}
        a = left.code if left.axes == (*rows, *shared) and not last else ""
        if left.axes == (*shared, *rows) and len(rows) == 1:
            a = f"{left.code}{flat}.T"
        b = forms.get(right.axes, "")
        return f"({a} @ {b})" if a and b else ""

    def size(self, index: Affine) -> str:
        """An integer expression."""
        parts = []
        for atom, count in index.terms:
            text = size_name(atom) if isinstance(atom, str) else f"{size_name(atom.name)}[{', '.join(map(self.size, atom.indices))}]"
            parts.append(text if count == 1 else f"{count} * {text}")
        if index.constant or not parts:
            parts.append(str(index.constant))
        return " + ".join(parts).replace("+ -", "- ")
