"""Random small models with claims that are true by construction, and twins that are not: no true one refuted, no false one believed.

What is true is decided twice without the program: by the hand-written rule of backpropagation, and by central differences in
NumPy at a random point, where a claim must hold to eight digits and its twin must fail.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

import symbptt
from tests.judging.rows import TRUE

Array = np.ndarray
STEPS, N, M, H = 3, 3, 2, 1e-5
#: LaTeX of the activation → its value; the abstract f is any smooth function.
ACTIVATIONS: Mapping[str, Callable[[Array], Array]] = {
    r"\tanh": np.tanh,
    r"\sigma": lambda z: 1 / (1 + np.exp(-z)),
    "f": lambda z: np.sin(1.3 * z) + 0.2 * z**2,
}
PROFILE = settings(max_examples=60, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))


@dataclass(frozen=True)
class Net:
    """z_t = A s_{t-1} [+ B u_t] [+ d] [+ v ⊙ s_{t-1}], s_t = φ(z_t) [⊙ w] [+ s_{t-1}], and a loss."""

    activation: str
    inputs: bool
    bias: bool
    gate: bool
    scaled: bool
    skip: bool
    loss: str  # "linear", "squares" or "last"
    seed: int
    order: int  # which way sums and element-wise products are written

    @property
    def problem(self) -> dict[str, Any]:
        terms = ["A s_{t-1}", *["B u_t"] * self.inputs, *["d"] * self.bias, *[r"v \odot s_{t-1}"] * self.gate]
        value = self.times(f"{self.activation}(z_t)", *["w"] * self.scaled)
        state = self.plus(value, *["s_{t-1}"] * self.skip)
        loss = {"linear": r"\sum_{t=1}^{T} c^\top s_t", "squares": r"\frac{1}{2} \sum_{t=1}^{T} \|s_t - g_t\|^2", "last": r"c^\top s_T"}
        return {
            "given": [
                f"z_t = {self.plus(*terms)}",
                f"s_t = {state}",
                f"J = {loss[self.loss]}",
                r"\delta_t = \frac{\partial J}{\partial z_t}",
            ],
            "shapes": {"A": "n×n", "B": "n×m", "u_t": "m", **dict.fromkeys(("d", "v", "w", "c", "z_t", "s_t", "g_t"), "n")},
            "ranges": {"t": "1..T"},
            "functions": {"f": "elementwise"},
        }

    def plus(self, *terms: str) -> str:
        return " + ".join(terms if self.order % 2 else terms[::-1])

    def times(self, *factors: str) -> str:
        return r" \odot ".join(factors if self.order % 3 else factors[::-1])

    # -- the same in NumPy ----------------------------------------------------------------------------------------------

    @cached_property
    def values(self) -> dict[str, Array]:
        random = np.random.default_rng(self.seed)
        shapes = {"A": (N, N), "B": (N, M), "s0": (N,), **dict.fromkeys("dvwc", (N,))}
        shapes |= {f"u{t}": (M,) for t in range(1, STEPS + 1)} | {f"g{t}": (N,) for t in range(1, STEPS + 1)}
        return {name: random.uniform(0.3, 1.2, shape) * random.choice((-1, 1), shape) for name, shape in shapes.items()}

    def run(self, shifted: str = "", shift: Array | float = 0.0) -> tuple[float, dict[str, Array]]:
        """The loss and all states where one quantity is shifted."""
        p = {name: value + shift if name == shifted else value for name, value in self.values.items()}
        phi = ACTIVATIONS[self.activation]
        seen, s, total = {"s0": p["s0"]}, p["s0"], 0.0
        for t in range(1, STEPS + 1):
            z = p["A"] @ s + self.inputs * (p["B"] @ p[f"u{t}"]) + self.bias * p["d"] + self.gate * p["v"] * s
            z = z + shift if shifted == f"z{t}" else z
            s = phi(z) * (p["w"] if self.scaled else 1) + self.skip * s
            s = s + shift if shifted == f"s{t}" else s
            seen |= {f"z{t}": z, f"s{t}": s}
            total += 0.5 * np.sum((s - p[f"g{t}"]) ** 2) if self.loss == "squares" else (p["c"] @ s) * (self.loss == "linear" or t == STEPS)
        return float(total), seen

    @cached_property
    def states(self) -> dict[str, Array]:
        return self.run()[1]

    def gradient(self, name: str) -> Array:
        """∂J/∂name by central differences."""
        shape = {**self.values, **self.states}[name].shape
        result = np.zeros(shape)
        for place in np.ndindex(shape):
            shift = np.zeros(shape)
            shift[place] = H
            result[place] = (self.run(name, shift)[0] - self.run(name, -shift)[0]) / (2 * H)
        return result

    @cached_property
    def deltas(self) -> list[Array]:
        return [np.zeros(N), *(self.gradient(f"z{t}") for t in range(1, STEPS + 1))]

    def slope(self, t: int) -> Array:
        z, phi = self.states[f"z{t}"], ACTIVATIONS[self.activation]
        return (phi(z + H) - phi(z - H)) / (2 * H) * (self.values["w"] if self.scaled else 1)


@dataclass(frozen=True)
class Claim:
    """`name` = right side; `left` and `right` are its values, which agree exactly where the claim is true."""

    latex: str
    left: Array
    right: Array
    more: Mapping[str, Any] = field(default_factory=dict)

    @property
    def holds(self) -> bool:
        return bool(np.allclose(self.left, self.right, atol=1e-7))

    @property
    def fails(self) -> bool:
        return bool(np.abs(self.left - self.right).max() > 1e-3)


def slope_latex(net: Net) -> str:
    """φ'(z_t) in one of its spellings."""
    direct = {r"\tanh": r"(1 - \tanh^2(z_t))", r"\sigma": r"\sigma(z_t) \odot (1 - \sigma(z_t))", "f": "f'(z_t)"}[net.activation]
    return direct if net.order % 2 else f"{net.activation}'(z_t)"


