"""From the formulas of a document to the fields of a problem that nobody wrote: shapes, ranges, functions, notation."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

from ..latex import syntax as s
from ..latex.printer import to_latex
from ..reading.calls import KNOWN_NAMES
from ..reading.reader import ONES
from ..reading.scope import shape_parts
from .assignment import Assignment, Equations, assign, costs
from .kinds import ANY, COLUMN, COSTS, DIAGONAL, ELEMENTWISE, MATRIX, MEANINGS, ROW, SCALAR, VECTOR
from .letters import sums_in
from .quantities import Names, function_key
from .sizes import Sizes
from .written import calls_in, outside_scripts, symbol_names

#: How much a definition weighs against a claim, which may be wrong.
DEFINITION, CLAIM = 3.0, 0.5
#: Letters of time: sizes do not depend on them.
TIMES = frozenset({"t", "\\tau", "s", "u", "k", "i", "j", "n"})
#: Costs that are called errors.
ERRORS = ("E", "\\mathcal{E}")
CONSTANT_NAMES = frozenset({"e", "\\pi", "\\infty", "\\dots", "\\top", "T", "d", "\\partial", "\\Delta", "\\nabla"})
#: Names that are written as matrices are.
CAPITAL = re.compile(r"(?:\\[a-z]+\{)?[A-Z](?![a-z])")
#: How many members there are that a letter counts without an end.
MEMBERS = ("N", "M", "K")
LAST_STEP = {"t": "T", "\\tau": "T", "l": "L", "\\ell": "L"}


@dataclass(frozen=True)
class Stated:
    """What front matter, a sidecar or the words of a document say."""

    shapes: Mapping[str, str] = field(default_factory=dict)
    kinds: Mapping[str, str] = field(default_factory=dict)
    ranges: Mapping[str, str] = field(default_factory=dict)
    functions: Mapping[str, str] = field(default_factory=dict)
    signs: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    lying: frozenset[str] = frozenset()  # keys of `shapes` that give a length alone: the equations tell rows from columns
    scalars: bool = False  # everything is a number
    all_ranges: bool = False  # whether the ranges are all there are: an author has stated them

    def __hash__(self) -> int:
        mappings = (self.shapes, self.kinds, self.ranges, self.functions, self.signs)
        return hash((*(frozenset(mapping) for mapping in mappings), self.lying, self.scalars, self.all_ranges))


#: Kinds by the words for them.
KINDS_IN_WORDS = {"scalar": SCALAR, "vector": VECTOR, "matrix": MATRIX, "row": ROW, "array": VECTOR | MATRIX}


@dataclass(frozen=True)
class Inferred:
    """Fields of a problem that were inferred; what was stated is not repeated here. `unfit` are the formulas that fit no shapes."""

    shapes: Mapping[str, str] = field(default_factory=dict)
    ranges: Mapping[str, str] = field(default_factory=dict)
    functions: Mapping[str, str] = field(default_factory=dict)
    calls: tuple[str, ...] = ()
    doubtful: frozenset[str] = frozenset()  # keys of `shapes` for which another shape fits nearly as well
    unfit: tuple[s.Formula, ...] = ()


def infer_frame(definitions: Sequence[s.Formula], claims: Sequence[s.Formula], stated: Stated) -> Inferred:
    """Infer what the equations of one model leave unsaid.

    Words that call something a vector count less than shapes: "the gate vector" of a batch is a matrix where all equations fit then, and
    do not otherwise.
    """
    return _inferred(tuple(definitions), tuple(claims), stated)


@lru_cache(maxsize=64)  # parts of a document are looked at again where it is read a second time
def _inferred(definitions: tuple[s.Formula, ...], claims: tuple[s.Formula, ...], stated: Stated) -> Inferred:
    written = _Written.of(definitions, claims, stated)
    found = _infer(written, stated)
    own = set(definitions)
    if stated.kinds and stated.shapes and own & set(found.unfit):
        arrays = {key: "array" if word == "vector" else word for key, word in stated.kinds.items()}
        loose = _infer(written, replace(stated, kinds=arrays))
        if not own & set(loose.unfit):
            return loose
    return found


@dataclass(frozen=True)
class _Written:
    """The equations of a model with what is plain from them and from stated shapes, whatever kinds words name."""

    names: Names
    formulas: Sequence[s.Formula]  # with the letters and signs that `names` gives them
    definitions: Sequence[s.Formula]  # those that count more than claims, which may be wrong
    stating: Sequence[s.Formula]  # in the letters of the document, where `usable` has others
    usable: Sequence[s.Formula]
    keys: Sequence[str]  # of quantities that a definition mentions
    known: Mapping[str, int]
    allowed: Mapping[str, int]
    equations: Equations

    @classmethod
    def of(cls, definitions: Sequence[s.Formula], claims: Sequence[s.Formula], stated: Stated) -> _Written:
        written = [*definitions, *claims]
        names = Names([_with_numbers(f, stated.shapes) for f in written], stated.ranges, shapes=stated.shapes)
        formulas = [_entry_by_entry(formula, names) for formula in names.formulas]
        own = formulas[: len(definitions)]
        keys = _keys(own, names)
        allowed = _allowed(formulas, keys, names)
        sizes = {part for text in stated.shapes.values() for part in shape_parts(text) or ()} - set(stated.shapes)
        allowed |= {key: SCALAR for key in keys if key in sizes}  # n of `x \in \mathbb{R}^n`, used as a number
        powers = names.raised or any(map(_is_a_squared_error, own))
        if stated.scalars or (powers and not stated.shapes and _are_numbers(formulas, names)):
            allowed |= {key: SCALAR for key, kinds in allowed.items() if kinds & SCALAR and not key.endswith("()")}
        usable = [f for f in formulas if _states(f)]
        weights = [DEFINITION if at < len(own) else CLAIM for at, f in enumerate(formulas) if _states(f)]
        signs = {**MEANINGS, **_star(formulas), **stated.signs}
        stating = [formula for formula in written if _states(formula)]
        known = _stated_kinds(stated, names)
        equations = Equations(usable, weights, names, keys, known, signs)
        return cls(names, formulas, own, stating, usable, keys, known, allowed, equations)


def _infer(written: _Written, stated: Stated) -> Inferred:
    """What is inferred with all that is stated; only quantities that a definition mentions or that are stated get a shape."""
    names, formulas, definitions, keys, known = written.names, written.formulas, written.definitions, written.keys, written.known
    named = {names.quantity_of(name): KINDS_IN_WORDS.get(word, ANY) for name, word in stated.kinds.items()}
    found = _kinds(written, {**written.allowed, **named})
    ranges = {} if stated.all_ranges else _ranges(formulas, names, stated.ranges)
    shapes = _sizes([f for f in definitions if _states(f)], found, names, keys, stated, ranges)
    labels = {} if stated.all_ranges else _labels(formulas, names, {**shapes, **stated.shapes})
    arguments = _arguments(formulas, names)
    chains = dict.fromkeys(_chains(formulas, names), "chain")
    spelled = {names.quantity_of(key): key for key in stated.shapes}  # one quantity, one key: x_t is stated, x_k met more often
    functions = {key[:-2]: kind for key in keys if key.endswith("()") and (kind := _function(key, found, arguments))}
    return Inferred(
        {spelled.get(key, key): shape for key, shape in shapes.items() if key not in known or known[key] == VECTOR},
        {**ranges, **labels},
        {name: kind for name, kind in {**functions, **chains}.items() if name not in stated.functions},
        tuple(sorted(names.calls)),
        found.doubtful,
        tuple(written.stating[at] for at in found.unfit),
    )


def _kinds(written: _Written, allowed: Mapping[str, int]) -> Assignment:
    """The kinds of all quantities; once more with what a cost of numbers makes a number, and what is no number for all that."""
    usable, definitions, names, known = written.usable, written.definitions, written.names, written.known
    found = assign(written.equations, allowed)
    numbers = _numbers(found, definitions, names, known, allowed)
    narrow = assign(written.equations, {**allowed, **dict.fromkeys(numbers, SCALAR)}) if numbers else found
    own = set(definitions) if narrow.unfit else ()
    stays = {at for at in narrow.unfit if usable[at] in own} <= set(found.unfit) and len(narrow.unfit) <= len(found.unfit)
    numbers, found = (numbers, narrow) if stays else (set(), found)
    if wide := _no_scalars(found, definitions, usable, names, {key: mask for key, mask in allowed.items() if key not in numbers}):
        return assign(written.equations, {**allowed, **dict.fromkeys(wide, VECTOR)})
    return found


def _with_numbers(formula: s.Formula, shapes: Mapping[str, str]) -> s.Formula:
    """`[X, \\mathbf{1}]` as `[X, 1]`: a block of ones is as large as those beside it, where no shape of its own is stated."""

    def cell(node: s.Node) -> s.Node:
        return s.Number("1") if isinstance(node, s.Symbol) and node.name in ONES - set(shapes) and not node.scripts else node

    def changed(node: Any) -> Any:
        node = s.with_parts(node, changed)
        if isinstance(node, s.Group) and isinstance(node.body, s.Sequence):
            return replace(node, body=replace(node.body, items=tuple(map(cell, node.body.items))))
        return replace(node, rows=tuple(tuple(map(cell, row)) for row in node.rows)) if isinstance(node, s.Matrix) else node

    return changed(formula) if any(isinstance(node, s.Symbol) and node.name in ONES for node in s.walk(formula)) else formula


def _entry_by_entry_factors(node: s.Node, names: Names) -> set[str]:
    """What stands directly beside `\\odot`, without an index of an entry, and the functions that are applied there."""
    if not isinstance(node, s.Product) or "\\odot" not in node.signs:
        return set()
    pairs = zip(node.factors, node.signs, node.factors[1:], strict=False)
    beside = [factor for a, sign, b in pairs if sign == "\\odot" for factor in (a, b)]
    found = [(factor, names.of(factor)) for factor in beside if isinstance(factor, (s.Symbol, s.Call))]
    called = {function_key(factor.function) for factor, one in found if one is None and isinstance(factor, s.Call)}
    return {one.quantity.key for _, one in found if one is not None and not one.components} | called


def _is_a_squared_error(formula: s.Formula) -> bool:
    """`C = (a - y)^2`, also by a factor: a cost is a number, and no norm is written."""
    left, right = formula.sides[0], formula.sides[-1]
    power = right.factors[-1] if isinstance(right, s.Product) else right.numerator if isinstance(right, s.Fraction) else right
    squared = isinstance(power, s.Scripted) and [(x.kind, x.body) for x in power.scripts] == [("sup", s.Number("2"))]
    return squared and isinstance(left, s.Symbol) and not left.scripts and left.name in {*COSTS, *ERRORS}


def _are_numbers(formulas: Sequence[s.Formula], names: Names) -> bool:
    """Whether nothing shows a vector or matrix: no index, transpose, norm, sum, sign between vectors, nor a large letter but a cost's."""
    for node in (node for formula in formulas for node in s.walk(*formula.sides)):
        signs = set(node.signs) - {"", "\\cdot", "/"} if isinstance(node, s.Product) else ()
        turned = isinstance(node, s.Scripted) and not all(isinstance(script.body, s.Number) for script in node.scripts)
        if signs or turned or isinstance(node, (s.Norm, s.BigOperator)):
            return False
        if isinstance(node, s.Symbol):
            found = names.of(node)
            large = node.name[:1].isupper() and node.name not in {*COSTS, *ERRORS}
            if large or "{" in node.name or (found is not None and (found.transposed or found.components or found.slots)):
                return False
    return True


