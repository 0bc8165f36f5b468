"""`NAME.symbptt.yaml` beside a document: the fields of front matter, for those who cannot or will not write into it.

`NAME.ext.symbptt.yaml` goes before `NAME.symbptt.yaml`, which is then not read. What the document says itself goes before both.
"""

from __future__ import annotations

import os
import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from difflib import get_close_matches
from functools import cached_property
from pathlib import PurePath
from typing import Any, Final

from symbptt.documents.files import read_text
from symbptt.documents.formulas import Document, FormulaSource, InputError, Mark, Part, Prose
from symbptt.documents.front_matter import Frame, Note, Section, read_fields
from symbptt.problem import FIELDS, Given, Problem

SUFFIX: Final = ".symbptt.yaml"
#: Fields that name one claim, which a sidecar does not hold.
OF_A_CLAIM: Final = ("claim", "expect", "id")
MERGED: Final = ("shapes", "ranges", "functions", "notation")
#: A place as reports write it: `12`, `12:40`, `cell 3:12:40`, `chapter.tex:12`, `cell 3`.
PLACE: Final = re.compile(
    r"(?:(?P<file>[^:\s][^:]*\.\w+):)?(?:cell (?P<cell>\d{1,9})(?::|\Z))?(?:(?P<line>\d{1,9})(?::(?P<column>\d{1,9}))?)?"
)
#: What a formula that states something contains.
RELATION: Final = re.compile(r"[=<>≈≡∝←∈]|\\(?:leftarrow|gets|approx|propto|equiv|le|ge|ne|sim|to|in|implies|Rightarrow)")
HEADING_SIGNS: Final = re.compile(r"[#*_`$\s]+")
Item = FormulaSource | Mark | Prose


def sidecar_paths(path: str) -> tuple[str, str]:
    """Where the sidecar of a document may be, the first one first."""
    return path + SUFFIX, str(PurePath(path).with_suffix("")) + SUFFIX


def with_sidecar(document: Document, path: str) -> Document:
    """The document with what its sidecar says, and everything that holds for parts of it put in its place.

    Raises `InputError` for a sidecar that cannot be read; what it says of places that are not there is in the document's errors.
    """
    found = next((file for file in sidecar_paths(path) if os.path.isfile(file)), "")
    if not found:
        return with_fields(document)
    if os.path.islink(found) and os.path.dirname(os.path.realpath(found)) != os.path.realpath(os.path.dirname(found) or "."):
        raise InputError("a link that leads to another folder is not followed; put the file here", path=found)
    return with_fields(document, read_text(found), path=found)


def with_fields(document: Document, text: str = "", *, path: str = "") -> Document:
    """The document with what the text of a sidecar says, and everything that holds for parts of it put in its place."""
    frame = document.frame if isinstance(document.frame, Frame) else Frame(**_values(document.frame))
    beside, about = read_fields(text, path=path)
    for name in OF_A_CLAIM:
        if name in beside.stated:
            raise InputError(f"field `{name}` belongs to one claim; write it under `formulas:`, or in the document", path=path)
    return _placed(replace(document, about={**about, **document.about}), _merged(frame, _without_lines(beside)))


def _values(problem: Problem) -> dict[str, Any]:
    return {field.name: getattr(problem, field.name) for field in fields(Problem)}


def _without_lines(frame: Frame) -> Frame:
    """Lines of equations are those of the document."""
    sections = tuple(replace(section, frame=_without_lines(section.frame)) for section in frame.sections)
    return replace(frame, given=tuple(replace(given, line=0) for given in frame.given), sections=sections)


def _merged(own: Frame, beside: Frame) -> Frame:
    """What two places state: what `own` states goes before, field by field, and key by key where a field has keys."""
    changed: dict[str, Any] = {name: _both(getattr(beside, name), getattr(own, name)) for name in MERGED}
    for name in beside.stated - own.stated - {*MERGED, "formulas"}:
        attribute = "for_" if name == "for" else name
        changed[attribute] = getattr(beside, attribute)
    mine = {note.place for note in own.formulas}
    formulas = (*own.formulas, *(note for note in beside.formulas if note.place not in mine))
    return replace(own, **changed, formulas=formulas, stated=own.stated | beside.stated)


