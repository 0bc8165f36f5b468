"""Claims about a net that the chain rule gives: recursions, sums over time, Jacobians, paths through time, entries.

Whether they are right is not taken for granted: `truth` decides.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from random import Random
from typing import Any

from benchmarks.campaign import terms as tm
from benchmarks.campaign.calculus import NoRule, entry, pull, push, sizes_of, slope
from benchmarks.campaign.nets import Net
from benchmarks.campaign.terms import NONE, Add, D, Diag, Entry, Fun, Had, Mul, Node, Prod, Slot, Sum, SumOver, Transposed, Var
from benchmarks.campaign.truth import Free, Statement

Made = tuple[Statement, str, dict[str, Any]]  # the claim, its range as LaTeX, more fields of the problem


class NoClaim(Exception):
    """A kind of claim that this net does not have."""


# -- adjoints -------------------------------------------------------------------------------------------------------------


def contributions(net: Net, var: Var, chance: Random, shift: int, deep: float) -> list[tuple[int, Node]]:
    """What the equations of `shift` steps later contribute to the adjoint of `var`."""
    found: list[tuple[int, Node]] = []
    for left, right in net.model.equations.values():
        if left == net.loss or (net.softmax is not None and left == net.softmax[1]) or left.name == "p":
            continue
        for used, _ in pull(right, left):
            if used.name == var.name and (used.slot is None or -used.slot.shift == shift):
                adjoint = _expanded(net, left, chance, deep) if not shift else net.adjoint(left)
                place = [u for u, _ in pull(right, left)].index(used)
                part = list(pull(right, adjoint))[place][1]
                found.append((1, tm.moved(part, net.letter, Slot(net.letter, shift)) if shift else part))
                break
        else:
            continue
        others = [part for u, part in pull(right, net.adjoint(left)) if u == used][1:]
        found += [(1, tm.moved(part, net.letter, Slot(net.letter, shift)) if shift else part) for part in others]
    return found


def _expanded(net: Net, left: Var, chance: Random, deep: float) -> Node:
    """The adjoint of a quantity, or sometimes what it is, written out."""
    if (chance.random() < deep and left.slot is None) or (chance.random() < deep and not net.at_end and _only_now(net, left)):
        terms = adjoint_terms(net, left, chance, "inner", deep)
        if terms:
            return tm.add(*terms)
    return net.adjoint(left)


def _only_now(net: Net, var: Var) -> bool:
    """Whether no later step uses a quantity."""
    used = [v.slot for _, e in net.model.equations.values() for v in tm.walk(e) if isinstance(v, Var) and v.name == var.name and v.slot]
    return all(slot.shift == 0 for slot in used)


def adjoint_terms(net: Net, var: Var, chance: Random, regime: str, deep: float) -> list[tuple[int, Node]]:
    """The terms of ∂loss/∂var: `inner` with all later steps, `last` at the last one."""
    terms: list[tuple[int, Node]] = []
    for target, part in net.direct:
        if target.name == var.name and (not net.letter or not net.at_end or regime == "last"):
            terms.append((1, part))
    for shift in range(net.order + 1 if regime == "inner" else 1):
        terms += contributions(net, var, chance, shift, deep)
    return terms


def recursion(net: Net, chance: Random) -> Made:
    """∂L/∂X_t by what uses it, for t < T, at t = T, or without steps."""
    choices = [v for v, _ in net.model.equations.values() if v != net.loss and v.name != "p"]
    var = chance.choice(choices)
    layers = net.model.letter == "l"
    regime = "inner" if not net.letter or chance.random() < 0.7 else "last"
    terms = adjoint_terms(net, var, chance, regime, 0.3)
    if not terms:
        raise NoClaim
    chance.shuffle(terms)
    left, right = net.adjoint(var), tm.add(*terms)
    if not net.letter:
        return Statement(left, right), "", {}
    t, last = net.letter, Slot(net.model.last)
    if regime == "last":
        return Statement(tm.moved(left, t, last), tm.moved(right, t, last)), "", {}
    order = net.order
    upper = last + -order
    stated = chance.random() < 0.85 or layers
    text = rf"1 \le {t} < {net.model.last}" if order == 1 else rf"1 \le {t} \le {upper.latex}"
    free = Free(t, Slot("", 1), upper if stated else last, stated)
    return Statement(left, right, (free,)), text if stated else "", {}


def parameter(net: Net, chance: Random) -> Made:
    """∂L/∂W: a sum over time, or what its layer contributes."""
    var = chance.choice(net.parameters)
    body = contributions(net, var, chance, 0, 0.0 if net.at_end else 0.25)
    if not body:
        raise NoClaim
    right, left = tm.add(*body), D(net.loss, var)
    if not net.letter:
        return Statement(left, right), "", {}
    if var.slot is not None:
        return (
            Statement(left, right, (Free(net.letter, Slot("", 1), Slot(net.model.last)),)),
            rf"1 \le {net.letter} \le {net.model.last}",
            {},
        )
    t = net.letter
    if isinstance(right, Add) and chance.random() < 0.5:
        parts = [(sign, Sum(t, Slot("", 1), Slot(net.model.last), part)) for sign, part in right.terms]
        return Statement(left, tm.add(*parts)), "", {}
    return Statement(left, Sum(t, Slot("", 1), Slot(net.model.last), right)), "", {}


def free_input(net: Net, chance: Random) -> Made:
    """∂L/∂x_t, or ∂L/∂h_0."""
    if net.letter != "t":
        raise NoClaim
    if chance.random() < 0.5:
        var = chance.choice(net.states)
        terms = [term for shift in range(1, net.order + 1) for term in contributions(net, var, chance, shift, 0.0)]
        if net.order > 1 or not terms:
            raise NoClaim
        start = Slot("", 0)
        left, right = (tm.moved(e, "t", start) for e in (D(net.loss, var), tm.add(*terms)))
        return Statement(left, right), "", {}
    inputs = [v for v in net.free if v.slot == Slot("t") and v.name in ("x", "v")]
    terms = contributions(net, inputs[0], chance, 0, 0.25)
    return Statement(D(net.loss, inputs[0]), tm.add(*terms), (Free("t", Slot("", 1), Slot("T")),)), r"1 \le t \le T", {}


# -- Jacobians ------------------------------------------------------------------------------------------------------------


def _paths(net: Net, steps: int) -> dict[tuple[str, int], Node]:
    return {
        (name, -shift): tm.moved(right, net.letter, Slot(net.letter, -shift)) if shift else right
        for name, (left, right) in net.model.equations.items()
        if left.slot is not None or not net.letter
        for shift in range(steps)
    }


def _jacobian(net: Net, top: Var, wrt: Var) -> Node:
    shift = top.slot.shift - wrt.slot.shift + 1 if top.slot and wrt.slot else 1
    found = push(top, wrt, _paths(net, shift), net.row)
    if found is None or found.shape == tm.SCALAR:
        raise NoClaim
    return found


def jacobian(net: Net, chance: Random) -> Made:
    """∂Y_t/∂X_t or ∂Y_t/∂X_{t-1}."""
    candidates = [v for v, _ in net.model.equations.values() if v.slot or not net.letter if v != net.loss and v.name != "p"]
    top = chance.choice(candidates)
    below = chance.choice([v for v in (*candidates, *net.free) if len(sizes_of(v)) == 1 and (v.slot or not net.letter)])
    shift = chance.choice([0, 1]) if net.letter and below.name in net.model.equations else 0
    if (top == below and not shift) or net.letter == "l":
        raise NoClaim
    wrt = replace(below, slot=below.slot + -shift) if below.slot else below
    right = _jacobian(net, top, wrt)
    if not any(isinstance(e, Var) for e in tm.walk(right)):
        raise NoClaim
    left = D(top, wrt, net.row)
    if not net.letter:
        return Statement(left, right), "", {}
    return Statement(left, right, (Free("t", Slot("", 1 + shift), Slot("T")),)), rf"{1 + shift} \le t \le T", {}


def _single_state(net: Net) -> tuple[Var, Node]:
    """The state through which alone the past acts, with its Jacobian ∂h_t/∂h_{t-1}."""
    if net.letter != "t" or net.order != 1 or len(net.states) != 1:
        raise NoClaim
    h = net.states[0]
    return h, _jacobian(net, h, replace(h, slot=h.slot + -1 if h.slot else None))


def product_of_jacobians(net: Net, chance: Random) -> Made:
    """∂h_t/∂h_k as an ordered product."""
    h, factor = _single_state(net)
    k = Slot("k")
    body = Prod("j", k + 1, Slot("t"), tm.moved(factor, "t", Slot("j")), not net.row)
    left = D(h, replace(h, slot=k), net.row)
    free = (Free("t", Slot("", 1), Slot("T")), Free("k", Slot("", 1), Slot("t", -1)))
    return Statement(left, body, free), r"1 \le k < t, t \le T", {"notation": {"product": "right" if net.row else "left"}}


def _direct(net: Net, h: Var, chance: Random) -> Node:
    """∂L_t/∂h_t: what the loss of step t itself says of the state."""
    terms = [part for target, part in net.direct if target.name == h.name]
    for left, right in net.model.equations.values():
        if left.slot and left.name not in ("p",) and _only_now(net, left) and not _feeds(net, left, h):
            parts = [part for used, part in pull(right, _expanded(net, left, chance, 0.4)) if used == h]
            terms += parts
    if not terms:
        raise NoClaim
    return tm.add(*((1, term) for term in terms))


def _feeds(net: Net, left: Var, h: Var) -> bool:
    """Whether a quantity acts on the state of its own step."""
    return push(h, left, _paths(net, 1), net.row) is not None


def paths_through_time(net: Net, chance: Random) -> Made:
    """∂L/∂h_k, or ∂L/∂W as a double sum over all paths (Pascanu, Mikolov and Bengio 2013, eqs. 4 and 5)."""
    h, factor = _single_state(net)
    if net.at_end:
        raise NoClaim
    direct = _direct(net, h, chance)
    product = Prod("j", Slot("k", 1), Slot("t"), tm.moved(factor, "t", Slot("j")), not net.row)
    through = Mul(direct, Transposed(product)) if net.row else Mul(Transposed(product), direct)
    notation = {"notation": {"product": "right" if net.row else "left"}}
    if chance.random() < 0.5:
        left = D(net.loss, replace(h, slot=Slot("k")))
        return Statement(left, Sum("t", Slot("k"), Slot("T"), through), (Free("k", Slot("", 1), Slot("T")),)), r"1 \le k \le T", notation
    z = next(
        v
        for v, e in net.model.equations.values()
        if any(isinstance(p, Fun) and p.arg == v for _, b in net.model.equations.values() for p in tm.walk(b))
    )
    if not any(v == z for v in tm.walk(net.model.equations[h.name][1])):
        raise NoClaim
    parts = [part for used, part in pull(net.model.equations[h.name][1], net.adjoint(h)) if used == z]
    weights = [w for w in net.parameters if any(v == w for v in tm.walk(net.model.equations[z.name][1]))]
    var = chance.choice(weights)
    if any(v == var for n, (_, e) in net.model.equations.items() if n != z.name for v in tm.walk(e)):
        raise NoClaim
    slopes = [_with(part, net.adjoint(h), through) for part in (tm.moved(p, "t", Slot("k")) for p in parts)]
    bodies = [b for s in slopes for u, b in pull(tm.moved(net.model.equations[z.name][1], "t", Slot("k")), s) if u == var]
    if not bodies:
        raise NoClaim
    inner = Sum("k", Slot("", 1), Slot("t"), tm.add(*((1, b) for b in bodies)))
    return Statement(D(net.loss, var), Sum("t", Slot("", 1), Slot("T"), inner)), "", notation


def _with(e: Any, old: Node, new: Node) -> Any:
    """The expression with the adjoint of h_k replaced."""
    if isinstance(e, D | Var) and e == tm.moved(old, "t", Slot("k")):
        return new
    return tm.rebuilt(e, lambda part: _with(part, old, new)) if isinstance(e, Node) else e


def softmax(net: Net, chance: Random) -> Made:
    """∂L/∂o = p − y, with and without Σy = 1; ∂p/∂o; ∂L/∂p."""
    if net.softmax is None:
        raise NoClaim
    logits, value, target = net.softmax
    free = (Free(net.letter, Slot("", 1), Slot(net.model.last)),) if net.letter else ()
    text = rf"1 \le {net.letter} \le {net.model.last}" if free else ""
    where = chance.choice(["plain", "summed", "jacobian", "entry"])
    size = sizes_of(value)[0]
    if where == "jacobian":
        outer = Mul(Transposed(value), value) if net.row else Mul(value, Transposed(value))
        return Statement(D(value, logits, net.row), Add(((1, Diag(value)), (-1, outer))), free), text, {}
    last = net.at_end and bool(net.letter)
    if where == "entry":
        k = chance.choice(["i", "j"])
        left: Node = D(net.loss, Entry(logits, (k,)))
        right: Node = Add(((1, Entry(value, (k,))), (-1, Entry(target, (k,)))))
        made = Statement(left, right, () if last else free, ((k, size),))
    else:
        total = SumOver("k", size, Entry(target, ("k",)))
        right = Add(((1, value), (-1, target))) if where == "plain" else Add(((1, Mul(total, value)), (-1, target)))
        made = Statement(net.adjoint(logits), right, () if last else free)
    if last:
        end = Slot(net.model.last)
        return replace(made, left=tm.moved(made.left, net.letter, end), right=tm.moved(made.right, net.letter, end)), "", {}
    return made, text, {}


KINDS: Mapping[str, Callable[[Net, Random], Made]] = {
    "recursion": recursion,
    "parameter": parameter,
    "free input": free_input,
    "jacobian": jacobian,
    "product": product_of_jacobians,
    "paths": paths_through_time,
    "softmax": softmax,
}
WEIGHTS = {"recursion": 5, "parameter": 5, "free input": 1, "jacobian": 3, "product": 3, "paths": 4, "softmax": 4}


# -- spellings ------------------------------------------------------------------------------------------------------------


def respelled(net: Net, made: Made, chance: Random) -> Made:
    """The same claim with derivatives of functions spelled otherwise, and sometimes in components."""
    claim, text, more = made
    outputs = {e: v for v, e in net.model.equations.values() if isinstance(e, Fun) and v.slot == Slot(net.letter)} if net.letter else {}
    outputs |= {e: v for v, e in net.model.equations.values() if isinstance(e, Fun) and not net.letter}
    spelling = chance.choice([0, 1, 2, 3])

    def spelled(e: Any) -> Any:
        e = tm.rebuilt(e, spelled) if isinstance(e, Node) else e
        if isinstance(e, Fun) and e.order == 1 and isinstance(e.arg, Var):
            slot = e.arg.slot
            now = Fun(e.name, 0, replace(e.arg, slot=Slot(net.letter)) if slot else e.arg)
            output = outputs.get(now)
            return slope(e, replace(output, slot=slot) if output and slot else output, spelling)
        return e

    claim = replace(claim, right=spelled(claim.right))
    if isinstance(claim.left, D | Var) and not claim.components and chance.random() < 0.15 and claim.left.shape != tm.SCALAR:
        try:
            claim = _in_components(claim, chance)
        except NoRule:
            return claim, text, more
    return claim, text, more


def _in_components(claim: Statement, chance: Random) -> Statement:
    row, column = chance.sample(["i", "j"], 2)
    letters = tuple((x, size) for x, size in zip((row, column), claim.left.shape, strict=True) if size != NONE)
    if isinstance(claim.left, D) and claim.left.numerator.shape != tm.SCALAR:
        if not isinstance(claim.left.numerator, Var) or not isinstance(claim.left.wrt, Var):
            raise NoRule("entries of entries")
        turned = claim.left.turned
        left: Node = D(Entry(claim.left.numerator, (column if turned else row,)), Entry(claim.left.wrt, (row if turned else column,)))
    else:
        left = entry(claim.left, row, column, [])
    return replace(claim, left=left, right=entry(claim.right, row, column, ["r", "s", "p", "k"][:2]), components=letters)


def random_claim(net: Net, chance: Random) -> tuple[str, Made]:
    """A claim that ought to be right, with its kind."""
    for _ in range(60):
        kind = chance.choices(list(KINDS), [WEIGHTS[k] for k in KINDS])[0]
        try:
            made = KINDS[kind](net, chance)
            _ = made[0].left.shape, made[0].right.shape
            return kind, respelled(net, made, chance)
        except (NoClaim, NoRule, StopIteration):
            continue
    raise NoClaim


def problem_of(net: Net, made: Made) -> dict[str, Any]:
    """The problem in the form of the public contract."""
    claim, text, more = made
    problem = dict(net.problem)
    if "notation" in more:
        problem["notation"] = {**problem.get("notation", {}), **more["notation"]}
    orders = {e.latest_first for e in tm.walk(claim.right) if isinstance(e, Prod)}  # a change may have turned it
    if len(orders) == 1:
        problem["notation"] = {**problem.get("notation", {}), "product": "left" if orders.pop() else "right"}
    problem["claim"] = f"{tm.latex(claim.left)} = {tm.latex(claim.right)}"
    if text:
        problem["for"] = text
    return problem


__all__ = ["Had", "NoClaim", "problem_of", "random_claim"]
