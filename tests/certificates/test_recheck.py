"""Certificates: what is right is accepted, every twin that says something else is not, and the checker needs nothing of the package."""

from __future__ import annotations

import ast
import copy
import json
import subprocess
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import pytest
from click.testing import CliRunner

from benchmarks.tampering import run
from symbptt import recheck
from symbptt.certificate import enclosure
from symbptt.certificate_text import shown, steps
from symbptt.cli import app
from symbptt.commands.recheck import reading_differs
from symbptt.judge import judge, judge_with_certificate
from symbptt.problem import Problem
from symbptt.verdict import Verdict
from tests.judging.claims import CLAIMS

RNN: dict[str, Any] = {
    "given": [
        "a_t = W h_{t-1} + U x_t",
        "h_t = \\tanh(a_t)",
        "L = \\sum_{t=1}^T \\ell(h_t)",
        "\\delta_t = \\frac{\\partial L}{\\partial a_t}",
    ],
    "shapes": {"a_t": "n", "h_t": "n", "x_t": "m", "W": "n×n", "U": "n×m", "L": "scalar", "\\delta_t": "n"},
    "ranges": {"t": "1..T"},
    "functions": {"\\ell": "scalar"},
}
SOFTMAX: dict[str, Any] = {
    "given": ["p = \\mathrm{softmax}(o)", "E = -\\sum_k y_k \\ln p_k"],
    "shapes": {"o": "q", "p": "q", "y": "q", "E": "scalar"},
}
WEIGHTS = "\\frac{\\partial L}{\\partial W} = \\sum_{t=1}^T \\delta_t h_{t-1}^T"
PATHS = (
    "\\frac{\\partial h_t}{\\partial W_{ij}} = \\frac{\\partial h_t}{\\partial W_{ij}} "
    "+ \\frac{\\partial h_t}{\\partial h_{t-1}} \\frac{\\partial h_{t-1}}{\\partial W_{ij}}"
)
#: Name → problem, and the verdict whose certificate is accepted.
PROBLEMS: dict[str, tuple[dict[str, Any], str]] = {
    "weights": ({**RNN, "claim": WEIGHTS}, "proved"),
    "weights, a wrong step": ({**RNN, "claim": WEIGHTS.replace("t-1", "t")}, "refuted"),
    "immediate derivatives": ({**RNN, "claim": PATHS}, "proved"),
    "normalised": ({**SOFTMAX, "claim": "\\frac{\\partial E}{\\partial o} = p - y", "assume": ["\\sum_k y_k = 1"]}, "proved"),
    "one-hot, supposed": ({**SOFTMAX, "claim": "\\frac{\\partial E}{\\partial o} = p - y"}, "conditional"),
    "softmax, a wrong sign": ({**SOFTMAX, "claim": "\\frac{\\partial E}{\\partial o} = p + y", "assume": [{"one_hot": "y"}]}, "refuted"),
    "a defined function": (
        {
            "given": ["s = f(z)"],
            "shapes": {"z": "n", "s": "n"},
            "functions": {"f": "f(x) = \\frac{1}{1 + e^{-x}}"},
            "claim": "\\frac{\\partial s_i}{\\partial z_i} = s_i (1 - s_i)",
        },
        "proved",
    ),
    "logarithms": (
        {"given": ["c = \\ln(1 + e^{z}) + \\sqrt{z}"], "shapes": {"z": "scalar", "c": "scalar"}, "assume": [{"positive": "z"}]}
        | {"claim": "\\frac{\\partial c}{\\partial z} = \\sigma(z) - \\frac{1}{2\\sqrt{z}}"},
        "refuted",
    ),
    "one step": (
        {**RNN, "for": "t < T", "claim": "\\delta_t = \\mathrm{diag}(1 - h_t^2) (\\nabla_{h_t} \\ell(h_t) + W^T \\delta_{t+1})"},
        "proved",
    ),
    "shapes": ({**RNN, "claim": "a_t = U h_{t-1} + U x_t"}, "refuted"),
    "an ordered product": (
        {
            "given": RNN["given"][:2],
            "shapes": RNN["shapes"],
            "ranges": RNN["ranges"],
            "notation": {"product": "left"},
            "claim": "\\frac{\\partial h_T}{\\partial h_1} = \\prod_{k=2}^T \\mathrm{diag}(1 - h_k^2) W",
        },
        "proved",
    ),
}