def _placed(document: Document, frame: Frame) -> Document:
    """The document with its frame as a plain one, its sections as parts, and what is said of single formulas as marks before them."""
    plain = Problem(**_values(frame))
    document = replace(document, frame=plain)
    if not (frame.sections or frame.formulas or frame.infer is not None):
        return document
    errors: list[InputError] = []
    items = _with_marks(document.items, frame.formulas, errors)
    parts = [Part(0, plain, frame.infer)]
    places = _Places(items)
    for section in frame.sections:
        try:
            start = places.start(section, parts[-1].start)
        except InputError as error:
            errors.append(error)
            continue
        before = parts[-1] if section.keep else Part(0, plain, frame.infer)
        infer = before.infer if section.frame.infer is None else section.frame.infer
        parts.append(Part(start, _over(before.frame, section.frame, keep=section.keep), infer, section.keep))
    return replace(document, items=items, parts=tuple(parts), errors=(*document.errors, *errors))


def _over(whole: Problem, own: Frame, *, keep: bool) -> Problem:
    """The frame of a section: what it states replaces what the document does; where a field has keys, only those it names.

    With `keep`, equations have keys, too: what stands on their left.
    """
    changed: dict[str, Any] = {}
    for name in own.stated & {*FIELDS}:
        attribute = "for_" if name == "for" else name
        value = getattr(own, attribute)
        changed[attribute] = _both(getattr(whole, name), value) if name in MERGED else value
    if keep:
        made = {_left(given) for given in own.given}
        changed["given"] = (*(given for given in whole.given if _left(given) not in made), *own.given)
    return replace(whole, **changed)


def _left(given: Given) -> str:
    return "".join(given.equation.partition("=")[0].split())


def _both(first: Mapping[str, Any], second: Mapping[str, Any]) -> dict[str, Any]:
    """What two places state key by key, the second going before; so, too, within a key that has keys itself (`aliases`)."""
    pairs = {key: (first.get(key), value) for key, value in second.items()}
    merged = {key: _both(old, new) if isinstance(old, Mapping) and isinstance(new, Mapping) else new for key, (old, new) in pairs.items()}
    return {**first, **merged}


@dataclass(frozen=True)
class Heading:
    """The words of a heading as they stand, and the index of its first item."""

    words: str
    at: int
    line: int


def headings(items: Sequence[Item]) -> tuple[Heading, ...]:
    """The headings of a document in order; one with formulas in it is several items."""
    found: list[Heading] = []
    inside = False
    for at, item in enumerate(items):
        title = isinstance(item, Prose) and item.heading
        formula = isinstance(item, FormulaSource) and not item.display
        between = title and isinstance(items[at - 1], FormulaSource)
        beside = inside and item.line == found[-1].line and (formula or between)
        words = item.text if isinstance(item, Prose) else f"${item.latex}$" if isinstance(item, FormulaSource) else ""
        if beside:
            found[-1] = replace(found[-1], words=f"{found[-1].words} {words}")
        elif title:
            found.append(Heading(words.strip("# "), at, item.line))
        inside = title or beside
    return tuple(found)


@dataclass(frozen=True)
class _Place:
    file: str
    cell: int
    line: int
    column: int


def _place(text: str) -> _Place | None:
    found = PLACE.fullmatch(text)
    if found is None or not (found["line"] or found["cell"]):
        return None
    return _Place(found["file"] or "", int(found["cell"] or 0), int(found["line"] or 0), int(found["column"] or 0))


