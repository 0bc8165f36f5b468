"""The order of work: what is done for all steps at once, and what has to go from step to step.

Quantities that no recursion leads through are computed for all steps in one go, before or after the loops. Inside a loop only what
depends on the recursion stays: the terms of a sum without it, and the factors beside it, become quantities of their own that are
computed before (W x_t for all t in one product; the slopes 1 − h_t² of all steps at once).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from symbptt.index import Add, Affine, Apply, Entry, Expression, IndexValue, Multiply, Number, Sum

from .system import Quantity, System, Term, instance
from .trees import NotExported, atoms, canonical, changed, entries, names_of, tidy

BEFORE = "before the loop: "


@dataclass(frozen=True)
class Block:
    """Quantities in the order in which they are computed; `direction` is 0 for all steps at once, +1 or -1 for a loop over them."""

    quantities: tuple[Quantity, ...]
    direction: int = 0


@dataclass(frozen=True)
class Schedule:
    """Blocks in order; `leaves` are given, `results` are wanted; `quantities` has them all by name."""

    system: System
    leaves: tuple[Quantity, ...]
    blocks: tuple[Block, ...]
    results: tuple[str, ...]
    quantities: Mapping[str, Quantity] = field(default_factory=dict)


def schedule(system: System, results: Sequence[str], elementwise: bool = True) -> Schedule:
    """The order in which the results of a system are computed.

    `elementwise` says that products entry by entry are done before a loop too, which pays where a step costs a call and not where it
    costs a pass over memory.
    Raises `NotExported` for quantities of one step that depend on each other in a circle, or on steps before and after.
    """
    needed = system.restricted(results)
    quantities = _sums_joined(dict(needed.quantities), results)
    fresh = names_of("ha")
    blocks: list[Block] = []
    everything = dict(quantities)
    for group in _groups(quantities):
        members = [quantities[name] for name in group]
        if members[0].leaf:
            continue
        recursive = len(group) > 1 or any(e.family == group[0] for t in members[0].terms for e in entries(t.body))
        if not recursive:
            direction = 1 if members[0].letter and _touches_ragged(members[0], quantities) else 0
            blocks.append(Block(tuple(members), direction))
            continue
        outside, inside = _hoisted(_shortened(members, results, quantities, fresh), fresh, elementwise)
        blocks += [Block((quantity,), 1 if _touches_ragged(quantity, quantities) else 0) for quantity in outside]
        direction = _direction(inside)
        blocks.append(Block(tuple(_in_order(inside, direction)), direction))
        everything.update({q.name: q for q in (*outside, *inside)})
        quantities.update({q.name: q for q in (*outside, *inside)})
    kept = {q.name: q for block in blocks for q in block.quantities}
    leaves = tuple(q for q in quantities.values() if q.leaf)
    return Schedule(needed, leaves, tuple(blocks), tuple(results), {**kept, **{q.name: q for q in leaves}})


def _touches_ragged(quantity: Quantity, quantities: Mapping[str, Quantity]) -> bool:
    return quantity.ragged or any(quantities[e.family].ragged for t in quantity.terms for e in entries(t.body))


# -- groups that depend on each other ---------------------------------------------------------------------------------------


def _groups(quantities: Mapping[str, Quantity]) -> list[list[str]]:
    """Strongly connected groups, each after all it depends on (Tarjan 1972)."""
    number: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    found: list[list[str]] = []

    def visit(name: str) -> None:
        number[name] = low[name] = len(number)
        stack.append(name)
        for other in dict.fromkeys(e.family for term in quantities[name].terms for e in entries(term.body)):
            if other not in number:
                visit(other)
                low[name] = min(low[name], low[other])
            elif other in stack:
                low[name] = min(low[name], number[other])
        if low[name] == number[name]:
            group: list[str] = []
            while not group or group[-1] != name:
                group.append(stack.pop())
            found.append(group[::-1])

    for name in quantities:
        if name not in number:
            visit(name)
    return found


def _shift(e: Entry, letter: str) -> int | None:
    """How many steps an entry is away from the step in hand; None where it is at no such step."""
    difference = e.slots[0] - Affine.of(letter) if e.slots else None
    return None if difference is None or difference.terms else difference.constant


def _direction(members: Sequence[Quantity]) -> int:
    own = {q.name for q in members}
    shifts: set[int] = set()
    for quantity in members:
        for term in quantity.terms:
            for e in entries(term.body):
                if e.family in own:
                    shift = _shift(e, quantity.letter)
                    if shift is None:
                        raise NotExported(f"`{quantity.latex}` depends on `{e.family}` at another kind of step; that is not exported yet")
                    shifts.add(shift)
    if min(shifts) < 0 < max(shifts):
        raise NotExported(f"`{members[0].latex}` depends on steps before and after; that is not exported yet")
    if min(shifts) == max(shifts) == 0:
        raise NotExported(f"`{members[0].latex}` is defined by itself")
    return 1 if min(shifts) < 0 else -1


def _in_order(members: Sequence[Quantity], direction: int) -> list[Quantity]:
    """One step's quantities, each after those of the same step that it depends on."""
    waiting, done = list(members), list[Quantity]()
    while waiting:
        names = {q.name for q in waiting}
        ready = next((q for q in waiting if not (_same_step(q) & names)), None)
        if ready is None:
            raise NotExported(f"`{waiting[0].latex}` is defined by itself at one step")
        waiting.remove(ready)
        done.append(ready)
    return done


