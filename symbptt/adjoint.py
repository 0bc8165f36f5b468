"""The adjoint system: reverse mode on the equations themselves, for every number of steps and every size.

For a scalar target L and equations y[u][j] = F(x[v][k], …), the ordered derivative (Werbos 1990, eq. 5) of L by each quantity is

    x̄[s][i] = δ_{L,x} + Σ over equations, over occurrences of x in them and over their free indices of
              ȳ[u][j] · ∂F[u][j]/∂x[v][k] · δ_{v,s} δ_{k,i} ,

in index notation again. Where `v = s` fixes the index of the equation, the sum is contracted: h used as h_{t-1} in
y_t = F(h_{t-1}), 2 ≤ t ≤ T, gives h̄_s the term ȳ_{s+1} ∂F/∂h where 2 ≤ s+1 ≤ T. A weight has no step, so its sum over t stays.
Derivatives are total, and named copies of one quantity (`W_t = W`) have adjoints of their own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from .index import ONE, Affine, Computation, Condition, Entry, Equation, Expression, Family, Number, Range
from .inequalities import contradicts, solve
from .partial import UNIT, Bound, Fresh, Path, contracted, paths, simplified, substitute, substituted_condition, total
from .reading.choices import Unsupported


def adjoint_name(family: str) -> str:
    """The family that holds the derivatives of the target by `family`."""
    return f"adjoint of {family}"


@dataclass(frozen=True)
class AdjointSystem:
    """∂`target`/∂(every quantity) as equations.

    `equations` maps each family of the model to the equations of its adjoint, first match wins: the first for the declared range
    of its slots, the second for all other slots (h_0, and h_{T+1}, whose adjoint is 0). `computation` is the model with
    the adjoint families added, to be unrolled as any other.
    """

    target: Entry
    equations: Mapping[str, tuple[Equation, ...]]
    computation: Computation

    def gradient(self, family: str) -> Equation:
        """∂target/∂`family` at the slots its range declares.

        Raises `KeyError` for a family the model does not have.
        """
        return self.equations[family][0]

    def entry(self, family: str, slots: Sequence[Affine], components: Sequence[Affine]) -> Entry:
        """One entry of ∂target/∂`family`, to be used inside other expressions."""
        return Entry(adjoint_name(family), tuple(slots), tuple(components))


def adjoint_system(computation: Computation, target: str, target_slots: Sequence[Affine] = ()) -> AdjointSystem:
    """The adjoint system of the scalar `target` at `target_slots` (affine in last steps and in symbols of your own).

    A symbol of your own is given its value in the `Setting`, as a last step is. Raises `ValueError` if the target is no scalar or
    a symbol is an index of the model, `Unsupported` where its equations hold derivatives or ordered products of matrices.
    """
    goal = computation.families[target]
    if goal.axes or len(target_slots) != len(goal.slots):
        raise ValueError(f"the target of an adjoint system is one scalar, not `{goal.latex}` with {len(target_slots)} of its slots given")
    taken = {letter for family in computation.families.values() for letter in family.letters}
    clash = sorted({str(atom) for slot in target_slots for atom in slot.atoms()} & taken)
    if clash:
        raise ValueError(f"the slots of the target use `{clash[0]}`, which is an index of the model; use another letter")
    fresh = Fresh()
    seed = Path(Entry(target, tuple(target_slots), ()), factors=(UNIT,))
    contributions: dict[str, list[Path]] = {target: [seed]}
    for name in _reached(computation, target):
        for path in _uses(computation, name, fresh):
            contributions.setdefault(path.occurrence.family, []).append(path)
    equations = {name: _adjoint(family, goal, contributions.get(name, []), fresh) for name, family in computation.families.items()}
    extended = replace(
        computation,
        families={
            **computation.families,
            **{adjoint_name(name): _adjoint_family(family, goal) for name, family in computation.families.items()},
        },
        equations={**computation.equations, **{adjoint_name(name): found for name, found in equations.items()}},
    )
    return AdjointSystem(Entry(target, tuple(target_slots), ()), equations, extended)


def _adjoint_family(family: Family, goal: Family) -> Family:
    latex = f"\\frac{{\\partial {goal.latex}}}{{\\partial {family.latex}}}"
    return replace(family, name=adjoint_name(family.name), latex=latex, slots=tuple(None for _ in family.slots))


def _reached(computation: Computation, target: str) -> list[str]:
    """Families that the target depends on, itself first."""
    found, stack = [target], [target]
    while stack:
        for equation in computation.equations.get(stack.pop(), ()):
            for path in paths(equation.body, Fresh()):
                if path.occurrence.family not in found:
                    found.append(path.occurrence.family)
                    stack.append(path.occurrence.family)
    return found


# -- one equation ---------------------------------------------------------------------------------------------------------


def _uses(computation: Computation, name: str, fresh: Fresh) -> Iterator[Path]:
    """All occurrences in the equations of one family, each with the adjoint of the left side as a factor.

    As in unrolling, equations for one step go before those for all steps, and otherwise the first that holds defines.
    """
    family = computation.families[name]
    ordered = computation.matched(name)
    for position, written in enumerate(ordered):
        equation, letters = _renamed(written, computation, fresh)
        shift = dict(zip(family.letters, equation.slots, strict=True))
        axes = [size.substitute(shift) for size in family.axes]
        bound = [Bound(letter, None, None) for letter in letters]
        bound += [Bound(variable, ONE, size) for variable, size in zip(equation.components, axes, strict=True)]
        conditions = [*equation.conditions, *_declared(family, equation)]
        earlier = [_match(other, equation, computation) for other in ordered[:position]]
        unless = [e for e in earlier if not any(contradicts(c, [*conditions, *(x for x in e if x != c)]) for c in e)]
        left = Entry(adjoint_name(name), equation.slots, tuple(map(Affine.of, equation.components)))
        for path in paths(equation.body, fresh):
            yield path.within(bound, conditions, unless, (left,))


def equation_letters(equation: Equation, computation: Computation) -> list[str]:
    """The index letters of an equation: what its slots mention besides last steps."""
    found = {atom for slot in equation.slots for atom in slot.atoms() if isinstance(atom, str)}
    return sorted(found - set(computation.last_steps))


def _renamed(equation: Equation, computation: Computation, fresh: Fresh) -> tuple[Equation, list[str]]:
    """The equation with index letters and components of its own."""
    letters = equation_letters(equation, computation)
    shift = {name: Affine.of(fresh()) for name in (*letters, *equation.components)}
    conditions = tuple(substituted_condition(c, shift) for c in equation.conditions)
    renamed = replace(
        equation,
        slots=tuple(slot.substitute(shift) for slot in equation.slots),
        components=tuple(str(shift[c]) for c in equation.components),
        body=substitute(equation.body, shift),
        conditions=conditions,
    )
    return renamed, [str(shift[letter]) for letter in letters]


def _declared(family: Family, equation: Equation) -> list[Condition]:
    """The declared range of a slot, for an end that the equation's conditions leave open."""
    found = []
    for slot, declared in zip(equation.slots, family.slots, strict=True):
        letter = slot.as_variable()
        if declared is None or letter is None:
            continue
        stated = [c for c in equation.conditions if solve(c, letter) is not None]
        if not stated:
            found += _within(slot, declared)
    return found


