"""Which of several networks of a document a claim speaks of, by its words and headings.

A later section that defines a name anew begins a model of its own. "In the plain RNN, …" behind it speaks of the earlier one: where the
words clearly name one model, the claim is judged by that one, and where they may mean either, it is true at most on the condition that
one of them is meant.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass, replace
from functools import cached_property

from symbptt.documents.changes import head_of
from symbptt.documents.item import Entry
from symbptt.documents.references import GENERIC, NOTHING_SPOKEN, Mention, Spoken, Title, shared, tokens_of
from symbptt.documents.roles import letters_of
from symbptt.documents.understanding import Model
from symbptt.functions import LATEX_NAMES
from symbptt.latex.syntax import Call, Derivative, Formula, walk
from symbptt.problem import Given

#: How a claim is read that words say is of an earlier network; the last one where it may be of several.
SPOKEN_OF = "`{2}` is the one with `{0}` (line {1})"
CANNOT = "the words before it speak of `{2}`, whose equations (line {1}) do not say all that is in it; write them again before it"
WHICH = "the words may speak of another network (`{}`); write its equations again before it"
Pair = tuple[Given, Formula]
Part = tuple[Sequence[Entry], Model]


@dataclass(frozen=True)
class Network:
    """The model of the part `at` as a claim may mean it: its equations, those that the claim rests on, and, with what is said around
    each, those of them for which another model has other ones."""

    at: int
    known: tuple[Pair, ...]
    rests: frozenset[Pair]
    own: tuple[tuple[Pair, Spoken], ...] = ()
    mixed: bool = False  # whether the claim rests on what stands beside the equations of a later one

    def otherwise(self, other: Network) -> frozenset[Pair]:
        """Its equations for what the other has other ones for."""
        formulas = _formulas(other.rests)
        heads = {head_of(formula) for formula in formulas}
        return frozenset(pair for pair in self.rests if pair[1] not in formulas and head_of(pair[1]) in heads)

    def titles(self, common: Set[Title]) -> frozenset[str]:
        """The words of the headings above what it says otherwise."""
        return frozenset().union(*(title.tokens for _, said in self.own for title in said.titles if title not in common))

    def words(self, common: Set[Title]) -> frozenset[str]:
        """Those, what words introduce, and the functions that it applies."""
        called = {node.function.name for (_, formula), _ in self.own for node in walk(formula) if isinstance(node, Call)}
        named = {LATEX_NAMES[name] for name in called if name in LATEX_NAMES}
        return self.titles(common).union(named, *(said.introduced for _, said in self.own))


@dataclass(frozen=True)
class Meant:
    """What words say of a claim: the networks that it may be of, the one at hand last; one alone where they say so clearly."""

    words: str
    networks: tuple[Network, ...]

    def said_of(self, network: Network, text: str) -> str:
        """A text with the first equation that the network has alone."""
        given = network.own[0][0][0] if network.own else network.known[0][0]
        return text.format(given.equation, given.line, self.words)


class Networks:
    """The models of a document, which words may tell apart; `stating` are the sections that have equations."""

    def __init__(self, found: Sequence[Part], stating: Set[int]) -> None:
        self._found = found
        self._stating = stating
        self._said = {given: entry.spoken for part, _ in found for entry in part for given in entry.item.defines}

    def meant(self, entry: Entry, number: int) -> Meant | None:
        """The networks that a claim of the part `number` may be of, where words say anything of it."""
        if entry.spoken.mention is None and not any(title.tokens for title in entry.spoken.titles):
            return None
        networks = self._networks(entry, number)
        if len(networks) < 2:
            return None
        here, mention = networks[-1], entry.spoken.mention
        if mention is not None and mention.lasting and not (mention.near or mention.sure) and entry.section in self._stating:
            mention = None
        if mention is not None and any(said.at > mention.at for _, said in here.own):
            mention = None
        found = mention and _named(mention, networks, self._tops)
        if not found:
            mention, found = _of_headings(entry.spoken.titles, networks)
        if mention is None or not found or (not mention.sure and found == (here,)):
            return None
        clear = mention.sure and len(found) == 1 and (found[0] is here or _is_one_change(found[0], networks))
        return Meant(mention.words, found if clear else tuple(networks))

    def picked(self, entry: Entry, number: int) -> bool | None:
        """Whether words of a claim, of which `meant` makes nothing, pick the model at hand: False where they may pick another one, None
        where they pick none."""
        networks = self._networks(entry, number) if entry.spoken.picked else []
        if len(networks) < 2:
            return None
        common, tokens = _common(networks), tokens_of(entry.spoken.picked)
        *others, here = (tokens <= one.words(common) for one in networks)
        return bool(tokens) and here and not any(others)

    def _networks(self, entry: Entry, number: int) -> list[Network]:
        """The models up to a claim that say otherwise of what it rests on, in their order."""
        if entry.formula is None or not number:
            return []
        here = Network(number, entry.known, rested_on(entry.formula, entry.known))
        found = [here]
        for at in range(number - 1, -1, -1):
            known = self._found[at][0][-1].known
            one = Network(at, known, rested_on(entry.formula, known))
            if one.otherwise(here) and all(_formulas(one.rests) != _formulas(other.rests) for other in found):
                found.insert(0, one)
        found = [replace(one, own=self._own(one, found)) for one in found]
        return [replace(one, mixed=self._is_mixed(one, found[at + 1 :])) for at, one in enumerate(found)]

    def _own(self, network: Network, networks: Iterable[Network]) -> tuple[tuple[Pair, Spoken], ...]:
        """What a model says of a quantity of which one of the others says something else."""
        own = frozenset().union(*(network.otherwise(other) for other in networks))
        return tuple((pair, self._said.get(pair[0], NOTHING_SPOKEN)) for pair in network.known if pair in own)

    def _is_mixed(self, network: Network, later: Iterable[Network]) -> bool:
        """Whether it has equations, names of derivatives aside, under a heading under which a later one says something otherwise."""
        places = {said.titles[-1:] for one in later for _, said in one.own} - {()}
        rest = (given for given, formula in network.rests if not any(isinstance(node, Derivative) for node in walk(formula)))
        return any(self._said.get(given, NOTHING_SPOKEN).titles[-1:] in places for given in rest)

    @cached_property
    def _tops(self) -> int:
        """How many of the outermost headings that are not above all equations have equations under them."""
        common = shared(frozenset(one.titles) for one in self._said.values())
        return len({next((title for title in one.titles if title not in common), None) for one in self._said.values()})


def _formulas(pairs: Iterable[Pair]) -> set[Formula]:
    return {formula for _, formula in pairs}


def rested_on(formula: Formula, known: Iterable[Pair]) -> frozenset[Pair]:
    """The equations that a formula speaks of, directly or through others."""
    of: dict[str, list[Pair]] = defaultdict(list)
    for pair in known:
        of[head_of(pair[1])].append(pair)
    found: list[Pair] = []
    todo = [formula]
    while todo:
        for letter in letters_of(todo.pop()) & of.keys():
            pairs = of.pop(letter)
            found += pairs
            todo += [tree for _, tree in pairs]
    return frozenset(found)


def _common(networks: Iterable[Network]) -> frozenset[Title]:
    """The headings above what any network says otherwise."""
    return shared(frozenset(said.titles) for one in networks for _, said in one.own)


def _named(mention: Mention, networks: Sequence[Network], tops: int) -> tuple[Network, ...]:
    """The networks that a phrase may name; none where it tells nothing of them."""
    everything = tuple(networks)
    if mention.several:
        return everything
    if not mention.section:
        return _by_words(mention, networks, tops)
    found, named = _in_section(mention.section, networks), _by_words(mention, networks, tops) if mention.tokens else ()
    if found:
        return found if named in ((), found) else everything
    numbered = any(title.number for one in networks for _, said in one.own for title in said.titles)
    return named if named and mention.section[0].isdigit() and not numbered else everything


def _by_words(mention: Mention, networks: Sequence[Network], tops: int) -> tuple[Network, ...]:
    """The networks that the words of a phrase may name."""
    everything, common = tuple(networks), _common(networks)
    for words in ([one.titles(common) for one in networks], [one.words(common) for one in networks]):
        telling = (mention.tokens | (mention.counted & frozenset().union(*words))) - shared(words)
        hits = [one for one, own in zip(networks, words, strict=True) if telling and telling <= own]
        if hits:
            return tuple(hits) if len(hits) == 1 else everything
        if mention.tokens and not telling:
            titles = [{title.tokens for _, said in one.own for title in said.titles} for one in networks]
            exact = [one for one, own in zip(networks, titles, strict=True) if mention.tokens in own]
            return everything if exact and exact != [networks[-1]] else ()
    if not mention.network:
        return ()
    if mention.ordinal >= 0 and mention.tokens <= GENERIC:
        return (networks[mention.ordinal],) if tops == len(networks) == 2 and mention.ordinal < 2 else everything
    known = frozenset().union(*(one.words(common) for one in networks))
    return everything if mention.tokens - GENERIC or mention.tokens & known else ()


def _in_section(section: str, networks: Sequence[Network]) -> tuple[Network, ...]:
    """The one network of a section, which is told by its number or the place of its heading."""

    def stands(title: Title) -> bool:
        return f"@{title.at}" == section or (bool(title.number) and title.number == section)

    hits = [one for one in networks if one.own and all(any(map(stands, said.titles)) for _, said in one.own)]
    return tuple(hits) if len(hits) == 1 else ()


def _of_headings(titles: Sequence[Title], networks: Sequence[Network]) -> tuple[Mention | None, tuple[Network, ...]]:
    """The networks that a heading above a claim names, where the equations at hand do not stand under it."""
    here = {title for _, said in networks[-1].own for title in said.titles}
    common = _common(networks)
    for title in reversed([title for title in titles if title not in here]):
        words = [one.words(common) if title.is_of_a_network else one.titles(common) for one in networks]
        named = title.tokens & (frozenset().union(*words) - shared(words))
        hits = [one for one, own in zip(networks, words, strict=True) if named and named <= own]
        if named:
            mention = Mention(title.words.strip("# "), named, sure=title.is_of_a_network, at=title.at)
            return mention, tuple(hits) if len(hits) == 1 else tuple(networks)
    return None, ()


def _is_one_change(network: Network, networks: Sequence[Network]) -> bool:
    """Whether all that is said otherwise in it than at hand stands together in both."""
    here, common = networks[-1], _common(networks)
    changed = ([said for pair, said in one.own if pair in one.otherwise(other)] for one, other in ((network, here), (here, network)))
    return all(_stand_together(said, common) for said in changed)


def _stand_together(said: Sequence[Spoken], common: Set[Title]) -> bool:
    """Whether formulas stand under one heading, which is not above those of all networks; or where there is none."""
    under = [frozenset(one.titles) - common for one in said]
    return not any(under) or bool(shared(under))


def known_in(entry: Entry, network: Network) -> tuple[Pair, ...]:
    """The equations of a network, and those that a claim has beside them: what rests on quantities of the network alone."""
    heads = {head_of(tree) for _, tree in network.known}
    met = frozenset().union(*(letters_of(tree) for _, tree in network.known))
    rested = rested_on(entry.formula, entry.known) if entry.formula is not None else frozenset()
    extra: list[Pair] = []
    for pair in entry.known:
        head = head_of(pair[1])
        if pair in rested and head not in met and head not in heads and letters_of(pair[1]) - {head} <= met:
            extra.append(pair)
            met |= {head}
    return (*network.known, *extra)
