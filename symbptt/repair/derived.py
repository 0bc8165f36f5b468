"""The gradient written from the given equations, for a claim that no edit mends: one step of reverse mode in matrix notation.

For C and a quantity p, each equation v = F(… p …) in which p stands adds its part of ∂C/∂p: ∂C/∂v, or another name or value of it,
taken back through F. Through a product A p B it becomes Aᵀ D Bᵀ, through f(·) it is multiplied by the slope, entry by entry
(Werbos 1990, eq. 5; Magnus and Neudecker, Matrix Differential Calculus, ch. 9).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import islice
from itertools import product as combinations

from ..functions import FUNCTIONS
from ..latex import syntax as s
from ..latex.parser import parse_expression
from ..reading.calls import KNOWN_NAMES
from .difference import described, distance
from .trees import ONE, TWO, Change, as_factor, mapped, outside_scripts, plain, product, shifted, substituted, total, transposed
from .vocabulary import MATRIX, Vocabulary

FRESH = ("k", "s", "i", "j", "m", "\\tau")
MOST_VARIANTS = 12
MOST_SUMS = 60
#: Equations in a row along which a derivative without a name is written out, and ways to write it.
DEPTH = 3
MOST_UNFOLDED = 6
COST = 3.0
DERIVED = "derived"


@dataclass(frozen=True)
class Target:
    """∂`cost`/∂`by`, and the side that it stands in: `frame` with `hole` in its place."""

    cost: s.Node
    by: s.Node
    frame: s.Node
    hole: s.Node


@dataclass(frozen=True)
class Use:
    """An equation in which a quantity stands: its value, its right side and the place, at the step that is asked for.

    `letter` is the step that is summed over, empty where there is none.
    """

    value: s.Node
    right: s.Node
    place: s.Node
    letter: str = ""
    ends: tuple[str, str] = ("", "")


def derived(words: Vocabulary) -> Iterator[Change]:
    """Right sides for the left side of a claim, where that is a gradient of a scalar; the nearest to what stands there first."""
    target = target_of(words)
    if target is None or words.shape(target.cost) != ((), ()):
        return
    uses = list(_uses(target.by, words))
    found: dict[s.Node, float] = {}
    for wrapped in (False, True):
        choices = []
        for use in uses:
            choices.append(list(islice(_parts(use, target, words, wrapped), MOST_VARIANTS)))
        for parts in islice(combinations(*choices), MOST_SUMS) if choices else ():
            body = total(tuple(("+", part if isinstance(plain(part), s.Add) and len(parts) == 1 else _bare(part)) for part in parts))
            tree = put(target.frame, target.hole, body)
            found.setdefault(tree, distance(words.right, tree))
    for tree in sorted(found, key=found.__getitem__):
        text = described(words.right, tree) or "written anew: the gradient of the given equations"
        yield Change(tree, text, COST + found[tree], DERIVED)


def target_of(words: Vocabulary) -> Target | None:
    """What the left side is the derivative of: as written, or as a given equation defines it."""
    left = words.left
    if isinstance(left, s.Derivative) and len(left.wrt) == 1 and left.order == 1:
        return Target(left.numerator, left.wrt[0], left, left)
    found = words.quantity(left)
    for given in words.parsed.given if found is not None else ():
        other = words.quantity(given.formula.sides[0])
        if found is None or other is None or other.template.key != found.template.key or len(given.formula.sides) != 2:
            continue
        frame = given.formula.sides[1]
        for letter, bound in other.bindings.items():
            if isinstance(bound, s.Symbol) and letter in found.bindings:
                frame = substituted(frame, bound.name, found.bindings[letter])
        holes = [n for n in outside_scripts(frame) if isinstance(n, s.Derivative) and len(n.wrt) == 1 and n.order == 1]
        if len(holes) == 1:
            return Target(holes[0].numerator, holes[0].wrt[0], frame, holes[0])
    return None


def put(frame: s.Node, hole: s.Node, body: s.Node) -> s.Node:
    """The frame with the body in place of the hole."""
    if frame == hole:
        return body
    if isinstance(frame, s.Product):
        return product(tuple(body if f == hole else put(f, hole, body) for f in frame.factors), frame.signs)
    if isinstance(frame, s.Add):
        return total(tuple((mark, put(term, hole, body)) for mark, term in frame.terms))
    if isinstance(frame, s.Group | s.BigOperator):
        return replace(frame, body=put(frame.body, hole, body))
    return frame


# -- where a quantity stands --------------------------------------------------------------------------------------------------


def _uses(by: s.Node, words: Vocabulary) -> Iterator[Use]:
    own = words.quantity(by)
    if own is None:
        return
    for given in words.parsed.given:
        if len(given.formula.sides) != 2:
            continue
        value, right = given.formula.sides
        right = words.unfolded(right)
        if any(isinstance(n, s.Derivative) for n in outside_scripts(right)):
            continue
        if words.quantity(value) is None or words.shape(value) == ((), ()) != words.shape(by):
            continue
        for place in dict.fromkeys(n for n in outside_scripts(right) if isinstance(n, s.Symbol | s.Call)):
            bare = transposed(place, words.mark) if isinstance(place, s.Symbol) and words.mark in place.scripts else place
            found = words.quantity(bare)
            if found is None or found.template.key != own.template.key:
                continue
            use = _at_step(Use(value, right, place), found.bindings, own.bindings, words)
            if use is not None:
                yield use


def _at_step(use: Use, there: Mapping[str, s.Node], here: Mapping[str, s.Node], words: Vocabulary) -> Use | None:
    """The equation at the step in which it uses the quantity at the step that is asked for."""
    for letter, index in there.items():
        wanted = here.get(letter)
        names = [n for n in s.walk(index) if isinstance(n, s.Symbol)]
        if wanted is None or len(names) != 1:
            if wanted is not None and wanted != index:
                return None
            continue
        offset = _offset(index)
        if offset is None:
            return None
        new = shifted(wanted, -offset)
        use = Use(*(substituted(node, names[0].name, new) for node in (use.value, use.right, use.place)))
    free = [] if there else _steps(use.value, words)
    if not free:
        return use
    letter = free[0]
    return replace(use, letter=letter, ends=words.parsed.ranges.get(letter, ("1", "T")))


def _offset(index: s.Node) -> int | None:
    """c of `t + c`."""
    terms = index.terms if isinstance(index, s.Add) else (("+", index),)
    numbers = [int(t.text) * (1 if mark == "+" else -1) for mark, t in terms if isinstance(t, s.Number) and t.text.isdigit()]
    return sum(numbers) if len(terms) - len(numbers) == 1 else None


def _steps(node: s.Node, words: Vocabulary) -> list[str]:
    """The step letters that a quantity shows or hides."""
    found = words.quantity(node)
    if found is None:
        return []
    shown = [n.name for item in found.bindings.values() for n in s.walk(item) if isinstance(n, s.Symbol)]
    return [x for x in (*shown, *found.template.hidden) if x in words.parsed.ranges]


# -- one part of the sum ------------------------------------------------------------------------------------------------------


def _parts(use: Use, target: Target, words: Vocabulary, wrapped: bool) -> Iterator[s.Node]:
    for name in _errors(use.value, target.cost, words):
        for body in _back(name, use.right, use, words):
            if not use.letter or not wrapped:
                yield from _unwrapped(body, use, target, words)
            else:
                yield from _summed(body, use, target, words)


def _unwrapped(body: s.Node, use: Use, target: Target, words: Vocabulary) -> Iterator[s.Node]:
    """At the step of the cost, if it has one."""
    step = _step_of(target.cost, words)
    if not use.letter:
        yield body
    elif step is not None:
        yield substituted(body, use.letter, step)


def _summed(body: s.Node, use: Use, target: Target, words: Vocabulary) -> Iterator[s.Node]:
    """Over all steps, or up to the one of the cost."""
    low, high = (parse_expression(end) for end in use.ends)
    step = _step_of(target.cost, words)
    if step is None:
        yield s.BigOperator("\\sum", s.Comparison((s.Symbol(use.letter), low), ("=",)), high, _summand(body))
        return
    used = {n.name for g in words.parsed.given for n in s.walk(g.formula) if isinstance(n, s.Symbol)} | set(words.parsed.ranges)
    hidden = use.letter in {x for n in outside_scripts(body) for x in _hidden(n, words)}
    letter = use.letter if hidden else next((x for x in FRESH if x not in used and not any(n == s.Symbol(x) for n in s.walk(body))), "")
    if letter:
        new = substituted(body, use.letter, s.Symbol(letter))
        new = _with_cost(new, substituted(target.cost, use.letter, s.Symbol(letter)), target.cost)
        yield s.BigOperator("\\sum", s.Comparison((s.Symbol(letter), low), ("=",)), step, _summand(new))


def _hidden(node: s.Node, words: Vocabulary) -> tuple[str, ...]:
    found = words.quantity(node)
    return found.template.hidden if found else ()


def _with_cost(node: s.Node, changed: s.Node, cost: s.Node) -> s.Node:
    """The cost keeps its own step."""
    return mapped(node, lambda n: replace(n, numerator=cost) if isinstance(n, s.Derivative) and n.numerator == changed else None)


def _bare(node: s.Node) -> s.Node:
    """Without the brackets around a product."""
    return node.body if isinstance(node, s.Group) and not isinstance(node.body, s.Add) else node


def _summand(body: s.Node) -> s.Node:
    return s.Group(body) if isinstance(body, s.Add) else _bare(body)


def _step_of(cost: s.Node, words: Vocabulary) -> s.Node | None:
    found = words.quantity(cost)
    return next(iter(found.bindings.values()), None) if found is not None else None


def _errors(value: s.Node, cost: s.Node, words: Vocabulary) -> Iterator[s.Node]:
    """∂C/∂v as the claim may write it: a difference of prediction and target, a δ, the derivative itself."""
    shape = words.shape(value)
    step = {x: s.Symbol(x) for x in _steps(value, words)}
    yield from _differences(shape, step, value, words)
    yield from _names(value, cost, words)
    yield from islice(_unfolded(value, cost, words, DEPTH), MOST_UNFOLDED)
    whole = s.Derivative(cost, (value,))
    laid = words.shape(whole)
    yield transposed(whole, words.mark) if laid is not None and shape is not None and laid == shape[::-1] != shape else whole


def _names(value: s.Node, cost: s.Node, words: Vocabulary) -> Iterator[s.Node]:
    """The names that given equations have for ∂C/∂v, at the step of v."""
    found = words.quantity(value)
    for given in words.parsed.given:
        side, right = given.formula.sides[0], given.formula.sides[-1]
        if not isinstance(right, s.Derivative) or len(right.wrt) != 1 or right.numerator != cost:
            continue
        of, own = words.quantity(right.wrt[0]), words.quantity(side)
        if of is None or own is None or found is None or of.template.key != found.template.key or side == words.left:
            continue
        named = side
        for letter, index in of.bindings.items():
            if isinstance(index, s.Symbol) and letter in found.bindings:
                named = substituted(named, index.name, found.bindings[letter])
        if named != words.left:
            yield named


def _unfolded(value: s.Node, cost: s.Node, words: Vocabulary, depth: int) -> Iterator[s.Node]:
    """∂C/∂v where it has no name, along the equations up to derivatives that have one."""
    choices = []
    for use in _uses(value, words):
        if use.letter or words.shape(use.value) == ((), ()):
            return
        if _is_end(use.value, words):
            continue
        named = list(_names(use.value, cost, words)) or (list(_unfolded(use.value, cost, words, depth - 1)) if depth > 1 else [])
        choices.append([body for name in named for body in _back(as_factor(name), use.right, use, words)])
    for parts in combinations(*choices) if choices else ():
        body = total(tuple(("+", _bare(part)) for part in parts))
        yield s.Group(body) if isinstance(body, s.Add) else body


def _is_end(value: s.Node, words: Vocabulary) -> bool:
    """Whether no equation uses a quantity."""
    own = words.quantity(value)
    used = (words.quantity(node) for given in words.parsed.given for node in outside_scripts(given.formula.sides[1:]))
    return own is not None and all(found is None or found.template.key != own.template.key for found in used)


def _differences(shape: object, step: dict[str, s.Symbol], value: s.Node, words: Vocabulary) -> Iterator[s.Node]:
    """Predictions minus targets of this shape, as the claim has them first; only of what the given equations compare."""
    pairs: dict[s.Node, None] = {}
    for node in outside_scripts(words.right):
        inner = node.body if isinstance(node, s.Group) else None
        names = isinstance(inner, s.Add) and all(words.quantity(term) is not None for _, term in inner.terms)
        if names and isinstance(inner, s.Add) and [m for m, _ in inner.terms] == ["+", "-"] and words.shape(inner) == shape:
            pairs.setdefault(inner)
            pairs.setdefault(s.Add((("+", inner.terms[1][1]), ("-", inner.terms[0][1]))))
    compared = _compared(shape, words)
    wanted = list(_indices(value, words))
    for a in compared:
        for b in compared:
            if a != b:
                pairs.setdefault(s.Add((("+", _aligned(a, wanted, words)), ("-", _aligned(b, wanted, words)))))
    for pair in islice(pairs, 4):
        yield s.Group(pair)


def _compared(shape: object, words: Vocabulary) -> list[s.Node]:
    """Vectors of which a scalar equation speaks, by their letter, as they are declared."""
    spoken = {
        _letter(n)
        for g in words.parsed.given
        if words.shape(g.formula.sides[0]) == ((), ())
        for n in outside_scripts(g.formula.sides[-1])
        if words.quantity(n) is not None
    }
    keys = [words.parsed.expression(key) for key in words.parsed.problem.shapes]
    return [k for k in keys if _letter(k) in spoken and words.shape(k) == shape][:3]


def _letter(node: s.Node) -> str:
    head = node.function if isinstance(node, s.Call) else node
    return head.name if isinstance(head, s.Symbol) else ""


def _indices(value: s.Node, words: Vocabulary) -> Iterator[tuple[str, s.Node]]:
    found = words.quantity(value)
    if found is not None:
        yield from found.bindings.items()


def _aligned(node: s.Node, wanted: list[tuple[str, s.Node]], words: Vocabulary) -> s.Node:
    """A declared quantity at the step of another."""
    found = words.quantity(node)
    for letter, index in wanted:
        if found is not None and letter in found.bindings and isinstance(found.bindings[letter], s.Symbol):
            node = substituted(node, letter, index)
    return node


# -- back through an expression -----------------------------------------------------------------------------------------------


def _back(error: s.Node, tree: s.Node, use: Use, words: Vocabulary) -> Iterator[s.Node]:
    """The error taken back from a tree to the place in it; nothing where a rule is missing."""
    if tree == use.place:
        yield transposed(error, words.mark) if isinstance(tree, s.Symbol) and words.mark in tree.scripts else error
    elif isinstance(tree, s.Group):
        yield from _back(error, tree.body, use, words)
    elif isinstance(tree, s.Add):
        for mark, term in tree.terms:
            if _has(term, use.place):
                for body in _back(error, term, use, words):
                    yield body if mark == "+" else s.Add((("-", body),))
                return
    elif isinstance(tree, s.Call) and len(tree.args) == 1 and words.is_function(tree.function) and not tree.function.primes:
        for slope in _slopes(tree, use, words):
            joined = product((_bare(error), slope), (words.entrywise,))
            yield from _back(s.Group(joined), tree.args[0], use, words)
    elif isinstance(tree, s.Product):
        yield from _through_product(error, tree, use, words)


def _through_product(error: s.Node, tree: s.Product, use: Use, words: Vocabulary) -> Iterator[s.Node]:
    at = next((i for i, f in enumerate(tree.factors) if _has(f, use.place)), None)
    if at is None or sum(_has(f, use.place) for f in tree.factors) > 1 or "/" in tree.signs:
        return
    matrix = all(sign in MATRIX and words.meaning(sign) == "matrix" for sign in tree.signs)
    scalar = words.shape(use.place) == ((), ())
    if matrix and not scalar:
        before = tuple(transposed(f, words.mark) for f in reversed(tree.factors[:at]))
        behind = tuple(transposed(f, words.mark) for f in reversed(tree.factors[at + 1 :]))
        sign = tree.signs[0] if any(isinstance(n, s.Product) and tree.signs[0] in n.signs for n in outside_scripts(words.right)) else ""
        factors = (*before, error, *behind)
        body = product(factors, (sign,) * (len(factors) - 1))
        yield from _back(body if tree.factors[at] == use.place else s.Group(body), tree.factors[at], use, words)
    rest = (*tree.factors[:at], *tree.factors[at + 1 :])
    joint = words.entrywise if not scalar and not matrix else ""
    body = product((error, *rest), (joint,) * len(rest))
    yield from _back(body, tree.factors[at], use, words)


def _has(tree: s.Node, place: s.Node) -> bool:
    return any(n == place for n in outside_scripts(tree))


def _slopes(call: s.Call, use: Use, words: Vocabulary) -> Iterator[s.Node]:
    """The slope by the value where the whole equation is f(z), else f′(z)."""
    row = FUNCTIONS.get(KNOWN_NAMES.get(call.function.name, ""))
    value = use.value
    if row is not None and call == use.right and row.name == "tanh":
        yield s.Group(s.Add((("+", ONE), ("-", _squared(value)))))
    elif row is not None and call == use.right and row.name == "sigmoid":
        yield product((value, s.Group(s.Add((("+", ONE), ("-", value))))), (words.entrywise,))
    yield replace(call, function=replace(call.function, primes=1), bracket=call.bracket or "(")
    if row is not None and row.name == "tanh" and call != use.right:
        yield s.Group(s.Add((("+", ONE), ("-", s.Scripted(replace(call, bracket="("), (TWO,))))))


def _squared(node: s.Node) -> s.Node:
    if isinstance(node, s.Symbol) and all(script.kind == "sub" for script in node.scripts):
        return replace(node, scripts=(*node.scripts, TWO))
    return s.Scripted(node if isinstance(node, s.Call) else s.Group(node), (TWO,))