def _star(formulas: Sequence[s.Formula]) -> dict[str, tuple[str, ...]]:
    """What `*` means where it never stands behind a matrix: `f_t * c_{t-1}` beside `W_f h_{t-1}` is taken entry by entry."""
    products = [node for formula in formulas for node in s.walk(*formula.sides) if isinstance(node, s.Product) and "*" in node.signs]
    first = [factor for node in products for factor, sign in zip(node.factors, node.signs, strict=False) if sign == "*"]
    return {"*": ("elementwise", "matrix")} if first and not any(map(_may_be_matrix, first)) else {}


def _entry_by_entry(formula: s.Formula, names: Names) -> s.Formula:
    """`f_t * c_{t-1}` of two quantities of a step is taken entry by entry, whatever `W * x` beside it is."""

    def changed(node: Any) -> Any:
        node = s.with_parts(node, changed)
        if not isinstance(node, s.Product) or "*" not in node.signs:
            return node
        runs = [_runs(factor, names) for factor in node.factors]
        signs = tuple("\\odot" if sign == "*" and runs[at] and runs[at + 1] else sign for at, sign in enumerate(node.signs))
        return node if signs == node.signs else replace(node, signs=signs)

    starred = any(isinstance(node, s.Product) and "*" in node.signs for node in s.walk(formula))
    found: s.Formula = changed(formula) if starred else formula
    return found


