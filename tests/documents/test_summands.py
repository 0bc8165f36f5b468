"""Summands shown among dots: what a document says of the sum it has defined is a claim about one summand."""

from __future__ import annotations

import pytest

from tests.documents.test_raw import last, verdicts

NETWORK = r"""
A layer of a network of M layers computes, for $m = 1, \dots, M$,
$$ s^m = w^m y^{m-1} + c^m, \qquad y^m = \phi(s^m) $$

Written out, a unit is
"""
RECURRENT = r"""
$$ s_t = A s_{t-1} + B u_t $$

Written out, a unit is
"""


@pytest.mark.parametrize(
    ("claim", "verdict"),
    [
        (r"s_k^m = ... + w_{kj}^m y_j^{m-1} + ...", "proved"),
        (r"s_k^4 = \dots + w_{kj}^4 \phi(s_j^3) + \dots", "proved"),
        (r"s_k^m = ... + w_{kj}^m \phi(s_j^{m-1}) + ...", "unknown"),
        (r"s_k^m = ... + c_k^m", "proved"),
        (r"s_1^3 = ... + w_{1j}^3 \phi(s_j^2) + ...", "verified"),
        (r"s_k^m = ... + w_{kj}^m y_j^{m} + ...", "unknown"),
        (r"s_k^m = ... + w_{jk}^m y_j^{m-1} + ...", "unknown"),
        (r"s_k^m = ... + 2 w_{kj}^m y_j^{m-1} + ...", "unknown"),
        (r"s_k^m = ... - w_{kj}^m y_j^{m-1} + ...", "unknown"),
    ],
)
def test_a_summand_is_one_where_the_rest_is_free_of_its_parameter(claim: str, verdict: str) -> None:
    found = last(f"{NETWORK}$$ {claim} $$")
    assert found.verdict == verdict or (verdict == "unknown" and found.role == "definition")


def test_what_rests_on_the_parameter_in_other_ways_is_not_decided() -> None:
    """∂z/∂w = e^w is what stands beside w in `w q` with q = e^w, and yet `w q` is no summand of z."""
    text = r"$$ z = e^{w} $$ $$ q = e^{w} $$ so that $$ z = ... + w q + ... $$"
    assert last(text).verdict in ("unknown", "")
    assert last(f"{RECURRENT}$$ s_{{t,k}} = ... + A_{{kj}} s_{{t-1,j}} + ... $$").verdict in ("unknown", "")


def test_the_reading_says_what_the_dots_stand_for() -> None:
    verdict = last(NETWORK + r"$$ s_k^m = ... + w_{kj}^m y_j^{m-1} + ... $$")
    assert verdict.latex == r"s_k^m = ... + w_{kj}^m y_j^{m-1} + ..."
    assert verdict.reading[0] == r"the dots stand for what does not depend on `w_{k j}^{m}`"


def test_dots_define_nothing_anew() -> None:
    text = NETWORK + r"$$ s_k^m = ... + w_{kj}^m y_j^{m-1} + ... $$ and so $$ \frac{\partial s_k^m}{\partial w_{kj}^m} = y_j^{m-1} $$"
    assert [v.verdict for v in verdicts(text)[-2:]] == ["proved", "proved"]


def test_of_what_nothing_defines_nothing_is_claimed() -> None:
    assert last(r"A unit has the input $$ s_k = ... + w_{kj} y_j + ... $$").role != "claim"
