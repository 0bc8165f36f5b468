"""A computation unrolled at concrete last steps and sizes into one graph of scalars."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import product
from typing import Any

from . import index as ix
from .functions import FUNCTIONS
from .graph import ZERO, Kind
from .unrolled import Circular, Key, Meaningless, NegativeLength, OutsideAxis, Setting, TooLarge, Undefined, Unrolled

MAX_TERMS = 200_000
MAX_EXPONENT = 1_000
#: In how a derivative is spelled that some take along one equation alone, and some along all equations of the step.
PLUS = "\\partial^{+}"


@dataclass(frozen=True)
class WideProduct(ix.Expression):
    """As `MatrixProduct`, where a row and a column are several indices each: ∂H_j/∂H_{j-1} of matrices. `sizes` are those of a column."""

    variable: str
    lower: ix.Affine
    upper: ix.Affine
    row_variables: tuple[str, ...]
    column_variables: tuple[str, ...]
    sizes: tuple[ix.Affine, ...]
    body: ix.Expression
    row: tuple[ix.Affine, ...]
    column: tuple[ix.Affine, ...]
    latest_first: bool = False


@dataclass(frozen=True)
class _Facts:
    """What the value of an expression depends on; `of` keeps the expression alive, so that its id stays its own."""

    of: object = None
    names: frozenset[str] = frozenset()
    spellings: frozenset[str] = frozenset()


_NO_FACTS = _Facts()


def _merged(item: object, parts: list[_Facts]) -> _Facts:
    return _Facts(item, frozenset().union(*(p.names for p in parts)), frozenset().union(*(p.spellings for p in parts)))


class Unroller:
    """Values of expressions as graph nodes, at one setting.

    `modes` says which spellings of a derivative are immediate; all others are total. `held` are the quantities without steps by
    which the side in hand differentiates.
    `shared` is what other claims about the same computation have left, which takes quantities above their range for 0 or raises
    `Undefined`. `unsure` becomes true
    where an immediate derivative was asked for of quantities that show no step. `live` are the spellings whose immediate
    derivative is not zero throughout; `narrower` becomes true where ∂⁺ along one equation alone is another. With `inside`, a claim may not
    meet quantities below their range.
    """

    def __init__(self, shared: Unrolled, inside: bool = False) -> None:
        self.shared = shared
        self.computation = shared.computation
        self.graph = shared.graph
        self.setting = shared.setting
        self.zero_above = shared.zero_above
        self.inside = inside
        self.modes: Mapping[str, str] = {}
        self.met_above = False
        self._building = 0
        self._as_wrt = False
        self.unsure = False
        self.narrower = False
        self.live: set[str] = set()
        self.held: frozenset[str] = frozenset()
        self._met: dict[Key, int] = {}  # free entries that the claim names and no equation
        self._begun = len(shared.entries)
        self._busy: set[Key] = set()
        self._apart = False  # while something is unrolled that is none of the computation's own
        self._known: dict[int, _Facts] = {}
        self._keys: dict[int, tuple[tuple[str, ...], tuple[str, ...]]] = {}
        self._values: dict[tuple[object, ...], int] = {}
        self._rows: dict[tuple[object, ...], dict[tuple[int, ...], int]] = {}
        self._products: dict[int, tuple[ix.MatrixProduct, WideProduct]] = {}

    # -- quantities -------------------------------------------------------------------------------------------------

    def entry(self, family: str, slots: tuple[int, ...], components: tuple[int, ...]) -> int:
        key = (family, slots, components)
        if self.inside and not self._building and self._is_below(self.computation.families[family], slots):
            raise Undefined(display(key))
        node = self.shared.entries.get(key)
        if node is None and (self._apart or not self._building):
            node = self._met.get(key)
        if node is not None:
            return node
        if key in self._busy:
            raise Circular(f"{display(key)} is defined by itself")
        before = self._apart, self.modes
        if self._is_within(key):
            self._apart, self.modes = False, {}
        elif not self._building:
            self._apart = True
        self._busy.add(key)
        try:
            node = self._build(key)
        finally:
            self._busy.discard(key)
            apart = self._apart
            self._apart, self.modes = before
        is_free = self.graph.kinds[node] == Kind.LEAF
        own = before[0] or not self._building if is_free else apart
        (self._met if own else self.shared.entries)[key] = node
        if is_free and not own:
            self.shared.leaves.setdefault(family, {})[key] = node
        if len(self.shared.entries) + len(self._met) - self._begun > MAX_TERMS:
            raise TooLarge("too many quantities at these sizes")
        return node

    def _is_within(self, key: Key) -> bool:
        """Whether an entry is one of the computation's own, with every index in its declared range."""
        ranges = self.computation.families[key[0]].slots if key[0] in self.computation.families else ()
        here = self.setting
        return all(r is not None and r.lower.value(here) <= n <= r.upper.value(here) for r, n in zip(ranges, key[1], strict=True))

    @property
    def leaves(self) -> dict[str, dict[Key, int]]:
        """The free entries met so far, by family."""
        found = {family: dict(keys) for family, keys in self.shared.leaves.items()}
        for key, node in self._met.items():
            if self.graph.kinds[node] == Kind.LEAF:
                found.setdefault(key[0], {})[key] = node
        return found

    def _build(self, key: Key) -> int:
        family_name, slots, components = key
        family = self.computation.families.get(family_name)
        if family is None:
            raise Meaningless(f"`{family_name}` has no value here; declare it under `shapes`")
        local = self.setting.copy()
        local.update(zip(family.letters, slots, strict=True))
        for component, size in zip(components, family.axes, strict=True):
            if not 1 <= component <= size.value(local):
                outside = Meaningless if self._building else OutsideAxis
                raise outside(f"{display(key)} is outside its axis of size {size.value(local)}")
        for equation in self.computation.matched(family_name):
            values = self._match(equation, slots, components)
            if values is not None:
                self._building += 1
                try:
                    return self.graph.name(key, self.value(equation.body, values))
                finally:
                    self._building -= 1
        for declared, slot in zip(family.slots, slots, strict=True):
            if declared is not None and slot > declared.upper.value(self.setting):
                self.met_above = True
                if self.zero_above:
                    return self.graph.const(0)
                raise Undefined(display(key))
        if self._is_no_input(family) and key not in self.reached():
            raise Undefined(display(key))
        if self.shared.corner is not None and self.shared.corner.is_zero(family_name, components):
            return ZERO
        return self.graph.leaf(key)

    def _is_no_input(self, family: ix.Family) -> bool:
        """Whether a member that no equation covers, met in a claim, is no free constant: one differentiated by, or an abbreviation."""
        equations = self.computation.equations.get(family.name, ())
        if self._building or not family.slots or not equations:
            return False
        return self._as_wrt or any(isinstance(e.body, ix.Differentiate) for e in equations)

    def _is_below(self, family: ix.Family, slots: tuple[int, ...]) -> bool:
        """Whether this is a member below the range of a quantity that has equations."""
        if not self.computation.equations.get(family.name):
            return False
        return any(r is not None and slot < r.lower.value(self.setting) for r, slot in zip(family.slots, slots, strict=True))

    def reached(self) -> frozenset[Key]:
        """The free entries that the given equations use: a claim may speak of no other member below a range."""
        if self.shared.reached is None:
            self.shared.reached = frozenset()
            alone = Unroller(self.shared)
            alone._as_wrt = True
            alone.meet_all()
            self.shared.reached = frozenset(key for keys in alone.leaves.values() for key in keys)
        return self.shared.reached

    def meet_all(self) -> None:
        """Unroll every quantity at every step of its range."""
        for family in self.computation.families.values():
            ranges = [range(r.lower.value(self.setting), r.upper.value(self.setting) + 1) if r else range(1) for r in family.slots]
            for slots in product(*ranges):
                with contextlib.suppress(Undefined, Meaningless):
                    self.member(family.name, slots)

    def _match(self, equation: ix.Equation, slots: tuple[int, ...], components: tuple[int, ...]) -> Setting | None:
        values = self.setting.copy()
        for written, actual in zip(equation.slots, slots, strict=True):
            letters = [a for a in written.atoms() if isinstance(a, str) and a not in self.setting]
            if not letters:
                if written.value(values) != actual:
                    return None
            elif len(written.terms) == 1 and written.terms[0][1] == 1:
                wanted = actual - written.constant
                if values.get(letters[0], wanted) != wanted:
                    return None
                values[letters[0]] = wanted
            else:
                return None
        values.update(zip(equation.components, components, strict=True))
        return values if all(c.holds(values) for c in equation.conditions) else None

    def member(self, family: str, slots: tuple[int, ...]) -> dict[Key, int]:
        """All entries of one member of a family."""
        declared = self.computation.families[family]
        local = self.setting.copy()
        local.update(zip(declared.letters, slots, strict=True))
        sizes = [axis.value(local) for axis in declared.axes]
        axes = [range(1, size + 1) for size in (self.shared.corner.lengths(family, sizes) if self.shared.corner else sizes)]
        return {(family, slots, c): self.entry(family, slots, c) for c in product(*axes)}

    def _key(self, expression: ix.Expression, values: Setting) -> tuple[object, ...]:
        """What the value of an expression depends on: itself and the values of its index variables."""
        known = self._keys.get(id(expression))
        if known is None:
            facts = self._facts(expression)
            known = tuple(sorted(facts.names - self.setting.keys())), tuple(sorted(facts.spellings))
            self._keys[id(expression)] = known
        names, spellings = known
        modes = self.modes
        return (id(expression), self.held, *[values.get(name) for name in names], *[modes.get(spelling) for spelling in spellings])

    def _facts(self, item: Any) -> _Facts:
        """The index variables and open derivatives of an expression, or of a part of one."""
        if isinstance(item, ix.Affine):
            return _Facts(item, frozenset(atom for atom in item.atoms() if isinstance(atom, str)))
        if isinstance(item, tuple):
            return _merged(item, [self._facts(part) for part in item])
        if not isinstance(item, (ix.Expression, ix.Argument, ix.Condition)):
            return _NO_FACTS
        known = self._known.get(id(item))
        if known is None:
            known = _merged(item, [self._facts(getattr(item, name)) for name in ix.field_names(item)])
            if isinstance(item, ix.Differentiate) and item.mode == "auto":
                known = replace(known, spellings=known.spellings | {item.spelling})
            self._known[id(item)] = known
        return known

    # -- expressions ------------------------------------------------------------------------------------------------

    def value(self, expression: ix.Expression, values: Setting) -> int:
        """The node of an expression where its index variables have these values."""
        return RULES[type(expression)](self, expression, values)

    def _number(self, e: ix.Number, values: Setting) -> int:
        return self.graph.const(e.value)

    def _index_value(self, e: ix.IndexValue, values: Setting) -> int:
        return self.graph.const(e.index.value(values))

    def _entry(self, e: ix.Entry, values: Setting) -> int:
        return self.entry(e.family, tuple([s.value(values) for s in e.slots]), tuple([c.value(values) for c in e.components]))

    def _add(self, e: ix.Add, values: Setting) -> int:
        return self.graph.add([self.value(term, values) for term in e.terms])

    def _multiply(self, e: ix.Multiply, values: Setting) -> int:
        return self.graph.mul([self.value(factor, values) for factor in e.factors])

    def _power(self, e: ix.Power, values: Setting) -> int:
        exponent = e.exponent.value(values)
        if abs(exponent) > MAX_EXPONENT:
            raise TooLarge(f"the exponent {exponent} is too large")
        base = self.value(e.base, values)
        if exponent < 0 and base == self.graph.const(0):
            raise Meaningless("a division by zero")
        return self.graph.power(base, exponent)

    def _instances(self, e: ix.Sum | ix.ScalarProduct, values: Setting, most: int | None = None) -> Iterator[Setting]:
        low, high = e.lower.value(values), e.upper.value(values)
        high = high if most is None else min(high, most)
        if high - low > MAX_TERMS:
            raise TooLarge(f"a range of {high - low} terms")
        for k in range(low, high + 1):
            values[e.variable] = k
            if all(c.holds(values) for c in e.conditions):
                yield values
        values.pop(e.variable, None)

    def _sum(self, e: ix.Sum, values: Setting) -> int:
        key = self._key(e, values)
        if key not in self._values:
            corner = self.shared.corner
            most = corner.first if corner is not None and e.variable in corner.vanishing(e.body) else None
            self._values[key] = self.graph.add([self.value(e.body, inner) for inner in self._instances(e, values, most)])
        return self._values[key]

    def _scalar_product(self, e: ix.ScalarProduct, values: Setting) -> int:
        if e.upper.value(values) - e.lower.value(values) < -1:
            raise NegativeLength("a product over a range of negative length")
        return self.graph.mul([self.value(e.body, inner) for inner in self._instances(e, values)])

    def _matrix_product(self, e: ix.MatrixProduct, values: Setting) -> int:
        if id(e) not in self._products:
            row, column = (e.row_variable,), (e.column_variable,)
            wide = WideProduct(e.variable, e.lower, e.upper, row, column, (e.columns,), e.body, (e.row,), (e.column,), e.latest_first)
            self._products[id(e)] = e, wide
        return self._wide_product(self._products[id(e)][1], values)

    def _wide_product(self, e: WideProduct, values: Setting) -> int:
        low, high = e.lower.value(values), e.upper.value(values)
        row, column = (tuple(index.value(values) for index in indices) for indices in (e.row, e.column))
        if high - low < -1:
            raise NegativeLength(f"a product from {low} to {high}")
        if high < low:
            return self.graph.const(int(row == column))
        if high - low > MAX_EXPONENT:
            raise TooLarge(f"a product of {high - low} matrices")
        key = (id(self._facts(e).of), row, low, high, self._key(e.body, values))
        if key not in self._rows:
            self._rows[key] = self._row(e, row, range(high, low - 1, -1) if e.latest_first else range(low, high + 1), values)
        return self._rows[key][column]

    def _row(self, e: WideProduct, row: tuple[int, ...], steps: range, values: Setting) -> dict[tuple[int, ...], int]:
        """One row of an ordered product, factor by factor."""
        current = {row: self.graph.const(1)}
        for k in steps:
            values[e.variable] = k
            following: dict[tuple[int, ...], int] = {}
            for j in product(*(range(1, size.value(values) + 1) for size in e.sizes)):
                terms = []
                for i, left in current.items():
                    values.update(zip(e.row_variables + e.column_variables, i + j, strict=True))
                    terms.append(self.graph.mul((left, self.value(e.body, values))))
                following[j] = self.graph.add(terms)
            current = following
        for name in (e.variable, *e.row_variables, *e.column_variables):
            values.pop(name, None)
        return current

    def _branches(self, e: ix.Branches, values: Setting) -> int:
        for conditions, body in e.branches:
            if all(c.holds(values) for c in conditions):
                return self.value(body, values)
        if e.otherwise is None:
            raise Undefined("no case applies")
        return self.value(e.otherwise, values)

    def _application(self, e: ix.Apply, values: Setting) -> int:
        key = self._key(e, values)
        if key not in self._values:
            self._values[key] = self._apply(e, values)
        return self._values[key]

    def _apply(self, e: ix.Apply, values: Setting) -> int:
        flat: list[int] = []
        starts: list[int] = []
        shapes: list[list[int]] = []
        for argument in e.arguments:
            starts.append(len(flat))
            shapes.append([size.value(values) for size in argument.sizes])
            for indices in product(*(range(1, n + 1) for n in shapes[-1])):
                values.update(zip(argument.variables, indices, strict=True))
                flat.append(self.value(argument.body, values))
            for variable in argument.variables:
                values.pop(variable, None)
        component = tuple(c.value(values) for c in e.component)
        if e.of_output:
            flat = list(self._behind(flat[0], e.function + "".join(f"@{slot.value(values)}" for slot in e.slots)))
        if e.function in self.computation.definitions:
            return self._defined(e.function, flat[0], e.order)
        orders: dict[int, int] = {0: e.order} if e.order else {}
        for position, places in e.partial:
            offset = 0
            for place, n in zip(places, shapes[position], strict=True):
                offset = offset * n + place.value(values) - 1
            orders[starts[position] + offset] = orders.get(starts[position] + offset, 0) + 1
        if e.function in FUNCTIONS:
            component = tuple(c - 1 for c in component)
        name = e.function + "".join(f"@{slot.value(values)}" for slot in e.slots)
        return self.graph.apply(name, tuple(flat), component, tuple(sorted(orders.items())))

    def _behind(self, node: int, function: str) -> tuple[int, ...]:
        """The argument z of a quantity defined as f(z)."""
        while self.graph.kinds[node] == Kind.NAME:
            node = self.graph.data[node][1]
        if self.graph.kinds[node] == Kind.APPLY and self.graph.data[node].function == function:
            arguments: tuple[int, ...] = self.graph.data[node].args
            return arguments
        raise Meaningless(f"the argument is no value of {function}")

    def _defined(self, function: str, argument: int, order: int) -> int:
        definition = self.computation.definitions[function]
        place = self.graph.leaf(("#", function))
        inner = Unroller(Unrolled(_with_variable(self.computation, definition.variable), self.setting, graph=self.graph))
        inner.shared.entries[definition.variable, (), ()] = place
        body = inner.value(definition.body, self.setting.copy())
        for _ in range(order):
            (body,) = self.graph.gradient(body, [place])
        return self.graph.substitute([body], {place: argument})[0]

    def _derivative(self, e: ix.Differentiate, values: Setting) -> int:
        key = self._key(e, values)
        if key not in self._values:
            self._values[key] = self._differentiate(e, values)
        return self._values[key]

    def _differentiate(self, e: ix.Differentiate, values: Setting) -> int:
        numerator = self.value(e.numerator, values)
        self._as_wrt = True
        try:
            wrt = self.value(e.wrt, values)
        finally:
            self._as_wrt = False
        if self.shared.corner is not None and self.graph.kinds[wrt] == Kind.CONST:
            raise TooLarge("at sizes as large as these not all entries are unrolled")
        mode = e.mode if e.mode != "auto" else self.modes.get(e.spelling, "total")
        enter = self._same_step(e, values) if mode == "immediate" else None
        slots = tuple(s.value(values) for s in e.wrt.slots)
        key = (numerator, e.wrt.family, slots, enter)
        gradients = self.shared.gradients.setdefault(key, {})
        if wrt not in gradients:
            targets = [wrt] if self.shared.corner is not None else list(self.member(e.wrt.family, slots).values())
            gradients.update(zip(targets, self.graph.gradient(numerator, targets, enter), strict=True))
        found = gradients[wrt]
        if mode == "immediate" and found != ZERO:
            self.live.add(e.spelling)
        if mode == "immediate" and PLUS in e.spelling and not self.narrower:
            self.narrower = found != self.graph.gradient(numerator, [wrt], _own_equation)[0]
        return found

    def _same_step(self, e: ix.Differentiate, values: Setting) -> Callable[[Hashable], bool] | None:
        """For an immediate derivative: only quantities of the numerator's own step are passed through."""
        found = self._steps(e.numerator, values)
        if not found:
            found = {s.value(values) for s in e.wrt.slots}
        if not found:
            return self._without_steps(e, values)
        steps = frozenset(found if isinstance(e.numerator, ix.Entry) else {max(found)})
        if isinstance(e.numerator, ix.Entry) and len(e.numerator.slots) > 1:
            self.unsure = True
            if e.mode == "immediate":
                raise Meaningless("an immediate derivative of a quantity with several indices is not read yet")
        passing = self.shared.passing
        if steps not in passing:

            def enter(key: Hashable) -> bool:
                slots = key[1] if isinstance(key, tuple) and len(key) == 3 and isinstance(key[1], tuple) else ()
                return not slots or set(slots) <= steps

            passing[steps] = enter
        return passing[steps]

    def _without_steps(self, e: ix.Differentiate, values: Setting) -> Callable[[Hashable], bool]:
        """Where no step is shown, the other quantities are held by which the same side differentiates: `h_{11}` in ∂h_{12}/∂w.

        Another cut could be meant where it gives another value: to hold all quantities that are named, or those of the numerator's
        own name (`h_{10}`, `h_{11}` for `h_{12}`).
        """
        held = self.held - {e.wrt.family}
        own = _head(e.numerator.family) if isinstance(e.numerator, ix.Entry) else ""
        alike = frozenset(f for f in self.computation.families if own and _head(f) == own) - {e.wrt.family}
        cut = self._cut(held)
        numerator, wrt = self.value(e.numerator, values), self.value(e.wrt, values)
        shown = [self.graph.gradient(numerator, [wrt], enter)[0] for enter in (None, cut)]
        others = [self.graph.gradient(numerator, [wrt], enter)[0] for enter in (_own_equation, self._cut(alike))]
        self.unsure = self.unsure or any(other not in (ZERO, *shown) for other in others)
        return cut

    def _cut(self, held: frozenset[str]) -> Callable[[Hashable], bool]:
        """Only quantities that are not held are passed through."""
        passing = self.shared.passing
        if held not in passing:

            def enter(key: Hashable) -> bool:
                return not (isinstance(key, tuple) and key[0] in held)

            passing[held] = enter
        return passing[held]

    def _steps(self, expression: ix.Expression, values: Setting) -> set[int]:
        """Steps of the quantities that an expression names outside its sums."""
        if isinstance(expression, ix.Entry):
            return {s.value(values) for s in expression.slots}
        if isinstance(expression, (ix.Add, ix.Multiply)):
            parts = expression.terms if isinstance(expression, ix.Add) else expression.factors
            return {step for part in parts for step in self._steps(part, values)}
        if isinstance(expression, ix.Power):
            return self._steps(expression.base, values)
        if isinstance(expression, ix.Sum) and expression.variable.startswith("#"):
            inner = values.copy()
            inner[expression.variable] = 1
            return self._steps(expression.body, inner)
        if isinstance(expression, ix.Apply):
            inner = values.copy()
            for argument in expression.arguments:
                inner.update(dict.fromkeys(argument.variables, 1))
            return {step for a in expression.arguments for step in self._steps(a.body, inner)}
        return set()


