"""The derivation for every number of steps: what depends on what, the chain rule, the recursion of errors with its boundary, the sums."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from ..latex import syntax as s
from ..latex.printer import to_latex
from ..repair.trees import ONE, plain, substituted, total
from . import scalars
from .board import TRUE, Board
from .errors import HADAMARD, back, entry, entry_of, grouped, hadamard, jacobian, slope
from .naming import Name, applied, is_softmax
from .network import Equation, Family, Network, Underivable, Use, at_end, bound
from .spans import Span, at_step, pieces

COMPONENTS = ("j", "k", "i", "p", "r", "u", "v", "w")
ZERO = s.Number("0")


@dataclass(frozen=True)
class Piece:
    """∂L/∂v at the steps of `span` (None: it has no step)."""

    span: Span | None
    tree: s.Node


@dataclass(frozen=True)
class Entries:
    """∂L/∂v entry by entry: `tree` at the entry `letters`."""

    letters: tuple[str, ...]
    tree: s.Node


@dataclass
class General:
    """Writes the derivation of ∂L/∂(each of `wrt`) on a board."""

    net: Network
    board: Board
    ways: Sequence[str]
    wrt: Sequence[str]
    names: Mapping[str, Name]
    immediate: str = "\\partial"
    found: dict[str, list[Piece]] = field(default_factory=dict)
    entries: dict[str, Entries] = field(default_factory=dict)

    # -- spellings ----------------------------------------------------------------------------------------------------------

    @property
    def loss(self) -> s.Node:
        return self.net.families[self.net.loss].node

    def total(self, by: s.Node) -> s.Node:
        """∂L/∂v."""
        return s.Derivative(self.loss, (by,))

    def local(self, of: s.Node, by: s.Node) -> s.Node:
        """The derivative along one equation."""
        return s.Derivative(of, (by,), mark=self.immediate)

    def error(self, key: str, node: s.Node) -> s.Node:
        """∂L/∂v as it is written where it is used: its δ if that is ∂L/∂v, else the derivative."""
        name = self.names.get(key)
        if name is not None and name.argument is None:
            return self.at_step_of(key, name.node, node)
        return self.total(node)

    def at_step_of(self, key: str, tree: s.Node, node: s.Node) -> s.Node:
        """A tree of a family at its general step, at the step that `node` has."""
        family, match = self.net.families[key], self.net.quantity(node)
        if not family.letter or match is None:
            return tree
        (index,) = match.bindings.values()
        return at_step(tree, family.letter, index)

    def letters(self, number: int) -> tuple[str, ...]:
        """Free letters for entries."""
        summed = {
            x
            for f in self.net.families.values()
            for e in f.equations
            for n in s.walk(e.right)
            if isinstance(n, s.BigOperator)
            for x in bound(n)
        }
        steps = set(self.net.parsed.ranges)
        free = [x for x in COMPONENTS if x not in steps and (x not in self.net.letters_used or x in summed)]
        return tuple(free[:number])

    def entry(self, node: s.Node, letters: Sequence[str]) -> s.Node:
        return entry(node, letters, self.net.is_stepped(node))

    # -- the course -----------------------------------------------------------------------------------------------------------

    def write(self) -> None:
        for key in self.ways:
            family = self.net.families[key]
            if key == self.net.loss or not family.equations:
                continue
            if self.net.kind(family.node) == "scalar":
                self._scalar(family)
            else:
                self._vector(family)
        for key in self.ways:
            if not self.net.families[key].equations:
                self._parameter(self.net.families[key])

    def uses(self, key: str) -> list[Use]:
        return [use for use in self.net.uses.get(key, ()) if use.key in self.ways]

    # -- scalars: the costs of the steps -----------------------------------------------------------------------------------------

    def _scalar(self, family: Family) -> None:
        self.board.part(f"The error of ${to_latex(family.node)}$")
        for use in self.uses(family.key):
            found = scalars.picked(use.right, family.node, (), self.net)
            value = scalars.derivative(found, self.net) if found is not None else None
            if value is None:
                raise Underivable(f"the derivative of `{to_latex(use.value)}` by `{to_latex(family.node)}` is not worked out")
            reason = f"${to_latex(family.node)}$ is one term of ${to_latex(use.value)}$."
            self.board.write("derivative of the loss", self.total(family.node), value, reason, self._condition(family, use.span))
            self.found.setdefault(family.key, []).append(Piece(use.span, value))

    # -- columns and matrices ----------------------------------------------------------------------------------------------------

    def _vector(self, family: Family) -> None:
        name = self.names.get(family.key)
        shown = to_latex(name.node) if name is not None else to_latex(self.total(family.node))
        self.board.part(f"The error ${shown}$" if name is not None else f"The derivative ${shown}$")
        uses = self.uses(family.key)
        if any(self.net.kind(use.value) == "scalar" for use in uses):
            self._of_cost(family, uses)
        elif any(use.key in self.entries and use.key not in self.names for use in uses):
            self._by_entries(family, uses)
        else:
            self._collected(family, uses)
        if name is not None and name.argument is not None:
            self._at_argument(family, name)

    def _pieces(self, family: Family, uses: Sequence[Use]) -> list[tuple[Span | None, list[Use]]]:
        """The steps of a family in parts, with what it enters in each; the general part first."""
        if family.span is None:
            return [(None, list(uses))]
        spans = [use.span for use in uses if use.span is not None]
        spans += [p.span for use in uses if use.key not in self.names for p in self.found.get(use.key, ()) if p.span is not None]
        found: list[tuple[Span | None, list[Use]]] = []
        for span in pieces(family.span, spans):
            found.append((span, [u for u in uses if u.span is not None and not u.span.common(span).is_empty]))
        return sorted(found, key=lambda item: item[0] is not None and item[0].is_point)

    def _condition(self, family: Family, span: Span | None) -> str:
        """The range that has to be said: none for all steps, or for one step."""
        if span is None or span == family.span or span.is_point:
            return ""
        return span.condition(family.letter)

    def _at(self, tree: s.Node, family: Family, span: Span | None) -> s.Node:
        return at_end(tree, family.letter, span.low) if span is not None and span.is_point and family.letter else tree

    def _start(self, use: Use, family: Family, span: Span | None) -> tuple[s.Node, s.Node, s.Node]:
        """What is taken back through a use: the error, the tree it is the error of, and the value."""
        value, right = self._at(use.value, family, span), self._at(use.right, family, span)
        name = self.names.get(use.key)
        if name is not None and name.argument is not None:
            assert isinstance(right, s.Call)
            return self.at_step_of(use.key, name.node, value), right.args[0], value
        if name is not None:
            return self.error(use.key, value), right, value
        known = self.found.get(use.key)
        if not known:
            return self.total(value), right, value
        own = self.net.families[use.key]
        if not own.letter:
            return known[0].tree, right, value
        for piece in known:
            if piece.span is None or span is None or not piece.span.common(span).is_empty:
                return self.at_step_of(use.key, piece.tree, value), right, value
        return ZERO, right, value

    def _collected(self, family: Family, uses: Sequence[Use]) -> None:
        """The chain rule over all that a quantity enters, the local derivatives, and the sum."""
        name = self.names.get(family.key)
        first = True
        for span, active in self._pieces(family, uses):
            node = self._at(family.node, family, span)
            condition = self._condition(family, span)
            left = self.total(node)
            if name is not None and name.argument is None:
                left = self._at(name.node, family, span)
            if not active:
                self.board.write("boundary", left, ZERO, f"${to_latex(node)}$ does not enter the loss.", condition)
                self.found.setdefault(family.key, []).append(Piece(span, ZERO))
                continue
            if first or span is None or not span.is_point:
                self._chain(node, active, family, span, condition)
            terms = [part for use in active for part in self._parts(use, node, family, span)]
            body = self._summed(terms)
            rule = "boundary" if not first else "recursion" if any(u.shift for u in active) else "collect"
            self.board.write(rule, left, body, self._told(node, active, family, span, first), condition)
            self.found.setdefault(family.key, []).append(Piece(span, body))
            first = False

    def _parts(self, use: Use, node: s.Node, family: Family, span: Span | None) -> list[tuple[str, s.Node]]:
        error, tree, value = self._start(use, family, span)
        call = applied(Equation(use.key, value, tree), self.net)
        if call is not None and call.args[0] == node and not is_softmax(call, self.net):
            return [("+", hadamard(error, slope(call, value, self.net)))]
        return back(error, tree, node, self.net)

    def _summed(self, terms: Sequence[tuple[str, s.Node]]) -> s.Node:
        return total(tuple(terms))

    def _told(self, node: s.Node, active: Sequence[Use], family: Family, span: Span | None, first: bool) -> str:
        if first:
            return ""
        values = _listed([to_latex(self._at(use.value, family, span)) for use in active])
        return f"${to_latex(node)}$ enters {values} only."

    def _chain(self, node: s.Node, active: Sequence[Use], family: Family, span: Span | None, condition: str) -> None:
        """∂L/∂v = Σ (∂u/∂v)ᵀ ∂L/∂u, and each ∂u/∂v; for columns, and left out where v is only another name of u."""
        told = f"${to_latex(node)}$ enters {_listed([to_latex(self._at(u.value, family, span)) for u in active])}."
        if self.net.is_entangled(family.key, self.ways):
            return
        found = []
        for use in active:
            value, right = self._at(use.value, family, span), self._at(use.right, family, span)
            if right == node:
                continue
            columns = self.net.kind(value) == "column" == self.net.kind(node)
            found.append((value, jacobian(right, value, node, self.net) if columns else None))
        if not found or any(tree is None for _, tree in found) or len(found) != len(active):
            return
        terms = tuple(
            ("+", s.Product((self.net.transposed(self.local(value, node)), self.error(use.key, value)), ("",)))
            for use, (value, _) in zip(active, found, strict=True)
        )
        self.board.write("chain rule", self.error(family.key, node), total(terms), told, condition)
        for value, tree in found:
            assert tree is not None
            self.board.write("local derivative", self.local(value, node), tree, "", condition)

    def _at_argument(self, family: Family, name: Name) -> None:
        """δ = ∂L/∂u ⊙ f′(…) with ∂L/∂u as found."""
        call = name.argument
        assert call is not None
        steep = slope(call, family.node, self.net)
        for piece in self.found[family.key]:
            left = self._at(name.node, family, piece.span)
            body = hadamard(piece.tree, self._at(steep, family, piece.span))
            rule = "recursion" if piece == self.found[family.key][0] else "boundary"
            if family.key in self.entries:
                self._cancelled(family, name, steep)
                return
            self.board.write(rule, left, body, "", self._condition(family, piece.span))

    def _cancelled(self, family: Family, name: Name, steep: s.Node) -> None:
        """The same entry by entry, where the loss's derivative and the slope cancel: σ with its cross-entropy."""
        found = self.entries[family.key]
        one = entry_of(steep, found.letters, self.net)
        if one is None:
            raise Underivable(f"the slope `{to_latex(steep)}` has no entries")
        left = self.entry(name.node, found.letters)
        product = s.Product((s.Group(found.tree) if isinstance(found.tree, s.Add) else found.tree, s.Group(one)), ("",))
        self.board.write("entries", left, product, "")
        self._finished(family, name, product, found.letters)

    def _finished(self, family: Family, name: Name, product: s.Node, letters: tuple[str, ...]) -> None:
        short = scalars.simplified(product, self.net)
        if short is None:
            return
        self.board.write("collect", self.entry(name.node, letters), short, "The common factors cancel.")
        bare = scalars.whole(short, letters, self.net)
        if bare is not None:
            self.board.write("collect", name.node, bare, "So for all entries at once:")

    # -- the loss -----------------------------------------------------------------------------------------------------------------

    def _of_cost(self, family: Family, uses: Sequence[Use]) -> None:
        """The derivative of a cost by what it compares, entry by entry."""
        if len(uses) != 1:
            raise Underivable(f"`{to_latex(family.node)}` enters a cost and something else at once")
        (use,) = uses
        span = use.span
        condition = self._condition(family, span)
        letters = self._own_letters(use, family) or self.letters(self.net.axes(family.node))
        found = scalars.picked(use.right, family.node, letters, self.net)
        left = self.total(family.node)
        value = scalars.derivative(found, self.net) if found is not None else None
        if value is None:
            told = f"${to_latex(family.node)}$ enters ${to_latex(use.value)}$; this derivative depends on the loss that is chosen."
            self.board.write("derivative of the loss", left, s.Derivative(use.value, (family.node,)), told, condition)
            self.found[family.key] = [Piece(span, s.Derivative(use.value, (family.node,)))]
            return
        one = self.entry(family.node, letters)
        told = f"${to_latex(one)}$ enters ${to_latex(use.value)}$ in one summand only."
        self.board.write("derivative of the loss", s.Derivative(use.value, (one,)), value, told, condition)
        bare = scalars.whole(value, letters, self.net)
        if bare is not None:
            self.board.write("collect", left, bare, "So for all entries at once:", condition)
            self.found[family.key] = [Piece(span, bare)]
        else:
            self.entries[family.key] = Entries(letters, value)
            self.found[family.key] = [Piece(span, left)]

    def _own_letters(self, use: Use, family: Family) -> tuple[str, ...]:
        """The letters that the cost itself has for the entries, where there are two."""
        if self.net.axes(family.node) < 2:
            return ()
        sums = [x for n in s.walk(use.right) if isinstance(n, s.BigOperator) for x in bound(n)]
        return tuple(dict.fromkeys(sums))[: self.net.axes(family.node)]

    def _by_entries(self, family: Family, uses: Sequence[Use]) -> None:
        """A net input whose activation has a derivative known entry by entry."""
        (use,) = uses
        call = applied(Equation(use.key, use.value, use.right), self.net)
        name = self.names.get(family.key)
        if call is None or name is None or call.args[0] != family.node:
            self.entries.pop(use.key)
            self._collected(family, uses)
            return
        if is_softmax(call, self.net):
            self._softmax(family, use, name)
        else:
            self._activation(family, use, call, name)

    def _activation(self, family: Family, use: Use, call: s.Call, name: Name) -> None:
        known = self.entries[use.key]
        condition = self._condition(family, use.span)
        one = entry_of(slope(call, use.value, self.net), known.letters, self.net)
        z, u = self.entry(family.node, known.letters), self.entry(use.value, known.letters)
        left = self.entry(name.node, known.letters)
        told = f"${to_latex(z)}$ enters ${to_latex(u)}$ only."
        self.board.write("chain rule", left, s.Product((self.total(u), self.local(u, z)), ("",)), told, condition)
        if one is None:
            raise Underivable(f"the slope of `{to_latex(call)}` has no entries")
        self.board.write("local derivative", self.local(u, z), one, "", condition)
        product = s.Product((grouped(known.tree), s.Group(one)), ("",))
        self.board.write("collect", left, product, "", condition)
        self._finished(family, name, product, known.letters)
        self.found[family.key] = [Piece(use.span, name.node)]

    def _softmax(self, family: Family, use: Use, name: Name) -> None:
        """δ of the argument of softmax: two cases of the Jacobian, then ŷ − y where the loss is the cross-entropy (Bridle 1990)."""
        known = self.entries[use.key]
        *batch, last = known.letters
        other = next(x for x in self.letters(4) if x not in known.letters)
        here, there = (*batch, last), (*batch, other)
        board, p, z = self.board, use.value, family.node
        at = lambda tree: substituted(tree, last, s.Symbol(other))  # noqa: E731
        p_here, p_there = self.entry(p, here), self.entry(p, there)
        z_here = self.entry(z, here)
        left = self.entry(name.node, here)
        one_less = s.Group(s.Add((("+", ONE), ("-", p_here))))
        told = f"${to_latex(z_here)}$ enters every ${to_latex(p_there)}$, through the common denominator."
        total_ = s.BigOperator("\\sum", s.Symbol(other), None, s.Product((self.total(p_there), self.local(p_there, z_here)), ("",)))
        board.write("chain rule", left, total_, told)
        board.write("softmax", self.local(p_here, z_here), s.Product((p_here, one_less), ("",)), f"The case ${other} = {last}$.")
        minus = s.Add((("-", s.Product((p_there, p_here), ("",))),))
        board.write("softmax", self.local(p_there, z_here), minus, f"The case ${other} \\ne {last}$.", f"{other} \\ne {last}")
        apart = s.Comparison((s.Symbol(other), s.Symbol(last)), ("\\ne",))
        own = s.Product((grouped(known.tree), p_here, one_less), ("",) * 2)
        rest = s.BigOperator("\\sum", apart, None, s.Product((grouped(at(known.tree)), s.Group(minus)), ("",)))
        board.write("collect", left, s.Add((("+", own), ("+", rest))), f"Both cases, with $k = {last}$ apart.".replace("k", other))
        target = scalars.simplified(s.Product((grouped(known.tree), p_here), ("",)), self.net)
        if target is None or not _negated(target):
            general = s.Product(
                (
                    p_here,
                    s.Group(
                        s.Add(
                            (
                                ("+", known.tree),
                                ("-", s.BigOperator("\\sum", s.Symbol(other), None, s.Product((grouped(at(known.tree)), p_there), ("",)))),
                            )
                        )
                    ),
                ),
                ("",),
            )
            board.write("collect", left, general, "The terms with the common factor are collected.")
            self.found[family.key] = [Piece(use.span, name.node)]
            return
        y = _negated(target)
        assert y is not None
        spread = s.BigOperator("\\sum", apart, None, s.Product((at(y), p_here), ("",)))
        bracket = s.Add((("+", s.Add((("-", y),))), ("+", s.Product((y, p_here), ("",))), ("+", spread)))
        board.write("collect", left, total(bracket.terms), "The quotients cancel.")
        everything = s.BigOperator("\\sum", s.Symbol(other), None, at(y))
        board.write(
            "collect",
            left,
            total((("-", y), ("+", s.Product((p_here, s.Group(everything)), ("",))))),
            f"The two terms with ${to_latex(p_here)}$ are one sum over all ${other}$.",
        )
        short = s.Add((("+", p_here), ("-", y)))
        if board.holds(left, short).verdict not in TRUE:
            board.assume(
                everything, ONE, "The target is a distribution over the classes (one-hot, for instance): its entries add up to one."
            )
        board.write("collect", left, short, f"With ${to_latex(everything)} = 1$.")
        bare = scalars.whole(short, here, self.net)
        if bare is not None:
            board.write("collect", name.node, bare, "So for all entries at once:")
        self.found[family.key] = [Piece(use.span, name.node)]

    # -- parameters -----------------------------------------------------------------------------------------------------------------

    def _parameter(self, family: Family) -> None:
        node = family.node
        self.board.part(f"The gradient of ${to_latex(node)}$")
        uses = self.uses(family.key)
        terms: list[tuple[Span | None, str, list[tuple[str, s.Node]]]] = []
        for use in uses:
            error, tree, _ = self._start(use, family, None)
            terms.append((use.summed, use.letter, back(error, tree, node, self.net)))
        self._parameter_entries(family, uses)
        left = self.total(node)
        if family.letter:
            (use,) = uses
            self.board.write("collect", left, total(tuple(terms[0][2])), "", self._condition(family, use.span))
            return
        written = [_over(span, letter, total(tuple(parts))) for span, letter, parts in terms]
        body = total(tuple(("+", term) for term in written))
        rule = "sum over steps" if any(span is not None for span, _, _ in terms) else "collect"
        values = _listed([to_latex(use.value) for use in uses])
        self.board.write(
            rule, left, body, f"${to_latex(node)}$ enters {values}{'; every step adds its part' if rule == 'sum over steps' else ''}."
        )
        merged = _merged(terms)
        if merged is not None:
            self.board.write(rule, left, merged, "The first term is the summand of the first step, so it joins the sum.")

    def _parameter_entries(self, family: Family, uses: Sequence[Use]) -> None:
        """One entry of a weight of columns: ∂L/∂W_{jk} = Σ_t ∂L/∂u_j ∂⁺u_j/∂W_{jk}."""
        use = uses[-1]
        if len(uses) != 1 or self.net.kind(use.value) != "column" or self.net.kind(family.node) != "matrix" or family.letter:
            return
        letters = self.letters(2)
        if len(letters) < 2:
            return
        tree = use.right
        factor = None
        call = applied(Equation(use.key, use.value, use.right), self.net)
        steep: s.Node | None = None
        if call is not None:
            steep = slope(call, use.value, self.net)
            tree = call.args[0]
        for term in [t for _, t in plain(tree).terms] if isinstance(plain(tree), s.Add) else [plain(tree)]:
            if isinstance(term, s.Product) and term.factors[0] == family.node and len(term.factors) == 2:
                factor = entry_of(plain(term.factors[1]), letters[1:], self.net)
        if factor is None:
            return
        w, u = self.entry(family.node, letters), self.entry(use.value, letters[:1])
        local = s.Derivative(u, (w,), mark="\\partial^+")
        error = self.error(use.key, use.value)
        first = self.entry(error, letters[:1]) if isinstance(error, s.Symbol | s.Call) else self.total(u)
        summand = s.Product((first, local), ("",))
        told = f"${to_latex(w)}$ enters ${to_latex(u)}$ only, at every step."
        self.board.write("chain rule", self.total(w), _over(use.summed, use.letter, summand), told)
        value: s.Node = factor
        if steep is not None:
            one = entry_of(steep, letters[:1], self.net)
            if one is None:
                return
            value = s.Product(
                (*(one.factors if isinstance(one, s.Product) else (one,)), grouped(factor)),
                ("",) * (2 if isinstance(one, s.Product) else 1),
            )
        condition = use.summed.condition(use.letter) if use.summed is not None and use.summed != self._declared(use) else ""
        self.board.write("local derivative", local, value, "", condition)

    def _declared(self, use: Use) -> Span | None:
        return self.net.families[use.key].span


