"""From a model and names to a derivation."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from ..judge import judge
from ..latex import syntax as s
from ..latex.printer import to_latex
from ..problem import Problem
from ..verdict import Verdict
from . import general, jacobians, points, unrolled
from .arrangement import GRADIENT, NUMERATOR, TOLD
from .board import Board
from .concrete import at_last
from .convention import convention_of, converted
from .course import Course, listed
from .derivation import Derivation
from .errors import slope, times
from .figure import figure_of
from .glossary import symbols
from .naming import Introduced, Name, names, shape_of_name, with_named_arguments, with_step_losses
from .network import Family, Network, Underivable, Use, at_end, network_of
from .notation import Notation, renamed, renamed_wrt


@dataclass(frozen=True)
class Task:
    """What is asked for: `wrt` as spelled, empty for all parameters; these are `parameters`, empty: told by the equations."""

    problem: Problem
    title: str = ""
    wrt: tuple[str, ...] = ()
    source: str = ""
    steps: int | str = "all"
    notation: Notation | None = None
    parameters: tuple[str, ...] = ()


def written(task: Task, judged: Callable[[Problem], Verdict] = judge) -> Derivation:
    """The derivation for every number of steps.

    Raises `Underivable` for what is beyond the rules, `DerivationError` for a line that is not found true.
    """
    problem, asked, learned, style = task.problem, task.wrt, task.parameters, task.notation or Notation("")
    if task.notation is not None:
        own = network_of(problem)
        asked, learned = renamed_wrt(own, asked, style), renamed_wrt(own, learned, style)
        problem = renamed(problem, style)
    problem = replace(problem, notation={"product": "left", **problem.notation})
    if style.convention:
        before = network_of(problem, learned)
        learned = learned or tuple(to_latex(before.families[key].node) for key in before.parameters)
        problem = converted(problem, style.convention, learned)
    if style.layout == NUMERATOR and (has := convention_of(network_of(problem))) != "column":
        more = "add `convention: column` to the notation" if has else "this model has matrices whose rows meet, and no form with columns"
        raise Underivable(f"numerator layout is for columns: {more}")
    net = network_of(problem, learned)
    nodes = [net.parsed.expression(text) for text in asked]
    quotients = [node for node in nodes if isinstance(node, s.Derivative)]
    if quotients:
        if len(quotients) < len(nodes):
            raise Underivable("a Jacobian and a gradient are two derivations: ask for one of them at a time")
        return _of_jacobians(replace(task, parameters=learned), problem, quotients, judged, style.layout)
    net = _with_named(net, asked)
    wrt = targets(net, asked)
    at_points = points.points_of(net, asked, None if task.steps == "all" or not is_unrolled(net) else int(task.steps))
    steps = task.steps if is_unrolled(net) else "all"
    if steps != "all":
        problem, known = at_last(net, int(steps)), [to_latex(net.families[key].node) for key in net.parameters]
        shown_wrt = [to_latex(net.families[key].node) for key in wrt]
        net = network_of(problem)
        moved = dict(zip(wrt, (net.key(net.parsed.expression(text)) for text in shown_wrt), strict=True))
        wrt, at_points = list(moved.values()), [replace(point, key=moved[point.key]) for point in at_points]
        net.known_parameters = tuple(net.key(net.parsed.expression(text)) for text in known)
    ways = net.between(wrt, net.loss)
    introduced: list[Introduced] = []
    for naming in (with_named_arguments, *((with_step_losses,) if steps != "all" else ())):
        problem, new = naming(net, ways)
        if new:
            learned_keys = net.parameters
            net, introduced = network_of(problem), [*introduced, *new]
            net.known_parameters = learned_keys
            ways = net.between(wrt, net.loss)
    board = Board(problem, judged, style.layout)
    _model(net, board, introduced)
    named = names(net, ways, {net.key(net.parsed.expression(key)): text for key, text in style.errors.items()})
    _dependences(net, ways, board)
    immediate = "\\partial^+" if net.has_detour(ways) else "\\partial"
    _definitions(net, named, board, immediate)
    course = Course(net, board, ways, wrt, named, immediate)
    (general if steps == "all" else unrolled).write(course)
    points.write(course, at_points)
    _updates(net, wrt, board, style.rate or next(x for x in RATES if x not in net.letters_used))
    board.close()
    shown = _shown(net, wrt, at_points)
    loss = to_latex(net.families[net.loss].node)
    lead = _lead([f"\\frac{{\\partial {loss}}}{{\\partial {name}}}" for name in shown], board)
    figure = figure_of(net, ways, named, steps)
    return Derivation(_title(task), shown, str(steps), board.problem, tuple(board.parts), task.source, lead, figure)


def _shown(net: Network, wrt: Sequence[str], at_points: Sequence[points.Point]) -> tuple[str, ...]:
    """What was asked for: quantities at every step, or at the one that was named."""
    found: list[str] = []
    for key in wrt:
        family = net.families[key]
        found += [to_latex(at_end(family.node, family.letter, p.end)) for p in at_points if p.key == key] or [to_latex(family.node)]
    return tuple(found)


def _of_jacobians(
    task: Task, problem: Problem, quotients: Sequence[s.Derivative], judged: Callable[[Problem], Verdict], layout: str
) -> Derivation:
    """The derivation of ∂h_t/∂h_k and the like; of a batch for one data point, as a column, because the points do not meet."""
    net = network_of(problem, task.parameters)
    told = ""
    if convention_of(net) in ("row", "batch"):
        told = "The data points do not meet, so one of them is looked at, as a column.\n"
        problem = converted(problem, "column", task.parameters)
        net = network_of(problem, task.parameters)
        quotients = [node for node in map(net.parsed.expression, map(to_latex, quotients)) if isinstance(node, s.Derivative)]
    if task.steps != "all":
        problem, known = at_last(net, int(task.steps)), [to_latex(net.families[key].node) for key in net.parameters]
        net = network_of(problem)
        net.known_parameters = tuple(net.key(net.parsed.expression(text)) for text in known)
    board = Board(problem, judged, layout)
    _model(net, board, (), told)
    ways: list[str] = []
    for quotient in quotients:
        asked = jacobians.asked_of(net, quotient)
        ways = net.between([asked.by], asked.of)
        _dependences(net, ways, board)
        immediate = "\\partial^+" if net.has_detour(ways) else "\\partial"
        jacobians.write(Course(net, board, ways, [asked.by], {}, immediate), asked, task.steps)
    board.close()
    shown = tuple(to_latex(quotient) for quotient in quotients)
    figure = figure_of(net, ways, {}, task.steps)
    return Derivation(
        f"{task.title}: the Jacobian, step by step",
        shown,
        str(task.steps),
        board.problem,
        tuple(board.parts),
        task.source,
        _lead(shown, board),
        figure,
    )


def is_unrolled(net: Network) -> bool:
    """Whether the model has steps whose number is open; else there is nothing to unroll."""
    return any(not high.isdigit() for _, high in net.parsed.ranges.values()) and any(f.letter for f in net.families.values())


def _title(task: Task) -> str:
    return f"{task.title}: the gradient, step by step"


#: A sign in the formulas → what is said of it.
SIGNS = {
    "^{T}": "$A^{T}$ is the transpose of $A$.",
    "^{\\top}": "$A^{\\top}$ is the transpose of $A$.",
    "\\odot": "$\\odot$ multiplies entry by entry.",
    "\\mathrm{diag}": "$\\mathrm{diag}(v)$ is the diagonal matrix with the entries of $v$.",
    "'(": "$f'$ is the derivative of a function $f$, taken entry by entry.",
    "\\mathbf{1}": "$\\mathbf{1}$ is the column of ones.",
}


def _lead(shown: Sequence[str], board: Board) -> str:
    """What is derived, and what its signs mean."""
    written_ = " ".join(step.after for part in board.parts for step in part.steps)
    names_ = [f"${name}$" for name in shown]
    all_names = names_[0] if len(names_) == 1 else f"{', '.join(names_[:-1])} and {names_[-1]}"
    return (
        f"The derivation of {all_names}. {TOLD[board.layout]} "
        f"{''.join(told + ' ' for sign, told in SIGNS.items() if sign in written_)}"
        "Every formula was checked by symbptt before it was written."
    )


def _with_named(net: Network, asked: Sequence[str]) -> Network:
    """The network in which what is asked for is learned, where the equations leave that open."""
    named = [key for text in asked if (key := net.key(net.parsed.expression(text))) in net.undecided()]
    if not named:
        return net
    made = network_of(net.problem)
    made.known_parameters = tuple(key for key in net.families if key in (*net.parameters, *named))
    return made


def targets(net: Network, wrt: Sequence[str]) -> list[str]:
    """The families of the names asked for; all parameters where none is.

    Raises `Underivable` for a name that the model does not have.
    """
    if not wrt and (open_ := net.undecided()):
        told = listed([net.families[key].node for key in open_]).replace("$", "`")
        raise Underivable(
            f"which of {told} are learned cannot be told; name what to derive by (`--wrt NAME`), or say it in the front matter, as "
            "`parameters: 'w; b'`"
        )
    if not wrt and not net.parameters:
        raise Underivable("no quantity of the model is taken for a parameter; name what to derive by: `--wrt NAME`")
    if not wrt:
        return list(net.parameters)
    found = []
    for text in wrt:
        key = net.key(net.parsed.expression(text))
        if key not in net.families:
            raise Underivable(f"the model has no `{text}`; it has {', '.join(net.families)}")
        if net.is_constant(key):
            raise Underivable(f"`{text}` is read as the identity matrix, which nothing is derived by; give what is learned another name")
        if net.loss not in net.below(key) or key == net.loss:
            raise Underivable(f"the loss `{to_latex(net.families[net.loss].node)}` does not depend on `{text}`")
        found.append(key)
    return list(dict.fromkeys(found))


def _model(net: Network, board: Board, introduced: Sequence[Introduced], told: str = "") -> None:
    board.part("The model", told + symbols(net))
    for item, parsed in zip(net.problem.given, net.parsed.given, strict=True):
        left, right = (to_latex(side) for side in parsed.formula.sides)
        board.state("model", left, right, "Its equations:" if item is net.problem.given[0] else "", item.for_)
    for new in introduced:
        named = f"Here ${to_latex(new.name)}$ is a name for {new.what}, so that still"
        board.write("model", new.result, new.stated, named, new.condition)


def _dependences(net: Network, ways: Sequence[str], board: Board) -> None:
    """What each quantity on the way enters, those that enter the same together."""
    together: dict[str, list[s.Node]] = {}
    for key in reversed(ways):
        if key == ways[0] and not any(use.shift for use in net.uses.get(key, ())):
            continue
        family = net.families[key]
        places: dict[s.Node, list[str]] = {}
        for use in (use for use in net.uses.get(key, ()) if use.key in ways):
            place = _place(family, use)
            places.setdefault(place, []).append(f"${to_latex(use.value)}${_when(net, use)}")
        for place, entered in places.items():
            values = list(dict.fromkeys(entered))
            told = f"{', '.join(values[:-1])} and {values[-1]}" if len(values) > 1 else values[0]
            together.setdefault(told, []).append(place)
    lines = [f"- {listed(nodes)} {'enter' if len(nodes) > 1 else 'enters'} {told}." for told, nodes in together.items()]
    board.part("What depends on what", "\n".join(lines))


def _place(family: Family, use: Use) -> s.Node:
    """A quantity as it enters: at every step, or at the one step of that use."""
    if use.span is None or not use.span.is_point or use.span == family.span:
        return family.node
    return at_end(family.node, family.letter, use.span.low)


def _when(net: Network, use: Use) -> str:
    """The steps at which a weight enters, where these are not all."""
    own = net.families[use.key].span
    if use.summed is None or use.summed == own:
        return ""
    return f" for ${use.summed.condition(use.letter)}$"


def _definitions(net: Network, named: Mapping[str, Name], board: Board, immediate: str) -> None:
    if not named and immediate == "\\partial":
        return
    words = "The error of a quantity is the derivative of the loss by it, along all ways from one to the other."
    if immediate == "\\partial^+":
        words += " A derivative marked $\\partial^{+}$ is taken along one equation alone, with everything else in it held fixed."
    board.part("Names for the errors", words)
    loss = net.families[net.loss].node
    for key, name in named.items():
        if name.argument is None:
            board.define(name.node, s.Derivative(loss, (net.families[key].node,)), shape_of_name(key, net))
    told = "Where the argument of a function has no name of its own, the error at that argument is that of the value times the slope"
    told += f"{_slopes(net)}:"
    for key, name in named.items():
        if name.argument is not None:
            node = net.families[key].node
            value = times(s.Derivative(loss, (node,)), slope(name.argument, node, net), node, net)
            board.define(name.node, value, shape_of_name(key, net), told)
            told = ""


#: Function → its slope by its value, in words of mathematics.
SLOPES = {"\\sigma": "$\\sigma(x) (1 - \\sigma(x))$ for $\\sigma$", "\\tanh": "$1 - \\tanh^2(x)$ for $\\tanh$"}


def _slopes(net: Network) -> str:
    """The slopes that are written by the values, of the functions that the model has."""
    used = {n.function.name for f in net.families.values() for e in f.equations for n in s.walk(e.right) if isinstance(n, s.Call)}
    used |= {name for name in SLOPES if any(name in str(told) for told in net.problem.functions.values())}
    known = [told for name, told in SLOPES.items() if name in used or name.lstrip("\\") in used]
    return f" (which is written by the value: {' and '.join(known)})" if known else ""


#: Letters for the rate of learning, the usual ones first.
RATES = ("\\eta", "\\alpha", "\\varepsilon", "\\gamma", "\\rho", "\\mu", "\\eta_0")
#: Parameters whose updates are written one by one, and letters for any of more than that.
FEW, ANY = 5, ("\\theta", "\\vartheta", "\\omega")


def _updates(net: Network, wrt: Sequence[str], board: Board, rate: str) -> None:
    nodes = [net.families[key].node for key in wrt if key in net.parameters]
    if not nodes:
        return
    told = f"One step of gradient descent with the rate ${rate}$ takes the gradient from each parameter."
    texts = [*board.problem.shapes, *(given.equation for given in board.problem.given)]
    letter = next((letter for letter in ANY if not any(letter in text for text in texts)), "")
    if len(nodes) > FEW and letter and board.layout == GRADIENT:  # elsewhere what is a matrix is turned
        told = f"{told[:-1]}; ${letter}$ stands for each of {listed(nodes)}."
        nodes = [s.Symbol(letter)]
    board.part("The update", told)
    for node in nodes:
        gradient = board.arrangement.update(s.Derivative(net.families[net.loss].node, (node,)))
        board.state("gradient descent", to_latex(node), f"{to_latex(node)} - {rate} {to_latex(gradient)}", relation="\\leftarrow")
