"""The object of a notebook: what it measures, draws and shows; the errors that go back in time."""

from __future__ import annotations

import re
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import autograd
import autograd.numpy as anp
import numpy as np
import pytest

import symbptt
from symbptt.export.trees import NotExported
from symbptt.train.data import Sequences, Text, read_text
from symbptt.train.measure import baselines
from symbptt.train.pictures import NoPictures, smoothed, svg_loss
from symbptt.train.roles import Roles
from tests.export.reference import LOSSES

from .support import TEXT, trainer

ROLES = Roles("x", "y", "p", {}, frozenset({"x", "y"}), "B")


# -- texts -----------------------------------------------------------------------------------------------------------------


def test_pieces_cover_streams_side_by_side() -> None:
    learned, held = read_text("abcdefghijklmnop", 2, 2, ROLES, np.float64, held_out=0.25)
    assert held is not None and learned.per_epoch == 2
    pieces = [["".join(learned.characters[c] for c in stream) for stream in learned.piece(k).T] for k in range(3)]
    assert pieces == [["abc", "ghi"], ["cde", "ijk"], ["abc", "ghi"]]  # the letter after the last is the first of the next piece
    assert "".join(held.characters[c] for c in held.codes) == "mnop"
    data = learned.data(1)
    assert data["x"].shape == (2, 2, 16) and data["x"][0, 1].argmax() == learned.characters.index("i") == data["y"][0, 1].argmax() - 1


def test_what_counting_costs() -> None:
    """abab ab…: letters (5 + 1)/(10 + 2) each; after a always b with one successor, 5 times of 5, after b always a, 4 times of 4."""
    learned, held = read_text("ababababab" + "aba", 1, 1, ROLES, np.float64, held_out=3 / 13)
    assert held is not None
    found = baselines(learned, held)
    assert found.unigram == pytest.approx(1.0)
    assert 2 ** (-2 * found.bigram) == pytest.approx((5 + 0.5) / (5 + 1) * (4 + 0.5) / (4 + 1))


def test_what_is_measured_is_the_loss_of_the_model() -> None:
    made = trainer("lstm", held_out=0.3).train(1, told=lambda _: None)
    held = made.run.held_out
    assert isinstance(held, Text)
    start, total, right, count = {"h_0": np.zeros((held.batch, 5)), "c_0": np.zeros((held.batch, 5))}, 0.0, 0, 0
    for number in range(held.per_epoch):
        data = held.data(number)
        total += LOSSES["lstm"](made.params, {**data, **start})
        found = made.run.module.forward(made.params, {**data, **start})
        start = {"h_0": found["h"][-1], "c_0": found["c"][-1]}
        right += int((found["p"].argmax(-1) == held.piece(number)[1:]).sum())
        count += held.piece(number)[1:].size
    measured = made.measure()
    assert (measured.loss, measured.accuracy, measured.predictions) == (pytest.approx(total / count), right / count, count)
    assert made.run.held == [(made.run.step, measured.loss)]
    assert measured.bits == pytest.approx(total / count / np.log(2))


def test_samples() -> None:
    made = trainer("hello", text="HELLO", steps=None, batch=1, hidden=8, rate=0.5, optimizer="sgd", clip=5.0).train(
        300, told=lambda _: None
    )
    assert made.sample(5, temperature=0.0) == "HELLO" and made.sample(4, begin="EL", temperature=0.0) == "ELLO"
    assert made.sample(30, seed=1) == made.sample(30, seed=1) != made.sample(30, seed=2)
    with pytest.raises(ValueError, match="'é' is not among the 4 characters of the text that is learned"):
        made.sample(5, begin="é")
    with pytest.raises(ValueError, match="a temperature is 0 or more, not -1"):
        made.sample(5, temperature=-1)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"x": np.zeros((0, 4, 2)), "y": np.zeros((0, 4, 3))}, "`x` in the data has the shape (0, 4, 2): there is nothing to learn from"),
        ({"y": np.zeros(0, int)}, "`y` in the data has the shape (0,): there is nothing to learn from"),
        ({"y": np.zeros((3, 4))}, "`y` in the data is float64, without an axis of classes; classes are whole numbers"),
        ({"hidden": 0}, "hidden is 1 or more, not 0"),
        ({"batch": 0}, "batch is 1 or more, not 0"),
        ({"steps": 0}, "steps is 1 or more, not 0"),
        ({"rate": float("nan")}, "a learning rate is a finite number above 0, not nan"),
        ({"clip": -1.0}, "the largest norm of a gradient is 0 (any) or more, not -1.0"),
    ],
)
def test_what_cannot_be_learned_from_is_said_at_once(change: dict[str, Any], words: str) -> None:
    data = {"x": np.ones((3, 4, 2)), "y": np.zeros((3, 4), int)}
    how = {k: v for k, v in change.items() if k not in data}
    trainer("lstm", data=data)  # what is right begins
    with pytest.raises(ValueError, match=re.escape(words)):
        trainer("lstm", data={**data, **{k: v for k, v in change.items() if k in data}}, **how)


