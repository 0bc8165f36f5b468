"""Forward equations and adjoint system as one list of quantities, each a sum of terms over intervals of its step.

    z_1 = U x_1;  z_t = U x_t + W h_{t-1}, 2 ≤ t ≤ T   ⇒   z_t = U x_t + [2 ≤ t] W h_{t-1}, 1 ≤ t ≤ T

Derivatives of activations are written through stored values (tanh' = 1 − h²), copies of a quantity are that quantity, and what
no result needs is left out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from symbptt.adjoint import AdjointSystem, adjoint_name, adjoint_system
from symbptt.index import (
    ONE,
    Add,
    Affine,
    Apply,
    Argument,
    Branches,
    Computation,
    Condition,
    Entry,
    Equation,
    Expression,
    Family,
    Multiply,
    Number,
    Power,
    Sum,
)
from symbptt.partial import MINUS, substitute

from .rewrite import LOGSUMEXP, OF_AXES
from .trees import UNIT, ZERO, NotExported, canonical, changed, entries, names_of, renamed, tidy


@dataclass(frozen=True)
class Term:
    """`body` where max(`lows`) ≤ letter ≤ min(`highs`)."""

    body: Expression
    lows: tuple[Affine, ...] = ()
    highs: tuple[Affine, ...] = ()


@dataclass(frozen=True)
class Quantity:
    """A family with what defines it: `letter` is its step (empty: it has none), `components` name the indices of its `axes`.

    A leaf has no terms. It is stored from `first`, which is below `lower` where a state before the first step is met.
    """

    name: str
    latex: str
    letter: str
    lower: Affine
    upper: Affine
    axes: tuple[Affine, ...]
    components: tuple[str, ...]
    terms: tuple[Term, ...]
    leaf: bool
    first: Affine

    @property
    def initial(self) -> bool:
        """Whether it has a step before its first one, given with the data."""
        return self.first != self.lower

    @property
    def ragged(self) -> bool:
        """Whether its size depends on the step, so that the steps are no axis of an array."""
        return bool(self.letter) and any(self.letter in axis.atoms() for axis in self.axes)


@dataclass(frozen=True)
class System:
    """Quantities by name. `target` is the loss; `adjoints` are the quantities that hold ∂loss/∂(each family)."""

    quantities: Mapping[str, Quantity]
    target: str
    last_step: str
    names: Mapping[str, str]  # quantity → what stands for it where copies were left out

    def restricted(self, results: Iterable[str]) -> System:
        """Only what the results need, copies and constants put in."""
        return _reduced(self, tuple(results))


def read_system(computation: Computation, target: str, wrt: Iterable[str]) -> System:
    """The quantities of a computation whose applications are named, with the adjoints that ∂`target`/∂`wrt` needs.

    Raises `NotExported` for more than one step index, and for conditions that are no intervals.
    """
    if len(computation.last_steps) > 1:
        raise NotExported(f"two step counts ({', '.join(computation.last_steps)}) are not exported yet")
    last = computation.last_steps[0] if computation.last_steps else ""
    adjoints: AdjointSystem = adjoint_system(computation, target)
    values = _values(computation)
    fresh = names_of("sa")
    found: dict[str, Quantity] = {}
    for name, family in computation.families.items():
        equations = computation.matched(name)
        found[name] = _quantity(family, equations, last, {}, fresh)
    _refuse_far_steps(found)
    waiting = list(wrt)
    while waiting:
        name = waiting.pop()
        family = replace(adjoints.computation.families[adjoint_name(name)], slots=computation.families[name].slots)
        if family.name in found:
            continue
        found[family.name] = _quantity(family, adjoints.equations[name][:1], last, values, fresh)
        met = {e.family for term in found[family.name].terms for e in entries(term.body)}
        waiting += [other for other in computation.families if adjoint_name(other) in met]
    return System(_with_initial(found), target, last, {})


def _refuse_far_steps(found: Mapping[str, Quantity]) -> None:
    """Steps that neither an equation nor one row in front of the first step gives. Raises `NotExported`."""
    for quantity in found.values():
        for term in quantity.terms:
            for (entry, low), (_, high) in zip(_with_ends(term, quantity), _with_ends(term, quantity, highest=True), strict=True):
                used = found[entry.family]
                below, above = used.lower - low, high - used.upper
                if used.letter and not above.terms and above.constant > 0:
                    where = "at a step after its last one"
                elif used.letter and not below.terms and below.constant > 1:
                    where = f"{below.constant} steps before its first one"
                else:
                    continue
                raise NotExported(f"`{quantity.latex}` uses `{used.latex}` {where}, which no equation gives; that is not exported yet")


def _with_initial(found: Mapping[str, Quantity]) -> dict[str, Quantity]:
    """Rows in front of the declared range, where an entry below it is met."""
    first = {name: q.lower for name, q in found.items()}
    for quantity in found.values():
        for term in quantity.terms:
            for entry, low in _with_ends(term, quantity):
                known = first[entry.family]
                if not low.terms and not known.terms and low.constant < known.constant:
                    first[entry.family] = low
    return {name: replace(q, first=first[name] if q.letter else q.lower) for name, q in found.items()}


def _with_ends(term: Term, quantity: Quantity, highest: bool = False) -> list[tuple[Entry, Affine]]:
    """Each entry of a term that has a step, with the lowest (or highest) one at which it is met."""
    sign = -1 if highest else 1
    ends: dict[str, Affine] = {}
    if quantity.letter:
        own = (quantity.upper, *term.highs) if highest else (quantity.lower, *term.lows)
        ends[quantity.letter] = _greatest([end.scaled(sign) for end in own]).scaled(sign)
    found: list[tuple[Entry, Affine]] = []

    def walk(e: Expression, ends: Mapping[str, Affine]) -> None:
        if isinstance(e, Sum):
            ends = {**ends, e.variable: (e.upper if highest else e.lower).substitute(ends)}
        if isinstance(e, Entry) and e.slots:
            found.append((e, e.slots[0].substitute(ends)))

        def child(part: Expression) -> Expression:
            walk(part, ends)
            return part

        changed(e, child)

    walk(term.body, ends)
    return found


def _greatest(indices: Sequence[Affine]) -> Affine:
    """The greatest of some indices as far as it can be told for every last step ≥ 1."""
    best = indices[0]
    for other in indices[1:]:
        difference = other - best
        if not difference.terms and difference.constant > 0:
            best = other
    return best


# -- activations through their values --------------------------------------------------------------------------------------

_Values = Mapping[tuple[str, str], tuple[Equation, Entry]]


def _values(computation: Computation) -> _Values:
    """(function, family of its argument) → the equation of its value and that argument."""
    found = {}
    for equations in computation.equations.values():
        for equation in equations:
            e = equation.body
            if isinstance(e, Apply) and isinstance(e.arguments[0].body, Entry):
                argument = e.arguments[0].body
                found[e.function, argument.family] = (equation, argument)
    return found


def _value_at(function: str, argument: Entry, variables: Sequence[str], at: Sequence[Affine], values: _Values) -> Expression | None:
    """The stored value of function(argument), `at` being its component along the argument's `variables`."""
    known = values.get((function, argument.family))
    if known is None:
        return None
    equation, pattern = known
    shift: dict[str, Affine] = {}
    here = dict(zip(variables, at, strict=True))
    for written, actual in zip(pattern.slots, argument.slots, strict=True):
        letter = next((a for a in written.atoms() if isinstance(a, str) and any(s.as_variable() == a for s in equation.slots)), None)
        if letter is None:
            if written != actual:
                return None
            continue
        shift[letter] = actual - (written - Affine.of(letter))
    for written, actual in zip(pattern.components, argument.components, strict=True):
        name = written.as_variable()
        if name is not None:
            shift[name] = actual.substitute(here)
    application = equation.body
    assert isinstance(application, Apply)
    inner = dict(zip(application.arguments[0].variables, application.component, strict=False))
    for bound, outer in inner.items():  # softmax: the variable of its axis is the component of its value
        name = outer.as_variable()
        if name is not None and bound in shift:
            shift[name] = shift[bound]
    if not shift.keys() >= set(equation.components):  # h_0[b] = tanh(k): the value has an axis that the argument has not
        return None
    return substitute(Entry(equation.family, equation.slots, tuple(map(Affine.of, equation.components))), shift)


