"""Every spelling of a derivative: fraction, slash, operator and nabla."""

from __future__ import annotations

from symbptt.latex import tables
from symbptt.latex.cursor import Range
from symbptt.latex.scripts import Scripts
from symbptt.latex.syntax import Call, Derivative, Node, Number, Product, Script, Scripted, Symbol
from symbptt.latex.tokens import ParseError, Token

Mark = tuple[str, int, int]  # the mark as `Derivative.mark` has it, the order, the index behind it


class Derivatives(Scripts):
    """The part of the parser that reads derivatives."""

    def derivative_fraction(self, start: Token, above: Range, below: Range) -> Node | None:
        """The derivative that a fraction is, or None where it is an ordinary fraction. The cursor stands behind the fraction."""
        mark = self._mark(above)
        if mark is None:
            return None
        split = self._denominator(below, mark)
        if split is None:
            return None
        behind = self.at
        name, order, first = mark
        scale_range, pieces = split
        scale = self.read_range(scale_range, self.term) if scale_range else None
        wrt = tuple(self.read_range(piece, self.expression) for piece in pieces)
        wrt, order = self._repeated(wrt, order)
        if first < above[1]:
            numerator = self.read_range((first, above[1]), self.expression)
            self.at = behind
            return Derivative(numerator, wrt, name, scale, "frac", order, span=self.span(start))
        self.at = behind
        return Derivative(self._operand(), wrt, name, scale, "operator", order, span=self.span(start))

    def _operand(self) -> Node:
        """What a derivative operator acts on: the bracket that follows, else the product up to `+`, `-` or a relation."""
        token = self.peek()
        if not self.starts_atom(token):
            raise self.fail("what the derivative operator acts on was expected")
        if token.kind == "open":
            return self.nested(self.stop, self.factor, whole=False)
        return self.nested(self.stop, self._operand_product, whole=False)

    def _operand_product(self) -> Node:
        """The factors up to the next derivative operator: `∂/∂y L ∂/∂h y` is ∂L/∂y · ∂y/∂h."""
        start = self.peek()
        factors: list[Node] = [self._operand_factor()]
        signs: list[str] = []
        while True:
            token = self.peek()
            sign = token.kind == "times"
            if (not sign and not self.starts_atom(token)) or self._at_operator(1 if sign else 0) or self._holds_derivative(token):
                break
            if sign:
                self.at += 1
            signs.append(token.text if sign else "")
            factors.append(self._operand_factor())
        return Product(tuple(factors), tuple(signs), span=self.span(start)) if signs else factors[0]

    def _operand_factor(self) -> Node:
        """A factor; a symbol in front of a bracket that holds derivatives is no call: `∂/∂h y [∂/∂w h + …]`."""
        if self.peek().kind != "name":
            return self.factor()
        start = self.at
        symbol = self.symbol(callable_=False)
        if self._holds_derivative(self.peek()):
            return symbol
        self.at = start
        return self.factor()

    def _holds_derivative(self, token: Token) -> bool:
        if token.kind != "open":
            return False
        return any(inner.text == "\\partial" for inner in self.tokens[self.at : self.match.get(self.at, self.at)])

    def _at_operator(self, ahead: int) -> bool:
        """Whether a derivative operator without numerator stands here, as in `\\frac{\\partial}{\\partial y}`."""
        index = self.at + ahead
        if index + 2 >= self.stop or self.tokens[index].text not in ("\\frac", "\\partial"):
            return False
        if self.tokens[index].text == "\\partial":
            return self.tokens[index + 1].text == "/"
        closing = self.match.get(index + 1)
        mark = self._mark((index + 2, closing)) if closing is not None else None
        return mark is not None and mark[2] == closing

    def _mark(self, bounds: Range) -> Mark | None:
        """A `d` or `\\partial` at the start of the range."""
        index, stop = bounds
        if index >= stop:
            return None
        token = self.tokens[index]
        if not ((token.text == "\\partial" and token.kind == "command") or (token.text == "d" and token.kind == "name")):
            return None
        name, order, index = token.text, 1, index + 1
        if index + 1 < stop and self.tokens[index].kind == "^":
            inner = index + 1
            closing = self.match.get(inner)
            content = self.tokens[inner + 1 : closing] if closing is not None else self.tokens[inner : inner + 1]
            index = closing + 1 if closing is not None else inner + 1
            if len(content) == 1 and content[0].kind == "number" and content[0].text.isdigit() and 1 <= int(content[0].text[:3]) <= 20:
                order = int(content[0].text)
            elif len(content) == 1 and content[0].text == "+" and name == "\\partial":
                name = "\\partial^+"
            else:
                return None
        if name == "d" and index < stop and not (self.starts_atom(self.tokens[index])):
            return None
        return name, order, index

    def _denominator(self, bounds: Range, above: Mark) -> tuple[Range | None, list[Range]] | None:
        """The scale in front of the first differential, and the range of each quantity derived by."""
        start, stop = bounds
        marks = [index for index in self._top_level(bounds) if self.tokens[index].text == "\\partial"]
        if not marks:
            first = self._mark(bounds)
            if first is None or first[2] >= stop or self.tokens[first[2]].kind == "open":
                return None
            marks = [start]
            if above[1] > 1:
                marks += [index for index in self._top_level((first[2] + 1, stop)) if self.tokens[index].text == "d"]
        pieces: list[Range] = []
        for index, end in zip(marks, [*marks[1:], stop], strict=True):
            mark = self._mark((index, end))
            if mark is None or mark[2] >= end:
                raise ParseError("nothing stands behind a ∂ in a denominator; write the quantity there", self.tokens[index].start)
            pieces.append((mark[2], end))
        scale_end = marks[0]
        if scale_end > start and self.tokens[scale_end - 1].kind == "times":
            scale_end -= 1
        return ((start, scale_end) if marks[0] > start else None), pieces

    def _top_level(self, bounds: Range) -> list[int]:
        """The indices of the range outside brackets and groups."""
        found: list[int] = []
        index, stop = bounds
        while index < stop:
            found.append(index)
            index = self.match.get(index, index) + 1
        return found

    def _repeated(self, wrt: tuple[Node, ...], order: int) -> tuple[tuple[Node, ...], int]:
        """`\\partial x^2` under `\\partial^2` is x twice, not x squared."""
        if order == 1:
            return wrt, max(1, len(wrt))
        if len(wrt) == order:
            return wrt, order
        expanded: list[Node] = []
        for node in wrt:
            plain, times = _without_power(node)
            expanded += [plain] * times
        if len(expanded) != order:
            raise ParseError(f"a derivative of order {order} by {len(expanded)} quantities; write as many below as above", wrt[0].span[0])
        return (expanded[0],) if len(wrt) == 1 else tuple(expanded), order

    # --- slash

    def slash_derivative(self) -> Node:
        """`\\partial L/\\partial W`; the cursor stands on the mark."""
        start = self.peek()
        mark = self._mark((self.at, self.stop))
        if mark is None:
            raise self.fail("a derivative such as ∂L/∂W was expected")
        name, order, self.at = mark
        numerator: Node | None = None
        if not self._at_slash():
            first = self.peek()
            if not self.starts_atom(first):
                raise self.fail("the quantity that is derived was expected; write ∂L/∂W or \\frac{\\partial L}{\\partial W}")
            numerator = self.nested(self.stop, self.factor, whole=False)
            if not self._at_slash():
                raise self.fail("`/∂…` was expected; write ∂L/∂W or \\frac{\\partial L}{\\partial W}")
        self.at += 1
        below = self._mark((self.at, self.stop))
        if below is None:
            raise self.fail("∂ or d was expected below the slash of a derivative")
        self.at = below[2]
        wrt, order = self._repeated((self._slash_wrt(),), order)
        if numerator is None:
            return Derivative(self._operand(), wrt, name, None, "operator", order, span=self.span(start))
        return Derivative(numerator, wrt, name, None, "slash", order, span=self.span(start))

    def _at_slash(self) -> bool:
        token = self.peek()
        return token.kind == "times" and token.text == "/"

    def _slash_wrt(self) -> Node:
        token = self.peek()
        if token.kind == "open":
            return self.factor()
        if token.kind != "name":
            raise self.fail("the quantity derived by was expected behind ∂")
        symbol = self.symbol(callable_=False)
        following = self.peek()
        if isinstance(symbol, Symbol) and following.kind == "open" and following.glued and self._holds_index(following):
            closing = self.match[self.at]
            self.at += 1
            args = self.nested(closing, self.items)
            self.at = closing + 1
            return Call(symbol, args, following.text, span=self.span(token))
        return symbol

    def _holds_index(self, opening: Token) -> bool:
        """Whether the bracket holds an index (`y(t-1)`, `S[i,k]`) rather than a factor of a product."""
        closing = self.match.get(self.at)
        if closing is None:
            return False
        if opening.text == "[":
            return True
        content = self.tokens[self.at + 1 : closing]
        return 0 < len(content) <= 5 and all(
            token.kind in ("number", "sign", ",") or (token.kind == "name" and token.text in tables.INDEX_LETTERS) for token in content
        )

    def starts_slash_derivative(self) -> bool:
        """Whether the `d` at the cursor begins `dL/dW`."""
        index = self.at + 1
        if index < self.stop and self.tokens[index].kind == "name":
            index += 1
            while index < self.stop and self.tokens[index].kind in ("^", "_", "'", "open"):
                index = index + 1 if self.tokens[index].kind in ("^", "_") else index
                index = self.match.get(index, index) + 1
        if index + 2 >= self.stop or self.tokens[index].text != "/":
            return False
        below = self._mark((index + 1, self.stop))
        return below is not None and below[2] < self.stop and self.tokens[below[2]].kind == "name"

    # --- nabla

    def nabla(self) -> Node:
        """`\\nabla_W L`; without a subscript by everything."""
        start = self.take()
        scripts, _ = self.scripts()
        wrt: tuple[Node, ...] = ()
        order = 1
        for script in scripts:
            if script.kind == "sub" and not wrt:
                wrt = (script.body,)
            elif isinstance(script.body, Number) and script.body.text == "2" and order == 1:
                order = 2
            else:
                raise ParseError("∇ takes one subscript (and 2 as superscript); write the rest as a fraction", start.start)
        if not self.starts_atom(self.peek()):
            raise self.fail("the quantity that ∇ acts on was expected")
        numerator = self.nested(self.stop, self.factor, whole=False)
        return Derivative(numerator, wrt, "\\nabla", None, "nabla", order, span=self.span(start))


def _without_power(node: Node) -> tuple[Node, int]:
    """A quantity and the whole-number power written last on it."""
    if isinstance(node, Symbol | Scripted) and node.scripts:
        last = node.scripts[-1]
        if (
            last.kind == "sup"
            and not last.bracket
            and isinstance(last.body, Number)
            and last.body.text.isdigit()
            and len(last.body.text) < 3
        ):
            rest: tuple[Script, ...] = node.scripts[:-1]
            times = int(last.body.text)
            if isinstance(node, Symbol):
                return Symbol(node.name, rest, node.primes, span=node.span), times
            return (Scripted(node.base, rest, span=node.span) if rest else node.base), times
    return node, 1
