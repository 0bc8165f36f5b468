"""A formula of a document with what was made of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from symbptt.documents.functions import OwnFunction
from symbptt.documents.otherwise import Otherwise
from symbptt.documents.references import NOTHING_SPOKEN, Spoken
from symbptt.latex.syntax import Formula
from symbptt.problem import Given, Problem
from symbptt.verdict import Verdict


@dataclass(frozen=True)
class DocumentItem:
    """A formula of a document: a claim has a `problem`; everything else, and a claim that cannot be read, its `verdict`."""

    role: str
    problem: Problem | None
    verdict: Verdict | None
    latex: str
    line: int
    column: int
    defines: tuple[Given, ...] = ()  # the equations that a definition adds
    model: str = ""  # the part of a document it belongs to, whose formulas share one notation
    meant: tuple[Problem, ...] = ()  # what a claim is where the document means one thing by two spellings
    anew: str = ""  # the letter of what a claim may define anew


@dataclass(frozen=True)
class Entry:
    """An item in its place: its formula, the model it belongs to (counted from 0), and the definitions made so far in that model."""

    item: DocumentItem
    formula: Formula | None = None
    model: int = 0
    section: int = 0
    known: tuple[tuple[Given, Formula], ...] = ()
    doubt: str = ""  # what the words beside it say that was not understood
    otherwise: tuple[Otherwise, ...] = ()  # what they say that the equations have otherwise
    letters: Mapping[str, str] = field(default_factory=dict)  # letters that stand for anything of a kind in it alone
    functions: Mapping[str, str] = field(default_factory=dict)  # what its sentence says of functions, for it alone
    own_functions: tuple[OwnFunction, ...] = ()  # those that the document defines
    bare: bool = False  # whether it stands without a word before it in its sentence
    spoken: Spoken = NOTHING_SPOKEN  # what is said of the network that it is of
