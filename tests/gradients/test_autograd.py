"""The gradients of every built-in model against HIPS autograd on forward passes written by hand, in float64."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from random import Random
from typing import Any

import autograd
import autograd.numpy as np
import numpy
import pytest

from symbptt.adjoint import adjoint_name, adjoint_system
from symbptt.engines.floats import evaluate_float
from symbptt.graph import Application, Graph
from symbptt.settings import size_names
from symbptt.unroll import Unroller
from symbptt.unrolled import LAYER_SIZES, Setting, Unrolled
from tests.gradients.support import MODELS, built_in

TOLERANCE = 1e-10
Arrays = Mapping[Any, Any]  # name, or (name, step) for a quantity that has steps


def sigmoid(x: Any) -> Any:
    return 1 / (1 + np.exp(-x))


def softmax(x: Any) -> Any:
    e = np.exp(x)
    return e / np.sum(e, axis=-1, keepdims=True)


def cross_entropy(target: Any, predicted: Any) -> Any:
    return -np.sum(target * np.log(predicted))


def half_square(y: Any, d: Any) -> Any:
    return np.sum((y - d) ** 2) / 2


# -- forward passes; f of the slides is tanh ------------------------------------------------------------------------------


def gru(p: Arrays, steps: int) -> Any:
    h, loss = p["h_{t}", 0], 0.0
    for t in range(1, steps + 1):
        x = p["x_{t}", t]
        z = sigmoid(p["W_{z}"] @ x + p["U_{z}"] @ h + p["b_{z}"])
        r = sigmoid(p["W_{r}"] @ x + p["U_{r}"] @ h + p["b_{r}"])
        candidate = np.tanh(p["W_{h}"] @ x + p["U_{h}"] @ (r * h) + p["b_{h}"])
        h = (1 - z) * h + z * candidate
        loss = loss + cross_entropy(p["y_{t}", t], softmax(p["V"] @ h + p["b_{s}"]))
    return loss


def hello(p: Arrays, steps: int) -> Any:
    a, loss = p["a(t)", 0], 0.0
    for t in range(1, steps + 1):
        a = np.tanh(p["w_{aa}"] @ a + p["w_{ax}"] @ p["x(t)", t] + p["b_{a}"])
        loss = loss + cross_entropy(p["\\hat{y}(t)", t], softmax(p["w_{ya}"] @ a + p["b_{y}"]))
    return loss


def lstm(p: Arrays, steps: int) -> Any:
    h, c, loss = p["h_{t}", 0], p["c_{t}", 0], 0.0
    for t in range(1, steps + 1):
        x = p["x_{t}", t]
        i = sigmoid(p["W_{i}"] @ x + p["U_{i}"] @ h + p["b_{i}"])
        f = sigmoid(p["W_{f}"] @ x + p["U_{f}"] @ h + p["b_{f}"])
        o = sigmoid(p["W_{o}"] @ x + p["U_{o}"] @ h + p["b_{o}"])
        g = np.tanh(p["W_{g}"] @ x + p["U_{g}"] @ h + p["b_{g}"])
        c = f * c + i * g
        h = o * np.tanh(c)
        loss = loss + cross_entropy(p["y_{t}", t], softmax(p["V"] @ h + p["b_{s}"]))
    return loss


def greff(*changes: str) -> Callable[[Arrays, int], Any]:
    """The LSTM with peepholes and what the variants of Greff et al. (2015) change in it, each by their abbreviation."""

    def loss(p: Arrays, steps: int) -> Any:
        state = {name: p[f"{name}_{{t}}", 0] for name in ("h", "c", *("ifo" if "FGR" in changes else ""))}
        total = 0.0
        for t in range(1, steps + 1):
            before, x = dict(state), p["x_{t}", t]

            def net(k: str, before: Arrays = before, x: Any = x) -> Any:
                return p[f"W_{{{k}}}"] @ x + p[f"U_{{{k}}}"] @ before["h"] + p[f"b_{{{k}}}"]

            def gate(k: str, seen: Any, before: Arrays = before, net: Callable[[str], Any] = net) -> Any:
                if {"i": "NIG", "f": "NFG", "o": "NOG"}[k] in changes:
                    return 1.0
                gates = sum((p[f"R_{{{k}{other}}}"] @ before[other] for other in "ifo"), 0.0) if "FGR" in changes else 0.0
                return sigmoid(net(k) + p[f"w_{{{k}}}"] * seen + gates)

            i = gate("i", before["c"])
            f = 1 - i if "CIFG" in changes else gate("f", before["c"])
            g = net("g") if "NIAF" in changes else np.tanh(net("g"))
            c = f * before["c"] + i * g
            o = gate("o", c)
            h = o * (c if "NOAF" in changes else np.tanh(c))
            state = {"h": h, "c": c, "i": i, "f": f, "o": o}
            total = total + cross_entropy(p["y_{t}", t], softmax(p["V"] @ h + p["b_{s}"]))
        return total

    return loss


def seq2seq(p: Arrays, steps: int) -> Any:
    h, loss = p["h_{i}", 0], 0.0
    for i in range(1, steps + 1):
        h = np.tanh(p["U"] @ p["x_{i}", i] + p["W"] @ h + p["b"])
    for t in range(1, max(key[1] for key in p if key[0] == "y_{t}") + 1):
        h = np.tanh(p["P"] @ p["y_{t}", t - 1] + p["R"] @ h + p["c"])
        loss = loss + cross_entropy(p["y_{t}", t], softmax(p["V"] @ h + p["b_{o}"]))
    return loss


def attention(p: Arrays, _: int) -> Any:
    q, k, v = (p["X"] @ p[f"W_{{{name}}}"] for name in "QKV")
    return half_square(softmax(q @ k.T / np.sqrt(q.shape[1])) @ v, p["Y"])


def mlp(p: Arrays, layers: int) -> Any:
    a = p["x"]
    for layer in range(1, layers + 1):
        a = np.tanh(p["w^{l}", layer] @ a + p["b^{l}", layer])
    return half_square(a, p["d"])


def rnn_mimo(p: Arrays, steps: int) -> Any:
    loss, a = 0.0, None
    for t in range(1, steps + 1):
        z = p["U"] @ p["x^{t}", t]
        a = np.tanh(z if a is None else z + p["W"] @ a)
        loss = loss + half_square(np.tanh(p["V"] @ a), p["d^{t}", t])
    return loss


def rnn_miso(p: Arrays, steps: int) -> Any:
    a = np.tanh(p["U"] @ p["x^{t}", 1])
    for t in range(2, steps + 1):
        a = np.tanh(p["U"] @ p["x^{t}", t] + p["W"] @ a)
    return half_square(np.tanh(p["V"] @ a), p["d"])


def rnn_simo(p: Arrays, steps: int) -> Any:
    a = np.tanh(p["U"] @ p["x"])
    loss = half_square(np.tanh(p["V"] @ a), p["d^{t}", 1])
    for t in range(2, steps + 1):
        a = np.tanh(p["W"] @ a)
        loss = loss + half_square(np.tanh(p["V"] @ a), p["d^{t}", t])
    return loss


def rnn_siso(p: Arrays, steps: int) -> Any:
    a = np.tanh(p["U"] @ p["x"])
    for _ in range(2, steps + 1):
        a = np.tanh(p["W"] @ a)
    return half_square(np.tanh(p["V"] @ a), p["d"])


def rnn_seq2seq(p: Arrays, steps: int) -> Any:
    h, loss = p["H_{1t}", 0], 0.0
    for t in range(1, steps + 1):
        h = np.tanh(p["X_{t}", t] @ p["W_{1}"] + h @ p["W_{h1}"] + p["\\beta_{1}"])
        loss = loss + cross_entropy(p["Y_{t}", t], softmax(h @ p["W_{2}"] + p["\\beta_{2}"]))
    return loss


def rnn_seq2vec(p: Arrays, steps: int) -> Any:
    h = p["H_{1t}", 0]
    for t in range(1, steps + 1):
        h = np.tanh(p["X_{t}", t] @ p["W_{1}"] + h @ p["W_{h1}"] + p["\\beta_{1}"])
    predicted, target = sigmoid(h @ p["W_{2}"] + p["\\beta_{2}"]), p["Y_{T}"]
    return cross_entropy(target, predicted) + cross_entropy(1 - target, 1 - predicted)


FORWARD: Mapping[str, Callable[[Arrays, int], Any]] = {
    "attention": attention,
    "gru": gru,
    "hello": hello,
    "lstm": lstm,
    "lstm-coupled": greff("CIFG"),
    "lstm-full-gates": greff("FGR"),
    "lstm-no-forget": greff("NFG"),
    "lstm-no-input": greff("NIG"),
    "lstm-no-input-activation": greff("NIAF"),
    "lstm-no-output": greff("NOG"),
    "lstm-no-output-activation": greff("NOAF"),
    "lstm-peephole": greff(),
    "mlp": mlp,
    "rnn-mimo": rnn_mimo,
    "rnn-miso": rnn_miso,
    "rnn-simo": rnn_simo,
    "rnn-siso": rnn_siso,
    "rnn-seq2seq": rnn_seq2seq,
    "rnn-seq2vec": rnn_seq2vec,
    "seq2seq": seq2seq,
}


# -- comparison -----------------------------------------------------------------------------------------------------------


def tanh_or_slope(application: Application, arguments: Sequence[float]) -> float:
    """The abstract f and its derivative as tanh and 1 − tanh²."""
    value = math.tanh(arguments[0])
    return (value, 1 - value * value)[dict(application.orders).get(0, 0)]


def name_of(family: str, slots: tuple[int, ...]) -> Any:
    plain = family.replace(" ", "")
    return (plain, *slots) if slots else plain


def random_setting(name: str, case: int) -> Setting:
    """Three random sizes of every model; 6 steps are among the cases, and a second step count is another."""
    computation, _ = built_in(name)
    chance = Random(f"{name} {case}")
    steps = (6, chance.randint(1, 5), chance.randint(2, 5))[case]
    names = size_names(computation)
    sizes: dict[Any, int] = dict(zip(names, chance.sample(range(2, 6), len(names)), strict=True)) if len(names) < 5 else {}
    counts = dict(zip(computation.last_steps, (steps, steps % 4 + 1), strict=False))
    return Setting({**sizes, **counts}, turn=chance.randrange(len(LAYER_SIZES)))


@pytest.mark.parametrize("case", range(3))
@pytest.mark.parametrize("name", MODELS)
def test_gradients_agree_with_autograd(name: str, case: int) -> None:
    """Both our ways, the graph's reverse mode and the adjoint system, for every free quantity of the model."""
    computation, target = built_in(name)
    here = random_setting(name, case)
    graph = Graph()
    system = adjoint_system(computation, target)
    unroller = Unroller(Unrolled(system.computation, here, graph=graph))
    output = unroller.entry(target, (), ())
    leaves = [key for found in unroller.leaves.values() for key in found]
    free = sorted({(family, slots) for family, slots, _ in leaves})
    chance = numpy.random.default_rng([case, len(name)])
    values: dict[int, float] = {}
    arrays: dict[Any, Any] = {}
    for family, slots in free:
        entries = unroller.member(family, slots)
        shape = tuple(max(key[2][axis] for key in entries) for axis in range(len(next(iter(entries))[2])))
        arrays[name_of(family, slots)] = array = chance.uniform(-1, 1, shape)
        values |= {node: float(array[tuple(i - 1 for i in key[2])]) for key, node in entries.items()}
    steps = here[computation.last_steps[0]] if computation.last_steps else 0
    expected = autograd.grad(lambda p: FORWARD[name](p, steps))(arrays)
    assert evaluate_float(graph, [output], values, tanh_or_slope)[0] == pytest.approx(FORWARD[name](arrays, steps), rel=TOLERANCE)
    for family, slots in free:
        entries = unroller.member(family, slots)
        reverse = graph.gradient(output, list(entries.values()))
        adjoints = list(unroller.member(adjoint_name(family), slots).values())
        for nodes in (reverse, adjoints):
            mine = evaluate_float(graph, nodes, values, tanh_or_slope)
            wanted = numpy.array([expected[name_of(family, slots)][tuple(i - 1 for i in key[2])] for key in entries])
            assert numpy.abs(numpy.array(mine) - wanted).max() <= TOLERANCE * (1 + numpy.abs(wanted).max()), (family, slots)


def test_every_built_in_model_has_a_forward_pass() -> None:
    assert sorted(FORWARD) == MODELS
