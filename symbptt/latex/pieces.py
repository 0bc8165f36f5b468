"""The pieces of a statement: several formulas side by side, the conditions and remarks behind them, and equation tags."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from symbptt.latex import tables
from symbptt.latex.rows import IDLE, OPERATORS, top_level
from symbptt.latex.tokens import ParseError, Token

_TAG_KINDS = frozenset({"number", "name", "text", "."})
_CUTS = frozenset({",", ";", "quad", "text"})
_RELATING = frozenset({"relation", ":"})
_TAG_TEXT = re.compile(r"[^A-Za-z]*(\(.*\))?[^A-Za-z]*")


@dataclass
class Piece:
    """Tokens between separators, and which separators stand in front."""

    tokens: list[Token] = field(default_factory=list)
    separators: frozenset[str] = frozenset()  # "," "quad" "link" "condition" "remark"
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
        elif last.kind == "close" and stray and len(tokens) > 1 and _opening(tokens) is None:
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
    for size in range(3, min(6, len(tokens))):
        opening = tokens[-size]
        if opening.kind == "open":
            return size if opening.text == "(" and tokens[-size - 1].kind == "quad" else 0
        if tokens[1 - size].kind not in _TAG_KINDS or opening.kind not in _TAG_KINDS:
            return 0
    return 0


def _opening(tokens: list[Token]) -> int | None:
    """Where the bracket at the end opens."""
    depth = 0
    for index in range(len(tokens) - 1, -1, -1):
        kind = tokens[index].kind
        depth += (kind == "close") - (kind == "open")
        if depth == 0:
            return index
    return None


def pieces_of(tokens: list[Token]) -> list[Piece]:
    """The formulas and conditions of a statement, remarks left out."""
    return _groups(_without_remarks(_pieces(tokens)))


def _pieces(tokens: list[Token]) -> list[Piece]:
    """Cut at commas, quads, linking words, remarks and conditions outside brackets."""
    kinds = {token.kind for token in tokens}
    if kinds.isdisjoint(_CUTS) and not ("command" in kinds and any(token.text == "\\forall" for token in tokens)):
        return _with_range_in_brackets([Piece(tokens)])
    pieces = [Piece()]
    outside = set(top_level(tokens))
    bounds = _bound_indices(tokens)
    for index, token in enumerate(tokens):
        mark = "" if index not in outside or index in bounds else _separator(token)
        if not mark and token.kind == "text" and index in outside:
            mark = _phrase(token, pieces, tokens[index + 1 : index + 2])
        if token.kind == ":" and index in outside and _is_condition(pieces):
            mark = "link"  # `\\forall t: a = b`
        if not mark or (mark == "condition" and "condition" in pieces[-1].separators):
            pieces[-1].tokens.append(token)
            continue
        kept = [token] if mark in ("condition", "remark") else []
        if pieces[-1].tokens:
            pieces.append(Piece(kept, frozenset({mark})))
        else:
            pieces[-1] = Piece(kept, pieces[-1].separators | {mark})
    return [piece for piece in (_with_range_in_brackets(pieces)) if piece.tokens]


def _is_condition(pieces: list[Piece]) -> bool:
    """Whether nothing but a condition was met so far, with the commas of its list."""
    return "condition" in pieces[0].separators and all(piece.separators <= {","} for piece in pieces[1:])


def _phrase(token: Token, pieces: list[Piece], following: list[Token]) -> str:
    """The mark of a phrase: in front of a formula (`\\text{We have } a = b`) a link, behind one (`\\text{ (chain rule)}`) a remark."""
    words = re.findall(r"[a-z]+", token.text.lower())
    if not tables.RESTRICTING_WORDS.isdisjoint(words):
        return ""
    if pieces[-1].tokens:
        return "remark" if len(words) > 1 and (words[0] in tables.REMARK_WORDS or token.text.lstrip()[0] in "([") else ""
    leads = len(pieces) == 1 and bool(following) and following[0].kind not in OPERATORS
    return "link" if leads and (len(words) > 1 or token.text.rstrip()[-1] in ":.,") else ""


def _without_remarks(pieces: list[Piece]) -> list[Piece]:
    """Without prose behind the formula, from `\\quad \\text{chain rule …}` on; words that may restrict it are never dropped."""
    kept: list[Piece] = []
    for index, piece in enumerate(pieces):
        first = next((token for token in piece.tokens if token.kind != "{"), piece.tokens[0])
        if not kept and _is_label(piece, pieces[index + 1 :]):
            continue
        if not kept or first.kind != "text" or "condition" in piece.separators:
            kept.append(piece)
            continue
        rest = piece.tokens[next((at for at, token in enumerate(piece.tokens) if token.kind != "text"), len(piece.tokens)) :]
        goes_on = bool(rest) and rest[0].kind in OPERATORS
        ends = not rest and any(_has_relation(later) or "condition" in later.separators for later in pieces[index + 1 :])
        concerned = [piece] if goes_on or ends else pieces[index:]
        if any(map(_restricts, concerned)) or (not ends and any("condition" in later.separators for later in concerned)):
            return kept + pieces[index:]
        if goes_on:
            kept.append(Piece(rest, frozenset({"remark"})))
        else:
            kept[-1].tokens = strip_end(kept[-1].tokens)  # a sign may dangle in front of the remark
            if not ends:
                break
    return [piece for piece in kept if piece.tokens]


def _is_label(piece: Piece, later: list[Piece]) -> bool:
    """Whether words in front of a formula only name it."""
    worded = all(token.kind == "text" for token in piece.tokens)
    return worded and "condition" not in piece.separators and not _restricts(piece) and any(map(_has_relation, later))


def _restricts(piece: Piece) -> bool:
    said = " ".join(token.text.lower() for token in piece.tokens if token.kind == "text")
    return not tables.RESTRICTING_WORDS.isdisjoint(re.findall("[a-z]+", said))


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
    """`a = b (t = 1, \\dots, T)`: the bracket becomes a condition of its own, and that of `a = b (\\because c = d)` a formula."""
    done: list[Piece] = []
    for piece in pieces:
        reason = _reason(piece.tokens)
        if reason is not None:
            start, content = reason
            done += [Piece(piece.tokens[:start], piece.separators)] if start else []
            parts = _pieces(content)
            done += [Piece(parts[0].tokens, frozenset({"link"})), *parts[1:]] if parts else []
            continue
        opening = _range_bracket(piece.tokens, bool(done) and "quad" in piece.separators)
        if opening is None:
            done.append(piece)
            continue
        if opening:
            done.append(Piece(piece.tokens[:opening], piece.separators))
        done.append(Piece(piece.tokens[opening + 1 : -1], frozenset({"condition"})))
    return done


def _reason(tokens: list[Token]) -> tuple[int, list[Token]] | None:
    """Where the bracket with a reason (`\\because c = d`) at the end of a piece opens, and the reason."""
    opening = _opening(tokens) if tokens and tokens[-1].kind == "close" else None
    if opening is None or len(tokens) - opening < 3:
        return None
    return (opening, strip_end(tokens[opening + 2 : -1])) if tokens[opening + 1].kind == "implies" else None


def _range_bracket(tokens: list[Token], alone: bool) -> int | None:
    """Where the bracket with a range at the end of a piece opens."""
    if not tokens or tokens[-1].kind != "close":
        return None
    opening = _opening(tokens)
    if opening is None or tokens[opening].text != "(" or (opening == 0 and not alone):
        return None
    content = tokens[opening + 1 : -1]
    if not any(token.kind == "relation" for token in content):
        return None
    outside = [content[index] for index in top_level(content)]
    if not any(token.kind == "relation" for token in outside):
        return None
    listed = any(token.kind == "dots" for token in outside)
    return opening if listed or opening == 0 else None


def _groups(pieces: list[Piece]) -> list[Piece]:
    """Pieces joined where a comma only lists (`t = 2, \\dots, T`; `a, b = c`) or a quad only spaces (`= \\quad b`)."""
    if len(pieces) == 1:
        return pieces
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
    if not any(token.kind in _RELATING for token in piece.tokens):
        return False
    return any(piece.tokens[index].kind in _RELATING for index in top_level(piece.tokens))
