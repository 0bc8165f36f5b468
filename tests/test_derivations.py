"""The index of mistakes points at formulas that are marked so, the README lists every page, the census is well-formed."""

from __future__ import annotations

import csv
import re
from functools import cache
from pathlib import Path

import pytest

from benchmarks.census import falsely, paired, read_census, reason
from symbptt.documents.reader import read_path
from symbptt.verdict import Verdict

FOLDER = Path(__file__).resolve().parent.parent / "derivations"
MISTAKES = (FOLDER / "mistakes.md").read_text(encoding="utf-8")
README = (FOLDER / "README.md").read_text(encoding="utf-8")
INDEXES = ("README.md", "mistakes.md")
COLUMNS = ["source", "line", "as printed", "what is wrong", "counterexample", "right", "on the page"]
LINK = re.compile(r"\[([\w.-]+\.md):(\d+)\]\(([\w.-]+\.md)\?plain=1#L(\d+)\)")
EXCUSES = ("unknown", "conditional", "none")


def cells(line: str) -> list[str]:
    """A line of a table, taken apart at the bars that no backslash protects."""
    return [cell.strip() for cell in re.split(r"(?<!\\)\|", line.strip())[1:-1]]


def mistakes() -> list[list[str]]:
    rows = [cells(line) for line in MISTAKES.splitlines() if line.startswith("|")]
    return [row for row in rows if len(row) == len(COLUMNS) and row != COLUMNS and set(row[0]) != {"-"}]


@cache
def expectations(page: str) -> dict[int, str]:
    """What a page expects of its formulas, by line."""
    verdicts = [item.verdict or item.problem for item in read_path(str(FOLDER / page)).items]
    return {found.line: found.expect for found in verdicts if found is not None}


def census() -> list[dict[str, str]]:
    with (FOLDER / "census.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_there_are_mistakes_of_both_kinds() -> None:
    assert [line for line in MISTAKES.splitlines() if line.startswith("## ")] == ["## The authors'", "## The scans'"]
    assert len(mistakes()) > 50


@pytest.mark.parametrize("row", mistakes(), ids=lambda row: f"{row[0]}:{row[1]}".replace(" ", "-"))
def test_a_mistake_is_refuted_on_its_page_or_says_why_not(row: list[str]) -> None:
    _, _, printed, wrong, counterexample, right, pages = row
    assert printed.startswith("`") and printed.endswith("`")
    assert wrong and counterexample and right
    excuse, colon, reason = counterexample.partition(": ")
    expected = excuse if excuse in EXCUSES else "refuted"
    assert expected == "refuted" or (colon and reason)
    links = LINK.findall(pages)
    assert bool(links) == (expected != "none"), pages
    for name, line, target, anchor in links:
        assert (name, line) == (target, anchor)
        found = expectations(name)
        meant = [at for at, word in found.items() if word == expected]
        assert found.get(int(line)) == expected, f"{name}:{line}; `{expected}` is expected at {meant}"


def test_every_page_has_a_row() -> None:
    pages = {page.name for page in FOLDER.glob("*.md")} - {"README.md"}
    assert pages == set(re.findall(r"\]\(([\w-]+\.md)\)", README)) - {"README.md"}


@pytest.mark.parametrize("page", sorted(page.name for page in FOLDER.glob("*.md")))
def test_links_lead_to_pages(page: str) -> None:
    text = (FOLDER / page).read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)#?]+)", text):
        assert (FOLDER / target).exists(), target


def test_indexes_hold_no_formulas_to_check() -> None:
    for page in INDEXES:
        assert read_path(str(FOLDER / page)).items == ()


def test_census_is_well_formed() -> None:
    rows = census()
    assert list(rows[0]) == ["source", "line", "column", "role", "truth", "formula"]
    assert {row["source"] for row in rows} == {"000", "001", "002", "003", "004"}
    assert {row["role"] for row in rows} == {"claim", "definition", "update", "text"}
    places = [(row["source"], int(row["line"]), int(row["column"])) for row in rows]
    assert places == sorted(set(places))
    for row in rows:
        assert row["formula"]
        allowed = {
            "claim": {"right", "wrong", "right-under-assumption", "undecidable"},
            "definition": {"", "wrong"},
            "update": {""},
            "text": {""},
        }
        assert row["truth"] in allowed[row["role"]], row


def test_census_pairs_a_display_placed_at_its_environment(tmp_path: Path) -> None:
    table = tmp_path / "census.csv"
    table.write_text("source,line,column,role,truth\nnotes,3,1,claim,right\nnotes,9,5,text,\nnotes,9,40,claim,wrong\n", encoding="utf-8")
    verdicts = [
        Verdict(line=2, column=1, role="claim", verdict="refuted"),
        Verdict(line=9, column=38, role="claim", verdict="unknown", message="`x` is defined nowhere"),
        Verdict(line=20, column=1, role="claim", verdict="verified"),
    ]
    pairs = paired(read_census(table), verdicts)
    lines = [(pair.row.line if pair.row else 0, pair.verdict.line if pair.verdict else 0) for pair in pairs]
    assert lines == [(3, 2), (9, 0), (9, 9), (0, 20)]
    assert [pair.role_right for pair in pairs] == [True, True, True, False]
    assert list(falsely(pairs)) == [pairs[0]]
    assert pairs[2].claim and not pairs[2].decided


def test_census_counts_like_reasons_together() -> None:
    assert reason("rests on `a = b` (line 12), which is open") == reason("rests on `c` (line 7), which is open")


def test_census_names_the_line_with_no_such_role(tmp_path: Path) -> None:
    table = tmp_path / "census.csv"
    table.write_text("source,line,column,role,truth\nnotes,3,1,clam,\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"census.csv:2: role `clam`, truth ``"):
        read_census(table)
