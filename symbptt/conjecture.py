"""Hypotheses that documents leave unsaid and that make a claim `conditional`: tried when it is not true as it stands."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import permutations

from .latex import syntax as s
from .latex.printer import to_latex
from .reading.calls import KNOWN_NAMES, function_text
from .reading.declare import Parsed
from .reading.scope import shape_parts

#: Activations that an abstract element-wise function is tried as. The identity and ReLU are not among them: with f' = 1 or
#: f'f' = f' a forgotten or doubled derivative would look right.
ACTIVATIONS = ("tanh", "sigmoid")
#: Stands among what is denied for the targets of a cross-entropy.
TARGETS = "targets"
#: Nor are they where they go by their own name, as `exp` may that `functions` only declares to be element-wise.
FLAT = ("identity", "relu")


@dataclass(frozen=True)
class Conjecture:
    """Hypotheses tried together: assumptions on families, names for abstract functions, matrices that are one-hot by columns instead."""

    latex: str
    assume: tuple[tuple[str, str], ...] = ()
    by_columns: tuple[str, ...] = ()
    functions: tuple[tuple[str, str], ...] = ()

    def apply(self, parsed: Parsed) -> Parsed:
        """The problem with the hypotheses added."""
        problem = parsed.problem
        stated = (item if isinstance(item, str) else {self._kind(*fact): fact[1] for fact in item.items()} for item in problem.assume)
        assume = (*stated, *({kind: name} for kind, name in self.assume))
        problem = replace(problem, assume=assume, functions={**problem.functions, **dict(self.functions)})
        return replace(parsed, problem=problem)

    def __add__(self, other: Conjecture) -> Conjecture:
        latex = "; ".join(text for text in (self.latex, other.latex) if text)
        return Conjecture(latex, self.assume + other.assume, self.by_columns + other.by_columns, self.functions + other.functions)

    def _kind(self, kind: str, name: str) -> str:
        return f"{kind}_columns" if name in self.by_columns else kind


NOTHING = Conjecture("")


def conjectures(parsed: Parsed) -> Iterator[Conjecture]:
    """Weakest first: normalised targets, one-hot targets, a named activation, and these together; matrices by rows, then by columns.

    None of what the problem says is denied.
    """
    facts = [pair for item in parsed.problem.assume if not isinstance(item, str) for pair in item.items()]
    stated = {name for kind, name in facts if kind.removesuffix("_columns") in ("one_hot", "normalised")}
    denied = parsed.problem.denied
    found = [t for t in targets(parsed) if t not in stated][:3] if TARGETS not in denied else []
    matrices = [t for t in found if len(_shape(parsed, t)) == 2]
    normalised = [Conjecture(f"\\sum_k {t}[k] = 1", (("normalised", t),)) for t in found]
    one_hot = [Conjecture(f"{t} is one-hot", (("one_hot", t),)) for t in found]
    columns = [Conjecture(f"\\sum_k {t}[k,i] = 1", (("normalised_columns", t),)) for t in matrices]
    one_hot += [Conjecture(f"each column of {t} is one-hot", (("one_hot_columns", t),)) for t in matrices]
    together = [sum(group, NOTHING) for group in (normalised, columns, one_hot[: len(found)], one_hot[len(found) :]) if len(group) > 1]
    turned = [name for kind, name in facts if kind in ("one_hot", "normalised") and len(_shape(parsed, name)) == 2]
    by_columns = [Conjecture(f"each column of {t} is one-hot", by_columns=(t,)) for t in turned]
    about_targets = [*by_columns, *normalised, *columns, *one_hot, *together]
    names = [name for name in _abstract(parsed) if name not in denied]
    free = [a for a in ACTIVATIONS if a not in _known(parsed)]
    meant = [(name, KNOWN_NAMES[name]) for name in names if KNOWN_NAMES.get(name, FLAT[0]) not in (*FLAT, *free)]
    pairs = [*meant, *((name, a) for name in names for a in free)]
    activations = [Conjecture(f"{name} is {a}" if name != a else f"{name} is the known {a}", functions=((name, a),)) for name, a in pairs]
    for pair in permutations(names, len(free)) if len(free) > 1 else ():
        activations.append(sum((Conjecture(f"{n} is {a}", functions=((n, a),)) for n, a in zip(pair, free, strict=True)), NOTHING))
    yield from about_targets
    yield from activations
    yield from (t + a for t in (together[:1] or normalised[:1]) for a in activations)


def _shape(parsed: Parsed, name: str) -> tuple[str, ...]:
    return tuple(part for part in shape_parts(str(parsed.problem.shapes.get(name, ""))) or () if part != "1")


def targets(parsed: Parsed) -> list[str]:
    """Free quantities that stand as a factor beside a logarithm: the targets of a cross-entropy."""
    defined = {to_latex(g.formula.sides[0]) for g in parsed.given if g.formula.sides}
    found: dict[str, None] = {}
    for given in parsed.given:
        for node in s.walk(given.formula):
            if not isinstance(node, s.Product) or not any(_is_log(f) for f in node.factors):
                continue
            for factor in node.factors:
                base = _base(factor)
                key = next((k for k in parsed.problem.shapes if base is not None and _name(k) == _name(base)), None)
                if key is not None and base not in defined and shape_parts(str(parsed.problem.shapes[key])) is not None:
                    found.setdefault(key)
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


def _known(parsed: Parsed) -> set[str]:
    """Functions that the given equations use by their known name: no abstract one is taken for the same by accident."""
    symbols = (node for given in parsed.given for node in s.walk(given.formula) if isinstance(node, s.Symbol))
    return {KNOWN_NAMES[symbol.name] for symbol in symbols if symbol.name in KNOWN_NAMES}


def _abstract(parsed: Parsed) -> list[str]:
    """Abstract element-wise functions, declared or only used in the given equations."""
    found = dict.fromkeys(name for name, kind in parsed.problem.functions.items() if kind == "elementwise")
    shaped = {_name(key) for key in parsed.problem.shapes}
    for given in parsed.given:
        for node in s.walk(given.formula):
            if isinstance(node, s.Call) and node.bracket == "(" and len(node.args) == 1 and not node.function.primes:
                name = function_text(node.function)
                if name not in parsed.problem.functions and name not in KNOWN_NAMES and _name(name) not in shaped:
                    found.setdefault(name)
    return list(found)[:3]
