"""A display of which one side cannot be read: the others are read and judged, and nothing is judged otherwise for what is left out."""

from __future__ import annotations

import pytest

from .test_raw import verdicts

MODEL = r"$$ z = W x, \qquad h = \tanh(z), \qquad L = \|h - y\|^2 $$" + "\n\n"


def judged(rows: str) -> list[tuple[str, int, str]]:
    """Verdict, line and message of all that has one; the display begins in line 3."""
    found = verdicts(f"{MODEL}{rows}\n")
    return [(one.verdict, one.line, one.message) for one in found if one.verdict]


@pytest.mark.parametrize(("factor", "verdict"), [("2", "proved"), ("3", "refuted")])
@pytest.mark.parametrize(
    "rows",
    [
        r"\begin{align} \frac{\partial L}{\partial z} &= \frac{\partial L}{h} \frac{\partial h}{\partial z} \\ &= RIGHT \end{align}",
        r"$$ \frac{\partial L}{\partial z} = \frac{\partial L}{h} = RIGHT $$",
        r"$$ \begin{aligned} \frac{\partial L}{\partial z} &= RIGHT \\ &= \frac{\partial L}{h} \end{aligned} $$",
    ],
)
def test_the_other_sides_are_judged(rows: str, factor: str, verdict: str) -> None:
    found = judged(rows.replace("RIGHT", rf"{factor} (h - y) \odot (1 - h^2)"))
    assert [one[0] for one in found] == [verdict, "unknown"]
    assert "write ∂L/∂W" in found[1][2] and "line 3" in found[1][2]


@pytest.mark.parametrize(
    "rows",
    [
        # the side goes on in the next row
        r"\begin{align} \frac{\partial L}{\partial z} &= \frac{\partial L}{h} \\ &+ 2 (h - y) \\ &= 3 (h - y) \end{align}",
        r"\begin{align} \frac{\partial L}{\partial z} &= \frac{\partial L}{h} + \\ & 2 (h - y) \\ &= 3 (h - y) \end{align}",
        # it has a condition, or words, which may hold for the others
        r"\begin{align} \frac{\partial L}{\partial z} &= 3 (h - y) \\ &= \frac{\partial L}{h}, \quad z = 0 \end{align}",
        r"\begin{align} \frac{\partial L}{\partial z} &= 3 (h - y) \\ &= \frac{\partial L}{h} \text{ if } z = 0 \end{align}",
        # another formula stands beside it
        r"\begin{align} \frac{\partial L}{\partial z} &= \frac{\partial L}{h} & \frac{\partial L}{\partial h} &= 2 (h - y) \end{align}",
        r"$$ \frac{\partial L}{\partial z} = \frac{\partial L}{h} \hspace{1cm} \frac{\partial L}{\partial h} = 2 (h - y) $$",
        r"$$ \frac{\partial L}{\partial z} = \frac{\partial L}{h} \ \ \frac{\partial L}{\partial h} = 2 (h - y) $$",
        # it says what a name is
        r"\begin{align} q &= \frac{\partial L}{h} \\ \frac{\partial L}{\partial z} &= 3 (h - y) \end{align}",
        # the chain begins with what cannot be read
        r"\begin{align} \frac{\partial L}{h} &= 2 (h - y) \\ \frac{\partial L}{\partial z} &= 3 (h - y) \end{align}",
        # brackets reach from one row into another
        r"\begin{align} \frac{\partial L}{\partial z} &= ( \frac{\partial L}{h} \\ &= 3 (h - y) ) \end{align}",
    ],
)
def test_what_may_say_something_of_the_others_stays_unread(rows: str) -> None:
    assert [one[0] for one in judged(rows)] == ["unknown"]


def test_several_sides() -> None:
    rows = r"\frac{\partial L}{\partial z} &= \frac{\partial L}{h} \\ &= \frac{L}{\partial} \\ &= 2 (h - y) \odot (1 - h^2) \\ &= P(a | b)"
    found = judged(rf"\begin{{align}} {rows} \end{{align}}")
    assert [one[0] for one in found] == ["proved", "unknown", "unknown", "unknown"]
