"""Plain text, scanned slides and answers of chats → formulas with their exact places.

Read are the signs of `scanner` (indentation means nothing), fences marked `math`, and lines that are a formula and nothing else, also
in fences that name no language.
"""

from __future__ import annotations

import re

from symbptt.documents.bare import READ_AS_WORDS, plain_spans, tex_spans
from symbptt.documents.formulas import Document, InputError
from symbptt.documents.front_matter import read_front_matter
from symbptt.documents.own_macros import with_own_macros
from symbptt.documents.scanner import WALL, Page, Span, blanked, blocks_of, read_page

FENCE = re.compile(r"[ \t]*(?P<signs>`{3,}|~{3,})[ \t]*(?P<info>[^`]*)$")
HEADING = re.compile(r"#{1,6}[ \t]+(?P<title>\S.*)")
UNDERLINE = re.compile(r"={4,}|-{4,}|~{4,}")


def read_plain(text: str, *, path: str = "") -> Document:
    """Find the formulas of a plain text, and the words between them.

    Raises `InputError` where the front matter cannot be read; other errors are kept in the result.
    """
    front = read_front_matter(text, path=path)
    errors: list[InputError] = []
    text = blanked(text, 0, front.end)
    page, title = _page(text)
    return with_own_macros(
        Document(read_page(page, path=path, errors=errors), front.problem, {"title": title} | dict(front.about), errors=tuple(errors))
    )


def _page(text: str) -> tuple[Page, str]:
    """The page and its first heading."""
    pieces: list[str] = []
    blocks: list[Span] = []
    headings: list[int] = []
    exact: set[int] = set()
    signs, info, body, start, above, title = "", "", 0, 0, "", ""
    for number, line in enumerate(text.split("\n"), 1):
        fence = FENCE.match(line) if line.lstrip()[:3] in ("```", "~~~") else None
        end = start + len(line)
        hidden = ""
        if fence and not signs:
            signs, info, body, hidden = fence["signs"], fence["info"].strip().lower(), end + 1, " "
        elif fence and not fence["info"] and fence["signs"].startswith(signs):
            blocks += _formulas(text, info, body, start)
            signs, hidden = "", " "
        elif signs:
            hidden = "" if info in READ_AS_WORDS else WALL
            exact.add(number)
        elif HEADING.match(line) or (above.strip() and UNDERLINE.fullmatch(line.strip())):
            heading = HEADING.match(line)
            title = title or (heading["title"] if heading else above).strip()
            headings.append(number if heading else number - 1)
            hidden = "" if heading else " "
        pieces.append(hidden * len(line) if hidden else line)
        start, above = end + 1, line
    blocks += _formulas(text, info, body, len(text)) if signs else []
    return Page(text, "\n".join(pieces), tuple(headings), (), tuple(blocks), lambda masked, found: plain_spans(masked, found, exact)), title


def _formulas(text: str, info: str, start: int, end: int) -> list[Span]:
    """The formulas of a fence."""
    if info in ("latex", "tex"):
        return tex_spans(text, start, end)
    return [Span(low, high, True) for low, high in blocks_of(text, start, end)] if info == "math" else []
