"""Lines of plain words that are a formula and nothing else: `• δₜ = Wᵀ δₜ₊₁ ⊙ (1 − hₜ²)`, `Loss of a step: L_t = -y_t \\ln p_t (3)`.

A line is one if it holds a relation, no words, and the parser reads all of it; in doubt it is words.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import replace
from functools import lru_cache
from itertools import accumulate

from symbptt.documents.formulas import Lines
from symbptt.documents.scanner import WALL, WORDS_INSIDE, Span, blocks_of
from symbptt.latex.parser import ParseError, parse
from symbptt.latex.tables import CONDITION_WORDS, FUNCTIONS, RESTRICTING_WORDS

#: What the fences are marked with that name no language.
READ_AS_WORDS = frozenset({"", "text", "txt", "plain", "plaintext", "none"})
#: Characters of a line; a longer one is words.
LONGEST = 400
RELATION = re.compile(r"[=≈≔←∈∝≡]|\\(?:approx|equiv|propto|in|leftarrow|gets)(?![A-Za-z])")
#: Bullets, numbers and quote signs before what a line says.
LEAD = re.compile(r"\s*(?:(?:[-*+•●○▪◦‣·–—>]|\d{1,3}[.)]|\(\d{1,3}\)|\(?[a-zA-Z]\))\s+)*")
LABEL = re.compile(r"[*_]{0,3}(?P<words>[A-Za-z][^=:$\\{}|\n]{1,60})[*_]{0,3}:[*_]{0,3}\s+")
#: The number of a formula, and the dashes before it, at the end of a line.
TAG = re.compile(r"(?:eq\.?\s*)?(?:\d{1,3}[a-z]?(?:\.\d{1,3})*[a-z]?|\*{1,3})|[A-Z]", re.I)
OPENING = {")": "(", "]": "["}
DASHES = re.compile(r"(?:-{2,}|—+|…|\.{2,})\Z")
MINUS = re.compile(r"[-–−]\Z")
WRAPPED = re.compile(r"(?P<sign>\*{1,3}|`+)(?P<inside>[^*`].*[^*`]|[^*`])(?P=sign)[.,;]?\Z")
COMMANDS = re.compile(
    rf"{WORDS_INSIDE}|\\(?:begin|end)\{{[a-z]+\*?\}}(?:\{{[lcr|@ ]+\}})?|\\[A-Za-z]+|(?<=[_^])\{{[^{{}}]*\}}|(?<=[_^])[A-Za-z0-9]+"
)
RUN = re.compile(r"[A-Za-z]{2,}")
LONG_RUN = re.compile(r"[A-Za-z]{3,}")
DIFFERENTIAL = re.compile(r"d[A-Z][a-z]{0,3}\Z")
PUNCTUATION = frozenset("–—‘’“”•●○▪◦‣·…→")
SHORT_WORDS = re.compile(r"is|as|in|to|of|or|we|so|if|at|by|it|be|an|on|no|do|us|up|he|me|my|go|ok|vs|ie|eg|np|tf|nn|fn|lr|id|io", re.I)
LINKING_WORDS = CONDITION_WORDS | {"all", "each", "every", "and"}
#: Signs of code and of markup, none of them mathematics.
FOREIGN = re.compile(r"""["@#?$~&\x00]|(?<!\|)\|(?!\|)|://|\*\*|[A-Za-z_\])]\.[A-Za-z_]|</?[A-Za-z][A-Za-z0-9]*[ >/]|;\s*\Z|\blambda\s""")
ENDS_OPEN = re.compile(r"(?:[=≈≔←∈∝≡:]|\\(?:approx|equiv|leftarrow|gets))\s*\Z")
LETTER = re.compile(r"[A-Za-zα-ωΑ-Ω]|\\[A-Za-z]")
#: `t = 2, …, T`: a range, which the words around it need.
RANGE = re.compile(r"[A-Za-z]\s*(?:=|∈|\\in)\s*(?:[^=+*/⊙]*,\s*(?:\.\.|…|\\[lc]?dots)|\w+\s*\.\.)")
TEX = re.compile(r"\\[A-Za-z]|[_^]\{")
#: Scripts of several characters that only plain text writes without braces; TeX reads `W_hh` as W_h h, and `h_t-1` may be h_{t-1}.
LOOSE_SCRIPT = re.compile(r"[_^](?:[A-Za-z0-9]{2,}|\([^()]*\))")
GLUED_SHIFT = re.compile(r"[_^][A-Za-z][-+−]\d")
CONTINUES = re.compile(r"\s*[+⊙×·∘]\s")
ARROW = re.compile(r"=>|⇒|->|→")
#: What makes one formula of the parts beside it.
OPERATOR = re.compile(r"[=+*/^_⊙∘−-]")

