"""A row for every row of a matrix in raw documents, where its shape is stated.

The right claims agree with central differences in NumPy; each wrong one is one with a thing changed.
"""

from __future__ import annotations

import pytest

from .test_raw import verdicts

BATCH = (
    r"Let $X \in \mathbb{R}^{N \times D}$ and $\mu, s, \gamma, \beta \in \mathbb{R}^{1 \times D}$."
    "\n\n"
    r"$$\hat X = \frac{X - \mu}{\sqrt{s + \epsilon}}, \qquad Y = \gamma \odot \hat X + \beta$$"
    "\n\nThe loss $J$ is a scalar function of $Y$.\n\n"
)
LENGTH = BATCH.replace(r"1 \times D", "D")
BY_X, BY_Y = (rf"\frac{{\partial J}}{{\partial {name}}}" for name in "XY")


@pytest.mark.parametrize(
    ("claim", "verdict"),
    [
        (rf"\frac{{\partial J}}{{\partial \hat X}} = \gamma \odot {BY_Y}", "proved"),
        (rf"\frac{{\partial J}}{{\partial \hat X}} = \mu \odot {BY_Y}", "refuted"),
        (rf"{BY_X} = \frac{{\gamma}}{{\sqrt{{s + \epsilon}}}} \odot {BY_Y}", "proved"),
        (rf"{BY_X} = \frac{{\gamma}}{{s + \epsilon}} \odot {BY_Y}", "refuted"),
        (rf"{BY_X} = \frac{{\gamma \odot {BY_Y}}}{{\sqrt{{s + \epsilon}}}}", "proved"),
        (rf"{BY_X} = \gamma \odot {BY_Y}", "refuted"),
    ],
)
def test_a_stated_row_is_for_every_row(claim: str, verdict: str) -> None:
    found = verdicts(f"{BATCH}$$ {claim} $$\n")
    assert found[-1].verdict == verdict, found[-1]
    assert "every row of N×D and 1×D: multiplied entry by entry" in found[-1].reading


def test_what_is_wrong_of_rows_is_not_true_where_only_their_length_is_said() -> None:
    found = verdicts(f"{LENGTH}$$ {BY_X} = \\gamma \\odot {BY_Y} $$\n")
    assert found[-1].verdict in ("unknown", "refuted"), found[-1]
