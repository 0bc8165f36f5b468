"""Training: updates as their sources have them, runs that go on bit for bit, and what the gradients of pieces leave out."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import Any

import autograd
import autograd.numpy as anp
import numpy as np
import pytest

from symbptt.train.checkpoint import load
from symbptt.train.data import Text
from symbptt.train.loop import advance, keep
from symbptt.train.optimizers import OPTIMIZERS, clipped

from .support import TEXT, same, trainer

# -- updates ---------------------------------------------------------------------------------------------------------------


def _moved(name: str, gradients: list[float], rate: float) -> list[float]:
    p, found = np.array([1.0]), []
    slots = [np.zeros(1) for _ in range(OPTIMIZERS[name].slots)]
    for step, g in enumerate(gradients, 1):
        OPTIMIZERS[name].update(p, np.array([g]), slots, rate, step)
        found.append(float(p[0]))
    return found


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("sgd", [1 - 0.1 * 2, 1 - 0.1 * 2 - 0.1 * 3]),
        ("momentum", [1 - 0.1 * 2, 1 - 0.1 * 2 - 0.1 * (0.9 * 2 + 3)]),
        ("adagrad", [1 - 0.1, 1 - 0.1 - 0.1 * 3 / 13**0.5]),
        ("adam", [1 - 0.1, 1 - 0.1 - 0.1 * ((0.9 * 0.2 + 0.3) / 0.19) / ((0.999 * 0.004 + 0.009) / (1 - 0.999**2)) ** 0.5]),
    ],
)
def test_updates_are_those_of_their_sources(name: str, expected: list[float]) -> None:
    assert _moved(name, [2.0, 3.0], 0.1) == pytest.approx(expected, rel=1e-7)


def test_clipping_keeps_the_direction() -> None:
    gradients = {"a": np.array([3.0]), "b": np.array([0.0, 4.0])}
    assert clipped(gradients, 1.0) == 5.0
    np.testing.assert_allclose(np.concatenate([gradients["a"], gradients["b"]]), [0.6, 0.0, 0.8])
    assert clipped(gradients, 0.0) == pytest.approx(1.0) and gradients["a"][0] == pytest.approx(0.6)


# -- truncation ------------------------------------------------------------------------------------------------------------


def _step_losses(p: Mapping[str, Any], copies: list[Any], codes: list[int], size: int) -> list[Any]:
    """The loss of each step of the network for hello, with a copy of the recurrent weights for each step."""
    eye, a, found = np.eye(size), np.zeros(p["b_a"].shape), []
    for w, (now, after) in zip(copies, pairwise(codes), strict=True):
        a = anp.tanh(w @ a + p["w_ax"] @ eye[now] + p["b_a"])
        scores = p["w_ya"] @ a + p["b_y"]
        found.append(anp.log(anp.sum(anp.exp(scores))) - scores[after])
    return found


def test_pieces_leave_out_what_the_truncation_says() -> None:
    """Of ∂L_t/∂W = Σ_s ∂L_t/∂h_s ∂⁺h_s/∂W only the steps s of t's own piece; by autograd with a copy of W for each step."""
    run = trainer("hello", text="hello there", steps=3, batch=1).run
    source = run.source
    assert isinstance(source, Text) and source.per_epoch == 3
    params = {name: p + 0.1 for name, p in run.state.params.items()}
    summed, carried = np.zeros_like(params["w_aa"]), {}
    for number in range(source.per_epoch):
        data = source.data(number)
        summed += run.module.loss_and_gradients(params, {**data, **carried})[1]["w_aa"]
        carried = {"a_0": run.module.forward(params, {**data, **carried})["a"][-1]}
    codes = [int(c) for c in source.codes[: 3 * source.per_epoch + 1]]
    copies = [params["w_aa"]] * (len(codes) - 1)
    jacobian = autograd.jacobian(
        lambda w: anp.array(_step_losses(params, [w[s] for s in range(len(copies))], codes, len(source.characters)))
    )
    parts = jacobian(np.stack(copies))  # ∂L_t through the copy of step s
    kept = sum(parts[t, s] for t in range(len(copies)) for s in range(len(copies)) if t // 3 == s // 3)
    np.testing.assert_allclose(summed, kept, rtol=1e-10, atol=1e-12)
    assert np.abs(parts.sum((0, 1)) - summed).max() > 1e-4  # the bias is there


def test_the_state_is_carried_and_begins_anew_with_an_epoch() -> None:
    run = trainer("hello", steps=20, batch=2).run
    for _ in range(run.source.per_epoch):
        advance(run)
    assert run.source.starts_anew(run.step) and run.state.carried
    carried = run.state.carried["a_0"]
    state, data = run.state, run.source.data(run.step)
    assert run.module.loss(state.params, data) != run.module.loss(state.params, {**data, "a_0": carried})
    advance(run)
    count = data["x"].shape[0] * data["x"].shape[1]
    assert run.losses[-1] == pytest.approx(run.module.loss(state.params, data) / count)


def test_what_is_left_out_is_said_where_something_is() -> None:
    assert "beginning of a piece of 7 letters" in trainer("hello").truncation()
    assert trainer("hello", text="HELLO", steps=None, batch=1).truncation() == ""


# -- runs ------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("model", "optimizer", "dtype"),
    [("hello", "sgd", "float64"), ("lstm", "adam", "float64"), ("gru", "adagrad", "float32"), ("lstm-coupled", "momentum", "float64")],
)
def test_a_run_goes_on_bit_for_bit(model: str, optimizer: str, dtype: str, tmp_path: Path) -> None:
    how = {"optimizer": optimizer, "dtype": dtype, "held_out": 0.2}
    whole = trainer(model, **how)
    whole.train(3, told=lambda _: None)
    broken = trainer(model, **how).run
    for _ in range(broken.source.per_epoch + 2):
        advance(broken)
    broken.held = whole.run.held[:1]
    keep(broken, tmp_path)
    again = trainer(model, folder=tmp_path, **how)
    assert again.run.step == broken.step
    again.train(3, told=lambda _: None)
    assert same(whole.run, again.run) and len(whole.run.held) == 3
    assert np.mean(whole.losses[-5:]) < np.mean(whole.losses[:5])
    assert {a.dtype for a in again.params.values()} == {np.dtype(dtype)}


