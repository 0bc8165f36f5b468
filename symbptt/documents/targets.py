"""Targets that words call one-hot and that claims alone mention: beside `L = -\\ln p_c` their 1 is at c; else nothing is known of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from symbptt.inference.labels import labels_in
from symbptt.latex.syntax import Cases, Comparison, Formula, Symbol, walk
from symbptt.problem import Given, Problem

AT_LABEL = "`{}` is 1 at `{}` and 0 elsewhere"
UNSHOWN = "`{}` chooses an entry of what the loss is of, and the claim does not show it; write the claim with it"


def with_target(problem: Problem, formula: Formula, trees: Iterable[Formula]) -> Problem:
    """A claim without what words assume of names that its equations do not know, such a target being defined by the label of the loss."""
    known = tuple(trees)
    labels = labels_in(known)
    met = {node.name for tree in (*known, formula) for node in walk(tree) if isinstance(node, Symbol)}
    declared = {node.name for tree in known for node in walk(tree) if isinstance(node, Symbol)} | problem.shapes.keys()
    for fact in problem.assume:
        name = fact.get("one_hot", "") if isinstance(fact, Mapping) else ""
        if not name or Symbol(name) != _plain(name) or name in declared:
            continue
        problem = replace(problem, assume=tuple(other for other in problem.assume if other is not fact))
        if len(labels) == 1 and name in met:
            ((label, own),) = labels.items()
            letter = next(letter for letter in "kijmpq" if letter != label)
            equation = Given(f"{name}_{{{letter}}} = \\delta_{{{letter} {label}}}")
            shapes = {**problem.shapes, name: problem.shapes[own.name]} if own.name in problem.shapes else problem.shapes
            said = AT_LABEL.format(name, label)
            problem = replace(problem, given=(*problem.given, equation), shapes=shapes, readings=(*problem.readings, said))
    alike = {
        own: problem.shapes[labels[label].name] for own, label in _compared(known) if labels.get(label, Symbol("")).name in problem.shapes
    }
    if alike:
        problem = replace(problem, shapes={**problem.shapes, **{own: shape for own, shape in alike.items() if own in problem.shapes}})
    shown = {letter for node in walk(formula) if isinstance(node, Symbol) and len(node.name) <= 2 for letter in node.name}
    hidden = next((label for label in labels if label not in shown), "")
    return replace(problem, doubt=problem.doubt or UNSHOWN.format(hidden)) if hidden else problem


def _compared(trees: Iterable[Formula]) -> Iterator[tuple[str, str]]:
    """The vectors whose entries are told apart by a letter, with that letter: t and c of `t_j = 1 if j = c, else 0`."""
    for tree in trees:
        left = tree.sides[0]
        if len(tree.sides) != 2 or not isinstance(tree.sides[1], Cases) or not isinstance(left, Symbol):
            continue
        own = [script.body for script in left.scripts if script.kind == "sub"]
        for condition in (found for _, found in tree.sides[1].branches if isinstance(found, Comparison) and len(found.sides) == 2):
            for one, other in (condition.sides, condition.sides[::-1]):
                if [one] == own and isinstance(other, Symbol):
                    yield left.name, other.name


def _plain(name: str) -> Symbol | None:
    """A name without scripts."""
    return None if set(name) & set("_^(") else Symbol(name)
