"""Notations as data: the same derivation in other names, and what is wrong with a file is told."""

from __future__ import annotations

from pathlib import Path

import pytest

import symbptt
from symbptt.derivation.convention import convention_of, converted
from symbptt.derivation.network import Underivable, network_of
from symbptt.derivation.notation import NotationError, list_notations, load_notation, renamed, renamed_wrt
from symbptt.derivation.steps import STATED
from symbptt.latex.parser import parse
from symbptt.latex.printer import to_latex

from .derived import derived

#: Notation → the gradient of the recurrent weights of `rnn-mimo`, written by hand.
GRADIENTS = {
    "d2l-rows": r"\frac{\partial L}{\partial \mathbf{W}_{hh}} = \sum_{t = 2}^{T} \mathbf{H}_{t - 1}^{\top} \delta^{\mathbf{A}}_{t}",
    "d2l": r"\frac{\partial L}{\partial \mathbf{W}_{hh}} = \sum_{t = 2}^{T} \delta^{\mathbf{a}}_{t} \mathbf{h}_{t - 1}^{\top}",
    "goodfellow": r"\frac{\partial L}{\partial W} = \sum_{t = 2}^{T} \delta_{a}^{(t)} \left( h^{(t - 1)} \right)^{T}",
    "hello": r"\frac{\partial L}{\partial w_{aa}} = \sum_{t = 2}^{T} \delta_{a}(t) a(t - 1)^{T}",
    "layers": r"\frac{\partial c}{\partial W} = \sum_{t = 2}^{T} \delta^{1, t} \left( a^{1, t - 1} \right)^{T}",
    "rows": r"\frac{\partial L}{\partial W_{h 1}} = \sum_{t = 2}^{T} H_{1 t - 1}^{T} \delta_{1 t}",
    "subscripts": r"\frac{\partial L}{\partial W} = \sum_{t = 2}^{T} \delta^{a}_{t} h_{t - 1}^{T}",
}


def test_the_table_has_every_notation() -> None:
    assert sorted(GRADIENTS) == list_notations()


@pytest.mark.parametrize("name", GRADIENTS)
def test_the_same_derivation_in_each_notation(name: str) -> None:
    derivation = derived("rnn-mimo", ("W",), notation=name)
    assert GRADIENTS[name] in [step.formula for step in derivation.steps]
    assert {step.verdict for step in derivation.steps if step.verdict not in STATED} == {"proved"}
    if name not in ("rows", "d2l-rows"):
        assert len(derivation.steps) == len(derived("rnn-mimo", ("W",)).steps)


#: Each notation with a model, and each model with a notation.
READ_BACK = [
    ("mlp", "goodfellow", "w^l", "all"),
    ("mlp", "hello", "w^l", 3),
    ("rnn-siso", "subscripts", "W", 3),
    ("rnn-simo", "d2l", "V", "all"),
    ("rnn-miso", "hello", "W", "all"),
    ("rnn-mimo", "d2l-rows", "W", "all"),
    ("rnn-seq2vec", "layers", "W_2", "all"),
    ("rnn-seq2seq", "goodfellow", "W_{h1}", "all"),
    ("hello", "rows", "w_{aa}", "all"),
    ("lstm", "d2l", "b_s", "all"),
    ("gru", "layers", "b_r", "all"),
]


@pytest.mark.parametrize("model, name, wrt, depth", READ_BACK, ids=[f"{row[0]}-{row[1]}" for row in READ_BACK])
def test_a_page_read_back_has_the_same_formulas_and_all_are_true(model: str, name: str, wrt: str, depth: str | int, tmp_path: Path) -> None:
    derivation = derived(model, (wrt,), depth, name)
    page = tmp_path / "page.md"
    page.write_text(derivation.to_markdown(), encoding="utf-8")
    judged = [verdict for verdict in symbptt.check_document(str(page)) if verdict.verdict]
    claims = [step.latex for step in derivation.steps if step.verdict not in STATED]
    assert [verdict.latex.strip() for verdict in judged] == claims
    assert {verdict.verdict for verdict in judged} <= {"proved", "verified"}


