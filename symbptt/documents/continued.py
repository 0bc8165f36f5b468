"""Displays that continue one formula ⇒ one formula: `$$a = b$$ $$= c$$` is `a = b = c`."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from symbptt.documents.formulas import FormulaSource, Mark, Prose

Item = FormulaSource | Mark | Prose

#: Characters of a formula put together.
LONGEST = 20_000
#: What may stand before a relation that matters: signs that only set the formula.
SETTING = r"(?:\s|&|\{\}|\\(?:quad|qquad|,|;|:|!|>|displaystyle|textstyle|hspace\*?\{[^{}]*\}|hphantom\{[^{}]*\}))*"
BEGIN = r"(?:\\begin\s*\{[a-z]+\*?\}(?:\{\d+\})?\s*)*"
RELATION = (
    r"(?:=(?!>)|≈|≡|∝|:=|≤|≥|<(?![=-])|>|\\(?:approx|equiv|propto|simeq|sim|leq?|geq?|lt|gt|coloneqq|triangleq|stackrel|overset"
    r"|underset)(?![A-Za-z]))"
)
LED_BY_RELATION = re.compile(rf"{SETTING}{BEGIN}{SETTING}{RELATION}")
LED_BY_ARROW = re.compile(rf"{SETTING}{BEGIN}{SETTING}(?:=>|⇒|⟹|\\(?:Rightarrow|implies|Longrightarrow)(?![A-Za-z]))")
#: A minus is left out: `- x` may be a note of its own.
LED_BY_OPERATOR = re.compile(rf"{SETTING}{BEGIN}{SETTING}(?:[+*/⊙×·∘]|\\(?:times|cdot|odot|circ|otimes|ast)(?![A-Za-z]))")
ANY_RELATION = re.compile(r"[=≈≡∝≤≥<>←∈]|\\(?:approx|equiv|propto|simeq|sim|leq?|geq?|lt|gt|in|to|leftarrow|gets)(?![A-Za-z])")
#: What may stand behind the last sign that counts.
ENDING = re.compile(
    r"(?:\s|[,;]|(?<!\.)\.|\\\\|\\(?:quad|qquad|,|;|:|!|notag|nonumber)(?![A-Za-z])|\\(?:label|tag)\s*\{[^{}]*\}|\\text\s*\{[^A-Za-z{}]*\})+\Z"
)
DANGLING = re.compile(
    r"(?:=|≈|[+\-−]|[*/⊙×·∘]|\\(?:times|cdot|odot|circ|otimes|approx|equiv|sum|prod|left\s*[(\[]|left\s*\\\{)|(?<![A-Za-z])\\[Bb]igg?l?\s*[(\[])\Z"
)
#: Words that only join: bullets, numbers of formulas, `which gives`.
JOINING = re.compile(
    r"(?:[\s,.;:•●○▪◦‣·*+–—-]|\{#[^{}\n]*\}|\((?:eq\.?\s*)?\(?(?:\d{1,3}[a-z]?(?:\.\d{1,3})*|[A-Za-z]+[-:_][\w:.-]*)\)"
    r"|(?:so|and|thus|hence|then|or|therefore|that|we|i\.e\.|it|this|which|can be|be|gives|get|obtain|have|yields|becomes|is"
    r"|equals|also|written|as|simplifies|reduces|to|further|finally|now)(?![A-Za-z]))*",
    re.I,
)
#: Characters of words that are looked at.
LONGEST_WORDS = 80
#: Characters at the end of a formula among which its last sign is looked for.
LONGEST_ENDING = 200


def joined(items: Iterable[Item]) -> tuple[Item, ...]:
    """The items, with each formula that continues the one before it made part of that one; every place stays exact.

    One continues another if it begins with a relation or an operator, or follows a dangling one, and only joining words stand
    between. `\\Rightarrow a = b` is a formula of its own.
    """
    result: list[Item] = []
    run: list[FormulaSource] = []
    between: list[Item] = []
    size = 0
    for item in items:
        if isinstance(item, FormulaSource):
            size += len(item.latex)
            if run and size <= LONGEST and _continues(run, item, between):
                run.append(item)
                between = []
                continue
            result += [*_merged(run), *between]
            run, between, size = [item], [], len(item.latex)
        elif run and isinstance(item, Prose) and not item.heading and _joins(item.text):
            between.append(item)
        else:
            result += [*_merged(run), *between, item]
            run, between = [], []
    return (*result, *_merged(run), *between)


def _joins(words: str) -> bool:
    return len(words) <= LONGEST_WORDS and JOINING.fullmatch(words) is not None


def _continues(run: list[FormulaSource], new: FormulaSource, between: list[Item]) -> bool:
    last = run[-1]
    if (last.path, last.cell, last.section) != (new.path, new.cell, new.section):
        return False
    # an inline formula is part of its sentence: a display under it goes on with something else
    if new.display and not last.display and run == [last]:
        return False
    if last.display and not new.display:
        return False
    words = any(isinstance(item, Prose) and re.search("[A-Za-z]", item.text) for item in between)
    if not words and DANGLING.search(_trimmed(last.latex)[-LONGEST_ENDING:]):
        # between formulas in a line a sign at the end is rather a slip
        return last.display or ANY_RELATION.search(new.latex) is None
    if LED_BY_RELATION.match(new.latex):
        return True
    return not words and _states(run) and (LED_BY_OPERATOR.match(new.latex) is not None or _is_bare_conclusion(new.latex))


def _states(run: list[FormulaSource]) -> bool:
    return any(ANY_RELATION.search(source.latex) for source in run)


def _is_bare_conclusion(latex: str) -> bool:
    """`\\Rightarrow b` without a relation of its own."""
    arrow = LED_BY_ARROW.match(latex)
    return arrow is not None and not ANY_RELATION.search(latex, arrow.end())


def _trimmed(latex: str) -> str:
    edge = max(len(latex) - LONGEST_ENDING, 0)
    return latex[:edge] + ENDING.sub("", latex[edge:])


def _merged(run: list[FormulaSource]) -> list[FormulaSource]:
    """One formula for a run of them."""
    if len(run) < 2:
        return run
    pieces: list[str] = []
    parts: list[tuple[int, int, int]] = []
    size = 0
    for source in run:
        parts += [(size + offset, line, column) for offset, line, column in source.parts or ((0, source.line, source.column),)]
        pieces.append(source.latex if source is run[-1] else _trimmed(source.latex))
        size += len(pieces[-1]) + 1
    return [replace(run[0], latex="\n".join(pieces), parts=tuple(parts))]
