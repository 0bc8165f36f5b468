"""Verdicts kept by content: the same claim about the same problem, judged by the same program, is not judged again.

A folder holds 256 files named after the first byte of a key; a line is one entry, appended in one write, so that several
processes can share the folder and a torn line costs one entry. Every line carries a signature made with a secret that does
not lie in the project: a cache that comes with a repository, or that was tampered with, is not believed. Plain files rather
than a database, because a file that somebody else may have written is only ever split into lines.

Time and memory limits are no part of a key: what another run might decide (`PASSING`) is never kept.
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import json
import os
import secrets
import stat
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict, fields, replace
from importlib import metadata
from pathlib import Path
from typing import Any, Final

from symbptt.problem import Problem
from symbptt.rules import PASSING, code_of
from symbptt.verdict import RANK, Counterexample, Link, Verdict

FOLDER: Final = ".symbptt_cache"
SECRET: Final = "secret"
SECRET_LENGTH: Final = 32
TAG: Final = "CACHEDIR.TAG"
TAG_TEXT: Final = "Signature: 8a477f597d28d172789f06886806bc55\n# Verdicts of symbptt; `symbptt clean` removes them.\n"
#: Bytes of a file, after which its older half is dropped, and of an entry; 256 files make 64 MiB.
LARGEST_FILE: Final = 256 * 1024
LARGEST_ENTRY: Final = 32 * 1024
#: Seconds after which new entries are written.
PATIENCE: Final = 2.0
#: Where a claim stands and what is expected of it change nothing about it; every other field does.
OF_THE_PLACE: Final = frozenset({"id", "path", "line", "column", "cell", "expect"})
#: What else a document claims only helps to find a suggestion, which is judged in its own right.
OF_THE_DOCUMENT: Final = frozenset({"nearby"})
#: What a verdict has from its problem or gets anew.
NOT_KEPT: Final = OF_THE_PLACE | {"latex", "seconds", "code", "evidence"}
ENGINES: Final = ("sympy", "python-flint", "latex2sympy2", "numpy")


def engine_digest() -> str:
    """What stands for this version of the checker: its sources, Python, and the libraries that it computes with; empty if unknown."""
    package = Path(__file__).parent
    sources = sorted(path for path in package.rglob("*") if path.suffix in (".py", ".md"))
    if not sources:
        return ""
    found = hashlib.sha256(f"{sys.version} {sys.platform}".encode())
    for name in ENGINES:
        with contextlib.suppress(metadata.PackageNotFoundError):
            found.update(f"{name} {metadata.version(name)}\n".encode())
    for path in sources:
        data = path.read_bytes()
        found.update(f"{path.relative_to(package).as_posix()} {len(data)}\n".encode())
        found.update(data)
    return found.hexdigest()


def user_folder() -> Path:
    """The folder for what programs of this user keep, with room for ours."""
    home = Path.home()
    places = {"darwin": home / "Library" / "Caches", "win32": Path(os.environ.get("LOCALAPPDATA") or home / "AppData" / "Local")}
    return Path(os.environ.get("XDG_CACHE_HOME") or places.get(sys.platform, home / ".cache")) / "symbptt"


class Cache:
    """The verdicts of one folder; `secret` is the file with the key that entries are signed with.

    Used as a context: leaving it writes what is new. Nothing that goes wrong with the files raises.
    """

    def __init__(self, folder: Path, secret: Path) -> None:
        self._folder = folder
        self._engine = engine_digest()
        self._secret = _secret(secret) if self._engine else b""
        self._files: dict[str, dict[str, str]] = {}
        self._new: dict[str, list[str]] = {}
        self._written = time.monotonic()

    def __enter__(self) -> Cache:
        return self

    def __exit__(self, *_: object) -> None:
        self.write()

    def key(self, problem: Problem) -> str:
        """The digest of everything that the verdict of a problem depends on; empty for a problem that has none."""
        stated = {field.name: getattr(problem, field.name) for field in fields(problem) if field.name not in OF_THE_PLACE | OF_THE_DOCUMENT}
        stated["given"] = [(given.equation, given.for_) for given in problem.given]
        stated["stale"] = [(given.equation, given.for_, given.line) for given in problem.stale]  # the verdict names the line
        try:
            text = json.dumps([self._engine, stated], default=_plain)
        except (ValueError, TypeError, RecursionError):
            return ""
        return hashlib.sha256(text.encode()).hexdigest()

    def get(self, problem: Problem) -> Verdict | None:
        """The verdict that is kept for a problem, with the place of this one."""
        key = self.key(problem)
        if not self._secret or not key:
            return None
        name = key[:2]
        if not self._secret or not key:
            return None
        if name not in self._files:
            self._files[name] = dict(_entries(self._folder / name))
        kept = self._files[name].get(key)
        if kept is None:
            return None
        signature, _, body = kept.partition(" ")
        signed = hmac.compare_digest(signature.encode(), self._sign(key, body).encode())
        return _restored(body, problem) if signed else None

    def put(self, problem: Problem, verdict: Verdict) -> None:
        """Keep a verdict, unless another run might come to another one."""
        key = self.key(problem)
        if not self._secret or not key or code_of(verdict) in PASSING:
            return
        values = {name: value for name, value in asdict(replace(verdict, evidence=None)).items() if name not in NOT_KEPT}
        body = json.dumps(values, separators=(",", ":"))
        if len(body) <= LARGEST_ENTRY and _restored(body, problem) == replace(verdict, seconds=0.0, code=""):
            self._new.setdefault(key[:2], []).append(f"{key} {self._sign(key, body)} {body}\n")
        if time.monotonic() - self._written > PATIENCE:
            self.write()

    def write(self) -> None:
        """Append what is new; it is dropped if the program has changed since, for it is not known which one judged."""
        new, self._new, self._written = self._new, {}, time.monotonic()
        if not new:
            return
        with contextlib.suppress(OSError):
            if engine_digest() == self._engine and make_folder(self._folder):
                for name, lines in new.items():
                    _append(self._folder / name, "".join(lines))

    def _sign(self, key: str, body: str) -> str:
        return hmac.new(self._secret, f"{key} {body}".encode(), hashlib.sha256).hexdigest()


def _plain(value: Any) -> Any:
    return dict(value) if isinstance(value, Mapping) else asdict(value)


def _restored(body: str, problem: Problem) -> Verdict | None:
    """The verdict that an entry holds, in the place of a problem; none if the text is no verdict."""
    try:
        values: dict[str, Any] = json.loads(body)
        values |= {name: tuple(values[name]) for name in ("assumptions", "reading")}
        values["links"] = tuple(Link(**link) for link in values["links"])
        values["counterexample"] = values["counterexample"] and Counterexample(**values["counterexample"])
        place = {name: getattr(problem, name) for name in OF_THE_PLACE}
        verdict = Verdict(**values, **place, latex=problem.claim)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None
    return verdict if verdict.verdict in RANK or verdict.role == problem.role == "definition" else None


# --- files --------------------------------------------------------------------------------------------------------------


def cache_of(root: str | None) -> Cache | None:
    """The cache of the project in `root`, or, where there is none or it cannot be written, that of the user."""
    try:
        own = user_folder()
    except RuntimeError:  # no home
        return None
    return Cache(folder_of(root, own), own / SECRET)


def folder_of(root: str | None, own: Path) -> Path:
    """Where the verdicts of a project are kept."""
    if root is not None:
        folder = Path(root) / FOLDER
        if not folder.is_symlink() and os.access(folder if folder.exists() else root, os.W_OK):
            return folder
    return own / "verdicts"


def make_folder(folder: Path) -> bool:
    """Make the folder, out of sight of git and of backups; false where a link stands in its place."""
    if folder.is_symlink():
        return False
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in ((".gitignore", "*\n"), (TAG, TAG_TEXT)):
        with contextlib.suppress(FileExistsError), open(folder / name, "x", encoding="utf-8") as file:
            file.write(text)
    return True


def clean(folder: Path) -> bool:
    """Remove a cache and nothing else; whether there was one."""
    if folder.is_symlink() or not (folder / TAG).is_file():
        return False
    for path in folder.iterdir():
        if path.name in (".gitignore", TAG, SECRET) or _is_shard(path.name):
            with contextlib.suppress(OSError):
                path.unlink()
    with contextlib.suppress(OSError):
        folder.rmdir()
    return True


def _is_shard(name: str) -> bool:
    return len(name) >= 2 and set(name[:2]) <= set("0123456789abcdef") and name[2:] in ("", ".new")


def _opened(path: Path, flags: int) -> int:
    """A descriptor of a plain file: no link is followed, no pipe waited for.

    Raises `OSError`.
    """
    safe = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    descriptor = os.open(path, flags | safe, 0o600)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError("not a plain file")
    return descriptor


def _read(path: Path, most: int) -> bytes:
    with os.fdopen(_opened(path, os.O_RDONLY), "rb") as file:
        return file.read(most)


def _entries(path: Path) -> Iterator[tuple[str, str]]:
    """Key and what is kept under it, of each line; the last line with a key wins."""
    try:
        text = _read(path, 2 * LARGEST_FILE).decode("utf-8", "replace")
    except OSError:
        return
    for line in text.split("\n"):
        key, _, kept = line.partition(" ")
        yield key, kept


def _append(path: Path, text: str) -> None:
    """Append whole lines in one write; a file that has grown too large keeps its newer half."""
    with os.fdopen(_opened(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT), "ab", buffering=0) as file:
        file.write(f"\n{text}".encode())
        size = os.fstat(file.fileno()).st_size
    if size > LARGEST_FILE:
        newer = _read(path, size)[-LARGEST_FILE // 2 :].partition(b"\n")[2]
        aside = path.with_name(f"{path.name}.new")
        with os.fdopen(_opened(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), "wb") as file:
            file.write(newer)
        os.replace(aside, path)


def _secret(path: Path) -> bytes:
    """The secret in a file of this user, made if there is none; empty where there can be none."""
    with contextlib.suppress(OSError):
        found = _read(path, SECRET_LENGTH + 1)
        if len(found) == SECRET_LENGTH:
            return found
    made = secrets.token_bytes(SECRET_LENGTH)
    aside = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with os.fdopen(_opened(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL), "wb") as file:
            file.write(made)
        os.replace(aside, path)
    except OSError:
        return b""
    return made
