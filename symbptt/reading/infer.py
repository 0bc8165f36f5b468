"""Shapes of names that nothing declares: the most general that fit.

A capital letter is first taken for a matrix, a small one for a column vector, a step size or learning rate for a
scalar, and their sizes are unknowns. Where the equations force two sizes to agree, the unknown one is replaced and
the reading starts anew (unification by restarting).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ..index import Affine, Family
from ..latex import syntax as s
from ..latex.printer import to_latex
from .names import Template, spelling_of
from .scope import Letters, Scope, index_of

Sizes = tuple[Affine, ...]
#: Marks a size that is not known yet; no document can write it.
UNKNOWN = "?"
#: How the key of a choice of a shape begins.
SHAPE_CHOICE = "shape of "
SCALARS = frozenset(
    {
        *("\\alpha", "\\eta", "\\lambda", "\\epsilon", "\\varepsilon", "\\gamma", "\\mu", "\\tau", "\\kappa", "\\rho"),
        *("L", "J", "E", "C", "\\mathcal{L}", "\\mathcal{J}", "N", "T"),
    }
)
SHAPES = ("matrix", "vector", "scalar")


class SizeFound(Exception):
    """Two sizes must agree, and one of them was unknown: the reading starts anew with that knowledge."""

    def __init__(self, name: str, value: Affine) -> None:
        super().__init__(f"{name} = {value}")
        self.name = name
        self.value = value


def agree(a: Sizes, b: Sizes) -> bool:
    """Whether sizes are equal.

    Raises `SizeFound` where they can be made equal by knowing one more.
    """
    if a == b:
        return True
    if len(a) != len(b):
        return False
    for left, right in zip(a, b, strict=True):
        if left != right:
            for one, other in ((left, right), (right, left)):  # also of `?a + 1` and d + 1
                name = (one - Affine.of(one.constant)).as_variable()
                if name is not None and name.startswith(UNKNOWN) and one.terms[0][0] not in other.atoms():
                    raise SizeFound(name, other - Affine.of(one.constant))
            return False
    return True


def alike(a: tuple[Sizes, Sizes], b: tuple[Sizes, Sizes]) -> bool:
    """Whether two shapes are equal; sizes are only asked to agree where the numbers of axes do.

    Raises `SizeFound` as `agree` does.
    """
    return [len(side) for side in a] == [len(side) for side in b] and agree(a[0], b[0]) and agree(a[1], b[1])


@dataclass(frozen=True)
class Inferred:
    """A name with a shape that was inferred, ready to be declared."""

    template: Template
    family: Family
    shape: str


def preferences(name: str) -> tuple[str, ...]:
    """Which shapes to try for a name, most likely first."""
    plain = name[name.index("{") + 1 :].rstrip("}") if "{" in name else name
    if name in SCALARS or plain in SCALARS:
        return ("scalar", "vector", "matrix")
    if plain[:1].isupper() or plain in ("\\Theta", "\\Gamma", "\\Omega"):
        return SHAPES
    return ("vector", "matrix", "scalar")


def infer(node: s.Node, shape: str, letters: Letters, sizes: Mapping[str, Affine], scope: Scope) -> Inferred | None:
    """Declare a symbol that stands in a given equation; subscripts that are component letters tell its axes."""
    spelling = spelling_of(node)
    if spelling is None or isinstance(node, s.Scripted) or spelling.primes:
        return None
    kept = []
    components = 0
    used: list[str] = []
    for item in spelling.items:
        text = to_latex(item.node)
        index = index_of(item.node, scope.probe())
        slot = index is not None and any(isinstance(a, str) and a in letters.ranges for a in index.atoms())
        if item.kind == "sup" and (text in ("T", "\\top") or isinstance(item.node, s.Number)) and not item.bracket:
            continue
        if item.kind == "call" and not slot:
            return None
        if slot and index is not None:
            letter = next(a for a in index.atoms() if isinstance(a, str) and a in letters.ranges)
            used.append(letter)
            kept.append(type(item)(item.kind, s.Symbol(letter), item.bracket))
        elif index is not None and item.kind in ("sub", "entry") and _counts_entries(text, scope):
            components += 1
        else:
            kept.append(item)
    key = spelling.name + "".join(f"{'_' if i.kind == 'sub' else '^'}{{{to_latex(i.node)}}}" for i in kept)
    template = Template(key, type(spelling)(spelling.name, 0, tuple(kept)), tuple(dict.fromkeys(used)))
    count = components or {"matrix": 2, "vector": 1, "scalar": 0}[shape]
    axes = tuple(sizes.get(f"{UNKNOWN}{key}.{i}", Affine.of(f"{UNKNOWN}{key}.{i}")) for i in range(min(count, 2)))
    return Inferred(template, Family(key, key, (), template.letters, axes[:1], axes[1:]), shape)


def _counts_entries(letter: str, scope: Scope) -> bool:
    """A letter counts entries if a sum binds it or the left side has it as one; `W_f` has a label."""
    free = scope.free.get(letter)
    return letter in scope.bound or letter in scope.letters.ranges or (free is not None and free.role == "component")


def resolved(sizes: Mapping[str, Affine], name: str, value: Affine) -> dict[str, Affine]:
    """The known sizes with one more, applied to the earlier ones."""
    found = {key: size.substitute({name: value}) for key, size in sizes.items()}
    found[name] = value
    return found


def size_label(name: str) -> str:
    """An inferred size for a person: `rows of W`, `length of h_t`."""
    if not name.startswith(UNKNOWN):
        return name
    key, _, axis = name.removeprefix(UNKNOWN).rpartition(".")
    return f"{('rows', 'columns')[int(axis)]} of {key}"
