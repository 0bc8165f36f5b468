"""A derivation as Markdown that GitHub and MyST render and `symbptt check` reads back: one display a formula, the model in front matter."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import yaml

from ..problem import Problem
from .steps import Part, Step

#: What the comment before a formula says of it.
_MARKS = {"given": "definition", "definition": "definition", "update": "", "assumption": "skip"}


def document(title: str, lead: str, parts: Sequence[Part], problem: Problem, figure: str = "", source: str = "") -> str:
    """The whole document."""
    drawn = f"\n{figure}\n" if figure else ""
    return f"{front_matter(title, problem, source)}\n# {title}\n\n{lead}\n{drawn}\n" + "\n".join(_part(part) for part in parts)


def front_matter(title: str, problem: Problem, source: str = "") -> str:
    """What the reader has to know: shapes, ranges, functions, notation, facts."""
    stated: dict[str, Any] = {
        "shapes": {key: str(value) for key, value in problem.shapes.items()},
        "ranges": {key: str(value) for key, value in problem.ranges.items()},
        "functions": dict(problem.functions),
        "assume": [dict(fact) if not isinstance(fact, str) else fact for fact in problem.assume],
        "notation": dict(problem.notation),
    }
    head: dict[str, Any] = {"title": title.replace("$", "")}
    if source:
        head["source"] = source
    head["symbptt"] = {key: value for key, value in stated.items() if value}
    return f"---\n{yaml.safe_dump(head, sort_keys=False, allow_unicode=True, width=120)}---\n"


def _part(part: Part) -> str:
    pieces = [f"## {part.title}"]
    if part.words:
        pieces.append(part.words)
    for step in part.steps:
        if step.reason:
            pieces.append(step.reason)
        pieces.append(display(step))
    if part.words_after:
        pieces.append(part.words_after)
    return "\n\n".join(pieces) + "\n"


def display(step: Step) -> str:
    mark = _MARKS.get(step.verdict, "claim")
    said = "; ".join(x for x in (mark, f"for {step.condition}" if step.condition else "") if x)
    return f"{f'<!-- symbptt: {said} -->' + chr(10) if said else ''}$$\n{step.latex}\n$$"
