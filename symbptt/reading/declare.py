"""What a problem declares before any equation is read: letters, sizes, names with their shapes, functions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from typing import Any

from ..functions import FUNCTIONS
from ..index import Affine, Computation, Family, Range
from ..latex import syntax as s
from ..latex.parser import ParseError, Words, parse, parse_condition, parse_expression, words_from
from ..latex.printer import to_latex
from ..problem import Alike, Problem, ProblemError
from .arguments import defined_functions, shown_arguments
from .calls import INDICATORS, KNOWN_NAMES, STRUCTURAL, function_text
from .choices import Choices, ReadingError
from .names import NameTable, template_of
from .notation import Notation, read_notation
from .reader import Function, Reader
from .scope import Letters, Scope, index_of, range_parts, shape_of, shape_parts
from .tidy import Rule, respell, tidy, with_variations, with_words, words_of

#: Index letters and last steps assumed where a problem states no ranges.
USUAL_RANGES: Mapping[str, tuple[str, str]] = {"t": ("1", "T"), "\\tau": ("1", "T"), "l": ("1", "L")}
FUNCTION_KINDS = ("elementwise", "scalar", "map", "chain")


@dataclass(frozen=True)
class ParsedGiven:
    """A given equation as a tree, with its range and its text."""

    formula: s.Formula
    condition: s.Node | None
    latex: str


@dataclass(frozen=True)
class ReadModel:
    """The given equations as read, with the choices that this asked for and the sizes known before."""

    made: Mapping[str, str]
    open: tuple[tuple[str, tuple[str, ...]], ...]
    sizes: Mapping[str, Affine]
    reader: Reader
    computation: Computation

    def is_read_with(self, preset: Mapping[str, str], sizes: Mapping[str, Affine]) -> bool:
        """Whether these answers lead to this very model."""
        return dict(self.sizes) == dict(sizes) and all(
            preset.get(key, options[0]) == self.made[key] or (self.made[key] == options[0] and preset[key] not in options)
            for key, options in self.open
        )


@dataclass(frozen=True)
class Parsed:
    """A problem with all its LaTeX parsed once, before any reading."""

    problem: Problem
    notation: Notation
    words: Words
    given: tuple[ParsedGiven, ...]
    claim: tuple[s.Formula, ...]
    condition: s.Node | None
    ranges: Mapping[str, tuple[str, str]]
    in_scripts: frozenset[str] = frozenset()
    #: Models read so far: the readings of claims differ mostly in the claim, and share what they say of the given equations.
    models: list[ReadModel] = field(default_factory=list, init=False, compare=False, repr=False)
    #: Why a reading could not be tried: then no other one refutes the claim.
    doubts: list[str] = field(default_factory=list, init=False, compare=False, repr=False)

    @cached_property
    def counts_from_zero(self) -> bool:
        """Whether some sum begins at 0, so that letters may count entries from there."""
        trees = (*(given.formula for given in self.given), *self.claim)
        lowers = (node.lower for tree in trees for node in s.walk(tree) if isinstance(node, s.BigOperator))
        return any(isinstance(lower, s.Comparison) and s.Number("0") in lower.sides for lower in lowers)

    def expression(self, text: str) -> s.Node:
        """A spelling as a tree, as its formulas have it."""
        return with_words(parse_expression(text, self.words), self.in_scripts)

    def formulas(self, text: str) -> tuple[s.Formula, ...]:
        """A formula as trees, as the claim would be read in its place.

        Raises `ParseError` for what is no formula.
        """
        trees = with_words(tidy(parse(text, self.words)), self.in_scripts)
        return tuple(respell(trees, rules_of(self))) if self.notation.entries or self.notation.aliases else tuple(trees)


def parse_problem(problem: Problem) -> Parsed:
    """Parse every formula of a problem.

    Raises `ParseError` or `ProblemError`, with the field in the message.
    """
    stated = _stated(Alike(replace(problem, claim="", for_="", id="", expect="", line=0, column=0, cell=0, nearby=(), noted=())))
    if stated.shapes != problem.shapes:
        problem = replace(problem, shapes=stated.shapes)
    words, given = stated.words, stated.given
    claim = tidy(_parse(lambda: parse(problem.claim, words), "the claim"))
    claim = claim if stated.has_delta else with_variations(claim)
    others = {*problem.ranges, *stated.functions, *stated.notation.call}
    defined = defined_functions([item.formula for item in given], claim, stated.keys, KNOWN_NAMES, others)
    if defined and len(given) == len(problem.given):
        return parse_problem(_with_functions(problem, stated, claim, defined))
    condition = _parse(lambda: parse_condition(problem.for_, words), "`for`") if problem.for_ else None
    ranges: dict[str, tuple[str, str]] = {}
    for letter, text in problem.ranges.items():
        ends = range_parts(str(text))
        if ends is None:
            raise ProblemError(f"range of `{letter}` is `{text}`; write it as `1..T`")
        ranges[to_latex(parse_expression(letter))] = ends
    trees = [g.formula for g in given] + list(claim)
    ranges = _with_inferred(ranges, trees, problem)
    in_scripts = words_of(stated.keys, frozenset(ranges))
    claim = with_words(claim, in_scripts)
    others |= {*ranges, *KNOWN_NAMES, *STRUCTURAL, *INDICATORS}
    shown = shown_arguments([item.formula for item in given], claim, stated.keys, others)
    notation = replace(stated.notation, aliases={**shown, **stated.notation.aliases}) if shown else stated.notation
    parsed = Parsed(problem, notation, words, with_words(given, in_scripts), claim, condition, ranges, in_scripts)
    parsed = respelled(parsed) if notation.entries or notation.aliases else parsed
    # Not an argument: what is made of this problem by `replace` has other models.
    object.__setattr__(parsed, "models", stated.models.setdefault((tuple(ranges.items()), in_scripts, *shown), []))
    return parsed


@dataclass(frozen=True)
class _Stated:
    """What a problem states, its claim aside; `models` are those read of it, by the ranges and words that the claim may show."""

    shapes: Mapping[str, str]
    notation: Notation
    words: Words
    given: tuple[ParsedGiven, ...]
    keys: list[s.Node]
    functions: frozenset[str]
    has_delta: bool
    models: dict[tuple[object, ...], list[ReadModel]]


@lru_cache(maxsize=4)  # claims of one model come one after another
def _stated(stated: Alike) -> _Stated:
    """The equations of a problem without a claim, parsed.

    Raises `ParseError` or `ProblemError`.
    """
    problem = _without_sizes(stated.problem)
    notation = read_notation(problem.notation)
    macros = problem.notation.get("macros") or {}
    if not isinstance(macros, Mapping):
        raise ProblemError("`notation.macros` must be an object")
    spellings = [*problem.shapes, *problem.functions, *(g.equation.split("=")[0] for g in problem.given if "=" in g.equation)]
    spellings = [text for text in spellings if "frac" not in text and "partial" not in text]
    words = words_from([*spellings, *notation.aliases], macros)
    given: list[ParsedGiven] = []
    for item in problem.given:
        for formula in tidy(_parse(lambda text=item.equation: parse(text, words), f"given `{item.equation}`")):
            condition = (
                _parse(lambda text=item.for_: parse_condition(text, words), f"`for` of `{item.equation}`")
                if item.for_
                else formula.condition
            )
            _not_declared_too(formula, problem)
            given.append(ParsedGiven(formula, condition, item.equation))
    keys = [parse_expression(key, words) for key in problem.shapes]
    functions = frozenset(_function_name(key, words) for key in problem.functions)
    delta = s.Symbol("\\delta")
    has_delta = delta in keys or any(delta in item.formula.sides for item in given)
    if not has_delta:
        given = [replace(item, formula=with_variations(item.formula)) for item in given]
    return _Stated(problem.shapes, notation, words, tuple(given), keys, functions, has_delta, {})


def _with_functions(problem: Problem, stated: _Stated, claim: tuple[s.Formula, ...], defined: Mapping[int, s.Call]) -> Problem:
    """The problem with the given equations that define functions among its functions; the argument that a claim speaks of is a number."""
    rest = tuple(item for place, item in enumerate(problem.given) if place not in defined)
    bodies = {to_latex(call.function): " = ".join(map(to_latex, stated.given[place].formula.sides)) for place, call in defined.items()}
    declared = {node.name for node in s.walk(*stated.keys) if isinstance(node, s.Symbol)}
    declared |= {side.name for item in stated.given for side in item.formula.sides[:-1] if isinstance(side, s.Symbol)}
    spoken = {node.name for node in s.walk(*claim) if isinstance(node, s.Symbol) and not node.scripts} - declared
    numbers = {to_latex(a): "scalar" for call in defined.values() for a in call.args if isinstance(a, s.Symbol) and a.name in spoken}
    return replace(problem, given=rest, functions={**problem.functions, **bodies}, shapes={**problem.shapes, **numbers})


def _function_name(key: str, words: Words) -> str:
    """The name that a key of `functions` declares."""
    node = parse_expression(key, words)
    node = node.function if isinstance(node, s.Call) else node
    return node.name if isinstance(node, s.Symbol) else key


def parsed_alone(problem: Problem) -> Parsed | None:
    """The problem with its formulas, where its claim is one formula; None where it is none or cannot be read."""
    try:
        parsed = parse_problem(problem)
    except (ParseError, ProblemError, ReadingError):
        return None
    return parsed if len(parsed.claim) == 1 else None


def _not_declared_too(formula: s.Formula, problem: Problem) -> None:
    """Refuse `f(u) = u^2` of an f that `functions` declares to be arbitrary: one of the two is not meant.

    Raises `ProblemError`.
    """
    left = formula.sides[0]
    if not isinstance(left, s.Call) or left.bracket != "(" or len(formula.sides) < 2:
        return
    name = to_latex(replace(left.function, primes=0)) if not left.function.scripts else ""
    plain = all(isinstance(argument, s.Symbol) and not argument.scripts for argument in left.args) and to_latex(left) not in problem.shapes
    if plain and problem.functions.get(name) in ("elementwise", "scalar", "map"):
        raise ProblemError(f"`{name}` is declared under `functions` and defined by an equation; give one of the two")


def _without_sizes(problem: Problem) -> Problem:
    """A scalar that no equation defines and that is a size of others is that size: `\\frac{1}{N}` beside an N×d matrix."""
    counts = {part for text in problem.shapes.values() for part in shape_parts(str(text)) or ()}
    counts -= {given.equation.split("=")[0].strip() for given in problem.given}
    if not any(str(text) == "scalar" and key in counts for key, text in problem.shapes.items()):
        return problem
    return replace(problem, shapes={key: text for key, text in problem.shapes.items() if str(text) != "scalar" or key not in counts})


def respelled(parsed: Parsed) -> Parsed:
    """`notation.entries` and `notation.aliases` applied to every formula."""
    rules = rules_of(parsed)
    given = tuple(replace(g, formula=respell(g.formula, rules)) for g in parsed.given)
    return replace(parsed, given=given, claim=respell(parsed.claim, rules))


def rules_of(parsed: Parsed) -> list[Rule]:
    """What `notation.entries` and `notation.aliases` state: a spelling, what it stands for, and whether its letters stand for any."""
    return spelling_rules(parsed.notation, parsed.expression)


def spelling_rules(notation: Notation, read: Callable[[str], s.Node]) -> list[Rule]:
    """The rules of `respell` that a notation states."""
    return [
        (read(key), read(value), general)
        for stated, general in ((notation.entries, True), (notation.aliases, False))
        for key, value in stated.items()
    ]


def _parse(read: Any, what: str) -> Any:
    try:
        return read()
    except ParseError as error:
        raise ParseError(f"{what}: {error.message}", error.position) from error


def _with_inferred(ranges: dict[str, tuple[str, str]], trees: Iterable[s.Node], problem: Problem) -> dict[str, tuple[str, str]]:
    """Ranges that sums show (`\\sum_{t=1}^T`), and the usual ones of t and l, where the problem states none."""
    if ranges:
        return ranges
    found = dict(ranges)
    for tree in trees:
        for node in s.walk(tree):
            if isinstance(node, s.BigOperator) and isinstance(node.lower, s.Comparison) and isinstance(node.upper, s.Symbol):
                letter = to_latex(node.lower.sides[0])
                if node.lower.relations == ("=",) and to_latex(node.upper) in ("T", "L", "N", "K") and letter in ("t", "l", "\\tau"):
                    found.setdefault(letter, (to_latex(node.lower.sides[1]), to_latex(node.upper)))
    running = {letter for tree in trees for letter in _running(tree)}
    for letter, ends in USUAL_RANGES.items():
        if letter in running:
            found.setdefault(letter, ends)
    return found


def _running(tree: s.Node) -> Iterator[str]:
    """Letters that are seen to run: shifted, as in `h_{t-1}`."""
    for node in s.walk(tree):
        if isinstance(node, s.Script):
            for inner in s.walk(node.body):
                if isinstance(inner, s.Add):
                    last = [t.factors[-1] if isinstance(t, s.Product) else t for _, t in inner.terms]
                    yield from (to_latex(t) for t in last if isinstance(t, s.Symbol))


def declare(parsed: Parsed, choices: Choices) -> Reader:
    """A reader that knows letters, shapes and functions, before the first equation.

    Raises `ProblemError` for a field with a wrong value and `ReadingError` for a shape that cannot be read.
    """
    letters = read_letters(parsed)
    reader = Reader(parsed.notation, choices, letters, NameTable(), {}, loose_biases=bool(parsed.problem.inferred))
    for name, kind in parsed.problem.functions.items():
        _declare_function(name, kind, reader, parsed)
    scope = Scope(letters)
    known = frozenset(letters.ranges)
    for key, text in parsed.problem.shapes.items():
        node = parsed.expression(key)
        canonical = to_latex(node)
        if canonical in reader.functions:
            continue
        template = template_of(canonical, node, known, hidden_letters(canonical, parsed.notation))
        if template is None:
            raise ProblemError(f"`shapes` key `{key}` is no symbol")
        rows, columns = shape_of(text, scope)
        reader.names.declare(template)
        slots = (*template.letters, *template.hidden)
        for letter in sorted({atom for size in (*rows, *columns) for atom in size.atoms() if isinstance(atom, str)} & known - set(slots)):
            raise ProblemError(f"the shape `{text}` of `{key}` depends on the index `{letter}`, which `{key}` does not show; name one size")
        reader.families[canonical] = Family(canonical, canonical, tuple(slot_range(x, letters) for x in slots), slots, rows, columns)
    reader.names.tell_by_letter()
    return reader


def slot_range(letter: str, letters: Letters) -> Range | None:
    ends = letters.ranges.get(letter)
    return Range(*ends) if ends else None


def hidden_letters(name: str, notation: Notation) -> tuple[str, ...]:
    """Index letters that a name depends on without showing them."""
    if not notation.implicit:
        return ()
    plain = name.replace("_", " ").replace("{", "").replace("}", "")
    return tuple(
        letter
        for letter, names in notation.implicit.items()
        if any(n.replace("_", " ").replace("{", "").replace("}", "") == plain for n in names)
    )


def read_letters(parsed: Parsed) -> Letters:
    """Sizes from the shapes, last steps from the ranges."""
    found = _letters(tuple(parsed.ranges.items()), tuple(map(str, parsed.problem.shapes.values())))
    return replace(found, from_zero=True) if parsed.counts_from_zero else found


@lru_cache(maxsize=64)  # equations of one model are read together again and again
def _letters(stated: tuple[tuple[str, tuple[str, str]], ...], shapes: tuple[str, ...]) -> Letters:
    index_letters = {name for name, _ in stated if label_of(name) is None}
    labels = frozenset(label for name, _ in stated if (label := label_of(name)) is not None)
    ends: set[str] = set()
    for _, pair in stated:
        for text in pair:
            ends |= {to_latex(n) for n in _symbols(parse_expression(text))}
    sizes: set[str] = set()
    indexed: set[str] = set()
    for text in shapes:
        for part in shape_parts(text) or ():
            for symbol in _symbols(parse_expression(part)):
                inside = {to_latex(n) for script in symbol.scripts for n in _symbols(script.body)}
                if inside & (index_letters | {"L", "T"} & ends):
                    indexed.add(symbol.name)
                else:
                    sizes.add(to_latex(symbol))
    plain_sizes = {z for z in sizes if z.split("_")[0] not in indexed}
    last_steps = {e for e in ends if e not in plain_sizes and e not in index_letters}
    letters = Letters({}, frozenset(last_steps), frozenset(plain_sizes - last_steps), frozenset(indexed), labels)
    scope = Scope(letters)
    ranges: dict[str, tuple[Affine, Affine]] = {}
    for name, (low, high) in stated:
        lower, upper = index_of(parse_expression(low), scope), index_of(parse_expression(high), scope)
        if lower is None or upper is None:
            raise ProblemError(f"range of `{name}` is `{low}..{high}`; its ends are integers, sizes or a last step such as T")
        ranges[name] = (lower, upper)
    letters.ranges = ranges
    return letters


def _same_as_known(definition: str, parsed: Parsed) -> Function | None:
    """`f(x) = \\mathrm{softmax}(x)` only gives a known function another name."""
    left, _, right = definition.partition("=")
    call, value = parse_expression(left, parsed.words), parse_expression(right, parsed.words)
    if not isinstance(call, s.Call) or not isinstance(value, s.Call) or value.function.scripts or value.function.primes:
        return None
    known = KNOWN_NAMES.get(value.function.name)
    if known is None or value.args != call.args:
        return None
    return Function(known, "vector" if known == "softmax" else "elementwise", known=True)


def step_letters(letters: Letters) -> list[str]:
    """Index letters of steps and layers: their ranges end at a last step, not at a size."""
    return [letter for letter, (_, upper) in letters.ranges.items() if upper.atoms() & letters.last_steps]


def label_of(name: str) -> str | None:
    """The name of a label that depends on an index: y of `y_i` or `y^{(t)}`; None for a plain index letter."""
    node = parse_expression(name)
    return node.name if isinstance(node, s.Symbol) and node.scripts else None


def _symbols(node: s.Node) -> list[s.Symbol]:
    """The symbols of a size expression, not those inside their scripts."""
    if isinstance(node, s.Symbol):
        return [node]
    if isinstance(node, s.Group):
        return _symbols(node.body)
    if isinstance(node, s.Add):
        return [x for _, term in node.terms for x in _symbols(term)]
    if isinstance(node, s.Product):
        return [x for factor in node.factors for x in _symbols(factor)]
    if isinstance(node, s.Sequence):
        return [x for item in node.items for x in _symbols(item)]
    return []


def _declare_function(name: str, kind: Any, reader: Reader, parsed: Parsed) -> None:
    symbol = parse_expression(name, parsed.words)
    if isinstance(symbol, s.Call):
        symbol = symbol.function
    if not isinstance(symbol, s.Symbol):
        raise ProblemError(f"`functions` key `{name}` is no function name")
    text = function_text(symbol)
    own = f"abstract {text}" if text in FUNCTIONS else text
    template = template_of(text, replace(symbol, primes=0), frozenset(step_letters(reader.letters)))
    if template is not None and template.letters:
        reader.indexed_functions.append((template, Function(own, kind if kind in FUNCTION_KINDS else "elementwise")))
    if kind in FUNCTION_KINDS:
        reader.functions[text] = Function(own, kind)
    elif kind in FUNCTIONS:
        reader.functions[text] = Function(kind, "vector" if kind == "softmax" else "elementwise", known=True)
    elif isinstance(kind, str) and "=" in kind:
        reader.functions[text] = _same_as_known(kind, parsed) or Function(own, "elementwise")
    else:
        raise ProblemError(f"function `{name}` is `{kind}`; allowed: {', '.join(FUNCTION_KINDS)}, or a definition `{name}(x) = …`")
