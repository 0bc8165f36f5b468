r"""Macros that a document other than TeX defines: `$$\newcommand{\pd}[2]{…}$$`, as MathJax, Jupyter and Pandoc take them.

They hold from there on in the whole document, whatever cell or fence they stand in.
"""

from __future__ import annotations

import re
from dataclasses import replace

from symbptt.documents.formulas import Document, FormulaSource, Mark, Prose
from symbptt.documents.tex_macros import DEFINITIONS, IF_NEW, Groups, Macros
from symbptt.documents.tex_meanings import settled

Item = FormulaSource | Mark | Prose
DEFINES = re.compile(rf"(?:{'|'.join(map(re.escape, sorted(DEFINITIONS, key=len, reverse=True)))})(?![A-Za-z])")


def with_own_macros(document: Document) -> Document:
    """The document with the macros that its formulas and words define, and without the definitions."""
    if not any(DEFINES.search(_text(item)) for item in document.items):
        return document
    macros = Macros()
    items = tuple(_without_definitions(item, macros, when) for when, item in enumerate(document.items))
    changed, meanings = settled(items, macros)
    items = tuple(changed.get(at, item) if isinstance(item, FormulaSource) else item for at, item in enumerate(items))
    return replace(document, items=items, macros={**document.macros, **meanings})


def _text(item: Item) -> str:
    return item.latex if isinstance(item, FormulaSource) else item.text if isinstance(item, Prose) else ""


def _without_definitions(item: Item, macros: Macros, when: int) -> Item:
    """The item with spaces where it defined macros, so that places hold; nothing to read where that was all."""
    text = _text(item)
    groups, pieces, at = Groups(text), list[str](), 0
    while found := DEFINES.search(text, at):
        macro, end = DEFINITIONS[found[0]](text, found.end(), groups)
        if macro is not None and (found[0] not in IF_NEW or macro.name not in macros.current):
            macros.define(macro.name, macro, when)
        end = end if macro is not None else found.end()
        hidden = text[found.start() : end]
        pieces += [text[at : found.start()], hidden if macro is None else re.sub(r"[^\n]", " ", hidden)]
        at = end
    left = "".join((*pieces, text[at:]))
    if left == text:
        return item
    if isinstance(item, FormulaSource):
        return replace(item, latex=left) if left.strip() else Prose("", item.line)
    assert isinstance(item, Prose)
    return replace(item, text=left)