def parameter(net: Net, name: str, early: int = 1, sign: int = 1) -> Claim:
    """∂J/∂parameter as a sum over time; `early` is how far back the state is taken."""
    state = f"s_{{t-{early}}}" if early else "s_t"
    factors = {
        "A": (rf"\delta_t {state}^\top", lambda t: np.outer(net.deltas[t], net.states[f"s{t - early}"])),
        "B": (r"\delta_t u_t^\top", lambda t: np.outer(net.deltas[t], net.values[f"u{t}"])),
        "d": (r"\delta_t", lambda t: net.deltas[t]),
        "v": (net.times(r"\delta_t", state), lambda t: net.deltas[t] * net.states[f"s{t - early}"]),
    }
    body, value = factors[name]
    right = sign * sum(value(t) for t in range(1, STEPS + 1))
    return Claim(
        rf"\frac{{\partial J}}{{\partial {name}}} = {'-' * (sign < 0)}\sum_{{t=1}}^{{T}} {body}", net.gradient(name), np.asarray(right)
    )


def recursion(net: Net, turned: bool = True, sign: int = 1) -> Claim:
    """∂J/∂s_t by what comes after it, for t < T; without `turned` the weights are not transposed."""
    own = {"linear": "c", "squares": "s_t - g_t", "last": ""}[net.loss]
    weights = r"A^\top" if turned else "A"
    terms = [*[own] * bool(own), rf"{weights} \delta_{{t+1}}", *[net.times("v", r"\delta_{t+1}")] * net.gate]
    terms += [r"\frac{\partial J}{\partial s_{t+1}}"] * net.skip
    lefts, rights = [], []
    for t in range(1, STEPS):
        direct = {"linear": net.values["c"], "squares": net.states[f"s{t}"] - net.values[f"g{t}"], "last": np.zeros(N)}[net.loss]
        weighted = (net.values["A"].T if turned else net.values["A"]) @ net.deltas[t + 1]
        through = net.gate * net.values["v"] * net.deltas[t + 1] + net.skip * net.gradient(f"s{t + 1}")
        lefts.append(net.gradient(f"s{t}"))
        rights.append(sign * (direct + weighted + through))
    whole = f"{'-' * (sign < 0)}({net.plus(*terms)})"
    return Claim(rf"\frac{{\partial J}}{{\partial s_t}} = {whole}", np.array(lefts), np.array(rights), {"for": r"1 \le t < T"})


def local(net: Net, sign: int = 1, doubled: bool = False) -> Claim:
    """δ_t = ∂J/∂s_t ⊙ φ'(z_t) [⊙ w]; `doubled` has the slope twice."""
    factors = [r"\frac{\partial J}{\partial s_t}", slope_latex(net), *["w"] * net.scaled, *[slope_latex(net)] * doubled]
    bare = [net.slope(t) / (net.values["w"] if net.scaled else 1) for t in range(1, STEPS + 1)]
    right = [sign * net.gradient(f"s{t}") * net.slope(t) * (bare[t - 1] if doubled else 1) for t in range(1, STEPS + 1)]
    return Claim(rf"\delta_t = {'-' * (sign < 0)}{net.times(*factors)}", np.array(net.deltas[1:]), np.array(right))


nets = st.builds(
    Net,
    st.sampled_from(sorted(ACTIVATIONS)),
    *[st.booleans()] * 5,
    st.sampled_from(["linear", "squares", "last"]),
    st.integers(0, 10**6),
    st.integers(0, 5),
)


