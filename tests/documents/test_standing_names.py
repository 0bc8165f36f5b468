"""What an equation of a document may define: names with a meaning of their own are not made by what stands beside them.

The truth of each claim is read off the model: z = S x + x has the Jacobian S + 1, and S is any matrix.
"""

from __future__ import annotations

import pytest

from symbptt.documents.check import check_items
from symbptt.documents.formulas import InputError
from symbptt.documents.reader import read_items
from symbptt.verdict import Verdict

SHIFT = r"""---
symbptt:
  shapes: {x: n, z: n, v: n, S: n×n}
---
$$v = S x, \qquad z = v + x$$
"""
IDENTITIES = ("I", r"\mathbf{I}", r"\boldsymbol{I}", r"\mathrm{I}", r"\mathbb{I}", r"\mathrm{Id}", r"\operatorname{Id}", r"\mathbb{1}")


def verdicts(text: str) -> list[Verdict]:
    read = read_items(text, "notes.md", ".md")
    assert not [item for item in read if isinstance(item, InputError)], read
    return [found for found in check_items([item for item in read if not isinstance(item, InputError)], workers=0) if found.verdict]


def words(text: str) -> list[str]:
    return [found.verdict for found in verdicts(text)]


@pytest.mark.parametrize("name", IDENTITIES)
def test_a_false_claim_does_not_redefine_the_identity(name: str) -> None:
    text = (
        rf"$$\frac{{\partial z}}{{\partial x}} = {name}$$ $$\frac{{\partial z}}{{\partial x}} = {name} + S$$"
        rf"$$\frac{{\partial v}}{{\partial x}} = {name}$$ $$\frac{{\partial x}}{{\partial x}} = {name}$$"
    )
    assert words(SHIFT + text) == ["refuted", "proved", "refuted", "proved"]


@pytest.mark.parametrize("name", ["E", r"\mathbf{E}"])
def test_a_jacobian_that_ends_in_a_name_of_some_identities_says_nothing(name: str) -> None:
    text = rf"$$\frac{{\partial z}}{{\partial x}} = {name}$$ $$\frac{{\partial x}}{{\partial x}} = {name}$$"
    assert words(SHIFT + text) == ["unknown", "unknown"]


def test_what_is_claimed_of_a_matrix_is_no_fact_behind_it() -> None:
    text = r"$$S^T S = I$$ $$\left( \frac{\partial v}{\partial x} \right)^T \frac{\partial v}{\partial x} = I$$ $$S I = S$$"
    assert words(SHIFT + text) == ["refuted", "refuted", "proved"]


def test_a_document_may_say_itself_what_a_name_is() -> None:
    own = r"$$I = S S$$ $$\frac{\partial v}{\partial x} S = I$$ $$\frac{\partial x}{\partial x} = I$$"
    assert words(SHIFT + own) == ["proved", "refuted"]


def test_a_quantity_of_another_shape_is_named_at_the_end() -> None:
    current = (
        SHIFT.replace("S: n×n", "S: n×n, I: n")
        + r"$$S v = I$$ $$\frac{\partial I}{\partial x} = S S$$ $$\frac{\partial I}{\partial x} = S$$"
    )
    assert words(current)[-2:] == ["proved", "refuted"]


@pytest.mark.parametrize(("claim", "verdict"), [("S = S I", "proved"), ("S = 2 S", "refuted"), ("S = S S", "refuted")])
def test_an_equation_of_a_known_parameter_with_itself_is_a_claim(claim: str, verdict: str) -> None:
    assert words(f"{SHIFT} $${claim}$$ $$\\frac{{\\partial v}}{{\\partial x}} = S$$") == [verdict, "proved"]
