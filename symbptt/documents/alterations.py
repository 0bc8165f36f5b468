"""Words behind equations that change what these say: "the loss is divided by K", "a skip connection", "the output unit is linear".

Words alone change no equation. What rests on an equation before them is not judged, unless an equation shows what they say: one that
mentions the names in them, or one behind them that gives a quantity anew of which the earlier ones speak.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from symbptt.documents.arguments import LOSSES
from symbptt.documents.prose_rules import ACTIVATION, function_called
from symbptt.documents.roles import letters_of
from symbptt.functions import LATEX_NAMES
from symbptt.latex.syntax import Add, Call, Derivative, Formula, Fraction, Number, Product, Symbol, walk

#: Letters of coefficients of what is added to a loss.
COEFFICIENTS = frozenset({"\\lambda", "\\beta", "\\alpha", "\\mu", "\\gamma"})
BIAS = re.compile(r"(?:\\[a-z]+\{)?[bc](?![a-z])|\\(?:beta|epsilon|varepsilon)")
ACTIVATIONS = frozenset(name for name, known in LATEX_NAMES.items() if known not in ("log", "exp"))
LOSS = r"\b(?:loss(?:es)?|costs?|objective|criterion)\b"
SCORES = r"\b(?:logits?|scores?|pre-?activations?|(?:net|weighted)\s+inputs?)\b"
IS = r"(?:\s+function)?(?:\s+(?:of|at)\s+(?:\w+\s+)?⟨[^⟩]*⟩)?[^.;:⟨⟩]{0,30}?\b(?:is|are|gets?|was|were)\s+(?:\w+\s+){0,2}?"
NAME = r"⟨(?P<name>[^⟩]{1,40})⟩"

#: Letters of a name that words quote, its commands aside.
COMMAND = re.compile(
    r"\\(?:frac|[dt]frac|sqrt|mathbf|mathrm|boldsymbol|bm|left|right|cdot|times|odot|hat|tilde|bar|lVert|rVert|Vert|\|)(?![A-Za-z])"
)
BRACES = re.compile(r"[{}\s]")
LETTER = re.compile(r"\\[A-Za-z]+|[A-Za-z]")

#: Whether equations show what words say that quote a name.
Shown = Callable[[Sequence[Formula], str], bool]


def _letters(name: str) -> frozenset[str]:
    return frozenset(LETTER.findall(COMMAND.sub(" ", name)))


def _mentioned(trees: Sequence[Formula], name: str) -> bool:
    """The name that the words quote stands in an equation."""
    return bool(name) and _letters(name) <= frozenset().union(*map(letters_of, trees))


def _never(trees: Sequence[Formula], name: str) -> bool:
    return False


def _divides(trees: Sequence[Formula], name: str) -> bool:
    """An equation divides by the name, or, where none is quoted, by more than a number."""
    nodes = [node for tree in trees for node in walk(*tree.sides[1:])]
    below = [node.denominator for node in nodes if isinstance(node, Fraction)]
    products = (node for node in nodes if isinstance(node, Product))
    below += [other for one in products for sign, other in zip(one.signs, one.factors[1:], strict=True) if sign == "/"]
    if name:
        return _letters(name) <= frozenset().union(*map(letters_of, below))
    return any(not isinstance(node, Number) for node in below)


def _has_no_logarithm(trees: Sequence[Formula], name: str) -> bool:
    return {"log", "\\log"}.isdisjoint(frozenset().union(*map(letters_of, trees)))


def _is_absent(trees: Sequence[Formula], name: str) -> bool:
    """No equation mentions the name."""
    return not _mentioned(trees, name)


def _decays(trees: Sequence[Formula], name: str) -> bool:
    """An equation has a letter that goes by the name of such a coefficient."""
    return not COEFFICIENTS.isdisjoint(frozenset().union(*map(letters_of, trees)))


def _is_defined(trees: Sequence[Formula], name: str) -> bool:
    """An equation says what the name is."""
    heads = {tree.sides[0].name for tree in trees if isinstance(tree.sides[0], Symbol)}
    return bool(heads & _letters(name))


def _has_a_logarithm(trees: Sequence[Formula], name: str) -> bool:
    """A logarithm stands in an equation, or none is of a loss."""
    heads = {tree.sides[0].name for tree in trees if isinstance(tree.sides[0], Symbol)}
    return not heads & LOSSES or not _has_no_logarithm(trees, name)


def _is_used(trees: Sequence[Formula], name: str) -> bool:
    """The name stands in what an equation gives."""
    met = {BRACES.sub("", node.name) for tree in trees for node in walk(*tree.sides[1:]) if isinstance(node, Symbol)}
    return BRACES.sub("", name) in met


def _applies(trees: Sequence[Formula], name: str) -> bool:
    """An equation applies the function that words name."""
    met = {LATEX_NAMES.get(node.function.name) for tree in trees for node in walk(*tree.sides) if isinstance(node, Call)}
    return function_called(name) in met


def _has_a_skip(trees: Sequence[Formula], name: str) -> bool:
    """An equation adds a quantity, and no bias, to something else."""
    sums = (side for tree in trees for side in tree.sides[1:] if isinstance(side, Add))
    alone = (term.name for side in sums for _, term in side.terms if isinstance(term, Symbol))
    return any(not BIAS.match(name) for name in alone)


def _has_no_star(trees: Sequence[Formula], name: str) -> bool:
    """No equation multiplies by `*`, which may stand for a convolution."""
    return not any(isinstance(node, Product) and "*" in node.signs for tree in trees for node in walk(*tree.sides))


def _is_affine(trees: Sequence[Formula], name: str) -> bool:
    """An equation without a function gives something to which no function is applied: an output."""
    calls = [node for tree in trees for node in walk(*tree.sides) if isinstance(node, Call) and node.function.name in ACTIVATIONS]
    inside = {inner.name for call in calls for inner in walk(*call.args) if isinstance(inner, Symbol)}
    plain = (tree for tree in trees if not any(isinstance(node, (Call, Derivative)) for node in walk(*tree.sides[1:])))
    heads = {tree.sides[0].name for tree in plain if isinstance(tree.sides[0], Symbol)}
    return bool(heads - inside - LOSSES)


@dataclass(frozen=True)
class Wording:
    """Words that change a model, and how equations before them may show the same; `of_a_loss` where one of a loss behind them does;
    `of_all` where they are of equations behind them too, up to the next heading, or with `lasting` to the end; `by_any` where any
    definition behind them settles them, and headings say them too."""

    pattern: re.Pattern[str]
    shown: Shown = _mentioned
    of_a_loss: bool = False
    lasting: bool = False
    of_all: bool = False
    by_any: bool = False


def _row(pattern: str, shown: Shown = _mentioned, **settled: bool) -> Wording:
    return Wording(re.compile(pattern, re.I), shown, **settled)


BY = rf"\b(?:[^.;⟨⟩]{{0,30}}{NAME})?"
WORDINGS = (
    _row(rf"{LOSS}{IS}(?:averaged|divided|normali[sz]ed){BY}", _divides, of_a_loss=True),
    _row(rf"\b(?:sum|error)\s+(?:\w+\s+)?⟨[^⟩]*⟩\s+divided\s+by\s+(?:the\s+\w+\s+)?{NAME}", _divides),
    _row(rf"{LOSS}{IS}(?:multiplied|scaled|weighted|discounted|measured\s+in){BY}", of_a_loss=True),
    _row(rf"{LOSS}{IS}only\s+\w+ed\s+(?:at|on|for)\b", _never, of_a_loss=True),
    _row(rf"{SCORES}{IS}(?:divided|scaled|clipped|normali[sz]ed|shifted|multiplied\s+by\s+(?:an?|the|(?=⟨[^⟩]*\\))){BY}"),
    _row(r"\b(?:drop(?:ped)?|omit(?:ted)?|ignored?|neglect(?:ed)?|leave\s+(?:out|away))\b[^.;]{0,30}\b(?:factor|constant)\b", _never),
    _row(r"\bfactors?\b[^.;]{0,30}\b(?:is|are)\s+(?:\w+\s+)?(?:dropped|omitted|ignored|neglected|left\s+(?:out|away))\b", _never),
    _row(rf"\bsoftmax\s+(?:has|with)\s+(?:an?|the)\s+temperature\b(?:\s*(?:of\s+)?{NAME})?"),
    _row(
        r"\b(?:each|every)\s+(?:class|example|sample|(?:time[\s-]?)?step|component|term|token|unit)\s+(?:\w+\s+)?(?:has|carries|gets|receives)\s+"
        rf"(?:an?|its\s+own)\s+(?:\w+\s+)?weight\b(?:\s*{NAME})?"
    ),
    _row(rf"\bweighted\s+by\s+(?:an?|its|the)\s+(?:class|sample|example|step|importance)[\s-]+weights?\b(?:\s*{NAME})?"),
    _row(r"\b(?:skip|residual|shortcut)[\s-]connections?\b", _has_a_skip),
    _row(r"\bconnected\s+(?:directly|also)\s+to\b|\bconnection\s+from\s+(?:the\s+\w+\s+)?(?:⟨[^⟩]*⟩\s+)?to\b", _never),
    _row(
        r"\b(?:use|using|take|with)\s+(?:the\s+|an?\s+)?(?:focal|hinge|huber|contrastive|triplet|absolute|l1)\s+(?:loss|error|cost)\b",
        _never,
        of_a_loss=True,
    ),
    _row(
        r"\b(?:take|use|let|choose|consider|adopt|switch|train|minimi[sz]e|becomes?)\b[^.;]{0,60}"
        r"\b(?:cross[\s-]?entropy|negative\s+log[\s-]?likelihood)\b",
        _has_a_logarithm,
        of_a_loss=True,
    ),
    _row(r"\b(?:add|adding|added|plus)\s+(?:an?|the)\s+(?:\w+\s+)?(?:penalt\w+|regulari[sz]\w+|weight\s+decay)\b", _decays, of_a_loss=True),
    _row(r"\b(?:sees?|receives?|is\s+(?:fed|given|replaced\s+by))\s+⟨(?P<name>[^⟩=]{1,20})=[^⟩]*⟩", _is_used),
    _row(
        rf"\b(?:for|with|use|uses|using|take|taking|takes)\s+(?:an?\s+|the\s+)?⟨?\s*\\?(?P<name>{ACTIVATION})\s*⟩?"
        r"(?:\s+functions?)?\s+(?:units?|neurons?|as\s+(?:the\s+|our\s+|an?\s+)?(?:activation|non-?\s?linearity))\b",
        _applies,
    ),
    _row(rf"\bmargin\s+{NAME}\s+is\s+(?:subtracted|added)\b"),
    _row(
        r"⟨[^⟩]*(?:L|\\ell)[^⟩]{0,3}1[^⟩]{0,2}⟩[\s-]+norm\b|\b(?:L1|taxicab|manhattan|maximum|max|infinity|spectral|nuclear)[\s-]+norm\b",
        _never,
    ),
    _row(
        r"\b(?:neurons?|units?|layers?|outputs?|activations?(?:\s+functions?)?|networks?)\b[^.;⟨⟩]{0,25}\b(?:is|are|be)\s+(?:chosen\s+|taken\s+)?linear\b"
        r"|\blinear\s+(?:neurons?|units?|activations?|output(?:\s+(?:neurons?|units?|layers?|activations?))?)\b"
        r"|\bactivation\b[^.;⟨⟩]{0,40}\bis\s+the\s+identity\b"
        r"|\b(?:no|without(?:\s+an?|\s+any)?)\s+(?:\w+\s+)?(?:activation|non-?\s?linearit\w+)\b",
        _is_affine,
    ),
    _row(
        r"\b(?:shares?|tied?|ties)\b[^.;⟨⟩]{0,40}\bwith\s+(?:the\s+)?(?:encoder|decoder|input|output|embedding|first|second|other)\b",
        _never,
    ),
    _row(r"⟨[^⟩^]{1,20}⟩\s+is\s+the\s+transpose\s+of\s+⟨", _never),
    _row(r"⟨(?P<name>[^⟩]{1,60})⟩\s+is\s+(?:also\s+)?(?:added|subtracted)\s+(?:to|from)\b"),
    _row(r"⟨(?P<name>[^⟩]{1,20})⟩\s+(?:also\s+depends?|depends?\s+on\s+⟨[^⟩]{1,20}⟩\s*,?\s*(?:too|also|as\s+well))\b", _is_defined),
    _row(
        r"\b(?:use|add|apply|with|include)\s+(?:also\s+)?(?:an?\s+)?(?:weight\s+decay|(?:L2|⟨[^⟩]{1,12}⟩)[\s-]+regulari[sz]\w+)\b",
        _decays,
        of_a_loss=True,
    ),
    _row(
        rf"{NAME}\s+(?:is|are)\s+(?:\w+\s+)?(?:treated|regarded|considered|held|kept)\s+(?:as\s+)?(?:an?\s+)?(?:constants?|fixed)\b"
        r"|\bno\s+gradients?\s+(?:flows?|pass(?:es)?|goes|go)\s+(?:back\s+)?(?:through|into|to)\s+⟨(?P<held>[^⟩]{1,40})⟩",
        _is_absent,
        of_all=True,
    ),
    _row(
        r"\bburn-?in\b|\b(?:do|does)\s+not\s+count\b|\bignores?\b[^.;]{0,30}\b(?:steps?|tokens?|positions?|padding)\b"
        r"|\bpadd(?:ed|ing)\s+(?:steps?|tokens?|positions?)\b",
        _never,
    ),
    _row(r"\b(?:convolutions?|convolved|cross-?correlations?|convolutional\s+layers?)\b", _has_no_star, of_all=True),
    _row(r"\bnext\s+input\s+is\b|\b(?:is|are)\s+fed\s+back\b|\bonly\s+every\s+\w+\s+step\b|\bonly\s+updated\s+every\b", _never),
    _row(
        r"\b(?:log(?:arithm)?s?|⟨\\log⟩)\b[^.;]{0,40}\b(?:base|basis)\s*[-–]?\s*(?:⟨\s*)?(?:2|10|two|ten)\b|\bin\s+bits\b"
        r"|\bbase[-\s]+(?:⟨\s*)?(?:2|10|two|ten)\b|⟨\\log⟩[^.;⟨⟩]{0,30}⟨\\log_\{?(?:2|10)\}?⟩|\b(?:binary|decimal|dyadic)\s+logarithms?\b",
        _has_no_logarithm,
        lasting=True,
    ),
    _row(
        r"\b(?:is|are|was|were|gets?)\s+(?:\w+\s+){0,2}?(?:masked|penali[sz]ed|frozen|detached|zeroed|quanti[sz]ed|divided\s+by\s+(?:its|their))\b"
        r"|\bmultipl(?:y|ies|ied)\b[^.;]{0,60}\bmask\b"
        r"|(?<!\bno )(?<!\bwithout )\bdropout\b(?!\s+(?:is|was)\s+not\b)|\btied\s+to\b|\bone\s+minus\s+the\b"
        r"|\b(?:not|never)\s+(?:back-?)?propagat\w+|\bno\s+gradients?\s+(?:flows?|pass(?:es)?)\b|\bstop-gradient\b"
        r"|\bgradients?\s+(?:is|are)\s+(?:cut|stopped|blocked)\b|\b(?:cut|stop|block)s?\s+(?:off\s+)?the\s+gradients?\b"
        r"|\btreat(?:s|ed|ing)?\b[^.;]{0,40}\bas\s+(?:an?\s+)?constants?\b"
        r"|\bonly\s+the\s+(?:last|final|first)\s+(?:\w+\s+){0,2}?(?:contributes?|counts?|matters?|enters?|appears?|is\s+used)\b",
        by_any=True,
    ),
)
#: A layout, where the words named the other one first.
LAYOUT = _row(r"\b(numerator|denominator)[\s-]+layout\b", by_any=True)


@dataclass(frozen=True)
class Alteration:
    """Words that change the model, at a place of the document; `name` is the LaTeX that they quote, `words` what they are."""

    wording: Wording
    at: int
    name: str = ""
    words: str = ""
    goes_on: bool = False  # whether they begin before a formula


def alterations_in(sentence: str, at: int, heading: str, own: int) -> Iterator[Alteration]:
    """What the last `own` characters of a sentence change, that begins with the end of a heading; formulas in it are `⟨…⟩`."""
    for wording in WORDINGS:
        text = sentence if wording.by_any else sentence.removeprefix(heading)
        for found in wording.pattern.finditer(text):
            if found.end() > len(text) - own:
                words = found[0].replace("⟨", "").replace("⟩", "")
                groups = found.groupdict()
                name = groups.get("name") or groups.get("held") or ""
                yield Alteration(wording, at, name, " ".join(words.split()), found.start() < len(text) - own)


def gone_on(known: tuple[Alteration, ...], found: Iterable[Alteration], begun: int) -> tuple[Alteration, ...]:
    """The alterations with those of a sentence that has `begun` at a place; words that go on say more than before, where they name it."""
    for one in found:
        here = (other for other in reversed(known) if other.wording is one.wording and other.at >= begun)
        earlier = next(here, None) if one.goes_on and not one.wording.by_any else None
        if earlier is not None and one.name and not earlier.name:
            known = tuple(replace(one, at=earlier.at) if other is earlier else other for other in known)
        elif earlier is None:
            known = (*known, one)
    return known


def is_shown(said: Alteration, before: Sequence[Formula], behind: Sequence[Formula]) -> bool:
    """Whether equations say what words do, of those that a claim rests on, `before` the words and `behind` them."""
    if said.wording.of_all or said.wording.lasting:
        return said.wording.shown([*before, *behind], said.name)
    if not before:
        return True
    met = frozenset().union(*(letters_of(tree) for tree in before))
    heads = {tree.sides[0].name for tree in behind if isinstance(tree.sides[0], Symbol)}
    if heads & met or (said.wording.of_a_loss and heads & LOSSES):
        return True
    return said.wording.shown([*before, *behind], said.name)
