"""Index notation on whole arrays of residues: every member of a quantity is one node of a tape, or one for all its steps."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from fractions import Fraction
from typing import Any

import numpy as np

from .. import index as ix
from ..functions import FUNCTIONS
from .facts import STEPS, axes, axis_of, component_names, counts_steps, families, reach, split, written
from .replay import Plan, Recorder, repeats, same
from .residues import Array, Names, Residues
from .tape import ONE, SLOPES, NoArrays, Node, Sliced, Spread, Tape

MOST_STEPS = 100_000
#: Known functions whose derivatives are not known here.
OTHERS = frozenset(FUNCTIONS) - {"identity", "softmax", "log", "relu", *SLOPES}
#: Relations that hold between two steps where they hold at both.
CONVEX = ("=", "<", "\\le", ">", "\\ge")
Values = dict[Any, int]
Member = tuple[str, tuple[int, ...]]


class Arrays:
    """A computation at given sizes, and the expressions of a claim about it.

    Quantities that no recurrence leads through are one array for all steps, the others one for each step. A letter of `_steps` stands
    for a whole range of steps: an axis.
    """

    def __init__(self, computation: ix.Computation, values: Mapping[str, int], seed: int, primes: int) -> None:
        self.computation = computation
        self.values: Values = dict(values)
        self.residues = Residues(primes, seed)
        self.tape: Tape = Tape(self.residues)
        self.sizes: dict[str, int] = {}
        self._members: dict[Member, Node] = {}
        self._ranges: dict[str, tuple[int, int]] = {}
        self._visits: dict[str, int] = {}
        self._tried: dict[str, Plan | None] = {}
        self._plans: dict[str, Plan] = {}
        self._reached: dict[str, int] = {}
        self._whole: dict[str, Node | None] = {}
        self._stacks: dict[tuple[str, int, int], Node] = {}
        self._steps: dict[str, tuple[str, int, int]] = {}
        self._known: dict[tuple[int, object], tuple[object, Any]] = {}
        self._lifts: dict[int, tuple[ix.Add, Node | None, tuple[ix.Expression, ...]]] = {}
        self._current: tuple[str, str] | None = None
        self._reach = reach(computation)
        facts = computation.assumptions
        if facts.one_hot or facts.equations or computation.definitions or computation.labels:
            raise NoArrays("one-hot targets, assumed equations, defined functions or labels")

    # -- quantities -------------------------------------------------------------------------------------------------------

    def member(self, family: str, slots: tuple[int, ...]) -> Node:
        """A quantity at a step; its axes are named 0, 1, …"""
        found = self._members.get((family, slots))
        if found is None:
            with self._recording(None):
                found = self._members[family, slots] = self._made(family, slots)
        if isinstance(self.tape, Recorder):
            self.tape.noted(found, family, slots)
        return found

    def _made(self, family: str, slots: tuple[int, ...]) -> Node:
        whole = self.whole(family) if len(slots) == 1 else None
        if whole is not None and self._is_inside(family, slots):
            place = slots[0] - self._range(family)[0]
            found = self.tape.slice(whole, STEPS, place, place + 1, "")
            return self._repeated(found, axes(len(found.names)))
        self._earlier(family, slots)
        return self._computed(family, slots)

    @contextmanager
    def _recording(self, step: int | None) -> Iterator[None]:
        """Calls of the tape are recorded for a step, or not."""
        kept = self.tape
        plain = kept.inner if isinstance(kept, Recorder) else kept
        self.tape = plain if step is None else Recorder(plain, step)
        try:
            yield
        finally:
            self.tape = kept

    def _earlier(self, family: str, slots: tuple[int, ...]) -> None:
        """The steps before, one after the other: nothing recurses deeper than a step."""
        if len(slots) != 1 or family not in self._reach.get(family, ()):
            return
        low, high = self._range(family)
        for step in range(self._reached.get(family, low), min(slots[0], high + 1)):
            self._reached[family] = step + 1
            if (family, (step,)) not in self._members:
                self._members[family, (step,)] = self._computed(family, (step,))

    def _range(self, name: str) -> tuple[int, int]:
        if name not in self._ranges:
            (declared,) = self.computation.families[name].slots
            if declared is None:
                raise NoArrays(f"the range of {name} is not stated")
            low, high = declared.lower.value(self.values), declared.upper.value(self.values)
            if high - low > MOST_STEPS:
                raise NoArrays("too many steps")
            self._ranges[name] = low, high
        return self._ranges[name]

    def _is_inside(self, name: str, slots: tuple[int, ...]) -> bool:
        return len(slots) == 1 and self._range(name)[0] <= slots[0] <= self._range(name)[1]

    def whole(self, name: str) -> Node | None:
        """A quantity at all steps of its range, `STEPS` being an axis; None where a recurrence leads through it."""
        if name not in self._whole:
            self._whole[name] = None  # while it is computed: a quantity that needs itself is no whole
            with self._afresh(None):
                self._whole[name] = self._computed_whole(name)
        return self._whole[name]

    def _computed_whole(self, name: str) -> Node | None:
        family = self.computation.families[name]
        equations = self.computation.equations.get(name, ())
        if len(family.slots) != 1 or family.slots[0] is None or name in self._reach.get(name, ()):
            return None
        low, high = self._range(name)
        if not equations:
            if any(a in family.letters for size in family.axes for a in size.atoms()):
                return None
            return self._free(name, (high - low + 1, *(size.value(self.values) for size in family.axes)), (STEPS,))
        (equation, *more) = equations
        letter = equation.slots[0].as_variable()
        if more or letter is None or letter in self.values:
            return None
        if not all(c.holds({**self.values, letter: k}) for c in equation.conditions for k in (low, high)):
            return None
        for variable, size in zip(equation.components, family.axes, strict=True):
            self.sizes[variable] = size.value(self.values)
        node = self._over(letter, low, high, equation.body, dict(self.values))
        if node is None:
            return None
        shown = {axis_of(low, high): STEPS, **dict(zip(equation.components, axes(len(equation.components)), strict=True))}
        if set(node.names) != set(shown):
            self.sizes[axis_of(low, high)] = high - low + 1
            node = self._repeated(node, tuple(shown))
        found = self.tape.named(node, tuple(shown[n] for n in node.names))
        self.tape.quantities.add(found.number)
        return found

    @contextmanager
    def _afresh(self, current: tuple[str, str] | None) -> Iterator[None]:
        """An equation of its own: letters of steps elsewhere mean nothing in it. `current` is its quantity and letter."""
        kept = self._steps, self._current
        self._steps, self._current = {}, current
        try:
            yield
        finally:
            self._steps, self._current = kept

    def _over(self, letter: str, low: int, high: int, e: ix.Expression, values: Values, added: str = "") -> Node | None:
        """An expression for all steps of a letter at once, or added up over their axis; None where that cannot be."""
        if letter in self._steps or high < low:
            return None
        kept, current = dict(self._steps), self._current
        self._steps[letter] = (axis_of(low, high), low, high)
        self._current = None
        try:
            inner = {k: v for k, v in values.items() if k != letter}
            self.sizes[axis_of(low, high)] = high - low + 1
            return self._added_up(e, added, inner) if added else self.value(e, inner)
        except (NoArrays, KeyError):
            return None
        finally:
            self._steps, self._current = kept, current

    def _several(self, name: str, low: int, high: int, shown: str) -> Node:
        """A quantity at the steps from `low` to `high`, along an axis `shown`."""
        whole = self.whole(name)
        first, last = self._range(name)
        if whole is not None and first <= low and high <= last:
            if (low, high) == (first, last):
                return self.tape.renamed(whole, tuple(shown if n == STEPS else n for n in whole.names))
            return self.tape.slice(whole, STEPS, low - first, high - first + 1, shown)
        key = (name, low, high)
        if key not in self._stacks:
            self._stacks[key] = self.tape.stack([self.member(name, (k,)) for k in range(low, high + 1)], STEPS)
        found = self._stacks[key]
        return self.tape.renamed(found, (shown, *found.names[1:]))

    def _computed(self, name: str, slots: tuple[int, ...]) -> Node:
        family = self.computation.families[name]
        plan = self._plans.get(name)
        if plan is not None and self._is_inside(name, slots):
            (equation,) = self.computation.equations[name]
            return self._own(plan.made(self.tape, self.member, slots[0]), equation.components)
        for equation in self.computation.matched(name):
            values = self._at(equation, slots)
            if values is not None:
                for variable, size in zip(equation.components, family.axes, strict=True):
                    self.sizes[variable] = size.value(values)
                letter = equation.slots[0].as_variable() if len(slots) == 1 else None
                with self._afresh((name, letter) if letter else None):
                    recorded = letter is not None and self._is_inside(name, slots) and self._about(equation, self._can_be_recorded)
                    node = self._recorded(name, equation, values, slots[0]) if recorded else self._body(equation, values)
                return self._own(node, equation.components)
        for declared, slot in zip(family.slots, slots, strict=True):
            if declared is not None and slot > declared.upper.value(self.values):
                raise NoArrays(f"{family.latex} above its range")
        if any(isinstance(e.body, ix.Differentiate) for e in self.computation.equations.get(name, ())):
            raise NoArrays(f"{family.latex} below its range")
        local = {**self.values, **dict(zip(family.letters, slots, strict=True))}
        return self._free(name, tuple(size.value(local) for size in family.axes), ())

    def _body(self, equation: ix.Equation, values: Values) -> Node:
        return self._repeated(self.value(equation.body, values), equation.components)

    def _recorded(self, name: str, equation: ix.Equation, values: Values, step: int) -> Node:
        """The value of an equation: the second step is recorded, at the third it is seen whether that gives the same."""
        count = self._visits[name] = self._visits.get(name, 0) + 1
        if count == 2:
            with self._recording(step):
                node = self._body(equation, values)
                self._tried[name] = self.tape.plan(node) if isinstance(self.tape, Recorder) else None
            return node
        node = self._body(equation, values)
        plan = self._tried.get(name) if count == 3 else None
        if plan is not None and same(plan.made(self.tape, self.member, step), node):
            self._plans[name] = plan
        return node

    def _can_be_recorded(self, equation: ix.Equation) -> bool:
        """Whether the only equation of a recurrence makes the same calls at every step of its range."""
        name, letter = equation.family, equation.slots[0].as_variable()
        if letter is None or name not in self._reach.get(name, ()) or len(self.computation.equations[name]) > 1:
            return False
        holds = all(c.relation in CONVEX and c.holds({**self.values, letter: k}) for c in equation.conditions for k in self._range(name))
        return holds and repeats(equation.body, letter)

    def _own(self, node: Node, components: Names) -> Node:
        """The value of an equation as a quantity: a node of its own, which what was made for it alone is already."""
        names = axes(len(components))
        found = (
            self.tape.named(node, names)
            if node.origin is not None or node.number in self.tape.quantities
            else self.tape.renamed(node, names)
        )
        self.tape.quantities.add(found.number)
        return found

    def _free(self, name: str, shape: tuple[int, ...], lead: Names) -> Node:
        value = self.residues.random(shape)
        if name in self.computation.assumptions.normalised:
            groups = np.moveaxis(value, self.computation.assumptions.axis(name), -1)
            groups[..., -1] = self.residues.reduced(1 - groups[..., :-1].sum(axis=-1))
        node = self.tape.node((*lead, *axes(len(shape) - len(lead))), value, 1)
        self.tape.quantities.add(node.number)
        return node

    def _at(self, equation: ix.Equation, slots: tuple[int, ...]) -> Values | None:
        values = dict(self.values)
        for (letter, constant), actual in zip(self._about(equation, self._written), slots, strict=True):
            if not letter:
                if constant != actual:
                    return None
            elif letter in values:
                raise NoArrays("an equation whose step is no shifted letter")
            else:
                values[letter] = actual - constant
        return values if all(c.holds(values) for c in equation.conditions) else None

    def _written(self, equation: ix.Equation) -> list[tuple[str, int]]:
        return written(equation, self.values)

    def _repeated(self, node: Node, names: Names) -> Node:
        """With axes for all names, in this order."""
        if node.names == names:
            return node
        if set(node.names) == set(names):
            return self.tape.add([(Fraction(1), node)], names)
        ones = self.residues.number(Fraction(1)).reshape(-1, *[1] * len(names))
        full = np.broadcast_to(ones, (len(ones), *(self.sizes[n] for n in names))).copy()
        return self.tape.add([(Fraction(1), node), (Fraction(0), self.tape.node(names, full, 0))], names)

    # -- expressions ------------------------------------------------------------------------------------------------------

    def value(self, e: ix.Expression, values: Values) -> Node:
        """The array of an expression: an axis for each component variable and each letter of `_steps` that it names."""
        rule = RULES.get(type(e))
        if rule is None:
            raise NoArrays(type(e).__name__)
        return rule(self, e, values)

    def _about(self, e: object, fact: Callable[[Any], Any]) -> Any:
        """A fact of an expression, found once; the expression is kept, so that its id stays its own."""
        known = self._known.get((id(e), fact))
        if known is None:
            known = self._known[id(e), fact] = (e, fact(e))
        return known[1]

    def _number(self, e: ix.Number, values: Values) -> Node:
        return self.tape.number(e.value)

    def _index_value(self, e: ix.IndexValue, values: Values) -> Node:
        if any(atom in self.sizes for atom in e.index.atoms()):
            raise NoArrays("a component index as a number")
        return self.tape.number(Fraction(e.index.value(values)))

    def _entry(self, e: ix.Entry, values: Values) -> Node:
        found = self._about(e, self._entry_without_steps) if not e.slots else self._entry_at(e, values)
        for name, length in zip(found.names, found.value.shape[1:], strict=True):
            if not name.startswith(STEPS) and self.sizes.get(name) != length:
                raise NoArrays("a component that runs over another axis")
        return found

    def _entry_without_steps(self, e: ix.Entry) -> Node:
        return self._entry_at(e, self.values)

    def _entry_at(self, e: ix.Entry, values: Values) -> Node:
        names = self._about(e, component_names)
        letter = next((a for s in e.slots for a in s.atoms() if a in self._steps), None)
        at = () if letter is not None else tuple(s.value(values) for s in e.slots)
        found = self._entry_over(e, str(letter)) if letter is not None else self.member(e.family, at)
        return self.tape.renamed(found, tuple(names[int(n)] if n.isdecimal() else n for n in found.names))

    def _entry_over(self, e: ix.Entry, letter: str) -> Node:
        shown, low, high = self._steps[letter]
        shift = e.slots[0] - ix.Affine.of(letter)
        if len(e.slots) > 1 or shift.terms:
            raise NoArrays("a step that is no shifted letter")
        return self._several(e.family, low + shift.constant, high + shift.constant, shown)

    def _add(self, e: ix.Add, values: Values) -> Node:
        lifted, rest = self._lifted(e, values)
        terms = [self._term(term, values) for term in rest]
        if lifted is not None and self._current is not None:
            low, _ = self._range(self._current[0])
            place = values[self._current[1]] - low
            terms.append((Fraction(1), self.tape.slice(lifted, STEPS, place, place + 1, "")))
        names = tuple(dict.fromkeys(name for _, node in terms for name in node.names))
        return self.tape.add(terms, names)

    def _lifted(self, e: ix.Add, values: Values) -> tuple[Node | None, tuple[ix.Expression, ...]]:
        """The terms that no recurrence leads through, for all steps at once, and the others."""
        if self._current is None or self._steps:
            return None, e.terms
        name, letter = self._current
        known = self._lifts.get(id(e))
        if known is None:
            low, high = self._range(name)
            own = [t for t in e.terms if name in self._families_below(t)]
            others = tuple(t for t in e.terms if t not in own)
            node = self._over(letter, low, high, ix.Add(others), values) if others and low <= values[letter] <= high else None
            if node is not None and axis_of(low, high) not in node.names:
                node = None
            if node is not None:
                node = self.tape.renamed(node, tuple(STEPS if n == axis_of(low, high) else n for n in node.names))
            known = self._lifts[id(e)] = (e, node, tuple(own) if node is not None else e.terms)
        return known[1:]

    def _families_below(self, e: ix.Expression) -> set[str]:
        """All quantities that an expression needs, directly or not."""
        direct = families(e)
        return direct.union(*(self._reach.get(name, set()) for name in direct))

    def _term(self, e: ix.Expression, values: Values) -> tuple[Fraction, Node]:
        """A term as (number, rest)."""
        factor, rest = self._about(e, split)
        return factor, self.value(rest, values)

    def _multiply(self, e: ix.Multiply, values: Values) -> Node:
        return self._summed(e, (), values)

    def _power(self, e: ix.Power, values: Values) -> Node:
        exponent = e.exponent.value(values)
        if isinstance(e.base, (ix.Number, ix.IndexValue)):
            base = e.base.value if isinstance(e.base, ix.Number) else Fraction(e.base.index.value(values))
            return self.tape.number(base**exponent)
        return self.tape.power(self.value(e.base, values), exponent)

    def _sum(self, e: ix.Sum, values: Values, *also: str) -> Node:
        """A sum over steps or components; one over components also over the axes `also`."""
        if self._about(e, counts_steps):
            return self._over_steps(e, values)
        summed: list[str] = []
        body: ix.Expression = e
        while isinstance(body, ix.Sum) and not self._about(body, counts_steps):
            if body.conditions or body.lower != ix.ONE:
                raise NoArrays("a sum over a part of an axis")
            self.sizes[body.variable] = body.upper.value(values)
            summed.append(body.variable)
            body = body.body
        return self._summed(body, (*summed, *also), values)

    def _summed(self, e: ix.Expression, summed: tuple[str, ...], values: Values) -> Node:
        """Σ over component variables of a product: one variable after the other is summed out of the factors that have it."""
        factor, rest = self._about(e, split)
        factors = [self.value(f, values) for f in (rest.factors if isinstance(rest, ix.Multiply) else (rest,))]
        for name in summed:
            having = [f for f in factors if name in f.names]
            if not having:
                factor *= self.sizes[name]
                continue
            factors = [f for f in factors if name not in f.names]
            factors.append(self._product(having, name))
        node = self._product(factors, "") if factors else self.tape.number(Fraction(1))
        return node if factor == 1 else self.tape.add([(factor, node)], node.names)

    def _product(self, factors: list[Node], summed: str) -> Node:
        result = factors[0]
        for place, other in enumerate(factors[1:], 2):
            names = tuple(dict.fromkeys((*result.names, *other.names)))
            last = place == len(factors) and summed in result.names and summed in other.names
            result = self.tape.times(result, other, tuple(n for n in names if not (last and n == summed)))
        return self.tape.total(result, tuple(n for n in result.names if n != summed))

    def _each(self, e: ix.Sum, values: Values) -> Iterator[Values]:
        for k in range(e.lower.value(values), e.upper.value(values) + 1):
            inner = {**values, e.variable: k}
            if all(c.holds(inner) for c in e.conditions):
                yield inner

    def _over_steps(self, e: ix.Sum, values: Values) -> Node:
        low, high = e.lower.value(values), e.upper.value(values)
        axis = axis_of(low, high)
        node = self._over(e.variable, low, high, e.body, values, axis) if not e.conditions else None
        if node is not None:
            return node
        terms = [self._term(e.body, inner) for inner in self._each(e, values)]
        names = tuple(dict.fromkeys(name for _, node in terms for name in node.names))
        return self.tape.add(terms, names)

    def _added_up(self, e: ix.Expression, axis: str, values: Values) -> Node:
        """Σ over an axis of steps, taken inside of sums and products: outer products of all steps are one product of matrices."""
        if isinstance(e, ix.Add):
            terms = [(factor, self._added_up(rest, axis, values)) for factor, rest in (self._about(t, split) for t in e.terms)]
            return self.tape.add(terms, tuple(dict.fromkeys(name for _, node in terms for name in node.names)))
        if isinstance(e, ix.Sum) and not self._about(e, counts_steps):
            return self._sum(e, values, axis)
        return self._summed(e, (axis,), values)

    def _matrix_product(self, e: ix.MatrixProduct, values: Values) -> Node:
        row, column = e.row.as_variable(), e.column.as_variable()
        if row is None or column is None or e.rows != e.columns:
            raise NoArrays("an entry of a product of matrices")
        size = e.columns.value(values)
        for name in (row, column, e.row_variable, e.column_variable):
            self.sizes[name] = size
        steps = range(e.lower.value(values), e.upper.value(values) + 1)
        i, j = e.row_variable, e.column_variable
        result: Node | None = None
        for k in reversed(steps) if e.latest_first else steps:
            factor = self._repeated(self.value(e.body, {**values, e.variable: k}), (i, j))
            if result is None:
                result = factor
            else:
                result = self.tape.times(self.tape.renamed(result, (i, "#inner")), self.tape.renamed(factor, ("#inner", j)), (i, j))
        if result is None:
            if len(steps) == 0 and e.upper.value(values) - e.lower.value(values) < -1:
                raise NoArrays("a product over a range of negative length")
            result = self._identity(size, (i, j))
        return self.tape.renamed(result, (row, column))

    def _identity(self, size: int, names: Names) -> Node:
        value = np.broadcast_to(np.eye(size), (len(self.residues.primes), size, size)).copy()
        return self.tape.node(names, value, 0)

    def _branches(self, e: ix.Branches, values: Values) -> Node:
        for conditions, body in e.branches:
            names = {a for c in conditions for a in (*c.left.atoms(), *c.right.atoms()) if a in self.sizes}
            if names:
                return self._kronecker(e, values)
            if all(c.holds(values) for c in conditions):
                return self.value(body, values)
        if e.otherwise is None:
            raise NoArrays("no case applies")
        return self.value(e.otherwise, values)

    def _kronecker(self, e: ix.Branches, values: Values) -> Node:
        """`body` where two component variables are equal, else 0."""
        ((conditions, body),) = e.branches if len(e.branches) == 1 else (((), ix.Number(Fraction(0))),)
        pair = tuple(c.as_variable() or "" for c in (conditions[0].left, conditions[0].right)) if len(conditions) == 1 else ()
        plain = e.otherwise == ix.Number(Fraction(0)) and len(pair) == 2 and conditions[0].relation == "="
        if not plain or any(n not in self.sizes for n in pair) or self.sizes[pair[0]] != self.sizes[pair[1]]:
            raise NoArrays("cases of components")
        delta, inner = self._identity(self.sizes[pair[0]], pair), self.value(body, values)
        return self.tape.times(delta, inner, tuple(dict.fromkeys((*pair, *inner.names))))

    def _apply(self, e: ix.Apply, values: Values) -> Node:
        if e.of_output or e.partial or e.slots or len(e.arguments) != 1:
            raise NoArrays(f"{e.function} of several arguments, of its output, or one of several functions of that name")
        (argument,) = e.arguments
        for name, size in zip(argument.variables, argument.sizes, strict=True):
            self.sizes[name] = size.value(values)
        if e.function == "softmax":
            return self._softmax(e, argument, values)
        if argument.variables or e.component or e.function in OTHERS:
            raise NoArrays(e.function)
        x = self.value(argument.body, values)
        if e.function == "identity":
            return x if e.order == 0 else self.tape.number(Fraction(int(e.order == 1)))
        if e.function == "log":
            return self._logarithm(x)
        return self.tape.apply(e.function, e.order, x)

    def _softmax(self, e: ix.Apply, argument: ix.Argument, values: Values) -> Node:
        component = e.component[0].as_variable() if len(e.component) == 1 else None
        if len(argument.variables) != 1 or component is None or e.order:
            raise NoArrays("softmax of a matrix, or an entry or derivative of it")
        self.sizes[component] = self.sizes[argument.variables[0]]
        x = self.value(argument.body, values)
        renamed = self.tape.renamed(x, tuple(component if n == argument.variables[0] else n for n in x.names))
        return self.tape.softmax(renamed, component)

    def _logarithm(self, x: Node) -> Node:
        """Of a quantity that is a softmax, or a step of one: else there would be divisions."""
        if x.origin is not None:
            return self.tape.renamed(self._logarithm(x.origin), x.names)
        x.passed_by = True
        if x.softmax is not None and x.axis is not None:
            return self.tape.log_softmax(x, x.axis)
        if len(x.back) == 1:
            (parent, shown, back) = x.back[0]
            if isinstance(back, Sliced):
                inner = self.tape.renamed(self._logarithm(parent), shown)
                return self.tape.slice(inner, back.axis, back.start, back.stop, back.shown)
            if isinstance(back, Spread) and back.factor == 1 and set(shown) == set(x.names):
                return self.tape.add([(ONE, self.tape.renamed(self._logarithm(parent), shown))], x.names)
        raise NoArrays("a logarithm of what is no softmax")

    def _differentiate(self, e: ix.Differentiate, values: Values) -> Node:
        if e.mode == "immediate" or not isinstance(e.numerator, ix.Entry):
            raise NoArrays("an immediate derivative, or one of an expression")
        names = (*component_names(e.numerator), *component_names(e.wrt))
        if len(set(names)) < len(names):
            raise NoArrays("components that are no different letters")
        letter = next((str(a) for s in e.wrt.slots for a in s.atoms() if a in self._steps), None)
        top = self.member(e.numerator.family, tuple(s.value(values) for s in e.numerator.slots))
        if letter is not None:
            return self._derivatives_over(e, top, letter)
        slots = tuple(s.value(values) for s in e.wrt.slots)
        value, degree = self._adjoint(top, e.wrt.family, slots)
        for name, length in zip(names, value.shape[1:], strict=True):
            self.sizes[name] = length
        return self._derivative(names, value, degree)

    def _derivative(self, names: Names, value: Array, degree: int) -> Node:
        node = self.tape.node(names, value, degree)
        node.opaque = True
        return node

    def _derivatives_over(self, e: ix.Differentiate, top: Node, letter: str) -> Node:
        """∂top/∂X_t for all steps t at once."""
        shown, low, high = self._steps[letter]
        shift = e.wrt.slots[0] - ix.Affine.of(letter)
        if len(e.wrt.slots) > 1 or shift.terms or top.names:
            raise NoArrays("derivatives by several steps")
        parts = [self._adjoint(top, e.wrt.family, (k + shift.constant,)) for k in range(low, high + 1)]
        return self._derivative(
            (shown, *component_names(e.wrt)), np.stack([value for value, _ in parts], axis=1), max(degree for _, degree in parts)
        )

    def _adjoint(self, top: Node, family: str, slots: tuple[int, ...]) -> tuple[Array, int]:
        """∂top/∂(member): axes of the top, then of the member; and a bound of the degree."""
        whole = self.whole(family) if len(slots) == 1 else None
        wrt = self.member(family, slots)
        letters = tuple(f"#{n}" for n in top.names)
        inside = whole is not None and self._is_inside(family, slots)
        target = whole if inside and whole is not None else wrt
        adjoint = self.tape.adjoint(top, target, letters, lambda: self._seed(top))
        if adjoint is None:
            return np.zeros((len(self.residues.primes), *top.value.shape[1:], *wrt.value.shape[1:])), 0
        value, names = adjoint.value, adjoint.names
        if inside:
            value = np.moveaxis(value, 1 + names.index(STEPS), 0)[slots[0] - self._range(family)[0]]
            names = tuple(n for n in names if n != STEPS)
        return value.transpose((0, *(1 + names.index(n) for n in (*letters, *axes(wrt.value.ndim - 1))))), adjoint.degree

    def _seed(self, top: Node) -> Array:
        """∂top/∂top: the identity in the axes of its entry and its own."""
        shape = top.value.shape[1:]
        eye = np.eye(int(np.prod(shape))).reshape((*shape, *shape))
        return np.broadcast_to(eye, (len(self.residues.primes), *eye.shape)).copy()


#: How each kind of expression gets its array.
RULES: Mapping[type[ix.Expression], Callable[[Arrays, Any, Values], Node]] = {
    ix.Number: Arrays._number,
    ix.IndexValue: Arrays._index_value,
    ix.Entry: Arrays._entry,
    ix.Add: Arrays._add,
    ix.Multiply: Arrays._multiply,
    ix.Power: Arrays._power,
    ix.Sum: Arrays._sum,
    ix.MatrixProduct: Arrays._matrix_product,
    ix.Branches: Arrays._branches,
    ix.Apply: Arrays._apply,
    ix.Differentiate: Arrays._differentiate,
}