@cache
def decided(name: str) -> Verdict:
    return judge_with_certificate(Problem.from_dict(PROBLEMS[name][0]))


def certificate(name: str) -> Any:
    """A copy of the certificate, as a file would hold it."""
    return json.loads(json.dumps(decided(name).evidence))


@pytest.mark.parametrize("name", list(PROBLEMS))
def test_a_certificate_is_accepted_and_is_what_its_problem_says(name: str) -> None:
    assert decided(name).verdict == PROBLEMS[name][1], decided(name).message
    made = certificate(name)
    assert recheck.check(made) == recheck.check(made)
    status, reason = recheck.check(made, "another seed")
    assert status == "accepted", reason
    assert reading_differs(made) == ""
    assert "\n".join(shown(made)).startswith(f"{PROBLEMS[name][1]}: ")


def test_the_verdict_itself_is_the_same_and_carries_nothing() -> None:
    problem = Problem.from_dict(PROBLEMS["weights"][0])
    plain, certified = judge(problem).to_dict(), decided("weights").to_dict()
    assert {**plain, "seconds": 0} == {**certified, "seconds": 0}
    assert judge(problem).evidence is None


def at(made: Any, *path: Any) -> Any:
    for key in path:
        made = made[key]
    return made


def set_at(*path: Any, to: Any) -> Callable[[Any], None]:
    def change(made: Any) -> None:
        at(made, *path[:-1])[path[-1]] = to

    return change


def delete(*path: Any) -> Callable[[Any], None]:
    return lambda made: at(made, *path[:-1]).__delitem__(path[-1])


def swapped_sides(made: Any) -> None:
    made["evidence"][0]["sides"].reverse()


def minus(made: Any) -> None:
    side = made["evidence"][0]["sides"][1]
    side["body"] = ["mul", [["num", "-1"], side["body"]]]


def nested(made: Any) -> None:
    for _ in range(100_000):
        made["evidence"][0]["sides"][1]["body"] = ["add", [made["evidence"][0]["sides"][1]["body"]]]


def deep_power(made: Any) -> None:
    """x^(1000^12): no random point can tell this from what it agrees with at small fields."""
    body = made["evidence"][0]["sides"][1]["body"]
    power = body
    for _ in range(12):
        power = ["pow", power, 1000]
    made["evidence"][0]["sides"][1]["body"] = ["add", [body, power, ["mul", [["num", "-1"], power]]]]


