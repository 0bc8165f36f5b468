"""Arguments that only say what a quantity depends on: `L(w, b) = …` beside a plain `L`."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from ..latex import syntax as s
from ..latex.printer import to_latex


def shown_arguments(
    given: Sequence[s.Formula], claim: Sequence[s.Formula], keys: Sequence[s.Node], others: Collection[str]
) -> dict[str, str]:
    """Spellings `L(w, b)` that stand for the quantity `L`, by the equations that define it.

    The arguments must be quantities themselves, or stand nowhere on the right side; `L` must be met without brackets, in `shapes`
    (`keys`) or in a formula, and with no other arguments. `others` are functions, index letters and names whose argument is an index.
    """
    declared = {to_latex(key) for key in keys}
    quantities = {key.name for key in keys if isinstance(key, s.Symbol)}
    quantities |= {side.name for formula in given for side in formula.sides[:-1] if isinstance(side, s.Symbol)}
    bare: set[str] | None = None
    found: dict[str, str] = {}
    for formula in given:
        left = formula.sides[0]
        if not isinstance(left, s.Call) or left.bracket != "(" or left.function.primes or len(formula.sides) < 2:
            continue
        name = to_latex(left.function)
        inside = {node.name for node in s.walk(*formula.sides[1:]) if isinstance(node, s.Symbol)}
        shown = {to_latex(argument) for argument in left.args}
        if left.function.name in others or to_latex(left) in declared or shown & set(others):
            continue
        if not all(isinstance(a, s.Symbol) and (a.name in quantities or a.name not in inside) for a in left.args):
            continue
        bare = {text for tree in (*given, *claim) for text in _bare(tree)} if bare is None else bare
        calls = {node for node in s.walk(*given, *claim) if isinstance(node, s.Call) and to_latex(node.function) == name}
        if name not in declared | bare or not all(_are_among(call.args, left.args) for call in calls):
            continue
        if len(left.args) > 1 and _depend(left.args, given):
            continue
        found |= {to_latex(call): name for call in calls}
    return found


def _are_among(some: Sequence[s.Node], every: Sequence[s.Node]) -> bool:
    """Whether arguments are those of the definition, some of them left away: `L(v, u)` is not `L(u, v)`."""
    rest = iter(every)
    return all(argument in rest for argument in some)


def _depend(arguments: Sequence[s.Node], given: Sequence[s.Formula]) -> bool:
    """Whether one of the arguments comes from another: then a derivative by that one may hold it or not."""
    names = [argument.name for argument in arguments if isinstance(argument, s.Symbol)]
    needs: dict[str, set[str]] = {}
    for formula in given:
        if isinstance(formula.sides[0], s.Symbol):
            inside = {node.name for node in s.walk(*formula.sides[1:]) if isinstance(node, s.Symbol)}
            needs.setdefault(formula.sides[0].name, set()).update(inside)
    for name in names:
        found: set[str] = set()
        waiting = [name]
        while waiting:
            new = needs.get(waiting.pop(), set()) - found
            found |= new
            waiting += new
        if found & (set(names) - {name}):
            return True
    return False


def _bare(node: s.Node) -> Iterator[str]:
    """The symbols of a formula that have no brackets behind them."""
    stack: list[object] = [node]
    while stack:
        here = stack.pop()
        if isinstance(here, tuple):
            stack += here
        elif isinstance(here, s.Node):
            if isinstance(here, s.Symbol):
                yield to_latex(here)
            stack += [getattr(here, field) for field in s.inner_fields(here) if not (isinstance(here, s.Call) and field == "function")]


def defined_functions(
    given: Sequence[s.Formula], claim: Sequence[s.Formula], keys: Sequence[s.Node], known: Collection[str], others: Collection[str]
) -> dict[int, s.Call]:
    """Equations that define a function for any argument, `\\sigma(x) = \\frac{1}{1 + e^{-x}}`, by their place.

    So it is where x is no quantity, where the function is called with something else or has a prime, or where its name is `known`.
    `others` are declared functions, index letters and names whose argument is an index.
    """
    names = {to_latex(key) for key in keys}
    quantities = {key.name for key in keys if isinstance(key, s.Symbol)}
    quantities |= {side.name for formula in given for side in formula.sides[:-1] if isinstance(side, s.Symbol)}
    found: dict[int, s.Call] = {}
    for place, formula in enumerate(given):
        left = formula.sides[0]
        if not isinstance(left, s.Call) or left.bracket != "(" or len(left.args) != 1 or len(formula.sides) != 2 or formula.condition:
            continue
        argument, function = left.args[0], left.function
        if not isinstance(argument, s.Symbol) or argument.scripts or argument.primes or function.primes:
            continue
        if (
            {function.name, argument.name} & set(others)
            or names & {to_latex(function), to_latex(left)}
            or to_latex(function) in _bare_in(given)
        ):
            continue
        if argument.name not in {node.name for node in s.walk(formula.sides[1]) if isinstance(node, s.Symbol)}:
            continue
        calls = [node for node in s.walk(*given, *claim) if isinstance(node, s.Call) and node.function.name == function.name]
        elsewhere = any(call.args != left.args or call.function.primes for call in calls)
        if argument.name not in quantities or elsewhere or function.name in known:
            found[place] = left
    return found


def _bare_in(trees: Sequence[s.Node]) -> set[str]:
    return {text for tree in trees for text in _bare(tree)}
