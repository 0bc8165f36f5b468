"""Laws that words state for any letters, and what is known of hyperbolic functions; each wrong one is a right one changed."""

from __future__ import annotations

import pytest

from tests.documents.test_raw import last, verdicts

MODEL = r"""
The weights `W` and the input give
$$ z = W x, \quad a = f(z). $$

# Algebra

"""


@pytest.mark.parametrize(
    ("words", "law", "verdict"),
    [
        ("Given vectors $a$, $b$ and $c$, we have", r"a \odot (b + c) = a \odot b + a \odot c", "proved"),
        ("Given matrices $A$, $B$ and $C$:", "A(B + C) = AB + AC", "proved"),
        ("Given matrices $A$, $B$ and $C$:", "A(B + C) = BA + CA", "refuted"),
        ("For any matrices $W$, $X$:", "(W X)^T = X^T W^T", "proved"),
        ("For any matrices $W$, $X$:", "(W X)^T = W^T X^T", "refuted"),
        ("For all matrices $A$, $B$ and vectors $v$", "A(B v) = (A B) v", "proved"),
        ("Given vectors $a$ and $b$,", "a^T b = b^T a", "proved"),
        ("Given vectors $a$ and $b$,", "a b^T = b a^T", "refuted"),
        # What else is said of the letters is not understood, and of what nothing is said nothing is judged.
        ("Given matrices $A$, $B$ with $A$ diagonal,", "A B = B A", "unknown"),
        ("Given symmetric matrices $A$, $B$,", "A B = (B A)^T", "unknown"),
        ("Given vectors $a$ and $b$,", r"a \odot b = c \odot b", "unknown"),
        ("If we are given vectors $a$ and $b$ of length 1,", "a b^T = b a^T", "unknown"),
    ],
)
def test_laws_hold_for_all_letters_of_a_kind(words: str, law: str, verdict: str) -> None:
    found = last(f"{MODEL}{words}\n$$ {law} $$\n")
    assert found.verdict == verdict, found.message


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        (r"Note that $ \text{sech}(x)^2 = 1 - \tanh(x)^2$ holds.", "verified"),
        (r"Note that $\operatorname{sech}^2(x) = 1 - \tanh^2(x)$.", "verified"),
        (r"Note that $\operatorname{sech}(x)^2 = 1 + \tanh(x)^2$.", "refuted"),
        (r"Note that $\mathrm{sech}(x)^2 = \tanh'(x)$.", "verified"),
    ],
)
def test_hyperbolic_secant(text: str, verdict: str) -> None:
    assert last(text).verdict == verdict


def test_prices_are_no_formulas() -> None:
    assert verdicts(r"It costs $ 5 = five dollars and not $6.") == []


@pytest.mark.parametrize(
    ("sentence", "law", "verdict"),
    [
        ("For example, if our function is $f(x) = x^2$, then", r"f\left(\begin{pmatrix} 2 \\ 3 \end{pmatrix}\right)", "proved"),
        ("For example, if our function is $f(x) = x^2 + 1$, then", r"f\left(\begin{pmatrix} 2 \\ 3 \end{pmatrix}\right)", "unknown"),
        ("例如，如果作用函数是 $f(x) = x^2$，那么", r"f\left(\begin{pmatrix} 2 \\ 3 \end{pmatrix}\right)", "proved"),
        ("The function with $f(x) = x^2 + 1$ gives", r"f\left(\begin{pmatrix} 2 \\ 3 \end{pmatrix}\right)", "refuted"),
        # Another sentence says nothing of this formula's f.
        ("An example is $f(x) = x^2$. In general,", r"f\left(\begin{pmatrix} 2 \\ 3 \end{pmatrix}\right)", "unknown"),
    ],
)
def test_functions_taken_as_an_example(sentence: str, law: str, verdict: str) -> None:
    found = last(rf"{sentence} $$ {law} = \begin{{pmatrix}} f(2) \\ f(3) \end{{pmatrix}} = \begin{{pmatrix}} 4 \\ 9 \end{{pmatrix}} $$")
    assert found.verdict == verdict, found.message


SOFTMAX = r"""
The hidden layer is
$$ h = f(W x + b) $$
and the scores are
$$ s = V h. $$
The last layer is a softmax:
"""
SPELLED = r"y_k = \frac{e^{s_k}}{\sum_p e^{s_p}}"


@pytest.mark.parametrize(
    ("output", "claim", "verdict"),
    [
        (SPELLED, r"\frac{\partial y_i}{\partial s_i} = y_i (1 - y_i)", ("proved", "verified")),
        (SPELLED, r"\frac{\partial y_i}{\partial s_i} = y_i^2", ("refuted",)),
        # Here g may be the softmax that the words speak of.
        ("y = g(s)", r"\frac{\partial y_i}{\partial s_i} = y_i^2", ("unknown",)),
        (r"y_k = \frac{e^{s_k}}{\sum_p s_p}, \qquad p = g(s)", r"\frac{\partial p_i}{\partial s_i} = p_i^2", ("unknown",)),
    ],
)
def test_a_softmax_that_is_spelled_out_is_no_unknown_function(output: str, claim: str, verdict: tuple[str, ...]) -> None:
    found = last(f"{SOFTMAX}$$ {output} $$\nTherefore\n$$ {claim} $$\n")
    assert found.verdict in verdict, found.message
