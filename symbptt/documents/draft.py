"""A sidecar for a document with what was inferred, for its author to correct."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from symbptt.documents.body import ModelRead
from symbptt.documents.explain import GRANTED, GUESS, STATED, one_line, opening, origin
from symbptt.documents.formulas import Document
from symbptt.documents.item import DocumentItem
from symbptt.documents.reader import DocumentRead, document_read
from symbptt.documents.sidecar import Heading, headings, with_fields

#: Key → value and remark.
Entries = Mapping[str, tuple[str, str]]
FIELDS: Final = ("shapes", "ranges", "functions", "notation")
#: What needs no quotes in YAML.
PLAIN: Final = re.compile(r"[A-Za-z0-9_×][A-Za-z0-9_×.]*")
HEAD: Final = """\
# What symbptt reads in {name}. Correct it, and delete what goes without saying; a line behind # is not in force.
# `symbptt check --explain` tells where each of these comes from.
symbptt:
"""
INFER: Final = "  infer: true  # what is not stated is taken from the words or guessed; with false, only what is stated counts"


@dataclass(frozen=True)
class Block:
    """Lines that are in force together, or not at all: then each stands behind `#`."""

    name: str
    lines: tuple[str, ...]
    active: bool = True

    def text(self) -> str:
        lines = self.lines if self.active else [line if line.lstrip().startswith("#") else _off(line) for line in self.lines]
        return "".join(f"{line}\n" for line in lines)


def _off(line: str) -> str:
    indent = len(line) - len(line.lstrip())
    return f"{line[:indent]}# {line[indent:]}"


def draft(document: Document, path: str, name: str) -> str:
    """The text of a sidecar; read back, it changes nothing: what would is left behind `#`."""
    read = document_read(with_fields(document), path)
    blocks = list(_blocks(read))
    if _same(read, _reread(document, path, name, blocks)):
        return _text(name, blocks)
    tried = [replace(block, active=False) for block in blocks]
    for at, block in enumerate(blocks):
        with_it = [*tried[:at], block, *tried[at + 1 :]]
        if _same(read, _reread(document, path, name, with_it)):
            tried = with_it
    noted = [b if b.active else replace(b, lines=("  # in force, this would change how formulas are read:", *b.lines)) for b in tried]
    return _text(name, noted)


def _text(name: str, blocks: Sequence[Block]) -> str:
    return HEAD.format(name=one_line(name)) + "".join(block.text() for block in blocks)


def _reread(document: Document, path: str, name: str, blocks: Sequence[Block]) -> DocumentRead:
    return document_read(with_fields(document, _text(name, blocks)), path)


def _same(read: DocumentRead, again: DocumentRead) -> bool:
    """Whether each formula is read as before; shapes that it does not speak of may come or go, and so may the model of a definition."""
    return len(read.items) == len(again.items) and all(_alike(a, b) for a, b in zip(read.items, again.items, strict=True))


def _alike(item: DocumentItem, other: DocumentItem) -> bool:
    a, b = item.problem, other.problem
    if a is None or b is None:
        return a is b and item.role == other.role and item.verdict == other.verdict
    if a.role == b.role == "definition":
        return True
    shapes = all(b.shapes.get(key, shape) == shape for key, shape in a.shapes.items()) and set(a.inferred) <= set(b.shapes)
    equal = item.role == other.role and set(map(str, a.assume)) == set(map(str, b.assume))
    return shapes and equal and replace(a, shapes={}, inferred={}, assume=()) == replace(b, shapes={}, inferred={}, assume=())


def _blocks(read: DocumentRead) -> Iterator[Block]:
    models = read.models
    if models and all(model.model.infers for model in models):
        yield Block("infer", (INFER,))
    values = [{name: _entries(name, model) for name in FIELDS} for model in models]
    common = {name: _common([value[name] for value in values]) for name in FIELDS}
    for name in FIELDS:
        yield from _field(name, common[name], 1)
    assume = list(dict.fromkeys(_flow(fact) for model in models for fact in model.model.frame.assume if fact not in model.stated.assume))
    if assume:
        yield Block("assume", (f"  assume: [{', '.join(assume)}]",))
    yield from _costs(models)
    own = [{name: {k: v for k, v in value[name].items() if k not in common[name]} for name in FIELDS} for value in values]
    if any(entries for value in own for entries in value.values()):
        titles = headings(read.document.items)
        lines = [line for model, value in zip(models, own, strict=True) for line in _section(model, value, titles, read)]
        yield Block("sections", ("  sections:  # each model of the document, from where it begins", *lines))
    yield from _doubtful_roles(read)


def _entries(name: str, read: ModelRead) -> dict[str, tuple[str, str]]:
    """What nobody states."""
    found: dict[str, tuple[str, str]] = {}
    for key, value in getattr(read.model.frame, name).items():
        where = origin(name, key, read)
        if where.word not in (STATED, GRANTED) and not (name == "notation" and key == "macros"):
            found[key] = (_flow(value), str(where))
    return found


def _common(models: Sequence[Entries]) -> dict[str, tuple[str, str]]:
    """What all models agree on; a document with one model has nothing else."""
    first, *others = models or [{}]
    return {key: value for key, value in first.items() if all(other.get(key, ("", ""))[0] == value[0] for other in others)}


def _field(name: str, entries: Entries, depth: int) -> Iterator[Block]:
    if entries:
        sure = any(remark != GUESS for _, remark in entries.values())
        head = f"{'  ' * depth}{'' if sure else '# '}{name}:"
        yield Block(name, (head, *(_entry(key, value, remark, depth + 1) for key, (value, remark) in entries.items())))


def _entry(key: str, value: str, remark: str, depth: int) -> str:
    sign = "# " if remark == GUESS else ""
    return f"{'  ' * depth}{sign}{_quoted(key)}: {value}  # {one_line(remark)}"


def _section(read: ModelRead, own: Mapping[str, Entries], titles: Sequence[Heading], doc: DocumentRead) -> Iterator[str]:
    yield f"    - from: {_start(read, titles, doc)}"
    for name in FIELDS:
        for block in _field(name, own[name], 3):
            yield from block.lines


def _start(read: ModelRead, titles: Sequence[Heading], doc: DocumentRead) -> str:
    """The heading above a model if no other reads like it, else its first line."""
    first = opening(read).item
    told = first.problem or first.verdict
    cell = told.cell if told is not None else 0
    section = opening(read).section
    above = titles[section - 1] if 0 < section <= len(titles) else None
    words = one_line(above.words) if above is not None else ""
    if words and not words[0].isdigit() and sum(one_line(title.words) == words for title in titles) == 1:
        return _quoted(words)
    file = told.path if told is not None and told.path not in ("", doc.path) else ""
    place = f"{f'{file}:' if file else ''}{f'cell {cell}:' if cell else ''}{first.line}"
    return place if place.isdigit() else _quoted(place)


def _costs(models: Sequence[ModelRead]) -> Iterator[Block]:
    for read in models:
        if read.model.cost is not None:
            yield Block("given", (f"  # given: [{_quoted(read.model.cost.equation)}]  # taken for arbitrary: no equation gives the cost",))


def _doubtful_roles(read: DocumentRead) -> Iterator[Block]:
    """Formulas whose role may be another one: definitions that were set aside or stand twice."""
    rows: dict[int, str] = {}
    for model in read.models:
        for given, why in (*model.model.dropped.items(), *((g, f"as line {other.line}") for g, other in model.model.restated.items())):
            if given.line:
                rows[given.line] = f"  #   {given.line}: definition  # {one_line(given.equation)}: {one_line(why)}"
    if rows:
        roles = "claim, definition, update, text or skip"
        yield Block(
            "formulas", (f"  # formulas:  # what a line holds, where it was mistaken: {roles}", *(rows[line] for line in sorted(rows)))
        )


def _flow(value: Any) -> str:
    """A value as YAML on one line."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_quoted(str(key))}: {_flow(item)}" for key, item in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(map(_flow, value)) + "]"
    return _quoted(str(value))


def _quoted(text: str) -> str:
    text = " ".join(text.split())
    return text if PLAIN.fullmatch(text) else "'" + text.replace("'", "''") + "'"
