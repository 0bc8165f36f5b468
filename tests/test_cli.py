"""The command line: reports, exit status, and every complaint word for word."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from symbptt.cache import FOLDER
from symbptt.cli import COMMANDS, app
from symbptt.documents import check as checking
from symbptt.documents.reader import SUFFIXES
from symbptt.problem import Problem
from symbptt.rules import RULES
from symbptt.verdict import Verdict
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
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    return tmp_path / "work"


def problems(path: Path, *claims: str, **more: str) -> None:
    path.write_text("".join(json.dumps({"claim": claim, **more}) + "\n" for claim in claims))


def run(*args: str, stdin: str | None = None) -> Result:
    return CliRunner().invoke(app, ["check", "--workers", "2", *args], input=stdin)


def command(*args: str) -> Result:
    return CliRunner().invoke(app, list(args))


def words(result: Result) -> list[str]:
    return [json.loads(line)["verdict"] for line in result.stdout.splitlines()]


def start(*args: str, folder: Path) -> subprocess.Popen[str]:
    """The command, which hears ctrl-C also where the tests run behind `&`: a shell lets what it starts there ignore it."""
    heard = partial(signal.signal, signal.SIGINT, signal.SIG_DFL) if os.name == "posix" else None
    paths = os.pathsep.join([str(folder.parent / "stub"), str(Path(checking.__file__).parents[2]), os.environ.get("PYTHONPATH", "")])
    command = [sys.executable, "-c", RUN, *args]
    environment = os.environ | {"PYTHONPATH": paths}
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment, preexec_fn=heard)


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
    assert lines[2] == "    [S101]"
    assert lines[3].startswith("2 formulas: 1 proved, 1 refuted in ")


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
        ("a.xyz", b"", f"a.xyz: not read yet: .xyz; symbptt reads {', '.join(SUFFIXES)}"),
        ("README", b"", f"README: a file without a suffix is not read; symbptt reads {', '.join(SUFFIXES)}"),
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
    assert result.stderr == f"empty: no documents in this folder; looked for {', '.join(SUFFIXES)}\n"
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
    assert lines[1:3] == ["    stopped after 1 s; raise --timeout [S501]", "p.jsonl:2:1  PROVED  proved"]


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


def test_help_loads_nothing_of_the_mathematics() -> None:
    code = "import atexit, sys; atexit.register(lambda: print(*sys.modules)); from symbptt.cli import main; main()"
    out = subprocess.run([sys.executable, "-c", code, "--help"], capture_output=True, text=True, check=True).stdout
    assert all(name in out for name in COMMANDS)
    assert not {"sympy", "numpy", "flint", "markdown_it", "latex2sympy2"} & set(out.split())


def test_help_says_what_the_commands_say() -> None:
    for name, (_, line) in COMMANDS.items():
        found = app.get_command(None, name)  # type: ignore[arg-type]
        assert found is not None and found.name == name
        assert found.get_short_help_str(200).startswith(line.removesuffix("."))


def test_help_imports_next_to_nothing() -> None:
    code = "import sys, symbptt.cli; print([name for name in sys.modules if name.startswith(('symbptt.', 'rich', 'yaml', 'markdown'))])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "['symbptt.cli']\n"


def test_no_engine_is_imported_for_the_command_line() -> None:
    """Enclosures (flint) stand in the table of functions, which the readers of documents look at."""
    code = "import sys, symbptt.commands.check; print([name for name in ('sympy', 'numpy', 'latex2sympy2') if name in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


# -- codes -----------------------------------------------------------------------------------------------------------------


def test_verdicts_carry_codes(folder: Path) -> None:
    problems(folder / "p.jsonl", "proved", "refuted", "unknown", "conditional", "nonsense")
    rows = [json.loads(line) for line in run("p.jsonl", "--format", "jsonl").stdout.splitlines()]
    assert [row.get("code") for row in rows] == [None, "S101", "S399", "S207", "S506"]


@pytest.mark.parametrize(
    ("options", "listed", "status"),
    [
        (["--ignore", "S101"], ["proved", "unknown"], 0),
        (["--ignore", "S1,S3"], ["proved"], 0),
        (["--ignore", "S101", "--strict"], ["proved", "unknown"], 1),
        (["--select", "S3"], ["proved", "unknown"], 0),
        (["--select", "S101", "--ignore", "ALL"], ["proved", "refuted"], 1),
    ],
)
def test_ignored_codes(options: list[str], listed: list[str], status: int, folder: Path) -> None:
    problems(folder / "p.jsonl", "proved", "refuted", "unknown")
    result = run("p.jsonl", "--format", "jsonl", *options)
    assert (words(result), result.exit_code) == (listed, status)


def test_ignored_codes_are_counted(folder: Path) -> None:
    problems(folder / "p.jsonl", "proved", "refuted", "unknown")
    assert run("p.jsonl", "--ignore", "S").stdout.splitlines()[-1].startswith("1 formula: 1 proved, 2 ignored in ")


@pytest.mark.parametrize("option", ["--ignore", "--select"])
def test_a_code_that_is_none(option: str, folder: Path) -> None:
    result = run("p.jsonl", option, "S101,S109")
    assert result.exit_code == 2
    assert f"Invalid value for '{option}': no rule has the code `S109`; did you mean `S103`?" in result.stderr


def test_rule_explains() -> None:
    result = command("rule", "S103")
    assert result.exit_code == 0
    assert result.stdout == (
        "S103 circular-definition\n\nA definition rests on itself, through no earlier step.\n\n"
        "Correct an index (`t-1` for `t`) or a name. Claims that rest on the definition are not decided.\n"
    )
    assert command("rule", "S1").stdout.count("S10") == 3
    lines = command("rule", "--all").stdout.splitlines()
    assert [line.split()[0] for line in lines] == list(RULES)
    assert lines[0] == "S101  refuted-formula            The two sides differ at a stated point of the model."


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["rule"], "Error: give a code such as S101, or --all\n"),
        (["rule", "--all", "S1"], "Error: give a code such as S101, or --all\n"),
        (["rule", "S999"], "no rule has the code `S999`; did you mean `S399`?\n"),
    ],
)
def test_rule_complains(args: list[str], message: str) -> None:
    result = command(*args)
    assert result.exit_code == 2 and result.stderr.endswith(message)


# -- how much is listed ----------------------------------------------------------------------------------------------------


def test_quiet_and_statistics(folder: Path) -> None:
    for name in ("a.jsonl", "b.jsonl"):
        problems(folder / name, "proved", "unknown", "refuted")
    lines = run(".", "--quiet").stdout.splitlines()
    assert [line for line in lines if line[:1] != " "][:-1] == ["./a.jsonl:3:1  REFUTED  refuted", "./b.jsonl:3:1  REFUTED  refuted"]
    lines = run(".", "--statistics").stdout.splitlines()
    assert [line.split()[:2] for line in lines[:-1]] == [["2", "S101"], ["2", "S399"]]
    assert "2 files" in run(".").stdout and "2 files" not in run("a.jsonl").stdout


def test_a_problem_is_called_by_its_name(folder: Path) -> None:
    problems(folder / "p.jsonl", "proved", id="w")
    assert run("p.jsonl").stdout.startswith("p.jsonl:1:1 (w)  PROVED  proved\n")


# -- settings --------------------------------------------------------------------------------------------------------------


def test_settings_of_the_project(folder: Path) -> None:
    (folder / "docs").mkdir()
    problems(folder / "docs" / "p.jsonl", "proved", "refuted", "unknown")
    (folder / "pyproject.toml").write_text("[tool.symbptt]\nignore = ['S101']\nformat = 'jsonl'\nstrict = true\n")
    result = run("docs")
    assert (words(result), result.exit_code) == (["proved", "unknown"], 1)
    assert run("docs", "--no-strict").exit_code == 0
    assert run("docs", "--format", "text").stdout.startswith("docs/p.jsonl:1:1  PROVED")
    assert words(run("docs", "--select", "S1")) == ["proved", "refuted"]
    assert run("docs", "--isolated").stdout.startswith("docs/p.jsonl:1:1  PROVED")
    (folder / "other.toml").write_text("format = 'jsonl'\nper-file-ignores = {'docs/*' = ['S3']}\n")
    assert words(run("docs", "--config", "other.toml")) == ["proved", "refuted"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ([], "symbptt.toml:1: unknown key `timout`; did you mean `timeout`?\n"),
        (["--config", "no.toml"], "no.toml: no such file; check the path\n"),
        (["--config", "no.toml", "--isolated"], "Error: --config and --isolated exclude each other\n"),
        (["--no-cache", "--cache-dir", "x", "--isolated"], "Error: --cache-dir and --no-cache exclude each other\n"),
    ],
)
def test_settings_that_cannot_be_used(options: list[str], message: str, folder: Path) -> None:
    problems(folder / "p.jsonl", "proved")
    (folder / "symbptt.toml").write_text("timout = 5")
    result = run("p.jsonl", *options)
    assert (result.stdout, result.exit_code) == ("", 2)
    assert result.stderr.removeprefix(f"{folder}{os.sep}").endswith(message)


def test_exclude(folder: Path) -> None:
    for name in ("old", "new"):
        (folder / name).mkdir()
        problems(folder / name / "p.jsonl", "proved" if name == "new" else "refuted")
    assert words(run(".", "--exclude", "old", "--format", "jsonl")) == ["proved"]
    assert words(run(".", "old/p.jsonl", "--exclude", "old", "--format", "jsonl")) == ["proved", "refuted"]
    (folder / "symbptt.toml").write_text("exclude = ['new/']")
    assert words(run(".", "--format", "jsonl")) == ["refuted"]


def test_other_json_in_a_folder(folder: Path) -> None:
    (folder / "package.json").write_text('{"name": "x"}')
    problems(folder / "p.jsonl", "proved")
    assert run(".").exit_code == 0
    assert run("package.json").exit_code == 2


def test_standard_input_with_a_name(folder: Path) -> None:
    result = run("-", "--stdin-filename", "docs/a.jsonl", "--format", "jsonl", stdin='{"claim": "proved"}')
    assert [json.loads(line)["path"] for line in result.stdout.splitlines()] == ["docs/a.jsonl"]
    result = run("-", "--stdin-filename", "notes.md", "--format", "jsonl", stdin='{"claim": "proved"}')
    assert (result.stdout, result.exit_code) == ("", 0)
    result = run("-", "--stdin-filename", "a.xyz", stdin="")
    assert result.stderr.startswith("a.xyz: not read yet: .xyz; symbptt reads ") and result.exit_code == 2


def test_a_document_on_standard_input(folder: Path) -> None:
    result = run("-", stdin="$$x = y$$\n\n<!-- symbptt: claim -->\n$$x = y$$\n")
    assert "<stdin>:4:3" in result.stdout


# -- cache -----------------------------------------------------------------------------------------------------------------


def test_the_second_run_judges_nothing(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    problems(folder / "p.jsonl", "proved", "refuted", "unknown", "nonsense")
    (folder / "symbptt.toml").write_text("")
    first = run("p.jsonl", "--format", "jsonl")
    assert (folder / FOLDER).is_dir()
    judged: list[str] = []

    def check(problems: Iterable[Problem], **_: object) -> Iterator[Verdict]:
        todo = list(problems)
        judged.extend(problem.claim for problem in todo)
        return iter([Verdict(latex=problem.claim, verdict="unknown", message="internal error: x") for problem in todo])

    monkeypatch.setattr(checking, "check_all", check)
    problems(folder / "q.jsonl", "refuted", "new", "proved", "nonsense")
    again = run("q.jsonl", "--format", "jsonl")
    assert judged == ["new", "nonsense"]
    assert words(again) == ["refuted", "unknown", "proved", "unknown"]
    assert words(first) == ["proved", "refuted", "unknown", "unknown"]
    run("q.jsonl", "--no-cache")
    assert judged[2:] == ["refuted", "new", "proved", "nonsense"]
    (folder / "symbptt.toml").write_text("cache = false")
    run("q.jsonl")
    assert judged[6:] == ["refuted", "new", "proved", "nonsense"]


def test_without_a_project_the_cache_is_the_users(folder: Path) -> None:
    problems(folder / "p.jsonl", "proved")
    run("p.jsonl")
    assert [path.name for path in folder.iterdir()] == ["p.jsonl"]
    assert (folder.parent / "cache" / "symbptt" / "verdicts").is_dir()


def test_clean(folder: Path) -> None:
    problems(folder / "p.jsonl", "proved")
    (folder / "symbptt.toml").write_text("")
    run("p.jsonl")
    assert command("clean").stdout == f"removed {folder / FOLDER}\n"
    assert not (folder / FOLDER).exists()
    assert command("clean").stdout == f"no cache in {folder / FOLDER}\n"
    run("p.jsonl", "--cache-dir", "kept")
    assert command("clean", "--cache-dir", "kept").stdout == "removed kept\n"
    assert not (folder / "kept").exists() and not (folder / FOLDER).exists()
