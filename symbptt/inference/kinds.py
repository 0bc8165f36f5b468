"""Which kinds of quantity fit a set of equations: scalar, column, row or matrix for every name.

A kind is one bit, a set of kinds a mask; the rules below say which kinds an expression can have when those of its names are
known. What the names suggest (a capital letter a matrix, a small one a column) gives each assignment a cost, and so does every
formula that does not fit; the cheapest assignment is found by branch and bound.
"""

from __future__ import annotations

import re
from bisect import insort
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache, partial
from itertools import product as pairs
from math import inf
from operator import itemgetter
from typing import Any

from ..latex import syntax as s
from ..latex.printer import to_latex
from ..reading.calls import KNOWN_NAMES
from ..reading.infer import SCALARS
from ..reading.notation import TRANSPOSES
from ..reading.scope import script_items
from .quantities import Names, function_key, stacked_behind
from .written import calls_in, is_exponential

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
    products.
    """

    def __init__(self, names: Names, loose: bool, signs: Mapping[str, tuple[str, ...]] = MEANINGS, inner: bool = False) -> None:
        self._names = names
        self._loose = loose
        self._signs = signs
        self._inner = inner

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

        def scripted(kinds: Kinds) -> int | None:
            found = base(kinds)
            if found is None:
                return None
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
        steps = [
            (rule, sign == "/", _product_of(self._signs.get(sign, ("matrix",)), self._loose), self._inner and sign in ("", "*"))
            for rule, sign in zip(others, node.signs, strict=True)
        ]

        def product(kinds: Kinds) -> int | None:
            if derivatives and any(rule(kinds) == ANY for rule in derivatives):
                return ANY  # by a matrix or of one: a product with its three axes can be anything
            total = first(kinds)
            for rule, divides, multiply, inner in steps:
                found = rule(kinds)
                if found is not None and total is not None:
                    inner = inner and bool(total & found & VECTOR)
                    total = total if divides else multiply(total, found)
                    total |= SCALAR if inner else 0
                elif total is None:
                    total = found
            return total

        return product

    def _fraction(self, node: s.Fraction) -> Rule:
        numerator, denominator = self.of(node.numerator), self.of(node.denominator)

        def fraction(kinds: Kinds) -> int | None:
            above, below = numerator(kinds), denominator(kinds)
            if above is None or below is None:
                return below if above is None else above
            return elementwise(above, below)

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
        """Columns on top of one another are a column, matrices a matrix."""
        parts = [self.of(node) for node in nodes]

        def stacked(kinds: Kinds) -> int:
            found = COLUMN | MATRIX
            for part in parts:
                own = part(kinds)
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


@dataclass(frozen=True)
class Assignment:
    """A kind for every name, what it costs, and which formulas do not fit."""

    kinds: Mapping[str, int]
    cost: float
    unfit: tuple[int, ...] = ()
    doubtful: frozenset[str] = frozenset()  # names that another kind fits nearly as well


@lru_cache(maxsize=4096)
def costs(name: str, rows: bool = False) -> Mapping[int, float]:
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


class Equations:
    """Formulas, each with what it costs where it does not fit; what is found of one holds for all assignments that are tried.

    Looked for are the kinds of `keys`, where `fixed` has those of others. `met` are the keys in the order in which formulas meet them.
    """

    def __init__(
        self,
        formulas: Sequence[s.Formula],
        weights: Sequence[float],
        names: Names,
        keys: Sequence[str],
        fixed: Mapping[str, int],
        signs: Mapping[str, tuple[str, ...]] = MEANINGS,
    ) -> None:
        self.keys, self.fixed = keys, fixed
        self.fits: list[_Fit] = []
        self.summed: list[_Fit] = []  # the same where `y \\log p` in the definition of a cost may be a sum over entries
        self.has_cost = False
        wanted, places = set(keys), dict[str, int]()
        for formula, weight in zip(formulas, weights, strict=True):
            met = [key for key in dict.fromkeys(key for side in formula.sides for key in names.keys_in(side)) if key in wanted]
            known = [places[key] for key in met if key in places]
            places |= {key: len(places) + at for at, key in enumerate(key for key in met if key not in places)}
            new = tuple([*places][len(places) - len(met) + len(known) :])
            is_of_a_cost = _is_of_a_cost(formula, names)
            self.has_cost = self.has_cost or is_of_a_cost
            self.fits.append(_Fit(formula, weight, names, signs, False, known, new))
            inner = is_of_a_cost and weight == max(weights)
            self.summed.append(_Fit(formula, weight, names, signs, True, known, new) if inner else self.fits[-1])
        self.met = (*places,)
        self.apart = not any(fit.leans for fit in self.fits)  # whether it does not matter in which order assignments are tried


def assign(equations: Equations, allowed: Mapping[str, int]) -> Assignment:
    """The cheapest kinds under which the formulas fit; a formula that does not costs its weight times `UNFIT`.

    Vectors are columns, unless that they are rows fits so much better. Where a formula does not fit, the definition `L = -y \\log p` may
    be of the sum over the entries of two columns, and not of a row times a column, if more fits then.
    """
    domains = {**{key: allowed.get(key, ANY) for key in equations.keys}, **equations.fixed}
    columns = _search(equations, equations.fits, domains, False)
    if columns.cost <= ROWS:
        return columns
    rows = _search(equations, equations.fits, domains, True, columns.cost if equations.apart else inf, ROWS)
    lying = rows.cost + ROWS < columns.cost
    best = rows if lying else columns
    if not best.unfit or not equations.has_cost:
        return best
    summed = _search(equations, equations.summed, domains, lying, best.cost if equations.apart else inf, MARGIN)
    return summed if summed.cost + MARGIN < best.cost and set(summed.unfit) < set(best.unfit) else best


def _search(
    equations: Equations, fits: Sequence[_Fit], domains: Mapping[str, int], rows: bool, other: float = inf, less: float = 0.0
) -> Assignment:
    """A beam search in the order of the document: each formula gives kinds to the names that are new in it.

    It is given up where it is not cheaper than the `other` cost by more than `less`: with every formula it costs more.
    """
    beam: list[State] = [((), 0.0, ())]
    full = dict(domains)

    def price(fit: _Fit, kinds: tuple[int, ...]) -> tuple[float, bool]:
        full.update(zip(equations.met, kinds, strict=False))  # all states have kinds for the same names
        return fit.cost(full)

    for at, fit in enumerate(fits):
        if fit.new:
            options = _options(tuple([(key, domains[key]) for key in fit.new]), rows)
            beam = _grown(beam, options, at, fit, price)
        else:
            beam = _weighed(beam, at, fit, price)
        if beam[0][1] + less >= other:
            return Assignment({}, beam[0][1])
    kinds, cost, unfit = beam[0]
    rest = [key for key in equations.keys if key not in set(equations.met)]
    last = {key: min(each(domains[key]), key=costs(key, rows).__getitem__) for key in rest}
    near = [own for own, total, _ in beam[1:] if total < cost + MARGIN]
    doubtful = {key for own in near for key, kind, best in zip(equations.met, own, kinds, strict=True) if kind not in (best, SCALAR)}
    best = dict(zip(equations.met, kinds, strict=True))
    return Assignment({**domains, **best, **last}, cost, unfit, frozenset(doubtful | set(rest)))


def _weighed(beam: list[State], at: int, fit: _Fit, price: Price) -> list[State]:
    """The states with what formula `at` costs, in which no name is new; they are in order before and behind."""
    found: list[State] = []
    costs_more = False
    for state in beam:
        kinds, cost, unfit = state
        tried = fit.prices[fit.among(kinds)]
        own = tried.get(())
        if own is None:
            own = tried[()] = price(fit, kinds)
        if own[0]:  # what does not fit has a penalty
            costs_more = True
            state = (kinds, cost + own[0], (*unfit, at) if own[1] else unfit)
        found.append(state)
    return sorted(found, key=itemgetter(1)) if costs_more else beam


def _grown(beam: list[State], options: Sequence[tuple[float, tuple[int, ...]]], at: int, fit: _Fit, price: Price) -> list[State]:
    """The cheapest states that formula `at` makes of those before, by a cost of its own and that of an option, which are in order."""
    grown: list[tuple[float, tuple[int, ...], tuple[int, ...], tuple[int, ...], bool]] = []
    totals: list[float] = []  # of the cheapest
    for kinds, cost, unfit in beam:
        tried = fit.prices[fit.among(kinds)]
        for more, option in options:
            total = cost + more
            if len(totals) == BEAM and total > totals[-1]:
                break  # no penalty is below 0
            own = tried.get(option)
            if own is None:
                own = tried[option] = price(fit, kinds + option)
            total += own[0]
            if len(totals) < BEAM or total <= totals[-1]:
                grown.append((total, kinds, option, unfit, own[1]))
                insort(totals, total)
                del totals[BEAM:]
    best = sorted(grown, key=itemgetter(0))[:BEAM]
    return [(kinds + option, total, (*unfit, at) if bad else unfit) for total, kinds, option, unfit, bad in best]


@lru_cache(maxsize=1024)
def _options(new: tuple[tuple[str, int], ...], rows: bool) -> tuple[tuple[float, tuple[int, ...]], ...]:
    """Kinds for the names that are new, each with those that it can have, cheapest first; not all of them where there are many."""
    found: list[tuple[float, tuple[int, ...]]] = [(0.0, ())]
    for key, domain in new:
        price = costs(key, rows)
        found = [(cost + price[kind], (*kinds, kind)) for cost, kinds in found for kind in each(domain)]
        found = sorted(found, key=itemgetter(0))[:MOST_OPTIONS]
    return tuple(found)


def _is_of_a_cost(formula: s.Formula, names: Names) -> bool:
    """Whether a formula says what a cost is, which is a number: there `y \\log p` of two columns is the sum over their entries."""
    left = names.of(formula.sides[0])
    return left is not None and not left.components and re.split(r"[_^(]", left.quantity.key)[0] in COSTS


class _Fit:
    """What it costs a formula that its names have certain kinds; each combination is tried once.

    `prices` are kept by the kinds of the names that other formulas meet before, which stand at the places `known` of a state (`among`),
    and by those of the names that are `new`.
    """

    def __init__(
        self,
        formula: s.Formula,
        weight: float,
        names: Names,
        signs: Mapping[str, tuple[str, ...]],
        inner: bool,
        known: Sequence[int],
        new: tuple[str, ...],
    ) -> None:
        self._weight = weight
        self._strict = Rules(names, False, signs, inner).fits(formula)
        self._formula, self._rules = formula, Rules(names, True, signs, inner)
        self.new = new
        self.among: Callable[[tuple[int, ...]], object] = itemgetter(*known) if known else lambda kinds: ()
        self.prices: defaultdict[object, dict[tuple[int, ...], tuple[float, bool]]] = defaultdict(dict)
        met = {key for side in formula.sides for key in names.keys_in(side)}
        called = (call.function.name for call in calls_in(formula) if names.of(call) is None)
        self.leans = any(names.is_quantity(name) and name not in met for name in called)  # on the kind of what is not met

    @cached_property
    def _loose(self) -> Callable[[Kinds], bool]:
        """Whether it fits where products may be elementwise; most formulas fit without."""
        return self._rules.fits(self._formula)

    def cost(self, kinds: Kinds) -> tuple[float, bool]:
        """What it costs where these are the kinds of all names, and whether the formula does not fit at all."""
        if self._strict(kinds):
            return 0.0, False
        unfit = not self._loose(kinds)
        return self._weight * (UNFIT if unfit else LOOSE), unfit


#: The kinds of the names met so far, what they cost, and the formulas that do not fit.
State = tuple[tuple[int, ...], float, tuple[int, ...]]
#: What it costs a formula that these are the kinds of the names met so far.
Price = Callable[[_Fit, tuple[int, ...]], tuple[float, bool]]
