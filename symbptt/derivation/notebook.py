"""A derivation as a notebook that checks itself again when it is run."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from ..problem import Problem
from .drawing import ABOUT
from .steps import STATED, Part


def document(title: str, lead: str, parts: Sequence[Part], problem: Problem, figure: str = "") -> str:
    """The notebook, format 4.5, as JSON; `figure` is a picture in SVG."""
    first = _text(f"# {title}\n\n{lead}")
    if figure:
        first = _text(f"# {title}\n\n{lead}\n\n![{ABOUT}](attachment:figure.svg)")
        first["attachments"] = {"figure.svg": {"image/svg+xml": figure}}
    cells = [first, _code(_setup(problem))]
    for part in parts:
        cells.append(_text(_markdown(part)))
        lines = [(f"{step.before} = {step.after}", step.condition) for step in part.steps if step.verdict not in STATED]
        if lines:
            cells.append(_code("check(\n" + "".join(f"    ({_raw(claim)}, {_raw(where)}),\n" for claim, where in lines) + ")"))
    numbered = [cell | {"id": f"cell-{at}"} for at, cell in enumerate(cells)]
    content = {
        "cells": numbered,
        "metadata": {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
        },
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    return json.dumps(content, ensure_ascii=False, indent=1) + "\n"


def _markdown(part: Part) -> str:
    """A part without the comments for the reader of documents."""
    pieces = [f"## {part.title}", *([part.words] if part.words else [])]
    for step in part.steps:
        pieces += [step.reason] if step.reason else []
        pieces.append(f"$$\n{step.latex}\n$$")
    return "\n\n".join([*pieces, *([part.words_after] if part.words_after else [])])


def _setup(problem: Problem) -> str:
    fields: Mapping[str, Any] = {
        "given": [{"equation": g.equation, "for": g.for_} if g.for_ else g.equation for g in problem.given],
        "shapes": dict(problem.shapes),
        "ranges": dict(problem.ranges),
        "functions": dict(problem.functions),
        "assume": [fact if isinstance(fact, str) else dict(fact) for fact in problem.assume],
        "notation": dict(problem.notation),
    }
    stated = json.dumps({key: value for key, value in fields.items() if value}, ensure_ascii=False, indent=1)
    return (
        "import json\n\nimport symbptt\n\n"
        f"MODEL = json.loads(r'''{stated}''')\n\n\n"
        "def check(*lines):\n"
        '    """Judge formulas about the model again; fails where one is not found true."""\n'
        "    for claim, where in lines:\n"
        "        verdict = symbptt.testing.assert_derivation({**MODEL, 'claim': claim, 'for': where})\n"
        "    print(len(lines), 'formulas are true')"
    )


def _raw(latex: str) -> str:
    return f"r'{latex}'" if "'" not in latex else f'r"{latex}"'


def _text(source: str) -> dict[str, Any]:
    return {"cell_type": "markdown", "metadata": {}, "source": source.splitlines(keepends=True)}


def _code(source: str) -> dict[str, Any]:
    return {"cell_type": "code", "execution_count": None, "metadata": {}, "outputs": [], "source": source.splitlines(keepends=True)}
