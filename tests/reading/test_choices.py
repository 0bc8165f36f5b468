"""Readings of what is left open: the default first, then the fewest departures from it, each combination once."""

from __future__ import annotations

from itertools import product

from symbptt.reading.choices import Choices, ShapeClash, readings

AB, XYZ = ("a", "b"), ("x", "y", "z")


def test_all_combinations_once_default_first() -> None:
    found = [o.result for o in readings(lambda c: (c.choose("one", AB), c.choose("two", XYZ)), 99)]
    assert found[0] == ("a", "x") and sorted(found) == sorted(product(AB, XYZ)) and len(set(found)) == len(found)


def test_fewest_departures_first() -> None:
    outcomes = list(readings(lambda c: tuple(c.choose(key, AB) for key in "pqrs"), 99))
    counts = [len(o.departures) for o in outcomes]
    assert len(outcomes) == 16 and counts == sorted(counts)
    assert all(set(o.departures) == {key for key, value in o.made.items() if value != "a"} for o in outcomes)


def test_the_same_key_has_the_same_answer() -> None:
    outcomes = list(readings(lambda c: [c.choose("sign", AB) for _ in range(3)], 99))
    assert [o.result for o in outcomes] == [["a"] * 3, ["b"] * 3]


def test_other_options_of_one_name_are_another_choice() -> None:
    found = [o.result for o in readings(lambda c: (c.choose("long", AB), c.choose("long", XYZ)), 99)]
    assert sorted(found) == sorted(product(AB, XYZ))


def test_choices_that_only_some_answers_bring_up() -> None:
    found = [o.result for o in readings(lambda c: (c.choose("one", AB), c.choose("more", XYZ) if c.made["one"] == "b" else ""), 99)]
    assert found == [("a", ""), ("b", "x"), ("b", "y"), ("b", "z")]


def test_a_single_option_is_no_choice() -> None:
    outcomes = list(readings(lambda c: c.choose("one", ("only",)), 99))
    assert [(o.result, o.departures) for o in outcomes] == [("only", ())]


def test_errors_are_outcomes_and_the_limit_is_kept() -> None:
    def run(choices: Choices) -> str:
        if choices.choose("one", AB) == "a":
            raise ShapeClash("m×n and n do not fit")
        return choices.choose("two", XYZ)

    outcomes = list(readings(run, 99))
    assert [o.result for o in outcomes] == [None, "x", "y", "z"]
    assert outcomes[0].error is not None and outcomes[0].error.message == "m×n and n do not fit"
    assert len(list(readings(run, 2))) == 2


def test_an_answer_that_is_no_option_here_is_the_default() -> None:
    assert Choices(preset={"one": "q"}).choose("one", AB) == "a"
