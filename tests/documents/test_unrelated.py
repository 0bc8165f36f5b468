"""What words suppose of names that nothing else speaks of says nothing; a function of several arguments keeps its kind."""

from __future__ import annotations

import pytest

from tests.documents.test_raw import verdicts

MODEL = r"A unit computes $z = Ax$ and $J = \frac12\|z-s\|^2$."
GRADIENT = r"$$ \frac{{\partial J}}{{\partial z}} = {} $$"


def found(text: str) -> list[str]:
    return [item.verdict for item in verdicts(text) if item.role == "claim"]


@pytest.mark.parametrize(("right", "verdict"), [("z - s", "proved"), ("z + s", "refuted")])
def test_what_is_supposed_of_another_name(right: str, verdict: str) -> None:
    assert found(f"{MODEL}\n\nAssume $\\sum \\varepsilon = 1$.\n\n{GRADIENT.format(right)}") == [verdict]


def test_what_is_supposed_of_a_name_that_counts() -> None:
    """`\\sum s = 1` may be used, and cannot be read: nothing false is said."""
    assert found(f"{MODEL}\n\nAssume $\\sum s = 1$.\n\n{GRADIENT.format('z - 1')}") == ["unknown"]


CELL = r"""
The state is $h_t = f(x_t, h_{t-1}, w)$, the output $o_t = g(h_t, v)$, and

$$ E = \sum_{t=1}^T c(y_t, o_t). $$

"""
LATER = "\n\n## In detail\n\nLet $c(y_t, o_t)$ denote the loss of step $t$, a scalar function.\n"
PATHS = (
    r"\frac{\partial E}{\partial w} = \sum_{t=1}^T {} \frac{\partial c(y_t, o_t)}{\partial o_t}"
    r" \frac{\partial g(h_t, v)}{\partial h_t} \frac{\partial h_t}{\partial w}"
)


@pytest.mark.parametrize("later", ["", LATER])
@pytest.mark.parametrize(("factor", "verdict"), [("", "proved"), ("2", "refuted")])
def test_what_a_later_section_says_of_a_loss(later: str, factor: str, verdict: str) -> None:
    assert found(f"{CELL}$$ {PATHS.replace('{} ', factor + ' ')} $$\n{later}") == [verdict]
