"""What words leave open of σ, which is the logistic function where nothing is said: `\\sigma` beside "a nonlinearity such as ReLU".

Then σ is any activation: what holds for the logistic function alone is not decided.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator

from symbptt.documents.prose_rules import ACTIVATIONS
from symbptt.documents.prose_shapes import Usage
from symbptt.documents.prose_teller import Fact, excerpt
from symbptt.documents.prose_text import Clause, Flat
from symbptt.reading.calls import KNOWN_NAMES

SIGMA = "\\sigma"
#: The value of such a fact.
OPEN = "open"
SAID_OPEN = (
    "the words speak of another activation (`{}`), and `{}` is the logistic function where nothing is said; state it under `functions`"
)
#: Words for the logistic function.
LOGISTIC = re.compile(r"\b(?:sigmoid(?:s|al)?|logistic)\b", re.I)
#: A function like it, which is another one.
CHANGED = re.compile(
    r"\b(?:bipolar|hard|scaled|shifted|steep\w*|symmetric|modified|twice|half|two\s+times|double)[\s-]+(?:the\s+)?(?:\w+\s+)?(?:sigmoid\w*|logistic)\b"
    r"|\b(?:sigmoid\w*|logistic)(?:\s+(?:function|activation|unit|curve)){0,2}\s*(?:⟨[a-z]\d+⟩\s*)?(?:of|with\s+(?:an?\s+|the\s+)?(?:slope|steepness|gain|temperature|scale)"
    r"|scaled|shifted|stretched|times|multiplied|divided|with\s+values|between|ranging|from)\s+(?:\w+\s+){0,2}(?:⟨|-?\d|(?:two|three|half|ten)\b)",
    re.I,
)
#: Words of a sentence that says of something else, or of nothing for certain, that it is the logistic function.
OTHERWISE = re.compile(
    r"\b(?:not|unlike|usually|often|instead|rather|but|such\s+as|like|can|could|may|might|any|arbitrary|either|or|e\s*\.?\s*g)\b|\blog-?\s*sigmoid",
    re.I,
)
#: Words for other activations, each with a name by which formulas may call it.
OTHERS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (name, re.compile(rf"(?<![\w-])(?:{words})\b", re.I))
    for name, words in (
        ("tanh", ACTIVATIONS["tanh"]),
        ("relu", rf"(?:leaky\s+|parametric\s+)?re-?lus?|{ACTIVATIONS['relu']}|rectified|lrelu|prelu"),
        ("softplus", ACTIVATIONS["softplus"]),
        ("sin", r"sines?|sinusoid\w*"),
        ("exp", r"exponential\s+(?:activation|nonlinearity|units?)"),
        ("", r"elus?|selus?|gelus?|silus?|swish|mish|softsign|arctan(?:gent)?|arc\s?tangent|error\s+function|erf|maxout"),
        (
            "",
            r"(?:gaussian|threshold|heaviside|(?:binary\s+)?step|sign|linear|identity)\s+(?:activation|nonlinearity|units?|neurons?|functions?)",
        ),
        (
            "",
            r"⟨[sf]\d+⟩\s*,?\s*(?:is|be|denotes|means|stands\s+for|:)\s+(?:an?\s+|the\s+)?(?:linear|gaussian|quadratic|polynomial|periodic)",
        ),
        ("", r"(?:some|any|an?)\s+(?:\w+\s+){0,2}?(?:non-?\s?linear\s+(?:activation\s+)?function|non-?\s?linearity)"),
        ("", r"(?:activation|non-?linearity)\s+(?:\w+\s+)?(?:such\s+as|like|e\s*\.?\s*g)"),
    )
)
#: A sentence that is about σ, or about what is applied to every unit.
ABOUT = re.compile(r"\b(?:activations?|non-?\s?linear\w*|units?|neurons?|squash\w*|transfer\s+function)\b", re.I)


def left_open(flat: Flat, clauses: Iterable[Clause], usage: Usage, told: Collection[Fact]) -> Iterator[Fact]:
    """The facts that say that a name may be any activation: σ, and a name of no known function that words call after one."""
    said = {fact.key for fact in told if fact.field == "functions" and fact.value != "elementwise"}
    clauses = tuple(clauses)
    is_logistic = any(LOGISTIC.search(CHANGED.sub(" ", one.text)) and not OTHERWISE.search(one.text) for one in clauses)
    called = {KNOWN_NAMES.get(name, "") for name in usage.called} - {""}
    for clause in clauses:
        symbols = {piece.latex for piece in flat.found(clause.text)} & usage.called
        changed = CHANGED.search(clause.text)
        others = [(name, found) for name, pattern in OTHERS if (found := pattern.search(clause.text))]
        for name in sorted(symbols - KNOWN_NAMES.keys() - said):
            if found := next((found for _, found in others), LOGISTIC.search(clause.text)):
                yield Fact("functions", name, OPEN, clause.line, clause.section, excerpt(flat, found[0]))
        if SIGMA not in usage.called or SIGMA in said:
            continue
        named = SIGMA in symbols
        unsure = OTHERWISE.search(clause.text) if named and LOGISTIC.search(clause.text) else None
        others = [(name, found) for name, found in others if named or name not in called]
        spoken = next((found for _, found in others), None) if not is_logistic and (named or ABOUT.search(clause.text)) else None
        found = changed or unsure or spoken
        if found is not None:
            yield Fact("functions", SIGMA, OPEN, clause.line, clause.section, excerpt(flat, found[0]))
