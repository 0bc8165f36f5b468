"""The formats: TeX that is balanced, Markdown that is read back and proved, HTML that needs nothing else, a notebook that runs."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from click.testing import CliRunner

import symbptt
from symbptt.cli import app
from symbptt.derivation import layout, mathml
from symbptt.derivation.derivation import Derivation
from symbptt.derivation.forms import FORMS
from symbptt.derivation.steps import STATED

from .derived import derived


def siso() -> Derivation:
    return derived("rnn-siso", ("W",))


def run(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["derive", *arguments])
    return result.exit_code, result.output


def test_tex_is_balanced_and_has_no_long_line_left() -> None:
    text = siso().to_latex()
    for name in set(re.findall(r"\\begin\{(\w+\*?)\}", text)):
        assert text.count(f"\\begin{{{name}}}") == text.count(f"\\end{{{name}}}")
    assert text.count("{") == text.count("}")
    assert text.startswith("\\documentclass") and "amsmath" in text


def test_markdown_is_read_back_and_every_line_is_proved(tmp_path: Path) -> None:
    file = tmp_path / "derivation.md"
    file.write_text(siso().to_markdown(), encoding="utf-8")
    verdicts = symbptt.check_document(str(file))
    judged = [v for v in verdicts if v.verdict]
    assert {v.verdict for v in judged} == {"proved"} and len(judged) == siso().checked
    assert [v.role for v in verdicts if not v.verdict].count("update") == 1


def test_html_stands_alone_and_its_formulas_are_well_formed() -> None:
    page = siso().to_html()
    assert not re.search(r"(?:src|href)=|https?:|@import|<script", page)
    formulas = re.findall(r"<math.*?</math>", page, flags=re.DOTALL)
    assert len(formulas) > siso().checked / 2
    for formula in formulas:
        ET.fromstring(formula.replace("&#x2061;", ""))
    assert page.count("<details open>") == page.count("</details>") == len(siso().parts)
    assert "prefers-color-scheme: dark" in page and "width=device-width" in page


def executed(*cells: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", "\n\n".join(cells)], capture_output=True, text=True, check=False)


def test_the_notebook_checks_itself() -> None:
    notebook = json.loads(siso().to_notebook())
    assert notebook["nbformat"] == 4
    ((picture,),) = [cell["attachments"].values() for cell in notebook["cells"] if "attachments" in cell]
    ET.fromstring(picture["image/svg+xml"])
    code = ["".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == "code"]
    run_through = executed(*code)
    assert run_through.returncode == 0, run_through.stderr
    assert run_through.stdout.count("formulas are true") == len(code) - 1
    wrong = executed(code[0], "check((r'\\frac{\\partial C}{\\partial y} = d - y', ''))")
    assert wrong.returncode and "is refuted" in wrong.stderr
    told = sum(text.count("\n    (r") for text in code[1:])
    assert told == sum(step.verdict not in STATED for step in siso().steps)


BROKEN = [
    ("a &= b + c", 80.0, "a", "b + c", 1),
    ("long", 8.0, "a", "\\delta_{1} W + \\delta_{2} W + \\delta_{3} W", 3),
    ("brackets that fit are not broken", 30.0, "a", "\\left( b + c + d + e \\right) f + g", 1),
    ("brackets that do not fit are", 14.0, "a", "\\left( b + c + d + e \\right) f", 2),
]


@pytest.mark.parametrize("words, room, before, after, number", BROKEN)
def test_long_sums_are_broken_before_a_sign(words: str, room: float, before: str, after: str, number: int) -> None:
    assert len(layout.lines(before, "=", after, room)) == number


MATHML = [
    ("h_{t-1}^{2}", "<msubsup><mi>h</mi>"),
    ("\\frac{\\partial L}{\\partial W}", "<mfrac>"),
    ("\\sum_{t = 1}^{T} \\delta_t", "<munderover>"),
    ("\\hat{Y}_t", '<mover accent="true">'),
]


@pytest.mark.parametrize("latex, part", MATHML)
def test_mathml(latex: str, part: str) -> None:
    assert part in mathml.mathml(latex)


def test_mathml_says_what_it_does_not_know() -> None:
    with pytest.raises(mathml.NoMathML, match="unheard"):
        mathml.mathml("\\unheard{x}")


def test_the_command_writes_by_the_ending_of_the_file(tmp_path: Path) -> None:
    target = tmp_path / "d.tex"
    code, output = run("rnn-siso", "--wrt", "V", "--output", str(target))
    assert code == 0 and "wrote d.tex" in output and target.read_text(encoding="utf-8").startswith("\\documentclass")
    assert set(FORMS) == {"html", "ipynb", "md", "pdf", "tex"}


USAGE = [
    (("rnn-sis",), 2, "no model is called `rnn-sis`; did you mean `rnn-siso`?"),
    (("rnn-siso", "--wrt", "Q"), 2, "the model has no `Q`"),
    (("rnn-siso", "--steps", "0"), 2, "`0` is neither a number of steps nor `all`"),
    (("rnn-siso", "--output", "d.doc"), 2, "no format is known for `.doc`"),
]


@pytest.mark.parametrize("arguments, code, message", USAGE)
def test_wrong_usage_is_told(arguments: tuple[str, ...], code: int, message: str) -> None:
    found, output = run(*arguments)
    assert found == code and message in output


def test_without_a_tex_pdf_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    code, output = run("rnn-siso", "--wrt", "V", "--format", "pdf")
    assert code == 2 and "there is no pdflatex here" in output
