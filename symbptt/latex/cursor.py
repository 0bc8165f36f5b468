"""A place in the tokens of one formula, and what every part of the parser needs there."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Self, TypeVar

from symbptt.latex import tables
from symbptt.latex.normalise import MAX_DEPTH
from symbptt.latex.syntax import Node, Script, Sequence, Span
from symbptt.latex.tokens import ParseError, Token
from symbptt.latex.words import Words

Result = TypeVar("Result")
Range = tuple[int, int]
PAIRS = {"{": "}", "open": "close", "begin": "end"}
ATOM_KINDS = frozenset({"name", "number", "open", "dots", "{", "begin", "command"})


def matches(tokens: list[Token]) -> dict[int, int]:
    """Opening to closing index, for braces, brackets and environments; what has no partner is left out."""
    found: dict[int, int] = {}
    stack: list[int] = []
    for index, token in enumerate(tokens):
        if token.kind in PAIRS:
            stack.append(index)
        elif token.kind in ("}", "end"):
            while stack and PAIRS[tokens[stack[-1]].kind] != token.kind:
                stack.pop()
            if stack:
                found[stack.pop()] = index
        elif token.kind == "close" and stack and tokens[stack[-1]].kind == "open":
            found[stack.pop()] = index
    return found


def spliced(tokens: list[Token]) -> tuple[list[Token], dict[int, int]]:
    """Without the braces that do not show: all but those of arguments, scripts, `\\over`, and those that carry scripts; and the matches."""
    kinds = {token.kind for token in tokens}
    if "command" in kinds:
        tokens = _split_fraction_digits(tokens)
    match = matches(tokens)
    if "{" not in kinds:
        return tokens, match
    # Most braces hold a script, which is an argument.
    doubtful = [(opening, closing) for opening, closing in match.items() if tokens[opening].kind == "{" and not _marked(tokens, opening)]
    keep = _arguments(tokens, match) if doubtful else set()
    dropped: set[int] = set()
    for opening, closing in doubtful:
        if opening in keep:
            continue
        before = tokens[opening - 1] if opening else None
        after = tokens[closing + 1].kind if closing + 1 < len(tokens) else ""
        bracketed = tokens[opening + 1].kind == "open" and match.get(opening + 1) == closing - 1 and tokens[opening + 1].text != "."
        if after in ("^", "_", "'") and closing > opening + 1 and not bracketed:
            continue
        if before is not None and before.kind == "name" and before.text in tables.FUNCTIONS and tokens[opening + 1].kind != "open":
            continue
        dropped |= {opening, closing}
    if not dropped:
        return tokens, match
    left = [token for index, token in enumerate(tokens) if index not in dropped]
    return left, matches(left)


def _marked(tokens: list[Token], opening: int) -> bool:
    """Whether a sign of a script stands in front."""
    return opening > 0 and tokens[opening - 1].kind in ("^", "_")


def _split_fraction_digits(tokens: list[Token]) -> list[Token]:
    """`\\frac12` is one half."""
    done: list[Token] = []
    for token in tokens:
        fraction = bool(done) and done[-1].kind == "command" and done[-1].text == "\\frac"
        if fraction and token.kind == "number" and len(token.text) > 1 and "." not in token.text:
            done.append(token._replace(text=token.text[0], end=token.start + 1))
            done.append(token._replace(text=token.text[1:], start=token.start + 1))
        else:
            done.append(token)
    return done


def _arguments(tokens: list[Token], match: dict[int, int]) -> set[int]:
    """The opening braces that hold an argument."""
    found: set[int] = set()
    overs = [index for index, token in enumerate(tokens) if token.text == "\\over" and token.kind == "command"]
    if overs:
        stack: list[int] = []
        for index, token in enumerate(tokens):
            if token.kind == "{":
                stack.append(index)
            elif token.kind == "}" and stack:
                stack.pop()
            elif token.text == "\\over" and stack:
                found.add(stack[-1])
    for index, token in enumerate(tokens):
        if token.kind in ("^", "_"):
            found.add(index + 1)
        elif token.kind == "command" and token.text == "\\sqrt":
            after = index + 1
            if after < len(tokens) and tokens[after].text == "[" and after in match:
                after = match[after] + 1
            found.add(after)
        elif token.kind == "command" and token.text == "\\frac":
            found.add(index + 1)
            found.add(match.get(index + 1, index + 1) + 1 if tokens[index + 1 : index + 2] and tokens[index + 1].kind == "{" else index + 2)
    return found


class Cursor(ABC):
    """Tokens, the present place `at`, and `stop`, behind the last token of the range being read."""

    def __init__(self, tokens: list[Token], words: Words) -> None:
        self.tokens, self.match = spliced(tokens)
        self.words = words
        self.at = 0
        self.stop = len(self.tokens)
        self.depth = 0
        self.in_bars = False
        end = tokens[-1].end if tokens else 0
        self.end = Token("end of text", "", end, end)

    # What the parts of the parser need of one another.
    @abstractmethod
    def item(self) -> Node: ...

    @abstractmethod
    def expression(self) -> Node: ...

    @abstractmethod
    def term(self) -> Node: ...

    @abstractmethod
    def factor(self) -> Node: ...

    @abstractmethod
    def symbol(self, callable_: bool = True) -> Node: ...

    @abstractmethod
    def scripts(self) -> tuple[tuple[Script, ...], int]: ...

    @abstractmethod
    def items(self) -> tuple[Node, ...]: ...

    def peek(self, ahead: int = 0) -> Token:
        index = self.at + ahead
        return self.tokens[index] if index < self.stop else self.end

    def take(self) -> Token:
        token = self.peek()
        self.at += 1
        return token

    def span(self, start: Token | Node) -> Span:
        first = start.span[0] if isinstance(start, Node) else start.start
        return first, (self.tokens[self.at - 1].end if self.at else first)

    def fail(self, expected: str, token: Token | None = None) -> ParseError:
        met = token or self.peek()
        if met.kind == "text":
            return ParseError(f"words inside a formula: {met.text.strip()[:40]!r}; put them outside or behind \\quad", met.start)
        what = f"`{met.text}`" if met.text else "the end"
        return ParseError(f"met {what} where {expected}", met.start)

    def starts_atom(self, token: Token) -> bool:
        if token.kind == "command":
            return token.text not in ("\\over", "\\forall")
        if token.kind == "bar":
            return not self.in_bars
        return token.kind in ATOM_KINDS

    def nested(self, stop: int, read: Callable[[], Result], whole: bool = True) -> Result:
        """`read` limited to the tokens before `stop`; with `whole` it must use them all."""
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise ParseError(f"nested too deeply (over {MAX_DEPTH} levels); split the formula", self.peek().start)
        outer_stop, outer_bars, outer_end = self.stop, self.in_bars, self.end
        if stop < len(self.tokens):
            self.end = self.tokens[stop]._replace(kind="end of group")
        self.stop, self.in_bars = stop, self.in_bars and not whole
        result = read()
        if whole and self.at < stop:
            raise self.fail("an operator or the end of the group was expected")
        self.stop, self.in_bars, self.end = outer_stop, outer_bars, outer_end
        self.depth -= 1
        return result

    def argument(self, of: str) -> Range:
        """The range of a group in braces or of a single token; the cursor stays in front."""
        if self.at >= self.stop:
            raise self.fail(f"an argument of {of} was expected; write it in braces")
        if self.tokens[self.at].kind == "{":
            return self.at + 1, self.match[self.at]
        return self.at, self.at + 1

    def read_range(self, bounds: Range, read: Callable[[], Result]) -> Result:
        """`read` over the range, the cursor left behind the brace that closes it, if it has one."""
        start, stop = bounds
        braced = start > 0 and self.match.get(start - 1) == stop
        self.at = start
        if start == stop:
            raise ParseError("an empty group; write what belongs there", self.tokens[start - 1].start)
        result = self.nested(stop, read)
        self.at = stop + 1 if braced else stop
        return result

    def sequence(self) -> Node:
        """One item or several separated by commas."""
        start = self.peek()
        items = self.items()
        return items[0] if len(items) == 1 else Sequence(items, span=self.span(start))

    def whole(self, read: Callable[[Self], Node]) -> Node:
        """`read` over all tokens."""
        if not self.tokens:
            raise ParseError("nothing to read: the formula is empty", self.end.start)
        node = read(self)
        if self.at < self.stop:
            raise self.fail("an operator, a relation or the end was expected")
        return node
