"""`symbptt export` and `symbptt.lambdify`: what is written, and what is refused with which words."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

import symbptt
from symbptt.commands.export import export
from symbptt.export.trees import NotExported


def run(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(export, list(arguments))
    return result.exit_code, result.output


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("rnn-mimo",), "`f` stands for any function; name one for numbers, `--function f=tanh`"),
        (("rnn-mimo", "--function", "f=softmax"), "`softmax` is no known function of one argument"),
        (("rnn-mimo", "--function", "f"), "`f` is no NAME=FUNCTION"),
        (("rnn-mimo", "--function", "f=tanh", "--wrt", "Q"), "`Q` is no free quantity of the model; those are x, d, U, W, V"),
        (("lstm", "--loss", "h"), "`h` is no scalar of the model; those are L"),
        (("lsmt",), "did you mean `lstm`?"),
        (("lstm", "--output", "no/such/folder/file.py"), "cannot write no/such/folder/file.py: No such file or directory"),
    ],
)
def test_what_cannot_be_exported_is_said(arguments: tuple[str, ...], words: str) -> None:
    status, output = run(*arguments)
    assert status == 2 and words in output


def test_a_file_is_written_as_a_whole(tmp_path: Path) -> None:
    target = tmp_path / "gradient.py"
    status, output = run("rnn-mimo", "--function", "f=tanh", "--wrt", "U,V", "--output", str(target))
    assert status == 0 and "checked against the equations" in output
    assert "PARAMETERS = ('U', 'V')" in target.read_text().replace('"', "'")
    assert [path.name for path in tmp_path.iterdir()] == ["gradient.py"]


def problem(tmp_path: Path, **fields: object) -> str:
    path = tmp_path / "problem.json"
    path.write_text(json.dumps({"claim": "x = x", **fields}))
    return str(path)


def test_a_problem_file_with_a_scalar_loss_is_exported(tmp_path: Path) -> None:
    path = problem(
        tmp_path,
        given=["h_t = \\mathrm{ReLU}(W h_{t-1} + U x_t)", "L = \\sum_{t=1}^T \\frac{1}{2} \\|h_t - y_t\\|^2"],
        shapes={"h_t": "n", "x_t": "m", "y_t": "n", "W": "n×n", "U": "n×m", "L": "scalar"},
        ranges={"t": "1..T"},
    )
    function = symbptt.lambdify(path, wrt=["W", "U"])
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(4, 3)), rng.normal(size=(4, 2))
    params = {"W": rng.normal(size=(2, 2)), "U": rng.normal(size=(2, 3))}
    loss, gradients = function(params, {"x": x, "y": y})
    h, expected, states = np.zeros(2), 0.0, [np.zeros(2)]
    for t in range(4):
        h = np.maximum(params["W"] @ h + params["U"] @ x[t], 0)
        states.append(h)
        expected += 0.5 * ((h - y[t]) ** 2).sum()
    delta, wanted = np.zeros(2), np.zeros((2, 2))
    for t in reversed(range(4)):
        delta = (states[t + 1] - y[t] + params["W"].T @ delta) * (states[t + 1] > 0)
        wanted += np.outer(delta, states[t])
    assert loss == pytest.approx(expected, rel=1e-13)
    np.testing.assert_allclose(gradients["W"], wanted, rtol=1e-12, atol=1e-13)


def test_a_problem_without_one_loss_is_refused(tmp_path: Path) -> None:
    path = problem(tmp_path, given=["h = \\tanh(W x)"], shapes={"h": "n", "x": "m", "W": "n×m"})
    with pytest.raises(NotExported, match="needs one scalar loss"):
        symbptt.lambdify(path, wrt=["W"])


def test_by_what_to_differentiate_must_be_known(tmp_path: Path) -> None:
    path = problem(tmp_path, given=["L = \\|W x\\|^2"], shapes={"x": "m", "W": "n×m", "L": "scalar"})
    with pytest.raises(NotExported, match="name the parameters with --wrt"):
        symbptt.lambdify(path)
