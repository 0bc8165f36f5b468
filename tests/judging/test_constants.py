"""A name that looks like the identity, or like ones, is what the document makes of it: wherever it stands, before its equation too."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest

import symbptt

STATED = {"y": "n", "x": "n", "W": "n×n", "I": "n×n"}
GATE = {"I_t": "B×n", "X_t": "B×n", "W": "n×n"}

#: Shapes, given equations, a claim, its verdict.
ROWS: list[tuple[Mapping[str, str], Sequence[str], str, str]] = [
    (STATED, ("y = I x", "I = W W"), "y = W W x", "proved"),
    (STATED, ("y = I x", "I = W W"), "y = x", "refuted"),
    (STATED, ("I = W W", "y = I x"), "y = x", "refuted"),
    ({**STATED, "I": ""}, ("y = I x", "I = W W"), "y = W W x", "proved"),
    ({**STATED, "I": ""}, ("y = I x", "I = W W"), "y = x", "refuted"),
    ({**STATED, "I": ""}, ("y = I x",), "y = x", "proved"),
    (STATED, ("y = I x",), "y = x", "proved"),
    (GATE, (r"I_t = \sigma(X_t + I_{t-1} W)",), r"I_1 = \sigma(X_1 + I_0 W)", "proved"),
    (GATE, (r"I_t = \sigma(X_t + I_{t-1} W)",), r"I_1 = \sigma(X_1 + W)", "refuted"),
    (GATE, (r"I_t = \sigma(X_t + I_{t-1} W)",), r"I_2 = \sigma(X_2 + I_1 W)", "proved"),
]


@pytest.mark.parametrize("shapes, given, claim, verdict", ROWS)
def test_a_name_of_a_constant_may_be_that_of_a_quantity(shapes: Mapping[str, str], given: Sequence[str], claim: str, verdict: str) -> None:
    ranges = {"t": "1..T"} if "I_t" in shapes else {}
    stated = {key: shape for key, shape in shapes.items() if shape}
    assert symbptt.check({"given": list(given), "shapes": stated, "ranges": ranges, "claim": claim}).verdict == verdict


#: A row of ones before brackets is multiplied with what they hold; without the transpose it may be an indicator.
SUMS = [
    (r"g = \mathbf{1}^T (A \odot B)", r"g_j = \sum_{i=1}^{m} A_{ij} B_{ij}", "proved"),
    (r"g = \mathbf{1}^T (A \odot B)", r"g_j = \sum_{i=1}^{m} A_{ij}", "refuted"),
]


@pytest.mark.parametrize("given, claim, verdict", SUMS)
def test_a_row_of_ones_before_brackets(given: str, claim: str, verdict: str) -> None:
    shapes = {"A": "m×n", "B": "m×n", "g": "1×n"}
    assert symbptt.check({"given": [given], "shapes": shapes, "claim": claim}).verdict == verdict


SUMMED = ({"X": "n×m", "y": "n", "L": "scalar"}, [r"y = X \mathbf{1}_m", "L = y^T y"], {})
BELOW = ({"z": "n", "p": "n", "L": "scalar"}, [r"p = \mathrm{softmax}(z)", r"L = -\log p_k"], {"k": "1..n"})
#: What stands below ones: a size, two of them, an index.
ONES = [
    (SUMMED, r"\frac{\partial L}{\partial X} = 2 X \mathbf{1}_m \mathbf{1}_m^T", "proved"),
    (SUMMED, r"\frac{\partial L}{\partial X} = 2 X \mathbf{1}_{m \times m}", "proved"),
    (SUMMED, r"\frac{\partial L}{\partial X} = 2 y \mathbf{1}_n^T", "refuted"),
    (SUMMED, r"\frac{\partial L}{\partial X} = 2 y \mathbf{1}_q^T", "unknown"),
    (BELOW, r"\frac{\partial L}{\partial z} = p - \mathbf{1}_k", "proved"),
    (BELOW, r"\frac{\partial L}{\partial z} = p - \mathbf{1}_n", "refuted"),
    (BELOW, r"\frac{\partial L}{\partial z} = p - \mathbb{1}_y", "unknown"),
]


@pytest.mark.parametrize("model, claim, verdict", ONES)
def test_what_stands_below_ones(model: tuple[Mapping[str, str], Sequence[str], Mapping[str, str]], claim: str, verdict: str) -> None:
    shapes, given, ranges = model
    found = symbptt.check({"given": given, "shapes": shapes, "ranges": ranges, "claim": claim})
    assert found.verdict == verdict, found


@pytest.mark.parametrize("size, length", [("n_m", "n_m"), ("n^{m}", "n^{m}"), ("n", "m")])
def test_a_size_that_runs_belongs_to_names_that_run(size: str, length: str) -> None:
    """As a size, m is one number of its own; as an index it is any of 1..M: no equation of `a^{m}` may hold for the one m alone."""
    stated = {"shapes": {"z^{m}": size, "a^{m}": size, "x": length}, "ranges": {"m": "1..M"}, "given": [r"a^{m} = \tanh(z^{m})"]}
    found = symbptt.check({**stated, "claim": r"\tanh(z^m) = a^m"})
    assert (found.verdict, found.code) == ("unknown", ""), found
    assert "depends on the index" in found.message
