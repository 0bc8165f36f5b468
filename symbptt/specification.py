"""The slow, obviously right way: SymPy expressions of a computation written out entry by entry, differentiated by `sympy.diff`.

Nothing of the graph is used, so that it can serve as the specification of every fast way. The derivative of Y by X is the ordered
derivative of Werbos (1990, eq. 5): every entry between X and Y is put into Y, X's own equation is cut (its entries become free
symbols), and Y is differentiated as an ordinary function of them. Cost grows exponentially in the number of steps.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache, singledispatchmethod
from itertools import product
from types import MappingProxyType
from typing import Any

import sympy

from . import index as ix
from .reading.choices import Unsupported
from .unroll import display
from .unrolled import Key, Meaningless, Setting, Undefined

Member = tuple[str, tuple[int, ...]]


def _softmax(arguments: Sequence[sympy.Expr], component: tuple[int, ...]) -> sympy.Expr:
    return sympy.exp(arguments[component[0] - 1]) / sympy.Add(*map(sympy.exp, arguments))


class Step(sympy.Function):  # type: ignore[misc]
    """1 above 0 and 0 below, with derivative 0 (0 itself excluded); SymPy's own `Heaviside` would bring delta functions."""

    @classmethod
    def eval(cls, x: sympy.Expr) -> sympy.Expr | None:
        """The value where the sign is known."""
        if x.is_positive:
            return sympy.Integer(1)
        return sympy.Integer(0) if x.is_negative else None

    def fdiff(self, argindex: int = 1) -> sympy.Expr:
        return sympy.Integer(0)


#: SymPy's own form of every named function of one argument.
NAMED: Mapping[str, Callable[[sympy.Expr], sympy.Expr]] = MappingProxyType(
    {
        "identity": lambda x: x,
        "tanh": sympy.tanh,
        "sigmoid": lambda x: 1 / (1 + sympy.exp(-x)),
        "exp": sympy.exp,
        "log": sympy.log,
        "softplus": lambda x: sympy.log(1 + sympy.exp(x)),
        "relu": lambda x: x * Step(x),
        "leaky_relu": lambda x: x / 100 + sympy.Rational(99, 100) * x * Step(x),
        "step": Step,
        "sqrt": sympy.sqrt,
        "sin": sympy.sin,
        "cos": sympy.cos,
        "sinh": sympy.sinh,
        "cosh": sympy.cosh,
    }
)


@cache
def abstract(name: str, component: tuple[int, ...] = (), orders: tuple[int, ...] = ()) -> Any:
    """An abstract function, entry `component` of its value, as a SymPy function class.

    `orders` counts its partial derivatives by argument position, without trailing zeros; differentiating makes the next one.
    """

    def fdiff(self: Any, argindex: int = 1) -> sympy.Expr:
        counts = [*orders, *[0] * (argindex - len(orders))]
        counts[argindex - 1] += 1
        return abstract(name, component, tuple(counts))(*self.args)

    label = "_".join(map(str, (name, *component))) + "".join(f"^{n}" for n in orders)
    return type(label, (sympy.Function,), {"fdiff": fdiff, "description": (name, component, orders)})


def symbol(key: Key) -> sympy.Symbol:
    """The real symbol of a free entry."""
    return sympy.Symbol(display(key), real=True)


