"""The model that several readings of one claim share: read once, and never changed by one of them."""

from __future__ import annotations

from symbptt.problem import Problem
from symbptt.reading.choices import Choices
from symbptt.reading.claim import read_claim, read_model
from symbptt.reading.declare import Parsed, parse_problem


def parsed(claim: str = "y = W x", **fields: object) -> Parsed:
    data = {"given": [r"y = W x \cdot s"], "shapes": {"W": "n×n", "x": "n", "s": "n", "y": "n"}, "claim": claim, **fields}
    return parse_problem(Problem.from_dict(data))


def test_a_model_is_read_once_for_the_same_choices() -> None:
    problem = parsed()
    first, again = Choices(), Choices()
    assert read_model(problem, first)[1] is read_model(problem, again)[1]
    assert (first.made, first.open) == (again.made, again.open)


def test_other_choices_make_another_model() -> None:
    problem = parsed(given=["y = x^2", r"u = \nabla_x L", "L = y^T y"], shapes={"x": "n", "y": "n"})
    default = Choices()
    model = read_model(problem, default)[1]
    for key, options in default.open:
        other = Choices(preset={key: options[-1]})
        assert read_model(problem, other)[1] is not model


def test_a_claim_leaves_no_trace_in_the_model() -> None:
    problem = parsed(r"\frac{\partial y}{\partial x} = W")
    reader, _ = read_model(problem, Choices())
    before = (len(reader.notes), dict(reader.spellings), dict(reader.families))
    read_claim(problem, problem.claim[0], Choices())
    after, _ = read_model(problem, Choices())
    assert (len(after.notes), dict(after.spellings), dict(after.families)) == before
