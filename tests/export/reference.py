"""The built-in models written by hand in autograd's NumPy, from their equations alone: nothing of the package is used."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import autograd.numpy as anp

Arrays = Mapping[str, Any]


def _sigmoid(x: Any) -> Any:
    return 0.5 * (anp.tanh(0.5 * x) + 1.0)


def _cross_entropy(scores: Any, target: Any) -> Any:
    top = anp.max(scores, axis=-1, keepdims=True)
    normal = top + anp.log(anp.sum(anp.exp(scores - top), axis=-1, keepdims=True))
    return -anp.sum(target * (scores - normal))


def hello(p: Arrays, d: Arrays) -> Any:
    a, loss = d["a_0"], 0.0
    for x, want in zip(d["x"], d["y_hat"], strict=True):
        a = anp.tanh(a @ p["w_aa"].T + x @ p["w_ax"].T + p["b_a"])
        loss = loss + _cross_entropy(a @ p["w_ya"].T + p["b_y"], want)
    return loss


def lstm(p: Arrays, d: Arrays) -> Any:
    h, c, loss = d["h_0"], d["c_0"], 0.0
    for x, want in zip(d["x"], d["y"], strict=True):
        i, f, o = (_sigmoid(x @ p[f"W_{k}"].T + h @ p[f"U_{k}"].T + p[f"b_{k}"]) for k in "ifo")
        g = anp.tanh(x @ p["W_g"].T + h @ p["U_g"].T + p["b_g"])
        c = f * c + i * g
        h = o * anp.tanh(c)
        loss = loss + _cross_entropy(h @ p["V"].T + p["b_s"], want)
    return loss


def gru(p: Arrays, d: Arrays) -> Any:
    h, loss = d["h_0"], 0.0
    for x, want in zip(d["x"], d["y"], strict=True):
        z, r = (_sigmoid(x @ p[f"W_{k}"].T + h @ p[f"U_{k}"].T + p[f"b_{k}"]) for k in "zr")
        new = anp.tanh(x @ p["W_h"].T + (r * h) @ p["U_h"].T + p["b_h"])
        h = (1 - z) * h + z * new
        loss = loss + _cross_entropy(h @ p["V"].T + p["b_s"], want)
    return loss


def mlp(p: Arrays, d: Arrays) -> Any:
    a = d["x"]
    for w, b in zip(p["w"], p["b"], strict=True):
        a = anp.tanh(a @ w.T + b)
    return 0.5 * anp.sum((a - d["d"]) ** 2)


def _network(many_inputs: bool, many_outputs: bool) -> Callable[[Arrays, Arrays], Any]:
    def loss(p: Arrays, d: Arrays) -> Any:
        steps = len(d["x"]) if many_inputs else len(d["d"]) if many_outputs else d["T"]
        state: Any = None
        total = 0.0
        for t in range(steps):
            z = 0.0 if state is None else state @ p["W"].T
            if many_inputs or t == 0:
                z = z + (d["x"][t] if many_inputs else d["x"]) @ p["U"].T
            state = anp.tanh(z)
            if many_outputs or t == steps - 1:
                y = anp.tanh(state @ p["V"].T)
                total = total + 0.5 * anp.sum((y - (d["d"][t] if many_outputs else d["d"])) ** 2)
        return total

    return loss


def seq2seq(p: Arrays, d: Arrays) -> Any:
    h, loss = d["H_1_0"], 0.0
    for x, want in zip(d["X"], d["Y"], strict=True):
        h = anp.tanh(x @ p["W_1"] + h @ p["W_h1"] + p["beta_1"])
        loss = loss + _cross_entropy(h @ p["W_2"] + p["beta_2"], want)
    return loss


def seq2vec(p: Arrays, d: Arrays) -> Any:
    h = d["H_1_0"]
    for x in d["X"]:
        h = anp.tanh(x @ p["W_1"] + h @ p["W_h1"] + p["beta_1"])
    y = _sigmoid(h @ p["W_2"] + p["beta_2"])
    return -anp.sum(d["Y"] * anp.log(y) + (1 - d["Y"]) * anp.log(1 - y))


#: Model → its loss; abstract activations are tanh.
LOSSES: Mapping[str, Callable[[Arrays, Arrays], Any]] = {
    "hello": hello,
    "lstm": lstm,
    "gru": gru,
    "mlp": mlp,
    "rnn-mimo": _network(True, True),
    "rnn-miso": _network(True, False),
    "rnn-simo": _network(False, True),
    "rnn-siso": _network(False, False),
    "rnn-seq2seq": seq2seq,
    "rnn-seq2vec": seq2vec,
}
