"""Changes of a claim: the mistakes that documents make, and rewritings. Whether the changed claim is false is not decided here."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import fields, replace
from random import Random
from typing import Any

from benchmarks.campaign import terms as tm
from benchmarks.campaign.claims import Made
from benchmarks.campaign.nets import Net
from benchmarks.campaign.terms import Add, D, Diag, Entry, Fun, Had, Mul, Node, Prod, Slot, Square, Sum, Transposed, Var
from benchmarks.campaign.truth import Free

Rule = Callable[[Any, Net], Iterator[Any]]


def everywhere(item: Any, rule: Rule, net: Net) -> Iterator[Any]:
    """The expression with the rule applied at one place, for each place and each result."""
    if isinstance(item, tuple):
        for place, part in enumerate(item):
            for new in everywhere(part, rule, net):
                yield (*item[:place], new, *item[place + 1 :])
    elif isinstance(item, Node):
        with suppress(tm.Clash):  # a part without a shape is left as it is
            yield from rule(item, net)
        for f in fields(item):
            if f.name not in ("of", "numerator", "wrt", "var"):
                for new in everywhere(getattr(item, f.name), rule, net):
                    yield replace(item, **{f.name: new})


def step(e: Any, net: Net) -> Iterator[Any]:
    """A step index one up or down."""
    if isinstance(e, Var) and e.slot is not None:
        for by in (-1, 1):
            yield tm.moved(e, e.slot.base, Slot(e.slot.base, by)) if e.slot.base else replace(e, slot=e.slot + by)
    elif isinstance(e, Entry):
        yield from (replace(e, var=new) for new in step(e.var, net))
    elif isinstance(e, D):
        yield from (replace(e, wrt=new) for new in step(e.wrt, net))


def end(e: Any, net: Net) -> Iterator[Any]:
    """A bound of a sum or product one up or down."""
    if isinstance(e, Sum | Prod):
        for by in (-1, 1):
            yield replace(e, lower=e.lower + by)
            yield replace(e, upper=e.upper + by)


def other_letter(e: Any, net: Net) -> Iterator[Any]:
    """The letter of another sum: k for t."""
    if isinstance(e, Var) and e.slot is not None and e.slot.base in ("t", "k"):
        yield replace(e, slot=replace(e.slot, base="k" if e.slot.base == "t" else "t"))


def transpose(e: Any, net: Net) -> Iterator[Any]:
    if isinstance(e, Transposed):
        yield e.arg
    elif isinstance(e, Var | D | Prod) and e.shape != tm.SCALAR:
        yield Transposed(e)


def order(e: Any, net: Net) -> Iterator[Any]:
    """Factors exchanged."""
    if isinstance(e, Mul) and not isinstance(e.left, tm.Num):
        yield Mul(e.right, e.left)
    if isinstance(e, Prod):
        yield replace(e, latest_first=not e.latest_first)


def dropped(e: Any, net: Net) -> Iterator[Any]:
    """A factor, term, slope, square, diag or sum left out."""
    if isinstance(e, Mul | Had):
        yield from (e.left, e.right)
    if isinstance(e, Add) and len(e.terms) > 1:
        yield from (tm.add(*e.terms[:k], *e.terms[k + 1 :]) for k in range(len(e.terms)))
    if isinstance(e, Square | Diag):
        yield e.arg
    if isinstance(e, Sum):
        yield tm.moved(e.body, e.letter, e.upper)
    if isinstance(e, Prod):
        yield tm.moved(e.body, e.letter, e.upper)


def doubled(e: Any, net: Net) -> Iterator[Any]:
    """A factor twice, or a term."""
    if isinstance(e, Had):
        yield Had(e, e.right)
    if isinstance(e, Var | Had) or (isinstance(e, Mul) and not isinstance(e.left, tm.Num)):
        yield Mul(tm.TWO, e)


def sign(e: Any, net: Net) -> Iterator[Any]:
    if isinstance(e, Add):
        yield from (Add((*e.terms[:k], (-s, t), *e.terms[k + 1 :])) for k, (s, t) in enumerate(e.terms))
    elif isinstance(e, Mul | Had | D):
        yield Add(((-1, e),))


def product(e: Any, net: Net) -> Iterator[Any]:
    """One product for the other."""
    if isinstance(e, Had):
        yield Mul(e.left, e.right)
        yield Add(((1, e.left), (1, e.right)))
    elif isinstance(e, Mul) and not isinstance(e.left, tm.Num):
        yield Had(e.left, e.right)
    if isinstance(e, Diag):
        yield Had(e.arg, e.arg)


def brackets(e: Any, net: Net) -> Iterator[Any]:
    """A factor that covers one term only."""
    for place in ("left", "right"):
        inner = getattr(e, place) if isinstance(e, Mul | Had) else None
        if isinstance(inner, Add) and len(inner.terms) > 1:
            (s, first), *rest = inner.terms
            yield Add(((s, replace(e, **{place: first})), *rest))
            *more, (s, last) = inner.terms
            yield Add((*more, (s, replace(e, **{place: last}))))
    if isinstance(e, Mul) and isinstance(e.right, Had) and not isinstance(e.left, tm.Num):
        yield Had(Mul(e.left, e.right.left), e.right.right)
    if isinstance(e, Had) and isinstance(e.left, Mul):
        yield Mul(e.left.left, Had(e.left.right, e.right))


def sibling(e: Any, net: Net) -> Iterator[Any]:
    """Another quantity of the same shape."""
    if isinstance(e, Var):
        known = [*(v for v, _ in net.model.equations.values()), *(v for v, _ in net.model.abbreviations.values()), *net.free]
        for other in known:
            if other.name != e.name and other.shape == e.shape and (other.slot is None) == (e.slot is None) and e.shape != tm.SCALAR:
                yield replace(other, slot=e.slot)
    if isinstance(e, Entry) and len(e.letters) == 2:
        yield replace(e, letters=e.letters[::-1])
    if isinstance(e, Entry) and e.letters[0] in ("i", "j"):
        yield replace(e, letters=tuple({"i": "j", "j": "i"}.get(x, x) for x in e.letters))


def function(e: Any, net: Net) -> Iterator[Any]:
    """f for f', f' of another argument, another function."""
    if isinstance(e, Fun) and e.order == 1:
        yield replace(e, order=0)
        value = next((v for v, b in net.model.equations.values() if isinstance(b, Fun) and b.name == e.name), None)
        if value is not None and isinstance(e.arg, Var) and value.of == e.arg.of:
            yield replace(e, arg=replace(value, slot=e.arg.slot))
        if e.name in ("f", r"\varphi", r"\psi"):
            value = Fun(e.name, 0, e.arg)
            yield Add(((1, tm.ONE), (-1, Square(value))))
            yield Had(value, Add(((1, tm.ONE), (-1, value))))
    if isinstance(e, Add) and len(e.terms) == 2 and e.terms[0][1] == tm.ONE:
        yield Had(e.terms[1][1], e)
        yield Add((e.terms[0], (1, e.terms[1][1])))


def derivative(e: Any, net: Net) -> Iterator[Any]:
    """One ∂L/∂node for another, an abbreviation for a derivative."""
    if isinstance(e, D) and isinstance(e.wrt, Var) and e.numerator == net.loss:
        yield net.adjoint(e.wrt)
        yield e.wrt
        yield from (replace(e, wrt=other) for other in sibling(e.wrt, net))


def ones(e: Any, net: Net) -> Iterator[Any]:
    """A column of ones, an identity or a multiple of one put in."""
    if not isinstance(e, Var | Had | Fun | Diag) or e.shape == tm.SCALAR:
        return
    rows, columns = e.shape
    if columns == tm.NONE:
        column = tm.Ones(e.shape)
        yield Had(column, e)
        yield Had(Mul(tm.TWO, column), e)
        yield Add(((1, e), (1, column), (-1, column)))
        yield Mul(Mul(Transposed(column), e), e)
    elif rows == columns:
        yield Mul(tm.Identity(rows), e)
        yield Mul(e, Add(((-1, tm.Identity(rows)),)))
        yield Had(tm.Identity(rows), e)


def commuted(e: Any, net: Net) -> Iterator[Any]:
    """A rewriting: factors of an element-wise product or terms of a sum exchanged, a sum shifted, diag for ⊙."""
    if isinstance(e, Had):
        yield Had(e.right, e.left)
        if sum(s != tm.NONE for s in e.shape) == 1:
            yield Mul(e.left, Diag(e.right)) if e.shape[0] == tm.NONE else Mul(Diag(e.left), e.right)
    if isinstance(e, Add) and len(e.terms) > 1:
        yield Add(e.terms[::-1])
    if isinstance(e, Sum):
        yield Sum(e.letter, e.lower + 1, e.upper + 1, tm.moved(e.body, e.letter, Slot(e.letter, -1)))
        yield tm.add((1, Sum(e.letter, e.lower + 1, e.upper, e.body)), (1, tm.moved(e.body, e.letter, e.lower)))
    if isinstance(e, Square):
        yield Had(e.arg, e.arg)


RULES: Mapping[str, Rule] = {
    "step": step,
    "bound": end,
    "letter": other_letter,
    "transpose": transpose,
    "order": order,
    "dropped": dropped,
    "doubled": doubled,
    "sign": sign,
    "product": product,
    "brackets": brackets,
    "sibling": sibling,
    "function": function,
    "derivative": derivative,
    "ones": ones,
    "rewritten": commuted,
}


def changed(net: Net, made: Made, chance: Random) -> tuple[str, Made] | None:
    """The claim with one change on the right, or sometimes of its range or of what it differentiates by."""
    claim, text, more = made
    bound = {e.letter for e in tm.walk(claim.right) if isinstance(e, Sum | Prod)} | {f.letter for f in claim.free}
    if chance.random() < 0.05 and claim.free and claim.free[0].letter == net.letter:
        free = Free(net.letter, Slot("", 1), Slot(net.model.last))
        wider = rf"1 \le {net.letter} \le {net.model.last}"
        return ("range", (replace(claim, free=(free, *claim.free[1:])), wider, more)) if len(claim.free) == 1 and text else None
    name = chance.choice(list(RULES))
    side = "left" if chance.random() < 0.06 and name in ("step", "sibling") else "right"
    whole = getattr(claim, side)
    if side == "left" and isinstance(whole, D) and isinstance(whole.wrt, Var):
        found = [replace(whole, wrt=new) for new in RULES[name](whole.wrt, net)]
    else:
        found = [new for new in everywhere(whole, RULES[name], net) if new != whole]
    if name == "letter":
        found = [
            new for new in found if {v.slot.base for v in tm.walk(new) if isinstance(v, Var) and v.slot} <= bound | {"", net.model.last}
        ]
    if not found:
        return None
    return name, (replace(claim, **{side: chance.choice(found)}), text, more)
