"""Which range the words beside a formula state: `for t = 2, \\dots, T:` before it, `, for t < T` behind it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from symbptt.documents.prose_pieces import Piece
from symbptt.documents.prose_ranges import COUNTING, Bounds, End, end_of, free_letters
from symbptt.documents.prose_text import PLACEHOLDER, Clause, Flat
from symbptt.latex.syntax import Symbol

BETWEEN = (
    r"(?:(?:all|any|each|every|the|some|a|time|steps?|time-?steps?|layers?|other|remaining|hidden|further|general|earlier|previous|intermediate|"
    r"given|index|indices|positions?|values?|of|in|such|that|ranging|running|going|case|and|then|both)[\s-]+|⟨s\d+⟩\s*(?:=|with|where|,)?\s*){0,6}"
)
#: A range that holds of something: `for any time step ⟨r5⟩`, `(⟨r5⟩)`.
HOLDS = re.compile(
    rf"(?:\b(?P<word>for|where|when|if|with|at|while|over|and)\s+|∀\s*|\\forall\s*|\bcase\s*\d?\s*[:.)–-]+\s*|(?:对每个|对所有|对于每个|对于所有|对于|当)\s*|[\[(,:]\s*|\A[\W]*){BETWEEN}⟨r(?P<range>\d+)⟩",
    re.I,
)
#: `for t from 1 to T`, `for ⟨t = 1⟩ to T`.
FROM_TO = re.compile(
    r"\b(?:for|where|when|with|as|and|let)\s+(?:all\s+|each\s+|every\s+|any\s+|(?:time[\s-]*)?steps?\s+|layers?\s+){0,3}"
    r"(?:⟨s(?P<letter>\d+)⟩\s*(?:=|goes|going|ranges|ranging|running|runs|iterating|\s)*\s*(?:from\s+)?(?P<low>⟨[sz]\d+⟩|\d{1,4})|(?:from\s+)?⟨r(?P<first>\d+)⟩)"
    r"\s*(?:,?\s*(?:to|up\s+to|down\s+to|through|until|…|\.\.\.)\s*,?)\s*(?P<high>⟨[szre]\d+⟩|\d{1,4})",
    re.I,
)
#: Words by which one step is an example or a beginning, and no restriction: `for ⟨t = T⟩ and all other t`, `not only for ⟨t = T⟩`.
EXAMPLE = re.compile(
    r"\b(?:others?|not\s+only|(?:just\s+|same\s+)?(?:as|like)\s+(?:for|at|in)|likewise|similarly|for\s+(?:example|instance)|e\.\s?g|such\s+as|"
    r"same|general(?:ly)?|beginning|begins?|starting|starts?|also|any|every|each|all|always|or|earlier|previous|backwards?|too|as\s+well)\b",
    re.I,
)
TRAILING = re.compile(r"\s*[,.]?\s*(?:and\s+|valid\s+|which\s+holds\s+|holds\s+|\(|\[)?(?:for|where|when|if|∀|\\forall)\b")
CLOSED = re.compile(r"[ \t]*\n|\s*(?:[)\],.;:]|and\b|where\b|with\b|while\b|but\b|$)")
LIST_SIGN = re.compile(r"[\s•\-*+–,.;:=>$|\[\](){}#]|=>|\band\b", re.I)


@dataclass(frozen=True)
class Span:
    """A range at its place in a clause."""

    start: int
    end: int
    bounds: Bounds


def spans(text: str, flat: Flat) -> list[Span]:
    """The ranges that a clause states of something."""
    found: list[Span] = []
    for match in FROM_TO.finditer(text):
        bounds = _from_to(match, flat)
        if bounds is not None:
            found.append(Span(match.start(), match.end(), bounds))
    for match in HOLDS.finditer(text):
        inside = any(span.start <= match.end() - 1 < span.end for span in found)
        bounds = flat.pieces[int(match["range"])].bounds
        if (match["word"] or "").lower() == "and" and not (found and not text[found[-1].end : match.start()].strip(" ,")):
            continue  # it goes on from another range only
        # `…, t = 1` names a step rather than a range.
        if bounds is not None and not inside and (match["word"] or bounds.low != bounds.high):
            found.append(Span(match.start(), match.end(), bounds))
    one = [span for span in found if span.bounds.low == span.bounds.high]
    if one and EXAMPLE.search(PLACEHOLDER.sub("", text)):
        found = [span for span in found if span not in one]
    return sorted(found, key=lambda span: span.start)


def _from_to(match: re.Match[str], flat: Flat) -> Bounds | None:
    if match["first"] is not None:
        first = flat.pieces[int(match["first"])].bounds
        if first is None or first.low != first.high:
            return None
        letter, low = first.letter, first.low
    else:
        (node,) = flat.pieces[int(match["letter"])].nodes[:1] or (None,)
        if not isinstance(node, Symbol) or node.scripts or node.name not in COUNTING:
            return None
        letter, low = node.name, _end(match["low"], flat)
    high = _end(match["high"], flat)
    if low is None or high is None:
        return None
    falling = (low.name and not high.name) or (low.name == high.name and low.offset > high.offset)
    return Bounds(letter, high, low) if falling else Bounds(letter, low, high)


def _end(text: str, flat: Flat) -> End | None:
    placeholder = PLACEHOLDER.fullmatch(text)
    if placeholder is None:
        return End("", int(text))
    piece = flat.pieces[int(placeholder[2])]
    if piece.bounds is not None:
        return piece.bounds.high if piece.bounds.low == piece.bounds.high else None
    nodes = piece.nodes or (piece.formulas[0].sides if piece.formulas else ())
    return end_of(nodes[0]) if len(nodes) == 1 else None


def conditions(flat: Flat, clauses: Sequence[Clause]) -> dict[int, str]:
    """The `for` of formulas, by their place among the items."""
    found: dict[int, str] = {}
    lead: list[Bounds] = []
    previous: list[Piece] = []  # the formulas that the clause before consists of
    for place, clause in enumerate(clauses):
        pieces = flat.found(clause.text)
        if _is_formulas(clause, pieces):
            for piece in pieces:
                _state(found, piece, lead)
            previous = pieces
            continue
        ranges = spans(clause.text, flat)
        following = clauses[place + 1] if place + 1 < len(clauses) else None
        ahead = following is not None and following.section == clause.section and _is_formulas(following, flat.found(following.text))
        behind = None if ahead and _leads(clause, ranges, flat) else _trailing(clause, ranges, previous)
        if behind is not None:
            _state(found, previous[-1], [behind.bounds])
            ranges = [span for span in ranges if span is not behind]
        equations = _equations(clause, flat)
        for piece, bounds in _beside(clause, equations, ranges):
            _state(found, piece, bounds)
        lead = [] if equations or _ends(clause) else _unambiguous(ranges)
        if following is None or following.section != clause.section:
            lead = []
        previous = []
    return found


def _is_formulas(clause: Clause, pieces: list[Piece]) -> bool:
    """A display, or a line that consists of equations."""
    return (
        bool(pieces)
        and all(piece.display or piece.kind == "q" for piece in pieces)
        and not LIST_SIGN.sub("", PLACEHOLDER.sub("", clause.text))
    )


def _ends(clause: Clause) -> bool:
    return clause.text.rstrip()[-1:] in (".", "!", "?", ";")


def _unambiguous(ranges: list[Span]) -> list[Bounds]:
    """The ranges of different letters; two of one letter say nothing certain."""
    letters = [span.bounds.letter for span in ranges]
    return [span.bounds for span in ranges if letters.count(span.bounds.letter) == 1]


def _trailing(clause: Clause, ranges: list[Span], previous: list[Piece]) -> Span | None:
    """The range with which the words behind a formula go on."""
    if not previous or not ranges or previous[-1].latex.rstrip().endswith(".") or clause.opener not in ("", "\n"):
        return None
    opens = TRAILING.match(clause.text)
    first = ranges[0]
    return first if opens and first.start < opens.end() and CLOSED.match(clause.text, first.end) else None


def _leads(clause: Clause, ranges: list[Span], flat: Flat) -> bool:
    """Whether words between two formulas end in a range and begin with "and", or a paragraph: it is that of the second one."""
    alone = bool(ranges) and not clause.text[ranges[-1].end :].strip(" \n,:")
    paragraph = clause.text.startswith("\n") and flat.text[: clause.start].endswith("\n")
    return alone and (paragraph or re.match(r"\s*and\b", clause.text) is not None)


def _equations(clause: Clause, flat: Flat) -> list[tuple[int, int, Piece]]:
    return [
        (match.start(), match.end(), flat.pieces[int(match[2])])
        for match in PLACEHOLDER.finditer(clause.text)
        if flat.pieces[int(match[2])].kind == "q" and flat.pieces[int(match[2])].item >= 0
    ]


def _beside(clause: Clause, equations: list[tuple[int, int, Piece]], ranges: list[Span]) -> Iterator[tuple[Piece, list[Bounds]]]:
    """Inline equations with the range that goes before them, or follows them closely."""
    if not equations or not ranges:
        return
    if ranges[0].start < equations[0][0]:
        for start, _, piece in equations:
            before = {span.bounds.letter: span.bounds for span in ranges if span.end <= start}
            yield piece, list(before.values())
        return
    for number, (_, end, piece) in enumerate(equations):
        limit = equations[number + 1][0] if number + 1 < len(equations) else len(clause.text)
        after = [span for span in ranges if end <= span.start < limit]
        if after and len(clause.text[end : after[0].start].split()) <= 3:
            yield piece, [after[0].bounds]


def _state(found: dict[int, str], piece: Piece, ranges: list[Bounds]) -> None:
    """Keep the ranges of the letters that the formula leaves free, unless it states one of its own."""
    if piece.item < 0 or piece.item in found or not piece.formulas or any(formula.condition is not None for formula in piece.formulas):
        return
    if not any(formula.relations for formula in piece.formulas):
        return
    free = free_letters(piece.formulas)
    texts = [str(bounds) for bounds in ranges if bounds.letter in free]
    if texts:
        found[piece.item] = ", ".join(texts)
