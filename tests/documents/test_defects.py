"""A defect of the reader is told in one line, and the other documents are read."""

from __future__ import annotations

from pathlib import Path

import pytest

from symbptt.documents import reader
from symbptt.documents.formulas import InputError


def test_a_defect_costs_one_document(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("a.md", "b.md"):
        (tmp_path / name).write_text("$$ y = W x $$\n$$ \\frac{\\partial y}{\\partial x} = W $$\n", encoding="utf-8")
    understood = reader.document_read

    def broken(document: reader.Document, path: str) -> reader.DocumentRead:
        if path.endswith("a.md"):
            raise IndexError("tuple index out of range")
        return understood(document, path)

    monkeypatch.setattr(reader, "document_read", broken)
    first, *others = reader.read_path(str(tmp_path)).errors + tuple(reader.read_path(str(tmp_path)).items)
    assert isinstance(first, InputError)
    assert "internal error" in str(first) and "a.md" in str(first)
    assert len(others) == 2
