"""`∂a_t/∂w = h_{t-1}` beside `a_t = w h_{t-1} + …`: meant with the state held, it is no false claim; as a gradient it is one."""

from __future__ import annotations

import pytest

from symbptt.documents.check import check_items
from symbptt.documents.formulas import InputError
from symbptt.documents.reader import read_items

TEXT = r"""
For $t=1,\dots,T$ let $h_t = \tanh(a_t)$ and $a_t = w h_{t-1} + u x_t$ with scalars $w$, $u$, $x_t$, and
$L = \frac12 \sum_{t=1}^T (h_t-y_t)^2$.

$$ %s $$
"""


@pytest.mark.parametrize(
    ("claim", "expected"),
    [
        (r"\frac{\partial a_t}{\partial w} = h_{t-1}", "unknown"),
        (r"\frac{\partial a_t}{\partial w} = h_{t-1} + w \frac{\partial h_{t-1}}{\partial w}", "proved"),
        (r"\frac{\partial a_t}{\partial w} = 2 h_{t-1}", "refuted"),
        (r"\frac{\partial a_t}{\partial w} = h_t", "refuted"),
        (r"\frac{\partial L}{\partial w} = \sum_{t=1}^T (h_t-y_t)(1-h_t^2) h_{t-1}", "refuted"),
        (r"\frac{\partial L}{\partial w} = \sum_{t=1}^T \frac{\partial L}{\partial a_t} h_{t-1}", "proved"),
    ],
)
def test_with_the_state_held_or_not(claim: str, expected: str) -> None:
    items = [item for item in read_items(TEXT % claim, "text.md", ".md") if not isinstance(item, InputError)]
    assert [v.verdict for v in check_items(items, workers=0, suggest=0) if v.role == "claim"] == [expected]
