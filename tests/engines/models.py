"""Small hand-unrolled models for the engine tests: entries are named nodes, gradients hand-written beside reverse mode."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction

from symbptt.graph import Graph

Vector = list[int]
Matrix = list[list[int]]


class Unrolled:
    """Vectors and matrices of nodes over one graph."""

    def __init__(self) -> None:
        self.graph = Graph()

    def vector(self, name: str, size: int, *index: int) -> Vector:
        return [self.graph.leaf((name, (*index, i))) for i in range(size)]

    def matrix(self, name: str, rows: int, columns: int) -> Matrix:
        return [[self.graph.leaf((name, (i, j))) for j in range(columns)] for i in range(rows)]

    def named(self, name: str, values: Sequence[int], *index: int) -> Vector:
        return [self.graph.name((name, (*index, i)), value) for i, value in enumerate(values)]

    def times(self, matrix: Matrix, vector: Sequence[int]) -> Vector:
        g = self.graph
        return [g.add(g.mul((a, b)) for a, b in zip(row, vector, strict=True)) for row in matrix]

    def plus(self, *vectors: Sequence[int]) -> Vector:
        return [self.graph.add(entries) for entries in zip(*vectors, strict=True)]

    def hadamard(self, *vectors: Sequence[int]) -> Vector:
        return [self.graph.mul(entries) for entries in zip(*vectors, strict=True)]

    def apply(self, function: str, vector: Sequence[int]) -> Vector:
        return [self.graph.apply(function, (entry,)) for entry in vector]

    def softmax(self, vector: Sequence[int]) -> Vector:
        return [self.graph.apply("softmax", tuple(vector), (i,)) for i in range(len(vector))]

    def minus(self, a: Sequence[int], b: Sequence[int]) -> Vector:
        return [self.graph.sub(x, y) for x, y in zip(a, b, strict=True)]

    def one_minus(self, vector: Sequence[int]) -> Vector:
        return [self.graph.sub(self.graph.const(1), x) for x in vector]

    def one_minus_square(self, vector: Sequence[int]) -> Vector:
        return [self.graph.sub(self.graph.const(1), self.graph.power(x, 2)) for x in vector]

    def transposed(self, matrix: Matrix) -> Matrix:
        return [list(column) for column in zip(*matrix, strict=True)]

    def outer_sum(self, pairs: Sequence[tuple[Vector, Vector]]) -> Matrix:
        """Σ a bᵀ over the pairs."""
        g = self.graph
        rows, columns = len(pairs[0][0]), len(pairs[0][1])
        return [[g.add([g.mul((a[i], b[j])) for a, b in pairs]) for j in range(columns)] for i in range(rows)]

    def gradient(self, loss: int, parameter: Matrix) -> Matrix:
        flat = self.graph.gradient(loss, [node for row in parameter for node in row])
        width = len(parameter[0])
        return [flat[i : i + width] for i in range(0, len(flat), width)]


class TanhRnn(Unrolled):
    """z_t = W h_{t-1} + U x_t + b, h_t = tanh z_t, o_t = V h_t + c, ŷ_t = softmax o_t, L = −Σ y log ŷ."""

    def __init__(self, steps: int, n: int = 3, m: int = 2, k: int = 4, function: str = "tanh") -> None:
        super().__init__()
        g = self.graph
        self.steps, self.n, self.m, self.k = steps, n, m, k
        self.W, self.U, self.V = self.matrix("W", n, n), self.matrix("U", n, m), self.matrix("V", k, n)
        self.b, self.c = self.vector("b", n), self.vector("c", k)
        self.h: dict[int, Vector] = {0: self.vector("h", n, 0)}
        self.x = {t: self.vector("x", m, t) for t in range(1, steps + 1)}
        self.y = {t: self.vector("y", k, t) for t in range(1, steps + 1)}
        self.z: dict[int, Vector] = {}
        self.o: dict[int, Vector] = {}
        self.yhat: dict[int, Vector] = {}
        losses = []
        for t in range(1, steps + 1):
            z = self.plus(self.times(self.W, self.h[t - 1]), self.times(self.U, self.x[t]), self.b)
            self.z[t] = self.named("z", z, t)
            self.h[t] = self.named("h", self.apply(function, self.z[t]), t)
            self.o[t] = self.named("o", self.plus(self.times(self.V, self.h[t]), self.c), t)
            self.yhat[t] = self.named("yhat", self.softmax(self.o[t]), t)
            log = self.apply("log", self.yhat[t])
            losses.append(g.name(("L", (t,)), g.scale(-1, g.add(self.hadamard(self.y[t], log)))))
        self.loss = g.name(("L", ()), g.add(losses))

    def error(self, t: int) -> Vector:
        """ŷ Σy − y."""
        total = self.graph.add(self.y[t])
        return [self.graph.sub(self.graph.mul((p, total)), y) for p, y in zip(self.yhat[t], self.y[t], strict=True)]

    def deltas(self, prime: Callable[[int], Vector] | None = None, named: bool = True) -> dict[int, Vector]:
        """δ_t = (Vᵀ e_t + Wᵀ δ_{t+1}) ⊙ (1 − h_t²)."""
        prime = prime or (lambda t: self.one_minus_square(self.h[t]))
        delta: dict[int, Vector] = {}
        for t in range(self.steps, 0, -1):
            back = self.times(self.transposed(self.V), self.error(t))
            if t < self.steps:
                back = self.plus(back, self.times(self.transposed(self.W), delta[t + 1]))
            values = self.hadamard(back, prime(t))
            delta[t] = self.named("delta", values, t) if named else values
        return delta


class Lstm(Unrolled):
    """The LSTM of Gers, Schmidhuber, Cummins 2000 without peepholes; L = ½ Σ_t |h_t − y_t|²."""

    GATES = ("f", "i", "o", "g")

    def __init__(self, steps: int, n: int = 3, m: int = 2) -> None:
        super().__init__()
        g = self.graph
        self.steps, self.n, self.m = steps, n, m
        self.W = {a: self.matrix(f"W{a}", n, n) for a in self.GATES}
        self.U = {a: self.matrix(f"U{a}", n, m) for a in self.GATES}
        self.b = {a: self.vector(f"b{a}", n) for a in self.GATES}
        self.h: dict[int, Vector] = {0: self.vector("h", n, 0)}
        self.c: dict[int, Vector] = {0: self.vector("c", n, 0)}
        self.x = {t: self.vector("x", m, t) for t in range(1, steps + 1)}
        self.y = {t: self.vector("y", n, t) for t in range(1, steps + 1)}
        self.gate: dict[tuple[str, int], Vector] = {}
        losses = []
        for t in range(1, steps + 1):
            for a in self.GATES:
                z = self.plus(self.times(self.W[a], self.h[t - 1]), self.times(self.U[a], self.x[t]), self.b[a])
                z = self.named(f"z{a}", z, t)
                self.gate[a, t] = self.named(a, self.apply("tanh" if a == "g" else "sigmoid", z), t)
            c = self.plus(self.hadamard(self.gate["f", t], self.c[t - 1]), self.hadamard(self.gate["i", t], self.gate["g", t]))
            self.c[t] = self.named("c", c, t)
            self.h[t] = self.named("h", self.hadamard(self.gate["o", t], self.apply("tanh", self.c[t])), t)
            losses += [g.power(d, 2) for d in self.minus(self.h[t], self.y[t])]
        self.loss = g.name(("L", ()), g.scale(Fraction(1, 2), g.add(losses)))

    def deltas(self) -> dict[tuple[str, int], Vector]:
        """δ of each gate's net input, by the textbook recursions for δh_t and δc_t."""
        delta: dict[tuple[str, int], Vector] = {}
        dc_next: Vector | None = None
        for t in range(self.steps, 0, -1):
            f, i, o, cell = (self.gate[a, t] for a in self.GATES)
            tanh_c = self.apply("tanh", self.c[t])
            dh = self.minus(self.h[t], self.y[t])
            if t < self.steps:
                dh = self.plus(dh, *(self.times(self.transposed(self.W[a]), delta[a, t + 1]) for a in self.GATES))
            dh = self.named("dh", dh, t)
            dc = self.hadamard(dh, o, self.one_minus_square(tanh_c))
            if dc_next is not None:
                dc = self.plus(dc, self.hadamard(dc_next, self.gate["f", t + 1]))
            dc = self.named("dc", dc, t)
            delta["f", t] = self.named("df", self.hadamard(dc, self.c[t - 1], f, self.one_minus(f)), t)
            delta["i", t] = self.named("di", self.hadamard(dc, cell, i, self.one_minus(i)), t)
            delta["o", t] = self.named("do", self.hadamard(dh, tanh_c, o, self.one_minus(o)), t)
            delta["g", t] = self.named("dg", self.hadamard(dc, i, self.one_minus_square(cell)), t)
            dc_next = dc
        return delta


