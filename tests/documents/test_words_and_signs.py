"""Words that say of ones, of `*` and of a loss or an activation what the equations before them do not: nothing there is judged.

Each claim would be proved, or refuted, without the words.
"""

from __future__ import annotations

import pytest

from .test_raw import verdicts

LINEAR = "$o = W x$ and $L = \\frac12 \\|o - y\\|^2$.\n\n"
BY_O = "$$ \\frac{\\partial L}{\\partial o} = o - y $$\n"
UNIT = "$h = \\tanh(z)$, $z = W x$ and $L = \\frac12 \\|h - y\\|^2$.\n\n"
LOGISTIC = "$h = \\sigma(z)$ with the logistic function, $z = W x$ and $L = \\frac12 \\|h - y\\|^2$.\n\n"
BY_Z = "$$ \\frac{\\partial L}{\\partial z} = (h - y) \\odot (1 - h^2) $$\n"


@pytest.mark.parametrize(
    ("model", "words", "claim"),
    [
        (LINEAR, "For classification we take $p = \\mathrm{softmax}(o)$ and the cross-entropy loss.", BY_O),
        (LINEAR, "To this loss we add the penalty on large weights.", BY_O),
        (LINEAR, "With dropout the layer sees $\\tilde x = m \\odot x$ instead.", "$$ \\frac{\\partial L}{\\partial W} = (o - y) x^T $$\n"),
        (LOGISTIC, "For tanh units we get", BY_Z),
    ],
)
def test_words_behind_equations(model: str, words: str, claim: str) -> None:
    assert verdicts(f"{model}{claim}")[-1].verdict in ("proved", "refuted")
    assert verdicts(f"{model}{words}\n\n{claim}")[-1].verdict == "unknown"


def test_units_that_an_equation_shows() -> None:
    assert verdicts(f"{UNIT}For tanh units we get\n\n{BY_Z}")[-1].verdict == "proved"


@pytest.mark.parametrize(
    "words", ["", "Here $\\mathbf{1}_n$ is the unit vector with its one in place $n$.", "The mask $\\mathbf{1}_n$ has random entries."]
)
def test_ones_of_which_words_say_otherwise(words: str) -> None:
    model = f"$A \\in \\mathbb{{R}}^{{n \\times m}}$, $x \\in \\mathbb{{R}}^m$ and $J = \\mathbf{{1}}_n^T A x$. {words}\n\n"
    claim = "$$ \\frac{\\partial J}{\\partial x} = A^T \\mathbf{1}_n $$\n"
    assert verdicts(model + claim)[-1].verdict == ("unknown" if words else "proved")


def test_ones_before_a_guessed_column() -> None:
    model = "$Y = X W + \\mathbf{1}_m b$, where $X$ is $m \\times n$ and $W$ is $n \\times k$, and $L = \\frac12 \\|Y - T\\|^2$.\n\n"
    assert verdicts(f"{model}$$ \\frac{{\\partial L}}{{\\partial b}} = (Y - T) \\mathbf{{1}}_k $$\n")[-1].verdict == "unknown"


@pytest.mark.parametrize("words", ["The kernel $w$ slides over $x$.", "This is a Conv1D layer.", "Here $*$ is a cross-correlation."])
def test_a_star_beside_words_of_a_convolution(words: str) -> None:
    model = "$z = w * x$ and $L = \\frac12 \\|z - y\\|^2$."
    claim = "\n\n$$ \\frac{\\partial L}{\\partial w} = (z - y) * x $$\n"
    assert verdicts(f"{model} {words}{claim}")[-1].verdict == "unknown"
    assert verdicts(model + claim)[-1].verdict == "proved"


def test_a_shape_in_an_apposition() -> None:
    text = "Let $e = y - X w$ be the residual, $X$ an $N \\times d$ matrix, and $J = \\|e\\|^2$.\n\n"
    assert verdicts(f"{text}$$ \\frac{{\\partial J}}{{\\partial w}} = -2 X^T e $$\n")[-1].verdict == "proved"
    assert verdicts(f"{text}$$ \\frac{{\\partial J}}{{\\partial w}} = -2 e X^T $$\n")[-1].verdict != "proved"
