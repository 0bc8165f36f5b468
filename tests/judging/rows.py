"""One line of the tables of claims: a model, a claim about it, and the verdicts that are right for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

TRUE = frozenset({"proved", "verified"})
#: What a verdict may be, and what it must never be, for a claim of which this is known.
ALLOWED: Mapping[str, tuple[frozenset[str], frozenset[str]]] = {
    "right": (TRUE, frozenset({"refuted"})),
    "wrong": (frozenset({"refuted"}), TRUE | {"conditional"}),
    "conditional": (frozenset({"conditional"}), TRUE | {"refuted"}),
    "unknown": (frozenset({"unknown"}), TRUE | {"conditional", "refuted"}),
    "never refuted": (TRUE | {"conditional", "unknown"}, frozenset({"refuted"})),
    "never true": (frozenset({"refuted", "unknown"}), TRUE | {"conditional"}),
}


@dataclass(frozen=True)
class Row:
    """`status` is a key of `ALLOWED`; `fields` are other fields of the verdict, text being searched for in them.

    `xfail` says why the program does not reach it yet.
    """

    name: str
    problem: Mapping[str, Any]
    status: str
    fields: Mapping[str, Any] = field(default_factory=dict)
    xfail: str = ""


@dataclass
class Table:
    """Rows about one model, added one by one; `extra` are more fields of the problem (`for_` is `for`)."""

    topic: str
    model: Mapping[str, Any]
    rows: list[Row]

    def add(self, status: str, name: str, claim: str, *, fields: Mapping[str, Any] | None = None, xfail: str = "", **extra: Any) -> None:
        more = {("for" if key == "for_" else key): value for key, value in extra.items()}
        given = [*self.model.get("given", ()), *more.pop("and_given", ())]
        problem = {**self.model, **more, "claim": claim}
        if given and "given" not in more:
            problem["given"] = given
        self.rows.append(Row(f"{self.topic}: {name}", problem, status, fields or {}, xfail))

    def right(self, name: str, claim: str, **extra: Any) -> None:
        """True under the defaults or what is stated."""
        self.add("right", name, claim, **extra)

    def wrong(self, name: str, claim: str, **extra: Any) -> None:
        """False at some point under every reading, or of shapes that never fit."""
        self.add("wrong", name, claim, **extra)

    def conditional(self, name: str, claim: str, **extra: Any) -> None:
        """True with an assumption or reading that the problem does not state."""
        self.add("conditional", name, claim, **extra)

    def unknown(self, name: str, claim: str, **extra: Any) -> None:
        """Not to be decided."""
        self.add("unknown", name, claim, **extra)