#: What is done to a certificate, and what may be said of it then.
TWINS: tuple[tuple[str, str, Callable[[Any], None], set[str]], ...] = (
    ("sign of a side", "weights", minus, {"rejected"}),
    ("sides exchanged, still true", "weights", swapped_sides, {"accepted"}),
    ("sides exchanged, enclosures not", "weights, a wrong step", swapped_sides, {"rejected"}),
    ("proved made refuted", "weights", set_at("verdict", to="refuted"), {"undecided", "unreadable", "rejected"}),
    ("refuted made proved", "weights, a wrong step", set_at("verdict", to="proved"), {"undecided", "unreadable", "rejected"}),
    ("proved made conditional", "weights", set_at("verdict", to="conditional"), {"rejected"}),
    ("assumption hidden", "one-hot, supposed", set_at("assumptions", to=[]), {"rejected"}),
    ("scope widened", "weights", set_at("scope", "steps", "T", to=[1, 2, 3, 4, 5]), {"rejected"}),
    ("a setting without its scope", "weights", delete("evidence", 0, "settings", 3), {"rejected"}),
    ("no settings", "weights", set_at("evidence", 0, "settings", to=[]), {"unreadable", "rejected"}),
    ("a side with fewer entries", "weights", set_at("evidence", 0, "sides", 0, "axes", 0, to=1), {"rejected"}),
    ("no evidence", "weights", set_at("evidence", to=[]), {"undecided"}),
    ("no evidence of a refutation", "weights, a wrong step", set_at("evidence", to=[]), {"rejected"}),
    ("another instance count", "weights", set_at("evidence", 0, "settings", 0, "instances", to=2), {"rejected"}),
    ("a huge last step", "weights", set_at("evidence", 0, "settings", 0, "values", "T", to=10**9), {"unreadable", "undecided"}),
    ("a size that is true", "weights", set_at("evidence", 0, "settings", 0, "values", "n", to=True), {"unreadable"}),
    ("an equation left out", "weights", delete("models", 0, "equations", "h_{t}"), {"rejected"}),
    ("a fact left out", "normalised", set_at("models", 0, "facts", "normalised", to=[]), {"rejected", "undecided"}),
    ("a value of the point", "weights, a wrong step", set_at("evidence", 0, "point", "values", 0, 3, to="7/3"), {"rejected"}),
    ("a point against its facts", "softmax, a wrong sign", set_at("evidence", 0, "point", "values", 0, 3, to="1/3"), {"rejected"}),
    ("an enclosure across 0", "weights, a wrong step", set_at("evidence", 0, "point", "difference", to=["-1", "1000"]), {"rejected"}),
    ("an enclosure beside it", "weights, a wrong step", set_at("evidence", 0, "point", "left", to=["0", "1/1000000"]), {"rejected"}),
    ("a zero denominator", "weights, a wrong step", set_at("evidence", 0, "point", "left", to=["0", "1/0"]), {"unreadable"}),
    ("too many readings", "weights, a wrong step", set_at("readings", to=0), {"rejected"}),
    ("another format", "weights", set_at("format", to=99), {"unreadable"}),
    ("deep nesting", "weights", nested, {"undecided", "unreadable"}),
    ("a huge degree", "weights", deep_power, {"undecided"}),
    ("a range of 10^30 terms", "weights", set_at("evidence", 0, "sides", 1, "body", 3, to=10**30), {"undecided"}),
    ("a float", "weights", set_at("evidence", 0, "sides", 1, "body", 2, to=1.0), {"unreadable"}),
)


#: What is done to the proof of a certificate whose claim and settings are as they were.
PROOF = ("evidence", 0, "proofs", 0)
WRONG_LINES: tuple[tuple[str, Callable[[Any], None]], ...] = (
    ("no proof", set_at("evidence", 0, "proofs", to=[])),
    ("no lines", set_at(*PROOF, "lines", to=[])),
    ("another side", set_at(*PROOF, "right", to=0)),
    ("a term left out", delete(*PROOF, "lines", 0, "terms", 1, 0)),
    ("a term of the last line left out", delete(*PROOF, "lines", -1, "terms", 1, 0)),
    ("a line that is another number", set_at(*PROOF, "lines", -1, "terms", to=["num", "1"])),
    ("an end that does not cancel", lambda made: at(made, *PROOF, "lines").pop()),
    ("a coefficient", set_at(*PROOF, "lines", 0, "terms", 1, 0, 1, 0, to=["num", "3"])),
    ("a factor of 0", set_at(*PROOF, "lines", 1, "times", to=["num", "0"])),
    ("a condition that leaves out a case", set_at(*PROOF, "lines", 1, "where", to=[[1, "=", "t"]])),
    ("a line that comes from itself", set_at(*PROOF, "lines", 1, "from", to=1)),
)


@pytest.mark.parametrize("change", [pytest.param(change, id=what) for what, change in WRONG_LINES])
def test_a_proof_with_a_wrong_line_is_rejected(change: Callable[[Any], None]) -> None:
    made = certificate("one step")
    assert recheck.check(made)[0] == "accepted"
    assert [line["rule"] for line in made["evidence"][0]["proofs"][0]["lines"]] == ["unfold", "one step"]
    change(made)
    assert recheck.check(made)[0] == "rejected"


def test_a_derivative_is_an_atom_where_a_proof_ends() -> None:
    """The first line is 0 in value; what it is made of only cancels after one more step."""
    made = certificate("one step")
    lines = made["evidence"][0]["proofs"][0]["lines"]
    del lines[1:]
    status, reason = recheck.check(made)
    assert (status, "line of its proof" in reason) == ("rejected", True)


def test_the_lines_of_a_proof_are_printed_one_after_the_other() -> None:
    printed = list(steps(certificate("one step")))
    assert printed[0].startswith("proof that side 1 = side 2")
    assert printed[1].startswith("  1. unfold (") and printed[2].startswith("  2. one step (") and "cancel: the " in printed[3]
    assert "~1" in printed[1]


