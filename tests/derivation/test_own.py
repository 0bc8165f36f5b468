"""Models of a user's own: their printed gradients are those of a forward pass written here with NumPy, by complex steps."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import symbptt
from symbptt.derivation.derivation import Derivation
from symbptt.derivation.network import Underivable
from symbptt.latex.parser import parse, parse_expression
from symbptt.latex.printer import to_latex

from .executed import Executed

SIZES = {"m": 2, "n": 3, "q": 4, "v": 5, "j": 2, "k": 3, "B": 6}
Data = Mapping[str, Any]


def sigma(x: Any) -> Any:
    return 1 / (1 + np.exp(-x))


def square(x: Any) -> Any:
    return (x * x).sum()


def states(d: Data, given: Callable[[int], Any]) -> list[Any]:
    """h_0 to h_3 of h_t = tanh(W h_{t-1} + …)."""
    found = [d["h_{0}"]]
    for t in (1, 2, 3):
        found.append(np.tanh(d["W"] @ found[-1] + given(t)))
    return found


def recurrent(d: Data) -> list[Any]:
    return states(d, lambda t: d["U"] @ d[f"x_{{{t}}}"])


def entropy(y: Any, p: Any) -> Any:
    return -(y * np.log(p) + (1 - y) * np.log(1 - p)).sum()


def softmax(z: Any) -> Any:
    return np.exp(z) / np.exp(z).sum()


@dataclass(frozen=True)
class Own:
    """A model with the names to derive by, and its loss with NumPy."""

    shapes: str
    given: Sequence[str]
    loss: Callable[[Data], Any]
    wrt: tuple[str, ...] = ()
    stepped: bool = False
    one_hot: str = ""


TWO_LAYERS = "x: m, z: n, a: n, o: q, V: q×n, W: n×m, b: n, y: q, L: scalar"
FORWARD = ("z = W x + b", r"a = \tanh(z)", "o = V a")
RECURRENT = "x_t: m, h_t: n, o_t: q, y_t: q, W: n×n, U: n×m, V: q×n, L: scalar"
STATE = r"h_t = \tanh(W h_{t-1} + U x_t)"


def out(d: Data) -> Any:
    return d["V"] @ np.tanh(d["W"] @ d["x"] + d["b"])


def two_layers(loss: str, of: Callable[[Any, Data], Any], more: str = "") -> Own:
    return Own(TWO_LAYERS + more, (*FORWARD, loss), lambda d: of(out(d), d))


def squares(d: Data) -> Any:
    h = recurrent(d)
    return sum(square(d["V"] @ h[t] - d[f"y_{{{t}}}"]) for t in (1, 2, 3))


def pooled(d: Data) -> Any:
    return d["V"] @ (sum(recurrent(d)[1:]) / 3)


def tied(d: Data) -> Any:
    h = states(d, lambda t: d["E"] @ d[f"x_{{{t}}}"])
    return -sum((d[f"y_{{{t}}}"] * np.log(softmax(d["E"].T @ h[t]))).sum() for t in (1, 2, 3))


def tied_apart(d: Data) -> Any:
    h = states(d, lambda t: d["U"] @ d["E"] @ d[f"x_{{{t}}}"])
    return sum(square(d["E"].T @ h[t] - d[f"y_{{{t}}}"]) for t in (1, 2, 3)) / 2


MODELS: dict[str, Own] = {
    "norm": two_layers(r"L = \|o - y\|^2", lambda o, d: square(o - d["y"])),
    "half a norm": two_layers(r"L = \frac12 \lVert y - o \rVert_2^2", lambda o, d: square(o - d["y"]) / 2),
    "mean of a norm": two_layers(r"L = \frac{1}{q} \|o - y\|^2", lambda o, d: square(o - d["y"]) / 4),
    "a column by itself": two_layers(r"L = (o - y)^\top (o - y)", lambda o, d: square(o - d["y"])),
    "half of it": two_layers(r"L = \frac{1}{2} (o-y)^T (o-y)", lambda o, d: square(o - d["y"]) / 2),
    "norm of an expression": two_layers(r"L = \frac12 \|V a - y\|^2", lambda o, d: square(o - d["y"]) / 2),
    "weighed columns": two_layers(r"L = y^\top (o \odot o)", lambda o, d: (d["y"] * o * o).sum()),
    "penalty": two_layers(
        r"L = \frac12 \|o - y\|^2 + \frac{\lambda}{2} \|W\|_F^2",
        lambda o, d: square(o - d["y"]) / 2 + d["\\lambda"][0, 0] * square(d["W"]) / 2,
        ", \\lambda: scalar",
    ),
    "norms of all steps": Own(
        RECURRENT, (STATE, "o_t = V h_t", r"L = \sum_{t=1}^T \frac12 \|o_t - y_t\|^2"), lambda d: squares(d) / 2, stepped=True
    ),
    "a loss for each step": Own(
        RECURRENT + ", L_t: scalar",
        (STATE, "o_t = V h_t", r"L_t = (o_t - y_t)^\top (o_t - y_t)", r"L = \sum_{t=1}^T L_t"),
        squares,
        stepped=True,
    ),
    "entries of all steps": Own(
        RECURRENT, (STATE, "o_t = V h_t", r"L = \frac12 \sum_{t=1}^T \sum_k (o_{t,k} - y_{t,k})^2"), lambda d: squares(d) / 2, stepped=True
    ),
    "logistic": Own(
        "w: m, x: m, a: scalar, p: scalar, y: scalar, b: scalar, L: scalar",
        (r"a = w^\top x + b", r"p = \sigma(a)", r"L = -(y \ln p + (1-y) \ln(1-p))"),
        lambda d: entropy(d["y"], sigma(d["w"].T @ d["x"] + d["b"])),
        wrt=("w", "b"),
    ),
    "logistic, hidden": Own(
        "w: n, W: n×m, x: m, h: n, a: scalar, p: scalar, y: scalar, b: scalar, c: n, L: scalar",
        (r"h = \tanh(W x + c)", r"a = w^\top h + b", r"p = \sigma(a)", r"L = -(y \ln p + (1-y) \ln(1-p))"),
        lambda d: entropy(d["y"], sigma(d["w"].T @ np.tanh(d["W"] @ d["x"] + d["c"]) + d["b"])),
    ),
    "logistic at the end": Own(
        "w: n, W: n×n, U: n×m, x_t: m, h_t: n, p: scalar, y: scalar, b: scalar, L: scalar",
        (STATE, r"p = \sigma(w^\top h_T + b)", r"L = -(y \ln p + (1-y) \ln(1-p))"),
        lambda d: entropy(d["y"], sigma(d["w"].T @ recurrent(d)[3] + d["b"])),
        stepped=True,
    ),
    "logistic at every step": Own(
        "w: n, W: n×n, U: n×m, x_t: m, h_t: n, p_t: scalar, a_t: scalar, y_t: scalar, L: scalar",
        (STATE, r"a_t = w^\top h_t", r"p_t = \sigma(a_t)", r"L = -\sum_{t=1}^T (y_t \ln p_t + (1-y_t) \ln(1-p_t))"),
        lambda d: sum(entropy(d[f"y_{{{t}}}"], sigma(d["w"].T @ recurrent(d)[t])) for t in (1, 2, 3)),
        stepped=True,
    ),
    "tied": Own(
        "x_t: v, y_t: v, E: n×v, h_t: n, p_t: v, W: n×n, L: scalar",
        (r"h_t = \tanh(W h_{t-1} + E x_t)", r"p_t = \mathrm{softmax}(E^\top h_t)", r"L = -\sum_{t=1}^T \sum_k y_{t,k} \ln p_{t,k}"),
        tied,
        stepped=True,
        one_hot="y_t",
    ),
    "tied, apart": Own(
        "x_t: v, y_t: v, E: n×v, h_t: n, e_t: n, o_t: v, W: n×n, U: n×n, L: scalar",
        ("e_t = E x_t", r"h_t = \tanh(W h_{t-1} + U e_t)", r"o_t = E^\top h_t", r"L = \frac12 \sum_{t=1}^T \|o_t - y_t\|^2"),
        tied_apart,
        stepped=True,
    ),
    "autoencoder": Own(
        "x: m, W: n×m, h: n, r: m, L: scalar",
        (r"h = \tanh(W x)", r"r = W^\top h", r"L = \frac12 \|r - x\|^2"),
        lambda d: square(d["W"].T @ np.tanh(d["W"] @ d["x"]) - d["x"]) / 2,
    ),
    "mean of the states": Own(
        "x_t: m, h_t: n, s: n, o: q, y: q, W: n×n, U: n×m, V: q×n, L: scalar",
        (STATE, r"s = \frac1T \sum_{t=1}^T h_t", "o = V s", r"L = \frac12 \sum_k (o_k - y_k)^2"),
        lambda d: square(pooled(d) - d["y"]) / 2,
        stepped=True,
    ),
    "sizes j and k": Own(
        "x_t: j, h_t: k, o_t: q, y_t: q, W: k×k, U: k×j, V: q×k, L: scalar",
        (STATE, "o_t = V h_t", r"L = \frac12 \sum_{t=1}^T \sum_i (o_{t,i} - y_{t,i})^2"),
        lambda d: squares(d) / 2,
        stepped=True,
    ),
    "numbers alone": Own(
        "x_t: scalar, h_t: scalar, o_t: scalar, y_t: scalar, w: scalar, u: scalar, b: scalar, v: scalar, L: scalar",
        (r"h_t = \tanh(w h_{t-1} + u x_t + b)", "o_t = v h_t", r"L = \frac12 \sum_{t=1}^T (o_t - y_t)^2"),
        lambda d: numbers(d) / 2,
        stepped=True,
    ),
    "a form of two columns": Own(
        "x: m, h: n, p: scalar, y: scalar, V: n×q, u: q, W: n×m, L: scalar",
        (r"h = \tanh(W x)", r"p = h^\top V u", r"L = \frac12 (p - y)^2"),
        lambda d: square(np.tanh(d["W"] @ d["x"]).T @ d["V"] @ d["u"] - d["y"]) / 2,
    ),
    "a rate and an identity": Own(
        "x_t: m, h_t: n, o_t: q, y_t: q, W: n×n, I: n×m, V: q×n, \\eta: scalar, L: scalar",
        (r"h_t = \eta h_{t-1} + \tanh(W h_{t-1} + I x_t)", "o_t = V h_t", r"L = \sum_{t=1}^T \sum_k (o_{t,k} - y_{t,k})^2"),
        lambda d: leaky(d),
        stepped=True,
    ),
}


def leaky(d: Data) -> Any:
    h, found = d["h_{0}"], 0
    for t in (1, 2, 3):
        h = d["\\eta"][0, 0] * h + np.tanh(d["W"] @ h + d["I"] @ d[f"x_{{{t}}}"])
        found += square(d["V"] @ h - d[f"y_{{{t}}}"])
    return found


def numbers(d: Data) -> Any:
    h, found = d["h_{0}"], 0
    for t in (1, 2, 3):
        h = np.tanh(d["w"] * h + d["u"] * d[f"x_{{{t}}}"] + d["b"])
        found += square(d["v"] * h - d[f"y_{{{t}}}"])
    return found


def problem(own: Own) -> symbptt.Problem:
    shapes = dict(pair.split(": ") for pair in own.shapes.split(", "))
    assume = [{"one_hot": own.one_hot}] if own.one_hot else []
    ranges = {"t": "1..T"} if own.stepped else {}
    return symbptt.Problem.from_dict({"given": list(own.given), "shapes": shapes, "ranges": ranges, "assume": assume, "claim": "0 = 0"})


@cache
def derived(name: str, depth: str | int = "all", wrt: tuple[str, ...] = ()) -> Derivation:
    return symbptt.derive(problem(MODELS[name]), wrt=wrt or MODELS[name].wrt, steps=depth)


#: Models in another convention: a file that says nothing but that.
CONVERTED = [
    *((name, "row") for name in ("half of it", "penalty", "logistic, hidden", "norm of an expression", "tied", "autoencoder")),
    *((name, "batch") for name in ("half a norm", "a loss for each step", "entries of all steps", "tied, apart", "mean of the states")),
]


@pytest.mark.parametrize("name, convention", CONVERTED, ids=["-".join(row) for row in CONVERTED])
def test_a_notation_may_be_a_convention_alone(name: str, convention: str, tmp_path: Path) -> None:
    """The names stay, columns are rows; of a batch the losses of its points add up."""
    file = tmp_path / "mine.yaml"
    file.write_text(f"convention: {convention}\n", encoding="utf-8")
    derivation = symbptt.derive(problem(MODELS[name]), notation=str(file))
    run = Executed(derivation.steps, derivation.problem, 3, SIZES)
    for t in (1, 2, 3) if MODELS[name].one_hot else ():
        run.data[f"y_{{{t}}}"] = np.eye(SIZES["v"])[[t]]
    if "logistic" in name:
        run.data["y"] = np.array([[0.3]])
    run.name(parse_expression("L", run.words))

    def loss(data: Data) -> Any:
        learned = {key: value.T for key, value in data.items() if key in derivation.wrt}
        points = range(SIZES["B"]) if convention == "batch" else [0]
        return sum(MODELS[name].loss({key: value[[b]].T for key, value in data.items() if key not in learned} | learned) for b in points)

    for text in derivation.wrt:
        gradient, weight = run.name(parse_expression(f"\\frac{{\\partial L}}{{\\partial {text}}}", run.words)), run.data[text]
        assert gradient.shape == weight.shape
        for place in list(np.ndindex(*weight.shape))[:3]:
            moved = weight.astype(complex)
            moved[place] += 1e-30j
            expected = np.asarray(loss({**run.data, text: moved})).item().imag / 1e-30
            assert gradient[place] == pytest.approx(expected, rel=1e-9, abs=1e-12), (text, place)


def test_a_number_of_each_point_has_no_form_for_a_batch(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text("convention: batch\n", encoding="utf-8")
    with pytest.raises(Underivable, match="`a` and `p` are numbers of each data point, which has no form for a batch"):
        symbptt.derive(problem(MODELS["logistic, hidden"]), notation=str(file))


def lines(derivation: Derivation) -> set[str]:
    return {canonical(f"{step.before} = {step.after}") for step in derivation.steps if step.relation == "="}


def canonical(latex: str) -> str:
    (formula,) = parse(latex)
    return " = ".join(map(to_latex, formula.sides))


def compare(name: str, derivation: Derivation, spelled: Sequence[str]) -> None:
    """The printed ∂L/∂θ against complex steps of the model's loss, entry by entry."""
    run = Executed(derivation.steps, derivation.problem, 3, SIZES)
    for t in ("", "_{1}", "_{2}", "_{3}") if "logistic" in name else ():
        run.data[f"y{t}"] = np.array([[0.3]])
    if MODELS[name].one_hot:
        for t in (1, 2, 3):
            run.data[f"y_{{{t}}}"] = np.eye(SIZES["v"])[:, [t]]
    run.name(parse_expression("L", run.words))
    for text in spelled:
        node = parse_expression(text, run.words)
        gradient = run.name(parse_expression(f"\\frac{{\\partial L}}{{\\partial {to_latex(node)}}}", run.words))
        weight = run.data[to_latex(node)]
        assert gradient.shape == weight.shape
        for place in np.ndindex(*weight.shape):
            moved = weight.astype(complex)
            moved[place] += 1e-30j
            loss = np.asarray(MODELS[name].loss({**run.data, to_latex(node): moved})).item()
            assert gradient[place] == pytest.approx(loss.imag / 1e-30, rel=1e-9, abs=1e-12), (text, place)


