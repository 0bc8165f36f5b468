"""Functions that a document defines itself: `f(u) = \\ln(1 + e^u)`, `\\ell(a, b) = \\frac12 \\|a - b\\|^2`.

What a document says of a function goes before what its name is known for. A function of one entry is declared to the judge, as known by
name where it is the same; one of whole vectors, of several arguments or with parameters is written out wherever it is applied. What rests
on one that cannot be used is not judged.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from symbptt.documents.roles import EQUATIONS
from symbptt.functions import LATEX_NAMES
from symbptt.inference.written import COMPONENT_LETTERS
from symbptt.latex import syntax
from symbptt.latex.printer import to_latex
from symbptt.latex.syntax import (
    Add,
    BigOperator,
    Call,
    Cases,
    Comparison,
    Derivative,
    Ellipsis,
    Formula,
    Group,
    Matrix,
    Node,
    Norm,
    Number,
    Product,
    Script,
    Scripted,
    Symbol,
    Text,
    walk,
    with_parts,
)
from symbptt.problem import Problem
from symbptt.reading.calls import INDICATORS, STRUCTURAL, function_text
from symbptt.workers import AS_STATED, judge_here

#: Functions whose names mean the same everywhere; an equation for one of them is a claim about it.
FIXED = frozenset({"tanh", "exp", "log", "identity", "softmax"})
#: Known functions that a definition of one entry may be of, where the name is known for none of them.
PLAIN = ("sigmoid", "tanh", "relu", "softplus")
#: Words before a formula that make it an example of what could stand for an abstract function.
FOR_EXAMPLE = re.compile(
    r"\b(?:examples?|for instance|e\.\s?g\.|such as|like|can be|could be|may be|might be|either|or|typical(?:ly)?|common(?:ly)?|often"
    r"|usual(?:ly)?|popular)\b[^.;\n]{0,40}\Z",
    re.I,
)
#: Words behind a formula by which it holds for some arguments alone.
PARTLY = re.compile(
    r"\s*,?\s*(?:if|when|whenever|otherwise|else|elsewhere|unless|provided|as long as|for(?=\s*\Z|\s+(?:positive|negative)))\b", re.I
)
#: Words before a formula that make it a definition of what has one.
ANEW = re.compile(r"\b(?:let|defin\w*|now|set|use[ds]?|using|instead|with|where|tak(?:e|ing))\b[^.;\n]{0,40}\Z", re.I)
#: Words of a sentence that says for a while what a function is: a case that is looked at; and another one in its place.
SUPPOSED = re.compile(r"\b(?:suppos|imagin)\w*|\b(?:what if|special case)\b", re.I)
REPLACED = re.compile(r"\b(?:replac|swap|switch)\w*|替换|换成|换为|改为|改成|取代", re.I)
#: What a function is of which several definitions were given under earlier headings.
ANY = "elementwise"
#: Letters that numbers go by.
GREEK = re.compile(r"\\(?:alpha|beta|gamma|epsilon|varepsilon|kappa|lambda|rho|tau|eta|theta|mu|nu|xi|omega)")
#: How a formula begins that says what a function is.
HEAD = re.compile(r"\s*(\\?[A-Za-z]+)\s*(?:\\left\s*)?\(\s*(?:\\cdot|\\bullet|[uvxz])\s*(?:\\right\s*)?\)\s*:?=")
#: The letter that stands for the argument of a function of one entry.
PLACE = Symbol("x")

UNUSED = "`{}` (line {}) is a definition that cannot be used, and it rests on that function; write it without the function"
SEVERAL = "the document defines `{}` in several ways, and nothing says which of them holds; give each its own name"
ENTRYWISE = "`{}` (line {}) is of one entry, and is applied as a function of whole vectors; write it out"


@dataclass(frozen=True)
class OwnFunction:
    """A function of the document as it is at some formula: `kind` is what `functions` declares, empty where it cannot be used."""

    name: str
    latex: str
    line: int
    kind: str = ""
    several: bool = False
    numbers: frozenset[str] = frozenset()  # its parameters, where it is of one entry: they are scalars


@dataclass(frozen=True)
class Place:
    """A formula in its document: the number of its display, its place in it, its section and line, and the words beside it."""

    display: int
    number: int
    section: int
    line: int
    before: str
    after: str
    sentence: str
    formula: Formula


@dataclass(frozen=True)
class _Definition:
    place: Place
    name: str
    arguments: tuple[Symbol, ...]
    body: Node
    kind: str = ""  # declared; else it is written out, or `unused`
    unused: bool = False
    numbers: frozenset[str] = frozenset()

    @property
    def key(self) -> tuple[str, int]:
        return self.name, len(self.arguments)

    def holds(self, section: int) -> bool:
        """Whether words let it hold there: what is supposed holds in its section, and what is put in its place may hold nowhere."""
        said = self.place.sentence
        return REPLACED.search(said) is None and (self.place.section == section or SUPPOSED.search(said) is None)


def unread(latex: str) -> Formula | None:
    """What stands for a formula that cannot be read, where it seems to say what a function is: `\\sigma(\\cdot) = \\tanh(\\cdot)`."""
    found = HEAD.match(latex)
    return Formula((Call(Symbol(found[1]), (PLACE,)), Text("…")), ("=",)) if found else None


class OwnFunctions:
    """The functions that the formulas of a part of a document define."""

    def __init__(self, places: Sequence[Place], declared: Iterable[str], counts: frozenset[str]) -> None:
        found = [d for place in places if (d := _definition(place, counts)) is not None and d.name not in set(declared)]
        found = [d for d in found if _is_applied(d, places, {d.name for d in found})]
        groups: dict[tuple[str, int], list[_Definition]] = {}
        for definition in found:
            groups.setdefault(definition.key, []).append(definition)
        self._all = [d for group in groups.values() for d in _understood(group)]
        self._defining = {(d.place.display, d.place.number) for d in self._all}

    def __bool__(self) -> bool:
        return bool(self._all)

    def defines(self, display: int) -> frozenset[int]:
        """The formulas of a display, by number, that say what a function is."""
        return frozenset(number for at, number in self._defining if at == display)

    def written_out(self, formula: Formula, section: int, taken: frozenset[str]) -> Formula:
        """A formula with what its functions stand for, where they are written out; `taken` are the letters of the document."""
        rules = {d.key: d for d in self._all if not d.kind and not d.unused and d.place.section <= section and d.holds(section)}
        for _ in range(len(rules)):
            sides = tuple(_applied(side, rules, taken) for side in formula.sides)
            if sides == formula.sides:
                break
            pairs = zip(formula.sides, sides, strict=True)
            bare = (new.body if isinstance(old, Call) and isinstance(new, Group) else new for old, new in pairs)
            formula = replace(formula, sides=tuple(bare))
        return formula

    def at(self, display: int, section: int) -> tuple[OwnFunction, ...]:
        """What the functions of the document are at a display."""
        found: list[OwnFunction] = []
        for key in dict.fromkeys(d.key for d in self._all):
            own = [d for d in self._all if d.key == key]
            own = [d for d in own if d.holds(section)] or own
            before = [d for d in own if d.place.display <= display]
            here = [d for d in before if d.place.section == section] or before
            ahead = [d for d in own if d.place.display > display and d.place.section == section]
            if meant := (here[-1] if here else ahead[0] if ahead else None):
                others = here if here and here[-1].place.section == section else before
                several = len({(d.kind, d.unused, d.body) for d in others}) > 1
                if several and others is before and all(d.kind and d.place.section < section for d in before):
                    meant, several = replace(meant, kind=ANY), False
                elif not meant.holds(section):
                    meant, several = replace(meant, kind=ANY if meant.kind else ""), False
                found.append(OwnFunction(meant.name, to_latex(meant.place.formula), meant.place.line, meant.kind, several, meant.numbers))
        return tuple(found)


def judged_with(problem: Problem, formula: Formula, functions: Sequence[OwnFunction], trees: Sequence[Formula]) -> Problem | str:
    """A claim with the functions of its document declared, or why it is not judged; `trees` are the equations it rests on."""
    declared = dict(problem.functions)
    for own in functions:
        if not any(_applies(own.name, tree) for tree in (formula, *trees)):
            continue
        if not own.kind:
            return UNUSED.format(own.latex, own.line)
        if own.several and any(_applies(own.name, tree) for tree in trees):
            return SEVERAL.format(own.name)
        if declared.get(own.name) in ("scalar", "map", "chain"):
            return ENTRYWISE.format(own.latex, own.line)
        declared[own.name] = own.kind
        if own.kind == ANY:
            problem = replace(problem, doubt=problem.doubt or SEVERAL.format(own.name))
    return replace(problem, functions=declared)


def _applies(name: str, formula: Formula) -> bool:
    """Whether a function is applied, or its derivative named."""
    symbols = (node.function if isinstance(node, Call) else node for node in walk(formula) if isinstance(node, Call) or _is_primed(node))
    return any(isinstance(symbol, Symbol) and function_text(replace(symbol, primes=0)) == name for symbol in symbols)


def _is_primed(node: Node) -> bool:
    return isinstance(node, Symbol) and node.primes > 0


def _definition(place: Place, counts: frozenset[str]) -> _Definition | None:
    """What a formula says of a function; None where it defines none."""
    formula = place.formula
    if len(formula.sides) != 2 or not set(formula.relations) <= EQUATIONS:
        return None
    left, body = formula.sides
    if isinstance(left, Call) and isinstance(body, Text) and place.number < 0:
        name = function_text(left.function)
        return None if LATEX_NAMES.get(name) in FIXED else _Definition(place, name, (PLACE,), body, unused=True)
    entry: Node | None = None
    if isinstance(left, Scripted) and len(left.scripts) == 1 and left.scripts[0].kind == "sub":
        entry, left = left.scripts[0].body, left.base
    if not isinstance(left, Call) or left.bracket != "(" or left.function.primes or not left.args or FOR_EXAMPLE.search(place.before):
        return None
    arguments = [argument for argument in left.args if isinstance(argument, Symbol) and not argument.primes]
    name = function_text(left.function)
    symbols = [node for node in walk(body) if isinstance(node, Symbol)]
    if (
        len(set(arguments)) != len(left.args)
        or LATEX_NAMES.get(name) in FIXED
        or name in INDICATORS
        or name in STRUCTURAL
        or any(symbol.name in counts for symbol in arguments)
        or any(symbol.name == left.function.name for symbol in symbols)
        or any(isinstance(node, (Derivative, Text)) for node in walk(body))
        or not any(symbol.name == argument.name for symbol in _outside_calls(body) for argument in arguments)
    ):
        return None
    if isinstance(entry, Symbol):
        arguments = [replace(arguments[0], scripts=(*arguments[0].scripts, Script("sub", entry)))] if len(arguments) == 1 else []
    if not arguments or (entry is not None and not isinstance(entry, Symbol)):
        return None
    partial = PARTLY.match(place.after) is not None or _speaks_of(formula.condition, arguments)
    return _Definition(place, name, tuple(arguments), body, unused=partial)


def _speaks_of(condition: Node | None, arguments: Iterable[Symbol]) -> bool:
    """Whether a condition is on what a function is applied to, or in words."""
    names = {argument.name for argument in arguments}
    nodes = walk(condition) if condition is not None else ()
    return any(isinstance(node, Text) or (isinstance(node, Symbol) and node.name in names) for node in nodes)


def _outside_calls(body: Node) -> Iterable[Symbol]:
    """The names in a body, without those that only say at which place a quantity is: x of `h(x)`."""
    stack: list[Any] = [body]
    while stack:
        node = stack.pop()
        if isinstance(node, Symbol):
            yield node
        if isinstance(node, Call) and node.function.name not in {*LATEX_NAMES, *STRUCTURAL, *INDICATORS}:
            stack += [argument for argument in node.args if not isinstance(argument, Symbol)]
        elif isinstance(node, Node):
            stack += [inner for inner in walk(node) if inner is not node] if isinstance(node, Symbol) else _children(node)


def _children(node: Node) -> list[Node]:
    found: list[Node] = []
    with_parts(node, lambda part: found.append(part) or part)  # type: ignore[func-returns-value]
    return found


def _is_applied(definition: _Definition, places: Sequence[Place], names: set[str]) -> bool:
    """Whether a function is applied in another formula, and never stands alone or below a derivative, as a quantity does."""
    used = False
    for formula in (place.formula for place in places):
        functions = {id(node.function) for node in walk(formula) if isinstance(node, Call)}
        for node in walk(formula):
            if isinstance(node, Derivative) and any(isinstance(w, Call) and function_text(w.function) == definition.name for w in node.wrt):
                return False
            if not isinstance(node, Symbol) or function_text(replace(node, primes=0)) != definition.name:
                continue
            if id(node) not in functions and not node.primes and formula.relations:
                return False
            used |= formula is not definition.place.formula and (id(node) in functions or node.primes > 0)
    return used


def _understood(group: Sequence[_Definition]) -> list[_Definition]:
    """The definitions of one function, each with the way it is used; none where they only say what the name is known for."""
    found = list(map(_with_kind, group))
    known = LATEX_NAMES.get(group[0].name, "")
    if known and found[0].kind == known:  # what differs beside it is a claim about it, unless words make it a new definition
        section = found[0].place.section
        found = [d for d in found if d.kind == known or d.place.section != section or ANEW.search(d.place.before)]
    if all(d.kind == known for d in found) and known:
        return []
    written = {(d.arguments, d.body) for d in found if not d.kind and not d.unused}
    if len(written) > 1 or (written and any(d.kind for d in found)):
        found = [d if d.kind else replace(d, unused=True) for d in found]
    return found


def _with_kind(definition: _Definition) -> _Definition:
    arguments, body = definition.arguments, definition.body
    if definition.unused:
        return definition
    if len(arguments) > 1:
        return definition if all(not argument.scripts for argument in arguments) else replace(definition, unused=not _is_whole(definition))
    (argument,) = arguments
    if argument.scripts and (kind := _softmax(definition)):
        return replace(definition, kind=kind)
    if _is_entrywise(argument, body):
        own = _replaced(_without_cases(body, argument), {argument: PLACE})
        kind = _kind_of_one_entry(definition.name, to_latex(own))
        if kind:
            return replace(definition, kind=kind)
        definition = replace(definition, numbers=_greek(body) - {argument.name})
    return replace(definition, unused=bool(argument.scripts))


def _greek(body: Node) -> frozenset[str]:
    """Greek letters without an index: a slope β, a leak α."""
    symbols = (node for node in walk(body) if isinstance(node, Symbol) and not node.scripts and not node.primes)
    return frozenset(symbol.name for symbol in symbols if GREEK.fullmatch(symbol.name))


def _is_whole(definition: _Definition) -> bool:
    """Whether arguments with an index are met in the body with that index alone."""
    own = {argument.name for argument in definition.arguments}
    return all(symbol in definition.arguments for symbol in walk(definition.body) if isinstance(symbol, Symbol) and symbol.name in own)


def _softmax(definition: _Definition) -> str:
    """`softmax` where that is what an entry of the function is, as in `\\sigma(z)_j = e^{z_j} / \\sum_k e^{z_k}`."""
    (argument,) = definition.arguments
    script = argument.scripts[0].body if len(argument.scripts) == 1 else None
    if not isinstance(script, Symbol) or not any(isinstance(node, BigOperator) for node in walk(definition.body)):
        return ""
    claim = f"\\mathrm{{softmax}}({argument.name})_{to_latex(script)} = {to_latex(definition.body)}"
    verdict = judge_here(Problem(claim=claim, shapes={argument.name: "n"}), judge=AS_STATED, suggest=0)
    return "softmax" if verdict.verdict in ("proved", "verified") else ""


def _is_entrywise(argument: Symbol, body: Node) -> bool:
    """Whether a body is read entry by entry: no norm, sum, matrix or transpose, and no product of the argument with itself."""
    if "mathbf" in argument.name or "boldsymbol" in argument.name or "vec" in argument.name or argument.name.isupper():
        return False
    for node in walk(body):
        if isinstance(node, (Norm, Matrix, BigOperator, Ellipsis, syntax.Sequence)):
            return False
        if isinstance(node, Product) and sum(factor == argument for factor in node.factors) > 1:
            return False
        if isinstance(node, Symbol) and node.name == argument.name and node != argument:
            powers = node.scripts[len(argument.scripts) :]
            if node.scripts[: len(argument.scripts)] != argument.scripts or node.primes:
                return False
            if not all(script.kind == "sup" and isinstance(script.body, Number) and not script.bracket for script in powers):
                return False
    return True


def _without_cases(body: Node, argument: Symbol) -> Node:
    """A body by cases of the sign of its argument, as a sum with steps; the same where it is none."""
    if not isinstance(body, Cases) or len(body.branches) != 2:
        return body
    (first, one), (second, other) = body.branches
    positive = _is_positive(one, argument)
    if positive is None or (other is not None and _is_positive(other, argument) is not (not positive)):
        return body
    above, below = (first, second) if positive else (second, first)
    step = Call(Symbol("\\mathbb{1}"), (Comparison((argument, Number("0")), (">",)),), "[")
    rest = Group(Add((("+", Number("1")), ("-", step))))
    return Add((("+", Product((Group(above), step), ("",))), ("+", Product((Group(below), rest), ("",)))))


def _is_positive(condition: Node | None, argument: Symbol) -> bool | None:
    """Whether a condition says that the argument is above 0, or below; None where it says something else."""
    if not isinstance(condition, Comparison) or len(condition.sides) != 2:
        return None
    left, right = condition.sides
    relation = condition.relations[0]
    if (right, left) == (argument, Number("0")):
        relation = {"<": ">", "\\le": "\\ge", "\\leq": "\\ge", ">": "<", "\\ge": "\\le", "\\geq": "\\le"}.get(relation, "")
    elif (left, right) != (argument, Number("0")):
        return None
    return {">": True, "\\ge": True, "\\geq": True, "<": False, "\\le": False, "\\leq": False}.get(relation)


@lru_cache(maxsize=256)
def _kind_of_one_entry(name: str, body: str) -> str:
    """What `functions` declares for a function of one entry; empty where its body is not read with its argument alone."""
    own = LATEX_NAMES.get(name, "")
    if own == "" or own in PLAIN:
        for known in dict.fromkeys((own, *PLAIN)) if own else PLAIN:
            if _is_so(f"\\mathrm{{{known}}}({PLACE.name}) = {body}"):
                return known
    elif _is_so(f"{name}({PLACE.name}) = {body}"):
        return own
    kind = f"{name}({PLACE.name}) = {body}"
    return kind if _is_so(kind, {name: kind}) else ""


def _is_so(claim: str, functions: Mapping[str, str] = MappingProxyType({})) -> bool:
    """Whether a claim about one number is true."""
    problem = Problem(claim=claim, shapes={PLACE.name: "scalar"}, functions=functions)
    return judge_here(problem, judge=AS_STATED, suggest=0).verdict in ("proved", "verified")


def _applied(node: Any, rules: Mapping[tuple[str, int], _Definition], taken: frozenset[str]) -> Any:
    """A node with calls of these functions written out, from the inside."""
    if isinstance(node, Derivative):
        return replace(node, numerator=_applied(node.numerator, rules, taken))
    node = with_parts(node, lambda part: _applied(part, rules, taken))
    if not isinstance(node, Call) or node.bracket != "(" or node.function.primes:
        return node
    rule = rules.get((function_text(node.function), len(node.args)))
    if rule is None or any(script.kind == "sup" and isinstance(script.body, Number) for script in node.function.scripts):
        return node
    body = _renamed(rule.body, node.args, taken)
    if node.args != rule.arguments:
        if body is None or any(argument.scripts for argument in rule.arguments):
            return node
        body = _replaced(body, dict(zip(rule.arguments, node.args, strict=True)))
    return node if body is None else Group(body, span=node.span)


def _renamed(body: Node, arguments: Iterable[Node], taken: frozenset[str]) -> Node | None:
    """A body whose sums run over letters that the arguments do not mention; None where no letter is left."""
    met = {node.name for node in walk(*arguments) if isinstance(node, Symbol)}
    bound = {letter for node in walk(body) if isinstance(node, BigOperator) for letter in _letters(node)} & met
    if not bound:
        return body
    free = sorted(COMPONENT_LETTERS - taken - met - {node.name for node in walk(body) if isinstance(node, Symbol)})
    if len(free) < len(bound):
        return None
    renamed: Node = _replaced(body, {Symbol(old): Symbol(new) for old, new in zip(sorted(bound), free, strict=False)})
    return renamed


def _letters(node: BigOperator) -> set[str]:
    lower = node.lower.sides[0] if isinstance(node.lower, Comparison) else node.lower
    return {inner.name for inner in walk(lower) if isinstance(inner, Symbol)} if lower is not None else set()


def _replaced(node: Any, values: Mapping[Symbol, Node]) -> Any:
    """A node with others in place of names; scripts on a name go over to what stands for it."""
    if isinstance(node, Symbol):
        for name, value in values.items():
            if node.name == name.name and node.scripts[: len(name.scripts)] == name.scripts:
                scripts = tuple(replace(s, body=_replaced(s.body, values)) for s in node.scripts[len(name.scripts) :])
                return _with_scripts(value, scripts)
    return with_parts(node, lambda part: _replaced(part, values))


def _with_scripts(value: Node, scripts: tuple[Script, ...]) -> Node:
    if not scripts:
        return value if isinstance(value, (Symbol, Number, Group, Call)) else Group(value)
    if isinstance(value, Symbol) and not value.primes:
        found = list(value.scripts)
        for script in scripts:
            at = next((i for i, s in enumerate(found) if (s.kind, s.bracket) == (script.kind, script.bracket) and s.kind == "sub"), None)
            if at is not None:
                found[at] = replace(found[at], body=syntax.Sequence((*_items(found[at].body), *_items(script.body))))
            elif script.kind == "sup" and any(s.kind == "sup" for s in found):
                return Scripted(Group(value), scripts)
            else:
                found.append(script)
        return replace(value, scripts=tuple(found))
    return Scripted(value if isinstance(value, (Group, Call)) else Group(value), scripts)


def _items(body: Node) -> tuple[Node, ...]:
    return body.items if isinstance(body, syntax.Sequence) else (body,)
