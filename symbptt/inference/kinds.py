"""Which kinds of quantity fit a set of equations: scalar, column, row or matrix for every name.

A kind is one bit, a set of kinds a mask; the rules below say which kinds an expression can have when those of its names are
known. What the names suggest (a capital letter a matrix, a small one a column) gives each assignment a cost, and so does every
formula that does not fit; the cheapest assignment is found by branch and bound.
"""

from __future__ import annotations

import re
from bisect import insort
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, singledispatchmethod
from itertools import product as pairs

from ..latex import syntax as s
from ..latex.printer import to_latex
from ..reading.calls import KNOWN_NAMES
from ..reading.infer import SCALARS
from ..reading.notation import TRANSPOSES
from .quantities import Names, function_key, is_exponential

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

#: A formula that fits under no kinds, and one that needs a product without a sign to be elementwise.
UNFIT, LOOSE = 4.0, 0.4
#: Assignments kept from one formula to the next, and those tried for the names that are new in one.
BEAM, MOST_OPTIONS = 24, 256
#: How much more an assignment must cost not to be taken into account.
MARGIN = 1.0
#: What it costs that vectors are rows.
ROWS = 2.0
SCALAR_FUNCTIONS = frozenset({"tr", "\\mathrm{tr}", "\\mathrm{Tr}", "\\operatorname{tr}", "\\det"})
DIAGONAL = frozenset({"diag", "\\mathrm{diag}", "\\operatorname{diag}"})
#: Letters of costs: such a function gives a number.
COSTS = frozenset({"L", "J", "C", "\\mathcal{L}", "\\mathcal{J}", "\\ell", "\\mathrm{loss}", "\\mathrm{cost}"})
BOLD = ("\\mathbf{", "\\boldsymbol{", "\\vec{")


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
def elementwise(a: int, b: int) -> int:
    found = a & b
    found |= b if a & SCALAR else 0
    found |= a if b & SCALAR else 0
    return found


@cache
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


