"""Rows, words between formulas, and environments that hold formulas of their own: texts and the canonical formulas they hold."""

from __future__ import annotations

import pytest

from symbptt.latex.parser import ParseError, parse, words_from
from symbptt.latex.printer import to_latex


def printed(text: str) -> list[str]:
    return [to_latex(formula) for formula in parse(text)]


ROWS = {
    # rows that go on with the one before
    "\\begin{align}L &= a \\\\ &{} - b\\end{align}": ["L = a - b"],
    "\\begin{align}L &= a \\\\ && {} - b\\end{align}": ["L = a - b"],
    "\\begin{align}L &= a \\\\ &\\quad {} - b\\end{align}": ["L = a - b"],
    "\\begin{align}L &= a \\\\ {} + b\\end{align}": ["L = a + b"],
    "\\begin{align}L &= a \\\\ \\quad & - b\\end{align}": ["L = a - b"],
    "\\begin{align}L &= a \\\\ &\\mathrel{\\phantom{=}} {} - b\\end{align}": ["L = a - b"],
    "\\begin{align}L ={}& a \\\\ {}-{} & b\\end{align}": ["L = a - b"],
    "\\begin{align}L &= a \\\\ &{}= b\\end{align}": ["L = a = b"],
    "\\begin{align}L &= a \\\\ &\\times b \\\\ &\\cdot c \\\\ &+ d \\\\ & \\odot k\\end{align}": ["L = a \\times b \\cdot c + d \\odot k"],
    "\\begin{align}-a &= b \\\\ -c &= d\\end{align}": ["-a = b", "-c = d"],
    "\\begin{aligned}[t] a &= b \\\\ c &= d\\end{aligned}": ["a = b", "c = d"],
    "\\begin{equation}\\begin{split} a &= b \\\\ &= c \\end{split}\\end{equation}": ["a = b = c"],
    # remarks in cells
    "\\begin{align} a &= b && \\text{(chain rule)} \\\\ &= c && \\text{(definition)} \\end{align}": ["a = b = c"],
    "\\begin{align} a &= b & \\text{chain rule} \\\\ &= c & \\text{definition} \\end{align}": ["a = b = c"],
    "\\begin{align} \\text{output} && a &= b \\\\ \\text{hidden} && c &= d \\end{align}": ["a = b", "c = d"],
    "\\begin{align} \\text{for $t = T$:} && a &= b \\\\ \\text{for $t < T$:} && a &= c \\end{align}": [
        "a = b, \\quad \\text{for } t = T",
        "a = c, \\quad \\text{for } t < T",
    ],
    "\\begin{aligned} \\text{loss} &= a \\\\ \\text{grad}_W &= b \\end{aligned}": ["\\mathrm{loss} = a", "\\mathrm{grad}_{W} = b"],
}  # fmt: skip

COLUMNS = {
    "\\begin{align} a &= b & c &= d \\end{align}": ["a = b", "c = d"],
    "\\begin{align} & a = b & & c = d \\end{align}": ["a = b", "c = d"],
    "\\begin{align} a &= b, & c &= d, \\\\ &= e, & &= f. \\end{align}": ["a = b = e", "c = d = f"],
    "\\begin{align} a &= b & c &= d \\\\ && &= f \\\\ &= g \\end{align}": ["a = b = g", "c = d = f"],
    "\\begin{align} a &= b & c &= d & e &= f \\\\ & + g & & + h & & - p \\end{align}": ["a = b + g", "c = d + h", "e = f - p"],
    "\\begin{aligned} a &= b && c = d \\\\ &= e && = f \\end{aligned}": ["a = b = e", "c = d = f"],
    "\\begin{array}{rclrcl} a &=& b & c &=& d \\\\ &=& e & &=& f \\end{array}": ["a = b = e", "c = d = f"],
    "\\begin{alignat}{2} a &= b &\\quad c &= d \\\\ e &= f & g &= h \\end{alignat}": ["a = b", "c = d", "e = f", "g = h"],
    "\\begin{align} a &= b & c &= d & \\text{(1)} \\\\ x &= y && \\text{(chain rule)} \\end{align}": ["a = b", "c = d", "x = y"],
    "\\begin{align} a &= b &= c \\end{align}": ["a = b = c"],
    # ranges are no equations of their own, and hold for what goes on below
    "\\begin{align} a_t &= b, & t &= 1, \\dots, T \\\\ &= c \\end{align}": ["a_{t} = b = c, \\quad \\text{for } t = 1, \\dots, T"],
    "\\begin{align} a_t &= b, \\quad t < T \\\\ &= c \\\\ g &= h \\end{align}": ["a_{t} = b = c, \\quad \\text{for } t < T", "g = h"],
    "\\begin{align} a_1 &= b, & a_t &= c, & t &> 1 \\end{align}": ["a_{1} = b", "a_{t} = c, \\quad \\text{for } t > 1"],
}  # fmt: skip

