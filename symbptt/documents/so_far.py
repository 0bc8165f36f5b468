"""Claims that stand before a network is described anew, by equations some of which were there before: they may mean what was said so far.

Where the equations of a model do not all fit together, a claim is also read with those alone that stand before such a description. What is
true then is conditional on it; nothing else of that reading counts.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from symbptt.documents.drafted import ALTERNATIVE, Told
from symbptt.documents.item import DocumentItem, Entry
from symbptt.documents.understanding import Model, parts

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


def with_said_so_far(
    items: Sequence[DocumentItem], part: Sequence[Entry], model: Model, told: Told, completed: Callable[[Entry, Model], DocumentItem]
) -> list[DocumentItem]:
    """The items of a part of a document, claims also with the problem that they are with what was said so far.

    Only where one of the claims before such a description cannot be judged for what the equations leave open.
    """
    found = list(items)
    low = 0
    open_ = frozenset(given for given, why in model.dropped.items() if why == ALTERNATIVE)
    for cut in cuts(part) if model.infers and model.dropped else ():
        own = [at for at in range(low, cut) if part[at].item.role == "claim" and part[at].item.problem is not None]
        low = cut
        if all(items[at].problem is not None for at in own):
            continue
        models = parts(part[:cut], told, open_)
        places = {(entry.item.line, entry.item.column): (entry, other) for entries, other in models for entry in entries}
        reading = SO_FAR.format(max(part[at].item.line for at in own))
        for at in own:
            moved = places.get((part[at].item.line, part[at].item.column))
            problem = completed(*moved).problem if moved is not None else None
            if problem is not None:
                meant = replace(problem, doubt="", readings=(*problem.readings, reading))
                found[at] = replace(found[at], meant=(*found[at].meant, meant))
    return found
