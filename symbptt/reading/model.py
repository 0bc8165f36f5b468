"""The given equations read into a computation: families, equations, function definitions, assumptions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from importlib import import_module
from itertools import product
from typing import Final

from ..index import (
    Affine,
    AssumedEquation,
    Assumptions,
    Computation,
    Condition,
    Definition,
    Entry,
    Equation,
    Expression,
    Family,
    Number,
    Sum,
)
from ..latex import syntax as s
from ..latex.parser import parse, parse_expression
from ..latex.printer import to_latex
from ..problem import ProblemError
from .calls import function_of, function_text
from .choices import ReadingError, ShapeClash, UnknownName, Unsupported
from .declare import Parsed, ParsedGiven, hidden_letters, label_of, slot_range
from .elaborate import elaborate, infer_shape, letters_apart, superscript_components
from .infer import alike
from .longer_sums import REACHES, with_longer_sums
from .names import Match, slot_indices, spelling_of, template_of
from .reader import Reader, use_component, use_slot
from .scope import Scope, index_of, script_items
from .shifted import without_repetitions
from .sums import comparison_conditions
from .tensors import OPEN, SIZELESS, Tensor, as_indices, broadcast, describe, is_vector, total, transpose
from .turned import name_under_transpose

#: The last step, and how many letters, with which two ranges are compared.
LAST: Final = 5
MOST_LETTERS: Final = 3


def read_given(parsed: Parsed, reader: Reader) -> None:
    """Read all given equations, each once the shapes it needs are known.

    Raises the first error of an equation that cannot be read under this reading.
    """
    reader.part, reader.side = "given", 0
    _read_functions(parsed, reader)
    by_letter = _told_by_letter(parsed, reader)
    pending = without_repetitions(parsed.given, reader.letters)
    reader.stepped = _stepped_names(pending, reader)
    reader.awaited = _left_names(pending)
    while pending:
        waiting: list[ParsedGiven] = []
        failure: UnknownName | None = None
        for item in pending:
            try:
                _read_equation(item, by_letter, reader)
            except UnknownName as error:
                failure = failure or error
                waiting.append(item)
        if len(waiting) == len(pending):
            assert failure is not None
            if not _declare_recursive(waiting, reader):
                raise failure
        pending = waiting
        reader.awaited = _left_names(pending)


def _left_names(pending: Sequence[ParsedGiven]) -> frozenset[str]:
    """Names that equations still to be read will define."""
    found = (spelling_of(side) for item in pending for side in item.formula.sides[:-1])
    return frozenset(spelling.name for spelling in found if spelling is not None)


def _stepped_names(pending: Sequence[ParsedGiven], reader: Reader) -> frozenset[str]:
    """Names defined for all steps by some equation (`s_t = …`)."""
    found = [spelling for item in pending if (spelling := spelling_of(item.formula.sides[0])) is not None]
    return frozenset(s.name for s in found if any(to_latex(i.node) in reader.letters.ranges and i.kind != "call" for i in s.items))


def _declare_recursive(waiting: Sequence[ParsedGiven], reader: Reader) -> bool:
    """Quantities defined by one another without a stated shape (`h_t` by `h_{t-1}`): the first gets one by its name."""
    for item in waiting:
        left = item.formula.sides[0]
        scope = Scope(reader.letters)
        spelling = spelling_of(left)
        if spelling is not None and spelling.name in reader.stepped and not _is_stepped(left, reader):
            continue
        if isinstance(left, (s.Symbol, s.Call)) and not reader.names.find(left, scope) and infer_shape(left, reader, scope):
            return True
    return False


def _is_stepped(left: s.Node, reader: Reader) -> bool:
    spelling = spelling_of(left)
    return spelling is not None and any(to_latex(item.node) in reader.letters.ranges for item in spelling.items)


def _read_functions(parsed: Parsed, reader: Reader) -> None:
    """Maps get the shape of the quantity they define; definitions `f(x) = …` their body."""
    for name, kind in parsed.problem.functions.items():
        if "=" not in str(kind):
            continue
        left, _, right = str(kind).partition("=")
        call = parse_expression(left, parsed.words)
        if not isinstance(call, s.Call) or len(call.args) != 1 or not isinstance(call.args[0], s.Symbol):
            raise ProblemError(f"the definition of `{name}` must read `{name}(x) = …`")
        key = f"#{to_latex(call.args[0])}"
        template = template_of(key, call.args[0], frozenset())
        assert template is not None
        inside = Reader(reader.notation, reader.choices, reader.letters, type(reader.names)(), dict(reader.functions))
        inside.names.declare(template)
        inside.families[key] = Family(key, to_latex(call.args[0]), (), (), (), ())
        if reader.functions[function_text(call.function)].known:
            continue
        tree = parse_expression(right, parsed.words)
        body = elaborate(tree, inside, Scope(reader.letters))
        if not body.is_scalar:
            raise ProblemError(f"the definition of `{name}` is not element-wise")
        definition = Definition(key, body.entry((), ()), str(kind))
        _witness(definition, tree, reader)
        reader.definitions[function_text(call.function)] = definition


def _witness(definition: Definition, tree: s.Node, reader: Reader) -> None:
    """Let latex2sympy2 read the definition too: what two readers understand differently is not used."""
    witness = import_module("symbptt.witness")  # it needs SymPy, whose import takes longer than reading most documents
    try:
        doubt = witness.confirm_definition(definition, tree)
    except witness.WitnessUnavailable as error:
        reader.note(f"`{definition.latex}` has no second reading: {error}")
        return
    if doubt:
        raise ProblemError(f"the definition `{definition.latex}` is read in two ways: {doubt}")


def _after_its_family(left: s.Node, reader: Reader) -> None:
    """`s_0 = 0` is read after `s_t = …` has told what s is.

    Raises `UnknownName`, on which the equation waits.
    """
    spelling = spelling_of(left)
    scope = Scope(reader.letters)
    if spelling is None or spelling.name not in reader.stepped or reader.names.find(left, scope):
        return
    if all(to_latex(item.node) not in reader.letters.ranges for item in spelling.items):
        raise UnknownName(f"`{to_latex(left)}` waits for the equation of its other steps", left.span)


def _with_whole_sums(formula: s.Formula, reader: Reader) -> s.Formula:
    """An equation whose sums take in the terms behind them that speak of the same letter, which is nothing outside of the sum."""
    longer, letter = with_longer_sums(formula)
    if not longer:
        return formula
    name = to_latex(formula.sides[0])
    reach = reader.choose(f"the terms behind the sum over {letter} in `{name}`", REACHES[: len(longer)])
    reader.note(f"the sum over {letter} in `{name}` takes in the terms behind it")
    return longer[REACHES.index(reach)]


def _read_equation(item: ParsedGiven, by_letter: frozenset[str], reader: Reader) -> None:
    formula = _with_whole_sums(item.formula, reader)
    _after_its_family(formula.sides[0], reader)
    if formula.membership is not None and not formula.relations:
        return
    if len(formula.sides) < 2:
        raise Unsupported(f"given `{item.latex}` is no equation", (0, 0))
    for left, right in zip(formula.sides, formula.sides[1:], strict=False):
        if left is not formula.sides[0] and spelling_of(left) is None:
            break
        try:
            _define(left, right, item, by_letter, reader)
        except ReadingError as error:
            if "given" not in error.message:
                error.message = f"in given `{item.latex}`: {error.message}"
            raise


def _define(left: s.Node, right: s.Node, item: ParsedGiven, by_letter: frozenset[str], reader: Reader) -> None:
    scope = Scope(reader.letters)
    name = name_under_transpose(left, reader, scope)
    if name is not None:
        reader.note(f"`{to_latex(left)} = …` says what `{to_latex(name)}` is")
    left, turned = name or left, name is not None
    family, slots, components, shape = _left_side(left, reader, scope)
    expected = shape if not components else None
    expected = expected[::-1] if expected is not None and turned else expected
    if expected is not None:
        _note_map(right, expected, reader, scope)
    reader.given_shape = expected
    value = elaborate(right, reader, scope)
    if turned:
        value = _turned(value, left, family is None, reader)
    elif isinstance(right, s.Derivative) and expected is not None:
        value = _as_shaped(value, expected, left, reader)
    if family is None:
        assert shape is None
        family, slots, components = _new_family(left, value, by_letter, reader, scope)
    axes = reader.axes_of(family, slots)
    variables = list(components)
    if variables:
        if not value.is_scalar:
            raise ShapeClash(f"the left side is a component, the right side {value.describe()}", left.span)
        body = value.entry((), ())
    else:
        rows, columns = _shape_at(family, slots, reader)
        if not rows and not columns and is_vector(value) and not isinstance(right, s.Symbol):
            meaning = reader.choose(f"`{to_latex(left)}`, a scalar defined by a vector", ("a clash of shapes", "the sum of its entries"))
            value = total(value, reader.fresh) if meaning == "the sum of its entries" else value
        value = fitted(value, rows, columns, left)
        variables = list(reader.fresh.indices(axes))
        indices = as_indices(variables)
        body = value.entry(indices[: len(rows)], indices[len(rows) :])
    family, slots = _with_hidden(family, slots, components, scope, reader)
    conditions = range_conditions(item.condition, slots, scope, left)
    _once(family, slots, conditions, reader, left)
    reader.equations.setdefault(family.name, []).append(Equation(family.name, slots, tuple(variables), body, conditions, item.latex))
    if isinstance(right, s.Call) and not right.function.primes:
        if len(right.args) == 1:
            reader.forward.append((right.function, right.args[0]))
        function = function_of(right.function, reader, scope)
        implicit = reader.names.find(right.function, scope) == [] and function is None and len(right.args) == 1
        if function is not None or implicit:
            reader.outputs.add((family.name, function.name if function else function_text(right.function)))


def _turned(value: Tensor, left: s.Node, new: bool, reader: Reader) -> Tensor:
    """What is left of `x^T = value`. A new name is a column: `\\delta^T = \\frac{\\partial L}{\\partial z}` says that gradients are rows.

    Raises `ShapeClash` where the stated layout makes them columns.
    """
    column = new and value.jacobian is not None and len(value.rows) == 1 and not value.columns
    if column and reader.notation.layout_of("scalar", "vector"):
        raise ShapeClash(f"the left side is a row, the right side {value.describe()} in the stated layout", left.span)
    return value if column else transpose(value)


def _as_shaped(value: Tensor, expected: tuple[tuple[Affine, ...], tuple[Affine, ...]], left: s.Node, reader: Reader) -> Tensor:
    """A gradient that an abbreviation names, turned where the shape of the name is that of the other layout."""
    jacobian = value.jacobian
    if jacobian is None or jacobian.of_shape != ((), ()) or expected == value.shape or expected != value.shape[::-1]:
        return value
    reader.note(f"`{to_latex(left)}` has its stated shape, the derivative itself the stated layout")
    reader.against_layout = to_latex(left)
    return transpose(value)


def _once(family: Family, slots: tuple[Affine, ...], conditions: tuple[Condition, ...], reader: Reader, left: s.Node) -> None:
    """A quantity may have several equations only for different steps."""
    for other in reader.equations.get(family.name, []):
        if other.slots == slots and (other.conditions == conditions or _overlap(other.conditions, conditions, reader)):
            raise Unsupported(f"`{to_latex(left)}` is defined twice", left.span)
        if all(_letters_of(a, reader) for a in (*other.slots, *slots)) and len(slots) > 0 and other.slots != slots:
            raise Unsupported(
                f"`{to_latex(left)}` and `{family.latex}` with another letter are both defined, and are one family by their spelling",
                left.span,
            )


def _overlap(first: tuple[Condition, ...], second: tuple[Condition, ...], reader: Reader) -> bool:
    """Whether two ranges of letters have values in common; a single step is never one of a range, for its equation goes first."""
    both = (*first, *second)
    if any(condition.relation == "=" for condition in both):
        return False
    names = sorted({atom for c in both for side in (c.left, c.right) for atom in side.atoms() if isinstance(atom, str)})
    letters = [name for name in names if name in reader.letters.ranges]
    if len(letters) > MOST_LETTERS or not all(name in reader.letters.ranges or name in reader.letters.last_steps for name in names):
        return False
    ends = dict[object, int](dict.fromkeys(reader.letters.last_steps, LAST))
    values = (ends | dict(zip(letters, values, strict=True)) for values in product(range(LAST + 1), repeat=len(letters)))
    return any(all(c.holds(own) for c in both) for own in values)


def _letters_of(index: Affine, reader: Reader) -> set[object]:
    return {atom for atom in index.atoms() if atom not in reader.letters.last_steps}


def _with_hidden(
    family: Family, slots: tuple[Affine, ...], components: tuple[str, ...], scope: Scope, reader: Reader
) -> tuple[Family, tuple[Affine, ...]]:
    """A left side that does not show an index which its right side leaves free depends on it all the same."""
    shown = {atom for slot in slots for atom in slot.atoms()}
    shown |= set(components)
    missing = [name for name, free in scope.free.items() if free.role and name not in shown and name in reader.letters.ranges]
    if not missing or family.name in reader.equations or any(key == family.name for _, key in reader.patterns):
        return family, slots
    letters = (*family.letters, *missing)
    reader.note(f"`{family.latex}` depends on {', '.join(missing)}, which it does not show")
    reader.names.hide(family.name, tuple(missing))
    ranges = (*family.slots, *(slot_range(x, reader.letters) for x in missing))
    wider = Family(family.name, family.latex, ranges, letters, family.rows, family.columns)
    reader.families[family.name] = wider
    return wider, (*slots, *(Affine.of(x) for x in missing))


def _shape_at(family: Family, slots: tuple[Affine, ...], reader: Reader) -> tuple[tuple[Affine, ...], tuple[Affine, ...]]:
    tensor = reader.family_tensor(family, slots)
    return tensor.rows, tensor.columns


def fitted(value: Tensor, rows: tuple[Affine, ...], columns: tuple[Affine, ...], node: s.Node) -> Tensor:
    """`value` in the shape it must have: a literal or identity is spread, a three-index derivative reshaped.

    Raises `ShapeClash` where it does not fit.
    """
    if value.kind not in SIZELESS and value.kind != "number" and alike(value.shape, (rows, columns)):
        return value
    if value.kind in OPEN and broadcast(value, rows, columns) is None:
        raise ShapeClash(f"the left side is {describe(rows, columns)}, the right side a vector of ones or its product", node.span)
    if value.kind == "number" or value.kind in SIZELESS:
        wide = broadcast(value, rows, columns)
        assert wide is not None
        return wide
    if value.rows + value.columns == rows + columns and len(rows + columns) == 2 and (not value.rows or not value.columns):
        return Tensor(rows, columns, lambda i, j: value.entry((i + j)[: len(value.rows)], (i + j)[len(value.rows) :]))
    raise ShapeClash(f"the left side is {describe(rows, columns)}, the right side {value.describe()}", node.span)


def _left_side(
    left: s.Node, reader: Reader, scope: Scope
) -> tuple[Family | None, tuple[Affine, ...], tuple[str, ...], tuple[tuple[Affine, ...], tuple[Affine, ...]] | None]:
    """The declared family that a left side names, its slots and component letters, and its shape if known."""
    for found in reader.names.find(left, scope):
        family = reader.families.get(found.template.key)
        slots = slot_indices(found, scope)
        if family is None or slots is None:
            continue
        axes = reader.axes_of(family, slots)
        rest = [r for r in found.rest if r.kind != "sup"] or list(superscript_components(found.rest, axes, reader))
        if len(rest) != len(found.rest) or len(rest := letters_apart(rest, len(axes))) not in (0, len(axes)):
            continue
        for position, slot in enumerate(slots):
            use_slot(slot, family, position, scope)
        letters: list[str] = []
        for component, size in zip(rest, axes, strict=False):
            index = index_of(component.node, scope)
            variable = index.as_variable() if index is not None else None
            if index is None or variable is None:
                raise Unsupported("a component on a left side must be a letter", left.span)
            use_component(index, size, scope, left.span)
            letters.append(variable)
        return family, slots, tuple(letters), _shape_at(family, slots, reader)
    return None, (), (), None


def _told_by_letter(parsed: Parsed, reader: Reader) -> frozenset[str]:
    """Names such as δ defined once as `δ_j` and once as `δ_k`: two families that the letter of the index tells apart."""
    letters: dict[str, set[str]] = {}
    for item in parsed.given:
        left = item.formula.sides[0]
        if not isinstance(left, s.Symbol) or len(left.scripts) != 1 or reader.names.has(left.name):
            continue
        letter = to_latex(left.scripts[0].body)
        if letter in reader.letters.ranges:
            letters.setdefault(left.name, set()).add(letter)
    return frozenset(name for name, found in letters.items() if len(found) > 1)


def _new_family(
    left: s.Node, value: Tensor, by_letter: frozenset[str], reader: Reader, scope: Scope
) -> tuple[Family, tuple[Affine, ...], tuple[str, ...]]:
    """Declare the quantity on a left side with the shape of its right side."""
    key = to_latex(left)
    if value.kind in SIZELESS:
        raise ShapeClash("the size of the right side is stated nowhere", left.span)
    left, components, sizes = _component_letters(left, value, scope)
    template = template_of(key, left, frozenset(reader.letters.ranges), hidden_letters(key, reader.notation))
    if template is None or spelling_of(left) is None:
        if not isinstance(left, s.Derivative):
            raise Unsupported(f"the left side `{key}` is no name", left.span)
        letters = tuple(sorted(name for name in scope.free if name in reader.letters.ranges))
        reader.patterns.append((left, key))
    else:
        reader.names.declare(replace(template, by_letter=template.spelling.name in by_letter))
        letters = (*template.letters, *template.hidden)
    slots = tuple(scope.letter(letter) or Affine.of(letter) for letter in letters)
    rows, columns = (sizes, ()) if components else value.shape
    family = Family(key, to_latex(left), tuple(slot_range(x, reader.letters) for x in letters), letters, rows[:1], rows[1:] + columns)
    if not components:
        family = replace(family, rows=rows, columns=columns)
    reader.families[key] = family
    return family, slots, components


def _component_letters(left: s.Node, value: Tensor, scope: Scope) -> tuple[s.Node, tuple[str, ...], tuple[Affine, ...]]:
    """`g_i = …` with i free over an axis on the right: g has that axis. The left side without them, the letters, the sizes."""
    if not isinstance(left, s.Symbol) or not value.is_scalar:
        return left, (), ()
    letters: list[str] = []
    sizes: list[Affine] = []
    scripts: list[s.Script] = []
    for script in left.scripts:
        items = [to_latex(item) for item in script_items(script)]
        if len(items) == 1 and len(items[0]) == 2 and set(items[0]) <= set(scope.free):  # `Y_{ic}`, read as one word
            items = list(items[0])
        free = [scope.free.get(item) for item in items]
        inner = all(f is not None and f.role == "component" and f.upper is not None for f in free)
        if script.kind == "sub" and items and inner and not any(item in scope.letters.ranges for item in items):
            letters += items
            sizes += [f.upper for f in free if f is not None and f.upper is not None]
        else:
            scripts.append(script)
    return replace(left, scripts=tuple(scripts)), tuple(letters), tuple(sizes)


def _note_map(right: s.Node, shape: tuple[tuple[Affine, ...], tuple[Affine, ...]], reader: Reader, scope: Scope) -> None:
    """Maps have the shape of the quantity they define, also as a term of a sum (`y = x + F(x)`)."""
    for term in [t for _, t in right.terms] if isinstance(right, s.Add) else [right]:
        if isinstance(term, s.Call):
            function = function_of(term.function, reader, scope)
            if function is not None and function.kind == "map":
                reader.map_shapes.setdefault(function.name, shape)


def range_conditions(condition: s.Node | None, slots: Sequence[Affine], scope: Scope, node: s.Node) -> tuple[Condition, ...]:
    """The stated range, completed by the declared ranges of the index letters where it leaves an end open."""
    stated: list[Condition] = []
    if condition is not None:
        parts = condition.items if isinstance(condition, s.Sequence) else (condition,)
        for part in parts:
            if isinstance(part, s.Comparison):
                stated.extend(comparison_conditions(part, scope, node))
    found = list(stated)
    letters = {atom for slot in slots for atom in slot.atoms() if isinstance(atom, str)} & set(scope.letters.ranges)
    for letter in sorted(letters):
        lower, upper = scope.letters.ranges[letter]
        below, above = bounded(letter, stated)
        # `t = T - 1` says how far t goes for many steps; it does not reach below the first one.
        if not below or _is_relative(letter, stated):
            found.append(Condition(lower, "\\le", Affine.of(letter)))
        if not above:
            found.append(Condition(Affine.of(letter), "\\le", upper))
    return tuple(found)


def _is_relative(letter: str, conditions: Sequence[Condition]) -> bool:
    """Whether all that bounds a letter from below counts from something else than a number."""
    others = [
        c.right if c.left.as_variable() == letter else c.left for c in conditions if letter in (c.left.as_variable(), c.right.as_variable())
    ]
    return all(other.terms for other in others)


def bounded(letter: str, conditions: Sequence[Condition]) -> tuple[bool, bool]:
    """Whether conditions bound a letter from below and from above."""
    below = above = False
    for c in conditions:
        left, right = c.left.as_variable() == letter, c.right.as_variable() == letter
        if c.relation == "=" and (left or right):
            return True, True
        if (right and c.relation in ("<", "\\le")) or (left and c.relation in (">", "\\ge")):
            below = True
        if (left and c.relation in ("<", "\\le")) or (right and c.relation in (">", "\\ge")):
            above = True
    return below, above


def computation(reader: Reader, parsed: Parsed) -> Computation:
    """What the reader has gathered, with the assumptions of the problem."""
    labels: dict[str, tuple[Affine, Affine]] = {}
    for name, ends in reader.letters.ranges.items():
        label = label_of(name)
        if label is not None:
            labels[label] = ends
    return Computation(
        dict(reader.families),
        {name: tuple(found) for name, found in reader.equations.items()},
        dict(reader.definitions),
        tuple(sorted(reader.letters.last_steps)),
        labels,
        read_assumptions(parsed, reader),
    )


def read_assumptions(parsed: Parsed, reader: Reader) -> Assumptions:
    """The `assume` field.

    Raises `ProblemError` for an unknown kind and `ReadingError` for a formula that cannot be read.
    """
    kinds: dict[str, list[str]] = {"normalised": [], "one_hot": [], "columnwise": [], "positive": [], "nonzero": []}
    equations: list[AssumedEquation] = []
    for item in parsed.problem.assume:
        if isinstance(item, str):
            _assumed_equation(item, parsed, reader, kinds, equations)
            continue
        for kind, name in item.items():
            fact = kind.removesuffix("_columns")
            if fact not in ("one_hot", "normalised") and kind not in ("positive", "nonzero"):
                known = "one_hot, normalised (with `_columns` behind it for the columns of a matrix), positive, nonzero or a LaTeX equation"
                raise ProblemError(f"assumption `{kind}` is not known; use {known}")
            family = reader.families[family_named(name, parsed, reader).template.key]
            if fact != kind and len(family.axes) != 2:
                raise ProblemError(f"assumption `{kind}` is about the columns of a matrix, which `{name}` is not")
            _add_fact(kinds, fact, family.name, columnwise=fact != kind)
    return Assumptions(**{kind: tuple(dict.fromkeys(found)) for kind, found in kinds.items()}, equations=tuple(equations))


def _add_fact(kinds: dict[str, list[str]], fact: str, family: str, *, columnwise: bool) -> None:
    """Raises `ProblemError` where the rows of a matrix and its columns would add up to 1: only one of them is known as such."""
    sums = fact in ("one_hot", "normalised")
    if sums and family in (*kinds["one_hot"], *kinds["normalised"]) and columnwise != (family in kinds["columnwise"]):
        raise ProblemError(f"both the rows and the columns of `{family}` are assumed to add up to 1; only one of the two can be used")
    kinds[fact].append(family)
    if columnwise:
        kinds["columnwise"].append(family)


def family_named(name: str, parsed: Parsed, reader: Reader) -> Match:
    found = reader.names.find(parsed.expression(name), Scope(reader.letters))
    if not found:
        raise ProblemError(f"assumption about `{name}`, which is declared nowhere")
    return found[0]


def _assumed_equation(text: str, parsed: Parsed, reader: Reader, kinds: dict[str, list[str]], equations: list[AssumedEquation]) -> None:
    for formula in parse(text, parsed.words):
        if formula.relations != ("=",):
            raise ProblemError(f"assumption `{text}` is no equation")
        scope = Scope(reader.letters)
        left, right = (elaborate(side, reader, scope) for side in formula.sides)
        right = fitted(right, left.rows, left.columns, formula)
        variables = reader.fresh.indices(left.rows + left.columns)
        i = as_indices(variables)
        rows = len(left.rows)
        a, b = left.entry(i[:rows], i[rows:]), right.entry(i[:rows], i[rows:])
        family, columnwise = _normalised_family(a, b, reader)
        if family:
            _add_fact(kinds, "normalised", family, columnwise=columnwise)
            continue
        ranges = [(v, Affine.of(1), size) for v, size in zip(variables, left.rows + left.columns, strict=True)]
        ranges += [(name, f.lower, f.upper) for name, f in scope.free.items() if f.lower is not None and f.upper is not None]
        equations.append(AssumedEquation(tuple(ranges), a, b, text))


def _normalised_family(left: Expression, right: Expression, reader: Reader) -> tuple[str, bool]:
    """`\\sum_k y_{t,k} = 1`: the family whose entries sum to one, and whether those of a column do."""
    if isinstance(left, Sum) and isinstance(left.body, Entry) and isinstance(right, Number) and right.value == 1 and not left.conditions:
        family = reader.families[left.body.family]
        summed = Affine.of(left.variable)
        free = [index for index in (*left.body.slots, *left.body.components) if index != summed]
        whole = all(index.as_variable() not in (None, *reader.letters.last_steps) for index in free)
        for axis in (-1, -2)[: len(family.axes)] if whole else ():
            if left.body.components.count(summed) == 1 and left.body.components[axis] == summed and left.upper == family.axes[axis]:
                return family.name, axis == -2
    return "", False
