"""A derivative by a quantity whose index is not raised: `\\nabla_{yt}` where the document writes `y^t`."""

from __future__ import annotations

import pytest

from tests.documents.test_raw import verdicts

CELL = r"""
A recurrent network without inputs, for $t = 2, \dots, T$:

$$ s^t = R s^{t-1} $$
$$ y^t = \phi(s^t) $$
$$ e^t = \ell(y^t) $$

where $\ell$ is a scalar loss.

Hence
"""


@pytest.mark.parametrize(
    ("claim", "verdict"),
    [
        (r"\frac{\partial e^t}{\partial s^t} = \nabla_{y^t} e^t \odot \phi'(s^t)", "proved"),
        (r"\frac{\partial e^t}{\partial s^t} = \nabla_{yt} e^t \odot \phi'(s^t)", "proved"),
        (r"\frac{\partial e^3}{\partial s^3} = \nabla_{y3} e^3 \odot \phi'(s^3)", "proved"),
        (r"\frac{\partial e^t}{\partial s^t} = \nabla_{yt} e^t \odot \phi(s^t)", "refuted"),
        (r"\frac{\partial e^3}{\partial s^3} = 2 \nabla_{y3} e^3 \odot \phi'(s^3)", "refuted"),
    ],
)
def test_by_a_step(claim: str, verdict: str) -> None:
    assert [v.verdict for v in verdicts(f"{CELL}\n$$ {claim} $$\n") if v.role == "claim"] == [verdict]


def test_what_has_no_index_anywhere_is_not_given_one() -> None:
    text = (
        CELL.replace("y^t", "y").replace("s^t", "s").replace(r"s = R s^{t-1}", "s = R x")
        + "\n$$ \\frac{\\partial e}{\\partial s} = \\nabla_{yt} e $$\n"
    )
    assert [v.verdict for v in verdicts(text) if v.role == "claim"] == ["unknown"]
