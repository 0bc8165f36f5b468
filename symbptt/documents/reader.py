"""Any input → items in order: files by their suffix, folders, standard input."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import PurePath
from types import MappingProxyType
from typing import Final

from symbptt.documents.body import ModelRead, understand
from symbptt.documents.files import LARGEST, decode, read_text
from symbptt.documents.formulas import Document, InputError
from symbptt.documents.item import DocumentItem
from symbptt.documents.jsonl import read_json, read_jsonl
from symbptt.documents.markdown import read_markdown
from symbptt.documents.nearby import with_nearby
from symbptt.documents.notebook import read_notebook
from symbptt.documents.plain import read_plain
from symbptt.documents.restructured import read_restructured
from symbptt.documents.sidecar import SUFFIX, with_sidecar
from symbptt.documents.tex import read_tex
from symbptt.documents.walk import Walk
from symbptt.problem import Problem

STDIN: Final = "-"
EVERYTHING: Final = Walk()
#: What a file of problems contains; folders hold other JSON too.
CLAIM: Final = '"claim"'
Items = list[DocumentItem | InputError]


@dataclass(frozen=True)
class Reading:
    """What was read: items in order, and each error where it was met."""

    items: tuple[DocumentItem, ...]
    errors: tuple[InputError, ...] = ()


#: Suffix to reader of a document: a new kind of document is a new row.
DOCUMENTS: Final[Mapping[str, Callable[..., Document]]] = MappingProxyType(
    {
        **dict.fromkeys((".md", ".markdown", ".qmd", ".rmd", ".myst"), read_markdown),
        ".tex": read_tex,
        ".ipynb": read_notebook,
        **dict.fromkeys((".rst", ".rest"), read_restructured),
        **dict.fromkeys((".txt", ".text"), read_plain),
    }
)
#: Suffix to reader of a file of problems.
PROBLEMS: Final[Mapping[str, Callable[..., Iterator[Problem | InputError]]]] = MappingProxyType({".json": read_json, ".jsonl": read_jsonl})
#: How a text without a name shows what it is; Markdown otherwise. An array of problems holds objects, a link does not.
OPENINGS: Final = (
    (".ipynb", re.compile(r'\{\s*"(?:cells|worksheets|metadata|nbformat)"')),
    (".jsonl", re.compile(r'\{\s*"')),
    (".json", re.compile(r"\[\s*\{")),
    (".tex", re.compile(r"(?:%[^\n]*\n\s*)*\\(?:documentclass|documentstyle|begin\{document\})")),
)
SUFFIXES: Final = (*DOCUMENTS, *PROBLEMS)


@dataclass(frozen=True)
class DocumentRead:
    """A document with everything that was made of it."""

    path: str
    document: Document
    items: tuple[DocumentItem, ...]
    models: tuple[ModelRead, ...]
    errors: tuple[InputError, ...]


#: Is told of each document as it is read.
Listener = Callable[[DocumentRead], None]


def read_items(text: str, path: str, suffix: str, told: Listener | None = None) -> Items:
    """The items of a file's text."""
    if suffix in PROBLEMS:
        return [found if isinstance(found, InputError) else _claim(found) for found in PROBLEMS[suffix](text, path=path)]
    try:
        read = document_read(with_sidecar(DOCUMENTS[suffix](text, path=path), path), path)
    except InputError:
        raise
    except Exception as error:  # a defect of the reader costs its document the verdicts, never the run
        reason = f"{type(error).__name__}: {' '.join(str(error).split())[:200]}"
        raise InputError(f"internal error while the document was read: {reason}; give it in smaller parts", path=path) from error
    if told is not None:
        told(read)
    return [*read.items, *read.errors]


def document_read(document: Document, path: str) -> DocumentRead:
    """What is made of a document; a `claim` in its front matter comes first."""
    frame, errors = document.frame, list(document.errors)
    parts = tuple(replace(part, frame=_without_claim(part.frame, path)) for part in document.parts)
    items, models = understand(replace(document, frame=_without_claim(frame, path), parts=parts), errors)
    stated = [replace(frame, id=frame.id or f"{PurePath(path).name}:{frame.line}")] if frame.claim else []
    return DocumentRead(path, document, (*map(_claim, stated), *with_nearby(items)), tuple(models), tuple(errors))


def without_sidecar(path: str) -> Document:
    """A document as it stands.

    Raises `InputError` for what cannot be read, or is a file of problems.
    """
    suffix = _known_suffix(path)
    if suffix not in DOCUMENTS:
        raise InputError("a file of problems states everything; give a document", path=path)
    return DOCUMENTS[suffix](read_text(path), path=path)


def _without_claim(frame: Problem, path: str) -> Problem:
    return replace(frame, path=path, claim="", expect="", id="", line=0, column=0)


def _claim(problem: Problem) -> DocumentItem:
    return DocumentItem("claim", problem, None, problem.claim, problem.line, problem.column)


def read_path(path: str, *, walk: Walk = EVERYTHING, stdin_name: str = "", told: Listener | None = None) -> Reading:
    """Read a file, everything that `walk` takes from a folder, or (`-`) standard input; never raises for what it meets there.

    `stdin_name` is the file that standard input stands for: its suffix says how it is read. `told` hears of each document.
    """
    items: list[DocumentItem] = []
    errors: list[InputError] = []
    for found in found_in(path, walk=walk, stdin_name=stdin_name, told=told):
        (errors if isinstance(found, InputError) else items).append(found)  # type: ignore[arg-type]
    return Reading(tuple(items), tuple(errors))


def found_in(
    path: str, *, walk: Walk = EVERYTHING, stdin_name: str = "", told: Listener | None = None
) -> Iterator[DocumentItem | InputError]:
    """As `read_path`, item by item and error by error, each file read when its turn comes."""
    if path == STDIN:
        yield from _read_stdin(stdin_name, told)
    elif os.path.isdir(path):
        files = list(walk.files(path, SUFFIXES))
        if not files:
            yield InputError(f"no documents in this folder; looked for {', '.join(SUFFIXES)}", path=path)
        for file in files:
            yield from _read_file(file, told, met=True)
    else:
        yield from _read_file(path, told)


def _read_stdin(name: str, told: Listener | None) -> Items:
    try:
        text = decode(sys.stdin.buffer.read(LARGEST + 1), name or "<stdin>")
        return read_items(text, name or "<stdin>", _known_suffix(name) if name else _suffix_of(text), told)
    except InputError as error:
        return [error]


def _read_file(path: str, told: Listener | None, *, met: bool = False) -> Items:
    """The items of a file; one that was only met in a folder need not hold problems."""
    try:
        if not os.path.exists(path):
            raise InputError("no such file; check the path", path=path)
        suffix = _known_suffix(path)
        text = read_text(path)
        if met and suffix in PROBLEMS and CLAIM not in text:
            return []
        return read_items(text, path, suffix, told)
    except InputError as error:
        return [error]


def _known_suffix(path: str) -> str:
    """The suffix of a path.

    Raises `InputError` for one that has no reader.
    """
    suffix = PurePath(path).suffix.lower()
    if path.endswith(SUFFIX):
        raise InputError("a sidecar is read with its document; give the document", path=path)
    if suffix not in SUFFIXES:
        kind = f"not read yet: {suffix}" if suffix else "a file without a suffix is not read"
        raise InputError(f"{kind}; symbptt reads {', '.join(SUFFIXES)}", path=path)
    return suffix


def _suffix_of(text: str) -> str:
    """The kind of a text that has no name, told from how it begins."""
    start = text.lstrip()
    return next((suffix for suffix, opening in OPENINGS if opening.match(start)), ".md")
