"""The README is run: its document, its problem, its Python, and what it prints."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner

import symbptt
from symbptt.cli import app

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```(\w*)\n(.*?)```", README, re.DOTALL)


def blocks(language: str) -> list[str]:
    return [text for name, text in BLOCKS if name == language]


def test_first_screen_is_what_the_command_prints(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    result = CliRunner().invoke(app, ["check", "docs/example.md"])
    assert result.exit_code == 0
    shown = next(text for text in blocks("") if text.startswith("$ symbptt check docs/example.md"))
    for line in shown.splitlines()[1:-1]:
        start = line.removesuffix("…")
        assert any(printed.startswith(start) for printed in result.output.splitlines()), line


def test_problem_is_proved() -> None:
    (text,) = blocks("json")
    assert symbptt.check(json.loads(text)).verdict == "proved"


def test_python_runs() -> None:
    (text,) = blocks("python")
    exec(compile(text, "README.md", "exec"), {})


def test_commands_are_those_of_ci() -> None:
    """CI runs the README's own commands."""
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    for command in blocks("sh"):
        assert command.strip() in script


def test_folder_names_in_the_architecture_exist() -> None:
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    tree = re.search(r"```\n(.*?)```", page, re.DOTALL)
    assert tree is not None
    for name in re.findall(r"^(\w+\.py|\w+/)", tree[1], re.MULTILINE):
        assert (ROOT / "symbptt" / name).exists(), name
