"""The exact engine: a proof by exact algebra that a node is identically zero at its sizes.

A node is a Laurent polynomial over *atoms*: leaves, function applications and sums. The sum created last is replaced by its
terms, then the next, down to the leaves; ids are a topological order, so recursions such as δ_t = (Wᵀ δ_{t+1}) ⊙ f'(z_t)
cancel one step down and never unfold. A reciprocal 1/S is cleared by multiplying through with a power of S (both sides are
compared where they are defined).

Before that, equal nodes are merged from the leaves up, as in the sweeping of logic circuits (Kuehlmann, Krohm 1997): the
screen's values propose which nodes may be equal, and each merge is proved by the elimination itself before it is used. So
probability never enters an answer: it only chooses what to prove.
"""

from __future__ import annotations

from heapq import heappop, heappush
from typing import Any

from symbptt.engines.constraints import Constraints
from symbptt.engines.polynomial import (
    DEFAULT_TERMS,
    Budget,
    Factors,
    OutOfBudget,
    Polynomial,
    Terms,
    exact,
    fraction,
    integer_power,
    residue,
)
from symbptt.engines.rewrite import Rewriter
from symbptt.engines.screen import Screen
from symbptt.functions import Coefficient
from symbptt.graph import ONE, ZERO, Graph, Kind

__all__ = ["Budget", "Exact", "OutOfBudget", "identically_zero"]

_SPLIT_FROM = 12  # terms; looking for a split of fewer costs more than expanding them
_MOST_SPLITS = 100  # nested, each a level of recursion
_MERGE_SHARE = 8  # a single merge may use this part of the whole allowance
Monomial = tuple[Any, Factors]


