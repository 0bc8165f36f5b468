"""What is true as it stands is told without a look for what would make other claims true; nothing else is."""

import pytest

from symbptt.judge import judge, judge_as_stated
from symbptt.problem import Problem
from tests.judging.claims import CLAIMS
from tests.judging.rows import TRUE, Row

#: Every seventh claim of the tables, of each status; those in which a second reading of the formula is tried are among them.
SAMPLE = [row for status in ("right", "wrong", "conditional", "unknown") for row in [r for r in CLAIMS if r.status == status][::7]]


@pytest.mark.parametrize("row", SAMPLE, ids=lambda row: row.name)
def test_agrees_with_the_judge(row: Row) -> None:
    problem = Problem.from_dict(dict(row.problem))
    found, said = judge_as_stated(problem).verdict, judge(problem).verdict
    assert found == said if said in TRUE else found not in TRUE


def test_a_claim_that_cannot_be_read_is_unknown() -> None:
    assert judge_as_stated(Problem(claim="x = (")).verdict == "unknown"
    assert judge_as_stated(Problem(claim="x")).verdict == "unknown"