def _through_values(e: Expression, values: _Values) -> Expression:
    """Applications inside adjoints written through stored values."""
    e = changed(e, lambda part: _through_values(part, values))
    if not isinstance(e, Apply):
        return e
    argument = e.arguments[0]
    if not isinstance(argument.body, Entry):
        raise NotExported(f"`{e.function}` of several quantities at once is not exported yet")
    if e.function in OF_AXES and values:
        function, at = e.function, e.component
        if e.partial:
            function, at = "softmax", e.partial[0][1]  # ∂ ln Σ exp(s) / ∂s_j = softmax(s)_j
        value = _value_at(function, argument.body, argument.variables, at, values)
        return value if value is not None else Apply(function, e.arguments, at)
    if not values:  # a forward equation: what defines the value
        return e
    value = _value_at(e.function, argument.body, (), (), values)
    return _derivative(e, value)


def _derivative(e: Apply, value: Expression | None) -> Expression:
    """f or f' of the argument, through f's own value where there is one."""
    if e.order == 0:
        return value if value is not None else e
    argument = e.arguments[0].body
    v = value if value is not None else replace(e, order=0)
    rows: Mapping[str, Expression] = {
        "tanh": Add((UNIT, Multiply((MINUS, Power(v, ONE + ONE))))),
        "sigmoid": Multiply((v, Add((UNIT, Multiply((MINUS, v)))))),
        "exp": v,
        "log": Power(argument, Affine.of(-1)),
        "softplus": replace(e, function="sigmoid", order=0),
        "relu": replace(e, function="step", order=0),
        "leaky_relu": Add((Number(Fraction(1, 100)), Multiply((Number(Fraction(99, 100)), replace(e, function="step", order=0))))),
        "step": ZERO,
        "sqrt": Multiply((Number(Fraction(1, 2)), Power(v, Affine.of(-1)))),
        "sin": replace(e, function="cos", order=0),
        "cos": Multiply((MINUS, replace(e, function="sin", order=0))),
        "sinh": replace(e, function="cosh", order=0),
        "cosh": replace(e, function="sinh", order=0),
    }
    if e.order > 1 or e.function not in rows:
        raise NotExported(f"the derivative of `{e.function}` is not exported")
    return rows[e.function]