#: Layout → lines of the derivation of ∂C/∂W of `rnn-siso` in it, written by hand.
LAYOUTS = {
    "numerator": (
        r"\delta^{1, T} = \left( \delta^{o, T} V \right) \odot f'(z^{1, T})^{T}",
        r"\frac{\partial C}{\partial W} = \sum_{t = 2}^{T} a^{1, t - 1} \delta^{1, t}",
        r"W \leftarrow W - \eta \left( \frac{\partial C}{\partial W} \right)^{T}",
    ),
    "denominator": (
        r"\frac{\partial a^{1, r}}{\partial a^{1, r - 1}} = W^{T} \mathrm{diag}(f'(z^{1, r}))",
        r"\frac{\partial C}{\partial W} = \sum_{t = 2}^{T} \delta^{1, t} \left( a^{1, t - 1} \right)^{T}",
        r"W \leftarrow W - \eta \frac{\partial C}{\partial W}",
    ),
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_layouts_of_derivatives(layout: str, tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text(f"rename: {{}}\nlayout: {layout}\n", encoding="utf-8")
    derivation = symbptt.derive("rnn-siso", wrt="W", notation=str(file))
    assert set(LAYOUTS[layout]) <= {step.formula for step in derivation.steps}
    assert {step.verdict for step in derivation.steps if step.verdict not in STATED} == {"proved"}
    assert derivation.problem.notation["layout"] == layout


CONVERTED = [
    ("rnn-seq2vec", "column", r"H_{1 t} = f_{1}(W_{1} X_{t} + W_{h 1} H_{1 t - 1} + \beta_{1})"),
    ("rnn-seq2vec", "row", r"H_{1 t} = f_{1}(X_{t} W_{1} + H_{1 t - 1} W_{h 1} + \beta_{1})"),
    ("hello", "row", r"a(t) = \tanh(a(t - 1) w_{aa} + x(t) w_{ax} + b_{a})"),
    ("gru", "row", r"\tilde{h}_{t} = \tanh(x_{t} W_{h} + \left( r_{t} \odot h_{t - 1} \right) U_{h} + b_{h})"),
    ("rnn-mimo", "batch", r"c^{t} = \frac{1}{2} \sum_{b = 1}^{B} \sum_{k} \left( y^{t}_{b, k} - d^{t}_{b, k} \right)^{2}"),
]


@pytest.mark.parametrize("model, convention, line", CONVERTED)
def test_data_points_in_another_convention(model: str, convention: str, line: str) -> None:
    problem = converted(symbptt.load_model(model).problem("0 = 0"), convention)
    assert line in [given.equation for given in problem.given]
    assert convention_of(network_of(problem)) == convention


@pytest.mark.parametrize("model", ["hello", "gru", "rnn-mimo", "mlp"])
def test_there_and_back_again_is_the_model(model: str) -> None:
    problem = symbptt.load_model(model).problem("0 = 0")
    again = converted(converted(problem, "row"), "column")
    assert again.shapes == problem.shapes
    assert [canonical(g.equation) for g in again.given] == [canonical(g.equation) for g in problem.given]
    batch = converted(converted(problem, "batch"), "column")
    assert [canonical(g.equation) for g in batch.given] == [canonical(g.equation) for g in problem.given]


def canonical(latex: str) -> str:
    (formula,) = parse(latex)
    return " = ".join(map(to_latex, formula.sides))


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
    (
        "mine.yaml",
        "colour: blue",
        "a notation is a mapping with the keys title, notation, models, rename, errors, rate, convention, layout",
    ),
    ("mine.yaml", "models: {lstm: {}}", "has no names for the model `rnn-siso`; it has some for lstm"),
    ("mine.yaml", "rename: {'U': 'W'}", "two quantities would have the same name"),
    ("mine.yaml", "rename: [a", "no YAML"),
    ("mine.yaml", "{rename: {}, layout: sideways}", "`layout` is one of gradient, numerator, denominator"),
    ("mine.yaml", "{rename: {}, convention: rows}", "`convention` is one of column, row, batch"),
    ("none.yaml", "", "cannot be read"),
]


@pytest.mark.parametrize("name, text, message", WRONG)
def test_a_wrong_notation_is_told(name: str, text: str, message: str, tmp_path: Path) -> None:
    file = tmp_path / name
    if text:
        file.write_text(text, encoding="utf-8")
    with pytest.raises(NotationError, match=message.replace("?", "\\?")):
        symbptt.derive("rnn-siso", wrt="W", notation=str(file) if name.endswith(".yaml") else name)


def test_every_notation_has_names_for_every_model() -> None:
    missing = [(name, model) for name in list_notations() for model in symbptt.list_models() if not reads(name, model)]
    assert missing == []


def reads(name: str, model: str) -> bool:
    """Whether a model in a notation is a network again, with as many quantities."""
    found = symbptt.load_model(model)
    style, problem = load_notation(name, model), found.problem("0 = 0")
    learned = renamed_wrt(network_of(problem), found.parameters, style)
    net = network_of(converted(renamed(problem, style), style.convention, learned))
    return bool(net.loss) and len(net.families) == len(network_of(problem).families)


VARIANTS = [
    ("lstm-peephole", "models: {lstm: {'h_t': 'a_t', 'w_i': 'p_i'}}", ""),
    ("lstm-no-input", "models: {lstm: {'h_t': 'a_t', 'w_i': 'p_i'}}", ""),
    ("lstm", "models: {lstm: {'h_t': 'a_t', 'w_i': 'p_i'}}", ""),
    ("lstm-peephole", "models: {lstm: {'w_j': 'p_j'}}", "the model has no `w_j`"),
    ("lstm-no-forget", "models: {lstm-no-forget: {'w_f': 'p_f'}}", "the model has no `w_f`"),
    ("lstm-no-input", "rename: {'w_i': 'p_i'}\nmodels: {lstm-peephole: {}}", "the model has no `w_i`"),
    ("lstm", "models: {lstm-peephole: {'w_i': 'p_i'}}", "has no names for the model `lstm`; it has some for lstm-peephole"),
]


@pytest.mark.parametrize("model, text, message", VARIANTS)
def test_the_names_of_a_model_serve_its_variants(model: str, text: str, message: str, tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text(text, encoding="utf-8")
    problem = symbptt.load_model(model).problem("0 = 0")
    if message:
        with pytest.raises(NotationError, match=message):
            renamed(problem, load_notation(str(file), model))
        return
    shapes = renamed(problem, load_notation(str(file), model)).shapes
    assert "a_{t}" in shapes
    assert ("p_{i}" in shapes) == ("w_i" in problem.shapes)


def test_numerator_layout_is_for_columns(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text("rename: {}\nlayout: numerator\n", encoding="utf-8")
    with pytest.raises(Underivable, match="numerator layout is for columns: add `convention: column`"):
        symbptt.derive("rnn-seq2vec", notation=str(file))