@pytest.mark.parametrize(("name", "depth"), [(name, depth) for name, model in MODELS.items() for depth in ("all", 3)[: 1 + model.stepped]])
def test_the_printed_gradients_are_those_of_the_loss(name: str, depth: str | int) -> None:
    derivation = derived(name, depth)
    compare(name, derivation, derivation.wrt)
    learned = {"W", "U", "V", "E", "I", "w", "b", "c"} & set(MODELS[name].shapes.replace(":", "").split())
    learned |= {"u", "v"} if name == "numbers alone" else set()
    assert set(derivation.wrt) == learned, "all that is learned is derived by"
    assert len([step for step in derivation.steps if step.verdict == "update"]) == len(learned)


#: Model, depth → lines as they are known: by hand, with the product rule and the chain rule.
RESULTS = [
    ("norm", "all", (r"L = \sum_k (o_k - y_k)^2", r"\delta^o = 2 (o - y)")),
    ("mean of a norm", "all", (r"\delta^o = \frac{2}{q} (o - y)",)),
    ("half of it", "all", (r"\delta^o = o - y",)),
    ("norm of an expression", "all", (r"\frac{\partial L}{\partial V} = (V a - y) a^T",)),
    ("penalty", "all", (r"\frac{\partial L}{\partial W} = \delta^z x^T + \lambda W",)),
    ("logistic", "all", (r"\delta^a = p - y", r"\frac{\partial p}{\partial a} = p (1 - p)", r"\frac{\partial L}{\partial w} = \delta^a x")),
    ("logistic at the end", "all", (r"\delta^p = p - y", r"\frac{\partial L}{\partial h_T} = \delta^p w")),
    (
        "tied",
        "all",
        (r"\frac{\partial L}{\partial E} = \sum_{t=1}^{T} \delta^h_t x_t^\top + \sum_{t=1}^{T} h_t (\delta^z_t)^\top",),
    ),
    ("mean of the states", "all", (r"\frac{\partial L}{\partial h_T} = \frac{1}{T} V^T \delta^o",)),
    (
        "entries of all steps",
        3,
        (
            r"L_t = \frac12 \sum_k (o_{t, k} - y_{t, k})^2",
            r"\frac{\partial L_1}{\partial W} = \left( \frac{\partial L_1}{\partial h_1} \right)^T \frac{\partial^+ h_1}{\partial W}",
        ),
    ),
    ("a rate and an identity", "all", (r"W \leftarrow W - \alpha \frac{\partial L}{\partial W}",)),
]


