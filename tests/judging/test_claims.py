"""For every kind of claim a right one and its wrong twin; a wrong verdict is told apart from an honest `unknown`."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

import symbptt
from symbptt.verdict import Verdict
from tests.judging.claims import CLAIMS
from tests.judging.rows import ALLOWED, Row


def _case(row: Row) -> Any:
    marks = [pytest.mark.xfail(strict=True, reason=row.xfail)] if row.xfail else []
    return pytest.param(row, id=row.name, marks=marks)


@pytest.mark.parametrize("row", [_case(row) for row in CLAIMS])
def test_verdict(row: Row) -> None:
    verdict = symbptt.check(row.problem)
    expected, forbidden = ALLOWED[row.status]
    said = f"{verdict.latex}\n{verdict.verdict}: {verdict.message}\n{verdict.reading}"
    assert verdict.verdict not in forbidden, f"WRONG VERDICT, {row.status} expected: {said}"
    assert verdict.verdict in expected, said
    for name, value in row.fields.items():
        _holds(verdict, name, value)


def _holds(verdict: Verdict, name: str, value: Any) -> None:
    if name == "link_verdicts":
        found = [link.verdict for link in verdict.links]
        assert len(found) == len(value) and all(v is None or v == f for v, f in zip(value, found, strict=True)), found
        return
    actual = getattr(verdict, name)
    if isinstance(actual, tuple):
        assert any(value in item for item in actual), actual
    elif isinstance(actual, str):
        assert value in actual, actual
    else:
        assert actual == value


def test_names_are_unique() -> None:
    assert [name for name, count in Counter(row.name for row in CLAIMS).items() if count > 1] == []


def test_every_topic_has_a_right_claim_and_a_wrong_one() -> None:
    topics: dict[str, set[str]] = {}
    for row in CLAIMS:
        topics.setdefault(row.name.split(":")[0], set()).add(row.status)
    assert all({"right", "wrong"} <= found or found <= {"unknown", "never true", "never refuted"} for found in topics.values()), topics
