"""Macros put in place of their calls: private ones, those that are known everywhere, and derivatives in the style of `physics`.

`\\pdv{f}{x}` ⇒ `\\frac{\\partial f}{\\partial x}`
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

from symbptt.latex import tables
from symbptt.latex.tokens import ParseError, Token, lex

MAX_EXPANSIONS = 5_000
MAX_TOKENS = 100_000
_PLACE = re.compile(r"#(\d)")
_WORDED = frozenset({"text", "word"})


def expanded(tokens: list[Token], meanings: Mapping[str, str]) -> list[Token]:
    """The tokens with every macro replaced by its meaning, whose tokens take the place of the call."""
    names = {token.text for token in tokens if token.kind == "macro"}
    if names.isdisjoint(meanings) and names.isdisjoint(tables.DERIVATIVES):
        return tokens
    todo = tokens[::-1]
    done: list[Token] = []
    expansions = pushed = 0
    while todo:
        token = todo.pop()
        if token.kind != "macro" or not (token.text in meanings or token.text in tables.DERIVATIVES):
            done.append(token)
            continue
        replaced = _replacement(token, todo, meanings)
        expansions += 1
        pushed += len(replaced)
        if expansions > MAX_EXPANSIONS or pushed > MAX_TOKENS or [piece.text for piece in replaced] == [token.text]:
            raise ParseError(f"the macro {token.text} expands without end or too far; check its definition", token.start)
        todo += replaced[::-1]
    return done


def _replacement(call: Token, todo: list[Token], meanings: Mapping[str, str]) -> list[Token]:
    """What a call stands for; its arguments are taken from the reversed tokens."""
    meaning = meanings.get(call.text)
    if meaning is None:
        return _derivative(call, todo)
    try:
        body, count = _body(meaning)
    except ParseError as error:
        raise ParseError(f"the meaning of the macro {call.text} cannot be read: {error.message}", call.start) from None
    arguments = [_take_argument(todo, call) for _ in range(count)]
    replaced: list[Token] = []
    for piece in body:
        if piece.kind == "argument":
            replaced += arguments[int(piece.text[1]) - 1] if piece.text != "#0" else []
        elif piece.kind in _WORDED and "#" in piece.text:
            replaced += _worded(piece, arguments, call)
        else:
            replaced.append(piece._replace(start=call.start, end=call.end))
    return replaced


@lru_cache(maxsize=4096)
def _body(meaning: str) -> tuple[list[Token], int]:
    """The tokens of a meaning and the number of its arguments."""
    tokens = lex(meaning)
    places = [place for token in tokens if token.kind == "argument" or token.kind in _WORDED for place in _PLACE.findall(token.text)]
    return tokens, max(map(int, places), default=0)


def _worded(piece: Token, arguments: list[list[Token]], call: Token) -> list[Token]:
    """Words made of arguments: `\\mathrm{#1}`; an argument that is no word stays as it is."""
    place = _PLACE.fullmatch(piece.text)
    whole = arguments[int(place.group(1)) - 1] if place and place.group(1) != "0" else None
    if whole is not None and any(token.kind not in ("letter", "number") for token in whole) and piece.kind == "word":
        return [Token("{", "{", call.start, call.end), *whole, Token("}", "}", call.start, call.end)]
    said = _PLACE.sub(lambda found: _spelled(arguments[int(found.group(1)) - 1]) if found.group(1) != "0" else "", piece.text)
    return [piece._replace(text=said, start=call.start, end=call.end)]


def _spelled(tokens: list[Token]) -> str:
    return "".join(token.text if token.glued or not index else " " + token.text for index, token in enumerate(tokens))


def _take_argument(todo: list[Token], call: Token) -> list[Token]:
    """Pop one argument (a group or a token) from the reversed tokens."""
    if not todo:
        raise ParseError(f"{call.text} lacks an argument; write it in braces", call.start)
    if todo[-1].kind != "{":
        return [todo.pop()]
    taken: list[Token] = []
    depth = 0
    while todo:
        token = todo.pop()
        depth += {"{": 1, "}": -1}.get(token.kind, 0)
        taken.append(token)
        if depth == 0:
            return taken[1:-1]
    raise ParseError(f"the argument of {call.text} is never closed; add the missing `}}`", call.start)


def _derivative(call: Token, todo: list[Token]) -> list[Token]:
    """`\\pdv{f}{x}`, `\\pdv[2]{f}{x}`, `\\pdv{f}{x}{y}`, and `\\pdv{x}` as an operator."""
    if todo and todo[-1].text == "*":
        todo.pop()
    order = _order(call, todo)
    groups: list[list[Token]] = []
    while todo and todo[-1].kind == "{" and len(groups) < 3:
        groups.append(_take_argument(todo, call))
    if not groups or (len(groups) == 3 and order):
        raise ParseError(f"{call.text} needs its arguments in braces; write \\frac{{\\partial L}}{{\\partial W}}", call.start)
    above, below = (groups[0], groups[1:]) if len(groups) > 1 else ([], groups)
    power = order or (Token("number", "2", call.start, call.end) if len(below) == 2 else None)
    kind = "macro" if tables.DERIVATIVES[call.text].startswith("\\") else "letter"
    mark = Token(kind, tables.DERIVATIVES[call.text], call.start, call.end)
    opening, closing = Token("{", "{", call.start, call.end), Token("}", "}", call.start, call.end)
    raised = [Token("^", "^", call.start, call.end), opening, power, closing] if power else []
    done = [Token("macro", "\\frac", call.start, call.end), opening, mark, *raised, *_apart(above), closing, opening]
    for wrt in below:
        done += [mark, *_apart(wrt), *(raised if order else [])]
    return [*done, closing]


def _order(call: Token, todo: list[Token]) -> Token | None:
    """The number in `\\pdv[2]`, if there is one."""
    if not todo or todo[-1].text != "[":
        return None
    option = todo[-3:][::-1]
    if [token.kind for token in option] != ["[", "number", "]"]:
        raise ParseError(f"the order of {call.text} must be a number; write the derivative as a fraction", call.start)
    del todo[-3:]
    return option[1]


def _apart(tokens: list[Token]) -> list[Token]:
    """The tokens, not glued to what stands before them."""
    return [tokens[0]._replace(glued=False), *tokens[1:]] if tokens else []
