"""Training: updates as their sources have them, runs that go on bit for bit, and what stops them."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

from symbptt.commands.train import train as command
from symbptt.export.build import export
from symbptt.train.checkpoint import NAME, load
from symbptt.train.data import read_text
from symbptt.train.loop import Plan, Run, Stopped, advance, begin, keep
from symbptt.train.optimizers import OPTIMIZERS, clipped
from symbptt.train.roles import roles

TEXT = "it was the best of times, it was the worst of times, " * 4


def start(model: str, optimizer: str = "adam", rate: float = 0.01, folder: Path | None = None, text: str = TEXT, **more: Any) -> Run:
    exported = export(model)
    found = roles(exported)
    source = read_text(text, 7, 3, found, np.float64)
    letters = len(source.characters)
    sizes = {"n": 5, "m": letters, "q": letters}
    facts = {"model": model, "clip": 1.0, "epochs": 4, "seed": 3, "sizes": sizes, "steps": 7, "batch": 3, "dtype": "float64"} | more
    return begin(Plan(optimizer=optimizer, rate=rate, **facts), exported.module, source, folder)


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


# -- runs ------------------------------------------------------------------------------------------------------------------


def same(one: Run, two: Run) -> bool:
    a, b = one.arrays(), two.arrays()
    return set(a) == set(b) and all(np.array_equal(a[name], b[name]) for name in a) and one.step == two.step


@pytest.mark.parametrize(("model", "optimizer"), [("hello", "sgd"), ("lstm", "adam"), ("gru", "adagrad"), ("lstm", "momentum")])
def test_a_run_goes_on_bit_for_bit(model: str, optimizer: str, tmp_path: Path) -> None:
    whole = start(model, optimizer)
    for _ in range(20):
        advance(whole)
    broken = start(model, optimizer)
    for _ in range(11):
        advance(broken)
    keep(broken, tmp_path)
    again = start(model, optimizer, folder=tmp_path)
    assert again.step == 11
    for _ in range(9):
        advance(again)
    assert same(whole, again)
    assert np.mean(whole.losses[-5:]) < np.mean(whole.losses[:5])


def test_a_run_that_is_killed_ends_as_an_unbroken_one(tmp_path: Path) -> None:
    options = ["lstm", "--text", TEXT, "--hidden", "6", "--epochs", "60", "--steps", "9", "--sample", "0", "--save-every", "0"]
    call = [sys.executable, "-m", "symbptt", "train", *options, "--output"]
    subprocess.run([*call, str(tmp_path / "whole")], check=True, capture_output=True)
    chosen, killed = Random(1), 0
    for _ in range(6):
        with subprocess.Popen([*call, str(tmp_path / "broken")], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
            time.sleep(chosen.uniform(0.4, 1.6))
            process.send_signal(signal.SIGKILL)
        killed += process.returncode == -signal.SIGKILL
    assert killed
    subprocess.run([*call, str(tmp_path / "broken")], check=True, capture_output=True)
    whole, broken = load(tmp_path / "whole"), load(tmp_path / "broken")
    assert whole is not None and broken is not None and whole[1] == broken[1]
    assert all(np.array_equal(whole[0][name], broken[0][name]) for name in whole[0])


def test_a_checkpoint_of_another_plan_is_refused(tmp_path: Path) -> None:
    keep(start("hello"), tmp_path)
    with pytest.raises(Stopped, match=r"was made with rate = 0\.01, not 0\.5"):
        start("hello", rate=0.5, folder=tmp_path)


def test_what_is_not_finite_stops_and_nothing_is_overwritten(tmp_path: Path) -> None:
    run = start("hello", "sgd", clip=0.0)
    advance(run)
    keep(run, tmp_path)
    before = (tmp_path / NAME).read_bytes()
    run.params["w_aa"][0, 0] = np.nan
    with pytest.raises(Stopped, match="step 2: `w_aa` in params holds a value that is no finite number"):
        advance(run)
    assert run.step == 1 and (tmp_path / NAME).read_bytes() == before


# -- the command -----------------------------------------------------------------------------------------------------------


def call(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(command, list(arguments))
    return result.exit_code, result.output


def test_hello_is_learned() -> None:
    status, output = call(
        "hello", "--text", "HELLO", "--hidden", "8", "--epochs", "200", "--optimizer", "sgd", "--rate", "0.5", "--sample", "5"
    )
    assert status == 0 and "100.0 % of the letters predicted" in output and output.splitlines()[-1] == "HELLO"


def test_sequences_from_a_file(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(6, 40, 2))
    np.savez(tmp_path / "data.npz", x=x, d=np.tanh(x.cumsum(0)[-1] @ rng.normal(size=(2, 1))))
    options = ("rnn-miso", "--function", "f=tanh", "--data", str(tmp_path / "data.npz"), "--hidden", "8", "--batch", "8")
    first = call(*options, "--epochs", "1")
    last = call(*options, "--epochs", "80")
    loss = [float(output.split("loss ")[-1].split()[0]) for _, output in (first, last)]
    assert first[0] == last[0] == 0 and loss[1] < 0.5 * loss[0]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("hello",), "give --data FILE or --text TEXT"),
        (("hello", "--text", "H"), "is too short for 1 streams"),
        (("hello", "--data", "no/such/file"), "no/such/file: No such file or directory"),
        (("hello", "--text", "HELLO", "--output", "/dev/null/run"), "Not a directory"),
    ],
)
def test_what_cannot_begin_is_said(arguments: tuple[str, ...], words: str) -> None:
    status, output = call(*arguments)
    assert status == 2 and words in output


def test_a_broken_checkpoint_is_said(tmp_path: Path) -> None:
    (tmp_path / NAME).write_bytes(b"nothing")
    status, output = call("hello", "--text", "HELLO", "--output", str(tmp_path))
    assert status == 2 and "is no checkpoint" in output
