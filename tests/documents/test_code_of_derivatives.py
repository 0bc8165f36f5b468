"""Indented blocks that hold derivatives and nothing else, as people write them who think in code: `dL/dW = X.T @ dL/dz`."""

from __future__ import annotations

import pytest

from symbptt.documents.formulas import FormulaSource
from symbptt.documents.markdown import read_markdown

from .test_raw import verdicts

NET = r"$$ z_1 = W_1 x, \quad h = \tanh(z_1), \quad z_2 = W_2 h, \quad L = \|z_2 - y\|^2 $$" + "\n\nDerivatives:\n\n"


def judged(line: str) -> str:
    return verdicts(f"{NET}    1. dL/dz2 = 2 * (z2 - y)\n    2. {line}\n")[-1].verdict


@pytest.mark.parametrize(
    ("line", "verdict"),
    [
        ("dL/dz2 = 2 * (z2 - y)  # by z2", "proved"),
        ("dL/dz2 = 3 * (z2 - y)", "refuted"),
        ("dL/dW2 = dL/dz2 @ h.T", "proved"),
        ("dL/dW2 = 2 * dL/dz2 @ h.T", "refuted"),
        ("dL/dh = W2.T @ dL/dz2", "proved"),
        ("dL/dh = W2 @ dL/dz2", "refuted"),
        ("dL/dz1 = (W2.T @ dL/dz2) * (1 - h^2)", "proved"),
        ("dL/dz1 = (W2.T @ dL/dz2) * (1 + h^2)", "refuted"),
        ("dL/dW1 = dL/dz1 @ x.T", "proved"),
        ("dL/dx = W1.T @ dL/dz2", "refuted"),
        ("∂L/∂x = W1.T @ ∂L/∂z1", "proved"),
        ("dz1/dW1 = x", "unknown"),  # a derivative of a vector by a matrix is no vector
    ],
)
def test_a_line_is_a_claim(line: str, verdict: str) -> None:
    assert judged(line) == verdict


def read(text: str) -> list[tuple[str, int, int]]:
    return [(item.latex, item.line, item.column) for item in read_markdown(text).items if isinstance(item, FormulaSource)]


def test_places() -> None:
    assert read("A\n\n    10. dL/dW1 = X.T @ dL/dz  # so\n") == [("dL/dW_{1} = X^T @ dL/dz", 3, 9)]
    assert read("```\ndL/dW = X.T @ dL/dz\n```") == [("dL/dW = X^T @ dL/dz", 2, 1)]


@pytest.mark.parametrize(
    "block",
    [
        "    dL/dW = X.T @ dL/dz\n    z = W @ x\n",  # a program may hold the second line
        "    dW = X.T @ dz\n",
        "    dL_dW = X.T @ dL_dz\n",
        "    dL/dW == X.T\n",
        "    dL/dW = np.dot(X, dz)\n",
        "    dL/db = sum(dL/dz)\n",
        "    dL/dz = W.T @ dL/dy * s\n",  # a program multiplies from the left
        "    dL/dz = dL/dy ** 2\n",
        "```python\ndL/dW = X.T @ dL/dz\n```",
    ],
)
def test_what_is_not_read(block: str) -> None:
    assert read(f"A\n\n{block}") == []


def test_a_derivative_defines_nothing() -> None:
    """x would be dz/dW then, and the second line true of any x."""
    found = verdicts("$$ L = \\|z - y\\|^2 $$\n\n    dz/da = g\n    dL/da = dL/dz * g\n")
    assert all(one.verdict == "unknown" for one in found[1:])
