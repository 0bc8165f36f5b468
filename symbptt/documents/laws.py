"""What a sentence says of letters in its own formula alone.

- Laws of algebra: "given vectors `a`, `b` and `c`, `a ∘ (b + c) = a ∘ b + a ∘ c`" is judged for all vectors, whatever else the
  document uses the letters for.
- Functions taken as an example: "if `f(x) = x^2`, then `f([2; 3]) = [4; 9]`". No other formula is judged with them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from symbptt.inference.frame import Stated, infer_frame
from symbptt.inference.written import outside_scripts
from symbptt.latex.parser import ParseError, parse, parse_expression
from symbptt.latex.printer import to_latex
from symbptt.latex.syntax import Call, Derivative, Formula, Number, Symbol, walk
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
FORMULA = re.compile(r"⟨([^⟨⟩]{1,300})⟩")
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


def exemplified(sentence: str) -> dict[str, str]:
    """Functions of which a sentence says what they are, with their equations; none where one of them is said twice."""
    found: dict[str, str] = {}
    for latex in FORMULA.findall(sentence):
        try:
            formulas = parse(latex)
        except ParseError:
            continue
        left = formulas[0].sides[0] if len(formulas) == 1 and formulas[0].relations == ("=",) else None
        if not isinstance(left, Call) or left.bracket != "(" or len(left.args) != 1 or left.function.scripts or left.function.primes:
            continue
        (argument,) = left.args
        inside = {node.name for node in walk(*formulas[0].sides[1:]) if isinstance(node, Symbol)} - set(KNOWN_NAMES) - {"e", "\\pi"}
        if not isinstance(argument, Symbol) or argument.scripts or not inside <= {argument.name} or left.function.name in KNOWN_NAMES:
            continue
        if found.setdefault(left.function.name, latex) != latex:
            return {}
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


def with_examples(problem: Problem, formula: Formula, functions: Mapping[str, str]) -> Problem:
    """A problem with the functions of its sentence that are applied in it, where it rests on no equation that speaks of them."""
    calls = {node.function.name for node in walk(*formula.sides) if isinstance(node, Call)}
    used = {name: equation for name, equation in functions.items() if name in calls}
    same = {" = ".join(map(to_latex, parse(equation)[0].sides)) for equation in used.values()}
    given = tuple(one for one in problem.given if one.equation not in same)
    spoken = any(re.search(rf"{re.escape(name)}(?![A-Za-z])", one.equation) for name in used for one in given)
    return problem if spoken else replace(problem, given=given, functions={**problem.functions, **used})


def _kind(shape: str) -> str:
    if not shape:
        return ""
    parts = shape_parts(shape)
    return "scalar" if parts is None else "vector" if len(parts) == 1 else "matrix"
