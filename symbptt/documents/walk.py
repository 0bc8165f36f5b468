"""The files under a folder that are to be read: ignore globs as in `.gitignore`, and nothing outside the folder."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import translate
from functools import lru_cache
from pathlib import PurePath
from typing import Final

#: Folders that hold nothing of the author's, besides every hidden one.
SKIPPED: Final = ("node_modules", "_build", "site-packages", "__pycache__")
IGNORE_FILE: Final = ".gitignore"
#: Lines of an ignore file that are used, and characters of it that are read.
MOST_GLOBS: Final = 1_000
LONGEST_IGNORE_FILE: Final = 100_000


@dataclass(frozen=True)
class Glob:
    """One line of an ignore file; `base` is the folder that it stands in.

    A pattern with a `/` before its end is matched from there, another one at any depth; `**` stands for any folders.
    """

    base: str
    pattern: tuple[str, ...]
    folders_only: bool = False
    negated: bool = False

    @classmethod
    def of(cls, text: str, base: str) -> Glob | None:
        """The glob of a line; none for an empty line or a comment."""
        text = text.rstrip()
        if not text or text.startswith("#"):
            return None
        negated, text = text.startswith("!"), text.removeprefix("!").removeprefix("\\")
        folders_only, text = text.endswith("/"), text.rstrip("/")
        parts = tuple(part for part in text.removeprefix("./").split("/") if part)
        anchored = text.startswith(("/", "./")) or len(parts) > 1
        return cls(os.path.abspath(base), parts if anchored else ("**", *parts), folders_only, negated) if parts else None

    def matches(self, path: str, is_folder: bool) -> bool:
        """Whether the glob names this path (not one below it)."""
        if self.folders_only and not is_folder:
            return False
        parts = _below(os.path.abspath(path), self.base)
        return parts is not None and _fits(self.pattern, parts)

    def covers(self, path: str) -> bool:
        """Whether the glob names this file or a folder above it."""
        parts = _below(os.path.abspath(path), self.base) or ()
        return any(_fits(self.pattern, parts[:end]) for end in range(1, len(parts) + (not self.folders_only)))


@lru_cache(maxsize=4096)
def _below(path: str, base: str) -> tuple[str, ...] | None:
    """The parts of an absolute path below `base`."""
    try:
        return PurePath(path).relative_to(base).parts
    except ValueError:
        return None


@lru_cache(maxsize=4096)
def _part(pattern: str) -> re.Pattern[str]:
    return re.compile(translate(pattern))


def _fits(pattern: tuple[str, ...], parts: tuple[str, ...]) -> bool:
    """Whether the parts of a path fit those of a pattern; only the last `**` met is ever tried again, which is enough."""
    at = where = 0
    again: tuple[int, int] | None = None
    while where < len(parts):
        if at < len(pattern) and pattern[at] == "**":
            again, at = (at + 1, where), at + 1
            if at == len(pattern):
                return True
        elif at < len(pattern) and _part(pattern[at]).match(parts[where]):
            at, where = at + 1, where + 1
        elif again is not None:
            again = (again[0], again[1] + 1)
            at, where = again
        else:
            return False
    return at == len(pattern)


@dataclass(frozen=True)
class Walk:
    """What is taken from a folder: `exclude` leaves out files and folders, `include` (if any) says which files are taken."""

    include: tuple[Glob, ...] = ()
    exclude: tuple[Glob, ...] = ()

    def files(self, folder: str, suffixes: tuple[str, ...]) -> Iterator[str]:
        """The files under a folder with one of the suffixes, in order; links that lead out of it are not followed."""
        root = os.path.realpath(folder)
        ignored = {os.path.abspath(folder): tuple(_ignore_files_above(folder))}
        for here, folders, names in os.walk(folder):
            globs = ignored.pop(os.path.abspath(here)) + tuple(_ignore_file(here))
            folders[:] = sorted(name for name in folders if self._enters(os.path.join(here, name), globs))
            ignored |= {os.path.abspath(os.path.join(here, name)): globs for name in folders}
            for name in sorted(names):
                path = os.path.join(here, name)
                if PurePath(name).suffix.lower() in suffixes and self._takes(path, globs) and _inside(path, root):
                    yield path

    def _enters(self, path: str, globs: tuple[Glob, ...]) -> bool:
        name = os.path.basename(path)
        if name.startswith(".") or name in SKIPPED or os.path.islink(path):
            return False
        return not any(glob.matches(path, True) for glob in self.exclude) and not _ignored(path, globs, True)

    def _takes(self, path: str, globs: tuple[Glob, ...]) -> bool:
        if os.path.basename(path).startswith(".") or any(glob.matches(path, False) for glob in self.exclude):
            return False
        return not _ignored(path, globs, False) and (not self.include or any(glob.covers(path) for glob in self.include))


def globs(texts: tuple[str, ...], base: str) -> tuple[Glob, ...]:
    """The globs of several texts."""
    return tuple(glob for text in texts if (glob := Glob.of(text, base)))


def _inside(path: str, root: str) -> bool:
    """Whether this is a file, and one inside the folder."""
    if not os.path.isfile(path):
        return False
    return not os.path.islink(path) or os.path.realpath(path).startswith(os.path.join(root, ""))


def _ignored(path: str, rules: tuple[Glob, ...], is_folder: bool) -> bool:
    """What the last glob that matches says."""
    return next((not glob.negated for glob in reversed(rules) if glob.matches(path, is_folder)), False)


def _ignore_files_above(folder: str) -> Iterator[Glob]:
    """The globs of the folders above, up to that of the repository."""
    above = PurePath(os.path.abspath(folder))
    chain = [str(parent) for parent in above.parents]
    repository = next((at for at, parent in enumerate(chain) if os.path.isdir(os.path.join(parent, ".git"))), None)
    if repository is None or os.path.isdir(os.path.join(above, ".git")):
        return
    for parent in reversed(chain[: repository + 1]):
        yield from _ignore_file(parent)


def _ignore_file(folder: str) -> Iterator[Glob]:
    path = os.path.join(folder, IGNORE_FILE)
    if not os.path.isfile(path) or os.path.islink(path):
        return
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            lines = file.read(LONGEST_IGNORE_FILE).splitlines()
    except OSError:
        return
    yield from globs(tuple(lines[:MOST_GLOBS]), folder)
