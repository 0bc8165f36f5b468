"""The search for kinds of quantities: what is passed over would not have been kept."""

import random

import pytest

from symbptt.inference import assignment as a
from symbptt.inference.kinds import ANY, COLUMN, MATRIX, VECTOR
from symbptt.inference.quantities import Names
from symbptt.latex.parser import parse
from symbptt.latex.syntax import Formula

DOCUMENTS = (
    ("z = W x + b", "a = f(z)", "L = \\frac{1}{2} \\|a - y\\|^2"),
    ("h = A B c d", "o = V h e g", "p = \\mathrm{softmax}(o)", "L = -y^T \\log p", "q = u^T M v"),
    ("a = b c d e", "c = F g h", "g = K \\odot P q", "r = a^T a + s"),
)


def equations(texts: tuple[str, ...]) -> tuple[a.Equations, list[str]]:
    formulas: list[Formula] = [formula for text in texts for formula in parse(text)]
    names = Names(formulas)
    keys = list(dict.fromkeys(key for formula in formulas for side in formula.sides for key in names.keys_in(side)))
    return a.Equations(formulas, [3.0] * len(formulas), names, keys, {}), keys


def plainly(fits: list[a._Fit], domains: dict[str, int], rows: bool) -> tuple[float, dict[str, int]]:
    """The specification: every option of every state is tried, and the cheapest are kept."""
    beam: list[tuple[float, dict[str, int]]] = [(0.0, {})]
    for fit in fits:
        options = a._options(tuple((key, domains[key]) for key in fit.new), rows)
        grown = [
            (cost + more + fit.cost(domains | own)[0], own)
            for cost, kinds in beam
            for more, option in options
            if (own := kinds | dict(zip(fit.new, option, strict=True)))
        ]
        beam = sorted(grown, key=lambda state: state[0])[: a.BEAM]
    return beam[0]


@pytest.mark.parametrize("rows", [False, True])
@pytest.mark.parametrize("texts", DOCUMENTS)
def test_what_is_not_tried_costs_too_much(texts: tuple[str, ...], rows: bool) -> None:
    draw = random.Random(7)
    for _ in range(5):
        found, keys = equations(texts)
        domains = {key: draw.choice([ANY, ANY, VECTOR, COLUMN | MATRIX]) for key in keys}
        cost, kinds = plainly(found.fits, domains, rows)
        best = a._search(found, found.fits, domains, rows)
        assert best.cost == cost
        assert {key: best.kinds[key] for key in kinds} == kinds
        assert a._search(found, found.fits, domains, rows, best.cost + 0.01) == best
        assert a._search(found, found.fits, domains, rows, best.cost).cost <= best.cost  # given up, and not for being dearer
