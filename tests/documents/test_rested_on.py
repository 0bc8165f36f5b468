"""What is asked of the definitions that others rest on alone has the answer that all definitions of a model together give."""

import pytest

import symbptt.documents.equations as equations
import symbptt.documents.understanding as understanding
from symbptt.documents.reader import read_items

#: Definitions that others say again, contradict, or take back; one that cannot be read, and costs that are differentiated.
DOCUMENTS = (
    r"""
# One layer

$$ z = W x + b, \qquad a = \tanh(z), \qquad C = \frac{1}{2} \|a - y\|^2 $$

In one line $a = \tanh(W x + b)$. Hence

$$ \frac{\partial C}{\partial z} = (a - y) \odot (1 - a^2) $$

# Two layers

$$ z = W x, \qquad q = V a, \qquad C = \|q - y\|^2 $$

$$ \frac{\partial C}{\partial q} = 2 (q - y) $$

$$ C = -\sum_i y_i \log q_i $$

$$ \frac{\partial C}{\partial q_i} = -\frac{y_i}{q_i} $$
""",
    r"""
# Sums

$$ z^1_1 = w^1_{11} a^0_1 + w^1_{12} a^0_2, \qquad a^1_1 = f(z^1_1) $$

$$ z^l = w^l a^{l-1} + b^l, \qquad a^l = f(z^l), \qquad C = \frac{1}{2} \|a^L - y\|^2 $$

$$ \frac{\partial C}{\partial a^L} = a^L - y $$

$$ z^l = w^l a^{l-1} $$

$$ C = \frac{1}{2} \|t - y\|^2 $$

$$ \frac{\partial C}{\partial z^l} = \frac{\partial C}{\partial a^l} \odot f'(z^l) $$

$$ z^l = w^l \ast a^{l-1} + $$

$$ r = h \tan^{-1} \alpha, \qquad r = c h $$
""",
)
#: Two equations for one quantity in one section, and nothing that says which holds.
ALTERNATIVES = (
    r"""
$$ z = W x + b $$

$$ a = \tanh(z) $$

The output is linear,

$$ q = V a $$

or has a bias,

$$ q = V a + c $$

$$ C = \frac{1}{2} \|q - y\|^2 $$

or else

$$ C = -\sum_i y_i \log q_i $$

$$ \frac{\partial C}{\partial q} = q - y $$
""",
    r"""
$$ a^l = f(z^l) $$

$$ z^1_1 = w^1_{11} a^0_1 + w^1_{12} a^0_2 $$

and in general

$$ z^l = w^l a^{l-1} $$

with biases

$$ z^l = w^l a^{l-1} + b^l $$

$$ C = \frac{1}{2} \|t - y\|^2 $$

$$ C = \frac{1}{2} \|a^L - y\|^2 $$

$$ r = h \tan^{-1} \alpha $$

$$ r = c h $$

$$ \frac{\partial C}{\partial z^l} = \frac{\partial C}{\partial a^l} \odot f'(z^l) $$
""",
)


@pytest.mark.parametrize("text", (*DOCUMENTS, *ALTERNATIVES))
def test_a_second_definition_is_compared_as_with_all_others(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    fast = equations._says_the_same

    def compared(*given):  # type: ignore[no-untyped-def]
        other, _, definitions, frame, _ = given
        found = fast(*given)
        slow = equations.agree(frame, equations.readable(frame, tuple(definitions))[0], other)
        asked.append((other.equation, found, slow))
        return found

    monkeypatch.setattr(equations, "_says_the_same", compared)
    read_items(text, "text.md", ".md")
    assert asked
    assert [(equation, found) for equation, found, _ in asked] == [(equation, slow) for equation, _, slow in asked]


@pytest.mark.parametrize("text", ALTERNATIVES)
def test_what_is_left_out_is_what_the_whole_model_leaves_out(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    fast = understanding._left_out

    def compared(old, draft, told):  # type: ignore[no-untyped-def]
        found = fast(old, draft, told)
        asked.append((set(found), old & understanding._model(draft, told).dropped.keys()))
        return found

    monkeypatch.setattr(understanding, "_left_out", compared)
    read_items(text, "text.md", ".md")
    assert asked
    assert [found for found, _ in asked] == [slow for _, slow in asked]
