"""A derivation executed as it is printed gives the gradient: against complex-step derivatives of its own forward pass.

Squire and Trapp (1998), Using complex variables to estimate derivatives of real functions: exact to rounding, no subtraction.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import symbptt
from symbptt.derivation.derivation import Derivation
from symbptt.latex.parser import parse_expression
from symbptt.latex.printer import to_latex

from .derived import derived
from .executed import Executed

SIZES = {"m": 2, "n": 3, "q": 4, "n_0": 2, "n_1": 3, "n_2": 4, "n_3": 3}
LOSSES = {"mlp": "C", "rnn-siso": "C", "rnn-miso": "C", "rnn-simo": "c", "rnn-mimo": "c"}
#: Model, depth, what is differentiated by (nothing: all parameters); gated networks by one weight, which needs all their errors.
#: Variants of one network stand for the others, and what is executed here has one step letter at most.
ONCE = {"gru", "lstm", "seq2seq", *(name for name in symbptt.list_models() if name.startswith("lstm-"))}
ROWS: list[tuple[str, str | int, tuple[str, ...]]] = [
    *((name, "all", ()) for name in symbptt.list_models() if name not in ONCE),
    ("gru", "all", ("U_r", "b_z")),
    ("lstm", "all", ("W_f", "b_s")),
    ("lstm-peephole", "all", ("w_o",)),
    ("mlp", 3, ()),
    ("rnn-mimo", 3, ()),
    ("rnn-siso", 3, ()),
    ("hello", 3, ("w_{aa}",)),
    ("rnn-seq2vec", 3, ("W_{h1}", "\\beta_1")),
]


def executed(derivation: Derivation, normalised: bool) -> Executed:
    sizes = {**SIZES, "n_L": SIZES["n_3"], **({"N": 5, "d": 6} if not derivation.problem.ranges else {})}
    made = Executed(derivation.steps, derivation.problem, 3, sizes)
    if normalised:  # what the derivation takes for granted of the targets
        for t in range(1, 4):
            for name, shape, axis in (("y_{%d}", (4, 1), 0), ("\\hat{y}(%d)", (4, 1), 0), ("Y_{%d}", (2, 4), 1)):
                draw = np.random.default_rng(t).uniform(0.1, 1, size=shape)
                made.data[name % t] = draw / draw.sum(axis=axis, keepdims=True)
    return made


@pytest.mark.parametrize("name, depth, wrt", ROWS, ids=[f"{name}-{depth}" for name, depth, _ in ROWS])
def test_the_printed_lines_compute_the_gradient(name: str, depth: str | int, wrt: tuple[str, ...]) -> None:
    derivation = derived(name, wrt, depth)
    assert {step.verdict for step in derivation.steps} <= {"given", "definition", "assumption", "update", "proved", "verified"}
    loss = LOSSES.get(name, "L")
    normalised = name in ("gru", "lstm", "lstm-peephole", "hello", "rnn-seq2seq")
    checked = 0
    for step in derivation.steps:
        if step.verdict != "update":
            continue
        spelled = [step.before] if name != "mlp" else [step.before.replace("{l}", f"{{{layer}}}") for layer in (1, 2, 3)]
        for parameter in spelled:
            run = executed(derivation, normalised)
            key = to_latex(parse_expression(parameter, run.words))
            gradient = run.name(parse_expression(f"\\frac{{\\partial {loss}}}{{\\partial {key}}}", run.words))
            weight = run.data[key] if key in run.data else run.name(parse_expression(key, run.words))
            assert gradient.shape == weight.shape
            for place in list(np.ndindex(*weight.shape))[:2]:
                again = replace(run, known={}, data=dict(run.data))
                moved = weight.astype(complex)
                moved[place] += 1e-30j
                again.data[key] = moved
                assert gradient[place] == pytest.approx(again.name(parse_expression(loss, run.words)).imag / 1e-30, rel=1e-9, abs=1e-12)
                checked += 1
    assert checked >= 2
