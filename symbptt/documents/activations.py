"""What words leave open of σ, which is the logistic function where nothing is said: `\\sigma` beside "a nonlinearity such as ReLU".

Then σ is any activation: what holds for the logistic function alone is conditional on it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator

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
    r"|with\s+values|between|ranging|from)\s+(?:\w+\s+){0,2}(?:⟨|-?\d)",
    re.I,
)
#: Words for other activations, each with a name by which formulas may call it.
OTHERS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (name, re.compile(rf"(?<![\w-])(?:{words})\b", re.I))
    for name, words in (
        ("tanh", r"tanh|hyperbolic\s+tangents?"),
        ("relu", r"(?:leaky\s+|parametric\s+)?re-?lus?|rectifi(?:ed|ers?)(?:\s+linear)?|lrelu|prelu"),
        ("softplus", r"softplus"),
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
    """The facts that say that σ may be any activation."""
    if SIGMA not in usage.called or any(fact.field == "functions" and fact.key == SIGMA for fact in told):
        return
    clauses = tuple(clauses)
    plain = any(LOGISTIC.search(CHANGED.sub(" ", clause.text)) for clause in clauses)
    called = {KNOWN_NAMES.get(name, "") for name in usage.called} - {""}
    for clause in clauses:
        named = any(piece.latex.startswith(SIGMA) for piece in flat.found(clause.text))
        changed = CHANGED.search(clause.text)
        others = (found for name, pattern in OTHERS if (named or name not in called) and (found := pattern.search(clause.text)))
        found = changed or (next(others, None) if not plain and (named or ABOUT.search(clause.text)) else None)
        if found is not None:
            yield Fact("functions", SIGMA, OPEN, clause.line, clause.section, excerpt(flat, found[0]))
