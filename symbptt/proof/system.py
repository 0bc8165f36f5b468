"""The equations of a computation as a linear system of derivatives, for symbolic steps and sizes.

From each equation y[u][j] = F(x[v][k], …) come local derivatives ∂y[u][j]/∂x[v][k], one an occurrence. Total derivatives obey

    forward:   D(y, x) = δ_{y,x} + Σ ∂y/∂w · D(w, x)      over the occurrences w in y's equation (chain rule at the target)
    backward:  D(y, x) = δ_{y,x} + Σ D(y, w) · ∂w/∂x      over the equations w in which x occurs (adjoint, Werbos 1990, eq. 5).

Cut families, one at least on each cycle of the equations, are where unfolding stops.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations, product
from math import prod

from sympy.utilities.iterables import strongly_connected_components

from ..adjoint import equation_letters
from ..index import Affine, Apply, Computation, Condition, Differentiate, Entry, Equation, parts_of
from ..partial import Fresh, Path, paths, substituted_condition
from .domains import Context
from .terms import NoProof

#: Larger sets of cut families are not looked for in one component.
MOST_CUTS = 4


@dataclass(frozen=True)
class Local:
    """One occurrence in an equation: the left side's `slots` and `components` in the equation's own index names, and the path to it."""

    equation: Equation
    letters: tuple[str, ...]
    path: Path
    unless: tuple[Equation, ...]


class System:
    """What a computation's equations say of derivatives; built once for a claim."""

    def __init__(self, computation: Computation) -> None:
        self.computation = computation
        self._locals: dict[str, tuple[Local, ...]] = {}

    def equations(self, family: str) -> tuple[Equation, ...]:
        """The equations of a family as they are matched: those for one step first."""
        return self.computation.matched(family)

    def letters(self, equation: Equation) -> tuple[str, ...]:
        return tuple(equation_letters(equation, self.computation))

    def locals_of(self, family: str) -> tuple[Local, ...]:
        """All occurrences in the equations of one family."""
        if family not in self._locals:
            found: list[Local] = []
            ordered = self.equations(family)
            for position, equation in enumerate(ordered):
                for path in paths(equation.body, Fresh()):
                    found.append(Local(equation, self.letters(equation), path, tuple(ordered[:position])))
            self._locals[family] = tuple(found)
        return self._locals[family]

    @cached_property
    def uses(self) -> Mapping[str, tuple[str, ...]]:
        """For each family those that its equations name."""
        return {name: tuple(dict.fromkeys(local.path.occurrence.family for local in self.locals_of(name))) for name in self._plain}

    @cached_property
    def users(self) -> Mapping[str, tuple[str, ...]]:
        """For each family those whose equations name it."""
        found: dict[str, list[str]] = {name: [] for name in self.computation.families}
        for name, used in self.uses.items():
            for other in used:
                found[other].append(name)
        return {name: tuple(others) for name, others in found.items()}

    @cached_property
    def _plain(self) -> tuple[str, ...]:
        """Families whose equations hold no derivatives."""
        return tuple(name for name in self.computation.families if not self.is_abbreviation(name))

    def has_fixed_steps(self, family: str) -> bool:
        """Whether a family has an equation for one step, which may be beyond its range (`\\delta_{T+1} = 0`)."""
        return family in self._fixed

    @cached_property
    def _fixed(self) -> frozenset[str]:
        numbers = (None, *self.computation.last_steps)
        given = self.computation.equations.items()
        return frozenset(name for name, found in given if any(slot.as_variable() in numbers for e in found for slot in e.slots))

    def is_abbreviation(self, family: str) -> bool:
        """Whether a family stands for derivatives (`\\delta_t = \\partial L / \\partial a_t`)."""
        return family in self._abbreviations

    @cached_property
    def _abbreviations(self) -> frozenset[str]:
        given = self.computation.equations.items()
        return frozenset(
            name for name, equations in given if any(isinstance(part, Differentiate) for e in equations for part in parts_of(e.body))
        )

    @cached_property
    def cycles(self) -> tuple[frozenset[str], ...]:
        """Families that depend on themselves through one another, at other steps."""
        return _cycles(self.uses)

    def cuts(self) -> Iterator[frozenset[str]]:
        """Sets of families that leave no cycle, smallest first."""
        for parts in product(*(_smallest(self.uses, component) for component in self.cycles)):
            yield frozenset().union(*parts)

    def reaches(self, target: str, source: str) -> bool:
        """Whether equations lead from one family to the other."""
        return source in self._below(target)

    def _below(self, target: str) -> frozenset[str]:
        if target not in self._reached:
            found, stack = {target}, [target]
            while stack:
                for other in self.uses.get(stack.pop(), ()):
                    if other not in found:
                        found.add(other)
                        stack.append(other)
            self._reached[target] = frozenset(found)
        return self._reached[target]

    @cached_property
    def _reached(self) -> dict[str, frozenset[str]]:
        return {}

    # -- steps ----------------------------------------------------------------------------------------------------------

    def delay(self, target: str, source: str, letter: str) -> int | None:
        """The least number of steps by which the target lies after the source wherever it depends on it; None if nothing bounds it."""
        return self._delays(letter).get(target, {}).get(source)

    def round_trip(self, family: str, letter: str) -> int | None:
        """The least number of steps after which a family depends on itself."""
        found: list[int | None] = []
        for local in self.locals_of(family):
            other = local.path.occurrence.family
            if self.reaches(other, family):
                shift, back = self._shift(local, letter), self.delay(other, family, letter)
                found.append(None if shift is None or back is None else shift + back)
        return None if None in found else min((d for d in found if d is not None), default=None)

    def is_chain(self, family: str, letter: str, cut: frozenset[str]) -> bool:
        """Whether a family depends on its earlier members through the one before alone: then one-step Jacobians multiply.

        That is so where no other cut family is on its cycles, and every way back to it takes exactly one step.
        """
        cycle = next((c for c in self.cycles if family in c), frozenset())
        return cycle & cut == {family} and self._laps(family, family, letter, frozenset(), cycle) == {1}

    def _laps(self, start: str, goal: str, letter: str, passed: frozenset[str], cycle: frozenset[str]) -> set[int | None]:
        """Steps of all ways along the equations of a cycle from one family to another; None for a way of unknown length."""
        found: set[int | None] = set()
        for local in self.locals_of(start):
            other, shift = local.path.occurrence.family, self._shift(local, letter)
            if other == goal:
                found.add(shift)
            elif other in cycle and other not in passed:
                for rest in self._laps(other, goal, letter, passed | {other}, cycle):
                    found.add(None if shift is None or rest is None else shift + rest)
        return found

    def _delays(self, letter: str) -> Mapping[str, Mapping[str, int | None]]:
        if letter not in self._known_delays:
            self._known_delays[letter] = self._shortest(letter)
        return self._known_delays[letter]

    @cached_property
    def _known_delays(self) -> dict[str, Mapping[str, Mapping[str, int | None]]]:
        return {}

    def _shortest(self, letter: str) -> Mapping[str, Mapping[str, int | None]]:
        """Bellman and Ford's shortest paths; the distance of one equation is the step of its left side less that of what it names."""
        edges: dict[tuple[str, str], int | None] = {}
        for name in self._plain:
            for local in self.locals_of(name):
                edge = (name, local.path.occurrence.family)
                shift = self._shift(local, letter)
                known = edges.get(edge, shift)
                edges[edge] = None if shift is None or known is None else min(shift, known)
        result: dict[str, dict[str, int | None]] = {}
        families = self.computation.families
        stepped = [name for name in families if letter in families[name].letters]
        for start in stepped:
            distance: dict[str, int | None] = {start: 0}
            for turn in range(len(families) + 1):
                changed = False
                for (a, b), shift in edges.items():
                    if a not in distance:
                        continue
                    before = distance[a]
                    value = None if shift is None or before is None else before + shift
                    if b not in distance or (distance[b] is not None and (value is None or value < (distance[b] or 0))):
                        distance[b] = None if turn == len(families) else value
                        changed = True
                if not changed:
                    break
            result[start] = distance
        return result

    def first(self, family: str, position: int) -> Affine | None:
        """The earliest member that the equations define or use; None where that is not seen."""
        declared = self.computation.families[family].slots[position]
        if declared is None or declared.lower.terms or not self.computation.equations.get(family):
            return None
        first = declared.lower.constant
        letter = self.computation.families[family].letters[position]
        for name in self._plain:
            for local in self.locals_of(name):
                if local.path.occurrence.family != family:
                    continue
                shift, mine = self._shift(local, letter), self.computation.families[name]
                used = mine.slots[mine.letters.index(letter)] if letter in mine.letters else None
                if shift is None or used is None or used.lower.terms:
                    return None
                first = min(first, used.lower.constant - shift)
        return Affine.of(first)

    def _shift(self, local: Local, letter: str) -> int | None:
        """Steps from an occurrence to the left side, where that is a number."""
        families = self.computation.families
        mine, other = families[local.equation.family], families[local.path.occurrence.family]
        if letter not in mine.letters or letter not in other.letters:
            return None
        left = local.equation.slots[mine.letters.index(letter)]
        right = local.path.occurrence.slots[other.letters.index(letter)]
        difference = left - right
        return None if difference.terms else difference.constant

    # -- families that are only other ways to write an expression ------------------------------------------------------------

    @cached_property
    def inlined(self) -> frozenset[str]:
        """Families that stand for an expression in others at their own step, and are replaced by it."""
        found = {name for name in self._plain if self._is_expression(name)}
        shifted = {
            local.path.occurrence.family
            for name in self._plain
            for local in self.locals_of(name)
            if any(self._shift(local, letter) not in (0, None) for letter in self.computation.families[name].letters)
        }
        found -= shifted
        cyclic = frozenset().union(*_cycles({name: [o for o in self.uses.get(name, ()) if o in found] for name in found}))
        return frozenset(found - cyclic)

    @cached_property
    def aliases(self) -> Mapping[str, tuple[Equation, ...]]:
        """For a family the equations that give it another name: `h_t = h^{act}_t`, that name being used at other steps too."""
        found: dict[str, list[Equation]] = {}
        for name in self._plain:
            for equation in self.computation.equations.get(name, ()) if name not in self.inlined else ():
                if isinstance(equation.body, Entry) and equation.body.family not in self.inlined and equation.body.family != name:
                    found.setdefault(equation.body.family, []).append(equation)
        return {name: tuple(equations) for name, equations in found.items() if len(equations) == 1}

    def _is_expression(self, name: str) -> bool:
        equations = self.computation.equations.get(name, ())
        return bool(equations) and not any(isinstance(e.body, Apply) for e in equations)


