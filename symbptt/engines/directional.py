"""The screen on whole arrays: an index-notation claim at hundreds of steps and sizes, modulo several primes at once.

Every member of a quantity is one array, every derivative of a scalar one sweep of reverse mode over these arrays, so that a claim costs
T·n² operations of BLAS and a fixed number of calls a step. What it answers is what the scalar screen answers:
"certainly not identical over the free residues" or "probably equal", with a bound on the probability of the latter being wrong
(Schwartz 1980, Zippel 1979): the degree of the sides over each prime. What it does not know raises `Unsupported`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import singledispatchmethod
from itertools import product
from typing import Any

import numpy as np

from .. import index as ix
from .residues import Array, Names, Residues
from .tape import SLOPES, Node, Tape, Unsupported

#: Primes used at once: (3T + 3)³ / 2⁶⁹ is below 1e-9 up to T = 27,000.
PRIMES = 3
MOST_STEPS = 100_000

Values = dict[Any, int]
Member = tuple[str, tuple[int, ...]]


@dataclass(frozen=True)
class Side:
    """One side of a claim: its entry `body` at the component variables."""

    variables: tuple[str, ...]
    body: ix.Expression


@dataclass(frozen=True)
class Question:
    """`left` = `right` of the same sizes, for the free letters in their ranges where the conditions hold.

    `values` are the sizes and last steps.
    """

    computation: ix.Computation
    left: Side
    right: Side
    axes: tuple[ix.Affine, ...]
    free: tuple[tuple[str, ix.Affine, ix.Affine], ...]
    conditions: tuple[ix.Condition, ...]
    values: Mapping[str, int]


@dataclass(frozen=True)
class Answer:
    """`equal` False: not identical over the free residues, for certain. `error` bounds the probability that a true `equal` is wrong."""

    equal: bool
    error: float
    instances: int


def screen(question: Question, seed: int = 0, primes: int = PRIMES) -> Answer:
    """Compare the sides at random residues. Raises `Unsupported`."""
    run = Run(question.computation, question.values, seed, primes)
    try:
        run.warm()
        return run.compare(question)
    except RecursionError as error:
        raise Unsupported("equations that do not run from earlier to later steps") from error


class Run:
    """A computation at given sizes, and the expressions of a claim about it."""

    def __init__(self, computation: ix.Computation, values: Mapping[str, int], seed: int, primes: int) -> None:
        self.computation = computation
        self.values: Values = dict(values)
        self.residues = Residues(primes, seed)
        self.tape = Tape(self.residues)
        self.sizes: dict[str, int] = {}
        self._members: dict[Member, Node] = {}
        self._matched: dict[str, ix.Equation] = {}
        facts = computation.assumptions
        if facts.one_hot or facts.equations or computation.definitions or computation.labels:
            raise Unsupported("one-hot targets, assumed equations, defined functions or labels")

    def warm(self) -> None:
        """All members of quantities that are no derivatives, earlier steps first: nothing recurses deeper than a step."""
        stepped: dict[str, list[range]] = {}
        for family in self.computation.families.values():
            equations = self.computation.equations.get(family.name, ())
            if equations and family.slots and not any(isinstance(e.body, ix.Differentiate) for e in equations):
                if any(r is None for r in family.slots):
                    raise Unsupported(f"the range of {family.latex} is not stated")
                stepped[family.name] = [range(r.lower.value(self.values), r.upper.value(self.values) + 1) for r in family.slots if r]
        last = max((len(r) for ranges in stepped.values() for r in ranges), default=0)
        if last > MOST_STEPS:
            raise Unsupported("too many steps")
        everything = sorted({slots for ranges in stepped.values() for slots in product(*ranges)})
        for slots in everything:
            for name, ranges in stepped.items():
                if len(ranges) == len(slots) and all(s in r for s, r in zip(slots, ranges, strict=True)):
                    self.member(name, slots)

    # -- quantities -------------------------------------------------------------------------------------------------------

    def member(self, family: str, slots: tuple[int, ...]) -> Node:
        """A whole quantity at a step; its axes are named 0, 1, …"""
        found = self._members.get((family, slots))
        if found is None:
            found = self._members[family, slots] = self._computed(family, slots)
        return found

    def _computed(self, name: str, slots: tuple[int, ...]) -> Node:
        family = self.computation.families[name]
        for equation in self.computation.equations.get(name, ()):
            values = self._at(equation, slots)
            if values is not None:
                for variable, size in zip(equation.components, family.axes, strict=True):
                    self.sizes[variable] = size.value(values)
                node = self.value(equation.body, values)
                node = self._repeated(node, equation.components)
                return self.tape.named(node, _axes(len(equation.components)))
        for declared, slot in zip(family.slots, slots, strict=True):
            if declared is not None and slot > declared.upper.value(self.values):
                raise Unsupported(f"{family.latex} above its range")
        if any(isinstance(e.body, ix.Differentiate) for e in self.computation.equations.get(name, ())):
            raise Unsupported(f"{family.latex} below its range")
        shape = tuple(size.value({**self.values, **dict(zip(family.letters, slots, strict=True))}) for size in family.axes)
        value = self.residues.random(shape)
        if name in self.computation.assumptions.normalised:
            value[..., -1] = self.residues.reduced(1 - value[..., :-1].sum(axis=-1))
        return self.tape.node(_axes(len(shape)), value, 1)

    def _at(self, equation: ix.Equation, slots: tuple[int, ...]) -> Values | None:
        values = dict(self.values)
        for written, actual in zip(equation.slots, slots, strict=True):
            letters = [a for a in written.atoms() if a not in self.values]
            if not letters:
                if written.value(values) != actual:
                    return None
            elif len(written.terms) == 1 and written.terms[0][1] == 1 and letters[0] not in values:
                values[letters[0]] = actual - written.constant
            else:
                raise Unsupported("an equation whose step is no shifted letter")
        return values if all(c.holds(values) for c in equation.conditions) else None

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

    @singledispatchmethod
    def value(self, e: Any, values: Values) -> Node:
        """The array of an expression: an axis for each component variable that it names."""
        raise Unsupported(f"{type(e).__name__}")

    @value.register
    def _(self, e: ix.Number, values: Values) -> Node:
        return self.tape.number(e.value)

    @value.register
    def _(self, e: ix.IndexValue, values: Values) -> Node:
        if any(atom in self.sizes for atom in e.index.atoms()):
            raise Unsupported("a component index as a number")
        return self.tape.number(Fraction(e.index.value(values)))

    @value.register
    def _(self, e: ix.Entry, values: Values) -> Node:
        found = self.member(e.family, tuple(s.value(values) for s in e.slots))
        names = tuple(c.as_variable() or "" for c in e.components)
        if "" in names or len(set(names)) < len(names) or any(n not in self.sizes for n in names):
            raise Unsupported("components that are no different letters")
        for name, length in zip(names, found.value.shape[1:], strict=True):
            if self.sizes[name] != length:
                raise Unsupported("a component that runs over another axis")
        return self.tape.renamed(found, names)

    @value.register
    def _(self, e: ix.Add, values: Values) -> Node:
        terms = [self._term(term, values) for term in e.terms]
        names = tuple(dict.fromkeys(name for _, node in terms for name in node.names))
        return self.tape.add(terms, names)

    def _term(self, e: ix.Expression, values: Values) -> tuple[Fraction, Node]:
        """A term as (number, rest)."""
        factor, rest = _number(e)
        return factor, self.value(rest, values)

    @value.register
    def _(self, e: ix.Multiply, values: Values) -> Node:
        return self._summed(e, (), values)

    @value.register
    def _(self, e: ix.Power, values: Values) -> Node:
        return self.tape.power(self.value(e.base, values), e.exponent.value(values))

    @value.register
    def _(self, e: ix.Sum, values: Values) -> Node:
        if _counts_steps(e):
            return self._over_steps(e, values)
        summed: list[str] = []
        body: ix.Expression = e
        while isinstance(body, ix.Sum) and not _counts_steps(body):
            if body.conditions or body.lower != ix.ONE:
                raise Unsupported("a sum over a part of an axis")
            self.sizes[body.variable] = body.upper.value(values)
            summed.append(body.variable)
            body = body.body
        return self._summed(body, tuple(summed), values)

    def _summed(self, e: ix.Expression, summed: tuple[str, ...], values: Values) -> Node:
        """Σ over component variables of a product: one variable after the other is summed out of the factors that have it."""
        factor, rest = _number(e)
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

    def _steps(self, e: ix.Sum, values: Values) -> Iterator[Values]:
        for k in range(e.lower.value(values), e.upper.value(values) + 1):
            inner = {**values, e.variable: k}
            if all(c.holds(inner) for c in e.conditions):
                yield inner

    def _over_steps(self, e: ix.Sum, values: Values) -> Node:
        factor, rest = _number(e.body)
        if isinstance(rest, ix.Multiply) and all(isinstance(f, ix.Entry) for f in rest.factors) and len(rest.factors) == 2:
            stacked = self._stacked(rest.factors, list(self._steps(e, values)))
            if stacked is not None:
                return self.tape.add([(factor, stacked)], stacked.names)
        terms = [self._term(e.body, inner) for inner in self._steps(e, values)]
        names = tuple(dict.fromkeys(name for _, node in terms for name in node.names))
        return self.tape.add(terms, names)

    def _stacked(self, factors: Sequence[ix.Expression], steps: list[Values]) -> Node | None:
        """Σ_t a_t b_t as one product over a further axis; only for what is not differentiated again."""
        if not steps or not any(self._is_derivative(f) for f in factors):
            return None
        nodes = [[self.value(f, inner) for inner in steps] for f in factors]
        if any(node.names != column[0].names for column in nodes for node in column):
            return None
        wide = [
            self.tape.node(("#steps", *column[0].names), np.stack([n.value for n in column], axis=1), max(n.degree for n in column))
            for column in nodes
        ]
        out = tuple(n for n in dict.fromkeys((*wide[0].names, *wide[1].names)) if n != "#steps")
        node = self.tape.times(wide[0], wide[1], out)
        node.opaque = True
        return node

    def _is_derivative(self, e: ix.Expression) -> bool:
        equations = self.computation.equations.get(e.family, ()) if isinstance(e, ix.Entry) else ()
        return any(isinstance(q.body, ix.Differentiate) for q in equations)

    @value.register
    def _(self, e: ix.MatrixProduct, values: Values) -> Node:
        row, column = e.row.as_variable(), e.column.as_variable()
        if row is None or column is None or e.rows != e.columns:
            raise Unsupported("an entry of a product of matrices")
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
                raise Unsupported("a product over a range of negative length")
            result = self._identity(size, (i, j))
        return self.tape.renamed(result, (row, column))

    def _identity(self, size: int, names: Names) -> Node:
        value = np.broadcast_to(np.eye(size), (len(self.residues.primes), size, size)).copy()
        return self.tape.node(names, value, 0)

    @value.register
    def _(self, e: ix.Branches, values: Values) -> Node:
        for conditions, body in e.branches:
            names = {a for c in conditions for a in (*c.left.atoms(), *c.right.atoms()) if a in self.sizes}
            if names:
                return self._kronecker(e, values)
            if all(c.holds(values) for c in conditions):
                return self.value(body, values)
        if e.otherwise is None:
            raise Unsupported("no case applies")
        return self.value(e.otherwise, values)

    def _kronecker(self, e: ix.Branches, values: Values) -> Node:
        """`body` where two component variables are equal, else 0."""
        ((conditions, body),) = e.branches if len(e.branches) == 1 else (((), ix.Number(Fraction(0))),)
        pair = tuple(c.as_variable() or "" for c in (conditions[0].left, conditions[0].right)) if len(conditions) == 1 else ()
        plain = e.otherwise == ix.Number(Fraction(0)) and len(pair) == 2 and conditions[0].relation == "="
        if not plain or any(n not in self.sizes for n in pair) or self.sizes[pair[0]] != self.sizes[pair[1]]:
            raise Unsupported("cases of components")
        delta, inner = self._identity(self.sizes[pair[0]], pair), self.value(body, values)
        return self.tape.times(delta, inner, tuple(dict.fromkeys((*pair, *inner.names))))

    @value.register
    def _(self, e: ix.Apply, values: Values) -> Node:
        if e.of_output or e.partial or e.slots or len(e.arguments) != 1:
            raise Unsupported(f"{e.function} of several arguments, of its output, or one of several functions of that name")
        (argument,) = e.arguments
        for name, size in zip(argument.variables, argument.sizes, strict=True):
            self.sizes[name] = size.value(values)
        if e.function == "softmax":
            return self._softmax(e, argument, values)
        if argument.variables or e.component or e.function in ("relu", "step", "leaky_relu", "softplus", "sqrt", "sin", "cos", "sinh", "cosh"):
            raise Unsupported(e.function)
        x = self.value(argument.body, values)
        if e.function == "identity":
            return x if e.order == 0 else self.tape.number(Fraction(int(e.order == 1)))
        if e.function == "log":
            return self._logarithm(argument.body, x, values)
        return self.tape.apply(e.function, e.order, x)

    def _softmax(self, e: ix.Apply, argument: ix.Argument, values: Values) -> Node:
        component = e.component[0].as_variable() if len(e.component) == 1 else None
        if len(argument.variables) != 1 or component is None or e.order:
            raise Unsupported("softmax of a matrix, or an entry or derivative of it")
        self.sizes[component] = self.sizes[argument.variables[0]]
        x = self.value(argument.body, values)
        renamed = self.tape.renamed(x, tuple(component if n == argument.variables[0] else n for n in x.names))
        return self.tape.softmax(renamed, component)

    def _logarithm(self, e: ix.Expression, x: Node, values: Values) -> Node:
        """Of a quantity that is a softmax: else there would be divisions."""
        if not isinstance(e, ix.Entry) or len(e.components) != 1:
            raise Unsupported("a logarithm of what is no softmax")
        member = self.member(e.family, tuple(s.value(values) for s in e.slots))
        origin = member
        while origin.softmax is None and len(origin.back) == 1 and origin.value is member.value:
            origin = origin.back[0][0]
        if origin.softmax is None:
            raise Unsupported("a logarithm of what is no softmax")
        member.passed_by = True
        (axis,) = origin.names
        return self.tape.renamed(self.tape.log_softmax(origin, axis), x.names)

    @value.register
    def _(self, e: ix.Differentiate, values: Values) -> Node:
        if e.mode == "immediate" or not isinstance(e.numerator, ix.Entry):
            raise Unsupported("an immediate derivative, or one of an expression")
        top = self.member(e.numerator.family, tuple(s.value(values) for s in e.numerator.slots))
        wrt = self.member(e.wrt.family, tuple(s.value(values) for s in e.wrt.slots))
        names = tuple(c.as_variable() or "" for c in (*e.numerator.components, *e.wrt.components))
        if "" in names or len(set(names)) < len(names):
            raise Unsupported("components that are no different letters")
        for name, length in zip(names, (*top.value.shape[1:], *wrt.value.shape[1:]), strict=True):
            self.sizes[name] = length
        letters = tuple(f"#{n}" for n in top.names)
        adjoint = self.tape.adjoint(top, wrt, letters, lambda: self._seed(top))
        if adjoint is None:
            zero = self.residues.number(Fraction(0)).reshape(-1, *[1] * len(names))
            shape = (len(zero), *top.value.shape[1:], *wrt.value.shape[1:])
            return self.tape.node(names, np.broadcast_to(zero, shape), 0)
        node = self.tape.node(names, adjoint.value, adjoint.degree)
        node.opaque = True
        return node

    def _seed(self, top: Node) -> Array:
        """∂top/∂top: the identity in the axes of its entry and its own."""
        shape = top.value.shape[1:]
        eye = np.eye(int(np.prod(shape))).reshape((*shape, *shape))
        return np.broadcast_to(eye, (len(self.residues.primes), *eye.shape)).copy()

    # -- claims -----------------------------------------------------------------------------------------------------------

    def compare(self, question: Question) -> Answer:
        """The sides at every instance, until one differs."""
        instances, degree = 0, 0
        for values in self._instances(question):
            sides = []
            for side in (question.left, question.right):
                for variable, size in zip(side.variables, question.axes, strict=True):
                    self.sizes[variable] = size.value(values)
                node = self._repeated(self.value(side.body, values), side.variables)
                degree = max(degree, node.degree)
                sides.append(node.value)
            instances += 1
            if np.any(self.residues.reduced(sides[0] - sides[1])):
                return Answer(False, 0.0, instances)
        return Answer(True, self._error(degree), instances)

    def _error(self, degree: int) -> float:
        bound = 1.0
        for p in self.residues.primes:
            bound *= min(1.0, degree / p)
        return bound

    def _instances(self, question: Question) -> Iterator[Values]:
        found: list[Values] = [dict(self.values)]
        for name, lower, upper in question.free:
            found = [{**v, name: k} for v in found for k in range(lower.value(v), upper.value(v) + 1)]
            self.sizes.pop(name, None)
        return (v for v in found if all(c.holds(v) for c in question.conditions))


def _axes(count: int) -> Names:
    return tuple(map(str, range(count)))


def _number(e: ix.Expression) -> tuple[Fraction, ix.Expression]:
    """An expression as a number times the rest, nested products joined."""
    if not isinstance(e, ix.Multiply):
        return Fraction(1), e
    factor, rest = Fraction(1), []
    for part in e.factors:
        if isinstance(part, ix.Number):
            factor *= part.value
        else:
            more, inner = _number(part)
            factor *= more
            rest += inner.factors if isinstance(inner, ix.Multiply) else [inner]
    if not rest:
        return factor, ix.Number(Fraction(1))
    return factor, rest[0] if len(rest) == 1 else ix.Multiply(tuple(rest))


def _counts_steps(e: ix.Sum) -> bool:
    """Whether a sum runs over steps: its variable stands where steps stand, or in a range."""
    stack: list[object] = [e.body]
    while stack:
        item = stack.pop()
        if isinstance(item, tuple):
            stack.extend(item)
        elif isinstance(item, ix.Entry):
            if any(e.variable in slot.atoms() for slot in item.slots):
                return True
        elif isinstance(item, (ix.Sum, ix.ScalarProduct, ix.MatrixProduct)):
            if any(e.variable in end.atoms() for end in (item.lower, item.upper)):
                return True
            stack.append(item.body)
        elif isinstance(item, ix.Differentiate):
            stack += [item.numerator, item.wrt]
        elif isinstance(item, (ix.Add, ix.Multiply)):
            stack.append(item.terms if isinstance(item, ix.Add) else item.factors)
        elif isinstance(item, ix.Power):
            stack.append(item.base)
        elif isinstance(item, ix.Apply):
            stack += [argument.body for argument in item.arguments]
        elif isinstance(item, ix.Branches):
            stack += [body for _, body in item.branches]
            if item.otherwise is not None:
                stack.append(item.otherwise)
    return False


__all__ = ["SLOPES", "Answer", "Question", "Run", "Side", "Unsupported", "screen"]
