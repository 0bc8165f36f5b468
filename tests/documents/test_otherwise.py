"""Words by which the model is otherwise than its equations have it, and words that only sound like them.

With `h_0 = 0` the first term of the gradient by W is zero, so that the sum may begin at 2; with a free h_0 it may not. The derivative of
tanh is 1 - tanh², that of no other activation.
"""

from __future__ import annotations

import pytest

from symbptt.documents.otherwise import changes_in
from tests.documents.test_raw import verdicts

STATED = """---
symbptt:
  shapes: {s_t: n, x_t: m, A: n×n, B: n×m, J: scalar}
  ranges: {t: 1..T}
  functions: {g: scalar}
---
"""
MODEL = r"""
$$ s_t = \tanh(A s_{t-1} + B x_t), \qquad s_0 = 0, \qquad J = \sum_{t=1}^{T} g(s_t) $$
"""
TERM = r"\left( \frac{\partial J}{\partial s_t} \odot (1 - s_t^2) \right) s_{t-1}^\top"
FROM_TWO = rf"$$ \frac{{\partial J}}{{\partial A}} = \sum_{{t=2}}^{{T}} {TERM} $$"
FROM_ONE = rf"$$ \frac{{\partial J}}{{\partial A}} = \sum_{{t=1}}^{{T}} {TERM} $$"
STEP = r"$$ \frac{\partial s_t}{\partial s_{t-1}} = \mathrm{diag}(1 - s_t^2) A $$"
ERROR = (
    r"$$ \frac{\partial J}{\partial s_t} = \nabla_{s_t} g(s_t) + A^\top \left( (1 - s_{t+1}^2) \odot \frac{\partial J}{\partial s_{t+1}}"
    r" \right) \quad (t < T) $$"
)
CUT = r"$$ \frac{\partial J}{\partial s_t} = \frac{\partial g(s_t)}{\partial s_t} $$"


@pytest.mark.parametrize(
    ("words", "claim", "verdict"),
    [
        ("Hence", FROM_TWO, "proved"),
        ("Now let $s_0$ be learned.", FROM_TWO, "unknown"),
        ("Now let $s_0$ be learned.", FROM_ONE, "proved"),
        ("From here on $s_0$ is a trainable parameter.", FROM_TWO, "unknown"),
        ("We no longer assume that the initial state vanishes.", FROM_TWO, "unknown"),
        ("The initial state need not be zero.", FROM_TWO, "unknown"),
        ("With an arbitrary $s_0$ we get", FROM_TWO, "unknown"),
        ("For a nonzero initial state,", FROM_TWO, "unknown"),
        ("We also learn $s_0$. Then", FROM_TWO, "unknown"),
        ("The matrix $A$ is a trainable parameter.", FROM_TWO, "proved"),
        ("Here $s_0$ is not a parameter.", FROM_TWO, "proved"),
        ("Now let $s_0$ be learned.\n\n# Back to the plain network\n\nHere", FROM_TWO, "proved"),
        ("Now let $s_0$ be learned. In the plain network\n$$ s_0 = 0 $$\nand", FROM_TWO, "proved"),
        ("Suppose that ReLU is used instead.", STEP, "unknown"),
        ("Replacing tanh by the logistic function gives", STEP, "unknown"),
        ("If we use softplus,", STEP, "unknown"),
        ("Since tanh is used,", STEP, "proved"),
        ("If the loss is taken only at the last step, then", ERROR, "unknown"),
        ("The loss is summed over all steps, the last step included.", ERROR, "proved"),
        ("We treat $s_{t-1}$ as a constant.", CUT, "unknown"),
        ("We treat $s_{t-1}$ as a constant.", ERROR, "unknown"),
        ("We treat $x_t$ as a constant.", ERROR, "proved"),
        ("Here", CUT, "refuted"),
    ],
)
def test_what_words_say_is_otherwise(words: str, claim: str, verdict: str) -> None:
    found = verdicts(f"{STATED}{MODEL}\n{words}\n\n{claim}\n")[-1]
    assert (found.role, found.verdict) == ("claim", verdict), found.message
    assert verdict != "unknown" or found.message


@pytest.mark.parametrize(
    ("words", "verdict"), [("If $s_0$ is learned, the sum begins at 1.\n\nElse", "proved"), ("If $s_0$ is learned, then", "unknown")]
)
def test_a_condition_holds_for_its_paragraph(words: str, verdict: str) -> None:
    assert verdicts(f"{STATED}{MODEL}\n{words}\n\n{FROM_TWO}\n")[-1].verdict == verdict


def test_a_heading_says_what_is_otherwise_below_it() -> None:
    assert verdicts(f"{STATED}{MODEL}\n## A learned initial state\n\nHere\n\n{FROM_TWO}\n")[-1].verdict == "unknown"


@pytest.mark.parametrize(
    ("sentence", "kinds"),
    [
        ("Let ⟨c_0⟩ be a learnable parameter", {"free"}),
        ("we drop the assumption that the initial state is zero", {"free"}),
        ("switching to ReLU units", {"function"}),
        ("the cost is measured at the last step only", {"cost"}),
        ("the error is evaluated only at the final step", {"cost"}),
        ("Treating ⟨h⟩ as fixed", {"held"}),
        ("where the derivative takes ⟨h⟩ as constant", set()),
        ("⟨c_0⟩ is never trained", set()),
        ("ReLU is popular", set()),
        ("the loss at the last step is small", set()),
    ],
)
def test_phrases(sentence: str, kinds: set[str]) -> None:
    assert {change.kind for change in changes_in(sentence)} == kinds