class Gru(Unrolled):
    """The GRU of Cho et al. 2014: h_t = u ⊙ h_{t-1} + (1 − u) ⊙ tanh(W (r ⊙ h_{t-1}) + U x_t); L = Σ_t a_t · h_t."""

    GATES = ("u", "r", "g")

    def __init__(self, steps: int, n: int = 3, m: int = 2) -> None:
        super().__init__()
        g = self.graph
        self.steps, self.n, self.m = steps, n, m
        self.W = {a: self.matrix(f"W{a}", n, n) for a in self.GATES}
        self.U = {a: self.matrix(f"U{a}", n, m) for a in self.GATES}
        self.h: dict[int, Vector] = {0: self.vector("h", n, 0)}
        self.x = {t: self.vector("x", m, t) for t in range(1, steps + 1)}
        self.a = {t: self.vector("a", n, t) for t in range(1, steps + 1)}
        self.gate: dict[tuple[str, int], Vector] = {}
        self.reset: dict[int, Vector] = {}
        losses = []
        for t in range(1, steps + 1):
            for a in self.GATES:
                inner = self.h[t - 1]
                if a == "g":
                    inner = self.reset[t] = self.hadamard(self.gate["r", t], inner)
                z = self.named(f"z{a}", self.plus(self.times(self.W[a], inner), self.times(self.U[a], self.x[t])), t)
                self.gate[a, t] = self.named(a, self.apply("tanh" if a == "g" else "sigmoid", z), t)
            u, cell = self.gate["u", t], self.gate["g", t]
            h = self.plus(self.hadamard(u, self.h[t - 1]), self.hadamard(self.one_minus(u), cell))
            self.h[t] = self.named("h", h, t)
            losses += self.hadamard(self.a[t], self.h[t])
        self.loss = g.name(("L", ()), g.add(losses))

    def deltas(self) -> dict[tuple[str, int], Vector]:
        """δ of each gate's net input, the reset path expanded term by term."""
        delta: dict[tuple[str, int], Vector] = {}
        dh: Vector = []
        for t in range(self.steps, 0, -1):
            if t == self.steps:
                dh = self.a[t]
            else:
                s = t + 1
                through_reset = self.hadamard(self.times(self.transposed(self.W["g"]), delta["g", s]), self.gate["r", s])
                dh = self.plus(
                    self.a[t],
                    self.hadamard(dh, self.gate["u", s]),
                    self.times(self.transposed(self.W["u"]), delta["u", s]),
                    self.times(self.transposed(self.W["r"]), delta["r", s]),
                    through_reset,
                )
            u, r, cell = (self.gate[a, t] for a in self.GATES)
            delta["g", t] = self.named("dg", self.hadamard(dh, self.one_minus(u), self.one_minus_square(cell)), t)
            delta["u", t] = self.named("du", self.hadamard(dh, self.minus(self.h[t - 1], cell), u, self.one_minus(u)), t)
            back = self.times(self.transposed(self.W["g"]), delta["g", t])
            delta["r", t] = self.named("dr", self.hadamard(back, self.h[t - 1], r, self.one_minus(r)), t)
        return delta
