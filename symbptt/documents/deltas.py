"""`δ_{ij} = 1 if i = j and 0 otherwise`: the Kronecker delta, which the reader knows, is no quantity of a model."""

from __future__ import annotations

import re

from symbptt.documents.names import COMPONENT_LETTERS
from symbptt.latex.syntax import Cases, Comparison, Formula, Node, Number, Symbol
from symbptt.reading.scope import script_items

#: Words behind `δ_{ij} = 1` and `δ_{ij} = 0` by which they say it in two formulas.
EQUAL = re.compile(r"\s*,?\s*(?:if|when|for|where|whenever)\s*⟨\s*(\w)\s*=\s*(\w)\s*⟩")
UNEQUAL = re.compile(r"\s*,?\s*(?:(?:if|when|for|where|whenever)\s*⟨\s*(\w)\s*\\neq?\s*(\w)\s*⟩|otherwise\b|else(?:where)?\b)")
OTHERWISE = re.compile(r"\b(?:otherwise|else)\b[^.;⟨⟩]{0,20}\Z")
#: Words in front of a comparison of two letters that say when something holds.
HELD = re.compile(r"\b(?:if|when|whenever|unless)\s*\Z")


def is_kronecker(formula: Formula, before: str, behind: str) -> bool:
    """Whether a formula says of `δ_{ij}` no more than that it is 1 where the two are the same and 0 elsewhere."""
    pair = _pair(formula.sides[0])
    if pair is None or len(formula.sides) != 2 or formula.relations[0] not in ("=", ":=", "\\equiv"):
        return False
    right = formula.sides[1]
    if isinstance(right, Cases):
        values = [(value, _same(condition, pair)) for value, condition in right.branches]
        return formula.condition is None and sorted((_digits(value), same) for value, same in values) in (
            [("0", "no"), ("1", "yes")],
            [("0", "else"), ("1", "yes")],
            [("0", "no"), ("1", "else")],
        )
    if not isinstance(right, Number) or right.text not in ("0", "1"):
        return False
    if formula.condition is not None:
        return _same(formula.condition, pair) == ("yes" if right.text == "1" else "no")
    found = (EQUAL if right.text == "1" else UNEQUAL).match(behind)
    if found is None:
        return right.text == "0" and OTHERWISE.search(before) is not None
    return found[1] is None or set(found.groups()) == set(pair)


def compares_letters(formula: Formula, before: str) -> bool:
    """`i = j` behind "if": when something holds, not what i is."""
    letters = [side.name for side in formula.sides if isinstance(side, Symbol) and not side.scripts and not side.primes]
    counting = len(letters) == len(formula.sides) == 2 and not COMPONENT_LETTERS.isdisjoint(letters)
    counting = counting and all(len(letter) == 1 and letter.islower() for letter in letters)
    return counting and formula.relations == ("=",) and HELD.search(before) is not None


def _digits(node: Node) -> str:
    """The digits of a number; empty for anything else."""
    return node.text if isinstance(node, Number) else ""


def _pair(left: Node) -> tuple[str, str] | None:
    """The letters of `δ_{ij}`."""
    if not isinstance(left, Symbol) or left.name != "\\delta" or left.primes or [script.kind for script in left.scripts] != ["sub"]:
        return None
    items = [item.name for item in script_items(left.scripts[0]) if isinstance(item, Symbol) and not item.scripts and not item.primes]
    return (items[0], items[1]) if len(items) == 2 and items[0] != items[1] and len(script_items(left.scripts[0])) == 2 else None


def _same(condition: Node | None, pair: tuple[str, str]) -> str:
    """`yes` for i = j, `no` for i ≠ j, `else` without a condition; empty for another one."""
    if condition is None:
        return "else"
    if not isinstance(condition, (Comparison, Formula)) or len(condition.sides) != 2:
        return ""
    letters = {side.name for side in condition.sides if isinstance(side, Symbol) and not side.scripts}
    if letters != set(pair):
        return ""
    return {"=": "yes", "\\ne": "no", "\\neq": "no"}.get(condition.relations[0], "")
