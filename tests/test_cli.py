"""The command line: reports, exit status, and every complaint word for word."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from symbptt.cli import app
from symbptt.documents import check as checking
from symbptt.workers import check_all

STUB = """
import time
from symbptt.verdict import Verdict

def judge(problem):
    if problem.claim == "sleep":
        time.sleep(1000)
    return Verdict(verdict=problem.claim.split()[0], latex=problem.claim)
"""
RUN = (
    "from functools import partial; import symbptt.documents.check as c; "
    "c.check_all = partial(c.check_all, judge='stub_of_cli:judge'); from symbptt.cli import main; main()"
)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder, with a judge that says what the claim says."""
    (tmp_path / "stub").mkdir()
    (tmp_path / "stub" / "stub_of_cli.py").write_text(STUB)
    monkeypatch.syspath_prepend(str(tmp_path / "stub"))
    monkeypatch.setattr(checking, "check_all", partial(check_all, judge="stub_of_cli:judge"))
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    return tmp_path / "work"


def problems(path: Path, *claims: str, **more: str) -> None:
    path.write_text("".join(json.dumps({"claim": claim, **more}) + "\n" for claim in claims))


def run(*args: str, stdin: str | None = None) -> Result:
    return CliRunner().invoke(app, ["check", "--workers", "2", *args], input=stdin)


def start(*args: str, folder: Path) -> subprocess.Popen[str]:
    paths = os.pathsep.join([str(folder.parent / "stub"), str(Path(checking.__file__).parents[2]), os.environ.get("PYTHONPATH", "")])
    command = [sys.executable, "-c", RUN, *args]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=os.environ | {"PYTHONPATH": paths})


@pytest.mark.parametrize(
    ("claims", "options", "status"),
    [
        (["proved", "verified", "conditional", "unknown"], [], 0),
        (["unknown"], ["--strict"], 1),
        (["proved", "refuted"], [], 1),
        ([], [], 0),
    ],
)
def test_exit_status(claims: list[str], options: list[str], status: int, folder: Path) -> None:
    problems(folder / "p.jsonl", *claims)
    assert run("p.jsonl", *options).exit_code == status


@pytest.mark.parametrize(("claim", "expect", "status"), [("refuted", "refuted", 0), ("proved", "verified", 0), ("verified", "proved", 1)])
def test_expectations(claim: str, expect: str, status: int, folder: Path) -> None:
    problems(folder / "p.jsonl", claim, expect=expect)
    assert run("p.jsonl", "--strict").exit_code == status


def test_text(folder: Path) -> None:
    problems(folder / "p.jsonl", "proved", "refuted")
    lines = run("p.jsonl").stdout.splitlines()
    assert lines[:2] == ["p.jsonl:1:1  PROVED  proved", "p.jsonl:2:1  REFUTED  refuted"]
    assert lines[2].startswith("2 formulas: 1 proved, 1 refuted in ")


def test_json_has_standard_output_to_itself(folder: Path) -> None:
    problems(folder / "p.jsonl", "proved", "nonsense")
    for form, read in (("json", json.loads), ("jsonl", lambda text: [json.loads(line) for line in text.splitlines()])):
        rows = read(run("p.jsonl", "no.md", "--format", form).stdout)
        assert [(row["id"], row["verdict"], row["role"]) for row in rows] == [
            ("p.jsonl:1", "proved", "claim"),
            ("p.jsonl:2", "unknown", "claim"),
        ]


def test_output_file(folder: Path) -> None:
    problems(folder / "p.jsonl", "proved é")
    result = run("p.jsonl", "--format", "json", "--output", "out.json")
    assert (result.stdout, result.exit_code) == ("", 0)
    assert json.loads((folder / "out.json").read_text("utf-8"))[0]["latex"] == "proved é"


def test_standard_input(folder: Path) -> None:
    for text in ('{"claim": "proved"}\n{"claim": "refuted"}', '[{"claim": "proved"},\n{"claim": "refuted"}]'):
        result = run("-", "--format", "jsonl", stdin=text)
        assert [json.loads(line)["id"] for line in result.stdout.splitlines()] == ["<stdin>:1", "<stdin>:2"]
        assert result.exit_code == 1