@dataclass(frozen=True)
class _Places:
    """Where the formulas and headings of a document are among its items."""

    items: Sequence[Item]

    @cached_property
    def formulas(self) -> Mapping[tuple[str, int], tuple[list[tuple[int, int]], list[int]]]:
        """For each file (as its end is spelled) and cell: where its formulas stand, in order, and their indices."""
        found: dict[tuple[str, int], list[tuple[tuple[int, int], int]]] = {}
        for at, item in enumerate(self.items):
            if isinstance(item, FormulaSource):
                found.setdefault((item.path, item.cell), []).append(((item.line, item.column), at))
        ordered = {key: sorted(pairs) for key, pairs in found.items()}
        return {key: ([place for place, _ in pairs], [at for _, at in pairs]) for key, pairs in ordered.items()}

    def of(self, place: _Place) -> tuple[list[tuple[int, int]], list[int]]:
        """The formulas of the file and cell of a place: of the document itself where no file is named."""
        known = self.formulas
        files = sorted({file for file, cell in known if cell == place.cell})
        file = next((file for file in files if file == place.file or (place.file and file.endswith(f"/{place.file}"))), place.file)
        return known.get((file, place.cell), ([], []))

    def start(self, section: Section, behind: int) -> int:
        """The index of the first item of a section."""
        place = _place(section.start)
        if place is None:
            return self._heading(section, behind)
        places, indices = self.of(place)
        first = bisect_right(places, (place.line, place.column or -1))
        while first and places[first - 1][0] >= max(place.line, 1) and places[first - 1][1] >= place.column:
            first -= 1
        if first and (first == len(places) or places[first][0] > place.line) and self._holds(indices[first - 1], place):
            first -= 1
        if first == len(places):
            raise _error(section, f"no formula stands at or behind `{section.start}`; {self.nearest(place)}")
        at = indices[first]
        while at and self._belongs_to_next(self.items[at - 1], place):
            at -= 1
        if at < behind:
            raise _error(section, f"`{section.start}` stands before the section above it; put them in the order of the document")
        return at

    def _holds(self, at: int, place: _Place) -> bool:
        """Whether a formula that begins before a place ends behind it."""
        item = self.items[at]
        return isinstance(item, FormulaSource) and (place.line, place.column) <= item.place(len(item.latex))

    def _belongs_to_next(self, item: Item, place: _Place) -> bool:
        if isinstance(item, Prose):
            return not place.file and not place.cell and item.line >= place.line
        return isinstance(item, Mark)

    def _heading(self, section: Section, behind: int) -> int:
        wanted = _plain(section.start)
        found = [(_plain(heading.words), heading.at) for heading in headings(self.items) if heading.at > behind or behind == 0]
        if (start := next((at for words, at in found if words == wanted), None)) is not None:
            return start
        close = get_close_matches(wanted, [words for words, _ in found if words], 1)
        hint = f"did you mean `{close[0]}`?" if close else "give the line where the section begins"
        raise _error(section, f"no heading behind the section above it reads `{section.start}`; {hint}")

    def nearest(self, place: _Place) -> str:
        """Where the formula is that stands nearest to a place, for a message."""
        places, indices = self.of(place)
        if not places:
            return "no formula was found there"
        _, at = min((abs(found[0] - place.line), at) for found, at in zip(places, indices, strict=True))
        item = self.items[at]
        assert isinstance(item, FormulaSource)
        return f"the nearest formula stands at {item.line}:{item.column}: {' '.join(item.latex[:60].split())}"

    def at(self, place: _Place) -> list[int]:
        """The indices of the formulas at a place: those that begin on the line (that state something, if any do), or the one it is in."""
        places, indices = self.of(place)
        high = bisect_right(places, (place.line, place.column or 10**9))
        same = [indices[at] for at in _backwards(places, high, place.line) if not place.column or places[at][1] == place.column]
        if same:
            stating = [at for at in same if RELATION.search(_latex(self.items[at]))]
            return sorted(stating or same)
        if high and (item := self.items[indices[high - 1]]) and isinstance(item, FormulaSource):
            end = item.place(len(item.latex))
            if (place.line, place.column) <= end if place.column else place.line <= end[0]:
                return [indices[high - 1]]
        return []


def _backwards(places: Sequence[tuple[int, int]], high: int, line: int) -> Iterator[int]:
    """The places of a line, from the last one before `high` on."""
    at = high - 1
    while at >= 0 and places[at][0] == line:
        yield at
        at -= 1


def _latex(item: Item) -> str:
    return item.latex if isinstance(item, FormulaSource) else ""


def _plain(words: str) -> str:
    return HEADING_SIGNS.sub(" ", words).strip().casefold()


def _error(where: Section | Note, message: str) -> InputError:
    return InputError(message, path=where.path, line=where.line)


def _with_marks(items: tuple[Item, ...], notes: Sequence[Note], errors: list[InputError]) -> tuple[Item, ...]:
    """The items with a mark before each formula that something is said of."""
    if not notes:
        return items
    places = _Places(items)
    marks: dict[int, list[Mark]] = {}
    for note in notes:
        place = _place(note.place)
        if place is None or not place.line:
            errors.append(_error(note, f"`{note.place}` is no place of a formula; write its line, or line:column as the report has it"))
            continue
        found = places.at(place)
        if not found:
            errors.append(_error(note, f"no formula stands at `{note.place}`; {places.nearest(place)}"))
        for at in found:
            marks.setdefault(at, []).append(replace(note.mark, line=note.line, at=(place.line, place.column)))
    return tuple(each for at, item in enumerate(items) for each in (*marks.get(at, ()), item))