def _runs(node: s.Node, names: Names) -> bool:
    """Whether a factor is a quantity of a step, or is made entry by entry of such and of numbers, and is not turned."""
    if isinstance(node, (s.Symbol, s.Call)) and (found := names.of(node)) is not None:
        written_as_matrix = CAPITAL.match(found.quantity.key) is not None
        return bool(TIMES & set(found.quantity.letters)) and not (found.transposed or found.components or written_as_matrix)
    if isinstance(node, s.Group):
        return _runs(node.body, names)
    if isinstance(node, s.Scripted):
        return _runs(node.base, names) and all(isinstance(script.body, s.Number) for script in node.scripts)
    if isinstance(node, s.Call):
        return len(node.args) == 1 and node.bracket == "(" and node.function.name.strip("\\") in KNOWN_NAMES and _runs(node.args[0], names)
    if isinstance(node, s.Add):
        terms = [term for _, term in node.terms if not isinstance(term, s.Number)]
        return bool(terms) and all(_runs(term, names) for term in terms)
    if isinstance(node, s.Derivative):
        cost = isinstance(node.numerator, s.Symbol) and node.numerator.name in COSTS
        return cost and len(node.wrt) == 1 and _runs(node.wrt[0], names)
    return False


def _may_be_matrix(node: s.Node) -> bool:
    """A name that is written as matrices are, or as weights, and anything turned."""
    if isinstance(node, (s.Group, s.Scripted)):
        return isinstance(node, s.Scripted) or _may_be_matrix(node.body)
    if not isinstance(node, s.Symbol):
        return isinstance(node, s.Derivative)
    plain = node.name.split("{")[-1].strip("\\}")
    return plain[:1].isupper() or plain.startswith(("w", "u", "v", "omega", "theta")) or any(sc.kind == "sup" for sc in node.scripts)


