"""Which derivations the tests of forms look at: every model in both depths, and every notation."""

from __future__ import annotations

from benchmarks.written import tasks
from symbptt.derivation.derivation import Derivation
from symbptt.derivation.notation import list_notations

from .derived import derived

#: Model, by what, depth, notation: those that other tests derive too, because what was derived is kept.
FORMED: list[tuple[str, tuple[str, ...], str | int, str]] = [
    *tasks().values(),
    ("rnn-miso", (), "all", ""),
    ("rnn-mimo", (), 3, ""),
    ("gru", ("U_r", "b_z"), "all", ""),
    ("lstm", ("W_f", "b_s"), "all", ""),
    ("lstm", ("∂c_3/∂c_1",), 3, ""),
    ("lstm-peephole", ("w_o",), "all", ""),
    ("attention", (), "all", ""),
    ("attention", ("X",), "all", ""),
    ("seq2seq", ("W", "P", "R"), "all", ""),
    ("seq2seq", ("W", "P", "R"), 3, "hello"),
    *(("rnn-mimo", ("W",), "all", name) for name in list_notations()),
]


def formed() -> list[Derivation]:
    return [derived(*row) for row in FORMED]