def test_folders(folder: Path) -> None:
    for name in ("b", "a/c", ".hidden"):
        (folder / "docs" / name).mkdir(parents=True)
        problems(folder / "docs" / name / "p.jsonl", "proved")
    rows = [json.loads(line) for line in run("docs", "--format", "jsonl").stdout.splitlines()]
    assert [row["path"] for row in rows] == [os.path.join("docs", "a", "c", "p.jsonl"), os.path.join("docs", "b", "p.jsonl")]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("no.md", None, "no.md: no such file; check the path"),
        ("a.tex", b"", "a.tex: not read yet: .tex; symbptt reads .md, .markdown, .json, .jsonl"),
        ("README", b"", "README: a file without a suffix is not read; symbptt reads .md, .markdown, .json, .jsonl"),
        ("a.md", b"a\0b", "a.md: a binary file, not text; give a document"),
        ("a.md", b"a\n\xff", "a.md:2: not UTF-8 (byte 0xff); save the file as UTF-8"),
        ("a.jsonl", b"{", "a.jsonl:1: not JSON: Expecting property name enclosed in double quotes (column 2)"),
        ("a.json", b"[" * 10_000, "a.json:1: not JSON that can be read: nested too deeply"),
        ("a.json", b"[{}]", "a.json:1: field `claim` is required: the LaTeX formula to judge"),
        ("a.md", b"---\nsymbptt: {x: 1}\n---", "a.md:2: unknown field `x`; the fields are"),
        ("a.md", b"\n$$ x = y", "a.md:2: `$$` is never closed; write `$$` behind the formula"),
        ("a.md", b"<!-- symbptt: skip -->", "a.md:1: the mark has no formula behind it; put it directly before one"),
    ],
)
def test_unreadable_input_is_told_and_the_rest_is_checked(name: str, content: bytes | None, message: str, folder: Path) -> None:
    problems(folder / "right.jsonl", "refuted")
    if content is not None:
        (folder / name).write_bytes(content)
    result = run(name, "right.jsonl", "--format", "jsonl")
    assert result.stderr.startswith(message)
    assert result.stderr.count("\n") == 1
    assert json.loads(result.stdout)["verdict"] == "refuted"
    assert result.exit_code == 2


def test_a_folder_without_documents(folder: Path) -> None:
    (folder / "empty").mkdir()
    result = run("empty")
    assert result.stderr == "empty: no documents in this folder; looked for .md, .markdown, .json, .jsonl\n"
    assert result.exit_code == 2


def test_a_line_of_ten_megabytes(folder: Path) -> None:
    problems(folder / "p.jsonl", "x" * 10_000_000, "proved")
    rows = [json.loads(line) for line in run("p.jsonl", "--format", "jsonl").stdout.splitlines()]
    assert [row["verdict"] for row in rows] == ["unknown", "proved"]
    assert rows[0]["message"] == "the claim is 10,000,000 characters long; the limit is 200,000"


def test_a_lone_surrogate_can_be_reported(folder: Path) -> None:
    (folder / "p.jsonl").write_text('{"claim": "proved \\ud800"}')
    process = start("check", "p.jsonl", "--format", "jsonl", folder=folder)
    out, err = process.communicate(timeout=60)
    assert (json.loads(out)["latex"], err, process.returncode) == ("proved \ud800", "", 0)


@pytest.mark.parametrize(
    "args", [["check"], ["check", "--format", "pdf", "a.md"], ["check", "--timeout", "0", "a.md"], ["chek"], ["check", "--no"]]
)
def test_wrong_usage(args: list[str], folder: Path) -> None:
    process = start(*args, folder=folder)
    out, err = process.communicate(timeout=60)
    assert (out, process.returncode) == ("", 2)
    assert err.startswith("Usage: ") and "Traceback" not in err


def test_an_output_that_cannot_be_written(folder: Path) -> None:
    problems(folder / "p.jsonl", "proved")
    result = run("p.jsonl", "--output", "no/such/file")
    assert result.exit_code == 2
    assert "cannot write no/such/file: No such file or directory" in result.stderr


def test_a_claim_that_never_ends(folder: Path) -> None:
    problems(folder / "p.jsonl", "sleep", "proved")
    started = time.monotonic()
    lines = run("p.jsonl", "--timeout", "1").stdout.splitlines()
    assert time.monotonic() - started < 15
    assert lines[1:3] == ["    stopped after 1 s; raise --timeout", "p.jsonl:2:1  PROVED  proved"]


@pytest.mark.skipif(os.name != "posix", reason="signals of Unix")
def test_ctrl_c_is_clean(folder: Path) -> None:
    problems(folder / "p.jsonl", "proved", "sleep")
    process = start("check", "p.jsonl", "--format", "jsonl", "--timeout", "60", folder=folder)
    assert process.stdout is not None
    process.stdout.readline()
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=30)
    assert (process.returncode, err) == (130, "interrupted\n")


@pytest.mark.skipif(os.name != "posix", reason="pipes of Unix")
def test_a_closed_pipe_is_clean(folder: Path) -> None:
    problems(folder / "p.jsonl", *["proved " + "x" * 5000] * 100)
    process = start("check", "p.jsonl", "--format", "jsonl", folder=folder)
    assert process.stdout is not None and process.stderr is not None
    process.stdout.readline()
    process.stdout.close()
    assert (process.wait(timeout=30), process.stderr.read()) == (130, "")
    process.stderr.close()


def test_help_is_quick_and_light(folder: Path) -> None:
    started = time.monotonic()
    process = start("--help", folder=folder)
    out, _ = process.communicate(timeout=60)
    assert time.monotonic() - started < 2  # 0.5 s on an idle machine
    assert process.returncode == 0 and "check" in out and "models" in out


def test_no_engine_is_imported_for_the_command_line() -> None:
    code = "import sys, symbptt.cli; print([name for name in ('sympy', 'numpy', 'flint', 'latex2sympy2') if name in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"
