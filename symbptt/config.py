"""The settings of a project: `symbptt.toml`, or the table `tool.symbptt` of `pyproject.toml`, as ruff finds them."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from symbptt.documents.files import read_text
from symbptt.documents.formulas import InputError
from symbptt.documents.walk import Glob, Walk, globs
from symbptt.report.formats import WRITERS
from symbptt.rules import Selection, codes
from symbptt.verdict import Verdict

#: The files of a folder in which settings are looked for, the first that has any; and what marks the root of a project.
OWN_FILE: Final = "symbptt.toml"
PROJECT_FILE: Final = "pyproject.toml"
ROOTS: Final = (OWN_FILE, PROJECT_FILE, ".git")
TABLE: Final = ("tool", "symbptt")
LARGEST: Final = 1_000_000
_PART: Final = r"""(?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*')"""
_DOTTED: Final = rf"{_PART}(?:\s*\.\s*{_PART})*+"
_KEY: Final = re.compile(rf"\[\s*(?P<table>{_DOTTED})\s*\]|(?P<key>{_DOTTED})\s*=")
#: What a project may ask for; the command line may ask for more.
LONGEST_TIMEOUT: Final = 3600.0
MOST_WORKERS: Final = 256


@dataclass(frozen=True)
class Config:
    """Settings with their defaults; `root` is the folder that the globs start from."""

    timeout: float = 20.0
    workers: int | None = None
    strict: bool = False
    format: str = "text"
    include: tuple[Glob, ...] = ()
    exclude: tuple[Glob, ...] = ()
    select: tuple[str, ...] = ("S",)
    ignore: tuple[str, ...] = ()
    per_file_ignores: tuple[tuple[Glob, tuple[str, ...]], ...] = ()
    cache: bool = True
    root: str = ""

    @property
    def walk(self) -> Walk:
        """What is taken from folders."""
        return Walk(self.include, self.exclude)

    def counts(self, verdict: Verdict) -> bool:
        """Whether what a verdict reports is not to be ignored."""
        if not verdict.code:
            return True
        there = (code for glob, ignored in self.per_file_ignores if glob.covers(verdict.path) for code in ignored)
        return Selection(self.select, (*self.ignore, *there)).counts(verdict.code)


class _Wrong(ValueError):
    """A value that a key cannot have; the text says what it may be."""


def _number(value: Any, _root: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= LONGEST_TIMEOUT:
        raise _Wrong(f"a number of seconds above 0, up to {LONGEST_TIMEOUT:g}")
    return float(value)


def _count(value: Any, _root: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= MOST_WORKERS:
        raise _Wrong(f"a whole number from 1 to {MOST_WORKERS}")
    return value


def _switch(value: Any, _root: str) -> bool:
    if not isinstance(value, bool):
        raise _Wrong("true or false")
    return value


def _one_of(words: tuple[str, ...], value: Any, _root: str) -> str:
    if value not in words:
        raise _Wrong(f"one of {', '.join(words)}")
    return str(value)


def _texts(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise _Wrong("a list of texts")
    return tuple(value)


def _globs(value: Any, root: str) -> tuple[Glob, ...]:
    return globs(_texts(value), root)


def _codes(value: Any, _root: str) -> tuple[str, ...]:
    return codes(_texts(value))


def _per_file(value: Any, root: str) -> tuple[tuple[Glob, tuple[str, ...]], ...]:
    if not isinstance(value, dict):
        raise _Wrong("a table of globs with lists of codes")
    return tuple((glob, _codes(ignored, root)) for text, ignored in value.items() for glob in globs((text,), root))


#: Key → what reads its value.
KEYS: Final[Mapping[str, Callable[[Any, str], Any]]] = MappingProxyType(
    {
        "timeout": _number,
        "workers": _count,
        "strict": _switch,
        "format": partial(_one_of, tuple(WRITERS)),
        "include": _globs,
        "exclude": _globs,
        "select": _codes,
        "ignore": _codes,
        "per-file-ignores": _per_file,
        "cache": _switch,
    }
)


def find_config(paths: tuple[str, ...]) -> Config:
    """The settings that hold for some paths: those of the nearest file upwards from the folder that has them all in it.

    Where no file is above all of them, the nearest above the first path that has one (the rule of pytest).
    Raises `InputError` for a file with a mistake.
    """
    for start in (paths, *((path,) for path in paths)):
        for folder in _upwards(start):
            for name in (OWN_FILE, PROJECT_FILE):
                path = os.path.join(folder, name)
                if os.path.isfile(path) and (found := read_config(path)) is not None:
                    return found
    return Config()


def find_root(paths: tuple[str, ...]) -> str | None:
    """The folder of the project that some paths belong to, if there is one."""
    return next((folder for folder in _upwards(paths) if any(os.path.exists(os.path.join(folder, name)) for name in ROOTS)), None)


def _upwards(paths: tuple[str, ...]) -> tuple[str, ...]:
    """The folders above all paths, the nearest first."""
    folders = [os.path.abspath(path if os.path.isdir(path) else os.path.dirname(path)) for path in paths]
    try:
        common = Path(os.path.commonpath(folders or [os.getcwd()]))
    except ValueError:  # several drives
        return ()
    return tuple(map(str, (common, *common.parents)))


def read_config(path: str) -> Config | None:
    """The settings of a file; none for a `pyproject.toml` without a table for symbptt.

    Raises `InputError` for a file that cannot be read, an unknown key or a wrong value, with its line.
    """
    if os.path.isfile(path) and os.path.getsize(path) > LARGEST:
        raise InputError(f"more than {LARGEST:,} bytes are no settings; name another file with --config", path=path)
    text = read_text(path)
    try:
        data: Any = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        what, line = _located(str(error))
        raise InputError(f"not TOML: {what}", path=path, line=line) from None
    except RecursionError:
        raise InputError("not TOML that can be read: nested too deeply", path=path) from None
    prefix: tuple[str, ...] = ()
    if os.path.basename(path) == PROJECT_FILE:
        for name in TABLE:
            data = data.get(name) if isinstance(data, dict) else None
        if data is None:
            return None
        prefix = TABLE
        if not isinstance(data, dict):
            raise InputError("`tool.symbptt` must be a table", path=path)
    root = os.path.dirname(os.path.abspath(path))
    config = Config(root=root)
    for key, value in data.items():
        config = replace(config, **{key.replace("-", "_"): _value(key, value, root, path, partial(_line, text, prefix, key))})
    return config


def _value(key: str, value: Any, root: str, path: str, line: Callable[[], int]) -> Any:
    if key not in KEYS:
        close = get_close_matches(key, KEYS, 1)
        hint = f"did you mean `{close[0]}`?" if close else f"the keys are {', '.join(KEYS)}"
        raise InputError(f"unknown key `{key}`; {hint}", path=path, line=line())
    try:
        return KEYS[key](value, root)
    except _Wrong as error:
        raise InputError(f"`{key}` must be {error}", path=path, line=line()) from None
    except ValueError as error:
        raise InputError(f"`{key}`: {error}", path=path, line=line()) from None


def _located(message: str) -> tuple[str, int]:
    """`Expected '=' (at line 3, column 5)` ⇒ `Expected '='`, 3."""
    found = re.search(r" \(at line (\d+), column \d+\)\Z", message)
    return (message[: found.start()], int(found[1])) if found else (message, 0)


def _line(text: str, table: tuple[str, ...], key: str) -> int:
    """The line that sets a key, 0 if it cannot be told: TOML has many spellings, and the reader keeps no places."""
    here: tuple[str, ...] = ()
    for number, line in enumerate(text.split("\n"), 1):
        names = _names(line.strip())
        if names is None:
            continue
        is_header, parts = names
        here, parts = (parts, ()) if is_header else (here, parts)
        if (*here, *parts)[: len(table) + 1] == (*table, key):
            return number
    return 0


def _names(line: str) -> tuple[bool, tuple[str, ...]] | None:
    """Whether the line is the head of a table, and the names in it or before its `=`."""
    found = _KEY.match(line)
    if found is None:
        return None
    text = found["table"] or found["key"]
    parts = tuple(part.strip().strip("\"'") for part in text.split("."))
    return found["table"] is not None, parts