class Rules:
    """The kinds an expression can have, given those of the names; `None` for a number, which fits everywhere."""

    def __init__(
        self,
        names: Names,
        kinds: Callable[[str], int],
        loose: bool,
        signs: Mapping[str, tuple[str, ...]] = MEANINGS,
        inner: bool = False,
    ) -> None:
        self._inner = inner  # whether two vectors side by side may be the sum of their products
        self._names = names
        self._signs = signs
        self._kinds = kinds
        self._loose = loose

    def fits(self, formula: s.Formula) -> bool:
        """Whether all sides can have one kind."""
        common = ANY
        for side in formula.sides:
            found = self.of(side)
            if found is not None:
                common &= found
            if not common:
                return False
        return True

    @singledispatchmethod
    def of(self, node: s.Node) -> int | None:
        return ANY

    @of.register
    def _(self, node: s.Number) -> None:
        return None

    @of.register
    def _(self, node: s.Symbol) -> int | None:
        if node.name in ("e", "\\pi", "I", "\\mathbf{I}") and not node.scripts:
            return {"e": SCALAR, "\\pi": SCALAR}.get(node.name, MATRIX)
        if is_exponential(node):
            return self.of(node.scripts[0].body)
        return self._name(node)

    def _name(self, node: s.Node) -> int | None:
        found = self._names.of(node)
        if found is None:
            return ANY
        if self._names.is_index(found.quantity.key):
            return None
        kinds = self._kinds(found.quantity.key)
        count = len(found.components)
        if count == 1:
            kinds = (SCALAR if kinds & VECTOR else 0) | (VECTOR if kinds & MATRIX else 0)
        elif count > 1:
            kinds = SCALAR if kinds & MATRIX else 0
        return turned(kinds) if found.transposed else kinds

    @of.register
    def _(self, node: s.Scripted) -> int | None:
        found = self.of(node.base)
        if found is None:
            return None
        for script in node.scripts:
            text = to_latex(script.body)
            if script.kind == "sup" and text in TRANSPOSES:
                found = turned(found)
            elif script.kind == "sub" and isinstance(script.body, s.Symbol) and not isinstance(node.base, s.Norm):
                found = SCALAR if found & VECTOR else ANY
        return found

    @of.register
    def _(self, node: s.Group) -> int | None:
        if isinstance(node.body, s.Sequence):
            return self._stacked(node.body.items)
        return self.of(node.body)

    @of.register
    def _(self, node: s.Add) -> int | None:
        total: int | None = None
        for _, term in node.terms:
            found = self.of(term)
            if found is not None:
                total = found if total is None else added(total, found)
        return total

    @of.register
    def _(self, node: s.Product) -> int | None:
        if any(isinstance(factor, s.Derivative) and self.of(factor) == ANY for factor in node.factors):
            return ANY  # by a matrix or of one: a product with its three axes can be anything
        total = self.of(node.factors[0])
        for sign, factor in zip(node.signs, node.factors[1:], strict=True):
            found = self.of(factor)
            if found is not None and total is not None:
                inner = self._inner and sign in ("", "*") and bool(total & found & VECTOR)
                total = total if sign == "/" else multiplied(total, found, self._signs.get(sign, ("matrix",)), self._loose)
                total |= SCALAR if inner else 0
            elif total is None:
                total = found
        return total

    @of.register
    def _(self, node: s.Fraction) -> int | None:
        above, below = self.of(node.numerator), self.of(node.denominator)
        if above is None or below is None:
            return below if above is None else above
        return elementwise(above, below)

    @of.register
    def _(self, node: s.Derivative) -> int | None:
        if len(node.wrt) != 1 or node.order > 1:
            return ANY
        above, below = self.of(node.numerator), self.of(node.wrt[0])
        above, below = SCALAR if above is None else above, SCALAR if below is None else below
        found = 0
        for x, y in pairs(each(above), each(below)):
            if x == SCALAR:
                found |= y | TURNED[y]
            elif y == SCALAR:
                found |= x
            else:
                found |= ANY if MATRIX in (x, y) else MATRIX
        return found

    @of.register
    def _(self, node: s.BigOperator) -> int | None:
        return self.of(node.body)

    @of.register
    def _(self, node: s.Evaluated) -> int | None:
        return self.of(node.body)

    @of.register
    def _(self, node: s.Norm) -> int:
        return SCALAR if node.bracket != "|" else ANY

    @of.register
    def _(self, node: s.Cases) -> int | None:
        values = [found for value, _ in node.branches if (found := self.of(value)) is not None]
        common = ANY
        for found in values:
            common &= found
        return common if values else None

    @of.register
    def _(self, node: s.Matrix) -> int:
        if len(node.rows) == 1:
            return ROW | MATRIX if len(node.rows[0]) > 1 else ANY
        return self._stacked([row[0] for row in node.rows]) if all(len(row) == 1 for row in node.rows) else MATRIX

    def _stacked(self, parts: Sequence[s.Node]) -> int:
        """Columns on top of one another are a column, matrices a matrix."""
        kinds = COLUMN | MATRIX
        for part in parts:
            own = self.of(part)
            kinds &= own if own is not None and own & (COLUMN | MATRIX) else kinds
        return kinds or COLUMN | MATRIX

    @of.register
    def _(self, node: s.Call) -> int | None:
        if self._names.of(node) is not None:
            return self._name(node)
        if node.bracket == "[" and len(node.args) > 1:  # `W[h, x]`: a product with a stacked column
            stacked = self._names.of(node.function)
            return matrix_product(self._kinds(stacked.quantity.key), self._stacked(node.args)) if stacked else ANY
        name = node.function.name
        if name in SCALAR_FUNCTIONS:
            return SCALAR
        if name in DIAGONAL:
            return MATRIX
        arguments = [self.of(argument) for argument in node.args]
        kinds = self._kinds(function_key(node.function))
        known = name in KNOWN_NAMES or name.strip("\\") in KNOWN_NAMES
        first = arguments[0] if len(arguments) == 1 else None
        if first is not None and name.rpartition("{")[2].rstrip("}") == "softmax" and isinstance(node.args[0], (s.Add, s.Product)):
            return first & ~SCALAR  # of a lone name, a score, it may be a softmax over the steps
        if first is None or not (known or kinds & ELEMENTWISE):
            return kinds & ANY
        whole = matrix_product(self._kinds(name), first) if self._names.is_quantity(name) else 0
        return first | whole | (0 if known else kinds & ANY)


