"""Any input → items in order: files by their suffix, folders, standard input."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import PurePath
from types import MappingProxyType
from typing import Final

from symbptt.documents.body import DocumentItem, read_body
from symbptt.documents.files import LARGEST, decode, read_text
from symbptt.documents.formulas import Document, InputError
from symbptt.documents.jsonl import read_json, read_jsonl
from symbptt.documents.markdown import read_markdown
from symbptt.problem import Problem

STDIN: Final = "-"
Items = list[DocumentItem | InputError]


@dataclass(frozen=True)
class Reading:
    """What was read: items in order, and each error where it was met."""

    items: tuple[DocumentItem, ...]
    errors: tuple[InputError, ...] = ()


#: Suffix to reader of a document: a new kind of document is a new row.
DOCUMENTS: Final[Mapping[str, Callable[..., Document]]] = MappingProxyType(
    {
        ".md": read_markdown,
        ".markdown": read_markdown,
    }
)
#: Suffix to reader of a file of problems.
PROBLEMS: Final[Mapping[str, Callable[..., Iterator[Problem | InputError]]]] = MappingProxyType({".json": read_json, ".jsonl": read_jsonl})
SUFFIXES: Final = (*DOCUMENTS, *PROBLEMS)


def read_items(text: str, path: str, suffix: str) -> Items:
    """The items of a file's text."""
    if suffix in PROBLEMS:
        return [found if isinstance(found, InputError) else _claim(found) for found in PROBLEMS[suffix](text, path=path)]
    return document_items(DOCUMENTS[suffix](text, path=path), path)


def document_items(document: Document, path: str) -> Items:
    """The items of a document; a `claim` in its front matter comes first."""
    frame, errors = document.frame, list(document.errors)
    body = read_body(replace(document, frame=replace(frame, path=path, claim="", expect="", id="", line=0, column=0)), errors)
    stated = [replace(frame, id=frame.id or f"{PurePath(path).name}:{frame.line}")] if frame.claim else []
    return [*map(_claim, stated), *body, *errors]


def _claim(problem: Problem) -> DocumentItem:
    return DocumentItem("claim", problem, None, problem.claim, problem.line, problem.column)


def read_path(path: str) -> Reading:
    """Read a file, everything under a folder, or (`-`) standard input; never raises for what it meets there."""
    items: list[DocumentItem] = []
    errors: list[InputError] = []
    try:
        for file in _files(path):
            for found in _read_file(file):
                (errors if isinstance(found, InputError) else items).append(found)  # type: ignore[arg-type]
    except InputError as error:
        errors.append(error)
    return Reading(tuple(items), tuple(errors))


def _files(path: str) -> Iterable[str]:
    if path == STDIN or not os.path.isdir(path):
        return [path]
    found = sorted(
        os.path.join(folder, name)
        for folder, folders, names in os.walk(path, onerror=None)
        if not folders.sort() and not _hidden(os.path.relpath(folder, path))
        for name in names
        if PurePath(name).suffix.lower() in SUFFIXES and not name.startswith(".")
    )
    if not found:
        raise InputError(f"no documents in this folder; looked for {', '.join(SUFFIXES)}", path=path)
    return found


def _hidden(folder: str) -> bool:
    return any(part.startswith(".") and part != "." for part in PurePath(folder).parts)


def _read_file(path: str) -> Items:
    try:
        if path == STDIN:
            text = decode(sys.stdin.buffer.read(LARGEST + 1), "<stdin>")
            return read_items(text, "<stdin>", _suffix_of(text))
        suffix = PurePath(path).suffix.lower()
        if not os.path.exists(path):
            raise InputError("no such file; check the path", path=path)
        if suffix not in SUFFIXES:
            kind = f"not read yet: {suffix}" if suffix else "a file without a suffix is not read"
            raise InputError(f"{kind}; symbptt reads {', '.join(SUFFIXES)}", path=path)
        return read_items(read_text(path), path, suffix)
    except InputError as error:
        return [error]


def _suffix_of(text: str) -> str:
    """The kind of a text that has no name, told from how it begins."""
    start = text.lstrip()[:1]
    return ".jsonl" if start == "{" else ".json" if start == "[" else ".md"
