"""Files as text: what is no text, or too large, is told in one line."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from symbptt.documents.formulas import InputError

#: Bytes of a document; a larger one is not read.
LARGEST: Final = 32 * 1024**2


def read_text(path: str) -> str:
    """The text of a file.

    Raises `InputError` where there is none, and for a file larger than `LARGEST`.
    """
    try:
        size = os.stat(path).st_size
        if size > LARGEST:
            raise InputError(f"the file has {size:,} bytes, more than {LARGEST:,}; give its parts", path=path)
        with Path(path).open("rb") as file:
            data = file.read(LARGEST + 1)
    except FileNotFoundError:
        raise InputError("no such file; check the path", path=path) from None
    except OSError as error:
        raise InputError(f"cannot be opened: {error.strerror}", path=path) from None
    return decode(data, path)


def decode(data: bytes, path: str) -> str:
    """The text of a file, with `\\n` between lines.

    Raises `InputError` for what is not text.
    """
    if len(data) > LARGEST:
        raise InputError(f"more than {LARGEST:,} bytes; give its parts", path=path)
    if b"\0" in data:
        raise InputError("a binary file, not text; give a document", path=path)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise InputError(f"not UTF-8 (byte 0x{data[error.start]:02x}); save the file as UTF-8", path=path, line=line) from None
    return text.replace("\r\n", "\n").replace("\r", "\n")
