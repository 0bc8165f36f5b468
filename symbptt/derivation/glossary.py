"""What each symbol of a model is, told from its equations: inputs, targets, weights, states, predictions, losses, functions, steps."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType

from ..latex import syntax as s
from ..latex.printer import to_latex
from .course import listed
from .network import Family, Network
from .spans import End, at_step

#: Known function → what it does, with a free letter for an entry.
KNOWN: Mapping[str, str] = MappingProxyType(
    {
        "tanh": "the hyperbolic tangent of each entry",
        "sigmoid": "the logistic function, $1 / (1 + e^{{-{u}}})$ of each entry ${u}$",
        "relu": "each entry where it is positive, else zero",
        "softmax": "the distribution with the entries $e^{{{u}_j}} / \\sum_k e^{{{u}_k}}$ for the entries ${u}_j$ of {vector}",
        "log": "the natural logarithm",
    }
)


def symbols(net: Network) -> str:
    """A list with a line for each kind of symbol, a shape a line."""
    return "\n".join(f"- {line}" for line in _lines(net))


def _lines(net: Network) -> Iterator[str]:
    free = [family for key, family in net.families.items() if not family.equations and net.uses.get(key) and not net.is_constant(key)]
    inputs = [f for f in free if f.key not in net.parameters and any(not net.is_cost(use.key) for use in net.uses[f.key])]
    targets = [f for f in free if f.key not in net.parameters and f not in inputs]
    defined = [family for family in net.families.values() if family.equations]
    losses = [family for family in defined if net.is_cost(family.key)]
    carried = [f for f in defined if f not in losses and f.letter and any(use.shift for use in net.uses.get(f.key, ()))]
    compared = [f for f in defined if f not in losses and any(net.is_cost(use.key) for use in net.uses.get(f.key, ()))]
    rest = [f for f in defined if f not in losses and f not in carried and f not in compared]
    weights = [net.families[key] for key in net.parameters]
    against = listed([f.node for f in compared]) if compared else ""
    twice = [f for f in inputs if compared and any(net.is_cost(use.key) for use in net.uses[f.key])]
    yield from _told(net, [f for f in inputs if f not in twice], "the input", "the inputs", step=True)
    for family in twice:
        yield from _told(net, [family], f"an input, and the target, which {against} is compared with", "")
    if targets and compared:
        yield from _told(net, targets, f"the target, which {against} is compared with", f"the targets, which {against} are compared with")
    for told, is_bias in (("weights, which are learned", False), ("biases, which are learned", True)):
        yield from _told(net, [f for f in weights if net.is_bias(f.key) == is_bias], told, told)
    word = _word(net)
    on = f"goes on from {word} to {word}", f"go on from {word} to {word}"
    yield from _told(net, [f for f in carried if f not in compared], f"the state, which {on[0]}", f"the states, which {on[1]}")
    yield from _told(net, rest, "computed from these", "computed from these")
    yield from _told(net, compared, "the prediction", "the predictions")
    yield from _told(net, [f for key, f in net.families.items() if net.is_constant(key)], "the identity", "identities")
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


def _names(function: s.Symbol) -> tuple[s.Script, ...]:
    """The scripts that are no powers: those of `f_1`, none of `\\tanh^2`."""
    return tuple(script for script in function.scripts if script.kind == "sub")


def _as_known(spelled: str, net: Network) -> str:
    """The known function that a stated one is, as `f_1(x) = \\tanh(x)` says it; else what is spelled."""
    texts = [str(told) for name, told in net.problem.functions.items() if to_latex(net.parsed.expression(name)) == spelled]
    return next((text.split("=")[1].split("(")[0].strip() for text in texts if "=" in text), spelled)


def _functions(net: Network) -> Iterator[str]:
    for name, stated in net.problem.functions.items():
        text = str(stated)
        if "=" in text:
            yield f"${text}$"
        elif text == "elementwise":
            yield f"${name}$: any differentiable function, taken entry by entry"
        else:
            yield f"${name}$: any differentiable function{' with numbers as values' if text == 'scalar' else ''}"
    calls = [n for f in net.families.values() for e in f.equations for n in s.walk(e.right) if isinstance(n, s.Call) and len(n.args) == 1]
    told: dict[str, str] = {}
    for call in calls:
        function = net.function(call.function)
        if function is None or function.name not in KNOWN or not function.known:
            continue
        letter = next(x for x in ("u", "v", "x", "z", "r") if x not in net.letters_used)
        vector = {"matrix": "each row", "row": "a row"}.get(net.kind(call.args[0]), "a column") if function.kind == "vector" else ""
        spelled = _as_known(to_latex(replace(call.function, primes=0, scripts=_names(call.function))), net)
        told.setdefault(spelled, f"${spelled}$: {KNOWN[function.name].format(u=letter, vector=vector)}")
    yield from told.values()


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
        if family.letter != letter or family.span is None or key in net.parameters:
            continue
        first = family.span.low.moved(-1)
        own = any(equation.value == at_step(family.node, letter, first.tree()) for equation in family.equations)
        if not own and any(use.span is not None and use.span.low <= first for use in net.uses.get(key, ())):
            found.append(at_step(family.node, letter, End("", first.offset).tree()))
    return found
