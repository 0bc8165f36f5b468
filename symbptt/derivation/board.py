"""The board that a derivation is written on: a formula is judged before it stands there, and one that is not true stops the derivation."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from ..judge import judge
from ..latex import syntax as s
from ..latex.printer import to_latex
from ..problem import Given, Problem
from ..verdict import Verdict
from ..workers import check_all
from .arrangement import DENOMINATOR, GRADIENT, Arrangement, stated
from .rules import RULES
from .steps import Part, Step

TRUE = ("proved", "verified")
#: Brackets around a sum without terms.
NOTHING = "\\left(  \\right)"


class DerivationError(ValueError):
    """A line that the engines did not find true: the derivation is not written."""


@dataclass
class Board:
    """`problem` holds the model's equations and all names introduced so far; `judged` is the engine that is asked.

    Lines come in gradient layout and are written in that of `layout`.
    """

    problem: Problem
    judged: Callable[[Problem], Verdict] = judge
    layout: str = GRADIENT
    parts: list[Part] = field(default_factory=list)
    _title: str = ""
    _words: str = ""
    _steps: list[Step] = field(default_factory=list)
    _known: dict[tuple[str, str], Verdict] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.arrangement = Arrangement(self.layout, self.problem)
        self.problem = stated(self.problem, self.layout)

    def part(self, title: str, words: str = "") -> None:
        """Begin a new part."""
        self.close()
        self._title, self._words = title, words

    def close(self, words_after: str = "") -> None:
        if self._title and (self._steps or self._words):
            self.parts.append(Part(self._title, self._words, tuple(self._steps), words_after))
        self._title, self._words, self._steps = "", "", []

    def define(self, name: s.Node, value: s.Node, shape: str, reason: str = "") -> None:
        """A new name, known from here on. Raises `DerivationError` where it defines nothing."""
        before, after = to_latex(name), to_latex(value)
        if self.layout == GRADIENT:
            self.problem = _with_name(self.problem, before, after, shape)
        else:
            named = Arrangement(self.layout, _with_name(self.arrangement.problem, before, after, shape))
            self.arrangement = replace(named, errors=self.arrangement.errors | {named.net.key(name)})
            after = to_latex(self.arrangement.line(name, value)[1])
            self.problem = _with_name(self.problem, before, after, self.arrangement.shape(shape))
        self._steps.append(Step("definition", before, after, reason, RULES["definition"].source, verdict="definition", relation=":="))

    def assume(self, fact: s.Node, value: s.Node, reason: str) -> None:
        """A fact that is used from here on."""
        before, after = to_latex(fact), to_latex(value)
        self.problem = replace(self.problem, assume=(*self.problem.assume, f"{before} = {after}"))
        self._known.clear()
        self._steps.append(Step("assumption", before, after, reason, RULES["assumption"].source, verdict="assumption"))

    def holds(self, before: s.Node, after: s.Node, condition: str = "", seconds: float = 0) -> Verdict:
        """What the engines say of `before` = `after`, in so many seconds where a limit is given."""
        before, after = self.arrangement.line(before, after)
        claim = f"{to_latex(before)} = {to_latex(after)}"
        if (claim, condition) not in self._known:
            problem = replace(self.problem, claim=claim, for_=condition)
            limited = seconds and self.judged is judge
            self._known[claim, condition] = (
                next(iter(check_all([problem], timeout=seconds, workers=1, suggest=0))) if limited else self.judged(problem)
            )
        return self._known[claim, condition]

    def write(self, rule: str, before: s.Node, after: s.Node, reason: str = "", condition: str = "", witness: str = "") -> None:
        """A line, once it is judged true. Raises `DerivationError` where it is not, or where no rule gave what it should say."""
        shown = to_latex(after)
        if not shown.strip() or NOTHING in shown:
            raise DerivationError(f"`{to_latex(before)}` is not worked out: there is no rule for a way that leads there")
        verdict = self.holds(before, after, condition)
        before, after = self.arrangement.line(before, after)
        if verdict.verdict not in TRUE:
            told = f" for ${condition}$" if condition else ""
            raise DerivationError(
                f"the line `{to_latex(before)} = {to_latex(after)}`{told} ({rule}) is {verdict.verdict or 'unknown'}, "
                f"so no derivation is written: {verdict.message}"
            )
        self._steps.append(
            Step(rule, to_latex(before), to_latex(after), reason, RULES[rule].source, condition, verdict.verdict, witness=witness)
        )

    def has(self, before: s.Node, after: s.Node) -> bool:
        """Whether a line stands on the board."""
        left, right = self.arrangement.line(before, after)
        wanted = to_latex(left), to_latex(right)
        written = [*(step for part in self.parts for step in part.steps), *self._steps]
        return any((step.before, step.after) == wanted for step in written)

    def state(self, rule: str, before: str, after: str, reason: str = "", condition: str = "", relation: str = "=") -> None:
        """A line that claims nothing: an equation of the model, an update."""
        verdict = {"model": "given", "gradient descent": "update"}[rule]
        self._steps.append(Step(rule, before, after, reason, RULES[rule].source, condition, verdict, relation))

    @property
    def side(self) -> str:
        """Where the latest factor of a product over steps stands."""
        return "right" if self.layout == DENOMINATOR else "left"


def _with_name(problem: Problem, before: str, after: str, shape: str) -> Problem:
    return replace(problem, given=(*problem.given, Given(f"{before} = {after}")), shapes={**problem.shapes, before: shape})
