"""The benchmark of reading: it counts what is read, and says whether that is fast enough."""

from pathlib import Path

import pytest

from benchmarks import reading
from symbptt.documents.reader import read_items

DOCUMENT = Path(__file__).resolve().parent.parent / "derivations" / "mlp.md"


def test_all_formulas_are_counted() -> None:
    assert reading.read(DOCUMENT) == len(read_items(DOCUMENT.read_text(encoding="utf-8"), str(DOCUMENT), ".md"))
    assert reading.parse(DOCUMENT) > 0


def test_the_text_that_is_read_first_has_all_that_asks_the_judge() -> None:
    (first, *_, last) = read_items(reading.OTHER, "other.md", ".md")
    assert (first.role, last.role) == ("definition", "claim")


def test_the_document_that_is_measured_was_not_read_before(capsys: pytest.CaptureFixture[str]) -> None:
    assert reading.main([str(DOCUMENT), "--repeat", "1"]) in (0, 1)
    *_, row, total = capsys.readouterr().out.splitlines()
    assert row.startswith(f"| mlp.md | {reading.read(DOCUMENT)} |")
    assert total.startswith(f"| all | {reading.read(DOCUMENT)} |")


def test_a_rate_is_over_all_documents() -> None:
    row = reading.Row(DOCUMENT, 100, 0.05, 0.1, 0.5)
    assert str(row) == "| mlp.md | 100 | 2,000 | 1,000 | 500 ms |"
