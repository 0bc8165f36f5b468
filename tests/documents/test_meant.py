"""What stands beside a formula and changes what it says: a range of the next one, a size d before a quantity, the same derivative with d.

The truth is the chain rule: the error of a step has a part that comes back from the next one, which the last step has not.
"""

from __future__ import annotations

import pytest

from tests.documents.test_raw import verdicts

MODEL = (
    "For $t = 1, \\dots, T$ let $z_t = W h_{t-1} + U x_t$, $h_t = \\tanh(z_t)$, $o_t = V h_t$ and $L = \\sum_{t=1}^T \\ell(o_t)$. "
    "Let $\\delta_t = \\frac{\\partial L}{\\partial z_t}$ and $e_t = \\frac{\\partial L}{\\partial o_t}$.\n\n"
)
LAST = "$$\\delta_T = (1 - h_T^2) \\odot (V^\\top e_T)$$\n"
PARTLY = "$$\\delta_t = (1 - h_t^2) \\odot (V^\\top e_t)$$\n"
WHOLE = "$$\\delta_t = (1 - h_t^2) \\odot (V^\\top e_t + W^\\top \\delta_{t+1})$$\n"


@pytest.mark.parametrize("between", ["\nand for $t = T$\n\n", "\nfor $t = T$:\n\n"])
def test_a_range_before_the_next_formula_is_not_that_of_this_one(between: str) -> None:
    found = [one.verdict for one in verdicts(f"{MODEL}The error of a step is\n\n{PARTLY}{between}{LAST}") if one.role == "claim"]
    assert found == ["refuted", "proved"]


@pytest.mark.parametrize("behind", ["for $t < T$.\n\nAt the end\n\n", "for $t < T$, and\n\n"])
def test_a_range_behind_a_formula_is_its_own(behind: str) -> None:
    found = [one.verdict for one in verdicts(f"{MODEL}The error of a step is\n\n{WHOLE}{behind}{LAST}") if one.role == "claim"]
    assert found[0] == "proved"


@pytest.mark.parametrize(("size", "verdict"), [("d", "unknown"), ("k", "unknown")])
def test_a_size_before_a_quantity_may_be_a_derivative(size: str, verdict: str) -> None:
    sizes = f"$P \\in \\mathbb{{R}}^{{n \\times m}}$ and $V \\in \\mathbb{{R}}^{{m \\times {size}}}$"
    text = f"Let $O = P V$ with {sizes}, and let $L = \\phi(O)$ be a scalar. Write $dX = \\frac{{\\partial L}}{{\\partial X}}$. Then\n\n"
    assert verdicts(f"{text}$$dV = P^\\top dO$$\n")[-1].verdict == verdict


def test_a_partial_derivative_beside_the_total_one_may_be_immediate() -> None:
    text = (
        "For $t = 1, \\dots, T$: $h_t = f(z_t)$, $z_t = w h_{t-1} + u x_t$. The loss is $E = \\frac{1}{2} \\sum_{t=1}^T (h_t - y_t)^2$.\n\n"
    )
    whole = (
        "The total derivative is\n\n$$\\frac{d h_t}{d w} = \\frac{\\partial h_t}{\\partial w}"
        " + \\frac{\\partial h_t}{\\partial h_{t-1}} \\frac{d h_{t-1}}{d w}$$\n\n"
    )
    part = "where\n\n$$\\frac{\\partial h_t}{\\partial w} = f'(z_t) h_{t-1}$$\n"
    stated = "---\nsymbptt:\n  shapes: {h_t: scalar, z_t: scalar, w: scalar, u: scalar, x_t: scalar, y_t: scalar, E: scalar}\n---\n"
    assert [one.verdict for one in verdicts(stated + text + whole + part) if one.role == "claim"] == ["proved", "unknown"]
    assert [one.verdict for one in verdicts(stated + text + part) if one.role == "claim"] == ["refuted"]
