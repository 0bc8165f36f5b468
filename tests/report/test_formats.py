"""The reports, word for word."""

from __future__ import annotations

import io
import json

import pytest

from symbptt.report.formats import WRITERS
from symbptt.report.outcome import Detail, Tally
from symbptt.verdict import Counterexample, Link, Verdict

POINT = Counterexample({"T": 2}, {"n": 2, "m": 3}, {"W_{1,2}": "1/3", "x_{1}": "-2"}, {"f": "a^2"}, "(1, 2)", "1", "2/3", "[0.33, 0.34]")
REFUTED = Verdict(
    id="a.md:3",
    path="a.md",
    line=3,
    column=5,
    latex="a = b\n  = c",
    verdict="refuted",
    message="The two sides differ.",
    links=(Link("a = b", "proved"), Link("b = c", "refuted")),
    first_wrong=1,
    counterexample=POINT,
    reading=("* is the matrix product",),
    suggestion="a = c^T",
    edit="transpose added",
)
CONDITIONAL = Verdict(path="a.md", line=4, column=1, latex="d = e", verdict="conditional", assumptions=(r"\sum_k y_k = 1",))
DEFINITION = Verdict(path="a.md", line=1, column=1, latex="a = 1", role="definition")

EXPECTED = Verdict(path="a.md", line=5, column=1, latex="f = g", verdict="refuted", expect="refuted", code="S101")


def report(form: str, verdicts: list[Verdict], detail: Detail = Detail.NORMAL) -> str:
    out, tally = io.StringIO(), Tally()
    WRITERS[form](tally.counting(iter(verdicts)), out, tally, detail)
    return out.getvalue()


def test_text() -> None:
    assert report("text", [DEFINITION, REFUTED, CONDITIONAL]).splitlines()[:-1] == [
        "a.md:3:5  REFUTED  a = b = c",
        "    The two sides differ.",
        "    first wrong link: b = c",
        "    counterexample with n = 2, m = 3, T = 2:",
        "      f: a^2",
        "      W_{1,2} = 1/3, x_{1} = -2",
        "      left side at (1, 2) = 1, right side = 2/3, difference [0.33, 0.34]",
        "    read as: * is the matrix product",
        "    you may have meant a = c^T  (transpose added)",
        "a.md:4:1  CONDITIONAL  d = e",
        r"    holds if \sum_k y_k = 1",
    ]
    assert report("text", [REFUTED]).splitlines()[-1].startswith("1 formula: 1 refuted in ")


def test_text_lists_every_role_if_asked() -> None:
    assert "a.md:1:1  definition  a = 1" in report("text", [DEFINITION], Detail.VERBOSE)


def test_text_lists_what_fails_if_asked() -> None:
    lines = report("text", [DEFINITION, REFUTED, CONDITIONAL, EXPECTED], Detail.QUIET).splitlines()
    assert [line for line in lines if not line.startswith(" ")] == [
        "a.md:3:5  REFUTED  a = b = c",
        lines[-1],
    ]
    assert lines[-1].startswith("4 formulas: 1 conditional, 2 refuted (1 expected), 1 definition in ")


def test_text_shows_codes_and_names() -> None:
    named = Verdict(path="p.jsonl", line=2, column=1, id="w", latex="a = b", verdict="unknown", message="why", code="S301")
    assert report("text", [named]).splitlines()[:2] == ["p.jsonl:2:1 (w)  UNKNOWN  a = b", "    why [S301]"]
    silent = Verdict(path="docs/p.jsonl", line=2, column=1, id="p.jsonl:2", latex="a = b", verdict="unknown", code="S301")
    assert report("text", [silent]).splitlines()[:2] == ["docs/p.jsonl:2:1  UNKNOWN  a = b", "    [S301]"]


