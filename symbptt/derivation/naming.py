"""Names for errors: which quantities get a δ, how it is spelled, and the arguments of softmax that have no name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from ..latex import syntax as s
from ..latex.printer import to_latex
from ..problem import Given, Problem
from ..reading.scope import script_items
from ..repair.trees import bracketed, product
from .errors import SLOPES
from .network import Equation, Network, bound
from .spans import at_step

LETTERS = ("\\delta", "\\varepsilon", "\\gamma", "e", "g")
#: Letters for the argument of a softmax: of a matrix, of a column.
ARGUMENTS = {"matrix": ("Z", "S", "A"), "column": ("z", "s", "u"), "row": ("z", "s", "u")}


@dataclass(frozen=True)
class Name:
    """A δ. `argument` is the call f(…) of a quantity u = f(…) whose argument has no name: then δ = ∂L/∂u ⊙ f′(…)."""

    node: s.Node
    argument: s.Call | None = None


def applied(equation: Equation, net: Network) -> s.Call | None:
    """f(…) where the whole right side is one known or abstract function, entry by entry or softmax."""
    right = equation.right
    if not isinstance(right, s.Call) or len(right.args) != 1 or right.function.primes:
        return None
    function = net.function(right.function)
    return right if function is not None and function.kind in ("elementwise", "vector") else None


def is_softmax(call: s.Call, net: Network) -> bool:
    function = net.function(call.function)
    return function is not None and function.kind == "vector"


def names(net: Network, ways: Sequence[str], stated: Mapping[str, str]) -> dict[str, Name]:
    """The families on the ways that get a δ: net inputs, and what is needed in several places. `stated` spells some of them."""
    chosen: dict[str, s.Call | None] = {}
    for key in ways:
        family = net.families[key]
        if not family.equations or net.is_cost(key):
            continue
        calls = [applied(e, net) for e in family.equations]
        hidden = next((c for c in calls if c is not None and net.quantity(c.args[0]) is None), None)
        if hidden is not None and (len(calls) == 1 or _is_one_slope(calls, net)):
            chosen[key] = hidden
        elif _is_argument(key, net) or _consumers(key, net, ways) > 1:
            chosen[key] = None
    spelled = _spelled({key: net.families[key].node for key in chosen}, net)
    for key, text in stated.items():
        if key in spelled:
            spelled[key] = net.parsed.expression(text)
    return {key: Name(spelled[key], call) for key, call in chosen.items()}


def _is_one_slope(calls: Sequence[s.Call | None], net: Network) -> bool:
    """Whether several equations of one quantity have a slope that its value alone tells: tanh of one thing or another."""
    functions = [net.function(call.function) if call is not None else None for call in calls]
    return len({f.name if f is not None and f.known else "" for f in functions} & set(SLOPES)) == 1 and len(set(functions)) == 1


def _is_argument(key: str, net: Network) -> bool:
    """Whether some u = f(z) has it as its z."""
    for use in net.uses.get(key, ()):
        equation = Equation(use.key, use.value, use.right)
        call = applied(equation, net)
        if call is not None and net.key(call.args[0]) == key:
            return True
    return False


def _consumers(key: str, net: Network, ways: Sequence[str]) -> int:
    """How many quantities on the ways, and at how many steps, take over its error."""
    found = {(other, use.shift) for other in ways for use in net.uses.get(other, ()) if use.key == key}
    return len(found) + any(shift for _, shift in found)


def _spelled(nodes: Mapping[str, s.Node], net: Network) -> dict[str, s.Node]:
    """δ with the scripts of the quantity where that tells them apart, else with its letter above or below too."""
    letter = next(x for x in LETTERS if not _occurs(x, net))
    swapped = {key: _with_letter(node, letter) for key, node in nodes.items()}
    depths = {_depth(node) for node in nodes.values()}
    if not _meet(swapped, net) and len(depths) < 2 and not any(_depth(node) == 0 for node in nodes.values()):
        return swapped
    return {key: _with_label(node, letter, bool(net.families[key].letter)) for key, node in nodes.items()}


def _meet(swapped: Mapping[str, s.Node], net: Network) -> bool:
    """Whether two names are the same, at some step: δ_T of z_T and δ_t of a_t."""
    for key, node in swapped.items():
        letter = net.families[key].letter
        for other in (other for kept, other in swapped.items() if kept != key):
            items = [item for n in s.walk(other) if isinstance(n, s.Symbol) for script in n.scripts for item in script_items(script)]
            items += [arg for n in s.walk(other) if isinstance(n, s.Call) for arg in n.args]
            if node == other or (letter and any(at_step(node, letter, item) == other for item in items)):
                return True
    return False


def _occurs(letter: str, net: Network) -> bool:
    return any(n.name == letter for f in net.families.values() for n in s.walk(f.node) if isinstance(n, s.Symbol))


def _depth(node: s.Node) -> int:
    symbol = node.function if isinstance(node, s.Call) else node
    return len([n for script in getattr(symbol, "scripts", ()) for n in s.walk(script.body) if isinstance(n, s.Symbol | s.Number)])


def _with_letter(node: s.Node, letter: str) -> s.Node:
    if isinstance(node, s.Call):
        return replace(node, function=replace(node.function, name=letter))
    return replace(node, name=letter)  # type: ignore[call-arg]


def _with_label(node: s.Node, letter: str, has_steps: bool) -> s.Node:
    """δ^s_t for s_t, δ_a(t) for a(t), δ_y(t) for net_y(t), δ_h^{(t)} for h^{(t)}; δ^{z_2} for z_2, as δ^z_2 would be an entry of δ^z."""
    if isinstance(node, s.Call):
        own = node.function
        scripts = own.scripts or (s.Script("sub", s.Symbol(own.name)),)
        return replace(node, function=s.Symbol(letter, scripts))
    assert isinstance(node, s.Symbol)
    above = [script for script in node.scripts if script.kind == "sup"]
    label: s.Node = s.Symbol(node.name)
    if not has_steps and not above and any(isinstance(script.body, s.Number) for script in node.scripts):
        return s.Symbol(letter, (s.Script("sup", node),))
    if above and above[0].bracket:  # h^{(t)}: δ_h^{(t)}
        return s.Symbol(letter, (s.Script("sub", label), *above))
    if above:
        items = above[0].body.items if isinstance(above[0].body, s.Sequence) else (above[0].body,)
        label = s.Sequence((label, *items))
    return s.Symbol(letter, (s.Script("sup", label), *(script for script in node.scripts if script.kind != "sup")))


@dataclass(frozen=True)
class Introduced:
    """A part of an equation given a `name`: `what` it is in words; the equation of the model is `result` = `stated`."""

    name: s.Node
    result: s.Node
    stated: s.Node
    what: str
    condition: str = ""


def with_named_arguments(net: Network, ways: Iterable[str]) -> tuple[Problem, list[Introduced]]:
    """The problem with a name for each argument of softmax on the ways that has none, and what was introduced."""
    problem = net.problem
    found: list[Introduced] = []
    for key in ways:
        for equation in net.families[key].equations:
            call = applied(equation, net)
            if call is None or not is_softmax(call, net) or net.quantity(call.args[0]) is not None:
                continue
            used = net.letters_used
            letter = next(x for x in ARGUMENTS[net.kind(equation.value)] if x not in used)
            name = _with_letter(equation.value, letter)
            renamed, shape = replace(call, args=(name,)), _shape(key, problem, net)
            condition = "" if equation.span is None or equation.span == net.families[key].span else equation.span.condition(equation.letter)
            found.append(Introduced(name, equation.value, call, f"the argument of ${to_latex(call.function)}$", condition))
            given = []
            for item, parsed in zip(problem.given, net.parsed.given, strict=True):
                if parsed.formula.sides[0] == equation.value:
                    given.append(Given(f"{to_latex(name)} = {to_latex(call.args[0])}", item.for_))
                    given.append(Given(f"{to_latex(equation.value)} = {to_latex(renamed)}", item.for_))
                else:
                    given.append(item)
            problem = replace(problem, given=tuple(given), shapes={**problem.shapes, to_latex(name): shape})
    return problem, found


def with_step_losses(net: Network, ways: Iterable[str]) -> tuple[Problem, list[Introduced]]:
    """The problem with a name for the loss of each step, where the loss is a sum over the steps of what has none, and one
    of the `ways` leads from step to step."""
    family = net.families[net.loss]
    carried = any(use.shift for key in ways for use in net.uses.get(key, ()))
    found = _summand(family.equations[0].right, net) if carried and len(family.equations) == 1 else None
    name = _of_step(family.node, found[0], net) if found is not None else None
    if found is None or name is None or ((match := net.quantity(name)) is not None and not match.rest):
        return net.problem, []
    letter, body, over = found
    given = []
    for item, parsed in zip(net.problem.given, net.parsed.given, strict=True):
        if parsed.formula.sides[0] == family.node:
            given += [
                Given(f"{to_latex(name)} = {to_latex(body)}"),
                Given(f"{to_latex(family.node)} = {to_latex(replace(over, body=name))}"),
            ]
        else:
            given.append(item)
    problem = replace(net.problem, given=tuple(given), shapes={**net.problem.shapes, to_latex(name): "scalar"})
    return problem, [Introduced(name, family.node, family.equations[0].right, f"the loss of step ${letter}$")]


def _summand(tree: s.Node, net: Network) -> tuple[str, s.Node, s.BigOperator] | None:
    """The step, what is summed over all steps, sign and constants with it, and the sum; None for another tree."""
    if isinstance(tree, s.Group):
        return _summand(tree.body, net)
    if isinstance(tree, s.Add) and len(tree.terms) == 1:
        ((sign, term),) = tree.terms
        inner = _summand(term, net)
        return inner and (inner[0], s.Add(((sign, bracketed(inner[1])),)), inner[2])
    if isinstance(tree, s.Product) and set(tree.signs) <= {"", "\\cdot"}:
        *front, last = tree.factors
        inner = (
            _summand(last, net) if not any(net.quantity(n) for f in front for n in s.walk(f) if isinstance(n, s.Symbol | s.Call)) else None
        )
        return inner and (inner[0], product((*front, inner[1]), ("",) * len(front)), inner[2])
    if not isinstance(tree, s.BigOperator) or tree.operator != "\\sum" or len(letters := bound(tree)) != 1 or net.quantity(tree.body):
        return None
    stated = net.parsed.ranges.get(letters[0])
    low = to_latex(tree.lower.sides[1]) if isinstance(tree.lower, s.Comparison) else None
    if stated is None or low not in (None, stated[0]) or (tree.upper is not None and to_latex(tree.upper) != stated[1]):
        return None
    return letters[0], tree.body, tree


def _of_step(loss: s.Node, letter: str, net: Network) -> s.Node | None:
    """L_t, L^{(t)} or L(t), as the model writes its steps."""
    if not isinstance(loss, s.Symbol) or loss.scripts or loss.primes:
        return None
    stepped = next((f.node for f in net.families.values() if f.letter == letter and f.equations), None)
    if isinstance(stepped, s.Call):
        return s.Call(loss, (s.Symbol(letter),), stepped.bracket)
    for script in getattr(stepped, "scripts", ()):
        if any(item == s.Symbol(letter) for item in script_items(script)):
            return replace(loss, scripts=(replace(script, body=s.Symbol(letter)),))
    return None


def _shape(key: str, problem: Problem, net: Network) -> str:
    return next(text for spelling, text in problem.shapes.items() if net.key(net.parsed.expression(spelling)) == key)


def shape_of_name(key: str, net: Network) -> str:
    """The stated shape of a family, for its δ."""
    found = [text for spelling, text in net.problem.shapes.items() if net.key(net.parsed.expression(spelling)) == key]
    return str(found[0]) if found else ""