#: What a ```` ```latex ```` fence holds besides formulas where it shows a document.
DEFINES = re.compile(r"\\(?:re|provide)?newcommand|\\def(?![a-z])|\\let(?![a-z])|\\DeclareMath")
COMMENT = re.compile(r"(?<!\\)%[^\n]*")
DELIMITED = (("$$", "$$"), ("\\[", "\\]"), ("\\(", "\\)"), ("$", "$"))


def plain_spans(text: str, found: list[Span], exact: Collection[int] | None = None) -> list[Span]:
    """The formulas found already (in order) and those that are lines of their own.

    In plain text a line such as `= V^T $\\delta$ + b` is one formula, and only the lines in `exact` must hold a LaTeX command or a
    mathematical character. With `exact` None it is Markdown: all lines must, and `$` says where a formula is.
    """
    lines = Lines(text)
    inside: dict[int, list[Span]] = {}
    for span in found:
        for number in range(lines.place(span.start)[0], lines.place(span.end)[0] + 1):
            inside.setdefault(number, []).append(span)
    result: list[Span] = []
    replaced: set[Span] = set()
    start, bare_above = 0, False
    for number, line in enumerate(text.split("\n"), 1):
        new, parts = None, inside.get(number, [])
        if len(line) > LONGEST or (exact is None and "`" in line):
            pass
        elif not parts and (RELATION.search(line) or (bare_above and CONTINUES.match(line))):
            new = _line(line, start, exact is None or number in exact, bare_above)
        elif exact is not None and parts and parts[0].start >= start and parts[-1].end <= start + len(line):
            new = _mixed(line, start, parts)
            replaced.update(parts if new else ())
        bare_above = new is not None
        result += [new] if new else []
        start += len(line) + 1
    return [*(span for span in found if span not in replaced), *result]


def _line(line: str, start: int, strict: bool, continuing: bool) -> Span | None:
    """The formula that a line is."""
    low, high = _content(line)
    latex = line[low:high]
    if not latex or (strict and not _mathematical(latex)) or FOREIGN.search(latex) or RANGE.match(latex):
        return None
    first = RUN.match(latex)
    if (first and first[0] in LINKING_WORDS) or ENDS_OPEN.search(latex) or not LETTER.search(latex) or not is_wordless(latex):
        return None
    if not (RELATION.search(latex) or (continuing and CONTINUES.match(latex))):
        return None
    edits = _braces(latex)
    if edits is None or not _reads(_with(latex, edits)):
        return None
    return Span(start + low, start + high, True, edits=tuple((start + low + offset, 0, signs) for offset, signs in edits))


def _content(line: str) -> tuple[int, int]:
    """Where the content of a line stands: without bullet, label, emphasis, number and comment; nothing where that is unclear."""
    lead = LEAD.match(line)
    low, high = lead.end() if lead else 0, len(line.rstrip())
    label = LABEL.match(line, low, high)
    if label and RUN.search(label["words"]):
        if set(re.findall(r"[a-z]+", label["words"].lower())) & RESTRICTING_WORDS:
            return low, low
        low = label.end()
    high = _tail(line, low, high)
    wrapped = WRAPPED.match(line[low:high])
    if wrapped:
        low, high = low + wrapped.start("inside"), low + wrapped.end("inside")
    return low, high


def _tail(line: str, low: int, high: int) -> int:
    """Where the number or the comment in brackets begins that ends a line; `low` where that is unclear."""
    opening = line.rfind(OPENING.get(line[high - 1 : high], "\0"), low, high)
    if opening < 0:
        return high
    inside = line[opening + 1 : high - 1].strip()
    before = line[low:opening].rstrip()
    if low + len(before) == opening and not DASHES.search(before):
        return high
    end = low + len(DASHES.sub("", before).rstrip())
    if TAG.fullmatch(inside):
        return low if MINUS.search(before) and not DASHES.search(before) else end
    if not LONG_RUN.search(inside) or is_wordless(inside):
        return high
    return low if {run.lower() for run in RUN.findall(inside)} & RESTRICTING_WORDS else end


