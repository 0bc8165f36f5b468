"""What a derivation says: the sources' own results come out, a wrong rule stops it, and what is beyond the rules is told."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

import symbptt
from symbptt.derivation import costs, errors, general
from symbptt.derivation.board import DerivationError
from symbptt.derivation.network import Underivable
from symbptt.derivation.steps import STATED
from symbptt.latex import syntax as s
from symbptt.latex.parser import parse
from symbptt.latex.printer import to_latex

from .derived import derived

#: Model, by what, depth → results as the sources have them (corrected where they are wrong), each as left = right.
RESULTS: list[tuple[str, tuple[str, ...], str | int, Sequence[str]]] = [
    (
        "rnn-mimo",
        (),
        "all",
        (
            r"\delta^{o,t} = (y^t - d^t) \odot f'(z^{o,t})",
            r"\delta^{1,t} = (V^T \delta^{o,t} + W^T \delta^{1,t+1}) \odot f'(z^{1,t})",
            r"\delta^{1,T} = (V^T \delta^{o,T}) \odot f'(z^{1,T})",
            r"\frac{\partial c}{\partial V} = \sum_{t=1}^{T} \delta^{o,t} (a^{1,t})^T",
            r"\frac{\partial c}{\partial W} = \sum_{t=2}^{T} \delta^{1,t} (a^{1,t-1})^T",
            r"\frac{\partial c}{\partial U} = \sum_{t=1}^{T} \delta^{1,t} (a^{i,t})^T",
        ),
    ),
    (
        "rnn-siso",
        (),
        "all",
        (
            r"\delta^{o,T} = (y - d) \odot f'(z^{o,T})",
            r"\delta^{1,T} = (V^T \delta^{o,T}) \odot f'(z^{1,T})",
            r"\delta^{1,t} = (W^T \delta^{1,t+1}) \odot f'(z^{1,t})",
            r"\frac{\partial C}{\partial V} = \delta^{o,T} (a^{1,T})^T",
            r"\frac{\partial C}{\partial W} = \sum_{t=2}^{T} \delta^{1,t} (a^{1,t-1})^T",
            r"\frac{\partial C}{\partial U} = \delta^{1,1} (a^{i,1})^T",
        ),
    ),
    (
        "rnn-simo",
        (),
        3,
        (
            r"\delta^{1,3} = (V^T \delta^{o,3}) \odot f'(z^{1,3})",
            r"\delta^{1,2} = (V^T \delta^{o,2} + W^T \delta^{1,3}) \odot f'(z^{1,2})",
            r"\frac{\partial c}{\partial V} = \delta^{o,3} (a^{1,3})^T + \delta^{o,2} (a^{1,2})^T + \delta^{o,1} (a^{1,1})^T",
            r"\frac{\partial c}{\partial W} = \delta^{1,3} (a^{1,2})^T + \delta^{1,2} (a^{1,1})^T",
        ),
    ),
    (
        "mlp",
        (),
        "all",
        (
            r"\delta^L = (y - d) \odot f'(z^L)",
            r"\delta^l = ((w^{l+1})^T \delta^{l+1}) \odot f'(z^l)",
            r"\frac{\partial C}{\partial w^l} = \delta^l (a^{l-1})^T",
            r"\frac{\partial C}{\partial b^l} = \delta^l",
        ),
    ),
    (
        "hello",
        ("w_{aa}", "w_{ya}"),
        3,
        (
            r"\frac{\partial L}{\partial w_{aa}} = \frac{\partial L(1)}{\partial w_{aa}} + \frac{\partial L(2)}{\partial w_{aa}}"
            r" + \frac{\partial L(3)}{\partial w_{aa}}",
            r"\frac{\partial L(2)}{\partial w_{aa}} = \left( \frac{\partial L(2)}{\partial a(2)} \right)^T"
            r" \left[ \frac{\partial^+ a(2)}{\partial w_{aa}}"
            r" + \frac{\partial a(2)}{\partial a(1)} \frac{\partial^+ a(1)}{\partial w_{aa}} \right]",
            r"\delta_y(t) = y(t) - \hat{y}(t)",
        ),
    ),
    (
        "rnn-seq2seq",
        ("W_1", "\\beta_1"),
        "all",
        (
            r"\delta^Z_t = \hat{Y}_t - Y_t",
            r"\frac{\partial L}{\partial W_1} = \sum_{t=1}^{T} X_t^T \delta^H_{1t}",
            r"\frac{\partial L}{\partial \beta_1} = \sum_{t=1}^{T} \mathbf{1}^T \delta^H_{1t}",
        ),
    ),
    (
        "rnn-seq2vec",
        ("W_2",),
        "all",
        (r"\delta_T = \hat{Y}_T - Y_T", r"\frac{\partial L}{\partial W_2} = H_{1T}^T \delta_T"),
    ),
    (  # Dao et al. (2022), "FlashAttention", appendix B: dS = P ∘ (dP − rowsum(dP ∘ P))
        "attention",
        (),
        "all",
        (
            r"\delta^O = O - Y",
            r"\frac{\partial L}{\partial A} = \delta^O V^T",
            r"\delta^S_{i,j} = A_{i,j} (\frac{\partial L}{\partial A_{i,j}} - \sum_k \frac{\partial L}{\partial A_{i,k}} A_{i,k})",
            r"\delta^S = A \odot (\frac{\partial L}{\partial A} - (\frac{\partial L}{\partial A} \odot A) \mathbf{1})",
            r"\frac{\partial L}{\partial W_Q} = \frac{1}{\sqrt{d}} X^T \delta^S K",
            r"\frac{\partial L}{\partial W_K} = \frac{1}{\sqrt{d}} X^T (\delta^S)^T Q",
            r"\frac{\partial L}{\partial W_V} = X^T A^T \delta^O",
        ),
    ),
    (
        "attention",
        ("X",),
        "all",
        (
            r"\frac{\partial L}{\partial X} = \frac{1}{\sqrt{d}} \delta^S K W_Q^T + \frac{1}{\sqrt{d}} (\delta^S)^T Q W_K^T"
            r" + A^T \delta^O W_V^T",
        ),
    ),
    (  # the error of the encoder's last state comes from the decoder's first step alone
        "seq2seq",
        ("W", "P", "R"),
        "all",
        (
            r"\delta^s_t = (V^T \delta^o_t + R^T \delta^s_{t+1}) \odot (1 - s_t^2)",
            r"\delta^s_T = (V^T \delta^o_T) \odot (1 - s_T^2)",
            r"\delta^h_S = (R^T \delta^s_1) \odot (1 - h_S^2)",
            r"\delta^h_i = (W^T \delta^h_{i+1}) \odot (1 - h_i^2)",
            r"\frac{\partial L}{\partial W} = \sum_{i=1}^{S} \delta^h_i h_{i-1}^T",
            r"\frac{\partial L}{\partial P} = \sum_{t=1}^{T} \delta^s_t y_{t-1}^T",
            r"\frac{\partial L}{\partial R} = \delta^s_1 h_S^T + \sum_{t=2}^{T} \delta^s_t s_{t-1}^T",
        ),
    ),
    (  # unrolled: what one step does stands before the steps, parameters of one equation are told of together, one entry in full
        "lstm",
        ("U_f", "b_f"),
        3,
        (
            r"\frac{\partial^+ c_{t+1}}{\partial c_t} = \mathrm{diag}(f_{t+1})",
            r"\frac{\partial L}{\partial U_{f,jk}} = \sum_{t=1}^{3} \frac{\partial L}{\partial f_{t,j}}"
            r" \frac{\partial^+ f_{t,j}}{\partial U_{f,jk}}",
            r"\frac{\partial^+ f_{t,j}}{\partial U_{f,jk}} = f_{t,j} (1 - f_{t,j}) h_{t-1,k}",
            r"\frac{\partial L}{\partial b_f} = \delta^f_3 + \delta^f_2 + \delta^f_1",
        ),
    ),
    (
        "lstm-peephole",
        ("w_o",),
        "all",
        (r"\frac{\partial L}{\partial w_o} = \sum_{t=1}^{T} \delta^o_t \odot c_t",),
    ),
]


def canonical(latex: str) -> str:
    (formula,) = parse(latex)
    return " = ".join(map(to_latex, formula.sides))


@pytest.mark.parametrize("name, wrt, depth, lines", RESULTS, ids=[f"{name}-{depth}" for name, _, depth, _ in RESULTS])
def test_the_results_of_the_sources_come_out(name: str, wrt: tuple[str, ...], depth: str | int, lines: Sequence[str]) -> None:
    found = {canonical(f"{step.before} = {step.after}") for step in derived(name, wrt, depth).steps if step.relation == "="}
    for line in lines:
        assert canonical(line) in found


def test_every_line_has_a_verdict_a_rule_and_a_source() -> None:
    steps = derived("rnn-mimo", (), "all").steps
    assert all(step.rule and step.source and step.verdict for step in steps)
    assert {step.verdict for step in steps if step.verdict not in STATED} == {"proved"}


def test_softmax_has_its_two_cases_and_says_what_it_assumes() -> None:
    derivation = derived("rnn-seq2seq", ("W_1", "\\beta_1"), "all")
    cases = [step for step in derivation.steps if step.rule == "softmax"]
    assert [step.condition for step in cases] == ["", "k \\ne j"]
    assert [step.before for step in derivation.steps if step.verdict == "assumption"] == ["\\sum_{k} Y_{t, b, k}"]
    assert not [step for step in derived("hello", ("w_{aa}", "w_{ya}"), 3).steps if step.verdict == "assumption"]  # one-hot is stated


def test_a_model_without_steps_is_not_unrolled() -> None:
    assert derived("attention", (), 3).steps == derived("attention", (), "all").steps
    assert derived("attention", (), 3).depth == "all"


def test_what_is_no_parameter_is_not_updated() -> None:
    assert [step.before for step in derived("attention", ("X",)).steps if step.verdict == "update"] == []
    assert [step.before for step in derived("attention").steps if step.verdict == "update"] == ["W_{Q}", "W_{K}", "W_{V}"]


#: p = softmax(…) not next to the loss → δ of its argument, for a column and for a row.
WITHIN = [
    (
        ("p = \\mathrm{softmax}(W x)", "y = V p"),
        {"p": "n", "x": "m", "W": "n×m", "y": "q", "V": "q×n"},
        r"\delta^z = (\mathrm{diag}(p) - p p^T) \frac{\partial L}{\partial p}",
    ),
    (
        ("p = \\mathrm{softmax}(x W)", "y = p V"),
        {"p": "1×n", "x": "1×m", "W": "m×n", "y": "1×q", "V": "n×q"},
        r"\delta^z = \frac{\partial L}{\partial p} (\mathrm{diag}(p) - p^T p)",
    ),
]


@pytest.mark.parametrize("given, shapes, line", WITHIN, ids=["column", "row"])
def test_a_softmax_that_is_not_next_to_the_loss(given: tuple[str, ...], shapes: dict[str, str], line: str) -> None:
    problem = symbptt.Problem.from_dict(
        {
            "given": [*given, "L = \\ell(y)"],
            "shapes": {**shapes, "L": "scalar"},
            "functions": {"\\ell": "scalar"},
            "claim": "L = L",
        }
    )
    assert canonical(line) in {canonical(step.formula) for step in symbptt.derive(problem, wrt="W").steps if step.relation == "="}


def test_many_updates_are_one_line() -> None:
    updates = {name: [step.formula for step in derived(name).steps if step.relation == "\\leftarrow"] for name in ("gru", "rnn-mimo")}
    assert updates["gru"] == [r"\theta \leftarrow \theta - \eta \frac{\partial L}{\partial \theta}"]
    assert len(updates["rnn-mimo"]) == 3


def test_a_weight_that_acts_at_no_step_has_no_gradient() -> None:
    found = [step.formula for step in derived("rnn-mimo", ("W",), 1).steps]
    assert r"\frac{\partial c}{\partial W} = 0" in found


def test_by_a_quantity_on_the_way() -> None:
    found = [step.formula for step in derived("rnn-mimo", ("z^{1,t}",)).steps]
    assert r"\delta^{1, T} = \left( V^{T} \delta^{o, T} \right) \odot f'(z^{1, T})" in found
    assert not any("leftarrow" in formula for formula in found)


WRONG = [
    ("a slope", errors, "SLOPES", {**errors.SLOPES, "tanh": lambda value: value}),
    ("no slope", general, "times", lambda error, steep, value, net: error),
    ("no transpose", errors, "grouped", lambda error: s.Group(s.Add((("+", error), ("+", error))))),
    ("the sign of the loss", costs, "_minus", lambda tree: tree),
]
WRONG_SOFTMAX = [
    ("no sum", "through_softmax", lambda error, p, net: errors.hadamard(p, error)),
    ("another sign", "_minus", lambda tree: tree),
]


@pytest.mark.parametrize("words, name, wrong", WRONG_SOFTMAX, ids=[row[0] for row in WRONG_SOFTMAX])
def test_a_wrong_rule_of_softmax_writes_nothing(words: str, name: str, wrong: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(costs, name, wrong)
    with pytest.raises(DerivationError, match="so no derivation is written"):
        symbptt.derive("attention", wrt="W_Q")


@pytest.mark.parametrize("words, module, name, wrong", WRONG, ids=[row[0] for row in WRONG])
def test_a_wrong_rule_writes_nothing(words: str, module: object, name: str, wrong: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, name, wrong)
    with pytest.raises(DerivationError, match="so no derivation is written"):
        symbptt.derive("hello", wrt="w_{aa}")


def test_a_second_reader_has_a_say(monkeypatch: pytest.MonkeyPatch) -> None:
    by_witness = [step for step in derived("rnn-seq2vec").steps if step.witness]
    assert [step.rule for step in by_witness] == ["derivative of the loss", "collect"]
    monkeypatch.setattr(costs.scalars, "derivative", lambda found, net: s.Number("1"))
    with pytest.raises(DerivationError, match="as latex2sympy2 reads them"):
        symbptt.derive("rnn-siso", wrt="V")


OWN = {
    "given": [
        {"equation": "h_t = \\tanh(W h_{t-1} + U x_t + b)"},
        {"equation": "o_t = V h_t"},
        {"equation": "L = \\sum_{t=1}^{T} \\ell(o_t)"},
    ],
    "shapes": {"h_t": "n", "x_t": "m", "o_t": "q", "W": "n×n", "U": "n×m", "V": "q×n", "b": "n", "L": "scalar"},
    "ranges": {"t": "1..T"},
    "functions": {"\\ell": "scalar"},
    "claim": "L = L",
}


def test_a_model_of_ones_own_with_an_abstract_loss() -> None:
    derivation = symbptt.derive(symbptt.Problem.from_dict(OWN), wrt=["W", "b"])
    assert derivation.wrt == ("W", "b")
    found = {canonical(f"{step.before} = {step.after}") for step in derivation.steps if step.relation == "="}
    assert canonical(r"\frac{\partial L}{\partial b} = \sum_{t=1}^{T} \delta_t") in found or any(
        "\\partial L}{\\partial b}" in f for f in found
    )


BEYOND = [
    ("rnn-mimo", "Q", "the model has no `Q`; it has "),
    ("rnn-mimo", "c", "the loss `c` does not depend on `c`"),
]


@pytest.mark.parametrize("name, wrt, message", BEYOND)
def test_what_cannot_be_derived_is_told(name: str, wrt: str, message: str) -> None:
    with pytest.raises(Underivable, match=message):
        symbptt.derive(name, wrt=wrt)


def written(tmp_path: Path, shapes: str, *equations: str) -> str:
    path = tmp_path / "own.md"
    path.write_text("\n\n".join(["---\nsymbptt:\n  shapes: {" + shapes + "}\n---", *(f"$${e}$$" for e in equations)]), encoding="utf-8")
    return str(path)


def test_an_error_of_a_numbered_quantity_is_no_entry_of_another(tmp_path: Path) -> None:
    model = ("z = W x", r"a = \tanh(z)", "z_2 = V a", "L = \\sum_k (z_{2,k} - y_k)^2")
    path = written(tmp_path, "x: m, z: n, a: n, z_2: q, W: n×m, V: q×n, y: q, L: scalar", *model)
    page = tmp_path / "page.md"
    page.write_text(symbptt.derive(path).to_markdown(), encoding="utf-8")
    assert "\\delta^{z_{2}}" in page.read_text(encoding="utf-8")
    assert {v.verdict for v in symbptt.check_document(page) if v.role == "claim"} <= {"proved", "verified", "unknown"}


@pytest.mark.parametrize(
    ("loss", "told"),
    [(r"L = \frac{1}{2} (p - y)^2", "name what to derive by"), (r"L = \sqrt{p^2 + y^2}", "is not worked out")],
)
def test_what_is_not_worked_out_is_said(tmp_path: Path, loss: str, told: str) -> None:
    path = written(tmp_path, "w: m, x: m, p: scalar, y: scalar, L: scalar", r"p = w^\top x", loss)
    with pytest.raises(Underivable, match=told):
        symbptt.derive(path, "w" if "sqrt" in loss else ())
