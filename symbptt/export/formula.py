"""Names and formulas for the comments and identifiers of an exported file."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain, count

from symbptt.adjoint import adjoint_name
from symbptt.index import Add, Affine, Apply, Computation, Entry, Expression, IndexValue, Multiply, Number, Power, Sum

from .batch import TOTAL
from .names import RESERVED, plain_names
from .schedule import BEFORE
from .system import Quantity

_PREFIXES = (("argument of ", "z_"), (TOTAL, "total_"))
_LETTERS = "ijklpqruvw"
_TEMPORARY = re.compile(r"u\d+|np|T|B")


def identifiers(computation: Computation, quantities: Sequence[Quantity], used: Iterable[str]) -> Mapping[str, str]:
    """Quantity → an identifier: `dL_h` is the adjoint of `h`, `z_h` what h is a function of, `pre_z` what is computed before the loop.

    None is a name that is `used` for a size or a step, or that exported files use themselves.
    """
    plain = plain_names(computation)
    latex = {family.latex: plain[name] for name, family in computation.families.items()}
    taken: set[str] = {*RESERVED, *used}
    rows: set[str] = set()
    found: dict[str, str] = {}
    for quantity in quantities:
        word = _word(quantity.name, plain, latex)
        while word in taken or f"{word}_" in taken or word.removesuffix("_") in rows or _TEMPORARY.fullmatch(word):
            word += "_"
        taken.add(word)
        rows.add(word)
        found[quantity.name] = word
    return found


def _word(name: str, plain: Mapping[str, str], latex: Mapping[str, str]) -> str:
    if name in plain and not any(name.startswith(prefix) for prefix, _ in _PREFIXES) and " of " not in name:
        return plain[name]
    if name.startswith(BEFORE):
        rest, _, number = name.removeprefix(BEFORE).partition(" × ")
        return ("pre_" if not number else f"k{number}_") + _word(rest, plain, latex)
    if name.startswith(adjoint_name("")):
        return "d_" + _word(name.removeprefix(adjoint_name("")), plain, latex)
    for prefix, short in _PREFIXES:
        if name.startswith(prefix):
            rest = name.removeprefix(prefix)
            tail = rest.rstrip("'")
            return short + latex.get(tail, _word(tail, plain, latex)) + "_" * (len(rest) - len(tail))
    function, of, rest = name.partition(" of ")
    return f"{function}_{_word(rest, plain, latex)}" if of else plain.get(name, "q")


class Formulas:
    """Right sides in plain text: `z_t[b,i] = Σ_j W[i,j] h_{t-1}[b,j]`."""

    def __init__(self, names: Mapping[str, str]) -> None:
        self.names = names

    def of(self, quantity: Quantity) -> str:
        letters = _Letters(quantity)
        terms = []
        for term in quantity.terms:
            text = self.text(term.body, letters)
            bounds = [f"{quantity.letter} ≥ {low}" for low in term.lows] + [f"{quantity.letter} ≤ {high}" for high in term.highs]
            terms.append(f"[{', '.join(bounds)}] {text}" if bounds else text)
        here = Entry(quantity.name, (Affine.of(quantity.letter),) if quantity.letter else (), tuple(map(Affine.of, quantity.components)))
        return f"{self.text(here, letters)} = {' + '.join(terms) if terms else '0'}".replace("+ -", "- ")

    def text(self, e: Expression, letters: _Letters) -> str:
        if isinstance(e, Number):
            return str(e.value)
        if isinstance(e, IndexValue):
            return letters.index(e.index)
        if isinstance(e, Entry):
            slots = [letters.index(slot) for slot in e.slots]
            step = "".join(f"_{slot}" if len(slot) == 1 else f"_{{{slot}}}" for slot in slots)
            components = ",".join(letters.index(c) for c in e.components)
            return f"{self.names.get(e.family, e.family)}{step}" + (f"[{components}]" if components else "")
        if isinstance(e, Add):
            return f"({' + '.join(self.text(t, letters) for t in e.terms)})".replace("+ -", "- ")
        if isinstance(e, Multiply):
            text = " ".join(self.text(f, letters) for f in e.factors)
            return text.replace("-1 ", "-", 1) if text.startswith("-1 ") else text
        if isinstance(e, Power):
            return f"{self.text(e.base, letters)}^{e.exponent}"
        if isinstance(e, Sum):
            return f"Σ_{letters.index(Affine.of(e.variable))} {self.text(e.body, letters)}"
        if isinstance(e, Apply):
            at = f"[{','.join(letters.index(c) for c in e.component)}]" if e.component else ""
            arguments = ", ".join(self.text(a.body, letters) for a in e.arguments)
            return f"{e.function}({arguments.strip('()') if isinstance(e.arguments[0].body, Add) else arguments}){at}"
        return type(e).__name__


class _Letters:
    """Short letters for index variables, in order of use."""

    def __init__(self, quantity: Quantity) -> None:
        self.known: dict[str, str] = {}
        self.sizes = {axis.as_variable() for axis in quantity.axes}
        for name, axis in zip(quantity.components, quantity.axes, strict=True):
            self._new(name, "b" if axis.as_variable() == "B" else "")

    def _new(self, name: str, wanted: str = "") -> str:
        taken = set(self.known.values())
        self.known[name] = wanted or next(c for c in chain(_LETTERS, (f"i{number}" for number in count(1))) if c not in taken)
        return self.known[name]

    def index(self, index: Affine) -> str:
        mapping = {}
        for atom in index.atoms():
            if isinstance(atom, str) and (atom.startswith("#") or atom.startswith("~") or atom.startswith("%") or atom == "b"):
                mapping[atom] = Affine.of(self.known.get(atom) or self._new(atom))
        return str(index.substitute(mapping))
