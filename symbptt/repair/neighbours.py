"""The right form from the document itself: what it says elsewhere of the same quantity, or of one that the same rule gives.

What is said of ∂L(t)/∂W holds at every t; summed over t it is ∂L/∂W where L = Σ L(t), and a summand of what is said of ∂L/∂W is
what L(t) adds to it (or is not: each form is screened and judged like any other). A name that a given equation makes out of one
derivative, `\\Delta W = -\\eta ∂L/∂W`, takes the forms of that derivative. Nothing here is believed: these are candidates.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import combinations

from ..latex import syntax as s
from ..latex.parser import ParseError, parse_expression
from ..latex.printer import to_latex
from ..reading.declare import Parsed
from .derived import put, target_of
from .difference import described, distance, signs_of
from .trees import Change, as_factor, bound_letter, outside_scripts, plain, substituted
from .vocabulary import Vocabulary

ROW = "as nearby"
SAME_SIDE = "right side as nearby"
#: A side that may show what a formula is about is no shorter than this, and no number.
LONG = 4
#: The cost of a form that differs in nothing, and what is added for one that has nothing in common with the claim.
NEAREST = 0.4
FARTHEST = 2.0
Pair = tuple[s.Node, s.Node]


def neighbours(words: Vocabulary) -> list[Change]:
    """Right sides that the document has for the left side of a claim, the nearest to what stands there first."""
    said = list(sayings(words.parsed))
    forms = [*_definitions(words), *_forms(words.left, said, words)]
    target = target_of(words)
    if target is not None and target.hole != words.left:
        forms += [put(target.frame, target.hole, form) for form in _forms(target.hole, said, words)]
    found = dict.fromkeys(form for form in forms if form not in (words.left, words.right))
    return sorted((_change(form, words) for form in found), key=lambda change: change.cost)


def _change(form: s.Node, words: Vocabulary) -> Change:
    cost = NEAREST + (FARTHEST - NEAREST) * distance(words.right, form)
    return Change(form, described(words.right, form) or "as the document has it nearby", cost, ROW)


def others(parsed: Parsed, formula: s.Formula) -> list[Change]:
    """What the document says of something else that the claim may have been about, as pairs of sides, the nearest first.

    It has the same right side, or is about other members of the families of its derivative: an entry, another step.
    """
    if len(formula.sides) != 2:
        return []
    left, right = formula.sides
    found: dict[tuple[s.Node, s.Node], Change] = {}
    said = list(sayings(parsed))
    if any(side == left and other != right for side, other in said):
        return []  # what the document says of the same quantity elsewhere shows that it is meant
    for side, other in said:
        if side == left:
            continue
        if other == right and signs_of(right).total() >= LONG:
            found[side, other] = Change((side, other), f"`{to_latex(side)}` for `{to_latex(left)}`", 0.0, SAME_SIDE)
        elif isinstance(left, s.Derivative) and _families(left) == _families(side) and not _steps_apart(left, side):
            far = distance(left, side) + distance(right, other)
            found[side, other] = Change((side, other), "as the document has it nearby, of another member of the family", far, ROW)
    return sorted(found.values(), key=lambda change: change.cost)


def _steps_apart(left: s.Node, side: s.Node) -> bool:
    """Whether two derivatives are by members so many steps apart, `h_{T-1}` and `h_{T-2}`: each was meant as it stands."""
    signs = [{n.text for n in s.walk(*(x for d in s.walk(node) for x in _scripts(d))) if isinstance(n, s.Number)} for node in (left, side)]
    return bool(signs[0] and signs[1]) and signs[0] != signs[1]


def _families(node: s.Node) -> tuple[str, ...]:
    """The letters of what is differentiated and of what it is differentiated by."""
    ends = (node.numerator, *node.wrt) if isinstance(node, s.Derivative) else ()
    heads = [end.function if isinstance(end, s.Call) else end for end in ends]
    return tuple(head.name if isinstance(head, s.Symbol) else to_latex(head) for head in heads)


def sayings(parsed: Parsed) -> Iterator[Pair]:
    """What the document says beside the claim, as pairs of a side and a later one."""
    for text in parsed.problem.nearby:
        try:
            formulas = parsed.formulas(text)
        except (ParseError, RecursionError):
            continue
        for formula in formulas:
            if set(formula.relations) == {"="}:
                yield from combinations(formula.sides, 2)


def _definitions(words: Vocabulary) -> Iterator[s.Node]:
    """What a given equation says that the left side is, at its step; not what only names a derivative."""
    for given in words.parsed.given:
        sides = given.formula.sides
        if len(sides) == 2 and not any(isinstance(node, s.Derivative) for node in outside_scripts(sides[1])):
            yield from _at(sides[0], sides[1], words.left, words)


def _forms(left: s.Node, said: list[Pair], words: Vocabulary) -> Iterator[s.Node]:
    """What is said of `left`: of itself, of the one it is a summand of, of its summands."""
    for side, other in said:
        yield from _at(side, other, left, words)
    for letter, part in _parts(left, words):
        low, high = (parse_expression(end) for end in words.parsed.ranges[letter])
        summands = [form for side, other in said for form in _at(side, other, part, words)]
        lower = s.Comparison((s.Symbol(letter), low), ("=",))
        yield from (s.BigOperator("\\sum", lower, high, as_factor(form)) for form in summands)
    for whole, step in _wholes(left, words):
        for side, other in said:
            for form in _at(side, other, whole, words):
                yield from _summand(form, step)


def _parts(left: s.Node, words: Vocabulary) -> Iterator[tuple[str, s.Node]]:
    """For ∂C/∂x with C = Σ_t c(t): t and ∂c(t)/∂x."""
    for whole, body, letter in _totals(words):
        if isinstance(left, s.Derivative) and left.numerator == whole and letter in words.parsed.ranges:
            yield letter, replace(left, numerator=body)


def _wholes(left: s.Node, words: Vocabulary) -> Iterator[tuple[s.Node, s.Node]]:
    """For ∂c(t)/∂x with C = Σ_t c(t): ∂C/∂x, and t."""
    if not isinstance(left, s.Derivative):
        return
    for whole, body, letter in _totals(words):
        bound = unified(body, left.numerator, frozenset({letter}))
        if bound and letter in bound:
            yield replace(left, numerator=whole), bound[letter]


def _totals(words: Vocabulary) -> Iterator[tuple[s.Node, s.Node, str]]:
    """Given equations C = Σ_t c(t), the sum of the members of one family: C, c(t) and t."""
    for given in words.parsed.given:
        sides = given.formula.sides
        big = sides[-1]
        if len(sides) == 2 and isinstance(big, s.BigOperator) and big.operator == "\\sum" and words.quantity(plain(big.body)) is not None:
            yield sides[0], plain(big.body), bound_letter(big)


def _summand(form: s.Node, step: s.Node) -> Iterator[s.Node]:
    """The summand at a step of a sum, with the sign that stands before it."""
    if isinstance(form, s.Add) and len(form.terms) == 1 and form.terms[0][0] == "-":
        yield from (s.Add((("-", as_factor(one)),)) for one in _summand(form.terms[0][1], step))
    elif isinstance(form, s.BigOperator) and form.operator == "\\sum" and bound_letter(form):
        yield plain(substituted(form.body, bound_letter(form), step))


def _at(side: s.Node, other: s.Node, left: s.Node, words: Vocabulary) -> Iterator[s.Node]:
    """`other` at the indices at which `side` is `left`."""
    bound = unified(side, left, _letters(side, words))
    if bound is None:
        return
    inside = {bound_letter(node) for node in s.walk(other) if isinstance(node, s.BigOperator)}
    used = {node.name for index in bound.values() for node in s.walk(index) if isinstance(node, s.Symbol)}
    if not inside & (used | set(bound)):
        places = {letter: s.Symbol(f"#{letter}") for letter in bound}  # two steps, for the letters may change places
        for letter, place in places.items():
            other = substituted(other, letter, place)
        for letter, place in places.items():
            other = substituted(other, place.name, bound[letter])
        yield other


def _letters(side: s.Node, words: Vocabulary) -> frozenset[str]:
    """The letters that stand for any index: those of steps, and small ones in scripts and calls that name nothing else."""
    own = {n.name for node in s.walk(side) for n in s.walk(*_scripts(node)) if isinstance(n, s.Symbol) and not n.scripts}
    return frozenset(x for x in own if x in words.parsed.ranges or (len(x) == 1 and x.islower() and x not in words.parsed.in_scripts))


def _scripts(node: s.Node) -> tuple[s.Node, ...]:
    if isinstance(node, s.Call):
        return node.args
    return tuple(script.body for script in node.scripts) if isinstance(node, s.Symbol) else ()


def unified(pattern: s.Node, node: s.Node, letters: frozenset[str]) -> Mapping[str, s.Node] | None:
    """What the letters stand for where the pattern becomes the node; None where it does not."""
    bound: dict[str, s.Node] = {}
    return bound if _unify(pattern, node, letters, bound) else None


def _unify(pattern: object, node: object, letters: frozenset[str], bound: dict[str, s.Node]) -> bool:
    if isinstance(pattern, s.Symbol) and pattern.name in letters and not pattern.scripts and isinstance(node, s.Node):
        return bound.setdefault(pattern.name, node) == node
    if isinstance(pattern, tuple) and isinstance(node, tuple):
        return len(pattern) == len(node) and all(_unify(a, b, letters, bound) for a, b in zip(pattern, node, strict=True))
    if isinstance(pattern, s.Node) and type(pattern) is type(node):
        if isinstance(pattern, s.Symbol) and isinstance(node, s.Symbol) and (pattern.name, pattern.primes) != (node.name, node.primes):
            return False
        names = s.inner_fields(pattern)
        return _flat(pattern) == _flat(node) and all(_unify(getattr(pattern, x), getattr(node, x), letters, bound) for x in names)
    return pattern == node


def _flat(node: object) -> tuple[object, ...]:
    """What a node says besides its parts: names, signs, marks."""
    assert isinstance(node, s.Node)
    parts = {*s.inner_fields(node), "span"}
    return (type(node), *(getattr(node, name) for name in node.__dataclass_fields__ if name not in parts))
