"""A derivation as a TeX document: pdflatex and amsmath, nothing else."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import groupby

from .layout import lines, width
from .steps import Part, Step

#: Letters of a line on A4 with the margins below.
ROOM = 74.0
_PREAMBLE = r"""\documentclass[11pt,a4paper]{article}
\usepackage[margin=25mm]{geometry}
\usepackage[T1]{fontenc}
\usepackage[utf8]{inputenc}
\usepackage{amsmath,amssymb}
\setlength{\parindent}{0pt}
\setlength{\parskip}{0.6em}
\allowdisplaybreaks
"""
_SPECIAL = {
    "&": r"\&",
    "%": r"\%",
    "#": r"\#",
    "_": r"\_",
    "δ": r"$\delta$",
    "’": "'",
    "“": "``",
    "”": "''",
    "×": r"$\times$",
    "∂": r"$\partial$",
}


def document(bodies: Sequence[str], packages: str = "") -> str:
    """A document of one body or of several, each with a title of its own."""
    return f"{_PREAMBLE}{packages}\\begin{{document}}\n" + "\n\\clearpage\n".join(bodies) + "\n\\end{document}\n"


def body(title: str, lead: str, parts: Sequence[Part], figure: str = "") -> str:
    """What stands between the beginning and the end of a document."""
    inner = "\n\n".join(_part(part) for part in parts)
    drawn = f"{figure}\n\n" if figure else ""
    head = f"\\begin{{center}}\\Large {words(title)}\\end{{center}}"
    return f"{head}\n\n{words(lead)}\n\n{drawn}{inner}\n"


def _part(part: Part) -> str:
    head = f"\\section*{{{words(part.title)}}}"
    shown = list(_steps(part.steps))
    if part.words and shown and not part.steps[0].reason and not part.words.splitlines()[-1].startswith("- "):
        shown[0] = f"{_paragraphs(part.words)}\n{shown[0]}"  # a display belongs to the paragraph before it
    elif part.words:
        shown.insert(0, _paragraphs(part.words))
    return "\n\n".join([head, *shown, *([_paragraphs(part.words_after)] if part.words_after else [])])


def _steps(steps: Sequence[Step]) -> Iterator[str]:
    """Steps without a reason of their own stand in one display, in the paragraph of the reason of the first."""
    run: list[Step] = []
    for step in steps:
        if step.reason and run:
            yield _told(run)
            run = []
        run.append(step)
    if run:
        yield _told(run)


def _told(steps: Sequence[Step]) -> str:
    reason = words(steps[0].reason)
    return f"{reason}\n{_display(steps)}" if reason else _display(steps)


def _display(steps: Sequence[Step]) -> str:
    rows: list[str] = []
    for _, group in groupby(steps, key=lambda step: step.condition):
        for step in group:
            behind = f", && {step.condition}" if step.condition else ""
            room = ROOM - (width(step.condition) + 5 if behind else 0)
            broken = lines(step.before, step.relation, step.after, room)
            rows += [*broken[:-1], broken[-1] + behind]
    joined = " \\\\\n".join(rows)
    return f"\\begin{{align*}}\n{joined}\n\\end{{align*}}"


def _paragraphs(text: str) -> str:
    """Paragraphs, and lists of lines that begin with `- `."""
    made = []
    for is_list, group in groupby(text.split("\n"), key=lambda line: line.startswith("- ")):
        found = list(group)
        if is_list:
            items = "\n".join(f"\\item {words(line[2:])}" for line in found)
            made.append(f"\\begin{{itemize}}\\setlength{{\\itemsep}}{{0pt}}\n{items}\n\\end{{itemize}}")
        else:
            made.append(words("\n".join(found)))
    return "\n".join(made)


def words(text: str) -> str:
    """Running text with its mathematics left as it is."""
    parts = re.split(r"(\$[^$]*\$)", text)
    return "".join(part if part.startswith("$") else "".join(_SPECIAL.get(c, c) for c in part) for part in parts)
