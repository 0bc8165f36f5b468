"""Notebooks: formulas with cell, line and column; what is no notebook costs one clear line."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from symbptt.documents.formulas import FormulaSource, InputError, Mark, Prose
from symbptt.documents.notebook import MOST_VALUES, read_notebook


def notebook(*cells: Any) -> str:
    return json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5})


def words(*source: str) -> dict[str, Any]:
    return {"cell_type": "markdown", "metadata": {}, "source": list(source), "attachments": {"a.png": {"image/png": "$x$"}}}


CODE = {"cell_type": "code", "source": ["x = '$a$'"], "outputs": [{"data": {"text/markdown": "$a = b$"}}], "execution_count": 1}


def test_cells_are_one_document() -> None:
    document = read_notebook(
        notebook(words("# Title\n", "Let $a = b$"), CODE, words("## Next\n", "$$\n", " c = d\n", "$$")), path="n.ipynb"
    )
    formulas = [item for item in document.items if isinstance(item, FormulaSource)]
    assert [(item.latex, item.cell, item.line, item.column, item.section) for item in formulas] == [
        ("a = b", 1, 2, 6, 1),
        ("c = d", 3, 3, 2, 2),
    ]
    assert [(item.text, item.heading) for item in document.items if isinstance(item, Prose)] == [
        ("# Title", True),
        ("Let", False),
        ("## Next", True),
    ]
    assert document.about == {"title": "Title"}
    assert document.errors == ()


def test_a_cell_ends_what_it_opens() -> None:
    document = read_notebook(notebook(words("```\n", "$a$"), words("$b$")), path="n.ipynb")
    assert [item.latex for item in document.items if isinstance(item, FormulaSource)] == ["b"]


@pytest.mark.parametrize("kind", ["markdown", "raw"])
def test_front_matter_in_the_first_cell(kind: str) -> None:
    first = {"cell_type": kind, "source": "---\ntitle: T\nsymbptt:\n  shapes: {x: n}\n---\n"}
    document = read_notebook(notebook(first, words("$a$")), path="n.ipynb")
    assert document.frame.shapes == {"x": "n"}
    assert document.about == {"title": "T"}


def test_source_as_text_marks_and_windows_lines() -> None:
    document = read_notebook(notebook({"cell_type": "markdown", "source": "<!-- symbptt: skip -->\r\n$a$"}))
    assert [item.role for item in document.items if isinstance(item, Mark)] == ["skip"]
    assert [(item.latex, item.line) for item in document.items if isinstance(item, FormulaSource)] == [("a", 2)]


def test_the_third_format() -> None:
    cells = [{"cell_type": "heading", "level": 2, "source": ["On $x$"]}, {"cell_type": "markdown", "source": "$a$"}]
    document = read_notebook(json.dumps({"nbformat": 3, "worksheets": [{"cells": cells}]}))
    assert [(item.latex, item.cell, item.section) for item in document.items if isinstance(item, FormulaSource)] == [
        ("x", 1, 1),
        ("a", 2, 1),
    ]


def test_errors_name_the_cell() -> None:
    document = read_notebook(notebook(CODE, words("\n", "$$ a")), path="n.ipynb")
    assert [str(error) for error in document.errors] == ["n.ipynb: cell 2, line 2: `$$` is never closed; write `$$` behind the formula"]


def test_damaged_cells_are_told_in_one_line() -> None:
    document = read_notebook(notebook(None, {"cell_type": 3}, {"cell_type": "markdown"}, words("$a$")), path="n.ipynb")
    assert [str(error) for error in document.errors] == [
        "n.ipynb: cell 1 and 2 more cannot be read: no type or no source; save the notebook again"
    ]
    assert [item.cell for item in document.items if isinstance(item, FormulaSource)] == [4]


def test_halves_of_characters_become_text() -> None:
    document = read_notebook('{"cells": [{"cell_type": "markdown", "source": "\\ud800 $a\\u0000$"}]}')
    assert [item.latex for item in document.items if isinstance(item, FormulaSource)] == ["a\ufffd"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "n.ipynb:1: not a notebook: no JSON (Expecting value, column 1); save it again"),
        ('{"cells": [\n{"a" 1}]}', "n.ipynb:2: not a notebook: no JSON (Expecting ':' delimiter, column 6); save it again"),
        ("[]", "n.ipynb: not a notebook: it has no list of cells; give a file that Jupyter has written"),
        ('{"cells": {}}', "n.ipynb: not a notebook: it has no list of cells; give a file that Jupyter has written"),
        ("[" * 100_000, "n.ipynb: not a notebook: the JSON is nested too deeply"),
        ("[]," * (MOST_VALUES + 1), "n.ipynb: the notebook holds more than 3,000,000 lists and objects; clear its outputs"),
        (
            notebook({"cell_type": "markdown", "source": "---\nsymbptt:\n  shape: {}\n---\n"}),
            "n.ipynb: cell 1, line 3: unknown field `shape`; did you mean `shapes`?",
        ),
    ],
)
def test_what_is_no_notebook(text: str, message: str) -> None:
    with pytest.raises(InputError) as caught:
        read_notebook(text, path="n.ipynb")
    assert str(caught.value) == message


def test_a_large_notebook_is_read_in_time() -> None:
    output = {"cell_type": "code", "source": "", "outputs": [{"data": {"image/png": "A" * 8_000_000, "x": int("1" * 4000)}}]}
    text = notebook(output, *(words(f"$a_{number}$") for number in range(5_000)))
    started = time.monotonic()
    assert sum(isinstance(item, FormulaSource) for item in read_notebook(text).items) == 5_000
    assert time.monotonic() - started < 20
