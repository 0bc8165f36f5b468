"""The syntax tree of a formula: what is written, before anything is decided about its meaning.

Nothing here knows whether `W^T` is a transpose, `a(t)` an index or `z^2` a square:
those are readings of the tree, made later from shapes and notation.
Every node carries `span`, the half-open range of characters it was read from.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator
from dataclasses import dataclass, field, fields, replace
from functools import cache, wraps
from itertools import chain
from operator import is_
from typing import Any, TypeVar

Span = tuple[int, int]
NOWHERE: Span = (0, 0)
Tree = TypeVar("Tree")
Kind = TypeVar("Kind", bound="Node")
Result = TypeVar("Result")


@dataclass(frozen=True)
class Node:
    """Anything that can stand in a formula.

    A tree never changes: what is asked of a node over and over, its hash first of all, is worked out once and kept with it (`of_node`).
    """

    span: Span = field(default=NOWHERE, compare=False, repr=False, kw_only=True)

    def __init_subclass__(cls) -> None:
        cls.__hash__ = Node.__hash__  # type: ignore[method-assign]  # where a class has one, `dataclass` writes none that goes through the tree

    def __hash__(self) -> int:
        try:
            found: int = self.__dict__["_hash"]
        except KeyError:
            found = self.__dict__["_hash"] = hash(tuple([getattr(self, f.name) for f in fields(self) if f.compare]))
        return found

    def __getstate__(self) -> dict[str, Any]:
        """The fields alone: another process hashes otherwise."""
        return {f.name: getattr(self, f.name) for f in fields(self)}


def of_node(work: Callable[[Kind], Result]) -> Callable[[Kind], Result]:
    """A function of a node and of nothing else, worked out once for each node."""
    key = f"{work.__module__}.{work.__qualname__}"

    @wraps(work)
    def found(node: Kind) -> Result:
        try:
            result: Result = node.__dict__[key]
        except KeyError:
            result = node.__dict__[key] = work(node)
        return result

    return found


@dataclass(frozen=True)
class Number(Node):
    """An unsigned number as written: `10`, `0.5`."""

    text: str


@dataclass(frozen=True)
class Script(Node):
    """One sub- or superscript group: `_{t-1}` or `^{(t)}`.

    `body` is its content read as an expression (a `Sequence` where it has commas);
    `bracket` is `(`, `[`, `<` where the content is wrapped in such a pair, else empty.
    """

    kind: str  # "sub" or "sup"
    body: Node
    bracket: str = ""


@dataclass(frozen=True)
class Symbol(Node):
    """A letter, Greek letter, accented or font-marked letter, declared word, with its scripts in the order written.

    `name` is the canonical spelling without scripts: `h`, `\\delta`, `\\hat{y}`, `\\mathbf{h}`, `softmax`, `\\delta 4`.
    `primes` counts `'`; scripts written before or after the primes are kept in order.
    """

    name: str
    scripts: tuple[Script, ...] = ()
    primes: int = 0


@dataclass(frozen=True)
class Scripted(Node):
    """Scripts on something that is not a symbol: `(W h)^T`, `f(x)^2`, `\\begin{pmatrix}…\\end{pmatrix}^T`."""

    base: Node
    scripts: tuple[Script, ...]


@dataclass(frozen=True)
class Group(Node):
    """An expression in brackets `(`, `[`, `\\{` (braces of LaTeX grouping leave no trace)."""

    body: Node
    bracket: str = "("


@dataclass(frozen=True)
class Call(Node):
    """A symbol directly followed by brackets: a function call, an index `a(t)`, an entry `X[i,k]` or a product `W(x+y)`.

    Also a known function word followed by a bare argument (`\\log y`, `\\tanh z`), with `bracket` empty.
    `bracket` is `(`, `[`, `\\{` or empty. Items may be `Slice`.
    """

    function: Symbol
    args: tuple[Node, ...]
    bracket: str = "("


@dataclass(frozen=True)
class Slice(Node):
    """`:n`, `n:`, `a:b` or `:` inside square brackets."""

    start: Node | None
    stop: Node | None


@dataclass(frozen=True)
class Product(Node):
    """Factors with the sign between each pair: `""` juxtaposition, `*`, `/`, `\\cdot`, `\\times`, `\\circ`, `\\odot`, `\\otimes`."""

    factors: tuple[Node, ...]
    signs: tuple[str, ...]


@dataclass(frozen=True)
class Add(Node):
    """Signed terms; a single term with sign `-` is a negation."""

    terms: tuple[tuple[str, Node], ...]  # ("+" or "-" or "\\pm", term)


@dataclass(frozen=True)
class Fraction(Node):
    numerator: Node
    denominator: Node


@dataclass(frozen=True)
class Root(Node):
    body: Node


@dataclass(frozen=True)
class Derivative(Node):
    """Any spelling of a derivative of `numerator` by `wrt`.

    `mark` is `d`, `\\partial`, `\\partial^+` or `\\nabla`; `scale` is a factor written in the denominator
    before the differential (`\\frac{\\partial l}{T \\cdot \\partial o}`); `form` is `frac`, `slash`, `operator` or `nabla`.
    More than one `wrt` or an `order` above 1 is a higher derivative. `wrt` empty: `\\nabla L`.
    """

    numerator: Node
    wrt: tuple[Node, ...]
    mark: str = "\\partial"
    scale: Node | None = None
    form: str = "frac"
    order: int = 1


@dataclass(frozen=True)
class Comparison(Node):
    """A condition inside a formula: `i \\ne k`, `1 \\le t < T`, `k \\in C`."""

    sides: tuple[Node, ...]
    relations: tuple[str, ...]  # canonical: "=", "\\ne", "<", "\\le", ">", "\\ge", "\\in", ...


@dataclass(frozen=True)
class BigOperator(Node):
    """`\\sum` or `\\prod`. `lower`: a `Comparison`, an index `Symbol`, a `Sequence` of such, or None."""

    operator: str  # "\\sum" or "\\prod"
    lower: Node | None
    upper: Node | None
    body: Node


@dataclass(frozen=True)
class Evaluated(Node):
    """`\\left. … \\right|_{t=2}`."""

    body: Node
    condition: Node


@dataclass(frozen=True)
class Cases(Node):
    """Branches (value, condition); a condition of None is `otherwise`."""

    branches: tuple[tuple[Node, Node | None], ...]


@dataclass(frozen=True)
class Matrix(Node):
    """Rows of entries, as in pmatrix, bmatrix, array."""

    rows: tuple[tuple[Node, ...], ...]
    bracket: str = "["


@dataclass(frozen=True)
class Norm(Node):
    """`\\|W\\|_F^2` is `Scripted(Norm(W), …)`; `|x|` has `bracket` `|`."""

    body: Node
    bracket: str = "\\|"


@dataclass(frozen=True)
class Sequence(Node):
    """Things separated by commas: `t, k` in a script, `[a, b]` as a Group of a Sequence."""

    items: tuple[Node, ...]


@dataclass(frozen=True)
class Ellipsis(Node):
    """`\\dots` and its kin, as a term, factor or item."""


@dataclass(frozen=True)
class Text(Node):
    """Words: `\\text{if k = y_i}`."""

    text: str


@dataclass(frozen=True)
class Formula(Node):
    """A whole formula: sides joined by relations, e.g. `a = b = c`; a lone expression has no relation.

    `relations`: canonical `=`, `:=`, `\\leftarrow`, `+=`, `-=`, `\\Rightarrow`, `\\approx`,
     `\\propto`, `<`, `\\le`, `>`, `\\ge`, `\\ne`, `\\in`, `\\to`, `\\equiv`.
    `membership` keeps a trailing `\\in \\mathbb{R}^{m \\times n}` (the set as written), which states a shape.
    `condition` is a range stated behind the formula: `a = b, \\quad t \\ge 1`, `\\text{for } t = 2, \\dots, T`, `\\forall t`.
    """

    sides: tuple[Node, ...]
    relations: tuple[str, ...]
    membership: Node | None = None
    condition: Node | None = None


@cache
def inner_fields_of(kind: Any) -> tuple[str, ...]:
    """The fields that hold other nodes in a kind of node."""
    return tuple(f.name for f in fields(kind) if f.name != "span" and f.type not in ("str", "int", "bool"))


def inner_fields(node: Node) -> tuple[str, ...]:
    """The fields of a node that hold other nodes."""
    kind: object = type(node)
    return inner_fields_of(kind)


def _nodes(values: Iterable[object]) -> Iterator[Node]:
    """The nodes among some values and in their tuples."""
    for value in values:
        if isinstance(value, Node):
            yield value
        elif isinstance(value, tuple):
            yield from _nodes(value)


def with_parts(node: Tree, change: Callable[[Any], Any], skipped: Container[str] = ()) -> Tree:
    """The node, or the nodes of a tuple, with what it holds changed, fields to skip aside; the same object where nothing is another one."""
    if isinstance(node, tuple):
        items: Any = tuple([changed(item, change) for item in node])
        return node if all(map(is_, node, items)) else items
    if not isinstance(node, Node):
        return node
    new = {}
    for name in inner_fields(node):
        old = getattr(node, name)
        if old and name not in skipped and (part := changed(old, change)) is not old:
            new[name] = part
    return replace(node, **new) if new else node


def changed(value: Any, change: Callable[[Any], Any]) -> Any:
    """A node changed, or each node of a tuple; anything else as it is."""
    if isinstance(value, Node):
        return change(value)
    return with_parts(value, change) if isinstance(value, tuple) else value


def walk(*nodes: object) -> Iterator[Node]:
    """The nodes and everything inside them, what is written last first."""
    if len(nodes) == 1 and isinstance(nodes[0], Node):
        return iter(_everything(nodes[0]))
    return chain.from_iterable(map(_everything, reversed(list(_nodes(nodes)))))


@of_node
def _everything(node: Node) -> tuple[Node, ...]:
    """A node and everything inside it (no recursion: formulas may be deep)."""
    found: list[Node] = []
    stack = [node]
    while stack:
        found.append(node := stack.pop())
        stack += _nodes([getattr(node, name) for name in inner_fields(node)])
    return tuple(found)
