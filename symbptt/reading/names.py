"""Which quantity a written symbol is: spellings matched with the templates that the problem declares.

`z_t^1`, `w^l_{jk}`, `W_{h[i,j]}^{(k)}` and `\\delta 4` are spellings; a template such as `z_t^1` has a
literal item (`1`) and a slot (`t`). Items of a spelling that no template explains are components,
a transpose or a power.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from itertools import chain, takewhile

from ..index import Affine
from ..latex.printer import to_latex
from ..latex.syntax import Call, Node, Number, Scripted, Symbol, of_node
from ..latex.tables import ACCENTS
from .scope import Scope, index_of, script_items

#: Fonts that authors leave away, or put in, from one formula to the next.
FONTS = ("\\mathbf{", "\\boldsymbol{", "\\vec{")


@dataclass(frozen=True)
class Item:
    """One item of a spelling: `kind` is `sub`, `sup`, `call` (`a(t)`) or `entry` (`S[i,k]`)."""

    kind: str
    node: Node
    bracket: str = ""

    @cached_property
    def latex(self) -> str:
        return to_latex(self.node)

    @cached_property
    def names(self) -> frozenset[str]:
        """The letters and words in it."""
        return frozenset(re.split(r"[^\\a-zA-Z]+", self.latex))


@dataclass(frozen=True)
class Spelling:
    """A symbol taken apart: its name, its items, and the node it came from."""

    name: str
    primes: int
    items: tuple[Item, ...]

    def __hash__(self) -> int:
        return self._hash

    @cached_property
    def _hash(self) -> int:
        return hash((self.name, self.primes, self.items))

    def __getstate__(self) -> dict[str, object]:
        """The fields alone: another process hashes otherwise."""
        return {"name": self.name, "primes": self.primes, "items": self.items}

    @cached_property
    def variants(self) -> tuple[Spelling, ...]:
        """Other ways to write the same name."""
        return tuple(_variants(self))

    @cached_property
    def letters(self) -> frozenset[str]:
        """The names that are its items."""
        return frozenset(item.node.name for item in self.items if isinstance(item.node, Symbol))


@dataclass(frozen=True)
class Template:
    """A declared spelling: literal items, and index letters that are the slots of the family `key`.

    `hidden` are letters of slots that the spelling does not show (`notation.implicit`). `by_letter` says that the
    letter itself tells the family, as in δ_j and δ_k of two layers.
    """

    key: str
    spelling: Spelling
    letters: tuple[str, ...]
    hidden: tuple[str, ...] = ()
    by_letter: bool = False


@dataclass(frozen=True)
class Match:
    """A spelling explained by a template: slots by letter, and the items left over."""

    template: Template
    bindings: Mapping[str, Node]
    rest: tuple[Item, ...]


@of_node
def spelling_of(node: Node) -> Spelling | None:
    """Take a symbol (or a symbol with brackets behind it) apart; None for anything else."""
    if isinstance(node, Symbol):
        return Spelling(node.name, node.primes, tuple(_script_parts(node)))
    if isinstance(node, Call) and node.bracket in ("(", "["):
        inner = spelling_of(node.function)
        assert inner is not None
        kind = "entry" if node.bracket == "[" else "call"
        return Spelling(inner.name, inner.primes, inner.items + tuple(Item(kind, a) for a in node.args))
    if isinstance(node, Scripted):
        base = spelling_of(node.base)
        if base is None:
            return None
        extra = tuple(Item(s.kind, i, s.bracket) for s in node.scripts for i in script_items(s))
        return Spelling(base.name, base.primes, base.items + extra)
    return None


def _script_parts(node: Symbol) -> Iterator[Item]:
    for script in node.scripts:
        for item in script_items(script):
            yield Item(script.kind, item, script.bracket)


def template_of(key: str, node: Node, letters: frozenset[str], hidden: tuple[str, ...] = ()) -> Template | None:
    """Declare a spelling; `letters` are the index letters of the problem."""
    spelling = spelling_of(node)
    if spelling is None:
        return None
    found: list[str] = []
    for item in spelling.items:
        for letter in _letters_in(item.node, letters):
            if letter not in found:
                found.append(letter)
    return Template(key, spelling, tuple(found), tuple(h for h in hidden if h not in found))


def _letters_in(node: Node, letters: frozenset[str]) -> Iterator[str]:
    """Letters of an item that are slots: the item itself, or the scripts of the name it is (`s_t`)."""
    if isinstance(node, Symbol):
        if to_latex(node) in letters:
            yield to_latex(node)
        elif node.scripts:
            for item in _script_parts(node):
                yield from _letters_in(item.node, letters)


def _unify(pattern: Node, node: Node, letters: tuple[str, ...], bindings: dict[str, Node], scope: Scope) -> bool:
    if isinstance(pattern, Symbol):
        text = to_latex(pattern)
        if text in letters:
            if text in bindings:
                return bindings[text] == node
            if index_of(node, scope.probe()) is None:
                return False
            bindings[text] = node
            return True
        if pattern.scripts and isinstance(node, Symbol) and node.name == pattern.name:
            mine, theirs = list(_script_parts(pattern)), list(_script_parts(node))
            return len(mine) == len(theirs) and all(
                a.kind == b.kind and _unify(a.node, b.node, letters, bindings, scope) for a, b in zip(mine, theirs, strict=True)
            )
        if text in scope.bound:  # the k that a sum runs over is no label, whatever else is called x_k
            return False
    return pattern == node


def match(spelling: Spelling, template: Template, scope: Scope) -> Match | None:
    """Explain a spelling by a template: every item of the template in order, kind by kind."""
    if spelling.name != template.spelling.name or spelling.primes != template.spelling.primes:
        return None
    found = _matched(spelling, template, scope)
    return found if found is not None else next((m for s in _digits_apart(spelling, template) if (m := _matched(s, template, scope))), None)


def _digits_apart(spelling: Spelling, template: Template) -> Iterator[Spelling]:
    """`H_{12}` where `H_{1t}` is declared: the 1 of the template and step 2; a digit each where several slots follow one another."""
    for place, item in enumerate(spelling.items):
        text = item.node.text if isinstance(item.node, Number) else ""
        if len(text) < 2 or not text.isdigit():
            continue
        for start, first in enumerate(template.spelling.items):
            wanted = _of_kind(item.kind, template.spelling.items[start:])
            if first.kind != item.kind or len(wanted) < 2:
                continue
            head = first.node.text if isinstance(first.node, Number) else ""
            if head and (not text.startswith(head) or text == head):
                continue
            rest = text[len(head) :]
            pieces = [*([head] if head else []), *([rest] if head and len(wanted) == 2 else rest)]
            if len(pieces) == len(wanted):
                apart = tuple(Item(item.kind, Number(piece), item.bracket) for piece in pieces)
                yield replace(spelling, items=(*spelling.items[:place], *apart, *spelling.items[place + 1 :]))


def _of_kind(kind: str, items: tuple[Item, ...]) -> list[Item]:
    """The items of one kind that stand first."""
    return list(takewhile(lambda item: item.kind == kind, items))


def _matched(spelling: Spelling, template: Template, scope: Scope) -> Match | None:
    if len(template.spelling.items) > len(spelling.items):
        return None
    if not template.spelling.items:
        return Match(template, {}, spelling.items)
    bindings: dict[str, Node] = {}
    rest = list(enumerate(spelling.items))
    reached: dict[str, int] = {}
    for wanted in template.spelling.items:
        here = [(place, item) for place, item in rest if item.kind == wanted.kind and place >= reached.get(wanted.kind, 0)]
        if len(here) > 1:
            here.sort(key=lambda found: not _mentions(wanted, found[1], template.letters))
        for place, item in here:
            trial = dict(bindings)
            if template.by_letter and wanted.latex in template.letters and item.node != wanted.node:
                continue
            if _unify(wanted.node, item.node, template.letters, trial, scope):
                bindings = trial
                rest.remove((place, item))
                reached[wanted.kind] = place + 1
                break
        else:
            return None
    return Match(template, bindings, tuple(item for _, item in rest))


def _mentions(wanted: Item, item: Item, letters: tuple[str, ...]) -> bool:
    """Whether an item is written with the very letter of the slot: in `y_{k,t}` the t is the step."""
    return wanted.latex not in letters or wanted.latex in item.names


@dataclass
class NameTable:
    """All templates of a problem, by name."""

    templates: dict[str, list[Template]] = field(default_factory=dict)
    aliases: dict[str, str] = field(default_factory=dict)

    def declare(self, template: Template) -> None:
        self.templates.setdefault(template.spelling.name, []).append(template)

    def hide(self, key: str, letters: tuple[str, ...]) -> None:
        """The family `key` has slots that its spelling does not show."""
        for templates in self.templates.values():
            templates[:] = [replace(t, hidden=(*t.hidden, *letters)) if t.key == key else t for t in templates]

    def tell_by_letter(self) -> None:
        """Templates that are equal but for their letters (`a_j` and `a_k`) are families that the letter tells apart."""
        for templates in self.templates.values():
            for form in {_form(t) for t in templates if t.letters}:
                alike = [t for t in templates if _form(t) == form]
                if len({t.letters for t in alike}) > 1:
                    templates[:] = [replace(t, by_letter=True) if t in alike else t for t in templates]

    def has(self, name: str) -> bool:
        """Whether some quantity has this name, fonts aside."""
        return any(variant in self.templates for variant in _names(name))

    def find(self, node: Node, scope: Scope) -> list[Match]:
        """The templates that explain a spelling, best first: most items explained, literal items before slots."""
        spelling = spelling_of(node)
        if spelling is None:
            return []
        for variant in chain((spelling,), spelling.variants):
            candidates = [m for t in self.templates.get(variant.name, ()) if (m := match(variant, t, scope)) is not None]
            if candidates:
                return candidates if len(candidates) == 1 else sorted(candidates, key=lambda m: _specificity(m, variant), reverse=True)
        return []


def _form(template: Template) -> tuple[object, ...]:
    """A template with its letters struck out."""
    items = tuple((i.kind, "" if to_latex(i.node) in template.letters else to_latex(i.node)) for i in template.spelling.items)
    return (template.spelling.primes, items)


def _specificity(m: Match, spelling: Spelling) -> tuple[bool, int, int]:
    """The declared spelling itself goes before all that it could be a member of."""
    items = len(m.template.spelling.items)
    return (spelling.items == m.template.spelling.items, items, items - len(m.template.letters))


def _variants(spelling: Spelling) -> Iterator[Spelling]:
    """Other ways to write the same name: `\\delta_8` for the name `\\delta 8`, without a bold or italic font."""
    if spelling.items and isinstance(spelling.items[0].node, Number) and spelling.items[0].kind == "sub":
        yield Spelling(f"{spelling.name} {spelling.items[0].node.text}", spelling.primes, spelling.items[1:])
    head, _, number = spelling.name.rpartition(" ")
    if head and number.isdigit():
        yield Spelling(head, spelling.primes, (Item("sub", Number(number)), *spelling.items))
    for name in _other_fonts(spelling.name):
        yield replace(spelling, name=name)


def _other_fonts(name: str) -> Iterator[str]:
    """The name without a bold or italic font or with one, under its accents: `\\hat{y}` for `\\hat{\\mathbf{y}}`."""
    for font in FONTS:
        if name.startswith(font) and name.endswith("}"):
            yield name[len(font) : -1]
    accent, _, inner = name.partition("{")
    if accent in ACCENTS and inner.endswith("}"):
        yield from (f"{accent}{{{other}}}" for other in _other_fonts(inner[:-1]))
    if len(name) == 1 or name.startswith("\\"):
        yield from (f"{font}{name}}}" for font in FONTS)


@lru_cache(maxsize=4096)
def _names(name: str) -> tuple[str, ...]:
    """The names by which a quantity without scripts may go."""
    return (name, *(variant.name for variant in _variants(Spelling(name, 0, ()))))


def slot_indices(found: Match, scope: Scope) -> tuple[Affine, ...] | None:
    """The slots of a match as indices, hidden ones filled with the letter in scope."""
    indices: list[Affine] = []
    for letter in (*found.template.letters, *found.template.hidden):
        value = index_of(found.bindings[letter], scope) if letter in found.bindings else scope.letter(letter)
        if value is None:
            return None
        indices.append(value)
    return tuple(indices)
