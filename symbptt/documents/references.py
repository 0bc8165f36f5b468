"""Words that say of which network a formula speaks, where a document has several: "in the plain RNN", "Back to the first network."

What is met here is only what words say. Which equations they name is found where all models of the document are known (`networks`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import chain
from typing import TypeVar

from symbptt.documents.formulas import FormulaSource, Prose

T = TypeVar("T")


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


SENTENCE_END = re.compile(r"[.!?](?:\s+|\Z)|\n\s*\n")
PARAGRAPH = re.compile(r"\n\s*\n")
#: One spelling for words that name the same kind of network.
SAME: Mapping[str, str] = {
    **dict.fromkeys(("vanilla", "simple", "standard", "ordinary", "basic", "usual", "simplest"), "plain"),
    **dict.fromkeys(("recurrent", "rnns"), "rnn"),
    **dict.fromkeys(("feedforward", "mlp", "mlps", "perceptron", "perceptrons", "multilayer"), "feedforward"),
    **dict.fromkeys(("rectifier", "rectified"), "relu"),
    **dict.fromkeys(("logistic", "sigmoidal"), "sigmoid"),
    **dict.fromkeys(("skip", "skips"), "residual"),
    **dict.fromkeys(("gates", "gating"), "gated"),
    "leaky-relu": "relu", "lstms": "lstm", "grus": "gru", "hyperbolic": "tanh", "cnns": "cnn", "convolutional": "cnn", "elman's": "elman",
}  # fmt: skip
PHRASES = (
    (re.compile(r"\bfeed-forward\b", re.I), "feedforward"),
    (re.compile(r"\blong short[- ]term memory\b", re.I), "lstm"),
    (re.compile(r"\bgated recurrent units?\b", re.I), "gru"),
    (re.compile(r"\bskip[- ]connections?\b", re.I), "residual"),
)
#: Words that are in names of all kinds of networks and parts of texts, and tell none from another.
PLAIN_WORDS = _words(
    """
    a about above actual again all an and any architecture architectures are as at back backprop backpropagation backward be below
    bias both bptt by calculating case cases cell cells chain chapter compared comparison complete computation computing
    corresponding cost current definition definitions delta deltas derivation derivative derivatives each entire equation
    equations error errors every example examples exploding following for forward from full given gradient gradients here hidden
    in input inputs into introduction is it its jacobian jacobians layer layers learning long loss losses model models more net
    nets network networks neural new notation now of on one ones or other our output outputs overall own parameter parameters part
    pass passes present proof recall recalled recap recurrence recurrences recursion recursions respect result resulting results
    return returning revisited rule rules same section setting settings setup short some state states step steps such summary
    system systems that the their there these this those three through time to trained training two under underlying unfolded unit
    units unrolled update us using vanishing version versions versus via vs we weight weights when where which whole whose wide
    with wrt
    """
)
ORDINALS: Mapping[str, int] = {
    **dict.fromkeys(("first", "former", "previous", "preceding", "earlier", "original", "old", "initial"), 0),
    **dict.fromkeys(("second", "latter", "last"), 1),
    "other": 0, "third": 2, "fourth": 3,
}  # fmt: skip
#: The same numbers in words.
COUNTED: Mapping[str, str] = {
    "one": "1",
    "two": "2",
    "three": "3",
    "first": "1",
    "second": "2",
    "third": "3",
    "fourth": "4",
    "ii": "2",
    "iii": "3",
}
#: What a phrase that names a network ends with; the others may mean something else, and count where an earlier network is named so.
NETWORK = r"(?:networks?|nets?|rnns?|lstms?|grus?|mlps?|cnns?|models?|architectures?|recursions?|recurrences?|perceptrons?|transformers?)"
OTHER = (
    r"(?:cells?|cases?|ones?|versions?|variants?|settings?|layers?|units?|systems?|loss(?:es)?|costs?|errors?|objectives?|(?:cross-)?entropy"
    r"|likelihood|outputs?|activations?|regression|classification|decay)"
)
SECTION = r"(?:sections?|sec\.?|chapters?|§)"
WORD = r"(?:(?!(?:the|an?|our|this|these|such|of|in|for|to|with|and|or|is|are)\b)[\w-]+|⟨[^⟩]{1,20}⟩)"
NAMED = re.compile(
    rf"\b(?P<article>the|an?|our|that|this|such)\s+(?P<words>(?:{WORD}\s+){{0,4}}?)(?P<noun>{NETWORK}|{OTHER})(?![\w-])"
    r"(?!\s+(?:weights?|parameters?|outputs?|inputs?|states?|equations?|cells?|units?|layers?|networks?|models?|has\s+\w+\s+layers)\b)",
    re.I,
)
#: Phrases without an article: "in plain RNNs".
PLURAL = re.compile(
    rf"\b(?P<article>)(?<=\bin\s|\bor\s|\bof\s|\bth\s)(?P<words>(?:{WORD}\s+){{0,3}}?)"
    r"(?P<noun>(?:network|net|rnn|lstm|gru|mlp|cnn|model|architecture)s)"
    r"(?![\w-])",
    re.I,
)
#: Words at the beginning of a line that name a network: "**Plain RNN.**", "- LSTM: ".
LABEL = re.compile(
    rf"(?:\A|\n|\|)[\s*_>|-]*(?P<article>)(?P<words>(?:{WORD}\s+){{0,3}}?)(?P<noun>{NETWORK}|cells?)\s*(?:\*\*|__)?\s*[.:|–—](?:\*\*|__)?",
    re.I,
)
#: A network by a letter or number: "model A".
LETTERED = re.compile(
    r"\b(?P<article>)(?P<words>)(?P<noun>(?i:network|net|model|variant|version|case|architecture)\s+(?:[A-Z]|\d|one|two|three|I{2,3}))(?![\w-])"
)
IN_SECTION = re.compile(
    rf"(?:\b(?P<which>previous|preceding|last|earlier|first)\s+{SECTION}(?!\w)|(?<!\w){SECTION}[\s~]*(?P<number>\d+(?:\.\d+)*)?)", re.I
)
#: Words before a name by which something else is compared with it: the formula speaks of the other.
COMPARED = re.compile(
    r"\b(?:unlike|than|(?:compared|comparison|contrast|contrary|opposed|similar(?:ly)?|analog\w+|analogy|relative|identical|equal)\s+(?:to|with)"
    r"|different(?:ly)?\s+from|differs?\s+from|(?<!recall\s)as|like|same\s+as|just\s+as)\s+(?:(?:in|with|those?\s+of|that\s+of|of|is)\s+){0,2}\Z",
    re.I,
)
#: Words directly before a name that make it what the formula speaks of.
SPEAKS_OF = re.compile(
    r"\b(?:in|for|of|with|within|under|regarding|concerning|recall(?:ing)?|consider(?:ing)?|take|taking|(?:back|return\w*|turn(?:ing)?)\s+to)\s+\Z",
    re.I,
)
#: Words before "a plain RNN" by which any such network is meant, and none is brought in.
OF_ANY = re.compile(r"\b(?:in|for|of|within)\s+\Z", re.I)
#: How a clause goes on of which the name is the subject.
SUBJECT = re.compile(r"\s+(?:has|have|had|gives?|gave|yields?|obeys?|satisf\w+)\b", re.I)
#: Words of a sentence in which the network that is named is changed into another one.
TURNED = re.compile(
    r"\b(?:add\w*|extend\w*|extension\w*|modif\w+|replac\w+|chang\w+|becom\w+|turn(?:s|ed)\b|reduc\w+|general\w+|differ\w*|instead|without|plus"
    r"|insert\w*|remov\w+|drop\w*|variants?|versions?|analog\w*|counterparts?|limits?|cop(?:y|ies)|augment\w*|enrich\w*|derived|obtain\w*\s+from"
    r"|going\s+from|both|either|any|combin\w+|inside|feeds?|fed|stack\w*|on\s+top|behind|after|not|no\s+longer)\b",
    re.I,
)
#: Words of a sentence by which all that follows under a heading is of the network that it names.
FROM_HERE = re.compile(
    r"\b(?:recall|back\s+to|return(?:ing|s)?\s+(?:back\s+)?to|turn(?:ing)?\s+(?:back\s+)?to|revisit\w*|reconsider\w*|consider\w*|look(?:ing)?\s+(?:back\s+)?at"
    r"|tak(?:e|ing)|treat\w*|stud(?:y|ying)|examin\w+|analy[sz]\w+|focus\w*|start\w*|begin\w*|this\s+section|the\s+rest|remainder|once\s+(?:more|again)|again)\b",
    re.I,
)
#: Words by which a sentence speaks of the network at hand again.
HERE = re.compile(
    r"\b(?:here|now|(?:this|the\s+present|the\s+current|the\s+new|our)\s+(?:\w+\s+)?(?:network|model|cell|rnn|net|case|section))\b", re.I
)
#: Words by which a formula is of one of several models, whatever these are called: "with weight decay", "in the regression case".
PICKING = re.compile(
    r"\b(?:with|without|for|under|using|in|back\s+to|return\w*\s+to|(?:\A|[.:]\s*)(?=the\s[^.]{0,30}\b(?:again|once\s+more)\b))\s*(?:(?:the|an?)\s+)?"
    r"(?:[\w-]+\s+){0,2}?(?:loss|costs?|error|(?:cross-)?entropy|likelihood|output|outputs"
    r"|units?|cases?|regression|classification|softmax|sigmoid|tanh|relu|decay|regulari[sz]ation|momentum|dropout|bias|versions?|variants?|settings?"
    rf"|activations?|{NETWORK})(?![\w-])",
    re.I,
)
FORMULA = re.compile(r"⟨[^⟩]*⟩")
BRACKETED = re.compile(r"\([^()]*\)")
BEHIND = re.compile(r"\s*(?P<comma>[,;(]?)\s*(?:and\s+)?(?:in|for|of|with|under)\s+", re.I)
OF_A_NETWORK = re.compile(rf"\b(?:{NETWORK}|cells?)\b", re.I)
#: Words that tell nothing where no heading has them.
GENERIC = frozenset({"rnn"})
COMPARING = re.compile(r"\b(?:compar\w+|versus|vs|contrast\w*|relat\w+|from|beyond|better|problems?)\b", re.I)
BOTH = re.compile(r"\b(?:both|either|neither)\b", re.I)
BRACKETS = {ord("⟨"): None, ord("⟩"): None}
RANK = re.compile(r"#+")
NUMBER = re.compile(r"[#\s]*(?:section|chapter|part)?\s*(\d+(?:\.\d+)*)\b", re.I)


@dataclass(frozen=True)
class Title:
    """A heading: the place of its first item, its rank, and its words with and without those that tell nothing."""

    at: int
    rank: int = 0
    words: str = ""

    @property
    def tokens(self) -> frozenset[str]:
        return tokens_of(self.words) | _counted(self.words)

    @property
    def is_of_a_network(self) -> bool:
        """Whether it has the word for one, and none of changes to it or comparisons."""
        return OF_A_NETWORK.search(self.words) is not None and not TURNED.search(self.words) and not COMPARING.search(self.words)

    @property
    def number(self) -> str:
        found = NUMBER.match(self.words)
        return found[1] if found is not None else ""


@dataclass(frozen=True)
class Mention:
    """A phrase that may say of which network a formula speaks.

    `tokens` are the words in it that tell networks apart, `ordinal` which one in order it counts (-1: none; `counted` by number),
    `several` whether it stands beside another one for both, `section` the number of a section or the place of its heading; `network`
    whether it can mean nothing else, `sure` whether the formula is said to be of it, `at` where its sentence begins; `lasting` where an
    earlier sentence names it, `near` in the same paragraph.
    """

    words: str
    tokens: frozenset[str]
    ordinal: int = -1
    counted: frozenset[str] = frozenset()
    several: bool = False
    section: str = ""
    network: bool = True
    sure: bool = True
    at: int = 0
    lasting: bool = False
    near: bool = True


@dataclass(frozen=True)
class Spoken:
    """What is said around a formula of the network that it speaks of: the headings above it, the outermost first, what words
    introduce before it ("an LSTM"), and a phrase in its sentence or before; `at` is its place."""

    titles: tuple[Title, ...] = ()
    introduced: frozenset[str] = frozenset()
    mention: Mention | None = None
    at: int = 0
    picked: str = ""  # words that may pick one of several models


NOTHING_SPOKEN = Spoken()


def tokens_of(words: str) -> frozenset[str]:
    """The words that may tell one network from another, each kind in one spelling."""
    for pattern, by in PHRASES:
        words = pattern.sub(by, words)
    found = (word.strip("-") for word in re.findall(r"[a-z][\w'-]*", words.lower()))
    labels = (match["noun"].split()[-1] for match in LETTERED.finditer(words))
    named = frozenset(f"#{COUNTED.get(label.lower(), label)}" for label in labels)
    return named.union(SAME.get(word, word) for word in found if word not in PLAIN_WORDS and word not in ORDINALS and len(word) > 1)


def _counted(words: str) -> frozenset[str]:
    """`#1` of "the first network"."""
    return frozenset(f"#{COUNTED[word]}" for word in re.findall(r"[a-z]+", words.lower()) if word in ("first", "second", "third", "fourth"))


def mentions_in(sentence: str, at: int = 0) -> Iterator[tuple[int, Mention, str]]:
    """The phrases of a sentence that name a network, with where they end; `new` where one brings it in, `label` where it stands before
    what is said of it. Formulas are `⟨…⟩`."""
    return ((end, replace(mention, at=at), kind) for end, mention, kind in _mentions(sentence))


@lru_cache(maxsize=1024)  # a sentence is asked several things
def _mentions(sentence: str) -> tuple[tuple[int, Mention, str], ...]:
    return tuple(_mentioned(sentence))


def _mentioned(sentence: str) -> Iterator[tuple[int, Mention, str]]:
    turned = TURNED.search(sentence) is not None
    for found in chain.from_iterable(pattern.finditer(sentence) for pattern in (NAMED, PLURAL, LETTERED, LABEL)):
        before, article = sentence[: found.start()], found["article"].lower()
        if COMPARED.search(before) or article in ("this", "our", "such", "that"):
            continue
        words = found["words"].lower()
        ordinal = next((number for word in re.findall(r"[a-z]+", words) if (number := ORDINALS.get(word, -1)) >= 0), -1)
        tokens = tokens_of(f"{words} {found['noun']}")
        section = next((one for one in IN_SECTION.finditer(sentence, found.end()) if one.start() - found.end() < 12), None)
        if not tokens and ordinal < 0 and section is None:
            continue
        new = article in ("a", "an") and OF_ANY.search(before) is None
        label = found.re is LABEL
        directly = label or SPEAKS_OF.search(before) is not None or (SUBJECT.match(sentence, found.end()) is not None and article != "a")
        mention = Mention(
            " ".join(sentence[found.start() : section.end() if section is not None else found.end()].translate(BRACKETS).split()),
            tokens,
            ordinal,
            _counted(words),
            BOTH.search(sentence) is not None,
            (section["number"] or section["which"] or "?").lower() if section is not None else "",
            re.fullmatch(rf"{NETWORK}(?:\s+\w+)?", found["noun"], re.I) is not None,
            directly and not turned and not new,
        )
        yield found.end(), mention, "new" if new else "label" if label else ""
    for one in IN_SECTION.finditer(sentence):
        before = sentence[: one.start()]
        if not any(found.end() <= one.start() < found.end() + 12 for found in NAMED.finditer(sentence)) and not COMPARED.search(before):
            sure = re.search(r"\bin\s+(?:the\s+)?\Z", before, re.I) is not None and not turned
            said = (one["number"] or one["which"] or "?").lower()
            if said != "?" or re.search(r"\b(?:in|of)\s+\Z", before, re.I):
                yield (
                    one.end(),
                    Mention(" ".join(one[0].translate(BRACKETS).split()), frozenset(), -1, frozenset(), False, said, False, sure),
                    "",
                )


def _introduced(sentence: str) -> frozenset[str]:
    """What a sentence brings in: "consider an LSTM"."""
    turned = TURNED.search(sentence) is not None
    return frozenset().union(*(one.tokens for _, one, kind in mentions_in(sentence) if kind == "label" or (kind == "new" and not turned)))


@dataclass
class Speaking:
    """What words say of networks at a place of a document, its items read one after another."""

    titles: list[Title] = field(default_factory=list)
    all_titles: list[Title] = field(default_factory=list)
    introduced: frozenset[str] = frozenset()
    lasting: Mention | None = None
    _line: int = 0  # that of the heading being read
    _end: int = 0  # where the last item ended
    _begun: int = 0  # where the sentence began
    _behind_display: bool = False
    _fresh: str = ""  # the words with which a sentence began behind a display
    _over: str = ""  # how the heading ends, with which the next sentence is taken to begin

    def read(self, item: Prose, sentence: str, at: int) -> None:
        """Go on with words; `sentence` is what stands before them in theirs, and they."""
        if item.heading:
            self._title(item, at)
            return
        if self._behind_display and item.text[:1].isupper():
            self._fresh = item.text
        self._behind_display = False
        sentence = self._own(sentence)
        starts_anew = item.line > self._end + 1 and item.text[:1].isupper()
        self._line, self._end = 0, item.line + item.text.count("\n")
        if sentence.strip() == item.text.strip():
            self._begun = at
        if starts_anew:
            self._leave_paragraph()
        *paragraphs, last = (SENTENCE_END.split(paragraph) for paragraph in PARAGRAPH.split(sentence))
        for paragraph in paragraphs:
            for one in paragraph:
                self._sentence(one)
                self._begun = at
            self._leave_paragraph()
        for one in last[:-1]:
            self._sentence(one)
            self._begun = at

    def _title(self, item: Prose, at: int) -> None:
        hashes = RANK.match(item.text)
        rank = item.rank or (len(hashes[0]) if hashes is not None else 0)
        if item.line == self._line and self.titles:
            self.titles[-1] = replace(self.titles[-1], words=f"{self.titles[-1].words} {item.text}")
            self.all_titles[-1] = self.titles[-1]
        else:
            while self.titles and (not rank or not self.titles[-1].rank or self.titles[-1].rank >= rank):
                self.titles.pop()
            self.titles.append(Title(at, rank, item.text))
            self.all_titles.append(self.titles[-1])
        self._line = self._end = item.line
        self._begun = at
        self._over = SENTENCE_END.split(item.text)[-1]
        self.lasting, self.introduced = None, frozenset()

    def _own(self, sentence: str) -> str:
        """A sentence without the heading before it, and without what stands before a display behind which it begins."""
        sentence = sentence.removeprefix(self._over)
        return sentence[max(sentence.rfind(self._fresh), 0) :] if self._fresh else sentence

    def _leave_paragraph(self) -> None:
        if self.lasting is not None:
            self.lasting = replace(self.lasting, near=False)

    def _sentence(self, sentence: str) -> None:
        """Note what a whole sentence says for those behind it."""
        named = [(mention, kind) for _, mention, kind in mentions_in(sentence, self._begun)]
        self.introduced = _introduced(sentence) or self.introduced
        if not named:
            if self.lasting is not None and HERE.search(sentence) and not self.lasting.sure:
                self.lasting = None
            return
        mention, kind = named[-1]
        from_here = FROM_HERE.search(sentence) is not None and TURNED.search(sentence) is None
        self.lasting = None if kind == "new" else replace(mention, sure=len(named) == 1 and (from_here or kind == "label"), lasting=True)

    def formula(self, item: FormulaSource, sentence: str, after: str, at: int) -> Spoken:
        """What is said of a formula behind the beginning of its sentence and before the words `after` it."""
        if item.line == self._line and self.titles and not item.display:
            named = " ".join(re.findall(r"\\([a-z]+)", item.latex))
            self.titles[-1] = replace(self.titles[-1], words=f"{self.titles[-1].words} {named}")
        sentence = self._own(sentence)
        own = _of_sentence(sentence, after, self._begun)
        leading = BRACKETED.sub(" ", FORMULA.sub("⟨⟩", sentence)).rpartition("⟩")[2]
        picked = PICKING.search(leading)
        introduced = _introduced(sentence) or self.introduced
        found = Spoken(tuple(self.titles), introduced, own or self.lasting, at, picked[0] if picked is not None else "")
        section = own.section if own is not None else ""
        if own is not None and section in ("previous", "preceding", "last", "earlier", "first"):
            found = replace(found, mention=replace(own, section=self._previous() if section in ("previous", "preceding", "last") else "?"))
        self._behind_display = item.display
        if item.display:
            self._sentence(sentence)
        self._end = item.line + item.latex.count("\n")
        return found

    def _previous(self) -> str:
        """The place of the heading before, of the same rank or a higher one."""
        if not self.titles:
            return "?"
        own = self.titles[-1]
        before = [title for title in self.all_titles if title.at < own.at and title.rank == own.rank]
        return f"@{before[-1].at}" if before else "?"


def _of_sentence(sentence: str, after: str, at: int) -> Mention | None:
    """What the sentence of a formula says before and directly behind it; what stands behind another formula is said of that one."""
    found = [
        (sentence.rfind("⟩", 0, end), end, mention)
        for end, mention, kind in mentions_in(sentence, at)
        if kind != "new" and not re.search(rf"⟩\s*(?:in|for|of|with|under)\s+{re.escape(mention.words)}\Z", sentence[:end], re.I)
    ]
    behind = BEHIND.match(after)
    trailing = None
    if behind is not None and after.lstrip(" ,;(")[:1].islower():
        rest = SENTENCE_END.split(after)[0]
        near = (mention for end, mention, kind in mentions_in(rest, at) if kind != "new" and end - len(mention.words) <= behind.end() + 1)
        trailing = next(near, None) if not (behind["comma"] and found) else None
    if trailing is not None and behind is not None:
        alike = all(mention.tokens == trailing.tokens for _, _, mention in found)
        return replace(trailing, sure=trailing.sure and not behind["comma"] and alike)
    if not found:
        return None
    last = sentence.rfind("⟩")
    since = [mention for _, end, mention in found if end > last] or [found[-1][2]]
    alike = len({(mention.tokens, mention.ordinal, mention.section) for mention in since}) == 1
    beside = not sentence[max(end for _, end, _ in found) :].strip(" ,:")
    return replace(since[-1], sure=since[-1].sure and (alike or beside))


def shared(found: Iterable[frozenset[T]]) -> frozenset[T]:
    """What all of these have."""
    sets = list(found)
    return frozenset.intersection(*sets) if sets else frozenset()