def _same_step(q: Quantity) -> set[str]:
    return {e.family for term in q.terms for e in entries(term.body) if _shift(e, q.letter) == 0}


# -- less to do in a loop -----------------------------------------------------------------------------------------------------


def _sums_joined(quantities: dict[str, Quantity], results: Sequence[str]) -> dict[str, Quantity]:
    """Σ_t L_t with L_t = Σ_k … as one sum, where nothing else uses L_t."""
    fresh = names_of("hb")
    while True:
        uses = _uses(quantities.values())
        for quantity in quantities.values():
            for place, term in enumerate(quantity.terms):
                inner = _innermost(term.body)
                source = quantities.get(inner.family) if isinstance(inner, Entry) and inner is not term.body else None
                if source is None or source.leaf or source.name in results or uses[source.name] != 1 or len(source.terms) != 1:
                    continue
                if source.terms[0].lows or source.terms[0].highs or not isinstance(_innermost_sum(source.terms[0].body), Sum):
                    continue
                assert isinstance(inner, Entry)
                body = tidy(_with_innermost(term.body, instance(source, inner, fresh)))
                terms = (*quantity.terms[:place], replace(term, body=body), *quantity.terms[place + 1 :])
                quantities = {**quantities, quantity.name: replace(quantity, terms=terms)}
                del quantities[source.name]
                break
            else:
                continue
            break
        else:
            return quantities


def _innermost(e: Expression) -> Expression:
    while True:
        if isinstance(e, Sum) and not e.conditions:
            e = e.body
        elif isinstance(e, Multiply) and len(e.factors) == 2 and isinstance(e.factors[0], Number):
            e = e.factors[1]
        else:
            return e


def _innermost_sum(e: Expression) -> Expression:
    return e.factors[1] if isinstance(e, Multiply) and len(e.factors) == 2 and isinstance(e.factors[0], Number) else e


def _with_innermost(e: Expression, new: Expression) -> Expression:
    if isinstance(e, Sum):
        return replace(e, body=_with_innermost(e.body, new))
    if isinstance(e, Multiply):
        return replace(e, factors=(e.factors[0], _with_innermost(e.factors[1], new)))
    return new


