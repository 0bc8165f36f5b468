"""For the tests of those who write derivations: `assert_derivation(problem)`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from symbptt.api import check
from symbptt.problem import Problem
from symbptt.verdict import Verdict

#: What counts as true; a `conditional` claim is true only under assumptions that the problem does not state.
TRUE = frozenset({"proved", "verified"})


def assert_derivation(problem: Problem | Mapping[str, Any], *, timeout: float = 60.0) -> Verdict:
    """Fail the test unless the claim is proved or verified, or is what the problem's `expect` says.

    Returns the verdict. Raises `AssertionError` with the verdict, the reason and the counterexample.
    """
    verdict = check(problem, timeout=timeout)
    wanted = {verdict.expect} if verdict.expect else set(TRUE)
    if "verified" in wanted:
        wanted.add("proved")
    if verdict.verdict in wanted:
        return verdict
    lines = [f"{verdict.latex}", f"is {verdict.verdict}, expected {' or '.join(sorted(wanted))}: {verdict.message}"]
    lines += [f"  reading: {note}" for note in verdict.reading]
    if verdict.counterexample is not None:
        point = verdict.counterexample
        lines.append("  at " + ", ".join(f"{name} = {value}" for name, value in {**point.steps, **point.sizes, **point.values}.items()))
        lines.append(f"  {point.entry}: {point.left} against {point.right}")
    raise AssertionError("\n".join(lines))
