"""Scalar expressions of an unrolled model in one hash-consed graph, and their exact derivatives by reverse mode.

A node is an `int`, always larger than the nodes it is built from: ids are a topological order, so every pass is a loop over
sorted ids and nothing recurses. Reverse mode follows Werbos's ordered derivatives (Werbos 1990, eq. 5): the adjoint of a
node is the sum over its users of their adjoint times the direct partial.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from enum import IntEnum
from fractions import Fraction
from typing import Any, NamedTuple

from symbptt.functions import FUNCTIONS, Coefficient, Function

Enter = Callable[[Hashable], bool]
Orders = tuple[tuple[int, int], ...]

ZERO = 0
ONE = 1
_ARGUMENT = "free argument of a table derivative"
_LARGEST_NUMBER = 1_000_000  # bits
_FLATTEN = 16  # longer products stay nested: flattening a growing chain would cost the square of its length


class Kind(IntEnum):
    """What a node is; `Graph.data[node]` holds what is named here."""

    CONST = 0  # int | Fraction
    LEAF = 1  # key
    ADD = 2  # ((node, coefficient), ...) sorted by node; a constant term is a coefficient of node ONE
    MUL = 3  # ((node, exponent), ...) sorted by node; coefficients live in ADD only
    APPLY = 4  # Application
    NAME = 5  # (key, body)


class Application(NamedTuple):
    """A function at its arguments; `orders` counts the partial derivatives by argument position (abstract functions only)."""

    function: str
    args: tuple[int, ...]
    component: tuple[int, ...]
    orders: Orders


class _Adjoints:
    """What is known of one output's derivatives: who uses each node below it, and the adjoints built so far."""

    def __init__(self, users: dict[int, list[int]], output: int) -> None:
        self.users = users
        self.adjoint: dict[int, int] = {output: ONE}


def tidy(value: Coefficient) -> Coefficient:
    """The same number as an `int` where it is whole: integers are several times faster than fractions."""
    return value.numerator if isinstance(value, Fraction) and value.denominator == 1 else value


