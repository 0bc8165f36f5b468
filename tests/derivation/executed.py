"""The lines of a derivation executed with NumPy as they are printed: nothing of the engines is used, only the parser.

A name is looked up among the lines that define it at its step, boundary lines before general ones; what no line defines is data.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any

import numpy as np

from symbptt.derivation.spans import at_step
from symbptt.derivation.steps import Step
from symbptt.latex import syntax as s
from symbptt.latex.parser import parse_condition, parse_expression, words_from
from symbptt.latex.printer import to_latex
from symbptt.problem import Problem

TRANSPOSE = s.Script("sup", s.Symbol("T"))
#: Function as spelled → value and slope; abstract ones are taken to be a cubic.
FUNCTIONS = {
    "\\tanh": (np.tanh, lambda x: 1 - np.tanh(x) ** 2),
    "\\sigma": (lambda x: 1 / (1 + np.exp(-x)), None),
    "\\ln": (np.log, None),
    "f": (lambda x: x + x**2 / 3 - x**3 / 5, lambda x: 1 + 2 * x / 3 - 3 * x**2 / 5),
}
#: Lines that state something about derivatives on the way, not the value of a name.
NOT_EXECUTED = ("local derivative", "chain rule", "product of Jacobians", "softmax", "assumption")
SOFTMAX = ("\\mathrm{softmax}", "\\operatorname{softmax}", "softmax")


@dataclass
class Executed:
    """One derivation at `last` steps with the sizes given; `data` overrides what is drawn for free names."""

    steps: Sequence[Step]
    problem: Problem
    last: int
    sizes: Mapping[str, int]
    data: dict[str, Any] = field(default_factory=dict)
    known: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        spellings = [*self.problem.shapes, *(step.before for step in self.steps)]
        self.words = words_from([text for text in spellings if "frac" not in text], {})
        self.stated = [to_latex(parse_expression(key)) for key in self.problem.functions]
        self.shapes = self._shapes()
        self.lines: dict[str, list[tuple[s.Node, s.Node]]] = {}
        lines = [step for step in self.steps if step.verdict != "update" and not (step.verdict == "definition" and "partial" in step.after)]
        for step in sorted(lines, key=lambda step: any(letter in step.before for letter in self.problem.ranges)):
            for letter_step in range(0, self.last + 1):
                self._add(step, letter_step)

    @property
    def _letter(self) -> str:
        """The letter of the steps; of a model without any one that it does not have."""
        (letter,) = list(self.problem.ranges) or ["t"]
        return letter

    def _add(self, step: Step, at: int) -> None:
        letter = self._letter
        end = self._plain(parse_expression(step.before, self.words)), self._plain(parse_expression(step.after, self.words))
        if "j" in {n.name for n in s.walk(end[0]) if isinstance(n, s.Symbol)} and step.verdict != "given":
            return  # single entries, which are not executed
        in_errors = step.rule == "collect" and "\\partial^" not in step.after  # of other quantities, that are known before
        if ("\\partial" in step.after and not in_errors) or step.rule in NOT_EXECUTED:
            return
        left, right = (at_step(tree, letter, s.Number(str(at))) for tree in end)
        if left == end[0]:
            right = end[1]
            if at != 1:
                return
        if left != end[0] and not self._in_range(step, letter, at):
            return
        self.lines.setdefault(to_latex(left), []).append((left, right))

    def _plain(self, tree: s.Node) -> s.Node:
        """With the last step as a number."""
        (ends,) = {text.split("..")[1] for text in self.problem.ranges.values()} or {"T"}
        hidden = s.Script("sup", s.Symbol("transposed"))
        tree = _swap(tree, s.Script("sup", s.Symbol("\\top")), TRANSPOSE)
        return _swap(at_step(_swap(tree, TRANSPOSE, hidden), ends, s.Number(str(self.last))), hidden, TRANSPOSE)

    def _in_range(self, step: Step, letter: str, at: int) -> bool:
        if not self.problem.ranges:
            return True
        low, _ = next(iter(self.problem.ranges.values())).split("..")
        bounds = [1 if low == "1" else int(low), self.last]
        if step.condition and "\\ne" not in step.condition:
            condition = self._plain(parse_condition(step.condition))
            assert isinstance(condition, s.Comparison)
            outer = [int(self.number(at_step(side, letter, s.Number(str(at))))) for side in condition.sides]
            return all(a <= b for a, b in pairwise(outer))
        return bounds[0] <= at <= bounds[1]

    # -- values -----------------------------------------------------------------------------------------------------------

    def number(self, tree: s.Node) -> float:
        if isinstance(tree, s.Number):
            return float(tree.text)
        assert isinstance(tree, s.Add), to_latex(tree)
        return sum((1 if sign == "+" else -1) * self.number(term) for sign, term in tree.terms)

    def value(self, tree: s.Node) -> Any:
        if isinstance(tree, s.Number):
            return float(tree.text)
        if isinstance(tree, s.Group):
            return self.value(tree.body)
        if isinstance(tree, s.Add):
            return sum(((1 if sign == "+" else -1) * self.value(term) for sign, term in tree.terms), 0.0)
        if isinstance(tree, s.Root):
            return np.sqrt(self.value(tree.body))
        if isinstance(tree, s.Fraction):
            return self.value(tree.numerator) / self.value(tree.denominator)
        if isinstance(tree, s.Product):
            return self._product(tree)
        if isinstance(tree, s.Scripted) and isinstance(tree.base, s.Call) and self._is_product(tree.base):
            left, right = self.value(tree.base.function), _raised(self.value(tree.base.args[0]), tree.scripts)
            return left * right if np.size(left) == 1 or np.size(right) == 1 else left @ right
        if isinstance(tree, s.Call) and self._is_product(tree):
            left, right = self.value(tree.function), self.value(tree.args[0])
            return left * right if np.size(left) == 1 or np.size(right) == 1 else left @ right
        if isinstance(tree, s.Scripted) and isinstance(tree.base, s.Norm):
            return (self.value(tree.base.body) ** 2).sum().reshape(1, 1)  # the square of a norm
        if isinstance(tree, s.Scripted):
            return _raised(self.value(tree.base), tree.scripts)
        if isinstance(tree, s.BigOperator):
            return self._sum(tree)
        if isinstance(tree, s.Call) and (found := self._call(tree)) is not None:
            return found
        if isinstance(tree, s.Symbol) and tree.scripts and (TRANSPOSE in tree.scripts or self._is_power(tree.scripts[-1], tree)):
            kept = tree.scripts[-1] if self._is_power(tree.scripts[-1], tree) else TRANSPOSE
            return _raised(self.value(replace(tree, scripts=tuple(x for x in tree.scripts if x != kept))), (kept,))
        return self.name(tree)

    def _is_power(self, script: s.Script, tree: s.Symbol) -> bool:
        if script != s.Script("sup", s.Number("2")):
            return False
        return any(x.kind == "sub" for x in tree.scripts) or (self._shape(tree) is None and self._shape(s.Symbol(tree.name)) is not None)

    def _function(self, tree: s.Call) -> str:
        return to_latex(replace(tree.function, scripts=tuple(x for x in tree.function.scripts if x.kind != "sup"), primes=0))

    def _is_product(self, tree: s.Call) -> bool:
        """Whether a quantity stands before brackets: `\\delta (a)^T`."""
        name = self._function(tree)
        known = name in FUNCTIONS or name in SOFTMAX or name in self.stated or name == "\\mathrm{diag}"
        return not known and not tree.function.primes and self._shape(tree) is None and tree.bracket == "(" and self._entry(tree) is None

    def _product(self, tree: s.Product) -> Any:
        value = self.value(tree.factors[0])
        for sign, factor in zip(tree.signs, tree.factors[1:], strict=True):
            other = self.value(factor)
            scalar = np.size(value) == 1 or np.size(other) == 1
            value = value * other if sign == "\\odot" or scalar else value @ other
        return value

    def _sum(self, tree: s.BigOperator) -> Any:
        if not isinstance(tree.lower, s.Comparison):
            letter, low, high = to_latex(tree.lower), 1, 0  # type: ignore[arg-type]
        else:
            letter, low = to_latex(tree.lower.sides[0]), int(self.number(tree.lower.sides[1]))
            high = self.sizes.get(to_latex(tree.upper).replace("{", "").replace("}", "")) if tree.upper is not None else 0  # type: ignore[assignment]
            high = int(self.number(tree.upper)) if high is None and tree.upper is not None else high
        if not high:  # over entries, to the size of what has them
            first = next(n for n in s.walk(tree.body) if isinstance(n, s.Symbol) and letter in to_latex(n) and n.scripts)
            high = self._axis(first, letter, tree.body)
        return sum((self.value(at_step(tree.body, letter, s.Number(str(i)))) for i in range(low, high + 1)), 0.0)

    def _axis(self, node: s.Symbol, letter: str, body: s.Node) -> int:
        """The size of what the letter counts: of a matrix the columns, if it stands last."""
        for key, shape in self.problem.shapes.items():
            if key.startswith(re.split(r"[_^(]", to_latex(node))[0]) and shape != "scalar":
                sizes = [size for size in str(shape).split("×") if size != "1"]
                items = [to_latex(item) for script in node.scripts for item in getattr(script.body, "items", (script.body,))]
                return self.sizes[sizes[-1 if len(sizes) == 1 or items[-1] == letter else 0]]
        raise KeyError(to_latex(body))

    def _call(self, tree: s.Call) -> Any:
        name = self._function(tree)
        told = next((str(v) for key, v in self.problem.functions.items() if to_latex(parse_expression(key)) == name), "")
        if "=" in told:
            name = re.split(r"\(", told.split("=")[1])[0].strip()
        if name in SOFTMAX:
            z = self.value(tree.args[0])
            axis = 0 if z.shape[1] == 1 else 1
            return np.exp(z) / np.exp(z).sum(axis=axis, keepdims=True)
        if name == "\\mathrm{diag}":
            return np.diag(self.value(tree.args[0])[:, 0])
        if name not in FUNCTIONS:
            return None
        function = FUNCTIONS[name][tree.function.primes]
        value = function(self.value(tree.args[0]))  # type: ignore[misc]
        return value**2 if any(x.kind == "sup" for x in tree.function.scripts) else value

    def name(self, tree: s.Node) -> Any:
        key = to_latex(tree)
        if key in self.known:
            return self.known[key]
        if key == "\\mathbf{1}":
            sizes = {size for shape in self.problem.shapes.values() for size in str(shape).split("×")}
            return np.ones((self.sizes[next((x for x in ("N", "B") if x in sizes), "m")], 1))
        for _, right in self.lines.get(key, ())[-1:]:
            self.known[key] = self.value(right)
            return self.known[key]
        if key in self.sizes and self._shape(tree) is None:
            return float(self.sizes[key])
        found = self._entry(tree)
        return found if found is not None else self._drawn(tree)

    def _entry(self, tree: s.Node) -> Any:
        """`y^{2}_{1}`, `y_{2,1}`, `y_1(2)`: an entry of a whole that is known or drawn."""
        symbol = tree.function if isinstance(tree, s.Call) else tree
        for at, script in enumerate(symbol.scripts) if isinstance(symbol, s.Symbol) else ():
            if script.kind != "sub":
                continue
            items = script.body.items if isinstance(script.body, s.Sequence) else (script.body,)
            for many in (1, 2):
                indices = items[-many:]
                if len(items) < many or not all(isinstance(i, s.Number) for i in indices):
                    continue
                kept = items[:-many]
                body = () if not kept else (replace(script, body=kept[0] if len(kept) == 1 else s.Sequence(kept)),)
                bare: s.Node = replace(symbol, scripts=(*symbol.scripts[:at], *body, *symbol.scripts[at + 1 :]))
                bare = replace(tree, function=bare) if isinstance(tree, s.Call) else bare  # type: ignore[call-arg]
                if self._shape(bare) is not None and len([n for n in self._shape(bare) or () if n > 1]) == many:
                    whole = self.name(bare)
                    place = [int(i.text) - 1 for i in indices if isinstance(i, s.Number)]
                    return whole[place[0], place[1]] if many == 2 else whole.reshape(-1)[place[0]]
        return None

    def _shape(self, tree: s.Node) -> tuple[int, int] | None:
        return self.shapes.get(to_latex(tree))

    def _shapes(self) -> dict[str, tuple[int, int]]:
        """Each name at each step with its rows and columns."""
        letter = self._letter
        found: dict[str, tuple[int, int]] = {}
        for key, text in self.problem.shapes.items():
            spelled = self._plain(parse_expression(key, self.words))
            for at in range(self.last + 2):
                here = at_step(spelled, letter, s.Number(str(at)))
                found.setdefault(to_latex(here), self._numbers(str(text), at))
        return found

    def _numbers(self, text: str, at: int) -> tuple[int, int]:
        letter = self._letter
        if text == "scalar":
            return 1, 1
        parts = []
        for part in text.split("×"):
            part = part.replace(f"_{{{letter}-1}}", f"_{at - 1}").replace(f"_{letter}", f"_{at}")
            parts.append(1 if part == "1" else self.sizes.get(part, 0))
        return (parts[0], 1) if len(parts) == 1 else (parts[0], parts[1])

    def _drawn(self, tree: s.Node) -> Any:
        key = to_latex(tree)
        if key not in self.data:
            shape = self._shape(tree)
            assert shape is not None, f"nothing is known of `{key}`"
            seed = np.random.default_rng(sum(ord(c) * (i + 1) for i, c in enumerate(key)))
            self.data[key] = seed.normal(size=shape) * 0.6
        return self.data[key]


def _swap(node: Any, old: s.Script, new: s.Script) -> Any:
    if isinstance(node, tuple):
        return tuple(_swap(item, old, new) for item in node)
    if node == old:
        return new
    if not isinstance(node, s.Node):
        return node
    return replace(node, **{name: _swap(getattr(node, name), old, new) for name in s.inner_fields(node)})


def _raised(value: Any, scripts: tuple[s.Script, ...]) -> Any:
    for script in scripts:
        value = value.T if script == TRANSPOSE else value**2
    return value
