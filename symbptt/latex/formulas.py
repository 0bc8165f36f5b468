"""Whole texts to formulas: rows, chains, several formulas side by side, and the conditions and tags behind them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from symbptt.latex import tables
from symbptt.latex.conditions import Prose, condition_tokens
from symbptt.latex.cursor import matches
from symbptt.latex.expressions import Expressions
from symbptt.latex.normalise import Words
from symbptt.latex.syntax import Comparison, Formula, Node, Number, Sequence, Symbol, Text
from symbptt.latex.tokens import ParseError, Token

_IDLE = frozenset({".", ",", ";", "quad", "&", "row"})
_OPERATORS = frozenset({"sign", "times", "relation"})
_JOINTS = _OPERATORS | {",", ";"}
_TAG_TEXT = re.compile(r"[^A-Za-z]*(\(.*\))?[^A-Za-z]*")
_RANGE_RELATIONS = frozenset({"<", "\\le", ">", "\\ge", "\\ne", "\\in", "\\notin"})
_RANGE_LETTERS = frozenset("ijklmnpqrtuTLK")


@dataclass
class _Piece:
    """Tokens between separators, and which separators stand in front."""

    tokens: list[Token] = field(default_factory=list)
    separators: frozenset[str] = frozenset()  # "," "quad" "link" "condition"
    related: bool = False  # whether it holds a relation


def read_formulas(tokens: list[Token], words: Words) -> tuple[Formula, ...]:
    """All formulas of a text."""
    found: list[Formula] = []
    for statement in _statements(tokens):
        found += _read_statement(statement, words)
    return tuple(found)


def read_condition(tokens: list[Token], words: Words) -> Node:
    """A range: comparisons, or what else stands there (`i, k`)."""
    read = condition_tokens(tokens, words)
    if read is None:
        return Text("otherwise")
    if isinstance(read, Prose):
        return Text(read.text, span=read.span)
    parser = Expressions(_with_commas(read), words)
    return parser.whole(_range_items)


def _range_items(parser: Expressions) -> Node:
    """`t = 2, \\dots, T` is one comparison with a sequence; `i = 1, j = 2` are two comparisons."""
    start = parser.peek()
    found: list[Node] = []
    for item in parser.items():
        previous = found[-1] if found else None
        if isinstance(previous, Comparison) and not isinstance(item, Comparison):
            sides, last = previous.sides[:-1], previous.sides[-1]
            members = last.items if isinstance(last, Sequence) else (last,)
            joined = Sequence((*members, item), span=(last.span[0], item.span[1]))
            found[-1] = Comparison((*sides, joined), previous.relations, span=(previous.span[0], item.span[1]))
        elif isinstance(item, Comparison) and found and not any(isinstance(node, Comparison) for node in found):
            first, rest = item.sides[0], item.sides[1:]
            joined = Sequence((*found, first), span=(found[0].span[0], first.span[1]))
            found = [Comparison((joined, *rest), item.relations, span=(joined.span[0], item.span[1]))]
        else:
            found.append(item)
    return found[0] if len(found) == 1 else Sequence(tuple(found), span=parser.span(start))


def _with_commas(tokens: list[Token]) -> list[Token]:
    """`1..T` (no commas) is 1, …, T."""
    done: list[Token] = []
    outside = set(_top_level(tokens))
    for index, token in enumerate(tokens):
        comma = Token(",", ",", token.start, token.start)
        before = done[-1] if done else None
        if index in outside and before is not None and "dots" in (token.kind, before.kind):
            listed = token.kind not in _JOINTS and before.kind not in _JOINTS
            done += [comma] if listed else []
        done.append(token)
    return done


# --- rows


def _statements(tokens: list[Token]) -> list[list[Token]]:
    """The rows, joined where one continues another, and split at implications."""
    statements: list[list[Token]] = []
    unclosed = 0
    for row in _split_rows(tokens):
        led = row[0].kind == "&"
        if any(token.kind == "&" for token in row):
            inside = _inside(row)
            row = [token for index, token in enumerate(row) if token.kind != "&" or index in inside]
        start = next((index for index, token in enumerate(row) if token.kind != "quad"), len(row))
        row = row[start:]
        if not row:
            continue
        if statements and _continues(row, statements[-1], led, unclosed > 0):
            _trim(statements[-1])
            statements[-1] += row
        else:
            statements.append(row)
            unclosed = 0
        unclosed += sum({"open": 1, "close": -1}.get(token.kind, 0) for token in row)
    return [part for statement in statements for part in _split_implications(statement)]


def _inside(tokens: list[Token]) -> set[int]:
    """The indices inside brackets, groups and environments."""
    found: set[int] = set()
    reach = -1
    pairs = matches(tokens)
    for index in range(len(tokens)):
        if index < reach:
            found.add(index)
        elif index in pairs:
            reach = pairs[index]
    return found


def _top_level(tokens: list[Token]) -> list[int]:
    inside = _inside(tokens)
    return [index for index in range(len(tokens)) if index not in inside]


def _split_rows(tokens: list[Token]) -> list[list[Token]]:
    if not any(token.kind == "row" for token in tokens):
        return [tokens] if tokens else []
    rows: list[list[Token]] = [[]]
    outside = set(_top_level(tokens))
    for index, token in enumerate(tokens):
        if token.kind == "row" and index in outside:
            rows.append([])
        else:
            rows[-1].append(token)
    return [row for row in rows if row]


def _continues(row: list[Token], before: list[Token], led: bool, unclosed: bool) -> bool:
    """Whether a row goes on with the statement before it."""
    last = next((token for token in reversed(before) if token.kind not in _IDLE), None)
    if unclosed or (last is not None and last.kind in _OPERATORS):
        return True
    first = row[0].kind
    if first in ("relation", "times", "close"):
        return True
    if first != "sign":
        return False
    return led or row[0].text == "+" or not any(row[index].kind == "relation" for index in _top_level(row))


def _trim(tokens: list[Token]) -> None:
    """Drop spacing and punctuation at the end of a row that goes on."""
    while tokens and tokens[-1].kind in _IDLE:
        tokens.pop()


def _split_implications(tokens: list[Token]) -> list[list[Token]]:
    if not any(token.kind == "implies" for token in tokens):
        return [tokens]
    parts: list[list[Token]] = [[]]
    outside = set(_top_level(tokens))
    for index, token in enumerate(tokens):
        if token.kind == "implies" and index in outside:
            parts.append([])
        else:
            parts[-1].append(token)
    return [part for part in parts if part]


# --- one statement


def _read_statement(tokens: list[Token], words: Words) -> list[Formula]:
    tokens = _strip_end(tokens)
    while tokens and tokens[0].kind in _IDLE:
        tokens = tokens[1:]
    if not tokens:
        return []
    found: list[Formula] = []
    conditions: list[Node] = []
    for group in _groups(_without_notes(_pieces(tokens))):
        if "condition" in group.separators or (found and _is_range(group, words)):
            conditions.append(read_condition(group.tokens, words))
        else:
            found.append(_chain(group.tokens, words))
    if not conditions:
        return found
    if not found:
        raise ParseError("a condition without a formula", tokens[0].start)
    condition = conditions[0] if len(conditions) == 1 else Sequence(tuple(_flat(conditions)))
    last = found[-1]
    found[-1] = Formula(last.sides, last.relations, last.membership, condition, span=(last.span[0], tokens[-1].end))
    return found


def _flat(nodes: list[Node]) -> list[Node]:
    return [item for node in nodes for item in (node.items if isinstance(node, Sequence) else (node,))]


def _strip_end(tokens: list[Token]) -> list[Token]:
    """Without punctuation, equation tags, notes, a dangling sign or one stray bracket at the end."""
    tokens = list(tokens)
    stray = True
    while tokens:
        last = tokens[-1]
        size = _tag_size(tokens) if last.kind in ("text", "close") else 0
        if last.kind in _IDLE or (last.kind == "sign" and len(tokens) > 1 and tokens[-2].kind not in ("^", "_")):
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


def _pieces(tokens: list[Token]) -> list[_Piece]:
    """Cut at commas, quads, linking words and conditions outside brackets."""
    if not any(_separator(token) for token in tokens):
        return _with_range_in_brackets([_Piece(tokens)])
    pieces = [_Piece()]
    outside = set(_top_level(tokens))
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
            pieces.append(_Piece(kept, frozenset({mark})))
        else:
            pieces[-1] = _Piece(kept, pieces[-1].separators | {mark})
    return [piece for piece in (_with_range_in_brackets(pieces)) if piece.tokens]


def _without_notes(pieces: list[_Piece]) -> list[_Piece]:
    """Without prose behind the formula, from `\\quad \\text{chain rule …}` on; words that may restrict it are never dropped."""
    for index, piece in enumerate(pieces):
        first = next((token for token in piece.tokens if token.kind != "{"), piece.tokens[0])
        if index == 0 or first.kind != "text" or "condition" in piece.separators:
            continue
        prose = [token for later in pieces[index:] for token in later.tokens if token.kind == "text"]
        words = {word for token in prose for word in re.findall("[a-z]+", token.text.lower())}
        if not words & tables.RESTRICTING_WORDS and not any("condition" in later.separators for later in pieces[index:]):
            last = pieces[index - 1]
            last.tokens = _strip_end(last.tokens)  # a sign may dangle in front of the note
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


def _with_range_in_brackets(pieces: list[_Piece]) -> list[_Piece]:
    """`a = b (t = 1, \\dots, T)`: the bracket becomes a condition of its own."""
    done: list[_Piece] = []
    for piece in pieces:
        opening = _range_bracket(piece.tokens, bool(done) and "quad" in piece.separators)
        if opening is None:
            done.append(piece)
            continue
        if opening:
            done.append(_Piece(piece.tokens[:opening], piece.separators))
        done.append(_Piece(piece.tokens[opening + 1 : -1], frozenset({"condition"})))
    return done


def _range_bracket(tokens: list[Token], alone: bool) -> int | None:
    """Where the bracket with a range at the end of a piece opens."""
    if not tokens or tokens[-1].kind != "close":
        return None
    opening = {closing: start for start, closing in matches(tokens).items()}.get(len(tokens) - 1)
    if opening is None or tokens[opening].text != "(" or (opening == 0 and not alone):
        return None
    content = tokens[opening + 1 : -1]
    outside = [content[index] for index in _top_level(content)]
    if not any(token.kind == "relation" for token in outside):
        return None
    listed = any(token.kind == "dots" for token in outside)
    return opening if listed or opening == 0 else None


def _groups(pieces: list[_Piece]) -> list[_Piece]:
    """Pieces joined where a comma only lists (`t = 2, \\dots, T`; `a, b = c`) or a quad only spaces (`= \\quad b`)."""
    groups: list[_Piece] = []
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
        elif "," not in piece.separators and (piece.tokens[0].kind in _OPERATORS or before.tokens[-1].kind in _OPERATORS):
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


def _comma(piece: _Piece) -> Token:
    start = piece.tokens[0].start
    return Token(",", ",", start, start)


def _has_relation(piece: _Piece) -> bool:
    return any(piece.tokens[index].kind in ("relation", ":") for index in _top_level(piece.tokens))


def _is_range(group: _Piece, words: Words) -> bool:
    """Whether a piece behind a formula states a range of indices (`t \\ge 1`, `i = K`) rather than a formula of its own."""
    outside = [group.tokens[index] for index in _top_level(group.tokens)]
    relations = [token.text for token in outside if token.kind == "relation"]
    if not relations or any(text not in _RANGE_RELATIONS and text != "=" for text in relations):
        return False
    if any(token.kind == ":" for token in outside):
        return False
    first = next(index for index, token in enumerate(group.tokens) if token.kind == "relation")
    left = [token for token in group.tokens[:first] if token.kind != ","]
    if "=" not in relations:
        return all(token.kind == "number" or (token.kind == "name" and token.text in _RANGE_LETTERS) for token in left)
    if len(left) != 1 or left[0].text not in _RANGE_LETTERS or len(relations) > 1:
        return False
    right = group.tokens[first + 1 :]
    if any(token.kind == "dots" for token in right):
        return True
    node = Expressions(right, words).whole(Expressions.sequence)
    return isinstance(node, Number | Symbol)


# --- one chain


def _chain(tokens: list[Token], words: Words) -> Formula:
    """`a = b = c`, perhaps with a trailing `\\in \\mathbb{R}^n`."""
    parser = Expressions(tokens, words)
    start = parser.peek()
    sides: list[Node] = [_side(parser)] if start.kind != "relation" else [Text("", span=(start.start, start.start))]
    relations: list[str] = []
    membership: Node | None = None
    while parser.at < parser.stop:
        token = parser.take()
        if token.kind == "relation" and token.text != "\\in":
            relations.append(token.text)
            sides.append(_side(parser))
        elif token.kind == ":" or token.text == "\\in":
            membership = _side(parser)
            break
        else:
            raise parser.fail("an operator, a relation or the end of the formula was expected", token)
    if parser.at < parser.stop:
        raise parser.fail("the end of the formula was expected")
    return Formula(tuple(sides), tuple(relations), membership, span=parser.span(start))


def _side(parser: Expressions) -> Node:
    start = parser.peek()
    if start.kind == "text":
        following = parser.peek(1).kind
        if following in ("relation", "end of text"):
            parser.at += 1
            return Text(start.text.strip(), span=(start.start, start.end))
    found = [parser.expression()]
    while parser.peek().kind == "," and parser.at + 1 < parser.stop:
        parser.at += 1
        found.append(parser.expression())
    return found[0] if len(found) == 1 else Sequence(tuple(found), span=parser.span(start))
