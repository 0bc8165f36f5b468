"""The errors next to the loss, entry by entry: the derivative of a cost, an activation whose slope cancels with it, softmax."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ..latex import syntax as s
from ..latex.printer import to_latex
from ..repair.trees import ONE, product, substituted, total
from . import entrywise, scalars
from .board import TRUE
from .course import Course, Entries, Piece
from .errors import back, entry_of, grouped, hadamard, slope
from .factors import folded
from .naming import Name, applied
from .network import Equation, Family, Network, Underivable, Use
from .second import confirmed_derivative, confirmed_equal
from .turning import diagonal

#: The entries of a matrix, where these letters are free.
ROW_AND_COLUMN = ("i", "j")
AT_ONCE = "For all entries at once:"


def of_term(course: Course, family: Family) -> None:
    """The derivative of the loss by one of its terms."""
    course.board.part(f"The derivative ${to_latex(course.total(family.node))}$")
    for use in course.uses(family.key):
        found = scalars.picked(use.right, family.node, (), course.net)
        value = scalars.derivative(found, course.net) if found is not None else None
        if value is None:
            raise Underivable(f"the derivative of `{to_latex(use.value)}` by `{to_latex(family.node)}` is not worked out")
        scale = _scale(course, use)
        value = value if scale == ONE else folded(product((scale, grouped(value)), ("",)))
        reason = f"${to_latex(family.node)}$ is one term of ${to_latex(use.value)}$:"
        if use.right == family.node:
            reason = f"${to_latex(use.value)}$ is ${to_latex(family.node)}$:"
        course.board.write("derivative of the loss", course.total(family.node), value, reason, course.condition(family, use.span))
        course.found.setdefault(family.key, []).append(Piece(use.span, value))


def is_compared(course: Course, use: Use, family: Family) -> bool:
    """Whether a quantity enters a cost, or another number of which its entries are told one by one."""
    net = course.net
    if net.kind(use.value) != "scalar":
        return False
    return net.is_cost(use.key) or (bool(net.axes(family.node)) and scalars.has_entries(use.right, family.node, net))


def of_number(course: Course, family: Family) -> None:
    """The derivative of a cost by a number that it looks at, as p in −(y ln p + (1 − y) ln(1 − p))."""
    (use,) = course.uses(family.key)
    net, condition = course.net, course.condition(family, use.span)
    found = scalars.picked(use.right, family.node, (), net)
    value = scalars.derivative(found, net) if found is not None else None
    witness = confirmed_derivative(found.summand, found.by, value, net) if found is not None and value is not None else ""
    value = direct(course, use, family.node) if value is None else _scaled(course, use, value)
    left = course.error(family.key, family.node)
    told = f"${to_latex(family.node)}$ enters ${to_latex(use.value)}$ only{_onward(course, use)}:"
    course.board.write("derivative of the loss", left, value, told, condition, witness)
    course.found[family.key] = [Piece(use.span, value)]
    if any(isinstance(n, s.Fraction) for n in s.walk(value)):
        course.entries[family.key] = Entries((), value)


def of_cost(course: Course, family: Family) -> None:
    """The derivative of a cost by what it compares, entry by entry."""
    (use,) = course.uses(family.key)
    net, board = course.net, course.board
    condition = course.condition(family, use.span)
    original = use.right
    spelled = entrywise.in_entries(original, family.node, course)
    if spelled is not None:
        board.write("entries", use.value, spelled, f"Entry by entry ${to_latex(use.value)}$ is", condition)
        use = replace(use, right=spelled)
    letters = _own_letters(course, use, family) or course.letters(net.axes(family.node))
    left, value = course.error(family.key, family.node), _by_entry(course, use, family, letters)
    if value is None:
        gradient = direct(course, replace(use, right=original), family.node)
        told = f"${to_latex(family.node)}$ enters ${to_latex(use.value)}$ only"
        chosen = any(isinstance(n, s.Derivative) for n in s.walk(gradient))
        told += "; what comes out depends on the loss that is chosen:" if chosen else f", {_rules(original)}:"
        board.write("derivative of the loss", left, gradient, told, condition)
        course.found[family.key] = [Piece(use.span, gradient)]
        return
    one = course.entry(family.node, letters)
    told = f"${to_latex(one)}$ stands in one summand of ${to_latex(use.value)}${_onward(course, use)}:"
    found = scalars.picked(use.right, family.node, letters, net)
    witness = confirmed_derivative(found.summand, found.by, value, net) if found is not None else ""
    board.write("derivative of the loss", s.Derivative(use.value, (one,)), value, told, condition, witness)
    bare = scalars.whole(value, letters, net)
    if bare is not None:
        bare = _scaled(course, use, bare)
        board.write("collect", left, bare, AT_ONCE, condition)
        course.found[family.key] = [Piece(use.span, bare)]
    else:
        course.entries[family.key] = Entries(letters, _scaled(course, use, value))
        course.found[family.key] = [Piece(use.span, left)]


def _onward(course: Course, use: Use) -> str:
    """That a cost enters the loss with the factor one, where it is another quantity."""
    return (
        f", which enters ${to_latex(course.loss)}$ with the factor one" if use.value != course.loss and _scale(course, use) == ONE else ""
    )


def direct(course: Course, use: Use, node: s.Node) -> s.Node:
    """What a cost itself adds to ∂L/∂v, for all entries at once: y − d, or ∂ℓ(v)/∂v of an abstract ℓ.

    Raises `Underivable` where that has no such form.
    """
    net = course.net
    family = net.families[net.key(node)]
    letters = course.letters(net.axes(node))
    spelled = entrywise.in_entries(use.right, node, course) or use.right
    value = _by_entry(course, replace(use, right=spelled), replace(family, node=node), letters)
    body = scalars.whole(value, letters, net) if value is not None else None
    if body is not None:
        return _scaled(course, use, body)
    found = scalars.picked(use.right, node, (), net)
    call = found.summand if found is not None else None
    if isinstance(call, s.Call) and node in call.args:
        return _scaled(course, use, s.Derivative(call, (node,)))
    wanted = f"the derivative of `{to_latex(use.value)}` by `{to_latex(node)}` is not worked out"
    if scalars.has_entries(use.right, node, net):
        raise Underivable(wanted)
    try:
        parts = back(_scale(course, use), use.right, node, net)
    except Underivable as error:
        raise Underivable(f"{wanted}: {error}") from None
    if not parts:
        raise Underivable(wanted)
    return total(tuple(parts))


def _scaled(course: Course, use: Use, body: s.Node) -> s.Node:
    scale = _scale(course, use)
    return body if scale == ONE else folded(product((scale, grouped(body)), ("",)))


def _rules(tree: s.Node) -> str:
    """The rules by which a number is differentiated as a whole."""
    if any(isinstance(n, s.Norm) for n in s.walk(tree)):
        return "and a squared norm has twice its argument as its derivative"
    return "and a product is differentiated factor by factor"


def _by_entry(course: Course, use: Use, family: Family, letters: tuple[str, ...]) -> s.Node | None:
    found = scalars.picked(use.right, family.node, letters, course.net)
    return scalars.derivative(found, course.net) if found is not None else None


def _scale(course: Course, use: Use) -> s.Node:
    """∂L/∂(the cost): one, unless the loss weighs it."""
    found = course.found.get(use.key)
    return found[0].tree if found else ONE


def _own_letters(course: Course, use: Use, family: Family) -> tuple[str, ...]:
    """The letters that the cost itself has for the entries, where there are two."""
    if course.net.axes(family.node) < 2:
        return ()
    return scalars.letters_of(use.right, family.node, course.net)


def of_activation(course: Course, family: Family, use: Use, name: Name) -> None:
    """A net input whose activation has a derivative known entry by entry."""
    net, board, known = course.net, course.board, course.entries[use.key]
    call = applied(Equation(use.key, use.value, use.right), net)
    assert call is not None
    condition = course.condition(family, use.span)
    one = entry_of(slope(call, use.value, net), known.letters, net)
    if one is None:
        raise Underivable(f"the slope of `{to_latex(call)}` has no entries")
    z, u = course.entry(family.node, known.letters), course.entry(use.value, known.letters)
    left = course.entry(name.node, known.letters)
    local = course.local(u, z)
    board.write("chain rule", left, s.Product((course.total(u), local), ("",)), f"${to_latex(z)}$ enters ${to_latex(u)}$ only:", condition)
    board.write("local derivative", local, one, "The slope is", condition)
    both = product((grouped(known.tree), *_factors(one)), ("",) * len(_factors(one)))
    board.write("collect", left, both, "Together:", condition)
    _cancelled(course, name, both, known.letters, condition)
    course.found[family.key] = [Piece(use.span, name.node)]


def at_argument(course: Course, family: Family, name: Name, steep: s.Node) -> None:
    """δ of an argument without a name, where the loss's derivative and the slope cancel: σ with its cross-entropy."""
    found = course.entries[family.key]
    one = entry_of(steep, found.letters, course.net)
    if one is None:
        raise Underivable(f"the slope `{to_latex(steep)}` has no entries")
    left = course.entry(name.node, found.letters)
    both = product((grouped(found.tree), *_factors(one)), ("",) * len(_factors(one)))
    told = f"Times the slope, one entry of ${to_latex(name.node)}$ is" if found.letters else "Times the slope:"
    course.board.write("entries" if found.letters else "collect", left, both, told)
    _cancelled(course, name, both, found.letters, "")


