"""Every formula of the Markdown and HTML of derivations is accepted by KaTeX, and our MathML says what KaTeX's says."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from html import unescape
from pathlib import Path

import pytest

from symbptt.derivation.mathml import mathml

from .pages import formed

HERE = Path(__file__).resolve().parent
KATEX = HERE.parents[1] / ".ci" / "katex" / "node_modules" / "katex"
NEEDS_KATEX = pytest.mark.skipif(
    shutil.which("node") is None or not KATEX.is_dir(), reason="no KaTeX: `npm ci --prefix .ci/katex` puts it where the test looks"
)
#: A formula as it stands in Markdown: a display, or in a line.
_MARKDOWN = re.compile(r"^\$\$\n(?P<display>.*?)\n\$\$$|(?<![$\\])\$(?P<inline>[^$\n]+)\$(?!\$)", re.DOTALL | re.MULTILINE)
_ANNOTATION = re.compile(r'<annotation encoding="application/x-tex">(.*?)</annotation>', re.DOTALL)
_INVISIBLE = dict.fromkeys(map(ord, " \u2061\u2062\u2063\u00a0\u2009\u200b\n"))


def typeset(formulas: Sequence[tuple[str, bool]]) -> list[tuple[str, str]]:
    """For each formula what KaTeX complains of, and its MathML."""
    command = ["node", str(HERE / "typeset.cjs"), str(KATEX)]
    done = subprocess.run(command, input=json.dumps(formulas), capture_output=True, text=True, timeout=120, check=True)
    return [tuple(pair) for pair in json.loads(done.stdout)]


def in_markdown(page: str) -> list[tuple[str, bool]]:
    body = page.split("---\n", 2)[2]
    return [(found["display"] or found["inline"], found["display"] is not None) for found in _MARKDOWN.finditer(body)]


def leaves(markup: str) -> str:
    """The signs of a formula in their order, without annotations."""
    (math,) = re.findall(r"<math.*?</math>", markup, flags=re.DOTALL)
    tree = ET.fromstring(re.sub(r"<annotation.*?</annotation>", "", math, flags=re.DOTALL).replace("&#x2061;", ""))
    return "".join(tree.itertext()).translate(_INVISIBLE)


@NEEDS_KATEX
def test_every_formula_of_a_markdown_page_is_accepted_and_said_alike_in_mathml() -> None:
    formulas = sorted({formula for derivation in formed() for formula in in_markdown(derivation.to_markdown())})
    assert len(formulas) > 500
    found = typeset(formulas)
    assert [(latex, error) for (latex, _), (error, _) in zip(formulas, found, strict=True) if error] == []
    unlike = [latex for (latex, _), (_, theirs) in zip(formulas, found, strict=True) if leaves(theirs) != leaves(mathml(latex))]
    assert unlike == []


@NEEDS_KATEX
def test_every_formula_of_a_page_of_html_is_accepted() -> None:
    formulas = sorted({unescape(latex) for derivation in formed() for latex in _ANNOTATION.findall(derivation.to_html())})
    assert len(formulas) > 500
    found = typeset([(latex, True) for latex in formulas])
    assert [(latex, error) for latex, (error, _) in zip(formulas, found, strict=True) if error] == []


@NEEDS_KATEX
@pytest.mark.parametrize("wrong", ["\\frac{a}{b", "\\unheard{x}", "a_b_c", "é"])
def test_what_is_wrong_would_be_seen(wrong: str) -> None:
    ((error, _),) = typeset([(wrong, True)])
    assert error
