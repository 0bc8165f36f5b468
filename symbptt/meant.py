"""A claim judged once more, as its author may have meant it: what is true only so is conditional on it, or unknown."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace

from .latex.syntax import Derivative, Formula, Symbol, walk
from .problem import Problem
from .reading.declare import parse_problem
from .reading.scope import shape_parts
from .undifferentiated import undifferentiated
from .verdict import Verdict, verdict_of

#: How a problem is judged.
Judge = Callable[[Problem], Verdict]

#: A letter that counts two axes of no related length may be two letters to its author.
TWO_THINGS = re.compile(r"runs over 1\.\.\w+ and over an axis of size [a-z](?!\w)")


#: What the message of a claim begins with that a doubt keeps from being refuted.
FALSE_AS_READ = "false as it was read, but "


def as_respelled(problem: Problem, verdict: Verdict) -> Verdict:
    """What is true where two spellings mean one thing is true on that condition, and what is false then may be true as it is printed."""
    if verdict.verdict not in ("proved", "verified", "conditional"):
        return verdict_of(problem, "unknown", verdict.message)
    return _on_condition(verdict, problem.respelled)


def _on_condition(verdict: Verdict, condition: str, said: str = "") -> Verdict:
    """What is true on one more condition, `said` in the message where that is shorter."""
    plain = verdict.verdict != "conditional"
    message = f"{verdict.message.replace('equal', 'true', 1)} if {said or condition}" if plain else f"{verdict.message}; {condition}"
    return replace(verdict, verdict="conditional", assumptions=(*verdict.assumptions, condition), message=message)


def before_differentiating(problem: Problem, verdict: Verdict, judged: Judge) -> Verdict:
    """What is not decided of derivatives for want of an equation, where both sides are derivatives of what is equal anyway."""
    found = undifferentiated(problem)
    before = judged(replace(found.problem, readings=())) if found is not None else None  # whose condition is told of the whole
    if found is None or before is None or before.verdict not in ("proved", "verified"):
        return verdict
    links = tuple(replace(link, latex=text) for link, text in zip(before.links, found.links, strict=False))
    reading = f"by `{found.by}`, whatever depends on it: `{found.problem.claim}` before both sides are differentiated"
    return replace(before, latex=verdict.latex, links=links, reading=(*before.reading, reading))


def without_stale(problem: Problem, verdict: Verdict, judged: Judge) -> Verdict:
    """What is false with an equation of an earlier section, where it is true of anything in the place of what that equation defines."""
    given = tuple(given for given in problem.given if given not in problem.stale)
    found = judged(replace(problem, given=given, doubt="", stale=()))
    if found.verdict not in ("proved", "verified", "conditional"):
        return verdict
    names = ", ".join(f"`{given.equation.partition(' = ')[0]}`" for given in problem.stale)
    return _on_condition(found, f"reading: {names} free, and not what line {problem.stale[0].line} defines")


def where_supposed(problem: Problem, verdict: Verdict, judged: Judge) -> Verdict:
    """What is true only by what the words before it suppose is conditional on that; what is true without needs no use of it."""
    kept = tuple(fact for fact in problem.assume if fact not in problem.supposed)
    without = judged(replace(problem, assume=kept, supposed=()))
    if without.verdict in ("proved", "verified", "conditional"):
        return without
    if verdict.verdict == "unknown":
        return replace(verdict, message=f"{verdict.message}; the words assume {', '.join(f'`{fact}`' for fact in problem.supposed)}")
    return replace(verdict, verdict="conditional", assumptions=(*verdict.assumptions, *problem.supposed))


def in_order(problem: Problem, verdict: Verdict, judged: Judge) -> Verdict:
    """What is false of any two steps may be meant, and true, in the order that words elsewhere state of them."""
    order, where = problem.order
    found = judged(replace(problem, for_=order, order=("", "")))
    if found.verdict == "refuted":
        return found if verdict.verdict == "unknown" else verdict
    if found.verdict == "unknown":
        return replace(found, message=verdict.message) if verdict.verdict == "unknown" else found
    return _on_condition(found, f"reading: {order}, as {where} says", order)


def as_read(problem: Problem, verdict: Verdict) -> Verdict:
    """What is true as a document was read is conditional on that reading, and what is false so may be true as it is meant."""
    said = ", ".join(problem.readings)
    if verdict.verdict == "refuted":
        return verdict_of(problem, "unknown", f"{FALSE_AS_READ}{said} is a guess; say it")
    if verdict.verdict not in ("proved", "verified", "conditional"):
        return verdict
    readings = tuple(f"reading: {reading}" for reading in problem.readings)
    message = verdict.message if verdict.verdict == "conditional" else f"{verdict.message.replace('equal', 'true', 1)} if {said}"
    return replace(verdict, verdict="conditional", assumptions=(*verdict.assumptions, *readings), message=message)


def with_equal_sizes(problem: Problem, verdict: Verdict, judged: Judge) -> Verdict:
    """Inferred sizes that clash prove nothing; but what is false even where all sizes are equal is false."""
    verdict = replace(verdict, method="")
    if TWO_THINGS.search(verdict.message):
        return verdict
    taken = " ".join([*problem.ranges.values(), *problem.ranges])
    size = next((name for name in ("n", "m", "q", "p", "d") if name not in taken), "")
    shapes = {key: _of_one_size(text, size) for key, text in problem.shapes.items()}
    if not size or shapes == dict(problem.shapes):
        return verdict
    again = judged(replace(problem, shapes=shapes, corner=False))
    if again.verdict != "refuted":
        return verdict
    return replace(again, message=f"{verdict.message}; and with all sizes equal {again.message}")


def unless_immediate(problem: Problem, verdict: Verdict, judged: Judge) -> Verdict:
    """Where nothing is stated, `\\partial c_t / \\partial c_{t-1}` may mean the immediate derivative, with the other steps held.

    So may `\\partial a_t / \\partial w` of an `a_t = w h_{t-1} + …`, where w stands.
    """
    parsed = parse_problem(problem)
    heads = [formula.sides[0] for formula in parsed.claim]
    equations = [given.formula for given in parsed.given]
    if not any(isinstance(head, Derivative) and _may_be_immediate(head, equations) for head in heads):
        return verdict
    again = judged(replace(problem, notation={**problem.notation, "derivative": {"lhs": "immediate"}}))
    if again.verdict not in ("proved", "verified", "conditional"):
        return verdict
    message = "false of the total derivative, true of the immediate one, with the other steps held; state `derivative` under `notation`"
    return replace(verdict, verdict="unknown", message=message, method="", counterexample=None, links=(), first_wrong=None)


def _may_be_immediate(derivative: Derivative, equations: Sequence[Formula]) -> bool:
    """Whether a derivative is of one step by another, or of a step by what its own equation mentions."""
    top = derivative.numerator
    if not isinstance(top, Symbol) or not top.scripts or not all(isinstance(by, Symbol) for by in derivative.wrt):
        return False
    if all(isinstance(by, Symbol) and by.scripts for by in derivative.wrt):
        return True
    own = [tree for tree in equations if isinstance(tree.sides[0], Symbol) and tree.sides[0].name == top.name]
    met = {node.name for tree in own for node in walk(*tree.sides[1:]) if isinstance(node, Symbol)}
    return all(isinstance(by, Symbol) and by.name in met for by in derivative.wrt)


def _of_one_size(shape: str, size: str) -> str:
    parts = shape_parts(shape)
    return shape if parts is None else "×".join(part if part == "1" else size for part in parts)
