"""TeX in several files: what is read in, where it is said to stand, and what is never opened."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from pathlib import Path

import pytest

from symbptt.documents import tex_files
from symbptt.documents.formulas import Document, FormulaSource, Prose
from symbptt.documents.tex import read_tex


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a document, with a secret beside it."""
    (tmp_path / "secret.tex").write_text("$secret$", encoding="utf-8")
    (tmp_path / "doc").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path / "doc"


def read(folder: Path, main: str, files: Mapping[str, str] | None = None) -> Document:
    for name, text in {"main.tex": main, **(files or {})}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return read_tex(main, path="doc/main.tex")


def places(document: Document) -> list[tuple[str, str, int, int]]:
    return [(item.latex, item.path, item.line, item.column) for item in document.items if isinstance(item, FormulaSource)]


def errors(document: Document) -> list[str]:
    return [str(error) for error in document.errors]


@pytest.mark.parametrize(
    ("call", "name"),
    [
        ("\\input{part}", "part.tex"),
        ("\\input{part.tex}", "part.tex"),
        ("\\input part\n", "part.tex"),
        ("\\include{part}", "part.tex"),
        ("\\subfile{chapters/part}", "chapters/part.tex"),
        ("\\import{chapters/}{part}", "chapters/part.tex"),
        ("\\input{chapters/../part}", "part.tex"),
        ("\\input{./part}", "part.tex"),
    ],
)
def test_read_in_place(folder: Path, call: str, name: str) -> None:
    (folder / "chapters").mkdir()
    document = read(folder, f"$a$ {call} $c$", {name: "\n  $b$"})
    assert errors(document) == []
    assert [(latex, path) for latex, path, _, _ in places(document)] == [("a", ""), ("b", f"doc/{name}"), ("c", "")]
    assert places(document)[1][2:] == (2, 4)


def test_sections_and_macros_go_through_all_files(folder: Path) -> None:
    files = {
        "macros.tex": "\\newcommand{\\vh}{\\mathbf{h}}",
        "one.tex": "\\section{One} $\\vh$ \\input{two}",
        "two.tex": "\\section{Two} $b$",
    }
    document = read(folder, "\\input{macros}\\section{Zero}$z$\\input{one} $c$", files)
    assert [item.section for item in document.items if isinstance(item, FormulaSource)] == [1, 2, 3, 3]
    assert document.macros == {"\\vh": "\\mathbf{h}"}


def test_a_file_beside_the_one_that_asks_for_it(folder: Path) -> None:
    files = {"sub/one.tex": "\\input{two}\\subimport{deep/}{three}", "sub/two.tex": "$b$", "sub/deep/three.tex": "$c$"}
    document = read(folder, "\\input{sub/one}", files)
    assert [path for _, path, _, _ in places(document)] == ["doc/sub/two.tex", "doc/sub/deep/three.tex"]


def test_a_preamble_of_its_own(folder: Path) -> None:
    part = "\\documentclass[main]{subfiles}\\newcommand{\\x}{y}\nwords\n\\begin{document}$\\x$\\end{document}$z$"
    document = read(folder, "\\documentclass{article}\\begin{document}\\subfile{part} $c$\\end{document}", {"part.tex": part})
    assert [latex for latex, *_ in places(document)] == ["\\x", "c"]
    assert not [item for item in document.items if isinstance(item, Prose)]


def test_packages_of_ones_own_give_macros_only(folder: Path) -> None:
    style = "\\ProvidesPackage{own}$a$\\def\\own@x{1}\\newcommand{\\vh}{\\mathbf{h}}\\def\\be{\\begin{equation}}\\def\\ee{\\end{equation}}"
    document = read(folder, "\\usepackage{amsmath, own}\\begin{document}\\be \\vh\\ee\\end{document}", {"own.sty": style})
    assert (errors(document), document.macros) == ([], {"\\vh": "\\mathbf{h}"})
    assert [(latex, path) for latex, path, _, _ in places(document)] == [("\\vh", "")]


CLIMBS = "climbs out of the document's folder; put the file below it"
NO_NAME = "names no plain file, so it is not followed; write the file's name"