def _states(formula: s.Formula) -> bool:
    return bool(formula.relations) and set(formula.relations) <= {"=", ":=", "\\equiv"}


def _keys(definitions: Iterable[s.Formula], names: Names) -> list[str]:
    """Quantities and functions of the definitions, in the order of the document."""
    found: dict[str, None] = {}
    for formula in definitions:
        for side in formula.sides:
            found.update(dict.fromkeys(names.keys_in(side)))
    return [key for key in found if not _is_known(key, names)]


def _is_known(key: str, names: Names) -> bool:
    plain = key.removesuffix("()")
    counts = names.is_index(plain) and not (key.endswith("()") and plain in COSTS)  # `L(y, p)` is a cost, beside layers up to L, too
    if counts or plain in CONSTANT_NAMES or "'" in plain:
        return True
    if key.startswith(("e^", "\\Delta ")):
        return True
    return key.endswith("()") and (plain in KNOWN_NAMES or plain.strip("\\") in KNOWN_NAMES)


def _stated_kinds(stated: Stated, names: Names) -> dict[str, int]:
    found: dict[str, int] = {}
    for key, text in stated.shapes.items():
        parts = shape_parts(text)
        if parts is None:
            kind = SCALAR
        elif key in stated.lying:
            kind = VECTOR
        elif len(parts) == 1:
            kind = COLUMN
        else:
            kind = ROW if parts[0] == "1" else COLUMN if parts[1] == "1" else MATRIX
        found[names.quantity_of(key)] = kind
    for name, text in stated.functions.items():
        found[f"{name}()"] = {"scalar": SCALAR, "map": ANY, "chain": ANY}.get(text, ELEMENTWISE)
    return found


