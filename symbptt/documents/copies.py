"""Copies of a parameter that nothing introduces: `\\sum_k ∂L/∂W^{(k)}` beside equations with W alone is over what each step uses of W.

What is true so is conditional on it, and what is false so may be meant otherwise: `W^{(k)}` may count iterations or layers.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from symbptt.documents.item import Entry
from symbptt.inference.written import outside_scripts
from symbptt.latex.printer import to_latex
from symbptt.latex.syntax import BigOperator, Comparison, Derivative, Formula, Script, Symbol, walk
from symbptt.problem import Given

#: Letters that count steps as an index below, where others may count entries.
STEPS = frozenset({Symbol("t"), Symbol("\\tau")})
COPY = "`{}` is what a step uses of `{}`"
UNSAID = "nothing says what `{}` is; write `{} = {}` if it is a copy of the parameter"


def with_copies_supposed(entries: Sequence[Entry]) -> list[Entry]:
    """The entries with the equations `W^{(k)} = W` on which sums over derivatives by copies rest."""
    claims = [entry.formula for entry in entries if entry.formula is not None and entry.item.role == "claim"]
    known = {formula for entry in entries for _, formula in entry.known}
    met = {node for formula in known for node in outside_scripts(formula) if isinstance(node, Symbol)}
    made = {formula.sides[0] for formula in known}
    found: dict[Symbol, Symbol] = {}
    for copy, script in (pair for claim in claims for pair in _summed_by(claim)):
        own = replace(copy, scripts=tuple(other for other in copy.scripts if other is not script))
        forms = {(node.name, other.kind, other.bracket) for node in met for other in node.scripts if other not in own.scripts}
        counts = script.bracket == "(" if script.kind == "sup" else script.body in STEPS and not script.bracket
        if counts and own in met - made and (copy.name, script.kind, script.bracket) not in forms:
            found.setdefault(own, copy)
    return [_with(entry, found) for entry in entries] if found else list(entries)


def _summed_by(claim: Formula) -> Iterable[tuple[Symbol, Script]]:
    """What a claim differentiates by under a sum, with the script that holds the letter of the sum."""
    for node in walk(claim):
        if not isinstance(node, BigOperator) or node.operator != "\\sum":
            continue
        lower = node.lower.sides[0] if isinstance(node.lower, Comparison) else node.lower
        for inner in walk(node.body):
            for by in inner.wrt if isinstance(inner, Derivative) else ():
                scripts = [script for script in by.scripts if script.body == lower] if isinstance(by, Symbol) else []
                if len(scripts) == 1 and isinstance(by, Symbol) and isinstance(lower, Symbol):
                    yield by, scripts[0]


def _with(entry: Entry, copies: dict[Symbol, Symbol]) -> Entry:
    """An entry with the equations of copies of what its equations mention; a claim that mentions copies is told so."""
    mentioned = {node for _, formula in entry.known for node in outside_scripts(formula)}
    new = [(Given(f"{to_latex(copy)} = {to_latex(own)}"), Formula((copy, own), ("=",))) for own, copy in copies.items() if own in mentioned]
    problem = entry.item.problem
    if not new:
        return entry
    if problem is not None:
        problem = replace(problem, given=(*problem.given, *(given for given, _ in new)))
        names = {(node.name, len(node.scripts)) for node in walk(entry.formula) if isinstance(node, Symbol)} if entry.formula else set()
        for _, formula in new:
            copy, own = formula.sides
            assert isinstance(copy, Symbol)
            if entry.item.role == "claim" and (copy.name, len(copy.scripts)) in names:
                said = tuple(map(to_latex, (copy, own)))
                problem = replace(problem, readings=(*problem.readings, COPY.format(*said)))
                entry = replace(entry, doubt=entry.doubt or UNSAID.format(said[0], *said))
    return replace(entry, known=(*entry.known, *new), item=replace(entry.item, problem=problem))