#: How each kind of expression gets its value.
RULES: Mapping[type[ix.Expression], Callable[[Unroller, Any, Setting], int]] = {
    ix.Number: Unroller._number,
    ix.IndexValue: Unroller._index_value,
    ix.Entry: Unroller._entry,
    ix.Add: Unroller._add,
    ix.Multiply: Unroller._multiply,
    ix.Power: Unroller._power,
    ix.Sum: Unroller._sum,
    ix.ScalarProduct: Unroller._scalar_product,
    ix.MatrixProduct: Unroller._matrix_product,
    WideProduct: Unroller._wide_product,
    ix.Branches: Unroller._branches,
    ix.Apply: Unroller._application,
    ix.Differentiate: Unroller._derivative,
}


def _head(family: str) -> str:
    """The name in front of its scripts: `h` of `h_{12}`."""
    return re.split(r"[_^]", family, maxsplit=1)[0]


def _own_equation(key: Hashable) -> bool:
    """All quantities that are named are held."""
    return False


def _with_variable(computation: ix.Computation, variable: str) -> ix.Computation:
    family = ix.Family(variable, variable, (), (), (), ())
    return ix.Computation(
        {**computation.families, variable: family},
        computation.equations,
        computation.definitions,
        computation.last_steps,
        computation.labels,
    )


def display(key: Key) -> str:
    """An entry for a person: the family's LaTeX with its slots and components, `h_{t} at t=2, entry 1`."""
    family, slots, components = key
    text = family
    if slots:
        text += f" at {','.join(map(str, slots))}"
    if components:
        text += f" [{','.join(map(str, components))}]"
    return text


def circular(computation: ix.Computation, families: set[str]) -> str:
    """The first entry of `families` that its own equations come back to, at two steps; empty where there is none."""
    steps: dict[object, int] = dict.fromkeys(computation.last_steps, 2)
    names = {a for f in computation.families.values() for axis in f.axes for a in axis.atoms() if isinstance(a, str)}
    sizes = {name: 2 for name in names if name not in steps}
    setting = Setting({**sizes, **steps}, dict.fromkeys(computation.labels, (1, 2)))
    unroller = Unroller(Unrolled(computation, setting))
    for name in sorted(families):
        family = computation.families[name]
        ranges = [range(r.lower.value(setting), r.upper.value(setting) + 1) if r else range(1, 2) for r in family.slots]
        for slots in product(*ranges):
            try:
                unroller.member(name, slots)
            except Circular:
                return display((name, slots, ()))
            except (Undefined, Meaningless, TooLarge):
                continue
    return ""
