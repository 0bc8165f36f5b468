"""The codes: every message has one, and a code is silenced by its beginning."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

import symbptt
from symbptt.rules import PASSING, RULES, Selection, code_of, codes
from symbptt.verdict import Verdict
from tests.judging.claims import CLAIMS
from tests.judging.rows import TRUE, Row

PACKAGE = Path(symbptt.__file__).parent
#: How the judge reports what is raised where a claim is read.
RAISED = {"ParseError": "not read: the claim: {} (column 3)", "fail": "not read: the claim: {} (column 3)", "ProblemError": "not read: {}"}


def unknown(message: str) -> str:
    return code_of(Verdict(verdict="unknown", message=message))


def raised(*names: str) -> list[str]:
    """The texts with which the package raises errors of these names, `3` for what is put in."""
    calls = [node for path in PACKAGE.rglob("*.py") for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Call)]
    found = [call for call in calls if call.args and getattr(call.func, "id", getattr(call.func, "attr", "")) in names]
    return [text for call in found if (text := _text(call.args[0]))]


def _text(node: ast.expr) -> str:
    if isinstance(node, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else "3" for part in node.values)
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


@pytest.mark.parametrize(
    ("verdict", "code"),
    [
        (Verdict(verdict="verified"), ""),
        (Verdict(verdict="proved"), ""),
        (Verdict(role="definition"), ""),
        (Verdict(role="text", message="skipped, as its mark says"), ""),
        (Verdict(verdict="refuted", method="enclosure", message="stopped after 20 s"), "S101"),
        (Verdict(verdict="refuted", method="shapes"), "S102"),
        (Verdict(verdict="refuted", method="circular"), "S103"),
        (Verdict(verdict="conditional", assumptions=(r"\sum_k y_t[k] = 1",)), "S201"),
        (Verdict(verdict="conditional", assumptions=("y is one-hot",)), "S202"),
        (Verdict(verdict="conditional", assumptions=("f is tanh; g is sigmoid",)), "S203"),
        (Verdict(verdict="conditional", assumptions=("y_t is one-hot; f is tanh", "reading: layout of a vector: numerator")), "S202"),
        (Verdict(verdict="conditional", assumptions=("quantities above their range are 0",)), "S204"),
        (Verdict(verdict="conditional", assumptions=("reading: order of a matrix product (`product`): left",)), "S205"),
        (Verdict(verdict="conditional", assumptions=("reading: layout of a vector by a vector: denominator",)), "S206"),
        (Verdict(verdict="conditional", assumptions=("reading: softmax of a matrix: of each column",)), "S207"),
        (Verdict(verdict="conditional"), "S207"),
        (Verdict(verdict="unknown"), "S399"),
        (Verdict(verdict="unknown", message="false as it was read, but a quantity is set to a number shortly before it"), "S311"),
        (Verdict(verdict="unknown", message="stopped after 20 s; raise --timeout"), "S501"),
        (Verdict(verdict="unknown", message="stopped"), "S501"),
        (Verdict(verdict="unknown", message="the checker ran out of memory (limit 4 GiB)"), "S502"),
        (Verdict(verdict="unknown", message="internal error: KeyError: 'x'"), "S506"),
        (Verdict(verdict="unknown", message="internal error: the checker stopped (signal 11: no message)"), "S506"),
        (Verdict(verdict="unknown", message="cannot be read at line 1, column 2: internal error: KeyError: 'x'"), "S506"),
        (Verdict(verdict="unknown", message="the claim is 200,001 characters long; the limit is 200,000"), "S503"),
        (Verdict(verdict="unknown", message="cannot be read at line 1, column 2: a `{` is never closed; add the missing `}`"), "S401"),
        (Verdict(verdict="unknown", message="rests on `a = b` (line 3), which is not understood: `b` is defined nowhere"), "S308"),
        (Verdict(verdict="unknown", message="too many readings to try them all"), "S504"),
        (Verdict(verdict="unknown", message="a claim with `\\approx` is not judged yet; only equations are"), "S403"),
    ],
)
def test_codes(verdict: Verdict, code: str) -> None:
    assert code_of(verdict) == code


def test_what_a_message_quotes_says_nothing() -> None:
    assert unknown("`internal error: ` is defined nowhere; add it to `shapes` or `given`") == "S301"


@pytest.mark.parametrize("row", [row for row in CLAIMS if row.status not in ("right", "wrong")], ids=lambda row: row.name)
def test_every_verdict_of_the_tables_has_a_code(row: Row) -> None:
    verdict = symbptt.check(row.problem)
    code = code_of(verdict)
    assert (code == "") == (verdict.verdict in TRUE)
    assert code != "S399", verdict.message


@pytest.mark.parametrize(
    ("names", "family"),
    [
        (("UnknownName",), "S30[12]"),
        (("ShapeClash",), "S30[34]"),
        (("ParseError", "fail"), "S401|S503"),
        (("ProblemError",), "S307"),
        (("TooLarge",), "S503"),
        (("Unsupported", "Meaningless"), "S30[3-6]|S40[23]"),
    ],
)
def test_what_is_raised_has_the_code_of_its_kind(names: tuple[str, ...], family: str) -> None:
    found = raised(*names)
    assert found
    for text in found:
        assert re.fullmatch(family, unknown(RAISED.get(names[0], "{}").format(text))), text


def test_the_table() -> None:
    assert list(RULES) == sorted(RULES)
    assert len({rule.name for rule in RULES.values()}) == len(RULES)
    assert set(RULES) >= PASSING
    for code, rule in RULES.items():
        assert re.fullmatch(r"S[1-5]\d\d", code) and rule.code == code
        assert re.fullmatch(r"[a-z]+(-[a-z]+)*", rule.name)
        assert rule.sentence.endswith(".") and rule.remedy.endswith(".")


@pytest.mark.parametrize(
    ("select", "ignore", "code", "counts"),
    [
        ((), (), "S101", False),
        (("S",), (), "S101", True),
        (("S",), ("S1",), "S101", False),
        (("S",), ("S1",), "S201", True),
        (("S101",), ("S1",), "S101", True),
        (("S101",), ("S1",), "S102", False),
        (("S1",), ("S1",), "S101", False),
        (("S1",), (), "", True),
        (("S",), ("S",), "", True),
    ],
)
def test_the_longest_beginning_decides(select: tuple[str, ...], ignore: tuple[str, ...], code: str, counts: bool) -> None:
    assert Selection(select, ignore).counts(code) is counts


def test_codes_by_their_beginning() -> None:
    assert codes(["S101", "S3", "S101", "ALL"]) == ("S101", "S3", "S")


@pytest.mark.parametrize(
    ("word", "message"),
    [
        ("S109", "no rule has the code `S109`; did you mean `S103`?"),
        ("s101", "no rule has the code `s101`; did you mean `S101`?"),
        ("", "no rule has the code ``; `symbptt rule --all` lists them"),
        ("E501", "no rule has the code `E501`; did you mean `S501`?"),
        ("bad", "no rule has the code `bad`; `symbptt rule --all` lists them"),
    ],
)
def test_unknown_codes(word: str, message: str) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        codes([word])
