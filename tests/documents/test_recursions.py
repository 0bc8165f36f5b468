"""What is said of members of a family that every index has: closed forms, single steps and errors below the range are claims.

The linear recursion g_t = A g_{t-1} has g_t = A^t g_0; the layers v_l = A_l tanh(v_{l-1}) have ∂J/∂v_0 = tanh'(v_0) ⊙ A_1^T ∂J/∂v_1.
"""

from __future__ import annotations

import pytest

from tests.documents.test_standing_names import words

STEPS = r"""---
symbptt:
  shapes: {g_t: n, A: n×n, J: scalar}
  ranges: {t: 1..T}
  functions: {\ell: scalar}
---
$$g_t = A g_{t-1}, \qquad J = \ell(g_T)$$
"""
LAYERS = r"""---
symbptt:
  shapes: {v_l: n, A_l: n×n, y: n, J: scalar}
  ranges: {l: 1..K}
---
$$v_l = A_l \tanh(v_{l-1}), \qquad J = \frac{1}{2} \| v_K - y \|^2$$
Let $p_l = \frac{\partial J}{\partial v_l}$.
"""
SLOPE = r"(1 - \tanh^2(v_0)) \odot (A_1^\top p_1)"


@pytest.mark.parametrize(
    ("claim", "verdict"),
    [
        ("g_t = A^{t} g_0", "verified"),
        ("g_t = A^{t+1} g_0", "refuted"),
        ("g_T = A^{T+1} g_0", "refuted"),
        ("g_1 = A g_0", "proved"),
        ("g_1 = 2 A g_0", "refuted"),
        ("g_2 = A A g_0", "verified"),
        ("g_2 = A g_0", "refuted"),
    ],
)
def test_a_closed_form_is_a_claim_and_leaves_the_recursion_alone(claim: str, verdict: str) -> None:
    later = r"$$\frac{\partial g_t}{\partial g_{t-1}} = A$$ $$\frac{\partial g_t}{\partial g_{t-1}} = 2 A$$"
    assert words(f"{STEPS}Unrolled, this is $${claim}$$ {later}") == [verdict, "proved", "refuted"]


@pytest.mark.parametrize(("words_", "found"), [("Now let", []), ("We find", ["refuted"])])
def test_words_may_make_it_a_definition(words_: str, found: list[str]) -> None:
    assert words(f"{STEPS}{words_} $$g_t = A^{{t+1}} g_0$$") == found


def test_another_equation_of_the_same_step_is_a_model_of_its_own() -> None:
    assert words(STEPS + r"$$g_t = \tanh(A g_{t-1})$$ $$\frac{\partial g_t}{\partial g_{t-1}} = \mathrm{diag}(1 - g_t^2) A$$") == ["proved"]


@pytest.mark.parametrize(
    ("claim", "verdict"),
    [
        (f"p_0 = {SLOPE}", "proved"),
        (f"p_0 = 2 ({SLOPE})", "refuted"),
        (r"p_{l-1} = (1 - \tanh^2(v_{l-1})) \odot (A_l^\top p_l)", "proved"),
        (r"p_{l-1} = (1 - \tanh^2(v_{l})) \odot (A_l^\top p_l)", "refuted"),
    ],
)
def test_an_error_below_the_range_is_the_derivative_that_it_is_above(claim: str, verdict: str) -> None:
    later = r"$$\frac{\partial J}{\partial v_0} = p_0$$ $$\frac{\partial J}{\partial v_0} = 2 p_0$$"
    assert words(f"{LAYERS} $${claim}$$ {later}") == [verdict, "proved", "refuted"]


def test_a_claim_that_meets_what_is_free_below_the_range_is_not_verified() -> None:
    text = r"$$h_t = A h_{t-1}, \qquad e_t = y_t - h_t, \qquad J = \frac12 \sum_{t=1}^T \| e_t \|^2$$"
    text += r"Let $d_t = \frac{\partial J}{\partial h_t}$."
    front = "---\nsymbptt:\n  shapes: {h_t: n, y_t: n, e_t: n, A: n×n, J: scalar}\n  ranges: {t: 1..T}\n---\n"
    assert words(front + text + r"$$d_{t-1} = A^T d_t - e_{t-1}$$") == ["unknown"]
    assert words(front + text + r"$$d_{t-1} = A^T d_t - e_{t-1} \quad (2 \le t \le T)$$") == ["proved"]
