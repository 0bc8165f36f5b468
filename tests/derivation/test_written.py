"""The pages of `derivations/written/` are what the command writes, and what stands in them is true."""

from __future__ import annotations

import pytest

from benchmarks.written import FOLDER, PAGES

from .derived import derived


@pytest.mark.parametrize("page", PAGES)
def test_a_page_is_what_is_derived(page: str) -> None:
    assert (FOLDER / f"{page}.md").read_text(encoding="utf-8") == derived(PAGES[page]).to_markdown()


def test_there_are_no_other_pages() -> None:
    assert {file.name for file in FOLDER.iterdir()} == {f"{page}.md" for page in PAGES}
