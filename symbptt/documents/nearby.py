"""What a document claims beside a claim: where that is false, the right form often stands there."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from symbptt.documents.item import DocumentItem

#: Claims of the same model on either side that are told of.
REACH: Final = 30
#: Expectations of claims that are no help.
FALSE: Final = frozenset({"refuted", "unknown"})


def with_nearby(items: Iterable[DocumentItem]) -> list[DocumentItem]:
    """The items, each claim with those of its model around it, the nearest first; those that a mark expects to be false left out."""
    found = list(items)
    models: dict[str, list[int]] = {}
    for at, item in enumerate(found):
        if item.problem is not None and item.role == "claim" and item.model:
            models.setdefault(item.model, []).append(at)
    for places in models.values():
        texts = [(place, found[place].latex) for place in places if _expected(found[place]) not in FALSE]
        for at in places:
            problem = found[at].problem
            assert problem is not None
            near = sorted((pair for pair in texts if pair[0] != at), key=lambda pair, at=at: abs(pair[0] - at))  # type: ignore[misc]
            found[at] = replace(found[at], problem=replace(problem, nearby=tuple(dict.fromkeys(text for _, text in near))[:REACH]))
    return found


def _expected(item: DocumentItem) -> str:
    return item.problem.expect if item.problem is not None else ""
