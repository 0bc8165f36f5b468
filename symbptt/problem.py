"""A problem: one claim and everything needed to judge it (the public contract, section 1)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from difflib import get_close_matches
from typing import Any


class ProblemError(ValueError):
    """A problem that cannot be read: says which field, what was met and what to do."""


@dataclass(frozen=True)
class Given:
    """One equation of the model, `equation` in LaTeX, `for_` the range it holds in (LaTeX, or empty)."""

    equation: str
    for_: str = ""
    line: int = 0

    def __hash__(self) -> int:
        return hash(self.equation)  # which is kept with the text


@dataclass(frozen=True)
class Problem:
    """A claim with its model; field names and meaning are those of the public contract (`for` is `for_` here)."""

    claim: str = ""
    id: str = ""
    given: tuple[Given, ...] = ()
    shapes: Mapping[str, str] = field(default_factory=dict)
    ranges: Mapping[str, str] = field(default_factory=dict)
    functions: Mapping[str, str] = field(default_factory=dict)
    assume: tuple[str | Mapping[str, str], ...] = ()
    notation: Mapping[str, Any] = field(default_factory=dict)
    for_: str = ""
    expect: str = ""
    path: str = ""
    line: int = 0
    column: int = 0
    cell: int = 0  # of a notebook; lines then count within it
    inferred: Mapping[str, bool] = field(default_factory=dict)  # keys of `shapes` that nobody stated; True where no other shape fits
    doubt: str = ""  # why what is false of the problem as it was read may be true of what its author means
    stale: tuple[Given, ...] = ()  # of an earlier section, and perhaps replaced: what is false with them may be true without
    supposed: tuple[str, ...] = ()  # those of `assume` that only the words before a formula make
    readings: tuple[str, ...] = ()  # what a reader of documents put in for what the author left out: what is true with them is conditional
    order: tuple[str, str] = ("", "")  # of two steps, `k \\le t`, which words elsewhere state, and where
    noted: tuple[str, ...] = ()  # how the formula was read before it became this claim
    respelled: str = ""  # the condition under which the spellings of the problem are those of its document
    nearby: tuple[str, ...] = ()  # what else the document claims of the same model; a suggestion may take its form from there
    denied: tuple[str, ...] = ()  # what words say is not so: `targets` of which nothing may be assumed, and functions that are not named
    corner: bool = False  # to be refuted at the sizes stated, where most entries are 0; true there says nothing
    role: str = "claim"  # "definition": judged only for whether it defines anything

    def __post_init__(self) -> None:
        if not isinstance(self.given, tuple) or not {Given}.issuperset(map(type, self.given)):
            object.__setattr__(self, "given", tuple(_given(item) for item in self.given))
        object.__setattr__(self, "assume", tuple(self.assume))
        for name in ("shapes", "ranges", "functions", "notation"):
            value = getattr(self, name)
            if not isinstance(value, Mapping):
                raise ProblemError(f"field `{name}` must be an object (name to value), not {type(value).__name__}")

    @classmethod
    def from_dict(cls, data: Any, *, path: str = "", line: int = 0) -> Problem:
        """Read the JSON object of a problem.

        Raises `ProblemError` for an unknown field, a missing claim or a value of the wrong kind.
        """
        if not isinstance(data, Mapping):
            raise ProblemError(f"a problem is an object with `claim` and `given`, not {type(data).__name__}")
        known = set(FIELDS)
        for key in data:
            if key not in known:
                close = get_close_matches(str(key), known, 1)
                hint = f"; did you mean `{close[0]}`?" if close else f"; the fields are {', '.join(sorted(known))}"
                raise ProblemError(f"unknown field `{key}`{hint}")
        if not isinstance(data.get("claim", ""), str) or not data.get("claim", "").strip():
            raise ProblemError("field `claim` is required: the LaTeX formula to judge")
        values = {("for_" if key == "for" else key): value for key, value in data.items() if value is not None}
        for name in ("id", "for_", "expect", "path"):
            if name in values and not isinstance(values[name], str):
                raise ProblemError(f"field `{name.rstrip('_')}` must be text, not {json.dumps(values[name])}")
        for name in ("given", "assume"):
            if name in values and not isinstance(values[name], (list, tuple)):
                raise ProblemError(f"field `{name}` must be a list, not {type(values[name]).__name__}")
        values.setdefault("path", path)
        values.setdefault("line", line)
        return cls(**values)


#: The fields a problem is stated with; those of its place and role come from where it was read.
FIELDS = tuple(
    "for" if f.name == "for_" else f.name
    for f in fields(Problem)
    if f.name
    not in (
        "column",
        "cell",
        "inferred",
        "doubt",
        "stale",
        "supposed",
        "readings",
        "order",
        "noted",
        "respelled",
        "nearby",
        "corner",
        "denied",
        "role",
    )
)


class Alike:
    """A problem that equals every other one with the same content, in the same order: a key of what is remembered of problems."""

    __slots__ = ("_content", "_hash", "problem")

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self._content = tuple([_content(getattr(problem, f.name)) for f in fields(problem)])
        self._hash = hash(self._content)

    def __hash__(self) -> int:
        return self._hash

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Alike) and self._content == other._content


def _content(value: Any) -> Any:
    """A value that can be hashed, with everything that is in it."""
    if isinstance(value, Mapping):
        return (dict, *[(key, _content(item)) for key, item in value.items()])
    if isinstance(value, (list, tuple)):
        return (tuple, *map(_content, value))
    return (type(value), value) if isinstance(value, (bool, int, float)) else value


def _given(item: Any) -> Given:
    if isinstance(item, Given):
        return item
    if isinstance(item, str):
        return Given(item)
    if isinstance(item, Mapping) and isinstance(item.get("equation"), str) and set(item) <= {"equation", "for"}:
        return Given(item["equation"], item.get("for") or "")
    raise ProblemError(
        f'an item of `given` is LaTeX text or {{"equation": …, "for": …}}, not {json.dumps(item, ensure_ascii=False, default=str)[:80]}'
    )
