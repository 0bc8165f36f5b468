"""The expression parser: terms, products, symbols with scripts, calls, brackets and tables."""

from __future__ import annotations

from collections.abc import Callable

from symbptt.latex import tables
from symbptt.latex.arrays import Arrays
from symbptt.latex.cursor import Range
from symbptt.latex.scripts import ELEMENTWISE, SCRIPT_KINDS, elementwise_power, times_elementwise
from symbptt.latex.syntax import (
    Add,
    BigOperator,
    Call,
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
)
from symbptt.latex.tokens import ParseError, Token

# What may carry scripts inside braces: `{W^{ss}}^T`.
UNITS = (Symbol, Scripted, Group, Call, Fraction, Derivative, Number, Norm, Matrix, Root)
NATURAL = Script("sub", Symbol("e"))
ONES = "\\mathbf{1}"
NEEDS_ARGUMENT = frozenset({"log", "ln", "exp"})


class Expressions(Arrays):
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
                factor = self._signed(self.factor) if self.peek().kind == "sign" else self.factor()
                if token.text == "/" and isinstance(factor, Number) and self.peek().kind == "name" and self.peek().glued:
                    raise self.fail("a space, brackets or \\frac were expected: `1/2N` may be `1/(2N)` and `(1/2)N`")
                entries = token.text == "\\oslash"  # `a \\oslash b` is `a \\odot 1/b`
                signs.append(ELEMENTWISE if entries else token.text)
                factors.append(Fraction(Number("1"), factor, span=factor.span) if entries else factor)
            elif self.starts_atom(token):
                if token.text == "1" and factors[-1] == Number("1") and self._is_transposed():  # `1 1^T`: vectors of ones
                    factors[-1] = Symbol(ONES, span=factors[-1].span)
                    row = self.factor()
                    factors.append(Symbol(ONES, row.scripts, span=row.span) if isinstance(row, Scripted) else row)
                    signs.append("")
                    continue
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
        return elementwise_power(Scripted(node, scripts, span=self.span(start))) if scripts else node

    def _evaluated(self, node: Node, start: Token) -> Node:
        """Behind the bar of `\\left. … \\right|_{t=2}`."""
        if self.peek().kind != "_":
            raise self.fail("a subscript such as _{t=2} was expected behind the evaluation bar")
        self.at += 1
        condition = self.read_range(self.argument("the evaluation bar"), self.sequence)
        return Evaluated(node, condition, span=self.span(start))

    def _atom(self, token: Token) -> Node:
        kind = token.kind
        if kind == "name" and token.text in tables.BOUNDED and self._has_bound():
            return self._big_operator()
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
        return BigOperator(tables.BOUNDED.get(start.text, start.text), bounds.get("_"), bounds.get("^"), body, span=self.span(start))

    def _has_bound(self) -> bool:
        """Whether a letter carries the bound of a sum, as in `\\Sigma_{t=1}^T`."""
        opening = self.at + 2
        braced = self.peek(1).kind == "_" and self.peek(2).kind == "{"
        return braced and any(token.kind == "relation" for token in self.tokens[opening : self.match[opening]])

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
        for compound in self.words.by_first.get(self.tokens[self.at].text, ()):
            size = len(compound)
            if best < size <= self.stop - self.at:
                texts = tuple(token.text for token in self.tokens[self.at : self.at + size])
                best = size if texts == compound else best
        return best

    def symbol(self, callable_: bool = True) -> Node:
        start = self.peek()
        size = self._compound() if self.words.compounds else 1
        name = start.text if size == 1 else " ".join(token.text for token in self.tokens[self.at : self.at + size])
        self.at += size
        scripts, primes = self.scripts() if self.peek().kind in ("^", "_", "'") else ((), 0)
        if name == "log" and scripts and scripts[0] == NATURAL:
            name, scripts = "ln", scripts[1:]
        return self._named(Symbol(name, scripts, primes, span=self.span(start)), start, callable_)

    def _named(self, symbol: Symbol, start: Token, callable_: bool = True) -> Node:
        """The symbol, its elementwise power, or the call that it begins."""
        if times_elementwise(symbol):
            if symbol.name in tables.FUNCTIONS or self.peek().kind == "open":
                raise ParseError(f"an elementwise power of {symbol.name} is not understood; write it on the value", start.start)
            return elementwise_power(symbol)
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

    def _is_transposed(self) -> bool:
        """Whether a transpose stands behind the next token."""
        behind = [token.text for token in self.tokens[self.at + 1 : min(self.at + 4, self.stop)]]
        return behind[:1] == ["^"] and any(mark in behind[1:] for mark in ("T", "\\top"))

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
        stop = closing - 1 if not empty and self._dangles(closing) else closing
        if self.at == stop:
            if not empty:
                raise ParseError("empty brackets; write what belongs there", opening.start)
            args: tuple[Node, ...] = ()
        elif opening.text == "[" and any(token.kind == ";" for token in self.tokens[self.at : stop]):
            args = (self.nested(stop, self._stack),)
        else:
            args = self.nested(stop, self.items)
        self.at = closing + 1
        return args, opening.text

    def _dangles(self, closing: int) -> bool:
        """Whether a plus stands in front of a closing bracket with nothing behind it."""
        last, before = self.tokens[closing - 1], self.tokens[closing - 2]
        return last.kind == "sign" and last.text == "+" and closing - self.at > 1 and before.kind not in SCRIPT_KINDS

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
        return self._named(Symbol(body.name, body.scripts + scripts, body.primes + primes, span=self.span(start)), start)

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


_COMMANDS: dict[str, Callable[[Expressions], Node]] = {
    "\\frac": Expressions._fraction,
    "\\sqrt": Expressions._root,
    "\\sum": Expressions._big_operator,
    "\\prod": Expressions._big_operator,
    "\\partial": Expressions.slash_derivative,
    "\\nabla": Expressions.nabla,
}