class Exact:
    """Proofs over one graph, which may go on growing; merges and answers are kept from call to call."""

    def __init__(
        self,
        graph: Graph,
        constraints: Constraints | None = None,
        terms: int = DEFAULT_TERMS,
        screen: Screen | None = None,
    ) -> None:
        self.graph = graph
        self.constraints = constraints or Constraints()
        self.terms = terms
        self.screen = screen or Screen(graph, 0, self.constraints)
        self._swept: set[int] = set()
        self._merged: dict[int, tuple[int, int]] = {}  # node -> (sign, equal node with a smaller id)
        self._known: dict[tuple[int, ...], int] = {}  # fingerprint -> first node that has it
        self._monomials: dict[int, Monomial] = {}
        self._last_of_group = {group[-1]: group[:-1] for group in self.constraints.one_hot if group}
        self._groups = {leaf: i for i, group in enumerate(self.constraints.one_hot) for leaf in group}
        self._answers: dict[int, bool] = {}
        self._depth = 0
        for number in (ZERO, ONE):
            self._merge(number, Budget(terms))

    def is_zero(self, node: int, budget: Budget | None = None) -> bool:
        """True: proved identically zero. False: not zero over the atoms, which refutes nothing. `OutOfBudget`: not decided."""
        answer = self._answers.get(node)
        if answer is None:
            answer = self._answers[node] = self._decide(node, budget or Budget(self.terms))
        return answer

    def equal(self, a: int, b: int, budget: Budget | None = None) -> bool:
        """Whether two nodes are proved equal; see `is_zero`."""
        return a == b or self.is_zero(self.graph.sub(a, b), budget)

    def _decide(self, node: int, budget: Budget) -> bool:
        support = self.graph.support((node,))
        if not self.screen.somewhere_defined(node) or not (self.screen.probably_zero(node) or self.screen.blind(support)):
            return False
        self._sweep(sorted(support - self._swept), budget, skip=node)
        return self._vanishes(((1, node),), budget)

    # -- merging equal nodes ------------------------------------------------------------------------------------------

    def _sweep(self, nodes: list[int], budget: Budget, skip: int) -> None:
        """Merge each of `nodes` (sorted) with an equal earlier node where one is proposed and proved."""
        for node in nodes:
            if node != skip and node not in self._swept:
                self._swept.add(node)
                if self.graph.kinds[node] != Kind.NAME:
                    self._merge(node, budget)

    def _merge(self, node: int, budget: Budget) -> None:
        fingerprint = self.screen.fingerprint(node)
        if fingerprint is None:
            return
        if not any(fingerprint):
            candidates = [(1, ZERO)]
        else:
            negated = tuple(self.screen.modulus(i) - v if v else 0 for i, v in enumerate(fingerprint))
            candidates = [(s, self._known[f]) for s, f in ((1, fingerprint), (-1, negated)) if f in self._known]
        for sign, other in candidates:
            if other == node:
                return
            if self._proved_equal(node, sign, other, budget):
                self._merged[node] = (sign, other)
                self._monomials.pop(node, None)
                return
        self._known.setdefault(fingerprint, node)

    def _proved_equal(self, node: int, sign: int, other: int, budget: Budget) -> bool:
        if sign == 1 and self._congruent(node, other):
            return True
        share = Budget(min(budget.left, self.terms // _MERGE_SHARE))
        before = share.left
        try:
            return self._vanishes(((1, node), (-sign, other)), share)
        except OutOfBudget:
            return False
        finally:
            budget.spend(before - max(share.left, 0))

    def _congruent(self, a: int, b: int) -> bool:
        """The same function at arguments that are already known to be equal."""
        kinds, data = self.graph.kinds, self.graph.data
        if kinds[a] != Kind.APPLY or kinds[b] != Kind.APPLY:
            return False
        f, g = data[a], data[b]
        if (f.function, f.component, f.orders, len(f.args)) != (g.function, g.component, g.orders, len(g.args)):
            return False
        return all(self.monomial(x) == self.monomial(y) for x, y in zip(f.args, g.args, strict=True))

    # -- nodes as monomials over atoms --------------------------------------------------------------------------------

    def monomial(self, node: int) -> Monomial:
        """`node` as coefficient and factors, ((atom, exponent), ...) sorted, with merges applied and names looked through."""
        stack = [node]
        while stack:
            top = stack[-1]
            if top in self._monomials:
                stack.pop()
                continue
            pending = [child for child in self._parts(top) if child not in self._monomials]
            if pending:
                stack.extend(pending)
            else:
                self._monomials[top] = self._compose(top)
        return self._monomials[node]

    def _parts(self, node: int) -> tuple[int, ...]:
        if node in self._merged:
            return (self._merged[node][1],)
        kind = self.graph.kinds[node]
        scaling = kind == Kind.ADD and len(self.graph.data[node]) == 1
        return self.graph.children(node) if scaling or kind == Kind.MUL or kind == Kind.NAME else ()

    def _compose(self, node: int) -> Monomial:
        if node in self._merged:
            sign, other = self._merged[node]
            coefficient, factors = self._monomials[other]
            return sign * coefficient, factors
        kind, data = self.graph.kinds[node], self.graph.data[node]
        if kind == Kind.CONST:
            return exact(data), ()
        if kind == Kind.NAME:
            return self._monomials[data[1]]
        if kind == Kind.MUL:
            return self._times(data)
        if kind == Kind.ADD and len(data) == 1:
            coefficient, factors = self._monomials[data[0][0]]
            return exact(data[0][1]) * coefficient, factors
        return 1, ((node, 1),)

    def _times(self, data: tuple[tuple[int, int], ...]) -> Monomial:
        total: Any = 1
        exponents: dict[int, int] = {}
        for child, e in data:
            coefficient, factors = self._monomials[child]
            if coefficient != 1:
                if not coefficient and e < 0:
                    return 1, tuple(data)  # 1/0: defined nowhere, so any value serves; kept as it stands
                total = total * integer_power(coefficient, e)
            for atom, exponent in factors:
                exponents[atom] = exponents.get(atom, 0) + exponent * e
        if not total:
            return 0, ()
        return total, tuple(sorted((atom, e) for atom, e in exponents.items() if e))

    # -- elimination --------------------------------------------------------------------------------------------------

    def _vanishes(self, combination: tuple[tuple[int, int], ...], budget: Budget) -> bool:
        """Whether Σ coefficient · node over `combination` is identically zero."""
        polynomial = self._polynomial(combination, budget)
        return self._annihilated(polynomial, self._atoms_below(polynomial, 0), 0)

    def _annihilated(self, polynomial: Polynomial, heap: list[int], splits: int) -> bool:
        """Whether elimination leaves nothing of `polynomial`; `heap` holds the expandable atoms in it, negated.

        Where the screen says that the coefficient of every power of the next atom vanishes by itself, they are proved one by
        one with that atom left whole: relations between lower atoms then need not be carried through its expansion.
        """
        wait = patience = 0
        while heap and polynomial.terms:
            atom = -heappop(heap)
            found = polynomial.exponents(atom)
            if not found:
                continue
            wait -= 1
            if splits < _MOST_SPLITS and len(polynomial.terms) >= _SPLIT_FROM and wait < 0:
                wait = patience = 2 * patience + 1  # asking costs as much as an expansion: ask ever more rarely
                parts = polynomial.parts(atom, found)
                if self._all_seem_zero(parts) and all(self._annihilated(part, list(heap), splits + 1) for part in parts):
                    return True
            met = len(polynomial.atoms)
            self._expand(polynomial, atom, found, clear=True)
            for below in self._atoms_below(polynomial, met):
                heappush(heap, below)
        self._reduce_choices(polynomial)
        return not polynomial.terms or (self._depth == 0 and self._last_resort(polynomial, polynomial.budget))

    def _all_seem_zero(self, parts: list[Polynomial]) -> bool:
        for number in self.screen.generic():
            for part in parts:
                if self._value(part, number) != 0:
                    return False
        return True

    def _value(self, polynomial: Polynomial, number: int) -> int | None:
        """The value at a point of the screen, None where it is undefined."""
        modulus = self.screen.modulus(number)
        polynomial.budget.spend(len(polynomial.terms))
        total = 0
        for monomial, c in polynomial.terms.items():
            product = residue(c, modulus)
            for atom, exponent in polynomial.unpack(monomial):
                value = self.screen.value(atom, number)
                if value is None or (not value and exponent < 0):
                    return None
                product = product * (value if exponent == 1 else pow(value, exponent, modulus)) % modulus
            total += product
        return total % modulus

    def _atoms_below(self, polynomial: Polynomial, met: int) -> list[int]:
        """A heap of the expandable atoms among `polynomial.atoms[met:]`, the latest first."""
        return sorted(-atom for atom in polynomial.atoms[met:] if self._expandable(atom))

    def _polynomial(self, combination: tuple[tuple[int, int], ...], budget: Budget) -> Polynomial:
        polynomial = Polynomial(budget)
        for coefficient, node in combination:
            c, factors = self.monomial(node)
            if c:
                polynomial.insert(coefficient * c, polynomial.pack(factors))
        return polynomial

    def _expandable(self, atom: int) -> bool:
        kind = self.graph.kinds[atom]
        if kind == Kind.ADD or kind == Kind.LEAF:
            return kind == Kind.ADD or atom in self._last_of_group
        return kind == Kind.APPLY and self.graph.data[atom].function == "sqrt"

    def _expand(self, polynomial: Polynomial, atom: int, found: dict[int, int], clear: bool) -> None:
        kind, data = self.graph.kinds[atom], self.graph.data[atom]
        if kind == Kind.APPLY:  # √x² = x, where √x is defined
            coefficient, factors = self.monomial(data.args[0])
            if coefficient:
                polynomial.fold_square(atom, found, coefficient, polynomial.pack(factors))
            return
        if kind == Kind.LEAF:  # y_last = 1 − Σ of the others of its one-hot group
            data = ((ONE, 1), *((other, -1) for other in self._last_of_group[atom]))
            if min(found.values()) < 0:
                return
        body: Terms = {}
        for child, c in data:
            coefficient, factors = self.monomial(child)
            monomial = polynomial.pack(factors)
            total = body.get(monomial, 0) + exact(c) * coefficient
            body[monomial] = total
        body = {monomial: c for monomial, c in body.items() if c}
        if clear and min(found.values()) < 0:
            self._require_nonzero(atom)
        polynomial.replace(atom, found, body, clear=clear)

    def _require_nonzero(self, denominator: int) -> None:
        """Clearing a denominator that is zero everywhere would prove anything."""
        nonzero = self.screen.somewhere_nonzero(denominator)
        if nonzero and self.screen.blind(self.graph.support((denominator,))) and self._depth == 0:
            nonzero = not self._vanishes(((1, denominator),), Budget(self.terms // _MERGE_SHARE))
        if not nonzero:
            raise OutOfBudget("a denominator may be zero everywhere")

    def _reduce_choices(self, polynomial: Polynomial) -> None:
        """y_i y_j = 0 and y_i² = y_i in a one-hot group; step² = step."""
        groups, steps = self._groups, set()
        for atom in polynomial.atoms:
            if self.graph.kinds[atom] == Kind.APPLY and self.graph.data[atom].function == "step":
                steps.add(atom)
        if not steps and not any(atom in groups for atom in polynomial.atoms):
            return

        def image(factors: Factors) -> Factors | None:
            hot: dict[int, int] = {}
            for atom, e in factors:
                if atom in groups and e > 0 and hot.setdefault(groups[atom], atom) != atom:
                    return None
            return tuple((atom, 1 if e > 0 and (atom in steps or atom in groups) else e) for atom, e in factors)

        polynomial.filter(image)

    # -- last resorts -------------------------------------------------------------------------------------------------

    def _last_resort(self, polynomial: Polynomial, budget: Budget) -> bool:
        remainder = self._node(polynomial)
        if not self.screen.probably_zero(remainder) and not self.screen.blind(self.graph.support((remainder,))):
            return False
        applications = [atom for atom in polynomial.atoms if self.graph.kinds[atom] == Kind.APPLY]
        self._depth += 1
        try:
            rewriter = Rewriter(self.graph, self.constraints, lambda node: self._expanded(node, budget))
            for rewriting in rewriter.rewritings():
                images = rewriting(applications)
                if images:
                    (rewritten,) = self.graph.substitute((remainder,), images)
                    self._sweep(sorted(self.graph.support((rewritten,)) - self._swept), budget, skip=rewritten)
                    if self._vanishes(((1, rewritten),), budget):
                        return True
        finally:
            self._depth -= 1
        return False

    def _node(self, polynomial: Polynomial) -> int:
        graph = self.graph
        terms = []
        for monomial, c in polynomial.terms.items():
            factors = [graph.power(atom, e) for atom, e in polynomial.unpack(monomial)]
            terms.append(graph.scale(fraction(c), graph.mul(factors)))
        return graph.add(terms)

    def _expanded(self, node: int, budget: Budget) -> list[tuple[Coefficient, int]]:
        """`node` as a linear combination of products of atoms; reciprocals of sums stay."""
        polynomial = self._polynomial(((1, node),), budget)
        heap = self._atoms_below(polynomial, 0)
        while heap:
            atom = -heappop(heap)
            found, met = polynomial.exponents(atom), len(polynomial.atoms)
            if found:
                self._expand(polynomial, atom, found, clear=False)
                for below in self._atoms_below(polynomial, met):
                    heappush(heap, below)
        combination = []
        for monomial, c in polynomial.terms.items():
            factors = [self.graph.power(atom, e) for atom, e in polynomial.unpack(monomial)]
            combination.append((fraction(c), self.graph.mul(factors)))
        return combination


def identically_zero(graph: Graph, node: int, constraints: Constraints | None = None, budget: Budget | None = None) -> bool:
    """One question to `Exact`; several about one graph are cheaper through one `Exact`."""
    return Exact(graph, constraints).is_zero(node, budget)
