"""A quantity in two equations with conditions: both are its definition, and where one is missing nothing is refuted.

P is a softmax over the entries up to the diagonal: its rows sum to 1, what is above the diagonal is 0.
"""

from __future__ import annotations

import pytest

from symbptt.latex.parser import parse
from symbptt.latex.printer import to_latex
from tests.documents.test_standing_names import words

SHAPES = "---\nsymbptt:\n  shapes: {Z: N×N, P: N×N, B: N×d, R: N×d}\n---\n"
LOWER = r"P_{ij} = \frac{e^{Z_{ij}}}{\sum_{k=1}^{i} e^{Z_{ik}}}"
TWO = rf"{SHAPES}$${LOWER} \quad (j \le i)$$ $$P_{{ij}} = 0 \quad (j > i)$$ $$R = P B$$ "
BESIDE = rf"{SHAPES}$${LOWER} \quad \text{{for }} j \le i, \qquad P_{{ij}} = 0 \quad \text{{for }} i < j$$ $$R = P B$$ "
ELSE = rf"{SHAPES}$${LOWER} \quad (j \le i)$$ $$P_{{ij}} = 0 \quad \text{{otherwise}}$$ $$R = P B$$ "
ONE = rf"{SHAPES}$${LOWER} \quad (j \le i)$$ $$R = P B$$ "


@pytest.mark.parametrize("document", [TWO, BESIDE, ELSE])
@pytest.mark.parametrize(
    ("claim", "verdict"),
    [
        (r"\sum_{j=1}^{N} P_{ij} = 1", "proved"),
        (r"\sum_{j=1}^{N} P_{ij} = 2", "refuted"),
        (r"R_{ij} = \sum_{k=1}^{i} P_{ik} B_{kj}", "proved"),
        (r"R_{ij} = \sum_{k=1}^{i} P_{ki} B_{kj}", "refuted"),
    ],
)
def test_two_cases_are_one_definition(document: str, claim: str, verdict: str) -> None:
    assert words(f"{document} $${claim}$$") == [verdict]


@pytest.mark.parametrize("claim", [r"\sum_{j=1}^{N} P_{ij} = 1", r"R_{ij} = \sum_{k=1}^{i} P_{ik} B_{kj}"])
def test_nothing_is_refuted_where_a_case_is_missing(claim: str) -> None:
    assert words(f"{ONE} $${claim}$$") == ["unknown"]


def test_cases_that_meet_are_no_definition_together() -> None:
    assert words(TWO.replace("j > i", "j \\ge i").replace("$$R = P B$$", "")) != []


@pytest.mark.parametrize(
    ("latex", "conditions"),
    [
        (r"a_i = b_i \quad (i > 1), \qquad c_i = d_i \quad (i < 3)", ["i > 1", "i < 3"]),
        (r"a_i = b_i, \qquad c_i = d_i \quad (i < 3)", ["", "i < 3"]),
        (r"a_i = b_i \quad (i > 1), \qquad c_i = d_i", ["i > 1", ""]),
    ],
)
def test_a_condition_is_of_the_formula_before_it(latex: str, conditions: list[str]) -> None:
    assert ["" if formula.condition is None else to_latex(formula.condition) for formula in parse(latex)] == conditions