FORM = r"$$ J = \frac12 s^\top A s - b^\top s $$"
SIZES = "---\nsymbptt:\n  shapes: {s: n, A: n×n, b: n, J: scalar}\n---\n"
SYMMETRIC = r"$$ \frac{\partial J}{\partial s} = A s - b $$"
GENERAL = r"$$ \frac{\partial J}{\partial s} = \frac12 (A + A^\top) s - b $$"
NEVER = r"$$ \frac{\partial J}{\partial s} = A s + b $$"


@pytest.mark.parametrize(
    "words",
    [
        "Let $A$ be a symmetric matrix.",
        "The matrix $A$ is real and symmetric.",
        "Here $A$ is symmetric: $A = A^T$.",
        "With a symmetric $A$, i.e. $A^\\top = A$, let",
        "We assume $A = A^\\top$.\n",
        "Let\n$$ A = A^\\top $$\nand",
    ],
)
def test_what_is_said_to_be_symmetric_is(words: str) -> None:
    """The gradient of a quadratic form is A s for a symmetric A alone; nothing that the words say is refuted."""
    found = verdicts(f"{SIZES}{words}\n\n{FORM}\n\n{SYMMETRIC}\n\n{GENERAL}\n\n{NEVER}\n")
    claims = [said for said in found if said.role == "claim"]
    assert [said.verdict for said in claims] == ["conditional", "proved", "unknown"], [said.message for said in claims]
    assert "A" in claims[0].assumptions[0] and not [said for said in found if said.verdict == "refuted"]


@pytest.mark.parametrize(
    ("words", "verdict"),
    [
        ("with $Q$ symmetric and $x, b \\in \\mathbb{R}^n$", "conditional"),
        (r"with $Q \in \mathbb{R}^{n\times n}$ symmetric", "conditional"),
        (r"where $Q \in \mathbb{S}^n$", "unknown"),
        (r"with $Q \succ 0$", "unknown"),
        (r"with $Q \in \mathbb{R}^{n\times n}$ and a symmetric $R$", "refuted"),
    ],
)
def test_what_is_said_of_a_matrix_behind_an_equation_is_not_said_of_the_equation(words: str, verdict: str) -> None:
    found = verdicts(rf"Let $L = \frac12 x^T Q x - b^T x$ {words}." + "\n\n$$ \\frac{\\partial L}{\\partial x} = Q x - b $$\n")
    assert found[-1].verdict == verdict, found[-1].message


@pytest.mark.parametrize("words", ["", "The matrix $A$ is not symmetric.", "The Hessian is symmetric."])
def test_what_is_not_said_to_be_symmetric_is_not(words: str) -> None:
    claims = [said for said in verdicts(f"{SIZES}{words}\n\n{FORM}\n\n{SYMMETRIC}\n\n{GENERAL}\n") if said.role == "claim"]
    assert [said.verdict for said in claims] == ["refuted", "proved"]


MASKED = r"$$ u = k \odot v $$ $$ J = g(u) $$"
MASK = "---\nsymbptt:\n  shapes: {v: n, k: n, u: n, J: scalar}\n  functions: {g: scalar}\n---\n"
SQUARED = r"$$ \frac{\partial J}{\partial v} = k^2 \odot \frac{\partial J}{\partial u} $$"


@pytest.mark.parametrize(
    ("words", "verdict"),
    [
        (r"Let $k \in \{0, 1\}^n$ be a mask.", "unknown"),
        ("Let $k$ be a binary mask.", "unknown"),
        (r"Let $k \in \mathbb{R}^n$ be a gate.", "refuted"),
    ],
)
def test_numbers_that_are_said_to_be_zero_or_one(words: str, verdict: str) -> None:
    found = verdicts(f"{MASK}{words}\n\n{MASKED}\n\n{SQUARED}\n")[-1]
    assert found.verdict == verdict and ("`k`" in found.message) == (verdict == "unknown")


def test_a_length_that_is_stated_is_no_claim() -> None:
    head = "---\nsymbptt:\n  shapes: {v: n, W: m×n, u: m, J: scalar}\n  functions: {g: scalar}\n---\n"
    model = r"We have $u = W v$ with $v$ of unit length, $\|v\| = 1$, and $J = g(u)$."
    one, other = (rf"$$ \frac{{\partial J}}{{\partial W}} v = {factor} \frac{{\partial J}}{{\partial u}} $$" for factor in ("", r"\|v\|^2"))
    found = [said for said in verdicts(f"{head}{model}\n\n{one}\n\n{other}\n") if said.role == "claim"]
    assert [said.verdict for said in found] == ["unknown", "proved"] and r"\|v\| = 1" in found[0].message


@pytest.mark.parametrize("equation", ["h_t = W h_t", "h = W h"])
def test_what_rests_on_itself_and_another_is_circular(equation: str) -> None:
    (found,) = verdicts(f"$$ {equation} $$\n")
    assert (found.verdict, found.method) == ("refuted", "circular")


@pytest.mark.parametrize("total", ["J = J^1 + J^2", "J = J_1 + J_2", "s_1 = s_0"])
def test_what_has_another_index_is_another_quantity(total: str) -> None:
    """An equation of one letter is a property only where the letter is one quantity."""
    assert [said.role for said in verdicts(f"Let\n$$ {total} $$\n")] == ["definition"]