def _allowed(formulas: Sequence[s.Formula], keys: Sequence[str], names: Names) -> dict[str, int]:
    """What is plain from how names are used: two components make a matrix; what is only ever differentiated is a scalar."""
    arguments = _arguments(formulas, names)
    allowed = {key: ANY if key not in arguments else ELEMENTWISE | SCALAR if arguments[key] <= {1} else ANY for key in keys}
    above: Counter[str] = Counter()
    below: Counter[str] = Counter()
    wanted = set(keys)
    inner = _inner(formulas, names)
    spread = {key for formula in formulas for node in s.walk(*formula.sides) if _is_diagonal(node) for key in names.keys_in(node)}
    for formula in formulas:
        for node in outside_scripts(formula):
            if isinstance(node, (s.Symbol, s.Call)) and (found := names.of(node)) is not None and found.quantity.key in wanted:
                count = len(found.components)
                allowed[found.quantity.key] &= {0: ANY, 1: VECTOR}.get(count, MATRIX)
                if found.transposed and not count:  # a number is not turned
                    allowed[found.quantity.key] &= ~SCALAR
                if found.quantity.key in inner and not count:
                    allowed[found.quantity.key] &= COLUMN
            for key in _entry_by_entry_factors(node, names) & wanted:  # a number is not multiplied entry by entry
                allowed[key] &= ~SCALAR
            if isinstance(node, s.Add) and any(isinstance(term, s.Number) for _, term in node.terms):
                for key in {key for _, term in node.terms if _is_small_greek(term) for key in _key_of(term, names)} & wanted:
                    allowed[key] &= ~MATRIX
            if isinstance(node, s.Derivative):
                above.update(_key_of(node.numerator, names))
                for wrt in node.wrt:
                    below.update(_key_of(wrt, names))
    for key in keys:
        if above[key] > (0 if key in COSTS else 1) and not below[key] and allowed[key] & SCALAR and key not in spread:
            allowed[key] = SCALAR
        allowed[key] = allowed[key] or ANY
    return allowed


def _is_small_greek(node: s.Node) -> bool:
    r"""`\alpha` of `1 - \alpha`: beside a number it is no matrix."""
    return isinstance(node, s.Symbol) and re.fullmatch(r"\\[a-z]+", node.name) is not None


def _is_diagonal(node: s.Node) -> bool:
    return isinstance(node, s.Call) and node.function.name in DIAGONAL


def _inner(formulas: Sequence[s.Formula], names: Names) -> set[str]:
    """Small letters of inner products: w and x of `w^T x_i`, where w stands before another one only as it is here, turned."""
    pairs: set[tuple[str, str]] = set()
    plain: set[str] = set()
    for node in (node for formula in formulas for node in s.walk(*formula.sides) if isinstance(node, s.Product)):
        for first, sign, second in zip(node.factors, node.signs, node.factors[1:], strict=False):
            left, right = names.of(first), names.of(second)
            if left is None or right is None or not isinstance(first, s.Symbol) or sign not in ("", "*", "\\cdot"):
                continue
            small = len(first.name) == 1 and first.name.islower() and isinstance(second, s.Symbol) and second.name[:1].islower()
            if left.transposed and small and not left.quantity.letters and not right.transposed:
                pairs.add((left.quantity.key, right.quantity.key))
            else:
                plain.add(left.quantity.key)
    return {key for left, right in pairs if left not in plain for key in (left, right)}


def _no_scalars(
    found: Assignment, definitions: Sequence[s.Formula], usable: Sequence[s.Formula], names: Names, allowed: Mapping[str, int]
) -> list[str]:
    """What was taken for a scalar, for it is only ever differentiated, though its definition is of none: z of `z = W x`, ∂z/∂x.

    A definition is of none where it does not fit, or fits only because what is written as a matrix is then a row.
    """
    wide = []
    own = set(definitions)
    for at, formula in enumerate(usable):
        left = names.of(formula.sides[0])
        if left is None or left.components or allowed.get(left.quantity.key) != SCALAR or formula not in own:
            continue
        keys = [key for side in formula.sides[1:] for key in names.keys_in(side) if not key.endswith("()")]
        rows = [key for key in keys if key[:1].isupper() and found.kinds.get(key) == ROW]
        cost = costs(left.quantity.key)[SCALAR] == 0
        if at in found.unfit or (rows and not cost):
            wide.append(left.quantity.key)
    return wide


