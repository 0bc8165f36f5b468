"""A derivation as data: parts of steps, each with its rule, reason and verdict."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Step:
    """`before` = `after`, by `rule`; LaTeX without dollar signs.

    `reason` is a sentence with its mathematics in `$…$`; `source` says who states the rule; `condition` is the range of steps it holds
    in (empty: all). `verdict` is that of the engines: `proved` or `verified`; `given` for an equation of the model, `definition` for a
    new name, `assumption` for a fact that is taken, `update` for an assignment. `witness` names
    a second reader that agrees.
    """

    rule: str
    before: str
    after: str
    reason: str = ""
    source: str = ""
    condition: str = ""
    verdict: str = ""
    relation: str = "="
    witness: str = ""

    @property
    def latex(self) -> str:
        """The formula, with the steps it holds at behind it."""
        return f"{self.formula}{self.range_latex}"

    @property
    def formula(self) -> str:
        return f"{self.before} {self.relation} {self.after}"

    @property
    def range_latex(self) -> str:
        return f", \\qquad {self.condition}" if self.condition else ""


@dataclass(frozen=True)
class Part:
    """A heading, some words, and the steps below them."""

    title: str
    words: str = ""
    steps: tuple[Step, ...] = ()
    words_after: str = ""


#: Verdicts of lines that claim nothing.
STATED = ("given", "definition", "assumption", "update")