def _listed(values: Sequence[str]) -> str:
    """`$a$, $b$ and $c$`."""
    shown = [f"${value}$" for value in dict.fromkeys(values)]
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}"


def _over(span: Span | None, letter: str, body: s.Node) -> s.Node:
    if span is None:
        return body
    inner = s.Group(body) if isinstance(body, s.Add) else body
    return s.BigOperator("\\sum", s.Comparison((s.Symbol(letter), span.low.tree()), ("=",)), span.high.tree(), inner)


def _negated(tree: s.Node) -> s.Node | None:
    """x of −x."""
    return tree.terms[0][1] if isinstance(tree, s.Add) and len(tree.terms) == 1 and tree.terms[0][0] == "-" else None


def _merged(terms: Sequence[tuple[Span | None, str, list[tuple[str, s.Node]]]]) -> s.Node | None:
    """A term of the step before the first one of a sum, taken into it."""
    lone = [parts for span, _, parts in terms if span is None]
    sums = [(span, letter, parts) for span, letter, parts in terms if span is not None]
    if len(lone) != 1 or len(sums) != 1:
        return None
    (span, letter, parts) = sums[0]
    assert span is not None
    earlier = span.low.moved(-1)
    if [(sign, at_end(part, letter, earlier)) for sign, part in parts] != lone[0]:
        return None
    return _over(replace(span, low=earlier), letter, total(tuple(parts)))


__all__ = ["HADAMARD", "General", "Piece"]