@pytest.mark.parametrize("name, depth, wanted", RESULTS, ids=[row[0] for row in RESULTS])
def test_the_lines_are_as_they_are_known(name: str, depth: str | int, wanted: Sequence[str]) -> None:
    found = lines(derived(name, depth)) | {step.formula for step in derived(name, depth).steps if step.verdict == "update"}
    for line in wanted:
        assert (line if "leftarrow" in line else canonical(line)) in found


@pytest.mark.parametrize("depth", ["all", 3])
@pytest.mark.parametrize("at", ["h_0", "h_1", "h_2", "h_T", "x_2"])
def test_by_a_quantity_at_one_step(at: str, depth: str | int) -> None:
    """∂L/∂h_2 as it is printed, against complex steps of a loss in which that state alone is moved."""
    name = "norms of all steps"
    derivation = derived(name, depth, (at,))
    step = 3 if at == "h_T" else int(at[-1])
    assert derivation.wrt == (f"{at[0]}_{{{'T' if at == 'h_T' and depth == 'all' else step}}}",)
    run = Executed(derivation.steps, derivation.problem, 3, SIZES)
    run.name(parse_expression("L", run.words))
    gradient = run.name(parse_expression(f"\\frac{{\\partial L}}{{\\partial {at[0]}_{{{step}}}}}", run.words))

    def loss(moved: Any) -> Any:
        d, total = run.data, 0
        h = d["h_{0}"] + (moved if at == "h_0" else 0)
        for t in (1, 2, 3):
            x = d[f"x_{{{t}}}"] + (moved if at == f"x_{t}" else 0)
            h = np.tanh(d["W"] @ h + d["U"] @ x) + (moved if at[0] == "h" and t == step else 0)
            total += square(d["V"] @ h - d[f"y_{{{t}}}"]) / 2
        return total

    for place in np.ndindex(*gradient.shape):
        moved = np.zeros(gradient.shape, dtype=complex)
        moved[place] = 1e-30j
        assert gradient[place] == pytest.approx(loss(moved).imag / 1e-30, rel=1e-9, abs=1e-12)