def condition_gaps(condition: Condition) -> tuple[tuple[int, tuple[Affine, ...]], ...]:
    """A condition as a signed sum of conjunctions of gaps that are all ≥ 0: `i ≠ k` is everything less `i = k`."""
    less, more = condition.right - condition.left, condition.left - condition.right
    one = Affine.of(1)
    return {
        "=": ((1, (less, more)),),
        "\\ne": ((1, ()), (-1, (less, more))),
        "<": ((1, (less - one,)),),
        "\\le": ((1, (less,)),),
        ">": ((1, (more - one,)),),
        "\\ge": ((1, (more,)),),
    }[condition.relation]


OPPOSITE = {"=": "\\ne", "\\ne": "=", "<": "\\ge", "\\ge": "<", ">": "\\le", "\\le": ">"}


def opposite(condition: Condition) -> Condition:
    return Condition(condition.left, OPPOSITE[condition.relation], condition.right)


def negated(conditions: Sequence[Condition]) -> list[list[Condition]]:
    """Where not all conditions hold, as disjoint alternatives."""
    return [[*conditions[:i], opposite(c)] for i, c in enumerate(conditions)]


def alternatives(conditions: Sequence[Condition]) -> list[tuple[int, tuple[Affine, ...]]]:
    """A conjunction of conditions as a signed sum of conjunctions of gaps: `i ≠ k` is everything less `i = k`."""
    found: list[tuple[int, tuple[Affine, ...]]] = []
    for choice in product(*(condition_gaps(c) for c in conditions)):
        found.append((prod(sign for sign, _ in choice), tuple(gap for _, gaps in choice for gap in gaps)))
    return found


