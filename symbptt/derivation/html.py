"""A derivation as one HTML file that needs nothing else: formulas in MathML, steps that fold, light and dark."""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape
from itertools import groupby

from .drawing import ABOUT, SHAPES
from .layout import terms, width
from .mathml import cell, mathml
from .steps import STATED, Part, Step

#: Letters of a line on a wide screen, before a sum is broken.
ROOM = 92.0
_STYLE = (
    """
:root { color-scheme: light dark; --ink: #1b1b1f; --paper: #fdfdfb; --soft: #6a6a72; --line: #dcdcd6; --mark: #0a6b3d; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6e6ea; --paper: #17171a; --soft: #9a9aa4; --line: #34343a; --mark: #6fd39f; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1.5rem 1rem 4rem; max-width: 54rem; color: var(--ink); background: var(--paper);
  font: 1rem/1.55 system-ui, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; }
h1 { font-size: 1.55rem; line-height: 1.25; }
details { border-top: 1px solid var(--line); padding: .4rem 0 .8rem; }
summary { cursor: pointer; font-weight: 600; font-size: 1.1rem; padding: .35rem 0; }
.formula { overflow-x: auto; overflow-y: hidden; padding: .3rem 0; }
.formula table { border-collapse: collapse; margin: 0 auto; }
.formula td { padding: .28rem 0; white-space: nowrap; vertical-align: middle; }
.formula td.left { text-align: right; padding-right: .3rem; }
.formula td.more { padding-left: 2rem; }
.formula td.when { padding-left: 2rem; color: var(--soft); }
.reason { margin: .8rem 0 .1rem; }
.state { color: var(--soft); font-size: .8rem; text-align: right; }
.true { color: var(--mark); }
math { font-size: 1.06em; font-family: "Latin Modern Math", "STIX Two Math", "XITS Math", "Cambria Math", "Noto Sans Math", math; }
figure { margin: 1rem 0; overflow-x: auto; text-align: center; }
figcaption { color: var(--soft); font-size: .85rem; }
.net { height: auto; }
"""
    + SHAPES.strip()
    + """
ul { padding-left: 1.3rem; margin: .3rem 0; }
"""
)


def document(title: str, lead: str, parts: Sequence[Part], figure: str = "") -> str:
    """The whole page."""
    drawn = f"<figure>{figure}<figcaption>{ABOUT}.</figcaption></figure>\n" if figure else ""
    body = "\n".join(_part(part) for part in parts)
    plain = escape(title.replace("$", ""))
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{plain}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n<h1>{words(title)}</h1>\n<p>{words(lead)}</p>\n{drawn}{body}\n"
        f"</body>\n</html>\n"
    )


def _part(part: Part) -> str:
    pieces = [f"<summary>{words(part.title)}</summary>"]
    if part.words:
        pieces.append(_paragraphs(part.words))
    run: list[Step] = []
    for step in part.steps:
        if step.reason and run:
            pieces.append(_display(run))
            run = []
        if step.reason:
            pieces.append(f'<p class="reason">{words(step.reason)}</p>')
        run.append(step)
    if run:
        pieces.append(_display(run))
    if part.words_after:
        pieces.append(_paragraphs(part.words_after))
    inner = "\n".join(pieces)
    return f"<details open>\n{inner}\n</details>"


def _display(steps: Sequence[Step]) -> str:
    rows = [row for step in steps for row in _rows(step)]
    told = {step.verdict for step in steps if step.verdict not in STATED}
    state = f'<div class="state"><span class="true">✓</span> {" and ".join(sorted(told))}</div>' if told else ""
    return f'<div class="formula"><table>{"".join(rows)}</table></div>{state}'


def _rows(step: Step) -> list[str]:
    """A row for each line: what is told of, the relation with what follows, the steps it holds at."""
    lines = _lines(step)
    rows = []
    for at, line in enumerate(lines):
        left = cell(step.before) if not at else ""
        right = f'<td class="more">{cell(line)}</td>' if at else f"<td>{cell(f'{step.relation} {line}')}</td>"
        when = cell(step.condition) if step.condition and at == len(lines) - 1 else ""
        rows.append(f'<tr><td class="left">{left}</td>{right}<td class="when">{when}</td></tr>')
    return rows


def _lines(step: Step) -> list[str]:
    """The right side, broken before signs where it is long."""
    found = [""]
    room = ROOM - width(step.before) - width(step.condition)
    for term in terms(step.after):
        if found[-1] and width(found[-1]) + width(term) > room:
            found.append("")
        found[-1] = f"{found[-1]} {term}".strip()
    return found


def _paragraphs(text: str) -> str:
    made = []
    for is_list, group in groupby(text.split("\n"), key=lambda line: line.startswith("- ")):
        found = list(group)
        if is_list:
            made.append("<ul>" + "".join(f"<li>{words(line[2:])}</li>" for line in found) + "</ul>")
        else:
            made.append(f"<p>{words(' '.join(found))}</p>")
    return "\n".join(made)


def words(text: str) -> str:
    """Running text with its mathematics as MathML."""
    parts = re.split(r"\$([^$]*)\$", text)
    return "".join(mathml(part) if at % 2 else escape(part) for at, part in enumerate(parts))
