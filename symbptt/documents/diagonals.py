"""Matrices that words call diagonal: "`\\Sigma'(z^L)` is a square matrix whose diagonal entries are `\\sigma'(z^L_j)`, all others 0".

⇒ `\\mathrm{diag}(\\sigma'(z^L))` in every formula; what is said of one argument of a function holds for all of them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from symbptt.documents.formulas import FormulaSource, Mark, Prose
from symbptt.documents.names import COMPONENT_LETTERS
from symbptt.documents.prose_text import DELIMITERS
from symbptt.latex.parser import ParseError, Words, parse
from symbptt.latex.syntax import Call, Formula, Group, Node, Product, Script, Scripted, Symbol, walk, with_parts
from symbptt.latex.syntax import Sequence as Items

ENTRIES = r"(?:entries|elements|components|values)"
#: Between the name and the entry.
WITH = re.compile(
    rf"\s*,?\s*(?:is|be|being|denotes?)\s+(?:an?|the)\s+(?:\S+\s+)?(?:(?P<square>square)|diagonal)\s+matrix\s*,?\s+(?:whose|with|having)\s+"
    rf"(?:the\s+)?(?:(?:diagonal\s+{ENTRIES}|{ENTRIES}\s+(?:on|along)\s+(?:its|the)\s+diagonal|diagonal)\s+)"
    r"(?:(?:are|being|is|given\s+by|equal\s+to)\s+)?(?:the\s+)?(?:(?:values|numbers|derivatives|entries)\s+)?"
    r"|\s*,?\s*(?:is|be|being|denotes?)\s+(?:an?|the)\s+diagonal\s+matrix\s*,?\s+with\s+(?:the\s+)?(?:(?:values|entries|vector)\s+)?(?P<on>)"
    r"|\s*(?:是|为)(?:一个)?(?:(?P<square_cn>方阵)|对角(?:矩阵|阵))[，,]\s*其?(?:主)?对角线(?:上)?的?元素(?:是|为)\s*",
    re.I,
)
ON = re.compile(r"\s*(?:on|along)\s+(?:its|the)\s+(?:main\s+)?diagonal\b", re.I)
#: Behind the entry of a square matrix: that all others are 0.
ELSE_ZERO = re.compile(
    rf"\s*,?\s*(?:and\s+)?(?:whose\s+|with\s+|the\s+)?(?:all\s+)?(?:other|off-diagonal|remaining)\s+{ENTRIES}\s+(?:are\s+)?(?:all\s+)?(?:equal\s+to\s+)?(?:zeros?|⟨0⟩|0)\b"
    r"|\s*,?\s*(?:and\s+)?zeros?\s+(?:elsewhere|off\s+the\s+diagonal)"
    r"|\s*[，,]\s*其(?:他|余|它)的?元素\s*(?:均|都|全)?(?:是|为)\s*(?:⟨0⟩|0|零)",
    re.I,
)
DIAG = Symbol("diag")


@dataclass(frozen=True)
class Diagonal:
    """`name` stands for `diag(vector)`; a call does so for every argument that stands in the place of its own."""

    name: Symbol | Call
    vector: Node

    def of(self, node: Node) -> Node | None:
        """What a node stands for; None where it is not meant."""
        if isinstance(self.name, Symbol):
            diagonal = Call(DIAG, (self.vector,), "(")
            call = node.base if isinstance(node, Scripted) else node
            if isinstance(call, Call) and call.function == self.name:  # `D (W)^T`: a product, and the power is of the bracket
                if len(call.args) != 1 or call.bracket != "(":
                    return node
                factor: Node = Group(_rebuilt(call.args[0], self.of))
                return Product((diagonal, replace(node, base=factor) if isinstance(node, Scripted) else factor), ("",))
            return diagonal if node == self.name else None
        if not isinstance(node, Call) or node.function != self.name.function or len(node.args) != 1 or node.bracket != "(":
            return None
        (own,), (argument,) = self.name.args, node.args
        return Call(DIAG, (_with(self.vector, own, argument),), "(")


def diagonals(items: Sequence[FormulaSource | Mark | Prose], words: Words) -> list[Diagonal]:
    """The matrices that the words of a document call diagonal, each said once."""
    found: dict[Node, list[Diagonal]] = {}
    read = [item for item in items if not isinstance(item, Mark)]
    for at, (first, between, second) in enumerate(zip(read, read[1:], read[2:], strict=False)):
        if not isinstance(first, FormulaSource) or not isinstance(between, Prose) or not isinstance(second, FormulaSource):
            continue
        said = WITH.fullmatch(_words(between))
        if said is None or first.display or second.display:
            continue
        behind = "".join(_words(item) if isinstance(item, Prose) else f"⟨{item.latex.strip()}⟩" for item in read[at + 3 : at + 6])
        square = said["square"] or said["square_cn"]
        if (square and not ELSE_ZERO.match(behind)) or (said["on"] is not None and not ON.match(behind)):
            continue
        name, entry = _node(first.latex, words), _node(second.latex, words)
        vector = _whole(entry) if entry is not None else None
        if vector is not None and isinstance(name, Symbol) and name.scripts:
            found.setdefault(name, []).append(Diagonal(name, vector))
        elif vector is not None and isinstance(name, Call) and len(name.args) == 1 and name.args[0] in walk(vector):
            found.setdefault(name.function, []).append(Diagonal(name, vector))
    return [same[0] for same in found.values() if len(set(same)) == 1]


def with_diagonals(formula: Formula, known: Iterable[Diagonal]) -> Formula:
    """A formula with `diag` for the names of diagonal matrices; one that says itself what such a name is stays as it is."""
    for one in known:
        left = formula.sides[0]
        if left == one.name or (isinstance(left, Call) and isinstance(one.name, Call) and left.function == one.name.function):
            continue
        formula = replace(formula, sides=tuple(_rebuilt(side, one.of) for side in formula.sides))
    return formula


def _words(prose: Prose) -> str:
    return " " + DELIMITERS.sub("", prose.text).strip() + " "


def _rebuilt(node: Node, change: Callable[[Node], Node | None]) -> Node:
    """The node with what is changed in it, outermost first."""
    found = change(node)
    return found if found is not None else with_parts(node, lambda inner: _rebuilt(inner, change))


def _node(latex: str, words: Words) -> Node | None:
    try:
        formulas = parse(latex, words)
    except ParseError:
        return None
    return formulas[0].sides[0] if len(formulas) == 1 and len(formulas[0].sides) == 1 else None


def _whole(entry: Node) -> Node | None:
    """The vector of an entry, `\\sigma'(z^L_j)`  ⇒  `\\sigma'(z^L)`; None where two letters count entries."""
    letters: set[str] = set()

    def without(node: Node) -> Node | None:
        if not isinstance(node, Symbol) or not node.scripts:
            return None
        kept = []
        for script in node.scripts:
            rest, gone = _split(script) if script.kind == "sub" else (script, set())
            letters.update(gone)
            kept += [rest] if rest is not None else []
        return replace(node, scripts=tuple(kept))

    vector = _rebuilt(entry, without)
    return vector if len(letters) <= 1 else None


def _split(script: Script) -> tuple[Script | None, set[str]]:
    """A subscript without the letter that counts entries, the last of its items."""
    body = script.body
    items = body.items if isinstance(body, Items) else body.factors if isinstance(body, Product) and not any(body.signs) else (body,)
    last = items[-1]
    if not isinstance(last, Symbol) or last.scripts or last.name not in COMPONENT_LETTERS:
        return script, set()
    rest = items[:-1]
    if not rest:
        return None, {last.name}
    return replace(script, body=rest[0] if len(rest) == 1 else Items(rest)), {last.name}


def _with(vector: Node, old: Node, new: Node) -> Node:
    return _rebuilt(vector, lambda node: new if node == old else None)