@pytest.mark.parametrize(
    ("call", "message"),
    [
        ("\\input{../secret}", CLIMBS),
        ("\\input{a/../../secret.tex}", CLIMBS),
        ("\\input{ROOT/secret.tex}", CLIMBS),
        ("\\input{ROOT/doc/part.tex}", CLIMBS),
        ("\\input{/etc/passwd}", CLIMBS),
        ("\\input{link}", CLIMBS),
        ("\\input{linked/secret}", CLIMBS),
        ("\\include{../secret}", CLIMBS),
        ("\\import{../}{secret}", CLIMBS),
        ("\\usepackage{../secret}", CLIMBS),
        ("\\input{~/secret}", NO_NAME),
        ("\\input{|cat secret}", NO_NAME),
        ("\\input{$HOME/secret}", NO_NAME),
        ("\\input{\\home/secret}", NO_NAME),
        ("\\input{nothing}", "names a file that is not there; add it or take the line out"),
        ("\\input{fifo.tex}", "names a file that is not there; add it or take the line out"),
        ("\\input{main}", "reads a file that is being read already; break the circle"),
    ],
)
def test_not_opened(folder: Path, call: str, message: str) -> None:
    call = call.replace("ROOT", str(folder.parent))
    (folder / "link.tex").symlink_to(folder.parent / "secret.tex")
    (folder / "linked").symlink_to(folder.parent)
    os.mkfifo(folder / "fifo.tex")
    document = read(folder, f"$a$\n{call}\n$b$")
    assert [latex for latex, *_ in places(document)] == ["a", "b"]
    spelled = call.replace("\\import{../}{secret}", "\\import{../secret}")
    [error] = errors(document)  # a long path is cut
    assert error.startswith(f"doc/main.tex:2: {spelled[:40]}") and error.endswith(f" {message}")


def test_errors_say_the_file_they_stand_in(folder: Path) -> None:
    document = read(folder, "\\input{part}", {"part.tex": "\n\n\\input{gone} $x"})
    assert errors(document) == [
        "doc/part.tex:3: \\input{gone} names a file that is not there; add it or take the line out",
        "doc/part.tex:3: `$` is never closed; write `$` behind the formula",
    ]


def test_what_is_no_text(folder: Path) -> None:
    (folder / "a.tex").write_bytes(b"\0\1")
    (folder / "b.tex").write_bytes(b"\n\xff")
    document = read(folder, "\\input{a}\\input{b}$c$")
    assert errors(document) == [
        "doc/a.tex: a binary file, not text; give a document",
        "doc/b.tex:2: not UTF-8 (byte 0xff); save the file as UTF-8",
    ]


def test_without_a_folder_nothing_is_read_in() -> None:
    document = read_tex("\\input{a}\\input{b}\\usepackage{c}$x$", path="<stdin>")
    assert errors(document) == ["<stdin>:1: \\input{a} is not followed, for the document has no folder; give it as a file"]


def test_a_circle_and_a_tower(folder: Path) -> None:
    document = read(folder, "\\input{a}", {"a.tex": "$a$\\input{b}\\input{b}", "b.tex": "\\input{a}\\input{main}"})
    assert len(places(document)) == 1
    assert len(errors(document)) == 2
    tower = {f"t{at}.tex": f"${at}$\\input{{t{at + 1}}}" for at in range(30)}
    document = read(folder, "\\input{t0}", tower)
    assert errors(document) == ["doc/t14.tex:1: \\input{t15} is nested more than 15 files deep; read it in from the document itself"]
    assert len(places(document)) == 15


def test_a_bomb_of_files(folder: Path) -> None:
    started = time.monotonic()
    files = {f"t{at}.tex": f"$x$\\input{{t{at + 1}}}\\input{{t{at + 1}}}" for at in range(14)}
    document = read(folder, "\\input{t0}", {**files, "t14.tex": "$x$"})
    assert len(places(document)) == tex_files.MOST_FILES
    assert len(errors(document)) == 1
    assert time.monotonic() - started < 10


def test_the_size_of_all_files(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tex_files, "LARGEST", 1000)
    document = read(folder, "\\input{a}\\input{a}\\input{a}\\input{a}", {"a.tex": "$x$" + " " * 400})
    assert len(places(document)) == 2
    reason = "is not followed, for the files read in are larger than 1,000 bytes together; give the parts as documents"
    assert errors(document) == [f"doc/main.tex:1: \\input{{a}} {reason}"]
