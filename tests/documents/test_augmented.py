"""A block of ones beside a matrix or below a column, which biases are multiplied with.

The right claims agree with central differences in NumPy, with `np.hstack` and `np.append`; each wrong one is one with a thing changed.
"""

from __future__ import annotations

import pytest

from symbptt import check

from .test_raw import verdicts

BY_Z, BY_V = r"\frac{\partial J}{\partial Z}", r"\frac{\partial J}{\partial V}"
BY_W = r"\frac{\partial L}{\partial V} = \frac{\partial L}{\partial z}"
BATCH = r"""
The inputs are $X \in \mathbb{R}^{N \times d}$, and
$$ \tilde X = BLOCKS $$
$$ Z = \tilde X V $$
with $V \in \mathbb{R}^{(d+1) \times k}$. The loss $J$ is a scalar function of $Z$.
"""
OPEN = r"""
Let $X \in \mathbb{R}^{N \times d}$ and
$$ \tilde X = BLOCKS, \qquad Z = \tilde X V. $$
The loss $J$ is a scalar function of $Z$.
"""
COLUMN = r"""
Let $h \in \mathbb{R}^n$ and
$$ \tilde h = BLOCKS, \qquad z = V \tilde h. $$
The loss $L$ is a scalar function of $z$.
"""
LAYERS = r"""
Layer $l = 1, \dots, L$ has $d_l$ units, $Z_l \in \mathbb{R}^{n \times d_l}$. With $\tilde H_0 = [X, 1]$,
$$ Z_l = \tilde H_{l-1} V_l, \qquad H_l = f(Z_l), \qquad \tilde H_l = [H_l, \mathbf{1}] \in \mathbb{R}^{n \times (d_l + 1)}. $$
The loss $J$ is a scalar function of $Z_L$.
"""


@pytest.mark.parametrize("blocks", [r"[X, 1]", r"[X, \mathbf{1}]", r"\begin{bmatrix} X & \mathbf{1} \end{bmatrix}"])
@pytest.mark.parametrize("model", [BATCH, OPEN])
def test_a_column_of_ones(model: str, blocks: str) -> None:
    claims = "".join(f"$$ {BY_V} = {side} {BY_Z} $$\n\n" for side in (r"\tilde X^T", r"2 \tilde X^T"))
    found = verdicts(model.replace("BLOCKS", blocks) + claims)[-2:]
    assert [one.verdict for one in found] == ["proved", "refuted"], found
    assert "the block of ones is a column" in found[0].reading


@pytest.mark.parametrize("blocks", ["[h; 1]", r"[h, \mathbf{1}]", r"\begin{bmatrix} h \\ \mathbf{1} \end{bmatrix}"])
def test_a_one_below_a_column(blocks: str) -> None:
    claims = "".join(rf"$$ {BY_W} {row} $$" + "\n\n" for row in ("[h^T, 1]", "[1, h^T]"))
    found = verdicts(COLUMN.replace("BLOCKS", blocks) + claims)[-2:]
    assert [one.verdict for one in found] == ["proved", "refuted"], found


def test_sizes_of_layers_go_with_the_ones() -> None:
    claims = [
        r"\frac{\partial J}{\partial V_l} = \tilde H_{l-1}^T \frac{\partial J}{\partial Z_l}",
        r"\frac{\partial J}{\partial \tilde H_{l-1}} = \frac{\partial J}{\partial Z_l} V_l^T",
        r"\frac{\partial J}{\partial V_l} = \tilde H_l^T \frac{\partial J}{\partial Z_l}",
    ]
    found = verdicts(LAYERS + "".join(f"\n$$ {claim} $$\n" for claim in claims))[-3:]
    assert [one.verdict for one in found[:2]] == ["proved", "proved"], found
    assert found[2].verdict in ("refuted", "unknown"), found[2]


@pytest.mark.parametrize(
    ("blocks", "claim", "verdict"),
    [
        (r"[X, 1]", r"Z_{ij} = \sum_{k=1}^d X_{ik} V_{kj} + V_{d+1,j}", "proved"),
        (r"[1, X]", r"Z_{ij} = \sum_{k=1}^d X_{ik} V_{k+1,j} + V_{1,j}", "proved"),
        (r"[1, X]", r"Z_{ij} = \sum_{k=1}^d X_{ik} V_{kj} + V_{d+1,j}", "refuted"),
        (r"\begin{bmatrix} X & \mathbf{1} \end{bmatrix}", r"Z_{ij} = \sum_{k=1}^d X_{ik} V_{kj}", "refuted"),
        (r"[X, 2]", r"Z_{ij} = \sum_{k=1}^d X_{ik} V_{kj} + V_{d+1,j}", "unknown"),
    ],
)
def test_in_a_problem(blocks: str, claim: str, verdict: str) -> None:
    given = [rf"\tilde X = {blocks}", r"Z = \tilde X V"]
    found = check({"given": given, "shapes": {"X": "N×d", "V": "(d+1)×k", "Z": "N×k"}, "claim": claim})
    assert found.verdict == verdict, found


def test_a_row_of_ones_below_a_matrix() -> None:
    model = {"given": [r"\tilde X = \begin{bmatrix} X \\ 1 \end{bmatrix}", r"Z = V \tilde X"], "shapes": {"X": "d×N", "V": "k×(d+1)"}}
    assert check({**model, "claim": r"Z_{ij} = \sum_{k=1}^d V_{ik} X_{kj} + V_{i,d+1}"}).verdict == "proved"
    assert check({**model, "claim": r"Z_{ij} = \sum_{k=1}^d V_{ik} X_{kj}"}).verdict == "refuted"
