"""Pieces of syntax trees taken apart and put together again; nothing here knows what a formula means."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from itertools import pairwise
from typing import Any, TypeVar

from ..latex import syntax as s
from ..reading.scope import script_items

Tree = TypeVar("Tree")
Terms = tuple[tuple[str, s.Node], ...]
TWO = s.Script("sup", s.Number("2"))
ONE = s.Number("1")
#: Fields of a node that a change of a whole expression does not go into.
#: Nodes that need no brackets around them.
UNITS = (s.Symbol, s.Number, s.Group, s.Call, s.Derivative, s.Fraction)
CLOSED = frozenset({"span", "scripts", "lower", "upper", "function"})


@dataclass(frozen=True)
class Change:
    """A changed tree: what was done in words, and how far it is from what stood there. `row` is the kind of mistake it mends."""

    tree: Any
    words: str
    cost: float
    row: str = ""


#: Fields of nodes and places in tuples that lead from a tree to a node in it.
Way = tuple[str | int, ...]
Rule = Callable[[s.Node], Iterator[Change]]


def everywhere(node: Any, rule: Rule) -> Iterator[Change]:
    """The tree with the rule applied at one place, for each place and each result; scripts are left alone."""
    for change, _ in placed(node, rule):
        yield change


def placed(node: Any, rule: Rule) -> Iterator[tuple[Change, Way]]:
    """As `everywhere`, each with the way to its place."""
    for inner, way in _places(node, ()):
        for change in rule(inner):
            yield Change(_rebuilt(node, way, change.tree), change.words, change.cost, change.row), way


def _places(node: Any, way: Way) -> Iterator[tuple[s.Node, Way]]:
    """The nodes outside scripts, outermost first, each with the fields and places that lead to it."""
    if isinstance(node, tuple):
        for at, item in enumerate(node):
            yield from _places(item, (*way, at))
    elif isinstance(node, s.Node):
        yield node, way
        for name in _open_fields(node):
            yield from _places(getattr(node, name), (*way, name))


def _open_fields(node: s.Node) -> list[str]:
    """The fields of a node outside scripts and bounds; the exponent of e is no script."""
    exponential = isinstance(node, s.Symbol) and node.name == "e"
    return [name for name in s.inner_fields(node) if name not in CLOSED or (exponential and name == "scripts")]


def _rebuilt(node: Any, way: Way, new: s.Node) -> Any:
    """The tree with another node at the end of a way."""
    if not way:
        return new
    first, *rest = way
    if isinstance(first, int):
        return (*node[:first], _rebuilt(node[first], tuple(rest), new), *node[first + 1 :])
    return replace(node, **{first: _rebuilt(getattr(node, first), tuple(rest), new)})


def mapped(node: s.Node, rule: Callable[[s.Node], s.Node | None]) -> s.Node:
    """The tree with each node replaced that the rule has another one for, outermost first; scripts are left alone."""
    new = rule(node)
    return new if new is not None else s.with_parts(node, partial(mapped, rule=rule), CLOSED)


def outside_scripts(node: Any) -> Iterator[s.Node]:
    """The nodes of a tree in the order of writing, without what stands in scripts and bounds."""
    if isinstance(node, tuple):
        for item in node:
            yield from outside_scripts(item)
    elif isinstance(node, s.Node):
        yield node
        for name in _open_fields(node):
            yield from outside_scripts(getattr(node, name))


def size(node: s.Node) -> int:
    """The number of nodes."""
    return sum(1 for _ in s.walk(node))


# -- sums and products ------------------------------------------------------------------------------------------------------


def bracketed(node: s.Node) -> s.Node:
    """In brackets where it is a sum or product."""
    return s.Group(node) if isinstance(node, s.Add | s.Product | s.BigOperator) else node


def as_factor(node: s.Node) -> s.Node:
    """In brackets where it is a sum."""
    return s.Group(node) if isinstance(node, s.Add | s.BigOperator) else node


def plain(node: s.Node) -> s.Node:
    """Without round or square brackets around it."""
    return node.body if isinstance(node, s.Group) and not isinstance(node.body, s.Sequence) else node


def product(factors: tuple[s.Node, ...], signs: tuple[str, ...]) -> s.Node:
    """A product with the products among its factors written into it, or its only factor.

    A minus sign goes before the whole; a factor 1 goes away.
    """
    flat: list[s.Node] = []
    between: list[str] = []
    negative = False
    for factor, sign in zip(factors, (*signs, ""), strict=True):
        if isinstance(factor, s.Add) and len(factor.terms) == 1:
            negative ^= factor.terms[0][0] == "-"
            factor = factor.terms[0][1]
        inner = factor if isinstance(factor, s.Product) else None
        flat += inner.factors if inner else [factor]
        between += [*(inner.signs if inner else ()), sign]
    for i in range(len(flat) - 1, -1, -1):
        divided = i > 0 and between[i - 1] == "/"
        if len(flat) > 1 and plain(flat[i]) == ONE and not divided:
            del flat[i], between[max(i - 1, 0)]
    if len(flat) == 1:
        whole: s.Node = plain(flat[0])
    else:
        whole = s.Product(
            (*map(as_factor, flat[:-1]), flat[-1] if isinstance(flat[-1], s.BigOperator) else as_factor(flat[-1])), tuple(between[:-1])
        )
    return negation(whole) if negative else whole


def negation(node: s.Node) -> s.Node:
    """−x; b − a for a − b."""
    inner = plain(node)
    if isinstance(inner, s.Add) and [mark for mark, _ in inner.terms] == ["+", "-"]:
        (_, a), (_, b) = inner.terms
        return s.Add((("+", b), ("-", a)))
    return s.Add((("-", s.Group(inner) if isinstance(inner, s.Add) else node),))


def total(terms: Terms) -> s.Node:
    """A sum with the sums among its terms written into it, or its only term."""
    flat: list[tuple[str, s.Node]] = []
    for sign, term in terms:
        inner = term.terms if isinstance(term, s.Add) else (("+", term),)
        flat += [(("+" if mark == sign else "-") if {mark, sign} <= {"+", "-"} else sign, part) for mark, part in inner]
    return flat[0][1] if len(flat) == 1 and flat[0][0] == "+" else s.Add(tuple(flat))


def terms_of(node: s.Node) -> Terms:
    """The signed terms of a sum; anything else is one."""
    return node.terms if isinstance(node, s.Add) else (("+", node),)


def parts_of(node: s.Node) -> tuple[tuple[s.Node, ...], tuple[str, ...]]:
    """The factors of a product and its signs; anything else is one factor."""
    return (node.factors, node.signs) if isinstance(node, s.Product) else ((node,), ())


def breaks(node: s.Node) -> int | None:
    """How often in its chains of derivatives the next one is not of what the one before is by; None where there are no chains."""
    found: int | None = None
    for product_ in outside_scripts(node):
        factors = product_.factors if isinstance(product_, s.Product) else ()
        for a, b in pairwise(factors):
            if isinstance(a, s.Derivative) and isinstance(b, s.Derivative):
                found = (found or 0) + ((b.numerator,) != a.wrt)
    return found


def without_factor(node: s.Product, i: int) -> s.Node:
    signs = node.signs[1:] if i == 0 else (*node.signs[: i - 1], *node.signs[i:])
    return product((*node.factors[:i], *node.factors[i + 1 :]), signs)


def transposed(node: s.Node, mark: s.Script) -> s.Node:
    """With ^T, which a second one takes away."""
    node = plain(node)
    if isinstance(node, s.Scripted) and node.scripts == (mark,):
        return plain(node.base)
    if isinstance(node, s.Symbol) and mark in node.scripts:
        return replace(node, scripts=tuple(x for x in node.scripts if x != mark))
    if isinstance(node, s.Symbol):
        if any(script.kind == "sup" for script in node.scripts):
            return s.Scripted(s.Group(node), (mark,))
        return replace(node, scripts=(*node.scripts, mark))
    if isinstance(node, s.Call | s.Derivative | s.Matrix) and not (isinstance(node, s.Derivative) and node.form != "frac"):
        return s.Scripted(node if isinstance(node, s.Call) and node.bracket == "(" else s.Group(node), (mark,))
    return s.Scripted(s.Group(node), (mark,))


def is_transposed(node: s.Node, mark: s.Script) -> bool:
    return isinstance(node, s.Symbol | s.Scripted) and mark in node.scripts


# -- indices ------------------------------------------------------------------------------------------------------------------


def shifted(index: s.Node, by: int) -> s.Node:
    """An index expression plus a number: `t - 1` and 1 make `t`."""
    constant = by
    rest: list[tuple[str, s.Node]] = []
    for sign, term in terms_of(index):
        if isinstance(term, s.Number) and term.text.isdigit():
            constant += int(term.text) if sign == "+" else -int(term.text)
        else:
            rest.append((sign, term))
    if not rest:
        return s.Number(str(constant)) if constant >= 0 else s.Add((("-", s.Number(str(-constant))),))
    if constant:
        rest.append(("+" if constant > 0 else "-", s.Number(str(abs(constant)))))
    return rest[0][1] if len(rest) == 1 and rest[0][0] == "+" else s.Add(tuple(rest))


def substituted(node: Any, letter: str, new: s.Node) -> Any:
    """An index letter replaced wherever it occurs, scripts included."""
    if isinstance(node, s.Symbol) and node.name == letter and not node.scripts and not node.primes:
        return new
    if isinstance(node, s.Add):
        terms = tuple((sign, substituted(term, letter, new)) for sign, term in node.terms)
        return shifted(total(terms), 0) if terms != node.terms and all(map(_is_index, (t for _, t in node.terms))) else s.Add(terms)
    return s.with_parts(node, partial(substituted, letter=letter, new=new))


def _is_index(node: s.Node) -> bool:
    return isinstance(node, s.Number) or (isinstance(node, s.Symbol) and not node.scripts)


def tidied(node: Any, old: frozenset[s.Node]) -> Any:
    """A changed tree without nested sums and doubled signs; what stood there before is left as it was."""
    if node in old:
        return node
    if isinstance(node, s.Scripted) and isinstance(node.base, s.Group):
        return replace(node, base=replace(node.base, body=tidied(node.base.body, old)))
    node = s.with_parts(node, partial(tidied, old=old))
    if isinstance(node, s.Add):
        if len(node.terms) == 1 and node.terms[0][0] == "-" and isinstance(plain(node.terms[0][1]), s.Add):
            return negation(node.terms[0][1])
        return total(tuple((mark, _open(term)) for mark, term in node.terms))
    if isinstance(node, s.BigOperator):
        return replace(node, body=_open(node.body))
    if isinstance(node, s.Group) and node.bracket == "(" and isinstance(node.body, UNITS):
        return node.body
    if isinstance(node, s.Product):
        factors = tuple(f if f in old else _open(f, node.signs) for f in node.factors)
        if any(isinstance(factor, s.Product) for factor in factors):
            return product(factors, node.signs)
    return node


def _open(node: s.Node, signs: tuple[str, ...] = ()) -> s.Node:
    """A product without the brackets around it, where nothing else stands or only the same sign."""
    inner = node.body if isinstance(node, s.Group) and node.bracket == "(" else None
    if isinstance(inner, s.Product) and (not signs or len({*inner.signs, *signs}) == 1):
        return inner
    return node


def index_items(node: s.Node) -> list[s.Node]:
    """The items of the scripts of a symbol, and its arguments where it is followed by brackets."""
    if isinstance(node, s.Call):
        return [*index_items(node.function), *node.args]
    scripts = node.scripts if isinstance(node, s.Symbol) else ()
    return [item for script in scripts for item in script_items(script)]


def with_item(node: Tree, old: s.Node, new: s.Node) -> Tree:
    """The first item equal to `old` replaced; see `index_items`."""
    if isinstance(node, s.Call):
        function = with_item(node.function, old, new)
        if function != node.function:
            return replace(node, function=function)
        place = node.args.index(old) if old in node.args else -1
        return node if place < 0 else replace(node, args=(*node.args[:place], new, *node.args[place + 1 :]))
    if isinstance(node, s.Symbol):
        for at, script in enumerate(node.scripts):
            items = script_items(script)
            if old in items:
                items[items.index(old)] = new
                scripts = (*node.scripts[:at], replace(script, body=_joined(script.body, items)), *node.scripts[at + 1 :])
                return replace(node, scripts=scripts)
    return node


def _joined(body: s.Node, items: list[s.Node]) -> s.Node:
    """Items as one script, with commas where it had them: `1t-1` stays without."""
    if len(items) == 1:
        return items[0]
    if isinstance(body, s.Sequence) or not all(isinstance(item, s.Symbol | s.Number) for item in items[:-1]):
        return s.Sequence(tuple(items))
    (sign, last), *rest = terms_of(items[-1])
    if sign != "+":
        return s.Sequence(tuple(items))
    run = s.Product((*items[:-1], last), ("",) * (len(items) - 1))
    return s.Add((("+", run), *rest)) if rest else run


def bound_letter(node: s.BigOperator) -> str:
    """The letter of a sum or product, or nothing."""
    lower = node.lower.sides[0] if isinstance(node.lower, s.Comparison) else node.lower
    return lower.name if isinstance(lower, s.Symbol) and not lower.scripts else ""


def first_of(node: s.BigOperator) -> s.Node | None:
    """The lower end, where it is written `t = …`."""
    return node.lower.sides[1] if isinstance(node.lower, s.Comparison) and node.lower.relations == ("=",) else None


def with_first(node: s.BigOperator, first: s.Node) -> s.BigOperator:
    assert isinstance(node.lower, s.Comparison)
    return replace(node, lower=replace(node.lower, sides=(node.lower.sides[0], first)))
