"""Which kinds of quantity fit a set of equations: scalar, column, row or matrix for every name.

What the names suggest (a capital letter a matrix, a small one a column) gives each assignment a cost, and so does every formula that does
not fit; the cheapest assignment is found by branch and bound.
"""

from __future__ import annotations

import re
from bisect import insort
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from math import inf
from operator import itemgetter

from ..latex import syntax as s
from ..reading.infer import SCALARS
from .kinds import ANY, COLUMN, COSTS, ELEMENTWISE, MATRIX, MEANINGS, ROW, SCALAR, Kinds, Rules, each
from .quantities import Names
from .written import calls_in

#: A formula that fits under no kinds, and one that needs a product without a sign to be elementwise.
UNFIT, LOOSE = 4.0, 0.4
#: Assignments kept from one formula to the next, and those tried for the names that are new in one.
BEAM, MOST_OPTIONS = 24, 256
#: How much more an assignment must cost not to be taken into account.
MARGIN = 1.0
#: What it costs that vectors are rows.
ROWS = 2.0
BOLD = ("\\mathbf{", "\\boldsymbol{", "\\vec{")


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
    # A bias is added to every row or column of a batch: that claims fit only where it is as large says little.
    matrix = 8.0 if inner == "b" else 3.0 if bold else 0.8
    return {COLUMN: 0.0, ROW: 1.5, MATRIX: matrix, SCALAR: 3.0}


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
            self.fits.append(_Fit(formula, weight, names, signs, False, known, new, fixed, squares=is_of_a_cost))
            inner = is_of_a_cost and weight == max(weights)
            self.summed.append(_Fit(formula, weight, names, signs, True, known, new, fixed) if inner else self.fits[-1])
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
    if any(isinstance(node, s.Norm) for node in s.walk(*formula.sides[1:])):  # a number is not added to entries
        return False
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
        stated: Mapping[str, int],
        *,
        squares: bool = False,
    ) -> None:
        self._weight = weight
        self._strict = Rules(names, False, signs, inner, squares, stated).fits(formula)
        self._formula, self._rules = formula, Rules(names, True, signs, inner, squares, stated)
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
