"""Any input → items in order: files by their suffix, folders, standard input."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path, PurePath
from types import MappingProxyType
from typing import Final

from symbptt.documents.body import DocumentItem, read_body
from symbptt.documents.formulas import InputError
from symbptt.documents.jsonl import read_json, read_jsonl
from symbptt.documents.markdown import read_markdown
from symbptt.problem import Problem

STDIN: Final = "-"
Items = list[DocumentItem | InputError]
Reader = Callable[[str, str], Items]


@dataclass(frozen=True)
class Reading:
    """What was read: items in order, and each error where it was met."""

    items: tuple[DocumentItem, ...]
    errors: tuple[InputError, ...] = ()


def read_markdown_items(text: str, path: str) -> Items:
    """The items of a Markdown document; a `claim` in its front matter comes first."""
    document = read_markdown(text, path=path)
    frame = document.front_matter.problem
    errors = list(document.errors)
    body = read_body(document.items, replace(frame, path=path, claim="", expect="", id="", line=0, column=0), errors)
    stated = [replace(frame, id=frame.id or f"{PurePath(path).name}:{frame.line}")] if frame.claim else []
    return [*map(_claim, stated), *body, *errors]


def _problems(read: Callable[..., Iterator[Problem | InputError]]) -> Reader:
    def items(text: str, path: str) -> Items:
        return [found if isinstance(found, InputError) else _claim(found) for found in read(text, path=path)]

    return items


def _claim(problem: Problem) -> DocumentItem:
    return DocumentItem("claim", problem, None, problem.claim, problem.line, problem.column)


#: Suffix to reader: a new kind of document is a new row.
READERS: Final[Mapping[str, Reader]] = MappingProxyType(
    {
        ".md": read_markdown_items,
        ".markdown": read_markdown_items,
        ".json": _problems(read_json),
        ".jsonl": _problems(read_jsonl),
    }
)


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
        if PurePath(name).suffix.lower() in READERS and not name.startswith(".")
    )
    if not found:
        raise InputError(f"no documents in this folder; looked for {', '.join(READERS)}", path=path)
    return found


def _hidden(folder: str) -> bool:
    return any(part.startswith(".") and part != "." for part in PurePath(folder).parts)


def _read_file(path: str) -> Items:
    try:
        read, text = (_reader_of_stdin if path == STDIN else _reader_of_file)(path)
        return read(text, "<stdin>" if path == STDIN else path)
    except InputError as error:
        return [error]


def _reader_of_file(path: str) -> tuple[Reader, str]:
    suffix = PurePath(path).suffix.lower()
    if not os.path.exists(path):
        raise InputError("no such file; check the path", path=path)
    if suffix not in READERS:
        kind = f"not read yet: {suffix}" if suffix else "a file without a suffix is not read"
        raise InputError(f"{kind}; symbptt reads {', '.join(READERS)}", path=path)
    return READERS[suffix], read_text(path)


def read_text(path: str) -> str:
    """The text of a file.

    Raises `InputError` where there is none.
    """
    try:
        data = Path(path).read_bytes()
    except FileNotFoundError:
        raise InputError("no such file; check the path", path=path) from None
    except OSError as error:
        raise InputError(f"cannot be opened: {error.strerror}", path=path) from None
    return decode(data, path)


def _reader_of_stdin(_path: str) -> tuple[Reader, str]:
    text = decode(sys.stdin.buffer.read(), "<stdin>")
    start = text.lstrip()[:1]
    return READERS[".jsonl" if start == "{" else ".json" if start == "[" else ".md"], text


def decode(data: bytes, path: str) -> str:
    """The text of a file, with `\\n` between lines.

    Raises `InputError` for what is not text.
    """
    if b"\0" in data:
        raise InputError("a binary file, not text; give a document", path=path)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise InputError(f"not UTF-8 (byte 0x{data[error.start]:02x}); save the file as UTF-8", path=path, line=line) from None
    return text.replace("\r\n", "\n").replace("\r", "\n")