# -- errors back in time ---------------------------------------------------------------------------------------------------


def _hello(p: dict[str, Any], data: dict[str, Any], e: Any, only_last: bool) -> Any:
    a, losses = np.zeros(p["b_a"].shape), []
    for t, (x, want) in enumerate(zip(data["x"], data["y_hat"], strict=True)):
        a = anp.tanh(p["w_aa"] @ a + p["w_ax"] @ x + p["b_a"]) + e[t]
        scores = p["w_ya"] @ a + p["b_y"]
        losses.append(anp.log(anp.sum(anp.exp(scores))) - anp.sum(want * scores))
    return losses[-1] if only_last else sum(losses)


def test_errors_of_a_state_are_those_of_automatic_differentiation() -> None:
    made = trainer("hello").train(1, told=lambda _: None)
    (flow,) = made.flow()
    data = {name: array[:, 0] for name, array in made.run.source.data(0).items()}
    still = np.zeros((len(data["x"]), 5))
    for only_last, mine in ((False, flow.whole), (True, flow.last)):
        errors = autograd.grad(lambda e, which=only_last: _hello(made.params, data, e, which))(still)
        np.testing.assert_allclose(mine, np.linalg.norm(errors, axis=1), rtol=1e-9)
    assert flow.state == "a"


def test_errors_of_models_that_begin_otherwise(tmp_path: Path) -> None:
    """Without a state before the first step, with one output, in rows, with two states."""
    rng = np.random.default_rng(0)
    x, d = rng.normal(size=(6, 3, 2)), rng.uniform(-0.5, 0.5, size=(3, 1))
    made = trainer("rnn-miso", data={"x": x, "d": d}, functions={"f": "tanh"}, batch=3)
    (flow,) = made.flow()
    p = made.params

    def loss(e: Any) -> Any:
        a = anp.tanh(p["U"] @ x[0, 0]) + e[0]
        for t in range(1, 6):
            a = anp.tanh(p["U"] @ x[t, 0] + p["W"] @ a) + e[t]
        return 0.5 * anp.sum((anp.tanh(p["V"] @ a) - d[0]) ** 2)

    np.testing.assert_allclose(flow.whole, np.linalg.norm(autograd.grad(loss)(np.zeros((6, 5))), axis=1), rtol=1e-9)
    assert flow.last is None
    assert [f.state for f in trainer("lstm-no-output").flow()] == ["h", "c"]
    (text,) = trainer("rnn-seq2seq").flow()
    assert text.last is not None and text.last[-1] > text.last[0] > 0
    (rows,) = trainer("rnn-seq2vec", data={"X": x, "Y": (d > 0).astype(float)}, batch=2).flow()
    assert len(rows.whole) == 6 and all(norm > 0 for norm in rows.whole)


# -- showing ---------------------------------------------------------------------------------------------------------------


def test_a_trainer_shows_itself() -> None:
    made = symbptt.Trainer("gru", text=TEXT + "<&>", hidden=4, steps=9, held_out=0.1)
    assert str(made).startswith("gru on 193 letters, 17 different ones: step 0") and "<svg" not in made._repr_html_()
    made.train(2, told=lambda _: None)
    shown = made._repr_html_()
    root = ElementTree.fromstring(shown)
    assert [child.tag for child in root] == ["p", "svg", "pre"] and "held out" in (root[0].text or "")
    assert len(root[1].findall("circle")) == 2 and repr(made) == f"<Trainer: {made}>"


