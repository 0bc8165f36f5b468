"""Words that say that the model is otherwise than its equations have it: `now let h_0 be learned`, `suppose that ReLU is used`.

They change nothing by themselves. A sentence counts where it holds a phrase of change beside what it speaks of, a quantity, a function or
the cost; what follows is then judged without the equation that the words take back, or not at all. Words that give a quantity a property
(`A` is symmetric) count for all that follows.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from symbptt.documents.formulas import Prose
from symbptt.documents.prose_rules import ACTIVATION, ACTIVATIONS, function_called
from symbptt.functions import LATEX_NAMES
from symbptt.latex.printer import to_latex
from symbptt.latex.syntax import BigOperator, Call, Derivative, Formula, Node, Number, Symbol, walk
from symbptt.problem import Given, Problem

SENTENCE_END = re.compile(r"[.!?](?:\s+|\Z)|\n\s*\n")
PARAGRAPH = re.compile(r"\n\s*\n")
#: What stands for a quantity: a formula, or the words for the state that a recursion begins with.
INITIAL = "initial"
START = r"(?:initial|starting|first)\s+(?:hidden\s+|cell\s+)?(?:state|value|activation|condition)s?"
SUBJECT = rf"(?:⟨(?P<name>[^⟩]{{1,40}})⟩|(?P<start>{START}))"
#: What a sentence has that says anything of a quantity, and of a cost at the end: the rest of them is looked at no further.
NAMES = re.compile(rf"⟨|{START}", re.I)
THE_END = re.compile(r"last|final", re.I)
TO_BE = r"(?:is|are|be|being|becomes?|as|to\s+be|was|were)"
FILLER = r"(?:(?:now|also|instead|itself|here|treated|regarded|considered|made|jointly|as|an?|some|another|the|model|network)\s+){0,4}"
LEARNED = (
    r"(?:learn(?:ed|t|able)|train(?:ed|able)|optimi[sz]ed|free|arbitrary|non-?zero|not\s+(?:zero|null)|unknown|random|parameters?|variable"
    r"|weights?|different\s+from\s+(?:zero|0|⟨0⟩))\b"
)
NO_LONGER = r"\b(?:no\s+longer|(?:do|does|need|must|should)\s+not|don['’]t|doesn['’]t|needn['’]t|drop|relax|without|instead\s+of)\b"
#: A quantity that is not what an equation sets it to.
FREE = tuple(
    re.compile(pattern, re.I)
    for pattern in (
        rf"{SUBJECT}\s+(?:\w+\s+)?{TO_BE}\s+{FILLER}{LEARNED}",
        rf"\b(?:arbitrary|non-?zero|learn(?:ed|t|able)|trainable|trained|random|general|any)\s+(?:(?:values?|choice)\s+(?:of|for)\s+)?(?:the\s+)?{SUBJECT}",
        rf"\b(?:learn|train|optimi[sz]e|learning|training|optimi[sz]ing)\s+(?:also\s+|the\s+){{0,2}}{SUBJECT}",
        rf"{NO_LONGER}[^⟨⟩]{{0,60}}{SUBJECT}[^⟨⟩]{{0,30}}\b(?:zero|vanish\w*|null|fixed|constant)\b",
        rf"{SUBJECT}\s+[^⟨⟩]{{0,20}}{NO_LONGER}[^⟨⟩]{{0,20}}(?:\b(?:zero|vanish\w*|null|fixed|constant)\b|⟨0⟩)",
        rf"{NO_LONGER}[^⟨⟩]{{0,60}}⟨(?P<name>[^⟩=]{{1,40}})=[^⟩]{{1,20}}⟩",
    )
)
#: A quantity through which no derivative goes.
HELD = re.compile(
    rf"\A\W*(?:(?:here|now|then|next|in\s+what\s+follows|for\s+(?:now|simplicity)),?\s+)?(?:(?:let\s+us|we|suppose\s+we|if\s+we)\s+(?:now\s+|also\s+)?)?"
    rf"(?:treat|treating|regard|regarding|consider|considering|hold|holding|keep|keeping|take|taking)\s+(?:the\s+)?{SUBJECT}\s+"
    r"(?:as\s+|to\s+be\s+)?(?:an?\s+)?(?:constants?|fixed|given|independent)\b",
    re.I,
)
A_FUNCTION = (
    rf"(?:the\s+|an?\s+)?(?P<what>⟨[^⟩]{{1,30}}⟩|{ACTIVATION})(?![\w⟨-])"
    r"(?:\s+(?:activation|function|unit|nonlinearity|non-linearity)s?){0,2}"
)
FUNCTIONS = tuple(
    re.compile(pattern, re.I)
    for pattern in (
        rf"\b(?:suppos\w+|assum\w+|if|when|now|instead|let\s+us|imagine)\b[^.]{{0,40}}?\b{A_FUNCTION}\s+(?:(?:is|are|was|were|be)\s+)?"
        rf"(?:now\s+)?(?:used|chosen|taken|applied|instead)\b",
        rf"\breplac\w+\b[^.]{{0,40}}?\b(?:by|with)\s+{A_FUNCTION}",
        rf"\b(?:switch\w*|chang\w+)\b[^.]{{0,30}}?\bto\s+{A_FUNCTION}",
        rf"\b(?:use|using|take|taking|choose|choosing|with)\s+{A_FUNCTION}\s+(?:instead|rather\s+than|in\s+place\s+of)\b",
        rf"\b(?:activation|non-?linearity)(?:\s+function)?\s+(?:is|be|becomes)\s+(?:now\s+|instead\s+)?{A_FUNCTION}",
        rf"\b(?:if|when|suppos\w+)\s+(?:\w+\s+){{0,3}}(?:use|take|choose|pick)s?\s+{A_FUNCTION}",
    )
)
COST = r"\b(?:loss(?:es)?|cost|error|objective)\b"
LAST = r"(?:last|final)\s+(?:time\s*-?)?(?:step|output|state|position|token)"
TAKEN = (
    r"(?:taken|measured|computed|evaluated|applied|summed|counted|used|incurred|defined|given|depends?|supervised|received|acts?|counts?)"
)
#: A cost that is taken at the end alone.
AT_THE_END = tuple(
    re.compile(pattern, re.I)
    for pattern in (
        rf"{COST}[^.;]{{0,50}}\b{TAKEN}\b[^.;]{{0,20}}\b(?:only|just|solely|alone)\b[^.;]{{0,12}}{LAST}\b",
        rf"{COST}[^.;]{{0,50}}\b{TAKEN}\b[^.;]{{0,12}}{LAST}\s+(?:only|alone)\b",
        rf"{COST}[^.;]{{0,40}}\b(?:only|just|solely)\b[^.;]{{0,10}}\b{TAKEN}\b[^.;]{{0,12}}{LAST}\b",
        rf"\b(?:if|when|suppos\w+|now|instead)\b[^.;]{{0,40}}\bonly\s+the\s+(?:{LAST}|(?:last|final))\b[^.;]{{0,40}}{COST}",
        rf"\b(?:if|when|suppos\w+|now|instead)\b[^.;]{{0,40}}\b(?:a|the)\s+{COST}\s+(?:only\s+)?(?:at|on)\s+the\s+{LAST}\s+(?:only|alone)\b",
    )
)
PROPERTY = (
    r"(?P<what>(?:skew-?\s?|anti-?)?symmetric|diagonal|orthogonal|orthonormal|unitary|hermitian|positive\s+(?:semi-?\s?)?definite|idempotent"
    r"|(?:upper\s+|lower\s+)?triangular|permutation|(?:of\s+)?unit\s+(?:length|norm|vector)|binary|boolean)\b"
)
SPACE = r"⟨(?:(?!\\in\b)[^⟩]){0,12}(?:\\times|×|\\mathbb)[^⟩]{0,16}⟩"
BESIDE = rf"(?:(?:and|or|an?|also|both|some|all|real|square|random|fixed|constant|invertible|{SPACE}|\w+ness|,)\s+){{0,5}}?"
ARRAY = (
    r"(?:(?:and(?!\s*⟨)|positive|semi|definite|symmetric|real|square|random|⟨[^⟩]{1,30}⟩|matri(?:x|ces)|vectors?"
    r"|mask|weights?)[\s-]+){0,6}?"
)
ENTRIES = r"\b(?:entries|entry|elements?|components?|values?|coordinates?)"
ZERO_OR_ONE = r"(?:⟨?\s*(?:0|zero)\s*⟩?\s*(?:or|and|,)\s*⟨?\s*(?:1|one)\s*⟩?|zeros?\s+(?:or|and)\s+ones?|⟨?\s*\\pm\s*1\s*⟩?)(?![\w.])"
#: A property that a quantity has for all that follows.
PROPERTIES = tuple(
    re.compile(pattern, re.I)
    for pattern in (
        rf"⟨(?P<name>[^⟩]{{1,60}})⟩\s*,?\s+(?:(?:is|are|be|being|with|which|that|stays?|to)\s+){{0,2}}{BESIDE}{PROPERTY}"
        r"(?!\s+(?:matri(?:x|ces)\s+)?⟨(?:(?!\\times)[^⟩×])+⟩)",
        rf"\b{PROPERTY}\s+{ARRAY}⟨(?P<name>[^⟩]{{1,60}})⟩",
        rf"⟨(?P<name>[^⟩]{{1,60}})⟩\s*,?\s+(?:\w+\s+){{0,2}}{ENTRIES}\s+(?:\w+\s+){{0,3}}?(?P<what>{ZERO_OR_ONE})",
        rf"{ENTRIES}\s+(?:of\s+)?(?:the\s+)?(?:\w+\s+){{0,2}}?⟨(?P<name>[^⟩]{{1,60}})⟩\s+(?:\w+\s+){{0,3}}?(?P<what>{ZERO_OR_ONE})",
        r"⟨(?P<name>[^⟩]{1,40}?)\\in(?P<what>\s*\\(?:mathbb|mathcal|mathrm|mathbf|bf|cal)\s*\{?\s*S\b[^⟩]{0,20})⟩",
        r"⟨(?P<name>[^⟩]{1,40}?)(?P<what>\\succ(?:eq)?\s*0)\s*⟩",
        r"⟨(?P<name>[^⟩]{1,40}?)\\in(?P<what>\s*\\\{\s*(?:0\s*,\s*1|-1\s*,\s*1|\\pm\s*1)\s*\\\}[^⟩]{0,20})⟩",
    )
)
#: What ends in "a symmetric" goes on with a name of its own.
HALF = re.compile(r"\ban?\s+\Z", re.I)
#: Words beside an equation such as `A^T = A` that make it what is taken for granted.
PROPERTY_SAID = re.compile(rf"{PROPERTY}|\b(?:i\.?\s?e\.?|that\s+is|so\s+that|let|where|with|say|namely|normali[sz]ed|projection)\b", re.I)
#: Words in a sentence by which what is said of data or parameters follows from something, and is no assumption.
CONCLUDING = re.compile(
    r"\b(?:hence|therefore|thus|then|so|consequently|follows|implies|imply|means?|gives?|yields?|becomes?|conclude|shows?|prove[sd]?|proof"
    r"|claims?|theorem|lemma|verify|check|true|false|(?:we|one|to)\s+(?:get|obtain|find|see|arrive))\b",
    re.I,
)
#: Names in an equation of one quantity with itself.
TRANSPOSED = frozenset({"T", "\\top", "I", "\\mathbf{I}", "\\intercal"})
#: An equation that says a property, as a fact that may be used.
AS_EQUATION: Mapping[str, str] = {"symmetric": "{0}^\\top = {0}"}
#: Words by which a sentence holds for its own paragraph alone.
BRIEFLY = re.compile(
    r"\A\W*(?:if|when|whenever|for|with|replacing|using|in\s+case)\b|\b(?:can|could|may|might|often|sometimes|in\s+practice|typically|usually)\b",
    re.I,
)
DENIED = re.compile(
    r"\b(?:is|are|be)\s+(?:not|never)\s+(?:\w+\s+){0,2}(?:learn|train|parameter|optimi|arbitrary|variable|used|symmetric|diagonal)", re.I
)
BACK = re.compile(r"\b(?:we|us|now)\b[^.⟨⟩]{0,30}\b(?:go(?:ing)?\s+back|come\s+back|return(?:ing)?|revert)\b", re.I)

SAID_FREE = "the words before it say that `{}` is not what an equation sets it to (`{}`); state the equations that hold here"
SAID_HELD = "the words before it hold `{}` constant (`{}`), and derivatives go through its equation; state which derivative is meant"
SAID_FUNCTION = "the words before it speak of another function (`{}`) than the equations; state the equations that hold here"
SAID_PROPERTY = "the words say of `{}` that it is `{}`, which was not used; state an equation under `assume`"
SAID_LAST = "the words before it take the cost at the last step alone (`{}`), and its equation is a sum; state the equations that hold here"


@dataclass(frozen=True)
class Change:
    """What words say is otherwise: `kind` is `free`, `held`, `property`, `function` or `cost`; `subject` the LaTeX of a quantity,
    `initial`, or the name of a function; `at` the place of the words among the items of the document."""

    kind: str
    subject: str
    words: str
    at: int = 0


@dataclass(frozen=True)
class Otherwise:
    """A change with its quantity read; None stands for what a recursion begins with."""

    change: Change
    node: Node | None = None

    def speaks_of(self, left: Node) -> bool:
        """Whether an equation with this left side is spoken of."""
        if self.node is not None:
            return left == self.node
        slots = [script.body for script in left.scripts] if isinstance(left, Symbol) else []
        return any(node == Number("0") for slot in slots for node in walk(slot))


@lru_cache(maxsize=4096)  # what stands before other words in their paragraph is read with them again
def changes_in(sentence: str) -> tuple[Change, ...]:
    """What a sentence changes; formulas in it are `⟨…⟩`."""
    return tuple(_changes_in(sentence))


def _changes_in(sentence: str) -> Iterator[Change]:
    if DENIED.search(sentence):
        return
    names = NAMES.search(sentence) is not None
    for kind, patterns in (("free", FREE), ("held", (HELD,))) if names else ():
        for match in (match for pattern in patterns for match in pattern.finditer(sentence)):
            subject = INITIAL if match.groupdict().get("start") else match["name"].strip()
            yield Change(kind, subject, _plain(match[0]))
    for match in (match for pattern in PROPERTIES if names for match in pattern.finditer(sentence)):
        if not (HALF.search(sentence[: match.start("what")]) and match.end() == len(sentence.rstrip())):
            yield Change("property", match["name"].strip(), _plain(match["what"]))
    for match in (match for pattern in FUNCTIONS for match in pattern.finditer(sentence)):
        if name := _function(match["what"]):
            yield Change("function", name, _plain(match[0]))
    of_the_end = THE_END.search(sentence) is not None
    for match in (match for pattern in AT_THE_END if of_the_end for match in pattern.finditer(sentence)):
        yield Change("cost", "", _plain(match[0]))


def _plain(words: str) -> str:
    return " ".join(words.replace("⟨", "").replace("⟩", "").split())


def _function(what: str) -> str:
    return LATEX_NAMES.get(what.strip("⟨⟩ "), "") if what.startswith("⟨") else function_called(what)


class Running:
    """The changes that hold at a place of a document, its words read one after another."""

    def __init__(self) -> None:
        self._lasting: dict[tuple[str, str], Change] = {}
        self._brief: dict[tuple[str, str], Change] = {}
        self._properties: dict[tuple[str, str], Change] = {}  # to the end
        self._heading = 0  # the line of the last heading

    def read(self, item: Prose, text: str, at: int) -> None:
        """Go on with the words at `at`; `text` is what their sentences say, with what stands before them in their paragraph."""
        if item.heading and item.line != self._heading:
            self._lasting, self._brief, self._heading = {}, {}, item.line
        paragraphs = PARAGRAPH.split(text.rstrip())
        if len(PARAGRAPH.split(item.text.rstrip())) > 1:
            self._brief = {}
        for number, paragraph in enumerate(paragraphs, start=1):
            for sentence in SENTENCE_END.split(paragraph):
                if BACK.search(sentence):
                    self._lasting = {}
                brief = BRIEFLY.search(sentence) is not None and not item.heading
                if brief and number < len(paragraphs):
                    continue
                found = {(change.kind, change.subject): replace(change, at=at) for change in changes_in(sentence)}
                lasting = {key: change for key, change in found.items() if change.kind != "property"}
                self._properties.update({key: change for key, change in found.items() if change.kind == "property" and not brief})
                (self._brief if brief else self._lasting).update(found if brief else lasting)

    def now(self) -> tuple[Change, ...]:
        """What is changed here."""
        return (*self._properties.values(), *self._lasting.values(), *self._brief.values())


def is_property(formula: Formula) -> bool:
    """`A = A^T`, `Q^T Q = I`, `\\|x\\| = 1`: what an equation says of one quantity alone, and defines nothing."""
    if len(formula.sides) != 2 or formula.relations != ("=",):
        return False
    left, right = formula.sides
    found = [[_untransposed(node) for node in walk(side) if isinstance(node, Symbol)] for side in formula.sides]
    own = [[symbol for symbol in symbols if symbol.name not in TRANSPOSED] for symbols in found]
    if len({*own[0], *own[1]}) != 1 or any(isinstance(node, (Derivative, Call, BigOperator)) for node in walk(left, right)):
        return False
    return bool(own[0]) and (bool(own[1]) or not isinstance(left, Symbol))


def is_stated(formula: Formula, made: Collection[str], counting: Collection[str]) -> bool:
    """`W^T W = I`, `\\sum_i y_i = 1`: what is said of data and parameters that no equation defines, `made` being what equations define."""
    if len(formula.sides) != 2 or formula.relations != ("=",):
        return False
    left, right = formula.sides
    nodes = [node for node in walk(left, right) if isinstance(node, Symbol) and node.name not in TRANSPOSED]
    names = {node.name for node in nodes} - set(counting) - {"e", "\\pi"}
    if (
        not names
        or names & set(made)
        or any(isinstance(node, (Derivative, Call)) for node in walk(left, right))
        or any(n.primes for n in nodes)
    ):
        return False
    if isinstance(right, Number):
        return True
    identity = isinstance(right, Symbol) and not right.scripts and right.name in ("I", "\\mathbf{I}", "\\mathbf{1}", "\\mathbf{0}")
    return identity or (is_property(formula) and isinstance(left, Symbol) and isinstance(right, Symbol))


def is_of_data(formula: Formula, made: Collection[str]) -> bool:
    """Whether a formula speaks of nothing that an equation defines, `made` being what equations define: what is said of it is no result."""
    nodes = walk(*formula.sides)
    return isinstance(formula.sides[-1], Number) and not any(
        isinstance(node, (Derivative, Call)) or (isinstance(node, Symbol) and node.name in made) for node in nodes
    )


def _untransposed(symbol: Symbol) -> Symbol:
    """A symbol without its transpose; a number may be an index, as in `c = c^1 + c^2`."""
    return replace(symbol, scripts=tuple(script for script in symbol.scripts if script.kind != "sup" or not _is_transpose(script.body)))


def _is_transpose(body: Node) -> bool:
    return isinstance(body, Symbol) and body.name in TRANSPOSED


def judged_otherwise(problem: Problem, formula: Formula, said: Sequence[Otherwise], trees: Mapping[Given, Formula]) -> Problem | str:
    """A claim without the equations that words took back, or why it is not judged; `trees` are the equations it rests on.

    A quantity that an equation sets to a constant is free where words say so: what is true then is true under the equation as well.
    """
    letters = {node.name for tree in (formula, *trees.values()) for node in walk(*tree.sides) if isinstance(node, Symbol)}
    derives = any(isinstance(node, Derivative) for tree in (formula, *trees.values()) for node in walk(*tree.sides))
    for one in said:
        words = one.change.words
        if one.change.kind == "free":
            gone = {given for given, tree in trees.items() if one.speaks_of(tree.sides[0]) and _is_constant(tree)}
            if gone:
                name = next(given.equation.partition(" = ")[0] for given in gone)
                kept = tuple(given for given in problem.given if given not in gone)
                problem = replace(problem, given=kept, doubt=problem.doubt or SAID_FREE.format(name, words))
        elif one.change.kind == "property" and isinstance(one.node, Symbol) and one.node.name in letters:
            if not any(one.speaks_of(tree.sides[0]) for tree in trees.values()):
                problem = _with_property(problem, one.node, words)
        elif one.change.kind == "held" and derives and any(_is_computed(one, tree) for tree in trees.values()):
            return SAID_HELD.format(one.change.subject, words)
        elif one.change.kind == "function" and _applies_others(one.change.subject, formula, trees.values()):
            return SAID_FUNCTION.format(words)
        elif one.change.kind == "cost" and derives and any(_is_a_total(tree) for tree in trees.values()):
            return SAID_LAST.format(words)
    return problem


def _with_property(problem: Problem, node: Symbol, words: str) -> Problem:
    """With what words say of a quantity that no equation defines: a fact, where one says it; else nothing false refutes."""
    name = to_latex(node)
    fact = AS_EQUATION.get(words.lower(), "").format(f"{{{name}}}" if node.scripts else name)
    known = {_bare(known) for known in problem.assume if isinstance(known, str)}
    new = () if not fact or {_bare(fact), "=".join(reversed(_bare(fact).split("=")))} & known else (fact,)
    doubt = problem.doubt or SAID_PROPERTY.format(name, words)
    return replace(problem, doubt=doubt, assume=(*problem.assume, *new), supposed=(*problem.supposed, *new))


def _bare(latex: str) -> str:
    """An equation without spaces and braces, one sign for transposes: the same for most spellings of a fact."""
    return re.sub(r"\^T(?![A-Za-z])", r"^\\top", re.sub(r"[{}\s]", "", latex))


def _is_constant(tree: Formula) -> bool:
    """`h_0 = 0`, `h_0 = \\mathbf{0}`, `h_0 = (0, 0)`."""
    names = {node.name for node in walk(*tree.sides[1:]) if isinstance(node, Symbol)}
    return all(re.fullmatch(r"\\[a-z]+\{?\s*[01]\s*\}?", name) for name in names)


def _is_computed(said: Otherwise, tree: Formula) -> bool:
    """Whether an equation computes the quantity that is held, of whatever step."""
    left = tree.sides[0]
    return isinstance(said.node, Symbol) and isinstance(left, Symbol) and left.name == said.node.name and not _is_constant(tree)


def _applies_others(name: str, formula: Formula, trees: Iterable[Formula]) -> bool:
    """Whether a claim rests on equations with named activations, and the one that is spoken of is none of them."""
    calls = (node.function.name for tree in (formula, *trees) for node in walk(*tree.sides) if isinstance(node, Call))
    used = {LATEX_NAMES[call] for call in calls if call in LATEX_NAMES}
    return name not in used and bool(used & ACTIVATIONS.keys())


def _is_a_total(tree: Formula) -> bool:
    """`L = \\sum_{t=1}^T …`: a cost with a part for each step."""
    left = tree.sides[0]
    sums = (node.upper for node in walk(*tree.sides[1:]) if isinstance(node, BigOperator) and node.operator == "\\sum")
    return isinstance(left, Symbol) and not left.scripts and any(Symbol("T") in walk(upper) for upper in sums if upper is not None)