@dataclass(frozen=True)
class Assignment:
    """A kind for every name, what it costs, and which formulas do not fit."""

    kinds: Mapping[str, int]
    cost: float
    unfit: tuple[int, ...] = ()
    doubtful: frozenset[str] = frozenset()  # names that another kind fits nearly as well


def costs(name: str, rows: bool = False) -> dict[int, float]:
    """What each kind of a name costs, by how it is written; with `rows`, small letters are rows rather than columns."""
    if rows:
        found = costs(name)
        return {**found, ROW: found[COLUMN], COLUMN: found[ROW]}
    plain = name.split("_")[0].split("^")[0].split("(")[0]
    bold = plain.startswith(BOLD)
    inner = plain[plain.index("{") + 1 :].rstrip("}") if "{" in plain else plain
    if name.endswith("()") and (plain in COSTS or inner in COSTS):
        return {SCALAR: 0.0, COLUMN: 4.0, ROW: 4.0, MATRIX: 4.0, ELEMENTWISE: 1.0}
    if name.endswith("()"):
        return {SCALAR: 1.0, COLUMN: 1.5, ROW: 3.0, MATRIX: 2.5, ELEMENTWISE: 0.0}
    if (plain in SCALARS or inner in SCALARS) and not bold:
        return {SCALAR: 0.0, COLUMN: 1.5, ROW: 3.0, MATRIX: 2.0}
    capital = inner[:1].isupper() or inner in ("\\Theta", "\\Gamma", "\\Omega")
    if capital:
        return {MATRIX: 0.0, COLUMN: 1.0, SCALAR: 3.0, ROW: 2.0}
    if inner.startswith(("w", "u", "v", "\\omega", "\\theta")) and not bold:
        return {COLUMN: 0.0, MATRIX: 0.3, SCALAR: 2.5, ROW: 1.5}
    return {COLUMN: 0.0, ROW: 1.5, MATRIX: 3.0 if bold else 0.8, SCALAR: 3.0}


def assign(
    formulas: Sequence[s.Formula],
    weights: Sequence[float],
    keys: Sequence[str],
    names: Names,
    fixed: Mapping[str, int],
    allowed: Mapping[str, int],
    signs: Mapping[str, tuple[str, ...]] = MEANINGS,
) -> Assignment:
    """The cheapest kinds of `keys` under which the formulas fit; a formula that does not costs its weight times `UNFIT`.

    Vectors are columns, unless that they are rows fits so much better. Where a formula does not fit, the definition `L = -y \\log p` may
    be of the sum over the entries of two columns, and not of a row times a column, if more fits then.
    """
    columns = _search(formulas, weights, keys, names, fixed, allowed, signs, False)
    if columns.cost <= ROWS:
        return columns
    rows = _search(formulas, weights, keys, names, fixed, allowed, signs, True)
    lying = rows.cost + ROWS < columns.cost
    best = rows if lying else columns
    if not best.unfit or not any(_is_of_a_cost(formula, names) for formula in formulas):
        return best
    summed = _search(formulas, weights, keys, names, fixed, allowed, signs, lying, True)
    return summed if summed.cost + MARGIN < best.cost and set(summed.unfit) < set(best.unfit) else best