# -- one quantity -----------------------------------------------------------------------------------------------------------


def _quantity(family: Family, equations: Sequence[Equation], last: str, values: _Values, fresh: Callable[[], str]) -> Quantity:
    if len(family.slots) > 1:
        raise NotExported(f"`{family.latex}` has {len(family.slots)} step indices; one is exported")
    letter = family.letters[0] if family.slots else ""
    declared = family.slots[0] if family.slots else None
    lower = declared.lower if declared is not None else ONE
    upper = declared.upper if declared is not None else Affine.of(last) if last else ONE
    components = tuple(fresh() + "c" for _ in family.axes)
    terms: list[Term] = []
    first = lower
    fixed = [e for e in equations if letter and not (e.slots[0].atoms() - {last})]
    for equation in equations:
        shift: dict[str, Affine] = dict(zip(equation.components, map(Affine.of, components), strict=True))
        lows: list[Affine] = []
        highs: list[Affine] = []
        if letter and equation in fixed:
            at = equation.slots[0]
            lows, highs = [at], [at]
            if not at.terms and not first.terms and at.constant < first.constant:
                first = at
        elif letter:
            lower, upper = _general_range(equation, lower, upper)
            own, shifted = _own_letter(equation, last)
            shift[own] = Affine.of(letter) - shifted
            lows, highs = _around(fixed, lower, upper)
        body = tidy(_through_values(renamed(equation.body, shift, fresh), values))
        conditions = [_shifted(c, shift) for c in equation.conditions]
        more_lows, more_highs = _interval(conditions, letter)
        for term in _terms(body, letter):
            terms.append(Term(term.body, (*lows, *more_lows, *term.lows), (*highs, *more_highs, *term.highs)))
    low = first if first != lower else lower
    merged = _merged([_simplest(term, low, upper) for term in terms], letter, low, upper)
    return Quantity(family.name, family.latex, letter, low, upper, family.axes, components, merged, not equations, low)


