"""Words that restrict a formula to some of the indices, units, classes, layers or steps, or to a special case of the model.

They stand in its sentence, before it or behind it, in a short sentence or a bold one that leads to it, in the heading above it, or they
open a case that goes on until another one or the next heading. What such a formula says outside of its case is not what its author says.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from symbptt.documents.doubts import Said
from symbptt.documents.formulas import FormulaSource, Mark, Prose
from symbptt.documents.names import COMPONENT_LETTERS
from symbptt.documents.prose_ranges import free_letters
from symbptt.documents.roles import Context
from symbptt.latex.syntax import Formula, Script, Symbol, walk

SENTENCE_END = re.compile(r"(?<!\bcf)(?<!\bvs)[.!?](?:[*_}]{0,3})(?:\s+|\Z)|\n\s*\n")
#: What is counted, and words that single out some of it.
COUNTED = (
    r"(?:class|categor(?:y|ie)|label|unit|neuron|node|layer|(?:time[\s-]?)?step|position|token|word|logit|scor|entr(?:y|ie)|element|component"
    r"|coordinate|ind(?:ex|ice)|row|column|block|pair|sample|example|point|weight|channel|head|pixel|case|probabilit(?:y|ie)|target|slot|gate|path"
    r"|edge|feature|derivative|half)(?:e?s)?"
)
SINGLED_OUT = (
    r"(?:correct|incorrect|true|false|right|wrong|gold|actual|predicted|target|winning|losing|chosen|selected|sampled|maximal|largest|smallest"
    r"|others?|remaining|rest|output|hidden|input|visible|last|final|first|second|initial|earlier|later|previous|top|topmost|bottom|upper|lower"
    r"|inner|outer|interior|intermediate|middle|boundary|diagonal|equal|unequal|distinct|different|same|identical|matching|active|inactive|dead|live"
    r"|positive|negative|non-?zero|zero|masked|unmasked|padded|observed|unobserved|missing|even|odd|neighbou?ring|adjacent|base|recursive|penultimate"
    r"|outermost|innermost|lowest|highest|max|argmax|special|particular|specific|certain|some|single|two|labell?ed|unlabell?ed|present|absent)"
)
#: A part of what an index of the formula counts; says nothing of a formula without one.
PART = re.compile(
    rf"\b{SINGLED_OUT}(?:[\s-]+(?!and\b|or\b|of\b|to\b|is\b|are\b|for\b|in\b)[\w-]+){{0,2}}?[\s-]+{COUNTED}\b"
    rf"|\b(?:for|in|at|on|of|to|when|if|an?|each|every|any|all|the)\s+(?:[\w-]+\s+){{0,2}}?{COUNTED}\s+(?:with|that|which|whose|where|having|not|other than|but|above|below"
    r"|outside|inside|within|before|after|is|are|belongs?)\b"
    r"|\b(?:on|off|along|outside|above|below|away\s+from|beside)\s+(?:of\s+)?the\s+(?:main\s+)?diagonal\b|\boff-?diagonal\b|\bdiagonal\b"
    rf"|\bind(?:ex|ices)\b[^.;]{{0,30}}\b(?:equal|same|unequal|differ\w*|distinct|agree|coincide|match|identical)\b"
    r"|\b(?:base|recursive|terminal|boundary)\s+(?:case|condition|step)\b|\b(?:recursion|recurrence|induction|iteration)\s+(?:\w+\s+)?(?:starts?|begins?|ends?|stops?)\b"
    r"|\b(?:starts?|begins?|initiali[sz]\w+|seed\w*)\s+(?:off\s+)?(?:the|this|our)\s+(?:\w+\s+)?(?:recursion|recurrence|backward\s+pass|back-?propagation|iteration)\b"
    r"|\b(?:all|every|each|any|the|for)\s+others?\b|\bothers\b|\bthe\s+rest\b|\botherwise\b|\belsewhere\b"
    r"|\bat\s+the\s+(?:very\s+)?(?:end|top|bottom|output|start|beginning|boundary|front)\b"
    r"|\bcoincid\w*|\bdiffer\b|\b(?:is|are|being)\s+(?:un)?equal\b|\b(?:is|are|be|being)\s+(?:distinct|different|the\s+same)\b",
    re.I,
)
#: A special case of the model, whatever the formula counts.
SPECIAL = re.compile(
    r"\bcase\s+(?:\d+|[ivx]+|[a-d])\b|\b(?:special|simple|simpler|simplest|trivial|degenerate|toy|limiting|extreme|linear|scalar|binary|balanced|symmetric)\s+(?:case|setting|regime|situation)\b"
    r"|\b(?:in|at|as|taking|to)\s+(?:the|an?|its|this)\s+(?:\w+[\s-]+){0,3}?(?:limit|regime|optimum|minimum|fixed\s+point|equilibrium|steady\s+state|initiali[sz]ation)\b"
    r"|\b(?:near|close\s+to|around|in\s+the\s+vicinity\s+of)\s+(?:the\b|zero\b|an?\b|\d|⟨)|\bto\s+(?:the\s+)?(?:first|second|leading|lowest|zeroth)[\s-]order\b"
    r"|\b(?:were|had)\s+(?:the|an?|all|we|it|there|this|each|every|our|⟨)|\bwould\s+(?:\w+\s+)?(?:be|hold|need|require|follow|give|have|become)\b|\bas\s+though\b|\bas\s+if\b"
    r"|\b(?:single|one)[\s-]+(?:time[\s-]?)?(?:step|layer|unit|neuron|dimension\w*|example|sample|token)\b"
    r"|\b(?:for|with|at|of|when|if)\s+(?:\w+\s+)?(?:small|large|tiny|huge|infinite|vanishing)\s+(?:⟨|\w+)|\benough\b|\bsufficiently\b|\bsaturat\w+|\bunsaturated\b|\basymptotic\w*|\bthreshold\w*"
    r"|\bup\s+to\s+(?:an?|the|terms|constants?|sign|scal\w+|higher|order)\b|\bat\s+initiali[sz]ation\b|\bholds?\s+only\b|\bin\s+one\s+dimension\b"
    r"|\bfor\s+the\s+(?:first|second|third|original|previous|former|latter|other|earlier|unregulari[sz]ed|plain)\s+(?:\w+\s+)?(?:task|model|network|loss|cost|version|variant|problem|setting|cell|objective|architecture)\b"
    r"|\bas\s+(?:we\s+)?(?:saw|seen|before|earlier|above)\b",
    re.I,
)
#: Words behind a formula that say where it holds.
BEHIND = re.compile(
    r"\b(?:only|if|when|whenever|unless|until|once|as\s+long\s+as|provided|assuming|suppos\w+|in\s+case|except|without|special|ignoring|neglecting"
    r"|approximately)\b|\bif\s+and\s+only\s+if\b|\b(?:for|at|with|where|of|case|than)\s+⟨[^⟩=]{1,12}=[^⟩]{1,12}⟩|\A\W*(?:before|earlier|later|afterwards|there|then|otherwise|else)\b",
    re.I,
)
#: How a sentence begins that leads to the formula behind it.
LEADING = re.compile(
    r"\A[\s\-–•>#\d.)]*(?:[*_]{2}|\\(?:textbf|emph|textit|paragraph)\{|(?:case|for|in|on|off|at|if|when|suppose|consider|take|first|now|next|base|here|along)\b)",
    re.I,
)
FEW_WORDS = 5
#: A case that goes on behind its sentence, and words that end all cases.
CASE = re.compile(
    r"(?:\A|\n|[.!?]\s)[\s\-*_#{]*(?:\\\w+\{)?\s*((?:\w+\s+)?case(?:\s+(?:\d+|[IVX]+|[A-D])\b|(?=\s*[.:(—–*]))[^.;\n]{0,60})", re.I
)
NO_CASE = re.compile(
    r"\b(?:both|all|the\s+two|these|either|any)\s+(?:\w+\s+)?cases?\b|\btogether\b|\bin\s+general\b|\bgeneral(?:ly|\s+case)\b|\bcombin\w+|\bsumm\w+|\boverall\b"
    r"|\bfinally\b|\bputting\b|\bin\s+conclusion\b",
    re.I,
)
FORMULA = re.compile(r"⟨[^⟩]*⟩")
#: A formula behind another one that is more than a condition: what stands before it is said of it.
NEXT = re.compile(r"[,;:]?[^,;:⟨⟩]*⟨(?:[^⟩]{20,}|[^⟩]*\\(?:partial|frac|nabla|delta)[^⟩]*)⟩")
MOST_BEHIND = 90
#: A new sentence behind a display.
CAPITAL = re.compile(r"[\s*_#>]*[A-Z]")


@dataclass(frozen=True)
class Restriction:
    """The words that lead to a formula, those behind it, and those of its heading and of the case that was opened above."""

    before: str = ""
    behind: str = ""
    heading: str = ""
    case: str = ""


NOT_RESTRICTED = Restriction()


class _Restricting:
    """The restrictions at some place of a document, its words read one after another."""

    def __init__(self) -> None:
        self._heading = self._case = ""
        self._line = 0

    def read(self, item: Prose) -> None:
        """Go on with words."""
        if item.heading:
            self._heading = item.text if item.line != self._line else f"{self._heading} {item.text}"
            self._line, self._case = item.line, ""
        if NO_CASE.search(item.text):
            self._case = ""
        for opened in CASE.finditer(item.text):
            self._case = opened[1]

    def of(self, items: Sequence[FormulaSource | Mark | Prose], at: int, display: bool, sentence: str, behind: str) -> Restriction:
        """What restricts the formula at a place; `sentence` is what stands before it there, `behind` what goes on behind it."""
        if display and CAPITAL.match(behind):
            behind = ""
        before = sentence if FORMULA.sub("", sentence).strip(" \n.,;:*-") else _lead(items, at)
        return Restriction(before, NEXT.split(behind, maxsplit=1)[0][:MOST_BEHIND], self._heading, self._case)


def _lead(items: Sequence[FormulaSource | Mark | Prose], at: int) -> str:
    """The sentence directly before a formula with no words of its own, where it leads to it: "**Base case.**"."""
    earlier = (item for item in reversed(items[:at]) if isinstance(item, FormulaSource) or (isinstance(item, Prose) and item.text.strip()))
    item, behind = next(earlier, None), next(earlier, None)
    if not isinstance(item, Prose) or item.heading:
        return ""
    sentences = [part for part in SENTENCE_END.split(item.text) if part.strip()]
    if isinstance(behind, FormulaSource) and not behind.display and not item.text.startswith("\n"):
        sentences = sentences[1:]  # the first goes on behind a formula
    last = sentences[-1] if sentences else ""
    return last if LEADING.match(last) or len(last.split()) <= FEW_WORDS else ""


def restrictions(items: Sequence[FormulaSource | Mark | Prose], said: Sequence[Said], behind: Sequence[str]) -> list[Restriction]:
    """What restricts each item, by what is said around it and how its sentence goes on behind it."""
    reading = _Restricting()
    found: list[Restriction] = []
    for at, item in enumerate(items):
        if isinstance(item, Prose):
            reading.read(item)
        found.append(
            reading.of(items, at, item.display, said[at].sentence, behind[at]) if isinstance(item, FormulaSource) else NOT_RESTRICTED
        )
    return found


def restricted(by: Restriction, formula: Formula, context: Context, *, ranged: bool) -> str:
    """The words that restrict a formula; empty where none do. `ranged`: a range of its indices was understood."""
    patterns = [SPECIAL, *([PART] if not ranged and _counts(formula, context) else [])]
    for text in (by.before, by.behind, by.heading):
        for pattern in patterns:
            if found := pattern.search(text):
                return _plain(found[0])
    found = BEHIND.search(by.behind) if not ranged else None
    return _plain(found[0]) if found is not None else _plain(by.case)


def _counts(formula: Formula, context: Context) -> bool:
    """Whether an index of the formula is left free: one that no sum runs over, and that ends no range."""
    letters = (context.indices.letters | COMPONENT_LETTERS | {"l", "t"}) - context.indices.ends
    scripts = [node for node in walk(*formula.sides) if isinstance(node, Script)]
    met = {node.name for script in scripts for node in walk(script.body) if isinstance(node, Symbol) and not node.scripts}
    return bool(met & letters & free_letters((formula,)))


def _plain(words: str) -> str:
    """Words on one line, formulas without their marks."""
    return " ".join(re.sub(r"[{}⟨⟩\\*_#]", " ", words).split()).strip(" ,.:;(")
