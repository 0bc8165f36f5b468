"""Words that restrict a formula to some of the indices, units, classes, layers or steps, or to a special case of the model.

They stand in its sentence, before it or behind it, in a short sentence or a bold one that leads to it, in the heading above it, or they
open a case that goes on until another one or the next heading. What such a formula says outside of its case is not what its author says.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from symbptt.documents.doubts import Said
from symbptt.documents.formulas import FormulaSource, Mark, Prose
from symbptt.documents.names import COMPONENT_LETTERS
from symbptt.documents.prose_ranges import free_letters
from symbptt.documents.roles import Context
from symbptt.latex.syntax import Add, Call, Derivative, Formula, Fraction, Node, Script, Symbol, walk

SENTENCE_END = re.compile(r"(?<!\bcf)(?<!\bvs)[.!?](?:[*_}]{0,3})(?:\s+|\Z)|\n\s*\n")
#: What is counted, and words that single out some of it.
COUNTED = (
    r"(?:class|categor(?:y|ie)|label|unit|neuron|node|layer|(?:time[\s-]?)?step|position|token|word|logit|scor|entr(?:y|ie)|element|component"
    r"|coordinate|ind(?:ex|ice)|row|column|block|channel|head|pixel|case|half)(?:e?s)?"
)
SINGLED_OUT = (
    r"(?:correct|incorrect|true|false|right|wrong|gold|actual|predicted|target|winning|losing|chosen|selected|sampled|maximal|largest"
    r"|smallest|others?|remaining|rest|output|hidden|input|visible|last|final|first|second|initial|top|topmost|bottom|upper|lower|inner|outer"
    r"|interior|middle|boundary|equal|unequal|distinct|different|same|identical|matching|active|inactive|dead|live|positive|negative"
    r"|non-?zero|zero|masked|unmasked|padded|observed|unobserved|missing|even|odd|base|recursive|penultimate|outermost|innermost|lowest"
    r"|highest|max|argmax|special|particular|specific|certain|some|single|two|labell?ed|unlabell?ed|present|absent)"
)
THROUGH = r"(?:[\s-]+(?!and\b|or\b|of\b|to\b|is\b|are\b|for\b|in\b)[\w-]+){0,2}?[\s-]+"
BETWEEN = r"(?:\w+\s+)?"
#: A part of what an index of the formula counts; says nothing of a formula without one.
PART = re.compile(
    rf"(?<!whose )(?<!its )\b{SINGLED_OUT}{THROUGH}{COUNTED}\b"
    rf"|(?:\b(?:for|at|in)|\A[^\w⟨]*)\s+(?:all\s+|the\s+|an?\s+)?(?:earlier|later|previous|intermediate|neighbou?ring|adjacent)\s+{COUNTED}\b"
    rf"|\b(?:for|in|at|on|when|if|each|every|any|all)\s+(?:[\w-]+\s+){{0,2}}?{COUNTED}\s+(?:with|that|which|whose|where|having|not"
    r"|other\s+than|but|above|below|outside|inside|within|before|after)\b"
    r"|\bind(?:ex|ices)\b[^.;]{0,30}\b(?:equal|same|unequal|differ\w*|distinct|agree|coincide|match|identical)\b"
    r"|\b(?:base|recursive|terminal|boundary)\s+(?:case|condition|step)\b"
    rf"|\b(?:recursion|recurrence|induction|iteration)\s+{BETWEEN}(?:starts?|begins?|ends?|stops?)\b"
    rf"|\b(?:starts?|begins?|initiali[sz]\w+|seed\w*)\s+(?:off\s+)?(?:the|this|our)\s+{BETWEEN}"
    r"(?:recursion|recurrence|backward\s+pass|back-?propagation|iteration)\b"
    r"|\b(?:all|every|each|any|the|for)\s+others?\b|\bothers\b|\bthe\s+rest\b|\botherwise\b|\belsewhere\b"
    r"|\bat\s+the\s+(?:very\s+)?(?:end|top|bottom|output|start|beginning|boundary|front)\b"
    r"|\bcoincid\w*|\bdiffer\b|\b(?:is|are|be|being)\s+(?:un)?equal\b|\b(?:is|are|be|being)\s+(?:distinct|different)\b",
    re.I,
)
#: A part of the pairs that two indices of the formula count.
DIAGONAL = re.compile(r"\b(?:(?:on|off|along|outside|above|below|away\s+from)\s+(?:of\s+)?the\s+(?:main\s+)?|off-?)?diagonal\b", re.I)
#: A special case of the model, whatever the formula counts.
SPECIAL = re.compile(
    r"\bcase\s+(?:\d+|[ivx]+|[a-d])\b"
    r"|\b(?:special|simple|simpler|simplest|trivial|degenerate|toy|limiting|extreme|linear|scalar|binary|balanced|symmetric)\s+"
    r"(?:case|setting|regime|situation)\b"
    r"|\b(?:in|at|as|taking|to)\s+(?:the|an?|its|this)\s+(?:\w+[\s-]+){0,3}?(?:limit|regime|fixed\s+point|equilibrium|steady\s+state"
    r"|initiali[sz]ation)\b"
    r"|\b(?:near|close\s+to|around|in\s+the\s+vicinity\s+of)\s+(?:(?:the|an?)\s+\w+|zero\b|\d|⟨)"
    r"|\bto\s+(?:the\s+)?(?:first|second|leading|lowest|zeroth)[\s-]order\b"
    r"|\b(?:were|had)\s+(?:the|an?|all|we|it|there|this|each|every|our|⟨)|\bas\s+(?:though|if)\b"
    r"|\bwould\s+(?:\w+\s+)?(?:be|hold|need|require|follow|give|have|become)\b"
    r"|\b(?:single|one)[\s-]+(?:time[\s-]?)?(?:step|layer|unit|neuron|dimension\w*|example|sample|token)\b"
    r"|\b(?:for|with|at|of|when|if)\s+(?:\w+\s+)?(?:small|large|tiny|huge|infinite|vanishing)\s+(?:⟨|\w+)|\benough\b|\bsufficiently\b"
    r"|\b(?:un)?saturat\w+|\basymptotic\w*|\bthreshold\w*"
    r"|\bup\s+to\s+(?:an?|the|terms|constants?|sign|scal\w+|higher|order)\b|\bat\s+initiali[sz]ation\b|\bholds?\s+only\b"
    r"|\bin\s+one\s+dimension\b|\bas\s+(?:we\s+)?(?:saw|seen|before|earlier|above)\b"
    r"|\bfor\s+the\s+(?:first|second|third|original|previous|former|latter|other|earlier|unregulari[sz]ed|plain)\s+(?:\w+\s+)?"
    r"(?:task|loss|cost|version|variant|problem|setting|objective)\b",
    re.I,
)
#: Words behind a formula that say where it holds.
BEHIND = re.compile(
    r"\b(?:only|if|when|whenever|unless|until|once|as\s+long\s+as|provided|assuming|suppos\w+|in\s+case|except|without|special|ignoring"
    r"|neglecting|approximately)\b|\b(?:for|at|with|where|of|case|than)\s+⟨[^⟩=]{1,12}=[^⟩]{1,12}⟩"
    r"|\A\W*(?:before|earlier|later|afterwards|there|then|otherwise|else)\b",
    re.I,
)
#: Words by which an equation holds at a stationary point alone, or after it was solved for one of its letters.
ZERO = r"(?:to\s+|equal\s+(?:to\s+)?|=\s*)?(?:⟨?\s*(?:\\mathbf\{)?(?:0|zero|null)\b)"
STATIONARY = re.compile(
    r"\b(?:set(?:s|ting)?|equat(?:e|es|ing)|put(?:s|ting)?|requir(?:e|es|ing)|demand(?:s|ing)?)\b"
    r"(?=[^.;]{0,40}(?:\b(?:gradients?|derivatives?|partials?|it|this|them|these|result|expression)\b|\\partial|\\nabla))"
    rf"[^.;]{{0,80}}?\b(?:to|equal|=|be)\s*{ZERO}"
    r"|\b(?:gradients?|derivatives?)\s+(?:\w+\s+){0,3}?(?:vanish(?:es)?|is\s+zero|are\s+zero|equals?\s+zero|is\s+⟨?0)\b"
    r"|\b(?:stationary|critical|saddle)\s+points?\b|\bstationarity\b|\b(?:first[\s-]order|optimality)\s+(?:\w+\s+)?conditions?\b|\bnormal\s+equations?\b"
    r"|\bat\s+(?:the|an?|any|its|this|each|every)\s+(?:\w+\s+)?(?:optim(?:um|al\s+\w+)|minim(?:um|i[sz]er)|maxim(?:um|i[sz]er)|extremum|solution"
    r"|convergence)\b|\bat\s+(?:optimality|convergence)\b"
    r"|\b(?:optimal|minimi[sz]ing|best)\s+(?:\w+\s+)?(?:⟨[^⟩]{1,20}⟩\s+)?(?:is|are|satisf\w+|becomes?|obeys?)\b|\bminimi[sz]er\b|\bclosed[\s-]form\s+(?:solution|minim\w+)\b"
    r"|\bmaximum[\s-]likelihood\s+(?:estimat\w+|solution)\b|\bsolv(?:e|es|ed|ing)\b[^.;]{0,60}\bfor\b|\bleast[\s-]squares\s+(?:solution|estimat\w+)\b",
    re.I,
)
#: How a sentence begins that leads to the formula behind it.
LEADING = re.compile(
    r"\A[\s\-–•>#\d.)]*(?:[*_]{2}|\\(?:textbf|emph|textit|paragraph)\{"
    r"|(?:case|for|in|on|off|at|if|when|suppose|consider|take|first|now|next|base|here|along)\b)",
    re.I,
)
FEW_WORDS = 5
#: A case that goes on behind its sentence, and words that end all cases.
CASE = re.compile(
    r"(?:\A|\n|[.!?]\s)[\s\-*_#{]*(?:\\\w+\{)?\s*"
    r"((?:\w+\s+)?case(?:\s+(?:\d+|[IVX]+|[A-D])\b|(?=\s*[.:(—–*]))[^.;\n]{0,60})",
    re.I,
)
NO_CASE = re.compile(
    r"\b(?:both|all|the\s+two|these|either|any)\s+(?:\w+\s+)?cases?\b|\btogether\b|\bin\s+general\b|\bgeneral(?:ly|\s+case)\b"
    r"|\bcombin\w+|\bsumm\w+|\boverall\b|\bfinally\b|\bputting\b|\bin\s+conclusion\b",
    re.I,
)
LOGARITHMS = (Symbol("log"), Symbol("ln"))
FORMULA = re.compile(r"⟨[^⟩]*⟩")
#: A formula behind another one that is more than a condition, with what is said of it.
JOINT = r"(?:[,;:]|\b(?:and|but|while|whereas|so)\b)"
NEXT = re.compile(rf"(?:\A|{JOINT})(?:(?!{JOINT})[^⟨⟩]|⟨[^⟩]{{0,19}}⟩)*[\s:,]*⟨(?:[^⟩]{{20,}}|[^⟩]*\\(?:partial|frac|nabla|delta)[^⟩]*)⟩")
MOST_BEHIND = 90
LOOKED_AT = 300
#: What may stand in a heading before the words that restrict what is under it.
TITLE = re.compile(r"\A[\s#*_\d.]*(?:\\\w+\*?\{)?(?:(?:for|in|at)\s+)?(?:the\s+|an?\s+)?", re.I)
#: A new sentence behind a display.
CAPITAL = re.compile(r"[\s*_#>]*[A-Z]")


@dataclass(frozen=True)
class Restriction:
    """The words that lead to a formula, those behind it, and those of its heading and of the case that was opened above; `stationary`,
    the words of its section that speak of a stationary point."""

    before: str = ""
    behind: str = ""
    heading: str = ""
    case: str = ""
    stationary: str = ""

    @property
    def solves(self) -> str:
        """The words by which the formula holds at a stationary point, or is solved for one of its letters."""
        found = STATIONARY.search(self.before)
        return _plain(found[0]) if found is not None else ""


NOT_RESTRICTED = Restriction()


class _Restricting:
    """The restrictions at some place of a document, its words read one after another."""

    def __init__(self) -> None:
        self._heading = self._case = self._stationary = ""
        self._line = 0

    def read(self, item: Prose) -> None:
        """Go on with words."""
        if item.heading:
            self._heading = item.text if item.line != self._line else f"{self._heading} {item.text}"
            self._line, self._case, self._stationary = item.line, "", ""
        if found := STATIONARY.search(item.text):
            self._stationary = _plain(found[0])
        if NO_CASE.search(item.text):
            self._case = ""
        for opened in CASE.finditer(item.text):
            self._case = opened[1]

    def of(self, items: Sequence[FormulaSource | Mark | Prose], at: int, display: bool, sentence: str, behind: str) -> Restriction:
        """What restricts the formula at a place; `sentence` is what stands before it there, `behind` what goes on behind it."""
        if (display and CAPITAL.match(behind)) or behind.rstrip().endswith(":"):  # said of what comes next
            behind = ""
        before = sentence if FORMULA.sub("", sentence).strip(" \n.,;:*-") else _lead(items, at)
        if found := STATIONARY.search(before):
            self._stationary = _plain(found[0])
        return Restriction(before, NEXT.split(behind[:LOOKED_AT], maxsplit=1)[0][:MOST_BEHIND], self._heading, self._case, self._stationary)


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
    count = 0 if ranged else len(_free(formula, context))
    patterns = (SPECIAL, PART, DIAGONAL)[: 1 + min(count, 2)]
    for pattern in patterns:
        for text in (by.before, by.behind):
            if found := pattern.search(text):
                return _plain(found[0])
        if found := pattern.match(TITLE.sub("", by.heading, count=1)):
            return _plain(found[0])
    found = BEHIND.search(by.behind) if not ranged else None
    if found is not None or by.solves or by.case:
        return _plain(found[0]) if found is not None else by.solves or _plain(by.case)
    plain = isinstance(formula.sides[0], Symbol) or any(isinstance(node, Derivative) for node in walk(*formula.sides))
    return "" if plain else by.stationary


def _free(formula: Formula, context: Context) -> frozenset[str]:
    """The indices of a formula that no sum runs over, and that end no range."""
    letters = (context.indices.letters | COMPONENT_LETTERS | {"l", "t"}) - context.indices.ends
    scripts = [node for node in walk(*formula.sides) if isinstance(node, Script)]
    met = {node.name for script in scripts for node in walk(script.body) if isinstance(node, Symbol) and not node.scripts}
    return free_letters((formula,)) & letters & met


def _plain(words: str) -> str:
    """Words on one line, formulas without their marks."""
    return " ".join(re.sub(r"[{}⟨⟩\\*_#]", " ", words).split()).strip(" ,.:;(")


def is_solved(by: Restriction, formula: Formula, context: Context) -> bool:
    """Whether an equation for a letter that was met before says what it is at a stationary point: no equation of the model."""
    left = formula.sides[0]
    return bool(by.solves) and isinstance(left, Symbol) and left in context.met and context.is_new(left)


def exponentiated(formula: Formula, context: Context) -> Formula:
    """`p = \\exp(…)` for `\\log p = …`, the first equation for p; any other formula as it is."""
    left = formula.sides[0]
    if not isinstance(left, Call) or left.function not in LOGARITHMS or len(left.args) != 1 or formula.relations != ("=",):
        return formula
    name = left.args[0]
    if not isinstance(name, Symbol) or not context.is_new(name) or name in walk(*formula.sides[1:]):
        return formula
    return replace(formula, sides=(name, _exponential(formula.sides[1])))


def _exponential(node: Node) -> Node:
    """`\\frac{\\exp(z)}{s}` of `z - \\log s`, and `\\exp(z)` of anything else."""
    terms = node.terms if isinstance(node, Add) else (("+", node),)
    logarithms = [
        (sign, term.args[0]) for sign, term in terms if isinstance(term, Call) and term.function in LOGARITHMS and len(term.args) == 1
    ]
    rest = tuple(
        (sign, term) for sign, term in terms if not (isinstance(term, Call) and term.function in LOGARITHMS and len(term.args) == 1)
    )
    if [sign for sign, _ in logarithms] != ["-"] or not rest or rest[0][0] != "+":
        return Call(Symbol("exp"), (node,), "(")
    return Fraction(Call(Symbol("exp"), (rest[0][1] if len(rest) == 1 else Add(rest),), "("), logarithms[0][1])
