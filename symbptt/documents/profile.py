"""The notation that a document shows by its own formulas.

What is true only under one reading is conditional on it. Where several formulas of a model are true under the same reading, and
none needs the other, that reading is the notation of the document, and they are judged once more under it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any, Final

from symbptt.documents.item import DocumentItem
from symbptt.problem import Problem
from symbptt.verdict import Verdict

READING: Final = "reading: "
DEFAULT: Final = " (default)"
#: Formulas that must need a reading for it to be the notation, where none needs another; and where some do.
ENOUGH, MANY = 2, 4
#: A choice that a formula leaves open, and the entry of `notation` that settles it.
SETTLED: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "layout of a vector by a vector": ("layout", "vector"),
        "layout of a scalar by a vector": ("layout", "scalar"),
    }
)


def settled(items: Sequence[DocumentItem], verdicts: Sequence[Verdict]) -> dict[int, Problem]:
    """The claims to be judged again, by their place, each with the notation that its model shows."""
    again: dict[int, Problem] = {}
    for model in dict.fromkeys(item.model for item in items if item.model):
        places = [at for at, item in enumerate(items) if item.model == model and item.problem is not None and item.role == "claim"]
        shown = _shown([verdicts[at] for at in places])
        for at in places:
            key, option = _needed(verdicts[at])
            problem = items[at].problem
            if key and shown.get(key) == option and problem is not None:
                again[at] = replace(problem, notation=_with_entry(problem.notation, SETTLED[key], option))
    return again


def _needed(verdict: Verdict) -> tuple[str, str]:
    """The one reading that a verdict is conditional on, as choice and option; empty where it is on anything else."""
    if verdict.verdict != "conditional" or len(verdict.assumptions) != 1 or not verdict.assumptions[0].startswith(READING):
        return "", ""
    key, _, option = verdict.assumptions[0].removeprefix(READING).rpartition(": ")
    return (key, option) if key in SETTLED else ("", "")


def _shown(verdicts: Iterable[Verdict]) -> dict[str, str]:
    """For each choice, the option that the formulas need."""
    listed = tuple(verdicts)
    needed = Counter(found for verdict in listed if (found := _needed(verdict))[0])
    shown: dict[str, str] = {}
    for (key, option), count in needed.items():
        rivals = sum(n for (other, answer), n in needed.items() if other == key and answer != option)
        usual = sum(verdict.verdict in ("verified", "proved") and _took_default(verdict, key) for verdict in listed)
        if not rivals and ((count >= ENOUGH and not usual) or (count >= MANY and count > 2 * usual)):
            shown[key] = option
    return shown


def _took_default(verdict: Verdict, key: str) -> bool:
    return any(note.startswith(f"{key}: ") and note.endswith(DEFAULT) for note in verdict.reading)


def _with_entry(notation: Mapping[str, Any], path: tuple[str, ...], value: str) -> dict[str, Any]:
    """The notation with one entry more."""
    if len(path) == 1:
        return {**notation, path[0]: value}
    inner = notation.get(path[0])
    inner = {"*": inner} if isinstance(inner, str) else dict(inner or {})
    return {**notation, path[0]: {**inner, path[1]: value}}