class Specification:
    """Every entry of a computation at one setting, and derivatives, as SymPy expressions of the free entries.

    Raises `Undefined` for a quantity above its range, `Meaningless` for an index outside its axis, `Unsupported` for immediate
    derivatives and for f' written through the value of f.
    """

    def __init__(self, computation: ix.Computation, setting: Setting) -> None:
        self.computation = computation
        self.setting = setting
        self._cut: frozenset[Member] = frozenset()
        self._entries: dict[tuple[frozenset[Member], Key], sympy.Expr] = {}
        self._busy: set[tuple[frozenset[Member], Key]] = set()

    def entry(self, family: str, slots: Sequence[int] = (), components: Sequence[int] = ()) -> sympy.Expr:
        """One entry, everything it depends on put in."""
        return self._entry((family, tuple(slots), tuple(components)))

    def member(self, family: str, slots: Sequence[int] = ()) -> dict[tuple[int, ...], sympy.Expr]:
        """All entries of one member of a family."""
        return {c: self.entry(family, slots, c) for c in self._components(family, tuple(slots))}

    def gradient(self, numerator: Key, wrt: str, slots: Sequence[int] = ()) -> dict[tuple[int, ...], sympy.Expr]:
        """∂numerator/∂(each entry of the member `wrt` at `slots`), total, in terms of the free entries."""
        by = (wrt, tuple(slots))
        return {c: self.derivative(numerator, (*by, c)) for c in self._components(*by)}

    def derivative(self, numerator: Key, wrt: Key) -> sympy.Expr:
        """∂numerator/∂wrt of two entries, total, in terms of the free entries."""
        return self._derivative(self.cut(numerator, wrt), wrt)

    def cut(self, numerator: Key, wrt: Key) -> sympy.Expr:
        """The numerator as a function of the member of `wrt`, whose entries are symbols: what `derivative` differentiates."""
        return self._held(wrt[:2], lambda: self._entry(numerator))

    def _derivative(self, whole: sympy.Expr, key: Key) -> sympy.Expr:
        """∂`whole`/∂`key`, and then the member that was held put in."""
        result = sympy.diff(whole, symbol(key))
        member = {symbol((key[0], key[1], c)): self._entry((key[0], key[1], c)) for c in self._components(key[0], key[1])}
        return result.xreplace({held: value for held, value in member.items() if held != value})

    def _held(self, cut: Member, compute: Callable[[], sympy.Expr]) -> sympy.Expr:
        """A value with the equations of one member cut, besides those that are cut already."""
        outer, self._cut = self._cut, self._cut | {cut}
        try:
            return compute()
        finally:
            self._cut = outer

    # -- entries --------------------------------------------------------------------------------------------------------

    def _components(self, family: str, slots: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
        declared = self.computation.families[family]
        local = self.setting.copy()
        local.update(zip(declared.letters, slots, strict=True))
        return product(*(range(1, size.value(local) + 1) for size in declared.axes))

    def _entry(self, key: Key) -> sympy.Expr:
        place = (self._cut, key)
        if place not in self._entries:
            if place in self._busy:
                raise Meaningless(f"{display(key)} is defined by itself")
            self._busy.add(place)
            try:
                self._entries[place] = self._written_out(key)
            finally:
                self._busy.discard(place)
        return self._entries[place]

    def _written_out(self, key: Key) -> sympy.Expr:
        family, slots, components = key
        if components not in self._components(family, slots):
            raise Meaningless(f"{display(key)} is outside its axis")
        if (family, slots) in self._cut:
            return symbol(key)
        for equation in self.computation.matched(family):
            values = self._match(equation, slots, components)
            if values is not None:
                return self.value(equation.body, values)
        for declared, slot in zip(self.computation.families[family].slots, slots, strict=True):
            if declared is not None and slot > declared.upper.value(self.setting):
                raise Undefined(display(key))
        return symbol(key)

    def _match(self, equation: ix.Equation, slots: tuple[int, ...], components: tuple[int, ...]) -> Setting | None:
        """The values of the equation's letters at which its left side is this entry, if it holds there."""
        values = self.setting.copy()
        for written, actual in zip(equation.slots, slots, strict=True):
            for atom in written.atoms():
                if isinstance(atom, str) and atom not in values:
                    values[atom] = actual - (written - ix.Affine.of(atom)).value(values)
            if written.value(values) != actual:
                return None
        values.update(zip(equation.components, components, strict=True))
        return values if all(c.holds(values) for c in equation.conditions) else None

    # -- expressions ----------------------------------------------------------------------------------------------------

    @singledispatchmethod
    def value(self, expression: Any, values: Setting) -> sympy.Expr:
        """The expression where its index variables have these values."""
        raise Unsupported(f"{type(expression).__name__} has no specification")

    @value.register
    def _(self, e: ix.Number, values: Setting) -> sympy.Expr:
        return sympy.Rational(e.value.numerator, e.value.denominator)

    @value.register
    def _(self, e: ix.IndexValue, values: Setting) -> sympy.Expr:
        return sympy.Integer(e.index.value(values))

    @value.register
    def _(self, e: ix.Entry, values: Setting) -> sympy.Expr:
        return self._entry((e.family, _at(e.slots, values), _at(e.components, values)))

    @value.register
    def _(self, e: ix.Add, values: Setting) -> sympy.Expr:
        return sympy.Add(*(self.value(term, values) for term in e.terms))

    @value.register
    def _(self, e: ix.Multiply, values: Setting) -> sympy.Expr:
        return sympy.Mul(*(self.value(factor, values) for factor in e.factors))

    @value.register
    def _(self, e: ix.Power, values: Setting) -> sympy.Expr:
        return self.value(e.base, values) ** e.exponent.value(values)

    @value.register
    def _(self, e: ix.Sum, values: Setting) -> sympy.Expr:
        return sympy.Add(*self._instances(e, values))

    @value.register
    def _(self, e: ix.ScalarProduct, values: Setting) -> sympy.Expr:
        _no_negative_length(e, values)
        return sympy.Mul(*self._instances(e, values))

    def _instances(self, e: ix.Sum | ix.ScalarProduct, values: Setting) -> list[sympy.Expr]:
        """The body at every index of the range, none if it is empty."""
        inner = [_with(values, {e.variable: k}) for k in range(e.lower.value(values), e.upper.value(values) + 1)]
        return [self.value(e.body, local) for local in inner if all(c.holds(local) for c in e.conditions)]

    @value.register
    def _(self, e: ix.MatrixProduct, values: Setting) -> sympy.Expr:
        _no_negative_length(e, values)
        steps = range(e.lower.value(values), e.upper.value(values) + 1)
        row, column = e.row.value(values), e.column.value(values)
        if len(steps) == 0:
            return sympy.Integer(int(row == column))
        factors = [self._factor(e, _with(values, {e.variable: k})) for k in (reversed(steps) if e.latest_first else steps)]
        result = factors[0]
        for factor in factors[1:]:
            result = result * factor
        return result[row - 1, column - 1]

    def _factor(self, e: ix.MatrixProduct, values: Setting) -> sympy.Matrix:
        rows, columns = e.rows.value(values), e.columns.value(values)

        def entry(i: int, j: int) -> sympy.Expr:
            return self.value(e.body, _with(values, {e.row_variable: int(i) + 1, e.column_variable: int(j) + 1}))

        return sympy.Matrix(rows, columns, entry)

    @value.register
    def _(self, e: ix.Branches, values: Setting) -> sympy.Expr:
        for conditions, body in e.branches:
            if all(c.holds(values) for c in conditions):
                return self.value(body, values)
        if e.otherwise is None:
            raise Undefined("no case applies")
        return self.value(e.otherwise, values)

    @value.register
    def _(self, e: ix.Apply, values: Setting) -> sympy.Expr:
        if e.of_output:
            raise Unsupported(f"`{e.function}'` written through the function's own value has no specification")
        arguments: list[sympy.Expr] = []
        places: dict[tuple[int, tuple[int, ...]], int] = {}
        for position, argument in enumerate(e.arguments):
            for indices in product(*(range(1, size.value(values) + 1) for size in argument.sizes)):
                places[position, indices] = len(arguments)
                arguments.append(self.value(argument.body, _with(values, dict(zip(argument.variables, indices, strict=True)))))
        free = [sympy.Dummy(f"u{i}", real=True) for i in range(len(arguments))]
        result = self._function("@".join(map(str, (e.function, *_at(e.slots, values)))), free, _at(e.component, values))
        for by in [free[0]] * e.order + [free[places[position, _at(indices, values)]] for position, indices in e.partial]:
            result = sympy.diff(result, by)
        return result.xreplace(dict(zip(free, arguments, strict=True)))

    def _function(self, name: str, arguments: Sequence[sympy.Expr], component: tuple[int, ...]) -> sympy.Expr:
        definition = self.computation.definitions.get(name)
        if definition is not None:
            family = ix.Family(definition.variable, definition.variable, (), (), (), ())
            inner = Specification(ix.Computation({definition.variable: family}, {}, self.computation.definitions, (), {}), self.setting)
            body = inner.value(definition.body, self.setting.copy())
            return body.xreplace({symbol((definition.variable, (), ())): arguments[0]})
        if name in NAMED:
            return NAMED[name](arguments[0])
        return _softmax(arguments, component) if name == "softmax" else abstract(name, component)(*arguments)

    @value.register
    def _(self, e: ix.Differentiate, values: Setting) -> sympy.Expr:
        if e.mode == "immediate":
            raise Unsupported("an immediate derivative has no specification")
        key = (e.wrt.family, _at(e.wrt.slots, values), _at(e.wrt.components, values))
        whole = self._held(key[:2], lambda: self.value(e.numerator, values))
        return self._derivative(whole, key)


def _at(indices: Sequence[ix.Affine], values: Setting) -> tuple[int, ...]:
    return tuple(i.value(values) for i in indices)


def _no_negative_length(e: ix.ScalarProduct | ix.MatrixProduct, values: Setting) -> None:
    """A product over an empty range is one; Π from 5 to 3 has no meaning."""
    if e.upper.value(values) - e.lower.value(values) < -1:
        raise Undefined("a product over a range of negative length")


def _with(values: Setting, more: Mapping[str, int]) -> Setting:
    local = values.copy()
    local.update(more)
    return local
