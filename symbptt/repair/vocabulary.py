"""What a repair may write: the quantities, slopes and derivatives that the given equations and the claim use, with their shapes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from ..functions import FUNCTIONS
from ..index import Affine
from ..latex import syntax as s
from ..latex.printer import to_latex
from ..reading.calls import KNOWN_NAMES, as_product, function_of
from ..reading.choices import Choices, ReadingError
from ..reading.claim import read_model, with_sizes
from ..reading.declare import Parsed, step_letters
from ..reading.elaborate import elaborate
from ..reading.names import Match
from ..reading.reader import Reader
from ..reading.scope import Scope
from .trees import TWO, index_items, outside_scripts, product, substituted, total, transposed

Sizes = tuple[Affine, ...]
Shape = tuple[Sizes, Sizes]
#: More words than this are not looked up.
MOST_ATOMS = 150
MOST_STEPS = 6
#: Signs of a product of matrices, and of one entry by entry.
MATRIX = ("", "*", "\\cdot", "\\times")
ELEMENTWISE = ("\\odot", "\\circ")
#: Fields of a node in which brackets are no products.
KEPT = frozenset({"scripts", "lower", "upper", "function", "condition"})


@dataclass(frozen=True)
class Atom:
    """Something short that can stand in a formula, with its shape; `kind` is quantity, slope, derivative, value or error."""

    node: s.Node
    shape: Shape
    kind: str
    name: str = ""

    @property
    def latex(self) -> str:
        return to_latex(self.node)


@dataclass
class Vocabulary:
    """The words of a problem for one claim; `letters` are the step letters in force on its right side."""

    parsed: Parsed
    reader: Reader
    left: s.Node
    right: s.Node
    atoms: tuple[Atom, ...] = ()
    mark: s.Script = field(default_factory=lambda: s.Script("sup", s.Symbol("T")))
    letters: tuple[str, ...] = ()
    steps: tuple[s.Node, ...] = ()
    used: frozenset[s.Node] = frozenset()
    joint: str = ""
    entrywise: str = "\\odot"

    def scope(self) -> Scope:
        return Scope(self.reader.letters)

    def quantity(self, node: s.Node) -> Match | None:
        """The family that a spelling names, if it names one."""
        if not isinstance(node, s.Symbol | s.Call):
            return None
        found = self.reader.names.find(node, self.scope())
        return found[0] if found else None

    def shape(self, node: s.Node) -> Shape | None:
        """Rows and columns of an expression under the default choices; None where it cannot be read alone."""
        reader = self.reader.copy(Choices())
        reader.part = "claim"
        reader.side = 1
        try:
            tensor = elaborate(node, reader, self.scope())
        except (ReadingError, RecursionError):
            return None
        return tensor.shape if tensor.kind == "plain" else None

    def meaning(self, sign: str) -> str:
        """What a sign of a product means first in the given equations."""
        return self.parsed.notation.meanings(sign, "given")[0][0]

    def is_function(self, symbol: s.Symbol) -> bool:
        return function_of(replace(symbol, primes=0), self.reader, self.scope()) is not None

    def unfolded(self, node: s.Node) -> s.Node:
        """Brackets behind a quantity, which the parser takes for a call, as the product that they are: `y(1 - y)`."""
        if isinstance(node, s.Call):
            split = as_product(node, self.reader, self.scope())
            if split is not None:
                return product(tuple(map(self.unfolded, split)), ("",))
        changed = {name: self._unfolded_parts(getattr(node, name)) for name in s.inner_fields(node) if name not in KEPT}
        node = replace(node, **changed) if changed else node  # type: ignore[arg-type]
        return product(node.factors, node.signs) if isinstance(node, s.Product) else node

    def _unfolded_parts(self, value: object) -> object:
        if isinstance(value, s.Node):
            return self.unfolded(value)
        return tuple(map(self._unfolded_parts, value)) if isinstance(value, tuple) else value


def vocabulary_of(parsed: Parsed, formula: s.Formula) -> Vocabulary:
    """The words for the second side of `formula`.

    Raises `ReadingError` or `ProblemError` where the model cannot be read.
    """
    reader, _ = with_sizes(Choices(), lambda choices, sizes: read_model(parsed, choices, sizes))
    left, right = formula.sides[0], formula.sides[1]
    made = Vocabulary(parsed, reader, left, right)
    made.mark = _transpose_of(parsed, formula)
    made.letters = _letters(made)
    made.right = made.unfolded(right)
    made.steps = _steps(made)
    made.joint = _usual(MATRIX, made)
    made.entrywise = _usual(
        (*ELEMENTWISE, *(sign for sign in MATRIX if sign and made.parsed.notation.meanings(sign, "claim")[0][0] == "elementwise")), made
    )
    made.used = frozenset([*outside_scripts(made.right), *outside_scripts(made.left)])
    made.atoms = tuple(_atoms(made))
    return made


def _transpose_of(parsed: Parsed, formula: s.Formula) -> s.Script:
    """^T as the claim, else the given equations, write it; else as `notation` states it, and ^⊤ where T may be the last step."""
    open_ = not parsed.notation.transpose_stated and _has_steps_above(parsed)
    spellings = [spelling for spelling in parsed.notation.transpose if not (open_ and spelling == "T")]
    for node in s.walk(*formula.sides, *(g.formula for g in parsed.given)):
        if isinstance(node, s.Script) and node.kind == "sup" and not node.bracket and to_latex(node.body) in spellings:
            return node
    return s.Script("sup", s.Symbol(spellings[0] if spellings else "\\top"))


def _has_steps_above(parsed: Parsed) -> bool:
    """Whether a declared quantity has its step in a superscript, where T is the last one."""
    keys = [node for key in parsed.problem.shapes if isinstance(node := parsed.expression(key), s.Symbol)]
    above = [n for key in keys for script in key.scripts if script.kind == "sup" and not script.bracket for n in s.walk(script.body)]
    return any(isinstance(n, s.Symbol) and n.name in parsed.ranges for n in above)


def _letters(made: Vocabulary) -> tuple[str, ...]:
    """Step letters that stand in the claim, those of its left side first."""
    steps = step_letters(made.reader.letters)
    used = [n.name for side in (made.left, made.right) for n in s.walk(side) if isinstance(n, s.Symbol) and not n.scripts]
    bound = [made_letter for n in s.walk(made.right) if isinstance(n, s.BigOperator) and (made_letter := _bound(n)) and made_letter in used]
    return tuple(dict.fromkeys([x for x in used if x in steps or x in bound] + steps))


def _bound(node: s.BigOperator) -> str:
    lower = node.lower.sides[0] if isinstance(node.lower, s.Comparison) else node.lower
    return lower.name if isinstance(lower, s.Symbol) and not lower.scripts else ""


def _atoms(made: Vocabulary) -> Iterator[Atom]:
    """Quantities, slopes and derivatives that occur, nearest first: of the claim, then of the given equations."""
    seen: set[s.Node] = {made.left}
    count = 0
    for node, kind in _words(made):
        for here in _instances(node, made):
            if here in seen or count >= MOST_ATOMS:
                continue
            seen.add(here)
            shape = made.shape(here)
            if shape is None:
                continue
            found = made.quantity(here)
            count += 1
            yield Atom(here, shape, kind, found.template.key if found else "")


def _words(made: Vocabulary) -> Iterator[tuple[s.Node, str]]:
    right = list(outside_scripts(made.right))
    given = [n for g in made.parsed.given for n in outside_scripts(g.formula)]
    left = list(outside_scripts(made.left))
    for node in [*right, *left, *given]:
        if isinstance(node, s.Symbol) and node.scripts and made.mark in node.scripts:
            node = transposed(node, made.mark)
        if made.quantity(node) is not None:
            yield node, "quantity"
        elif isinstance(node, s.Derivative) and node in right:
            yield node, "derivative"
        elif isinstance(node, s.Call) and node.function.primes and node in right:
            yield node, "slope"
    for key in made.parsed.problem.shapes:
        node = made.parsed.expression(key)
        if made.quantity(node) is not None:
            yield node, "quantity"
    for node in given:
        if isinstance(node, s.Call) and not node.function.primes and len(node.args) == 1 and made.is_function(node.function):
            yield replace(node, function=replace(node.function, primes=1), bracket=node.bracket or "("), "slope"
    for given_ in made.parsed.given:
        yield from _slopes(given_.formula)


def _slopes(formula: s.Formula) -> Iterator[tuple[s.Node, str]]:
    """The slope of tanh and σ written by their value: 1 − h² and h(1 − h) for h = tanh(z), h = σ(z)."""
    if len(formula.sides) != 2 or not isinstance(formula.sides[1], s.Call):
        return
    row = FUNCTIONS.get(KNOWN_NAMES.get(formula.sides[1].function.name, ""))
    value = formula.sides[0]
    one = s.Number("1")
    squared = s.Scripted(value, (TWO,)) if isinstance(value, s.Call) or any(x.kind == "sup" for x in _scripts(value)) else None
    if row is not None and row.name == "tanh":
        square = squared or replace(value, scripts=(*_scripts(value), TWO))  # type: ignore[call-arg]
        yield s.Group(total((("+", one), ("-", square)))), "slope"
    elif row is not None and row.name == "sigmoid":
        yield s.Group(product((value, s.Group(total((("+", one), ("-", value))))), ("\\odot",))), "slope"


def _scripts(node: s.Node) -> tuple[s.Script, ...]:
    return node.scripts if isinstance(node, s.Symbol) else ()


def _instances(node: s.Node, made: Vocabulary) -> Iterator[s.Node]:
    """A word of the given equations at the steps of the claim."""
    known = made.reader.letters
    own = [
        n.name
        for m in outside_scripts(node)
        for item in index_items(m)
        for n in s.walk(item)
        if isinstance(n, s.Symbol) and n.name in known.ranges
    ]
    own = list(dict.fromkeys(own))
    yield node
    for letter in own:
        for other in made.steps:
            if other not in [s.Symbol(x) for x in own]:
                yield substituted(node, letter, other)


def _steps(made: Vocabulary) -> tuple[s.Node, ...]:
    """The letters in force, and the ends and numbers that the claim has for steps: T, 1, K − 1."""
    found = [match for side in (made.left, made.right) for n in outside_scripts(side) if (match := made.quantity(n)) is not None]
    ends = [
        index for match in found for index in match.bindings.values() if not (isinstance(index, s.Symbol) and index.name in made.letters)
    ]
    return tuple(dict.fromkeys([*map(s.Symbol, made.letters), *ends[:MOST_STEPS]]))


def _usual(signs: tuple[str, ...], made: Vocabulary) -> str:
    """The sign of these that the claim, else the given equations, use most for a product; the first where none does."""
    meant = [sign for sign in signs if {"matrix", "elementwise"} & set(made.parsed.notation.meanings(sign, "claim")[0][:1])]
    meant = [sign for sign in meant if signs != MATRIX or made.parsed.notation.meanings(sign, "claim")[0][0] == "matrix"]
    for trees in ((made.left, made.right), tuple(g.formula for g in made.parsed.given)):
        used = [sign for n in s.walk(*trees) if isinstance(n, s.Product) for sign in n.signs if sign in meant]
        if used:
            return max(dict.fromkeys(used), key=used.count)
    return signs[0]