@pytest.mark.parametrize(
    ("change", "status"),
    [
        (set_at("clashes", 0, 1, to=[["m"], ["n"]]), "rejected"),
        (set_at("clashes", 0, 0, to="trace"), "rejected"),
        (set_at("clashes", to=[]), "undecided"),
        (set_at("clashes", 0, to=["sum", [["n"], []]]), "unreadable"),
        (set_at("assumptions", to=["y = 1"]), "undecided"),
    ],
    ids=["shapes that fit", "no operation", "no clash", "one operand", "an assumption"],
)
def test_shapes_that_do_not_clash(change: Callable[[Any], None], status: str) -> None:
    made = certificate("shapes")
    change(made)
    assert recheck.check(made)[0] == status


@pytest.mark.parametrize(
    ("rule", "left", "right", "clashes"),
    [
        ("sides", [["n"], []], [["n"], []], False),
        ("sides", [["n"], []], [[], ["n"]], True),
        ("sides", [["n"], ["m"]], [["n", "m"], []], False),
        ("sum", [["n"], ["m"]], [["n"], []], False),
        ("sum", [["n"], ["m"]], [[], ["m"]], False),
        ("sum", [["n"], ["m"]], [[], []], False),
        ("sum", [["n"], ["m"]], [["m"], []], True),
        ("matrix product", [["n"], ["m"]], [["m"], []], False),
        ("matrix product", [["n"], ["m"]], [[], []], False),
        ("matrix product", [["n"], ["m"]], [["n"], []], True),
        ("element-wise product", [["n"], []], [["m"], []], True),
        ("identity", [["n"], ["n"]], [[], []], False),
        ("identity", [["n"], ["m"]], [[], []], True),
        ("one index", [["n"], []], [["n"], []], False),
        ("one index", [["n"], []], [["m"], []], True),
    ],
)
def test_which_shapes_clash(rule: str, left: Any, right: Any, clashes: bool) -> None:
    assert recheck.CLASHES[rule](left, right) == clashes


@pytest.mark.parametrize(("name", "change", "allowed"), [pytest.param(n, c, a, id=what) for what, n, c, a in TWINS])
def test_a_certificate_that_says_something_else(name: str, change: Callable[[Any], None], allowed: set[str]) -> None:
    made = certificate(name)
    change(made)
    status, reason = recheck.check(made)
    assert status in allowed, reason
    assert "\n" not in reason and len(reason) < 250


def test_an_immediate_derivative_made_total_is_not_accepted() -> None:
    made = certificate("immediate derivatives")
    text = json.dumps(made["evidence"][0]["sides"][1])
    assert '["steps"' in text
    found: list[list[Any]] = []

    def visit(e: Any) -> None:
        if isinstance(e, list):
            found.extend([e] if e and e[0] == "d" and e[3][0] == "steps" else [])
            for x in e:
                visit(x)

    visit(made["evidence"][0]["sides"][1]["body"])
    for d in found:
        d[3] = ["total"]
    assert recheck.check(made)[0] == "rejected"


def test_text_and_index_notation_are_compared_by_reading_again() -> None:
    made = certificate("weights")
    made["problem"]["claim"] = WEIGHTS.replace("t-1", "t")
    assert recheck.check(made)[0] == "accepted"  # the checker does not read LaTeX, and says so
    assert "no reading of its problem" in reading_differs(made)
    made = certificate("weights")
    made["problem"]["given"][1] = "h_t = \\sigma(a_t)"
    assert "no reading of its problem" in reading_differs(made)


#: Verified by what residues do not know: e^{a+b} = e^a e^b for a that is no sum of free quantities, assumed equations.
BEYOND_RESIDUES = ("softmax and cross-entropy: shift", "assumptions: used", "assumptions: used below a function")


@pytest.mark.parametrize("row", [row for row in CLAIMS if not row.xfail], ids=lambda row: row.name)
def test_certificates_of_the_claim_tables(row: Any) -> None:
    verdict = judge_with_certificate(Problem.from_dict(row.problem))
    if verdict.evidence is None:
        assert verdict.verdict == "unknown"
        return
    status, reason = recheck.check(json.loads(json.dumps(verdict.evidence)))
    assert status == ("undecided" if row.name in BEYOND_RESIDUES else "accepted"), reason


