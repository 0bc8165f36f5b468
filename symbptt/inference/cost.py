"""A cost that a document differentiates without saying what it is: an arbitrary function of the outputs.

Nielsen (Neural Networks and Deep Learning, chapter 2) states the assumption: the cost is a function of the activations of the
last layer. What is true of every such function is true of the one that the author has in mind; what is false of an arbitrary one
may hold for a particular cost, unless both sides are linear in the derivatives of the cost.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Container, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from functools import singledispatchmethod

from ..latex import syntax as s
from ..latex.printer import to_latex
from ..reading.infer import SCALARS
from .quantities import Names
from .substitute import differentiated_by
from .written import outside_scripts

#: The function and the targets that an arbitrary cost is written with.
COST, TARGET = "\\mathrm{cost}", "\\mathrm{target}"
#: The cost of a text that never names it: `dW` and `\\delta h_t` are its derivatives.
LOSS = "\\mathrm{loss}"
LAYERS = frozenset({"l", "\\ell"})


@dataclass(frozen=True)
class Cost:
    """An equation for a cost of which nothing is said; `over` has the outputs that it is taken over, each with its targets.

    `key` is the name of the cost. Of several outputs each is computed from other quantities than the rest, as the layers of a survey are:
    what is true of a sum of functions of them is true of every function of them all.
    """

    key: str
    equation: str
    over: Mapping[str, str]
    more: tuple[str, ...] = ()  # what the text abbreviates: `\\nabla_a C` is the derivative by the a that the cost is taken over
    functions: Mapping[str, str] = field(default_factory=dict)
    label: str = ""  # x of a cost C_x: what has that label is of the same example


def missing_cost(definitions: Sequence[s.Formula], claims: Sequence[s.Formula], names: Names, ranges: Mapping[str, str]) -> Cost | None:
    """The cost that is differentiated but not defined, as a function of the outputs; None where there is none, or more than one."""
    above: Counter[str] = Counter()
    plain: dict[str, s.Node] = {}
    for formula in claims:
        for node in outside_scripts(formula):
            if isinstance(node, s.Derivative) and isinstance(node.numerator, s.Symbol):
                found = names.of(node.numerator)
                if found is not None and not found.components:
                    above[found.quantity.key] += 1
                    plain.setdefault(found.quantity.key, node.numerator)
    defined = {found.quantity.key for formula in definitions if (found := names.of(formula.sides[0])) is not None}
    below = {key for formula in claims for key in _denominators(formula, names)}
    wanted = [
        key
        for key, count in above.items()
        if (count > 1 or key in SCALARS or label_of(plain[key], names))
        and key not in defined
        and key not in below
        and not names.is_index(key)
    ]
    if not wanted and not defined & SCALARS and _differentiate_what_is_made(claims, defined, names):
        wanted, plain[LOSS] = [LOSS], s.Symbol(LOSS)
    if len(wanted) != 1 or names.quantity(wanted[0]).letters:
        return None
    (key,) = wanted
    forward = _Forward(definitions, names)
    asked = {k for formula in claims for k in _denominators(formula, names, key)} & set(forward.made)
    outputs = [output for output in forward.outputs() if not asked or asked & forward.before(output)]
    label = label_of(plain[key], names)
    if label:
        outputs = [output for output in outputs if s.Symbol(label) in s.walk(forward.heads[output])]
    if len(outputs) != 1:
        outputs = [] if label else forward.apart(asked)
    if not outputs:
        return None
    parts = [_equation(output, names, ranges, f"_{{{number}}}" if len(outputs) > 1 else "") for number, output in enumerate(outputs, 1)]
    equation = f"{key} = {' + '.join(term for term, _, _ in parts)}"
    trees = [*definitions, *claims]
    letters = {to_latex(w) for tree in trees for node in outside_scripts(tree) for w in _bare_nabla(node)}
    more = tuple(
        f"\\nabla_{{{letter}}} {key} = \\frac{{\\partial {key}}}{{\\partial {over}}}"
        for letter in sorted(letters)
        for _, over, _ in parts
        if over.startswith(letter)
    )
    functions = {term[term.index(COST) :].partition("(")[0]: "scalar" for term, _, _ in parts}
    return Cost(key, equation, {over: target for _, over, target in parts}, more, functions, label)


def _differentiate_what_is_made(claims: Iterable[s.Formula], defined: Container[str], names: Names) -> bool:
    """Whether claims have `dW` or `\\delta h_t` of what equations define, at all steps: `da_{next}` is that of one step."""
    found = [node for claim in claims for node in outside_scripts(claim) if isinstance(node, s.Symbol) and differentiated_by(node.name)]
    words = {part.name for node in found for script in node.scripts for part in s.walk(script.body) if isinstance(part, s.Symbol)}
    bases = [names.of(replace(node, name=differentiated_by(node.name))) for node in found]
    return words.isdisjoint({"next", "prev"}) and any(base is not None and base.quantity.key in defined for base in bases)


def unconnected(definitions: Sequence[s.Formula], claims: Sequence[s.Formula], names: Names) -> frozenset[str]:
    """Costs whose equation mentions nothing of what claims differentiate them by: `-\\sum_i y_i \\log a_i` beside an output `A`."""
    forward = _Forward(definitions, names)
    met = set().union(forward.made, *forward.made.values())
    costs = {key for key in met if re.split(r"[_^(]", key)[0] in SCALARS}
    found: set[str] = set()
    for key in (key for key in forward.made if key in costs and not names.quantity(key).letters):
        before = forward.before(key)
        asked = {wrt for formula in claims for wrt in _denominators(formula, names, key)} & met - {key}
        if asked and asked.isdisjoint(before) and costs & before <= forward.made.keys():
            found.add(key)
    return frozenset(key for key in found if found & forward.before(key) == {key})  # of a mean of the total, the total


def is_connected(key: str, definitions: Sequence[s.Formula], claims: Iterable[s.Formula], names: Names) -> bool:
    """Whether claims differentiate a quantity by something that its equations mention."""
    before = _Forward(definitions, names).before(key) - {key}
    return any(wrt in before for formula in claims for wrt in _denominators(formula, names, key))


def label_of(cost: s.Node, names: Names) -> str:
    """The letter of `C_x`, the cost of one example x; empty where the letter of no cost has a label."""
    if not isinstance(cost, s.Symbol) or cost.name not in SCALARS or len(cost.scripts) != 1:
        return ""
    body = cost.scripts[0].body
    plain = isinstance(body, s.Symbol) and not body.scripts and cost.scripts[0].kind == "sub"
    return body.name if plain and isinstance(body, s.Symbol) and not names.is_index(body.name) else ""


def _bare_nabla(node: s.Node) -> tuple[s.Node, ...]:
    bare = isinstance(node, s.Derivative) and node.form == "nabla" and all(isinstance(w, s.Symbol) and not w.scripts for w in node.wrt)
    return node.wrt if bare and isinstance(node, s.Derivative) else ()


def _denominators(formula: s.Formula, names: Names, of: str = "") -> Iterable[str]:
    """Keys of what is differentiated by; with `of`, only where that is differentiated."""
    for node in outside_scripts(formula):
        if isinstance(node, s.Derivative) and (not of or of in names.keys_in(node.numerator)):
            for wrt in node.wrt:
                yield from names.keys_in(wrt)


class _Forward:
    """What is computed from what, at the same step and at earlier ones."""

    def __init__(self, definitions: Sequence[s.Formula], names: Names) -> None:
        self.made: dict[str, set[str]] = {}  # each quantity with what it is computed from
        self.heads: dict[str, s.Node] = {}
        self._used: set[str] = set()  # from which something is computed that is not of a later step
        for formula in definitions:
            left = names.of(formula.sides[0])
            if left is None or any(isinstance(node, s.Derivative) for node in outside_scripts(formula)):
                continue
            sources = self.made.setdefault(left.quantity.key, set())
            self.heads.setdefault(left.quantity.key, formula.sides[0])
            for node in (node for side in formula.sides[1:] for node in outside_scripts(side)):
                found = names.of(node) if isinstance(node, (s.Symbol, s.Call)) else None
                if found is not None:
                    sources.add(found.quantity.key)
                    if not _earlier(found.slots, left.slots):
                        self._used.add(found.quantity.key)

    def outputs(self) -> list[str]:
        return [key for key in self.made if key not in self._used]

    def apart(self, asked: Set[str]) -> list[str]:
        """The outputs that quantities lead to, each to one, where what any two are computed from has nothing in common; else none."""
        outputs = self.outputs()
        rests = {output: self.before(output) for output in outputs}
        found = [output for output in outputs if asked & rests[output]]
        alone = all(rests[one].isdisjoint(rests[other]) for one in found for other in outputs if one != other)
        return found if alone and asked <= set().union(*(rests[output] for output in found)) else []

    def before(self, key: str) -> set[str]:
        """The quantity and all it is computed from."""
        met, todo = {key}, [key]
        while todo:
            fresh = self.made.get(todo.pop(), set()) - met
            met |= fresh
            todo += fresh
        return met


def _earlier(slots: tuple[s.Node, ...], own: tuple[s.Node, ...]) -> bool:
    """Whether a quantity is met at an earlier step than the one that is being computed: `a^{l-1}` in `z^l`."""
    return any(isinstance(slot, s.Add) and slot.terms[-1][0] == "-" and slot not in own for slot in slots)


def _equation(output: str, names: Names, ranges: Mapping[str, str], number: str) -> tuple[str, str, str]:
    """The term of a cost that an output gives, that output at its last layer, and its targets; `number` tells several apart."""
    cost, aim = f"{COST}{number}", f"{TARGET}{number}"
    quantity = names.quantity(output)
    if not quantity.letters:
        return f"{cost}({output}, {aim})", output, aim
    letter = quantity.letters[-1]
    low, _, end = ranges.get(letter, "1..T").partition("..")
    if letter in LAYERS or end == "L":
        last = names.spelled(output, {letter: s.Symbol(end)})
        return f"{cost}({last}, {aim})", last, aim
    target = f"{aim[:-1]}, {letter}}}" if number else f"{TARGET}_{{{letter}}}"
    return f"\\sum_{{{letter} = {low}}}^{{{end}}} {cost}({output}, {target})", output, target


class Degree:
    """How often a term contains a derivative of the cost as a factor; None where its terms differ or it is not a plain factor."""

    def __init__(self, cost: str, names: Names, abbreviations: frozenset[str]) -> None:
        self._cost = cost
        self._names = names
        self._abbreviations = abbreviations

    def settles(self, formula: s.Formula) -> bool:
        """Whether what is false for an arbitrary cost is false: all sides are linear in its derivatives, or free of them."""
        degrees = {self.of(side) for side in formula.sides}
        return len(degrees) == 1 and degrees <= {0, 1}

    @singledispatchmethod
    def of(self, node: s.Node) -> int | None:
        inside = [self.of(child) for child in _inside(node)]
        return 0 if all(degree == 0 for degree in inside) else None

    @of.register
    def _(self, node: s.Symbol) -> int | None:
        found = self._names.of(node)
        if found is None:
            return 0
        return 1 if found.quantity.key in self._abbreviations else None if found.quantity.key == self._cost else 0

    @of.register
    def _(self, node: s.Derivative) -> int | None:
        found = self._names.of(node.numerator)
        if found is not None and found.quantity.key == self._cost:
            return 1
        return self.of(node.numerator)

    @of.register
    def _(self, node: s.Add) -> int | None:
        degrees = {self.of(term) for _, term in node.terms if not isinstance(term, s.Ellipsis)}
        return degrees.pop() if len(degrees) == 1 else None

    @of.register
    def _(self, node: s.Product) -> int | None:
        total = 0
        for factor in node.factors:
            degree = self.of(factor)
            if degree is None:
                return None
            total += degree
        return total

    @of.register
    def _(self, node: s.Fraction) -> int | None:
        return self.of(node.numerator) if self.of(node.denominator) == 0 else None

    @of.register
    def _(self, node: s.Group) -> int | None:
        return self.of(node.body)

    @of.register
    def _(self, node: s.BigOperator) -> int | None:
        degree = self.of(node.body)
        return degree if node.operator == "\\sum" or degree == 0 else None

    @of.register
    def _(self, node: s.Scripted) -> int | None:
        return self.of(node.base)

    @of.register
    def _(self, node: s.Call) -> int | None:
        if self._names.of(node) is not None:
            return 1 if self._names.of(node).quantity.key in self._abbreviations else 0  # type: ignore[union-attr]
        degrees = [self.of(argument) for argument in node.args]
        if len(degrees) == 1 and self._names.is_quantity(node.function.name):  # `\\delta (a)^T`: a product
            own = self.of(node.function)
            return own + degrees[0] if own is not None and degrees[0] is not None else None
        linear = node.function.name.strip("\\").removeprefix("mathrm{").rstrip("}") in ("diag", "sum", "prod")
        return sum(d for d in degrees if d is not None) if linear and None not in degrees else 0 if not any(degrees) else None


def _inside(node: s.Node) -> Iterable[s.Node]:
    return (child for child in outside_scripts(node) if child is not node)


def abbreviations(definitions: Iterable[s.Formula], cost: str, names: Names) -> frozenset[str]:
    """Quantities defined as a derivative of the cost: δ of `\\delta_t = \\partial C/\\partial z_t`."""
    found = set()
    for formula in definitions:
        left, right = names.of(formula.sides[0]), formula.sides[-1]
        if left is not None and isinstance(right, s.Derivative):
            above = names.of(right.numerator)
            if above is not None and above.quantity.key == cost:
                found.add(left.quantity.key)
    return frozenset(found)
