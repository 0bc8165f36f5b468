"""What each symbol of a model is, told from its equations: inputs, targets, weights, states, predictions, losses, functions, steps."""

from __future__ import annotations

from collections.abc import Iterator

from ..latex import syntax as s
from ..latex.printer import to_latex
from .course import listed
from .network import Family, Network
from .spans import End, at_step


def symbols(net: Network) -> str:
    """A list with a line for each kind of symbol, a shape a line."""
    return "\n".join(f"- {line}" for line in _lines(net))


def _lines(net: Network) -> Iterator[str]:
    free = [family for key, family in net.families.items() if not family.equations and net.uses.get(key)]
    inputs = [f for f in free if f.key not in net.parameters and any(net.kind(use.value) != "scalar" for use in net.uses[f.key])]
    targets = [f for f in free if f.key not in net.parameters and f not in inputs]
    defined = [family for family in net.families.values() if family.equations]
    losses = [family for family in defined if net.kind(family.node) == "scalar"]
    carried = [f for f in defined if f not in losses and f.letter and any(use.shift for use in net.uses.get(f.key, ()))]
    compared = [f for f in defined if f not in losses and any(net.kind(use.value) == "scalar" for use in net.uses.get(f.key, ()))]
    rest = [f for f in defined if f not in losses and f not in carried and f not in compared]
    weights = [net.families[key] for key in net.parameters]
    yield from _told(net, inputs, "the input", "the inputs", step=True)
    if targets and compared:
        against = listed([f.node for f in compared])
        yield from _told(net, targets, f"the target, which {against} is compared with", f"the targets, which {against} are compared with")
    yield from _told(net, [f for f in weights if net.kind(f.node) == "matrix"], "weights, which are learned", "weights, which are learned")
    yield from _told(net, [f for f in weights if net.kind(f.node) != "matrix"], "biases, which are learned", "biases, which are learned")
    word = _word(net)
    on = f"goes on from {word} to {word}", f"go on from {word} to {word}"
    yield from _told(net, [f for f in carried if f not in compared], f"the state, which {on[0]}", f"the states, which {on[1]}")
    yield from _told(net, rest, "computed from these", "computed from these")
    yield from _told(net, compared, "the prediction", "the predictions")
    for family in losses:
        yield f"${to_latex(family.node)}$: the loss{'' if family.key == net.loss else _of_step(family)}, a number"
    yield from _functions(net)
    yield from _steps(net)


def _word(net: Network) -> str:
    letters = {family.letter for family in net.families.values() if family.equations and family.letter}
    return "layer" if letters & {"l", "\\ell"} else "step"


def _of_step(family: Family) -> str:
    return f" of step ${family.letter}$" if family.letter else " before it is weighed"


def _told(net: Network, families: list[Family], one: str, many: str, step: bool = False) -> Iterator[str]:
    by_shape: dict[str, list[Family]] = {}
    shapes = {net.key(net.parsed.expression(spelled)): str(shape) for spelled, shape in net.problem.shapes.items()}
    for family in families:
        by_shape.setdefault(shapes.get(family.key, ""), []).append(family)
    for shape, found in by_shape.items():
        role = one if len(found) == 1 else many
        when = f" of step ${found[0].letter}$" if step and found[0].letter else ""
        yield f"{listed([f.node for f in found])}: {role}{when}{_shaped(shape, len(found) > 1)}"


def _shaped(shape: str, several: bool) -> str:
    parts = shape.replace("x", "×").split("×")
    if not shape or shape == "scalar":
        return ", numbers" if several else ", a number"
    size = " \\times ".join(parts)
    if len(parts) == 1:
        said = f"columns with ${size}$ entries" if several else f"a column with ${size}$ entries"
    elif parts[0] == "1":
        said = f"rows with ${parts[1]}$ entries" if several else f"a row with ${parts[1]}$ entries"
    else:
        said = f"${size}$ matrices" if several else f"{_article(size)} ${size}$ matrix"
    return f", {said}"


def _article(size: str) -> str:
    """An n × m matrix, a q × n matrix: by the sound of the letter or number."""
    return "an" if size[:1] in tuple("8aefhilmnorsxAEFHILMNORSX") else "a"


def _functions(net: Network) -> Iterator[str]:
    for name, told in net.problem.functions.items():
        text = str(told)
        if "=" in text:
            yield f"${text}$"
        elif text == "elementwise":
            yield f"${name}$: any differentiable function, taken entry by entry"
        else:
            yield f"${name}$: any differentiable function{' with numbers as values' if text == 'scalar' else ''}"


def _steps(net: Network) -> Iterator[str]:
    """What counts the steps, and what stands before the first one."""
    for letter, (low, high) in net.parsed.ranges.items():
        word = "layers" if letter in ("l", "\\ell") else "steps"
        before = _before(net, letter)
        more = f"; {listed(before)} before them {'is' if len(before) == 1 else 'are'} given" if before else ""
        yield f"${letter} = {low}, \\dots, {high}$ counts the {word}{more}"


def _before(net: Network, letter: str) -> list[s.Node]:
    found: list[s.Node] = []
    for key, family in net.families.items():
        if not family.equations or family.letter != letter or family.span is None:
            continue
        first = family.span.low.moved(-1)
        own = any(equation.value == at_step(family.node, letter, first.tree()) for equation in family.equations)
        if not own and any(use.shift and use.span is not None and use.span.low <= first for use in net.uses.get(key, ())):
            found.append(at_step(family.node, letter, End("", first.offset).tree()))
    return found
