"""Functions of a whole axis inside other terms as quantities of their own: they are computed once, over all steps, by every backend.

s̄_t = −y_t + l̄_t softmax(s_t)   ⇒   p_t = softmax(s_t),  s̄_t = −y_t + l̄_t p_t
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from symbptt.index import Affine, Apply, Entry, Expression, Sum
from symbptt.partial import substitute

from .rewrite import OF_AXES
from .system import Quantity, System, Term
from .trees import canonical, changed, entries, names_of

_Range = tuple[Affine, Affine]


def softmaxes_named(system: System) -> System:
    """The system with softmax and logsumexp only as whole right sides."""
    namer = _Namer(dict(system.quantities))
    for quantity in system.quantities.values():
        if len(quantity.terms) == 1 and isinstance(quantity.terms[0].body, Apply):
            continue
        terms = tuple(namer.term(term, quantity) for term in quantity.terms)
        if any(new is not old for new, old in zip(terms, quantity.terms, strict=True)):
            namer.quantities[quantity.name] = replace(quantity, terms=terms)
    return replace(system, quantities=namer.quantities)


@dataclass
class _Namer:
    quantities: dict[str, Quantity]
    known: dict[object, str] = field(default_factory=dict)
    fresh: Callable[[], str] = field(default_factory=lambda: names_of("sm"))

    def term(self, term: Term, quantity: Quantity) -> Term:
        one = Affine.of(1)
        scope = {name: (one, axis) for name, axis in zip(quantity.components, quantity.axes, strict=True)}
        if quantity.letter:
            scope[quantity.letter] = (
                term.lows[0] if len(term.lows) == 1 else quantity.lower,
                term.highs[0] if len(term.highs) == 1 else quantity.upper,
            )
        body = self.changed(term.body, scope, quantity)
        return term if body is term.body else replace(term, body=body)

    def changed(self, e: Expression, scope: Mapping[str, _Range], quantity: Quantity) -> Expression:
        if isinstance(e, Sum) and not e.conditions:
            scope = {**scope, e.variable: (e.lower, e.upper)}
        e = changed(e, lambda part: self.changed(part, scope, quantity))
        return (self.entry(e, scope, quantity) or e) if isinstance(e, Apply) and e.function in OF_AXES else e

    def entry(self, e: Apply, scope: Mapping[str, _Range], quantity: Quantity) -> Entry | None:
        """What stands for an application; None where its steps or axes are no whole ranges."""
        found = entries(e.arguments[0].body)
        steps = {slot for x in found for slot in x.slots}
        letters = {a for slot in steps for a in slot.atoms() if isinstance(a, str) and a in scope}
        if len(letters) > 1:
            return None
        letter = next(iter(letters), "")
        own = [v for c in (*(c for x in found for c in x.components), *e.component) for v in c.atoms() if isinstance(v, str)]
        axes = [v for v in dict.fromkeys(own) if v in scope and v != letter]
        if any(scope[v][0] != Affine.of(1) for v in axes):
            return None
        at = e.component[0].as_variable() if e.component else None
        axes = [*(v for v in axes if v != at), *([at] if at in axes and at is not None else [])]
        components = {v: self.fresh() for v in axes}
        shift = {v: Affine.of(name) for v, name in components.items()}
        step = Affine.of("#step")
        body = substitute(e, {**shift, **({letter: step} if letter else {})})
        low, high = scope[letter] if letter else (Affine.of(1), Affine.of(1))
        plain = substitute(e, {v: Affine.of(f"#{place}") for place, v in enumerate(axes)} | ({letter: step} if letter else {}))
        key = (canonical(plain), low, high, tuple(scope[v][1] for v in axes))
        if key not in self.known:
            name = f"{e.function} of {found[0].family if len(found) == 1 else quantity.name}"
            while name in self.quantities:
                name += "'"
            self.known[key] = name
            word = quantity.letter or next((q.letter for q in self.quantities.values() if q.letter), "t")
            term = Term(substitute(body, {"#step": Affine.of(word)}))
            sizes, own_names = tuple(scope[v][1] for v in axes), tuple(components.values())
            self.quantities[name] = Quantity(name, name, word if letter else "", low, high, sizes, own_names, (term,), False, low)
        return Entry(self.known[key], (Affine.of(letter),) if letter else (), tuple(map(Affine.of, axes)))
