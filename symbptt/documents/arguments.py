"""Functions that stand for one number: `CE(y, \\hat{y})`, defined once and always written with the same arguments, is a quantity CE.

So are a loss of its parameters, `E(\\theta) = \\sum_t L_t`, and that of a step: `L(y_t, \\hat{y}_t)` is L_t, where L_t is met.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence, Set
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
#: Names of losses that are met with arguments.
LOSSES = frozenset({"L", "J", "E", "C", "\\mathcal{L}", "\\mathcal{J}", "\\mathcal{E}", "\\ell", "\\mathrm{loss}"})
#: Words that quantities go by, spelled out before an index or an argument without a font: `out_{t-1}`, `net_y(t)`, `state_t`.
SPELLED = re.compile(
    r"(?<![A-Za-z\\{])(?:out|output|state|net|cell|hidden|error|score|logit|pred|grad|act|gate|memory|concat|embed|cost|loss|err|res|sum)"
    r"(?=\s*(?:[_^]|\(\s*[a-z]\s*(?:[-+]\s*1\s*)?\)))"
)


def with_fixed_arguments(formulas: Sequence[Formula], functions: Set[str]) -> dict[Call, Symbol]:
    """The calls that stand for one quantity, each with its name; none of `functions`, which are declared."""
    calls: dict[Symbol, set[Call]] = defaultdict(set)
    defined: set[Symbol] = set()
    for formula in formulas:
        left = formula.sides[0]
        if formula.relations and isinstance(left, Call) and (_is_listed(left) or _of_parameters(formula)):
            defined.add(left.function)
        for node in walk(formula):
            if isinstance(node, Call) and node.bracket == "(" and node.function.name not in functions:
                calls[node.function].add(node)
    fixed = {call: function for function in defined for call in calls[function] if len(calls[function]) == 1}
    return {**_of_one_step(formulas, calls), **fixed}


def _of_parameters(formula: Formula) -> bool:
    """`E(\\theta) = \\sum_t L_t`: a loss of a name that the other side does not mention."""
    left = formula.sides[0]
    if not isinstance(left, Call) or left.bracket != "(" or len(left.args) != 1 or left.function.name not in LOSSES:
        return False
    (argument,) = left.args
    if not isinstance(argument, Symbol) or argument.scripts or left.function.scripts:
        return False
    return all(not isinstance(node, Symbol) or node.name != argument.name for node in walk(*formula.sides[1:]))


def _of_one_step(formulas: Sequence[Formula], calls: Mapping[Symbol, Set[Call]]) -> dict[Call, Symbol]:
    """`L(y_t, \\hat{y}_t)` and `L_t(y_t, \\hat{y}_t)` as L_t, where that is met and L is not defined as a function."""
    called = {function: found for function, found in calls.items() if function.name in LOSSES}
    if not called:
        return {}
    heads = {formula.sides[0].function.name for formula in formulas if formula.relations and isinstance(formula.sides[0], Call)}
    functions = {id(node.function) for formula in formulas for node in walk(formula) if isinstance(node, Call)}
    forms: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for node in (node for formula in formulas for node in walk(formula)):
        if isinstance(node, Symbol) and node.name in LOSSES and id(node) not in functions and (letter := _index_of(node)):
            forms[node.name].add((node.scripts[0].kind, node.scripts[0].bracket))
    found: dict[Call, Symbol] = {}
    for function, own in called.items():
        if len(forms[function.name]) != 1 or function.name in heads:
            continue
        ((kind, bracket),) = forms[function.name]
        for call in own:
            letters = {_index_of(argument) for argument in call.args} | ({_index_of(function)} if function.scripts else set())
            letter = letters.pop() if len(letters) == 1 else ""
            if letter:
                found[call] = replace(function, scripts=(Script(kind, Symbol(letter), bracket),))
    return found


def _index_of(node: Node) -> str:
    """t of `y_t`, of `y^{(t)}` and of `\\hat{y}_t`, whose only script it is."""
    body = node.scripts[0].body if isinstance(node, Symbol) and len(node.scripts) == 1 and not node.primes else None
    return body.name if isinstance(body, Symbol) and not body.scripts and body.name not in ("T", "\\top") else ""


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


def without_arguments(formula: Formula, fixed: Mapping[Call, Symbol]) -> Formula:
    """A formula with names for these calls."""
    if not any(isinstance(node, Call) and node in fixed for node in walk(formula)):
        return formula
    changed: Formula = _changed(formula, fixed)
    return changed


def _changed(node: Any, fixed: Mapping[Call, Symbol]) -> Any:
    if isinstance(node, tuple):
        return tuple(_changed(item, fixed) for item in node)
    if isinstance(node, Call) and node in fixed:
        return replace(fixed[node], span=node.span)
    if not isinstance(node, Node):
        return node
    return replace(node, **{name: _changed(getattr(node, name), fixed) for name in inner_fields(node)})


def spelled_out(texts: Sequence[str]) -> frozenset[str]:
    """Names of several letters, without a font: costs by their initials, and words with an index."""
    return frozenset(match[0] for text in texts for pattern in (APPLIED, SPELLED) for match in pattern.finditer(text))