def disjoint(conditions: Sequence[Condition]) -> list[tuple[Affine, ...]]:
    """A conjunction of conditions as disjoint conjunctions of gaps: `i ≠ k` is `i < k` or `i > k`."""
    parts = [[Condition(c.left, "<", c.right), Condition(c.left, ">", c.right)] if c.relation == "\\ne" else [c] for c in conditions]
    return [tuple(gap for _, gaps in alternatives(choice) for gap in gaps) for choice in product(*parts)]


def guards(conditions: Sequence[Condition], unless: Sequence[Sequence[Condition]], scope: Context) -> list[tuple[Affine, ...]]:
    """Where in a context all conditions hold and none of the conjunctions does, as disjoint conjunctions of gaps."""
    found: list[tuple[Affine, ...]] = []
    for choice in product(*(negated(conjunction) for conjunction in unless)):
        for gaps in disjoint([*conditions, *(c for part in choice for c in part)]):
            kept = tuple(dict.fromkeys(gap for gap in gaps if not scope.implies(gap)))
            if not scope.excludes(kept):
                found.append(kept)
    return found


def matched(equation: Equation, slots: Sequence[Affine], letters: Sequence[str]) -> tuple[dict[str, Affine], list[Condition]]:
    """The letters of an equation where its left side has these slots, and the conditions under which it has."""
    mapping: dict[str, Affine] = {}
    conditions: list[Condition] = []
    for written, slot in zip(equation.slots, slots, strict=True):
        letter = next((a for a, k in written.terms if a in letters and k == 1 and a not in mapping and len(written.terms) == 1), None)
        if isinstance(letter, str):
            mapping[letter] = slot - Affine.of(written.constant)
        else:
            conditions.append(Condition(written.substitute(mapping), "=", slot))
    if set(letters) - set(mapping):
        raise NoProof(f"the letters of `{equation.latex}` are not seen from its left side")
    return mapping, conditions + [substituted_condition(c, mapping) for c in equation.conditions]


def _cycles(edges: Mapping[str, Sequence[str]]) -> tuple[frozenset[str], ...]:
    """The strongly connected components that hold a cycle."""
    found = strongly_connected_components((list(edges), [(a, b) for a, others in edges.items() for b in others if b in edges]))
    return tuple(frozenset(group) for group in found if len(group) > 1 or group[0] in edges[group[0]])


def _smallest(edges: Mapping[str, Sequence[str]], component: frozenset[str]) -> list[frozenset[str]]:
    """The smallest sets of families without which a component has no cycle."""
    ordered = [family for family in edges if family in component]
    for size in range(1, min(len(ordered), MOST_CUTS) + 1):
        found = [frozenset(group) for group in combinations(ordered, size) if not _cycles(_without(edges, component, group))]
        if found:
            return found
    return [component]


def _without(edges: Mapping[str, Sequence[str]], component: frozenset[str], cut: Sequence[str]) -> dict[str, list[str]]:
    kept = component - set(cut)
    return {a: [b for b in edges[a] if b in kept] for a in edges if a in kept}
