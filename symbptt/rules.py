"""What is reported, by code: a repository can silence one kind and leave the others.

The first digit is the family: S1 refuted, S2 conditional, S3 unknown for want of something in the document,
S4 unknown for want of something in the reader, S5 a limit of the checker.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from operator import attrgetter
from types import MappingProxyType
from typing import Final

from symbptt.verdict import Verdict


@dataclass(frozen=True)
class Rule:
    """One kind of report: a code, a name, what it says and what to do about it.

    `phrases` are words of the messages that belong to it, as one regular expression; what a message quotes is not looked at.
    """

    code: str
    name: str
    sentence: str
    remedy: str
    phrases: str = ""


_REFUTED: Final = (
    Rule(
        "S101",
        "refuted-formula",
        "The two sides differ at a stated point of the model.",
        "Look at the counterexample: sizes, steps, values and both sides are exact, so that it can be worked out by hand. Correct the "
        "formula, or write `expect refuted` in a mark before it where the mistake is shown on purpose.",
    ),
    Rule(
        "S102",
        "refuted-shapes",
        "No reading of the formula has consistent shapes.",
        "The message names a product or sum that does not fit. Correct the formula (a transpose, the order of factors) or the "
        "shapes that are stated for its names.",
    ),
    Rule(
        "S103",
        "circular-definition",
        "A definition rests on itself, through no earlier step.",
        "Correct an index (`t-1` for `t`) or a name. Claims that rest on the definition are not decided.",
    ),
)
_CONDITIONAL: Final = (
    Rule(
        "S201",
        "normalised-targets",
        "True if the targets add up to 1, which the document does not say.",
        "State it: `assume: ['\\sum_k y_k = 1']`.",
        r"\A\\sum_k ",
    ),
    Rule(
        "S202",
        "one-hot-targets",
        "True if the targets are one-hot, which the document does not say.",
        "State it: `assume: [{one_hot: y}]`.",
        r" is one-hot\Z",
    ),
    Rule(
        "S203",
        "named-activation",
        "True for one activation function, which the document leaves open.",
        "Name the function where it is used, or declare it under `functions`.",
        r"\A\S+ is [a-z ]+\Z",
    ),
    Rule(
        "S204",
        "zero-above-range",
        "True if quantities behind the last step are 0, which the document does not say.",
        "State it as an equation (`\\delta_{T+1} = 0`), or end the range of the claim one step earlier.",
        "above their range",
    ),
    Rule(
        "S205",
        "product-order",
        "True under one order of a matrix product.",
        "State it: `notation: {product: left}` (the latest factor leftmost) or `right`.",
        "order of a matrix product|bounds of ",
    ),
    Rule(
        "S206",
        "layout",
        "True under a layout of derivatives that is not the default one.",
        "State it: `notation: {layout: denominator}`, by kind where they differ.",
        "reading: layout",
    ),
    Rule(
        "S207",
        "other-reading",
        "True under a reading that nothing else in the document shows.",
        "The verdict names the reading; state it under `notation`, or write the formula so that it leaves nothing open.",
    ),
)
_UNDECIDED: Final = Rule(
    "S399",
    "undecided",
    "Not decided, for a reason of no other kind.",
    "The message has what is known.",
)
#: In the order in which they are tried: what a message says first of all stands first.
_UNKNOWN: Final = (
    Rule(
        "S506",
        "internal-error",
        "The checker failed.",
        "This is a defect of symbptt: report it with the formula.",
        r"\binternal error: ",
    ),
    Rule(
        "S312",
        "missing-brackets",
        "False as it stands, and true once the terms behind a sum are put in brackets.",
        "Put them in brackets; the suggestion shows where.",
        "^false as it stands, true with the terms behind the sum",
    ),
    Rule(
        "S311",
        "restricted-by-words",
        "False as it was read, but the words around it may restrict it.",
        "State the condition: in the formula, in a mark `for …` before it, or as an equation of its own.",
        "^false as it was read, but|^the words before it (?:may change|say that|hold|speak of|take)|has arguments of one kind in one place",
    ),
    Rule(
        "S501",
        "timeout",
        "The time was up.",
        "Raise `--timeout`, or split the claim into smaller steps.",
        r"\Astopped\b",
    ),
    Rule(
        "S502",
        "out-of-memory",
        "The memory of a worker was used up.",
        "Split the claim into smaller steps.",
        "ran out of memory",
    ),
    Rule(
        "S308",
        "broken-definition",
        "A definition that the claim rests on is not understood.",
        "The message names it and says why; what mends it mends every claim that rests on it.",
        r"\Arests on ",
    ),
    Rule(
        "S503",
        "too-large",
        "The formula, or the computation that it unrolls to, is larger than what is read.",
        "Split the formula, or the document.",
        r"nested too deeply|characters(?: long)?; (?:the limit|at most)|too large|\ba range of \d+ terms|\ba product of \d+ matrices"
        r"|too many quantities|without end or too far|not all entries are unrolled|is not unrolled",
    ),
    Rule(
        "S504",
        "too-many-readings",
        "Not all readings could be tried.",
        "State the notation: each of its keys settles one ambiguity.",
        "to try (?:them )?all",
    ),
    Rule(
        "S505",
        "not-shown",
        "Neither shown nor refuted by the engines.",
        "Split the claim into smaller steps; a fact that it needs can be stated under `assume`.",
        "out of its budget|exact algebra could not|no real point was found|as far as they could be used",
    ),
    Rule(
        "S401",
        "not-parsed",
        "The LaTeX cannot be read.",
        "The message has the place and what was expected there. Private macros go under `notation: {macros: …}`.",
        r"\Anot read: .*\(column \d+\)\Z|\Acannot be read at ",
    ),
    Rule(
        "S307",
        "wrong-setting",
        "A field of the problem or of the front matter has a value that is not understood.",
        "The message says which field and what it may hold.",
        r"\Anot read: ",
    ),
    Rule(
        "S403",
        "no-equation",
        "The formula is no equation: an inequality, an approximation, a proportion, or nothing is stated.",
        "Only equations are judged; mark others with `skip` where they are in the way.",
        "not judged yet|states nothing|states two formulas|compares numbers only",
    ),
    Rule(
        "S305",
        "contradictory-assumptions",
        "The assumptions contradict each other, or no point is seen where they hold.",
        "Look at `assume` and at the equations it speaks of.",
        "contradictory assumptions",
    ),
    Rule(
        "S302",
        "missing-equation",
        "Nothing connects the quantities of the claim: an equation of the model seems to be missing.",
        "Add the equation, in the document before the claim or under `given`.",
        "is an equation missing|no given equation|zero throughout|waits for the equation"
        "|no equation says what|no equation mentions|not used as an equation|is defined, and `` is used",
    ),
    Rule(
        "S301",
        "unknown-name",
        "A name is defined nowhere.",
        "Define it before its first use, or declare it under `shapes`, `functions` or `given`.",
        "defined nowhere|declared nowhere|nothing declares|used before its shape|is neither an index|used by no given equation"
        "|of several arguments; declare it",
    ),
    Rule(
        "S304",
        "unclear-range",
        "The range of an index is not known, or the claim has too few instances in it to show anything.",
        "State the range under `ranges`, or that of the claim in a mark: `for 1 \\le t < T`.",
        r"stated nowhere|has no instance|fewer than \d+|declare the step index|state the range|the stated range|is outside its axis"
        "|count from 0 and from 1"
        r"|\bthe range `` cannot be read|is not between indices|below its range|a part of it acts",
    ),
    Rule(
        "S306",
        "unclear-definition",
        "A name is defined twice, or by itself.",
        "Give the second meaning a name of its own, or put it under a heading of its own.",
        "have an equation each|may be a power or a name"
        "|defined twice|defined anew|defined by itself|do not add up to|has no value here|a division by zero|is no value of",
    ),
    Rule(
        "S402",
        "not-understood",
        "A construct is not understood yet.",
        "The message names it; write it another way, or mark the formula with `skip`.",
        "not understood|supported|may be its determinant|may be taken entry by entry|may be a multiple of the index"
        "|(?:is|are) read only|not read yet|cannot be read|ellipsis|slice|without an index|no index"
        "|under a condition|is no equation|is no name|is read as a claim"
        r"|no known meaning|no entry of|must be a letter|no condition|a prime on|a power of"
        "|takes one argument|of the total derivative"
        r"|derivative is taken by|without the quantity|cannot be told|a power or a transpose|by their spelling"
        r"|\bwith dots\b|\bdots of a matrix|in front of the dots"
        "|no specification|has no transpose|goes on through other quantities|a definition that cannot be used|is applied as a function of"
        "|the document defines `` in several ways|may be 0 where it is not above",
    ),
    Rule(
        "S303",
        "unclear-shapes",
        "The shapes that were inferred do not fit, or could not be inferred.",
        "Declare the shapes of the names under `shapes`.",
        r"\bshapes?\b|\bsizes?\b|cannot be added|not fit|one side is|side is |\bneeds? |needed|differ in width|follows from nothing"
        r"|of two vectors|product of scalars|\bfits\b|added to a scalar",
    ),
    _UNDECIDED,
)
RULES: Final[Mapping[str, Rule]] = MappingProxyType(
    {rule.code: rule for rule in sorted((*_REFUTED, *_CONDITIONAL, *_UNKNOWN), key=attrgetter("code"))}
)
#: What another run, with more time or memory, might decide.
PASSING: Final = frozenset({"S501", "S502", "S506"})
_BY_METHOD: Final = MappingProxyType({"circular": "S103", "shapes": "S102"})
_BY_PHRASE: Final = MappingProxyType(
    {
        "conditional": tuple((rule.code, re.compile(rule.phrases, re.S)) for rule in _CONDITIONAL),
        "unknown": tuple((rule.code, re.compile(rule.phrases, re.S)) for rule in _UNKNOWN),
    }
)
_QUOTED: Final = re.compile(r"`[^`]*`")
_LONGEST: Final = 2_000


def code_of(verdict: Verdict) -> str:
    """The code of what a verdict reports; none for what is true, and for what is no claim."""
    if verdict.verdict == "refuted":
        return _BY_METHOD.get(verdict.method, "S101")
    if verdict.verdict == "unknown":
        return _first("unknown", _QUOTED.sub("``", verdict.message[:_LONGEST]))
    if verdict.verdict == "conditional":
        facts = [fact for together in verdict.assumptions for fact in together[:_LONGEST].split("; ")]
        return min((_first("conditional", fact) for fact in facts), default=_CONDITIONAL[-1].code)
    return ""


def _first(verdict: str, text: str) -> str:
    return next(code for code, phrases in _BY_PHRASE[verdict] if phrases.search(text))


@dataclass(frozen=True)
class Selection:
    """Which codes count; `select` and `ignore` hold codes or their beginnings (`S2`), and the longest that fits decides."""

    select: tuple[str, ...] = ("S",)
    ignore: tuple[str, ...] = ()

    def counts(self, code: str) -> bool:
        """Whether what is reported under the code counts; what has no code does."""
        return not code or _length(code, self.select) > _length(code, self.ignore)


def _length(code: str, beginnings: tuple[str, ...]) -> int:
    return max((len(start) for start in beginnings if code.startswith(start)), default=0)


def codes(words: Iterable[str]) -> tuple[str, ...]:
    """The codes, or beginnings of codes, that the words name; `ALL` is every one.

    Raises `ValueError` for a word that is the beginning of no code.
    """
    found = tuple(dict.fromkeys("S" if word == "ALL" else word for word in words))
    for word in found:
        if not word or not any(code.startswith(word) for code in RULES):
            close = get_close_matches(word.upper(), RULES, 1)
            hint = f"did you mean `{close[0]}`?" if close else "`symbptt rule --all` lists them"
            raise ValueError(f"no rule has the code `{word}`; {hint}")
    return found
