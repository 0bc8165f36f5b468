"""The `notation` of a problem: how to read what LaTeX leaves open, validated once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

from ..latex.parser import ParseError, parse_expression
from ..latex.printer import to_latex
from ..latex.syntax import Symbol
from ..problem import ProblemError

#: Sign as written → key of `notation`.
SIGN_KEYS: Mapping[str, str] = {
    "": "juxtaposition",
    "*": "star",
    "\\cdot": "dot",
    "\\times": "times",
    "\\circ": "circ",
    "\\odot": "odot",
    "\\otimes": "otimes",
}

#: What a sign means where `notation` is silent: the meanings tried in turn where the first does not fit.
DEFAULT_MEANINGS: Mapping[str, tuple[str, ...]] = {
    "": ("matrix", "elementwise"),
    "*": ("matrix", "elementwise"),
    "\\cdot": ("matrix", "elementwise"),
    "\\times": ("matrix", "elementwise"),
    "\\circ": ("elementwise",),
    "\\odot": ("elementwise",),
    "\\otimes": ("outer", "elementwise"),
}

MEANINGS = ("matrix", "elementwise", "outer", "scalar", "inner")
TRANSPOSES = ("T", "\\top", "Tr", "\\mathsf{T}", "\\intercal", "\\dagger", "tr", "\\prime")
KEYS = (
    "layout", "derivative", "star", "dot", "times", "circ", "odot", "otimes", "juxtaposition", "transpose", "superscript", "subscript",
    "call", "product", "prime", "implicit", "entries", "aliases", "gradients", "einstein", "update", "macros", "softmax",
)  # fmt: skip
LAYOUTS = ("gradient", "numerator", "denominator")


@dataclass(frozen=True)
class Notation:
    """The stated notation; None or empty where the problem says nothing."""

    layout: Mapping[str, str] = field(default_factory=dict)  # kind ("*", "scalar", "vector", "matrix") → layout
    derivative: Mapping[str, str] = field(default_factory=dict)
    signs: Mapping[tuple[str, str], tuple[str, ...]] = field(default_factory=dict)  # (part, sign) → meanings
    transpose: tuple[str, ...] = TRANSPOSES
    transpose_stated: bool = False
    superscript: tuple[str, ...] = ()
    call: tuple[str, ...] = ()
    product: str = ""
    prime: str = ""
    softmax: str = ""  # of a matrix: of each `row` or `column`
    implicit: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    entries: Mapping[str, str] = field(default_factory=dict)
    aliases: Mapping[str, str] = field(default_factory=dict)
    einstein: tuple[str, ...] = ()
    accumulates: bool = False  # `update`

    def meanings(self, sign: str, part: str) -> tuple[tuple[str, ...], bool]:
        """What a sign may mean in `given` or `claim`, and whether the problem states it."""
        stated = self.signs.get((part, sign))
        return (stated, True) if stated else (DEFAULT_MEANINGS.get(sign, ("matrix", "elementwise")), False)

    def layout_of(self, of_kind: str, by_kind: str) -> str:
        """The layout stated for the kind: of a scalar by that kind, else of a vector or matrix; empty where none is."""
        return self.layout.get("*") or self.layout.get(by_kind if of_kind == "scalar" else of_kind, "")


def read_notation(data: Mapping[str, Any]) -> Notation:
    """Validate the `notation` field.

    Raises `ProblemError` naming the key and what is allowed.
    """
    for key in data:
        if key not in KEYS:
            close = get_close_matches(str(key), KEYS, 1)
            hint = f"did you mean `{close[0]}`?" if close else f"the keys are {', '.join(KEYS)}"
            raise ProblemError(f"unknown key `{key}` in `notation`; {hint}")
    return Notation(
        layout=_layout(data.get("layout")),
        derivative=_derivative(data.get("derivative")),
        signs=_signs(data),
        transpose=_transposes(_words(data, "transpose") or TRANSPOSES),
        transpose_stated="transpose" in data,
        superscript=tuple(_words(data, "superscript")),
        call=tuple(_words(data, "call")),
        product=_one_of(data, "product", ("left", "right")),
        prime=_one_of(data, "prime", ("of argument", "of output")),
        softmax=_one_of(data, "softmax", ("row", "column")),
        implicit={letter: tuple(names) for letter, names in _mapping(data, "implicit").items()},
        entries=_mapping(data, "entries"),
        aliases=aliases_of(data),
        einstein=tuple(_words(data, "einstein")),
        accumulates=_one_of(data, "update", ("accumulate",)) == "accumulate",
    )


def _transposes(spellings: Iterable[str]) -> tuple[str, ...]:
    """Spellings of the transpose as they stand in formulas once these are read: `\\mathrm{T}` as T."""
    found: dict[str, None] = {}
    for spelling in spellings:
        found |= dict.fromkeys((spelling, to_latex(Symbol(spelling))))
        try:
            read = parse_expression(f"X^{{{spelling.strip().removeprefix('^')}}}")
        except ParseError:
            continue
        found |= {to_latex(script.body): None for script in getattr(read, "scripts", ()) if script.kind == "sup"}
    return tuple(found)


def _mapping(data: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = data.get(key) or {}
    if not isinstance(value, Mapping):
        raise ProblemError(f"`notation.{key}` must be an object")
    return value


def aliases_of(data: Mapping[str, Any]) -> dict[str, str]:
    """`aliases`, with what `gradients` says: `{L: {"\\delta 3": h_t}}` makes `\\delta 3` a name of `\\frac{\\partial L}{\\partial h_t}`.

    Raises `ProblemError` for a value of another form.
    """
    found = dict(_mapping(data, "aliases"))
    for cost, names in _mapping(data, "gradients").items():
        if not isinstance(names, Mapping):
            raise ProblemError(f"`notation.gradients` of `{cost}` must be an object: the name of each gradient, and by what it is")
        found |= {name: f"\\frac{{\\partial {cost}}}{{\\partial {by}}}" for name, by in names.items()}
    if wrong := next((name for name, value in found.items() if not isinstance(value, str)), None):
        raise ProblemError(f"`notation.aliases` of `{wrong}` must be text")
    return found


def _words(data: Mapping[str, Any], key: str) -> list[str]:
    value = data.get(key) or []
    if isinstance(value, str):
        value = [value]
    if not isinstance(value, (list, tuple)) or not all(isinstance(v, str) for v in value):
        raise ProblemError(f"`notation.{key}` must be a list of spellings")
    return list(value)


def _one_of(data: Mapping[str, Any], key: str, allowed: tuple[str, ...]) -> str:
    value = data.get(key, "")
    if value and value not in allowed:
        raise ProblemError(f"`notation.{key}` is `{value}`; allowed: {', '.join(allowed)}")
    return str(value or "")


def _layout(value: Any) -> dict[str, str]:
    if not value:
        return {}
    table = {"*": value} if isinstance(value, str) else dict(value)
    for kind, layout in table.items():
        if layout not in LAYOUTS:
            raise ProblemError(f"`notation.layout` of `{kind}` is `{layout}`; allowed: {', '.join(LAYOUTS)}")
    return table


def _derivative(value: Any) -> dict[str, str]:
    if not value:
        return {}
    table = {"*": value} if isinstance(value, str) else dict(value)
    result: dict[str, str] = {}
    for spelling, mode in table.items():
        if mode not in ("total", "immediate", "auto"):
            raise ProblemError(f"`notation.derivative` of `{spelling}` is `{mode}`; allowed: total, immediate, auto")
        result[spelling if spelling in ("*", "lhs", "d", "\\partial") else canonical(spelling)] = mode
    return result


def canonical(latex: str) -> str:
    """A spelling as our printer writes it, so that white space and braces do not matter."""
    try:
        return to_latex(parse_expression(latex))
    except ParseError:
        return latex


def _signs(data: Mapping[str, Any]) -> dict[tuple[str, str], tuple[str, ...]]:
    result: dict[tuple[str, str], tuple[str, ...]] = {}
    for sign, key in SIGN_KEYS.items():
        value = data.get(key)
        if not value:
            continue
        parts = value if isinstance(value, Mapping) else {"given": value, "claim": value}
        for part, meaning in parts.items():
            meanings = (meaning,) if isinstance(meaning, str) else tuple(meaning)
            if part not in ("given", "claim") or not set(meanings) <= set(MEANINGS):
                raise ProblemError(f"`notation.{key}`: `{meaning}` for `{part}`; allowed: {', '.join(MEANINGS)} for given or claim")
            result[part, sign] = meanings
    return result
