"""Settings of a project: where they are found, what they hold, and every complaint word for word."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from symbptt.config import Config, find_config, find_root, read_config
from symbptt.documents.formulas import InputError
from symbptt.verdict import Verdict

ALL = """\
timeout = 5
workers = 3
strict = true
format = "json"
include = ["*.md"]
exclude = ["old/"]
select = ["S1", "S3"]
ignore = ["S103"]
cache = false
[per-file-ignores]
"drafts/*.md" = ["S101"]
"""


def write(path: Path, text: str) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return str(path)


def test_all_keys(tmp_path: Path) -> None:
    own = read_config(write(tmp_path / "symbptt.toml", ALL))
    table = ALL.replace("[per", "[tool.symbptt.per")
    project = read_config(write(tmp_path / "pyproject.toml", f"[project]\nname = 'x'\n[tool.symbptt]\n{table}"))
    assert own == project and own is not None
    assert (own.timeout, own.workers, own.strict, own.format, own.cache) == (5.0, 3, True, "json", False)
    assert (own.select, own.ignore, own.root) == (("S1", "S3"), ("S103",), str(tmp_path))
    make = [tmp_path / name for name in ("a.md", "b.jsonl", "old/c.md")]
    for path in make:
        write(path, "")
    assert list(own.walk.files(str(tmp_path), (".md", ".jsonl"))) == [str(make[0])]


def test_what_counts(tmp_path: Path) -> None:
    config = read_config(write(tmp_path / "symbptt.toml", ALL))
    assert config is not None
    for path, code, counts in (
        ("a.md", "S101", True),
        ("drafts/a.md", "S101", False),
        ("drafts/a.md", "S102", True),
        ("a.md", "S103", False),
        ("a.md", "S201", False),
        ("a.md", "", True),
    ):
        assert config.counts(Verdict(path=str(tmp_path / path), code=code)) is counts, (path, code)


def test_the_nearest_file_above_all_paths(tmp_path: Path) -> None:
    write(tmp_path / "symbptt.toml", "timeout = 1")
    write(tmp_path / "a" / "pyproject.toml", "[tool.symbptt]\ntimeout = 2")
    write(tmp_path / "a" / "b" / "pyproject.toml", "[tool.other]")
    write(tmp_path / "c" / "symbptt.toml", "timeout = 3")
    write(tmp_path / "c" / "pyproject.toml", "[tool.symbptt]\ntimeout = 4")
    for paths, timeout in (
        (("a/b",), 2.0),
        (("a/b/x.md", "a/y.md"), 2.0),
        (("a/x.md", "c/x.md"), 1.0),
        (("c/deep/x.md",), 3.0),
        (("x.md",), 1.0),
    ):
        assert find_config(tuple(str(tmp_path / path) for path in paths)).timeout == timeout, paths


def test_the_first_path_with_a_file_where_none_is_above_all(tmp_path: Path) -> None:
    write(tmp_path / "a" / "symbptt.toml", "timeout = 2")
    write(tmp_path / "c" / "symbptt.toml", "timeout = 3")
    if find_root((str(tmp_path),)) is None:
        for paths, timeout in ((("a/x.md", "c/x.md"), 2.0), (("b/x.md", "c/x.md"), 3.0), (("x.md", "a/x.md"), 2.0)):
            assert find_config(tuple(str(tmp_path / path) for path in paths)).timeout == timeout, paths


def test_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if find_root((str(tmp_path),)) is None:
        assert find_config((str(tmp_path),)) == Config()
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "symbptt.toml", "timeout = 7")
    assert find_config(("",)).timeout == find_config(("x.md",)).timeout == 7.0


def test_the_root_of_a_project(tmp_path: Path) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "a" / ".git").mkdir()
    assert find_root((str(tmp_path / "a" / "b"), str(tmp_path / "a" / "x.md"))) == str(tmp_path / "a")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("timeout = 1\ntimout = 5", "symbptt.toml:2: unknown key `timout`; did you mean `timeout`?"),
        (
            "\n'x y' = 5",
            "symbptt.toml:2: unknown key `x y`; the keys are timeout, workers, strict, format, include, exclude, select, ignore, "
            "per-file-ignores, cache",
        ),
        ("timeout = 0", "symbptt.toml:1: `timeout` must be a number of seconds above 0, up to 3600"),
        ("timeout = nan", "symbptt.toml:1: `timeout` must be a number of seconds above 0, up to 3600"),
        ("timeout = true", "symbptt.toml:1: `timeout` must be a number of seconds above 0, up to 3600"),
        ("\n  workers = 1_000", "symbptt.toml:2: `workers` must be a whole number from 1 to 256"),
        ("workers = 1.0", "symbptt.toml:1: `workers` must be a whole number from 1 to 256"),
        ("strict = 'yes'", "symbptt.toml:1: `strict` must be true or false"),
        ("format = 'pdf'", "symbptt.toml:1: `format` must be one of text, json, jsonl"),
        ("format = []", "symbptt.toml:1: `format` must be one of text, json, jsonl"),
        ("exclude = 'a'", "symbptt.toml:1: `exclude` must be a list of texts"),
        ("ignore = [1]", "symbptt.toml:1: `ignore` must be a list of texts"),
        ("ignore = ['S109']", "symbptt.toml:1: `ignore`: no rule has the code `S109`; did you mean `S103`?"),
        ("per-file-ignores = 1", "symbptt.toml:1: `per-file-ignores` must be a table of globs with lists of codes"),
        (
            "[per-file-ignores]\n'a.md' = ['X']",
            "symbptt.toml:1: `per-file-ignores`: no rule has the code `X`; `symbptt rule --all` lists them",
        ),
        ("timeout: 5", "symbptt.toml:1: not TOML: Expected '=' after a key in a key/value pair"),
        ("a = 1\n\na = 2\nb = 1", "symbptt.toml:3: not TOML: Cannot overwrite a value"),
        ("a = " + "[" * 100_000, "symbptt.toml: not TOML that can be read: nested too deeply"),
        ("a = 1\0", "symbptt.toml: a binary file, not text; give a document"),
        ("#" * 1_000_001, "symbptt.toml: more than 1,000,000 bytes are no settings; name another file with --config"),
    ],
)
def test_complaints(text: str, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write(Path("symbptt.toml"), text)
    with pytest.raises(InputError) as caught:
        read_config("symbptt.toml")
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[tool]\nsymbptt = 1", "pyproject.toml: `tool.symbptt` must be a table"),
        ("[project]\ntimout = 1\n[tool.symbptt]\ntimout = 5", "pyproject.toml:4: unknown key `timout`; did you mean `timeout`?"),
        ("tool.symbptt.timout = 5", "pyproject.toml:1: unknown key `timout`; did you mean `timeout`?"),
        ("[tool]\nother.x = 1\nsymbptt.'timout' = 5", "pyproject.toml:3: unknown key `timout`; did you mean `timeout`?"),
        ("[ tool . symbptt . timout ]\na = 1", "pyproject.toml:1: unknown key `timout`; did you mean `timeout`?"),
        ("tool = { symbptt = { timout = 5 } }", "pyproject.toml: unknown key `timout`; did you mean `timeout`?"),
    ],
)
def test_complaints_about_a_project_file(text: str, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write(Path("pyproject.toml"), text)
    with pytest.raises(InputError) as caught:
        read_config("pyproject.toml")
    assert str(caught.value) == message


@pytest.mark.parametrize("text", ["", "[tool.other]", "tool = 1", "[project]\ntimeout = 1"])
def test_a_project_file_without_settings(text: str, tmp_path: Path) -> None:
    assert read_config(write(tmp_path / "pyproject.toml", text)) is None


@pytest.mark.skipif(os.name != "posix", reason="pipes of Unix")
def test_a_pipe_is_no_file_of_settings(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "symbptt.toml")
    (tmp_path / "pyproject.toml").write_text("[tool.symbptt]\ntimeout = 2")
    assert find_config((str(tmp_path),)).timeout == 2.0
