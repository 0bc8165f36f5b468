"""The model that several readings of one claim share: read once, and never changed by one of them."""

from __future__ import annotations

from dataclasses import replace

from symbptt.problem import Alike, Problem
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


def test_claims_of_one_model_share_it() -> None:
    first, second = parsed(), parsed("W x = y")
    assert read_model(first, Choices())[1] is read_model(second, Choices())[1]


def test_what_is_assumed_besides_makes_another_model() -> None:
    problem = parsed()
    model = read_model(problem, Choices())[1]
    assert read_model(parsed(assume=[{"one_hot": "x"}]), Choices())[1].assumptions != model.assumptions
    assert replace(problem).models == []


def test_problems_are_alike_where_all_of_them_is_equal_and_in_order() -> None:
    fields = {"claim": "y = x", "given": [{"equation": "y = x", "for": "t > 1"}], "assume": [{"one_hot": "x"}]}
    first, second = (Problem.from_dict({**fields, "shapes": {"x": "n", "y": "n"}}) for _ in range(2))
    turned = Problem.from_dict({**fields, "shapes": {"y": "n", "x": "n"}})
    assert Alike(first) == Alike(second) and hash(Alike(first)) == hash(Alike(second))
    others = [turned, replace(first, claim="x = y"), replace(first, inferred={"x": True}), replace(first, given=("y = x",))]
    assert all(Alike(other) != Alike(first) for other in others)
    assert Alike(replace(first, inferred={"x": True})) != Alike(replace(first, inferred={"x": False}))