@st.composite
def claims(draw: st.DrawFn) -> tuple[Net, Claim, Claim]:
    """A net, a true claim about it and a twin that is false."""
    net = draw(nets)
    names = ["A", *["B"] * net.inputs, *["d"] * net.bias, *["v"] * net.gate]
    name = draw(st.sampled_from([*names, "recursion", "local"]))
    flip = draw(st.booleans())
    if name == "recursion":
        return net, recursion(net), recursion(net, sign=-1) if flip else recursion(net, turned=False)
    if name == "local":
        return net, local(net), local(net, sign=-1) if flip else local(net, doubled=True)
    shifted = name in ("A", "v") and not flip
    return net, parameter(net, name), parameter(net, name, early=0) if shifted else parameter(net, name, sign=-1)


@PROFILE
@given(claims())
def test_recurrent_claims(drawn: tuple[Net, Claim, Claim]) -> None:
    net, right, wrong = drawn
    assert right.holds, "the hand-written rule itself is wrong"
    verdict = symbptt.check({**net.problem, **right.more, "claim": right.latex})
    assert verdict.verdict in TRUE, f"{verdict.latex} is {verdict.verdict}: {verdict.message}"
    assume(wrong.fails)
    twin = symbptt.check({**net.problem, **wrong.more, "claim": wrong.latex})
    assert twin.verdict not in TRUE | {"conditional"}, f"{twin.latex} is {twin.verdict}: {twin.message}"
    assert twin.verdict == "refuted", twin.message


# -- layers --------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Layers:
    """A chain of `depth` layers a_k = φ_k(W_k a_{k-1} [+ b_k]) written out one by one, and E = cᵀ(a ⊙ a) or ½|a − y|²."""

    activations: tuple[str, ...]
    biases: tuple[bool, ...]
    squares: bool
    which: int
    flip: bool

    def problem(self) -> dict[str, Any]:
        given, shapes = [], {"x": "n", "c": "m", "y": "m"}
        before = "x"
        for k, (phi, bias) in enumerate(zip(self.activations, self.biases, strict=True), 1):
            given += [f"z_{k} = W_{k} {before}" + f" + b_{k}" * bias, f"a_{k} = {phi}(z_{k})"]
            rows, columns = ("m", "p")[(self.depth - k) % 2], "n" if k == 1 else ("m", "p")[(self.depth - k + 1) % 2]
            shapes |= {f"W_{k}": f"{rows}×{columns}", f"b_{k}": rows, f"z_{k}": rows, f"a_{k}": rows}
            before = f"a_{k}"
        last = rf"\frac12 \|{before} - y\|^2" if self.squares else rf"c^\top ({before} \odot {before})"
        return {"given": [*given, f"E = {last}"], "shapes": shapes, "functions": {"f": "elementwise"}}

    @property
    def depth(self) -> int:
        return len(self.activations)

    def delta(self, k: int) -> str:
        """∂E/∂z_k written out down from the loss (Rumelhart, Hinton and Williams 1986)."""
        slope = f"{self.activations[k - 1]}'(z_{k})"
        if k == self.depth:
            error = f"(a_{k} - y)" if self.squares else rf"(2 c \odot a_{k})"
            return rf"({error} \odot {slope})"
        return rf"((W_{k + 1}^\top {self.delta(k + 1)}) \odot {slope})"

    def claims(self) -> tuple[str, str]:
        """A true equation and a false one: with the sign flipped, or without the slope of the last layer (φ' = 1 for no φ here)."""
        k = 1 + self.which % self.depth
        before = "x" if k == 1 else f"a_{k - 1}"
        delta = self.delta(k)
        top = rf" \odot {self.activations[-1]}'(z_{self.depth})"
        bad = "-" + delta if self.flip else delta.replace(top, "", 1)
        left, right = ((rf"W_{k}", rf" {before}^\top"), (f"z_{k}", ""))[self.which // self.depth % 2]
        return rf"\frac{{\partial E}}{{\partial {left}}} = {delta}{right}", rf"\frac{{\partial E}}{{\partial {left}}} = {bad}{right}"


layers = st.integers(1, 3).flatmap(
    lambda depth: st.builds(
        Layers,
        st.tuples(*[st.sampled_from(sorted(ACTIVATIONS))] * depth),
        st.tuples(*[st.booleans()] * depth),
        st.booleans(),
        st.integers(0, 5),
        st.booleans(),
    )
)


@PROFILE
@given(layers)
def test_layer_claims(net: Layers) -> None:
    right, wrong = net.claims()
    verdict = symbptt.check({**net.problem(), "claim": right})
    assert verdict.verdict in TRUE, f"{verdict.latex} is {verdict.verdict}: {verdict.message}"
    twin = symbptt.check({**net.problem(), "claim": wrong})
    assert twin.verdict == "refuted", f"{twin.latex} is {twin.verdict}: {twin.message}"


@pytest.mark.parametrize("twin", [False, True])
def test_the_numbers_tell_a_claim_from_its_twin(twin: bool) -> None:
    """The judge of the property test is itself tried: a known rule and its known error."""
    net = Net(r"\tanh", True, True, False, False, False, "squares", 7, 1)
    found = parameter(net, "A", early=0) if twin else parameter(net, "A")
    assert found.holds is not twin and found.fails is twin
