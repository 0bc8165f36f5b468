"""`X = X + D` and `X += D` where `notation.update` says that X accumulates: what it claims of D."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from ..latex import syntax as s
from ..latex.printer import to_latex
from .choices import Unsupported
from .declare import Parsed, step_letters
from .elaborate import elaborate
from .reader import Reader
from .scope import Scope
from .tidy import filled

ASSIGNMENTS = frozenset({"=", ":=", "\\leftarrow", "\\gets"})
SIGNS = {"+=": "+", "-=": "-"}
SHARE, WHOLE = "the share of each step", "the sum over all steps"


def increment_of(formula: s.Formula) -> s.Node | None:
    """D of `X = X + D`, `X \\leftarrow X + D`, `X += D` and `X -= -D`; None for any other formula."""
    if len(formula.sides) != 2:
        return None
    left, right = formula.sides
    relation = formula.relations[0]
    if relation in SIGNS:
        return right if relation == "+=" else s.Add((("-", right),), span=right.span)
    if relation not in ASSIGNMENTS or not isinstance(right, s.Add):
        return None
    rest = tuple(term for term in right.terms if term != ("+", left))
    if len(rest) != len(right.terms) - 1 or not rest:
        return None
    return rest[0][1] if len(rest) == 1 and rest[0][0] == "+" else replace(right, terms=rest)


def settled(formula: s.Formula, parsed: Parsed, reader: Reader) -> s.Formula:
    """The claim about the increment that an update of an accumulator makes; any other formula as it is.

    Where X is given as a sum over the steps, D is the term of its step; else the terms of all steps add up to X. That they do not
    refutes nothing, for another update may add the rest.
    """
    added = increment_of(formula) if reader.notation.accumulates else None
    if added is None:
        return formula
    target = formula.sides[0]
    definition = next((g.formula.sides[1] for g in parsed.given if g.formula.sides[0] == target and len(g.formula.sides) > 1), None)
    if definition is None:
        message = f"`{to_latex(target)}` accumulates, but no equation of its own says what is in it at the end; it cannot be told"
        raise Unsupported(message, formula.span)
    letter = _step_of(added, reader, formula)
    share = _share(definition, letter, parsed)
    meaning = reader.choose(f"`{to_latex(target)}` accumulates (`update`)", (SHARE, WHOLE) if share is not None else (WHOLE,))
    if share is not None and meaning == SHARE:
        return replace(formula, sides=(share, added), relations=("=",))
    low, high = parsed.ranges[letter]
    bound = s.Comparison((s.Symbol(letter), parsed.expression(low)), ("=",))
    whole = s.BigOperator("\\sum", bound, parsed.expression(high), added, span=added.span)
    if share is None:
        parsed.doubts.append(f"the increments shown do not add up to `{to_latex(target)}`; another update may add the rest")
    return replace(formula, sides=(target, whole), relations=("=",))


def _step_of(added: s.Node, reader: Reader, formula: s.Formula) -> str:
    """The one index of a step that an increment leaves free."""
    scope = Scope(reader.letters)
    elaborate(added, reader, scope)
    steps = [letter for letter in step_letters(reader.letters) if letter in scope.free]
    if len(steps) != 1:
        raise Unsupported("an update is read as a claim where its increment depends on one step index", formula.span)
    return steps[0]


def _share(definition: s.Node, letter: str, parsed: Parsed) -> s.Node | None:
    """The term of step `letter` of a sum over all steps."""
    if not isinstance(definition, s.BigOperator) or definition.operator != "\\sum" or definition.lower is None:
        return None
    running = definition.lower.sides[0] if isinstance(definition.lower, s.Comparison) else definition.lower
    if not isinstance(running, s.Symbol) or not _over_all(definition, letter, parsed):
        return None
    return filled(definition.body, {running.name: s.Symbol(letter)})


def _over_all(sum_: s.BigOperator, letter: str, parsed: Parsed) -> bool:
    """Whether a sum runs over the declared range of a letter."""
    if not isinstance(sum_.lower, s.Comparison) or sum_.upper is None:
        return sum_.upper is None and sum_.lower == s.Symbol(letter)
    ends: Iterable[s.Node] = (parsed.expression(end) for end in parsed.ranges[letter])
    return sum_.lower.relations == ("=",) and (sum_.lower.sides[1], sum_.upper) == tuple(ends)
