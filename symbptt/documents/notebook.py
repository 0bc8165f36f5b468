"""Jupyter notebooks → formulas with cell, line and column; the Markdown cells are one document.

Read is the JSON of nbformat 3 and 4; outputs, attachments and code are passed over.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from symbptt.documents.formulas import Document, FormulaSource, InputError, Mark, Prose
from symbptt.documents.front_matter import FrontMatter, read_front_matter
from symbptt.documents.markdown import markdown_page, title_of
from symbptt.documents.own_macros import with_own_macros
from symbptt.documents.scanner import blanked, read_page

#: Lists and objects of a notebook; JSON of `[],[],…` would need many times its own size.
MOST_VALUES: Final = 3_000_000
#: What JSON can spell and a text cannot hold: halves of characters, and the sign that stands for code.
NO_TEXT = re.compile("[\x00\ud800-\udfff]")


@dataclass(frozen=True)
class _Cell:
    number: int
    kind: str
    text: str


def read_notebook(text: str, *, path: str = "") -> Document:
    """Find the formulas of a notebook's Markdown cells, and the words between them.

    Raises `InputError` for what is no notebook, or where its front matter cannot be read; other errors are kept in the result.
    """
    cells, damaged = _cells(_load(text, path), path)
    errors: list[InputError] = []
    if damaged:
        more = f" and {len(damaged) - 1:,} more" if len(damaged) > 1 else ""
        errors.append(InputError(f"cell {damaged[0]}{more} cannot be read: no type or no source; save the notebook again", path=path))
    front = _front_matter(cells, path)
    items: list[FormulaSource | Mark | Prose] = []
    title, section = "", 0
    for cell in cells:
        skipped = front.end if cell is cells[0] else 0
        if cell.kind != "markdown":
            continue
        found: list[InputError] = []
        page = markdown_page(blanked(cell.text, 0, skipped))
        items += _placed(read_page(page, path=path, errors=found), cell.number, section)
        errors += [_in_cell(error, cell.number) for error in found]
        section += len(page.headings)
        title = title or title_of(cell.text, skipped)
    return with_own_macros(Document(tuple(items), front.problem, {"title": title} | dict(front.about), errors=tuple(errors)))


def _load(text: str, path: str) -> Any:
    if text.count("[") + text.count("{") > MOST_VALUES:
        raise InputError(f"the notebook holds more than {MOST_VALUES:,} lists and objects; clear its outputs", path=path)
    try:
        # numbers are of no concern, and thousands of digits would take long to read
        return json.loads(text, parse_int=str, parse_float=str, parse_constant=str)
    except json.JSONDecodeError as error:
        message = f"not a notebook: no JSON ({error.msg}, column {error.colno}); save it again"
        raise InputError(message, path=path, line=error.lineno) from None
    except RecursionError:
        raise InputError("not a notebook: the JSON is nested too deeply", path=path) from None


def _cells(root: Any, path: str) -> tuple[list[_Cell], list[int]]:
    """The cells that hold text, numbered among all, and the numbers of those that cannot be read."""
    found = list(_listed(root))
    if not isinstance(root, Mapping) or not (isinstance(root.get("cells"), list) or isinstance(root.get("worksheets"), list)):
        raise InputError("not a notebook: it has no list of cells; give a file that Jupyter has written", path=path)
    cells: list[_Cell] = []
    damaged: list[int] = []
    for number, cell in enumerate(found, 1):
        kind = cell.get("cell_type") if isinstance(cell, Mapping) else None
        if kind == "code":
            continue
        source = _source(cell.get("source")) if isinstance(cell, Mapping) and isinstance(kind, str) else None
        if source is None or not isinstance(kind, str):
            damaged.append(number)
        elif kind == "heading":
            level = cell.get("level", "1")
            cells.append(_Cell(number, "markdown", "#" * (int(level) if level in set("123456") else 1) + " " + source))
        else:
            cells.append(_Cell(number, kind, source))
    return cells, damaged


def _listed(root: Any) -> Iterator[Any]:
    """The cells of nbformat 4, or those of the worksheets of nbformat 3."""
    if not isinstance(root, Mapping):
        return
    sheets = root.get("worksheets")
    for holder in [root, *(sheets if isinstance(sheets, list) else ())]:
        cells = holder.get("cells") if isinstance(holder, Mapping) else None
        yield from cells if isinstance(cells, list) else ()


def _source(source: Any) -> str | None:
    """The text of a cell, which may be a list of lines."""
    if isinstance(source, list) and all(isinstance(line, str) for line in source):
        source = "".join(source)
    if not isinstance(source, str):
        return None
    return NO_TEXT.sub("\ufffd", source.replace("\r\n", "\n").replace("\r", "\n"))


def _front_matter(cells: list[_Cell], path: str) -> FrontMatter:
    """Front matter in the first cell, which may be raw."""
    if not cells or cells[0].number != 1:
        return FrontMatter()
    try:
        return read_front_matter(cells[0].text, path=path)
    except InputError as error:
        raise _in_cell(error, 1) from None


def _placed(items: tuple[FormulaSource | Mark | Prose, ...], cell: int, section: int) -> Iterator[FormulaSource | Mark | Prose]:
    for item in items:
        yield replace(item, cell=cell, section=item.section + section) if isinstance(item, FormulaSource) else item


def _in_cell(error: InputError, cell: int) -> InputError:
    return InputError(f"cell {cell}, line {error.line}: {error.message}", path=error.path)
