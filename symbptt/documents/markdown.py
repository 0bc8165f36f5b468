"""Markdown, MyST and Quarto → formulas with their exact places.

Read are the signs of `scanner`, fences and directives marked `math` (`fences`), fences marked `latex` that hold formulas only, and lines of
Unicode mathematics. The content of directives such as `{note}` is Markdown again; other fences are code.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache

from markdown_it import MarkdownIt
from markdown_it.token import Token
from mdit_py_plugins.dollarmath import dollarmath_plugin

from symbptt.documents.bare import READ_AS_WORDS, fenced_spans, plain_spans, tex_spans
from symbptt.documents.fences import is_hidden, with_glued_maths, without_tags_above_maths
from symbptt.documents.formulas import Document, InputError, Lines
from symbptt.documents.front_matter import read_front_matter
from symbptt.documents.own_macros import with_own_macros
from symbptt.documents.scanner import WALL, Page, Span, blanked, blocks_of, read_page

QUOTE = re.compile(r" {0,3}>")
TITLE = re.compile(r"^#[ \t]+(\S.*)", re.M)

#: What a directive of MyST begins with; `{r}` and `{python}` are code that is run.
DIRECTIVE = re.compile(r"\{(?P<name>[A-Za-z][\w:.-]*)\}[ \t]*(?P<argument>.*)")
#: Directives whose content is Markdown; a name such as `prf:proof` counts as `proof`.
TEXT_DIRECTIVES = re.compile(
    r"(?:[\w-]+:)?(?:admonition|attention|caution|danger|error|hint|important|note|seealso|tip|warning|todo|dropdown|margin|sidebar|aside"
    r"|topic|epigraph|pull-quote|container|div|card|grid|grid-item|grid-item-card|tab-set|tab-item|details|proof|theorem|lemma|definition"
    r"|corollary|proposition|property|remark|example|observation|conjecture|axiom|criterion|assumption|algorithm|(?:exercise|solution)"
    r"(?:-start)?)"
)
#: How deep directives of Markdown are looked into.
DEEPEST = 8
OPTION = re.compile(r"[ \t>]*:[\w-]+:(?:[ \t].*)?$")
OPTIONS_EDGE = re.compile(r"[ \t>]*---[ \t]*$")
FENCE_SIGNS = re.compile(r"(?:`{3,}|~{3,}).*")
COLONS = re.compile(r"(?P<margin>[ \t>]*)(?P<colons>:{3,})(?P<rest>[^\n]*)$")
#: Tags of site generators around formulas.
TAG = re.compile(r"\{%-?[ \t]*(?:end)?raw[ \t]*-?%\}|\{\{[<%][ \t]*/?[ \t]*(?:math|raw)[ \t]*[%>]\}\}")


def read_markdown(text: str, *, path: str = "") -> Document:
    """Find the formulas of a Markdown text, and the words between them.

    Raises `InputError` where the front matter cannot be read; other errors are kept in the result.
    """
    front = read_front_matter(text, path=path)
    errors: list[InputError] = []
    items = read_page(markdown_page(blanked(text, 0, front.end)), path=path, errors=errors)
    return with_own_macros(Document(items, front.problem, {"title": title_of(text, front.end)} | dict(front.about), errors=tuple(errors)))


def title_of(text: str, start: int = 0) -> str:
    """The first heading of the first rank, empty where there is none."""
    title = TITLE.search(text, start)
    return title[1].rstrip().rstrip("#").rstrip() if title else ""


def markdown_page(text: str) -> Page:
    """The blocks of a Markdown text that has no front matter."""
    text = with_glued_maths(text, _parse)
    tokens = _parse(text)
    for _ in range(DEEPEST):
        opened = without_tags_above_maths(_opened(text, tokens), tokens)
        if opened == text:
            break
        text, tokens = opened, _parse(opened)
    lines = Lines(text)
    opened_at = [(token.map[0] + 1, int(token.tag[1:])) for token in tokens if token.type == "heading_open" and token.map]
    headings, ranks = tuple(line for line, _ in opened_at), tuple(rank for _, rank in opened_at)
    text = TAG.sub(_spaces, _without_quote_signs(text, tokens))
    masked = _without_code(text, tokens, lines)
    blocks = tuple(span for token in tokens if token.type == "fence" for span in _formulas(text, token, lines))
    return Page(text, masked, headings, ranks, blocks, plain_spans)


@cache
def _reader() -> MarkdownIt:
    return MarkdownIt("commonmark").use(dollarmath_plugin).disable("inline")


def _parse(text: str) -> list[Token]:
    return _reader().parse(text)


def _formulas(text: str, token: Token, lines: Lines) -> list[Span]:
    """The formulas of a fence."""
    assert token.map is not None
    first = token.map[0] + 2
    start, end = lines.start(first), lines.start(first + token.content.count("\n"))
    info = token.info.strip()
    directive = DIRECTIVE.match(info)
    if info in ("latex", "tex"):
        return tex_spans(text, start, end)
    if info.lower() in READ_AS_WORDS:
        return fenced_spans(text, start, end)
    if info != "math" and not (directive and directive["name"] == "math"):
        return []
    spans = [Span(low, high, True) for low, high in blocks_of(text, _behind_options(text, start, end), end)]
    if directive and directive["argument"].strip():
        opening = lines.start(first - 1)
        argument = text.index("}", opening) + 1
        spans.insert(0, Span(argument, start, True))
    return spans


def _behind_options(text: str, start: int, end: int) -> int:
    """The offset behind the options of a directive: lines `:label: x`, or YAML between `---`."""
    at, edges = start, 0
    while at < end:
        stop = text.find("\n", at, end)
        line = text[at : stop if stop >= 0 else end]
        edges += bool(OPTIONS_EDGE.match(line)) and (at == start or edges == 1)
        if not (edges == 1 or OPTIONS_EDGE.match(line) or OPTION.match(line)):
            break
        at = stop + 1 if stop >= 0 else end
    return at if edges != 1 else start


def _opened(text: str, tokens: Iterable[Token]) -> str:
    """The text with the signs of directives that hold Markdown blanked, and `:::{math}` written `~~~{math}`."""
    if "{" not in text and ":::" not in text:
        return text
    lines = text.split("\n")
    code: set[int] = set()
    for token in tokens:
        if token.type not in ("fence", "code_block") or not token.map:
            continue
        directive = DIRECTIVE.match(token.info.strip())
        if token.type == "fence" and directive and TEXT_DIRECTIVES.fullmatch(directive["name"]):
            first, last = token.map[0], token.map[1] - 1
            lines[first] = FENCE_SIGNS.sub(_spaces, lines[first], count=1)
            if last - first > token.content.count("\n"):
                lines[last] = FENCE_SIGNS.sub(_spaces, lines[last], count=1)
            _blank_options(lines, first + 1)
        code.update(range(*token.map))
    for at, line in _colon_fences(lines, code):
        lines[at] = line
    return "\n".join(lines)


def _spaces(match: re.Match[str]) -> str:
    return " " * len(match[0])


def _blank_options(lines: list[str], at: int) -> None:
    while at < len(lines) and OPTION.match(lines[at]):
        lines[at] = re.sub(r"[^ \t>]", " ", lines[at])
        at += 1


def _colon_fences(lines: list[str], code: set[int]) -> Iterator[tuple[int, str]]:
    """New forms of the lines that open or close `:::`; one that holds code or a formula becomes a fence of `~`."""
    verbatim = 0
    for at, line in enumerate(lines):
        found = COLONS.match(line) if at not in code else None
        if found is None:
            continue
        size, rest = len(found["colons"]), found["rest"].strip()
        directive = DIRECTIVE.match(rest)
        if verbatim and not rest and size >= verbatim:
            verbatim = 0
        elif not verbatim and directive and not TEXT_DIRECTIVES.fullmatch(directive["name"]):
            verbatim = size
        elif verbatim:
            continue
        else:
            yield at, found["margin"] + " " * (len(line) - len(found["margin"]))
            _blank_options(lines, at + 1)
            continue
        yield at, found["margin"] + "~" * size + found["rest"]


def _without_quote_signs(text: str, tokens: Iterable[Token]) -> str:
    """`> $$` is `  $$`: the signs of a block quote are no part of a formula."""
    if not any(token.type == "blockquote_open" for token in tokens):
        return text
    lines = text.split("\n")
    for token in tokens:
        if token.type == "blockquote_open" and token.map:
            for at in range(*token.map):
                lines[at] = QUOTE.sub(_spaces, lines[at], count=1)
    return "\n".join(lines)


def _without_code(text: str, tokens: Iterable[Token], lines: Lines) -> str:
    pieces, at, last = [], 0, text.count("\n")
    for token in tokens:
        if is_hidden(token) and token.map:
            start, end = lines.start(token.map[0] + 1), lines.start(token.map[1] + 1)
            end = len(text) if token.map[1] > last else end
            pieces += [text[at:start], re.sub(r"[^\n]", WALL, text[start:end])]
            at = end
    return "".join(pieces) + text[at:]
