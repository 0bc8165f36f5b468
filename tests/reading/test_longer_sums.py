r"""`\sum_n a_n + b_n` in an equation of the model: nothing is b_n outside of the sum, which goes on to the end."""

from __future__ import annotations

import pytest

from symbptt.judge import judge
from symbptt.problem import Given, Problem

LOGISTIC = {"x_n": "d", "w": "d", "p_n": "scalar", "y_n": "scalar", "J": "scalar"}
ENTROPY = r"y_n \ln p_n + (1 - y_n)\ln(1 - p_n)"


def verdict(loss: str, claim: str) -> tuple[str, tuple[str, ...]]:
    given = (Given(r"p_n = \sigma(w^\top x_n)"), Given(f"J = {loss}"))
    found = judge(Problem(claim=claim, given=given, shapes=LOGISTIC, ranges={"n": "1..N"}))
    return found.verdict, found.reading


@pytest.mark.parametrize(
    ("loss", "factor"),
    [
        (rf"\sum_{{n=1}}^N {ENTROPY}", ""),
        (rf"-\sum_{{n=1}}^N {ENTROPY}", "-"),
        (rf"\frac{{1}}{{N}} \sum_{{n=1}}^N {ENTROPY}", r"\frac{1}{N}"),
        (rf"-\frac{{1}}{{N}} \sum_{{n=1}}^N {ENTROPY}", r"-\frac{1}{N}"),
        (r"\sum_{n=1}^N -y_n \ln p_n - (1 - y_n)\ln(1 - p_n)", "-"),
    ],
)
def test_the_terms_behind_a_sum(loss: str, factor: str) -> None:
    right, reading = verdict(loss, rf"\nabla_w J = {factor} \sum_{{n=1}}^N (y_n - p_n) x_n")
    assert right in ("proved", "verified") and any("takes in the terms behind it" in note for note in reading)
    assert verdict(loss, rf"\nabla_w J = {factor} \sum_{{n=1}}^N (y_n - 2 p_n) x_n")[0] == "refuted"


def test_a_sign_before_the_sum_may_be_of_it_alone() -> None:
    loss = r"-\sum_{n=1}^N y_n \ln p_n + p_n^2"
    first = r"\nabla_w J = -\sum_{n=1}^N (y_n (1 - p_n) + 2 p_n^2 (1 - p_n)) x_n"
    second = r"\nabla_w J = -\sum_{n=1}^N (y_n (1 - p_n) - 2 p_n^2 (1 - p_n)) x_n"
    neither = r"\nabla_w J = -\sum_{n=1}^N y_n (1 - p_n) x_n"
    assert verdict(loss, first)[0] in ("proved", "verified")
    assert verdict(loss, second)[0] == "conditional"
    assert verdict(loss, neither)[0] == "refuted"


def test_a_letter_of_the_left_side_is_no_letter_of_the_sum() -> None:
    shapes = {"a_i": "scalar", "b_i": "scalar", "s_i": "scalar"}
    given = (Given(r"s_i = \sum_{i=1}^n a_i + b_i"),)
    found = judge(Problem(claim=r"\frac{\partial s_i}{\partial b_i} = 1", given=given, shapes=shapes, ranges={"i": "1..n"}))
    assert not any("takes in" in note for note in found.reading)


def test_a_penalty_behind_both_terms_is_outside() -> None:
    loss = rf"-\sum_{{n=1}}^N {ENTROPY} + \frac12 w^\top w"
    assert verdict(loss, r"\nabla_w J = \sum_{n=1}^N (p_n - y_n) x_n + w")[0] in ("proved", "verified")
    assert verdict(loss, r"\nabla_w J = \sum_{n=1}^N ((p_n - y_n) x_n + w)")[0] == "refuted"
