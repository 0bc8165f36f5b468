"""`check --explain`: what was read, and where each part of it comes from."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from symbptt.cli import app
from symbptt.documents.explain import explain, one_line
from symbptt.documents.reader import DocumentRead, read_path

NOTES = r"""# A net

## The model

The input $x$ is a vector of size $m$.

$$h = \tanh(W x + b)$$

$$y = V h, \quad q = \unknown[ h $$

## Gradients

$$\frac{\partial C}{\partial h} = V^T \frac{\partial C}{\partial y}$$

$$W \leftarrow W - \eta \frac{\partial C}{\partial W}$$
"""


def explained(path: Path) -> str:
    heard: list[DocumentRead] = []
    read_path(str(path), told=heard.append)
    return "\n".join(line for read in heard for line in explain(read))


def write(folder: Path, text: str, sidecar: str = "") -> Path:
    (folder / "a.md").write_text(text, encoding="utf-8")
    if sidecar:
        (folder / "a.symbptt.yaml").write_text(sidecar, encoding="utf-8")
    return folder / "a.md"


def block(text: str, name: str) -> list[list[str]]:
    """The rows of a part of an explanation, as words."""
    lines = text.split("\n")
    first = lines.index(f"    {name}") + 1
    rows = []
    for line in lines[first:]:
        if not line.startswith("      "):
            break
        rows.append(line.split())
    return rows


def test_where_each_part_comes_from(tmp_path: Path) -> None:
    text = explained(write(tmp_path, NOTES.replace(r", \quad q = \unknown[ h ", "")))
    assert text.startswith(f"{tmp_path}/a.md\n  model 1, from 7:3 (The model); what nobody states is inferred\n    equations\n")
    equations = block(text, "equations")
    assert [row[:2] for row in equations[:2]] == [["line", "7"], ["line", "9"]]
    assert any("an arbitrary cost" in " ".join(row) for row in equations)
    rows = {row[0]: " ".join(row[1:]) for row in block(text, "shapes")}
    assert rows["x"].startswith("m said in line 5: ")
    assert rows["h"].endswith("inferred")


def test_stated_parts_and_models_by_section(tmp_path: Path) -> None:
    sidecar = "shapes: {x: m, h: n, W: n×m, b: n, V: q×n, y: q, C: scalar}\nsections: [{from: Gradients, shapes: {x: 3}}]\n"
    text = explained(write(tmp_path, NOTES, sidecar))
    assert "  model 1, from 7:3 (The model); as stated; no more is inferred than it needs" in text
    assert "  model 2, from 13:3 (Gradients); as stated" in text
    assert ["x", "m", "stated"] in block(text, "shapes")
    assert ["x", "3", "stated"] in block(text[text.index("model 2") :], "shapes")


def test_roles_with_the_reason(tmp_path: Path) -> None:
    text = explained(write(tmp_path, NOTES.replace(r", \quad q = \unknown[ h ", "")))
    tail = text[text.index("  formulas: ") :]
    assert tail.startswith("  formulas: 4 of 6; the others state nothing\n")
    assert [line.split()[:2] for line in tail.split("\n")[1:]] == [
        ["7:3", "definition"],
        ["9:3", "definition"],
        ["13:3", "claim"],
        ["15:3", "update"],
    ]
    assert "defines `h`" in tail and "rests on line" in tail and tail.rstrip().endswith("assigns")


def test_what_was_set_aside_has_its_reason(tmp_path: Path) -> None:
    text = explained(
        write(tmp_path, "$$x = a^{-1} b$$\n\n$$u_t = W u_{t-1}$$\n\n$$v = W u$$\n\n$$\\frac{\\partial v}{\\partial W} = u_1$$\n")
    )
    assert any("without" in " ".join(row) for row in block(text, "set aside"))


@pytest.mark.parametrize("form", ["json", "jsonl"])
def test_json_stays_a_list_of_verdicts(tmp_path: Path, form: str) -> None:
    path = write(tmp_path, NOTES)
    result = CliRunner().invoke(app, ["check", "--isolated", "--no-cache", "--workers", "1", "--explain", "--format", form, str(path)])
    rows = json.loads(result.stdout) if form == "json" else [json.loads(line) for line in result.stdout.splitlines()]
    assert all("verdict" in row for row in rows)
    assert "  model 1, from" in result.stderr


def test_text_has_the_explanation_before_the_verdicts(tmp_path: Path) -> None:
    path = write(tmp_path, NOTES)
    out = tmp_path / "report.txt"
    arguments = ["check", "--isolated", "--no-cache", "--workers", "1", "--explain", str(path)]
    result = CliRunner().invoke(app, arguments)
    assert 0 < result.stdout.index("model 1, from") < result.stdout.index("a.md:13:3")
    CliRunner().invoke(app, [*arguments, "--output", str(out)])
    assert "model 1, from" in out.read_text(encoding="utf-8")


def test_nothing_of_a_document_commands_the_terminal(tmp_path: Path) -> None:
    text = explained(write(tmp_path, "# A \x1b[31m title\n\n$$y = W \x1b x$$\n\n$$z = y$$\n"))
    assert "\x1b" not in text and one_line("a\x1b\n  b" + "c" * 200).startswith("a bc") and len(one_line("c" * 200)) == 100


def test_a_document_without_formulas(tmp_path: Path) -> None:
    assert explained(write(tmp_path, "words")) == f"{tmp_path}/a.md\n  formulas: 0 of 0; the others state nothing"
