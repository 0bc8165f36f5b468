"""Changes of a formula, as tables: the real mistakes of the Repair list of the design, and rewritings that keep it true.

A row is a name and a function from a formula to its changed versions. Most rows are a rule for one node, tried everywhere.
Whether a changed formula is right or wrong is not decided here: a mistake may happen to be harmless.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields, replace
from types import MappingProxyType
from typing import Any

from symbptt.latex import syntax as s
from symbptt.latex.parser import parse_expression
from symbptt.latex.printer import to_latex
from symbptt.reading.declare import Parsed
from symbptt.reading.scope import script_items, shape_parts
from symbptt.repair.trees import bound_letter, first_of, with_first

ELEMENTWISE = ("\\odot", "\\circ")
TRANSPOSE = s.Script("sup", s.Symbol("T"))
TWO = s.Script("sup", s.Number("2"))
FRESH = ("s", "p", "r", "u", "v", "\\tau", "j", "k")
KNOWN = frozenset({"diag", "softmax", "tanh", "ln", "log", "exp", "sigmoid", "e"})


@dataclass(frozen=True)
class Quantity:
    """A declared name taken apart: the items of its scripts and the sizes of its axes."""

    name: str
    items: tuple[s.Node, ...]
    sizes: tuple[s.Node, ...]

    @property
    def axes(self) -> int:
        return len(self.sizes)


@dataclass(frozen=True)
class Names:
    """What a problem declares, as far as a change needs it: quantities, index letters, last steps, functions."""

    quantities: tuple[Quantity, ...]
    letters: frozenset[str]
    last: frozenset[str]
    functions: frozenset[str]
    used: frozenset[str]

    def find(self, symbol: s.Symbol) -> Quantity | None:
        """The declared quantity that a symbol shows, components and a transpose aside."""
        items = [i for script in symbol.scripts if script != TRANSPOSE for i in script_items(script)]
        for known in self.quantities:
            if known.name == symbol.name and _explains(known.items, items, self.letters | self.last):
                return known
        return None

    def components(self, symbol: s.Symbol) -> int:
        """How many component indices a quantity shows."""
        known = self.find(symbol)
        items = sum(len(script_items(script)) for script in symbol.scripts if script != TRANSPOSE)
        return items - len(known.items) if known else 0

    def is_tensor(self, node: s.Node) -> bool:
        """A vector or matrix written as one symbol, without components."""
        if not isinstance(node, s.Symbol) or TRANSPOSE in node.scripts:
            return False
        known = self.find(node)
        return known is not None and known.axes > 0 and self.components(node) == 0

    def is_scalar(self, node: s.Node) -> bool:
        """Whether every quantity in it is a scalar or an entry."""
        found = [n for n in _outside_scripts(node) if isinstance(n, s.Symbol)]
        known = [(n, self.find(n)) for n in found]
        return all(q is None or q.axes == self.components(n) for n, q in known)


def _explains(wanted: tuple[s.Node, ...], items: list[s.Node], steps: frozenset[str]) -> bool:
    """Whether the items hold the wanted ones in their order, a step or a number where an index letter is wanted."""
    at = 0
    for item in wanted:
        slot = isinstance(item, s.Symbol) and item.name in steps
        while at < len(items) and items[at] != item and not (slot and _is_step(items[at], steps)):
            at += 1
        if at == len(items):
            return False
        at += 1
    return True


def _is_step(node: s.Node, steps: frozenset[str]) -> bool:
    return isinstance(node, s.Number) or any(isinstance(n, s.Symbol) and n.name in steps for n in s.walk(node))


def names_of(parsed: Parsed) -> Names:
    """The names of a problem."""
    quantities: list[Quantity] = []
    for key, shape in parsed.problem.shapes.items():
        node = parse_expression(key, parsed.words)
        if isinstance(node, s.Symbol):
            items = tuple(i for script in node.scripts for i in script_items(script))
            quantities.append(Quantity(node.name, items, tuple(map(parse_expression, shape_parts(str(shape)) or []))))
    quantities.sort(key=lambda q: -len(q.items))
    ends = {n.name for pair in parsed.ranges.values() for text in pair for n in s.walk(parse_expression(text)) if isinstance(n, s.Symbol)}
    trees = [*parsed.claim, *(g.formula for g in parsed.given)]
    used = {n.name for tree in trees for n in s.walk(tree) if isinstance(n, s.Symbol)} | {q.name for q in quantities}
    sizes = {
        n.name
        for text in parsed.problem.shapes.values()
        for p in shape_parts(str(text)) or []
        for n in s.walk(parse_expression(p))
        if isinstance(n, s.Symbol)
    }
    letters = frozenset(parsed.ranges)
    return Names(
        tuple(quantities), letters, frozenset(ends - letters), frozenset(parsed.problem.functions) | KNOWN, frozenset(used | sizes)
    )


# -- trees ----------------------------------------------------------------------------------------------------------------

Rule = Callable[[s.Node, Names], Iterator[s.Node]]
Change = Callable[[s.Formula, Names], Iterator[s.Formula]]


def everywhere(node: Any, rule: Rule, names: Names) -> Iterator[Any]:
    """The tree with the rule applied at one place, for each place and each result; scripts are left alone."""
    if isinstance(node, tuple):
        for place, item in enumerate(node):
            for new in everywhere(item, rule, names):
                yield (*node[:place], new, *node[place + 1 :])
    elif isinstance(node, s.Node):
        yield from rule(node, names)
        for f in fields(node):
            if f.name not in ("span", "scripts", "lower", "upper", "function"):
                for new in everywhere(getattr(node, f.name), rule, names):
                    yield replace(node, **{f.name: new})


def _outside_scripts(node: Any) -> Iterator[s.Node]:
    if isinstance(node, tuple):
        for item in node:
            yield from _outside_scripts(item)
    elif isinstance(node, s.Node):
        yield node
        for f in fields(node):
            if f.name not in ("span", "scripts", "lower", "upper"):
                yield from _outside_scripts(getattr(node, f.name))


def as_products(node: Any, names: Names) -> Any:
    """Brackets behind a quantity, which the parser takes for a call, as the product they are: `y(1 - y)`."""
    if isinstance(node, tuple):
        return tuple(as_products(item, names) for item in node)
    if not isinstance(node, s.Node):
        return node
    node = replace(node, **{f.name: as_products(getattr(node, f.name), names) for f in fields(node) if f.name != "span"})
    if isinstance(node, s.Call) and node.bracket == "(" and len(node.args) == 1 and not node.function.primes:
        if node.function.name in names.functions:
            return node
        return s.Product((node.function, s.Group(node.args[0])), ("",))
    if isinstance(node, s.Product):
        return _flat(node)
    return node


def _flat(node: s.Product) -> s.Product:
    """A product directly inside one, joined with it."""
    factors: list[s.Node] = []
    signs: list[str] = []
    for factor, sign in zip(node.factors, (*node.signs, ""), strict=True):
        inner = factor if isinstance(factor, s.Product) else None
        factors += inner.factors if inner else [factor]
        signs += [*(inner.signs if inner else ()), sign]
    return s.Product(tuple(factors), tuple(signs[:-1]))


def on_sides(rule: Rule) -> Change:
    """A rule for a node as a change of a formula: one side at a time."""

    def change(formula: s.Formula, names: Names) -> Iterator[s.Formula]:
        for place, side in enumerate(formula.sides):
            for new in everywhere(as_products(side, names), rule, names):
                yield replace(formula, sides=(*formula.sides[:place], new, *formula.sides[place + 1 :]))

    return change


def on_right_sides(rule: Rule) -> Change:
    """A rule for a whole side but the first."""

    def change(formula: s.Formula, names: Names) -> Iterator[s.Formula]:
        for place, side in enumerate(formula.sides[1:], 1):
            for new in rule(as_products(side, names), names):
                yield replace(formula, sides=(*formula.sides[:place], new, *formula.sides[place + 1 :]))

    return change


def bracketed(node: s.Node) -> s.Node:
    """In brackets where it is a sum or product."""
    return s.Group(node) if isinstance(node, s.Add | s.Product | s.BigOperator) else node


def plain(node: s.Node) -> s.Node:
    """Without brackets around it."""
    return node.body if isinstance(node, s.Group) else node


def product(factors: tuple[s.Node, ...], signs: tuple[str, ...]) -> s.Node:
    """A product, or its only factor."""
    return factors[0] if len(factors) == 1 else s.Product(factors, signs)


def total(terms: tuple[tuple[str, s.Node], ...]) -> s.Node:
    """A sum, or its only term."""
    return terms[0][1] if len(terms) == 1 and terms[0][0] == "+" else s.Add(terms)


def transposed(node: s.Node) -> s.Node:
    """With ^T, which a second one takes away."""
    if isinstance(node, s.Scripted) and node.scripts == (TRANSPOSE,):
        return plain(node.base)
    if isinstance(node, s.Symbol) and TRANSPOSE in node.scripts:
        return replace(node, scripts=tuple(x for x in node.scripts if x != TRANSPOSE))
    if isinstance(node, s.Symbol) and not node.scripts:
        return replace(node, scripts=(TRANSPOSE,))
    return s.Scripted(node if isinstance(node, s.Group) else s.Group(node), (TRANSPOSE,))


def shifted(index: s.Node, by: int) -> s.Node:
    """An index expression plus a number: `t - 1` and 1 make `t`."""
    terms = list(index.terms) if isinstance(index, s.Add) else [("+", index)]
    constant = by
    rest: list[tuple[str, s.Node]] = []
    for sign, term in terms:
        if isinstance(term, s.Number):
            constant += int(term.text) if sign == "+" else -int(term.text)
        else:
            rest.append((sign, term))
    if not rest:
        return s.Number(str(constant)) if constant >= 0 else s.Add((("-", s.Number(str(-constant))),))
    if constant:
        rest.append(("+" if constant > 0 else "-", s.Number(str(abs(constant)))))
    return total(tuple(rest))


def substituted(node: Any, letter: str, new: s.Node) -> Any:
    """An index letter replaced wherever it occurs, scripts included."""
    if isinstance(node, tuple):
        return tuple(substituted(item, letter, new) for item in node)
    if isinstance(node, s.Symbol) and node.name == letter and not node.scripts:
        return new
    if not isinstance(node, s.Node):
        return node
    node = replace(node, **{f.name: substituted(getattr(node, f.name), letter, new) for f in fields(node) if f.name != "span"})
    if isinstance(node, s.Script) and isinstance(node.body, s.Add):
        return replace(node, body=_folded(node.body))
    if isinstance(node, s.Sequence):
        return replace(node, items=tuple(_folded(i) if isinstance(i, s.Add) else i for i in node.items))
    return node


def _folded(node: s.Add) -> s.Node:
    terms: list[tuple[str, s.Node]] = []
    for sign, term in node.terms:
        inner = term.terms if isinstance(term, s.Add) and sign == "+" else ((sign, term),)
        terms += inner
    return shifted(s.Add(tuple(terms)), 0)


def with_item(symbol: s.Symbol, place: int, new: s.Node) -> s.Symbol:
    """One item of its scripts replaced, counted over all scripts."""
    scripts: list[s.Script] = []
    seen = 0
    for script in symbol.scripts:
        items = script_items(script)
        if seen <= place < seen + len(items):
            items[place - seen] = new
            body = items[0] if len(items) == 1 else s.Sequence(tuple(items))
            script = replace(script, body=body)
        seen += len(items)
        scripts.append(script)
    return replace(symbol, scripts=tuple(scripts))


def items_of(symbol: s.Symbol) -> list[s.Node]:
    return [i for script in symbol.scripts for i in script_items(script)]


# -- mistakes -------------------------------------------------------------------------------------------------------------


def step_index(node: s.Node, names: Names) -> Iterator[s.Node]:
    if not isinstance(node, s.Symbol):
        return
    known = names.find(node)
    for place, item in enumerate(items_of(node)):
        moves = any(isinstance(n, s.Symbol) and n.name in names.letters | names.last for n in s.walk(item))
        if (moves and s.Script("sup", item) not in (TRANSPOSE,)) or (isinstance(item, s.Number) and place > 0 and known):
            for by in (1, -1):
                new = with_item(node, place, shifted(item, by))
                if names.find(new):
                    yield new


def transpose(node: s.Node, names: Names) -> Iterator[s.Node]:
    if isinstance(node, s.Scripted) and node.scripts == (TRANSPOSE,):
        yield node.base
    elif names.is_tensor(node) or (isinstance(node, s.Symbol) and TRANSPOSE in node.scripts):
        yield transposed(node)


def factor_order(node: s.Node, _: Names) -> Iterator[s.Node]:
    if isinstance(node, s.Product):
        for i in range(len(node.factors) - 1):
            if node.factors[i] != node.factors[i + 1]:
                yield replace(node, factors=(*node.factors[:i], node.factors[i + 1], node.factors[i], *node.factors[i + 2 :]))


def _without_factor(node: s.Product, i: int) -> s.Node:
    signs = node.signs[1:] if i == 0 else (*node.signs[: i - 1], *node.signs[i:])
    return product((*node.factors[:i], *node.factors[i + 1 :]), signs)


def _is_slope(node: s.Node) -> bool:
    return isinstance(node, s.Call) and (node.function.primes > 0 or any(_is_slope(a) for a in node.args))


def missing_slope(node: s.Node, _: Names) -> Iterator[s.Node]:
    if isinstance(node, s.Product):
        yield from (_without_factor(node, i) for i, factor in enumerate(node.factors) if _is_slope(factor))
    if isinstance(node, s.Call) and node.function.primes:
        yield replace(node, function=replace(node.function, primes=node.function.primes - 1))


def missing_sum(node: s.Node, _: Names) -> Iterator[s.Node]:
    if isinstance(node, s.BigOperator):
        yield bracketed(node.body)


def diag(node: s.Node, _: Names) -> Iterator[s.Node]:
    if isinstance(node, s.Call) and node.function.name == "diag":
        yield bracketed(node.args[0])
    elif _is_slope(node):
        yield s.Call(s.Symbol("diag"), (node,))


def sign(node: s.Node, _: Names) -> Iterator[s.Node]:
    if isinstance(node, s.Add):
        for i, (mark, term) in enumerate(node.terms):
            yield replace(node, terms=(*node.terms[:i], ("-" if mark == "+" else "+", term), *node.terms[i + 1 :]))


def negated(node: s.Node, _: Names) -> Iterator[s.Node]:
    yield s.Add((("-", s.Group(node) if isinstance(node, s.Add) else node),))


def kind_of_product(node: s.Node, _: Names) -> Iterator[s.Node]:
    if isinstance(node, s.Product):
        for i, mark in enumerate(node.signs):
            yield replace(node, signs=(*node.signs[:i], "" if mark in ELEMENTWISE else "\\odot", *node.signs[i + 1 :]))


def bounds(node: s.Node, _: Names) -> Iterator[s.Node]:
    if not isinstance(node, s.BigOperator):
        return
    first = first_of(node)
    for by in (1, -1):
        if first is not None:
            yield with_first(node, shifted(first, by))
        if node.upper is not None:
            yield replace(node, upper=shifted(node.upper, by))
    if isinstance(node.lower, s.Comparison) and node.lower.relations == ("\\ne",):
        yield replace(node, lower=node.lower.sides[0])


def summand_index(node: s.Node, names: Names) -> Iterator[s.Node]:
    """One index in a sum: its letter replaced by another index of the sum, or shifted."""
    if not isinstance(node, s.BigOperator):
        return
    letter = bound_letter(node)
    others = {n.name for n in s.walk(node) if isinstance(n, s.Symbol) and not n.scripts and len(n.name) == 1 and n.name.islower()}
    bare = {i.name for n in s.walk(node.body) if isinstance(n, s.Symbol) for i in items_of(n) if isinstance(i, s.Symbol)}

    literal = {i.name for q in names.quantities for i in q.items if isinstance(i, s.Symbol)} - names.letters

    def rule(inner: s.Node, _: Names) -> Iterator[s.Node]:
        if isinstance(inner, s.Symbol) and names.find(inner):
            for place, item in enumerate(items_of(inner)):
                if item == s.Symbol(letter):
                    for other in sorted((others & bare) - literal - {letter}):
                        yield with_item(inner, place, s.Symbol(other))
                    yield with_item(inner, place, shifted(item, -1))

    for body in everywhere(node.body, rule, names):
        yield replace(node, body=body)


def brackets(node: s.Node, _: Names) -> Iterator[s.Node]:
    """Dropped, or moved to another place."""
    if isinstance(node, s.Product):
        for i, factor in enumerate(node.factors):
            if isinstance(factor, s.Group) and isinstance(factor.body, s.Add) and len(factor.body.terms) > 1:
                terms = list(factor.body.terms)
                terms[0] = (terms[0][0], product((*node.factors[:i], terms[0][1]), node.signs[:i]))
                terms[-1] = (terms[-1][0], product((terms[-1][1], *node.factors[i + 1 :]), node.signs[i:]))
                yield s.Add(tuple(terms))
    body = plain(node.body) if isinstance(node, s.BigOperator) else None
    if isinstance(node, s.BigOperator) and isinstance(body, s.Add) and len(body.terms) > 1:
        yield s.Add((("+", replace(node, body=total((("+", body.terms[0][1]),)))), *body.terms[1:]))
    if isinstance(node, s.BigOperator) and isinstance(body, s.Product):
        yield s.Product((s.Group(replace(node, body=product(body.factors[:-1], body.signs[:-1]))), body.factors[-1]), body.signs[-1:])
    if isinstance(node, s.Call) and len(node.args) == 1 and isinstance(node.args[0], s.Add) and len(node.args[0].terms) > 1:
        (mark, first), *rest = node.args[0].terms
        yield s.Add((("+", replace(node, args=(total(((mark, first),)),))), *rest))
    if isinstance(node, s.Add) and isinstance(node.terms[-1][1], s.Product) and len(node.terms) > 1:
        mark, last = node.terms[-1]
        assert isinstance(last, s.Product)
        inside = s.Group(s.Add((*node.terms[:-1], (mark, product(last.factors[:-1], last.signs[:-1])))))
        yield s.Product((inside, last.factors[-1]), last.signs[-1:])


def product_for_sum(node: s.Node, _: Names) -> Iterator[s.Node]:
    if isinstance(node, s.Add):
        for i in range(len(node.terms) - 1):
            (mark, a), (_, b) = node.terms[i : i + 2]
            yield total((*node.terms[:i], (mark, s.Product((bracketed(a), bracketed(b)), ("",))), *node.terms[i + 2 :]))
    if isinstance(node, s.Product):
        for i in range(len(node.factors) - 1):
            both = s.Group(s.Add((("+", node.factors[i]), ("+", node.factors[i + 1]))))
            yield product((*node.factors[:i], both, *node.factors[i + 2 :]), (*node.signs[:i], *node.signs[i + 1 :]))


def dropped(node: s.Node, _: Names) -> Iterator[s.Node]:
    if isinstance(node, s.Add) and len(node.terms) > 1:
        yield from (total((*node.terms[:i], *node.terms[i + 1 :])) for i in range(len(node.terms)))
    if isinstance(node, s.Product):
        yield from (_without_factor(node, i) for i in range(len(node.factors)))
    if isinstance(node, s.Fraction):
        yield bracketed(node.numerator)


def square(node: s.Node, _: Names) -> Iterator[s.Node]:
    if isinstance(node, s.Scripted) and node.scripts == (TWO,):
        yield node.base
        inner = plain(node.base)
        if isinstance(inner, s.BigOperator):
            yield replace(inner, body=s.Scripted(s.Group(inner.body), (TWO,)))
        if isinstance(inner, s.Add):
            yield s.Group(s.Add(tuple((mark, s.Scripted(s.Group(term), (TWO,))) for mark, term in inner.terms)))
    if isinstance(node, s.BigOperator) and isinstance(node.body, s.Scripted) and node.body.scripts == (TWO,):
        yield s.Scripted(s.Group(replace(node, body=node.body.base)), (TWO,))


def slices(node: s.Node, names: Names) -> Iterator[s.Node]:
    if isinstance(node, s.Symbol) and names.is_tensor(node):
        known = names.find(node)
        assert known is not None
        rest = s.Slice(s.Number("2"), None)
        yield s.Call(node, (s.Slice(None, None), rest) if known.axes == 2 else (rest,), "[")


def _renamed(node: s.Symbol, names: Names, layers: bool, bases: bool) -> Iterator[s.Symbol]:
    """Declared quantities of the same number of axes: of another layer, or with another letter."""
    known = names.find(node)
    if known is None:
        return
    found: dict[s.Symbol, None] = {}
    items = items_of(node)
    for other in names.quantities:
        if other.axes != known.axes or len(other.items) != len(known.items):
            continue
        if other.name != node.name and bases:
            found[replace(node, name=other.name)] = None
        if other.name == node.name and layers:
            for mine, theirs in zip(known.items, other.items, strict=True):
                if mine != theirs and mine in items:
                    found[with_item(node, items.index(mine), theirs)] = None
    yield from (new for new in found if new != node and names.find(new))


def wrong_delta(node: s.Node, names: Names) -> Iterator[s.Node]:
    if isinstance(node, s.Symbol) and node.name == "\\delta":
        yield from _renamed(node, names, layers=True, bases=True)
    if isinstance(node, s.Derivative):
        for i, by in enumerate(node.wrt):
            if isinstance(by, s.Symbol):
                for new in _renamed(by, names, layers=True, bases=True):
                    yield replace(node, wrt=(*node.wrt[:i], new, *node.wrt[i + 1 :]))


def sibling(node: s.Node, names: Names) -> Iterator[s.Node]:
    if isinstance(node, s.Symbol) and node.name != "\\delta":
        yield from _renamed(node, names, layers=True, bases=True)


def layout(node: s.Node, names: Names) -> Iterator[s.Node]:
    """Both factors of an outer product swapped, or of a matrix and a vector, as in the transposed layout."""
    if isinstance(node, s.Product):
        for i in range(len(node.factors) - 1):
            a, b = node.factors[i : i + 2]
            if any(isinstance(x, s.Scripted | s.Symbol) and TRANSPOSE in x.scripts for x in (a, b)):
                yield replace(node, factors=(*node.factors[:i], transposed(b), transposed(a), *node.factors[i + 2 :]))


def turned(node: s.Node, names: Names) -> Iterator[s.Node]:
    if not names.is_scalar(node):
        yield transposed(node)


def total_for_immediate(node: s.Node, _: Names) -> Iterator[s.Node]:
    if isinstance(node, s.Derivative) and node.form == "frac":
        yield replace(node, mark="\\partial" if node.mark == "\\partial^+" else "\\partial^+")


def slope_argument(node: s.Node, names: Names) -> Iterator[s.Node]:
    if _is_slope(node) and isinstance(node, s.Call) and node.function.primes and isinstance(node.args[0], s.Symbol):
        for new in (*_renamed(node.args[0], names, layers=True, bases=True), *step_index(node.args[0], names)):
            yield replace(node, args=(new,))


#: The Repair list of the design: name of a mistake to the formulas that have it.
MISTAKES: Mapping[str, Change] = MappingProxyType(
    {
        "step index": on_sides(step_index),
        "transpose": on_sides(transpose),
        "factor order": on_sides(factor_order),
        "missing f'": on_sides(missing_slope),
        "missing sum": on_sides(missing_sum),
        "diag": on_sides(diag),
        "sign": on_sides(sign),
        "sign of a side": on_right_sides(negated),
        "kind of product": on_sides(kind_of_product),
        "bounds": on_sides(bounds),
        "summand index": on_sides(summand_index),
        "brackets": on_sides(brackets),
        "product for sum": on_sides(product_for_sum),
        "dropped": on_sides(dropped),
        "square": on_sides(square),
        "slice": on_sides(slices),
        "wrong delta": on_sides(wrong_delta),
        "sibling": on_sides(sibling),
        "layout": on_sides(layout),
        "side transposed": on_right_sides(turned),
        "total for immediate": on_sides(total_for_immediate),
        "argument of f'": on_sides(slope_argument),
    }
)


# -- rewritings that keep a formula true ----------------------------------------------------------------------------------


def renamed_index(node: s.Node, names: Names) -> Iterator[s.Node]:
    if isinstance(node, s.BigOperator) and bound_letter(node):
        here = {n.name for n in s.walk(node) if isinstance(n, s.Symbol)}
        for letter in [x for x in FRESH if x not in here | names.used][:2]:
            yield substituted(node, bound_letter(node), s.Symbol(letter))


def both_transposed(formula: s.Formula, names: Names) -> Iterator[s.Formula]:
    sides = tuple(as_products(side, names) for side in formula.sides)
    if not any(names.is_scalar(side) for side in sides):
        yield replace(formula, sides=tuple(map(transposed, sides)))
        for new in expanded_transpose(sides[-1], names):
            yield replace(formula, sides=(*map(transposed, sides[:-1]), new))


def expanded_transpose(node: s.Node, names: Names) -> Iterator[s.Node]:
    """The transpose of Σ A Bᵀ or A Bᵀ, multiplied out."""
    if isinstance(node, s.BigOperator):
        yield from (replace(node, body=body) for body in expanded_transpose(node.body, names))
    if (
        isinstance(node, s.Product)
        and len(node.factors) == 2
        and node.signs[0] in ("", "*", "\\cdot")
        and TRANSPOSE in _scripts_of(node.factors[1])
    ):
        yield replace(node, factors=(transposed(node.factors[1]), transposed(node.factors[0])))


def _scripts_of(node: s.Node) -> tuple[s.Script, ...]:
    return node.scripts if isinstance(node, s.Scripted | s.Symbol) else ()


def transposed_pair(node: s.Node, names: Names) -> Iterator[s.Node]:
    """Aᵀ b ⇒ (bᵀ A)ᵀ and A bᵀ ⇒ (b Aᵀ)ᵀ, at the head of a product of matrices."""
    if isinstance(node, s.Product) and node.signs[0] in ("", "*", "\\cdot"):
        a, b = node.factors[:2]
        if TRANSPOSE in _scripts_of(a) or TRANSPOSE in _scripts_of(b):
            swapped = transposed(s.Product((transposed(b), transposed(a)), node.signs[:1]))
            yield product((swapped, *node.factors[2:]), node.signs[1:])


def reordered_terms(node: s.Node, _: Names) -> Iterator[s.Node]:
    if isinstance(node, s.Add) and len(node.terms) > 1:
        yield replace(node, terms=node.terms[::-1])
        if len(node.terms) > 2:
            yield replace(node, terms=(*node.terms[1:], node.terms[0]))


def double_sign(node: s.Node, _: Names) -> Iterator[s.Node]:
    """a − b ⇒ −(b − a)."""
    if isinstance(node, s.Add) and len(node.terms) > 1 and any(mark == "-" for mark, _ in node.terms):
        yield s.Group(s.Add((("-", s.Group(s.Add(tuple(("-" if mark == "+" else "+", t) for mark, t in node.terms)))),)))


def commuted(node: s.Node, names: Names) -> Iterator[s.Node]:
    """Factors that are scalars, or joined by an element-wise product at the end."""
    if not isinstance(node, s.Product):
        return
    if names.is_scalar(node):
        yield replace(node, factors=tuple(map(bracketed, node.factors[::-1])), signs=node.signs[::-1])
    elif node.signs[-1] in ELEMENTWISE:
        yield s.Product((node.factors[-1], bracketed(product(node.factors[:-1], node.signs[:-1]))), node.signs[-1:])


def split_sum(node: s.Node, _: Names) -> Iterator[s.Node]:
    """Σ_{1}^{T} ⇒ the first term and Σ_{2}^{T}, or Σ_{1}^{T-1} and the last."""
    if isinstance(node, s.BigOperator) and first_of(node) == s.Number("1") and isinstance(node.upper, s.Symbol):
        first = substituted(node.body, bound_letter(node), s.Number("1"))
        last = substituted(node.body, bound_letter(node), node.upper)
        yield s.Group(s.Add((("+", first), ("+", with_first(node, s.Number("2"))))))
        yield s.Group(s.Add((("+", replace(node, upper=shifted(node.upper, -1))), ("+", last))))


def shifted_sum(node: s.Node, _: Names) -> Iterator[s.Node]:
    """Σ_{t=2}^{T} a_t ⇒ Σ_{t=1}^{T-1} a_{t+1}, and back."""
    first = first_of(node) if isinstance(node, s.BigOperator) else None
    if isinstance(node, s.BigOperator) and isinstance(first, s.Number) and node.upper is not None:
        by = -1 if int(first.text) > 1 else 1
        letter = bound_letter(node)
        body = substituted(node.body, letter, shifted(s.Symbol(letter), -by))
        yield replace(with_first(node, shifted(first, by)), upper=shifted(node.upper, by), body=body)


def distributed(node: s.Node, names: Names) -> Iterator[s.Node]:
    """(a + b) ⊙ c ⇒ a ⊙ c + b ⊙ c."""
    if not isinstance(node, s.Product) or not (names.is_scalar(node) or node.signs in (("\\odot",), ("\\circ",))):
        return
    for i, factor in enumerate(node.factors):
        if isinstance(factor, s.Group) and isinstance(factor.body, s.Add):
            parts = tuple(
                (m, replace(node, factors=(*node.factors[:i], bracketed(t), *node.factors[i + 1 :]))) for m, t in factor.body.terms
            )
            yield s.Group(s.Add(parts))


def slope_as_diag(node: s.Node, names: Names) -> Iterator[s.Node]:
    """v ⊙ f'(z) ⇒ diag(f'(z)) v."""
    if isinstance(node, s.Product) and node.signs[-1] in ELEMENTWISE and _is_slope(node.factors[-1]) and not names.is_scalar(node):
        rest = product(node.factors[:-1], node.signs[:-1])
        yield s.Product((s.Call(s.Symbol("diag"), node.factors[-1:]), bracketed(rest)), ("",))


def square_written_out(node: s.Node, names: Names) -> Iterator[s.Node]:
    if isinstance(node, s.Scripted) and node.scripts == (TWO,) and names.is_scalar(node.base):
        yield s.Product((node.base, node.base), ("",))


def factored_one(node: s.Node, names: Names) -> Iterator[s.Node]:
    """1 − h² ⇒ (1 − h)(1 + h)."""
    if isinstance(node, s.Add) and [m for m, _ in node.terms] == ["+", "-"] and node.terms[0][1] == s.Number("1"):
        last = node.terms[1][1]
        rest = tuple(x for x in _scripts_of(last) if x != TWO)
        base = replace(last, scripts=rest) if isinstance(last, s.Symbol) else plain(last.base) if isinstance(last, s.Scripted) else last
        if TWO in _scripts_of(last) and names.is_scalar(base):
            yield s.Product(tuple(s.Group(s.Add((("+", s.Number("1")), (mark, base)))) for mark in "-+"), ("",))


def one_step_out(node: s.Node, _: Names) -> Iterator[s.Node]:
    """A whole side in brackets."""
    if not isinstance(node, s.Group | s.Symbol):
        yield s.Group(node)


#: Rewritings that change nothing, by name.
REWRITINGS: Mapping[str, Change] = MappingProxyType(
    {
        "renamed index": on_sides(renamed_index),
        "both sides transposed": both_transposed,
        "transposed pair": on_sides(transposed_pair),
        "reordered terms": on_sides(reordered_terms),
        "double sign": on_sides(double_sign),
        "commuted factors": on_sides(commuted),
        "split sum": on_sides(split_sum),
        "shifted sum": on_sides(shifted_sum),
        "distributed": on_sides(distributed),
        "slope as diag": on_sides(slope_as_diag),
        "square written out": on_sides(square_written_out),
        "1 - h^2 factored": on_sides(factored_one),
        "brackets around a side": on_right_sides(one_step_out),
    }
)


# -- shapes as written ----------------------------------------------------------------------------------------------------

Shape = tuple[str, str] | None  # rows and columns, "1" for none; None where nothing is known
SCALAR: Shape = ("1", "1")


class Misfit(Exception):
    """Shapes that do not fit as they are written."""


def fits(formula: s.Formula, names: Names) -> bool:
    """Whether all products, sums and sides fit as matrices, gradients as columns and Jacobians with the numerator's rows.

    A strict reading of its own, without conventions that turn or reorder a factor; what it does not know, fits.
    """
    try:
        return _agreed([shape(as_products(side, names), names) for side in formula.sides]) or True
    except Misfit:
        return False


def _agreed(shapes: list[Shape]) -> Shape:
    known = {x for x in shapes if x is not None}
    if len(known) > 1:
        raise Misfit(str(known))
    return next(iter(known), None)


def shape(node: s.Node, names: Names) -> Shape:
    """The shape of an expression as written."""
    if isinstance(node, s.Symbol):
        return _shape_of_symbol(node, names)
    if isinstance(node, s.Group | s.BigOperator):
        return shape(node.body, names)
    if isinstance(node, s.Add):
        return _agreed([shape(term, names) for _, term in node.terms])
    if isinstance(node, s.Product):
        options = _groupings([shape(f, names) for f in node.factors], node.signs)
        return options[0] if len(set(options)) == 1 else None
    if isinstance(node, s.Scripted):
        inner = shape(node.base, names)
        return inner[::-1] if node.scripts == (TRANSPOSE,) and inner else inner if node.scripts == (TWO,) else None
    if isinstance(node, s.Derivative) and len(node.wrt) == 1 and node.scale is None:
        return _shape_of_derivative(shape(node.numerator, names), shape(node.wrt[0], names))
    if isinstance(node, s.Call) and len(node.args) == 1 and node.function.name in names.functions and not node.function.scripts:
        inner = shape(node.args[0], names)
        if node.function.name == "diag" and inner is not None:
            size = inner[0] if inner[1] == "1" else inner[1]
            return (size, size)
        return inner
    return None


def _shape_of_symbol(node: s.Symbol, names: Names) -> Shape:
    known = names.find(node)
    if known is None or names.components(node) not in (0, known.axes) or s.Script("sup", s.Symbol("\\top")) in node.scripts:
        return None
    if names.components(node) == known.axes:
        return SCALAR
    raised = [i for script in node.scripts if script != TRANSPOSE and script.kind == "sup" for i in script_items(script)]
    sizes = known.sizes
    for letter in names.letters:
        sizes = substituted(sizes, letter, raised[-1]) if raised else sizes
    texts = [*map(to_latex, sizes), "1"][:2]
    return (texts[1], texts[0]) if TRANSPOSE in node.scripts else (texts[0], texts[1])


def _shape_of_derivative(of: Shape, by: Shape) -> Shape:
    if of == SCALAR:
        return by
    if of is None or by is None or of[1] != "1":
        return None
    return (of[0], by[0]) if by[1] == "1" else (of[0], by[1]) if by[0] == "1" else None


def _groupings(shapes: list[Shape], signs: tuple[str, ...]) -> list[Shape]:
    """The shapes of a product under all groupings that fit.

    Raises `Misfit` where there is none.
    """
    if len(shapes) == 1:
        return shapes
    found: list[Shape] = []
    for split in range(1, len(shapes)):
        try:
            pairs = [(a, b) for a in _groupings(shapes[:split], signs[: split - 1]) for b in _groupings(shapes[split:], signs[split:])]
        except Misfit:
            continue
        found += [x for a, b in pairs for x in _joined(a, b, signs[split - 1])]
    if not found:
        raise Misfit(str(shapes))
    return found


def _joined(a: Shape, b: Shape, mark: str) -> list[Shape]:
    if a is None or b is None:
        return [None]
    if SCALAR in (a, b):
        return [b if a == SCALAR else a]
    if mark in ("\\times", "\\otimes"):
        return [None]
    if mark not in ELEMENTWISE and a[1] == b[0]:
        return [(a[0], b[1])]
    return [a] if a == b else []
