"""Notations as data: the same derivation in other names, and what is wrong with a file is told."""

from __future__ import annotations

from pathlib import Path

import pytest

import symbptt
from symbptt.derivation.notation import NotationError, list_notations, load_notation
from symbptt.derivation.steps import STATED

from .derived import derived

#: Notation → the gradient of the recurrent weights of `rnn-mimo`, written by hand.
GRADIENTS = {
    "d2l": r"\frac{\partial L}{\partial \mathbf{W}_{hh}} = \sum_{t = 2}^{T} \delta^{\mathbf{a}}_{t} \mathbf{h}_{t - 1}^{\top}",
    "goodfellow": r"\frac{\partial L}{\partial W} = \sum_{t = 2}^{T} \delta_{a}^{(t)} \left( h^{(t - 1)} \right)^{T}",
    "hello": r"\frac{\partial L}{\partial w_{aa}} = \sum_{t = 2}^{T} \delta_{a}(t) a(t - 1)^{T}",
    "layers": r"\frac{\partial c}{\partial W} = \sum_{t = 2}^{T} \delta^{1, t} \left( a^{1, t - 1} \right)^{T}",
    "subscripts": r"\frac{\partial L}{\partial W} = \sum_{t = 2}^{T} \delta^{a}_{t} h_{t - 1}^{T}",
}


def test_the_table_has_every_notation() -> None:
    assert sorted(GRADIENTS) == list_notations()


@pytest.mark.parametrize("name", GRADIENTS)
def test_the_same_derivation_in_each_notation(name: str) -> None:
    derivation = derived("rnn-mimo", ("W",), notation=name)
    assert GRADIENTS[name] in [step.formula for step in derivation.steps]
    assert {step.verdict for step in derivation.steps if step.verdict not in STATED} == {"proved"}
    assert len(derivation.steps) == len(derived("rnn-mimo", ("W",)).steps)


def test_a_notation_of_ones_own_with_its_own_errors(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text(
        "rename: {'h_t': 's_t', 'W': 'A'}\nerrors: {'s_t': '\\lambda_t'}\nrate: '\\alpha'\nnotation: {subscript: ['step', 'component']}\n",
        encoding="utf-8",
    )
    problem = symbptt.Problem(
        claim="0 = 0",
        given=("h_t = \\tanh(W h_{t-1} + x_t)", "L = \\sum_{t=1}^{T} \\ell(h_t)"),  # type: ignore[arg-type]
        shapes={"h_t": "n", "x_t": "n", "W": "n×n", "L": "scalar"},
        ranges={"t": "1..T"},
        functions={"\\ell": "scalar"},
    )
    found = [step.formula for step in symbptt.derive(problem, wrt="W", notation=str(file)).steps]
    assert r"\frac{\partial L}{\partial A} = \sum_{t = 1}^{T} \lambda_{t} s_{t - 1}^{T}" in found
    assert r"A \leftarrow A - \alpha \frac{\partial L}{\partial A}" in found


WRONG = [
    ("goodfello", "", "no notation is called `goodfello`; did you mean `goodfellow`?"),
    ("mine.yaml", "rename: {'Q': 'R'}", "the model has no `Q`"),
    ("mine.yaml", "colour: blue", "a notation is a mapping with the keys title, notation, models, rename, errors, rate"),
    ("mine.yaml", "models: {lstm: {}}", "has no names for the model `rnn-siso`; it has some for lstm"),
    ("mine.yaml", "rename: {'U': 'W'}", "two quantities would have the same name"),
    ("mine.yaml", "rename: [a", "no YAML"),
    ("none.yaml", "", "cannot be read"),
]


@pytest.mark.parametrize("name, text, message", WRONG)
def test_a_wrong_notation_is_told(name: str, text: str, message: str, tmp_path: Path) -> None:
    file = tmp_path / name
    if text:
        file.write_text(text, encoding="utf-8")
    with pytest.raises(NotationError, match=message.replace("?", "\\?")):
        symbptt.derive("rnn-siso", wrt="W", notation=str(file) if name.endswith(".yaml") else name)


def test_every_notation_reads_for_every_model_it_names() -> None:
    assert load_notation("goodfellow", "hello").rename["a(t)"] == "h^{(t)}"
    with pytest.raises(NotationError, match="has no names for the model `lstm`"):
        load_notation("goodfellow", "lstm")
