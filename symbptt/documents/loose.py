"""Quantities that no equation of a model gives although the document says something of them: in code, by an arrow, for several at once.

They would be free, and then `∂L/∂h_t = ∇ℓ(h_t)` is true of a recurrent network whose recurrence was not understood. What differentiates by
a quantity of a step is not judged where a state may depend on earlier ones. Nor is what rests on s where only `s^2 = …` or `s^T = …` is
given.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from symbptt.documents.equations import left_key
from symbptt.documents.item import Entry
from symbptt.documents.understanding import Model
from symbptt.inference.frame import TIMES
from symbptt.inference.quantities import Names, Occurrence
from symbptt.inference.written import outside_scripts
from symbptt.latex.printer import to_latex
from symbptt.latex.syntax import Call, Derivative, Formula, Number, Symbol, walk
from symbptt.problem import Problem

NAME = r"(?:\\[a-zA-Z]+\{\\?[A-Za-z]+\}|\\[a-zA-Z]+|[A-Za-z])"
#: A name at another step than the one at hand.
SHIFTED = re.compile(rf"({NAME})\s*(?:_|\^)\s*\{{\s*\(?\s*[a-z]\s*[-+]\s*\d\s*\)?\s*\}}")
INDEXED = re.compile(rf"({NAME})\s*(?:_|\^)\s*(?:\{{\s*\(?\s*[a-z]\s*\)?\s*\}}|[a-z])")
RELATION = re.compile(r":=|=:|=|\\(?:leftarrow|gets|mapsto|to|sim|equiv|triangleq|coloneqq|longmapsto|rightarrow)(?![A-Za-z])|[←:≔→↦∼]")
DERIVED = re.compile(r"\\(?:partial|nabla)(?![A-Za-z])|\\frac\s*\{\s*\\?d(?:elta)?|'|\\prime|\\delta|\\bar")
#: Inputs and targets, which are free at every step by the convention of the field.
INPUTS = frozenset("xuy")
#: States, which are not.
STATES = frozenset("hsc")
TIME = frozenset({"t", "\\tau"})
#: Gates, which depend on them.
GATES = frozenset("ifog")
FONT = re.compile(r"\\[a-zA-Z]+\{\\?([A-Za-z]+)\}")
SAID = "`{}` says something of `{}` that is not used as an equation; write it as one of `{}` alone"
ELSEWHERE = "`{0}` is met at other steps, and no equation says what it is; give one"
NOT_GIVEN = "no equation says what the state `{}` is; give one"
GATE = "no equation says what `{}` is, which may depend on earlier states; give one"
POWER = "`{}` is defined, and `{}` is used; give an equation of that"


def loose_names(entries: Sequence[Entry]) -> dict[str, str]:
    """Names of which formulas that are no equations say something, each with such a formula; empty where they are only met."""
    used = {formula for entry in entries for _, formula in entry.known}
    found: dict[str, str] = {}
    for entry in entries:
        latex = entry.item.latex
        for match in SHIFTED.finditer(latex):
            found.setdefault(match[1], "")
        if entry.item.role == "definition" or entry.formula in used or DERIVED.search(latex):
            continue
        if (relation := RELATION.search(latex)) is not None:
            backwards = relation[0] == "=:"
            side = latex[relation.end() :] if backwards else latex[: relation.start()]
            found |= {match[1]: latex for match in INDEXED.finditer(side)}
    return {name: latex for name, latex in found.items() if _plain(name) not in INPUTS}


def _plain(name: str) -> str:
    """h of `\\mathbf{h}`."""
    font = FONT.fullmatch(name)
    return font[1] if font is not None else name


def unsaid(problem: Problem, entry: Entry, model: Model, trees: Sequence[Formula], loose: Mapping[str, str]) -> str:
    """Why a claim that rests on equations, `trees`, may speak of a quantity that is free only because nothing was understood of it."""
    if entry.formula is None or model.names is None:
        return ""
    names = model.names
    all_trees = [entry.formula, *trees]
    derivatives = [node for node in walk(*all_trees) if isinstance(node, Derivative)]
    if not derivatives:
        return ""
    known = (*trees, *model.definitions.values(), *model.fixed)
    made = {left_key(tree, names) for tree in known if not _power_of(tree)}
    made |= {names.quantity_of(given.equation.partition(" = ")[0]) for given in problem.given if given not in model.definitions}
    if said := _of_a_power(all_trees, made, names):
        return said
    by = [wrt for node in derivatives for wrt in node.wrt if (found := names.of(wrt)) is not None and _runs(found)]
    if not by:
        return ""
    for wrt in by:
        found = names.of(wrt)
        assert found is not None
        timed = not TIME.isdisjoint(found.quantity.letters)
        if timed and isinstance(wrt, Symbol) and _plain(wrt.name) in STATES and found.quantity.key not in made | model.elsewhere:
            return NOT_GIVEN.format(to_latex(wrt))
    left = [wrt for node in walk(entry.formula.sides[0]) if isinstance(node, Derivative) for wrt in node.wrt]
    of_a_state = any(isinstance(wrt, Symbol) and _plain(wrt.name) in STATES for wrt in left)
    for node in _quantities(all_trees):
        found = names.of(node)
        if found is None or not _runs(found) or found.quantity.key in made | model.elsewhere:
            continue
        if of_a_state and _plain(node.name) in GATES:
            return GATE.format(to_latex(node))
        if node.name not in loose:
            continue
        latex, shown = loose[node.name], to_latex(node)
        return SAID.format(" ".join(latex.split())[:200], shown, shown) if latex else ELSEWHERE.format(shown)
    return ""


def _runs(found: Occurrence) -> bool:
    """Whether a quantity has steps of time; layers are another matter, for weights have them."""
    return not TIMES.isdisjoint(found.quantity.letters)


def _quantities(trees: Iterable[Formula]) -> Iterator[Symbol]:
    for node in (node for tree in trees for side in tree.sides for node in outside_scripts(side)):
        if isinstance(node, Symbol):
            yield node
        elif isinstance(node, Call):
            yield node.function


def _of_a_power(trees: Sequence[Formula], made: set[str], names: Names) -> str:
    """A name that is free where its square or its transpose has an equation: `r` of `r^2 = x^T x`."""
    bases = {names.quantity_of(base): tree.sides[0] for tree in trees if (base := _power_of(tree))}
    for node in _quantities(trees):
        found = names.of(node)
        if found is not None and found.quantity.key in bases and found.quantity.key not in made and node != bases[found.quantity.key]:
            return POWER.format(to_latex(bases[found.quantity.key]), to_latex(node))
    return ""


def _power_of(tree: Formula) -> str:
    """`s` of `s^2 = …` and of `s^T = …`; empty for other equations."""
    left = tree.sides[0]
    if not isinstance(left, Symbol) or isinstance(tree.sides[-1], Derivative):
        return ""
    kept = tuple(script for script in left.scripts if script.kind != "sup" or not _is_power(script.body))
    return to_latex(Symbol(left.name, kept)) if len(kept) < len(left.scripts) else ""


def _is_power(node: object) -> bool:
    return (isinstance(node, Number) and node.text == "2") or (isinstance(node, Symbol) and node.name in ("T", "\\top"))
