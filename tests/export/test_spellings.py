"""Models as people spell them: sizes that are numbers, any name of a step or a size, ranges from 0; and what is refused in one sentence."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import autograd.numpy as np
import numpy
import pytest
from autograd import value_and_grad
from click.testing import CliRunner

from symbptt.commands.export import export as command
from symbptt.documents.model import load_model
from symbptt.export.build import export
from symbptt.export.interface import read_program
from symbptt.export.trees import NotExported

from .test_numpy import worst

Arrays = dict[str, Any]
STATE = r"h_t = \tanh(W h_{t-1} + U x_t)"
SQUARES = r"L = \sum_{t=1}^{T} \| V h_t - y_t \|^2"
SHAPES = {"x_t": "m", "h_t": "n", "W": "n×n", "U": "n×m", "V": "q×n", "y_t": "q", "L": "scalar"}


def written(folder: Path, equations: tuple[str, ...], shapes: dict[str, str], ranges: str = "t: 1..T", parameters: str = "W; U; V") -> str:
    lines = [f"    '{name}': '{shape}'" for name, shape in shapes.items()]
    head = ["---", f"parameters: '{parameters}'", "symbptt:", "  shapes:", *lines, f"  ranges: {{{ranges}}}", "---"]
    path = folder / "model.md"
    path.write_text("\n".join([*head, *(f"\n$${equation}$$" for equation in equations)]), encoding="utf-8")
    return str(path)


def network(p: Arrays, d: Arrays, f: Callable[..., Any] = np.tanh) -> Any:
    h, total = np.zeros(p["U"].shape[0]), 0.0
    for x, y in zip(d["x"], d["y"], strict=True):
        h = f(p["W"] @ h + p["U"] @ x)
        total = total + np.sum((p["V"] @ h - y) ** 2)
    return total


def twice(p: Arrays, d: Arrays) -> Any:
    h, total = np.zeros(p["U"].shape[0]), 0.0
    for x, y in zip(d["x"], d["y"], strict=True):
        h = np.tanh(p["W"] @ (p["W"] @ h) + p["W"].T @ (p["U"] @ x))
        total = total + np.sum((p["V"] @ h - y) ** 2)
    return total


def divided(p: Arrays, d: Arrays) -> Any:
    return network(p, d, lambda z: z / (1 + np.sum(z * z)))


def decayed(p: Arrays, d: Arrays) -> Any:
    return network(p, d) + (np.sum(p["W"] ** 2) + np.sum(p["U"] ** 2)) / 10


def cross_entropy(p: Arrays, d: Arrays) -> Any:
    h, total = np.zeros(p["U"].shape[0]), 0.0
    for x, y in zip(d["x"], d["y"], strict=True):
        h = np.tanh(p["W"] @ h + p["U"] @ x)
        s = p["V"] @ h
        total = total - np.sum(y * (s - np.log(np.sum(np.exp(s)))))
    return total


def entropy(p: Arrays, d: Arrays) -> Any:
    h, total = np.zeros(p["U"].shape[0]), 0.0
    for x, y in zip(d["x"], d["y"], strict=True):
        h = np.tanh(p["W"] @ h + p["U"] @ x)
        e = np.exp(p["V"] @ h)
        q = e / np.sum(e)
        total = total + np.sum(q * np.log(q)) + np.sum((q - y) ** 2)
    return total


def counted(p: Arrays, d: Arrays) -> Any:
    h, total = np.zeros(p["U"].shape[0]), 0.0
    for t, (x, y) in enumerate(zip(d["x"], d["y"], strict=True), 1):
        h = np.tanh(p["W"] @ h + p["U"] @ x / t)
        total = total + (len(d["x"]) - t + 1) * np.sum((p["V"] @ h - y) ** 2)
    return total


def counted_from_0(p: Arrays, d: Arrays) -> Any:
    h, total = np.zeros(p["U"].shape[0]), 0.0
    for t, (x, y) in enumerate(zip(d["x"], d["y"], strict=True)):
        h = np.tanh(p["W"] @ h + p["U"] @ x)
        total = total + t * np.sum((p["V"] @ h - y) ** 2)
    return total


def growing(p: Arrays, d: Arrays) -> Any:
    h, g, total = np.zeros(p["U"].shape[0]), 0.0, 0.0
    for x, y in zip(d["x"], d["y"], strict=True):
        h = np.tanh(p["W"] @ h + p["U"] @ x)
        g = p["gamma"] * g / 2 + p["gamma"] ** 2
        total = total + g * np.sum((p["V"] @ h - y) ** 2)
    return total


def begun(p: Arrays, d: Arrays) -> Any:
    h, total = np.tanh(p["k"]), 0.0
    for x, y in zip(d["x"], d["y"], strict=True):
        h = np.tanh(p["W"] @ h + p["U"] @ x)
        total = total + np.sum((p["V"] @ h - y) ** 2)
    return total


def beside(p: Arrays, d: Arrays) -> Any:
    h, v, total = np.zeros(p["U"].shape[0]), np.ones(p["U"].shape[0]), 0.0
    for x, y in zip(d["x"], d["y"], strict=True):
        v = np.tanh(p["W"] @ v)
        h = np.tanh(p["W"] @ h + p["U"] @ x + v)
        total = total + np.sum((p["V"] @ h - y) ** 2)
    return total


#: Name → equations, what is changed of the shapes, ranges, the same by hand, sizes of the data and parameters.
PLAIN = {"n": 4, "m": 3, "q": 2}
CASES: dict[str, tuple[tuple[str, ...], dict[str, str], str, Callable[..., Any], dict[str, int]]] = {
    "numbers": (
        (STATE, SQUARES),
        {"x_t": "3", "h_t": "4", "W": "4×4", "U": "4×3", "V": "2×4", "y_t": "2"},
        "t: 1..T",
        network,
        {"4": 4, "3": 3, "2": 2},
    ),
    "another last step": ((STATE, SQUARES.replace("{T}", "N")), {}, "t: 1..N", network, PLAIN),
    "a Greek step": (
        tuple(
            e.replace("t}", r"\tau}").replace("_t", r"_\tau").replace("{t-", r"{\tau-").replace("t=", r"\tau=") for e in (STATE, SQUARES)
        ),
        {},
        r"\tau: 1..T",
        network,
        PLAIN,
    ),
    "a size that is a word of Python": (
        (STATE, SQUARES),
        {"x_t": r"\lambda", "U": r"n×\lambda"},
        "t: 1..T",
        network,
        {"n": 4, "lambda_": 3, "q": 2},
    ),
    "a size called as the steps": (
        (STATE, SQUARES.replace("{T}", "N")),
        {"x_t": "T", "U": "n×T"},
        "t: 1..N",
        network,
        {"n": 4, "T_": 3, "q": 2},
    ),
    "from 0": ((STATE, SQUARES.replace("t=1", "t=0").replace("{T}", "{T-1}")), {}, "t: 0..T-1", network, PLAIN),
    "more sums than letters": ((r"h_t = \tanh(W W h_{t-1} + W^\top U x_t)", SQUARES), {}, "t: 1..T", twice, PLAIN),
    "a quotient of sums": (
        (r"h_t = \frac{W h_{t-1} + U x_t}{1 + \| W h_{t-1} + U x_t \|^2}", SQUARES),
        {},
        "t: 1..T",
        divided,
        PLAIN,
    ),
    "the same for all sequences": (
        (STATE, SQUARES + r" + \frac{1}{10} \sum_{i=1}^n \sum_{j=1}^n W_{ij}^2 + \frac{1}{10} \mathrm{tr}(U^\top U)"),
        {},
        "t: 1..T",
        decayed,
        PLAIN,
    ),
    "a softmax without a name": ((STATE, r"L = -\sum_{t=1}^T y_t^\top \ln \mathrm{softmax}(V h_t)"), {}, "t: 1..T", cross_entropy, PLAIN),
    "the number of a step": (
        (r"h_t = \tanh(W h_{t-1} + \frac{1}{t} U x_t)", r"L = \sum_{t=1}^T (T - t + 1) \| V h_t - y_t \|^2"),
        {},
        "t: 1..T",
        counted,
        PLAIN,
    ),
    "the number of a step from 0": (
        (STATE, r"L = \sum_{t=0}^{T-1} t \| V h_t - y_t \|^2"),
        {},
        "t: 0..T-1",
        counted_from_0,
        PLAIN,
    ),
    "a number that goes from step to step": (
        (STATE, r"g_t = \frac{1}{2} \gamma g_{t-1} + \gamma^2", r"L = \sum_{t=1}^T g_t \| V h_t - y_t \|^2"),
        {"g_t": "scalar", r"\gamma": "scalar"},
        "t: 1..T",
        growing,
        PLAIN,
    ),
    "a first state that is learned": ((r"h_0 = \tanh(k)", STATE, SQUARES), {"k": "n"}, "t: 1..T", begun, PLAIN),
    "a recursion of parameters alone": (
        (r"v_t = \tanh(W v_{t-1})", r"h_t = \tanh(W h_{t-1} + U x_t + v_t)", SQUARES),
        {"v_t": "n"},
        "t: 1..T",
        beside,
        PLAIN,
    ),
    "the entropy of a softmax": (
        (STATE, r"p_t = \mathrm{softmax}(V h_t)", r"L = \sum_{t=1}^T ( \sum_k p_{t,k} \ln p_{t,k} + \| p_t - y_t \|^2 )"),
        {"p_t": "q"},
        "t: 1..T",
        entropy,
        PLAIN,
    ),
}


@pytest.mark.parametrize("backend", ["numpy", "c"])
@pytest.mark.parametrize("name", CASES)
def test_gradients_are_those_of_automatic_differentiation(name: str, backend: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SYMBPTT_CACHE", str(tmp_path))
    equations, changes, ranges, loss, sizes = CASES[name]
    shapes = {key.replace("_t", r"_\tau") if "tau" in ranges else key: shape for key, shape in (SHAPES | changes).items()}
    parameters = "; ".join(name for name in ("W", "U", "V", "k", r"\gamma") if name in shapes)
    module = export(written(tmp_path, equations, shapes, ranges, parameters), backend=backend).module
    assert set(module.SIZES) == {size for size in sizes if not size.isdigit()}
    rng = numpy.random.default_rng(1)
    params = {k: rng.normal(size=[sizes[axis] for axis in module.SHAPES[k]]) for k in module.PARAMETERS}
    for steps, batch in ((1, 1), (4, 3)):
        lengths = sizes | {"T": steps, "B": batch}
        data = {k: rng.normal(size=[lengths[axis] for axis in module.SHAPES[k]]) for k in module.DATA}
        data |= {k: np.ones([lengths[axis] for axis in module.SHAPES[k]]) for k in module.STATES if k == "v_0"}
        value, gradients = module.loss_and_gradients(params, data)
        pairs = [value_and_grad(loss)(params, {k: data[k][:, b] for k in module.DATA}) for b in range(batch)]
        want = sum(float(v) for v, _ in pairs)
        assert abs(value - want) <= 1e-12 * max(1.0, abs(want))
        assert worst(gradients, {k: sum(g[k] for _, g in pairs) for k in params}) <= 1e-11


def test_a_size_that_is_a_number_is_held_to() -> None:
    module = export_numbers()
    params, data = module.init({}), module.example({"T": 2, "B": 1})
    for array, given in (("x", data), ("W", params)):
        wrong = {**given, array: given[array][..., :-1]}
        with pytest.raises(ValueError, match=rf"`{array}` \(.*\) has the shape"):
            module.loss_and_gradients(wrong if given is params else params, wrong if given is data else data)


def export_numbers() -> Any:
    equations, changes, ranges, _, _ = CASES["numbers"]
    with tempfile.TemporaryDirectory() as folder:
        return export(written(Path(folder), equations, SHAPES | changes, ranges)).module


@pytest.mark.parametrize(
    ("equations", "changes", "ranges", "words"),
    [
        ((STATE, SQUARES), {"V": "2n×n", "y_t": "2n"}, "t: 1..T", "an axis of `V` is 2n long"),
        ((STATE, SQUARES.replace("t=1", "t=2")), {}, "t: 2..T", "is T-1 long"),
        ((STATE.replace(r"\tanh", r"\ln"), SQUARES), {}, "t: 1..T", "the loss overflows, or is not defined"),
        ((STATE, SQUARES.replace(r"\|", r"2^{T-t} \|", 1)), {}, "t: 1..T", "the number of a step in its exponent is not exported yet"),
    ],
)
def test_refusals(equations: tuple[str, ...], changes: dict[str, str], ranges: str, words: str, tmp_path: Path) -> None:
    with pytest.raises(NotExported, match=words):
        export(written(tmp_path, equations, SHAPES | changes, ranges))


def test_a_loss_that_overflows_far_from_0_is_checked_nearer_to_it(tmp_path: Path) -> None:
    path = written(tmp_path, (STATE.replace(r"\tanh", r"\exp"), SQUARES), SHAPES)
    assert export(path).module.check(write=lambda _: None)


def test_shapes_that_nothing_says(tmp_path: Path) -> None:
    path = tmp_path / "bare.md"
    path.write_text(f"$${STATE}$$\n\n$$L = \\sum_{{t=1}}^T \\| h_t - y_t \\|^2$$\n", encoding="utf-8")
    result = CliRunner().invoke(command, [str(path), "--wrt", "W,U"])
    assert result.exit_code == 2 and result.output.count("\n") == 1 and "is not stated; say it under `shapes`" in result.output
    stated = written(tmp_path, (STATE, SQUARES), {k: v for k, v in SHAPES.items() if k != "L"})
    assert read_program_of(stated).parameters


def read_program_of(path: str) -> Any:
    return read_program(load_model(path))
