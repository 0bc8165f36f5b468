"""Words around a formula that may restrict it and are not understood: what is false as it was read is then not called refuted."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass
from functools import lru_cache
from itertools import takewhile

from symbptt.documents.alterations import LAYOUT, Alteration, alterations_in, gone_on, is_shown
from symbptt.documents.formulas import FormulaSource, Mark, Prose
from symbptt.documents.otherwise import Change, Running
from symbptt.documents.references import NOTHING_SPOKEN, Speaking, Spoken
from symbptt.documents.roles import Context, is_free, letters_of
from symbptt.inference.written import outside_scripts
from symbptt.latex.parser import ParseError, parse
from symbptt.latex.syntax import BigOperator, Call, Derivative, Formula, Node, Number, Product, Symbol, walk
from symbptt.problem import Given

SENTENCE_END = re.compile(r"[.!?](?:\s+|\Z)|[。！？]|\n\s*\n")
#: What may stand between two displays of one sentence.
LINKS = re.compile(r"(?:[\s,;:.]|\b(?:and|or|as well as|respectively)\b)*")
#: Words in the sentence of a formula; a formula in it is `⟨…⟩`.
HEDGE = re.compile(
    r"\b(?:if|suppos\w*|assum\w*|ignor\w*|neglect\w*|when|whenever|special case|in case|simplif\w*|approximat\w*|truncat\w*|only"
    r"|without|instead|either|or|except|parts?|contribut\w*|directly|immediate|linear|identity|for (?:an?|the case)"
    r"|constants?|fixed|frozen|held|test time"
    r"|(?:beginning|starting) (?:with|at|from)|(?:last|final) (?:time )?step)\b|\bfor\s+⟨[^⟩]*=(?!>)|\bwith\s+⟨[^⟩=]*=\s*[-\d.]+⟩",
    re.I,
)
#: Words in an earlier sentence that hold until the next heading.
SETTING = re.compile(
    r"\b(?:suppos(?:e|ing)|ignor(?:e|ing)|neglect(?:ing)?|for simplicity|for the moment"
    r"|(?:at|in|from) the (?:last|final) (?:time )?step only"
    r"|only (?:at|in|from|on) the (?:last|final))\b",
    re.I,
)
#: Words that change the model, or what a name in it means, until the next heading; formulas are `⟨…⟩`.
CHANGES = re.compile(
    r"\b(?:replac(?:e|es|ed|ing)|swap(?:s|ped|ping)?|switch(?:es|ed|ing)? to|detach\w*|stop[- ]gradient|teacher forcing|rather than"
    r"|instead(?!\s+of\s+(?:writing|computing|deriving|expanding|repeating|listing)\b)"
    r"|in place of|from now on|in what follows|henceforth|their convention|(?:other|another|different) convention|some authors"
    r"|(?:one more|an additional|an extra) term|weight decay adds|halved|doubled|dropped|removed|leav(?:e|ing) out"
    r"|without (?:the|a|any))\b"
    r"|⟨[^⟩]*⟩[^⟨⟩]*\bbecomes\s*⟨|⟨[^⟩]*\\(?:\||lVert|Vert)[^=⟩]*⟩\s*(?:now\s+)?(?:denotes|means|stands for|is short for)\b",
    re.I,
)
#: Words that make derivatives immediate ones; `\\partial^+` says so by itself.
DIRECT = re.compile(
    r"\b(?:all|every)\s+(?:the\s+)?(?:partial\s+)?derivatives?\b[^.;]{0,40}\b(?:immediate|direct|explicit)\b"
    r"|⟨(?P<of>(?![^⟩]*\^)[^⟩]*(?:partial|∂)[^⟩]*)⟩[^.;⟨]{0,20}\b(?:for|denotes?|is|means?)\s+(?:the\s+)?(?:immediate|direct|explicit)\b",
    re.I,
)
#: How words behind a formula say so of it.
IS_DIRECT = re.compile(
    r"\s*[,(]?\s*(?:(?:which\s+)?(?:is|are|denotes?|means?|being)\s+)?(?:only\s+|just\s+|merely\s+)?(?:the\s+|an?\s+|its\s+)?"
    r"(?P<words>(?:immediate|direct|explicit|local|instantaneous)\s+(?:\w+\s+)?(?:derivatives?|gradients?|contributions?|parts?|terms?|effects?|influence))\b",
    re.I,
)
#: Words of a sentence that tells what could be done: what changes there changes for its own paragraph alone.
MODAL = re.compile(r"\b(?:can|could|may|might|often|sometimes|in practice|typically|usually)\b", re.I)
BRACKETS = re.compile(r"\([^()]*\)")
PARAGRAPH = re.compile(r"\n\s*\n")
#: A cost that is taken at the end alone.
AT_THE_END = re.compile(
    r"\b(?:loss|cost|error|objective)\b[^.;]{0,60}\b(?:last|final|end of the sequence|end)\b"
    r"|\b(?:last|final)\b[^.;]{0,40}\b(?:loss|cost|error|objective)\b"
    r"|\bmany[- ]to[- ]one\b|\bsequence[- ]to[- ](?:one|vector|label)\b",
    re.I,
)
HAD, WE = r"\b(?:had|were)\s+", r"(?:we|one|it|they)"
#: Words before a formula that make it a condition, and those that make it an assumption of what follows.
SUPPOSING = re.compile(
    r"\b(?:if|when|whenever|unless|once|in case|as long as|provided(?: that)?)\s*(?:we have\s*)?[(:,]?\s*\Z"
    rf"|{HAD}(?:{WE}|the\s+\w+)\s+(?:\w+\s+){{0,3}}[(:,]?\s*\Z",
    re.I,
)
#: Words around an equation for what has one, by which it is of something else: an aside.
ASIDE = re.compile(
    rf"{HAD}{WE}\b|\bwould\s+(?:\w+\s+)?(?:be|give|have|get|yield|lead|become)\b|\bexercise\b|\bwhich\s+we\s+do\s+not\b|\bwe\s+had\b"
    r"|\b(?:some|other|many|most)\s+(?:books?|authors?|texts?|papers?|people)\b|\b(?:last|previous)\s+(?:lecture|week|time|chapter|course)\b",
    re.I,
)
ASSUMING = re.compile(
    r"\b(?:assum(?:e|es|ing)|suppos(?:e|ing)|taking for granted|given)"
    r"(?:\s+(?:that|we have|for (?:simplicity|now)|now|here)){0,3}\s*[:,]?\s*\Z",
    re.I,
)
#: Words before a formula that call it known: an assumption, where it is of data alone.
RECALLING = re.compile(
    r"\b(?:with|where|since|because|as|using|recall(?:ing)?(?: that)?|the fact that|satisf(?:y|ies|ying)|such that)\s*[:,]?\s*\Z",
    re.I,
)
#: Words before an equation for what has one: it says the same in other words, and begins no new model.
SAYING_AGAIN = re.compile(
    r"\b(?:expand(?:ing|ed)|multiply(?:ing)?\s+out|(?:written|writing)\s+out|rewrit(?:e|ing|ten)|equivalent(?:ly)?|in\s+other\s+words|that\s+is|i\.\s?e\."
    r"|simplif(?:y|ies|ied|ying)|hence|therefore|thus|it\s+follows|which\s+gives|the\s+same\s+as)(?![\w-])[^.;:\n]{0,60}[,:]?\s*\Z",
    re.I,
)
#: A line of its own before a formula: what follows is a list of what could stand for an abstract function, and replaces nothing.
EXAMPLES = re.compile(r"(?:\n|\A)[ \t#*]*(?:some\s+|common\s+)?examples?\b[^\n.,;]{0,60}\Z", re.I)
#: Words behind and before a name that say it is what a network should give.
IS_TARGET = re.compile(
    r"\s*,?\s*(?:is|are|denotes?|be|being)\s+(?:\w+\s+){0,3}?(?:targets?|labels?|one-hot|ground[- ]truth|true|correct|desired)\b", re.I
)
TARGET = re.compile(
    r"(?:(?<!predicted )\b(?:targets?|labels?|one-hot (?:\w+ )?|ground[- ]truth|desired outputs?)|标签|目标|one-hot\s*向量)\s*\Z", re.I
)

#: Words before and behind a name that say anew what it is.
SAYS_ANEW = re.compile(
    r"\b(?:is|are|be|denoted? by|call|called|distribution|probabilit\w+|vector|scalar|matrix|teacher|student|mask|noise|constant)\s*\Z",
    re.I,
)
IS_SAID_ANEW = re.compile(r"\s*(?:\(an?\b|is an?\b|is the\b|is now\b|are the\b|denotes?\b|be\b|stands for\b|, an?\b)", re.I)

TWO_USES = "has arguments of one kind in one place and is something else in another; give the two different names"
MAY_CHANGE = "the words before it may change the model"
CHANGED = f"{MAY_CHANGE} or a name in it; state what changes in an equation, under a heading of its own"
CHANGED_BY = f"{MAY_CHANGE} (`{{}}`); state what they say in an equation"
HEDGED = "the words beside it restrict it (`{}`) in a way that was not understood; state the condition with a mark"
IMMEDIATE = "the words before it call `{}` an immediate derivative, and its own may be meant so; state `derivative` under `notation`"
GROWING = "something is added to its left side elsewhere, so that it may be a part of it only"
NUMBERED = "a number in it may be the label of a quantity, as in other names of this document"
FIXED = "a quantity is set to a number shortly before it; state the condition with a mark"
PARTIAL = "elsewhere it stands with `d`, so that with `\\partial` it may be the immediate derivative; state `derivative` under `notation`"
LAST = "the words may say that the cost is taken at the last step alone; state the equation of the cost"
ANEW = "the words say anew what {} is, and an equation under an earlier heading defines it"
RENAMED = "the words call {} a target, and an equation defines it as something else"


@dataclass(frozen=True)
class Said:
    """The words around a formula: those directly before it, its sentence up to it (formulas as `⟨…⟩`), and those directly behind it;
    `setting`, words of an earlier sentence of the section that restrict it, `changed` where one changes the model; `otherwise`, what
    words say of a quantity, a function or the cost that the equations have otherwise."""

    before: str = ""
    sentence: str = ""
    after: str = ""
    setting: str = ""
    changed: bool = False
    otherwise: tuple[Change, ...] = ()
    alterations: tuple[Alteration, ...] = ()  # what words of the section change
    spoken: Spoken = NOTHING_SPOKEN  # of the network that it is of
    direct: tuple[str, ...] = ()  # the derivatives that words before it call immediate


NOTHING_SAID = Said()


@lru_cache(maxsize=2)  # a document may be read a second time
def words_around(items: tuple[FormulaSource | Mark | Prose, ...]) -> Sequence[Said]:
    """What is said around each item."""
    found: list[Said] = []
    setting = ""
    changed = briefly = False
    running = Running()
    layouts: list[str] = []
    alterations: tuple[Alteration, ...] = ()
    begun, heading = 0, ""  # where the sentence began, and how the heading before it ended
    direct: tuple[str, ...] = ()
    speaking = Speaking()
    for at, item in enumerate(items):
        if isinstance(item, Prose):
            sentence = _up_to(items, at)
            direct = tuple(dict.fromkeys((*direct, *(match["of"] or "" for match in DIRECT.finditer(sentence)))))
            layouts += [found.lower() for found in LAYOUT.pattern.findall(item.text)]
            kept = tuple(one for one in alterations if one.wording.lasting) if item.heading else alterations
            heading = SENTENCE_END.split(item.text)[-1] if item.heading else heading
            here = alterations_in(sentence, at, sentence if item.heading else heading, _read_anew(items, at))
            alterations = gone_on(kept, here, begun)
            begun = at if item.heading or SENTENCE_END.search(item.text) else begun
            if LAYOUT.pattern.search(item.text) and layouts[-1] != layouts[0]:
                alterations = (*alterations, Alteration(LAYOUT, at))
            text = BRACKETS.sub(" ", sentence)
            setting = "" if item.heading else setting or _matched(SETTING, item.text)
            changed = not item.heading and (changed or _changes(text))
            anew = item.heading or len(PARAGRAPH.split(item.text.rstrip())) > 1
            briefly = not item.heading and (CHANGES.search(PARAGRAPH.split(text.rstrip())[-1]) is not None or (briefly and not anew))
            running.read(item, text, at)
            speaking.read(item, sentence, at)
            found.append(NOTHING_SAID)
        else:
            beside = _beside(items, at, -1)[-200:], _beside(items, at, 1)[:100]
            sentence, after = _sentence(items, at), beside[1]
            of = speaking.formula(item, sentence, after, at) if isinstance(item, FormulaSource) else NOTHING_SPOKEN
            found.append(Said(beside[0], sentence, after, setting, changed or briefly, running.now(), alterations, of, direct))
    return found


def _matched(pattern: re.Pattern[str], text: str) -> str:
    """The words of a text that a pattern finds, on one line."""
    found = pattern.search(text)
    return " ".join(found[0].split()) if found else ""


def _changes(text: str) -> bool:
    """Whether a sentence changes the model for all that follows."""
    return any(CHANGES.search(sentence) and not MODAL.search(sentence) for sentence in SENTENCE_END.split(text))


def _beside(items: Sequence[FormulaSource | Mark | Prose], at: int, step: int) -> str:
    """The words next to an item, marks aside."""
    item = _next(items, at, step)
    return item.text if isinstance(item, Prose) and not item.heading else ""


def _next(items: Sequence[FormulaSource | Mark | Prose], at: int, step: int) -> FormulaSource | Prose | None:
    """The item before or behind another one; marks and empty lines are none."""
    while 0 <= (at := at + step) < len(items):
        item = items[at]
        if not isinstance(item, Mark) and not (isinstance(item, Prose) and not item.text.strip()):
            return item
    return None


def _up_to(items: Sequence[FormulaSource | Mark | Prose], at: int) -> str:
    """The words at `at`, and what stands before them in their paragraph."""
    item = items[at]
    return f"{_sentence(items, at)} {item.text if isinstance(item, Prose) else ''}"


def _sentence(items: Sequence[FormulaSource | Mark | Prose], at: int) -> str:
    """What stands between the last end of a sentence and a formula; displays that follow each other share it."""
    pieces: list[str] = []
    for item in reversed(items[max(0, at - 12) : at]):
        if isinstance(item, Prose):
            parts = SENTENCE_END.split(item.text)
            pieces.append(parts[-1])
            if len(parts) > 1 or item.heading:
                break
        elif isinstance(item, FormulaSource):
            if item.display:
                if LINKS.fullmatch(" ".join(pieces)):
                    continue
                break
            pieces.append(f"⟨{item.latex}⟩")
    return " ".join(reversed(pieces))


def _read_anew(items: Sequence[FormulaSource | Mark | Prose], at: int) -> int:
    """How many characters of the sentence at `at` no words before it have ended: its own, and those of the formulas before them."""
    item = items[at]
    between = takewhile(lambda before: not isinstance(before, Prose), reversed(items[max(0, at - 12) : at]))
    formulas = (len(before.latex) + len("⟨⟩ ") for before in between if isinstance(before, FormulaSource) and not before.display)
    return sum(formulas) + (len(item.text) if isinstance(item, Prose) else 0)


def is_strong(doubt: str) -> bool:
    """Whether a formula is not judged at all for a reason, for what is true as it was read may be false as well."""
    return doubt.startswith(MAY_CHANGE) or doubt.endswith(TWO_USES)


def is_supposed(said: Said, *, replaces: bool) -> bool:
    """Whether the words around an equation say that it holds under a condition or, where it `replaces` another one, elsewhere."""
    aside = f"{said.sentence} ⟨⟩{SENTENCE_END.split(said.after)[0]}" if replaces else ""
    return SUPPOSING.search(said.before) is not None or ASIDE.search(aside) is not None


class Doubts:
    """What is open about the formulas of a part of a document, met one after another."""

    def __init__(
        self, items: Iterable[FormulaSource | Mark | Prose], formulas: Iterable[Formula], numbered: bool, unclear: Set[str] = frozenset()
    ) -> None:
        formulas = tuple(formulas)
        self._unclear = unclear  # losses that are called with several kinds of arguments
        self._growing = frozenset(formula.sides[0] for formula in formulas if "+=" in formula.relations)
        self._totals = frozenset((n.numerator, n.wrt) for n in walk(*formulas) if isinstance(n, Derivative) and n.mark == "d")
        self._numbered = numbered
        self._at_the_end = AT_THE_END.search(" ".join(item.text if isinstance(item, Prose) else "⟨⟩" for item in items)) is not None
        self._targets: set[Symbol] = set()
        self._anew: set[tuple[str, int]] = set()  # names that words declare, and in which section
        self._supposed: set[tuple[str, int]] = set()  # names that are something else under a condition, and in which section
        self._fixed = -1  # the section where a quantity is set to a number
        self._known: dict[int, frozenset[Given]] = {}  # the equations before words that change the model, by their place
        self._met = self._settled = NOTHING_SAID.alterations  # words that change the model, before the last formula and definition

    def meet(self, formula: Formula, said: Said, source: FormulaSource, context: Context) -> None:
        """Note what a formula within a line says of later ones, and the words before it."""
        self._met = said.alterations
        for one in said.alterations:
            if one.at not in self._known:
                self._known[one.at] = frozenset(entry.equation for entry in context.defined)
        left = formula.sides[0]
        if source.display or not isinstance(left, Symbol):
            return
        if not formula.relations and (IS_TARGET.match(said.after) or TARGET.search(said.before)):
            self._targets.add(Symbol(left.name))
        if not formula.relations and (IS_SAID_ANEW.match(said.after) or SAYS_ANEW.search(said.before)):
            self._anew.add((left.name, source.section))
        if (
            formula.relations == ("=",)
            and isinstance(formula.sides[1], Number)
            and is_free(left, context)
            and not _is_a_boundary(left, context)
            and left.name not in context.indices.letters
        ):
            self._fixed = source.section

    def suppose(self, formula: Formula, section: int) -> None:
        """Note that an equation of the model is replaced by another one, for a while: "if `z = xW`, then …"."""
        left = formula.sides[0]
        if isinstance(left, Symbol):
            self._supposed.add((left.name, section))

    def define(self, formula: Formula, section: int) -> None:
        """Note that an equation says what a name is from here on."""
        self._settled = self._met
        left = formula.sides[0]
        if isinstance(left, Symbol):
            self._supposed.discard((left.name, section))

    def about(self, formula: Formula, said: Said, source: FormulaSource, context: Context, *, ranged: bool) -> str:
        """Why a formula may not be what it was read as; empty where nothing says so. `ranged` if its range was understood or marked."""
        altered = self._altered(formula, said, context)
        derivatives = _derivatives(formula, context) if said.direct else []
        called = any(_is_called(node, one) for one in said.direct for node in derivatives)
        if said.changed or called or any(one.wording.by_any for one in altered) or CHANGES.search(said.sentence):
            return CHANGED
        if altered:
            return CHANGED_BY.format(altered[0].words)
        if behind := IS_DIRECT.match(said.after):
            return HEDGED.format(" ".join(behind["words"].split()))
        if any(node.mark == "\\partial" for node in derivatives):
            return IMMEDIATE.format(said.direct[0])
        if self._supposed and any((name, source.section) in self._supposed for name in letters_of(formula)):
            return CHANGED
        if words := said.setting or ("" if ranged else _matched(HEDGE, said.sentence)):
            return HEDGED.format(words)
        if self._fixed == source.section:
            return FIXED
        if self._unclear:
            used = set(context.given_for(formula))
            trees = [formula, *(entry.formula for entry in context.defined if entry.equation in used)]
            if name := next((name for name in sorted(self._unclear) if any(name in letters_of(tree) for tree in trees)), ""):
                return f"`{name}` {TWO_USES}"
        left = formula.sides[0]
        if isinstance(left, Derivative) and left.mark == "\\partial" and (left.numerator, left.wrt) in self._totals:
            return PARTIAL
        if formula.sides[0] in self._growing and formula.relations == ("=",):
            return GROWING
        if self._numbered and _uses_a_number(formula):
            return NUMBERED
        if self._at_the_end and any(_is_undefined(cost, context) for cost in _differentiated(formula)):
            return LAST
        if self._anew:
            used = set(context.given_for(formula))
            met = (entry for entry in context.defined if entry.equation in used and entry.section >= 0)
            said_anew = (e.name.letter for e in met if any(n == e.name.letter and e.section < at <= source.section for n, at in self._anew))
            if name := next(said_anew, ""):
                return ANEW.format(name)
        if self._targets:
            known = {entry.name.letter for entry in context.defined}
            return next((RENAMED.format(symbol.name) for symbol in self._targets if symbol.name in known), "")
        return ""

    def _altered(self, formula: Formula, said: Said, context: Context) -> list[Alteration]:
        """The words that change what the formula rests on, and that no equation settles."""
        used = set(context.given_for(formula)) if said.alterations else ()
        entries = [entry for entry in context.defined if entry.equation in used]

        def is_settled(one: Alteration) -> bool:
            known = self._known.get(one.at, frozenset())
            before = [entry.formula for entry in entries if entry.equation in known]
            behind = [entry.formula for entry in entries if entry.equation not in known]
            return one in self._settled if one.wording.by_any else is_shown(one, before, behind)

        return [one for one in said.alterations if not is_settled(one)]


def _derivatives(formula: Formula, context: Context) -> list[Derivative]:
    """Those in a formula and in the equations that it rests on."""
    used = set(context.given_for(formula))
    trees = [formula, *(entry.formula for entry in context.defined if entry.equation in used)]
    return [node for node in walk(*trees) if isinstance(node, Derivative)]


def _is_called(node: Derivative, latex: str) -> bool:
    """Whether a derivative is of and by the same names as one in LaTeX, of whatever steps; any is where that says none."""
    try:
        formulas = parse(latex) if latex else ()
    except (ParseError, RecursionError):
        formulas = ()
    named = next((one for formula in formulas for one in walk(formula.sides[0]) if isinstance(one, Derivative)), None)
    if named is None:
        return True
    return node.mark == named.mark and [_heads(part) for part in (node.numerator, *node.wrt)] == [
        _heads(part) for part in (named.numerator, *named.wrt)
    ]


def _heads(node: Node) -> set[str]:
    return {one.name for one in outside_scripts(node) if isinstance(one, Symbol)}


def _is_a_boundary(left: Symbol, context: Context) -> bool:
    """`\\delta_n = 0` of what an equation defines as a sum that ends at n: where its recursion begins, not an example."""
    name = context.name(left)
    if name is None or all((entry.name.letter, len(entry.name.items)) != (name.letter, len(name.items)) for entry in context.defined):
        return False
    scripts = {node.name for script in left.scripts for node in walk(script.body) if isinstance(node, Symbol)}
    ends = {upper.name for entry in context.defined for upper in _uppers(entry.formula)}
    return bool(scripts & ends)


def _uppers(formula: Formula) -> Iterable[Symbol]:
    """The letters that end its sums."""
    sums = (node.upper for node in walk(formula) if isinstance(node, BigOperator))
    return (upper for upper in sums if isinstance(upper, Symbol) and not upper.scripts)


def _differentiated(formula: Formula) -> Iterable[Symbol]:
    heads = (node.numerator for node in walk(*formula.sides) if isinstance(node, Derivative))
    return (head for head in heads if isinstance(head, Symbol))


def _is_undefined(cost: Symbol, context: Context) -> bool:
    return all(entry.name.letter != cost.name for entry in context.defined)


def _uses_a_number(formula: Formula) -> bool:
    """Whether a number stands where a factor or an argument would: `\\delta 3 \\cdot 6`, `f'(5)`."""
    nodes: tuple[Node, ...] = tuple(walk(*formula.sides))
    factors = (factor for node in nodes if isinstance(node, Product) for factor in node.factors[1:])
    arguments = (argument for node in nodes if isinstance(node, Call) for argument in node.args)
    return any(isinstance(part, Number) for part in (*factors, *arguments))
