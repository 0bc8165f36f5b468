"""Front matter: the fields of a problem, with the line of every mistake."""

from __future__ import annotations

import pytest

from symbptt.documents.formulas import InputError
from symbptt.documents.front_matter import read_front_matter
from symbptt.problem import Given

TEXT = r"""---
title: A network
symbptt:
  name: tiny
  source: 'Werbos 1990, eq. 2'
  given:
    - h_t = \tanh(W h_{t-1})
    - {equation: 'c_t = c_{t-1}', for: 't \ge 2'}
    - equation: 'L = \sum_t h_t'
  shapes: {h_t: n, W: n×n, no: 1}
  ranges:
    t: 1..T
  notation:
    transpose: [T, \top]
  for: 't \ge 1'
---
# Text
"""


def test_fields() -> None:
    front = read_front_matter(TEXT, path="a.md")
    problem = front.problem
    assert problem.given == (
        Given(r"h_t = \tanh(W h_{t-1})", line=7),
        Given("c_t = c_{t-1}", r"t \ge 2", 8),
        Given(r"L = \sum_t h_t", line=9),
    )
    assert problem.shapes == {"h_t": "n", "W": "n×n", "no": "1"}
    assert problem.ranges == {"t": "1..T"}
    assert problem.notation == {"transpose": ["T", r"\top"]}
    assert problem.for_ == r"t \ge 1"
    assert front.about == {"title": "A network", "name": "tiny", "source": "Werbos 1990, eq. 2"}
    assert TEXT[front.end :] == "# Text\n"


@pytest.mark.parametrize("text", ["", "# A\n---\n", "---\nno end\n", "text\n---\nsymbptt: 1\n---\n"])
def test_none(text: str) -> None:
    assert read_front_matter(text, path="a.md").end == 0


def test_front_matter_of_other_programs_is_left_alone() -> None:
    text = "<!-- copied -->\n---\ntitle: a: b\ntags: [\n---\nrest"
    assert text[read_front_matter(text, path="a.md").end :] == "rest"


def test_nothing_said() -> None:
    assert read_front_matter("---\nsymbptt:\n---\n", path="a.md").problem.given == ()


@pytest.mark.parametrize(
    ("yaml", "message"),
    [
        ("symbptt:\n  shape: {}", "a.md:3: unknown field `shape`; did you mean `shapes`?"),
        (
            "symbptt:\n  zzz: 1",
            "a.md:3: unknown field `zzz`; the fields are assume, claim, expect, for, formulas, functions, given, id, infer, "
            "notation, ranges, sections, shapes",
        ),
        ("symbptt:\n  assume: a = b", "a.md:3: field `assume` must be a list"),
        ("symbptt:\n  shapes:\n    - a", "a.md:4: field `shapes` must be `name: value` lines"),
        ("symbptt:\n  for: [a]", "a.md:3: field `for` must be text"),
        ("symbptt:\n  functions: {f: [1, 2]}", "a.md:3: field `functions`: the value of `f` must be text"),
        ("symbptt:\n  ranges:\n    t: {from: 1}", "a.md:4: field `ranges`: the value of `t` must be text"),
        ("symbptt: 3", "a.md:2: `symbptt:` must hold the fields of a problem, such as `given:` and `shapes:`"),
        ("symbptt:\n  shapes:\n    a: n\n    a: m", "a.md:5: `a` is given twice; keep one"),
        ("symbptt:\n  given:\n    - {eq: a}", None),
        ("symbptt:\n  shapes: {a: n\n  ranges: 1", None),
        ("symbptt:\n  expect: wrong", "a.md:3: cannot expect `wrong`; expect one of proved, verified, conditional, unknown, refuted"),
        ("symbptt: " + "[" * 5000, None),
    ],
)
def test_mistakes(yaml: str, message: str | None) -> None:
    with pytest.raises(InputError) as caught:
        read_front_matter(f"---\n{yaml}\n---\n", path="a.md")
    assert str(caught.value).startswith("a.md:")
    assert "\n" not in str(caught.value)
    if message is not None:
        assert str(caught.value) == message