class Graph:
    """Hash-consed scalar expressions. `kinds[node]` and `data[node]` may be read by anyone and written by no one else."""

    def __init__(self) -> None:
        self.kinds: list[Kind] = []
        self.data: list[Any] = []
        self._children: list[tuple[int, ...] | None] = []
        self.functions: set[str] = set()
        self._index: tuple[dict[Any, int], ...] = tuple({} for _ in Kind)
        self._gradients: dict[tuple[int, Enter | None], _Adjoints] = {}
        self._derived: dict[tuple[str, int, tuple[int, ...], Orders], tuple[tuple[int, ...], int]] = {}
        self.const(0)
        self.const(1)

    def __len__(self) -> int:
        return len(self.kinds)

    def _node(self, kind: Kind, data: Any) -> int:
        index = self._index[kind]
        node = index.get(data)
        if node is None:
            node = index[data] = len(self.kinds)
            self.kinds.append(kind)
            self.data.append(data)
            self._children.append(None)
        return node

    # -- building ---------------------------------------------------------------------------------------------------

    def const(self, value: Coefficient) -> int:
        """A rational number."""
        return self._node(Kind.CONST, tidy(value))

    def leaf(self, key: Hashable) -> int:
        """An entry of a free real quantity, e.g. `("W", (1, 2))`."""
        return self._node(Kind.LEAF, key)

    def name(self, key: Hashable, body: int) -> int:
        """An entry of a named quantity. Equal in value to `body`, but a variable of its own for `gradient`."""
        return self._node(Kind.NAME, (key, body))

    def add(self, nodes: Iterable[int]) -> int:
        """The sum; equal terms are merged, nested sums stay shared."""
        terms: dict[int, Coefficient] = {}
        for node in nodes:
            if node != ZERO:
                inner, factor = self._scaled(node)
                terms[inner] = terms.get(inner, 0) + factor
        return self._sum(terms)

    def sub(self, a: int, b: int) -> int:
        """a − b."""
        return self.add((a, self.scale(-1, b)))

    def scale(self, c: Coefficient, node: int) -> int:
        """c · node."""
        inner, factor = self._scaled(node)
        return self._sum({inner: c * factor})

    def _scaled(self, node: int) -> tuple[int, Coefficient]:
        """`node` as (other node, coefficient): numbers are multiples of ONE, scalings are unpacked."""
        if self.kinds[node] == Kind.CONST:
            return ONE, self.data[node]
        if self.kinds[node] == Kind.ADD and len(self.data[node]) == 1:
            inner, factor = self.data[node][0]
            return inner, factor
        return node, 1

    def _sum(self, terms: dict[int, Coefficient]) -> int:
        kept = sorted((node, tidy(c)) for node, c in terms.items() if c)
        if not kept:
            return ZERO
        if len(kept) == 1:
            node, c = kept[0]
            if node == ONE:
                return self.const(c)
            if c == 1:
                return node
        return self._node(Kind.ADD, tuple(kept))

    def mul(self, nodes: Iterable[int]) -> int:
        """The product; equal factors are merged into powers and numbers pulled out in front."""
        factors = [node for node in nodes if node != ONE]
        if ZERO in factors:
            return ZERO
        return factors[0] if len(factors) == 1 else self._product([(node, 1) for node in factors])

    def power(self, node: int, exponent: int) -> int:
        """`node ** exponent`; a negative exponent is the reciprocal (`ZeroDivisionError` for the number 0)."""
        return self._product(((node, exponent),))

    def _product(self, powers: Iterable[tuple[int, int]]) -> int:
        factor: Coefficient = 1
        exponents: dict[int, int] = {}
        for node, exponent in powers:
            inner, c = self._scaled(node)
            if c != 1 and exponent:
                factor *= _number_power(c, exponent)
            if inner == ONE:
                continue
            if self.kinds[inner] == Kind.MUL and len(self.data[inner]) <= _FLATTEN:
                for base, e in self.data[inner]:
                    exponents[base] = exponents.get(base, 0) + e * exponent
            else:
                exponents[inner] = exponents.get(inner, 0) + exponent
        kept = sorted((node, e) for node, e in exponents.items() if e)
        if not kept or factor == 0:
            return self.const(factor)
        product = kept[0][0] if len(kept) == 1 and kept[0][1] == 1 else self._node(Kind.MUL, tuple(kept))
        return product if factor == 1 else self.scale(factor, product)

    def apply(self, function: str, args: tuple[int, ...], component: tuple[int, ...] = (), orders: Orders = ()) -> int:
        """A function at its arguments.

        A name that is a row of `FUNCTIONS` is that function; `softmax` takes all entries and `component = (i,)`, counted from 0.
        Any other name is abstract. `orders` = ((argument position, count), ...) asks for a partial derivative.
        """
        orders = tuple(sorted((position, count) for position, count in orders if count))
        row = FUNCTIONS.get(function)
        if row is None:
            self.functions.add(function)
            return self._node(Kind.APPLY, Application(function, tuple(args), tuple(component), orders))
        if not args or (len(args) > 1 and not row.many_arguments):
            raise ValueError(f"`{function}` takes one argument, not {len(args)}")
        if row.many_arguments and not (len(component) == 1 and 0 <= component[0] < len(args)):
            raise ValueError(f"`{function}` of {len(args)} entries has components 0 to {len(args) - 1}, not {component}")
        if orders:
            return self._derivative_of(row, tuple(args), tuple(component), orders)
        return self._apply_known(row, tuple(args), tuple(component))

    def _apply_known(self, row: Function, args: tuple[int, ...], component: tuple[int, ...]) -> int:
        defined = row.definition(self, args, component) if row.definition is not None else None
        if defined is not None:
            return defined
        if len(args) == 1:
            kind, data = self.kinds[args[0]], self.data[args[0]]
            if row.many_arguments:
                return ONE
            folded = row.fold(data) if kind == Kind.CONST else None
            if folded is not None:
                return self.const(folded)
            if row.undoes and kind == Kind.APPLY and data.function == row.undoes:
                return int(data.args[0])
        self.functions.add(row.name)
        return self._node(Kind.APPLY, Application(row.name, args, component, ()))

    def _derivative_of(self, row: Function, args: tuple[int, ...], component: tuple[int, ...], orders: Orders) -> int:
        """A partial derivative of any order of a known function: taken once at free arguments, then moved to `args`."""
        key = (row.name, len(args), component, orders)
        if key not in self._derived:
            free = tuple(self.leaf((_ARGUMENT, i)) for i in range(len(args)))
            node = self._apply_known(row, free, component)
            for position, count in orders:
                for _ in range(count):
                    node = self.gradient(node, (free[position],))[0]
            self._derived[key] = free, node
        free, node = self._derived[key]
        return self.substitute((node,), dict(zip(free, args, strict=True)))[0]

    # -- reading ----------------------------------------------------------------------------------------------------

    def children(self, node: int) -> tuple[int, ...]:
        """The nodes that `node` is built from directly."""
        known = self._children[node]
        if known is None:
            kind, data = self.kinds[node], self.data[node]
            if kind == Kind.ADD or kind == Kind.MUL:
                known = tuple([child for child, _ in data])
            elif kind == Kind.APPLY:
                known = tuple(data.args)
            else:
                known = (data[1],) if kind == Kind.NAME else ()
            self._children[node] = known
        return known

    def body(self, node: int) -> int:
        """What `node` names, through all names; a node that is no name is its own body."""
        while self.kinds[node] == Kind.NAME:
            node = self.data[node][1]
        return node

    def is_application(self, node: int, function: str, args: tuple[int, ...]) -> bool:
        """Whether `node` is `function` at exactly `args`."""
        return bool(self.kinds[node] == Kind.APPLY and self.data[node].function == function and self.data[node].args == args)

    def support(self, nodes: Iterable[int]) -> set[int]:
        """Everything that `nodes` are built from, themselves included; names are looked through."""
        seen: set[int] = set()
        stack = list(nodes)
        while stack:
            node = stack.pop()
            if node not in seen:
                seen.add(node)
                stack.extend(self.children(node))
        return seen

    def leaves(self, nodes: Iterable[int]) -> list[int]:
        """The leaves that `nodes` depend on, in order of creation."""
        return sorted(node for node in self.support(nodes) if self.kinds[node] == Kind.LEAF)

    def substitute(self, nodes: Sequence[int], mapping: dict[int, int], known: dict[int, int] | None = None) -> list[int]:
        """`nodes` with other nodes put in place, simultaneously; `mapping` wins at any depth and its images are not searched.

        `known` is what earlier calls with the same mapping have found; what this one finds is put there.
        """
        image: dict[int, int] = {} if known is None else known
        needed: set[int] = set()
        stack = list(nodes)
        while stack:
            node = stack.pop()
            if node not in needed and node not in image:
                needed.add(node)
                if node not in mapping:
                    stack.extend(self.children(node))
        for node in sorted(needed):
            image[node] = mapping[node] if node in mapping else self._rebuilt(node, image)
        return [image[node] for node in nodes]

    def _rebuilt(self, node: int, image: dict[int, int]) -> int:
        if all(image[child] == child for child in self.children(node)):
            return node
        kind, data = self.kinds[node], self.data[node]
        if kind == Kind.ADD:
            return self.add([self.scale(c, image[child]) for child, c in data])
        if kind == Kind.MUL:
            return self._product([(image[child], e) for child, e in data])
        if kind == Kind.NAME:
            return self.name(data[0], image[data[1]])
        return self.apply(data.function, tuple(image[arg] for arg in data.args), data.component, data.orders)

    # -- differentiating --------------------------------------------------------------------------------------------

    def gradient(self, output: int, wrt: Sequence[int], enter: Enter | None = None) -> list[int]:
        """The derivatives of `output` by each of `wrt` (leaves or names), each summed over all paths that lead to it.

        `enter(key)` says whether a name on a path may be passed through into its body (all may if None); it is not asked for
        `output` itself nor for adjoints. The accumulated adjoint of a name is named `("adjoint", output, node)`.
        """
        state = self._gradients.get((output, enter))
        if state is None:
            state = self._gradients[output, enter] = _Adjoints(self._users_below(output, enter), output)
        missing: set[int] = set()
        stack = [node for node in wrt if node in state.users]
        while stack:
            node = stack.pop()
            if node not in missing and node not in state.adjoint:
                missing.add(node)
                stack.extend(state.users[node])
        for node in sorted(missing, reverse=True):
            state.adjoint[node] = self._accumulate(node, state, output)
        return [state.adjoint.get(node, ZERO) for node in wrt]

    def _users_below(self, output: int, enter: Enter | None) -> dict[int, list[int]]:
        users: dict[int, list[int]] = {output: []}
        stack = [output]
        while stack:
            node = stack.pop()
            if enter is not None and node != output and self.kinds[node] == Kind.NAME:
                key = self.data[node][0]
                if not _is_adjoint(key) and not enter(key):
                    continue
            for child in set(self.children(node)):
                if child not in users:
                    users[child] = []
                    stack.append(child)
                users[child].append(node)
        return users

    def _accumulate(self, node: int, state: _Adjoints, output: int) -> int:
        """Σ over the users u of `node` of adjoint(u) · ∂u/∂node."""
        terms = []
        for user in sorted(state.users[node]):
            outer = state.adjoint[user]
            if outer != ZERO:
                terms.append(self.mul((outer, self.partial(user, node))))
        total = self.add(terms)
        if self.kinds[node] != Kind.NAME or self.kinds[total] in (Kind.CONST, Kind.LEAF, Kind.NAME):
            return total
        return self.name(("adjoint", output, node), total)

    def partial(self, user: int, node: int) -> int:
        """The direct partial ∂user/∂node, all other children of `user` held."""
        kind, data = self.kinds[user], self.data[user]
        if kind == Kind.NAME:
            return ONE
        if kind == Kind.ADD:
            return self.const(next(c for child, c in data if child == node))
        if kind == Kind.MUL:
            exponent = next(e for child, e in data if child == node)
            rest = [(child, e - (child == node)) for child, e in data]
            return self.scale(exponent, self._product(rest))
        positions = [i for i, arg in enumerate(data.args) if arg == node]
        return self.add([self._slot_partial(user, data, position) for position in positions])

    def _slot_partial(self, value: int, data: Application, position: int) -> int:
        row = FUNCTIONS.get(data.function)
        if row is not None and row.derivative is not None:
            return row.derivative(self, data.args, value, data.component, position)
        orders = dict(data.orders)
        orders[position] = orders.get(position, 0) + 1
        return self.apply(data.function, data.args, data.component, tuple(orders.items()))


def _number_power(c: Coefficient, exponent: int) -> Coefficient:
    size = max(c.numerator.bit_length(), c.denominator.bit_length())
    if size * abs(exponent) > _LARGEST_NUMBER and c != -1:
        raise OverflowError(f"a number of {size} bits to the power {exponent} is too large to be written out")
    return c**exponent if exponent > 0 else Fraction(c) ** exponent


def _is_adjoint(key: Hashable) -> bool:
    return isinstance(key, tuple) and len(key) == 3 and key[0] == "adjoint"
