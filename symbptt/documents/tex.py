"""TeX → formulas with their exact places.

Read are `$…$`, `$$…$$`, `\\(…\\)`, `\\[…\\]`, `\\begin{align}…` and the like, also where private macros or environments open and
close them. Comments, verbatim text, pictures and what `\\iffalse` takes out are not; a comment `% symbptt: …` is a mark.
"""

from __future__ import annotations

from symbptt.documents.formulas import Document, FormulaSource
from symbptt.documents.tex_commands import COMMANDS
from symbptt.documents.tex_files import Files
from symbptt.documents.tex_meanings import settled
from symbptt.documents.tex_scan import Reading, Scan


def read_tex(text: str, *, path: str = "") -> Document:
    """Find the formulas of a TeX document and of the files it reads in, the words between them, and its private macros.

    What cannot be read is in the document's errors; nothing outside the folder of `path` is opened.
    """
    reading = Reading(Files(path), COMMANDS)
    Scan(reading, text, path, "").run()
    changed, macros = settled(reading.items, reading.macros)
    items = tuple(changed.get(at, item) if isinstance(item, FormulaSource) else item for at, item in enumerate(reading.items))
    return Document(items, about={"title": reading.title}, macros=macros, errors=tuple(reading.errors))