@pytest.mark.parametrize(
    ("wrt", "depth", "told"),
    [
        ("h_{t-1}", "all", "ask for `h_{t}` at every step, or for one step by its number or `T`"),
        ("h_7", 3, "the loss does not depend on `h_{7}`; `t` of `h_{t}` is 1, …, 3"),
    ],
)
def test_a_step_that_cannot_be_asked_for_is_told(wrt: str, depth: str | int, told: str) -> None:
    with pytest.raises(Underivable, match=told.replace("{", "\\{").replace("}", "\\}")):
        derived("norms of all steps", depth, (wrt,))


def test_which_of_two_columns_is_learned_is_asked_for() -> None:
    with pytest.raises(Underivable, match="which of `w` and `x` are learned cannot be told; name what to derive by"):
        symbptt.derive(problem(MODELS["logistic"]))


def test_a_square_matrix_with_the_name_of_the_identity_is_not_learned() -> None:
    own = Own("x: n, h: n, I: n×n, W: n×n, L: scalar", ("h = W x + I x", r"L = \|h\|^2"), lambda d: 0)
    assert symbptt.derive(problem(own)).wrt == ("W",)
    with pytest.raises(Underivable, match="read as the identity matrix"):
        symbptt.derive(problem(own), wrt="I")


@pytest.mark.parametrize(
    ("name", "depth", "wrt"),
    [
        ("penalty", "all", ()),
        ("logistic at the end", "all", ()),
        ("mean of the states", "all", ()),
        ("numbers alone", "all", ()),
        ("norms of all steps", "all", ("h_2",)),
        ("entries of all steps", 3, ("W",)),
    ],
)
def test_its_page_is_read_back_and_proved(name: str, depth: str | int, wrt: tuple[str, ...], tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(derived(name, depth, wrt).to_markdown(), encoding="utf-8")
    assert {found.verdict for found in symbptt.check_document(page) if found.role == "claim"} <= {"proved", "verified"}
