"""The expression parser: terms, products, symbols with scripts, calls, brackets and tables."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from symbptt.latex import tables
from symbptt.latex.conditions import Prose, condition_tokens
from symbptt.latex.cursor import Range
from symbptt.latex.derivatives import Derivatives
from symbptt.latex.syntax import (
    Add,
    BigOperator,
    Call,
    Cases,
    Comparison,
    Derivative,
    Ellipsis,
    Evaluated,
    Fraction,
    Group,
    Matrix,
    Node,
    Norm,
    Number,
    Product,
    Root,
    Script,
    Scripted,
    Sequence,
    Slice,
    Symbol,
    Text,
)
from symbptt.latex.tokens import ParseError, Token

SCRIPT_KINDS = {"_": "sub", "^": "sup"}
# What may carry scripts inside braces: `{W^{ss}}^T`.
UNITS = (Symbol, Scripted, Group, Call, Fraction, Derivative, Number, Norm, Matrix, Root)
NEEDS_ARGUMENT = frozenset({"log", "ln", "exp"})


class Expressions(Derivatives):
    """A recursive parser over the tokens of one formula; `MAX_DEPTH` bounds the recursion."""

    # --- sums and products

    def item(self) -> Node:
        """An expression, or a comparison of several: `1 \\le t < T`."""
        start = self.peek()
        sides = [self.expression()]
        relations: list[str] = []
        while self.peek().kind == "relation":
            relations.append(self.take().text)
            sides.append(self.expression())
        return Comparison(tuple(sides), tuple(relations), span=self.span(start)) if relations else sides[0]

    def expression(self) -> Node:
        start = self.peek()
        terms: list[tuple[str, Node]] = []
        while not terms or self.peek().kind == "sign":
            sign = self.take().text if self.peek().kind == "sign" else "+"
            terms.append((sign, self.term()))
        if len(terms) == 1 and terms[0][0] == "+":
            return terms[0][1]
        return Add(tuple(terms), span=self.span(start))

    def term(self) -> Node:
        start = self.peek()
        if start.kind == "sign":
            return self._signed(self.term)
        factors = [self.factor()]
        signs: list[str] = []
        while True:
            token = self.peek()
            if token.kind == "times":
                self.at += 1
                signs.append(token.text)
                factors.append(self._signed(self.factor) if self.peek().kind == "sign" else self.factor())
            elif self.starts_atom(token):
                if token.kind == "number" and isinstance(factors[-1], Number):
                    raise self.fail("an operator was expected between two numbers; braces hold a script of several digits, as in x_{12}")
                signs.append("")
                factors.append(self.factor())
            else:
                break
        return Product(tuple(factors), tuple(signs), span=self.span(start)) if signs else factors[0]

    def _signed(self, read: Callable[[], Node]) -> Node:
        start = self.take()
        value = self.nested(self.stop, read, whole=False)
        return Add(((start.text, value),), span=self.span(start)) if start.text != "+" else value

    # --- factors

    def factor(self) -> Node:
        """An atom with the scripts, primes and evaluation bars behind it."""
        start = self.peek()
        node = self._atom(start)
        while True:
            token = self.peek()
            if token.kind in ("^", "_", "'") and not isinstance(node, BigOperator):
                node = self._scripted(node, start)
            elif token.kind == "bar" and token.text == "|" and not self.in_bars and self.peek(1).kind == "_":
                self.at += 1
                node = self._evaluated(node, start)
            else:
                return node

    def _scripted(self, node: Node, start: Token) -> Node:
        if (isinstance(node, Derivative) and node.form == "slash") or (isinstance(node, Call) and not node.bracket):
            raise self.fail("brackets were expected around what the script belongs to")
        scripts, primes = self.scripts()
        scripts += (Script("sup", Symbol("'")),) * primes
        return Scripted(node, scripts, span=self.span(start)) if scripts else node

    def _evaluated(self, node: Node, start: Token) -> Node:
        """Behind the bar of `\\left. … \\right|_{t=2}`."""
        if self.peek().kind != "_":
            raise self.fail("a subscript such as _{t=2} was expected behind the evaluation bar")
        self.at += 1
        condition = self.read_range(self.argument("the evaluation bar"), self.sequence)
        return Evaluated(node, condition, span=self.span(start))

    def _atom(self, token: Token) -> Node:
        kind = token.kind
        if kind == "name":
            return self.slash_derivative() if token.text == "d" and self._is_differential() else self.symbol()
        if kind == "number":
            self.at += 1
            return Number(token.text, span=(token.start, token.end))
        if kind == "open":
            return self._group()
        if kind == "{":
            return self._braces()
        if kind == "dots":
            self.at += 1
            return Ellipsis(span=(token.start, token.end))
        if kind == "bar" and not self.in_bars:
            return self._norm()
        if kind == "begin":
            return self._table()
        command = _COMMANDS.get(token.text) if kind == "command" else None
        if command is not None:
            return command(self)
        raise self.fail("a quantity was expected")

    def _is_differential(self) -> bool:
        return self._compound() == 1 and self.starts_slash_derivative()

    def _fraction(self) -> Node:
        start = self.take()
        above = self.argument("\\frac")
        self.at = above[1] + (1 if self.tokens[self.at].kind == "{" else 0)
        below = self.argument("\\frac")
        self.at = below[1] + (1 if self.tokens[self.at].kind == "{" else 0)
        derivative = self.derivative_fraction(start, above, below)
        if derivative is not None:
            return derivative
        numerator = self.read_range(above, self.expression)
        denominator = self.read_range(below, self.expression)
        return Fraction(numerator, denominator, span=self.span(start))

    def _root(self) -> Node:
        start = self.take()
        if self.peek().text == "[":
            raise self.fail("a square root was expected; write another root as a power")
        if self.peek().kind == "open":
            body = self._group()
            return Root(body.body if isinstance(body, Group) else body, span=self.span(start))
        body = self.read_range(self.argument("\\sqrt"), self.expression)
        return Root(body, span=self.span(start))

    def _big_operator(self) -> Node:
        start = self.take()
        bounds: dict[str, Node] = {}
        while self.peek().kind in SCRIPT_KINDS:
            mark = self.take()
            if mark.kind in bounds:
                raise self.fail(f"only one bound `{mark.kind}` was expected at {start.text}", mark)
            bounds[mark.kind] = self.read_range(self._bound(), self.sequence)
        if self.peek().kind != "sign" and not self.starts_atom(self.peek()):
            raise self.fail(f"what {start.text} runs over was expected")
        body = self.nested(self.stop, self.term, whole=False)
        return BigOperator(start.text, bounds.get("_"), bounds.get("^"), body, span=self.span(start))

    def _bound(self) -> Range:
        """The range of a bound; one unbraced token must be a letter or a digit."""
        bounds = self.argument("a bound")
        if self.peek().kind not in ("{", "name", "number"):
            raise self.fail("a bound in braces was expected")
        return bounds

    # --- symbols and calls

    def _compound(self) -> int:
        """How many tokens from here form one declared name."""
        best = 1
        if self.words.compounds:
            for compound in _by_first(self.words.compounds).get(self.tokens[self.at].text, ()):
                size = len(compound)
                if best < size <= self.stop - self.at:
                    texts = tuple(token.text for token in self.tokens[self.at : self.at + size])
                    best = size if texts == compound else best
        return best

    def symbol(self, callable_: bool = True) -> Node:
        start = self.peek()
        size = self._compound()
        name = " ".join(token.text for token in self.tokens[self.at : self.at + size])
        self.at += size
        scripts, primes = self.scripts() if self.peek().kind in ("^", "_", "'") else ((), 0)
        symbol = Symbol(name, scripts, primes, span=self.span(start))
        return self._call(symbol, start) if callable_ else symbol

    def _call(self, symbol: Symbol, start: Token) -> Node:
        token = self.peek()
        if token.kind == "open" and token.text in ("(", "[", "\\{"):
            args, bracket = self._bracketed(empty=True)
            return Call(symbol, args, bracket, span=self.span(start))
        if symbol.name in tables.FUNCTIONS:
            if token.kind == "{":
                argument = self.read_range(self.argument(symbol.name), self.expression)
                if (isinstance(argument, Add) and len(argument.terms) > 1) or self.peek().kind in ("^", "_", "'"):
                    raise ParseError(f"braces behind {symbol.name} do not show; put its argument in brackets", token.start)
                return Call(symbol, (argument,), "", span=self.span(start))
            if self.starts_atom(token):
                return Call(symbol, (self.nested(self.stop, self._bare_argument, whole=False),), "", span=self.span(start))
            if token.kind == "sign" and symbol.name in NEEDS_ARGUMENT and not symbol.scripts and not symbol.primes:
                raise self.fail(f"the argument of {symbol.name} was expected; put it in brackets")
        return symbol

    def _bare_argument(self) -> Node:
        """What `\\log` without brackets applies to: the atoms that follow without a sign, up to the next function word."""
        start = self.peek()
        factors = [self.factor()]
        while self.starts_atom(self.peek()) and self.peek().text not in tables.FUNCTIONS:
            if self.peek().kind == "number" and isinstance(factors[-1], Number):
                raise self.fail("an operator was expected between two numbers")
            factors.append(self.factor())
        if len(factors) == 1:
            return factors[0]
        return Product(tuple(factors), ("",) * (len(factors) - 1), span=self.span(start))

    # --- scripts

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
        tokens = self.tokens[start:stop]
        span = (tokens[0].start, tokens[-1].end)
        if all(token.kind == "'" for token in tokens):
            return [], len(tokens)
        if len(tokens) == 1 and tokens[0].kind in ("sign", "times"):
            return [Script(kind, Symbol(tokens[0].text, span=span), span=span)], 0
        if len(tokens) == 1 and tokens[0].kind == "text":
            return [Script(kind, Text(tokens[0].text.strip(), span=span), span=span)], 0
        brackets = self._bracket_run(start, stop)
        if brackets:
            scripts = []
            for opening, closing, bracket in brackets:
                body = self._read_between(opening + 1, closing)
                scripts.append(Script(kind, body, bracket, span=(self.tokens[opening].start, self.tokens[closing].end)))
            return scripts, 0
        return [Script(kind, self._read_between(start, stop), span=span)], 0

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

    # --- brackets

    def items(self) -> tuple[Node, ...]:
        """Items separated by commas, up to the end of the range; slices are allowed."""
        found = [self._item_or_slice()]
        while self.peek().kind in (",", ";"):
            self.at += 1
            if self.at < self.stop:
                found.append(self._item_or_slice())
        return tuple(found)

    def _item_or_slice(self) -> Node:
        start = self.peek()
        first = None if start.kind == ":" else self.item()
        if self.peek().kind != ":":
            assert first is not None
            return first
        self.at += 1
        last = self.expression() if self.at < self.stop and self.peek().kind != "," else None
        return Slice(first, last, span=self.span(start))

    def _bracketed(self, empty: bool = False) -> tuple[tuple[Node, ...], str]:
        """The items of the bracket at the cursor, and its sign."""
        opening = self.peek()
        closing = self.match.get(self.at)
        if closing is None:
            raise ParseError(f"`{opening.text}` is never closed; add the bracket", opening.start)
        if self.tokens[closing].text != opening.text:
            what = tables.CLOSING.get(opening.text, "a bar")
            raise ParseError(f"`{opening.text}` is closed by another bracket; {what} was expected", self.tokens[closing].start)
        self.at += 1
        stop = closing
        if self.at == stop:
            if not empty:
                raise ParseError("empty brackets; write what belongs there", opening.start)
            args: tuple[Node, ...] = ()
        elif opening.text == "[" and any(token.kind == ";" for token in self.tokens[self.at : stop]):
            args = (self.nested(stop, self._stack),)
        else:
            args = self.nested(stop, self.items)
        self.at = stop + 1
        return args, opening.text

    def _stack(self) -> Node:
        """`[a; b]`: entries one below another."""
        start = self.peek()
        rows: list[tuple[Node, ...]] = []
        while True:
            row = [self.item()]
            while self.peek().kind == ",":
                self.at += 1
                row.append(self.item())
            rows.append(tuple(row))
            if self.peek().kind != ";":
                return Matrix(tuple(rows), "", span=self.span(start))
            self.at += 1

    def _group(self) -> Node:
        start = self.peek()
        if start.text == ".":
            return self._left_dot()
        if start.text in ("|", "\\|"):
            return self._norm()
        closing = self.match.get(self.at)
        if start.text == "\\{" and closing is not None and self.peek(1).kind == "begin" and self.match.get(self.at + 1) == closing - 1:
            cases = self._array_cases(start, closing)
            if cases is not None:
                return cases
        args, bracket = self._bracketed()
        if len(args) == 1 and isinstance(args[0], Matrix) and not args[0].bracket and bracket != "<":
            return Matrix(args[0].rows, bracket, span=self.span(start))
        body = args[0] if len(args) == 1 else Sequence(args, span=self.span(start))
        return Group(body, bracket, span=self.span(start))

    def _left_dot(self) -> Node:
        start = self.peek()
        closing = self.match.get(self.at)
        if closing is None or self.tokens[closing].text != "|":
            raise self.fail("`\\left. … \\right|_{…}` was expected")
        self.at += 1
        body = self.nested(closing, self.expression)
        self.at = closing + 1
        return self._evaluated(body, start)

    def _norm(self) -> Node:
        start = self.take()
        if start.kind == "open":
            closing = self.match.get(self.at - 1)
            if closing is None or self.tokens[closing].text != start.text:
                raise ParseError(f"`{start.text}` is never closed; add the bar", start.start)
            body = self.nested(closing, self.expression)
            self.at = closing + 1
        else:
            body = self.nested(self.stop, lambda: self._up_to_bar(start), whole=False)
            self.at += 1
        return Norm(body, start.text, span=self.span(start))

    def _up_to_bar(self, opening: Token) -> Node:
        self.in_bars = True
        body = self.expression()
        if self.peek().kind != "bar" or self.peek().text != opening.text:
            raise ParseError(f"`{opening.text}` is never closed; add the bar", opening.start)
        return body

    def _braces(self) -> Node:
        """Braces that carry scripts, or hold `\\over`."""
        start = self.peek()
        opening, closing = self.at, self.match[self.at]
        over = [index for index in self._top_level((opening + 1, closing)) if self.tokens[index].text == "\\over"]
        if over:
            return self._over(start, opening, over, closing)
        body = self.read_range((opening + 1, closing), self.item)
        if self.peek().kind not in ("^", "_", "'"):
            return body
        if (
            not isinstance(body, UNITS)
            or (isinstance(body, Derivative) and body.form not in ("frac",))
            or (isinstance(body, Call) and not body.bracket)
        ):
            raise ParseError("braces do not show on the page; put brackets around what the script belongs to", start.start)
        if not isinstance(body, Symbol):
            return body
        taken = {script.kind for script in body.scripts}
        behind = self.at
        scripts, primes = self.scripts()
        if taken & {script.kind for script in scripts} or (body.primes and (primes or scripts)):
            self.at = behind
            return body
        return self._call(Symbol(body.name, body.scripts + scripts, body.primes + primes, span=self.span(start)), start)

    def _over(self, start: Token, opening: int, over: list[int], closing: int) -> Node:
        if len(over) > 1:
            raise ParseError("two \\over in one group; use \\frac", self.tokens[over[1]].start)
        above, below = (opening + 1, over[0]), (over[0] + 1, closing)
        self.at = closing + 1
        derivative = self.derivative_fraction(start, above, below)
        if derivative is not None:
            return derivative
        numerator, denominator = self.read_range(above, self.expression), self.read_range(below, self.expression)
        self.at = closing + 1
        return Fraction(numerator, denominator, span=self.span(start))

    # --- tables

    def _table(self) -> Node:
        start = self.peek()
        opening, closing = self.at, self.match[self.at]
        rows = self._rows(opening + 1, closing)
        if start.text in tables.CASES:
            node: Node = self._cases(rows, start)
        else:
            node = Matrix(tuple(tuple(self._cell(cell, start) for cell in row) for row in rows), tables.MATRICES[start.text])
        self.at = closing + 1
        return _placed(node, (start.start, self.tokens[closing].end))

    def _rows(self, start: int, stop: int) -> list[list[Range]]:
        """The ranges of the cells, row by row; an empty last row is dropped."""
        rows: list[list[Range]] = [[]]
        first = start
        for index in self._top_level((start, stop)):
            if self.tokens[index].kind in ("row", "&"):
                rows[-1].append((first, index))
                first = index + 1
                if self.tokens[index].kind == "row":
                    rows.append([])
        rows[-1].append((first, stop))
        return [row for row in rows if row != [(stop, stop)] and any(low < high for low, high in row)]

    def _cell(self, bounds: Range, table: Token) -> Node:
        if bounds[0] == bounds[1]:
            raise ParseError("an empty entry in a matrix; write 0 or \\dots there", table.start)
        return self._read_between(*bounds)

    def _cases(self, rows: list[list[Range]], start: Token) -> Cases:
        branches = []
        for row in rows:
            split = self._branch(row)
            if split is None:
                raise ParseError("a branch of cases lacks its condition; separate it with `&`", start.start)
            value, condition = split
            branches.append((self._read_between(*value), self._condition(condition)))
        if not branches:
            raise ParseError("cases without a branch", start.start)
        return Cases(tuple(branches))

    def _branch(self, row: list[Range]) -> tuple[Range, Range] | None:
        """The ranges of value and condition of one branch."""
        cells = [self._trimmed(cell) for cell in row]
        cells = [cell for cell in cells if cell[0] < cell[1]]
        if len(cells) == 2:
            return cells[0], cells[1]
        if len(cells) != 1:
            return None
        low, high = cells[0]
        breaks = [index for index in self._top_level((low, high)) if self.tokens[index].kind in (",", "quad", "text")]
        if not breaks or breaks[0] == low:
            return None
        condition = self._trimmed((breaks[0], high))
        return ((low, breaks[0]), condition) if condition[0] < condition[1] else None

    def _trimmed(self, bounds: Range) -> Range:
        low, high = bounds
        idle = (",", "quad", ";", ".")
        while low < high and self.tokens[low].kind in idle:
            low += 1
        while low < high and self.tokens[high - 1].kind in idle:
            high -= 1
        return low, high

    def _condition(self, bounds: Range) -> Node | None:
        read = condition_tokens(self.tokens[bounds[0] : bounds[1]], self.words)
        if read is None:
            return None
        if isinstance(read, Prose):
            return Text(read.text, span=read.span)
        return type(self)(read, self.words).whole(type(self).sequence)

    def _array_cases(self, start: Token, closing: int) -> Node | None:
        """`\\left\\{ \\begin{array}…` whose rows all end in a condition."""
        rows = self._rows(self.at + 2, closing - 1)
        branches = [self._branch(row) for row in rows]
        conditions = [branch[1] for branch in branches if branch is not None]
        if not branches or len(conditions) < len(branches) or not all(self._is_condition(bounds) for bounds in conditions):
            if self.tokens[closing].text == ".":
                raise ParseError("a brace with rows was expected to hold cases: value and condition in each row", start.start)
            return None
        node = self._cases(rows, start)
        self.at = closing + 1
        return _placed(node, self.span(start))

    def _is_condition(self, bounds: Range) -> bool:
        return any(token.kind in ("relation", "text") for token in self.tokens[bounds[0] : bounds[1]])

    # --- whole texts

    def whole(self, read: Callable[[Expressions], Node]) -> Node:
        """`read` over all tokens."""
        if not self.tokens:
            raise ParseError("nothing to read: the formula is empty", self.end.start)
        node = read(self)
        if self.at < self.stop:
            raise self.fail("an operator, a relation or the end was expected")
        return node


@lru_cache(maxsize=256)
def _by_first(compounds: frozenset[tuple[str, ...]]) -> dict[str, list[tuple[str, ...]]]:
    found: dict[str, list[tuple[str, ...]]] = {}
    for compound in sorted(compounds):
        found.setdefault(compound[0], []).append(compound)
    return found


def _placed(node: Node, span: tuple[int, int]) -> Node:
    object.__setattr__(node, "span", span)  # the node was just made here and nobody else holds it
    return node


_COMMANDS: dict[str, Callable[[Expressions], Node]] = {
    "\\frac": Expressions._fraction,
    "\\sqrt": Expressions._root,
    "\\sum": Expressions._big_operator,
    "\\prod": Expressions._big_operator,
    "\\partial": Expressions.slash_derivative,
    "\\nabla": Expressions.nabla,
}
