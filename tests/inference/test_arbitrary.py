"""Costs and definitions that nobody gives: an arbitrary function stands for them."""

from __future__ import annotations

import pytest

from symbptt.inference.cost import Degree, abbreviations, missing_cost
from symbptt.inference.quantities import Names
from symbptt.inference.substitute import differentials, stand_in, tied_copies, unbound_sum, with_copies
from symbptt.latex.parser import parse, words_from
from symbptt.latex.printer import to_latex
from symbptt.latex.syntax import Formula

LAYERS = (r"z^l = w^l a^{l-1} + b^l", r"a^l = \sigma(z^l)")
STEPS = (r"h_t = \tanh(W h_{t-1} + U x_t)", r"o_t = V h_t")
DELTA = r"\delta^l = \frac{\partial C}{\partial z^l}"
CLAIMS = (r"\frac{\partial C}{\partial z^l} = 0", r"\frac{\partial C}{\partial w^l} = 0")


def formulas(*texts: str) -> list[Formula]:
    return [formula for text in texts for formula in parse(text)]


@pytest.mark.parametrize(
    ("definitions", "claims", "equation"),
    [
        (LAYERS, CLAIMS, r"C = \mathrm{cost}(a^{L}, \mathrm{target})"),
        (
            STEPS,
            (r"\frac{\partial L}{\partial h_t} = 0", r"\frac{\partial L}{\partial W} = 0"),
            r"L = \sum_{t = 1}^{T} \mathrm{cost}(o_{t}, \mathrm{target}_{t})",
        ),
    ],
)
def test_a_cost_is_a_function_of_the_outputs(definitions: tuple[str, ...], claims: tuple[str, ...], equation: str) -> None:
    trees, said = formulas(*definitions), formulas(*claims)
    found = missing_cost(trees, said, Names([*trees, *said]), {"l": "1..L", "t": "1..T"})
    assert found is not None and found.equation == equation


def test_no_cost_where_one_is_given_or_several_are_differentiated() -> None:
    trees = formulas(*LAYERS, r"C = \sum_j (a^L_j)^2")
    assert missing_cost(trees, formulas(*CLAIMS), Names([*trees, *formulas(*CLAIMS)]), {"l": "1..L"}) is None
    two = formulas(*CLAIMS, *(claim.replace("C", "E") for claim in CLAIMS))
    assert missing_cost(formulas(*LAYERS), two, Names([*formulas(*LAYERS), *two]), {"l": "1..L"}) is None


@pytest.mark.parametrize(
    ("claim", "settles"),
    [
        (r"\delta^l = (w^{l+1})^T \delta^{l+1} \odot \sigma'(z^l)", True),
        (r"\frac{\partial C}{\partial w^l} = \delta^l (a^{l-1})^T", True),
        (r"\frac{\partial a^l}{\partial z^l} = \sigma'(z^l)", True),
        (r"\delta^L = (a^L - y) \odot \sigma'(z^L)", False),
        (r"\frac{\partial C}{\partial a^L} = a^L - y", False),
        (r"\delta^l = \delta^{l+1} \odot \delta^{l+1}", False),
        (r"C = a^L", False),
    ],
)
def test_what_is_false_for_an_arbitrary_cost_is_false_where_both_sides_are_linear_in_it(claim: str, settles: bool) -> None:
    trees = formulas(*LAYERS, DELTA)
    (formula,) = parse(claim)
    names = Names([*trees, formula])
    assert Degree("C", names, abbreviations(trees, "C", names)).settles(formula) is settles


def test_what_cannot_be_read_is_an_arbitrary_function() -> None:
    trees = formulas(r"p_{t,i} = \frac{e^{z_{t,i}}}{\sum_j e^{z_{t,i}}}", *STEPS, r"z_{t} = o_{t-1}")
    names = Names(trees)
    shapes = {"p_{t}": "q", "z_{t}": "q"}
    found = stand_in(trees[0], names, shapes, 1)
    assert found is not None and (found.equation, found.kind) == (r"p_{t} = \mathrm{unread}_{1}(z_{t})", "map")
    assert stand_in(trees[0], names, {"p_{t}": "q"}, 1) is None, "the shape of z is not known"
    assert unbound_sum(trees[0]) == "j" and not any(map(unbound_sum, trees[1:]))


def test_copies_of_a_parameter() -> None:
    trees = formulas(r"z_t = W h_{t-1} + W^T q", r"h_t = \tanh(z_t)", r"W_t = W")
    claims = formulas(r"\frac{\partial L}{\partial W} = \sum_{k=1}^{T} \frac{\partial L}{\partial W_k}")
    names = Names([*trees, *claims], ["k"])
    copies = tied_copies(trees, claims, names)
    assert [to_latex(side) for side in with_copies(trees[0], copies, names).sides] == ["z_{t}", "W_{t} h_{t - 1} + W_{t}^{T} q"]
    assert with_copies(trees[2], copies, names) == trees[2]
    assert not tied_copies(trees, [], names)


def test_differentials() -> None:
    words = words_from(["dW_{x}", "dh_{t}"])
    trees = [formula for text in (r"dW_{x} = 0", r"dh_{t-1} = 0", r"h_t = W_{x} h_{t-1}") for formula in parse(text, words)]
    found = differentials(trees, lambda key: "L", Names(trees))
    assert set(found.values()) == {r"d W_{x} = \frac{\partial L}{\partial W_{x}}", r"d h_{t} = \frac{\partial L}{\partial h_{t}}"}
