"""The TeX of derivations compiles with pdflatex, and no line of it runs over the margin of A4."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from symbptt.derivation import tex

from .derived import derived
from .pages import formed

NEEDS_TEX = pytest.mark.skipif(shutil.which("pdflatex") is None, reason="no pdflatex is installed, so no TeX was compiled")


def compiled(folder: Path, source: str) -> tuple[int, str]:
    (folder / "d.tex").write_text(source, encoding="utf-8")
    command = ["pdflatex", "-interaction=nonstopmode", "-no-shell-escape", "d.tex"]
    done = subprocess.run(command, cwd=folder, capture_output=True, timeout=120, check=False)
    return done.returncode, done.stdout.decode("utf-8", errors="replace")


def complaints(log: str) -> list[str]:
    return [line for line in log.splitlines() if re.match(r"!|Overfull \\hbox|LaTeX Warning: (?!Label|There were)", line)]


@NEEDS_TEX
def test_every_page_compiles_with_no_line_over_the_margin(tmp_path: Path) -> None:
    source = tex.document([derivation.to_latex_body() for derivation in formed()], "\\usepackage{tikz}\n")
    status, log = compiled(tmp_path, source)
    assert complaints(log) == [] and status == 0


WIDE = r"\begin{align*} x &= " + " + ".join(f"a_{{{n}}}" for n in range(40)) + r" \end{align*}"


@NEEDS_TEX
@pytest.mark.parametrize("wrong", [WIDE, r"\(\unheard\)"], ids=["too wide", "unknown"])
def test_what_is_wrong_would_be_seen(wrong: str, tmp_path: Path) -> None:
    _, log = compiled(tmp_path, tex.document([wrong]))
    assert complaints(log)


def test_a_page_stands_alone() -> None:
    page = derived("rnn-siso", ("W",)).to_latex()
    assert page.startswith("\\documentclass") and page.rstrip().endswith("\\end{document}")
    assert derived("rnn-siso", ("W",)).to_latex_body() in page