def _uses(quantities: Iterable[Quantity]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for quantity in quantities:
        counts.setdefault(quantity.name, 0)
        for term in quantity.terms:
            for e in entries(term.body):
                counts[e.family] = counts.get(e.family, 0) + 1
    return counts


def _shortened(
    members: Sequence[Quantity], results: Sequence[str], everything: Mapping[str, Quantity], fresh: Callable[[], str]
) -> list[Quantity]:
    """Products of one step that are used once put where they are used: ī_t = c̄_t g_t in the adjoint of what i_t is σ of."""
    own = {q.name for q in members}
    found = {q.name: replace(q, terms=tuple(_collected(q.terms, own))) for q in members}
    uses = _uses([*(q for name, q in everything.items() if name not in found), *found.values()])
    for name in list(found):
        source = found[name]
        plain = len(source.terms) == 1 and not source.terms[0].lows and not source.terms[0].highs
        if name in results or uses.get(name) != 1 or not plain:
            continue
        if any(isinstance(part, Apply) for part in _all_parts(source.terms[0].body)):
            continue
        user = next((q for q in found.values() if any(e.family == name for t in q.terms for e in entries(t.body))), None)
        if user is None or user.name == name or any(_in_sum(t.body, name) for t in user.terms):
            continue
        terms = tuple(replace(t, body=tidy(_replaced(t.body, source, fresh))) for t in user.terms)
        found[user.name] = replace(user, terms=terms)
        del found[name]
    return list(found.values())


def _all_parts(e: Expression) -> list[Expression]:
    found = [e]

    def child(part: Expression) -> Expression:
        found.extend(_all_parts(part))
        return part

    changed(e, child)
    return found


def _in_sum(e: Expression, name: str) -> bool:
    return any(isinstance(part, (Sum, Apply)) and any(x.family == name for x in entries(part)) for part in _all_parts(e))


def _replaced(e: Expression, source: Quantity, fresh: Callable[[], str]) -> Expression:
    if isinstance(e, Entry) and e.family == source.name:
        return instance(source, e, fresh)
    return changed(e, lambda part: _replaced(part, source, fresh))


def _hoisted(members: Sequence[Quantity], fresh: Callable[[], str], elementwise: bool) -> tuple[list[Quantity], list[Quantity]]:
    """New quantities for what a loop need not compute, and its own as they are then."""
    own = {q.name for q in members}
    outside: list[Quantity] = []
    inside: list[Quantity] = []
    for quantity in members:
        plain = [t for t in quantity.terms if not _names(t.body) & own and not _at_one_step(t, quantity)]
        rest = [t for t in quantity.terms if t not in plain]
        new: list[Term] = []
        if not elementwise and not any(isinstance(part, Sum) for t in plain for part in _all_parts(t.body)):
            new += plain
        elif plain:
            new.append(Term(_new(quantity, tuple(plain), "", outside, fresh)))
        for number, term in enumerate(_collected(rest, own)):
            body = _with_cofactor(term, quantity, own, outside, fresh, number) if elementwise else term.body
            new.append(replace(term, body=body))
        inside.append(replace(quantity, terms=tuple(new)))
    return outside, inside


def _at_one_step(term: Term, quantity: Quantity) -> bool:
    lows, highs = (term.lows or (quantity.lower,)), (term.highs or (quantity.upper,))
    return bool(term.lows or term.highs) and lows == highs


def _names(e: Expression) -> set[str]:
    return {x.family for x in entries(e)}


def _new(like: Quantity, terms: tuple[Term, ...], mark: str, outside: list[Quantity], fresh: Callable[[], str]) -> Expression:
    """An entry of a new quantity of the same shape with these terms; an entry or a number stays as it is."""
    if len(terms) == 1 and not terms[0].lows and not terms[0].highs and isinstance(terms[0].body, (Entry, Number, IndexValue)):
        return terms[0].body
    shift = {name: fresh() + "c" for name in like.components}
    moved = tuple(replace(t, body=_moved(t.body, shift)) for t in terms)
    used = [c for c in like.components if any(c in atoms(t.body) for t in terms)]
    sizes = dict(zip(like.components, like.axes, strict=True))
    name = f"{BEFORE}{like.name}{mark}"
    latex = like.latex
    new = Quantity(
        name,
        latex,
        like.letter,
        like.lower,
        like.upper,
        tuple(sizes[c] for c in used),
        tuple(shift[c] for c in used),
        moved,
        False,
        like.lower,
    )
    outside.append(new)
    return Entry(name, (Affine.of(like.letter),), tuple(map(Affine.of, used)))


def _moved(e: Expression, shift: Mapping[str, str]) -> Expression:
    if isinstance(e, Entry):
        mapping = {old: Affine.of(new) for old, new in shift.items()}
        return replace(e, components=tuple(c.substitute(mapping) for c in e.components))
    return changed(e, lambda part: _moved(part, shift))


def _collected(terms: Sequence[Term], own: set[str]) -> list[Term]:
    """Terms with the same factors of the recursion as one: h̄ h̃ − h̄ h' ⇒ h̄ (h̃ − h')."""
    groups: dict[object, list[tuple[Term, list[Expression], list[Expression]]]] = {}
    for number, term in enumerate(terms):
        factors = list(term.body.factors) if isinstance(term.body, Multiply) else [term.body]
        mine = [f for f in factors if _names(f) & own]
        others = [f for f in factors if not _names(f) & own]
        key: object = (term.lows, term.highs, tuple(sorted(map(repr, map(canonical, mine)))))
        key = key if mine and others else number
        groups.setdefault(key, []).append((term, mine, others))
    found = []
    for group in groups.values():
        if len(group) == 1:
            found.append(group[0][0])
            continue
        whole = Add(tuple(tidy(Multiply(tuple(others))) for _, _, others in group))
        found.append(replace(group[0][0], body=tidy(Multiply((whole, *group[0][1])))))
    return found


def _with_cofactor(term: Term, like: Quantity, own: set[str], outside: list[Quantity], fresh: Callable[[], str], number: int) -> Expression:
    """The factors beside the recursion as one quantity, where that is more than an entry."""
    if not isinstance(term.body, Multiply):
        return term.body
    others = [f for f in term.body.factors if not _names(f) & own]
    mine = [f for f in term.body.factors if _names(f) & own]
    if not _names(Multiply(tuple(others))) or not set(like.components) & atoms(Multiply(tuple(others))):
        return term.body
    if like.letter not in atoms(Multiply(tuple(others))):
        return term.body
    cofactor = replace(term, body=tidy(Multiply(tuple(others))))
    if isinstance(cofactor.body, Entry):
        return term.body
    bounded = replace(cofactor, lows=term.lows, highs=term.highs)
    entry = _new(like, (bounded,), f" × {number}", outside, fresh)
    return tidy(Multiply((entry, *mine)))