def _general_range(equation: Equation, lower: Affine, upper: Affine) -> tuple[Affine, Affine]:
    return lower, upper


def _around(fixed: Sequence[Equation], lower: Affine, upper: Affine) -> tuple[list[Affine], list[Affine]]:
    """Where the general equation holds beside those for single steps."""
    lows, highs = [lower], [upper]
    for equation in sorted(fixed, key=lambda e: e.slots[0].constant):
        at = equation.slots[0]
        if at == lows[-1]:
            lows = [at + ONE]
        elif at == highs[-1]:
            highs = [at - ONE]
        elif not (at - lower).terms and (at - lower).constant < 0:
            continue
        else:
            raise NotExported(f"an equation for the single step {at} inside the range of others is not exported")
    return lows, highs


def _own_letter(equation: Equation, last: str) -> tuple[str, Affine]:
    slot = equation.slots[0]
    names = [a for a in slot.atoms() if isinstance(a, str) and a != last]
    if len(names) != 1 or dict(slot.terms)[names[0]] != 1:
        raise NotExported(f"the step `{slot}` of an equation is not exported")
    return names[0], slot - Affine.of(names[0])


def _shifted(c: Condition, shift: Mapping[str, Affine]) -> Condition:
    return Condition(c.left.substitute(shift), c.relation, c.right.substitute(shift))


def _interval(conditions: Iterable[Condition], letter: str) -> tuple[list[Affine], list[Affine]]:
    lows: list[Affine] = []
    highs: list[Affine] = []
    for c in conditions:
        difference = c.left - c.right
        count = dict(difference.terms).get(letter, 0)
        if count == 0 and not letter:
            if _always(c):
                continue
            raise NotExported(f"the condition {c} on sizes or last steps is not exported")
        if count == 0 and _always(c):
            continue
        if abs(count) != 1 or c.relation == "\\ne":
            raise NotExported(f"the condition {c} is no interval of steps")
        bound = Affine.of(letter) - difference.scaled(count)  # letter = bound
        relation = c.relation if count > 0 else {"<": ">", "\\le": "\\ge", ">": "<", "\\ge": "\\le", "=": "="}[c.relation]
        if relation in ("=", "\\ge", ">"):
            lows.append(bound + ONE if relation == ">" else bound)
        if relation in ("=", "\\le", "<"):
            highs.append(bound - ONE if relation == "<" else bound)
    return lows, highs


def _always(c: Condition) -> bool:
    """Whether a condition without the letter holds for every last step ≥ 1."""
    difference = c.right - c.left if c.relation in ("\\le", "<") else c.left - c.right
    if c.relation in ("\\le", "\\ge") and all(k > 0 for _, k in difference.terms):
        return difference.constant + sum(k for _, k in difference.terms) >= 0
    return not difference.terms and c.holds({})


