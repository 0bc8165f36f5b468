"""The derivation for a number of steps, term by term: forward with explicit and implicit parts, and backward."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from ..latex import syntax as s
from ..latex.printer import to_latex
from ..repair.trees import product, total
from . import general, weights
from .arrangement import GRADIENT
from .board import TRUE
from .chains import Chain, chain_of
from .course import Course, listed
from .errors import back
from .network import Equation, Family, Use
from .spans import End, Span, at_step


def write(course: Course) -> None:
    """The derivation of ∂L/∂(each of `course.wrt`) at every step by itself."""
    net = course.net
    inner = [key for key in course.ways if key != net.loss and net.families[key].equations]
    cyclic = [key for key in inner if any(key in net.below(use.key) for use in course.uses(key))]
    _forward(course, cyclic)
    chain = chain_of(course, ("column", "row", "matrix"))
    if chain is not None:
        _explicit_implicit(course, chain, [net.families[key] for key in course.wrt])
    before = inner[: inner.index(cyclic[0])] if cyclic else inner
    for key in before:
        general.of_family(course, net.families[key])
    if cyclic:
        course.board.part("The chain rule at every step")
        for key in cyclic:
            general.chain_rule(course, net.families[key])
    _backward(course, cyclic)
    for key in inner[len(before) :]:
        if key not in cyclic:
            general.of_family(course, net.families[key])
    in_full = True
    for group in weights.together(course, [net.families[key] for key in course.wrt]):
        weights.heading(course, group)
        for family in group:
            in_full = not _gradient(course, family, group, in_full) and in_full


def _steps(family: Family) -> list[int]:
    """The steps of a family, the last first."""
    return [] if family.span is None else list(range(family.span.high.offset, family.span.low.offset - 1, -1))


def _word(families: Sequence[Family]) -> str:
    return "Layer" if any(family.letter in ("l", "\\ell") for family in families) else "Step"


def _at(tree: s.Node, letter: str, step: int) -> s.Node:
    moved: s.Node = at_step(tree, letter, End("", step).tree())
    return moved


# -- forward ------------------------------------------------------------------------------------------------------------------


def _equation_at(family: Family, step: int, course: Course) -> Equation | None:
    """The equation that defines a family at a step, one for that step before one for all."""
    here = _at(family.node, family.letter, step)
    for equation in family.equations:
        if equation.span is None and equation.value == here:
            return equation
    for equation in family.equations:
        if equation.span is not None and not equation.span.common(Span(End("", step), End("", step))).is_empty:
            return Equation(family.key, here, _at(equation.right, equation.letter, step))
    return None


def _forward(course: Course, cyclic: Sequence[str]) -> None:
    """The states written out, step by step."""
    families = [course.net.families[key] for key in course.net.as_stated(cyclic)]
    if not families:
        return
    word = _word(families)
    course.board.part(f"The {word.lower()}s one by one", "What goes on from one to the next, written out.")
    for step in sorted({step for family in families for step in _steps(family)}):
        told = f"{word} {step}:"
        for family in families:
            equation = _equation_at(family, step, course)
            if equation is not None:
                course.board.write("unrolled", equation.value, equation.right, told)
                told = ""


# -- explicit and implicit parts ------------------------------------------------------------------------------------------------


def _explicit_implicit(course: Course, chain: Chain, families: Sequence[Family]) -> None:
    """∂L_t/∂W for each step: what W does at that step, and what it did before; of all but the first parameter the sum by steps alone."""
    costs = _costs(course, chain)
    acting = [family for family in families if not family.letter and _direct_steps(course, chain, family)]
    if not costs or not acting or course.board.layout != GRADIENT:  # elsewhere columns by matrices have another form
        return
    if any(cost != course.loss for cost, _ in costs) and not _adds_up(course, costs):
        return
    first, *others = acting
    _in_full(course, chain, first, costs)
    if not others:
        return
    nodes = listed([family.node for family in others])
    course.board.part(f"Explicit and implicit parts: {nodes}")
    told = f"{nodes} {'act' if len(others) > 1 else 'acts'} in the same way. Collected by the step at which it acts:"
    for family in others:
        by_step = _by_step(course, chain, family, _direct_steps(course, chain, family))
        course.board.write("collect", course.total(family.node), by_step, told)
        told = ""


def _in_full(course: Course, chain: Chain, family: Family, costs: Sequence[tuple[s.Node, int]]) -> None:
    """∂L_t/∂W with the explicit and the implicit part of each step, in brackets and multiplied out."""
    theta, state, board, loss = family.node, chain.state, course.board, course.loss
    direct = _direct_steps(course, chain, family)
    told = f"${to_latex(theta)}$ acts on a state directly, and through the state before it. The direct part is marked with $+$."
    board.part(f"Explicit and implicit parts: ${to_latex(theta)}$", told)
    if any(cost != loss for cost, _ in costs):
        whole = total(tuple(("+", cost) for cost, _ in costs))
        if not board.has(loss, whole):
            board.write("unrolled", loss, whole, "The loss is the sum over the steps:")
        parts = total(tuple(("+", s.Derivative(cost, (theta,))) for cost, _ in costs))
        board.write("sum over steps", s.Derivative(loss, (theta,)), parts, "The derivative of that sum is the sum of the derivatives:")
    first = min(step for step in direct)
    for cost, last in costs:
        states = {step: _at(state.node, state.letter, step) for step in range(first, last + 1)}
        if not states:
            continue
        left, outer = s.Derivative(cost, (theta,)), s.Derivative(cost, (states[last],))
        chained = partial(_chained, course, state, theta, outer)
        explicit = {step: s.Derivative(states[step], (theta,), mark="\\partial^+") for step in states}
        onward = {step: s.Derivative(states[step], (states[step - 1],)) for step in states if step - 1 in states}
        nested: s.Node = explicit[first]
        for step in range(first + 1, last + 1):
            within = s.Group(nested, "[") if isinstance(nested, s.Add) else nested
            later = product((onward[step], within), ("",))
            nested = s.Add((("+", explicit[step]), ("+", later))) if step in direct else later
        told = f"Of ${to_latex(cost)}$:"
        board.write("chain rule", left, chained((s.Group(nested, "[") if isinstance(nested, s.Add) else nested,)), told)
        if isinstance(nested, s.Add):
            terms = []
            for step in range(last, first - 1, -1):
                if step in direct:
                    between = tuple(onward[at] for at in range(last, step, -1))
                    terms.append(("+", chained((*between, explicit[step]))))
            board.write("unrolled", left, total(tuple(terms)), "Multiplied out, one term for each step at which it acts:")
    if len(costs) > 1:
        told = "Collected by the step at which it acts, over all losses:"
        board.write("collect", s.Derivative(loss, (theta,)), _by_step(course, chain, family, direct), told)


def _by_step(course: Course, chain: Chain, family: Family, direct: set[int]) -> s.Node:
    """∂L/∂h_3 ∂⁺h_3/∂W + ∂L/∂h_2 ∂⁺h_2/∂W + …, the last step first."""
    state, terms = chain.state, []
    for step in sorted(direct, reverse=True):
        here = _at(state.node, state.letter, step)
        explicit = s.Derivative(here, (family.node,), mark="\\partial^+")
        terms.append(("+", _chained(course, state, family.node, s.Derivative(course.loss, (here,)), (explicit,))))
    return total(tuple(terms))


def _chained(course: Course, state: Family, theta: s.Node, outer: s.Node, factors: Sequence[s.Node]) -> s.Node:
    """∂L/∂h times Jacobians, the first of which is by h: ∂L/∂h is a column, so it is transposed, or for a column θ all the others."""
    net = course.net
    factors = [inner for factor in factors for inner in (factor.factors if isinstance(factor, s.Product) else (factor,))]
    if net.kind(state.node) != "column":
        whole = (outer, *factors)
    elif net.kind(theta) == "matrix":
        whole = (net.transposed(outer), *factors)
    else:
        whole = (*map(net.transposed, reversed(factors)), outer)
    return s.Product(whole, ("",) * (len(whole) - 1))


def _adds_up(course: Course, costs: Sequence[tuple[s.Node, int]]) -> bool:
    """Whether the loss is the sum of the costs of the steps, each with the weight one."""
    return course.board.holds(course.loss, total(tuple(("+", cost) for cost, _ in costs))).verdict in TRUE


def _direct_steps(course: Course, chain: Chain, family: Family) -> set[int]:
    """The steps at which a parameter acts on the state of that step."""
    within = {chain.state.key, *(use.key for use in chain.way)}
    found: set[int] = set()
    for use in course.uses(family.key):
        if use.key not in within:
            return set()
        if use.summed is not None:
            found |= set(range(use.summed.low.offset, use.summed.high.offset + 1))
            continue
        step = _step_of(course, use)
        if step:
            found.add(step)
    return found


def _costs(course: Course, chain: Chain) -> list[tuple[s.Node, int]]:
    """The terms of the loss with the step whose state each looks at; the loss itself at the last step."""
    net = course.net
    state = chain.state
    assert state.span is not None
    terms = [key for key in course.ways if key != net.loss and net.kind(net.families[key].node) == "scalar"]
    if len(terms) == 1 and net.families[terms[0]].letter:
        family = net.families[terms[0]]
        return [(_at(family.node, family.letter, step), step) for step in reversed(_steps(family))]
    out = [use for use in course.uses(state.key) if use != chain.way[0]]
    if all(use.span is not None and use.span.is_point for use in out):
        return [(course.loss, state.span.high.offset)]
    return []


# -- backward -----------------------------------------------------------------------------------------------------------------


def _backward(course: Course, cyclic: Sequence[str]) -> None:
    """The errors from the last step to the first."""
    families = [course.net.families[key] for key in cyclic]
    for step in sorted({step for family in families for step in _steps(family)}, reverse=True):
        course.board.part(f"{_word(families)} {step}, backward")
        for family in families:
            if step in _steps(family):
                general.of_point(course, family, Span(End("", step), End("", step)))


def _gradient(course: Course, family: Family, group: Sequence[Family], in_full: bool) -> bool:
    """∂L/∂θ as a sum that is written out; with `in_full` one entry is worked out first. Whether it was.

    `group` are the parameters that are told of together.
    """
    node, board = family.node, course.board
    uses = course.uses(family.key)
    starts = general.starts_of(course, family)
    shown = in_full and weights.entries(course, family, uses)
    found = [(use, total(tuple(back(error, tree, node, course.net)))) for use, (error, tree) in zip(uses, starts, strict=True)]
    if family.letter:
        use, body = found[0]
        told = f"{_enter(group)} {listed([use.value])}:"
        for step in _steps(family):
            first = family is group[0] and step == _steps(family)[0]
            here = _at(node, family.letter, step)
            board.write("collect", course.total(here), _at(body, family.letter, step), told if first else "")
        return shown
    terms: list[tuple[int, s.Node]] = []
    for use, body in found:
        if use.summed is None:
            terms.append((_step_of(course, use), body))
        else:
            terms += [(step, _at(body, use.letter, step)) for step in range(use.summed.low.offset, use.summed.high.offset + 1)]
    terms.sort(key=lambda term: -term[0])
    told = f"{_enter(group)} {listed([use.value for use in uses])}:"
    if not terms:
        board.write("unrolled", course.total(node), general.ZERO, f"{_enter(group, 'acts', 'act')} at none of these steps:")
        return shown
    if len(terms) > 1:
        alone = all(body == error for (_, body), (error, _) in zip(found, starts, strict=True))
        times = "" if alone and len(group) == 1 else " times what the parameter is multiplied with"
        told = f"{_enter(group, 'acts', 'act')} at {len(terms)} steps; each step adds the error there{times}:"
    if shown:
        told = "For all entries at once, step by step:"
    board.write("unrolled", course.total(node), total(tuple(("+", term) for _, term in terms)), told if family is group[0] else "")
    return shown


def _enter(group: Sequence[Family], one: str = "enters", many: str = "enter") -> str:
    return f"{listed([family.node for family in group])} {many if len(group) > 1 else one}"


def _step_of(course: Course, use: Use) -> int:
    """The step of an equation for one step alone; 0 without any."""
    match = course.net.quantity(use.value)
    numbers = [index for index in match.bindings.values() if isinstance(index, s.Number)] if match is not None else []
    return int(numbers[0].text) if numbers else 0
