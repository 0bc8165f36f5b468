"""`symbptt train`: what it learns and says, and one sentence for each thing that cannot be done."""

from __future__ import annotations

import errno
import os
import re
from importlib.util import find_spec
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

from symbptt.commands.train import train as command
from symbptt.train.checkpoint import LOCK, NAME, NoCheckpoint, alone, load
from symbptt.train.loop import Stopped, advance, keep

from .support import TEXT, trainer

HELLO = ("hello", "--text", "HELLO", "--hidden", "8", "--optimizer", "sgd", "--rate", "0.5", "--sample", "5")


def call(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(command, list(arguments))
    return result.exit_code, result.output


def test_hello_is_learned() -> None:
    status, output = call(*HELLO, "--epochs", "200")
    assert status == 0 and "100.0 % of the letters predicted" in output and output.splitlines()[-1] == "HELLO"
    assert "truncated" not in output  # the word is one piece


def test_a_text_with_a_part_held_out() -> None:
    status, output = call(
        "gru", "--text", TEXT * 3, "--hidden", "12", "--steps", "10", "--batch", "2", "--epochs", "3", "--held-out", "0.2"
    )
    assert status == 0
    for words in ("truncated backpropagation through time", "held out: ", "counting letters costs", "epoch 3", "letters/s"):
        assert words in output, words


def test_samples_begin_as_asked_and_come_as_it_learns() -> None:
    status, output = call(*HELLO, "--epochs", "300", "--begin", "ELL", "--temperature", "0", "--show-every", "0")
    assert status == 0 and output.splitlines()[-1][:4] == "ELLO"


# -- sequences -------------------------------------------------------------------------------------------------------------


def test_sequences_for_regression(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(6, 40, 2))
    np.savez(tmp_path / "data.npz", x=x, d=np.tanh(x.cumsum(0)[-1] @ rng.normal(size=(2, 1))))
    options = ("rnn-miso", "--function", "f=tanh", "--data", str(tmp_path / "data.npz"), "--hidden", "8", "--batch", "8")
    first = call(*options, "--epochs", "1")
    last = call(*options, "--epochs", "80")
    loss = [float(output.split("steps, ")[-1].split()[0]) for _, output in (first, last)]
    assert first[0] == last[0] == 0 and loss[1] < 0.5 * loss[0]


@pytest.mark.parametrize("every_step", [False, True])
def test_sequences_for_classification(tmp_path: Path, every_step: bool) -> None:
    """Whether there were more ones than zeros, at the end or so far."""
    x = np.random.default_rng(1).integers(0, 2, size=(7, 200, 1)) * 2.0 - 1.0
    y = (x.cumsum(0)[..., 0] > 0).astype(int)
    np.savez(tmp_path / "data.npz", x=x, y=y if every_step else y[-1])
    options = ("--hidden", "8", "--batch", "20", "--epochs", "40", "--rate", "0.02", "--held-out", "0.2")
    status, output = call("gru", "--data", str(tmp_path / "data.npz"), *options)
    share = float(output.split(" % of the classes")[0].split()[-1])
    assert status == 0 and share > 90.0, output


def test_rows_that_look_at_each_other_are_one_batch(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    np.savez(tmp_path / "data.npz", X=rng.normal(size=(6, 3)), Y=rng.normal(size=(6, 2)))
    trained = trainer("attention", data=tmp_path / "data.npz", rate=0.05).train(60, told=lambda _: None)
    assert trained.run.source.per_epoch == 1 and trained.losses[-1] < 0.8 * trained.losses[0]
    np.savez(tmp_path / "rows.npz", X=rng.normal(size=(4, 10, 3)), Y=rng.uniform(size=(10, 2)))
    assert trainer("rnn-seq2vec", data=tmp_path / "rows.npz", batch=5).run.source.per_epoch == 2


# -- what cannot be done ---------------------------------------------------------------------------------------------------


def _files(folder: Path) -> None:
    (folder / "binary").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(range(256)))
    (folder / "zeros").write_bytes(b"text with a zero\0")
    (folder / "empty").write_bytes(b"")
    (folder / "text").write_text(TEXT)
    (folder / "broken.npz").write_bytes(b"PK\x03\x04 and no more")
    np.savez(folder / "no_target.npz", x=np.zeros((3, 4, 2)))
    np.savez(folder / "objects.npz", x=np.array([{}], object), y=np.zeros(1))
    np.savez(folder / "words.npz", x=np.array(["a"]), y=np.zeros(1))
    np.savez(folder / "nan.npz", x=np.full((3, 4, 2), np.nan), y=np.zeros(4, int))
    np.savez(folder / "counts.npz", x=np.zeros((3, 4, 2)), y=np.zeros((3, 5, 2)))
    np.savez(folder / "times.npz", x=np.zeros((3, 4, 2)), y=np.zeros((2, 4, 2)))
    np.savez(folder / "axes.npz", x=np.zeros((3, 4)), y=np.zeros((3, 4, 2)))
    np.savez(folder / "none.npz", x=np.zeros((3, 4, 2)), y=np.full(4, -1))
    np.savez(folder / "many.npz", x=np.zeros((3, 4, 2)), y=np.full(4, 10**9))
    np.savez(folder / "large.npz", x=np.full((3, 4, 2), 1e200), y=np.zeros(4, int))


ERRORS = [
    (("hello",), "give --data FILE or --text TEXT"),
    (("hello", "--text", "H"), "the text has 1 character to learn from; 1 stream of at least two need 2"),
    (("hello", "--text", "HELLO", "--rate", "nan"), "a learning rate is a finite number above 0, not nan"),
    (("hello", "--text", "HELLO", "--rate", "inf"), "a learning rate is a finite number above 0, not inf"),
    (("hello", "--text", "HELLO", "--clip", "nan"), "the largest norm of a gradient is 0 (any) or more, not nan"),
    (("hello", "--text", "HHH", "--begin", "E"), "'E' is not among the 1 character of the text that is learned"),
    (("hello", "--data", "no/such/file"), "no/such/file: No such file or directory"),
    (("hello", "--data", "{}"), "Is a directory"),
    (("hello", "--data", "{}/binary"), "binary is no text in UTF-8 (byte 0 is 0x89)"),
    (("hello", "--data", "{}/zeros"), "zeros is no text: it has a byte 0 at 16"),
    (("hello", "--data", "{}/empty"), "empty is empty"),
    (("hello", "--text", "HELLO", "--steps", "5"), "a window of 5 letters and the one after them need 6, and there are 5"),
    (("hello", "--text", "HELLO" * 3, "--steps", "7", "--batch", "3"), "need 8, and each of 3 streams has 5"),
    (("hello", "--text", "HELLO", "--begin", "HEY"), "'Y' is not among the 4 characters of the text that is learned"),
    (("hello", "--text", "HELLO", "--output", "/dev/null/run"), "the checkpoint cannot be kept in /dev/null/run: Not a directory; nothing"),
    (("hello", "--text", "HELLO", "--output", "/proc/run"), "the checkpoint cannot be kept in /proc/run: "),
    (("rnn-mimo", "--text", "HELLO", "--function", "f=tanh"), "the loss of `rnn-mimo` compares with none; it learns from an .npz file"),
    (("mlp", "--text", "HELLO", "--function", "f=tanh"), "a model with layers of different sizes is not trained yet"),
    (("seq2seq", "--text", "HELLO"), "two step counts (S, T) are not exported yet"),
    (("lstn", "--text", "HELLO"), "did you mean `lstm`?"),
    (("lstm", "--data", "{}/broken.npz"), "broken.npz is no .npz file of numbers"),
    (("lstm", "--data", "{}/no_target.npz"), "has no array `y`; the model needs x and y, and there is x"),
    (("lstm", "--data", "{}/objects.npz"), "objects.npz is no .npz file of numbers"),
    (("lstm", "--data", "{}/words.npz"), "`x` in {}/words.npz holds no numbers"),
    (("lstm", "--data", "{}/nan.npz"), "`x` in {}/nan.npz holds a value that is no finite number"),
    (("hello", "--text", "HELLO", "--data", "{}/text"), "give --data FILE or --text TEXT, one of them"),
    (("lstm", "--data", "{}/none.npz"), "`y` in {}/none.npz has no class: all are below 0"),
    (("lstm", "--data", "{}/many.npz"), "has the class 1000000000: as many classes for 4 targets do not fit into memory"),
    (("lstm", "--data", "{}/large.npz", "--float32"), "`x` in {}/large.npz holds a value that is too large for float32"),
    (("rnn-mimo", "--text", "HELLO", "--function", "f=log"), "the loss overflows, or is not defined, at the points"),
    (("lstm", "--data", "{}/counts.npz"), "different numbers of sequences: x 4, y 5"),
    (("lstm", "--data", "{}/times.npz"), "different numbers of steps: x 3, y 2"),
    (("lstm", "--data", "{}/axes.npz"), "`x` in {}/axes.npz has the shape (3, 4); its axes are (T, B, m)"),
]


@pytest.mark.parametrize(("arguments", "words"), ERRORS)
def test_what_cannot_begin_is_said(arguments: tuple[str, ...], words: str, tmp_path: Path) -> None:
    _files(tmp_path)
    status, output = call(*(word.replace("{}", str(tmp_path)) for word in arguments))
    assert status == 2 and words.replace("{}", str(tmp_path)) in output, output
    assert len(output.strip().splitlines()) == (4 if output.startswith("Usage") else 1)


def test_a_loss_of_nothing_has_no_sign() -> None:
    """One letter alone is predicted for certain: 0 bits, whichever zero the sum gives."""
    status, output = call("hello", "--text", "HHHHHH", "--epochs", "3")
    assert status == 0 and "0.000000 bits a letter" in output and "-0.0" not in output, output


def test_a_cache_that_cannot_be_written_is_one_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("SYMBPTT_CACHE", str(tmp_path / "file" / "cache"))
    status, output = call("hello", "--text", "HELLO", "--backend", "c")
    assert status == 2 and "the compiled function cannot be kept anywhere" in output and "set SYMBPTT_CACHE" in output


def test_pictures_are_drawn_or_refused_before_anything_is_learned(tmp_path: Path) -> None:
    status, output = call(*HELLO, "--epochs", "20", "--plot", str(tmp_path))
    if find_spec("matplotlib") is None:
        assert status == 2 and output == "pictures need matplotlib, which is not installed here; `pip install 'symbptt[plot]'`\n"
    else:
        assert status == 0
        assert all((tmp_path / name).read_bytes().startswith(b"\x89PNG") for name in ("loss.png", "flow.png"))


# -- checkpoints -----------------------------------------------------------------------------------------------------------


def _disk_full(_handle: int) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_a_full_disk_keeps_the_last_checkpoint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert call(*HELLO, "--epochs", "5", "--output", str(tmp_path))[0] == 0
    before = (tmp_path / NAME).read_bytes()
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", _disk_full)
        status, output = call(*HELLO, "--epochs", "9", "--output", str(tmp_path))
    wanted = f"the checkpoint cannot be kept in {tmp_path}: No space left on device; the last one is as it was"
    assert status == 2 and output.splitlines()[-1] == wanted
    assert (tmp_path / NAME).read_bytes() == before and {*os.listdir(tmp_path)} <= {NAME, LOCK}
    assert call(*HELLO, "--epochs", "9", "--output", str(tmp_path))[0] == 0


def test_a_folder_has_one_run_at_a_time(tmp_path: Path) -> None:
    with alone(tmp_path):
        status, output = call(*HELLO, "--epochs", "5", "--output", str(tmp_path))
        assert status == 2 and output.splitlines()[-1] == f"another run is kept in {tmp_path}; wait for its end, or use another folder"
        assert not (tmp_path / NAME).exists()
    assert call(*HELLO, "--epochs", "5", "--output", str(tmp_path))[0] == 0


CHANGES: list[tuple[dict[str, Any], str]] = [
    ({"rate": 0.5}, r"was made with rate = 0\.01, not 0\.5; use another folder"),
    ({"model": "gru"}, r"was made with model = hello, not gru"),
    ({"text": TEXT[::-1]}, "was made with other data"),
    ({"hidden": 6}, r"was made with sizes = "),
    ({"dtype": "float32"}, "was made with dtype = float64, not float32"),
    ({"steps": 6}, "was made with steps = 7, not 6"),
]


@pytest.mark.parametrize(("change", "words"), CHANGES, ids=[next(iter(change)) for change, _ in CHANGES])
def test_a_checkpoint_of_another_run_is_refused(change: dict[str, Any], words: str, tmp_path: Path) -> None:
    keep(trainer("hello", folder=tmp_path).run, tmp_path)
    with pytest.raises(Stopped, match=words):
        trainer(change.pop("model", "hello"), folder=tmp_path, **change)


def test_a_checkpoint_of_other_equations_is_refused(tmp_path: Path) -> None:
    np.savez(tmp_path / "data.npz", x=np.zeros((3, 4, 2)), d=np.zeros((4, 1)))
    run = trainer("rnn-miso", tmp_path, data=tmp_path / "data.npz", functions={"f": "tanh"}).run
    keep(run, tmp_path)
    with pytest.raises(Stopped, match="was made with other equations"):
        trainer("rnn-miso", tmp_path, data=tmp_path / "data.npz", functions={"f": "sigmoid"})


def test_damage_to_a_checkpoint_is_found(tmp_path: Path) -> None:
    """A byte changed or the end lost, anywhere: the same arrays as before, or one sentence."""
    keep(trainer("hello", folder=tmp_path).run, tmp_path)
    path, chosen, found = tmp_path / NAME, Random(0), 0
    whole, right = path.read_bytes(), load(tmp_path)
    assert right is not None
    for turn in range(300):
        broken = bytearray(whole)
        place = chosen.randrange(len(whole))
        if turn % 3:
            broken[place] ^= 1 << chosen.randrange(8)
        else:
            del broken[place:]
        path.write_bytes(bytes(broken))
        try:
            arrays, facts = load(tmp_path) or ({}, {})
        except NoCheckpoint as error:
            assert "is no checkpoint, or a damaged one" in str(error) and "take it away to begin anew" in str(error)
            found += 1
        else:
            assert facts == right[1] and set(arrays) == set(right[0])
            assert all(np.array_equal(arrays[name], right[0][name]) for name in arrays)
    assert found > 250


def test_a_file_that_is_no_checkpoint_is_said(tmp_path: Path) -> None:
    (tmp_path / NAME).write_bytes(b"nothing")
    status, output = call("hello", "--text", "HELLO", "--output", str(tmp_path))
    assert status == 2 and "is no checkpoint, or a damaged one" in output and (tmp_path / NAME).read_bytes() == b"nothing"
    np.savez(tmp_path / NAME, a=np.zeros(3))
    assert "is no checkpoint" in call("hello", "--text", "HELLO", "--output", str(tmp_path))[1]
    np.savez(tmp_path / NAME, facts=np.frombuffer(b"[1, 2]", np.uint8))
    assert "it holds no plan" in call("hello", "--text", "HELLO", "--output", str(tmp_path))[1]


# -- numbers that are not finite -------------------------------------------------------------------------------------------


def test_a_parameter_that_is_not_finite_stops_the_run(tmp_path: Path) -> None:
    run = trainer("hello", optimizer="sgd", clip=0.0).run
    advance(run)
    keep(run, tmp_path)
    before = (tmp_path / NAME).read_bytes()
    run.state.params["w_aa"][0, 0] = np.nan
    with pytest.raises(Stopped, match="step 2: `w_aa` in params holds a value that is no finite number; a smaller rate"):
        advance(run)
    assert run.step == 1 and (tmp_path / NAME).read_bytes() == before


#: Rate, what the output weights are multiplied with before, what is said.
OVERFLOWS = [
    (1e308, 1e3, r"step 1: the update of `\w+` is not finite; a smaller rate or a bound on the gradient \(clip\) may help"),
    (0.1, 1e308, r"step 1: .*`w_ya`.*; a smaller rate or a bound on the gradient \(clip\) may help"),
    (
        1e308,
        1.0,
        r"step 2: the loss is no finite number: a value in the forward pass overflowed, .*; the largest parameter is `\w+` \(",
    ),
]


@pytest.mark.parametrize(("rate", "factor", "words"), OVERFLOWS)
def test_a_step_that_overflows_is_not_made(rate: float, factor: float, words: str) -> None:
    run = trainer("hello", optimizer="momentum", clip=0.0, rate=rate).run
    run.state.params["w_ya"][...] *= factor
    states = [run.state]
    with np.errstate(all="raise"), pytest.raises(Stopped, match=words):
        while len(states) < 9:
            advance(run)
            states.append(run.state)
    assert run.state is states[-1] and run.step == len(run.losses) == len(states) - 1
    assert all(np.isfinite(p).all() for p in run.state.params.values())


# -- the page about it -----------------------------------------------------------------------------------------------------

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "training.md").read_text(encoding="utf-8")


def test_the_first_command_of_the_page_says_what_it_shows() -> None:
    shown = re.findall(r"```\n\$ symbptt train (.*?)\n(.*?)```", PAGE, re.DOTALL)
    ((arguments, output),) = shown
    status, said = call(*arguments.split())
    assert status == 0 and [line for line in output.splitlines() if "steps/s" not in line] == [
        line for line in said.splitlines() if "steps/s" not in line
    ]


def test_the_python_of_the_page_runs() -> None:
    exec(compile("\n".join(re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)), "training.md", "exec"), {})


def test_the_options_of_the_page_exist() -> None:
    known = {option for parameter in command.params for option in parameter.opts}
    assert set(re.findall(r"--[a-z][a-z0-9-]+", PAGE)) - {"--minutes", "--model"} <= known  # the others are options of a benchmark
