"""Normal forms at concrete steps and sizes, term by term and index by index: what they claim to be the same as."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

from symbptt.index import Entry
from symbptt.proof.terms import Count, Factor, Normal, Ordered, Raised, Term, Total, Value
from symbptt.unroll import Unroller
from symbptt.unrolled import Setting

#: Summed indices are tried from −1 to 5, the largest size of a layer.
TRIED = range(-1, 6)


class Enumerated:
    """The graph node of a normal form at one setting."""

    def __init__(self, unroller: Unroller) -> None:
        self.unroller = unroller
        self.graph = unroller.graph

    def normal(self, normal: Normal, values: Setting) -> int:
        return self.graph.add([self.term(term, values) for term in normal])

    def term(self, term: Term, values: Setting) -> int:
        parts = [
            self.graph.scale(term.coefficient, self.graph.mul([self.factor(f, inner) for f in term.factors]))
            for inner in self.instances(term, values)
        ]
        return self.graph.add(parts)

    def instances(self, term: Term, values: Setting) -> Iterator[Setting]:
        for choice in product(TRIED, repeat=len(term.bound)):
            inner = values.copy()
            inner.update(zip(term.bound, choice, strict=True))
            if all(g.value(inner) >= 0 for g in term.domain) and not any(e.value(inner) for e in term.equal):
                yield inner

    def factor(self, f: Factor, values: Setting) -> int:
        if isinstance(f, Entry):
            return self.entry(f, values)
        if isinstance(f, Count):
            return self.graph.const(f.atom.value(values))
        if isinstance(f, Total):
            return self.graph.gradient(self.entry(f.target, values), [self.entry(f.source, values)])[0]
        if isinstance(f, Raised):
            return self.graph.power(self.normal(f.body, values), f.exponent.value(values))
        if isinstance(f, Ordered):
            return self.ordered(f, values)
        return self.value(f, values)

    def entry(self, e: Entry, values: Setting) -> int:
        return self.unroller.entry(e.family, tuple(s.value(values) for s in e.slots), tuple(c.value(values) for c in e.components))

    def ordered(self, f: Ordered, values: Setting) -> int:
        row, column = f.row.value(values), f.column.value(values)
        current = {row: self.graph.const(1)}
        for step in range(f.upper.value(values), f.lower.value(values) - 1, -1):
            inner = values.copy()
            inner[f.variable] = step
            following: dict[int, int] = {}
            for c in range(1, f.columns.value(inner) + 1):
                terms = []
                for r, node in current.items():
                    inner.update({f.row_variable: r, f.column_variable: c})
                    terms.append(self.graph.mul((node, self.normal(f.body, inner))))
                following[c] = self.graph.add(terms)
            current = following
        return current[column] if column in current else self.graph.const(0)

    def value(self, f: Value, values: Setting) -> int:
        flat: list[int] = []
        starts: list[int] = []
        shapes: list[list[int]] = []
        for a in f.arguments:
            starts.append(len(flat))
            shapes.append([size.value(values) for size in a.sizes])
            for choice in product(*(range(1, n + 1) for n in shapes[-1])):
                inner = values.copy()
                inner.update(zip(a.variables, choice, strict=True))
                flat.append(self.normal(a.body, inner))
        orders = {0: f.order} if f.order else {}
        for position, places in f.partial:
            offset = 0
            for place, n in zip(places, shapes[position], strict=True):
                offset = offset * n + place.value(values) - 1
            orders[starts[position] + offset] = orders.get(starts[position] + offset, 0) + 1
        component = tuple(c.value(values) for c in f.component)
        if f.function == "softmax":
            component = tuple(c - 1 for c in component)
        name = f.function + "".join(f"@{slot.value(values)}" for slot in f.slots)
        return self.graph.apply(name, tuple(flat), component, tuple(sorted(orders.items())))
