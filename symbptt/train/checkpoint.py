"""The whole state of a run in one file, which is there as a whole or as it was before."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]
NAME = "checkpoint.npz"


def save(folder: Path, arrays: Mapping[str, Array], facts: Mapping[str, Any]) -> None:
    """Write, flush to the disk, and put in the place of the last one.

    Raises `OSError` where that fails; the last one is then still there.
    """
    handle, temporary = tempfile.mkstemp(prefix=f".{NAME}.", dir=folder)
    try:
        with os.fdopen(handle, "wb") as file:
            np.savez(file, **{**arrays, "facts": np.frombuffer(json.dumps(facts).encode(), np.uint8)})  # type: ignore[arg-type]
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, folder / NAME)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def load(folder: Path) -> tuple[dict[str, Array], dict[str, Any]] | None:
    """Arrays and facts of the last checkpoint; None where there is none. Raises `ValueError` for a file that is none."""
    path = folder / NAME
    if not path.exists():
        return None
    try:
        with np.load(path, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
        return arrays, json.loads(arrays.pop("facts").tobytes())
    except (OSError, KeyError, ValueError, EOFError) as error:
        raise ValueError(f"{path} is no checkpoint: {error}") from None
