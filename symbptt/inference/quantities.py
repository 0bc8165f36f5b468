"""Which spellings of a document are one quantity: letters that run, labels, components.

`h_t`, `h_{t-1}` and `h_T` are the quantity `h_t`; `w^l_{jk}` is the entry jk of `w^l`; `W_f` and `W_i` are two.
A position of a name is a slot where some formula shifts the letter there (`t-1`), a component where a letter that
sums run over stands there, and a label otherwise.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache, cached_property, lru_cache
from types import MappingProxyType

from ..functions import LATEX_NAMES
from ..latex import syntax as s
from ..latex.parser import ParseError, parse_expression
from ..latex.printer import to_latex
from ..reading.names import Item, Spelling, spelling_of
from ..reading.notation import TRANSPOSES
from ..reading.reader import ONES
from .labels import labels_in
from .letters import apart, axes_of, bound_in, ends_of_ranges, shifted_letter, shifted_letters, summed_over_time
from .powers import powers
from .written import (
    COMPONENT_LETTERS,
    below,
    calls_in,
    is_exponential,
    lettered,
    members,
    outside_scripts,
    same,
    split_names,
    symbol_names,
    valued,
)

KNOWN_FUNCTIONS = frozenset(name.strip("\\") for name in LATEX_NAMES) | {"sech"}
#: Letters that end the ranges of steps and layers.
USUAL_ENDS = frozenset({"T", "L", "\\tau", "T_x", "T_{x}", "T_y", "T_{y}"})


#: Where an item stands in a name: its kind, its number among those of the kind, how many items of each kind there are.
Place = tuple[str, int, tuple[tuple[str, int], ...]]
SlotPlace = tuple[str, int, int]
#: A spelling in a formula, how often it is met there, the letters in it that no sum binds, and whether one binds another.
Met = tuple[Spelling, int, frozenset[str], bool]


@dataclass(frozen=True)
class Quantity:
    """An indexed family of a document: `key` as it stands in `shapes`, the letters of its slots."""

    key: str
    letters: tuple[str, ...] = ()


@dataclass(frozen=True)
class Occurrence:
    """A spelling as an instance of a quantity: what stands in its slots, its component indices, whether it is transposed."""

    quantity: Quantity
    slots: tuple[s.Node, ...] = ()
    components: tuple[s.Node, ...] = ()
    transposed: bool = False


def stacked_behind(node: s.Call) -> tuple[s.Node, ...]:
    """What stands on top of one another behind weights: `W[h, x]`, `W [h; x]`."""
    if node.bracket != "[" or len(node.args) > 1:
        return node.args if node.bracket == "[" else ()
    rows = [row for one in node.args if isinstance(one, s.Matrix) for row in one.rows]
    named = len(rows) > 1 and {len(row) for row in rows} == {1} and node.function.name.strip("\\") not in KNOWN_FUNCTIONS
    return tuple(row[0] for row in rows) if named else ()


class Names:
    """The quantities of a set of formulas, found from all their spellings at once.

    `running` are the letters of steps and layers, `ends` the letters that end their ranges, `calls` names whose argument is an index;
    `formulas` are read with other names for letters that count entries in one place and run in another.
    """

    def __init__(
        self,
        formulas: Iterable[s.Formula],
        declared: Iterable[str] = (),
        ends: Iterable[str] = (),
        shapes: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        trees = tuple(formulas)
        shifted = shifted_letters(trees)
        runs = frozenset(shifted) | summed_over_time(trees)
        axes = axes_of(shapes, USUAL_ENDS | frozenset(ends), trees, runs)
        self.formulas = tuple(apart(tree, runs, axes) for tree in trees)
        changed = (pair for pair in zip(trees, self.formulas, strict=True) if pair[0] is not pair[1])
        self.in_two_uses = runs & frozenset().union(*(symbol_names(tree) - symbol_names(own) for tree, own in changed))
        trees = self.formulas
        self.bound = bound_in(trees) | (labels_in(trees).keys() - runs)
        found = ends_of_ranges(trees, shifted, self.bound) - frozenset(declared)
        self.running = (frozenset(shifted) | frozenset(declared) | summed_over_time(trees)) - found
        self.ends = (USUAL_ENDS | frozenset(ends) | found) - self.running
        self._values = valued(trees)
        self._heads = _heads(trees, self.running)
        counted = members(trees)
        self._split = split_names(trees) | {name for name, _ in counted}
        self.members = frozenset(letter for _, letter in counted)
        self._keys: dict[tuple[object, ...], str] = {}
        self._met: dict[s.Node, Occurrence | None] = {}
        self._near: dict[int, tuple[s.Node, Occurrence | None]] = {}  # by identity; a node that is kept here shares its number with none
        self._occurrences: dict[Spelling, Occurrence] = {}
        self._keys_in: dict[s.Node, tuple[str, ...]] = {}
        self.calls = self._indexed_calls(trees)
        self._seen: dict[tuple[str, int], Counter[Spelling]] = defaultdict(Counter)
        self._placed: dict[Spelling, tuple[tuple[Place, Item], ...]] = {}
        self._ranged, self._unbound = frozenset(declared), set[str]()
        self._summed: set[Spelling] = set()  # spellings with a letter that a sum beside them binds
        for tree in trees:
            for spelling, count, unbound, is_summed in self._spellings(tree):
                self._seen[spelling.name, spelling.primes][spelling] += count
                self._unbound |= unbound
                if is_summed:
                    self._summed.add(spelling)
        self._named = self._named_by_shapes(shapes)
        self._powers, self.unsettled, self.raised = powers(self._seen, trees)
        self._supers = {name: _plain_supers(spellings) for name, spellings in self._seen.items()}
        self._slots = {name: self._slot_places(spellings) for name, spellings in self._seen.items()}
        self._counted = {name: self._counted_places(spellings) for name, spellings in self._seen.items()}
        self._labels: dict[tuple[str, int], set[Place]] = {name: self._label_places(spellings) for name, spellings in self._seen.items()}
        for spellings in self._seen.values():
            for spelling in spellings:
                self._occurrence(spelling)  # the spelling first met of a name is its key

    def of(self, node: s.Node) -> Occurrence | None:
        """The quantity that a symbol, an indexed call or a bracketed entry is an instance of; None for anything else."""
        near = self._near.get(id(node))
        if near is not None:
            return near[1]
        try:
            found = self._met[node]
        except KeyError:
            found = self._met[node] = self._of(node)
        self._near[id(node)] = node, found
        return found

    def _of(self, node: s.Node) -> Occurrence | None:
        if (isinstance(node, s.Call) and not self._is_name(node)) or is_exponential(node):
            return None
        spelling = spelling_of(node)
        if spelling is None:
            return None
        return self._occurrence(self._digits_apart(spelling))

    def is_index(self, key: str) -> bool:
        """Whether a lone letter only counts: t of `(T - t)`, the last step T."""
        if key in self.ends:
            return key not in self._values
        return key in self.running or (key in self.bound and key in COMPONENT_LETTERS)

    def quantity(self, key: str) -> Quantity:
        """The quantity with a key."""
        return Quantity(key, self.letters.get(key, ()))

    def quantity_of(self, spelling: str) -> str:
        """The key of the quantity that a text spells."""
        try:
            found = self.of(parse_expression(spelling))
        except ParseError:
            return spelling
        return found.quantity.key if found is not None else spelling

    def spelled(self, key: str, values: Mapping[str, s.Node]) -> str:
        """The spelling of a quantity with other things in its slots: `a^{l}` at l = L is `a^{L}`."""
        for spelling in (spelling for spellings in self._seen.values() for spelling in spellings):
            if self._occurrence(spelling).quantity.key == key:
                slots = self._slots.get((spelling.name, spelling.primes), {})
                placed = self._places(spelling)
                kept = [(_slot_place(place), item) for place, item in placed if not self._is_component_at(spelling, place, item)]
                filled = tuple(replace(i, node=values.get(slots[p], i.node)) if p in slots else i for p, i in kept)
                return key_of(Spelling(spelling.name, spelling.primes, filled))
        return key

    def lacks_index(self, key: str, made: Iterable[str] = ()) -> bool:
        """Whether a name stands alone (`a_j`) that has an index of steps or layers elsewhere (`a^l`), and so means one of many.

        With `made`, only where one of these keys is that of the indexed quantity: of a parameter x and an input x_t both may be meant.
        """
        if key not in self._bare:
            return False
        listed = tuple(made)
        return not listed or any(self._same_name(key, other) for other in listed)

    def _same_name(self, bare: str, key: str) -> bool:
        return (
            bool(self.quantity(key).letters)
            and re.match(re.escape(re.split(r"[_^({]", bare)[0] or bare) + r"(?![A-Za-z])", key) is not None
        )

    @cached_property
    def _bare(self) -> frozenset[str]:
        """The keys of names that stand alone and have an index of steps or layers elsewhere."""
        found: dict[str, set[Quantity]] = defaultdict(set)
        for (name, _), spellings in self._seen.items():
            found[name] |= {self._occurrence(spelling).quantity for spelling in spellings}
        bare = set()
        for name, quantities in found.items():
            if any(quantity.letters for quantity in quantities):
                bare |= {q.key for q in quantities if not q.letters and set(q.key[len(name) :]) <= COMPONENT_LETTERS | set("_^{}, ")}
        return frozenset(bare)

    @cached_property
    def letters(self) -> Mapping[str, tuple[str, ...]]:
        """The letters of the slots of every quantity met."""
        found = (self._occurrence(spelling) for spellings in self._seen.values() for spelling in spellings)
        return {occurrence.quantity.key: occurrence.quantity.letters for occurrence in found}

    def counted_slots(self) -> frozenset[str]:
        """Letters of slots that do not run, as i of `L_i`: they count what is summed."""
        return frozenset(letter for letters in self.letters.values() for letter in letters) - self.running

    def is_quantity(self, name: str) -> bool:
        """Whether the name also stands alone somewhere, so that `W(x + y)` may be a product."""
        return (name, 0) in self._seen

    def keys_in(self, tree: s.Node) -> tuple[str, ...]:
        """Keys of the quantities in a tree, and of the functions applied there (`f()`)."""
        found = self._keys_in.get(tree)
        if found is None:
            found = self._keys_in[tree] = tuple(self._met_in(tree))
        return found

    def _met_in(self, tree: s.Node) -> Iterator[str]:
        for node in outside_scripts(_without_bare_nablas(tree)):
            if isinstance(node, (s.Symbol, s.Call)):
                found = self.of(node)
                if found is not None:
                    yield found.quantity.key
                elif isinstance(node, s.Call):
                    whole = self.of(node.function) if stacked_behind(node) else None
                    yield whole.quantity.key if whole is not None else function_key(node.function)

    def _is_name(self, call: s.Call) -> bool:
        if call.bracket == "[":
            known = call.function.name.strip("\\") in KNOWN_FUNCTIONS
            return not known and all(map(self._is_position, call.args))
        return call.bracket == "(" and call.function.name in self.calls and all(map(self._is_step, call.args))

    def _is_position(self, node: s.Node) -> bool:
        """What can stand in the brackets of an entry: a letter, a number, a slice, a label such as `y_i`; not a quantity that runs."""
        if isinstance(node, s.Add):
            return all(isinstance(term, (s.Symbol, s.Number)) and self._is_position(term) for _, term in node.terms)
        if not isinstance(node, s.Symbol):
            return isinstance(node, (s.Number, s.Slice))
        steps = (item for script in node.scripts for item in s.walk(script.body))
        return not any(_is_letter(item, self.running) for item in steps if isinstance(item, s.Symbol))

    def _spellings(self, tree: s.Formula) -> tuple[Met, ...]:
        """The spellings in a formula, in order."""
        named = tuple([self._is_name(call) for call in calls_in(tree)])
        found = _spelled(tree, named)
        if not self._heads:
            return found
        apart = Counter[Spelling]()
        for spelling, count, _, _ in found:
            apart[self._digits_apart(spelling)] += count
        return _met(tree, apart)

    def _digits_apart(self, spelling: Spelling) -> Spelling:
        """`H_{12}` where `H_{1t}` is met too: the 1 and step 2."""
        head = self._heads.get(spelling.name, "")
        only = spelling.items[0] if head and len(spelling.items) == 1 else None
        text = only.node.text if only is not None and isinstance(only.node, s.Number) else ""
        if only is None or only.kind != "sub" or text == head or not (text.startswith(head) and text.isdigit()):
            return spelling
        return replace(spelling, items=tuple(replace(only, node=s.Number(part)) for part in (head, text[len(head) :])))

    def _indexed_calls(self, trees: tuple[s.Formula, ...]) -> frozenset[str]:
        """Names called with nothing but steps: `a(t-1)`, `y(4)`."""
        with_steps: Counter[str] = Counter()
        otherwise: Counter[str] = Counter()
        for tree in trees:
            for node in calls_in(tree):
                if node.bracket == "(" and node.args:
                    shifted = any(shifted_letter(arg) in self.running or _is_letter(arg, self.running) for arg in node.args)
                    plain = all(self._is_step(arg) for arg in node.args)
                    if plain and shifted:
                        with_steps[node.function.name] += 1
                    elif not plain:
                        otherwise[node.function.name] += 1
        return frozenset(name for name, count in with_steps.items() if count >= otherwise[name])

    def _is_step(self, node: s.Node) -> bool:
        return isinstance(node, s.Number) or bool(shifted_letter(node)) or _is_letter(node, self.running | self.ends)

    def _slot_places(self, spellings: Counter[Spelling]) -> dict[SlotPlace, str]:
        """Places of a name where a running letter stands, with the letter that most often runs there.

        A letter with a stated range goes first, then one that some formula does not bind: nothing says where the k of a sum runs else.
        """
        found: dict[SlotPlace, Counter[str]] = defaultdict(Counter)
        for spelling, times in spellings.items():
            for place, item in self._places(spelling):
                entry = _is_entry(item)
                letter = shifted_letter(item.node) or (to_latex(item.node) if not entry and _is_letter(item.node, self.running) else "")
                if spelling.name in self._split and self._may_count(item.node):
                    letter = to_latex(item.node)
                if letter:
                    found[_slot_place(place)][letter] += times
        usual: dict[tuple[str, int], Counter[str]] = defaultdict(Counter)
        for (kind, number, _), letters in found.items():
            usual[kind, number].update(letters)

        def fitness(letter: str, counted: Counter[str]) -> tuple[bool, bool, int]:
            return letter in self._ranged, letter in self._unbound, counted[letter]

        chosen = {place: max(counted, key=lambda letter: fitness(letter, counted)) for place, counted in usual.items()}
        return {place: chosen[place[0], place[1]] for place in found}

    def _label_places(self, spellings: Iterable[Spelling]) -> set[Place]:
        """Places of a name where some letter counts nothing, f of `W_f`, so that i of `W_i` is a label too; not where a sum runs.

        What stands below a vector of ones is its length.
        """
        found = set()
        for spelling in spellings:
            for place, item in self._places(spelling):
                if isinstance(item.node, s.Symbol) and not self._may_count(item.node) and not self._is_step(item.node):
                    found.add(place)
        if any(spelling.name in self._named or spelling.name in ONES for spelling in spellings):
            return {place for spelling in spellings for place, _ in self._places(spelling)}
        summed = (pair for spelling in spellings if spelling in self._summed for pair in self._places(spelling))
        return found - {place for place, item in summed if _is_letter(item.node, self.bound)}

    def _named_by_shapes(self, shapes: Mapping[str, str]) -> frozenset[str]:
        """Names whose one letter below only tells which is meant: `X_i` is stated to be a matrix, and has no other letter anywhere."""
        found = set()
        for key in (key for key, shape in shapes.items() if "_" in key and shape != "scalar"):
            try:
                pair = lettered(parse_expression(key))
            except ParseError:
                continue
            spellings = self._seen.get((pair[0], 0), Counter[Spelling]()) if pair is not None else Counter[Spelling]()
            indices = {tuple(item.node for item in spelling.items if item.kind == "sub") for spelling in spellings}
            if pair is not None and indices == {(s.Symbol(pair[1]),)} and self._summed.isdisjoint(spellings):
                found.add(pair[0])
        return frozenset(found)

    def _may_count(self, node: s.Node) -> bool:
        """Whether a letter can count entries."""
        if not isinstance(node, s.Symbol) or node.scripts or node.name in self.running:
            return False
        return node.name in COMPONENT_LETTERS or node.name in self.bound

    def _is_sum_of_places(self, node: s.Node) -> bool:
        """`i + j - 1`, where both letters count entries: an entry, as of the input of a convolution."""
        terms = [term for _, term in node.terms] if isinstance(node, s.Add) else []
        counting = [term for term in terms if self._may_count(term)]
        return len(counting) > 1 and all(isinstance(term, s.Number) or term in counting for term in terms)

    def _places(self, spelling: Spelling) -> tuple[tuple[Place, Item], ...]:
        """Each item with its place, transposes and powers aside."""
        found = self._placed.get(spelling)
        if found is None:
            items = self._without_marks(spelling)
            found = self._placed[spelling] = tuple(zip(_places(tuple([item.kind for item in items])), items, strict=True))
        return found

    def _without_marks(self, spelling: Spelling) -> tuple[Item, ...]:
        """The items without transposes and powers."""
        return tuple(item for item in spelling.items if not self._is_transpose(spelling, item) and not self._is_power(spelling, item))

    def _is_transpose(self, spelling: Spelling, item: Item) -> bool:
        """A T above, unless other spellings of the name show an index in its place: `a^{1,T}` beside `a^{1,t}`."""
        if item.kind != "sup" or item.bracket or to_latex(item.node) not in TRANSPOSES:
            return False
        return _supers(spelling) not in self._supers.get((spelling.name, spelling.primes), frozenset()) or _supers(spelling) < 2

    def _is_power(self, spelling: Spelling, item: Item) -> bool:
        name = spelling.name, spelling.primes
        return (
            item.kind == "sup" and not item.bracket and isinstance(item.node, s.Number) and (name in self._powers or name not in self._seen)
        )

    def _occurrence(self, spelling: Spelling) -> Occurrence:
        found = self._occurrences.get(spelling)
        if found is None:
            found = self._occurrences[spelling] = self._explained(spelling)
        return found

    def _explained(self, spelling: Spelling) -> Occurrence:
        name = (spelling.name, spelling.primes)
        slots, labels = self._slots.get(name, {}), self._labels.get(name, set())
        kept: list[Item] = []
        filled: list[s.Node] = []
        letters: list[str] = []
        components: list[s.Node] = []
        for place, item in self._places(spelling):
            letter = slots.get(_slot_place(place))
            if letter is not None:
                kept.append(_lettered(item.kind, letter, item.bracket))
                filled.append(item.node)
                letters.append(letter)
            elif _is_entry(item) or (item.kind == "sub" and place not in labels and self._counts(spelling, place, item)):
                components.append(item.node)
            else:
                kept.append(item)
        transposed = any(self._is_transpose(spelling, item) for item in spelling.items)
        quantity = Quantity(self._key(Spelling(spelling.name, spelling.primes, tuple(kept))), tuple(dict.fromkeys(letters)))
        return Occurrence(quantity, tuple(filled), tuple(components), transposed)

    def _is_component(self, spelling: Spelling, place: Place, item: Item, labels: set[Place]) -> bool:
        if _is_entry(item):
            return True
        return item.kind == "sub" and place not in labels and self._counts(spelling, place, item)

    def _is_component_at(self, spelling: Spelling, place: Place, item: Item) -> bool:
        name = (spelling.name, spelling.primes)
        return _slot_place(place) not in self._slots.get(name, {}) and self._is_component(
            spelling, place, item, self._labels.get(name, set())
        )

    def _key(self, spelling: Spelling) -> str:
        """The spelling first met of this name: the order of scripts and brackets around them do not matter."""
        kinds = tuple([tuple([item.latex for item in spelling.items if item.kind == kind]) for kind in ("sub", "sup", "call")])
        name = spelling.name, spelling.primes, kinds
        found = self._keys.get(name)
        if found is None:
            found = self._keys[name] = key_of(spelling)
        return found

    def _counts(self, spelling: Spelling, place: Place, item: Item) -> bool:
        """Whether an item is a component: a letter that can count, a sum of such, or a number where other spellings have such a letter."""
        if self._may_count(item.node) or self._is_sum_of_places(item.node):
            return True
        other = isinstance(item.node, s.Number) or _is_letter(item.node, self.running)
        return other and place in self._counted.get((spelling.name, spelling.primes), ())

    def _counted_places(self, spellings: Iterable[Spelling]) -> set[Place]:
        places = (found for spelling in spellings for found in self._places(spelling))
        return {place for place, item in places if self._may_count(item.node)}


@lru_cache(maxsize=4096)  # models of a document share formulas
def _spelled(tree: s.Formula, named: tuple[bool, ...]) -> tuple[Met, ...]:
    """The spellings in a formula; `named` tells which of its calls are names with an index."""
    found = Counter[Spelling]()
    is_name = iter(named)
    for node in outside_scripts(tree):
        own = isinstance(node, s.Call) and next(is_name)
        if isinstance(node, s.Call) and not own and stacked_behind(node):
            node = node.function  # `W_f [h, x]`: weights of what is stacked
        if own or (isinstance(node, s.Symbol) and not is_exponential(node)):
            spelling = spelling_of(node)
            if spelling is not None:
                found[same(spelling)] += 1
    return _met(tree, found)


def _met(tree: s.Formula, spellings: Counter[Spelling]) -> tuple[Met, ...]:
    bound = bound_in((tree,))
    return tuple([(own, count, own.letters - bound, not bound.isdisjoint(own.letters)) for own, count in spellings.items()])


def _heads(trees: Iterable[s.Formula], running: frozenset[str]) -> dict[str, str]:
    """Names whose two indices are written together, a number and what runs, `H_{1t}`, with the number; not where one index runs alone."""
    found: dict[str, set[str]] = defaultdict(set)
    for name, head, last in (pair for tree in trees for pair in below(tree)):
        if head not in found[name] and (shifted_letter(last) or _is_letter(last, running)):
            found[name].add(head)
    return {name: heads.pop() for name, heads in found.items() if len(heads) == 1 and "" not in heads}


@lru_cache(maxsize=1024)
def _lettered(kind: str, letter: str, bracket: str) -> Item:
    """An item that is a letter."""
    return Item(kind, s.Symbol(letter), bracket)


def _is_entry(item: Item) -> bool:
    """`W[i,j]` and `W_{h[i,j]}`; brackets above say which layer: `W^{[1]}`."""
    return item.kind == "entry" or (item.bracket == "[" and item.kind == "sub")


@cache
def _places(kinds: tuple[str, ...]) -> tuple[Place, ...]:
    """The places of items of these kinds: kind, number among those of its kind, and how many items of each kind there are."""
    counts = tuple(sorted(Counter(kinds).items()))
    return tuple((kind, kinds[:at].count(kind), counts) for at, kind in enumerate(kinds))


def _supers(spelling: Spelling) -> int:
    return sum(item.kind == "sup" for item in spelling.items)


def _plain_supers(spellings: Iterable[Spelling]) -> frozenset[int]:
    """How many superscripts a name has where none of them can be a transpose."""
    marks = frozenset(TRANSPOSES)
    return frozenset(_supers(x) for x in spellings if not any(i.kind == "sup" and to_latex(i.node) in marks for i in x.items))


def _slot_place(place: Place) -> SlotPlace:
    """Where a step stands does not depend on components: `a^L` and `a^L_j`."""
    kind, number, counts = place
    return kind, number, dict(counts)[kind]


def _is_letter(node: s.Node, letters: frozenset[str]) -> bool:
    return isinstance(node, s.Symbol) and not node.primes and to_latex(node) in letters


@s.of_node
def _without_bare_nablas(tree: s.Node) -> s.Node:
    """`\\nabla_a C` is by the a that C depends on, whichever index that has: its letter is no quantity of its own."""
    if not any(isinstance(node, s.Derivative) and node.form == "nabla" for node in outside_scripts(tree)):
        return tree
    if isinstance(tree, s.Derivative) and tree.form == "nabla" and all(isinstance(w, s.Symbol) and not w.scripts for w in tree.wrt):
        return tree.numerator
    if isinstance(tree, s.Product):
        return replace(tree, factors=tuple(map(_without_bare_nablas, tree.factors)))
    if isinstance(tree, s.Group):
        return replace(tree, body=_without_bare_nablas(tree.body))
    if isinstance(tree, s.Add):
        return replace(tree, terms=tuple((sign, _without_bare_nablas(term)) for sign, term in tree.terms))
    return tree


def known_function(key: str) -> bool:
    """Whether a key is that of a named function: `\\tanh()`."""
    plain = key.removesuffix("()").strip("\\")
    return plain.removeprefix("mathrm{").rstrip("}") in KNOWN_FUNCTIONS or plain in KNOWN_FUNCTIONS


def function_key(function: s.Symbol) -> str:
    """The key of a function's value among the names: `f_{s}()`."""
    return to_latex(s.Symbol(function.name, function.scripts)) + "()"


def key_of(spelling: Spelling) -> str:
    """The key of `shapes` for a spelling: `h_{t}`, `a(t)`, `W_{f}`, `H_{1,t}`."""
    calls = tuple(item.node for item in spelling.items if item.kind == "call")
    scripts: list[s.Script] = []
    for item in spelling.items:
        if item.kind in ("sub", "sup"):
            last = scripts[-1] if scripts else None
            if last is not None and last.kind == item.kind and last.bracket == item.bracket:
                body = last.body.items if isinstance(last.body, s.Sequence) else (last.body,)
                scripts[-1] = replace(last, body=s.Sequence((*body, item.node)))
            else:
                scripts.append(s.Script(item.kind, item.node, item.bracket))
    symbol = s.Symbol(spelling.name, tuple(scripts), spelling.primes)
    return to_latex(s.Call(symbol, calls) if calls else symbol)
