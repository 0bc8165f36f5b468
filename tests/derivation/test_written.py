"""The pages of `derivations/written/` are what the command writes, and what stands in them is true."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import pytest

from benchmarks.written import FOLDER, files, tasks

from .derived import derived


@pytest.mark.parametrize("page", tasks())
def test_a_page_is_what_is_derived(page: str) -> None:
    for name, text in files(page, derived(*tasks()[page])).items():
        assert (FOLDER / name).read_text(encoding="utf-8") == text, f"{name} is old: python -m benchmarks.written"


def test_there_are_no_other_pages() -> None:
    assert {file.name for file in FOLDER.iterdir()} == {f"{page}.{form}" for page in tasks() for form in ("md", "tex", "svg")}


def test_each_page_stands_beside_a_checked_one() -> None:
    assert all((FOLDER.parent / f"{page}.md").exists() for page in tasks())


def test_a_figure_is_a_file_of_its_own() -> None:
    for file in FOLDER.glob("*.svg"):
        drawing = ET.fromstring(file.read_text(encoding="utf-8"))
        assert drawing.tag == "{http://www.w3.org/2000/svg}svg"
        assert any(node.tag == "{http://www.w3.org/1998/Math/MathML}math" for node in drawing.iter())
