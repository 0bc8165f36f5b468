"""The files that a TeX document reads in: only what lies below its folder, so many, so large and so deep."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import Final

from symbptt.documents.files import LARGEST, read_text
from symbptt.documents.formulas import InputError

#: Files that one document may read in, and how deep they may do so in turn (TeX itself allows 15).
MOST_FILES: Final = 200
DEEPEST: Final = 15
#: What no name of a file holds that is read: commands, variables, home folders, drives.
STRANGE: Final = frozenset("\\$~|%{}\"'`*?<>\n\0")


@dataclass(frozen=True)
class Included:
    """A file that was read in: how its path is told, where it really is, and its text."""

    path: str
    place: str
    text: str


@dataclass
class Files:
    """What a document at `path` has read in so far; a document without a file of its own reads nothing in."""

    path: str
    open: list[str] = field(default_factory=list)
    count: int = 0
    size: int = 0
    told: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.shown = os.path.dirname(self.path)
        self.root = os.path.realpath(self.shown or ".") if self.path and os.path.isfile(self.path) else ""
        self.open = [os.path.realpath(self.path)] if self.root else []

    def read(self, what: str, names: list[str], *, path: str, line: int, quiet: bool = False) -> Included | None:
        """The first of `names` (relative to the document's folder) that is there; `what` is how the document asks for it.

        `quiet` is for what need not lie beside the document: a missing file is then no error.
        Raises `InputError` for a name that is not to be followed, once for each kind where it holds for all that follow.
        """

        def refuse(reason: str, once: str = "") -> None:
            if once in self.told:
                return
            if once:
                self.told.add(once)
            raise InputError(f"{what} {reason}", path=path, line=line)

        if any(STRANGE & set(name) for name in names):
            None if quiet else refuse("names no plain file, so it is not followed; write the file's name")
            return None
        if not self.root:
            None if quiet else refuse("is not followed, for the document has no folder; give it as a file", "folder")
            return None
        places = [(name, os.path.realpath(os.path.join(self.root, name))) for name in names if not os.path.isabs(name)]
        below = [(name, place) for name, place in places if place.startswith(self.root.rstrip(os.sep) + os.sep)]
        found = next(((name, place) for name, place in below if os.path.isfile(place)), None)
        if found is None and len(below) < len(names):
            refuse("climbs out of the document's folder; put the file below it")
            return None
        if found is None:
            None if quiet else refuse("names a file that is not there; add it or take the line out")
            return None
        return self._opened(*found, refuse)

    def _opened(self, name: str, place: str, refuse: Callable[..., None]) -> Included | None:
        if place in self.open:
            refuse("reads a file that is being read already; break the circle", place)
        elif len(self.open) > DEEPEST:
            refuse(f"is nested more than {DEEPEST} files deep; read it in from the document itself", "deep")
        elif self.count >= MOST_FILES:
            refuse(f"is not followed, for {MOST_FILES} files are read in already; give the parts as documents", "many")
        elif self.size < LARGEST:
            shown = os.path.normpath(os.path.join(self.shown, name))
            try:
                text = read_text(place)
            except InputError as error:
                raise InputError(error.message, path=shown, line=error.line) from None
            self.count += 1
            self.size += len(text)
            if self.size < LARGEST:
                return Included(PurePath(shown).as_posix(), place, text)
            refuse(
                f"is not followed, for the files read in are larger than {LARGEST:,} bytes together; give the parts as documents", "large"
            )
        return None
