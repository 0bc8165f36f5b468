"""Functions that stand for one number: `CE(y, \\hat{y})`, defined once and always written with the same arguments, is a quantity CE.

So are a loss of its parameters, `E(\\theta) = \\sum_t L_t`, and that of a step: `L(y_t, \\hat{y}_t)` is L_t, where L_t is met; where
`L_t = L(y_t, \\hat{y}_t)` is said, L is a function.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import replace
from typing import Any

from symbptt.latex.syntax import Add, Call, Formula, Group, Node, Number, Product, Script, Scripted, Symbol, inner_fields, walk

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
#: Letters of what weighs the terms of a sum.
FACTORS = frozenset({*"cwrms", "\\alpha", "\\beta", "\\gamma", "\\lambda", "\\eta", "\\omega", "\\kappa"})
#: Letters that count, so that `L(t)` is the loss of a step.
COUNTING = frozenset({*"ijklmnpqrstT", "\\tau", "\\ell"})
#: Names for the function of which a loss of the same letter is the value.
FUNCTIONS_OF_LOSSES = ("\\ell", "\\mathrm{loss}", "\\mathrm{cost}")
#: Words that quantities go by, spelled out before an index or an argument without a font: `out_{t-1}`, `net_y(t)`, `state_t`.
SPELLED = re.compile(
    r"(?<![A-Za-z\\{])(?:out|output|state|net|cell|hidden|error|score|logit|pred|grad|act|gate|memory|concat|embed|cost|loss|err|res|sum)"
    r"(?=\s*(?:[_^]|\(\s*[a-z]\s*(?:[-+]\s*1\s*)?\)))"
)


def with_fixed_arguments(formulas: Sequence[Formula], functions: Set[str]) -> tuple[dict[Call, Call | Symbol], frozenset[str]]:
    """The calls that stand for one quantity, each with its name, and the losses of which nothing tells whether they are functions.

    None of `functions`, which are declared.
    """
    calls: dict[Symbol, set[Call]] = defaultdict(set)
    alone: dict[str, list[Symbol]] = defaultdict(list)  # losses that stand without arguments
    heads: dict[Call, list[Formula]] = defaultdict(list)
    for formula in formulas:
        left = formula.sides[0]
        if formula.relations and isinstance(left, Call):
            heads[left].append(formula)
        applied = set()  # names of functions: each stands in the tree behind its call
        for node in walk(formula):
            if isinstance(node, Call):
                applied.add(id(node.function))
                if node.bracket == "(" and node.function.name not in functions:
                    calls[node.function].add(node)
            elif isinstance(node, Symbol) and node.name in LOSSES and id(node) not in applied:
                alone[node.name].append(node)
    defined = {head.function for head in heads if _is_listed(head)}
    fixed: dict[Call, Call | Symbol] = {call: function for function in defined for call in calls[function] if len(calls[function]) == 1}
    losses = {name for function in calls if (name := function.name) in LOSSES and function not in defined}
    unclear = {one.name for one in defined if one.name in LOSSES and len(calls[one]) > 1 and one in alone[one.name]}
    for name in losses:
        own = {call for function, found in calls.items() if function.name == name for call in found}
        found = _of_one_loss(name, own, alone[name], heads, formulas)
        fixed |= found or {}
        unclear |= {name} if found is None else set()
    return fixed, frozenset(unclear)


def _of_one_loss(
    name: str, calls: Set[Call], alone: Sequence[Symbol], equations: Mapping[Call, Sequence[Formula]], formulas: Sequence[Formula]
) -> dict[Call, Call | Symbol] | None:
    """What the calls of a loss stand for; None where it is a quantity in one place, and called with other arguments in another.

    `E(\\theta)` of parameters is E; `L(y_t, \\hat{y}_t)` and `L_t(y_t, \\hat{y}_t)` are L_t where that is met, or where an equation has
    such a call on its left side and L alone is no function.
    """
    of_parameters = {call for call in calls if _is_left_out(call, equations.get(call, ()))}
    if not of_parameters and len(calls) == 1:
        of_parameters = {call for call in calls if _is_named_elsewhere(call, equations.get(call, ()), formulas)}
    others = {call for call in calls - of_parameters if not all(map(_is_an_index, call.args))}
    heads = others & equations.keys()
    letters = {call: letter for call in others if (letter := _letter_of(call))}
    forms = {(node.scripts[0].kind, node.scripts[0].bracket) for node in alone if _index_of(node)}
    stands_alone = any(not node.scripts for node in alone)
    if len(of_parameters) > 1 or not (alone or of_parameters):
        return {} if not of_parameters else None
    found: dict[Call, Call | Symbol] = {call: call.function for call in of_parameters}
    if any(_is_value(formula, name, others) for formula in formulas):
        met = {node.name for formula in formulas for node in walk(formula) if isinstance(node, Symbol)}
        function = next((Symbol(other) for other in FUNCTIONS_OF_LOSSES if other not in met), None)
        return None if function is None else found | {call: replace(call, function=function) for call in others}
    if not others or (not forms and not heads):
        return found
    patterns = {tuple(map(_without_index, call.args)) for call in others}
    if len(patterns) > 1:
        return None if forms or (heads and stands_alone) else found
    if len(letters) < len(others) or len(forms) > 1:
        return found
    kind, bracket = next(iter(forms), ("sub", ""))
    return found | {call: Symbol(name, (Script(kind, Symbol(letter), bracket),)) for call, letter in letters.items()}


def _is_value(formula: Formula, name: str, calls: Set[Call]) -> bool:
    """`L_t = L(y_t, \\hat{y}_t)`: a loss of a step is the value of a function of the same letter."""
    left = formula.sides[0]
    own = isinstance(left, Symbol) and left.name == name and bool(left.scripts)
    return own and len(formula.sides) == 2 and formula.sides[1] in calls and not formula.sides[1].function.scripts  # type: ignore[attr-defined]


def _argument(call: Call) -> Symbol | None:
    """W of `J(W)`, a name without scripts, alone in brackets."""
    argument = call.args[0] if call.bracket == "(" and len(call.args) == 1 and not call.function.scripts else None
    return argument if isinstance(argument, Symbol) and not argument.scripts else None


def _is_left_out(call: Call, equations: Sequence[Formula]) -> bool:
    """`E(\\theta)` of `E(\\theta) = \\sum_t L_t`: the argument is a name that no other side mentions."""
    argument = _argument(call)
    if argument is None or not equations:
        return False
    sides = (side for formula in equations for side in formula.sides[1:])
    return all(node.name != argument.name for node in walk(*sides) if isinstance(node, Symbol))


def _is_named_elsewhere(call: Call, equations: Sequence[Formula], formulas: Iterable[Formula]) -> bool:
    """`J(W) = L + \\lambda \\|W\\|^2` beside `z = W x`: a loss with an equation, of what the equation of another name speaks of."""
    argument = _argument(call)
    if argument is None or not equations or argument.name in COUNTING:
        return False
    others = (formula for formula in formulas if isinstance(formula.sides[0], Symbol))
    return any(node == argument for formula in others for node in walk(*formula.sides[1:]))


def _is_an_index(node: Node) -> bool:
    """t of `L(t)`, and any letter or number."""
    return isinstance(node, Number) or (isinstance(node, Symbol) and not node.scripts and len(node.name) == 1)


def _letter_of(call: Call) -> str:
    """t of `L(y_t, \\hat{y}_t)` and of `L_t(y_t, \\hat{y}_t)`."""
    letters = {_index_of(argument) for argument in call.args} | ({_index_of(call.function)} if call.function.scripts else set())
    return letters.pop() if len(letters) == 1 else ""


def _without_index(node: Node) -> tuple[object, ...]:
    """A name without the letter of its index."""
    return (node.name, bool(node.scripts)) if isinstance(node, Symbol) and (_index_of(node) or not node.scripts) else (node,)


def _index_of(node: Node) -> str:
    """t of `y_t`, of `y^{(t)}` and of `\\hat{y}_t`, whose only script it is."""
    if not isinstance(node, Symbol) or len(node.scripts) != 1 or node.primes:
        return ""
    script = node.scripts[0]
    body = script.body
    turned = script.kind == "sup" and not script.bracket
    return body.name if isinstance(body, Symbol) and not body.scripts and not (turned and body.name in ("T", "\\top")) else ""


def _is_listed(call: Call) -> bool:
    """Whether a call is of several names that stand for themselves."""
    names = all(isinstance(argument, Symbol) and not argument.scripts for argument in call.args)
    return call.bracket == "(" and len(call.args) > 1 and names and not call.function.primes and not call.function.scripts


def weights_before_brackets(formulas: Iterable[Formula]) -> frozenset[str]:
    """Letters behind which a bracket is a factor, where they also stand alone or with an index.

    Those of weights, `U_h (r \\odot h)`; names of derivatives, which are no functions, `dz^{[2]} (a^{[1]})^T`; what is said to be a
    number, `c_i (z_i - y_i)` of `c_i \\in \\mathbb{R}`; what stands in the same formula as a factor, `c_i y_i + c_i (1 - y_i)`; and letters
    of factors with an index that are never called with anything but a sum.
    """
    called: set[str] = set()
    alone: set[str] = set()
    primed: set[str] = set()
    beside: set[str] = set()
    functions: set[str] = set()
    formulas = tuple(formulas)
    real = {side.name for formula in formulas if _is_real(formula) for side in formula.sides if isinstance(side, Symbol)} - LOSSES
    for formula in formulas:
        calls = [node for node in walk(formula) if isinstance(node, Call)]
        applied = {id(node.function) for node in calls}
        bare = {node for node in walk(formula) if isinstance(node, Symbol) and id(node) not in applied}
        for node in (node for node in walk(formula) if isinstance(node, Symbol)):
            if node.name in real or WEIGHTS.fullmatch(node.name) or DIFFERENTIAL.match(node.name):
                (called if id(node) in applied else alone).add(node.name)
                primed |= {node.name} if node.primes else set()
        for call in calls:
            is_sum = call.bracket == "(" and len(call.args) == 1 and isinstance(call.args[0], Add)
            if not is_sum:
                functions.add(call.function.name)
            elif call.function.scripts and (call.function in bare or call.function.name in FACTORS):
                beside.add(call.function.name)
    defined = {f.sides[0].name for f in formulas if "=" in f.relations and isinstance(f.sides[0], Symbol)}  # known to be quantities
    return frozenset(((called & alone) - primed) | (beside - functions - defined))


def _is_real(formula: Formula) -> bool:
    """`c_i \\in \\mathbb{R}`"""
    return formula.membership == Symbol("\\mathbb{R}")


def _is_factor(node: Call, letters: frozenset[str]) -> bool:
    """Whether a call is a weight times a sum or product in brackets, or a derivative or a number times what has an index."""
    if len(node.args) != 1 or node.bracket != "(" or node.function.name not in letters:
        return False
    argument = node.args[0]
    if WEIGHTS.fullmatch(node.function.name):
        return isinstance(argument, (Add, Product))
    return any(isinstance(inner, Script) for inner in walk(argument))


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


def without_arguments(formula: Formula, fixed: Mapping[Call, Call | Symbol]) -> Formula:
    """A formula with names for these calls."""
    if not any(isinstance(node, Call) and node in fixed for node in walk(formula)):
        return formula
    changed: Formula = _changed(formula, fixed)
    return changed


def _changed(node: Any, fixed: Mapping[Call, Call | Symbol]) -> Any:
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