def _within(slot: Affine, declared: Range) -> list[Condition]:
    return [Condition(declared.lower, "\\le", slot), Condition(slot, "\\le", declared.upper)]


def _match(other: Equation, equation: Equation, computation: Computation) -> tuple[Condition, ...]:
    """Where an earlier equation defines the left side of this one (there, this one does not)."""
    conditions = [Condition(a, "=", b) for a, b in zip(other.slots, equation.slots, strict=True)]
    conditions += other.conditions
    for letter in equation_letters(other, computation):
        fixing = next((c for c in conditions if c.relation == "=" and solve(c, letter) is not None), None)
        value = solve(fixing, letter) if fixing is not None else None
        if value is None:
            raise Unsupported(f"where `{other.latex}` holds cannot be told")
        conditions = [substituted_condition(c, {letter: value}) for c in conditions if c is not fixing]
    return tuple(conditions)


# -- one adjoint ----------------------------------------------------------------------------------------------------------


def _adjoint(family: Family, goal: Family, uses: Sequence[Path], fresh: Fresh) -> tuple[Equation, ...]:
    """The equations of the adjoint of one family."""
    components = tuple(fresh() for _ in family.axes)
    slots, indices = tuple(map(Affine.of, family.letters)), tuple(map(Affine.of, components))
    inside = [c for i, size in zip(indices, family.axes, strict=True) for c in (Condition(ONE, "\\le", i), Condition(i, "\\le", size))]
    here = Entry(family.name, slots, indices)
    found = [path for path in (contracted(use, here, inside) for use in uses) if path is not None]
    ranges = [c for slot, declared in zip(slots, family.slots, strict=True) if declared is not None for c in _within(slot, declared)]
    latex = f"\\frac{{\\partial {goal.latex}}}{{\\partial {family.latex}}}"

    def equation(body: Expression, conditions: Sequence[Condition]) -> Equation:
        return Equation(adjoint_name(family.name), slots, components, body, tuple(conditions), latex)

    general = equation(total(found), ())
    if not ranges:
        return (general,)
    narrow = total([simplified(path, [*inside, *ranges]) for path in found])
    return (general,) if narrow == general.body else (equation(narrow, ranges), general)


def is_zero(equation: Equation) -> bool:
    """Whether the target does not depend on the quantity at all."""
    return isinstance(equation.body, Number) and equation.body.value == 0
