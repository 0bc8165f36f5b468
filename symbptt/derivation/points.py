"""The derivative by a quantity at one step, asked for by its number: `h_2`, `h_T`, and `h_0` below the first one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..latex.printer import to_latex
from . import general
from .course import Course, listed
from .network import Network, Underivable, at_end
from .spans import End, Span, end_of


@dataclass(frozen=True)
class Point:
    """A family at one step."""

    key: str
    end: End


def points_of(net: Network, wrt: Sequence[str], number: int | None) -> list[Point]:
    """Those of the names asked for that are at one step; the last step is `number` where that is known.

    Raises `Underivable` for a step that is neither the running one nor one that is told.
    """
    found: list[Point] = []
    for text in wrt:
        match = net.quantity(net.parsed.expression(text))
        family = net.families.get(match.template.key) if match is not None else None
        if match is None or family is None or not family.letter or family.span is None:
            continue
        (index,) = match.bindings.values()
        end = end_of(index)
        lasts = {family.span.high.last, ""}
        general_, last = to_latex(family.node), to_latex(family.span.high.tree())
        if end == End(family.letter, 0):
            continue
        if end is None or end.last not in lasts:
            raise Underivable(
                f"`{text}` is at no step that is told: ask for `{general_}` at every step, or for one step by its number or `{last}`"
            )
        if end.last and number is not None:
            end = End("", number + end.offset)
        found.append(Point(family.key, end))
    return found


def write(course: Course, points: Sequence[Point]) -> None:
    """A part for each point: the error there in those of what it enters. Raises `Underivable` for one that enters nothing."""
    for point in points:
        _of_point(course, point)


def _of_point(course: Course, point: Point) -> None:
    family = course.net.families[point.key]
    here = Span(point.end, point.end)
    node = at_end(family.node, family.letter, point.end)
    active = [use for use in course.uses(family.key) if use.span is not None and not use.span.common(here).is_empty]
    assert family.span is not None
    if not active:
        low, high = (to_latex(end.tree()) for end in (family.span.low, family.span.high))
        raise Underivable(
            f"the loss does not depend on `{to_latex(node)}`; `{family.letter}` of `{to_latex(family.node)}` is {low}, …, {high}"
        )
    values = [at_end(use.value, family.letter, point.end) for use in active]
    below = point.end < family.span.low
    course.board.part(f"The derivative ${to_latex(course.total(node))}$")
    body = general.total_of([part for use in active for part in general.parts(course, use, node, family, here)])
    furthest = max(use.shift for use in active)
    told = f"${to_latex(node)}$ enters {listed(values)}{' only' if len(active) == 1 else ''}:"
    told = f"${to_latex(node)}$ stands before the first step, and {told.split('$ ', 1)[1]}" if below else told
    course.board.write("boundary" if below else "collect", course.total(node), body, told, _condition(family.span, point.end, furthest))


def _condition(span: Span, end: End, shift: int) -> str:
    """How many steps there must be."""
    last = span.high.last
    if not last:
        return ""
    needed = span.low.offset - end.offset if end.last else end.offset + shift
    return f"{last} \\ge {needed}" if needed > span.low.offset else ""
