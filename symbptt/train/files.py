"""Texts and arrays from files, or one sentence why not."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]


def read_characters(path: Path) -> str:
    """A text file in UTF-8.

    Raises `OSError` for a file that cannot be read, `ValueError` for one that is empty or no text.
    """
    content = path.read_bytes()
    if not content:
        raise ValueError(f"{path} is empty")
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        where = f"byte {error.start} is 0x{content[error.start]:02x}"
        raise ValueError(f"{path} is no text in UTF-8 ({where}); a text in another encoding must be converted first") from None
    if "\0" in text:
        raise ValueError(f"{path} is no text: it has a byte 0 at {text.index(chr(0))}")
    return text


def read_arrays(path: Path) -> dict[str, Array]:
    """The arrays of an `.npz` file. Raises `OSError` and `ValueError` as above; nothing in it is executed."""
    try:
        with np.load(path, allow_pickle=False) as content:
            return {name: content[name] for name in content.files}
    except (ValueError, EOFError, KeyError, zipfile.BadZipFile, AttributeError):
        raise ValueError(f"{path} is no .npz file of numbers; `numpy.savez` writes one from arrays of numbers") from None