def _terms(body: Expression, letter: str) -> list[Term]:
    if isinstance(body, Add):
        return [term for part in body.terms for term in _terms(part, letter)]
    if isinstance(body, Branches):
        if len(body.branches) != 1 or tidy(body.otherwise or ZERO) != ZERO:
            raise NotExported("a definition by cases with more than one branch is not exported yet")
        conditions, inner = body.branches[0]
        lows, highs = _interval(conditions, letter)
        return [replace(t, lows=(*lows, *t.lows), highs=(*highs, *t.highs)) for t in _terms(inner, letter)]
    if isinstance(body, Multiply):
        for place, factor in enumerate(body.factors):
            if isinstance(factor, Branches):
                others = body.factors[:place] + body.factors[place + 1 :]
                return [replace(t, body=tidy(Multiply((*others, t.body)))) for t in _terms(factor, letter)]
    if isinstance(body, Number) and body.value == 0:
        return []
    if any(isinstance(e, Branches) for e in _inside(body)):
        raise NotExported("a definition by cases inside a sum is not exported yet")
    return [Term(body)]


def _inside(e: Expression) -> list[Expression]:
    found: list[Expression] = []

    def child(part: Expression) -> Expression:
        found.append(part)
        found.extend(_inside(part))
        return part

    changed(e, child)
    return found


def _simplest(term: Term, lower: Affine, upper: Affine) -> Term:
    """Bounds that the declared range or another bound implies left out."""
    lows = _only_greatest((lower, *term.lows), 1)
    highs = _only_greatest((upper, *term.highs), -1)
    return replace(term, lows=tuple(b for b in lows if b != lower), highs=tuple(b for b in highs if b != upper))


def _only_greatest(bounds: Sequence[Affine], sign: int) -> list[Affine]:
    kept: list[Affine] = []
    for bound in dict.fromkeys(bounds):
        others = [b for b in dict.fromkeys(bounds) if b != bound]
        if not any(_at_least(b, bound) if sign > 0 else _at_least(bound, b) for b in others):
            kept.append(bound)
    return kept


def _at_least(a: Affine, b: Affine) -> bool:
    """Whether a ≥ b for every last step ≥ 1."""
    return _always(Condition(b, "\\le", a)) and a != b


def _merged(terms: Sequence[Term], letter: str, lower: Affine, upper: Affine) -> tuple[Term, ...]:
    """Terms that are equal on neighbouring intervals as one: U x_1 at t=1 and U x_t from t=2 on; x_1 y_1 + Σ_{t=2} x_t y_t too."""
    waiting = list(terms)
    kept: list[Term] = []
    while waiting:
        term = waiting.pop(0)
        partner = next((other for other in waiting if _joined(term, other, letter, lower) is not None), None)
        if partner is not None:
            waiting.remove(partner)
            joined = _joined(term, partner, letter, lower)
            assert joined is not None
            waiting.insert(0, joined)
        else:
            kept.append(term)
    return tuple(kept)


def _joined(one: Term, two: Term, letter: str, lower: Affine) -> Term | None:
    for a, b in ((one, two), (two, one)):
        if letter and len(a.lows) <= 1 and a.highs and len(a.highs) == 1 and b.lows == (a.highs[0] + ONE,):
            at = a.highs[0]
            if (a.lows or (lower,)) != (at,) or not _same(a.body, b.body, letter, at):
                continue
            return Term(b.body, () if at == lower else (at,), b.highs)
        if not letter and isinstance(b.body, Sum) and not isinstance(a.body, Number):
            at = b.body.lower - ONE
            if _same(a.body, b.body.body, b.body.variable, at):
                return Term(replace(b.body, lower=at))
    return None


def _same(at_point: Expression, general: Expression, letter: str, at: Affine) -> bool:
    shift = {letter: at}
    return canonical(substitute(at_point, shift)) == canonical(substitute(general, shift))


# -- what is needed ---------------------------------------------------------------------------------------------------------