WORDS = {
    "\\text{Therefore} \\delta = a": ["\\delta = a"],
    "\\text{so} \\quad \\delta = a": ["\\delta = a"],
    "\\mbox{Hence} a = b": ["a = b"],
    "\\mathrm{Thus} a = b": ["a = b"],
    "\\text{where } a = b": ["a = b"],
    "\\text{We have } a = b": ["a = b"],
    "\\textbf{Step 1: } a = b": ["a = b"],
    "\\text{Loss:} a = b": ["a = b"],
    "\\boxed{\\text{Therefore } a = b}": ["a = b"],
    "a = b \\text{ so that } c = d": ["a = b", "c = d"],
    "a = b \\text{ and therefore } c = d": ["a = b", "c = d"],
    "a = b \\text{ by the chain rule}": ["a = b"],
    "a = b \\text{ by the chain rule} = c": ["a = b = c"],
    "a = b \\text{ (chain rule)} + c": ["a = b + c"],
    "a = b \\text{, with $c$.}": ["a = b", "c"],
    "a = b \\text{, where $c = d$.}": ["a = b", "c = d"],
    "a = b \\text{ if $c$ holds}": ["a = b, \\quad \\text{if c holds}"],
    "a = b \\text{ if $c > 0$}": ["a = b, \\quad \\text{for } c > 0"],
    "\\text{for $t = T$:} & c &= d": ["c = d, \\quad \\text{for } t = T"],
    "\\text{for } t = T, \\dots, 1: \\quad a = b": ["a = b, \\quad \\text{for } t = T, \\dots, 1"],
    # names stay names
    "\\text{lr} = 3": ["\\mathrm{lr} = 3"],
    "a = a - \\text{lr} \\cdot b": ["a = a - \\mathrm{lr} \\cdot b"],
    "\\text{net}_j = a": ["\\mathrm{net}_{j} = a"],
    "\\text{MSE}(x) = b": ["\\mathrm{MSE}(x) = b"],
    "\\text{ReLU}\\left(x\\right) = b": ["\\mathrm{ReLU}(x) = b"],
    "\\frac{\\partial \\text{loss}}{\\partial a} = b": ["\\frac{\\partial \\mathrm{loss}}{\\partial a} = b"],
    "W_{\\text{so}} = \\textnormal{$\\eta$} a": ["W_{so} = \\eta a"],
}  # fmt: skip

SYSTEMS = {
    "\\begin{array}{rcl} a &=& b \\\\ &=& c \\\\ x &=& y \\end{array}": ["a = b = c", "x = y"],
    "\\begin{array}{l} a = b \\\\ c = d \\end{array}": ["a = b", "c = d"],
    "\\begin{cases} a = b \\\\ c = d \\end{cases}": ["a = b", "c = d"],
    "\\left\\{\\begin{aligned} a &= b \\\\ c &= d \\end{aligned}\\right.": ["a = b", "c = d"],
    "\\left\\{ \\, \\begin{array}{rcl} a &=& b \\\\ c &=& d \\end{array}\\right.,": ["a = b", "c = d"],
    "f(x) = \\left\\{\\begin{aligned} a & \\text{ if } x > 0 \\\\ b & \\text{ otherwise} \\end{aligned}\\right.": [
        "f(x) = \\begin{cases} a & x > 0 \\\\ b & \\text{otherwise} \\end{cases}"
    ],
    "\\left\\{ \\begin{array}{l} a , i = k \\\\ b , i \\neq k \\end{array} \\right.": [
        "\\begin{cases} a & i = k \\\\ b & i \\ne k \\end{cases}"
    ],
    "x = \\begin{array}{cc} \\hline a & b \\\\ \\hline \\end{array}": ["x = \\begin{matrix} a & b \\end{matrix}"],
}  # fmt: skip
ALL = {**ROWS, **COLUMNS, **WORDS, **SYSTEMS}


@pytest.mark.parametrize("text", ALL)
def test_formulas_of_a_text(text: str) -> None:
    assert printed(text) == ALL[text]


ERRORS = {
    "\\begin{align}L &= a \\\\ &\\quad (b + c)\\end{align}": "a row goes on with a quantity and no sign; begin it with one, such as \\cdot",
    "\\text{lr} g = b": "words inside a formula: 'lr'; put them outside or behind \\quad",
    "a = b \\text{ plus noise}": "words inside a formula: 'plus noise'; put them outside or behind \\quad",
    "a \\text{ depends on } b": "words inside a formula: 'depends on'; put them outside or behind \\quad",
}  # fmt: skip


@pytest.mark.parametrize("text", ERRORS)
def test_words_and_rows_that_may_change_the_meaning_are_errors(text: str) -> None:
    with pytest.raises(ParseError) as caught:
        parse(text)
    assert caught.value.message == ERRORS[text]


def test_a_remark_that_restricts_is_not_dropped() -> None:
    with pytest.raises(ParseError):
        parse("a = b \\quad \\text{up to a constant}")


def test_a_declared_word_is_a_name_wherever_it_stands() -> None:
    assert [to_latex(formula) for formula in parse("\\text{lr} g = b", words_from(["\\text{lr}"]))] == ["\\mathrm{lr} g = b"]


@pytest.mark.parametrize(
    "piece", ["\\text{by rule} = b ", "a = b \\quad ", "\\text{foo} + a, ", "\\begin{array}{l} a = b \\end{array} \\\\ "]
)
def test_many_remarks_and_rows_take_linear_time(piece: str) -> None:
    parse("a = b " + piece * 400 + "= a")
