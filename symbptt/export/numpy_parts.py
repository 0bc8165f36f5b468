"""What the NumPy printer is made of: values, buffers, elementwise functions, and questions about terms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from symbptt.index import Add, Affine, Apply, Entry, Expression, Multiply, Number, Power
from symbptt.partial import MINUS

from .rewrite import LOGSUMEXP
from .schedule import Schedule
from .system import Quantity, Term
from .trees import NotExported, entries, tidy

#: Elementwise functions: lines that compute {o} from {x}; {o} may be {x}.
ELEMENTWISE: Mapping[str, tuple[str, ...]] = {
    "tanh": ("np.tanh({x}, {o})",),
    "sigmoid": ("np.multiply({x}, 0.5, {o})", "np.tanh({o}, {o})", "np.multiply({o}, 0.5, {o})", "np.add({o}, 0.5, {o})"),
    "exp": ("np.exp({x}, {o})",),
    "log": ("np.log({x}, {o})",),
    "softplus": ("np.logaddexp({x}, 0.0, {o})",),
    "relu": ("np.maximum({x}, 0.0, out={o})",),
    "leaky_relu": ("np.maximum({x}, 0.01 * {x}, out={o})",),
    "step": ("np.heaviside({x}, 0.0, {o})",),
    "sqrt": ("np.sqrt({x}, {o})",),
    "sin": ("np.sin({x}, {o})",),
    "cos": ("np.cos({x}, {o})",),
    "sinh": ("np.sinh({x}, {o})",),
    "cosh": ("np.cosh({x}, {o})",),
}


@dataclass(frozen=True)
class Value:
    """Code of an array whose axes are these index variables; `owned` names the temporary buffer it is."""

    code: str
    axes: tuple[str, ...]
    owned: str = ""


@dataclass(frozen=True)
class Buffer:
    """An array made once for each size: rows from `first` to `last` where it has steps."""

    name: str
    sizes: tuple[str, ...]
    rows: str = ""  # how many steps
    ragged: tuple[str, str, str] | None = None  # letter, first, last
    zeroed: bool = False
    ones: bool = False


def local_quantities(plan: Schedule) -> set[str]:
    """Quantities of a loop that only their own step uses: they are not kept."""
    found: set[str] = set()
    for block in plan.blocks:
        if not block.direction:
            continue
        for quantity in block.quantities:
            if quantity.name in plan.results or quantity.ragged or quantity.initial:
                continue
            uses = [
                (other, e)
                for others in plan.blocks
                for user in others.quantities
                for term in user.terms
                for e in entries(term.body)
                if e.family == quantity.name
                for other in (others,)
            ]
            if all(other is block and e.slots and e.slots[0].as_variable() == quantity.letter for other, e in uses):
                found.add(quantity.name)
    return found


def exponential_of(logarithm: Quantity, plan: Schedule) -> Quantity | None:
    """The quantity exp(s − l) of all steps for l = logsumexp(s), if there is one."""
    body = logarithm.terms[0].body
    if not isinstance(body, Apply) or body.function != LOGSUMEXP or len(logarithm.terms) != 1:
        return None
    argument = body.arguments[0].body
    for block in plan.blocks:
        for q in block.quantities if not block.direction else ():
            found = q.terms[0].body if len(q.terms) == 1 and not (q.terms[0].lows or q.terms[0].highs) else None
            if not isinstance(found, Apply) or found.function != "exp" or not isinstance(argument, Entry) or q.ragged or q.initial:
                continue
            inside = found.arguments[0].body
            here = (Affine.of(q.letter),) if q.letter else ()
            s = Entry(argument.family, here, tuple(map(Affine.of, q.components)))
            less = Multiply((MINUS, Entry(logarithm.name, here, tuple(map(Affine.of, q.components[:-1])))))
            same = (q.letter == "") == (logarithm.letter == "") and (q.lower, q.upper) == (logarithm.lower, logarithm.upper)
            if (
                same
                and argument.slots == ((Affine.of(logarithm.letter),) if logarithm.letter else ())
                and inside in (Add((s, less)), Add((less, s)))
            ):
                return q
    return None


def complementary(groups: Sequence[Sequence[Term]]) -> bool:
    """Whether two groups of terms hold at complementary steps, t ≤ T − 1 and t ≥ T."""
    if len(groups) != 2:
        return False
    one, two = (group[0] for group in groups)
    one, two = (one, two) if one.highs else (two, one)
    return not one.lows and not two.highs and len(one.highs) == len(two.lows) == 1 and two.lows[0] == one.highs[0] + Affine.of(1)


def mentions(text: str, letter: str) -> bool:
    return any(word == letter for word in text.replace("[", " ").replace("]", " ").replace(",", " ").split())


def literal(value: Fraction) -> str:
    return (
        f"{value.numerator}.0"
        if value.denominator == 1
        else f"({value.numerator}.0 / {value.denominator}.0)"
        if value.numerator != 1 or value.denominator not in (2, 4, 8)
        else str(float(value))
    )


def signed(e: Expression) -> tuple[int, Expression]:
    if isinstance(e, Multiply) and isinstance(e.factors[0], Number) and e.factors[0].value < 0:
        return -1, tidy(Multiply((Number(-e.factors[0].value), *e.factors[1:])))
    return 1, e


def factored(e: Multiply | Power) -> tuple[Fraction, list[Expression], list[Expression]]:
    """The number in front, factors, and divisors."""
    number = Fraction(1)
    above: list[Expression] = []
    below: list[Expression] = []
    for factor in e.factors if isinstance(e, Multiply) else (e,):
        if isinstance(factor, Number):
            number *= factor.value
        elif isinstance(factor, Power) and not factor.exponent.terms and 0 < abs(factor.exponent.constant) <= 8:
            (above if factor.exponent.constant > 0 else below).extend([factor.base] * abs(factor.exponent.constant))
        elif isinstance(factor, Power):
            raise NotExported(f"the power {factor.exponent} is not exported yet")
        else:
            above.append(factor)
    return number, above, below
