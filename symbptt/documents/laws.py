"""Laws of algebra that words state for any letters: "given vectors `a`, `b` and `c`, `a ∘ (b + c) = a ∘ b + a ∘ c`".

The letters mean nothing else there, whatever the document uses them for: the law is judged for all vectors, matrices or numbers.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from symbptt.inference.frame import Stated, infer_frame
from symbptt.inference.quantities import outside_scripts
from symbptt.latex.parser import ParseError, parse_expression
from symbptt.latex.syntax import Call, Derivative, Formula, Number, Symbol
from symbptt.problem import Problem
from symbptt.reading.calls import KNOWN_NAMES
from symbptt.reading.scope import shape_parts

KINDS: Mapping[str, str] = MappingProxyType(
    {"vector": "vector", "matrix": "matrix", "matrices": "matrix", "scalar": "scalar", "number": "scalar"}
)
NAMES = r"(?:⟨[^⟨⟩]{1,60}⟩(?:\s*,?\s*(?:and\s+|,\s*)?(?=⟨))?)+"
GROUP = rf"(?:two\s+|three\s+|arbitrary\s+|an?\s+|real\s+|column\s+)*(?:vectors?|matrices|matrix|scalars?|numbers?)\s+{NAMES}"
#: The whole end of a sentence, so that nothing else is said of the letters.
QUANTIFIED = re.compile(
    rf"\b(?:given|for|let)\s+(?:any\s+|all\s+|every\s+)?(?P<groups>{GROUP}(?:\s*,?\s*(?:and\s+)?{GROUP})*)\s*"
    r"(?:,?\s*(?:we\s+have|it\s+holds(?:\s+that)?|the\s+following\s+holds))?\s*[,:]?\s*\Z",
    re.I,
)
KIND = re.compile(r"\b(vector|matri(?:x|ces)|scalar|number)s?\s+(?=⟨)|⟨([^⟨⟩]*)⟩", re.I)


def quantified(sentence: str) -> dict[str, str]:
    """The letters that a sentence speaks of before a law, each with its kind; empty where it says more, or says it of no plain letters."""
    match = QUANTIFIED.search(sentence)
    found: dict[str, str] = {}
    kind = ""
    for word, latex in KIND.findall(match["groups"]) if match is not None else ():
        kind = KINDS[word.lower()] if word else kind
        for part in latex.split(",") if latex else ():
            try:
                name = parse_expression(part.strip())
            except ParseError:
                return {}
            if not isinstance(name, Symbol) or name.scripts or name.primes or not kind:
                return {}
            found[name.name] = kind
    return found


def law(problem: Problem, formula: Formula, letters: Mapping[str, str]) -> Problem | None:
    """The problem of a law about letters alone; None where it speaks of anything else, or its sides fit no shapes of these kinds."""
    nodes = [node for side in formula.sides for node in outside_scripts(side)]
    symbols = [node for node in nodes if isinstance(node, Symbol)]
    calls = {node.function.name for node in nodes if isinstance(node, Call)}
    met = {symbol.name for symbol in symbols} | (calls - set(KNOWN_NAMES))
    if not met or not met <= letters.keys() or any(isinstance(node, (Derivative, Number)) for node in nodes):
        return None
    kinds = {name: kind for name, kind in letters.items() if name in met}
    inferred = infer_frame([formula], [], Stated(kinds=kinds))
    if any(_kind(inferred.shapes.get(name, "")) != kind for name, kind in kinds.items()):
        return None
    shapes = {name: inferred.shapes[name] for name in kinds}
    return replace(problem, given=(), shapes=shapes, functions={}, assume=(), inferred=dict.fromkeys(kinds, True), doubt="")


def _kind(shape: str) -> str:
    if not shape:
        return ""
    parts = shape_parts(shape)
    return "scalar" if parts is None else "vector" if len(parts) == 1 else "matrix"
