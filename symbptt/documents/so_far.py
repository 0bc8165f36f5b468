"""Claims that stand before a network is described anew, by equations some of which were there before: they may mean what was said so far.

Where the equations of a model do not all fit together, a claim is also read with those alone that stand before such a description. What is
true then is conditional on it; nothing else of that reading counts.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from symbptt.documents.drafted import ALTERNATIVE, Told
from symbptt.documents.item import DocumentItem, Entry
from symbptt.documents.understanding import Model, parts
from symbptt.problem import Problem

SO_FAR = "the equations as far as line {}"
#: More descriptions than this are not told apart.
MOST = 4


def cuts(part: Sequence[Entry]) -> list[int]:
    """Where an equation is said again behind claims, so that another description may begin there."""
    found: list[int] = []
    for at, entry in enumerate(part):
        again = entry.item.role == "definition" and entry.formula is None and entry.item.problem is None
        if again and any(other.item.role == "claim" for other in part[found[-1] if found else 0 : at]):
            found.append(at)
    return found[:MOST]


def said_so_far(
    part: Sequence[Entry],
    model: Model,
    told: Told,
    completed: Callable[[Entry, Model], DocumentItem],
) -> dict[int, tuple[Problem, str]]:
    """For the place of a claim in a part of a document its problem with what was said so far, and the reading that this is."""
    found: dict[int, tuple[Problem, str]] = {}
    low = 0
    open_ = frozenset(given for given, why in model.dropped.items() if why == ALTERNATIVE)
    for cut in cuts(part) if model.infers and model.dropped else ():
        own = [at for at in range(low, cut) if part[at].item.role == "claim" and part[at].item.problem is not None]
        reading = SO_FAR.format(max(part[at].item.line for at in own)) if own else ""
        models = parts(part[:cut], told, open_) if own else []
        places = {(entry.item.line, entry.item.column): (entry, other) for entries, other in models for entry in entries}
        for at in own:
            moved = places.get((part[at].item.line, part[at].item.column))
            problem = completed(*moved).problem if moved is not None else None
            if problem is not None:
                found[at] = problem, reading
        low = cut
    return found