def is_wordless(latex: str) -> bool:
    """Whether no English word stands in it, other than names of functions and `for all`."""
    runs = RUN.findall(COMMANDS.sub(" ", latex))
    return all(run in FUNCTIONS or run in LINKING_WORDS or DIFFERENTIAL.match(run) or _is_product(run) for run in runs)


def _is_product(run: str) -> bool:
    return len(run) == 2 and not SHORT_WORDS.fullmatch(run)


def _mathematical(latex: str) -> bool:
    return TEX.search(latex) is not None or any(not character.isascii() and character not in PUNCTUATION for character in latex)


def _braces(latex: str) -> list[tuple[int, str]] | None:
    """Braces around scripts of several characters; None where it is open what they hold."""
    if GLUED_SHIFT.search(latex):
        return None if not TEX.search(latex) else []
    loose = list(LOOSE_SCRIPT.finditer(latex))
    if not loose:
        return []
    if TEX.search(latex):
        return None
    return [pair for script in loose for pair in ((script.start() + 1, "{"), (script.end(), "}"))]


def _with(latex: str, edits: list[tuple[int, str]]) -> str:
    at, pieces = 0, []
    for offset, signs in edits:
        pieces += [latex[at:offset], signs]
        at = offset
    return "".join([*pieces, latex[at:]])


@lru_cache(maxsize=4096)
def _reads(latex: str) -> bool:
    try:
        return bool(parse(latex))
    except ParseError:
        return False
    except Exception:  # as with the judge: a defect of the parser costs a line its reading, never the run
        return False


def _mixed(line: str, start: int, inside: list[Span]) -> Span | None:
    """One formula of which a line encloses only parts in `$`."""
    outside, whole = list(line), list(line)
    for span in inside:
        low, high = span.start - start - 1, span.end - start
        if line[low] != "$" or line[max(low - 1, 0) : low] == "$" or line[high : high + 1] != "$":
            return None
        outside[low : high + 1] = " " * (high + 1 - low)
        whole[low] = whole[high] = " "
    low, high = _content("".join(whole))
    words = ARROW.sub("", "".join(outside)[low:high])
    related = sum(bool(RELATION.search(line[span.start - start : span.end - start])) for span in inside)
    if related > 1 or not OPERATOR.search(words) or not is_wordless(words):
        return None
    found = _line("".join(whole), start, False, False)
    signs = [(edge, 1, " ") for span in inside for edge in (span.start - 1, span.end) if found and found.start <= edge < found.end]
    return found and replace(found, edits=tuple(sorted([*found.edits, *signs])))


def fenced_spans(text: str, start: int, end: int) -> list[Span]:
    """The formulas of a fence that names no language: none unless most of its lines are formulas with mathematical signs."""
    lines = text[start:end].split("\n")
    starts = accumulate((len(line) + 1 for line in lines), initial=start)
    placed = [
        (line, at) for line, at in zip(lines, starts, strict=False) if line.strip() and len(line) <= LONGEST and RELATION.search(line)
    ]
    sure = sum(_line(line, at, True, False) is not None for line, at in placed)
    if 2 * sure <= sum(bool(line.strip()) for line in lines):
        return []
    return [found for line, at in placed if (found := _line(line, at, False, False)) is not None]


def tex_spans(text: str, start: int, end: int) -> list[Span]:
    """The formulas of a fence marked as LaTeX: all of it, or none where it shows a document."""
    body = COMMENT.sub(lambda comment: " " * len(comment[0]), text[start:end])
    if DEFINES.search(body):
        return []
    spans = list(_tex_blocks(body))
    bodies = [body[span.start : span.end] for span in spans]
    if not all(is_wordless(body) and (RELATION.search(body) or "\\" in body) for body in bodies):
        return []
    return [Span(start + span.start, start + span.end, True) for span in spans]


def _tex_blocks(text: str) -> Iterator[Span]:
    for low, high in blocks_of(text, 0, len(text)):
        body = text[low:high]
        low, high = low + len(body) - len(body.lstrip()), high - len(body) + len(body.rstrip())
        body = text[low:high]
        for opening, closing in DELIMITED:
            if body.startswith(opening) and body.endswith(closing) and len(body) >= len(opening) + len(closing):
                low, high = low + len(opening), high - len(closing)
                break
        if WALL not in text[low:high]:
            yield Span(low, high, True)
