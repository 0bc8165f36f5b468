"""Which derivations the tests of forms look at: every model in both depths, and every notation."""

from __future__ import annotations

from symbptt.derivation.derivation import Derivation

from .derived import derived

#: Model, by what, depth, notation. Those of other tests are taken again, because they are kept.
FORMED: list[tuple[str, tuple[str, ...], str | int, str]] = [
    ("mlp", (), "all", ""),
    ("mlp", (), 3, ""),
    ("rnn-siso", (), "all", ""),
    ("rnn-siso", (), 3, ""),
    ("rnn-simo", (), "all", ""),
    ("rnn-simo", (), 3, ""),
    ("rnn-miso", (), "all", ""),
    ("rnn-mimo", (), "all", ""),
    ("rnn-mimo", (), 3, ""),
    ("rnn-seq2vec", (), "all", ""),
    ("rnn-seq2vec", ("W_{h1}", "\\beta_1"), 3, ""),
    ("rnn-seq2seq", (), "all", ""),
    ("hello", (), "all", ""),
    ("hello", ("w_{aa}",), 3, ""),
    ("gru", ("U_r", "b_z"), "all", ""),
    ("lstm", ("W_f", "b_s"), "all", ""),
    *(("rnn-mimo", ("W",), "all", name) for name in ("d2l", "goodfellow", "hello", "layers", "subscripts")),
]


def formed() -> list[Derivation]:
    return [derived(*row) for row in FORMED]
