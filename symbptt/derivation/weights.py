"""The gradients of parameters from the errors: one part for each equation, summed over the steps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ..latex import syntax as s
from ..latex.printer import to_latex
from ..repair.trees import plain, terms_of, total
from .course import Course, listed, summed
from .errors import back, entry_of, grouped, slope
from .naming import applied
from .network import Equation, Family, Use, at_end
from .spans import Span

Term = tuple[Span | None, str, list[tuple[str, s.Node]]]


def together(course: Course, families: Sequence[Family]) -> list[list[Family]]:
    """The parameters among families, those that enter the same equations together."""
    groups: dict[tuple[tuple[str, Span | None], ...], list[Family]] = {}
    for family in families:
        if not family.equations:
            uses = tuple((use.key, use.summed) for use in course.uses(family.key))
            groups.setdefault(uses, []).append(family)
    return list(groups.values())


def heading(course: Course, group: Sequence[Family]) -> None:
    many = "s" if len(group) > 1 else ""
    course.board.part(f"The gradient{many} of {listed([family.node for family in group])}")


def of_parameter(course: Course, family: Family, starts: Sequence[tuple[s.Node, s.Node]], in_full: bool, group: Sequence[Family]) -> bool:
    """∂L/∂θ. `starts` holds for each use the error and the tree it is the error of; with `in_full` one entry is worked out first.

    `group` are the parameters that are told of together. Whether an entry was worked out.
    """
    node, board, net = family.node, course.board, course.net
    uses = course.uses(family.key)
    terms: list[Term] = [(use.summed, use.letter, back(error, tree, node, net)) for use, (error, tree) in zip(uses, starts, strict=True)]
    left = course.total(node)
    shown = in_full and entries(course, family, uses)
    told = _told(group, uses, any(span is not None for span, _, _ in terms)) if family is group[0] else ""
    if shown:
        told = "For all entries at once:"
    if family.letter:
        board.write("collect", left, total(tuple(terms[0][2])), told, course.condition(family, uses[0].span))
        return shown
    body = total(tuple(("+", summed(span, letter, total(tuple(parts)))) for span, letter, parts in terms))
    rule = "sum over steps" if any(span is not None for span, _, _ in terms) else "collect"
    board.write(rule, left, body, told)
    joined = _joined(terms)
    if joined is not None:
        board.write(rule, left, joined, "The first term is the summand of the first step, so it joins the sum:")
    return shown


def _told(group: Sequence[Family], uses: Sequence[Use], over_steps: bool) -> str:
    enters = f"{listed([family.node for family in group])} {'enter' if len(group) > 1 else 'enters'} {listed([use.value for use in uses])}"
    return f"{enters}{' at every step, and the parts of all steps add up:' if over_steps else ':'}"


def _joined(terms: Sequence[Term]) -> s.Node | None:
    """A term of the step before the first one of a sum, taken into it."""
    lone = [parts for span, _, parts in terms if span is None]
    sums = [(span, letter, parts) for span, letter, parts in terms if span is not None]
    if len(lone) != 1 or len(sums) != 1:
        return None
    (span, letter, parts) = sums[0]
    earlier = span.low.moved(-1)
    if [(sign, at_end(part, letter, earlier)) for sign, part in parts] != lone[0]:
        return None
    return summed(replace(span, low=earlier), letter, total(tuple(parts)))


def entries(course: Course, family: Family, uses: Sequence[Use]) -> bool:
    """One entry of a weight of columns: ∂L/∂W_{jk} = Σ_t ∂L/∂u_j ∂⁺u_j/∂W_{jk}. Whether that was written."""
    net, board = course.net, course.board
    letters = course.letters(2)
    if not uses or net.kind(family.node) != "matrix" or family.letter or len(letters) < 2:
        return False
    w = course.entry(family.node, letters)
    terms: list[tuple[str, s.Node]] = []
    locals_: list[tuple[s.Node, s.Node, str]] = []
    for use in uses:
        value = _entry_of_local(course, family, use, letters)
        if value is None:
            return False
        u = course.entry(use.value, letters[:1])
        local = s.Derivative(u, (w,), mark="\\partial^+")
        error = course.error(use.key, use.value)
        outer = course.entry(error, letters[:1]) if isinstance(error, s.Symbol | s.Call) else course.total(u)
        terms.append(("+", summed(use.summed, use.letter, s.Product((outer, local), ("",)))))
        own = net.families[use.key].span
        locals_.append((local, value, use.summed.condition(use.letter) if use.summed is not None and use.summed != own else ""))
    when = " at every step" if any(use.summed is not None for use in uses) else ""
    entered = listed([course.entry(use.value, letters[:1]) for use in uses])
    board.write("chain rule", course.total(w), total(tuple(terms)), f"${to_latex(w)}$ enters {entered} alone{when}:")
    told = "with" if course.immediate == "\\partial^+" else "Along one equation alone, marked with $+$, with all else in it fixed,"
    for left, right, condition in locals_:
        board.write("local derivative", left, right, told, condition)
        told = ""
    return True


def _entry_of_local(course: Course, family: Family, use: Use, letters: Sequence[str]) -> s.Node | None:
    """∂⁺u_j/∂W_{jk} where u is a column that W v enters: v_k, times the slope where u is a function of it."""
    net = course.net
    if net.kind(use.value) != "column" or (use.summed is not None and use.summed.is_empty):
        return None
    call = applied(Equation(use.key, use.value, use.right), net)
    tree = plain(use.right if call is None else call.args[0])
    steep = None if call is None else entry_of(slope(call, use.value, net), letters[:1], net)
    products = [t for _, t in terms_of(tree) if isinstance(t, s.Product) and len(t.factors) == 2 and t.factors[0] == family.node]
    factor = entry_of(plain(products[0].factors[1]), letters[1:], net) if len(products) == 1 else None
    if factor is None or (call is not None and steep is None):
        return None
    factors = (*(steep.factors if isinstance(steep, s.Product) else () if steep is None else (steep,)), grouped(plain(factor)))
    return s.Product(factors, ("",) * (len(factors) - 1)) if len(factors) > 1 else factors[0]
