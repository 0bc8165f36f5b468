"""Whole texts to formulas: rows, chains, several formulas side by side, and the conditions and tags behind them."""

from __future__ import annotations

import re

from symbptt.latex import tables
from symbptt.latex.columns import RANGE_LETTERS
from symbptt.latex.conditions import Prose, condition_tokens
from symbptt.latex.expressions import Expressions
from symbptt.latex.pieces import Piece, pieces_of, strip_end
from symbptt.latex.rows import IDLE, statements, top_level, with_commas
from symbptt.latex.syntax import Cases, Comparison, Formula, Node, Number, Sequence, Symbol, Text
from symbptt.latex.tokens import ParseError, Token
from symbptt.latex.words import Words

_RANGE_RELATIONS = frozenset({"<", "\\le", ">", "\\ge", "\\ne", "\\in", "\\notin"})
_SEPARATORS = (",", ";", "quad", ".")
_IF = (["if"], ["when"], ["whenever"])


def read_formulas(tokens: list[Token], words: Words) -> tuple[Formula, ...]:
    """All formulas of a text."""
    found: list[Formula] = []
    for statement in statements(tokens):
        found += _read_statement(statement, words)
    return tuple(found)


def read_condition(tokens: list[Token], words: Words) -> Node:
    """A range: comparisons, or what else stands there (`i, k`)."""
    read = condition_tokens(tokens, words)
    if read is None:
        return Text("otherwise")
    if isinstance(read, Prose):
        return Text(read.text, span=read.span)
    parser = Expressions(with_commas(read), words)
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


# --- one statement


def _read_statement(tokens: list[Token], words: Words) -> list[Formula]:
    tokens = strip_end(tokens)
    while tokens and tokens[0].kind in IDLE:
        tokens = tokens[1:]
    if not tokens:
        return []
    if (by_cases := _by_cases(tokens, words)) is not None:
        return [by_cases]
    found: list[Formula] = []
    conditions: list[tuple[int, Node, int]] = []  # the number of formulas before each, and where it ends
    for group in pieces_of(tokens):
        if "condition" in group.separators or (found and _is_range(group, words)):
            conditions.append((len(found), read_condition(group.tokens, words), group.tokens[-1].end if group.tokens else tokens[-1].end))
        else:
            found.append(_chain(group.tokens, words))
    if not conditions:
        return found
    if not found:
        raise ParseError("a condition without a formula", tokens[0].start)
    for number in range(1, len(found) + 1):  # each holds for the formula before it; what opens the statement, for the last one
        own = [(node, end) for at, node, end in conditions if (at or len(found)) == number]
        if own:
            condition = own[0][0] if len(own) == 1 else Sequence(tuple(_flat([node for node, _ in own])))
            formula = found[number - 1]
            end = max(token.end for token in tokens) if number == len(found) else own[-1][1]
            found[number - 1] = Formula(formula.sides, formula.relations, formula.membership, condition, span=(formula.span[0], end))
    return found


def _by_cases(tokens: list[Token], words: Words) -> Formula | None:
    """`a = b \\text{ if } z > 0 \\text{ else } c` and `a = b \\text{ if } z > 0, c \\text{ otherwise}`: two cases of one side."""
    outside = top_level(tokens)
    said = {at: re.findall("[a-z]+", tokens[at].text.lower()) for at in outside if tokens[at].kind == "text"}
    begins = next((at for at, word in said.items() if word in _IF), None)
    other = next((at for at, word in said.items() if len(word) == 1 and word[0] in tables.OTHERWISE_WORDS), None)
    if begins is None or other is None or other < begins:
        return None
    if other < len(tokens) - 1:
        ends, second = other, tokens[other + 1 :]
    else:
        parts = [at for at in outside if begins < at < other and (tokens[at].kind in _SEPARATORS or said.get(at) == ["and"])]
        parts = [at for at in parts if _within(tokens[at + 1 : other])]
        if not parts:
            return None
        ends, second = parts[-1], tokens[parts[-1] + 1 : other]
    first, condition, second = (_within(part) for part in (tokens[:begins], tokens[begins + 1 : ends], second))
    related = any(token.kind in ("relation", "text") for token in second)
    if not first or not condition or not second or related or any(token.kind in ("text", ",", ";") for token in (*first, *condition)):
        return None
    formula, value = _chain(first, words), _chain(second, words)
    if not formula.relations or formula.membership is not None or value.membership is not None:
        return None
    span = (formula.sides[-1].span[0], tokens[-1].end)
    cases = Cases(((formula.sides[-1], read_condition(condition, words)), (value.sides[0], None)), span=span)
    return Formula((*formula.sides[:-1], cases), formula.relations, span=(formula.span[0], span[1]))


def _within(tokens: list[Token]) -> list[Token]:
    """The tokens without what only separates at either end."""
    kept = [at for at, token in enumerate(tokens) if token.kind not in _SEPARATORS]
    return tokens[kept[0] : kept[-1] + 1] if kept else []


def _flat(nodes: list[Node]) -> list[Node]:
    return [item for node in nodes for item in (node.items if isinstance(node, Sequence) else (node,))]


def _is_range(group: Piece, words: Words) -> bool:
    """Whether a piece behind a formula states a range of indices (`t \\ge 1`, `i = K`) rather than a formula of its own."""
    outside = [group.tokens[index] for index in top_level(group.tokens)]
    relations = [token.text for token in outside if token.kind == "relation"]
    if not relations or any(text not in _RANGE_RELATIONS and text != "=" for text in relations):
        return False
    if any(token.kind == ":" for token in outside):
        return False
    first = next(index for index, token in enumerate(group.tokens) if token.kind == "relation")
    left = [token for token in group.tokens[:first] if token.kind != ","]
    if "=" not in relations:
        return all(token.kind == "number" or (token.kind == "name" and token.text in RANGE_LETTERS) for token in left)
    if len(left) != 1 or left[0].text not in RANGE_LETTERS or len(relations) > 1:
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
