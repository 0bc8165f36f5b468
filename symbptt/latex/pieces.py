"""The pieces of a statement: several formulas side by side, the conditions and remarks behind them, and equation tags."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from symbptt.latex import tables
from symbptt.latex.cursor import matches
from symbptt.latex.rows import IDLE, OPERATORS, top_level
from symbptt.latex.tokens import ParseError, Token

_TAG_TEXT = re.compile(r"[^A-Za-z]*(\(.*\))?[^A-Za-z]*")


@dataclass
class Piece:
    """Tokens between separators, and which separators stand in front."""

    tokens: list[Token] = field(default_factory=list)
    separators: frozenset[str] = frozenset()  # "," "quad" "link" "condition"
    related: bool = False  # whether it holds a relation


def strip_end(tokens: list[Token]) -> list[Token]:
    """Without punctuation, equation tags, notes, a dangling sign or one stray bracket at the end."""
    tokens = list(tokens)
    stray = True
    while tokens:
        last = tokens[-1]
        size = _tag_size(tokens) if last.kind in ("text", "close") else 0
        if last.kind in IDLE or (last.kind == "sign" and len(tokens) > 1 and tokens[-2].kind not in ("^", "_")):
            tokens.pop()
        elif size:
            del tokens[-size:]
        elif last.kind == "close" and stray and len(tokens) > 1 and len(tokens) - 1 not in matches(tokens).values():
            stray = False
            tokens.pop()
        else:
            break
    return tokens


def _tag_size(tokens: list[Token]) -> int:
    """How many tokens at the end are an equation tag: `\\quad (1)`, `\\text{--- (2)}`, `\\longrightarrow \\textcircled{A}`."""
    last = tokens[-1]
    if last.kind == "text" and _TAG_TEXT.fullmatch(last.text) and len(tokens) > 1:
        return 2 if tokens[-2].kind == "relation" and tokens[-2].text == "\\to" else 1
    if last.kind == "text" and len(tokens) > 1 and tokens[-2].kind == "relation" and tokens[-2].text == "\\to":
        return 2
    if last.kind != "close":
        return 0
    opening = {closing: start for start, closing in matches(tokens).items()}.get(len(tokens) - 1)
    if not opening or tokens[opening].text != "(" or tokens[opening - 1].kind != "quad":
        return 0
    content = tokens[opening + 1 : -1]
    tag = 0 < len(content) <= 3 and all(token.kind in ("number", "name", "text", ".") for token in content)
    return len(tokens) - opening if tag else 0


def _pieces(tokens: list[Token]) -> list[Piece]:
    """Cut at commas, quads, linking words and conditions outside brackets."""
    if not any(_separator(token) for token in tokens):
        return _with_range_in_brackets([Piece(tokens)])
    pieces = [Piece()]
    outside = set(top_level(tokens))
    bounds = _bound_indices(tokens)
    for index, token in enumerate(tokens):
        mark = "" if index not in outside or index in bounds else _separator(token)
        if token.kind == ":" and index in outside and len(pieces) == 1 and "condition" in pieces[-1].separators:
            mark = "link"  # `\\forall t: a = b`
        if not mark or (mark == "condition" and "condition" in pieces[-1].separators):
            pieces[-1].tokens.append(token)
            continue
        kept = [token] if mark == "condition" else []
        if pieces[-1].tokens:
            pieces.append(Piece(kept, frozenset({mark})))
        else:
            pieces[-1] = Piece(kept, pieces[-1].separators | {mark})
    return [piece for piece in (_with_range_in_brackets(pieces)) if piece.tokens]


def _without_notes(pieces: list[Piece]) -> list[Piece]:
    """Without prose behind the formula, from `\\quad \\text{chain rule …}` on; words that may restrict it are never dropped."""
    for index, piece in enumerate(pieces):
        first = next((token for token in piece.tokens if token.kind != "{"), piece.tokens[0])
        if index == 0 or first.kind != "text" or "condition" in piece.separators:
            continue
        prose = [token for later in pieces[index:] for token in later.tokens if token.kind == "text"]
        words = {word for token in prose for word in re.findall("[a-z]+", token.text.lower())}
        if not words & tables.RESTRICTING_WORDS and not any("condition" in later.separators for later in pieces[index:]):
            last = pieces[index - 1]
            last.tokens = strip_end(last.tokens)  # a sign may dangle in front of the note
            return [kept for kept in pieces[:index] if kept.tokens]
    return pieces


def _bound_indices(tokens: list[Token]) -> set[int]:
    return {index + 1 for index, token in enumerate(tokens) if token.kind in ("^", "_")}


def _separator(token: Token) -> str:
    if token.kind in (",", ";"):
        return ","
    if token.kind == "quad":
        return "quad"
    if token.kind == "command" and token.text == "\\forall":
        return "condition"
    if token.kind != "text":
        return ""
    words = re.findall(r"[a-z]+", token.text.lower())
    if words and words[0] in tables.CONDITION_WORDS | tables.OTHERWISE_WORDS:
        return "condition"
    if words and all(word in tables.LINKING_WORDS for word in words):
        return "link"
    return "link" if not words and token.text.strip(" .,;:~") == "" else ""


def _with_range_in_brackets(pieces: list[Piece]) -> list[Piece]:
    """`a = b (t = 1, \\dots, T)`: the bracket becomes a condition of its own."""
    done: list[Piece] = []
    for piece in pieces:
        opening = _range_bracket(piece.tokens, bool(done) and "quad" in piece.separators)
        if opening is None:
            done.append(piece)
            continue
        if opening:
            done.append(Piece(piece.tokens[:opening], piece.separators))
        done.append(Piece(piece.tokens[opening + 1 : -1], frozenset({"condition"})))
    return done


def _range_bracket(tokens: list[Token], alone: bool) -> int | None:
    """Where the bracket with a range at the end of a piece opens."""
    if not tokens or tokens[-1].kind != "close":
        return None
    opening = {closing: start for start, closing in matches(tokens).items()}.get(len(tokens) - 1)
    if opening is None or tokens[opening].text != "(" or (opening == 0 and not alone):
        return None
    content = tokens[opening + 1 : -1]
    outside = [content[index] for index in top_level(content)]
    if not any(token.kind == "relation" for token in outside):
        return None
    listed = any(token.kind == "dots" for token in outside)
    return opening if listed or opening == 0 else None


def groups(pieces: list[Piece]) -> list[Piece]:
    """Pieces joined where a comma only lists (`t = 2, \\dots, T`; `a, b = c`) or a quad only spaces (`= \\quad b`)."""
    groups: list[Piece] = []
    for piece in pieces:
        piece.related = _has_relation(piece)
        before = groups[-1] if groups else None
        if before is None or "condition" in piece.separators or "link" in piece.separators:
            groups.append(piece)
        elif "condition" in before.separators:
            if "quad" in piece.separators and piece.related:
                groups.append(piece)
            else:
                before.tokens += [_comma(piece), *piece.tokens]
        elif "," not in piece.separators and (piece.tokens[0].kind in OPERATORS or before.tokens[-1].kind in OPERATORS):
            before.tokens += piece.tokens
            before.related |= piece.related
        elif piece.related and before.related:
            groups.append(piece)
        elif "," in piece.separators:
            before.tokens += [_comma(piece), *piece.tokens]
            before.related |= piece.related
        elif piece.related or not before.related:
            groups.append(piece)
        else:
            raise ParseError(
                "it is unclear what stands behind \\quad; separate formulas with `,` and conditions with \\text{for}", piece.tokens[0].start
            )
    return groups


def _comma(piece: Piece) -> Token:
    start = piece.tokens[0].start
    return Token(",", ",", start, start)


def _has_relation(piece: Piece) -> bool:
    return any(piece.tokens[index].kind in ("relation", ":") for index in top_level(piece.tokens))