MANY = [
    Verdict(path="a.md", verdict="verified"),
    Verdict(path="a.md", role="definition"),
    Verdict(path="a.md", role="text"),
    Verdict(path="b.md", verdict="unknown", code="S301"),
    Verdict(path="b.md", verdict="unknown", code="S402"),
    Verdict(path="c.md", verdict="refuted", code="S101", expect="refuted"),
    Verdict(path="c.md", verdict="unknown", code="S402"),
    Verdict(path="docs/d.md", verdict="refuted", code="S102"),
]
SUMMARY = """\
           formulas  definitions  decided  refuted  unknown
docs/d.md         1            0        1        1        0
b.md              2            0        0        0        2
c.md              2            0        1        1        1
a.md              2            1        1        0        0
4 files           7            1        3        2        3
unknown for:
    2  S402  not-understood  A construct is not understood yet.
    1  S301  unknown-name    A name is defined nowhere."""
STATISTICS = """\
    2  S402  not-understood   A construct is not understood yet.
    1  S101  refuted-formula  The two sides differ at a stated point of the model.
    1  S102  refuted-shapes   No reading of the formula has consistent shapes.
    1  S301  unknown-name     A name is defined nowhere."""


def test_summary_of_many_files() -> None:
    lines = report("text", MANY).splitlines()
    assert "\n".join(lines[-10:-1]) == SUMMARY
    assert lines[-1].startswith("7 formulas: 1 verified, 3 unknown, 2 refuted (1 expected), 1 definition in ")
    for verdicts, detail in ((MANY[:3], Detail.NORMAL), (MANY, Detail.QUIET), (MANY, Detail.STATISTICS)):
        assert "files" not in report("text", verdicts, detail)


def test_summary_of_very_many_files() -> None:
    verdicts = [Verdict(path=f"{at:03}.md", verdict="verified") for at in range(100)]
    lines = report("text", [*verdicts, Verdict(path="z.md", verdict="refuted", code="S101")]).splitlines()
    table = lines[lines.index("           formulas  definitions  decided  refuted  unknown") :]
    assert [table[1].split()[0], table[2].split()[0], table[40].split()[0]] == ["z.md", "000.md", "038.md"]
    assert [line.split() for line in table[41:43]] == [
        ["61", "more", "61", "0", "61", "0", "0"],
        ["101", "files", "101", "0", "101", "1", "0"],
    ]


def test_statistics() -> None:
    lines = report("text", MANY, Detail.STATISTICS).splitlines()
    assert "\n".join(lines[:-1]) == STATISTICS
    assert lines[-1].startswith("7 formulas: ")


def test_text_lists_what_was_expected_in_vain() -> None:
    missed = Verdict(path="a.md", line=1, column=1, latex="a = 1", role="definition", expect="refuted")
    assert "a.md:1:1  definition (expected refuted)  a = 1" in report("text", [missed])
    assert "REFUTED (expected)" in report("text", [Verdict(verdict="refuted", expect="refuted")])


def test_text_commands_no_terminal() -> None:
    text = report("text", [Verdict(path="\x1b]0;a", latex="[red]a[/red] \x1b[31m", verdict="unknown", message="a\x07\nb")])
    assert "\x1b" not in text and "\x07" not in text
    assert "[red]a[/red]" in text


def test_text_cuts_long_formulas_and_points() -> None:
    values = {f"x_{{{at}}}": "1" for at in range(20)}
    long = Verdict(latex="x" * 1000, verdict="refuted", counterexample=Counterexample({}, {}, values, {}, "", "0", "1", "-1"))
    lines = report("text", [long]).splitlines()
    assert lines[0] == f"problem  REFUTED  {'x' * 159}…"
    assert lines[2].endswith("x_{11} = 1, … (8 more)")


@pytest.mark.parametrize("verdicts", [[], [DEFINITION], [REFUTED, CONDITIONAL]])
def test_json(verdicts: list[Verdict]) -> None:
    rows = [verdict.to_dict() for verdict in verdicts]
    as_data = json.loads(json.dumps(rows))
    assert json.loads(report("json", verdicts)) == as_data
    assert [json.loads(line) for line in report("jsonl", verdicts).splitlines()] == as_data
