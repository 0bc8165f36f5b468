"""What is said of a formula: the verdict and everything that backs it."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from typing import Any

from .problem import Problem

#: From worst to best; a chain is as good as its worst link.
RANK = ("refuted", "unknown", "conditional", "verified", "proved")


@dataclass(frozen=True)
class Link:
    """One `a = b` of a chain, with its own verdict."""

    latex: str
    verdict: str
    message: str = ""


@dataclass(frozen=True)
class Counterexample:
    """A real point of the model where the two sides differ.

    `values` maps a free quantity's entry (LaTeX, e.g. `W_{1,2}`) to an exact rational as text;
    `functions` says what abstract functions were taken to be; `entry` names the entry compared;
    `left` and `right` are the two sides and `difference` an enclosure that excludes 0, all as text.
    """

    steps: dict[str, int]
    sizes: dict[str, int]
    values: dict[str, str]
    functions: dict[str, str]
    entry: str
    left: str
    right: str
    difference: str


@dataclass(frozen=True)
class Verdict:
    """The answer for one formula; fields are those of the public contract, empty where they do not apply.

    `evidence` is none of them: it stays inside the program, and is only there where certificates are asked for.
    """

    id: str = ""
    path: str = ""
    line: int = 0
    column: int = 0
    cell: int = 0
    latex: str = ""
    role: str = "claim"
    verdict: str = ""
    scope: dict[str, Any] = field(default_factory=dict)
    method: str = ""
    assumptions: tuple[str, ...] = ()
    reading: tuple[str, ...] = ()
    links: tuple[Link, ...] = ()
    first_wrong: int | None = None
    counterexample: Counterexample | None = None
    suggestion: str = ""
    edit: str = ""
    message: str = ""
    code: str = ""
    expect: str = ""
    seconds: float = 0.0
    evidence: Any = field(default=None, compare=False, repr=False)  # what a certificate is made of, and then the certificate

    def to_dict(self) -> dict[str, Any]:
        """The verdict as JSON-ready data; empty fields are left out."""
        return {
            key: value for key, value in asdict(replace(self, evidence=None)).items() if value not in ("", (), {}, None) or key == "verdict"
        }


def verdict_of(problem: Problem, verdict: str = "", message: str = "") -> Verdict:
    """The verdict of a problem, with its name and place."""
    return Verdict(
        id=problem.id,
        path=problem.path,
        line=problem.line,
        column=problem.column,
        cell=problem.cell,
        latex=problem.claim,
        role=problem.role,
        verdict=verdict,
        message=message,
        expect=problem.expect,
    )
