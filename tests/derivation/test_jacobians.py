"""Jacobians of states by earlier ones: the sources' products come out, and the printed matrices are the derivatives."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

import symbptt
from symbptt.derivation import jacobians
from symbptt.derivation.board import DerivationError
from symbptt.derivation.network import Underivable
from symbptt.latex.parser import parse, parse_expression
from symbptt.latex.printer import to_latex

from .derived import derived
from .executed import Executed

SIZES = {"m": 2, "n": 3, "q": 4}


def canonical(latex: str) -> str:
    (formula,) = parse(latex)
    return " = ".join(map(to_latex, formula.sides))


#: Model, what is asked for, depth → lines as texts have them.
ROWS: list[tuple[str, str, str | int, Sequence[str]]] = [
    (
        "hello",
        "∂a(t)/∂a(k)",
        "all",
        (
            r"\frac{\partial a(t)}{\partial a(t - 1)} = \mathrm{diag}(1 - a(t)^2) w_{aa}",
            r"\frac{\partial a(t)}{\partial a(k)} = \prod_{r = k + 1}^{t} \frac{\partial a(r)}{\partial a(r - 1)}",
            r"\frac{\partial a(t)}{\partial a(k)} = \prod_{r = k + 1}^{t} \mathrm{diag}(1 - a(r)^2) w_{aa}",
        ),
    ),
    (
        "rnn-mimo",
        r"\frac{\partial a^{1,t}}{\partial a^{1,k}}",
        "all",
        (r"\frac{\partial a^{1,t}}{\partial a^{1,t-1}} = \mathrm{diag}(f'(z^{1,t})) W",),
    ),
    (
        "rnn-siso",
        "∂a^{1,3}/∂a^{1,1}",
        3,
        (
            r"\frac{\partial a^{1,3}}{\partial a^{1,1}} "
            r"= \frac{\partial a^{1,3}}{\partial a^{1,2}} \frac{\partial a^{1,2}}{\partial a^{1,1}}",
            r"\frac{\partial a^{1,3}}{\partial a^{1,1}} = \mathrm{diag}(f'(z^{1,3})) W \mathrm{diag}(f'(z^{1,2})) W",
        ),
    ),
    (
        "lstm",
        "∂c_3/∂c_1",
        3,
        (
            r"\frac{\partial^+ c_t}{\partial c_{t-1}} = \mathrm{diag}(f_t)",
            r"\frac{\partial h_1}{\partial c_1} = \mathrm{diag}(o_1) \mathrm{diag}(1 - \tanh(c_1)^2)",
        ),
    ),
    (  # a gate carries nothing itself: from step to step all goes through h
        "gru",
        "∂z_t/∂z_k",
        "all",
        (
            r"\frac{\partial z_t}{\partial h_{t-1}} = \mathrm{diag}(z_t \odot (1 - z_t)) U_z",
            r"\frac{\partial h_k}{\partial z_k} = \mathrm{diag}(\tilde{h}_k) - \mathrm{diag}(h_{k-1})",
            r"\frac{\partial z_t}{\partial z_k} = \frac{\partial z_t}{\partial h_{t-1}} \frac{\partial h_{t-1}}{\partial h_k} "
            r"\frac{\partial h_k}{\partial z_k}",
        ),
    ),
    (
        "rnn-mimo",
        "∂y^t/∂a^{1,k}",
        "all",
        (
            r"\frac{\partial y^t}{\partial a^{1,t}} = \mathrm{diag}(f'(z^{o,t})) V",
            r"\frac{\partial y^t}{\partial a^{1,k}} = \frac{\partial y^t}{\partial a^{1,t}} \frac{\partial a^{1,t}}{\partial a^{1,k}}",
        ),
    ),
]


@pytest.mark.parametrize("name, asked, depth, lines", ROWS, ids=[f"{name}-{asked}-{depth}" for name, asked, depth, _ in ROWS])
def test_the_products_of_the_sources_come_out(name: str, asked: str, depth: str | int, lines: Sequence[str]) -> None:
    derivation = derived(name, (asked,), depth)
    found = {canonical(step.formula) for step in derivation.steps}
    assert {canonical(line) for line in lines} <= found
    assert not any(step.verdict == "update" for step in derivation.steps)


EXECUTED = [("gru", "∂h_3/∂h_1", "h_{%d}"), ("hello", "∂a(3)/∂a(1)", "a(%d)")]


@pytest.mark.parametrize("name, asked, spelled", EXECUTED, ids=[name for name, _, _ in EXECUTED])
def test_one_step_as_printed_is_the_derivative(name: str, asked: str, spelled: str) -> None:
    """Against complex steps through the printed forward equations (Squire and Trapp 1998), at every step that has one before it."""
    derivation = derived(name, (asked,), 3)
    before, after = spelled % 2, spelled % 3
    wanted = canonical(f"\\frac{{\\partial {spelled % 9}}}{{\\partial {spelled % 8}}}").replace("9", "t").replace("8", "t - 1")
    (line,) = [step for step in derivation.steps if step.before == wanted and "frac" not in step.after]
    run = Executed(derivation.steps, derivation.problem, 3, SIZES)
    printed = run.value(
        run._plain(parse_expression(line.after.replace("t - 1", "2").replace("{t}", "{3}").replace("(t)", "(3)"), run.words))
    )
    state = run.name(parse_expression(before, run.words))
    columns = []
    for at in range(state.shape[0]):
        moved = state.astype(complex)
        moved[at] += 1e-30j
        again = replace(run, known={before: moved}, data=dict(run.data))
        columns.append(again.name(parse_expression(after, run.words)).imag[:, 0] / 1e-30)
    assert printed == pytest.approx(np.array(columns).T, rel=1e-9, abs=1e-12)


def test_what_a_step_does_wrongly_writes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    right = jacobians._sum
    monkeypatch.setattr(jacobians, "_sum", lambda paths, letter, matrix: right(paths[1:], letter, matrix))
    with pytest.raises(DerivationError, match="so no derivation is written"):
        symbptt.derive("gru", wrt="∂h_t/∂h_k")


BEYOND = [
    ("rnn-mimo", ("∂a^{1,t}/∂W",), "a Jacobian is of a column at a step by a column at a step"),
    ("rnn-mimo", ("∂a^{1,t}/∂c^k",), "a Jacobian is of a column at a step"),
    ("rnn-mimo", ("∂a^{i,t}/∂a^{1,k}",), "does not depend on"),
    ("rnn-mimo", ("∂a^{1,t}/∂a^{1,k}", "W"), "ask for one of them at a time"),
]


@pytest.mark.parametrize("name, wrt, message", BEYOND)
def test_what_has_no_jacobian_here_is_told(name: str, wrt: tuple[str, ...], message: str) -> None:
    with pytest.raises(Underivable, match=message):
        symbptt.derive(name, wrt=wrt)


def test_steps_in_the_wrong_order_are_told() -> None:
    with pytest.raises(Underivable, match="there is no step 3 before step 1 among 1 to 3"):
        symbptt.derive("rnn-siso", wrt="∂a^{1,1}/∂a^{1,3}", steps=3)
