"""The forward equations made ready for numbers: activations named, logarithms stable, every application a quantity of its own.

    ln softmax(s)_k   ⇒  s_k − logsumexp(s)        (never the logarithm of a quotient that may underflow)
    ln σ(z)           ⇒  z − softplus(z)
    ln (1 − σ(z))     ⇒  −softplus(z)
    h_t = tanh(W x_t) ⇒  z_t = W x_t, h_t = tanh(z_t)

Then the adjoint of an argument is the adjoint of the value times f', which is written through the stored value.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from symbptt.functions import FUNCTIONS, LATEX_NAMES
from symbptt.index import Add, Affine, Apply, Argument, Computation, Condition, Entry, Equation, Expression, Family, Multiply, Range, Sum
from symbptt.partial import MINUS, substitute

from .trees import NotExported, atoms, canonical, changed, entries, names_of, parts, renamed, tidy

LOGSUMEXP = "logsumexp"
#: Functions of a whole axis; every other one is applied entry by entry.
OF_AXES = frozenset({"softmax", LOGSUMEXP})


def named_functions(computation: Computation, chosen: Mapping[str, str]) -> Computation:
    """Abstract functions replaced by the activations chosen for them, defined ones by their definitions.

    Raises `NotExported` for an abstract function without a choice, or a choice that is no known function of one argument.
    """
    known = {name: _function(spelling) for name, spelling in chosen.items()}
    fresh = names_of("wa")

    def change(e: Expression) -> Expression:
        e = changed(e, change)
        if not isinstance(e, Apply):
            return e
        if e.function in computation.definitions:
            definition = computation.definitions[e.function]
            argument = e.arguments[0].body
            return _filled(change(definition.body), definition.variable, argument, fresh)
        function = known.get(e.function, e.function)
        if function not in FUNCTIONS:
            raise NotExported(
                f"`{e.function}` stands for any function; name one for numbers, `--function {e.function}=tanh` "
                f"(one of {', '.join(sorted(n for n, f in FUNCTIONS.items() if not f.many_arguments and n != 'step'))})"
            )
        if function == "identity":
            return e.arguments[0].body
        return replace(e, function=function, slots=())

    equations = {
        name: tuple(replace(equation, body=tidy(change(equation.body))) for equation in found)
        for name, found in computation.equations.items()
    }
    return replace(computation, equations=equations, definitions={})


def _function(spelling: str) -> str:
    name = spelling if spelling in FUNCTIONS else LATEX_NAMES.get(spelling, "")
    if not name or FUNCTIONS[name].many_arguments or name == "step":
        known = ", ".join(sorted(n for n, f in FUNCTIONS.items() if not f.many_arguments and n != "step"))
        raise NotExported(f"`{spelling}` is no known function of one argument; known are {known}")
    return name


def _filled(body: Expression, variable: str, argument: Expression, fresh: Callable[[], str]) -> Expression:
    if isinstance(body, Entry) and body.family == variable:
        return renamed(argument, {}, fresh)
    return changed(body, lambda part: _filled(part, variable, argument, fresh))


def summands_named(computation: Computation) -> Computation:
    """What a sum over steps applies functions in, as a quantity of its own: L = Σ_t Σ_k y_{t,k} ln p_{t,k} ⇒ L = Σ_t J_t."""
    families, equations = dict(computation.families), dict(computation.equations)

    def change(e: Expression, equation: Equation) -> Expression:
        if not (isinstance(e, Sum) and _counts_steps(e, computation) and any(isinstance(part, Apply) for part in parts(e.body))):
            return changed(e, lambda part: change(part, equation))
        own = set(equation.components).union(*(slot.atoms() for slot in equation.slots)) - set(computation.last_steps)
        if e.conditions or own & atoms(e.body):
            return e
        name = f"summand of {computation.families[equation.family].latex}"
        while name in families:
            name += "'"
        steps = Range(e.lower, e.upper)
        letter = next((f.letters[0] for f in computation.families.values() if f.slots[:1] == (steps,)), e.variable)
        families[name] = Family(name, name, (steps,), (letter,), (), ())
        body = substitute(e.body, {e.variable: Affine.of(letter)})
        equations[name] = (Equation(name, (Affine.of(letter),), (), body, (), name),)
        return replace(e, body=Entry(name, (Affine.of(e.variable),), ()))

    for name, found in computation.equations.items():
        equations[name] = tuple(replace(equation, body=change(equation.body, equation)) for equation in found)
    return replace(computation, families=families, equations=equations)


def stable(computation: Computation) -> Computation:
    """Logarithms of softmax and σ rewritten, through the quantities that are defined as such."""
    fresh = names_of("wb")

    def behind(e: Expression) -> Expression:
        """A quantity with one equation that applies a function, opened."""
        found = computation.equations.get(e.family, ()) if isinstance(e, Entry) else ()
        if len(found) != 1 or not isinstance(e, Entry):
            return e
        equation = found[0]
        shift = dict(zip(equation.components, e.components, strict=True))
        for slot, actual in zip(equation.slots, e.slots, strict=True):
            letter = slot.as_variable()
            if letter is None or letter in computation.last_steps:
                return e
            shift[letter] = actual
        opened = renamed(equation.body, shift, fresh)
        if isinstance(equation.body, Apply):
            return opened
        return behind(opened) if isinstance(equation.body, Entry) else e

    def change(e: Expression) -> Expression:
        e = changed(e, change)
        if not isinstance(e, Apply) or e.function != "log":
            return e
        argument = e.arguments[0].body
        value = behind(argument)
        if isinstance(value, Apply) and value.function == "softmax":
            inner = value.arguments[0]
            here = substitute(inner.body, dict(zip(inner.variables, value.component, strict=True)))
            return Add((here, Multiply((MINUS, Apply(LOGSUMEXP, value.arguments)))))
        if isinstance(value, Apply) and value.function == "sigmoid":
            z = value.arguments[0].body
            return Add((renamed(z, {}, fresh), _minus_softplus(z)))
        other = _one_minus(argument)
        value = behind(other) if other is not None else argument
        if other is not None and isinstance(value, Apply) and value.function == "sigmoid":
            return _minus_softplus(value.arguments[0].body)
        return e

    equations = {
        name: tuple(replace(equation, body=tidy(change(equation.body))) for equation in found)
        for name, found in computation.equations.items()
    }
    return replace(computation, equations=equations)


def _minus_softplus(z: Expression) -> Expression:
    return Multiply((MINUS, Apply("softplus", (Argument((), (), z),))))


def _one_minus(e: Expression) -> Expression | None:
    """u of 1 − u."""
    if not isinstance(e, Add) or len(e.terms) != 2:
        return None
    opposite = tidy(Multiply((MINUS, Add((*e.terms, MINUS)))))
    return None if isinstance(opposite, (Add, Multiply)) else opposite


# -- every application a quantity ------------------------------------------------------------------------------------------


@dataclass
class _Namer:
    """New quantities while the equations of one computation are walked over."""

    computation: Computation
    families: dict[str, Family] = field(default_factory=dict)
    equations: dict[str, tuple[Equation, ...]] = field(default_factory=dict)
    known: dict[object, str] = field(default_factory=dict)

    def quantity(self, body: Expression, base: str, equation: Equation, scope: Mapping[str, Affine]) -> Entry:
        """An entry that stands for `body`, defined where `equation` holds."""
        used = atoms(body)
        letters = [slot.as_variable() for slot in equation.slots]
        mine = [letter for letter in letters if letter is not None and letter in used and letter not in self.computation.last_steps]
        components = tuple(variable for variable in scope if variable in used)
        key = (_positional(body, (*mine, *components)), len(mine), len(components), _bounds(equation, mine))
        if key in self.known:
            name = self.known[key]
            return Entry(name, tuple(map(Affine.of, mine)), tuple(map(Affine.of, components)))
        name = base
        while name in self.computation.families or name in self.families:
            name += "'"
        self.known[key] = name
        ranges = [_range(letter, equation, self.computation) for letter in mine]
        slots = tuple(map(Affine.of, mine))
        self.families[name] = Family(name, name, tuple(ranges), tuple(mine), tuple(scope[c] for c in components), ())
        conditions = tuple(c for c in equation.conditions if (c.left.atoms() | c.right.atoms()) & set(mine))
        self.equations[name] = (Equation(name, slots, components, body, conditions, name),)
        return Entry(name, slots, tuple(map(Affine.of, components)))


def _positional(body: Expression, variables: Sequence[str]) -> Expression:
    return canonical(substitute(body, {name: Affine.of(f"${place}") for place, name in enumerate(variables)}))


def _bounds(equation: Equation, letters: Sequence[str]) -> tuple[Condition, ...]:
    shift = {name: Affine.of(f"${place}") for place, name in enumerate(letters)}
    found = (Condition(c.left.substitute(shift), c.relation, c.right.substitute(shift)) for c in equation.conditions)
    return tuple(found) if letters else ()


def applications_named(computation: Computation) -> Computation:
    """Every function applied to an entry of a quantity, and its value a quantity."""
    namer = _Namer(computation)
    equations: dict[str, tuple[Equation, ...]] = {}
    for name, found in computation.equations.items():
        equations[name] = tuple(replace(e, body=_named(e.body, e, namer, _scope(e, computation), True)) for e in found)
    return replace(
        computation,
        families={**computation.families, **namer.families},
        equations={**equations, **namer.equations},
    )


def _scope(equation: Equation, computation: Computation) -> dict[str, Affine]:
    family = computation.families[equation.family]
    shift = dict(zip(family.letters, equation.slots, strict=True))
    return {c: size.substitute(shift) for c, size in zip(equation.components, family.axes, strict=True)}


def _named(e: Expression, equation: Equation, namer: _Namer, scope: Mapping[str, Affine], top: bool = False) -> Expression:
    if isinstance(e, Sum):
        letters = {atom for slot in equation.slots for atom in slot.atoms()}
        inner = {**scope, e.variable: e.upper} if not (_counts_steps(e, namer.computation) or e.variable in letters) else scope
        return replace(e, body=_named(e.body, equation, namer, inner))
    if not isinstance(e, Apply):
        return changed(e, lambda part: _named(part, equation, namer, scope))
    plain = namer.computation.families[equation.family].latex
    arguments = []
    for argument in e.arguments:
        inside = {**scope, **dict(zip(argument.variables, argument.sizes, strict=True))}
        body = _named(argument.body, equation, namer, inside)
        if not _is_plain(body, equation):
            body = namer.quantity(body, f"argument of {plain}", equation, inside)
        arguments.append(replace(argument, body=body))
    applied = replace(e, arguments=tuple(arguments))
    if top and (len(equation.components) == len(atoms(applied) & set(scope))):
        return applied
    return namer.quantity(applied, f"{e.function} of {_family_of(arguments[0].body)}", equation, scope)


def _family_of(e: Expression) -> str:
    return e.family if isinstance(e, Entry) else ""


def _counts_steps(e: Sum, computation: Computation) -> bool:
    """Whether the variable of a sum is a step of some quantity in it."""
    return any(e.variable in slot.atoms() for entry in entries(e.body) for slot in entry.slots)


def _is_plain(e: Expression, equation: Equation) -> bool:
    """An entry with components that are different variables, at this equation's own step."""
    if not isinstance(e, Entry):
        return False
    names = [c.as_variable() for c in e.components]
    own = all(slot in equation.slots for slot in e.slots)
    return None not in names and len(set(names)) == len(names) and own


def _range(letter: str, equation: Equation, computation: Computation) -> Range:
    family = computation.families[equation.family]
    for slot, declared in zip(equation.slots, family.slots, strict=True):
        if slot.as_variable() == letter and declared is not None:
            return _narrowed(declared, letter, equation.conditions)
    raise NotExported(f"the range of the step of `{family.latex}` is not stated")


def _narrowed(declared: Range, letter: str, conditions: Sequence[Condition]) -> Range:
    lower, upper = declared.lower, declared.upper
    for c in conditions:
        if c.relation == "\\le" and c.right.as_variable() == letter:
            lower = c.left
        elif c.relation == "\\le" and c.left.as_variable() == letter:
            upper = c.right
    return Range(lower, upper)
