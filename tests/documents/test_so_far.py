"""Claims are also read with what was said so far, where a description begins anew behind them."""

from __future__ import annotations

from symbptt.documents.item import DocumentItem, Entry
from symbptt.documents.so_far import MOST, cuts
from symbptt.latex.parser import parse
from symbptt.problem import Problem

CLAIM, NEW, AGAIN = "claim", "new", "again"


def entries(*kinds: str) -> list[Entry]:
    """Entries of a part: claims, equations that are new, and equations that are said again, which have no problem."""
    (formula,) = parse("a = b")
    made = []
    for kind in kinds:
        role = "claim" if kind == CLAIM else "definition"
        item = DocumentItem(role, None if kind == AGAIN else Problem(claim="a = b"), None, "a = b", 1, 1)
        made.append(Entry(item, None if kind == AGAIN else formula))
    return made


def test_a_description_begins_anew_where_an_equation_is_said_again_behind_claims() -> None:
    assert cuts(entries(NEW, CLAIM, CLAIM, AGAIN, AGAIN, NEW, CLAIM)) == [3]
    assert cuts(entries(NEW, CLAIM, AGAIN, CLAIM, NEW, AGAIN)) == [2, 5]


def test_nothing_begins_anew_without_claims_before_it() -> None:
    assert cuts(entries(NEW, AGAIN, NEW, CLAIM)) == []
    assert cuts(entries(NEW, CLAIM, NEW, CLAIM)) == []
    assert cuts([]) == []


def test_no_more_descriptions_than_a_few_are_told_apart() -> None:
    assert len(cuts(entries(*(CLAIM, AGAIN) * (MOST + 3)))) == MOST
