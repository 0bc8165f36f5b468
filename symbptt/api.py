"""`symbptt.check`: one claim, judged here or in a process that can be stopped."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from symbptt.problem import Problem
from symbptt.verdict import Verdict
from symbptt.workers import SUGGEST, check_all, judge_here


def check(problem: Problem | Mapping[str, Any], *, timeout: float | None = None, suggest: float = SUGGEST) -> Verdict:
    """Judge one claim, stated as a `Problem` or as its JSON object.

    With `timeout` (seconds) it runs in a process of its own and is `unknown` when the time is up; without, it runs
    here and is not interrupted. A wrong claim never raises. `suggest` is in seconds of processor time for the formula that was
    meant, once a claim is refuted; 0 looks for none.

    Raises `ProblemError` for a problem that is malformed: an unknown field, a missing claim.
    """
    stated = problem if isinstance(problem, Problem) else Problem.from_dict(problem)
    if timeout is None:
        return judge_here(stated, suggest=suggest)
    return next(iter(check_all([stated], timeout=timeout, workers=1, suggest=suggest)))
