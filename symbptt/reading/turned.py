"""Equations that give the transpose of a quantity: `\\delta_t^T = …` says what `\\delta_t` is."""

from __future__ import annotations

from dataclasses import replace

from ..latex import syntax as s
from ..latex.printer import to_latex
from .choices import Unsupported
from .elaborate import powers_too
from .names import Match, slot_indices, spelling_of
from .notation import TRANSPOSES
from .reader import Reader
from .scope import Scope

#: Marks that label as often as they transpose: of a new name (`x^{tr}`) they are part of it where `notation` does not say otherwise.
LABELS = frozenset(TRANSPOSES) - {"T", "\\top", "\\mathsf{T}", "\\intercal"}


def name_under_transpose(left: s.Node, reader: Reader, scope: Scope) -> s.Node | None:
    """`\\delta_t` of the left side `\\delta_t^T`; None where the superscript is an index or part of a name.

    Raises `Unsupported` where it may also be a power.
    """
    name, mark = _without_mark(left, reader)
    if name is None or spelling_of(name) is None:
        return None
    if any(all(to_latex(item.node) != mark for item in found.rest) for found in reader.names.find(left, scope)):
        return None
    power = powers_too(mark, reader, scope)
    matches = reader.names.find(name, scope)
    if matches and power and not _is_long(matches[0], reader, scope):
        raise Unsupported(f"`{to_latex(left)}` on a left side: a power or a transpose; state `transpose` under `notation`", left.span)
    runs = any(to_latex(script.body) in reader.letters.ranges for script in getattr(name, "scripts", ()))
    label = mark in LABELS and not reader.notation.transpose_stated
    return None if not matches and (label or (power and not runs)) else name


def _is_long(found: Match, reader: Reader, scope: Scope) -> bool:
    """Whether a name is that of a row, a column or a matrix with sides of two sizes, which have no powers."""
    family = reader.families.get(found.template.key)
    slots = slot_indices(found, scope.probe())
    if family is None or slots is None:
        return False
    value = reader.family_tensor(family, slots)
    return value.rows != value.columns


def _without_mark(left: s.Node, reader: Reader) -> tuple[s.Node | None, str]:
    """`x^T`, `{x}^T` and `(x)^T` taken apart."""
    if isinstance(left, s.Symbol) and left.scripts and not left.scripts[-1].bracket:
        last = next((script for script in reversed(left.scripts) if script.kind == "sup"), left.scripts[-1])
        mark = to_latex(last.body)
        if last.kind == "sup" and not last.bracket and mark in reader.notation.transpose:
            return replace(left, scripts=tuple(script for script in left.scripts if script is not last)), mark
    if isinstance(left, s.Scripted) and len(left.scripts) == 1 and left.scripts[0].kind == "sup":
        mark = to_latex(left.scripts[0].body)
        base = left.base.body if isinstance(left.base, s.Group) else left.base
        if mark in reader.notation.transpose and not left.scripts[0].bracket and isinstance(base, (s.Symbol, s.Call)):
            return base, mark
    return None, ""