def _factors(tree: s.Node) -> tuple[s.Node, ...]:
    return tree.factors if isinstance(tree, s.Product) else (tree,)


def _cancelled(course: Course, name: Name, both: s.Node, letters: tuple[str, ...], condition: str) -> None:
    short = scalars.simplified(both, course.net)
    if short is None:
        return
    witness = confirmed_equal(both, short, course.net)
    course.board.write("collect", course.entry(name.node, letters), short, "Common factors cancel:", condition, witness)
    bare = scalars.whole(short, letters, course.net)
    if bare is not None:
        course.board.write("collect", name.node, bare, AT_ONCE, condition)


# -- softmax ------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Softmax:
    """p = softmax(z) at the entries j (asked for) and k (summed over); `gradient` is ∂L/∂p_j."""

    j: str
    k: str
    left: s.Node
    p: s.Node
    p_other: s.Node
    gradient: s.Node

    def other(self, tree: s.Node) -> s.Node:
        moved: s.Node = substituted(tree, self.j, s.Symbol(self.k))
        return moved

    def over(self, body: s.Node, apart: bool = False) -> s.Node:
        """Σ over k, without j where that stands apart."""
        lower: s.Node = s.Comparison((s.Symbol(self.k), s.Symbol(self.j)), ("\\ne",)) if apart else s.Symbol(self.k)
        return s.BigOperator("\\sum", lower, None, body)


