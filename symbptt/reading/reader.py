"""The state of one reading: declared names, functions and notation, the choices made, and notes for the report."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from ..index import Affine, Definition, Entry, Equation, Expression, Family
from ..latex.syntax import Node, Symbol
from .choices import Choices, LayoutOpen, ReadingError, ShapeClash, Unsupported
from .names import NameTable, Template
from .notation import Notation
from .scope import Letters, Scope
from .tensors import UNIT, Indices, Sizes, Tensor, is_wide, kronecker
from .tensors import Names as FreshNames

#: Names that stand for a constant tensor, of the shape they are declared with.
CONSTANTS = {
    "\\mathbf{1}": "ones",
    "\\mathbb{1}": "ones",
    "\\vec{1}": "ones",
    "\\boldsymbol{1}": "ones",
    "I": "identity",
    "\\mathbf{I}": "identity",
    "\\mathbb{I}": "identity",
    "\\boldsymbol{I}": "identity",
    "Id": "identity",
}
ONES = frozenset(name for name, constant in CONSTANTS.items() if constant == "ones")


@dataclass(frozen=True)
class Function:
    """A function as declared or known: `kind` is elementwise, vector, scalar, map, chain or defined.

    `name` is the row of the function table for a known one, else the spelling. A `map` has the shape
    of its value once an equation has shown it. `slots` are the layer or step of an indexed one (`f^l`).
    """

    name: str
    kind: str
    known: bool = False
    slots: tuple[Affine, ...] = ()


@dataclass
class Reader:
    """One run over a problem. Mutable: families and equations are filled in as the given equations are read."""

    notation: Notation
    choices: Choices
    letters: Letters
    names: NameTable
    functions: dict[str, Function]
    indexed_functions: list[tuple[Template, Function]] = field(default_factory=list)
    families: dict[str, Family] = field(default_factory=dict)
    equations: dict[str, list[Equation]] = field(default_factory=dict)
    map_shapes: dict[str, tuple[Sizes, Sizes]] = field(default_factory=dict)
    patterns: list[tuple[Node, str]] = field(default_factory=list)
    forward: list[tuple[Symbol, Node]] = field(default_factory=list)
    implicit: set[str] = field(default_factory=set)
    outputs: set[tuple[str, str]] = field(default_factory=set)
    fresh: FreshNames = field(default_factory=FreshNames)
    notes: list[str] = field(default_factory=list)
    gradient_shown: bool = False
    against_layout: str = ""  # a name for a gradient whose stated shape is not that of the stated layout
    loose_biases: bool = False  # shapes are inferred, and a column may be the bias of rows
    given_shape: tuple[Sizes, Sizes] | None = None
    sizes: Mapping[str, Affine] = field(default_factory=dict)
    awaited: frozenset[str] = frozenset()
    stepped: frozenset[str] = frozenset()
    part: str = "given"
    side: int = 0
    definitions: dict[str, Definition] = field(default_factory=dict)
    spellings: dict[int, list[str]] = field(default_factory=dict)

    def copy(self, choices: Choices) -> Reader:
        """The same state, to go on from with other choices."""
        names = replace(self.names, templates={name: list(found) for name, found in self.names.templates.items()})
        return replace(
            self,
            choices=choices,
            names=names,
            functions=dict(self.functions),
            indexed_functions=list(self.indexed_functions),
            families=dict(self.families),
            equations={name: list(found) for name, found in self.equations.items()},
            map_shapes=dict(self.map_shapes),
            patterns=list(self.patterns),
            forward=list(self.forward),
            implicit=set(self.implicit),
            outputs=set(self.outputs),
            fresh=self.fresh.copy(),
            notes=list(self.notes),
            definitions=dict(self.definitions),
            spellings={side: list(found) for side, found in self.spellings.items()},
        )

    def clash(self, error: ShapeClash, operands: Iterable[Tensor]) -> ReadingError:
        """A clash of shapes, which refutes nothing where a derivative of a matrix is among the operands.

        No order of its indices is agreed on; in a layout that was only tried it is an ordinary clash.
        """
        wide = any(a.jacobian is not None and is_wide(a) and sum(map(len, a.jacobian.of_shape)) == 2 for a in operands)
        tried = any(key.startswith("layout") and self.choices.made[key] != options[0] for key, options in self.choices.open)
        if not wide or tried:
            return error
        return LayoutOpen(f"{error.message}; nothing states in which order the indices of a derivative of a matrix lie", error.span)

    def note(self, text: str) -> None:
        if text not in self.notes:
            self.notes.append(text)

    def choose(self, key: str, options: tuple[str, ...]) -> str:
        return self.choices.choose(key, options)

    def family_tensor(self, family: Family, slots: tuple[Affine, ...]) -> Tensor:
        """A member of a family as a tensor."""
        shift = _slot_substitution(family, slots)
        rows = tuple(s.substitute(shift) for s in family.rows)
        columns = tuple(s.substitute(shift) for s in family.columns)

        # a gate I_t, or a matrix I that an equation defines, is no constant; nor may it be one before that equation is read
        own = bool(family.letters) or family.name in self.equations or family.name in self.awaited
        constant = "" if own else CONSTANTS.get(family.name.split("_")[0])
        if constant == "ones":
            return Tensor(rows, columns, lambda i, j: UNIT)
        if constant == "identity" and len(rows) == 1 and rows == columns:
            return Tensor(rows, columns, lambda i, j: kronecker(i[0], j[0]))

        def entry(i: Indices, j: Indices) -> Expression:
            return Entry(family.name, slots, i + j)

        return Tensor(rows, columns, entry)

    def axes_of(self, family: Family, slots: tuple[Affine, ...]) -> Sizes:
        shift = _slot_substitution(family, slots)
        return tuple(s.substitute(shift) for s in family.axes)


def _slot_substitution(family: Family, slots: tuple[Affine, ...]) -> Mapping[str, Affine]:
    return dict(zip(family.letters, slots, strict=True))


def use_component(index: Affine, size: Affine, scope: Scope, span: tuple[int, int]) -> Affine:
    """Record that an index runs over an axis, and count it from 1."""
    variable = index.as_variable()
    if variable is not None:
        free = scope.free.get(variable)
        if free is not None and free.upper is None:
            free.lower, free.upper, free.role = Affine.of(1), size, "component"
        elif free is not None and not free.role:
            free.role = "component"
        elif variable.startswith("#") and variable not in scope.domains:
            scope.domains[variable] = (Affine.of(1), size)
        elif variable.startswith("#") and variable in scope.pending and scope.domains[variable][1] != size:
            raise _two_axes(
                f"one index runs over axes of sizes {scope.domains[variable][1]} and {size}", scope.domains[variable], size, span
            )
        elif free is not None and free.lower is not None and free.upper is not None and free.upper - free.lower + Affine.of(1) != size:
            message = f"index {variable} runs over {free.lower}..{free.upper} and over an axis of size {size}"
            if free.upper.terms and size.terms and not free.upper.atoms() & scope.letters.last_steps:
                raise _two_axes(message, (free.lower, free.upper), size, span)
            raise Unsupported(message, span)
    counted = {atom: n for atom, n in index.terms if isinstance(atom, str) and (atom in scope.free or atom.startswith("#"))}
    if scope.letters.from_zero and len(counted) > 1:
        return _window(index, counted, scope, span)
    shift = sum(count for atom, count in counted.items() if atom in scope.zero_based)
    return index + Affine.of(shift) if shift == 1 else index


def _window(index: Affine, counted: Mapping[str, int], scope: Scope, span: tuple[int, int]) -> Affine:
    """`x_{i+k}` where letters count from 0: one that no sum binds does so too, but stands for its value from 1."""
    one_based = [atom for atom in counted if atom not in scope.zero_based]
    if any(atom not in scope.free or atom in scope.letters.ranges for atom in one_based):
        raise Unsupported("one index of letters that count from 0 and from 1; let all of them begin at the same number", span)
    return index + Affine.of(1 - sum(counted[atom] for atom in one_based))


def _two_axes(message: str, ends: tuple[Affine, Affine], size: Affine, span: tuple[int, int]) -> ShapeClash:
    """One index that counts the entries of axes of two sizes."""
    return ShapeClash(message, span, "one index", (((ends[1] - ends[0] + Affine.of(1),), ()), ((size,), ())))


def use_slot(index: Affine, family: Family, position: int, scope: Scope) -> None:
    """Record that an index selects a step or layer."""
    declared = family.slots[position]
    for atom, _ in index.terms:
        if not isinstance(atom, str):
            continue
        free = scope.free.get(atom)
        if free is not None:
            free.role = free.role if free.role == "component" else "slot"
            if free.upper is None and declared is not None and index.as_variable() == atom:
                free.lower, free.upper = declared.lower, declared.upper
        elif atom.startswith("#") and atom not in scope.domains and declared is not None and index.as_variable() == atom:
            scope.domains[atom] = (declared.lower, declared.upper)


def located(error: ReadingError, node: Node) -> ReadingError:
    """The same error with a place, unless it has one already."""
    if error.span == (0, 0):
        error.span = node.span
    return error
