"""Index letters in force, and the reading of index and size expressions."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache

from ..index import Affine, Indexed
from ..latex.parser import ParseError, parse_expression
from ..latex.printer import to_latex
from ..latex.syntax import Add, Call, Group, Node, Number, Product, Script, Scripted, Sequence, Slice, Symbol
from .choices import ReadingError, Unsupported

#: What only ever transposes: behind a shift (`l-1 \\top`) it is an item of its own.
TRANSPOSED = frozenset({Symbol("\\top"), Symbol("\\intercal"), Symbol("T")})


@dataclass
class FreeIndex:
    """A letter that a formula leaves free: its range, taken from `ranges` or from where it is used."""

    lower: Affine | None = None
    upper: Affine | None = None
    role: str = ""  # "slot" or "component" once used


@dataclass
class Letters:
    """What the whole problem says of its letters."""

    ranges: Mapping[str, tuple[Affine, Affine]]  # index letter → declared range
    last_steps: frozenset[str]  # T, L: symbolic ends of ranges of steps
    sizes: frozenset[str]  # size names met in shapes
    indexed_sizes: frozenset[str]  # base of sizes that carry an index: n of n_l
    labels: frozenset[str] = frozenset()  # base of labels: y where `y_i` has a range
    from_zero: bool = False  # whether some sum begins at 0


@dataclass
class Scope:
    """Letters bound here, and those found free in the formula so far."""

    letters: Letters
    bound: Mapping[str, Affine] = field(default_factory=dict)
    free: dict[str, FreeIndex] = field(default_factory=dict)
    zero_based: frozenset[str] = frozenset()
    domains: dict[str, tuple[Affine, Affine]] = field(default_factory=dict)
    pending: set[str] = field(default_factory=set)

    def bind(self, letter: str, variable: str, zero_based: bool = False) -> Scope:
        marked = self.zero_based | {variable} if zero_based else self.zero_based
        return replace(self, bound={**self.bound, letter: Affine.of(variable)}, zero_based=marked)

    def probe(self) -> Scope:
        """A copy to try things on: letters found free there leave no trace here."""
        return Scope(self.letters, self.bound, dict(self.free), self.zero_based, dict(self.domains), self.pending)

    def knows(self, letter: str) -> bool:
        known = self.letters
        return letter in self.bound or letter in known.ranges or letter in known.last_steps or letter in self.free

    def letter(self, name: str) -> Affine | None:
        """The index that a letter stands for; a letter that could be one becomes a free index."""
        if name in self.bound:
            return self.bound[name]
        known = self.letters
        if name in known.last_steps or name in known.sizes:
            return Affine.of(name)
        if name in known.ranges:
            lower, upper = known.ranges[name]
            if name not in self.free:
                self.free[name] = FreeIndex(lower, upper)
                if lower == Affine.of(0):
                    self.zero_based = self.zero_based | {name}
            return Affine.of(name)
        if len(name) == 1 and name.isalpha() and name.islower():
            self.free.setdefault(name, FreeIndex())
            return Affine.of(name)
        return None


def index_of(node: Node, scope: Scope) -> Affine | None:
    """An index or size expression as `Affine`; None where the node is none (a word, a product of letters)."""
    if isinstance(node, Number):
        return Affine.of(int(node.text)) if node.text.isdigit() else None
    if isinstance(node, Group):
        return index_of(node.body, scope)
    if isinstance(node, Symbol):
        return _symbol(node, scope)
    if isinstance(node, Add):
        total = Affine()
        for sign, term in node.terms:
            value = index_of(term, scope)
            if value is None or sign not in ("+", "-"):
                return None
            total = total + value if sign == "+" else total - value
        return total
    if isinstance(node, Product) and _is_multiple(node):
        assert isinstance(node.factors[0], Number)
        value = index_of(node.factors[1], scope)
        return None if value is None else value.scaled(int(node.factors[0].text))
    return None


def _is_multiple(node: Product) -> bool:
    """`2t` or `2 \\cdot t`."""
    first = node.factors[0]
    return len(node.factors) == 2 and isinstance(first, Number) and first.text.isdigit() and node.signs[0] in ("", "\\cdot", "\\times")


def _symbol(node: Symbol, scope: Scope) -> Affine | None:
    if not node.scripts:
        return scope.letter(node.name + "'" * node.primes)
    if node.primes:
        return None
    text = to_latex(node)
    known = scope.letters
    if text in scope.bound:
        return scope.bound[text]
    if text in known.sizes or text in known.last_steps:
        return Affine.of(text)
    if node.name in known.indexed_sizes or node.name in known.labels:
        indices = []
        for script in node.scripts:
            for item in script_items(script):
                value = index_of(item, scope)
                if value is None:
                    return None
                indices.append(value)
        return Affine.of(Indexed(node.name, tuple(indices)))
    if text in known.ranges:
        return scope.letter(text)
    return None


def script_items(script: Script) -> list[Node]:
    """The items of a script: `t, k` and `jk` are two, as `1t-1` and `l-1 \\top` are, `h[i,j]` is `h`, `i`, `j`."""
    body = script.body
    if script.kind == "sup" and isinstance(body, Add) and isinstance(body.terms[0][1], Product) and _is_multiple(body.terms[0][1]):
        return [body]
    return _split(body)


def _split(body: Node) -> list[Node]:
    if isinstance(body, Sequence):
        return [item for part in body.items for item in _split(part)]
    if isinstance(body, Product) and all(sign == "" for sign in body.signs):
        return [item for part in body.factors for item in _split(part)]
    if isinstance(body, Add) and len(body.terms) > 1:
        sign, last = body.terms[-1]
        if isinstance(last, Product) and len(last.factors) == 2 and last.signs == ("",) and last.factors[1] in TRANSPOSED:
            return [*_split(replace(body, terms=(*body.terms[:-1], (sign, last.factors[0])))), last.factors[1]]
        sign, first = body.terms[0]
        parts = _split(first)
        if sign == "+" and len(parts) > 1:
            return [*parts[:-1], replace(body, terms=(("+", parts[-1]), *body.terms[1:]))]
    if isinstance(body, Call) and body.bracket == "[" and not any(isinstance(a, Slice) for a in body.args):
        return [body.function, *(item for part in body.args for item in _split(part))]
    if isinstance(body, Group) and isinstance(body.body, (Symbol, Number, Add, Sequence)):
        return _split(body.body)
    if isinstance(body, Scripted) and isinstance(body.base, Group):
        return [*_split(body.base), *(item for script in body.scripts for item in _split(script.body))]
    return [body]


def shape_of(text: str, scope: Scope) -> tuple[tuple[Affine, ...], tuple[Affine, ...]]:
    """A declared shape as (rows, columns); axes of size 1 are dropped.

    Raises `ReadingError` for text that is no shape.
    """
    axes = shape_parts(text)
    if axes is None:
        return (), ()
    sizes: list[Affine] = []
    for part in axes:
        try:
            value = index_of(parse_expression(part), scope)
        except ParseError as error:
            raise ReadingError(f"shape `{text}` cannot be read: {error}") from error
        if value is None:
            raise ReadingError(f"shape `{text}` cannot be read: write sizes as names or integers, e.g. `m×n`")
        sizes.append(value)
    one = Affine.of(1)
    if len(sizes) == 1:
        return ((sizes[0],), ()) if sizes[0] != one else ((), ())
    if len(sizes) > 2:
        raise Unsupported(f"shape `{text}`: arrays of more than two axes are not supported yet")
    rows, columns = sizes
    return ((rows,) if rows != one else (), (columns,) if columns != one else ())


@lru_cache(maxsize=4096)
def shape_parts(text: str) -> tuple[str, ...] | None:
    """`m×n` → (m, n); None for a scalar."""
    stripped = text.strip().strip("$")
    if stripped.lower() in ("scalar", "1", ""):
        return None
    if "×" in stripped or "\\times" in stripped:
        return tuple(p.strip() for p in re.split(r"×|\\times", stripped))
    return tuple(p.strip() for p in re.split(r"\s+x\s+|(?<=[A-Za-z0-9})])x(?=[A-Za-z0-9({])", stripped))


def range_parts(text: str) -> tuple[str, str] | None:
    """`1..T` or `1 \\dots T` → its two ends as text."""
    parts = re.split(r"\.\.\.?|…|\\l?dots|\\cdots", text.strip().strip("$"))
    if len(parts) < 2:
        return None
    first, last = parts[0].strip(" ,"), parts[-1].strip(" ,")
    return (first, last) if first and last else None
