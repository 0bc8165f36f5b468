"""What a document spells in two ways, perhaps without meaning two things: `\\check{w}` for w, the layer 4 of which it says that it is L,
the output o of `z^{o,t}` beside `z^{0,t}`.

It is read a second time with one spelling. What is undecided or false as it is printed, and true then, is true on that condition; nothing
else of the second reading counts, least of all that something is false.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from symbptt.documents.item import DocumentItem
from symbptt.latex.printer import to_latex
from symbptt.latex.syntax import BigOperator, Formula, Node, Number, Script, Symbol, walk, with_parts
from symbptt.latex.syntax import Sequence as Listed
from symbptt.reading.tidy import filled

#: A mark that hands put over a letter, and scanners take for an accent, where the letter stands without it as well.
MARK = "\\check{"
#: The letter that is read for a zero, or the other way round.
OUTPUT = "o"
#: What the last layer goes by.
LAST = "L"


@dataclass(frozen=True)
class Respelling:
    """A change of every formula of a document, and the condition under which it changes no meaning."""

    condition: str
    changed: Callable[[Formula], Formula]
    own: bool = False  # whether it concerns only the claims that it changes


def respellings(formulas: Sequence[Formula]) -> Iterator[Respelling]:
    """The second spellings that a document gives reason to suspect."""
    if marked := _marks(formulas):
        told = ", ".join(f"`{key}` is `{plain}`" for key, plain in sorted(marked.items()))
        yield Respelling(f"reading: {told}", partial(_renamed, names=marked))
    if names := _zeros(formulas):
        yield Respelling(f"reading: `o` in scripts is 0, as in `{names}`", _with_zeros, own=True)
    for number, shown in dict.fromkeys(_instances(formulas)):
        yield Respelling(f"reading: `{LAST}` is {number}, as in `{shown}`", partial(_numbered, number=number))


def _marks(formulas: Sequence[Formula]) -> dict[str, str]:
    """The letters with a mark that all stand without it elsewhere, never in one formula, and that no equation defines with it."""
    met = [{node.name for node in walk(formula) if isinstance(node, Symbol)} for formula in formulas]
    found = {name: name.removeprefix(MARK).removesuffix("}") for names in met for name in names if name.startswith(MARK)}
    heads = {side.name for formula in formulas if formula.relations for side in formula.sides[:1] if isinstance(side, Symbol)}
    apart = all(plain not in names for names in met for name, plain in found.items() if name in names)
    known = set().union(*met) if met else set()
    return found if apart and not heads & set(found) and set(found.values()) <= known else {}


def _zeros(formulas: Sequence[Formula]) -> str:
    """`z^{o,t}` where `z^{0,t}` is met as well: a name that has the letter o in one place and a 0 in the other, one of several indices."""
    met = {node for formula in formulas for node in walk(*formula.sides) if isinstance(node, Symbol) and node.scripts}
    changed = ((node, _with_zeros(node)) for node in sorted(met, key=to_latex))
    return next((to_latex(other) for node, other in changed if other != node and other in met), "")


def _with_zeros(node: Any) -> Any:
    """With a 0 for the letter o among the indices of a name."""
    node = with_parts(node, _with_zeros)
    if not isinstance(node, Script) or not isinstance(node.body, Listed):
        return node
    return _with_body(node, filled(node.body, {OUTPUT: Number("0")}))


def _with_body(node: Script, body: Node) -> Script:
    """The same script where nothing in it is changed: what is known of its formula stays known."""
    return node if body is node.body else replace(node, body=body)


def _renamed(node: Any, names: Mapping[str, str]) -> Any:
    node = with_parts(node, partial(_renamed, names=names))
    return replace(node, name=names[node.name]) if isinstance(node, Symbol) and node.name in names else node


def _instances(formulas: Sequence[Formula]) -> Iterator[tuple[str, str]]:
    """`y = a^4` beside `y = a^L`: the number of the last layer, and the equation that shows it."""
    equations = [formula.sides for formula in formulas if len(formula.sides) == 2 and formula.relations == ("=",)]
    for left, right in equations:
        if not isinstance(left, Symbol) or left.scripts or not isinstance(right, Symbol):
            continue
        for script in right.scripts:
            general = replace(right, scripts=tuple(replace(s, body=Symbol(LAST)) if s is script else s for s in right.scripts))
            if isinstance(script.body, Number) and script.body.text.isdigit() and (left, general) in equations:
                yield script.body.text, f"{to_latex(left)} = {to_latex(right)}"


def _numbered(node: Any, number: str) -> Any:
    """A formula with a number for the last layer, in scripts and where sums end."""
    node = with_parts(node, partial(_numbered, number=number))
    if isinstance(node, BigOperator) and node.upper == Symbol(LAST):
        return replace(node, upper=Number(number))
    return _with_body(node, filled(node.body, {LAST: Number(number)})) if isinstance(node, Script) else node


def with_meant(items: Iterable[DocumentItem], others: Iterable[DocumentItem], respelling: Respelling) -> list[DocumentItem]:
    """The items, each claim with the problems that it is in the second reading."""
    places = {_place(other): (other.problem, *other.meant) for other in others if other.role == "claim"}
    found = []
    for item in items:
        problems = [problem for problem in places.get(_place(item), ()) if problem is not None] if item.role == "claim" else []
        if respelling.own and all(problem.claim == item.latex for problem in problems):
            problems = []
        meant = (*item.meant, *(replace(problem, respelled=respelling.condition) for problem in problems))
        found.append(replace(item, meant=meant) if meant else item)
    return found


def _place(item: DocumentItem) -> tuple[int, int, int, str]:
    said = item.problem or item.verdict
    return (said.cell if said is not None else 0, item.line, item.column, item.latex)
