"""Index notation: the inner language in which every quantity is an indexed family and every formula scalar.

An expression denotes one scalar for each value of its index variables. Steps, layers and components
are all indices; sizes and the last step are symbols until a computation is unrolled.
Transposes, element-wise products, `diag`, layouts and row or column conventions are gone at this stage:
they are only ways to write indices.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields
from fractions import Fraction
from functools import cached_property
from typing import Any, NamedTuple, TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class Indexed:
    """An integer that depends on an index: the size `n_{l-1}` of a layer, or the label `y_i` of a sample."""

    name: str
    indices: tuple[Affine, ...]

    def __str__(self) -> str:
        return f"{self.name}_{{{','.join(map(str, self.indices))}}}"


Atom = str | Indexed
#: Values of index variables, sizes and last steps; an `Indexed` is looked up by (name, indices).
Values = Mapping[object, int]


def place(term: tuple[Atom, int]) -> str:
    """Where a term stands in the normal form of an `Affine`."""
    return str(term[0])


def _normal(counts: Mapping[Atom, int], constant: int) -> Affine:
    terms = [item for item in counts.items() if item[1]]
    if len(terms) > 1:
        terms.sort(key=place)
    return Affine(tuple(terms), constant)


class Affine(NamedTuple):
    """An integer expression `c + Σ kᵢ aᵢ` over index variables and sizes, in normal form.

    A tuple, since proofs make and compare hundreds of thousands of them.
    """

    terms: tuple[tuple[Atom, int], ...] = ()
    constant: int = 0

    @staticmethod
    def of(value: Atom | int) -> Affine:
        return Affine((), value) if isinstance(value, int) else Affine(((value, 1),), 0)

    def _combine(self, other: Affine, sign: int) -> Affine:
        if not other.terms:
            return Affine(self.terms, self.constant + sign * other.constant) if other.constant else self
        counts = dict(self.terms)
        for atom, count in other.terms:
            counts[atom] = counts.get(atom, 0) + sign * count
        return _normal(counts, self.constant + sign * other.constant)

    def __add__(self, other: Affine) -> Affine:  # type: ignore[override]
        return self._combine(other, 1)

    def __sub__(self, other: Affine) -> Affine:
        return self._combine(other, -1)

    def scaled(self, factor: int) -> Affine:
        if factor == 1:
            return self
        return Affine(tuple([(a, c * factor) for a, c in self.terms]), self.constant * factor) if factor else Affine()

    def value(self, values: Values) -> int:
        total = self.constant
        for atom, count in self.terms:
            if isinstance(atom, str):
                total += count * values[atom]
            else:
                total += count * values[atom.name, tuple([i.value(values) for i in atom.indices])]
        return total

    def atoms(self) -> set[Atom]:
        found: set[Atom] = set()
        for atom, _ in self.terms:
            found.add(atom)
            if isinstance(atom, Indexed):
                for index in atom.indices:
                    found |= index.atoms()
        return found

    def substitute(self, mapping: Mapping[str, Affine]) -> Affine:
        if len(self.terms) <= 1:
            for atom, count in self.terms:
                if isinstance(atom, str):
                    value = mapping.get(atom)
                    if value is None:
                        return self
                    value = value.scaled(count)
                    return Affine(value.terms, value.constant + self.constant) if self.constant else value
            if not self.terms:
                return self
        elif not any(not isinstance(atom, str) or atom in mapping for atom, _ in self.terms):
            return self
        counts: dict[Atom, int] = {}
        constant = self.constant
        for atom, count in self.terms:
            if isinstance(atom, Indexed):
                atom = Indexed(atom.name, tuple(i.substitute(mapping) for i in atom.indices))
            new = mapping.get(atom) if isinstance(atom, str) else None
            if new is None:
                counts[atom] = counts.get(atom, 0) + count
                continue
            constant += new.constant * count
            for inner, times in new.terms:
                counts[inner] = counts.get(inner, 0) + times * count
        return _normal(counts, constant)

    def as_variable(self) -> str | None:
        """The variable this is exactly, if it is one."""
        if len(self.terms) == 1 and self.constant == 0 and self.terms[0][1] == 1 and isinstance(self.terms[0][0], str):
            return self.terms[0][0]
        return None

    def __str__(self) -> str:
        text = ""
        for atom, count in self.terms:
            sign = "-" if count < 0 else "+" if text else ""
            text += f"{sign}{'' if abs(count) == 1 else abs(count)}{atom}"
        if self.constant or not text:
            text += f"{self.constant:+d}" if text else str(self.constant)
        return text


ONE = Affine.of(1)
ZERO = Affine.of(0)

#: Conditions on indices: relation name to test.
RELATIONS: dict[str, Callable[[int, int], bool]] = {
    "=": lambda a, b: a == b,
    "\\ne": lambda a, b: a != b,
    "<": lambda a, b: a < b,
    "\\le": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    "\\ge": lambda a, b: a >= b,
}


@dataclass(frozen=True)
class Condition:
    """`left relation right` between indices."""

    left: Affine
    relation: str
    right: Affine

    def holds(self, values: Values) -> bool:
        return RELATIONS[self.relation](self.left.value(values), self.right.value(values))

    def __str__(self) -> str:
        return f"{self.left} {self.relation} {self.right}"


class Expression:
    """A scalar for each value of its free index variables."""


@dataclass(frozen=True)
class Number(Expression):
    value: Fraction


@dataclass(frozen=True)
class IndexValue(Expression):
    """A size or index used as a number: the T of `1/T`."""

    index: Affine


@dataclass(frozen=True)
class Entry(Expression):
    """One component of one member of a family: `h_{t-1}[j]`; components count from 1."""

    family: str
    slots: tuple[Affine, ...]
    components: tuple[Affine, ...]


@dataclass(frozen=True)
class Add(Expression):
    terms: tuple[Expression, ...]


@dataclass(frozen=True)
class Multiply(Expression):
    factors: tuple[Expression, ...]


@dataclass(frozen=True)
class Power(Expression):
    """`base` to an integer power, which may be symbolic (`c^{T-t}`)."""

    base: Expression
    exponent: Affine


@dataclass(frozen=True)
class Sum(Expression):
    """Over `variable` from `lower` to `upper` (empty: 0) where all `conditions` hold."""

    variable: str
    lower: Affine
    upper: Affine
    body: Expression
    conditions: tuple[Condition, ...] = ()


@dataclass(frozen=True)
class ScalarProduct(Expression):
    """The product over a range (empty: 1) of scalars."""

    variable: str
    lower: Affine
    upper: Affine
    body: Expression
    conditions: tuple[Condition, ...] = ()


@dataclass(frozen=True)
class MatrixProduct(Expression):
    """Entry (`row`, `column`) of an ordered product of matrices over a range (empty: identity).

    `body` is entry (`row_variable`, `column_variable`) of the factor at `variable`, whose shape
    `rows` × `columns` may depend on `variable`; `latest_first` puts the factor of the largest index leftmost.
    """

    variable: str
    lower: Affine
    upper: Affine
    row_variable: str
    column_variable: str
    rows: Affine
    columns: Affine
    body: Expression
    row: Affine
    column: Affine
    latest_first: bool = False


@dataclass(frozen=True)
class Branches(Expression):
    """The value of the first branch whose conditions all hold, else `otherwise` (None: undefined)."""

    branches: tuple[tuple[tuple[Condition, ...], Expression], ...]
    otherwise: Expression | None


@dataclass(frozen=True)
class Argument:
    """A tensor argument of an abstract function: `body` for all values of `variables` in 1..sizes."""

    variables: tuple[str, ...]
    sizes: tuple[Affine, ...]
    body: Expression


@dataclass(frozen=True)
class Apply(Expression):
    """A function of the table or an abstract one: entry `component` of its value.

    `partial` differentiates by entries of arguments, given as (argument position, indices); for an
    element-wise function the argument is one scalar and `order` counts derivatives; `of_output` says that
    the argument is the function's own value, through which the derivative is written. `slots` tell the members
    of an indexed function (`f^l`) apart.
    """

    function: str
    arguments: tuple[Argument, ...]
    component: tuple[Affine, ...] = ()
    partial: tuple[tuple[int, tuple[Affine, ...]], ...] = ()
    order: int = 0
    of_output: bool = False
    slots: tuple[Affine, ...] = ()


@dataclass(frozen=True)
class Differentiate(Expression):
    """∂`numerator`/∂`wrt`; `spelling` is the written form by which total or immediate is chosen, `mode` fixes it."""

    numerator: Expression
    wrt: Entry
    spelling: str
    mode: str = "auto"  # "total", "immediate" or "auto"


@dataclass(frozen=True)
class Range:
    """The values an index takes, both ends included."""

    lower: Affine
    upper: Affine


@dataclass(frozen=True)
class Family:
    """A quantity: its slots (steps, layers) with the ranges they declare, and the sizes of its component axes.

    A column vector has rows and no columns, a row vector the reverse, a scalar neither.
    """

    name: str
    latex: str
    slots: tuple[Range | None, ...]
    letters: tuple[str, ...]
    rows: tuple[Affine, ...]
    columns: tuple[Affine, ...]

    @property
    def axes(self) -> tuple[Affine, ...]:
        return self.rows + self.columns


@dataclass(frozen=True)
class Equation:
    """`family[slots][components] = body`, holding where `conditions` do.

    `slots` are affine in the equation's own index variables; `components` name the component variables.
    """

    family: str
    slots: tuple[Affine, ...]
    components: tuple[str, ...]
    body: Expression
    conditions: tuple[Condition, ...]
    latex: str


@dataclass(frozen=True)
class Definition:
    """A function of one variable given by a formula: `f(x) = 1/(1+e^{-x})`."""

    variable: str
    body: Expression
    latex: str


@dataclass(frozen=True)
class Assumptions:
    """Facts that may be used: families by key, and equations between scalars for all values of `variables`.

    What is normalised or one-hot is so along its last axis, a matrix row by row; matrices in `columnwise` are so column by column.
    """

    normalised: tuple[str, ...] = ()
    one_hot: tuple[str, ...] = ()
    columnwise: tuple[str, ...] = ()
    positive: tuple[str, ...] = ()
    nonzero: tuple[str, ...] = ()
    equations: tuple[AssumedEquation, ...] = ()

    def axis(self, family: str) -> int:
        """The axis along which a family adds up to 1, from the end: -1 or -2."""
        return -2 if family in self.columnwise else -1

    def group(self, family: str, components: tuple[T, ...]) -> tuple[T, ...]:
        """The components of an entry but the one along that axis, which are those of its group."""
        axis = len(components) + self.axis(family)
        return components[:axis] + components[axis + 1 :]


@dataclass(frozen=True)
class AssumedEquation:
    """`left = right` for all values of the free indices (name, lower, upper)."""

    indices: tuple[tuple[str, Affine, Affine], ...]
    left: Expression
    right: Expression
    latex: str


@dataclass(frozen=True)
class Computation:
    """The model as read: families, their equations, and what is known of its symbols."""

    families: Mapping[str, Family]
    equations: Mapping[str, tuple[Equation, ...]]
    definitions: Mapping[str, Definition]
    last_steps: tuple[str, ...]
    labels: Mapping[str, tuple[Affine, Affine]]
    assumptions: Assumptions = Assumptions()

    def matched(self, family: str) -> tuple[Equation, ...]:
        """The equations of a family as they are matched: those of one step (`h_0`, `a_L`, `h_t` for t = 1) before those of many."""
        return self._in_order.get(family, ())

    @cached_property
    def _in_order(self) -> dict[str, tuple[Equation, ...]]:
        return {name: tuple(sorted(found, key=self._free_slots)) for name, found in self.equations.items()}

    def _free_slots(self, equation: Equation) -> int:
        fixed = {*self.last_steps, *(side.as_variable() for c in equation.conditions if c.relation == "=" for side in (c.left, c.right))}
        return sum(1 for slot in equation.slots if slot.atoms() - fixed)


def index_variables(expression: object, found: set[str]) -> set[str]:
    """Add to `found` every name that the indices of an expression mention, bound ones included."""
    found |= {atom for index in indices_of(expression) for atom in index.atoms() if isinstance(atom, str)}
    return found


_FIELDS: dict[type, tuple[str, ...]] = {}


def field_names(item: Any) -> tuple[str, ...]:
    """The names of the fields of a dataclass, looked up once for each kind."""
    kind = type(item)
    if kind not in _FIELDS:
        _FIELDS[kind] = tuple(f.name for f in fields(kind))
    return _FIELDS[kind]


def parts_of(expression: object) -> Iterator[Expression]:
    """An expression and all that it is built from."""
    stack = [expression]
    while stack:
        item = stack.pop()
        if isinstance(item, tuple):
            stack.extend(item)
        elif isinstance(item, (Expression, Argument)):
            stack.extend(getattr(item, name) for name in field_names(item))
            if isinstance(item, Expression):
                yield item


def indices_of(expression: object) -> list[Affine]:
    """All indices that an expression mentions."""
    found: list[Affine] = []
    stack = [expression]
    while stack:
        item = stack.pop()
        if isinstance(item, Affine):
            found.append(item)
        elif isinstance(item, tuple):
            stack.extend(item)
        elif isinstance(item, (Expression, Argument, Condition)):
            stack.extend(getattr(item, name) for name in field_names(item))
    return found
