"""A claim read under one set of choices: its sides as tensors of one shape, its free indices and their ranges."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from ..index import Affine, Computation, Condition, Expression
from ..latex import syntax as s
from ..latex.parser import parse
from ..latex.printer import to_latex
from . import calls, derivatives, points, products, scripted, sums
from .choices import Choices, LayoutOpen, ReadingError, ShapeClash, UnknownName, Unsupported
from .declare import Parsed, ReadModel, declare
from .elaborate import elaborate
from .factors import READINGS, UNSHOWN, spread
from .infer import SHAPE_CHOICE, SizeFound, resolved
from .model import computation, fitted, range_conditions, read_given
from .reader import CONSTANTS, Reader
from .scope import FreeIndex, Scope
from .sums import comparison_conditions
from .tensors import Tensor, as_indices
from .updates import settled

#: The modules whose rules `elaborate` knows: importing them registers the rules.
RULES = (calls, derivatives, points, products, scripted, sums)
MOST_RESTARTS = 40
#: Readings of the given equations that are kept for other claims.
MOST_MODELS = 96
Result = TypeVar("Result")
EQUALITIES = frozenset({"=", ":=", "\\equiv"})


@dataclass(frozen=True)
class Side:
    """One side of a chain: `body` is its entry at the component `variables`; `error` says why it has no meaning."""

    latex: str
    tensor: Tensor | None
    variables: tuple[str, ...] = ()
    body: Expression | None = None
    spellings: tuple[str, ...] = ()
    error: str = ""


@dataclass(frozen=True)
class ReadClaim:
    """A claim under one reading.

    `free` are the index letters it leaves free with their ranges, `conditions` restrict them,
    `notes` tell how things were read. `doubts` say why nothing false under this reading refutes the claim;
    they may come from later readings. With `corner` it is compared where most entries are 0.
    """

    computation: Computation
    sides: tuple[Side, ...]
    free: Mapping[str, FreeIndex]
    conditions: tuple[Condition, ...]
    stated: tuple[Condition, ...]
    notes: tuple[str, ...]
    letters: frozenset[str] = frozenset()
    doubts: Sequence[str] = ()
    corner: bool = False


def read_model(parsed: Parsed, choices: Choices, sizes: Mapping[str, Affine] | None = None) -> tuple[Reader, Computation]:
    """Declarations, given equations and assumptions of a problem under one set of choices, `sizes` being known already."""
    sizes = sizes or {}
    for known in parsed.models:
        if known.is_read_with(choices.preset, sizes):
            choices.made.update(known.made)
            choices.open.extend(known.open)
            return known.reader.copy(choices), known.computation
    reader = declare(parsed, choices)
    reader.sizes = sizes
    read_given(parsed, reader)
    model = computation(reader, parsed)
    parsed.models.append(ReadModel(dict(choices.made), tuple(choices.open), sizes, reader.copy(choices), model))
    del parsed.models[:-MOST_MODELS]
    return reader, model


def read_claim(parsed: Parsed, formula: s.Formula, choices: Choices) -> ReadClaim:
    """The claim under one set of choices; starts anew whenever an inferred size becomes known.

    Raises `ReadingError` where it has no meaning under them.
    """
    return with_sizes(choices, lambda fresh, sizes: _read(parsed, formula, fresh, sizes))


def with_sizes(choices: Choices, run: Callable[[Choices, Mapping[str, Affine]], Result]) -> Result:
    """`run` until no more sizes are found; what it chose is recorded in `choices`."""
    sizes: dict[str, Affine] = {}
    for _ in range(MOST_RESTARTS):
        fresh = Choices(preset=choices.preset)
        try:
            return run(fresh, sizes)
        except SizeFound as found:
            sizes = resolved(sizes, found.name, found.value)
        finally:
            choices.made, choices.open = fresh.made, fresh.open
    raise Unsupported("the shapes of undeclared names could not be inferred; declare them under `shapes`")


def _read(parsed: Parsed, formula: s.Formula, choices: Choices, sizes: Mapping[str, Affine]) -> ReadClaim:
    try:
        reader, model = read_model(parsed, choices, sizes)
    except ReadingError as error:
        error.in_model = True
        raise
    try:
        return _read_sides(parsed, formula, choices, reader, model)
    except LayoutOpen as error:
        parsed.doubts.append(error.message)
        raise
    except ShapeClash as error:
        if not reader.against_layout:
            raise
        doubt = LayoutOpen(f"{error.message}; the stated layout and the shape of `{reader.against_layout}` do not agree", error.span)
        parsed.doubts.append(doubt.message)
        raise doubt from error


def _read_sides(parsed: Parsed, formula: s.Formula, choices: Choices, reader: Reader, model: Computation) -> ReadClaim:
    # Inferred shapes are the most general that fit the equations: once they do, no others are tried.
    choices.open = [(key, options) for key, options in choices.open if not key.startswith(SHAPE_CHOICE)]
    reader.part = "claim"
    formula = settled(formula, parsed, reader)
    bad = [r for r in formula.relations if r not in EQUALITIES]
    if bad:
        raise Unsupported(f"a claim with `{bad[0]}` is not judged yet; only equations are")
    scope = Scope(reader.letters)
    written = [_unwritten_sums(side, reader) for side in formula.sides]
    tensors: list[Tensor | None] = []
    errors: list[str] = []
    for position, side in enumerate(written):
        reader.side = position
        try:
            if _is_named_here(side, formula, parsed, reader):
                raise UnknownName(f"`{to_latex(side)}` is declared, but no given equation says what it is", side.span)
            tensors.append(elaborate(side, reader, scope))
            errors.append("")
        except UnknownName as error:
            tensors.append(None)
            errors.append(error.message)
    target = next((t for t in tensors if t is not None and t.kind == "plain"), None)
    if target is None:
        raise UnknownName(next(e for e in errors if e) if any(errors) else "the claim compares numbers only")
    sides: list[Side] = []
    for position, (node, tensor, problem) in enumerate(zip(formula.sides, tensors, errors, strict=True)):
        if tensor is not None:
            shown = spread(tensor, target) if parsed.problem.inferred else None
            tensor = _same_shape(tensor, target, node, position, reader, shown)
        variables, body = _entry(tensor, reader)
        sides.append(Side(to_latex(node), tensor, variables, body, tuple(reader.spellings.get(position, ())), problem))
    condition = parsed.condition if parsed.condition is not None else formula.condition
    slots = [Affine.of(letter) for letter in scope.free]
    stated = _stated(condition, scope, formula)
    conditions = range_conditions(condition, slots, scope, formula)
    letters = frozenset(reader.letters.ranges)
    return ReadClaim(
        model, tuple(sides), dict(scope.free), conditions, stated, tuple(reader.notes), letters, parsed.doubts, parsed.problem.corner
    )


def _is_named_here(side: s.Node, formula: s.Formula, parsed: Parsed, reader: Reader) -> bool:
    """Whether a side is a lone name that has a shape, but of which nothing else speaks: the claim says what it is, right or wrong."""
    if not isinstance(side, s.Symbol) or side.name in CONSTANTS:
        return False
    own = _family_of(side, reader)
    if not own or own in reader.equations:
        return False
    assumed = [parsed.expression(name) for fact in parsed.problem.assume if not isinstance(fact, str) for name in fact.values()]
    assumed += [formula for fact in parsed.problem.assume if isinstance(fact, str) for formula in parse(fact, parsed.words)]
    others = (*(g.formula for g in parsed.given), *(other for other in formula.sides if other is not side), *assumed)
    return all(own != _family_of(node, reader) for node in s.walk(*others))


def _family_of(node: s.Node, reader: Reader) -> str:
    """The quantity that a spelling names; empty where it names none."""
    found = reader.names.find(node, Scope(reader.letters)) if isinstance(node, (s.Symbol, s.Call, s.Scripted)) else []
    return found[0].template.key if found else ""


def _entry(tensor: Tensor | None, reader: Reader) -> tuple[tuple[str, ...], Expression | None]:
    if tensor is None:
        return (), None
    variables = reader.fresh.indices(tensor.rows + tensor.columns)
    indices = as_indices(variables)
    return variables, tensor.entry(indices[: len(tensor.rows)], indices[len(tensor.rows) :])


def _same_shape(tensor: Tensor, target: Tensor, node: s.Node, position: int, reader: Reader, shown: Tensor | None) -> Tensor:
    """A side in the shape of the others; `shown` is what it is where a derivative beside it has more entries."""
    try:
        return fitted(tensor, target.rows, target.columns, node)
    except ShapeClash as error:
        if shown is not None and reader.choose(UNSHOWN, READINGS) == READINGS[1]:
            return shown
        message = f"one side is {target.describe()}, side {position + 1} is {tensor.describe()}"
        clash = ShapeClash(message, node.span, "sides", (target.shape, tensor.shape))
        raise reader.clash(clash, (tensor, target)) from error


def _stated(condition: s.Node | None, scope: Scope, node: s.Node) -> tuple[Condition, ...]:
    if condition is None:
        return ()
    found: list[Condition] = []
    for part in condition.items if isinstance(condition, s.Sequence) else (condition,):
        if isinstance(part, s.Comparison):
            try:
                found.extend(comparison_conditions(part, scope, node))
            except ReadingError as error:
                raise Unsupported(f"the range `{to_latex(part)}` cannot be read: {error.message}") from error
    return tuple(found)


def _unwritten_sums(node: s.Node, reader: Reader) -> s.Node:
    """Einstein's convention where `notation.einstein` names the repeated indices."""
    letters = reader.notation.einstein
    if not letters:
        return node
    terms = node.terms if isinstance(node, s.Add) else (("+", node),)
    summed: list[tuple[str, s.Node]] = []
    for sign, term in terms:
        for letter in letters:
            if _count(term, letter) > 1:
                term = s.BigOperator("\\sum", s.Symbol(letter), None, term, span=term.span)
        summed.append((sign, term))
    return s.Add(tuple(summed), span=node.span) if isinstance(node, s.Add) else summed[0][1]


def _count(node: s.Node, letter: str) -> int:
    return sum(1 for n in s.walk(node) if isinstance(n, s.Symbol) and n.name == letter and not n.scripts)
