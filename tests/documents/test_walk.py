"""Which files of a folder are read."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from symbptt.documents.walk import Glob, Walk, globs

SUFFIXES = (".md", ".jsonl")


def make(root: Path, *names: str) -> None:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("")


def found(root: Path, walk: Walk | None = None) -> list[str]:
    return [Path(path).relative_to(root).as_posix() for path in (walk or Walk()).files(str(root), SUFFIXES)]


@pytest.mark.parametrize(
    ("text", "path", "covered"),
    [
        ("a.md", "a.md", True),
        ("a.md", "x/y/a.md", True),
        ("a.md", "xa.md", False),
        ("*.md", "x/a.md", True),
        ("/a.md", "a.md", True),
        ("/a.md", "x/a.md", False),
        ("./a.md", "x/a.md", False),
        ("x/*.md", "x/a.md", True),
        ("x/*.md", "z/x/a.md", False),
        ("x/*.md", "x/y/a.md", False),
        ("x/**/*.md", "x/a.md", True),
        ("x/**/*.md", "x/y/z/a.md", True),
        ("**/y/*.md", "x/y/a.md", True),
        ("x", "x/y/a.md", True),
        ("x/", "x/y/a.md", True),
        ("x/", "y/x", False),
        ("x/**", "x/y/a.md", True),
        ("[ab]?.md", "b1.md", True),
        ("[!ab]?.md", "b1.md", False),
        ("\\#a.md", "#a.md", True),
        ("a.md", "../a.md", False),
    ],
)
def test_globs(text: str, path: str, covered: bool, tmp_path: Path) -> None:
    glob = Glob.of(text, str(tmp_path / "root"))
    assert glob is not None and glob.covers(str(tmp_path / "root" / path)) is covered


def test_lines_without_a_glob() -> None:
    assert globs(("", "  ", "# words", "/", "!"), ".") == ()


def test_what_is_no_document_of_the_author_is_left_out(tmp_path: Path) -> None:
    make(tmp_path, "b.md", "a/c.jsonl", "a.txt", ".hidden.md", ".venv/a.md", "x/node_modules/a/b.md", "_build/a.md")
    make(tmp_path, "lib/site-packages/a.md", "__pycache__/a.md", ".ipynb_checkpoints/a.md", "A.MD")
    assert found(tmp_path) == ["A.MD", "b.md", "a/c.jsonl"]
    assert found(tmp_path / "_build") == ["a.md"]


def test_exclude_and_include(tmp_path: Path) -> None:
    make(tmp_path, "a.md", "old/a.md", "new/a.md", "new/deep/b.md")
    base = str(tmp_path)
    assert found(tmp_path, Walk(exclude=globs(("old",), base))) == ["a.md", "new/a.md", "new/deep/b.md"]
    assert found(tmp_path, Walk(exclude=globs(("/a.md", "new/*/"), base))) == ["new/a.md", "old/a.md"]
    assert found(tmp_path, Walk(include=globs(("new/",), base))) == ["new/a.md", "new/deep/b.md"]
    assert found(tmp_path, Walk(globs(("a.md",), base), globs(("old/",), base))) == ["a.md", "new/a.md"]


def test_ignore_files_of_git(tmp_path: Path) -> None:
    make(tmp_path, "a.md", "out/a.md", "docs/a.md", "docs/b.md", "docs/keep.md", "docs/sub/c.md")
    (tmp_path / ".gitignore").write_text("out/\n# words\nb.md\n")
    (tmp_path / "docs" / ".gitignore").write_text("*.md\n!keep.md\n/sub\n")
    assert found(tmp_path) == ["a.md", "docs/keep.md"]


def test_ignore_files_above_up_to_the_repository(tmp_path: Path) -> None:
    make(tmp_path, "repository/docs/a.md", "repository/docs/b.md", "repository/docs/c.md")
    (tmp_path / ".gitignore").write_text("c.md\n")
    (tmp_path / "repository" / ".gitignore").write_text("a.md\n")
    assert found(tmp_path / "repository" / "docs") == ["a.md", "b.md", "c.md"]
    (tmp_path / "repository" / ".git").mkdir()
    assert found(tmp_path / "repository" / "docs") == ["b.md", "c.md"]


@pytest.mark.skipif(os.name != "posix", reason="links and pipes of Unix")
def test_nothing_outside_the_folder_is_read(tmp_path: Path) -> None:
    make(tmp_path, "docs/a.md", "outside/b.md")
    (tmp_path / "docs" / "out.md").symlink_to(tmp_path / "outside" / "b.md")
    (tmp_path / "docs" / "inside.md").symlink_to("a.md")
    (tmp_path / "docs" / "folder").symlink_to(tmp_path / "outside")
    (tmp_path / "docs" / "loop").symlink_to(tmp_path / "docs")
    (tmp_path / "docs" / "gone.md").symlink_to("nothing.md")
    os.mkfifo(tmp_path / "docs" / "pipe.md")
    (tmp_path / "docs" / ".gitignore").symlink_to(tmp_path / "outside" / "b.md")
    assert found(tmp_path / "docs") == ["a.md", "inside.md"]


def test_hostile_globs_end_soon(tmp_path: Path) -> None:
    name = "a" * 200 + ".md"
    make(tmp_path, f"{'x/' * 50}{name}")
    (tmp_path / ".gitignore").write_bytes(
        b"*a" * 100 + b"b\n" + b"**/*/" * 100 + b"q\n" + b"[a-" + b"\xff" * 1000 + b"\n" + b"z\n" * 100_000
    )
    started = time.monotonic()
    assert len(found(tmp_path)) == 1
    assert time.monotonic() - started < 5