def _search(
    formulas: Sequence[s.Formula],
    weights: Sequence[float],
    keys: Sequence[str],
    names: Names,
    fixed: Mapping[str, int],
    allowed: Mapping[str, int],
    signs: Mapping[str, tuple[str, ...]],
    rows: bool,
    inner: bool = False,
) -> Assignment:
    """A beam search in the order of the document: each formula gives kinds to the names that are new in it."""
    domains = {**{key: allowed.get(key, ANY) for key in keys}, **fixed}
    wanted = set(keys)
    beam = [_State({}, 0.0, ())]
    for at, formula in enumerate(formulas):
        fit = _Fit(formula, weights[at], names, signs, inner and weights[at] == max(weights) and _is_of_a_cost(formula, names))
        met = dict.fromkeys(key for side in formula.sides for key in names.keys_in(side))
        new = [key for key in met if key in wanted and key not in beam[0].kinds]
        options = _options(new, domains, rows)
        beam = _cheapest(beam, options, at, lambda kinds: fit({**domains, **kinds}, met))  # noqa: B023
    rest = [key for key in keys if key not in beam[0].kinds]
    last = {key: min(each(domains[key]), key=costs(key, rows).__getitem__) for key in rest}
    best = beam[0]
    near = [state for state in beam[1:] if state.cost < best.cost + MARGIN]
    doubtful = {key for state in near for key, kind in state.kinds.items() if kind not in (best.kinds[key], SCALAR)}
    return Assignment({**domains, **best.kinds, **last}, best.cost, best.unfit, frozenset(doubtful | set(rest)))


@dataclass(frozen=True)
class _State:
    kinds: Mapping[str, int]
    cost: float
    unfit: tuple[int, ...]


def _cheapest(
    beam: Sequence[_State], options: Sequence[tuple[float, dict[str, int]]], at: int, fit: Callable[[Mapping[str, int]], tuple[float, bool]]
) -> list[_State]:
    """The cheapest states that formula `at` makes of those before, by a cost of its own and that of an option, which are in order."""
    found: list[_State] = []
    totals: list[float] = []
    for state in beam:
        for cost, kinds in options:
            if len(totals) == BEAM and state.cost + cost > totals[-1]:
                break  # no penalty is below 0
            every = {**state.kinds, **kinds}
            penalty, unfit = fit(every)
            found.append(_State(every, state.cost + cost + penalty, (*state.unfit, at) if unfit else state.unfit))
            insort(totals, found[-1].cost)
            del totals[BEAM:]
    return sorted(found, key=lambda state: state.cost)[:BEAM]


def _options(new: Sequence[str], domains: Mapping[str, int], rows: bool) -> list[tuple[float, dict[str, int]]]:
    """Kinds for the names that are new, cheapest first; not all of them where there are many."""
    found: list[tuple[float, dict[str, int]]] = [(0.0, {})]
    for key in new:
        price = costs(key, rows)
        found = [(cost + price[kind], {**kinds, key: kind}) for cost, kinds in found for kind in each(domains[key])]
        found = sorted(found, key=lambda option: option[0])[:MOST_OPTIONS]
    return found


def _is_of_a_cost(formula: s.Formula, names: Names) -> bool:
    """Whether a formula says what a cost is, which is a number: there `y \\log p` of two columns is the sum over their entries."""
    left = names.of(formula.sides[0])
    return left is not None and not left.components and re.split(r"[_^(]", left.quantity.key)[0] in COSTS


class _Fit:
    """What it costs a formula that its names have certain kinds; each combination is tried once."""

    def __init__(self, formula: s.Formula, weight: float, names: Names, signs: Mapping[str, tuple[str, ...]], inner: bool) -> None:
        self._formula = formula
        self._weight = weight
        self._known: dict[tuple[int, ...], tuple[float, bool]] = {}
        self._kinds: Mapping[str, int] = {}
        self._strict = Rules(names, lambda key: self._kinds.get(key, ANY), False, signs, inner)
        self._loose = Rules(names, lambda key: self._kinds.get(key, ANY), True, signs, inner)

    def __call__(self, kinds: Mapping[str, int], met: Iterable[str]) -> tuple[float, bool]:
        key = tuple(kinds.get(name, ANY) for name in met)
        if key not in self._known:
            self._kinds = kinds
            if self._strict.fits(self._formula):
                self._known[key] = 0.0, False
            else:
                unfit = not self._loose.fits(self._formula)
                self._known[key] = self._weight * (UNFIT if unfit else LOOSE), unfit
        return self._known[key]
