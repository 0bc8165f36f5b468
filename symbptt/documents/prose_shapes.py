"""Names and shapes as a problem's `shapes` takes them: from `\\in \\mathbb{R}^{n \\times m}`, `(n, m)`, `m \\times 1`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from symbptt.documents.prose_ranges import COUNTING, begins_at_one, letters_of
from symbptt.latex import syntax as s
from symbptt.latex.printer import to_latex
from symbptt.reading.calls import KNOWN_NAMES
from symbptt.reading.scope import script_items

#: Spellings of the real numbers.
REALS = frozenset({"\\mathbb{R}", "\\mathbf{R}", "\\mathcal{R}", "\\mathfrak{R}", "\\Re", "R", "\\R", "\\mathbb{F}"})
TRANSPOSED = frozenset({"T", "\\top", "Tr", "tr", "\\intercal", "\\dagger", "*", "H"})
#: Names that stand for fixed matrices, or for sets.
FIXED = frozenset({"I", "\\mathbf{I}", "\\mathbb{I}", "\\mathbf{1}", "\\mathbb{1}", "\\mathbf{0}", "\\partial"}) | REALS
#: Letters that usually count steps and layers.
STEPS = frozenset({"t", "\\tau", "l", "\\ell"})
#: What counts steps or layers at its end.
LAST_STEPS = frozenset({"T", "L"})
SCALAR = "scalar"


@dataclass(frozen=True)
class Usage:
    """How the formulas of a document use their letters."""

    running: frozenset[str] = frozenset()  # letters that are shifted or summed over
    items: frozenset[tuple[str, tuple[tuple[str, str], ...]]] = frozenset()  # names with the items of their scripts
    called: frozenset[str] = frozenset()  # names with arguments behind them
    bare: frozenset[str] = frozenset()  # names without scripts and arguments
    from_one: frozenset[str] = frozenset()  # letters of sums that begin at 1
    summed: frozenset[str] = frozenset()  # names with a letter over which a sum beside them runs

    @classmethod
    def of(cls, formulas: Iterable[s.Formula]) -> Usage:
        running: set[str] = set()
        items: set[tuple[str, tuple[tuple[str, str], ...]]] = set()
        called: set[str] = set()
        bare: set[str] = set()
        from_one: set[str] = set()
        summed: set[str] = set()
        functions: set[int] = set()  # a call is walked before its function
        everything = tuple(formulas)
        named = {id(formula.sides[0]) for formula in everything if not formula.relations}  # "a loss `L`" uses no L
        for node in s.walk(everything):
            if isinstance(node, s.BigOperator):
                running.update(letters_of(node))
                from_one.update(letters_of(node) if begins_at_one(node) else ())
                inner = (symbol for symbol in s.walk(node.body) if isinstance(symbol, s.Symbol))
                own = frozenset(letters_of(node))
                summed.update(symbol.name for symbol in inner if any(to_latex(item) in own for _, item in _items(symbol)))
            elif isinstance(node, s.Call):
                functions.add(id(node.function))
                if not all(_counts(argument) for argument in node.args):
                    called.add(node.function.name)
            elif isinstance(node, s.Symbol):
                parts = tuple(_items(node))
                running.update(letter for _, item in parts for letter in _shifted(item))
                items.add((node.name, tuple((kind, to_latex(item)) for kind, item in parts)))
                if not parts and id(node) not in functions and id(node) not in named:
                    bare.add(node.name)
        return cls(frozenset(running), frozenset(items), frozenset(called), frozenset(bare), frozenset(from_one), frozenset(summed))

    def has_steps(self, name: str, letters: frozenset[str]) -> bool:
        """Whether a name is written with an index of steps somewhere: `h_t`, `h_{t-1}`."""
        return any(head == name and any(text in letters for _, text in parts) for head, parts in self.items)

    def is_always(self, name: str, parts: tuple[tuple[str, str], ...]) -> bool:
        """Whether a name is met with these scripts alone, transposed or not, and no sum runs over their letters: `X_i` of the inputs."""
        met = {tuple(part for part in own if part[1] not in TRANSPOSED) for head, own in self.items if head == name}
        return met == {parts} and name not in self.summed

    def is_one_of(self, name: str, parts: tuple[tuple[str, str], ...], letters: frozenset[str]) -> bool:
        """Whether `h_0` or `h_T` is a member of a family `h_t` that the document writes with a letter."""
        return any(
            head == name
            and len(other) == len(parts)
            and all(a[0] == b[0] for a, b in zip(other, parts, strict=True))
            and any(b[1] in letters and a[1] not in letters and _is_end(a[1]) for a, b in zip(parts, other, strict=True))
            for head, other in self.items
        )


def _is_end(text: str) -> bool:
    return text.isdigit() or text.rstrip("0123456789 +-") in LAST_STEPS


def _counts(node: s.Node) -> bool:
    """An argument that is an index: `a(t)`, `L(1)`."""
    return (
        isinstance(node, s.Number)
        or (isinstance(node, s.Symbol) and node.name in STEPS | LAST_STEPS and not node.scripts)
        or bool([*_shifted(node)])
    )


def _items(node: s.Symbol) -> Iterator[tuple[str, s.Node]]:
    for script in node.scripts:
        for item in script_items(script):
            yield script.kind, item


def _shifted(node: s.Node) -> Iterator[str]:
    """The letter of `t - 1` or `l + 1`."""
    if isinstance(node, s.Add) and len(node.terms) == 2:
        first, second = node.terms[0][1], node.terms[1][1]
        if isinstance(first, s.Symbol) and first.name in COUNTING and not first.scripts and isinstance(second, s.Number):
            yield first.name


def without_shift(node: s.Symbol) -> s.Symbol:
    """`h^{(t-1)}` as the family `h^{(t)}` that it belongs to."""

    def script(old: s.Script) -> s.Script:
        letter = next(_shifted(old.body), None)
        if letter is not None:
            return replace(old, body=s.Symbol(letter))
        if isinstance(old.body, s.Sequence):
            found = tuple(s.Symbol(letter) if (letter := next(_shifted(item), None)) else item for item in old.body.items)
            return replace(old, body=replace(old.body, items=found))
        return old

    return replace(node, scripts=tuple(script(old) for old in node.scripts))


def key_of(node: s.Node, usage: Usage, steps: frozenset[str], *, scalar: bool = False) -> str | None:
    """A name as the key of a shape; None where it is no quantity, or one entry or member of another."""
    if isinstance(node, s.Call) and node.bracket == "(" and len(node.args) == 1 and _counts(node.args[0]):
        argument = s.Symbol(letter) if (letter := next(_shifted(node.args[0]), None)) else node.args[0]
        inner = key_of(node.function, usage, steps, scalar=scalar)
        known = isinstance(argument, s.Symbol) and argument.name in steps
        return to_latex(replace(node, args=(argument,))) if inner and known else None
    if not isinstance(node, s.Symbol) or node.primes or node.name in FIXED or node.name in KNOWN_NAMES:
        return None
    node = without_shift(node)
    parts = tuple((kind, to_latex(item)) for kind, item in _items(node))
    if any(script.kind == "sup" and not script.bracket and to_latex(script.body) in TRANSPOSED for script in node.scripts):
        return None
    letters = [text for _, text in parts if text in STEPS or (text in usage.running and not usage.is_always(node.name, parts))]
    if any(letter not in steps for letter in letters) or (scalar and any(text in COUNTING - steps for _, text in parts)):
        return None
    alone = node.name in usage.bare  # x and x_t may both be met, of two models
    if usage.is_one_of(node.name, parts, steps) or (not parts and not alone and usage.has_steps(node.name, steps)):
        return None
    return to_latex(node)


def shape_text(sizes: Sequence[s.Node]) -> str | None:
    """Sizes as a shape: `n×1` is the column `n`, `1×n` stays a row; None where a size has no spelling or axes are too many."""
    texts = [size_text(size) for size in sizes]
    if not 1 <= len(texts) <= 2 or any(text is None for text in texts):
        return None
    rows, columns = str(texts[0]), str(texts[1]) if len(texts) == 2 else "1"
    if columns == "1":
        return SCALAR if rows == "1" else rows
    return f"{rows}×{columns}"


def size_text(node: s.Node) -> str | None:
    """A size as a shape takes it: a name, a number, a sum, a multiple; `|V|` gets a name of its own."""
    if isinstance(node, s.Number):
        return node.text if node.text.isdigit() and 0 < len(node.text) < 7 and int(node.text) else None
    if isinstance(node, s.Symbol):
        return to_latex(node) if not node.primes and node.name not in REALS - {"R"} and node.name not in KNOWN_NAMES else None
    if isinstance(node, s.Group):
        return size_text(node.body)
    if isinstance(node, s.Add):
        return (
            to_latex(node) if all(sign in "+-" and size_text(term) and not isinstance(term, s.Norm) for sign, term in node.terms) else None
        )
    if isinstance(node, s.Product) and len(node.factors) == 2 and node.signs[0] in ("", "\\cdot"):
        number, name = node.factors
        return (
            f"{number.text} {to_latex(name)}" if isinstance(number, s.Number) and isinstance(name, s.Symbol) and size_text(name) else None
        )
    if isinstance(node, s.Norm) and node.bracket == "|" and isinstance(node.body, s.Symbol) and not node.body.scripts:
        return f"d_{{{to_latex(node.body)}}}"
    return None


def axes(node: s.Node) -> tuple[s.Node, ...] | None:
    """`m \\times n`, `(m, n)` and `n \\times (n + m)` as their sizes; None for what is no list of sizes."""
    if isinstance(node, s.Group) and node.bracket in ("(", "["):
        if isinstance(node.body, s.Sequence):
            return node.body.items if all(size_text(item) for item in node.body.items) else None
        return axes(node.body)
    if isinstance(node, s.Product) and "\\times" in node.signs:
        found = tuple(_between_times(node))
        return found if all(size_text(size) for size in found) else None
    return None


def _between_times(node: s.Product) -> Iterator[s.Node]:
    """`4n` and `m` of `4n \\times m`."""
    start = 0
    for place, sign in enumerate((*node.signs, "\\times"), start=1):
        if sign == "\\times":
            factors = node.factors[start:place]
            yield factors[0] if len(factors) == 1 else s.Product(factors, node.signs[start : place - 1])
            start = place


def set_shape(node: s.Node) -> str | None:
    """The shape of the members of `\\mathbb{R}^{m \\times n}`, `\\{0, 1\\}^n`, `[0, 1]^n`, or what stands behind `x :`."""
    scripts: tuple[s.Script, ...]
    if isinstance(node, s.Symbol) and node.name in REALS:
        scripts = node.scripts
    elif isinstance(node, s.Scripted) and isinstance(node.base, s.Group) and isinstance(node.base.body, s.Sequence):
        if not all(isinstance(item, s.Number) or to_latex(item) == "-1" for item in node.base.body.items):
            return None
        scripts = node.scripts
    else:
        found = axes(node) if isinstance(node, s.Product) else None  # `[1, T]` is an interval
        return shape_text(found) if found else None
    # `\mathbb{R}_{+}^n` bounds the entries, not their number.
    powers = [script for script in scripts if script.kind == "sup"]
    if not powers:
        return SCALAR if isinstance(node, s.Symbol) and not scripts else None
    if len(powers) != 1:
        return None
    body = powers[0].body
    return shape_text(axes(body) or (body,))


def members(formula: s.Formula) -> tuple[tuple[s.Node, ...], str] | None:
    """The names that a formula puts into a set of arrays, and the shape of these."""
    if formula.membership is None:
        return None
    shape = set_shape(formula.membership)
    side = formula.sides[-1]
    names = side.items if isinstance(side, s.Sequence) else (side,)
    if shape is None or any(isinstance(name, s.Ellipsis) for name in names):
        return None
    if formula.relations and formula.relations != ("=",):
        return None
    # `h = f(x) \in \mathbb{R}^n` states the shape of its left side.
    return (formula.sides[0],) if formula.relations else names, shape
