"""`symbptt init`: a sidecar with what was inferred, which changes nothing until its author corrects it."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner, Result

import symbptt
from symbptt.cli import app
from symbptt.documents.front_matter import BLOCK
from symbptt.documents.reader import read_path

DERIVATIONS = Path(__file__).resolve().parent.parent / "derivations"
NET = r"""# A recurrent net

The state $h_t$ is a vector of size $n$ for $t = 1, \dots, T$.

$$h_t = \tanh(W h_{t-1} + U x_t)$$

$$L = \sum_{t=1}^{T} \ell(h_t)$$

$$\delta_t = \frac{\partial L}{\partial h_t}$$

$$\delta_{t-1} = \frac{\partial \ell(h_{t-1})}{\partial h_{t-1}} + W^T ((1 - h_t^2) \odot \delta_t)$$

$$\frac{\partial L}{\partial W} = \sum_{t=1}^{T} ((1 - h_t^2) \odot \delta_t) h_{t}^T$$
"""
#: Two models; sizes of names of the first mean something else in the second.
TWO = r"""# Notes

## Columns

$$y = W x$$

$$C = \ell(y)$$

$$\frac{\partial C}{\partial W} = \frac{\partial C}{\partial y} x^T$$

## Attention

$$W = A B$$

$$C = \sum_i \sum_j W_{ij}^2$$

$$\frac{\partial C}{\partial A} = 2 W B^T$$
"""
WITHOUT_COST = r"""
$$z^l = w^l a^{l-1} + b^l$$

$$a^l = \sigma(z^l)$$

$$\delta^l = \frac{\partial C}{\partial z^l}$$

$$\delta^{l} = ((w^{l+1})^T \delta^{l+1}) \odot \sigma'(z^l)$$

$$\frac{\partial C}{\partial b^l} = \delta^l$$
"""
DOCUMENTS = {
    "net.md": NET,
    "two.md": TWO,
    "layers.tex": WITHOUT_COST,
    "net.ipynb": json.dumps(
        {"cells": [{"cell_type": "markdown", "source": part} for part in (NET + TWO).split("\n## ")], "metadata": {}, "nbformat": 4}
    ),
    "quiet.txt": "Nothing is stated here, only $x$.",
}


def init(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["init", *arguments])


def verdicts(path: Path) -> list[tuple[object, ...]]:
    return [(v.line, v.column, v.role, v.verdict) for v in symbptt.check_document(path, workers=1, timeout=60)]


def put(folder: Path, name: str, text: str) -> Path:
    (folder / name).write_text(text, encoding="utf-8")
    return folder / name


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_fresh_sidecar_changes_no_verdict(tmp_path: Path, name: str) -> None:
    path = put(tmp_path, name, DOCUMENTS[name])
    before = verdicts(path)
    result = init(str(path))
    sidecar = path.with_suffix(".symbptt.yaml")
    assert (result.exit_code, result.stderr) == (0, f"wrote {sidecar}\n")
    assert not read_path(str(path)).errors
    assert verdicts(path) == before


@pytest.mark.parametrize("page", ["siso.md", "mlp.md", "softmax-cross-entropy.md"])
def test_nor_does_one_for_a_page_without_its_front_matter(tmp_path: Path, page: str) -> None:
    text = (DERIVATIONS / page).read_text(encoding="utf-8")
    block = BLOCK.match(text)
    assert block is not None
    path = put(tmp_path, page, re.sub(r"<!-- symbptt: expect .*-->", "", text[block.end() :]))
    before = verdicts(path)
    assert init(str(path)).exit_code == 0
    assert verdicts(path) == before


def test_what_is_written(tmp_path: Path) -> None:
    text = init("--stdout", str(put(tmp_path, "net.md", NET))).stdout
    fields = yaml.safe_load(text)["symbptt"]
    assert fields["infer"] is True
    assert fields["ranges"] == {"t": "1..T"}
    assert fields["shapes"]["W"] == "n×n" and fields["functions"] == {"\\ell": "scalar"}
    assert re.search(r"'?h_\{?t\}?'?: n  # said in line 3: ", text)
    assert re.search(r"\bW: n×n  # inferred", text)
    assert not (tmp_path / "net.symbptt.yaml").exists()


def test_guesses_are_comments(tmp_path: Path) -> None:
    text = init("--stdout", str(put(tmp_path, "a.md", WITHOUT_COST))).stdout
    assert "# given: ['C = " in text and "taken for arbitrary: no equation gives the cost" in text
    assert all(line.lstrip().startswith("#") for line in text.splitlines() if line.endswith("# a guess"))


def test_models_become_sections_at_their_headings(tmp_path: Path) -> None:
    fields = yaml.safe_load(init("--stdout", str(put(tmp_path, "two.md", TWO))).stdout)["symbptt"]
    assert [section["from"] for section in fields["sections"]] == ["Columns", "Attention"]
    first, second = (section["shapes"] for section in fields["sections"])
    assert "B" in second and "B" not in first and fields["shapes"]["W"] == "n×m"


def test_a_correction_counts(tmp_path: Path) -> None:
    path = put(tmp_path, "net.md", NET)
    init(str(path))
    sidecar = tmp_path / "net.symbptt.yaml"
    sidecar.write_text(sidecar.read_text(encoding="utf-8").replace("n×n", "n×p"), encoding="utf-8")
    assert all(item.problem is None or item.problem.shapes.get("W", "n×p") == "n×p" for item in read_path(str(path)).items)


def test_nothing_is_overwritten_unasked(tmp_path: Path) -> None:
    path = put(tmp_path, "net.md", NET)
    sidecar = put(tmp_path, "net.symbptt.yaml", "shapes: {}\n")
    result = init(str(path))
    assert result.exit_code == 2
    assert result.stderr == f"{sidecar}: is there already; --force writes over it, --stdout shows what would be written\n"
    assert sidecar.read_text(encoding="utf-8") == "shapes: {}\n"
    assert init("--force", str(path)).exit_code == 0
    assert "infer: true" in sidecar.read_text(encoding="utf-8")


def test_two_documents_of_one_name_get_a_sidecar_each(tmp_path: Path) -> None:
    paths = [put(tmp_path, "a.md", NET), put(tmp_path, "a.tex", WITHOUT_COST)]
    assert init(*map(str, paths)).exit_code == 0
    assert sorted(path.name for path in tmp_path.glob("*.yaml")) == ["a.md.symbptt.yaml", "a.tex.symbptt.yaml"]


def test_a_link_is_not_written_through(tmp_path: Path) -> None:
    path = put(tmp_path, "a.md", NET)
    target = put(tmp_path, "precious.txt", "mine")
    (tmp_path / "a.symbptt.yaml").symlink_to(target)
    assert init("--force", str(path)).exit_code == 2
    assert target.read_text(encoding="utf-8") == "mine"


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("a.json", "{}", "a file of problems states everything; give a document"),
        ("a.pdf", "", "not read yet: .pdf; symbptt reads .md"),
        ("a.md", "---\nsymbptt: [\n---\n", "the front matter is not YAML"),
    ],
)
def test_mistakes_take_a_line_and_leave_the_others(tmp_path: Path, name: str, text: str, message: str) -> None:
    result = init(str(put(tmp_path, name, text)), str(put(tmp_path, "good.txt", NET)))
    assert result.exit_code == 2 and message in result.stderr
    assert (tmp_path / "good.symbptt.yaml").exists()


def test_front_matter_is_not_repeated(tmp_path: Path) -> None:
    page = DERIVATIONS / "siso.md"
    text = init("--stdout", str(page)).stdout
    assert "infer" not in text and "# stated" not in text
