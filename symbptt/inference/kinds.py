"""Which kinds an expression can have, scalar, column, row or matrix, as a function of those of the names in it.

A kind is one bit, a set of kinds a mask.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache, partial
from itertools import product as pairs
from typing import Any

from ..latex import syntax as s
from ..latex.printer import to_latex
from ..reading.calls import KNOWN_NAMES
from ..reading.notation import TRANSPOSES
from ..reading.scope import script_items
from .quantities import Names, function_key, stacked_behind
from .written import is_exponential

SCALAR, COLUMN, ROW, MATRIX = 1, 2, 4, 8
ANY = 15
KINDS = (SCALAR, COLUMN, ROW, MATRIX)
#: A function that is applied to every component: its value has the kind of its argument.
ELEMENTWISE = 16
VECTOR = COLUMN | ROW
#: Is the number of rows, and that of columns, 1?
SINGLE = {SCALAR: (True, True), COLUMN: (False, True), ROW: (True, False), MATRIX: (False, False)}
OF_AXES = {axes: kind for kind, axes in SINGLE.items()}
TURNED = {SCALAR: SCALAR, COLUMN: ROW, ROW: COLUMN, MATRIX: MATRIX}

SCALAR_FUNCTIONS = frozenset({"tr", "\\mathrm{tr}", "\\mathrm{Tr}", "\\operatorname{tr}", "\\det"})
DIAGONAL = frozenset({"diag", "\\mathrm{diag}", "\\operatorname{diag}"})
#: Letters of costs: such a function gives a number.
COSTS = frozenset({"L", "J", "C", "\\mathcal{L}", "\\mathcal{J}", "\\ell", "\\mathrm{loss}", "\\mathrm{cost}"})


def each(mask: int) -> Iterator[int]:
    """The kinds of a set."""
    return (kind for kind in (*KINDS, ELEMENTWISE) if mask & kind)


@cache
def turned(mask: int) -> int:
    return sum(TURNED[kind] for kind in each(mask))


@cache
def added(a: int, b: int) -> int:
    """Kinds of a sum: equal ones, and a row or column of biases added to a matrix."""
    both = a & b
    if (a & MATRIX and b & VECTOR) or (b & MATRIX and a & VECTOR):
        both |= MATRIX
    return both


@cache
def matrix_product(a: int, b: int) -> int:
    found = 0
    for x, y in pairs(each(a), each(b)):
        if SCALAR in (x, y):
            found |= y if x == SCALAR else x
        elif SINGLE[x][1] == SINGLE[y][0]:
            found |= OF_AXES[SINGLE[x][0], SINGLE[y][1]]
    return found


@cache
def along(a: int, b: int) -> int:
    """Kinds of a product entry by entry, where one of the two is a row for every row of the other, or a column for every column."""
    return elementwise(a, b) | (MATRIX if (a & VECTOR and b & MATRIX) or (a & MATRIX and b & VECTOR) else 0)


@cache
def elementwise(a: int, b: int) -> int:
    found = a & b
    found |= b if a & SCALAR else 0
    found |= a if b & SCALAR else 0
    return found


def multiplied(a: int, b: int, meanings: tuple[str, ...], loose: bool) -> int:
    """Kinds of a product whose sign can have these meanings; what is only tried where nothing else fits comes in if `loose`."""
    found = 0
    tried = meanings if loose else meanings[:1]
    for meaning in tried:
        if meaning == "elementwise":
            found |= elementwise(a, b)
        elif meaning == "outer":
            found |= (MATRIX if a & VECTOR and b & VECTOR else 0) | matrix_product(a, b)
        else:
            found |= matrix_product(a, b)
    if "inner" in tried and a & VECTOR and b & VECTOR:
        found |= SCALAR
    return found


@cache
def _product_of(meanings: tuple[str, ...], loose: bool) -> Callable[[int, int], int]:
    """`multiplied` with a sign that can have these meanings."""
    return cache(partial(multiplied, meanings=meanings, loose=loose))


@cache
def differentiated(above: int, below: int) -> int:
    """Kinds of a derivative."""
    found = 0
    for x, y in pairs(each(above), each(below)):
        if x == SCALAR:
            found |= y | TURNED[y]
        elif y == SCALAR:
            found |= x
        else:
            found |= ANY if MATRIX in (x, y) else MATRIX
    return found


#: What a sign can mean where nothing is said of it, most likely first.
MEANINGS: Mapping[str, tuple[str, ...]] = {
    "": ("matrix", "elementwise"),
    "*": ("matrix", "elementwise"),
    "\\cdot": ("matrix", "elementwise", "inner"),
    "\\times": ("matrix", "outer", "elementwise"),
    "\\circ": ("elementwise",),
    "\\odot": ("elementwise",),
    "\\otimes": ("outer", "elementwise"),
}


#: The kinds of names, and those that an expression can have, given them: `None` for a number, which fits everywhere.
Kinds = Mapping[str, int]
Rule = Callable[[Kinds], int | None]


def always(found: int | None) -> Rule:
    return lambda kinds: found


@cache
def _of_occurrence(components: int, transposed: bool) -> tuple[int, ...]:
    """The kinds of a quantity with components, and turned, for each set of kinds of the quantity."""
    found: list[int] = []
    for mask in range(2 * ELEMENTWISE):
        if components == 1:
            mask = (SCALAR if mask & VECTOR else 0) | (VECTOR if mask & MATRIX else 0)
        elif components > 1:
            mask = SCALAR if mask & MATRIX else 0
        found.append(sum(TURNED.get(kind, 0) for kind in each(mask)) if transposed else mask)
    return tuple(found)


class Rules:
    """Which kinds an expression can have, as a function of those of the names in it.

    `loose`: whether a product without a sign may be elementwise; `inner`: whether two vectors side by side may be the sum of their
    products; `squares`: whether the square of a bracket is that of a number, as in `C = \\frac12 \\sum_i c_i (p_i - y_i)^2`.
    `stated` are kinds that are not looked for: a row among them may be for every row of a matrix beside it.
    """

    def __init__(
        self,
        names: Names,
        loose: bool,
        signs: Mapping[str, tuple[str, ...]] = MEANINGS,
        inner: bool = False,
        squares: bool = False,
        stated: Mapping[str, int] | None = None,
    ) -> None:
        self._names = names
        self._stated = stated or {}
        self._loose = loose
        self._signs = signs
        self._inner = inner
        self._squares = squares

    def fits(self, formula: s.Formula) -> Callable[[Kinds], bool]:
        """Whether all sides can have one kind."""
        sides = [self.of(side) for side in formula.sides]

        def fits(kinds: Kinds) -> bool:
            common = ANY
            for side in sides:
                found = side(kinds)
                if found is not None:
                    common &= found
                if not common:
                    return False
            return True

        return fits

    def of(self, node: s.Node) -> Rule:
        """The kinds that an expression can have."""
        rule = RULES.get(type(node))
        return rule(self, node) if rule is not None else always(ANY)

    def _number(self, node: s.Number) -> Rule:
        return always(None)

    def _symbol(self, node: s.Symbol) -> Rule:
        if node.name in ("e", "\\pi", "I", "\\mathbf{I}") and not node.scripts:
            return always({"e": SCALAR, "\\pi": SCALAR}.get(node.name, MATRIX))
        if is_exponential(node):
            return self.of(node.scripts[0].body)
        return self._name(node)

    def _name(self, node: s.Node) -> Rule:
        found = self._names.of(node)
        if found is None:
            return always(ANY)
        key = found.quantity.key
        if self._names.is_index(key):
            return always(None)
        known = _of_occurrence(len(found.components), found.transposed)
        return lambda kinds: known[kinds.get(key, ANY)]

    def _scripted(self, node: s.Scripted) -> Rule:
        base = self.of(node.base)
        transposed = [script.kind == "sup" and to_latex(script.body) in TRANSPOSES for script in node.scripts]
        counted = [
            len(list(script_items(script))) if script.kind == "sub" and not isinstance(node.base, s.Norm) else 0 for script in node.scripts
        ]
        entry = [
            {1: VECTOR, 2: MATRIX}.get(count, 0) if count > 1 or isinstance(script.body, s.Symbol) else 0
            for count, script in zip(counted, node.scripts, strict=True)
        ]

        numbers = self._squares and isinstance(node.base, s.Group) and any(script.body == s.Number("2") for script in node.scripts)

        def scripted(kinds: Kinds) -> int | None:
            found = base(kinds)
            if found is None:
                return None
            found &= SCALAR if numbers else ANY
            for is_transposed, of_kind in zip(transposed, entry, strict=True):
                if is_transposed:
                    found = turned(found)
                elif of_kind:
                    found = SCALAR if found & of_kind else ANY
            return found

        return scripted

    def _group(self, node: s.Group) -> Rule:
        if isinstance(node.body, s.Sequence):
            return self._stacked(node.body.items)
        return self.of(node.body)

    def _add(self, node: s.Add) -> Rule:
        terms = [self.of(term) for _, term in node.terms]

        def total(kinds: Kinds) -> int | None:
            found: int | None = None
            for term in terms:
                own = term(kinds)
                if own is not None:
                    found = own if found is None else added(found, own)
            return found

        return total

    def _product(self, node: s.Product) -> Rule:
        first, *others = factors = [self.of(factor) for factor in node.factors]
        derivatives = [rule for rule, factor in zip(factors, node.factors, strict=True) if isinstance(factor, s.Derivative)]
        spread = any(map(self.is_stated_row, node.factors))
        steps = [(rule, self._step(sign, spread), self._inner and sign in ("", "*")) for rule, sign in zip(others, node.signs, strict=True)]

        def product(kinds: Kinds) -> int | None:
            if derivatives and any(rule(kinds) == ANY for rule in derivatives):
                return ANY  # by a matrix or of one: a product with its three axes can be anything
            total = first(kinds)
            for rule, multiply, inner in steps:
                found = rule(kinds)
                if found is not None and total is not None:
                    inner = inner and bool(total & found & VECTOR)
                    total = multiply(total, found)
                    total |= SCALAR if inner else 0
                elif total is None:
                    total = found
            return total

        return product

    def _step(self, sign: str, spread: bool) -> Callable[[int, int], int]:
        """Kinds of two factors with this sign between them."""
        meanings = self._signs.get(sign, ("matrix",)) if sign != "/" else ("elementwise",)
        if meanings == ("elementwise",):
            return along if spread else elementwise
        return _product_of(meanings, self._loose)

    def is_stated_row(self, node: s.Node) -> bool:
        """Whether an expression is made of quantities that are stated to be rows, and of numbers."""
        keys = set(self._names.keys_in(node.wrt[0] if isinstance(node, s.Derivative) and len(node.wrt) == 1 else node))
        kinds = {self._stated.get(key) for key in keys}
        return ROW in kinds and kinds <= {ROW, SCALAR}

    def _fraction(self, node: s.Fraction) -> Rule:
        numerator, denominator = self.of(node.numerator), self.of(node.denominator)
        divided = along if self.is_stated_row(node.denominator) else elementwise

        def fraction(kinds: Kinds) -> int | None:
            above, below = numerator(kinds), denominator(kinds)
            if above is None or below is None:
                return below if above is None else above
            return divided(above, below)

        return fraction

    def _derivative(self, node: s.Derivative) -> Rule:
        if len(node.wrt) != 1 or node.order > 1:
            return always(ANY)
        numerator, wrt = self.of(node.numerator), self.of(node.wrt[0])

        def derivative(kinds: Kinds) -> int:
            above, below = numerator(kinds), wrt(kinds)
            return differentiated(SCALAR if above is None else above, SCALAR if below is None else below)

        return derivative

    def _big_operator(self, node: s.BigOperator) -> Rule:
        return self.of(node.body)

    def _evaluated(self, node: s.Evaluated) -> Rule:
        return self.of(node.body)

    def _norm(self, node: s.Norm) -> Rule:
        return always(SCALAR if node.bracket != "|" else ANY)

    def _cases(self, node: s.Cases) -> Rule:
        branches = [self.of(value) for value, _ in node.branches]

        def cases(kinds: Kinds) -> int | None:
            values = [found for branch in branches if (found := branch(kinds)) is not None]
            common = ANY
            for found in values:
                common &= found
            return common if values else None

        return cases

    def _matrix(self, node: s.Matrix) -> Rule:
        if len(node.rows) == 1:
            return always(ROW | MATRIX if len(node.rows[0]) > 1 else ANY)
        return self._stacked([row[0] for row in node.rows]) if all(len(row) == 1 for row in node.rows) else always(MATRIX)

    def _stacked(self, nodes: Sequence[s.Node]) -> Callable[[Kinds], int]:
        """Columns on top of one another are a column, matrices a matrix; what is beside a row is a row."""
        parts = [self.of(node) for node in nodes]

        def stacked(kinds: Kinds) -> int:
            found = COLUMN | MATRIX
            for part in parts:
                own = part(kinds)
                if own == ROW:
                    return ROW
                found &= own if own is not None and own & (COLUMN | MATRIX) else found
            return found or COLUMN | MATRIX

        return stacked

    def _call(self, node: s.Call) -> Rule:
        if self._names.of(node) is not None:
            return self._name(node)
        name = node.function.name
        if parts := stacked_behind(node):  # a product with a stacked column
            stacked, inputs = self._names.of(node.function), self._stacked(parts)
            if stacked is None:
                return always(ANY)
            weights = stacked.quantity.key
            return lambda kinds: matrix_product(kinds.get(weights, ANY), inputs(kinds))
        if name in SCALAR_FUNCTIONS:
            return always(SCALAR)
        if name in DIAGONAL:
            return always(MATRIX)
        key = function_key(node.function)
        known = name in KNOWN_NAMES or name.strip("\\") in KNOWN_NAMES
        alone = node.args[0] if len(node.args) == 1 else None
        argument = self.of(alone) if alone is not None else always(None)
        softmax = name.rpartition("{")[2].rstrip("}") == "softmax" and isinstance(alone, (s.Add, s.Product))
        is_quantity = self._names.is_quantity(name)

        def call(kinds: Kinds) -> int | None:
            own, first = kinds.get(key, ANY), argument(kinds)
            if first is not None and softmax:
                return first & ~SCALAR  # of a lone name, a score, it may be a softmax over the steps
            if first is None or not (known or own & ELEMENTWISE):
                return own & ANY
            whole = matrix_product(kinds.get(name, ANY), first) if is_quantity else 0
            return first | whole | (0 if known else own & ANY)

        return call


#: The rule of each kind of expression; any other can be of any kind.
RULES: Mapping[type[s.Node], Callable[[Rules, Any], Rule]] = {
    s.Number: Rules._number,
    s.Symbol: Rules._symbol,
    s.Scripted: Rules._scripted,
    s.Group: Rules._group,
    s.Add: Rules._add,
    s.Product: Rules._product,
    s.Fraction: Rules._fraction,
    s.Derivative: Rules._derivative,
    s.BigOperator: Rules._big_operator,
    s.Evaluated: Rules._evaluated,
    s.Norm: Rules._norm,
    s.Cases: Rules._cases,
    s.Matrix: Rules._matrix,
    s.Call: Rules._call,
}
