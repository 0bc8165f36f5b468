"""What the words of a document say of its formulas: shapes, ranges, functions, assumptions, notation.

A raw document has no annotation; its text carries the facts: "`X_t` is an `m × n` matrix", "for `t = 2, …, T`", "`⊙` is the Hadamard
product". A fact that is not understood is left out, for a wrong one would make wrong verdicts.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from types import MappingProxyType
from typing import Any

from symbptt.conjecture import TARGETS
from symbptt.documents.activations import OPEN, left_open
from symbptt.documents.formulas import FormulaSource, Mark, Prose
from symbptt.documents.prose_conditions import conditions, spans
from symbptt.documents.prose_pieces import Piece
from symbptt.documents.prose_ranges import COUNTING, hull
from symbptt.documents.prose_shapes import LAST_STEPS, STEPS, Usage
from symbptt.documents.prose_teller import Fact, Teller, excerpt
from symbptt.documents.prose_text import PLACEHOLDER, Clause, Flat, flatten
from symbptt.inference.letters import summed_over_time
from symbptt.latex.parser import Words
from symbptt.latex.syntax import Add, BigOperator, Number, Symbol, walk

NO_WORDS = Words()
LOGARITHMS = frozenset({"log", "ln", "\\log", "\\ln"})
#: Words beside a range that counts steps or layers.
STEP_WORDS = re.compile(r"\btime|\bsteps?\b|\blayers?\b", re.I)


@dataclass(frozen=True)
class Facts:
    """All that the words of a document say, each fact from its section on; `at` gives what holds in one section.

    `conditions` are ranges for single formulas, by their place among the items.
    """

    facts: tuple[Fact, ...] = ()
    conditions: Mapping[int, str] = field(default_factory=lambda: MappingProxyType({}))
    one_hot: bool = False  # whether the words speak of anything that is one-hot
    any_targets: bool = False  # whether they say that targets need not add up to 1
    loss: str = ""  # the words that name a particular loss
    units: bool = False  # whether they say of a bold 1 what it has besides ones
    convolves: bool = False  # whether they speak of a convolution
    gradients: bool = False  # whether they call `\\delta h` a gradient

    def at(self, section: int) -> Facts:
        """The facts that hold in a section: those of the latest section up to it that speaks of the same thing."""
        latest: dict[tuple[str, str], int] = {}
        facts = self._without_kinds(section)
        for fact in facts:
            if fact.section <= section and fact.field != "ranges":
                latest[fact.field, fact.key] = max(fact.section, latest.get((fact.field, fact.key), 0))
        kept = (fact for fact in facts if fact.field == "ranges" or latest.get((fact.field, fact.key)) == fact.section)
        return replace(self, facts=tuple(fact for fact in kept if fact.section <= section))

    def _without_kinds(self, section: int) -> tuple[Fact, ...]:
        """The facts without those that call a function an activation which words name, up to a section: `the nonlinearity f is tanh`."""
        named = {f.key for f in self.facts if f.field == "functions" and f.value != "elementwise" and f.section <= section}
        return tuple(f for f in self.facts if (f.field, f.value) != ("functions", "elementwise") or f.key not in named)

    @cached_property
    def _last(self) -> dict[tuple[str, str], Fact]:
        """What is said last of each thing, by field and key; of facts of one section that contradict each other, none counts."""
        found: dict[tuple[str, str], dict[str, Fact]] = {}
        for fact in self.at(max((fact.section for fact in self.facts), default=0)).facts:
            found.setdefault((fact.field, fact.key), {})[fact.value] = fact
        return {thing: facts.popitem()[1] for thing, facts in found.items() if len(facts) == 1}

    def _values(self, name: str) -> dict[str, str]:
        return {key: fact.value for (_, key), fact in self._last.items() if fact.field == name}

    @property
    def shapes(self) -> dict[str, str]:
        """As `shapes` of a problem; a family is keyed with its index: `h_{t}`."""
        return self._values("shapes")

    @cached_property
    def new_shapes(self) -> tuple[tuple[int, str], ...]:
        """Sections that state another shape than an earlier one for a name, with the name."""
        found: list[tuple[int, str]] = []
        latest: dict[str, Fact] = {}
        for fact in sorted((fact for fact in self.facts if fact.field == "shapes"), key=lambda fact: fact.section):
            before = latest.setdefault(fact.key, fact)
            if before.value != fact.value and before.section < fact.section:
                found.append((fact.section, fact.key))
            latest[fact.key] = fact
        return tuple(dict.fromkeys(found))

    @property
    def kinds(self) -> dict[str, str]:
        """`matrix`, `vector` or `row` of names whose sizes nobody states."""
        return {key: value for key, value in self._values("kinds").items() if ("shapes", key) not in self._last}

    @property
    def functions(self) -> dict[str, str]:
        """As `functions` of a problem.

        `any` stands for an arbitrary activation, whatever its name is known for, `open` for one of which words leave open what it is.
        """
        return {name: "elementwise" if kind in ("any", OPEN) else kind for name, kind in self._values("functions").items()}

    @property
    def open_functions(self) -> dict[str, str]:
        """The words that leave open which activation a name stands for."""
        found = {name for name, kind in self._values("functions").items() if kind == OPEN}
        return {fact.key: fact.words for fact in reversed(self.facts) if fact.field == "functions" and fact.key in found}

    @property
    def denied(self) -> tuple[str, ...]:
        """As `denied` of a problem."""
        functions = [name for name, kind in self._values("functions").items() if kind in ("any", OPEN)]
        return (*functions, *([TARGETS] if self.any_targets else []))

    @property
    def sizes(self) -> dict[str, str]:
        """Letters that are sizes (`size`) or last steps (`step`)."""
        return self._values("sizes")

    @property
    def assume(self) -> tuple[Mapping[str, str], ...]:
        """As `assume` of a problem: `{"one_hot": "y_{t}"}`."""
        return tuple({value: key} for key, value in self._values("assume").items())

    @property
    def notation(self) -> dict[str, Any]:
        """As `notation` of a problem."""
        values: dict[str, Any] = dict(self._values("notation"))
        if "transpose" in values:
            values["transpose"] = list(dict.fromkeys([values["transpose"], "\\top"]))
        if values.get("layout") == "rows":  # of numbers by vectors; nothing is said of matrices
            values["layout"] = {"vector": "numerator"}
        return values

    @property
    def orders(self) -> dict[str, int]:
        """Orders of two steps that words state, `k \\le t`, each with its line; none of two letters that stand the other way as well."""
        found: dict[str, int] = {}
        for fact in self.facts:
            if fact.field == "orders":
                found.setdefault(fact.value, fact.line)
        return {order: line for order, line in found.items() if " \\le ".join(order.split(" \\le ")[::-1]) not in found}

    @property
    def lying(self) -> frozenset[str]:
        """Vectors of which only the length is said, `x \\in \\mathbb{R}^n`: they may be rows."""
        return frozenset(self._values("lying"))

    @property
    def scalars(self) -> frozenset[int]:
        """Sections in which everything is a number: "consider a univariate RNN"."""
        return frozenset(map(int, self._values("scalars")))

    @property
    def vectors(self) -> str:
        """`row` or `column` where the document says that vectors are such."""
        return self._values("vectors").get("", "")

    @property
    def ranges(self) -> dict[str, str]:
        """As `ranges` of a problem: all that is said of a step letter, put together."""
        found: dict[str, str] = {}
        bounds = [fact for fact in self.facts if fact.field == "ranges" and fact.bounds is not None]
        for letter in dict.fromkeys(fact.key for fact in bounds):
            own = [fact for fact in bounds if fact.key == letter]
            last = max(fact.section for fact in own)
            together = hull([fact.bounds for fact in own if fact.bounds]) or hull(
                [fact.bounds for fact in own if fact.bounds and fact.section == last]
            )
            if together is not None:
                found[letter] = together
        return found


def facts(items: Sequence[FormulaSource | Mark | Prose], words: Words = NO_WORDS) -> Facts:
    """What the words of a document say; `words` holds its private macros."""
    flat = flatten(items, words)
    clauses = tuple(flat.clauses())
    distinct = {piece.latex: piece.formulas for piece in flat.pieces}
    usage = Usage.of(formula for formulas in distinct.values() for formula in formulas)
    ranges = tuple(_ranges(flat, clauses, usage))
    timed = summed_over_time(formula for formulas in distinct.values() for formula in formulas)
    steps = STEPS | Facts(ranges).ranges.keys() | timed
    teller = Teller(flat, usage, frozenset(steps))
    told = [*teller.memberships(clauses), *(fact for clause in clauses for fact in teller.told(clause))]
    told = [fact for fact in told if not _is_denied(fact, flat, clauses)]
    told += left_open(flat, clauses, usage, told)
    unique = {(fact.field, fact.key, fact.value, fact.section): fact for fact in sorted(told, key=lambda fact: -fact.line)}
    spoken_of = any(ONE_HOT.search(clause.text) for clause in clauses)
    any_targets = any(ANY_TARGETS.search(clause.text) for clause in clauses) or any(map(_is_another_total, flat.pieces))
    found = (*ranges, *_orders(flat), *sorted(unique.values(), key=lambda fact: fact.line))
    loss = next((match[0] for clause in clauses if (match := LOSSES.search(clause.text))), "")
    quoting = [(clause.text, [flat.pieces[int(place[2])].latex for place in PLACEHOLDER.finditer(clause.text)]) for clause in clauses]
    units = any(UNITS.search(text) and any(map(BOLD_ONE.search, quoted)) for text, quoted in quoting)
    convolves = any(CONVOLVES.search(clause.text) for clause in clauses)
    errors = [text for text, quoted in quoting if any(map(PREFIXED.match, quoted))]
    gradients = any(map(GRADIENTS.search, errors)) and not any(map(NO_GRADIENTS.search, errors))
    return Facts(found, conditions(flat, clauses), spoken_of, any_targets, loss, units, convolves, gradients)


BOLD_ONE = re.compile(r"\\(?:math(?:bf|bb|bbm|ds)|bold(?:symbol)?|bm|vec)\s*\{?\s*1")
UNITS = re.compile(r"\b(?:unit|one[\s-]hot|basis|mask|indicator|selects?|zero|random|entries|position|place)\b", re.I)
CONVOLVES = re.compile(
    r"\b(?:convolutions?|convolv\w+|(?:cross-?)?correlations?|conv(?:olutional)?[\s-]?(?:\dd)?(?:[\s-]layers?)?|kernels?|feature\s+maps?|filters?"
    r"|impulse\s+response|CNNs?)\b(?!\s+(?:neural\s+)?networks?)",
    re.I,
)
PREFIXED = re.compile(r"\s*\\delta\s*(?:\\(?:tilde|hat|bar|mathbf)\b|\\[A-Z]|[A-Za-z])")
#: What words call `\\delta h`.
GRADIENTS = re.compile(r"\b(?:gradients?|derivatives?|error\s+signals?)\b", re.I)
NO_GRADIENTS = re.compile(
    r"\b(?:minus|negative|descent|pre-?activations?|updates?|perturb\w*|variations?|small|changes?|increments?|tangents?|forward|shorthand"
    r"|differentials?|noise|directions?)\b"
    r"|(?<!(?:time|each|last|same|next|from)[ -])(?<!(?:at|of) )(?<!(?:any|all) )(?<!every )(?<!current )(?<!previous )\bsteps?\b",
    re.I,
)


#: Losses that words name.
LOSSES = re.compile(
    r"\b(?:cross[\s-]?entropy|squared?[\s-](?:error|loss)|MSE|BCE|NLL|log[\s-]?likelihood|(?:hinge|logistic|log|quadratic)[\s-](?:loss|cost)"
    r"|least\s+squares|residual\s+sum|kullback)\b",
    re.I,
)


#: Words by which targets or labels need not add up to 1.
ANY_TARGETS = re.compile(
    r"\b(?:need|needs|do|does|must|should|may|might)\s+not\s+(?:\w+\s+){0,2}?(?:sum|add)\b|\b(?:sum|add)s?\s+(?:up\s+)?to\s+(?:anything|another)"
    r"|\b(?:are|is|be)\s+not\s+(?:necessarily\s+)?normali[sz]ed|\b(?:un|non-?)normali[sz]ed\s+(?:targets?|labels?|weights?)"
    r"|\bmulti[\s-]hot|\b(?:two|several|many)\s+(?:\w+\s+)?ones\b"
    r"|\b(?:arbitrary|any)\s+(?:\w+[\s-]+){0,2}?(?:targets?|labels?|weights?|coefficients?)\b",
    re.I,
)


def _is_another_total(piece: Piece) -> bool:
    """`\\sum_k y_k = 2`"""
    pairs = [formula.sides for formula in piece.formulas if formula.relations == ("=",)]
    return any(isinstance(left, BigOperator) and isinstance(right, Number) and right.text != "1" for left, right in pairs)


#: Words by which targets are not one-hot, or need not be.
DENIED = re.compile(
    r"\b(?:not|never|no\s+longer|without|drop(?:s|ped|ping)?|relax\w*|beyond|instead\s+of|rather\s+than)\b[^.;]{0,60}\bone[\s-]hot\b"
    r"|n['’]t\b[^.;]{0,60}\bone[\s-]hot\b|\bone[\s-]hot\b[^.;]{0,40}\b(?:not|never|no\s+longer|dropped)\b"
    r"|\bmulti[\s-](?:label|hot)\b|\bregression\s+targets?\b",
    re.I,
)
SMOOTHED = re.compile(r"\b(?:soft|smoothed)\s+(?:labels?|targets?)\b|\blabel\s+smoothing\b", re.I)
ONE_HOT = re.compile(r"\bone[\s-]hot\b", re.I)
ARBITRARY = re.compile(
    r"\b(?:arbitrary|any|several|real|positive)\b[^.;]{0,30}\b(?:numbers?|values?|vectors?|entries|reals)\b|\breal[\s-]valued\b", re.I
)


def _is_denied(fact: Fact, flat: Flat, clauses: Iterable[Clause]) -> bool:
    """Whether words anywhere take back that a quantity is one-hot, or say that it is anything."""
    if fact.field != "assume" or not fact.value.startswith("one_hot"):
        return False
    name = fact.key.partition("_")[0].partition("^")[0]
    spoken = (c for c in clauses if ARBITRARY.search(c.text) and any(p.latex.startswith(name) for p in flat.found(c.text)))
    denied = DENIED if _is_smoothed_elsewhere(name, flat) else re.compile(f"{DENIED.pattern}|{SMOOTHED.pattern}", re.I)
    return any(denied.search(c.text) for c in clauses) or any(spoken)


def _is_smoothed_elsewhere(name: str, flat: Flat) -> bool:
    """Whether what is smooth has a name of its own: `q = (1 - \\epsilon) y + \\epsilon / K`."""
    for formula in (formula for piece in flat.pieces for formula in piece.formulas if len(formula.sides) == 2):
        left, right = formula.sides
        names = {node.name for node in walk(right) if isinstance(node, Symbol)}
        if isinstance(left, Symbol) and left.name != name and isinstance(right, Add) and name in names and not names & LOGARITHMS:
            return True
    return False


def _orders(flat: Flat) -> Iterator[Fact]:
    """`k \\in [1, \\dots, t]` and `t \\in [k, \\dots, T]` say that k is no later than t."""
    for start, line, section in flat.places:
        found = PLACEHOLDER.match(flat.text, start)
        bounds = flat.pieces[int(found[2])].bounds if found is not None else None
        if bounds is None or bounds.low == bounds.high:
            continue
        low, high = bounds.low, bounds.high
        if high is not None and high.name in COUNTING and not high.offset and not high.strict:
            yield Fact("orders", bounds.letter, f"{bounds.letter} \\le {high.name}", line, section)
        if low is not None and low.name in COUNTING and not low.offset and not low.strict:
            yield Fact("orders", bounds.letter, f"{low.name} \\le {bounds.letter}", line, section)


def _ranges(flat: Flat, clauses: Iterable[Clause], usage: Usage) -> Iterator[Fact]:
    """Ranges of letters that count steps or layers."""
    for clause in clauses:
        stated = [span.bounds for span in spans(clause.text, flat)]
        stated += [piece.bounds for piece in flat.found(clause.text) if piece.bounds is not None and piece.bounds not in stated]
        for bounds in stated:
            last = bounds.high.name if bounds.high else ""
            steps = bounds.letter in STEPS or last.partition("_")[0] in LAST_STEPS or STEP_WORDS.search(clause.text)
            # A document whose sums begin at 1 is careless where it says "for all t in 0, …, T".
            careless = bounds.low is not None and str(bounds.low) == "0" and bounds.letter in usage.from_one
            if steps and last not in COUNTING and not careless:
                yield Fact("ranges", bounds.letter, str(bounds), clause.line, clause.section, excerpt(flat, clause.text), bounds)
