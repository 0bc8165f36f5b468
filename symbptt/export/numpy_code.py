"""The NumPy printer: blocks of a schedule as lines of code that write into buffers which are made once for each size."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from symbptt.index import Add, Affine, Apply, Entry, Expression, Sum

from .contraction import ordered_variables
from .formula import Formulas
from .numpy_parts import Buffer, complementary, exponential_of, local_quantities
from .numpy_values import ValuePrinter
from .rewrite import LOGSUMEXP
from .system import Quantity, Term
from .trees import NotExported, parts, tidy


def _elementwise_joined(terms: Sequence[Term]) -> list[Term]:
    """Unconditional terms without sums as one sum of terms, which needs no pass over the target for each."""
    plain = [t for t in terms if not (t.lows or t.highs) and not any(isinstance(part, Sum) for part in parts(t.body))]
    if len(plain) < 2:
        return list(terms)
    return [*(t for t in terms if t not in plain), Term(tidy(Add(tuple(t.body for t in plain))))]


@dataclass
class Printer(ValuePrinter):
    """Lines of one function, and the buffers it needs."""

    # -- blocks ---------------------------------------------------------------------------------------------------------

    def write(self) -> None:
        """All blocks in order."""
        formulas = Formulas(self.names)
        self.local = local_quantities(self.plan)
        for block in self.plan.blocks:
            for quantity in block.quantities:
                self._allocate(quantity)
            if block.direction == 0:
                for quantity in block.quantities:
                    if quantity.name in self.done:
                        self.line(f"# {formulas.of(quantity)}: found with the sum of its exponentials")
                        continue
                    every = f", {quantity.letter} = {quantity.lower}..{quantity.upper}" if quantity.letter else ""
                    self.line(f"# {formulas.of(quantity)}{every}")
                    self._whole(quantity)
                continue
            letter = block.quantities[0].letter
            lower = min((q.lower for q in block.quantities), key=lambda index: index.constant)
            upper = max((q.upper for q in block.quantities), key=lambda index: index.constant)
            span = f"range({self.size(lower)}, {self.size(upper)} + 1)"
            self.line(f"for {letter} in {span if block.direction > 0 else f'reversed({span})'}:")
            with self._indented():
                for quantity in block.quantities:
                    self.line(f"# {formulas.of(quantity)}")
                    inside = [f"{letter} >= {self.size(quantity.lower)}"] if quantity.lower != lower else []
                    inside += [f"{letter} <= {self.size(quantity.upper)}"] if quantity.upper != upper else []
                    if not inside:
                        self._step(quantity, letter)
                        continue
                    self.line(f"if {' and '.join(inside)}:")
                    with self._indented():
                        self._step(quantity, letter)

    @contextmanager
    def _indented(self) -> Iterator[None]:
        self._indent += 1
        yield
        self._indent -= 1

    def _allocate(self, quantity: Quantity) -> None:
        name = self.names[quantity.name]
        if (not quantity.axes and not quantity.letter) or quantity.name in self.done:
            return
        if quantity.name in self.local:
            self.buffers[name] = Buffer(name, tuple(self.size(axis) for axis in quantity.axes))
            return
        if quantity.ragged:
            sizes = tuple(self.size(axis) for axis in quantity.axes)
            self.row_lists[name] = None
            self.buffers[name] = Buffer(name, sizes, ragged=(quantity.letter, str(quantity.first), self.size(quantity.upper)))
            return
        rows = f"{self.size(quantity.upper - quantity.first + Affine.of(1))}" if quantity.letter else ""
        self.buffers[name] = Buffer(name, tuple(self.size(axis) for axis in quantity.axes), rows)

    def _whole(self, quantity: Quantity) -> None:
        self._loop = ""
        self._sizes = dict(zip(quantity.components, quantity.axes, strict=True))
        out = ((quantity.letter,) if quantity.letter else ()) + quantity.components
        if not out:
            self._scalar(quantity)
            return
        written = False
        for term in sorted(_elementwise_joined(quantity.terms), key=lambda t: bool(t.lows or t.highs)):
            if self._with_exponentials(term.body, quantity, out):
                return
            low, high = self._bounds(term, quantity)
            self._ranges = {quantity.letter: (low, high)} if quantity.letter else {}
            target = self._target(quantity, low, high, bool(term.lows or term.highs))
            if not written and (term.lows or term.highs):
                self.line(f"{self.names[quantity.name]}.fill(0.0)")
                written = True
            self._term(term.body, target, out, written)
            written = True
        if not written:
            self.line(f"{self.names[quantity.name]}.fill(0.0)")

    def _bounds(self, term: Term, quantity: Quantity) -> tuple[Affine, Affine]:
        if len(term.lows) > 1 or len(term.highs) > 1:
            raise NotExported(f"a term of `{quantity.latex}` holds between more than two steps; that is not exported yet")
        return (term.lows[0] if term.lows else quantity.lower), (term.highs[0] if term.highs else quantity.upper)

    def _target(self, quantity: Quantity, low: Affine, high: Affine, part: bool) -> str:
        name = self.names[quantity.name]
        if not quantity.letter or (not part and not quantity.initial):
            return name
        return f"{name}[{self.size(low - quantity.first)}:{self.size(high - quantity.first + Affine.of(1))}]"

    def _scalar(self, quantity: Quantity) -> None:
        self._ranges = {}
        parts = []
        for term in quantity.terms:
            self._order = ordered_variables(term.body, ())
            parts.append(self._value(term.body, ()).code)
        self.line(f"{self.names[quantity.name]} = {' + '.join(parts) if parts else '0.0'}")

    def _step(self, quantity: Quantity, letter: str) -> None:
        self._loop = letter
        self._ranges = {}
        self._sizes = dict(zip(quantity.components, quantity.axes, strict=True))
        name = self.names[quantity.name]
        if quantity.name in self.local:
            target = name
        else:
            self.row_lists[name] = None
            target = "out"
            self.line(f"out = {name}_[{self.row(Affine.of(letter), quantity)}]")
        out = quantity.components
        certain = [t for t in quantity.terms if not (t.lows or t.highs)]
        guarded: dict[str, list[Term]] = {}
        for term in quantity.terms:
            guards = [f"{letter} >= {self.size(low)}" for low in term.lows] + [f"{letter} <= {self.size(high)}" for high in term.highs]
            if guards:
                guarded.setdefault(" and ".join(guards), []).append(term)
        if len(guarded) == 1 and not any(isinstance(t.body, (Sum, Apply)) for t in certain):
            ((guard, terms),) = guarded.items()  # the product goes straight into its place
            self.line(f"if {guard}:")
            with self._indented():
                self._all_terms([*terms, *certain], target, out)
            self.line("else:")
            with self._indented():
                self._all_terms(certain, target, out)
            return
        if not certain and complementary(list(guarded.values())):
            for word, terms in zip((f"if {next(iter(guarded))}:", "else:"), guarded.values(), strict=True):
                self.line(word)
                with self._indented():
                    self._all_terms(terms, target, out)
            return
        self._all_terms(certain, target, out)
        for guard, terms in guarded.items():
            self.line(f"if {guard}:")
            with self._indented():
                for term in terms:
                    self._term(term.body, target, out, True)

    def _all_terms(self, terms: Sequence[Term], target: str, out: tuple[str, ...]) -> None:
        """target = Σ terms; a product first, which is written straight into its place."""
        if not terms:
            self.line(f"{target}.fill(0.0)")
        ordered = sorted(_elementwise_joined(terms), key=lambda t: (not isinstance(t.body, Sum), isinstance(t.body, Entry)))
        if len(ordered) > 1 and isinstance(ordered[0].body, Entry):  # a + b without a copy
            body = Add(tuple(t.body for t in ordered))
            self._term(body, target, out, False)
            return
        for number, term in enumerate(ordered):
            self._term(term.body, target, out, number > 0)

    def _term(self, body: Expression, target: str, out: tuple[str, ...], add: bool) -> None:
        """target = body, or target += body."""
        self._order = ordered_variables(body, out)
        if not add:
            value = self._value(body, out, target)
            if value.code != target:
                self.line(f"np.copyto({target}, {self._aligned(value, out)})")
            return
        value = self._value(body, out)
        self.line(f"np.add({target}, {self._aligned(value, out)}, {target})")
        self._free(value)

    def _with_exponentials(self, body: Expression, quantity: Quantity, out: tuple[str, ...]) -> bool:
        """logsumexp(s) together with exp(s − logsumexp(s)), which is to come: its exponentials are those that are summed."""
        if not isinstance(body, Apply) or body.function != LOGSUMEXP or quantity.initial or not out:
            return False
        other = exponential_of(quantity, self.plan)
        if other is None:
            return False
        argument = body.arguments[0]
        self._ranges = {quantity.letter: (quantity.lower, quantity.upper)} if quantity.letter else {}
        self._sizes = {**self._sizes, argument.variables[0]: argument.sizes[0]}
        self._order = (*ordered_variables(body, out), argument.variables[0])
        value, name = self._value(argument.body, ()), self.names[other.name]
        here = self.names[quantity.name]
        self._allocate(other)
        self.done.add(other.name)
        top = self._temporary(value.axes[:-1])
        self.line(f"np.maximum.reduce({value.code}, -1, None, {top})")
        self.line(f"np.subtract({value.code}, {top}[..., None], {name})  # the largest is taken off first: no overflow")
        self.line(f"np.exp({name}, {name})")
        flat = f"{name}.reshape(-1, {self.size(other.axes[-1])})" if len(out) > 1 else name
        self.line(f"{flat}.dot({self._ones(argument.variables)}, {here}{'.reshape(-1)' if len(out) > 1 else ''})")
        self.line(f"np.divide({name}, {here}[..., None], {name})")
        self.line(f"np.log({here}, {here})")
        self.line(f"np.add({here}, {top}, {here})")
        self._busy.discard(top)
        return True