def of_softmax(course: Course, family: Family, use: Use, name: Name) -> None:
    """δ of the argument of softmax: two cases of the Jacobian, then ŷ − y where the loss is the cross-entropy (Bridle 1990)."""
    known = course.entries[use.key]
    soft = _both_cases(course, family, use, name, known.letters, known.tree)
    target = scalars.simplified(s.Product((grouped(soft.gradient), soft.p), ("",)), course.net)
    y = _of_minus(target) if target is not None else None
    if y is None:
        _common_factor(course, soft)
    else:
        _cross_entropy(course, soft, y, known.letters, name)
    course.found[family.key] = [Piece(use.span, name.node)]


def of_softmax_within(course: Course, family: Family, use: Use, name: Name) -> None:
    """δ of the argument of a softmax that is not next to the loss, as the weights of attention (Dao et al. 2022, appendix B)."""
    net = course.net
    free = course.letters(8)
    letters = ROW_AND_COLUMN if net.axes(family.node) == 2 and set(ROW_AND_COLUMN) <= set(free) else free[: net.axes(family.node)]
    condition = course.condition(family, use.span)
    soft = _both_cases(course, family, use, name, letters, course.total(course.entry(use.value, letters)), condition)
    _common_factor(course, soft, condition)
    told = f"{AT_ONCE[:-1]}; the column of the sums over the rows is taken from each column:" if len(letters) > 1 else AT_ONCE
    body = through_softmax(course.error(use.key, use.value), use.value, net)
    course.board.write("collect", name.node, body, told, condition)
    course.found[family.key] = [Piece(use.span, name.node)]


