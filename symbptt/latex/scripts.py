"""Sub- and superscripts, with brackets and primes in them."""

from __future__ import annotations

from symbptt.latex.cursor import Cursor, Range
from symbptt.latex.syntax import Group, Node, Number, Product, Script, Scripted, Symbol, Text
from symbptt.latex.tokens import ParseError, Token

SCRIPT_KINDS = {"_": "sub", "^": "sup"}
ELEMENTWISE = "\\odot"


class Scripts(Cursor):
    """The part of the parser that reads scripts."""

    def scripts(self) -> tuple[tuple[Script, ...], int]:
        """All scripts and the number of primes from here."""
        found: list[Script] = []
        primes = 0
        while True:
            token = self.peek()
            if token.kind == "'":
                self.at += 1
                primes += 1
            elif token.kind in SCRIPT_KINDS:
                self.at += 1
                new, more = self._script(SCRIPT_KINDS[token.kind], token)
                found += new
                primes += more
            else:
                return tuple(found), primes

    def _script(self, kind: str, start: Token) -> tuple[list[Script], int]:
        first = self.peek()
        if self.at >= self.stop:
            raise self.fail(f"a script was expected behind `{start.text}`")
        if first.kind == "number" and len(first.text) > 1:
            raise ParseError(
                f"`{start.text}{first.text}` sets only its first digit as a script; write {start.text}{{{first.text}}}", first.start
            )
        if first.kind == "{":
            bounds = (self.at + 1, self.match[self.at])
            behind = bounds[1] + 1
        elif first.kind == "open" and self.at in self.match:
            behind = self.match[self.at] + 1
            bounds = (self.at, behind)
        elif first.kind in ("command", "begin"):
            body = self.nested(self.stop, self.factor, whole=False)
            return [Script(kind, body, span=self.span(start))], 0
        else:
            bounds = (self.at, self.at + 1)
            behind = self.at + 1
        scripts, primes = self._script_body(kind, bounds)
        self.at = behind
        return scripts, primes

    def _script_body(self, kind: str, bounds: Range) -> tuple[list[Script], int]:
        start, stop = bounds
        while stop - start > 1 and self.tokens[start].kind == "{" and self.match.get(start) == stop - 1:
            start, stop = start + 1, stop - 1
        if start == stop:
            return [], 0
        if stop - start == 1:
            return self._short_script(kind, start)
        tokens = self.tokens[start:stop]
        span = (tokens[0].start, tokens[-1].end)
        if all(token.kind == "'" for token in tokens):
            return [], len(tokens)
        if tokens[0].text == ELEMENTWISE and len(tokens) == 2 and tokens[1].text in ("2", "3", "4"):
            power = Product((Symbol(ELEMENTWISE), Number(tokens[1].text)), ("",), span=span)
            return [Script(kind, power, span=span)], 0
        brackets = self._bracket_run(start, stop)
        if brackets:
            scripts = []
            for opening, closing, bracket in brackets:
                body = self._read_between(opening + 1, closing)
                scripts.append(Script(kind, body, bracket, span=(self.tokens[opening].start, self.tokens[closing].end)))
            return scripts, 0
        return [Script(kind, self._read_between(start, stop), span=span)], 0

    def _short_script(self, kind: str, at: int) -> tuple[list[Script], int]:
        """A script of one token."""
        token = self.tokens[at]
        if token.kind == "'":
            return [], 1
        span = (token.start, token.end)
        if token.kind in ("name", "sign", "times"):
            return [Script(kind, Symbol(token.text, span=span), span=span)], 0
        if token.kind == "number":
            return [Script(kind, Number(token.text, span=span), span=span)], 0
        if token.kind == "text":
            return [Script(kind, Text(token.text.strip(), span=span), span=span)], 0
        return [Script(kind, self._read_between(at, at + 1), span=span)], 0

    def _bracket_run(self, start: int, stop: int) -> list[tuple[int, int, str]]:
        """The brackets that make up the whole script, as in `(i)\\langle t \\rangle`; none where anything else is there."""
        found: list[tuple[int, int, str]] = []
        while start < stop:
            token = self.tokens[start]
            closing = self.match.get(start) if token.kind == "open" and token.text in ("(", "[", "<", "\\{") else None
            if token.kind == "relation" and token.text == "<" and self.tokens[stop - 1].text == ">":
                closing = stop - 1
            if closing is None or closing == start + 1:
                return []
            found.append((start, closing, token.text))
            start = closing + 1
        return found

    def _read_between(self, start: int, stop: int) -> Node:
        self.at = start
        return self.nested(stop, self.sequence)


def times_elementwise(node: Symbol | Scripted) -> int:
    """The power in a script such as `^{\\odot 2}`, or 0 where there is none."""
    for script in node.scripts:
        body = script.body
        if isinstance(body, Product) and body.factors[0] == Symbol(ELEMENTWISE) and isinstance(body.factors[1], Number):
            return int(body.factors[1].text)
    return 0


def elementwise_power(node: Symbol | Scripted) -> Node:
    """`h^{\\odot 2}` as `(h \\odot h)`; anything else as it is."""
    times = times_elementwise(node)
    if not times:
        return node
    left = tuple(
        script for script in node.scripts if not (isinstance(script.body, Product) and script.body.factors[0] == Symbol(ELEMENTWISE))
    )
    if isinstance(node, Symbol):
        base: Node = Symbol(node.name, left, node.primes, span=node.span)
    else:
        base = Scripted(node.base, left, span=node.span) if left else node.base
    return Group(Product((base,) * times, (ELEMENTWISE,) * (times - 1), span=node.span), span=node.span)