def _numbers(
    found: Assignment, definitions: Sequence[s.Formula], names: Names, known: Mapping[str, int], allowed: Mapping[str, int]
) -> set[str]:
    """A cost with what it is of, where something in it is stated to be a number, and with what these are functions and sums of.

    `L = -y \\log a - (1 - y) \\log(1 - a)` of a number y is of a number a; so is z of `a = \\sigma(z)`, and b of `z = w^T h + b`.
    """
    numbers: set[str] = set()
    for formula in definitions:
        left = names.of(formula.sides[0])
        key = left.quantity.key if left is not None and not left.components else ""
        inner = {other for other in names.keys_in(formula.sides[-1]) if other in found.kinds and not other.endswith("()")}
        plain = not any(isinstance(node, (s.BigOperator, s.Norm, s.Scripted)) for node in outside_scripts(formula.sides[-1]))
        if key in COSTS and allowed.get(key, ANY) & SCALAR and plain and any(known.get(other) == SCALAR for other in inner):
            numbers |= {key, *inner}
    while more := _of_numbers(definitions, numbers, names) & {key for key in allowed if allowed[key] & SCALAR} - numbers - set(known):
        numbers |= more
    return numbers - set(known)


def _of_numbers(definitions: Sequence[s.Formula], numbers: set[str], names: Names) -> set[str]:
    """The arguments of functions and the terms of sums that give these numbers."""
    found: set[str] = set()
    for formula in definitions:
        if len(formula.sides) == 2 and numbers.intersection(_key_of(formula.sides[0], names)):
            right = formula.sides[1]
            parts = right.args if isinstance(right, s.Call) and len(right.args) == 1 else [right]
            terms = [term for part in parts for term in ([t for _, t in part.terms] if isinstance(part, s.Add) else [part])]
            found.update(key for term in terms for key in _key_of(term, names))
    return found


def _key_of(node: s.Node, names: Names) -> list[str]:
    found = names.of(node)
    return [found.quantity.key] if found is not None and not found.components else []


def _sizes(
    formulas: Sequence[s.Formula], found: Assignment, names: Names, keys: Sequence[str], stated: Stated, ranges: Mapping[str, str]
) -> dict[str, str]:
    quantities = [key for key in keys if not key.endswith("()")]
    kinds = {key: kind if kind in (SCALAR, COLUMN, ROW, MATRIX, ELEMENTWISE) else SCALAR for key, kind in found.kinds.items()}
    letters = names.letters
    layers = {letter for key in quantities if kinds[key] == MATRIX for letter in letters.get(key, ()) if letter not in TIMES}
    lengths = {
        letter: text.partition("..")[2] for letter, text in ranges.items() if letter in names.counted_slots() and text.startswith("1..")
    }
    sizes = Sizes(names, kinds, layers, lengths, {**MEANINGS, **stated.signs}, _stated_kinds(stated, names))
    for key, text in stated.shapes.items():
        sizes.state(names.quantity_of(key), text)
    ones = {key: length for key in quantities if (length := _length_below(key))}
    known = {part for text in stated.shapes.values() for part in shape_parts(text) or ()}
    for key in ones.keys() & {key for key, length in ones.items() if length in known}:
        sizes.state(key, ones[key])
    for formula in formulas:
        sizes.join(formula)
    taken = set[str]().union(ranges, stated.ranges, *map(symbol_names, formulas))
    shapes = sizes.shapes(quantities, letters, taken)
    defined = {to_latex(formula.sides[0]) for formula in formulas if len(formula.sides) > 1}
    counts = {part for text in (*stated.shapes.values(), *shapes.values()) for part in shape_parts(text) or ()} - {*stated.shapes, *defined}
    return {key: text for key, text in shapes.items() if (text != "scalar" or key not in counts) and text == ones.get(key, text)}


def _length_below(key: str) -> str:
    """n of `\\mathbf{1}_{n}`"""
    name, _, length = key.partition("_")
    return length.strip("{}") if name in ONES else ""


def _arguments(formulas: Iterable[s.Formula], names: Names) -> dict[str, set[int]]:
    """How many arguments each function is met with."""
    found: dict[str, set[int]] = {}
    for node in (call for formula in formulas for call in calls_in(formula)):
        if names.of(node) is None:
            found.setdefault(function_key(node.function), set()).add(len(node.args))
    return found