def through_softmax(error: s.Node, p: s.Node, net: Network) -> s.Node:
    """∂L/∂p = `error` taken back to the argument of p = softmax(z): (diag p − p pᵀ) ∂L/∂p, of a matrix for each row."""
    if net.kind(p) == "matrix":
        sums = s.Product((s.Group(hadamard(error, p)), s.Symbol("\\mathbf{1}")), ("",))
        return hadamard(p, s.Group(s.Add((("+", error), ("-", sums)))))
    outer, factors = (p, net.transposed(p)), (grouped(error),)
    jacobian = s.Group(s.Add((("+", diagonal(p)), ("-", s.Product(outer if net.kind(p) == "column" else outer[::-1], ("",))))))
    return s.Product((jacobian, *factors) if net.kind(p) == "column" else (*factors, jacobian), ("",))


def _both_cases(
    course: Course, family: Family, use: Use, name: Name, letters: tuple[str, ...], gradient: s.Node, condition: str = ""
) -> _Softmax:
    """The chain rule through softmax with the two cases of its Jacobian, for an entry of the argument."""
    board = course.board
    *batch, j = letters
    k = next(x for x in course.letters(8) if x not in letters)
    p, p_other = course.entry(use.value, letters), course.entry(use.value, (*batch, k))
    z, left = course.entry(family.node, letters), course.entry(name.node, letters)
    soft = _Softmax(j, k, left, p, p_other, gradient)
    minus = _minus(s.Product((p_other, p), ("",)))
    one_less = s.Group(s.Add((("+", ONE), ("-", p))))
    told = f"${to_latex(z)}$ enters every ${to_latex(p_other)}${' of its row' if batch else ''}, through the common denominator:"
    board.write("chain rule", left, soft.over(s.Product((course.total(p_other), course.local(p_other, z)), ("",))), told, condition)
    apart = ", ".join(filter(None, (condition, f"{k} \\ne {j}")))
    case = f"The Jacobian of softmax has two cases. For ${k} = {j}$ numerator and denominator change, otherwise the denominator alone:"
    board.write("softmax", course.local(p, z), s.Product((p, one_less), ("",)), case, condition)
    board.write("softmax", course.local(p_other, z), minus, "", apart)
    own = product((grouped(soft.gradient), p, one_less), ("", ""))
    rest = soft.over(s.Product((grouped(soft.other(soft.gradient)), s.Group(minus)), ("",)), apart=True)
    board.write("collect", left, total((("+", own), ("+", rest))), f"With both cases, the term ${k} = {j}$ apart:", condition)
    return soft


def _common_factor(course: Course, soft: _Softmax, condition: str = "") -> None:
    mean = soft.over(s.Product((grouped(soft.other(soft.gradient)), soft.p_other), ("",)))
    inner = s.Add((("+", soft.gradient), ("-", mean)))
    course.board.write("collect", soft.left, s.Product((soft.p, s.Group(inner)), ("",)), "The common factor collected:", condition)


def _cross_entropy(course: Course, soft: _Softmax, y: s.Node, letters: tuple[str, ...], name: Name) -> None:
    board, left, p = course.board, soft.left, soft.p
    spread = soft.over(s.Product((soft.other(y), p), ("",)), apart=True)
    board.write("collect", left, total((("-", y), ("+", s.Product((y, p), ("",))), ("+", spread))), "The quotients cancel:")
    everything = soft.over(soft.other(y))
    joined = total((("-", y), ("+", s.Product((p, everything), ("",)))))
    board.write("collect", left, joined, f"The terms with ${to_latex(p)}$ are one sum over all ${soft.k}$:")
    short = s.Add((("+", p), ("-", y)))
    if board.holds(left, short).verdict not in TRUE:
        told = "The targets are a distribution over the classes, one-hot for instance; so they add up to one:"
        board.assume(everything, ONE, told)
        board.write("collect", left, short, "And so")
    else:
        board.write("collect", left, short, "The targets add up to one:")
    bare = scalars.whole(short, letters, course.net)
    if bare is not None:
        board.write("collect", name.node, bare, AT_ONCE)


def _minus(tree: s.Node) -> s.Node:
    return s.Add((("-", tree),))


def _of_minus(tree: s.Node) -> s.Node | None:
    """x of −x."""
    return tree.terms[0][1] if isinstance(tree, s.Add) and len(tree.terms) == 1 and tree.terms[0][0] == "-" else None
