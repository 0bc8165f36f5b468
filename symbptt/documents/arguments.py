"""Functions that stand for one number: `CE(y, \\hat{y})`, defined once and always written with the same arguments, is a quantity CE."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from symbptt.latex.syntax import Add, Call, Formula, Group, Node, Product, Script, Scripted, Symbol, inner_fields, walk

#: Names of parameters that are written as matrices are.
WEIGHTS = re.compile(r"(?:\\(?:mathbf|boldsymbol|bm)\{)?[WUVR]\}?|\\Theta")
#: What a name of a derivative begins with.
DIFFERENTIAL = re.compile(r"(?:d|\\delta|\\Delta) ")
#: Costs that are known by their initials, as names and as they stand in a text.
COSTS = r"(?:B?CE|CCE|NLL|R?MSE|SSE|MAE|RSS)"
INITIALS = re.compile(rf"(?:\\mathrm\{{)?{COSTS}\}}?")
APPLIED = re.compile(rf"(?<![A-Za-z\\{{]){COSTS}(?=\s*(?:\\left\s*)?\()")
#: Words that quantities go by, spelled out before an index or an argument without a font: `out_{t-1}`, `net_y(t)`, `state_t`.
SPELLED = re.compile(
    r"(?<![A-Za-z\\{])(?:out|output|state|net|cell|hidden|error|score|logit|pred|grad|act|gate|memory|concat|embed|cost|loss|err|res|sum)"
    r"(?=\s*(?:[_^]|\(\s*[a-z]\s*(?:[-+]\s*1\s*)?\)))"
)


def with_fixed_arguments(formulas: Iterable[Formula]) -> frozenset[Symbol]:
    """The functions of several names that some formula defines, and that have no other arguments anywhere."""
    calls: dict[Symbol, set[tuple[Node, ...]]] = defaultdict(set)
    defined: set[Symbol] = set()
    for formula in formulas:
        left = formula.sides[0]
        if formula.relations and isinstance(left, Call) and _is_listed(left):
            defined.add(left.function)
        for node in walk(formula):
            if isinstance(node, Call) and node.bracket == "(":
                calls[node.function].add(node.args)
    return frozenset(function for function in defined if len(calls[function]) == 1)


def _is_listed(call: Call) -> bool:
    """Whether a call is of several names that stand for themselves."""
    names = all(isinstance(argument, Symbol) and not argument.scripts for argument in call.args)
    return call.bracket == "(" and len(call.args) > 1 and names and not call.function.primes and not call.function.scripts


def weights_before_brackets(formulas: Iterable[Formula]) -> frozenset[str]:
    """Letters of weights that also stand alone, or with an index, so that a bracket behind one is a factor: `U_h (r \\odot h)`; and
    names of derivatives, which are no functions: `dz^{[2]} (a^{[1]})^T`."""
    called: set[str] = set()
    alone: set[str] = set()
    primed: set[str] = set()
    for formula in formulas:
        functions = {id(node.function) for node in walk(formula) if isinstance(node, Call)}
        for node in walk(formula):
            if isinstance(node, Symbol) and (WEIGHTS.fullmatch(node.name) or DIFFERENTIAL.match(node.name)):
                (called if id(node) in functions else alone).add(node.name)
                primed |= {node.name} if node.primes else set()
    return frozenset((called & alone) - primed)


def _is_factor(node: Call, letters: frozenset[str]) -> bool:
    """Whether a call is a weight times a sum or product in brackets, or a derivative times what has an index."""
    if len(node.args) != 1 or node.bracket != "(" or node.function.name not in letters:
        return False
    argument = node.args[0]
    indexed = DIFFERENTIAL.match(node.function.name) is not None and any(isinstance(inner, Script) for inner in walk(argument))
    return indexed or (isinstance(argument, (Add, Product)) and DIFFERENTIAL.match(node.function.name) is None)


def with_products(formula: Formula, letters: frozenset[str]) -> Formula:
    """A formula with brackets behind these letters as factors."""
    if not any(isinstance(node, Call) and _is_factor(node, letters) for node in walk(formula)):
        return formula
    changed: Formula = _multiplied(formula, letters)
    return changed


def _multiplied(node: Any, letters: frozenset[str]) -> Any:
    if isinstance(node, tuple):
        return tuple(_multiplied(item, letters) for item in node)
    if not isinstance(node, Node):
        return node
    call = node.base if isinstance(node, Scripted) else node
    if not isinstance(call, Call) or not _is_factor(call, letters):
        return replace(node, **{name: _multiplied(getattr(node, name), letters) for name in inner_fields(node)})
    factor: Node = Group(_multiplied(call.args[0], letters), span=call.span)
    if isinstance(node, Scripted):  # the power is of the bracket: `U (a + b)^T`
        factor = replace(node, base=factor)
    return Product((call.function, factor), ("",), span=node.span)


def without_arguments(formula: Formula, functions: frozenset[Symbol]) -> Formula:
    """A formula with these functions as names."""
    if not any(isinstance(node, Call) and node.function in functions for node in walk(formula)):
        return formula
    changed: Formula = _changed(formula, functions)
    return changed


def _changed(node: Any, functions: frozenset[Symbol]) -> Any:
    if isinstance(node, tuple):
        return tuple(_changed(item, functions) for item in node)
    if isinstance(node, Call) and node.function in functions:
        return replace(node.function, span=node.span)
    if not isinstance(node, Node):
        return node
    return replace(node, **{name: _changed(getattr(node, name), functions) for name in inner_fields(node)})


def spelled_out(texts: Sequence[str]) -> frozenset[str]:
    """Names of several letters, without a font: costs by their initials, and words with an index."""
    return frozenset(match[0] for text in texts for pattern in (APPLIED, SPELLED) for match in pattern.finditer(text))
