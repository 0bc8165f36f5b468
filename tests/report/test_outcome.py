"""What a run comes to."""

from __future__ import annotations

import pytest

from symbptt.report.outcome import Tally, expected, fails
from symbptt.verdict import RANK, Verdict


@pytest.mark.parametrize("expect", RANK)
@pytest.mark.parametrize("verdict", RANK)
def test_expectations(expect: str, verdict: str) -> None:
    met = expect == verdict or (expect, verdict) == ("verified", "proved")
    assert expected(Verdict(verdict=verdict, expect=expect)) is met
    assert fails(Verdict(verdict=verdict, expect=expect), strict=True) is not met


@pytest.mark.parametrize(
    ("verdict", "strict", "failing"),
    [
        ("proved", True, False),
        ("verified", True, False),
        ("conditional", True, False),
        ("unknown", False, False),
        ("unknown", True, True),
        ("refuted", False, True),
        ("", True, False),
    ],
)
def test_without_an_expectation(verdict: str, strict: bool, failing: bool) -> None:
    assert expected(Verdict(verdict=verdict)) is None
    assert fails(Verdict(verdict=verdict), strict=strict) is failing


def test_a_definition_does_not_meet_an_expectation() -> None:
    assert expected(Verdict(role="definition", expect="refuted")) is False


def test_sentence_and_status() -> None:
    tally = Tally()
    words = ["verified"] * 8 + ["conditional", "unknown"]
    verdicts = [Verdict(verdict=word) for word in words] + [Verdict(verdict="refuted", expect="refuted")] * 2 + [Verdict(role="text")]
    assert list(tally.counting(iter(verdicts))) == verdicts
    assert tally.sentence().startswith("12 formulas: 8 verified, 1 conditional, 1 unknown, 2 refuted (2 expected) in 0.")
    assert (tally.status(), tally.status(unreadable=1)) == (0, 2)
    tally.add(Verdict(verdict="proved", expect="refuted"))
    assert ", 1 not as expected in " in tally.sentence()
    assert (tally.status(), tally.status(unreadable=1)) == (1, 2)


def test_what_is_ignored_neither_counts_nor_fails() -> None:
    tally = Tally(strict=True, listed=lambda verdict: verdict.code != "S101")
    ignored = Verdict(verdict="refuted", code="S101")
    kept = [Verdict(verdict="verified"), Verdict(verdict="refuted", code="S101", expect="refuted")]
    assert list(tally.counting(iter([ignored, *kept, ignored]))) == kept
    assert tally.sentence().startswith("2 formulas: 1 verified, 1 refuted (1 expected), 2 ignored in 0.")
    assert (tally.status(), dict(tally.codes)) == (0, {"S101": 1})


def test_what_a_document_expects_is_never_ignored() -> None:
    tally = Tally(listed=lambda _: False)
    tally.add(Verdict(verdict="refuted", code="S101", expect="verified"))
    assert (tally.status(), tally.missed, tally.ignored) == (1, 1, 0)


def test_definitions_are_counted() -> None:
    tally = Tally()
    for verdict in (
        Verdict(role="definition"),
        Verdict(role="definition", verdict="refuted"),
        Verdict(role="update"),
        Verdict(role="text"),
    ):
        tally.add(verdict)
    assert tally.sentence() == "2 formulas: 1 refuted, 1 definition in 0.0 s"


def test_one_and_none() -> None:
    tally = Tally()
    assert tally.sentence() == "0 formulas in 0.0 s"
    tally.add(Verdict(verdict="proved"))
    assert tally.sentence() == "1 formula: 1 proved in 0.0 s"
