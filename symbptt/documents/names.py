"""What a left side names, and whether a name is defined already: indices as wildcards."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass, field, replace

from symbptt.inference.letters import STEP_LETTERS, TIME_ENDS, shifted_letter
from symbptt.inference.quantities import known_function
from symbptt.inference.written import calls_in, outside_scripts
from symbptt.latex.syntax import (
    Add,
    BigOperator,
    Call,
    Comparison,
    Derivative,
    Ellipsis,
    Formula,
    Matrix,
    Node,
    Number,
    Product,
    Script,
    Scripted,
    Sequence,
    Symbol,
    walk,
)
from symbptt.reading.tidy import filled

RANGE = re.compile(r"\s*(?P<low>[^.]*?)\s*\.\.\s*(?P<high>[^.]*?)\s*\Z")
#: A relation read from its number: `2 \le t` bounds t below by 2, `1 < t` by 2.
FROM_LEFT = {"\\le": 0, "<": 1, "=": 0}
FROM_RIGHT = {"\\ge": 0, ">": 1, "=": 0, "\\in": 0}


#: Letters that count the entries of a quantity.
COMPONENT_LETTERS = frozenset("ijkmnpqr")


@dataclass(frozen=True)
class Indices:
    """Letters that count steps or entries, and the letters that end their ranges (`T`)."""

    letters: frozenset[str] = frozenset()
    ends: frozenset[str] = frozenset()
    lows: Mapping[str, int] | None = None
    highs: Mapping[str, int] | None = None
    plain: frozenset[str] = frozenset()  # names that are differentiated without an argument
    named: dict[tuple[Node, tuple[str, ...]], Name | None] = field(default_factory=dict, init=False, repr=False, compare=False)
    met: dict[tuple[Node, tuple[str, ...]], frozenset[Name]] = field(default_factory=dict, init=False, repr=False, compare=False)

    @classmethod
    def of_ranges(cls, ranges: Mapping[str, str]) -> Indices:
        """`{"t": "1..T"}`: letter t from 1, end T."""
        found = {letter: RANGE.match(text) for letter, text in ranges.items()}
        lows = {letter: int(m["low"]) for letter, m in found.items() if m and m["low"].isdigit()}
        highs = {letter: int(m["high"]) for letter, m in found.items() if m and m["high"].isdigit()}
        ends = frozenset(m["high"] for m in found.values() if m and m["high"].isalpha())
        return cls(frozenset(ranges), ends - frozenset(ranges), lows, highs)

    def with_bound(self, formula: Formula) -> Indices:
        """With the letters that a formula binds by a sum, a product or a range, or shifts in a script (`h_{t-1}`)."""
        letters, ends = set(self.letters), set(self.ends)
        plain = {n.numerator.name for n in walk(formula) if isinstance(n, Derivative) and isinstance(n.numerator, Symbol)}
        for node in walk(formula):
            if isinstance(node, BigOperator):
                letters |= _plain_letters(node.lower.sides[:1] if isinstance(node.lower, Comparison) else [node.lower])
                ends |= {letter for letter in _plain_letters([node.upper]) if letter.isupper() or letter == "\\tau"}
            elif isinstance(node, Script):
                shifts = [item for item in _items(node.body) if isinstance(item, Add) and any(isinstance(t, Number) for _, t in item.terms)]
                letters |= _plain_letters(term for shift in shifts for _, term in shift.terms)
        if formula.condition is not None:
            letters |= {letter for letter in _plain_letters(walk(formula.condition)) if letter.islower()}
        return replace(self, letters=frozenset(letters - ends - self.ends), ends=frozenset(ends - self.letters), plain=self.plain | plain)

    def with_shifted_in_brackets(self, formulas: Iterable[Formula]) -> Indices:
        """With the letters of steps in round brackets: t, where `s(t-1)` is met, and s has only indices in its brackets anywhere.

        A letter that is also multiplied or added, as in `t^2`, is no index.
        """
        formulas = tuple(formulas)
        calls = [node for formula in formulas for node in calls_in(formula) if node.bracket == "("]
        functions = {call.function.name for call in calls if known_function(call.function.name) or not all(map(_is_step, call.args))}
        own = [call for call in calls if call.function.name not in functions]
        letters = {letter for call in own for argument in call.args if (letter := shifted_letter(argument)) in STEP_LETTERS}
        if not letters:
            return self
        outside = Counter(_bare_letters(node for formula in formulas for side in formula.sides for node in outside_scripts(side)))
        inside = Counter(_bare_letters(node for call in own for argument in call.args for node in outside_scripts(argument)))
        return replace(self, letters=self.letters | {letter for letter in letters - self.ends if outside[letter] == inside[letter]})

    def counts_only(self, *nodes: Node) -> bool:
        """Whether nothing but indices, ends of ranges and numbers stands there: `1 \\le t < T`."""
        return all(not isinstance(n, Symbol) or (n.name in self.letters | self.ends and not n.scripts) for n in walk(*nodes))


def _plain_letters(nodes: Iterable[Node | None]) -> set[str]:
    return {node.name for node in nodes if isinstance(node, Symbol) and not node.scripts and not node.primes}


def _bare_letters(nodes: Iterable[Node]) -> Iterator[str]:
    return (node.name for node in nodes if isinstance(node, Symbol) and not node.scripts and not node.primes)


def _is_step(node: Node) -> bool:
    """`t`, `t - 1`, `k`, `T`, `3`."""
    letter = isinstance(node, Symbol) and not node.scripts and not node.primes and (node.name in STEP_LETTERS or node.name in TIME_ENDS)
    return letter or isinstance(node, Number) or shifted_letter(node) in STEP_LETTERS


def _items(node: Node) -> tuple[Node, ...]:
    return node.items if isinstance(node, Sequence) else (node,)


@dataclass(frozen=True)
class Name:
    """A left side: its letter with primes, and the items of its scripts (or of `a(t)`), each with its place."""

    letter: str
    primes: int
    items: tuple[tuple[str, Node], ...]

    @classmethod
    def of(cls, node: Node, indices: Indices, calls: tuple[str, ...] = ()) -> Name | None:
        """The name that a symbol or an indexed call `a(t)` is; None for anything else (`f(x)`, a derivative, a product).

        `L(x_1, \\ldots, x_T)` is the name L: the list only tells what it depends on.
        """
        key = node, calls
        if key not in indices.named:
            indices.named[key] = cls._of(node, indices, calls)
        return indices.named[key]

    @classmethod
    def all_in(cls, tree: Node, indices: Indices, calls: tuple[str, ...] = ()) -> frozenset[Name]:
        """The names that a tree mentions."""
        key = tree, calls
        found = indices.met.get(key)
        if found is None:
            nodes = (node for node in walk(tree) if isinstance(node, (Symbol, Call)))
            found = indices.met[key] = frozenset(name for node in nodes if (name := cls.of(node, indices, calls)) is not None)
        return found

    @classmethod
    def _of(cls, node: Node, indices: Indices, calls: tuple[str, ...]) -> Name | None:
        node = without_list(node, indices.plain)
        if isinstance(node, Symbol):
            return cls(node.name, node.primes, _script_items(node))
        if isinstance(node, Scripted) and isinstance(node.base, Call) and all(script.kind == "sub" for script in node.scripts):
            whole = cls._of(node.base, indices, calls)  # the entries of a step: `Y(t)_{ij}`
            entries = tuple(("sub", item) for script in node.scripts for item in _items(script.body))
            return whole and replace(whole, items=(*whole.items, *entries))
        if isinstance(node, Call) and node.bracket == "[":
            return cls(node.function.name, node.function.primes, (*_script_items(node.function), *(("sub", arg) for arg in node.args)))
        if isinstance(node, Call) and any(isinstance(inner, Matrix) for inner in walk(*node.args)):
            return None
        if isinstance(node, Call) and (node.function.name in calls or indices.counts_only(*node.args)) and node.args:
            return cls(node.function.name, node.function.primes, (*_script_items(node.function), *(("call", arg) for arg in node.args)))
        return None


def without_list(node: Node, plain: Iterable[str] = ()) -> Node:
    """`L(x_1, \\ldots, x_T)`  ⇒  `L`, and `V(r, h)`  ⇒  `V` where V is `plain`: it stands alone elsewhere, as in ∂V/∂r."""
    if not isinstance(node, Call) or node.bracket != "(":
        return node
    listed = any(isinstance(arg, Ellipsis) for arg in node.args)
    names = len(node.args) > 1 and all(isinstance(arg, Symbol) for arg in node.args) and node.function.name in set(plain)
    return node.function if listed or names else node


def _script_items(symbol: Symbol) -> tuple[tuple[str, Node], ...]:
    return tuple((script.kind, item) for script in symbol.scripts for item in _items(script.body))


def covers(defined: Name, name: Name, indices: Indices, low: int | None) -> bool:
    """Whether a definition of `defined` (which holds from `low` on) says what `name` is.

    `h_t` covers `h_t`, `h_{k-1}`, `h_T`, `h_2` and its entries `h_{t,j}`, not `h_0`, `h_{T+1}`, `h_o`.
    """
    if (defined.letter, defined.primes) != (name.letter, name.primes):
        return False
    mine, items = defined.items, name.items
    if len(mine) != len(items):  # a quantity and its components: `\\delta^l` and `\\delta^l_j`
        longer = len(mine) > len(items)
        mine = tuple(item for item in mine if not _is_component(item)) if longer else mine
        items = items if longer else tuple(item for item in items if not _is_component(item))
    if len(mine) != len(items):
        return False
    return all(a[0] == b[0] and _item_covers(a[1], b[1], indices, low) for a, b in zip(_by_kind(mine), _by_kind(items), strict=True))


def _by_kind(items: tuple[tuple[str, Node], ...]) -> list[tuple[str, Node]]:
    """Subscripts before superscripts, for `z_j^l` and `z^l_j` are one."""
    return sorted(items, key=lambda item: item[0])


def _is_component(item: tuple[str, Node]) -> bool:
    """`j` or `jk` below a name that is defined as a whole: its entries."""
    kind, node = item
    letters = node.factors if isinstance(node, Product) and not any(node.signs) else (node,)
    return kind == "sub" and all(isinstance(n, Symbol) and not n.scripts and n.name in COMPONENT_LETTERS for n in letters)


def _item_covers(defined: Node, item: Node, indices: Indices, low: int | None) -> bool:
    letters = [node.name for node in walk(defined) if isinstance(node, Symbol) and node.name in indices.letters]
    if not letters:
        return defined == item
    if isinstance(item, Number):
        first = low if low is not None else (indices.lows or {}).get(letters[0], 1)
        last = (indices.highs or {}).get(letters[0])
        return item.text.isdigit() and first <= int(item.text) and (last is None or int(item.text) <= last)
    names = {node.name for node in walk(item) if isinstance(node, Symbol)}
    if names & indices.letters:
        return True
    beyond = isinstance(item, Add) and all(sign == "+" for sign, _ in item.terms)
    return bool(names & indices.ends) and not beyond


def in_letters_of(earlier: Formula, formula: Formula, letters: Set[str]) -> Formula:
    """A definition in the letters of an earlier one if that is the same then: `h_j = \\phi(a_j)` behind `h_t = \\phi(a_t)`."""
    pairs = zip(_indices_below(earlier.sides[0]), _indices_below(formula.sides[0]), strict=False)
    others = {own: old for old, own in pairs if own != old and own in letters and old in letters}
    return formula if len(set(others.values())) < len(others) or relettered(formula, others) != earlier else earlier


def relettered(formula: Formula, others: Mapping[str, str]) -> Formula:
    """A formula with other letters for some; as it is where it has one of them already."""
    if not others or any(isinstance(node, Symbol) and node.name in others.values() for node in walk(formula)):
        return formula
    return filled(formula, {own: Symbol(other) for own, other in others.items()})


def _indices_below(node: Node) -> list[str]:
    """The lone letters in the scripts of a name, in order; what is no letter is empty."""
    scripts = node.scripts if isinstance(node, Symbol) else ()
    items = [item for script in scripts for item in _items(script.body)]
    items += node.args if isinstance(node, Call) else ()
    return [item.name if isinstance(item, Symbol) and not item.scripts else "" for item in items]


def lower_bound(condition: Node | None) -> int | None:
    """The number from which a range starts: 2 for `2 \\le t \\le T`, `t = 2, \\dots, T`; None where it states none."""
    if not isinstance(condition, (Comparison, Formula)):
        return None
    for left, relation, right in zip(condition.sides, condition.relations, condition.sides[1:], strict=False):
        if isinstance(left, Number) and isinstance(right, Symbol) and relation in FROM_LEFT and left.text.isdigit():
            return int(left.text) + FROM_LEFT[relation]
        first = _items(right)[0] if _items(right) else right
        if isinstance(left, Symbol) and isinstance(first, Number) and relation in FROM_RIGHT and first.text.isdigit():
            return int(first.text) + FROM_RIGHT[relation]
    return None
