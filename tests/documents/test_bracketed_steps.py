"""Steps in round brackets: `S(t)`, `S(t-1)`, and the entries behind them, `Y(t)_{ij}`."""

from __future__ import annotations

import pytest

from .test_raw import verdicts

ROWS = r"""
$$ Z(t) = X(t) U + S(t-1) W $$
$$ S(t) = \tanh(Z(t)) $$
$$ G(t) = S(t) V $$
$$ P(t) = \text{softmax}(G(t)) $$
$$ L(t) = -\sum_{i=1}^N \sum_{j=1}^C Y(t)_{i,j} \log(P(t)_{i,j}) $$

Here $X(t)$ is $N \times D$, $Z(t), S(t)$ are $N \times M$, $G(t), P(t), Y(t)$ are $N \times C$, $U$ is $D \times M$, $W$ is $M \times M$,
$V$ is $M \times C$; the softmax is applied to each row, and each row of $Y(t)$ is one-hot.

"""
COLUMNS = r"""
$$ z(t) = U x(t) + W s(t-1), \qquad s(t) = \tanh(z(t)), \qquad g(t) = V s(t), \qquad L(t) = \|g(t) - y(t)\|^2 $$

"""


@pytest.mark.parametrize(
    ("model", "claim", "verdict"),
    [
        (ROWS, r"\frac{\partial L(t)}{\partial P(t)_{i,j}} = -\frac{Y(t)_{i,j}}{P(t)_{i,j}}", "proved"),
        (ROWS, r"\frac{\partial L(t)}{\partial P(t)_{i,j}} = -\frac{Y(t)_{j,i}}{P(t)_{i,j}}", "unknown"),
        (ROWS, r"\frac{\partial P(t)_{m,n}}{\partial G(t)_{i,j}} = \mathbf{1}(m=i) P(t)_{m,n} (\mathbf{1}(n=j) - P(t)_{m,j})", "proved"),
        (ROWS, r"\frac{\partial P(t)_{m,n}}{\partial G(t)_{i,j}} = P(t)_{m,n} (\mathbf{1}(n=j) - P(t)_{m,j})", "unknown"),
        (ROWS, r"\frac{\partial P(t)_{m,n}}{\partial G(t)_{i,j}} = \mathbf{1}(m=i) P(t)_{m,n} (\mathbf{1}(n=j) + P(t)_{m,j})", "refuted"),
        (ROWS, r"\frac{\partial S(t)_{m,n}}{\partial Z(t)_{i,j}} = \mathbf{1}(m=i, n=j) (1 - S(t)_{i,j}^2)", "proved"),
        (ROWS, r"\frac{\partial S(t)_{m,n}}{\partial Z(t)_{i,j}} = \mathbf{1}(m=i) (1 - S(t)_{i,j}^2)", "unknown"),
        (ROWS, r"\frac{\partial L(t)}{\partial G(t)_{i,j}} = P(t)_{i,j} - Y(t)_{i,j}", "proved"),
        (ROWS, r"\frac{\partial L(t)}{\partial V} = S(t)^\top (P(t) - Y(t))", "proved"),
        (ROWS, r"\frac{\partial L(t)}{\partial V} = S(t-1)^\top (P(t) - Y(t))", "refuted"),
        (ROWS, r"\frac{\partial L(t)}{\partial S(t-1)} = \frac{\partial L(t)}{\partial Z(t)} W^\top", "proved"),
        (ROWS, r"\frac{\partial L(t)}{\partial S(t-1)} = \frac{\partial L(t)}{\partial Z(t)} W", "refuted"),
        (ROWS, r"\frac{\partial L(t)}{\partial W} = \sum_{k=1}^t S(k-1)^\top \frac{\partial L(t)}{\partial Z(k)}", "proved"),
        (ROWS, r"\frac{\partial L(t)}{\partial W} = \sum_{k=1}^t S(k)^\top \frac{\partial L(t)}{\partial Z(k)}", "refuted"),
        (ROWS, r"\frac{\partial L(t)}{\partial W} = S(t-1)^\top \frac{\partial L(t)}{\partial Z(t)}", "refuted"),
        (COLUMNS, r"\frac{\partial L(t)}{\partial g(t)} = 2 (g(t) - y(t))", "proved"),
        (COLUMNS, r"\frac{\partial L(t)}{\partial g(t)} = 2 (g(t-1) - y(t))", "refuted"),
        (COLUMNS, r"\frac{\partial L(t)}{\partial s(t-1)} = W^T \frac{\partial L(t)}{\partial z(t)}", "proved"),
        (COLUMNS, r"\frac{\partial L(t)}{\partial U} = \sum_{k=1}^t \frac{\partial L(t)}{\partial z(k)} x(k)^T", "proved"),
        (COLUMNS, r"\frac{\partial L(t)}{\partial U} = \frac{\partial L(t)}{\partial z(t)} x(t)^T", "refuted"),
    ],
)
def test_a_step_in_round_brackets(model: str, claim: str, verdict: str) -> None:
    (found,) = (one for one in verdicts(f"{model}$$ {claim} $$\n") if one.role == "claim")
    assert found.verdict == verdict, found.message


@pytest.mark.parametrize(
    "equations",
    [
        "$$ s(t) = t^2 + s(t-1) $$",  # t has a value
        r"$$ h = \phi(t-1), \qquad o = \phi(W x) $$",  # φ is a function
        r"$$ h = \tanh(t-1) $$",
    ],
)
def test_an_argument_that_is_no_step(equations: str) -> None:
    """What is applied, or has a value, is no step: the derivatives are not judged as if it were one."""
    found = verdicts(f"{equations}\n\n$$ \\frac{{\\partial s(t)}}{{\\partial s(t-1)}} = 2 $$\n")
    assert found[-1].verdict not in ("proved", "verified")


def test_a_name_without_its_step_in_one_place() -> None:
    found = verdicts(ROWS.replace("P(t)_{i,j})", "P_{i,j})") + r"$$ \frac{\partial L(t)}{\partial G(t)} = P(t) - Y(t) $$")
    assert found[-1].verdict == "unknown"
