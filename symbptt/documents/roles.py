"""What a formula of a document is: a claim, a definition, an update or text, told from its syntax tree.

A document is followed formula by formula; what it has defined so far decides what the next one can be.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from symbptt.documents.accents import accents_of_derivatives, without_accent
from symbptt.documents.arguments import LOSSES
from symbptt.documents.names import COMPONENT_LETTERS, Indices, Name, covers, in_letters_of, lower_bound
from symbptt.inference.quantities import known_function
from symbptt.inference.substitute import differentiated_by
from symbptt.inference.written import outside_scripts
from symbptt.latex.syntax import (
    Add,
    BigOperator,
    Call,
    Derivative,
    Ellipsis,
    Formula,
    Group,
    Matrix,
    Node,
    Number,
    Product,
    Script,
    Scripted,
    Sequence,
    Slice,
    Symbol,
    Text,
    of_node,
    walk,
)
from symbptt.problem import Given

EQUATIONS = frozenset({"=", ":=", "\\equiv"})
ASSIGNMENTS = frozenset({"\\leftarrow", "\\gets", "+=", "-=", "*="})
MAPPINGS = frozenset({"\\in", "\\to"})
BOUNDS = frozenset({"<", "\\le", ">", "\\ge", "\\ne", "\\leq", "\\geq", "\\approx", "\\sim", "\\simeq", "\\ll", "\\gg", "\\propto"})
#: The letter that usually ends the range of an index.
LAST = {"t": "T", "l": "L", "\\ell": "L"}
COMPARISONS = frozenset({"=", "<", "\\le", ">", "\\ge", "\\ne", "\\in", "\\leq", "\\geq", "\\to"})


@dataclass(frozen=True)
class Defined:
    """A name with the equation that defines it; `section` is -1 for what the front matter gives."""

    name: Name
    equation: Given
    formula: Formula
    section: int = -1
    low: int | None = None

    @property
    def forward(self) -> bool:
        """Whether it belongs to the forward pass: no derivative in it."""
        return is_forward(self.formula)


@of_node
def is_forward(formula: Formula) -> bool:
    """Whether a formula may belong to the forward pass: nothing in it is a derivative."""
    return not any(isinstance(node, Derivative) or (isinstance(node, Symbol) and node.primes) for node in walk(formula))


@of_node
def letters_of(formula: Node) -> frozenset[str]:
    """The names in a formula, without their scripts."""
    return frozenset(node.name for node in walk(formula) if isinstance(node, Symbol))


@dataclass(frozen=True)
class Context:
    """What a document has said up to some formula."""

    indices: Indices = field(default_factory=Indices)
    defined: tuple[Defined, ...] = ()
    fixed: tuple[Formula, ...] = ()  # the given equations of the front matter that were read
    met: frozenset[Symbol] = frozenset()  # every symbol with its scripts
    letters: frozenset[str] = frozenset()  # every symbol without them
    calls: tuple[str, ...] = ()
    accumulate: bool = False  # `notation` makes claims of updates
    model: int = 0  # how many models began before
    losses: bool = False  # whether some loss is defined or differentiated
    functions: frozenset[str] = frozenset()  # that front matter speaks of
    accents: frozenset[str] = frozenset()  # that are said to mark derivatives
    respelled: bool = False  # `notation` has names for others, so that letters do not show what rests on what
    _rests_on: dict[Formula, tuple[Given, ...]] = field(default_factory=dict, init=False, repr=False, compare=False)

    def given_for(self, formula: Formula) -> tuple[Given, ...]:
        """The equations of the body that the formula rests on, directly or through others."""
        given = self._rests_on.get(formula)
        if given is None:
            given = self._rests_on[formula] = tuple(entry.equation for entry in self._found_for(formula))
        return given

    def _found_for(self, formula: Formula) -> list[Defined]:
        found = [entry for entry in self.defined if entry.section >= 0]
        if self.respelled:
            return found
        by_letter: dict[str, list[Defined]] = {}
        for entry in found:
            by_letter.setdefault(entry.name.letter, []).append(entry)
        wanted = set(letters_of(formula)).union(*(letters_of(entry.formula) for entry in self.defined if entry.section < 0))
        todo = list(wanted)
        while todo:
            for entry in by_letter.get(todo.pop(), ()):
                new = letters_of(entry.formula) - wanted
                wanted |= new
                todo += new
        return self._spoken_of(formula, [entry for entry in found if entry.name.letter in wanted])

    def _spoken_of(self, formula: Formula, found: list[Defined]) -> list[Defined]:
        """Without definitions of a quantity where one of another form is meant: h of one network beside h_t of the next."""
        by_letter: dict[str, list[Defined]] = {}
        for entry in found:
            by_letter.setdefault(entry.name.letter, []).append(entry)
        mixed = {letter for letter, entries in by_letter.items() if len({bool(entry.name.items) for entry in entries}) > 1}
        if not mixed:
            return found
        kept: set[Given] = set()
        todo: list[Formula] = [formula, *(entry.formula for entry in self.defined if entry.section < 0)]
        met: set[Name] = set()
        while todo:
            for name in self.names_in(todo.pop()) - met:
                met.add(name)
                own = by_letter.get(name.letter, [])
                if name.letter in mixed:
                    own = [entry for entry in own if covers(entry.name, name, self.indices, entry.low)] or own
                new = [entry for entry in own if entry.equation not in kept]
                todo += [entry.formula for entry in new]
                kept.update(entry.equation for entry in new)
        return [entry for entry in found if entry.equation in kept]

    def meet(self, formula: Formula) -> Context:
        symbols = [node for node in walk(formula) if isinstance(node, Symbol)]
        return replace(self, met=self.met.union(symbols), letters=self.letters.union(symbol.name for symbol in symbols))

    def name(self, node: Node) -> Name | None:
        return Name.of(node, self.indices, self.calls)

    def names_in(self, tree: Node) -> frozenset[Name]:
        """The names that a tree mentions."""
        return Name.all_in(tree, self.indices, self.calls)

    def definition_of(self, name: Name) -> Defined | None:
        """The latest definition that says what `name` is."""
        return next((entry for entry in reversed(self.defined) if covers(entry.name, name, self.indices, entry.low)), None)

    def in_known_letters(self, formula: Formula) -> Formula:
        """A definition said once more in other index letters, in those that it had; any other one as it is."""
        name = self.name(formula.sides[0])
        earlier = self.definition_of(name) if name is not None else None
        return in_letters_of(earlier.formula, formula, self.indices.letters) if earlier is not None else formula

    @property
    def loss(self) -> str:
        """The one loss that is defined so far; empty where there are none or several."""
        found = {entry.name.letter for entry in self.defined if entry.name.letter in LOSSES and not entry.name.items}
        return found.pop() if len(found) == 1 else ""

    def is_new(self, node: Node) -> bool:
        name = self.name(node)
        return name is not None and self.definition_of(name) is None


def begin(
    given: Iterable[tuple[Given, Formula]], formulas: Iterable[Formula], ranges: Mapping[str, str], notation: Mapping[str, object]
) -> Context:
    """The context before the first formula of the body; `formulas` are all of the document, for the letters they bind."""
    pairs = tuple(given)
    indices = Indices.of_ranges(ranges)
    trees = (*(formula for _, formula in pairs), *formulas)
    for formula in trees:
        indices = indices.with_bound(formula)
    indices = indices.with_shifted_in_brackets(trees)
    heads = _left_letters(trees)
    usual = {end for letter, end in LAST.items() if letter in indices.letters and end not in heads}
    indices = replace(indices, ends=indices.ends | (usual - indices.letters))
    listed = notation.get("call")
    calls = tuple(map(str, listed)) if isinstance(listed, (list, tuple)) else ()
    accumulate = notation.get("update") == "accumulate"
    respelled = bool(notation.get("implicit"))
    context = Context(
        indices,
        losses=bool((indices.plain | _left_letters(trees)) & LOSSES),
        calls=calls,
        accumulate=accumulate,
        respelled=respelled,
        accents=frozenset(accents_of_derivatives(trees)),
        fixed=tuple(formula for _, formula in pairs),
    )
    for equation, formula in pairs:
        name = context.name(formula.sides[0])
        context = context.meet(formula)
        if name is not None:
            entry = Defined(name, equation, formula, low=lower_bound(formula.condition))
            context = replace(context, defined=(*context.defined, entry))
    return context


def _left_letters(formulas: Iterable[Formula]) -> frozenset[str]:
    return frozenset(f.sides[0].name for f in formulas if f.relations and isinstance(f.sides[0], Symbol))


def role_of(formula: Formula, context: Context, section: int = 0, display: bool = True) -> str:
    """`text`, `update`, `definition`, `restated` (a definition of what has one: said once more, or a new model) or `claim`."""
    if is_update(formula):
        return "claim" if context.accumulate else "update"
    if states_nothing(formula, context.indices) or only_compares(formula, context, display):
        return "text"
    if defines_function(formula, context):
        return "definition"
    if any((formula.sides, formula.relations) == (known.sides, known.relations) for known in _known(context)):
        return "definition"
    if _speaks_of_itself(formula, context):
        return "claim"
    if defines(formula, context) or starts_a_model(formula, context, section):
        return "definition"
    return "restated" if restates(formula, context) else "claim"


def _speaks_of_itself(formula: Formula, context: Context) -> bool:
    """`W = W I` of a W that was met before: true or false, and no definition of W."""
    left = formula.sides[0]
    own = (
        isinstance(left, Symbol)
        and left in context.met
        and any(left == node for side in formula.sides[1:] for node in outside_scripts(side))
    )
    return own and not any(isinstance(entry.formula.sides[0], Symbol) and entry.formula.sides[0] == left for entry in context.defined)


def _known(context: Context) -> Iterable[Formula]:
    yield from context.fixed
    yield from (entry.formula for entry in context.defined)


def states_nothing(formula: Formula, indices: Indices) -> bool:
    """No relation, a set something is in, a range of indices such as `1 \\le t \\le T`, or what a name depends on: `u = u(x)`."""
    relations = set(formula.relations)
    if not relations - MAPPINGS or _shows_arguments(formula):
        return True
    return relations <= COMPARISONS and indices.counts_only(*formula.sides)


def _shows_arguments(formula: Formula) -> bool:
    left, right = formula.sides[0], formula.sides[-1]
    own = isinstance(right, Call) and right.bracket == "(" and right.function == left
    return own and len(formula.sides) == 2 and isinstance(right, Call) and all(isinstance(part, Symbol) for part in right.args)


def only_compares(formula: Formula, context: Context, display: bool) -> bool:
    """`0 \\le \\pi_t \\le 1`, `a \\approx 0`, `\\approx 1`: a bound or a size without a derivative states nothing to be proved; nor
    does a letter that counts, set to something: `k = y_i`."""
    relations = set(formula.relations)
    if any(isinstance(node, (Derivative, BigOperator)) for node in walk(formula)):
        return False
    if relations <= BOUNDS:
        return all(isinstance(side, (Number, Symbol, Text, Group)) or not set(walk(side)) for side in formula.sides[1:])
    left = formula.sides[0]
    if (
        not display
        and relations <= EQUATIONS
        and isinstance(formula.sides[-1], Number)
        and all(context.is_new(side) and is_free(side, context) for side in formula.sides[:-1])
    ):
        return True
    counts = isinstance(left, Symbol) and not left.scripts and not left.primes and left.name in context.indices.letters
    return counts and len(formula.sides) == 2 and not isinstance(formula.sides[1], (Add, Call)) and relations <= EQUATIONS | {"\\ne"}


def is_free(left: Node, context: Context) -> bool:
    """`b`, `x_i`: set to a number in passing, it is an example; `h_0` and `\\delta_{T+1}` are where a recursion begins."""
    if not isinstance(left, Symbol) or left.primes:
        return False
    return all(isinstance(node, Symbol) and node.name not in context.indices.ends for script in left.scripts for node in [script.body])


def defines_function(formula: Formula, context: Context) -> bool:
    """`f(x) = x^2`, `\\sigma(v)_j = \\sigma(v_j)`: what a function does, said with a letter that stands for anything."""
    left = formula.sides[0]
    if isinstance(left, Scripted):
        if _is_power(left.scripts):
            return False
        left = left.base
    if isinstance(left, Call) and _is_power(left.function.scripts) and known_function(left.function.name):
        return False
    if len(formula.sides) != 2 or not isinstance(left, Call) or left.bracket != "(" or left.function.primes or len(left.args) != 1:
        return False
    argument = left.args[0]
    plain = isinstance(argument, Symbol) and not argument.scripts and not argument.primes
    return (
        plain
        and not context.indices.counts_only(argument)
        and context.is_new(argument)
        and left.function.name not in {*context.calls, *context.functions}
    )


def _is_power(scripts: Iterable[Script]) -> bool:
    """`\\tanh(x)^2 = …` and `\\tanh^2(x) = …` say something of a function that is known."""
    return any(script.kind == "sup" and isinstance(script.body, Number) and script.body.text != "1" for script in scripts)


def is_update(formula: Formula) -> bool:
    """`W \\leftarrow …`, `W += …`, `W = W - …`, `v = \\beta v - …`, `W \\to W - …`, `W = W[:n, :]`."""
    if set(formula.relations) & ASSIGNMENTS:
        return True
    left, right = formula.sides[0], formula.sides[-1]
    part = isinstance(right, Call) and right.bracket == "[" and any(isinstance(arg, Slice) for arg in right.args) and right.function == left
    if part and len(formula.sides) == 2:
        return True
    own = isinstance(right, Add) and len(right.terms) > 1 and any(_is_multiple(term, left) for _, term in right.terms)
    own = own or _is_descent(left, right)
    return own and len(formula.sides) == 2 and not isinstance(left, Derivative) and set(formula.relations) <= EQUATIONS | {"\\to"}


def _is_descent(left: Node, right: Node) -> bool:
    """`w_{t+1} = w_t - \\eta \\frac{\\partial L}{\\partial w}`: a step of gradient descent that counts its iterations."""
    if not isinstance(left, Symbol) or not isinstance(right, Add) or len(right.terms) != 2:
        return False
    (_, before), (sign, rest) = right.terms
    if sign != "-" or not isinstance(before, Symbol) or before.name != left.name or len(before.scripts) != len(left.scripts):
        return False
    changed = [(new.body, old.body) for new, old in zip(left.scripts, before.scripts, strict=True) if new != old]
    follows = (
        len(changed) == 1 and isinstance(changed[0][0], Add) and [term for _, term in changed[0][0].terms] == [changed[0][1], Number("1")]
    )
    by = [wrt for node in walk(rest) if isinstance(node, Derivative) for wrt in node.wrt]
    return follows and any(isinstance(wrt, Symbol) and wrt.name == left.name for wrt in by)


def _is_multiple(term: Node, left: Node) -> bool:
    """Whether a term is the left side, or a rate times it: `\\beta v` of `v = \\beta v - \\eta g`, `(1 - \\beta) m`."""
    if term == left:
        return True
    return isinstance(term, Product) and term.factors[-1] == left and all(map(_is_rate, term.factors[:-1]))


def _is_rate(node: Node) -> bool:
    """Numbers and small Greek letters, put together."""
    if isinstance(node, Symbol):
        return node.name.startswith("\\") and node.name[1:].isalpha() and node.name.islower()
    if isinstance(node, Group):
        return _is_rate(node.body)
    if isinstance(node, Add):
        return all(_is_rate(term) for _, term in node.terms)
    return isinstance(node, Number) or (isinstance(node, Product) and all(map(_is_rate, node.factors)))


def _adds_up(formula: Formula) -> bool:
    """`L = \\sum_i L_i`: the sum of what has the same letter is a quantity of its own."""
    left, inner = formula.sides[0], formula.sides[-1]
    if not isinstance(left, Symbol) or left.scripts or not any(isinstance(node, BigOperator) for node in walk(inner)):
        return False
    return any(isinstance(node, Symbol) and node.name == left.name and node.scripts for node in walk(inner))


def defines(formula: Formula, context: Context) -> bool:
    """`name = expression` with a new name; in `name = name = expression` all are new."""
    if len(formula.sides) == 2 and _adds_up(formula) and set(formula.relations) <= EQUATIONS:
        own = context.name(formula.sides[0])
        return own is not None and not any(entry.name == own for entry in context.defined)
    return set(formula.relations) <= EQUATIONS and all(
        context.is_new(side)
        and not _transposed(side, context)
        and (not _is_gradient(side, context) or accents_of_derivatives([formula]) or _is_said_by_a_derivative(formula, context))
        and not _is_error(formula)
        for side in formula.sides[:-1]
    )


def restates(formula: Formula, context: Context) -> bool:
    """An equation of the forward pass for what has one already: the same in other words, or a new model.

    Nothing in it is a derivative or rests on one, and it is no closed form: no product, and no sum over steps but in a cost.
    """
    if len(formula.sides) != 2 or not set(formula.relations) <= EQUATIONS:
        return False
    name = context.name(formula.sides[0])
    earlier = context.definition_of(name) if name is not None and " " not in name.letter else None
    if earlier is None or earlier.section < 0 or not earlier.forward or not Defined(earlier.name, earlier.equation, formula).forward:
        return False
    sums = [node for node in walk(formula) if isinstance(node, BigOperator)]
    is_cost = (
        not earlier.name.items and earlier.name.letter in LOSSES and not _adds_up(formula) and _speaks_alike(formula, earlier, context)
    )
    if any(node.operator == "\\prod" or (not is_cost and _over_steps(node, context)) for node in sums):
        return False
    backward = {entry.name.letter for entry in context.defined if not entry.forward}
    own = {node.name for node in walk(formula.sides[1]) if isinstance(node, Symbol)} - context.indices.letters - context.indices.ends
    made = {entry.name.letter for entry in context.defined}
    return bool(own - (COMPONENT_LETTERS - made)) and not own & backward


def _speaks_alike(formula: Formula, earlier: Defined, context: Context) -> bool:
    """Whether two equations mention a quantity in common, besides what they define."""
    both = letters_of(formula.sides[1]) & letters_of(earlier.formula.sides[-1]) - context.indices.letters - context.indices.ends
    return any(name != earlier.name.letter and not known_function(name) for name in both)


def _over_steps(node: BigOperator, context: Context) -> bool:
    upper = {part.name for part in walk(node.upper) if isinstance(part, Symbol)}
    return bool(upper & (context.indices.ends | context.indices.letters))


def opening_definition(formula: Formula, context: Context) -> Formula | None:
    """The definition in `\\delta_t = \\frac{\\partial L}{\\partial z_t} = …`: of a new name, before a claim about what it stands for.

    Of `a = f(h) = f(W x)` with an h that is met here first, it is `a = f(W x)`.
    """
    left, *others = formula.sides
    first = others.pop(0) if others else left
    if not others or not set(formula.relations) <= EQUATIONS or not context.is_new(left):
        return None
    new = letters_of(first) - context.letters
    derived = any(isinstance(node, Derivative) for node in walk(first))
    known = first if derived else next((side for side in others if letters_of(side) - context.letters < new), first)
    return replace(formula, sides=(left, known), relations=formula.relations[:1])


def _is_gradient(side: Node, context: Context) -> bool:
    """`dW` of a W that is known, where there is a loss: its derivative, and so a claim; and `\\bar{W}` where such names are derivatives."""
    if isinstance(side, Symbol) and any(without_accent(side.name, accent) in context.letters for accent in context.accents):
        return True
    return isinstance(side, Symbol) and bool(context.losses) and differentiated_by(side.name) in context.letters


def _is_said_by_a_derivative(formula: Formula, context: Context) -> bool:
    """`dh_t := \\frac{\\partial L}{\\partial h_t}`, `\\delta W = -\\eta \\frac{\\partial L}{\\partial W}`: what the name stands for."""
    left, right = formula.sides[0], formula.sides[1]
    if formula.relations == (":=",) and isinstance(right, Derivative):
        return True
    bases = [base for accent in context.accents if isinstance(left, Symbol) and (base := without_accent(left.name, accent))]
    by = [wrt for node in walk(right) if isinstance(node, Derivative) for wrt in node.wrt if isinstance(wrt, Symbol)]
    return len(formula.sides) == 2 and not isinstance(right, Derivative) and any(wrt.name in bases for wrt in by)


def _is_error(formula: Formula) -> bool:
    """`\\delta_1 = W^T \\delta_2 \\odot f'(z)`: an error is no new quantity, but the derivative that the text calls so."""
    left, right = formula.sides[0], formula.sides[-1]
    if not isinstance(left, Symbol) or not left.name.startswith("\\delta"):
        return False
    return any(isinstance(node, Symbol) and (node.primes or node.name.startswith("\\delta")) for node in walk(right))


def _transposed(side: Node, context: Context) -> bool:
    """`W^T = …` states something of W."""
    if not isinstance(side, Symbol):
        return False
    return (
        any(script.kind == "sup" and script.body in (Symbol("T"), Symbol("\\top")) for script in side.scripts)
        and side.name in context.letters
    )


def starts_a_model(formula: Formula, context: Context, section: int) -> bool:
    """Whether a name of the forward pass is defined once more, under another heading and from names of its own."""
    if not set(formula.relations) <= EQUATIONS or any(context.name(side) is None for side in formula.sides[:-1]):
        return False
    name = context.name(formula.sides[0])
    earlier = context.definition_of(name) if name is not None else None
    if name is None or earlier is None or not 0 <= earlier.section < section or not earlier.forward:
        return False
    if not Defined(name, Given(""), formula).forward:
        return False
    here = {entry.name.letter for entry in context.defined if entry.section == section}
    letters = {node.name for node in walk(formula.sides[-1]) if isinstance(node, Symbol)} - context.indices.letters - context.indices.ends
    return bool(letters & here or letters - context.letters)


def add_definition(formula: Formula, equation: Given, context: Context, section: int, condition: Node | None) -> Context:
    """The context behind a definition; one that redefines a name of an earlier section starts a new model there.

    All else that was said holds in the new model as well, until it is redefined in its turn.
    """
    name = context.name(formula.sides[0])
    if name is None:
        return context
    entry = Defined(name, equation, formula, section, lower_bound(condition))
    latest = context.definition_of(name)
    said = any(known.formula == formula and known.section in (-1, section) for known in context.defined)
    if formula in context.fixed or (said and (latest is None or latest.formula == formula or latest.section < section)):
        return context
    again = tuple(known for known in context.defined if known.formula != formula)
    if len(again) < len(context.defined):  # said once more in this section: it holds here, whatever changes next
        return replace(context, defined=(*again, entry))
    kept, model = context.defined, context.model
    earlier = context.definition_of(name)
    if earlier is not None and earlier.section >= 0 and starts_a_model(formula, context, section):
        kept = tuple(known for known in kept if known is not earlier and (known.name != name or known.section < 0))
        model += 1
    return replace(context, defined=(*kept, entry), model=model)


def only_shows_a_shape(right: Node) -> bool:
    """A matrix of names with dots, a list of members, `(x_1, \\dots, x_T)`, a set `\\{W, b\\}`: it says how things are laid out, not what
    they are."""
    inner = right.body if isinstance(right, Group) else right.base if isinstance(right, Scripted) else right
    if isinstance(right, Group) and right.bracket == "\\{" and isinstance(inner, Sequence):
        return True
    if isinstance(inner, Sequence) and any(isinstance(item, Ellipsis) for item in inner.items):
        members = [item for item in inner.items if not isinstance(item, Ellipsis)]
        return len({item.name if isinstance(item, Symbol) and item.scripts else "" for item in members} - {""}) == 1 and all(
            isinstance(item, Symbol) and item.scripts for item in members
        )
    return isinstance(inner, Matrix) and any(isinstance(node, Ellipsis) for node in walk(inner))
