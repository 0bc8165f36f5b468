"""Sums over all paths through the layers, whose letters stand for each other with dots."""

from __future__ import annotations

import pytest

import symbptt

#: ∂C/∂w^l_jk is the sum over all paths from w^l_jk to C of the products along them: the chain rule, written out.
RIGHT = (
    r"\frac{\partial C}{\partial w^l_{jk}} = \sum_{mnp\ldots q} \frac{\partial C}{\partial a^L_m} \frac{\partial a^L_m}{\partial a^{L-1}_n}"
    r" \frac{\partial a^{L-1}_n}{\partial a^{L-2}_p} \ldots"
    r" \frac{\partial a^{l+1}_q}{\partial a^l_j} \frac{\partial a^l_j}{\partial w^l_{jk}}"
)
ONE_OUTPUT = (
    r"\frac{\partial a^L_m}{\partial w^l_{jk}} = \sum_{n,p,\ldots,q} \frac{\partial a^L_m}{\partial a^{L-1}_n}"
    r" \frac{\partial a^{L-1}_n}{\partial a^{L-2}_p} \ldots"
    r" \frac{\partial a^{l+1}_q}{\partial a^l_j} \frac{\partial a^l_j}{\partial w^l_{jk}}"
)


def check(claim: str) -> symbptt.Verdict:
    return symbptt.check(
        symbptt.Problem(
            claim=claim,
            given=(r"z^l = w^l a^{l-1}", r"a^l = \sigma(z^l)", r"C = \ell(a^L)"),
            shapes={"w^l": "n_l×n_{l-1}", "a^l": "n_l", "z^l": "n_l", "C": "scalar"},
            ranges={"l": "1..L"},
            functions={"\\ell": "scalar"},
        )
    )


@pytest.mark.parametrize("claim", [RIGHT, ONE_OUTPUT, RIGHT.replace(r"mnp\ldots q", r"m,n,p,\dots,q")])
def test_right(claim: str) -> None:
    verdict = check(claim)
    assert verdict.verdict == "proved", verdict.message
    assert any("over all paths" in line for line in verdict.reading)


@pytest.mark.parametrize(
    ("old", "new", "verdict"),
    [
        ("= ", "= 2 ", "refuted"),
        ("= ", "= -", "refuted"),
        (r"\sum_{mnp\ldots q}", "", "unknown"),  # one path
        (r"mnp\ldots q", r"mn\ldots q", "unknown"),  # p is free, and the sum does not say so
        (r"mnp\ldots q", r"mnpk\ldots q", "unknown"),
        (r"\frac{\partial a^l_j}{\partial w^l_{jk}}", r"\frac{\partial z^l_j}{\partial w^l_{jk}}", "refuted"),
    ],
)
def test_wrong(old: str, new: str, verdict: str) -> None:
    assert check(RIGHT.replace(old, new, 1)).verdict == verdict


def test_a_change_over_all_paths() -> None:
    claim = r"\Delta C \approx" + RIGHT.partition("=")[2] + r" \Delta w^l_{jk}"
    assert check(claim).verdict == "proved"