def _function(key: str, found: Assignment, arguments: Mapping[str, set[int]]) -> str:
    """The kind of a function; empty where it is elementwise, which goes without saying."""
    kind = found.kinds.get(key, ANY)
    if arguments.get(key, {1}) <= {1}:
        return "scalar" if kind == SCALAR else ""
    return "scalar" if kind == SCALAR else "map"


def _chains(formulas: Iterable[s.Formula], names: Names) -> set[str]:
    """Functions of nothing but derivatives, which they multiply: `\\mathrm{prod}(∂L/∂o, ∂o/∂h)`."""
    found: set[str] = set()
    others: set[str] = set()
    for node in (call for formula in formulas for call in calls_in(formula)):
        if len(node.args) > 1 and names.of(node) is None:
            chain = all(isinstance(argument, s.Derivative) for argument in node.args)
            (found if chain else others).add(function_key(node.function)[:-2])
    return found - others


def _labels(formulas: Sequence[s.Formula], names: Names, shapes: Mapping[str, str]) -> dict[str, str]:
    """Ranges of labels, as `y_i` in `p[i, y_i]`: as long as the axis they choose from."""
    found: dict[str, str] = {}
    for node in (call for formula in formulas for call in calls_in(formula)):
        entry = names.of(node) if node.bracket == "[" else None
        sizes = (shape_parts(shapes.get(entry.quantity.key, "")) or ()) if entry is not None else []
        for component, size in zip(entry.components if entry is not None else (), sizes, strict=False):
            if isinstance(component, s.Symbol) and component.scripts:
                found.setdefault(to_latex(component), f"1..{size}")
    return found


def _ranges(formulas: Sequence[s.Formula], names: Names, stated: Mapping[str, str]) -> dict[str, str]:
    """`1..T` for each letter that runs; the end is that of its sums where they show one."""
    counted = names.running | names.counted_slots() | names.members
    ends: dict[str, Counter[str]] = {}
    lows: dict[str, Counter[str]] = {}
    for formula in formulas:
        for node in sums_in(formula):
            if isinstance(node.lower, s.Comparison) and node.lower.relations == ("=",) and node.upper:
                letter, end = to_latex(node.lower.sides[0]), to_latex(node.upper)
                if letter in counted and isinstance(node.upper, (s.Symbol, s.Number)) and end not in names.running:
                    ends.setdefault(letter, Counter())[end] += 1
                    lows.setdefault(letter, Counter())[to_latex(node.lower.sides[1])] += 1
                if isinstance(node.upper, s.Symbol) and end not in names.running:  # `\sum_{u=t+1}^{n}`: t goes as far as u
                    from_letters = {to_latex(part) for part in s.walk(node.lower.sides[1]) if isinstance(part, s.Symbol)}
                    for other in from_letters & counted:
                        ends.setdefault(other, Counter())[end] += 1
    found: dict[str, str] = {}
    taken = set[str]().union(*map(symbol_names, formulas))
    members = next((letter for letter in MEMBERS if letter not in taken), "")
    from_zero = _from_zero(formulas, names)
    for letter in sorted(counted - set(stated) - names.in_two_uses):  # a range would hold for entries as well
        end = ends[letter].most_common(1)[0][0] if letter in ends else LAST_STEP.get(letter, members if letter in names.members else "")
        zero = set(lows[letter]) == {"0"} if letter in lows else letter in from_zero
        low = "0" if zero else "1"
        if end:
            found[letter] = f"{low}..{end}"
    return found


def _from_zero(formulas: Sequence[s.Formula], names: Names) -> set[str]:
    """Letters whose range begins at 0: some quantity is met at 0, and never at the step before; of `h_{t-1}` the `h_0` may come first."""
    at_zero: dict[str, set[str]] = {}
    before: set[tuple[str, str]] = set()
    met = (names.of(node) for formula in formulas for node in outside_scripts(formula) if isinstance(node, (s.Symbol, s.Call)))
    for occurrence in {id(found): found for found in met if found is not None and found.slots}.values():
        key = occurrence.quantity.key
        for letter, slot in zip(occurrence.quantity.letters, occurrence.slots, strict=False):
            if slot == s.Number("0"):
                at_zero.setdefault(letter, set()).add(key)
            elif isinstance(slot, s.Add):
                before.add((letter, key))
    return {letter for letter, keys in at_zero.items() if any((letter, key) not in before for key in keys)}
