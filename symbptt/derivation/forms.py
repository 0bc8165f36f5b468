"""The formats a derivation is written in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import PurePath
from types import MappingProxyType

from .derivation import Derivation


class NoForm(ValueError):
    """A format that is not known, or that cannot be made here: says what to do."""


FORMS: Mapping[str, Callable[[Derivation], str | bytes]] = MappingProxyType(
    {
        "md": Derivation.to_markdown,
        "tex": Derivation.to_latex,
    }
)


def form_of(stated: str | None, output: str | None) -> str:
    """The format asked for, else that of the file's ending, else Markdown."""
    if stated is not None:
        return stated
    ending = PurePath(output or "").suffix.lstrip(".").lower()
    if not ending:
        return "md"
    if ending not in FORMS:
        raise NoForm(f"no format is known for `.{ending}`; use --format {'|'.join(sorted(FORMS))}")
    return ending
