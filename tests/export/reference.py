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


def _peephole(*changes: str) -> Callable[[Arrays, Arrays], Any]:
    """The LSTM with peepholes, with the change of a variant by its abbreviation in Greff et al. (2015)."""

    def loss(p: Arrays, d: Arrays) -> Any:
        h, c, total = d["h_0"], d["c_0"], 0.0
        gates = {k: d[f"{k}_0"] for k in "ifo"} if "FGR" in changes else {}
        for x, want in zip(d["x"], d["y"], strict=True):
            net = {k: x @ p[f"W_{k}"].T + h @ p[f"U_{k}"].T + p[f"b_{k}"] for k in "ifog" if f"W_{k}" in p}
            net |= {k: net[k] + sum((gates[other] @ p[f"R_{k}{other}"].T for other in gates), 0.0) for k in net if k != "g"}
            i = 1.0 if "NIG" in changes else _sigmoid(net["i"] + c * p["w_i"])
            f = 1.0 if "NFG" in changes else 1.0 - i if "CIFG" in changes else _sigmoid(net["f"] + c * p["w_f"])
            c = f * c + i * (net["g"] if "NIAF" in changes else anp.tanh(net["g"]))
            o = 1.0 if "NOG" in changes else _sigmoid(net["o"] + c * p["w_o"])
            h = o * (c if "NOAF" in changes else anp.tanh(c))
            gates = {"i": i, "f": f, "o": o} if "FGR" in changes else {}
            total = total + _cross_entropy(h @ p["V"].T + p["b_s"], want)
        return total

    return loss


def attention(p: Arrays, d: Arrays) -> Any:
    q, k, v = (d["X"] @ p[f"W_{name}"] for name in "QKV")
    e = anp.exp(q @ k.T / anp.sqrt(q.shape[1]))
    return 0.5 * anp.sum((e @ v / anp.sum(e, axis=1, keepdims=True) - d["Y"]) ** 2)


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


#: Models that are not exported yet → what is said.
NOT_EXPORTED: Mapping[str, str] = {"seq2seq": r"two step counts \(S, T\) are not exported yet"}

#: Model → its loss; abstract activations are tanh.
LOSSES: Mapping[str, Callable[[Arrays, Arrays], Any]] = {
    "hello": hello,
    "lstm": lstm,
    "lstm-coupled": _peephole("CIFG"),
    "lstm-full-gates": _peephole("FGR"),
    "lstm-no-forget": _peephole("NFG"),
    "lstm-no-input": _peephole("NIG"),
    "lstm-no-input-activation": _peephole("NIAF"),
    "lstm-no-output": _peephole("NOG"),
    "lstm-no-output-activation": _peephole("NOAF"),
    "lstm-peephole": _peephole(),
    "attention": attention,
    "gru": gru,
    "mlp": mlp,
    "rnn-mimo": _network(True, True),
    "rnn-miso": _network(True, False),
    "rnn-simo": _network(False, True),
    "rnn-siso": _network(False, False),
    "rnn-seq2seq": seq2seq,
    "rnn-seq2vec": seq2vec,
}
