"""The whole state of a run in one file, which is there as a whole or as it was before."""

from __future__ import annotations

import errno
import json
import os
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from filelock import FileLock, Timeout

Array = np.ndarray[Any, Any]
NAME = "checkpoint.npz"
LOCK = ".checkpoint.lock"


class NoCheckpoint(ValueError):
    """A file that is no checkpoint, or one that is damaged."""


class NotKept(OSError):
    """A checkpoint that could not be written; the last one is as it was."""


def save(folder: Path, arrays: Mapping[str, Array], facts: Mapping[str, Any]) -> None:
    """Write beside it, flush to the disk, and put in the place of the last one.

    Raises `NotKept` where that fails (no permission, a full disk); the last one is then still there.
    """
    temporary = None
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(prefix=f".{NAME}.", dir=folder)
        with os.fdopen(handle, "wb") as file:
            np.savez(file, **{**arrays, "facts": np.frombuffer(json.dumps(facts).encode(), np.uint8)})  # type: ignore[arg-type]
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, folder / NAME)
    except OSError as error:
        _remove(temporary)
        why = error.strerror or str(error)
        what = "the last one is as it was" if (folder / NAME).is_file() else "nothing was written"
        raise NotKept(error.errno or errno.EIO, f"the checkpoint cannot be kept in {folder}: {why}; {what}") from None
    except BaseException:
        _remove(temporary)
        raise


def _remove(temporary: str | None) -> None:
    if temporary is not None:
        Path(temporary).unlink(missing_ok=True)


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """The folder to one run; the system gives it free when the process ends, however it does.

    Raises `NotKept` where another run has it. A folder that no lock can be put into is found when a checkpoint is.
    """
    lock = FileLock(folder / LOCK, timeout=0)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock.acquire()
    except Timeout:
        raise NotKept(errno.EBUSY, f"another run is kept in {folder}; wait for its end, or use another folder") from None
    except OSError:
        pass  # `save` says what is wrong with the folder
    try:
        yield
    finally:
        lock.release()


def swept(folder: Path) -> None:
    """Take away what a process left that was killed while it wrote; for a run that begins, with the folder to itself."""
    for path in folder.glob(f".{NAME}.*") if folder.is_dir() else ():
        path.unlink(missing_ok=True)


def load(folder: Path) -> tuple[dict[str, Array], dict[str, Any]] | None:
    """Arrays and facts of the last checkpoint; None where there is none.

    Raises `NoCheckpoint` for a file that is none. Every byte that is used lies under a checksum of the archive, which is compared
    before anything is believed.
    """
    path = folder / NAME
    try:
        with zipfile.ZipFile(path) as archive:
            broken = archive.testzip()
        if broken is not None:
            raise NoCheckpoint(f"its part `{broken}` is damaged")
        with np.load(path, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
        facts = json.loads(arrays.pop("facts").tobytes())
        if not isinstance(facts, dict) or not isinstance(facts.get("plan"), dict):
            raise ValueError("it holds no plan")
        return arrays, facts
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (PermissionError, IsADirectoryError) as error:
        raise NoCheckpoint(f"{path} cannot be read: {error.strerror}") from None
    except (OSError, KeyError, ValueError, EOFError, MemoryError, NotImplementedError, RuntimeError, zipfile.BadZipFile) as error:
        raise NoCheckpoint(f"{path} is no checkpoint, or a damaged one ({error}); take it away to begin anew") from None
