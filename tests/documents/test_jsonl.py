"""Problem files: each error names its line, and what is right is read all the same."""

from __future__ import annotations

import pytest

from symbptt.documents.formulas import InputError
from symbptt.documents.jsonl import read_json, read_jsonl
from symbptt.problem import Problem


def told(found: list[Problem | InputError]) -> list[str]:
    return [str(item) if isinstance(item, InputError) else f"{item.id} {item.line}:{item.column} {item.claim}" for item in found]


def test_lines() -> None:
    text = '{"claim": "a = b"}\n\n  {"claim": "c = d", "id": "two", "expect": "refuted"}\n'
    assert told(list(read_jsonl(text, path="dir/p.jsonl"))) == ["p.jsonl:1 1:1 a = b", "two 3:3 c = d"]


def test_lists() -> None:
    text = '[\n  {"claim": "a"},\n\n  {"claim":\n "b"}, {"claim": "c"}\n]\n'
    assert told(list(read_json(text, path="p.json"))) == ["p.json:2 2:3 a", "p.json:4 4:3 b", "p.json:5 5:8 c"]
    assert told(list(read_json('\n {"claim": "a"}', path="p.json"))) == ["p.json:2 2:2 a"]
    assert told(list(read_json("[]", path="p.json"))) == []


def test_sizes_may_be_numbers() -> None:
    (problem,) = read_jsonl('{"claim": "a", "shapes": {"a": 3}}')
    assert isinstance(problem, Problem)
    assert problem.shapes == {"a": "3"}


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('{"claim": }', "p.jsonl:2: not JSON: Expecting value (column 11)"),
        ('{"claims": "a"}', "p.jsonl:2: unknown field `claims`; did you mean `claim`?"),
        ('{"given": []}', "p.jsonl:2: field `claim` is required: the LaTeX formula to judge"),
        ("[1]", "p.jsonl:2: a problem is an object with `claim` and `given`, not list"),
        ('{"claim": "a", "given": "b"}', "p.jsonl:2: field `given` must be a list, not str"),
        ('{"claim": "a", "shapes": {"x": [1]}}', "p.jsonl:2: field `shapes`: the value of `x` must be text, not [1]"),
        (
            '{"claim": "a", "expect": "wrong"}',
            "p.jsonl:2: cannot expect `wrong`; expect one of proved, verified, conditional, unknown, refuted",
        ),
        ('{"claim": "a", "line": "b"}', 'p.jsonl:2: fields `line` and `column` must be numbers, not "b"'),
        ("[" * 100_000, "p.jsonl:2: not JSON that can be read: nested too deeply"),
    ],
)
def test_a_wrong_line_is_told_and_the_others_are_read(line: str, message: str) -> None:
    text = f'{{"claim": "a"}}\n{line}\n{{"claim": "c"}}\n'
    assert told(list(read_jsonl(text, path="p.jsonl"))) == ["p.jsonl:1 1:1 a", message, "p.jsonl:3 3:1 c"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('[\n{"claim": "a"},\n{"claim": "b",}\n]', "p.json:3: not JSON: Expecting property name enclosed in double quotes (column 15)"),
        ('[\n{"claim": "a"}\n{"claim": "b"}]', "p.json:3: not JSON: expected `,` or `]` behind a problem"),
        ('[\n{"claim": "a"}\n', "p.json:3: not JSON: the list is never closed; write `]` at its end"),
        ('[\n{"claim": "a"}]\nx', "p.json:3: not JSON: more text behind the list; delete it"),
        ('[\n{"claim": "a"},\n{"claim": 1}]', "p.json:3: field `claim` is required: the LaTeX formula to judge"),
    ],
)
def test_a_broken_list_is_read_as_far_as_it_goes(text: str, message: str) -> None:
    assert told(list(read_json(text, path="p.json"))) == ["p.json:2 2:1 a", message]


def test_an_object_over_several_lines_names_the_line() -> None:
    assert told(list(read_json('{\n "claim": "a",\n "x" 1}', path="p.json"))) == ["p.json:3: not JSON: Expecting ':' delimiter (column 6)"]
    assert told(list(read_json("", path="p.json"))) == ["p.json:1: not JSON: Expecting value (column 1)"]
