"""One reading of a claim tried at one setting: every instance and entry of its sides as graph nodes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from itertools import product

from .engines.constraints import Constraints
from .engines.exact import Exact, OutOfBudget
from .engines.refute import Difference, find_difference
from .engines.screen import Screen
from .functions import FUNCTIONS
from .graph import Kind
from .index import Affine, Differentiate, parts_of
from .reading.choices import bare
from .reading.claim import ReadClaim, Side
from .unroll import Unroller
from .unrolled import Corner, Meaningless, NegativeLength, OutsideAxis, Setting, TooLarge, Undefined, Unrolled

Modes = tuple[tuple[str, str], ...]  # (spelling of a derivative, "total" or "immediate")
Where = tuple[tuple[tuple[str, int], ...], tuple[int, ...]]  # (values of the free indices, entry)
MOST_NODES = 400_000


@dataclass
class Trial:
    """Sides of a claim unrolled at one setting.

    `instances` are the values of the free indices for which all sides are defined; `skipped` those for which
    one is not, and `outside` those that name a component that a quantity does not have; with `inside`, also those that meet a
    quantity below its range.
    `unsettled`: one was skipped for a product over a range of negative length. Nodes are those after assumptions have been used.
    `unrolled` is what other claims about the same computation have left at this setting. In a `corner` the first entries are compared.
    """

    claim: ReadClaim
    setting: Setting
    zero_above: bool = False
    inside: bool = False
    unrolled: Unrolled | None = None
    corner: Corner | None = None
    instances: list[dict[str, int]] = field(default_factory=list)
    skipped: int = 0
    missing: str = ""
    outside: int = 0
    unsettled: bool = False

    def __post_init__(self) -> None:
        self._is_shared = self.unrolled is not None
        self._unrolled = self.unrolled or Unrolled(self.claim.computation, self.setting, self.zero_above, self.corner)
        self.graph = self._unrolled.graph
        self.unroller = Unroller(self._unrolled, self.inside)
        self._begun = len(self.graph)
        self._sides: dict[tuple[int, Modes], dict[Where, int]] = {}
        self._wrt: dict[int, frozenset[str]] = {}
        self._exact: Exact | None = None
        self._alone: Trial | None = None
        self._find_instances()

    def _find_instances(self) -> None:
        outside: OutsideAxis | None = None
        for values in self._candidates():
            local = self.setting.copy()
            local.update(values)
            if not all(c.holds(local) for c in self.claim.conditions):
                continue
            try:
                for position, side in enumerate(self.claim.sides):
                    if side.tensor is not None:
                        self._instance(position, (), local, values, {})
            except OutsideAxis as error:
                if self.claim.stated:
                    raise
                outside = bare(error)
                self.outside += 1
                continue
            except Undefined as error:
                self.skipped += 1
                self.missing = self.missing or str(error)
                self.unsettled = self.unsettled or isinstance(error, NegativeLength)
                continue
            self.instances.append(values)
        # With none inside it is no matter of a free letter, but of a size or number that is written for an index.
        if outside is not None and not self.instances:
            raise outside

    def _candidates(self) -> list[dict[str, int]]:
        """All values of the free indices, steps first: the range of a component may depend on its layer."""
        found: list[dict[str, int]] = [{}]
        for name, free in sorted(self.claim.free.items(), key=lambda item: item[1].role == "component"):
            if free.lower is None or free.upper is None or self._accidental(name):
                raise Meaningless(f"the range of the index {name} is stated nowhere; add it to `ranges`")
            wider: list[dict[str, int]] = []
            for values in found:
                local = self.setting.copy()
                local.update(values)
                wider += [{**values, name: v} for v in self._possible(name, free.lower.value(local), free.upper.value(local))]
            found = wider
        return found

    def _accidental(self, name: str) -> bool:
        """A free letter that selects a step although nothing, a range or a shift like `k-1` or `t-k`, says that it is one."""
        claim = self.claim
        if claim.free[name].role != "slot" or name in claim.letters or any(name in c.left.atoms() | c.right.atoms() for c in claim.stated):
            return False
        behind = (f"{step}{sign}{name}" for step in claim.letters for sign in ("-", " - "))
        shifts = (f"{name} - ", f"{name} + ", f"{name}-", f"{name}+", *behind)
        return not any(shift in side.latex for side in claim.sides for shift in shifts)

    def _possible(self, name: str, low: int, high: int) -> range:
        """The declared range, widened at either end where a stated condition may reach further."""
        if self.corner is not None and self.claim.free[name].role == "component":
            return range(low, min(high, self.corner.first) + 1)
        stated = self.claim.free[name].role == "slot" and any(name in c.left.atoms() | c.right.atoms() for c in self.claim.stated)
        return range(low - 2, high + 3) if stated else range(low, high + 1)

    def _instance(self, position: int, modes: Modes, local: Setting, free: Mapping[str, int], found: dict[Where, int]) -> None:
        side = self.claim.sides[position]
        assert side.tensor is not None and side.body is not None
        self.unroller.modes, self.unroller.held = dict(modes), self._held(position)
        sizes = [n.value(local) for n in side.tensor.rows + side.tensor.columns]
        axes = [range(1, (min(n, self.corner.first) if self.corner else n) + 1) for n in sizes]
        label = tuple(free.items())
        for entry in product(*axes):
            here = local.copy()
            here.update(zip(side.variables, entry, strict=True))
            found[label, entry] = self.unroller.value(side.body, here)
        if len(self.graph) - self._begun > MOST_NODES:
            raise TooLarge("the unrolled computation is too large")

    def _held(self, position: int) -> frozenset[str]:
        if position not in self._wrt:
            self._wrt[position] = held_by(self.claim.sides[position])
        return self._wrt[position]

    def side(self, position: int, modes: Modes = ()) -> dict[Where, int]:
        """All entries of one side with the given meaning of its derivatives."""
        key = (position, modes)
        if key not in self._sides:
            found: dict[Where, int] = {}
            for free in self.instances:
                local = self.setting.copy()
                local.update(free)
                self._instance(position, modes, local, free, found)
            self._sides[key] = self._assumed(found)
        return self._sides[key]

    def differs_by_mode(self, position: int, modes: Modes) -> bool:
        """Whether these meanings of the derivatives give another value than all total ones."""
        return any(mode == "immediate" for _, mode in modes) and self.side(position, modes) != self.side(position)

    # -- assumptions ------------------------------------------------------------------------------------------------

    def _assumed(self, found: dict[Where, int]) -> dict[Where, int]:
        mapping = self.substitutions(list(found.values()))
        if not mapping:
            return found
        nodes = self._unrolled.substituted(list(found.values()), mapping)
        return dict(zip(found, nodes, strict=True))

    def substitutions(self, nodes: list[int]) -> dict[int, int]:
        mapping: dict[int, int] = {}
        facts = self.claim.computation.assumptions
        for family in facts.normalised:
            for group in self._groups(family):
                last, others = group[-1], group[:-1]
                mapping[last] = self.graph.sub(self.graph.const(1), self.graph.add(others))
        if facts.equations:
            mapping.update(self._equations(nodes))
        return mapping

    def _groups(self, family: str) -> list[list[int]]:
        """The leaves of a family along the axis that adds up to 1: the classes of one target."""
        facts = self.claim.computation.assumptions
        members = {key[1] for key in self.unroller.leaves.get(family, {})}
        groups: dict[tuple[object, ...], list[int]] = {}
        for slots in sorted(members):
            for key, node in self.unroller.member(family, slots).items():
                groups.setdefault((slots, facts.group(family, key[2])), []).append(node)
        return list(groups.values())

    def _equations(self, nodes: list[int]) -> dict[int, int]:
        """Assumed values: nodes that equal the left side of an assumed equation, wherever they occur."""
        pairs: list[tuple[int, int]] = []
        for equation in self.claim.computation.assumptions.equations:
            for local in self._all(equation.indices):
                try:
                    pairs.append((self.unroller.value(equation.left, local), self.unroller.value(equation.right, local.copy())))
                except Undefined:
                    continue
        pairs = _without_mirrored(pairs)
        self._need_witness(pairs)
        screen = Screen(self.graph, 1, Constraints())
        support = self.graph.support(nodes)
        prints: dict[object, list[int]] = {}
        for node in support:
            prints.setdefault(screen.fingerprint(node), []).append(node)
        exact = Exact(self.graph)
        mapping: dict[int, int] = {}
        for left, right in pairs:
            for node in [left, *prints.get(screen.fingerprint(left), [])]:
                if node == left or exact.equal(node, left):
                    mapping[node] = right
        return mapping

    def _need_witness(self, pairs: list[tuple[int, int]]) -> None:
        """Assumed equations must have a point: each sets a value that is free, none is set twice or against what else is assumed of it."""
        bound = self.constraints()
        normalised = [leaf for f in self.claim.computation.assumptions.normalised for group in self._groups(f) for leaf in group]
        taken: dict[int, tuple[int, int]] = dict.fromkeys([*normalised, *(leaf for group in bound.one_hot for leaf in group)], (-1, -1))
        for left, right in pairs:
            value = self.graph.data[right] if self.graph.kinds[right] == Kind.CONST else None
            against_positive = left in bound.positive and right not in bound.positive and (value is None or value <= 0)
            against_nonzero = left in bound.nonzero and right not in bound.nonzero and not value
            if against_positive or against_nonzero:
                raise Meaningless("contradictory assumptions, or none that can be seen to have a point")
            atoms = [left] if taken.get(left) == (left, right) else self._solved_for(left, [right])
            atom = next((a for a in atoms if taken.get(a, (left, right)) == (left, right)), None)
            if atom is None:
                raise Meaningless("contradictory assumptions, or none that can be seen to have a point")
            taken[atom] = left, right
        if _go_in_circles({atom: self.graph.support(pair) - {atom} for atom, pair in taken.items() if pair != (-1, -1)}):
            raise Meaningless("contradictory assumptions, or none that can be seen to have a point")

    def _solved_for(self, node: int, others: Sequence[int]) -> Iterator[int]:
        """Free values that an assumed equation can be solved for: its left side, or what occurs there once and linearly."""
        graph = self.graph
        while graph.kinds[node] == Kind.NAME:
            node = graph.data[node][1]
        if graph.kinds[node] == Kind.ADD:
            parts = [child for child, _ in graph.data[node]]
        elif graph.kinds[node] == Kind.MUL:
            parts = [base for base, exponent in graph.data[node] if exponent == 1]
        elif graph.kinds[node] == Kind.LEAF or (graph.kinds[node] == Kind.APPLY and graph.data[node].function not in FUNCTIONS):
            if node not in graph.support(others):
                yield node
            return
        else:
            return
        for part in parts:
            yield from self._solved_for(part, [*others, *(other for other, _ in graph.data[node] if other != part)])

    def _all(self, indices: tuple[tuple[str, Affine, Affine], ...]) -> Iterator[Setting]:
        ranges = [range(low.value(self.setting), high.value(self.setting) + 1) for _, low, high in indices]
        for values in product(*ranges):
            local = self.setting.copy()
            local.update(zip((name for name, _, _ in indices), values, strict=True))
            yield local

    # -- engines ----------------------------------------------------------------------------------------------------

    def constraints(self) -> Constraints:
        facts = self.claim.computation.assumptions

        def leaves(families: tuple[str, ...]) -> frozenset[int]:
            return frozenset(node for f in families for node in self.unroller.leaves.get(f, {}).values())

        one_hot = tuple(tuple(group) for family in facts.one_hot for group in self._groups(family))
        return Constraints(positive=leaves(facts.positive), one_hot=one_hot, nonzero=leaves(facts.nonzero))

    def _exactly(self) -> Exact:
        current = self.constraints()
        if self._exact is None or self._exact.constraints != current:
            self._exact = Exact(self.graph, current, screen=self._unrolled.screen(current))
        return self._exact

    def alone(self) -> Trial:
        """The same with nothing left by other claims: what is shown exactly, and where sides differ, must not hang on what was there."""
        if not self._is_shared:
            return self
        if self._alone is None:
            self._alone = Trial(self.claim, self.setting, self.zero_above, self.inside, corner=self.corner)
        return self._alone

    def probably_equal(self, left: dict[Where, int], right: dict[Where, int]) -> bool:
        """The screen: False is certain for free values of the atoms only, True is all but certain."""
        differences = [self.graph.sub(a, right[where]) for where, a in left.items()]
        screen = self._unrolled.screen(self.constraints())
        rejected = [d for d in differences if not screen.probably_zero(d)]
        if rejected and screen.blind(self.graph.support(rejected)):
            try:
                return all(self._exactly().is_zero(d) for d in rejected)
            except OutOfBudget:
                return False
        return not rejected

    def exactly_equal(self, left: dict[Where, int], right: dict[Where, int]) -> bool | None:
        """True where exact algebra proves every entry equal; None where its budget ran out."""
        exact = self._exactly()
        try:
            return all(exact.equal(a, right[where]) for where, a in left.items())
        except OutOfBudget:
            return None

    def difference(self, left: dict[Where, int], right: dict[Where, int]) -> Difference | None:
        """A real point where an entry differs for certain."""
        entries = [(where, a, right[where]) for where, a in left.items()]
        if self.claim.doubts:
            raise Meaningless(self.claim.doubts[0])
        return find_difference(self.graph, entries, self.constraints())


def _go_in_circles(needs: Mapping[int, Set[int]]) -> bool:
    """Whether values that are each set by others come to rest on themselves."""
    left = dict(needs)
    while left:
        settled = [atom for atom, below in left.items() if not below & left.keys()]
        if not settled:
            return True
        for atom in settled:
            del left[atom]
    return False


def _without_mirrored(pairs: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Assumed values without those that say nothing or repeat another one the other way round: `A^T = A` of an entry and its mirror."""
    found: dict[tuple[int, int], None] = {}
    for left, right in pairs:
        if left != right and (right, left) not in found:
            found[left, right] = None
    return list(found)


def held_by(side: Side) -> frozenset[str]:
    """The quantities without steps by which a side differentiates."""
    return frozenset(e.wrt.family for e in parts_of(side.body) if isinstance(e, Differentiate) and not e.wrt.slots)
