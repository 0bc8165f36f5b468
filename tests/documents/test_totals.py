"""Losses that no equation sums up, and sums over later steps before the first one.

∂L/∂W = Σ_t ∂L_t/∂W of L = Σ_t L_t; F_t = Σ_{u>t} L_u, so that ∂F_{t-1}/∂h_t = ∂L_t/∂h_t + ∂F_t/∂h_t (backpropagation through time).
"""

from __future__ import annotations

import pytest

from tests.documents.test_raw import last

MODEL = r"""
$$ z_t = W h_{t-1} + U x_t, \qquad h_t = \sigma(z_t), \qquad L_t = \ell(h_t) $$
The gradient of the loss is
"""
FUTURE = r"""
$$ z_t = W h_{t-1} + U x_t, \qquad h_t = \sigma(z_t), \qquad L_t = \ell(h_t), \qquad L = \sum_{t=1}^T L_t $$
The future loss is
$$ F_t = \sum_{u=t+1}^T L_u. $$
"""
PATHS = r"\sum_{t=1}^T \sum_{k=1}^t \frac{\partial L_t}{\partial h_t} \frac{\partial h_t}{\partial h_k} \frac{\partial^+ h_k}{\partial W}"
TOTAL = r"reading: `L` is `\sum_{t = 1}^{T} L_{t}`"


@pytest.mark.parametrize(
    ("claim", "verdict"),
    [
        (rf"\frac{{\partial L}}{{\partial W}} = \sum_{{t=1}}^T \frac{{\partial L_t}}{{\partial W}} = {PATHS}", "conditional"),
        (
            r"\frac{\partial L}{\partial W} = \sum_{t=1}^T \frac{\partial L_t}{\partial W} = \sum_{t=1}^T \frac{\partial L_t}{\partial U}",
            "unknown",
        ),
        # Which function of the states L is matters to nothing here.
        (r"\frac{\partial L}{\partial W} = \sum_{t=1}^T (\frac{\partial L}{\partial h_t} \odot \sigma'(z_t)) h_{t-1}^T", "proved"),
        (r"\frac{\partial L}{\partial W} = \sum_{t=1}^T (\frac{\partial L}{\partial h_t} \odot \sigma'(z_t)) h_t^T", "refuted"),
    ],
)
def test_a_loss_that_is_summed_in_its_derivative_alone(claim: str, verdict: str) -> None:
    found = last(f"{MODEL}$$ {claim} $$\n")
    assert found.verdict == verdict, found.message
    assert (TOTAL in found.assumptions) == (verdict == "conditional")


def test_totals_that_are_not_the_same_imply_nothing() -> None:
    first = r"\frac{\partial L}{\partial W} = \sum_{t=1}^T \frac{\partial L_t}{\partial W}"
    other = r"\frac{\partial L}{\partial U} = \frac{1}{T} \sum_{t=1}^T \frac{\partial L_t}{\partial U}"
    assert last(f"{MODEL}$$ {first} $$\nand\n$$ {other} $$\n").verdict == "unknown"


@pytest.mark.parametrize(
    ("claim", "verdict"),
    [
        (
            r"\frac{\partial L}{\partial W} = \sum_{t=1}^T (\frac{\partial F_{t-1}}{\partial h_t} \odot \sigma'(z_t)) h_{t-1}^T",
            ("proved", "verified"),
        ),
        (r"\frac{\partial L}{\partial W} = \sum_{t=1}^T (\frac{\partial F_{t-1}}{\partial h_t} \odot \sigma'(z_t)) h_t^T", ("refuted",)),
        (r"F_{t-1} = L_t + F_t", ("proved", "verified")),
        (r"F_{t-1} = L_{t-1} + F_t", ("refuted",)),
    ],
)
def test_a_sum_over_later_steps_begins_before_the_first(claim: str, verdict: tuple[str, ...]) -> None:
    found = last(f"{FUTURE}It follows that\n$$ {claim} $$\n")
    assert found.verdict in verdict, found.message


CYLINDER = r"""
The volume of a cylinder is
$$ V(r, h) = \pi r^2 h $$
with
$$ \frac{\partial V}{\partial r} = 2 \pi r h. $$
RELATION Then
"""


@pytest.mark.parametrize(
    ("relation", "claim", "verdict"),
    [
        ("Let the constant $c$ be the ratio, so that $r = c h$.", r"\frac{dV}{dr} = 2 \pi r h + \frac{\pi r^2}{c}", "conditional"),
        ("Let the constant $c$ be the ratio, so that $r = c h$.", r"\frac{dV}{dr} = 2 \pi r h + \pi r^2 c", "unknown"),
        ("Let the constant $c$ be the ratio, so that $r = c h$.", r"\frac{dV}{dh} = \pi r^2 + 2 \pi r h c", "proved"),
        ("Let the constant $c$ be the ratio, so that $r = c h$.", r"\frac{dV}{dh} = \pi r^2 + 2 \pi r c", "refuted"),
        (r"Let the constant $c = \operatorname{slope}(k)$; now $r = c h$.", r"\frac{dV}{dh} = \pi r^2 + 2 \pi r h c", "proved"),
        # Of what is no constant, the equation matters.
        (r"Let $c = \operatorname{slope}(h)$; now $r = c h$.", r"\frac{dV}{dh} = \pi r^2 + 2 \pi r h c", "refuted"),
    ],
)
def test_relations_between_what_a_function_depends_on(relation: str, claim: str, verdict: str) -> None:
    found = last(f"{CYLINDER.replace('RELATION', relation)}$$ {claim} $$\n")
    assert found.verdict == verdict, found.message
