"""Random models: recurrent cells and feed-forward nets, in columns or rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from random import Random
from typing import Any

from benchmarks.campaign import terms as tm
from benchmarks.campaign.calculus import half
from benchmarks.campaign.terms import NONE, Add, D, Entry, Fun, Had, Mul, Node, Num, Shape, Size, Slot, Sum, SumOver, Var
from benchmarks.campaign.truth import Model

TANH, SIGMOID, RELU = r"\tanh", r"\sigma", r"\operatorname{ReLU}"
ABSTRACT = ("f", r"\varphi", r"\psi")
LOSSES = ("half", "square", "dot", "entries", "cross-entropy", "binary", "linear", "exp")


@dataclass(frozen=True)
class Net:
    """A model with what claims about it are made of: its loss, what the loss contributes directly, its parameters and states.

    `direct` are (quantity, contribution) of one step; `at_end` says that the loss looks at the last step only.
    `softmax` is (logits, value, target) where there is one.
    """

    model: Model
    loss: Var
    row: bool
    direct: tuple[tuple[Var, Node], ...]
    at_end: bool
    parameters: tuple[Var, ...]
    states: tuple[Var, ...]
    free: tuple[Var, ...]
    problem: Mapping[str, Any] = field(default_factory=dict)
    softmax: tuple[Var, Var, Var] | None = None

    @property
    def letter(self) -> str:
        return self.model.letter

    @property
    def order(self) -> int:
        """How many steps back the equations look."""
        slots = [v.slot for _, e in self.model.equations.values() for v in tm.walk(e) if isinstance(v, Var) and v.slot]
        return max((-s.shift for s in slots if s.base == self.letter), default=0)

    def adjoint(self, var: Var) -> Node:
        """∂loss/∂var, by its abbreviation where it has one."""
        for name, (left, d) in self.model.abbreviations.items():
            if isinstance(d.wrt, Var) and d.wrt.name == var.name:
                return Var(name, left.of, var.slot)
        return D(self.loss, var)


class Maker:
    """Draws names, shapes and equations of one model."""

    def __init__(self, chance: Random, letter: str) -> None:
        self.chance = chance
        self.letter = letter
        self.row = chance.random() < 0.35
        self.equations: dict[str, tuple[Var, Node]] = {}
        self.ends: dict[str, tuple[Var, Node]] = {}
        self.parameters: list[Var] = []
        self.free: dict[str, Var] = {}
        self.targets: dict[str, str] = {}
        self.softmax: tuple[Var, Var, Var] | None = None
        self._pools = {
            "weight": chance.sample(["W", "U", "V", "A", "B", "R", "P", "Q", "K", "M"], 10),
            "bias": chance.sample(["b", "c", "w", r"\beta", r"\alpha", r"\eta", r"\mu"], 7),
        }
        self.functions = chance.sample([TANH, SIGMOID, RELU, ABSTRACT[0], ABSTRACT[1]], 5)

    def step(self, shift: int = 0) -> Slot | None:
        return Slot(self.letter, shift) if self.letter else None

    def vector(self, name: str, size: Size, slot: Slot | None) -> Var:
        return Var(name, (NONE, size) if self.row else (size, NONE), slot)

    def matrix(self, out: Size, inner: Size, slot: Slot | None = None, name: str = "") -> Var:
        """A weight from vectors of size `inner` to those of size `out`."""
        name = name or self._pools["weight"].pop()
        weight = Var(name, (inner, out) if self.row else (out, inner), slot)
        self.parameters.append(weight)
        self.free[name] = weight
        return weight

    def bias(self, size: Size, slot: Slot | None = None) -> Var:
        name = self._pools["bias"].pop()
        self.parameters.append(self.vector(name, size, slot))
        self.free[name] = self.parameters[-1]
        return self.parameters[-1]

    def times(self, weight: Node, vector: Node) -> Node:
        return Mul(vector, weight) if self.row else Mul(weight, vector)

    def sum(self, terms: list[Node]) -> Node:
        self.chance.shuffle(terms)
        return tm.add(*((1, term) for term in terms))

    def define(self, var: Var, value: Node) -> Var:
        self.equations[var.name] = (var, value)
        return var

    def end(self, ends: list[tuple[Slot, Var, Callable[[], Node]]]) -> None:
        """Perhaps one of these: a step, a quantity, and what it is at that step alone."""
        if self.chance.random() < 0.35:
            step, var, value = self.chance.choice(ends)
            self.ends[var.name] = (tm.moved(var, self.letter, step), tm.moved(value(), self.letter, step))

    # -- losses -----------------------------------------------------------------------------------------------------------

    def step_loss(self, kind: str, out: Var, target: str) -> tuple[Node, list[tuple[Var, Node]]]:
        """The loss of one step in the value `out`, and its direct contributions."""
        (size,) = (s for s in out.shape if s != NONE)
        y = self.vector(target, size, out.slot)
        if kind not in ("linear", "exp"):
            self.free[target] = y
        error = Add(((1, out), (-1, y)))
        k = self.chance.choice(["k", "i", "j"])
        if kind == "half":
            return half(tm.NormSquared(error)), [(out, error)]
        if kind == "square":
            return tm.NormSquared(error), [(out, Mul(tm.TWO, error))]
        if kind == "dot":
            turned = tm.Transposed(error)
            return (Mul(error, turned) if self.row else Mul(turned, error)), [(out, Mul(tm.TWO, error))]
        if kind == "entries":
            part = half(tm.Square(Add(((1, Entry(out, (k,))), (-1, Entry(y, (k,)))))))
            return SumOver(k, size, part), [(out, error)]
        if kind == "exp":
            return SumOver(k, size, Fun(r"\exp", 0, Entry(out, (k,)))), [(out, Fun(r"\exp", 0, out))]
        if kind == "linear":
            c = self.bias(size)
            self.parameters.remove(c)
            return (Mul(out, tm.Transposed(c)) if self.row else Mul(tm.Transposed(c), out)), [(out, c)]
        p = self.vector("p", size, out.slot)
        log = Mul(Entry(y, (k,)), Fun(r"\ln", 0, Entry(p, (k,))))
        if kind == "binary":
            self.define(p, Fun(SIGMOID, 0, out))
            one = Num(Fraction(1))
            other = Mul(Add(((1, one), (-1, Entry(y, (k,))))), Fun(r"\ln", 0, Add(((1, one), (-1, Entry(p, (k,)))))))
            return Add(((-1, SumOver(k, size, Add(((1, log), (1, other))))),)), [(out, Add(((1, p), (-1, y))))]
        self.define(p, tm.Softmax(out))
        self.softmax = (out, p, y)
        kind = self.chance.choice(["", "normalised", "one_hot"])
        if kind:
            self.targets[y.name] = kind
            return Add(((-1, SumOver(k, size, log)),)), [(out, Add(((1, p), (-1, y))))]
        total = SumOver(k, size, Entry(y, (k,)))
        return Add(((-1, SumOver(k, size, log)),)), [(out, Add(((1, Mul(total, p)), (-1, y))))]

    # -- the whole ----------------------------------------------------------------------------------------------------------

    def net(self, loss: Var, value: Node, direct: list[tuple[Var, Node]], at_end: bool, last: str, states: list[Var], deltas: bool) -> Net:
        self.define(loss, value)
        abbreviations: dict[str, tuple[Var, D]] = {}
        greek = [r"\delta", r"\epsilon", r"\gamma"]
        candidates = [v for v, _ in self.equations.values() if v.name != loss.name and (v.slot or not self.letter)]
        if deltas:
            for var in self.chance.sample(candidates, min(self.chance.randint(0, 2), len(candidates))):
                name = greek.pop(0)
                left = Var(name if self.letter else f"{name}_{var.name.partition('_')[2] or '0'}", var.of, var.slot)
                abbreviations[left.name] = (left, D(loss, var))
        used = {e.name for _, body in self.equations.values() for e in tm.walk(body) if isinstance(e, Fun)}
        smooth = tuple(sorted(used & set(ABSTRACT)))
        model = Model(self.equations, self.letter, last, abbreviations, smooth, targets=self.targets, ends=self.ends)
        net = Net(
            model, loss, self.row, tuple(direct), at_end, tuple(self.parameters), tuple(states), tuple(self.free.values()), {}, self.softmax
        )
        return replace(net, problem=problem_of(net, self.chance))


def shape_text(shape: Shape) -> str:
    rows, columns = shape
    if columns == NONE:
        return "scalar" if rows == NONE else rows.latex
    return f"{rows.latex if rows != NONE else '1'}×{columns.latex}"


def problem_of(net: Net, chance: Random) -> dict[str, Any]:
    """The fields of a problem that state the model."""
    model = net.model
    stated = [*model.equations.values(), *model.abbreviations.values()]
    for end in model.ends.values():
        stated.insert(chance.randint(0, len(stated)), end)
    lines = [f"{tm.latex(left)} = {tm.latex(right)}" for left, right in stated]
    known = [*(v for v, _ in model.equations.values()), *(v for v, _ in model.abbreviations.values()), *net.free]
    notation: dict[str, Any] = {}
    if chance.random() < 0.6:
        notation["juxtaposition"] = "matrix"
    if net.row:
        notation["layout"] = {"vector": "denominator"}
    problem: dict[str, Any] = {"given": lines, "shapes": {tm.latex(v): shape_text(v.shape) for v in known}}
    if model.letter:
        problem["ranges"] = {model.letter: f"1..{model.last}"}
    if model.smooth:
        problem["functions"] = dict.fromkeys(model.smooth, "elementwise")
    if notation:
        problem["notation"] = notation
    if model.targets:
        members = {v.name: tm.latex(v) for v in net.free}
        problem["assume"] = [
            {"one_hot": members[name]} if kind == "one_hot" else rf"\sum_k {name}_{{{model.letter + ',' if model.letter else ''}k}} = 1"
            for name, kind in model.targets.items()
        ]
    return problem


def sizes(chance: Random, count: int) -> list[Size]:
    return [Size(name) for name in chance.sample(["n", "m", "d", "N"], count)]


def recurrent(chance: Random) -> Net:
    """One or two recurrent layers, plain or gated, with skips, biases, shared weights; an output and a loss."""
    make = Maker(chance, "t")
    n, m, q = sizes(chance, 3)
    states: list[Var] = []
    name, net_input, x = chance.choice(["h", "s", "a"]), chance.choice(["z", "u"]), chance.choice(["x", "v"])
    below = make.vector(x, m, make.step())
    make.free[x] = below
    size = m
    for layer in range(1 if chance.random() < 0.75 else 2):
        letters = (name, net_input) if not layer else ("r", "u" if net_input == "z" else "z")
        below = _cell(make, below, size, n, letters, bool(layer))
        size = n
        states.append(below)
    top = below
    if chance.random() < 0.7:
        weight = make.matrix(q, n)
        out = make.define(
            make.vector("o", q, make.step()), make.sum([make.times(weight, top), *([make.bias(q)] if chance.random() < 0.4 else [])])
        )
        top = out
        if chance.random() < 0.2:
            top = make.define(make.vector(r"\hat{y}", q, make.step()), Fun(make.functions[2], 0, out))
    kinds = [k for k in LOSSES if not (k in ("cross-entropy", "binary") and top.name == r"\hat{y}")]
    value, direct = make.step_loss(chance.choice(kinds), top, "y")
    at_end = chance.random() < 0.25
    whole = tm.moved(value, "t", Slot("T")) if at_end else Sum("t", Slot("", 1), Slot("T"), value)
    loss = Var(chance.choice(["L", "J", "E"]), tm.SCALAR)
    return make.net(loss, whole, direct, at_end, "T", states, True)


def _cell(make: Maker, below: Var, size: Size, n: Size, letters: tuple[str, str], second: bool) -> Var:
    """s_t = φ(z_t) or a gated mixture of it with s_{t-1}."""
    chance = make.chance
    state, before = (make.vector(letters[0], n, make.step(shift)) for shift in (0, -1))
    own, other = make.matrix(n, n), make.matrix(n, size)
    first = make.times(other, below)
    terms = [make.times(own, before), first]
    extras: list[Callable[[], Node]] = [
        lambda: make.bias(n),
        lambda: before,
        lambda: make.times(own, make.times(own, before)),
        lambda: make.vector(letters[0], n, make.step(-2)),
        lambda: make.times(own, make.vector(letters[0], n, make.step(-2))),
        lambda: Had(before, make.bias(n)),
    ]
    weights = [5, 1, 1, 1, 1, 1]
    for extra in {chance.choices(range(6), weights)[0] for _ in range(chance.randint(0, 2))}:
        terms.append(extras[extra]())
    z = make.define(make.vector(letters[1], n, make.step()), make.sum(terms))
    function = make.functions[0 if not second else 3]
    value: Node = Fun(function, 0, z)
    style = chance.random()
    if style < 0.25 and not second:
        weight = make.matrix(n, n)
        gate = make.define(make.vector("g", n, make.step()), Fun(SIGMOID, 0, make.times(weight, before)))
        value = make.sum([Had(gate, before), Had(Add(((1, tm.ONE), (-1, gate))), value)])
    elif style < 0.35:
        value = make.sum([value, before])
    elif style < 0.45:
        value = Had(value, make.bias(n))
    one = Slot("", 1)
    make.end(
        [
            (Slot("T"), state, lambda: z),
            (one, state, lambda: z),
            (one, z, lambda: first),
            (Slot(), state, lambda: Fun(make.functions[0], 0, make.bias(n))),
        ]
    )
    return make.define(state, value)


def layered(chance: Random) -> Net:
    """z_l = W_l a_{l-1} + b_l, a_l = φ(z_l) for l = 1..L, with sizes n_l."""
    make = Maker(chance, "l")
    size = Size("n", Slot("l"))
    z, a = (make.vector(name, size, make.step()) for name in ("z", chance.choice(["a", "h"])))
    before = make.vector(a.name, Size("n", Slot("l", -1)), make.step(-1))
    weight = make.matrix(size, Size("n", Slot("l", -1)), Slot("l"))
    terms = [make.times(weight, before), *([make.bias(size, Slot("l"))] if chance.random() < 0.6 else [])]
    make.define(z, make.sum(terms))
    make.define(a, Fun(make.functions[0], 0, z))
    make.end([(Slot("L"), a, lambda: z), (Slot("", 1), a, lambda: z), (Slot("L"), a, lambda: Fun(SIGMOID, 0, z))])
    value, direct = make.step_loss(chance.choice(["half", "square", "dot", "entries"]), a, "y")
    top = Slot("L")
    whole = _without_slot(tm.moved(value, "l", top), "y")
    shown = tuple((var, _without_slot(tm.moved(e, "l", top), "y")) for var, e in direct)
    make.free["y"] = replace(tm.moved(make.free["y"], "l", top), slot=None)
    return make.net(Var(chance.choice(["C", "E", "J"]), tm.SCALAR), whole, list(shown), True, "L", [a], True)


def _without_slot(e: Any, name: str) -> Any:
    if isinstance(e, Var) and e.name == name:
        return replace(e, slot=None)
    return tm.rebuilt(e, lambda part: _without_slot(part, name))


def feed_forward(chance: Random) -> Net:
    """Two to four layers written out, with skips and shared weights where sizes allow."""
    make = Maker(chance, "")
    pool = sizes(chance, 3)
    depth = chance.randint(2, 4)
    x = make.vector("x", pool[0], None)
    make.free["x"] = x
    make.parameters.append(x)
    widths = [pool[0], *(chance.choice(pool) for _ in range(depth))]
    below: Var = x
    weights: list[tuple[Size, Size, Var]] = []
    states: list[Var] = []
    for k in range(1, depth + 1):
        size, before = widths[k], widths[k - 1]
        alike = [w for out, inner, w in weights if (out, inner) == (size, before)]
        weight = chance.choice(alike) if alike and chance.random() < 0.5 else make.matrix(size, before, name=f"W_{k}")
        weights.append((size, before, weight))
        terms = [make.times(weight, below)]
        if chance.random() < 0.4:
            make.parameters.append(make.vector(f"b_{k}", size, None))
            make.free[f"b_{k}"] = make.parameters[-1]
            terms.append(make.parameters[-1])
        z = make.define(make.vector(f"z_{k}", size, None), make.sum(terms))
        value: Node = Fun(chance.choice(make.functions), 0, z)
        earlier = [s for s in [x, *states] if s.of == z.of]
        if earlier and chance.random() < 0.4:
            value = make.sum([value, chance.choice(earlier)])
        elif chance.random() < 0.1:
            value = Had(value, value)
        below = make.define(make.vector(f"a_{k}", size, None), value)
        states.append(below)
    value, direct = make.step_loss(chance.choice(LOSSES), below, "y")
    return make.net(Var(chance.choice(["C", "E", "L"]), tm.SCALAR), value, direct, False, "", states, True)


KINDS: Mapping[str, Callable[[Random], Net]] = {"recurrent": recurrent, "layered": layered, "feed-forward": feed_forward}


def random_net(chance: Random) -> Net:
    """A model drawn at random; most are recurrent."""
    return KINDS[chance.choices(list(KINDS), [6, 1, 2])[0]](chance)
