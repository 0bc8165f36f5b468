"""Hypotheses that documents leave unsaid and that make a claim `conditional`: tried when it is not true as it stands."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from .latex import syntax as s
from .latex.printer import to_latex
from .reading.declare import Parsed

#: Activations that an abstract element-wise function is tried as. The identity and ReLU are not among them: with f' = 1 or
#: f'f' = f' a forgotten or doubled derivative would look right.
ACTIVATIONS = ("tanh", "sigmoid")


@dataclass(frozen=True)
class Conjecture:
    """One hypothesis: an assumption on a family, or a name for an abstract function."""

    latex: str
    assume: tuple[tuple[str, str], ...] = ()
    function: tuple[str, str] | None = None

    def apply(self, parsed: Parsed) -> Parsed:
        """The problem with the hypothesis added."""
        problem = parsed.problem
        if self.assume:
            problem = replace(problem, assume=(*problem.assume, *({kind: name} for kind, name in self.assume)))
        if self.function:
            problem = replace(problem, functions={**problem.functions, self.function[0]: self.function[1]})
        return replace(parsed, problem=problem)


def conjectures(parsed: Parsed) -> Iterator[Conjecture]:
    """Weakest first: normalised targets, one-hot targets, then a named activation."""
    stated = {name for item in parsed.problem.assume if not isinstance(item, str) for name in item.values()}
    targets = [t for t in _targets(parsed) if t not in stated]
    for target in targets:
        yield Conjecture(f"\\sum_k {target}[k] = 1", (("normalised", target),))
    for target in targets:
        yield Conjecture(f"{target} is one-hot", (("one_hot", target),))
    for name in _abstract(parsed):
        for activation in ACTIVATIONS:
            yield Conjecture(f"{name} is {activation}", function=(name, activation))


def _targets(parsed: Parsed) -> list[str]:
    """Free quantities that stand as a factor beside a logarithm: the targets of a cross-entropy."""
    defined = {to_latex(g.formula.sides[0]) for g in parsed.given if g.formula.sides}
    found: dict[str, None] = {}
    for given in parsed.given:
        for node in s.walk(given.formula):
            if not isinstance(node, s.Product) or not any(_is_log(f) for f in node.factors):
                continue
            for factor in node.factors:
                base = _base(factor)
                if base is not None and base not in defined and any(_name(key) == _name(base) for key in parsed.problem.shapes):
                    found.setdefault(next(key for key in parsed.problem.shapes if _name(key) == _name(base)))
    return list(found)


def _is_log(node: s.Node) -> bool:
    return any(isinstance(n, s.Symbol) and n.name in ("log", "ln", "\\log", "\\ln") for n in s.walk(node))


def _base(node: s.Node) -> str | None:
    while isinstance(node, s.Scripted):
        node = node.base
    if isinstance(node, s.Call):
        node = node.function
    return to_latex(node) if isinstance(node, s.Symbol) and node.name not in ("log", "ln", "\\log", "\\ln") else None


def _name(spelling: str) -> str:
    return spelling.replace(" ", "").split("_")[0].split("^")[0].split("(")[0]


def _abstract(parsed: Parsed) -> list[str]:
    """Declared abstract element-wise functions, and undeclared ones of the given equations."""
    declared = [name for name, kind in parsed.problem.functions.items() if kind == "elementwise"]
    return declared[:2]
