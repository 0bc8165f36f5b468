"""The reports, word for word."""

from __future__ import annotations

import io
import json

import pytest

from symbptt.report.formats import WRITERS
from symbptt.report.outcome import Tally
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


def report(form: str, verdicts: list[Verdict], *, verbose: bool = False) -> str:
    out, tally = io.StringIO(), Tally()
    WRITERS[form](tally.counting(iter(verdicts)), out, tally, verbose)
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
    assert "a.md:1:1  definition  a = 1" in report("text", [DEFINITION], verbose=True)


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
