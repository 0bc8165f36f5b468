"""What depends on what in a model: its quantities, the equations in which each stands, and the steps at which it stands there."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from ..latex import syntax as s
from ..latex.parser import parse_expression
from ..latex.printer import to_latex
from ..problem import Problem
from ..reading.calls import function_of
from ..reading.choices import Choices
from ..reading.claim import read_model, with_sizes
from ..reading.declare import Parsed, parse_problem
from ..reading.names import Match
from ..reading.reader import Function
from ..repair.trees import outside_scripts, transposed
from ..repair.vocabulary import ELEMENTWISE, Vocabulary
from .spans import End, Span, at_step, end_of

#: Names of the identity matrix, the usual one first.
IDENTITIES = ("I", "\\mathbb{I}", "\\mathbf{I}", "\\boldsymbol{I}")


class Underivable(ValueError):
    """What is beyond the rules here: says which equation, and why."""


@dataclass(frozen=True)
class Equation:
    """`value` = `right`; `span` are the steps `letter` at which it holds, None for an equation without a running step."""

    key: str
    value: s.Node
    right: s.Node
    letter: str = ""
    span: Span | None = None


@dataclass(frozen=True)
class Family:
    """A quantity at all its steps: `node` shows it at the step `letter`, which runs over `span`; both empty where it has no step."""

    key: str
    node: s.Node
    letter: str = ""
    span: Span | None = None
    equations: tuple[Equation, ...] = ()


@dataclass(frozen=True)
class Use:
    """A family, at its step `letter` in `span`, stands in `right`, the right side of `value`.

    `summed` is the range of a step of the equation alone (a weight serves at all steps), under the name `letter` too.
    """

    key: str
    value: s.Node
    right: s.Node
    span: Span | None = None
    letter: str = ""
    summed: Span | None = None
    shift: int = 0


@dataclass
class Network:
    """The equations of one model."""

    problem: Problem
    parsed: Parsed
    words: Vocabulary
    families: Mapping[str, Family] = field(default_factory=dict)
    known_parameters: tuple[str, ...] = ()

    # -- reading ------------------------------------------------------------------------------------------------------------

    def quantity(self, node: s.Node) -> Match | None:
        return self.words.quantity(node)

    def key(self, node: s.Node) -> str:
        found = self.quantity(node)
        return found.template.key if found is not None else ""

    def kind(self, node: s.Node) -> str:
        """scalar, column, row or matrix."""
        if _is_literal(node):
            return "scalar"
        shape = self.words.shape(node)
        if shape is None:
            raise Underivable(f"the shape of `{to_latex(node)}` cannot be told")
        return {(False, False): "scalar", (True, False): "column", (False, True): "row", (True, True): "matrix"}[
            bool(shape[0]), bool(shape[1])
        ]

    def is_scalar(self, tree: s.Node) -> bool:
        """Whether an expression is known to be a number."""
        shape = self.words.shape(tree)
        return _is_literal(tree) or (shape is not None and not shape[0] and not shape[1])

    def axes(self, node: s.Node) -> int:
        shape = self.words.shape(node) or ((), ())
        return len(shape[0]) + len(shape[1])

    def is_entry(self, node: s.Node) -> bool:
        """Whether a name is one entry of a quantity."""
        found = self.quantity(node)
        return found is not None and bool(found.rest)

    def is_stepped(self, node: s.Node) -> bool:
        """Whether a quantity belongs to steps or is given by an equation; a weight is neither."""
        key = self.key(node)
        family = self.families.get(key)
        return family is None or bool(family.letter or family.equations) or key not in self.parameters

    def function(self, symbol: s.Symbol) -> Function | None:
        return function_of(replace(symbol, primes=0), self.words.reader, self.words.scope())

    def is_transposed(self, node: s.Node) -> bool:
        return isinstance(node, s.Symbol | s.Scripted) and self.words.mark in node.scripts

    def transposed(self, node: s.Node) -> s.Node:
        return transposed(node, self.words.mark)

    # -- the graph ----------------------------------------------------------------------------------------------------------

    def occurrences(self, tree: s.Node) -> Iterator[tuple[s.Node, Match]]:
        """The quantities in a tree as they are spelled, without components and transposes, each spelling once."""
        seen: set[s.Node] = set()
        for node in outside_scripts(tree):
            if not isinstance(node, s.Symbol | s.Call):
                continue
            bare = self.transposed(node) if self.is_transposed(node) else node
            found = self.quantity(bare)
            if found is not None and bare not in seen:
                seen.add(bare)
                yield bare, found

    @cached_property
    def uses(self) -> Mapping[str, tuple[Use, ...]]:
        """For each family the equations in which it stands."""
        found: dict[str, list[Use]] = {}
        for equation in (e for family in self.families.values() for e in family.equations):
            for place, match in self.occurrences(equation.right):
                use = self._use(equation, place, match)
                if use is not None and use not in found.setdefault(match.template.key, []):
                    found[match.template.key].append(use)
        return {key: tuple(uses) for key, uses in found.items()}

    def _use(self, equation: Equation, place: s.Node, match: Match) -> Use | None:
        family = self.families.get(match.template.key)
        if family is None:
            return None
        if not match.bindings:
            return Use(equation.key, equation.value, equation.right, letter=equation.letter, summed=equation.span)
        if len(match.bindings) > 1:
            raise Underivable(f"`{to_latex(place)}` runs over several indices")
        (index,) = match.bindings.values()
        letter = family.letter
        running = [n.name for n in s.walk(index) if isinstance(n, s.Symbol) and n.name in self._letters(equation)]
        if not running:
            end = end_of(index)
            if end is None or equation.span is not None:
                raise Underivable(f"`{to_latex(place)}` in `{to_latex(equation.value)} = …` stands at a step that is not followed")
            return Use(equation.key, equation.value, equation.right, Span(end, end), letter)
        shift = self._shift(index, running[0], place)
        span = equation.span if running[0] == equation.letter else self._sum_span(equation, running[0])
        if span is None:
            raise Underivable(f"the range of `{running[0]}` in `{to_latex(equation.value)} = …` is not known")
        back = _moved(s.Symbol(letter), -shift)
        value, right = equation.value, equation.right
        if running[0] == equation.letter:
            value, right = at_step(value, running[0], back), at_step(right, running[0], back)
        elif running[0] != letter or shift:
            right = at_step(right, running[0], back)
        return Use(equation.key, value, right, span.moved(shift), letter, shift=-shift)

    def _letters(self, equation: Equation) -> list[str]:
        sums = [n for n in s.walk(equation.right) if isinstance(n, s.BigOperator)]
        return [*([equation.letter] if equation.letter else []), *(letter for n in sums for letter in bound(n))]

    def _shift(self, index: s.Node, letter: str, place: s.Node) -> int:
        end = end_of(index)
        if end is None or end.last != letter:
            raise Underivable(f"the step of `{to_latex(place)}` is no step and a number")
        return end.offset

    def _sum_span(self, equation: Equation, letter: str) -> Span | None:
        for node in s.walk(equation.right):
            if isinstance(node, s.BigOperator) and letter in bound(node):
                low = node.lower.sides[1] if isinstance(node.lower, s.Comparison) else None
                stated = self.parsed.ranges.get(letter, ("1", "T"))
                ends = [end_of(low or parse_expression(stated[0])), end_of(node.upper or parse_expression(stated[1]))]
                if ends[0] is not None and ends[1] is not None:
                    return Span(ends[0], ends[1])
        return None

    def below(self, key: str) -> set[str]:
        """Families that depend on one, itself too."""
        found, stack = {key}, [key]
        while stack:
            for use in self.uses.get(stack.pop(), ()):
                if use.key not in found:
                    found.add(use.key)
                    stack.append(use.key)
        return found

    def between(self, sources: Sequence[str], target: str) -> list[str]:
        """Families on the ways from the sources to the target, the target first, each after those of its own step that use it."""
        down = set().union(*(self.below(key) for key in sources))
        ways = {key for key in down if target in self.below(key)}
        order: list[str] = []
        waiting = [key for key in self.families if key in ways]
        while waiting:
            ready = [
                key
                for key in waiting
                if all(use.key in order or use.key not in ways or use.key == key or use.shift for use in self.uses.get(key, ()))
            ]
            if not ready:
                raise Underivable(f"the equations of {', '.join(waiting)} form a circle within one step")
            order += ready
            waiting = [key for key in waiting if key not in order]
        return order

    def as_stated(self, keys: Sequence[str]) -> list[str]:
        """Families of one way from the loss in the order of their equations, if each is behind what it is computed from at its step."""
        order = [self.key(given.formula.sides[0]) for given in self.parsed.given]
        stated = sorted(keys, key=order.index)
        later = [(key, use.key) for key in keys for use in self.uses.get(key, ()) if not use.shift and use.key in keys and use.key != key]
        return stated if all(stated.index(first) < stated.index(second) for first, second in later) else list(reversed(keys))

    def has_detour(self, ways: Sequence[str]) -> bool:
        """Whether a quantity reaches one that it enters along another way too: then total and local derivatives differ."""
        for key in ways:
            direct = {use.key for use in self.uses.get(key, ()) if use.key in ways}
            for use in self.uses.get(key, ()):
                others = [u for u in self.uses.get(key, ()) if u.key in ways and (u.key, u.shift) != (use.key, use.shift)]
                of_all = use.span is not None and not use.span.is_point and not self.families[use.key].letter
                at_once = of_all and not self.is_cost(use.key)  # as the mean of all steps
                later = [o for o in others if o.key in direct and (at_once or o.shift <= use.shift)]
                if use.key in ways and any(use.key in self.below(o.key) for o in later):
                    return True
        return False

    def is_entangled(self, key: str, ways: Sequence[str]) -> bool:
        """Whether it reaches one that it enters also through another of the same step: then a derivative along one equation has no sign."""
        uses = [use for use in self.uses.get(key, ()) if use.key in ways]
        for use in uses:
            stack = [other.key for other in uses if other.shift == use.shift and other.key != use.key]
            seen = set(stack)
            while stack:
                for further in self.uses.get(stack.pop(), ()):
                    if further.key not in seen and not further.shift:
                        seen.add(further.key)
                        stack.append(further.key)
            if use.key in seen:
                return True
        return False

    @property
    def loss(self) -> str:
        """The family of the last scalar that no equation uses."""
        if not self._losses:
            raise Underivable("the model has no scalar that nothing else depends on: no loss")
        return self._losses[-1]

    @cached_property
    def _losses(self) -> list[str]:
        ends = [key for key, f in self.families.items() if f.equations and not f.letter and not self.uses.get(key)]
        return [key for key in ends if self.kind(self.families[key].node) == "scalar"]

    def is_cost(self, key: str) -> bool:
        """Whether it is the loss, or a number that is added to it as it is or weighed by constants."""
        if key in self._losses[-1:]:
            return True
        uses = self.uses.get(key, ())
        if not uses or self.kind(self.families[key].node) != "scalar" or any(use.shift for use in uses):
            return False
        return all(self.is_cost(use.key) and self._is_added(use.right, self.families[key]) for use in uses)

    def _is_added(self, tree: s.Node, family: Family) -> bool:
        """Whether a quantity stands in a sum as it is, or weighed by constants."""
        if self.key(tree) == family.key:
            return True
        if isinstance(tree, s.Group | s.BigOperator):
            return self._is_added(tree.body, family)
        if isinstance(tree, s.Add):
            return all(self._is_added(term, family) for _, term in tree.terms if self._speaks(term, family))
        if isinstance(tree, s.Fraction):
            return not self._speaks(tree.denominator, family) and self._is_added(tree.numerator, family)
        if isinstance(tree, s.Product):
            found = [factor for factor in tree.factors if self._speaks(factor, family)]
            others = [match for factor in tree.factors if factor not in found for _, match in self.occurrences(factor)]
            constant = not any(self.families[m.template.key].equations for m in others if m.template.key in self.families)
            return len(found) == 1 and constant and self._is_added(found[0], family)
        return False

    def _speaks(self, tree: s.Node, family: Family) -> bool:
        return any(match.template.key == family.key for _, match in self.occurrences(tree))

    @cached_property
    def parameters(self) -> tuple[str, ...]:
        """What is learned, as known, else free quantities that look like it, in the order of the shapes.

        These are matrices that multiply, columns and rows that multiply what is computed, what stands in a sum beside a product, and
        columns and rows that are the same at all steps.
        """
        if self.known_parameters:
            return self.known_parameters
        found = []
        for key, family in self.families.items():
            if family.equations or not self.uses.get(key) or self.is_constant(key):
                continue
            weight = self.kind(family.node) == "matrix" and self._is_factor(key)
            if weight or self.is_bias(key) or self._is_shared(key) or self._weighs(key):
                found.append(key)
        return tuple(found)

    def undecided(self) -> tuple[str, ...]:
        """Columns, rows and numbers of which it is not told which are learned: w and x in p = wᵀ x."""
        found: dict[str, None] = {}
        for key, family in self.families.items():
            free = not family.equations and not family.letter and key not in self.parameters
            if not free or self.kind(family.node) == "matrix":
                continue
            for use in (use for use in self.uses.get(key, ()) if self.kind(use.value) == "scalar"):
                own = [n for n in outside_scripts(use.right) if isinstance(n, s.Product) and self._speaks(n, family)]
                others = [m.template.key for n in own if self.is_scalar(n) for _, m in self.occurrences(n) if m.template.key != key]
                given = [o for o in others if o in self.families and not self.families[o].equations and not self.families[o].letter]
                if not self.is_cost(use.key) and given and not any(o in self.parameters for o in others):
                    found[key] = None
        return tuple(found)

    def is_constant(self, key: str) -> bool:
        """Whether it is read as the identity matrix: a square one with its name."""
        family = self.families[key]
        shape = self.words.shape(family.node)
        return not family.equations and is_identity(family.node) and shape is not None and shape[0] == shape[1]

    def _is_timed(self, family: Family, use: Use) -> bool:
        """Whether it has a step of time of its own."""
        return bool(family.letter) and use.span is not None and use.span.high.last == "T"

    @cached_property
    def _points(self) -> set[object]:
        """The number of data points, where all that is computed are matrices with one size in common: what has it is data."""
        shapes = [self.words.shape(f.node) for f in self.families.values() if f.equations and self.kind(f.node) != "scalar"]
        sizes = [set[object]((*shape[0], *shape[1])) if shape and all(shape) else set() for shape in shapes]
        common = set.intersection(*sizes) if sizes else set()
        return common if len(common) == 1 else set()

    def _is_factor(self, key: str) -> bool:
        """Whether it multiplies something as a matrix, transposed or not, and has no step of time of its own.

        In a cost it may stand elsewhere too, as in a penalty; what it multiplies to a number there says nothing.
        """
        family = self.families[key]
        rows, columns = self.words.shape(family.node) or ((), ())
        if self._points & {*rows, *columns}:
            return False
        multiplies = False
        for use in self.uses[key]:
            if self._is_timed(family, use):
                return False
            products = [n for n in outside_scripts(use.right) if isinstance(n, s.Product) and not set(n.signs) & set(ELEMENTWISE)]
            own = [n for n in products if any(node in n.factors for node in (family.node, self.transposed(family.node)))]
            of_cost = self.is_cost(use.key)
            if not own and not of_cost:
                return False
            multiplies |= any(not self.is_scalar(n) for n in own) if of_cost else True
        return multiplies

    def _weighs(self, key: str) -> bool:
        """Whether it is a column or row whose product with something computed is a number, as w in p = σ(wᵀ h + b).

        So is a number that multiplies numbers of the steps, as w in h_t = tanh(w h_{t-1} + u x_t).
        """
        family = self.families[key]
        kind = self.kind(family.node)
        if family.letter or kind == "matrix":
            return False
        for use in self.uses[key]:
            if self.is_cost(use.key) or self.kind(use.value) != "scalar":
                return False
            own = [n for n in outside_scripts(use.right) if isinstance(n, s.Product) and self._speaks(n, family)]
            met = {m.template.key for n in own for _, m in self.occurrences(n) if m.template.key != key}
            others = [self.families[other] for other in met if other in self.families]
            made = all(f.equations or (kind == "scalar" and f.letter) for f in others)
            if not own or not others or not made or any(self.kind(f.node) == "matrix" for f in others):
                return False
        return True

    def is_bias(self, key: str) -> bool:
        """Whether it stands by itself in a sum wherever it is used: a column or row, or a number in a sum beside a product."""
        family = self.families[key]
        kind = self.kind(family.node)
        if kind == "matrix" or (family.letter and kind == "scalar"):
            return False
        for use in self.uses[key]:
            if self._is_timed(family, use) or self.is_cost(use.key) or (kind == "scalar" and self.kind(use.value) != "scalar"):
                return False
            sums = [n for n in s.walk(use.right) if isinstance(n, s.Add) and len(n.terms) > 1]
            own = [n for n in sums if any(term == family.node for _, term in n.terms)]
            if not own or (kind == "scalar" and not any(isinstance(term, s.Product) for n in own for _, term in n.terms)):
                return False
        return True

    def _is_shared(self, key: str) -> bool:
        """Whether it is a column or a row that the equations of all steps have in common, as the peepholes of an LSTM."""
        family = self.families[key]
        return not family.letter and self.kind(family.node) in ("column", "row") and all(use.summed for use in self.uses[key])

    @cached_property
    def letters_used(self) -> frozenset[str]:
        trees = [f.node for f in self.families.values()] + [e.right for f in self.families.values() for e in f.equations]
        return frozenset(n.name for n in s.walk(*trees) if isinstance(n, s.Symbol)) | set(self.parsed.ranges) | self.sizes

    @cached_property
    def identity(self) -> s.Node:
        """The identity matrix, by a name that the model does not have."""
        return s.Symbol(next(name for name in IDENTITIES if name not in self.letters_used))

    @cached_property
    def sizes(self) -> frozenset[str]:
        """The letters in the sizes of shapes."""
        texts = [str(shape) for shape in self.problem.shapes.values() if shape != "scalar"]
        return frozenset(
            word for text in texts for word in re.findall(r"\\?[A-Za-z]+", text.replace("x", "×") if "×" not in text else text)
        )


def is_identity(tree: s.Node) -> bool:
    return isinstance(tree, s.Symbol) and tree.name in IDENTITIES and not tree.scripts


def _is_literal(tree: s.Node) -> bool:
    return not any(isinstance(node, s.Symbol | s.Call) for node in s.walk(tree))


def bound(node: s.BigOperator) -> list[str]:
    """The letters of a sum or product."""
    lower = node.lower.sides[0] if isinstance(node.lower, s.Comparison) else node.lower
    items = lower.items if isinstance(lower, s.Sequence) else (lower,)
    return [item.name for item in items if isinstance(item, s.Symbol)]


def _moved(tree: s.Node, by: int) -> s.Node:
    end = end_of(tree)
    assert end is not None
    return end.moved(by).tree()


def network_of(problem: Problem, parameters: Sequence[str] = ()) -> Network:
    """The network of a problem's given equations; its claim does not matter. `parameters` are the names of those, where known.

    Raises `Underivable`, `ProblemError`, `ParseError` or `ReadingError` for what cannot be read.
    """
    parsed = parse_problem(replace(problem, claim="0 = 0"))
    reader, _ = with_sizes(Choices(), lambda choices, sizes: read_model(parsed, choices, sizes))
    zero = s.Number("0")
    words = Vocabulary(parsed, reader, zero, zero)
    words.mark = s.Script("sup", s.Symbol(_transpose(parsed)))
    made = Network(problem, parsed, words)
    families: dict[str, Family] = {}
    for key in problem.shapes:
        node = parsed.expression(key)
        found = made.quantity(node)
        if found is not None and found.template.key not in families:
            families[found.template.key] = _declared(found.template.key, node, found, parsed)
    for given in parsed.given:
        if len(given.formula.sides) != 2:
            raise Underivable(f"`{given.latex}` is no equation `name = expression`")
        value, right = given.formula.sides
        match = made.quantity(value)
        if match is None:
            raise Underivable(f"the left side of `{given.latex}` is no quantity")
        key = match.template.key
        letter, span = _running(match, given.condition, parsed)
        family = families.get(key, _declared(key, value, match, parsed))
        families[key] = replace(family, equations=(*family.equations, Equation(key, value, words.unfolded(right), letter, span)))
    made.families = families
    made.known_parameters = tuple(filter(None, (made.key(parsed.expression(name)) for name in parameters)))
    return made


def _transpose(parsed: Parsed) -> str:
    """As the equations write it, else as `notation` states it, else ^⊤ where T is the last step above."""
    spellings = parsed.notation.transpose or ("\\top",)
    above = [n for g in parsed.given for n in s.walk(g.formula) if isinstance(n, s.Script) and n.kind == "sup" and not n.bracket]
    last = any(isinstance(n, s.Symbol) and n.name in {high for _, high in parsed.ranges.values()} for x in above for n in s.walk(x.body))
    if last and not parsed.notation.transpose_stated:
        return "\\top"
    written = [text for script in above if (text := to_latex(script.body)) in spellings]
    return written[0] if written else spellings[0]


def _declared(key: str, node: s.Node, match: Match, parsed: Parsed) -> Family:
    for letter, index in match.bindings.items():
        if isinstance(index, s.Symbol) and index.name in parsed.ranges:
            low, high = (end_of(parse_expression(end)) for end in parsed.ranges[index.name])
            if low is None or high is None:
                raise Underivable(f"the range of `{letter}` is not read")
            return Family(key, node, index.name, Span(low, high))
    return Family(key, node)


def _running(match: Match, condition: s.Node | None, parsed: Parsed) -> tuple[str, Span | None]:
    """The step at which an equation holds, with its range; none for an equation of one step."""
    for index in match.bindings.values():
        if isinstance(index, s.Symbol) and index.name in parsed.ranges:
            low, high = (end_of(parse_expression(end)) for end in parsed.ranges[index.name])
            assert low is not None and high is not None
            return index.name, _narrowed(Span(low, high), condition, index.name)
    return "", None


def _narrowed(span: Span, condition: s.Node | None, letter: str) -> Span:
    if condition is None:
        return span
    if not isinstance(condition, s.Comparison):
        raise Underivable(f"the condition `{to_latex(condition)}` is not read")
    sides = condition.sides
    for left, relation, right in zip(sides, condition.relations, sides[1:], strict=False):
        slack = 1 if relation in ("<", ">") else 0
        ends = end_of(left), end_of(right)
        if relation in ("\\le", "<") and right == s.Symbol(letter) and ends[0]:
            span = Span(max(span.low, ends[0].moved(slack)), span.high)
        elif relation in ("\\le", "<") and left == s.Symbol(letter) and ends[1]:
            span = Span(span.low, min(span.high, ends[1].moved(-slack)))
        elif relation in ("\\ge", ">") and left == s.Symbol(letter) and ends[1]:
            span = Span(max(span.low, ends[1].moved(slack)), span.high)
        else:
            raise Underivable(f"the condition `{to_latex(condition)}` is not read")
    return span


def at_end(node: s.Node, letter: str, end: End) -> s.Node:
    """A tree at one step."""
    found: s.Node = at_step(node, letter, end.tree())
    return found