def test_a_curve_has_means_of_neighbours() -> None:
    assert smoothed([4.0, 2.0, 1.0, 1.0], 2) == ([1.5, 3.5], [3.0, 1.0])
    assert svg_loss([], [], 1.0) == "" == svg_loss([1.0], [], 1.0)
    curve = ElementTree.fromstring(svg_loss([2.0, 1.0], [(2, 1.5)], 1.0))
    (line,) = curve.findall("polyline")
    heights = [float(point.split(",")[1]) for point in line.attrib["points"].split()]
    assert heights[0] < heights[1]  # the larger loss is higher, where y is smaller


def test_progress_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    trainer("hello", held_out=0.2).train(2)
    first, *_, last = capsys.readouterr().out.splitlines()
    assert first.startswith("epoch 1  step ") and "held out" in first and last.startswith("epoch 2")
    for words in (" bits a letter", "|gradient| ", " steps/s", " letters/s"):
        assert words in last


def test_pictures(tmp_path: Path) -> None:
    made = trainer("lstm").train(1, told=lambda _: None)
    if find_spec("matplotlib") is None:
        with pytest.raises(NoPictures, match="pictures need matplotlib"):
            made.draw(tmp_path)
        return
    assert [path.name for path in made.draw(tmp_path)] == ["loss.png", "flow.png"]
    assert all((tmp_path / name).read_bytes().startswith(b"\x89PNG") for name in ("loss.png", "flow.png"))


@pytest.mark.parametrize(
    ("how", "words"),
    [
        ({}, "give a text or data, one of them"),
        ({"text": "HELLO", "optimizer": "lion"}, "no optimizer is called `lion`; there are sgd, momentum, adagrad, adam"),
        ({"text": "HELLO", "backend": "jax"}, "a trainer runs with numpy, c, numba, not with `jax`"),
        ({"text": "HELLO", "held_out": 1.0}, "a share from 0 to less than 1, not 1.0"),
        ({"data": {"x": np.zeros((2, 3, 4))}}, "the data has no array `y_hat`; the model needs x and y_hat, and there is x"),
        ({"text": "HELLO WORLD", "held_out": 0.1}, "what is held out has 1 letter, and two are needed"),
    ],
)
def test_what_a_trainer_cannot_do(how: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        symbptt.Trainer("hello", **how)


def test_steps_that_no_array_tells_are_given() -> None:
    x, d = np.ones((3, 2)), np.zeros((3, 1))
    made = trainer("rnn-siso", data={"x": x, "d": d, "T": 4}, functions={"f": "tanh"}, steps=None)
    p, a = made.params, np.tanh(np.ones(2) @ made.params["U"].T)
    for _ in range(3):
        a = np.tanh(a @ p["W"].T)
    made.train(1, told=lambda _: None)
    assert made.losses == [pytest.approx(0.5 * float((np.tanh(a @ p["V"].T) ** 2).sum()))]
    assert len(made.flow()[0].whole) == 4
    with pytest.raises(ValueError, match="no array of this model tells how many steps there are; give steps, or `T` with the data"):
        trainer("rnn-siso", data={"x": x, "d": d}, functions={"f": "tanh"}, steps=None)


def test_where_no_error_goes_back_in_time() -> None:
    made = trainer("attention", data={"X": np.ones((3, 2)), "Y": np.zeros((3, 2))})
    with pytest.raises(NotExported, match="no quantity of the model goes from step to step"):
        made.flow()


def test_many_classes_need_no_square_of_them() -> None:
    """The class 40,000 is one entry of a row, and not a row of a matrix of 40,001² numbers (13 GB)."""
    x = np.zeros((2, 3, 1))
    found = trainer("gru", data={"x": x, "y": np.array([40_000, -1, 7])}, hidden=1).run.source
    assert isinstance(found, Sequences)
    target = found.arrays["y"]
    assert target.shape == (2, 3, 40_001) and not target[0].any()
    assert [np.flatnonzero(row).tolist() for row in target[1]] == [[40_000], [], [7]]