def test_what_is_interrupted_keeps_its_state(tmp_path: Path) -> None:
    def interrupt(_: object) -> None:
        raise KeyboardInterrupt

    first = trainer("hello", folder=tmp_path)
    with pytest.raises(KeyboardInterrupt):
        first.train(4, told=interrupt, told_every=0.0)
    again = trainer("hello", folder=tmp_path)
    assert again.run.step == first.run.step > 0
    whole = trainer("hello").train(4, told=lambda _: None)
    assert same(again.train(4, told=lambda _: None).run, whole.run)


def test_a_run_that_is_killed_ends_as_an_unbroken_one(tmp_path: Path) -> None:
    """Four times here; `python -m benchmarks.kills` does it twenty times for several models."""
    options = ["lstm", "--text", TEXT, "--hidden", "6", "--epochs", "12", "--steps", "9", "--sample", "0", "--save-every", "0"]
    call = [sys.executable, "-m", "symbptt", "train", *options, "--output"]
    subprocess.run([*call, str(tmp_path / "whole")], check=True, capture_output=True)
    chosen, killed = Random(1), 0
    for _ in range(4):
        with subprocess.Popen([*call, str(tmp_path / "broken")], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
            time.sleep(chosen.uniform(0.8, 1.6))
            process.send_signal(signal.SIGKILL)
        killed += process.returncode == -signal.SIGKILL
    assert killed
    subprocess.run([*call, str(tmp_path / "broken")], check=True, capture_output=True)
    whole, broken = load(tmp_path / "whole"), load(tmp_path / "broken")
    assert whole is not None and broken is not None and whole[1] == broken[1]
    assert all(np.array_equal(whole[0][name], broken[0][name]) for name in whole[0])