def test_what_is_accepted_of_tampered_certificates_is_true() -> None:
    sources = list(map(certificate, PROBLEMS))
    results, wrong = run(sources, 300, seed=7)
    assert wrong == []
    assert results["rejected"] >= 30
    assert results["accepted, true"] >= 10


# -- the checker on its own -------------------------------------------------------------------------------------------------


def test_the_checker_imports_only_the_standard_library_and_runs_alone(tmp_path: Path) -> None:
    source = Path(recheck.__file__)
    for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
        names = (
            [a.name for a in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else []
        )
        assert all(name.split(".")[0] in sys.stdlib_module_names for name in names), names
    (tmp_path / "recheck.py").write_text(source.read_text(encoding="utf-8"), encoding="utf-8")
    (tmp_path / "good.json").write_text(json.dumps(certificate("weights")), encoding="utf-8")
    command = [sys.executable, "-I", str(tmp_path / "recheck.py"), str(tmp_path / "good.json")]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert done.returncode == 0 and "good.json: accepted: equal at 8 settings" in done.stdout, done.stderr


@pytest.mark.parametrize(
    ("text", "status"),
    [("[" * 100_000, 2), ("{}", 2), ("no json", 2), ('{"format": 1, "verdict": "verified"}', 2), ("[1e999]", 2), ("9" * 6000, 2)],
)
def test_unreadable_files_are_told_in_one_line(tmp_path: Path, text: str, status: int) -> None:
    file = tmp_path / "bad.json"
    file.write_text(text, encoding="utf-8")
    result = CliRunner().invoke(app, ["recheck", str(file)])
    assert result.exit_code == status
    assert len(result.output.strip().splitlines()) == 1


def test_check_writes_what_recheck_accepts(tmp_path: Path) -> None:
    problems = tmp_path / "p.jsonl"
    names = ["weights", "weights, a wrong step", "normalised"]
    problems.write_text("\n".join(json.dumps({**PROBLEMS[name][0], "id": name}) for name in names), encoding="utf-8")
    folder = tmp_path / "out"
    arguments = ["check", str(problems), "--isolated", "--cache-dir", str(tmp_path / "cache"), "--certificates", str(folder)]
    for _ in range(2):  # the second time what is kept has no certificate, and is not asked
        for file in folder.glob("*.json"):
            file.unlink()
        assert CliRunner().invoke(app, arguments).exit_code == 1
        assert len(list(folder.glob("*.json"))) == 3
    result = CliRunner().invoke(app, ["recheck", str(folder), "--reread"])
    assert result.exit_code == 0, result.output
    assert result.output.count(": accepted: ") == 3


def test_the_page_about_certificates_shows_what_is_printed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = Path(__file__).resolve().parents[2]
    page = (root / "docs" / "certificates.md").read_text(encoding="utf-8")
    monkeypatch.chdir(root)
    CliRunner().invoke(app, ["check", "docs/example.md", "--isolated", "--no-cache", "--certificates", str(tmp_path)])
    printed = CliRunner().invoke(app, ["recheck", str(tmp_path)]).output.replace(str(tmp_path), "out")
    assert printed.strip() in page


# -- its arithmetic -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["1/3", "-1/3", "12345678901234567890", "[0.25 +/- 1e-20]", "[-3.5 +/- 0.25]", "[1e-30 +/- 1e-31]", "0"])
def test_an_enclosure_is_around_its_number_and_on_its_side_of_0(text: str) -> None:
    low, high = map(recheck.Fraction, enclosure(text))
    middle = recheck.Fraction(text.strip("[]").split(" ")[0])
    assert low < middle < high
    assert (low > 0) == (middle > 0) and (high < 0) == (middle < 0)


@pytest.mark.parametrize("text", ["[1.5e-5000 +/- 1e-5020]", "[-2e+280 +/- 1e+250]"])
def test_an_enclosure_of_extremes_is_around_its_number_and_can_be_written(text: str) -> None:
    low, high = map(recheck.Fraction, enclosure(text))
    assert low < recheck.Fraction(text.strip("[]").split(" ")[0]) < high
    assert len(str(low)) < 700


def test_labels_stay_on_their_axis() -> None:
    """With any sizes that the checker draws: the range of a label is part of the model."""
    shapes = {"S": "N×K", "P": "N×K"}
    given = ["P = \\operatorname{softmax}(S)", "E = -\\frac{1}{N} \\sum_{i=1}^{N} \\log P_{i, y_i}"]
    claim = "\\frac{\\partial E}{\\partial S_{ik}} = \\frac{1}{N} (P_{ik} - \\mathbb{1}[k = y_i])"
    problem = {"given": given, "shapes": shapes, "ranges": {"i": "1..N", "k": "1..K", "y_i": "1..K"}, "claim": claim}
    made = json.loads(json.dumps(judge_with_certificate(Problem.from_dict(problem)).evidence))
    assert {recheck.check(made, str(seed))[0] for seed in range(8)} == {"accepted"}


@pytest.mark.parametrize("digits", [12, 30, 90])
def test_intervals_enclose_and_are_narrow(digits: int) -> None:
    """Against the identities of the functions, and against exact fractions."""
    random = Random(digits)
    arithmetic = recheck.Intervals(digits, recheck.Point({}, {}))

    def bounds(x: recheck.Interval) -> tuple[recheck.Fraction, recheck.Fraction]:
        return recheck.Fraction(x.low), recheck.Fraction(x.high)

    for _ in range(60):
        x = recheck.Fraction(random.randint(-400, 400), random.randint(1, 60))
        there = arithmetic.number(x)
        growth, decay = arithmetic.function("exp", there), arithmetic.function("exp", arithmetic.number(-x))
        low, high = bounds(arithmetic.product(growth, decay))
        assert low <= 1 <= high
        assert high - low <= recheck.Fraction(2000, 10**digits) * (1 + abs(x))
        low, high = bounds(arithmetic.sum([there, arithmetic.number(-x)]))
        assert low <= 0 <= high
        if x:
            low, high = bounds(arithmetic.product(there, arithmetic.inverse(there)))
            assert low <= 1 <= high
        if x > 0:
            low, high = bounds(arithmetic.function("log", growth))
            assert low <= x <= high
            root = arithmetic.function("sqrt", there)
            low, high = bounds(arithmetic.product(root, root))
            assert low <= x <= high


def test_the_primes_are_prime_and_differ() -> None:
    found = {recheck.random_prime.__wrapped__() for _ in range(5)}
    assert len(found) == 5
    assert all(pow(3, p - 1, p) == 1 and p.bit_length() == 127 for p in found)


def test_a_copy_of_the_source_is_left_alone() -> None:
    made = certificate("weights")
    before = copy.deepcopy(made)
    recheck.check(made)
    assert made == before


def test_what_is_forged_to_be_proved_is_tried_at_more_steps_than_stated() -> None:
    """A false claim that holds for N = T, or up to T = 4, with a proof that says nothing."""
    two = ["h_{i,t} = w x_{i,t}", "J = \\frac{1}{N} \\sum_{i=1}^N \\sum_{t=1}^T h_{i,t}"]
    shapes = {"h_{i,t}": "scalar", "x_{i,t}": "scalar", "w": "scalar", "J": "scalar"}
    problem = {"given": two, "shapes": shapes, "ranges": {"i": "1..N", "t": "1..T"}}
    right = json.loads(
        json.dumps(
            judge_with_certificate(
                Problem.from_dict({**problem, "claim": "\\frac{\\partial J}{\\partial h_{i,T}} = \\frac{1}{N}"})
            ).evidence
        )
    )
    assert recheck.check(right)[0] == "accepted"
    wrong = json.loads(json.dumps(right).replace('["pow", ["index", "N"], -1]', '["pow", ["index", "T"], -1]'))
    (part,) = wrong["evidence"]
    assert part["sides"] != right["evidence"][0]["sides"]
    wrong["models"] = right["models"]
    part["settings"] = [
        {**one, "values": {**one["values"], "N": one["values"]["T"]}, "instances": one["values"]["T"]} for one in part["settings"]
    ]
    for proof in part["proofs"]:
        proof["lines"] = [{"rule": "unfold", "detail": "", "from": -1, "where": [], "times": None, "terms": ["add", []]}]
    status, reason = recheck.check(wrong)
    assert (status, reason[:16]) == ("rejected", "the sides differ"), reason