def _reduced(system: System, results: tuple[str, ...]) -> System:
    fresh = names_of("sb")
    quantities = dict(system.quantities)
    names: dict[str, str] = {}
    for name in list(quantities):
        quantity = _opened(quantities[name], quantities, results, fresh)
        quantities[name] = quantity
    changing = True
    while changing:  # copies of copies
        new = {name: _opened(q, quantities, results, fresh) for name, q in quantities.items()}
        changing = any(new[name] is not quantities[name] for name in new)
        quantities = new
    reached: dict[str, None] = {}
    stack = list(results)
    while stack:
        name = stack.pop()
        if name in reached:
            continue
        reached[name] = None
        stack.extend(e.family for term in quantities[name].terms for e in entries(term.body))
    kept = _softmax_through_logsumexp({name: q for name, q in quantities.items() if name in reached})
    return System(_with_initial(kept), system.target, system.last_step, names)


def _softmax_through_logsumexp(quantities: dict[str, Quantity]) -> dict[str, Quantity]:
    """softmax(s)_k = exp(s_k − logsumexp(s)), where the logarithm is computed anyway."""
    known = {}
    for quantity in quantities.values():
        body = quantity.terms[0].body if len(quantity.terms) == 1 else None
        if isinstance(body, Apply) and body.function == LOGSUMEXP and isinstance(body.arguments[0].body, Entry):
            known[body.arguments[0].body.family] = quantity
    found = dict(quantities)
    for name, quantity in quantities.items():
        body = quantity.terms[0].body if len(quantity.terms) == 1 else None
        if not isinstance(body, Apply) or body.function != "softmax" or not isinstance(body.arguments[0].body, Entry):
            continue
        argument = body.arguments[0]
        entry = argument.body
        assert isinstance(entry, Entry)
        logarithm = known.get(entry.family)
        if logarithm is None or (logarithm.lower, logarithm.upper) != (quantity.lower, quantity.upper):
            continue
        at = dict(zip(argument.variables, body.component, strict=True))
        others = tuple(c for c in entry.components if c.as_variable() not in argument.variables)
        difference = Add((substitute(entry, at), Multiply((MINUS, Entry(logarithm.name, entry.slots, others)))))
        applied = Apply("exp", (Argument((), (), difference),))
        found[name] = replace(quantity, terms=(replace(quantity.terms[0], body=applied),))
    return found


def _opened(quantity: Quantity, quantities: Mapping[str, Quantity], results: Sequence[str], fresh: Callable[[], str]) -> Quantity:
    if not any(_is_copy(quantities[e.family], results) for term in quantity.terms for e in entries(term.body)):
        return quantity

    def change(e: Expression) -> Expression:
        e = changed(e, change)
        if isinstance(e, Entry):
            source = quantities[e.family]
            if _is_copy(source, results):
                return instance(source, e, fresh)
        return e

    terms = []
    for term in quantity.terms:
        body = tidy(change(term.body))
        if body != ZERO:
            terms.append(replace(term, body=body))
    return replace(quantity, terms=tuple(terms))


def instance(source: Quantity, e: Entry, fresh: Callable[[], str]) -> Expression:
    """The right side of a quantity with one unconditional term, at the indices of an entry."""
    if not source.terms:
        return ZERO
    shift = dict(zip(source.components, e.components, strict=True))
    if source.letter:
        shift[source.letter] = e.slots[0]
    return renamed(source.terms[0].body, shift, fresh)


def _is_copy(quantity: Quantity, results: Sequence[str]) -> bool:
    """Another quantity's entry, a number or nothing under a name of its own, at all its steps."""
    if quantity.leaf or quantity.name in results:
        return False
    if not quantity.terms:
        return True
    if len(quantity.terms) != 1 or quantity.terms[0].lows or quantity.terms[0].highs:
        return False
    body = quantity.terms[0].body
    if isinstance(body, Entry):
        names = [c.as_variable() for c in body.components]
        return None not in names and len(set(names)) == len(names) and set(names) == set(quantity.components)
    return isinstance(body, Number)


__all__ = ["LOGSUMEXP", "Quantity", "System", "Term", "instance", "read_system"]
