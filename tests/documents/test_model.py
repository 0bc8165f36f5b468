"""Models are documents: what they define is given."""

from __future__ import annotations

from pathlib import Path

import pytest

from symbptt.documents.formulas import InputError
from symbptt.documents.model import list_models, load_model

TEXT = r"""---
symbptt:
  name: tiny
  source: somewhere
  shapes: {h_t: n}
  ranges: {t: 1..T}
---
# A tiny network

$$h_t = \tanh(W h_{t-1})$$
$$L = \sum_{t=1}^T h_t$$
"""


def test_from_markdown(tmp_path: Path) -> None:
    path = tmp_path / "other.md"
    path.write_text(TEXT)
    model = load_model(str(path))
    assert (model.name, model.title, model.source, model.path) == ("tiny", "A tiny network", "somewhere", str(path))
    assert [(given.equation, given.line) for given in model.given] == [
        (r"h_{t} = \tanh(W h_{t - 1})", 10),
        (r"L = \sum_{t = 1}^{T} h_{t}", 11),
    ]
    problem = model.problem("L = 0", for_="t = 1", id="x")
    assert (problem.claim, problem.given, problem.shapes, problem.for_, problem.id) == ("L = 0", model.given, {"h_t": "n"}, "t = 1", "x")


def test_from_a_problem(tmp_path: Path) -> None:
    path = tmp_path / "one.json"
    path.write_text('{"claim": "a = b", "given": ["a = b"], "shapes": {"a": "n"}}')
    model = load_model(str(path))
    assert (model.name, [given.equation for given in model.given], model.shapes) == ("one", ["a = b"], {"a": "n"})


def test_what_is_no_model(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no model is called `zzz`; `symbptt models` lists the built-in ones; a file needs its suffix"):
        load_model("zzz")
    with pytest.raises(InputError, match="no such file; check the path"):
        load_model(str(tmp_path / "no.md"))
    (tmp_path / "a.md").write_text("$$ a = \\frac{ $$")
    with pytest.raises(InputError, match=r"a.md:1: cannot be read at line 1, column "):
        load_model(str(tmp_path / "a.md"))
    (tmp_path / "a.jsonl").write_text("")
    with pytest.raises(InputError, match="holds no problem, so no model"):
        load_model(str(tmp_path / "a.jsonl"))


@pytest.mark.parametrize("name", list_models())
def test_built_in_models(name: str) -> None:
    model = load_model(name)
    assert model.given and model.shapes
    assert model.name == name
